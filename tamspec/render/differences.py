"""What differs, value by value, and the lines that make the difference."""

from __future__ import annotations

from msgspec import Struct

from tamspec.model.plan import Diff
from tamspec.render.book import Book, Link
from tamspec.render.orders import scalar


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
