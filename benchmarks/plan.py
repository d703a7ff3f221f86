"""How good and how quick the planner is: PSPLIB, the same problems beside TaskJuggler, portfolios at a given load."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import psplib, taskjuggler
from benchmarks.measure import PYTHON, ROOT, machine, run
from benchmarks.taskjuggler import SHAPES, Outcome
from tamspec import __version__

LIMIT = 20 * 60
"""Seconds that TaskJuggler gets for one problem."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured."""

    psplib_every: int
    """Of so many instances one."""
    orders: tuple[int, ...]
    """Of the problems beside TaskJuggler."""
    runs: int
    """Of tamspec on each of them at least; TaskJuggler runs once."""
    clients: tuple[int, ...]
    loads: tuple[int, ...]
    """Percent."""


ALL = Size(psplib_every=1, orders=(1_000, 5_000), runs=3, clients=(100, 1_000, 10_000), loads=(60, 75, 90))
QUICK = Size(psplib_every=60, orders=(40,), runs=1, clients=(20,), loads=(75,))


def figures(*, quick: bool = False, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Everything that is measured; `quick` only shows that it can be."""
    size, peer = QUICK if quick else ALL, taskjuggler.version()
    if not peer:
        say("tj3 is not installed and is left out; on Debian: apt install tj3.")
    return {
        "machine": machine(),
        "versions": {"tamspec": __version__, **({"tj3": peer} if peer else {})},
        "psplib": _psplib(size, say),
        "limit_seconds": LIMIT,
        "problems": [_problem(shape, orders, size.runs, bool(peer), say) for orders in size.orders for shape in SHAPES],
        "portfolios": [_portfolio(clients, load, say) for clients in size.clients for load in size.loads],
    }


def _psplib(size: Size, say: Callable[[str], None]) -> dict[str, Any]:
    try:
        found = psplib.figures(psplib.FOLDER, every=size.psplib_every)
    except psplib.Unusable as error:
        say(f"PSPLIB is left out: {error}")
        return {"missing": "the instances are not there"}
    for line in psplib.table(found["sets"]):
        say(line)
    return {"sets": found["sets"]}


def _problem(shape: str, orders: int, runs: int, with_peer: bool, say: Callable[[str], None]) -> dict[str, Any]:
    """One problem for both, each a whole process from text to dates. We plan it again and again for as long as
    TaskJuggler works on it, so that both meet the same hours of the machine; the mean of our runs counts."""
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(1) as beside:
        folder = Path(temporary)
        taskjuggler.write(taskjuggler.problem(shape, orders), folder)
        peer = beside.submit(taskjuggler.taskjuggler, folder, LIMIT) if with_peer else None
        every: list[Outcome] = []
        while len(every) < runs or (peer and not peer.done()):
            every.append(taskjuggler.tamspec(folder))
        ours, theirs = _mean(every), peer.result() if peer else None
    made = {"shape": shape, "orders": orders, "runs": len(every), "tamspec": _outcome(ours)}
    if theirs:
        made["tj3"] = _outcome(theirs)
        made["cpu_ratio"] = round(theirs.cost.cpu_seconds / ours.cost.cpu_seconds, 1)
        made["makespan_ratio"] = round(ours.days / theirs.days, 3) if ours.days and theirs.days else None
    told = f", tj3 {theirs.cost.cpu_seconds:.2f} s" if theirs else ""
    say(f"{orders:,} orders, {shape}: {ours.cost.cpu_seconds:.2f} s of CPU{told}")
    return made


def _mean(every: Sequence[Outcome]) -> Outcome:
    """The time of runs in the mean, and the most memory."""
    costs, last = [one.cost for one in every], every[-1]
    cost = replace(
        last.cost,
        cpu_seconds=round(fmean(one.cpu_seconds for one in costs), 3),
        wall_seconds=round(fmean(one.wall_seconds for one in costs), 3),
        peak_mib=max(one.peak_mib for one in costs),
    )
    return replace(last, cost=cost)


def _outcome(one: Outcome) -> dict[str, Any]:
    return {
        "cpu_seconds": one.cost.cpu_seconds,
        "wall_seconds": one.cost.wall_seconds,
        "peak_mib": one.cost.peak_mib,
        "makespan_days": one.days,
        "is_late": one.cost.is_late,
    }


def _portfolio(clients: int, load: int, say: Callable[[str], None]) -> dict[str, Any]:
    """One portfolio in a process of its own."""
    done = run((PYTHON, "-m", "benchmarks.workload", "--clients", str(clients), "--load", str(load)), ROOT)
    assert done.code == 0, f"this is a bug in the benchmark: {done.output[-2000:]}"
    found: dict[str, Any] = json.loads(done.output)
    say(
        f"{clients:,} clients at {load} %: {found['cpu_seconds']:.2f} s of CPU, {found['peak_mib']} MiB, "
        f"{found['late_percent']} % late; one more client {found['pull_request']['cpu_seconds']:.2f} s"
    )
    return found
