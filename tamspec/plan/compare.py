"""One plan less another: what a branch does to people's work."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from tamspec.model.order import Dates
from tamspec.model.plan import Difference, Plan, Redated


def subtract(head: Plan, base: Plan) -> Difference:
    """What `head` has that `base` has not, what it lost, and what moved. Both at the same instant."""
    after = {one.order.key: one.order for one in head.actions if one.verb != "cancel"}
    before = {one.order.key: one.order for one in base.actions if one.verb != "cancel"}
    both = sorted(after.keys() & before.keys())
    finishes = [
        Redated(change=name, before=_forecast(base, name), after=_forecast(head, name))
        for name in sorted(head.changes.keys() | base.changes.keys())
    ]
    made = Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        altered=tuple(key for key in both if after[key] != before[key]),
        redated=tuple(key for key in both if after[key] == before[key] and _dates(head, key) != _dates(base, key)),
        finishes=tuple(one for one in finishes if one.before != one.after),
    )
    keys = sorted((*made.added, *made.removed, *made.altered, *made.redated))
    return replace(made, dates={key: (_dates(base, key), _dates(head, key)) for key in keys})


def _dates(plan: Plan, key: str) -> Dates | None:
    found = plan.schedule.get(key)
    return Dates(start=found.start, finish=found.finish) if found else None


def _forecast(plan: Plan, name: str) -> datetime | None:
    found = plan.changes.get(name)
    return found.forecast if found else None
