"""The arithmetic of a promise in the words of a service manager."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from tamspec.model.promise import Gap, Hand, Promise, PromiseTold, Proof, Supply, TargetTold, Unproven, Way, spared
from tamspec.model.values import DAYS, MONTHS
from tamspec.model.values import length_text as length
from tamspec.worktime import moment, time_zone

ASSUMED = "Assumed: somebody is free whenever they are on duty, and everybody takes all the time that they promised."


def when(t: int, zone: str, near: int | None = None) -> str:
    """An instant as people read it: `Fri 24 Oct 2025 18:00`; near another instant no more than it takes to tell them
    apart."""
    local = moment(t).astimezone(time_zone(zone))
    clock = f"{local.hour:02}:{local.minute:02}"
    if near is not None:
        other = moment(near).astimezone(time_zone(zone))
        if other.date() == local.date():
            return clock
        if other.year == local.year:
            return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {clock}"
    return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year} {clock}"


def weekday(t: int, zone: str) -> str:
    """`Fri 18:00`."""
    local = moment(t).astimezone(time_zone(zone))
    return f"{DAYS[local.weekday()]} {local.hour:02}:{local.minute:02}"


def percent(share: Fraction) -> str:
    """A share: `76.1 %`; of what is nearly none or nearly all as many digits as tell it from that."""
    for digits in range(1, 12):
        text = f"{float(100 * share):.{digits}f}"
        if (float(text) == 0) == (share == 0) and (float(text) == 100) == (share == 1):
            break
    return f"{text.rstrip('0').rstrip('.')} %"


def promised(proof: Proof) -> str:
    """`p1 resolution in 4h`."""
    return f"{proof.priority} {proof.clock} in {length(proof.target)}"


def worst(proof: Proof) -> str:
    """The worst case in one sentence."""
    told, zone = proof.worst, proof.zone
    hands = [max(stage, key=lambda hand: hand.done) for stage in told.stages if stage]
    steps = []
    for stage, hand in zip((stage for stage in told.stages if stage), hands, strict=True):
        most = f" (the last of {len(stage)})" if len(stage) > 1 else ""
        away = f", nobody there from {when(hand.away[0], zone, hand.came)}" if hand.away else ""
        took = f"{hand.agreement}{most} {length(hand.seconds)} until {when(hand.done, zone, hand.came)}"
        steps.append(f"{took}{away}")
    return (
        f"Worst case: reported {when(told.arrival, zone)} ({zone}), {'; then '.join(steps)}: "
        f"{length(told.elapsed)} on the clock."
    )


def shares(proof: Proof) -> str:
    """The ordinary week, and at how many instants it is missed."""
    week = ""
    if proof.ordinary:
        week = (
            f"An ordinary week: {length(proof.ordinary.elapsed)}, from {weekday(proof.ordinary.arrival, proof.zone)}. "
        )
    allowed = f"{percent(spared(proof.promised))} may" if proof.promised is not None else "none may"
    return f"{week}{percent(proof.share)} of the instants miss; {allowed}."


def way_out(ways: Sequence[Way]) -> str:
    """What would make it feasible, as one sentence."""
    told = [_way(one) for one in ways]
    return f"It would hold with {', or with '.join(told)}." if told else ""


def _way(way: Way) -> str:
    match way.kind:
        case "faster":
            return f"{way.who} in {length(way.seconds)}"
        case "duty":
            return f"{way.who} on duty {way.hours}"
        case "target":
            return f"{length(way.seconds)} promised"
        case "attainment":
            return f"an attainment of {way.share} % promised"


def arithmetic(proof: Proof) -> Iterator[str]:
    """The worst case step by step, and what follows."""
    told, zone = proof.worst, proof.zone
    yield f"Reported {when(told.arrival, zone)} ({zone})."
    for stage in told.stages:
        if len(stage) > 1:
            yield "At the same time:"
        for hand in stage:
            yield f"{'  ' if len(stage) > 1 else ''}{_hand(hand, zone)}"
    yield f"On the clock ({proof.hours}) {length(told.elapsed)} have passed; {length(proof.target)} are promised."
    yield shares(proof)
    if proof.uncounted:
        yield f"Not counted, since nobody says how long it takes: {proof.uncounted}."


def _hand(hand: Hand, zone: str) -> str:
    away = ""
    if hand.away:
        begin, end = hand.away
        away = f" Nobody is there from {when(begin, zone, hand.came)} to {when(end, zone, hand.came)}."
    return (
        f"{hand.agreement} ({hand.who}, {hand.calendar}) takes its {length(hand.seconds)}, "
        f"from {when(hand.came, zone)} to {when(hand.done, zone, hand.came)}.{away}"
    )


def gap(one: Gap, zone: str) -> str:
    """When nobody is there, in one sentence."""
    first, longest = one.first, one.longest
    more = "" if first == longest else f", first from {when(first[0], zone)}"
    share = f"{length(one.seconds)} of the {length(one.of)}, {percent(Fraction(one.seconds, one.of))}"
    return (
        f"{one.who} ({one.calendar}) is not on duty in {share}, in which the clock runs{more}; longest from "
        f"{when(longest[0], zone)} to {when(longest[1], zone, longest[0])}."
    )


def supply(one: Supply) -> str:
    """What the parts make, in one sentence."""
    if one.made is None:
        return f"{one.target} % of each {one.period}; nobody says what the service is made of."
    made = percent(one.made)
    parts = ", ".join(f"{name} {share} %" for name, share in one.parts)
    return f"{one.target} % of each {one.period} promised; {parts} make {made}."


def budgets(one: Supply) -> str:
    """What each period leaves, in one sentence."""
    minutes = sorted({float(each.minutes) for each in one.budgets})
    if not minutes:
        return ""
    told = f"{minutes[0]:g}" if len(minutes) == 1 else f"{minutes[0]:g} to {minutes[-1]:g}"
    return f"It may be away for {told} minutes of the service time of a {one.period}."


def unproven(one: Unproven) -> str:
    """Why nothing can be computed."""
    return f"{one.priority} {one.clock}: {one.why}"


def told(one: Promise) -> PromiseTold:
    """Everything that is computed of an agreement."""
    zone = one.proofs[0].zone if one.proofs else "UTC"
    supplied = [supply(one.supply), budgets(one.supply)] if one.supply else []
    return PromiseTold(
        targets=tuple(map(_target, sorted(one.proofs, key=lambda each: (each.priority, each.clock)))),
        unproven=tuple(sorted(map(unproven, one.unproven))),
        gaps=tuple(gap(each, zone) for each in one.gaps) if one.refuted else (),
        supply=" ".join(part for part in supplied if part),
        assumed=ASSUMED if one.proofs else "",
    )


def _target(proof: Proof) -> TargetTold:
    return TargetTold(
        priority=proof.priority,
        clock=proof.clock,
        target=length(proof.target),
        verdict=proof.verdict,
        worst=worst(proof),
        share=percent(proof.share) if proof.missed else "",
        lines=tuple(arithmetic(proof)),
        way_out=way_out(proof.ways),
    )
