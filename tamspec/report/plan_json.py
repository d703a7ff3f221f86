"""A plan as JSON for programs, as `schemas/output/plan.schema.json` describes it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from tamspec.diagnostics import Diagnostic
from tamspec.model.order import Order, State
from tamspec.model.plan import Action, ChangePlan, Diff, Difference, FieldChange, Plan
from tamspec.model.workspace import Workspace
from tamspec.report.advice import advice_json
from tamspec.report.difference import difference_json, redated_json
from tamspec.report.findings import FORMAT_VERSION, as_json, as_span
from tamspec.report.reasons import reason_json
from tamspec.report.text import json_rows
from tamspec.report.times import utc
from tamspec.report.workload import workload_json


def plan_json(
    plan: Plan,
    workspace: Workspace,
    state: State,
    findings: Iterable[Diagnostic],
    *,
    difference: Difference | None = None,
    assumptions: Iterable[str] = (),
) -> bytes:
    """The plan as JSON, as `schemas/output/plan.schema.json` describes it. `difference`: from the plan of a base, or
    of what is written where this one stands on assumptions."""
    made = {
        "format_version": FORMAT_VERSION,
        "at": utc(plan.at),
        "evaluations": plan.evaluations,
        "assumptions": list(assumptions),
        "difference": difference_json(difference) if difference else None,
        "checksums": {name: one.checksum for name, one in sorted(plan.changes.items()) if one.name and one.pending},
        "diffs": [_diff_json(one) for one in plan.diffs],
        "orders": (_order_json(one, plan, workspace, state) for one in plan.actions),
        "changes": [
            _change_json(one) for one in sorted(plan.changes.values(), key=lambda one: (one.project, one.name))
        ],
        **workload_json(plan),
        "findings": [as_json(one, workspace.settings.site) for one in findings],
    }
    return json_rows(made)


def _diff_json(one: Diff) -> dict[str, Any]:
    fields = (FieldChange(name="name", before=one.source, after=one.component),) if one.kind == "move" else one.fields
    return {
        "component": f"{one.project}/{one.component}",
        "kind": one.kind,
        "change": one.change,
        "fields": [{"name": f.name, "before": value_json(f.before), "after": value_json(f.after)} for f in fields],
        "causes": [as_span(at) for at in one.causes],
    }


def value_json(value: object) -> object:
    """A parameter's value, or a list of names, for programs."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return list(value) if isinstance(value, tuple) else value


def _order_json(action: Action, plan: Plan, workspace: Workspace, state: State) -> dict[str, Any]:
    order = action.order
    project = workspace.projects.get(order.project)
    dates = plan.schedule.get(order.key)
    known = state.orders.get(order.key)
    return {
        "key": order.key,
        "client": project.client.name if project else "",
        "project": order.project,
        "change": order.change,
        "component": order.component,
        "step": order.step,
        "title": order.title,
        "department": order.performer,
        "joint": list(order.joint),
        "procedure": order.procedure,
        "action": action.verb,
        "status": plan.statuses[order.key],
        "depends_on": list(order.depends_on),
        "effort_hours": in_hours(order.effort),
        "milestone": order.milestone,
        "standby": order.standby,
        "overrides": [
            {
                "field": one.field,
                "catalogue": one.catalogue,
                "decided": one.decided,
                "why": one.why,
                "at": as_span(one.at),
            }
            for one in action.decided
        ],
        "start": utc(dates.start) if dates else None,
        "finish": utc(dates.finish) if dates else None,
        "committed": utc(state.committed.get(order.change)),
        "baseline": utc(known.baseline.finish) if known and not order.standby else None,
        "due": utc(dates.due) if dates else None,
        "float_hours": in_hours(dates.float_minutes) if dates else None,
        "slack_hours": in_hours(dates.slack_minutes) if dates else None,
        "critical": dates.critical if dates else False,
        "reasons": [reason_json(one) for one in (dates.reasons if dates else ())],
        "notify": list(order.notify),
        "causes": [as_span(at) for at in action.causes],
        "inputs": inputs_json(order, state) if order.inputs else {},
    }


def inputs_json(order: Order, state: State) -> dict[str, Any]:
    """What an order needs: who hands it over, and the values that were told so far."""
    return {
        name: {"orders": list(keys), "values": dict(sorted(state.handed_over(order, name).items()))}
        for name, keys in sorted(order.inputs.items())
    }


def in_hours(minutes: int | None) -> float | None:
    """Minutes as hours for programs; None stays None."""
    return None if minutes is None else minutes / 60


def _change_json(one: ChangePlan) -> dict[str, Any]:
    return {
        "name": one.name,
        "project": one.project,
        "title": one.title,
        "state": one.state,
        "checksum": one.checksum,
        "forecast": utc(one.forecast),
        "p50": utc(one.odds[0]) if one.odds else None,
        "p80": utc(one.odds[1]) if one.odds else None,
        "committed": utc(one.committed),
        "deadline": utc(one.deadline),
        "slack_hours": in_hours(one.slack_minutes),
        "rung": one.rung,
        "moved_orders": list(one.moved_orders),
        "displaced": [redated_json(each) for each in one.displaced],
        "prices": [
            {
                "rung": price.rung,
                "forecast": utc(price.forecast),
                "displaced": [redated_json(each) for each in price.displaced],
            }
            for price in one.prices
        ],
        "departments": list(one.departments),
        "questions": [
            {
                "name": q.name,
                "text": q.text,
                "ask": q.ask,
                "due": q.due,
                "field": q.field,
                "assumed": value_json(q.assumed),
                "blocking": q.blocking,
            }
            for q in one.questions
        ],
        "provisional": one.provisional,
        "obstacles": list(one.obstacles),
        **advice_json(one.advice),
    }
