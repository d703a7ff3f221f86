"""The calendar of the next weeks: what begins, what must be done, and when nothing may be changed. Internal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from msgspec import Struct

from tamspec.desk.capacity import outlooks
from tamspec.desk.expiries import endings
from tamspec.model.catalog import Freeze
from tamspec.model.values import counted
from tamspec.render.book import Book, Link
from tamspec.render.when import When, day_of_end, day_text

WEEKS = 8
"""How far ahead it looks, this week included."""

MOST = 5
"""Deadlines, and days off, that one day names; the rest is counted."""


class Day(Struct, frozen=True, kw_only=True):
    """A day of the calendar."""

    text: str
    past: bool
    today: bool
    begin: int
    """Orders that begin."""
    end: int
    """Orders that are to be done."""
    deadlines: tuple[Link, ...]
    more: int
    notes: tuple[str, ...]
    """Holidays, freezes, and what is to be renewed or ordered."""


class AgendaPage(Struct, frozen=True, kw_only=True):
    """Everything on the calendar. Days are those of UTC, deadlines those of their clients."""

    title: str
    answer: str
    at: When
    weeks: tuple[tuple[Day, ...], ...]


def agenda_page(book: Book) -> AgendaPage:
    """The weeks that come."""
    today = book.plan.at.date()
    first = today - timedelta(days=today.weekday())
    days = [first + timedelta(days=at) for at in range(7 * WEEKS)]
    begin, end = _counted(book)
    deadlines, notes = _deadlines(book), _notes(book, days[0], days[-1])
    made = [
        Day(
            text=day_text(day),
            past=day < today,
            today=day == today,
            begin=begin.get(day, 0),
            end=end.get(day, 0),
            deadlines=tuple(deadlines.get(day, ())[:MOST]),
            more=max(0, len(deadlines.get(day, ())) - MOST),
            notes=tuple(notes.get(day, ())),
        )
        for day in days
    ]
    soon = [one for day in days if today <= day for one in deadlines.get(day, ())]
    starts = sum(begin.get(day, 0) for day in days if today <= day < today + timedelta(days=7))
    return AgendaPage(
        title="Calendar",
        answer=f"In the next seven days {counted(starts, 'order')} {'begins' if starts == 1 else 'begin'}; "
        f"{counted(len(soon), 'change')} must be done in the next {WEEKS} weeks.",
        at=book.when(book.plan.at, book.client_zone("")),
        weeks=tuple(tuple(made[at : at + 7]) for at in range(0, len(made), 7)),
    )


def _counted(book: Book) -> tuple[dict[date, int], dict[date, int]]:
    begin: dict[date, int] = {}
    end: dict[date, int] = {}
    for dated in book.plan.schedule.values():
        begin[dated.start.date()] = begin.get(dated.start.date(), 0) + 1
        end[dated.finish.date()] = end.get(dated.finish.date(), 0) + 1
    return begin, end


def _deadlines(book: Book) -> dict[date, list[Link]]:
    """The changes that must be done by the end of a day."""
    made: dict[date, list[Link]] = {}
    for key, one in sorted(book.plan.changes.items()):
        if one.deadline and one.state not in ("closed", "withdrawn"):
            day = day_of_end(one.deadline, book.client_zone(one.project))
            made.setdefault(day, []).append(book.change(key))
    return made


def _notes(book: Book, first: date, last: date) -> dict[date, list[str]]:
    """Holidays of the departments' calendars, freezes (those of clients are counted), and what is to be renewed or
    ordered."""
    made: dict[date, list[str]] = {}
    calendars = sorted({one.calendar.name for one in book.workspace.departments.values()})
    for name in calendars:
        for day, holiday in book.workspace.calendars[name].holidays.items():
            if first <= day <= last and holiday not in made.get(day, []):
                made.setdefault(day, []).append(holiday)
    for title, freeze in sorted(book.workspace.settings.freezes.items()):
        for day in _days(freeze, first, last):
            made.setdefault(day, []).append(f"freeze: {freeze.title or title}")
    frozen: dict[date, int] = {}
    for client in book.workspace.clients.values():
        for day in {day for one in client.freezes.values() for day in _days(one, first, last)}:
            frozen[day] = frozen.get(day, 0) + 1
    for day, number in frozen.items():
        made.setdefault(day, []).append(f"freeze of {counted(number, 'client')}")
    for day, told in _running_out(book, first, last):
        made.setdefault(day, []).append(told)
    return made


def _running_out(book: Book, first: date, last: date) -> Iterator[tuple[date, str]]:
    """What ends, is to be renewed or to be ordered from a day to another, each with its day."""
    yield from (one for one in _ends(book) if first <= one[0] <= last)


def _ends(book: Book) -> Iterator[tuple[date, str]]:
    for one in endings(book.workspace, book.plan):
        who = book.project_link(one.project).text
        yield one.expiry.ends, f"{one.label} ({who}): ends"
        if one.renewal is None and one.begin != one.expiry.ends:
            yield one.begin, f"{one.label} ({who}): its renewal begins today at the latest"
    for each in outlooks(book.workspace, book.plan):
        if each.verdict == "order by" and each.order_by:
            yield each.order_by, f"{each.item.title or each.name} ({book.project_link(each.project).text}): order more"


def _days(freeze: Freeze, first: date, last: date) -> Iterator[date]:
    begin, end = max(freeze.first, first), min(freeze.last, last)
    return (begin + timedelta(days=at) for at in range((end - begin).days + 1))
