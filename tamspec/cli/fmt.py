"""`tamspec fmt`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from tamspec import apply, gitrepo
from tamspec.cli.session import Session, in_session, leave, show_findings, working_tree
from tamspec.cli.writing import show_diff
from tamspec.diagnostics import Findings, TamspecError
from tamspec.edit import formatted
from tamspec.load import ENTRY
from tamspec.load.yaml import parse
from tamspec.report import count


@click.command("fmt")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--check", is_flag=True, help="Write nothing; end with 1 where something would change.")
@click.option("--diff", "diff_only", is_flag=True, help="Print what would change, and write nothing.")
@in_session(("full", "concise"))
def command(session: Session, paths: tuple[str, ...], check: bool, diff_only: bool) -> None:
    """Give spec files one layout: indentation, spaces, empty lines, line ends. PATH narrows it to files and folders.

    Meaning, order, quotes, line breaks and every comment stay; each file is read again to prove it. The ledger is
    never touched. A file that cannot be read is reported and passed over; the call then ends with 1.
    """
    with apply.locked(session.root):
        tree = working_tree(session)
        files = _chosen(session, {**tree.files, gitrepo.SETTINGS: tree.written}, paths)
        findings, made, refused = _formatted(files)
        if diff_only:
            show_diff(files, made)
        elif not check:
            apply.rewrite(session.root, made)
    if not diff_only and not session.quiet:
        _tell(made, len(files), would=check)
    if findings.all:
        show_findings(session, findings, files)
    leave(findings)
    for sentence in refused:
        click.echo(f"tamspec: {sentence}", err=True)
    if refused or (check and made):
        raise click.exceptions.Exit(1)


def _chosen(session: Session, files: Mapping[str, bytes], paths: Sequence[str]) -> dict[str, bytes]:
    """The files that the arguments mean; all where there are none."""
    if not paths:
        return dict(files)
    chosen: dict[str, bytes] = {}
    for path in paths:
        full = Path(os.path.realpath(session.folder / path))
        inside = full.relative_to(session.root).as_posix() if full.is_relative_to(session.root) else ".."
        found = {
            name: content for name, content in files.items() if inside in (".", name) or name.startswith(f"{inside}/")
        }
        if not found:
            raise click.UsageError(f"{path} holds no file of this workspace; see `sources` in {gitrepo.SETTINGS}.")
        chosen |= found
    return dict(sorted(chosen.items()))


def _formatted(files: Mapping[str, bytes]) -> tuple[Findings, dict[str, bytes], list[str]]:
    """What could not be read, the files that get another content, and why a file is left as it is."""
    findings, made, refused = Findings(), dict[str, bytes](), list[str]()
    for path, content in files.items():
        documents, found = parse(path, content)
        wrong = (Findings() + found).errors
        findings += wrong
        if wrong or any(isinstance(one.data, dict) and one.data.get("kind") == ENTRY for one in documents):
            continue
        try:
            new = formatted(path, content)
        except TamspecError as error:
            refused.append(str(error))
            continue
        if new != content:
            made[path] = new
    return findings, made, refused


def _tell(made: Mapping[str, bytes], looked_at: int, *, would: bool) -> None:
    for path in made:
        click.echo(path)
    changed = "would get" if would else "got"
    click.echo(f"{len(made)} of {count(looked_at, 'file')} {changed} another layout.")
