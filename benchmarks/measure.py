"""Whole processes, measured: how long they take and how much memory they and their children hold."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"

Command = Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One process, from its start to its end."""

    seconds: float
    code: int
    output: str


def run(command: Command, folder: Path, environment: Mapping[str, str] | None = None) -> Run:
    """Start a program in a folder and wait for it; what it prints is caught."""
    before = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env=_environment(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return Run(seconds=time.perf_counter() - before, code=done.returncode, output=done.stdout)


def peak(command: Command, folder: Path, environment: Mapping[str, str] | None = None) -> int:
    """The most memory in MiB that a program and its children hold at one time; pages that they share count once.

    Looked at ten times a second, so a peak that is shorter may be missed; the largest single process is never.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=_environment(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with _watched(process.pid) as most:
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return _largest(most, usage, _ours())


@contextlib.contextmanager
def _watched(pid: int) -> Iterator[list[int]]:
    """The KiB that a process and its children held at most, as long as one looks."""
    ended, most = threading.Event(), [0]

    def watch() -> None:
        while not ended.wait(0.1):
            most[0] = max(most[0], sum(map(_proportional, _family(pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield most
    finally:
        ended.set()
        watcher.join()


def _ours() -> int:
    """The KiB that this process held at most: to be asked once the other has begun."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _largest(most: Sequence[int], usage: resource.struct_rusage, ours: int) -> int:
    """MiB. A process counts from before it became another program: what we held ourselves is no peak of its own."""
    return max(most[0], usage.ru_maxrss if usage.ru_maxrss > ours else 0) // 1024


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a program and the processes that it waited for took."""

    cpu_seconds: float
    wall_seconds: float
    peak_mib: int
    """Of the largest of these processes; where they were watched, of all of them at one time."""
    code: int
    output: str
    is_late: bool
    """It was ended when its time was over."""


def cost(
    command: Command,
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    limit: float | None = None,
    watched: bool = False,
) -> Cost:
    """Run a program in a folder, for `limit` seconds at most, and count its CPU time; what it says is caught. Its
    memory is looked at from without where ours may be larger."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        before = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=_environment(environment), stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        late = threading.Event()
        alarm = threading.Timer(limit or threading.TIMEOUT_MAX, lambda: (late.set(), process.kill()))
        alarm.daemon = True
        alarm.start()
        with _watched(process.pid) if watched else contextlib.nullcontext([0]) as most:
            _, status, usage = os.wait4(process.pid, 0)
        alarm.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - before
        said.seek(0)
        return Cost(
            cpu_seconds=round(usage.ru_utime + usage.ru_stime, 3),
            wall_seconds=round(seconds, 3),
            peak_mib=_largest(most, usage, _ours() if watched else 0),
            code=process.returncode,
            output=said.read(),
            is_late=late.is_set(),
        )


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    """As a user has it: modules are compiled once and kept, whatever the shell of the measurement says."""
    own = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**own, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **(more or {})}


def _family(pid: int) -> list[int]:
    """A process and all below it; those that just ended are left out."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += map(int, (task / "children").read_text("ascii").split())
    return found


def cpu_seconds(pid: int) -> float:
    """What a process that goes on has taken so far, with those that it waited for; to a hundredth of a second."""
    after_name = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    return sum(map(int, after_name[11:15])) / os.sysconf("SC_CLK_TCK")


def _proportional(pid: int) -> int:
    """KiB of memory, each page divided by the number of processes that share it."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def repeat(times: int, once: Callable[[], Run]) -> dict[str, Any]:
    """The figures of several runs: the least, which disturbances cannot lower, and the median."""
    seconds = [once().seconds for _ in range(times)]
    return {
        "runs": times,
        "min": round(min(seconds), 4),
        "median": round(statistics.median(seconds), 4),
    }


def machine() -> dict[str, Any]:
    """What the figures hang on besides the programs."""
    model = ""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": model or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(pages / 2**30),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
    }


def save(name: str, figures: Mapping[str, Any], folder: Path = RESULTS) -> Path:
    """Write figures as JSON into the folder of results."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return path


PYTHON = sys.executable
TAMSPEC = (PYTHON, "-m", "tamspec")
