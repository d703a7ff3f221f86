"""`tamspec validate`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tamspec.cli.session import Session, in_session, judged, leave, show_findings, working_tree
from tamspec.diagnostics import Findings


@click.command("validate")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--allow-empty", is_flag=True, help="Be content with a workspace without documents.")
@click.option(
    "--jobs", type=click.IntRange(1), metavar="N", help="Processes that share the work; all cores by default."
)
@in_session()
def command(session: Session, paths: tuple[str, ...], allow_empty: bool, jobs: int | None) -> None:
    """Find what is wrong: syntax, shape, references, rules and orders. PATH narrows what is shown, not what is read.

    Whether dates can be kept is no matter of the text: `plan` tells that. What was found is remembered, and only what
    changed is looked at again. Ends with 1 where an error is found.
    """
    seen = judged(session, working_tree(session), jobs, allow_empty=allow_empty)
    wanted = tuple(_within(session, path) for path in paths)
    shown = Findings() + tuple(one for one in seen.findings.all if not wanted or one.at.path.startswith(wanted))
    show_findings(session, shown, seen.files)
    leave(shown)


def _within(session: Session, path: str) -> str:
    full = Path(os.path.realpath(session.folder / path))
    if not full.exists() or not full.is_relative_to(session.root):
        raise click.UsageError(f"There is no {path} in {session.root}.")
    return "" if full == session.root else full.relative_to(session.root).as_posix()
