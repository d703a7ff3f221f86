"""Burn-downs: what is left at the ends of some days, as lines in one picture; the table below shows the same numbers.

Orders of a change burn down to nothing, the misses that a promise allows to nothing at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Literal

from markupsafe import Markup
from msgspec import Struct

from tamspec.render.language import ENGLISH, Language
from tamspec.render.svg import BAD, BLUE, LINE, QUIET, element, number, picture

_LEFT, _TOP, _WIDE, _HIGH = 44, 40, 560, 170
_LETTER = 6.5
_FORTNIGHT, _WEEKS = 15, 7 * 20
"""Days up to which each day is told, and up to which each week is."""
_LABEL = 110
"""From the middle of one date to that of the next, at least."""


class Course(Struct, frozen=True, kw_only=True):
    """One line: day → what was left, or will be, at its end."""

    name: str
    """What it shows, in a word or two."""
    look: Literal["promised", "happened", "forecast"]
    """A forecast goes on where what happened ends, in the same colour."""
    left: Sequence[tuple[date, int]]


def days_told(first: date, last: date, also: Iterable[date] = ()) -> tuple[date, ...]:
    """The days of which a reader is told: every one of a fortnight, the Sundays of some months, else the last days of
    months; and always the first, the last, and `also` those of them that lie between."""
    every = [first + timedelta(at) for at in range((last - first).days + 1)]
    kept = {first, last, *(day for day in also if first <= day <= last)}
    if len(every) <= _FORTNIGHT:
        return tuple(every)
    is_weekly = len(every) <= _WEEKS
    ends = (day for day in every if (day.weekday() == 6 if is_weekly else (day + timedelta(1)).day == 1))
    return tuple(sorted({*ends, *kept}))


def burn_down(
    courses: Sequence[Course],
    *,
    name: str,
    title: str,
    description: str,
    today: date,
    language: Language = ENGLISH,
) -> Markup:
    """The picture of some lines that have points, all of them more than one day; `name` makes its ids unique on the
    page."""
    points = [each for one in courses for each in one.left]
    frame = _Frame(
        first=min(day for day, _ in points),
        last=max(day for day, _ in points),
        low=min(0, *(left for _, left in points)),
        high=max(1, *(left for _, left in points)),
    )
    return picture(
        *_axes(frame, sorted({day for day, _ in points})),
        *_today(frame, today, language),
        *(drawn for one in courses for drawn in _course(frame, one)),
        *_legend(courses),
        name=name,
        title=title,
        description=description,
        width=_LEFT + _WIDE + 24,
        height=_TOP + _HIGH + 40,
    )


class _Frame(Struct, frozen=True, kw_only=True):
    """Days and what is left, and where they lie on the picture."""

    first: date
    last: date
    low: int
    """Nothing, or by how much more was used up than there was."""
    high: int

    def x(self, day: date) -> float:
        return _LEFT + _WIDE * (day - self.first).days / max((self.last - self.first).days, 1)

    def y(self, left: int) -> float:
        return _TOP + _HIGH * (self.high - left) / (self.high - self.low)


def _axes(frame: _Frame, days: Sequence[date]) -> Iterator[Markup]:
    for left in sorted({frame.low, 0, frame.high // 2, frame.high}):
        y, is_end = frame.y(left), left == 0
        yield element(
            "line", x1=_LEFT, x2=_LEFT + _WIDE, y1=y, y2=y, stroke=QUIET if is_end else LINE,
            class_="now" if is_end else "grid",
        )  # fmt: skip
        yield element(
            "text", str(left), x=_LEFT - 6, y=y + 4, text_anchor="end", font_size=11, fill=QUIET, class_="quiet"
        )
    for day in _labelled(frame, days):
        anchor = "start" if day == days[0] else "end" if day == days[-1] else "middle"
        yield element(
            "text", day.isoformat(), x=frame.x(day), y=_TOP + _HIGH + 18, text_anchor=anchor, font_size=11,
            fill=QUIET, class_="quiet",
        )  # fmt: skip


def _labelled(frame: _Frame, days: Sequence[date]) -> Iterator[date]:
    """The first and the last day, and of those between as many as have room for their names."""
    at, end = frame.x(days[0]), frame.x(days[-1])
    yield days[0]
    for day in days[1:-1]:
        if frame.x(day) - at >= _LABEL and end - frame.x(day) >= _LABEL:
            yield day
            at = frame.x(day)
    yield days[-1]


def _today(frame: _Frame, today: date, language: Language) -> Iterator[Markup]:
    if not frame.first <= today <= frame.last:
        return
    x = frame.x(today)
    yield element("line", x1=x, x2=x, y1=_TOP - 6, y2=_TOP + _HIGH, stroke=QUIET, stroke_dasharray="4 3", class_="now")
    yield element(
        "text", language.say("today"), x=x, y=_TOP + _HIGH + 33, font_size=11, fill=QUIET, class_="now-word",
        text_anchor="end" if x > _LEFT + _WIDE - 60 else "start",
    )  # fmt: skip


_LOOKS = {
    "promised": {"stroke": QUIET, "stroke_dasharray": "7 4", "class_": "taken"},
    "happened": {"stroke": BLUE, "stroke_width": "2.5", "class_": "trend"},
    "forecast": {"stroke": BLUE, "stroke_width": "1.5", "stroke_dasharray": "2 3", "class_": "trend"},
}


def _course(frame: _Frame, one: Course) -> Iterator[Markup]:
    places = " ".join(f"{number(frame.x(day))},{number(frame.y(left))}" for day, left in one.left)
    yield element("polyline", points=places, fill="none", **_LOOKS[one.look])
    if one.look == "happened":
        for day, left in one.left:
            over = left < 0
            colour, kind = (BAD, "sample over") if over else (BLUE, "sample")
            yield element("circle", cx=frame.x(day), cy=frame.y(left), r=3, fill=colour, class_=kind)


def _legend(courses: Sequence[Course]) -> Iterator[Markup]:
    x = float(_LEFT)
    for one in courses:
        yield element("line", x1=x, x2=x + 24, y1=14, y2=14, **_LOOKS[one.look])
        yield element("text", one.name, x=x + 30, y=18, font_size=11, fill=QUIET, class_="quiet")
        x += 30 + _LETTER * len(one.name) + 20
