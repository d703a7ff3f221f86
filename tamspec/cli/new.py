"""`tamspec new`."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Container
from typing import Any

import click
from msgspec import Struct
from msgspec.structs import replace

from tamspec import apply, draft, pipeline, resources
from tamspec.cli.schema import HOME, schema_path, write_schemas
from tamspec.cli.session import Session, in_session, say, show_findings, working_tree
from tamspec.diagnostics import Diagnostic, Findings
from tamspec.draft import Field, Given
from tamspec.model.landscape import landscape
from tamspec.model.values import with_article
from tamspec.model.workspace import Workspace
from tamspec.pipeline import Story, Tree

MOST_SHOWN = 20
"""Names that are listed with a question at the terminal."""


class _Desk(Struct, frozen=True, kw_only=True, dict=True):
    """One call of the command: what there is, and what is to be written."""

    session: Session
    tree: Tree
    workspace: Workspace
    sound: bool
    """Whether the workspace loads without errors."""
    kind: str
    name: str
    title: str
    given: Given

    @functools.cached_property
    def story(self) -> Story:
        return pipeline.tell(self.tree, self.session.at)

    @property
    def fields(self) -> tuple[Field, ...]:
        return _fields(self.kind)


@click.group("new")
def command() -> None:
    """Write a new document where it belongs, and say what is left to fill in. Nothing is ever written over.

    On a terminal it asks for what is required and was not said; elsewhere that is an error.
    """


def _add(kind: str) -> None:
    """Add the command of a kind, with a flag for everything that may be said of it."""

    def write(session: Session, name: str, title: str | None, *, dry_run: bool, **said: Any) -> None:
        given = {key.replace("_", "-"): (value,) if isinstance(value, str) else value for key, value in said.items()}
        _write(session, kind, name, title or "", {key: value for key, value in given.items() if value}, dry_run=dry_run)

    function: Callable[..., Any] = in_session(("full", "concise"))(write)
    options = [
        click.option(f"--{one.flag}", metavar=one.form, help=_help(one), multiple=one.many) for one in _fields(kind)
    ]
    options.insert(0, click.option("--title", metavar="TEXT", help="What people call it."))
    options.append(click.option("--dry-run", is_flag=True, help="Print what would be written."))
    for option in reversed(options):
        function = option(function)
    about = f"Write a new {kind.lower()}."
    command.add_command(click.command(kind.lower(), help=about)(click.argument("name")(function)))


@functools.cache
def _fields(kind: str) -> tuple[Field, ...]:
    return draft.fields(kind, resources.schema(kind.lower()))


def _help(field: Field) -> str:
    return f"{field.meaning} Required." if field.required else field.meaning


def _write(session: Session, kind: str, name: str, title: str, given: Given, *, dry_run: bool) -> None:
    tree = working_tree(session)
    loaded = pipeline.read(tree)
    desk = _Desk(
        session=session,
        tree=tree,
        workspace=loaded.workspace,
        sound=not loaded.findings.errors,
        kind=kind,
        name=name,
        title=title,
        given=given,
    )
    _refuse(desk)
    desk = _completed(desk)
    files = _files(desk)
    story = pipeline.tell(
        replace(tree, files={**tree.files, **{path: text.encode() for path, text in files.items()}}), session.at
    )
    found = Findings(tuple(one for one in story.findings.all if _takes_part(one, files)))
    if story.plan is None and found.errors:
        first = found.errors[0]
        raise click.UsageError(draft.sentence(first))
    if dry_run:
        click.echo("---\n".join(files.values()), nl=False)
    else:
        apply.write_new(session.root, files)
        if (session.root / HOME / apply.MANIFEST).is_file():
            write_schemas(replace(session, quiet=True), HOME)
        for path in files:
            say(session, f"Written: {path}")
    _say_what_is_left(desk, found, story)


def _takes_part(found: Diagnostic, files: Container[str]) -> bool:
    """Whether it is found in one of the files, or because of one: of two that clash the first is told."""
    return found.at.path in files or any(one.at.path in files for one in found.related)


def _say_what_is_left(desk: _Desk, found: Findings, story: Story) -> None:
    if story.plan is None:
        click.echo("Mind: the workspace has errors elsewhere, so this was not judged: tamspec validate", err=True)
    elif found.all:
        show_findings(desk.session, found, story.files, err=True)


def _refuse(desk: _Desk) -> None:
    """A usage error where something that was said cannot be."""
    complaint = draft.name_objection(desk.kind, desk.name, resources.schemas())
    if complaint:
        raise click.UsageError(complaint)
    known = desk.workspace.by_kind[desk.kind]
    if desk.name in known and known[desk.name].at.written:
        at = (known[desk.name].at / "metadata" / "name").value
        raise click.UsageError(f"There is {with_article(desk.kind.lower())} '{desk.name}' already: {at}.")
    for field in desk.fields:
        for text in desk.given.get(field.flag, ()):
            complaint = _objection(desk, field, text)
            if complaint:
                raise click.UsageError(f"--{field.flag} {text}: {complaint}")
    lone = [flag for flag in draft.OF_CHANGE if desk.kind == "Project" and flag in desk.given]
    if lone and "change" not in desk.given:
        raise click.UsageError(f"--{lone[0]} speaks of the Change: name it with --change NAME.")


def _objection(desk: _Desk, field: Field, text: str) -> str | None:
    known = draft.candidates(field, desk.workspace, desk.given)
    said = text.replace(" ", "").split(",") if field.many and field.kinds and field.path else [text]
    found = (draft.objection(desk.kind, field, one, known, resources.schemas()) for one in said)
    return next((one for one in found if one), None)


# What nobody said.


def _completed(desk: _Desk) -> _Desk:
    """With everything that is required: asked for on a terminal, else its absence is one usage error."""
    if sys.stdin.isatty() and sys.stderr.isatty():
        for field in desk.fields:
            if field.flag not in desk.given and _is_asked(desk, field):
                answer = _asked(desk, field)
                desk = replace(desk, given={**desk.given, field.flag: (answer,)}) if answer else desk
    lacking = draft.missing(desk.kind, desk.fields, desk.given)
    if lacking:
        named = " ".join(f"--{one.flag} {one.form}" for one in lacking)
        raise click.UsageError(f"Of a new {desk.kind.lower()} this must be said too: {named}")
    return desk


def _is_asked(desk: _Desk, field: Field) -> bool:
    if desk.kind == "Project" and field.flag in draft.OF_CHANGE and "change" not in desk.given:
        return False
    if desk.kind == "Change" and field.flag == "components" and not desk.sound:
        return False
    return field.asked or field in draft.missing(desk.kind, desk.fields, desk.given)


def _asked(desk: _Desk, field: Field) -> str:
    """The answer of whoever sits at the terminal; empty where it may be left out and was."""
    needed = field.required
    known = draft.candidates(field, desk.workspace, desk.given)
    default = next(iter(known)) if needed and len(known) == 1 else ""
    if desk.kind == "Change" and field.flag == "components":
        default = ",".join(_unclaimed(desk))
    click.echo(f"\n{field.meaning}", err=True)
    width = max(map(len, known), default=0)
    for name, title in sorted(known.items())[:MOST_SHOWN]:
        click.echo(f"  {name:{width}}  {title}".rstrip(), err=True)
    if len(known) > MOST_SHOWN:
        click.echo(f"  and {len(known) - MOST_SHOWN} more", err=True)
    shown = f"{field.flag} [{default or ('' if needed else 'none')}]" if default or not needed else field.flag
    while True:
        answer = click.prompt(shown, default=default, show_default=False, err=True).strip()
        complaint = _objection(desk, field, answer) if answer else "This must be said." if needed else None
        if not complaint:
            return str(answer)
        click.echo(f"  {complaint}", err=True)


def _unclaimed(desk: _Desk) -> list[str]:
    """The components of the new Change where nobody names any: all that no other Change claims."""
    if desk.story.plan is None:
        raise click.UsageError(
            "The workspace has errors, so it is not known what no Change claims: "
            "name the components with --components, or mend the errors first (tamspec validate)."
        )
    project = desk.workspace.projects[desk.given["project"][-1]]
    shape = landscape(project, desk.workspace.services)
    return draft.unclaimed(desk.story.planned.diffs, project.name, shape)


# What is written.


def _files(desk: _Desk) -> dict[str, str]:
    """Path → text of the new document, and of the Change that comes with a project."""
    if desk.kind == "Change" and "components" not in desk.given:
        names = _unclaimed(desk)
        desk = replace(desk, given={**desk.given, "components": tuple(names)}) if names else desk
    path = draft.path_of(desk.kind, desk.name, desk.workspace, desk.given)
    data = draft.document(desk.kind, desk.name, desk.title, desk.fields, desk.given, desk.workspace)
    if desk.kind == "Change":
        _add_questions(desk, data)
    text = draft.text(data, path, resources.schema(desk.kind.lower()), schema_path(desk.session))
    files = {path: text}
    if desk.kind == "Project" and "change" in desk.given:
        files |= _change_beside(desk, path, text, tuple(data["spec"].get("components", ())))
    return files


def _change_beside(desk: _Desk, path: str, text: str, components: tuple[str, ...]) -> dict[str, str]:
    """The draft Change that asks for everything in a new project."""
    tree = replace(desk.tree, files={**desk.tree.files, path: text.encode()})
    loaded = pipeline.read(tree)
    if desk.name not in loaded.workspace.projects:
        return {}  # the project itself cannot be: that is said first
    given = {flag: desk.given[flag] for flag in draft.OF_CHANGE if flag in desk.given}
    given |= {"project": (desk.name,), "components": components}
    beside = replace(
        desk,
        tree=tree,
        workspace=loaded.workspace,
        sound=not loaded.findings.errors,
        kind="Change",
        name=desk.given["change"][-1],
        given=given,
    )
    _refuse(beside)
    return _files(beside)


def _add_questions(desk: _Desk, data: dict[str, Any]) -> None:
    """The values that are missing become questions, where the workspace is sound enough to know them."""
    if not desk.sound:
        return
    project = desk.workspace.projects[desk.given["project"][-1]]
    details = landscape(project, desk.workspace.services).details
    client = desk.workspace.clients[project.client.name]
    technical = [name for name, contact in client.contacts.items() if contact.role == "technical"]
    ask = desk.given.get("ask", technical[:1] or ("",))[-1]
    due = desk.given.get("due", ("",))[-1]
    made = draft.questions(details, data["spec"].get("components", ()), ask, due)
    if made:
        data["spec"]["questions"] = made


for _kind in draft.PATHS:
    _add(_kind)
