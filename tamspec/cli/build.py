"""`tamspec build`."""

from __future__ import annotations

import click

from tamspec import apply, pipeline, report
from tamspec.cli.output import PEOPLE
from tamspec.cli.render import out_folder
from tamspec.cli.session import Session, findings_as, give, in_session, leave, planned


@click.command("build")
@click.option("--out", default="site", show_default=True, metavar="DIR", help="Where to write the documents.")
@in_session()
def command(session: Session, out: str) -> None:
    """Validate, plan and render: the main job in one go. Ends with 1 where an error is found."""
    story = planned(session)
    folder = out_folder(session, story, out)
    pages = pipeline.pages(story)
    apply.write_tree(folder, pages)
    found = findings_as(session, story.findings, story.files)

    def answer(format: str, colour: bool) -> str:
        if format == "json":
            return report.plan_json(story.planned, story.workspace, story.state, story.findings.all)
        if format not in PEOPLE or session.quiet:
            return found(format, colour)
        plan = report.plan_text(story.planned, story.workspace)
        return f"{found(format, colour)}\n{plan}\n{len(pages)} documents in {out}; begin with {out}/index.html.\n"

    give(session, answer)
    leave(story.findings)
