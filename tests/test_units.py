"""Judging by units, with a memory and with many processes, finds just what judging everything at once finds."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from program import AT, ROOT, Answer, Workspace, command, copy_of_sample, environment, small
from test_cases import NAMES, files_of, findings

from tamspec import gitrepo, pipeline, rules
from tamspec.cli import many
from tamspec.diagnostics import Diagnostic, Findings
from tamspec.model.workspace import Settings
from tamspec.pipeline import Tree

DATED = {"TAM406", "TAM454", *rules.OF_WORK}
"""What only the dates of a plan show."""


class Notebook:
    """A memory that tells what was looked up in vain."""

    def __init__(self) -> None:
        self.known: dict[bytes, Any] = {}
        self.unknown = 0

    def recall(self, keys: Sequence[bytes]) -> Mapping[bytes, Any]:
        self.unknown += sum(key not in self.known for key in keys)
        return {key: self.known[key] for key in keys if key in self.known}

    def keep(self, values: Mapping[bytes, Any]) -> None:
        self.known.update(values)


def tree(files: Mapping[str, bytes]) -> Tree:
    return Tree(settings=Settings(), findings=Findings(), files=files)


def told(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    return [one for one in found if one.code not in DATED]


@pytest.mark.parametrize("name", NAMES)
def test_units_find_what_the_whole_finds(name: str) -> None:
    files = files_of(name)
    assert list(pipeline.validate(tree(files)).findings.all) == told(findings(files))


def sample() -> dict[str, bytes]:
    return dict(gitrepo.files_in(ROOT, ("catalog", "projects")).files)


SLIPS = {
    "a service of that name is nowhere": ("service: network-segment", "service: network-segmnet"),
    "a department is written wrong": ("department: network", "department: netwrok"),
    "a parameter is unknown": ("vlans:", "vlnas:"),
    "nobody of that name": ("requestedBy:", "requestedBy: nobody #"),
    "an unclosed quote": ("title:", 'title: "'),
    "the project of a ledger": ("project: acme-shop", "project: acme-shpo"),
    "a client is written wrong": ("client:", "client: no-such-client #"),
    "a duplicate name": ("name: unix", "name: network"),
}


@pytest.mark.parametrize("slip", sorted(SLIPS))
def test_a_memory_changes_nothing(slip: str) -> None:
    before, after = (text.encode() for text in SLIPS[slip])
    files = sample()
    memory = Notebook()
    pipeline.validate(tree(files), memory)
    spoilt = [path for path, content in files.items() if before in content]
    assert spoilt, "the sample has what is to be spoilt"
    for path in spoilt:
        now = tree({**files, path: files[path].replace(before, after, 1)})
        fresh = pipeline.validate(now).findings
        assert pipeline.validate(now, memory).findings == fresh
        assert pipeline.validate(now, memory).findings == fresh, "the second time too"


@pytest.mark.parametrize("slip", sorted(SLIPS))
def test_whatever_stops_a_plan_is_found_by_units_too(slip: str) -> None:
    """They may find more: what has nothing to do with the fault is judged all the same."""
    before, after = (text.encode() for text in SLIPS[slip])
    files = sample()
    for path in [path for path, content in files.items() if before in content]:
        spoilt = {**files, path: files[path].replace(before, after, 1)}
        whole = {(one.at, one.code) for one in told(findings(spoilt))}
        assert whole <= {(one.at, one.code) for one in pipeline.validate(tree(spoilt)).findings.all}


def test_only_what_changed_is_looked_at() -> None:
    files = sample()
    memory = Notebook()
    pipeline.validate(tree(files), memory)
    memory.unknown = 0
    assert not pipeline.validate(tree(files), memory).findings.errors
    assert memory.unknown == 0
    [path] = [path for path in files if path.endswith("acme-shop/project.yaml")]
    pipeline.validate(tree({**files, path: files[path] + b"# a comment\n"}), memory)
    assert memory.unknown == 2, "the file itself, and the project"


def test_the_order_of_files_does_not_matter() -> None:
    files = sample()
    turned = dict(reversed(list(files.items())))
    assert pipeline.validate(tree(turned)).findings == pipeline.validate(tree(files)).findings


def test_many_processes_find_the_same() -> None:
    files = {**sample(), "projects/odd.yaml": b"kind: Project\nmetadata: {name: x}\n"}
    for number in range(900):  # so many that the work is shared
        files[f"catalog/more/c{number}.yaml"] = (
            b"apiVersion: tamspec/v1\nkind: Calendar\nmetadata: {name: c%d}\n"
            b"spec: {timeZone: UTC, hours: {mon: ['09:00-17:00']}}\n" % number
        )
    with many.spread(2) as spread:
        shared = pipeline.validate(tree(files), spread=spread)
    assert shared == pipeline.validate(tree(files))
    assert shared.findings.errors


# The cache on disk, with the real program.


def validate(workspace: Workspace, cache: Path | str, **env: str | None) -> tuple[int, str]:
    answer = workspace.run("validate", "--output-format", "json", env={"XDG_CACHE_HOME": str(cache), **env})
    return answer.code, answer.out


@pytest.fixture
def faulty(tmp_path: Path) -> Workspace:
    """A workspace with an error, and a project with none."""
    workspace = small(tmp_path / "workspace")
    workspace.write("projects/shop/odd.yaml", "apiVersion: tamspec/v1\nkind: Chnage\n")
    return workspace


def test_a_cache_that_is_lost_or_spoilt_changes_nothing(faulty: Workspace, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = validate(faulty, cache)
    assert first[0] == 1
    [file] = [path for path in cache.rglob("*") if path.is_file()]
    whole = file.read_bytes()
    spoilt = [b"", b"not a database", whole[: len(whole) // 2], bytes(len(whole))]
    spoilt += [whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :] for at in range(0, len(whole), len(whole) // 12)]
    for content in spoilt:
        file.write_bytes(content)
        assert validate(faulty, cache) == first
        assert validate(faulty, cache) == first, "what was made of it is sound"
    shutil.rmtree(cache)
    assert validate(faulty, cache) == first


def test_values_that_somebody_else_wrote_are_not_believed(faulty: Workspace, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = validate(faulty, cache)
    [file] = [path for path in cache.rglob("*") if path.is_file()]
    with sqlite3.connect(file) as database:
        database.execute("UPDATE found SET value = (SELECT value FROM found ORDER BY key LIMIT 1)")
    database.close()
    assert validate(faulty, cache) == first


def test_a_home_that_is_missing_or_cannot_be_written(faulty: Workspace, tmp_path: Path) -> None:
    first = validate(faulty, tmp_path / "cache")
    in_the_way = tmp_path / "file"
    in_the_way.write_text("no folder")
    assert validate(faulty, in_the_way) == first
    assert validate(faulty, "/proc/no-such-place") == first
    assert validate(faulty, "", HOME=None) == first
    assert validate(faulty, "", HOME=str(tmp_path / "missing")) == first


def test_two_at_once(tmp_path: Path) -> None:
    workspace = copy_of_sample(tmp_path / "workspace")
    arguments = command("--at", AT, "validate", "--output-format", "json")
    env = environment(XDG_CACHE_HOME=str(tmp_path / "cache"))
    running = [
        subprocess.Popen(arguments, cwd=workspace.root, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    answers = {(one.communicate(timeout=60), one.returncode) for one in running}
    [((out, err), code)] = answers
    assert (code, err) == (0, b""), Answer(code, out.decode(), err.decode()).said


def test_another_program_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache = many.cache(os.environ)
    cache.keep({b"key": 1})
    assert cache.recall([b"key"]) == {b"key": 1}
    monkeypatch.setattr(many, "__version__", "another")
    assert many.cache(os.environ).recall([b"key"]) == {}
