"""The text of a file for whoever changes it: places as indices, lines, what stands around a place."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from msgspec import Struct

from tamspec.diagnostics import Loc, Splice
from tamspec.load.repair import inline
from tamspec.load.scalars import misread_key

MARK = b"\xef\xbb\xbf"
"""The byte order mark, which the loader passes over."""

BLOCK_HEADER = re.compile(r"[|>](?P<indent>[1-9]?)(?P<chomp>[-+]?)(?P<late>[1-9]?)(?P<comment>[ \t]+#[^\r\n]*)?")
"""What begins a text block; its digit stands on either side of its sign."""


def spliced(content: bytes, splices: Iterable[Splice]) -> bytes:
    """The content with every splice made. They must be of this file and must not overlap; equal ones count once.

    Positions are those of the content as it is: lines and columns from 1, columns in code points.
    """
    text = Text("", content.removeprefix(MARK).decode())
    mark = MARK if content.startswith(MARK) else b""
    pieces, done = [], 0
    for one in sorted(set(splices)):
        begin, end = text.begin(one.at), text.end(one.at)
        assert begin >= done, "this is a bug in tamspec: two changes of the same text"
        pieces += [text.text[done:begin], one.text]
        done = end
    return mark + "".join([*pieces, text.text[done:]]).encode()


class Text(Struct, frozen=True, dict=True):
    """The text of a file without its byte order mark. Positions are indices of code points."""

    path: str
    text: str

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins."""
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def begin(self, at: Loc) -> int:
        return self.starts[at.line - 1] + at.column - 1

    def end(self, at: Loc) -> int:
        return self.starts[at.end_line - 1] + at.end_column - 1

    def line(self, index: int) -> int:
        """The line of an index, counted from 0."""
        return bisect_right(self.starts, index) - 1

    def splice(self, begin: int, end: int, text: str) -> Splice:
        """The splice that puts a text in the place of a span."""
        first, last = self.line(begin), self.line(end)
        at = Loc(self.path, first + 1, begin - self.starts[first] + 1, last + 1, end - self.starts[last] + 1)
        return Splice(at, text)

    def line_start(self, index: int) -> int:
        return self.starts[self.line(index)]

    def line_end(self, index: int) -> int:
        """Where the line of an index ends, its line break left out."""
        end = self.text.find("\n", index)
        if end < 0:
            return len(self.text)
        return end - 1 if end and self.text[end - 1] == "\r" else end

    def next_line(self, index: int) -> int:
        """Where the line behind that of an index begins; the end of the text where there is none."""
        end = self.text.find("\n", index)
        return len(self.text) if end < 0 else end + 1

    def begins_line(self, index: int) -> bool:
        """Whether only blanks stand before an index on its line."""
        return not self.text[self.line_start(index) : index].strip(" \t")

    def newline(self, index: int) -> str:
        """The line break of this place: that of its line, else of the file's first line."""
        for start in (self.text.find("\n", index), self.text.find("\n")):
            if start >= 0:
                return "\r\n" if start and self.text[start - 1] == "\r" else "\n"
        return "\n"

    def block_end(self, begin: int, end: int, indent: int) -> int:
        """Where the text block from `begin` to its last letter really ends: blanks behind it may be a part of it.

        `indent` is how far its content is indented.
        """
        header = BLOCK_HEADER.match(self.text, begin)
        assert header, "this is a bug in tamspec: no text block here"
        is_empty = self.line(end) == self.line(begin)
        whole = end if is_empty else self.line_end(end)
        here = self.next_line(end)
        while here < len(self.text) and not self.text[here : self.line_end(here)].strip(" \t"):
            last = self.line_end(here)
            if header["chomp"] == "+" or (last - here > indent and not is_empty):
                whole = last
            here = self.next_line(here)
        return whole

    def block_indent(self, begin: int, end: int, parent: int) -> int:
        """How far the content of a text block is indented; `parent` is the column, from 0, of what it belongs to."""
        header = BLOCK_HEADER.match(self.text, begin)
        assert header, "this is a bug in tamspec: no text block here"
        given = header["indent"] or header["late"]
        if given:
            return max(parent, 0) + int(given)
        lines = self.text[begin:end].split("\n")[1:]
        return next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" \r")), parent + 1)


def written(value: Any, before: str = "") -> str:
    """A value as it is written on one line, where `before` stood: a text keeps the kind of its quotes."""
    if isinstance(value, str) and before.startswith('"'):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and before.startswith("'") and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return inline(value)


def written_key(name: str, before: str = "") -> str:
    """A key as it is written where `before` stood. Every key is a text, so that a number needs no quotes."""
    plain = not before.startswith(("'", '"')) and name.isdigit() and misread_key(name) is None
    return name if plain else written(name, before)
