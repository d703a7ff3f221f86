"""The plan of one change, for those who review it: what differs, who works when, is it in time, what is open.

Written for a client it names no other client, and no order of another client.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup
from msgspec import Struct

from tamspec.model.order import Order
from tamspec.model.plan import ChangePlan, OpenQuestion
from tamspec.render.book import ORDERS, Book, Link, change_path, change_title, each_once, orders_path, undivided
from tamspec.render.differences import DiffPart, diff_view, part_of
from tamspec.render.gantt import Bar, gantt
from tamspec.render.mermaid import Diagram, diagram
from tamspec.render.orders import OrderView, order_link, order_view, scalar
from tamspec.render.paging import Pages, pages
from tamspec.render.progress import progress
from tamspec.render.verdict import answer, slack, verdict, verdict_word
from tamspec.render.when import When
from tamspec.worktime import expand


class Wave(Struct, frozen=True, kw_only=True):
    """Departments and parties that can work at the same time, each with its number of orders."""

    number: int
    who: tuple[str, ...]
    start: When
    finish: When


class QuestionView(Struct, frozen=True, kw_only=True):
    """Something that is still to be told."""

    text: str
    whom: str
    due: str
    field: str
    assumed: str
    blocking: bool
    source: Link


class OrderSheet(Struct, frozen=True, kw_only=True):
    """What one page has of the orders of a change: as many orders, by start, as many that the client owes, as many
    waves."""

    orders: tuple[OrderView, ...]
    gantt: Markup | None
    """Of those with dates; None: it is not drawn."""
    from_client: tuple[OrderView, ...]
    more_from_client: Link | None
    """How many more there are, with the page that goes on."""
    waves: tuple[Wave, ...]
    more_waves: Link | None
    pages: Pages


class ChangePage(Struct, frozen=True, kw_only=True):
    """Everything on the page of a change."""

    key: str
    name: str
    title: str
    answer: str
    verdict: str
    """`in time`, `late`, `no deadline`, `no forecast`, `closed`, `withdrawn`."""
    verdict_text: str
    project: Link
    client: str
    category: str
    state: str
    requested_by: str
    description: str
    zone: str
    at: When
    forecast: When | None
    committed: When | None
    deadline: When | None
    slack: str
    provisional: bool
    diffs: DiffPart
    orders: tuple[OrderView, ...]
    """All of them, by start."""
    sheet: OrderSheet
    """Those on the page itself; the others have pages of their own."""
    progress: Link | None
    """How many are done, with the page that tells more; None: fewer than two were given."""
    from_client: tuple[OrderView, ...]
    """All that the client owes; the sheet has those of the page."""
    diagram: Diagram | None
    """The chart for text; None: no order has dates, or it is drawn."""
    chain: tuple[str, ...]
    """Who works on the critical path, in turn."""
    waves: tuple[Wave, ...]
    """All of them; the sheet has those of the page."""
    departments: tuple[Link, ...]
    questions: tuple[QuestionView, ...]
    rung: str
    moved: tuple[Link, ...]
    """Orders of the same client's other work that move."""
    moved_others: tuple[str, ...]
    """How many orders of others move, by department."""
    obstacles: tuple[str, ...]
    held: tuple[str, ...]
    """The obstacles as the client is told of them."""
    checksum: str


class OrdersPage(Struct, frozen=True, kw_only=True):
    """A further page of the orders of a long change."""

    title: str
    answer: str
    project: Link
    change: Link
    client: str
    sheet: OrderSheet
    zone: str
    at: When


def change_page(book: Book, key: str, *, drawn: bool = True) -> ChangePage:
    """The page of a change, or of the differences in a project that no change claims; `drawn` has its chart."""
    plan = book.plan.changes[key]
    zone = book.client_zone(plan.project)
    written = book.workspace.changes.get(key)
    client = book.client(plan.project)
    owner = client.name if client else ""
    mine = book.orders_of(key)
    orders = tuple(order_view(book, order, zone) for order in mine)
    waves, owed = tuple(_waves(book, orders, zone)), _owed_by_client(mine, orders)
    same = [moved for moved in plan.moved_orders if book.is_of(owner, book.orders[moved].project)]
    return ChangePage(
        key=key,
        name=plan.name,
        title=change_title(plan),
        answer=answer(book, plan, zone),
        verdict=verdict(plan),
        verdict_text=verdict_word(book, verdict(plan)),
        project=book.project_link(plan.project),
        client=client.label if client else "",
        category=_category(book, written.category) if written else "",
        state=state_word(book, plan.state),
        requested_by=book.contact(plan.project, written.requested_by) if written and written.requested_by else "",
        description=written.description if written else "",
        zone=zone.key,
        at=book.when(book.plan.at, zone),
        forecast=book.when(plan.forecast, zone) if plan.forecast else None,
        committed=book.when(plan.committed, zone) if plan.committed else None,
        deadline=book.last_day(plan.deadline, zone) if plan.deadline else None,
        slack=slack(book, plan),
        provisional=plan.provisional,
        diffs=part_of(book, plan.project, tuple(diff_view(book, one) for one in book.diffs_by_change.get(key, ()))),
        orders=orders,
        sheet=_sheet(book, key, orders, mine, 1, drawn=drawn, waves=waves, owed=owed),
        progress=progress(book, key),
        from_client=owed,
        diagram=None if drawn else diagram(orders, zone),
        chain=tuple(
            each_once(one.performer.text for one in orders if one.critical and one.is_open and not one.milestone)
        ),
        waves=waves,
        departments=tuple(book.department(name) for name in plan.departments),
        questions=questions_of(book, key),
        rung=_rungs(book)[plan.rung],
        moved=tuple(order_link(book, moved) for moved in same),
        moved_others=tuple(_counted_by_department(book, [one for one in plan.moved_orders if one not in same])),
        obstacles=tuple(_obstacles(book, plan)),
        held=tuple(_held(book, plan)),
        checksum=plan.checksum,
    )


def change_text(book: Book, key: str) -> ChangePage:
    """The same for text, which shows no picture, and all in one place."""
    return change_page(undivided(book), key, drawn=False)


def change_on_paper(book: Book, key: str) -> ChangePage:
    """The same with all orders in one place."""
    return change_page(undivided(book), key)


def order_pages(book: Book, key: str) -> int:
    """On how many pages the orders of a change stand."""
    return max((book.sheet_of(one.key) for one in book.by_change.get(key, ())), default=1)


def orders_page(book: Book, key: str, number: int) -> OrdersPage:
    """A page of the orders of a change that has so many."""
    plan = book.plan.changes[key]
    zone = book.client_zone(plan.project)
    mine, client = book.orders_of(key), book.client(plan.project)
    orders = tuple(order_view(book, order, zone) for order in mine)
    waves, owed = tuple(_waves(book, orders, zone)), _owed_by_client(mine, orders)
    sheet = _sheet(book, key, orders, mine, number, waves=waves, owed=owed)
    before = sum(book.sheet_of(one.key) < number for one in mine)
    return OrdersPage(
        title=book.say("Orders of {change}", change=change_title(plan)),
        answer=book.say(
            "Orders {first} to {last} of {number}, by start.",
            first=before + 1,
            last=before + len(sheet.orders),
            number=len(mine),
        ),
        project=book.project_link(plan.project),
        change=Link(text=change_title(plan), href=change_path(key)),
        client=client.label if client else "",
        sheet=sheet,
        zone=zone.key,
        at=book.when(book.plan.at, zone),
    )


def _sheet(
    book: Book,
    key: str,
    orders: Sequence[OrderView],
    mine: Sequence[Order],
    number: int,
    *,
    drawn: bool = True,
    waves: Sequence[Wave],
    owed: Sequence[OrderView],
) -> OrderSheet:
    here = [both for both in zip(orders, mine, strict=True) if book.sheet_of(both[1].key) == number]
    # Neither has more entries than the change has orders, so that there is a page for each.
    first, end = (0, len(mine)) if book.whole else ((number - 1) * ORDERS, number * ORDERS)
    more_owed, more_waves = max(0, len(owed) - end), max(0, len(waves) - end)
    there = orders_path(key, number + 1)
    return OrderSheet(
        orders=tuple(view for view, _ in here),
        gantt=_chart(book, book.plan.changes[key], here) if drawn else None,
        from_client=tuple(owed[first:end]),
        more_from_client=Link(
            text=book.many(more_owed, "{number} more order", "{number} more orders"), href=f"{there}#from-client"
        )
        if more_owed
        else None,
        waves=tuple(waves[first:end]),
        more_waves=Link(text=book.many(more_waves, "{number} more wave", "{number} more waves"), href=f"{there}#waves")
        if more_waves
        else None,
        pages=pages(book.say("Pages of the orders"), number, order_pages(book, key), lambda at: orders_path(key, at)),
    )


def state_word(book: Book, state: str) -> str:
    """Where a change stands, in words."""
    words = {
        "draft": book.say("draft"),
        "approved": book.say("approved"),
        "withdrawn": book.say("withdrawn"),
        "closed": book.say("closed"),
        "unclaimed": book.say("unclaimed"),
    }
    return words[state]


def _category(book: Book, category: str) -> str:
    words = {
        "standard": book.say("standard"),
        "normal": book.say("normal"),
        "major": book.say("major"),
        "emergency": book.say("emergency"),
    }
    return words[category]


def _rungs(book: Book) -> tuple[str, ...]:
    return (
        book.say("No order of other work moves."),
        book.say("Orders of other work move, but no committed finish does."),
        book.say("Committed finishes of other work move."),
        book.say("Everything is planned afresh."),
    )


def _obstacles(book: Book, plan: ChangePlan) -> Iterator[str]:
    """Why it cannot be applied. Who may not read of other clients is not told of their changes."""
    hidden = {one.text for one in plan.unagreed if not _may_read(book, one.change)}
    yield from (_shared(book) if text in hidden else text for text in plan.obstacles)


def _shared(book: Book) -> str:
    return book.say("It takes shared capacity that is promised to others; whoever answers for those must agree first.")


def _may_read(book: Book, change: str) -> bool:
    other = book.plan.changes.get(change)
    return not book.reader or (other is not None and book.may_read(other.project))


def _held(book: Book, plan: ChangePlan) -> Iterator[str]:
    """The same for the client: what he can do about it."""
    if any(one.blocking for one in plan.questions):
        yield book.say("Questions are open that must be answered first.")
    elif any(not _may_read(book, one.change) for one in plan.unagreed):
        yield _shared(book)
    elif plan.obstacles:
        yield book.say("Your technical account manager is clearing what stands in its way.")


def _owed_by_client(mine: Sequence[Order], orders: Sequence[OrderView]) -> tuple[OrderView, ...]:
    return tuple(view for order, view in zip(mine, orders, strict=True) if order.party == "client" and view.is_open)


def _waves(book: Book, orders: Sequence[OrderView], zone: ZoneInfo) -> Iterator[Wave]:
    open_ones = [one for one in orders if one.is_open and one.start and not one.milestone]
    for number, wave in enumerate(sorted({one.wave for one in open_ones}), start=1):
        inside = [one for one in open_ones if one.wave == wave]
        who = Counter(name.text for one in inside for name in (one.performer, *one.joint))
        starts, ends = [one.begins for one in inside if one.begins], [one.ends for one in inside if one.ends]
        yield Wave(
            number=number,
            who=tuple(f"{name} ({count})" if count > 1 else name for name, count in sorted(who.items())),
            start=book.when(min(starts), zone),
            finish=book.when(max(ends), zone),
        )


def questions_of(book: Book, key: str) -> tuple[QuestionView, ...]:
    """What is still to be told of a change."""
    plan = book.plan.changes[key]
    return tuple(_question(book, plan.project, one) for one in plan.questions)


def _question(book: Book, project: str, one: OpenQuestion) -> QuestionView:
    return QuestionView(
        text=one.text,
        whom=book.contact(project, one.ask) if one.ask else _technical(book, project),
        due=book.language.day(date.fromisoformat(one.due)) if one.due else "",
        field=one.field,
        assumed=scalar(one.assumed),
        blocking=one.blocking,
        source=book.source(one.at.key),
    )


def _technical(book: Book, project: str) -> str:
    """Whom to ask where nobody is named: the client's technical contacts."""
    client = book.client(project)
    contacts = sorted(client.contacts.items()) if client else ()
    return book.listed(one.title for _, one in contacts if one.role == "technical")


def _counted_by_department(book: Book, keys: Sequence[str]) -> Iterator[str]:
    names = Counter(book.performer(book.orders[key]).text for key in keys if book.orders[key].department)
    others = sum(1 for key in keys if not book.orders[key].department)
    for name, count in sorted(names.items()):
        number = book.many(count, "{number} order", "{number} orders")
        yield f"{name}: {number}"
    if others:
        number = book.many(others, "{number} order", "{number} orders")
        yield book.say("Others: {orders}", orders=number)


def _chart(book: Book, plan: ChangePlan, orders: Sequence[tuple[OrderView, Order]]) -> Markup | None:
    bars = [_bar(book, view, order) for view, order in orders if view.begins and view.ends]
    if not bars:
        return None
    first, last = min(one.start for one in bars), max(one.finish for one in bars)
    departments = sorted({name for _, order in orders for name in order.departments})
    return gantt(
        bars,
        zone=book.client_zone(plan.project),
        at=book.plan.at,
        deadline=plan.deadline,
        closed=_closed(book, departments, min(first, book.plan.at), max(last, plan.deadline or last)),
        title=book.say("Orders of {change}", change=change_title(plan)),
        language=book.language,
    )


def _bar(book: Book, view: OrderView, order: Order) -> Bar:
    assert view.begins is not None and view.ends is not None, "only dated orders have bars: this is a bug in tamspec"
    who = book.listed(one.text for one in (view.performer, *view.joint))
    signs = [who, view.standing] + ([book.say("critical")] if view.critical else [])
    return Bar(
        key=view.key,
        title=view.name,
        note=" · ".join(signs),
        href=f"../../{view.href}" if view.href and not book.reader else f"#{view.anchor}",
        start=view.begins,
        finish=view.ends,
        status=view.status,
        critical=view.critical,
        progress=view.progress,
        after=order.depends_on,
        promised=_promised(book, view),
    )


def _promised(book: Book, view: OrderView) -> tuple[datetime, datetime] | None:
    known = book.state.orders.get(view.key)
    if known is None or not view.is_open or (known.baseline.start, known.baseline.finish) == (view.begins, view.ends):
        return None
    return known.baseline.start, known.baseline.finish


def _closed(book: Book, departments: Sequence[str], first: datetime, last: datetime) -> frozenset[date]:
    """Days on which none of the departments works; weekends where there is no department."""
    start, end = (first - timedelta(days=2)).date(), (last + timedelta(days=3)).date()
    days = {start + timedelta(at) for at in range((end - start).days)}
    calendars = {
        book.workspace.departments[name].calendar.name for name in departments if name in book.workspace.departments
    }
    worked = {day for name in calendars for day, _ in expand(book.workspace.calendars[name], start, end).days}
    return frozenset(days - worked if worked else (day for day in days if day.weekday() >= 5))


def markdown_path(key: str) -> str:
    """Where the Markdown of a change is."""
    return change_path(key, ".md")
