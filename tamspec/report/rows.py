"""Lines for the terminal: cells in columns, long sentences wrapped, and what was left out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

COLUMNS = 100
"""How wide text for people is, where it can be."""


def widths(rows: Sequence[tuple[str, ...]]) -> list[int]:
    """The width of each column."""
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows of cells in aligned columns, indented by two."""
    columns = widths(rows)
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, columns, strict=True)).rstrip()


def wrapped(text: str, indent: str, hanging: str = "  ") -> Iterator[str]:
    """A text in lines of the screen's width; those after the first stand further in. Long words stay whole."""
    yield from textwrap.wrap(
        text,
        COLUMNS,
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def shortened(lines: Iterable[str], most: int | None, what: str) -> Iterator[str]:
    """At most so many lines (None: all) and a line that counts the rest; none is left out to make room for that."""
    found = list(lines)
    shown = found if most is None or len(found) <= most + 1 else found[:most]
    yield from shown
    if len(shown) < len(found):
        yield left_out(len(found) - len(shown), what)


def left_out(number: int, what: str, note: str = "") -> str:
    """What a short form does not show: at least two of something."""
    return f"… and {number} more {what}{f', {note}' if note else ''}; --full shows them all."
