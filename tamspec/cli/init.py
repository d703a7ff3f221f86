"""`tamspec init`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import click
from msgspec.structs import replace

from tamspec import __version__, apply, gitrepo, resources
from tamspec.cli.schema import HOME, write_schemas
from tamspec.cli.session import Session, in_session
from tamspec.diagnostics import TamspecError
from tamspec.load.repair import inline
from tamspec.suggest import near
from tamspec.worktime import time_zone

KEPT = ("catalog/.gitkeep", "projects/.gitkeep")
"""So that git keeps the folders of a repository without documents."""


@click.command("init")
@click.argument("directory", default=".", metavar="[DIR]")
@click.option("--title", metavar="TEXT", help="What the provider is called; else the name of the folder.")
@click.option("--time-zone", "zone", default="UTC", show_default=True, metavar="ZONE", help="Of the office hours.")
@click.option("--empty", is_flag=True, help="Without the example of a catalogue and a project.")
@click.option("--gitlab", is_flag=True, help="With a pipeline for GitLab in place of the workflow for GitHub.")
@click.option("--add", is_flag=True, help="Where some of the files are there already: add the others.")
@in_session(("full",))
def command(
    session: Session, directory: str, title: str | None, zone: str, empty: bool, gitlab: bool, add: bool
) -> None:
    """Begin a new repository in DIR: a small catalogue and a project that work at once, the pipeline, the editor's
    settings.

    Nothing that is there is ever written over, and git is left alone. With --add, the example is left out where there
    are documents already.
    """
    root = Path(os.path.realpath(session.folder / directory))
    _refuse_inside_another(root, directory)
    words = _words(title or root.name, _zone(zone), session.at)
    parts = ["common", "gitlab" if gitlab else "github"]
    files = {path: text for part in parts for path, text in resources.starter(part).items()}
    files |= dict.fromkeys(KEPT, "") if empty else {}
    if not empty and not (add and _has_documents(root)):
        files |= resources.starter("example")
    there = [path for path in files if os.path.lexists(root / path)]
    if there and not add:
        listed = "\n".join(f"  {path}" for path in there)
        raise TamspecError(
            f"Nothing was written, for these are there already:\n{listed}\nWith --add the others are added."
        )
    wanted = {path: _filled(text, words) for path, text in files.items() if path not in there}
    _write(replace(session, folder=root), wanted, directory, quiet=session.quiet, empty=empty)


def _refuse_inside_another(root: Path, shown: str) -> None:
    above = next((one for one in root.parents if (one / gitrepo.SETTINGS).is_file()), None)
    if above:
        raise TamspecError(
            f"{shown} lies in the workspace {above}, and a workspace in another would be read twice.\n"
            "To begin a project in it: tamspec new project NAME"
        )


def _zone(name: str) -> str:
    try:
        time_zone(name)
    except ValueError as error:
        guess = near(name, ["UTC", "Europe/Berlin", "Europe/Moscow", "Europe/London"])
        hint = f" Did you mean '{guess}'?" if guess else ""
        raise click.UsageError(f"--time-zone {name}: {error}{hint}") from None
    return name


def _words(title: str, zone: str, at: datetime) -> Mapping[str, str]:
    """What is filled into the starter files. The example is wanted in eight weeks, and asks for an answer in two."""
    friday = at + timedelta(weeks=8, days=4 - at.weekday())
    return {
        "@TITLE-QUOTED@": inline(title),
        "@TITLE@": title,
        "@TIME-ZONE@": zone,
        "@VERSION@": __version__,
        "@YEAR@": str(at.year),
        "@REQUIRED-BY@": friday.date().isoformat(),
        "@DUE@": (friday - timedelta(weeks=6)).date().isoformat(),
    }


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, meaning in words.items():
        text = text.replace(word, meaning)
    return text


def _has_documents(root: Path) -> bool:
    return any(next((root / folder).rglob("*.y*ml"), None) for folder in ("catalog", "projects"))


def _write(session: Session, files: Mapping[str, str], shown: str, *, quiet: bool, empty: bool) -> None:
    # The settings last: until then, a folder that was left half-written is no workspace.
    order = sorted(files, key=lambda path: (path == gitrepo.SETTINGS, path))
    apply.write_new(session.folder, {path: files[path] for path in order})
    write_schemas(replace(session, quiet=True), HOME)
    if quiet:
        return
    for path in sorted(files):
        click.echo(f"Written: {path}")
    go = "" if shown == "." else f"cd {shown} && "
    click.echo(f"\nBegin with: {go}tamspec {'new' if empty else 'plan'}" if files else "Every file was there already.")
