"""How promises were kept, in tables: by agreement and period, client, priority, department, month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tamspec.model.attainment import Attainment, Breach, Line, Period, Standing
from tamspec.model.catalog import Agreement
from tamspec.model.workspace import Export, Workspace
from tamspec.sla.history import NEVER, History, Ints
from tamspec.sla.hours import hours_of
from tamspec.sla.judge import Judged
from tamspec.worktime import midnight, time_zone
from tamspec.worktime.arrays import wall

MOST = 1000
"""Breaches, and cases at risk, that are named unless all are asked for; all are counted."""
RISK = Fraction(3, 4)
"""How much of its target a running case has used up when it is at risk."""
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def attainment(
    history: History, judged: Judged, workspace: Workspace, export: Export, now: int, most: int | None = MOST
) -> Attainment:
    """Everything that is told of the cases; a case belongs to the month and period in which it was reported. `most`
    breaches are named; None: all."""
    zone = _zone(judged, workspace, export)
    month = _months(judged.start, zone)
    client = np.array([_client(one) for one in judged.agreements] or [""], object)
    names: dict[str, tuple[list[str], Ints]] = {
        "agreement": ([one.name for one in judged.agreements], judged.agreement.astype(np.int64)),
        "client": _named(client, judged.agreement),
        "priority": (list(history.words["priority"]), judged.priority.astype(np.int64)),
        "department": _departments(history, judged),
        "month": _month_names(month),
    }
    return Attainment(
        at=now,
        rows=history.rows,
        rows_refused=history.refused,
        incidents=history.incidents,
        judged=len(np.unique(judged.incident)),
        excluded=judged.excluded,
        refused=judged.refused,
        first=int(judged.start.min()) if judged.start.size else None,
        last=int(judged.start.max()) if judged.start.size else None,
        periods=tuple(_periods(judged, workspace, export, month, now)),
        tables={name: tuple(_lines(judged, words, codes)) for name, (words, codes) in names.items()},
        breaches=tuple(_breaches(history, judged, np.flatnonzero(judged.missed), most, over=True)),
        at_risk=tuple(_breaches(history, judged, _at_risk(judged), most, over=False)),
        too_few=export.too_few,
        zone=zone,
    )


def _client(agreement: Agreement) -> str:
    """Whose cases an agreement judges."""
    return agreement.customer.name


# -- what cases have in common ----------------------------------------------------------------------------------------


def _zone(judged: Judged, workspace: Workspace, export: Export) -> str:
    """That of the most frequent agreement's hours, else that of the export."""
    if judged.agreement.size:
        most = judged.agreements[int(np.bincount(judged.agreement).argmax())]
        hours = hours_of(most, workspace)
        if hours is not None and hours.time_zone != "UTC":
            return hours.time_zone
    return export.time_zone or "UTC"


def _months(start: NDArray[np.int64], zone: str) -> Ints:
    """The month in which each case was reported, counted from the year 0."""
    if not start.size:
        return start
    years = [
        int(np.datetime64(int(edge), "s").astype("datetime64[Y]").astype(int)) + 1970
        for edge in (start.min(), start.max())
    ]
    shown = wall(time_zone(zone), years[0] - 1, years[1] + 1).shown(start)
    return shown.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) + 1970 * 12


def _month_names(month: Ints) -> tuple[list[str], Ints]:
    known, codes = np.unique(month, return_inverse=True)
    return [f"{each // 12:04}-{each % 12 + 1:02}" for each in known.tolist()], codes


def _named(names: NDArray[np.object_], codes: NDArray[np.int32]) -> tuple[list[str], Ints]:
    words = sorted(set(names.tolist()))
    place = np.array([words.index(name) for name in names.tolist()], np.int64)
    return words, place[codes]


def _departments(history: History, judged: Judged) -> tuple[list[str], Ints]:
    words = [*history.words["department"], "nobody"]
    codes = history.codes["department"][judged.incident].astype(np.int64)
    return words, np.where(codes < 0, len(words) - 1, codes)


def _lines(judged: Judged, words: Sequence[str], codes: Ints) -> Iterator[Line]:
    """A line for each word and clock of which there are cases: words in their order, the busiest of many first."""
    if not judged.incident.size:
        return
    clocks = len(judged.clocks)
    group = codes.astype(np.int64) * clocks + judged.clock
    order = np.lexsort((judged.elapsed, judged.stop == NEVER, group))
    found, first, counts = np.unique(group[order], return_index=True, return_counts=True)
    for one, begin, count in zip(found.tolist(), first.tolist(), counts.tolist(), strict=True):
        yield _line(judged, order[begin : begin + count], words[one // clocks], judged.clocks[one % clocks])


def _line(judged: Judged, which: Ints, name: str, clock: str) -> Line:
    """One line; the cases that have stopped come first, the shortest of them first."""
    running = judged.stop[which] == NEVER
    missed = int(np.sum(judged.missed[which]))
    open_ = int(np.sum(running & ~judged.missed[which]))
    stopped = judged.elapsed[which[~running]]
    return Line(
        name=name,
        clock=clock,
        kept=len(which) - missed - open_,
        missed=missed,
        running=open_,
        median=_percentile(stopped, 50),
        p90=_percentile(stopped, 90),
        p95=_percentile(stopped, 95),
    )


def _percentile(sorted_: NDArray[np.int64], share: int) -> int | None:
    """The smallest of some values that is not exceeded by so many percent of them (nearest rank)."""
    if not sorted_.size:
        return None
    return int(sorted_[-(-share * sorted_.size // 100) - 1])


# -- promises by period -----------------------------------------------------------------------------------------------


def _periods(judged: Judged, workspace: Workspace, export: Export, month: Ints, now: int) -> Iterator[Period]:
    for index, one in enumerate(judged.agreements):
        if one.attainment is None:
            continue
        size = _MONTHS[one.attainment.period]
        mine = judged.agreement == index
        for period in np.unique(month[mine] // size).tolist():
            for code, clock in enumerate(judged.clocks):
                which = np.flatnonzero(mine & (month // size == period) & (judged.clock == code))
                if which.size:
                    yield _period(judged, one, clock, which, period * size, workspace, export, now)


def _period(
    judged: Judged,
    one: Agreement,
    clock: str,
    which: Ints,
    first: int,
    workspace: Workspace,
    export: Export,
    now: int,
) -> Period:
    assert one.attainment is not None
    after = _first_of(first + _MONTHS[one.attainment.period])
    order = which[np.lexsort((judged.elapsed[which], judged.stop[which] == NEVER))]
    line = _line(judged, order, one.name, clock)
    zone = time_zone(_zone(judged, workspace, export))
    return Period(
        agreement=one.name,
        client=_client(one),
        clock=clock,
        first=_first_of(first),
        last=date.fromordinal(after.toordinal() - 1),
        promised=one.attainment.target,
        line=line,
        standing=_standing(line, one.attainment.target, export.too_few),
        over=midnight(after, zone) <= now,
    )


def _first_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


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
