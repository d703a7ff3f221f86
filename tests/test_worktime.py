"""The one clock: laws over generated calendars, changes of the clocks, and the words of its errors' kinds."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from portfolios import examples

from tamspec.model.catalog import Calendar, Shift
from tamspec.worktime import (
    WEEKDAYS,
    HorizonError,
    Windows,
    expand,
    instant,
    intersect,
    moment,
    on_the_wall,
    time_zone,
    union,
)
from tamspec.worktime.arrays import ArrayClock, Wall

HOUR = 3600
OFFICE = (Shift(9 * 60, 12 * 60), Shift(13 * 60, 18 * 60))
ALWAYS = {"mon-sun": (Shift(0, 24 * 60),)}
NIGHT = {"mon-fri": (Shift(22 * 60, 6 * 60),)}

# Zone and a date on which its clocks change; Kathmandu's never do, but are at +05:45.
CHANGES = [
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Kathmandu", date(2026, 6, 3)),
    ("America/Havana", date(2025, 3, 9)),  # midnight is skipped
    ("America/Havana", date(2025, 11, 2)),  # midnight comes twice
    ("America/Santiago", date(2025, 4, 6)),  # at midnight back into the evening before
    ("Pacific/Apia", date(2011, 12, 30)),  # a date that never was
]


def calendar(
    zone: str = "Europe/Berlin", hours: Mapping[str, tuple[Shift, ...]] | None = None, **more: Any
) -> Calendar:
    return Calendar(name="test", time_zone=zone, hours={"mon-fri": OFFICE} if hours is None else hours, **more)


def at(text: str, zone: str = "Europe/Berlin") -> int:
    """The instant of a local clock time; `+1` behind it is the second of two."""
    local = datetime.fromisoformat(text.removesuffix("+1")).replace(tzinfo=ZoneInfo(zone))
    return int(local.replace(fold=int(text.endswith("+1"))).timestamp())


def spans(windows: Windows) -> list[tuple[int, int]]:
    return list(zip(windows.starts, windows.ends, strict=True))


def week(**more: Any) -> Windows:
    """Office hours in Berlin from Monday, 1 June 2026, two weeks."""
    return expand(calendar(**more), date(2026, 6, 1), date(2026, 6, 15))


shifts = st.lists(st.builds(Shift, st.integers(0, 1439), st.integers(0, 1440)), max_size=2).map(tuple)
weekday_keys = st.one_of(
    st.sampled_from(WEEKDAYS), st.tuples(st.sampled_from(WEEKDAYS), st.sampled_from(WEEKDAYS)).map("-".join)
)


@st.composite
def calendars(draw: st.DrawFn, zone: str, around: date) -> Calendar:
    dates = st.integers(-3, 3).map(lambda days: around + timedelta(days))
    hours = draw(st.dictionaries(weekday_keys, shifts, max_size=3))
    overrides = draw(st.dictionaries(dates, shifts, max_size=2))
    assume(any(hours.values()) or any(overrides.values()))
    return calendar(
        zone, hours, holidays=draw(st.dictionaries(dates, st.just("closed"), max_size=2)), overrides=overrides
    )


@st.composite
def expanded(draw: st.DrawFn) -> Windows:
    zone, around = draw(st.sampled_from(CHANGES))
    return expand(draw(calendars(zone, around)), around - timedelta(4), around + timedelta(draw(st.integers(1, 6))))


@st.composite
def overlapping(draw: st.DrawFn) -> list[Windows]:
    """Windows whose horizons meet, of several zones."""
    day = date(2026, 3, 29)
    zones = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC"])
    return [
        expand(draw(calendars(draw(zones), day)), day - timedelta(draw(st.integers(2, 4))), day + timedelta(3))
        for _ in range(draw(st.integers(1, 3)))
    ]


def instants(windows: Windows) -> st.SearchStrategy[int]:
    """Any instant of the horizon, with a liking for the edges of windows."""
    anywhere = st.integers(*windows.horizon)
    return st.sampled_from(windows.starts + windows.ends) | anywhere if windows.starts else anywhere


@cache
def wall(zone: str, first: date, last: date) -> tuple[int, list[datetime], list[datetime]]:
    """An oracle: its first instant, and for each minute the latest time shown so far and the earliest still to come."""
    begin = int(datetime.combine(first - timedelta(2), datetime.min.time(), UTC).timestamp())
    end = int(datetime.combine(last + timedelta(2), datetime.min.time(), UTC).timestamp())
    shown = [datetime.fromtimestamp(t, ZoneInfo(zone)).replace(tzinfo=None) for t in range(begin, end, 60)]
    return begin, list(accumulate(shown, max)), list(accumulate(reversed(shown), min))[::-1]


def open_minutes(of: Calendar, first: date, last: date) -> set[int]:
    """The oracle's open minutes: a shift opens when the clock first shows its start or later, and is open as long as
    a time before its end is still to be shown, or, if it ends at midnight, until midnight is first shown. An edge that
    is never shown comes as many minutes after the clocks went on as they had skipped before it; with both of them there
    is no shift.
    """
    begin, latest, earliest = wall(of.time_zone, first, last)

    def reached(day: date) -> int:
        return begin + 60 * bisect_left(latest, datetime.combine(day, datetime.min.time()))

    found: set[int] = set()
    for offset in range(-1, (last - first).days):
        day = first + timedelta(offset)
        for shift in hours_of(of, day):
            midnight = datetime.combine(day, datetime.min.time())
            length = (shift.end - shift.start - 1) % 1440 + 1
            end = midnight + timedelta(minutes=shift.start + length)
            start = midnight + timedelta(minutes=shift.start)
            opening = bisect_left(latest, start)
            closing = bisect_left(latest if end.time() == datetime.min.time() else earliest, end)
            lost = [latest[at] != edge for at, edge in ((opening, start), (bisect_left(latest, end), end))]
            if all(lost):
                continue
            if lost[0]:
                opening += (start - latest[opening - 1]) // timedelta(minutes=1) - 1
            if lost[1] and end.time() != datetime.min.time():
                closing += (end - latest[closing - 1]) // timedelta(minutes=1) - 1
            found.update(range(begin + 60 * opening, begin + 60 * closing, 60))
    return found & set(range(reached(first), reached(last), 60))


def hours_of(of: Calendar, day: date) -> tuple[Shift, ...]:
    if day in of.overrides:
        return of.overrides[day]
    if day in of.holidays:
        return ()
    return tuple(shift for key, all_day in of.hours.items() if covers(key, day.weekday()) for shift in all_day)


def covers(key: str, weekday: int) -> bool:
    first, last = WEEKDAYS.index(key[:3]), WEEKDAYS.index(key[-3:])
    return first <= weekday <= last if first <= last else weekday >= first or weekday <= last


def minutes(windows: Windows) -> set[int]:
    return {t for start, end in spans(windows) for t in range(start, end, 60)}


# Laws


@given(data=st.data())
def test_expansion_agrees_with_the_clock_on_the_wall(data: st.DataObject) -> None:
    zone, around = data.draw(st.sampled_from(CHANGES))
    of = data.draw(calendars(zone, around))
    first, last = around - timedelta(data.draw(st.integers(0, 3))), around + timedelta(data.draw(st.integers(1, 4)))
    assert minutes(expand(of, first, last)) == open_minutes(of, first, last)


@given(expanded())
def test_windows_are_in_order_disjoint_and_within_the_horizon(windows: Windows) -> None:
    edges = [windows.horizon[0], *(edge for span in spans(windows) for edge in span), windows.horizon[1]]
    assert edges == sorted(edges)
    assert all(start < end for start, end in spans(windows))
    assert all(a[1] < b[0] for a, b in pairwise(spans(windows)))
    assert windows.between(*windows.horizon) == sum(end - start for start, end in spans(windows))
    assert {t for _, day in windows.days for start, end in day for t in range(start, end, 60)} == minutes(windows)


@given(data=st.data(), windows=expanded())
def test_between_counts_the_open_seconds(data: st.DataObject, windows: Windows) -> None:
    a, b, c = sorted(data.draw(instants(windows)) for _ in range(3))
    assert windows.between(a, c) == sum(max(0, min(c, end) - max(a, start)) for start, end in spans(windows))
    assert windows.between(a, b) + windows.between(b, c) == windows.between(a, c)


@given(data=st.data(), windows=expanded())
def test_a_deadline_is_the_first_instant_by_which_the_time_has_passed(data: st.DataObject, windows: Windows) -> None:
    t = data.draw(instants(windows))
    d = data.draw(st.integers(0, windows.between(t, windows.horizon[1])))
    deadline = windows.add(t, d)
    assert windows.between(t, deadline) == d
    assert deadline == t if d == 0 else windows.between(t, deadline - 1) == d - 1


@given(data=st.data(), windows=expanded())
def test_going_back_is_the_last_instant_from_which_the_time_is_left(data: st.DataObject, windows: Windows) -> None:
    t = data.draw(instants(windows))
    d = data.draw(st.integers(0, windows.between(windows.horizon[0], t)))
    begin = windows.add(t, -d)
    assert windows.between(begin, t) == d
    assert begin == t if d == 0 else windows.between(begin + 1, t) == d - 1


@given(data=st.data(), windows=expanded())
def test_adding_and_going_back_returns(data: st.DataObject, windows: Windows) -> None:
    t = data.draw(instants(windows))
    d = data.draw(st.integers(0, windows.between(t, windows.horizon[1])))
    back = windows.add(windows.add(t, d), -d)
    assert windows.between(*sorted((t, back))) == 0
    if t < windows.horizon[1] and windows.is_open(t):
        assert back == t


@given(data=st.data(), windows=expanded())
def test_adding_is_additive_and_monotone(data: st.DataObject, windows: Windows) -> None:
    t, later = sorted(data.draw(instants(windows)) for _ in range(2))
    total = data.draw(st.integers(0, windows.between(later, windows.horizon[1])))
    part = data.draw(st.integers(0, total))
    assert windows.add(windows.add(t, part), total - part) == windows.add(t, total)
    assert windows.add(t, part) <= windows.add(t, total) <= windows.add(later, total)


@given(data=st.data(), windows=expanded())
def test_the_openings_next_to_an_instant(data: st.DataObject, windows: Windows) -> None:
    t = data.draw(instants(windows))
    if any(end > t for end in windows.ends):
        opening = windows.next_open(t)
        assert opening >= t
        assert windows.is_open(opening)
        assert windows.between(t, opening) == 0
        assert windows.windows(t, 1)[0] == next(span for span in spans(windows) if span[1] > t)
    else:
        with pytest.raises(HorizonError):
            windows.next_open(t)
    if any(start <= t for start in windows.starts):
        closing = windows.previous_open(t)
        assert closing <= t
        assert windows.between(closing, t) == 0
        assert any(start <= closing <= end for start, end in spans(windows))
    else:
        with pytest.raises(HorizonError):
            windows.previous_open(t)


@given(overlapping())
def test_intersection_and_union_of_the_minutes(all_windows: list[Windows]) -> None:
    low, high = max(w.horizon[0] for w in all_windows), min(w.horizon[1] for w in all_windows)
    # Offsets in all these zones are whole quarters of an hour, so every edge is on the grid.
    common = set(range(low, high, 60))
    each = [minutes(windows) & common for windows in all_windows]
    both, either = intersect(*all_windows), union(*all_windows)
    assert minutes(both) == set.intersection(*each)
    assert minutes(either) == set.union(*each)
    assert both.horizon == either.horizon == (low, high)
    assert spans(intersect(*reversed(all_windows))) == spans(both)
    assert spans(union(*reversed(all_windows))) == spans(either)
    for joined in (both, either):
        assert {t for _, day in joined.days for a, b in day for t in range(a, b, 60)} == minutes(joined)


@given(data=st.data(), windows=expanded())
def test_working_days_are_counted_on_the_days_of_the_calendar(data: st.DataObject, windows: Windows) -> None:
    assume(windows.starts)
    t = data.draw(st.integers(windows.horizon[0], windows.ends[-1] - 1))
    n = data.draw(st.integers(1, 3))
    try:
        result = windows.add_days(t, n)
    except HorizonError:
        return
    assert any(start <= result <= end for _, day in windows.days[n:] for start, end in day)
    assert windows.add_days(t, 1) <= result
    assert windows.add_days(windows.next_open(t), n) == result


@given(data=st.data(), windows=expanded())
def test_the_next_day_is_the_first_that_begins_on_a_later_date(data: st.DataObject, windows: Windows) -> None:
    t = data.draw(instants(windows))
    today = datetime.fromtimestamp(t, ZoneInfo(windows.zone)).date()
    later = [day for begins, day in windows.days if begins > today]
    if later:
        assert windows.next_day(t) == later[0]
    else:
        with pytest.raises(HorizonError):
            windows.next_day(t)


# Calendars


def test_a_split_shift_leaves_the_break_out() -> None:
    windows = week()
    assert windows.windows(at("2026-06-01T00:00"), 2) == (
        (at("2026-06-01T09:00"), at("2026-06-01T12:00")),
        (at("2026-06-01T13:00"), at("2026-06-01T18:00")),
    )
    assert windows.between(at("2026-06-01T00:00"), at("2026-06-08T00:00")) == 40 * HOUR


@pytest.mark.parametrize(
    ("key", "open_days"),
    [
        ("mon", "0"),
        ("mon-fri", "01234"),
        ("fri-mon", "0456"),
        ("sat-sun", "56"),
        ("wed-wed", "2"),
        ("sun-sat", "0123456"),
    ],
)
def test_ranges_of_weekdays(key: str, open_days: str) -> None:
    windows = week(hours={key: OFFICE})
    assert "".join(str(day.weekday()) for day, _ in windows.days[: len(open_days)]) == open_days


def test_several_keys_of_a_day_add_up() -> None:
    windows = week(hours={"mon-fri": (Shift(540, 720),), "mon-wed": (Shift(660, 780),), "tue": (Shift(780, 840),)})
    assert windows.days[0][1] == ((at("2026-06-01T09:00"), at("2026-06-01T13:00")),)
    assert windows.days[1][1] == ((at("2026-06-02T09:00"), at("2026-06-02T14:00")),)
    assert windows.days[3][1] == ((at("2026-06-04T09:00"), at("2026-06-04T12:00")),)


def test_a_holiday_closes_the_shifts_that_start_on_it() -> None:
    windows = week(hours=NIGHT, holidays={date(2026, 6, 3): "A day off"})
    assert windows.is_open(at("2026-06-03T05:00"))
    assert not windows.is_open(at("2026-06-03T23:00"))
    assert not windows.is_open(at("2026-06-04T05:00"))
    assert windows.is_open(at("2026-06-04T23:00"))


def test_an_override_replaces_the_week_and_the_holiday() -> None:
    windows = week(
        holidays={date(2026, 6, 3): "A day off"},
        overrides={date(2026, 6, 2): (), date(2026, 6, 3): (Shift(600, 660),), date(2026, 6, 6): (Shift(600, 1440),)},
    )
    assert [day for day, _ in windows.days[:5]] == [date(2026, 6, day) for day in (1, 3, 4, 5, 6)]
    assert windows.days[1][1] == ((at("2026-06-03T10:00"), at("2026-06-03T11:00")),)
    assert windows.days[4][1] == ((at("2026-06-06T10:00"), at("2026-06-07T00:00")),)


def test_round_the_clock_is_one_window() -> None:
    windows = week(hours=ALWAYS)
    assert spans(windows) == [windows.horizon]
    assert len(windows.days) == 14


def test_a_night_shift_reaches_into_the_horizon_and_out_of_it() -> None:
    windows = expand(calendar(hours={"sun-mon": (Shift(1320, 360),)}), date(2026, 6, 1), date(2026, 6, 2))
    assert spans(windows) == [
        (at("2026-06-01T00:00"), at("2026-06-01T06:00")),
        (at("2026-06-01T22:00"), at("2026-06-02T00:00")),
    ]


def test_an_end_at_the_start_is_a_whole_day() -> None:
    windows = week(hours={"mon": (Shift(540, 540),)})
    assert spans(windows)[0] == (at("2026-06-01T09:00"), at("2026-06-02T09:00"))


# Changes of the clocks


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Asia/Kathmandu", date(2026, 6, 3), 24),
        ("America/Havana", date(2025, 11, 1), 24),
        ("America/Havana", date(2025, 11, 2), 25),
        ("America/Santiago", date(2025, 4, 5), 25),
        ("Pacific/Apia", date(2011, 12, 29), 24),
    ],
)
def test_a_day_round_the_clock_has_the_hours_that_pass(zone: str, day: date, hours: float) -> None:
    only = calendar(zone, {}, overrides={day: (Shift(0, 1440),)})
    windows = expand(only, day - timedelta(2), day + timedelta(3))
    assert windows.between(*windows.horizon) == hours * HOUR
    assert windows.starts == (at(f"{day}T00:00", zone),)


@pytest.mark.parametrize(
    ("zone", "day", "shift", "opens", "closes"),
    [
        ("Europe/Berlin", "2026-03-29", Shift(150, 240), "03:30", "04:00"),  # 02:30 is skipped
        ("Europe/Berlin", "2026-03-29", Shift(60, 150), "01:00", "03:30"),
        ("Europe/Berlin", "2026-10-25", Shift(150, 240), "02:30", "04:00"),  # 02:30 comes twice
        ("Europe/Berlin", "2026-10-25", Shift(60, 150), "01:00", "02:30+1"),
        ("America/New_York", "2026-11-01", Shift(60, 90), "01:00", "01:30+1"),
        ("Australia/Lord_Howe", "2026-10-04", Shift(135, 180), "02:45", "03:00"),
        ("Australia/Lord_Howe", "2026-04-05", Shift(105, 110), "01:45", "01:50+1"),
        ("Asia/Kathmandu", "2026-06-03", Shift(540, 1080), "09:00", "18:00"),
    ],
)
def test_shifts_where_the_clocks_change(zone: str, day: str, shift: Shift, opens: str, closes: str) -> None:
    date_ = date.fromisoformat(day)
    windows = expand(calendar(zone, {}, overrides={date_: (shift,)}), date_, date_ + timedelta(1))
    assert spans(windows) == [(at(f"{day}T{opens}", zone), at(f"{day}T{closes}", zone))]


def test_a_shift_within_skipped_time_does_not_happen() -> None:
    windows = week(hours={}, overrides={date(2026, 3, 29): (Shift(125, 170),)})
    assert windows.starts == ()
    skipped = calendar(hours={}, overrides={date(2026, 3, 29): (Shift(125, 170),)})
    assert expand(skipped, date(2026, 3, 28), date(2026, 3, 31)).days == ()


def test_a_night_shift_over_the_change_counts_the_time_that_passes() -> None:
    saturday = {"sat": (Shift(1320, 360),)}
    spring = expand(calendar(hours=saturday), date(2026, 3, 28), date(2026, 3, 30))
    autumn = expand(calendar(hours=saturday), date(2026, 10, 24), date(2026, 10, 26))
    assert spring.between(*spring.horizon) == 7 * HOUR
    assert autumn.between(*autumn.horizon) == 9 * HOUR


# Deadlines and days


def test_a_deadline_on_the_closing_instant_stays_there() -> None:
    windows = week()
    assert windows.add(at("2026-06-01T16:00"), 2 * HOUR) == at("2026-06-01T18:00")
    assert windows.add(at("2026-06-01T16:00"), 2 * HOUR + 1) == at("2026-06-02T09:00") + 1
    assert windows.add(at("2026-06-02T11:00"), -2 * HOUR) == at("2026-06-02T09:00")
    assert windows.add(at("2026-06-01T20:00"), 0) == at("2026-06-01T20:00")


def test_windows_are_half_open() -> None:
    windows = week()
    assert windows.is_open(at("2026-06-01T09:00"))
    assert not windows.is_open(at("2026-06-01T12:00"))
    assert windows.next_open(at("2026-06-01T12:00")) == at("2026-06-01T13:00")
    assert windows.previous_open(at("2026-06-01T12:30")) == at("2026-06-01T12:00")
    assert windows.windows(at("2026-06-01T12:00"), 1)[0][0] == at("2026-06-01T13:00")


@pytest.mark.parametrize(
    ("start", "days", "result"),
    [
        ("2026-06-01T10:00", 0, "2026-06-01T10:00"),
        ("2026-06-01T20:00", 0, "2026-06-01T20:00"),
        ("2026-06-01T10:00", 1, "2026-06-02T10:00"),
        ("2026-06-05T17:00", 2, "2026-06-09T17:00"),  # over the weekend
        ("2026-06-06T11:00", 1, "2026-06-09T09:00"),  # from Monday's opening
        ("2026-06-01T12:30", 1, "2026-06-02T13:00"),
        ("2026-06-02T17:00", 1, "2026-06-03T11:00"),  # the day closes before that time
        ("2026-06-02T09:30", 1, "2026-06-03T10:00"),  # and opens after it
    ],
)
def test_working_days_later(start: str, days: int, result: str) -> None:
    windows = week(overrides={date(2026, 6, 3): (Shift(600, 660),)})
    assert windows.add_days(at(start), days) == at(result)


def test_a_night_belongs_to_the_date_of_its_evening() -> None:
    windows = week(hours=NIGHT)
    assert windows.add_days(at("2026-06-02T02:00"), 1) == at("2026-06-03T02:00")
    assert windows.add_days(at("2026-06-06T02:00"), 1) == at("2026-06-09T02:00")  # Friday's night, Monday's night
    assert windows.next_day(at("2026-06-02T02:00")) == ((at("2026-06-03T22:00"), at("2026-06-04T06:00")),)


def test_days_of_a_calendar_round_the_clock_keep_the_clock_time_over_the_change() -> None:
    windows = expand(calendar(hours=ALWAYS), date(2026, 3, 27), date(2026, 4, 3))
    assert windows.add_days(at("2026-03-28T10:00"), 1) == at("2026-03-29T10:00")
    assert windows.add_days(at("2026-03-28T02:30"), 1) == at("2026-03-29T03:00")
    assert windows.next_day(at("2026-03-28T10:00")) == ((at("2026-03-29T00:00"), at("2026-03-30T00:00")),)


def test_days_of_an_intersection_are_those_of_the_first() -> None:
    night = week(hours=NIGHT)
    both = intersect(night, week(hours={"tue": (Shift(0, 240),)}))
    assert both.days[0] == (date(2026, 6, 1), ((at("2026-06-02T00:00"), at("2026-06-02T04:00")),))


def test_windows_made_by_hand_belong_to_the_date_on_which_they_begin() -> None:
    windows = Windows((10 * HOUR, 34 * HOUR), (12 * HOUR, 36 * HOUR), (0, 48 * HOUR), "UTC")
    assert windows.next_day(11 * HOUR) == ((34 * HOUR, 36 * HOUR),)
    assert windows.add_days(11 * HOUR, 1) == 35 * HOUR


# Errors


@pytest.mark.parametrize(
    "ask",
    [
        lambda w: w.is_open(w.horizon[0] - 1),
        lambda w: w.is_open(w.horizon[1]),
        lambda w: w.between(w.horizon[0], w.horizon[1] + 1),
        lambda w: w.between(w.horizon[0] - 1, w.horizon[1]),
        lambda w: w.add(w.horizon[1] + 1, 0),
        lambda w: w.add(w.horizon[0], 80 * HOUR + 1),
        lambda w: w.add(w.horizon[1], -80 * HOUR - 1),
        lambda w: w.next_open(w.ends[-1]),
        lambda w: w.previous_open(w.horizon[0]),
        lambda w: w.windows(w.horizon[0], 21),
        lambda w: w.add_days(w.horizon[0], 10),
        lambda w: w.next_day(w.starts[-1]),
    ],
)
def test_beyond_the_horizon_is_an_error(ask: Callable[[Windows], object]) -> None:
    with pytest.raises(HorizonError, match="2026-05-31T22:00:00Z to 2026-06-14T22:00:00Z"):
        ask(week())


def test_the_last_of_everything_is_still_within() -> None:
    windows = week()
    assert windows.add(windows.horizon[0], 80 * HOUR) == windows.ends[-1]
    assert windows.add(windows.horizon[1], -80 * HOUR) == windows.starts[0]
    assert windows.add_days(windows.horizon[0], 9) == at("2026-06-12T09:00")
    assert len(windows.windows(windows.horizon[0], 20)) == 20


def test_a_day_that_the_horizon_cuts_is_not_taken_for_its_end() -> None:
    windows = expand(calendar(hours=NIGHT), date(2026, 6, 1), date(2026, 6, 3))
    with pytest.raises(HorizonError):
        windows.add_days(at("2026-06-02T02:00"), 1)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: week().between(at("2026-06-02T00:00"), at("2026-06-01T00:00")),
        lambda: week().add_days(at("2026-06-02T00:00"), -1),
        lambda: expand(calendar(), date(2026, 6, 1), date(2026, 6, 1)),
        lambda: week(hours={}),
        lambda: week(hours={"mon": ()}, overrides={date(2026, 6, 1): ()}),
        lambda: week(hours={"monday": OFFICE}),
        lambda: week(hours={"mon-": OFFICE}),
        lambda: week(hours={"mon-fri-sun": OFFICE}),
        lambda: instant(datetime(2026, 6, 1)),  # noqa: DTZ001 - a naive one is what is refused
        lambda: instant(datetime(2026, 6, 1, tzinfo=ZoneInfo("Europe/Berlin"))),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z0-9].*\.$") as caught:
        wrong()
    assert not isinstance(caught.value, HorizonError)


def test_horizons_that_cannot_be_planned() -> None:
    june = week()
    july = expand(calendar(), date(2026, 7, 1), date(2026, 7, 2))
    for join in (intersect, union):
        with pytest.raises(HorizonError):
            join(june, july)
    for first, last in ((date.min, date(2026, 6, 1)), (date(2026, 6, 1), date.max)):
        with pytest.raises(HorizonError):
            expand(calendar(), first, last)


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Atlantis",
        "",
        "Europe",
        "../../etc/passwd",
        "/etc/localtime",
        "localtime",
        "right/UTC",
        "\0",
        "MSK\u2028",
    ],
)
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="There is no time zone"):
        time_zone(name)
    with pytest.raises(ValueError, match="There is no time zone"):
        expand(calendar(zone=name), date(2026, 6, 1), date(2026, 6, 2))


@given(st.integers(-(2**31), 2**33))
def test_instants_and_moments_say_the_same(t: int) -> None:
    assert instant(moment(t)) == t
    assert instant(moment(t).replace(microsecond=999_999)) == t
    assert moment(t).tzinfo is UTC


# -- many instants at once


quarters = st.builds(lambda start, length: Shift(start * 15, (start + length) * 15 % 1440), *2 * [st.integers(1, 95)])
"""Shifts on quarters of an hour, which a table answers for."""


@st.composite
def expanded_with_or_without_a_table(draw: st.DrawFn) -> Windows:
    if draw(st.booleans()):
        return draw(expanded())
    zone, around = draw(st.sampled_from(CHANGES))
    hours = draw(st.dictionaries(weekday_keys, st.tuples(quarters), min_size=1, max_size=3))
    return expand(calendar(zone, hours), around - timedelta(5), around + timedelta(5))


@given(data=st.data(), windows=expanded_with_or_without_a_table(), table=st.booleans())
def test_arrays_are_answered_as_each_instant_is(data: st.DataObject, windows: Windows, table: bool) -> None:
    clock = ArrayClock(windows, table=table)
    some = np.array(sorted(data.draw(st.lists(instants(windows), min_size=2, max_size=20))))
    by = np.array(data.draw(st.lists(st.integers(-(10**5), 10**5), min_size=len(some), max_size=len(some))))
    whole = windows.horizon[0] + 0 * some
    assert clock.between(whole, some).tolist() == [windows.between(windows.horizon[0], int(t)) for t in some]
    assert clock.between(some[:1], some[-1:]).tolist() == [windows.between(int(some[0]), int(some[-1]))]
    for ask, of_each in (
        (lambda t: clock.add(t, by[: len(t)]), [lambda t, d=d: windows.add(t, int(d)) for d in by]),
        (clock.next_open, [windows.next_open] * len(some)),
        (clock.previous_open, [windows.previous_open] * len(some)),
        (clock.is_open, [windows.is_open] * len(some)),
    ):
        try:
            expected = [one(int(t)) for t, one in zip(some, of_each, strict=True)]
        except HorizonError:
            with pytest.raises(HorizonError):
                ask(some)
        else:
            assert ask(some).tolist() == expected


@given(data=st.data())
@examples(25)
def test_arrays_agree_with_the_clock_on_the_wall(data: st.DataObject) -> None:
    zone, around = data.draw(st.sampled_from(CHANGES))
    drawn = data.draw(calendars(zone, around))
    first, last = around - timedelta(3), around + timedelta(4)
    try:
        windows = expand(drawn, first, last)
    except ValueError:
        assume(False)
    low, high = windows.horizon
    each = np.arange(low, high, 60)
    oracle = open_minutes(drawn, first, last)
    counted = np.concatenate([[0], np.cumsum([t in oracle for t in each.tolist()]) * 60])
    for clock in (ArrayClock(windows), ArrayClock(windows, table=False)):
        assert clock.is_open(each).tolist() == [t in oracle for t in each.tolist()]
        assert clock.position(np.append(each, high)).tolist() == counted.tolist()


def test_a_table_is_made_where_all_edges_lie_on_quarters_of_an_hour() -> None:
    assert ArrayClock(week()).table is not None
    assert ArrayClock(week(hours={"mon": (Shift(9 * 60 + 10, 12 * 60),)})).table is None


@pytest.mark.parametrize("zone", sorted({zone for zone, _ in CHANGES}))
def test_times_on_the_wall_of_many(zone: str) -> None:
    """Every quarter of an hour of a year, those that the clocks skip or show twice among them."""
    begin = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
    shown = begin + 900 * np.arange(365 * 96)
    local = [moment(int(one)).replace(tzinfo=None) for one in shown]
    made = Wall(ZoneInfo(zone), 2025, 2025).instants(shown)
    assert made.tolist() == [on_the_wall(one, ZoneInfo(zone)) for one in local]
    known = Wall(ZoneInfo(zone), 2025, 2025).shown(made)
    assert np.all((known == shown) | (known > shown))


def test_many_at_once_are_refused_as_one_is() -> None:
    clock = ArrayClock(week())
    inside, beyond = np.array([at("2026-06-02 10:00")]), np.array([at("2026-06-02 10:00"), at("2027-01-01 10:00")])
    for ask in (clock.position, clock.is_open, clock.next_open, clock.previous_open):
        with pytest.raises(HorizonError):
            ask(beyond)
    with pytest.raises(HorizonError):
        clock.add(inside, 10**7)
    with pytest.raises(ValueError, match="ends at"):
        clock.between(inside, inside - 1)
    assert clock.position(inside[:0]).tolist() == []
