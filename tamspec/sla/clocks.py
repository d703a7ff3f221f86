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


def cases(
    history: History, incidents: Ints, clock: Clock, now: int, arrival: Instants, ended: Instants | None = None
) -> Cases:
    """The clock of each of some incidents, in their order; one that has not stopped runs until now. What was written
    before an incident's `arrival` is passed over. Where one has `ended` (`NEVER`: it has not), its clock has too."""
    rows, case, first = _rows(history, incidents)
    at, state = history.at[rows], history.state[rows]
    passed = at < arrival[case]
    start = _event(history, incidents, clock.start, at, _in(history, state, (clock.start,)) & ~passed, first)
    since = start[case]
    is_stop = _in(history, state, (clock.stop,)) & (at >= since) & ~passed
    stop = _event(history, incidents, clock.stop, at, is_stop, first)
    pauses = _in(history, state, clock.pause) & ~passed
    until = np.where(stop == NEVER, now, stop)
    if ended is not None:
        stop, until = _ended(start, stop, ended, now)
    end = np.append(at[1:], 0)
    end[first[1:] - 1] = _LATER
    np.minimum(end, until[case], out=end)
    stretches = Stretches(case=case, begin=np.maximum(at, since), end=end, runs=~pauses, row=rows)
    began = _first(at, first)
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
        resumes = _in(history, state, clock.resume) & (at >= since) & ~passed
        back = _came_back(stop, is_stop, resumes, at, case, first)
        if back.size:
            stop = stop.copy()
            stretches = _without(stretches, back)
            for one in back.tolist():
                span = slice(first[one], first[one + 1])
                column = history.events[clock.stop][incidents[one]] if clock.stop in history.events else NEVER
                words = (is_stop[span].tolist(), resumes[span].tolist(), pauses[span].tolist())
                limit = min(now, int(ended[one])) if ended is not None and ended[one] != NEVER else now
                told = _again(at[span].tolist(), words, int(start[one]), int(column), limit)
                stop[one] = told[1]
                stretches = _together(stretches, _explicit(one, told[0], rows[span]))
    return Cases(start=start, stop=stop, stretches=stretches)


def first_stops(history: History, incidents: Ints, clock: Clock, arrival: Instants) -> Instants:
    """When the clock of each of some incidents first stopped; `NEVER` where it has not."""
    rows, case, first = _rows(history, incidents)
    at, state = history.at[rows], history.state[rows]
    passed = at < arrival[case]
    start = _event(history, incidents, clock.start, at, _in(history, state, (clock.start,)) & ~passed, first)
    is_stop = _in(history, state, (clock.stop,)) & (at >= start[case]) & ~passed
    return _event(history, incidents, clock.stop, at, is_stop, first)


def _ended(start: Instants, stop: Instants, ended: Instants, now: int) -> tuple[Instants, Instants]:
    """A clock stops at the latest when its incident ends; one that starts later shows nothing."""
    over = np.where(ended == NEVER, ended, np.maximum(ended, start))
    made = np.where(stop == NEVER, over, np.where(over == NEVER, stop, np.minimum(stop, over)))
    return made, np.where(made == NEVER, now, made)


# -- incidents that come back: few, so each by itself ------------------------------------------------------------------


def _came_back(
    stop: Instants,
    is_stop: NDArray[np.bool_],
    resumes: NDArray[np.bool_],
    at: Instants,
    case: Ints,
    first: Ints,
) -> Ints:
    """The cases whose clock runs on after it had stopped."""
    entered = np.minimum.reduceat(np.where(is_stop, at, _LATER), first[:-1])
    stopped = np.minimum(entered, np.where(stop == NEVER, _LATER, stop))
    found: Ints = np.unique(case[resumes & (at >= stopped[case])])
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


# -- rows and events --------------------------------------------------------------------------------------------------


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
