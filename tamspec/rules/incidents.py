"""What went wrong: whether it was looked into, whether anything follows from it, and whether it keeps coming."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tamspec.desk.days import calendar_of, later, zone_of
from tamspec.desk.recurrence import clusters
from tamspec.diagnostics import Related, Severity
from tamspec.model.catalog import Agreement
from tamspec.model.incident import Incident, Review
from tamspec.model.order import State
from tamspec.model.plan import Plan
from tamspec.model.values import counted
from tamspec.model.workspace import Workspace
from tamspec.rules.rule import Objection, rule
from tamspec.sla.hours import period_of

_SHORTEST = 4
"""Letters of the shortest name that is looked for in a text: shorter ones are words."""


@rule("TAM520", "Incident that contradicts itself")
def contradictory(workspace: Workspace) -> Iterator[Objection]:
    """It was resolved before it was reported, missed a clock that its agreement does not have, or happened to what the
    project never had. What follows from it, in attainment and reviews, would be wrong.

    Correct the time or the name; where the agreement of the project was another one then, name it as `agreement`.
    """
    for one in workspace.incidents.values():
        at = one.at / "spec"
        if one.resolved and one.resolved < one.reported:
            yield at / "resolved", f"{one.name} was reported only at {one.reported:%Y-%m-%d %H:%M} UTC."
        agreement = _agreement(one, workspace)
        for index, clock in enumerate(one.missed):
            if agreement is None:
                yield at / "missed" / index, f"{one.project} has no agreement, so {one.name} can miss no clock of one."
            elif clock not in agreement.clocks:
                has = ", ".join(agreement.clocks) or "none"
                yield at / "missed" / index, f"{agreement.name} has no clock {clock}.", f"Its clocks: {has}."
        if one.priority and agreement and one.priority not in agreement.priorities:
            has = ", ".join(agreement.priorities) or "none"
            yield at / "priority", f"{agreement.name} has no priority {one.priority}.", f"Its priorities: {has}."


def _agreement(one: Incident, workspace: Workspace) -> Agreement | None:
    project = workspace.projects.get(one.project.name)
    ref = one.agreement or (project.agreement if project else None)
    return workspace.agreements[ref.name] if ref else None


@rule("TAM521", "Review without a cause")
def no_cause(workspace: Workspace) -> Iterator[Objection]:
    """A review that was held and tells no cause is a record of what everybody knows. Without the cause nothing can be
    done about it, and nobody will know it when it comes again.

    Write `cause`: its name, and in a sentence or two what was missing in the process or between departments.
    """
    for one in workspace.reviews.values():
        if one.held and one.cause is None:
            yield one.at / "metadata" / "name", f"{one.name} was held on {one.held} and names no cause."


@rule("TAM522", "Review from which nothing follows")
def nothing_follows(workspace: Workspace) -> Iterator[Objection]:
    """A cause that is known and left alone does it again. To do nothing may be right; then it is decided, and said.

    Write the `actions`, or why there are none as `noActionBecause`.
    """
    for one in workspace.reviews.values():
        if one.held and not one.actions and not one.no_action_because:
            yield one.at / "metadata" / "name", f"{one.name} was held on {one.held} and names no action."


@rule("TAM523", "Action that nobody does")
def action_of_nobody(workspace: Workspace) -> Iterator[Objection]:
    """What is to be done becomes work when a Change asks for it. An action without one, or with one that was withdrawn
    or belongs to another project, gets no order and no date.

    Write a Change with the action among its `tasks`, and name it: `tamspec new change`.
    """
    for one in workspace.reviews.values():
        for name, action in one.actions.items() if one.held else ():
            at = one.at / "spec" / "actions" / name
            if action.change is None:
                yield at.key, f"No Change does {name}."
                continue
            # A Change of another project may not be at hand.
            change = workspace.changes.get(action.change.name)
            if change is None or change.project.name != one.project.name:
                yield at / "change", f"{action.change} is no Change of {one.project}."
            elif change.state == "withdrawn":
                yield at / "change", f"{change.name} was withdrawn."


@rule("TAM525", "Review of what happened to another project")
def review_of_another(workspace: Workspace) -> Iterator[Objection]:
    """The pages of a project show its incidents with what was learned from them. A review that stands with another
    project is found by nobody who looks for it.

    Write the review for the project that the incident happened to; where several were hit, one for each.
    """
    for one in workspace.reviews.values():
        for index, ref in enumerate(one.of):
            incident = workspace.incidents.get(ref.name)  # that of another project may not be at hand
            if incident is None or incident.project.name != one.project.name:
                yield one.at / "spec" / "of" / index, f"{ref} did not happen to {one.project}."


# -- with the clock, or with everybody in sight ------------------------------------------------------------------------


@rule("TAM524", "Person named as a cause", Severity.WARNING)
def person_as_cause(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """People do what the process lets them do. A review that names somebody as the cause ends where it should begin:
    nobody tells what happened any more, and the next person does the same.

    Ask what made it possible, and name departments and what passes between them.
    """
    people = {name: person.title for name, person in workspace.people.items()}
    for client in workspace.clients.values():
        people |= {name: contact.title.partition(",")[0] for name, contact in client.contacts.items()}
    for one in workspace.reviews.values():
        if one.cause:
            told = [label for name, label in sorted(people.items()) if _names(one.cause.text, name, label)]
            if told:
                yield one.at / "spec" / "cause" / "text", f"The cause names {', '.join(told)}."


def _names(text: str, name: str, label: str) -> bool:
    words = [each for each in (name, label, *label.split()) if len(each) >= _SHORTEST]
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) for word in words)


@rule("TAM526", "Breach that nobody looked into")
def unanalysed_breach(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """A target was missed, the period in which it counts has ended, and no review with a cause says why. The client is
    told the figure, and asks what is done about it.

    Write a Review `of` the incident, with its cause, and its actions or why there are none.
    """
    for one in workspace.incidents.values():
        agreement = _agreement(one, workspace)
        if not one.missed or agreement is None or _analyses(one, workspace):
            continue
        period = agreement.attainment.period if agreement.attainment else "month"
        _, ended = period_of(one.reported.astimezone(zone_of(workspace, one.project.name)).date(), period)
        if ended <= plan.at.astimezone(zone_of(workspace, one.project.name)).date():
            detail = f"{one.name} missed {', '.join(one.missed)}; its {period} ended on {ended - timedelta(1)}."
            yield one.at / "spec" / "missed", detail


def _analyses(one: Incident, workspace: Workspace) -> list[Review]:
    """The reviews that tell why an incident happened."""
    found = (each for each in workspace.reviews.values() if each.held and each.cause)
    return [each for each in found if any(ref.name == one.name for ref in each.of)]


@rule("TAM527", "Major incident without a review")
def unreviewed(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """What brought down a client is looked at while people remember. The time that `reviewWithin` in `tamspec.yaml`
    gives (five working days of the client where that is not written) has passed since it was resolved, and no review
    was held.

    Hold it, and write a Review `of` the incident, with the day on which it was `held`.
    """
    for one in workspace.incidents.values():
        held = [
            each for each in workspace.reviews.values() if each.held and any(ref.name == one.name for ref in each.of)
        ]
        if one.severity != "major" or one.resolved is None or held:
            continue
        due = later(one.resolved, workspace.settings.review_within, calendar_of(workspace, one.project.name))
        if due <= plan.at:
            local = due.astimezone(zone_of(workspace, one.project.name))
            yield one.at / "spec" / "resolved", f"{one.name} was to be reviewed by {local:%Y-%m-%d %H:%M}."


@rule("TAM528", "Same cause again", Severity.WARNING)
def same_cause_again(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """The actions against this cause were done, and it did it again. They did not help, or were not done as they were
    meant.

    Look at the earlier review, and write what its actions left out into this one.
    """
    for one in workspace.reviews.values():
        if one.cause is None:
            continue
        began = min(workspace.incidents[ref.name].reported for ref in one.of)
        for other in workspace.reviews.values():
            if other.name == one.name or other.cause is None or other.cause.name != one.cause.name:
                continue
            done = _done(other, state)
            if done and done < began and not {ref.name for ref in one.of} & {ref.name for ref in other.of}:
                detail = f"{other.name} found {one.cause.name} too; its actions were done on {done:%Y-%m-%d}."
                also = Related((other.at / "spec" / "cause" / "name").value, f"{other.name} says so here")
                yield one.at / "spec" / "cause" / "name", detail, "", (also,)


def _done(one: Review, state: State) -> datetime | None:
    """When the last order of the Changes that do the actions of a review was finished; None: something is left."""
    changes = {action.change.name for action in one.actions.values() if action.change}
    orders = [
        known
        for known in state.orders.values()
        if known.order.change in changes and not known.dropped and not state.is_on_standby(known.order)
    ]
    if not changes or {known.order.change for known in orders} != changes:
        return None
    finished = [known.finished for known in orders if known.status != "cancelled"]
    return max((each for each in finished if each), default=None) if all(finished) else None


@rule("TAM529", "Incidents that keep coming", Severity.WARNING)
def keeps_coming(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """Incidents of one type at one component came as often as `recurrence` in `tamspec.yaml` says, and no review looks
    at all of them. Each was mended for itself; what makes them is still there.

    Write one Review `of` all of them, with their common cause.
    """
    measure = workspace.settings.recurrence
    if measure is None:
        return
    alike: dict[tuple[str, str, str], list[Incident]] = defaultdict(list)
    for one in workspace.incidents.values():
        for component in one.components or ("",):
            if one.type:
                alike[one.project.name, one.type, component].append(one)
    for (project, type_, component), incidents in sorted(alike.items()):
        ordered = sorted(incidents, key=lambda each: (each.reported, each.name))
        runs = clusters([(each.reported, each) for each in ordered], measure, calendar_of(workspace, project))
        some = next((run for run in runs if not _together(run, workspace)), ())
        if some:
            where = f" at {component}" if component else ""
            detail = f"{counted(len(some), 'incident')} of type {type_}{where} within {measure.within}."
            also = tuple(Related((each.at / "metadata" / "name").value, each.label) for each in some[:-1])
            yield some[-1].at / "metadata" / "name", detail, "", also


def _together(incidents: Sequence[Incident], workspace: Workspace) -> bool:
    """Whether a review looks at all of them."""
    names = {one.name for one in incidents}
    return any(names <= {ref.name for ref in one.of} for one in workspace.reviews.values() if one.cause)
