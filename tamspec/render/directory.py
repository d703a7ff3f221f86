"""Who there is, and what is offered: the departments with their people and hours, and the catalogue of services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from tamspec.model.catalog import Calendar, Condition, Department, Param, Service, Shift, Step
from tamspec.model.graph import in_order
from tamspec.model.values import DAYS, counted, effort_text
from tamspec.render.book import Book, Link
from tamspec.render.escape import slug
from tamspec.render.orders import scalar
from tamspec.render.when import When, day_text


class DepartmentEntry(Struct, frozen=True, kw_only=True):
    """A department in the directory."""

    department: Link
    parent: str
    manager: str
    email: str
    hours: str
    duty: str
    people: int
    names: tuple[str, ...]
    services: tuple[Link, ...]
    valid: str


class DirectoryPage(Struct, frozen=True, kw_only=True):
    """Everything in the directory."""

    title: str
    answer: str
    at: When
    departments: tuple[DepartmentEntry, ...]


class ServiceRow(Struct, frozen=True, kw_only=True):
    """A service in the catalogue."""

    service: Link
    departments: tuple[Link, ...]
    procedures: tuple[str, ...]
    effort: str
    """Of providing it, where that depends on nothing."""
    retired: bool


class Family(Struct, frozen=True, kw_only=True):
    """Services of one kind."""

    anchor: str
    name: str
    services: tuple[ServiceRow, ...]


class CataloguePage(Struct, frozen=True, kw_only=True):
    """The services that are offered."""

    title: str
    answer: str
    at: When
    families: tuple[Family, ...]


class ParamRow(Struct, frozen=True, kw_only=True):
    """A parameter of a service."""

    name: str
    type: str
    without: str
    """What happens where no value is written."""
    description: str


class StepRow(Struct, frozen=True, kw_only=True):
    """A step of a procedure."""

    name: str
    title: str
    who: Link
    joint: tuple[Link, ...]
    after: tuple[str, ...]
    effort: str
    wait: str
    when: str
    produces: tuple[str, ...]


class ProcedureView(Struct, frozen=True, kw_only=True):
    """How a service is provided, changed or taken away."""

    anchor: str
    name: str
    steps: tuple[StepRow, ...]
    replace: bool


class PartRow(Struct, frozen=True, kw_only=True):
    """A component of a composite service."""

    name: str
    service: Link
    depends_on: tuple[str, ...]


class ServicePage(Struct, frozen=True, kw_only=True):
    """Everything on the page of a service."""

    name: str
    title: str
    answer: str
    description: str
    family: str
    supported_by: Link | None
    retired: bool
    params: tuple[ParamRow, ...]
    procedures: tuple[ProcedureView, ...]
    parts: tuple[PartRow, ...]
    source: Link
    at: When


def directory_page(book: Book) -> DirectoryPage:
    """Every department."""
    departments = book.workspace.departments
    supported: dict[str, list[str]] = {}
    for name, service in sorted(book.workspace.services.items()):
        if service.supported_by:
            supported.setdefault(service.supported_by.name, []).append(name)
    people: dict[str, list[str]] = {}
    for _, person in sorted(book.workspace.people.items()):
        share = f" (TAM, {person.tam_share} %)" if person.tam_share is not None else ""
        people.setdefault(person.department.name, []).append(person.label + share)
    return DirectoryPage(
        title="Departments",
        answer=f"{counted(len(departments), 'department')}: who does what, in which hours, and how to reach them.",
        at=book.when(book.plan.at, book.client_zone("")),
        departments=tuple(
            _department(book, one, people.get(name, ()), supported.get(name, ()))
            for name, one in sorted(departments.items())
        ),
    )


def catalogue_page(book: Book) -> CataloguePage:
    """Every service, by family."""
    services = book.workspace.services
    families = sorted({one.family for one in services.values()})
    return CataloguePage(
        title="Services",
        answer=f"{counted(len(services), 'service')} in {counted(len(families), 'family', 'families')}: "
        "what a project can be made of, and who delivers it.",
        at=book.when(book.plan.at, book.client_zone("")),
        families=tuple(
            Family(
                anchor=slug(family),
                name=family,
                services=tuple(_service(book, one) for _, one in sorted(services.items()) if one.family == family),
            )
            for family in families
        ),
    )


def service_page(book: Book, name: str) -> ServicePage:
    """The page of a service."""
    service = book.workspace.services[name]
    departments = _delivering(service)
    who = counted(len(departments), "department")
    made = (
        f"made of {counted(len(service.components), 'other service')}" if service.components else f"delivered by {who}"
    )
    retired = " It is retired: no new project can have it." if service.retired else ""
    return ServicePage(
        name=name,
        title=service.label,
        answer=f"{service.label} is {made}, and has {counted(len(service.params), 'parameter')}.{retired}",
        description=service.description,
        family=service.family,
        supported_by=book.department(service.supported_by.name) if service.supported_by else None,
        retired=service.retired,
        params=tuple(_params(service)),
        procedures=tuple(
            ProcedureView(anchor=slug(kind), name=kind, steps=tuple(_steps(book, one.steps)), replace=one.replace)
            for kind, one in sorted(service.procedures.items(), key=lambda pair: _life(pair[0]))
        ),
        parts=tuple(
            PartRow(name=part, service=service_link(book, one.service.name), depends_on=one.depends_on)
            for part, one in sorted(service.components.items())
        ),
        source=book.source(service.at.key),
        at=book.when(book.plan.at, book.client_zone("")),
    )


def service_path(name: str) -> str:
    """The page of a service."""
    return f"services/{slug(name)}.html"


def service_link(book: Book, name: str) -> Link:
    """A service with its page; a client's tree has no catalogue."""
    found = book.workspace.services.get(name)
    return Link(text=found.label if found else name, href="" if book.reader or not found else service_path(name))


def hours_text(book: Book, calendar: Calendar) -> str:
    """`mon-fri 09:00-18:00 (Europe/Moscow)`."""
    told = [
        f"{'-'.join(_day(book, day) for day in days.split('-'))} {', '.join(_shift(book, one) for one in shifts)}"
        for days, shifts in sorted(calendar.hours.items(), key=_weekday)
        if shifts
    ]
    return f"{'; '.join(told) or '–'} ({calendar.time_zone})"


def _day(book: Book, day: str) -> str:
    words = {
        "mon": book.say("mon"),
        "tue": book.say("tue"),
        "wed": book.say("wed"),
        "thu": book.say("thu"),
        "fri": book.say("fri"),
        "sat": book.say("sat"),
        "sun": book.say("sun"),
    }
    return words[day]


def _weekday(pair: tuple[str, tuple[Shift, ...]]) -> int:
    """Monday first."""
    return [day.lower() for day in DAYS].index(pair[0][:3])


def _life(procedure: str) -> tuple[int, str]:
    """As a service lives: it is provided, changed, taken away."""
    return ({"provision": 0, "decommission": 2}.get(procedure, 1), procedure)


def _shift(book: Book, one: Shift) -> str:
    return book.say("all day") if (one.start, one.end) == (0, 24 * 60) else shift_text(one)


def shift_text(one: Shift) -> str:
    """`09:00-18:00`."""
    return f"{one.start // 60:02}:{one.start % 60:02}-{one.end // 60:02}:{one.end % 60:02}"


def _department(book: Book, one: Department, people: Sequence[str], services: Sequence[str]) -> DepartmentEntry:
    calendars = book.workspace.calendars
    since = f"from {day_text(one.valid_from)}" if one.valid_from else ""
    until = f"until {day_text(one.valid_to)}" if one.valid_to else ""
    return DepartmentEntry(
        department=book.department(one.name),
        parent=book.department(one.parent.name).text if one.parent else "",
        manager=book.person(one.manager.name),
        email=one.email or book.email(one.manager.name),
        hours=hours_text(book, calendars[one.calendar.name]),
        duty=hours_text(book, calendars[one.duty_hours.name]) if one.duty_hours else "",
        people=one.capacity.people,
        names=tuple(people),
        services=tuple(service_link(book, name) for name in services),
        valid=" ".join(part for part in (since, until) if part),
    )


def _service(book: Book, one: Service) -> ServiceRow:
    provision = one.procedures.get("provision")
    plain = [] if provision is None else [step for step in provision.steps.values() if not step.when]
    effort = sum(step.effort for step in plain)
    return ServiceRow(
        service=service_link(book, one.name),
        departments=tuple(book.department(name) for name in _delivering(one)),
        procedures=tuple(sorted(one.procedures, key=_life)) or ("composed of others",),
        effort=effort_text(effort) if effort else "",
        retired=one.retired,
    )


def _delivering(service: Service) -> tuple[str, ...]:
    """The departments that its procedures ask for."""
    names = {
        name
        for procedure in service.procedures.values()
        for step in procedure.steps.values()
        for name in (step.department, *step.joint)
        if name
    }
    return tuple(sorted({one.name for one in names}))


def _params(service: Service) -> Iterator[ParamRow]:
    for name, one in sorted(service.params.items()):
        kind = one.type + (f" ({one.unit})" if one.unit else "")
        if one.enum:
            kind += f": {', '.join(map(scalar, one.enum))}"
        kind += "".join(f", {bound}" for bound in _bounds(one))
        if one.default is not None:
            without = f"{scalar(one.default)}"
        elif one.optional:
            without = "stays open"
        else:
            assumed = f", {scalar(one.assume)} assumed until then" if one.assume is not None else ""
            without = f"is asked{assumed}"
        yield ParamRow(name=name, type=kind, without=without, description=one.description or one.ask)


def _steps(book: Book, steps: Mapping[str, Step]) -> Iterator[StepRow]:
    for name in in_order(
        {name: tuple(on for on in one.depends_on if on in steps) for name, one in sorted(steps.items())}
    ):
        one = steps[name]
        party = {"client": "the client", "supplier": "the supplier", "tam": "the TAM"}.get(one.party or "", "nobody")
        per = "".join(f" + {effort_text(more)} for each {param}" for param, more in sorted(one.effort_per.items()))
        yield StepRow(
            name=name,
            title=one.title or name,
            who=book.department(one.department.name) if one.department else Link(text=party),
            joint=tuple(book.department(ref.name) for ref in one.joint),
            after=one.depends_on,
            effort=(effort_text(one.effort) if one.effort else "") + per,
            wait=str(one.wait) if one.wait else "",
            when=" and ".join(f"{param} {_condition(what)}" for param, what in sorted(one.when.items())),
            produces=tuple(sorted(one.produces)),
        )


def _condition(one: Condition) -> str:
    if one.one_of:
        return f"is {' or '.join(map(scalar, one.one_of))}"
    return f"is {' and '.join(_bounds(one))}"


def _bounds(one: Param | Condition) -> Iterator[str]:
    """The least and the greatest value that are allowed, as far as there are any."""
    if one.minimum is not None:
        yield f"at least {one.minimum}"
    if one.maximum is not None:
        yield f"at most {one.maximum}"
