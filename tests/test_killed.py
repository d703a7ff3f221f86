"""Whoever pulls the plug finds whole Changes and whole pages, and the next run goes on from there."""

from __future__ import annotations

import errno
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from portfolios import how_many
from program import AT, Workspace, change, command, environment, project, small

from tamspec import apply
from tamspec.diagnostics import TamspecError

SEED = 20261123
MOMENTS = how_many(20)

DRIVER = """
import contextlib, io, itertools, json, os, shutil, signal, sys
from pathlib import Path
from tamspec import pipeline
from tamspec.cli import main

template, folder, step, *arguments = sys.argv[1:]
TRUE = {name: getattr(os, name) for name in ("fsync", "link", "mkdir", "rename", "replace", "unlink")}
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
    paths = sorted(Path(folder).rglob("*"))
    return {path.as_posix(): path.read_bytes().decode("latin-1") for path in paths if path.is_file()}

def begin():
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder)

begin()
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main(arguments)  # what is loaded here is not loaded by each child again
for last in itertools.count(1, int(step)):
    begin()
    killed = run(last)
    after = found()
    finished = run(0)
    print(json.dumps({"killed": killed, "after": after, "finished": finished, "end": found()}), flush=True)
    if not killed:
        break
"""
"""Runs a command again and again, each time from the same beginning, and kills it before its first, second, ... change
of the disk; then it runs once more, unharmed."""


def landscape(folder: Path) -> Workspace:
    """Two projects, each with two approved Changes that nobody has applied."""
    workspace = small(folder)
    workspace.write("projects/two/project.yaml", project("two"))
    workspace.write("projects/two/launch.yaml", change("launch-two", "two", "net", "os"))
    for name in ("shop", "two"):
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
    assert len(entries) == 4
    return entries


@pytest.fixture
def workspace(pattern: Workspace, tmp_path: Path) -> Workspace:
    return Workspace(Path(shutil.copytree(pattern.root, tmp_path / "copy")))


def ledger(workspace: Workspace) -> dict[str, bytes]:
    return {path: text for path, text in workspace.files().items() if "/ledger/" in path}


def visible(files: dict[str, Any]) -> dict[str, Any]:
    """Without drafts, which nobody reads."""
    return {path: text for path, text in files.items() if not any(part.startswith(".") for part in Path(path).parts)}


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
    assert ended(start(workspace, "apply"))[0] == 0
    return time.monotonic() - begun


def forget(workspace: Workspace) -> None:
    """As before the first apply."""
    for folder in workspace.root.glob("projects/*/ledger"):
        shutil.rmtree(folder)


@pytest.mark.slow
def test_killed_at_random_moments(workspace: Workspace, whole: dict[str, bytes]) -> None:
    dice = random.Random(SEED)
    longest = duration(workspace)
    killed = 0
    for number in range(MOMENTS):
        if number % 5 == 0:
            forget(workspace)
        process = start(workspace, "apply")
        time.sleep(longest * (dice.random() if number % 2 else 1 - dice.random() / 4))
        process.kill()
        code, said = ended(process)
        killed += code == -9
        assert code in (-9, 0), said
        found = visible(ledger(workspace))
        assert found.keys() <= whole.keys()
        assert all(undated(text) == undated(whole[path]) for path, text in found.items()), "whole Changes only"
        if number % 5 == 4:
            workspace.ok("apply")
            assert same(visible(ledger(workspace)), whole)
    assert killed > MOMENTS / 5
    before = ledger(workspace)
    workspace.ok("apply")
    assert ledger(workspace) == before
    assert workspace.findings() == []


def undated(text: bytes | str) -> str:
    """An entry without what depends on which Changes were recorded before it: its dates."""
    plain = text.decode() if isinstance(text, bytes) else text
    return re.sub(r"^ *(start|finish|committed|checksum|rung): .*\n", "", plain, flags=re.MULTILINE)


def same(some: Mapping[str, bytes | str], others: Mapping[str, bytes | str]) -> bool:
    """The same entries, but for their dates."""
    return {path: undated(text) for path, text in some.items()} == {
        path: undated(text) for path, text in others.items()
    }


def driven(workspace: Workspace, template: Path, folder: str, step: int, *arguments: str) -> list[dict[str, Any]]:
    """What the driver tells of each of its runs."""
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, str(template), folder, str(step), "--at", AT, *arguments],
        cwd=workspace.root,
        env=environment(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    runs = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert [bool(one["killed"]) for one in runs] == [True] * (len(runs) - 1) + [False]
    assert {one["finished"] for one in runs} == {0}
    return runs


@pytest.mark.slow
def test_killed_before_each_change_of_the_disk(workspace: Workspace, whole: dict[str, bytes], tmp_path: Path) -> None:
    template = Path(shutil.copytree(workspace.root / "projects", tmp_path / "template"))
    recorded = set()
    for one in driven(workspace, template, "projects", 1, "apply"):
        found = {path: text for path, text in visible(one["after"]).items() if "/ledger/" in path}
        assert {path: text.encode("latin-1") for path, text in found.items()}.items() <= whole.items()
        recorded.add(len(found))
        assert same({path: text for path, text in visible(one["end"]).items() if "/ledger/" in path}, whole)
    assert recorded == set(range(5)), "every number of recorded Changes was seen"


@pytest.mark.slow
@pytest.mark.parametrize(("options", "step"), [((), 7), (("--search",), 29)])
def test_killed_while_pages_are_renewed(tmp_path: Path, options: tuple[str, ...], step: int) -> None:
    """Pages that come, that change and that go: each is as it was or as it will be, and whole."""
    workspace = small(tmp_path / "pages")
    shutil.copytree(workspace.root / "projects/shop", workspace.root / "projects/two")
    for name in ("project", "launch"):
        text = workspace.text(f"projects/two/{name}.yaml").replace("shop", "two").replace("launch", "start")
        workspace.write(f"projects/two/{name}.yaml", text)
    workspace.ok("render", *options)
    template = Path(shutil.copytree(workspace.root / "site", tmp_path / "template"))
    old = {path: text.decode("latin-1") for path, text in workspace.files().items() if path.startswith("site/")}
    shutil.move(workspace.root / "projects/two", workspace.root / "projects/three")
    for name in ("project", "launch"):
        text = workspace.text(f"projects/three/{name}.yaml").replace("two", "three").replace("start", "begin")
        workspace.write(f"projects/three/{name}.yaml", text)
    runs = driven(workspace, template, "site", step, "render", *options)
    new = runs[-1]["end"]
    assert set(new) - set(old)
    assert set(old) - set(new)
    assert any(old[path] != new[path] for path in set(old) & set(new))
    for one in runs:
        found = visible(one["after"])
        assert set(visible(old)) & set(new) <= set(found), "no page is lost that stays"
        assert all(text in (old.get(path), new.get(path)) for path, text in found.items())
        assert one["end"] == new, "no draft is left either"


FILES = {"index.html": "new", "a/one.html": "new", "b/two.html": "new"}


def pages(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("with_index", [False, True])
@pytest.mark.parametrize("last", [1, 2, 3])
def test_a_full_disk_leaves_the_pages_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: int, with_index: bool
) -> None:
    index = counted if with_index else None
    apply.write_tree(tmp_path, dict.fromkeys(FILES, "old"))
    before, calls, true = visible(pages(tmp_path)), itertools.count(1), Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if next(calls) == last:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return true(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(TamspecError, match="cannot be written: No space left on device"):
        apply.write_tree(tmp_path, FILES, index)
    monkeypatch.undo()
    assert visible(pages(tmp_path)) == before
    assert pages(tmp_path).keys() - before.keys() == {apply.MANIFEST}, "no draft is left"
    apply.write_tree(tmp_path, FILES, index)
    assert visible(pages(tmp_path)).items() >= FILES.items()


# What an index adds to pages


def counted(folder: Path) -> list[str]:
    """An index: how long each page is, page by page and together."""
    sizes = {path: len(text) for path, text in pages(folder).items()}
    for name, text in {"index/all": str(sum(sizes.values())), "index/each": str(sorted(sizes.items()))}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "index/not-wanted").write_text("")
    return ["index/all", "index/each"]


def failing(folder: Path) -> list[str]:
    counted(folder)
    raise TamspecError("The pages could not be indexed: there is no room.")


def test_an_index_is_made_of_the_new_pages_and_comes_with_them(tmp_path: Path) -> None:
    apply.write_tree(tmp_path, {**FILES, "gone.html": "old"}, counted)
    assert visible(pages(tmp_path)).keys() == {*FILES, "gone.html", "index/all", "index/each"}
    assert (tmp_path / "index/all").read_text() == "12"
    kept = (tmp_path / "a/one.html").stat()
    apply.write_tree(tmp_path, {**FILES, "index.html": "newest"}, counted)
    found = pages(tmp_path)
    assert visible(found).keys() == {*FILES, "index/all", "index/each"}
    assert found["index/all"] == "12"
    assert (found["index.html"], found["index/each"]) == (
        "newest",
        "[('a/one.html', 3), ('b/two.html', 3), ('index.html', 6)]",
    )
    assert (tmp_path / "a/one.html").stat() == kept, "a page that stays as it was is not touched"
    apply.write_tree(tmp_path, FILES)
    assert visible(pages(tmp_path)) == FILES
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".draft")] == []


def test_a_failing_index_leaves_the_pages_as_they_were(tmp_path: Path) -> None:
    apply.write_tree(tmp_path, dict.fromkeys(FILES, "old"), counted)
    before = pages(tmp_path)
    with pytest.raises(TamspecError, match="there is no room"):
        apply.write_tree(tmp_path, FILES, failing)
    assert pages(tmp_path) == before, "no draft is left either"


def test_pages_that_a_killed_process_left_beside_the_others_are_swept(tmp_path: Path) -> None:
    left = tmp_path / ".tamspec-left.draft"
    (left / "a").mkdir(parents=True)
    (left / "a/one.html").write_text("half")
    apply.write_tree(tmp_path, FILES, counted)
    assert not left.exists()


def test_folders_of_others_are_never_swept(tmp_path: Path) -> None:
    """However they are named, in an output and among sources."""
    mine = [tmp_path / ".notes.draft/mine.txt", tmp_path / "a/.tamspec-ideas.draft/mine.txt"]
    for path in mine:
        path.parent.mkdir(parents=True)
        path.write_text("mine")
    apply.write_tree(tmp_path, FILES, counted)
    apply.rewrite(tmp_path, {"index.html": b"newer"})
    apply.write_new(tmp_path / "a", {"other.txt": "new"})
    assert [path.read_text() for path in mine] == ["mine", "mine"]


def test_a_folder_of_pages_may_lie_on_another_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be moved there in one step: it is copied beside its place, and then put in place."""
    true, refused = os.rename, []

    def other(source: str | Path, place: str | Path, **how: int) -> None:
        if Path(place).parent == tmp_path / "a" and Path(source).parent != tmp_path / "a":
            refused.append(Path(place).name)
            raise OSError(errno.EXDEV, "Invalid cross-device link", str(source))
        true(source, place, **how)

    monkeypatch.setattr(os, "rename", other)
    apply.write_tree(tmp_path, FILES, counted)
    assert len(refused) == 1
    assert visible(pages(tmp_path)).items() >= FILES.items()


def test_what_cannot_be_put_in_place_is_told_by_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by the folder in which it waited for that."""

    def refused(source: str | Path, place: str | Path, **_: int) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(source), None, str(place))

    monkeypatch.setattr(os, "rename", refused)
    with pytest.raises(TamspecError, match=re.escape(f"{tmp_path}/a/.one.html.")):
        apply.write_tree(tmp_path, FILES, counted)
    monkeypatch.undo()
    assert [path for path in tmp_path.iterdir() if path.name.endswith(".draft")] == []


def test_what_others_wrote_is_never_written_over(tmp_path: Path) -> None:
    workspace = small(tmp_path / "here")
    workspace.write("pub/index.html", "mine")
    answer = workspace.run("render", "--out", "pub")
    assert answer.code == 2
    assert "pub/index.html was not written by tamspec" in answer.err
    assert workspace.text("pub/index.html") == "mine"
    assert [path for path in workspace.files() if path.startswith("pub/") and "/." not in path] == ["pub/index.html"]
    (workspace.root / "pub/index.html").unlink()
    workspace.write("pub/notes.txt", "mine too")
    workspace.ok("render", "--out", "pub")
    workspace.ok("render", "--out", "pub")
    assert workspace.text("pub/notes.txt") == "mine too"


def test_a_folder_in_place_of_a_page_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    apply.write_tree(tmp_path, {"index.html": "old"})
    (tmp_path / "b/two.html").mkdir(parents=True)
    with pytest.raises(TamspecError, match="there is a folder of that name"):
        apply.write_tree(tmp_path, FILES)
    assert visible(pages(tmp_path)) == {"index.html": "old"}


def test_pages_that_do_not_change_are_not_touched(tmp_path: Path) -> None:
    apply.write_tree(tmp_path, FILES)
    before = {name: (tmp_path / name).stat() for name in FILES}
    apply.write_tree(tmp_path, {**FILES, "a/one.html": "newer"})
    after = {name: (tmp_path / name).stat() for name in FILES}
    assert [name for name in FILES if before[name].st_ino != after[name].st_ino] == ["a/one.html"]
    assert [name for name in FILES if before[name].st_mtime_ns != after[name].st_mtime_ns] == ["a/one.html"]


def test_applies_at_the_same_time(workspace: Workspace, whole: dict[str, bytes]) -> None:
    processes = [start(workspace, "apply") for _ in range(4)]
    answers = [ended(process) for process in processes]
    assert [code for code, _ in answers] == [0, 0, 0, 0], answers
    assert sum("Recorded" in said for _, said in answers) == 1
    assert ledger(workspace) == whole


def test_reports_at_the_same_time(workspace: Workspace) -> None:
    workspace.ok("apply")
    keys = [f"{name}/net/provision.1/configure" for name in ("shop", "two")] * 3
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
