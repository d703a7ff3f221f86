"""Differences → what becomes of every work order: created, updated, cancelled or kept.

No started order is ever altered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tamspec.diagnostics import Diagnostic, Loc
from tamspec.model.graph import cycle
from tamspec.model.order import Order, State
from tamspec.model.plan import Action, Diff, Opening
from tamspec.model.workspace import Workspace
from tamspec.plan.courses import Course, Found, Site, courses, site
from tamspec.plan.diff import Desired
from tamspec.plan.faults import ORDERS_IN_A_CIRCLE
from tamspec.plan.fold import action_id
from tamspec.plan.notify import addresses_of, whom_to_notify
from tamspec.plan.orders import orders
from tamspec.plan.overrides import decided


class Decomposition(Struct, frozen=True, kw_only=True):
    """What becomes of the orders, the actions that this opens, and what was found."""

    actions: tuple[Action, ...]
    openings: tuple[Opening, ...]
    stuck: tuple[Found, ...]
    """What cannot be ordered, and the finding that says why."""
    findings: tuple[Diagnostic, ...]
    """What was found besides."""


def decompose(diffs: Iterable[Diff], wanted: Desired, state: State, workspace: Workspace) -> Decomposition:
    """What becomes of every order that is not done."""
    ground = site(diffs, wanted, state, workspace)
    by_component, found = courses(ground)
    wanted_orders, found_too = orders(ground, by_component)
    actions, circles = _without_circles(sorted(_actions(ground, by_component, wanted_orders), key=_key))
    waiting, addresses = _waiting(actions), addresses_of(workspace)
    return Decomposition(
        actions=tuple(_told(one, waiting[one.order.key], addresses, ground) for one in actions),
        openings=tuple(one.opening for one in by_component.values() if one.opening),
        stuck=found + found_too,
        findings=circles,
    )


def _told(action: Action, waiting: Collection[str], addresses: Mapping[str, str], ground: Site) -> Action:
    """The action with what people should know of it: whom it concerns, and what was decided for it."""
    order, component = action.order, None
    if order.component:
        id = f"{order.project}/{order.component}"
        component = ground.components.get(id) or ground.before.get(id)
    return Action(
        verb=action.verb,
        order=replace(order, notify=whom_to_notify(order, waiting, addresses, ground.workspace)),
        change=action.change,
        decided=decided(order, component, ground.workspace),
        causes=action.causes,
    )


def _waiting(actions: Iterable[Action]) -> Mapping[str, set[str]]:
    """Order → the departments of the orders that wait for it."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in actions:
        if one.verb != "cancel" and one.order.depends_on:
            departments = one.order.departments
            for key in one.order.depends_on:
                found[key].update(departments)
    return found


def _key(action: Action) -> str:
    return action.order.key


def _actions(ground: Site, by_component: Mapping[str, Course], wanted: Mapping[str, Order]) -> Iterator[Action]:
    diffs = {node.key: course.diff for course in by_component.values() for node in course.nodes if course.diff}
    for key, order in wanted.items():
        cause = diffs[key].causes if key in diffs else () if order.component else (order.at.key,)
        action = _wanted(ground.state, order, key in diffs, cause)
        if action:
            yield action
    home = {action.id: id for id, actions in ground.history.items() for action in actions}
    # What builds up a component that is not wanted any more is given up; what takes one down runs out.
    running = {
        action.id
        for id, course in by_component.items()
        for action in course.running
        if id in ground.components or action.target is None
    }
    for key, known in ground.state.orders.items():
        if not known.is_open or (key in wanted and not known.is_started):
            continue
        if known.is_started:
            yield Action(verb="keep", order=known.order, change=known.order.change)
        elif action_id(key) in running:
            # It runs out as ordered, but never waits for what was planned then and will not be ordered any more.
            needs = tuple(need for need in known.order.depends_on if need in wanted or need in ground.state.orders)
            order = replace(known.order, depends_on=needs)
            verb: Literal["keep", "update"] = "keep" if order == known.order else "update"
            yield Action(verb=verb, order=order, change=order.change)
        else:
            diff = ground.diffs.get(home.get(action_id(key), ""))
            owner = diff.change if diff else known.order.change
            yield Action(verb="cancel", order=known.order, change=owner, causes=diff.causes if diff else ())


def _wanted(state: State, order: Order, touched: bool, causes: tuple[Loc, ...]) -> Action | None:
    """What becomes of an order that is wanted; None where it is started, or owed since somebody cancelled it."""
    known = state.orders.get(order.key)
    if known is None or known.dropped or (known.status == "cancelled" and touched):
        return Action(verb="create", order=order, change=order.change, causes=causes)
    if known.status == "cancelled" or known.is_started:
        return None
    # A component that is about to get another name is still the same thing.
    is_same = replace(known.order, component=order.component) == order
    verb: Literal["keep", "update"] = "keep" if is_same else "update"
    return Action(verb=verb, order=order, change=order.change, causes=causes)


def _without_circles(actions: list[Action]) -> tuple[tuple[Action, ...], tuple[Diagnostic, ...]]:
    """The actions with circles of dependencies cut open, so that planning can go on; each circle is a finding."""
    made = {one.order.key: one for one in actions}
    findings = []
    while loop := cycle({key: one.order.depends_on for key, one in made.items()}):
        first, second = loop[0], loop[1]
        order = made[first].order
        detail = f"These work orders wait for each other: {' → '.join(loop)}."
        findings.append(ORDERS_IN_A_CIRCLE(order.at.key, detail, hint="Cancel one that is not needed any more."))
        cut = replace(order, depends_on=tuple(key for key in order.depends_on if key != second))
        made[first] = replace(made[first], order=cut)
    return tuple(made.values()), tuple(findings)
