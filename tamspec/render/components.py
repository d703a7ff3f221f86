"""The components of a project: what each is, what stands on what, and how far it is built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from markupsafe import Markup
from msgspec import Struct

from tamspec.model.order import Component, OrderState
from tamspec.model.project import Project
from tamspec.render.book import Book, Link, project_path
from tamspec.render.orders import Value, service_label, values
from tamspec.render.paging import Pages, numbered, pages
from tamspec.render.topology import Node, topology
from tamspec.render.when import When

Standing = Literal["built", "ordered", "wanted"]
SHOWN = 25
"""How many components a passport shows; where there are more, they have pages of their own."""
DRAWN = 80
"""With more boxes a picture tells nothing any more."""
ROWS = 60


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


class Sort(Struct, frozen=True, kw_only=True):
    """The components of a service, where they are too many to be told one by one."""

    service: str
    names: tuple[str, ...]
    built: int


class ComponentsPage(Struct, frozen=True, kw_only=True):
    """One page of the components of a large project."""

    title: str
    answer: str
    project: Link
    topology: Markup | None
    """All of them, on the first page; None: they are too many to be drawn."""
    parts: tuple[Part, ...]
    pages: Pages
    zone: str
    at: When


def components_path(project: str, number: int = 1) -> str:
    """A page of the components of a project."""
    return project_path(project, numbered("components", number))


def component_pages(book: Book, project: str) -> int:
    """On how many pages they stand; none: they are all in the passport."""
    count = len(_known(book, project))
    return -(-count // ROWS) if is_divided(book, count) else 0


def is_divided(book: Book, count: int) -> bool:
    """Whether so many components are too many for a passport."""
    return count > SHOWN and not book.whole


def components_page(book: Book, name: str, number: int) -> ComponentsPage:
    """A page of the components of a project that has so many."""
    project, parts = book.workspace.projects[name], tuple(parts_of(book, name))
    return ComponentsPage(
        title=book.say("Components of {project}", project=project.label),
        answer=built_of(book, parts),
        project=book.project_link(name),
        topology=picture(book, project, parts) if number == 1 else None,
        parts=parts[(number - 1) * ROWS : number * ROWS],
        pages=pages(
            book.say("Pages of the components"),
            number,
            component_pages(book, name),
            lambda at: components_path(name, at),
        ),
        zone=book.client_zone(name).key,
        at=book.when(book.plan.at, book.client_zone(name)),
    )


def built_of(book: Book, parts: Sequence[Part]) -> str:
    """How far they are, in a sentence."""
    return book.many(
        len(parts),
        "{built} of {number} component is built.",
        "{built} of {number} components are built.",
        built=sum(part.standing == "built" for part in parts),
    )


def sorts_of(parts: Sequence[Part]) -> Iterator[Sort]:
    """Components by service."""
    for service in sorted({part.service for part in parts}):
        mine = [part for part in parts if part.service == service]
        built = sum(part.standing == "built" for part in mine)
        yield Sort(service=service, names=tuple(part.name for part in mine), built=built)


def parts_of(book: Book, project: str) -> Iterator[Part]:
    """The components of a project, by name."""
    wanted = book.landscapes[project].components
    for name, component in _known(book, project).items():
        id = f"{project}/{name}"
        standing: Standing = "built" if id in book.state.built else "ordered" if id in book.state.ordered else "wanted"
        yield Part(
            name=name,
            service=service_label(book, component),
            params=values(book, component),
            departments=tuple(book.department(one) for one in _departments(book, component)),
            depends_on=component.depends_on,
            standing=standing,
            standing_text=_standing(book, standing),
            leaving=name not in wanted,
            outputs=tuple(_outputs(book, project, name)),
            source=book.source(component.at.key),
        )


def _known(book: Book, project: str) -> dict[str, Component]:
    """Name → component, of all that is wanted, ordered or built."""
    known = {
        id.partition("/")[2]: book.state.ordered.get(id) or book.state.built[id] for id in book.ids_of.get(project, ())
    }
    return dict(sorted({**known, **book.landscapes[project].components}.items()))


def _standing(book: Book, standing: Standing) -> str:
    words = {"built": book.say("built"), "ordered": book.say("ordered"), "wanted": book.say("wanted")}
    return words[standing]


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
    for one in recorded(book, project):
        if one.order.component == component and one.status == "done":
            yield from sorted(one.outputs.items())


def recorded(book: Book, project: str) -> Iterator[OrderState]:
    """What became of every order of a project that was given."""
    keys = (order.key for order in book.by_project.get(project, ()))
    return (book.state.orders[key] for key in keys if key in book.state.orders)


def picture(book: Book, project: Project, parts: Sequence[Part]) -> Markup | None:
    """What stands on what; None: there is nothing to draw, or too much."""
    if not 0 < len(parts) <= DRAWN:
        return None
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
