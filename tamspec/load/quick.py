"""Sound text → plain data, at once: for the many files that nothing is wrong with.

It takes no position and tells nothing. Wherever there is the least doubt it gives up, and `yaml`, which knows every
fault and where it stands, reads the text instead. What both read is the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from yaml import MarkedYAMLError
from yaml.events import (
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from tamspec.load.language import (
    CONSTANTS,
    DIRECTIVE_LINE,
    FOREIGN_SPACE,
    HIDDEN,
    MOST_CHARACTERS,
    MOST_DEPTH,
    MOST_DIGITS,
    MOST_DOCUMENTS,
    Data,
)
from tamspec.load.scalars import NUMBER, NUMERIC, WORDS, misread, misread_key

LONG_KEY = re.compile(r"(?:^|[-:?,\[{])[ \t]*\?", re.MULTILINE)
"""A key written the long way, `? key`."""


class _Doubt(Exception):
    """Something is wrong with the text, or may be."""


def sound(text: str, parser: Callable[[str], Any]) -> list[Data] | None:
    """The documents of a text, if nothing is wrong with it for certain; None where that is not known."""
    if len(text) > MOST_CHARACTERS or _is_doubtful(text):
        return None
    read = _Quick(parser(text).get_event)
    try:
        return read.documents()
    except (_Doubt, MarkedYAMLError):
        return None


def _is_doubtful(text: str) -> bool:
    """Whether the text holds what may be right or wrong, as only its place tells: a directive, a merge key, a comment
    that may be lost text, a long key, a foreign space."""
    return (
        ("%" in text and DIRECTIVE_LINE.search(text) is not None)
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
_FREE = frozenset(("", "!", "#"))


def _all(text: str, letter: str) -> Iterator[int]:
    at = text.find(letter)
    while at >= 0:
        yield at
        at = text.find(letter, at + 1)


class _Quick:
    """One walk over the events of a file."""

    def __init__(self, event: Callable[[], Any]) -> None:
        self.event = event

    def documents(self) -> list[Data]:
        made: list[Data] = []
        self.event()
        while type(self.event()) is DocumentStartEvent:
            root = self.event()
            if type(root) is ScalarEvent and not root.value:
                raise _Doubt  # an empty document
            made.append(self.node(root, 1))
            self.event()
        if len(made) > MOST_DOCUMENTS:
            raise _Doubt
        return made

    def node(self, event: Any, depth: int) -> Data:
        kind = type(event)
        if kind is ScalarEvent:
            return _scalar(event)
        if kind is MappingStartEvent:
            return self.mapping(event, depth)
        if kind is not SequenceStartEvent or _is_marked(event) or depth > MOST_DEPTH:
            raise _Doubt
        following = self.event
        data: list[Data] = []
        while type(item := following()) is not SequenceEndEvent:
            data.append(_scalar(item) if type(item) is ScalarEvent else self.node(item, depth + 1))
        return data

    def mapping(self, event: Any, depth: int) -> dict[str, Data]:
        if _is_marked(event) or depth > MOST_DEPTH:
            raise _Doubt
        flow, following = event.flow_style, self.event
        data: dict[str, Data] = {}
        while type(key := following()) is not MappingEndEvent:
            if type(key) is not ScalarEvent or _is_marked(key):
                raise _Doubt
            name: str = key.value
            if name in data or not (key.style or _is_plain_key(name)):
                raise _Doubt
            value = following()
            if type(value) is not ScalarEvent:
                data[name] = self.node(value, depth + 1)
            elif flow and not value.value and not value.style:
                raise _Doubt  # text that was torn apart at its comma looks like this
            else:
                data[name] = _scalar(value)
        return data


def _is_marked(event: Any) -> bool:
    return event.anchor is not None or event.tag is not None


def _is_plain_key(name: str) -> bool:
    """Whether everybody reads the same text in an unquoted key."""
    if not name:
        return False
    return not (name[0] in NUMERIC or name in WORDS) or misread_key(name) is None


def _scalar(event: Any) -> Data:
    text: str = event.value
    if event.anchor is not None or event.tag is not None:
        raise _Doubt
    style = event.style
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
