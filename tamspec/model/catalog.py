"""The provider: who works when, what is offered, how it is delivered, what is promised, and to whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from msgspec import Struct, field

from tamspec.diagnostics import NOWHERE, Place
from tamspec.model.values import Duration, Effort, Percent, Ref, Scalar, Written

Category = Literal["standard", "normal", "major", "emergency"]
"""How grave a change is, and how it is decided on."""


class Named(Written, frozen=True, kw_only=True):
    """What every document has: a name unique within its kind, a title for people, and where it was written."""

    name: str
    title: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    at: Place = NOWHERE

    @property
    def label(self) -> str:
        """What people read: the title, else the name."""
        return self.title or self.name


class Shift(Struct, frozen=True):
    """Local hours of a day, minutes from midnight: 09:00-18:00 is (540, 1080).

    An end at or before the start lies on the next day (22:00-06:00).
    """

    start: int
    end: int


class Calendar(Named, frozen=True, kw_only=True):
    """Hours of a week in a time zone, with the days that differ. It says when; what for is said by who refers to it."""

    time_zone: str
    hours: Mapping[str, tuple[Shift, ...]]
    """Weekday `mon` … `sun`, or a range of them `mon-fri` → shifts of that day."""
    holidays: Mapping[date, str] = field(default_factory=dict)
    """Closed days and their names."""
    overrides: Mapping[date, tuple[Shift, ...]] = field(default_factory=dict)
    """Hours of one date in place of the week's and of a holiday's; empty: closed."""


class DepartmentCapacity(Written, frozen=True, kw_only=True):
    """How many people plan their work by tamspec, and the share that stays free for incidents and small requests."""

    people: int
    reserve: Percent = Percent(0)  # type: ignore[arg-type]
    at: Place = NOWHERE


class Department(Named, frozen=True, kw_only=True):
    """An engineering department: it gets work orders, and works them in its hours and within its capacity."""

    manager: Ref[Person]
    calendar: Ref[Calendar]
    duty_hours: Ref[Calendar] | None = None
    window_hours: Ref[Calendar] | None = None
    capacity: DepartmentCapacity
    parent: Ref[Department] | None = None
    email: str = ""
    fence: Duration = Duration()
    """How far ahead its days are settled: no new work is put there."""
    valid_from: date | None = None
    valid_to: date | None = None


class Absence(Written, frozen=True, kw_only=True):
    """Days on which a person does not work, the first and the last included, where the home department is."""

    first: date
    last: date
    reason: str = ""
    at: Place = NOWHERE


class TamRole(Written, frozen=True, kw_only=True):
    """The life of a person's role as TAM; days are those of the home department."""

    status: Literal["candidate", "onboarding", "active", "ended"] = "active"
    first: date | None = None
    """None: always."""
    last: date | None = None
    """None: for good."""
    training: Mapping[str, date] = field(default_factory=dict)
    """Part of the training → the day on which it was passed."""
    at: Place = NOWHERE


class Competencies(Struct, frozen=True, kw_only=True):
    """What a person knows besides the field of the home department, and how the person works with people."""

    own: tuple[Ref[Department], ...] = ()
    adjacent: tuple[Ref[Department], ...] = ()
    """Known well enough to ask the right questions."""
    communication: int | None = None
    """1 to 5; None: nobody said."""
    leading: int | None = None
    """1 to 5; None: nobody said."""


class Person(Named, frozen=True, kw_only=True):
    """Somebody of the provider. A TAM keeps the home department, which loses `tam_share` of one person."""

    department: Ref[Department]
    email: str = ""
    tam_share: Percent | None = None
    """None: not a TAM."""
    tam: TamRole = TamRole()
    other_shares: Mapping[str, Percent] = field(default_factory=dict)
    """Other role → the share of working time that it takes."""
    competencies: Competencies = Competencies()
    absences: tuple[Absence, ...] = ()


class Freeze(Written, frozen=True, kw_only=True):
    """Days on which nothing of a client is changed, the first and the last included, in the client's time zone."""

    title: str = ""
    first: date
    last: date
    excepted: tuple[Category, ...] = ("emergency",)
    """The changes that may go on."""
    at: Place = NOWHERE


class Contact(Written, frozen=True, kw_only=True):
    """Somebody of the client: whom to ask about what."""

    title: str
    role: Literal["technical", "decision-maker", "other"]
    topics: tuple[str, ...] = ()
    email: str = ""
    phone: str = ""
    hours: Ref[Calendar] | None = None
    """When the contact can be reached; None: in the client's calendar."""
    at: Place = NOWHERE


class Feedback(Written, frozen=True, kw_only=True):
    """What a client said about the service."""

    said: date
    by: str = ""
    text: str
    score: int | None = None
    """1 to 5; None: none was given."""
    at: Place = NOWHERE


class FollowUp(Written, frozen=True, kw_only=True):
    """What was agreed in a service review; until it is done it is carried over to the next."""

    text: str
    owner: str
    """A person of the provider or a contact of the client."""
    due: date | None = None
    done: date | None = None
    at: Place = NOWHERE


class ServiceReview(Written, frozen=True, kw_only=True):
    """A talk with the client about the service of a period."""

    held: date | None = None
    """None: it is still to come."""
    actions: Mapping[str, FollowUp] = field(default_factory=dict)
    note: str = ""
    """What the provider keeps for itself."""
    at: Place = NOWHERE


class Client(Named, frozen=True, kw_only=True):
    """Who pays. Its calendar tells its working days and in whose time zone its dates end."""

    calendar: Ref[Calendar]
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    language: str = "en"
    freezes: Mapping[str, Freeze] = field(default_factory=dict)
    feedback: Mapping[str, Feedback] = field(default_factory=dict)
    service_reviews: Mapping[str, ServiceReview] = field(default_factory=dict)
    """Period, `2026-10` or `2026-q4` → the review of it."""


class Param(Written, frozen=True, kw_only=True):
    """A typed parameter of a service.

    Without a value and without `default` it is a question for the client (`ask`); `assume` lets the plan
    go on provisionally until the answer.
    """

    type: Literal["string", "integer", "number", "boolean"]
    description: str = ""
    unit: str = ""
    enum: tuple[Scalar, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    default: Scalar = None
    assume: Scalar = None
    ask: str = ""
    optional: bool = False
    """May stay unanswered for good."""
    at: Place = NOWHERE


class Condition(Struct, frozen=True, kw_only=True):
    """When a step is wanted: the parameter's value is one of `one_of`, or lies within the bounds (inclusive)."""

    one_of: tuple[Scalar, ...] = ()
    minimum: int | None = None
    maximum: int | None = None


class Step(Written, frozen=True, kw_only=True):
    """One department's (or party's) piece of a procedure, or a task of a change: it becomes one work order.

    `wait` passes before the work, after the last predecessor; a step of a party without effort is only that wait.
    """

    title: str = ""
    department: Ref[Department] | None = None
    party: Literal["client", "supplier", "tam"] | None = None
    joint: tuple[Ref[Department], ...] = ()
    """Written `with`: departments that work on it at the same time."""
    depends_on: tuple[str, ...] = ()
    when: Mapping[str, Condition] = field(default_factory=dict)
    effort: Effort = Effort(0)
    effort_range: tuple[Effort, ...] = ()
    """Optimistic and pessimistic, or empty."""
    effort_per: Mapping[str, Effort] = field(default_factory=dict)
    people: int = 1
    """How many work on it at the same time in each department."""
    wait: Duration = Duration()
    window: bool = False
    """Worked in the project's maintenance window."""
    milestone: bool = False
    """No work: the moment at which everything that it depends on is done."""
    needs: tuple[str, ...] = ()
    produces: Mapping[str, str] = field(default_factory=dict)
    checklist: tuple[str, ...] = ()
    irreversible: bool = False
    at: Place = NOWHERE


class Procedure(Written, frozen=True, kw_only=True):
    """How a service is provisioned, changed or decommissioned: steps in a graph."""

    steps: Mapping[str, Step] = field(default_factory=dict)
    on_change: Mapping[str, Literal["any", "increase", "decrease"]] = field(default_factory=dict)
    """The parameters whose change it answers, and in which direction."""
    back_out: Mapping[str, Step] = field(default_factory=dict)
    """What takes its work back if that fails."""
    replace: bool = False
    """Answered by decommission and provision; the procedure has no steps of its own."""
    at: Place = NOWHERE


class ComponentSpec(Written, frozen=True, kw_only=True):
    """A service instance as written in a project or in a composite service."""

    service: Ref[Service]
    title: str = ""
    params: Mapping[str, Scalar] = field(default_factory=dict)
    """A string `$name` hands down a parameter of the composite service."""
    depends_on: tuple[str, ...] = ()
    at: Place = NOWHERE


class Service(Named, frozen=True, kw_only=True):
    """What the provider offers: with `procedures`, or composed of other services (`components`: a change model)."""

    family: str
    supported_by: Ref[Department] | None = None
    description: str = ""
    retired: bool = False
    params: Mapping[str, Param] = field(default_factory=dict)
    procedures: Mapping[str, Procedure] = field(default_factory=dict)
    components: Mapping[str, ComponentSpec] = field(default_factory=dict)


Period = Literal["month", "quarter", "year"]
"""Over which a share is counted."""


class Attainment(Struct, frozen=True, kw_only=True):
    """The share of cases that must keep the targets, and over which period it is counted."""

    target: Percent
    period: Period = "month"


class Part(Written, frozen=True, kw_only=True):
    """What a service is made of: one thing, or several of which so many must be there."""

    agreements: tuple[Ref[Agreement], ...]
    """Each promises how available its own part is."""
    at_least: int | None = None
    """How many of them are needed; None: every one."""
    at: Place = NOWHERE


class Availability(Written, frozen=True, kw_only=True):
    """The share of the service hours in which the service must be there, over which period it is counted, and what it
    is made of."""

    target: Percent
    period: Period = "month"
    parts: Mapping[str, Part] = field(default_factory=dict)
    """Every one is needed; empty: nobody says."""
    at: Place = NOWHERE


class Clock(Struct, frozen=True, kw_only=True):
    """The events that start, pause and stop a promise's time."""

    start: str
    stop: str
    pause: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()
    """States in which it runs on after it stopped; empty: the first stop counts."""


class Agreement(Named, frozen=True, kw_only=True):
    """A promise with a clock: to a client (sla), between departments (ola), or of a supplier (uc)."""

    type: Literal["sla", "ola", "uc"]
    provider: Ref[Department] | None = None
    supplier: str = ""
    """Who promises in an underpinning contract, in place of `provider`."""
    customer: Ref[Any]
    """A client's name in an sla, a department's otherwise."""
    valid_from: date | None = None
    valid_to: date | None = None
    service_hours: Ref[Calendar] | None = None
    """None: the provider's duty hours."""
    attainment: Attainment | None = None
    availability: Availability | None = None
    clocks: Mapping[str, Clock] = field(default_factory=dict)
    priorities: Mapping[str, Mapping[str, Duration]] = field(default_factory=dict)
    """Priority → clock → target."""
    path: tuple[tuple[Ref[Agreement], ...], ...] = ()
    """Agreements that stand behind this one: in turn, each item at the same time."""
    signed: date | None = None
    """From this day on it is not edited any more; None: it is a draft."""
    replaces: Ref[Agreement] | None = None

    @property
    def behind(self) -> tuple[Ref[Agreement], ...]:
        """Every agreement that it stands on, as often as it is named."""
        parts = self.availability.parts.values() if self.availability else ()
        return (*(ref for turn in self.path for ref in turn), *(ref for part in parts for ref in part.agreements))
