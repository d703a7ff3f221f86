"""The manual of findings as a page: every code under an anchor of its own, so that a finding can link to it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from tamspec.diagnostics import Fault

PATH = "findings.html"

_ITEM = re.compile(r"^- ", re.MULTILINE)

Words = tuple[tuple[str, bool], ...]
"""A text in pieces; True: written as code."""


class Block(Struct, frozen=True, kw_only=True):
    """A paragraph, the items of a list, or lines of code; the others are empty."""

    words: Words = ()
    items: tuple[Words, ...] = ()
    code: str = ""


class Entry(Struct, frozen=True, kw_only=True):
    """One code."""

    code: str
    summary: str
    severity: str
    blocks: tuple[Block, ...]


class ManualPage(Struct, frozen=True, kw_only=True):
    """Every code, by code."""

    title: str
    answer: str
    entries: tuple[Entry, ...]


def manual_page(manual: Iterable[Fault]) -> ManualPage:
    """The page of all that can be found."""
    entries = tuple(
        Entry(code=one.code, summary=one.summary, severity=one.severity.value, blocks=blocks(one.manual))
        for one in sorted(manual, key=lambda one: one.code)
    )
    answer = "An error stops a merge, a warning wants a look, an info is worth knowing."
    return ManualPage(title="What findings mean", answer=answer, entries=entries)


def blocks(text: str) -> tuple[Block, ...]:
    """The little of Markdown that manuals are written in: paragraphs, lists of one level, fenced code, `code`."""
    return tuple(_block(part) for part in _parts(text))


def _parts(text: str) -> list[str]:
    """What stands between empty lines; fenced code is kept whole."""
    parts: list[str] = []
    kept: list[str] = []
    fenced = False
    for line in [*text.strip().split("\n"), ""]:
        fence = line.startswith("```")
        if (fence and not fenced and kept) or (not line and not fenced):
            parts.append("\n".join(kept))
            kept = []
        if line or fenced:
            kept.append(line)
        if fence and fenced:
            parts.append("\n".join(kept))
            kept = []
        fenced ^= fence
    return [part for part in [*parts, "\n".join(kept)] if part]


def _block(part: str) -> Block:
    if part.startswith("```"):
        return Block(code=part.partition("\n")[2].removesuffix("```"))
    if _ITEM.match(part):
        return Block(items=tuple(_words(item) for item in _ITEM.split(part)[1:]))
    return Block(words=_words(part))


def _words(text: str) -> Words:
    pieces = " ".join(text.split()).split("`")
    return tuple((piece, number % 2 == 1) for number, piece in enumerate(pieces) if piece)
