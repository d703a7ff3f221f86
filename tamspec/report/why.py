"""Why an order, a Change or a value is as it is: for the terminal and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tamspec.diagnostics import Diagnostic
from tamspec.model.plan import Scheduled
from tamspec.model.values import value_text
from tamspec.model.workspace import Workspace
from tamspec.plan.origins import FieldWhy
from tamspec.plan.why import ChangeWhy, Link, OrderWhy
from tamspec.report.findings import FORMAT_VERSION, as_json, as_span
from tamspec.report.plan_json import in_hours, value_json
from tamspec.report.plans import verdict
from tamspec.report.reasons import reason_json, sentence
from tamspec.report.text import visible
from tamspec.report.times import hours, minute, utc, zone_of

Why = OrderWhy | ChangeWhy | FieldWhy

FIRST, LAST = 12, 3
"""How many orders of a chain are shown from the one that is asked for, and how many from the cause."""


# -- for people -------------------------------------------------------------------------------------------------------


def why_text(why: Why, workspace: Workspace, at: datetime) -> str:
    """The answer in plain sentences, as of an instant."""
    match why:
        case OrderWhy():
            made = _order(why, workspace, at)
        case ChangeWhy():
            made = _change(why, workspace, at)
        case FieldWhy():
            made = _field(why)
    return "".join(f"{visible(line)}\n" if line else "\n" for line in made)


def _order(why: OrderWhy, workspace: Workspace, at: datetime) -> Iterator[str]:
    order = why.order
    zone = zone_of(workspace, order.departments, order.project)
    change = order.change or "no change claims it"
    yield f"{order.key}  {order.title}  ({change}, {why.status.replace('_', ' ')})"
    yield f"  {_when(why.chain[0], zone, at)}. Times are those of {zone}."
    if why.dates:
        yield f"  {_spare(why.dates, order.change, zone, at)}"
    if why.unplaced:
        yield f"  It has no date. {why.unplaced}"
    if why.dates:
        yield ""
        yield "Why it does not start earlier:"
        yield from chain_text(why.chain, zone, at)
    if why.causes:
        yield ""
        yield "What makes it what it is:"
        yield from (f"  {one.at}  {one.text}" for one in why.causes)


def _spare(dates: Scheduled, change: str, zone: str, at: datetime) -> str:
    whose = change or "what belongs to it"
    told = [
        f"It is critical: later, it would delay {whose}."
        if dates.critical
        else f"Float {hours(dates.float_minutes)}: so much later it may finish without delaying {whose}."
    ]
    if dates.due and dates.slack_minutes is not None:
        told.append(f"Due {minute(dates.due, zone, at)}, slack {hours(dates.slack_minutes)}.")
    return " ".join(told)


def _change(why: ChangeWhy, workspace: Workspace, at: datetime) -> Iterator[str]:
    one = why.change
    zone = zone_of(workspace, one.departments, one.project)
    told = verdict(one, zone, workspace)
    title = f"  {one.title}" if one.title else ""
    yield f"{one.name}{title}  ({one.project}, {one.state})"
    yield f"  {told[0].upper()}{told[1:]}. Times are those of {zone}."
    yield from (f"  {key} has no date. {text}" for key, text in why.unplaced.items())
    if why.chain:
        yield ""
        yield "Its last order, and what that waits for:"
        yield from chain_text(why.chain, zone, at)


def chain_text(chain: Sequence[Link], zone: str, at: datetime) -> Iterator[str]:
    """A chain from an order back to its cause, each further in; of a long one the middle is counted."""
    left_out = max(0, len(chain) - FIRST - LAST)
    for depth, link in enumerate((*chain[:FIRST], *chain[FIRST + left_out :])):
        indent = "  " * (depth + 1)
        if left_out and depth == FIRST:
            yield f"{indent}… and {left_out} more orders, each for the next, back to these:"
        yield f"{indent}{link.key}  {link.performer}  {_when(link, zone, at)}"
        yield from (f"{indent}  {sentence(reason, zone, at)}" for reason in link.reasons)


def _when(link: Link, zone: str, at: datetime) -> str:
    if link.finish is None:
        return "It has no dates"
    start, finish = (minute(one, zone, at) for one in (link.start or link.finish, link.finish))
    return f"{start} → {finish}" + (", done" if link.status == "done" else "")


def _field(why: FieldWhy) -> Iterator[str]:
    yield f"{why.name} = {value_text(why.value)}"
    yield from (f"  {one.text}" + (f"  {one.at}" if one.at else "") for one in why.origins)


# -- for programs -----------------------------------------------------------------------------------------------------


def why_json(why: Why, at: datetime, workspace: Workspace, findings: Iterable[Diagnostic]) -> str:
    """The answer as JSON, as `schemas/output/why.schema.json` describes it."""
    made = {
        "format_version": FORMAT_VERSION,
        "at": utc(at),
        "order": _order_json(why) if isinstance(why, OrderWhy) else None,
        "change": _change_json(why) if isinstance(why, ChangeWhy) else None,
        "field": _field_json(why) if isinstance(why, FieldWhy) else None,
        "chain": [] if isinstance(why, FieldWhy) else [_link_json(one) for one in why.chain],
        "findings": [as_json(one, workspace.settings.site) for one in findings],
    }
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _order_json(why: OrderWhy) -> Mapping[str, Any]:
    dates = why.dates
    return {
        "key": why.order.key,
        "change": why.order.change,
        "status": why.status,
        "due": utc(dates.due) if dates else None,
        "float_hours": in_hours(dates.float_minutes) if dates else None,
        "slack_hours": in_hours(dates.slack_minutes) if dates else None,
        "critical": dates.critical if dates else False,
        "unplaced": why.unplaced,
        "causes": [{**as_span(one.at), "text": one.text} for one in why.causes],
    }


def _change_json(why: ChangeWhy) -> Mapping[str, Any]:
    return {
        "name": why.change.name,
        "project": why.change.project,
        "state": why.change.state,
        "forecast": utc(why.change.forecast),
        "committed": utc(why.change.committed),
        "deadline": utc(why.change.deadline),
        "unplaced": dict(sorted(why.unplaced.items())),
    }


def _field_json(why: FieldWhy) -> Mapping[str, Any]:
    return {
        "name": why.name,
        "value": value_json(why.value),
        "origins": [
            {"kind": one.kind, "text": one.text, "at": as_span(one.at) if one.at else None} for one in why.origins
        ],
    }


def _link_json(link: Link) -> Mapping[str, Any]:
    return {
        "key": link.key,
        "department": link.performer,
        "status": link.status,
        "start": utc(link.start),
        "finish": utc(link.finish),
        "reasons": [reason_json(one) for one in link.reasons],
    }
