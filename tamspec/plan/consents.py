"""Who must agree before a Change moves the promised finish of another, and who did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tamspec.model.plan import Redated, Unagreed
from tamspec.model.project import Change, Consent
from tamspec.model.workspace import Workspace
from tamspec.plan.jobs import end_of_day


def who_may_agree(change: Change, workspace: Workspace) -> tuple[str, ...]:
    """The TAM who answers for a Change, then the deputy."""
    team = workspace.projects[change.project.name].team
    return tuple(one.name for one in (team.tam, team.deputy) if one)


def unagreed(change: Change, displaced: Iterable[Redated], workspace: Workspace) -> Iterator[Unagreed]:
    """The displaced Changes that would be finished later than somebody who may has agreed to, with what is to be done.

    A displaced Change that is written no more has nobody who could be asked.
    """
    for one in displaced:
        other = workspace.changes.get(one.change)
        is_later = one.after is None or one.before is None or one.after > one.before
        if other and is_later and not _covers(change.consents.get(one.change), one.after, other, workspace):
            yield Unagreed(change=one.change, text=_sentence(one, other, change.consents.get(one.change), workspace))


def _covers(consent: Consent | None, finish: datetime | None, other: Change, workspace: Workspace) -> bool:
    """Whether a consent is that of somebody who may give it, and reaches to the finish."""
    if consent is None or finish is None or consent.by.name not in who_may_agree(other, workspace):
        return False
    client = workspace.clients[workspace.projects[other.project.name].client.name]
    return finish <= end_of_day(consent.until, client, workspace)


def _sentence(one: Redated, other: Change, given: Consent | None, workspace: Workspace) -> str:
    if one.after is None:
        return f"It would leave {one.change} without a finish, and nobody can agree to that."
    was = f" from {_day(one.before, other, workspace)}" if one.before else ""
    day = _day(one.after, other, workspace)
    may = who_may_agree(other, workspace)
    told = f"It moves the promised finish of {one.change}{was} to {day}"
    if not may:
        return f"{told}, and {other.project.name} has no TAM who could agree."
    whom = " or ".join((f"its TAM {may[0]}", *(f"the deputy {name}" for name in may[1:])))
    so_far = f", who agreed until {given.until} only," if given and given.by.name in may else ""
    return f"{told}: {whom}{so_far} must agree, as `consents: {{{one.change}: {{by: {may[0]}, until: {day}}}}}`."


def _day(finish: datetime, other: Change, workspace: Workspace) -> date:
    """The last day of the work, in the time zone of the Change's client."""
    client = workspace.clients[workspace.projects[other.project.name].client.name]
    zone = ZoneInfo(workspace.calendars[client.calendar.name].time_zone)
    return (finish - timedelta(seconds=1)).astimezone(zone).date()
