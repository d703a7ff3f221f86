"""How much of each department the planned work takes, week by week, and who is waited for.

Work counts in minutes of one person. What a department has is its capacity in its working hours; work in a maintenance
window counts where it is done, and the rest after a night is not taken off.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from tamspec.model.order import Order
from tamspec.model.plan import Load, Use
from tamspec.model.values import TENTHS
from tamspec.plan.engine.problem import Resource, Slotted
from tamspec.plan.jobs import Ground, terms_of
from tamspec.worktime import Windows, intersect, midnight, moment

WEEKS = 8
"""How many weeks are told one by one, this one included."""

Hours = Callable[[Order], Windows]
"""When an order is worked."""


class _Work(Struct, frozen=True):
    """What is still to be done of an order, from an instant to its finish (epoch seconds), for each department."""

    start: int
    finish: int
    minutes: int
    order: Order

    def before(self, t: int, hours: Hours) -> int:
        """The minutes of it that are planned before an instant. In its hours it is done evenly."""
        if t >= self.finish:
            return self.minutes
        if t <= self.start:
            return 0
        windows = hours(self.order)
        return self.minutes * windows.between(self.start, t) // max(1, windows.between(self.start, self.finish))


def loads(orders: Mapping[str, Order], slots: Mapping[str, Slotted], base: Ground) -> tuple[Load, ...]:
    """The load of every department, by name. Of work that is under way what remains of it counts."""
    names = base.workspace.departments
    hours = _hours(base)
    work: dict[str, list[_Work]] = {name: [] for name in names}
    awaited: dict[str, list[int]] = defaultdict(list)
    for key, slot in slots.items():
        order = orders.get(key)
        if order is None:
            continue
        # Where it waits for anything besides people, more of them would not help.
        if {reason.kind for reason in slot.reasons} == {"capacity"}:
            for reason in slot.reasons:
                awaited[reason.subject].append(slot.start)
        if order.effort and order.department:
            one = _work(order, slot, base, hours)
            for name in order.departments:
                if name in names:
                    work[name].append(one)
    until = max((slot.finish for slot in slots.values()), default=base.at)
    weeks = cache(lambda zone: _weeks(zone, base.at, until))
    return tuple(_load(name, work[name], awaited[name], weeks, hours, base) for name in sorted(names))


def _hours(base: Ground) -> Hours:
    common = cache(lambda names: intersect(*(base.hours[name] for name in names)))
    own = {name: base.hours[one.calendar.name] for name, one in base.workspace.departments.items()}

    def hours(order: Order) -> Windows:
        if order.department in own and not (order.window or order.joint):
            return own[order.department]
        return common(terms_of(order, base).hours)

    return hours


def _work(order: Order, slot: Slotted, base: Ground, hours: Hours) -> _Work:
    if slot.start >= base.at:
        return _Work(slot.start, slot.finish, order.effort, order)
    finish = max(base.at, slot.finish)
    minutes = hours(order).between(base.at, finish) * terms_of(order, base).pace // (60 * TENTHS)
    return _Work(base.at, finish, minutes, order)


def _weeks(zone: str, at: int, until: int) -> Sequence[int]:
    """Where weeks begin, from now to beyond an instant: now, then each Monday of a zone."""
    today = moment(at).astimezone(ZoneInfo(zone)).date()
    monday = today + timedelta(days=7 - today.weekday())
    made = [at]
    while made[-1] < until or len(made) <= WEEKS:
        made.append(midnight(monday, ZoneInfo(zone)))
        monday += timedelta(days=7)
    return made


def _load(
    name: str,
    work: Sequence[_Work],
    awaited: Sequence[int],
    weeks: Callable[[str], Sequence[int]],
    hours: Hours,
    base: Ground,
) -> Load:
    own = base.hours[base.workspace.departments[name].calendar.name]
    resource, edges = base.resources[name], weeks(own.zone)
    planned: Counter[int] = Counter()
    for one in work:
        for week, minutes in _by_week(one, edges, hours):
            planned[week] += minutes

    def use(start: int, end: int, minutes: int) -> Use:
        return Use(start=moment(start), end=moment(end), planned=minutes, capacity=_capacity(resource, own, start, end))

    busy = (use(edges[at], edges[at + 1], planned[at]) for at in sorted(planned))
    until = max(awaited, default=0)
    return Load(
        department=name,
        whole=use(base.at, max((one.finish for one in work), default=base.at), planned.total()),
        weeks=tuple(use(edges[at], edges[at + 1], planned[at]) for at in range(WEEKS)),
        full_from=next((one.start for one in busy if one.is_full), None),
        awaited=use(base.at, until, sum(one.before(until, hours) for one in work)) if awaited else None,
        waiting=len(awaited),
    )


def _by_week(work: _Work, edges: Sequence[int], hours: Hours) -> Iterator[tuple[int, int]]:
    """The minutes of some work in each week that it touches; together exactly its own."""
    first, last = bisect_right(edges, work.start) - 1, bisect_left(edges, work.finish) - 1
    before = 0
    for week in range(first, last):
        until = work.before(edges[week + 1], hours)
        yield week, until - before
        before = until
    yield max(first, last), work.minutes - before


def _capacity(resource: Resource, own: Windows, start: int, end: int) -> int:
    """The minutes of one person that a resource has from one instant to another, in its working hours."""
    levels = resource.levels or ((start, resource.capacity),)
    end = min(end, own.horizon[1])
    total = 0
    for at in range(max(0, bisect_right(levels, (start, resource.capacity)) - 1), len(levels)):
        t, tenths = levels[at]
        until = min(end, levels[at + 1][0]) if at + 1 < len(levels) else end
        if t >= end:
            break
        if tenths and max(t, start) < until:
            total += tenths * own.between(max(t, start), until)
    return total // (60 * TENTHS)
