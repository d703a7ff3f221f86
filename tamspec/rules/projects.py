"""Projects and clients: who answers, to whom, and under which agreement."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tamspec.desk.complexity import departments_of, needs_tam
from tamspec.diagnostics import Place, Related, Severity
from tamspec.model.moves import is_within, recorded_moves, trail
from tamspec.model.order import State
from tamspec.model.plan import Plan
from tamspec.model.project import Move, Project
from tamspec.model.workspace import Workspace
from tamspec.rules.rule import Objection, rule
from tamspec.suggest import near

LIVE = ("implementation", "operation")


def _team(project: Project, role: str = "") -> Place:
    """The smallest thing written: the role, else the team, else the project's name."""
    team = project.at / "spec" / "team"
    if (team / role).written:
        return team / role
    return team if team.written else project.at / "metadata" / "name"


@rule("TAM341", "Project without a Technical Account Manager")
def no_tam(workspace: Workspace) -> Iterator[Objection]:
    """From the implementation on, exactly one person is accountable for the technical whole. Without one, each
    department answers for its part and nobody for what lies between.

    Name a Technical Account Manager in `team.tam`.
    """
    for project in workspace.projects.values():
        if project.phase in LIVE and not project.team.tam:
            yield _team(project).key, f"Project {project.name} is in phase {project.phase} and has no TAM."


@rule("TAM342", "TAM without a deputy", Severity.WARNING)
def no_deputy(workspace: Workspace) -> Iterator[Objection]:
    """A TAM falls ill and goes on holiday; the client's incidents do not wait.

    Name a second Technical Account Manager in `team.deputy`.
    """
    for project in workspace.projects.values():
        team = project.team
        if project.phase in LIVE and team.tam and not team.deputy and not needs_tam(project, workspace):
            yield _team(project).key, f"Nobody stands in for {team.tam} in project {project.name}."


@rule("TAM343", "TAM who is none", Severity.WARNING)
def tam_without_share(workspace: Workspace) -> Iterator[Objection]:
    """The role takes a share of the working time, which the home department must lose from its plans. For somebody
    without a share the work is promised twice.

    Give the person a `tamShare` (30% is usual), or name one of those who have it.
    """
    for project in workspace.projects.values():
        for role, ref in (("tam", project.team.tam), ("deputy", project.team.deputy)):
            if ref and workspace.people[ref.name].tam_share is None:
                detail = f"{ref} is {'TAM' if role == 'tam' else role} of {project.name} and has no tamShare."
                yield _team(project, role), detail


@rule("TAM344", "TAM who is their own deputy")
def own_deputy(workspace: Workspace) -> Iterator[Objection]:
    """Nobody stands in for themselves: on the day the TAM is away, so is the deputy.

    Name another Technical Account Manager in `team.deputy`.
    """
    for project in workspace.projects.values():
        if project.team.tam and project.team.deputy and project.team.tam.name == project.team.deputy.name:
            yield _team(project, "deputy"), f"{project.team.tam} is TAM and deputy of {project.name}."


@rule("TAM345", "Client without a technical contact")
def no_technical_contact(workspace: Workspace) -> Iterator[Objection]:
    """Departments must know whom to ask on the client's side: who accepts a step, who opens a firewall, who is told
    before a window.

    Add a contact with `role: technical`. It may be a decision maker's second entry where the client is small.
    """
    for client in workspace.clients.values():
        if not any(contact.role == "technical" for contact in client.contacts.values()):
            yield client.at / "metadata" / "name", f"No contact of {client.label} has the role technical."


@rule("TAM346", "Complex project without TAM and deputy")
def complex_without_team(workspace: Workspace) -> Iterator[Objection]:
    """With so many departments a project is no longer held together by regulations: it needs a TAM and a deputy, from
    its first phase on. From how many on, the policy says: `complexity.needsTam` in `tamspec.yaml`, 8 where it does not.

    Name both in `team`, or divide the project.
    """
    for project in workspace.projects.values():
        team = project.team
        reported = project.phase in LIVE and not team.tam
        if not (team.tam and team.deputy) and not reported and needs_tam(project, workspace):
            involved = departments_of(project, workspace)
            lacks = "a TAM" if not team.tam else "a deputy"
            detail = f"Project {project.name} involves {len(involved)} departments ({', '.join(involved)})"
            yield _team(project).key, f"{detail} and lacks {lacks}."


@rule("TAM347", "Project without a maintenance window", Severity.WARNING)
def no_maintenance_window(workspace: Workspace) -> Iterator[Objection]:
    """Some steps of its services are worked in the client's maintenance window. Where none is agreed, they would be
    planned in any hours of the departments, and the client is disturbed.

    Agree a window with the client, write it as a Calendar and name it in `maintenanceWindow`.
    """
    for project in workspace.projects.values():
        if project.maintenance_window:
            continue
        for component in workspace.landscapes[project.name].components.values():
            procedures = workspace.services[component.service].procedures.values()
            if any(step.window for one in procedures for step in one.steps.values()):
                detail = f"{component.service} has steps in a maintenance window; {project.name} has none."
                yield component.at.key, detail
                break


@rule("TAM348", "Agreement with somebody else")
def agreement_of_another(workspace: Workspace) -> Iterator[Objection]:
    """The agreement of a project says what its client was promised. One with another customer, or one between
    departments, promises this client nothing.

    Name an agreement of type `sla` whose `customer` is the project's client.
    """
    for project in workspace.projects.values():
        agreement = workspace.agreements[project.agreement.name] if project.agreement else None
        if agreement is None:
            continue
        at = project.at / "spec" / "agreement"
        if agreement.type != "sla":
            yield at, f"{agreement.name} is no promise to a client."
        elif agreement.customer.name != project.client.name:
            yield at, f"{agreement.name} is with {agreement.customer}; {project.name} is for {project.client}."


@rule("TAM349", "TAM who is the service manager too", Severity.WARNING)
def one_line_for_two(workspace: Workspace) -> Iterator[Objection]:
    """The TAM speaks with the client's engineers, the service manager with those who decide. Where one person does
    both, questions of technology and of money mix again, and each side hears half.

    Name another person in `team.serviceManager`.
    """
    for project in workspace.projects.values():
        tam, manager = project.team.tam, project.team.service_manager
        if tam and manager and tam.name == manager.name:
            yield _team(project, "serviceManager"), f"{tam} is TAM and service manager of {project.name}."


@rule("TAM350", "Operation that nothing was promised for")
def operation_without_agreement(workspace: Workspace) -> Iterator[Objection]:
    """In operation the client calls when something fails. Without an agreement nobody knows how fast who must answer,
    and every incident begins with a dispute.

    Name the service level agreement in `agreement`, or leave the project in `implementation` until there is one.
    """
    for project in workspace.projects.values():
        if project.phase == "operation" and not project.agreement:
            yield project.at / "spec" / "phase", f"Project {project.name} is in operation and has no agreement."


@rule("TAM351", "Operation without a service manager")
def operation_without_service_manager(workspace: Workspace) -> Iterator[Objection]:
    """In operation the client's decision makers need one person who answers for the service as it was promised; else
    they call the TAM, whose line is that of the engineers.

    Name a person in `team.serviceManager`.
    """
    for project in workspace.projects.values():
        if project.phase == "operation" and not project.team.service_manager:
            yield _team(project).key, f"Project {project.name} is in operation and has no service manager."


@rule("TAM352", "Project that nobody of the client decides about", Severity.WARNING)
def no_decision_maker(workspace: Workspace) -> Iterator[Objection]:
    """Engineers can answer how, and only somebody who decides can answer whether: a window, a price, a risk that is
    taken. Where the client names nobody, such questions wait at a desk that cannot answer them.

    Add a contact with `role: decision-maker` to the client.
    """
    for project in workspace.projects.values():
        client = workspace.clients[project.client.name]
        if project.phase in LIVE and not any(one.role == "decision-maker" for one in client.contacts.values()):
            related = (Related((client.at / "metadata" / "name").value, "The client is written here."),)
            detail = f"No contact of {client.label} has the role decision-maker."
            yield project.at / "spec" / "client", detail, "", related


@rule("TAM456", "Default that is newer than the component", Severity.INFO)
def newer_default(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """A parameter that nobody wrote keeps the default that it was ordered with. When the catalogue changes the
    default, nothing is built anew: that would be work nobody asked for.

    To follow the catalogue, write the value in `params` and name the component in a Change. To stay, write the old
    value, so that everybody sees that it is meant. Parameters of what a service is composed of stand in that service.
    """
    for name, project in workspace.projects.items():
        for one in workspace.landscapes[project.name].components.values():
            known = state.ordered.get(f"{name}/{one.name}")
            for param in sorted(known.defaulted & one.defaulted) if known else ():
                was, now = (each.params.get(param) if each else None for each in (known, one))
                if was is not None and now is not None and was != now:
                    yield one.at.key, f"{param} of {one.name} is {was}, as ordered; the catalogue says {now} by now."


@rule("TAM451", "Move that moves nothing", Severity.WARNING)
def moved_to_nowhere(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """`moved` tells that a component got another name. Where the old name was never ordered, or the new one is not
    in the project, the component is taken down and built anew instead.

    Correct the names: `from` is one that was ordered before and is not written any more, `to` one that is written
    now. Delete the entry once its move is recorded.
    """
    for name, project in workspace.projects.items():
        pending = plan.moves.get(name, {})
        ordered = [one.name for one in state.ordered.values() if one.project == name]
        entries = state.moves.get(name, ())
        past = {old for entry in entries for old in entry}
        recorded = recorded_moves(project.moved, entries)
        followed = {index for old in pending for index, _ in trail(old, project.moved, recorded)}
        for index, move in enumerate(project.moved):
            was_moved = is_within(past, move.source) and _was_moved(move, project.moved, ordered)
            if index not in recorded | followed and not was_moved:
                detail = f"No component that was ordered as {move.source} is {move.target} of {name} now."
                yield move.at / "from", detail, _way_out(move, workspace.landscapes[name].components, ordered)


def _way_out(move: Move, written: Collection[str], ordered: Collection[str]) -> str:
    """What to correct in an entry that moves nothing, or that it can go."""
    gone = [name for name in ordered if not is_within(written, name)]
    if not is_within(ordered, move.source):
        guess = near(move.source, gone)
        return f"Did you mean 'from: {guess}'?" if guess else f"Nothing was ordered as {move.source}: delete the entry."
    if is_within(written, move.source):
        return f"{move.source} is written in `components` still: take it out there, or delete the entry."
    guess = near(move.target, set(written).difference(ordered))
    return f"Did you mean 'to: {guess}'?" if guess else f"Name in `to` what {move.source} is called now."


def _was_moved(move: Move, moves: tuple[Move, ...], ordered: list[str]) -> bool:
    """Whether the ledger has the component under the new name, or under one that it got still later."""
    targets = {one.source: one.target for one in moves}
    end, seen = move.target, {move.source}
    while end in targets and end not in seen:
        seen.add(end)
        end = targets[end]
    return not is_within(ordered, move.source) and is_within(ordered, end)
