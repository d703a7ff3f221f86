"""What is otherwise than at an earlier revision: what is written, field by field, and what that does to the work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from tamspec.diagnostics import Loc, Place
from tamspec.model.catalog import Named, Shift
from tamspec.model.order import Dates
from tamspec.model.plan import Difference, Redated
from tamspec.model.values import Ref, counted, effort_text
from tamspec.model.workspace import Workspace
from tamspec.render.book import Book, Link
from tamspec.render.directory import shift_text
from tamspec.render.orders import order_link
from tamspec.render.when import When

MOST = 100
"""Rows of one table; the rest is counted."""


class Since(Struct, frozen=True, kw_only=True):
    """The revision with which the documents are compared."""

    revision: str
    workspace: Workspace
    difference: Difference


class FieldRow(Struct, frozen=True, kw_only=True):
    """A field that says something else."""

    kind: str
    name: str
    field: str
    before: str
    after: str
    source: Link


class Span(Struct, frozen=True, kw_only=True):
    """From when to when an order is worked."""

    start: When
    finish: When


class OrderRow(Struct, frozen=True, kw_only=True):
    """An order that is new, gone, altered or at another date."""

    order: Link
    title: str
    what: str
    who: Link
    before: Span | None
    after: Span | None


class FinishRow(Struct, frozen=True, kw_only=True):
    """A change that is finished at another time. Times are in its client's zone."""

    change: Link
    before: When | None
    after: When | None
    shift: str


class SincePage(Struct, frozen=True, kw_only=True):
    """Everything on the page. Times of orders are in UTC."""

    title: str
    answer: str
    revision: str
    fields: tuple[FieldRow, ...]
    more_fields: int
    finishes: tuple[FinishRow, ...]
    orders: tuple[OrderRow, ...]
    more_orders: int
    at: When


def since_page(book: Book, since: Since) -> SincePage:
    """What a branch, or a month, changed."""
    fields = list(_fields(book, since.workspace))
    orders = list(_orders(book, since.difference))
    finishes = tuple(_finishes(book, since.difference))
    return SincePage(
        title=f"Changes since {since.revision}",
        answer=f"Since {since.revision} {counted(len(fields), 'field')} "
        f"{'says' if len(fields) == 1 else 'say'} something else, {counted(len(orders), 'order')} "
        f"{'is' if len(orders) == 1 else 'are'} affected, and {counted(len(finishes), 'change')} "
        f"{'has' if len(finishes) == 1 else 'have'} another finish.",
        revision=since.revision,
        fields=tuple(fields[:MOST]),
        more_fields=max(0, len(fields) - MOST),
        finishes=finishes,
        orders=tuple(orders[:MOST]),
        more_orders=max(0, len(orders) - MOST),
        at=book.when(book.plan.at, book.client_zone("")),
    )


def _fields(book: Book, before: Workspace) -> Iterator[FieldRow]:
    """By kind, name and field; of what is new or gone no more than that."""
    for kind, new in book.workspace.by_kind.items():
        old = before.by_kind[kind]
        for name in sorted({*old, *new}):
            was, now = old.get(name), new.get(name)
            for field, one, other in _differing(was, now):
                source = book.source(_place(now, field).key) if now is not None else Link(text="")
                yield FieldRow(kind=kind, name=name, field=field, before=one, after=other, source=source)


def _place(one: Named, field: str) -> Place:
    """Where a field stands, or what of it was written."""
    place = one.at / ("metadata" if field in ("title", "name") else "spec")
    for step in field.split("."):
        place = place / step.partition("[")[0]
    return place


def _differing(was: Named | None, now: Named | None) -> Iterator[tuple[str, str, str]]:
    """The fields of a document that differ, before and now."""
    if was is None or now is None:
        yield ("", "", "new") if was is None else ("", "gone", "")
    elif was != now:
        old, new = dict(_flat(was, "")), dict(_flat(now, ""))
        yield from (
            (field, old.get(field, ""), new.get(field, ""))
            for field in sorted({*old, *new})
            if old.get(field) != new.get(field)
        )


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every scalar in a value, by its path: `components.web.params.cpu` → `4`. Places are left out."""
    for name, item in _parts(value):
        yield from _flat(item, f"{path}{name}" if name.startswith("[") else f"{path}.{name}".lstrip("."))
    if isinstance(value, Shift):
        yield path, shift_text(value)
    elif _is_scalar(value) and str(value):
        yield path, str(value)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case None | Place() | Loc() | Ref() | Shift():
            return
        case Struct() if not _is_scalar(value):
            yield from ((_written(name), _told(name, getattr(value, name))) for name in value.__struct_fields__)
        case Mapping():
            yield from ((str(key), item) for key, item in value.items())
        case tuple() | frozenset():
            items = sorted(value, key=str) if isinstance(value, frozenset) else value
            yield from ((f"[{at}]", item) for at, item in enumerate(items))


def _written(name: str) -> str:
    """A field as people write it: `required_by` → `requiredBy`."""
    first, *others = name.split("_")
    return "".join((first, *(one.capitalize() for one in others)))


def _told(name: str, value: Any) -> Any:
    """The value of a field as people write it: efforts are minutes for us, and hours for them."""
    match value:
        case int() if name.startswith("effort"):
            return effort_text(value)
        case tuple() if name == "effort_range":
            return tuple(map(effort_text, value))
        case Mapping() if name == "effort_per":
            return {key: effort_text(item) for key, item in value.items()}
    return value


def _is_scalar(value: Any) -> bool:
    """Whether a value is told in one piece: of values of our own those that say how they are written."""
    if value is None or isinstance(value, (Place, Loc, Mapping, tuple, frozenset)):
        return False
    return not isinstance(value, Struct) or type(value).__str__ is not object.__str__


def _orders(book: Book, difference: Difference) -> Iterator[OrderRow]:
    kinds = (
        ("new", difference.added),
        ("gone", difference.removed),
        ("altered", difference.altered),
        ("another date", difference.redated),
    )
    for what, keys in kinds:
        for key in keys:
            before, after = difference.dates.get(key, (None, None))
            order = book.orders.get(key)
            yield OrderRow(
                order=order_link(book, key),
                title=order.title if order else "",
                what="done" if what == "gone" and _is_done(book, key) else what,
                who=book.performer(order) if order else Link(text="–"),
                before=_span(book, before),
                after=_span(book, after),
            )


def _is_done(book: Book, key: str) -> bool:
    known = book.state.orders.get(key)
    return known is not None and known.status == "done"


def _span(book: Book, dates: Dates | None) -> Span | None:
    zone = book.client_zone("")
    return Span(start=book.when(dates.start, zone), finish=book.when(dates.finish, zone)) if dates else None


def _finishes(book: Book, difference: Difference) -> Iterator[FinishRow]:
    for one in difference.finishes:
        plan = book.plan.changes.get(one.change)
        zone = book.client_zone(plan.project if plan else "")
        yield FinishRow(
            change=book.change(one.change),
            before=book.when(one.before, zone) if one.before else None,
            after=book.when(one.after, zone) if one.after else None,
            shift=_shift(book, one),
        )


def _shift(book: Book, one: Redated) -> str:
    if one.before and one.after:
        minutes = int((one.after - one.before).total_seconds()) // 60
        return f"{book.span(minutes)} {'later' if minutes > 0 else 'earlier'}"
    if one.after:
        return "new"
    return "cannot be planned any more" if one.change in book.plan.changes else "gone"
