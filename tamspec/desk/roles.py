"""The role of the TAM: who has it in which month and with how much time, who knows what, and who could hold a project.

Nothing here decides. What is proposed comes with its reasons, and whoever asked chooses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tamspec.desk.complexity import departments_of
from tamspec.desk.shares import home_zone, is_in_role, is_within, tam_percent, tam_tenths, term
from tamspec.model.catalog import Absence, Person, TamRole
from tamspec.model.project import Project
from tamspec.model.values import TENTHS, counted, listed
from tamspec.model.workspace import Workspace
from tamspec.worktime import Windows, midnight, windows_of

SOON = timedelta(days=28)
"""How far ahead an absence is told of: time enough to find somebody who stands in."""

Standing = Literal["candidate", "to come", "onboarding", "active", "ended"]
"""Where a person stands in the role; `to come`: from a later day on."""

Field = Literal["home", "own", "adjacent", ""]
"""What a department's field is to a person."""


# Who is in the role


def day_of(person: Person, workspace: Workspace, at: datetime) -> date:
    """The day that an instant belongs to where a person works."""
    return at.astimezone(home_zone(person, workspace)).date()


def has_role(person: Person) -> bool:
    """Whether a person is, was or may become a TAM."""
    return person.tam_share is not None or person.tam != TamRole()


def standing_on(person: Person, day: date) -> Standing:
    """Where a person stands in the role on a day."""
    return _standing(person, day, day)


def _standing(person: Person, first: date, last: date) -> Standing:
    """Where a person stands in the role in days from the first to the last."""
    role = person.tam
    if role.status == "candidate":
        return "candidate"
    if role.last and role.last < first:
        return "ended"
    if role.first and role.first > last:
        return "to come"
    if role.status == "ended":
        return "active" if role.last else "ended"
    return role.status


def is_active(person: Person, day: date) -> bool:
    """Whether a person does the work of a TAM alone on a day."""
    return person.tam.status == "active" and is_within(person.tam, day)


def missing_training(person: Person, workspace: Workspace, day: date) -> tuple[str, ...]:
    """The parts of the training that a person has not passed by a day, in the order of the policy."""
    passed = person.tam.training
    return tuple(part for part in workspace.settings.training if part not in passed or passed[part] > day)


def sound_absences(person: Person) -> tuple[Absence, ...]:
    """The absences that end after they begin, by their first day."""
    return tuple(sorted((one for one in person.absences if one.first <= one.last), key=lambda one: one.first))


def absences_soon(person: Person, day: date) -> tuple[Absence, ...]:
    """The absences that are under way, or begin within four weeks."""
    return tuple(one for one in sound_absences(person) if one.last >= day and one.first <= day + SOON)


# The roster


class RosterRow(Struct, frozen=True, kw_only=True):
    """A person in the roster, with a value for each of its months."""

    person: str
    standings: tuple[Standing, ...]
    tenths: tuple[Fraction, ...]
    """Of a person, that there are for the role: the share, less the days outside the role and those of absence."""
    taken: tuple[Fraction, ...]
    """Tenths that projects take, as far as they say how much."""
    unsaid: tuple[int, ...]
    """Projects that do not say it."""


class Roster(Struct, frozen=True, kw_only=True):
    """Who is in the role by month, and how much time there is for it."""

    months: tuple[date, ...]
    """The first day of each."""
    rows: tuple[RosterRow, ...]

    def tenths(self, month: int) -> Fraction:
        """What all TAMs have in a month together."""
        return sum((row.tenths[month] for row in self.rows), Fraction())

    def taken(self, month: int) -> Fraction:
        """What projects take of it."""
        return sum((row.taken[month] for row in self.rows), Fraction())


def roster(workspace: Workspace, day: date, months: int = 12) -> Roster:
    """The roster from the month of a day on."""
    heads = tuple(_month(day, number) for number in range(months))
    after = _month(day, months)
    ends = tuple(head - timedelta(days=1) for head in (*heads[1:], after))
    spans = tuple(zip(heads, ends, strict=True))
    people = [one for _, one in sorted(workspace.people.items()) if has_role(one)]
    calendars = {workspace.departments[one.department.name].calendar.name for one in people}
    hours = {
        name: windows_of(workspace.calendars[name], heads[0] - timedelta(days=2), after + timedelta(days=2))
        for name in sorted(calendars)
        if any(workspace.calendars[name].hours.values()) or any(workspace.calendars[name].overrides.values())
    }
    held = _held(workspace)
    rows = tuple(_row(one, workspace, spans, hours, held.get(one.name, ())) for one in people)
    return Roster(months=heads, rows=rows)


def _month(day: date, number: int) -> date:
    """The first day of the month so many months after that of a day."""
    years, month = divmod(day.month - 1 + number, 12)
    return date(day.year + years, month + 1, 1)


def _row(
    person: Person,
    workspace: Workspace,
    spans: Sequence[tuple[date, date]],
    hours: Mapping[str, Windows],
    held: Sequence[Project],
) -> RosterRow:
    mine = hours.get(workspace.departments[person.department.name].calendar.name)
    loads = [_load(person, held, first, last) for first, last in spans]
    return RosterRow(
        person=person.name,
        standings=tuple(_standing(person, first, last) for first, last in spans),
        tenths=tuple(_tenths(person, workspace, first, last, mine) for first, last in spans),
        taken=tuple(taken for taken, _ in loads),
        unsaid=tuple(unsaid for _, unsaid in loads),
    )


def _tenths(person: Person, workspace: Workspace, first: date, last: date, hours: Windows | None) -> Fraction:
    """The share of a TAM by the working time of a month in which there is one."""
    zone = home_zone(person, workspace)
    role = term(person, zone)
    start, end = midnight(first, zone), midnight(last + timedelta(days=1), zone)
    whole = hours.between(start, end) if hours else 0
    if role is None or hours is None or not whole:
        return Fraction()
    begins, ends = max(start, role[0]), min(end, role[1])
    there = hours.between(begins, ends) if begins < ends else 0
    until = begins
    for one in sound_absences(person):
        away = max(until, midnight(one.first, zone)), min(ends, midnight(one.last + timedelta(days=1), zone))
        if away[0] < away[1]:
            there -= hours.between(*away)
            until = away[1]
    return Fraction(tam_tenths(person) * there, whole)


def _held(workspace: Workspace) -> dict[str, list[Project]]:
    """Person → the projects whose TAM the person is, was or will be, by name."""
    found: dict[str, list[Project]] = {}
    for _, project in sorted(workspace.projects.items()):
        refs = (*(one.tam for one in project.tenures), project.team.tam)
        for name in {ref.name for ref in refs if ref}:
            found.setdefault(name, []).append(project)
    return found


def _load(person: Person, held: Sequence[Project], first: date, last: date) -> tuple[Fraction, int]:
    """Tenths that projects take of a TAM in the days of a month, and the projects that do not say how much."""
    taken, unsaid = Fraction(), 0
    for project in held:
        days = _days_held(project, person.name, first, last)
        if days and project.team.share is None:
            unsaid += 1
        elif days and project.team.share is not None:
            taken += Fraction(project.team.share) * TENTHS / 100 * Fraction(days, (last - first).days + 1)
    return taken, unsaid


def _days_held(project: Project, person: str, first: date, last: date) -> int:
    """On how many of these days somebody is TAM of a project: by its tenures, else by its team."""
    if not project.tenures:
        return (last - first).days + 1 if project.team.tam and project.team.tam.name == person else 0
    held = 0
    for one in project.tenures:
        if one.tam.name == person:
            begins, ends = max(first, one.first), min(last, one.last or last)
            held += max(0, (ends - begins).days + 1)
    return held


# Who knows what


class Competent(Struct, frozen=True, kw_only=True):
    """A person in the matrix of competencies."""

    person: str
    fields: tuple[Field, ...]
    """Of each department in the matrix."""
    communication: int | None
    leading: int | None


class Matrix(Struct, frozen=True, kw_only=True):
    """Who knows the field of which department."""

    departments: tuple[str, ...]
    rows: tuple[Competent, ...]

    def nobody(self) -> tuple[str, ...]:
        """Departments whose field is nobody's home or own."""
        return tuple(
            name
            for number, name in enumerate(self.departments)
            if not any(row.fields[number] in ("home", "own") for row in self.rows)
        )


def field_of(person: Person, department: str) -> Field:
    """What the field of a department is to a person."""
    if person.department.name == department:
        return "home"
    if any(one.name == department for one in person.competencies.own):
        return "own"
    return "adjacent" if any(one.name == department for one in person.competencies.adjacent) else ""


def matrix(workspace: Workspace) -> Matrix:
    """All departments and everybody who has, had or may get the role."""
    departments = tuple(sorted(workspace.departments))
    return Matrix(
        departments=departments,
        rows=tuple(
            Competent(
                person=name,
                fields=tuple(field_of(one, department) for department in departments),
                communication=one.competencies.communication,
                leading=one.competencies.leading,
            )
            for name, one in sorted(workspace.people.items())
            if has_role(one)
        ),
    )


# Who could hold a project

COVERED = {"home": 2, "own": 2, "adjacent": 1, "": 0}
"""What knowing a field counts: twice as much where it is one's own."""

NO_TIME, UNTRAINED, AWAY = 30, 20, 10
"""What is taken off the score (0 to 100) of somebody who has not the time, the training, or is away soon."""


class Match(Struct, frozen=True, kw_only=True):
    """Somebody who could be TAM of a project."""

    person: str
    score: int
    """0 to 100: how much of the project's fields is covered, less what speaks against it."""
    is_ready: bool
    """Whether the role is in force today."""
    holds: Literal["tam", "deputy", ""]
    """What the person is in the project now."""
    own: tuple[str, ...]
    """Departments of the project whose field is home or own."""
    adjacent: tuple[str, ...]
    uncovered: tuple[str, ...]
    free: Decimal
    """Percent of working time left of the TAM share beside other projects; negative: too much is promised already."""
    missing: tuple[str, ...]
    """Parts of the training that were not passed."""
    reasons: tuple[str, ...]
    """Why, in whole sentences."""


class Proposed(Struct, frozen=True, kw_only=True):
    """Who could be TAM of a project, the likeliest first."""

    project: str
    departments: tuple[str, ...]
    share: Decimal | None
    """Percent of working time that the project takes; None: nobody said."""
    matches: tuple[Match, ...]


def proposed(workspace: Workspace, name: str, at: datetime) -> Proposed:
    """Everybody who has or may get the role, as TAM of a project, as of an instant."""
    project = workspace.projects[name]
    departments = departments_of(project, workspace)
    people = [one for _, one in sorted(workspace.people.items()) if has_role(one) and one.tam.status != "ended"]
    day = {one.name: day_of(one, workspace, at) for one in people}
    held = _held(workspace)
    found = [
        _match(one, project, departments, workspace, day[one.name], held.get(one.name, ()))
        for one in people
        if standing_on(one, day[one.name]) != "ended"
    ]

    def order(one: Match) -> tuple[bool, int, int, Decimal, str]:
        known = workspace.people[one.person].competencies
        return (not one.is_ready, -one.score, -(known.communication or 0) - (known.leading or 0), -one.free, one.person)

    return Proposed(
        project=name,
        departments=departments,
        share=None if project.team.share is None else Decimal(project.team.share),
        matches=tuple(sorted(found, key=order)),
    )


def _match(
    person: Person,
    project: Project,
    departments: Sequence[str],
    workspace: Workspace,
    day: date,
    held: Sequence[Project],
) -> Match:
    fields = {name: field_of(person, name) for name in departments}
    free, unsaid = _left(person, [one for one in held if one.name != project.name])
    missing, away = missing_training(person, workspace, day), absences_soon(person, day)
    is_short = free <= 0 or free < (project.team.share or 0)
    full = sum(COVERED[one] for one in fields.values())
    covered = round(100 * full / (COVERED["own"] * len(fields))) if fields else 100
    against = NO_TIME * is_short + UNTRAINED * bool(missing) + AWAY * bool(away)
    team = project.team
    holds: Literal["tam", "deputy", ""] = ""
    if team.tam and team.tam.name == person.name:
        holds = "tam"
    elif team.deputy and team.deputy.name == person.name:
        holds = "deputy"
    made = Match(
        person=person.name,
        score=max(0, covered - against),
        is_ready=is_in_role(person, day),
        holds=holds,
        own=tuple(name for name, one in fields.items() if one in ("home", "own")),
        adjacent=tuple(name for name, one in fields.items() if one == "adjacent"),
        uncovered=tuple(name for name, one in fields.items() if not one),
        free=free,
        missing=missing,
        reasons=(),
    )
    told = _reasons(made, person, project, day, away, unsaid)
    return replace(made, reasons=tuple(told))


def _left(person: Person, projects: Sequence[Project]) -> tuple[Decimal, int]:
    """Percent of working time that is left of the share of a TAM beside those of these projects that the person holds
    now, and how many of them do not say what they take."""
    held = [one.team.share for one in projects if one.team.tam and one.team.tam.name == person.name]
    taken = sum((Decimal(share) for share in held if share is not None), Decimal())
    return tam_percent(person) - taken, held.count(None)


def _reasons(
    made: Match,
    person: Person,
    project: Project,
    day: date,
    away: Sequence[Absence],
    unsaid: int,
) -> Iterator[str]:
    if made.holds:
        yield f"Is {'TAM' if made.holds == 'tam' else 'deputy'} of it now."
    if not made.is_ready:
        yield _not_ready(person, day)
    if made.own:
        is_one = len(made.own) == 1
        yield f"The field{'' if is_one else 's'} of {listed(made.own)} {'is' if is_one else 'are'} their own."
    if made.adjacent:
        yield f"Knows {listed(made.adjacent)} well enough to ask the right questions."
    if made.uncovered:
        yield f"Does not know {listed(made.uncovered)}."
    if not (made.own or made.adjacent or made.uncovered):
        yield "The project involves no department yet, so every field fits."
    yield _time_left(made.free, project, unsaid)
    for one in away:
        yield f"Is away from {one.first} to {one.last}."
    if made.missing:
        yield f"Has not passed {listed(made.missing)}, and so needs a deputy who has."
    known = person.competencies
    told = [
        f"{what} at {mark} of 5"
        for what, mark in (("speaks with clients", known.communication), ("leads", known.leading))
        if mark is not None
    ]
    if told:
        yield f"{listed(told)[0].upper()}{listed(told)[1:]}."


def _not_ready(person: Person, day: date) -> str:
    match standing_on(person, day):
        case "candidate":
            since = f" It is to begin on {person.tam.first}." if person.tam.first else ""
            return f"Is a candidate: the role takes no time of them yet.{since}"
        case _:
            return f"The role begins on {person.tam.first}."


def _time_left(free: Decimal, project: Project, unsaid: int) -> str:
    silent = "does not say what it takes" if unsaid == 1 else "do not say what they take"
    more = f", and {counted(unsaid, 'other project')} {silent}"
    takes = f"; the project takes {percent_text(Decimal(project.team.share))}" if project.team.share is not None else ""
    if free < 0:
        return f"Has promised {percent_text(-free)} more of the working time than the role has{takes}."
    return f"Has {percent_text(free)} of the working time left{takes}{more if unsaid else ''}."


def percent_text(number: Decimal) -> str:
    """`12 %`, `7.5 %`."""
    return f"{number.normalize():f} %"
