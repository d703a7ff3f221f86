"""Registers: whether what the client asked is answered, what was seen is drawn into risks, what may come has a
response, and what was proposed comes to something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date

from tamspec.desk.days import calendar_of, today_of, zone_of
from tamspec.desk.proposals import outcome
from tamspec.desk.recurrence import clusters
from tamspec.desk.registers import reviews, unanswered, undecided
from tamspec.diagnostics import Place, Related, Severity
from tamspec.model.order import State
from tamspec.model.plan import Plan
from tamspec.model.register import Observation
from tamspec.model.values import counted
from tamspec.model.workspace import Workspace
from tamspec.rules.rule import Objection, rule

# -- as it is written --------------------------------------------------------------------------------------------------


@rule("TAM575", "Request that contradicts itself")
def contradictory_request(workspace: Workspace) -> Iterator[Objection]:
    """It was answered before it was asked, or has an answer without a day, or a day without an answer. Whether the
    client waits for us cannot be told.

    Write `answer` and `answered` together, with a day that is not before `asked`.
    """
    for project in workspace.projects.values():
        for name, one in project.requests.items():
            at = project.at / "spec" / "requests" / name
            if one.answered and one.answered < one.asked:
                also = (Related((at / "asked").value, "it was asked then"),)
                yield at / "answered", f"{name} was asked only on {one.asked}.", "", also
            elif one.answer and not one.answered:
                yield at / "answer", f"Nobody says on what day {name} was answered."
            elif one.answered and not one.answer:
                yield at / "answered", f"Nobody says what the answer to {name} was."


@rule("TAM576", "High risk without a response")
def unanswered_risk(workspace: Workspace) -> Iterator[Objection]:
    """The score of the risk is as high as `highRisk` in `tamspec.yaml` says (12 where it does not), the project is
    critical, and nobody decided what is done about it. When it happens, the client asks who knew.

    Write the `response` with its `measures`, or `response: accept` with the contact of the client who accepts it.
    """
    yield from _without_response(workspace, critical=True)


@rule("TAM577", "High risk to a project of less weight, without a response", Severity.WARNING)
def unanswered_lesser_risk(workspace: Workspace) -> Iterator[Objection]:
    """The score of the risk is as high as `highRisk` in `tamspec.yaml` says, and nobody decided what is done about it.
    The project is not critical; the risk is high all the same.

    Write the `response` with its `measures`, or `response: accept` with the contact of the client who accepts it.
    """
    yield from _without_response(workspace, critical=False)


def _without_response(workspace: Workspace, *, critical: bool) -> Iterator[Objection]:
    for one in workspace.risks.values():
        project = workspace.projects[one.project.name]
        high = one.score >= workspace.settings.high_risk
        if high and not one.response and not one.closed and (project.criticality == "high") is critical:
            detail = f"{one.name} scores {one.probability} × {one.severity} = {one.score}, and has no response."
            also = (Related((project.at / "spec" / "criticality").value, "how much depends on the project"),)
            yield one.at / "metadata" / "name", detail, "", also if critical else ()


@rule("TAM578", "Risk accepted by nobody")
def accepted_by_nobody(workspace: Workspace) -> Iterator[Objection]:
    """To accept a risk is the client's to decide. An acceptance without a name and a day is one that nobody remembers
    when it happens.

    Write `acceptedBy`, a contact of the client, and `acceptedOn`.
    """
    for one in workspace.risks.values():
        if one.response == "accept" and not (one.accepted_by and one.accepted_on):
            lacks = "who of the client accepts it" if not one.accepted_by else "on what day it was accepted"
            yield one.at / "spec" / "response", f"Nobody says {lacks}."


@rule("TAM579", "Response that says nothing of what is done", Severity.WARNING)
def empty_response(workspace: Workspace) -> Iterator[Objection]:
    """A risk that is avoided, reduced or borne by somebody else is so by something that is done. Nothing is named.

    Write the `measures`, or name the `change` or the `proposal` that answers it.
    """
    for one in workspace.risks.values():
        if one.response in ("avoid", "reduce", "transfer") and not (one.measures or one.change or one.proposal):
            yield one.at / "spec" / "response", f"{one.name} says {one.response}, and nothing of how."


@rule("TAM583", "Proposal that contradicts itself")
def contradictory_proposal(workspace: Workspace) -> Iterator[Objection]:
    """It was decided before it was raised, or was declined and is carried out all the same. What the client is told of
    it would be wrong.

    Correct the day; name the `option` that was chosen, or take the `change` away.
    """
    for one in workspace.proposals.values():
        at = one.at / "spec"
        if one.decision and one.decision.decided < one.raised:
            also = (Related((at / "raised").value, "it was raised then"),)
            yield at / "decision" / "decided", f"{one.name} was raised only on {one.raised}.", "", also
        if one.decision and not one.decision.option and one.change:
            also = (Related((at / "decision").value, "no option was chosen"),)
            yield at / "change", f"{one.name} was declined, and {one.change} carries it out.", "", also


@rule("TAM584", "Accepted proposal that nobody carries out")
def carried_out_by_nobody(workspace: Workspace) -> Iterator[Objection]:
    """The client said yes, and no Change of the project carries it out: nobody gets an order, and the client waits.

    Write a Change, `tamspec new change`, and name it as `change` of the proposal.
    """
    for one in workspace.proposals.values():
        if not (one.decision and one.decision.option):
            continue
        if one.change is None:
            yield one.at / "spec" / "decision" / "option", f"{one.name} was accepted, and no change is named."
            continue
        # A change of another project may not be at hand.
        change = workspace.changes.get(one.change.name)
        if change is None or change.project.name != one.project.name:
            yield one.at / "spec" / "change", f"{one.change} is no Change of {one.project}."
        elif change.state == "withdrawn":
            also = (Related((change.at / "spec" / "state").value, "it was withdrawn here"),)
            yield one.at / "spec" / "change", f"{change.name} was withdrawn.", "", also


# -- with the clock, or with everybody in sight ------------------------------------------------------------------------


@rule("TAM574", "Request that waits for an answer", Severity.WARNING)
def unanswered_request(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """The client asked, and the time that `answerWithin` in `tamspec.yaml` gives (five working days of the client
    where that is not written) is over. A wish that nobody answers is one that is told to others.

    Answer, be it with a no and its reason, and write `answer`, `answered` and `answeredBy`.
    """
    within = workspace.settings.answer_within
    for name, project in workspace.projects.items():
        for one in unanswered(workspace, name):
            if one.due <= plan.at:
                by = f" by {one.request.by}" if one.request.by else ""
                detail = f"It was asked{by} on {one.request.asked}; the answer was due after {within}."
                yield (project.at / "spec" / "requests" / one.name).key, detail


@rule("TAM580", "Entry of a register that nobody looked at again", Severity.WARNING)
def review_overdue(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """A risk, a constraint or a point of growth was to be looked at again by a day that has passed. What was true then
    may be worse by now.

    Look at it, correct what changed, and write the next day as `nextReview`; close a risk that is none any more.
    """
    for name in workspace.projects:
        today = today_of(workspace, name, plan.at)
        for one in reviews(workspace, name):
            if one.day < today:
                yield one.at, f"The {one.what} {one.name} was to be looked at by {one.day}."


@rule("TAM581", "Observations that keep coming without a risk")
def without_a_risk(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """Observations of one type in one project came as often as `observations` in `tamspec.yaml` says, and no risk that
    was open then is drawn from them. One attack is bad luck; two in a month are what the client must be told of before
    the third.

    Write a Risk whose `observations` name at least one of them, with a response; a Proposal tells the client what can
    be done.
    """
    measure = workspace.settings.observations
    if measure is None:
        return
    alike: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for one in workspace.observations.values():
        alike[one.project.name, one.type].append(one)
    for (project, type_), seen in sorted(alike.items()):
        ordered = sorted(seen, key=lambda each: (each.seen, each.name))
        runs = clusters([(each.seen, each) for each in ordered], measure, calendar_of(workspace, project))
        some = next((run for run in runs if not _drawn(run, workspace)), ())
        if some:
            detail = f"{counted(len(some), 'observation')} of type {type_} within {measure.within}, and no risk."
            also = tuple(Related((each.at / "metadata" / "name").value, each.label) for each in some[:-1])
            yield some[-1].at / "metadata" / "name", detail, "", also


def _drawn(run: Sequence[Observation], workspace: Workspace) -> bool:
    """Whether a risk is drawn from one of them that was no closed one yet when the last of them was seen."""
    names, seen = {one.name for one in run}, run[-1].seen.date()
    return any(
        (risk.closed is None or risk.closed >= seen) and names & {ref.name for ref in risk.observations}
        for risk in workspace.risks.values()
    )


@rule("TAM582", "Day that has not come yet")
def in_the_future(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """Somebody saw, asked, said or decided it on a day that is still to come. Whatever is counted by it, answers in
    time, proposals before incidents, is wrong.

    Correct the day; mostly it is the year.
    """
    for at, told, project in _told_days(workspace):
        zone = zone_of(workspace, project) if project in workspace.projects else UTC
        today = plan.at.astimezone(zone).date()
        if told > today:
            yield at, f"{told} is later than today, {today}."
    for one in workspace.observations.values():
        if one.seen > plan.at:
            when = f"{one.seen.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            yield one.at / "spec" / "seen", f"Nobody can have seen it yet: {when} is to come."


def _told_days(workspace: Workspace) -> Iterator[tuple[Place, date, str]]:
    """Every day on which something was said or decided: where it is written, and the project that it is of."""
    for name, project in workspace.projects.items():
        for key, request in project.requests.items():
            at = project.at / "spec" / "requests" / key
            yield from _written((at / "asked", request.asked, name), (at / "answered", request.answered, name))
    for risk in workspace.risks.values():
        at, of = risk.at / "spec", risk.project.name
        yield from _written((at / "acceptedOn", risk.accepted_on, of), (at / "closed", risk.closed, of))
    for observation in workspace.observations.values():
        yield from _written((observation.at / "spec" / "told", observation.told, observation.project.name))
    for proposal in workspace.proposals.values():
        at, of = proposal.at / "spec", proposal.project.name
        decided = proposal.decision.decided if proposal.decision else None
        given = proposal.reward.given if proposal.reward else None
        yield from _written(
            (at / "raised", proposal.raised, of),
            (at / "decision" / "decided", decided, of),
            (at / "reward" / "given", given, of),
        )
    for decision in workspace.decisions.values():
        of = decision.project.name if decision.project else ""
        yield from _written((decision.at / "spec" / "decided", decision.decided, of))
    for client in workspace.clients.values():
        for key, said in client.feedback.items():
            yield client.at / "spec" / "feedback" / key / "said", said.said, ""


def _written(*days: tuple[Place, date | None, str]) -> Iterator[tuple[Place, date, str]]:
    for at, day, project in days:
        if day:
            yield at, day, project


@rule("TAM585", "Proposal that waits for a decision", Severity.WARNING)
def decision_awaited(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """It was raised more than thirty days ago and the client has not decided. What it would prevent may happen any day,
    and then it looks as if nobody had said a word.

    Ask the decision maker, at the latest in the service review, and write the `decision`, be it a no.
    """
    for name in workspace.projects:
        for waiting in undecided(workspace, name):
            if waiting.due <= plan.at:
                one = waiting.proposal
                yield one.at / "spec" / "raised", f"{one.name} was raised on {one.raised} and is not decided."


@rule("TAM586", "Reward for what is not done")
def early_reward(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """Ideas are rewarded when they work: when every order of the change that carries the proposal out is done. A reward
    before that is one for a promise.

    Take the day of the reward away until the change is closed, or name the change that did it.
    """
    for one in workspace.proposals.values():
        if one.reward and one.reward.given and outcome(one, state, plan) != "implemented":
            detail = f"{one.name} is {outcome(one, state, plan)}, and not implemented."
            yield one.at / "spec" / "reward" / "given", detail


@rule("TAM587", "Decision that takes the place of a later one")
def replaces_a_later_one(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """A decision replaces one that was made before it. Where the days say otherwise, nobody knows which of the two
    holds.

    Correct the day of one of them, or let the later one replace the earlier.
    """
    for one in workspace.decisions.values():
        other = workspace.decisions.get(one.replaces.name) if one.replaces else None
        if other and other.decided > one.decided:
            also = (Related((other.at / "spec" / "decided").value, f"{other.name} was decided then"),)
            detail = f"{other.name} was decided on {other.decided}, after {one.decided}."
            yield one.at / "spec" / "replaces", detail, "", also
