"""Long lists on several pages, so that no page grows with the number of clients."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct


class Pages(Struct, frozen=True, kw_only=True):
    """Where a page stands among those of its list."""

    name: str
    number: int
    last: int
    previous: str
    """The address of the page before; empty: it is the first."""
    next: str


def numbered(name: str, number: int) -> str:
    """The file of a page of a list: `changes.html`, `changes-2.html`."""
    return f"{name}{f'-{number}' if number > 1 else ''}.html"


def pages(name: str, number: int, last: int, path: Callable[[int], str]) -> Pages:
    """The page of a number, counted from 1."""
    return Pages(
        name=name,
        number=number,
        last=last,
        previous=path(number - 1) if number > 1 else "",
        next=path(number + 1) if number < last else "",
    )
