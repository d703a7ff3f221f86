"""Instants and lengths of time as people read them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from tamspec.model.values import DAYS, MONTHS, effort_text, utc_text
from tamspec.model.workspace import Workspace


def day(at: datetime, zone: str) -> str:
    """`Fri 27 Nov 2026`, whatever the locale."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year}"


def client_day(at: datetime, zone: str, workspace: Workspace, project: str) -> str:
    """A day for the client of a project, told in a zone that is named where it is another day at the client's."""
    told = day(at, zone)
    return told if told == day(at, zone_of(workspace, (), project)) else f"{told} ({zone})"


def minute(at: datetime, zone: str, now: datetime) -> str:
    """`Fri 27 Nov 16:45`, and with the year where it is another than that of now: `Mon  4 Jan 2027 09:00`."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    year = "" if local.year == today.year else f" {local.year}"
    return f"{DAYS[local.weekday()]} {local.day:2} {MONTHS[local.month - 1]}{year} {local.hour:02}:{local.minute:02}"


def utc(at: datetime | None) -> str | None:
    """RFC 3339 with `Z`, for programs; None stays None."""
    return utc_text(at) if at else None


def wall(minutes: int) -> str:
    """A length on the wall clock in its largest whole units: `21 days`, `5 hours`. What is missing (below nothing) is
    rounded up: two days and an hour too late are three."""
    for size, word in ((24 * 60, "day"), (60, "hour")):
        if abs(minutes) >= size:
            count = abs(minutes // size)
            return f"{count} {word}{'' if count == 1 else 's'}"
    return f"{abs(minutes)} minutes"


def hours(minutes: int) -> str:
    """A length of work: `2h 30m`."""
    return ("-" if minutes < 0 else "") + effort_text(abs(minutes))


def zone_of(workspace: Workspace, departments: tuple[str, ...], project: str) -> str:
    """The zone in which a Change's times are told: of its first department, else of the client, else UTC."""
    for name in departments:
        if name in workspace.departments:
            return workspace.calendars[workspace.departments[name].calendar.name].time_zone
    found = workspace.projects.get(project)
    client = workspace.clients[found.client.name] if found else None
    return workspace.calendars[client.calendar.name].time_zone if client else "UTC"
