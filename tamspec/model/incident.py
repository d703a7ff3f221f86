"""What went wrong, and what was learned from it (`Incident`, `Review`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from msgspec import field

from tamspec.diagnostics import NOWHERE, Place
from tamspec.model.catalog import Agreement, Department, Named
from tamspec.model.project import Change, Project
from tamspec.model.values import Ref, Written


class Incident(Named, frozen=True, kw_only=True):
    """Something that went wrong for a client and is worth remembering: a major one, one that missed a target, or one of
    those that keep coming. The many others stay in the ticket system."""

    project: Ref[Project]
    number: str = ""
    """In the ticket system."""
    type: str = ""
    """What sort of thing happened; those that keep coming are known by it."""
    severity: Literal["minor", "major"] = "minor"
    priority: str = ""
    agreement: Ref[Agreement] | None = None
    """By which it is measured; None: that of the project."""
    missed: tuple[str, ...] = ()
    """The clocks of the agreement whose targets were missed."""
    components: tuple[str, ...] = ()
    reported: datetime
    resolved: datetime | None = None
    description: str = ""


class Cause(Written, frozen=True, kw_only=True):
    """Why something happened. It lies in departments and in what passes between them, never in a person."""

    name: str
    """By which the same cause is known when it comes again."""
    text: str
    departments: tuple[Ref[Department], ...] = ()
    at: Place = NOWHERE


class CorrectiveAction(Written, frozen=True, kw_only=True):
    """What is done so that it does not happen again: a Change, whose tasks and components become work orders."""

    text: str
    change: Ref[Change] | None = None
    at: Place = NOWHERE


class Review(Named, frozen=True, kw_only=True):
    """The analysis of incidents: what happened when, why, and what is done about it."""

    project: Ref[Project]
    of: tuple[Ref[Incident], ...]
    held: date | None = None
    """The day on which it was held; None: it is still being written."""
    impact: str = ""
    timeline: Mapping[str, str] = field(default_factory=dict)
    """Instant → what happened."""
    cause: Cause | None = None
    actions: Mapping[str, CorrectiveAction] = field(default_factory=dict)
    no_action_because: str = ""
