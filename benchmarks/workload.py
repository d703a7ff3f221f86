"""Portfolios as the scheduler takes them: clients with ten orders each, on sixteen departments, at a given load.

`python -m benchmarks.workload --clients 1000 --load 75` measures one in its own process, so that its memory is its own.
The load is all the work of the orders, divided by what the departments can do over the span in which orders come in.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import resource
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tamspec.model.catalog import Calendar, Shift
from tamspec.model.values import TENTHS
from tamspec.plan.engine.grid import SLOT, Grid, grid_after
from tamspec.plan.engine.place import Desk
from tamspec.plan.engine.problem import Job, Resource, Scheduling, Stake
from tamspec.plan.engine.schedule import Standing, seated
from tamspec.worktime import Windows, expand

AT = 1_767_571_200
"""Monday, the 5th of January 2026, 0:00 UTC."""

HOURS = "weekdays"
CALENDAR = Calendar(name=HOURS, time_zone="UTC", hours={"mon-fri": (Shift(9 * 60, 13 * 60), Shift(14 * 60, 18 * 60))})
DAY = 8 * 60 * 60
"""Seconds of a working day."""

MIDNIGHT = 24 * 60 * 60
"""Every so many seconds: releases and due dates are days, as people write them."""

PEOPLE = (1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 4, 5, 6)
"""Of the sixteen departments of the smallest portfolio; a larger one has more of each, and sees further ahead."""

IN_DEMAND = (0.8, 1.2, 0.9, 1.1, 1.2, 0.8, 1.0, 1.0, 1.1, 0.9, 1.0, 1.2, 0.8, 1.1, 0.9, 1.0)
"""How much more or less than its share of the people each gets of the work: there are always bottlenecks."""

TEAMS = {100: 1, 1_000: 2, 10_000: 6}
"""Clients → how many times as many people."""

WANTED = tuple(people * more for people, more in zip(PEOPLE, IN_DEMAND, strict=True))

ORDERS = 10
"""Of a client."""

HOURS_OF_WORK = (1, 1, 2, 2, 2, 3, 4, 4, 6, 8, 8, 16)
INVOLVED = (1, 2, 2, 2, 3, 3, 3, 4, 5, 8)
"""How many departments a client's orders are for: most need two or three."""

JOINT = 0.08
"""The share of orders that two departments work together."""

ROOM = (1.2, 5.0)
"""The working time that a client leaves, from what to what, as a multiple of the work on the longest chain."""

RECORDED, NEW = (0,), (1,)
"""Who is served first: what was ordered, in its turn, and then what is new, in the order that the scheduler finds."""


class Workload(Struct, frozen=True, kw_only=True):
    """What is scheduled. Each client has one Change, and the Change is the client's name."""

    jobs: tuple[Job, ...]
    resources: Mapping[str, Resource]
    hours: Mapping[str, Windows]
    span: int
    """Seconds of working time over which the orders come in."""
    horizon: int
    """Epoch seconds."""


def workload(clients: int, load: int, *, seed: int = 1) -> Workload:
    """A portfolio of so many clients at so many percent; the same seed gives the same one."""
    teams = TEAMS[min(TEAMS, key=lambda size: abs(size - clients))]
    resources = {
        f"d{number:02}": Resource(name=f"d{number:02}", capacity=people * teams * TENTHS)
        for number, people in enumerate(PEOPLE)
    }
    windows = expand(CALENDAR, date(2025, 1, 1), date(2030, 1, 1))
    made = {number: list(_change(number, _draw(seed, number))) for number in range(clients)}
    slots = sum(job.work * len(job.demand) for jobs in made.values() for job in jobs)
    span = round(slots * SLOT * 100 / (load * sum(PEOPLE) * teams))
    jobs: list[Job] = []
    for number, one in made.items():
        draw = _draw(seed, number, "dates")
        jobs += _timed(one, windows, round(draw.random() * span), draw.uniform(*ROOM))
    return Workload(
        jobs=tuple(jobs), resources=resources, hours={HOURS: windows}, span=span, horizon=windows.horizon[1] - DAY
    )


def _change(number: int, draw: random.Random) -> Iterator[Job]:
    """The orders of one client, each after one or two of the three before it: chains and parallel branches."""
    group = f"c{number:05}"
    involved = sorted(set(draw.choices(range(len(PEOPLE)), WANTED, k=draw.choice(INVOLVED))))
    for at in range(ORDERS):
        near = range(max(0, at - 3), at)
        needs = {draw.choice(near) for _ in range(draw.choice((1, 1, 2)))} if near else set()
        departments = draw.sample(involved, 2 if len(involved) > 1 and draw.random() < JOINT else 1)
        yield Job(
            key=f"{group}/{at}",
            group=group,
            needs=tuple(f"{group}/{need}" for need in sorted(needs)),
            demand={f"d{one:02}": TENTHS for one in sorted(departments)},
            hours=(HOURS,),
            work=draw.choice(HOURS_OF_WORK) * 3600 // SLOT,
            rank=NEW,
        )


def _timed(jobs: Sequence[Job], windows: Windows, begin: int, room: float) -> Iterator[Job]:
    """The orders of a client, from the day on that holds the working second `begin`, and by when they must be done."""
    done: dict[str, int] = {}
    for job in jobs:
        done[job.key] = job.work + max((done[need] for need in job.needs), default=0)
    release = windows.add(AT, begin) // MIDNIGHT * MIDNIGHT
    due = windows.add(release, round(room * max(done.values()) * SLOT)) // MIDNIGHT * MIDNIGHT + MIDNIGHT
    return (replace(job, release=release, due=due) for job in jobs)


def _draw(*name: object) -> random.Random:
    """Chance that is the same every time for a name."""
    return random.Random("/".join(map(str, name)))


def dated(work: Workload) -> Scheduling:
    """The schedule of everything, as a plan schedules by default."""
    return _scheduled(work.jobs, work)


def _scheduled(jobs: Sequence[Job], work: Workload) -> Scheduling:
    return _standing(jobs, work).scheduling


def _standing(jobs: Sequence[Job], work: Workload) -> Standing:
    desk = Desk(jobs, work.resources, Grid(work.hours, grid_after(AT), work.horizon))
    return seated(desk, _stakes(jobs))


def _stakes(jobs: Sequence[Job]) -> dict[str, Stake]:
    return {job.group: Stake(due=job.due) for job in jobs}


# The pull request of one client.


def ordered(work: Workload, recorded: Scheduling) -> Workload:
    """The same work once it is ordered: each order keeps the turn that its recorded start gives it."""
    in_turn = sorted(work.jobs, key=lambda job: (recorded.slots[job.key].start, job.key))
    return replace(work, jobs=tuple(replace(job, rank=(*RECORDED, turn)) for turn, job in enumerate(in_turn)))


def requested(number: int, work: Workload, *, seed: int = 1) -> tuple[Job, ...]:
    """The orders of one more client, who comes in the middle of the span and leaves little room."""
    jobs = list(_change(number, _draw(seed, number)))
    return tuple(_timed(jobs, work.hours[HOURS], work.span // 2, ROOM[0]))


def base(work: Workload) -> Standing:
    """The schedule of what is ordered, with the reasons of its dates, as a plan of the base branch makes it."""
    made = _standing(work.jobs, work)
    assert made.told
    return made


def pull_request(base: Standing, new: Sequence[Job]) -> Scheduling:
    """What a plan makes of new work beside what is ordered and stands."""
    made = base.joined(new, _stakes(new))
    assert made, "this is a bug in the benchmark: the new work cannot join"
    return made.scheduling


def moved(before: Scheduling, after: Scheduling) -> int:
    """How many Changes are finished at another time than before."""
    was, now = _finishes(before), _finishes(after)
    return sum(now[group] != finish for group, finish in was.items())


def _finishes(result: Scheduling) -> dict[str, int]:
    made: dict[str, int] = {}
    for key, dates in result.slots.items():
        group = key.partition("/")[0]
        made[group] = max(dates.finish, made.get(group, 0))
    return made


# Measuring.


def figures(clients: int, load: int) -> dict[str, Any]:
    """One portfolio: scheduled as a whole, then the pull request of one more client. CPU seconds."""
    work = workload(clients, load)
    held = _peak_mib()
    begun = time.process_time()
    made = _standing(work.jobs, work)
    placed, peak_when_placed = time.process_time() - begun, _peak_mib()
    first = made.scheduling
    seconds = time.process_time() - begun
    peak = _peak_mib()
    assert not first.unplaced, f"this is a bug in the benchmark: {next(iter(first.unplaced.values()))}"
    open_work, new = ordered(work, first), requested(clients, work)
    begun = time.process_time()
    stands = base(open_work)
    before, cold = stands.scheduling, time.process_time() - begun
    begun = time.process_time()
    after = pull_request(stands, new)
    warm = time.process_time() - begun
    anew = _scheduled((*work.jobs, *new), work)
    alone = _scheduled(new, work)
    return {
        "clients": clients,
        "load_percent": load,
        "orders": len(work.jobs),
        "people": sum(one.capacity for one in work.resources.values()) // TENTHS,
        "span_days": round(work.span / DAY, 1),
        "cpu_seconds": round(seconds, 3),
        "cpu_seconds_to_place": round(placed, 3),
        "microseconds_an_order": round(seconds / len(work.jobs) * 1e6, 1),
        "evaluations": first.evaluations,
        "peak_mib": peak,
        "peak_mib_when_placed": peak_when_placed,
        "peak_mib_before": held,
        **_tardiness(work, first),
        "pull_request": {
            "cpu_seconds": round(warm, 3),
            "cpu_seconds_of_the_base": round(cold, 3),
            "finish_days": _days(work, new, after),
            "finish_days_alone": _days(work, new, alone),
            "moved": moved(before, after),
            "moved_if_planned_anew": moved(first, anew),
        },
    }


def _days(work: Workload, jobs: Sequence[Job], result: Scheduling) -> float:
    """How many working days after their release the jobs are all done."""
    finish = max(result.slots[job.key].finish for job in jobs)
    return round(work.hours[HOURS].between(jobs[0].release, finish) / DAY, 1)


def _tardiness(work: Workload, result: Scheduling) -> dict[str, Any]:
    """How late Changes are, in working days, those in time counting as nothing, and how many are."""
    dues = {job.group: job.due for job in work.jobs if job.due is not None}
    windows = work.hours[HOURS]
    late = [windows.between(min(dues[group], end), end) / DAY for group, end in _finishes(result).items()]
    return {
        "tardiness_days_mean": round(statistics.fmean(late), 3),
        "late_percent": round(100 * sum(one > 0 for one in late) / len(late), 2),
    }


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Measure one portfolio and print it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workload", description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--load", type=int, default=75, help="percent")
    given = parser.parse_args()
    gc.disable()  # as the program does
    print(json.dumps(figures(given.clients, given.load), indent=2))


if __name__ == "__main__":
    main()
