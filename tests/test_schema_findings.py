"""What a refused document is told: one finding for one cause, at the smallest thing, with the way out."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamspec.diagnostics import Diagnostic, Severity
from tamspec.load.faults import FAULTS
from tamspec.load.repair import inline, repair
from tamspec.load.schema import check
from tamspec.load.yaml import parse
from tamspec.suggest import edit_distance, latin, letter_name, look_alikes, near

END = "$(?!\\n)"
NAME = {
    "type": "string",
    "pattern": f"^[a-z][a-z0-9]*(-[a-z0-9]+)*{END}",
    "description": "A name is made of lower-case Latin letters, digits and hyphens.",
    "examples": ["acme-shop"],
}
DATE = {
    "type": "string",
    "pattern": f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{END}",
    "description": "A date is written year-month-day: `2026-12-18`.",
    "examples": ["2026-12-18"],
}
EFFORT = {
    "type": "string",
    "pattern": f"^[0-9]+(\\.[0-9]+)?(m|h|wd){END}",
    "description": "Effort is written in minutes, hours or working days.",
    "examples": ["4h"],
}
STEP = {
    "type": "object",
    "required": ["department"],
    "properties": {
        "department": {"$ref": "#/$defs/name", "x-ref": "Department", "examples": ["dba"]},
        "dependsOn": {"type": "array", "items": {"$ref": "#/$defs/name"}, "uniqueItems": True, "examples": [["os"]]},
        "effort": {"$ref": "#/$defs/effort"},
        "checklist": {"type": "array", "items": {"type": "string", "minLength": 1}},
        "window": {"type": "boolean"},
        "share": {"type": "string", "pattern": f"^[0-9]+(\\.[0-9]+)?%{END}"},
    },
    "additionalProperties": False,
}
SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["kind", "spec"],
    "properties": {
        "kind": {"const": "Change"},
        "spec": {
            "type": "object",
            "required": ["project"],
            "properties": {
                "project": {"$ref": "#/$defs/name", "description": "The project that is changed."},
                "category": {"enum": ["standard", "normal", "major"]},
                "version": {"enum": ["16", "17"]},
                "state": {"enum": ["draft", "approved", "withdrawn"]},
                "approvedBy": {"$ref": "#/$defs/name", "description": "Who approved it."},
                "requiredBy": {"$ref": "#/$defs/date"},
                "servers": {"type": "integer", "minimum": 1, "maximum": 100},
                "ratio": {"type": "number", "multipleOf": 0.5},
                "free": {"type": ["string", "number", "boolean", "null"]},
                "path": {"anyOf": [{"$ref": "#/$defs/name"}, {"type": "array", "items": {"$ref": "#/$defs/name"}}]},
                "range": {"type": "array", "items": {"$ref": "#/$defs/effort"}, "minItems": 2, "maxItems": 2},
                "steps": {
                    "type": "object",
                    "propertyNames": {"$ref": "#/$defs/name"},
                    "additionalProperties": {"$ref": "#/$defs/step"},
                },
                "holidays": {"type": "object", "propertyNames": {"$ref": "#/$defs/date"}},
            },
            "additionalProperties": False,
            "allOf": [{"if": {"properties": {"state": {"const": "approved"}}, "required": ["state"]},
                       "then": {"required": ["approvedBy"]}},
                      {"if": {"properties": {"state": {"enum": ["draft", "approved"]}}},
                       "else": {"required": ["requiredBy"]}}],
        },
    },
    "additionalProperties": False,
    "$defs": {"name": NAME, "date": DATE, "effort": EFFORT, "step": STEP},
}  # fmt: skip

GOOD = """\
kind: Change
spec:
  project: acme-shop
  category: normal
  version: "17"
  state: draft
  requiredBy: 2026-12-18
  servers: 4
  ratio: 1.5
  free: 2.25
  path: [os]
  range: [3h, 10h]
  steps:
    load:
      department: dba
      dependsOn: [os, web]
      effort: 1.5h
      checklist:
        - Data and WAL on separate volumes
      window: true
      share: 35%
  holidays:
    2027-01-01: New Year
"""


def findings(text: str, schema: Mapping[str, Any] = SCHEMA) -> tuple[Diagnostic, ...]:
    documents, found = parse("x.yaml", text.encode())
    assert all(one.severity is Severity.WARNING for one in found)
    return check(documents[0].data, documents[0].place, schema)


def pointed(text: str, found: Diagnostic) -> str:
    """What stands where a finding points, on its first line."""
    line = text.split("\n")[found.at.line - 1]
    return line[found.at.column - 1 : found.at.end_column - 1 if found.at.line == found.at.end_line else None]


def test_the_good_document_is_fine() -> None:
    assert findings(GOOD) == ()


# What is broken → code, what is pointed at, a part of the hint.
BROKEN = {
    "key with a slip": ("dependsOn:", "depndsOn:", "TAM101", "depndsOn", "'dependsOn'"),
    "key with swapped letters": ("effort:", "effrot:", "TAM101", "effrot", "'effort'"),
    "key in plural": ("department:", "departments:", "TAM101", "departments", "'department'"),
    "key in capitals": ("dependsOn:", "DependsOn:", "TAM101", "DependsOn", "'dependsOn'"),
    "key with a hyphen": ("dependsOn:", "depends-on:", "TAM101", "depends-on", "'dependsOn'"),
    "required key with a slip": ("  project:", "  projct:", "TAM101", "projct", "'project'"),
    "foreign key": ("  servers: 4", "  colour: red", "TAM101", "colour", "servers"),
    "missing key": ("  project: acme-shop\n", "", "TAM102", "spec", "project: acme-shop"),
    "missing key of a step": ("      department: dba\n", "", "TAM102", "load", "department: dba"),
    "missing key at the top": ("kind: Change\n", "", "TAM102", "spec", "kind: Change"),
    "what a condition asks for": ("draft", "approved", "TAM102", "spec", "approvedBy: acme-shop"),
    "word with a slip": ("normal", "nromal", "TAM104", "nromal", "'normal'"),
    "word in capitals": ("normal", "Normal", "TAM104", "Normal", "'normal'"),
    "foreign word": ("normal", "huge", "TAM104", "huge", ""),
    "number where a word is asked": ('"17"', "17", "TAM104", "17", '"17"'),
    "word that conditions hang on": ("draft", "aproved", "TAM104", "aproved", "'approved'"),
    "no word": ("category: normal", "category:", "TAM104", "category", "normal"),
    "wrong kind": ("kind: Change", "kind: Chnge", "TAM104", "Chnge", "'Change'"),
    "text for a list": ("[os, web]", "os", "TAM103", "os", "[os]"),
    "map for a list": ("[os, web]", "{os: 1}", "TAM103", "{os: 1}", "[os]"),
    "list for a text": ("project: acme-shop", "project: [acme-shop]", "TAM103", "[acme-shop]", "acme-shop"),
    "number for a text": ("acme-shop", "12", "TAM103", "12", "acme-shop"),
    "number for an effort": ("effort: 1.5h", "effort: 2", "TAM103", "2", "2h"),
    "decimal for an effort": ("effort: 1.5h", "effort: 2.50", "TAM103", "2.50", "2.50h"),
    "number for a share": ("35%", "35", "TAM103", "35", "35%"),
    "text for a number": ("servers: 4", "servers: four", "TAM103", "four", ""),
    "quoted number": ("servers: 4", 'servers: "4"', "TAM103", '"4"', "4"),
    "decimal comma for a number": ("ratio: 1.5", "ratio: 1,5", "TAM103", "1,5", "1.5"),
    "fraction for a whole number": ("servers: 4", "servers: 4.5", "TAM103", "4.5", ""),
    "yes": ("window: true", "window: yes", "TAM103", "yes", "true"),
    "off": ("window: true", "window: off", "TAM103", "off", "false"),
    "nothing": ("dependsOn: [os, web]", "dependsOn:", "TAM103", "dependsOn", "[os]"),
    "text for a map": ("  holidays:\n    2027-01-01: New Year\n", "  holidays: none\n", "TAM103", "none", ""),
    "neither of two shapes": ("path: [os]", "path: {os: 1}", "TAM103", "{os: 1}", ""),
    "one of two shapes, wrong inside": ("path: [os]", "path: [OS]", "TAM105", "OS", "os"),
    "date with dots": ("2026-12-18", "18.12.2026", "TAM105", "18.12.2026", "2026-12-18"),
    "date with slashes": ("2026-12-18", "18/12/2026", "TAM105", "18/12/2026", "2026-12-18"),
    "date of America": ("2026-12-18", "12/18/2026", "TAM105", "12/18/2026", "2026-12-18"),
    "date that may be two": ("2026-12-18", "3/4/2026", "TAM105", "3/4/2026", "2026-04-03 if the day"),
    "date without zeros": ("2026-12-18", "2026-3-4", "TAM105", "2026-3-4", "2026-03-04"),
    "date as a key": ("2027-01-01", "1.1.2027", "TAM105", "1.1.2027", "2027-01-01"),
    "no day as a key": ("2027-01-01", "31.2.2027", "TAM105", "31.2.2027", "For example"),
    "decimal comma": ("effort: 1.5h", "effort: 1,5h", "TAM105", "1,5h", "1.5h"),
    "unit spelt out": ("effort: 1.5h", "effort: 6 hours", "TAM105", "6 hours", "6h"),
    "unit in Russian": ("effort: 1.5h", "effort: 6 ч", "TAM105", "6 ч", "6h"),
    "name in capitals": ("acme-shop", "Acme Shop", "TAM105", "Acme Shop", "acme-shop"),
    "name with an underscore": ("    load:", "    load_test:", "TAM105", "load_test", "load-test"),
    "name with a line break": ("acme-shop", '"acme-shop\\n"', "TAM105", '"acme-shop\\n"', "acme-shop"),
    "empty text": ("- Data and WAL on separate volumes", '- ""', "TAM106", '""', ""),
    "too small": ("servers: 4", "servers: 0", "TAM106", "0", ""),
    "too large": ("servers: 4", "servers: 1000", "TAM106", "1000", ""),
    "no multiple": ("ratio: 1.5", "ratio: 1.3", "TAM106", "1.3", ""),
    "list too short": ("[3h, 10h]", "[3h]", "TAM106", "range", ""),
    "sentence with a colon": ("Data and WAL on separate volumes", "Back-out: restore", "TAM107", "Back-out: restore",
                              '"Back-out: restore"'),
    "sentence with a colon and a number": ("Data and WAL on separate volumes", "VLAN: 112", "TAM107", "VLAN: 112",
                                           '"VLAN: 112"'),
    "sentence that ends in a colon": ("Data and WAL on separate volumes", "Back-out:", "TAM107", "Back-out:",
                                      '"Back-out:"'),
    "Cyrillic letter in a name": ("acme-shop", "аcme-shop", "TAM108", "аcme-shop", "'acme-shop'"),
    "Cyrillic letter in a key": ("dependsOn", "dеpendsOn", "TAM108", "dеpendsOn", "'dependsOn'"),
    "Cyrillic letter in a required key": ("  project", "  рroject", "TAM108", "рroject", "'project'"),
    "Cyrillic letter in a word": ("normal", "nоrmal", "TAM108", "nоrmal", "'normal'"),
    "Cyrillic letter in a name that is a key": ("    load:", "    lоad:", "TAM108", "lоad", "'load'"),
    "same thing twice": ("[os, web]", "[os, web, os]", "TAM109", "os", "Delete"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_one_cause_is_one_finding_with_the_way_out(case: str) -> None:
    old, new, code, at, hint = BROKEN[case]
    assert GOOD.count(old) == 1
    text = GOOD.replace(old, new)
    (found,) = findings(text)
    assert (found.code, pointed(text, found)) == (code, at)
    assert hint in found.hint
    said = f"{found.detail} {found.hint}"
    assert re.match(r"[A-Z0-9'\"]", found.detail), said
    assert found.detail.endswith("."), said
    words = (
        r"NoneType|\bstr\b|\bint\b|\bobject\b|\barray\b|\bstring\b|Decimal\(|pattern|[Pp]ropert|enum|\$defs|\bnull\b"
    )
    assert not re.search(words, said), said


def test_every_shape_fault_is_shown() -> None:
    assert {code for _, _, code, _, _ in BROKEN.values()} == {
        fault.code for fault in FAULTS if fault.code.startswith("TAM1")
    }


def test_separate_causes_are_told_all_at_once_and_in_order() -> None:
    text = GOOD.replace("acme-shop", "Acme").replace("normal", "huge").replace("[os, web]", "os").replace("35%", "x")
    assert [found.code for found in findings(text)] == ["TAM105", "TAM104", "TAM103", "TAM105"]
    twice = GOOD.replace("servers", "serverz").replace("ratio", "rtio")
    assert [found.code for found in findings(twice)] == ["TAM101", "TAM101"]


def test_one_slip_does_not_excuse_another_missing_key() -> None:
    text = GOOD.replace("  project: acme-shop\n", "  serverz: 5\n")
    assert [found.code for found in findings(text)] == ["TAM102", "TAM101"]


def test_a_missing_key_is_explained_by_its_description() -> None:
    (found,) = findings(GOOD.replace("  project: acme-shop\n", ""))
    assert "The project that is changed." in found.detail


def test_the_look_alike_is_named() -> None:
    (found,) = findings(GOOD.replace("acme-shop", "aсme-shop"))
    assert "Cyrillic small letter es" in found.detail


def test_the_first_mention_is_related() -> None:
    (found,) = findings(GOOD.replace("[os, web]", "[os, web, os]"))
    assert [other.at.column for other in found.related] == [19]
    assert found.at.column == 28


@pytest.mark.parametrize("text", ["- a\n", "foo\n", "12\n"])
def test_a_document_that_is_no_map(text: str) -> None:
    (found,) = findings(text)
    assert (found.code, found.at.line, found.at.column) == ("TAM103", 1, 1)


@pytest.mark.parametrize("value", ["1.0", "4.0", "2e0"])
def test_a_decimal_without_fraction_is_a_whole_number(value: str) -> None:
    assert findings(GOOD.replace("servers: 4", f"servers: {value}")) == ()


def test_a_name_is_no_name_with_a_line_break_behind_it() -> None:
    loose = {"properties": {"name": {"type": "string", "pattern": "^[a-z]+$"}}}
    for schema in (loose, SCHEMA):  # one validator takes the line break for the end, the other does not
        found = findings('name: "acme\\n"\nkind: Change\nspec: {project: "acme\\n"}\n', schema)
        assert found


def test_the_same_findings_whatever_the_order_of_keys() -> None:
    text = "spec: {project: Acme, catgory: normal, servers: 0}\nkind: Change\n"
    turned = "kind: Change\nspec: {servers: 0, catgory: normal, project: Acme}\n"
    assert sorted(found.detail for found in findings(text)) == sorted(found.detail for found in findings(turned))


def test_hostile_documents_are_judged_in_time() -> None:
    started = time.process_time()
    assert len(findings(GOOD + "".join(f"  k{i}: 1\n" for i in range(20_000)))) == 100
    maps = ", ".join(f"{{a: {i}}}" for i in range(10_000))
    assert len(findings(GOOD.replace("[os, web]", f"[{maps}]"))) == 100
    assert findings(GOOD.replace("acme-shop", "x" * 60_000 + "!"))[0].code == "TAM105"
    assert time.process_time() - started < 5


values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["os", "OS", "1,5h", "18.12.2026", "", "\n", "а"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "spec", "project", "steps", "a", "effort", "path"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(data=values)
def test_nothing_is_too_strange_and_what_is_refused_is_told(data: object) -> None:
    text = json.dumps({"kind": "Change", "spec": {"project": "a", "steps": data, "path": data, "category": data}})
    found = findings(text)
    assert found == tuple(sorted(found, key=lambda one: one.order))
    assert found  # the same value never fits steps, path and category together


# The schemas of the product.

SCHEMAS = Path(__file__).parent.parent / "schemas"
REAL = sorted(path for path in SCHEMAS.glob("*.schema.json") if path.name != "tamspec.schema.json")
"""One file a kind; tamspec.schema.json only leads editors to them."""


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name.split(".")[0])
def test_examples_of_the_real_schemas_are_accepted_and_misspelt_ones_are_not(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    for example in schema.get("examples", []):
        text = json.dumps(example, ensure_ascii=False)
        assert findings(text, schema) == ()
        for key in schema.get("required", []):
            misspelt = {f"{key}x" if name == key else name: value for name, value in example.items()}
            if "additionalProperties" in schema:
                (found,) = findings(json.dumps(misspelt, ensure_ascii=False), schema)
                assert (found.code, found.hint) == ("TAM101", f"Did you mean '{key}'?")


# Suggestions.


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ngnix", "nginx"),
        ("nginx", "nginx"),
        ("postgres", "postgresql"),
        ("Networks", "network"),
        ("асme", "acme"),
        ("os–login", "os-login"),
        ("dbb", "dba"),
        ("xx", None),
        ("completely-else", None),
        ("", None),
        ("n" * 10_000, None),
    ],
)
def test_near(name: str, meant: str | None) -> None:
    assert near(name, ["os", "dba", "acme", "nginx", "network", "postgresql", "os-login"]) == meant


def test_near_does_not_depend_on_the_order_of_candidates() -> None:
    assert near("abd", ["abe", "abc"]) == near("abd", ["abc", "abe"]) == "abc"


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_edit_distance_is_a_distance(one: str, other: str) -> None:
    assert edit_distance(one, other) == edit_distance(other, one)
    assert (edit_distance(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= edit_distance(one, other) <= max(len(one), len(other))


def test_swapped_neighbours_are_one_slip() -> None:
    assert edit_distance("nginx", "ngnix") == 1


def test_look_alikes() -> None:
    assert latin("асmе-1") == "acme-1"
    assert look_alikes("асmа") == ("а", "с")
    assert look_alikes("acme") == ()
    assert letter_name("с") == "'с' (Cyrillic small letter es)"


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        "os",
        "1.5h",
        "2026-12-18",
        "true",
        "12",
        "a: b",
        "x #y",
        "",
        "[",
        "Who, me",
        ["a", "b c"],
        {"k": 1},
    ],
)
def test_inline_is_read_as_it_was_meant(value: object) -> None:
    (document,), found = parse("x.yaml", f"[{inline(value)}]".encode())
    assert not found
    assert document.data == [value]


def test_nothing_is_repaired_that_would_not_be_accepted() -> None:
    assert repair("18.12.2026", lambda _: False) is None
