"""`tamspec render`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tamspec import apply, pipeline
from tamspec.cli.output import FINDINGS, PEOPLE
from tamspec.cli.session import Session, findings_as, give, in_session, leave, planned, show_findings
from tamspec.diagnostics import TamspecError
from tamspec.pipeline import Story


@click.command("render")
@click.option("--out", default="site", show_default=True, metavar="DIR", help="Where to write the documents.")
@click.option("--ics", is_flag=True, help="Also a calendar (iCalendar) for each department and each client.")
@in_session(FINDINGS)
def command(session: Session, out: str, ics: bool) -> None:
    """Write the documents: pages for the site, Markdown for the forge. Files of other origin in DIR stay."""
    story = planned(session)
    folder = out_folder(session, story, out)
    pages = pipeline.pages(story) | (pipeline.calendars(story) if ics else {})
    apply.write_tree(folder, pages)
    done = "" if session.quiet else f"{len(pages)} documents in {out}; begin with {out}/index.html.\n"
    found = findings_as(session, story.findings, story.files)
    show_findings(session, story.findings, story.files, err=True)
    give(session, lambda format, colour: done if format in PEOPLE else found(format, colour))
    leave(story.findings)


def out_folder(session: Session, story: Story, out: str) -> Path:
    """The folder for documents: anywhere but over or among the workspace's own files."""
    folder = Path(os.path.realpath(session.folder / out))
    own = [session.root / name for name in (".git", *story.workspace.settings.sources)]
    if session.root.is_relative_to(folder) or any(folder.is_relative_to(one) for one in own):
        raise TamspecError("The documents would lie among the workspace's own files; name a folder such as site.")
    return folder
