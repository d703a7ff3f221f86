"""`tamspec build`."""

from __future__ import annotations

import click

from tamspec import apply, pipeline, report
from tamspec.cli.render import out_folder
from tamspec.cli.session import Session, in_session, leave, planned, show_findings


@click.command("build")
@click.option("--out", default="site", show_default=True, metavar="DIR", help="Where to write the documents.")
@in_session()
def command(session: Session, out: str) -> None:
    """Validate, plan and render: the main job in one go. Ends with 1 where an error is found."""
    story = planned(session)
    folder = out_folder(session, story, out)
    pages = pipeline.pages(story)
    apply.write_tree(folder, pages)
    if session.json:
        click.echo(report.plan_json(story.planned, story.workspace, story.state, story.findings.all), nl=False)
    else:
        show_findings(session, story.findings, story.files)
        if not session.quiet and session.output_format != "github":
            click.echo("\n" + report.plan_text(story.planned, story.workspace), nl=False)
            click.echo(f"\n{len(pages)} documents in {out}; begin with {out}/index.html.")
    leave(story.findings)
