"""Hours in which a clock runs and nobody is on duty."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from msgspec.structs import replace

from tamspec.model.catalog import Agreement, Calendar
from tamspec.model.promise import Gap
from tamspec.model.workspace import Workspace
from tamspec.sla.hours import days_of, hours_of, promiser
from tamspec.worktime import intersect, windows_of
from tamspec.worktime.kept import Kept


def gaps(agreement: Agreement, workspace: Workspace) -> Iterator[Gap]:
    """When the clocks of an agreement run and who has a case is not on duty."""
    calendar = hours_of(agreement, workspace)
    if calendar is None or not any(agreement.priorities.values()):
        return
    behind = [workspace.agreements[ref.name] for turn in agreement.path for ref in turn]
    holders = [(one, hours_of(one, workspace)) for one in behind] or [(agreement, _duty(agreement, workspace))]
    others: dict[tuple[str, str], tuple[str, Calendar]] = {}
    for one, hours in holders:
        if hours is not None and hours.name != calendar.name:
            others.setdefault((promiser(one), hours.name), (promiser(one), hours))
    first, last = days_of(agreement, (calendar, *(hours for _, hours in others.values())))
    for who, hours in others.values():
        try:
            gap = _gap(who, calendar, hours, first, last)
        except ValueError:  # a calendar that is never open
            continue
        if gap:
            yield gap


def _duty(agreement: Agreement, workspace: Workspace) -> Calendar | None:
    """When the department that promises is on duty; None where nobody says."""
    if agreement.provider and workspace.departments[agreement.provider.name].duty_hours:
        return hours_of(replace(agreement, service_hours=None), workspace)
    return None


_GAPS: Kept[tuple[Calendar, Calendar], Gap | None] = Kept(256)


def _gap(who: str, calendar: Calendar, hours: Calendar, first: date, last: date) -> Gap | None:
    key = (id(calendar), id(hours), first, last)
    made = _GAPS.of(key, (calendar, hours), lambda: _uncovered(calendar, hours, first, last))
    return replace(made, who=who) if made else None


def _uncovered(calendar: Calendar, hours: Calendar, first: date, last: date) -> Gap | None:
    """The gap between two calendars, whoever leaves it."""
    after = last + timedelta(1)
    clock = windows_of(calendar, first, after)
    duty = windows_of(hours, first - timedelta(8), after + timedelta(60))
    span = clock.horizon
    both = intersect(clock, duty)
    of = clock.between(*span)
    alone = of - both.between(both.horizon[0], both.horizon[1])
    if not alone:
        return None
    edges = [span[0], *(edge for pair in zip(both.starts, both.ends, strict=True) for edge in pair), span[1]]
    gaps = [(low, high) for low, high in zip(edges[::2], edges[1::2], strict=True) if clock.between(low, high)]
    trimmed = [(clock.next_open(low), min(high, clock.previous_open(high))) for low, high in gaps]
    longest = max(trimmed, key=lambda gap: (clock.between(*gap), -gap[0]))
    return Gap(
        who="",
        calendar=hours.name,
        seconds=alone,
        of=of,
        first=trimmed[0],
        longest=longest,
        longest_on_clock=clock.between(*longest),
    )
