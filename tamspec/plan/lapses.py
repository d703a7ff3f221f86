"""What should have been heard of an order by now, and was not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from tamspec.model.order import OrderState, State
from tamspec.model.plan import Action, Lapse, LapseKind
from tamspec.plan.jobs import Ground, own_calendar
from tamspec.worktime import HorizonError, instant, moment


def lapses(actions: Sequence[Action], statuses: Mapping[str, str], state: State, base: Ground) -> Iterator[Lapse]:
    """The lapses as of the instant of `base`, by order. An order that waits for others has none: theirs are the cause.

    They go by the dates that were recorded, not by those that the plan gives: a plan moves what is late.
    """
    wanted = [one for one in actions if one.verb != "cancel"]
    followers: dict[str, list[str]] = defaultdict(list)
    for one in wanted:
        for before in one.order.depends_on:
            followers[before].append(one.order.key)
    for one in wanted:
        key, known = one.order.key, state.orders.get(one.order.key)
        if known and known.is_open and statuses[key] != "planned":
            behind = len(_behind(key, followers))
            for kind, since in _missed(known, is_ready=statuses[key] == "ready", base=base):
                yield Lapse(kind=kind, order=key, since=since, behind=behind)


def _missed(known: OrderState, *, is_ready: bool, base: Ground) -> Iterator[tuple[LapseKind, datetime]]:
    at = moment(base.at)
    if known.recorded.finish < at:
        yield "overdue", known.recorded.finish
    elif is_ready and known.order.effort and known.recorded.start < at:
        yield "not_begun", known.recorded.start
    if known.status in ("in_progress", "blocked") and known.reported and _is_silent(known, known.reported, base):
        yield "stale", known.reported


def _is_silent(known: OrderState, reported: datetime, base: Ground) -> bool:
    """Whether the last report of an order is older than the workspace bears."""
    bears, since = base.workspace.settings.stale_after, instant(reported)
    if not bears.working_days:
        return since + bears.minutes * 60 < base.at
    calendar = own_calendar(known.order, base.workspace)
    if not calendar:
        return False
    hours = base.hours[calendar]
    try:
        return hours.add_days(max(since, hours.horizon[0]), bears.working_days) < base.at
    except HorizonError:  # the calendar has not so many working days to come
        return False


def _behind(key: str, followers: Mapping[str, Iterable[str]]) -> set[str]:
    """The orders that wait for one, directly or through others."""
    behind, ahead = set[str](), [key]
    while ahead:
        new = set(followers.get(ahead.pop(), ())) - behind
        behind |= new
        ahead.extend(new)
    return behind
