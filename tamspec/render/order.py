"""A work order on a page of its own: what is to be done, when and why then, what it needs, and who waits for it."""

from __future__ import annotations

from msgspec import Struct

from tamspec.model.order import Order
from tamspec.render.book import Book, Link
from tamspec.render.orders import OrderView, is_waited_for, order_link, order_view
from tamspec.render.when import When


class Person(Struct, frozen=True, kw_only=True):
    """Whom to ask, and how."""

    name: str
    email: str
    of: Link
    about: Link
    """The order that they answer for."""


class OrderPage(Struct, frozen=True, kw_only=True):
    """Everything on the page of an order. Times are in the zone of who does it, else in the client's."""

    title: str
    answer: str
    order: OrderView
    zone: str
    at: When
    contact: Person | None
    """Who answers for the work."""
    waits_for: tuple[Person, ...]
    """Whom it waits for."""
    previous: Link | None
    """The order before it, of whoever does it."""
    next: Link | None


def order_page(book: Book, key: str) -> OrderPage:
    """The page of an order, planned or ever given."""
    order = book.orders[key]
    zone = book.department_zone(order.department) if _known(book, order) else book.client_zone(order.project)
    view = order_view(book, order, zone)
    before, after = _neighbours(book, order)
    return OrderPage(
        title=view.name,
        answer=_answer(book, view, order),
        order=view,
        zone=zone.key,
        at=book.when(book.plan.at, zone),
        contact=whom_to_ask(book, key),
        waits_for=tuple(
            one for other in order.depends_on if is_waited_for(book, other) and (one := whom_to_ask(book, other))
        ),
        previous=before,
        next=after,
    )


def whom_to_ask(book: Book, key: str) -> Person | None:
    """Who answers for an order: the manager of its department, the TAM, or the client's technical contact."""
    order = book.orders[key]
    project, client = book.project(order.project), book.client(order.project)
    about = order_link(book, key)
    if _known(book, order):
        department = book.workspace.departments[order.department]
        email = department.email or book.email(department.manager.name)
        name = book.person(department.manager.name)
        return Person(name=name, email=email, of=book.department(order.department), about=about)
    if order.party == "client" and client:
        contacts = [one for _, one in sorted(client.contacts.items()) if one.role == "technical"]
        name, email = (contacts[0].title, contacts[0].email) if contacts else (client.label, "")
        return Person(name=name, email=email, of=Link(text=client.label), about=about)
    if project and project.team.tam:
        tam = project.team.tam.name
        return Person(name=book.person(tam), email=book.email(tam), of=book.performer(order), about=about)
    return None


def _known(book: Book, order: Order) -> bool:
    return order.department in book.workspace.departments


def _answer(book: Book, view: OrderView, order: Order) -> str:
    """What is to be done with it now, in one sentence."""
    who = book.performer(order).text
    if view.status == "done":
        return f"{who} did it: finished on {view.finish.text}." if view.finish else f"{who} did it."
    if view.status == "cancelled" or view.standing == "to be cancelled":
        return "It is not wanted any more: nothing is to be done."
    if view.start is None or view.finish is None:
        return f"It has no date yet: {view.trouble or 'not all of its change can be planned'}."
    if view.status in ("blocked", "rejected"):
        return f"It is {view.standing}: {view.trouble or 'nobody says why'}."
    if view.status == "in_progress":
        return f"{who} is at it, to be done by {view.finish.text}."
    if view.waits_for:
        held = "one order" if len(view.waits_for) == 1 else f"{len(view.waits_for)} orders"
        return f"{who} begins on {view.start.text}, after {held} that must be done first."
    return f"{who} begins on {view.start.text} and is done by {view.finish.text}."


def _neighbours(book: Book, order: Order) -> tuple[Link | None, Link | None]:
    """The orders before and after it in the queue of whoever does it first."""
    queue = book.queues.get(order.department or order.party, ())
    at = book.turns.get(order.key)
    if at is None:
        return None, None
    before = order_link(book, queue[at - 1]) if at else None
    return before, order_link(book, queue[at + 1]) if at + 1 < len(queue) else None
