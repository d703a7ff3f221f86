"""The portfolio: what is late, what is at risk, who has too much to do, and the way to everything else. Internal."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from tamspec.chapters import explained
from tamspec.desk.complexity import class_of, departments_of
from tamspec.diagnostics import Severity
from tamspec.model.plan import ChangePlan
from tamspec.model.values import counted
from tamspec.render.book import Book, Link
from tamspec.render.load import share_text, work_ahead
from tamspec.render.orders import order_link
from tamspec.render.paging import Pages, numbered, pages
from tamspec.render.verdict import is_late
from tamspec.render.when import When

ROWS = 100
"""Rows on one page of a long list: no page grows with the number of clients."""

FIRST = 15
"""Changes, and projects, that the first page shows."""

MOST = 20
"""Things that are late, at risk or found, before the rest is counted."""

TIGHT = 3 * 24 * 60
"""A change with less slack than this (minutes) is at risk."""


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
    """Something that is late or at risk, and why one says so."""

    what: Link
    text: str


class DepartmentRow(Struct, frozen=True, kw_only=True):
    """A department in the portfolio."""

    department: Link
    open_orders: int
    ready: int
    blocked: int
    work: str
    share: str
    full_from: When | None


class ProjectRow(Struct, frozen=True, kw_only=True):
    """A project in the portfolio."""

    project: Link
    client: str
    phase: str
    complexity: str
    departments: int
    """How many build and support it."""
    tam: Link | None


class FindingRow(Struct, frozen=True, kw_only=True):
    """A finding of the whole specification."""

    severity: str
    code: str
    manual: str
    """Where the code is explained, if it is."""
    text: str
    source: Link


class Portfolio(Struct, frozen=True, kw_only=True):
    """Everything on the first page."""

    title: str
    answer: str
    at: When
    late: tuple[Trouble, ...]
    more_late: int
    at_risk: tuple[Trouble, ...]
    more_at_risk: int
    departments: tuple[DepartmentRow, ...]
    changes: tuple[ChangeRow, ...]
    all_changes: int
    projects: tuple[ProjectRow, ...]
    all_projects: int
    findings: tuple[FindingRow, ...]
    more_findings: int


class ListPage(Struct, frozen=True, kw_only=True):
    """A piece of a long list."""

    title: str
    answer: str
    changes: tuple[ChangeRow, ...]
    projects: tuple[ProjectRow, ...]
    pages: Pages
    at: When


def portfolio(book: Book) -> Portfolio:
    """The first page of the site."""
    late, at_risk = list(_late(book)), list(_at_risk(book))
    found = [one for one in sorted(book.findings.all, key=lambda one: (one.severity.rank, one.order))
             if one.severity is not Severity.INFO]  # fmt: skip
    keys = _keys(book)
    return Portfolio(
        title=book.workspace.settings.title or "Portfolio",
        answer=_answer(book, len(late), len(at_risk)),
        at=book.when(book.plan.at, book.client_zone("")),
        late=tuple(late[:MOST]),
        more_late=max(0, len(late) - MOST),
        at_risk=tuple(at_risk[:MOST]),
        more_at_risk=max(0, len(at_risk) - MOST),
        departments=tuple(_department(book, name) for name in sorted(book.workspace.departments)),
        changes=tuple(_change(book, key) for key in keys[:FIRST]),
        all_changes=len(keys),
        projects=tuple(_project(book, name) for name in sorted(book.workspace.projects)[:FIRST]),
        all_projects=len(book.workspace.projects),
        findings=tuple(
            FindingRow(
                severity=one.severity.value,
                code=one.code,
                manual=explained(one.code),
                text=one.detail,
                source=book.source(one.at),
            )
            for one in found[:MOST]
        ),
        more_findings=max(0, len(found) - MOST),
    )


def change_pages(book: Book) -> int:
    """On how many pages all changes stand."""
    return max(1, -(-len(book.plan.changes) // ROWS))


def project_pages(book: Book) -> int:
    """On how many pages all projects stand."""
    return max(1, -(-len(book.workspace.projects) // ROWS))


def changes_path(number: int) -> str:
    """A page of the list of changes."""
    return numbered("changes", number)


def projects_path(number: int) -> str:
    """A page of the list of projects."""
    return numbered("projects", number)


def changes_page(book: Book, number: int) -> ListPage:
    """A page of all changes, the open ones first, by forecast."""
    keys = _keys(book)
    return ListPage(
        title="Changes",
        answer=f"{counted(len(keys), 'change')}, those that are open first, by the day on which each is done.",
        changes=tuple(_change(book, key) for key in keys[(number - 1) * ROWS : number * ROWS]),
        projects=(),
        pages=pages("Pages of changes", number, change_pages(book), changes_path),
        at=book.when(book.plan.at, book.client_zone("")),
    )


def projects_page(book: Book, number: int) -> ListPage:
    """A page of all projects, by name."""
    names = sorted(book.workspace.projects)
    return ListPage(
        title="Projects",
        answer=f"{counted(len(names), 'project')}, by name, each with its client and its technical account manager.",
        changes=(),
        projects=tuple(_project(book, name) for name in names[(number - 1) * ROWS : number * ROWS]),
        pages=pages("Pages of projects", number, project_pages(book), projects_path),
        at=book.when(book.plan.at, book.client_zone("")),
    )


def _keys(book: Book) -> list[str]:
    changes = book.plan.changes

    def order(key: str) -> tuple[bool, str, str]:
        one = changes[key]
        return (_is_over(one), one.forecast.isoformat() if one.forecast else "~", key)

    return sorted(changes, key=order)


def _is_over(one: ChangePlan) -> bool:
    return one.state in ("closed", "withdrawn")


def _answer(book: Book, late: int, at_risk: int) -> str:
    open_ones = counted(sum(1 for one in book.plan.changes.values() if not _is_over(one)), "change")
    told = "nothing is late" if not late else f"{counted(late, 'thing')} {'is' if late == 1 else 'are'} late"
    risk = f", {at_risk} at risk" if at_risk else ""
    found = book.plan.bottleneck
    busy = f"; {book.department(found.department).text} holds up most" if found and found.awaited else ""
    return f"{open_ones[0].upper()}{open_ones[1:]} in hand: {told}{risk}{busy}."


def _change(book: Book, key: str) -> ChangeRow:
    one = book.plan.changes[key]
    zone, client = book.client_zone(one.project), book.client(one.project)
    slack = book.span(one.slack_minutes) if one.slack_minutes is not None else ""
    return ChangeRow(
        change=book.change(key),
        project=book.project_link(one.project),
        client=client.label if client else "",
        state=one.state,
        forecast=book.when(one.forecast, zone) if one.forecast else None,
        deadline=book.last_day(one.deadline, zone) if one.deadline else None,
        slack="" if _is_over(one) else slack,
        verdict="" if _is_over(one) or not slack else "late" if is_late(one) else "in time",
        zone=zone.key,
    )


def _late(book: Book) -> Iterator[Trouble]:
    """Changes that miss their date or their promise, orders that are overdue, and work without a place."""
    for key, one in sorted(book.plan.changes.items()):
        zone, link = book.client_zone(one.project), book.change(key)
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


def _at_risk(book: Book) -> Iterator[Trouble]:
    """Changes that are in time, but only just, or on assumptions; and orders that are blocked."""
    for key, one in sorted(book.plan.changes.items()):
        link = book.change(key)
        if _is_over(one) or is_late(one) or one.slack_minutes is None:
            continue
        if one.slack_minutes < TIGHT:
            yield Trouble(what=link, text=f"has only {book.span(one.slack_minutes)} to spare")
        elif one.provisional:
            asked = counted(sum(1 for each in one.questions if each.blocking), "blocking question")
            yield Trouble(what=link, text=f"is planned on assumptions: {asked} open")
    for key, status in sorted(book.plan.statuses.items()):
        if status in ("blocked", "rejected"):
            behind = len(book.followers.get(key, ()))
            more = f"; {counted(behind, 'order')} {'waits' if behind == 1 else 'wait'} for it" if behind else ""
            yield Trouble(what=order_link(book, key), text=f"is {status}{more}")


def _department(book: Book, name: str) -> DepartmentRow:
    standing = [book.plan.statuses.get(key) for key in book.queues.get(name, ())]
    load = next((one for one in book.plan.loads if one.department == name), None)
    zone = book.department_zone(name)
    return DepartmentRow(
        department=book.department(name),
        open_orders=len(standing),
        ready=standing.count("ready"),
        blocked=standing.count("blocked"),
        work=work_ahead(book, name),
        share=share_text(load.whole) if load and load.whole.planned else "–",
        full_from=book.when(load.full_from, zone) if load and load.full_from else None,
    )


def _project(book: Book, name: str) -> ProjectRow:
    project, client = book.workspace.projects[name], book.client(name)
    return ProjectRow(
        project=book.project_link(name),
        client=client.label if client else "",
        phase=project.phase,
        complexity=class_of(project, book.workspace),
        departments=len(departments_of(project, book.workspace)),
        tam=book.desk(project.team.tam.name) if project.team.tam else None,
    )
