"""How long a promise can take at worst when others stand behind it, each with its own hours; exact to the second.

A case passes from one to the next. Each takes all the time that it promised, in its own hours, as the worst case is.
What passes on the clock of the promise is then a function of the instant of arrival that is linear but for a few
instants: those from which on something begins or ends at an edge of somebody's hours. Only there it can be greatest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise, product

from msgspec import Struct

from tamspec.worktime import HorizonError, Span, Windows


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


def worst(stages: Sequence[Stage], clock: Windows, span: Span) -> Case:
    """The case that takes longest of all that arrive from the one instant to the other; of equals the first one at an
    edge of somebody's hours, since people know those. HorizonError where the calendars end before the last is done.
    """
    edges = {*_edges(clock), *(at for stage in stages for leg in stage for at in _edges(leg.hours))}
    cases = (case(at, stages, clock) for at in _arrivals(stages, clock, span))
    return max(cases, key=lambda one: (one.elapsed, one.arrival in edges, -one.arrival))


def missed(stages: Sequence[Stage], clock: Windows, span: Span, target: int) -> int:
    """The seconds on the clock, among those from the one instant to the other, at which a case arrives that takes
    longer than the target. HorizonError where the calendars end before the last is done."""
    total = 0
    for low, high in pairwise(_arrivals(stages, clock, span)):
        if clock.between(low, high):
            total += _above(target, high - low, case(low, stages, clock).elapsed, case(high - 1, stages, clock).elapsed)
    return total


def _above(target: int, seconds: int, first: int, last: int) -> int:
    """In how many of some seconds a value that goes evenly from the first to the last is above the target."""
    if (first > target) == (last > target):
        return seconds if first > target else 0
    step = (last - first) // (seconds - 1)
    return -((target - first) // step) + seconds - 1 if step > 0 else -((target - first) // -step)


def _arrivals(stages: Sequence[Stage], clock: Windows, span: Span) -> list[int]:
    """The arrivals from which on something happens at another pace, with the seconds around them, within a span."""
    found = {*span}
    for path in product(*stages):
        found.update(_turns(path, clock))
    near = {at + by for at in found for by in (-1, 0, 1)}
    return sorted(at for at in near if span[0] <= at <= span[1])


def _turns(path: Sequence[Leg], clock: Windows) -> set[int]:
    """The arrivals from which on something begins or ends at an edge of somebody's hours, on one way through."""
    ahead = {*_edges(clock)}
    for leg in reversed(path):
        ahead.update(_edges(leg.hours))
        ahead = {*_back(ahead, leg), *_edges(leg.hours)}
    return ahead.union(_edges(clock))


def _edges(hours: Windows) -> Iterator[int]:
    yield from hours.starts
    yield from hours.ends


def _back(instants: Iterable[int], leg: Leg) -> Iterator[int]:
    """When a leg began that ends at one of these instants; those that its calendar does not reach are left out."""
    for at in instants:
        with suppress(HorizonError):
            yield leg.hours.add(at, -leg.seconds)
