"""What came of a TAM's work, counted: results, and no judgement. Internal.

Each thing counts for whoever was TAM of its project on the day that it belongs to: by the tenures of the project where
there are any, else by its team.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from tamspec.model.catalog import Calendar
from tamspec.model.order import State
from tamspec.model.project import Project, Request
from tamspec.model.register import Proposal
from tamspec.model.values import Duration
from tamspec.model.workspace import Workspace
from tamspec.worktime import is_ever_open, midnight, windows_of


class Scorecard(Struct, frozen=True, kw_only=True):
    """The results of one TAM."""

    person: str
    raised: int
    """Proposals that were raised."""
    before: int
    """Those of them that were raised before something had failed."""
    accepted: int
    implemented: int
    """Accepted, and their change is done."""
    asked: int
    """Requests of clients whose time to be answered is over, or that were answered."""
    in_time: int
    documents: int
    """Of the projects that the person holds now."""
    current: int
    """Found true, and not longer ago than their interval."""
    finished: int
    """Changes that were promised for a day, and are done."""
    kept: int
    """Done by the instant for which they were promised last."""

    @property
    def is_empty(self) -> bool:
        return not (self.raised or self.asked or self.documents or self.finished)


def scorecards(workspace: Workspace, state: State, at: datetime) -> dict[str, Scorecard]:
    """The results of everybody who has or had something to show, by name."""
    counts: dict[str, dict[str, int]] = {}
    for person, what in (*_proposals(workspace, state), *_registers(workspace, at), *_changes(workspace, state)):
        if person:
            mine = counts.setdefault(person, {})
            mine[what] = mine.get(what, 0) + 1
    empty = dict.fromkeys((name for name in Scorecard.__struct_fields__ if name != "person"), 0)
    return {name: Scorecard(person=name, **{**empty, **found}) for name, found in sorted(counts.items())}


def holder(project: Project, day: date) -> str:
    """Who was, is or will be TAM of a project on a day; empty: nobody."""
    if not project.tenures:
        return project.team.tam.name if project.team.tam else ""
    held = (one for one in project.tenures if one.first <= day and (one.last is None or day <= one.last))
    return next((one.tam.name for one in held), "")


def _proposals(workspace: Workspace, state: State) -> Iterator[tuple[str, str]]:
    for _, one in sorted(workspace.proposals.items()):
        person = holder(workspace.projects[one.project.name], one.raised)
        yield person, "raised"
        if not one.evidence.incidents:
            yield person, "before"
        if one.decision and one.decision.option:
            yield person, "accepted"
            if _is_done(one, workspace, state):
                yield person, "implemented"


def _is_done(one: Proposal, workspace: Workspace, state: State) -> bool:
    change = workspace.changes.get(one.change.name) if one.change else None
    return change is not None and change.state != "withdrawn" and state.is_closed(change.name)


def _registers(workspace: Workspace, at: datetime) -> Iterator[tuple[str, str]]:
    for _, project in sorted(workspace.projects.items()):
        calendar = workspace.calendars[workspace.clients[project.client.name].calendar.name]
        today = at.astimezone(ZoneInfo(calendar.time_zone)).date()
        for one in project.requests.values():
            yield from _request(one, project, answer_by(one.asked, workspace.settings.answer_within, calendar), today)
        now = holder(project, today)
        for document in project.documents.values():
            yield now, "documents"
            interval = document.interval
            if document.reviewed and (interval is None or today <= answer_by(document.reviewed, interval, calendar)):
                yield now, "current"


def _request(one: Request, project: Project, due: date, today: date) -> Iterator[tuple[str, str]]:
    person = holder(project, one.asked)
    if one.answered or today > due:
        yield person, "asked"
        if one.answered and one.answered <= due:
            yield person, "in_time"


def answer_by(asked: date, within: Duration, calendar: Calendar) -> date:
    """The last day that is within a time after a day: working days are those of the calendar."""
    if not within.working_days:
        return asked + timedelta(days=-(-within.minutes // (24 * 60)))
    if not is_ever_open(calendar):
        return asked + timedelta(days=within.working_days)
    zone = ZoneInfo(calendar.time_zone)
    last = asked + timedelta(days=30 + 7 * within.working_days)
    hours = windows_of(calendar, asked - timedelta(days=2), last + timedelta(days=2))
    day, left = asked, within.working_days
    while left and day < last:
        day += timedelta(days=1)
        left -= hours.between(midnight(day, zone), midnight(day + timedelta(days=1), zone)) > 0
    return day


def _changes(workspace: Workspace, state: State) -> Iterator[tuple[str, str]]:
    for name, promised in sorted(state.committed.items()):
        change = workspace.changes.get(name)
        ends = [
            one.finished for one in state.orders_of(name) if one.finished and one.status == "done"
        ]  # of cancelled orders nothing came
        if change is None or change.state == "withdrawn" or not ends or not state.is_closed(name):
            continue
        project = workspace.projects[change.project.name]
        calendar = workspace.calendars[workspace.clients[project.client.name].calendar.name]
        person = holder(project, max(ends).astimezone(ZoneInfo(calendar.time_zone)).date())
        yield person, "finished"
        if max(ends) <= promised:
            yield person, "kept"
