"""The whole story on one page: a tree of text → findings, a plan, documents, and what is to be recorded.

Every function takes values and returns values. Nobody here reads a file, a clock or the network.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from tamspec import ledger, load, plan, resources, rules, units
from tamspec.desk import documents
from tamspec.desk.documents import Register
from tamspec.diagnostics import Diagnostic, Findings, Loc, TamspecError
from tamspec.model.attainment import Account, Attainment
from tamspec.model.catalog import Agreement
from tamspec.model.filed import Asked, Filed, nobody_knows
from tamspec.model.order import Event, Report, State
from tamspec.model.plan import Assumed, Difference, Plan, WhatIf
from tamspec.model.promise import Promise, PromiseTold
from tamspec.model.workspace import Export, Settings, Workspace
from tamspec.plan.compare import subtract
from tamspec.plan.impact import moved_others, touched
from tamspec.plan.reports import reported
from tamspec.units import FORGETFUL, Memory, Spread

if TYPE_CHECKING:
    from tamspec.render.compiled import Compiled
    from tamspec.render.trees import Material
    from tamspec.sla.judge import Judged as Verdicts
    from tamspec.usage import Readings


class Tree(Struct, frozen=True, kw_only=True):
    """A tree of text: the workspace's settings, and the YAML files of its sources by path."""

    settings: Settings
    findings: Findings
    """Of the settings themselves, and of files that could not be read."""
    files: Mapping[str, bytes]
    written: bytes = b""
    """The settings as they are written, for whoever shows the findings."""
    bar: Settings | None = None
    """The settings whose severities and plugins it cannot lower; None: its own count."""
    filed: Asked = nobody_knows
    """Who is asked for files that documents name, where some do."""
    readings: Readings | None = None
    """What files of measurements say that clients used; None: nobody read any."""


class Story(Struct, frozen=True, kw_only=True):
    """Everything that a tree says at an instant."""

    tree: Tree
    workspace: Workspace
    events: tuple[Event, ...]
    state: State
    plan: Plan | None
    """None: the tree does not load, so nothing can be planned."""
    replan: bool
    """Whether it was planned as if nobody had a turn yet."""
    findings: Findings
    files: Mapping[str, bytes]
    documents: int
    register: Register = Register()
    """How it stands with the documents of clients; empty where nothing can be planned."""

    @property
    def planned(self) -> Plan:
        """The plan of a tree that loads; to ask it of another is our mistake."""
        assert self.plan is not None, "this is a bug in tamspec: a story that did not load has no plan"
        return self.plan


class Judged(Struct, frozen=True, kw_only=True):
    """What is wrong with a tree, and what was looked at."""

    findings: Findings
    files: Mapping[str, bytes]
    documents: int


def settings(content: bytes) -> tuple[Settings, Findings]:
    """What `tamspec.yaml` says."""
    made, findings = load.settings(content, resources.schemas())
    return made, findings + rules.of_settings(made)


def missing_folders(ground: Settings, folders: Sequence[str]) -> tuple[Diagnostic, ...]:
    """What `tamspec.yaml` says to read, where it is none of the workspace's folders."""
    return tuple(load.missing_folders(ground, folders))


def unread(refusals: Mapping[str, tuple[str, str]]) -> tuple[Diagnostic, ...]:
    """What could not be read of the tree: path → why, and the way out."""
    return tuple(load.UNREAD_FILE(Loc(path), why, hint=way_out) for path, (why, way_out) in sorted(refusals.items()))


class Before(Struct, frozen=True, kw_only=True):
    """What is known already when a tree is told that is nearly the same as another: it saves work, and changes nothing
    of what is told. It grows with every tree that is told."""

    reads: dict[tuple[str, bytes], load.Read] = field(default_factory=dict)
    standings: plan.Standings = field(default_factory=plan.Standings)

    def follow(self, tree: Tree) -> None:
        """Forget what is of no use to this tree, which is told next."""
        for path, content in [key for key in self.reads if tree.files.get(key[0]) != key[1]]:
            del self.reads[path, content]
        self.standings.age()


def read(tree: Tree, before: Before | None = None) -> load.Loaded:
    """What a tree says, before anybody judges or plans it."""
    return load.load(tree.files, tree.settings, resources.schemas(), before.reads if before else None)


def ordered(loaded: load.Loaded, project: str) -> frozenset[str]:
    """The components of a project that were ordered or adopted, by the name that the ledger knows."""
    return frozenset(one.name for one in plan.fold(loaded.events).ordered.values() if one.project == project)


def recorded_moves(loaded: load.Loaded, project: str) -> tuple[Mapping[str, str], ...]:
    """The moves of a project that its ledger holds, oldest first."""
    return plan.fold(loaded.events).moves.get(project, ())


def tell(
    tree: Tree,
    at: datetime,
    *,
    past: Sequence[Event] | None = None,
    replan: bool = False,
    before: Before | None = None,
    base: Workspace | None = None,
) -> Story:
    """Load, judge and plan a tree as of an instant; `past` replaces the events that the tree itself holds, with
    `replan` nobody keeps a recorded turn, and `base` is what a branch may not do everything to."""
    loaded = read(tree, before)
    events = loaded.events if past is None else tuple(past)
    findings = _together(tree.findings, loaded.findings)
    state = plan.fold(events)
    planned: Plan | None = None
    workspace = loaded.workspace
    register = Register()
    if not findings.errors:
        workspace, found = _with_usage(workspace, tree, at)
        findings += found
        planned, found = plan.make(workspace, state, at, replan=replan, standings=before.standings if before else None)
        findings = findings + found + rules.judge(workspace, events, state, planned)
        findings += rules.work_rules(workspace, state, planned)
        register = _register(tree, workspace, state, events, planned)
        findings += rules.document_rules(workspace, register)
        findings += rules.base_rules(workspace, base) if base else Findings()
    findings = _weighed(tree, findings, lambda: workspace)
    return Story(
        tree=tree,
        workspace=workspace,
        events=events,
        state=state,
        plan=planned,
        replan=replan,
        findings=findings,
        files=_shown(tree, findings),
        documents=loaded.documents,
        register=register,
    )


def _register(tree: Tree, workspace: Workspace, state: State, events: tuple[Event, ...], planned: Plan) -> Register:
    named = documents.named_files(workspace)
    filed = tree.filed(named) if named else Filed()
    return documents.register(workspace, state, events, filed, planned.at, planned.moves)


def register_now(story: Story, tree: Tree) -> Register:
    """How it stands with the documents of a planned story, by what disk and git say of the same tree later on."""
    return _register(tree, story.workspace, story.state, story.events, story.planned)


def _with_usage(workspace: Workspace, tree: Tree, at: datetime) -> tuple[Workspace, Findings]:
    """The workspace with what was measured, and what is wrong with that."""
    if tree.readings is None:
        return workspace, Findings()
    from tamspec import usage

    used, findings = usage.joined(workspace, tree.readings, at)
    return replace(workspace, usage=used), findings


def validate(tree: Tree, memory: Memory = FORGETFUL, spread: Spread = map) -> Judged:
    """Judge a tree without dating anything: text, shape, names, rules, and what its Changes would order.

    Only what changed since `memory` saw it is looked at; `spread` may share the work among processes. Neither makes
    any difference to what is found.
    """
    keys = units.keys(tree.files)
    summaries = units.summaries(tree.files, keys, memory, spread)
    seen = units.survey(tree.files, summaries)
    found = units.judged(seen.units, tree.files, keys, tree.settings, tree.written, memory, spread)
    number = sum(one.documents for one in summaries.values())
    findings = _together(tree.findings, load.one_cause(seen.findings + found))
    findings = _weighed(tree, findings, lambda: read(tree).workspace)
    return Judged(findings=findings, files=_shown(tree, findings), documents=number)


class Promised(Struct, frozen=True, kw_only=True):
    """What is computed of the agreements of a tree, and what is wrong with them."""

    workspace: Workspace
    promises: Mapping[str, Promise]
    """By agreement; empty where the tree does not load."""
    findings: Findings
    files: Mapping[str, bytes]
    documents: int


def promises(tree: Tree) -> Promised:
    """Whether the agreements of a tree can be kept. Work, projects and their plans are not looked at."""
    from tamspec.sla.feasible import promise

    loaded = read(tree)
    findings = _together(tree.findings, loaded.findings)
    made: dict[str, Promise] = {}
    if not findings.errors:
        made = {name: promise(one, loaded.workspace) for name, one in sorted(loaded.workspace.agreements.items())}
        findings += rules.promise_rules(loaded.workspace)
    findings = _weighed(tree, findings, lambda: loaded.workspace)
    return Promised(
        workspace=loaded.workspace,
        promises=made,
        findings=findings,
        files=_shown(tree, findings),
        documents=loaded.documents,
    )


def promise_told(workspace: Workspace, agreement: str) -> PromiseTold:
    """What is computed of one agreement, in words."""
    from tamspec.sla import words
    from tamspec.sla.feasible import promise

    return words.told(promise(workspace.agreements[agreement], workspace))


class Accounted(Struct, frozen=True, kw_only=True):
    """Where the time of one incident went."""

    account: Account | None
    """None: it was not judged."""
    why: str
    """Why it was not."""
    findings: Findings


class Measured(Struct, frozen=True, kw_only=True):
    """What a history of incidents says about the promises of a tree."""

    attainment: Attainment | None
    """None: the history cannot be used, and the findings say why."""
    findings: Findings


def measured(
    workspace: Workspace,
    files: Mapping[str, Path],
    export: Export,
    at: datetime,
    *,
    agreement: Agreement | None = None,
    every: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Measured:
    """Incidents (path as it is told → file) against the agreements that held for them, or all against one; with `every`
    each breach is named."""
    from tamspec.sla import attain

    now = int(at.timestamp())
    seen = _judged(workspace, files, export, now, agreement, progress)
    if isinstance(seen, Findings):
        return Measured(attainment=None, findings=seen)
    progress("Counting")
    made = attain.attainment(seen, workspace, export, now, None if every else attain.MOST)
    return Measured(attainment=made, findings=Findings() + seen.history.findings + seen.findings)


def _judged(
    workspace: Workspace,
    files: Mapping[str, Path],
    export: Export,
    now: int,
    agreement: Agreement | None,
    progress: Callable[[str], None],
) -> Verdicts | Findings:
    """The cases of a history; findings where it cannot be used."""
    from tamspec.sla import history, judge

    try:
        made = history.read(files, export, progress)
    except history.Unusable as error:
        return Findings() + error.findings
    progress("Judging incidents")
    return judge.judge(made, workspace, export, now, agreement)


def accounted(
    workspace: Workspace,
    files: Mapping[str, Path],
    export: Export,
    at: datetime,
    incident: str,
    *,
    agreement: Agreement | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Accounted:
    """Where the time of an incident of a history went."""
    from tamspec.sla import account

    now = int(at.timestamp())
    seen = _judged(workspace, files, export, now, agreement, progress)
    if isinstance(seen, Findings):
        return Accounted(account=None, why="", findings=seen)
    made = account.account(seen, workspace, incident, now)
    why = "" if made else account.why_not(seen.history, incident)
    return Accounted(account=made, why=why, findings=Findings() + seen.history.findings + seen.findings)


def compare(head: Tree, base: Tree, at: datetime, *, replan: bool = False) -> tuple[Story, Story, Difference | None]:
    """What a branch changes: plan(head, with the ledger of the base) less plan(base), at the same instant.

    What the clock alone brings is found only in the projects that the branch touches.
    """
    known = Before()
    before = tell(base, at, before=known)
    after = tell(
        replace(head, bar=base.settings),
        at,
        past=before.events,
        replan=replan,
        before=known,
        base=before.workspace if before.plan else None,
    )
    after = replace(after, findings=_without_strangers(after, _touched(after, _changed(head, base))))
    if before.plan is None or after.plan is None:
        return after, before, None
    difference = subtract(after.plan, before.plan)
    reached = touched(after.plan, before.plan, after.workspace)
    others = moved_others(difference, after.plan, reached)
    return after, before, replace(difference, touched=reached, moved_others=others)


def since(story: Story, base: Tree) -> tuple[Story, Difference | None]:
    """A planned story beside what a revision says at the same instant, each with its own ledger: the earlier story, and
    what differs from its plan; None where that revision has none."""
    before = tell(base, story.planned.at)
    return before, subtract(story.planned, before.plan) if before.plan else None


def _changed(head: Tree, base: Tree) -> set[str]:
    """The files in which two trees differ."""
    paths = head.files.keys() | base.files.keys()
    return {path for path in paths if head.files.get(path) != base.files.get(path)}


def _touched(story: Story, changed: set[str]) -> set[str]:
    """The changed files, and all files of the projects that one of them belongs to, or that have a document which
    covers one."""
    own: dict[str, set[str]] = {name: {one.at.marks.path} for name, one in story.workspace.projects.items()}
    for name, paths in own.items():
        kept = story.workspace.kept_of(name)
        beside = (kept.risks, kept.observations, kept.proposals, kept.decisions, kept.incidents, kept.reviews)
        paths |= {one.at.marks.path for some in beside for one in some}
    for change in story.workspace.changes.values():
        own.setdefault(change.project.name, set()).add(change.at.marks.path)
    places = changed.union(*(map(str, PurePosixPath(path).parents) for path in changed))
    changed = changed | {
        project.at.marks.path
        for project in story.workspace.projects.values()
        if any(not places.isdisjoint(document.covers_files) for document in project.documents.values())
    }
    folders = {PurePosixPath(path).parent.as_posix() for path in changed}
    for name, paths in own.items():
        if paths & changed or (name in story.workspace.projects and ledger_folder(story, name) in folders):
            changed = changed | paths
    return changed


def _without_strangers(story: Story, touched: set[str]) -> Findings:
    return Findings(tuple(one for one in story.findings.all if one.code not in rules.OF_WORK or one.at.path in touched))


def what_if(story: Story, assumed: Assumed) -> WhatIf:
    """What a planned story would be under assumptions."""
    from tamspec.plan import whatif

    return whatif.what_if(story.planned, story.workspace, story.state, assumed, replan=story.replan)


def advised(story: Story, *, every: bool = False) -> Story:
    """The story with advice for each Change that is late, or for every one. It plans up to two dozen times."""
    from tamspec.plan import levers

    plan = levers.advised(story.planned, story.workspace, story.state, every=every, replan=story.replan)
    return replace(story, plan=plan)


def digest(tree: Tree) -> str:
    """Names what a tree says: every byte of its settings and its files."""
    seen = hashlib.sha256()
    for path, content in [(load.SETTINGS, tree.written), *sorted(tree.files.items())]:
        seen.update(f"{path}\0{len(content)}\0".encode(errors="surrogateescape") + content)
    return seen.hexdigest()


def _together(of_tree: Findings, of_text: Findings) -> Findings:
    """All findings. What a file defines that was not read nobody knows: no name is told to be missing then."""
    if any(one.code == load.UNREAD_FILE.code for one in of_tree.all):
        of_text = Findings(tuple(one for one in of_text.all if one.code != load.UNKNOWN_REFERENCE.code))
    return of_tree + of_text


def _weighed(tree: Tree, findings: Findings, whole: Callable[[], Workspace]) -> Findings:
    """The findings under the policy of the tree, with those of its plugins, which look at the whole of it."""
    if tree.settings.plugins or (tree.bar and tree.bar.plugins):
        loads = not any(one.code in rules.FIXED for one in findings.errors)
        findings += rules.of_plugins(tree.settings, whole() if loads else None, tree.bar)
    return rules.weighed(findings, tree.settings, {**tree.files, load.SETTINGS: tree.written}, tree.bar)


def _shown(tree: Tree, findings: Findings) -> Mapping[str, bytes]:
    """The files that findings are shown in."""
    of_settings = any(one.at.path == load.SETTINGS for one in findings.all)
    return {**tree.files, load.SETTINGS: tree.written} if of_settings else tree.files


def material(
    story: Story,
    *,
    templates: Mapping[str, str] | None = None,
    source_url: str = "",
    revision: str = "",
    base: tuple[str, Story, Difference] | None = None,
    search: bool = False,
    pdf: bool = False,
    compiled: Compiled | None = None,
) -> Material:
    """What the documents of a planned story are made of; see `render.trees` for which there are. `base` is what they
    are compared with: the name of a revision, its story, and what differs from its plan."""
    from tamspec.render.since import Since
    from tamspec.render.trees import Material

    since = Since(revision=base[0], workspace=base[1].workspace, difference=base[2]) if base else None
    return Material(
        workspace=story.workspace,
        state=story.state,
        plan=story.planned,
        findings=story.findings,
        events=story.events,
        promised=functools.cache(functools.partial(promise_told, story.workspace)),
        manual=tuple(rules.manual_of(story.workspace.settings).values()),
        templates=templates or {},
        source_url=source_url,
        since=since,
        search=search,
        revision=revision,
        pdf=pdf,
        register=story.register,
        compiled=compiled,
    )


def recorded(story: Story, changes: Iterable[str], who: str, *, moves_of: Iterable[str] = ()) -> dict[str, str]:
    """The ledger files that apply these Changes, and the renames in the projects of `moves_of`, in the order in which
    they must be written."""
    return _files(story, plan.record(story.planned, story.state, changes, who, moves_of=moves_of))


def adopted(story: Story, project: str, names: Sequence[str], at: datetime, who: str, evidence: str) -> dict[str, str]:
    """The ledger file that takes over components of a project as they stand; empty where none is new."""
    wanted = plan.desired(story.workspace, story.state)
    event = plan.adopt(wanted, story.state, project, names, at, who, evidence)
    return _files(story, (event,) if event.components else ())


def worked(story: Story, reports: Mapping[str, Report], at: datetime, who: str) -> dict[str, str]:
    """The ledger files that record reports of work, one a project."""
    return _files(story, reported(story.state, reports, at, who))


def ledger_folder(story: Story, project: str) -> str:
    """Where the ledger of a project lies: beside its spec. The work of a project that is not written any more is
    recorded where its last entry lies."""
    if project in story.workspace.projects:
        return (PurePosixPath(story.workspace.projects[project].at.marks.path).parent / "ledger").as_posix()
    last = [event for event in story.events if event.project == project][-1]
    return PurePosixPath(last.place.marks.path).parent.as_posix()


def _files(story: Story, events: Iterable[Event]) -> dict[str, str]:
    made: dict[str, str] = {}
    known = list(story.events)
    for event in events:
        named = _named_last(event, known)
        known.append(named)
        text = ledger.text(named)
        _reads_back(named, text)
        made[f"{ledger_folder(story, named.project)}/{named.name}.yaml"] = text
    return made


def _named_last(event: Event, known: Iterable[Event]) -> Event:
    """Entries of the same second fold in the order of their names, so a later one gets a name that comes later."""
    names = sorted(one.name for one in known if one.at == event.at and one.project == event.project)
    if not names or event.name > names[-1]:
        return event
    instant, _, what = event.name.partition("-")
    return replace(event, name=f"{instant}-z{len(names):03}-{what}")


def _reads_back(event: Event, text: str) -> None:
    """The ledger never gets an entry that would not load as the same event."""
    path = "ledger entry"
    loaded = load.load({path: text.encode()}, Settings(), resources.schemas())
    if loaded.findings.errors:
        first = loaded.findings.errors[0]
        raise TamspecError(f"This cannot be recorded: {first.detail} {first.hint}".strip())
    assert loaded.events == (event,), f"this is a bug in tamspec: the ledger entry {event.name} reads back differently"
