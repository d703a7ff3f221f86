"""How quick it is known which documents are still true: thousands of them, their projects, their ledger and their
history in git."""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from benchmarks import history
from benchmarks.measure import machine
from tamspec import __version__, plan, rules
from tamspec.cache import Cache
from tamspec.desk import documents
from tamspec.gitrepo import filed_of
from tamspec.model.catalog import Client
from tamspec.model.filed import Filed
from tamspec.model.order import (
    Adopted,
    Component,
    Dates,
    Event,
    Order,
    Ordered,
    OrderedComponent,
    Report,
    State,
    StatusSet,
)
from tamspec.model.project import Document, Project
from tamspec.model.values import Duration, Ref
from tamspec.model.workspace import ALWAYS, Workspace
from tamspec.units import FORGETFUL

T = TypeVar("T")
COMPONENTS = 8
"""Of each project: all were taken over, and half were changed by orders since."""
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
RUNS = 5


class Drawn(NamedTuple):
    """A workspace as values, with its ledger."""

    workspace: Workspace
    events: tuple[Event, ...]
    state: State


def drawn(projects: int, files: int, seed: int = 1) -> Drawn:
    """Projects whose documents are the files that `history.stream` brings: of each two thirds cover components, one
    third a file beside it, and a few the whole folder. The same seed gives the same values."""
    draw = random.Random(seed)
    made: dict[str, Project] = {}
    events: list[Event] = []
    for number in range(projects):
        name = f"client-{number:04d}"
        paths = [f"projects/{name}/document-{n // projects:02d}.yaml" for n in range(number, files, projects)]
        register = {f"document-{n:02d}": _document(draw, path, paths) for n, path in enumerate(paths)}
        made[name] = Project(name=name, client=Ref(name="client"), documents=register)
        events += _events(draw, name)
    client = Client(name="client", title="Client", calendar=Ref(name=ALWAYS.name))
    workspace = Workspace(clients={"client": client}, calendars={ALWAYS.name: ALWAYS}, projects=made)
    return Drawn(workspace, tuple(events), plan.fold(events))


def _document(draw: random.Random, path: str, paths: list[str]) -> Document:
    kind = draw.randrange(12)
    return Document(
        type="runbook",
        path=path,
        owner=Ref(name="owner"),
        interval=Duration(minutes=720 * 24 * 60),
        reviewed=date(2023, 12, 1) + timedelta(draw.randrange(1000)),
        covers=tuple(f"part-{n}" for n in draw.sample(range(COMPONENTS), 3)) if kind < 8 else (),
        covers_files=(draw.choice(paths),) if 8 <= kind < 11 else (path.rpartition("/")[0],) if kind == 11 else (),
    )


def _events(draw: random.Random, project: str) -> list[Event]:
    began = datetime(2023, 11, 15, tzinfo=UTC) + timedelta(hours=draw.randrange(1000))
    parts = {f"part-{n}": Component(project=project, name=f"part-{n}", service="part") for n in range(COMPONENTS)}
    given = began + timedelta(hours=draw.randrange(2000))
    changed = dict(list(parts.items())[: COMPONENTS // 2])
    dates = Dates(start=given, finish=given + timedelta(hours=8))
    orders = {
        f"{project}/{name}/change.1/do": Order(
            key=f"{project}/{name}/change.1/do",
            project=project,
            change=f"{project}-grow",
            component=name,
            action="change.1",
            step="do",
            title="Do it",
            department="unix",
        )
        for name in changed
    }
    done = {"at": given + timedelta(hours=draw.randrange(3000)), "by": "unix", "project": project}
    return [
        Adopted(at=began, by="tam", project=project, name="a", components=parts),
        Ordered(
            at=given,
            by="tam",
            project=project,
            name="b",
            change=f"{project}-grow",
            components={
                name: OrderedComponent(action="change.1", kind="change", target=one) for name, one in changed.items()
            },
            orders={key: (order, dates) for key, order in orders.items()},
        ),
        StatusSet(name="c", orders={key: Report(status="done") for key in orders}, **done),
    ]


def figures(*, quick: bool = False, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Seconds of asking disk and git where nothing is known and where the head is, of judging all documents, and of the
    rules; the least of the runs."""
    projects, files, commits = (50, 500, 200) if quick else (history.PROJECTS, history.DOCUMENTS, history.COMMITS)
    made = drawn(projects, files)
    named = documents.named_files(made.workspace)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "repository"
        folder.mkdir()
        history.make(folder, projects, files, commits)
        cache = Cache(Path(name) / "cache" / "found.sqlite", b"benchmark")
        cold, filed = _timed(lambda: filed_of(folder, FORGETFUL, named))
        filed_of(folder, cache, named)
        warm, again = _timed(lambda: filed_of(folder, cache, named))
        assert again == filed, "what is remembered is not what was found"
    judged, register = _timed(lambda: _register(made, filed))
    ruled, found = _timed(lambda: rules.document_rules(made.workspace, register))
    verdicts = Counter(one.verdict for one in register.worst_first)
    told = {
        "projects": projects,
        "documents": sum(verdicts.values()),
        "commits": commits,
        "events": len(made.events),
        "verdicts": dict(sorted(verdicts.items())),
        "findings": len(found.all),
        "asked_cold_seconds": cold,
        "asked_warm_seconds": warm,
        "judged_seconds": judged,
        "ruled_seconds": ruled,
    }
    for key, value in told.items():
        say(f"{key}: {value}")
    return {"machine": machine(), "versions": {"tamspec": __version__}, **told}


def _register(made: Drawn, filed: Filed) -> documents.Register:
    return documents.register(made.workspace, made.state, made.events, filed, AT, {})


def _timed(task: Callable[[], T]) -> tuple[float, T]:
    taken: list[float] = []
    for _ in range(RUNS):
        before = time.perf_counter()
        found = task()
        taken.append(time.perf_counter() - before)
    return round(min(taken), 3), found
