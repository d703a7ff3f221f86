"""`tamspec render`."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from msgspec import Struct

from tamspec import apply, gitrepo, pipeline
from tamspec.cli import many, searching
from tamspec.cli.output import FINDINGS, PEOPLE
from tamspec.cli.review import measured, review_period
from tamspec.cli.session import (
    Session,
    findings_as,
    give,
    in_session,
    leave,
    planned,
    show_findings,
    tree_at,
)
from tamspec.diagnostics import Findings, TamspecError
from tamspec.model.plan import Difference
from tamspec.pipeline import Story

if TYPE_CHECKING:
    from tamspec.render.compiled import Compiled
    from tamspec.render.site import Site
    from tamspec.render.trees import Material

T = TypeVar("T")
MANY = 5
"""Documents from which on it is told how far they are."""
Base = tuple[str, Story, Difference]
"""The name of an earlier revision, its story, and what differs from its plan."""


class Wanted(Struct, frozen=True, kw_only=True):
    """What is to be written, and where."""

    out: str
    clients: str | None = None
    """The folder for what clients may read."""
    source_url: str = ""
    base: Base | None = None
    search: bool = False
    ics: bool = False
    pdf: bool = False


@click.command("render")
@click.option("--out", metavar="DIR", help="Where to write the documents; else site, or service-review.")
@click.option("--clients", metavar="DIR", help="Also write what each client may read, a folder for each client.")
@click.option("--since", metavar="REV", help="Also a page of what differs from this revision.")
@click.option("--source-url", default="", metavar="URL", help="Where the forge shows the files of this revision.")
@click.option("--search", is_flag=True, help="Also a page that searches the others (needs the extra `search`).")
@click.option("--ics", is_flag=True, help="Also a calendar (iCalendar) for each department and each client.")
@click.option("--pdf", is_flag=True, help="Also passports and change plans as PDF (needs the extra `pdf`).")
@click.option("--review", metavar="CLIENT", help="Only the service review of a client.")
@click.option("--period", metavar="PERIOD", help="Of which month or quarter: 2026-10, 2026-q4; else the last month.")
@in_session(FINDINGS)
def command(
    session: Session,
    out: str | None,
    clients: str | None,
    since: str | None,
    source_url: str,
    search: bool,
    ics: bool,
    pdf: bool,
    review: str | None,
    period: str | None,
) -> None:
    """Write the documents: pages for the site, Markdown for the forge. Files of other origin in DIR stay.

    With --review only what a client is told in a service review: a page and Markdown, with --pdf also as PDF.
    """
    if review is not None:
        if clients or since or search or ics:
            raise click.UsageError("A service review is written alone: leave out --clients, --since, --search, --ics.")
        story = planned(session)
        wanted = Wanted(out=out or "service-review", source_url=source_url, pdf=pdf)
        number, found = write_review(session, story, review, period, wanted)
        _told(session, story, number, wanted.out, found)
        return
    if period is not None:
        raise click.UsageError("--period is of a service review: name the client with --review.")
    story, base = compared(session, since) if since else (planned(session), None)
    wanted = Wanted(
        out=out or "site", clients=clients, source_url=source_url, base=base, search=search, ics=ics, pdf=pdf
    )
    number, found = write(session, story, wanted)
    _told(session, story, number, wanted.out, found)


def _told(session: Session, story: Story, number: int, out: str, found: Findings) -> None:
    """Say what was written and what was found, and leave."""
    done = "" if session.quiet else f"{number} documents in {out}; begin with {out}/index.html.\n"
    findings = story.findings + found
    answer = findings_as(session, findings, story.files)
    show_findings(session, findings, story.files, err=True)
    give(session, lambda format, colour: done if format in PEOPLE else answer(format, colour))
    leave(findings)


def compared(session: Session, since: str) -> tuple[Story, Base | None]:
    """The story of the working tree beside that of a revision; None where nothing can be compared with it."""
    story = planned(session)
    before, difference = pipeline.since(story, tree_at(session, since))
    if difference is None:
        click.echo(f"Mind: {since} has errors, so nothing is compared with it.", err=True)
        return story, None
    return story, (since, before, difference)


def write(session: Session, story: Story, wanted: Wanted) -> tuple[int, Findings]:
    """Write the documents of a story; how many there are, and what is wrong with the workspace's templates."""
    from tamspec.render import trees
    from tamspec.render.escape import web_address

    folder = out_folder(session, story, wanted.out)
    others = out_folder(session, story, wanted.clients) if wanted.clients else None
    if others and (others.is_relative_to(folder) or folder.is_relative_to(others)):
        raise TamspecError("What clients may read must lie apart from the rest; name another folder with --clients.")
    if wanted.search:
        searching.require()
    settings = story.workspace.settings
    outside: dict[str, str | bytes] = {}
    with many.compiled(session.cache) as compiled, _swept():
        made = material(session, story, wanted, compiled)
        pages, found = _printed(session, trees.internal(made), wanted, made, web_address(settings.site))
        pages |= trees.calendars(made) if wanted.ics else {}
        for client in sorted(story.workspace.clients) if others else ():
            # What a client is sent must not lead into the provider's own pages.
            documents, more = _printed(session, trees.for_client(made, client), wanted, made, "")
            outside |= {f"{client}/{path}": content for path, content in documents.items()}
            found += more
    apply.write_tree(folder, pages, searching.index if wanted.search else None)
    if others:
        each = partial(searching.index, trees=sorted({path.partition("/")[0] for path in outside}))
        apply.write_tree(others, outside, each if wanted.search else None)
    return len(pages) + len(outside), found


def write_review(
    session: Session, story: Story, client: str, period: str | None, wanted: Wanted
) -> tuple[int, Findings]:
    """Write the service review of a client's period; how many documents it is, and what was found on the way."""
    from tamspec.render import trees

    of = review_period(session, story, client, period)
    folder = out_folder(session, story, wanted.out)
    attainment, found = measured(session, story)
    with many.compiled(session.cache) as compiled:
        made = material(session, story, wanted, compiled)
        pages, more = _printed(session, trees.service_review(made, client, of, attainment), wanted, made, "")
    apply.write_tree(folder, pages)
    return len(pages), found + more


@contextlib.contextmanager
def _swept() -> Iterator[None]:
    """Each page that is printed leaves things behind that hold each other; they are freed as they come, without a look
    through all that was loaded before."""
    before, was_on = gc.get_threshold(), gc.isenabled()
    gc.freeze()
    gc.set_threshold(10_000)
    gc.enable()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if not was_on:
            gc.disable()
        gc.unfreeze()


def _printed(
    session: Session, site: Site, wanted: Wanted, made: Material, address: str
) -> tuple[dict[str, str | bytes], Findings]:
    """The documents of a tree in every form that is wanted; `address` is where it is published."""
    pages, found = site.encoded()
    return {**pages, **(_pdfs(session, site, made, address) if wanted.pdf else {})}, found


def _pdfs(session: Session, site: Site, made: Material, address: str) -> dict[str, bytes]:
    """The PDFs of a tree, by path."""
    from tamspec.render import pdf

    press, author = pdf.press(site.style(pdf.STYLE)), made.workspace.settings.title
    with _counted(session, site.pdfs.items()) as each:
        return {
            path: press.printed(site.on_paper(page), page, author=author, at=made.plan.at, site=address)
            for path, page in each
        }


@contextlib.contextmanager
def _counted(session: Session, tasks: Collection[T]) -> Iterator[Iterable[T]]:
    """The tasks; who sits at a terminal and waits for many sees how far it is."""
    if session.quiet or len(tasks) < MANY or not sys.stderr.isatty():
        yield tasks
        return
    with click.progressbar(tasks, label="PDF", file=sys.stderr, show_pos=True) as bar:
        yield bar


def material(session: Session, story: Story, wanted: Wanted, compiled: Compiled) -> Material:
    """What the documents of a story are made of, the workspace's templates among it."""
    return pipeline.material(
        story,
        templates=gitrepo.templates_in(session.root),
        source_url=wanted.source_url,
        base=wanted.base,
        search=wanted.search,
        pdf=wanted.pdf,
        revision=gitrepo.revision(session.root),
        compiled=compiled,
    )


def out_folder(session: Session, story: Story, out: str) -> Path:
    """The folder for documents: anywhere but over or among the workspace's own files."""
    folder = Path(os.path.realpath(session.folder / out))
    own = [session.root / name for name in (".git", *story.workspace.settings.sources)]
    if session.root.is_relative_to(folder) or any(folder.is_relative_to(one) for one in own):
        raise TamspecError("The documents would lie among the workspace's own files; name a folder such as site.")
    return folder
