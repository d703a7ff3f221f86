"""What tamspec must do is there: each row of the mission has its fields, findings, pages, commands and tests, and one
that lost any of them fails here.
"""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tamspec import gitrepo, pipeline, rules
from tamspec.cli import COMMANDS
from tamspec.desk.service_review import period
from tamspec.render import trees
from tamspec.render.site import Site

ROOT = Path(__file__).resolve().parent.parent
ROWS: Mapping[str, Mapping[str, Any]] = tomllib.loads((ROOT / "docs/mission.toml").read_text(encoding="utf-8"))
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
NUMBERS = [
    *(f"A{number}" for number in range(1, 11)),
    *(f"B{number}" for number in range(1, 7)),
    *(f"C{number}" for number in range(1, 8)),
    *(f"D{number}" for number in range(1, 13)),
    *("E1", "E2", "E3", "E3d", "E4", "E5", "E6", "E7", "E8", "E9"),
    *(f"F{number}" for number in range(1, 10)),
    *("G1", "G2", "G3", "G4", "G6"),
]
"""The numbers of the mission, which never change."""


def test_every_row_is_there() -> None:
    assert list(ROWS) == NUMBERS


def test_every_row_is_guarded_and_proven() -> None:
    for number, row in ROWS.items():
        assert set(row) <= {"does", "fields", "findings", "pages", "commands", "tests"}, number
        assert row["does"].endswith("."), number
        assert row.get("findings") or row.get("tests"), f"{number} has neither a rule nor a test"
        assert row.get("pages") or row.get("commands"), f"{number} is shown nowhere"


def each(part: str) -> list[Any]:
    return [pytest.param(one, id=f"{number}-{one}") for number, row in ROWS.items() for one in row.get(part, ())]


@pytest.mark.parametrize("field", each("fields"))
def test_field_is_described(field: str) -> None:
    kind, *way = field.split(".")
    schema = json.loads((ROOT / f"schemas/{kind}.schema.json").read_text(encoding="utf-8"))
    part = schema if kind == "workspace" else schema["properties"]["spec"]
    for name in way:
        part = {**schema["$defs"][part["$ref"].rpartition("/")[2]], **part} if "$ref" in part else part
        part = (
            part.get("additionalProperties" if name == "*" else "properties", {})
            if name == "*"
            else part["properties"][name]
        )
    assert part.get("description"), f"{field} is described nowhere"


@pytest.mark.parametrize("code", each("findings"))
def test_finding_has_its_cases(code: str) -> None:
    assert code in rules.MANUAL
    cases = {path.name for path in (ROOT / "tests/cases").glob(f"{code}-*.yaml")}
    elsewhere = code in (ROOT / "tests/test_cases.py").read_text(encoding="utf-8")
    assert elsewhere or {name.split("-")[1] for name in cases} == {"bad", "good"}


@functools.cache
def sample() -> dict[str, list[str]]:
    """Template → the pages of the sample that are printed with it: the provider's, each client's, a service review."""
    files = gitrepo.files_in(ROOT, ("catalog", "projects")).files
    settings, findings = pipeline.settings((ROOT / "tamspec.yaml").read_bytes())
    story = pipeline.tell(pipeline.Tree(settings=settings, findings=findings, files=files), AT)
    material = pipeline.material(story)
    sites: list[Site] = [trees.internal(material)]
    sites += [trees.for_client(material, name) for name in story.workspace.clients]
    october = period("2026-10")
    assert october is not None
    sites.append(trees.service_review(material, "dolmen", october, None))
    found: dict[str, list[str]] = {}
    for site in sites:
        for path, template in site.templates.items():
            found.setdefault(template, []).append(site.page(path)[0])
    found["attainment.html"] = [(ROOT / "templates/attainment.html").read_text(encoding="utf-8")]
    return found


@pytest.mark.parametrize("page", each("pages"))
def test_page_shows_it(page: str) -> None:
    template, _, section = page.partition("#")
    pages = sample().get(template, [])
    assert pages, f"no page of the sample is printed with {template}"
    assert not section or any(re.search(rf'\bid="{section}"', text) for text in pages), f"no page has {section}"


@pytest.mark.parametrize("command", each("commands"))
def test_command_is_there(command: str) -> None:
    assert command in COMMANDS


@pytest.mark.parametrize("test", each("tests"))
def test_test_is_there(test: str) -> None:
    file, _, name = test.partition("::")
    text = (ROOT / "tests" / file).read_text(encoding="utf-8")
    assert re.search(rf"^def {name}\(", text, re.MULTILINE), f"{file} has no {name}"
