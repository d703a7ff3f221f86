"""Whoever pulls the plug finds whole Changes and whole pages, and the next run goes on from there."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from program import AT, Workspace, change, command, environment, project, small

SEED = 20261123
MOMENTS = 50

DRIVER = """
import itertools, json, os, shutil, signal, sys
from pathlib import Path
from tamspec import pipeline
from tamspec.cli import main

output, *arguments = sys.argv[1:]
TRUE = {name: getattr(os, name) for name in ("fsync", "link", "mkdir", "replace", "unlink")}
CALLS = itertools.count(1)

def deadly(name, last):
    def call(*given, **named):
        if next(CALLS) == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return TRUE[name](*given, **named)
    return call

def run(last):
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    for name in TRUE:
        setattr(os, name, deadly(name, last))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    main(arguments)

def found():
    return {path.as_posix(): path.read_text() for path in sorted(Path().glob(output)) if path.is_file()}

for last in itertools.count(1):
    for path in Path().glob(output):
        path.is_file() and path.unlink()
    killed = run(last)
    after = found()
    finished = run(0)
    print(json.dumps({"killed": killed, "after": after, "finished": finished, "end": found()}), flush=True)
    if not killed:
        break
"""
"""Runs a command again and again, killed before its first, second, ... change of the disk, and once more unharmed."""


def landscape(folder: Path) -> Workspace:
    """Three projects, each with two approved Changes that nobody has applied."""
    workspace = small(folder)
    for name in ("two", "three"):
        workspace.write(f"projects/{name}/project.yaml", project(name))
        workspace.write(f"projects/{name}/launch.yaml", change(f"launch-{name}", name, "net", "os"))
    for name in ("shop", "two", "three"):
        workspace.edit(
            f"projects/{name}/project.yaml", "    os:", "    db: {service: server, dependsOn: [net]}\n    os:"
        )
        workspace.write(f"projects/{name}/db.yaml", change(f"db-{name}", name, "db"))
    return workspace


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return landscape(tmp_path_factory.mktemp("pattern"))


@pytest.fixture(scope="module")
def whole(pattern: Workspace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The ledger of a run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("whole") / "copy"
    workspace = Workspace(Path(shutil.copytree(pattern.root, folder)))
    workspace.ok("apply")
    entries = ledger(workspace)
    assert len(entries) == 6
    return entries


@pytest.fixture
def workspace(pattern: Workspace, tmp_path: Path) -> Workspace:
    return Workspace(Path(shutil.copytree(pattern.root, tmp_path / "copy")))


def ledger(workspace: Workspace) -> dict[str, bytes]:
    return {path: text for path, text in workspace.files().items() if "/ledger/" in path}


def visible(files: dict[str, Any]) -> dict[str, Any]:
    """Without drafts, which nobody reads."""
    return {path: text for path, text in files.items() if not Path(path).name.startswith(".")}


def start(workspace: Workspace, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command("--at", AT, *arguments),
        cwd=workspace.root,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    out, _ = process.communicate(timeout=30)
    return process.returncode, out.decode()


def duration(workspace: Workspace) -> float:
    """How long an apply takes on this machine just now."""
    begun = time.monotonic()
    workspace.ok("apply")
    return time.monotonic() - begun


def forget(workspace: Workspace) -> None:
    """As before the first apply."""
    for folder in workspace.root.glob("projects/*/ledger"):
        shutil.rmtree(folder)


@pytest.mark.slow
def test_killed_at_random_moments(workspace: Workspace, whole: dict[str, bytes]) -> None:
    dice = random.Random(SEED)  # noqa: S311 - nothing secret
    longest = 1.1 * duration(workspace)
    killed = 0
    for number in range(MOMENTS):
        if number % 5 == 0:
            forget(workspace)
        process = start(workspace, "apply")
        time.sleep(longest * (dice.random() if number % 2 else 1 - dice.random() / 4))
        process.kill()
        code, said = ended(process)
        killed += code == -9
        assert code == -9 or code == 0, said
        found = visible(ledger(workspace))
        assert found.items() <= whole.items(), "whole Changes only, as an undisturbed run writes them"
        if number % 5 == 4:
            assert not [one for one in workspace.findings() if one["severity"] == "error"]
            workspace.ok("apply")
            assert ledger(workspace) == whole
            workspace.ok("apply")
            assert ledger(workspace) == whole
    assert killed > MOMENTS / 2


def driven(workspace: Workspace, output: str, *arguments: str) -> Iterator[dict[str, Any]]:
    """What the driver tells of each of its runs."""
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, output, "--at", AT, *arguments],
        cwd=workspace.root,
        env=environment(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return map(json.loads, done.stdout.decode().splitlines())


@pytest.mark.slow
def test_killed_before_each_change_of_the_disk(workspace: Workspace, whole: dict[str, bytes]) -> None:
    expected = {path: text.decode() for path, text in whole.items()}
    sizes = set()
    runs = list(driven(workspace, "projects/*/ledger/*", "apply"))
    for one in runs:
        assert visible(one["after"]).items() <= expected.items()
        assert one["finished"] == 0
        assert one["end"] == expected, "no draft is left either"
        sizes.add(len(visible(one["after"])))
    assert sizes == set(range(7)), "every number of recorded Changes was seen"
    assert [bool(one["killed"]) for one in runs] == [True] * (len(runs) - 1) + [False]


@pytest.mark.slow
def test_killed_while_pages_are_written(tmp_path: Path) -> None:
    workspace = small(tmp_path / "pages")
    runs = list(driven(workspace, "site/**/*", "render"))
    expected = runs[-1]["end"]
    assert len(expected) > 5
    assert len(runs) > len(expected)
    for one in runs:
        assert visible(one["after"]).items() <= expected.items(), "a page is whole or not there"
        assert one["finished"] == 0
        assert one["end"] == expected, "no draft is left either"


@pytest.mark.slow
def test_killed_while_pages_are_renewed(tmp_path: Path) -> None:
    """What nobody wrote anew is as it was: the old site never loses a page to a kill."""
    workspace = small(tmp_path / "pages")
    workspace.ok("render")
    old = {path: text for path, text in workspace.files().items() if path.startswith("site/")}
    workspace.edit("catalog/provider.yaml", "title: Networks", "title: Networks and telephony")
    process = start(workspace, "build")
    time.sleep(0.9 * duration(workspace))
    process.kill()
    ended(process)
    found = visible(workspace.files())
    assert set(visible(old)) <= set(found)
    workspace.ok("build")
    new = {path: text for path, text in workspace.files().items() if path.startswith("site/")}
    for path, text in visible(old).items():
        assert found[path] in (text, new.get(path)), path


def test_applies_at_the_same_time(workspace: Workspace, whole: dict[str, bytes]) -> None:
    processes = [start(workspace, "apply") for _ in range(4)]
    answers = [ended(process) for process in processes]
    assert [code for code, _ in answers] == [0, 0, 0, 0], answers
    assert sum("Recorded" in said for _, said in answers) == 1
    assert ledger(workspace) == whole


def test_reports_at_the_same_time(workspace: Workspace) -> None:
    workspace.ok("apply")
    keys = [f"{name}/net/provision.1/configure" for name in ("shop", "two", "three")] * 2
    answers = [ended(process) for process in [start(workspace, "order", "start", key) for key in keys]]
    assert [code for code, _ in answers] == [0] * 6, answers
    assert not [one for one in workspace.findings() if one["severity"] == "error"]
    statuses = {one["key"]: one["status"] for one in workspace.ok("status", "--output-format", "json").data["orders"]}
    assert {statuses[key] for key in keys} == {"in_progress"}


def test_renders_at_the_same_time(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    answers = [ended(process) for process in [start(workspace, "render") for _ in range(4)]]
    assert [code for code, _ in answers] == [0] * 4, answers
    found = workspace.files()
    shutil.rmtree(workspace.root / "site")
    workspace.ok("render")
    assert workspace.files() == found
