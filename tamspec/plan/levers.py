"""What would bring a late Change forward: the levers on its critical chain, each tried by planning with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from tamspec.model.order import Order, State
from tamspec.model.plan import Advice, Assumed, ChangePlan, Lever, LeverKind, Plan
from tamspec.model.workspace import Workspace
from tamspec.plan import make
from tamspec.plan.why import Link, chain, last_orders

OF_ONE, OF_ALL = 8, 24
"""How many plans are made at most for the levers of one Change, and of all together."""

WORK = 2_000_000
"""How often an order may be dated for all levers together: some seconds of work. One plan is always made."""

LARGEST = 2_000
"""Open orders beyond which nothing is tried."""

BEST = 3
"""How many levers are told."""

KINDS: tuple[LeverKind, ...] = ("capacity", "wait", "release", "rung")
"""What is tried, and told, first."""

DECIDED = frozenset({"release", "pinned"})
"""The reasons that people can take back by taking back a date."""


class _Candidate(Struct, frozen=True, kw_only=True):
    """Something that may help, and what is to be supposed to see whether it does."""

    kind: LeverKind
    subject: str
    assumed: Assumed


class _Trials(Struct):
    """The plans that were made, which serve every Change that has the same lever on its chain."""

    plan: Plan
    workspace: Workspace
    state: State
    replan: bool
    left: int
    """How many more may be made."""
    made: dict[tuple[str, str], Plan] = field(default_factory=dict)

    def of(self, one: _Candidate) -> Plan | None:
        """The plan under a candidate's assumption; None: no more are made."""
        name = (one.kind, one.subject)
        if name not in self.made and self.left:
            self.left -= 1
            self.made[name], _ = make(self.workspace, self.state, self.plan.at, replan=self.replan, assumed=one.assumed)
        return self.made.get(name)


def advised(plan: Plan, workspace: Workspace, state: State, *, every: bool = False, replan: bool = False) -> Plan:
    """The plan with advice for each Change that is late, the latest first; with `every`, for each that has a finish.

    `replan` says whether the plan was made with it, as those that try the levers must be.
    """
    trials = _Trials(plan, workspace, state, replan, left=_affordable(plan))
    last = last_orders(plan, state)
    advice = {
        name: _advice(name, chain(plan, state, last[name]), trials)
        for name, one in _in_turn(plan)
        if every or is_late(one)
    }
    return replace(plan, changes={name: replace(one, advice=advice.get(name)) for name, one in plan.changes.items()})


def _affordable(plan: Plan) -> int:
    """How many plans like this one are made for all levers together."""
    orders = len(plan.schedule)
    return max(1, min(OF_ALL, WORK // max(1, orders * plan.evaluations))) if orders <= LARGEST else 0


def is_late(one: ChangePlan) -> bool:
    """Whether an open Change misses the day by which it is required."""
    return one.state in ("draft", "approved") and one.slack_minutes is not None and one.slack_minutes < 0


def _in_turn(plan: Plan) -> list[tuple[str, ChangePlan]]:
    """The Changes whose finish is known and still to come, the latest first."""
    open_ones = {one.order.change for one in plan.actions if one.order.key in plan.schedule}
    found = [(name, one) for name, one in plan.changes.items() if name in open_ones and one.forecast]
    return sorted(found, key=lambda pair: (pair[1].slack_minutes is None, pair[1].slack_minutes, pair[0]))


def _advice(name: str, links: tuple[Link, ...], trials: _Trials) -> Advice:
    candidates = sorted(_candidates(links, trials), key=lambda each: KINDS.index(each.kind))
    left, untried = trials.left, 0
    levers = list(_rungs(trials.plan.changes[name]))
    for each in candidates:
        other = trials.of(each) if left - trials.left < OF_ONE else None
        if other is None:
            untried += 1
        else:
            levers += _gained(trials.plan.changes[name], each, other.changes[name])
    levers.sort(key=lambda lever: (-lever.gain_minutes, KINDS.index(lever.kind), lever.subject))
    return Advice(chain=tuple(link.key for link in links), levers=tuple(levers[:BEST]), untried=untried)


def _gained(one: ChangePlan, candidate: _Candidate, other: ChangePlan) -> Iterator[Lever]:
    """The lever, where it brings the Change forward."""
    gain = _gain(one, other.forecast)
    if other.forecast and gain > 0:
        yield Lever(kind=candidate.kind, subject=candidate.subject, forecast=other.forecast, gain_minutes=gain)


def _rungs(one: ChangePlan) -> Iterator[Lever]:
    """The prices of higher rungs are levers too: others are placed later."""
    for price in one.prices:
        gain = _gain(one, price.forecast)
        if price.forecast and gain > 0:
            yield Lever(
                kind="rung",
                subject=str(price.rung),
                forecast=price.forecast,
                gain_minutes=gain,
                displaced=price.displaced,
            )


def _gain(one: ChangePlan, forecast: datetime | None) -> int:
    """Minutes on the wall clock by which a finish comes earlier."""
    return int((one.forecast - forecast).total_seconds()) // 60 if one.forecast and forecast else 0


def _candidates(links: tuple[Link, ...], trials: _Trials) -> Iterator[_Candidate]:
    """What could be pulled on a chain, from its end; each thing once."""
    found: dict[tuple[str, str], _Candidate] = {}
    for link in links:
        for one in _on(link, trials):
            found.setdefault((one.kind, one.subject), one)
    yield from found.values()


def _on(link: Link, trials: _Trials) -> Iterator[_Candidate]:
    """What could be pulled at one order: people where they bind, a wait for somebody, a date that people decided."""
    key, departments = link.key, trials.workspace.departments
    for reason in link.reasons:
        if reason.kind == "capacity" and reason.subject in departments:
            people = departments[reason.subject].capacity.people + 1
            assumed = Assumed(people={reason.subject: people})
            yield _Candidate(kind="capacity", subject=reason.subject, assumed=assumed)
    order = trials.plan.by_key[key].order if key in trials.plan.by_key else None
    if order and order.party and order.wait:
        yield _Candidate(kind="wait", subject=key, assumed=Assumed(waits_over=frozenset({key})))
    if order and any(reason.kind in DECIDED for reason in link.reasons):
        yield _released(order, trials)


def _released(order: Order, trials: _Trials) -> _Candidate:
    """A date that holds back a whole Change is given up for all of it."""
    change = trials.workspace.changes.get(order.change)
    if change is None or order.pin or order.not_before != change.not_before:
        return _Candidate(kind="release", subject=order.key, assumed=Assumed(let_go=frozenset({order.key})))
    mine = (one.order for one in trials.plan.actions if one.order.change == change.name)
    keys = frozenset(one.key for one in mine if one.not_before == change.not_before)
    return _Candidate(kind="release", subject=change.name, assumed=Assumed(let_go=keys))
