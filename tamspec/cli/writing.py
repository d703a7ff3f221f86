"""What the commands that change specs have in common: judge, show, write."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Mapping

import click
from msgspec.structs import replace

from tamspec import apply, pipeline
from tamspec.cli.session import Session, leave, show_findings
from tamspec.diagnostics import Diagnostic, Findings
from tamspec.edit.names import Edits, mentioned, written_in
from tamspec.load import Loaded
from tamspec.pipeline import Tree
from tamspec.report import visible

diff_option = click.option(
    "--diff", "--dry-run", "diff_only", is_flag=True, help="Print what would change, and write nothing."
)


def changed(tree: Tree, files: Mapping[str, bytes]) -> Tree:
    """The tree with other contents of some files."""
    return replace(tree, files={**tree.files, **files})


def worse(before: Loaded, tree: Tree, files: Mapping[str, bytes]) -> Findings:
    """The errors that other contents of some files bring. Where there were errors already, only those on lines that
    the change wrote count: a mend may bring to light what could not be seen before."""
    known = {one.fingerprint for one in before.findings.errors}
    found = pipeline.read(changed(tree, files)).findings.errors
    new = [one for one in found if one.fingerprint not in known]
    if not known:
        return Findings() + new
    lines = {path: _new_lines(tree.files[path], content) for path, content in files.items()}
    return Findings() + [one for one in new if one.at.line in lines.get(one.at.path, ())]


def _new_lines(before: bytes, after: bytes) -> set[int]:
    """The lines of a new content, from 1, that the old one does not have in their place."""
    matcher = difflib.SequenceMatcher(None, before.split(b"\n"), after.split(b"\n"), autojunk=False)
    same = {block.b + index for block in matcher.get_matching_blocks() for index in range(block.size)}
    return {index + 1 for index in range(after.count(b"\n") + 1) if index not in same}


def refuse(session: Session, findings: Findings | list[Diagnostic], files: Mapping[str, bytes], why: str) -> None:
    """Show errors and end with 1, saying that nothing was written; go on where there are none."""
    found = Findings() + findings
    if found.errors:
        show_findings(session, found, files)
        click.echo(f"tamspec: {why} Nothing was written.", err=True)
        leave(found)


def refuse_unclear(session: Session, tree: Tree, loaded: Loaded, name: str) -> None:
    """End with 1 where a file with an error holds a name: what it means by it is not known."""
    errors = loaded.findings.errors
    wrong = mentioned(tree.files, {one.at.path for one in errors}, name)
    refuse(
        session, [one for one in errors if one.at.path in wrong], tree.files, f"First mend what may speak of {name}."
    )


def write(session: Session, tree: Tree, edits: Edits, loaded: Loaded, *, diff_only: bool) -> Mapping[str, bytes]:
    """Make edits of many files, once the workspace is proven to load as well as before; gives the changed files."""
    made = written_in(tree.files, edits)
    settle(session, tree, made, loaded)
    if diff_only:
        show_diff(tree.files, made)
    else:
        apply.rewrite(session.root, made)
    return made


def settle(session: Session, tree: Tree, files: Mapping[str, bytes], before: Loaded) -> None:
    """End with 1 and the findings, unless the changed files say something that can be loaded as well as before."""
    found = worse(before, tree, files)
    refuse(session, found, changed(tree, files).files, "The change would bring these errors.")


def show_diff(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
    """What changes, as `diff -u` shows it. A terminal is not shown what would command it; a pipe gets every byte."""
    looked_at = sys.stdout.isatty()
    for path, content in sorted(after.items()):
        text = "".join(_diff(path, before[path], content))
        shown = "".join(f"{visible(line)}\n" for line in text.split("\n")[:-1]) if looked_at else text
        click.echo(shown, nl=False, color=True)  # click would take away what commands terminals, also in a pipe


def _diff(path: str, before: bytes, after: bytes) -> Iterator[str]:
    lines = [content.decode(errors="replace").split("\n") for content in (before, after)]
    old, new = ([f"{line}\n" for line in one[:-1]] + ([one[-1]] if one[-1] else []) for one in lines)
    for line in difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
