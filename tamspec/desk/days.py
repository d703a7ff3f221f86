"""How long after something a thing is due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tamspec.model.catalog import Calendar
from tamspec.model.values import Duration
from tamspec.worktime import expand, instant, midnight, moment

FOREVER = datetime(9000, 1, 1, tzinfo=UTC)
"""Later than anything that is planned."""


def later(since: datetime, by: Duration, calendar: Calendar) -> datetime:
    """The instant so long after another; working days are those of the calendar."""
    try:
        reached = since + timedelta(minutes=by.minutes)
    except OverflowError:
        return FOREVER
    if not by.working_days:
        return reached
    day = reached.date()
    try:
        hours = expand(calendar, day - timedelta(2), day + timedelta(30 + 7 * by.working_days))
        return moment(hours.add_days(instant(reached.astimezone(UTC)), by.working_days))
    except OverflowError:
        return FOREVER
    except ValueError:  # a calendar that is hardly ever open
        return reached + timedelta(by.working_days)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day is over, UTC."""
    try:
        return moment(midnight(day + timedelta(1), zone))
    except (OverflowError, ValueError):  # the last day of all calendars
        return FOREVER
