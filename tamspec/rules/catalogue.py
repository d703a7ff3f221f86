"""Services: whether what the catalogue offers can be asked for, built, changed and taken down again."""

from __future__ import annotations

from collections.abc import Iterator

from tamspec.diagnostics import Place, Severity
from tamspec.model.catalog import Procedure, Service
from tamspec.model.values import effort_text
from tamspec.model.workspace import Workspace
from tamspec.rules.rule import Objection, rule
from tamspec.suggest import did_you_mean


def _name(service: Service) -> Place:
    return service.at / "metadata" / "name"


@rule("TAM301", "Service that is both delivered and composed")
def both_delivered_and_composed(workspace: Workspace) -> Iterator[Objection]:
    """A service is either delivered by procedures or composed of other services; with both, nobody could say which
    work orders it brings.

    Move the procedures to a service of their own and name that among the `components`, or delete one of the two.
    """
    for service in workspace.services.values():
        if service.procedures and service.components:
            detail = f"Service {service.name} has procedures and components."
            yield (service.at / "spec" / "components").key, detail, "Keep one of the two."


@rule("TAM302", "Service that nobody can deliver")
def nobody_can_deliver(workspace: Workspace) -> Iterator[Objection]:
    """What stands in the catalogue can be asked for. Without a `provision` procedure and without components no work
    order comes of it, and the client would wait for nothing.

    Add `procedures` with a `provision` that has steps, add `components`, or mark the service as `retired: true`.
    """
    for service in workspace.services.values():
        provision = service.procedures.get("provision")
        if not (service.components or service.retired or (provision and provision.steps)):
            detail = f"Service {service.name} has neither components nor a provision procedure with steps."
            hint = f"Add `provision` to the procedures of {service.name}, or `retired: true`."
            yield _name(service), detail, hint


@rule("TAM303", "Step without exactly one performer")
def not_one_performer(workspace: Workspace) -> Iterator[Objection]:
    """Each piece of work has one who answers for it: a department, or a party outside the departments.

    Write either `department` or `party` (client, supplier or tam). Other departments that work on it at the same
    time stand in `with`. What is no work but a moment, such as going live, is a `milestone: true`.
    """
    for _, name, step in workspace.steps:
        if step.department and step.party:
            detail = f"Step {name} names department {step.department} and party {step.party}."
            yield (step.at / "party").key, detail, "Keep the one who answers for it."
        elif not step.department and not step.party and not step.milestone:
            hint = "Write `department`, or `party: client|supplier|tam`; `milestone: true` where nobody works."
            yield step.at.key, f"Nobody performs step {name}.", hint


@rule("TAM304", "Departments that join nobody")
def joined_to_no_department(workspace: Workspace) -> Iterator[Objection]:
    """`with` names departments that work together with the step's own department. A step of a party has none, so
    their time would not be planned.

    Make one of them the step's `department`, or give them a step of their own.
    """
    for _, name, step in workspace.steps:
        if step.joint and step.party and not step.department:
            detail = f"Step {name} is done by the {step.party}, so no department is there for `with` to join."
            yield (step.at / "with").key, detail, f"Write `department: {step.joint[0]}` in place of `party` and `with`."


@rule("TAM305", "Replacement that cannot be worked")
def replacement_without_a_way(workspace: Workspace) -> Iterator[Objection]:
    """`replace: true` answers a change by taking the component down and building it anew, so it needs both of those
    procedures and none of its own steps.

    Delete the `steps`, and see that the service has `provision` and `decommission`.
    """
    for service in workspace.services.values():
        for name, procedure in service.procedures.items():
            missing = [one for one in ("provision", "decommission") if one not in service.procedures]
            if procedure.replace and procedure.steps:
                detail = f"Procedure {name} of {service.name} is worked by replacement; its steps would never be."
                yield (procedure.at / "steps").key, detail, "Delete the steps, or `replace`."
            elif procedure.replace and missing:
                detail = f"Service {service.name} has no {' and no '.join(missing)}, so it cannot be replaced."
                yield (procedure.at / "replace").key, detail, f"Add the procedure {missing[0]}."


@rule("TAM307", "Effort outside its own range")
def effort_out_of_range(workspace: Workspace) -> Iterator[Objection]:
    """The range tells how little and how much work it may be; the estimate lies between. Forecasts with
    probabilities are made of the three.

    Write `effortRange` as `[smallest, largest]`, with `effort` in between.
    """
    for _, name, step in workspace.steps:
        if not step.effort_range:
            continue
        low, high = step.effort_range
        at = step.at / "effortRange"
        if low > high:
            yield at, f"The range of step {name} begins above its end.", "Write the smaller effort first."
        elif not low <= step.effort <= high and not step.effort_per:
            detail = f"Step {name} takes {effort_text(step.effort)}, outside its range."
            yield at, detail, "Widen the range, or correct `effort`."


@rule("TAM318", "Step that takes no time")
def takes_no_time(workspace: Workspace) -> Iterator[Objection]:
    """A step without effort is nothing but its wait. Without either it is over as soon as it may begin: the department
    has no time to do it, and the plan promises what nobody works on.

    Write the `effort`, or how long to `wait`. What only marks a moment is a `milestone: true`.
    """
    for _, name, step in workspace.steps:
        is_done = step.department or step.party
        if is_done and not (step.effort or any(step.effort_per.values()) or step.wait or step.milestone):
            at = step.at / "effort"
            yield at.value if at.written else step.at.key, f"Step {name} has no effort, and nothing to wait for."
    for change in workspace.changes.values():
        for key, override in change.orders.items():
            if override.effort == 0:
                yield (change.at / "spec" / "orders" / key / "effort").value, f"Order {key} would take no time."


@rule("TAM319", "Milestone that is work too")
def working_milestone(workspace: Workspace) -> Iterator[Objection]:
    """A milestone is the moment at which everything before it is done; nobody works on it, and nobody reports it.

    Leave out who does it and how long it takes, or make a step of that work which the milestone depends on.
    """
    for _, name, step in workspace.steps:
        of_work = ("department", "party", "with", "effort", "effortPer", "wait", "window")
        written = [word for word in of_work if (step.at / word).written] if step.milestone else []
        if written:
            yield (
                (step.at / written[0]).key,
                f"Step {name} is a milestone, and has {' and '.join(written)}.",
            )


@rule("TAM308", "Step that is linked to no other", Severity.WARNING)
def isolated_step(workspace: Workspace) -> Iterator[Objection]:
    """The steps of a procedure are a chain of departments that hand work over. A step that waits for none and that
    none waits for will be started on the first day, and nobody hands it anything.

    Say what it follows in `dependsOn`, or let another step depend on it.
    """
    for service in workspace.services.values():
        for procedure in service.procedures.values():
            for name in _isolated(procedure):
                at = procedure.steps[name].at.key
                yield at, f"No other step of service {service.name} waits for {name}, and {name} waits for none."


def _isolated(procedure: Procedure) -> Iterator[str]:
    followed = {other for step in procedure.steps.values() for other in step.depends_on}
    needed = {artefact for step in procedure.steps.values() for artefact in step.needs}
    produced = {artefact for step in procedure.steps.values() for artefact in step.produces}
    for name, step in procedure.steps.items():
        handed = bool(needed & step.produces.keys() or produced & set(step.needs))
        if len(procedure.steps) > 1 and name not in followed and not step.depends_on and not handed:
            yield name


@rule("TAM317", "Input that no service gives")
def input_of_nobody(workspace: Workspace) -> Iterator[Objection]:
    """A step needs an artefact, and no step of the whole catalogue produces one of that name: wherever the service is
    used, the department would wait for ever.

    Correct the name in `needs` or `produces`, or add it to `produces` of the step that hands it over.
    """
    written = [step for service, _, step in workspace.steps if service]
    made = {artefact for step in written for artefact in step.produces}
    for step in written:
        for index, artefact in enumerate(step.needs):
            if artefact not in made:
                hint = did_you_mean(artefact, made) or "Let a step produce it, or delete it here."
                yield step.at / "needs" / index, f"No step of any service produces '{artefact}'.", hint


@rule("TAM309", "Service that cannot be taken down", Severity.WARNING)
def no_decommission(workspace: Workspace) -> Iterator[Objection]:
    """Everything that is built goes away one day. Without a procedure for it, a removed component brings no work
    orders: it goes on running, and nobody knows.

    Add a `decommission` procedure, if only with one step that checks that nothing is left.
    """
    for service in workspace.services.values():
        decommission = service.procedures.get("decommission")
        if "provision" in service.procedures and not (decommission and decommission.steps):
            yield _name(service), f"Service {service.name} has no decommission procedure with steps."


@rule("TAM311", "Retired service in use")
def retired_service_in_use(workspace: Workspace) -> Iterator[Objection]:
    """A retired service is offered no more: its departments keep no people, licences or spare parts for it.

    Take the service that came in its place, or remove the component.
    """
    users = [(f"Project {one.name}", one.components) for one in workspace.projects.values()]
    users += [(f"Service {one.name}", one.components) for one in workspace.services.values() if not one.retired]
    for user, components in users:
        for name, spec in components.items():
            if workspace.services[spec.service.name].retired:
                yield spec.at / "service", f"{user} uses {spec.service} as {name}, which is retired."


@rule("TAM312", "Orphan service")
def orphan(workspace: Workspace) -> Iterator[Objection]:
    """A service that belongs to no department has nobody who answers when it stands still.

    Name the department that looks after it in `supportedBy`.
    """
    for service in workspace.services.values():
        performed = any(step.department for one in service.procedures.values() for step in one.steps.values())
        if service.procedures and not service.retired and not service.supported_by and not performed:
            yield _name(service), f"No department supports or delivers service {service.name}.", "Add `supportedBy`."


@rule("TAM313", "Procedure that nothing calls for", Severity.WARNING)
def procedure_never_called(workspace: Workspace) -> Iterator[Objection]:
    """`provision` builds a component and `decommission` takes it down; every other procedure answers a change of
    parameters. One that says no parameter is never worked.

    Say in `onChange` which parameter's change it answers, or delete it.
    """
    for service in workspace.services.values():
        for name, procedure in service.procedures.items():
            if name not in ("provision", "decommission") and not procedure.on_change:
                yield procedure.at.key, f"No change of a parameter leads to procedure {name} of {service.name}."
