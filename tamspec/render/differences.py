"""What differs, value by value, and the lines that make the difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from tamspec.model.order import Component
from tamspec.model.plan import Diff
from tamspec.render.book import Book, Link, project_path
from tamspec.render.orders import scalar
from tamspec.render.paging import Pages, numbered, pages
from tamspec.render.when import When

SHOWN = 25
"""How many components with differences the page of a change or a project shows; the page of differences has all."""
ROWS = 60


class FieldView(Struct, frozen=True, kw_only=True):
    """One value before and after; empty where there is none."""

    name: str
    before: str
    after: str


class DiffView(Struct, frozen=True, kw_only=True):
    """A difference between what is wanted and what was ordered."""

    component: str
    kind: str
    fields: tuple[FieldView, ...]
    causes: tuple[Link, ...]


class DiffPart(Struct, frozen=True, kw_only=True):
    """Differences on the page of something else: the first of them, and how many more there are, with their page."""

    rows: tuple[DiffView, ...]
    more: Link | None


class DifferencesPage(Struct, frozen=True, kw_only=True):
    """All differences of a project, or one page of them."""

    title: str
    answer: str
    project: Link
    wanted: tuple[DiffView, ...]
    """What is written and not ordered."""
    owed: tuple[DiffView, ...]
    """What is ordered and not built."""
    pages: Pages
    zone: str
    at: When


def differences_path(project: str, number: int = 1) -> str:
    """A page of the differences of a project."""
    return project_path(project, numbered("differences", number))


def difference_pages(book: Book, project: str) -> int:
    """On how many pages they stand; none: there are so few that other pages have all of them."""
    wanted, owed = len(book.diffs_by_project.get(project, ())), sum(1 for _ in owed_of(book, project))
    return -(-(wanted + owed) // ROWS) if max(wanted, owed) > SHOWN else 0


def differences_page(book: Book, name: str, number: int) -> DifferencesPage:
    """A page of the differences of a project that has so many."""
    wanted, owed = tuple(wanted_of(book, name)), tuple(owed_of(book, name))
    first, last = (number - 1) * ROWS, number * ROWS
    return DifferencesPage(
        title=book.say("What differs in {project}", project=book.workspace.projects[name].label),
        answer=book.say(
            "Components wanted and not ordered yet: {wanted}; ordered and not built yet: {owed}.",
            wanted=len(wanted),
            owed=len(owed),
        ),
        project=book.project_link(name),
        wanted=wanted[first:last],
        owed=owed[max(0, first - len(wanted)) : max(0, last - len(wanted))],
        pages=pages(
            book.say("Pages of the differences"),
            number,
            difference_pages(book, name),
            lambda at: differences_path(name, at),
        ),
        zone=book.client_zone(name).key,
        at=book.when(book.plan.at, book.client_zone(name)),
    )


def part_of(book: Book, project: str, rows: Sequence[DiffView]) -> DiffPart:
    """As many of them as fit onto the page of something else; on paper all do."""
    if len(rows) <= SHOWN or book.whole or book.project(project) is None:
        return DiffPart(rows=tuple(rows), more=None)
    text = book.many(len(rows) - SHOWN, "{number} more component", "{number} more components")
    return DiffPart(rows=tuple(rows[:SHOWN]), more=Link(text=text, href=differences_path(project)))


def wanted_of(book: Book, project: str) -> Iterator[DiffView]:
    """Where what is ordered is not yet what is wanted."""
    return (diff_view(book, one) for one in book.diffs_by_project.get(project, ()))


def owed_of(book: Book, project: str) -> Iterator[DiffView]:
    """Where what is built is not yet what was ordered."""
    for id in book.ids_of.get(project, ()):
        ordered, built = book.state.ordered.get(id), book.state.built.get(id)
        fields = _compared(built, ordered)
        if fields or built is None or ordered is None:
            kind = "provision" if built is None else "decommission" if ordered is None else "change"
            yield DiffView(component=id.partition("/")[2], kind=kind_word(book, kind), fields=fields, causes=())


def _compared(built: Component | None, ordered: Component | None) -> tuple[FieldView, ...]:
    before: Mapping[str, str] = {name: scalar(one) for name, one in built.params.items()} if built else {}
    after: Mapping[str, str] = {name: scalar(one) for name, one in ordered.params.items()} if ordered else {}
    return tuple(
        FieldView(name=name, before=before.get(name, ""), after=after.get(name, ""))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def kind_word(book: Book, kind: str) -> str:
    """What becomes of a component, in words."""
    words = {
        "provision": book.say("provision"),
        "change": book.say("change"),
        "decommission": book.say("decommission"),
        "move": book.say("move"),
        "adopt": book.say("adopt"),
    }
    return words[kind]


def diff_view(book: Book, diff: Diff) -> DiffView:
    """A difference, with the lines that cause it."""
    fields = [
        FieldView(name=one.name, before=scalar(one.before), after=scalar(one.after))
        for one in sorted(diff.fields, key=lambda one: one.name)
    ]
    if diff.source:
        fields = [FieldView(name="name", before=diff.source, after=diff.component), *fields]
    return DiffView(
        component=diff.component,
        kind=kind_word(book, diff.kind),
        fields=tuple(fields),
        causes=tuple(book.source(at) for at in diff.causes),
    )
