"""A plan as data: what differs, what is to be done about it, when, and why then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from typing import Literal

from msgspec import Struct, field

from tamspec.diagnostics import NOWHERE, Loc, Place
from tamspec.model.order import ActionKind, Component, Dates, Kind, Order, Status
from tamspec.model.values import Duration, Scalar, Written


class FieldChange(Struct, frozen=True, kw_only=True):
    """One parameter (or `dependsOn`, `service`) before and after; None: not there."""

    name: str
    before: Scalar | tuple[str, ...] = None
    after: Scalar | tuple[str, ...] = None


class Diff(Written, frozen=True, kw_only=True):
    """A difference between what is desired and what was ordered."""

    APART = frozenset({"causes"})

    project: str
    component: str
    kind: Kind
    fields: tuple[FieldChange, ...] = ()
    change: str = ""
    """The Change that claims it; empty: none does."""
    source: str = ""
    """The old name, of a move."""
    causes: tuple[Loc, ...] = ()
    """The lines that make the difference."""


OverridableField = Literal["effort", "notBefore", "pin"]


class Decided(Struct, frozen=True, kw_only=True):
    """What people decided for one order in place of what the catalogue or the task says, as it is written."""

    field: OverridableField
    catalogue: str
    """Empty: nothing was said."""
    decided: str
    why: str
    at: Loc


class Action(Written, frozen=True, kw_only=True):
    """What becomes of an order. A started order is always kept."""

    APART = frozenset({"causes", "decided"})

    verb: Literal["create", "update", "cancel", "keep"]
    order: Order
    change: str = ""
    """The Change whose apply records it; of a cancellation the one that removes the need. Empty: none."""
    causes: tuple[Loc, ...] = ()
    decided: tuple[Decided, ...] = ()
    """Where people decided otherwise than the catalogue."""


class Opening(Struct, frozen=True, kw_only=True):
    """An action of a component that the plan opens, rewrites or leaves without orders, and what it leads to."""

    id: str
    """`project/component/change.2`."""
    component: str
    """`project/component`, by its name of now."""
    kind: ActionKind
    target: Component | None
    change: str


class Reason(Struct, frozen=True, kw_only=True):
    """Why an order does not start earlier."""

    kind: Literal[
        "at", "release", "fence", "freeze", "pinned", "predecessor", "wait", "capacity", "calendar", "started"
    ]
    subject: str = ""
    """The department, calendar or time that binds."""
    orders: tuple[str, ...] = ()
    """Keys of the orders that bind: predecessors, or those that fill the capacity."""
    text: str = ""
    """The reason in one sentence."""


class Scheduled(Struct, frozen=True, kw_only=True):
    """The dates of an order. Instants are UTC; floats and slacks are minutes of the order's own working time."""

    start: datetime
    finish: datetime
    due: datetime | None = None
    """Latest finish that still meets the Change's required-by; None: no required-by."""
    float_minutes: int = 0
    """How much later it may finish without the Change's forecast finish moving."""
    slack_minutes: int | None = None
    """How much later it may finish without missing `due`; negative: already too late."""
    critical: bool = False
    wave: int = 0
    """Length of the longest chain of open orders before it."""
    reasons: tuple[Reason, ...] = ()


LapseKind = Literal["overdue", "not_begun", "stale"]
"""`overdue`: not done by the recorded finish; `not_begun`: ready, and not begun by the recorded start; `stale`: in
progress or blocked, and nothing heard of it for longer than the workspace bears."""


SINCE: Mapping[LapseKind, str] = {
    "overdue": "overdue since",
    "not_begun": "to be begun since",
    "stale": "nothing heard since",
}
"""Kind of lapse → how people say it, before the day."""


class Lapse(Struct, frozen=True, kw_only=True):
    """What should have been reported of an order by the plan's instant, and was not."""

    kind: LapseKind
    order: str
    since: datetime
    """The recorded finish or start, later where the work before it was; of a stale order its last report."""
    behind: int = 0
    """How many open orders wait for it, directly or through others."""


class OpenQuestion(Written, frozen=True, kw_only=True):
    """A missing detail of a Change."""

    name: str
    text: str
    ask: str = ""
    due: str = ""
    field: str = ""
    """`components.web.params.certificate`, if it stands for a value."""
    assumed: Scalar = None
    """What the plan goes on with until the answer; None: nothing is assumed."""
    blocking: bool = True
    overdue: bool = False
    """The day by which the answer was needed has passed, in the client's time zone."""
    at: Place = NOWHERE
    """Where its key stands: of the question, or of the component that lacks the value."""


class Redated(Struct, frozen=True, kw_only=True):
    """A change's finish before and after; None: it had, or has, none."""

    change: str
    before: datetime | None
    after: datetime | None


class Unagreed(Struct, frozen=True, kw_only=True):
    """Another Change that a Change displaces without the consent of whoever answers for it."""

    change: str
    text: str
    """Who must agree to what, in one sentence."""


class Price(Struct, frozen=True, kw_only=True):
    """What a higher rung of the stability ladder would give a Change, and what it would cost the others."""

    rung: int
    forecast: datetime | None
    """When the Change would be finished; None: even then it has no finish."""
    displaced: tuple[Redated, ...] = ()
    """The other Changes whose promised finish would move: promised → then."""


class Delay(Struct, frozen=True, kw_only=True):
    """An order that is supposed to begin so much after an instant (UTC), at the earliest."""

    since: datetime
    length: Duration


class Assumed(Struct, frozen=True, kw_only=True):
    """What is supposed to be other than it is written: a what-if. Nothing of it is ever recorded."""

    people: Mapping[str, int] = field(default_factory=dict)
    """Department → how many people plan their work by tamspec."""
    delays: Mapping[str, Delay] = field(default_factory=dict)
    """Order key → how it is held back."""
    without: frozenset[str] = frozenset()
    """Changes that are not there, with all their work that is not done."""
    waits_over: frozenset[str] = frozenset()
    """Keys of orders whose wait takes no time."""
    let_go: frozenset[str] = frozenset()
    """Keys of orders that no date holds back which people decided."""


AS_WRITTEN = Assumed()


LeverKind = Literal["capacity", "wait", "release", "rung"]
"""One more person in a department, no wait for somebody, no date that people decided, or a rung of the ladder."""


class Lever(Struct, frozen=True, kw_only=True):
    """Something that would bring a Change's finish forward, tried by planning with it."""

    kind: LeverKind
    subject: str
    """The department, the key of the order (or the Change, of a date that holds all of it back), the rung's number."""
    forecast: datetime
    """When the Change would be finished."""
    gain_minutes: int
    """How much earlier that is, on the wall clock."""
    displaced: tuple[Redated, ...] = ()
    """Other Changes whose promised finish would move, at a rung: promised → then."""


class Advice(Struct, frozen=True, kw_only=True):
    """Why a Change finishes no earlier, and what would help."""

    chain: tuple[str, ...]
    """Keys of orders: the last of the Change first, then what each waits for longest, back to the cause."""
    levers: tuple[Lever, ...] = ()
    """Those that gain most first."""
    untried: int = 0
    """How many more levers there are, that were not tried since planning with each takes its time."""


class ChangePlan(Struct, frozen=True, kw_only=True):
    """What the plan says of one Change (or, with an empty name, of a project's unclaimed differences)."""

    name: str
    project: str
    title: str = ""
    state: Literal["draft", "approved", "withdrawn", "closed", "unclaimed"]
    checksum: str = ""
    """Over everything a reviewer approves but the dates themselves."""
    forecast: datetime | None = None
    odds: tuple[datetime, ...] = ()
    """By when it is finished in half and in four fifths of all cases; empty where no effort of it is a range."""
    committed: datetime | None = None
    deadline: datetime | None = None
    """The end of the required-by day in the client's time zone."""
    slack_minutes: int | None = None
    """Deadline less forecast on the wall clock; negative: late."""
    rung: int = 0
    """The step of the stability ladder: 0 no other order moves, 1 orders move but no other committed finish, 2
    committed finishes move, each of them named, 3 everything was planned anew."""
    moved_orders: tuple[str, ...] = ()
    """Keys of other Changes' orders that this one moves."""
    displaced: tuple[Redated, ...] = ()
    """Other Changes whose committed finish this one moves, by name: promised → planned now."""
    unagreed: tuple[Unagreed, ...] = ()
    """Those of them whose TAM must agree first; each is an obstacle, in the same words."""
    prices: tuple[Price, ...] = ()
    """What the higher rungs would give and cost, where the one taken does not meet the deadline."""
    departments: tuple[str, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()
    provisional: bool = False
    """Blocking questions are open: dates rest on assumptions, nothing can be ordered."""
    obstacles: tuple[str, ...] = ()
    """Why it cannot be applied, a sentence each; empty: it can."""
    pending: bool = False
    """Applying it would record something."""
    advice: Advice | None = None
    """None: nobody asked for it; it is costly."""


class Use(Struct, frozen=True, kw_only=True):
    """A stretch of time of a department: the work that is planned in it beside what it can take on, in minutes of one
    person's work. Instants are UTC; half-open."""

    start: datetime
    end: datetime
    planned: int
    capacity: int

    @property
    def share(self) -> Fraction | None:
        """The planned part of the capacity; None: it has none in that time."""
        return Fraction(self.planned, self.capacity) if self.capacity else None

    @property
    def is_full(self) -> bool:
        """Whether more than nine tenths of it are planned."""
        return 10 * self.planned > 9 * self.capacity


class Load(Struct, frozen=True, kw_only=True):
    """How much of a department is taken, as planned."""

    department: str
    whole: Use
    """From now until the last order that is planned for it is finished."""
    weeks: tuple[Use, ...]
    """What is left of this week, and the weeks that follow, from Monday where it works."""
    full_from: datetime | None = None
    """The first week of which more than nine tenths are planned, however far ahead; None: there is none."""
    awaited: Use | None = None
    """From now until the last order begins that waits for its people; None: none does."""
    waiting: int = 0
    """How many open orders would begin earlier if it had more people."""


class Interface(Struct, frozen=True, kw_only=True):
    """Where work passes from one department or party to another: what waits there, in the receiver's working time."""

    giver: str
    receiver: str
    orders: int
    """How many open orders of the receiver come last after one of the giver."""
    minutes: int
    """How long they wait in all, from the end of the last order that they follow until they begin."""
    longest_minutes: int
    longest: str
    """The key of the order that waits longest; of several the first."""


class Growth(Struct, frozen=True, kw_only=True):
    """When there would be more of a client's capacity item, were it ordered at the instant of the plan, as a draft that
    moves nobody."""

    ready: datetime | None
    """None: nobody can tell, and `why` says why."""
    why: str = ""
    steps: tuple[str, ...] = ()
    """Titles of the steps on the way that takes longest, the first first."""
    raised_by: str = ""
    """The open Change that raises the parameter already; empty: none does."""


class Plan(Struct, frozen=True, kw_only=True, dict=True):
    """The result of planning at an instant: pure data, to be printed, compared, rendered, recorded."""

    at: datetime
    diffs: tuple[Diff, ...] = ()
    openings: tuple[Opening, ...] = ()
    moves: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Project → old name → new name, of moves that the ledger does not know yet."""
    actions: tuple[Action, ...] = ()
    """What becomes of every order that is not done, by key."""
    schedule: Mapping[str, Scheduled] = field(default_factory=dict)
    """Order key → dates, of every open order that fits into the horizon."""
    changes: Mapping[str, ChangePlan] = field(default_factory=dict)
    """Keyed by the Change's name; by `PROJECT:unclaimed` for differences that no Change claims."""
    statuses: Mapping[str, Status | Literal["ready"]] = field(default_factory=dict)
    """Order key → where it stands, of every order in `actions`."""
    unplaced: Mapping[str, str] = field(default_factory=dict)
    """Order key → why there is no time for it."""
    lapses: tuple[Lapse, ...] = ()
    """What should have been heard of started and ready orders, by key. Those that wait for others have none."""
    loads: tuple[Load, ...] = ()
    """Every department, by name."""
    interfaces: tuple[Interface, ...] = ()
    """By giver and receiver."""
    growth: Mapping[str, Growth] = field(default_factory=dict)
    """`project/item` of a client's capacity → when there would be more of it; of items with a component."""
    evaluations: int = 0
    """How many schedules were tried for it."""

    @cached_property
    def bottleneck(self) -> Load | None:
        """The department that holds up most: of those that orders wait for, the one that is taken most until the last
        of them begins; of equals the one that more wait for. None: nothing waits for people."""
        waited_for = [one for one in self.loads if one.awaited]
        return max(waited_for, key=_hold_up, default=None)

    @cached_property
    def by_key(self) -> Mapping[str, Action]:
        """Order key → what becomes of it."""
        return {one.order.key: one for one in self.actions}

    @cached_property
    def _lapses_by_order(self) -> Mapping[str, tuple[Lapse, ...]]:
        return {key: tuple(some) for key, some in groupby(self.lapses, key=lambda one: one.order)}

    def lapses_of(self, order: str) -> tuple[Lapse, ...]:
        """What should have been heard of one order, by its key."""
        return self._lapses_by_order.get(order, ())


def _hold_up(load: Load) -> tuple[bool, Fraction, int]:
    share = load.awaited.share if load.awaited else Fraction()
    return share is None, share or Fraction(), load.waiting


class Touched(Written, frozen=True, kw_only=True):
    """A component that a branch reaches."""

    APART = frozenset({"causes"})

    component: str
    """`project/component`."""
    through: tuple[str, ...] = ()
    """The changed components that it stands on, near or far; empty: it is changed itself."""
    causes: tuple[Loc, ...] = ()
    """The lines that make the difference."""


class Difference(Struct, frozen=True, kw_only=True):
    """One plan less another, at the same instant: what a branch does to people's work. Keys are sorted."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    """Orders whose work differs."""
    redated: tuple[str, ...] = ()
    """Orders with the same work at other dates."""
    finishes: tuple[Redated, ...] = ()
    dates: Mapping[str, tuple[Dates | None, Dates | None]] = field(default_factory=dict)
    """Of all these orders: the dates before and after; None: it had, or has, none."""
    touched: tuple[Touched, ...] = ()
    """By project: the changed components, then those that stand on them."""
    moved_others: tuple[str, ...] = ()
    """Changes of projects that are not touched, whose orders move since they share departments."""


class WhatIf(Struct, frozen=True, kw_only=True):
    """The plan under assumptions, and what it differs in from the plan of what is written."""

    assumptions: tuple[str, ...]
    """A sentence each."""
    plan: Plan
    difference: Difference
