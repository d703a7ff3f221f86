"""Whom each work order concerns: who does it, who waits for it, who answers for the whole, and the client."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from tamspec.model.order import Order
from tamspec.model.project import Project
from tamspec.model.workspace import Workspace


def addresses_of(workspace: Workspace) -> Mapping[str, str]:
    """Department → its own address, or its manager's (else that name)."""
    return {name: one.email or _of_person(one.manager.name, workspace) for name, one in workspace.departments.items()}


def whom_to_notify(
    order: Order, waiting: Collection[str], addresses: Mapping[str, str], workspace: Workspace
) -> tuple[str, ...]:
    """Addresses (else names), sorted: the departments that work on it and those in `waiting`, which wait for it, as in
    `addresses_of`; the TAM; and the client where it works itself or a maintenance window is used.
    """
    project = workspace.projects.get(order.project)
    made = {addresses[name] for name in (*order.departments, *waiting) if name in addresses}
    if project and project.team.tam:
        made.add(_of_person(project.team.tam.name, workspace))
    if project and (order.party == "client" or order.window):
        made |= set(_of_client(order, project, workspace))
    return tuple(sorted(made))


def _of_person(name: str, workspace: Workspace) -> str:
    return workspace.people[name].email or name


def _of_client(order: Order, project: Project, workspace: Workspace) -> Iterator[str]:
    """The contacts whose topics the order touches, else the technical ones; in a window also whom the change says to
    reach, and where the client works whoever asked for it."""
    contacts = workspace.clients[project.client.name].contacts
    about = _about(order, project, workspace)
    named = [name for name, one in contacts.items() if any(_touches(topic, about) for topic in one.topics)]
    technical = [name for name, one in contacts.items() if one.role == "technical"]
    change = workspace.changes.get(order.change)
    asked = [change.requested_by] if change and order.party == "client" else []
    reached = [change.contact] if change and order.window else []
    also = [name for name in (*asked, *reached) if name in contacts]
    yield from (contacts[name].email or name for name in (*(named or technical), *also))


def _about(order: Order, project: Project, workspace: Workspace) -> frozenset[str]:
    """The words that say what an order is about: of its step and title, its component, the service and its family."""
    component = workspace.landscapes[project.name].components.get(order.component)
    service = workspace.services.get(component.service) if component else None
    told = (order.step, order.title, order.component, *((service.name, service.family) if service else ()))
    return frozenset(word for text in told for word in _words(text))


def _words(text: str) -> list[str]:
    return re.findall(r"\w{4,}", text.lower())


def _touches(topic: str, about: Collection[str]) -> bool:
    """Whether a word of a topic and one of the order begin alike: `acceptance` is about `accept`."""
    return any(word.startswith(other) or other.startswith(word) for word in _words(topic) for other in about)
