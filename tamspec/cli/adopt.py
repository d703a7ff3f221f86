"""`tamspec adopt`."""

from __future__ import annotations

import click

from tamspec import apply, pipeline
from tamspec.cli.session import Session, in_session, planned, say, who_am_i


@click.command("adopt")
@click.argument("project")
@click.argument("components", nargs=-1, metavar="[COMPONENT]...")
@click.option("--evidence", default="", metavar="TEXT", help="How you know that they are there: a handover, an audit.")
@click.option("--by", metavar="NAME", help="Who adopts; else git's user.")
@in_session(("full", "concise"))
def command(session: Session, project: str, components: tuple[str, ...], evidence: str, by: str | None) -> None:
    """Take over components that exist already: ordered and built as written, with no work orders.

    Without COMPONENT, all components of PROJECT that were never ordered.
    """
    who = who_am_i(session, by)
    with apply.locked(session.root):
        story = planned(session)
        if project not in story.workspace.projects:
            known = ", ".join(sorted(story.workspace.projects)) or "none"
            raise click.UsageError(f"There is no project '{project}'; there are: {known}.")
        shape = story.workspace.landscapes[project]
        for name in components:
            if not shape.members(name):
                known = ", ".join(sorted({*shape.components, *shape.composites}))
                raise click.UsageError(f"{project} has no component '{name}'; it has: {known}.")
        names = [member for name in components or shape.components for member in shape.members(name)]
        files = pipeline.adopted(story, project, names, session.at, who, evidence)
        apply.write_new(session.root, files)
    if not files:
        say(session, "Nothing to adopt: every component named was ordered or adopted before.")
    for path in files:
        say(session, f"Recorded in {path}; commit it.")
