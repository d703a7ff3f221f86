"""How long a promise can take at worst when others stand behind it, each with its own hours; exact to the second.

A case passes from one to the next. Each takes all the time that it promised, in its own hours, as the worst case is.
What passes on the clock of the promise is then a function of the instant of arrival that is linear but for a few
instants: those from which on something begins or ends at an edge of somebody's hours. Only there it can be greatest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
from msgspec import Struct

from tamspec.worktime import Span, Windows
from tamspec.worktime.arrays import ArrayClock, Instants, Seconds
from tamspec.worktime.kept import Kept


class Leg(Struct, frozen=True, kw_only=True):
    """A promise that stands behind another."""

    name: str
    hours: Windows
    """When its clock runs."""
    seconds: int
    """How much of them it may take."""


Stage = Sequence[Leg]
"""Legs that are under way at the same time; the next stage begins when the last of them is done."""


class Case(Struct, frozen=True, kw_only=True):
    """One arrival, and what becomes of it; UTC epoch seconds."""

    arrival: int
    hands: tuple[int, ...]
    """When each stage is done."""
    elapsed: int
    """Seconds on the clock of the promise, from the arrival to the end of the last stage."""


def case(arrival: int, stages: Sequence[Stage], clock: Windows) -> Case:
    """What becomes of a case that arrives then. HorizonError where the calendars end before."""
    at, hands = arrival, []
    for stage in stages:
        at = max((leg.hours.add(at, leg.seconds) for leg in stage), default=at)
        hands.append(at)
    return Case(arrival=arrival, hands=tuple(hands), elapsed=clock.between(arrival, at))


class Arrivals(Struct, frozen=True, kw_only=True):
    """All arrivals of a span at which something changes, with what becomes of each: between two of them the time that a
    case takes grows, falls or stays evenly."""

    at: Instants
    elapsed: Seconds
    """Seconds on the clock of the promise until the case is done."""
    passed: Seconds
    """Seconds on the clock of the promise from the beginning of the span until the arrival."""
    known: np.typing.NDArray[np.bool_]
    """Whether somebody's hours begin or end just then: people know those instants."""

    @property
    def worst(self) -> int:
        """The index of the case that takes longest; of equals the first at an edge of somebody's hours."""
        longest = self.elapsed == self.elapsed.max()
        return int(np.argmax(longest & self.known) if np.any(longest & self.known) else np.argmax(longest))

    def missed(self, target: int) -> int:
        """In how many seconds on the clock, of the span, a case arrives that takes longer than the target."""
        # Each stretch ends where the next begins, and nothing changes its pace from the one to just before the other.
        seconds, first, last = np.diff(self.passed), self.elapsed[:-1], self.elapsed[1:]
        length = np.diff(self.at)
        first, last, seconds, length = (each[seconds > 0] for each in (first, last, seconds, length))
        even = length == 1
        above = np.where(even & (first > target), seconds, 0)
        # Of a longer stretch the arrivals are whole seconds at which the value goes by `step` each.
        step = np.where(even, 1, (last - first) // length)
        rising = np.clip(length - 1 - (target - first) // np.where(step > 0, step, 1), 0, length)
        falling = np.clip(-((target - first) // np.where(step < 0, -step, 1)), 0, length)
        sloping = np.where(step > 0, rising, np.where(step < 0, falling, np.where(first > target, length, 0)))
        return int(np.sum(np.where(even, above, sloping)))


def arrivals(stages: Sequence[Stage], clock: Windows, span: Span) -> Arrivals:
    """The arrivals of a span that tell of all others. HorizonError where the calendars end before the last is done."""
    clocks = {id(hours): _clock(hours) for hours in (clock, *(leg.hours for stage in stages for leg in stage))}
    own = clocks[id(clock)]
    ways = [[(clocks[id(leg.hours)], leg.seconds) for leg in stage] for stage in stages]
    turns = _in_order([_turns(path, own) for path in product(*ways)])
    near = _near(np.concatenate([turns, np.array(span)]), span)
    done, overtaken = _followed(near, ways)
    while overtaken.size:
        near = _in_order([near, _near(overtaken, span)])
        done, overtaken = _followed(near, ways)
    edges = np.concatenate([_edges(one) for one in clocks.values()])
    passed = own.position(near)
    return Arrivals(at=near, elapsed=own.position(done) - passed, passed=passed - passed[0], known=np.isin(near, edges))


_CLOCKS: Kept[Windows, ArrayClock] = Kept(64)


def _clock(hours: Windows) -> ArrayClock:
    # A table takes longer to make than it takes to search for some thousands of arrivals.
    return _CLOCKS.of(id(hours), hours, lambda: ArrayClock(hours, table=False))


def _near(instants: Instants, span: Span) -> Instants:
    """Instants with the seconds around them, as far as they lie in the span."""
    near = _in_order([instants - 1, instants, instants + 1])
    return near[(near >= span[0]) & (near <= span[1])]


def _followed(at: Instants, ways: Sequence[Sequence[tuple[ArrayClock, int]]]) -> tuple[Instants, Instants]:
    """When the last stage is done for each arrival; and the arrivals between from which on another leg of the first
    stage of which there are any is the last. Those are whole seconds: of two legs one ends later by a second for each
    second that the case comes later, and the other at the same time as before."""
    done, overtaken = at, at[:0]
    for stage in ways:
        ends = [hours.add(done, seconds) for hours, seconds in stage]
        for first, second in combinations(ends, 2) if not overtaken.size else ():
            ahead = first - second
            turned = np.flatnonzero((ahead[:-1] * ahead[1:] < 0) & (np.diff(at) > 1))
            overtaken = np.concatenate([overtaken, at[turned] + np.abs(ahead[turned])])
        done = np.max(ends, axis=0) if ends else done
    return done, overtaken


def _turns(path: Sequence[tuple[ArrayClock, int]], clock: ArrayClock) -> Instants:
    """The arrivals from which on something begins or ends at an edge of somebody's hours, on one way through."""
    ahead = _edges(clock)
    for hours, seconds in reversed(path):
        ahead = _in_order([ahead, _edges(hours)])
        ahead = np.concatenate([_back(ahead, hours, seconds), _edges(hours)])
    return _in_order([ahead, _edges(clock)])


def _edges(hours: ArrayClock) -> Instants:
    return np.concatenate([hours.starts, hours.ends])


def _back(instants: Instants, hours: ArrayClock, seconds: int) -> Instants:
    """When a leg began that ends at one of these instants; those that its calendar does not reach are left out."""
    low, high = hours.horizon
    inside = instants[(instants >= low) & (instants <= high)]
    return hours.add(inside[hours.position(inside) >= seconds], -seconds)


def _in_order(some: Sequence[Instants]) -> Instants:
    """All of them in order, each once; quicker than `numpy.unique`, which hashes."""
    made = np.sort(np.concatenate(some))
    return made[np.append(True, made[1:] != made[:-1])] if made.size else made
