"""`tamspec status`."""

from __future__ import annotations

import click

from tamspec import report
from tamspec.cli.session import Session, in_session, planned


@click.command("status")
@in_session(("full", "json"))
def command(session: Session) -> None:
    """Show where everything stands: each change with its promised and forecast finish, each open order."""
    story = planned(session)
    assert story.plan is not None, "this is a bug in tamspec: planned without a plan"
    if session.json:
        click.echo(report.status_json(story.plan, story.state, story.findings.all), nl=False)
    else:
        click.echo(report.status_text(story.plan, story.workspace, story.state), nl=False)
