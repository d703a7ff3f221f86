"""When a client capacity item runs out: series with known answers, laws, and what is refused.

The truth of a series is the first day from today on which its process without noise, seasons included and carried on
into the future, has reached the limit; none, if that is after the horizon. A forecast is right if it says nothing else:

- the truth is a day: it is not before the earliest, which is told, nor after the latest, if that is told;
- there is none within the horizon: the latest is not told;
- the process is flat: the latest is not told, for no exhaustion is certain.

How wide an interval is, is told of series whose truth is a day: from the earliest to the latest in days, where what is
not told counts as the end of the horizon, for each day that it is away. The constants of the forecast were chosen on
seeds below 3,000; what is tested here has others.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tamspec.desk.forecast import EPOCH, FEWEST, Forecast, forecast

TODAY = date(2026, 11, 26)
Samples = list[tuple[date, float]]
Process = Callable[[NDArray[np.int64]], NDArray[np.float64]]


# -- series with known answers ----------------------------------------------------------------------------------------


class Case(NamedTuple):
    samples: Samples
    limit: float
    horizon: int
    truth: int | None
    """Days from today; None: not within the horizon."""


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A positive number, each order of magnitude as likely."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def days(rng: np.random.Generator, n: int, mean: float) -> NDArray[np.int64]:
    """So many days, the last of them today or up to two days ago, with gaps of chance."""
    gaps = rng.geometric(1 / mean, n)
    return np.cumsum(gaps) - gaps.sum() - rng.integers(0, 3)


def noise(rng: np.random.Generator, n: int, sigma: float) -> NDArray[np.float64]:
    """Normal, with heavy tails (Laplace), or with a memory of the day before of up to 0.6."""
    kind = rng.integers(3)
    if kind == 0:
        return rng.normal(0, sigma, n)
    if kind == 1:
        return rng.laplace(0, sigma / math.sqrt(2), n)
    memory = rng.uniform(0, 0.6)
    made = rng.normal(0, sigma, n)
    for at in range(1, n):
        made[at] = memory * made[at - 1] + math.sqrt(1 - memory**2) * made[at]
    return made


def season(rng: np.random.Generator, size: float, *, yearly: bool) -> Process:
    """A year of two waves; or a week of seven levels of chance, or of working days and a weekend."""
    if yearly:
        turn, shift, second = 2 * math.pi / 365.25, rng.uniform(0, 365.25), rng.uniform(0, 0.4)
        return lambda d: size * (np.sin(turn * (d + shift)) + second * np.sin(2 * turn * (d - shift)))
    chance, working = rng.normal(0, 1, 7), np.roll([1.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0], rng.integers(7))
    week = size * (chance if rng.random() < 0.5 else working)
    return lambda d: week[d % 7]


def case(kind: str, seed: int) -> Case:
    """A series of 30 to 400 samples that rises by 2 to 60 standard deviations of its noise, and would reach the limit
    after a tenth to three times its own length; within a horizon of 30 to 1,500 days. The patterns of half of the
    seasonal series are of the year: these have 200 samples or more, of two to four years."""
    rng = np.random.default_rng([seed, *kind.encode()])
    yearly = kind == "seasonal" and rng.random() < 0.5
    n = int(rng.integers(200 if yearly else 30, 401))
    t = days(rng, n, rng.uniform(2, 4) * 365.25 / n if yearly else rng.choice([1.0, 1.0, 1.3, 2.0, 3.0]))
    span = int(t[-1] - t[0])
    sigma = between(rng, 0.1, 10)
    slope = 0.0 if kind == "flat" else sigma * between(rng, 2, 60) / span
    base = rng.uniform(50, 500)
    pattern = season(rng, sigma * rng.uniform(1, 6), yearly=yearly) if kind == "seasonal" else np.zeros_like

    def process(d: NDArray[np.int64]) -> NDArray[np.float64]:
        made: NDArray[np.float64] = base + slope * d + pattern(d)
        return made

    y = process(t) + noise(rng, n, sigma)
    if kind == "step":  # one or two, before which there was more, or less
        for _ in range(rng.integers(1, 3)):
            y[: rng.integers(math.ceil(0.15 * n), int(0.85 * n))] += sigma * between(rng, 2, 40) * rng.choice([-1, 1])
    if kind == "bend":  # before which it grew with -1 to 2 times the slope
        y += np.minimum(t - t[rng.integers(int(0.3 * n), int(0.7 * n))], 0) * slope * rng.uniform(-1, 2)
    if kind == "outliers":  # 1 to 10 % of all
        wrong = rng.random(n) < rng.uniform(0.01, 0.1)
        y[wrong] += sigma * rng.uniform(5, 50, wrong.sum()) * rng.choice([-1, 1], wrong.sum())
    rise = sigma * between(rng, 3, 60) if kind == "flat" else max(slope * span * between(rng, 0.1, 3), 0.5 * sigma)
    limit = float(process(np.array([0]))[0]) + rise
    horizon = int(between(rng, 30, 1500))
    reached = process(np.arange(horizon + 1)) >= limit
    truth = int(np.argmax(reached)) if reached.any() else None
    return Case(dated(t.tolist(), y.tolist()), limit, horizon, truth)


def dated(t: list[int], y: list[float]) -> Samples:
    return [(TODAY + timedelta(at), usage) for at, usage in zip(t, y, strict=True)]


def away(day: date | None) -> int | None:
    return None if day is None else (day - TODAY).days


class Score(NamedTuple):
    right: float
    """The share of all series."""
    right_ahead: float
    """The share of those whose truth is a day."""
    width: float
    """The median, in leads."""
    open_: float
    """The share of those whose truth is a day that are told no latest."""


def score(kind: str, seeds: range) -> Score:
    right, right_ahead, widths, open_ = [], [], [], []
    for seed in seeds:
        one = case(kind, seed)
        told = forecast(one.samples, limit=one.limit, today=TODAY, horizon=one.horizon)
        first, last = away(told.earliest), away(told.latest)
        if one.truth is None:
            right.append(last is None)
            continue
        ends = [one.horizon if end is None else end for end in (first, last)]
        right.append(first is not None and first <= one.truth and (last is None or one.truth <= last))
        right_ahead.append(right[-1])
        widths.append((ends[1] - ends[0]) / max(one.truth, 1))
        open_.append(last is None)
    none = not widths
    return Score(
        *(float(np.mean(each)) if each else 1.0 for each in (right, right_ahead)),
        0.0 if none else float(np.median(widths)),
        0.0 if none else float(np.mean(open_)),
    )


KINDS = ("linear", "step", "outliers", "flat", "seasonal")


@pytest.mark.slow
def test_the_truth_lies_in_the_interval_and_the_interval_is_of_use() -> None:
    scores = {kind: score(kind, range(50_000, 50_200)) for kind in KINDS}
    assert all(each.right >= 0.93 for each in scores.values()), scores
    assert np.mean([each.right for each in scores.values()]) >= 0.95, scores
    # Of series that do run out within the horizon, which nobody gets right by saying "never".
    ahead = [scores[kind].right_ahead for kind in KINDS if kind != "flat"]
    assert min(ahead) >= 0.9, scores  # about a hundred a kind
    assert np.mean(ahead) >= 0.95, scores
    # Half of all intervals are narrower than so many times the way to the date, and most have an end.
    assert all(each.width <= 0.6 for each in scores.values()), scores
    assert all(each.open_ <= 0.25 for each in scores.values()), scores


@pytest.mark.slow
def test_what_is_flat_seldom_seems_to_rise() -> None:
    """That it does with certainty, in one of forty at a confidence of 95 %."""
    cases = (case("flat", seed) for seed in range(50_000, 50_200))
    found = [forecast(each.samples, limit=each.limit, today=TODAY, horizon=each.horizon) for each in cases]
    assert np.mean([each.why in {"", "beyond the horizon"} for each in found]) <= 0.05
    assert np.mean([each.central is not None for each in found]) <= 0.01


@pytest.mark.slow
def test_a_bend_is_found_more_often_than_not() -> None:
    """A bend that the noise hides is told as a line, so these are right less often, which the manual says."""
    bent = score("bend", range(50_000, 50_200))
    assert bent.right >= 0.85, bent
    assert bent.width <= 0.7, bent


# -- examples ---------------------------------------------------------------------------------------------------------


def line(n: int = 100, slope: float = 0.5, wobble: float = 1.0, seed: int = 1) -> Samples:
    """A sample each day until today, on which it is 100."""
    t = np.arange(1 - n, 1)
    return dated(t.tolist(), (100 + slope * t + np.random.default_rng(seed).normal(0, wobble, n)).tolist())


def told(samples: Samples, limit: float = 120.0, horizon: int = 365, **more: float) -> Forecast:
    return forecast(samples, limit=limit, today=TODAY, horizon=horizon, **more)  # type: ignore[arg-type]


def test_a_plain_line() -> None:
    found = told(line())
    assert found.why == ""
    assert found.trend == pytest.approx(0.5, abs=0.02)
    assert found.level == pytest.approx(100, abs=1)
    assert (found.samples, found.last, found.since) == (100, TODAY, TODAY - timedelta(99))
    assert (found.weekly, found.yearly) == (False, False)
    assert found.earliest is not None
    assert found.central is not None
    assert found.latest is not None
    assert found.earliest < found.central < found.latest
    assert abs((found.central - TODAY).days - 40) <= 4


def test_a_line_without_noise_is_told_to_the_day() -> None:
    found = told(line(wobble=0.0), limit=120.25)
    assert {away(day) for day in (found.earliest, found.central, found.latest)} == {41}


def test_a_level_shift_does_not_touch_the_trend() -> None:
    shifted = [(day, usage + (300 if away(day) < -40 else 0)) for day, usage in line()]  # type: ignore[operator]
    found = told(shifted)
    assert found.since == TODAY - timedelta(40)
    assert found.trend == pytest.approx(0.5, abs=0.05)
    assert abs((away(found.central) or 0) - 40) <= 6


def test_a_new_trend_counts_from_its_day() -> None:
    bent = [(day, usage - 0.4 * max((away(day) or 0) + 50, 0)) for day, usage in line()]
    found = told(bent, limit=90.0)
    assert found.trend == pytest.approx(0.1, abs=0.05)
    assert found.since is not None
    assert abs((away(found.since) or 0) + 50) <= 8


def test_a_weekend_is_no_outlier() -> None:
    weekly = [(day, usage - (20 if day.weekday() >= 5 else 0)) for day, usage in line()]
    found = told(weekly)
    assert found.weekly
    assert found.central is not None
    assert found.central.weekday() < 5
    low = {point.day: point.centre for point in told(weekly, points=500).line}
    assert low[date(2026, 11, 28)] < low[date(2026, 11, 27)] - 15


def test_a_peak_of_the_year_runs_out_though_the_trend_is_flat() -> None:
    t = np.arange(-1100, 1)
    peaks = 100 + 20 * np.cos(2 * math.pi * (t - 60) / 365.25) + np.random.default_rng(4).normal(0, 1, t.size)
    found = told(dated(t.tolist(), peaks.tolist()), limit=117.0)
    assert found.yearly
    assert found.why == ""
    assert found.latest is not None
    assert abs((away(found.central) or 0) - 29) <= 4


def test_noise_widens_the_interval() -> None:
    widths = []
    for wobble in (0.5, 2.0, 4.0):
        found = [told(line(wobble=wobble, seed=seed), horizon=2000) for seed in range(20)]
        widths.append(np.mean([(each.latest - each.earliest).days for each in found if each.latest and each.earliest]))
        assert all(each.latest for each in found)
    assert widths[0] * 2 < widths[1]
    assert widths[1] * 1.5 < widths[2]


def test_more_confidence_widens_the_interval() -> None:
    few, many = told(line(), confidence=0.5), told(line(), confidence=0.99)
    assert few.central == many.central
    assert many.earliest < few.earliest < few.latest < many.latest  # type: ignore[operator]


def test_whole_numbers_that_mostly_stand_still() -> None:
    """Licences: one more every twenty days."""
    found = told(dated(list(range(-300, 1)), [float(50 + (at + 300) // 20) for at in range(-300, 1)]), limit=75.0)
    assert found.why == ""
    assert found.trend == pytest.approx(1 / 20, rel=0.2)
    # The line goes through the middle of the stairs: it is there within half a stair of the last licence.
    assert abs((away(found.central) or 0) - 200) <= 20 / 2 + 2


@pytest.mark.parametrize(
    ("samples", "limit", "why"),
    [
        (line(slope=-0.5), 120.0, "flat or falling"),
        (line(n=20, slope=0.3, wobble=5.0, seed=1), 300.0, "uncertain"),
        (line(), 5000.0, "beyond the horizon"),
        (line(), 90.0, "at its limit"),
        (line(), 100.0 - 50, "at its limit"),
        (line()[:5], 120.0, "too few samples"),
    ],
)
def test_why_there_is_no_date_ahead(samples: Samples, limit: float, why: str) -> None:
    found = told(samples, limit=limit)
    assert found.why == why
    assert found.central == (TODAY if why == "at its limit" else None)


def test_the_chart_begins_with_the_samples_and_has_today() -> None:
    found = told(line(), points=30)
    shown = [point.day for point in found.line]
    assert (shown[0], shown[-1]) == (TODAY - timedelta(99), TODAY + timedelta(365))
    assert TODAY in shown
    assert shown == sorted(set(shown))
    assert len(shown) <= 30
    assert all(point.low <= point.centre <= point.high for point in found.line)
    assert next(point.centre for point in found.line if point.day == TODAY) == found.level


# -- laws -------------------------------------------------------------------------------------------------------------

usages = st.one_of(st.integers(0, 50).map(float), st.floats(-1e6, 1e6))
series = st.lists(st.tuples(st.integers(-400, 0), usages), max_size=60).map(
    lambda pairs: [(TODAY + timedelta(at), usage) for at, usage in pairs]
)
grown = st.integers(0, 10_000).map(
    lambda seed: case(("linear", "step", "outliers", "seasonal")[seed % 4], seed).samples
)
"""Series of which something is told, which arbitrary ones seldom are."""
any_series = st.one_of(series, grown)
limits = st.floats(-1e6, 1e6)


def dates(found: Forecast) -> list[int | None]:
    return [away(found.earliest), away(found.central), away(found.latest)]


@given(any_series, limits)
def test_dates_come_in_order(samples: Samples, limit: float) -> None:
    found = told(samples, limit=limit)
    ends = [math.inf if at is None else at for at in dates(found)]
    assert ends == sorted(ends)
    assert min(ends) >= 0
    assert (found.why in {"", "at its limit"}) == (found.central is not None)


@given(any_series, limits, st.randoms(use_true_random=False))
def test_the_order_of_samples_does_not_matter(samples: Samples, limit: float, chance: object) -> None:
    mixed = samples.copy()
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert told(mixed, limit=limit) == told(samples, limit=limit)


@given(any_series, limits, st.integers(-20, 20))
def test_another_unit_changes_no_date(samples: Samples, limit: float, power: int) -> None:
    assume(all(abs(usage) > 1e-200 or usage == 0 for usage in (limit, *(usage for _, usage in samples))))
    scaled = told([(day, usage * 2.0**power) for day, usage in samples], limit=limit * 2.0**power)
    assert dates(scaled) == dates(told(samples, limit=limit))


@given(st.integers(0, 1000), st.floats(1e-6, 1e6))
def test_a_unit_that_rounds_changes_dates_by_a_day_at_most(seed: int, factor: float) -> None:
    one = case("linear", seed)
    plain = told(one.samples, limit=one.limit, horizon=one.horizon)
    scaled = told([(day, usage * factor) for day, usage in one.samples], limit=one.limit * factor, horizon=one.horizon)
    for a, b in zip(dates(plain), dates(scaled), strict=True):
        assert abs((one.horizon + 1 if a is None else a) - (one.horizon + 1 if b is None else b)) <= 1


@given(any_series, limits, st.integers(-3000, 3000))
def test_other_days_shift_the_answer(samples: Samples, limit: float, by: int) -> None:
    shift = timedelta(by)
    moved = forecast([(day + shift, usage) for day, usage in samples], limit=limit, today=TODAY + shift, horizon=365)
    plain = told(samples, limit=limit)
    for name in ("earliest", "central", "latest", "last", "since"):
        day = getattr(plain, name)
        assert getattr(moved, name) == (None if day is None else day + shift)
    assert moved.trend == plain.trend


@given(any_series, limits, limits)
def test_a_higher_limit_is_never_reached_earlier(samples: Samples, one: float, other: float) -> None:
    lower, higher = (told(samples, limit=limit) for limit in sorted((one, other)))
    for a, b in zip(dates(lower), dates(higher), strict=True):
        assert (math.inf if a is None else a) <= (math.inf if b is None else b)


@given(st.lists(st.integers(-400, 0), min_size=FEWEST, unique=True), st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_what_never_changes_never_runs_out(at: list[int], usage: float, room: float) -> None:
    found = told(dated(at, [usage] * len(at)), limit=usage + room)
    assert dates(found) == [None, None, None]
    assert found.why == "flat or falling"
    assert found.trend == 0


@given(any_series, limits, st.data())
def test_samples_of_a_day_count_as_their_median(samples: Samples, limit: float, data: st.DataObject) -> None:
    once = list(dict(samples).items())
    plain = told(once, limit=limit)
    if once:
        day, usage = data.draw(st.sampled_from(once))
        off = data.draw(st.floats(0, 1e6))
        assert told([*once, (day, usage)], limit=limit) == plain
        assert told([*once, (day, usage + off), (day, usage - off)], limit=limit) == plain


@given(any_series, limits, st.lists(st.tuples(st.integers(1, 500), usages), max_size=5))
def test_what_comes_after_today_is_not_looked_at(
    samples: Samples, limit: float, later: list[tuple[int, float]]
) -> None:
    after = [(TODAY + timedelta(at), usage) for at, usage in later]
    assert told([*samples, *after], limit=limit) == told(samples, limit=limit)


def test_days_may_be_numbers() -> None:
    numbers = [(day.toordinal() - EPOCH, usage) for day, usage in line()]
    assert forecast(numbers, limit=120.0, today=TODAY, horizon=365) == told(line())
    assert (date(1970, 1, 2).toordinal() - EPOCH) == 1


# -- what is refused, and what is nothing -----------------------------------------------------------------------------


@pytest.mark.parametrize("samples", [[], line()[:1], [(TODAY, float(at)) for at in range(50)], line()[:5]])
def test_too_few_samples(samples: Samples) -> None:
    found = told(samples)
    assert found.why == "too few samples"
    assert dates(found) == [None, None, None]
    assert (found.trend, found.level, found.line) == (None, None, ())
    assert found.samples == len({day for day, _ in samples})
    assert found.last == max((day for day, _ in samples), default=None)


@pytest.mark.parametrize("usage", [math.nan, math.inf, -math.inf, 1e100])
def test_a_usage_that_is_no_number_is_refused(usage: float) -> None:
    with pytest.raises(ValueError, match="usage"):
        told([*line(), (TODAY, usage)])


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": math.nan},
        {"limit": math.inf},
        {"horizon": 0},
        {"horizon": 40_000},
        {"confidence": 0.4},
        {"confidence": 1.0},
        {"confidence": math.nan},
        {"points": 2},
    ],
)
def test_a_question_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)).removesuffix("s")):
        told(line(), **wrong)  # type: ignore[arg-type]


def test_an_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="instant"):
        told([*line(), (datetime(2026, 11, 26, tzinfo=UTC), 1.0)])


@given(st.lists(st.tuples(st.integers(-400, 0), st.floats(-9e99, 9e99)), min_size=FEWEST, max_size=40))
def test_any_numbers_give_an_answer(pairs: list[tuple[int, float]]) -> None:
    found = told([(TODAY + timedelta(at), usage) for at, usage in pairs], limit=1.0)
    assert all(math.isfinite(each) for point in found.line for each in (point.low, point.centre, point.high))
