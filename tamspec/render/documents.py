"""Documents of clients: when each was last found true, and what makes it doubtful. On the passport, and in one list of
all, the worst first, which is internal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import quote
from zoneinfo import ZoneInfo

from msgspec import Struct

from tamspec.desk.documents import WORST, Standing, Verdict, urgency
from tamspec.model.project import Document
from tamspec.model.values import counted
from tamspec.render.book import Book, Link, project_path
from tamspec.render.escape import line, web_address
from tamspec.render.paging import Pages, numbered, pages
from tamspec.render.when import When

ROWS = 50
"""Documents on one page of the list."""

MOST = 30
"""Documents of a passport, before the rest is counted."""


class DocumentRow(Struct, frozen=True, kw_only=True):
    """A document of the register. Its times are in its client's zone."""

    document: Link
    """Leads out of the site, to the file or to where it lies."""
    type: str
    owner: Link | None
    """A client is not told."""
    covers: tuple[str, ...]
    verdict: Verdict
    word: str
    told: str
    """Why the verdict is what it is."""
    change: Link | None
    """What made it stale, or is to bring it up to date."""
    found_true: When | None
    project: Link
    client: str
    source: Link


class DocumentsPart(Struct, frozen=True, kw_only=True):
    """The documents of a project, for its passport."""

    answer: str
    rows: tuple[DocumentRow, ...]
    """Those first that somebody should look at."""
    more: int


class DocumentsPage(Struct, frozen=True, kw_only=True):
    """A page of the list of all documents."""

    title: str
    answer: str
    rows: tuple[DocumentRow, ...]
    pages: Pages
    at: When


def documents_part(book: Book, project: str) -> DocumentsPart | None:
    """The documents of a project that the reader may know of; None: there are none."""
    mine = sorted((one for one in book.register.of(project) if _may_read(book, one)), key=urgency)
    if not mine:
        return None
    return DocumentsPart(
        answer=_answer(book, [one.verdict for one in mine]),
        rows=tuple(_row(book, one) for one in mine[:MOST]),
        more=max(0, len(mine) - MOST),
    )


def documents_path(number: int) -> str:
    """A page of the list of documents."""
    return numbered("documents", number)


def document_pages(book: Book) -> int:
    """On how many pages all documents stand."""
    return max(1, -(-sum(len(some) for some in book.register.standings.values()) // ROWS))


def documents_page(book: Book, number: int) -> DocumentsPage:
    """A page of all documents of all clients, those first that somebody should look at."""
    standings = book.register.worst_first
    counts = Counter(one.verdict for one in standings)
    told = [f"{counts[one]} {_word(book, one)}" for one in WORST if counts[one]]
    answer = f"{counted(len(standings), 'document')}: {book.listed(told)}." if told else "There is no document."
    return DocumentsPage(
        title="Documents",
        answer=answer,
        rows=tuple(_row(book, one) for one in standings[(number - 1) * ROWS : number * ROWS]),
        pages=pages("Pages of documents", number, document_pages(book), documents_path),
        at=book.when(book.plan.at, book.client_zone("")),
    )


def doubtful(book: Book, projects: Sequence[str]) -> Iterator[tuple[Link, str, bool]]:
    """What a desk is told of the documents of these projects, the worst first: where it stands, what is the matter,
    whether it is urgent."""
    mine = frozenset(projects)
    for one in book.register.worst_first:
        if one.project in mine and one.verdict != "current":
            link = Link(text=_document(book, one).title or one.name, href=f"{project_path(one.project)}#documents")
            text = f"{_word(book, one.verdict)}. {_told(book, one, _zone(book, one))}"
            yield link, text, one.verdict in ("missing", "stale")


def _may_read(book: Book, one: Standing) -> bool:
    return not book.reader or _document(book, one).audience == "client"


def _document(book: Book, one: Standing) -> Document:
    return book.workspace.projects[one.project].documents[one.name]


def _zone(book: Book, one: Standing) -> ZoneInfo:
    return book.client_zone(one.project)


def _row(book: Book, one: Standing) -> DocumentRow:
    document, zone, client = _document(book, one), _zone(book, one), book.client(one.project)
    return DocumentRow(
        document=_place(book, one.name, document),
        type=document.type,
        owner=None if book.reader else book.desk(document.owner.name),
        covers=(*document.covers, *(() if book.reader else document.covers_files)),
        verdict=one.verdict,
        word=_word(book, one.verdict),
        told=_told(book, one, zone),
        change=_change(book, one),
        found_true=_found_true(book, one, zone),
        project=book.project_link(one.project),
        client=client.label if client else "",
        source=book.source(document.at.key),
    )


def _place(book: Book, name: str, document: Document) -> Link:
    """The document, with its file or its address. A client is not told where files lie."""
    base = "" if book.reader else web_address(book.source_url).rstrip("/")
    file = f"{base}/{quote(document.path, errors='replace')}" if base and document.path else ""
    return Link(text=document.title or name, href=file or web_address(document.url))


def _found_true(book: Book, one: Standing, zone: ZoneInfo) -> When | None:
    if one.found_true is None:
        return None
    # Of a review only the day is known; that it counts to its end is arithmetic.
    return book.last_day(one.found_true, zone) if one.how == "review" else book.when(one.found_true, zone)


def _answer(book: Book, verdicts: Sequence[Verdict]) -> str:
    counts = Counter(verdicts)
    known = book.many(len(verdicts), "{number} document", "{number} documents")
    told = [f"{counts[one]} {_word(book, one)}" for one in WORST if counts[one]]
    return book.say("{documents}: {verdicts}.", documents=known, verdicts=book.listed(told))


def _word(book: Book, verdict: Verdict) -> str:
    words: dict[Verdict, str] = {
        "missing": book.say("missing"),
        "stale": book.say("stale"),
        "unknown": book.say("not known"),
        "due": book.say("to be read again"),
        "current": book.say("current"),
    }
    return words[verdict]


def _told(book: Book, one: Standing, zone: ZoneInfo) -> str:
    if one.verdict == "missing":
        return book.say("Its file is not there.")
    if one.verdict == "stale":
        return _changed(book, one, zone)
    if one.verdict == "due" and one.due:
        return book.say("Nobody looked at it since its interval ended on {day}.", day=book.when(one.due, zone).day)
    if one.verdict == "unknown":
        return _doubt(book, one)
    if one.cause is None:
        return book.say("Nothing that it covers has changed.")
    return book.say("What it covers changed last on {day}.", day=book.when(one.cause.at, zone).day)


def _doubt(book: Book, one: Standing) -> str:
    if one.why == "never":
        return book.say("Nobody has found it true yet.")
    if one.why == "ahead":
        return book.say("The day of its review has not come.")
    if book.reader:
        return book.say("Nobody knows when it, or what it covers, changed last.")
    if one.why == "shallow":
        return "The clone that these pages are made of holds only the newest commits."
    return "Git has no date of a file." if one.why == "no date" else "Git knows nothing of this workspace."


def _changed(book: Book, one: Standing, zone: ZoneInfo) -> str:
    """What made a document stale. A client reads of components and changes, not of files and commits."""
    cause = one.cause
    assert cause, "this is a bug in tamspec: only a change makes a document stale"
    moment = book.when(cause.at, zone)
    if not cause.is_file:
        told = book.say("{component} changed on {day}.", component=cause.name, day=moment.day)
        if cause.is_adopted:
            told = book.say("{component} was taken over on {day}.", component=cause.name, day=moment.day)
        return told if book.reader or cause.commit is None else f"{told} Recorded with commit {cause.commit.id[:12]}."
    if book.reader:
        return book.say("Something that it describes changed on {day}.", day=moment.day)
    if cause.commit is None:
        return f"{cause.name} has changes that are not committed yet."
    summary = f": {line(cause.commit.summary)}" if cause.commit.summary else ""
    return f"{cause.name} changed on {moment.text} with commit {cause.commit.id[:12]}{summary}"


def _change(book: Book, one: Standing) -> Link | None:
    """The change that brings a stale document up to date, else the one that made it stale."""
    if one.verdict != "stale":
        return None
    if one.review:
        return book.change(one.review.change)
    return book.change(one.cause.change) if one.cause and one.cause.change else None
