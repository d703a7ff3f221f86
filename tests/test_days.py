"""How long after something a thing is due, in the days of a calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tamspec.desk.days import FOREVER, end_of, later
from tamspec.model.catalog import Calendar, Shift
from tamspec.model.values import Duration

WEEKDAYS = Calendar(
    name="weekdays",
    time_zone="Europe/Moscow",
    hours={"mon-fri": (Shift(9 * 60, 18 * 60),)},
    holidays={date(2026, 11, 4): "Unity Day"},
)
MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)  # at noon in Moscow


@pytest.mark.parametrize(
    ("by", "reached"),
    [
        (Duration(), MONDAY),
        (Duration(minutes=90), MONDAY + timedelta(minutes=90)),
        (Duration(working_days=1), datetime(2026, 11, 3, 9, tzinfo=UTC)),
        (Duration(working_days=2), datetime(2026, 11, 5, 9, tzinfo=UTC)),  # the day between is closed
        (Duration(working_days=5), datetime(2026, 11, 10, 9, tzinfo=UTC)),
        (Duration(minutes=10**12), FOREVER),
        (Duration(working_days=10**6), FOREVER),
    ],
)
def test_later(by: Duration, reached: datetime) -> None:
    assert later(MONDAY, by, WEEKDAYS) == reached


def test_many_years_of_working_days() -> None:
    reached = later(MONDAY, Duration(working_days=2_000), WEEKDAYS)
    assert (reached - MONDAY).days == pytest.approx(2_000 * 7 / 5, abs=5)


def test_a_calendar_that_is_hardly_ever_open_counts_days() -> None:
    once = Calendar(name="once", time_zone="UTC", hours={}, overrides={date(2026, 11, 3): (Shift(0, 60),)})
    assert later(MONDAY, Duration(working_days=3), once) == MONDAY + timedelta(3)


def test_a_day_ends_where_it_is() -> None:
    assert end_of(date(2026, 11, 2), ZoneInfo("Europe/Moscow")) == datetime(2026, 11, 2, 21, tzinfo=UTC)
    berlin = ZoneInfo("Europe/Berlin")  # that day has 25 hours
    assert end_of(date(2026, 10, 25), berlin) == datetime(2026, 10, 25, 23, tzinfo=UTC)
    assert end_of(date.max, berlin) == FOREVER
