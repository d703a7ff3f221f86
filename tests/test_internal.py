"""What the schemas mark as internal is traced: it reaches the provider's pages and none that a client reads.

Every value of a marked field of the sample is replaced by one that stands nowhere else, and looked for in everything
that is printed for clients: their trees, their calendars, their service reviews, and the Markdown of changes, which
their engineers read in the forge.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tamspec import pipeline
from tamspec.desk.service_review import period
from tamspec.load.yaml import parse
from tamspec.model.workspace import Settings
from tamspec.render import trees

ROOT = Path(__file__).resolve().parent.parent
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
Pointer = tuple[str, ...]


class Marked(NamedTuple):
    """An internal field as it is written somewhere in the sample."""

    kind: str
    field: Pointer
    """In the schema, `*` for any key or item."""
    told: tuple[str, ...]
    """What it would look like on a page; empty: a value that cannot be told from others."""


@functools.cache
def schema(kind: str) -> Any:
    return json.loads((ROOT / f"schemas/{kind.lower()}.schema.json").read_text(encoding="utf-8"))


def marked(kind: str) -> Iterator[Pointer]:
    """The internal fields of a kind."""
    yield from _marked(schema(kind)["properties"]["spec"], schema(kind)["$defs"], ())


def _marked(node: Mapping[str, Any], defs: Mapping[str, Any], path: Pointer) -> Iterator[Pointer]:
    if node.get("x-internal"):
        yield path
        return
    node = {**defs[node["$ref"].rpartition("/")[2]], **node} if "$ref" in node else node
    for key, child in node.get("properties", {}).items():
        yield from _marked(child, defs, (*path, key))
    for inner in ("additionalProperties", "items"):
        if isinstance(node.get(inner), dict):
            yield from _marked(node[inner], defs, (*path, "*"))


KINDS = [
    path.name.removesuffix(".schema.json")
    for path in sorted((ROOT / "schemas").glob("*.schema.json"))
    if path.name not in ("tamspec.schema.json", "workspace.schema.json", "ledgerentry.schema.json")
]
FIELDS = {kind: tuple(marked(kind)) for kind in KINDS}


class Traced(NamedTuple):
    """The sample with every internal value replaced."""

    files: dict[str, bytes]
    found: tuple[Marked, ...]


@functools.cache
def traced() -> Traced:
    numbers = iter(range(1, 100_000))
    files: dict[str, bytes] = {}
    found: list[Marked] = []
    for folder in ("catalog", "projects"):
        for path in sorted((ROOT / folder).rglob("*.yaml")):
            read, _ = parse(path.name, path.read_bytes())
            for one in read:
                kind = one.data["kind"].lower()
                for field in FIELDS.get(kind, ()):
                    found += _replaced(kind, field, one.data["spec"], field, numbers)
            text = "---\n".join(yaml.safe_dump(_plain(one.data)) for one in read)
            files[path.relative_to(ROOT).as_posix()] = text.encode()
    return Traced(files, tuple(found))


def _plain(value: Any) -> Any:
    """Data as `yaml` writes them: it knows no decimals."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value


def _replaced(kind: str, field: Pointer, value: Any, left: Pointer, numbers: Iterator[int]) -> Iterator[Marked]:
    """Replace what stands at a pointer, and tell what it looks like now."""
    if not isinstance(value, (dict, list)):
        return
    keys: Any = range(len(value)) if isinstance(value, list) else list(value)
    for key in keys:
        if left[0] not in ("*", key):
            continue
        if len(left) > 1:
            yield from _replaced(kind, field, value[key], left[1:], numbers)
        else:
            value[key], told = _instead(value[key], numbers)
            yield Marked(kind, field, tuple(told))


def _instead(value: Any, numbers: Iterator[int]) -> tuple[Any, list[str]]:
    """Another value of the same form that stands nowhere else, and what would be read of it."""
    told: list[str] = []
    if isinstance(value, (dict, list)):
        made = {} if isinstance(value, dict) else []
        for key in value if isinstance(value, dict) else range(len(value)):
            one, more = _instead(value[key], numbers)
            told += more
            if isinstance(made, dict):
                made[key] = one
            else:
                made.append(one)
        return made, told
    if not isinstance(value, str):
        return value, []  # a small number: nobody can tell it from others
    number = next(numbers)
    if re.fullmatch(r"[0-9.]+[mh]|[0-9.]+wd", value):
        minutes = 60 * 9 + 7 + number % 13  # an effort that nobody would write
        return f"{minutes}m", [f"{minutes}m", f"{minutes // 60}h {minutes % 60}m"]
    if re.fullmatch(r"[0-9.]+%", value):
        share = f"29.{number:04}"[:7]
        return f"{share}%", [share]
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[a-z][a-z0-9-]*", value):
        return value, []  # a date or a name: nobody can tell it from others
    text = f"Internal{number:05}Word"
    return text, [text]


@functools.cache
def material() -> trees.Material:
    files = traced().files
    story = pipeline.tell(pipeline.Tree(settings=Settings(), findings=pipeline.Findings(), files=files), AT)
    assert story.plan is not None, [f"{one.code} {one.at}: {one.detail}" for one in story.findings.errors]
    return pipeline.material(story)


@functools.cache
def outside() -> dict[str, str]:
    """Everything that clients read, by path."""
    made = material()
    found: dict[str, str] = {}
    for client in made.workspace.clients:
        pages, _ = trees.for_client(made, client).pages()
        found |= {f"{client}/{path}": text for path, text in pages.items()}
        for name in ("2026-09", "2026-10", "2026-q4"):
            of = period(name)
            assert of is not None
            pages, _ = trees.service_review(made, client, of, None).pages()
            found |= {f"{client}/review-{name}/{path}": text for path, text in pages.items()}
    inside, _ = trees.internal(made).pages()
    found |= {path: text for path, text in inside.items() if path.startswith("changes/") and path.endswith(".md")}
    clients = trees.calendars(made)
    return found | {path: text for path, text in clients.items() if "client" in path}


def test_the_schemas_mark_what_is_internal() -> None:
    every = {f"{kind}.{'.'.join(field)}" for kind, fields in FIELDS.items() for field in fields}
    assert every >= {
        "proposal.reward",
        "person.tam",
        "person.otherShares",
        "person.competencies",
        "client.serviceReviews.*.note",
        "department.capacity",
        "service.procedures.*.steps.*.effort",
        "change.orders.*.effort",
    }


def test_the_sample_holds_what_can_be_traced() -> None:
    """A trace that finds nothing anywhere would prove nothing."""
    told = {(one.kind, one.field) for one in traced().found if one.told}
    assert len(told) >= 8
    inside, _ = trees.internal(material()).pages()
    everything = "\n".join(inside.values())
    assert sum(any(text in everything for text in one.told) for one in traced().found) > 20


def test_nothing_internal_reaches_a_client() -> None:
    words = [(text, f"{one.kind}.{'.'.join(one.field)}") for one in traced().found for text in one.told]
    everything = "\n".join(outside().values())
    leaked = sorted(
        {field for text, field in words if re.search(rf"(?<![0-9a-zA-Z.]){re.escape(text)}(?![0-9a-zA-Z])", everything)}
    )
    where = [path for path, page in outside().items() if any(text in page for text, field in words if field in leaked)]
    assert not leaked, (leaked, where[:5])


def test_the_trace_would_find_a_leak() -> None:
    one = next(one for one in traced().found if one.kind == "proposal" and one.told)
    assert one.told[0].startswith("Internal")
    assert one.told[0] in b"".join(traced().files.values()).decode()
