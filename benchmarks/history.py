"""How quick the history of a workspace is: one walk, beside asking git for every file.

`python -m benchmarks.history OUT` only makes the repository, to look at.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import machine
from tamspec import __version__
from tamspec.cache import Cache
from tamspec.gitrepo.history import history_of
from tamspec.model.history import History
from tamspec.units import FORGETFUL, Memory

PROJECTS, DOCUMENTS, COMMITS, ASKED, RUNS = 1_000, 10_000, 5_000, 100, 5
BEGAN = 1_700_000_000


def stream(projects: int, documents: int, commits: int, seed: int = 1) -> Iterator[bytes]:
    """A history for `git fast-import`: the first commit brings nine tenths of the documents; of the others a quarter
    merges a branch of one commit, and the rest changes one to five documents or brings a new one. The same seed gives
    the same bytes."""
    draw = random.Random(seed)
    paths = [f"projects/client-{n % projects:04d}/document-{n // projects:02d}.yaml" for n in range(documents)]
    there = [path for n, path in enumerate(paths) if n < documents * 9 // 10]
    coming = paths[len(there) :]
    yield from _commit(1, (), {path: f"{path} 0\n" for path in there})
    mark = 1
    while mark < commits:
        began, mark = mark, mark + 1
        edited = _edits(draw, there, coming, share=len(coming) / (commits - began), number=mark)
        yield from _commit(mark, (began,), edited)
        if mark % 4 == 0 and mark + 2 <= commits:
            beside = _edits(draw, there, [], share=0, number=mark + 1)
            yield from _commit(mark + 1, (began,), beside)
            # Where both changed a document, that of the main line stands.
            merged = {path: text for path, text in beside.items() if path not in edited}
            yield from _commit(mark + 2, (mark, mark + 1), merged)
            mark += 2


def _edits(draw: random.Random, there: list[str], coming: list[str], *, share: float, number: int) -> dict[str, str]:
    if coming and draw.random() < share:
        there.append(coming.pop(0))
        return {there[-1]: f"{number}\n"}
    start = draw.randrange(len(there))
    return {there[(start + n) % len(there)]: f"{number} {n}\n" for n in range(draw.randint(1, 5))}


def _commit(mark: int, parents: tuple[int, ...], files: dict[str, str]) -> Iterator[bytes]:
    summary = f"Change {mark}".encode()
    yield b"commit refs/heads/main\nmark :%d\n" % mark
    yield b"committer Anna Ivanova <ivanova@example.com> %d +0300\n" % (BEGAN + mark * 3600)
    yield b"data %d\n%s\n" % (len(summary), summary)
    for word, parent in zip((b"from", b"merge"), parents, strict=False):
        yield b"%s :%d\n" % (word, parent)
    for path, text in files.items():
        yield b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(text), text.encode())


def make(folder: Path, projects: int = PROJECTS, documents: int = DOCUMENTS, commits: int = COMMITS) -> None:
    """A repository with that history, checked out."""
    _git(folder, "init", "--quiet", "--initial-branch", "main", ".")
    content = b"".join(stream(projects, documents, commits))
    subprocess.run(["git", "-C", str(folder), "fast-import", "--quiet"], input=content, check=True)
    _git(folder, "reset", "--quiet", "--hard")


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)
    return done.stdout.decode()


def figures(*, quick: bool = False, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Seconds of a walk that knows nothing, of one that knows the head, of one with new commits, and of asking git for
    each file, as far as a hundred of them tell."""
    projects, documents, commits = (50, 500, 200) if quick else (PROJECTS, DOCUMENTS, COMMITS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "repository"
        folder.mkdir()
        make(folder, projects, documents, commits)
        cache = Cache(Path(name) / "cache" / "found.sqlite", b"benchmark")
        cold, found = _timed(folder, FORGETFUL)
        _timed(folder, cache, runs=1)
        warm, again = _timed(folder, cache)
        assert again == found, "what is remembered is not what was found"
        behind = _behind(folder, Path(name), 10)
        each = _each(folder, found)
        status = _quickest(folder, "status", "--porcelain", "--untracked-files=all")
        log = _quickest(folder, "log", "--name-only", "-z", "--format=%H")
        kept = (Path(name) / "cache" / "found.sqlite").stat().st_size
    told = {
        "projects": projects,
        "documents": len(found.last),
        "commits": commits,
        "asked": min(ASKED, len(found.last)),
        "cold_seconds": cold,
        "head_known_seconds": warm,
        "ten_commits_new_seconds": behind,
        "status_seconds": status,
        "log_seconds": log,
        "one_file_seconds": round(each, 4),
        "each_file_seconds": round(each * len(found.last), 1),
        "kept_kib": kept // 1024,
    }
    for key, value in told.items():
        say(f"{key}: {value}")
    git = _git(Path(tempfile.gettempdir()), "--version").split()[2]
    return {"machine": machine(), "versions": {"tamspec": __version__, "git": git}, **told}


def _timed(folder: Path, memory: Memory, runs: int = RUNS) -> tuple[float, History]:
    """The least of the runs."""
    taken = []
    for _ in range(runs):
        before = time.perf_counter()
        found = history_of(folder, memory)
        taken.append(time.perf_counter() - before)
    assert found, "there is a repository"
    return round(min(taken), 3), found


def _quickest(folder: Path, *arguments: str) -> float:
    """Seconds of one call of git, the least of the runs."""
    taken = []
    for _ in range(RUNS):
        before = time.perf_counter()
        _git(folder, "--no-optional-locks", *arguments)
        taken.append(time.perf_counter() - before)
    return round(min(taken), 3)


def _behind(folder: Path, aside: Path, commits: int) -> float:
    """Seconds where what is remembered is so many commits of the first parent old."""
    head = _git(folder, "rev-parse", "HEAD").strip()
    taken = []
    for number in range(RUNS):
        cache = Cache(aside / f"behind-{number}.sqlite", b"benchmark")
        _git(folder, "update-ref", "--no-deref", "HEAD", f"{head}~{commits}")
        history_of(folder, cache)
        _git(folder, "update-ref", "--no-deref", "HEAD", head)
        taken.append(_timed(folder, cache, runs=1)[0])
    return min(taken)


def _each(folder: Path, found: History) -> float:
    """Seconds of asking for one file, on average of some; what git says must be what we said."""
    some = random.Random(1).sample(sorted(found.last), min(ASKED, len(found.last)))
    before = time.perf_counter()
    said = [_git(folder, "log", "-1", "--format=%H", "--", path).strip() for path in some]
    taken = time.perf_counter() - before
    assert said == [found.last[path].id for path in some], "git tells another history"
    return taken / len(some)


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True)
    make(Path(sys.argv[1]))
