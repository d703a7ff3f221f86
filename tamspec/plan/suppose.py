"""A what-if before anything is dated: people, Changes, waits and dates as they are supposed to be."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from tamspec.model.plan import Action, Assumed, Diff
from tamspec.model.values import Duration
from tamspec.model.workspace import Workspace
from tamspec.plan.decompose import Decomposition


def staffed(workspace: Workspace, assumed: Assumed) -> Workspace:
    """The workspace with the assumed numbers of people, and without the Changes that are not there."""
    departments = {
        name: replace(one, capacity=replace(one.capacity, people=assumed.people.get(name, one.capacity.people)))
        for name, one in workspace.departments.items()
    }
    changes = {name: one for name, one in workspace.changes.items() if name not in assumed.without}
    return replace(workspace, departments=departments, changes=changes)


def remaining(diffs: Iterable[Diff], assumed: Assumed) -> tuple[Diff, ...]:
    """The differences of the Changes that are there."""
    return tuple(one for one in diffs if one.change not in assumed.without)


def eased(made: Decomposition, assumed: Assumed) -> Decomposition:
    """The orders of the Changes that are there, which wait neither for those of the others nor for what is supposed
    to be over."""
    gone = {one.order.key for one in made.actions if one.order.change in assumed.without}
    return replace(
        made,
        actions=tuple(_eased(one, gone, assumed) for one in made.actions if one.order.key not in gone),
        openings=tuple(one for one in made.openings if one.change not in assumed.without),
    )


def _eased(action: Action, gone: set[str], assumed: Assumed) -> Action:
    order = action.order
    if not gone.isdisjoint(order.depends_on):
        order = replace(order, depends_on=tuple(key for key in order.depends_on if key not in gone))
    if order.key in assumed.waits_over:
        order = replace(order, wait=Duration())
    if order.key in assumed.let_go:
        order = replace(order, not_before=None, pin=None)
    return action if order is action.order else replace(action, order=order)
