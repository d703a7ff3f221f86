"""How sure a finish is: the orders of one Change worked a thousand times, each time with other efforts.

An effort with a range is drawn from the triangular distribution between its optimistic and its pessimistic value with
its estimate as the peak. Everything else stays as planned: an order follows what it needs and whoever of its own
Change works before it, and where it waits for other Changes, or for a decision, it never starts before its planned
start.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil, sqrt

from tamspec.plan.engine.grid import SLOT, Working
from tamspec.plan.engine.place import NEVER, Desk
from tamspec.plan.engine.problem import Job, Slotted, hours_of

SAMPLES = 1_000
"""How often a Change is worked."""

MOST_ORDERS = 2_000
"""Of more orders than that with a range together, nothing is simulated: the plan must stay quick."""

ENOUGH = (0.5, 0.8)
"""The shares of all cases in which the Change is finished by the instants told."""

Instants = list[float]
"""An instant for each sample, in epoch seconds."""


def simulate(
    desk: Desk, members: Sequence[int], slots: Mapping[str, Slotted], samples: int = SAMPLES
) -> tuple[int, ...]:
    """By when a group is finished in half and in four fifths of all cases: epoch seconds, on the full minute.

    The draws hang on the keys of the jobs alone. ValueError where a job of the group has no place.
    """
    ends = _ends(desk, members, slots, samples)
    worst = sorted(map(max, zip(*ends.values(), strict=True)))
    return tuple(ceil(worst[ceil(share * samples) - 1] / 60) * 60 for share in ENOUGH)


def grounds(desk: Desk, members: Sequence[int], slots: Mapping[str, Slotted]) -> object:
    """Everything that the odds of a group hang on: with equal grounds they are the same."""
    jobs = [desk.jobs[n] for n in members]
    own = set(members)
    orders = [
        (
            job,
            slots.get(job.key),
            desk.level[n],
            desk.free_from[n],
            [(desk.jobs[one].key, None if one in own else desk.finish[one]) for one in desk.before[n]],
        )
        for n, job in zip(members, jobs, strict=True)
    ]
    return desk.grid.at, orders, [(name, desk.grid.hours[name]) for name in sorted({*hours_of(jobs)})]


def _ends(desk: Desk, members: Sequence[int], slots: Mapping[str, Slotted], samples: int) -> dict[int, Instants]:
    own = {desk.jobs[n].key: n for n in members}
    ends: dict[int, Instants] = {}
    for n in sorted(members, key=lambda n: (desk.start[n], desk.level[n])):
        job = desk.jobs[n]
        if desk.finish[n] >= NEVER:
            raise ValueError(f"{job.key} has no place, so its Change has no finish.")
        if job.finished is not None:
            ends[n] = [float(job.finished)] * samples
            continue
        begins = _begins(desk, n, slots[job.key], own, ends, samples)
        ends[n] = _worked(desk, job, n, begins)
    return ends


def _begins(
    desk: Desk, n: int, dates: Slotted, own: Mapping[str, int], ends: Mapping[int, Instants], samples: int
) -> Instants:
    """When a job could be worked, sample by sample."""
    job = desk.jobs[n]
    if job.started is not None:
        return [float(max(job.started if job.resumes is None else job.resumes, desk.grid.at))] * samples
    makers = {own[key] for reason in dates.reasons if reason.kind == "capacity" for key in reason.orders if key in own}
    before = [ends[one] for one in sorted({*desk.before[n], *makers}) if one in ends]
    outside = [desk.finish[one] for one in desk.before[n] if one not in ends]
    floor = float(max([desk.free_from[n], *outside, *([dates.start] if _waits(dates, own) else [])]))
    ready = [max(floor, *each) for each in zip(*before, strict=True)] if before else [floor] * samples
    if job.wait:
        ready = [_after_wait(desk, job, since) for since in ready]
    now = float(desk.grid.at)
    return [max(now, each) for each in ready]


def _waits(dates: Slotted, own: Mapping[str, int]) -> bool:
    """Whether it waits for people who work for others, or for a decision."""
    return any(
        reason.kind in ("freeze", "fence", "pinned")
        or (reason.kind == "capacity" and not own.keys() >= set(reason.orders))
        for reason in dates.reasons
    )


def _after_wait(desk: Desk, job: Job, since: float) -> float:
    over = desk.grid.wait_over(job.wait, job.wait_hours, int(since))
    return over + since - int(since)


def _worked(desk: Desk, job: Job, n: int, begins: Instants) -> Instants:
    """When the work is done that begins then, each time with another effort."""
    if not job.work:
        return begins
    working = desk.grid.working(job.hours)
    left = job.work if job.started is None else desk.remaining(n)
    return list(_finishes(working, begins, _efforts(job, len(begins), left)))


def _efforts(job: Job, samples: int, left: int) -> Iterable[float]:
    """Slots of work, as drawn; work under way keeps the share that is left of it."""
    if not job.spread:
        return [float(left)] * samples
    low, high = (each * left / job.work for each in job.spread)
    peak = min(max(float(left), low), high)
    draw = random.Random(job.key).random  # noqa: S311  # the same key, the same draws
    if high <= low:
        return [low] * samples
    turn = (peak - low) / (high - low)
    rise, fall = (peak - low) * (high - low), (high - peak) * (high - low)
    drawn = (draw() for _ in range(samples))
    return [low + sqrt(u * rise) if u < turn else high - sqrt((1 - u) * fall) for u in drawn]


def _finishes(working: Working, begins: Instants, efforts: Iterable[float]) -> Iterator[float]:
    """The instants at which so many slots of work are done, each begun at its own."""
    slots, end = working.slots, len(working.slots) - 1
    for begin, effort in zip(begins, efforts, strict=True):
        slot = int(begin // SLOT)
        position = slot if working.is_always else bisect_left(slots, slot)
        assert position <= end, "this is a bug in tamspec: a sample begins behind the calendars"
        done = effort + (begin % SLOT / SLOT if slots[position] == slot else 0.0)
        whole = ceil(done) - 1
        yield (slots[min(position + whole, end)] + done - whole) * SLOT
