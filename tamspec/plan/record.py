"""Plan → events: all of `apply` but the write. A second record of the same plan is empty."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from tamspec.model.order import Adopted, Dates, Event, Moved, Order, Ordered, OrderedComponent, State
from tamspec.model.plan import Opening, Plan
from tamspec.plan.diff import Desired


def record(
    plan: Plan, state: State, changes: Iterable[str], who: str, *, moves_of: Iterable[str] = ()
) -> tuple[Event, ...]:
    """The events that apply these Changes at the plan's instant: first the renames in their projects (and in those of
    `moves_of`), then one event a Change.

    Changes with obstacles and Changes that bring nothing new give no event.
    """
    chosen = [name for name in sorted(set(changes)) if plan.changes[name].pending and not plan.changes[name].obstacles]
    projects = sorted(({plan.changes[name].project for name in changes} | set(moves_of)) & plan.moves.keys())
    moved: list[Event] = [
        Moved(at=plan.at, by=who, project=project, name=_name(plan.at, "moved", project), moves=plan.moves[project])
        for project in projects
    ]
    return (*moved, *(_ordered(plan, state, name, who) for name in chosen))


def adopt(
    wanted: Desired, state: State, project: str, names: Iterable[str], at: datetime, who: str, evidence: str
) -> Adopted:
    """The event that takes over components as they stand, ordered and built at once."""
    shape = wanted.landscapes[project]
    components = {
        name: replace(shape.components[name], assumed=frozenset(), missing=frozenset())
        for name in sorted(set(names))
        if f"{project}/{name}" not in state.ordered
    }
    return Adopted(
        at=at, by=who, project=project, name=_name(at, "adopted", project), components=components, evidence=evidence
    )


def _name(at: datetime, what: str, subject: str) -> str:
    return f"{at:%Y%m%dt%H%M%Sz}-{what}-{subject}"


def _ordered(plan: Plan, state: State, name: str, who: str) -> Ordered:
    verdict = plan.changes[name]
    mine = [action for action in plan.actions if action.change == name]
    orders: dict[str, tuple[Order, Dates | None]] = {
        one.order.key: (one.order, None if state.is_on_standby(one.order) else _dates(plan, one.order.key))
        for one in mine
        if one.verb in ("create", "update")
    }
    touched = {f"{one.project}/{one.component}" for one in plan.diffs if one.change == name and one.kind != "move"}
    opened = [
        one
        for one in plan.openings
        if one.change == name and (one.component in touched or _leads_elsewhere(one, state))
    ]
    return Ordered(
        at=plan.at,
        by=who,
        project=verdict.project,
        name=_name(plan.at, "ordered", name),
        change=name,
        checksum=verdict.checksum,
        rung=verdict.rung,
        components=dict(sorted(_component(one) for one in opened)),
        orders=dict(sorted(orders.items())),
        cancelled=tuple(sorted(one.order.key for one in mine if one.verb == "cancel")),
        committed=verdict.forecast,
        moved={
            key: _dates(plan, key) for key in verdict.moved_orders if key in state.orders.keys() & plan.schedule.keys()
        },
        redated={one.change: one.after for one in verdict.displaced if one.after is not None},
    )


def _leads_elsewhere(opening: Opening, state: State) -> bool:
    """Whether the ledger knows no such action, or one with another target: it took in an action that followed it."""
    known = state.actions.get(opening.id)
    return known is None or known.target != opening.target


def _dates(plan: Plan, key: str) -> Dates:
    scheduled = plan.schedule[key]
    return Dates(start=scheduled.start, finish=scheduled.finish)


def _component(one: Opening) -> tuple[str, OrderedComponent]:
    project, _, name = one.component.partition("/")
    action = one.id.removeprefix(f"{one.component}/")
    if action == one.id:  # the component moved since: the action keeps the name it was ordered under
        action = one.id.removeprefix(f"{project}/")
    return name, OrderedComponent(action=action, kind=one.kind, target=one.target)
