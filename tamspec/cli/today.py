"""`tamspec today`."""

from __future__ import annotations

import click

from tamspec import report
from tamspec.cli.session import Session, in_session, planned


@click.command("today")
@click.option("--who", default="", metavar="PERSON", help="Only the projects of this TAM or deputy.")
@in_session(("full",))
def command(session: Session, who: str) -> None:
    """Show what is on a TAM's desk: questions, blocks, what slips, which documents are to be read, what was recorded
    since yesterday, what comes next, what ends soon."""
    story = planned(session)
    if who and who not in story.workspace.people:
        raise click.UsageError(f"There is no person '{who}' in the catalogue.")
    told = report.today_text(story.planned, story.workspace, story.state, who, story.register, story.events)
    click.echo(told, nl=False)
