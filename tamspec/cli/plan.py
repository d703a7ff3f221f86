"""`tamspec plan`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NoReturn

import click
from msgspec import Struct

from tamspec import apply, gitrepo, pipeline, report
from tamspec.cli.assuming import assumed, assuming
from tamspec.cli.output import EVERY, PEOPLE, TABLES
from tamspec.cli.session import (
    Session,
    findings_as,
    give,
    in_session,
    measured_tree,
    planned,
    report_path,
    show_findings,
    tree_at,
)
from tamspec.model.plan import Assumed, Difference
from tamspec.pipeline import Story
from tamspec.report import saved


class _Shown(Struct, frozen=True):
    """The forms in which a plan is shown; made when they are wanted, since advice costs time."""

    text: Callable[[bool], str]
    """Whether it is to be full → what people read."""
    json: Callable[[], bytes]
    csv: Callable[[], str]


@click.command("plan")
@click.option("--base", metavar="REV", help="Also tell what differs from the plan of this revision.")
@click.option("--replan", is_flag=True, help="As if no order that nobody has begun had a turn yet (rung 3).")
@click.option("--full", is_flag=True, help="Show every change, and what would bring each forward.")
@assuming
@click.option("--out", metavar="FILE", help="Also save the plan in this file, for --show.")
@click.option("--show", metavar="FILE", help="Show a saved plan as it was; nothing is planned.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 0 for no changes, 2 for changes, 1 for trouble.")
@in_session((*EVERY, TABLES))
def command(
    session: Session,
    base: str | None,
    replan: bool,
    full: bool,
    capacity: tuple[str, ...],
    delay: tuple[str, ...],
    without: tuple[str, ...],
    out: str | None,
    show: str | None,
    detailed_exitcode: bool,
) -> None:
    """Show what the departments would get, and when; with --base what this branch changes. It writes only what --out
    names.

    --capacity, --delay and --without ask what if: the plan under these assumptions is compared with that of what is
    written. Repeat and combine them as you like.

    A saved plan is a copy to read, compare and keep. `tamspec apply` never reads it: it plans afresh, and with --expect
    refuses what is not as it was reviewed.
    """
    supposes = bool(capacity or delay or without)
    if show is not None:
        if base is not None or out is not None or supposes or replan:
            raise click.UsageError("--show shows what was saved; only --full and --output-format go with it.")
        copy = _show(session, show, full)
        _leave(detailed_exitcode, errors=copy.has_errors, changes=copy.has_changes)
    if base is not None and supposes:
        raise click.UsageError("A what-if is compared with the plan of what is written; leave out --base.")
    story, difference = _story(session, base, replan)
    shown = (
        _supposed(story, assumed(story, capacity, delay, without)) if supposes else _planned(story, difference, full)
    )
    if out is not None:
        _save(session, out, story, shown)
    found = findings_as(session, story.findings, story.files)

    def answer(format: str, colour: bool) -> str | bytes:
        if format == "json":
            return shown.json()
        if format == TABLES:
            return shown.csv()
        return shown.text(full) if format in PEOPLE else found(format, colour)

    show_findings(session, story.findings, story.files, err=True)
    give(session, answer)
    _leave(detailed_exitcode, errors=bool(story.findings.errors), changes=_changes(story))


def _story(session: Session, base: str | None, replan: bool) -> tuple[Story, Difference | None]:
    """The story of the working tree, and what differs from the plan of the base."""
    if base is None:
        return planned(session, replan=replan), None
    story, _, difference = pipeline.compare(measured_tree(session), tree_at(session, base), session.at, replan=replan)
    if story.plan is None:
        show_findings(session, story.findings, story.files)
        raise click.exceptions.Exit(1)
    if difference is None:
        click.echo(f"Mind: {base} has errors, so nothing is compared with it.", err=True)
    return story, difference


def _planned(story: Story, difference: Difference | None, full: bool) -> _Shown:
    """The plan of what is written, with advice for what is late; in full for everything."""
    advised = functools.cache(lambda every: pipeline.advised(story, every=every).planned)
    workspace, state, findings = story.workspace, story.state, story.findings.all
    return _Shown(
        lambda full: report.plan_text(advised(full), workspace, full=full, difference=difference),
        lambda: report.plan_json(advised(full), workspace, state, findings, difference=difference),
        lambda: report.plan_csv(story.planned, workspace, state),
    )


def _supposed(story: Story, supposed: Assumed) -> _Shown:
    """What assumptions would change."""
    what = pipeline.what_if(story, supposed)
    workspace, state, findings = story.workspace, story.state, story.findings.all
    return _Shown(
        lambda full: report.whatif_text(what, workspace, full=full),
        lambda: report.plan_json(
            what.plan, workspace, state, findings, difference=what.difference, assumptions=what.assumptions
        ),
        lambda: report.plan_csv(what.plan, workspace, state),
    )


def _save(session: Session, file: str, story: Story, shown: _Shown) -> None:
    path, tree = report_path(session, file), pipeline.digest(story.tree)
    text = saved.saved(shown.json(), shown.text(False), shown.text(True), at=session.at, tree=tree)
    apply.write_reports({path: text})


def _show(session: Session, file: str, full: bool) -> saved.SavedPlan:
    copy = saved.read(gitrepo.report_in(session.folder / file), file)

    def answer(format: str, _: bool) -> str:
        if format not in ("json", *PEOPLE):
            raise click.UsageError(f"A saved plan is shown as full, concise or json, not as {format}.")
        return copy.json if format == "json" else copy.full if full else copy.text

    give(session, answer)
    if session.for_people and not session.quiet:
        told = f"Mind: this is a copy of the plan of {copy.plan['at']}; `tamspec apply` plans afresh."
        click.echo(report.visible(told), err=True)
    return copy


def _leave(detailed: bool, *, errors: bool, changes: bool) -> NoReturn:
    raise click.exceptions.Exit(1 if errors else 2 if detailed and changes else 0)


def _changes(story: Story) -> bool:
    return bool(story.planned.diffs) or any(one.verb != "keep" for one in story.planned.actions)
