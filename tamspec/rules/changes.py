"""Changes: whether they can be approved, are in time, and leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tamspec.diagnostics import Severity
from tamspec.model.order import State
from tamspec.model.plan import OpenQuestion, Plan
from tamspec.model.project import Change, Question
from tamspec.model.workspace import Workspace
from tamspec.plan import freezes
from tamspec.plan.consents import who_may_agree
from tamspec.rules.rule import Objection, rule
from tamspec.suggest import did_you_mean
from tamspec.worktime import moment, on_the_wall, time_zone


@rule("TAM361", "Change that must be ready before it may begin")
def required_before_allowed(workspace: Workspace) -> Iterator[Objection]:
    """No order starts before `notBefore`, and all must be done by `requiredBy`; in this order no plan can keep both.

    Correct one of the two dates.
    """
    for change in workspace.changes.values():
        if change.required_by and change.not_before and change.required_by < change.not_before:
            at = change.at / "spec" / "requiredBy"
            hint = (
                f"Write a `requiredBy` of {change.not_before} or later, or a `notBefore` of {change.required_by} or "
                f"earlier."
            )
            yield at, f"Change {change.name} may not begin before {change.not_before}.", hint


@rule("TAM366", "Order that is put outside the days of its change")
def outside_its_change(workspace: Workspace) -> Iterator[Objection]:
    """`notBefore` and `requiredBy` say when the change is worked. An order that people put before or after those days
    makes the whole change begin too early, or end too late.

    Correct the day of the order, or the days of the change.
    """
    for change in workspace.changes.values():
        for key, one in change.orders.items():
            wishes = (("pin", one.pin.date() if one.pin else None), ("notBefore", one.not_before))
            for word, day in wishes:
                at = change.at / "spec" / "orders" / key / word
                if day and change.required_by and day > change.required_by:
                    hint = f"Write {change.required_by} or an earlier day, or a later `requiredBy` of the Change."
                    yield at, f"{change.name} must be done by {change.required_by}.", hint
                elif day and change.not_before and day < change.not_before:
                    hint = f"Write {change.not_before} or a later day, or an earlier `notBefore` of the Change."
                    yield at, f"{change.name} may not begin before {change.not_before}.", hint


@rule("TAM367", "Pin at a time that does not exist")
def pinned_to_no_time(workspace: Workspace) -> Iterator[Objection]:
    """When the clocks are put forward they skip an hour, and nobody can begin at a time that no clock shows.

    Take a time before or after the hour that is skipped.
    """
    for change in workspace.changes.values():
        zone = time_zone(freezes.zone_of(workspace.projects[change.project.name], workspace))
        for key, one in change.orders.items():
            if one.pin and moment(on_the_wall(one.pin, zone)).astimezone(zone).replace(tzinfo=None) != one.pin:
                at = change.at / "spec" / "orders" / key / "pin"
                # By the clocks of after, the time lies before the hour that is skipped; by those of before, behind it.
                both = (one.pin.replace(tzinfo=zone, fold=fold).astimezone(UTC).astimezone(zone) for fold in (1, 0))
                hint = f"Take {' or '.join(f'{time:%Y-%m-%d %H:%M}' for time in both)}."
                yield at, f"On that day the clocks of {zone.key} skip {one.pin:%H:%M}.", hint


@rule("TAM368", "Major change to a running project without a way back")
def no_way_back(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """A major change to a project in operation is worked in a maintenance window. If it fails there, everybody must
    know what takes it back, and there must be time for it before the window closes.

    Write `backOut` for the procedure or for the change: who does what to be where you were before. It stands by
    without dates, and room is kept for it behind the work in the window.
    """
    orders = [one.order for one in plan.actions if one.verb != "cancel"]
    prepared = {one.change for one in orders if one.standby}
    for name in sorted({one.change for one in orders if one.window} - prepared):
        change = workspace.changes.get(name)
        is_running = change and workspace.projects[change.project.name].phase == "operation"
        if change and is_running and change.category == "major" and change.state != "withdrawn":
            detail = f"Change {name} is worked in a maintenance window and has no back-out."
            yield change.at / "spec" / "category", detail


@rule("TAM362", "Grave change that nobody asked for", Severity.WARNING)
def requested_by_nobody(workspace: Workspace) -> Iterator[Objection]:
    """A major change needs somebody who answers for its purpose, and an emergency is often written down only
    afterwards: in both, the question who wanted it is asked first.

    Name a contact of the client, or a person of the provider, in `requestedBy`.
    """
    for change in workspace.changes.values():
        if change.category in ("major", "emergency") and not change.requested_by and change.state != "withdrawn":
            detail = f"Change {change.name} is {change.category} and does not say who requested it."
            yield change.at / "spec" / "category", detail


@rule("TAM363", "Change that asks for nothing", Severity.WARNING)
def asks_for_nothing(workspace: Workspace) -> Iterator[Objection]:
    """A Change names the differences that it answers for. With neither components nor tasks no work order comes of
    it, and whoever approves it believes that something will happen. One that only asks questions may stand.

    Name the components that are meant in `components`, write the work into `tasks`, or set `state: withdrawn`.
    """
    for change in workspace.changes.values():
        wants = change.components or change.tasks or change.questions
        if not wants and change.state != "withdrawn":
            yield change.at / "metadata" / "name", f"Change {change.name} has neither components nor tasks."


@rule("TAM452", "Approved change with open questions")
def approved_with_questions(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """While a blocking detail is missing, the orders rest on assumptions: departments would build something that
    the client has not asked for.

    Write the answer (the parameter's value, or `answer` of the question), set `blocking: false` if the work can go
    on without it, or keep the Change a draft.
    """
    for name, verdict in plan.changes.items():
        if verdict.state != "approved":
            continue
        for question in verdict.questions:
            if question.blocking:
                whom = f" (ask {question.ask})" if question.ask else ""
                detail = f"Change {name} is approved, but still to be told is: {question.text}{whom}"
                yield question.at.key, detail, _way_to_tell(question, verdict.project)


def _way_to_tell(question: OpenQuestion, project: str) -> str:
    """Where the answer to a question is written."""
    if question.field:
        told = f"tamspec set Project/{project} {question.field} VALUE"
        return f"Write the value, or keep the Change a draft: {told}"
    return "Write what is told as `answer`. If the work can go on without it: `blocking: false`."


@rule("TAM457", "Question that nobody will answer", Severity.WARNING)
def question_to_nobody(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """A question is answered when somebody is asked and knows by when. Without both it stands in a list that everybody
    takes for somebody else's, and the orders wait for it until a deadline is missed.

    Write whom to `ask`, a contact of the client or a person of the provider, and by when: `due`.
    """
    for change, question in _held_up_by(workspace, plan):
        lacks = [told for told, known in (("nobody to ask", question.ask), ("no day", question.due)) if not known]
        if lacks:
            yield question.at.key, f"A question that holds up {change.name} has {' and '.join(lacks)}."


@rule("TAM458", "Answer that is due too late")
def answer_too_late(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """The work begins when the answer is there. One that is due only after the day by which everything must be done
    cannot be waited for.

    Ask for the answer earlier, or agree a later `requiredBy` with the client.
    """
    for change, question in _held_up_by(workspace, plan):
        if question.due and change.required_by and question.due > change.required_by:
            detail = f"The answer is due on {question.due}, and {change.name} must be done by {change.required_by}."
            hint = f"Ask for it by {change.required_by} at the latest, or agree a later `requiredBy`."
            yield question.at / "due", detail, hint


def _held_up_by(workspace: Workspace, plan: Plan) -> Iterator[tuple[Change, Question]]:
    """The written questions without an answer that keep a Change from being ordered."""
    for change in workspace.changes.values():
        still_open = {one.name for one in plan.changes[change.name].questions if one.blocking}
        for name, question in change.questions.items():
            if name in still_open:
                yield change, question


@rule("TAM445", "Consent of somebody who cannot give it")
def consent_of_another(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """That a promise is moved is agreed by whoever answers for it: the TAM of that change's project, or the deputy.
    Anybody else would give away what is not theirs.

    Ask the TAM, and write who agreed to `by`.
    """
    for change in workspace.changes.values():
        for name, consent in change.consents.items():
            other = workspace.changes.get(name)
            may = who_may_agree(other, workspace) if other else (consent.by.name,)
            if consent.by.name not in may:
                who = " or ".join(may) or "nobody, since its project has no TAM"
                yield consent.at / "by", f"{consent.by.name} does not answer for {name}; who can agree is {who}."


@rule("TAM446", "Consent that nobody needs", Severity.INFO)
def consent_not_needed(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """The change does not move the promise of the other one, or there is no such change. A consent that stays could be
    taken for one that was asked for, when it is needed for something else some day.

    Correct the name, or take the entry out.
    """
    for change in workspace.changes.values():
        displaced = {one.change for one in plan.changes[change.name].displaced}
        is_decided = change.state == "approved" and change.name not in state.applied
        for name, consent in change.consents.items():
            if name not in workspace.changes:
                hint = did_you_mean(name, workspace.changes)
                yield consent.at.key, f"There is no change '{name}'.", hint
            elif is_decided and name not in displaced:
                yield consent.at.key, f"{change.name} does not move what was promised for {name}."


@rule("TAM453", "Withdrawn change with open orders", Severity.WARNING)
def withdrawn_with_orders(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """Departments go on working on what was ordered until it is done or cancelled; a withdrawn Change takes nothing
    back by itself.

    Its tasks are cancelled by `tamspec apply`. For its components write a Change that takes them out of the project
    (or back to what they were); cancel what is started with `tamspec order cancel`. Or let the Change go on.
    """
    for change in workspace.changes.values():
        if change.state != "withdrawn":
            continue
        keys = [one.order.key for one in state.orders_of(change.name) if one.is_open]
        if keys:
            shown = ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
            yield change.at / "spec" / "state", f"Change {change.name} is withdrawn; still open: {shown}."


@rule("TAM454", "Change that will be late", Severity.WARNING)
def late(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """By the hours and the capacity of the departments it is finished after the day that the client needs it.

    The page of the change shows the chain of orders that sets the date, and why each is not earlier. Start earlier,
    want less, move the capacity of other work, or agree another day with the client.
    """
    for name, verdict in plan.changes.items():
        is_open = verdict.state in ("draft", "approved")
        if is_open and verdict.forecast and verdict.slack_minutes is not None and verdict.slack_minutes < 0:
            change = workspace.changes[name]
            day = _local(verdict.forecast, change, verdict.departments, workspace)
            detail = f"Change {name} is finished on {day} by plan, {_late_by(-verdict.slack_minutes)} too late."
            yield change.at / "spec" / "requiredBy", detail


def _local(moment: datetime, change: Change, departments: Iterable[str], workspace: Workspace) -> str:
    """The day in the client's time zone, which is named where it is another day at one of the departments."""
    client = workspace.clients[workspace.projects[change.project.name].client.name]
    known = [workspace.departments[name] for name in departments if name in workspace.departments]
    zones = [workspace.calendars[one.name].time_zone for one in (client.calendar, *(each.calendar for each in known))]
    day, *others = (moment.astimezone(ZoneInfo(zone)).date() for zone in zones)
    return f"{day}" if {day}.issuperset(others) else f"{day} ({zones[0]})"


def _late_by(minutes: int) -> str:
    count, unit = (-(-minutes // (24 * 60)), "day") if minutes >= 24 * 60 else (-(-minutes // 60), "hour")
    return f"{count} {unit}{'s' if count != 1 else ''}"


@rule("TAM455", "Task of a closed change")
def task_never_ordered(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """A Change whose orders are all done or cancelled is closed and orders nothing any more. A task added to it
    afterwards would never reach its department.

    Write the task into a new Change.
    """
    for change in workspace.changes.values():
        for name in change.tasks if change.tasks and state.is_closed(change.name) else ():
            if f"{change.project.name}/change:{change.name}/{name}" not in state.orders:
                at = (change.at / "spec" / "tasks" / name).key
                yield at, f"Change {change.name} is closed, and task {name} of it was never ordered."
