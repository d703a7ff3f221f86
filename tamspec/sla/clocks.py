"""What the clocks of agreements show, for many incidents at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from tamspec.model.catalog import Clock
from tamspec.sla.history import NEVER, History, Ints
from tamspec.worktime.arrays import ArrayClock, Instants, Seconds

_LATER = np.iinfo(np.int64).max


class Stretches(Struct, frozen=True, kw_only=True):
    """From when to when a clock ran, or stood still. Those of the same case are in order of time."""

    case: Ints
    """Which of the incidents that were asked for."""
    begin: Instants
    end: Instants
    runs: NDArray[np.bool_]
    row: Ints
    """The row of the history that began it; -1 for the time from the start to the first row."""


class Cases(Struct, frozen=True, kw_only=True):
    """What becomes of a clock for some incidents."""

    start: Instants
    """`NEVER` where nothing tells it."""
    stop: Instants
    """`NEVER` where it has not stopped."""
    stretches: Stretches

    def elapsed(self, hours: ArrayClock, paused: Seconds) -> Seconds:
        """The seconds that each clock shows: those in its hours in which it ran, less what the export says."""
        each = self.stretches
        counted = each.runs & (each.end > each.begin)
        spent = hours.position(each.end[counted]) - hours.position(each.begin[counted])
        # Sums of whole seconds far below 2^53: exact as floats.
        made = np.bincount(each.case[counted], weights=spent, minlength=len(self.start))
        shown: Seconds = np.maximum(made.astype(np.int64) - paused, 0)
        return shown


class Rows:
    """The rows of some incidents in a history, and what several clocks ask of them as of now. What was written before
    an incident's `arrival` is passed over, and what is written after now stops nothing."""

    def __init__(self, history: History, incidents: Ints, arrival: Instants, now: int) -> None:
        """`arrival`: of each of the incidents."""
        self.history, self.incidents, self.arrival, self.now = history, incidents, arrival, now
        lengths = history.first[incidents + 1] - history.first[incidents]
        self.first = np.concatenate([[0], np.cumsum(lengths)])
        """Where those of each incident begin."""
        self.case = np.repeat(np.arange(len(incidents)), lengths)
        """Which of the incidents each belongs to."""
        # `row`: where each stands in the history.
        span = _span(history.first, incidents)
        if span is None:
            self.row = np.arange(self.first[-1]) - np.repeat(self.first[:-1] - history.first[incidents], lengths)
            self.at, self._state = history.at[self.row], history.state[self.row]
        else:
            self.row = np.arange(span.start, span.stop)
            self.at, self._state = history.at[span], history.state[span]
        is_early = self.at[self.first[:-1]] < arrival if self.at.size else np.zeros(0, np.bool_)
        self._counts = self.at >= arrival[self.case] if np.any(is_early) else None
        """None: every one."""
        self._starts: dict[str, Instants] = {}
        self._stops: dict[tuple[str, str], tuple[NDArray[np.bool_], Instants]] = {}

    def only(self, which: NDArray[np.bool_]) -> Rows:
        """Those of some of the incidents."""
        return self if np.all(which) else Rows(self.history, self.incidents[which], self.arrival[which], self.now)

    def enter(self, words: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each begins one of some states."""
        known = self.history.words["state"]
        codes = [known.index(word) for word in words if word in known]
        if not codes:
            return np.zeros(len(self._state), np.bool_)
        found: NDArray[np.bool_] = self._state == codes[0] if len(codes) == 1 else np.isin(self._state, codes)
        if self._counts is not None:
            found &= self._counts
        return found

    def start(self, event: str) -> Instants:
        """When the clocks started that start with an event; `NEVER` where nothing tells it."""
        if event not in self._starts:
            self._starts[event] = self._when(event, self.enter((event,)))
        return self._starts[event]

    def stop(self, start: str, event: str) -> tuple[NDArray[np.bool_], Instants]:
        """Which rows stop the clocks that start and stop with these events, and when those first stopped (`NEVER`:
        they have not)."""
        if (start, event) not in self._stops:
            stops = self.enter((event,))
            rows = np.flatnonzero(stops)
            at = self.at[rows]
            stops[rows] = (at >= self.start(start)[self.case[rows]]) & (at <= self.now)
            self._stops[start, event] = stops, self._when(event, stops)
        return self._stops[start, event]

    def first_of(self, which: NDArray[np.bool_]) -> Instants:
        """Of each incident when the first of some rows was written; `_LATER` where there is none."""
        made = np.full(len(self.incidents), _LATER)
        rows = np.flatnonzero(which)[::-1]
        made[self.case[rows]] = self.at[rows]  # of several the first is put down last
        return made

    def told(self, event: str) -> Instants:
        """When an event happened as its column tells; `NEVER` where none does."""
        column = self.history.events.get(event)
        return column[self.incidents] if column is not None else np.full(len(self.incidents), NEVER)

    def _when(self, event: str, enters: NDArray[np.bool_]) -> Instants:
        """As its column tells, else when the state of that name was first entered."""
        told = self.told(event)
        if not len(self.at) or not np.any(enters):
            return told
        entered = self.first_of(enters)
        return np.where((told == NEVER) & (entered != _LATER), entered, told)


def _span(first: Ints, incidents: Ints) -> slice | None:
    """The rows of incidents that stand one behind the other; None where they do not."""
    if not incidents.size or int(incidents[-1] - incidents[0]) != incidents.size - 1:
        return None
    return slice(int(first[incidents[0]]), int(first[incidents[-1] + 1]))


def cases(some: Rows, clock: Clock, ended: Instants | None = None) -> Cases:
    """The clock of each of some incidents, in their order; one that has not stopped runs until now. Where one has
    `ended` (`NEVER`: it has not), its clock has too."""
    at, case, first, now = some.at, some.case, some.first, some.now
    start = some.start(clock.start)
    since = start.take(case)
    is_stop, stop = some.stop(clock.start, clock.stop)
    pauses = some.enter(clock.pause)
    until = np.where(stop == NEVER, now, stop)
    if ended is not None:
        stop, until = _ended(start, stop, ended, now)
    end = np.append(at[1:], 0)
    end[first[1:] - 1] = _LATER
    np.minimum(end, until.take(case), out=end)
    stretches = Stretches(case=case, begin=np.maximum(at, since), end=end, runs=~pauses, row=some.row)
    began = at[first[:-1]] if at.size else at
    before = np.flatnonzero((start != NEVER) & (start < began))
    if before.size:  # from the report to the first row the clock runs
        early = Stretches(
            case=before,
            begin=start[before],
            end=np.minimum(began[before], until[before]),
            runs=np.ones(len(before), np.bool_),
            row=np.full(len(before), -1),
        )
        stretches = _together(early, stretches)
    if clock.resume and len(at):
        resumes = some.enter(clock.resume) & (at >= since) & (at <= now)
        back = _came_back(some, stop, is_stop, resumes)
        if back.size:
            stop, column = stop.copy(), some.told(clock.stop)
            stretches = _without(stretches, back)
            for one in back.tolist():
                span = slice(first[one], first[one + 1])
                words = (is_stop[span].tolist(), resumes[span].tolist(), pauses[span].tolist())
                limit = min(now, int(ended[one])) if ended is not None and ended[one] != NEVER else now
                told = _again(at[span].tolist(), words, int(start[one]), int(column[one]), limit)
                stop[one] = told[1]
                stretches = _together(stretches, _explicit(one, told[0], some.row[span]))
    return Cases(start=start, stop=stop, stretches=stretches)


def _ended(start: Instants, stop: Instants, ended: Instants, now: int) -> tuple[Instants, Instants]:
    """A clock stops at the latest when its incident ends; one that starts later shows nothing."""
    over = np.where(ended == NEVER, ended, np.maximum(ended, start))
    made = np.where(stop == NEVER, over, np.where(over == NEVER, stop, np.minimum(stop, over)))
    return made, np.where(made == NEVER, now, made)


# -- incidents that come back: few, so each by itself ------------------------------------------------------------------


def _came_back(some: Rows, stop: Instants, is_stop: NDArray[np.bool_], resumes: NDArray[np.bool_]) -> Ints:
    """The cases whose clock runs on after it had stopped."""
    stopped = np.minimum(some.first_of(is_stop), np.where(stop == NEVER, _LATER, stop))
    found: Ints = np.unique(some.case[resumes & (some.at >= stopped[some.case])])
    return found


_Told = list[tuple[int, int, bool, int]]
"""Begin, end, whether the clock runs, which row of the incident (-1: before the first)."""


def _again(
    at: list[int], words: tuple[list[bool], list[bool], list[bool]], start: int, column: int, now: int
) -> tuple[_Told, int]:
    """From when to when the clock ran, and when it stopped for good (`NEVER`: it has not). Each row may stop it, make
    it run on, or let it stand still; so does the stop that a column tells."""
    told: _Told = []
    stopped = NEVER

    def pass_(begin: int, end: int, row: int, *, paused: bool) -> None:
        nonlocal stopped
        begin, end = max(begin, start), min(end, now)
        if stopped == NEVER and column != NEVER and begin <= column < max(end, begin + 1):
            if begin < column:
                told.append((begin, column, not paused, row))
            begin, stopped = column, column
        if begin < end:
            told.append((begin, end, stopped == NEVER and not paused, row))

    if start < at[0]:
        pass_(start, at[0], -1, paused=False)
    for row, (t, stops, resumes, pauses) in enumerate(zip(at, *words, strict=True)):
        if resumes:
            stopped = NEVER
        elif stops and stopped == NEVER:
            stopped = t
        pass_(t, at[row + 1] if row + 1 < len(at) else now, row, paused=pauses)
    return told, stopped


def _explicit(case: int, told: _Told, rows: Ints) -> Stretches:
    begin, end, runs, row = zip(*told, strict=True) if told else ((), (), (), ())
    return Stretches(
        case=np.full(len(begin), case),
        begin=np.array(begin, np.int64),
        end=np.array(end, np.int64),
        runs=np.array(runs, np.bool_),
        row=np.array([rows[each] if each >= 0 else -1 for each in row], np.int64),
    )


def _together(first: Stretches, second: Stretches) -> Stretches:
    return Stretches(
        **{name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in first.__struct_fields__}
    )


def _without(stretches: Stretches, cases_: Ints) -> Stretches:
    kept = ~np.isin(stretches.case, cases_)
    return Stretches(**{name: getattr(stretches, name)[kept] for name in stretches.__struct_fields__})
