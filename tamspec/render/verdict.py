"""Whether a change is in time, in words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tamspec.model.plan import ChangePlan
from tamspec.render.book import Book


def answer(book: Book, plan: ChangePlan, zone: ZoneInfo) -> str:
    """When it is done and whether that is in time, in one sentence."""
    if plan.state == "closed":
        return book.say("All its orders are done.")
    if plan.state == "withdrawn":
        return book.say("It is withdrawn; nothing of it is planned.")
    if plan.forecast is None:
        if plan.deadline is None:
            return book.say("It has no finish yet: not all of its work can be planned.")
        day = book.last_day(plan.deadline, zone).day
        return book.say("It has no finish yet by {day}: not all of its work can be planned.", day=day)
    finish = {"time": book.when(plan.forecast, zone).text, "zone": zone.key}
    if plan.provisional:
        done = book.say("With what is assumed today it will be done on {time} ({zone})", **finish)
    else:
        done = book.say("It will be done on {time} ({zone})", **finish)
    if plan.committed and plan.forecast > plan.committed:
        later = book.span(int((plan.forecast - plan.committed).total_seconds()) // 60)
        done = book.say("{done}, {span} later than promised", done=done, span=later)
    if plan.deadline is None or plan.slack_minutes is None:
        return book.say("{done}; no date is required.", done=done)
    told = {"done": done, "span": book.span(plan.slack_minutes), "day": book.last_day(plan.deadline, zone).day}
    if plan.slack_minutes < 0:
        return book.say("{done}: {span} too late, since it is required by {day}.", **told)
    return book.say("{done}: in time, {span} before the end of {day}, by which it is required.", **told)


def is_late(plan: ChangePlan) -> bool:
    """Whether the forecast misses the required date."""
    return plan.slack_minutes is not None and plan.slack_minutes < 0 and plan.state not in ("closed", "withdrawn")


def kept_promise(book: Book, plan: ChangePlan, zone: ZoneInfo) -> tuple[str, bool]:
    """The day for which a finished change was promised last, empty where it was for none; and whether it was finished
    on a later one."""
    if plan.committed is None or plan.forecast is None:
        return "", False
    promised = book.last_day(plan.committed, zone).day
    return promised, promised != book.when(plan.forecast, zone).day and plan.forecast > plan.committed


def verdict(plan: ChangePlan) -> str:
    """`in time`, `late`, `no deadline`, `no forecast`, `closed` or `withdrawn`."""
    if plan.state in ("closed", "withdrawn"):
        return plan.state
    if plan.forecast is None:
        return "no forecast"
    if plan.slack_minutes is None:
        return "no deadline"
    return "late" if is_late(plan) else "in time"


def verdict_word(book: Book, word: str) -> str:
    """The verdict as people read it."""
    words = {
        "in time": book.say("in time"),
        "late": book.say("late"),
        "no deadline": book.say("no deadline"),
        "no forecast": book.say("no forecast"),
        "closed": book.say("closed"),
        "withdrawn": book.say("withdrawn"),
    }
    return words[word]


def slack(book: Book, plan: ChangePlan) -> str:
    """How far the forecast is from the required date; empty where there is none."""
    if plan.slack_minutes is None:
        return ""
    span = book.span(plan.slack_minutes)
    return book.say("{span} too late", span=span) if plan.slack_minutes < 0 else span
