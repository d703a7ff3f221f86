"""What a client sees first: what is needed of him, what is being done for him and by when, and the way to the rest."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from tamspec.render.agreement import client_agreements
from tamspec.render.book import Book, Link, row_path
from tamspec.render.change import QuestionView, questions_of
from tamspec.render.orders import is_waited_for
from tamspec.render.project import ChangeLine, change_lines, phase_word
from tamspec.render.when import When


class Need(Struct, frozen=True, kw_only=True):
    """Work of the client that our work waits for."""

    order: Link
    component: str
    start: When | None
    due: When | None


class ProjectLine(Struct, frozen=True, kw_only=True):
    """A project and who answers for it."""

    project: Link
    phase: str
    tam: str
    email: str
    agreement: Link | None


class ClientPage(Struct, frozen=True, kw_only=True):
    """Everything on a client's first page. Times are in the client's zone."""

    title: str
    answer: str
    questions: tuple[QuestionView, ...]
    needs: tuple[Need, ...]
    changes: tuple[ChangeLine, ...]
    projects: tuple[ProjectLine, ...]
    agreements: tuple[Link, ...]
    zone: str
    at: When


def client_page(book: Book, name: str) -> ClientPage:
    """The first page of a client's tree."""
    client = book.workspace.clients[name]
    mine = book.projects_of.get(name, ())
    zone = book.client_zone(mine[0]) if mine else book.zone_of(client.calendar.name)
    keys = [key for project in mine for key in book.changes_of.get(project, ())]
    questions = tuple(one for key in keys for one in questions_of(book, key))
    needs = tuple(need for key in keys for need in _needs(book, key))
    return ClientPage(
        title=client.label,
        answer=_answer(book, len(questions), len(needs), keys),
        questions=questions,
        needs=needs,
        changes=tuple(one for project in mine for one in change_lines(book, project, zone)),
        projects=tuple(project_line(book, project) for project in mine),
        agreements=tuple(book.agreement(one) for one in client_agreements(book, name)),
        zone=zone.key,
        at=book.when(book.plan.at, zone),
    )


def _answer(book: Book, questions: int, needs: int, keys: list[str]) -> str:
    open_ones = sum(1 for key in keys if book.plan.changes[key].state not in ("closed", "withdrawn"))
    work = (
        book.many(open_ones, "{number} change is in hand", "{number} changes are in hand")
        if open_ones
        else book.say("No change is in hand")
    )
    if not questions and not needs:
        return book.say("{work}; nothing is needed of you now.", work=work)
    asked = [book.many(questions, "{number} answer", "{number} answers")] if questions else []
    done = [book.many(needs, "{number} piece of work", "{number} pieces of work")] if needs else []
    return book.say("{work}; we need of you: {needs}.", work=work, needs=book.listed([*asked, *done]))


def _needs(book: Book, key: str) -> Iterator[Need]:
    zone = book.client_zone(book.plan.changes[key].project)
    for order in book.orders_of(key):
        if order.party == "client" and is_waited_for(book, order.key):
            dated = book.plan.schedule.get(order.key)
            yield Need(
                order=Link(text=order.title, href=row_path(book, order)),
                component=order.component,
                start=book.when(dated.start, zone) if dated else None,
                due=book.due_by(dated.due, zone) if dated and dated.due else None,
            )


def project_line(book: Book, name: str) -> ProjectLine:
    """A project in a list of a client's."""
    project = book.workspace.projects[name]
    tam = project.team.tam.name if project.team.tam else ""
    return ProjectLine(
        project=book.project_link(name),
        phase=phase_word(book, project.phase),
        tam=book.person(tam) if tam else "",
        email=book.email(tam) if tam else "",
        agreement=book.agreement(project.agreement.name) if project.agreement else None,
    )
