"""The Gantt chart of a change: a bar for each dated order, drawn by ourselves so that it needs no script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup
from msgspec import Struct

from tamspec.render.language import ENGLISH, Language
from tamspec.render.svg import INK, LINE, QUIET, arrow_head, element, number, picture, short

NAMES, CHART, RIGHT = 300, 680, 12
HEAD, ROW, FOOT = 40, 38, 14
BAR = 16
ARROWS = "arrows"
"""The class of the group of all arrows; every other group is a row."""
_LETTERS = 44
_FILLS = {
    "planned": "#8fb3dc",
    "ready": "#3d7fc4",
    "in_progress": "#2a6a4f",
    "done": "#9aa3ad",
    "blocked": "#c2503c",
    "rejected": "#c2503c",
}


class Bar(Struct, frozen=True, kw_only=True):
    """An order on the chart. Instants are aware; `start` equal to `finish` is a milestone."""

    key: str
    title: str
    note: str
    """Under the title: who, and how it stands, in words."""
    href: str
    start: datetime
    finish: datetime
    status: str
    critical: bool = False
    progress: int | None = None
    after: tuple[str, ...] = ()
    promised: tuple[datetime, datetime] | None = None
    """When it was first promised; None: it was not, or stands where it was promised."""


class _Axis(Struct, frozen=True, kw_only=True):
    """Local days of a zone, and where instants lie on the picture."""

    first: date
    days: int
    zone: ZoneInfo

    def x(self, moment: datetime) -> float:
        low, high = self._midnight(self.first), self._midnight(self.first + timedelta(self.days))
        return NAMES + CHART * ((moment - low) / (high - low))

    def day(self, day: date) -> float:
        return self.x(self._midnight(day))

    def each(self) -> Iterator[date]:
        return (self.first + timedelta(at) for at in range(self.days))

    def covers(self, moment: datetime) -> bool:
        return NAMES <= self.x(moment) <= NAMES + CHART

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)


def gantt(
    bars: Sequence[Bar],
    *,
    zone: ZoneInfo,
    at: datetime,
    deadline: datetime | None,
    closed: frozenset[date],
    title: str,
    language: Language = ENGLISH,
) -> Markup:
    """The chart of at least one bar, rows in the order given; `closed` are the days on which nobody works."""
    axis = _axis(bars, zone, at, deadline)
    height = HEAD + ROW * len(bars) + FOOT
    rows = {bar.key: HEAD + ROW * number for number, bar in enumerate(bars)}
    description = language.many(
        len(bars),
        "{number} order from {first} to {last}. The table has the same numbers.",
        "{number} orders from {first} to {last}. The table has the same numbers.",
        first=language.day(min(bar.start for bar in bars).astimezone(zone).date()),
        last=language.day(max(bar.finish for bar in bars).astimezone(zone).date()),
    )
    return picture(
        arrow_head("gantt-arrow"),
        *_days(axis, closed, height, language),
        _arrows(axis, rows, bars),
        *(_row(axis, rows[bar.key], bar) for bar in bars),
        *_marks(axis, at, deadline, height, language),
        name="gantt",
        title=title,
        description=description,
        width=NAMES + CHART + RIGHT,
        height=height,
        links=any(bar.href for bar in bars),
        ink=INK,
    )


def _axis(bars: Sequence[Bar], zone: ZoneInfo, at: datetime, deadline: datetime | None) -> _Axis:
    """From the first start to the last finish; today and the deadline too, where that leaves the bars readable."""
    low = min(min([bar.start, *(bar.promised or ())]) for bar in bars)
    high = max(max([bar.finish, *(bar.promised or ())]) for bar in bars)
    length = max(high - low, timedelta(days=3))
    if low - length / 3 <= at <= high + length:
        low, high = min(low, at), max(high, at)
    if deadline and low - length <= deadline <= high + length:
        low, high = min(low, deadline), max(high, deadline)
    first, last = low.astimezone(zone).date(), (high + timedelta(minutes=1)).astimezone(zone).date()
    return _Axis(first=first, days=(last - first).days + 1, zone=zone)


def _days(axis: _Axis, closed: frozenset[date], height: float, language: Language) -> Iterator[Markup]:
    """Closed days shaded, a line and a label for days, weeks or months, as they fit."""
    width = CHART / axis.days
    for start, length in _runs(day for day in axis.each() if day in closed):
        yield element(
            "rect", x=axis.day(start), y=HEAD, width=width * length, height=height - HEAD - FOOT,
            fill="#eceff3", class_="closed",
        )  # fmt: skip
    for day in axis.each():
        weekly = 14 < axis.days <= 119
        if (weekly and day.weekday()) or (axis.days > 119 and day.day != 1):
            continue
        x = axis.day(day)
        yield element("line", x1=x, x2=x, y1=HEAD - 6, y2=height - FOOT, stroke=LINE, class_="grid")
        yield element(
            "text", _label(day, axis.days, language), x=x + 3, y=HEAD - 8, font_size=10, fill=QUIET, class_="quiet"
        )


def _label(day: date, days: int, language: Language) -> str:
    if days > 119:
        return f"{day:%Y-%m}"
    return language.short_day(day) if days <= 14 else f"{day:%m-%d}"


def _runs(days: Iterable[date]) -> Iterator[tuple[date, int]]:
    """Days in a row: the first of them, and how many."""
    run: list[date] = []
    for day in days:
        if run and (day - run[-1]).days > 1:
            yield run[0], len(run)
            run = []
        run.append(day)
    if run:
        yield run[0], len(run)


def _row(axis: _Axis, y: float, bar: Bar) -> Markup:
    left, width = axis.x(bar.start), max(3.0, axis.x(bar.finish) - axis.x(bar.start))
    middle = y + ROW / 2
    weight = {"font_weight": "600"} if bar.critical else {}
    drawn = [
        *([element("title", f"{bar.title}: {bar.note}")] if _is_cut(bar) else []),
        element("text", short(bar.title, _LETTERS), x=16, y=middle - 3, **weight),
        element("text", short(bar.note, _LETTERS + 6), x=16, y=middle + 11, font_size=10, fill=QUIET, class_="quiet"),
    ]
    if bar.critical:
        drawn.append(_diamond(7, middle - 7, 4))
    fill, kind = _FILLS.get(bar.status, _FILLS["planned"]), f"bar s-{bar.status}"
    if bar.start == bar.finish:
        drawn.append(_diamond(left, middle, 7, fill=fill, class_=kind))
    else:
        edge: dict[str, str | float] = {"stroke": INK, "stroke_width": 2} if bar.critical else {}
        drawn.append(
            element(
                "rect", x=left, y=middle - BAR / 2, width=width, height=BAR, rx=2, fill=fill,
                class_=f"{kind} critical" if bar.critical else kind, **edge,
            )
        )  # fmt: skip
    if bar.promised:
        first, last = axis.x(bar.promised[0]), axis.x(bar.promised[1])
        long = number(max(3.0, last - first))
        line = f"M{number(first)},{number(middle + BAR / 2 + 2)}h{long}v3h-{long}z"
        drawn.append(element("path", d=line, fill=QUIET, class_="promised"))
    if bar.progress and bar.status == "in_progress":
        done = width * bar.progress / 100
        drawn.append(element("rect", x=left, y=middle - 2, width=done, height=4, fill="#ffffff", class_="progress"))
    return element("a", *drawn, href=bar.href) if bar.href else element("g", *drawn)


def _is_cut(bar: Bar) -> bool:
    """Whether the words of a row do not fit, so that they are told as a hint too."""
    return len(bar.title) > _LETTERS or len(bar.note) > _LETTERS + 6


def _diamond(x: float, y: float, size: float, **looks: str) -> Markup:
    return element("path", d=f"M{x:.1f},{y - size:.1f}l{size},{size}l-{size},{size}l-{size},-{size}z", **looks)


def _arrows(axis: _Axis, rows: dict[str, int], bars: Sequence[Bar]) -> Markup:
    drawn = (_arrow(axis, rows, before, bar) for bar in bars for before in bars if before.key in bar.after)
    return element("g", *drawn, fill="none", stroke=QUIET, marker_end="url(#gantt-arrow)", class_=ARROWS)


def _arrow(axis: _Axis, rows: dict[str, int], before: Bar, after: Bar) -> Markup:
    """From the end of one bar along its row, then down (or up) onto the start of the other."""
    x1, x2 = axis.x(before.finish), axis.x(after.start) + 4
    y1, y2 = rows[before.key] + ROW / 2, rows[after.key] + ROW / 2
    edge = y2 - BAR / 2 if y2 > y1 else y2 + BAR / 2
    d = f"M{number(min(x1, x2))},{number(y1)}H{number(x2)}V{number(edge)}"
    return element("path", d=d)


def _marks(axis: _Axis, at: datetime, deadline: datetime | None, height: float, language: Language) -> Iterator[Markup]:
    now, required = language.say("now"), language.say("required by")
    for moment, word, dashes, kind in ((at, now, "2 3", "now"), (deadline, required, "7 3", "deadline")):
        if moment is None or not axis.covers(moment):
            continue
        x = axis.x(moment)
        colour = "#a13d2b" if kind == "deadline" else QUIET
        yield element(
            "line", x1=x, x2=x, y1=16, y2=height - FOOT, stroke=colour, stroke_width=2, stroke_dasharray=dashes,
            class_=kind,
        )  # fmt: skip
        end = x > NAMES + CHART / 2
        yield element(
            "text", word, x=x - 4 if end else x + 4, y=14, font_size=11, fill=colour, class_=f"{kind}-word",
            text_anchor="end" if end else "start",
        )  # fmt: skip
