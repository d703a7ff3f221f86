"""Reasons are true: read by brute force, a job could start earlier just without what they name, and without no less.

Every other job stays where it is. Nothing here is computed by the scheduler.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from checker import Case, day_after, has, held, open_slots, wait_over
from hypothesis import given
from portfolios import AT, NOW, Portfolio, dated, examples, portfolios

from tamspec.plan.engine.problem import Job, Slotted
from tamspec.plan.engine.schedule import SLOT

Unit = tuple[str, str]
"""Something that may stand in the way, all others held: one job needed, one resource, one freeze, a wait, …"""

HELD_BY_HOURS = {"at", "calendar"}
TOLD_OTHERWISE = {"pinned", "started"}


class Reading:
    """A plan as somebody reads it who looks at every quarter hour."""

    def __init__(self, portfolio: Portfolio, slots: Mapping[str, Slotted]) -> None:
        self.jobs = {job.key: job for job in portfolio.jobs}
        self.slots = slots
        hours = portfolio.hours
        opened = {name: open_slots(windows) for name, windows in hours.items()}
        self.case = Case(portfolio.jobs, portfolio.resources, hours, AT, slots, opened)
        self.begun: Counter[Unit | tuple[str, int]] = Counter()
        self.taken: dict[str, Counter[tuple[str, int]]] = {job.key: Counter() for job in portfolio.jobs}
        for job in portfolio.jobs:
            if job.key in slots and job.work and job.finished is None:
                self.take(job)
        self.everybody = sum((taken for key, taken in self.taken.items() if self.jobs[key].is_ahead), Counter())
        self.under_way = sum((taken for key, taken in self.taken.items() if not self.jobs[key].is_ahead), Counter())

    def take(self, job: Job) -> None:
        for name, tenths in job.demand.items():
            rest = day_after(self.case.hours[job.rest[name]], self.slots[job.key].finish) if name in job.rest else ()
            self.taken[job.key].update(dict.fromkeys(((name, slot) for slot in held(job, self.case)), tenths))
            self.taken[job.key].update(dict.fromkeys(((name, slot) for slot in rest), tenths))

    def is_free(self, job: Job, name: str, slot: int) -> bool:
        """Whether the job's people would be there, were it not placed."""
        there = max(0, has(self.case.resources[name], slot) - self.under_way[name, slot])
        others = self.everybody[name, slot] - self.taken[job.key][name, slot]
        return there - others >= job.demand[name]

    def obstacles(self, job: Job, before: int) -> Iterator[frozenset[Unit]]:
        """What would have to be left out, for each earlier start at which its hours are open (NOW at the earliest)."""
        grid = range(NOW, held(job, self.case)[-1] + SLOT, SLOT)
        open_time = [slot for slot in grid if all(slot in self.case.open_slots[name] for name in job.hours)]
        length = job.work + job.reserve
        for at, start in enumerate(open_time):
            if start >= before:
                return
            stretch = open_time[at : at + length]
            if job.unbroken and stretch[-1] - stretch[0] != (length - 1) * SLOT:
                continue
            there = self.people(job, stretch) | self.freezes(job, stretch)
            yield from (there | earlier for earlier in self.in_time(job, start))

    def people(self, job: Job, stretch: Sequence[int]) -> frozenset[Unit]:
        """The resources that have no room in the stretch, or on the day of rest after it."""
        lacking = set()
        for name in job.demand:
            finish = stretch[job.work - 1] + SLOT
            rest = day_after(self.case.hours[job.rest[name]], finish) if name in job.rest else ()
            if not all(self.is_free(job, name, slot) for slot in chain(stretch, rest)):
                lacking.add(("capacity", name))
        return frozenset(lacking)

    def freezes(self, job: Job, stretch: Sequence[int]) -> frozenset[Unit]:
        def meets(name: str) -> bool:
            spans = zip(self.case.hours[name].starts, self.case.hours[name].ends, strict=True)
            return any(start < stretch[-1] + SLOT and stretch[0] < end for start, end in spans)

        return frozenset(("freeze", name) for name in job.closed if meets(name))

    def in_time(self, job: Job, start: int) -> Iterator[frozenset[Unit]]:
        """What holds it at a time: with its wait, and (one thing more to leave out) without."""
        needs = {("need", need): self.slots[need].finish for need in job.needs if need in self.jobs}
        since = needs | ({("release", ""): job.release} if job.release else {})
        fence = {("fence", "")} if job.fence > start else set()
        alone = {} if needs else {("wait", ""): NOW if job.given is None else job.given}
        with_wait = {
            unit for unit, free in (since | (alone if job.wait else {})).items() if self.over(job, free) > start
        }
        yield frozenset(with_wait | fence)
        if job.wait:
            yield frozenset({("wait", "")} | {unit for unit, free in since.items() if free > start} | fence)

    def over(self, job: Job, since: int) -> int:
        return wait_over(job, since, self.case.hours)


def named(slotted: Slotted) -> frozenset[Unit]:
    """The reasons of a plan in the same terms."""
    units: set[Unit] = set()
    for reason in slotted.reasons:
        if reason.kind == "predecessor":
            units |= {("need", key) for key in reason.orders}
        elif reason.kind in ("capacity", "freeze"):
            units.add((reason.kind, reason.subject))
        else:
            units.add((reason.kind, ""))
    return frozenset(units)


@given(portfolios())
@examples(30)
def test_reasons_are_a_smallest_set_without_which_work_would_start_earlier(portfolio: Portfolio) -> None:
    result = dated(portfolio)
    reading = Reading(portfolio, result.slots)
    for key, slotted in result.slots.items():
        job = reading.jobs[key]
        if not job.is_ahead:
            assert {reason.kind for reason in slotted.reasons} == ({"started"} if job.finished is None else set())
        elif job.pin is not None:
            assert {reason.kind for reason in slotted.reasons} == {"pinned"}
        elif job.work:
            told, found = named(slotted), set(reading.obstacles(job, slotted.start))
            if not found:
                assert {kind for kind, _ in told} <= HELD_BY_HOURS, key
            else:
                assert any(obstacles <= told for obstacles in found), (key, told, found)
                assert len(told) == min(map(len, found)), (key, told, found)
