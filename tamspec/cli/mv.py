"""`tamspec mv`."""

from __future__ import annotations

import click

from tamspec import apply, pipeline, resources
from tamspec.cli.session import Session, in_session, say, working_tree
from tamspec.cli.writing import diff_option, refuse_unclear, write
from tamspec.edit.fields import subject, subjects
from tamspec.edit.names import moved
from tamspec.report import count


@click.command("mv")
@click.argument("project")
@click.argument("old")
@click.argument("new")
@diff_option
@in_session(("full", "concise"))
def command(session: Session, project: str, old: str, new: str, diff_only: bool) -> None:
    """Give a component of PROJECT another name; it stays the same thing, and no work follows.

    The name changes in `components` and `dependsOn`, and in the Changes of the project. What was ordered is told by
    an entry in `moved`. In the ledger and in the keys of given orders the old name stays.
    """
    with apply.locked(session.root):
        tree = working_tree(session)
        loaded = pipeline.read(tree)
        name = subject(subjects(tree.files), f"Project/{project.removeprefix('Project/')}").name
        refuse_unclear(session, tree, loaded, name)
        ordered, recorded = pipeline.ordered(loaded, name), pipeline.recorded_moves(loaded, name)
        its = loaded.workspace.projects[name]
        edits = moved(loaded.parts, its, old, new, ordered, resources.schemas()["project"], recorded)
        made = write(session, tree, edits, loaded, diff_only=diff_only)
    if not diff_only:
        places = sum(len(edits[path]) for path in made)
        say(session, f"{old} of {name} is {new} now, in {count(places, 'place')} of {', '.join(made)}.")
        say(session, "See that no work follows: tamspec plan")
