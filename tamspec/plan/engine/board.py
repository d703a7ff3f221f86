"""Free capacity over working time, packed: for each slot a field of bits, sixty-four fields to a block.

A field holds what is free and above it a guard bit that is always set. One subtraction takes a demand off all fields
of a block at once, and the guard is left standing just where there is room; a few shifts then find a stretch of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import lru_cache
from itertools import accumulate, chain
from typing import NamedTuple

from tamspec.plan.engine.grid import SLOT, Grid, Working
from tamspec.plan.engine.problem import Job, Resource

FIELDS = 64
"""Slots in a block: most stretches of work lie in one or two."""

NOBODYS = -1

Blocks = list[int]

Levels = list[tuple[int, int]]
"""From an instant on, so many tenths; in order of time."""


class Track(NamedTuple):
    """A resource in the hours of some jobs; its positions are those of the hours."""

    resource: str
    working: Working


class Stretch(NamedTuple):
    """What a job asks of the board."""

    number: int
    """Jobs that ask the same have the same."""
    working: Working
    blocks: int
    """How many blocks its hours have."""
    begin: int
    """In how many of them it may begin: none where it is longer than its hours."""
    length: int
    """Slots in a row, what is kept in reserve included."""
    shifts: tuple[int, ...]
    """By how many bits room is laid over itself in turn, until what is left has room for the whole length."""
    demand: tuple[tuple[int, int, int, int], ...]
    """Track, tenths, the tenths in each field of a block, and in as many fields as the stretch is long."""
    crew: int
    """Stretches of the same hours and demand, however long, have the same; those that nobody asked for, NOBODYS."""
    begins: Blocks | None
    """For each block the guards of the slots from which it meets no pause, if it must not, and no freeze; None: all."""


class Layout:
    """How capacity is packed for some jobs, and what there is of it before anybody is served."""

    def __init__(self, jobs: Sequence[Job], resources: Mapping[str, Resource], grid: Grid) -> None:
        asked = (tenths for job in jobs for tenths in job.demand.values())
        most = max(chain(asked, (one.capacity for one in resources.values())), default=0)
        self.width = max(2, most.bit_length() + 1)
        self.ones = list(accumulate(range(FIELDS), lambda ones, _: ones << self.width | 1, initial=0))
        self.guards = self.ones[FIELDS] << self.width - 1
        self.resources, self.grid = resources, grid
        self.tracks: list[Track] = []
        self.tracks_of: dict[str, list[int]] = {}
        self.fresh: list[Blocks] = []
        self._known: dict[tuple[str, tuple[str, ...]], int] = {}
        self._levels: dict[str, Levels] = {}
        self._begins: dict[tuple[object, ...], Blocks] = {}
        self._stretches: dict[tuple[object, ...], Stretch] = {}
        self._crews: dict[tuple[object, ...], int] = {}
        self.stretches = [self._stretch(job) if job.work else None for job in jobs]
        self.asked = len(self._stretches)
        for name, windows in _rests(jobs):
            self._track(name, (windows,))
        self.shared = {track for tracks in self.tracks_of.values() if len(tracks) > 1 for track in tracks}
        """The tracks whose resource works in other hours too."""

    def joined(self, jobs: Sequence[Job]) -> Layout | None:
        """The layout with more jobs behind those that it has; None where they need what is not laid out."""
        tracks = {(name, job.hours): tenths for job in jobs if job.work for name, tenths in job.demand.items()}
        tracks |= {(name, (windows,)): 0 for name, windows in _rests(jobs)}
        if tracks.keys() - self._known.keys() or max(tracks.values(), default=0).bit_length() + 1 > self.width:
            return None
        more = [self._stretch(job) if job.work else None for job in jobs]
        other = copy(self)  # what it knows of stretches, hours and freezes is true of both, and grows with either
        other.stretches, other.asked = self.stretches + more, len(self._stretches)
        return other

    def _stretch(self, job: Job) -> Stretch:
        question = (job.hours, job.closed, job.unbroken, job.work + job.reserve, *job.demand.items())
        known = self._stretches.get(question)
        if known is None:
            known = self._stretches[question] = self._new_stretch(job, job.work + job.reserve)
        return known

    def _new_stretch(self, job: Job, length: int) -> Stretch:
        working = self.grid.working(job.hours)
        demand = tuple(
            (self._track(name, job.hours), tenths, tenths * self.ones[FIELDS], tenths * self.ones[min(length, FIELDS)])
            for name, tenths in job.demand.items()
        )
        return Stretch(
            number=len(self._stretches),
            working=working,
            blocks=-(-(working.stop - working.first) // FIELDS),
            begin=max(0, (working.stop - length - working.first) // FIELDS + 1),
            length=length,
            shifts=_shifts(length, self.width),
            demand=demand,
            crew=self._crews.setdefault((job.hours, *(one[:2] for one in demand)), len(self._crews)),
            begins=self.begins(job, job.closed),
        )

    def _track(self, name: str, hours: tuple[str, ...]) -> int:
        known = self._known.get((name, hours))
        if known is None:
            known = self._known[name, hours] = len(self.tracks)
            working = self.grid.working(hours)
            self.tracks.append(Track(name, working))
            self.tracks_of.setdefault(name, []).append(known)
            self.fresh.append(self._capacity(name, working))
        return known

    def levels(self, name: str) -> Levels:
        """What a resource has from a slot on; in one within which that changes, the least."""
        known = self._levels.get(name)
        if known is None:
            known = self._levels[name] = _levels(self.resources[name])
        return known

    def _capacity(self, name: str, working: Working) -> Blocks:
        """What the resource has at each position that can be planned; behind `stop`, nothing."""
        levels = self.levels(name)
        bounds = [min(max(working.after(since), working.first), working.stop) for since, _ in levels]
        packed = [self.guards] * (-(-(working.stop - working.first) // FIELDS))
        for (_, tenths), low, high in zip(levels, bounds, [*bounds[1:], working.stop], strict=True):
            # Most blocks lie in one level, and are filled at once; those at its ends share theirs.
            first, last = -(-(low - working.first) // FIELDS), (high - working.first) // FIELDS
            packed[first:last] = [self.guards + self.ones[FIELDS] * tenths] * (last - first)
            begin, end = working.first + first * FIELDS, working.first + last * FIELDS
            for start, stop in ((low, begin), (end, high)) if first <= last else ((low, high),):
                for block, mask in self.pieces(working, start, stop - start):
                    packed[block] += mask * tenths
        return packed

    def begins(self, job: Job, closed: tuple[str, ...]) -> Blocks | None:
        """For each block the guards of the slots from which a job meets no pause, if it must not, and none of the
        windows named; None: all."""
        if not (job.unbroken or closed):
            return None
        working, length = self.grid.working(job.hours), job.work + job.reserve
        question = (job.hours, job.unbroken, length, closed)
        known = self._begins.get(question)
        if known is None:
            openings = working.openings if job.unbroken else [(working.first, working.stop)]
            known = self._begins[question] = [0] * (-(-(working.stop - working.first) // FIELDS))
            for low, high in openings:
                self._mark(known, working, low, high - length + 1)
            for low, high in (span for name in closed for span in self.grid.shut(working, name)):
                self._mark(known, working, max(working.first, low - length + 1), min(high, working.stop), False)
        return known

    def _mark(self, blocks: Blocks, working: Working, low: int, high: int, value: bool = True) -> None:
        """Set the guards of some positions, or take them away."""
        for block, ones in self.pieces(working, low, high - low):
            guards = ones << self.width - 1
            blocks[block] = blocks[block] | guards if value else blocks[block] & ~guards

    def leading(self, room: int) -> int:
        """How many slots from the beginning of a block have room."""
        missing = self.ones[FIELDS] & ~(room >> self.width - 1)
        return ((missing & -missing).bit_length() - 1) // self.width if missing else FIELDS

    def pieces(self, working: Working, position: int, length: int) -> Iterator[tuple[int, int]]:
        """The blocks that a stretch lies in, with a one in each of its fields."""
        block, at = divmod(position - working.first, FIELDS)
        while length > 0:
            count = min(length, FIELDS - at)
            yield block, self.ones[count] << at * self.width
            block, at, length = block + 1, 0, length - count


def _rests(jobs: Iterable[Job]) -> Iterator[tuple[str, str]]:
    """Each resource that rests after a job, and the windows whose working day it loses: two can lose the same day, even
    where nobody works in it."""
    for job in jobs:
        yield from ((name, windows) for name, windows in job.rest.items() if name in job.demand)


def _shifts(length: int, width: int) -> tuple[int, ...]:
    have, shifts = 1, []
    while have < length:
        shifts.append(min(have, length - have) * width)
        have += min(have, length - have)
    return tuple(shifts)


@lru_cache(maxsize=256)
def _numbers(count: int) -> tuple[int, ...]:
    """Copies of them share their numbers."""
    return tuple(range(count))


def _levels(resource: Resource) -> Levels:
    levels: dict[int, int] = {}
    before = 0
    for since, tenths in resource.levels or ((0, resource.capacity),):
        slot = since - since % SLOT
        if since != slot:
            levels[slot] = min(levels.get(slot, before), tenths)
            slot += SLOT
        levels[slot] = before = tenths
    return sorted(levels.items())


class _Full:
    """In which blocks nothing is left for a crew. Room is only ever taken, so what is full stays full."""

    __slots__ = ("_own", "_shared")

    def __init__(self, shared: Mapping[int, Blocks] | None = None) -> None:
        self._shared = shared or {}
        """By crew, what copies know too; it is never added to."""
        self._own: dict[int, Blocks] = {}

    def of(self, stretch: Stretch) -> Blocks:
        """For each block of a crew itself, or a later one where all before that are full; to be added to."""
        own = self._own.get(stretch.crew)
        return self._begun(stretch) if own is None else own

    def _begun(self, stretch: Stretch) -> Blocks:
        own = list(self._shared.get(stretch.crew) or _numbers(stretch.blocks + 1))
        if stretch.crew != NOBODYS:
            self._own[stretch.crew] = own
        return own

    def copy(self) -> _Full:
        """The same; what either learns then, the other does not."""
        self._shared, self._own = {**self._shared, **self._own}, {}
        return _Full(self._shared)


class Board:
    """What is free while jobs are placed: the only thing that changes."""

    __slots__ = ("free", "full", "layout", "spent")

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.free = [list(blocks) for blocks in layout.fresh]
        self.spent = [0] * layout.asked
        """For each number of a stretch how many blocks at the beginning have no place for it any more: room is only
        ever taken, so nobody need look there again."""
        self.full = _Full()

    def joined(self, layout: Layout) -> Board:
        """The board as it is, for a layout of more jobs."""
        other = self.copy(layout.resources)
        other.layout = layout
        other.spent = self.spent + [0] * (layout.asked - len(self.spent))
        return other

    def copy(self, resources: Iterable[str]) -> Board:
        """A board to try things on with these resources only; all others are shared."""
        other = Board.__new__(Board)
        other.layout, other.free, other.spent = self.layout, list(self.free), list(self.spent)
        other.full = self.full.copy()
        for name in resources:
            for track in self.layout.tracks_of.get(name, ()):
                other.free[track] = list(self.free[track])
        return other

    def first(self, stretch: Stretch, position: int) -> int | None:
        """The first position at or after this one from which the stretch has room."""
        number, working, _, begin, length, _, demand, _, begins = stretch
        if not demand and begins is None:
            return position if position + length <= working.stop else None
        full, width, spent = self.full.of(stretch), self.layout.width, self.spent[number]
        block, at = divmod(position - working.first, FIELDS)
        if block < spent:
            block, at = spent, 0
        while block < begin:
            ahead = full[block]
            if ahead == block:
                starts, ahead = self._starts(stretch, full, block, at)
                if starts:
                    return working.first + block * FIELDS + at + (starts & -starts).bit_length() // width - 1
            else:
                while ahead != full[ahead]:
                    ahead = full[block] = full[ahead]
            if block == spent and not at:
                spent = self.spent[number] = ahead
            block, at = ahead, 0
        return None

    def _starts(self, stretch: Stretch, full: Blocks, block: int, at: int) -> tuple[int, int]:
        """The fields of a block, from one of them on, from which a stretch has room, the earliest at least; and where
        none has, the next block in which one may."""
        _, _, _, _, length, shifts, demand, _, begins = stretch
        free, width, room = self.free, self.layout.width, self.layout.guards
        for track, _, tenths, _ in demand:
            room &= free[track][block] - tenths
        if not room:
            ahead = full[block] = block + 1
            return 0, ahead
        inside = room
        for shift in shifts:  # what ends inside the block begins before what leaves it
            inside &= inside >> shift
        good = -1 if begins is None else begins[block]
        starts, behind = (inside & good) >> at * width, 0
        if not starts and length > 1 and room >> FIELDS * width - 1:
            behind = self._run(stretch, block + 1, length - 1)
            starts = (self._leaving(room, length, behind) & good) >> at * width
        # From whatever lies between, it would meet what it met now.
        return starts, block + 1 + (behind // FIELDS if behind < length - 1 else 0)

    def last(self, stretch: Stretch, end: int, since: int = 0) -> int | None:
        """The last position from which the stretch has room and ends at or before the position `end`; blocks before
        `since` are not looked at."""
        _, working, _, _, length, _, demand, _, begins = stretch
        end = min(end, working.stop)
        if end - length < working.first:
            return None
        if not demand and begins is None:
            return end - length
        full = self.full.of(stretch)
        block, at = divmod(end - length - working.first, FIELDS)
        while block >= since:
            while block > since and full[block] != block:
                block, at = block - 1, FIELDS - 1
            starts, clear = self._ends(stretch, block, at)
            if starts:
                return working.first + block * FIELDS + starts.bit_length() // self.layout.width - 1
            # Whatever begins before must end where the room from the beginning of the block does.
            block, at = min(block - 1, (block * FIELDS + clear - length) // FIELDS), FIELDS - 1
        return None

    def _ends(self, stretch: Stretch, block: int, at: int) -> tuple[int, int]:
        """The fields of a block, up to one of them, from which a stretch has room, the latest at least; and where none
        has, how many slots in a row have room from the beginning of the block."""
        _, _, _, _, length, shifts, demand, _, begins = stretch
        free, width, room = self.free, self.layout.width, self.layout.guards
        for track, _, tenths, _ in demand:
            room &= free[track][block] - tenths
        if not room:
            return 0, 0
        good = (1 << (at + 1) * width) - 1
        good = good if begins is None else good & begins[block]
        starts = behind = 0
        if at + length > FIELDS and room >> FIELDS * width - 1:
            behind = self._run(stretch, block + 1, length - 1)
            starts = self._leaving(room, length, behind) & good
        if not starts:
            starts = room
            for shift in shifts:
                starts &= starts >> shift
            starts &= good
        run = self.layout.leading(room)
        return starts, run if run < FIELDS else FIELDS + behind

    def _run(self, stretch: Stretch, block: int, most: int) -> int:
        """How many slots in a row have room from the beginning of a block on; so many are enough."""
        found, ahead = 0, block
        while found == (ahead - block) * FIELDS and found < most:
            found += self.layout.leading(self._room_of(stretch, ahead))
            ahead += 1
        return found

    def _leaving(self, room: int, length: int, behind: int) -> int:
        """Of the fields of a block, those from which there is room for a stretch that ends behind it, where so many
        slots in a row have room."""
        width, ones = self.layout.width, self.layout.ones
        missing = ones[FIELDS] & ~(room >> width - 1)
        first = missing.bit_length() // width + 1 if missing else 0  # behind the last slot that is taken
        last = min(FIELDS - 1, FIELDS + behind - length)
        return ones[last - first + 1] << first * width + width - 1 if first <= last else 0

    def _room_of(self, stretch: Stretch, block: int) -> int:
        """The guards of a block that have room; none behind the end of the plan."""
        if block >= stretch.blocks:
            return 0
        room = self.layout.guards
        for track, _, tenths, _ in stretch.demand:
            room &= self.free[track][block] - tenths
        return room

    def take(self, stretch: Stretch, position: int) -> None:
        """Use the room that the stretch has from a position on."""
        layout, free, length, demand = self.layout, self.free, stretch.length, stretch.demand
        block, at = divmod(position - stretch.working.first, FIELDS)
        if at + length <= FIELDS:
            shift = at * layout.width
            for track, _, _, whole in demand:
                free[track][block] -= whole << shift
        else:
            for each, ones in layout.pieces(stretch.working, position, length):
                for track, tenths, _, _ in demand:
                    free[track][each] -= ones * tenths
        if layout.shared:
            for track, tenths, _, _ in demand:
                if track in layout.shared:
                    slots = stretch.working.slots[position : position + length]
                    self.use(layout.tracks[track].resource, slots, tenths, besides=track)

    def use(self, name: str, slots: Sequence[int], tenths: int, *, besides: int = -1) -> None:
        """Use a resource in some slots, in whatever hours; where less is free, whatever is there. What is negative is
        given back."""
        layout = self.layout
        if tenths < 0:
            self.spent, self.full = [0] * layout.asked, _Full()
        width = layout.width
        for track in layout.tracks_of.get(name, ()):
            if track == besides:
                continue
            working, blocks = layout.tracks[track].working, self.free[track]
            low, high = working.after(slots[0] * SLOT), working.after(slots[-1] * SLOT + SLOT)
            taken = set(slots) if low < high else ()
            for position in range(max(low, working.first), min(high, working.stop)):
                if working.slots[position] in taken:
                    block, at = divmod(position - working.first, FIELDS)
                    shift = at * width
                    there = blocks[block] >> shift & (1 << width - 1) - 1
                    blocks[block] -= min(there, tenths) << shift

    def may_begin(self, stretch: Stretch, position: int) -> bool:
        """Whether a stretch meets neither a pause nor a freeze that it must not meet, if it begins there."""
        if stretch.begins is None:
            return True
        block, at = divmod(position - stretch.working.first, FIELDS)
        return bool(stretch.begins[block] >> (at + 1) * self.layout.width - 1 & 1)

    def left(self, track: int, position: int) -> int:
        """The tenths that are free at a position of a track."""
        block, at = divmod(position - self.layout.tracks[track].working.first, FIELDS)
        width = self.layout.width
        return self.free[track][block] >> at * width & (1 << width - 1) - 1

    def busy(self, track: int, tenths: int, position: int, stop: int) -> int | None:
        """The first position of a track, from one on and before another, at which less than so many tenths are free."""
        layout, blocks = self.layout, self.free[track]
        width, asked = layout.width, tenths * layout.ones[FIELDS]
        block, at = divmod(position - layout.tracks[track].working.first, FIELDS)
        while position < stop:
            missing = (layout.guards & ~(blocks[block] - asked)) >> at * width
            if missing:
                found = position + (missing & -missing).bit_length() // width - 1
                return found if found < stop else None
            position, block, at = position + FIELDS - at, block + 1, 0
        return None

    def is_free(self, name: str, slot: int, tenths: int) -> bool:
        """Whether a resource has so much left in a slot; outside the plan, where nobody is served, all that it has."""
        for track in self.layout.tracks_of.get(name, ()):
            working = self.layout.tracks[track].working
            position = working.index(slot)
            if position is not None and working.first <= position < working.stop:
                return self.left(track, position) >= tenths
        levels = [has for since, has in self.layout.levels(name) if since <= slot * SLOT]
        return bool(levels) and levels[-1] >= tenths
