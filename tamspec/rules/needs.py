"""Needs of clients and what answers them, and the lines that lead to one person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from tamspec.desk.needs import explained, proposals_for
from tamspec.diagnostics import Related, Severity
from tamspec.model.catalog import Calendar
from tamspec.model.order import Order, State
from tamspec.model.plan import Plan, Scheduled
from tamspec.model.workspace import Workspace
from tamspec.rules.rule import Objection, rule
from tamspec.worktime import expand, instant


@rule("TAM558", "Need that is met and declined")
def met_and_declined(workspace: Workspace) -> Iterator[Objection]:
    """A need is met by something, or the client decided to do without it. Where both are written nobody knows whether
    the client may rely on it.

    Take out `declined` if it is met, or `metBy` if the client does without it.
    """
    for project in workspace.projects.values():
        for name, need in project.requirements.items():
            if need.met_by and need.declined:
                related = (Related((need.at / "metBy").value, "What meets it is written here."),)
                yield need.at / "declined", f"Need {name} of {project.name} is declined and met.", "", related


@rule("TAM559", "Need that is met by what nobody wants any more")
def met_by_the_past(workspace: Workspace) -> Iterator[Objection]:
    """A component that was taken out of the project is taken down, and with it goes what it did for the client. The
    need stays, and looks answered.

    Name the component that meets it now. Where there is none take the name out: the need is open then, and somebody
    will ask for a proposal.
    """
    for project in workspace.projects.values():
        shape = workspace.landscapes[project.name]
        moved = {one.source: one.target for one in project.moved}
        for name, need in project.requirements.items():
            for index, component in enumerate(need.met_by):
                if not shape.members(component):
                    now = moved.get(component, "")
                    hint = f"It is called {now} now." if now else ""
                    detail = f"{component}, which meets {name}, is not wanted in {project.name} any more."
                    yield need.at / "metBy" / index, detail, hint


@rule("TAM560", "Grave need that nothing meets", Severity.WARNING)
def nothing_proposed(workspace: Workspace) -> Iterator[Objection]:
    """In operation the client lives with the gap every day. The TAM knows it before an incident tells it, and therefore
    owes the client a proposal.

    Write a Proposal and name the need in its `evidence.requirements`. If a component meets it, name that in `metBy`; if
    the client does without it, say why in `declined`.
    """
    for project in workspace.projects.values():
        for name, need in project.requirements.items() if project.phase == "operation" else ():
            if not need.is_open or need.criticality != "high":
                continue
            proposals = proposals_for(project.name, name, workspace)
            if any(not one.decision or one.decision.option for one in proposals):
                continue
            related = tuple(
                Related((one.at / "spec" / "decision").key, "The client declined this proposal.") for one in proposals
            )
            hint = "If the client does without it, write why to `declined`." if proposals else ""
            yield need.at.key, f"Nothing meets {name} of {project.name}, and nothing is proposed.", hint, related


@rule("TAM561", "Component that no need explains", Severity.WARNING)
def unexplained(workspace: Workspace) -> Iterator[Objection]:
    """Where the needs of a client are written, each component answers one, or carries one that does. What answers none
    is paid and looked after for a reason that nobody remembers.

    Name it in `metBy` of the need that it meets, write the need down, or take the component out.
    """
    for project in workspace.projects.values():
        if not project.requirements or project.phase == "exit":
            continue
        known = explained(project)
        for name, component in project.components.items():
            if name not in known:
                yield component.at.key, f"No need of {project.name} says what {name} is for."


@rule("TAM562", "Department that is accountable")
def accountable_department(workspace: Workspace) -> Iterator[Objection]:
    """Exactly one person answers for an activity. A department is many people: when it goes wrong each of them believes
    that another one had it in hand.

    Name a person of the provider or a contact of the client in `accountable`, and the department in `responsible`.
    """
    for project in workspace.projects.values():
        contacts = workspace.clients[project.client.name].contacts
        for name, activity in project.responsibilities.items():
            one = activity.accountable
            if one in workspace.departments and one not in workspace.people and one not in contacts:
                manager = workspace.departments[one].manager
                hint = f"Its manager is {manager}."
                yield activity.at / "accountable", f"{one}, which answers for {name}, is a department.", hint


@rule("TAM563", "Activity that nobody does")
def nobody_responsible(workspace: Workspace) -> Iterator[Objection]:
    """Somebody answers for the activity, and nobody is said to do it. It is done when whoever answers remembers it.

    Name in `responsible` who does it: departments, people or contacts of the client. It may be the one who is
    accountable.
    """
    for project in workspace.projects.values():
        for name, activity in project.responsibilities.items():
            if not activity.responsible:
                at = (activity.at / "responsible").key
                yield at, f"{activity.accountable} answers for {name} of {project.name}, and nobody does it."


@rule("TAM564", "Contact who cannot be reached in the window", Severity.WARNING)
def out_of_reach(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """The change names whom of the client to reach while it is worked on, and its cut-over is planned for hours in
    which that contact cannot be reached. At two in the night nobody is there to say whether to go on or back.

    Name somebody in `contact` who is there in those hours, or agree with the contact and widen their `hours`.
    """
    in_window: dict[str, list[Order]] = {}
    for order in sorted((one.order for one in plan.actions if one.verb != "cancel"), key=lambda one: one.key):
        if order.window:
            in_window.setdefault(order.change, []).append(order)
    for change in workspace.changes.values():
        client = workspace.clients[workspace.projects[change.project.name].client.name]
        contact = client.contacts.get(change.contact)
        if contact is None or contact.hours is None or change.state == "withdrawn":
            continue
        calendar = workspace.calendars[contact.hours.name]
        for order in in_window.get(change.name, ()):
            dated = plan.schedule.get(order.key)
            if dated and not _is_reached(calendar, dated):
                begins = dated.start.astimezone(ZoneInfo(calendar.time_zone))
                detail = f"{order.key} begins on {begins:%Y-%m-%d at %H:%M} ({calendar.time_zone})"
                related = (Related((contact.at / "hours").value, "Their hours are written here."),)
                told = f"{detail}, outside the hours of {change.contact} ({calendar.label})."
                yield change.at / "spec" / "contact", told, "", related
                break


def _is_reached(calendar: Calendar, dated: Scheduled) -> bool:
    """Whether a contact with these hours is there when the work begins and when it ends."""
    first, last = instant(dated.start), instant(dated.finish) - 1
    hours = expand(calendar, dated.start.date() - timedelta(days=2), dated.finish.date() + timedelta(days=2))
    return hours.is_open(first) and hours.is_open(max(first, last))
