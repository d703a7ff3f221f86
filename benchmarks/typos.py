"""Slips of the pen: every key, fixed word and reference of a workspace misspelt in turn, and what is said about it.

A slip is told well where one finding stands on its line and offers the word that was there. What is left out is
counted: a slip that makes another valid word cannot be seen by anybody, and a definition that gets another name is no
slip of the pen for the document that holds it.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measure import ROOT, machine
from tamspec import pipeline, resources
from tamspec.diagnostics import Diagnostic, Loc, Place
from tamspec.load.yaml import parse
from tamspec.pipeline import Tree

SECOND = ROOT / "benchmarks" / "short-names"
"""A workspace whose names have one to four letters, where much is near to much."""

WORKSPACES = {"sample": ROOT, "short names": SECOND}
NEVER = 10**9


class Site(NamedTuple):
    """A word that can be misspelt: where it stands, and the words that could stand there as well."""

    group: str
    """`key`, `word` (one of a fixed set) or `reference`."""
    slot: str
    """What kind of place it is, for the table of what was missed: `Project spec.team.tam`."""
    at: Loc
    word: str
    valid: frozenset[str]


class Slip(NamedTuple):
    """A site misspelt in one way."""

    site: Site
    how: str
    written: str


class Told(NamedTuple):
    """What was said about a slip."""

    slip: Slip
    right_line: bool
    findings: int
    suggested: bool
    said: tuple[str, ...]


# Where words stand.


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names that a workspace defines, by what they are of."""

    documents: Mapping[str, frozenset[str]]
    params: Mapping[str, frozenset[str]]
    """Service → its parameters."""
    choices: Mapping[tuple[str, str], frozenset[str]]
    """Service and parameter → the texts that it may have, where they are fixed."""
    components: Mapping[str, frozenset[str]]
    """Project → its components."""
    services: Mapping[tuple[str, str], str]
    """Project or service, and component → its service."""
    contacts: Mapping[str, frozenset[str]]
    """Client → its contacts."""
    clients: Mapping[str, str]
    """Project → its client."""


def names_of(documents: Iterable[Mapping[str, Any]]) -> Names:
    """The names in sound documents."""
    documents = list(documents)
    by_kind: dict[str, set[str]] = {}
    for one in documents:
        by_kind.setdefault(one["kind"], set()).add(one["metadata"]["name"])
    by_kind.setdefault("Calendar", set()).add("always")
    of = {kind: {d["metadata"]["name"]: d["spec"] for d in documents if d["kind"] == kind} for kind in by_kind}
    services, projects = of.get("Service", {}), of.get("Project", {})
    choices = {
        (name, param): frozenset(one for one in what["enum"] if isinstance(one, str))
        for name, spec in services.items()
        for param, what in spec.get("params", {}).items()
        if "enum" in what
    }
    return Names(
        documents={kind: frozenset(names) for kind, names in by_kind.items()},
        params={name: frozenset(spec.get("params", {})) for name, spec in services.items()},
        choices=choices,
        components={name: frozenset(spec.get("components", {})) for name, spec in projects.items()},
        services={
            (owner, name): one["service"]
            for owner, spec in (*services.items(), *projects.items())
            for name, one in spec.get("components", {}).items()
        },
        contacts={name: frozenset(spec.get("contacts", {})) for name, spec in of.get("Client", {}).items()},
        clients={name: spec["client"] for name, spec in projects.items()},
    )


@dataclass(frozen=True, kw_only=True)
class _Node:
    """A value of a document with all that is known about it."""

    kind: str
    name: str
    spec: Mapping[str, Any]
    pointer: tuple[str | int, ...]
    place: Place
    schema: Mapping[str, Any]
    names: Names


def sites(path: str, content: bytes, names: Names) -> Iterator[Site]:
    """The words of a file that are uses, not definitions."""
    documents, _ = parse(path, content)
    for one in documents:
        kind = one.data["kind"]
        yield from _sites(
            _Node(
                kind=kind,
                name=one.data["metadata"]["name"],
                spec=one.data["spec"],
                pointer=(),
                place=one.place,
                schema=_schema(kind),
                names=names,
            ),
            one.data,
        )


def _sites(node: _Node, data: Any) -> Iterator[Site]:
    if isinstance(data, dict):
        keys = frozenset(_properties(node))
        for key, value in data.items():
            below = _below(node, key)
            site = _key(node, below, key, keys, frozenset(data))
            if site:
                yield site
            yield from _sites(below, value)
    elif isinstance(data, list):
        for index, item in enumerate(data):
            yield from _sites(_below(node, index), item)
    elif isinstance(data, str):
        site = _value(node, data)
        if site:
            yield site


def _below(node: _Node, step: str | int) -> _Node:
    schema: Any = {}
    for one in _variants(node.schema, node.kind):
        if isinstance(step, int):
            schema = one.get("items", schema)
        elif step in one.get("properties", {}):
            schema = one["properties"][step]
        elif isinstance(one.get("additionalProperties"), dict):
            schema = one["additionalProperties"]
    return _Node(
        kind=node.kind,
        name=node.name,
        spec=node.spec,
        pointer=(*node.pointer, step),
        place=node.place / step,
        schema=schema,
        names=node.names,
    )


@cache
def _schema(kind: str) -> Mapping[str, Any]:
    return resources.schema(kind.lower())


def _variants(schema: Any, kind: str, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """A schema, what it refers to, and what holds of it under conditions."""
    if not isinstance(schema, Mapping) or depth > 12:
        return
    yield schema
    reference = schema.get("$ref", "")
    if reference.startswith("#/$defs/"):
        yield from _variants(_schema(kind)["$defs"][reference.removeprefix("#/$defs/")], kind, depth + 1)
    inner = [schema.get("then"), schema.get("else")]
    for word in ("allOf", "anyOf", "oneOf"):
        inner += schema.get(word, [])
    for one in inner:
        yield from _variants(one, kind, depth + 1)


def _properties(node: _Node) -> Iterator[str]:
    for one in _variants(node.schema, node.kind):
        yield from one.get("properties", {})


def _key(node: _Node, below: _Node, key: str, keys: frozenset[str], there: frozenset[str]) -> Site | None:
    at = below.place.key
    slot = f"{node.kind} {_slot(node.pointer)} key"
    if key in keys:
        return Site("key", slot, at, key, keys)
    params = _params(node)
    if params is not None:
        return Site("reference", slot, at, key, params | there)
    if node.pointer == ("spec", "orders") and node.kind == "Change":
        return Site("reference", slot, at, key, frozenset())
    if node.pointer == ("spec", "hours"):
        return Site("word", slot, at, key, frozenset())
    if node.kind == "LedgerEntry" and node.pointer == ("spec", "orders") and node.spec["event"] == "status":
        return Site("reference", slot, at, key, there)
    return None


def _params(node: _Node) -> frozenset[str] | None:
    """The parameters that the keys of a map must name; None where they name none."""
    match node.pointer:
        case ("spec", "components", component, "params"):
            service = node.names.services.get((node.name, str(component)))
            return node.names.params.get(service or "")
        case ("spec", "procedures", _, "onChange") | ("spec", "procedures", _, "steps", _, "when" | "effortPer"):
            return node.names.params.get(node.name)
    return None


def _value(node: _Node, text: str) -> Site | None:
    at, slot = node.place.value, f"{node.kind} {_slot(node.pointer)}"
    for one in _variants(node.schema, node.kind):
        fixed = [one["const"]] if "const" in one else one.get("enum", [])
        if text in fixed:
            return Site("word", slot, at, text, frozenset(str(word) for word in fixed))
    for one in _variants(node.schema, node.kind):
        if "x-ref" in one:
            kinds = [one["x-ref"]] if isinstance(one["x-ref"], str) else one["x-ref"]
            known = frozenset().union(*(node.names.documents.get(kind, frozenset()) for kind in kinds))
            return Site("reference", slot, at, text, known)
    valid = _reference(node, text)
    return None if valid is None else Site("reference", slot, at, text, valid)


def _reference(node: _Node, text: str) -> frozenset[str] | None:
    """The names that could stand there, where a name must; None where any text can."""
    if node.kind == "Change":
        return _reference_of_change(node)
    names = node.names
    match (node.kind, *node.pointer):
        case ("Project", "spec", "components", _, "dependsOn", _):
            return names.components[node.name]
        case ("Service", "spec", "components", _, "dependsOn", _):
            return frozenset(node.spec["components"])
        case ("Service", "spec", "procedures", procedure, "steps", _, "dependsOn", _):
            return frozenset(node.spec["procedures"][procedure]["steps"])
        case ("Service" | "Project", "spec", "components", component, "params", param):
            if node.kind == "Service" and text.startswith("$"):
                return frozenset(f"${one}" for one in names.params[node.name])
            return names.choices.get((names.services[node.name, str(component)], str(param)))
        case ("Service", "spec", "procedures", _, "steps", _, "needs", _):
            return frozenset()
        case ("Calendar", "spec", "timeZone"):
            return frozenset()
    return None


def _reference_of_change(node: _Node) -> frozenset[str] | None:
    names, project = node.names, node.spec["project"]
    match node.pointer:
        case ("spec", "components", _):
            return names.components[project]
        case ("spec", "tasks", _, "dependsOn", _):
            return names.components[project] | frozenset(node.spec["tasks"])
        case ("spec", "requestedBy") | ("spec", "questions", _, "ask"):
            return names.documents.get("Person", frozenset()) | names.contacts[names.clients[project]]
        case ("spec", "questions", _, "answers") | ("spec", "tasks", _, "needs", _):
            return frozenset()
    return None


def _slot(pointer: Sequence[str | int]) -> str:
    """A pointer without the names that authors choose: `spec.components.*.service`."""
    chosen = ("components", "contacts", "questions", "tasks", "orders", "params", "procedures", "steps", "priorities")
    shown: list[str] = []
    for before, step in zip(("", *pointer), pointer, strict=False):
        shown.append("*" if isinstance(step, int) or before in (*chosen, "clocks", "hours", "labels") else str(step))
    return ".".join(shown)


# How words are misspelt.


ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
OTHERS = {"-": "0", "0": "9", ".": ",", "/": ".", "_": "-", "$": "4", ":": ";"}


def _neighbours(letter: str) -> str:
    """The letters beside one on a keyboard."""
    for row in ROWS:
        where = row.find(letter.lower())
        if where >= 0:
            beside = row[max(where - 1, 0) : where] + row[where + 1 : where + 2]
            return beside.upper() if letter.isupper() else beside
    if letter in "123456789":
        return str(int(letter) - 1)
    return OTHERS.get(letter, "")


def _delete(word: str, at: int, _draw: random.Random) -> str:
    return word[:at] + word[at + 1 :]


def _swap(word: str, at: int, _draw: random.Random) -> str:
    at = min(at, len(word) - 2)
    return word if at < 0 else word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _double(word: str, at: int, _draw: random.Random) -> str:
    return word[: at + 1] + word[at:]


def _neighbour(word: str, at: int, draw: random.Random) -> str:
    beside = _neighbours(word[at])
    return word[:at] + draw.choice(beside) + word[at + 1 :] if beside else word


WAYS: Mapping[str, Callable[[str, int, random.Random], str]] = {
    "letter left out": _delete,
    "neighbours swapped": _swap,
    "letter doubled": _double,
    "neighbouring key": _neighbour,
}


def slips(site: Site, draw: random.Random, *, everywhere: bool = False) -> Iterator[Slip]:
    """A word misspelt in each way, at one drawn letter or at every letter."""
    for how, misspell in WAYS.items():
        places = range(len(site.word)) if everywhere else [draw.randrange(len(site.word))]
        for written in dict.fromkeys(misspell(site.word, at, draw) for at in places):
            yield Slip(site, how, written)


def passed_over(slip: Slip) -> str:
    """Why a slip is left out; empty where it counts."""
    if slip.written == slip.site.word:
        return "the same word"
    if not slip.written:
        return "nothing is left of the word"
    if slip.written in slip.site.valid:
        return "another valid word"
    return ""


# What is said about them.


class _Remembering:
    """Keeps what is found in the sound workspace, and nothing of the misspelt ones."""

    def __init__(self) -> None:
        self.known: dict[bytes, Any] = {}
        self.learns = True

    def recall(self, keys: Sequence[bytes]) -> Mapping[bytes, Any]:
        return {key: self.known[key] for key in keys if key in self.known}

    def keep(self, values: Mapping[bytes, Any]) -> None:
        if self.learns:
            self.known.update(values)


@dataclass(frozen=True)
class Bench:
    """A sound workspace, ready to be misspelt."""

    tree: Tree
    memory: _Remembering

    def findings(self, path: str, content: bytes) -> tuple[Diagnostic, ...]:
        """What is found where one file has another content."""
        files = {**self.tree.files, path: content}
        tree = Tree(settings=self.tree.settings, findings=self.tree.findings, files=files, written=self.tree.written)
        return pipeline.validate(tree, self.memory).findings.all


def bench(root: Path) -> Bench:
    """The workspace in a folder; it must be without findings."""
    written = (root / "tamspec.yaml").read_bytes()
    ground, findings = pipeline.settings(written)
    folders = [root / source for source in ground.sources]
    paths = [path for folder in folders for path in sorted(folder.rglob("*.yaml"))]
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    memory = _Remembering()
    tree = Tree(settings=ground, findings=findings, files=files, written=written)
    found = pipeline.validate(tree, memory).findings
    assert not found.all, f"{root} must be without findings: {found.all[0]}"
    memory.learns = False
    return Bench(tree, memory)


def all_sites(of: Bench) -> list[Site]:
    """Every site of a workspace, in the order of its files."""
    files = of.tree.files
    names = names_of(one.data for path in files for one in parse(path, files[path])[0])
    return [site for path in sorted(files) for site in sites(path, files[path], names)]


def misspelt(content: bytes, slip: Slip) -> bytes:
    """A file with the word replaced where it stands; quotes stay."""
    lines = content.decode().split("\n")
    at = slip.site.at
    line = lines[at.line - 1]
    within = line[at.column - 1 : at.end_column - 1]
    assert at.line == at.end_line
    assert slip.site.word in within, f"{slip.site.word} does not stand at {at}"
    lines[at.line - 1] = (
        line[: at.column - 1] + within.replace(slip.site.word, slip.written, 1) + line[at.end_column - 1 :]
    )
    return "\n".join(lines).encode()


def told(of: Bench, slip: Slip) -> Told:
    """What is said about a slip. Line and count are of all that is found: the workspace was without findings."""
    path = slip.site.at.path
    found = of.findings(path, misspelt(of.tree.files[path], slip))
    here = [one for one in found if one.at.path == path and one.at.line == slip.site.at.line]
    return Told(
        slip=slip,
        right_line=bool(here),
        findings=len(found),
        suggested=any(slip.site.word in offered(one.hint) for one in here),
        said=tuple(f"{one.at} {one.code} {one.detail} | {one.hint}" for one in found[:4]),
    )


OFFERS = re.compile(r"(?i:did you mean) (.*)\?|\bWrite (?:it in Latin letters: )?\"?(.+?)\"?(?:, all in .*)?\.$")
QUOTED = re.compile(r"'([^']+)'")


def offered(hint: str) -> tuple[str, ...]:
    """The words that a hint offers in place of what is written; a list of everything that there is offers none."""
    found = OFFERS.search(hint)
    if not found:
        return ()
    return tuple(QUOTED.findall(found[1])) if found[1] else (found[2],)


# The whole.


_ready: dict[str, Bench] = {}


def _tell_some(task: tuple[str, list[Slip]]) -> list[Told]:
    root, some = task
    if root not in _ready:
        _ready[root] = bench(Path(root))
    return [told(_ready[root], slip) for slip in some]


def figures(*, quick: bool = False, everywhere: bool = False, say: Callable[[str], None] = print) -> dict[str, Any]:
    """The three shares for each workspace, what was left out, and the places where most was missed."""
    made: dict[str, Any] = {"machine": machine(), "workspaces": {}}
    for name, root in WORKSPACES.items():
        made["workspaces"][name] = _workspace(root, 60 if quick else NEVER, everywhere=everywhere, say=say)
    return made


def _workspace(root: Path, most: int, *, everywhere: bool, say: Callable[[str], None]) -> dict[str, Any]:
    draw = random.Random(1)
    every = all_sites(bench(root))
    chosen = every if len(every) <= most else draw.sample(every, most)
    drawn = [slip for site in chosen for slip in slips(site, draw, everywhere=everywhere)]
    left_out = Counter(why for slip in drawn if (why := passed_over(slip)))
    counted = [slip for slip in drawn if not passed_over(slip)]
    results: list[Told] = []
    parts = [counted[start : start + 50] for start in range(0, len(counted), 50)]
    with ProcessPoolExecutor() as pool:
        for some in pool.map(_tell_some, [(str(root), part) for part in parts]):
            results += some
    figures = shares(results)
    say(f"{root.name}: {figures}")
    return {
        "sites": dict(Counter(site.group for site in chosen)),
        "slips": len(counted),
        "left_out": dict(sorted(left_out.items())),
        **figures,
        "by_group": {group: shares([one for one in results if one.slip.site.group == group]) for group in GROUPS},
        "missed": missed(results),
    }


GROUPS = ("key", "word", "reference")


def shares(results: Sequence[Told]) -> dict[str, float]:
    """Right line, exactly one finding, right suggestion: percent of the slips."""
    total = max(len(results), 1)
    return {
        "right_line": round(100 * sum(one.right_line for one in results) / total, 2),
        "one_finding": round(100 * sum(one.findings == 1 for one in results) / total, 2),
        "right_suggestion": round(100 * sum(one.suggested for one in results) / total, 2),
    }


def missed(results: Iterable[Told]) -> list[dict[str, Any]]:
    """The kinds of places where something was not told well, the worst first, each with an example."""
    by_slot: dict[tuple[str, str], list[Told]] = {}
    for one in results:
        wrong = (
            "line" if not one.right_line else "count" if one.findings != 1 else "" if one.suggested else "suggestion"
        )
        if wrong:
            by_slot.setdefault((wrong, one.slip.site.slot), []).append(one)
    rows = [
        {
            "wrong": wrong,
            "slot": slot,
            "times": len(some),
            "example": f"{some[0].slip.site.word} -> {some[0].slip.written} at {some[0].slip.site.at}",
            "said": list(some[0].said),
        }
        for (wrong, slot), some in by_slot.items()
    ]
    return sorted(rows, key=lambda row: (row["wrong"], -row["times"], row["slot"]))
