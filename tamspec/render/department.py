"""A department's work-order sheet: what is next, what it waits for, and who waits for it. Internal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from tamspec.model.catalog import Department
from tamspec.model.order import Order
from tamspec.model.values import counted, effort_text
from tamspec.render.book import Book, Link
from tamspec.render.orders import OrderView, is_waited_for, order_link, order_view
from tamspec.render.when import When, when

WEEKS = 4
"""How far ahead the load looks."""


class Hold(Struct, frozen=True, kw_only=True):
    """One order waits for another, across departments."""

    order: Link
    other: Link
    who: Link
    """Who does the other."""
    by: When | None
    """When the other is planned: its finish where it is waited for, its start where it waits."""


class DepartmentPage(Struct, frozen=True, kw_only=True):
    """Everything on a department's sheet. Times are in its own zone."""

    name: str
    title: str
    answer: str
    manager: str
    email: str
    people: int
    zone: str
    at: When
    now: tuple[OrderView, ...]
    """Under way, blocked or ready."""
    orders: tuple[OrderView, ...]
    waits: tuple[Hold, ...]
    followers: tuple[Hold, ...]
    work: str


def department_page(book: Book, name: str) -> DepartmentPage:
    """The sheet of a department."""
    department = book.workspace.departments[name]
    zone = book.department_zone(name)
    mine = orders_of(book, name)
    views = tuple(order_view(book, order, zone) for order in mine)
    now = tuple(one for one in views if one.status in ("in_progress", "blocked", "rejected", "ready"))
    waits = tuple(_waits(book, mine, name))
    followers = tuple(_followers(book, mine, name))
    return DepartmentPage(
        name=name,
        title=department.label,
        answer=_answer(department, views, now, waits),
        manager=book.person(department.manager.name),
        email=department.email,
        people=department.capacity.people,
        zone=zone.key,
        at=when(book.plan.at, zone),
        now=now,
        orders=views,
        waits=waits,
        followers=followers,
        work=work_ahead(book, name),
    )


def orders_of(book: Book, name: str) -> tuple[Order, ...]:
    """Every order of the plan in which a department works, by start; those to be cancelled last."""
    mine = (one for one in book.by_department.get(name, ()) if one.key in book.actions)
    return tuple(sorted(mine, key=lambda one: (not is_waited_for(book, one.key), *book.by_date(one))))


def work_ahead(book: Book, name: str) -> str:
    """Hours of one person's work in orders that start in the next weeks."""
    end = book.plan.at + timedelta(weeks=WEEKS)
    mine = [order for order in orders_of(book, name) if is_waited_for(book, order.key)]
    soon = [one for one in mine if one.key in book.plan.schedule and book.plan.schedule[one.key].start < end]
    return effort_text(sum(one.effort for one in soon))


def _waits(book: Book, mine: Sequence[Order], name: str) -> Iterator[Hold]:
    """What others must finish first."""
    for order in mine:
        for key in order.depends_on:
            if is_waited_for(book, order.key) and _is_elsewhere(book, key, name):
                dated = book.plan.schedule.get(key)
                yield _hold(book, order.key, key, dated.finish if dated else None, name)


def _followers(book: Book, mine: Sequence[Order], name: str) -> Iterator[Hold]:
    """What others start once an order here is done."""
    for order in mine:
        for key in book.followers.get(order.key, ()):
            if is_waited_for(book, order.key) and _is_elsewhere(book, key, name):
                dated = book.plan.schedule.get(key)
                yield _hold(book, order.key, key, dated.start if dated else None, name)


def _hold(book: Book, key: str, other: str, moment: datetime | None, name: str) -> Hold:
    return Hold(
        order=order_link(book, key),
        other=order_link(book, other),
        who=book.performer(book.orders[other]),
        by=when(moment, book.department_zone(name)) if moment else None,
    )


def _is_elsewhere(book: Book, key: str, name: str) -> bool:
    return is_waited_for(book, key) and name not in book.orders[key].departments


def _answer(department: Department, views: Sequence[OrderView], now: Sequence[OrderView], waits: Sequence[Hold]) -> str:
    open_ones = [one for one in views if one.is_open]
    if not open_ones:
        return f"{department.label} has no open orders."
    ahead = f"{counted(len(open_ones), 'open order')}, {len({one.order for one in waits}) or 'none'} waiting for others"
    under_way = [one for one in now if one.status == "in_progress"]
    if under_way:
        return f"Under way: {under_way[0].name}, to be done by {_finish(under_way[0])}; {ahead}."
    first = next((one for one in now if one.status == "ready"), None) or open_ones[0]
    start = f" on {first.start.text}" if first.start else ""
    return f"Next: {first.name}{start}; {ahead}."


def _finish(order: OrderView) -> str:
    return order.finish.text if order.finish else "no date"
