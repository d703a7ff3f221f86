"""One file by itself: its documents as typed values, what they mention of others, and what is wrong so far."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tamspec.diagnostics import Diagnostic, Loc, Place
from tamspec.load import entry
from tamspec.load.build import Built, Mention, document
from tamspec.load.faults import MISSING_KEY, NOT_ALLOWED, UNKNOWN_KEY, WRONG_SHAPE
from tamspec.load.schema import check
from tamspec.load.yaml import Document, parse
from tamspec.model import catalog, incident, project, register
from tamspec.model.catalog import Named
from tamspec.model.order import Event
from tamspec.suggest import near

KINDS: Mapping[str, type[Named]] = {
    "Calendar": catalog.Calendar,
    "Department": catalog.Department,
    "Person": catalog.Person,
    "Service": catalog.Service,
    "Agreement": catalog.Agreement,
    "Client": catalog.Client,
    "Project": project.Project,
    "Change": project.Change,
    "Incident": incident.Incident,
    "Review": incident.Review,
    "Risk": register.Risk,
    "Observation": register.Observation,
    "Proposal": register.Proposal,
    "Decision": register.Decision,
}
"""What may be written, besides ledger entries."""

ENTRY = "LedgerEntry"

OF_PROJECTS = frozenset(
    {"Project", "Change", "Incident", "Review", "Risk", "Observation", "Proposal", "Decision", ENTRY}
)
"""What belongs to one project: nothing of others stands on it."""

Schemas = Mapping[str, Mapping[str, Any]]
"""Kind in lower case → its JSON Schema; `workspace` is that of `tamspec.yaml`."""


class Part(Struct, frozen=True, kw_only=True):
    """One document that could be built: something with a name, or an event of the ledger."""

    kind: str
    value: Any
    mentions: tuple[Mention, ...]

    @property
    def named(self) -> tuple[str, Named] | None:
        """Kind and document; None for an event."""
        return None if self.kind == ENTRY else (self.kind, self.value)

    @property
    def event(self) -> Event | None:
        """The event; None for a document with a name."""
        return self.value if self.kind == ENTRY else None

    @property
    def place(self) -> Place:
        """The whole document."""
        place: Place = self.value.place if self.kind == ENTRY else self.value.at
        return place


class Read(Struct, frozen=True, kw_only=True):
    """A file that was read; documents that are wrong are withheld."""

    path: str
    parts: tuple[Part, ...]
    findings: tuple[Diagnostic, ...]
    documents: int
    """How many there are, those among them that have the wrong shape."""


def read(path: str, content: bytes, schemas: Schemas) -> Read:
    """The file at a path of the workspace."""
    documents, found = parse(path, content)
    findings = list(found)
    parts: list[Part] = []
    for one in documents:
        built = Built()
        parts.extend(_part(one, schemas, built, findings))
        findings.extend(built.findings)
    return Read(path=path, parts=tuple(parts), findings=tuple(findings), documents=len(documents))


def _part(one: Document, schemas: Schemas, built: Built, findings: list[Diagnostic]) -> Iterator[Part]:
    """Check and build one document; what is wrong with its shape goes into the list."""
    if not isinstance(one.data, dict):
        findings.append(_no_document(one.place))
        return
    name = one.data.get("kind")
    if not isinstance(name, str) or name not in (*KINDS, ENTRY):
        findings.append(_no_kind(one.place, name, one.data.keys()))
        return
    found = check(one.data, one.place, schemas[name.lower()])
    findings.extend(found)
    if found:
        return
    made = (
        entry.event(one.data, one.place, built) if name == ENTRY else document(KINDS[name], one.data, one.place, built)
    )
    if made:
        yield Part(kind=name, value=made, mentions=tuple(built.mentions))


def _no_document(place: Place) -> Diagnostic:
    """For what is no map at all: a list, a sentence."""
    detail = "This is no document of tamspec, which is a map with apiVersion, kind, metadata and spec."
    hint = "Every YAML file in `sources` is read: begin it so, or keep it elsewhere or with another ending."
    return WRONG_SHAPE(_at_first(place), detail, hint=hint)


def _at_first(place: Place) -> Loc:
    """The first letter of a document, where all of it is meant."""
    first = place.value
    return replace(first, end_line=first.line, end_column=first.column + 1)


def _no_kind(place: Place, kind: object, keys: Collection[str]) -> Diagnostic:
    choices = ", ".join(KINDS)
    if "kind" not in keys:
        detail = "This document does not say what it is: `kind` is missing."
        guess = near("kind", keys)
        if guess:
            return UNKNOWN_KEY((place / guess).key, f"There is no '{guess}' here.", hint="Did you mean 'kind'?")
        return MISSING_KEY(_at_first(place), detail, hint=f"Begin it with apiVersion, and kind: one of {choices}.")
    guess = near(str(kind), (*KINDS, ENTRY))
    hint = f"Did you mean '{guess}'?" if guess else f"Use one of {choices}."
    return NOT_ALLOWED(place / "kind", f"There is no kind '{kind}'.", hint=hint)
