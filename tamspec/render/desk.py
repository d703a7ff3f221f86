"""A TAM's desk: what is to be asked, what is stuck, what slips, what was recorded since yesterday, what comes next, and
what ends soon. Internal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from tamspec.desk.capacity import URGENT, outlooks_of
from tamspec.desk.days import of_last_day
from tamspec.desk.expiries import agreed_until, endings_of
from tamspec.model.order import Adopted, Dated, Event, Moved, Ordered, StatusSet
from tamspec.model.plan import SINCE
from tamspec.model.values import counted
from tamspec.render.book import Book, Link, change_key, change_path, change_title, desk_path
from tamspec.render.capacity import capacity_path
from tamspec.render.department import title_of
from tamspec.render.documents import doubtful
from tamspec.render.orders import order_link, status_word
from tamspec.render.roles import scorecard_link
from tamspec.render.waiting import waits
from tamspec.render.when import When, day_text

SOON = timedelta(days=7)
"""How far ahead the desk looks."""

ENDS = timedelta(days=90)
"""How long before its last day something is told to end."""

MOST = 30
"""Lines of one section; the rest is counted."""


class Item(Struct, frozen=True, kw_only=True):
    """Something on the desk."""

    what: Link
    text: str
    urgent: bool = False
    """Overdue, or stuck."""


class Section(Struct, frozen=True, kw_only=True):
    """Things of one kind."""

    anchor: str
    title: str
    items: tuple[Item, ...]
    more: int


class DeskPage(Struct, frozen=True, kw_only=True):
    """Everything on a desk. Times are in the zone of the TAM's home department."""

    title: str
    answer: str
    zone: str
    at: When
    scorecard: Link
    projects: tuple[Link, ...]
    more_projects: int
    sections: tuple[Section, ...]


class DeskRow(Struct, frozen=True, kw_only=True):
    """A desk in the list of desks."""

    desk: Link
    projects: int
    answer: str


class DesksPage(Struct, frozen=True, kw_only=True):
    """The desks of all TAMs."""

    title: str
    answer: str
    rows: tuple[DeskRow, ...]
    at: When


def tams(book: Book) -> tuple[str, ...]:
    """Everybody who is TAM or deputy of a project."""
    return tuple(sorted(book.desks))


def desks_page(book: Book) -> DesksPage:
    """The list of desks."""
    rows = []
    for name in tams(book):
        page = desk_page(book, name)
        link = Link(text=book.person(name), href=desk_path(name))
        rows.append(DeskRow(desk=link, projects=len(book.desks[name]), answer=page.answer))
    return DesksPage(
        title="Desks",
        answer=f"Projects are held by {counted(len(rows), 'person', 'people')}, as TAM or as deputy.",
        rows=tuple(rows),
        at=book.when(book.plan.at, book.client_zone("")),
    )


def desk_page(book: Book, person: str) -> DeskPage:
    """The desk of one TAM or deputy."""
    home = book.workspace.people[person].department.name
    zone = book.department_zone(home)
    mine = book.desks[person]
    made = (
        ("questions", "Questions", list(_questions(book, mine))),
        ("stuck", "Blocked or rejected", list(_stuck(book, mine))),
        ("unheard", "To be asked after", list(_unheard(book, mine, zone))),
        ("slipped", "Later than promised", list(_slipped(book, mine, zone))),
        ("registers", "Answers, reviews and decisions", list(_registers(book, mine))),
        ("documents", "Documents to be read", list(_documents(book, mine))),
        ("yesterday", "Since yesterday", list(_yesterday(book, mine, zone))),
        ("soon", "In the next seven days", list(_soon(book, mine, zone))),
        ("ends", "What ends soon", list(_ends(book, mine))),
    )
    return DeskPage(
        title=f"Desk of {book.person(person)}",
        answer=_answer({anchor: items for anchor, _, items in made}),
        zone=zone.key,
        at=book.when(book.plan.at, zone),
        scorecard=scorecard_link(book, person),
        projects=tuple(book.project_link(name) for name in mine[:MOST]),
        more_projects=max(0, len(mine) - MOST),
        sections=tuple(
            Section(anchor=anchor, title=title, items=tuple(items[:MOST]), more=max(0, len(items) - MOST))
            for anchor, title, items in made
        ),
    )


def _answer(items: dict[str, list[Item]]) -> str:
    overdue = sum(1 for one in items["questions"] if one.urgent)
    told = [
        counted(overdue, "overdue question") if overdue else "",
        f"{len(items['stuck'])} blocked" if items["stuck"] else "",
        f"{len(items['unheard'])} to be asked after" if items["unheard"] else "",
        f"{len(items['slipped'])} later than promised" if items["slipped"] else "",
        f"{_overdue(items['registers'])} overdue in the registers" if _overdue(items["registers"]) else "",
        f"{counted(len(items['documents']), 'document')} to be read" if items["documents"] else "",
    ]
    urgent = ", ".join(one for one in told if one)
    # Of some both the beginning and the end lie within them.
    soon = counted(len({one.what for one in items["soon"]}), "order") + " in the next seven days"
    return f"{urgent[0].upper()}{urgent[1:]}; {soon}." if urgent else f"Nothing is urgent; {soon}."


def _questions(book: Book, mine: Sequence[str]) -> Iterator[Item]:
    """Those that are overdue first, then by date."""
    made = []
    for project in mine:
        for key in book.changes_of.get(project, ()):
            change = book.plan.changes[key]
            for one in change.questions:
                when = f"{'overdue since' if one.overdue else 'by'} {one.due}" if one.due else "no date"
                whom = f" Ask {book.contact(project, one.ask)}." if one.ask else ""
                link = Link(text=change_title(change), href=f"{change_path(key)}#questions")
                made.append(
                    (
                        not one.overdue,
                        one.due or "~",
                        key,
                        Item(what=link, text=f"{one.text} ({when}).{whom}", urgent=one.overdue),
                    )
                )
    yield from (item for *_, item in sorted(made, key=lambda one: one[:3]))


def _stuck(book: Book, mine: Sequence[str]) -> Iterator[Item]:
    for project in mine:
        for order in book.by_project.get(project, ()):
            known = book.state.orders.get(order.key)
            if known and known.status in ("blocked", "rejected"):
                on = f" on {book.department(known.last.on).text}" if known.last and known.last.on else ""
                why = f": {known.last.reason}" if known.last and known.last.reason else ""
                text = f"{title_of(order)} is {status_word(book, known.status)}{on}{why}"
                yield Item(what=order_link(book, order.key), text=text, urgent=True)


def _unheard(book: Book, mine: Sequence[str], zone: ZoneInfo) -> Iterator[Item]:
    projects = frozenset(mine)
    for one in book.plan.lapses:
        order = book.orders[one.order]
        if order.project in projects:
            behind = f"; {counted(one.behind, 'order')} behind it" if one.behind else ""
            who = book.performer(order).text
            text = f"{title_of(order)}, {who}: {SINCE[one.kind]} {book.when(one.since, zone).day}{behind}"
            yield Item(what=order_link(book, one.order), text=text, urgent=True)


def _slipped(book: Book, mine: Sequence[str], zone: ZoneInfo) -> Iterator[Item]:
    for project in mine:
        for key in book.changes_of.get(project, ()):
            one = book.plan.changes[key]
            if one.state != "closed" and one.committed and one.forecast and one.forecast > one.committed:
                was, now = book.when(one.committed, zone), book.when(one.forecast, zone)
                days = (was.day, now.day) if was.day != now.day else (was.text, now.text)
                yield Item(what=book.change(key), text=f"promised {days[0]}, now {days[1]}", urgent=True)


def _overdue(items: Sequence[Item]) -> int:
    return sum(one.urgent for one in items)


def _registers(book: Book, mine: Sequence[str]) -> Iterator[Item]:
    """Requests without an answer, what is to be looked at again, what the client does not know, proposals without a
    decision."""
    for one in waits(book, mine):
        yield Item(what=one.what, text=one.text, urgent=one.urgent)


def _documents(book: Book, mine: Sequence[str]) -> Iterator[Item]:
    """Those that are missing, stale, not known to be true, or not looked at for too long."""
    for link, text, urgent in doubtful(book, mine):
        yield Item(what=link, text=text, urgent=urgent)


def _soon(book: Book, mine: Sequence[str], zone: ZoneInfo) -> Iterator[Item]:
    end = book.plan.at + SOON
    rows = []
    for project in mine:
        for order in book.by_project.get(project, ()):
            dated, action = book.plan.schedule.get(order.key), book.actions.get(order.key)
            if dated is None or action is None or action.verb == "cancel":
                continue
            for moment, word in ((dated.start, "begins"), (dated.finish, "is to be done")):
                if book.plan.at <= moment < end and not (word == "begins" and order.milestone):
                    text = f"{book.when(moment, zone).text}: {title_of(order)} {word}, {book.performer(order).text}"
                    rows.append((moment, order.key, word, Item(what=order_link(book, order.key), text=text)))
    yield from (item for *_, item in sorted(rows, key=lambda one: one[:3]))


def _yesterday(book: Book, mine: Sequence[str], zone: ZoneInfo) -> Iterator[Item]:
    """What was recorded in the last day, the latest first."""
    for event in of_last_day(book.events, book.plan.at, mine):
        yield from _of_event(book, event, book.when(event.at, zone).text)


def _of_event(book: Book, event: Event, when: str) -> Iterator[Item]:
    match event:
        case StatusSet():
            for key, report in event.orders.items():
                name = title_of(book.orders[key]) if key in book.orders else key
                text = f"{when}: {name} is {status_word(book, report.status)}, said {event.by}"
                yield Item(what=order_link(book, key), text=text)
        case Ordered():
            moved = f", {counted(len(event.moved), 'order')} of other work moved" if event.moved else ""
            text = f"{when}: {counted(len(event.orders), 'order')} given by {event.by}{moved}"
            yield Item(what=book.change(change_key(event.change, event.project)), text=text)
        case Dated():
            yield Item(what=book.change(event.change), text=f"{when}: promised anew by {event.by}")
        case Adopted():
            text = f"{when}: {counted(len(event.components), 'component')} taken over by {event.by}"
            yield Item(what=book.project_link(event.project), text=text)
        case Moved():
            text = f"{when}: {counted(len(event.moves), 'component')} renamed by {event.by}"
            yield Item(what=book.project_link(event.project), text=text)


def _ends(book: Book, mine: Sequence[str]) -> Iterator[Item]:
    """Agreements, consents and what else holds until a day that end within three months, what must be renewed or
    ordered by then, and limits that nobody watches."""
    last = (book.plan.at + ENDS).date()
    rows: list[tuple[str, Item]] = []
    for one in agreed_until(last, book.workspace, book.plan, mine):
        if one.agreement:
            word = "ended" if one.ended else "ends"
            text = f"the agreement of {book.workspace.projects[one.project].label} {word} on {day_text(one.until)}"
            item = Item(what=book.agreement(one.agreement), text=text, urgent=one.ended)
        else:
            text = f"the consent of {book.person(one.by)} for {one.moved} ends on {day_text(one.until)}"
            item = Item(what=book.change(one.change), text=text)
        rows.append((one.until.isoformat(), item))
    for name in mine:
        rows += _running_out(book, name, last)
    yield from (item for _, item in sorted(rows, key=lambda one: one[0]))


def _running_out(book: Book, project: str, last: date) -> Iterator[tuple[str, Item]]:
    """What of a project ends, must be renewed or ordered until a day, or is watched by nobody, each with its day."""
    page = capacity_path(project)
    for one in endings_of(book.workspace, book.plan, project):
        day = min(one.begin, one.expiry.ends)
        if one.comes_late and one.renewed:
            text = f"ends on {day_text(one.expiry.ends)}, and its renewal is done on {day_text(one.renewed)}"
            yield day.isoformat(), Item(what=Link(text=one.label, href=page), text=text, urgent=True)
        elif day <= last and not (one.renewal and not one.ended):
            word = "ended" if one.ended else "ends"
            begin = "" if one.ended else f"; its renewal is to begin by {day_text(one.begin)}"
            text = f"{word} on {day_text(one.expiry.ends)}{begin}"
            item = Item(what=Link(text=one.label, href=page), text=text, urgent=one.ended or one.must_begin)
            yield day.isoformat(), item
    for each in outlooks_of(book.workspace, book.plan, project):
        link = Link(text=each.item.title or each.name, href=page)
        if each.verdict == "unwatched":
            since = f"since {day_text(each.last)}" if each.last else "at all"
            yield each.today.isoformat(), Item(what=link, text=f"nobody has measured it {since}", urgent=True)
        elif each.verdict in URGENT:
            text = "is at its limit" if each.verdict == "at its limit" else "more is to be ordered now"
            yield (each.order_by or each.today).isoformat(), Item(what=link, text=text, urgent=True)
        elif each.verdict == "order by" and each.order_by and each.order_by <= last:
            text = f"more is to be ordered by {day_text(each.order_by)}"
            yield each.order_by.isoformat(), Item(what=link, text=text)
