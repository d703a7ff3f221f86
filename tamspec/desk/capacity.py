"""What a client's capacity items come to: how full, since when how fast, until when, and by which day more must be
ordered.

The order-by day stands on the safe side without crying wolf: it is the lead time before the *earliest* day on which the
limit may be reached, of an interval that is right four times in five, so that nine times in ten there is more time than
it says. Where usage does not rise, or could as well be flat, there is none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from tamspec.desk.days import calendar_of, end_of, later, today_of
from tamspec.model.catalog import Calendar
from tamspec.model.plan import Plan
from tamspec.model.project import CapacityItem, Project
from tamspec.model.values import Duration
from tamspec.model.workspace import Workspace
from tamspec.worktime import time_zone, windows_of

if TYPE_CHECKING:
    from tamspec.desk.forecast import Forecast, Point

HORIZON = 3 * 366
"""Days ahead that a forecast looks."""
CONFIDENCE = 0.8
"""How often the limit is reached from the earliest day to the latest: in one case of ten it is before."""
POINTS = 24
"""Of the line in a chart, and in the table below it."""

Verdict = Literal[
    "unwatched", "at its limit", "too few samples", "ordered", "too late", "order now", "order by", "fine"
]
"""What is to be done about an item.

- unwatched: no sample for longer than it may be without one
- at its limit: the last sample, or the line, has reached it
- too few samples: nobody can tell a trend
- ordered: an open Change brings more
- too late: what is ordered today comes, by the middle of the forecast, after the limit is reached
- order now: the order-by day is today or has passed
- order by: it lies ahead
- fine: the limit is not in sight
"""

URGENT: frozenset[Verdict] = frozenset({"at its limit", "too late", "order now"})
"""Verdicts that demand an order today."""


class Outlook(Struct, frozen=True, kw_only=True):
    """What is known of one capacity item on a day of the client."""

    project: str
    name: str
    item: CapacityItem
    today: date
    samples: Mapping[date, Decimal]
    """All that there are until today, in order of days: those of the project and of the files together."""
    forecast: Forecast
    level: Decimal | None
    """What the last sample says; None: there is none."""
    lead: int | None
    """Days from an order to more, the day of the order included; None: nobody says."""
    lead_text: str
    """`15wd`, as written; empty: it is that of the procedure, or nobody says."""
    steps: tuple[str, ...]
    """The steps on the longest way of the procedure."""
    ready: date | None
    """The first day on which more could be used, were it ordered today."""
    order_by: date | None
    """The last day on which an order comes in time for the earliest day."""
    verdict: Verdict
    change: str
    """The open Change that brings more; empty: none does."""

    @property
    def share(self) -> float | None:
        """The used part of the limit."""
        return None if self.level is None else float(self.level / self.item.limit)

    @property
    def last(self) -> date | None:
        """The day of the last sample."""
        return max(self.samples, default=None)


def outlooks(workspace: Workspace, plan: Plan) -> tuple[Outlook, ...]:
    """Every capacity item as of the instant of a dated plan, by project and name."""
    return tuple(
        outlook(workspace, plan, project, name)
        for _, project in sorted(workspace.projects.items())
        for name in sorted(project.capacity)
    )


def outlooks_of(workspace: Workspace, plan: Plan, project: str) -> tuple[Outlook, ...]:
    """Those of one project."""
    found = workspace.projects[project]
    return tuple(outlook(workspace, plan, found, name) for name in sorted(found.capacity))


def outlook(workspace: Workspace, plan: Plan, project: Project, name: str) -> Outlook:
    """One capacity item as of the instant of a dated plan."""
    item = project.capacity[name]
    calendar = calendar_of(workspace, project.name)
    today = today_of(workspace, project.name, plan.at)
    samples = {day: used for day, used in sorted(samples_of(workspace, project, name).items()) if day <= today}
    told = _forecast(tuple((day, float(used)) for day, used in samples.items()), float(item.limit), today)
    level = samples[max(samples)] if samples else None
    growth = plan.growth.get(f"{project.name}/{name}")
    ready, lead_text = _ready(item, growth.ready if growth else None, plan.at, calendar)
    lead = None if ready is None else (ready - today).days
    order_by = _order_by(told.earliest, item, calendar, lead, lead_text) if told.central or _rises(told) else None
    change = growth.raised_by if growth else ""
    return Outlook(
        project=project.name,
        name=name,
        item=item,
        today=today,
        samples=samples,
        forecast=told,
        level=level,
        lead=lead,
        lead_text=lead_text,
        steps=growth.steps if growth and growth.ready and not lead_text else (),
        ready=ready,
        order_by=order_by,
        verdict=_verdict(item, told, samples, order_by, ready, change, plan.at, calendar),
        change=change,
    )


def samples_of(workspace: Workspace, project: Project, name: str) -> Mapping[date, Decimal]:
    """Day → what was used: what the project says, and what files say of other days."""
    return {**workspace.usage.get((project.name, name), {}), **project.capacity[name].samples}


def before(day: date, by: Duration, calendar: Calendar) -> date:
    """The last day on which something may begin that takes so long and must be there when `day` begins: of working
    days, so many are worked from it on."""
    if not by.working_days:
        return day - timedelta(math.ceil(by.minutes / (24 * 60)))
    reach = 30 + 7 * by.working_days
    for days in (reach, 4 * reach, 16 * reach):
        # Whole years, so that all who ask for days of one calendar ask for the same windows.
        first, last = date(max((day - timedelta(days)).year, 1900), 1, 1), date(day.year + 1, 1, 1)
        open_days = [each for each, _ in windows_of(calendar, first, last).days if each < day]
        if len(open_days) >= by.working_days:
            return open_days[-by.working_days]
    return day - timedelta(by.working_days)


def drawn(one: Outlook, until: date) -> tuple[Point, ...]:
    """The line of a forecast as far as a day, as closely as a chart of it wants."""
    samples = tuple((day, float(used)) for day, used in one.samples.items())
    days = min(max((until - one.today).days, 1), HORIZON)
    return _forecast(samples, float(one.item.limit), one.today, days).line


@lru_cache(maxsize=4096)
def _forecast(samples: tuple[tuple[date, float], ...], limit: float, today: date, horizon: int = HORIZON) -> Forecast:
    """Pages, rules and the desk ask for the same."""
    from tamspec.desk.forecast import forecast

    return forecast(samples, limit=limit, today=today, horizon=horizon, confidence=CONFIDENCE, points=POINTS)


def _rises(told: Forecast) -> bool:
    """Whether usage rises beyond doubt, however late it reaches the limit."""
    return told.why in ("", "beyond the horizon", "at its limit")


def _ready(item: CapacityItem, planned: datetime | None, at: datetime, calendar: Calendar) -> tuple[date | None, str]:
    """The first day on which more could be used, were it ordered at once, and the lead time as written where that
    counts. The procedure goes before what is written: it knows who is busy."""
    zone = time_zone(calendar.time_zone)
    if planned is not None:
        return planned.astimezone(zone).date() + timedelta(1), ""
    if item.lead_time is None:
        return None, ""
    if not item.lead_time:
        return at.astimezone(zone).date(), str(item.lead_time)
    return later(at, item.lead_time, calendar).astimezone(zone).date(), str(item.lead_time)


def _order_by(
    earliest: date | None, item: CapacityItem, calendar: Calendar, lead: int | None, lead_text: str
) -> date | None:
    if earliest is None:
        return None
    if lead_text and item.lead_time is not None:
        return before(earliest, item.lead_time, calendar)
    return earliest - timedelta(lead or 0)


def _verdict(
    item: CapacityItem,
    told: Forecast,
    samples: Mapping[date, Decimal],
    order_by: date | None,
    ready: date | None,
    change: str,
    at: datetime,
    calendar: Calendar,
) -> Verdict:
    today = at.astimezone(time_zone(calendar.time_zone)).date()
    if not samples or is_stale(max(samples), item, at, calendar):
        return "unwatched"
    if change:
        return "ordered"
    if told.why == "at its limit" or samples[max(samples)] >= item.limit:
        return "at its limit"
    if told.why == "too few samples":
        return "too few samples"
    if order_by is None:
        return "fine"
    if order_by > today:
        return "order by"
    return "too late" if told.central and ready and ready > told.central else "order now"


def is_stale(last: date, item: CapacityItem, at: datetime, calendar: Calendar) -> bool:
    """Whether the last sample is older than an item may be without one; it counts from the end of its day."""
    return later(end_of(last, time_zone(calendar.time_zone)), item.stale_after, calendar) <= at
