"""What `validate --fix` and `--diff` do: mend, show, write."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace

from tamspec import apply, gitrepo, pipeline
from tamspec.cli.session import Session
from tamspec.cli.writing import show_diff
from tamspec.diagnostics import Diagnostic
from tamspec.edit.mends import mended
from tamspec.pipeline import Tree
from tamspec.report import count

ROUNDS = 10
"""Of mending: what is hidden behind another fault is mended once that is gone."""


class Mend(Struct, frozen=True, kw_only=True):
    """What mending makes of a tree."""

    files: Mapping[str, bytes]
    findings: int
    left_alone: Mapping[str, str]
    """File → why it was not mended."""


def mend(session: Session, tree: Tree, findings: Callable[[Tree], Iterable[Diagnostic]]) -> Mend:
    """Mend what `findings` tells of a tree, until nothing is left to mend. Nothing is written."""
    made, done, left_alone = dict[str, bytes](), 0, dict[str, str]()
    for _ in range(ROUNDS):
        files = {**tree.files, gitrepo.SETTINGS: tree.written}
        found = [one for one in findings(tree) if one.fix and one.at.path in files]
        paths = {one.at.path for one in found}
        links = {path for path in paths if not _is_own(session.root, path)}
        left_alone |= dict.fromkeys(links, "it is reached through a link; mend the file itself")
        one_round = mended({path: files[path] for path in paths - links}, found)
        left_alone |= dict.fromkeys(one_round.refused, "the mend would spoil it")
        if not one_round.files:
            break
        made |= one_round.files
        done += one_round.findings
        tree = _with(tree, one_round.files)
    return Mend(files=made, findings=done, left_alone=left_alone)


def finish(session: Session, tree: Tree, made: Mend, *, diff_only: bool) -> None:
    """Write what was mended, or show it and end."""
    if diff_only:
        show_diff({**tree.files, gitrepo.SETTINGS: tree.written}, made.files)
    else:
        apply.rewrite(session.root, made.files)
    for path, why in sorted(made.left_alone.items()):
        click.echo(f"tamspec: {path} is left as it is: {why}.", err=True)
    if not session.quiet:
        done = "Would mend" if diff_only else "Mended"
        what = f"{count(made.findings, 'finding')} in {count(len(made.files), 'file')}"
        click.echo(f"tamspec: {done} {what}.", err=True)
    if diff_only:
        raise click.exceptions.Exit(1 if made.files else 0)


def _is_own(root: Path, path: str) -> bool:
    """Whether a file is reached without a link."""
    return Path(os.path.realpath(root / path)) == Path(os.path.realpath(root)) / path


def _with(tree: Tree, files: Mapping[str, bytes]) -> Tree:
    """The tree with other texts; the findings about folders and about files that cannot be read stay."""
    written = files.get(gitrepo.SETTINGS, tree.written)
    settings, findings = pipeline.settings(written)
    before = set(pipeline.settings(tree.written)[1].all)
    specs = {path: content for path, content in files.items() if path != gitrepo.SETTINGS}
    return replace(
        tree,
        settings=settings,
        written=written,
        findings=findings + [one for one in tree.findings.all if one not in before],
        files={**tree.files, **specs},
    )
