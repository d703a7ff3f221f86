"""The client's side: what is wanted (`Project`), and why, for whom and by when (`Change`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
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
from tamspec.model.values import Effort, LocalTime, Ref, Written


class Team(Struct, frozen=True, kw_only=True):
    """Who answers for the project: exactly one accountable TAM for the technical whole."""

    tam: Ref[Person] | None = None
    deputy: Ref[Person] | None = None
    service_manager: Ref[Person] | None = None
    architect: Ref[Person] | None = None


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
