"""Whether a change is in time, in words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tamspec.model.plan import ChangePlan
from tamspec.render.when import last_day, span_text, when


def answer(plan: ChangePlan, zone: ZoneInfo) -> str:
    """When it is done and whether that is in time, in one sentence."""
    if plan.state in ("closed", "withdrawn"):
        return "All its orders are done." if plan.state == "closed" else "It is withdrawn; nothing of it is planned."
    if plan.forecast is None:
        end = f" by {last_day(plan.deadline, zone).day}" if plan.deadline else ""
        return f"It has no finish yet{end}: not all of its work can be planned."
    start = "With what is assumed today it" if plan.provisional else "It"
    done = f"{start} will be done on {when(plan.forecast, zone).text} ({zone.key})"
    if plan.committed and plan.forecast > plan.committed:
        later = int((plan.forecast - plan.committed).total_seconds()) // 60
        done += f", {span_text(later)} later than promised"
    if plan.deadline is None or plan.slack_minutes is None:
        return f"{done}; no date is required."
    span, day = span_text(plan.slack_minutes), last_day(plan.deadline, zone).day
    if plan.slack_minutes < 0:
        return f"{done}: {span} too late, since it is required by {day}."
    return f"{done}: in time, {span} before the end of {day}, by which it is required."


def is_late(plan: ChangePlan) -> bool:
    """Whether the forecast misses the required date."""
    return plan.slack_minutes is not None and plan.slack_minutes < 0 and plan.state not in ("closed", "withdrawn")


def verdict(plan: ChangePlan) -> str:
    """`in time`, `late`, `no deadline`, `no forecast`, `closed` or `withdrawn`."""
    if plan.state in ("closed", "withdrawn"):
        return plan.state
    if plan.forecast is None:
        return "no forecast"
    if plan.slack_minutes is None:
        return "no deadline"
    return "late" if is_late(plan) else "in time"


def slack(plan: ChangePlan) -> str:
    """How far the forecast is from the required date; empty where there is none."""
    if plan.slack_minutes is None:
        return ""
    return span_text(plan.slack_minutes) + (" too late" if plan.slack_minutes < 0 else "")
