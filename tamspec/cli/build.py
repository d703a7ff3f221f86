"""`tamspec build`."""

from __future__ import annotations

import click

from tamspec import report
from tamspec.cli.output import PEOPLE
from tamspec.cli.render import Wanted, write
from tamspec.cli.session import Session, findings_as, give, in_session, leave, planned


@click.command("build")
@click.option("--out", default="site", show_default=True, metavar="DIR", help="Where to write the documents.")
@click.option("--clients", metavar="DIR", help="Also write what each client may read, a folder for each client.")
@in_session()
def command(session: Session, out: str, clients: str | None) -> None:
    """Validate, plan and render: the main job in one go. Ends with 1 where an error is found."""
    story = planned(session)
    number, broken = write(session, story, Wanted(out=out, clients=clients))
    findings = story.findings + broken
    found = findings_as(session, findings, story.files)

    def answer(format: str, colour: bool) -> str | bytes:
        if format == "json":
            return report.plan_json(story.planned, story.workspace, story.state, findings.all)
        if format not in PEOPLE or session.quiet:
            return found(format, colour)
        plan = report.plan_text(story.planned, story.workspace)
        return f"{found(format, colour)}\n{plan}\n{number} documents in {out}; begin with {out}/index.html.\n"

    give(session, answer)
    leave(findings)
