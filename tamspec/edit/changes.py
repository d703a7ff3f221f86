"""Single changes of documents, as splices, and the proof that they did what was meant and nothing else.

Comments of their own line stay where they are, whatever goes: nobody can tell whether they speak of one entry or of all
that follow. What goes takes along the comment at the end of its line, and those inside it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct

from tamspec.diagnostics import Diagnostic, Loc, Place, Pointer, Splice, TamspecError
from tamspec.edit.text import BLOCK_HEADER, MARK, Text, spliced, written, written_key
from tamspec.load.yaml import Document, parse

Data = Any

IN_FLOW = re.compile(r"(?:[ \t\r\n]|(?:^|(?<=\s))#[^\n]*)*")
"""What may stand between two tokens inside brackets: blanks, line breaks, comments."""


class Put(Struct, frozen=True):
    """Another value in the place of one that is there."""

    place: Place
    value: Data


class Add(Struct, frozen=True):
    """A new key in a map, or in a place that is still empty; behind the key `after`, else at the end."""

    place: Place
    key: str
    value: Data
    after: str | None = None


class Insert(Struct, frozen=True):
    """A new item of a list, before the one of that index; with the length of the list at its end."""

    place: Place
    index: int
    value: Data


class Drop(Struct, frozen=True):
    """A key or an item goes. The last one leaves an empty map or list."""

    place: Place


class Rename(Struct, frozen=True):
    """A key gets another name and keeps its place among the others."""

    place: Place
    name: str


Edit = Put | Add | Insert | Drop | Rename


def edited(path: str, content: bytes, edits: Iterable[Edit]) -> bytes:
    """The file with all edits made; their places are those of the content as it is, however it was parsed.

    The new text is read again: it must say what the same edits make of the plain data, and nothing else may differ.
    Where that cannot be had, or the file cannot be read, a `TamspecError` says so.
    """
    documents, found = parse(path, content)
    if (wrong := _error(found)) is not None:
        raise TamspecError(f"{wrong.at}: {wrong.detail} Mend that first, then change the file.")
    text = Text(path, content.removeprefix(MARK).decode())
    by_document: dict[int, list[Edit]] = {}
    for edit in edits:
        by_document.setdefault(_document(documents, edit.place), []).append(edit)
    splices = [
        one
        for index, made in by_document.items()
        for edit in made
        for one in _Page(text, documents[index]).splices(edit)
    ]
    wanted = [_meant(one.data, by_document.get(index, ())) for index, one in enumerate(documents)]
    try:
        new = spliced(content, splices)
    except UnicodeEncodeError as error:
        raise TamspecError(
            f"The new value holds the character {error.object[error.start]!a}, which is no text."
        ) from error
    again, found = parse(path, new)
    wrong = _error(found)
    if wrong is not None or not same([one.data for one in again], wanted):
        at = next(iter(by_document.values()))[0].place.key if by_document else Loc(path)
        why = f" {wrong.detail}" if wrong else ""
        raise TamspecError(
            f"{at} cannot be changed without touching more than was asked, so nothing was written.{why}\n"
            "Change it by hand."
        )
    return new


def _error(found: Sequence[Diagnostic]) -> Diagnostic | None:
    """The first error among findings of a text; warnings do not keep it from being read."""
    return next((one for one in found if one.severity.rank == 0), None)


def _document(documents: Sequence[Document], place: Place) -> int:
    """The number of the document that a place of any parse of the same text stands in."""
    root = Place(place.marks).value
    begins = [(one.place.value.line, one.place.value.column) for one in documents]
    return begins.index((root.line, root.column))


# The same change, of plain data.


def _meant(data: Data, edits: Iterable[Edit]) -> Data:
    """The data after the edits; the innermost and hindmost are made first, so that the places of the others stay."""
    made = copy.deepcopy(data)
    for edit in sorted(edits, key=_depth, reverse=True):
        made = _changed(made, edit.place.pointer, edit)
    return made


def _depth(edit: Edit) -> tuple[int, int]:
    pointer = edit.place.pointer
    index = edit.index if isinstance(edit, Insert) else pointer[-1] if pointer else 0
    return len(pointer), index if isinstance(index, int) else 0


def _changed(data: Data, pointer: Pointer, edit: Edit) -> Data:
    if isinstance(edit, Rename | Drop) and len(pointer) == 1:
        return _without_or_renamed(data, pointer[0], edit)
    if pointer:
        data[pointer[0]] = _changed(data[pointer[0]], pointer[1:], edit)
        return data
    match edit:
        case Put():
            return edit.value
        case Insert():
            return [*data[: edit.index], edit.value, *data[edit.index :]]
        case Add():
            keys = list(data or {})
            index = len(keys) if edit.after is None else keys.index(edit.after) + 1 if edit.after else 0
            order = [*keys[:index], edit.key, *keys[index:]]
            return {key: edit.value if key == edit.key else data[key] for key in order}
    raise AssertionError("this is a bug in tamspec: a whole document cannot be dropped or renamed")


def _without_or_renamed(data: Data, step: Any, edit: Rename | Drop) -> Data:
    if isinstance(edit, Rename):
        return {edit.name if key == step else key: value for key, value in data.items()}
    if isinstance(data, dict):
        return {key: value for key, value in data.items() if key != step}
    return [*data[:step], *data[step + 1 :]]


def same(one: Data, other: Data) -> bool:
    """Whether two data are the same, the types of values and the order of keys among it."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


# The change of the text.


class _Page(Struct, frozen=True, dict=True):
    """One document of a text: what stands where."""

    source: Text
    document: Document

    @cached_property
    def text(self) -> str:
        return self.source.text

    def splices(self, edit: Edit) -> list[Splice]:
        """What the edit changes."""
        at = edit.place.pointer
        match edit:
            case Put():
                return self._put(at, edit.value)
            case Add():
                return self._add(at, edit.key, edit.value, edit.after)
            case Insert():
                return self._insert(at, edit.index, edit.value)
            case Drop():
                return self._drop(at)
            case Rename():
                begin, end = self._key(at)
                return [self.source.splice(begin, end, written_key(edit.name, self.text[begin:end]))]

    # Where things are.

    def _data(self, at: Pointer) -> Data:
        data = self.document.data
        for step in at:
            data = data[step]
        return data

    def _place(self, at: Pointer) -> Place:
        place = Place(self.document.place.marks, at)
        assert place.written, f"this is a bug in tamspec: {at} is not written"
        return place

    def _value(self, at: Pointer) -> tuple[int, int]:
        loc = self._place(at).value
        return self.source.begin(loc), self.source.end(loc)

    def _key(self, at: Pointer) -> tuple[int, int]:
        loc = self._place(at).key
        return self.source.begin(loc), self.source.end(loc)

    def _is_block(self, at: Pointer) -> bool:
        """Whether a map or list is written in lines, without brackets."""
        data, (begin, end) = self._data(at), self._value(at)
        return isinstance(data, dict | list) and begin < end and self.text[begin] not in "{["

    def _in_flow(self, at: Pointer) -> bool:
        """Whether it stands inside brackets."""
        return any(
            isinstance(self._data(at[:depth]), dict | list) and not self._is_block(at[:depth])
            for depth in range(len(at))
        )

    def _column(self, at: Pointer) -> int:
        """The column, from 0, in which the keys or dashes of a block stand."""
        begin = self._value(at)[0]
        return begin - self.source.line_start(begin)

    def _last(self, at: Pointer) -> Pointer:
        """The last value of those written in lines."""
        data = self._data(at)
        while isinstance(data, dict | list) and data and self._is_block(at):
            at = (*at, list(data)[-1] if isinstance(data, dict) else len(data) - 1)
            data = self._data(at)
        return at

    def _is_text_block(self, at: Pointer) -> bool:
        begin, end = self._value(at)
        return isinstance(self._data(at), str) and begin < end and self.text[begin] in "|>"

    def _end(self, at: Pointer) -> int:
        """Where a value ends, the blank lines that belong to a text block among it."""
        at = self._last(at)
        begin, end = self._value(at)
        if not self._is_text_block(at):
            return end
        parent = self._column(at[:-1]) if at else -1
        return self.source.block_end(begin, end, self.source.block_indent(begin, end, parent))

    def _start(self, at: Pointer) -> int:
        """Where an entry of a map or list begins: its key, its dash, or the value inside brackets."""
        if not isinstance(at[-1], int):
            return self._key(at)[0]
        return self._dash(at) if self._is_block(at[:-1]) else self._value(at)[0]

    def _dash(self, at: Pointer) -> int:
        index = at[-1]
        assert isinstance(index, int)
        if index == 0:
            return self._value(at[:-1])[0]
        return self._skip(self._end((*at[:-1], index - 1)))

    def _skip(self, index: int) -> int:
        """The next index at which something stands that is no blank, line break or comment."""
        found = IN_FLOW.match(self.text, index)
        assert found
        return found.end()

    def _siblings(self, at: Pointer) -> list[Pointer]:
        """The entries of a map or list."""
        data = self._data(at)
        return [(*at, step) for step in (data if isinstance(data, dict) else range(len(data)))]

    # Put.

    def _put(self, at: Pointer, value: Data) -> list[Splice]:
        begin, end = self._value(at)
        if begin == end:
            before = " " * (not self.text[begin - 1].isspace())
            behind = " " * (self.text[end : end + 1] not in (*"\r\n \t,]}", ""))
            return [self.source.splice(begin, end, before + written(value) + behind)]
        if self._is_block(at):
            return self._put_block(at, value)
        before = self.text[begin:end]
        new = written(value, before)
        if self._is_text_block(at):
            header = BLOCK_HEADER.match(before)
            new += (header["comment"] or "") if header else ""
        if self.text[begin - 1 : begin] == ":":
            new = f" {new}"
        return [self.source.splice(begin, end, new)]

    def _put_block(self, at: Pointer, value: Data) -> list[Splice]:
        """A value on one line in place of one on many."""
        begin, end = self._value(at)[0], self.source.line_end(self._end(at))
        if not at or not self.source.begins_line(begin):
            return [self.source.splice(begin, end, written(value))]
        head = self._key(at)[1] if not isinstance(at[-1], int) else self._dash(at)
        head = self.text.index(":", head) + 1 if not isinstance(at[-1], int) else head + 1
        above = self.source.line_end(self.source.line_start(begin) - 1)
        return [self.source.splice(head, head, f" {written(value)}"), self.source.splice(above, end, "")]

    # Add and insert.

    def _add(self, at: Pointer, key: str, value: Data, after: str | None) -> list[Splice]:
        data = self._data(at)
        entry = f"{written_key(key)}: {written(value)}"
        if data is None:
            return self._begin_map(at, key, value, entry)
        siblings = list(data)
        index = len(siblings) if after is None else siblings.index(after) + 1 if after else 0
        return self._enter(at, index, entry)

    def _begin_map(self, at: Pointer, key: str, value: Data, entry: str) -> list[Splice]:
        begin, end = self._value(at)
        if begin < end or not at or self._in_flow(at) or isinstance(at[-1], int):
            return self._put(at, {key: value})
        pad = " " * (self._column(at[:-1]) + self._step())
        here = self.source.line_end(begin)
        return [self.source.splice(here, here, self.source.newline(here) + pad + entry)]

    def _step(self) -> int:
        """By how much this document indents: as its first map within a map does."""
        for at in self._place(()).marks.spans:
            inner = isinstance(self._data(at), dict) and at and not isinstance(at[-1], int)
            if inner and self._is_block(at) and self._is_block(at[:-1]):
                return self._column(at) - self._column(at[:-1])
        return 2

    def _insert(self, at: Pointer, index: int, value: Data) -> list[Splice]:
        entry = written(value)
        if self._data(at) and self._is_block(at):
            last = (*at, max(index - 1, 0))
            dash = self._dash(last)
            blanks = re.compile(r"- *").match(self.text, dash)
            follows = self.text[blanks.end() : blanks.end() + 1] if blanks else ""
            entry = (blanks[0] if blanks and follows not in ("\r", "\n", "#", "") else "- ") + entry
        return self._enter(at, index, entry)

    def _enter(self, at: Pointer, index: int, entry: str) -> list[Splice]:
        """A new entry of a map or list that stands there, before the one of an index."""
        siblings = self._siblings(at)
        if not self._is_block(at):
            return self._enter_flow(at, siblings, index, entry)
        pad = " " * self._column(at)
        if index == 0:
            here = self._start(siblings[0])
            return [self.source.splice(here, here, entry + self.source.newline(here) + pad)]
        here = self.source.line_end(self._end(siblings[index - 1]))
        return [self.source.splice(here, here, self.source.newline(here) + pad + entry)]

    def _enter_flow(self, at: Pointer, siblings: list[Pointer], index: int, entry: str) -> list[Splice]:
        begin, end = self._value(at)
        if not siblings:
            inner = self.text[begin + 1 : end - 1]
            until = end - 1 if not inner.strip(" ") else begin + 1
            return [self.source.splice(begin + 1, until, entry)]
        if index == 0:
            here = self._start(siblings[0])
            pad = self._pad(here)
            return [self.source.splice(here, here, f"{entry}, " if pad is None else f"{entry},{pad}")]
        before = siblings[index - 1]
        end_before = self._value(before)[1]
        comma = self._skip(end_before)
        has_comma = self.text[comma] == ","
        here = comma + 1 if has_comma else end_before
        pad = self._pad(self._start(before))
        if pad is None or not self._line_is_over(here):
            return [
                self.source.splice(
                    here, here, f" {entry}{',' * (index < len(siblings))}" if has_comma else f", {entry}"
                )
            ]
        line_end = self.source.line_end(here)
        if has_comma:
            return [self.source.splice(line_end, line_end, f"{pad}{entry},")]
        if line_end == here:
            return [self.source.splice(here, here, f",{pad}{entry}")]
        return [self.source.splice(here, here, ","), self.source.splice(line_end, line_end, pad + entry)]

    def _pad(self, here: int) -> str | None:
        """The line break and the indentation of what begins its line; None where something stands before it."""
        if not self.source.begins_line(here):
            return None
        return self.source.newline(here) + self.text[self.source.line_start(here) : here]

    def _line_is_over(self, index: int) -> bool:
        """Whether nothing but a comment follows on the line."""
        rest = self.text[index : self.source.line_end(index)].strip(" \t")
        return not rest or rest.startswith("#")

    # Drop.

    def _drop(self, at: Pointer) -> list[Splice]:
        above, siblings = at[:-1], self._siblings(at[:-1])
        if len(siblings) == 1:
            return self._put(above, {} if isinstance(self._data(above), dict) else [])
        index = siblings.index(at)
        following = siblings[index + 1] if index + 1 < len(siblings) else None
        if not self._is_block(above):
            return self._drop_flow(at, siblings[index - 1] if index else None, following)
        start, end = self._start(at), self.source.line_end(self._end(at))
        if self.source.begins_line(start):
            return [self._without_lines(start, end, siblings[index - 1] if index else None)]
        assert following is not None, "this is a bug in tamspec: a last entry begins its line"
        after = self._start(following)
        if "#" in self.text[end:after]:
            blanks = len(self.text[:start]) - len(self.text[:start].rstrip(" \t"))
            return [self.source.splice(start - blanks, end, "")]
        return [self.source.splice(start, after, "")]

    def _without_lines(self, start: int, end: int, before: Pointer | None) -> Splice:
        """The lines from one index to another go. A file without a last line break keeps having none, and a text block
        that stands before gets no blank lines."""
        begin, until = self.source.line_start(start), self.source.next_line(end)
        if before is not None and self._is_text_block(self._last(before)):
            until += len(self.text[until:]) - len(self.text[until:].lstrip(" \r\n"))
            until = self.source.line_start(until) if until < len(self.text) else until
        elif until == len(self.text) and not self.text.endswith("\n") and begin:
            begin = self.source.line_end(begin - 1)
        return self.source.splice(begin, until, "")

    def _drop_flow(self, at: Pointer, before: Pointer | None, following: Pointer | None) -> list[Splice]:
        start, end = self._start(at), self._value(at)[1]
        comma = self._skip(end)
        has_comma = self.text[comma] == ","
        over = comma + 1 if has_comma else end
        if self.source.begins_line(start) and self._line_is_over(over):
            return [
                *self._comma_before(before, following),
                self._without_lines(start, self.source.line_end(over), None),
            ]
        if following is not None:
            after = self._start(following)
            blanks = self.text[over:after]
            return [self.source.splice(start, after if not blanks.strip(" \t") else over, "")]
        assert before is not None, "this is a bug in tamspec: an only entry is not dropped alone"
        gap = self._value(before)[1]
        if "#" in self.text[gap:start]:
            return [*self._comma_before(before, None), self.source.splice(start, over, "")]
        return [self.source.splice(gap, end, "")]

    def _comma_before(self, before: Pointer | None, following: Pointer | None) -> Iterator[Splice]:
        """The comma before the last entry goes with it."""
        if before is not None and following is None:
            comma = self._skip(self._value(before)[1])
            yield self.source.splice(comma, comma + 1, "")
