"""Putting jobs into their earliest place, one after the other, and for improvement into their latest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from functools import cached_property

from tamspec.plan.engine.board import Board, Layout, Stretch
from tamspec.plan.engine.grid import SLOT, Grid
from tamspec.plan.engine.problem import Job, Resource
from tamspec.worktime import HorizonError

NEVER = 1 << 60
"""The finish of a job that has no place."""

Rank = tuple[int, ...]


class Desk:
    """Jobs by number, and the dates that they have so far; it changes while they are placed."""

    def __init__(
        self,
        jobs: Sequence[Job],
        resources: Mapping[str, Resource],
        grid: Grid,
        ranks: Mapping[str, Rank] | None = None,
    ) -> None:
        """`ranks`: by key, in place of those of the jobs."""
        self.jobs = sorted(jobs, key=lambda job: job.key)
        number = {job.key: n for n, job in enumerate(self.jobs)}
        assert len(number) == len(self.jobs), "two jobs with one key: a bug in tamspec"
        self.grid = grid
        self.before: list[list[int]] = []
        self.behind: list[list[int]] = [[] for _ in self.jobs]
        for n, job in enumerate(self.jobs):
            needs = [number[key] for key in job.needs if key in number] if job.needs else []
            self.before.append(sorted(set(needs)) if len(needs) > 1 else needs)
            for need in self.before[n]:
                self.behind[need].append(n)
        self.layout = Layout(self.jobs, resources, grid)
        self.ranks = [ranks[job.key] if ranks else job.rank for job in self.jobs]
        self.plain = [not (job.wait or job.rest or job.pin is not None) for job in self.jobs]
        self.free_from = [
            max(job.release, 0 if needs else grid.at if job.given is None else job.given)
            for job, needs in zip(self.jobs, self.before, strict=True)
        ]
        self.settled = [max(grid.at, job.fence) for job in self.jobs]
        self.clear()

    def ranked(self, ranks: Mapping[str, Rank]) -> Desk:
        """The same jobs with other ranks, by key, and nothing placed; what is not named keeps its rank."""
        other = copy(self)
        other.ranks = [ranks.get(job.key, rank) for job, rank in zip(self.jobs, self.ranks, strict=True)]
        other.clear()
        return other

    def joined(self, jobs: Sequence[Job], ranks: Mapping[str, Rank] | None = None) -> Desk | None:
        """The desk with more jobs, which get the numbers behind those that it has; what was placed stays. None where
        they cannot simply join: they follow others, or others them, or are under way, or ask for people in hours in
        which nobody here does. Their windows must be those of the desk's grid."""
        known, needed = {job.key for job in self.jobs}, {key for job in self.jobs for key in job.needs}
        can_join = all(job.is_ahead and not job.reserved and known.isdisjoint((job.key, *job.needs)) for job in jobs)
        layout = self.layout.joined(jobs)
        if layout is None or not can_join or self.given_up or not needed.isdisjoint(job.key for job in jobs):
            return None
        new, first = Desk(jobs, layout.resources, self.grid, ranks), len(self.jobs)
        other = copy(self)
        other.layout, other.board = layout, self.board.joined(layout)
        other.jobs, other.ranks = self.jobs + new.jobs, self.ranks + new.ranks
        other.before = self.before + [[need + first for need in needs] for needs in new.before]
        other.behind = self.behind + [[each + first for each in those] for those in new.behind]
        other.plain, other.free_from = self.plain + new.plain, self.free_from + new.free_from
        other.settled, other.level = self.settled + new.settled, self.level + [first + one for one in new.level]
        other.start, other.finish = self.start + new.start, self.finish + new.finish
        other.position, other.rest, other.kept = self.position + new.position, dict(self.rest), set(self.kept)
        return other

    def clear(self, given_up: Collection[int] = ()) -> None:
        """Take back everything that was placed, but for work under way. Of pinned jobs, no place is kept for those that
        are given up."""
        self.given_up = given_up
        self.board = Board(self.layout)
        self.start = [0] * len(self.jobs)
        self.finish = [0] * len(self.jobs)
        self.position = [0] * len(self.jobs)
        self.rest: dict[int, Mapping[str, Sequence[int]]] = {}
        """Number → resource → the slots of the working day that is lost after the night."""
        self.kept: set[int] = set()
        """Pinned jobs whose place is taken already."""
        self._settle()

    @cached_property
    def level(self) -> list[int]:
        """Number → its place in an order in which each job comes after those it needs."""
        missing = [len(needs) for needs in self.before]
        order = [n for n, count in enumerate(missing) if not count]
        for n in order:
            for other in self.behind[n]:
                missing[other] -= 1
                if not missing[other]:
                    order.append(other)
        assert len(order) == len(self.jobs), "the needs of jobs form a cycle: a bug in tamspec"
        level = [0] * len(order)
        for at, n in enumerate(order):
            level[n] = at
        return level

    # What is decided already: work that is done or under way, and pins that are kept free.

    def _settle(self) -> None:
        for n, job in enumerate(self.jobs):
            if job.finished is not None:
                self.start[n] = job.finished if job.started is None else job.started
                self.finish[n] = job.finished
            elif job.started is not None:
                self._go_on(n, job, job.started)
        for n, job in enumerate(self.jobs):
            stretch = self.layout.stretches[n]
            if not (job.is_ahead and job.reserved and stretch) or n in self.given_up:
                continue
            at = self._pinned(job, stretch)
            if at is not None and self._took(n, stretch, at, self.board) == at:
                self.kept.add(n)

    def _go_on(self, n: int, job: Job, started: int) -> None:
        """Work under way goes on at once, whatever the capacity; late as it may be, a slot of it is left."""
        self.start[n], grid = started, self.grid
        since = started if job.resumes is None else job.resumes
        if not job.work:
            self.finish[n] = self._wait_over(job, since)
            return
        working = grid.working(job.hours)
        now = working.after(max(since, grid.at))
        left = self.remaining(n)
        if now + left > working.stop:
            self.finish[n] = NEVER
            return
        self.position[n] = now
        slots = working.slots[now : now + left]
        self.finish[n] = (slots[-1] + 1) * SLOT
        rest = self._rest_days(job, self.finish[n])
        if rest:
            self.rest[n] = rest
        for name, tenths in job.demand.items():
            self.board.use(name, slots, tenths)
        for name, lost in (rest or {}).items():
            self.board.use(name, lost, job.demand[name])

    def remaining(self, n: int) -> int:
        """The slots of work that a job under way still takes from now on."""
        job, grid = self.jobs[n], self.grid
        assert job.started is not None, "this is a bug in tamspec: nothing remains of work that has not begun"
        working = grid.working(job.hours)
        since = job.started if job.resumes is None else job.resumes
        return max(1, job.work - (working.after(max(since, grid.at)) - working.after(since)))

    def worked(self, n: int) -> Sequence[int]:
        """The slots in which a job is worked, from now on; none without work or a place."""
        job = self.jobs[n]
        if job.finished is not None or not job.work or self.finish[n] >= NEVER:
            return ()
        length = job.work if job.started is None else self.remaining(n)
        return self.grid.working(job.hours).slots[self.position[n] : self.position[n] + length]

    def held(self, n: int) -> Sequence[int]:
        """The slots in which a job keeps capacity from others: those it is worked in, and what is in reserve."""
        job, slots = self.jobs[n], self.worked(n)
        if not job.reserve or not slots or not job.is_ahead:
            return slots
        return self.grid.working(job.hours).slots[self.position[n] : self.position[n] + job.work + job.reserve]

    def keeps(self, n: int) -> list[tuple[str, Sequence[int]]]:
        """What a job keeps from others: a resource, and the slots in which it is worked, in reserve or rests."""
        held = self.held(n)
        kept = [(name, held) for name in self.jobs[n].demand] if held else []
        rest = self.rest.get(n)
        return kept + [(name, slots) for name, slots in rest.items() if slots] if rest else kept

    def without(self, n: int) -> Board:
        """What would be free if a job were not placed."""
        demand = self.jobs[n].demand
        board = self.board.copy(demand)
        for name, slots in self.keeps(n):
            board.use(name, slots, -demand[name])
        return board

    # Forward: each job as early as possible.

    def serve(self, order: Iterable[int], board: Board | None) -> None:
        """Place jobs, each after those it needs, at the earliest time that leaves them room; without a board, as if
        everybody were always free."""
        start, finish, position, before = self.start, self.finish, self.position, self.before
        jobs, stretches, free_from, settled = self.jobs, self.layout.stretches, self.free_from, self.settled
        plains = self.plain
        for n in order:
            base = free_from[n]
            for need in before[n]:
                if finish[need] > base:
                    base = finish[need]
            job, stretch = jobs[n], stretches[n]
            plain, now = plains[n], settled[n]
            if stretch is None:
                start[n], finish[n] = self._waited(job, base, now)
                continue
            working = stretch.working
            earliest = base if plain else self._wait_over(job, base)
            begin = working.after(now if now > earliest else earliest)  # what is never free begins behind the end
            if board is None:  # a bound, so what may not pause is taken as if it might
                found = begin if begin + stretch.length <= working.stop else None
            elif not plain and (job.rest or job.pin is not None):
                found = self._placed_with_care(n, job, stretch, begin, board)
            else:
                found = board.first(stretch, begin)
                if found is not None:
                    board.take(stretch, found)
            if found is None:
                start[n] = finish[n] = NEVER
                continue
            slots = working.slots
            position[n] = found
            start[n] = slots[found] * SLOT
            finish[n] = (slots[found + job.work - 1] + 1) * SLOT

    def _waited(self, job: Job, base: int, now: int) -> tuple[int, int]:
        """Start and finish of a job that is nothing but its wait."""
        if job.pin is not None:
            base = job.pin if job.pin >= max(base, now) else NEVER
        over = max(self._wait_over(job, base), now)
        return max(base, now), over if over <= self.grid.horizon else NEVER

    def _wait_over(self, job: Job, since: int) -> int:
        """When the job's wait is over, now at the earliest; NEVER behind the end of the plan."""
        if since >= NEVER:
            return NEVER
        try:
            over = max(self.grid.wait_over(job.wait, job.wait_hours, since), self.grid.at)
        except HorizonError:
            return NEVER
        return over if over <= self.grid.horizon else NEVER

    def _placed_with_care(self, n: int, job: Job, stretch: Stretch, earliest: int, board: Board) -> int | None:
        """The place of a pinned job, or of night work that leaves the working day after it; it is taken."""
        if job.pin is not None:
            pinned = self._pinned(job, stretch)
            if pinned is None or pinned < earliest:
                return None
            return pinned if n in self.kept or self._took(n, stretch, pinned, board) == pinned else None
        at: int | None = earliest
        while at is not None and (at := board.first(stretch, at)) is not None:
            after = self._took(n, stretch, at, board)
            if after == at:
                return at
            at = after
        return None

    def _took(self, n: int, stretch: Stretch, at: int, board: Board) -> int | None:
        """The position, if there is room from it on and for the rest after the work, which are taken then; otherwise
        the first behind it that another day of rest follows; None: no such day is left."""
        job, working = self.jobs[n], stretch.working
        rest = self._rest_days(job, (working.slots[at + job.work - 1] + 1) * SLOT)
        if rest is None:
            return None
        for name, lost in rest.items():
            if not all(board.is_free(name, slot, job.demand[name]) for slot in lost):
                return max(at + 1, working.after(lost[0] * SLOT) - job.work + 1)
        if board.first(stretch, at) != at:
            return at + 1
        board.take(stretch, at)
        for name, lost in rest.items():
            board.use(name, lost, job.demand[name])
        self.rest[n] = rest
        return at

    def _pinned(self, job: Job, stretch: Stretch) -> int | None:
        """The position of a job's pin; None where its hours are closed then, or it lies outside the plan."""
        working = stretch.working
        position = working.after(job.pin or 0)
        is_there = working.first <= position and position + stretch.length <= working.stop
        return position if is_there and working.slots[position] * SLOT == job.pin else None

    def _rest_days(self, job: Job, finish: int) -> dict[str, list[int]] | None:
        """The working day that each resource loses after the job; None: the calendar ends before."""
        try:
            days = job.rest.items()
            return {name: self.grid.rest_day(windows, finish) for name, windows in days if job.demand.get(name)}
        except HorizonError:
            return None

    # Backward: each job as late as possible.

    def push(
        self, order: Iterable[int], board: Board, ends: Mapping[int, int], early: Mapping[int, int]
    ) -> dict[int, int]:
        """Number → the latest start of each job that keeps what follows it and `ends`; jobs come after what follows.

        It serves to find a better order, so a job for which there is no room keeps its `early` start, and rest days
        and pins do not matter.
        """
        starts: dict[int, int] = {}
        for n in order:
            job, stretch = self.jobs[n], self.layout.stretches[n]
            end = ends[n]
            for other in self.behind[n]:
                if starts.get(other, end) < end:
                    end = starts[other]
            if stretch is None:
                starts[n] = self.grid.wait_from(job.wait, job.wait_hours, end)
                continue
            working = stretch.working
            found = board.last(stretch, working.before(end) + job.reserve)
            if found is None:
                starts[n] = min(early[n], end)
                continue
            board.take(stretch, found)
            starts[n] = working.slots[found] * SLOT
            if job.wait:
                starts[n] = self.grid.wait_from(job.wait, job.wait_hours, starts[n])
        return starts
