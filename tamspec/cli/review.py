"""`tamspec render --review`: the service review of a client."""

from __future__ import annotations

import click

from tamspec import pipeline
from tamspec.cli.exports import check_export, export_files, told_progress
from tamspec.cli.session import Session
from tamspec.desk.service_review import Period, month_before, period
from tamspec.diagnostics import Findings, TamspecError
from tamspec.model.attainment import Attainment
from tamspec.pipeline import Story
from tamspec.suggest import near
from tamspec.worktime import time_zone


def review_period(session: Session, story: Story, client: str, name: str | None) -> Period:
    """The period that is asked for; without one the last month that has ended where the client is."""
    known = story.workspace.clients
    if client not in known:
        guess = near(client, known)
        hint = f"Did you mean '{guess}'?" if guess else f"There are: {', '.join(sorted(known)) or 'none'}."
        raise TamspecError(f"There is no client '{client}'. {hint}")
    zone = time_zone(story.workspace.calendars[known[client].calendar.name].time_zone)
    today = session.at.astimezone(zone).date()
    if name is None:
        return month_before(today)
    found = period(name)
    if found is None:
        raise click.UsageError(f"'{name}' is no period: write a month as 2026-10, a quarter as 2026-q4.")
    if found.first > today:
        raise click.UsageError(f"{name} has not begun yet.")
    return found


def measured(session: Session, story: Story) -> tuple[Attainment | None, Findings]:
    """What the history of incidents says that the settings name; None where they name none."""
    export = session.settings.incidents
    if export is None or not export.files:
        return None, Findings()
    check_export(export, story.workspace)
    with told_progress(session) as progress:
        made = pipeline.measured(
            story.workspace, export_files(session, (), export), export, session.at, progress=progress
        )
    return made.attainment, made.findings
