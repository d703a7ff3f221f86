"""The clock of `worktime` for many instants at once: the same answers, for arrays of UTC epoch seconds (int64).

Where every edge of the windows lies on a quarter of an hour, a table of quarters answers; elsewhere a search does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from tamspec.model.values import utc_text
from tamspec.worktime import HorizonError, Windows, moment, offset

Instants = NDArray[np.int64]
"""UTC epoch seconds."""
Seconds = NDArray[np.int64]

QUARTER = 900
_MOST_QUARTERS = 4_000_000  # a century; the table takes 8 bytes for each
_AT_ONCE = 1 << 15  # what is computed in between stays in the processor's cache


class ArrayClock:
    """A calendar's windows, asked for many instants at once."""

    def __init__(self, windows: Windows, *, table: bool = True) -> None:
        """Without `table` a search answers also where a table could."""
        self.horizon = windows.horizon
        # A calendar that is never open is open for no time at the beginning.
        never = self.horizon[:1]
        self.starts: Instants = np.array(windows.starts or never, np.int64)
        self.ends: Instants = np.array(windows.ends or never, np.int64)
        self.before: Seconds = np.array(windows.before if windows.starts else (0, 0), np.int64)
        self.table = _quarters(self) if table else None

    def position(self, t: Instants) -> Seconds:
        """The open seconds of the horizon before each instant. HorizonError where one is outside."""
        self._within(t)
        made = np.empty(t.shape, np.int64)
        flat, out = t.ravel(), made.reshape(-1)
        for at in range(0, flat.size, _AT_ONCE):
            part = flat[at : at + _AT_ONCE]
            out[at : at + _AT_ONCE] = self._searched(part) if self.table is None else self._looked_up(part)
        return made

    def between(self, a: Instants, b: Instants) -> Seconds:
        """Working seconds from the one to the other. ValueError where the second comes first."""
        if np.any(b < a):
            at = int(np.argmax(b < a))
            ended, started = (utc_text(moment(int(side.flat[at]))) for side in (b, a))
            raise ValueError(f"The interval ends at {ended}, before it starts at {started}.")
        return self.position(b) - self.position(a)

    def add(self, t: Instants, seconds: Seconds | int) -> Instants:
        """The instants that many working seconds later, earlier if negative; the same for none."""
        by = np.broadcast_to(np.asarray(seconds, np.int64), t.shape)
        target = self.position(t) + by
        if np.any((target < 0) | (target > self.before[-1])):
            raise HorizonError("The horizon ends before so much working time has passed.")
        forward = np.searchsorted(self.before, target, "left")
        at = np.where(by > 0, forward, np.searchsorted(self.before, target, "right")) - 1
        at = np.minimum(at, len(self.starts) - 1)
        return np.where(by == 0, t, self.starts[at] + target - self.before[at])

    def is_open(self, t: Instants) -> NDArray[np.bool_]:
        """Whether each instant lies in a window."""
        self._within(t, last=self.horizon[1] - 1)
        at = np.searchsorted(self.ends, t, "right")
        inside = at < len(self.starts)
        return inside & (self.starts[np.minimum(at, len(self.starts) - 1)] <= t)

    def next_open(self, t: Instants) -> Instants:
        """The first open instant at or after each. HorizonError where nothing opens any more."""
        self._within(t)
        at = np.searchsorted(self.ends, t, "right")
        if np.any(at == len(self.starts)):
            raise HorizonError("The horizon ends before the calendar opens again.")
        return np.maximum(t, self.starts[at])

    def previous_open(self, t: Instants) -> Instants:
        """Each instant if open, else the last closing instant before it. HorizonError where nothing was open yet."""
        self._within(t)
        at = np.searchsorted(self.starts, t, "right") - 1
        if np.any(at < 0) or not self.before[-1]:
            raise HorizonError("The calendar was not open yet within the horizon.")
        return np.minimum(t, self.ends[at])

    def _searched(self, t: Instants) -> Seconds:
        at = np.searchsorted(self.starts, t, "right") - 1
        window = np.maximum(at, 0)
        passed = self.before[window] + np.minimum(t, self.ends[window]) - self.starts[window]
        return np.where(at < 0, 0, passed)

    def _looked_up(self, t: Instants) -> Seconds:
        assert self.table is not None
        since = t - self.horizon[0]
        quarter = since // QUARTER
        packed = self.table[quarter]
        since -= quarter * QUARTER
        since *= packed & 1
        packed >>= 1
        packed += since
        return packed

    def _within(self, t: Instants, last: int | None = None) -> None:
        low, high = self.horizon[0], self.horizon[1] if last is None else last
        if t.size and (t.min() < low or t.max() > high):
            out = int(t.min()) if t.min() < low else int(t.max())
            reach = f"{utc_text(moment(low))} to {utc_text(moment(self.horizon[1]))}"
            raise HorizonError(f"{utc_text(moment(out))} is outside the horizon, {reach}.")


def _quarters(clock: ArrayClock) -> Seconds | None:
    """For each quarter of an hour of the horizon twice the open seconds before it, and one more where it is open; None
    where a window begins or ends within a quarter, or the table would be too large."""
    low, high = clock.horizon
    count = -((low - high) // QUARTER) + 1
    opens, closes = clock.starts - low, clock.ends - low
    if count > _MOST_QUARTERS or np.any(opens % QUARTER) or np.any(closes[closes < high - low] % QUARTER):
        return None
    marks = np.zeros(count + 1, np.int64)
    marks[opens // QUARTER] = 1
    np.subtract.at(marks, -(-closes // QUARTER), 1)
    is_open = np.cumsum(marks)[:count]
    before = np.zeros(count, np.int64)
    np.cumsum(is_open[:-1] * QUARTER, out=before[1:])
    table: Seconds = 2 * before + is_open
    return table


class Wall:
    """What the clock on the wall of a time zone shows, in the years from the first to the last: both included."""

    def __init__(self, zone: ZoneInfo, first: int, last: int) -> None:
        low = int(datetime(first, 1, 1, tzinfo=UTC).timestamp()) - 2 * 86400
        high = int(datetime(last + 1, 1, 1, tzinfo=UTC).timestamp()) + 2 * 86400
        turns = list(_turns(zone, low, high))
        offsets = [offset(zone, low), *(after for _, after in turns)]
        self._at = np.array([at for at, _ in turns] + [np.iinfo(np.int64).max], np.int64)
        self._offsets = np.array(offsets, np.int64)
        pairs = zip(turns, offsets[:-1], strict=True)
        self._shown = np.array([at + max(after, before) for (at, after), before in pairs], np.int64)

    def instants(self, shown: NDArray[np.int64]) -> Instants:
        """When the clock shows these times, given as the seconds from 1970 that it shows: a time that it skips is when
        it goes on, of one that it shows twice the first."""
        if not shown.size:
            return shown
        low, high = int(shown.min()), int(shown.max())
        # Most times lie between two turns; each turn among them is a pass or two.
        first, last = np.searchsorted(self._shown, (low, high), "right")
        made: Instants = shown - self._offsets[first]
        for turn, before, after in zip(
            self._shown[first:last], self._offsets[first:last], self._offsets[first + 1 : last + 1], strict=True
        ):
            made[shown >= turn] += before - after
        for at, before, after in zip(self._at[:-1], self._offsets[:-1], self._offsets[1:], strict=True):
            if at + before <= high and low < at + after and after > before:
                made[(shown >= at + before) & (shown < at + after)] = at
        return made

    def shown(self, t: Instants) -> NDArray[np.int64]:
        """What the clock shows at these instants."""
        return t + self._offsets[np.searchsorted(self._at[:-1], t, "right")]


@lru_cache(maxsize=256)
def wall(zone: ZoneInfo, first: int, last: int) -> Wall:
    """The clock on the wall of a zone in these years."""
    return Wall(zone, first, last)


def _turns(zone: ZoneInfo, low: int, high: int) -> Iterator[tuple[int, int]]:
    """The instants at which the zone's clocks are changed, with the offset from then on."""
    step = int(timedelta(hours=12).total_seconds())
    old = offset(zone, low)
    for at in range(low + step, high + step, step):
        new = offset(zone, at)
        if new != old:
            yield at - step + bisect_left(range(at - step, at), 1, key=lambda t: offset(zone, t) != old), new
        old = new
