"""What the pages look things up in: the workspace, the state and the plan, indexed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from tamspec.desk.documents import Register
from tamspec.diagnostics import Findings, Loc
from tamspec.model.catalog import Client
from tamspec.model.landscape import Landscape
from tamspec.model.order import Component, Event, Order, State
from tamspec.model.plan import Action, ChangePlan, Diff, Plan
from tamspec.model.project import Project
from tamspec.model.workspace import Workspace
from tamspec.render.escape import line, slug, web_address
from tamspec.render.language import ENGLISH, Language
from tamspec.render.paging import numbered
from tamspec.render.when import When, due_by, last_day, span_text, when
from tamspec.worktime import time_zone

T = TypeVar("T")


class Link(Struct, frozen=True, kw_only=True):
    """Words that lead somewhere; without `href` they are only words. Addresses are relative to the site's root."""

    text: str
    href: str = ""


UNTOLD = Link(text="")


class Book(Struct, frozen=True, kw_only=True):
    """One plan, open at every page."""

    workspace: Workspace
    state: State
    plan: Plan
    findings: Findings
    source_url: str
    language: Language
    reader: str
    """The client who reads the tree; empty: it is for the provider. A client reads of no other, and nothing of efforts,
    loads and places in files."""
    actions: Mapping[str, Action]
    """Of every order that is not done."""
    orders: Mapping[str, Order]
    """Every order that is planned or was ever given."""
    by_change: Mapping[str, tuple[Order, ...]]
    """The key of a change, `PROJECT:unclaimed` included → its orders."""
    by_project: Mapping[str, tuple[Order, ...]]
    by_department: Mapping[str, tuple[Order, ...]]
    """Joint orders are with each of their departments."""
    movers: Mapping[str, tuple[str, ...]]
    """Order → the changes that move it."""
    diffs_by_change: Mapping[str, tuple[Diff, ...]]
    """By component, as in the next."""
    diffs_by_project: Mapping[str, tuple[Diff, ...]]
    followers: Mapping[str, tuple[str, ...]]
    """Order → the open orders that wait for it."""
    landscapes: Mapping[str, Landscape]
    events: tuple[Event, ...]
    """All that was recorded, in the order in which it happened."""
    events_of: Mapping[str, tuple[Event, ...]]
    """Project → what was recorded of it, in the order in which it happened."""
    projects_of: Mapping[str, tuple[str, ...]]
    """Client → his projects."""
    agreements_of: Mapping[str, tuple[str, ...]]
    """Client → the agreements that are made with him."""
    agreed: Mapping[str, tuple[str, ...]]
    """Agreement → the projects that stand under it."""
    ids_of: Mapping[str, tuple[str, ...]]
    """Project → `project/component` of all that is built or ordered."""
    changes_of: Mapping[str, tuple[str, ...]]
    """Project → the keys of its changes."""
    desks: Mapping[str, tuple[str, ...]]
    """TAM or deputy → the projects that they hold."""
    queues: Mapping[str, tuple[str, ...]]
    """Department or party → the keys of its open orders, by start."""
    turns: Mapping[str, int]
    """Open order → its place in that queue."""
    targets: Mapping[str, Component]
    """`project/component/provision.1` → the component that the action leads to."""
    sheets: Mapping[str, int] = {}
    """Order of a long change → the page of its plan that has the order, counted from 1; of all others it is the first.
    """
    whole: bool = False
    """Whether every page has all that belongs to it, as on paper; else long lists go on on others."""
    register: Register = Register()
    """How it stands with the documents of clients."""

    def project(self, name: str) -> Project | None:
        """None: the project is written no more."""
        return self.workspace.projects.get(name)

    def client(self, project: str) -> Client | None:
        found = self.project(project)
        return self.workspace.clients.get(found.client.name) if found else None

    def client_zone(self, project: str) -> ZoneInfo:
        """Where the client's days end."""
        client = self.client(project)
        return self.zone_of(client.calendar.name) if client else ZoneInfo("UTC")

    def department_zone(self, name: str) -> ZoneInfo:
        return self.zone_of(self.workspace.departments[name].calendar.name)

    def zone_of(self, calendar: str) -> ZoneInfo:
        """The time zone of a calendar."""
        return time_zone(self.workspace.calendars[calendar].time_zone)

    def say(self, text: str, /, **values: object) -> str:
        """A sentence in the language of the tree, with values in place of `{name}`."""
        return self.language.say(text, **values)

    def many(self, number: int, one: str, more: str, /, **values: object) -> str:
        """A sentence about so many things, with `{number}`."""
        return self.language.many(number, one, more, **values)

    def listed(self, words: Iterable[str]) -> str:
        """`a, b and c`."""
        return self.language.listed(words)

    def when(self, moment: datetime, zone: ZoneInfo) -> When:
        """An instant on the clock of a time zone."""
        return when(moment, zone, self.language)

    def due_by(self, moment: datetime, zone: ZoneInfo) -> When:
        """The latest instant for something; a midnight is the whole of the day before it."""
        return due_by(moment, zone, self.language)

    def last_day(self, end: datetime, zone: ZoneInfo) -> When:
        """The day that a deadline ends."""
        return last_day(end, zone, self.language)

    def span(self, minutes: int) -> str:
        """Time on the wall clock, without sign."""
        return span_text(minutes, self.language)

    def source(self, at: Loc) -> Link:
        """Where something is written; a link if the address of the sources is known. A client is not told."""
        if self.reader:
            return UNTOLD
        base = web_address(self.source_url).rstrip("/")
        href = f"{base}/{quote(at.path, errors='replace')}#L{at.line}" if base else ""
        return Link(text=line(str(at)), href=href)

    def department(self, name: str) -> Link:
        found = self.workspace.departments.get(name)
        if found is None or self.reader:
            return Link(text=found.label if found else name)
        return Link(text=found.label, href=department_path(name))

    def client_link(self, client: Client) -> Link:
        """A client with the page of it, which only the provider has."""
        return Link(text=client.label, href="" if self.reader else client_path(client.name))

    def desk(self, person: str) -> Link:
        """A TAM or deputy with the page of their desk."""
        return Link(text=self.person(person), href=desk_path(person) if person in self.desks else "")

    def agreement(self, name: str) -> Link:
        """An agreement with its page."""
        return Link(text=self.workspace.agreements[name].label, href=agreement_path(name))

    def change(self, key: str) -> Link:
        """The page of a change; the key of unclaimed differences is `PROJECT:unclaimed`."""
        found = self.plan.changes.get(key)
        return Link(text=change_title(found), href=change_path(key)) if found else Link(text=key)

    def project_link(self, name: str) -> Link:
        found = self.project(name)
        return Link(text=found.label, href=project_path(name)) if found else Link(text=name)

    def performer(self, order: Order) -> Link:
        """Who does it: a department with its page, or a party by its name; a milestone is nobody's."""
        if order.milestone:
            return Link(text=self.say("milestone"))
        if order.department:
            return self.department(order.department)
        project, client = self.project(order.project), self.client(order.project)
        if order.party == "client" and client:
            return Link(text=client.label)
        if order.party == "tam" and project and project.team.tam:
            return Link(text=f"TAM {self.person(project.team.tam.name)}")
        return Link(text={"client": self.say("client"), "supplier": self.say("supplier"), "tam": "TAM"}[order.party])

    def person(self, name: str) -> str:
        found = self.workspace.people.get(name)
        return found.label if found else name

    def email(self, person: str) -> str:
        """The address of somebody of the provider; empty where there is none."""
        found = self.workspace.people.get(person)
        return found.email if found else ""

    def contact(self, project: str, name: str) -> str:
        """Somebody of the client or of the provider, by the name used in a specification."""
        client = self.client(project)
        known = client.contacts.get(name) if client else None
        return known.title if known else self.person(name)

    def is_of(self, client: str, project: str) -> bool:
        """Whether a project is of a client, so that this client may read of it."""
        found = self.project(project)
        return found is not None and found.client.name == client

    def may_read(self, project: str) -> bool:
        """Whether who reads the tree may read of a project."""
        return not self.reader or self.is_of(self.reader, project)

    def may_read_change(self, key: str) -> bool:
        """Whether there is a page of a change in this tree."""
        found = self.plan.changes.get(key)
        return found is not None and self.may_read(found.project)

    def component(self, order: Order) -> Component | None:
        """What an order works on: as it will be, for a removal as it was; None for a task of a Change."""
        id = f"{order.project}/{order.component}"
        shape = self.landscapes.get(order.project)
        wanted = shape.components.get(order.component) if shape else None
        return self.targets.get(f"{id}/{order.action}") or self.state.built.get(id) or wanted

    def orders_of(self, key: str) -> tuple[Order, ...]:
        """The orders of a change, done ones included, in the order of their dates; cancelled ones are left out."""
        mine = (one for one in self.by_change.get(key, ()) if not self.is_gone(one))
        return tuple(sorted(mine, key=self.by_date))

    def by_date(self, order: Order) -> tuple[str, str]:
        """Sorts orders by start, those without dates last, then by key."""
        known, dated = self.state.orders.get(order.key), self.plan.schedule.get(order.key)
        start = dated.start if dated else known.started or known.finished if known else None
        return (start.isoformat() if start else "~", order.key)

    def sheet_of(self, key: str) -> int:
        """The page of the plan of its change that has an order."""
        return 1 if self.whole else self.sheets.get(key, 1)

    def is_gone(self, order: Order) -> bool:
        """Cancelled, and no longer part of the plan."""
        known = self.state.orders.get(order.key)
        return order.key not in self.actions and known is not None and known.status == "cancelled"


def open_book(
    workspace: Workspace,
    state: State,
    plan: Plan,
    findings: Findings,
    source_url: str = "",
    events: tuple[Event, ...] = (),
) -> Book:
    """Index a plan for the provider, in English."""
    actions = {one.order.key: one for one in plan.actions}
    recorded = {key: one.order for key, one in state.orders.items()}
    orders = recorded | {key: one.order for key, one in actions.items()}
    landscapes = dict(sorted(workspace.landscapes.items()))
    targets = {key: one.target for key, one in state.actions.items() if one.target}
    targets |= {one.id: one.target for one in plan.openings if one.target}
    orders = dict(sorted(orders.items()))
    queues = _queues(plan)
    diffs = tuple(sorted(plan.diffs, key=lambda one: (one.project, one.component, one.kind, one.change)))
    book = Book(
        workspace=workspace,
        state=state,
        plan=plan,
        findings=findings,
        source_url=source_url,
        language=ENGLISH,
        reader="",
        actions=dict(sorted(actions.items())),
        orders=orders,
        by_change=_grouped((change_key(one.change, one.project), one) for one in orders.values()),
        by_project=_grouped((one.project, one) for one in orders.values()),
        by_department=_grouped((name, one) for one in orders.values() for name in sorted(set(one.departments))),
        movers=_grouped((moved, key) for key, one in sorted(plan.changes.items()) for moved in one.moved_orders),
        diffs_by_change=_grouped((change_key(one.change, one.project), one) for one in diffs),
        diffs_by_project=_grouped((one.project, one) for one in diffs),
        followers=_followers(one.order for one in plan.actions if one.verb != "cancel"),
        landscapes=landscapes,
        events=events,
        events_of=_grouped((one.project, one) for one in events),
        projects_of=_grouped((one.client.name, name) for name, one in sorted(workspace.projects.items())),
        agreements_of=_grouped(
            (one.customer.name, name) for name, one in sorted(workspace.agreements.items()) if one.type == "sla"
        ),
        agreed=_grouped(
            (one.agreement.name, name) for name, one in sorted(workspace.projects.items()) if one.agreement
        ),
        ids_of=_grouped((id.partition("/")[0], id) for id in sorted({*state.built, *state.ordered})),
        changes_of=_grouped((one.project, key) for key, one in sorted(plan.changes.items())),
        desks=_grouped(
            (person, name)
            for name, one in sorted(workspace.projects.items())
            for person in sorted({ref.name for ref in (one.team.tam, one.team.deputy) if ref})
        ),
        queues=queues,
        turns={key: at for queue in queues.values() for at, key in enumerate(queue)},
        targets=targets,
    )
    return replace(book, sheets=dict(_sheets(book)))


ORDERS = 25
"""How many orders of a change, with their bars, one page has at most."""
_ORDER, _FEW = 6, 3
"""An order takes as much of a page as six arrows and links to what it waits for; a few of these are nothing."""


def _sheets(book: Book) -> Iterator[tuple[str, int]]:
    """Each page has as many orders as it can and stay light: fewer where they wait for many others."""
    for key in (key for key, mine in book.by_change.items() if sum(map(_weight, mine)) > ORDERS * _ORDER):
        number, taken = 1, 0
        for order in book.orders_of(key):
            weight = _weight(order)
            if taken and taken + weight > ORDERS * _ORDER:
                number, taken = number + 1, 0
            taken += weight
            yield order.key, number


def _weight(order: Order) -> int:
    return _ORDER + max(0, len(order.depends_on) - _FEW)


def undivided(book: Book) -> Book:
    """The same with all that belongs to a page on the page itself."""
    return replace(book, whole=True)


def change_title(change: ChangePlan) -> str:
    """What people call a change: its title, else its name."""
    return change.title or change.name


def change_path(key: str, page: str = "/index.html") -> str:
    """Where the plan of a change is, or with another ending its Markdown."""
    return f"changes/{slug(key)}{page}"


def orders_path(key: str, number: int) -> str:
    """A page of the orders of a change; the first is its plan."""
    return change_path(key, f"/{numbered('orders', number)}" if number > 1 else "/index.html")


def project_path(name: str, page: str = "index.html") -> str:
    """A page of a project, its passport where none is named."""
    return f"projects/{slug(name)}/{page}"


def client_path(name: str) -> str:
    """What the provider reads of a client."""
    return f"clients/{slug(name)}.html"


def department_path(name: str, page: str = "index.html") -> str:
    """A page of a department."""
    return f"departments/{slug(name)}/{page}"


def agreement_path(name: str) -> str:
    """The page of an agreement."""
    return f"agreements/{slug(name)}.html"


def desk_path(person: str) -> str:
    """The page of a desk."""
    return f"desk/{slug(person)}.html"


def order_path(key: str) -> str:
    """The page of an order."""
    return f"orders/{slug(key)}.html"


def anchor(key: str) -> str:
    """The name of an order's anchor: stable, as its key is."""
    return f"wo-{slug(key)}"


def row_path(book: Book, order: Order) -> str:
    """Where the row of an order is, in the plan of its change."""
    path = orders_path(change_key(order.change, order.project), book.sheet_of(order.key))
    return f"{path}#{anchor(order.key)}"


def change_key(change: str, project: str) -> str:
    """The key of a change in the plan; without a change, that of the project's unclaimed differences."""
    return change or f"{project}:unclaimed"


def _queues(plan: Plan) -> dict[str, tuple[str, ...]]:
    dates = plan.schedule
    waiting = [one.order for one in plan.actions if one.verb != "cancel" and not one.order.milestone]
    waiting.sort(key=lambda one: (one.key not in dates, dates[one.key].start if one.key in dates else plan.at, one.key))
    return _grouped((one.department or one.party, one.key) for one in waiting)


def _followers(orders: Iterable[Order]) -> dict[str, tuple[str, ...]]:
    return _grouped((key, order.key) for order in sorted(orders, key=lambda one: one.key) for key in order.depends_on)


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    """Values by key, in the order given."""
    groups: dict[str, list[T]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: tuple(group) for key, group in sorted(groups.items())}


def each_once(words: Iterable[str]) -> Iterator[str]:
    """Neighbours that repeat are said once."""
    before = None
    for word in words:
        if word != before:
            yield word
        before = word
