"""What would make a promise one that can be kept: of each kind the smallest change that alone is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from msgspec.structs import replace

from tamspec.model.catalog import Calendar, Shift
from tamspec.model.promise import Way, spared
from tamspec.sla.chain import Leg
from tamspec.sla.ground import Behind, Chain, Ground, expanded, needed
from tamspec.sla.hours import promiser
from tamspec.worktime import week_of

_STEP = 15 * 60
"""Targets are proposed in quarters of an hour."""


def ways(ground: Ground, chain: Chain) -> Iterator[Way]:
    """The smallest changes of which each alone is enough."""
    promised, allowed = ground.promised, spared(ground.promised) * chain.of

    def enough(changed: Chain) -> bool:
        return changed.found.missed(ground.target) <= allowed

    yield from _faster(ground, chain, enough)
    yield from _on_duty(ground, chain, enough)
    most = -(-int(chain.found.elapsed.max()) // _STEP)
    steps = _first(lambda step: chain.found.missed(step * _STEP) <= allowed, ground.target // _STEP, most)
    yield Way(kind="target", seconds=steps * _STEP)
    if promised is not None:
        kept = 1000 * (1 - Fraction(chain.found.missed(ground.target), chain.of))
        if kept >= 500:
            yield Way(kind="attainment", share=Decimal(int(kept)) / 10)


def _faster(ground: Ground, chain: Chain, enough: Callable[[Chain], bool]) -> Iterator[Way]:
    """The agreements of which a shorter target is enough, and the longest that is."""
    for at, stage in enumerate(chain.stages):
        for index, leg in enumerate(stage):
            if not any(leg is one for one in needed(stage)):
                continue

            def short(minutes: int, at: int = at, index: int = index, leg: Leg = leg) -> Chain:
                quick = replace(leg, seconds=60 * minutes)
                turn = (*chain.stages[at][:index], quick, *chain.stages[at][index + 1 :])
                return Chain(
                    stages=(*chain.stages[:at], turn, *chain.stages[at + 1 :]),
                    clock=chain.clock,
                    span=chain.span,
                    ahead=chain.ahead,
                )

            most = leg.seconds // 60
            if most > 1 and enough(short(1)):
                too_long = _first(lambda minutes, short=short: not enough(short(minutes)), 1, most)  # type: ignore[misc]
                yield Way(kind="faster", who=ground.stages[at][index].agreement.name, seconds=60 * (too_long - 1))


def _on_duty(ground: Ground, chain: Chain, enough: Callable[[Chain], bool]) -> Iterator[Way]:
    """For each who works in hours of their own, the fewest more in which it is enough to be on duty."""
    seen: set[str] = set()
    for stage in ground.stages:
        for leg in stage:
            who, calendar = promiser(leg.agreement), leg.calendar
            if who in seen or calendar.name == ground.calendar.name or leg.agreement.provider is None:
                continue
            seen.add(who)
            for told, longer in _longer(calendar):
                if enough(_with_hours(ground, chain, who, calendar, longer)):
                    yield Way(kind="duty", who=who, hours=told)
                    break


def _longer(calendar: Calendar) -> Iterator[tuple[str, Calendar]]:
    """The calendar with more hours, the fewest first."""
    all_day = (Shift(0, 24 * 60),)
    week = week_of(calendar)
    worked = [shifts for shifts in week if shifts]
    usual = max(worked, key=lambda shifts: (worked.count(shifts), _edges(shifts)), default=all_day)
    bare = replace(calendar, holidays={}, overrides={})
    yield "on holidays too, as on any other day of the week", bare
    yield "every day of the week, holidays too", replace(bare, hours={"mon-sun": usual})
    yield "from Monday to Friday around the clock, holidays too", replace(bare, hours={"mon-fri": all_day})
    yield "around the clock", replace(bare, hours={"mon-sun": all_day})


def _edges(shifts: tuple[Shift, ...]) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in shifts]


def _with_hours(ground: Ground, chain: Chain, who: str, calendar: Calendar, longer: Calendar) -> Chain:
    """The chain if one of those who work by a calendar had other hours."""

    def turn(leg: Behind) -> Behind:
        theirs = promiser(leg.agreement) == who and leg.calendar.name == calendar.name
        return replace(leg, calendar=longer) if theirs else leg

    turned = replace(ground, stages=tuple(tuple(turn(leg) for leg in stage) for stage in ground.stages))
    return expanded(turned, ground.first, ground.last + timedelta(1), chain.ahead)


def _first(true: Callable[[int], bool], low: int, high: int) -> int:
    """The first of some numbers from which on something is true, above `low`, where it is not; it is for `high`."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if true(middle) else (middle, high)
    return high
