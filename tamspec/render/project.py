"""A project's passport: who, what, how it stands, and what was done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from markupsafe import Markup
from msgspec import Struct

from tamspec.desk.complexity import class_of, departments_of
from tamspec.model.catalog import Client
from tamspec.model.project import Project
from tamspec.render.book import UNTOLD, Book, Link, undivided
from tamspec.render.capacity import CapacitySection, capacity_section
from tamspec.render.change import state_word
from tamspec.render.components import (
    Part,
    Sort,
    built_of,
    components_path,
    is_divided,
    parts_of,
    picture,
    sorts_of,
)
from tamspec.render.coordination import Coordination, coordination
from tamspec.render.differences import DiffPart, owed_of, part_of, wanted_of
from tamspec.render.documents import DocumentsPart, documents_part
from tamspec.render.finished import FinishedPart, finished_part
from tamspec.render.registers import RegistersPart, registers_part
from tamspec.render.review import IncidentRow, incidents_of
from tamspec.render.verdict import answer
from tamspec.render.when import When


class Role(Struct, frozen=True, kw_only=True):
    """Somebody of the team or of the client, and how to reach them."""

    role: str
    name: str
    topics: str = ""
    email: str = ""
    phone: str = ""


class Involved(Struct, frozen=True, kw_only=True):
    """A department of the project and what it does for it."""

    department: Link
    what: str


class ChangeLine(Struct, frozen=True, kw_only=True):
    """A change in a list."""

    change: Link
    state: str
    answer: str


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
    """Empty: there are none, or so many that they have pages of their own."""
    topology: Markup | None
    sorts: tuple[Sort, ...]
    """The components in short, where they have pages of their own."""
    all_parts: Link | None
    """Those pages."""
    involved: tuple[Involved, ...]
    wanted: DiffPart
    """What is written and not ordered."""
    owed: DiffPart
    """What is ordered and not built."""
    changes: tuple[ChangeLine, ...]
    incidents: tuple[IncidentRow, ...]
    finished: FinishedPart
    capacity: CapacitySection | None
    source: Link
    documents: DocumentsPart | None
    registers: RegistersPart


def project_page(book: Book, name: str) -> ProjectPage:
    """The passport of a project."""
    project, zone = book.workspace.projects[name], book.client_zone(name)
    client = book.client(name)
    parts = tuple(parts_of(book, name))
    divided = is_divided(book, len(parts))
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
        parts=() if divided else parts,
        topology=None if divided else picture(book, project, parts),
        sorts=tuple(sorts_of(parts)) if divided else (),
        all_parts=Link(text=built_of(book, parts), href=components_path(name)) if divided else None,
        involved=involved,
        wanted=part_of(book, name, tuple(wanted_of(book, name))),
        owed=part_of(book, name, tuple(owed_of(book, name))),
        changes=tuple(change_lines(book, name, zone)),
        incidents=() if book.reader else incidents_of(book, name),
        finished=finished_part(book, name),
        capacity=capacity_section(book, name),
        source=book.source(project.at.key),
        documents=documents_part(book, name),
        registers=registers_part(book, name),
    )


def _answer(book: Book, project: Project, parts: Sequence[Part], involved: Sequence[Involved]) -> str:
    built = sum(1 for part in parts if part.standing == "built")
    return book.say(
        "{project} is in {phase}: {built} of {components} built, {departments}.",
        project=project.label,
        phase=phase_word(book, project.phase),
        built=built,
        components=book.many(len(parts), "{number} component", "{number} components"),
        departments=book.many(len(involved), "{number} department involved", "{number} departments involved"),
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


def passport_on_paper(book: Book, name: str) -> ProjectPage:
    """The same with everything in one place."""
    return project_page(undivided(book), name)


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
