"""When a client capacity item runs out: a disk, licences, sessions, addresses.

Usage is told as a line with what disturbs it: level shifts (a clean-up, a migration), bends (it grows faster since), a
pattern of the week, a pattern of the year. What is found to disturb is fitted together with the line, robustly, and
the line is drawn on with a band. The dates are where the band and the line first meet the limit, and nothing else, so
that a chart of them shows why. Growth that itself grows is told as its latest bend: far ahead its dates are too late.

No clock, no draws: the same samples give the same answer, in whatever order they come.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from statistics import NormalDist, median
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Days = NDArray[np.int64]
"""Days from today: what was is negative."""

EPOCH = date(1970, 1, 1).toordinal()
FEWEST = 6
"""Days with a sample from which a trend is told: of fewer the band of a line is too wide to say anything."""
MOST = 1500
"""The latest days with a sample that are looked at: four years of days."""
FURTHEST = 36_525
"""The longest horizon in days: a century."""
LARGEST = 1e100
"""What a usage or a limit may not reach, so that no square of it is too large for a float."""

Why = Literal["", "too few samples", "at its limit", "flat or falling", "uncertain", "beyond the horizon"]
"""Why there is no central date ahead; empty where there is one.

- too few samples: of fewer than `FEWEST` days
- at its limit: the line, or the median of the last three days, has reached it: the dates begin today
- flat or falling: the line does not rise
- uncertain: it rises, but at this confidence it could as well be flat
- beyond the horizon: it rises, and reaches the limit later
"""


class Point(msgspec.Struct, frozen=True):
    """One day of the chart: the line and its band, in the unit of the samples."""

    day: date
    low: float
    centre: float
    high: float


class Forecast(msgspec.Struct, frozen=True):
    """When a client capacity item runs out.

    The exhaustion date is the first day, today or later, on which usage without its noise has reached the limit; its
    patterns of week and year are part of it. None is: no such day within the horizon. Where the trend is flat or
    uncertain, only the earliest is told, if there is one.
    """

    earliest: date | None
    central: date | None
    latest: date | None
    confidence: float
    """The share of items whose exhaustion date lies from the earliest to the latest, both included."""
    why: Why
    trend: float | None
    """Units per day at present, without patterns and level shifts; None: too few samples."""
    level: float | None
    """What is used today by the line, patterns included; None: too few samples."""
    samples: int
    """Days with a sample that were looked at."""
    last: date | None
    """The latest of them."""
    since: date | None
    """The first day of the present level and trend: that of the last shift or bend, or of the first sample."""
    weekly: bool
    """Whether a pattern of the week was found."""
    yearly: bool
    """Whether a pattern of the year was found; it takes a year and a half of samples."""
    line: tuple[Point, ...]
    """From the first sample to the end of the horizon, as many points as asked for at most; today is one of them."""


def forecast(
    samples: Iterable[tuple[date | int, float]],
    *,
    limit: float,
    today: date,
    horizon: int,
    confidence: float = 0.95,
    points: int = 60,
) -> Forecast:
    """When usage reaches the limit, within so many days from today.

    A sample is a day, as a date or as days since 1970-01-01 (UTC), and what was used on it. Samples of one day count as
    one: their median. Samples of days after today are not looked at, so that a past day can be asked about.

    ValueError: a usage or limit that is no number or not below `LARGEST`, an instant instead of a day, a horizon
    outside 1 to `FURTHEST`, a confidence outside 0.5 to 0.999, fewer than 3 points.
    """
    _refuse(limit, horizon, confidence, points)
    now = today.toordinal()
    t, y = _daily(samples, now)
    if t.size < FEWEST:
        return Forecast(
            earliest=None,
            central=None,
            latest=None,
            confidence=confidence,
            why="too few samples",
            trend=None,
            level=None,
            samples=int(t.size),
            last=date.fromordinal(now + int(t[-1])) if t.size else None,
            since=None,
            weekly=False,
            yearly=False,
            line=(),
        )
    return _told(t, y, limit, now, horizon, confidence, points)


def _refuse(limit: float, horizon: int, confidence: float, points: int) -> None:
    if not abs(limit) < LARGEST:
        raise ValueError(f"The limit {limit} is not a number below {LARGEST}.")
    if not 1 <= horizon <= FURTHEST:
        raise ValueError(f"The horizon of {horizon} days is not within 1 to {FURTHEST}.")
    if not 0.5 <= confidence <= 0.999:
        raise ValueError(f"The confidence {confidence} is not within 0.5 to 0.999.")
    if points < 3:
        raise ValueError(f"A line takes 3 points or more, not {points}.")


def _daily(samples: Iterable[tuple[date | int, float]], now: int) -> tuple[Days, Floats]:
    """Days from today, ascending, and the median usage of each; the latest `MOST`."""
    found: dict[int, list[float]] = {}
    for day, usage in samples:
        if isinstance(day, datetime):
            raise ValueError(f"{day} is an instant, not a day.")  # noqa: TRY004 (to mypy it is a date)
        if not abs(usage) < LARGEST:
            raise ValueError(f"The usage {usage} is not a number below {LARGEST}.")
        at = (day.toordinal() if isinstance(day, date) else day + EPOCH) - now
        if at <= 0:
            found.setdefault(at, []).append(float(usage))
    days = sorted(found)[-MOST:]
    return np.array(days, np.int64), np.array([median(found[day]) for day in days], np.float64)


def _told(t: Days, y: Floats, limit: float, now: int, horizon: int, confidence: float, points: int) -> Forecast:
    # What is fitted knows nothing of the limit: a higher one can never be reached earlier.
    middle = float(np.median(y))
    unit = 2.0 ** math.frexp(float(np.max(np.abs(y - middle))))[1]  # by a power of two nothing is rounded
    models, cleaned = _models(t, (y - middle) / unit)
    fits = [_fit(model.columns(t), (y - middle) / unit, cleaned) for model in models]
    shown = _shown(int(t[0]), horizon, points)
    asked = np.concatenate((np.arange(horizon + 1), shown))
    low, centre, high = (each * unit + middle for each in _band(models, fits, asked, confidence))
    best, fit = models[0], fits[0]
    at_limit = bool(centre[0] >= limit) or float(np.median(y[-3:])) >= limit
    reached = [_first(each[: horizon + 1], limit) for each in (high, centre, low)]
    if at_limit:
        reached[:2] = [0, 0]
    slope, error = float(fit.beta[1]), math.sqrt(float(fit.covariance[1, 1]))
    why = _why(at_limit, best.yearly, slope, _quantile_t(fit.freedom, confidence) * error, reached[1])
    if why in {"flat or falling", "uncertain"}:
        reached[1:] = [None, None]
    dates = [None if at is None else date.fromordinal(now + at) for at in reached]
    chart = (each[horizon + 1 :].tolist() for each in (low, centre, high))
    return Forecast(
        earliest=dates[0],
        central=dates[1],
        latest=dates[2],
        confidence=confidence,
        why=why,
        trend=slope * unit / best.span,
        level=float(centre[0]),
        samples=int(t.size),
        last=date.fromordinal(now + int(t[-1])),
        since=date.fromordinal(now + max((*best.steps, *best.bends, int(t[0])))),
        weekly=bool(best.weekdays),
        yearly=best.yearly,
        line=tuple(
            Point(date.fromordinal(now + at), *three) for at, *three in zip(shown.tolist(), *chart, strict=True)
        ),
    )


def _why(at_limit: bool, yearly: bool, slope: float, error: float, central: int | None) -> Why:
    if at_limit:
        return "at its limit"
    if yearly and central is not None:
        return ""  # a peak of the year reaches it, whatever the trend
    if slope <= 0:
        return "flat or falling"
    if slope <= error:
        return "uncertain"
    return "beyond the horizon" if central is None else ""


def _first(line: Floats, limit: float) -> int | None:
    reached = line >= limit
    return int(np.argmax(reached)) if reached.any() else None


def _shown(first: int, horizon: int, points: int) -> Days:
    """The days of the chart: evenly from the first to the last, the nearest to today replaced by today."""
    days = np.linspace(first, horizon, points).round().astype(np.int64)
    days[1 + np.argmin(np.abs(days[1:-1]))] = 0
    return np.unique(days)


# -- what disturbs the line -------------------------------------------------------------------------------------------

MOST_BREAKS = 3
FEWEST_BROKEN = 12
"""Days with a sample from which breaks are looked for."""
STEP_EDGE = 4
"""Days with a sample on either side of a level shift: three that lie apart are outliers."""
BEND_EDGE = 6
BREAK_COST = 3.0
"""What a break must explain before it is believed, in parameters: to choose its place is worth more than one."""
MOST_CORRELATED = 0.95
"""Neighbours in what a line leaves: beyond that no band would tell anything."""
CLOSE = 6.0
"""Models that explain nearly as well as the best have a say in the band: so near, in the score of `_chosen`."""
YEAR = 365.25
YEARS = 1.5
"""A pattern of the year cannot be told from a trend in less: half of it must have come twice."""
WEEKS = 3


class _Model(NamedTuple):
    """What usage is told with: a line, and what disturbs it. Days are from today."""

    span: int
    """Days from the first sample to the last."""
    steps: tuple[int, ...] = ()
    """The days from which on a new level holds."""
    bends: tuple[int, ...] = ()
    """The days from which on a new trend holds."""
    weekdays: tuple[int, ...] = ()
    """The days of the week that have samples, today's being 0, if there is a pattern of the week."""
    yearly: bool = False

    def columns(self, t: Days) -> Floats:
        """The design: level today, present trend per span, then what disturbs; shape (days, parameters)."""
        made = [np.ones(t.size), t / self.span]
        # What is past has no part in the future: a break is told by what was different before it.
        made += [(t < step).astype(np.float64) for step in self.steps]
        made += [np.minimum(t - bend, 0) / self.span for bend in self.bends]
        if self.weekdays:
            last = t % 7 == self.weekdays[-1]
            # Effects that sum to nothing; a weekday without samples is an average day.
            made += [(t % 7 == each).astype(np.float64) - last for each in self.weekdays[:-1]]
        if self.yearly:
            turn = 2 * math.pi / YEAR * t
            made += [wave(times * turn) for times in (1, 2) for wave in (np.cos, np.sin)]
        return np.column_stack(made)

    def parameters(self) -> int:
        """How many are fitted, those of the week apart: they take nothing from what is slow."""
        return 2 + len(self.steps) + len(self.bends) + 4 * self.yearly


def _models(t: Days, y: Floats) -> tuple[list[_Model], Floats]:
    """The models that explain the samples, the best first, and the samples with their outliers cut."""
    span = int(t[-1] - t[0])
    trend = _theil_sen(t, y) * t
    weekdays, pattern = _week(t, y - trend, span)
    flat = y - trend - pattern
    # Outliers are cut by their neighbours, not by a line: a level shift is none (Hampel's filter, 1974).
    local = _running_median(flat)
    bound = 3 * _scale(flat - local)
    cleaned = local + np.clip(flat - local, -bound, bound) + trend
    bases = [_Model(span, weekdays=weekdays)]
    if span >= YEARS * YEAR:
        bases.append(bases[0]._replace(yearly=True))
    return _chosen([each for base in bases for each in _path(base, t, cleaned)], t.size), cleaned + pattern


def _week(t: Days, flat: Floats, span: int) -> tuple[tuple[int, ...], Floats]:
    """The weekdays that have samples, if they differ, and how each sample's does; otherwise none, and noughts."""
    found, at = np.unique(t % 7, return_inverse=True)
    rest = flat - _running_median(flat)
    if span < 7 * WEEKS or t.size < WEEKS * found.size or not _differ(rest, at, found.size):
        return (), np.zeros(t.size)
    effects = np.array([np.median(rest[at == each]) for each in range(found.size)])
    return tuple(found.tolist()), (effects - effects.mean())[at]


def _path(base: _Model, t: Days, cleaned: Floats) -> list[tuple[_Model, Floats]]:
    """The base, with one break more each time where that explains most (as Bai and Perron 1998); each with what it
    leaves."""
    made = [_with_rest(base, t, cleaned)]
    if t.size < FEWEST_BROKEN:
        return [(model, left) for model, left, _ in made]
    edge = max(BEND_EDGE, t.size // 8)
    steps, bends = np.arange(STEP_EDGE, t.size - STEP_EDGE + 1), np.arange(edge, t.size - edge + 1)
    for _ in range(MOST_BREAKS):
        model, left, q = made[-1]
        best = _best_break(t / base.span, left, q, steps, bends)
        if best is None:
            break
        if best < steps.size:
            model = model._replace(steps=(*model.steps, int(t[steps[best]])))
        else:
            model = model._replace(bends=(*model.bends, int(t[bends[best - steps.size]])))
        made.append(_with_rest(model, t, cleaned))
    return [(model, left) for model, left, _ in made]


def _with_rest(model: _Model, t: Days, cleaned: Floats) -> tuple[_Model, Floats, Floats]:
    """A model, what it leaves of samples without their week, and an orthogonal base of its columns."""
    q, _ = np.linalg.qr(model._replace(weekdays=()).columns(t))
    return model, cleaned - q @ (q.T @ cleaned), q


def _best_break(u: Floats, left: Floats, q: Floats, steps: Days, bends: Days) -> int | None:
    """Which step, or after them which bend, would take most off the squares of what is left; None: nothing would.

    A step before sample k is a column of ones up to it, a bend one of u - u[k]. So running sums tell the product of
    every such column with what is left and with the base, and the cost is that of one pass.
    """
    rows = np.column_stack((left, q, np.ones(u.size), u))
    sums, moments = _before(rows), _before(rows * u[:, None])
    turns = u[bends]
    products = np.vstack((sums[steps], moments[bends] - turns[:, None] * sums[bends]))[:, :-2]
    sizes = np.concatenate(
        (sums[steps, -2], moments[bends, -1] - 2 * turns * sums[bends, -1] + turns**2 * sums[bends, -2])
    )
    free = sizes - (products[:, 1:] ** 2).sum(axis=1)
    gain = np.where(free > 1e-6 * sizes, products[:, 0] ** 2 / np.maximum(free, 1e-12), 0.0)
    best = int(np.argmax(gain))
    return best if gain[best] > 1e-18 else None


def _before(rows: Floats) -> Floats:
    """The sums of the rows before each, and of all."""
    made = np.zeros((len(rows) + 1, rows.shape[1]))
    np.cumsum(rows, axis=0, out=made[1:])
    return made


def _chosen(tried: Sequence[tuple[_Model, Floats]], n: int) -> list[_Model]:
    """Those within `CLOSE` of the best, by the criterion of Schwarz (1978) for as many samples as the noise is worth:
    the noise is what the richest model leaves."""
    model, left = min(tried, key=lambda each: float(each[1] @ each[1]))
    worth = n / _inflation(left, model.parameters())
    scores = []
    for model, left in tried:
        cost = BREAK_COST * (len(model.steps) + len(model.bends)) + 4 * model.yearly
        scores.append(worth * math.log(float(left @ left) / n + 1e-18) + cost * math.log(n))
    order = sorted(range(len(tried)), key=scores.__getitem__)
    return [tried[at][0] for at in order if scores[at] <= scores[order[0]] + CLOSE]


# -- robust statistics ------------------------------------------------------------------------------------------------


def _theil_sen(t: Days, y: Floats) -> float:
    """The median of the slopes between all samples (Sen 1968); of many samples, between those half a series apart
    (Theil 1950): it only flattens what outliers are looked for in."""
    if t.size > 200:
        half = t.size // 2
        return float(np.median((y[half:] - y[:-half]) / (t[half:] - t[:-half])))
    first, second = np.triu_indices(t.size, 1)
    return float(np.median((y[second] - y[first]) / (t[second] - t[first])))


def _running_median(y: Floats) -> Floats:
    """Of each sample and its six neighbours; at the ends, of the first and the last seven."""
    width = min(7, y.size)
    medians = np.median(np.lib.stride_tricks.sliding_window_view(y, width), axis=1)
    made: Floats = medians[np.clip(np.arange(y.size) - width // 2, 0, medians.size - 1)]
    return made


def _scale(rest: Floats) -> float:
    """The standard deviation of normal noise with the same median deviation; of noise that is mostly nought, as whole
    numbers make it, with the same mean deviation."""
    size = np.abs(rest)
    half = float(np.median(size)) * 1.4826
    return half if half > 1e-9 else float(size.mean()) * 1.2533


def _differ(rest: Floats, group: Days, groups: int) -> bool:
    """Whether groups differ by their ranks (Kruskal and Wallis 1952); by chance, one in a thousand."""
    values, same = np.unique(rest, return_inverse=True)
    if groups < 2 or values.size == 1:
        return False
    counted = np.bincount(same)
    ranks = (np.cumsum(counted) - (counted - 1) / 2)[same] - (rest.size + 1) / 2
    spread = float(ranks @ ranks) / (rest.size - 1)
    statistic = float((np.bincount(group, ranks) ** 2 / np.bincount(group)).sum()) / spread
    return statistic > _quantile_chi2(groups - 1, 0.999)


def _inflation(left: Floats, parameters: int) -> float:
    """By how much the variance of a slow estimate is larger than of noise that forgets at once: (1 + r) / (1 - r) for a
    correlation r of neighbours (Bartlett 1946).

    A fitted model takes slow noise for its own, so r comes out too small, by about (1 + parameters / 2) / n (Kendall
    1954 for the mean); and half of the error of r is added, since too narrow a band does more harm than too wide a one.
    """
    power = float(left @ left)
    if power <= 0:
        return 1.0
    r = float(left[1:] @ left[:-1]) / power + (1 + parameters / 2) / left.size + 0.5 / math.sqrt(left.size)
    r = min(max(r, 0.0), MOST_CORRELATED)
    return (1 + r) / (1 - r)


def _quantile_chi2(freedom: int, share: float) -> float:
    """Of chi-squared, by Wilson and Hilferty (1931)."""
    part = 2 / (9 * freedom)
    return float(freedom * (1 - part + NormalDist().inv_cdf(share) * math.sqrt(part)) ** 3)


def _quantile_t(freedom: float, confidence: float) -> float:
    """Student's t that is not exceeded, to either side, with this confidence: Abramowitz and Stegun (1964) 26.7.5."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(float(term / freedom**power) for power, term in enumerate(terms, 1))


# -- the line and its band --------------------------------------------------------------------------------------------

HUBER, BISQUARE = 1.345, 4.685
"""Where the weights begin to fall, and where they end, in standard deviations: 95 % efficient for normal noise."""
PASSES = (False, False, False, True, True, True, True, True, True)
"""Of reweighting: first by Huber's weights, which find the way from anywhere, then by the bisquare."""
LEAST = 1e-12
"""Noise below this, in the unit of the fit, is rounding."""


class _Fit(NamedTuple):
    beta: Floats
    covariance: Floats
    freedom: float
    """Degrees of freedom, of as many samples as the noise is worth."""


def _fit(x: Floats, y: Floats, cleaned: Floats) -> _Fit:
    """The parameters by an M-estimate that starts from the samples whose outliers are cut: weights of Huber (1964),
    then the bisquare (Beaton and Tukey 1974), which gives outliers none; its covariance by Huber (1981, 7.6), enlarged
    for noise that remembers. `x` has the shape (samples, parameters)."""
    n, p = x.shape
    enough = math.sqrt(n / max(n - p, 1))
    beta = _improved(np.zeros(p), x, cleaned, np.ones(n))
    for last in PASSES:
        rest = y - x @ beta
        u = np.abs(rest) / max(_scale(rest) * enough, LEAST)
        weights = np.maximum(1 - (u / BISQUARE) ** 2, 0) ** 2 if last else HUBER / np.maximum(u, HUBER)
        beta = _improved(beta, x, y, weights)
    rest = y - x @ beta
    scale = max(_scale(rest) * enough, LEAST)
    square = np.minimum((rest / scale / BISQUARE) ** 2, 1)
    pull, steepness = rest / scale * (1 - square) ** 2, (1 - square) * (1 - 5 * square)
    # Of few samples with a wide noise the mean steepness can come near nought, which says nothing.
    variance = scale**2 * float(pull @ pull) / max(n - p, 1) / max(float(steepness.mean()), 0.3) ** 2
    inflation = _inflation(pull, p)
    covariance = np.linalg.pinv(x.T @ x, hermitian=True) * max(variance, LEAST**2) * inflation
    return _Fit(beta, covariance, max(np.count_nonzero(square < 1) / inflation - p, 2.0))


def _improved(beta: Floats, x: Floats, y: Floats, weights: Floats) -> Floats:
    """The weighted least squares, as a step from what is there: a parameter that the weights leave no samples stays."""
    weighted = x * weights[:, None]
    gram = weighted.T @ x
    gram[np.diag_indices_from(gram)] += 1e-10 * max(float(np.trace(gram)), LEAST)
    made: Floats = beta + np.linalg.solve(gram, weighted.T @ (y - x @ beta))
    return made


def _band(models: Sequence[_Model], fits: Sequence[_Fit], t: Days, confidence: float) -> tuple[Floats, Floats, Floats]:
    """Low, centre and high on these days. The band of one model is that of its expected value; where several explain
    the samples nearly as well, the band holds those of all, and the centre is that of the best.

    That the dates are where such a band meets a value is Fieller's theorem (1954) for a line.
    """
    lows, centres, highs = [], [], []
    for model, fit in zip(models, fits, strict=True):
        x = model.columns(t)
        centre = x @ fit.beta
        wide = np.sqrt(np.maximum(((x @ fit.covariance) * x).sum(axis=1), 0)) * _quantile_t(fit.freedom, confidence)
        lows.append(centre - wide)
        centres.append(centre)
        highs.append(centre + wide)
    return np.min(lows, axis=0), centres[0], np.max(highs, axis=0)
