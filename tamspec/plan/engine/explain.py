"""What can be said once everything is placed: why nothing starts earlier, and how much later it may end.

The reasons of a job are a smallest set of constraints such that without them it would start earlier, all others
staying where they are.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from msgspec import Struct

from tamspec.model.plan import Reason
from tamspec.model.values import TENTHS, effort_text
from tamspec.plan.engine.board import NOBODYS, Stretch
from tamspec.plan.engine.grid import SLOT, text
from tamspec.plan.engine.place import NEVER, Desk
from tamspec.plan.engine.problem import Job, Slotted
from tamspec.worktime import HorizonError


class Told(Struct, frozen=True, kw_only=True):
    """What was said of every job that has a place, and what that depends on."""

    slots: Mapping[str, Slotted]
    """By key."""
    makers: Mapping[int, tuple[int, ...]]
    """Number → the jobs of the same group that made room for it."""
    since: Sequence[int]
    """Number → the slot from which on its reasons depend on who else works there: up to its own start, or its rest."""


NOTHING = Told(slots={}, makers={}, since=())


def explained(desk: Desk, before: Told = NOTHING) -> Told:
    """The dates of every job that has a place, with reasons and floats.

    `before` is what was said when the desk had fewer jobs, those with the smallest numbers: as more work can only take
    room away, it holds of every job near which none was taken.
    """
    known, numbers = len(before.since), range(len(desk.jobs))
    again = {*numbers[known:], *_touched(desk, before)}
    groups = {desk.jobs[n].group for n in again}
    order = sorted(
        (n for n in numbers if not known or desk.jobs[n].group in groups), key=lambda n: (desk.start[n], desk.level[n])
    )
    placed = [n for n in order if desk.finish[n] < NEVER]
    causes = {n: _Causes(desk, n) for n in placed if n in again and desk.jobs[n].finished is None}
    fillers = _fillers(desk, {one for each in causes.values() for one in each.asked})
    since = [*before.since, *[NEVER] * len(numbers[known:])]
    for n, each in causes.items():
        since[n] = each.since
    made = {n: each.makers(fillers) for n, each in causes.items()}
    makers = {n: those for n, those in {**before.makers, **made}.items() if those}
    latest, due, waves = _latest(desk, placed, makers), _due(desk, order), _waves(desk, numbers[known:])
    told = {n: causes.pop(n).reasons(fillers) for n in tuple(causes)}  # of a large portfolio they fill much memory
    slots = {}
    for n in placed:
        last = before.slots[desk.jobs[n].key] if n < known else None
        reasons = told.get(n, last.reasons if last else ())
        slots[desk.jobs[n].key] = _slotted(desk, n, latest[n], due.get(n), last.wave if last else waves[n], reasons)
    return Told(slots=dict(sorted({**before.slots, **slots}.items())), makers=makers, since=since)


def _touched(desk: Desk, before: Told) -> Iterator[int]:
    """The jobs spoken of before, in the reach of whose reasons new ones keep capacity."""
    known = len(before.since)
    if not known:
        return
    taken: dict[str, list[tuple[int, int]]] = {}
    for n in range(known, len(desk.jobs)):
        for name, slots in desk.keeps(n):
            taken.setdefault(name, []).append((slots[0], slots[-1]))
    for n, (job, since, start) in enumerate(zip(desk.jobs, before.since, desk.start, strict=False)):
        for name in job.demand if taken else ():
            # The day of rest after an earlier night may reach behind its own.
            until = NEVER if job.rest else start
            if any(first * SLOT < until and last >= since for first, last in taken.get(name, ())):
                yield n
                break


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


def _fillers(desk: Desk, asked: Iterable[Place]) -> dict[Place, list[int]]:
    """Who works for a resource in a slot, or rests from it, of the places asked for; by number."""
    slots: dict[str, list[int]] = {}
    for name, slot in sorted(asked):
        slots.setdefault(name, []).append(slot)
    found: dict[Place, list[int]] = {(name, slot): [] for name, those in slots.items() for slot in those}
    for n, job in enumerate(desk.jobs):
        if slots.keys().isdisjoint(job.demand):
            continue
        for name, own in desk.keeps(n):
            those = slots.get(name, ())
            for at in range(bisect_left(those, own[0]), bisect_right(those, own[-1])):
                if _is_in(own, those[at]):
                    found[name, those[at]].append(n)
    return found


def _is_in(slots: Sequence[int], slot: int) -> bool:
    return slots[bisect_left(slots, slot)] == slot


# Why a job does not start earlier.

Obstacle = tuple[str, str]
"""What is in the way of an earlier start: `needs` and the key of a job, `capacity` and a resource, …"""


class _Causes:
    """Why one job that is not done does not start earlier."""

    __slots__ = ("asked", "base", "board", "desk", "job", "n", "needs", "obstacles", "since", "stretch")

    def __init__(self, desk: Desk, number: int) -> None:
        self.desk, self.n = desk, number
        self.job: Job = desk.jobs[number]
        self.stretch = desk.layout.stretches[number]
        finish = desk.finish
        before = desk.before[number]
        self.needs = [need for need in before if finish[need] < NEVER] if self.job.started is not None else before
        self.base = max([desk.free_from[number], *[finish[need] for need in self.needs]])
        self.board = desk.without(number) if self.job.rest and self.job.is_ahead else desk.board
        self.since = 0 if self.job.rest else desk.start[number] // SLOT
        self.obstacles = self._smallest()
        """What is in the way; for people and freezes with a slot that shows it."""
        self.asked: list[Place] = [(one[1], slot) for one, slot in self.obstacles.items() if one[0] == "capacity"]
        """Where somebody else is in the way."""

    def _smallest(self) -> dict[Obstacle, int]:
        job, stretch = self.job, self.stretch
        if job.started is not None or job.pin is not None:
            return {}
        if stretch is None:
            start = self.desk.start[self.n]
            return dict.fromkeys(self._in_time(start - 1), 0) if start > self.desk.grid.at else {}
        position = self.desk.position[self.n]
        return self._obstacles(stretch, position) if position > stretch.working.first else {}

    def makers(self, fillers: Mapping[Place, Sequence[int]]) -> tuple[int, ...]:
        """The jobs of the same group that made room for it by ending, with what they keep in reserve, just where it
        starts."""
        desk, stretch, group = self.desk, self.stretch, self.job.group
        before = stretch.working.slots[desk.position[self.n] - 1] if stretch else None
        near = [n for name, slot in self.asked if slot == before for n in fillers[name, slot]]
        jobs, end = desk.jobs, (before or 0) * SLOT + SLOT
        return tuple(sorted({n for n in near if jobs[n].group == group and _kept_until(desk, n) == end}))

    def reasons(self, fillers: Mapping[Place, Sequence[int]]) -> tuple[Reason, ...]:
        """The obstacles as reasons."""
        job, stretch = self.job, self.stretch
        if job.started is not None:
            return (Reason(kind="started", subject=text(job.started)),)
        if job.pin is not None:
            return (Reason(kind="pinned", subject=text(job.pin)),)
        if stretch and not self.obstacles:
            return tuple(self._opening(stretch))
        return self._worded(fillers)

    def _opening(self, stretch: Stretch) -> Iterator[Reason]:
        """Of a job that starts as early as its hours allow: nothing but those may be in its way."""
        now = self.desk.grid.at
        yield Reason(kind="at", subject=text(now))
        if self.desk.start[self.n] >= now + SLOT:
            yield from self._closed_hours(stretch.working.slots[self.desk.position[self.n]] - 1)

    def _closed_hours(self, slot: int) -> Iterator[Reason]:
        for name in sorted(set(self.job.hours)):
            if self.desk.grid.working((name,)).index(slot) is None:
                yield Reason(kind="calendar", subject=name)

    def _obstacles(self, stretch: Stretch, own: int) -> dict[Obstacle, int]:
        """The smallest set of obstacles that keeps it from a position before its own, each with a slot that shows it;
        empty where its hours allow none.

        The obstacles in time only grow towards the past. So of each set of people and freezes that might be left out,
        the latest position at which the others have room is the one to look at.
        """
        by_hours = stretch._replace(begins=self.desk.layout.begins(self.job, ())) if stretch.begins else stretch
        best = self._at(stretch, own - 1) if self.board.may_begin(by_hours, own - 1) else {}
        if len(best) == 1:
            return best
        units: list[Obstacle] = [("capacity", name) for name in self.job.demand]
        units += [("freeze", name) for name in self.job.closed]
        for size in range(len(units) + 1):
            for left_out in combinations(units, size):
                if best and len(best) <= max(1, size):
                    return best  # nothing smaller can come
                at = self._latest(self._with_less(stretch, left_out), own) if left_out else self._early(stretch, own)
                if at is not None:
                    found = self._at(stretch, at)
                    best = found if not best or len(found) < len(best) else best
        return best

    def _with_less(self, stretch: Stretch, left_out: Sequence[Obstacle]) -> Stretch:
        """A stretch that asks neither for some of the people nor for some of the freezes."""
        if not left_out:
            return stretch
        closed = tuple(name for name in self.job.closed if ("freeze", name) not in left_out)
        demand = (one for one in stretch.demand if ("capacity", self._resource(one[0])) not in left_out)
        return stretch._replace(demand=tuple(demand), crew=NOBODYS, begins=self.desk.layout.begins(self.job, closed))

    def _resource(self, track: int) -> str:
        return self.desk.layout.tracks[track].resource

    def _early(self, stretch: Stretch, own: int) -> int | None:
        """The latest position before its own at which it has room: one at which it was not free yet, as it was given
        the first behind that."""
        if self.job.rest:
            return self._latest(stretch, own)
        free = max(self.desk.settled[self.n], self._over(self.base))
        until = min(stretch.working.after(free) - 1 + stretch.length, own)
        # Before what is spent there is known to be no room.
        return self.board.last(stretch, until, self.board.spent[stretch.number])

    def _latest(self, stretch: Stretch, own: int) -> int | None:
        """The latest position before its own at which a stretch has room, and rest after it."""
        board, length = self.board, stretch.length
        if not self.job.rest:
            before = own - 1
            is_free = all(board.left(one[0], before) >= one[1] for one in stretch.demand)
            return before if is_free and board.may_begin(stretch, before) else board.last(stretch, own)
        names = [self._resource(one[0]) for one in stretch.demand]
        at = board.last(stretch, own - 1 + length)
        while at is not None and any(self._busy_after(name, stretch, at) is not None for name in names):
            at = board.last(stretch, at - 1 + length)
        return at

    def _busy_after(self, name: str, stretch: Stretch, position: int) -> int | None:
        """A slot of the day of rest after the work in which a resource is needed elsewhere."""
        if name not in self.job.rest:
            return None
        finish = (stretch.working.slots[position + self.job.work - 1] + 1) * SLOT
        day = self.desk.grid.rest_day(self.job.rest[name], finish)
        return next((slot for slot in day if not self.board.is_free(name, slot, self.job.demand[name])), None)

    def _at(self, stretch: Stretch, at: int) -> dict[Obstacle, int]:
        """Everything that keeps it from a position, each with a slot that shows it."""
        slots, length = stretch.working.slots, stretch.length
        self.since = min(self.since, slots[at])
        found: dict[Obstacle, int] = dict.fromkeys(self._in_time(slots[at] * SLOT), 0)
        own = self.desk.position[self.n] if self.board is self.desk.board else NEVER
        for track, tenths, _, _ in stretch.demand:
            name, position = self._resource(track), self.board.busy(track, tenths, at, min(at + length, own))
            busy = self._busy_after(name, stretch, at) if position is None else slots[position]
            if busy is not None:
                found["capacity", name] = busy
        for name in self.job.closed:
            if any(low - length < at < high for low, high in self.desk.grid.shut(stretch.working, name)):
                found["freeze", name] = slots[at]
        return found

    def _in_time(self, t: int) -> list[Obstacle]:
        """The fewest that hold it at `t` of needs, release, fence and wait."""
        job, desk = self.job, self.desk
        fence = [("fence", text(job.fence))] if job.fence > t else []
        if t >= self.base and not job.wait:
            return fence
        since = {("needs", desk.jobs[need].key): desk.finish[need] for need in self.needs}
        if job.release:
            since["release", text(job.release)] = job.release
        waiting = [one for one, free in since.items() if self._over(free) > t]
        if not job.wait:
            return waiting + fence
        wait = ("wait", str(job.wait))
        if not self.needs and self._over(self._alone()) > t:
            waiting.append(wait)
        if job.work and waiting:
            at_once = [wait, *(one for one, free in since.items() if free > t)]
            if at_once == [wait] or len(at_once) < len(waiting):
                return at_once + fence
        return waiting + fence

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

    def _worded(self, fillers: Mapping[Place, Sequence[int]]) -> tuple[Reason, ...]:
        """Obstacles as reasons; the jobs needed are told together, with the wait that follows them."""
        if not self.obstacles:
            return (Reason(kind="at", subject=text(self.desk.grid.at)),)
        jobs, needs, waits = self.desk.jobs, [], False
        made: list[Reason] = []
        for (kind, subject), slot in self.obstacles.items():
            if kind == "needs":
                needs.append(subject)
            elif kind == "capacity":
                keys = sorted([jobs[n].key for n in fillers[subject, slot] if n != self.n])
                made.append(Reason(kind="capacity", subject=subject, orders=tuple(keys)))
            elif kind == "wait":
                waits = True
                last = [jobs[need].key for need in self.needs if self.desk.finish[need] == self.base]
                made.append(Reason(kind="wait", subject=subject, orders=tuple(sorted(last))))
            else:
                made.append(Reason(kind=kind, subject=subject))  # type: ignore[arg-type]
        if needs:
            wait = str(self.job.wait) if self.stretch and self.job.wait and not waits else ""
            made.insert(0, Reason(kind="predecessor", subject=wait, orders=tuple(sorted(needs))))
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
    return _push_back(desk, placed, bounds, makers, desk.finish)


def _due(desk: Desk, order: Sequence[int]) -> dict[int, int]:
    """How late each job may finish to keep the date of its group, if the capacity were there."""
    jobs = desk.jobs
    bounds = {n: due for n in order if (due := jobs[n].due) is not None and jobs[n].finished is None}
    if not bounds:
        return {}
    by_level = sorted(order, key=desk.level.__getitem__)
    return _push_back(desk, by_level, bounds, {}, [0] * len(jobs))


def _push_back(
    desk: Desk,
    order: Sequence[int],
    bounds: dict[int, int],
    makers: Mapping[int, tuple[int, ...]],
    least: Sequence[int],
) -> dict[int, int]:
    """Latest finishes from those given, backwards over needs and makers of room of the same group.

    None is earlier than `least`: a latest time before a wait is found on the grid, a finish may lie off it.
    """
    jobs, grid, stretches, plain = desk.jobs, desk.grid, desk.layout.stretches, desk.plain
    for n in reversed(order):
        bound = bounds.get(n)
        if bound is None:
            continue
        bound = bounds[n] = max(bound, least[n])
        job, stretch = jobs[n], stretches[n]
        if not job.is_ahead:
            continue
        if stretch and stretch.begins is not None:
            bound = bounds[n] = _fitting(desk, n, stretch, bound)
        start = stretch.working.latest_start(bound, job.work) if stretch else bound
        for maker in makers.get(n, ()):
            bounds[maker] = min(bounds[maker], _before_reserve(desk, maker, start))
        base = start if plain[n] else grid.wait_from(job.wait, job.wait_hours, start)
        for need in desk.before[n]:
            known = bounds.get(need)
            if (known is None or base < known) and jobs[need].finished is None and jobs[need].group == job.group:
                bounds[need] = base
    return bounds


def _kept_until(desk: Desk, n: int) -> int:
    """The end of what a job keeps from others: of its work, or of the time to take it back."""
    return (desk.held(n)[-1] + 1) * SLOT if _has_reserve(desk.jobs[n]) else desk.finish[n]


def _has_reserve(job: Job) -> bool:
    return bool(job.reserve and job.work and job.is_ahead)


def _before_reserve(desk: Desk, n: int, end: int) -> int:
    """By when a job must finish so that what it keeps in reserve ends by `end`."""
    job = desk.jobs[n]
    if not _has_reserve(job):
        return end
    working = desk.grid.working(job.hours)
    return (working.slots[max(0, working.before(end) - job.reserve - 1)] + 1) * SLOT


def _fitting(desk: Desk, n: int, stretch: Stretch, bound: int) -> int:
    """The latest finish by `bound` of work that meets no pause and no freeze which it must not meet, its reserve
    included; where there is none, the bound."""
    working, work = stretch.working, desk.jobs[n].work
    latest = working.before(bound) - work
    at = desk.board.last(stretch._replace(demand=(), crew=NOBODYS), latest + stretch.length)
    return bound if at is None or at == latest else (working.slots[at + work - 1] + 1) * SLOT


def _waves(desk: Desk, numbers: Iterable[int]) -> dict[int, int]:
    """How many unfinished jobs in a row come before each, of some that need no others; nothing comes before work under
    way."""
    waves: dict[int, int] = {}
    jobs = desk.jobs
    for n in sorted(numbers, key=desk.level.__getitem__):
        before = [waves[need] + 1 for need in desk.before[n] if jobs[need].finished is None]
        waves[n] = max(before) if before and jobs[n].is_ahead else 0
    return waves


# Why a job has no place.


def refusal(desk: Desk, n: int) -> str:
    """Why a job has no place, in one sentence."""
    job, end = desk.jobs[n], text(desk.grid.horizon)
    if job.is_ahead:
        for need in desk.before[n]:
            if desk.finish[need] >= NEVER:
                return f"It waits for {desk.jobs[need].key}, which has no date."
    if job.pin is not None and job.is_ahead:
        return _unpinned(desk, n, job.pin)
    if not job.work or _waits_too_long(desk, n):
        return f"It would wait beyond {end}, where the plan ends."
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
