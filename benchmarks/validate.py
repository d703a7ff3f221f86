"""How fast `tamspec validate` is: on portfolios of several sizes, beside its peers and the floor, in the same run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import portfolio
from benchmarks.measure import PYTHON, TAMSPEC, Command, Run, machine, peak, repeat, run
from benchmarks.peers import FROM_PYPI, Peer, peers
from tamspec import __version__

READ = """
import pathlib
for path in pathlib.Path().rglob("*.yaml"): path.read_bytes()
"""
EVENTS = """
import pathlib, yaml
for path in pathlib.Path().rglob("*.yaml"):
    for event in yaml.parse(path.read_bytes(), Loader=yaml.CLoader): pass
"""
FLOORS = {"files read": READ, "yaml events": EVENTS}
"""What no program that reads YAML in Python can undercut."""

CHANGED = "projects/amber-airlines/project.yaml"


@dataclass(frozen=True, kw_only=True)
class Size:
    """A portfolio and how often each program is run on it."""

    clients: int
    runs: int
    peers: tuple[str, ...]
    """Which of them run on it: on the largest, the slow ones would take many minutes."""


ALL = (*FROM_PYPI, "ajv-cli")
SIZES = (
    Size(clients=100, runs=5, peers=ALL),
    Size(clients=1000, runs=3, peers=ALL),
    Size(clients=10_000, runs=1, peers=("ajv-cli",)),
)
QUICK = (Size(clients=5, runs=1, peers=()),)


def figures(*, quick: bool = False, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Everything that is measured; `quick` only shows that it can be."""
    found, missing = ({}, {}) if quick else peers()
    for name, why in missing.items():
        say(f"{name} cannot be had and is left out: {why}")
    return {
        "machine": machine(),
        "versions": {"tamspec": __version__, **{peer.name: peer.version for peer in found.values()}},
        "missing": sorted(missing),
        "sizes": [_size(one, found, say) for one in (QUICK if quick else SIZES)],
        "startup": _startup(2 if quick else 15),
    }


def _size(size: Size, found: dict[str, Peer], say: Callable[[str], None]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="tamspec-bench-") as folder:
        root = Path(folder) / "workspace"
        files, lines = portfolio.write(root, size.clients)
        everything = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.yaml"))
        total = sum((root / path).stat().st_size for path in everything)
        say(f"{size.clients:,} clients, {files:,} files, {lines / size.clients:.0f} lines each")
        timed = dict(_tamspec(root, Path(folder) / "cache", size, say))
        for name in size.peers:
            if name in found:
                timed[name] = _peer(found[name], root, size.runs, everything)
                say(f"  {name}: {timed[name]['min']:.2f} s")
        for name, program in FLOORS.items():
            timed[name] = repeat(size.runs, partial(_fine_run, (PYTHON, "-c", program), root))
            say(f"  {name}: {timed[name]['min']:.2f} s")
    return {
        "clients": size.clients,
        "files": len(everything),
        "lines": lines,
        "mib": round(total / 2**20, 2),
        "programs": timed,
    }


def _tamspec(root: Path, cache: Path, size: Size, say: Callable[[str], None]) -> Iterator[tuple[str, dict[str, Any]]]:
    command = (*TAMSPEC, "--at", portfolio.AT, "validate")
    home = {"XDG_CACHE_HOME": str(cache)}

    def cold(*options: str) -> Run:
        shutil.rmtree(cache, ignore_errors=True)
        return _fine(run((*command, *options), root, home))

    def changed() -> Run:
        with (root / CHANGED).open("a", encoding="utf-8") as file:
            file.write("# Looked through again.\n")
        return _fine(run(command, root, home))

    def told(name: str, timed: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        say(f"  {name}: {timed['min']:.2f} s" + (f", {timed['peak_mib']} MiB" if "peak_mib" in timed else ""))
        return name, timed

    one_job = repeat(size.runs, lambda: cold("--jobs", "1"))
    with _cleared(cache):
        yield told("tamspec, cold, one process", {**one_job, "peak_mib": peak((*command, "--jobs", "1"), root, home)})
    together = repeat(size.runs, cold)
    with _cleared(cache):
        yield told("tamspec, cold", {**together, "peak_mib": peak(command, root, home)})
    cold()
    warm = repeat(size.runs + 2, lambda: _fine(run(command, root, home)))
    yield told("tamspec, nothing changed", {**warm, "peak_mib": peak(command, root, home)})
    yield told("tamspec, one file changed", repeat(size.runs + 2, changed))


@contextmanager
def _cleared(cache: Path) -> Iterator[None]:
    shutil.rmtree(cache, ignore_errors=True)
    yield


def _peer(peer: Peer, root: Path, runs: int, files: list[str]) -> dict[str, Any]:
    judged = [path for path in files if path != "tamspec.yaml"]
    command = (*peer.command, *judged) if peer.files_as == "arguments" else peer.command
    last: list[Run] = []

    def once() -> Run:
        last.append(run(command, root))
        return last[-1]

    timed = repeat(runs, once)
    refused = sum(line.endswith(" invalid") for line in last[-1].output.splitlines())
    return {**timed, "peak_mib": peak(command, root), "does": peer.does, "refused": refused}


def _fine(done: Run) -> Run:
    """A run that ended well: another would measure something else."""
    assert done.code == 0, f"this is a bug in the benchmark: {done.output[-2000:]}"
    return done


def _fine_run(command: Command, folder: Path) -> Run:
    return _fine(run(command, folder))


def _startup(runs: int) -> dict[str, Any]:
    """What one waits for before anything is done, beside an empty program and one that imports click."""
    commands = {
        "tamspec --version": (*TAMSPEC, "--version"),
        "python -c pass": (PYTHON, "-c", "pass"),
        "python -c 'import click'": (PYTHON, "-c", "import click"),
    }
    return {name: repeat(runs, partial(_fine_run, command, Path())) for name, command in commands.items()}
