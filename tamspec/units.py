"""Judging a tree by units, so that work is proportional to what changed.

A unit is what can be judged by itself, given the documents that it refers to: a project with its Changes and its
ledger; a client; an agreement; and, as one, the provider's own catalogue. What was found in a unit holds for as long as
neither its documents nor those that it stands on change.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from msgspec import Struct
from msgspec.structs import replace

from tamspec import load, plan, resources, rules
from tamspec.diagnostics import Diagnostic, Findings, Loc, Severity
from tamspec.load.file import Read
from tamspec.load.resolve import Known, by_name, known, unresolved
from tamspec.load.summary import Directory, Entry, Summary, directory, of_plain, plain, summary
from tamspec.model.workspace import ALWAYS, Settings
from tamspec.suggest import latin

CATALOGUE = "catalogue"
OWN = ("Client", "Agreement")
"""Kinds whose documents are units of their own; those of the provider's other kinds refer to each other at will."""

NO_DAY = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing that is judged here may depend on the clock."""

AT_ONCE = 50
"""Units that are judged together, so that the catalogue is looked at once for all of them."""

FILES_AT_ONCE = 200
"""Files that are read by one task."""


Mentioned = tuple[tuple[str, ...], str]
"""Kinds and name of a document that another one names."""


class Member(NamedTuple):
    """A document of a unit: its file, and its position among the entries of it."""

    path: str
    position: int


class Unit(Struct, frozen=True, kw_only=True):
    """What is judged together."""

    name: str
    members: tuple[Member, ...]
    ground: frozenset[str]
    """The files of its documents and of all that they stand on."""
    written: bool = True
    """Whether it has a document besides the ledger and Changes."""
    sound: bool = True
    """Whether nothing broken belongs to it: else only the names in it are looked at, since whatever else were found
    would follow from what is broken."""


class Survey(Struct, frozen=True, kw_only=True):
    """The units of a tree, and what is wrong before one of them can be judged."""

    units: tuple[Unit, ...]
    findings: Findings


class Memory(Protocol):
    """What earlier runs found, by a key that names all that it depends on. It may forget anything at any time."""

    def recall(self, keys: Sequence[bytes]) -> Mapping[bytes, Any]:
        """The values of those keys that are known."""

    def keep(self, values: Mapping[bytes, Any]) -> None:
        """Remember these."""


class Forgetful:
    """Remembers nothing."""

    def recall(self, keys: Sequence[bytes]) -> Mapping[bytes, Any]:  # noqa: ARG002 - it knows nothing of any
        return {}

    def keep(self, values: Mapping[bytes, Any]) -> None:
        pass


FORGETFUL = Forgetful()


class Spread(Protocol):
    """`map`, or the like of it over many processes: the results in the order of the tasks."""

    def __call__(self, function: Callable[[Any], Any], tasks: Iterable[Any], /) -> Iterable[Any]: ...


def keys(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Path, in order → a key of the file as it is, its name and its content."""
    return {path: _key("file", path, content) for path, content in sorted(files.items())}


def summaries(
    files: Mapping[str, bytes], keys: Mapping[str, bytes], memory: Memory, spread: Spread
) -> dict[str, Summary]:
    """The summary of every file, by path."""
    remembered = memory.recall(list(keys.values()))
    fresh = [(path, files[path]) for path, key in keys.items() if key not in remembered]
    tasks = [fresh[start : start + FILES_AT_ONCE] for start in range(0, len(fresh), FILES_AT_ONCE)]
    made = {one.path: one for found in spread(_summaries, tasks) for one in found}
    memory.keep({keys[path]: plain(one) for path, one in made.items()})
    return {path: made[path] if path in made else of_plain(remembered[key]) for path, key in keys.items()}


def _summaries(files: Sequence[tuple[str, bytes]]) -> list[Summary]:
    return [summary(read(path, content)) for path, content in files]


def _key(kind: str, path: str, content: bytes) -> bytes:
    return hashlib.blake2b(b"\0".join((kind.encode(), os.fsencode(path), content)), digest_size=16).digest()


def survey(files: Mapping[str, bytes], summaries: Mapping[str, Summary]) -> Survey:
    """Divide a tree into units."""
    places, twice = directory(summaries.values())
    if ALWAYS.name in places.get("Calendar", ()):  # every workspace has that one
        twice |= {("Calendar", ALWAYS.name)}
    own = tuple(found for one in summaries.values() for found in one.findings)
    missing = _missing(summaries, places)
    found = Findings() + own + _of_names(files, summaries, places, twice, missing)
    unsound = frozenset({error.at.path for error in found.errors} | missing.keys())
    units = _units(summaries, places)
    return Survey(units=tuple(_marked(units, unsound, files)), findings=found)


def _missing(summaries: Mapping[str, Summary], places: Directory) -> dict[str, frozenset[Mentioned]]:
    """File → what it mentions and nobody defines."""
    mentions = {mention for one in summaries.values() for mention in _all(one)}
    lost = {(kinds, name) for kinds, name in mentions if not any(name in places.get(kind, ()) for kind in kinds)}
    lost.discard((("Calendar",), ALWAYS.name))
    if not lost:
        return {}
    found = {path: frozenset(lost.intersection(_all(one))) for path, one in summaries.items()}
    return {path: missing for path, missing in found.items() if missing}


def _all(one: Summary) -> Iterator[Mentioned]:
    return (mention for entry in one.entries for mention in entry.mentions)


def _of_names(
    files: Mapping[str, bytes],
    summaries: Mapping[str, Summary],
    places: Directory,
    twice: frozenset[tuple[str, str]],
    missing: Mapping[str, frozenset[Mentioned]],
) -> tuple[Diagnostic, ...]:
    """Names given twice, and names that nobody bears. Only the files concerned are read again, for the places."""
    if not missing and not twice:
        return ()
    doubled = [path for path, one in summaries.items() if any((e.kind, e.name) in twice for e in one.entries)]
    named = [part.named for path in doubled for part in read(path, files[path]).parts if part.named]
    _, clashes = by_name(one for one in named if (one[0], one[1].name) in twice)
    broken = [files[path] for path, one in summaries.items() if _wrong(one.findings)]

    def where(path: str, index: int) -> Loc:
        return (read(path, files[path]).parts[index].place / "metadata" / "name").value

    def meant(path: str, index: int) -> Known:
        return Known(summaries[path].entries[index].title, lambda: where(path, index))

    candidates = {kind: {name: meant(*place) for name, place in named.items()} for kind, named in places.items()}
    candidates = {kind: candidates.get(kind, {}) for kind in load.KINDS}
    candidates["Calendar"] = {**known({"Calendar": {ALWAYS.name: ALWAYS}})["Calendar"], **candidates["Calendar"]}
    mentions = [
        mention
        for path, lost in missing.items()
        for part in read(path, files[path]).parts
        for mention in part.mentions
        if (mention.kinds, mention.ref.name) in lost and not load.defined_in(broken, mention.ref.name)
    ]
    return (*clashes, *unresolved(candidates, mentions))


def _units(summaries: Mapping[str, Summary], places: Directory) -> Iterator[Unit]:
    members: dict[str, list[Member]] = defaultdict(list)
    for path, one in summaries.items():
        for index, entry in enumerate(one.entries):
            members[_name(entry)].append(Member(path, index))
    reach = _Reach(summaries, places)
    for name, documents in sorted(members.items()):
        entries = [summaries[path].entries[index] for path, index in documents]
        ground = frozenset().union(*(reach.of(path) for path, _ in documents), *(map(reach.below, entries)))
        written = not entries[0].project or any(entry.kind == "Project" for entry in entries)
        yield Unit(name=name, members=tuple(documents), ground=ground, written=written)


def _name(entry: Entry) -> str:
    if entry.project:
        return f"project {entry.project}"
    return f"{entry.kind} {entry.name}" if entry.kind in OWN else CATALOGUE


class _Reach:
    """Which files a file stands on, itself among them; each is looked at once. What belongs to projects does not
    count: nothing stands on it."""

    def __init__(self, summaries: Mapping[str, Summary], places: Directory) -> None:
        self.summaries, self.places = summaries, places
        self.files: dict[str, frozenset[str]] = {}
        self.mentions: dict[Mentioned, frozenset[str]] = {}

    def of(self, path: str) -> frozenset[str]:
        """The files that the provider's documents in a file stand on."""
        if path not in self.files:
            seen, ahead = {path}, [path]
            while ahead:
                for entry in self.summaries[ahead.pop()].entries:
                    mentions = _mentions(entry) if not entry.project else ()
                    found = {file for mention in mentions for file in self._named(mention)} - seen
                    seen |= found
                    ahead += found
            self.files[path] = frozenset(seen)
        return self.files[path]

    def below(self, entry: Entry) -> frozenset[str]:
        """The files that a document stands on."""
        return frozenset().union(*map(self._behind, _mentions(entry)))

    def _behind(self, mention: Mentioned) -> frozenset[str]:
        if mention not in self.mentions:
            self.mentions[mention] = frozenset().union(*map(self.of, self._named(mention)))
        return self.mentions[mention]

    def _named(self, mention: Mentioned) -> Iterator[str]:
        kinds, name = mention
        for kind in kinds:
            if kind != "Project" and name in self.places.get(kind, ()):
                yield self.places[kind][name][0]


def _mentions(entry: Entry) -> Iterator[Mentioned]:
    yield from entry.mentions
    for name in entry.people:
        yield ("Person", "Department"), name


_OF_PROJECT = re.compile(r"\bproject:\s*[\"']?([\w-]+)")
_OF_PROVIDER = re.compile(r"\bkind:\s*[\"']?(Calendar|Department|Person|Service)\b")
_KIND = re.compile(r"\bkind:")


def _marked(units: Iterable[Unit], unsound: frozenset[str], files: Mapping[str, bytes]) -> Iterator[Unit]:
    """The units, with those marked that something broken belongs to; what a broken file holds is guessed from its
    text and its folder."""
    texts = [latin(files[path].decode(errors="replace")) for path in sorted(unsound & files.keys())]
    projects = {name for text in texts for name in _OF_PROJECT.findall(text)}
    provider = any(_OF_PROVIDER.search(text) or not _KIND.search(text) for text in texts)
    folders = {path.rpartition("/")[0] for path in unsound}
    for unit in units:
        kind, _, name = unit.name.partition(" ")
        homes = {path.rpartition("/")[0] for path, _ in unit.members} if kind == "project" else set()
        beside = any(folder == home or folder.startswith(f"{home}/") for folder in folders for home in homes)
        touched = unit.ground & unsound or beside or name in projects or (unit.name == CATALOGUE and provider)
        yield replace(unit, sound=not touched)


# Judging.


class Task(Struct, frozen=True):
    """Units to be judged at once, the files that they stand on, and the settings."""

    units: tuple[Unit, ...]
    files: Mapping[str, bytes]
    ground: Settings


def judged(
    units: Sequence[Unit],
    files: Mapping[str, bytes],
    file_keys: Mapping[str, bytes],
    ground: Settings,
    written: bytes,
    memory: Memory,
    spread: Spread,
) -> Findings:
    """What is found in the units; `written` is the text of the settings, on which everything may depend."""
    marks = {path: int.from_bytes(key, "big") for path, key in file_keys.items()}
    keys = {one.name: _key("unit", one.name, written + _mark(one, marks)) for one in units}
    remembered = memory.recall(list(keys.values()))
    ahead = [one for one in units if keys[one.name] not in remembered]
    people = _people(units)
    tasks = [_task(some, people, files, ground) for some in batches(ahead)]
    made: dict[str, tuple[Diagnostic, ...]] = {}
    for found in spread(_judge, tasks):
        made |= found
    # What is wrong is looked at anew each time: its hints name documents that it does not stand on.
    lasting = {one.name for one in units if one.sound and not _wrong(made.get(one.name, ()))}
    memory.keep({keys[name]: found for name, found in made.items() if name in lasting})
    old = [one for key in keys.values() for one in remembered.get(key, ())]
    new = [one for found in made.values() for one in found]
    return Findings() + old + new


def _wrong(found: Iterable[Diagnostic]) -> bool:
    return any(one.severity is Severity.ERROR for one in found)


def _mark(unit: Unit, marks: Mapping[str, int]) -> bytes:
    """Names the contents of all that a unit stands on; a sum, since sorting thousands of paths takes longer."""
    return b"%d %d " % (len(unit.ground), sum(map(marks.__getitem__, unit.ground)))


def _people(units: Iterable[Unit]) -> frozenset[str]:
    """The files of the catalogue, where it is sound: hints may name whoever is in it."""
    return next((one.ground for one in units if one.name == CATALOGUE and one.sound), frozenset())


def _task(some: tuple[Unit, ...], people: frozenset[str], files: Mapping[str, bytes], ground: Settings) -> Task:
    paths = people.union(*(one.ground for one in some))
    return Task(some, {path: files[path] for path in sorted(paths)}, ground)


def _judge(task: Task) -> dict[str, tuple[Diagnostic, ...]]:
    return judge(task.units, task.files, task.ground)


def judge(units: Sequence[Unit], files: Mapping[str, bytes], ground: Settings) -> dict[str, tuple[Diagnostic, ...]]:
    """Unit → what was found in its documents. `files` are those that the units stand on, and whatever else may be
    named in a hint."""
    chosen = {member: unit.name for unit in units for member in unit.members}
    reads = [_only(read(path, files[path]), chosen) for path in sorted(files)]
    sound = all(unit.sound for unit in units)
    loaded = load.joined(reads, ground, complete=sound)
    findings = loaded.findings
    if sound and not findings.errors:
        state = plan.fold(loaded.events)
        planned, found = plan.make(loaded.workspace, state, NO_DAY, dated=False)
        findings = findings + found + rules.judge(loaded.workspace, loaded.events, state, planned)
    made: dict[str, list[Diagnostic]] = {unit.name: [] for unit in units}
    for one in findings.all:
        unit = _owner(one, files, chosen)
        if unit:
            made[unit].append(one)
    return {name: tuple(found) for name, found in made.items()}


def _only(one: Read, chosen: Mapping[Member, str]) -> Read:
    """A file without the documents of projects that are not judged now."""
    parts = tuple(
        part
        for index, part in enumerate(one.parts)
        if part.kind not in load.OF_PROJECTS or Member(one.path, index) in chosen
    )
    return replace(one, parts=parts)


def _owner(found: Diagnostic, files: Mapping[str, bytes], chosen: Mapping[Member, str]) -> str | None:
    """The unit with the document in which something was found; None where it is another's."""
    if not found.at.path:  # of a project that is not written any more, which is judged alone
        return next(iter(chosen.values()))
    parts = read(found.at.path, files[found.at.path]).parts
    begun = [index for index, part in enumerate(parts) if part.place.value.line <= found.at.line]
    return chosen.get(Member(found.at.path, max(begun, default=0)))


def batches(units: Iterable[Unit]) -> Iterator[tuple[Unit, ...]]:
    """Units to be judged at once. One of a project that is not written any more stays alone: what is found there has
    no place that would tell whose it is."""
    for sound in (True, False):
        alike = [one for one in units if one.sound is sound and one.written]
        for start in range(0, len(alike), AT_ONCE):
            yield tuple(alike[start : start + AT_ONCE])
    yield from ((one,) for one in units if not one.written)


@lru_cache(maxsize=8192)
def read(path: str, content: bytes) -> Read:
    """A file by itself. Those read last are kept, so that what many units stand on is read once."""
    return load.read(path, content, resources.schemas())
