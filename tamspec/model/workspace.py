"""Everything that was written, by kind and name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar, Literal, NamedTuple

from msgspec import Struct, field

from tamspec.diagnostics import NOWHERE, Place
from tamspec.model.catalog import (
    Agreement,
    Calendar,
    Category,
    Client,
    Department,
    Freeze,
    Named,
    Person,
    Service,
    Shift,
    Step,
)
from tamspec.model.incident import Incident, Review
from tamspec.model.landscape import Landscape, landscape
from tamspec.model.project import Change, Project
from tamspec.model.register import Decision, Observation, Proposal, Risk
from tamspec.model.values import Duration, Written

ALWAYS = Calendar(
    name="always",
    title="Around the clock",
    time_zone="UTC",
    hours={"mon-sun": (Shift(0, 24 * 60),)},
)
"""The calendar that every workspace has."""


PLURALS = {
    "Calendar": "calendars",
    "Department": "departments",
    "Person": "people",
    "Service": "services",
    "Agreement": "agreements",
    "Client": "clients",
    "Project": "projects",
    "Change": "changes",
    "Incident": "incidents",
    "Review": "reviews",
    "Risk": "risks",
    "Observation": "observations",
    "Proposal": "proposals",
    "Decision": "decisions",
}
"""Kind → the workspace's field."""


class Columns(Written, frozen=True, kw_only=True):
    """The columns of an export of incidents. With `state` and `at` a row is what became of an incident then; without
    them a row is a whole incident."""

    incident: str
    at: str = ""
    state: str = ""
    priority: str = ""
    client: str = ""
    agreement: str = ""
    department: str = ""
    paused: str = ""

    APART: ClassVar[frozenset[str]] = frozenset()


class Export(Written, frozen=True, kw_only=True):
    """How the incidents that a ticket system exports are read: which column holds what, and what its words mean."""

    files: tuple[str, ...] = ()
    columns: Columns
    events: Mapping[str, str] = field(default_factory=dict)
    """Event of the agreements' clocks → the column that tells when it happened."""
    states: Mapping[str, str] = field(default_factory=dict)
    """State of the export → event and state of the clocks."""
    priorities: Mapping[str, str] = field(default_factory=dict)
    clients: Mapping[str, str] = field(default_factory=dict)
    departments: Mapping[str, str] = field(default_factory=dict)
    exclude: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column → the values by which an incident is not judged."""
    client: str = ""
    agreement: str = ""
    time_zone: str = ""
    """Of times that do not say theirs; empty: nobody says."""
    time_format: str = ""
    """As `strptime` reads it; empty: ISO 8601."""
    missing: tuple[str, ...] = ()
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    too_few: int = 20
    """Below how many cases a share is too few to judge."""
    at: Place = NOWHERE


class Recurrence(Written, frozen=True, kw_only=True):
    """When things of one sort are told to keep coming: so many within such a time."""

    times: int
    within: Duration
    at: Place = NOWHERE


class Complexity(Written, frozen=True, kw_only=True):
    """From how many departments on a project is complex, hard, and in need of a TAM and a deputy in every phase."""

    complex: int = 8
    hard: int = 12
    needs_tam: int = 8
    at: Place = NOWHERE


Demand = Literal["tam", "window", "back-out", "contact", "coordination"]
"""Something that a change to a project in operation must have."""


class Charter(Written, frozen=True, kw_only=True):
    """What the role of the TAM is."""

    purpose: str
    does: tuple[str, ...] = ()
    does_not: tuple[str, ...] = ()
    decides: tuple[str, ...] = ()
    """Alone."""
    at: Place = NOWHERE


class Usage(Written, frozen=True, kw_only=True):
    """Files with samples of what clients use, and the columns of them."""

    files: tuple[str, ...]
    project: str
    item: str
    day: str
    used: str
    at: Place = NOWHERE


class Settings(Written, frozen=True, kw_only=True):
    """`tamspec.yaml`: what is read, and the provider's policy."""

    sources: tuple[str, ...] = ("catalog", "projects")
    title: str = ""
    site: str = ""
    """The address under which the rendered pages are published; empty: they are not."""
    rules: Mapping[str, Literal["error", "warning", "info", "ignore"]] = field(default_factory=dict)
    """Code → how much its findings matter, where that differs from the manual."""
    stale_after: Duration = Duration(working_days=5)
    """How long nothing may be heard of an order in progress or blocked; working days are those of its department."""
    plugins: tuple[str, ...] = ()
    """Packages of rules that are run with tamspec's own, by the names of their entry points."""
    freezes: Mapping[str, Freeze] = field(default_factory=dict)
    """Those that bind the changes of every client."""
    incidents: Export | None = None
    review_within: Duration = Duration(working_days=5)
    """How long after its resolution a major incident may be without a review; working days are the client's."""
    recurrence: Recurrence | None = None
    complexity: Complexity = Complexity()
    demands: Mapping[Category, tuple[Demand, ...]] = field(default_factory=dict)
    """Category of a change → what it must have in operation; of a `major` one everything, where nobody says."""
    training: tuple[str, ...] = ()
    """The parts that somebody must have passed before being the only TAM of a project."""
    handover: Mapping[str, str] = field(default_factory=dict)
    """Item that every handover must contain → what it is."""
    documents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Phase → the types of documents that a project in it must have."""
    answer_within: Duration = Duration(working_days=5)
    """How long a request may be without an answer; working days are the client's."""
    observations: Recurrence | None = None
    """When observations of one type in one project demand a risk; None: nobody counts them."""
    high_risk: int = 12
    """From this score on a risk is high."""
    charter: Charter | None = None
    usage: Usage | None = None
    at: Place = NOWHERE


class Kept(Struct, frozen=True, kw_only=True):
    """What is kept of one project beside it, each in the order in which it happened, else by name."""

    risks: tuple[Risk, ...] = ()
    observations: tuple[Observation, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    decisions: tuple[Decision, ...] = ()
    incidents: tuple[Incident, ...] = ()
    reviews: tuple[Review, ...] = ()


NOTHING_KEPT = Kept()


class WrittenStep(NamedTuple):
    """A step, and where it stands."""

    service: Service | None
    """None: a task of a Change."""
    name: str
    step: Step


class Workspace(Struct, frozen=True, kw_only=True, dict=True):
    """The checked specification. Every `Ref` in it resolves; what did not was left out and found."""

    settings: Settings = Settings()
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    departments: Mapping[str, Department] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    clients: Mapping[str, Client] = field(default_factory=dict)
    projects: Mapping[str, Project] = field(default_factory=dict)
    changes: Mapping[str, Change] = field(default_factory=dict)
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    reviews: Mapping[str, Review] = field(default_factory=dict)
    risks: Mapping[str, Risk] = field(default_factory=dict)
    observations: Mapping[str, Observation] = field(default_factory=dict)
    proposals: Mapping[str, Proposal] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    usage: Mapping[tuple[str, str], Mapping[date, Decimal]] = field(default_factory=dict)
    """Project and capacity item → what files of measurements say was used on which day."""

    @property
    def by_kind(self) -> Mapping[str, Mapping[str, Named]]:
        """Kind → name → document."""
        return {kind: getattr(self, plural) for kind, plural in PLURALS.items()}

    @cached_property
    def landscapes(self) -> Mapping[str, Landscape]:
        """Project → its service instances. Everything must have loaded without errors."""
        return {name: landscape(project, self.services) for name, project in self.projects.items()}

    @cached_property
    def steps(self) -> tuple[WrittenStep, ...]:
        """Every step of the catalogue, and every task of a Change."""
        found = [
            WrittenStep(service, name, step)
            for service in self.services.values()
            for procedure in service.procedures.values()
            for name, step in (*procedure.steps.items(), *procedure.back_out.items())
        ]
        for change in self.changes.values():
            found += [WrittenStep(None, *task) for task in (*change.tasks.items(), *change.back_out.items())]
        return tuple(found)

    @cached_property
    def _kept(self) -> Mapping[str, Kept]:
        found: dict[str, dict[str, list[Any]]] = {}
        sorts: tuple[tuple[str, Mapping[str, Any], Callable[[Any], Any]], ...] = (
            ("risks", self.risks, lambda one: one.name),
            ("observations", self.observations, lambda one: (one.seen, one.name)),
            ("proposals", self.proposals, lambda one: (one.raised, one.name)),
            ("decisions", self.decisions, lambda one: (one.decided, one.name)),
            ("incidents", self.incidents, lambda one: (one.reported, one.name)),
            ("reviews", self.reviews, lambda one: one.name),
        )
        for sort, documents, order in sorts:
            for one in sorted(documents.values(), key=order):
                if one.project:
                    found.setdefault(one.project.name, {}).setdefault(sort, []).append(one)
        return {
            project: Kept(**{sort: tuple(some) for sort, some in kept.items()})
            for project, kept in sorted(found.items())
        }

    def kept_of(self, project: str) -> Kept:
        """What is kept of one project beside it."""
        return self._kept.get(project, NOTHING_KEPT)

    def changes_of(self, project: str) -> tuple[Change, ...]:
        """The Changes of one project, by name."""
        return tuple(change for _, change in sorted(self.changes.items()) if change.project.name == project)
