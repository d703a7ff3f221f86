"""`tamspec staff`."""

from __future__ import annotations

from collections.abc import Iterable

import click

from tamspec.cli.session import Session, give, in_session, planned
from tamspec.desk.roles import proposed
from tamspec.report.staff import staff_json, staff_text
from tamspec.suggest import did_you_mean


@click.command("staff")
@click.argument("project", metavar="PROJECT")
@in_session(("full", "json"))
def command(session: Session, project: str) -> None:
    """Propose who could be TAM of a project, the likeliest first, each with the reasons.

    What counts is how many of the fields of the project's departments are known (a field of one's own twice as much as
    one that is known beside it), whether the share of the role has time left, absences within four weeks, and the
    training. Who has the role stands before who is to get it; where two are alike, how they speak with clients and lead
    decides.
    """
    story = planned(session)
    if project not in story.workspace.projects:
        asked = did_you_mean(project, story.workspace.projects)
        raise click.UsageError(f"There is no project '{project}'. {asked or _which(story.workspace.projects)}")
    found = proposed(story.workspace, project, session.at)

    def answer(format: str, _: bool) -> str:
        if format == "json":
            return staff_json(found, session.at, story.workspace, story.findings.all)
        return staff_text(found, story.workspace)

    give(session, answer)


MOST = 10
"""Projects that are named to who asked for one that is not there."""


def _which(names: Iterable[str]) -> str:
    """The projects that there are."""
    known = sorted(names)
    more = f" and {len(known) - MOST} more" if len(known) > MOST else ""
    return f"There are {', '.join(known[:MOST])}{more}." if known else "There are none."
