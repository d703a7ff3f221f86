"""Instants and lengths of time as people read them, in one named time zone a page and in the language of its tree."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from tamspec.model.values import MINUTES_OF_WORK_PER_DAY, Duration, utc_text
from tamspec.render.language import ENGLISH, Language, day_text

_DAY = 24 * 60


class When(Struct, frozen=True, kw_only=True):
    """An instant: for programs in UTC, for people on the clock of the page's time zone."""

    utc: str
    """`2026-11-25T07:45:00Z`."""
    text: str
    """`Wed 2026-11-25 10:45`."""
    day: str
    """`Wed 2026-11-25`."""


def when(moment: datetime, zone: ZoneInfo, language: Language = ENGLISH) -> When:
    """An aware instant in a time zone."""
    local = moment.astimezone(zone)
    return When(utc=utc_text(moment), text=language.minute(local), day=language.day(local.date()))


def due_by(moment: datetime, zone: ZoneInfo, language: Language = ENGLISH) -> When:
    """The latest instant for something; a midnight is said as the whole of the day before it."""
    local = moment.astimezone(zone)
    return last_day(moment, zone, language) if local.hour == local.minute == 0 else when(moment, zone, language)


def day_of_end(end: datetime, zone: ZoneInfo) -> date:
    """The local day on which something is over: what ends at midnight ends on the day before."""
    return (end.astimezone(zone) - timedelta(minutes=1)).date()


def last_day(end: datetime, zone: ZoneInfo, language: Language = ENGLISH) -> When:
    """The day that a deadline ends: the deadline itself is the midnight after it."""
    day = language.day(day_of_end(end, zone))
    return When(utc=utc_text(end), text=day, day=day)


def work_text(minutes: int, language: Language = ENGLISH) -> str:
    """Working time: 1560 → `3wd 2h`; a working day counts eight hours."""
    days, rest = divmod(abs(minutes), MINUTES_OF_WORK_PER_DAY)
    parts = [language.say("{number}wd", number=days)] if days else []
    if rest or not days:
        parts.append(_hours_text(rest, language))
    return ("-" if minutes < 0 else "") + " ".join(parts)


def _hours_text(minutes: int, language: Language) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [language.say("{number}h", number=hours)] if hours or not rest else []
    return " ".join([*parts, language.say("{number}m", number=rest)] if rest else parts)


def length_of(length: Duration, language: Language = ENGLISH) -> str:
    """A length of time as it is written, with the units of a language: `2wd`, `2d`, `4h`, `30m`."""
    if length.working_days:
        return language.say("{number}wd", number=length.working_days)
    days, rest = divmod(length.minutes, _DAY)
    return language.say("{number}d", number=days) if days and not rest else _hours_text(length.minutes, language)


def span_text(minutes: int, language: Language = ENGLISH) -> str:
    """Time on the wall clock, without sign, as exact as it matters: `21 days`, `1 day 4 h`, `45 min`."""
    days, rest = divmod(abs(minutes), _DAY)
    if minutes < 0 and days >= 3 and rest:  # what is missing is rounded up
        days += 1
    hours = rest // 60
    if days:
        told = language.many(days, "{number} day", "{number} days")
        return f"{told} {language.say('{number} h', number=hours)}" if hours and days < 3 else told
    return language.say("{number} h", number=hours) if hours else language.say("{number} min", number=rest)


__all__ = ["When", "day_text", "due_by", "last_day", "length_of", "span_text", "when", "work_text"]
