"""How promises were kept, in tables: by agreement and period, client, priority, department, month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from tamspec.model.attainment import Attainment, Breach, Line, Period, Standing
from tamspec.model.catalog import Agreement
from tamspec.model.workspace import Export, Workspace
from tamspec.sla.history import NEVER, Codes, Ints
from tamspec.sla.hours import MONTHS, first_of, zone_of
from tamspec.sla.judge import Judged
from tamspec.worktime import midnight, moment, time_zone

MOST = 1000
"""Breaches, and cases at risk, that are named unless all are asked for; all are counted."""
RISK = Fraction(3, 4)
"""How much of its target a running case has used up when it is at risk."""


def attainment(judged: Judged, workspace: Workspace, export: Export, now: int, most: int | None = MOST) -> Attainment:
    """Everything that is told of the cases; a case belongs to the month and period in which it was reported. `most`
    breaches are named; None: all."""
    history, otherwise = judged.history, export.time_zone or "UTC"
    zones = [zone_of(one, workspace, otherwise) for one in judged.agreements]
    # The report is told in the zone of the agreement with most cases.
    zone = zones[int(np.bincount(judged.agreement).argmax())] if judged.agreement.size else otherwise
    month, day = _reported(judged, zones)
    clients = [_client(one) for one in judged.agreements] or [""]
    tally = _Tally(judged)
    names: dict[str, tuple[list[str], Codes | Ints]] = {
        "agreement": ([one.name for one in judged.agreements], judged.agreement),
        "client": _named(clients, judged.agreement),
        "priority": (list(history.words["priority"]), judged.priority),
        "department": (_departments(judged), _department(judged, judged.incident)),
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
        periods=tuple(_periods(tally, export, month, day, now, zones)),
        tables={name: tuple(_lines(tally, words, codes)) for name, (words, codes) in names.items()},
        breaches=tuple(_breaches(judged, np.flatnonzero(judged.missed), most, over=True)),
        at_risk=tuple(_breaches(judged, _at_risk(judged), most, over=False)),
        too_few=export.too_few,
        zone=zone,
    )


def _client(agreement: Agreement) -> str:
    """Whose cases an agreement judges."""
    return agreement.customer.name


# -- what cases have in common ----------------------------------------------------------------------------------------


def _reported(judged: Judged, zones: Sequence[str]) -> tuple[Ints, Ints]:
    """The month in which each case was reported, and the day of those that missed, in the zones of the agreements."""
    if len(set(zones)) == 1:
        month, day = _months(judged.start, zones[0]), np.zeros(len(judged.start), np.int64)
        day[judged.missed] = _days(judged.start[judged.missed], zones[0])
        return month, day
    month, day = (np.zeros(len(judged.start), np.int64) for _ in range(2))
    for zone in set(zones):
        mine = np.isin(judged.agreement, [at for at, name in enumerate(zones) if name == zone])
        late = mine & judged.missed
        month[mine], day[late] = _months(judged.start[mine], zone), _days(judged.start[late], zone)
    return month, day


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


def _departments(judged: Judged) -> list[str]:
    """Those that had incidents, and nobody."""
    return [*judged.history.words["department"], "nobody"]


def _department(judged: Judged, incidents: Ints) -> Codes:
    """Which of them had some incidents last."""
    codes = judged.history.codes["department"][incidents]
    codes[codes < 0] = len(judged.history.words["department"])
    return codes


class _Group(Struct, frozen=True):
    """Cases that have a word and a clock in common."""

    number: int
    """That of the word and of the clock, in one."""
    word: int
    clock: str
    kept: int
    missed: int
    running: int
    shown: tuple[int | None, int | None, int | None]
    """Of those that stopped what half of them, 90 and 95 of 100 show at most."""

    def line(self, name: str) -> Line:
        """What is told of them."""
        return Line(
            name=name,
            clock=self.clock,
            kept=self.kept,
            missed=self.missed,
            running=self.running,
            median=self.shown[0],
            p90=self.shown[1],
            p95=self.shown[2],
        )


class _Tally:
    """All cases, to be counted by what they have in common."""

    def __init__(self, judged: Judged) -> None:
        self.judged = judged
        stopped = judged.stop != NEVER
        self.late = judged.missed
        self._late, self._running = np.flatnonzero(self.late), np.flatnonzero(~self.late & ~stopped)
        self._stopped = slice(None) if np.all(stopped) else stopped
        self._elapsed = judged.elapsed[self._stopped]
        self._bits = int(self._elapsed.max(initial=0)).bit_length()

    def groups(self, codes: Codes | Ints, words: int) -> Iterator[_Group]:
        """The cases by word (a code below `words` for each) and clock, in their order, where there are any."""
        clocks = self.judged.clocks
        size = words * len(clocks)
        wide = np.multiply(codes, len(clocks), dtype=np.int64)
        wide += self.judged.clock
        cases, missed, running = (
            np.bincount(each, minlength=size) for each in (wide, wide[self._late], wide[self._running])
        )
        # A group and the time of a case in one number: whole numbers are quick to sort.
        packed = wide[self._stopped] << self._bits
        packed |= self._elapsed
        packed.sort()
        for one in np.flatnonzero(cases).tolist():
            word, clock = divmod(one, len(clocks))
            late, open_ = int(missed[one]), int(running[one])
            begin, end = np.searchsorted(packed, (one << self._bits, one + 1 << self._bits)).tolist()
            shown = [_percentile(packed[begin:end], share) for share in (50, 90, 95)]
            median, p90, p95 = (None if each is None else each - (one << self._bits) for each in shown)
            kept = int(cases[one]) - late - open_
            yield _Group(one, word, clocks[clock], kept, late, open_, (median, p90, p95))


def _lines(tally: _Tally, words: Sequence[str], codes: Codes | Ints) -> Iterator[Line]:
    """A line for each word and clock of which there are cases, in their order."""
    return (one.line(words[one.word]) for one in tally.groups(codes, len(words)))


def _percentile(sorted_: NDArray[np.int64], share: int) -> int | None:
    """The smallest of some values that is not exceeded by so many percent of them (nearest rank)."""
    if not sorted_.size:
        return None
    return int(sorted_[-(-share * sorted_.size // 100) - 1])


# -- promises by period -----------------------------------------------------------------------------------------------


def _periods(tally: _Tally, export: Export, month: Ints, day: Ints, now: int, zones: Sequence[str]) -> Iterator[Period]:
    """`day` is told of the cases that missed."""
    judged = tally.judged
    if not month.size:
        return
    base = int(month.min()) // 12 * 12
    sizes = [MONTHS[one.attainment.period] if one.attainment else 1 for one in judged.agreements]
    span, number = int(month.max()) - base + 1, month - base
    if max(sizes) > 1:
        number //= np.array(sizes)[judged.agreement]
    codes = np.multiply(judged.agreement, span, dtype=np.int64) + number
    late = codes[tally.late] * len(judged.clocks) + judged.clock[tally.late]
    order = np.argsort(late, kind="stable")
    days, late = day[tally.late][order], late[order]
    for each in tally.groups(codes, len(judged.agreements) * span):
        index, period = divmod(each.word, span)
        one = judged.agreements[index]
        if one.attainment is None:
            continue
        first = base + period * sizes[index]
        after = first_of(first + sizes[index])
        line = each.line(one.name)
        missed = days[np.searchsorted(late, each.number) : np.searchsorted(late, each.number, "right")]
        found, misses = np.unique(missed, return_counts=True)
        yield Period(
            agreement=one.name,
            client=_client(one),
            clock=each.clock,
            first=first_of(first),
            last=date.fromordinal(after.toordinal() - 1),
            promised=one.attainment.target,
            line=line,
            standing=_standing(line, one.attainment.target, export.too_few),
            over=midnight(after, time_zone(zones[index])) <= now,
            misses=tuple(zip(map(date.fromordinal, found.tolist()), misses.tolist(), strict=True)),
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


def _breaches(judged: Judged, which: Ints, most: int | None, *, over: bool) -> Iterator[Breach]:
    """By name, so many at most: the most over their target first, or those that have used up most of it."""
    if not which.size:
        return
    by = judged.elapsed[which] - judged.target[which] if over else judged.elapsed[which] / judged.target[which]
    if most is not None and which.size > 4 * most:  # only the first are put in order
        least = np.partition(by, by.size - most)[by.size - most]
        which, by = which[by >= least], by[by >= least]
    chosen = which[np.argsort(-by, kind="stable")][:most]
    numbers = judged.history.named(judged.incident[chosen])
    history, words, codes = judged.history, _departments(judged), _department(judged, judged.incident[chosen])
    for at, number, department in zip(chosen.tolist(), numbers, codes.tolist(), strict=True):
        agreement = judged.agreements[int(judged.agreement[at])]
        stop, deadline = int(judged.stop[at]), int(judged.deadline[at])
        yield Breach(
            incident=number,
            agreement=agreement.name,
            client=_client(agreement),
            department=words[department],
            priority=history.words["priority"][int(judged.priority[at])],
            clock=judged.clocks[int(judged.clock[at])],
            start=int(judged.start[at]),
            stop=None if stop == NEVER else stop,
            elapsed=int(judged.elapsed[at]),
            target=int(judged.target[at]),
            deadline=None if deadline == NEVER else deadline,
        )
