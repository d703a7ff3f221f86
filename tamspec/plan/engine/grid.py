"""Working time as slots: what several calendars have in common is a list of them, so "n slots of work later" is a sum.

All lengths of work are counted in slots of the UTC quarter-hour grid.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain, pairwise

from tamspec.model.values import Duration, utc_text
from tamspec.worktime import HorizonError, Windows, moment

SLOT = 15 * 60
"""Seconds of a slot."""

_WEEK = 7 * 24 * 60 * 60 // SLOT


def grid_after(t: int) -> int:
    """The first instant of the grid at or after `t`."""
    return -(-t // SLOT) * SLOT


@lru_cache(maxsize=4096)
def text(t: int) -> str:
    """An instant as programs read it."""
    return utc_text(moment(t))


class Working:
    """The slots (numbered from the epoch) in which some calendars are all open; a position counts them.

    Jobs are planned on positions `first` to `stop`; the positions around them only measure time.
    """

    def __init__(self, slots: Sequence[int], at: int, horizon: int) -> None:
        self.slots = slots
        self.is_always = isinstance(slots, range)
        self.first = bisect_left(slots, at // SLOT)
        self.stop = max(self.first, bisect_left(slots, horizon // SLOT))

    @cached_property
    def openings(self) -> list[tuple[int, int]]:
        """The first position of each time that is open without a pause, and the one behind its last."""
        slots, first, stop = self.slots, self.first, self.stop
        if self.is_always or first == stop:
            return [(first, stop)]
        edges = [at for at in range(first + 1, stop) if slots[at] != slots[at - 1] + 1]
        return list(pairwise([first, *edges, stop]))

    def after(self, t: int) -> int:
        """The position of the first slot that begins at or after `t`."""
        return max(0, -(-t // SLOT)) if self.is_always else bisect_left(self.slots, -(-t // SLOT))

    def before(self, t: int) -> int:
        """How many slots end at or before `t`."""
        return max(0, t // SLOT) if self.is_always else bisect_left(self.slots, t // SLOT)

    def index(self, slot: int) -> int | None:
        """The position of a slot; None where it is closed."""
        at = bisect_left(self.slots, slot)
        return at if at < len(self.slots) and self.slots[at] == slot else None

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
        self._working: dict[tuple[str, ...], Working] = {}
        self._waits_over: dict[tuple[str, Duration, int], int] = {}
        self._waits_from: dict[tuple[str, Duration, int], int] = {}

    def working(self, names: tuple[str, ...]) -> Working:
        """The slots in which all of the windows named are open; none named: every slot."""
        known = self._working.get(names)
        if known is None:
            known = self._working[names] = Working(self._common(names), self.at, self.horizon)
        return known

    def _common(self, names: tuple[str, ...]) -> Sequence[int]:
        if not names:
            return range(1 << 40)
        first, *others = (open_slots(self.hours[name]) for name in dict.fromkeys(names))
        return sorted(set(first).intersection(*others)) if others else first

    def wait_over(self, wait: Duration, hours: str, since: int) -> int:
        """When a wait that begins at `since` is over, its working days being those of `hours` (empty: every day).

        HorizonError where the calendar ends before.
        """
        t = since + _plain_wait(wait, hours)
        if not (wait.working_days and hours):
            return t
        question = (hours, wait, t)
        known = self._waits_over.get(question)
        if known is None:
            windows = self.hours[hours]
            known = windows.add_days(max(t, windows.horizon[0]), wait.working_days)
            self._waits_over[question] = known
        return known

    def wait_from(self, wait: Duration, hours: str, over: int) -> int:
        """The latest time on the grid at which a wait may begin to be over by `over`."""
        if not (wait.working_days and hours):
            return over - _plain_wait(wait, hours)
        question = (hours, wait, over)
        if question not in self._waits_from:
            earliest, last = self.hours[hours].horizon[0] // SLOT, over // SLOT
            # Most calendars have five working days a week: look near first, then ever further back.
            reach = _WEEK + _WEEK * (wait.working_days // 5)
            while (low := max(earliest, last - reach)) > earliest and self._waits_past(wait, hours, low, over):
                reach *= 2
            slots = range(low, max(low, last))
            in_time = bisect_left(slots, True, key=lambda slot: self._waits_past(wait, hours, slot, over))
            self._waits_from[question] = (low + max(0, in_time - 1)) * SLOT
        return self._waits_from[question]

    def _waits_past(self, wait: Duration, hours: str, slot: int, over: int) -> bool:
        try:
            return self.wait_over(wait, hours, slot * SLOT) > over
        except HorizonError:
            return True

    def rest_day(self, name: str, finish: int) -> list[int]:
        """The slots of the first working day that begins after a night that ends at `finish`; HorizonError: none."""
        days = self.hours[name].days
        at = bisect_left(days, finish, key=lambda day: day[1][0][0])
        if at == len(days):
            raise HorizonError(f"There is no working day after {text(finish)}.")
        return [slot for start, end in days[at][1] for slot in range(start // SLOT, -(-end // SLOT))]

    def shut(self, working: Working, name: str) -> Iterator[tuple[int, int]]:
        """The positions at which windows are open, from and to; equal where they lie in time that is closed anyway."""
        windows = self.hours[name]
        for start, end in zip(windows.starts, windows.ends, strict=True):
            yield working.after(start - start % SLOT), working.after(end)


def _plain_wait(wait: Duration, hours: str) -> int:
    """The seconds of the wait that pass on any day."""
    days = 0 if hours else wait.working_days
    return 60 * wait.minutes + 24 * 60 * 60 * days


def open_slots(windows: Windows) -> list[int]:
    """The slots that are open from end to end."""
    spans = zip(windows.starts, windows.ends, strict=True)
    return list(chain.from_iterable(range(-(-start // SLOT), end // SLOT) for start, end in spans))
