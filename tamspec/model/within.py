"""Names that documents of a client give each other's parts: components, contacts, documents of the register and the
like. They are known only within the project or the client, and therefore are no references between documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from tamspec.diagnostics import Place
from tamspec.model.catalog import Client, Named
from tamspec.model.project import Change, Project
from tamspec.model.register import Observation, Proposal, Risk

What = Literal["component", "contact", "colleague", "party", "document", "task", "requirement", "option"]
"""`colleague`: a person of the provider or a contact of the client; `party`: one of these, or a department."""


class Within(Struct, frozen=True):
    """A name as it was met, and what it should be the name of."""

    what: What
    name: str
    at: Place
    is_key: bool = False
    """Whether it is the key of a map rather than a value."""


def names_within(document: Named) -> Iterator[Within]:
    """The names within a document, in the order in which they stand."""
    at = document.at / "spec"
    if isinstance(document, Client):
        yield from _of_client(document, at)
    elif isinstance(document, Project):
        yield from _of_project(document, at)
    elif isinstance(document, Change):
        yield from _one("contact", document.contact, at / "contact")
        for name, task in document.reviews.items():
            yield Within("document", name, at / "reviews" / name, is_key=True)
            yield Within("task", task, at / "reviews" / name)
    elif isinstance(document, Risk):
        yield from _each("component", document.components, at / "components")
        yield from _one("contact", document.accepted_by, at / "acceptedBy")
    elif isinstance(document, Observation):
        yield from _each("component", document.components, at / "components")
    elif isinstance(document, Proposal):
        yield from _each("requirement", document.evidence.requirements, at / "evidence" / "requirements")
        yield from _one("option", document.recommendation, at / "recommendation")
        if document.decision:
            yield from _one("contact", document.decision.by, at / "decision" / "by")
            yield from _one("option", document.decision.option, at / "decision" / "option")


def _of_client(client: Client, at: Place) -> Iterator[Within]:
    for name, one in client.feedback.items():
        yield from _one("contact", one.by, at / "feedback" / name / "by")
    for period, review in client.service_reviews.items():
        for name, action in review.actions.items():
            yield Within("colleague", action.owner, at / "serviceReviews" / period / "actions" / name / "owner")


def _of_project(project: Project, at: Place) -> Iterator[Within]:
    for name, activity in project.responsibilities.items():
        place = at / "responsibilities" / name
        yield Within("party", activity.accountable, place / "accountable")
        for part in ("responsible", "consulted", "informed"):
            yield from _each("party", getattr(activity, part), place / part)
    for name, need in project.requirements.items():
        yield from _one("contact", need.by, at / "requirements" / name / "by")
        yield from _each("component", need.met_by, at / "requirements" / name / "metBy")
    for name, document in project.documents.items():
        yield from _each("component", document.covers, at / "documents" / name / "covers")
    for name, request in project.requests.items():
        yield from _one("contact", request.by, at / "requests" / name / "by")
    parts: tuple[tuple[str, Mapping[str, str]], ...] = (
        ("expiries", {name: one.component for name, one in project.expiries.items()}),
        ("capacity", {name: one.component for name, one in project.capacity.items()}),
    )
    for part, components in parts:
        for name, component in components.items():
            yield from _one("component", component, at / part / name / "component")


def _one(what: What, name: str, at: Place) -> Iterator[Within]:
    if name:
        yield Within(what, name, at)


def _each(what: What, names: Iterable[str], at: Place) -> Iterator[Within]:
    for index, name in enumerate(names):
        yield Within(what, name, at / index)
