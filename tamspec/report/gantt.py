"""A Gantt chart of plain characters, for the terminal: `=` is work, `-` a weekend in the middle of it, `.` waiting, `|`
the day by which it is required.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from tamspec.model.values import DAYS, MONTHS

WORK, PAUSE, WAIT, REQUIRED, MILESTONE = "=", "-", ".", "|", "◆"
LEGEND = f"{WORK} work, {PAUSE} weekend, {WAIT} waiting, {REQUIRED} required by"

_WIDEST_DAY = 8
_DAY = 24 * 60
_MINUTE = timedelta(minutes=1)


class Bar(Struct, frozen=True, kw_only=True):
    """An order on the chart; without `start` an empty row. Instants are aware."""

    since: datetime | None = None
    """From when it waits to begin, where that is earlier than its start."""
    start: datetime | None = None
    finish: datetime | None = None
    """Equal to `start`: a milestone."""
    is_wait: bool = False
    """Nobody works on it; time passes."""


class _Axis(Struct, frozen=True, kw_only=True):
    """Local days on a row of cells: several cells a day, or several days a cell."""

    zone: ZoneInfo
    first: date
    days: int
    per_day: int
    """Cells of a day; where a cell holds several days: 1."""
    per_cell: int
    """Days of a cell; where a day has several cells: 1."""
    opens: int
    closes: int
    """The minutes of a day between which anything starts or ends: nothing is drawn before and after."""

    @property
    def cells(self) -> int:
        return -(-self.days // self.per_cell) * self.per_day

    def cell(self, moment: datetime) -> int:
        """Where an instant lies; beyond the ends of the axis where it is out of it."""
        local = moment.astimezone(self.zone)
        minutes = local.hour * 60 + local.minute
        into = (min(max(minutes, self.opens), self.closes - 1) - self.opens) * self.per_day
        day = (local.date() - self.first).days
        return day // self.per_cell * self.per_day + into // (self.closes - self.opens)

    def is_weekend(self, cell: int) -> bool:
        day = self.first + timedelta(cell // self.per_day)
        return self.per_cell == 1 and day.weekday() >= 5


def gantt(bars: Sequence[Bar], *, zone: str, deadline: datetime | None, width: int) -> tuple[str, ...]:
    """A line of days, then a line for each bar, in at most so many columns. Nothing where no bar has dates.

    The deadline is drawn where the chart need not be more than twice as long for it.
    """
    axis = _axis(bars, ZoneInfo(zone), deadline, width)
    if axis is None:
        return ()
    mark = axis.cell(deadline - _MINUTE) if deadline else -1
    return (_days(axis, width), *(_row(bar, axis, mark) for bar in bars))


def _axis(bars: Iterable[Bar], zone: ZoneInfo, deadline: datetime | None, width: int) -> _Axis | None:
    spans = [
        (one.start.astimezone(zone), max(one.start, one.finish - _MINUTE).astimezone(zone))
        for one in bars
        if one.start and one.finish
    ]
    if not spans:
        return None
    first, last = min(start for start, _ in spans).date(), max(end for _, end in spans).date()
    days = (last - first).days + 1
    if deadline:
        required = ((deadline - _MINUTE).astimezone(zone).date() - first).days + 1
        days = max(days, required) if required <= 2 * days else days
    clocks = [at.hour * 60 + at.minute for span in spans for at in span]
    opens, closes = min(clocks) // 60 * 60, min(_DAY, max(clocks) // 60 * 60 + 60)
    per_day = min(_WIDEST_DAY, max(1, width // days))
    per_cell = -(-days // width) if days > width else 1
    return _Axis(zone=zone, first=first, days=days, per_day=per_day, per_cell=per_cell, opens=opens, closes=closes)


def _row(bar: Bar, axis: _Axis, deadline: int) -> str:
    cells = [" "] * axis.cells
    if bar.start and bar.finish:
        first, last = axis.cell(bar.start), axis.cell(max(bar.start, bar.finish - _MINUTE))
        for at in range(max(0, axis.cell(bar.since)) if bar.since else first, first):
            cells[at] = WAIT
        for at in range(first, last + 1):
            paused = axis.is_weekend(at) and not axis.is_weekend(first) and not axis.is_weekend(last)
            cells[at] = WAIT if bar.is_wait else PAUSE if paused else WORK
    if 0 <= deadline < axis.cells:
        cells[deadline] = REQUIRED
    if bar.start and bar.start == bar.finish:
        cells[axis.cell(bar.start)] = MILESTONE
    return "".join(cells).rstrip()


def _days(axis: _Axis, width: int) -> str:
    """The days above the cells: each of them, or the Mondays, as many as there is room for."""
    line = ""
    for at in range(axis.days):
        day, cell = axis.first + timedelta(at), at // axis.per_cell * axis.per_day
        told = _day(day, axis, first=at == 0) if at == 0 or day.weekday() == 0 or axis.per_day > 2 else ""
        if told and (not line or len(line) < cell <= width - len(told)):
            line = line.ljust(cell) + told
    return line


def _day(day: date, axis: _Axis, *, first: bool) -> str:
    if axis.per_day > 6:
        return f"{DAYS[day.weekday()]} {day.day}"
    return str(day.day) if axis.per_day > 2 and not first else f"{day.day} {MONTHS[day.month - 1]}"


def waits(since: Iterator[datetime], start: datetime) -> datetime | None:
    """From when an order waits that starts then, if what it follows ended at those instants."""
    last = max(since, default=start)
    return last if last < start else None
