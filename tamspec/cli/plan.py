"""`tamspec plan`."""

from __future__ import annotations

import click

from tamspec import pipeline, report
from tamspec.cli.output import EVERY, PEOPLE, TABLES
from tamspec.cli.session import (
    Session,
    findings_as,
    give,
    in_session,
    leave,
    planned,
    show_findings,
    tree_at,
    working_tree,
)
from tamspec.pipeline import Story


@click.command("plan")
@click.option("--base", metavar="REV", help="Also tell what differs from the plan of this revision.")
@click.option("--replan", is_flag=True, help="As if no order that nobody has begun had a turn yet (rung 3).")
@click.option("--full", is_flag=True, help="Show every change, also those that bring nothing new.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 0 for no changes, 2 for changes, 1 for trouble.")
@in_session((*EVERY, TABLES))
def command(session: Session, base: str | None, replan: bool, full: bool, detailed_exitcode: bool) -> None:
    """Show what the departments would get, and when; with --base what this branch changes. It writes nothing."""
    difference = None
    if base is not None:
        story, _, difference = pipeline.compare(
            working_tree(session), tree_at(session, base), session.at, replan=replan
        )
        if story.plan is None:
            show_findings(session, story.findings, story.files)
            raise click.exceptions.Exit(1)
        if difference is None:
            click.echo(f"Mind: {base} has errors, so nothing is compared with it.", err=True)
    else:
        story = planned(session, replan=replan)
    found = findings_as(session, story.findings, story.files)

    def answer(format: str, colour: bool) -> str:
        if format == "json":
            return report.plan_json(
                story.planned, story.workspace, story.state, story.findings.all, difference=difference
            )
        if format == TABLES:
            return report.plan_csv(story.planned, story.workspace, story.state)
        if format in PEOPLE:
            return report.plan_text(story.planned, story.workspace, full=full, difference=difference)
        return found(format, colour)

    show_findings(session, story.findings, story.files, err=True)
    give(session, answer)
    if detailed_exitcode:
        raise click.exceptions.Exit(1 if story.findings.errors else 2 if _changes(story) else 0)
    leave(story.findings)


def _changes(story: Story) -> bool:
    return bool(story.planned.diffs) or any(one.verb != "keep" for one in story.planned.actions)
