"""Whom each work order concerns besides those who do it."""

from __future__ import annotations

from tamspec.model.order import Order
from tamspec.model.workspace import Workspace


def whom_to_notify(order: Order, workspace: Workspace) -> tuple[str, ...]:
    """Addresses (else names), sorted: the TAM, the managers of joint departments, the client's technical contacts
    where the client works or the maintenance window is used, and who asked for the change."""
    project = workspace.projects.get(order.project)
    if project is None:
        return ()
    joint = [workspace.departments[name] for name in order.joint if name in workspace.departments]
    people = [project.team.tam, *(one.manager for one in joint)]
    made = {workspace.people[ref.name].email or ref.name for ref in people if ref}
    contacts = workspace.clients[project.client.name].contacts
    if order.party == "client" or order.window:
        made |= {one.email or name for name, one in contacts.items() if one.role == "technical"}
    change = workspace.changes.get(order.change)
    if order.party == "client" and change and change.requested_by in contacts:
        made.add(contacts[change.requested_by].email or change.requested_by)
    return tuple(sorted(made))
