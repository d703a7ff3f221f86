"""`tamspec schema`: the schemas that know the names of a workspace, and the line that leads editors to them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from program import ROOT, copy_of_sample, run, small

from tamspec import load, modeline, resources, vocabulary
from tamspec.load.yaml import parse
from tamspec.model.workspace import Settings
from tamspec.model.workspace import Workspace as Model

BASE = "https://schemas.invalid/"
LINE = "# yaml-language-server: $schema="


def sample_files() -> dict[str, bytes]:
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for folder in ("catalog", "projects")
        for path in sorted((ROOT / folder).rglob("*.yaml"))
    }


def plain(value: Any) -> Any:
    """The data as JSON has it."""
    return json.loads(json.dumps(value, default=float))


def documents(files: Mapping[str, bytes]) -> list[tuple[str, Any]]:
    """Where each document stands, and its data."""
    return [
        (str(one.place.value), plain(one.data)) for path, content in files.items() for one in parse(path, content)[0]
    ]


SAMPLE = documents(sample_files())


def schemas_of(workspace: Model) -> dict[str, Any]:
    names = [name for name in resources.schema_names() if "/" not in name]
    return vocabulary.narrowed({name: resources.schema(name) for name in names}, workspace)


@pytest.fixture(scope="module")
def of_sample() -> dict[str, Any]:
    return schemas_of(load.load(sample_files(), Settings(), resources.schemas()).workspace)


@pytest.fixture(scope="module")
def judge(of_sample: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """The schema for every document, with the others beside it, as an editor sees them."""
    others = [(f"{BASE}{name}.schema.json", schema) for name, schema in of_sample.items()]
    combined = {**of_sample["tamspec"], "$id": f"{BASE}tamspec.schema.json"}
    return jsonschema_rs.Draft202012Validator(combined, registry=jsonschema_rs.Registry(others))


def test_the_whole_sample_fits(judge: jsonschema_rs.Draft202012Validator) -> None:
    assert len(SAMPLE) > 80
    assert not [at for at, data in SAMPLE if not judge.is_valid(data)]


def test_they_are_schemas(of_sample: dict[str, Any]) -> None:
    for schema in of_sample.values():
        jsonschema_rs.meta.validate(schema)


def named(kind: str, name: str) -> Any:
    """A document of the sample."""
    return next(copy.deepcopy(data) for _, data in SAMPLE if data["kind"] == kind and data["metadata"]["name"] == name)


def put(*path: str | int) -> Callable[[Any, Any], None]:
    def change(data: Any, value: Any) -> None:
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = value

    return change


WRONG = {
    "Department": ("unix", put("spec", "manager"), "nobody"),
    "Department calendar": ("unix", put("spec", "calendar"), "office"),
    "Person": ("ivanova", put("spec", "department"), "unx"),
    "Client": ("acme", put("spec", "calendar"), "office-mskk"),
    "Agreement": ("gold-8x5", put("spec", "customer"), "acm"),
    "Agreement behind": ("gold-8x5", put("spec", "path", 1, 0), "ola-netwrk"),
    "Agreement path": ("gold-8x5", put("spec", "path", 0), "ola-nobody"),
    "Service": ("nginx", put("spec", "supportedBy"), "web"),
    "Service step": ("nginx", put("spec", "procedures", "provision", "steps", "install", "department"), "unx"),
    "Service part": ("web-landscape", put("spec", "components", "web", "service"), "ngnix"),
    "Project": ("acme-shop", put("spec", "client"), "acmee"),
    "Project team": ("acme-shop", put("spec", "team", "tam"), "ivanov"),
    "Project component": ("acme-shop", put("spec", "components", "shop", "service"), "web-landscpe"),
    "Project parameter": ("acme-shop", put("spec", "components", "shop", "params"), {"server": 4}),
    "Project value": ("acme-shop", put("spec", "components", "shop", "params"), {"servers": "four"}),
    "Project bound": ("borealis", put("spec", "components", "web", "params"), {"sites": 0}),
    "Project choice": ("borealis", put("spec", "components", "web", "params"), {"certificate": "nobody"}),
    "Change": ("spring-launch", put("spec", "project"), "borealiss"),
    "Change requested": ("spring-launch", put("spec", "requestedBy"), "hofmann"),
    "Change asks": ("spring-launch", put("spec", "questions", "press", "ask"), "hofmann"),
    "Change task": ("spring-launch", put("spec", "tasks", "load-test", "department"), "developmnt"),
    "Change joint": ("spring-launch", put("spec", "tasks", "migrate", "with", 0), "developmnt"),
}
"""Kind, and what is broken → document, how, and the wrong value."""


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_name_is_refused(case: str, judge: jsonschema_rs.Draft202012Validator) -> None:
    name, change, value = WRONG[case]
    data = named(case.partition(" ")[0], name)
    assert judge.is_valid(data)
    change(data, value)
    assert not judge.is_valid(data)


def test_each_reference_knows_its_names_with_their_titles(of_sample: dict[str, Any]) -> None:
    client = of_sample["project"]["properties"]["spec"]["properties"]["client"]
    assert dict(zip(client["enum"], client["enumDescriptions"], strict=True)) == {
        "acme": "ACME Retail",
        "borealis": "Borealis Logistics",
        "cirrus": "Cirrus Software",
        "dolmen": "Dolmen Tickets",
    }
    assert "always" in of_sample["client"]["properties"]["spec"]["properties"]["calendar"]["enum"]

    def references(part: Any) -> list[Any]:
        if isinstance(part, list):
            return [found for one in part for found in references(one)]
        if not isinstance(part, dict):
            return []
        return [part] * ("x-ref" in part) + [found for one in part.values() for found in references(one)]

    found = references(list(of_sample.values()))
    assert len(found) > 25
    assert all("enum" in one or "enum" in one["anyOf"][1] for one in found)


def test_an_unknown_value_may_be_left_empty_and_one_may_be_handed_down(
    judge: jsonschema_rs.Draft202012Validator,
) -> None:
    shop = named("Project", "acme-shop")
    shop["spec"]["components"]["shop"]["params"] = {"servers": None}
    assert judge.is_valid(shop)
    shop["spec"]["components"]["shop"]["params"] = {"servers": "$servers"}
    assert not judge.is_valid(shop), "only a composite service hands values down"
    landscape = named("Service", "web-landscape")
    landscape["spec"]["components"]["vm"]["params"] = {"count": "$servers"}
    assert judge.is_valid(landscape)


def test_where_there_is_nothing_yet_any_name_is_taken() -> None:
    project = jsonschema_rs.Draft202012Validator(schemas_of(Model())["project"])
    assert project.is_valid(plain(named("Project", "borealis")))


# The command.


def test_it_writes_the_same_bytes_again_and_follows_the_workspace(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    before = workspace.files()
    workspace.ok("schema", "--workspace")
    written = {path: text for path, text in workspace.files().items() if path not in before}
    assert set(written) >= {f".tamspec/schemas/{kind}.schema.json" for kind in ("tamspec", "project", "workspace")}
    workspace.ok("schema", "--workspace")
    assert workspace.files() == before | written
    workspace.edit("catalog/provider.yaml", "metadata: {name: server,", "metadata: {name: machine,")
    workspace.run("schema", "--workspace")
    assert b'"machine"' in workspace.files()[".tamspec/schemas/project.schema.json"]
    assert workspace.findings(), "the project still says server; the schemas are written all the same"


def test_one_kind_is_printed(tmp_path: Path) -> None:
    plain_one = run(tmp_path, "schema", "Project")
    assert plain_one.code == 0
    assert plain_one.data == resources.schema("project")
    of_workspace = small(tmp_path).ok("schema", "project", "--workspace").data
    assert of_workspace["properties"]["spec"]["properties"]["client"]["enum"] == ["acme"]
    assert run(tmp_path, "schema").out.split() == [name for name in resources.schema_names() if "/" not in name]


def test_wrong_usage_is_said(tmp_path: Path) -> None:
    assert "'project'" in run(tmp_path, "schema", "projct").err
    assert run(tmp_path, "schema", "projct").code == 2
    assert run(tmp_path, "schema", "--workspace").code == 2, "there is no workspace here"
    workspace = small(tmp_path)
    for arguments in (["--out", "x"], ["--check"], ["--modelines", "--workspace"], ["--workspace", "--out", "catalog"]):
        answer = workspace.run("schema", *arguments)
        assert answer.code == 2, answer.said
    workspace.write("schemas/tamspec.schema.json", "{}")
    assert workspace.run("schema", "--workspace", "--out", "schemas").code == 2
    assert workspace.text("schemas/tamspec.schema.json") == "{}"


# The line for editors.


def test_modelines_are_added_once_and_keep_every_other_byte(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.write("catalog/windows.yaml", b"\xef\xbb\xbf# Kept.\r\napiVersion: tamspec/v1\r\n")
    workspace.write("projects/shop/own.yaml", f"{LINE}https://example.org/own.json\nkind: Change\n")
    workspace.write("projects/shop/stale.yaml", f"# A comment.\n\n{LINE}../old.json # why\nkind: Change\n")
    workspace.write("projects/shop/late.yaml", f"kind: Change\n{LINE}no-use-down-here.json\n")
    workspace.write("projects/shop/ledger/entry.yaml", "apiVersion: tamspec/v1\nkind: LedgerEntry\n")
    before = workspace.files()
    checked = workspace.run("schema", "--modelines", "--check")
    assert checked.code == 1
    assert workspace.files() == before
    assert set(checked.out.split()) == set(before) - {"projects/shop/own.yaml", "projects/shop/ledger/entry.yaml"}

    workspace.ok("schema", "--modelines")
    deep = f"{LINE}../../.tamspec/schemas/tamspec.schema.json\n".encode()
    after = workspace.files()
    assert after["tamspec.yaml"] == f"{LINE}.tamspec/schemas/workspace.schema.json\n".encode() + before["tamspec.yaml"]
    assert after["projects/shop/project.yaml"] == deep + before["projects/shop/project.yaml"]
    assert after["projects/shop/stale.yaml"] == b"# A comment.\n\n" + deep + b"kind: Change\n"
    assert after["projects/shop/late.yaml"] == deep + before["projects/shop/late.yaml"]
    line = f"{LINE}../.tamspec/schemas/tamspec.schema.json\r\n".encode()
    assert after["catalog/windows.yaml"] == b"\xef\xbb\xbf" + line + before["catalog/windows.yaml"][3:]
    untouched = ("projects/shop/own.yaml", "projects/shop/ledger/entry.yaml")
    assert all(after[path] == before[path] for path in untouched)
    workspace.ok("schema", "--modelines", "--check")


def test_this_repository_has_its_modelines(tmp_path: Path) -> None:
    sample = copy_of_sample(tmp_path)
    for name in ("tamspec", "workspace"):
        sample.write(f"schemas/{name}.schema.json", "{}")
    sample.ok("schema", "--modelines", "--check")


LINES = st.lists(
    st.sampled_from(["# note", "", "kind: Change", f"{LINE}x.json", "a: 1 # b", "---", "  # in"]), max_size=8
)


@given(lines=LINES, end=st.sampled_from(["\n", "\r\n"]), bom=st.booleans(), depth=st.integers(0, 3))
def test_a_modeline_is_found_again(lines: list[str], end: str, bom: bool, depth: int) -> None:
    content = b"\xef\xbb\xbf" * bom + end.join(lines).encode()
    path = "a/" * depth + "b.yaml"
    once = modeline.with_modeline(path, content, "schemas/s.json")
    assert modeline.line(path, "schemas/s.json").strip().encode() in once
    assert modeline.with_modeline(path, once, "schemas/s.json") == once
    assert len(once.splitlines()) in (len(content.splitlines()), len(content.splitlines()) + 1)
