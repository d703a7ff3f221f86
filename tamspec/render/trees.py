"""Which documents there are: a tree for the provider, and one for each client, who reads of no other and of nothing
internal. What a client reads is in the client's language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property, partial

from msgspec import Struct, field
from msgspec.structs import replace

from tamspec import resources
from tamspec.chapters import MANUAL
from tamspec.desk.documents import Register
from tamspec.desk.scorecard import scorecards
from tamspec.desk.service_review import Period
from tamspec.desk.service_review import service_review as review_of
from tamspec.diagnostics import Fault, Findings, Loc
from tamspec.model.attainment import Attainment
from tamspec.model.catalog import Client
from tamspec.model.order import Event, State
from tamspec.model.plan import Plan
from tamspec.model.promise import PromiseTold
from tamspec.model.workspace import Workspace
from tamspec.render import ics
from tamspec.render.agenda import agenda_page
from tamspec.render.agreement import (
    agreement_page,
    agreement_pages,
    agreements_page,
    agreements_path,
    client_agreements,
)
from tamspec.render.attainment import attainment_page
from tamspec.render.book import (
    Book,
    Link,
    agreement_path,
    change_path,
    client_path,
    department_path,
    desk_path,
    open_book,
    order_path,
    orders_path,
    project_path,
)
from tamspec.render.capacity import capacity_page, capacity_path, has_capacity, limits_page
from tamspec.render.change import (
    change_on_paper,
    change_page,
    change_text,
    markdown_path,
    order_pages,
    orders_page,
)
from tamspec.render.chronicle import chronicle_page, chronicle_pages, chronicle_path
from tamspec.render.client import client_page
from tamspec.render.clientele import client_file
from tamspec.render.compiled import Compiled
from tamspec.render.components import component_pages, components_page, components_path
from tamspec.render.department import department_page, queue_page, queue_pages, queue_path
from tamspec.render.desk import desk_page, desks_page, tams
from tamspec.render.differences import difference_pages, differences_page, differences_path
from tamspec.render.directory import catalogue_page, directory_page, service_page, service_path
from tamspec.render.documents import document_pages, documents_page, documents_path
from tamspec.render.escape import line
from tamspec.render.faults import BROKEN_LANGUAGE, UNKNOWN_LANGUAGE
from tamspec.render.finished import finished_page, finished_pages, finished_path
from tamspec.render.language import ENGLISH, FOLDER, SUFFIX, Language, catalogues, language, why_not
from tamspec.render.load import load_page
from tamspec.render.manual import by_page, chapter_page, manual_page
from tamspec.render.order import order_page
from tamspec.render.portfolio import (
    change_pages,
    changes_page,
    changes_path,
    portfolio,
    project_pages,
    projects_page,
    projects_path,
)
from tamspec.render.progress import progress, progress_page, progress_path
from tamspec.render.project import passport_on_paper, project_page
from tamspec.render.proposal import proposal_page
from tamspec.render.registers import proposal_path, registers_page, registers_path
from tamspec.render.review import review_page, review_path
from tamspec.render.roles import (
    competencies_page,
    competencies_path,
    role_page,
    roster_page,
    roster_pages,
    roster_path,
    scorecard_page,
    scorecard_path,
    tams_of,
)
from tamspec.render.service_review import service_review_page
from tamspec.render.since import Since, since_page
from tamspec.render.site import TEMPLATES, Sheet, Site
from tamspec.render.waiting import registers_list, registers_list_pages, registers_list_path

PDFS = {
    "project.html": "passport.pdf",
    "change.html": "change-plan.pdf",
    "service-review.html": "service-review.pdf",
}
"""Template → the name of its page as PDF. These are the documents that people print, sign and send."""


class Material(Struct, frozen=True, kw_only=True, dict=True):
    """What documents are made of."""

    workspace: Workspace
    state: State
    plan: Plan
    findings: Findings = Findings()
    events: tuple[Event, ...] = ()
    """All that was recorded, in the order in which it happened."""
    promised: Callable[[str], PromiseTold]
    """Agreement → what is computed of it."""
    manual: tuple[Fault, ...] = ()
    """All that can be found; empty: there are no pages that explain the codes."""
    templates: Mapping[str, str] = field(default_factory=dict)
    """The templates of the workspace, by path in its folder, which stand in place of ours."""
    source_url: str = ""
    """Under which the forge shows the files of the revision, as `https://forge.example/team/clients/blob/1f0c2d`;
    empty: places are named without links."""
    since: Since | None = None
    """An earlier revision, and what differs from its plan; None: there is no page of what changed."""
    search: bool = False
    """Whether there is a page that searches the others; the index that it reads is made of the printed pages."""
    revision: str = ""
    """The commit of what is written, as people read it; empty: nobody says."""
    pdf: bool = False
    """Whether pages lead to the PDF that lies beside them."""
    register: Register = Register()
    """How it stands with the documents of clients."""
    compiled: Compiled | None = None
    """What templates were compiled to before; None: nobody knows."""

    @cached_property
    def book(self) -> Book:
        """All of it, indexed for the provider; what a client reads is the same book with another reader."""
        book = open_book(self.workspace, self.state, self.plan, self.findings, self.source_url, self.events)
        return replace(book, register=self.register)

    @property
    def pdfs(self) -> Mapping[str, str]:
        """Which pages there are as PDF: template → name."""
        return PDFS if self.pdf else {}


def internal(material: Material) -> Site:
    """The documents of the provider: everything, in English."""
    book = material.book
    shared = _shared(material, ENGLISH, manual=bool(material.manual), reader="")
    sheets = {**dict(_internal(material, book)), **_search(material, book)}
    return Site(sheets, shared, material.templates, pdfs=material.pdfs, compiled=material.compiled)


def for_client(material: Material, client: str) -> Site:
    """The documents of one client, in his language where we have it."""
    spoken, findings = _spoken(material, material.workspace.clients[client])
    book = replace(material.book, reader=client, language=spoken)
    shared = _shared(material, spoken, manual=False, reader=client)
    sheets = {**dict(_for_client(material, book, client)), **_search(material, book)}
    return Site(sheets, shared, material.templates, findings, material.pdfs, material.compiled)


def service_review(material: Material, client: str, period: Period, measured: Attainment | None) -> Site:
    """The service review of a client's period, in the client's language: a page, Markdown, and what the PDF is printed
    from. `measured`: what the history of incidents says; None: nobody measures."""
    spoken, findings = _spoken(material, material.workspace.clients[client])
    book = replace(material.book, reader=client, language=spoken)
    told = review_of(material.workspace, material.state, material.plan, client, period)
    view = partial(service_review_page, book, told, measured)
    sheets = {
        "index.html": Sheet(template="service-review.html", view=view),
        "service-review.md": Sheet(template="service-review.md", view=view),
    }
    shared = {**_shared(material, spoken, manual=False, reader=client), "rooms": ()}
    return Site(sheets, shared, material.templates, findings, material.pdfs, material.compiled)


def attainment(one: Attainment, workspace: Workspace, templates: Mapping[str, str]) -> Site:
    """A report of incidents, a page of its own."""
    sheet = _sheet("attainment.html", attainment_page, one, workspace)
    return apart({"index.html": sheet}, workspace.settings.title, templates)


def apart(sheets: Mapping[str, Sheet], title: str, templates: Mapping[str, str]) -> Site:
    """Pages that belong to no plan, in English, under the title of the workspace."""
    shared = {"site": title or _TITLE, "manual": False, "revision": "", "client": ""}
    return Site(sheets, {**shared, "language": ENGLISH.code, "rooms": (), **ENGLISH.for_templates}, templates)


def calendars(material: Material) -> dict[str, str]:
    """A calendar (iCalendar) for each department and each client: relative path → text, by path."""
    return dict(sorted(ics.calendars(material.book).items()))


def _shared(material: Material, language: Language, *, manual: bool, reader: str) -> dict[str, object]:
    title = material.workspace.settings.title or _TITLE
    return {
        "site": title if not reader else material.workspace.clients[reader].label,
        "manual": manual,
        "client": reader,
        "revision": material.revision,
        "language": language.code,
        "rooms": tuple(_rooms_of(material, language, reader)),
        **language.for_templates,
    }


_TITLE = "Portfolio"
"""Of a workspace that has none."""
_ROOMS = (
    Link(text="Desks", href="desks.html"),
    Link(text="TAMs", href="roster.html"),
    Link(text="Changes", href="changes.html"),
    Link(text="Projects", href="projects.html"),
    Link(text="Departments", href="departments.html"),
    Link(text="Load", href="load.html"),
    Link(text="Calendar", href="calendar.html"),
    Link(text="What runs out", href="limits.html"),
    Link(text="Services", href="services.html"),
    Link(text="Agreements", href="agreements.html"),
    Link(text="Documents", href="documents.html"),
    Link(text="Registers", href="registers.html"),
)


def _rooms_of(material: Material, language: Language, reader: str) -> Iterator[Link]:
    """What the head of every page leads to."""
    if not reader:
        yield from _ROOMS
    if material.since and not reader:
        yield Link(text=f"Since {material.since.revision}", href="since.html")
    if material.search:
        yield Link(text=language.say("Search"), href="search.html")


def _spoken(material: Material, client: Client) -> tuple[Language, Findings]:
    """The language of a client's documents; what is wrong with it, and with any of the workspace's own."""
    own, wanted = catalogues(material.templates), client.language
    wrong = {code: why for code, text in own.items() if (why := why_not(code, text))}
    findings = Findings() + [
        BROKEN_LANGUAGE(
            Loc(f"{TEMPLATES}/{FOLDER}{code}{SUFFIX}", why.line),
            f"The words of this language cannot be used: {line(str(why)).rstrip('.')}.",
        )
        for code, why in wrong.items()
    ]
    known = {**catalogues(resources.templates()), **own}
    if wanted in known and wanted not in wrong:
        return language(wanted, known[wanted]), findings
    if wanted in (ENGLISH.code, *wrong):
        return ENGLISH, findings
    told = f"There are no words for the language '{wanted}' of the documents of {client.label}."
    hint = f"Known are: {', '.join(sorted({ENGLISH.code, *known} - wrong.keys()))}."
    findings += (UNKNOWN_LANGUAGE(client.at / "language", told, hint=hint),)
    return ENGLISH, findings


def _internal(material: Material, book: Book) -> Iterator[tuple[str, Sheet]]:
    """Path → document, of everything."""
    yield from _rooms(material, book)
    yield from _lists(material, book)
    yield from _work(book)
    yield from _roles(book)
    yield from _catalogue(material, book)


def _rooms(material: Material, book: Book) -> Iterator[tuple[str, Sheet]]:
    """What there is once."""
    yield "index.html", _sheet("index.html", portfolio, book)
    if material.manual:
        yield MANUAL, _sheet("findings.html", manual_page, material.manual)
        for path, faults in by_page(material.manual).items():
            yield path, _sheet("chapter.html", chapter_page, faults)
    since = material.since
    if since:
        yield "since.html", _sheet("since.html", since_page, book, since)
    yield "calendar.html", _sheet("agenda.html", agenda_page, book)
    yield "departments.html", _sheet("directory.html", directory_page, book)
    yield "desks.html", _sheet("desks.html", desks_page, book)
    yield "limits.html", _sheet("limits.html", limits_page, book)
    yield "load.html", _sheet("load.html", load_page, book)
    yield "services.html", _sheet("catalogue.html", catalogue_page, book)


def _work(book: Book) -> Iterator[tuple[str, Sheet]]:
    """What is done for whom, when, and by whom."""
    for name in sorted(book.workspace.projects):
        yield from _project(book, name)
    outside = {name: replace(book, reader=name) for name in sorted(book.workspace.clients)}
    for key in sorted(book.plan.changes):
        yield from _change(book, key)
        # Comments of a forge are read by the client's engineers too.
        client = book.client(book.plan.changes[key].project)
        forge = outside[client.name] if client else book
        yield markdown_path(key), _sheet("change.md", change_text, forge, key)
    for name in sorted(book.workspace.departments):
        yield department_path(name), _sheet("department.html", department_page, book, name)
        for number in range(1, queue_pages(book, name) + 1):
            yield queue_path(name, number), _sheet("queue.html", queue_page, book, name, number)
    for key in book.orders:
        yield order_path(key), _sheet("order.html", order_page, book, key)
    for name in sorted(book.workspace.clients):
        yield client_path(name), _sheet("client-file.html", client_file, book, name)
    for name in tams(book):
        yield desk_path(name), _sheet("desk.html", desk_page, book, name)


def _project(book: Book, name: str) -> Iterator[tuple[str, Sheet]]:
    """The passport of a project, and what lies beside it: what is too long for it, capacity, registers, proposals,
    chronicle."""
    passport = _sheet("project.html", project_page, book, name)
    yield project_path(name), replace(passport, paper=partial(passport_on_paper, book, name))
    for number in range(1, component_pages(book, name) + 1):
        yield components_path(name, number), _sheet("components.html", components_page, book, name, number)
    for number in range(1, difference_pages(book, name) + 1):
        yield differences_path(name, number), _sheet("differences.html", differences_page, book, name, number)
    for number in range(1, finished_pages(book, name) + 1):
        yield finished_path(name, number), _sheet("finished.html", finished_page, book, name, number)
    if has_capacity(book, name):
        yield capacity_path(name), _sheet("capacity.html", capacity_page, book, name)
    yield registers_path(name), _sheet("registers.html", registers_page, book, name)
    for one in book.workspace.kept_of(name).proposals:
        yield proposal_path(name, one.name), _sheet("proposal.html", proposal_page, book, one.name)
    for number in range(1, chronicle_pages(book, name) + 1):
        yield chronicle_path(name, number), _sheet("chronicle.html", chronicle_page, book, name, number)


def _change(book: Book, key: str) -> Iterator[tuple[str, Sheet]]:
    """The plan of a change, the rest of its orders where they are many, and its progress where there is any."""
    plan = _sheet("change.html", change_page, book, key)
    yield change_path(key), replace(plan, paper=partial(change_on_paper, book, key))
    for number in range(2, order_pages(book, key) + 1):
        yield orders_path(key, number), _sheet("change-orders.html", orders_page, book, key, number)
    if progress(book, key):
        yield progress_path(key), _sheet("progress.html", progress_page, book, key)


def _roles(book: Book) -> Iterator[tuple[str, Sheet]]:
    """Who has the role of the TAM, what it is, and what came of it. No client reads of it."""
    yield "role.html", _sheet("role.html", role_page, book)
    for number in range(1, roster_pages(book) + 1):
        yield roster_path(number), _sheet("roster.html", roster_page, book, number)
        yield competencies_path(number), _sheet("competencies.html", competencies_page, book, number)
    results = cache(partial(scorecards, book.workspace, book.state, book.plan, book.register))
    for name in tams_of(book):
        yield scorecard_path(name), _sheet("scorecard.html", scorecard_page, book, name, results)


def _catalogue(material: Material, book: Book) -> Iterator[tuple[str, Sheet]]:
    """What is offered and promised, and what went wrong."""
    for name in sorted(book.workspace.services):
        yield service_path(name), _sheet("service.html", service_page, book, name)
    for name in sorted(book.workspace.reviews):
        yield review_path(name), _sheet("review.html", review_page, book, name)
    for name in sorted(book.workspace.agreements):
        yield agreement_path(name), _sheet("agreement.html", agreement_page, book, name, material.promised)


def _lists(material: Material, book: Book) -> Iterator[tuple[str, Sheet]]:
    """Path → document, of the long lists."""
    for number in range(1, change_pages(book) + 1):
        yield changes_path(number), _sheet("list.html", changes_page, book, number)
    for number in range(1, project_pages(book) + 1):
        yield projects_path(number), _sheet("list.html", projects_page, book, number)
    for number in range(1, document_pages(book) + 1):
        yield documents_path(number), _sheet("documents.html", documents_page, book, number)
    for number in range(1, registers_list_pages(book) + 1):
        yield registers_list_path(number), _sheet("all-registers.html", registers_list, book, number)
    for number in range(1, agreement_pages(book) + 1):
        yield agreements_path(number), _sheet("agreements.html", agreements_page, book, number, material.promised)


def _for_client(material: Material, book: Book, client: str) -> Iterator[tuple[str, Sheet]]:
    """Path → document, of what one client reads."""
    yield "index.html", _sheet("client.html", client_page, book, client)
    for name in client_agreements(book, client):
        yield agreement_path(name), _sheet("agreement.html", agreement_page, book, name, material.promised)
    for name in book.projects_of.get(client, ()):
        yield from _project(book, name)
        for key in book.changes_of.get(name, ()):
            yield from _change(book, key)


class SearchPage(Struct, frozen=True, kw_only=True):
    """The page that searches the others."""

    title: str
    answer: str


def _search(material: Material, book: Book) -> dict[str, Sheet]:
    if not material.search:
        return {}
    page = SearchPage(title=book.say("Search"), answer=book.say("Every page of this site, by the words on it."))
    return {
        "search.html": Sheet(template="search.html", view=lambda: page),
        "search.js": Sheet(template="search.js", view=lambda: page),
    }


def _sheet(template: str, view: Callable[..., object], *of: object) -> Sheet:
    """A document whose view is made of these when it is asked for."""
    return Sheet(template=template, view=partial(view, *of))
