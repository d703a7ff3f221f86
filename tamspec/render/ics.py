"""Calendars for people's own programs, as iCalendar (RFC 5545): the orders of a department, what a client sees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from tamspec.desk.capacity import outlooks_of
from tamspec.desk.expiries import endings_of
from tamspec.model.order import Order
from tamspec.model.plan import ChangePlan
from tamspec.model.values import effort_text
from tamspec.render.book import Book, change_path, change_title
from tamspec.render.capacity import capacity_path
from tamspec.render.department import orders_of
from tamspec.render.escape import clean, line, slug, web_address
from tamspec.render.orders import is_waited_for, order_link

LONGEST = 75
"""Octets of a line; what is longer goes on in the next, behind a blank."""


class Entry(Struct, frozen=True, kw_only=True):
    """Something with a time: an instant, a span of them, or a whole day."""

    uid: str
    """Stays the same as long as it means the same thing, so that programs move the entry instead of adding one."""
    title: str
    start: datetime | date
    finish: datetime | date
    """Not included; the start itself where it takes no time."""
    text: str = ""
    href: str = ""
    """Its page, from the root of the site."""
    settled: bool = True
    """Whether it was ordered; else it is only planned."""


def calendars(book: Book) -> dict[str, str]:
    """A calendar for each department and for each client: path → text."""
    made = {}
    for name, department in sorted(book.workspace.departments.items()):
        made[f"ics/department/{slug(name)}.ics"] = _calendar(book, department.label, _of_department(book, name))
    for name, client in sorted(book.workspace.clients.items()):
        made[f"ics/client/{slug(name)}.ics"] = _calendar(book, client.label, _of_client(book, name))
    return made


def _of_department(book: Book, name: str) -> Iterator[Entry]:
    for order in orders_of(book, name):
        if order.key in book.plan.schedule and is_waited_for(book, order.key):
            waits = [key for key in order.depends_on if is_waited_for(book, key)]
            told = [
                f"Order: {order.key}",
                f"Project: {book.project_link(order.project).text}",
                f"Status: {book.plan.statuses[order.key].replace('_', ' ')}",
                f"Effort: {effort_text(order.effort)}" if order.effort else "",
                f"Waits for: {', '.join(waits)}" if waits else "",
            ]
            who = f" ({book.department(order.department).text})" if order.department != name else ""
            href = order_link(book, order.key).href
            yield _entry(book, order, order.title + who, "\n".join(one for one in told if one), href)


def _of_client(book: Book, name: str) -> Iterator[Entry]:
    """What a client does, when its systems are worked on, milestones, promised finishes, and what ends: nothing
    of anybody else, and nothing of how much work it is."""
    changes = [one for one in book.plan.changes.values() if one.name and _client_of(book, one) == name]
    for change in sorted(changes, key=lambda one: one.name):
        if change.committed and change.state != "closed":
            yield _promise(book, change, change.committed)
        for order in book.orders_of(change.name):
            dated = book.plan.schedule.get(order.key)
            takes_time = dated is not None and dated.start != dated.finish
            if dated and is_waited_for(book, order.key) and (order.party == "client" or order.window or not takes_time):
                title = f"Maintenance window: {order.title}" if order.window else order.title
                href = change_path(change.name)
                yield _entry(book, order, title, f"Change: {change_title(change)}", href)
    for project in book.projects_of.get(name, ()):
        yield from _ends(book, project)


def _ends(book: Book, project: str) -> Iterator[Entry]:
    """The last days of what ends, and the days by which more must be ordered."""
    who = book.project_link(project).text
    for one in endings_of(book.workspace, book.plan, project):
        day = one.expiry.ends
        yield Entry(
            uid=f"ends:{project}/{one.name}",
            title=f"Ends: {one.label} ({who})",
            start=day,
            finish=day + timedelta(days=1),
            text=f"Its renewal is to begin by {one.begin}.",
            href=capacity_path(project),
        )
    for each in outlooks_of(book.workspace, book.plan, project):
        if each.verdict == "order by" and each.order_by:
            yield Entry(
                uid=f"order-by:{project}/{each.name}",
                title=f"Order by: {each.item.title or each.name} ({who})",
                start=each.order_by,
                finish=each.order_by + timedelta(days=1),
                href=capacity_path(project),
                settled=False,
            )


def _client_of(book: Book, change: ChangePlan) -> str:
    client = book.client(change.project)
    return client.name if client else ""


def _promise(book: Book, change: ChangePlan, committed: datetime) -> Entry:
    """The last day of a Change, in the client's time zone; it is certain as long as the plan keeps it."""
    local = _last_day(book, change, committed)
    forecast = _last_day(book, change, change.forecast) if change.forecast else None
    is_kept = forecast is not None and forecast <= local
    return Entry(
        uid=f"change:{change.name}",
        title=f"Promised finish: {change_title(change)}",
        start=local,
        finish=local + timedelta(days=1),
        text="" if is_kept else f"The plan expects it on {forecast}." if forecast else "The plan has no finish for it.",
        href=change_path(change.name),
        settled=is_kept,
    )


def _last_day(book: Book, change: ChangePlan, finish: datetime) -> date:
    return (finish - timedelta(seconds=1)).astimezone(book.client_zone(change.project)).date()


def _entry(book: Book, order: Order, title: str, text: str, href: str) -> Entry:
    dated = book.plan.schedule[order.key]
    project = book.project_link(order.project).text
    return Entry(
        uid=order.key,
        title=f"{title}: {order.component or project} ({project})" if order.component else f"{title} ({project})",
        start=dated.start,
        finish=dated.finish,
        text=text,
        href=href,
        settled=order.key in book.state.orders,
    )


# -- RFC 5545 ----------------------------------------------------------------------------------------------------------


def _calendar(book: Book, title: str, entries: Iterator[Entry]) -> str:
    """A whole calendar; its lines end as the standard demands."""
    site = web_address(book.workspace.settings.site).rstrip("/")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tamspec//tamspec//EN", f"X-WR-CALNAME:{_text(line(title))}"]
    for entry in entries:
        lines += _event(entry, book.plan.at, site)
    return "".join(f"{_folded(one)}\r\n" for one in (*lines, "END:VCALENDAR"))


def _event(entry: Entry, at: datetime, site: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(entry.uid)}@tamspec"
    yield f"DTSTAMP:{_utc(at)}"
    yield _time("DTSTART", entry.start)
    if entry.finish > entry.start:
        yield _time("DTEND", entry.finish)
    yield f"SUMMARY:{_text(line(entry.title))}"
    if entry.text:
        yield f"DESCRIPTION:{_text(clean(entry.text))}"
    if site and entry.href:
        yield f"URL:{site}/{entry.href}"
    yield f"STATUS:{'CONFIRMED' if entry.settled else 'TENTATIVE'}"
    yield "END:VEVENT"


def _time(name: str, when: datetime | date) -> str:
    return f"{name}:{_utc(when)}" if isinstance(when, datetime) else f"{name};VALUE=DATE:{when:%Y%m%d}"


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """A value in which nothing ends the line, the value or an item of a list."""
    made = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(made.splitlines())


def _folded(line: str) -> str:
    """A line in pieces of at most 75 octets, none of which cuts a character."""
    pieces, size = [""], 0
    for char in line:
        octets = len(char.encode())
        if size + octets > LONGEST:
            pieces.append(" ")
            size = 1
        pieces[-1] += char
        size += octets
    return "\r\n".join(pieces)
