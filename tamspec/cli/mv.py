"""`tamspec mv`."""

from __future__ import annotations

import click

from tamspec import apply, pipeline, resources
from tamspec.cli.session import Session, in_session, working_tree
from tamspec.cli.writing import counted, diff_option, refuse, settle, show_diff
from tamspec.diagnostics import Diagnostic
from tamspec.edit.fields import subject, subjects
from tamspec.edit.names import mentioned, moved, parts_of, written_in
from tamspec.load import Loaded
from tamspec.pipeline import Tree


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
        refuse(session, _in_the_way(tree, loaded, name), tree.files, f"First mend what may speak of {name}.")
        schemas = resources.schemas()
        ordered = pipeline.ordered(loaded, name)
        its = loaded.workspace.projects[name]
        edits = moved(parts_of(tree.files, schemas), its, old, new, ordered, schemas["project"])
        made = written_in(tree.files, edits)
        settle(session, tree, made, loaded)
        if diff_only:
            show_diff(tree.files, made)
            return
        apply.rewrite(session.root, made)
    if not session.quiet:
        places = sum(len(edits[path]) for path in made)
        click.echo(f"{old} of {name} is {new} now, in {counted(places, 'place')} of {', '.join(made)}.")
        click.echo("See that no work follows: tamspec plan")


def _in_the_way(tree: Tree, loaded: Loaded, name: str) -> list[Diagnostic]:
    """The errors in files that mention the project: what they mean by it is not known."""
    wrong = {one.at.path for one in loaded.findings.errors}
    return [one for one in loaded.findings.errors if one.at.path in mentioned(tree.files, wrong, name)]
