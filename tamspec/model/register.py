"""What a TAM keeps of a client beside the components: needs, documents, questions, dates that end, limits; and what was
seen (`Observation`), may come (`Risk`), is proposed (`Proposal`) and was decided (`Decision`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from tamspec.diagnostics import NOWHERE, Place
from tamspec.model.catalog import Named, Person
from tamspec.model.incident import Incident
from tamspec.model.project import Change, Project
from tamspec.model.values import Ref, Written


class Risk(Named, frozen=True, kw_only=True):
    """Something that may happen to a client and would do harm."""

    project: Ref[Project]
    cause: str = ""
    event: str
    impact: str = ""
    probability: int
    """1 (hardly ever) to 5 (expected)."""
    severity: int
    """1 (a nuisance) to 5 (it ends the business)."""
    owner: Ref[Person]
    components: tuple[str, ...] = ()
    observations: tuple[Ref[Observation], ...] = ()
    """From which it was drawn."""
    response: Literal["", "avoid", "reduce", "transfer", "accept"] = ""
    """Empty: nobody decided yet."""
    measures: str = ""
    proposal: Ref[Proposal] | None = None
    change: Ref[Change] | None = None
    accepted_by: str = ""
    """The contact of the client who takes it as it is."""
    accepted_on: date | None = None
    next_review: date | None = None
    closed: date | None = None

    @property
    def score(self) -> int:
        """Probability times severity, 1 to 25."""
        return self.probability * self.severity


class Observation(Named, frozen=True, kw_only=True):
    """Something that the provider saw and the client may not have noticed."""

    project: Ref[Project]
    type: str
    """Those that keep coming are known by it."""
    seen: datetime
    by: Ref[Person] | None = None
    text: str
    components: tuple[str, ...] = ()
    noticed: bool = False
    """Whether the client had noticed it when it was told."""
    told: date | None = None
    """The day on which the client was told; None: not yet."""


class Evidence(Struct, frozen=True, kw_only=True):
    """What a proposal rests on. One without incidents was raised before something failed."""

    observations: tuple[Ref[Observation], ...] = ()
    incidents: tuple[Ref[Incident], ...] = ()
    requirements: tuple[str, ...] = ()
    """Needs of the project that nothing meets yet."""
    text: str = ""


class Option(Written, frozen=True, kw_only=True):
    """One way to do it."""

    text: str
    cost: str = ""
    effect: str = ""
    at: Place = NOWHERE


class Verdict(Written, frozen=True, kw_only=True):
    """What a client decided on a proposal."""

    decided: date
    by: str
    option: str = ""
    """Empty: it was declined."""
    why: str = ""
    at: Place = NOWHERE


class Reward(Written, frozen=True, kw_only=True):
    """What whoever had the idea got for it. Nobody but the provider reads it."""

    given: date | None = None
    note: str = ""
    at: Place = NOWHERE


class Proposal(Named, frozen=True, kw_only=True):
    """What the provider proposes to a client: any engineer may raise one."""

    project: Ref[Project]
    by: Ref[Person]
    raised: date
    problem: str
    evidence: Evidence = Evidence()
    options: Mapping[str, Option]
    recommendation: str = ""
    decision: Verdict | None = None
    """None: the client has not decided yet."""
    change: Ref[Change] | None = None
    reward: Reward | None = None


class Decision(Named, frozen=True, kw_only=True):
    """Something that was decided and that others will ask about, of a project or of the role itself."""

    project: Ref[Project] | None = None
    decided: date
    by: tuple[Ref[Person], ...]
    status: Literal["proposed", "accepted", "withdrawn"] = "accepted"
    context: str = ""
    decision: str
    consequences: str = ""
    replaces: Ref[Decision] | None = None
