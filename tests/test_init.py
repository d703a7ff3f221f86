"""`tamspec init`: a new repository works at once, whatever it is begun with, and nothing that is there is touched."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from program import AT, ROOT, Workspace, run
from test_docs import blocks, follow

from tamspec import resources
from tamspec.cli import COMMANDS

PARTS = ("common", "github", "gitlab", "example")


def begun(folder: Path, *arguments: str, at: str = AT) -> Workspace:
    """A new repository in a folder of its own."""
    answer = run(folder, "--at", at, "init", "work", *arguments)
    assert answer.code == 0, answer.said
    return Workspace(folder / "work")


def documents(workspace: Workspace) -> dict[str, bytes]:
    return {path: text for path, text in workspace.files().items() if path.startswith(("catalog/", "projects/"))}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A repository as it is begun; nobody writes in it."""
    return begun(tmp_path_factory.mktemp("fresh"), "--title", 'Müller: "IT" #1', "--time-zone", "Europe/Berlin")


def test_it_validates_plans_and_builds_at_once(fresh: Workspace, tmp_path: Path) -> None:
    assert fresh.findings() == []
    (change,) = fresh.plan()["changes"]
    assert change["name"] == "launch"
    assert change["forecast"]
    assert change["slack_hours"] > 0
    assert [one["name"] for one in change["questions"]] == ["memory"]
    fresh.ok("build", "--out", str(tmp_path / "site"))
    assert "Müller" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("at", ["2026-12-31T23:59:59Z", "2028-02-29T12:00:00Z", "2031-06-01T00:00:00Z"])
def test_its_dates_are_those_of_any_day(at: str, tmp_path: Path) -> None:
    workspace = begun(tmp_path, at=at)
    assert workspace.run("validate", at=at).code == 0
    (change,) = workspace.ok("plan", "--output-format", "json", at=at).data["changes"]
    assert change["slack_hours"] > 0


def test_same_day_same_bytes(fresh: Workspace, tmp_path: Path) -> None:
    again = begun(tmp_path, "--title", 'Müller: "IT" #1', "--time-zone", "Europe/Berlin")
    assert again.files() == fresh.files()


def test_every_word_is_filled_in_and_git_is_left_alone(fresh: Workspace) -> None:
    for path, text in fresh.files().items():
        assert not re.search(rb"@[A-Z][A-Z-]+@", text), path
    assert not (fresh.root / ".git").exists()
    assert {".editorconfig", ".gitattributes", ".gitignore", ".pre-commit-config.yaml"} <= fresh.files().keys()


def test_what_is_written_for_programs_can_be_read_by_them(fresh: Workspace, tmp_path: Path) -> None:
    gitlab = begun(tmp_path, "--gitlab")
    assert (".gitlab-ci.yml" in gitlab.files(), ".github/workflows/tamspec.yml" in gitlab.files()) == (True, False)
    workflow = yaml.safe_load(fresh.text(".github/workflows/tamspec.yml"))
    steps = [step["run"] for step in workflow["jobs"]["check"]["steps"] if "run" in step]
    pipeline = yaml.safe_load(gitlab.text(".gitlab-ci.yml"))
    hooks = yaml.safe_load(fresh.text(".pre-commit-config.yaml"))["repos"][0]["hooks"]
    called = [*steps, *pipeline["validate"]["script"], *pipeline["plan"]["script"], *pipeline["build"]["script"]]
    lines = [*(line for one in called for line in one.splitlines()), *(hook["entry"] for hook in hooks)]
    commands = [re.sub(r"--at \S+ ", "", line.strip()).split() for line in lines if line.strip().startswith("tamspec")]
    assert {one[1] for one in commands} == {"validate", "plan", "build", "fmt"}
    assert {one[1] for one in commands} <= COMMANDS.keys()


def test_what_is_begun_stands_in_its_layout(fresh: Workspace) -> None:
    assert run(fresh.root, "fmt", "--check").code == 0


def test_the_editor_is_led_to_schemas_that_are_there(fresh: Workspace) -> None:
    settings = json.loads(fresh.text(".vscode/settings.json"))["yaml.schemas"]
    files = fresh.files()
    assert all(path.removeprefix("./") in files for path in settings)
    kinds = json.loads(files[".tamspec/schemas/department.schema.json"])
    assert "meier" in kinds["properties"]["spec"]["properties"]["manager"]["enum"]
    assert run(fresh.root, "schema", "--modelines", "--check").code == 0
    assert {"/site/", "/.tamspec/"} <= set(fresh.text(".gitignore").splitlines())


def test_the_commands_of_its_readme_run(tmp_path: Path) -> None:
    workspace = begun(tmp_path)
    (shown,) = re.findall(r"```sh\n(.*?)```", workspace.text("README.md"), re.DOTALL)
    lines = [shlex.split(line, comments=True) for line in shown.splitlines()]
    assert [line[0] for line in lines] == ["pip", "tamspec", "tamspec", "tamspec"]
    for line in lines[1:]:
        workspace.ok(*line[1:])
    assert (workspace.root / "site" / "index.html").is_file()


def test_the_how_to_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in blocks(ROOT / "docs" / "how-to" / "start.md"):
        follow(block)
    assert run(tmp_path, "--at", AT, "validate").code == 0
    assert "components: [net]" in Workspace(tmp_path).text("projects/acme-shop/second-network.yaml")


def test_the_example_can_be_approved_and_ordered(tmp_path: Path) -> None:
    workspace = begun(tmp_path).start_git()
    workspace.edit("projects/first-shop/launch.yaml", "state: draft", "state: approved")
    workspace.edit("projects/first-shop/project.yaml", "certificate: provider", "certificate: provider, ramGiB: 32")
    workspace.commit("Approve")
    workspace.ok("apply", "--commit")
    assert len(workspace.ledger()) == 1
    assert workspace.git("check-attr", "merge", workspace.ledger()[0]).strip().endswith("merge: binary")
    assert not workspace.git("status", "--porcelain")


def test_without_the_example(tmp_path: Path) -> None:
    workspace = begun(tmp_path, "--empty")
    assert documents(workspace) == {"catalog/.gitkeep": b"", "projects/.gitkeep": b""}
    assert workspace.run("validate").code == 3
    workspace.ok("validate", "--allow-empty")
    workspace.ok("new", "calendar", "office", "--time-zone", "UTC", "--hours", "mon-fri=09:00-17:00")
    workspace.ok("validate")


def test_what_is_there_is_named_and_kept(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "work")
    workspace.write("README.md", "Ours.\n")
    workspace.write(".gitignore", "*.tmp\n")
    before = workspace.files()
    answer = run(tmp_path, "init", "work")
    assert answer.code == 2
    assert {"  README.md", "  .gitignore"} <= set(answer.err.splitlines())
    assert "--add" in answer.err
    assert workspace.files() == before

    assert run(tmp_path, "--at", AT, "init", "work", "--add").code == 0
    assert {path: workspace.files()[path] for path in before} == before
    assert workspace.findings() == []
    assert run(tmp_path, "--at", AT, "init", "work", "--add").code == 0, "nothing is left to add"


def test_added_to_a_workspace_with_documents_it_brings_no_example(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "work")
    workspace.write("tamspec.yaml", "apiVersion: tamspec/v1\n")
    workspace.write(
        "catalog/office.yaml",
        "apiVersion: tamspec/v1\nkind: Calendar\nmetadata: {name: office}\n"
        'spec: {timeZone: UTC, hours: {mon-fri: ["09:00-17:00"]}}\n',
    )
    before = documents(workspace)
    assert run(tmp_path, "init", "work", "--add").code == 0
    assert documents(workspace) == before
    assert workspace.text("tamspec.yaml") == "apiVersion: tamspec/v1\n"
    workspace.ok("validate")


def test_a_workspace_in_another_is_refused(tmp_path: Path) -> None:
    workspace = begun(tmp_path)
    before = workspace.files()
    for where in ("projects/mine", "."):
        answer = run(workspace.root, "init", where)
        assert answer.code == 2, answer.said
    assert "tamspec new project" in run(workspace.root, "init", "projects/mine").err
    assert workspace.files() == before


def test_a_zone_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    answer = run(tmp_path, "init", "work", "--time-zone", "Europe/Berlim")
    assert answer.code == 2
    assert "Europe/Berlin" in answer.err
    assert list(tmp_path.iterdir()) == []


def test_its_files_are_those_of_the_folder_starter() -> None:
    there = [path for path in (ROOT / "starter").rglob("*") if path.is_file()]
    found = {part: resources.starter(part) for part in PARTS}
    assert sum(map(len, found.values())) == len(there)
    assert ".vscode/settings.json" in found["common"]


def test_hooks_for_pre_commit_call_commands_that_exist() -> None:
    hooks: Any = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {hook["id"] for hook in hooks} == {"tamspec-fmt", "tamspec-validate"}
    for hook in hooks:
        program, name = hook["entry"].split()[:2]
        assert program == "tamspec"
        assert name in COMMANDS
        assert re.search(hook["files"], "projects/acme-shop/project.yaml")
        assert re.search(hook["files"], "tamspec.yaml")
