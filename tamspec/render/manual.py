"""The manual of findings: a list of all codes, and a page for each chapter. On both every code has an anchor of its
own, so that a finding can link to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from tamspec.chapters import chapter_of, explained, page_of
from tamspec.diagnostics import Fault

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


class ChapterPage(Struct, frozen=True, kw_only=True):
    """The codes of one chapter, by code."""

    title: str
    answer: str
    entries: tuple[Entry, ...]


class Line(Struct, frozen=True, kw_only=True):
    """A code in the list of all."""

    code: str
    summary: str
    severity: str
    href: str
    """Where it is explained."""


class Chapter(Struct, frozen=True, kw_only=True):
    """A chapter in the list of all codes."""

    title: str
    about: str
    href: str
    lines: tuple[Line, ...]


class ManualPage(Struct, frozen=True, kw_only=True):
    """Every code in a line, by chapter and code."""

    title: str
    answer: str
    chapters: tuple[Chapter, ...]


def manual_page(manual: Iterable[Fault]) -> ManualPage:
    """The list of all that can be found."""
    answer = "An error stops a merge, a warning wants a look, an info is worth knowing."
    listed = tuple(_chapter(path, faults) for path, faults in by_page(manual).items())
    return ManualPage(title="What findings mean", answer=answer, chapters=listed)


def chapter_page(faults: Sequence[Fault]) -> ChapterPage:
    """The page that explains these, which stand in one chapter."""
    title, about = _headed(faults[0].code)
    entries = tuple(
        Entry(code=one.code, summary=one.summary, severity=one.severity.value, blocks=blocks(one.manual))
        for one in faults
    )
    return ChapterPage(title=title, answer=about, entries=entries)


def by_page(manual: Iterable[Fault]) -> dict[str, list[Fault]]:
    """The page of each chapter → what it explains, both by code."""
    found: dict[str, list[Fault]] = {}
    for one in sorted(manual, key=lambda one: one.code):
        found.setdefault(page_of(one.code), []).append(one)
    return found


def _chapter(path: str, faults: Sequence[Fault]) -> Chapter:
    title, about = _headed(faults[0].code)
    lines = tuple(
        Line(code=one.code, summary=one.summary, severity=one.severity.value, href=explained(one.code))
        for one in faults
    )
    return Chapter(title=title, about=about, href=path, lines=lines)


def _headed(code: str) -> tuple[str, str]:
    """The heading of the chapter of a code, and what it is about."""
    chapter = chapter_of(code)
    return (chapter.title, chapter.about) if chapter else (f"Plugin: {code[:-3]}", "What the rules of a plugin find.")


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
