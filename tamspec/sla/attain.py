"""How promises were kept, in tables: by agreement and period, client, priority, department, month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tamspec.model.attainment import Attainment, Breach, Line, Period, Standing
from tamspec.model.catalog import Agreement
from tamspec.model.workspace import Export, Workspace
from tamspec.sla.history import NEVER, History, Ints
from tamspec.sla.hours import MONTHS, first_of, zone_of
from tamspec.sla.judge import Judged
from tamspec.worktime import midnight, moment, time_zone

MOST = 1000
"""Breaches, and cases at risk, that are named unless all are asked for; all are counted."""
RISK = Fraction(3, 4)
"""How much of its target a running case has used up when it is at risk."""


def attainment(
    history: History, judged: Judged, workspace: Workspace, export: Export, now: int, most: int | None = MOST
) -> Attainment:
    """Everything that is told of the cases; a case belongs to the month and period in which it was reported. `most`
    breaches are named; None: all."""
    otherwise = export.time_zone or "UTC"
    zones = [zone_of(one, workspace, otherwise) for one in judged.agreements]
    # The report is told in the zone of the agreement with most cases.
    zone = zones[int(np.bincount(judged.agreement).argmax())] if judged.agreement.size else otherwise
    month, day = (np.zeros(len(judged.start), np.int64) for _ in range(2))
    for each in set(zones):
        mine = np.isin(judged.agreement, [at for at, name in enumerate(zones) if name == each])
        late = mine & judged.missed
        month[mine], day[late] = _months(judged.start[mine], each), _days(judged.start[late], each)
    clients = [_client(one) for one in judged.agreements] or [""]
    shortest = np.argsort(judged.elapsed)
    stopped = shortest[judged.stop[shortest] != NEVER]
    names: dict[str, tuple[list[str], Ints]] = {
        "agreement": ([one.name for one in judged.agreements], judged.agreement.astype(np.int64)),
        "client": _named(clients, judged.agreement),
        "priority": (list(history.words["priority"]), judged.priority.astype(np.int64)),
        "department": _departments(history, judged),
        "month": _month_names(month),
    }
    return Attainment(
        at=now,
        rows=history.rows,
        rows_refused=history.refused,
        incidents=history.incidents,
        judged=int(np.count_nonzero(np.bincount(judged.incident, minlength=1))),
        excluded=judged.excluded,
        refused=judged.refused,
        first=int(judged.start.min()) if judged.start.size else None,
        last=int(judged.start.max()) if judged.start.size else None,
        periods=tuple(_periods(judged, export, month, day, shortest, now, zones)),
        tables={name: tuple(_lines(judged, words, codes, stopped)) for name, (words, codes) in names.items()},
        breaches=tuple(_breaches(history, judged, np.flatnonzero(judged.missed), most, over=True)),
        at_risk=tuple(_breaches(history, judged, _at_risk(judged), most, over=False)),
        too_few=export.too_few,
        zone=zone,
    )


def _client(agreement: Agreement) -> str:
    """Whose cases an agreement judges."""
    return agreement.customer.name


# -- what cases have in common ----------------------------------------------------------------------------------------


def _months(start: NDArray[np.int64], zone: str) -> Ints:
    """The month in which each case was reported, counted from the year 0."""
    if not start.size:
        return start
    years = [moment(int(edge)).year for edge in (start.min(), start.max())]
    months = range((years[0] - 1) * 12, (years[1] + 2) * 12)
    return _begun(months, map(first_of, months), start, zone)


def _days(start: NDArray[np.int64], zone: str) -> Ints:
    """The day on which each case was reported, by its ordinal."""
    if not start.size:
        return start
    first, last = (moment(int(edge)).date() for edge in (start.min(), start.max()))
    days = range(first.toordinal() - 1, last.toordinal() + 2)
    return _begun(days, map(date.fromordinal, days), start, zone)


def _begun(numbers: range, days: Iterable[date], start: NDArray[np.int64], zone: str) -> Ints:
    """The number of the last of some days that had begun when each case was reported."""
    zone_ = time_zone(zone)
    begins = np.array([midnight(day, zone_) for day in days], np.int64)
    found: Ints = numbers.start + np.searchsorted(begins, start, "right") - 1
    return found


def _month_names(month: Ints) -> tuple[list[str], Ints]:
    if not month.size:
        return [], month
    first, last = int(month.min()), int(month.max())
    return [f"{each // 12:04}-{each % 12 + 1:02}" for each in range(first, last + 1)], month - first


def _named(names: Sequence[str], codes: NDArray[np.int32]) -> tuple[list[str], Ints]:
    """The distinct names in order, and for each case which it is."""
    words = sorted(set(names))
    place = {word: at for at, word in enumerate(words)}
    return words, np.array([place[name] for name in names], np.int64)[codes]


def _departments(history: History, judged: Judged) -> tuple[list[str], Ints]:
    words = [*history.words["department"], "nobody"]
    codes = history.codes["department"][judged.incident].astype(np.int64)
    return words, np.where(codes < 0, len(words) - 1, codes)


def _lines(judged: Judged, words: Sequence[str], codes: Ints, shortest: Ints) -> Iterator[Line]:
    """A line for each word and clock of which there are cases, in their order; `shortest` are those that stopped, the
    shortest first."""
    if not judged.incident.size:
        return
    clocks = len(judged.clocks)
    size = len(words) * clocks
    # Few groups are small numbers, which are quick to fetch, and to sort: in each the shortest stay first.
    group = (codes * clocks + judged.clock).astype(np.uint16 if size <= 1 << 16 else np.int64)
    late = judged.missed
    found, missed = np.bincount(group, minlength=size), np.bincount(group[late], minlength=size)
    running = np.bincount(group[(judged.stop == NEVER) & ~late], minlength=size)
    own = group[shortest]
    order = np.argsort(own, kind="stable")
    elapsed, ends = judged.elapsed[shortest][order], np.cumsum(np.bincount(own, minlength=size))
    for one in np.flatnonzero(found).tolist():
        each = elapsed[ends[one - 1] if one else 0 : ends[one]]
        counts = (int(found[one]), int(missed[one]), int(running[one]))
        yield _line(words[one // clocks], judged.clocks[one % clocks], counts, each)


def _line(name: str, clock: str, counts: tuple[int, int, int], elapsed: Ints) -> Line:
    """One line; `counts` are all cases, those that missed, those that run in time; `elapsed` of those that stopped, the
    shortest first."""
    cases, missed, running = counts
    return Line(
        name=name,
        clock=clock,
        kept=cases - missed - running,
        missed=missed,
        running=running,
        median=_percentile(elapsed, 50),
        p90=_percentile(elapsed, 90),
        p95=_percentile(elapsed, 95),
    )


def _percentile(sorted_: NDArray[np.int64], share: int) -> int | None:
    """The smallest of some values that is not exceeded by so many percent of them (nearest rank)."""
    if not sorted_.size:
        return None
    return int(sorted_[-(-share * sorted_.size // 100) - 1])


# -- promises by period -----------------------------------------------------------------------------------------------


def _periods(
    judged: Judged, export: Export, month: Ints, day: Ints, shortest: Ints, now: int, zones: Sequence[str]
) -> Iterator[Period]:
    """`day` is told of the cases that missed."""
    if not judged.incident.size:
        return
    base = int(month.min()) // 12 * 12
    holders = judged.agreement[shortest]
    for index, one in enumerate(judged.agreements):
        own = shortest[holders == index]
        if one.attainment is None or not own.size:
            continue
        size, clocks = MONTHS[one.attainment.period], len(judged.clocks)
        group = (month[own] - base) // size * clocks + judged.clock[own]
        for each in np.flatnonzero(np.bincount(group)).tolist():
            clock, first = judged.clocks[each % clocks], base + each // clocks * size
            yield _period(judged, one, own[group == each], day, first, clock, export, now, zones[index])


def _period(
    judged: Judged, one: Agreement, which: Ints, day: Ints, first: int, clock: str, export: Export, now: int, zone: str
) -> Period:
    """`which` are its cases, the shortest first."""
    assert one.attainment is not None
    after = first_of(first + MONTHS[one.attainment.period])
    running, missed = judged.stop[which] == NEVER, judged.missed[which]
    counts = (len(which), int(np.sum(missed)), int(np.sum(running & ~missed)))
    days, misses = np.unique(day[which[missed]], return_counts=True)
    line = _line(one.name, clock, counts, judged.elapsed[which[~running]])
    return Period(
        agreement=one.name,
        client=_client(one),
        clock=clock,
        first=first_of(first),
        last=date.fromordinal(after.toordinal() - 1),
        promised=one.attainment.target,
        line=line,
        standing=_standing(line, one.attainment.target, export.too_few),
        over=midnight(after, time_zone(zone)) <= now,
        misses=tuple(zip(map(date.fromordinal, days.tolist()), misses.tolist(), strict=True)),
    )


def _standing(line: Line, promised: Decimal, too_few: int) -> Standing:
    if line.share is None:
        return "none"
    if line.judged < too_few and line.share < Fraction(promised) / 100:
        return "too few"
    return "kept" if line.share >= Fraction(promised) / 100 else "missed"


# -- by name ----------------------------------------------------------------------------------------------------------


def _at_risk(judged: Judged) -> Ints:
    used = judged.elapsed * RISK.denominator >= judged.target * RISK.numerator
    return np.flatnonzero((judged.stop == NEVER) & ~judged.missed & used)


def _breaches(history: History, judged: Judged, which: Ints, most: int | None, *, over: bool) -> Iterator[Breach]:
    """By name, so many at most: the most over their target first, or those that have used up most of it."""
    if not which.size:
        return
    by = judged.elapsed[which] - judged.target[which] if over else judged.elapsed[which] / judged.target[which]
    if most is not None and which.size > 4 * most:  # only the first are put in order
        least = np.partition(by, by.size - most)[by.size - most]
        which, by = which[by >= least], by[by >= least]
    chosen = which[np.argsort(-by, kind="stable")][:most]
    numbers = history.named(judged.incident[chosen])
    words, codes = _departments(history, judged)
    for at, number in zip(chosen.tolist(), numbers, strict=True):
        agreement = judged.agreements[int(judged.agreement[at])]
        stop, deadline = int(judged.stop[at]), int(judged.deadline[at])
        yield Breach(
            incident=number,
            agreement=agreement.name,
            client=_client(agreement),
            department=words[int(codes[at])],
            priority=history.words["priority"][int(judged.priority[at])],
            clock=judged.clocks[int(judged.clock[at])],
            start=int(judged.start[at]),
            stop=None if stop == NEVER else stop,
            elapsed=int(judged.elapsed[at]),
            target=int(judged.target[at]),
            deadline=None if deadline == NEVER else deadline,
        )
