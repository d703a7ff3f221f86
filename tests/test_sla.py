"""The arithmetic of promises: the worst case through a chain against a minute grid, availability by every state."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from portfolios import examples

from tamspec.model.catalog import Calendar, Shift
from tamspec.sla.availability import Some, Whole, availability, budget, parallel, series
from tamspec.sla.chain import Case, Leg, Stage, arrivals, case
from tamspec.worktime import Windows, expand

DAY = 86400


def hours(zone: str, **week: tuple[Shift, ...]) -> Windows:
    days = {days.replace("_", "-"): shifts for days, shifts in week.items()}
    return expand(Calendar(name="c", time_zone=zone, hours=days), date(2024, 12, 1), date(2026, 2, 1))


def t(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


ALWAYS = hours("UTC", mon_sun=(Shift(0, 1440),))
OFFICE = hours("Europe/Berlin", mon_fri=(Shift(8 * 60, 18 * 60),))
YEAR = (t("2025-01-01"), t("2026-01-01"))


def leg(windows: Windows, minutes: int) -> Leg:
    return Leg(name="desk", hours=windows, seconds=60 * minutes)


def worst(stages: list[Stage], clock: Windows, span: tuple[int, int]) -> Case:
    found = arrivals(stages, clock, span)
    return case(int(found.at[found.worst]), stages, clock)


def missed(stages: list[Stage], clock: Windows, span: tuple[int, int], target: int) -> int:
    return arrivals(stages, clock, span).missed(target)


def test_a_desk_behind_a_promise_around_the_clock() -> None:
    """The week-end on which the clocks go back is the longest."""
    found = worst([[leg(OFFICE, 15)]], ALWAYS, YEAR)
    assert (found.arrival, found.elapsed) == (t("2025-10-24 16:00"), 63.25 * 3600)
    assert found.hands == (t("2025-10-27 07:15"),)


def test_the_same_hours_everywhere_add_up() -> None:
    chain = [[leg(OFFICE, 15)], [leg(OFFICE, 60), leg(OFFICE, 240)], [leg(OFFICE, 120)]]
    assert worst(chain, OFFICE, YEAR).elapsed == (15 + 240 + 120) * 60


def test_what_is_missed_is_counted_on_the_clock_of_the_promise() -> None:
    """Nights and week-ends: all arrivals but those of which a quarter of an hour is left in the office."""
    one = [[leg(OFFICE, 15)]]
    open_time = OFFICE.between(*YEAR)
    days = sum(1 for start in OFFICE.starts if YEAR[0] <= start < YEAR[1])
    assert missed(one, ALWAYS, YEAR, 15 * 60) == YEAR[1] - YEAR[0] - open_time + days * (15 * 60 - 1)
    assert missed(one, OFFICE, YEAR, 15 * 60) == 0


SHIFTS = st.tuples(st.integers(0, 95), st.integers(1, 95)).map(lambda s: Shift(s[0] * 15, (s[0] + s[1]) * 15 % 1440))
CALENDARS = st.builds(
    lambda zone, weekdays, weekend: expand(
        Calendar(name="c", time_zone=zone, hours={"mon-fri": weekdays} | ({"sat": weekend} if weekend else {})),
        date(2025, 2, 1),
        date(2025, 12, 1),
    ),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
    st.tuples(SHIFTS) | st.just((Shift(0, 1440),)),
    st.just(()) | st.tuples(SHIFTS),
)
LEGS = st.builds(leg, CALENDARS, st.integers(0, 10 * 60))
CHAINS = st.lists(st.lists(LEGS, min_size=1, max_size=2), min_size=1, max_size=3)
WEEKS = (t("2025-03-20"), t("2025-04-03"))


@given(CHAINS, CALENDARS)
@examples(25)
def test_the_worst_case_is_that_of_a_minute_grid_and_never_below_it(chain: list[list[Leg]], clock: Windows) -> None:
    grid = {at: case(at, chain, clock).elapsed for at in range(*WEEKS, 60)}
    found = worst(chain, clock, WEEKS)
    assert case(found.arrival, chain, clock) == found
    assert max(grid.values()) <= found.elapsed < max(grid.values()) + 60


@given(CHAINS, CALENDARS, st.integers(0, 2000), st.integers(0, 330))
@examples(25)
def test_what_is_missed_is_counted_to_the_second(
    chain: list[list[Leg]], clock: Windows, minutes: int, hour: int
) -> None:
    span = (WEEKS[0] + hour * 3600, WEEKS[0] + (hour + 5) * 3600)
    late = sum(case(at, chain, clock).elapsed > 60 * minutes and clock.is_open(at) for at in range(*span))
    assert missed(chain, clock, span, 60 * minutes) == late


def test_what_a_whole_is_made_of() -> None:
    shares = {name: Fraction(text) for name, text in {"a": "0.9995", "b": "0.9999", "c": "0.999"}.items()}
    assert availability(series("a", "b"), shares) == Fraction("0.99940005")
    assert availability(parallel("b", "c"), shares) == Fraction("0.9999999")
    four = {name: Fraction("0.9") for name in "abcd"}
    assert availability(Some(3, ("a", "b", "c", "d")), four) == Fraction("0.9477")


def test_a_part_that_stands_in_two_places_is_one_part() -> None:
    shares = {"power": Fraction("0.99"), "a": Fraction("0.9"), "b": Fraction("0.9")}
    whole = parallel(series("power", "a"), series("power", "b"))
    assert availability(whole, shares) == Fraction("0.99") * (1 - Fraction("0.1") ** 2)


def test_what_may_fail_in_a_month() -> None:
    budgets = [float(budget(Fraction("0.999"), days * DAY)) for days in (28, 30, 31)]
    assert budgets == [40.32, 43.2, 44.64]


WHOLES: st.SearchStrategy[Whole] = st.recursive(
    st.sampled_from("abcde"),
    lambda inner: st.lists(inner, min_size=1, max_size=4).flatmap(
        lambda of: st.integers(0, len(of)).map(lambda needed: Some(needed, tuple(of)))
    ),
    max_leaves=8,
)


@given(WHOLES, st.lists(st.fractions(0, 1, max_denominator=20), min_size=5, max_size=5))
@examples(100)
def test_availability_is_the_sum_over_all_states(whole: Whole, odds: list[Fraction]) -> None:
    shares = dict(zip("abcde", odds, strict=True))

    def works(part: Whole, up: dict[str, bool]) -> bool:
        return up[part] if isinstance(part, str) else sum(works(one, up) for one in part.of) >= part.needed

    total = Fraction(0)
    for state in itertools.product([False, True], repeat=5):
        up = dict(zip("abcde", state, strict=True))
        likely = Fraction(1)
        for name, is_up in up.items():
            likely *= shares[name] if is_up else 1 - shares[name]
        total += likely if works(whole, up) else 0
    assert availability(whole, shares) == total
