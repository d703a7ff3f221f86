"""Roles: whether those who answer for a project have the role, the time and the training, and somebody who stands in.

Days are those of the home department.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from tamspec.desk.roles import (
    absences_soon,
    day_of,
    is_active,
    missing_training,
    percent_text,
    sound_absences,
)
from tamspec.desk.shares import is_in_role, other_percent, tam_percent
from tamspec.desk.tenure import tenures_on
from tamspec.diagnostics import Place, Related, Severity
from tamspec.model.catalog import Absence, Person
from tamspec.model.order import State
from tamspec.model.plan import Plan
from tamspec.model.project import Project, Tenure
from tamspec.model.values import Ref
from tamspec.model.workspace import Workspace
from tamspec.rules.projects import LIVE
from tamspec.rules.rule import Objection, rule

Role = Literal["tam", "deputy"]
WORDS: dict[Role, str] = {"tam": "TAM", "deputy": "deputy"}


@rule("TAM540", "Shares that are more than a person")
def more_than_a_person(workspace: Workspace) -> Iterator[Objection]:
    """Nobody works more than the whole of the working time. Where the role of the TAM and the other roles of a person
    take more than that together, some of them get less than everybody counts on.

    Lower `tamShare` or one of `otherShares`, or let somebody else take a role.
    """
    for person in workspace.people.values():
        has_share = person.tam_share is not None and person.tam.status != "ended"
        whole = other_percent(person) + (tam_percent(person) if has_share else 0)
        if whole > 100:
            spec = person.at / "spec"
            related = [Related((spec / "otherShares" / name).value, "Another share.") for name in person.other_shares]
            at = spec / "tamShare" if has_share else spec / "otherShares"
            detail = f"The roles of {person.label} take {percent_text(whole)} of the working time together."
            yield at, detail, "", tuple(related if has_share else ())


@rule("TAM549", "Role that ends before it begins")
def role_reversed(workspace: Workspace) -> Iterator[Objection]:
    """The two days say from when to when a person is TAM; reversed, the person never is, and the department plans with
    somebody who works for clients.

    Correct `from` or `to` of `tam`; both days are included.
    """
    for person in workspace.people.values():
        role = person.tam
        if role.first and role.last and role.last < role.first:
            detail = f"The role of {person.label} begins on {role.first}, after this day."
            yield role.at / "to", detail, "", (Related((role.at / "from").value, "It begins here."),)


@rule("TAM541", "TAM whose role is not in force")
def not_in_force(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """A project in implementation or operation is held by somebody who has the role: who is only a candidate, begins
    later or has given it back has no time for the client, and the department plans with the whole of the person.

    Name somebody else in `team`, or let the role begin: `status` and the days of `tam` at the person.
    """
    for project, role, ref in _held(workspace):
        person = workspace.people[ref.name]
        day = day_of(person, workspace, plan.at)
        if not is_in_role(person, day):
            why, at = _out_of_force(person, day)
            detail = f"{person.label} is {WORDS[role]} of {project.name}, and {why}."
            yield _team(project, role), detail, "", (Related(at.value, "The role is written here."),)


def _out_of_force(person: Person, day: date) -> tuple[str, Place]:
    role = person.tam
    if role.status == "candidate":
        return "is only a candidate for the role", role.at / "status"
    if role.first and role.first > day:
        return f"the role begins on {role.first}", role.at / "from"
    if role.last and role.last < day:
        return f"the role ended on {role.last}", role.at / "to"
    return "has the role no more", role.at / "status"


@rule("TAM548", "TAM alone without the training")
def untrained_alone(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """The first project that somebody holds alone is where the training is needed: what a service level means, what to
    do in an incident, how a change is planned. Until all parts of `training` in `tamspec.yaml` are passed, the deputy
    must be an active TAM who has passed them.

    Name such a deputy, or write the parts that were passed, with their days, under `tam.training` at the person. A day
    that is still to come counts as not passed.
    """
    for project in workspace.projects.values():
        team = project.team
        if project.phase not in LIVE or not team.tam:
            continue
        missing = _lacks(team.tam, workspace, plan)
        if missing and not (team.deputy and _stands_alone(team.deputy, workspace, plan)):
            person = workspace.people[team.tam.name]
            training = person.tam.at / "training"
            at = training if training.written else person.at / "metadata" / "name"
            deputy = "The deputy has not passed it all either." if team.deputy else "There is no deputy."
            detail = f"{person.label} is TAM of {project.name} and has not passed {', '.join(missing)}. {deputy}"
            yield _team(project, "tam"), detail, "", (Related(at.value, "What was passed is written here."),)


def _lacks(ref: Ref[Person], workspace: Workspace, plan: Plan) -> tuple[str, ...]:
    person = workspace.people[ref.name]
    return missing_training(person, workspace, day_of(person, workspace, plan.at))


def _stands_alone(ref: Ref[Person], workspace: Workspace, plan: Plan) -> bool:
    person = workspace.people[ref.name]
    return is_active(person, day_of(person, workspace, plan.at)) and not _lacks(ref, workspace, plan)


@rule("TAM546", "Absence in which nobody stands in", Severity.WARNING)
def nobody_stands_in(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """Within the next four weeks the TAM of a project is away, and so is the deputy, or there is none: for those days
    the client's engineers call nobody, and what happens then is found afterwards.

    Agree who stands in: name a deputy who is there, or move one of the absences.
    """
    for project in workspace.projects.values():
        team = project.team
        if project.phase not in LIVE or not team.tam:
            continue
        tam = workspace.people[team.tam.name]
        for away in absences_soon(tam, day_of(tam, workspace, plan.at)):
            if not team.deputy:
                detail = f"{tam.label} is away from {away.first} to {away.last}, and {project.name} has no deputy."
                yield _team(project, "tam"), detail, "", (Related(away.at.value, "The absence is written here."),)
                continue
            other = _both_away(away, workspace.people[team.deputy.name])
            if other and other.last >= day_of(tam, workspace, plan.at):
                yield _left_alone(project, tam, away, workspace.people[team.deputy.name], other)


def _both_away(away: Absence, deputy: Person) -> Absence | None:
    """The first absence of a deputy in that of a TAM."""
    return next((one for one in sound_absences(deputy) if one.first <= away.last and away.first <= one.last), None)


def _left_alone(project: Project, tam: Person, away: Absence, deputy: Person, other: Absence) -> Objection:
    first, last = max(away.first, other.first), min(away.last, other.last)
    days = f"on {first}" if first == last else f"from {first} to {last}"
    related = (
        Related(away.at.value, "The TAM is away."),
        Related(other.at.value, "The deputy is away."),
    )
    detail = f"Both {tam.label} and {deputy.label} are away {days}; nobody holds {project.name}."
    return _team(project, "deputy"), detail, "", related


@rule("TAM547", "Projects that take more than the TAM's share", Severity.WARNING)
def more_than_the_share(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """What the projects of a TAM take together is more than the role has. The rest is taken from the department, which
    does not know it, or from the clients, who notice it last.

    Give a project to another TAM (`tamspec staff` proposes some), lower what a project takes in `team.share`, or agree
    a greater `tamShare` with the department.
    """
    held: dict[str, list[Project]] = defaultdict(list)
    for project in workspace.projects.values():
        if project.team.tam and project.team.share is not None:
            held[project.team.tam.name].append(project)
    for name, projects in held.items():
        person, taken = workspace.people[name], sum((Decimal(one.team.share or 0) for one in projects), Decimal())
        if taken > tam_percent(person):
            share = person.at / "spec" / "tamShare"
            at = share if share.written else person.at / "metadata" / "name"
            related = tuple(
                Related((one.at / "spec" / "team" / "share").value, f"{one.name} takes {percent_text(one.team.share)}.")
                for one in projects
                if one.team.share is not None
            )
            has = percent_text(tam_percent(person))
            detail = f"The projects of {person.label} take {percent_text(taken)} together; the role has {has}."
            yield at, detail, "", related


@rule("TAM542", "Tenures that overlap")
def tenures_overlap(workspace: Workspace) -> Iterator[Objection]:
    """At any time exactly one person answers for the technical whole of a project. Where two tenures overlap, each of
    the two believes that the other does.

    Correct `from` or `to`, so that each tenure begins on the day after the one before it has ended.
    """
    for before, after in _in_turn(workspace):
        if before.last is None or after.first <= before.last:
            at = before.at / ("to" if before.last else "from")
            last = f"lasts until {before.last}" if before.last else "has no end"
            detail = f"The tenure of {before.tam}, which began on {before.first}, {last}."
            yield after.at / "from", detail, "", (Related(at.value, "The other tenure is written here."),)


@rule("TAM543", "Time in which a project had no TAM", Severity.WARNING)
def tenure_gap(workspace: Workspace) -> Iterator[Objection]:
    """Between two tenures there are days on which nobody answers for the technical whole: what is asked and what fails
    in them is nobody's.

    Let one of the two tenures last longer, or write who held the project in between.
    """
    for before, after in _in_turn(workspace):
        if before.last and after.first > before.last + timedelta(days=1):
            first, last = before.last + timedelta(days=1), after.first - timedelta(days=1)
            days = f"on {first}" if first == last else f"from {first} to {last}"
            related = (Related((before.at / "to").value, "The tenure before it ends here."),)
            yield after.at / "from", f"Nobody was TAM {days}.", "", related


@rule("TAM544", "Tenure that cannot be")
def impossible_tenure(workspace: Workspace) -> Iterator[Objection]:
    """A tenure says who answers for a project from when to when, and who stands in. One that ends before it begins
    says of no day who answers, and nobody stands in for themselves.

    Correct the days, both of which are included, or name another `deputy`.
    """
    for project in workspace.projects.values():
        for one in project.tenures:
            if one.last and one.last < one.first:
                related = (Related((one.at / "from").value, "It begins here."),)
                yield one.at / "to", f"This tenure of {one.tam} begins on {one.first}, after this day.", "", related
            if one.deputy and one.deputy.name == one.tam.name:
                related = (Related((one.at / "tam").value, "The TAM is written here."),)
                yield one.at / "deputy", f"{one.tam} is TAM and deputy of this tenure.", "", related


@rule("TAM545", "Tenures that say something else than the team", Severity.WARNING)
def tenure_against_team(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """`team` says who holds the project now, `tenures` who holds it when. Today the two disagree, so that one half of
    the provider calls the one and the other half the other.

    On the day on which a tenure begins, write the new names into `team`; or correct the tenure.
    """
    for project in workspace.projects.values():
        team, sound = project.team, _sound(project)
        if not sound or not team.tam or project.phase == "exit":
            continue
        day = day_of(workspace.people[team.tam.name], workspace, plan.at)
        today = tenures_on(project, day)
        if not today:
            yield from _no_tenure(project, sound, day)
        # Where two are in force, that is what is wrong.
        for one in today if len(today) == 1 else ():
            if one.tam.name != team.tam.name:
                detail = f"Today's tenure of {project.name} is that of {one.tam}, and the team names {team.tam}."
                yield _team(project, "tam"), detail, "", (Related((one.at / "tam").value, "The tenure is here."),)
            elif one.deputy and (not team.deputy or team.deputy.name != one.deputy.name):
                named = team.deputy or "nobody"
                detail = f"In today's tenure of {project.name} the deputy is {one.deputy}, and the team names {named}."
                related = (Related((one.at / "deputy").value, "The tenure is here."),)
                yield _team(project, "deputy"), detail, "", related


def _no_tenure(project: Project, sound: list[Tenure], day: date) -> Iterator[Objection]:
    """Of a day before the first tenure or after the last; a gap between two is told of in any case."""
    team = project.team
    related = (Related(_team(project, "tam").value, "The team is written here."),)
    if sound[0].first > day:
        detail = f"The first tenure of {project.name} begins on this day, and the team names {team.tam} already."
        yield sound[0].at / "from", detail, "", related
    elif all(one.last and one.last < day for one in sound):
        last = max(sound, key=lambda one: one.last or date.max)
        detail = f"The last tenure of {project.name} ended on this day, and the team names {team.tam} still."
        yield last.at / "to", detail, "", related


def _held(workspace: Workspace) -> Iterator[tuple[Project, Role, Ref[Person]]]:
    """Live projects, with those who hold them."""
    for project in workspace.projects.values():
        team: tuple[tuple[Role, Ref[Person] | None], ...] = (
            ("tam", project.team.tam),
            ("deputy", project.team.deputy),
        )
        for role, ref in team if project.phase in LIVE else ():
            if ref:
                yield project, role, ref


def _team(project: Project, role: Role) -> Place:
    return project.at / "spec" / "team" / role


def _sound(project: Project) -> list[Tenure]:
    """The tenures that end after they begin, in turn."""
    return sorted((one for one in project.tenures if not one.last or one.first <= one.last), key=lambda one: one.first)


def _in_turn(workspace: Workspace) -> Iterator[tuple[Tenure, Tenure]]:
    """Each tenure, and among those before it the one that lasts longest."""
    for project in workspace.projects.values():
        sound = _sound(project)
        longest = sound[:1]
        for after in sound[1:]:
            yield longest[0], after
            longest = [max(longest[0], after, key=lambda one: one.last or date.max)]
