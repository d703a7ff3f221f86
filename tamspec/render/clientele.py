"""What the provider reads of a client, beside the projects: what was agreed and said in service reviews, and by whom.
Internal: the client reads a tree of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from tamspec.model.catalog import Client
from tamspec.render.book import Book, Link
from tamspec.render.client import ProjectLine, project_line
from tamspec.render.project import Role, contacts_of
from tamspec.render.when import When


class Agreed(Struct, frozen=True, kw_only=True):
    """Something that was agreed in a service review."""

    period: str
    text: str
    owner: str
    due: str
    done: str
    standing: str
    """`done`, `open` or `overdue`."""


class Held(Struct, frozen=True, kw_only=True):
    """A service review."""

    period: str
    held: str
    note: str
    """What we keep for ourselves."""


class Said(Struct, frozen=True, kw_only=True):
    """What the client said about the service."""

    day: str
    by: str
    text: str
    score: str


class ClientFile(Struct, frozen=True, kw_only=True):
    """Everything on the page."""

    title: str
    answer: str
    language: str
    projects: tuple[ProjectLine, ...]
    agreements: tuple[Link, ...]
    contacts: tuple[Role, ...]
    reviews: tuple[Held, ...]
    actions: tuple[Agreed, ...]
    feedback: tuple[Said, ...]
    command: str
    """Which makes the next service review."""
    zone: str
    at: When
    source: Link


def client_file(book: Book, name: str) -> ClientFile:
    """The page of a client for the provider."""
    client = book.workspace.clients[name]
    zone = book.zone_of(client.calendar.name)
    today = book.plan.at.astimezone(zone).date()
    actions = tuple(_actions(book, client, today))
    return ClientFile(
        title=client.label,
        answer=_answer(client, actions),
        language=client.language,
        projects=tuple(project_line(book, one) for one in book.projects_of.get(name, ())),
        agreements=tuple(book.agreement(one) for one in book.agreements_of.get(name, ())),
        contacts=contacts_of(book, client),
        reviews=tuple(
            Held(period=period, held=book.language.day(one.held) if one.held else "", note=one.note)
            for period, one in sorted(client.service_reviews.items(), reverse=True)
        ),
        actions=actions,
        feedback=tuple(_feedback(book, client)),
        command=f"tamspec render --review {name}",
        zone=zone.key,
        at=book.when(book.plan.at, zone),
        source=book.source(client.at.key),
    )


def _answer(client: Client, actions: tuple[Agreed, ...]) -> str:
    late = sum(one.standing == "overdue" for one in actions)
    still = sum(one.standing != "done" for one in actions)
    agreed = f"{still or 'No'} agreed {'action is' if still == 1 else 'actions are'} open"
    scores = [one.score for one in client.feedback.values() if one.score is not None]
    content = f"they are content by {sum(scores) / len(scores):.1f} of 5" if scores else "they gave no score yet"
    return f"{agreed}, {late or 'none'} of them overdue; {content}."


def _actions(book: Book, client: Client, today: date) -> Iterator[Agreed]:
    for period, review in sorted(client.service_reviews.items(), reverse=True):
        for _, one in sorted(review.actions.items()):
            contact = client.contacts.get(one.owner)
            overdue = one.done is None and one.due is not None and one.due < today
            yield Agreed(
                period=period,
                text=one.text,
                owner=contact.title if contact else book.person(one.owner),
                due=book.language.day(one.due) if one.due else "",
                done=book.language.day(one.done) if one.done else "",
                standing="done" if one.done else "overdue" if overdue else "open",
            )


def _feedback(book: Book, client: Client) -> Iterator[Said]:
    for _, one in sorted(client.feedback.items(), key=lambda pair: (pair[1].said, pair[0]), reverse=True):
        contact = client.contacts.get(one.by)
        yield Said(
            day=book.language.day(one.said),
            by=contact.title if contact else "",
            text=one.text,
            score=f"{one.score} of 5" if one.score is not None else "",
        )
