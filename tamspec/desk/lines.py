"""Who speaks with whom: two lines between provider and client, the way up when something is stuck, and who answers for
each activity (RACI)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from tamspec.model.project import Project
from tamspec.model.workspace import Workspace


class Party(Struct, frozen=True, kw_only=True):
    """Somebody with a part in an activity. A role stands for the person who is not named yet."""

    kind: Literal["person", "contact", "department", "role"]
    name: str


class Line(Struct, frozen=True, kw_only=True):
    """A contact of the client, who of the provider speaks with them, and about what."""

    about: Literal["technology", "decisions"]
    ours: tuple[Party, ...]
    """Whoever answers, and whoever stands in."""
    contact: str


class Way(Struct, frozen=True, kw_only=True):
    """Whom to call when a department cannot help any more, one after the other."""

    department: str
    components: tuple[str, ...]
    people: tuple[str, ...]
    """The manager of the department, and of each department above it."""
    then: tuple[Party, ...]
    """TAM and service manager."""


class Activity(Struct, frozen=True, kw_only=True):
    """Something that must be done, for which exactly one answers."""

    kind: Literal["whole", "support", "change", "levels", "document", "written"]
    subject: tuple[str, ...]
    """The components, or the name of the change, the agreement, the document or the activity; of the whole nothing."""
    accountable: Party
    responsible: tuple[Party, ...]
    consulted: tuple[Party, ...]
    informed: tuple[Party, ...]


def tam_of(project: Project) -> Party:
    """The one person who answers for the technical whole."""
    tam = project.team.tam
    return Party(kind="person", name=tam.name) if tam else Party(kind="role", name="tam")


def service_manager_of(project: Project) -> Party:
    """The one person who answers to those who decide."""
    manager = project.team.service_manager
    return Party(kind="person", name=manager.name) if manager else Party(kind="role", name="service-manager")


def lines_of(project: Project, workspace: Workspace) -> tuple[Line, ...]:
    """The TAM's line with engineers, then the service manager's with those who decide; contacts by name."""
    deputy = project.team.deputy
    stands_in = (Party(kind="person", name=deputy.name),) if deputy else ()
    contacts = sorted(workspace.clients[project.client.name].contacts.items())
    engineers = [name for name, one in contacts if one.role != "decision-maker"]
    deciders = [name for name, one in contacts if one.role == "decision-maker"]
    technology = (tam_of(project), *stands_in)
    return (
        *(Line(about="technology", ours=technology, contact=name) for name in engineers),
        *(Line(about="decisions", ours=(service_manager_of(project),), contact=name) for name in deciders),
    )


def supported(project: Project, workspace: Workspace) -> Mapping[str, tuple[str, ...]]:
    """Department → the components that it supports, both by name; components that nobody supports are with ''."""
    found: dict[str, list[str]] = {}
    for name, component in sorted(workspace.landscapes[project.name].components.items()):
        department = workspace.services[component.service].supported_by
        found.setdefault(department.name if department else "", []).append(name)
    return {name: tuple(parts) for name, parts in sorted(found.items())}


def ways_up(project: Project, workspace: Workspace) -> tuple[Way, ...]:
    """The way up for each department that supports a component."""
    then = (tam_of(project), service_manager_of(project))
    return tuple(
        Way(department=name, components=parts, people=_managers(name, workspace), then=then)
        for name, parts in supported(project, workspace).items()
        if name
    )


def _managers(department: str, workspace: Workspace) -> tuple[str, ...]:
    """The manager of a department and of all above it, each once."""
    people: dict[str, None] = {}
    name: str | None = department
    while name:
        people.setdefault(workspace.departments[name].manager.name)
        parent = workspace.departments[name].parent
        name = parent.name if parent else None
    return tuple(people)


def matrix(project: Project, workspace: Workspace, changes: Mapping[str, tuple[str, ...]]) -> tuple[Activity, ...]:
    """Who answers for what in a project: computed from team, services, changes, agreement and documents, and then as
    written. `changes` are the open ones with the departments of their orders."""
    made = (
        *_of_components(project, workspace),
        *_of_changes(project, workspace, changes),
        *_of_agreement(project, workspace),
        *_of_documents(project, workspace),
    )
    return (*made, *_as_written(project, workspace))


def _of_components(project: Project, workspace: Workspace) -> Iterator[Activity]:
    tam, manager = tam_of(project), service_manager_of(project)
    technical, deciders = _contacts(project, workspace, "technical"), _contacts(project, workspace, "decision-maker")
    parts = supported(project, workspace)
    architect = project.team.architect
    asked = (Party(kind="person", name=architect.name),) if architect else ()
    everybody = [Party(kind="department", name=name) for name in parts if name]
    yield _activity("whole", (), tam, everybody, (*asked, *technical), (manager, *deciders))
    for name, components in parts.items():
        doing = [Party(kind="department", name=name)] if name else []
        yield _activity("support", components, tam, doing, technical, (manager,))


def _of_changes(project: Project, workspace: Workspace, changes: Mapping[str, tuple[str, ...]]) -> Iterator[Activity]:
    for name, departments in sorted(changes.items()):
        change = workspace.changes[name]
        asked = [_party(one, project, workspace) for one in (change.contact, change.requested_by) if one]
        doing = [Party(kind="department", name=one) for one in departments]
        told = (service_manager_of(project), *_contacts(project, workspace, "decision-maker"))
        consulted = asked or _contacts(project, workspace, "technical")
        yield _activity("change", (name,), tam_of(project), doing, consulted, told)


def _of_agreement(project: Project, workspace: Workspace) -> Iterator[Activity]:
    agreement = workspace.agreements[project.agreement.name] if project.agreement else None
    if agreement:
        doing = [Party(kind="department", name=agreement.provider.name)] if agreement.provider else []
        told = _contacts(project, workspace, "decision-maker")
        manager = service_manager_of(project)
        yield _activity("levels", (agreement.name,), manager, doing, (tam_of(project),), told)


def _of_documents(project: Project, workspace: Workspace) -> Iterator[Activity]:
    for name, document in sorted(project.documents.items()):
        owner = Party(kind="person", name=document.owner.name)
        told = _contacts(project, workspace, "technical") if document.audience == "client" else ()
        yield _activity("document", (name,), owner, (owner,), (tam_of(project),), told)


def _as_written(project: Project, workspace: Workspace) -> Iterator[Activity]:
    for name, one in sorted(project.responsibilities.items()):
        sides = ([_party(each, project, workspace) for each in side] for side in (one.responsible, one.consulted))
        responsible, consulted = sides
        yield Activity(
            kind="written",
            subject=(name,),
            accountable=_party(one.accountable, project, workspace),
            responsible=tuple(responsible),
            consulted=tuple(consulted),
            informed=tuple(_party(each, project, workspace) for each in one.informed),
        )


def _activity(
    kind: Literal["whole", "support", "change", "levels", "document"],
    subject: tuple[str, ...],
    accountable: Party,
    responsible: Iterable[Party],
    consulted: Iterable[Party],
    informed: Iterable[Party],
) -> Activity:
    """Who answers may be the one who does it; otherwise each has one part in an activity. Where nobody does it, whoever
    answers for it has to."""
    doing = tuple(dict.fromkeys(responsible)) or (accountable,)
    asked = tuple(one for one in dict.fromkeys(consulted) if one not in (accountable, *doing))
    told = tuple(one for one in dict.fromkeys(informed) if one not in (accountable, *doing, *asked))
    return Activity(
        kind=kind, subject=subject, accountable=accountable, responsible=doing, consulted=asked, informed=told
    )


def _contacts(project: Project, workspace: Workspace, role: str) -> tuple[Party, ...]:
    contacts = workspace.clients[project.client.name].contacts
    return tuple(Party(kind="contact", name=name) for name, one in sorted(contacts.items()) if one.role == role)


def _party(name: str, project: Project, workspace: Workspace) -> Party:
    """What a name stands for: a contact of the client, else a person, else a department."""
    if name in workspace.clients[project.client.name].contacts:
        return Party(kind="contact", name=name)
    return Party(kind="person" if name in workspace.people else "department", name=name)
