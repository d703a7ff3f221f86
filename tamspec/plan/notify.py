"""Whom each work order concerns besides those who do it."""

from __future__ import annotations

from tamspec.model.catalog import Step
from tamspec.model.project import Change
from tamspec.model.workspace import Workspace


def whom_to_notify(workspace: Workspace, project_name: str, step: Step, change: Change | None) -> tuple[str, ...]:
    """Addresses (else names), sorted: the TAM, the managers of joint departments, the client's technical contacts
    where the client works or the maintenance window is used, and who asked for the change."""
    project = workspace.projects.get(project_name)
    if project is None:
        return ()
    people = [project.team.tam] + [workspace.departments[ref.name].manager for ref in step.joint]
    made = {workspace.people[ref.name].email or ref.name for ref in people if ref}
    contacts = workspace.clients[project.client.name].contacts
    if step.party == "client" or step.window:
        made |= {one.email or name for name, one in contacts.items() if one.role == "technical"}
    if step.party == "client" and change and change.requested_by in contacts:
        made.add(contacts[change.requested_by].email or change.requested_by)
    return tuple(sorted(made))
