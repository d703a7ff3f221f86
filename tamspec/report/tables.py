"""Work orders and estimates as CSV (RFC 4180), for spreadsheets and databases."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from tamspec.model.order import Order, OrderState, State
from tamspec.model.plan import Action, Plan, Scheduled
from tamspec.model.workspace import Workspace
from tamspec.plan.estimates import Estimate
from tamspec.report.text import visible
from tamspec.report.times import utc

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

ORDERS = (
    *("key", "client", "project", "change", "component", "procedure", "step", "title", "department", "with"),
    *("action", "status", "start", "finish", "due", "float_hours", "slack_hours", "critical", "effort_hours"),
    *("baseline", "committed", "started", "finished", "actual_hours"),
)
ESTIMATES = ("service", "procedure", "step", "reports", "median", "lowest", "highest")


def plan_csv(plan: Plan, workspace: Workspace, state: State) -> str:
    """The orders of the plan, a row each, by key."""
    return csv_text(ORDERS, (_order(one.order, one, plan, workspace, state) for one in plan.actions))


def status_csv(plan: Plan, workspace: Workspace, state: State) -> str:
    """Every order that is planned or was ever given, a row each, by key."""
    actions = {one.order.key: one for one in plan.actions}
    orders = {key: known.order for key, known in state.orders.items() if not known.dropped}
    orders |= {key: one.order for key, one in actions.items()}
    rows = (_order(order, actions.get(key), plan, workspace, state) for key, order in sorted(orders.items()))
    return csv_text(ORDERS, rows)


def estimates_csv(estimates: Iterable[Estimate]) -> str:
    """What each step took, in parts of its estimate."""
    return csv_text(ESTIMATES, map(_estimate, estimates))


def _estimate(one: Estimate) -> tuple[Any, ...]:
    told = (one.middle, one.ratios[0], one.ratios[-1])
    return (one.service, one.procedure, one.step, len(one.ratios), *(round(float(ratio), 2) for ratio in told))


def _order(order: Order, action: Action | None, plan: Plan, workspace: Workspace, state: State) -> Iterator[Any]:
    known, project = state.orders.get(order.key), workspace.projects.get(order.project)
    yield from (order.key, project.client.name if project else "", order.project, order.change, order.component)
    yield from (order.procedure, order.step, order.title, order.performer, " ".join(order.joint))
    yield from (action.verb if action else "", plan.statuses.get(order.key, known.status if known else "planned"))
    yield from _dates(plan.schedule.get(order.key))
    yield order.effort / 60
    yield utc(known.baseline.finish) if known else None
    yield utc(state.committed.get(order.change))
    yield from _actuals(known)


def _dates(dates: Scheduled | None) -> tuple[Any, ...]:
    if dates is None:
        return (None,) * 6
    slack = dates.slack_minutes / 60 if dates.slack_minutes is not None else None
    spare = (dates.float_minutes / 60, slack, "yes" if dates.critical else "no")
    return (utc(dates.start), utc(dates.finish), utc(dates.due), *spare)


def _actuals(known: OrderState | None) -> tuple[Any, ...]:
    if known is None:
        return (None,) * 3
    took = known.last.effort if known.last else None
    return (utc(known.started), utc(known.finished), took / 60 if took is not None else None)


def csv_text(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table as CSV (RFC 4180) that no spreadsheet takes for formulas."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return made.getvalue()


def _cell(value: Any) -> str:
    """A cell that shows a value, and that no spreadsheet runs: what would be a formula begins with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return f"{Decimal(str(value)).normalize():f}"
    return f"'{visible(value)}" if value.startswith(_FORMULA) else visible(value)
