"""What every command begins with: the workspace's folder, the instant, the output format."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from tamspec import gitrepo, pipeline, report
from tamspec.diagnostics import Findings, TamspecError
from tamspec.pipeline import Story, Tree

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Session:
    """One call of the program."""

    root: Path
    folder: Path
    """Where the call works: paths among its arguments are meant from here."""
    at: datetime
    output_format: str
    colour: bool
    quiet: bool

    @property
    def json(self) -> bool:
        return self.output_format == "json"


def in_session(formats: tuple[str, ...] = ("full", "concise", "json", "github")) -> Callable[[F], Callable[..., Any]]:
    """Give a command the global options behind its name too, and a `Session` as its first argument."""

    def decorate(function: F) -> Callable[..., Any]:
        @click.option("-C", "folder", metavar="DIR", help="Work in this folder instead of the current one.")
        @click.option("--at", metavar="TIME", help="The instant that counts as now, as 2026-12-18T09:00:00Z.")
        @click.option(
            "--output-format", metavar="FORMAT", help=f"One of {', '.join(formats)}.", hidden=len(formats) == 1
        )
        @click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
        @click.pass_context
        def wrapped(ctx: click.Context, /, **arguments: Any) -> Any:
            given = {**(ctx.obj or {}), **_taken(arguments)}
            chosen = given.get("output_format", "full")
            if chosen not in formats:
                raise click.UsageError(f"There is no output format '{chosen}' here; use one of {', '.join(formats)}.")
            folder = Path(given.get("folder", "."))
            session = Session(
                root=gitrepo.find_workspace(folder),
                folder=folder,
                at=instant(given.get("at"), os.environ),
                output_format=chosen,
                colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
                quiet=bool(given.get("quiet")),
            )
            return function(session, **arguments)

        return functools.update_wrapper(wrapped, function, updated=("__dict__",))

    return decorate


def _taken(arguments: dict[str, Any]) -> dict[str, Any]:
    """Take the global options out of a command's arguments; those that were not given are left out."""
    names = ("folder", "at", "output_format", "quiet")
    return {name: value for name in names if (value := arguments.pop(name)) not in (None, False)}


def instant(text: str | None, environment: Mapping[str, str]) -> datetime:
    """The instant that counts as now: as given, else SOURCE_DATE_EPOCH, else the clock; UTC, whole seconds."""
    if text is not None:
        try:
            given = datetime.fromisoformat(text)
        except ValueError:
            raise click.UsageError(f"'{text}' is no instant; write it as 2026-12-18T09:00:00Z.") from None
        if given.tzinfo is None and len(text) > 10:
            raise click.UsageError(f"'{text}' does not say its time zone; write it as {text}Z for UTC.")
        given = given.replace(microsecond=0, tzinfo=given.tzinfo or UTC)
        return _in_range(given, text)
    epoch = environment.get("SOURCE_DATE_EPOCH")
    if epoch:
        try:
            return _in_range(datetime.fromtimestamp(int(epoch), UTC), epoch)
        except (ValueError, OverflowError, OSError):
            raise click.UsageError(f"SOURCE_DATE_EPOCH is '{epoch}', which is no number of seconds.") from None
    return datetime.now(UTC).replace(microsecond=0)


def _in_range(given: datetime, text: str) -> datetime:
    if not 1971 <= given.year <= 2500:
        raise click.UsageError(f"'{text}' lies too far away; tamspec plans in the years 1971 to 2500.")
    return given.astimezone(UTC)


def working_tree(session: Session) -> Tree:
    """The tree as it lies in the folder."""
    written = gitrepo.settings_in(session.root)
    settings, findings = pipeline.settings(written)
    files = gitrepo.files_in(session.root, settings.sources)
    if files:  # where there is nothing at all, that is what is said
        findings += pipeline.missing_folders(settings, gitrepo.folders_in(session.root))
    return Tree(settings=settings, findings=findings, files=files, written=written)


def tree_at(session: Session, revision: str) -> Tree:
    """The tree at a revision of the repository."""
    written = gitrepo.settings_at(session.root, revision)
    settings, findings = pipeline.settings(written)
    files = gitrepo.files_at(session.root, revision, settings.sources)
    return Tree(settings=settings, findings=findings, files=files, written=written)


def told(session: Session, *, allow_empty: bool = False) -> Story:
    """The story of the working tree; leaves with 3 where it holds no document."""
    tree = working_tree(session)
    story = pipeline.tell(tree, session.at)
    if not story.documents and not story.findings.errors and not allow_empty:
        folders = ", ".join(tree.settings.sources)
        click.echo(f"tamspec: There is no document in {folders} of {session.root}.", err=True)
        raise click.exceptions.Exit(3)
    return story


def planned(session: Session) -> Story:
    """A story that has a plan; where the tree does not load, its findings are printed and the call ends with 1."""
    story = told(session)
    if story.plan is None:
        show_findings(session, story.findings, story.files)
        raise click.exceptions.Exit(1)
    return story


def show_findings(session: Session, findings: Findings, files: Mapping[str, bytes], *, err: bool = False) -> None:
    """Print findings in the format of the session."""
    if session.quiet and not findings.all:
        return
    text = report.render(findings.all, files, session.output_format, colour=session.colour)
    click.echo(text, nl=False, err=err)


def leave(findings: Findings) -> None:
    """End with 1 where an error was found."""
    if findings.errors:
        raise click.exceptions.Exit(1)


def say_what_to_commit(files: Mapping[str, str]) -> None:
    """Tell which files were added: by name where they are few."""
    told = ", ".join(files) if len(files) <= 4 else f"{len(files)} files in the `ledger` folders of their projects"
    click.echo(f"Commit what was added: {told}")


def who_am_i(session: Session, given: str | None) -> str:
    """Whose name an entry of the ledger bears: as given, else git's user, else the login."""
    name = given or os.environ.get("TAMSPEC_BY") or gitrepo.author(session.root) or os.environ.get("USER", "")
    if not name:
        raise TamspecError("Nobody knows who you are: say it with --by NAME.")
    return name
