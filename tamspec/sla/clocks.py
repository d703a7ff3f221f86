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
    early: Ints
    """The rows of the history from before the clock started."""

    def elapsed(self, hours: ArrayClock, paused: Seconds) -> Seconds:
        """The seconds that each clock shows: those in its hours in which it ran, less what the export says."""
        each = self.stretches
        counted = each.runs & (each.end > each.begin)
        spent = hours.position(each.end[counted]) - hours.position(each.begin[counted])
        # Sums of whole seconds far below 2^53: exact as floats.
        made = np.bincount(each.case[counted], weights=spent, minlength=len(self.start))
        shown: Seconds = np.maximum(made.astype(np.int64) - paused, 0)
        return shown


def cases(history: History, incidents: Ints, clock: Clock, now: int, ended: Instants | None = None) -> Cases:
    """The clock of each of some incidents, in their order; one that has not stopped runs until now, or stops when the
    incident `ended` (`NEVER`: it has not)."""
    rows, case, first = _rows(history, incidents)
    at, state = history.at[rows], history.state[rows]
    start, stop, stopped, since = _edges(history, incidents, clock, at, state, case, first)
    if ended is not None:
        stop = np.where(stop == NEVER, ended, stop)
    runs = ~_in(history, state, clock.pause)
    if stopped is not None:
        runs &= ~stopped
    until = np.where(stop == NEVER, now, stop)
    end = np.append(at[1:], 0)
    end[first[1:] - 1] = _LATER
    np.minimum(end, until[case], out=end)
    begin = np.maximum(at, since)
    began = _first(at, first)
    early = rows[(at < since) & (at != 0)] if np.any((at < since) & (at != 0)) else rows[:0]
    # What happened before the first row: from the report on the clock runs.
    before = np.flatnonzero((start != NEVER) & (start < began))
    if before.size:
        case = np.concatenate([before, case])
        begin = np.concatenate([start[before], begin])
        end = np.concatenate([np.minimum(began[before], until[before]), end])
        runs = np.concatenate([np.ones(len(before), np.bool_), runs])
        rows = np.concatenate([np.full(len(before), -1), rows])
    stretches = Stretches(case=case, begin=begin, end=end, runs=runs, row=rows)
    return Cases(start=start, stop=stop, stretches=stretches, early=early)


def stops(history: History, incidents: Ints, clock: Clock) -> Instants:
    """When the clock of each of some incidents stopped; `NEVER` where it has not."""
    rows, case, first = _rows(history, incidents)
    return _edges(history, incidents, clock, history.at[rows], history.state[rows], case, first)[1]


def _edges(
    history: History,
    incidents: Ints,
    clock: Clock,
    at: Instants,
    state: NDArray[np.int32],
    case: Ints,
    first: Ints,
) -> tuple[Instants, Instants, NDArray[np.bool_] | None, Instants]:
    """When each clock started and stopped, in which rows it stood still since it had stopped (None: in none), and of
    each row when the clock of its incident started."""
    start = _event(history, incidents, clock.start, at, _in(history, state, (clock.start,)), first)
    since = start[case]
    # What was written before the report is passed over.
    is_stop = _in(history, state, (clock.stop,)) & (at >= since)
    stop = _event(history, incidents, clock.stop, at, is_stop, first)
    if not clock.resume or not len(at):
        return start, stop, None, since
    stop, stopped = _resumed(stop, is_stop, _in(history, state, clock.resume), at, first)
    return start, stop, stopped, since


def _rows(history: History, incidents: Ints) -> tuple[Ints, Ints, Ints]:
    """The rows of some incidents, which of them each belongs to, and where those of each begin."""
    lengths = history.first[incidents + 1] - history.first[incidents]
    first = np.concatenate([[0], np.cumsum(lengths)])
    case = np.repeat(np.arange(len(incidents)), lengths)
    rows = np.arange(first[-1]) - np.repeat(first[:-1] - history.first[incidents], lengths)
    return rows, case, first


def _first(at: Instants, first: Ints) -> Instants:
    return at[first[:-1]] if at.size else at


def _in(history: History, state: NDArray[np.int32], words: Sequence[str]) -> NDArray[np.bool_]:
    known = history.words["state"]
    codes = [known.index(word) for word in words if word in known]
    if not codes:
        return np.zeros(len(state), np.bool_)
    return state == codes[0] if len(codes) == 1 else np.isin(state, codes)


def _event(
    history: History, incidents: Ints, name: str, at: Instants, enters: NDArray[np.bool_], first: Ints
) -> Instants:
    """When an event happened: as its column tells, else when the state of that name was first entered."""
    told = history.events[name][incidents] if name in history.events else np.full(len(incidents), NEVER)
    if not len(at) or not np.any(enters):
        return told
    entered = np.minimum.reduceat(np.where(enters, at, _LATER), first[:-1])
    return np.where((told == NEVER) & (entered != _LATER), entered, told)


def _resumed(
    stop: Instants, is_stop: NDArray[np.bool_], resumes: NDArray[np.bool_], at: Instants, first: Ints
) -> tuple[Instants, NDArray[np.bool_]]:
    """When the clock stopped for good, and in which rows it stood still since it had stopped."""
    index = np.arange(len(at))
    begins = np.repeat(first[:-1], np.diff(first))
    last_resume = np.maximum.accumulate(np.where(resumes, index, -1))
    # A stop counts once until the clock runs on: the first since the last resume.
    since = np.maximum(last_resume, begins - 1)
    stops = np.where(is_stop, index, -1)
    last_stop = np.maximum.accumulate(stops)
    stopped = (last_stop > since) & (last_stop >= begins)
    ends = first[1:] - 1
    came_back = np.maximum.reduceat(resumes & (np.maximum.accumulate(stops) >= begins), first[:-1])
    final = np.where(stopped[ends], _stopped_at(at, is_stop, since, ends, first), NEVER)
    return np.where(came_back, final, stop), stopped


def _stopped_at(at: Instants, is_stop: NDArray[np.bool_], since: Ints, ends: Ints, first: Ints) -> Instants:
    """When the last stop of each began: the first entry since the clock last ran on."""
    index = np.arange(len(at))
    counts = is_stop & (index > np.repeat(since[ends], np.diff(first)))
    entered: Instants = np.minimum.reduceat(np.where(counts, at, _LATER), first[:-1])
    return entered
