"""What waits in the registers of a project: questions of the client without an answer, things to be looked at again,
what was seen and not told, proposals without a decision. Days are the client's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct

from tamspec.desk.days import calendar_of, end_of, later, zone_of
from tamspec.diagnostics import Place
from tamspec.model.project import Request
from tamspec.model.register import Decision, Observation, Proposal
from tamspec.model.workspace import Workspace

DECIDED_WITHIN = timedelta(days=30)
"""How long a proposal may wait for the client, before somebody should ask."""


class Unanswered(Struct, frozen=True, kw_only=True):
    """A request of the client without an answer."""

    name: str
    request: Request
    due: datetime
    """When it should have been answered."""


class Undecided(Struct, frozen=True, kw_only=True):
    """A proposal on which the client has not decided."""

    proposal: Proposal
    due: datetime
    """When somebody should ask after it."""


class Review(Struct, frozen=True, kw_only=True):
    """Something that is to be looked at again."""

    what: Literal["risk", "constraint", "growth point"]
    name: str
    label: str
    owner: str
    day: date
    at: Place
    """Where the day is written."""


def answer_due(workspace: Workspace, project: str, request: Request) -> datetime:
    """When a request should be answered; the day on which it was asked is not counted."""
    since = end_of(request.asked, zone_of(workspace, project))
    return later(since, workspace.settings.answer_within, calendar_of(workspace, project))


def unanswered(workspace: Workspace, project: str) -> Iterator[Unanswered]:
    """What the client waits for, the longest first."""
    asked = [(one.asked, name, one) for name, one in workspace.projects[project].requests.items()]
    for _, name, one in sorted(asked, key=lambda each: each[:2]):
        if not one.answered:
            yield Unanswered(name=name, request=one, due=answer_due(workspace, project, one))


def undecided(workspace: Workspace, project: str) -> Iterator[Undecided]:
    """The proposals that wait for the client, the oldest first."""
    for one in workspace.kept_of(project).proposals:
        if one.decision is None:
            since = end_of(one.raised, zone_of(workspace, project))
            yield Undecided(proposal=one, due=since + DECIDED_WITHIN)


def reviews(workspace: Workspace, project: str) -> Iterator[Review]:
    """What is to be looked at again and on which day, the earliest first. A closed risk is done with."""
    found: list[Review] = []
    for one in workspace.kept_of(project).risks:
        if one.next_review and one.closed is None:
            at = one.at / "spec" / "nextReview"
            found.append(
                Review(what="risk", name=one.name, label=one.label, owner=one.owner.name, day=one.next_review, at=at)
            )
    written = workspace.projects[project]
    for what, concerns in (("constraint", written.constraints), ("growth point", written.growth_points)):
        for name, each in concerns.items():
            if each.next_review:
                found.append(
                    Review(
                        what="constraint" if what == "constraint" else "growth point",
                        name=name,
                        label=each.text.strip(),
                        owner=each.owner.name,
                        day=each.next_review,
                        at=each.at / "nextReview",
                    )
                )
    yield from sorted(found, key=lambda each: (each.day, each.what, each.name))


def untold(workspace: Workspace, project: str) -> tuple[Observation, ...]:
    """What was seen and the client does not know, the latest first."""
    return tuple(one for one in reversed(workspace.kept_of(project).observations) if one.told is None)


def replaced_by(workspace: Workspace) -> dict[str, Decision]:
    """Decision → the latest one in force that took its place."""
    made = sorted(workspace.decisions.values(), key=lambda one: (one.decided, one.name))
    return {one.replaces.name: one for one in made if one.replaces and one.status == "accepted"}
