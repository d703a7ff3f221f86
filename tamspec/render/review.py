"""A review after incidents: what happened when, why, and what is done about it. Blameless, and internal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from tamspec.model.incident import Incident, Review
from tamspec.model.values import counted
from tamspec.render.book import Book, Link, project_path
from tamspec.render.escape import slug
from tamspec.render.when import When


class IncidentRow(Struct, frozen=True, kw_only=True):
    """An incident that is worth remembering."""

    name: str
    title: str
    number: str
    severity: str
    priority: str
    reported: When
    resolved: When | None
    missed: tuple[str, ...]
    components: tuple[str, ...]
    reviews: tuple[Link, ...]
    source: Link


class Action(Struct, frozen=True, kw_only=True):
    """What is done so that it does not happen again."""

    text: str
    change: Link | None
    standing: str


class ReviewPage(Struct, frozen=True, kw_only=True):
    """Everything on the page of a review. Times are in the client's zone."""

    name: str
    title: str
    answer: str
    project: Link
    held: str
    impact: str
    incidents: tuple[IncidentRow, ...]
    timeline: tuple[tuple[str, str], ...]
    cause: str
    departments: tuple[Link, ...]
    actions: tuple[Action, ...]
    no_action: str
    source: Link
    zone: str
    at: When


def review_path(name: str) -> str:
    """The page of a review."""
    return f"reviews/{slug(name)}.html"


def review_page(book: Book, name: str) -> ReviewPage:
    """The page of a review."""
    one = book.workspace.reviews[name]
    zone = book.client_zone(one.project.name)
    actions = tuple(_actions(book, one))
    return ReviewPage(
        name=name,
        title=one.label,
        answer=_answer(one, actions),
        project=book.project_link(one.project.name),
        held=book.language.day(one.held) if one.held else "",
        impact=one.impact,
        incidents=tuple(incident_row(book, book.workspace.incidents[ref.name]) for ref in one.of),
        timeline=tuple((_moment(book, at, one.project.name), text) for at, text in sorted(one.timeline.items())),
        cause=one.cause.text if one.cause else "",
        departments=tuple(book.department(ref.name) for ref in one.cause.departments) if one.cause else (),
        actions=actions,
        no_action=one.no_action_because,
        source=book.source(one.at.key),
        zone=zone.key,
        at=book.when(book.plan.at, zone),
    )


def incidents_of(book: Book, project: str) -> tuple[IncidentRow, ...]:
    """The incidents of a project, the latest first."""
    mine = [one for _, one in sorted(book.workspace.incidents.items()) if one.project.name == project]
    return tuple(incident_row(book, one) for one in sorted(mine, key=lambda one: one.reported, reverse=True))


def incident_link(book: Book, one: Incident) -> Link:
    """An incident with its place on the passport, which only the provider's has."""
    return Link(text=one.label, href="" if book.reader else f"{project_path(one.project.name)}#incidents")


def incident_row(book: Book, one: Incident) -> IncidentRow:
    """An incident with its reviews."""
    zone = book.client_zone(one.project.name)
    reviews = [
        Link(text=review.label, href=review_path(name))
        for name, review in sorted(book.workspace.reviews.items())
        if any(ref.name == one.name for ref in review.of)
    ]
    return IncidentRow(
        name=one.name,
        title=one.label,
        number=one.number,
        severity=one.severity,
        priority=one.priority,
        reported=book.when(one.reported, zone),
        resolved=book.when(one.resolved, zone) if one.resolved else None,
        missed=one.missed,
        components=one.components,
        reviews=tuple(reviews),
        source=book.source(one.at.key),
    )


def _moment(book: Book, text: str, project: str) -> str:
    return book.when(datetime.fromisoformat(text), book.client_zone(project)).text


def _actions(book: Book, one: Review) -> Iterator[Action]:
    for _, each in sorted(one.actions.items()):
        change = book.change(each.change.name) if each.change else None
        state = (
            book.plan.changes[each.change.name].state if each.change and each.change.name in book.plan.changes else ""
        )
        yield Action(text=each.text, change=change, standing=state)


def _answer(one: Review, actions: tuple[Action, ...]) -> str:
    if one.held is None:
        return "It is still being written."
    cause = f"The cause: {one.cause.text.strip().rstrip('.')}" if one.cause else "No cause was found"
    if actions:
        done = sum(1 for each in actions if each.standing == "closed")
        return f"{cause}; {counted(len(actions), 'action')}, {done or 'none'} of them done."
    return f"{cause}; nothing is done, because {one.no_action_because or 'nobody says why'}."
