"""Incidents against the agreements that held for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from tamspec.diagnostics import Diagnostic, Fault, Loc, Related
from tamspec.model.catalog import Agreement, Calendar
from tamspec.model.workspace import Export, Workspace
from tamspec.sla import faults
from tamspec.sla.clocks import Cases, cases
from tamspec.sla.history import FIRST, MOST_ROWS, NEVER, History, Ints
from tamspec.sla.hours import hours_of, seconds_of, windows_of
from tamspec.worktime import HorizonError, midnight, moment, time_zone
from tamspec.worktime.arrays import ArrayClock, Instants, Seconds

_AHEAD = (10, 400, 4000)
"""Days behind the last instant in which the deadlines of what still runs are looked for."""


class Judged(Struct, frozen=True, kw_only=True):
    """Cases, one for each clock of each incident that could be judged, as arrays of the same length."""

    incident: Ints
    agreement: NDArray[np.int32]
    clock: NDArray[np.int32]
    priority: NDArray[np.int32]
    start: Instants
    stop: Instants
    """`NEVER` while it runs."""
    elapsed: Seconds
    target: Seconds
    deadline: Instants
    """Of what still runs, and not paused, in time; else `NEVER`."""
    agreements: tuple[Agreement, ...]
    clocks: tuple[str, ...]
    refused: Mapping[str, int]
    """Why → how many incidents could not be judged."""
    excluded: int
    findings: tuple[Diagnostic, ...]

    @property
    def missed(self) -> NDArray[np.bool_]:
        """Whether the target is missed, be it that the clock still runs."""
        late: NDArray[np.bool_] = self.elapsed > self.target
        return late


def judge(
    history: History, workspace: Workspace, export: Export, now: int, agreement: Agreement | None = None
) -> Judged:
    """All incidents as of now, each by the agreement that held for it, or all by one."""
    bench = _Bench(history, workspace, export, now)
    chosen = bench.agreements_of(agreement)
    parts: list[tuple[Ints, ...]] = []
    clocks: dict[str, int] = {}
    judged = np.zeros(history.incidents, np.bool_)
    for index, one in enumerate(chosen.agreements):
        mine = np.flatnonzero((chosen.which == index) & ~history.excluded)
        if not mine.size:
            continue
        known = bench.with_priority(one, mine)
        for name in one.clocks:
            code = clocks.setdefault(name, len(clocks))
            made = bench.measure(one, name, known)
            if made is not None:
                judged[made[0]] = True
                size = len(made[0])
                parts.append((made[0], np.full(size, index), np.full(size, code), *made[1:]))
    lost = ~judged & ~history.excluded
    bench.refuse("no target or no times", lost & ~bench.told)
    columns = [np.concatenate([part[at] for part in parts]) if parts else np.empty(0, np.int64) for at in range(9)]
    return Judged(
        incident=columns[0],
        agreement=columns[1].astype(np.int32),
        clock=columns[2].astype(np.int32),
        priority=columns[3].astype(np.int32),
        start=columns[4],
        stop=columns[5],
        elapsed=columns[6],
        target=columns[7],
        deadline=columns[8],
        agreements=chosen.agreements,
        clocks=tuple(clocks),
        refused=bench.counted(lost),
        excluded=int(np.sum(history.excluded)),
        findings=tuple(bench.findings),
    )


def ends_of(history: History, one: Agreement, clock: str, calendar: Calendar, incidents: Ints, now: int) -> Instants:
    """When some incidents ended for a clock that has not stopped; `NEVER` where they have not. Whoever was helped was
    answered too: a clock stops at the latest with those that have longer targets."""
    made: Instants = np.full(len(incidents), NEVER)
    for other in one.clocks:
        if other != clock and _is_longer(one, other, clock, calendar):
            made = np.maximum(made, cases(history, incidents, one.clocks[other], now).stop)
    return made


def _is_longer(one: Agreement, first: str, second: str, calendar: Calendar) -> bool:
    """Whether a clock has a longer target than another, in the most urgent priority that has both."""
    both = [targets for targets in one.priorities.values() if first in targets and second in targets]
    return bool(both) and seconds_of(both[0][first], calendar) > seconds_of(both[0][second], calendar)


class _Chosen(Struct, frozen=True):
    agreements: tuple[Agreement, ...]
    which: NDArray[np.int32]
    """Of each incident the index of its agreement; -1 for none."""


class _Bench:
    """A history on the table, with what is found wrong while it is judged."""

    def __init__(self, history: History, workspace: Workspace, export: Export, now: int) -> None:
        self.history, self.workspace, self.export, self.now = history, workspace, export, now
        self.findings: list[Diagnostic] = []
        self.told = np.zeros(history.incidents, np.bool_)
        self.why: dict[str, NDArray[np.bool_]] = {}
        self.asked: set[str] = set()

    # -- who judges ----------------------------------------------------------------------------------------------------

    def agreements_of(self, given: Agreement | None) -> _Chosen:
        """The agreement of each incident."""
        history = self.history
        if given is None and self.export.agreement:
            given = self.workspace.agreements.get(self.export.agreement)
        if given is not None:
            return _Chosen((given,), np.zeros(history.incidents, np.int32))
        if self.export.columns.agreement:
            return self._named()
        return self._by_client()

    def _named(self) -> _Chosen:
        words = self.history.words["agreement"]
        known = [word for word in words if word in self.workspace.agreements]
        place = np.array([known.index(word) if word in known else -1 for word in words] + [-1], np.int32)
        which = place[self.history.codes["agreement"]]
        self._nobodys(which < 0, "name no agreement that there is")
        return _Chosen(tuple(self.workspace.agreements[word] for word in known), which)

    def _by_client(self) -> _Chosen:
        history = self.history
        words = history.words["client"] if self.export.columns.client else (self.export.client,)
        codes = history.codes["client"] if self.export.columns.client else np.zeros(history.incidents, np.int32)
        reported = self.arrivals()
        which = np.full(history.incidents, -1, np.int32)
        held = np.zeros(history.incidents, np.int32)
        chosen: list[Agreement] = []
        by_client: dict[str, list[Agreement]] = {}
        for one in self.workspace.agreements.values():
            if one.type == "sla":
                by_client.setdefault(one.customer.name, []).append(one)
        for code, word in enumerate(words):
            mine = codes == code
            for one in by_client.get(word, ()):
                holds = mine & self._holds(one, reported)
                held[holds] += 1
                which[holds] = len(chosen)
                chosen.append(one)
        known = np.array([word in self.workspace.clients for word in words] + [False])
        self._nobodys(~known[codes], "belong to no client that there is")
        self._nobodys(known[codes] & (held == 0), "were reported on a day on which their client had no agreement")
        self._nobodys(held > 1, "were reported on a day on which their client had several agreements")
        which[held > 1] = -1
        return _Chosen(tuple(chosen), which)

    def _holds(self, one: Agreement, reported: Instants) -> NDArray[np.bool_]:
        """Whether an agreement held at some instants; its days are those of the client's calendar."""
        client = self.workspace.clients.get(one.customer.name)
        zone = time_zone(self.workspace.calendars[client.calendar.name].time_zone if client else "UTC")
        made: NDArray[np.bool_] = reported != NEVER
        if one.valid_from:
            made &= reported >= midnight(one.valid_from, zone)
        if one.valid_to:
            made &= reported < midnight(one.valid_to + timedelta(1), zone)
        return made

    def arrivals(self) -> Instants:
        """When each incident was reported: the earliest start of a clock that its columns tell, else its first row."""
        history = self.history
        made = np.full(history.incidents, np.iinfo(np.int64).max)
        starts = {clock.start for one in self.workspace.agreements.values() for clock in one.clocks.values()}
        for name in sorted(starts & set(history.events)):
            told = history.events[name]
            made = np.where(told == NEVER, made, np.minimum(made, told))
        if self.export.columns.at and history.at.size:
            made = np.where(made == np.iinfo(np.int64).max, history.at[history.first[:-1]], made)
        reported: Instants = np.where(made == np.iinfo(np.int64).max, NEVER, made)
        return reported

    def with_priority(self, one: Agreement, mine: Ints) -> Ints:
        """Those of some incidents whose priority the agreement knows."""
        words = self.history.words["priority"]
        known = np.array([word in one.priorities for word in words] + [False])
        has: NDArray[np.bool_] = known[self.history.codes["priority"][mine]]
        lost: Ints = mine[~has]
        if lost.size:
            names = ", ".join(one.priorities) or "none"
            self._note(faults.NOBODYS, lost, f"have a priority that {one.name} does not know", f"It knows {names}.")
            self.refuse("unknown priority", self._these(lost))
        kept: Ints = mine[has]
        return kept

    # -- how long it took ---------------------------------------------------------------------------------------------

    def measure(self, one: Agreement, clock: str, mine: Ints) -> tuple[Ints, ...] | None:
        """Incident, priority, start, stop, elapsed, target, deadline of each case of a clock; None where nothing can be
        measured."""
        calendar = hours_of(one, self.workspace)
        if calendar is None or not mine.size:
            return None
        words = self.history.words["priority"]
        targets = np.array(
            [
                seconds_of(promised, calendar) if (promised := one.priorities.get(word, {}).get(clock)) else -1
                for word in words
            ]
            + [-1],
            np.int64,
        )
        priority = self.history.codes["priority"]
        mine = mine[targets[priority[mine]] >= 0]
        ends = ends_of(self.history, one, clock, calendar, mine, self.now)
        found = cases(self.history, mine, one.clocks[clock], self.now, ends)
        sound = self._sound(one, clock, mine, found)
        if not np.any(sound):
            return None
        if not np.all(sound):
            mine, ends = mine[sound], ends[sound]
            found = cases(self.history, mine, one.clocks[clock], self.now, ends)
        target: Seconds = targets[priority[mine]]
        last = np.where(found.stop == NEVER, self.now, found.stop)
        first_day = moment(int(found.start.min())).date() - timedelta(2)
        last_day = moment(int(max(last.max(), self.now))).date() + timedelta(2)
        codes = priority[mine].astype(np.int64)
        for ahead in _AHEAD:
            hours = ArrayClock(windows_of(calendar, first_day, last_day + timedelta(ahead)))
            elapsed = found.elapsed(hours, self.history.paused[mine])
            try:
                deadline = self._deadlines(found, hours, elapsed, target)
                break
            except HorizonError:
                deadline = np.full(len(mine), NEVER)
        return mine, codes, found.start, found.stop, elapsed, target, deadline

    def _deadlines(self, found: Cases, hours: ArrayClock, elapsed: Seconds, target: Seconds) -> Instants:
        """When what still runs, and does not stand still, misses its target."""
        made = np.full(len(elapsed), NEVER)
        each = found.stretches
        last = np.full(len(elapsed), -1)
        last[each.case] = np.arange(len(each.case))
        runs = (found.stop == NEVER) & (elapsed <= target) & (last >= 0) & each.runs[last]
        if np.any(runs):
            made[runs] = hours.add(np.full(int(np.sum(runs)), self.now), target[runs] - elapsed[runs])
        return made

    def _sound(self, one: Agreement, clock: str, mine: Ints, found: Cases) -> NDArray[np.bool_]:
        """Which cases can be measured; the others are told, each cause once for each event."""
        made = one.clocks[clock]
        started = found.start != NEVER
        self._once(faults.NOT_TOLD, f"start {made.start}", mine[~started], f"do not tell when they were {made.start}")
        self.refuse(f"no {made.start}", self._these(mine[~started]))
        history = self.history
        for event in (made.start, made.stop):
            if event in history.events:
                empty = mine[
                    (history.events[event][mine] == NEVER)
                    & ((found.start if event == made.start else found.stop) != NEVER)
                ]
                what = f"do not tell {event} in its column; entering the state of that name counts"
                self._once(faults.NOT_TOLD, f"column {event}", empty, what)
        if self.export.columns.at:
            self._rows(f"early {made.start}", found.early, f"from before their incident was {made.start}; passed over")
        backwards = started & (found.stop != NEVER) & (found.stop < found.start)
        what = f"were {made.stop} before they were {made.start}"
        self._once(faults.IMPOSSIBLE, f"{made.stop} {made.start}", mine[backwards], what)
        self.refuse("impossible times", self._these(mine[backwards]))
        ahead = started & ((found.start > self.now) | (found.stop > self.now))
        self._once(faults.IMPOSSIBLE, "ahead", mine[ahead], "happened after now")
        self.refuse("impossible times", self._these(mine[ahead]))
        sound: NDArray[np.bool_] = started & ~backwards & ~ahead
        return sound

    # -- what is wrong ------------------------------------------------------------------------------------------------

    def refuse(self, why: str, which: NDArray[np.bool_]) -> None:
        """These cannot be judged, for a reason that is theirs unless they have one already."""
        if np.any(which):
            known = self.why.setdefault(why, np.zeros(self.history.incidents, np.bool_))
            known |= which & ~self.told
            self.told |= which

    def counted(self, lost: NDArray[np.bool_]) -> dict[str, int]:
        """Why → how many of those that were not judged by any clock."""
        return {why: count for why, which in self.why.items() if (count := int(np.sum(which & lost)))}

    def _these(self, incidents: Ints) -> NDArray[np.bool_]:
        made = np.zeros(self.history.incidents, np.bool_)
        made[incidents] = True
        return made

    def _nobodys(self, which: NDArray[np.bool_], what: str) -> None:
        which = which & ~self.history.excluded
        if np.any(which):
            self._note(faults.NOBODYS, np.flatnonzero(which), what)
            self.refuse("no agreement", which)

    def _once(self, fault: Fault, key: str, incidents: Ints, what: str) -> None:
        if incidents.size and key not in self.asked:
            self.asked.add(key)
            self._note(fault, incidents, what)

    def _rows(self, key: str, rows: Ints, what: str) -> None:
        """A finding of rows of a log, once."""
        if rows.size and key not in self.asked:
            self.asked.add(key)
            lines = [int(line) for line in np.sort(self.history.line[rows])[:FIRST]]
            more = f" and {len(rows) - len(lines)} more" if len(rows) > len(lines) else ""
            subject = "1 row is" if len(rows) == 1 else f"{len(rows)} rows are"
            told = ", ".join(f"row {line % MOST_ROWS}" for line in lines)
            self._told(faults.IMPOSSIBLE, lines, [""] * len(lines), f"{subject} {what}: {told}{more}.")

    def _note(self, fault: Fault, incidents: Ints, what: str, hint: str = "") -> None:
        lines = [int(line) for line in np.sort(self.history.line[self.history.first[incidents]])[:FIRST]]
        numbers = self.history.source.numbers(lines)
        told = [f"{number} (row {line % MOST_ROWS})" for number, line in zip(numbers, lines, strict=True)]
        count = len(incidents)
        more = f" and {count - len(lines)} more" if count > len(lines) else ""
        subject = "1 incident" if count == 1 else f"{count} incidents"
        self._told(fault, lines, numbers, f"{subject} {what}: {', '.join(told)}{more}.", hint)

    def _told(self, fault: Fault, lines: list[int], numbers: list[str], detail: str, hint: str = "") -> None:
        places = [Loc(self.history.source.files[line // MOST_ROWS][0], line % MOST_ROWS) for line in lines]
        also = [Related(at, name or f"row {at.line}") for at, name in zip(places[1:], numbers[1:], strict=True)]
        self.findings.append(fault(places[0], detail, hint=hint, related=tuple(also)))
