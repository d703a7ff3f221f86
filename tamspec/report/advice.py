"""Why a Change is late, and what would help: for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tamspec.model.plan import Advice, ChangePlan, Lever, Plan, Scheduled
from tamspec.report.difference import redated_json
from tamspec.report.reasons import sentence
from tamspec.report.times import minute, utc, wall

SHOWN = 3
"""How many orders of a chain are named, those on which most of the time goes."""


def advice_text(one: ChangePlan, advice: Advice, plan: Plan, zone: str) -> Iterator[str]:
    """The chain that makes a Change as late as it is, and what would bring it forward."""
    late = one.slack_minutes is not None and one.slack_minutes < 0
    told = f"Late by {wall(one.slack_minutes or 0)}" if late else "It finishes no earlier"
    yield f"  {told} because of {_chain(len(advice.chain))}:"
    yield from (f"    {line}" for line in _longest(advice, plan, zone))
    if advice.levers:
        yield "  What would help:"
    for number, lever in enumerate(advice.levers, start=1):
        met = ", which is in time" if late and one.deadline and lever.forecast <= one.deadline else ""
        yield f"    {number}. {_WORDS[lever.kind].format(lever.subject)}: {wall(lever.gain_minutes)} earlier{met}"
    if not advice.levers and not advice.untried:
        yield "  Nothing on the chain would help: neither more people, nor less waiting, nor another date."
    if advice.untried:
        yield f"  {_untried(advice)} Try one with --capacity DEPARTMENT=+1 or --without CHANGE."


def _untried(advice: Advice) -> str:
    more = "more " if advice.levers else ""
    return f"{advice.untried} {more}lever{' was' if advice.untried == 1 else 's were'} not tried, to save time."


_WORDS = {
    "capacity": "One more person in {0} (try --capacity {0}=+1)",
    "wait": "No wait at {0}",
    "release": "No fixed date for {0}",
    "rung": "Others later, by rung {0} of the ladder and at the price below",
}
"""Kind of a lever → what is done."""


def _longest(advice: Advice, plan: Plan, zone: str) -> Iterator[str]:
    """The orders of a chain by which most time passes, in their turn, with what keeps each. A milestone begins and ends
    when what it waits for ends, so of those that begin at once the chain knows the turn."""
    dates = [(key, plan.schedule[key]) for key in advice.chain if key in plan.schedule]
    before: list[Scheduled | None] = [*(found for _, found in dates), None][1:]
    spans = [
        (_minutes(found.start if other is None else min(other.finish, found.start), found.finish), key, found)
        for (key, found), other in zip(dates, before, strict=True)
    ]
    longest = sorted(spans, key=lambda span: (-span[0], span[1]))[:SHOWN]
    turn = {key: -number for number, key in enumerate(advice.chain)}
    for minutes, key, found in sorted(longest, key=lambda span: (span[2].start, turn[span[1]])):
        why = " ".join(sentence(reason, zone, plan.at) for reason in found.reasons)
        yield f"{wall(minutes)} until {minute(found.finish, zone, plan.at)}: {key}. {why}"


def _minutes(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds()) // 60


def _chain(orders: int) -> str:
    if orders == 1:
        return "this order"
    return f"these {orders} orders" if orders <= SHOWN else f"a chain of {orders} orders, the longest of them"


def advice_json(advice: Advice | None) -> dict[str, Any]:
    """The fields of a Change that tell what would help; nothing where nobody asked."""
    found = advice or Advice(chain=())
    return {
        "chain": list(found.chain),
        "levers": [_lever_json(one) for one in found.levers],
        "levers_untried": found.untried,
    }


def _lever_json(one: Lever) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "subject": one.subject,
        "forecast": utc(one.forecast),
        "gain_hours": one.gain_minutes / 60,
        "displaced": [redated_json(each) for each in one.displaced],
    }
