"""A project's passport: who, what, how it stands, and what was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal
from zoneinfo import ZoneInfo

from markupsafe import Markup
from msgspec import Struct

from tamspec.desk.complexity import class_of, departments_of
from tamspec.model.catalog import Client
from tamspec.model.order import Component, OrderState
from tamspec.model.project import Project
from tamspec.render.book import UNTOLD, Book, Link
from tamspec.render.capacity import CapacitySection, capacity_section
from tamspec.render.change import state_word
from tamspec.render.coordination import Coordination, coordination
from tamspec.render.differences import DiffView, FieldView, diff_view, kind_word
from tamspec.render.documents import DocumentsPart, documents_part
from tamspec.render.orders import Value, scalar, values
from tamspec.render.registers import RegistersPart, registers_part
from tamspec.render.review import IncidentRow, incidents_of
from tamspec.render.topology import Node, topology
from tamspec.render.verdict import answer
from tamspec.render.when import When

Standing = Literal["built", "ordered", "wanted"]


class Role(Struct, frozen=True, kw_only=True):
    """Somebody of the team or of the client, and how to reach them."""

    role: str
    name: str
    topics: str = ""
    email: str = ""
    phone: str = ""


class Part(Struct, frozen=True, kw_only=True):
    """A component of the landscape."""

    name: str
    service: str
    params: tuple[Value, ...]
    departments: tuple[Link, ...]
    depends_on: tuple[str, ...]
    standing: Standing
    standing_text: str
    leaving: bool
    """No longer wanted."""
    outputs: tuple[tuple[str, str], ...]
    """What its finished orders produced: artefact and value."""
    source: Link


class Involved(Struct, frozen=True, kw_only=True):
    """A department of the project and what it does for it."""

    department: Link
    what: str


class ChangeLine(Struct, frozen=True, kw_only=True):
    """A change in a list."""

    change: Link
    state: str
    answer: str


class Done(Struct, frozen=True, kw_only=True):
    """A finished order, for the chronicle."""

    finished: When
    title: str
    component: str
    performer: str
    change: str
    results: tuple[tuple[str, str], ...]


class ProjectPage(Struct, frozen=True, kw_only=True):
    """Everything in a passport. Times are in the client's zone."""

    name: str
    title: str
    answer: str
    description: str
    client: Link
    phase: str
    criticality: str
    complexity: str
    agreement: Link | None
    window: str
    zone: str
    at: When
    team: tuple[Role, ...]
    contacts: tuple[Role, ...]
    coordination: Coordination
    parts: tuple[Part, ...]
    topology: Markup | None
    involved: tuple[Involved, ...]
    wanted: tuple[DiffView, ...]
    """What is written and not ordered."""
    owed: tuple[DiffView, ...]
    """What is ordered and not built."""
    changes: tuple[ChangeLine, ...]
    incidents: tuple[IncidentRow, ...]
    chronicle: tuple[Done, ...]
    capacity: CapacitySection | None
    source: Link
    documents: DocumentsPart | None
    registers: RegistersPart


def project_page(book: Book, name: str) -> ProjectPage:
    """The passport of a project."""
    project, zone = book.workspace.projects[name], book.client_zone(name)
    client = book.client(name)
    parts = tuple(_parts(book, name))
    involved = tuple(_involved(book, name, parts))
    agreement = book.agreement(project.agreement.name) if project.agreement else None
    window = project.maintenance_window
    return ProjectPage(
        name=name,
        title=project.label,
        answer=_answer(book, project, parts, involved),
        description=project.description,
        client=book.client_link(client) if client else UNTOLD,
        phase=phase_word(book, project.phase),
        criticality=_criticality(book, project.criticality),
        complexity=_complexity(book, project),
        agreement=agreement,
        window=book.workspace.calendars[window.name].label if window else "",
        zone=zone.key,
        at=book.when(book.plan.at, zone),
        team=tuple(_team(book, project)),
        contacts=contacts_of(book, client) if client else (),
        coordination=coordination(book, name),
        parts=parts,
        topology=_picture(book, project, parts) if parts else None,
        involved=involved,
        wanted=tuple(diff_view(book, one) for one in book.diffs if one.project == name),
        owed=tuple(_owed(book, name)),
        changes=tuple(change_lines(book, name, zone)),
        incidents=() if book.reader else incidents_of(book, name),
        chronicle=tuple(_chronicle(book, name, zone)),
        capacity=capacity_section(book, name),
        source=book.source(project.at.key),
        documents=documents_part(book, name),
        registers=registers_part(book, name),
    )


def _answer(book: Book, project: Project, parts: Sequence[Part], involved: Sequence[Involved]) -> str:
    built = sum(1 for part in parts if part.standing == "built")
    return book.say(
        "{project} is in {phase}: {built} of {components} built, {departments} involved.",
        project=project.label,
        phase=phase_word(book, project.phase),
        built=built,
        components=book.many(len(parts), "{number} component", "{number} components"),
        departments=book.many(len(involved), "{number} department", "{number} departments"),
    )


def phase_word(book: Book, phase: str) -> str:
    """The phase of a project, in words."""
    words = {
        "presale": book.say("presale"),
        "design": book.say("design"),
        "implementation": book.say("implementation"),
        "operation": book.say("operation"),
        "exit": book.say("exit"),
    }
    return words[phase]


def _criticality(book: Book, criticality: str) -> str:
    words = {"low": book.say("low"), "medium": book.say("medium"), "high": book.say("high")}
    return words[criticality]


def _complexity(book: Book, project: Project) -> str:
    words = {"simple": book.say("simple"), "complex": book.say("complex"), "hard": book.say("hard")}
    number = len(departments_of(project, book.workspace))
    return book.say(
        "{complexity}: {departments} build and support it",
        complexity=words[class_of(project, book.workspace)],
        departments=book.many(number, "{number} department", "{number} departments"),
    )


def _contact_role(book: Book, role: str) -> str:
    words = {
        "technical": book.say("technical"),
        "decision-maker": book.say("decision-maker"),
        "other": book.say("other"),
    }
    return words[role]


def _standing(book: Book, standing: Standing) -> str:
    words = {"built": book.say("built"), "ordered": book.say("ordered"), "wanted": book.say("wanted")}
    return words[standing]


def _team(book: Book, project: Project) -> Iterator[Role]:
    team = project.team
    roles = (
        (book.say("Technical account manager"), team.tam),
        (book.say("Deputy"), team.deputy),
        (book.say("Service manager"), team.service_manager),
        (book.say("Architect"), team.architect),
    )
    for role, ref in roles:
        if ref:
            yield Role(role=role, name=book.person(ref.name), email=book.workspace.people[ref.name].email)


def _parts(book: Book, project: str) -> Iterator[Part]:
    wanted = book.landscapes[project].components
    known = {
        id.partition("/")[2]: book.state.ordered.get(id) or book.state.built[id] for id in book.ids_of.get(project, ())
    }
    for name, component in sorted({**known, **wanted}.items()):
        id = f"{project}/{name}"
        standing: Standing = "built" if id in book.state.built else "ordered" if id in book.state.ordered else "wanted"
        yield Part(
            name=name,
            service=_service(book, component),
            params=values(book, component),
            departments=tuple(book.department(one) for one in _departments(book, component)),
            depends_on=component.depends_on,
            standing=standing,
            standing_text=_standing(book, standing),
            leaving=name not in wanted,
            outputs=tuple(_outputs(book, project, name)),
            source=book.source(component.at.key),
        )


def _service(book: Book, component: Component) -> str:
    found = book.workspace.services.get(component.service)
    return found.label if found else component.service


def _departments(book: Book, component: Component) -> tuple[str, ...]:
    """Those that have or had orders of the component, and the one that supports its service."""
    names = {
        name
        for order in book.by_project.get(component.project, ())
        if order.component == component.name
        for name in order.departments
    }
    service = book.workspace.services.get(component.service)
    if service and service.supported_by:
        names.add(service.supported_by.name)
    return tuple(sorted(names))


def _outputs(book: Book, project: str, component: str) -> Iterator[tuple[str, str]]:
    for one in _recorded(book, project):
        if one.order.component == component and one.status == "done":
            yield from sorted(one.outputs.items())


def _recorded(book: Book, project: str) -> Iterator[OrderState]:
    keys = (order.key for order in book.by_project.get(project, ()))
    return (book.state.orders[key] for key in keys if key in book.state.orders)


def _involved(book: Book, project: str, parts: Sequence[Part]) -> Iterator[Involved]:
    """Every department that the project needs: those that build or support a component, and those that have or had
    orders."""
    supports: dict[str, list[str]] = {}
    works: dict[str, int] = {}
    components = book.landscapes[project].components
    for part in parts:
        service = book.workspace.services.get(components[part.name].service) if part.name in components else None
        if service and service.supported_by:
            supports.setdefault(service.supported_by.name, []).append(part.name)
    for order in book.by_project.get(project, ()):
        if not book.is_gone(order):
            for name in order.departments:
                works[name] = works.get(name, 0) + 1
    for name in sorted({*supports, *works, *departments_of(book.workspace.projects[project], book.workspace)}):
        said = [book.say("supports {components}", components=book.listed(supports[name]))] if name in supports else []
        said += [book.many(works[name], "has {number} order", "has {number} orders")] if name in works else []
        said = said or [book.say("builds it")]
        yield Involved(department=book.department(name), what="; ".join(said))


def _picture(book: Book, project: Project, parts: Sequence[Part]) -> Markup:
    nodes = [
        Node(
            name=part.name,
            service=part.service,
            standing=part.standing,
            word=part.standing_text,
            depends_on=part.depends_on,
        )
        for part in parts
    ]
    told = book.many(
        len(nodes),
        "{number} component. The table of components has the same facts.",
        "{number} components. The table of components has the same facts.",
    )
    return topology(nodes, title=book.say("Components of {project}", project=project.label), description=told)


def _owed(book: Book, project: str) -> Iterator[DiffView]:
    """Where what is built is not yet what was ordered."""
    for id in book.ids_of.get(project, ()):
        ordered, built = book.state.ordered.get(id), book.state.built.get(id)
        fields = _compared(built, ordered)
        if fields or built is None or ordered is None:
            kind = "provision" if built is None else "decommission" if ordered is None else "change"
            yield DiffView(component=id.partition("/")[2], kind=kind_word(book, kind), fields=fields, causes=())


def _compared(built: Component | None, ordered: Component | None) -> tuple[FieldView, ...]:
    before: Mapping[str, str] = {name: scalar(one) for name, one in built.params.items()} if built else {}
    after: Mapping[str, str] = {name: scalar(one) for name, one in ordered.params.items()} if ordered else {}
    return tuple(
        FieldView(name=name, before=before.get(name, ""), after=after.get(name, ""))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def contacts_of(book: Book, client: Client) -> tuple[Role, ...]:
    """The people of a client and how to reach them."""
    return tuple(
        Role(
            role=_contact_role(book, one.role),
            name=one.title,
            topics=book.listed(one.topics),
            email=one.email,
            phone=one.phone,
        )
        for _, one in sorted(client.contacts.items())
    )


def change_lines(book: Book, project: str, zone: ZoneInfo) -> Iterator[ChangeLine]:
    """The changes of a project, by key."""
    for key in book.changes_of.get(project, ()):
        one = book.plan.changes[key]
        yield ChangeLine(change=book.change(key), state=state_word(book, one.state), answer=answer(book, one, zone))


def _chronicle(book: Book, project: str, zone: ZoneInfo) -> Iterator[Done]:
    """Finished orders, the latest first."""
    done = [(one.finished, one) for one in _recorded(book, project) if one.status == "done" and one.finished]
    for finished, one in sorted(done, key=lambda pair: (pair[0], pair[1].order.key), reverse=True):
        yield Done(
            finished=book.when(finished, zone),
            title=one.order.title,
            component=one.order.component,
            performer=book.performer(one.order).text,
            change=book.change(one.order.change).text,
            results=tuple(sorted(one.outputs.items())),
        )
