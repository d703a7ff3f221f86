"""`tamspec status`."""

from __future__ import annotations

import click

from tamspec import report
from tamspec.cli.session import Session, give, in_session, planned


@click.command("status")
@in_session(("full", "json"))
def command(session: Session) -> None:
    """Show where everything stands: each change with its promised and forecast finish, each open order."""
    story = planned(session)

    def answer(format: str, _: bool) -> str:
        if format == "json":
            return report.status_json(story.planned, story.state, story.findings.all, session.settings.site)
        return report.status_text(story.planned, story.workspace, story.state)

    give(session, answer)
