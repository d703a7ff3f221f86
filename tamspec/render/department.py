"""A department's queue: what is next, what it waits for and whom to call, who waits for it, and what is late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup
from msgspec import Struct

from tamspec.model.catalog import Department
from tamspec.model.order import Order
from tamspec.model.plan import SINCE
from tamspec.model.values import counted, effort_text
from tamspec.render.book import Book, Link, department_path
from tamspec.render.load import weeks_picture, work_ahead
from tamspec.render.order import Person, whom_to_ask
from tamspec.render.orders import OrderView, is_waited_for, order_link, order_view, standing_of
from tamspec.render.paging import Pages, numbered, pages
from tamspec.render.when import When

NEXT = 3
"""Orders that are shown whole."""

ROWS = 50
"""Orders on one page of a queue: its size does not grow with the number of clients."""

HOLDS = 20
"""Orders that wait, of each side, before the rest is counted."""


class Turn(Struct, frozen=True, kw_only=True):
    """An order that is next, and whom to call for what it waits for."""

    order: OrderView
    asks: tuple[Person, ...]


class Row(Struct, frozen=True, kw_only=True):
    """An order in the queue."""

    order: Link
    title: str
    project: Link
    status: str
    standing: str
    start: When | None
    finish: When | None
    effort: str
    waits_for: int
    late: bool
    critical: bool


class Overdue(Struct, frozen=True, kw_only=True):
    """Something that is late, and why one says so."""

    order: Link
    title: str
    text: str


class Hold(Struct, frozen=True, kw_only=True):
    """One order waits for another, across departments."""

    order: Link
    other: Link
    who: Link
    """Who does the other."""
    by: When | None
    """When the other is planned: its finish where it is waited for, its start where it waits."""


class DepartmentPage(Struct, frozen=True, kw_only=True):
    """Everything on a department's page. Times are in its own zone."""

    name: str
    title: str
    answer: str
    manager: str
    email: str
    people: int
    zone: str
    at: When
    next: tuple[Turn, ...]
    late: tuple[Overdue, ...]
    more_late: int
    waits: tuple[Hold, ...]
    more_waits: int
    followers: tuple[Hold, ...]
    more_followers: int
    work: str
    weeks: Markup | None
    """Eight weeks as bars."""


class QueuePage(Struct, frozen=True, kw_only=True):
    """A piece of the whole queue of a department."""

    title: str
    department: Link
    answer: str
    zone: str
    at: When
    rows: tuple[Row, ...]
    pages: Pages


def department_page(book: Book, name: str) -> DepartmentPage:
    """What the lead of a department must know now."""
    department = book.workspace.departments[name]
    zone = book.department_zone(name)
    mine = orders_of(book, name)
    expected = [order for order in mine if is_waited_for(book, order.key)]
    turns = [order_view(book, order, zone) for order in sorted(expected, key=lambda one: _turn(book, one))[:NEXT]]
    late = list(_late(book, expected, name))
    waits, more_waits = _holds(book, expected, name, ours_waits=True)
    followers, more_followers = _holds(book, expected, name, ours_waits=False)
    return DepartmentPage(
        name=name,
        title=department.label,
        answer=_answer(department, turns, len(expected), _waiting(book, expected), len(late)),
        manager=book.person(department.manager.name),
        email=department.email or book.email(department.manager.name),
        people=department.capacity.people,
        zone=zone.key,
        at=book.when(book.plan.at, zone),
        next=tuple(Turn(order=one, asks=tuple(_asks(book, one))) for one in turns),
        late=tuple(late[:HOLDS]),
        more_late=max(0, len(late) - HOLDS),
        waits=waits,
        more_waits=more_waits,
        followers=followers,
        more_followers=more_followers,
        work=work_ahead(book, name),
        weeks=weeks_picture(book, name),
    )


def queue_pages(book: Book, name: str) -> int:
    """On how many pages the queue of a department stands."""
    return max(1, -(-sum(1 for _ in _open(book, name)) // ROWS))


def queue_page(book: Book, name: str, number: int) -> QueuePage:
    """One page of the queue, by start."""
    department, zone = book.workspace.departments[name], book.department_zone(name)
    mine = orders_of(book, name)
    return QueuePage(
        title=f"{department.label}: queue",
        department=book.department(name),
        answer=f"{department.label} has {counted(len(mine), 'open order')}, by the day on which each begins.",
        zone=zone.key,
        at=book.when(book.plan.at, zone),
        rows=tuple(_row(book, order, name) for order in mine[(number - 1) * ROWS : number * ROWS]),
        pages=pages("Pages of the queue", number, queue_pages(book, name), lambda at: queue_path(name, at)),
    )


def queue_path(name: str, number: int) -> str:
    """Where a page of the queue of a department is."""
    return department_path(name, numbered("queue", number))


def orders_of(book: Book, name: str) -> tuple[Order, ...]:
    """Every order of the plan in which a department works, by start; those to be cancelled last."""
    return tuple(sorted(_open(book, name), key=lambda one: (not is_waited_for(book, one.key), *book.by_date(one))))


def _open(book: Book, name: str) -> Iterator[Order]:
    return (one for one in book.by_department.get(name, ()) if one.key in book.actions)


_URGENCY = {"in_progress": 0, "rejected": 0, "blocked": 1, "ready": 2}


def _turn(book: Book, order: Order) -> tuple[int, str, str]:
    """What is under way comes first, then what is ready, then what is planned, each by start."""
    return (_URGENCY.get(book.plan.statuses.get(order.key, ""), 3), *book.by_date(order))


def _asks(book: Book, order: OrderView) -> Iterator[Person]:
    for key in book.orders[order.key].depends_on:
        found = whom_to_ask(book, key) if is_waited_for(book, key) else None
        if found:
            yield found


def _late(book: Book, mine: Sequence[Order], name: str) -> Iterator[Overdue]:
    """What should have been heard of by now, and what cannot be finished when it must be."""
    zone = book.department_zone(name)
    for order in mine:
        link, dated = order_link(book, order.key), book.plan.schedule.get(order.key)
        said = [f"{SINCE[one.kind]} {book.when(one.since, zone).day}" for one in book.plan.lapses_of(order.key)]
        if dated and dated.due and dated.slack_minutes is not None and dated.slack_minutes < 0:
            said.append(f"must be done by {book.due_by(dated.due, zone).text} and is planned for "
                        f"{book.when(dated.finish, zone).text}")  # fmt: skip
        if order.key in book.plan.unplaced:
            said.append(book.plan.unplaced[order.key])
        if said:
            yield Overdue(order=link, title=title_of(order), text="; ".join(said))


def title_of(order: Order) -> str:
    """The title of an order with its component."""
    return f"{order.title}: {order.component}" if order.component else order.title


def _waiting(book: Book, mine: Sequence[Order]) -> int:
    return sum(1 for one in mine if any(is_waited_for(book, key) for key in one.depends_on))


def _row(book: Book, order: Order, name: str) -> Row:
    zone, dated = book.department_zone(name), book.plan.schedule.get(order.key)
    view = standing_of(book, order)
    return Row(
        order=order_link(book, order.key),
        title=title_of(order),
        project=book.project_link(order.project),
        status=view[0],
        standing=view[1],
        start=book.when(dated.start, zone) if dated else None,
        finish=book.when(dated.finish, zone) if dated else None,
        effort=effort_text(order.effort) if order.effort else "",
        waits_for=sum(1 for key in order.depends_on if is_waited_for(book, key)),
        late=bool(dated and dated.slack_minutes is not None and dated.slack_minutes < 0),
        critical=bool(dated and dated.critical),
    )


def _holds(book: Book, mine: Sequence[Order], name: str, *, ours_waits: bool) -> tuple[tuple[Hold, ...], int]:
    """What others must finish first, or what others start once an order here is done; and how many more."""
    zone = book.department_zone(name)
    pairs = [
        (order.key, key)
        for order in mine
        for key in (order.depends_on if ours_waits else book.followers.get(order.key, ()))
        if is_waited_for(book, key) and name not in book.orders[key].departments
    ]
    made = []
    for key, other in pairs[:HOLDS]:
        dated = book.plan.schedule.get(other)
        moment = (dated.finish if ours_waits else dated.start) if dated else None
        made.append(
            Hold(
                order=order_link(book, key),
                other=order_link(book, other),
                who=book.performer(book.orders[other]),
                by=book.when(moment, zone) if moment else None,
            )
        )
    return tuple(made), len(pairs) - len(made)


def _answer(department: Department, turns: Sequence[OrderView], number: int, waiting: int, late: int) -> str:
    if not turns:
        return f"{department.label} has no open orders."
    ahead = f"{counted(number, 'open order')}, {waiting or 'none'} waiting for other work, {late or 'none'} late"
    first = turns[0]
    if first.status == "in_progress":
        finish = first.finish.text if first.finish else "no date"
        return f"Under way: {first.name}, to be done by {finish}; {ahead}."
    start = f" on {first.start.text}" if first.start else ""
    return f"Next: {first.name}{start}; {ahead}."
