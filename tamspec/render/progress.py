"""How the orders of a change come to an end: what was left day by day, beside what was promised. The client reads it
too: it counts orders, and efforts are nothing for him."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup
from msgspec import Struct

from tamspec.model.order import OrderState
from tamspec.render.book import Book, Link, change_path, change_title
from tamspec.render.burndown import Course, burn_down, days_told
from tamspec.render.when import When


class Left(Struct, frozen=True, kw_only=True):
    """How many orders are left at the end of a day."""

    day: str
    promised: int
    """By the dates that were promised first."""
    left: int
    """As it was; of days ahead as the plan expects it."""
    ahead: bool


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
    given = tuple(_known(book, key))
    if len(given) < 2:
        return None
    done = sum(one.status == "done" for one in given)
    text = book.many(len(given), "{done} of {number} order", "{done} of {number} orders", done=done)
    return Link(text=text, href=progress_path(key))


def progress_page(book: Book, key: str) -> ProgressPage:
    """The page of a change that has one. Days are those of the client."""
    plan = book.plan.changes[key]
    zone = book.client_zone(plan.project)
    given = [_given(book, one, zone) for one in _known(book, key)]
    today = book.plan.at.astimezone(zone).date()
    ends = [day for one in given for day in (one.promised, one.finish) if day]
    # From the day before the first of them ends: before that nothing falls.
    first = min(today, max(min(one.begin for one in given), min(ends) - timedelta(1)))
    done = sum(one.done for one in given)
    days = days_told(first, max(ends) if done == len(given) else max(today, *ends), [today])
    promised = [(day, sum(one.is_left(day, one.promised) for one in given)) for day in days]
    left = [(day, sum(one.is_left(day, one.ended(day, today)) for one in given)) for day in days]
    ahead = [one for one in left if one[0] >= today] if done < len(given) else []
    return ProgressPage(
        title=book.say("Progress of {change}", change=change_title(plan)),
        answer=_answer(book, given, today),
        project=book.project_link(plan.project),
        change=Link(text=change_title(plan), href=change_path(key)),
        picture=burn_down(
            [
                Course(name=book.say("as promised"), look="promised", left=promised),
                Course(name=book.say("as it was"), look="happened", left=[one for one in left if one[0] <= today]),
                *([Course(name=book.say("forecast"), look="forecast", left=ahead)] if ahead else []),
            ],
            name="burn-down",
            title=book.say("Orders left of {change}", change=change_title(plan)),
            description=book.say("How many orders are left at the ends of days. The table has the same numbers."),
            today=today,
            language=book.language,
        ),
        rows=tuple(
            Left(day=book.language.day(day), promised=owed, left=still, ahead=day > today)
            for (day, owed), (_, still) in zip(promised, left, strict=True)
        ),
        zone=zone.key,
        at=book.when(book.plan.at, zone),
    )


def _answer(book: Book, given: Sequence[_Given], today: date) -> str:
    done, due = sum(one.done for one in given), sum(one.promised <= today for one in given)
    if done == len(given):
        return book.many(
            done, "The {number} order that was given is done.", "All {number} orders that were given are done."
        )
    return book.many(
        len(given),
        "{done} of {number} order that was given is done; by the end of today {due} was promised.",
        "{done} of {number} orders that were given are done; by the end of today {due} were promised.",
        done=done,
        due=due,
    )


def _known(book: Book, key: str) -> Iterator[OrderState]:
    """The orders that somebody was given and that are wanted. What is on standby is wanted only if something fails."""
    for order in book.by_change.get(key, ()):
        known, action = book.state.orders.get(order.key), book.actions.get(order.key)
        if known and not order.standby and not book.is_gone(order) and not (action and action.verb == "cancel"):
            yield known


class _Given(Struct, frozen=True, kw_only=True):
    """An order that was given, in days of one time zone."""

    begin: date
    """The first day at whose end it counts: the one before it was given, or before somebody worked on it, so that the
    picture begins with all of them."""
    promised: date
    finish: date | None
    """When it was done, or will be; None: it has no date."""
    done: bool

    def ended(self, day: date, today: date) -> date | None:
        """When it ends as that is known of a day: until today is over, only what is done is done."""
        return self.finish if self.done or day > today else None

    def is_left(self, day: date, finish: date | None) -> bool:
        """Whether it is still to be done at the end of a day, if it ends on another."""
        return self.begin <= day and (finish is None or day < finish)


def _given(book: Book, known: OrderState, zone: ZoneInfo) -> _Given:
    dated = book.plan.schedule.get(known.order.key)
    done = known.status == "done"
    finish = known.finished if done else dated.finish if dated else None
    promised = _last_day(known.baseline.finish, zone)
    days = [_last_day(one, zone) for one in (known.given, known.started, known.finished) if one]
    return _Given(
        begin=min([promised, *days]) - timedelta(1),
        promised=promised,
        finish=_last_day(finish, zone) if finish else None,
        done=done,
    )


def _last_day(finish: datetime, zone: ZoneInfo) -> date:
    """The day at whose end it is over: what ends at midnight ends on the day before."""
    return (finish.astimezone(zone) - timedelta(minutes=1)).date()
