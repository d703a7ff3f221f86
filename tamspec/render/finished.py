"""The finished orders of a project, with what came of them."""

from __future__ import annotations

from msgspec import Struct

from tamspec.model.order import OrderState
from tamspec.render.book import Book, Link, project_path
from tamspec.render.components import recorded
from tamspec.render.paging import Pages, numbered, pages
from tamspec.render.when import When

SHOWN = 25
"""How many a passport shows, the latest; all are on pages of their own."""
ROWS = 60


class Done(Struct, frozen=True, kw_only=True):
    """A finished order."""

    finished: When
    title: str
    component: str
    performer: str
    change: str
    results: tuple[tuple[str, str], ...]


class FinishedPart(Struct, frozen=True, kw_only=True):
    """The latest of them on the passport, and how many more there are, with their page."""

    rows: tuple[Done, ...]
    more: Link | None


class FinishedPage(Struct, frozen=True, kw_only=True):
    """One page of the finished orders of a project that has so many. Times are in the client's zone."""

    title: str
    answer: str
    project: Link
    rows: tuple[Done, ...]
    pages: Pages
    zone: str
    at: When


def finished_path(project: str, number: int = 1) -> str:
    """A page of the finished orders of a project."""
    return project_path(project, numbered("finished", number))


def finished_pages(book: Book, project: str) -> int:
    """On how many pages they stand; none: the passport has all of them."""
    count = len(_finished(book, project))
    return -(-count // ROWS) if count > SHOWN and not book.whole else 0


def finished_part(book: Book, project: str) -> FinishedPart:
    """As many of them as fit onto the passport; on paper all do."""
    every = _finished(book, project)
    if not finished_pages(book, project):
        return FinishedPart(rows=tuple(_row(book, project, one) for one in every), more=None)
    left = len(every) - SHOWN
    text = book.many(left, "{number} more finished order", "{number} more finished orders")
    return FinishedPart(
        rows=tuple(_row(book, project, one) for one in every[:SHOWN]),
        more=Link(text=text, href=finished_path(project)),
    )


def finished_page(book: Book, name: str, number: int) -> FinishedPage:
    """A page of the finished orders of a project that has so many."""
    every, zone = _finished(book, name), book.client_zone(name)
    return FinishedPage(
        title=book.say("Finished orders of {project}", project=book.workspace.projects[name].label),
        answer=book.many(
            len(every),
            "{number} order is finished; the latest first.",
            "{number} orders are finished; the latest first.",
        ),
        project=book.project_link(name),
        rows=tuple(_row(book, name, one) for one in every[(number - 1) * ROWS : number * ROWS]),
        pages=pages(
            book.say("Pages of the finished orders"),
            number,
            finished_pages(book, name),
            lambda at: finished_path(name, at),
        ),
        zone=zone.key,
        at=book.when(book.plan.at, zone),
    )


def _finished(book: Book, project: str) -> list[OrderState]:
    """The latest first."""
    done = [(one.finished, one) for one in recorded(book, project) if one.status == "done" and one.finished]
    return [one for _, one in sorted(done, key=lambda pair: (pair[0], pair[1].order.key), reverse=True)]


def _row(book: Book, project: str, one: OrderState) -> Done:
    assert one.finished is not None, "this is a bug in tamspec: what is done has an end"
    return Done(
        finished=book.when(one.finished, book.client_zone(project)),
        title=one.order.title,
        component=one.order.component,
        performer=book.performer(one.order).text,
        change=book.change(one.order.change).text,
        results=tuple(sorted(one.outputs.items())),
    )
