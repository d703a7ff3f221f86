"""`tamspec status`."""

from __future__ import annotations

import click

from tamspec import report
from tamspec.cli.output import TABLES
from tamspec.cli.session import Session, give, in_session, planned
from tamspec.plan.estimates import estimates


@click.command("status")
@click.option("--estimates", "of_steps", is_flag=True, help="Show what steps took against their estimates instead.")
@in_session(("full", "json", TABLES))
def command(session: Session, of_steps: bool) -> None:
    """Show where everything stands: each change with its promised and forecast finish, each open order."""
    story = planned(session)
    told = estimates(story.workspace, story.state)

    def answer(format: str, _: bool) -> str:
        if format == "json":
            return report.status_json(story.planned, story.state, told, story.findings.all, session.settings.site)
        if of_steps:
            return report.estimates_csv(told) if format == TABLES else report.estimates_text(told)
        of_orders = report.status_csv if format == TABLES else report.status_text
        return of_orders(story.planned, story.workspace, story.state)

    give(session, answer)
