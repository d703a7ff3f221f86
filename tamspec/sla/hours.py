"""When the clocks of an agreement run, how long its targets are, and which days it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from tamspec.model.catalog import Agreement, Calendar, Period, Shift
from tamspec.model.values import Duration
from tamspec.model.workspace import ALWAYS, Workspace
from tamspec.worktime import week_of
from tamspec.worktime.kept import Kept

LONGEST = 20
"""Years of an agreement that are looked at, from the first."""
UNDATED = 2028
"""The year that stands for every other where neither an agreement nor a calendar tells one; a leap year."""


def hours_of(agreement: Agreement, workspace: Workspace) -> Calendar | None:
    """The calendar in which its clocks run: its service hours, else the duty hours of who promises; None where it has
    neither."""
    ref = agreement.service_hours
    if ref is None and agreement.provider is not None:
        ref = workspace.departments[agreement.provider.name].duty_hours
    if ref is None:
        return None
    return workspace.calendars.get(ref.name, ALWAYS)


def promiser(agreement: Agreement) -> str:
    """The department or the supplier that promises."""
    return agreement.provider.name if agreement.provider else agreement.supplier


_ORDINARY: Kept[Calendar, int] = Kept(256)


def ordinary_day(calendar: Calendar) -> int:
    """How many seconds a working day of a calendar has: of the days of its week the commonest length, of equally
    common ones the longest; a calendar of single dates has those."""
    return _ORDINARY.of(id(calendar), calendar, lambda: _commonest(calendar))


def _commonest(calendar: Calendar) -> int:
    days = week_of(calendar) if any(calendar.hours.values()) else calendar.overrides.values()
    lengths = Counter(sum(_minutes(one) for one in shifts) for shifts in days)
    del lengths[0]
    return 60 * max(lengths, key=lambda length: (lengths[length], length), default=0)


def _minutes(shift: Shift) -> int:
    return shift.end - shift.start if shift.end > shift.start else shift.end + 24 * 60 - shift.start


def seconds_of(target: Duration, calendar: Calendar) -> int:
    """How long a target is on a clock that runs in these hours. A working day is an ordinary one of them."""
    return 60 * target.minutes + target.working_days * ordinary_day(calendar)


def days_of(agreement: Agreement, calendars: Iterable[Calendar]) -> tuple[date, date]:
    """The days on which a case may arrive, both included: those on which the agreement holds. What it does not say is
    taken from the years that the calendars behind it know, so that their holidays count; at most `LONGEST` years."""
    years = {day.year for one in calendars for day in (*one.holidays, *one.overrides)} or {UNDATED}
    first = agreement.valid_from or (
        agreement.valid_to - timedelta(364) if agreement.valid_to else date(min(years), 1, 1)
    )
    last = agreement.valid_to or max(date(max(years), 12, 31), first + timedelta(364))
    return first, max(first, min(last, first + timedelta(365 * LONGEST)))


MONTHS: Mapping[Period, int] = {"month": 1, "quarter": 3, "year": 12}
"""How many months a period has."""


def first_of(month: int) -> date:
    """The first day of a month, counted from the year 0."""
    return date(month // 12, month % 12 + 1, 1)


def period_of(day: date, period: Period) -> tuple[date, date]:
    """The first day of the period that a day lies in, and the day after its last."""
    months = MONTHS[period]
    first = (day.year * 12 + day.month - 1) // months * months
    return first_of(first), first_of(first + months)


def zone_of(agreement: Agreement, workspace: Workspace, otherwise: str = ALWAYS.time_zone) -> str:
    """The time zone in which an agreement's days are told: that of its hours; of hours around the clock its client's,
    and `otherwise` where it has no client."""
    hours, client = hours_of(agreement, workspace), workspace.clients.get(agreement.customer.name)
    if hours is not None and hours.name != ALWAYS.name:
        return hours.time_zone
    return workspace.calendars[client.calendar.name].time_zone if client else otherwise
