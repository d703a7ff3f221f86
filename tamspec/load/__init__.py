"""Text of a git tree → checked data → typed, resolved values. It reads nothing itself and never stops at the first
mistake."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping

from msgspec import Struct
from msgspec.structs import replace

from tamspec.diagnostics import Diagnostic, Findings
from tamspec.load.build import Built, record
from tamspec.load.faults import FAULTS, NO_SUCH_FOLDER, READ_DIFFERENTLY, UNKNOWN_REFERENCE, UNREAD_FILE, WRONG_SHAPE
from tamspec.load.file import ENTRY, KINDS, OF_PROJECTS, Part, Read, Schemas, read
from tamspec.load.resolve import (
    by_name,
    known,
    names_in_changes,
    names_in_registers,
    names_within,
    unresolved,
    values_handed_down,
    workspace_of,
)
from tamspec.load.schema import check
from tamspec.load.yaml import parse
from tamspec.model.order import Adopted, Event, Moved, Ordered
from tamspec.model.workspace import Settings, Workspace
from tamspec.suggest import latin, near

SETTINGS = "tamspec.yaml"


class Loaded(Struct, frozen=True, kw_only=True):
    """Everything that was written, and what was wrong with it. With errors among the findings the workspace is
    incomplete and must not be planned."""

    workspace: Workspace
    events: tuple[Event, ...]
    findings: Findings
    documents: int
    parts: tuple[Part, ...] = ()
    """Every document that could be built, with what it mentions, by path and place in its file."""


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
    built = Built()
    made = record(Settings, first.data, first.place, built)
    findings += tuple(built.findings)
    return (Settings() if findings.errors else made), findings


def missing_folders(ground: Settings, folders: Collection[str]) -> Iterator[Diagnostic]:
    """A finding for each source that is written in `tamspec.yaml` but is none of the folders that there are."""
    for index, source in enumerate(ground.sources):
        at = ground.at / "sources" / index
        if at.written and source.strip("/").partition("/")[0] not in folders:
            guess = near(source, folders)
            hint = f"Did you mean '{guess}'?" if guess else "Correct the name, or make the folder."
            yield NO_SUCH_FOLDER(at, f"There is no folder {source} beside tamspec.yaml.", hint=hint)


def load(
    files: Mapping[str, bytes],
    ground: Settings,
    schemas: Schemas,
    before: MutableMapping[tuple[str, bytes], Read] | None = None,
) -> Loaded:
    """The specification of a tree: `files` maps paths of the source folders' YAML files to their content.

    Files that were read `before`, by path and content, are not read again; what is read is added to them.
    """
    reads = [_read_once(path, files[path], schemas, before) for path in sorted(files)]
    parts = [part for one in reads for part in one.parts]
    by_kind, found = by_name(part.named for part in parts if part.named)
    own = [finding for one in reads for finding in one.findings]
    findings = Findings() + found + own
    broken = [files[path] for path in sorted({error.at.path for error in findings.errors} & files.keys())]
    mentions = (mention for part in parts for mention in part.mentions)
    findings += tuple(unresolved(known(by_kind), [one for one in mentions if not defined_in(broken, one.ref.name)]))
    loaded = joined(reads, ground, complete=not findings.errors)
    return replace(loaded, findings=one_cause(findings + loaded.findings))


def _read_once(
    path: str, content: bytes, schemas: Schemas, before: MutableMapping[tuple[str, bytes], Read] | None
) -> Read:
    if before is None:
        return read(path, content, schemas)
    if (path, content) not in before:
        before[path, content] = read(path, content, schemas)
    return before[path, content]


def one_cause(findings: Findings) -> Findings:
    """Without the warnings that other tools read a value differently where the value is wrong anyway."""
    wrong = {error.at for error in findings.errors}
    return Findings(tuple(one for one in findings.all if one.code != READ_DIFFERENTLY.code or one.at not in wrong))


def joined(reads: Iterable[Read], ground: Settings, *, complete: bool) -> Loaded:
    """The workspace that files make together, and what is wrong with the names within its documents. Some can only
    be judged in a workspace that is complete: one in which everything is there that is mentioned."""
    reads = tuple(reads)
    parts = tuple(part for one in reads for part in one.parts)
    by_kind, _ = by_name(part.named for part in parts if part.named)
    events = [part.event for part in parts if part.event]
    workspace = workspace_of(by_kind, Workspace(settings=ground))
    findings = Findings() + tuple(names_within(workspace))
    if complete and not findings.errors:
        findings += tuple(values_handed_down(workspace))
    if complete and not findings.errors:
        history = component_history(events)
        findings += tuple(names_in_changes(workspace, history)) + tuple(names_in_registers(workspace, history))
    ordered = tuple(sorted(events, key=lambda event: (event.at, event.name)))
    documents = sum(one.documents for one in reads)
    return Loaded(workspace=workspace, events=ordered, findings=findings, documents=documents, parts=parts)


def defined_in(broken: Iterable[bytes], name: str) -> bool:
    """Whether a file that could not be read whole defines the name: then its absence is no finding of its own."""
    return any(name in _defined(content) for content in broken)


_NAME = re.compile(r"\bname:\s*[\"']?([\w-]+)")
_METADATA = re.compile(r"\bmetadata:\s*\{?((?:\s*[\w-]+:[^\n,}]*[,\n}]?){1,3})")
_ANY = re.compile(r"[\w-]+:\s*[\"']?([\w-]+)")


@functools.lru_cache(maxsize=256)
def _defined(content: bytes) -> frozenset[str]:
    """The names that a broken file seems to define. In `metadata` the key itself may be what is misspelt."""
    text = latin(content.decode(errors="replace"))
    metadata = (name for block in _METADATA.findall(text) for name in _ANY.findall(block))
    return frozenset((*_NAME.findall(text), *metadata))


def component_history(events: Iterable[Event]) -> dict[str, frozenset[str]]:
    """Project → every component name that its ledger ever knew."""
    names: dict[str, frozenset[str]] = {}
    for event in events:
        if isinstance(event, (Ordered, Adopted)):
            names[event.project] = names.get(event.project, frozenset()) | event.components.keys()
        elif isinstance(event, Moved):
            names[event.project] = names.get(event.project, frozenset()) | set(event.moves.values())
    return names


__all__ = [
    "ENTRY",
    "FAULTS",
    "KINDS",
    "OF_PROJECTS",
    "SETTINGS",
    "UNKNOWN_REFERENCE",
    "UNREAD_FILE",
    "Loaded",
    "Part",
    "Read",
    "Schemas",
    "defined_in",
    "joined",
    "load",
    "missing_folders",
    "one_cause",
    "read",
    "settings",
]
