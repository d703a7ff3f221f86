"""`python -m benchmarks.psplib DIR [--json]`: how near our schedules come to the best that anybody knows.

DIR holds `.sm` files of PSPLIB, in any folder below it, and `best_known.csv` (set, instance, lower_bound,
best_known). Every instance is one Change without calendars, a slot for each unit of duration, scheduled as a plan
schedules by default; every schedule is checked here, by code that shares nothing with the planner.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT
from tamspec.plan.engine.schedule import SLOT, Job, Resource, Scheduling, schedule

FORMAT_VERSION = "1.0"
BEST_KNOWN = "best_known.csv"

FOLDER = ROOT.parent / "shared" / "data" / "psplib"
"""Where the instances lie beside a checkout; they are no part of it."""


class Unusable(Exception):
    """What was given cannot be measured; says what is missing, in a sentence."""


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A project with limited resources, as the scheduler takes it."""

    name: str
    set: str
    """`j30`: by its number of jobs, without the two that only mark its start and its end."""
    jobs: tuple[Job, ...]
    resources: Mapping[str, Resource]


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one instance came to. Lengths in its units of time, CPU time in milliseconds."""

    set: str
    instance: str
    makespan: int
    best_known: int | None
    """None: `best_known.csv` does not say."""
    lower_bound: int | None
    cpu_ms: float
    """Jobs in, dates out."""
    cpu_ms_with_reading: float
    """From the file."""
    evaluations: int
    """Schedules that were tried."""

    @property
    def deviation(self) -> float | None:
        """How many percent longer than the best known."""
        return 100 * (self.makespan / self.best_known - 1) if self.best_known else None


# Reading.


def read(path: Path) -> Instance:
    """The instance of a `.sm` file. Unusable where it is none."""
    parts = re.split(
        r"^(?:REQUESTS/DURATIONS|RESOURCEAVAILABILITIES):\s*\n", path.read_text("ascii", "replace"), flags=re.MULTILINE
    )
    try:
        precedence, durations, capacities = parts
        rows = {row[0]: row for row in _numbers(durations)}
        successors = {row[0]: row[3:] for row in _numbers(precedence.partition("PRECEDENCE RELATIONS:")[2])}
        has = _numbers(capacities)[-1]
        needs: dict[int, list[int]] = {number: [] for number in rows}
        for before, all_after in successors.items():
            for after in all_after:
                needs[after].append(before)
    except (ValueError, IndexError, KeyError) as error:
        raise Unusable(f"{path} is no PSPLIB file of single-mode jobs.") from error
    jobs = tuple(
        Job(
            key=f"{number:03}",
            group="project",
            needs=tuple(f"{before:03}" for before in sorted(needs[number])),
            demand={f"R{at}": need for at, need in enumerate(row[3:]) if need},
            work=row[2],
        )
        for number, row in rows.items()
    )
    resources = {f"R{at}": Resource(name=f"R{at}", capacity=capacity) for at, capacity in enumerate(has)}
    return Instance(name=path.stem, set=f"j{len(jobs) - 2}", jobs=jobs, resources=resources)


def _numbers(text: str) -> list[list[int]]:
    """The lines that hold only numbers."""
    lines = (line.strip() for line in text.splitlines())
    return [[int(word) for word in line.split()] for line in lines if re.fullmatch(r"[\d\s]+", line)]


def best_known(path: Path) -> dict[str, tuple[int, int]]:
    """Instance → its lower bound and the best makespan that anybody found."""
    try:
        lines = csv.DictReader(path.read_text("utf-8").splitlines())
        if not {"instance", "lower_bound", "best_known"} <= {*(lines.fieldnames or ())}:
            raise ValueError
        return {row["instance"]: (int(row["lower_bound"]), int(row["best_known"])) for row in lines}
    except OSError as error:
        raise Unusable(f"There is no {path}, which says the best known makespan of each instance.") from error
    except (TypeError, ValueError) as error:
        raise Unusable(f"{path} must have the columns instance, lower_bound and best_known, with numbers.") from error


# Measuring.


def dated(instance: Instance) -> Scheduling:
    """The schedule of an instance: it begins at 0, and one job after the other would fit."""
    horizon = SLOT * sum(job.work for job in instance.jobs)
    return schedule(instance.jobs, instance.resources, {}, at=0, horizon=horizon)


def measured(path: Path, known: Mapping[str, tuple[int, int]]) -> Row:
    """Schedule an instance. AssertionError where the schedule cannot be worked."""
    opened = time.process_time()
    instance = read(path)
    begun = time.process_time()
    result = dated(instance)
    ended = time.process_time()
    faults = list(violations(instance, result))
    assert not faults, f"this is a bug in tamspec: {instance.name}: {'; '.join(faults[:3])}"
    lower, best = known.get(instance.name, (None, None))
    return Row(
        set=instance.set,
        instance=instance.name,
        makespan=max(dates.finish for dates in result.slots.values()) // SLOT,
        best_known=best,
        lower_bound=lower,
        cpu_ms=round(1000 * (ended - begun), 3),
        cpu_ms_with_reading=round(1000 * (ended - opened), 3),
        evaluations=result.evaluations,
    )


def violations(instance: Instance, result: Scheduling) -> Iterator[str]:
    """What cannot be worked: jobs without dates or with too little time, before what they need, beyond capacity."""
    spans = {key: (dates.start // SLOT, dates.finish // SLOT) for key, dates in result.slots.items()}
    used: Counter[tuple[str, int]] = Counter()
    for job in instance.jobs:
        if job.key not in spans:
            yield f"{job.key} has no dates"
            continue
        start, finish = spans[job.key]
        if start < 0 or finish - start != job.work:
            yield f"{job.key} takes {job.work} and is worked from {start} to {finish}"
        for need in job.needs:
            if need in spans and spans[need][1] > start:
                yield f"{job.key} starts at {start}, before {need} is finished at {spans[need][1]}"
        used.update({(name, slot): amount for name, amount in job.demand.items() for slot in range(start, finish)})
    for (name, slot), amount in sorted(used.items()):
        if amount > instance.resources[name].capacity:
            yield f"{amount} of {name} are taken at {slot}, and there are {instance.resources[name].capacity}"


def figures(folder: Path, *, every: int = 1) -> dict[str, Any]:
    """All instances below a folder, or every so manieth: a summary for each set, and a row for each instance."""
    if not folder.is_dir():
        raise Unusable(f"There is no folder {folder}.")
    known = best_known(folder / BEST_KNOWN)
    paths = sorted(folder.rglob("*.sm"))[::every]
    if not paths:
        raise Unusable(f"There are no .sm files in {folder}.")
    rows = sorted((measured(path, known) for path in paths), key=lambda row: (int(row.set[1:]), row.instance))
    sets = {name: _summary([row for row in rows if row.set == name]) for name in dict.fromkeys(row.set for row in rows)}
    return {"format_version": FORMAT_VERSION, "sets": sets, "instances": [_row(row) for row in rows]}


def _summary(rows: Sequence[Row]) -> dict[str, Any]:
    judged = [(row.deviation, row) for row in rows if row.deviation is not None]
    deviations = [deviation for deviation, _ in judged]
    worst, where = max(judged, key=lambda one: one[0], default=(None, None))
    spent = [row.cpu_ms for row in rows]
    return {
        "instances": len(rows),
        "without_best_known": len(rows) - len(judged),
        "mean_deviation_percent": _rounded(statistics.fmean(deviations) if deviations else None),
        "worst_deviation_percent": _rounded(worst),
        "worst_instance": where.instance if where else None,
        "at_best_known": sum(deviation <= 0 for deviation in deviations),
        "cpu_ms_mean": round(statistics.fmean(spent), 3),
        "cpu_ms_median": round(statistics.median(spent), 3),
        "cpu_ms_max": max(spent),
        "cpu_ms_mean_with_reading": round(statistics.fmean(row.cpu_ms_with_reading for row in rows), 3),
        "evaluations_mean": round(statistics.fmean(row.evaluations for row in rows), 1),
    }


def _row(row: Row) -> dict[str, Any]:
    return {**asdict(row), "deviation_percent": _rounded(row.deviation)}


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)


# The command.


def table(sets: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The summaries, for people."""
    yield f"{'set':<6}{'instances':>10}{'mean':>9}{'worst':>9}{'at best':>9}{'CPU ms':>9}{'most':>9}{'tried':>7}"
    for name, one in sets.items():
        mean, worst = (_percent(one[key]) for key in ("mean_deviation_percent", "worst_deviation_percent"))
        yield (
            f"{name:<6}{one['instances']:>10}{mean:>9}{worst:>9}{one['at_best_known']:>9}"
            f"{one['cpu_ms_mean']:>9.2f}{one['cpu_ms_max']:>9.2f}{one['evaluations_mean']:>7.0f}"
        )
    for name, one in sets.items():
        if one["without_best_known"]:
            yield f"{one['without_best_known']} of {name} have no best known makespan; its deviation leaves them out."


def _percent(number: float | None) -> str:
    return "–" if number is None else f"{number:.2f} %"


def main(arguments: Iterable[str] | None = None) -> int:
    """Measure a folder and print it; 1 for a schedule that cannot be worked, 2 where there is nothing to measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.psplib", description=__doc__.splitlines()[0])
    parser.add_argument("folder", metavar="DIR", type=Path, help=f"the .sm files and {BEST_KNOWN}")
    parser.add_argument("--json", action="store_true", help="print JSON: sets with their means, and every instance")
    given = parser.parse_args(None if arguments is None else list(arguments))
    try:
        found = figures(given.folder)
    except Unusable as error:
        print(error, file=sys.stderr)
        return 2
    except AssertionError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(found, indent=2) if given.json else "\n".join(table(found["sets"])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
