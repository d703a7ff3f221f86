"""What should have been heard of an order by now, and was not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from msgspec.structs import replace

from tamspec.model.order import OrderState, State
from tamspec.model.plan import Action, Lapse, LapseKind
from tamspec.model.values import Duration
from tamspec.plan.jobs import Ground, own_calendar
from tamspec.worktime import HorizonError, Windows, instant, moment

GRACE = Duration(working_days=1)
"""How much later than recorded an order may begin before anybody asks: a department begins the next morning."""


def lapses(actions: Sequence[Action], statuses: Mapping[str, str], state: State, base: Ground) -> tuple[Lapse, ...]:
    """The lapses as of the instant of `base`, by order. An order that waits for others has none: theirs are the cause.

    They go by the dates that were recorded, not by those that the plan gives: a plan moves what is late. Where the
    work before an order was done late, its own dates count so much later.
    """
    wanted = [one for one in actions if one.verb != "cancel"]
    found: list[Lapse] = []
    for one in wanted:
        key, known = one.order.key, state.orders.get(one.order.key)
        if known and known.is_open and statuses[key] != "planned":
            missed = _missed(known, is_ready=statuses[key] == "ready", state=state, base=base)
            found += (Lapse(kind=kind, order=key, since=since) for kind, since in missed)
    followers = _followers(wanted) if found else {}
    return tuple(replace(one, behind=len(_behind(one.order, followers))) for one in found)


def _missed(known: OrderState, *, is_ready: bool, state: State, base: Ground) -> Iterator[tuple[LapseKind, datetime]]:
    if not known.order.standby:  # a back-out is promised for no day: it begins when somebody calls for it
        start, finish = _own_dates(known, state, base)
        if instant(finish) < base.at:
            yield "overdue", finish
        elif is_ready and known.order.effort and _is_over(start, GRACE, known, base):
            yield "not_begun", start
    is_open = known.status in ("in_progress", "blocked")
    if is_open and known.reported and _is_over(known.reported, base.workspace.settings.stale_after, known, base):
        yield "stale", known.reported


def _own_dates(known: OrderState, state: State, base: Ground) -> tuple[datetime, datetime]:
    """The recorded start and finish, later by as much as the work before it was, and by what was said to remain."""
    start, finish = known.recorded.start, known.recorded.finish
    before = (state.orders[key].finished for key in known.order.depends_on if key in state.orders)
    ready = max((one for one in before if one), default=start)
    if ready > start:
        start, finish = ready, max(finish + (ready - start), _worked(ready, Fraction(1), known, base))
    if known.last and known.last.remaining and known.reported and known.order.effort:
        left = Fraction(known.last.remaining, known.order.effort)
        finish = max(finish, _worked(known.reported, left, known, base))
    return start, finish


def _worked(since: datetime, part: Fraction, known: OrderState, base: Ground) -> datetime:
    """When a part of the recorded work is done that goes on at an instant; that instant where nobody can tell."""
    hours = _hours(known, base)
    try:
        work = hours.between(instant(known.recorded.start), instant(known.recorded.finish)) if hours else 0
        return moment(hours.add(instant(since), int(work * part))) if hours else since
    except HorizonError:
        return since


def _is_over(since: datetime, length: Duration, known: OrderState, base: Ground) -> bool:
    """Whether more than a length of time has passed, in working days of whoever does the order."""
    begun, hours = instant(since), _hours(known, base)
    if not length.working_days:
        return begun + length.minutes * 60 < base.at
    try:
        return hours is not None and hours.add_days(max(begun, hours.horizon[0]), length.working_days) < base.at
    except HorizonError:  # the calendar has not so many working days to come
        return False


def _hours(known: OrderState, base: Ground) -> Windows | None:
    calendar = own_calendar(known.order, base.workspace)
    return base.hours[calendar] if calendar else None


def _followers(wanted: Iterable[Action]) -> Mapping[str, list[str]]:
    """Order → the orders that wait for it."""
    followers: dict[str, list[str]] = defaultdict(list)
    for one in wanted:
        for before in one.order.depends_on:
            followers[before].append(one.order.key)
    return followers


def _behind(key: str, followers: Mapping[str, Iterable[str]]) -> set[str]:
    """The orders that wait for one, directly or through others."""
    behind, ahead = set[str](), [key]
    while ahead:
        new = set(followers.get(ahead.pop(), ())) - behind
        behind |= new
        ahead.extend(new)
    return behind
