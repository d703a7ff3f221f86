"""What every command begins with: the workspace's folder, the instant, the output format."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click
from msgspec import Struct
from msgspec.structs import replace

from tamspec import apply, gitrepo, pipeline, report, rules
from tamspec.cli import many
from tamspec.cli.output import EVERY, PEOPLE, Outputs, outputs
from tamspec.diagnostics import Findings, TamspecError
from tamspec.model.filed import Filed
from tamspec.model.workspace import Settings, Usage
from tamspec.pipeline import Judged, Story, Tree

if TYPE_CHECKING:
    from tamspec.cache import Cache
    from tamspec.usage import Readings

F = TypeVar("F", bound=Callable[..., Any])


class Session(Struct, frozen=True, kw_only=True, dict=True):
    """One call of the program."""

    folder: Path
    """Where the call works: paths among its arguments are meant from here."""
    at: datetime
    at_given: str | None
    """What `--at` said, for a call that outlives its first instant."""
    outputs: Outputs
    colour: bool
    quiet: bool

    @functools.cached_property
    def root(self) -> Path:
        """The workspace: `folder` or the nearest above it. A command that asks for it works only in one."""
        return gitrepo.find_workspace(self.folder)

    @functools.cached_property
    def settings(self) -> Settings:
        """What `tamspec.yaml` says, as far as it can be read."""
        return pipeline.settings(gitrepo.settings_in(self.root))[0]

    @functools.cached_property
    def cache(self) -> Cache:
        """What earlier calls found. To name the program as it is now takes as long as to plan a client."""
        return many.cache(os.environ)

    @property
    def output_format(self) -> str:
        """The format of the console."""
        return self.outputs.console

    @property
    def for_people(self) -> bool:
        """Whether the console may say more than its format asks for."""
        return self.output_format in PEOPLE


def in_session(formats: tuple[str, ...] = EVERY) -> Callable[[F], Callable[..., Any]]:
    """Give a command the global options behind its name too, and a `Session` as its first argument.

    `formats` are those that the command answers in; it does so by `show_findings` or `give`.
    """

    def decorate(function: F) -> Callable[..., Any]:
        @click.option("-C", "folder", metavar="DIR", help="Work in this folder instead of the current one.")
        @click.option("--at", metavar="TIME", help="The instant that counts as now, as 2026-12-18T09:00:00Z.")
        @click.option(
            "--output-format",
            multiple=True,
            metavar="FORMAT[=FILE]",
            help=f"One of {', '.join(formats)}; with =FILE into a file.",
            hidden=len(formats) == 1,
        )
        @click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
        @click.pass_context
        def wrapped(ctx: click.Context, /, **arguments: Any) -> Any:
            wanted = arguments.pop("output_format")
            given = {**(ctx.obj or {}), **_taken(arguments)}
            asked = [*(ctx.obj or {}).get("output_format", ()), *wanted]
            session = Session(
                folder=Path(given.get("folder", ".")),
                at=instant(given.get("at"), os.environ),
                at_given=given.get("at"),
                outputs=outputs(asked, formats, ctx.command_path),
                colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
                quiet=bool(given.get("quiet")),
            )
            return function(session, **arguments)

        return functools.update_wrapper(wrapped, function, updated=("__dict__",))

    return decorate


def _taken(arguments: dict[str, Any]) -> dict[str, Any]:
    """Take the global options out of a command's arguments; those that were not given are left out."""
    names = ("folder", "at", "quiet")
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
    gathered = gitrepo.files_in(session.root, settings.sources)
    findings += pipeline.unread(gathered.unread)
    if gathered.files:  # where there is nothing at all, that is what is said
        findings += pipeline.missing_folders(settings, gitrepo.folders_in(session.root))
    filed = functools.partial(_filed, session)
    return Tree(settings=settings, findings=findings, files=gathered.files, written=written, filed=filed)


def _filed(session: Session, paths: frozenset[str]) -> Filed:
    return gitrepo.filed_of(session.root, session.cache, paths)


def measured_tree(session: Session) -> Tree:
    """The tree as it lies in the folder, with what files of measurements say that clients used."""
    tree = working_tree(session)
    named = tree.settings.usage
    if named is None:
        return tree
    from tamspec.desk.faults import UNREADABLE

    root = Path(os.path.realpath(session.root))
    files: dict[str, Path] = {}
    refused = []
    for index, name in enumerate(named.files):
        file = Path(os.path.realpath(root / name))
        if not file.is_relative_to(root):
            refused.append(UNREADABLE(named.at / "files" / index, f"{name} does not lie in the workspace."))
        elif not file.is_file():
            refused.append(UNREADABLE(named.at / "files" / index, f"There is no file {name}."))
        elif not os.access(file, os.R_OK):
            refused.append(UNREADABLE(named.at / "files" / index, f"Nobody may read {name}."))
        else:
            files[name] = file
    # Told beside the plan: a lost export of monitoring is no reason not to know who works when.
    columns = (named.project, named.item, named.day, named.used)
    readings = _readings(tuple((name, file, _version(file)) for name, file in files.items()), columns)
    return replace(tree, readings=replace(readings, findings=(*refused, *readings.findings)))


_Version = tuple[int, int, int, int]


def _version(file: Path) -> _Version:
    """What differs as soon as somebody writes a file."""
    known = file.stat()
    return known.st_ino, known.st_size, known.st_mtime_ns, known.st_ctime_ns


@functools.lru_cache(maxsize=1)
def _readings(files: tuple[tuple[str, Path, _Version], ...], columns: tuple[str, str, str, str]) -> Readings:
    """What some files of measurements say. A preview asks at each change, and most are of other files."""
    from tamspec import usage

    project, item, day, used = columns
    found = {told: file for told, file, _ in files}
    return usage.read(found, Usage(files=tuple(found), project=project, item=item, day=day, used=used))


def tree_at(session: Session, revision: str) -> Tree:
    """The tree at a revision of the repository."""
    written = gitrepo.settings_at(session.root, revision)
    settings, findings = pipeline.settings(written)
    files = gitrepo.files_at(session.root, revision, settings.sources)
    return Tree(settings=settings, findings=findings, files=files, written=written)


def told(session: Session, *, allow_empty: bool = False, replan: bool = False) -> Story:
    """The story of the working tree; leaves with 3 where it holds no document."""
    tree = measured_tree(session)
    story = pipeline.tell(tree, session.at, replan=replan)
    if not story.documents and not story.findings.errors and not allow_empty:
        leave_empty(session, tree)
    return story


def planned(session: Session, *, replan: bool = False) -> Story:
    """A story that has a plan; where the tree does not load, its findings are printed and the call ends with 1."""
    story = told(session, replan=replan)
    if story.plan is None:
        show_findings(session, story.findings, story.files)
        raise click.exceptions.Exit(1)
    return story


def judged(session: Session, tree: Tree, jobs: int | None = None, *, allow_empty: bool = False) -> Judged:
    """A tree judged without dates: only what changed since the last call, by `jobs` processes (all cores); leaves
    with 3 where it holds no document."""
    with many.spread(jobs or os.cpu_count() or 1) as spread:
        seen = pipeline.validate(tree, session.cache, spread)
    if not seen.documents and not seen.findings.errors and not allow_empty:
        leave_empty(session, tree)
    return seen


def leave_empty(session: Session, tree: Tree) -> NoReturn:
    """End with 3: there is no document."""
    folders = ", ".join(tree.settings.sources)
    click.echo(f"tamspec: There is no document in {folders} of {session.root}.", err=True)
    raise click.exceptions.Exit(3)


Answer = Callable[[str, bool], str | bytes]
"""What a command answers in a format, in colour or not: the whole of what stands on the output, UTF-8 as bytes."""


def findings_as(session: Session, findings: Findings, files: Mapping[str, bytes]) -> Callable[[str, bool], str]:
    """The findings as an answer. People who want quiet are not told that there are none; a program always is."""

    def answer(format: str, colour: bool) -> str:
        if session.quiet and not findings.all and format in PEOPLE:
            return ""
        site = session.settings.site
        return report.render(
            findings.all, files, format, colour=colour, site=site, manual=rules.manual_of(session.settings)
        )

    return answer


def show_findings(session: Session, findings: Findings, files: Mapping[str, bytes], *, err: bool = False) -> None:
    """Give the findings in every format that was asked for. With `err`, only tell people of them, beside an answer
    that is about something else."""
    answer = findings_as(session, findings, files)
    if not err:
        give(session, answer)
    elif findings.all and session.for_people:
        click.echo(answer(session.output_format, session.colour), nl=False, err=True)


def give(session: Session, answer: Answer) -> None:
    """Write the answer into the files that were asked for, then print it. A file holds what its format prints."""
    places = {report_path(session, file): format for format, file in session.outputs.files}
    apply.write_reports({place: answer(format, False) for place, format in places.items()})
    click.echo(answer(session.output_format, session.colour), nl=False)


def report_path(session: Session, file: str) -> Path:
    """Where a report goes: not among the workspace's own files, and not where a link in the workspace leads."""
    named = Path(os.path.normpath(os.path.realpath(session.folder) / Path(file)))
    path = Path(os.path.realpath(named.parent)) / named.name
    own = [session.root / name for name in (gitrepo.SETTINGS, ".git", *session.settings.sources)]
    if any(path.is_relative_to(one) for one in own):
        raise TamspecError(f"{file} lies among the workspace's own files; name a file elsewhere, such as reports/x.")
    if named.is_relative_to(session.root) and not path.is_relative_to(session.root):
        raise TamspecError(f"{file} lies behind a link that leads out of the workspace; name the file itself.")
    return path


def leave(findings: Findings) -> None:
    """End with 1 where an error was found."""
    if findings.errors:
        raise click.exceptions.Exit(1)


def say(session: Session, sentence: str) -> None:
    """Tell that all went well, unless people want quiet."""
    if not session.quiet:
        click.echo(report.visible(sentence))


def say_what_to_commit(session: Session, files: Mapping[str, str]) -> None:
    """Tell which files were added: by name where they are few."""
    told = ", ".join(files) if len(files) <= 4 else f"{len(files)} files in the `ledger` folders of their projects"
    say(session, f"Commit what was added: {told}")


def who_am_i(session: Session, given: str | None) -> str:
    """Whose name an entry of the ledger bears: as given, else git's user, else the login."""
    name = given or os.environ.get("TAMSPEC_BY") or gitrepo.author(session.root) or os.environ.get("USER", "")
    if not name:
        raise TamspecError("Nobody knows who you are: say it with --by NAME.")
    return name
