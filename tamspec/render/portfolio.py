"""The portfolio: every change, what is late, who is busy, and the way to everything else. Internal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from tamspec.diagnostics import Severity
from tamspec.model.values import counted, utc_text
from tamspec.render.book import Book, Link, change_path, change_title
from tamspec.render.department import orders_of, work_ahead
from tamspec.render.orders import is_waited_for, order_link
from tamspec.render.verdict import is_late
from tamspec.render.when import When


class ChangeRow(Struct, frozen=True, kw_only=True):
    """A change in the portfolio. Its times are in its client's zone."""

    change: Link
    project: Link
    client: str
    state: str
    forecast: When | None
    deadline: When | None
    slack: str
    verdict: str
    zone: str


class Trouble(Struct, frozen=True, kw_only=True):
    """Something that is late, and why one says so."""

    what: Link
    text: str


class DepartmentRow(Struct, frozen=True, kw_only=True):
    """A department in the portfolio."""

    department: Link
    open_orders: int
    ready: int
    blocked: int
    work: str
    busy_until: When | None


class ProjectRow(Struct, frozen=True, kw_only=True):
    """A project in the portfolio."""

    project: Link
    client: str
    phase: str
    tam: str


class FindingRow(Struct, frozen=True, kw_only=True):
    """A finding of the whole specification."""

    severity: str
    code: str
    text: str
    source: Link


class Portfolio(Struct, frozen=True, kw_only=True):
    """Everything on the first page."""

    title: str
    answer: str
    at: str
    changes: tuple[ChangeRow, ...]
    late: tuple[Trouble, ...]
    departments: tuple[DepartmentRow, ...]
    projects: tuple[ProjectRow, ...]
    findings: tuple[FindingRow, ...]


def portfolio(book: Book) -> Portfolio:
    """The first page of the site."""
    changes = tuple(_changes(book))
    late = tuple(_late(book))
    return Portfolio(
        title=book.workspace.settings.title or "Portfolio",
        answer=_answer(changes, late),
        at=utc_text(book.plan.at),
        changes=changes,
        late=late,
        departments=tuple(_department(book, name) for name in sorted(book.workspace.departments)),
        projects=tuple(_project(book, name) for name in sorted(book.workspace.projects)),
        findings=tuple(
            FindingRow(severity=one.severity.value, code=one.code, text=one.detail, source=book.source(one.at))
            for one in sorted(book.findings.all, key=lambda one: (one.severity.rank, one.order))
            if one.severity is not Severity.INFO
        ),
    )


def _answer(changes: Sequence[ChangeRow], late: Sequence[Trouble]) -> str:
    open_ones = counted(sum(1 for one in changes if one.state not in ("closed", "withdrawn")), "change")
    trouble = (
        "nothing is late" if not late else counted(len(late), "thing") + (" is" if len(late) == 1 else " are") + " late"
    )
    return f"{open_ones[0].upper()}{open_ones[1:]} in hand, and {trouble}."


def _changes(book: Book) -> Iterator[ChangeRow]:
    for key, one in sorted(book.plan.changes.items()):
        zone, client = book.client_zone(one.project), book.client(one.project)
        slack = book.span(one.slack_minutes) if one.slack_minutes is not None else ""
        finished = one.state in ("closed", "withdrawn")
        yield ChangeRow(
            change=Link(text=change_title(one), href=change_path(key)),
            project=book.project_link(one.project),
            client=client.label if client else "",
            state=one.state,
            forecast=book.when(one.forecast, zone) if one.forecast else None,
            deadline=book.last_day(one.deadline, zone) if one.deadline else None,
            slack="" if finished else slack,
            verdict="" if finished or not slack else "late" if is_late(one) else "in time",
            zone=zone.key,
        )


def _late(book: Book) -> Iterator[Trouble]:
    """Changes that miss their date or their promise, orders that are overdue, and work without a place."""
    for key, one in sorted(book.plan.changes.items()):
        zone, link = book.client_zone(one.project), Link(text=change_title(one), href=change_path(key))
        if is_late(one) and one.slack_minutes is not None:
            yield Trouble(what=link, text=f"misses its required date by {book.span(one.slack_minutes)}")
        if one.committed and one.forecast and one.forecast > one.committed and one.state != "closed":
            yield Trouble(what=link, text=f"was promised for {book.when(one.committed, zone).text} ({zone.key})")
    for lapse in book.plan.lapses:
        if lapse.kind == "overdue":
            ago = book.span(int((book.plan.at - lapse.since).total_seconds()) // 60)
            yield Trouble(what=order_link(book, lapse.order), text=f"was to be done {ago} ago")
    for key, why in sorted(book.plan.unplaced.items()):
        yield Trouble(what=order_link(book, key), text=why)


def _department(book: Book, name: str) -> DepartmentRow:
    mine = [order for order in orders_of(book, name) if is_waited_for(book, order.key)]
    standing = [book.plan.statuses.get(order.key) for order in mine]
    ends = [book.plan.schedule[order.key].finish for order in mine if order.key in book.plan.schedule]
    return DepartmentRow(
        department=book.department(name),
        open_orders=len(mine),
        ready=standing.count("ready"),
        blocked=standing.count("blocked"),
        work=work_ahead(book, name),
        busy_until=book.when(max(ends), book.department_zone(name)) if ends else None,
    )


def _project(book: Book, name: str) -> ProjectRow:
    project, client = book.workspace.projects[name], book.client(name)
    return ProjectRow(
        project=book.project_link(name),
        client=client.label if client else "",
        phase=project.phase,
        tam=book.person(project.team.tam.name) if project.team.tam else "",
    )
