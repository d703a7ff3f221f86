"""The days of a project's client, and how long after something a thing is due."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tamspec.model.catalog import Calendar
from tamspec.model.order import Event
from tamspec.model.values import Duration
from tamspec.model.workspace import Workspace
from tamspec.worktime import instant, midnight, moment, time_zone, windows_of

FOREVER = datetime(9000, 1, 1, tzinfo=UTC)
"""Later than anything that is planned."""

MOST = 5_000
"""Working days, some twenty years: what is due after more of them is due when nobody asks any more."""


def calendar_of(workspace: Workspace, project: str) -> Calendar:
    """The calendar of a project's client, whose days are counted."""
    client = workspace.clients[workspace.projects[project].client.name]
    return workspace.calendars[client.calendar.name]


def zone_of(workspace: Workspace, project: str) -> ZoneInfo:
    """Where the days of a project's client end."""
    return time_zone(calendar_of(workspace, project).time_zone)


def today_of(workspace: Workspace, project: str, at: datetime) -> date:
    """The client's day at an instant."""
    return at.astimezone(zone_of(workspace, project)).date()


def of_last_day(events: Sequence[Event], at: datetime, projects: Collection[str]) -> Iterator[Event]:
    """What was recorded for some projects in the day before an instant, the latest first; `events` are in the order of
    their time."""
    wanted = frozenset(projects)
    for event in reversed(events):
        if event.at <= at - timedelta(days=1):
            return
        if event.project in wanted and event.at <= at:
            yield event


def later(since: datetime, by: Duration, calendar: Calendar) -> datetime:
    """The instant so long after another; working days are those of the calendar."""
    try:
        reached = since + timedelta(minutes=by.minutes)
    except OverflowError:
        return FOREVER
    if not by.working_days:
        return reached
    if by.working_days > MOST:
        return FOREVER
    day = reached.date()
    try:
        # Whole years, so that all who ask for days of one calendar ask for the same windows.
        first, last = date(day.year - 1, 12, 1), date(day.year + 2 + by.working_days // 50, 1, 1)
        return moment(windows_of(calendar, first, last).add_days(instant(reached.astimezone(UTC)), by.working_days))
    except (OverflowError, ValueError):  # the end of all calendars, or one that is hardly ever open
        return reached + timedelta(by.working_days)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day is over, UTC."""
    try:
        return moment(midnight(day + timedelta(1), zone))
    except (OverflowError, ValueError):  # the last day of all calendars
        return FOREVER
