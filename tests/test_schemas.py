"""The schemas: sound themselves, true to the model, the same under both validators, with examples that hold."""

from __future__ import annotations

import copy
import functools
import json
import types
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator
from msgspec import NODEFAULT
from msgspec.inspect import is_struct_type as is_struct
from msgspec.structs import FieldInfo, fields
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tamspec.model import catalog, incident, order, plan, project, register, workspace
from tamspec.model.values import Duration, Effort, LocalTime, Percent, Ref, Scalar

FOLDER = Path(__file__).resolve().parent.parent / "schemas"
SCHEMAS: dict[str, dict[str, Any]] = {
    path.relative_to(FOLDER).as_posix(): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(FOLDER.rglob("*.json"))
}
BASE = "https://schemas.invalid/"
"""Schemas carry no address of their own: an editor resolves the dispatcher's references beside it, so do we here."""

KINDS: Mapping[str, type] = {
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
EVENTS: Mapping[str, type] = {
    "ordered": order.Ordered,
    "adopted": order.Adopted,
    "moved": order.Moved,
    "status": order.StatusSet,
    "dated": order.Dated,
}
DISPATCHERS = {("tamspec.schema.json", ()), ("ledgerentry.schema.json", ("properties", "spec"))}
"""Objects whose fields are closed by the schema that they hand over to."""


class Node(NamedTuple):
    """A subschema, where it stands, and the document it stands in."""

    file: str
    path: tuple[str | int, ...]
    schema: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.file}#/{'/'.join(map(str, self.path))}"


def walk(file: str, schema: Any, path: tuple[str | int, ...] = ()) -> Iterator[Node]:
    """Every subschema that describes data; `if` only asks, so it is left out."""
    if not isinstance(schema, Mapping):
        return
    yield Node(file, path, schema)
    for key in ("additionalProperties", "propertyNames", "items", "then"):
        yield from walk(file, schema.get(key), (*path, key))
    for key in ("properties", "$defs"):
        for name, child in schema.get(key, {}).items():
            yield from walk(file, child, (*path, key, name))
    for index, child in enumerate(schema.get("allOf", ())):
        yield from walk(file, child, (*path, "allOf", index))


NODES = [node for file, schema in SCHEMAS.items() for node in walk(file, schema)]
EXAMPLES = [
    pytest.param(file, example, id=f"{file.removesuffix('.schema.json')}-{index}")
    for file, schema in SCHEMAS.items()
    for index, example in enumerate(schema["examples"])
]


@functools.cache
def validators(file: str) -> tuple[Draft202012Validator, jsonschema_rs.Draft202012Validator]:
    return compiled({**SCHEMAS[file], "$id": BASE + file})


def compiled(schema: Mapping[str, Any]) -> tuple[Draft202012Validator, jsonschema_rs.Draft202012Validator]:
    others = [(BASE + name, other) for name, other in SCHEMAS.items()]
    slow = Registry().with_resources((uri, DRAFT202012.create_resource(other)) for uri, other in others)
    return (
        Draft202012Validator(schema, registry=slow),
        jsonschema_rs.Draft202012Validator(dict(schema), registry=jsonschema_rs.Registry(others)),
    )


def accepts(file: str, value: Any) -> bool:
    return agreed(validators(file), value)


def part_accepts(node: Node, value: Any) -> bool:
    """Whether a part of a schema takes the value, with the `$defs` of its file at hand."""
    return agreed(_part(str(node), json.dumps({**node.schema, "$defs": SCHEMAS[node.file].get("$defs", {})})), value)


@functools.cache
def _part(_name: str, schema: str) -> tuple[Draft202012Validator, jsonschema_rs.Draft202012Validator]:
    return compiled(json.loads(schema))


def agreed(pair: tuple[Draft202012Validator, jsonschema_rs.Draft202012Validator], value: Any) -> bool:
    slow, fast = pair[0].is_valid(value), pair[1].is_valid(value)
    assert slow == fast, f"jsonschema says {slow}, jsonschema-rs says {fast} of {value!r}"
    return fast


def example(file: str, index: int = 0) -> Any:
    return copy.deepcopy(SCHEMAS[f"{file}.schema.json"]["examples"][index])


# -- sound themselves --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", SCHEMAS)
def test_schema_is_a_schema_with_title_description_and_examples(file: str) -> None:
    schema = SCHEMAS[file]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert schema["title"]
    assert schema["description"]
    assert schema["examples"]


@pytest.mark.parametrize("file", SCHEMAS)
def test_file_is_written_plainly(file: str) -> None:
    text = (FOLDER / file).read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert "\t" not in text
    assert '"oneOf"' not in text, "nobody can read the errors of oneOf"
    assert '"anyOf"' not in text, "nor those of anyOf"


def test_every_kind_and_output_has_its_schema() -> None:
    documents = {f"{kind.lower()}.schema.json" for kind in [*KINDS, "LedgerEntry"]}
    others = {
        "tamspec.schema.json",
        "workspace.schema.json",
        "output/plan.schema.json",
        "output/findings.schema.json",
        "output/rules.schema.json",
        "output/saved-plan.schema.json",
        "output/sla-check.schema.json",
        "output/sla-explain.schema.json",
        "output/sla-report.schema.json",
        "output/staff.schema.json",
        "output/status.schema.json",
        "output/why.schema.json",
    }
    assert set(SCHEMAS) == documents | others


def test_everything_that_can_be_written_is_described() -> None:
    described = [node for node in NODES if node.path and {"type", "enum", "const", "$ref"} & set(node.schema)]
    bare = [
        str(node)
        for node in described
        if not node.schema.get("description") and node.path[-1] not in ("propertyNames", "then")
    ]
    assert not bare


def test_descriptions_are_whole_sentences() -> None:
    texts = [(str(node), node.schema["description"]) for node in NODES if "description" in node.schema]
    assert not [(where, text) for where, text in texts if not text.endswith(".") or text != text.strip()]


def test_every_map_is_closed_or_says_what_its_keys_look_like() -> None:
    for node in NODES:
        if (node.file, node.path) in DISPATCHERS:
            assert all("$ref" in branch["then"] for branch in node.schema["allOf"])
        elif "properties" in node.schema:
            assert node.schema["additionalProperties"] is False, str(node)
        elif isinstance(node.schema.get("additionalProperties"), Mapping):
            assert "propertyNames" in node.schema, str(node)


def test_examples_and_defaults_of_every_part_hold() -> None:
    for node in NODES:
        if not node.path:
            continue
        for value in node.schema.get("examples", ()):
            assert part_accepts(node, value), f"{node}: {value!r}"
        if "default" in node.schema:
            assert part_accepts(node, node.schema["default"]), str(node)


def test_references_within_a_file_resolve_and_nothing_lies_unused() -> None:
    for file, schema in SCHEMAS.items():
        used = {node.schema["$ref"] for node in walk(file, schema) if node.schema.get("$ref", "").startswith("#")}
        assert used == {f"#/$defs/{name}" for name in schema.get("$defs", ())}, file


PATTERNS = [node for node in NODES if "pattern" in node.schema]


@pytest.mark.parametrize("node", PATTERNS, ids=str)
def test_pattern_is_ascii_and_means_the_whole_text(node: Node) -> None:
    pattern = node.schema["pattern"]
    assert pattern.isascii()
    assert not any(trap in pattern for trap in (r"\d", r"\w", r"\s", r"\b"))
    assert pattern.startswith("^")
    assert pattern.endswith(r"$(?!\n)"), "a bare $ lets a trailing newline pass in Python and not in Rust"
    texts = [text for text in node.schema["examples"] if isinstance(text, str)]
    assert texts, "a pattern without an example explains nothing"
    for text in texts:
        assert part_accepts(node, text)
        for wrong in (text + "\n", "\n" + text, text + "\r", text + " ", text + "\N{CYRILLIC SMALL LETTER A}", ""):
            assert not part_accepts(node, wrong), repr(wrong)


# -- examples, and what is made wrong in them --------------------------------------------------------------------------


@pytest.mark.parametrize(("file", "document"), EXAMPLES)
def test_example_is_accepted(file: str, document: Any) -> None:
    assert accepts(file, document)
    if "kind" in document:
        assert accepts("tamspec.schema.json", document)


def spots(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in pairs:
        yield from spots(child, (*path, key))


def mutated(document: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(document)
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return changed


@pytest.mark.parametrize(("file", "document"), EXAMPLES)
def test_wrong_type_anywhere_is_refused(file: str, document: Any) -> None:
    for path, value in spots(document):
        wrong: Any = [] if isinstance(value, dict) else {"unexpected": 1}
        assert not accepts(file, mutated(document, path, wrong)), path


@pytest.mark.parametrize(("file", "document"), EXAMPLES)
def test_misspelt_key_anywhere_is_refused(file: str, document: Any) -> None:
    for path, value in spots(document):
        if isinstance(value, dict):
            assert not accepts(file, mutated(document, path, {**value, "Mis spelt": "x"})), path


def required_keys(file: str, document: Any) -> Iterator[tuple[str, ...]]:
    schema = SCHEMAS[file]
    yield from ((key,) for key in schema.get("required", ()))
    for part in ("metadata", "spec"):
        inner = schema["properties"].get(part, {})
        if part == "spec" and document.get("kind") == "LedgerEntry":
            inner = schema["$defs"][document["spec"]["event"]]
        yield from ((part, key) for key in inner.get("required", ()))


@pytest.mark.parametrize(("file", "document"), EXAMPLES)
def test_missing_required_key_is_refused(file: str, document: Any) -> None:
    for path in required_keys(file, document):
        parent = document if len(path) == 1 else document[path[0]]
        rest = {key: value for key, value in parent.items() if key != path[-1]}
        assert not accepts(file, mutated(document, path[:-1], rest)), path


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_has_an_example(event: str) -> None:
    assert event in {entry["spec"]["event"] for entry in SCHEMAS["ledgerentry.schema.json"]["examples"]}


def test_field_of_another_event_is_refused() -> None:
    entry = next(one for one in SCHEMAS["ledgerentry.schema.json"]["examples"] if one["spec"]["event"] == "moved")
    assert not accepts("ledgerentry.schema.json", mutated(entry, ("spec", "committed"), "2026-12-16T15:00:00Z"))


# -- what people write -------------------------------------------------------------------------------------------------

INSTALL = ("spec", "procedures", "provision", "steps", "install")

FORMS = [
    # file, path in its first example, good values, bad values
    ("calendar", ("spec", "hours"), [{"mon": []}, {"sat-sun": ["00:00-24:00"]}, {"fri": ["22:00-06:00"]}],
     [{}, {"Mon": []}, {"monday": []}, {"mon": "09:00-18:00"}, {"mon": ["9:00-18:00"]}, {"mon": ["24:00-08:00"]},
      {"mon": ["09:00-24:01"]}, {"mon": ["09:00 - 18:00"]}, {"mon": [None]}]),
    ("calendar", ("spec", "timeZone"), ["UTC", "Etc/GMT+3", "America/Argentina/Ushuaia"],
     ["../etc/passwd", "/etc", "Europe/", "Europe Moscow"]),
    ("calendar", ("spec", "overrides"), [{}, {"2026-12-31": []}], [{"31.12.2026": []}, {"2026-12-31": None}]),
    ("department", ("spec", "capacity"), [{"people": 1}, {"people": 6, "reserve": "12.5%"}],
     [{}, {"people": 0}, {"people": "6"}, {"people": True}, {"people": 2.5}, {"people": 6, "reserve": 0.35},
      {"people": 6, "reserve": "35"}, {"people": 6, "reserve": "-5%"}]),
    ("department", ("metadata", "name"), ["dba", "dba-2"],
     ["DBA", "2dba", "dba-", "d--a", "dba_2", "d" * 64, "dbа", ""]),  # the last but one ends in a Cyrillic letter
    ("department", ("spec", "validTo"), ["2027-06-30"], ["30.06.2027", "2027-6-30", "2027-06-30T00:00:00Z", 20270630]),
    ("client", ("spec", "contacts", "orlov", "phone"), ["+49 30 901820", "8 (495) 123 ext 12"], [4930901820, "x"]),
    ("client", ("spec", "contacts", "orlov", "email"), ["o.rlov+tam@acme.example"], ["orlov", "orlov@acme", "a b@c.d"]),
    ("service", (*INSTALL, "effort"), ["4h", "30m", "2wd", "1.5h"], ["1d", "1,5h", "4 h", "1h 30m", "4", 4, "-1h"]),
    ("service", (*INSTALL, "wait"), ["15m", "4h", "2d", "3wd"], ["2w", "P2D", 2]),
    ("service", (*INSTALL, "effortRange"), [["3h", "10h"]], [["3h"], ["1h", "2h", "3h"], "3h"]),
    ("service", (*INSTALL, "when"), [{"replicas": 2}, {"replicas": {"min": 1}}, {"os": "linux"}, {"v": {"in": ["16"]}}],
     [{"replicas": [1, 2]}, {"replicas": {}}, {"replicas": {"minimum": 1}}, {"v": {"in": []}}, {"v": None}]),
    ("service", (*INSTALL, "dependsOn"), [[], ["boot"]], ["boot", ["boot", "boot"], ["Boot"], [1]]),
    ("service", (*INSTALL, "with"), [["unix"]], ["unix"]),
    ("service", (*INSTALL, "checklist"), [["VLAN 112"]], [["VLAN", None], [{"Back-out": "restore"}], [""]]),
    ("agreement", ("spec", "path"), [["ola-a", ["ola-b", "ola-c"]], []], ["ola-a", [[]], [["ola-a", ["ola-b"]]], [7]]),
    ("agreement", ("spec", "priorities"), [{"p1": {"response": "15m"}}], [{"p1": "15m"}, {"p1": {"response": 15}}]),
    ("project", ("spec", "components", "web"), [{"service": "nginx", "params": {"certificate": None}}],
     [{}, "nginx", {"service": "Nginx"}, {"service": "nginx", "params": {"names": ["a"]}},
      {"service": "nginx", "dependsOn": "os"}, {"service": "nginx", "depends_on": ["os"]}]),
    ("project", ("spec", "components"), [{}, {"shop": {"service": "landscape"}}], [{"shop.web": {"service": "nginx"}}]),
    ("change", ("spec", "components"), [["web"], ["shop.web"]], ["web", ["shop/web"], ["shop..web"]]),
    ("change", ("spec", "requiredBy"), ["2026-12-18"], ["18.12.2026", "2026-12", None]),
    ("change", ("spec", "questions", "tls", "answers"), ["components.shop.web.params.sizeGiB"],
     ["web.params.certificate", "components.web.certificate", "components.web.params."]),
    ("change", ("spec", "orders"), [{"shop.db/provision/install": {"why": "Import", "notBefore": "2026-12-07"}}],
     [{"db/provision/install": {"effort": "12h"}}, {"db/install": {"why": "x"}}, {"a/b/c": {"why": ""}}]),
    ("workspace", ("sources",), [["catalog"], ["clients/acme"]], [[], ["../x"], ["/etc"], [".git"], ["a//b"], "a"]),
    ("workspace", ("site",), ["https://pages.example.com", "https://x:8443/a/b%20c/"],
     ["http://x", "https://", "https://x/ y", "https://x/<b>", "https://x/)", "javascript:x",
      "https://x/?q", "https://x\n", ""]),
    ("ledgerentry", ("spec", "committed"), ["2026-12-15T15:00:00Z"],
     ["2026-12-15", "2026-12-15T15:00:00+03:00", "2026-12-15T15:00:00.5Z", "2026-12-15 15:00:00Z"]),
    ("ledgerentry", ("spec", "cancelled"), [["p/c/change.2/upgrade.cut-over"], ["p/shop.web/provision.1/install"],
     ["p/change:name/task"], []], [["p/c/install"], ["p/c/adopt.1/x"], ["../c/provision.1/x"]]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "path", "good", "bad"), FORMS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_forms(file: str, path: tuple[str | int, ...], good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert accepts(f"{file}.schema.json", mutated(example(file), path, value)), value
    for value in bad:
        assert not accepts(f"{file}.schema.json", mutated(example(file), path, value)), value


@pytest.mark.parametrize(("type_", "missing"), [("sla", "provider"), ("ola", "provider"), ("uc", "supplier")])
def test_agreement_says_who_promises(type_: str, missing: str) -> None:
    document = example("agreement")
    document["spec"] = {"type": type_, "customer": "borealis"}
    errors = list(validators("agreement.schema.json")[0].iter_errors(document))
    assert [(error.validator, list(error.path)) for error in errors] == [("required", ["spec"])]
    assert missing in errors[0].message


def test_unknown_agreement_type_is_one_error() -> None:
    document = mutated(example("agreement"), ("spec", "type"), "slo")
    errors = list(validators("agreement.schema.json")[0].iter_errors(document))
    assert [list(error.path) for error in errors] == [["spec", "type"]]


def test_dispatch_follows_the_kind() -> None:
    person, client = example("person"), example("client")
    assert not accepts("tamspec.schema.json", {**person, "kind": "Client"})
    assert not accepts("tamspec.schema.json", {**client, "kind": "Klient"})
    errors = list(validators("tamspec.schema.json")[0].iter_errors({**client, "kind": "Klient"}))
    assert [list(error.path) for error in errors] == [["kind"]]


# -- true to the model -------------------------------------------------------------------------------------------------

SPELLED = {
    ("Step", "joint"): "with",
    ("Param", "minimum"): "min",
    ("Param", "maximum"): "max",
    ("Condition", "one_of"): "in",
    ("Condition", "minimum"): "min",
    ("Condition", "maximum"): "max",
    ("Absence", "first"): "from",
    ("Absence", "last"): "to",
    ("Freeze", "first"): "from",
    ("Freeze", "last"): "to",
    ("Freeze", "excepted"): "except",
    ("TamRole", "first"): "from",
    ("TamRole", "last"): "to",
    ("Tenure", "first"): "from",
    ("Tenure", "last"): "to",
    ("Handover", "giver"): "from",
    ("Handover", "taker"): "to",
    ("Move", "source"): "from",
    ("Move", "target"): "to",
}
UNWRITTEN = {
    "Component": {"project", "name", "assumed", "missing"},  # the entry, the key of the map; what is ordered is known
    "Order": {"key", "project", "change"},  # the key of the map; the entry around it
    "Event": {"name"},  # in `metadata`
    "task": {"when", "effort_per"},  # a Step of a change, which has no parameters to depend on
}
"""What the model knows from elsewhere. Places are never written."""

FORMS_OF = {
    Effort: "effort",
    Duration: "duration",
    Percent: "percent",
    date: "date",
    datetime: "instant",
    LocalTime: "localTime",
    catalog.Shift: "shift",
}
"""Types with a form of their own, and the definition that holds it in each schema."""

TYPES = {str: "string", int: "integer", bool: "boolean", Decimal: "number"}
Defs = Mapping[str, Mapping[str, Any]]


def spelled(owner: type, name: str) -> str:
    head, *rest = name.split("_")
    return SPELLED.get((owner.__name__, name), head + "".join(word.title() for word in rest))


def fields_of(cls: type, *roles: str) -> dict[str, tuple[Any, FieldInfo]]:
    """The fields of a class that are written, as they are written → annotation and field."""
    hints = get_type_hints(cls)
    away = {field for base in cls.__mro__ for field in UNWRITTEN.get(base.__name__, ())}
    away |= {field for role in roles for field in UNWRITTEN.get(role, ())}
    return {
        spelled(cls, field.name): (hints[field.name], field)
        for field in fields(cls)
        if field.name not in away and "Place" not in str(hints[field.name])
    }


def resolved(schema: Mapping[str, Any], defs: Defs) -> Mapping[str, Any]:
    return {**defs[schema["$ref"].rsplit("/", 1)[1]], **schema} if "$ref" in schema else schema


def drift(hint: Any, schema: Mapping[str, Any], defs: Defs, where: str) -> Iterator[str]:
    """Where a schema and an annotation of the model disagree."""
    shape, origin, args = resolved(schema, defs), get_origin(hint), get_args(hint)
    if hint in FORMS_OF or hint == Scalar or (origin in (None, Ref, Literal) and not is_struct(hint)):
        yield from complaint_of_leaf(hint, schema, shape, where)
    elif origin in (Union, types.UnionType):
        (one,) = set(args) - {type(None)}
        yield from drift(one, schema, defs, where)
    elif origin is Mapping:
        if args[0] is date and shape["propertyNames"] != {"$ref": "#/$defs/date"}:
            yield f"{where}: keys are not dates"
        yield from drift(args[1], shape["additionalProperties"], defs, f"{where}.*")
    elif origin is tuple and args[-1] is not Ellipsis:
        parts = [cls for cls in args if is_struct(cls)]
        optional = [part for arg in args for part in get_args(arg) if is_struct(part)]
        together = {name: value for cls in (*parts, *optional) for name, value in fields_of(cls).items()}
        may_lack = {name for cls in optional for name in fields_of(cls)}
        yield from drift_of_fields(together, shape, defs, where, may_lack)
    elif origin in (tuple, frozenset):
        if "array" not in shape["type"]:
            yield f"{where}: not a list"
        yield from drift(args[0], shape["items"], defs, f"{where}[]")
    else:
        role = schema.get("$ref", "").rsplit("/", 1)[-1]
        yield from drift_of_fields(fields_of(hint, role), shape, defs, where)


def complaint_of_leaf(hint: Any, schema: Mapping[str, Any], shape: Mapping[str, Any], where: str) -> list[str]:
    """What is wrong with the schema of a single value, in at most one sentence."""
    if hint in FORMS_OF:
        fine = schema.get("$ref") == f"#/$defs/{FORMS_OF[hint]}"
    elif hint == Scalar:
        fine = {"string", "number", "boolean"} <= set(shape["type"])
    elif get_origin(hint) is Ref:
        (target,) = get_args(hint)
        fine = shape.get("x-ref") == (["Client", "Department"] if target is Any else target.__name__)
    elif get_origin(hint) is Literal:
        fine = set(shape["enum"]) == set(get_args(hint)) - {""}
    else:
        fine = shape["type"] == TYPES[hint] and "x-ref" not in shape
    return [] if fine else [f"{where}: {dict(schema)} is not {hint}"]


def drift_of_fields(
    fields: Mapping[str, tuple[Any, FieldInfo]],
    shape: Mapping[str, Any],
    defs: Defs,
    where: str,
    may_lack: Iterable[str] = (),
) -> Iterator[str]:
    properties = shape["properties"]
    needed = {
        name for name, (_, field) in fields.items() if field.default is NODEFAULT and field.default_factory is NODEFAULT
    } - set(may_lack)
    if set(fields) != set(properties):
        yield f"{where}: only in one of both: {sorted(set(fields) ^ set(properties))}"
    if needed != set(shape.get("required", ())):
        yield f"{where}: required are {sorted(needed)}, the schema says {shape.get('required')}"
    for name in fields.keys() & properties.keys():
        hint, field = fields[name]
        yield from drift(hint, properties[name], defs, f"{where}.{name}")
        if written_default(hint, field) != properties[name].get("default"):
            yield f"{where}.{name}: the default is {written_default(hint, field)!r}"


def written_default(hint: Any, field: FieldInfo) -> Any:
    """A default that people should know, as they would write it; None for "nothing", which goes without saying."""
    if hint is Percent:
        return None if field.default is NODEFAULT else f"{field.default}%"
    if isinstance(field.default, tuple):
        return list(field.default) or None
    if hint not in (Effort, Duration) and isinstance(field.default, (bool, int, str)) and field.default != "":
        return field.default
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_kind_says_what_the_model_says(kind: str) -> None:
    schema = SCHEMAS[f"{kind.lower()}.schema.json"]
    fields, envelope = fields_of(KINDS[kind]), fields_of(catalog.Named)
    own = {name: value for name, value in fields.items() if name not in envelope}
    parts = schema["properties"]
    assert not [*drift_of_fields(envelope, parts["metadata"], schema["$defs"], "metadata")]
    assert not [*drift_of_fields(own, parts["spec"], schema["$defs"], "spec")]


@pytest.mark.parametrize("event", EVENTS)
def test_event_says_what_the_model_says(event: str) -> None:
    defs = SCHEMAS["ledgerentry.schema.json"]["$defs"]
    shape = copy.deepcopy(defs[event])
    assert shape["properties"].pop("event")["const"] == event
    shape["required"].remove("event")
    assert not [*drift_of_fields(fields_of(EVENTS[event]), shape, defs, event)]


def test_every_event_and_kind_is_dispatched() -> None:
    entry = SCHEMAS["ledgerentry.schema.json"]["properties"]["spec"]
    assert entry["properties"]["event"]["enum"] == list(EVENTS)
    assert [branch["then"]["$ref"] for branch in entry["allOf"]] == [f"#/$defs/{event}" for event in EVENTS]
    kinds = [*KINDS, "LedgerEntry"]
    every = SCHEMAS["tamspec.schema.json"]
    assert sorted(every["properties"]["kind"]["enum"]) == sorted(kinds)
    told = {b["if"]["properties"]["kind"]["const"]: b["then"]["$ref"] for b in every["allOf"]}
    assert told == {kind: f"{kind.lower()}.schema.json" for kind in kinds}


def test_settings_say_what_the_model_says() -> None:
    schema = SCHEMAS["workspace.schema.json"]
    shape = {**schema, "properties": {key: one for key, one in schema["properties"].items() if key != "apiVersion"}}
    assert not [*drift_of_fields(fields_of(workspace.Settings), shape, schema["$defs"], "settings")]


def test_editors_complete_agreements_in_both_forms_of_a_path() -> None:
    item = SCHEMAS["agreement.schema.json"]["properties"]["spec"]["properties"]["path"]["items"]
    assert item["x-ref"] == item["items"]["x-ref"] == "Agreement"


def test_drift_is_seen() -> None:
    schema = copy.deepcopy(SCHEMAS["department.schema.json"])
    spec = schema["properties"]["spec"]
    del spec["properties"]["email"]
    spec["required"].append("parent")
    spec["properties"]["manager"]["x-ref"] = "Client"
    spec["properties"]["capacity"]["properties"]["reserve"]["$ref"] = "#/$defs/text"
    own = {name: value for name, value in fields_of(catalog.Department).items() if name not in fields_of(catalog.Named)}
    assert len([*drift_of_fields(own, spec, schema["$defs"], "spec")]) == 4


PLAN_ENUMS = [
    ("order", "action", plan.Action, "verb", set()),
    ("order", "status", order.OrderState, "status", {"ready"}),
    ("diff", "kind", plan.Diff, "kind", set()),
    ("reason", "kind", plan.Reason, "kind", set()),
    ("change", "state", plan.ChangePlan, "state", set()),
]


@pytest.mark.parametrize(("part", "field", "cls", "name", "computed"), PLAN_ENUMS)
def test_plan_output_knows_the_words_of_the_model(
    part: str, field: str, cls: type, name: str, computed: set[str]
) -> None:
    words = SCHEMAS["output/plan.schema.json"]["$defs"][part]["properties"][field]["enum"]
    assert set(words) == set(get_args(get_type_hints(cls)[name])) | computed


def test_plan_output_has_the_promised_fields() -> None:
    defs = SCHEMAS["output/plan.schema.json"]["$defs"]
    promised = """key client project change component step title department joint procedure action status depends_on
        effort_hours milestone standby overrides start finish committed baseline due float_hours slack_hours critical
        reasons notify causes"""
    assert list(defs["order"]["properties"]) == [*promised.split(), "inputs"]
    assert list(defs["diff"]["properties"]) == ["component", "kind", "change", "fields", "causes"]


def test_outputs_always_carry_every_field() -> None:
    for node in NODES:
        if node.file.startswith("output/") and "properties" in node.schema:
            assert node.schema["required"] == list(node.schema["properties"]), str(node)


def test_findings_look_the_same_in_both_outputs() -> None:
    shared = ("finding", "related")
    one, other = (SCHEMAS[f"output/{name}.schema.json"]["$defs"] for name in ("plan", "findings"))
    assert [one[name] for name in shared] == [other[name] for name in shared]
