"""How much departments and TAMs can take on: people, less the shares of TAMs and other roles, less who is away, less
the reserve.

Capacity is counted in tenths of a person, so that sums are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from tamspec.desk.shares import FOR_EVER, home_zone, other_tenths, tam_tenths, term
from tamspec.model.catalog import Department, Person
from tamspec.model.values import TENTHS
from tamspec.model.workspace import Workspace
from tamspec.plan.engine.schedule import Resource
from tamspec.worktime import Span, midnight

TAM = "tam:"
"""What the names of TAMs begin with among the resources, so that they are no department's."""


def resources(workspace: Workspace, at: int, horizon: int) -> dict[str, Resource]:
    """Everything that does work from `at` to `horizon` (epoch seconds): departments, and `tam:NAME` for each TAM."""
    tams = _tams(workspace)
    levels = {name: _levels(one, workspace, tams) for name, one in workspace.departments.items()}
    for name in sorted(tams):
        levels[f"{TAM}{name}"] = _role_levels(workspace.people[name], workspace)
    return {name: _resource(name, steps, at, horizon) for name, steps in levels.items()}


def capacity_tenths(department: Department, workspace: Workspace) -> int:
    """The least that a department can plan with while nobody is away: its people, less the shares of roles, less the
    reserve for incidents and small requests (rounded down)."""
    return min(_planned(department, tenths) for _, tenths in _without_roles(department, workspace))


def lasting_tenths(department: Department, workspace: Workspace) -> int:
    """The same, for good: after the last day on which a role begins or ends."""
    return _planned(department, _without_roles(department, workspace)[-1][1])


def steady_tenths(workspace: Workspace, at: int) -> dict[str, int]:
    """Department, where a role begins or ends → the least that it can plan with from `at` on while nobody is away. Work
    that asked for more would find no time once the role has begun; nothing at all is no measure."""
    found = {}
    for name in {one.department.name for one in workspace.people.values() if one.tam.first or one.tam.last}:
        department = workspace.departments[name]
        levels = _without_roles(department, workspace)
        ahead = [_planned(department, tenths) for t, tenths in levels if t > at]
        ahead.append(_planned(department, [tenths for t, tenths in levels if t <= at][-1]))
        found[name] = min((tenths for tenths in ahead if tenths), default=0)
    return {name: tenths for name, tenths in sorted(found.items()) if tenths}


def _tams(workspace: Workspace) -> frozenset[str]:
    """Whoever has a share for the role, or is named as TAM by a project."""
    named = {one.team.tam.name for one in workspace.projects.values() if one.team.tam}
    return frozenset(named | {name for name, one in workspace.people.items() if one.tam_share is not None})


def home(workspace: Workspace, name: str) -> str:
    """The department that a person belongs to."""
    return workspace.people[name].department.name


def _planned(department: Department, people: int) -> int:
    """What of so many tenths of people can be planned, since a reserve stays free."""
    return int(max(0, people) * (100 - department.capacity.reserve) / 100)


Levels = tuple[tuple[int, int], ...]
"""From an instant on, so many tenths; in order of time."""


def _without_roles(department: Department, workspace: Workspace) -> Levels:
    """Tenths of its people while nobody is away, less what roles take."""
    tams = _tams(workspace)
    own = (_missing(person, (), tams, workspace) for person in _people(department, workspace))
    return _summed(_changes(own), department.capacity.people * TENTHS)


def _levels(department: Department, workspace: Workspace, tams: frozenset[str]) -> Levels:
    """What a department can plan with, from its first day to its last."""
    own = (
        _missing(person, tuple(_away(person, workspace)), tams, workspace) for person in _people(department, workspace)
    )
    zone = _zone(department, workspace)
    opens = midnight(department.valid_from, zone) if department.valid_from else 0
    closes = midnight(department.valid_to + timedelta(days=1), zone) if department.valid_to else FOR_EVER
    people = _summed(_changes(own), department.capacity.people * TENTHS)
    inside = [(max(t, opens), _planned(department, tenths)) for t, tenths in people if t < closes]
    return (*dict(inside).items(), (closes, 0)) if opens < closes else ((0, 0),)


def _people(department: Department, workspace: Workspace) -> list[Person]:
    return [one for one in workspace.people.values() if one.department.name == department.name]


def _missing(person: Person, away: tuple[Span, ...], tams: frozenset[str], workspace: Workspace) -> Levels:
    """Tenths that a department misses of one of its people: all of somebody who is away, else what the roles take."""
    others = other_tenths(person)
    role = term(person, home_zone(person, workspace)) if person.name in tams else None
    share = tam_tenths(person) if role else 0
    return tuple(
        (t, TENTHS if _is_in(t, away) else min(TENTHS, others + (share if role and _is_in(t, (role,)) else 0)))
        for t in _turns((*away, *((role,) if role else ())))
    )


def _role_levels(person: Person, workspace: Workspace) -> Levels:
    """Tenths of a TAM for the work of the role: none before it begins, after it has ended, and while the TAM is
    away."""
    away, role = tuple(_away(person, workspace)), term(person, home_zone(person, workspace))
    if role is None:
        return ((0, 0),)
    share = tam_tenths(person)
    return tuple((t, share if _is_in(t, (role,)) and not _is_in(t, away) else 0) for t in _turns((role, *away)))


def _turns(spans: Iterable[Span]) -> list[int]:
    """The beginning of time, and every instant at which one of the spans begins or ends."""
    return sorted({0, *(t for span in spans for t in span if t < FOR_EVER)})


def _is_in(t: int, spans: Iterable[Span]) -> bool:
    return any(start <= t < end for start, end in spans)


def _changes(missing: Iterable[Levels]) -> Counter[int]:
    """When how many tenths go (negative) and come back."""
    made = Counter[int]()
    for levels in missing:
        before = 0
        for t, tenths in levels:
            made[t] += before - tenths
            before = tenths
    return made


def _summed(changes: Counter[int], tenths: int) -> Levels:
    """The levels that changes make of a number of tenths that stands at the beginning of time."""
    made = [(0, tenths)]
    for t in sorted(changes):
        tenths += changes[t]
        made.append((t, tenths))
    return tuple(dict(made).items())


def _resource(name: str, levels: Levels, at: int, horizon: int) -> Resource:
    """A resource with its levels between two instants, as few as say the same."""
    told = [one for one, after in zip(levels, (*levels[1:], (FOR_EVER, 0)), strict=True) if after[0] > at]
    told = [one for one in told if one[0] < horizon]
    steps = [one for before, one in zip((None, *told), told, strict=False) if before is None or before[1] != one[1]]
    most = max((tenths for _, tenths in steps), default=0)
    is_constant = len(steps) == 1 and steps[0][0] <= at
    return Resource(name=name, capacity=most, levels=() if is_constant else tuple(steps))


def _away(person: Person, workspace: Workspace) -> Iterator[Span]:
    """When a person is away, each instant once. An absence that ends before it begins is none."""
    zone = home_zone(person, workspace)
    until = 0
    for one in sorted(person.absences, key=lambda one: one.first):
        start, end = max(until, midnight(one.first, zone)), midnight(one.last + timedelta(days=1), zone)
        if start < end:
            yield start, end
            until = end


def _zone(department: Department, workspace: Workspace) -> ZoneInfo:
    return ZoneInfo(workspace.calendars[department.calendar.name].time_zone)
