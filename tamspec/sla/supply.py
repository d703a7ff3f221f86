"""Whether the parts of a service make the availability that is promised for the whole, and what it leaves in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tamspec.model.catalog import Agreement
from tamspec.model.promise import Budget, Supply
from tamspec.model.workspace import Workspace
from tamspec.sla.availability import Some, Whole, availability, budget, series, tangled
from tamspec.sla.hours import MONTHS, days_of, hours_of, period_of
from tamspec.worktime import expand, midnight, time_zone


def supply(agreement: Agreement, workspace: Workspace) -> Supply | None:
    promised = agreement.availability
    if promised is None:
        return None
    shares: dict[str, Fraction] = {}
    told: dict[str, Decimal] = {}

    def whole(one: Agreement) -> Whole | None:
        if one.availability is None:
            return None
        if not one.availability.parts:
            shares[one.name] = Fraction(one.availability.target) / 100
            told[one.name] = one.availability.target
            return one.name
        parts: list[Whole] = []
        for part in one.availability.parts.values():
            pieces = [whole(workspace.agreements[ref.name]) for ref in part.agreements]
            known = tuple(piece for piece in pieces if piece is not None)
            if len(known) < len(pieces):
                return None
            parts.append(Some(min(part.at_least or len(known), len(known)), known))
        return series(*parts)

    made = whole(agreement) if promised.parts else None
    if made is not None and tangled(made):
        made = None
    return Supply(
        agreement=agreement.name,
        target=promised.target,
        made=availability(made, shares) if made is not None else None,
        parts=tuple(sorted(told.items())) if made is not None else (),
        budgets=tuple(_budgets(agreement, workspace)),
        period=promised.period,
        at=agreement.at / "spec" / "availability" / "target",
    )


def _budgets(agreement: Agreement, workspace: Workspace) -> Iterator[Budget]:
    """What each period of the first year on which the agreement holds leaves."""
    calendar, promised = hours_of(agreement, workspace), agreement.availability
    if calendar is None or promised is None:
        return
    first, last = days_of(agreement, (calendar,))
    begin, _ = period_of(first, promised.period)
    try:
        windows = expand(calendar, begin, date(begin.year + 2, 1, 1))
    except ValueError:
        return
    zone = time_zone(calendar.time_zone)
    for _ in range(12 // MONTHS[promised.period]):
        _, after = period_of(begin, promised.period)
        if begin > last:
            return
        seconds = windows.between(midnight(begin, zone), midnight(after, zone))
        yield Budget(first=begin, seconds=seconds, minutes=budget(Fraction(promised.target) / 100, seconds))
        begin = after
