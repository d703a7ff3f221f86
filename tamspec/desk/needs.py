"""What a client needs, what answers it, and which gaps weigh most."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tamspec.model.graph import in_order
from tamspec.model.project import Project, Requirement
from tamspec.model.register import Proposal
from tamspec.model.workspace import Workspace

Answer = Literal["met", "declined", "open"]
RANKS = {"low": 1, "medium": 2, "high": 3}


class Need(Struct, frozen=True, kw_only=True):
    """A need of a client, and what came of it."""

    name: str
    requirement: Requirement
    answer: Answer
    weight: int
    """How much its gap would matter, 1 to 9: by its own criticality and by that of the project."""
    proposals: tuple[Proposal, ...]
    """Those that rest on it, by name."""


def needs_of(project: Project, workspace: Workspace) -> tuple[Need, ...]:
    """The needs of a project: the gaps first, the gravest of them before the others, then what is met and declined."""
    made = [
        Need(
            name=name,
            requirement=one,
            answer="open" if one.is_open else "met" if one.met_by else "declined",
            weight=RANKS[one.criticality] * RANKS[project.criticality],
            proposals=proposals_for(project.name, name, workspace),
        )
        for name, one in project.requirements.items()
    ]
    turns = ("open", "met", "declined")
    return tuple(sorted(made, key=lambda one: (turns.index(one.answer), -one.weight, one.name)))


def proposals_for(project: str, requirement: str, workspace: Workspace) -> tuple[Proposal, ...]:
    """The proposals of a project that would meet a need, by name."""
    mine = (one for one in workspace.kept_of(project).proposals if requirement in one.evidence.requirements)
    return tuple(sorted(mine, key=lambda one: one.name))


def explained(project: Project) -> frozenset[str]:
    """The components, as written in the project, that meet a need or carry one that does."""
    named = {name.partition(".")[0] for one in project.requirements.values() for name in one.met_by}
    for name in reversed(in_order({name: one.depends_on for name, one in project.components.items()})):
        if name in named:
            named |= set(project.components[name].depends_on)
    return frozenset(named)
