"""`tamspec sla`: promises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from tamspec import apply, gitrepo, pipeline, rules
from tamspec.cli.exports import check_export, export_files, told_progress
from tamspec.cli.session import (
    Session,
    findings_as,
    give,
    in_session,
    leave,
    leave_empty,
    show_findings,
    working_tree,
)
from tamspec.diagnostics import Findings, TamspecError
from tamspec.model.catalog import Agreement
from tamspec.model.workspace import Export, Workspace
from tamspec.report.attainment import (
    account_json,
    account_text,
    breaches_csv,
    report_csv,
    report_json,
    report_text,
)
from tamspec.report.promises import check_json, check_text
from tamspec.suggest import near


@click.group("sla", invoke_without_command=True, no_args_is_help=False)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Prove that promises can be kept, and measure whether they were."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)


@command.command("check")
@click.argument("agreements", nargs=-1, metavar="[AGREEMENT]...")
@in_session(("full", "json"))
def check(session: Session, agreements: tuple[str, ...]) -> None:
    """Prove of each target that it can be kept by those who stand behind it, or show the arithmetic that refutes it.

    Without AGREEMENT all are checked, and told in a line for each target; of those that are named the arithmetic is
    shown in any case. Ends with 1 where a rule of agreements finds an error.
    """
    tree = working_tree(session)
    made = pipeline.promises(tree)
    if not made.documents and not made.findings.errors:
        leave_empty(session, tree)
    for name in agreements if made.promises else ():
        _agreement(made.workspace, name)
    if not made.promises:
        show_findings(session, made.findings, made.files)
        leave(made.findings)
    chosen = {name: one for name, one in made.promises.items() if not agreements or name in agreements}

    def answer(format: str, _: bool) -> str:
        if format == "json":
            return check_json(chosen, made.findings.all, session.settings.site)
        return check_text(chosen, made.workspace, full=bool(agreements))

    others = Findings(tuple(one for one in made.findings.all if one.code not in rules.PROVEN))
    show_findings(session, others, made.files, err=True)
    give(session, answer)
    leave(made.findings)


def _of_history(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of what looks at a history."""
    for option in (
        click.option("--agreement", metavar="NAME", help="Judge all by this one: what would it have cost?"),
        click.option("--mapping", metavar="FILE", help="Its columns and words; else `incidents` of tamspec.yaml."),
        click.option("--incidents", "files", multiple=True, metavar="FILE", help="CSV (also .gz), JSON or Parquet."),
    ):
        function = option(function)
    return function


@command.command("report")
@_of_history
@click.option("--out", metavar="DIR", help="Also write the report as a page into this folder.")
@click.option("--breaches", is_flag=True, help="As CSV: every missed target in place of the tables.")
@in_session(("full", "json", "csv"))
def report(
    session: Session,
    files: tuple[str, ...],
    mapping: str | None,
    agreement: str | None,
    out: str | None,
    breaches: bool,
) -> None:
    """Measure incidents against the agreements that held for them.

    `incidents` in `tamspec.yaml`, or the file that --mapping names, says what the columns and words of the export mean.
    Every incident is judged, excluded or refused, and told of with its reason. An incident belongs to the month and to
    the period in which it was reported.
    """
    workspace, export = _ground(session, mapping)
    chosen = _agreement(workspace, agreement) if agreement else None
    with told_progress(session) as progress:
        made = pipeline.measured(
            workspace,
            export_files(session, files, export),
            export,
            session.at,
            agreement=chosen,
            every=breaches,
            progress=progress,
        )
    one = made.attainment
    if one is None:
        show_findings(session, made.findings, {})
        leave(made.findings)
        return
    if out:
        from tamspec.render import trees

        pages, broken = trees.attainment(one, workspace, gitrepo.templates_in(session.root)).pages()
        made = replace(made, findings=made.findings + broken)
        apply.write_reports({Path(session.folder) / out / path: text for path, text in pages.items()})

    def answer(format: str, _: bool) -> str:
        if format == "json":
            return report_json(one, made.findings.all, session.settings.site)
        if format == "csv":
            return breaches_csv(one) if breaches else report_csv(one)
        return report_text(one)

    _tell(session, made.findings)
    give(session, answer)
    leave(made.findings)


@command.command("explain")
@click.argument("incident", metavar="INCIDENT")
@_of_history
@in_session(("full", "json"))
def explain(
    session: Session, incident: str, files: tuple[str, ...], mapping: str | None, agreement: str | None
) -> None:
    """Tell where the time of an incident went: each state, who had it, and which hours of it are on the clock."""
    workspace, export = _ground(session, mapping)
    chosen = _agreement(workspace, agreement) if agreement else None
    with told_progress(session) as progress:
        made = pipeline.accounted(
            workspace,
            export_files(session, files, export),
            export,
            session.at,
            incident,
            agreement=chosen,
            progress=progress,
        )
    one = made.account
    if one is None:
        _tell(session, made.findings)
        leave(made.findings)
        raise TamspecError(made.why)

    def answer(format: str, _: bool) -> str:
        if format == "json":
            return account_json(one, made.findings.all, session.settings.site)
        return account_text(one)

    give(session, answer)


def _tell(session: Session, findings: Findings) -> None:
    """What was found in the history, a line each: there is no text of it to show."""
    if findings.all and session.for_people:
        told = findings_as(session, findings, {})("concise", False)
        click.echo(told, nl=False, err=True)


def _ground(session: Session, mapping: str | None) -> tuple[Workspace, Export]:
    """The workspace, and how its incidents are read."""
    tree = working_tree(session)
    loaded = pipeline.read(tree)
    if loaded.findings.errors:
        show_findings(session, loaded.findings, tree.files)
        leave(loaded.findings)
    export = session.settings.incidents
    if mapping:
        export = _mapping(session, mapping)
    if export is None:
        raise TamspecError(
            "Nobody says what the columns of the incidents mean: write `incidents` into tamspec.yaml, or name a file "
            "that holds it with --mapping."
        )
    check_export(export, loaded.workspace)
    return loaded.workspace, export


def _mapping(session: Session, file: str) -> Export:
    try:
        content = (session.folder / file).read_bytes()
    except OSError as error:
        raise TamspecError(f"{file} cannot be read: {error.strerror}.") from None
    made, found = pipeline.settings(content)
    if found.errors or made.incidents is None:
        first = found.errors[0] if found.errors else None
        why = f"line {first.at.line}: {first.detail}" if first else "it has no `incidents`"
        raise TamspecError(f"{file} is no mapping: {why.rstrip('.')}. It is written as `incidents` in tamspec.yaml.")
    return made.incidents


def _agreement(workspace: Workspace, name: str) -> Agreement:
    if name not in workspace.agreements:
        guess = near(name, workspace.agreements)
        hint = f"Did you mean '{guess}'?" if guess else f"There are: {', '.join(sorted(workspace.agreements))}."
        raise TamspecError(f"There is no agreement '{name}'. {hint}")
    return workspace.agreements[name]
