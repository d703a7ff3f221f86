"""Departments and calendars: whether the hours and the people that plans are made of exist at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec.structs import replace

from tamspec.diagnostics import Place, Related, Severity
from tamspec.model.catalog import Calendar, Shift
from tamspec.model.workspace import Workspace
from tamspec.plan.capacity import lasting_tenths
from tamspec.rules.rule import Objection, rule
from tamspec.worktime import WEEKDAYS, is_ever_open

DAY = 24 * 60


@rule("TAM321", "Department that closes before it opens")
def closed_before_open(workspace: Workspace) -> Iterator[Objection]:
    """The two dates say from which day to which day the department exists; reversed, it never does, and no order of
    it finds a time.

    Correct `validFrom` or `validTo`; both days are included.
    """
    for one in workspace.departments.values():
        if one.valid_from and one.valid_to and one.valid_to < one.valid_from:
            yield one.at / "spec" / "validTo", f"Department {one.name} opens on {one.valid_from}, after this day."


@rule("TAM322", "Department with no capacity left", Severity.WARNING)
def nothing_left(workspace: Workspace) -> Iterator[Objection]:
    """What remains of its people after the shares of its TAMs and the reserve is less than a tenth of a person, yet
    steps of the catalogue or tasks of a Change ask for it: such an order never finds a time.

    Lower the `reserve`, or give the department more `people`.
    """
    # Only the shares that people have, not the TAMs that projects name: those are other documents.
    provider = replace(workspace, projects={})
    full = {name for name, one in workspace.departments.items() if lasting_tenths(one, provider) <= 0}
    asked = [
        (service, ref)
        for service, _, step in (workspace.steps if full else ())
        for ref in (step.department, *step.joint)
        if ref and ref.name in full
    ]
    for name in sorted({ref.name for service, ref in asked if service}):
        reserve, people = (workspace.departments[name].capacity.at / word for word in ("reserve", "people"))
        at = reserve if reserve.written else people
        yield at, f"Nobody of department {name} is left for planned work, and steps ask for it."
    for service, ref in asked:
        if not service:
            yield ref.at, f"Nobody of department {ref} is left for planned work."


@rule("TAM327", "Absence that ends before it begins")
def absence_reversed(workspace: Workspace) -> Iterator[Objection]:
    """The two days say from when to when a person is away; reversed, the person counts as there, and work is planned
    for somebody who is not.

    Correct `from` or `to`; both days are included.
    """
    for person in workspace.people.values():
        for one in person.absences:
            if one.last < one.first:
                yield one.at / "to", f"This absence of {person.name} begins on {one.first}, after this day."


@rule("TAM328", "Absences that overlap", Severity.WARNING)
def absences_overlap(workspace: Workspace) -> Iterator[Objection]:
    """Nobody is away twice on the same day. It is most often a slip in one of the days, and somebody is missing for
    longer or shorter than the plan believes.

    Correct the days, or write one longer absence. Each day is counted once.
    """
    for person in workspace.people.values():
        sound = sorted((one for one in person.absences if one.first <= one.last), key=lambda one: one.first)
        longest = sound[:1]
        for one in sound[1:]:
            if one.first <= longest[0].last:
                related = (Related(longest[0].at.value, "This one is not over by then."),)
                yield one.at / "from", f"{person.name} is away on {one.first} already.", "", related
            longest = [max(longest[0], one, key=lambda absence: absence.last)]


@rule("TAM323", "Weekday that is written twice")
def weekday_twice(workspace: Workspace) -> Iterator[Objection]:
    """When `mon-fri` and `fri` both stand there, some read the second as the hours of that day, others as added to
    the first.

    Let each weekday be covered by one key: `mon-thu` and `fri`.
    """
    for calendar in workspace.calendars.values():
        seen: dict[str, str] = {}
        for key in calendar.hours:
            twice = [day for day in _days(key) if day in seen]
            if twice:
                at = (calendar.at / "spec" / "hours" / key).key
                yield at, f"{twice[0]} is covered by {seen[twice[0]]} too, in calendar {calendar.name}."
            seen |= dict.fromkeys(_days(key), key)


def _days(key: str) -> tuple[str, ...]:
    """`fri-mon` → fri, sat, sun, mon."""
    first, _, last = key.partition("-")
    at = WEEKDAYS.index(first)
    count = (WEEKDAYS.index(last or first) - at) % len(WEEKDAYS) + 1
    return tuple(WEEKDAYS[(at + offset) % len(WEEKDAYS)] for offset in range(count))


@rule("TAM324", "Shifts that overlap")
def overlapping_shifts(workspace: Workspace) -> Iterator[Objection]:
    """A day has each hour once. Shifts that overlap are most often a slip in one of the times, and the day turns out
    longer or shorter than somebody believes.

    Correct the times, or write one longer shift.
    """
    for calendar in workspace.calendars.values():
        hours, overrides = calendar.at / "spec" / "hours", calendar.at / "spec" / "overrides"
        found = [_overlap(hours / key, shifts) for key, shifts in calendar.hours.items()]
        found += [_overlap(overrides / day.isoformat(), shifts) for day, shifts in calendar.overrides.items()]
        found.append(_overnight(calendar))
        for overlap in found:
            if overlap:
                at, end = overlap
                detail = f"This shift of calendar {calendar.name} begins before another has ended."
                clock = f"{end // 60 % 24:02}:{end % 60:02}"
                yield at, detail, f"Begin it at {clock}, or write one shift that holds both."


Overlap = tuple[Place, int]
"""The later of two shifts, and the minute of its day at which the other ends."""


def _overlap(at: Place, shifts: Sequence[Shift]) -> Overlap | None:
    """Two shifts of the same day that overlap."""
    ordered = sorted(enumerate(shifts), key=lambda one: (one[1].start, one[0]))
    for (_, before), (index, after) in pairwise(ordered):
        if after.start < _end(before):
            return at / index, _end(before)
    return None


def _overnight(calendar: Calendar) -> Overlap | None:
    """The first shift that begins before one of the evening before has ended."""
    week = {day: (key, shifts) for key, shifts in calendar.hours.items() for day in _days(key)}
    for yesterday, today in zip((WEEKDAYS[-1], *WEEKDAYS), WEEKDAYS, strict=False):
        key, shifts = week.get(today, ("", ()))
        until = max((_end(shift) - DAY for shift in week.get(yesterday, ("", ()))[1]), default=0)
        for index, shift in enumerate(shifts):
            if shift.start < until:
                return calendar.at / "spec" / "hours" / key / index, until
    return None


def _end(shift: Shift) -> int:
    return shift.end if shift.end > shift.start else shift.end + DAY


@rule("TAM325", "Calendar that is never open")
def never_open(workspace: Workspace) -> Iterator[Objection]:
    """Whatever is to happen in these hours never happens: no order finds a time, no clock of an agreement runs.

    Write the hours of at least one weekday, or of one date in `overrides`. Around the clock is the calendar `always`.
    """
    for calendar in workspace.calendars.values():
        if not is_ever_open(calendar):
            yield (calendar.at / "spec" / "hours").key, f"Calendar {calendar.name} has no hours on any day."


@rule("TAM326", "Step in a maintenance window that its department never works in", Severity.WARNING)
def no_window_hours(workspace: Workspace) -> Iterator[Objection]:
    """Work in a client's maintenance window is done in the `windowHours` of the departments. One that has none works
    by day only, and most windows are at night: the order would find no time.

    Add `windowHours` to the department, or let another department do the step.
    """
    for service, name, step in workspace.steps:
        for ref in (step.department, *step.joint):
            if step.window and ref and not workspace.departments[ref.name].window_hours:
                owner = f" of service {service.name}" if service else ""
                yield step.at / "window", f"Department {ref} has no windowHours for step {name}{owner}."
