"""Whether an agreement can be kept by those who stand behind it, before anybody signs it.

What stands behind it is taken at its word: each takes all the time that it promised, in its own hours, and somebody is
free whenever they are on duty. Nothing is sampled: see `chain`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from tamspec.model.catalog import Agreement, Calendar
from tamspec.model.promise import Hand, Promise, Proof, Told, Unproven, Way, spared
from tamspec.model.workspace import Workspace
from tamspec.sla.chain import Leg, case
from tamspec.sla.cover import gaps
from tamspec.sla.ground import LONGEST, NEAR, Behind, Chain, Ground, chain_of, expanded, ground_of
from tamspec.sla.hours import promiser
from tamspec.sla.supply import supply
from tamspec.sla.ways import ways
from tamspec.worktime import HorizonError, Windows, midnight, time_zone, week_of
from tamspec.worktime.kept import Kept


def promise(agreement: Agreement, workspace: Workspace) -> Promise:
    """Everything that can be computed of an agreement. Everything must have loaded without errors."""
    made = tuple(proofs(agreement, workspace))
    return Promise(
        agreement=agreement.name,
        proofs=tuple(one for one in made if isinstance(one, Proof)),
        unproven=tuple(one for one in made if isinstance(one, Unproven)),
        gaps=tuple(gaps(agreement, workspace)),
        supply=supply(agreement, workspace),
    )


def proofs(agreement: Agreement, workspace: Workspace) -> Iterator[Proof | Unproven]:
    """Of each target whether it can be kept, by priority as written."""
    for priority, targets in agreement.priorities.items():
        for clock in targets:
            if clock in agreement.clocks:
                yield _proof(agreement, clock, priority, workspace)


class Reckoned(Struct, frozen=True, kw_only=True):
    """What the arithmetic of a target gives, whoever promises it."""

    worst: Told
    ordinary: Told | None
    missed: int
    of: int
    ways: tuple[Way, ...]


def _proof(agreement: Agreement, clock: str, priority: str, workspace: Workspace) -> Proof | Unproven:
    ground = ground_of(agreement, clock, priority, workspace)
    if isinstance(ground, str):
        return Unproven(agreement=agreement.name, clock=clock, priority=priority, why=ground)
    made = _RECKONED.of(ground.key, ground, lambda: _reckoned(ground))
    at = agreement.at / "spec" / "priorities" / priority / clock
    if made is None:
        why = f"A case of {ground.last} is not done within {LONGEST} days: somebody behind it is not on duty any more."
        return Unproven(agreement=agreement.name, clock=clock, priority=priority, why=why, never=True, at=at)
    return Proof(
        agreement=agreement.name,
        clock=clock,
        priority=priority,
        target=ground.target,
        promised=ground.promised,
        hours=ground.calendar.name,
        zone=ground.zone,
        first=ground.first,
        last=ground.last,
        worst=made.worst,
        ordinary=made.ordinary,
        missed=made.missed,
        of=made.of,
        ways=made.ways,
        uncounted=ground.uncounted,
        at=at,
        behind=tuple(leg.at for stage in ground.stages for leg in stage),
    )


def _reckoned(ground: Ground) -> Reckoned | None:
    """None where somebody is never on duty again."""
    chain = chain_of(ground)
    if chain is None:
        return None
    missed = chain.found.missed(ground.target)
    return Reckoned(
        worst=_told(ground, chain),
        ordinary=_ordinary(ground),
        missed=missed,
        of=chain.of,
        ways=tuple(ways(ground, chain)) if missed > spared(ground.promised) * chain.of else (),
    )


_PLAIN: Kept[Calendar, Calendar] = Kept(64)
_RECKONED: Kept[Ground, Reckoned | None] = Kept(1024)


def _told(ground: Ground, chain: Chain) -> Told:
    """The worst case, with what each does in it."""
    at = int(chain.found.at[chain.found.worst])
    found = case(at, chain.stages, chain.clock)
    hands = []
    for turn, legs, done in zip(ground.stages, chain.stages, found.hands, strict=True):
        came = at
        hands.append(tuple(_hand(one, leg, came) for one, leg in zip(turn, legs, strict=True)))
        at = done
    return Told(arrival=found.arrival, stages=tuple(hands), elapsed=found.elapsed)


def _hand(one: Behind, leg: Leg, came: int) -> Hand:
    return Hand(
        agreement=one.agreement.name,
        who=promiser(one.agreement),
        calendar=one.calendar.name,
        seconds=one.seconds,
        came=came,
        done=(done := leg.hours.add(came, leg.seconds)),
        away=_away(leg.hours, came, done),
    )


def _away(hours: Windows, came: int, done: int) -> tuple[int, int] | None:
    """The longest time from the one instant to the other in which the hours are closed, the first of equal ones."""
    longest, at = None, came
    while at < done:
        opening, closing = hours.windows(at, 1)[0]
        if opening > at and (longest is None or opening - at > longest[1] - longest[0]):
            longest = (at, min(opening, done))
        at = closing
    return longest


def _plain(calendar: Calendar) -> Calendar:
    """The calendar without the days that differ."""
    return _PLAIN.of(id(calendar), calendar, lambda: replace(calendar, holidays={}, overrides={}))


def _ordinary(ground: Ground) -> Told | None:
    """The worst case of a week in which nobody has a holiday and no clock is changed."""
    usual = ground.with_hours(_plain)
    if any(not any(week_of(one)) for one in usual.calendars):
        return None
    zones = {time_zone(one.time_zone) for one in usual.calendars}
    monday = ground.first + timedelta(-ground.first.weekday() % 7)
    for week in range(26):
        begin = monday + timedelta(7 * week)
        steady = all(midnight(begin + timedelta(30), zone) - midnight(begin, zone) == 30 * 24 * 3600 for zone in zones)
        if steady:
            try:
                return _told(usual, expanded(usual, begin, begin + timedelta(7), NEAR))
            except HorizonError:
                return None
    return None
