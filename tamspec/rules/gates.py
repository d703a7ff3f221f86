"""Phases and gates: what a project needs to go into operation and out of it, and what its changes need meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from tamspec.desk.days import today_of
from tamspec.desk.tenure import takers_on
from tamspec.diagnostics import Place, Related, Severity
from tamspec.model.order import Order, State
from tamspec.model.plan import Plan
from tamspec.model.project import Change, Exit, HandedOver, Handover, Project
from tamspec.model.values import listed
from tamspec.model.workspace import Demand, Workspace
from tamspec.rules.rule import Objection, rule

NOTICE = timedelta(days=30)
"""So long before the end of the service the work that takes everything down must be planned."""

ALL: tuple[Demand, ...] = ("tam", "window", "back-out", "contact", "coordination")
"""What a major change to a project in operation must have, where the policy does not say."""


def _phase(project: Project) -> Place:
    return project.at / "spec" / "phase"


@rule("TAM550", "Operation that nobody took over")
def not_handed_over(workspace: Workspace) -> Iterator[Objection]:
    """The architect knows how it was built, the TAM answers for it from the first day of operation on. What was never
    handed over, the TAM learns from incidents.

    Write `handover`: who hands over to whom, what, and with `accepted` the day on which the TAM took it. Until then the
    project is in `implementation`.
    """
    for project in workspace.projects.values():
        if project.phase != "operation" or (project.handover and project.handover.accepted):
            continue
        if project.handover:
            detail = f"Project {project.name} is in operation, and {project.handover.taker} has not accepted it yet."
            related = (Related(_phase(project).value, "It is said to be in operation here."),)
            yield project.handover.at.key, detail, "Write the day of acceptance to `accepted`.", related
        else:
            hint = "Write `handover` with `from`, `to`, `accepted` and its checklist."
            yield _phase(project), f"Project {project.name} is in operation and has no handover.", hint


@rule("TAM551", "Handover between others than architect and TAM")
def handed_to_another(workspace: Workspace) -> Iterator[Objection]:
    """A handover ends the architect's part and begins the TAM's. Given by somebody who did not design it, or taken by
    somebody who does not answer for it, it leaves both believing that the other one knows.

    Name the architect of `team` in `from`, and in `to` whoever was TAM on the day of acceptance, or the first TAM after
    it: by `tenures`, or without them by `team`.
    """
    for project in workspace.projects.values():
        handover, architect = project.handover, project.team.architect
        if handover is None:
            continue
        if architect and handover.giver.name != architect.name:
            related = (Related(architect.at.value, "The architect is named here."),)
            detail = f"{handover.giver} hands over {project.name}; its architect is {architect}."
            yield handover.at / "from", detail, "", related
        tams = _takers(project, handover)
        if tams and handover.taker.name not in tams:
            when = f" on {handover.accepted}" if handover.accepted else ""
            detail = f"{handover.taker} takes over {project.name}; its TAM{when} is {' or '.join(tams)}."
            at = project.tenures[0].at if project.tenures else project.team.tam.at if project.team.tam else project.at
            hint = "" if project.tenures else "If the TAM changed since, write both times to `tenures`."
            yield handover.at / "to", detail, hint, (Related(at.value, "Who is TAM is written here."),)


def _takers(project: Project, handover: Handover) -> tuple[str, ...]:
    """Who can take the project over; before it is accepted anybody who is or will be its TAM."""
    if handover.accepted:
        return takers_on(project, handover.accepted)
    refs = (project.team.tam, *(one.tam for one in project.tenures))
    return tuple(sorted({ref.name for ref in refs if ref}))


@rule("TAM552", "Handover that was accepted with gaps")
def accepted_with_gaps(workspace: Workspace) -> Iterator[Objection]:
    """Acceptance says that everything was there. What was left for later nobody brings any more once the architect is
    on the next project.

    Hand over what is missing and write the day to `done`, or take `accepted` back until then. Which items every
    handover has, the policy says: `handover` in `tamspec.yaml`.
    """
    demanded = workspace.settings.handover
    for project in workspace.projects.values():
        handover = project.handover
        if handover is None or handover.accepted is None:
            continue
        accepted = Related((handover.at / "accepted").value, "It was accepted here.")
        for name, item in handover.checklist.items():
            lack = _lack(item, handover.accepted)
            if lack:
                yield item.at.key, f"{name} of the handover of {project.name} {lack}.", "", (accepted,)
        missing = [name for name in sorted(demanded) if name not in handover.checklist]
        if missing:
            at = handover.at / "checklist"
            asked = tuple(
                Related((workspace.settings.at / "handover" / name).key, f"The policy demands {name}.")
                for name in missing
            )
            detail = f"The handover of {project.name} was accepted without {', '.join(missing)}."
            hint = "Write each to `checklist` with the day on which it was `done`."
            yield at.key if at.written else handover.at.key, detail, hint, (accepted, *asked)


def _lack(item: HandedOver, accepted: date) -> str:
    if item.done is None:
        return f"was not done when it was accepted on {accepted}"
    return f"was done on {item.done}, after it was accepted" if item.done > accepted else ""


@rule("TAM553", "Day of a handover that has not come yet")
def done_in_the_future(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """What was handed over and accepted is recorded when it has happened. A day that is still to come is a wish, and
    opens the gate for something that nobody did.

    Correct the day, or leave it out until it has come.
    """
    for project in workspace.projects.values():
        today, handover, leaving = today_of(workspace, project.name, plan.at), project.handover, project.exit
        days: list[tuple[Place, date | None]] = []
        if handover:
            days += [(handover.at / "accepted", handover.accepted)]
            days += [(item.at / "done", item.done) for item in handover.checklist.values()]
        if leaving:
            days += [(leaving.at / "data", leaving.data), (leaving.at / "documents", leaving.documents)]
        for at, day in days:
            if day and day > today:
                yield at, f"{day} has not come yet; it is {today} at the client of {project.name}."


@rule("TAM554", "Exit without a last day")
def exit_without_end(workspace: Workspace) -> Iterator[Objection]:
    """A client who leaves wants to know until when the service is there, and who gets the data and the documents. Where
    nobody wrote it, departments go on for ever, or stop too early.

    Write `exit`: with `ends` the last day of service, with `to` who takes over; later with `data` and `documents` the
    days on which they were handed over.
    """
    for project in workspace.projects.values():
        if project.phase == "exit" and project.exit is None:
            yield _phase(project), f"Project {project.name} is in its exit and does not say when it ends."


@rule("TAM555", "Exit that nobody works on", Severity.WARNING)
def nothing_taken_down(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """What stands in `components` is wanted, so no order takes it down. A month before the last day the departments
    must have that work in their plans; else the client's machines run on, or are switched off in a hurry.

    Take the components out of the project and name them in a Change, with the last day of service as its `notBefore`:
    its orders are planned, and worked only then. Or agree a later day in `exit.ends`.
    """
    for project in workspace.projects.values():
        leaving = project.exit
        wanted = sorted(project.components)
        ahead = leaving.ends - today_of(workspace, project.name, plan.at) if leaving else -NOTICE
        if leaving and wanted and timedelta() <= ahead <= NOTICE:
            at = project.at / "spec" / "components"
            related = (Related((leaving.at / "ends").value, "The last day of service is written here."),)
            detail = f"{project.name} ends on {leaving.ends}, and no Change takes down {_some(wanted)}."
            yield at.key, detail, "", related


@rule("TAM556", "Client who left and was not let go")
def left_behind(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """After the last day of service nobody pays for what still runs, and nobody watches it. Data and documents that
    were not handed over are the client's all the same.

    Take down what is left with a Change, hand over data and documents and write the days to `exit.data` and
    `exit.documents`. If the service goes on, agree a later day in `exit.ends`.
    """
    for project in workspace.projects.values():
        leaving = project.exit
        if leaving is None or today_of(workspace, project.name, plan.at) <= leaving.ends:
            continue
        left = _left(project, workspace, state)
        if left:
            detail = f"The service of {project.name} ended on {leaving.ends}; still there: {_some(left)}."
            yield leaving.at / "ends", detail
        owed = [word for word, day in _owed(leaving) if day is None]
        if owed:
            detail = f"The service of {project.name} ended on {leaving.ends}; not handed over: {' and '.join(owed)}."
            yield leaving.at.key, detail


def _left(project: Project, workspace: Workspace, state: State) -> list[str]:
    """The components that are wanted still, or built still."""
    built = {one.name for one in state.built.values() if one.project == project.name}
    return sorted({*workspace.landscapes[project.name].components, *built})


def _owed(leaving: Exit) -> tuple[tuple[str, date | None], ...]:
    return (("the data", leaving.data), ("the documents", leaving.documents))


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


@rule("TAM557", "Change to a running project that lacks what its category demands")
def demands_unmet(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """While the client works with it, a grave change is not one department's matter: it has its hours, its way back,
    somebody of the client who can be reached, and a plan that says who does what when. What each category needs, the
    policy says: `demands` in `tamspec.yaml`; where it does not, a major change needs all of it. That somebody is TAM at
    all is asked of the project (TAM341), and a way back out of a maintenance window by TAM368.

    Write what lacks: `contact`, `coordination`, `backOut` into the Change, `window: true` at the step that disturbs the
    client; or correct the `category`.
    """
    planned: dict[str, list[Order]] = {}
    for one in plan.actions:
        if one.verb != "cancel":
            planned.setdefault(one.order.change, []).append(one.order)
    for change in workspace.changes.values():
        project = workspace.projects[change.project.name]
        if project.phase != "operation" or change.state == "withdrawn" or state.is_closed(change.name):
            continue
        done = [one.order for one in state.orders_of(change.name) if one.status == "done"]
        lacks = _lacks(change, workspace, [*planned.get(change.name, ()), *done])
        if lacks:
            at = change.at / "spec" / "category"
            related = (Related(_phase(project).value, "The project is in operation."),)
            missing = listed(f"no {word}" for word, _ in lacks)
            detail = f"Change {change.name} is {change.category} and has {missing}."
            hint = f"Write {listed(way for _, way in lacks)}."
            yield at if at.written else change.at / "metadata" / "name", detail, hint, related


def _lacks(change: Change, workspace: Workspace, orders: list[Order]) -> list[tuple[str, str]]:
    """What lacks of that which is demanded, and what to write. Nothing is told that another rule tells."""
    usual = ALL if change.category == "major" else ()
    demanded = workspace.settings.demands.get(change.category, usual)
    in_window = any(one.window for one in orders)
    prepared = bool(change.back_out) or any(one.standby for one in orders)
    told = change.category == "major" and in_window  # by TAM368
    found: tuple[tuple[Demand, bool, str, str], ...] = (
        ("window", in_window, "step in a maintenance window", "`window: true` at the step that disturbs the client"),
        ("back-out", prepared or told, "way back", "what takes it back to `backOut`"),
        ("contact", bool(change.contact), "contact of the client", "whom of the client to reach to `contact`"),
        ("coordination", bool(change.coordination), "plan of coordination", "who does what when to `coordination`"),
    )
    return [(word, way) for demand, is_there, word, way in found if demand in demanded and not is_there]
