"""From what is desired to dated work orders: fold → diff → decompose → schedule → record, all pure.

`make` is the whole way for one workspace at one instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Literal

from tamspec.diagnostics import Diagnostic, Findings
from tamspec.model.order import Order, State, Status
from tamspec.model.plan import AS_WRITTEN, Action, Assumed, Plan, Scheduled
from tamspec.model.workspace import Workspace
from tamspec.plan.decompose import decompose
from tamspec.plan.diff import Desired, claim, desired, diff
from tamspec.plan.engine.grid import SLOT
from tamspec.plan.engine.problem import Slotted
from tamspec.plan.engine.standings import Standings
from tamspec.plan.faults import DOES_NOT_FIT, FAULTS, NOBODY_PRODUCES
from tamspec.plan.fold import fold
from tamspec.plan.freezes import freezes_of
from tamspec.plan.growth import growth
from tamspec.plan.interfaces import interfaces
from tamspec.plan.jobs import ground, zone_of
from tamspec.plan.ladder import UNDATED, climb
from tamspec.plan.lapses import lapses
from tamspec.plan.reasons import refused, worded
from tamspec.plan.record import adopt, record
from tamspec.plan.suppose import eased, remaining, staffed
from tamspec.plan.verdict import Evidence, verdicts
from tamspec.plan.workload import loads
from tamspec.worktime import moment


def make(
    workspace: Workspace,
    state: State,
    at: datetime,
    *,
    dated: bool = True,
    replan: bool = False,
    assumed: Assumed = AS_WRITTEN,
    standings: Standings | None = None,
) -> tuple[Plan, Findings]:
    """The plan of a workspace at an instant (UTC), and what planning found. The workspace must have loaded clean.

    Undated it says which orders there are and who claims them, for a part of the workspace as for the whole: only
    the dates depend on the clock and on everybody's work. With `replan`, no order that nobody has begun keeps its
    turn: what that gives is rung 3. Under assumptions it is a plan to look at, never to record, and has no odds.
    `standings` of another plan save work, and change nothing.
    """
    wanted = desired(workspace, state)
    diffs, unclaimed = claim(diff(wanted, state), workspace, wanted, state)
    made = decompose(diffs, wanted, state, workspace)
    if assumed != AS_WRITTEN:
        workspace, diffs, made = staffed(workspace, assumed), remaining(diffs, assumed), eased(made, assumed)
    base = ground(workspace, at, (one.order for one in made.actions), assumed) if dated else None
    is_real = assumed == AS_WRITTEN
    climbed = (
        climb(made.actions, state, workspace, base, replan=replan, uncertain=is_real, standings=standings)
        if base
        else UNDATED
    )
    orders = {one.order.key: one.order for one in made.actions}
    schedule = {key: _scheduled(slot, workspace) for key, slot in climbed.scheduling.slots.items() if key in orders}
    unplaced = {
        key: refused(why, zone_of(orders[key], base), workspace)
        for key, why in climbed.scheduling.unplaced.items()
        if base and key in orders
    }
    statuses = {one.order.key: standing(one, state) for one in made.actions}
    plan = Plan(
        at=at,
        diffs=diffs,
        openings=made.openings,
        moves=wanted.moves,
        actions=made.actions,
        schedule=dict(sorted(schedule.items())),
        statuses=statuses,
        unplaced=unplaced,
        lapses=lapses(made.actions, statuses, state, base) if base else (),
        changes=verdicts(
            Evidence(
                at=at,
                workspace=workspace,
                wanted=wanted,
                state=state,
                diffs=diffs,
                actions=made.actions,
                openings=made.openings,
                stuck=(*unclaimed, *made.stuck),
                schedule=schedule,
                unplaced=unplaced,
                climbs=climbed.climbs,
                odds=climbed.odds,
            )
        ),
        loads=loads(orders, climbed.scheduling.slots, base) if base else (),
        interfaces=interfaces(orders, climbed.scheduling.slots, state, base) if base else (),
        growth=growth(workspace, wanted, diffs, state, base, climbed.desks) if base and is_real else {},
        evaluations=climbed.scheduling.evaluations,
    )
    found = [finding for _, finding in (*unclaimed, *made.stuck)] + list(made.findings)
    found += list(_misfits(made.actions, unplaced, workspace))
    return plan, Findings() + found


def _misfits(actions: Iterable[Action], unplaced: Mapping[str, str], workspace: Workspace) -> Iterator[Diagnostic]:
    """A finding for each order that has no place of its own; those that only wait for such are not its cause."""
    for one in actions:
        key = one.order.key
        if key in unplaced and not unplaced.keys() & set(one.order.depends_on):
            pinned = [each.at for each in one.decided if each.field == "pin"]
            place = (*pinned, *one.causes, one.order.at.key)[0]
            yield DOES_NOT_FIT(place, f"{key}: {unplaced[key]}", hint=_way_out(one.order, workspace))


def _way_out(order: Order, workspace: Workspace) -> str:
    """Where to look when an order fits nowhere."""
    project = workspace.projects.get(order.project)
    who = " and ".join(name for name in (order.department, *order.joint) if name)
    tam = project.team.tam if project and order.party == "tam" and order.effort else None
    people = f"the share of TAM {tam.name} and the effort" if tam else "the wait and the effort of the step"
    places = [f"the capacity and the calendar of {who}" if who else people]
    places += ["the project's maintenance window"] if order.window else []
    places += ["`notBefore`"] if order.not_before else []
    places += ["its `pin`"] if order.pin else []
    places += ["the freezes that bind it"] if project and order.effort and freezes_of(project, workspace) else []
    return f"Look at {', and at '.join(places)}."


def standing(action: Action, state: State) -> Status | Literal["ready"]:
    """Where an order stands; `ready` is computed: planned, and everything it needs is done or not wanted any more."""
    if action.verb == "cancel":
        return "cancelled"
    if action.verb == "create":
        return "planned"
    status = state.orders[action.order.key].status
    if state.is_on_standby(action.order):
        return status
    needs = [state.orders.get(key) for key in action.order.depends_on]
    is_ready = all(one is not None and (one.status == "done" or one.dropped) for one in needs)
    return "ready" if status == "planned" and is_ready else status


def _scheduled(slot: Slotted, workspace: Workspace) -> Scheduled:
    minutes = SLOT // 60
    return Scheduled(
        start=moment(slot.start),
        finish=moment(slot.finish),
        due=moment(slot.due) if slot.due is not None else None,
        float_minutes=slot.float_slots * minutes,
        slack_minutes=slot.slack_slots * minutes if slot.slack_slots is not None else None,
        critical=slot.critical,
        wave=slot.wave,
        reasons=tuple(worded(reason, workspace) for reason in slot.reasons),
    )


__all__ = ["FAULTS", "NOBODY_PRODUCES", "Desired", "Standings", "adopt", "desired", "fold", "make", "record"]
