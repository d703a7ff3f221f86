"""The histories of incidents that ticket systems export: which files they are, and how long reading them takes."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from tamspec.cli.session import Session
from tamspec.diagnostics import TamspecError
from tamspec.model.workspace import Export, Workspace
from tamspec.suggest import near
from tamspec.worktime import time_zone


def check_export(export: Export, workspace: Workspace) -> None:
    """What a mapping names must be there."""
    for what, name, known in (
        ("agreement", export.agreement, workspace.agreements),
        ("client", export.client, workspace.clients),
    ):
        if name and name not in known:
            guess = near(name, known)
            hint = f" Did you mean '{guess}'?" if guess else ""
            raise TamspecError(f"`incidents` names the {what} '{name}', which there is not.{hint}")
    if export.time_zone:
        try:
            time_zone(export.time_zone)
        except ValueError as error:
            raise TamspecError(f"`timeZone` of `incidents`: {error}") from None


def export_files(session: Session, given: tuple[str, ...], export: Export) -> dict[str, Path]:
    """Path as it is told → file. Those that the settings name lie in the workspace; a person may name any."""
    made = {name: session.folder / name for name in given}
    if not given:
        made = {name: Path(os.path.realpath(session.root / name)) for name in export.files}
        for name, file in made.items():
            if not file.is_relative_to(os.path.realpath(session.root)):
                raise TamspecError(f"{name}, which `incidents` names, does not lie in the workspace.")
    if not made:
        raise TamspecError("Nobody says where the incidents are: name them with --incidents FILE.")
    for name, file in made.items():
        if not file.is_file():
            raise TamspecError(f"There is no file {name}.")
    return {name: Path(os.path.realpath(file)) for name, file in made.items()}


@contextlib.contextmanager
def told_progress(session: Session) -> Iterator[Callable[[str], None]]:
    """Tells on a terminal what is done now, and leaves nothing of it behind."""
    shows = sys.stderr.isatty() and not session.quiet

    def tell(what: str) -> None:
        if shows:
            click.echo(f"\r\x1b[2K{what} …", nl=False, err=True)

    try:
        yield tell
    finally:
        if shows:
            click.echo("\r\x1b[2K", nl=False, err=True)
