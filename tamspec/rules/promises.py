"""Promises: whether those who stand behind an agreement can keep it, proven before anybody signs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from msgspec.structs import replace

from tamspec.diagnostics import Loc, Related, Severity
from tamspec.model.catalog import Agreement, Calendar
from tamspec.model.promise import Proof, Unproven
from tamspec.model.values import camel_case
from tamspec.model.workspace import Workspace
from tamspec.rules.rule import Objection, rule
from tamspec.sla.hours import days_of, hours_of, promiser, seconds_of


@rule("TAM380", "Part whose availability nobody can count on")
def part_of_nothing(workspace: Workspace) -> Iterator[Objection]:
    """The availability of a whole follows from that of its parts. A part of an agreement that promises none, or of
    which more must be there than there are, makes it a guess.

    Give the agreement behind the part an `availability`, or correct `atLeast`.
    """
    for one in workspace.agreements.values():
        for name, part in one.availability.parts.items() if one.availability else ():
            at = one.at / "spec" / "availability" / "parts" / name
            for index, ref in enumerate(part.agreements):
                if workspace.agreements[ref.name].availability is None:
                    yield at / "agreements" / index, f"{ref} promises no availability."
            if part.at_least is not None and part.at_least > len(part.agreements):
                yield at / "atLeast", f"{name} needs {part.at_least} of {len(part.agreements)}."


@rule("TAM387", "Clock that can never show anything")
def dead_clock(workspace: Workspace) -> Iterator[Objection]:
    """A clock runs from its `start` to its `stop`, except in the states of `pause`. One that stops as it starts always
    shows nothing; one that stands still as soon as it starts never moves; one that pauses for the event that stops it
    may wait for it for ever.

    Name an event for `stop` that comes later than that of `start`, and keep both out of `pause`.
    """
    for one in workspace.agreements.values():
        for name, clock in one.clocks.items():
            at = one.at / "spec" / "clocks" / name
            if clock.start == clock.stop:
                yield at / "stop", f"The clock {name} stops with the event that starts it, {clock.start}."
            for index, state in enumerate(clock.pause):
                if state in (clock.start, clock.stop):
                    does = "starts" if state == clock.start else "stops"
                    yield at / "pause" / index, f"The clock {name} stands still in {state}, which also {does} it."


@rule("TAM388", "Target that cannot be meant")
def impossible_target(workspace: Workspace) -> Iterator[Objection]:
    """Nothing is done in no time, and a target that is longer than all the hours in which the agreement holds is never
    missed.

    Write the time that was agreed: `15m`, `4h`, `3wd`.
    """
    for one in workspace.agreements.values():
        calendar = hours_of(one, workspace)
        for priority, targets in one.priorities.items():
            for clock, target in targets.items():
                at = one.at / "spec" / "priorities" / priority / clock
                if not target:
                    yield at, f"{one.name} promises {priority} {clock} in no time."
                elif calendar and one.valid_from and one.valid_to and one.valid_from <= one.valid_to:
                    days = (one.valid_to - one.valid_from).days + 1
                    if seconds_of(target, calendar) > days * 24 * 3600:
                        yield at, f"{target} is longer than the {days} days for which {one.name} holds."


@rule("TAM389", "Promise without hours")
def no_hours(workspace: Workspace) -> Iterator[Objection]:
    """A clock runs in somebody's hours. Without them nobody knows when it stands still, and two people measure two
    times.

    Name a calendar as `serviceHours` (`always` is around the clock), or give the department that promises its
    `dutyHours`.
    """
    for one in workspace.agreements.values():
        if any(one.priorities.values()) and hours_of(one, workspace) is None:
            yield one.at / "metadata" / "name", f"{one.name} says no hours, and {promiser(one)} has no duty hours."


@rule("TAM390", "Hole in the chain behind a promise")
def hole(workspace: Workspace) -> Iterator[Objection]:
    """Whoever has a case must have promised how long. Where somebody of the path has not, or a clock begins with
    another event than the one before ended with, time passes that nobody answers for, and the promise cannot be proven.

    Promise the clock and the priority in the agreement that is named, or use the same event where one hands over to the
    next.
    """
    for one in workspace.agreements.values():
        for clock in one.clocks if one.path else ():
            yield from _holes(one, clock, workspace)


def _holes(one: Agreement, clock: str, workspace: Workspace) -> Iterator[Objection]:
    from tamspec.sla.ground import stages

    asked = [priority for priority, targets in one.priorities.items() if clock in targets]
    chain = stages(one, clock, workspace)
    if not asked or not any(clock in behind.clocks for holders in chain for behind in holders):
        return  # who promises does it alone
    event = ""
    for turn, holders in enumerate(chain):
        for index, behind in enumerate(holders):
            lost = _lost(behind, clock, asked, event)
            if lost:
                yield one.at / "spec" / "path" / turn / index, lost, "", _at_clocks(behind)
        ends = {each.clocks[clock].stop for each in holders if clock in each.clocks}
        event = ends.pop() if len(ends) == 1 else ""


def _lost(behind: Agreement, clock: str, asked: list[str], event: str) -> str:
    if clock not in behind.clocks:
        return f"{behind.name} has no clock {clock}."
    missing = [priority for priority in asked if clock not in behind.priorities.get(priority, {})]
    if missing:
        return f"{behind.name} promises no {clock} of {', '.join(missing)}."
    starts = behind.clocks[clock].start
    if event and starts != event:
        return (
            f"The clock {clock} of {behind.name} begins with {starts}; whoever had the case before ended with {event}."
        )
    return ""


def _at_clocks(one: Agreement) -> tuple[Related, ...]:
    return (Related((one.at / "metadata" / "name").value, f"{one.name} is written here"),)


@rule("TAM391", "Agreement that outlives what it stands on")
def outlives(workspace: Workspace) -> Iterator[Objection]:
    """From the day on which a promise behind it ends nobody has to keep it, and the agreement promises alone.

    Renew the agreement behind it for as long, or end this one with it.
    """
    for one in workspace.agreements.values():
        for name in dict.fromkeys(ref.name for ref in one.behind):
            behind, at = workspace.agreements[name], _ref(one, name)
            # One that says no days at all holds for as long as it can.
            ends = one.valid_to or (date.max if one.valid_from else None)
            if behind.valid_to and ends and ends > behind.valid_to:
                until = f"until {one.valid_to}" if one.valid_to else "for good"
                detail = f"{one.name} holds {until}, {name} only until {behind.valid_to}."
                yield at, detail, "", _days(behind, "validTo")
            if behind.valid_from and one.valid_from and one.valid_from < behind.valid_from:
                detail = f"{one.name} holds from {one.valid_from}, {name} only from {behind.valid_from}."
                yield at, detail, "", _days(behind, "validFrom")


def _ref(one: Agreement, name: str) -> Loc:
    return next(ref.at.value for ref in one.behind if ref.name == name)


def _days(one: Agreement, field: str) -> tuple[Related, ...]:
    return (Related((one.at / "spec" / field).value, f"{one.name} says its days here"),)


@rule("TAM392", "Promise that cannot be kept")
def infeasible(workspace: Workspace) -> Iterator[Objection]:
    """Whoever stands behind the promise may take so long in their own hours that its target is missed, at more instants
    than its attainment leaves. The worst case is exact: no sampling, no average. It takes everybody at their word: each
    takes all the time that they promised, and somebody is free whenever they are on duty; busy people only make it
    worse.

    Shorten a promise behind it, lengthen the duty hours of who keeps it waiting, or promise what can be kept; the hint
    tells how much is enough. `tamspec sla check` shows the arithmetic step by step.
    """
    from tamspec.sla.words import promised, shares, way_out, worst

    for made in _proven(workspace):
        if isinstance(made, Unproven) and made.never:
            yield made.at, f"{made.agreement} promises {made.priority} {made.clock}. {made.why}"
        if isinstance(made, Proof) and made.verdict == "refuted":
            detail = f"{made.agreement} promises {promised(made)}. {worst(made)} {shares(made)}"
            yield made.at, detail, way_out(made.ways), _stands_on(made, workspace)


@rule("TAM393", "Promise that is missed now and then", Severity.INFO)
def seldom_missed(workspace: Workspace) -> Iterator[Objection]:
    """At some instants a case arrives whose target is missed even if everybody keeps their word, but at no more than
    the promised attainment leaves: if cases come evenly, the promise is kept.

    Nothing must be done. Whoever reports at just those instants will ask; it is well to know them.
    """
    from tamspec.sla.words import promised, shares, worst

    for made in _proven(workspace):
        if isinstance(made, Proof) and made.verdict == "seldom":
            detail = f"{made.agreement} promises {promised(made)}. {worst(made)} {shares(made)}"
            yield made.at, detail, "", _stands_on(made, workspace)


def _proven(workspace: Workspace) -> Iterator[Proof | Unproven]:
    chains = [one for one in workspace.agreements.values() if one.path and not _reversed(one)]
    if chains:
        from tamspec.sla.feasible import proofs

        for one in chains:
            yield from proofs(one, workspace)


def _reversed(one: Agreement) -> bool:
    return bool(one.valid_from and one.valid_to and one.valid_to < one.valid_from)


def _stands_on(proof: Proof, workspace: Workspace) -> tuple[Related, ...]:
    """The targets behind it, and the hours of who keeps a case waiting in the worst case."""
    made = [Related(at.value, "it stands on this target") for at in proof.behind]
    waiting = {hand.agreement: hand for stage in proof.worst.stages for hand in stage if hand.away}
    for name, hand in waiting.items():
        behind = workspace.agreements[name]
        hours = behind.service_hours or workspace.departments[hand.who].duty_hours
        if hours:
            made.append(Related(hours.at.value, f"{hand.who} is there in these hours"))
    return tuple(made)


@rule("TAM394", "Availability that the parts do not make")
def too_little_supplied(workspace: Workspace) -> Iterator[Objection]:
    """A whole that needs several parts is there less often than each of them; one of which some can stand in for others
    more often. What follows here from the promises behind it, parts that stand in several places counted once, is less
    than what is promised.

    Promise what follows, add a part that can stand in, or agree more with whoever supplies the weakest.
    """
    for one in workspace.agreements.values():
        if one.availability and one.availability.parts:
            from tamspec.sla.supply import supply
            from tamspec.sla.words import supply as told

            made = supply(one, workspace)
            if made and made.refuted:
                yield made.at, told(made)


@rule("TAM395", "Availability that one incident within its target uses up", Severity.WARNING)
def used_up_by_one(workspace: Workspace) -> Iterator[Objection]:
    """The period leaves fewer minutes than one incident of the highest priority may last. The first of them breaks the
    availability, though its own target is kept: the two promises do not mean the same service.

    Count the availability over a longer period, promise less of it, or a shorter resolution.
    """
    for one in workspace.agreements.values():
        calendar, made = hours_of(one, workspace), one.availability
        target = next(iter(one.priorities.values()), {}).get("resolution") if one.priorities else None
        if calendar is None or made is None or target is None:
            continue
        from tamspec.sla.supply import supply

        supplied = supply(one, workspace)
        least = min((each.minutes for each in supplied.budgets if each.seconds), default=None) if supplied else None
        lasts = Fraction(seconds_of(target, calendar), 60)
        if least is not None and least < lasts:
            urgent = next(iter(one.priorities))
            detail = (
                f"{made.target} % of a {made.period} leaves {float(least):g} minutes; {urgent} may last "
                f"{float(lasts):g}."
            )
            yield one.at / "spec" / "availability" / "target", detail


@rule("TAM396", "New version that does not follow the old one")
def does_not_follow(workspace: Workspace) -> Iterator[Objection]:
    """An agreement that replaces another takes over where that ends: a day on which both hold has two targets, a day on
    which neither does has none. And it must be a promise of the same type to the same customer.

    Begin the new version on the day after the last one of the old, or correct `replaces`.
    """
    for one in workspace.agreements.values():
        old = workspace.agreements[one.replaces.name] if one.replaces else None
        if old is None:
            continue
        at, also = one.at / "spec" / "replaces", _days(old, "validTo")
        if (old.type, old.customer.name) != (one.type, one.customer.name):
            yield at, f"{old.name} is an {old.type} to {old.customer}, {one.name} an {one.type} to {one.customer}."
        elif old.valid_to is None:
            yield at, f"{old.name} does not end, so {one.name} cannot follow it.", "", also
        elif one.valid_from != old.valid_to + timedelta(1):
            starts = f"begins on {one.valid_from}" if one.valid_from else "says no first day"
            yield at, f"{old.name} ends on {old.valid_to}; {one.name} {starts}.", "", also


@rule("TAM397", "Hours in which nobody is on duty")
def nobody_on_duty(workspace: Workspace) -> Iterator[Objection]:
    """The clock of the agreement runs on while the department that promises is not on duty, for longer than a target.
    Whoever reports at the beginning of that time has an agreement that is broken before anybody reads it.

    Lengthen the duty hours of the department, shorten the service hours, or name in `path` who has the case then.
    """
    for one in workspace.agreements.values():
        targets = [target for each in one.priorities.values() for target in each.values()]
        if one.path or not targets or one.service_hours is None or _reversed(one):
            continue
        from tamspec.sla.cover import gaps
        from tamspec.sla.words import gap as told

        calendar = hours_of(one, workspace)
        for gap in gaps(one, workspace) if calendar else ():
            if calendar and gap.longest_on_clock >= min(seconds_of(target, calendar) for target in targets):
                zone = workspace.calendars[gap.calendar].time_zone if gap.calendar in workspace.calendars else "UTC"
                yield one.at / "spec" / "serviceHours", told(gap, zone)


@rule("TAM398", "Signed agreement that is edited")
def signed_and_edited(workspace: Workspace, base: Workspace) -> Iterator[Objection]:
    """Both sides signed what stands on the base of this branch. Edited afterwards, the repository says something that
    nobody signed, and what was measured against it means something else.

    Put the text back, and write a new agreement that `replaces` it. Its `title` and `labels` are yours to change, and
    it may be given a `validTo` when another replaces it.
    """
    replaced = {one.replaces.name for one in workspace.agreements.values() if one.replaces}
    for name, old in base.agreements.items():
        new = workspace.agreements.get(name)
        if new is None or old.signed is None:
            continue
        ended = name in replaced and old.valid_to is None
        kept = replace(new, title=old.title, labels=old.labels, valid_to=old.valid_to if ended else new.valid_to)
        if kept != old:
            fields = [camel_case(field) for field in old.__struct_fields__ if _differs(field, kept, old)]
            at = (new.at / "spec" / fields[0]).key if fields else new.at / "metadata" / "name"
            yield at, f"{name} was signed on {old.signed}; this branch changes {', '.join(fields)}."


def _differs(field: str, one: Agreement, other: Agreement) -> bool:
    return field not in Agreement.APART and bool(getattr(one, field) != getattr(other, field))


@rule("TAM399", "Holidays that nobody wrote down", Severity.WARNING)
def unknown_holidays(workspace: Workspace) -> Iterator[Objection]:
    """The calendar knows the holidays of some years, and the agreement holds in a year of which it knows none. The
    clocks would run on those days, and what is proven of that year is proven for a year without holidays.

    Write the holidays of that year into the calendar. A calendar without any is taken to mean it.
    """
    for one in workspace.agreements.values():
        if one.valid_from is None or one.valid_to is None or _reversed(one):
            continue
        found = (hours_of(each, workspace) for each in (one, *_all_behind(one, workspace)))
        for calendar in {hours.name: hours for hours in found if hours}.values():
            missing = _unknown_years(calendar, *days_of(one, ()))
            if missing:
                field = "validTo" if missing[-1] == one.valid_to.year else "validFrom"
                years = ", ".join(map(str, missing))
                detail = f"{calendar.name} knows no holidays of {years}, in which {one.name} holds."
                also = Related((calendar.at / "spec" / "holidays").key, "its holidays")
                yield one.at / "spec" / field, detail, "", (also,)


def _all_behind(one: Agreement, workspace: Workspace) -> list[Agreement]:
    return [workspace.agreements[ref.name] for ref in one.behind]


def _unknown_years(calendar: Calendar, first: date, last: date) -> list[int]:
    known = {day.year for day in (*calendar.holidays, *calendar.overrides)}
    return [year for year in range(first.year, last.year + 1) if known and year not in known]
