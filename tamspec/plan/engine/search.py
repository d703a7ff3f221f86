"""In which order jobs are served: several rules, each improved by shifting work to and fro, the best of all kept.

The search is counted in schedules tried, never in seconds, so that every machine finds the same plan.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import cycle
from operator import attrgetter

from msgspec import Struct

from tamspec.plan.engine.board import FIELDS
from tamspec.plan.engine.grid import SLOT
from tamspec.plan.engine.islands import islands
from tamspec.plan.engine.place import NEVER, Desk
from tamspec.plan.engine.problem import Job, Stake

FEW, PLACEMENTS = 20, 12_000
"""For so few jobs that share departments, as many schedules are tried as make so many placements: that proves to be
near the best there is."""

LONG = 8 * FIELDS
"""Slots of work, sixteen days of eight hours, that take as long to place as any job; of more, each so many count as one
more."""

MOST_EVALUATIONS = 48
"""How many schedules are tried at the most for more jobs than these."""

FALL = 720_000
"""Divided by the square of the number of jobs, this is how many schedules are tried where there are many: large work is
served well by the rules, and each schedule takes longer."""

REACHES = (1.2, 2.4, 4.8)
"""How far the turn of a job moves at random when a new beginning is tried, in turn: by this part of the whole length,
divided by the root of the number of jobs. So about as many jobs change places in small projects as in large ones."""

PROMISING = 2
"""How many of the rules' schedules are improved."""

Turns = Mapping[int, float]
"""Number of a job → when its turn is; smaller is served first."""


class Found(Struct, frozen=True):
    """A schedule: what it is worth (smaller is better), and the order in which its jobs were served."""

    worth: tuple[int, ...]
    """Broken promises, weighted lateness, the sum of the finishes of all groups."""
    order: Sequence[int]
    starts: Mapping[int, int]
    finishes: Mapping[int, int]


_worth = attrgetter("worth")


def evaluations(jobs: int) -> int:
    """How many schedules are tried for so many jobs that share departments; long ones count more than once."""
    if jobs <= FEW:
        return PLACEMENTS // max(1, jobs)
    return max(1, min(MOST_EVALUATIONS, FALL // (jobs * jobs)))


def serve_all(desk: Desk, stakes: Mapping[str, Stake]) -> int:
    """Place every job that is ahead, smaller ranks first; tells how many schedules were tried where there was a choice.

    Where a place was kept for a pinned job that cannot begin then, since what it needs is not ready, all are served
    anew without it.
    """
    tried = serve_from(desk, stakes)
    while in_vain := {n for n in desk.kept if desk.finish[n] >= NEVER}:
        desk.clear(in_vain.union(desk.given_up))
        tried += serve_from(desk, stakes)
    return tried


def serve_from(desk: Desk, stakes: Mapping[str, Stake], first: int = 0) -> int:
    """Place the jobs ahead from a number on; tells how many schedules were tried where there was a choice."""
    tried = 0
    decided: list[int] = []
    for equals in _by_rank(desk, first):
        if len(equals) == 1:
            decided += equals
            continue
        desk.serve(decided, desk.board)
        decided = []
        for island in _islands(desk, equals):
            found, count = best_order(desk, island, stakes)
            desk.serve(found, desk.board)
            tried += count
    desk.serve(decided, desk.board)
    return tried


def _by_rank(desk: Desk, first: int) -> list[list[int]]:
    """The jobs ahead from a number on in classes of one rank; none is in an earlier class than a job that it needs."""
    numbers = range(first, len(desk.jobs))
    ahead = sorted((n for n in numbers if desk.jobs[n].is_ahead), key=desk.level.__getitem__)
    if len({desk.ranks[n] for n in ahead}) == 1:
        return [ahead]
    ranks: dict[int, tuple[int, ...]] = {}
    classes: dict[tuple[int, ...], list[int]] = {}
    for n in ahead:
        rank = desk.ranks[n]
        for need in desk.before[n]:
            if need in ranks and ranks[need] > rank:
                rank = ranks[need]
        ranks[n] = rank
        classes.setdefault(rank, []).append(n)
    return [classes[rank] for rank in sorted(classes)]


def _islands(desk: Desk, numbers: list[int]) -> list[list[int]]:
    jobs, group = desk.jobs, desk.jobs[numbers[0]].group
    if all(jobs[n].group == group for n in numbers):
        return [numbers]
    return [[numbers[at] for at in island] for island in islands([jobs[n] for n in numbers])]


def in_turn(desk: Desk, turns: Turns) -> list[int]:
    """The jobs so that each comes after those it needs, otherwise by their turns, between equals by key."""
    sorted_by_turn = sorted(turns, key=lambda n: (turns[n], n))
    if _keeps_needs(desk, sorted_by_turn):  # as it mostly does; and then nothing else comes out below
        return sorted_by_turn
    missing = {n: len([need for need in desk.before[n] if need in turns]) for n in turns}
    eligible = [(turns[n], n) for n, count in missing.items() if not count]
    heapq.heapify(eligible)
    order: list[int] = []
    while eligible:
        n = heapq.heappop(eligible)[1]
        order.append(n)
        for other in desk.behind[n]:
            if other in missing:
                missing[other] -= 1
                if not missing[other]:
                    heapq.heappush(eligible, (turns[other], other))
    assert len(order) == len(turns), "the needs of jobs form a cycle: a bug in tamspec"
    return order


def _keeps_needs(desk: Desk, order: Sequence[int]) -> bool:
    """Whether each job comes after those it needs."""
    before, ahead = desk.before, set(order)
    for n in order:
        ahead.discard(n)
        if before[n] and not ahead.isdisjoint(before[n]):
            return False
    return True


def rules(desk: Desk, numbers: Sequence[int]) -> Iterator[dict[int, float]]:
    """Turns by rule. The first is due less twice what is still to be done, which beat static slack thirtyfold on
    portfolios; without due dates all of them serve long chains first, each with another measure."""
    jobs, behind, before = desk.jobs, desk.behind, desk.before
    order = sorted(numbers, key=desk.level.__getitem__)
    tails: dict[int, int] = {}
    for n in reversed(order):
        longest = 0
        for other in behind[n]:
            if tails.get(other, 0) > longest:
                longest = tails[other]
        tails[n] = longest + _length(jobs[n])
    far = max([jobs[n].due or 0 for n in numbers], default=0)
    dues = {n: (jobs[n].due or far) // SLOT for n in numbers}
    yield {n: dues[n] - 2 * tails[n] for n in numbers}
    yield {n: dues[n] - tails[n] + _length(jobs[n]) for n in numbers}
    heads: dict[int, int] = {}
    for n in order:
        heads[n] = max((heads[need] + _length(jobs[need]) for need in before[n] if need in heads), default=0)
    yield {n: dues[n] - 2 * tails[n] + heads[n] for n in numbers}
    follow: dict[int, int] = {}
    for n in reversed(order):
        follow[n] = 1 + sum(follow[other] for other in behind[n] if other in follow)
    yield {n: dues[n] - follow[n] for n in numbers}


def _length(job: Job) -> int:
    """Slots that a job takes at least; a day of waiting counts as a day of work."""
    return job.work + job.wait.minutes // 15 + 32 * job.wait.working_days if job.wait else job.work


def best_order(desk: Desk, numbers: Sequence[int], stakes: Mapping[str, Stake]) -> tuple[Sequence[int], int]:
    """In which order to serve the jobs of an island, and how many schedules were tried to find it."""
    budget = evaluations(sum(max(1, desk.jobs[n].work // LONG) for n in numbers))
    if len(numbers) == 1:
        return numbers, 1
    if budget == 1:
        return in_turn(desk, next(rules(desk, numbers))), 1
    search = _Search(desk, numbers, stakes, budget)
    return search.best().order, search.tried


class _Search:
    """The search for one island; what was placed before is left alone."""

    def __init__(self, desk: Desk, numbers: Sequence[int], stakes: Mapping[str, Stake], budget: int) -> None:
        self.desk, self.numbers, self.budget = desk, numbers, budget
        self.tried = 0
        self.resources = sorted({name for n in numbers for name in desk.jobs[n].demand})
        groups: dict[str, list[int]] = {}
        for n in numbers:
            groups.setdefault(desk.jobs[n].group, []).append(n)
        self.groups = [(stakes.get(name, Stake()), members) for name, members in groups.items()]
        desk.serve(sorted(numbers, key=desk.level.__getitem__), None)
        self.bound = self._judged()
        """What no schedule can better: everybody is always free."""

    def best(self) -> Found:
        """The best schedule that was found within the budget."""
        tried: list[Found] = []
        for turns in rules(self.desk, self.numbers):
            if self.tried < self.budget and not (tried and tried[-1].worth <= self.bound):
                tried.append(self._try(in_turn(self.desk, turns)))
        best = min(tried, key=_worth)
        for found in sorted(tried, key=_worth)[:PROMISING]:
            best = min(best, self._shifted(found), key=_worth)
        draw, here = random.Random(len(self.numbers)), best  # noqa: S311  # on every machine the same draws
        for reach in cycle(REACHES):
            if self.tried >= self.budget or best.worth <= self.bound:
                break
            found = self._shifted(self._try(self._shaken(here, reach, draw)))
            here = found if found.worth <= here.worth else here  # an equal one leads elsewhere
            best = min(best, found, key=_worth)
        return best

    def _try(self, order: Sequence[int]) -> Found:
        desk = self.desk
        self.tried += 1
        desk.serve(order, desk.board.copy(self.resources))
        starts, finishes = ({n: dates[n] for n in self.numbers} for dates in (desk.start, desk.finish))
        return Found(self._judged(), order, starts, finishes)

    def _judged(self) -> tuple[int, ...]:
        finish = self.desk.finish
        broken = late = total = 0
        for stake, members in self.groups:
            end = max(finish[n] for n in members)
            total += end
            if stake.committed is not None and end > stake.committed:
                broken += 1
            if stake.due is not None and end > stake.due:
                late += stake.weight * (end - stake.due)
        return broken, late, total

    def _shifted(self, found: Found) -> Found:
        """The work shifted as late as the ends allow and then as early as it goes, again and again while that helps."""
        while self.tried + 1 < self.budget and found.worth > self.bound:
            again = self._to_and_fro(found)
            if again.worth >= found.worth:
                break
            found = again
        return found

    def _to_and_fro(self, found: Found) -> Found:
        finishes, level = found.finishes, self.desk.level
        ends: dict[int, int] = {}
        for _, members in self.groups:
            ends |= dict.fromkeys(members, self._end(finishes[n] for n in members))
        order = sorted(self.numbers, key=lambda n: (-finishes[n], -level[n]))
        self.tried += 1
        latest = self.desk.push(order, self.desk.board.copy(self.resources), ends, found.starts)
        return self._try(sorted(self.numbers, key=lambda n: (latest[n], level[n])))

    def _end(self, finishes: Iterable[int]) -> int:
        """The last of some finishes; of jobs without a place, the end of the plan."""
        return min(max(finishes), self.desk.grid.horizon)

    def _shaken(self, found: Found, part: float, draw: random.Random) -> list[int]:
        """The order of a schedule with the turn of every job moved a little."""
        length = self._end(found.finishes.values()) - min(found.starts.values())
        reach = part * length / math.sqrt(len(self.numbers))
        return in_turn(self.desk, {n: finish + draw.random() * reach for n, finish in found.finishes.items()})
