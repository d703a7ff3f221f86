"""When each job is worked: serial schedule generation on working calendars and shared capacity.

Blind to YAML, services and departments: it takes jobs, resources and hours, and gives dates with their reasons.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import NamedTuple

from tamspec.model.plan import Reason
from tamspec.model.values import TENTHS, Duration, effort_text, utc_text
from tamspec.worktime import HorizonError, Windows, moment

SLOT = 15 * 60
"""Seconds of a slot; all work and capacity is counted in slots on the UTC quarter-hour grid."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """Something that does work: a department, or the share of a TAM. Capacity is whole tenths of a person."""

    name: str
    capacity: int
    """The most that it ever has."""
    available: tuple[int, int] | None = None
    """Epoch seconds between which it exists; None: always."""
    levels: tuple[tuple[int, int], ...] = ()
    """What it has from an instant (epoch seconds) on, in order of time; before the first: nothing. Empty: always
    `capacity`."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One piece of work. Times are epoch seconds UTC; lengths are slots."""

    key: str
    group: str
    """The Change it belongs to; floats are measured against its finish."""
    needs: tuple[str, ...] = ()
    """Keys of jobs that must finish first; a key that is no job of this run is satisfied."""
    demand: Mapping[str, int] = field(default_factory=dict)
    """Resource → tenths, never above its capacity."""
    hours: tuple[str, ...] = ()
    """Names of windows that must all be open while it is worked; none: around the clock."""
    work: int = 0
    """Slots of work; 0: only its wait."""
    wait: Duration = Duration()
    """Passes after the last need and before the work."""
    wait_hours: str = ""
    """The windows whose days are the working days of `wait`; empty: every day."""
    release: int = 0
    """Not before."""
    fence: int = 0
    """Not before either, since the department has settled its days until then."""
    pin: int | None = None
    """It starts then or not at all."""
    closed: tuple[str, ...] = ()
    """Names of windows, such as a freeze, in which it is not worked and which it does not straddle either."""
    reserve: int = 0
    """Slots that stay free behind its work without a break, so that there is time to take it back."""
    given: int | None = None
    """Since when it is ordered: a wait that follows nothing counts from then. None: from the instant of planning."""
    due: int | None = None
    """By when its group must be finished."""
    rank: tuple[int, ...] = ()
    """Smaller is served first; ties are broken by key."""
    rest: Mapping[str, str] = field(default_factory=dict)
    """Resource → windows: after night work it loses its demand for the whole next working day of those windows."""
    started: int | None = None
    """It is under way since then: it keeps its place, goes on at once, and `work` is what remains from `resumes`."""
    resumes: int | None = None
    """From when the remaining work counts, for a started job."""
    finished: int | None = None
    """It is done: only its finish matters."""


@dataclass(frozen=True, kw_only=True)
class Slotted:
    """The dates of a job: epoch seconds, half-open; `float_slots` and `slack_slots` are in its own working time."""

    start: int
    finish: int
    latest_finish: int
    """Without moving the finish of its group."""
    due: int | None
    float_slots: int
    slack_slots: int | None
    critical: bool
    wave: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, kw_only=True)
class Scheduling:
    """Dates by job key, in the order of the keys, and one sentence for each job that has none."""

    slots: Mapping[str, Slotted]
    unplaced: Mapping[str, str]


def schedule(
    jobs: Sequence[Job], resources: Mapping[str, Resource], hours: Mapping[str, Windows], *, at: int, horizon: int
) -> Scheduling:
    """Dates for every job: each in its turn at the earliest time that its needs, hours and capacity allow.

    Work is planned on the quarter-hour grid from `at` (rounded up) to `horizon`, both epoch seconds UTC, as far as
    the windows reach. Give windows that begin well before `at`: waits, work already done and lateness count from
    the past, and what lies before the windows is not counted. The order of `jobs` does not matter.
    """
    order = _serve(jobs)
    grid = Grid(hours, _grid_after(at), horizon)
    placed, unplaced = place(order, resources, grid)
    reasons, fillers = _explain(order, placed, resources, grid)
    latest, due = _latest(order, placed, fillers, grid), _due(order, grid)
    waves = _waves(order)
    slots: dict[str, Slotted] = {}
    for job in sorted(order, key=lambda job: job.key):
        dates = placed.get(job.key)
        if dates is None:
            continue
        working, deadline = grid.working(job.hours), due.get(job.key)
        spare = working.between(dates.finish, latest[job.key])
        slots[job.key] = Slotted(
            start=dates.start,
            finish=dates.finish,
            latest_finish=latest[job.key],
            due=deadline,
            float_slots=spare,
            slack_slots=None if deadline is None else working.between(dates.finish, deadline),
            critical=spare == 0 and job.finished is None,
            wave=waves[job.key],
            reasons=reasons[job.key],
        )
    return Scheduling(slots=slots, unplaced=dict(sorted(unplaced.items())))


# Working time: a combination of calendars as a list of slots, so that "n slots of work later" is a sum of positions.


def _grid_after(t: int) -> int:
    return -(-t // SLOT) * SLOT


def _text(t: int) -> str:
    return utc_text(moment(t))


_WEEK = 7 * 24 * 60 * 60 // SLOT


class _Working:
    """The slots (numbered from the epoch) in which some calendars are all open; a position counts them.

    Jobs are planned on positions `first` to `stop`; the positions around them only measure time.
    """

    def __init__(self, slots: Sequence[int], at: int, horizon: int) -> None:
        self.slots = slots
        self.first = bisect_left(slots, at // SLOT)
        self.stop = max(self.first, bisect_left(slots, horizon // SLOT))
        self.all = (1 << self.stop - self.first) - 1
        """A bit for each position that can be planned, `first` the lowest."""

    def after(self, t: int) -> int:
        """The position of the first slot that begins at or after `t`."""
        return bisect_left(self.slots, -(-t // SLOT))

    def before(self, t: int) -> int:
        """How many slots end at or before `t`."""
        return bisect_left(self.slots, t // SLOT)

    def is_open(self, slot: int) -> bool:
        at = bisect_left(self.slots, slot)
        return at < len(self.slots) and self.slots[at] == slot

    def between(self, a: int, b: int) -> int:
        """The whole slots from `a` to `b`; if `b` comes first, less the slots that reach into the time between."""
        if a <= b:
            return max(0, self.before(b) - self.after(a))
        return self.before(b) - self.after(a)

    def latest_start(self, finish: int, work: int) -> int:
        """When work of so many slots must begin to end by `finish`."""
        if not work or not self.slots:
            return finish
        return self.slots[max(0, self.before(finish) - work)] * SLOT


class Grid:
    """What the calendars say from `at` to `horizon`: working slots of their combinations, waits, rest days."""

    def __init__(self, hours: Mapping[str, Windows], at: int, horizon: int) -> None:
        self.hours, self.at, self.horizon = hours, at, horizon
        self._working: dict[tuple[str, ...], _Working] = {}
        self._waits: dict[tuple[str, Duration, int], int] = {}

    def working(self, names: tuple[str, ...]) -> _Working:
        known = self._working.get(names)
        if known is None:
            if names:
                common = set.intersection(*(set(_open_slots(self.hours[name])) for name in names))
                known = _Working(sorted(common), self.at, self.horizon)
            else:
                known = _Working(range(1 << 40), self.at, self.horizon)
            self._working[names] = known
        return known

    def wait_over(self, job: Job, since: int) -> int:
        """When the job's wait that begins at `since` is over. HorizonError where the calendar ends before."""
        t = since + _plain_wait(job)
        if not (job.wait.working_days and job.wait_hours):
            return t
        windows = self.hours[job.wait_hours]
        return windows.add_days(max(t, windows.horizon[0]), job.wait.working_days)

    def wait_from(self, job: Job, over: int) -> int:
        """The latest time on the grid at which the job's wait may begin to be over by `over`."""
        if not (job.wait.working_days and job.wait_hours):
            return over - _plain_wait(job)
        question = (job.wait_hours, job.wait, over)
        if question not in self._waits:
            earliest, last = self.hours[job.wait_hours].horizon[0] // SLOT, over // SLOT
            # Most calendars have five working days a week: look near first, then ever further back.
            reach = _WEEK + _WEEK * (job.wait.working_days // 5)
            while (low := max(earliest, last - reach)) > earliest and self._waits_past(job, low, over):
                reach *= 2
            slots = range(low, max(low, last))
            in_time = bisect_left(slots, True, key=lambda slot: self._waits_past(job, slot, over))
            self._waits[question] = (low + max(0, in_time - 1)) * SLOT
        return self._waits[question]

    def _waits_past(self, job: Job, slot: int, over: int) -> bool:
        try:
            return self.wait_over(job, slot * SLOT) > over
        except HorizonError:
            return True

    def rest_day(self, name: str, finish: int) -> list[int]:
        """The slots of the first working day that begins after a night that ends at `finish`; HorizonError: none."""
        days = self.hours[name].days
        at = bisect_left(days, finish, key=lambda day: day[1][0][0])
        if at == len(days):
            raise HorizonError(f"There is no working day after {_text(finish)}.")
        return [slot for start, end in days[at][1] for slot in range(start // SLOT, -(-end // SLOT))]


def _plain_wait(job: Job) -> int:
    """The seconds of the wait that pass on any day."""
    days = 0 if job.wait_hours else job.wait.working_days
    return 60 * job.wait.minutes + 24 * 60 * 60 * days


def _open_slots(windows: Windows) -> Iterator[int]:
    for start, end in zip(windows.starts, windows.ends, strict=True):
        yield from range(-(-start // SLOT), end // SLOT)


# Capacity: for each demand a big integer with a bit for each position that still has room, so that the search for a
# stretch of work is a few shifts however full the department is.


class _Load:
    """What is taken of one resource: the only thing that changes while jobs are placed."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.used: dict[int, int] = {}
        self._room: dict[tuple[_Working, int], int] = {}

    def room(self, working: _Working, need: int) -> int:
        """A bit for each position of `working` that can be planned: whether `need` is free."""
        room = self._room.get((working, need))
        if room is None:
            first, stop = _existence(self.resource, working) if need <= self.resource.capacity else (0, 0)
            room = working.all & ((1 << stop) - (1 << first))
            if self.used:
                room = self._without_full(room, working, need, min(self.used), max(self.used))
            self._room[working, need] = room
        return room

    def is_free(self, slot: int, need: int) -> bool:
        return self.resource.capacity - self.used.get(slot, 0) >= need

    def take(self, slots: Sequence[int], amount: int) -> None:
        """Nobody is refused here: work under way may take more than there is."""
        used = self.used
        for slot in slots:
            used[slot] = used.get(slot, 0) + amount
        for (working, need), room in self._room.items():
            self._room[working, need] = self._without_full(room, working, need, slots[0], slots[-1])

    def _without_full(self, room: int, working: _Working, need: int, first: int, last: int) -> int:
        most = self.resource.capacity - need
        low = max(working.first, bisect_left(working.slots, first))
        taken = list(map(self.used.get, working.slots[low : bisect_right(working.slots, last)], repeat(0)))
        if not taken or max(taken) <= most:
            return room
        full = int("".join("1" if amount > most else "0" for amount in reversed(taken)), base=2)
        return room & ~(full << low - working.first)


def _existence(resource: Resource, working: _Working) -> tuple[int, int]:
    """The bits of `working` between which the resource exists."""
    if resource.available is None:
        return 0, working.stop - working.first
    first = max(0, working.after(resource.available[0]) - working.first)
    return first, max(first, working.before(resource.available[1]) - working.first)


def _first_stretch(room: int, start: int, length: int) -> int | None:
    """The first bit at or after `start` from which `length` bits are set."""
    room >>= start
    have = 1
    while have < length and room:
        shift = min(have, length - have)
        room &= room >> shift
        have += shift
    return start + (room & -room).bit_length() - 1 if room else None


# Placing.


class Placed(NamedTuple):
    """Where a job was put, with what its reasons are made from."""

    start: int
    finish: int
    base: int = 0
    """When its needs were finished and it was released."""
    earliest: int = 0
    """When its wait was over, not before now."""
    slots: Sequence[int] = ()
    """The slots it is worked in."""
    position: int = 0
    """Of the first of them, among the working slots of its hours."""
    rest: Mapping[str, Sequence[int]] = {}
    """Resource → the slots of the working day lost after a night."""
    refused: tuple[str, int] | None = None
    """The resource and the slot of a working day that could not be spared after an earlier night."""


def place(
    order: Sequence[Job], resources: Mapping[str, Resource], grid: Grid
) -> tuple[dict[str, Placed], dict[str, str]]:
    """Put jobs, each after those it needs, at the earliest feasible time; say of the others what does not fit."""
    loads = {name: _Load(resource) for name, resource in resources.items()}
    placed: dict[str, Placed] = {}
    unplaced: dict[str, str] = {}
    for job in order:
        result = _put(job, placed, unplaced, loads, grid)
        if isinstance(result, str):
            unplaced[job.key] = result
            continue
        placed[job.key] = result
        if result.slots:
            for name, amount in job.demand.items():
                loads[name].take(result.slots, amount)
            for name, lost in result.rest.items():
                loads[name].take(lost, job.demand[name])
    return placed, unplaced


def _put(
    job: Job, placed: Mapping[str, Placed], unplaced: Mapping[str, str], loads: Mapping[str, _Load], grid: Grid
) -> Placed | str:
    if job.finished is not None:
        return Placed(job.finished if job.started is None else job.started, job.finished)
    if job.started is not None:
        return _continue(job, job.started, grid)
    for need in sorted(job.needs):
        if need in unplaced:
            return f"It waits for {need}, which has no date."
    alone = grid.at if job.given is None else job.given
    base = max(max((placed[need].finish for need in job.needs if need in placed), default=alone), job.release)
    earliest = _wait_over(job, base, grid)
    if isinstance(earliest, str):
        return earliest
    if not job.work:
        return Placed(max(base, grid.at), earliest, base, earliest)
    return _find(job, base, earliest, loads, grid)


def _wait_over(job: Job, since: int, grid: Grid) -> int | str:
    """When the job's wait is over, now at the earliest; or what is to be said if that is too late."""
    try:
        over = max(grid.wait_over(job, since), grid.at)
    except HorizonError:
        over = grid.horizon + 1
    return over if over <= grid.horizon else f"It would wait beyond {_text(grid.horizon)}, where the plan ends."


def _continue(job: Job, started: int, grid: Grid) -> Placed | str:
    """Work under way goes on at once, whatever the capacity; late as it may be, a slot of it is left."""
    since = started if job.resumes is None else job.resumes
    if not job.work:
        over = _wait_over(job, since, grid)
        return over if isinstance(over, str) else Placed(started, over)
    working = grid.working(job.hours)
    now = working.after(max(since, grid.at))
    left = max(1, job.work - (now - working.after(since)))
    if now + left > working.stop:
        return _too_much(job, left, grid)
    slots = working.slots[now : now + left]
    finish = (slots[-1] + 1) * SLOT
    return Placed(started, finish, slots=slots, position=now, rest=_rest(job, finish, grid) or {})


def _find(job: Job, base: int, earliest: int, loads: Mapping[str, _Load], grid: Grid) -> Placed | str:
    """The first stretch of the job's hours that has the capacity, and for night work the working day after it."""
    working = grid.working(job.hours)
    room = working.all
    for name, need in job.demand.items():
        room &= loads[name].room(working, need)
    first, refused = working.first, None
    position = working.after(earliest)
    while True:
        bit = _first_stretch(room, position - first, job.work)
        if bit is None:
            return _misfit(job, loads, grid)
        position = first + bit
        slots = working.slots[position : position + job.work]
        finish = (slots[-1] + 1) * SLOT
        rest = _rest(job, finish, grid)
        if rest is None:
            return f"No working day is left to rest on after a night before {_text(grid.horizon)}, where the plan ends."
        full = _first_full(job, rest, loads)
        if full is None:
            return Placed(slots[0] * SLOT, finish, base, earliest, slots, position, rest, refused)
        refused = full
        position = _next_window(working, position)


def _rest(job: Job, finish: int, grid: Grid) -> dict[str, list[int]] | None:
    """The working day that each resource loses after the job; None: the calendar ends before."""
    try:
        return {name: grid.rest_day(windows, finish) for name, windows in job.rest.items() if job.demand.get(name)}
    except HorizonError:
        return None


def _first_full(job: Job, rest: Mapping[str, Sequence[int]], loads: Mapping[str, _Load]) -> tuple[str, int] | None:
    days = ((name, slot) for name in sorted(rest) for slot in rest[name])
    return next(((name, slot) for name, slot in days if not loads[name].is_free(slot, job.demand[name])), None)


def _next_window(working: _Working, position: int) -> int:
    """The position at which the hours open again after they have closed."""
    slots = working.slots
    position += 1
    while position < working.stop and slots[position] == slots[position - 1] + 1:
        position += 1
    return position


def _misfit(job: Job, loads: Mapping[str, _Load], grid: Grid) -> str:
    for name, need in sorted(job.demand.items()):
        has = loads[name].resource.capacity
        if need > has:
            return f"It takes {need / TENTHS:g} people of {name} at the same time, and {name} has {has / TENTHS:g}."
    return _too_much(job, job.work, grid)


def _too_much(job: Job, work: int, grid: Grid) -> str:
    people = f" of {' and '.join(sorted(job.demand))}" if job.demand else ""
    hours = f" in the hours of {' and '.join(job.hours)}" if job.hours else ""
    length, end = effort_text(work * SLOT // 60), _text(grid.horizon)
    return f"There is no free stretch of {length}{people}{hours} before {end}, where the plan ends."


# The order of service, and what can be said once everything is placed.


def _serve(jobs: Sequence[Job]) -> list[Job]:
    """The jobs in the order in which they are served: settled ones, then by their needs, rank and key."""
    by_key = {job.key: job for job in jobs}
    assert len(by_key) == len(jobs), "two jobs with one key: a bug in tamspec"
    settled = sorted((job for job in jobs if not _is_ahead(job)), key=lambda job: job.key)
    missing: dict[str, int] = {}
    followers: dict[str, list[str]] = {}
    for job in filter(_is_ahead, jobs):
        needs = [need for need in set(job.needs) if need in by_key and _is_ahead(by_key[need])]
        missing[job.key] = len(needs)
        for need in needs:
            followers.setdefault(need, []).append(job.key)
    eligible = [(by_key[key].rank, key) for key, count in missing.items() if not count]
    heapq.heapify(eligible)
    order = settled
    while eligible:
        _, key = heapq.heappop(eligible)
        order.append(by_key[key])
        for follower in followers.get(key, ()):
            missing[follower] -= 1
            if not missing[follower]:
                heapq.heappush(eligible, (by_key[follower].rank, follower))
    assert len(order) == len(jobs), "the needs of jobs form a cycle: a bug in tamspec"
    return order


def _is_ahead(job: Job) -> bool:
    """Whether the job has yet to begin."""
    return job.started is None and job.finished is None


def _waves(order: Sequence[Job]) -> dict[str, int]:
    """How many unfinished jobs in a row come before each; nothing comes before work under way."""
    waves: dict[str, int] = {}
    over = {job.key for job in order if job.finished is not None}
    for job in order:
        before = (waves[need] + 1 for need in job.needs if need in waves and need not in over)
        waves[job.key] = max(before, default=0) if _is_ahead(job) else 0
    return waves


class _Filling(NamedTuple):
    """A job that takes part of a resource's capacity in some slots."""

    key: str
    group: str
    amount: int
    slots: Sequence[int]
    is_rest: bool

    def covers(self, slot: int) -> bool:
        if not self.slots[0] <= slot <= self.slots[-1]:
            return False
        return self.slots[bisect_left(self.slots, slot)] == slot


class _Fillings:
    """Who fills the capacity of a resource in a slot, among the jobs added so far."""

    _BUCKET = 96

    def __init__(self) -> None:
        self._by_day: dict[tuple[str, int], list[_Filling]] = {}

    def add(self, job: Job, dates: Placed) -> None:
        worked = [(name, dates.slots, False) for name in job.demand]
        for name, slots, is_rest in worked + [(name, lost, True) for name, lost in dates.rest.items()]:
            filling = _Filling(job.key, job.group, job.demand[name], slots, is_rest)
            for day in range(slots[0] // self._BUCKET, slots[-1] // self._BUCKET + 1):
                self._by_day.setdefault((name, day), []).append(filling)

    def at(self, name: str, slot: int) -> list[_Filling]:
        return [filling for filling in self._by_day.get((name, slot // self._BUCKET), ()) if filling.covers(slot)]


def _explain(
    order: Sequence[Job], placed: Mapping[str, Placed], resources: Mapping[str, Resource], grid: Grid
) -> tuple[dict[str, tuple[Reason, ...]], dict[str, tuple[str, ...]]]:
    """For each placed job its reasons, and the jobs that made room for it by ending exactly where it could start."""
    fillings = _Fillings()
    reasons: dict[str, tuple[Reason, ...]] = {}
    fillers: dict[str, tuple[str, ...]] = {}
    for job in order:
        dates = placed.get(job.key)
        if dates is None:
            continue
        if job.finished is not None:
            reasons[job.key] = ()
        elif job.started is not None:
            reasons[job.key] = (Reason(kind="started", subject=_text(job.started)),)
        elif job.work and dates.position > grid.working(job.hours).after(dates.earliest):
            reasons[job.key], fillers[job.key] = _capacity_reasons(job, dates, fillings, resources, grid)
        else:
            reasons[job.key] = tuple(_time_reasons(job, dates, placed, grid))
        if dates.slots:
            fillings.add(job, dates)
    return reasons, fillers


def _capacity_reasons(
    job: Job, dates: Placed, fillings: _Fillings, resources: Mapping[str, Resource], grid: Grid
) -> tuple[tuple[Reason, ...], tuple[str, ...]]:
    """What stood in the working slot just before the start, or on the day after an earlier night."""
    slot = grid.working(job.hours).slots[dates.position - 1]
    filled = {name: fillings.at(name, slot) for name in sorted(job.demand)}
    filled = {name: there for name, there in filled.items() if _left(resources[name], slot, there) < job.demand[name]}
    if not filled and dates.refused is not None:
        filled = {dates.refused[0]: fillings.at(*dates.refused)}
    reasons = (
        Reason(kind="capacity", subject=name, orders=tuple(sorted({filling.key for filling in there})))
        for name, there in filled.items()
    )
    ending = {
        filling.key
        for there in filled.values()
        for filling in there
        if filling.group == job.group and filling.slots[-1] == slot and not filling.is_rest
    }
    return tuple(reasons), tuple(sorted(ending))


def _left(resource: Resource, slot: int, fillings: Iterable[_Filling]) -> int:
    exists = resource.available is None or (
        resource.available[0] <= slot * SLOT and (slot + 1) * SLOT <= resource.available[1]
    )
    return (resource.capacity if exists else 0) - sum(filling.amount for filling in fillings)


def _time_reasons(job: Job, dates: Placed, placed: Mapping[str, Placed], grid: Grid) -> Iterator[Reason]:
    """Why the job could not be ready earlier, and which hours were closed then."""
    if grid.at in (dates.base, dates.earliest):
        yield Reason(kind="at", subject=_text(grid.at))
    if dates.earliest > grid.at:
        if job.release == dates.base:
            yield Reason(kind="release", subject=_text(job.release))
        binding = sorted(need for need in set(job.needs) if need in placed and placed[need].finish == dates.base)
        if binding:
            yield Reason(kind="predecessor", orders=tuple(binding))
        if job.wait:
            yield Reason(kind="wait", subject=str(job.wait))
    if job.work and dates.start >= dates.earliest + SLOT:
        before = dates.slots[0] - 1
        for name in sorted(set(job.hours)):
            if not grid.working((name,)).is_open(before):
                yield Reason(kind="calendar", subject=name)


def _latest(
    order: Sequence[Job], placed: Mapping[str, Placed], fillers: Mapping[str, tuple[str, ...]], grid: Grid
) -> dict[str, int]:
    """How late each placed job may finish without moving the finish of its group."""
    ends: dict[str, int] = {}
    for job in order:
        if job.key in placed and job.finished is None:
            ends[job.group] = max(placed[job.key].finish, ends.get(job.group, 0))
    bounds = {
        job.key: placed[job.key].finish if job.finished is not None else ends[job.group]
        for job in order
        if job.key in placed
    }
    return _push_back(order, bounds, fillers, {key: dates.finish for key, dates in placed.items()}, grid)


def _due(order: Sequence[Job], grid: Grid) -> dict[str, int]:
    """How late each job may finish to keep the date of its group, if the capacity were there."""
    bounds = {job.key: job.due for job in order if job.due is not None and job.finished is None}
    return _push_back(order, bounds, {}, {}, grid)


def _push_back(
    order: Sequence[Job],
    bounds: dict[str, int],
    fillers: Mapping[str, tuple[str, ...]],
    least: Mapping[str, int],
    grid: Grid,
) -> dict[str, int]:
    """Latest finishes from those given, backwards over needs and fillers of the same group.

    None is earlier than `least`: a latest time before a wait is found on the grid, a finish may lie off it.
    """
    open_groups = {job.key: job.group for job in order if job.finished is None}
    for job in reversed(order):
        bound = bounds.get(job.key)
        if bound is None:
            continue
        bound = bounds[job.key] = max(bound, least.get(job.key, bound))
        if not _is_ahead(job):
            continue
        start = grid.working(job.hours).latest_start(bound, job.work)
        for filler in fillers.get(job.key, ()):
            bounds[filler] = min(bounds[filler], start)
        base = grid.wait_from(job, start)
        for need in job.needs:
            if open_groups.get(need) == job.group:
                bounds[need] = min(bounds.get(need, base), base)
    return bounds
