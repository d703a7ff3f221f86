"""The client's side: what is wanted (`Project`), and why, for whom and by when (`Change`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import Struct, field

from tamspec.diagnostics import NOWHERE, Place
from tamspec.model.catalog import (
    Agreement,
    Calendar,
    Category,
    Client,
    ComponentSpec,
    Freeze,
    Named,
    Person,
    Step,
)
from tamspec.model.values import Duration, Effort, LocalTime, Percent, Ref, Written


class Team(Struct, frozen=True, kw_only=True):
    """Who answers for the project: exactly one accountable TAM for the technical whole."""

    tam: Ref[Person] | None = None
    deputy: Ref[Person] | None = None
    service_manager: Ref[Person] | None = None
    architect: Ref[Person] | None = None
    share: Percent | None = None
    """Of the TAM's working time, that the project takes; None: nobody said."""


class Tenure(Written, frozen=True, kw_only=True):
    """A time in which somebody was, is or will be TAM of a project, the first and the last day included."""

    tam: Ref[Person]
    deputy: Ref[Person] | None = None
    first: date
    last: date | None = None
    """None: until further notice."""
    at: Place = NOWHERE


class HandedOver(Written, frozen=True, kw_only=True):
    """An item of the checklist of a handover."""

    text: str = ""
    """Empty: the policy says what it is."""
    done: date | None = None
    note: str = ""
    at: Place = NOWHERE


class Handover(Written, frozen=True, kw_only=True):
    """The architect hands the project over to the TAM, who answers for it from then on."""

    giver: Ref[Person]
    taker: Ref[Person]
    accepted: date | None = None
    checklist: Mapping[str, HandedOver] = field(default_factory=dict)
    at: Place = NOWHERE


class Exit(Written, frozen=True, kw_only=True):
    """How a client leaves."""

    ends: date
    """The last day of service."""
    to: str = ""
    data: date | None = None
    """The day on which all data were handed over."""
    documents: date | None = None
    at: Place = NOWHERE


class Responsibility(Written, frozen=True, kw_only=True):
    """Who answers for an activity (RACI); names of people, contacts of the client, or departments."""

    title: str = ""
    accountable: str
    responsible: tuple[str, ...]
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()
    at: Place = NOWHERE


class Requirement(Written, frozen=True, kw_only=True):
    """Something that the client's business needs: met by components, declined, or else open."""

    text: str
    by: str = ""
    criticality: Literal["low", "medium", "high"] = "medium"
    met_by: tuple[str, ...] = ()
    declined: str = ""
    """Why the client does without it."""
    at: Place = NOWHERE

    @property
    def is_open(self) -> bool:
        return not self.met_by and not self.declined


class Document(Written, frozen=True, kw_only=True):
    """A document of the register. It is stale when what it covers changed after it was last found true."""

    title: str = ""
    type: str = ""
    path: str = ""
    """A file of the repository, from its root; empty: it lies elsewhere, at `url`."""
    url: str = ""
    owner: Ref[Person]
    interval: Duration | None = None
    reviewed: date | None = None
    """The last day on which somebody found it true."""
    covers: tuple[str, ...] = ()
    """Components."""
    covers_files: tuple[str, ...] = ()
    """Files and folders of the repository."""
    audience: Literal["provider", "client"] = "provider"
    at: Place = NOWHERE


class Request(Written, frozen=True, kw_only=True):
    """What a client asked, wished, or told of its plans, and what came of it."""

    type: Literal["question", "wish", "plan"] = "question"
    text: str
    by: str = ""
    asked: date
    answer: str = ""
    answered: date | None = None
    answered_by: Ref[Person] | None = None
    change: Ref[Change] | None = None
    at: Place = NOWHERE


class Concern(Written, frozen=True, kw_only=True):
    """A constraint that the project must live with, or a point at which the client's business will outgrow it."""

    text: str
    owner: Ref[Person]
    next_review: date | None = None
    at: Place = NOWHERE


class Expiry(Written, frozen=True, kw_only=True):
    """Something that holds until a day and must be renewed before it."""

    title: str = ""
    type: Literal["certificate", "licence", "contract", "domain", "warranty", "other"]
    ends: date
    """The last day on which it holds."""
    lead_time: Duration = Duration()
    owner: Ref[Person]
    component: str = ""
    renewal: Ref[Change] | None = None
    at: Place = NOWHERE


class CapacityItem(Written, frozen=True, kw_only=True):
    """Something of which the client has so much and no more (not the capacity of a department)."""

    title: str = ""
    unit: str = ""
    limit: Decimal
    component: str = ""
    param: str = ""
    """The parameter of the component that makes the limit greater."""
    lead_time: Duration | None = None
    """How long it takes to get more; None: as long as changing the parameter."""
    stale_after: Duration = Duration(minutes=45 * 24 * 60)
    samples: Mapping[date, Decimal] = field(default_factory=dict)
    """Day → how much was used."""
    at: Place = NOWHERE


class Move(Written, frozen=True, kw_only=True):
    """A component that got another name; it is still the same thing."""

    source: str
    target: str
    at: Place = NOWHERE


class Project(Named, frozen=True, kw_only=True):
    """The desired state of what one client gets: a graph of service instances."""

    client: Ref[Client]
    phase: Literal["presale", "design", "implementation", "operation", "exit"] = "design"
    criticality: Literal["low", "medium", "high"] = "medium"
    description: str = ""
    team: Team = Team()
    agreement: Ref[Agreement] | None = None
    maintenance_window: Ref[Calendar] | None = None
    freezes: Mapping[str, Freeze] = field(default_factory=dict)
    components: Mapping[str, ComponentSpec] = field(default_factory=dict)
    moved: tuple[Move, ...] = ()
    tenures: tuple[Tenure, ...] = ()
    handover: Handover | None = None
    exit: Exit | None = None
    responsibilities: Mapping[str, Responsibility] = field(default_factory=dict)
    requirements: Mapping[str, Requirement] = field(default_factory=dict)
    documents: Mapping[str, Document] = field(default_factory=dict)
    requests: Mapping[str, Request] = field(default_factory=dict)
    constraints: Mapping[str, Concern] = field(default_factory=dict)
    growth_points: Mapping[str, Concern] = field(default_factory=dict)
    expiries: Mapping[str, Expiry] = field(default_factory=dict)
    capacity: Mapping[str, CapacityItem] = field(default_factory=dict)


class Question(Written, frozen=True, kw_only=True):
    """Something the client must tell first."""

    text: str
    ask: str = ""
    """A contact of the client, or a person of the provider."""
    due: date | None = None
    answers: str = ""
    """The value it stands for: `components.web.params.certificate`."""
    answer: str = ""
    """The answer itself, where it is no parameter's value."""
    blocking: bool = True
    at: Place = NOWHERE


class Override(Written, frozen=True, kw_only=True):
    """What people decided for one order against the catalogue."""

    why: str
    effort: Effort | None = None
    not_before: date | None = None
    pin: LocalTime | None = None
    """When it starts, in the client's time zone: then or not at all."""
    at: Place = NOWHERE


class Consent(Written, frozen=True, kw_only=True):
    """Somebody who answers for another Change agreed that this one moves its promised finish."""

    by: Ref[Person]
    """The TAM of the other Change's project, or the deputy."""
    until: date
    """The latest finish that was agreed to, the whole day in the time zone of the other Change's client."""
    note: str = ""
    at: Place = NOWHERE


class Change(Named, frozen=True, kw_only=True):
    """Why the desired state changed: it claims the differences of its components and brings tasks of its own."""

    project: Ref[Project]
    category: Category = "normal"
    state: Literal["draft", "approved", "withdrawn"] = "draft"
    description: str = ""
    requested_by: str = ""
    """A contact of the client, or a person of the provider."""
    required_by: date | None = None
    """The last day that is not too late, in the client's time zone."""
    not_before: date | None = None
    components: tuple[str, ...] = ()
    questions: Mapping[str, Question] = field(default_factory=dict)
    tasks: Mapping[str, Step] = field(default_factory=dict)
    back_out: Mapping[str, Step] = field(default_factory=dict)
    """What takes the change back if it fails."""
    orders: Mapping[str, Override] = field(default_factory=dict)
    consents: Mapping[str, Consent] = field(default_factory=dict)
    """Other Change, whose promised finish this one moves → who agreed to that."""
    contact: str = ""
    """Who of the client can be reached while it is worked on."""
    coordination: str = ""
    reviews: Mapping[str, str] = field(default_factory=dict)
    """Document of the project → the task that brings it up to date."""
