"""Work orders, the events that the ledger keeps of them, and the state those fold to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Literal

from msgspec import Struct, field

from tamspec.diagnostics import NOWHERE, Place
from tamspec.model.values import Duration, Effort, LocalTime, Scalar, Written

Kind = Literal["provision", "change", "decommission", "move", "adopt"]
ActionKind = Literal["provision", "change", "decommission"]
"""What is done to a component by work orders."""

Status = Literal["planned", "in_progress", "done", "blocked", "rejected", "cancelled"]
"""What people report; `ready` is computed: planned, and everything it needs is done."""

CLOSED: frozenset[Status] = frozenset({"done", "cancelled"})

LEGAL: Mapping[Status, frozenset[Status]] = {
    "planned": frozenset({"in_progress", "done", "blocked", "rejected", "cancelled"}),
    "in_progress": frozenset({"in_progress", "done", "blocked", "cancelled"}),
    "blocked": frozenset({"planned", "in_progress", "done", "blocked", "cancelled"}),
    "rejected": frozenset({"planned", "cancelled"}),
    "done": frozenset({"in_progress"}),
    "cancelled": frozenset({"planned", "in_progress"}),
}
"""From which status an order may go to which; staying in progress is a report of progress."""


class Component(Written, frozen=True, kw_only=True):
    """A service instance of a project: as desired, as ordered or as built. Composite services are expanded."""

    APART = frozenset({"at", "origins"})

    project: str
    name: str
    """Within the project; a child of a composite instance is `shop.web`."""
    service: str
    params: Mapping[str, Scalar] = field(default_factory=dict)
    """Every parameter that has a value: written, by default or assumed."""
    defaulted: frozenset[str] = frozenset()
    """The parameters that nobody wrote; they keep the default they were ordered with."""
    assumed: frozenset[str] = frozenset()
    """The parameters whose value is an assumption: nothing of it can be ordered yet."""
    missing: frozenset[str] = frozenset()
    """The parameters without any value, still to be asked."""
    depends_on: tuple[str, ...] = ()
    """Names of components of the same project, sorted."""
    at: Place = NOWHERE
    origins: Mapping[str, Place] = field(default_factory=dict)
    """Parameter → where its value was written."""

    @property
    def id(self) -> str:
        """`project/component`, unique in the workspace."""
        return f"{self.project}/{self.name}"


def override_key(component: str, procedure: str, step: str) -> str:
    """How `orders` of a Change names an order: `db/provision/install`; a task by its name."""
    return f"{component}/{procedure}/{step.rpartition('.')[2]}" if component else step


class Order(Written, frozen=True, kw_only=True):
    """A work order: what one department (or party) does, and after what. It knows no dates and no status."""

    APART = frozenset({"at", "notify"})

    key: str
    """`project/component/provision.1/step` or `project/change:NAME/task`; stable for ever."""
    project: str
    change: str
    """The Change it is done for; empty: no Change claims the difference."""
    component: str = ""
    """The component it works on; empty for a task of the Change."""
    action: str = ""
    """`provision.1`; empty for a task."""
    procedure: str = ""
    """The procedure of the service that asks for it; empty for a task."""
    step: str
    title: str
    department: str = ""
    party: Literal["", "client", "supplier", "tam"] = ""
    """Who does it in place of a department."""
    joint: tuple[str, ...] = ()
    effort: Effort = Effort(0)
    effort_range: tuple[Effort, ...] = ()
    people: int = 1
    wait: Duration = Duration()
    window: bool = False
    milestone: bool = False
    """Nobody works on it: it is reached when everything before it is done."""
    standby: bool = False
    """A piece of a back-out: it is worked only if somebody calls for it, by starting one of its action."""
    depends_on: tuple[str, ...] = ()
    """Keys of the orders that must be done first, sorted; done ones stay listed."""
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Artefact needed → keys of the orders that produce it."""
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Artefact produced → what it is."""
    checklist: tuple[str, ...] = ()
    irreversible: bool = False
    not_before: date | None = None
    pin: LocalTime | None = None
    """When it starts, in the client's time zone: then or not at all."""
    why: str = ""
    """The reason that people gave for overriding the catalogue."""
    notify: tuple[str, ...] = ()
    """Whom to tell: e-mail addresses or names, sorted. Not recorded: people change, the order stays."""
    at: Place = NOWHERE
    """The step in the catalogue, or the task in the Change."""

    @property
    def action_id(self) -> str:
        """What it is a piece of: `project/component/provision.1`, for tasks of a Change `project/change:NAME`."""
        return self.key.rpartition("/")[0]

    @property
    def performer(self) -> str:
        """The department's name, or the party; of a milestone nobody."""
        return self.department or self.party

    @property
    def departments(self) -> tuple[str, ...]:
        """Every department that works on it, the responsible one first."""
        return (self.department, *self.joint) if self.department else self.joint

    @property
    def override_key(self) -> str:
        """How `orders` of its Change names it."""
        return override_key(self.component, self.procedure, self.step)


class Dates(Struct, frozen=True, kw_only=True):
    """When an order is worked: UTC, start inclusive, finish exclusive."""

    start: datetime
    finish: datetime


class OrderedComponent(Struct, frozen=True, kw_only=True):
    """What an apply did to a component: the action that it opened or rewrote, and what it leads to."""

    action: str
    """`provision.1`; with the old name in front, `web/provision.1`, where the component moved since."""
    kind: ActionKind
    target: Component | None
    """The component once the action is done; None: gone."""


class Event(Written, frozen=True, kw_only=True):
    """Something that happened. Events are only ever added."""

    APART = frozenset({"place"})

    at: datetime
    by: str
    project: str
    name: str = ""
    """Of the ledger entry; orders events of the same instant."""
    place: Place = NOWHERE


class Ordered(Event, frozen=True, kw_only=True):
    """A Change was applied: its orders were given to the departments, with their dates."""

    change: str
    checksum: str = ""
    rung: int = 0
    components: Mapping[str, OrderedComponent] = field(default_factory=dict)
    orders: Mapping[str, tuple[Order, Dates | None]] = field(default_factory=dict)
    """Orders on standby have no dates."""
    cancelled: tuple[str, ...] = ()
    """Keys of orders that the specification no longer wants; nobody had started them."""
    committed: datetime | None = None
    """The Change's finish, as promised by this apply; None: nothing of it is open."""
    moved: Mapping[str, Dates] = field(default_factory=dict)
    """Orders of other Changes that made room for it → their new dates."""
    redated: Mapping[str, datetime] = field(default_factory=dict)
    """Other Changes whose promise it moved → their new committed finish."""


class Adopted(Event, frozen=True, kw_only=True):
    """Components that existed before tamspec were taken over, as ordered and as built."""

    components: Mapping[str, Component]
    evidence: str = ""


class Moved(Event, frozen=True, kw_only=True):
    """Components got another name: old → new."""

    moves: Mapping[str, str]


class Report(Struct, frozen=True, kw_only=True):
    """What people say about one order."""

    status: Status
    reason: str = ""
    on: str = ""
    """Whom a blocked order waits for: client, supplier, tam or a department."""
    remaining: Effort | None = None
    effort: Effort | None = None
    """The effort it took."""
    outputs: Mapping[str, str] = field(default_factory=dict)
    exceptions: tuple[str, ...] = ()
    """Checklist items that were not done."""


class StatusSet(Event, frozen=True, kw_only=True):
    """Work was reported."""

    orders: Mapping[str, Report]


class Dated(Event, frozen=True, kw_only=True):
    """A Change got a new committed finish without new work."""

    change: str
    committed: datetime


class OrderState(Struct, frozen=True, kw_only=True):
    """An order with what was recorded and reported of it."""

    order: Order
    status: Status = "planned"
    baseline: Dates
    """The first recorded dates, never altered; of an order on standby the instant at which it was given."""
    recorded: Dates
    """The last recorded dates."""
    given: datetime | None = None
    """When it was first ordered."""
    started: datetime | None = None
    finished: datetime | None = None
    reported: datetime | None = None
    """When the last report was made."""
    last: Report | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)
    dropped: bool = False
    """Cancelled by an apply because the specification no longer wants it, so nothing is owed."""

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED

    @property
    def is_started(self) -> bool:
        """Somebody worked on it: no plan alters it any more."""
        return self.started is not None or self.status == "done"


class ActionState(Struct, frozen=True, kw_only=True):
    """One provision, change or decommission of a component, as ordered."""

    id: str
    """`project/component/provision.1`, with the component's name of then."""
    component: str
    """`project/component`, with its name of now."""
    kind: ActionKind | Literal["adopt"]
    target: Component | None
    change: str
    orders: tuple[str, ...] = ()


class State(Struct, frozen=True, kw_only=True, dict=True):
    """What the ledger says of today: always folded from events, never stored."""

    ordered: Mapping[str, Component] = field(default_factory=dict)
    built: Mapping[str, Component] = field(default_factory=dict)
    actions: Mapping[str, ActionState] = field(default_factory=dict)
    """In the order in which they were ordered."""
    orders: Mapping[str, OrderState] = field(default_factory=dict)
    committed: Mapping[str, datetime] = field(default_factory=dict)
    """Change → committed finish."""
    applied: frozenset[str] = frozenset()
    """The Changes that were ordered at least once."""
    moves: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    """Project → its recorded moves, oldest first: old component name → new."""

    @cached_property
    def _by_change(self) -> Mapping[str, tuple[OrderState, ...]]:
        found: dict[str, list[OrderState]] = {}
        for _, known in sorted(self.orders.items()):
            found.setdefault(known.order.change, []).append(known)
        return {change: tuple(orders) for change, orders in found.items()}

    def orders_of(self, change: str) -> tuple[OrderState, ...]:
        """Every order that was ever given for a Change, by key."""
        return self._by_change.get(change, ())

    def handed_over(self, order: Order, artefact: str) -> Mapping[str, str]:
        """What an order gets of an artefact that it needs: order that hands it over → the value that it told. Of a
        secret only the place where it is kept."""
        givers = {key: self.orders[key].outputs for key in order.inputs[artefact] if key in self.orders}
        return {key: outputs[artefact] for key, outputs in givers.items() if artefact in outputs}

    def is_closed(self, change: str) -> bool:
        """Applied, and every order of it done or cancelled: it claims nothing any more. Its back-out does not count."""
        return change in self.applied and not any(
            one.is_open and not one.order.standby for one in self.orders_of(change)
        )

    @cached_property
    def _called(self) -> frozenset[str]:
        """The actions whose back-out somebody began."""
        return frozenset(one.order.action_id for one in self.orders.values() if one.order.standby and one.is_started)

    def is_on_standby(self, order: Order) -> bool:
        """Whether it belongs to a back-out that nobody has called for."""
        return order.standby and order.action_id not in self._called
