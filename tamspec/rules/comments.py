"""Comments that ask to pass over a finding: `# tamspec: ignore[TAM309] reason`, behind the line or right above it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml
from msgspec import Struct

from tamspec.diagnostics import Loc, Splice
from tamspec.load.syntax import Source
from tamspec.load.yaml import PARSER

SIGN = b"tamspec:"
"""What a file must hold to be looked through."""

_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#[ \t]*tamspec:[ \t]*ignore\b[^\r\n]*", re.MULTILINE)
_WORDS = re.compile(r"#[ \t]*tamspec:[ \t]*ignore[ \t]*\[(?P<codes>[^\]]*)\][ \t]*(?P<reason>.*)")
_CODE = re.compile(r"[^,\s]+(?:[ \t]+[^,\s]+)*")


class Named(Struct, frozen=True, kw_only=True):
    """A code in a comment, and where it stands."""

    code: str
    at: Loc


class Ignore(Struct, frozen=True, kw_only=True):
    """One such comment."""

    at: Loc
    line: int
    """The line whose findings it means."""
    codes: tuple[Named, ...]
    """Empty: it cannot be understood."""
    reason: str
    removal: Splice
    """What takes it out: the comment, with its line where it has one of its own."""
    head: str
    """What stands before its codes, the bracket included."""
    tail: str
    """What stands behind them."""


def ignores(path: str, content: bytes) -> tuple[Ignore, ...]:
    """The comments of a file, in order. The file must be one that the loader could read to its end."""
    if SIGN not in content:
        return ()
    source = Source(path, content.decode("utf-8-sig"))
    found = list(_COMMENT.finditer(source.text))
    inside = _texts(source.text) if found else []
    real = [one for one in found if not any(begin <= one.start() < end for begin, end in inside)]
    own_lines = {source.loc(one.start(), one.start()).line for one in real if _is_alone(source, one.start())}
    return tuple(_ignore(source, one, own_lines) for one in real)


def _texts(text: str) -> list[tuple[int, int]]:
    """Where the quoted and the block texts of a file stand: in them a `#` begins no comment."""
    found = []
    parser = PARSER(text)
    while not isinstance(event := parser.get_event(), yaml.StreamEndEvent):
        if isinstance(event, yaml.ScalarEvent) and event.style:
            start, end = (mark.index for mark in (event.start_mark, event.end_mark) if mark)
            # Behind the sign of a block text a comment may stand.
            found.append((text.find("\n", start) if event.style in "|>" else start, end))
    return found


def _is_alone(source: Source, index: int) -> bool:
    return not source.text[source.line_start(index) : index].strip()


def _ignore(source: Source, found: re.Match[str], own_lines: set[int]) -> Ignore:
    written = found[0].rstrip()
    at = source.loc(found.start(), found.start() + len(written))
    line = at.line
    while line in own_lines:  # comments below each other mean the same line
        line += 1
    words = _WORDS.match(written)
    return Ignore(
        at=at,
        line=line,
        codes=tuple(_codes(source, found.start(), words)) if words else (),
        # Another comment behind it is no reason.
        reason=words["reason"].partition("#")[0].strip() if words else "",
        removal=_removal(source, found.start()),
        head=written[: words.start("codes")] if words else "",
        tail=written[words.end("codes") :] if words else "",
    )


def _codes(source: Source, begin: int, words: re.Match[str]) -> Iterator[Named]:
    seen = set()
    for word in _CODE.finditer(words["codes"]):
        start = begin + words.start("codes") + word.start()
        if word[0] not in seen:
            yield Named(code=word[0], at=source.loc(start, start + len(word[0])))
        seen.add(word[0])


def _removal(source: Source, start: int) -> Splice:
    end = source.line_end(start)
    if not _is_alone(source, start):
        before = source.text[source.line_start(start) : start]
        return Splice(source.loc(start - (len(before) - len(before.rstrip())), end), "")
    next_line = source.text.find("\n", end) + 1
    # The last line of a file may have no end of its own.
    return Splice(source.loc(source.line_start(start), next_line or end), "")
