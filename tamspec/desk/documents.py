"""Documents that stay true: when somebody last found each of them true, when what it covers changed last, and what
follows from the two.

A document was found true at the latest of three instants: the end of the day on which it was `reviewed`, the commit
that changed its file last, and the finish of a task of a Change that `reviews` it. What it covers changed last when a
component of it became what it is as built, or when one of the files changed. Where one of these instants cannot be
known, and it would decide, the verdict is that nobody knows: no other date stands in for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

from msgspec import Struct, field

from tamspec.desk.days import calendar_of, end_of, later
from tamspec.model.catalog import Calendar
from tamspec.model.filed import Filed
from tamspec.model.history import Commit, History
from tamspec.model.order import ActionState, Adopted, Event, Ordered, State, StatusSet
from tamspec.model.project import Document, Project
from tamspec.model.workspace import Workspace
from tamspec.worktime import time_zone

Verdict = Literal["current", "due", "unknown", "stale", "missing"]
"""From the best to the worst.

- `current`: nothing that it covers changed since it was found true.
- `due`: that too, but nobody looked at it for longer than its interval.
- `unknown`: an instant that would decide is not known.
- `stale`: something that it covers changed after it was found true.
- `missing`: its file is not in the tree.
"""

WORST: tuple[Verdict, ...] = ("missing", "stale", "unknown", "due", "current")
"""The order in which somebody should look at them."""

How = Literal["", "review", "commit", "edit", "task"]
Why = Literal["", "never", "ahead", "no git", "shallow", "no date"]
"""Why nobody knows: nobody ever found it true; the day of its review has not come; git knows nothing of the workspace;
the clone holds only the newest commits; git has no date of a file, because it is ignored or its date is none."""


class Cause(Struct, frozen=True, kw_only=True):
    """The last change to something that a document covers."""

    name: str
    """The component, or the file or folder as the document names it."""
    at: datetime
    is_file: bool = False
    change: str = ""
    """The Change whose orders did it; empty for a file, for what was taken over, and for orders of no Change."""
    is_adopted: bool = False
    """It was not built then, but taken over as it stood."""
    commit: Commit | None = None
    """The commit of the file, or of the ledger entry that tells of it; None: none yet, or nobody knows."""


class Review(Struct, frozen=True, kw_only=True):
    """A task that brings a document up to date."""

    change: str
    task: str
    order: str
    """The key of its work order."""
    finished: datetime | None = None


class Standing(Struct, frozen=True, kw_only=True):
    """How it stands with one document of the register."""

    project: str
    name: str
    verdict: Verdict
    why: Why = ""
    """Of `unknown`."""
    found_true: datetime | None = None
    """The latest instant of which it is known."""
    how: How = ""
    """By what it was found true then."""
    commit: Commit | None = None
    """Of `how` `commit`: the one that changed the document."""
    cause: Cause | None = None
    """The last change to what it covers, as far as it is known; of a stale document what made it so."""
    due: datetime | None = None
    """When somebody must look at it again; None: no interval, or it was never found true."""
    is_demanded: bool = False
    """The policy demands a document of its type in the phase of its project."""
    review: Review | None = None
    """An open task that brings it up to date."""
    is_ahead: bool = False
    """Its `reviewed` is a day that has not come."""
    gone: tuple[str, ...] = ()
    """Files and folders that it covers and that are not in the tree."""

    @property
    def is_blocking(self) -> bool:
        """Whether it is stale though its phase demands it, and nobody is to bring it up to date."""
        return self.verdict == "stale" and self.is_demanded and self.review is None


class Register(Struct, frozen=True, kw_only=True, dict=True):
    """How it stands with the documents of all projects."""

    standings: Mapping[str, tuple[Standing, ...]] = field(default_factory=dict)
    """Project → its documents, by name; projects without are left out."""

    def of(self, project: str) -> tuple[Standing, ...]:
        """The documents of a project, by name."""
        return self.standings.get(project, ())

    @cached_property
    def worst_first(self) -> tuple[Standing, ...]:
        """All documents, those first that somebody should look at."""
        each = (one for some in self.standings.values() for one in some)
        return tuple(sorted(each, key=urgency))


def urgency(one: Standing) -> tuple[bool, int, float, str, str]:
    """Sorts documents: those that block first, then by verdict, of one verdict the one that was true longest ago."""
    return (
        not one.is_blocking,
        WORST.index(one.verdict),
        one.found_true.timestamp() if one.found_true else 0.0,
        one.project,
        one.name,
    )


def named_files(workspace: Workspace) -> frozenset[str]:
    """The files and folders that documents name: what must be asked of disk and git. Empty: nothing need be."""
    documents = (one for project in workspace.projects.values() for one in project.documents.values())
    return frozenset(path for one in documents for path in (one.path, *one.covers_files) if path)


def register(
    workspace: Workspace,
    state: State,
    events: Iterable[Event],
    filed: Filed,
    at: datetime,
    moves: Mapping[str, Mapping[str, str]],
) -> Register:
    """How it stands with all documents at an instant. `moves` are the renames that are written and not recorded yet:
    project → old name → new name."""
    projects = {name: one for name, one in workspace.projects.items() if one.documents}
    if not projects:
        return Register()
    files = _Files(filed, named_files(workspace), at)
    asked = {name for name, one in projects.items() if any(each.covers for each in one.documents.values())}
    built = _built(asked, state, events, moves, filed.history) if asked else {}
    reviews = _reviews(workspace, state)
    return Register(
        standings={
            name: tuple(
                _standing(
                    project, key, document, built.get(name, {}), files, reviews.get((name, key), []), workspace, at
                )
                for key, document in sorted(project.documents.items())
            )
            for name, project in sorted(projects.items())
        }
    )


def _standing(
    project: Project,
    name: str,
    document: Document,
    built: Mapping[str, Cause],
    files: _Files,
    reviews: list[Review],
    workspace: Workspace,
    at: datetime,
) -> Standing:
    calendar = calendar_of(workspace, project.name)
    truth = _truth(document, reviews, files, calendar, at)
    causes = [built[one] for one in document.covers if one in built]
    dated = [(path, files.changed(path)) for path in document.covers_files]
    causes += [Cause(name=path, at=one.at, is_file=True, commit=one.commit) for path, one in dated if one.at]
    cause = max(causes, key=lambda one: (one.at, one.name), default=None)
    hidden: Why = next((one.why for _, one in dated if one.why), "")
    due = later(truth.at, document.interval, calendar) if truth.at and document.interval else None
    verdict, why = _verdict(truth, cause, hidden, due, at)
    if document.path and files.is_gone(document.path):
        verdict, why = "missing", ""
    return Standing(
        project=project.name,
        name=name,
        verdict=verdict,
        why=why,
        found_true=truth.at,
        how=truth.how,
        commit=truth.commit,
        cause=cause,
        due=due,
        is_demanded=document.type in workspace.settings.documents.get(project.phase, ()),
        review=next((one for one in reviews if one.finished is None), None),
        is_ahead=truth.is_ahead,
        gone=tuple(path for path in document.covers_files if files.is_gone(path)),
    )


class _Truth(Struct, frozen=True):
    """When a document was found true."""

    at: datetime | None
    """The latest instant that is known."""
    how: How
    commit: Commit | None
    why: Why
    """Why it may be later than `at`; empty: it is not."""
    is_ahead: bool


def _truth(document: Document, reviews: Iterable[Review], files: _Files, calendar: Calendar, at: datetime) -> _Truth:
    zone = time_zone(calendar.time_zone)
    is_ahead = document.reviewed is not None and document.reviewed > at.astimezone(zone).date()
    known: list[tuple[datetime, How, Commit | None]] = []
    if document.reviewed and not is_ahead:
        known.append((end_of(document.reviewed, zone), "review", None))
    known += [(one.finished, "task", None) for one in reviews if one.finished]
    dated = files.changed(document.path) if document.path else _Dated(None, None, "")
    if dated.at:
        known.append((dated.at, "commit" if dated.commit else "edit", dated.commit))
    if not known:
        return _Truth(None, "", None, dated.why or ("ahead" if is_ahead else "never"), is_ahead)
    latest, how, commit = max(known, key=lambda one: (one[0], one[1]))
    return _Truth(latest, how, commit, dated.why, is_ahead)


def _verdict(
    truth: _Truth, cause: Cause | None, hidden: Why, due: datetime | None, at: datetime
) -> tuple[Verdict, Why]:
    """What is known decides where it can: a change is at least as late as the last that is known, and so is the truth
    of a document."""
    if truth.at is None:
        return "unknown", truth.why
    if cause and cause.at > truth.at:
        return ("unknown", truth.why) if truth.why else ("stale", "")
    if hidden:
        return "unknown", hidden
    if due and due <= at:
        return ("unknown", truth.why) if truth.why else ("due", "")
    return "current", ""


# Files


class _Dated(Struct, frozen=True):
    """When a file or a folder changed last."""

    at: datetime | None
    commit: Commit | None
    why: Why
    """Why nobody knows; empty where somebody does, and where there is no such file."""


class _Files:
    """When files that documents name changed, and which of them are there."""

    def __init__(self, filed: Filed, named: frozenset[str], at: datetime) -> None:
        self._there, self._history = filed.there, filed.history
        self._last: dict[str, Commit] = {}
        self._edited: set[str] = set()
        self._now = at
        if filed.history:
            self._look(filed.history, named)

    def _look(self, history: History, named: frozenset[str]) -> None:
        for path, commit in history.last.items():
            for place in _ways(path):
                if place in named:
                    known = self._last.get(place)
                    if known is None or (commit.at, commit.id) > (known.at, known.id):
                        self._last[place] = commit
        for path in history.edited:
            self._edited.update(place for place in _ways(path) if place in named)
        # What is not committed yet is newer than every commit, though these may be later than the instant that counts
        # as now.
        self._now = max([self._now, *(one.at + timedelta(seconds=1) for one in self._last.values())])

    def is_gone(self, path: str) -> bool:
        """Whether it is known not to be there."""
        return self._there is not None and path not in self._there

    def changed(self, path: str) -> _Dated:
        """When a file changed, or anything in a folder."""
        if path in self._edited:
            return _Dated(self._now, None, "")
        if path in self._last:
            return _Dated(self._last[path].at, self._last[path], "")
        if self.is_gone(path):
            return _Dated(None, None, "")
        if self._history is None:
            return _Dated(None, None, "no git")
        return _Dated(None, None, "shallow" if self._history.shallow else "no date")


def _ways(path: str) -> Iterator[str]:
    """A file, and each folder that it lies in."""
    while path:
        yield path
        path = path.rpartition("/")[0]


# Components and reviews


def _built(
    projects: set[str],
    state: State,
    events: Iterable[Event],
    moves: Mapping[str, Mapping[str, str]],
    history: History | None,
) -> dict[str, dict[str, Cause]]:
    """Project → component, and each that it is a part of → its last change as built. Components have their names of
    now: a rename is no change."""
    given: dict[str, Event] = {}
    reported: dict[str, Event] = {}
    for event in sorted((one for one in events if one.project in projects), key=lambda one: (one.at, one.name)):
        match event:
            case Ordered():
                given |= {_action(event.project, name, one.action): event for name, one in event.components.items()}
            case Adopted():
                given |= {f"{one.id}/adopt.1": event for one in event.components.values()}
            case StatusSet():
                reported |= {key: event for key, one in event.orders.items() if one.status == "done"}
    found: dict[str, dict[str, Cause]] = {}
    for action in state.actions.values():
        project, _, name = action.component.partition("/")
        event_of = _finisher(action, state, given, reported) if project in projects else None
        if event_of is None:
            continue
        name = moves.get(project, {}).get(name, name)
        mine = found.setdefault(project, {})
        cause = Cause(
            name=name,
            at=event_of.at,
            change=action.change,
            is_adopted=action.kind == "adopt",
            commit=history.last.get(event_of.place.marks.path) if history else None,
        )
        for whole in _wholes(name):
            if whole not in mine or (mine[whole].at, mine[whole].name) < (cause.at, cause.name):
                mine[whole] = cause
    return found


def _action(project: str, component: str, action: str) -> str:
    """The id of an action, as the ledger gives it: with the old name in front where the component moved since."""
    return f"{project}/{action}" if "/" in action else f"{project}/{component}/{action}"


def _finisher(
    action: ActionState, state: State, given: Mapping[str, Event], reported: Mapping[str, Event]
) -> Event | None:
    """The event with which an action was over, so that what it leads to is built; None: it is not."""
    orders = [state.orders[key] for key in action.orders if not state.orders[key].order.standby]
    if any(one.status != "done" for one in orders):
        return None
    done = [reported[one.order.key] for one in orders if one.order.key in reported]
    return max(done, key=lambda one: (one.at, one.name)) if done else given.get(action.id)


def _wholes(component: str) -> Iterator[str]:
    """A component, and each that it is a part of: `shop.web`, `shop`."""
    while component:
        yield component
        component = component.rpartition(".")[0]


def _reviews(workspace: Workspace, state: State) -> dict[tuple[str, str], list[Review]]:
    """Project and document → the tasks that bring it up to date, done or open, by Change."""
    found: dict[tuple[str, str], list[Review]] = {}
    for name, change in sorted(workspace.changes.items()):
        for document, task in sorted(change.reviews.items()):
            key = f"{change.project.name}/change:{name}/{task}"
            known = state.orders.get(key)
            is_done = known is not None and known.status == "done"
            is_lost = known.status == "cancelled" if known else change.state == "withdrawn" or state.is_closed(name)
            if is_done or not is_lost:
                one = Review(change=name, task=task, order=key, finished=known.finished if known and is_done else None)
                found.setdefault((change.project.name, document), []).append(one)
    return found
