"""Text of a git tree → checked data → typed, resolved values. It reads nothing itself and never stops at the first
mistake."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tamspec.diagnostics import Diagnostic, Findings, Place
from tamspec.load import entry
from tamspec.load.build import Built, document, record
from tamspec.load.faults import FAULTS, MISSING_KEY, NO_SUCH_FOLDER, NOT_ALLOWED, UNKNOWN_KEY, WRONG_SHAPE
from tamspec.load.resolve import by_name, names_in_changes, names_within, unresolved, values_handed_down, workspace_of
from tamspec.load.schema import check
from tamspec.load.suggest import latin, near
from tamspec.load.yaml import Document, parse
from tamspec.model import catalog, project
from tamspec.model.catalog import Named
from tamspec.model.order import Adopted, Event, Moved, Ordered
from tamspec.model.workspace import Settings, Workspace

SETTINGS = "tamspec.yaml"

KINDS: Mapping[str, type[Named]] = {
    "Calendar": catalog.Calendar,
    "Department": catalog.Department,
    "Person": catalog.Person,
    "Service": catalog.Service,
    "Agreement": catalog.Agreement,
    "Client": catalog.Client,
    "Project": project.Project,
    "Change": project.Change,
}
"""What may be written, besides ledger entries."""

Schemas = Mapping[str, Mapping[str, Any]]
"""Kind in lower case → its JSON Schema; `workspace` is that of `tamspec.yaml`."""


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """Everything that was written, and what was wrong with it. With errors among the findings the workspace is
    incomplete and must not be planned."""

    workspace: Workspace
    events: tuple[Event, ...]
    findings: Findings
    documents: int


def settings(content: bytes, schemas: Schemas) -> tuple[Settings, Findings]:
    """`tamspec.yaml`: which folders are read, and the provider's policy."""
    documents, found = parse(SETTINGS, content)
    findings = Findings() + found
    for more in documents[1:]:
        detail = f"A second document begins here; {SETTINGS} holds only one."
        findings += (WRONG_SHAPE(more.place.key, detail, hint="Put all settings into the first one."),)
    if not documents or findings.errors:
        return Settings(), findings
    first = documents[0]
    findings += check(first.data, first.place, schemas["workspace"])
    if findings.errors:
        return Settings(), findings
    return record(Settings, first.data, first.place, Built()), findings


def missing_folders(ground: Settings, folders: Collection[str]) -> Iterator[Diagnostic]:
    """A finding for each source that is written in `tamspec.yaml` but is none of the folders that there are."""
    for index, source in enumerate(ground.sources):
        at = ground.at / "sources" / index
        if at.written and source.strip("/").partition("/")[0] not in folders:
            guess = near(source, folders)
            hint = f"did you mean '{guess}'?" if guess else "Correct the name, or make the folder."
            yield NO_SUCH_FOLDER(at, f"There is no folder {source} beside tamspec.yaml.", hint=hint)


def load(files: Mapping[str, bytes], ground: Settings, schemas: Schemas) -> Loaded:
    """The specification of a tree: `files` maps paths of the source folders' YAML files to their content."""
    built, in_files = Built(), list[Diagnostic]()
    named: list[tuple[str, Named]] = []
    events: list[Event] = []
    documents = 0
    for path in sorted(files):
        parsed, found = parse(path, files[path])
        in_files.extend(found)
        documents += len(parsed)
        for one in parsed:
            in_files.extend(_document(one, schemas, built, named, events))
    by_kind, found = by_name(named)
    in_files.extend((*found, *built.findings))
    findings = Findings() + in_files
    broken = [files[path] for path in sorted({error.at.path for error in findings.errors} & files.keys())]
    mentions = [one for one in built.mentions if not _defined_in(broken, one.ref.name)]
    findings += tuple(unresolved(by_kind, mentions))
    workspace = workspace_of(by_kind, Workspace(settings=ground))
    findings += tuple(names_within(workspace))
    if not findings.errors:
        findings += tuple(values_handed_down(workspace))
    if not findings.errors:
        findings += tuple(names_in_changes(workspace, component_history(events)))
    ordered = tuple(sorted(events, key=lambda event: (event.at, event.name)))
    return Loaded(workspace=workspace, events=ordered, findings=findings, documents=documents)


def _defined_in(broken: Iterable[bytes], name: str) -> bool:
    """Whether a file that could not be read whole defines the name: then its absence is no finding of its own."""
    defines = re.compile(r"\bname:\s*[\"']?" + re.escape(name) + r"(?![\w-])")
    return any(defines.search(latin(content.decode(errors="replace"))) for content in broken)


def component_history(events: Iterable[Event]) -> dict[str, frozenset[str]]:
    """Project → every component name that its ledger ever knew."""
    names: dict[str, frozenset[str]] = {}
    for event in events:
        if isinstance(event, (Ordered, Adopted)):
            names[event.project] = names.get(event.project, frozenset()) | event.components.keys()
        elif isinstance(event, Moved):
            names[event.project] = names.get(event.project, frozenset()) | set(event.moves.values())
    return names


def _document(
    one: Document, schemas: Schemas, built: Built, named: list[tuple[str, Named]], events: list[Event]
) -> tuple[Diagnostic, ...]:
    """Check and build one document into the lists; returns what was found."""
    kind = one.data.get("kind") if isinstance(one.data, dict) else None
    if isinstance(one.data, dict) and (not isinstance(kind, str) or kind not in (*KINDS, "LedgerEntry")):
        return (_no_kind(one.place, kind, one.data.keys()),)
    name = kind if isinstance(kind, str) else "Project"
    found = check(one.data, one.place, schemas[name.lower()])
    if found:
        return found
    if name == "LedgerEntry":
        event = entry.event(one.data, one.place, built)
        events.extend([event] if event else [])
        return ()
    made = document(KINDS[name], one.data, one.place, built)
    named.extend([(name, made)] if made else [])
    return ()


def _no_kind(place: Place, kind: object, keys: Collection[str]) -> Diagnostic:
    choices = ", ".join(KINDS)
    if "kind" not in keys:
        detail = "This document does not say what it is: `kind` is missing."
        first = place.value
        at = replace(first, end_line=first.line, end_column=first.column + 1)
        guess = near("kind", keys)
        if guess:
            return UNKNOWN_KEY((place / guess).key, f"There is no '{guess}' here.", hint="did you mean 'kind'?")
        return MISSING_KEY(at, detail, hint=f"Begin it with apiVersion, and kind: one of {choices}.")
    guess = near(str(kind), (*KINDS, "LedgerEntry"))
    hint = f"did you mean '{guess}'?" if guess else f"Use one of {choices}."
    return NOT_ALLOWED(place / "kind", f"There is no kind '{kind}'.", hint=hint)


__all__ = ["FAULTS", "KINDS", "SETTINGS", "Loaded", "Schemas", "load", "missing_folders", "settings"]
