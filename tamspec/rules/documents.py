"""Documents of clients: whether those that are needed are there, and whether they are still true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tamspec.desk.days import zone_of
from tamspec.desk.documents import Cause, Register, Standing, Why
from tamspec.diagnostics import Place, Related, Severity
from tamspec.model.project import Document, Project
from tamspec.model.workspace import Workspace
from tamspec.rules.rule import Objection, rule


@rule("TAM570", "Phase without a document that it demands")
def demanded_by_phase(workspace: Workspace) -> Iterator[Objection]:
    """`documents` in `tamspec.yaml` says which types of documents a project must have in its phase. Whoever is called
    at night looks for the runbook, and there is none.

    Add a document of that `type` to `documents` of the project, or leave the project in its phase until there is one.
    """
    for project in workspace.projects.values():
        known = {one.type for one in project.documents.values()}
        for type_ in workspace.settings.documents.get(project.phase, ()):
            if type_ not in known:
                detail = f"Project {project.name} is in {project.phase} and has no document of type {type_}."
                owner = project.team.tam or "PERSON"
                hint = (
                    f"Write it, and add to `documents`: `{type_}: {{type: {type_}, owner: {owner}, "
                    f"path: projects/{project.name}/docs/{type_}.md, covers: [COMPONENT]}}`."
                )
                yield _phase(project), detail, hint


def _phase(project: Project) -> Place:
    """The phase, or the name where nobody wrote a phase."""
    phase = project.at / "spec" / "phase"
    return phase if phase.written else project.at / "metadata" / "name"


@rule("TAM571", "Document without a place of its own")
def without_a_place(workspace: Workspace) -> Iterator[Objection]:
    """An entry of the register says where the document is. One that says nothing leads nobody to it; two that name the
    same file disagree sooner or later about its owner, or about what makes it stale.

    Write `path` for a file of this repository, or `url` where it lies elsewhere. Make one entry of two for the same
    file, with everything that it covers.
    """
    for project in workspace.projects.values():
        seen: dict[str, Document] = {}
        for name, one in project.documents.items():
            if not one.path and not one.url:
                yield one.at.key, f"{name} has neither `path` nor `url`."
            elif one.path in seen:
                also = (Related((seen[one.path].at / "path").value, "the same file stands here"),)
                yield one.at / "path", f"{one.path} has an entry already.", "", also
            elif one.path:
                seen[one.path] = one


@rule("TAM572", "Document that nothing makes stale", Severity.WARNING)
def covers_nothing(workspace: Workspace) -> Iterator[Objection]:
    """A document is stale when something changes that it covers. One that covers nothing is called true for ever, and
    one that covers itself is found true by the very edit that changes what it covers.

    Name what it describes: components in `covers`, files and folders in `coversFiles`. Where that is a folder which the
    document lies in, name the other files of it.
    """
    for project in workspace.projects.values():
        for name, one in project.documents.items():
            if not one.covers and not one.covers_files:
                yield one.at.key, f"{name} covers nothing."
            for index, path in enumerate(one.covers_files):
                if one.path == path or one.path.startswith(f"{path}/"):
                    what = "is the document itself" if one.path == path else f"holds the document itself, {one.path}"
                    also = (Related((one.at / "path").value, "the document lies here"),)
                    yield one.at / "coversFiles" / index, f"{path} {what}.", "", also


# -- with the clock, the ledger and git --------------------------------------------------------------------------------


@rule("TAM566", "Document that is not true any more", Severity.WARNING)
def stale(workspace: Workspace, register: Register) -> Iterator[Objection]:
    """Something that the document covers changed after somebody last found it true. Who follows it now does what was
    right before the change.

    Bring it up to date. An edit of its file counts from its commit on; where nothing need be edited, write the day as
    `reviewed`. If it is more than an hour's work, let a Change ask for it as a task that `reviews` the document: that
    is an order with a date, and its finish makes the document current.
    """
    for project, document, one in _each(workspace, register):
        if one.verdict == "stale" and not one.is_blocking:
            yield _stale(project, document, one, workspace)


@rule("TAM567", "Document that its phase demands, and that is not true any more")
def stale_and_demanded(workspace: Workspace, register: Register) -> Iterator[Objection]:
    """The policy demands a document of this type in the phase of the project, something that it covers changed after
    somebody last found it true, and no Change brings it up to date. A runbook that is wrong is worse than none.

    Bring it up to date, or add a task to a Change that `reviews` it, best to the one that makes it stale. While such a
    task is open this is a warning (TAM566).
    """
    for project, document, one in _each(workspace, register):
        if one.is_blocking:
            yield _stale(project, document, one, workspace)


def _stale(project: Project, document: Document, one: Standing, workspace: Workspace) -> Objection:
    assert one.cause and one.found_true, "this is a bug in tamspec: a stale document has a cause"
    detail = (
        f"{one.name} was last found true {_found_true(one, project, workspace)}; {_changed(one, project, workspace)}."
    )
    if one.review:
        hint = f"The task {one.review.task} of {one.review.change} is to bring it up to date."
    else:
        hint = (
            f"Let a Change ask for it: `reviews: {{{one.name}: update-{one.name}}}` and "
            f"`tasks: {{update-{one.name}: {{party: tam, effort: 2h}}}}`."
        )
    return document.at.key, detail, hint, tuple(_behind(one.cause, document, workspace))


def _found_true(one: Standing, project: Project, workspace: Workspace) -> str:
    if one.how == "edit" or one.found_true is None:
        return "now, by an edit that is not committed yet"
    if one.how == "review" and _reviewed_on(project, one):
        return f"on {_reviewed_on(project, one)}"
    when = _minute(one.found_true, project, workspace)
    return f"{when}, when its file changed ({one.commit.id[:12]})" if one.commit else f"{when}, by a task of a Change"


def _reviewed_on(project: Project, one: Standing) -> str:
    """The day of the last review of a document, as it is written; empty where none is."""
    reviewed = project.documents[one.name].reviewed
    return reviewed.isoformat() if reviewed else ""


def _changed(one: Standing, project: Project, workspace: Workspace) -> str:
    cause = one.cause
    assert cause, "this is a bug in tamspec: only a change makes a document stale"
    if cause.is_file and cause.commit is None:
        return f"{cause.name} has changes that are not committed yet"
    when = _minute(cause.at, project, workspace)
    if cause.is_file and cause.commit:
        told = f": {cause.commit.summary}" if cause.commit.summary else ""
        return f"{cause.name} changed {when} with the commit {cause.commit.id[:12]}{told.rstrip('.')}"
    if cause.is_adopted:
        return f"{cause.name} was taken over {when}"
    return f"{cause.name} changed {when} with {cause.change or 'orders of no Change'}"


def _behind(cause: Cause, document: Document, workspace: Workspace) -> Iterator[Related]:
    """Where it is written that the document covers what changed, and the Change that did it."""
    if cause.is_file:
        place = document.at / "coversFiles" / document.covers_files.index(cause.name)
    else:
        covered = next(one for one in document.covers if f"{cause.name}.".startswith(f"{one}."))
        place = document.at / "covers" / document.covers.index(covered)
    yield Related(place.value, "it covers what changed")
    change = workspace.changes.get(cause.change)
    if change:
        yield Related((change.at / "metadata" / "name").value, "this Change made it stale")


def _minute(moment: datetime, project: Project, workspace: Workspace) -> str:
    zone = zone_of(workspace, project.name)
    return f"at {moment.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}"


@rule("TAM568", "Document that nobody looked at for longer than its interval", Severity.WARNING)
def not_looked_at(workspace: Workspace, register: Register) -> Iterator[Objection]:
    """Nothing is known to have changed that the document covers, but its `interval` has passed since somebody found it
    true. Not everything that makes a document wrong is written in a repository.

    Read it, correct it, and write the day as `reviewed`.
    """
    for project, document, one in _each(workspace, register):
        if one.verdict == "due" and one.due:
            detail = f"{one.name} was to be looked at again by {_minute(one.due, project, workspace)[3:]}."
            yield document.at / "interval", detail


@rule("TAM569", "Document, or something that it covers, that is not there")
def not_there(workspace: Workspace, register: Register) -> Iterator[Objection]:
    """The register names a file that is not in the tree: it was moved, deleted, is spelt otherwise, or was never
    committed. Nobody finds the document; and what is not there cannot make a document stale. A link counts as not
    there.

    Correct the path. It begins at the folder of `tamspec.yaml`, whatever file names it.
    """
    for _, document, one in _each(workspace, register):
        if one.verdict == "missing":
            yield document.at / "path", f"There is no file {document.path}."
        for path in one.gone:
            at = document.at / "coversFiles" / document.covers_files.index(path)
            yield at, f"There is no file and no folder {path}."


_REASONS: dict[Why, str] = {
    "never": "Nobody ever found it true: there is no `reviewed`, and no commit of it.",
    "ahead": "The only day on which somebody is said to have found it true has not come.",
    "no git": "Git knows nothing of this workspace, so nobody can tell when a file changed.",
    "shallow": "This clone holds only the newest commits, and a file changed before them.",
    "no date": "Git has no date of a file: it was never committed, is ignored, or its date is none.",
}
_WAYS_OUT: dict[Why, str] = {
    "never": "Read it, and write the day as `reviewed`.",
    "ahead": "Write the day on which it was read.",
    "no git": "Run this in the repository.",
    "shallow": "Fetch the whole history: `git fetch --unshallow`; in CI `fetch-depth: 0` or `GIT_DEPTH: 0`.",
    "no date": "Commit the file.",
}


@rule("TAM573", "Document of which nobody can tell whether it is true", Severity.WARNING)
def not_known(workspace: Workspace, register: Register) -> Iterator[Objection]:
    """It takes two instants to say that a document is true: when somebody last found it so, and when what it covers
    changed last. One of them is not known here, and no other date is taken for it: a day of a review that has not come
    counts for nothing either.

    The detail says what is missing, the hint where it may come from.
    """
    for _, document, one in _each(workspace, register):
        if one.is_ahead:
            detail = f"{one.name} was reviewed on {document.reviewed}, a day that has not come."
            yield document.at / "reviewed", detail, _WAYS_OUT["ahead"]
        elif one.verdict == "unknown" and one.why:
            yield document.at.key, f"Whether {one.name} is true is not known. {_REASONS[one.why]}", _WAYS_OUT[one.why]


def _each(workspace: Workspace, register: Register) -> Iterator[tuple[Project, Document, Standing]]:
    for name, some in register.standings.items():
        project = workspace.projects[name]
        for one in some:
            yield project, project.documents[one.name], one
