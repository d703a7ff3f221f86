"""Work under way: whether it goes on as it was recorded, whether questions are answered in time, and whether steps take
what they are estimated at.

These rules look at the clock, and at the reports of all projects. What waits for something late is not told: what is
late is.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from zoneinfo import ZoneInfo

from tamspec.diagnostics import NOWHERE, Severity
from tamspec.model.order import Order, OrderState, State
from tamspec.model.plan import Lapse, Plan
from tamspec.model.values import effort_text
from tamspec.model.workspace import Workspace
from tamspec.plan.estimates import Estimate, estimates
from tamspec.plan.jobs import own_calendar
from tamspec.plan.reports import WORDS
from tamspec.rules.rule import At, Objection, rule


@rule("TAM441", "Work order that is overdue", Severity.WARNING)
def overdue(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """The order was to be finished by now, as it was recorded, and nobody reported that it is. Either the work is late,
    and so is all that waits for it, or it is done and nobody said so; the plan knows neither.

    Report how it stands: `tamspec order done`, `progress --remaining`, `block` or `reject`. `tamspec plan` then tells
    what becomes of the dates that follow.
    """
    for lapse, known in _lapses("overdue", state, plan):
        stands = WORDS[known.status] if known.is_started or known.status != "planned" else "ready and not begun"
        on = f" on {known.last.on}" if known.status == "blocked" and known.last and known.last.on else ""
        said = (
            f"{_who(known.order, workspace)} was to finish it by {_day(lapse, known, workspace)}; it is {stands}{on}."
        )
        yield _place(known.order, workspace), f"{lapse.order}: {said}{_behind(lapse)}", _ask(known.order)


@rule("TAM442", "Work order that was not begun", Severity.WARNING)
def not_begun(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """Everything that the order waits for is done, the start that was recorded for it has passed, and nobody reported
    that the work began. The department may not have seen the order, or other work was taken first.

    Report `tamspec order start` where it began, `block` or `reject` where it cannot; else ask the department.
    """
    for lapse, known in _lapses("not_begun", state, plan):
        said = f"{_who(known.order, workspace)} was to begin it on {_day(lapse, known, workspace)}."
        yield _place(known.order, workspace), f"{lapse.order}: {said}{_behind(lapse)}", _ask(known.order)


@rule("TAM443", "Work order of which nothing is heard", Severity.WARNING)
def stale(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """An order that is in progress or blocked, and of which nobody reported anything for longer than `staleAfter` in
    `tamspec.yaml` (five working days of its department where that is not written): nobody knows whether its dates
    still hold, or whether what blocks it is being looked after.

    Ask the department, and report what it says: `tamspec order progress --remaining`, `done`, or `block` again with
    what it waits for now.
    """
    for lapse, known in _lapses("stale", state, plan):
        since = f"nothing was reported since {_day(lapse, known, workspace)}"
        on = f" on {known.last.on}" if known.status == "blocked" and known.last and known.last.on else ""
        detail = f"{lapse.order} is {WORDS[known.status]}{on}, and {since}."
        yield _place(known.order, workspace), detail, _ask(known.order)


@rule("TAM444", "Question that is not answered in time", Severity.WARNING)
def unanswered(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """The day by which the answer was needed has passed. As long as it is missing, a blocking question keeps the whole
    change from being ordered, and every day moves its finish.

    Ask again, and write the answer; where more time was agreed, write the new day into `due`.
    """
    for name, verdict in plan.changes.items():
        for question in verdict.questions:
            if question.overdue:
                whom = f" {question.ask} was to answer" if question.ask else " It was to be answered"
                detail = f"Question {question.name} of {name}:{whom} by {question.due}."
                yield question.at / "due", detail, "Ask again, and write the answer, or agree another day."


@rule("TAM447", "Estimate that the reports do not bear out", Severity.INFO)
def estimate_off(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """At least five times somebody told what the step took (`tamspec order done --effort`), and in the median it was
    more than a quarter away from the estimate. Every plan that uses it is wrong by as much: departments are promised
    work that they cannot do, or are kept free for work that does not come.

    Correct `effort` or `effortPer` of the step, or find out what it is that takes the time. `tamspec status
    --estimates` lists all steps. Reports are compared with what the catalogue says today, so a corrected estimate is
    measured by them too.
    """
    for one in estimates(workspace, state):
        if len(one.ratios) >= MANY and abs(one.middle - 1) > OFF:
            lowest, middle, highest = (f"{float(ratio):.2f}" for ratio in (one.ratios[0], one.middle, one.ratios[-1]))
            step = f"{one.procedure}/{one.step} of {one.service}"
            took = f"The last {len(one.ratios)} took {middle} of it in the median, from {lowest} to {highest}."
            yield one.spec.at / "effort", f"{step} is estimated at {_estimated(one)}. {took}", _fitting(one)


@rule("TAM448", "Report of a day to come", Severity.WARNING)
def told_too_early(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """Nobody can tell yet how an order will stand then: the year, the month or the clock was wrong. Until that day no
    other report of the order counts, and its dates are guesses.

    Take the entry out of the ledger before it is merged, and report again. Where it is merged, what is reported after
    that instant counts.
    """
    for key, known in sorted(state.orders.items()):
        if known.reported and known.reported > plan.at:
            said = (
                f"{key} is said to be {WORDS[known.status]} at {known.reported:%Y-%m-%d %H:%M} UTC, which has not come."
            )
            yield _place(known.order, workspace), said


def _estimated(one: Estimate) -> str:
    per = "".join(f" and {effort_text(effort)} per {name}" for name, effort in sorted(one.spec.effort_per.items()))
    return effort_text(one.spec.effort) + per


def _fitting(one: Estimate) -> str:
    """What the estimate would have to be, to quarters of an hour; more than one number can be wrong of several."""
    if one.spec.effort_per:
        return f"Multiply `effort` and `effortPer` by {float(one.middle):.2f}, or correct one of them."
    return f"Write `effort: {effort_text(round(one.spec.effort * one.middle / 15) * 15).replace(' ', '')}`."


MANY, OFF = 5, Fraction(1, 4)
"""From how many reports on, and by how much in parts of it, an estimate is said to be off."""


def _lapses(kind: str, state: State, plan: Plan) -> Iterator[tuple[Lapse, OrderState]]:
    return ((one, state.orders[one.order]) for one in plan.lapses if one.kind == kind)


def _who(order: Order, workspace: Workspace) -> str:
    department = workspace.departments.get(order.department)
    if department:
        return department.label
    return {"client": "The client", "supplier": "The supplier", "tam": "The TAM"}.get(order.party, order.performer)


def _day(lapse: Lapse, known: OrderState, workspace: Workspace) -> str:
    """The day of a lapse as those who do the work see it."""
    calendar = own_calendar(known.order, workspace)
    zone = ZoneInfo(workspace.calendars[calendar].time_zone if calendar else "UTC")
    return lapse.since.astimezone(zone).date().isoformat()


def _behind(lapse: Lapse) -> str:
    return f" {lapse.behind} order{'s wait' if lapse.behind > 1 else ' waits'} for it." if lapse.behind else ""


def _ask(order: Order) -> str:
    return f"Report how it stands, such as with `tamspec order done {order.key}`."


def _place(order: Order, workspace: Workspace) -> At:
    """Where the order was asked for: the task or the back-out of its Change, or the component that the Change names;
    else the Change, or the project."""
    change, project = workspace.changes.get(order.change), workspace.projects.get(order.project)
    if change is None:
        return project.at / "metadata" / "name" if project else NOWHERE
    name = order.step.rpartition(".")[2]
    for field, steps in (("tasks", change.tasks), ("backOut", change.back_out)):
        if name in steps and not order.component and order.standby == (field == "backOut"):
            return (change.at / "spec" / field / name).key
    for index, name in enumerate(change.components):
        if order.component == name or order.component.startswith(f"{name}."):
            return change.at / "spec" / "components" / index
    return change.at / "metadata" / "name"
