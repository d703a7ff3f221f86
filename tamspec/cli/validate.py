"""`tamspec validate`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tamspec.cli.session import Session, in_session, leave, show_findings, told
from tamspec.diagnostics import Findings


@click.command("validate")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--allow-empty", is_flag=True, help="Be content with a workspace without documents.")
@in_session()
def command(session: Session, paths: tuple[str, ...], allow_empty: bool) -> None:
    """Find what is wrong: syntax, shape, references, rules and the plan. PATH narrows what is shown, not what is read.

    Ends with 1 where an error is found.
    """
    story = told(session, allow_empty=allow_empty)
    wanted = tuple(_within(session, path) for path in paths)
    shown = Findings() + tuple(one for one in story.findings.all if not wanted or one.at.path.startswith(wanted))
    show_findings(session, shown, story.files)
    leave(shown)


def _within(session: Session, path: str) -> str:
    full = Path(os.path.realpath(session.folder / path))
    if not full.exists() or not full.is_relative_to(session.root):
        raise click.UsageError(f"There is no {path} in {session.root}.")
    return "" if full == session.root else full.relative_to(session.root).as_posix()
