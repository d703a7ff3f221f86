"""Working time: the one clock of tamspec. Calendars become UTC windows; everything else is arithmetic on those.

It will not guess: outside the expanded horizon is an error, never a silent clamp.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import force_setattr

from tamspec.model.catalog import Calendar, Shift
from tamspec.model.values import utc_text
from tamspec.worktime.kept import Kept

Span = tuple[int, int]
"""From (inclusive) and to (exclusive), UTC epoch seconds."""
Day = tuple[date, tuple[Span, ...]]
"""A working day: the local date and its windows, also where they merge with those of a neighbouring day."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MINUTES = 24 * 60
_DAY_SECONDS = 24 * 60 * 60
_FIRST_YEAR, _LAST_YEAR = 1900, 9900
# A system's time zone folder also holds the machine's own zone and zones that count leap seconds.
_NOT_ZONES = ("localtime", "posixrules", "posix/", "right/")


class HorizonError(ValueError):
    """The answer lies outside the expanded horizon, or nothing is open any more before its end."""


class Windows(Struct, frozen=True):
    """The open time of a calendar within a horizon: disjoint half-open windows in order, adjacent ones merged.

    Instants are UTC epoch seconds. `before[i]` is the open seconds before window i, its last item their sum.
    `zone` tells local dates and clock times. Without `days`, a window belongs to the local date on which it begins.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    horizon: Span
    zone: str
    days: tuple[Day, ...] = ()
    before: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        spans = list(zip(self.starts, self.ends, strict=True))
        edges = (self.horizon[0] - 1, *(edge for span in spans for edge in span), self.horizon[1] + 1)
        assert all(a < b for a, b in pairwise(edges)), "windows out of order: a bug in tamspec"
        force_setattr(self, "before", tuple(accumulate((end - start for start, end in spans), initial=0)))
        if not self.days:
            force_setattr(self, "days", _gather((self._local(span[0]).date(), span) for span in spans))

    def is_open(self, t: int) -> bool:
        """Whether `t` lies in a window; at the closing instant it does not."""
        self._within(t, self.horizon[1] - 1)
        at = bisect_right(self.ends, t)
        return at < len(self.starts) and self.starts[at] <= t

    def between(self, a: int, b: int) -> int:
        """Working seconds from `a` to `b`. ValueError where `b` comes first."""
        if b < a:
            raise ValueError(f"The interval ends at {_text(b)}, before it starts at {_text(a)}.")
        return self._position(b) - self._position(a)

    def add(self, t: int, seconds: int) -> int:
        """The instant that many working seconds after `t`, before it if negative; `t` itself for none.

        A deadline on a closing instant stays there, and on the way back one on an opening instant does.
        """
        target = self._position(t) + seconds
        if not 0 <= target <= self.before[-1]:
            raise self._exhausted(t, f"{abs(seconds)} working seconds {'after' if seconds > 0 else 'before'}")
        if seconds == 0:
            return t
        at = (bisect_left if seconds > 0 else bisect_right)(self.before, target) - 1
        return self.starts[at] + target - self.before[at]

    def next_open(self, t: int) -> int:
        """The first open instant at or after `t`."""
        return max(t, self.windows(t, 1)[0][0])

    def previous_open(self, t: int) -> int:
        """`t` if open; else the last closing instant at or before it."""
        self._within(t)
        at = bisect_right(self.starts, t) - 1
        if at < 0:
            raise self._exhausted(t, "an open time before")
        return min(t, self.ends[at])

    def windows(self, t: int, n: int) -> tuple[Span, ...]:
        """The first `n` windows that end after `t`, in full; one that the horizon cuts, as far as the horizon."""
        self._within(t)
        at = bisect_right(self.ends, t)
        if at + n > len(self.starts):
            raise self._exhausted(t, f"{n} open window{'s' if n > 1 else ''} after")
        return tuple(zip(self.starts[at : at + n], self.ends[at : at + n], strict=True))

    def add_days(self, t: int, days: int) -> int:
        """The same local clock time `days` working days after the next opening; `t` itself for none.

        A working day is a local date on which a window begins; a night shift belongs to the date of its evening.
        A clock time closed on that day moves to the next opening of the day, else to its closing.
        """
        if days < 0:
            raise ValueError(f"Working days are counted forward only, not {days}.")
        if days == 0:
            return t
        opening = self.next_open(t)
        today = self._day_of(opening)
        if today + days >= len(self.days):
            raise self._exhausted(t, f"{days} working days after")
        clock = self._local(opening) - _midnight(self.days[today][0])
        day, spans = self.days[today + days]
        target = _at_wall(time_zone(self.zone), _midnight(day) + clock, second=False)
        if target > self.horizon[1]:
            raise self._exhausted(t, f"{days} working days after")
        return next((max(target, start) for start, end in spans if target < end), spans[-1][1])

    def next_day(self, t: int) -> tuple[Span, ...]:
        """The windows of the first working day whose local date is after the local date of `t`."""
        self._within(t)
        at = bisect_right(self.days, self._local(t).date(), key=_date)
        if at == len(self.days):
            raise self._exhausted(t, "a working day after")
        return self.days[at][1]

    def _position(self, t: int) -> int:
        """Open seconds of the horizon before `t`."""
        if not self.horizon[0] <= t <= self.horizon[1]:
            self._within(t)
        at = bisect_right(self.starts, t) - 1
        return 0 if at < 0 else self.before[at] + min(t, self.ends[at]) - self.starts[at]

    def _day_of(self, t: int) -> int:
        """The index of the latest working day that is open at `t`."""
        latest = bisect_right(self.days, self._local(t).date() + timedelta(1), key=_date)
        return next(at for at in reversed(range(latest)) if any(a <= t < b for a, b in self.days[at][1]))

    def _local(self, t: int) -> datetime:
        return datetime.fromtimestamp(t, time_zone(self.zone)).replace(tzinfo=None)

    def _within(self, t: int, last: int | None = None) -> None:
        if not self.horizon[0] <= t <= (self.horizon[1] if last is None else last):
            raise HorizonError(f"{_text(t)} is outside the horizon, {self._reach()}.")

    def _exhausted(self, t: int, what: str) -> HorizonError:
        return HorizonError(f"The horizon, {self._reach()}, does not contain {what} {_text(t)}.")

    def _reach(self) -> str:
        return f"{_text(self.horizon[0])} to {_text(self.horizon[1])}"


def expand(calendar: Calendar, first: date, last: date) -> Windows:
    """The windows of a calendar from the local date `first` up to, not including, `last`.

    Shifts mean what the clock on the wall shows: one that a change of the clocks makes longer or shorter counts the
    time that really passes. An edge that the clocks skip is so much later as they are put forward (RFC 5545, 3.3.5); a
    shift of which both are skipped does not happen. Of a time that they show twice, a shift starts at the first and
    ends at the second. The end of a day is where the next date begins.
    ValueError: unknown time zone or weekday, a calendar that is never open, dates reversed or out of reach.
    """
    zone = time_zone(calendar.time_zone)
    if not first < last:
        raise ValueError(f"The horizon starts on {first}, so it must end later than {last}.")
    if first.year < _FIRST_YEAR or last.year > _LAST_YEAR:
        raise HorizonError(f"Dates must lie in the years {_FIRST_YEAR} to {_LAST_YEAR}, not from {first} to {last}.")
    week = week_of(calendar)
    if not is_ever_open(calendar):
        raise ValueError(f"The calendar '{calendar.name}' has no hours, so it is never open.")
    horizon = (_at_wall(zone, _midnight(first), second=False), _at_wall(zone, _midnight(last), second=False))
    return _windows(_cut(_days(calendar, week, zone, first, last), horizon), horizon, calendar.time_zone)


_WINDOWS: Kept[Calendar, Windows] = Kept(64)


def windows_of(calendar: Calendar, first: date, last: date) -> Windows:
    """The same, kept: the calendar of a file that nobody edited is the same one in the next plan."""
    return _WINDOWS.of((id(calendar), first, last), calendar, lambda: expand(calendar, first, last))


def intersect(first: Windows, *others: Windows) -> Windows:
    """When all are open, within their common horizon. Local dates and working days are those of the first."""
    result = first
    for other in others:
        spans = ((day, span) for day, spans in result.days for span in spans)
        common = ((day, cut) for day, span in spans for cut in _overlaps(other, span))
        result = _windows(_gather(common), _common_horizon(result, other), first.zone)
    return result


def union(first: Windows, *others: Windows) -> Windows:
    """When any is open, within their common horizon. The zone is that of the first; each keeps its working days."""
    spans = ((day, span) for windows in (first, *others) for day, spans in windows.days for span in spans)
    horizon = _common_horizon(first, *others)
    return _windows(_cut(_gather(spans), horizon), horizon, first.zone)


def instant(moment: datetime) -> int:
    """UTC epoch seconds of an aware UTC datetime, without the fraction. ValueError for any other."""
    if moment.utcoffset() != timedelta(0):
        raise ValueError(f"{moment.isoformat()} is not a time in UTC; write it with a Z, as 2026-12-18T09:00:00Z.")
    return int(moment.replace(microsecond=0).timestamp())


@lru_cache(maxsize=1 << 14)
def moment(instant: int) -> datetime:
    """The aware UTC datetime of an instant."""
    return datetime.fromtimestamp(instant, UTC)


def on_the_wall(local: datetime, zone: ZoneInfo) -> int:
    """The instant at which the clock on the wall shows a local time: where it skips that time, when it goes on; where
    it shows it twice, the first."""
    return _at_wall(zone, local, second=False)


@lru_cache(maxsize=4096)
def midnight(day: date, zone: ZoneInfo) -> int:
    """The instant at which a local day begins."""
    return on_the_wall(_midnight(day), zone)


def is_ever_open(calendar: Calendar) -> bool:
    """Whether it has hours on any day of the week, or on any date."""
    return any(calendar.hours.values()) or any(calendar.overrides.values())


def week_of(calendar: Calendar) -> tuple[tuple[Shift, ...], ...]:
    """The shifts of each weekday, Monday first; several keys that cover a day add up."""
    week: list[tuple[Shift, ...]] = [()] * len(WEEKDAYS)
    for key, shifts in calendar.hours.items():
        begin, _, end = key.partition("-") if "-" in key else (key, "", key)
        if begin not in WEEKDAYS or end not in WEEKDAYS:
            raise ValueError(f"The calendar '{calendar.name}' has hours for '{key}'; write mon, or a range as mon-fri.")
        at = WEEKDAYS.index(begin)
        for offset in range((WEEKDAYS.index(end) - at) % len(WEEKDAYS) + 1):
            week[(at + offset) % len(WEEKDAYS)] += shifts
    return tuple(week)


def time_zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name. ValueError if there is none."""
    try:
        if name.startswith(_NOT_ZONES):
            raise ValueError(name)
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        raise ValueError(f"There is no time zone '{name}'; write an IANA name such as Europe/Berlin.") from None


def _days(
    calendar: Calendar, week: tuple[tuple[Shift, ...], ...], zone: ZoneInfo, first: date, last: date
) -> Iterator[Day]:
    """The working days of which a shift may reach into the dates, each with its shifts."""
    start = first.toordinal() - 1  # the night shift of the day before
    count = last.toordinal() - start
    midnight = instant(_midnight(first).replace(tzinfo=UTC)) - _DAY_SECONDS
    # Offsets at the UTC midnights around each date: where they agree, local time is plain arithmetic.
    offsets = [offset(zone, midnight + at * _DAY_SECONDS) for at in range(-1, count + 3)]
    changes = (at for at, (before, after) in enumerate(pairwise(offsets)) if before != after)
    unsteady = {at - back for at in changes for back in range(4)}
    plain = [_seconds(shifts) for shifts in week]
    for at in range(count):
        day = date.fromordinal(start + at)
        if day in calendar.overrides:
            shifts = calendar.overrides[day]
            spans = _seconds(shifts)
        elif day in calendar.holidays:
            continue
        else:
            shifts, spans = week[day.weekday()], plain[day.weekday()]
        if at in unsteady:
            spans = _merge(_on_changing_clocks(shifts, day, zone))
        else:
            base = midnight + at * _DAY_SECONDS - offsets[at]
            spans = tuple([(base + begin, base + end) for begin, end in spans])
        if spans:
            yield day, spans


def _seconds(shifts: Iterable[Shift]) -> tuple[Span, ...]:
    """When shifts are worked, in seconds since the midnight before."""
    return _merge((60 * one.start, 60 * _end(one)) for one in shifts)


def _end(shift: Shift) -> int:
    """The minutes from the midnight before a shift to its end."""
    return shift.end if shift.end > shift.start else shift.end + _DAY_MINUTES


def _on_changing_clocks(shifts: Iterable[Shift], day: date, zone: ZoneInfo) -> Iterator[Span]:
    """The shifts of a date near which the clocks change."""
    for shift in shifts:
        end = _end(shift)
        opening, late = _edge(zone, _midnight(day) + timedelta(minutes=shift.start), second=False)
        closing, later = _edge(zone, _midnight(day) + timedelta(minutes=end), second=end % _DAY_MINUTES != 0)
        if not (late and later):
            yield opening, closing


def _edge(zone: ZoneInfo, local: datetime, *, second: bool) -> tuple[int, bool]:
    """When a shift begins or ends, and whether the clocks skip that time: then so much later as they are put forward
    (RFC 5545, 3.3.5), but for the end of a day, which is where the next date begins."""
    by_old, by_new = (int(local.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (0, 1))
    skipped = by_old > by_new
    if skipped and (local.hour or local.minute):
        return by_old, True
    return _at_wall(zone, local, second=second), skipped


def _at_wall(zone: ZoneInfo, local: datetime, *, second: bool) -> int:
    """When the clock on the wall shows `local`: skipped, when it goes on; shown twice, the first or second time."""
    by_old, by_new = (int(local.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (0, 1))
    if by_old <= by_new:
        return by_new if second else by_old
    # Skipped: with the offset from before the change the instant comes after it, with the later offset before it.
    new = offset(zone, by_old)
    return by_new + bisect_left(range(by_new, by_old), 1, key=lambda t: offset(zone, t) == new)


def _windows(days: Iterable[Day], horizon: Span, zone: str) -> Windows:
    days = tuple(days)
    merged = _merge(span for _, spans in days for span in spans)
    return Windows(tuple(a for a, _ in merged), tuple(b for _, b in merged), horizon, zone, days)


def _cut(days: Iterable[Day], horizon: Span) -> Iterator[Day]:
    """What of each day lies in the horizon: of most of them all."""
    low, high = horizon
    for day, spans in days:
        if low <= spans[0][0] and spans[-1][1] <= high:
            yield day, spans
            continue
        inside = _merge((max(start, low), min(end, high)) for start, end in spans)
        if inside:
            yield day, inside


def _gather(spans: Iterable[tuple[date, Span]]) -> tuple[Day, ...]:
    """Spans by date, in order."""
    days: dict[date, list[Span]] = {}
    for day, span in spans:
        days.setdefault(day, []).append(span)
    return tuple((day, _merge(days[day])) for day in sorted(days))


def _merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    ordered = tuple(sorted(span for span in spans if span[0] < span[1]))
    if all(before[1] < after[0] for before, after in pairwise(ordered)):
        return ordered
    merged: list[Span] = []
    for start, end in ordered:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


def _overlaps(windows: Windows, span: Span) -> Iterator[Span]:
    low, high = span
    for at in range(bisect_right(windows.ends, low), bisect_left(windows.starts, high)):
        yield max(low, windows.starts[at]), min(high, windows.ends[at])


def _common_horizon(*windows: Windows) -> Span:
    low, high = max(each.horizon[0] for each in windows), min(each.horizon[1] for each in windows)
    if low >= high:
        raise HorizonError(
            f"The calendars have no horizon in common: one ends at {_text(high)}, one begins at {_text(low)}."
        )
    return low, high


def offset(zone: ZoneInfo, t: int) -> int:
    """By how many seconds the clock on the wall is before UTC at an instant."""
    ahead = datetime.fromtimestamp(t, zone).utcoffset()
    assert ahead is not None
    return ahead // timedelta(seconds=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _date(day: Day) -> date:
    return day[0]


def _text(t: int) -> str:
    return utc_text(moment(t))
