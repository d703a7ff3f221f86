"""An independent judge of schedules: it reads windows and sums capacity by brute force, with no code of the planner.

`violations` says in sentences what is wrong; an empty list means that the dates can be kept.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tamspec.plan.engine.problem import Job, Resource, Slotted
from tamspec.worktime import Windows

QUARTER = 900


class Case(NamedTuple):
    """What is judged: the problem, and the dates somebody gave."""

    jobs: Sequence[Job]
    resources: Mapping[str, Resource]
    hours: Mapping[str, Windows]
    at: int
    slots: Mapping[str, Slotted]
    open_slots: Mapping[str, frozenset[int]]


def violations(
    jobs: Sequence[Job],
    resources: Mapping[str, Resource],
    hours: Mapping[str, Windows],
    at: int,
    slots: Mapping[str, Slotted],
) -> list[str]:
    """What is wrong with the dates of those jobs that have some; `at` as it was given to the planner."""
    case = Case(jobs, resources, hours, at, slots, {name: open_slots(windows) for name, windows in hours.items()})
    keys = {job.key for job in jobs}
    faults = [f"{job.key}: {fault}" for job in jobs if job.key in slots for fault in _job_faults(job, case, keys)]
    return faults + list(_capacity_faults(case))


@functools.lru_cache(maxsize=256)
def open_slots(windows: Windows) -> frozenset[int]:
    """The starts of the quarter hours that are open from end to end."""
    covered: Counter[int] = Counter()
    for start, end in zip(windows.starts, windows.ends, strict=True):
        for slot in range(start - start % QUARTER, end, QUARTER):
            covered[slot] += min(slot + QUARTER, end) - max(slot, start)
    return frozenset(slot for slot, seconds in covered.items() if seconds == QUARTER)


def _grid(t: int) -> int:
    return t + -t % QUARTER


def _worked(job: Job, open_slots: Mapping[str, frozenset[int]], start: int, finish: int) -> list[int]:
    """The quarter hours from start to finish that its calendars leave open: it is never put down for anything else."""
    grid = range(_grid(start), finish, QUARTER)
    return [slot for slot in grid if slot + QUARTER <= finish and all(slot in open_slots[name] for name in job.hours)]


def _job_faults(job: Job, case: Case, keys: Collection[str]) -> Iterator[str]:
    dates = case.slots[job.key]
    if dates.start > dates.finish:
        yield "finishes before it starts"
    if job.finished is not None:
        if dates.finish != job.finished:
            yield "is done and has another finish"
    elif job.started is not None:
        yield from _started_faults(job, case)
    else:
        if dates.start < case.at:
            yield "starts before now"
        if dates.start < job.release:
            yield "starts before its release"
        if dates.start < job.fence:
            yield "starts on a day that is settled"
        if job.pin is not None and dates.start != job.pin:
            yield "is pinned and starts at another time"
        yield from _order_faults(job, case, keys)
        if job.work:
            yield from _work_faults(job, case)


def _started_faults(job: Job, case: Case) -> Iterator[str]:
    dates = case.slots[job.key]
    if dates.start != job.started:
        yield "is under way and has another start"
    resumes = job.started if job.resumes is None else job.resumes
    if job.work and job.started is not None and resumes is not None:
        done = len(_worked(job, case.open_slots, resumes, max(_grid(case.at), resumes)))
        ahead = len(_worked(job, case.open_slots, max(_grid(case.at), resumes), dates.finish))
        if ahead != max(1, job.work - done):
            yield f"is under way, {done} of {job.work} slots are worked and {ahead} are ahead"


def _order_faults(job: Job, case: Case, keys: Collection[str]) -> Iterator[str]:
    slots, dates = case.slots, case.slots[job.key]
    needs = [need for need in job.needs if need in keys]
    for need in needs:
        if need not in slots:
            yield f"has dates though {need} has none"
        elif slots[need].finish > dates.start:
            yield f"starts before {need} is finished"
    finishes = [slots[need].finish for need in needs if need in slots] or [case.at if job.given is None else job.given]
    if (dates.start if job.work else dates.finish) < wait_over(job, max(job.release, *finishes), case.hours):
        yield "does not wait long enough"


def wait_over(job: Job, since: int, hours: Mapping[str, Windows]) -> int:
    """When its wait is over that began at an instant."""
    over = since + 60 * job.wait.minutes
    if not (job.wait.working_days and job.wait_hours):
        return over + 24 * 3600 * job.wait.working_days
    return hours[job.wait_hours].add_days(over, job.wait.working_days)


def _work_faults(job: Job, case: Case) -> Iterator[str]:
    dates = case.slots[job.key]
    if dates.start % QUARTER or dates.finish % QUARTER:
        yield "is off the grid"
    worked = _worked(job, case.open_slots, dates.start, dates.finish)
    if len(worked) != job.work:
        yield f"takes {job.work} slots of work and gets {len(worked)}"
    if not worked or worked[0] != dates.start or worked[-1] + QUARTER != dates.finish:
        yield "starts or finishes in closed time"
    kept = held(job, case)
    if len(kept) != len(worked) + job.reserve:
        yield "leaves no time to take it back"
    if job.unbroken and kept and kept[-1] + QUARTER - kept[0] != len(kept) * QUARTER:
        yield "pauses, and must not"
    for name in job.closed:
        spans = zip(case.hours[name].starts, case.hours[name].ends, strict=True)
        if kept and any(start < kept[-1] + QUARTER and kept[0] < end for start, end in spans):
            yield f"is worked in {name}, or interrupted by it"
    for name in job.rest:
        if name in job.demand and not _rest(job, name, case):
            yield f"leaves {name} no day to rest"


def _capacity_faults(case: Case) -> Iterator[str]:
    """Work under way is never refused; planned work gets what that leaves, on the days after its nights too."""
    fixed: Counter[tuple[str, int]] = Counter()
    planned: Counter[tuple[str, int]] = Counter()
    for job in case.jobs:
        if job.finished is not None or not job.work or job.key not in case.slots:
            continue
        taken = planned if job.started is None else fixed
        for name, demand in job.demand.items():
            rest = _rest(job, name, case)
            taken.update({(name, slot): demand for slot in held(job, case)})
            taken.update({(name, slot): demand for slot in rest})
    for (name, slot), demand in sorted(planned.items()):
        there = has(case.resources[name], slot)
        if demand > max(0, there - fixed[name, slot]):
            yield f"{name}: {demand} tenths at {slot}, {fixed[name, slot]} under way, has {there}"


def _ahead(job: Job, case: Case) -> list[int]:
    """The quarter hours in which it is worked from now on."""
    dates = case.slots[job.key]
    resumes = dates.start if job.resumes is None else job.resumes
    start = dates.start if job.started is None else max(case.at, resumes)
    return _worked(job, case.open_slots, start, dates.finish)


def held(job: Job, case: Case) -> list[int]:
    """The quarter hours in which nobody else may have its people: those it is worked in, and its reserve."""
    worked = _ahead(job, case)
    if not job.is_ahead or not job.reserve:
        return worked
    finish, last = case.slots[job.key].finish, min((case.hours[name].horizon[1] for name in job.hours), default=0)
    behind = _worked(job, case.open_slots, finish, last) if job.hours else range(finish, finish + 10**6, QUARTER)
    return [*worked, *behind[: job.reserve]]


def has(resource: Resource, slot: int) -> int:
    """The least that a resource has within a quarter hour."""
    if not resource.levels:
        return resource.capacity
    before = [tenths for since, tenths in resource.levels if since <= slot]
    within = [tenths for since, tenths in resource.levels if slot < since < slot + QUARTER]
    return min([before[-1] if before else 0, *within])


def _rest(job: Job, name: str, case: Case) -> set[int]:
    """The quarter hours that a resource loses after the job."""
    return day_after(case.hours[job.rest[name]], case.slots[job.key].finish) if name in job.rest else set()


def day_after(windows: Windows, finish: int) -> set[int]:
    """The quarter hours, also those open in part, of the first local date whose opening is not before `finish`.

    For calendars of day shifts, whose windows never pass midnight.
    """
    zone = ZoneInfo(windows.zone)
    spans = list(zip(windows.starts, windows.ends, strict=True))
    opening: dict[str, int] = {}
    for start, _ in spans:
        opening.setdefault(str(datetime.fromtimestamp(start, zone).date()), start)
    day = min((date for date, start in opening.items() if start >= finish), default="")
    midnight = datetime.fromisoformat(day or "1970-01-01").replace(tzinfo=zone)
    low, high = midnight.timestamp(), (midnight + timedelta(days=1)).timestamp()
    mine = [(start, end) for start, end in spans if low <= start < high]
    return {slot for start, end in mine for slot in range(start - start % QUARTER, end, QUARTER)}
