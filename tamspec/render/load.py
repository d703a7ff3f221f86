"""How busy the departments are: week by week as a heat map, who holds up the work, and what waits at interfaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup
from msgspec import Struct

from tamspec.model.plan import Load, Use
from tamspec.model.values import counted, effort_text
from tamspec.render.book import Book, Link
from tamspec.render.orders import order_link
from tamspec.render.svg import BAD, INK, LINE, QUIET, element, picture, short
from tamspec.render.when import When, work_text

INTERFACES = 30
"""Interfaces that the page shows, those at which most waits; the rest is counted."""

WEEKS = 4
"""How far ahead the work is told that a department has."""

_NAMES, _CELL, _ROW, _HEAD = 190, 62, 26, 30
_BAR, _HEIGHT = 44, 110
_SHADES = (
    (90, BAD, "#ffffff"),
    (60, "#d9903d", INK),
    (30, "#f0c98a", INK),
    (1, "#f7ead2", INK),
)
"""From which share in percent: the colour of a cell, and of the number in it."""
_IDLE, _CLOSED = ("#f4f6f9", QUIET), (LINE, INK)


class Week(Struct, frozen=True, kw_only=True):
    """A department's week in words: `72 %`, `closed`, `–`."""

    text: str
    hours: str


class LoadRow(Struct, frozen=True, kw_only=True):
    """A department and its weeks."""

    department: Link
    whole: str
    until: When
    full_from: When | None
    waiting: int
    weeks: tuple[Week, ...]


class InterfaceRow(Struct, frozen=True, kw_only=True):
    """Where work is handed over, and what waits there."""

    giver: Link
    receiver: Link
    orders: int
    waits: str
    longest: str
    order: Link


class LoadPage(Struct, frozen=True, kw_only=True):
    """Everything on the page of the load. Weeks begin on Monday where the department works."""

    title: str
    answer: str
    at: When
    heads: tuple[str, ...]
    """The first day of each week."""
    heat: Markup | None
    rows: tuple[LoadRow, ...]
    interfaces: tuple[InterfaceRow, ...]
    more: int


def load_page(book: Book) -> LoadPage:
    """The load of every department."""
    loads = sorted(book.plan.loads, key=lambda one: one.department)
    heads = _heads(book, loads)
    interfaces = sorted(book.plan.interfaces, key=lambda one: (-one.minutes, one.giver, one.receiver))
    return LoadPage(
        title="Load of the departments",
        answer=_answer(book, loads),
        at=book.when(book.plan.at, book.client_zone("")),
        heads=heads,
        heat=_heat(book, loads, heads) if loads else None,
        rows=tuple(_row(book, one) for one in loads),
        interfaces=tuple(
            InterfaceRow(
                giver=party(book, one.giver),
                receiver=party(book, one.receiver),
                orders=one.orders,
                waits=work_text(one.minutes),
                longest=work_text(one.longest_minutes),
                order=order_link(book, one.longest),
            )
            for one in interfaces[:INTERFACES]
        ),
        more=max(0, len(interfaces) - INTERFACES),
    )


def weeks_picture(book: Book, name: str) -> Markup | None:
    """The weeks of one department as bars: what is planned within what it can take on."""
    found = next((one for one in book.plan.loads if one.department == name), None)
    if found is None or not found.weeks:
        return None
    top = max(max(use.planned, use.capacity) for use in found.weeks) or 1
    zone = book.department_zone(name)
    drawn: list[Markup] = []
    for at, use in enumerate(found.weeks):
        x, full = 8 + at * (_BAR + 18), _HEIGHT * use.capacity / top
        taken = _HEIGHT * use.planned / top
        day = use.start.astimezone(zone)
        told = f"Week of {day:%Y-%m-%d}: {effort_text(use.planned)} of {effort_text(use.capacity)}, {share_text(use)}"
        drawn.append(
            element(
                "g",
                element("title", told),
                element(
                    "rect",
                    x=x,
                    y=14 + _HEIGHT - full,
                    width=_BAR,
                    height=full,
                    fill="#eceff3",
                    stroke=LINE,
                    class_="room",
                ),
                element(
                    "rect",
                    x=x,
                    y=14 + _HEIGHT - taken,
                    width=_BAR,
                    height=taken,
                    fill=_shade(use)[0],
                    stroke=QUIET,
                    class_=f"bar taken {_level(use)}",
                ),
                element(
                    "text",
                    share_text(use),
                    x=x + _BAR / 2,
                    y=10,
                    font_size=10,
                    fill=INK,
                    class_="ink",
                    text_anchor="middle",
                ),
                element(
                    "text",
                    f"{day:%m-%d}",
                    x=x + _BAR / 2,
                    y=_HEIGHT + 28,
                    font_size=10,
                    fill=QUIET,
                    class_="quiet",
                    text_anchor="middle",
                ),
            )
        )
    return picture(
        *drawn,
        name="weeks",
        title=f"Load of {book.department(name).text}",
        description="Planned work of each week within what the department can take on. The load page has the numbers.",
        width=16 + len(found.weeks) * (_BAR + 18),
        height=_HEIGHT + 36,
    )


def work_ahead(book: Book, name: str) -> str:
    """Hours of one person's work that is planned in the next weeks; of what is under way what is left."""
    load = next((one for one in book.plan.loads if one.department == name), None)
    return effort_text(sum(use.planned for use in load.weeks[:WEEKS])) if load else "–"


def share_text(use: Use) -> str:
    """How much of a week is taken."""
    if not use.planned:
        return "–" if use.capacity else "closed"
    return "too much" if use.share is None else f"{int(use.share * 100)} %"


def party(book: Book, name: str) -> Link:
    """A department with its page, or a party by its name."""
    return book.department(name) if name in book.workspace.departments else Link(text=name)


def _answer(book: Book, loads: Sequence[Load]) -> str:
    found = book.plan.bottleneck
    if found and found.awaited:
        until = book.when(found.awaited.end, book.department_zone(found.department)).day
        waits = f"{counted(found.waiting, 'order')} {'waits' if found.waiting == 1 else 'wait'} for it"
        name, taken = book.department(found.department).text, share_text(found.awaited)
        return f"{name} holds up most: {taken} taken until {until}, and {waits}."
    if not any(one.whole.planned for one in loads):
        return "No department has any work."
    return "Nothing waits for people: every order starts when what it needs is done."


def _heads(book: Book, loads: Sequence[Load]) -> tuple[str, ...]:
    if not loads:
        return ()
    zone = book.department_zone(loads[0].department)
    return tuple(f"{use.start.astimezone(zone):%m-%d}" for use in loads[0].weeks)


def _row(book: Book, one: Load) -> LoadRow:
    zone = book.department_zone(one.department)
    return LoadRow(
        department=book.department(one.department),
        whole=share_text(one.whole) if one.whole.planned else "–",
        until=book.when(one.whole.end, zone),
        full_from=book.when(one.full_from, zone) if one.full_from else None,
        waiting=one.waiting,
        weeks=tuple(
            Week(text=share_text(use), hours=f"{effort_text(use.planned)} of {effort_text(use.capacity)}")
            for use in one.weeks
        ),
    )


def _heat(book: Book, loads: Sequence[Load], heads: Sequence[str]) -> Markup:
    return picture(
        *(
            element(
                "text",
                head,
                x=_NAMES + at * _CELL + _CELL / 2,
                y=18,
                font_size=11,
                fill=QUIET,
                class_="quiet",
                text_anchor="middle",
            )
            for at, head in enumerate(heads)
        ),
        *(_heat_row(book, one, _HEAD + at * _ROW) for at, one in enumerate(loads)),
        name="heat",
        title="Load by department and week",
        description="How much of each week is taken. The table has the same numbers.",
        width=_NAMES + len(heads) * _CELL + 8,
        height=_HEAD + len(loads) * _ROW + 8,
        links=True,
    )


def _heat_row(book: Book, one: Load, y: float) -> Markup:
    link = book.department(one.department)
    name = element("text", short(link.text, 28), x=4, y=y + 17, fill=INK, class_="ink")
    cells = element("g", *_cells(one, y), font_size=11, text_anchor="middle")
    return element("a", name, cells, href=link.href)


def _cells(one: Load, y: float) -> Iterator[Markup]:
    """A box for each week, with a word where there is something to say."""
    for at, use in enumerate(one.weeks):
        fill, ink = _shade(use)
        x, level = _NAMES + at * _CELL, _level(use)
        yield element(
            "rect", x=x + 1, y=y + 1, width=_CELL - 2, height=_ROW - 2, rx=2, fill=fill, class_=f"cell {level}"
        )
        if use.planned or not use.capacity:
            yield element("text", share_text(use), x=x + _CELL / 2, y=y + 17, fill=ink, class_=f"in {level}")


def _percent(use: Use) -> int:
    if not use.planned:
        return 0
    return 100 if use.share is None else max(1, int(use.share * 100))


def _shade(use: Use) -> tuple[str, str]:
    if not use.planned:
        return _IDLE if use.capacity else _CLOSED
    return next((fill, ink) for least, fill, ink in _SHADES if _percent(use) >= least)


def _level(use: Use) -> str:
    """The class by which a cell looks otherwise in the dark."""
    if not use.planned:
        return "idle" if use.capacity else "shut"
    return next(f"l{least}" for least, *_ in _SHADES if _percent(use) >= least)
