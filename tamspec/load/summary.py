"""What others need to know of a file: the names in it and the names it mentions. Small enough to be kept and sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tamspec.diagnostics import Diagnostic
from tamspec.load.file import ENTRY, OF_PROJECTS, Part, Read
from tamspec.model.project import Change, Project
from tamspec.model.within import names_within


class Entry(NamedTuple):
    """One document: what it is, the project that it belongs to (empty for none), what it stands on."""

    kind: str
    name: str
    title: str
    project: str
    mentions: tuple[tuple[tuple[str, ...], str], ...]
    """Kinds and name of each document that must exist."""
    people: tuple[str, ...]
    """Persons that are named where a contact of the client may be named too."""


class Summary(NamedTuple):
    """One file."""

    path: str
    entries: tuple[Entry, ...]
    findings: tuple[Diagnostic, ...]
    """What is wrong with it by itself."""
    documents: int


def summary(one: Read) -> Summary:
    """The summary of a file."""
    return Summary(one.path, tuple(_entry(part) for part in one.parts), one.findings, one.documents)


def _entry(part: Part) -> Entry:
    value: Any = part.value
    mentions = tuple(dict.fromkeys((one.kinds, one.ref.name) for one in part.mentions))
    if part.kind == ENTRY:
        return Entry(ENTRY, value.name, "", value.project, mentions, ())
    of = getattr(value, "project", None) if part.kind in OF_PROJECTS else None
    project = value.name if isinstance(value, Project) else of.name if of else ""
    return Entry(part.kind, value.name, value.title, project, mentions, _people(value))


def _people(value: Any) -> tuple[str, ...]:
    found = {one.name for one in names_within(value) if one.what in ("colleague", "party")}
    if isinstance(value, Change):
        found |= {value.requested_by, *(question.ask for question in value.questions.values())}
    return tuple(sorted(name for name in found if name))


def plain(one: Summary) -> tuple[Any, ...]:
    """A summary in plain tuples, which are quicker to keep and to bring back."""
    return (one.path, tuple(map(tuple, one.entries)), one.findings, one.documents)


def of_plain(kept: tuple[Any, ...]) -> Summary:
    """The summary that `plain` was made of."""
    path, entries, findings, documents = kept
    return Summary(path, tuple(map(Entry._make, entries)), findings, documents)


Directory = Mapping[str, Mapping[str, tuple[str, int]]]
"""Kind → name → the file and the position among its entries; of documents of one name the first."""


def directory(summaries: Iterable[Summary]) -> tuple[Directory, frozenset[tuple[str, str]]]:
    """Where each document stands, and (kind, name) of those that are there twice."""
    found: dict[str, dict[str, tuple[str, int]]] = {}
    twice = set()
    for one in summaries:
        for index, entry in enumerate(one.entries):
            here = (one.path, index)
            if entry.kind != ENTRY and found.setdefault(entry.kind, {}).setdefault(entry.name, here) != here:
                twice.add((entry.kind, entry.name))
    return found, frozenset(twice)
