"""Mending what findings know how to mend: their splices made, and proven by reading the text again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from msgspec import Struct

from tamspec.diagnostics import Diagnostic, Findings, Splice
from tamspec.edit.text import spliced
from tamspec.load.file import ENTRY
from tamspec.load.yaml import parse


class Mended(Struct, frozen=True, kw_only=True):
    """What one round of mending makes of a tree."""

    files: Mapping[str, bytes]
    """The files that changed."""
    findings: int
    """How many were mended."""
    refused: tuple[str, ...]
    """The files that are left alone, since their mends would spoil them."""


def mended(files: Mapping[str, bytes], findings: Iterable[Diagnostic]) -> Mended:
    """The files with every mend made that the findings carry. Of mends that meet, the first is made: the other may
    not be needed any more, which a second round tells. The ledger is never touched."""
    by_file: dict[str, list[Diagnostic]] = defaultdict(list)
    for one in sorted(findings, key=lambda one: one.order):
        if one.fix and one.at.path in files and {splice.at.path for splice in one.fix} == {one.at.path}:
            by_file[one.at.path].append(one)
    made, count, refused = dict[str, bytes](), 0, list[str]()
    for path, found in sorted(by_file.items()):
        if _is_ledger(path, files[path]):
            continue
        splices, done = _apart(found)
        new = spliced(files[path], splices)
        if _spoils(path, files[path], new):
            refused.append(path)
        elif new != files[path]:
            made[path] = new
            count += done
    return Mended(files=made, findings=count, refused=tuple(refused))


def _apart(findings: Iterable[Diagnostic]) -> tuple[frozenset[Splice], int]:
    """The splices of as many findings as do not meet, and the number of those findings."""
    chosen, count = frozenset[Splice](), 0
    for one in findings:
        mine = frozenset(one.fix)
        if not any(_meet(new, old) for new in mine - chosen for old in (chosen | mine) - {new}):
            chosen |= mine
            count += 1
    return chosen, count


def _meet(one: Splice, other: Splice) -> bool:
    """Whether two splices touch the same text, or put something in the same place."""
    first, second = sorted((one.at, other.at))
    ends, begins = (first.end_line, first.end_column), (second.line, second.column)
    return begins < ends or begins == (first.line, first.column)


def _is_ledger(path: str, content: bytes) -> bool:
    documents, _ = parse(path, content)
    kinds = [one.data.get("kind") for one in documents if isinstance(one.data, dict)]
    return ENTRY in kinds or PurePosixPath(path).parent.name == "ledger"


def _spoils(path: str, before: bytes, after: bytes) -> bool:
    """Whether the text has a fault that it did not have before."""
    old, new = (
        Counter(one.code for one in (Findings() + parse(path, content)[1]).errors) for content in (before, after)
    )
    return bool(new - old)
