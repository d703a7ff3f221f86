"""What became of proposals: waiting, declined, accepted, implemented; and whether whoever had the idea is to be
rewarded."""

from __future__ import annotations

from typing import Literal

from tamspec.model.order import State
from tamspec.model.plan import Plan
from tamspec.model.register import Proposal

Outcome = Literal["waiting", "declined", "accepted", "implemented"]
"""- `waiting`: the client has not decided.
- `declined`: the client does without.
- `accepted`: decided, and not all of its change is done.
- `implemented`: every order of its change is done."""

Reward = Literal["none", "eligible", "given"]
"""`eligible`: implemented, and nothing was given yet."""


def outcome(proposal: Proposal, state: State, plan: Plan) -> Outcome:
    """What became of a proposal, as of the plan."""
    if proposal.decision is None:
        return "waiting"
    if not proposal.decision.option:
        return "declined"
    change = plan.changes.get(proposal.change.name) if proposal.change else None
    if change is None or change.state != "closed":
        return "accepted"
    meant = [one for one in state.orders_of(change.name) if not one.dropped and not one.order.standby]
    return "implemented" if meant and all(one.status == "done" for one in meant) else "accepted"


def reward(proposal: Proposal, state: State, plan: Plan) -> Reward:
    """Whether a reward is due to whoever had the idea. Only the provider is told."""
    if proposal.reward and proposal.reward.given:
        return "given"
    return "eligible" if outcome(proposal, state, plan) == "implemented" else "none"
