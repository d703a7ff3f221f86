"""Where work passes from one department or party to another, and how long it waits there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from msgspec import Struct

from tamspec.model.order import Order, State
from tamspec.model.plan import Interface
from tamspec.plan.engine.problem import Slotted
from tamspec.plan.jobs import Ground, terms_of
from tamspec.worktime import instant


class _Given(Struct, frozen=True):
    """What an order follows last."""

    order: Order
    finish: int


def interfaces(
    orders: Mapping[str, Order], slots: Mapping[str, Slotted], state: State, base: Ground
) -> tuple[Interface, ...]:
    """Every pair of departments or parties between which an open order is handed over, with the waiting there.

    An order waits at one interface: behind the order that ends last of those that it follows, where that is another's
    work. Work that both take part in is not handed over, and neither is what a milestone stands between.
    """
    waits: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for key, order in orders.items():
        slot = slots.get(key)
        given = _last(order, orders, slots, state) if slot and order.performer else None
        if slot and given and _is_other(given.order, order):
            minutes = _waiting(order, given.finish, slot.start, base) if given.finish < slot.start else 0
            waits[given.order.performer, order.performer].append((minutes, key))
    return tuple(_interface(giver, receiver, found) for (giver, receiver), found in sorted(waits.items()))


def _interface(giver: str, receiver: str, waits: list[tuple[int, str]]) -> Interface:
    minutes, key = min(waits, key=lambda one: (-one[0], one[1]))
    return Interface(
        giver=giver,
        receiver=receiver,
        orders=len(waits),
        minutes=sum(one for one, _ in waits),
        longest_minutes=minutes,
        longest=key,
    )


def _last(order: Order, orders: Mapping[str, Order], slots: Mapping[str, Slotted], state: State) -> _Given | None:
    """Of the orders that it follows the one that ends last; of equals the last by key."""
    last: tuple[int, str] | None = None
    for key in order.depends_on:
        end = _finish(key, slots, state)
        if end is not None and (last is None or (end, key) > last):
            last = end, key
    if last is None:
        return None
    finish, key = last
    return _Given(orders[key] if key in orders else state.orders[key].order, finish)


def _finish(key: str, slots: Mapping[str, Slotted], state: State) -> int | None:
    """When an order ends or ended; None: nobody knows, or it does not count any more."""
    slot = slots.get(key)
    if slot is not None:
        return slot.finish
    known = state.orders.get(key)
    return instant(known.finished) if known and known.finished else None


def _is_other(giver: Order, receiver: Order) -> bool:
    """Whether it passes from one to another: nobody works on both."""
    if not giver.performer or giver.performer == receiver.performer:
        return False
    return set(giver.departments).isdisjoint(receiver.departments)


def _waiting(order: Order, start: int, end: int, base: Ground) -> int:
    """The working minutes from one instant to another, in the hours of whoever takes over."""
    hours = base.hours.get(terms_of(order, base).wait_hours)
    if hours is None:
        return 0
    first, last = hours.horizon
    return hours.between(max(start, first), min(max(end, first), last)) // 60
