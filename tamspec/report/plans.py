"""A plan for the terminal, and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from tamspec.diagnostics import Diagnostic
from tamspec.model.order import Order, State
from tamspec.model.plan import Action, ChangePlan, Diff, Difference, FieldChange, OpenQuestion, Plan
from tamspec.model.values import counted, effort_text, value_text
from tamspec.model.workspace import Workspace
from tamspec.report.advice import advice_json, advice_text
from tamspec.report.difference import difference_json, difference_text, redated_json, redated_text
from tamspec.report.findings import FORMAT_VERSION, as_json, as_span
from tamspec.report.reasons import reason_json
from tamspec.report.text import json_rows, visible
from tamspec.report.times import day, hours, minute, utc, wall, zone_of

MARKS = {"provision": "+", "change": "~", "decommission": "-", "move": ">", "adopt": "="}
ONLY_IF_IT_FAILS = "only if it fails"
VERBS = {"create": "+", "update": "~", "cancel": "-", "keep": " "}

BRANCH = "What this branch does to people's work:"


# -- for people -------------------------------------------------------------------------------------------------------


def plan_text(plan: Plan, workspace: Workspace, *, full: bool = False, difference: Difference | None = None) -> str:
    """What the departments would get, Change by Change. Without `full`, Changes that bring nothing new are one line."""
    blocks = [[BRANCH, *difference_text(difference, workspace, plan)]] if difference else []
    shown = [one for one in plan.changes.values() if full or one.pending or one.state == "unclaimed"]
    blocks += [list(_change(one, plan, workspace, full=full)) for one in shown]
    quiet = [one for one in plan.changes.values() if one not in shown and one.state in ("approved", "draft")]
    if quiet:
        blocks.append(["Under way, nothing new:", *(line for one in quiet for line in _quiet(one, plan, workspace))])
    blocks.append([_summary(plan)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _summary(plan: Plan) -> str:
    count = {verb: sum(one.verb == verb for one in plan.actions) for verb in VERBS}
    if not plan.actions and not plan.diffs:
        return "Nothing to do: everything that is wanted is built."
    told = f"{count['create']} to create, {count['update']} to update, {count['cancel']} to cancel"
    return f"Work orders: {told}, {count['keep']} kept; {counted(plan.evaluations, 'schedule')} tried."


def _quiet(one: ChangePlan, plan: Plan, workspace: Workspace) -> Iterator[str]:
    zone = zone_of(workspace, one.departments, one.project)
    yield visible(f"  {one.name}: {verdict(one, zone)}")
    if one.advice:
        yield from (f"  {visible(line)}" for line in advice_text(one, one.advice, plan, zone))


def verdict(one: ChangePlan, zone: str) -> str:
    """When a Change finishes, what was promised, and whether it is in time."""
    if one.forecast is None:
        return "no finish can be told"
    told = f"finishes {day(one.forecast, zone)}"
    if one.committed and one.committed != one.forecast:
        told += f" (promised {day(one.committed, zone)})"
    if one.deadline is None or one.slack_minutes is None:
        return told
    spare = f"{wall(one.slack_minutes)} {'to spare' if one.slack_minutes >= 0 else 'TOO LATE'}"
    return f"{told}; {spare}"


def _change(one: ChangePlan, plan: Plan, workspace: Workspace, *, full: bool) -> Iterator[str]:
    zone = zone_of(workspace, one.departments, one.project)
    name = one.name or "Differences that no change claims"
    title = f"  {one.title}" if one.title and one.name else ""
    yield visible(f"{name}{title}  ({one.project}, {one.state})")
    told = verdict(one, zone)
    yield visible(f"  {told[0].upper()}{told[1:]}. Times are those of {zone}.")
    if one.odds:
        half, most = (day(finish, zone) for finish in one.odds)
        yield f"  With efforts as uncertain as they are: half of the time by {half}, four times in five by {most}."
    if one.advice:
        yield from map(visible, advice_text(one, one.advice, plan, zone))
    for diff in (diff for diff in plan.diffs if diff.project == one.project and diff.change == one.name):
        yield from _diff(diff)
    rows = sorted(_rows(one, plan), key=lambda action: (_start(plan, action), action.order.key))
    if rows:
        yield ""
        yield from table([_head(), *(_row(action, plan, zone) for action in rows)])
    decided = [line for action in rows for line in _decided(action)]
    if decided:
        yield ""
        yield "  Decided by people, against the catalogue:"
        yield from (visible(f"    {line}") for line in decided)
    if full and rows:
        yield ""
        yield "  Whom to tell of each order:"
        yield from (visible(f"    {_told_to(row.order)}") for row in rows)
    if one.questions:
        yield ""
        yield "  Still to be asked:"
        yield from (visible(f"    ? {_question(question)}") for question in one.questions)
    yield from _harm(one, workspace, plan, zone)
    yield ""
    yield from _next(one)


def _told_to(order: Order) -> str:
    return f"{order.key.partition('/')[2]}: {', '.join(order.notify) or 'nobody'}"


def _harm(one: ChangePlan, workspace: Workspace, plan: Plan, zone: str) -> Iterator[str]:
    """Whom it moves, and what the higher rungs of the ladder would cost."""
    if one.moved_orders:
        spared = "" if one.displaced else ", and no promised finish"
        yield ""
        yield f"  It moves {counted(len(one.moved_orders), 'order')} of other changes{spared} (rung {one.rung}):"
        yield from (f"    {key}" for key in one.moved_orders)
    if one.displaced:
        yield ""
        yield "  It breaks what was promised to:"
        yield from (f"    {redated_text(each, workspace, plan)}" for each in one.displaced)
    if one.prices:
        yield ""
        yield "  What it could have at a price:"
    for price in one.prices:
        finish = f"finished {day(price.forecast, zone)}" if price.forecast else "no finish"
        who = ", ".join(redated_text(each, workspace, plan) for each in price.displaced)
        how = "everything planned anew" if price.rung == 3 else "served before others"
        yield f"    rung {price.rung}, {how}: {finish}; {f'moves {who}' if who else 'no promise is broken'}"


def _next(one: ChangePlan) -> Iterator[str]:
    if one.obstacles:
        yield "  It cannot be applied yet:"
        yield from (visible(f"    - {why}") for why in one.obstacles)
    elif one.pending:
        yield f"  Apply it with: tamspec apply {one.name} --expect {one.name}={one.checksum}"


def _diff(diff: Diff) -> Iterator[str]:
    cause = f"  {diff.causes[0]}" if diff.causes else ""
    if diff.kind == "move":
        yield visible(f"  > {diff.component}  was {diff.source}{cause}")
    elif diff.kind == "change":
        told = ", ".join(f"{one.name} {value_text(one.before)} → {value_text(one.after)}" for one in diff.fields)
        yield visible(f"  ~ {diff.component}  {told}{cause}")
    else:
        service = next((f" {one.after}" for one in diff.fields if one.name == "service"), "")
        yield visible(f"  {MARKS[diff.kind]} {diff.component}  {diff.kind}{service}{cause}")


def _rows(one: ChangePlan, plan: Plan) -> Iterator[Action]:
    return (a for a in plan.actions if a.order.project == one.project and a.change == one.name)


def _start(plan: Plan, action: Action) -> str:
    found = plan.schedule.get(action.order.key)
    return utc(found.start) or "" if found else "~"


def _head() -> tuple[str, ...]:
    return ("", "order", "who", "effort", "start", "finish", "float")


def _row(action: Action, plan: Plan, zone: str) -> tuple[str, ...]:
    order = action.order
    found = plan.schedule.get(order.key)
    key = visible(order.key.partition("/")[2])
    who = performer(order)
    effort = effort_text(order.effort) if order.effort else "" if order.milestone else str(order.wait)
    if found is None:
        when = "cancelled" if action.verb == "cancel" else ONLY_IF_IT_FAILS if order.standby else "no date"
        return (VERBS[action.verb], key, who, effort, when, "", "")
    spare = "critical" if found.critical else hours(found.float_minutes)
    return (VERBS[action.verb], key, who, effort, minute(found.start, zone), minute(found.finish, zone), spare)


def performer(order: Order) -> str:
    """Who does it, for a cell; of a milestone that it is one."""
    return "◆ milestone" if order.milestone else "+".join((order.performer, *order.joint))


def table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows of cells in aligned columns, indented by two."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _decided(action: Action) -> Iterator[str]:
    key = action.order.key.partition("/")[2]
    for one in action.decided:
        usual = f" instead of {one.catalogue}" if one.catalogue else ""
        yield f"{key}  {one.field} {one.decided}{usual}: {one.why}  {one.at}"


def _question(one: OpenQuestion) -> str:
    told = [f"ask {one.ask}" if one.ask else "", f"by {one.due}" if one.due else ""]
    told += [f"assumed {one.assumed}" if one.assumed is not None else "", "" if one.blocking else "not blocking"]
    notes = ", ".join(part for part in told if part)
    return f"{one.text}" + (f" ({notes})" if notes else "") + (f" [{one.field}]" if one.field else "")


# -- for programs -----------------------------------------------------------------------------------------------------


def plan_json(
    plan: Plan,
    workspace: Workspace,
    state: State,
    findings: Iterable[Diagnostic],
    *,
    difference: Difference | None = None,
    assumptions: Iterable[str] = (),
) -> str:
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
        "orders": [_order_json(one, plan, workspace, state) for one in plan.actions],
        "changes": [
            _change_json(one) for one in sorted(plan.changes.values(), key=lambda one: (one.project, one.name))
        ],
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
        "inputs": inputs_json(order, state),
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
