"""What a target of an agreement stands on: who has a case in turn, in which hours, and for how long at most."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from math import prod

from msgspec import Struct
from msgspec.structs import replace

from tamspec.diagnostics import Place
from tamspec.model.catalog import Agreement, Calendar
from tamspec.model.workspace import ALWAYS, Workspace
from tamspec.sla.chain import Arrivals, Leg, Stage, arrivals
from tamspec.sla.hours import days_of, hours_of, promiser, seconds_of
from tamspec.worktime import HorizonError, Span, Windows, midnight, time_zone, windows_of

NEAR = 60
"""Days behind the last arrival in which its case is done, as a rule."""
WIDEST = 128
"""Ways through a path that are looked at."""
LONGEST = 3000
_AHEAD = (NEAR, 400, LONGEST)
"""Further days are tried only where the nearer do not do."""


class Behind(Struct, frozen=True, kw_only=True):
    """A target of an agreement that stands behind another."""

    agreement: Agreement
    calendar: Calendar
    seconds: int
    at: Place


class Ground(Struct, frozen=True, kw_only=True, dict=True):
    """One target of an agreement with all that it stands on."""

    agreement: Agreement
    clock: str
    priority: str
    target: int
    stages: tuple[tuple[Behind, ...], ...]
    calendar: Calendar
    """In which the clock of the promise runs."""
    first: date
    last: date

    @property
    def promised(self) -> Decimal | None:
        """The share of cases in percent that must keep the target; None: every one."""
        return self.agreement.attainment.target if self.agreement.attainment else None

    @cached_property
    def calendars(self) -> tuple[Calendar, ...]:
        """That of the clock, and of each who stands behind it."""
        return (self.calendar, *(leg.calendar for stage in self.stages for leg in stage))

    @cached_property
    def zone(self) -> str:
        """That of the first who does not work around the clock: people know their hours by it."""
        return next((one.time_zone for one in self.calendars if one.name != ALWAYS.name), ALWAYS.time_zone)

    @property
    def uncounted(self) -> str:
        """What who promises does before anybody behind has the case: `support from reported to assigned`."""
        starts = {
            leg.agreement.clocks[self.clock].start for leg in self.stages[0] if self.clock in leg.agreement.clocks
        }
        begins = self.agreement.clocks[self.clock].start
        if not starts or begins in starts:
            return ""
        return f"{promiser(self.agreement)} from {begins} to {', '.join(sorted(starts))}"

    @property
    def key(self) -> Hashable:
        """Everything that the arithmetic depends on."""
        legs = tuple(tuple((id(leg.agreement), id(leg.calendar), leg.seconds) for leg in turn) for turn in self.stages)
        return (id(self.calendar), legs, self.target, self.promised, self.first, self.last)

    def with_hours(self, other: Callable[[Calendar], Calendar]) -> Ground:
        """The same with other hours of everybody, the clock's among them."""
        stages = tuple(tuple(replace(leg, calendar=other(leg.calendar)) for leg in stage) for stage in self.stages)
        return replace(self, calendar=other(self.calendar), stages=stages)


class Chain(Struct, frozen=True, kw_only=True, dict=True):
    """Stages with their hours expanded, and what becomes of every case that arrives in a span."""

    stages: tuple[tuple[Leg, ...], ...]
    clock: Windows
    span: Span
    ahead: int
    """Days behind the span that the hours are expanded for."""

    @cached_property
    def found(self) -> Arrivals:
        """HorizonError where the hours end before the last case is done."""
        return arrivals([needed(stage) for stage in self.stages], self.clock, self.span)

    @cached_property
    def of(self) -> int:
        """The seconds on the clock at which a case may arrive."""
        return self.clock.between(*self.span)


# -- from an agreement ------------------------------------------------------------------------------------------------


def stages(agreement: Agreement, clock: str, workspace: Workspace) -> tuple[tuple[Agreement, ...], ...]:
    """Who has a case in turn until a clock stops: nobody comes after somebody whose clock of that name ends with the
    same event."""
    made: list[tuple[Agreement, ...]] = []
    for turn in agreement.path:
        made.append(tuple(workspace.agreements[ref.name] for ref in turn))
        ends = {one.clocks[clock].stop for one in made[-1] if clock in one.clocks}
        if agreement.clocks[clock].stop in ends:
            break
    return tuple(made)


def ground_of(agreement: Agreement, clock: str, priority: str, workspace: Workspace) -> Ground | str:
    """What a target stands on, or why nothing can be said of it."""
    calendar = hours_of(agreement, workspace)
    if calendar is None:
        return f"{agreement.name} says no service hours, and {promiser(agreement)} has no duty hours."
    chain, made = stages(agreement, clock, workspace), list[tuple[Behind, ...]]()
    if chain and not any(clock in one.clocks for turn in chain for one in turn):
        return f"nobody behind {agreement.name} promises a {clock}: {promiser(agreement)} does it alone."
    for turn in chain:
        legs = [_behind(one, clock, priority, workspace) for one in turn]
        lost = [one for one in legs if isinstance(one, str)]
        if lost:
            return lost[0]
        made.append(tuple(one for one in legs if isinstance(one, Behind)))
    if prod(len(turn) for turn in made) > WIDEST or any(len(turn) > WIDEST // 8 for turn in made):
        return f"the path of {agreement.name} has more ways through it than can be looked at."
    if not made:
        return f"{agreement.name} names nobody who stands behind it."
    first, last = days_of(agreement, (calendar, *(leg.calendar for stage in made for leg in stage)))
    return Ground(
        agreement=agreement,
        clock=clock,
        priority=priority,
        target=seconds_of(agreement.priorities[priority][clock], calendar),
        stages=tuple(made),
        calendar=calendar,
        first=first,
        last=last,
    )


def _behind(one: Agreement, clock: str, priority: str, workspace: Workspace) -> Behind | str:
    calendar = hours_of(one, workspace)
    target = one.priorities.get(priority, {}).get(clock)
    if target is None:
        return f"{one.name} promises no {clock} of {priority}."
    if calendar is None:
        return f"{one.name} says no service hours, and {promiser(one)} has no duty hours."
    at = one.at / "spec" / "priorities" / priority / clock
    return Behind(agreement=one, calendar=calendar, seconds=seconds_of(target, calendar), at=at)


# -- to its hours -----------------------------------------------------------------------------------------------------


def chain_of(ground: Ground) -> Chain | None:
    """The chain over all days on which a case may arrive; None where somebody is never on duty again."""
    for ahead in _AHEAD:
        try:
            chain = expanded(ground, ground.first, ground.last + timedelta(1), ahead)
            if chain.found.at.size:
                return chain
        except HorizonError:
            continue
        except ValueError:  # a calendar that is never open
            return None
    return None


def expanded(ground: Ground, first: date, after: date, ahead: int) -> Chain:
    """The chain for the arrivals of some days of the zone in which it is told."""
    zone, last = time_zone(ground.zone), after + timedelta(ahead)

    def hours(calendar: Calendar) -> Windows:
        return windows_of(calendar, first - timedelta(8), last)

    legs = tuple(
        tuple(Leg(name=leg.agreement.name, hours=hours(leg.calendar), seconds=leg.seconds) for leg in stage)
        for stage in ground.stages
    )
    span = (midnight(first, zone), midnight(after, zone))
    return Chain(stages=legs, clock=hours(ground.calendar), span=span, ahead=ahead)


def needed(stage: Stage) -> list[Leg]:
    """The legs of a stage of which one is the last: of those with the same hours the longest."""
    longest: dict[int, Leg] = {}
    for leg in stage:
        known = longest.get(id(leg.hours))
        if known is None or known.seconds < leg.seconds:
            longest[id(leg.hours)] = leg
    return list(longest.values())
