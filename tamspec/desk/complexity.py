"""How many departments a project involves, and what follows from that: whether it is simple, complex or hard."""

from __future__ import annotations

from typing import Literal

from tamspec.model.project import Project
from tamspec.model.workspace import Workspace

Class = Literal["simple", "complex", "hard"]
"""How much there is to hold together: a few departments do it by their regulations, a complex project takes one person
who holds the whole, and a hard one nobody holds in one head."""


def departments_of(project: Project, workspace: Workspace) -> tuple[str, ...]:
    """The departments that a project involves, sorted: those that build its components and those that support them."""
    found = set()
    for component in workspace.landscapes[project.name].components.values():
        service = workspace.services[component.service]
        steps = service.procedures["provision"].steps.values() if "provision" in service.procedures else ()
        refs = [service.supported_by, *(ref for step in steps for ref in (step.department, *step.joint))]
        found |= {ref.name for ref in refs if ref}
    return tuple(sorted(found))


def class_of(project: Project, workspace: Workspace) -> Class:
    """The class of a project by the policy's thresholds; the graver one where they contradict each other."""
    number, policy = len(departments_of(project, workspace)), workspace.settings.complexity
    return "hard" if number >= policy.hard else "complex" if number >= policy.complex else "simple"


def needs_tam(project: Project, workspace: Workspace) -> bool:
    """Whether it involves so many departments that it needs a TAM and a deputy in every phase."""
    return len(departments_of(project, workspace)) >= workspace.settings.complexity.needs_tam
