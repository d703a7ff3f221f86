"""What can be said once everything is placed: why nothing starts earlier, and how much later it may end.

The reasons of a job are a smallest set of constraints such that without them it would start earlier, all others
staying where they are.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from tamspec.model.plan import Reason
from tamspec.model.values import TENTHS, effort_text
from tamspec.plan.board import Stretch
from tamspec.plan.grid import SLOT, text
from tamspec.plan.place import NEVER, Desk
from tamspec.plan.problem import Job, Slotted
from tamspec.worktime import HorizonError


def explained(desk: Desk) -> dict[str, Slotted]:
    """The dates of every job that has a place, by key, with reasons and floats."""
    order = sorted(range(len(desk.jobs)), key=lambda n: (desk.start[n], desk.level[n]))
    placed = [n for n in order if desk.finish[n] < NEVER]
    causes = {n: _Causes(desk, n) for n in placed if desk.jobs[n].finished is None}
    fillers = _fillers(desk, placed, {one for each in causes.values() for one in each.asked()})
    makers = {n: each.makers(fillers) for n, each in causes.items()}
    latest, due, waves = _latest(desk, placed, makers), _due(desk, order), _waves(desk)
    told = {n: each.reasons(fillers) for n, each in causes.items()}
    return {
        desk.jobs[n].key: _slotted(desk, n, latest[n], due.get(n), waves[n], told.get(n, ())) for n in sorted(placed)
    }


def _slotted(desk: Desk, n: int, latest: int, due: int | None, wave: int, reasons: tuple[Reason, ...]) -> Slotted:
    job, finish, stretch = desk.jobs[n], desk.finish[n], desk.layout.stretches[n]
    working = stretch.working if stretch else desk.grid.working(job.hours)
    spare = working.between(finish, latest)
    return Slotted(
        start=desk.start[n],
        finish=finish,
        latest_finish=latest,
        due=due,
        float_slots=spare,
        slack_slots=None if due is None else working.between(finish, due),
        critical=spare == 0 and job.finished is None,
        wave=wave,
        reasons=reasons,
    )


# Who fills the capacity.

Place = tuple[str, int]
"""A resource, and a slot of it."""


def _fillers(desk: Desk, placed: Iterable[int], asked: Iterable[Place]) -> dict[Place, list[int]]:
    """Who works for a resource in a slot, or rests from it, of the places asked for; by number."""
    slots: dict[str, list[int]] = {}
    for name, slot in sorted(asked):
        slots.setdefault(name, []).append(slot)
    found: dict[Place, list[int]] = {(name, slot): [] for name, those in slots.items() for slot in those}
    for n in placed:
        held = [(name, desk.held(n)) for name in desk.jobs[n].demand]
        for name, own in [*held, *desk.rest.get(n, {}).items()]:
            those = slots.get(name, ())
            if not own or not those:
                continue
            for at in range(bisect_left(those, own[0]), bisect_right(those, own[-1])):
                if _is_in(own, those[at]):
                    found[name, those[at]].append(n)
    return found


def _is_in(slots: Sequence[int], slot: int) -> bool:
    return slots[bisect_left(slots, slot)] == slot


# Why a job does not start earlier.

Obstacle = tuple[str, str]
"""What is in the way of an earlier start: `needs` and the key of a job, `capacity` and a resource, …"""

_FREEZE = -1
"""Stands for the freezes among the numbers of what a job asks for."""


def _may_begin(stretch: Stretch, position: int) -> bool:
    """Whether a stretch that must not be interrupted can begin there, as far as the hours go."""
    slots, length = stretch.working.slots, stretch.length
    return stretch.begins is None or slots[position + length - 1] - slots[position] == length - 1


class _Causes:
    """Why one job that is not done does not start earlier."""

    __slots__ = ("base", "desk", "job", "n", "needs", "obstacles", "stretch")

    def __init__(self, desk: Desk, number: int) -> None:
        self.desk, self.n = desk, number
        self.job: Job = desk.jobs[number]
        self.stretch = desk.layout.stretches[number]
        finish = desk.finish
        self.needs = [need for need in desk.before[number] if finish[need] < NEVER]
        self.base = max([desk.free_from[number], *(finish[need] for need in self.needs)])
        self.obstacles = self._smallest()
        """What is in the way; for people and freezes with a slot that shows it."""

    def _smallest(self) -> dict[Obstacle, int]:
        job, stretch = self.job, self.stretch
        if job.started is not None or job.pin is not None:
            return {}
        if stretch is None:
            return dict.fromkeys(self._time_obstacles(self.desk.start[self.n] - 1), 0)
        position = self.desk.position[self.n]
        return self._obstacles(stretch, position) if position > stretch.working.first else {}

    def asked(self) -> Iterator[Place]:
        """Where somebody else is in the way."""
        return ((name, slot) for (kind, name), slot in self.obstacles.items() if kind == "capacity")

    def makers(self, fillers: Mapping[Place, Sequence[int]]) -> tuple[int, ...]:
        """The jobs of the same group that made room for it by ending just where it starts."""
        jobs = self.desk.jobs
        found: set[int] = set()
        for name, slot in self.asked():
            if self.stretch and slot == self.stretch.working.slots[self.desk.position[self.n] - 1]:
                end = (slot + 1) * SLOT
                near = (n for n in fillers[name, slot] if jobs[n].group == self.job.group)
                found.update(n for n in near if self.desk.finish[n] == end)
        return tuple(sorted(found))

    def reasons(self, fillers: Mapping[Place, Sequence[int]]) -> tuple[Reason, ...]:
        """The obstacles as reasons."""
        job, stretch = self.job, self.stretch
        if job.started is not None:
            return (Reason(kind="started", subject=text(job.started)),)
        if job.pin is not None:
            return (Reason(kind="pinned", subject=text(job.pin)),)
        if stretch and self.desk.position[self.n] <= stretch.working.first:
            return tuple(self._opening(stretch))
        return self._worded(fillers)

    def _opening(self, stretch: Stretch) -> Iterator[Reason]:
        """Of a job that starts in the first slot that can be planned: nothing but the hours may be in its way."""
        now = self.desk.grid.at
        yield Reason(kind="at", subject=text(now))
        if self.desk.start[self.n] >= now + SLOT:
            yield from self._closed_hours(stretch.working.slots[self.desk.position[self.n]] - 1)

    def _closed_hours(self, slot: int) -> Iterator[Reason]:
        for name in sorted(set(self.job.hours)):
            if self.desk.grid.working((name,)).index(slot) is None:
                yield Reason(kind="calendar", subject=name)

    def _obstacles(self, stretch: Stretch, position: int) -> dict[Obstacle, int]:
        """The smallest set of obstacles that keeps it from an earlier position, each with a slot that shows it.

        The obstacles in time only grow towards the past. So of each set of people (and freezes) that might be left
        out, the latest position at which the others have room is the one to look at.
        """
        units = [*range(len(stretch.demand)), *([_FREEZE] if stretch.allowed else [])]
        lacking = tuple(unit for unit in units if not self._has_room(stretch, unit, position - 1))
        best: dict[Obstacle, int] = {}
        if _may_begin(stretch, position - 1):
            best = self._with(stretch, lacking, position - 1, position)
        for size in range(len(units) + 1):
            if best and len(best) <= max(1, size):
                break  # nothing smaller can come
            for left_out in combinations(units, size):
                at = self._latest_room(stretch, left_out, lacking, position)
                if at is not None:
                    found = self._with(stretch, left_out, at, position)
                    best = found if not best or len(found) < len(best) else best
        return best

    def _latest_room(
        self, stretch: Stretch, left_out: Sequence[int], lacking: Sequence[int], position: int
    ) -> int | None:
        """The latest position before its own at which it has room but for some people or freezes."""
        if set(lacking) <= set(left_out) and _may_begin(stretch, position - 1):
            return position - 1
        kept = tuple(one for at, one in enumerate(stretch.demand) if at not in left_out)
        allowed = None if _FREEZE in left_out else stretch.allowed
        return self.desk.board.last(stretch._replace(demand=kept, allowed=allowed), position)

    def _with(self, stretch: Stretch, left_out: Sequence[int], at: int, own: int) -> dict[Obstacle, int]:
        """What keeps it from a position: people and freezes that were left out, and obstacles in time."""
        slots = stretch.working.slots
        found: dict[Obstacle, int] = dict.fromkeys(self._time_obstacles(slots[at] * SLOT), 0)
        for unit in left_out:
            window = range(at, min(at + stretch.length, own))
            bad = next((each for each in window if not self._has_room(stretch, unit, each)), at)
            found |= dict.fromkeys(self._named(stretch, unit, bad), slots[bad])
        return found or self._no_rest(stretch, at)

    def _has_room(self, stretch: Stretch, unit: int, position: int) -> bool:
        if unit != _FREEZE:
            track, tenths, _, _ = stretch.demand[unit]
            return self.desk.board.left(track, position) >= tenths
        return not any(self._named(stretch, unit, position))

    def _named(self, stretch: Stretch, unit: int, position: int) -> Iterator[Obstacle]:
        """What people or which freezes are in the way at a position."""
        if unit != _FREEZE:
            yield "capacity", self.desk.layout.tracks[stretch.demand[unit][0]].resource
            return
        slot = stretch.working.slots[position]
        yield from (("freeze", name) for name in self.job.closed if slot in self.desk.grid.closed_slots((name,)))

    def _time_obstacles(self, t: int) -> list[Obstacle]:
        """What holds it at `t` of needs, release, fence and wait."""
        job, desk = self.job, self.desk
        if t >= self.base:
            return [("wait", str(job.wait))] if job.work and self._over(self.base) > t else []
        found = [("needs", desk.jobs[need].key) for need in self.needs if self._over(desk.finish[need]) > t]
        found += [(kind, text(since)) for kind, since in self._decided() if self._over(since) > t]
        if not self.needs and job.wait and self._over(self._alone()) > t:
            found.append(("wait", str(job.wait)))
        return found

    def _decided(self) -> Iterator[tuple[str, int]]:
        if self.job.release:
            yield "release", self.job.release
        if self.job.fence:
            yield "fence", self.job.fence

    def _alone(self) -> int:
        return self.desk.grid.at if self.job.given is None else self.job.given

    def _over(self, since: int) -> int:
        """When the job could be worked if it had been free since then."""
        if not self.job.work or self.desk.plain[self.n]:
            return since
        try:
            return self.desk.grid.wait_over(self.job.wait, self.job.wait_hours, since)
        except HorizonError:
            return NEVER

    def _no_rest(self, stretch: Stretch, position: int) -> dict[Obstacle, int]:
        """The resources that would have no free day after the night."""
        finish = (stretch.working.slots[position + self.job.work - 1] + 1) * SLOT
        own = self.desk.rest.get(self.n, {})
        found: dict[Obstacle, int] = {}
        for name, windows in self.job.rest.items():
            tenths = self.job.demand.get(name, 0)
            for slot in self.desk.grid.rest_day(windows, finish):
                if slot not in own.get(name, ()) and not self.desk.board.is_free(name, slot, tenths):
                    found.setdefault(("capacity", name), slot)
        return found

    def _worded(self, fillers: Mapping[Place, Sequence[int]]) -> tuple[Reason, ...]:
        """Obstacles as reasons; the jobs needed are told together, with the wait that follows them."""
        jobs = self.desk.jobs
        needs = tuple(sorted(key for kind, key in self.obstacles if kind == "needs"))
        made: list[Reason] = []
        if not self.obstacles:
            made.append(Reason(kind="at", subject=text(self.desk.grid.at)))
        if needs:
            made.append(Reason(kind="predecessor", subject=str(self.job.wait) if self.job.wait else "", orders=needs))
        for (kind, subject), slot in self.obstacles.items():
            if kind == "capacity":
                keys = tuple(jobs[n].key for n in sorted(fillers[subject, slot]) if n != self.n)
                made.append(Reason(kind="capacity", subject=subject, orders=keys))
            elif kind == "wait":
                last = [jobs[need].key for need in self.needs if self.desk.finish[need] == self.base]
                made.append(Reason(kind="wait", subject=subject, orders=tuple(sorted(last))))
            elif kind != "needs":
                made.append(Reason(kind=kind, subject=subject))  # type: ignore[arg-type]
        return tuple(made)


# How much later it may end.


def _latest(desk: Desk, placed: Sequence[int], makers: Mapping[int, tuple[int, ...]]) -> dict[int, int]:
    """How late each placed job may finish without moving the finish of its group."""
    ends: dict[str, int] = {}
    for n in placed:
        job = desk.jobs[n]
        if job.finished is None:
            ends[job.group] = max(desk.finish[n], ends.get(job.group, 0))
    jobs = desk.jobs
    bounds = {n: desk.finish[n] if jobs[n].finished is not None else ends[jobs[n].group] for n in placed}
    return _push_back(desk, placed, bounds, makers, dict(enumerate(desk.finish)))


def _due(desk: Desk, order: Sequence[int]) -> dict[int, int]:
    """How late each job may finish to keep the date of its group, if the capacity were there."""
    jobs = desk.jobs
    bounds = {n: due for n in order if (due := jobs[n].due) is not None and jobs[n].finished is None}
    if not bounds:
        return {}
    by_level = sorted(order, key=desk.level.__getitem__)
    return _push_back(desk, by_level, bounds, {}, {})


def _push_back(
    desk: Desk,
    order: Sequence[int],
    bounds: dict[int, int],
    makers: Mapping[int, tuple[int, ...]],
    least: Mapping[int, int],
) -> dict[int, int]:
    """Latest finishes from those given, backwards over needs and makers of room of the same group.

    None is earlier than `least`: a latest time before a wait is found on the grid, a finish may lie off it.
    """
    jobs, grid = desk.jobs, desk.grid
    for n in reversed(order):
        job, bound, stretch = jobs[n], bounds.get(n), desk.layout.stretches[n]
        if bound is None:
            continue
        bound = bounds[n] = max(bound, least.get(n, bound))
        if not job.is_ahead:
            continue
        start = stretch.working.latest_start(bound, job.work) if stretch else bound
        for maker in makers.get(n, ()):
            bounds[maker] = min(bounds[maker], start)
        base = start if desk.plain[n] else grid.wait_from(job.wait, job.wait_hours, start)
        for need in desk.before[n]:
            if jobs[need].finished is None and jobs[need].group == job.group:
                bounds[need] = min(bounds.get(need, base), base)
    return bounds


def _waves(desk: Desk) -> dict[int, int]:
    """How many unfinished jobs in a row come before each; nothing comes before work under way."""
    waves: dict[int, int] = {}
    jobs = desk.jobs
    for n in sorted(range(len(jobs)), key=desk.level.__getitem__):
        before = (waves[need] + 1 for need in desk.before[n] if jobs[need].finished is None)
        waves[n] = max(before, default=0) if jobs[n].is_ahead else 0
    return waves


# Why a job has no place.


def refusal(desk: Desk, n: int) -> str:
    """Why a job has no place, in one sentence."""
    job, end = desk.jobs[n], text(desk.grid.horizon)
    if job.is_ahead:
        for need in desk.before[n]:
            if desk.finish[need] >= NEVER:
                return f"It waits for {desk.jobs[need].key}, which has no date."
    if not job.work or _waits_too_long(desk, n):
        return f"It would wait beyond {end}, where the plan ends."
    if job.pin is not None and job.is_ahead:
        return _unpinned(desk, n, job.pin)
    for name, need in sorted(job.demand.items()):
        has = desk.layout.resources[name].capacity
        if need > has:
            return f"It takes {need / TENTHS:g} people of {name} at the same time, and {name} has {has / TENTHS:g}."
    if job.rest and job.is_ahead and _fits_without_rest(desk, n):
        return f"No working day is left to rest on after a night before {end}, where the plan ends."
    return _no_stretch(desk, n, job)


def _waits_too_long(desk: Desk, n: int) -> bool:
    job = desk.jobs[n]
    if not job.is_ahead:
        return False
    base = max((desk.finish[need] for need in desk.before[n]), default=0)
    try:
        over = desk.grid.wait_over(job.wait, job.wait_hours, max(base, desk.free_from[n]))
    except HorizonError:
        return True
    return over > desk.grid.horizon


def _unpinned(desk: Desk, n: int, pin: int) -> str:
    job = desk.jobs[n]
    late = [need for need in desk.before[n] if desk.finish[need] > pin]
    if late:
        last = max(late, key=lambda need: desk.finish[need])
        return (
            f"It is pinned to {text(pin)}, and {desk.jobs[last].key}, which it follows, is finished at "
            f"{text(desk.finish[last])}."
        )
    if pin < max(desk.free_from[n], desk.grid.at):
        return f"It is pinned to {text(pin)}, before it may begin at {text(max(desk.free_from[n], desk.grid.at))}."
    who = " and ".join(sorted(job.demand)) or "who works on it"
    return f"It is pinned to {text(pin)}, when {who} is closed or busy with other work."


def _fits_without_rest(desk: Desk, n: int) -> bool:
    stretch = desk.layout.stretches[n]
    return stretch is not None and desk.board.first(stretch, stretch.working.first) is not None


def _no_stretch(desk: Desk, n: int, job: Job) -> str:
    people = f" of {' and '.join(sorted(job.demand))}" if job.demand else ""
    hours = f" in the hours of {' and '.join(job.hours)}" if job.hours else ""
    closed = f" outside {' and '.join(job.closed)}" if job.closed else ""
    work = job.work if job.is_ahead else desk.remaining(n)
    what = effort_text((work + job.reserve) * SLOT // 60) + people + hours + closed
    return f"There is no free stretch of {what} before {text(desk.grid.horizon)}, where the plan ends."
