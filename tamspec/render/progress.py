"""How the orders of a change come to an end: what was left day by day, beside what was promised. The client reads it
too: it counts orders, and efforts are nothing for him."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup
from msgspec import Struct

from tamspec.desk.days import end_of
from tamspec.model.order import Ordered, OrderState, StatusSet
from tamspec.render.book import Book, Link, change_path, change_title
from tamspec.render.burndown import Course, burn_down, days_told
from tamspec.render.when import When, day_of_end


class Left(Struct, frozen=True, kw_only=True):
    """How many orders are left at the end of a day."""

    day: str
    promised: int
    """By the dates that were promised first."""
    left: int
    note: str
    """Empty: as it was; else why that is not certain: the day goes on, or it is a forecast."""


class ProgressPage(Struct, frozen=True, kw_only=True):
    """What the page says."""

    title: str
    answer: str
    project: Link
    change: Link
    picture: Markup
    rows: tuple[Left, ...]
    zone: str
    at: When


def progress_path(key: str) -> str:
    """The page of the progress of a change."""
    return change_path(key, "/progress.html")


def progress(book: Book, key: str) -> Link | None:
    """How many orders of a change are done, with the page; None where there is none: fewer than two were given."""
    wanted = tuple(_wanted(book, key))
    if len(wanted) < 2:
        return None
    done = sum(one.status == "done" for one in wanted)
    text = book.many(len(wanted), "{done} of {number} order", "{done} of {number} orders", done=done)
    return Link(text=text, href=progress_path(key))


def progress_page(book: Book, key: str) -> ProgressPage:
    """The page of a change that has one. Days are those of the client."""
    plan = book.plan.changes[key]
    zone = book.client_zone(plan.project)
    given = tuple(_given(book, key))
    rows = _rows(book, given, zone)
    return ProgressPage(
        title=book.say("Progress of {change}", change=change_title(plan)),
        answer=_answer(book, tuple(_wanted(book, key)), end_of(book.plan.at.astimezone(zone).date(), zone)),
        project=book.project_link(plan.project),
        change=Link(text=change_title(plan), href=change_path(key)),
        picture=_picture(book, rows, book.plan.at.astimezone(zone).date(), change_title(plan)),
        rows=tuple(
            Left(day=book.language.day(one.day), promised=one.promised, left=one.left, note=_note(book, one))
            for one in rows
        ),
        zone=zone.key,
        at=book.when(book.plan.at, zone),
    )


def _wanted(book: Book, key: str) -> Iterator[OrderState]:
    """The orders that somebody was given, done or owed. What is on standby is wanted only if something fails."""
    for order in book.by_change.get(key, ()):
        known, action = book.state.orders.get(order.key), book.actions.get(order.key)
        if known and not known.dropped and not order.standby and not (action and action.verb == "cancel"):
            yield known


def _answer(book: Book, wanted: Sequence[OrderState], tonight: datetime) -> str:
    done = sum(one.status == "done" for one in wanted)
    if done == len(wanted):
        return book.many(
            done, "The {number} order that was given is done.", "All {number} orders that were given are done."
        )
    return book.many(
        len(wanted),
        "{done} of {number} order that was given is done; by the end of today {due} was promised.",
        "{done} of {number} orders that were given are done; by the end of today {due} were promised.",
        done=done,
        due=sum(one.baseline.finish <= tonight for one in wanted),
    )


# Day by day.


class _Given(Struct, kw_only=True):
    """What became of an order."""

    promised: datetime
    turns: list[tuple[datetime, bool]]
    """When it was given, done, taken up again or dropped, and whether it was left from then on."""
    begun: bool = False
    """Whether somebody works on it, or did."""
    dropped: datetime | None = None
    """When nobody wanted it any more."""
    forecast: datetime | None = None

    def is_left(self, at: datetime) -> bool:
        """Whether it was given by then, and still to be done."""
        return next((left for when, left in reversed(self.turns) if when <= at), False)

    def is_owed(self, at: datetime) -> bool:
        """Whether it was given by then, and promised for later."""
        return self.turns[0][0] <= at < self.promised and (self.dropped is None or at < self.dropped)

    def will_be_left(self, at: datetime) -> bool:
        """Whether it is left by now, and planned to be so then."""
        return self.turns[-1][1] and (self.forecast is None or at < self.forecast)


def _given(book: Book, key: str) -> Iterator[_Given]:
    """Every order that the change gave, by what the ledger says."""
    plan, found = book.plan.changes[key], dict[str, _Given]()
    for event in book.events_of.get(plan.project, ()):
        if isinstance(event, Ordered):
            _order(found, event, plan.name)
        elif isinstance(event, StatusSet):
            _report(found, event)
    for name, one in found.items():
        known, dated = book.state.orders[name], book.plan.schedule.get(name)
        if known.order.milestone and known.finished:  # nobody reports those
            one.turns.append((known.finished, False))
        one.forecast = dated.finish if dated else None
        if known.order.change == plan.name:  # else another change took it over
            yield one


def _order(found: dict[str, _Given], event: Ordered, change: str) -> None:
    if event.change == change:
        for name, (order, dates) in event.orders.items():
            if dates and not order.standby:
                one = found.setdefault(name, _Given(promised=dates.finish, turns=[]))
                one.turns.append((event.at, True))
                one.dropped = None
    for name in found.keys() & set(event.cancelled):
        if not found[name].begun:  # what somebody works on runs out
            found[name].turns.append((event.at, False))
            found[name].dropped = event.at


def _report(found: dict[str, _Given], event: StatusSet) -> None:
    """What people cancel is owed until the specification does not want it any more."""
    for name in found.keys() & event.orders.keys():
        one, status = found[name], event.orders[name].status
        one.turns.append((event.at, status != "done"))
        one.begun = (one.begun or status in ("in_progress", "done")) and status != "planned"


class _Day(Struct, frozen=True, kw_only=True):
    """What is told of a day: as it was, as of now, or as it is expected."""

    day: date
    promised: int
    left: int
    sort: str


def _rows(book: Book, given: Sequence[_Given], zone: ZoneInfo) -> list[_Day]:
    now = book.plan.at
    today = now.astimezone(zone).date()
    is_over = not any(one.turns[-1][1] for one in given)
    ends = [day_of_end(one.promised, zone) for one in given]
    ends += [day_of_end(when, zone) for one in given for when, left in one.turns if not left]
    ends += [day_of_end(one.forecast, zone) for one in given if one.forecast and one.turns[-1][1]]
    begun = min(one.turns[0][0] for one in given)
    # From the eve of the first end; before that the lines are level. The eve of what was given that day is its morning.
    first = max(begun.astimezone(zone).date(), min(ends)) - timedelta(1)
    last = max(ends) if is_over else max(today, *ends)
    made = []
    for day in days_told(min(first, today), last, [today]):
        end = max(end_of(day, zone), begun)
        owed = sum(one.is_owed(end) for one in given)
        if day <= today:
            left = sum(one.is_left(min(end, now)) for one in given)
            made.append(_Day(day=day, promised=owed, left=left, sort="was" if end <= now else "so far"))
        ahead = sum(one.will_be_left(end) for one in given)
        if day > today or (day == today and ahead != left):
            made.append(_Day(day=day, promised=owed, left=ahead, sort="forecast"))
    return made


def _note(book: Book, one: _Day) -> str:
    return {"was": "", "so far": book.say("so far"), "forecast": book.say("forecast")}[one.sort]


def _picture(book: Book, rows: Sequence[_Day], today: date, change: str) -> Markup:
    happened = [(one.day, one.left) for one in rows if one.sort != "forecast"]
    ahead = [(one.day, one.left) for one in rows if one.sort == "forecast"]
    courses = [
        Course(name=book.say("as promised"), look="promised", left=[*{one.day: one.promised for one in rows}.items()]),
        Course(name=book.say("as it was"), look="happened", left=happened),
    ]
    if ahead:
        courses.append(Course(name=book.say("forecast"), look="forecast", left=[happened[-1], *ahead]))
    return burn_down(
        courses,
        name="burn-down",
        title=book.say("Orders left of {change}", change=change),
        description=book.say("How many orders are left at the ends of days. The table has the same numbers."),
        today=today,
        language=book.language,
    )
