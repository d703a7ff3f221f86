"""Changes to YAML text that keep every other byte: each is a splice at a place that the loader found."""

from __future__ import annotations

from collections.abc import Iterable

from tamspec.diagnostics import Loc, Splice


def spliced(content: bytes, splices: Iterable[Splice]) -> bytes:
    """The content with every splice made. They must be of this file and must not overlap; equal ones count once.

    Positions are those of the content as it is: lines and columns from 1, columns in code points.
    """
    text = content.decode("utf-8-sig")
    mark = content[: len(content) - len(text.encode())]
    starts = [0]
    for line in text.split("\n")[:-1]:
        starts.append(starts[-1] + len(line) + 1)
    pieces, done = [], 0
    for one in sorted(set(splices)):
        begin, end = _indices(starts, one.at)
        assert begin >= done, "this is a bug in tamspec: two changes of the same text"
        pieces += [text[done:begin], one.text]
        done = end
    return mark + "".join([*pieces, text[done:]]).encode()


def _indices(starts: list[int], at: Loc) -> tuple[int, int]:
    return starts[at.line - 1] + at.column - 1, starts[at.end_line - 1] + at.end_column - 1
