"""Sound text → plain data, at once: for the many files that nothing is wrong with.

It tells nothing, and of positions it takes down bare numbers, which are made places when somebody asks. Wherever there
is the least doubt it gives up, and `yaml`, which knows every fault, reads the text instead. What both read is the same,
and where they found it.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from msgspec import Struct
from yaml import MarkedYAMLError
from yaml.events import (
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from tamspec.diagnostics import Key, Pointer
from tamspec.load.language import (
    CONSTANTS,
    DIRECTIVE_LINE,
    FOREIGN_SPACE,
    HIDDEN,
    MOST_CHARACTERS,
    MOST_DEPTH,
    MOST_DIGITS,
    MOST_DOCUMENTS,
    MOST_NODES,
    Data,
)
from tamspec.load.scalars import NUMBER, NUMERIC, WORDS, misread, misread_key

LONG_KEY = re.compile(r"(?:^|[-:?,\[{])[ \t]*\?", re.MULTILINE)
"""A key written the long way, `? key`."""


class _Doubt(Exception):
    """Something is wrong with the text, or may be."""


Extent = tuple[int, int]
"""Where a node begins and ends: indices into the text."""


class Sound(Struct, frozen=True, dict=True):
    """A document that nothing is wrong with."""

    data: Data
    numbers: array[int]
    """Beginning and end of each node in the order of the text; of a map's value, behind those of its key. A map or a
    list has a third number: the index behind the last number of what is in it."""

    def extent(self, pointer: Pointer) -> tuple[Extent | None, Extent]:
        """Where the key of a node stands (None in a list), and where it stands itself; KeyError: there is none."""
        if not pointer:
            return None, self._at(0)
        name = pointer[-1]
        at = self._below(pointer[:-1])[0][name]
        return (self._at(at), self._at(at + 2)) if isinstance(name, str) else (None, self._at(at))

    def pointers(self) -> Iterator[Pointer]:
        """Every node, in the order of the text."""
        return _pointers((), self.data)

    def _at(self, at: int) -> Extent:
        return self.numbers[at], self.numbers[at + 1]

    def _below(self, pointer: Pointer) -> tuple[Mapping[Key, int], Data]:
        """What is in a node → the index of its first number; and the node."""
        known = self._known.get(pointer)
        if known is None:
            at, data = 0, self.data
            if pointer:
                inside, above = self._below(pointer[:-1])
                name = pointer[-1]
                at, data = inside[name] + (2 if isinstance(name, str) else 0), above[name]
            known = self._known[pointer] = _places(self.numbers, at, data), data
        return known

    @cached_property
    def _known(self) -> dict[Pointer, tuple[Mapping[Key, int], Data]]:
        return {}


def _places(numbers: array[int], at: int, data: Data) -> Mapping[Key, int]:
    found: dict[Key, int] = {}
    here = at + 3
    for name, value in _items(data):
        found[name] = here
        here += 2 if isinstance(name, str) else 0
        here = numbers[here + 2] if isinstance(value, (dict, list)) else here + 2
    return found


def _items(data: Data) -> Iterable[tuple[Key, Data]]:
    return data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()


def _pointers(pointer: Pointer, data: Data) -> Iterator[Pointer]:
    yield pointer
    for name, value in _items(data):
        yield from _pointers((*pointer, name), value)


def sound(text: str, parser: Callable[[str], Any]) -> list[Sound] | None:
    """The documents of a text, if nothing is wrong with it for certain; None where that is not known."""
    if _is_doubtful(text):
        return None
    read = _Quick(text, parser(text).get_event)
    try:
        return read.documents()
    except (_Doubt, MarkedYAMLError):
        return None


def _is_doubtful(text: str) -> bool:
    """Whether the text may hold too many values, or holds what may be right or wrong, as only its place tells: a
    directive, a merge key, a comment that may be lost text, a long key, a foreign space."""
    return (
        # Each of these stands behind a key or before a value; the count at the end is exact, this one is early.
        (len(text) > MOST_NODES and sum(map(text.count, ":,-")) > MOST_NODES // 2)
        or ("%" in text and DIRECTIVE_LINE.search(text) is not None)
        or "<<" in text
        or any(_is_glued(text, at) for at in _all(text, "#"))
        or ("?" in text and LONG_KEY.search(text) is not None)
        or (not text.isascii() and FOREIGN_SPACE.search(text) is not None)
    )


def _is_glued(text: str, at: int) -> bool:
    """Whether the `#` there touches a word, or the sign of a block text."""
    behind = text[at + 1 : at + 2]
    return text[max(at - 1, 0) : at] in _SIGN or not (behind in _FREE or behind.isspace())


_SIGN = frozenset("|>+-0123456789")
_BLOCK = frozenset("|>")
_FREE = frozenset(("", "!", "#"))


def _all(text: str, letter: str) -> Iterator[int]:
    at = text.find(letter)
    while at >= 0:
        yield at
        at = text.find(letter, at + 1)


_NOT_YET = (0, 0)


class _Quick:
    """One walk over the events of a file."""

    def __init__(self, text: str, event: Callable[[], Any]) -> None:
        self.text, self.event = text, event
        self.numbers, self.groups = array("I"), 0
        """Of the document that is read, as `Sound` has them, and how many of its nodes are maps and lists."""
        self.plain_keys: set[str] = set()
        """Those that everybody reads as the same text."""
        self.end = 0
        """Where the last value ended."""

    def documents(self) -> list[Sound]:
        made: list[Sound] = []
        self.event()
        while type(self.event()) is DocumentStartEvent:
            root = self.event()
            if type(root) is ScalarEvent and not root.value:
                raise _Doubt  # an empty document
            self.numbers, self.groups = array("I"), 0
            made.append(Sound(self.node(root, 1), self.numbers))
            if (len(self.numbers) - self.groups) // 2 > MOST_NODES:
                raise _Doubt
            self.event()
        if len(made) > MOST_DOCUMENTS:
            raise _Doubt
        return made

    def node(self, event: Any, depth: int) -> Data:
        kind = type(event)
        if kind is ScalarEvent:
            return self.scalar(event)
        if (
            (kind is not MappingStartEvent and kind is not SequenceStartEvent)
            or event.anchor is not None
            or event.tag is not None
            or depth > MOST_DEPTH
        ):
            raise _Doubt
        numbers = self.numbers
        numbers.append(event.start_mark.index)
        at = len(numbers)
        numbers.extend(_NOT_YET)
        data = self.mapping(event.flow_style, depth) if kind is MappingStartEvent else self.sequence(depth)
        numbers[at], numbers[at + 1] = self.end, len(numbers)
        self.groups += 1
        return data

    def sequence(self, depth: int) -> list[Data]:
        following = self.event
        data: list[Data] = []
        while type(item := following()) is not SequenceEndEvent:
            data.append(self.scalar(item) if type(item) is ScalarEvent else self.node(item, depth + 1))
        self.close(item)
        return data

    def mapping(self, flow: bool, depth: int) -> dict[str, Data]:
        following = self.event
        data: dict[str, Data] = {}
        while type(key := following()) is not MappingEndEvent:
            if type(key) is not ScalarEvent:
                raise _Doubt
            name = self.key(key)
            if name in data:
                raise _Doubt
            value = following()
            if type(value) is not ScalarEvent:
                data[name] = self.node(value, depth + 1)
            elif flow and not value.value and not value.style:
                raise _Doubt  # text that was torn apart at its comma looks like this
            else:
                data[name] = self.scalar(value)
        self.close(key)
        return data

    def key(self, event: Any) -> str:
        name: str = event.value
        if event.anchor is not None or event.tag is not None:
            raise _Doubt
        if name not in self.plain_keys and not event.style:
            if not _is_plain_key(name):
                raise _Doubt
            self.plain_keys.add(name)
        self.numbers.append(event.start_mark.index)
        self.numbers.append(event.end_mark.index)
        return name

    def close(self, event: Any) -> None:
        """A bracket ends where it stands; a block ends with its last value, not at the next token."""
        end = event.end_mark.index
        if end > event.start_mark.index:
            self.end = end

    def scalar(self, event: Any) -> Data:
        text: str = event.value
        if event.anchor is not None or event.tag is not None or len(text) > MOST_CHARACTERS:
            raise _Doubt
        start, self.end, style = event.start_mark.index, event.end_mark.index, event.style
        if style in _BLOCK:
            # The mark lies at the next token; what is written ends with the last letter.
            self.end = start + len(self.text[start : self.end].rstrip())
        self.numbers.append(start)
        self.numbers.append(self.end)
        if style:
            if style == '"' and not text.isprintable() and HIDDEN.search(text):
                raise _Doubt
            return text
        if text in CONSTANTS:
            return CONSTANTS[text]
        if text[0] in NUMERIC:
            return _numeric(text)
        if text in WORDS:
            raise _Doubt
        return text


def _is_plain_key(name: str) -> bool:
    """Whether everybody reads the same text in an unquoted key."""
    if not name:
        return False
    return not (name[0] in NUMERIC or name in WORDS) or misread_key(name) is None


def _numeric(text: str) -> Data:
    """What a plain text says that begins as a number does."""
    match = NUMBER.fullmatch(text)
    if match is None:
        if misread(text) is not None:
            raise _Doubt
        return text
    if match[3] or len(text) > MOST_DIGITS:
        raise _Doubt
    return Decimal(text) if match[2] else int(text)
