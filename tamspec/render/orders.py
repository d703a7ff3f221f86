"""A work order as pages show it: what, who, when, after what, and why then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from tamspec.model.order import Component, Order, OrderState, Status
from tamspec.model.plan import SINCE, Action, Reason, Scheduled
from tamspec.model.values import Duration, Scalar, effort_text
from tamspec.render.book import Book, Link, anchor, change_key, order_path, row_path
from tamspec.render.when import When, work_text


def status_word(book: Book, status: Status | Literal["ready"]) -> str:
    """Where an order stands, in words."""
    words = {
        "planned": book.say("planned"),
        "ready": book.say("ready"),
        "in_progress": book.say("in progress"),
        "done": book.say("done"),
        "blocked": book.say("blocked"),
        "rejected": book.say("rejected"),
        "cancelled": book.say("cancelled"),
    }
    return words[status]


def verb_word(book: Book, verb: str) -> str:
    """What a plan does to an order, in words; nothing where it keeps it."""
    words = {
        "create": book.say("new"),
        "update": book.say("changed"),
        "cancel": book.say("to be cancelled"),
        "keep": "",
    }
    return words[verb]


class Value(Struct, frozen=True, kw_only=True):
    """A parameter: `note` says what kind of value it is, where it was not simply written."""

    name: str
    text: str
    note: str = ""


class Input(Struct, frozen=True, kw_only=True):
    """An artefact that an order needs, who produces it, and what it turned out to be."""

    name: str
    sources: tuple[Link, ...]
    value: str
    """Empty: not known yet."""


class Output(Struct, frozen=True, kw_only=True):
    """An artefact that an order produces."""

    name: str
    text: str
    value: str


class OrderView(Struct, frozen=True, kw_only=True):
    """One order. Times are in the page's zone; links lead from the site's root."""

    key: str
    anchor: str
    row: str
    """Its row in the plan of its change."""
    href: str
    """Where the order is described."""
    title: str
    name: str
    """The title with the component."""
    performer: Link
    milestone: bool
    joint: tuple[Link, ...]
    project: Link
    change: Link
    component: str
    service: str
    params: tuple[Value, ...]
    procedure: str
    effort: str
    wait: str
    window: bool
    irreversible: bool
    status: str
    """The machine's word, `in_progress`."""
    standing: str
    """The status in words, and what this plan does to the order."""
    trouble: str
    """Why it is blocked or was rejected, or has no dates; what of its checklist was not kept; what should have been
    heard of it."""
    is_open: bool
    start: When | None
    finish: When | None
    due: When | None
    float_text: str
    slack_text: str
    late: bool
    critical: bool
    wave: int
    after: tuple[Link, ...]
    """Those of the same change by their key within the project, with their row, `#…` on the same page."""
    waits_for: tuple[Link, ...]
    """Those of `after` that are not done."""
    followers: tuple[Link, ...]
    reasons: tuple[str, ...]
    was: When | None
    """The finish recorded before, where this plan moves it."""
    moved_by: tuple[Link, ...]
    agreed: tuple[str, ...]
    """Who agreed that it is moved."""
    why: str
    """What people decided for it, and why."""
    checklist: tuple[str, ...]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    notify: tuple[str, ...]
    causes: tuple[Link, ...]
    begins: datetime | None
    ends: datetime | None
    progress: int | None
    """Percent done; None: not reported."""


def order_view(book: Book, order: Order, zone: ZoneInfo) -> OrderView:
    """The order for a page in a time zone. A client is not told of efforts, nor whose other work fills a department."""
    known, dated = book.state.orders.get(order.key), book.plan.schedule.get(order.key)
    action, status = book.actions.get(order.key), _status(book, order)
    begins, ends = _dates(known, dated)
    performer, component = book.performer(order), book.component(order)
    is_open = status not in ("done", "cancelled")
    return OrderView(
        key=order.key,
        anchor=anchor(order.key),
        row=row_path(book, order),
        href=order_link(book, order.key).href,
        title=order.title,
        name=f"{order.title}: {order.component}" if order.component else order.title,
        performer=performer,
        milestone=order.milestone,
        joint=tuple(book.department(name) for name in order.joint),
        project=book.project_link(order.project),
        change=book.change(change_key(order.change, order.project)),
        component=order.component,
        service=service_label(book, component) if component else "",
        params=values(book, component) if component else (),
        procedure=order.procedure.replace("-", " ") or book.say("task of the change"),
        effort=effort_text(order.effort) if order.effort and not book.reader else "",
        wait=str(order.wait) if order.wait else "",
        window=order.window,
        irreversible=order.irreversible,
        status=status,
        standing=_standing(book, order, status),
        trouble="; ".join(_troubles(book, order, known, zone)),
        is_open=is_open,
        start=book.when(begins, zone) if begins else None,
        finish=book.when(ends, zone) if ends else None,
        due=book.due_by(dated.due, zone) if dated and dated.due else None,
        float_text=work_text(dated.float_minutes, book.language) if dated else "",
        slack_text=work_text(dated.slack_minutes, book.language) if dated and dated.slack_minutes is not None else "",
        late=bool(dated and dated.slack_minutes is not None and dated.slack_minutes < 0),
        critical=bool(dated and dated.critical),
        wave=dated.wave if dated else 0,
        after=tuple(_beside(book, order, key) for key in order.depends_on),
        waits_for=_links(book, (key for key in order.depends_on if is_waited_for(book, key))),
        followers=_links(book, book.followers.get(order.key, ())),
        reasons=tuple(_reason(book, order, one) for one in (dated.reasons if dated else ())),
        was=_was(book, known, dated, zone) if is_open else None,
        moved_by=tuple(book.change(key) for key in book.movers.get(order.key, ())),
        agreed=tuple(_agreed(book, order)),
        why=_why(book, order, action),
        checklist=order.checklist,
        inputs=tuple(_inputs(book, order)),
        outputs=tuple(
            Output(name=name, text=text, value=known.outputs.get(name, "") if known else "")
            for name, text in sorted(order.outputs.items())
        ),
        notify=order.notify,
        causes=tuple(book.source(at) for at in (action.causes if action else ())),
        begins=begins,
        ends=ends,
        progress=_progress(known),
    )


def values(book: Book, component: Component) -> tuple[Value, ...]:
    """The parameters of a component, unanswered ones included."""
    service = book.workspace.services.get(component.service)
    params = service.params if service else {}
    made = []
    for name in sorted({*component.params, *component.missing}):
        unit = params[name].unit if name in params else ""
        text = scalar(component.params.get(name)) + (f" {unit}" if unit else "")
        if name in component.missing:
            made.append(Value(name=name, text="?", note=book.say("to be asked")))
        elif name in component.assumed:
            made.append(Value(name=name, text=text, note=book.say("assumed")))
        else:
            made.append(Value(name=name, text=text, note=book.say("default") if name in component.defaulted else ""))
    return tuple(made)


def scalar(value: Scalar | tuple[str, ...]) -> str:
    """A value as it is written in YAML; nothing for None."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            return ", ".join(value)
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def is_waited_for(book: Book, key: str) -> bool:
    """Whether work on an order is still to be expected."""
    return key in book.actions and book.actions[key].verb != "cancel"


def standing_of(book: Book, order: Order) -> tuple[str, str]:
    """Where an order stands: the machine's word, and in words with what this plan does to it."""
    status = _status(book, order)
    return status, _standing(book, order, status)


def _status(book: Book, order: Order) -> Status | Literal["ready"]:
    known = book.state.orders.get(order.key)
    return book.plan.statuses.get(order.key, known.status if known else "planned")


def _standing(book: Book, order: Order, status: Status | Literal["ready"]) -> str:
    action = book.actions.get(order.key)
    verb = verb_word(book, action.verb) if action else ""
    if status == "cancelled":
        return verb or status_word(book, status)
    word = book.say("only if it fails") if book.state.is_on_standby(order) else status_word(book, status)
    return ", ".join(part for part in (word, verb) if part)


def _why(book: Book, order: Order, action: Action | None) -> str:
    """What people decided against the catalogue, and why; of efforts a client is told nothing."""
    decided = action.decided if action else ()
    told = [one for one in decided if not (book.reader and one.field == "effort")]
    if decided and not told:
        return ""
    changed = [f"{one.field} {one.decided}" + (f" instead of {one.catalogue}" if one.catalogue else "") for one in told]
    return f"{', '.join(changed)}: {order.why}" if changed else order.why


def _dates(known: OrderState | None, dated: Scheduled | None) -> tuple[datetime | None, datetime | None]:
    """As planned; of a done order as reported."""
    if dated:
        return dated.start, dated.finish
    if known and known.finished:
        # A back-out has no date of its own: where nobody said when it began, only its end is known.
        begun = known.started or (known.finished if known.order.standby else known.baseline.start)
        return min(begun, known.finished), known.finished
    return None, None


def _was(book: Book, known: OrderState | None, dated: Scheduled | None, zone: ZoneInfo) -> When | None:
    if known is None or dated is None or known.recorded.finish == dated.finish:
        return None
    return book.when(known.recorded.finish, zone)


def _agreed(book: Book, order: Order) -> Iterator[str]:
    for mover in book.movers.get(order.key, ()):
        change = book.workspace.changes.get(mover)
        consent = change.consents.get(order.change) if change else None
        if consent:
            yield book.person(consent.by.name)


def _troubles(book: Book, order: Order, known: OrderState | None, zone: ZoneInfo) -> Iterator[str]:
    if order.key in book.plan.unplaced:
        # Why tells of departments, their hours and what they have: that is not for the client.
        yield book.say("No date can be given yet.") if book.reader else book.plan.unplaced[order.key]
    elif known and known.last and known.status in ("blocked", "rejected"):
        on = book.department(known.last.on).text if known.last.on else ""
        yield ": ".join(part for part in (f"waits for {on}" if on else "", known.last.reason) if part)
    if known and known.last and known.last.exceptions:
        yield f"not kept: {'; '.join(known.last.exceptions)}"
    for one in book.plan.lapses_of(order.key):
        yield f"{SINCE[one.kind]} {book.when(one.since, zone).day}"


def _progress(known: OrderState | None) -> int | None:
    if known is None or not known.is_started:
        return None
    if known.status == "done":
        return 100
    last, effort = known.last, known.order.effort
    if last is None or last.remaining is None or not effort:
        return None
    return max(0, 100 - 100 * last.remaining // effort)


def service_label(book: Book, component: Component) -> str:
    """What people call the service of a component; its name where the catalogue has it no more."""
    found = book.workspace.services.get(component.service)
    return found.label if found else component.service


def _links(book: Book, keys: Iterable[str]) -> tuple[Link, ...]:
    return tuple(order_link(book, key) for key in keys)


def _beside(book: Book, order: Order, key: str) -> Link:
    other = book.orders.get(key)
    if other is None or (other.change, other.project) != (order.change, order.project) or book.is_gone(other):
        return order_link(book, key)
    is_near = book.sheet_of(key) == book.sheet_of(order.key)
    return Link(text=key.partition("/")[2], href=f"#{anchor(key)}" if is_near else row_path(book, other))


def order_link(book: Book, key: str) -> Link:
    """An order by its key, with its page; in a client's tree with its place in the plan of its change."""
    order = book.orders.get(key)
    if order is None:
        return Link(text=key)
    if not book.reader:
        return Link(text=key, href=order_path(key))
    if not book.may_read(order.project):
        return Link(text=book.say("other work"))
    change = change_key(order.change, order.project)
    return Link(text=key, href=row_path(book, order) if change in book.plan.changes else "")


def _inputs(book: Book, order: Order) -> Iterator[Input]:
    for name, keys in sorted(order.inputs.items()):
        told = book.state.handed_over(order, name).values()
        yield Input(name=name, sources=_links(book, keys), value="; ".join(told))


def _reason(book: Book, order: Order, reason: Reason) -> str:
    """Why then, in a sentence; a client is told in his language, and of nobody else's work."""
    if not book.reader:
        return reason.text
    names = [book.orders[key].title for key in reason.orders if key in book.orders and _may_read(book, key)]
    followed = book.listed(dict.fromkeys(names)) if names else book.say("other work")
    match reason.kind:
        case "predecessor" if not reason.subject and not names:
            return book.say("It follows other work.")
        case "predecessor" if not reason.subject:
            return book.say("It follows {orders}.", orders=followed)
        case "predecessor" | "wait" if reason.orders:
            return book.say("It follows {orders}, {length} later.", orders=followed, length=_length(book, order.wait))
        case "wait":
            return book.say("It begins after a wait of {length}.", length=_length(book, order.wait))
        case "capacity":
            name = book.department(reason.subject).text if reason.subject in book.workspace.departments else "TAM"
            return book.say("Shared capacity: {name} has none free before.", name=name)
        case _:
            return _kinds(book)[reason.kind]


def _length(book: Book, wait: Duration) -> str:
    """A wait in words."""
    if wait.working_days:
        return book.many(wait.working_days, "{number} working day", "{number} working days")
    return book.span(wait.minutes)


def _kinds(book: Book) -> Mapping[str, str]:
    """Kind of reason → its sentence for a client."""
    return {
        "at": book.say("It starts as soon as it can."),
        "release": book.say("It does not start before the date that was agreed."),
        "fence": book.say("The next days are settled already."),
        "freeze": book.say("Nothing is changed in the days of a freeze."),
        "pinned": book.say("Its date was agreed."),
        "capacity": "",
        "calendar": book.say("It starts when those who do it work."),
        "started": book.say("It has begun."),
    }


def _may_read(book: Book, key: str) -> bool:
    return book.may_read(book.orders[key].project)
