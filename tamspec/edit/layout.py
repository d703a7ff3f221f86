"""One gentle layout for spec files: indentation and blanks change, and nothing that anybody wrote.

Two spaces a level, dashes one level below their key, one space behind `:`, `-` and `,` and none inside brackets, at
most one empty line, LF, a last line break, no byte order mark, no blanks at line ends; quotes around what other tools
would misread. Order, quotes, brackets, line breaks and comments stay. The blanks before a comment at a line's end stay
too: people align them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from msgspec import Struct, field

from tamspec.diagnostics import Pointer, Splice, TamspecError
from tamspec.edit.changes import same
from tamspec.edit.text import BLOCK_HEADER, MARK, Text, spliced
from tamspec.load.yaml import Document, parse

STEP = 2

SPACES, BLANKS = re.compile(r" *"), re.compile(r"[ \t]*")
TOKEN = re.compile(r"(?P<line>\n)|(?P<comment>#[^\n]*)|(?P<blank>[ \t]+)|(?P<mark>.)")


def formatted(path: str, content: bytes) -> bytes:
    """The file in its layout; formatting it again changes nothing. The file must parse.

    The new text is read again: its data and its comments must be the same, each comment between the same values; else
    a `TamspecError` says that the file was left as it is.
    """
    plain = content.removeprefix(MARK).replace(b"\r\n", b"\n")
    documents, found = parse(path, plain)
    mends = [splice for one in found for splice in one.fix]
    layout = _Layout(Text(path, plain.decode()), documents)
    new = spliced(plain, [*mends, *layout.splices()])
    again, _ = parse(path, new)
    kept = same([one.data for one in again], [one.data for one in documents])
    if not kept or _Layout(Text(path, new.decode()), again).remarks() != layout.remarks():
        raise TamspecError(
            f"{path} was left as it is: it is written so oddly that a new layout might change its meaning."
        )
    return new


class _Leaf(Struct, frozen=True):
    """A key or a single value: what stands inside is not touched, but may be moved as a whole."""

    begin: int
    end: int
    name: tuple[Any, ...]
    """The number of the document, the pointer, and whether it is the key."""


class _Block(Struct, frozen=True):
    """A map or list written in lines: its column, and the one it gets."""

    begin: int
    end: int
    old: int
    new: int


class _Layout(Struct, dict=True):
    """Where everything of a file stands, and where it shall."""

    source: Text
    documents: tuple[Document, ...]
    leaves: list[_Leaf] = field(default_factory=list)
    blocks: list[_Block] = field(default_factory=list)
    indents: dict[int, int] = field(default_factory=dict)
    """Line, from 0 → how far it is indented in the end; all other lines of the layout are comments or marks."""
    texts: set[int] = field(default_factory=set)
    """The lines of text blocks: a tab is a part of their text."""
    empty_keys: dict[int, int] = field(default_factory=dict)
    """Where a key without a value ends → the column that a value below it would get."""

    def __post_init__(self) -> None:
        for number, one in enumerate(self.documents):
            _Walk(self, one, number).node((), one.data, -STEP, 0)
        self.leaves.sort(key=lambda leaf: leaf.begin)

    @cached_property
    def text(self) -> str:
        return self.source.text

    # Blanks.

    def splices(self) -> Iterator[Splice]:
        """What is to be changed."""
        yield from self._line_beginnings()
        for begin, end in self._gaps():
            yield from self._gap(begin, end)
        yield from self._ending()

    def _gaps(self) -> Iterator[tuple[int, int]]:
        """What stands between the leaves: blanks, signs, comments."""
        done = 0
        for leaf in self.leaves:
            yield done, leaf.begin
            done = leaf.end
        yield done, len(self.text)

    def _line_beginnings(self) -> Iterator[Splice]:
        empty = True  # nothing was written yet, or an empty line stands before
        covered = self._covered()
        for line, start in enumerate(self.source.starts):
            end = self.source.line_end(start)
            blanks = (SPACES if line in self.texts else BLANKS).match(self.text, start, end)
            assert blanks
            first = blanks.end()
            if line in covered:
                new = self.indents.get(line)
                if new is not None and self.text[start:first] != " " * new:
                    yield self.source.splice(start, first, " " * new)
                empty = False
            elif first == end and start >= self._tail:
                break
            elif first == end:
                until = self.source.next_line(start)
                yield self.source.splice(start, until if empty else end, "")
                empty = True
            else:
                new = self._comment_column(start, first) if self.text[first] == "#" else self.indents.get(line, 0)
                if self.text[start:first] != " " * new:
                    yield self.source.splice(start, first, " " * new)
                empty = False

    def _covered(self) -> set[int]:
        """The lines that begin inside a leaf."""
        found: set[int] = set()
        for leaf in self.leaves:
            found |= set(range(self.source.line(leaf.begin) + 1, self.source.line(leaf.end) + 1))
        return found

    def _gap(self, begin: int, end: int) -> Iterator[Splice]:
        """Blanks within lines."""
        for token in TOKEN.finditer(self.text, begin, end):
            if token["comment"]:
                bare = token[0].rstrip()
                if len(bare) < len(token[0]) and token.start() + len(bare) < self._tail:
                    yield self.source.splice(token.start() + len(bare), token.end(), "")
            elif token["blank"]:
                yield from self._blank(token.start(), token.end())
            elif token[0] in ",:" and self.text[token.end() : token.end() + 1] not in (*" \t\n,}]", ""):
                yield self.source.splice(token.end(), token.end(), " ")

    def _blank(self, begin: int, end: int) -> Iterator[Splice]:
        if begin == self.source.line_start(begin) or begin >= self._tail:
            return
        before, follows = self.text[begin - 1], self.text[end : end + 1]
        if follows in ("\n", ""):
            wanted = ""
        elif follows == "#" or (before == ":" and follows in ",}]"):
            return
        else:
            wanted = "" if before in "{[" and self._is_sign(begin - 1) else self._before(end)
        if self.text[begin:end] != wanted:
            yield self.source.splice(begin, end, wanted)

    def _before(self, index: int) -> str:
        """The blanks before what stands at an index: a sign follows at once, all else after a space."""
        return "" if self.text[index] in ",:}]" and self._is_sign(index) else " "

    def _is_sign(self, index: int) -> bool:
        """Whether a character is YAML's own and not part of a key or a value."""
        at = bisect_right(self.leaves, index, key=lambda leaf: leaf.begin) - 1
        return at < 0 or index >= self.leaves[at].end

    @cached_property
    def _tail(self) -> int:
        """Where the last key, value, sign or comment ends."""
        return max(len(self.text.rstrip(" \t\n")), self.leaves[-1].end if self.leaves else 0)

    def _ending(self) -> Iterator[Splice]:
        """One line break at the end. A text block that ended without one must say so then."""
        wanted = "\n" if self._tail else ""
        if self.text[self._tail :] == wanted:
            return
        last = self.leaves[-1] if self.leaves else None
        header = BLOCK_HEADER.match(self.text, last.begin) if last else None
        if header and last and last.end == len(self.text) and header["chomp"] != "-":
            yield self.source.splice(*header.span("chomp"), "-")
        yield self.source.splice(self._tail, len(self.text), wanted)

    # Comments.

    def _comment_column(self, start: int, first: int) -> int:
        """Where a comment on a line of its own goes: along with what follows in its column, else with the block that it
        stands in."""
        line = self.source.line(start)
        if line in self.indents:
            return self.indents[line]
        column, below = first - start, line + 1
        while below < len(self.source.starts):
            begin = self.source.starts[below]
            found = self.text[begin : self.source.line_end(begin)]
            if found.strip() and not found.lstrip().startswith("#"):
                if len(found) - len(found.lstrip(" ")) == column:
                    return self.indents.get(below, 0)
                break
            below += 1
        return self._column_within(start, column)

    def _column_within(self, start: int, column: int) -> int:
        at = bisect_right(self.leaves, start, key=lambda leaf: leaf.begin) - 1
        if at < 0:
            return 0
        before = self.leaves[at]
        around = [one for one in self.blocks if one.begin <= before.begin < one.end and one.old <= column]
        found = max(around, key=lambda one: (one.old, -one.new), default=None)
        under = self.empty_keys.get(before.end)
        if under is not None and found and column > found.old:
            return under
        return found.new if found else 0

    def remarks(self) -> list[tuple[str, bool, Any, Any]]:
        """Every comment in its order: its text, whether it has a line of its own, and what stands before and behind."""
        made: list[tuple[str, bool, Any, Any]] = []
        names = [None, *(leaf.name for leaf in self.leaves), None]
        for index, (begin, end) in enumerate(self._gaps()):
            for token in TOKEN.finditer(self.text, begin, end):
                if token["comment"]:
                    own = self.source.begins_line(token.start())
                    made.append((token[0].rstrip(), own, names[index], names[index + 1]))
            header = BLOCK_HEADER.match(self.text, end) if index < len(self.leaves) else None
            if header and header["comment"]:
                made.append((header["comment"].strip(), False, names[index + 1], names[index + 1]))
        return made


class _Walk(Struct, frozen=True):
    """Gives every node of a document its column."""

    layout: _Layout
    document: Document
    number: int

    def node(self, at: Pointer, data: Any, parent: int, inline: int) -> None:
        """`parent`: the new column of what the node belongs to; `inline`: its own, if it begins behind a dash."""
        source = self.layout.source
        loc = self._spans(at)[1]
        begin, end = source.begin(loc), source.end(loc)
        own_line = source.begins_line(begin)
        if isinstance(data, dict | list) and begin < end and source.text[begin] not in "{[":
            new = parent + STEP if own_line else inline
            old = begin - source.line_start(begin)
            self.layout.blocks.append(_Block(begin, end, old, new))
            if isinstance(data, dict):
                self._map(at, data, new)
            else:
                self._list(at, data, new, begin)
            return
        if own_line and begin < end:
            # A document that is nothing but a text stays where it is: further left it could be taken for a mark.
            is_all = not at and not isinstance(data, dict | list)
            self.layout.indents[source.line(begin)] = self._indent(source.line(begin)) if is_all else parent + STEP
        if isinstance(data, dict | list):
            self._brackets(at, data)
            self._shift(begin, end, 0)
        elif begin < end:
            self._leaf(at, begin, end, parent)

    def _spans(self, at: Pointer) -> Any:
        return self.document.place.marks.spans[at]

    def _map(self, at: Pointer, data: dict[str, Any], column: int) -> None:
        source = self.layout.source
        for key, value in data.items():
            inner = (*at, key)
            self._key(inner)
            begin = source.begin(self._spans(inner)[0])
            if source.begins_line(begin):
                self.layout.indents[source.line(begin)] = column
            if value is None:
                self.layout.empty_keys[source.end(self._spans(inner)[0])] = column + STEP
            self.node(inner, value, column, column + STEP)

    def _key(self, at: Pointer) -> None:
        source, key = self.layout.source, self._spans(at)[0]
        self.layout.leaves.append(_Leaf(source.begin(key), source.end(key), (self.number, at, "key")))

    def _list(self, at: Pointer, data: list[Any], column: int, first: int) -> None:
        source, end = self.layout.source, first
        for index, value in enumerate(data):
            dash = end if index == 0 else self._dash(end)
            if source.begins_line(dash):
                self.layout.indents[source.line(dash)] = column
            self.node((*at, index), value, column, column + STEP)
            leaf = self.layout.leaves[-1].end if self.layout.leaves else 0
            end = max(dash + 1, leaf, source.end(self._spans((*at, index))[1]))

    def _dash(self, index: int) -> int:
        """The next dash; only blanks and comments may stand before it."""
        for token in TOKEN.finditer(self.layout.text, index):
            if token["mark"] == "-":
                return token.start()
        raise AssertionError("this is a bug in tamspec: a list item without a dash")

    def _brackets(self, at: Pointer, data: Any) -> None:
        """The keys and values inside brackets; their columns follow from the line that the brackets begin on."""
        source = self.layout.source
        for step, value in data.items() if isinstance(data, dict) else enumerate(data):
            inner = (*at, step)
            key, loc = self._spans(inner)
            if key is not None:
                self._key(inner)
            if isinstance(value, dict | list):
                self._brackets(inner, value)
            elif source.begin(loc) < source.end(loc):
                self.layout.leaves.append(_Leaf(source.begin(loc), source.end(loc), (self.number, inner, "value")))

    def _leaf(self, at: Pointer, begin: int, end: int, parent: int) -> None:
        source = self.layout.source
        if source.text[begin] in "|>":
            old = begin - source.line_start(begin) if not at else self._old_column(begin)
            end = self._text_block(begin, end, old, parent)
        else:
            self._shift(begin, end, parent + 1)
        self.layout.leaves.append(_Leaf(begin, end, (self.number, at, "value")))

    def _old_column(self, begin: int) -> int:
        """The column of the innermost block that an index stands in."""
        return next(one.old for one in reversed(self.layout.blocks) if one.begin <= begin < one.end)

    def _text_block(self, begin: int, end: int, parent_old: int, parent: int) -> int:
        """Move the lines of a text block along; gives where it really ends."""
        source, layout = self.layout.source, self.layout
        header = BLOCK_HEADER.match(source.text, begin)
        assert header
        old = source.block_indent(begin, end, parent_old)
        is_empty = source.line(begin) == source.line(end)
        end = source.block_end(begin, end, old)
        if parent < 0:
            layout.texts |= set(range(source.line(begin) + 1, source.line(end) + 1))
            return end
        new = parent + int(header["indent"] or header["late"] or STEP)
        for line in range(source.line(begin) + 1, source.line(end) + 1):
            content = source.text[source.starts[line] : source.line_end(source.starts[line])]
            has = len(content) - len(content.lstrip(" "))
            layout.texts.add(line)
            if has < len(content) and has >= old:
                layout.indents[line] = has - old + new
            elif content and has == len(content):
                layout.indents[line] = has - old + new if has > old and not is_empty else 0
        return end

    def _shift(self, begin: int, end: int, least: int) -> None:
        """The further lines of a value move as far as its first one."""
        source, indents = self.layout.source, self.layout.indents
        first = source.line(begin)
        by = indents.get(first, self._indent(first)) - self._indent(first)
        for line in range(first + 1, source.line(end) + 1):
            is_blank = not source.text[source.starts[line] : source.line_end(source.starts[line])].strip(" \t")
            indents[line] = 0 if is_blank else max(self._indent(line) + by, least)

    def _indent(self, line: int) -> int:
        source = self.layout.source
        content = source.text[source.starts[line] : source.line_end(source.starts[line])]
        return len(content) - len(content.lstrip(" \t"))
