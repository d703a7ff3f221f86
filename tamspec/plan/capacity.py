"""How much departments and TAMs can take on: people, less the shares of TAMs, less who is away, less the reserve.

Capacity is counted in tenths of a person, so that sums are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tamspec.model.catalog import Department, Person
from tamspec.model.values import TENTHS
from tamspec.model.workspace import Workspace
from tamspec.plan.engine.schedule import Resource
from tamspec.worktime import Span, midnight

TAM_SHARE = 30
"""Percent of a TAM's working time, where the person's spec does not say."""

_FOR_EVER = 1 << 40


def resources(workspace: Workspace, at: int, horizon: int) -> dict[str, Resource]:
    """Everything that does work from `at` to `horizon` (epoch seconds): departments, and `tam:NAME` for each TAM."""
    shares = _shares(workspace)
    levels = {name: _levels(one, workspace, shares) for name, one in workspace.departments.items()}
    for name, share in shares.items():
        levels[f"tam:{name}"] = _summed(_leaving(workspace.people[name], share, workspace), share)
    return {name: _resource(name, steps, at, horizon) for name, steps in levels.items()}


def capacity_tenths(department: Department, workspace: Workspace) -> int:
    """What a department can plan with while nobody is away: its people, less the shares of its TAMs, less the reserve
    for incidents and small requests (rounded down)."""
    return _planned(department, _people(department, workspace, _shares(workspace)))


def tam_tenths(workspace: Workspace, name: str) -> int:
    """The share of a TAM, at least one tenth."""
    share = workspace.people[name].tam_share
    return max(1, round(Decimal(TAM_SHARE if share is None else share) * TENTHS / 100))


def _shares(workspace: Workspace) -> dict[str, int]:
    """TAM, whoever has a share for it or is named by a project → the tenths of it."""
    named = {one.team.tam.name for one in workspace.projects.values() if one.team.tam}
    named |= {name for name, one in workspace.people.items() if one.tam_share is not None}
    return {name: tam_tenths(workspace, name) for name in sorted(named)}


def home(workspace: Workspace, name: str) -> str:
    """The department that a person belongs to."""
    return workspace.people[name].department.name


def _people(department: Department, workspace: Workspace, shares: Mapping[str, int]) -> int:
    """Tenths of its people, without the shares of its TAMs."""
    own = (share for name, share in shares.items() if home(workspace, name) == department.name)
    return department.capacity.people * TENTHS - sum(own)


def _planned(department: Department, people: int) -> int:
    """What of so many tenths of people can be planned, since a reserve stays free."""
    return int(max(0, people) * (100 - department.capacity.reserve) / 100)


Levels = tuple[tuple[int, int], ...]
"""From an instant on, so many tenths; in order of time."""


def _levels(department: Department, workspace: Workspace, shares: Mapping[str, int]) -> Levels:
    """What a department can plan with, from its first day to its last."""
    leaving = Counter[int]()
    for name, person in workspace.people.items():
        if person.absences and person.department.name == department.name:
            leaving.update(_leaving(person, TENTHS - shares.get(name, 0), workspace))
    zone = _zone(department, workspace)
    opens = midnight(department.valid_from, zone) if department.valid_from else 0
    closes = midnight(department.valid_to + timedelta(days=1), zone) if department.valid_to else _FOR_EVER
    people = _summed(leaving, _people(department, workspace, shares))
    inside = [(max(t, opens), _planned(department, tenths)) for t, tenths in people if t < closes]
    return (*dict(inside).items(), (closes, 0)) if opens < closes else ((0, 0),)


def _summed(changes: Counter[int], tenths: int) -> Levels:
    """The levels that changes make of a number of tenths that stands at the beginning of time."""
    made = [(0, tenths)]
    for t in sorted(changes):
        tenths += changes[t]
        made.append((t, tenths))
    return tuple(made)


def _resource(name: str, levels: Levels, at: int, horizon: int) -> Resource:
    """A resource with its levels between two instants, as few as say the same."""
    told = [one for one, after in zip(levels, (*levels[1:], (_FOR_EVER, 0)), strict=True) if after[0] > at]
    told = [one for one in told if one[0] < horizon]
    steps = [one for before, one in zip((None, *told), told, strict=False) if before is None or before[1] != one[1]]
    most = max((tenths for _, tenths in steps), default=0)
    is_constant = len(steps) == 1 and steps[0][0] <= at
    return Resource(name=name, capacity=most, levels=() if is_constant else tuple(steps))


def _leaving(person: Person, tenths: int, workspace: Workspace) -> Counter[int]:
    """When so many tenths of a person go (negative) and come back."""
    made = Counter[int]()
    for start, end in _away(person, workspace):
        made.update({start: -tenths, end: tenths})
    return made


def _away(person: Person, workspace: Workspace) -> Iterator[Span]:
    """When a person is away, each instant once. An absence that ends before it begins is none."""
    zone = _zone(workspace.departments[person.department.name], workspace)
    until = 0
    for one in sorted(person.absences, key=lambda one: one.first):
        start, end = max(until, midnight(one.first, zone)), midnight(one.last + timedelta(days=1), zone)
        if start < end:
            yield start, end
            until = end


def _zone(department: Department, workspace: Workspace) -> ZoneInfo:
    return ZoneInfo(workspace.calendars[department.calendar.name].time_zone)
