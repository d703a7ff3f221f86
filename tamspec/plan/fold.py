"""Events → the state of today. Independent of the order of files; knows neither the spec nor the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from tamspec.model.graph import in_order
from tamspec.model.order import (
    ActionState,
    Adopted,
    Component,
    Dated,
    Dates,
    Event,
    Moved,
    Order,
    Ordered,
    OrderState,
    Report,
    State,
    StatusSet,
)


class _Growing(Struct):
    """The state while it is folded; mutable inside this module only."""

    ordered: dict[str, Component] = field(default_factory=dict)
    actions: dict[str, ActionState] = field(default_factory=dict)
    orders: dict[str, OrderState] = field(default_factory=dict)
    committed: dict[str, datetime] = field(default_factory=dict)
    applied: set[str] = field(default_factory=set)
    moves: dict[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)


def fold(events: Iterable[Event]) -> State:
    """The state after all events, in (instant, entry name) order.

    Reports about orders that nobody gave are passed over here; a rule finds them.
    """
    growing = _Growing()
    for event in sorted(events, key=lambda one: (one.at, one.name)):
        _APPLY[type(event)](growing, event)
    _reach_milestones(growing)
    _dismiss_back_outs(growing)
    return State(
        ordered=dict(sorted(growing.ordered.items())),
        built=dict(sorted(_built(growing).items())),
        actions=growing.actions,
        orders=dict(sorted(growing.orders.items())),
        committed=dict(sorted(growing.committed.items())),
        applied=frozenset(growing.applied),
        moves=growing.moves,
    )


def renamed(component: Component, names: Mapping[str, str]) -> Component:
    """The component after moves within its project, itself and what it depends on."""
    depends_on = tuple(sorted(names.get(other, other) for other in component.depends_on))
    return replace(component, name=names.get(component.name, component.name), depends_on=depends_on)


def action_id(key: str) -> str:
    """The action that an order belongs to: its key without the step."""
    return key.rsplit("/", 1)[0]


def change_id(project: str, change: str) -> str:
    """What the tasks of a Change are pieces of, as other orders are of their action."""
    return f"{project}/change:{change}"


def _real(action: ActionState, orders: Mapping[str, OrderState]) -> Iterator[OrderState]:
    """The orders that make an action; those on standby only take it back."""
    return (orders[key] for key in action.orders if not orders[key].order.standby)


def is_complete(action: ActionState, orders: Mapping[str, OrderState]) -> bool:
    """Its target is built: every order is done. An action without orders is done at once."""
    return all(one.status == "done" for one in _real(action, orders))


def is_open(action: ActionState, orders: Mapping[str, OrderState]) -> bool:
    """Some order of it is still to be worked."""
    return any(one.is_open for one in _real(action, orders))


def is_owed(action: ActionState, orders: Mapping[str, OrderState]) -> bool:
    """Somebody cancelled an order of it that the specification still wanted."""
    return any(one.status == "cancelled" and not one.dropped for one in _real(action, orders))


def _built(growing: _Growing) -> dict[str, Component]:
    built: dict[str, Component] = {}
    waiting: set[str] = set()
    for action in growing.actions.values():
        if is_open(action, growing.orders):
            waiting.add(action.component)
        elif is_complete(action, growing.orders) and action.component not in waiting:
            if action.target is None:
                built.pop(action.component, None)
            else:
                built[action.component] = action.target
    return built


def _reach_milestones(growing: _Growing) -> None:
    """Nobody reports milestones: they are done when everything before them is, and come to nothing with it."""
    orders = growing.orders
    ahead = {key: one.order.depends_on for key, one in orders.items() if one.order.milestone and not one.dropped}
    for key in in_order(ahead):
        needs = [orders.get(need) for need in ahead[key]]
        known = [need for need in needs if need is not None and not need.is_open]
        if len(known) < len(needs):
            orders[key] = replace(orders[key], status="planned", started=None, finished=None)
            continue
        is_reached = all(need.status == "done" or need.dropped for need in known)
        when = max((need.finished for need in known if need.finished), default=orders[key].given)
        orders[key] = replace(
            orders[key],
            status="done" if is_reached else "cancelled",
            started=when if is_reached else None,
            finished=when if is_reached else None,
        )


def _dismiss_back_outs(growing: _Growing) -> None:
    """Once an action (or for its tasks a Change) is over, nobody wants the back-out any more that was not begun."""
    orders = growing.orders
    standby = [key for key, one in orders.items() if one.order.standby and one.status == "planned"]
    if not standby:
        return
    busy = {id for one in orders.values() if one.is_open and not one.order.standby for id in _wholes(one.order)}
    begun = {action_id(key) for key, one in orders.items() if one.order.standby and one.is_started}
    for key in standby:
        if action_id(key) not in busy | begun:
            orders[key] = replace(orders[key], status="cancelled", dropped=True)


def _wholes(order: Order) -> tuple[str, str]:
    """What is not over while the order is open: its action, and its Change."""
    return order.action_id, change_id(order.project, order.change)


def _ordered(growing: _Growing, event: Ordered) -> None:
    growing.applied.add(event.change)
    for key, (order, planned) in sorted(event.orders.items()):
        dates = planned or Dates(start=event.at, finish=event.at)
        known = growing.orders.get(key)
        if known is None:
            growing.orders[key] = OrderState(order=order, baseline=dates, recorded=dates, given=event.at)
        elif known.status == "cancelled" or not known.is_started:
            given = event.at if known.status == "cancelled" else known.given
            growing.orders[key] = OrderState(order=order, baseline=known.baseline, recorded=dates, given=given)
    for key in event.cancelled:
        if key in growing.orders and not growing.orders[key].is_started:
            growing.orders[key] = replace(growing.orders[key], status="cancelled", dropped=True)
    _open_actions(growing, event)
    for key in sorted(event.orders):
        action = growing.actions.get(action_id(key))
        if action and key not in action.orders:
            growing.actions[action.id] = replace(action, orders=tuple(sorted((*action.orders, key))))
    for id in sorted({action_id(key) for key in event.cancelled} & growing.actions.keys()):
        growing.actions[id] = _without_skipped(growing.actions[id], growing.orders)
    if event.committed is not None:
        growing.committed[event.change] = event.committed
    _displace(growing, event)


def _displace(growing: _Growing, event: Ordered) -> None:
    """Other work made room for it: the dates that count from now on are the new ones."""
    for key, dates in event.moved.items():
        if key in growing.orders and not growing.orders[key].is_started:
            growing.orders[key] = replace(growing.orders[key], recorded=dates)
    growing.committed |= event.redated


def _open_actions(growing: _Growing, event: Ordered) -> None:
    for name, made in event.components.items():
        component = f"{event.project}/{name}"
        id = f"{event.project if '/' in made.action else component}/{made.action}"
        before = growing.actions.pop(id, None)  # ordered anew, it comes after all others
        known = before.orders if before else ()
        growing.actions[id] = ActionState(
            id=id,
            component=component,
            kind=made.kind,
            target=made.target,
            change=event.change,
            orders=tuple(key for key in known if not growing.orders[key].dropped),
        )
        _set(growing.ordered, component, made.target)


def _without_skipped(action: ActionState, orders: Mapping[str, OrderState]) -> ActionState:
    """The action without the orders that recomputing it left out. Orders dropped since the component is not wanted
    any more stay: they tell that the action was given up."""
    left = tuple(key for key in action.orders if not orders[key].dropped)
    is_given_up = not left or any(orders[key].is_started for key in left)
    return action if is_given_up else replace(action, orders=left)


def _set(components: dict[str, Component], id: str, target: Component | None) -> None:
    if target is None:
        components.pop(id, None)
    else:
        components[id] = target


def _adopted(growing: _Growing, event: Adopted) -> None:
    for component in event.components.values():
        growing.ordered[component.id] = component
        id = f"{component.id}/adopt.1"
        growing.actions.pop(id, None)  # taken over once more, after what became of it
        growing.actions[id] = ActionState(id=id, component=component.id, kind="adopt", target=component, change="")


def _moved(growing: _Growing, event: Moved) -> None:
    ids = {f"{event.project}/{old}": f"{event.project}/{new}" for old, new in event.moves.items()}
    growing.moves[event.project] = (*growing.moves.get(event.project, ()), event.moves)

    def moved(component: Component) -> Component:
        return renamed(component, event.moves) if component.project == event.project else component

    growing.ordered = {ids.get(id, id): moved(component) for id, component in growing.ordered.items()}
    growing.actions = {
        id: replace(
            action,
            component=ids.get(action.component, action.component),
            target=moved(action.target) if action.target else None,
        )
        for id, action in growing.actions.items()
    }
    for key, known in growing.orders.items():
        if known.order.project == event.project and known.order.component in event.moves:
            named = replace(known.order, component=event.moves[known.order.component])
            growing.orders[key] = replace(known, order=named)


def _reported(growing: _Growing, event: StatusSet) -> None:
    for key, report in event.orders.items():
        if key in growing.orders:
            growing.orders[key] = _after(growing.orders[key], report, event.at)


def _after(order: OrderState, report: Report, at: datetime) -> OrderState:
    started = order.started
    if report.status == "in_progress" and started is None:
        started = at
    if report.status == "planned":
        started = None
    return replace(
        order,
        status=report.status,
        started=started,
        finished=at if report.status == "done" else None,
        reported=at,
        last=report,
        outputs={**order.outputs, **report.outputs},
        dropped=False,
    )


def _dated(growing: _Growing, event: Dated) -> None:
    growing.committed[event.change] = event.committed


_APPLY: Mapping[type[Event], Callable[[_Growing, Any], None]] = {
    Ordered: _ordered,
    Adopted: _adopted,
    Moved: _moved,
    StatusSet: _reported,
    Dated: _dated,
}
