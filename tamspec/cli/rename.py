"""`tamspec rename`."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath

import click

from tamspec import apply, pipeline, resources
from tamspec.cli.session import Session, in_session, say, working_tree
from tamspec.cli.writing import diff_option, refuse_unclear, write
from tamspec.edit.fields import subject, subjects
from tamspec.edit.names import renamed
from tamspec.report import count


@click.command("rename")
@click.argument("document", metavar="[KIND/]NAME")
@click.argument("new")
@diff_option
@in_session(("full", "concise"))
def command(session: Session, document: str, new: str, diff_only: bool) -> None:
    """Give a document another name, and all references to it in the workspace.

    What the ledger knows by its name keeps it: change the title instead. Comments and the names of files and folders
    stay; the command to move them is told. A component gets another name with `tamspec mv`.
    """
    with apply.locked(session.root):
        tree = working_tree(session)
        loaded = pipeline.read(tree)
        one = subject(subjects(tree.files), document)
        refuse_unclear(session, tree, loaded, one.name)
        edits = renamed(loaded.parts, one.kind, one.name, new, resources.schemas()[one.kind.lower()])
        made = write(session, tree, edits, loaded, diff_only=diff_only)
    if not diff_only:
        references = sum(len(each) for each in edits.values()) - 1
        where = f"with {count(references, 'reference')} in {count(len(made), 'file')}"
        say(session, f"{one} is {one.kind}/{new} now, {where}.")
        for line in _moves(one.place.marks.path, one.name, new):
            say(session, line)


def _moves(path: str, old: str, new: str) -> list[str]:
    """The commands that move a file or a folder that is called as the document was."""
    file = PurePosixPath(path)
    named = [part for part in (file, *file.parents) if part.name == old or (part == file and part.stem == old)]
    if not named:
        return []
    commands = [shlex.join(["git", "mv", str(one), str(one.with_name(one.name.replace(old, new, 1)))]) for one in named]
    return ["Its file or folder still bears the old name:", *(f"  {command}" for command in commands)]
