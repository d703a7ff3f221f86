"""What roles take of a person's working time, and from when to when. In whole tenths, so that sums are exact."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tamspec.model.catalog import Person, TamRole
from tamspec.model.values import TENTHS
from tamspec.model.workspace import Workspace
from tamspec.worktime import Span, midnight

TAM_SHARE = 30
"""Percent of a TAM's working time, where the person's spec does not say."""

IN_ROLE = ("onboarding", "active")
"""Where the role takes its share: who learns it has as little time for the department as who has it."""

FOR_EVER = 1 << 40
"""An instant (epoch seconds) after every other."""


def tam_percent(person: Person) -> Decimal:
    """The share that the role of the TAM takes of a person who has it."""
    return Decimal(TAM_SHARE if person.tam_share is None else person.tam_share)


def tam_tenths(person: Person) -> int:
    """The same in tenths of a person, at least one."""
    return max(1, _tenths(tam_percent(person)))


def other_percent(person: Person) -> Decimal:
    """What the other roles of a person take together."""
    return sum(person.other_shares.values(), Decimal())


def other_tenths(person: Person) -> int:
    """The same in tenths of a person."""
    return _tenths(other_percent(person))


def _tenths(percent: Decimal) -> int:
    return round(percent * TENTHS / 100)


def is_within(role: TamRole, day: date) -> bool:
    """Whether a day lies between the first and the last of a role."""
    return (role.first is None or role.first <= day) and (role.last is None or day <= role.last)


def is_in_role(person: Person, day: date) -> bool:
    """Whether the role of the TAM takes its share of a person on a day."""
    return person.tam.status in IN_ROLE and is_within(person.tam, day)


def term(person: Person, zone: ZoneInfo) -> Span | None:
    """From when to when the role takes its share, on the clock of the home department; None: never."""
    role = person.tam
    start = midnight(role.first, zone) if role.first else 0
    end = midnight(role.last + timedelta(days=1), zone) if role.last else FOR_EVER
    return (start, end) if role.status in IN_ROLE and start < end else None


def home_zone(person: Person, workspace: Workspace) -> ZoneInfo:
    """In which a person's days begin and end: that of the home department."""
    department = workspace.departments[person.department.name]
    return ZoneInfo(workspace.calendars[department.calendar.name].time_zone)
