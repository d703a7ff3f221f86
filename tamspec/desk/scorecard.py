"""What came of a TAM's work, counted: results, and no judgement. Internal.

Each thing counts for whoever was TAM of its project on the day that it belongs to: by the tenures of the project where
there are any, else by its team.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from tamspec.desk.days import end_of, today_of, zone_of
from tamspec.desk.documents import Register
from tamspec.desk.proposals import outcome
from tamspec.desk.registers import answer_due
from tamspec.desk.tenure import tam_on
from tamspec.model.order import State
from tamspec.model.plan import Plan
from tamspec.model.project import Project, Request
from tamspec.model.workspace import Workspace


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
    """Found true since what they cover changed last, and not longer ago than their interval."""
    finished: int
    """Changes that were promised for a day, and are done."""
    kept: int
    """Done by the instant for which they were promised last."""

    @property
    def is_empty(self) -> bool:
        return not (self.raised or self.asked or self.documents or self.finished)


def scorecards(workspace: Workspace, state: State, plan: Plan, register: Register) -> dict[str, Scorecard]:
    """The results of everybody who has or had something to show, by name."""
    counts: dict[str, dict[str, int]] = {}
    told = (
        *_proposals(workspace, state, plan),
        *_registers(workspace, register, plan.at),
        *_changes(workspace, state),
    )
    for person, what in told:
        if person:
            mine = counts.setdefault(person, {})
            mine[what] = mine.get(what, 0) + 1
    empty = dict.fromkeys((name for name in Scorecard.__struct_fields__ if name != "person"), 0)
    return {name: Scorecard(person=name, **{**empty, **found}) for name, found in sorted(counts.items())}


def _proposals(workspace: Workspace, state: State, plan: Plan) -> Iterator[tuple[str, str]]:
    for _, one in sorted(workspace.proposals.items()):
        person = tam_on(workspace.projects[one.project.name], one.raised)
        yield person, "raised"
        if not one.evidence.incidents:
            yield person, "before"
        if one.decision and one.decision.option:
            yield person, "accepted"
            if outcome(one, state, plan) == "implemented":
                yield person, "implemented"


def _registers(workspace: Workspace, register: Register, at: datetime) -> Iterator[tuple[str, str]]:
    for name, project in sorted(workspace.projects.items()):
        zone = zone_of(workspace, name)
        for one in project.requests.values():
            yield from _request(one, project, answer_due(workspace, name, one), at, zone)
        now = tam_on(project, today_of(workspace, name, at))
        for standing in register.of(name):
            yield now, "documents"
            if standing.verdict == "current":
                yield now, "current"


def _request(one: Request, project: Project, due: datetime, at: datetime, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    person = tam_on(project, one.asked)
    if one.answered or due <= at:
        yield person, "asked"
        # Only the day of an answer is known; it is in time where that day was over in time.
        if one.answered and end_of(one.answered, zone) <= due:
            yield person, "in_time"


def _changes(workspace: Workspace, state: State) -> Iterator[tuple[str, str]]:
    for name, promised in sorted(state.committed.items()):
        change = workspace.changes.get(name)
        ends = [
            one.finished for one in state.orders_of(name) if one.finished and one.status == "done"
        ]  # of cancelled orders nothing came
        if change is None or change.state == "withdrawn" or not ends or not state.is_closed(name):
            continue
        project = workspace.projects[change.project.name]
        person = tam_on(project, today_of(workspace, project.name, max(ends)))
        yield person, "finished"
        if max(ends) <= promised:
            yield person, "kept"
