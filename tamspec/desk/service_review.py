"""What a service review tells a client of a month or a quarter: what went wrong and why, what was done, what is coming,
and the measures by which the role of the TAM is judged (MISSION, G).

A day belongs to the period in which it lies in the client's time zone. The period is told as of its end, whenever that
is done; what is written without a day, or looks ahead, can only be told as of now. What is computed is read by the
client: nothing internal is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from tamspec.desk.tenure import tam_and_deputy_on, tam_on
from tamspec.model.catalog import Feedback, FollowUp
from tamspec.model.incident import Cause, Incident, Review
from tamspec.model.order import State
from tamspec.model.plan import ChangePlan, Plan
from tamspec.model.project import Project, Request
from tamspec.model.register import Observation, Proposal, Risk
from tamspec.model.workspace import Workspace
from tamspec.worktime import time_zone

_FORM = re.compile(r"([0-9]{4})-(?:([0-9]{2})|q([1-4]))", re.ASCII)


class Period(Struct, frozen=True, kw_only=True):
    """A month, `2026-10`, or a quarter, `2026-q4`; both days belong to it."""

    name: str
    first: date
    last: date

    def __contains__(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last


def period(name: str) -> Period | None:
    """The period of a name; None where it is none."""
    match = _FORM.fullmatch(name)
    if not match or int(match[1]) < 1970:
        return None
    length, number = (1, int(match[2])) if match[2] else (3, 3 * int(match[3]) - 2)
    if not 1 <= number <= 12:
        return None
    first = date(int(match[1]), number, 1)
    after = date(first.year + (number + length > 12), (number + length - 1) % 12 + 1, 1)
    return Period(name=name, first=first, last=after - timedelta(1))


def month_before(day: date) -> Period:
    """The last month that has ended."""
    last = day.replace(day=1) - timedelta(1)
    found = period(f"{last:%Y-%m}")
    assert found is not None, "this is a bug in tamspec: a month is a period"
    return found


class Answered(Struct, frozen=True, kw_only=True):
    """A request that was answered in the period, and whether it went along its line: engineers speak with the TAM,
    those who decide with the service manager."""

    project: str
    name: str
    request: Request
    by_tam: bool
    by_manager: bool
    on_line: bool | None
    """None: nobody says who asked, or who answered."""


class Breached(Struct, frozen=True, kw_only=True):
    """An incident of the period that missed a target."""

    incident: Incident
    cause: Cause | None
    """None: not known yet."""
    found: date | None
    """When the cause was found, where that was after the period."""
    actions: tuple[tuple[str, str], ...]
    """What is done so that it does not come again, with where its change stood (empty: nowhere, or there is none)."""
    no_action: str


class Carried(Struct, frozen=True, kw_only=True):
    """What was agreed in an earlier review and was not done when this period began."""

    period: str
    action: FollowUp
    done: bool
    """Done since, by the end of this period."""


class Told(Struct, frozen=True, kw_only=True):
    """Everything in a service review but what is measured of incidents, documents and capacity."""

    client: str
    period: Period
    at: datetime
    zone: ZoneInfo
    over: bool
    """Whether the period has ended."""
    projects: tuple[str, ...]
    tams: tuple[str, ...]
    """Who was TAM of one of them at the end of the period."""
    raised: tuple[Proposal, ...]
    """In the period."""
    foreseen: tuple[Proposal, ...]
    """Those of them that no incident stands behind."""
    decided: tuple[Proposal, ...]
    waiting: tuple[Proposal, ...]
    """Raised, and not decided at the end of the period."""
    answered: tuple[Answered, ...]
    unanswered: tuple[tuple[str, Request], ...]
    """Project and request, asked by the end of the period and not answered then."""
    causes: tuple[str, ...]
    """Texts of causes that were known before the period."""
    returned: tuple[str, ...]
    """Those of them that came again in it."""
    observed: tuple[Observation, ...]
    """Seen in the period, and told to the client."""
    breached: tuple[Breached, ...]
    done: tuple[ChangePlan, ...]
    under_way: tuple[ChangePlan, ...]
    """Ordered, and not finished at the end of the period; what was finished since is among them."""
    ahead: tuple[ChangePlan, ...]
    """Approved or being prepared, and not ordered at the end of the period."""
    risks: tuple[Risk, ...]
    """Those that were none yet left out, the greatest first."""
    feedback: tuple[Feedback, ...]
    carried: tuple[Carried, ...]


def service_review(workspace: Workspace, state: State, plan: Plan, client: str, of: Period) -> Told:
    """The review of a client's period, as of the instant of the plan."""
    known = workspace.clients[client]
    zone = time_zone(workspace.calendars[known.calendar.name].time_zone)
    mine = {name: one for name, one in sorted(workspace.projects.items()) if one.client.name == client}
    proposals = [one for _, one in sorted(workspace.proposals.items()) if one.project.name in mine]
    raised = tuple(one for one in proposals if one.raised in of)
    changes = [one for _, one in sorted(plan.changes.items()) if one.project in mine and one.name]
    causes, returned = _causes(workspace, mine, of, zone)
    incidents = [one for _, one in sorted(workspace.incidents.items()) if one.project.name in mine]
    here = [one for one in incidents if _day(one.reported, zone) in of]
    observed = [one for one in workspace.observations.values() if one.project.name in mine and one.told]
    standings = {one.name: _standing(one, state, of, zone) for one in changes}
    last = min(of.last, _day(plan.at, zone))
    return Told(
        client=client,
        period=of,
        at=plan.at,
        zone=zone,
        over=_day(plan.at, zone) > of.last,
        projects=tuple(mine),
        tams=tuple(sorted({name for project in mine.values() if (name := tam_on(project, last))})),
        raised=raised,
        foreseen=tuple(one for one in raised if not one.evidence.incidents),
        decided=tuple(one for one in proposals if one.decision and one.decision.decided in of),
        waiting=tuple(one for one in proposals if one.raised <= of.last and not _decided_by(one, of.last)),
        answered=tuple(_answered(workspace, mine, of)),
        unanswered=tuple(
            (name, one)
            for name, project in mine.items()
            for _, one in sorted(project.requests.items())
            if one.asked <= of.last and not (one.answered and one.answered <= of.last)
        ),
        causes=causes,
        returned=returned,
        observed=tuple(
            one for one in sorted(observed, key=lambda one: (one.seen, one.name)) if _day(one.seen, zone) in of
        ),
        breached=tuple(_breached(workspace, standings, one, of) for one in here if one.missed),
        done=tuple(one for one in changes if one.state == "closed" and one.forecast and _day(one.forecast, zone) in of),
        under_way=tuple(one for one in changes if standings[one.name] == "under way"),
        ahead=tuple(one for one in changes if standings[one.name] in ("approved", "draft")),
        risks=tuple(_risks(workspace, mine, of)),
        feedback=tuple(one for one in sorted(known.feedback.values(), key=lambda one: one.said) if one.said in of),
        carried=tuple(_carried(workspace, client, of)),
    )


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _standing(one: ChangePlan, state: State, of: Period, zone: ZoneInfo) -> str:
    """Where a change stood at the end of a period: `closed`, `under way`, or as it is written; empty: nowhere, as
    all of it came later."""
    if one.state == "withdrawn":
        return one.state
    if one.state == "closed" and one.forecast and _day(one.forecast, zone) <= of.last:
        return one.state
    given = [_day(order.given, zone) for order in state.orders_of(one.name) if order.given]
    if given and min(given) <= of.last:
        return "under way"
    return "" if one.state == "closed" else one.state


def _decided_by(one: Proposal, day: date) -> bool:
    return one.decision is not None and one.decision.decided <= day


def _answered(workspace: Workspace, mine: Mapping[str, Project], of: Period) -> Iterator[Answered]:
    for name, project in mine.items():
        contacts = workspace.clients[project.client.name].contacts
        for key, one in sorted(project.requests.items()):
            if one.answered not in of or one.answered is None:
                continue
            who = one.answered_by.name if one.answered_by else ""
            manager = project.team.service_manager.name if project.team.service_manager else ""
            by_tam = bool(who) and who in tam_and_deputy_on(project, one.answered)
            asker = contacts[one.by].role if one.by in contacts else "other"
            by_manager = bool(who) and who == manager
            line = {"technical": by_tam, "decision-maker": by_manager}.get(asker)
            yield Answered(
                project=name,
                name=key,
                request=one,
                by_tam=by_tam,
                by_manager=by_manager,
                on_line=line if who else None,
            )


def _causes(
    workspace: Workspace, mine: Mapping[str, Project], of: Period, zone: ZoneInfo
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The causes that were known when the period began, by their text, and those of them that came again in it."""
    reviews = [one for _, one in sorted(workspace.reviews.items()) if one.project.name in mine and one.cause]
    known = {one.cause.name: one.cause.text for one in reviews if one.cause and one.held and one.held < of.first}
    again = {
        one.cause.name
        for one in reviews
        if one.cause and any(_day(incident.reported, zone) in of for incident in _incidents_of(workspace, one))
    }
    return tuple(known.values()), tuple(text for name, text in known.items() if name in again)


def _incidents_of(workspace: Workspace, review: Review) -> Iterator[Incident]:
    for ref in review.of:
        if ref.name in workspace.incidents:
            yield workspace.incidents[ref.name]


def _breached(workspace: Workspace, standings: Mapping[str, str], one: Incident, of: Period) -> Breached:
    """`standings`: where each change of the client stood."""
    reviews = [each for _, each in sorted(workspace.reviews.items()) if any(ref.name == one.name for ref in each.of)]
    actions = [action for each in reviews for _, action in sorted(each.actions.items())]
    knowing = next((each for each in reviews if each.cause), None)
    return Breached(
        incident=one,
        cause=knowing.cause if knowing else None,
        found=knowing.held if knowing and knowing.held and knowing.held > of.last else None,
        actions=tuple((each.text, standings.get(each.change.name, "") if each.change else "") for each in actions),
        no_action=next((each.no_action_because for each in reviews if each.no_action_because), ""),
    )


def _risks(workspace: Workspace, mine: Mapping[str, Project], of: Period) -> Iterator[Risk]:
    here = [one for one in workspace.risks.values() if one.project.name in mine]
    for one in sorted(here, key=lambda one: (-one.score, one.name)):
        if one.closed is None or one.closed > of.last:
            yield one


def _carried(workspace: Workspace, client: str, of: Period) -> Iterator[Carried]:
    for name, review in sorted(workspace.clients[client].service_reviews.items()):
        earlier = period(name)
        if earlier is None or earlier.last >= of.first:
            continue
        for _, action in sorted(review.actions.items()):
            if action.done is None or action.done >= of.first:
                done = action.done is not None and action.done <= of.last
                yield Carried(period=name, action=action, done=done)
