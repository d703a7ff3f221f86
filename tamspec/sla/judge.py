"""Incidents against the agreements that held for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from tamspec.diagnostics import Diagnostic, Fault, Related
from tamspec.model.catalog import Agreement, Calendar, Clock
from tamspec.model.workspace import Export, Workspace
from tamspec.sla import faults
from tamspec.sla.clocks import Cases, Rows, cases
from tamspec.sla.history import FIRST, NEVER, History, Ints
from tamspec.sla.hours import hours_of, seconds_of
from tamspec.worktime import HorizonError, is_ever_open, midnight, moment, time_zone, windows_of
from tamspec.worktime.arrays import ArrayClock, Instants, Seconds
from tamspec.worktime.kept import Kept

_AHEAD = (10, 400, 4000)
"""Days behind now in which the deadlines of what still runs are looked for."""
_AT_ONCE = 1 << 15
"""Incidents that are measured at once: their rows stay in the processor's cache."""


class Judged(Struct, frozen=True, kw_only=True):
    """Cases, one for each clock of each incident that could be judged, as arrays of the same length."""

    history: History
    """As it was judged: an event that lies ahead has not happened."""
    arrival: Instants
    """Of each incident of the history, judged or not, when it was reported; `NEVER` where nothing tells it."""
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
    bench.out_of_time()
    shares = _shares(chosen, history.excluded)
    docket = _Docket(sum(len(mine) * len(one.clocks) for one, mine in zip(chosen.agreements, shares, strict=True)))
    clocks: dict[str, int] = {}
    for index, (one, mine) in enumerate(zip(chosen.agreements, shares, strict=True)):
        if mine.size:
            bench.measure(index, one, bench.with_priority(one, mine), docket, clocks)
    columns = {name: each[: docket.size] for name, each in docket.columns.items()}
    lost = ~history.excluded
    lost[columns["incident"]] = False
    bench.refuse("no target or no times", lost & ~bench.told)
    return Judged(
        history=bench.history,
        arrival=bench.arrival,
        **columns,
        agreements=chosen.agreements,
        clocks=tuple(clocks),
        refused=bench.counted(lost),
        excluded=int(np.sum(history.excluded)),
        findings=tuple(bench.findings),
    )


def _shares(chosen: _Chosen, excluded: NDArray[np.bool_]) -> list[Ints]:
    """The incidents of each agreement, but those that are excluded."""
    which = np.where(excluded, -1, chosen.which)
    judged = np.flatnonzero(which >= 0)
    if len(chosen.agreements) > 1:
        judged = judged[np.argsort(which[judged], kind="stable")]
    counts = np.bincount(which[judged], minlength=len(chosen.agreements)).tolist()
    return [judged[end - count : end] for count, end in zip(counts, accumulate(counts), strict=True)]


class _Docket:
    """Cases as they are measured: of each agreement those of one clock together, by incident."""

    def __init__(self, most: int) -> None:
        kinds = dict.fromkeys(("incident", "start", "stop", "elapsed", "target", "deadline"), np.int64)
        codes = dict.fromkeys(("agreement", "clock", "priority"), np.int32)
        self.columns: dict[str, NDArray[Any]] = {
            name: np.empty(most, kind) for name, kind in {**kinds, **codes}.items()
        }
        """By the names that they have in `Judged`; what lies behind `size` says nothing."""
        self.size = 0

    def open(self, clocks: int, most: int) -> None:
        """Room for so many cases of each of so many clocks."""
        self._begins = [self.size + most * at for at in range(clocks)]
        self._ends = list(self._begins)

    def put(self, section: int, incident: Ints, **values: NDArray[Any] | int) -> None:
        """More cases of one of the clocks that there is room for; what is the same for all is one number."""
        begin = self._ends[section]
        end = self._ends[section] = begin + len(incident)
        for name, each in {"incident": incident, **values}.items():
            self.columns[name][begin:end] = each

    def close(self) -> None:
        """Move them together."""
        for begin, end in zip(self._begins, self._ends, strict=True):
            if begin > self.size:
                for each in self.columns.values():
                    each[self.size : self.size + end - begin] = each[begin:end]
            self.size += end - begin


def measured(some: Rows, one: Agreement, clock: str, calendar: Calendar) -> Cases:
    """A clock of an agreement for some incidents; it stops at the latest when they end."""
    return cases(some, one.clocks[clock], _ends(some, one, clock, calendar))


def _ends(some: Rows, one: Agreement, clock: str, calendar: Calendar) -> Instants:
    """When some incidents ended for a clock; `NEVER` where they have not. Whoever was helped was answered too: a clock
    stops at the latest when one that has a longer target first stops."""
    later = np.iinfo(np.int64).max
    made: Instants = np.full(len(some.incidents), later)
    for name, other in one.clocks.items():
        if name != clock and _is_longer(one, name, clock, calendar):
            _, stopped = some.stop(other.start, other.stop)
            made = np.minimum(made, np.where(stopped == NEVER, later, stopped))
    return np.where(made == later, NEVER, made)


def _arrivals(history: History, export: Export, workspace: Workspace) -> Instants:
    """When each incident was reported: the earliest start of a clock that its columns tell, else its first row."""
    made = np.full(history.incidents, np.iinfo(np.int64).max)
    starts = {clock.start for one in workspace.agreements.values() for clock in one.clocks.values()}
    for name in sorted(starts & set(history.events)):
        told = history.events[name]
        made = np.where(told == NEVER, made, np.minimum(made, told))
    if export.columns.at and history.at.size:
        made = np.where(made == np.iinfo(np.int64).max, history.at[history.first[:-1]], made)
    reported: Instants = np.where(made == np.iinfo(np.int64).max, NEVER, made)
    return reported


def _is_longer(one: Agreement, first: str, second: str, calendar: Calendar) -> bool:
    """Whether a clock has a longer target than another, in the most urgent priority that has both."""
    both = [targets for targets in one.priorities.values() if first in targets and second in targets]
    return bool(both) and seconds_of(both[0][first], calendar) > seconds_of(both[0][second], calendar)


def _said(words: Sequence[str], codes: NDArray[np.int32]) -> str:
    """The words of some codes, the first of many."""
    told = [words[code] if code >= 0 else "none is told" for code in np.unique(codes).tolist()]
    return ", ".join(told[:FIRST]) + (f" and {len(told) - FIRST} more" if len(told) > FIRST else "")


class _Strange:
    """What is strange about some cases: incidents, and rows of a log."""

    def __init__(self) -> None:
        self.unstarted: list[Ints] = []
        self.empty: dict[str, list[Ints]] = {}
        self.backwards: list[Ints] = []
        self.elsewhen: list[Ints] = []


class _Chosen(Struct, frozen=True):
    agreements: tuple[Agreement, ...]
    which: NDArray[np.int32]
    """Of each incident the index of its agreement; -1 for none."""


class _Bench:
    """A history on the table, with what is found wrong while it is judged."""

    def __init__(self, history: History, workspace: Workspace, export: Export, now: int) -> None:
        self.workspace, self.export, self.now = workspace, export, now
        starts = {clock.start for one in workspace.agreements.values() for clock in one.clocks.values()}
        self.tells_reports = not starts.isdisjoint(history.events)
        """Whether a column says when incidents were reported."""
        late = ((name, at > now) for name, at in history.events.items() if name not in starts)
        self.ahead = {name: which for name, which in late if np.any(which)}
        """Event → which incidents tell it of an instant that has not come."""
        events = {name: np.where(which, NEVER, history.events[name]) for name, which in self.ahead.items()}
        self.history = replace(history, events={**history.events, **events}) if events else history
        self.findings: list[Diagnostic] = []
        self.told = np.zeros(history.incidents, np.bool_)
        self.why: dict[str, NDArray[np.bool_]] = {}
        self.asked: set[str] = set()
        self._clocks: Kept[Calendar, ArrayClock] = Kept(64)
        self.arrival = _arrivals(history, export, workspace)

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
        self._nobodys(which < 0, "names no agreement that there is")
        return _Chosen(tuple(self.workspace.agreements[word] for word in known), which)

    def _by_client(self) -> _Chosen:
        history = self.history
        words = history.words["client"] if self.export.columns.client else (self.export.client,)
        codes = history.codes["client"] if self.export.columns.client else np.zeros(history.incidents, np.int32)
        reported = self.arrival
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
        strange = ~known[codes]
        self._nobodys(strange, f"belongs to no client that there is ({_said(words, codes[strange])})")
        untimed = known[codes] & (reported == NEVER) & ~history.excluded
        self._once(faults.NOT_TOLD, "reported", np.flatnonzero(untimed), "does not tell when it was reported")
        self.refuse("no time", untimed)
        self._nobodys(
            known[codes] & (held == 0) & ~untimed, "was reported on a day on which its client had no agreement"
        )
        self._nobodys(held > 1, "was reported on a day on which its client had several agreements")
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

    def out_of_time(self) -> None:
        """Rows of a log from before the report of their incident, rows and events from after now: they are passed
        over."""
        history = self.history
        for name, late in self.ahead.items():
            self._once(
                faults.IMPOSSIBLE, f"ahead {name}", np.flatnonzero(late), f"was {name} later than now; passed over"
            )
        if self.export.columns.at and history.at.size:
            if self.tells_reports:
                early = np.flatnonzero(history.at < np.repeat(self.arrival, np.diff(history.first)))
                self._rows("early", early, "earlier than the report of the incident; passed over")
            self._rows("ahead", np.flatnonzero(history.at > self.now), "later than now; passed over")

    def with_priority(self, one: Agreement, mine: Ints) -> Ints:
        """Those of some incidents whose priority the agreement knows."""
        words = self.history.words["priority"]
        known = np.array([word in one.priorities for word in words] + [False])
        has: NDArray[np.bool_] = known[self.history.codes["priority"][mine]]
        lost: Ints = mine[~has]
        if lost.size:
            names = ", ".join(one.priorities) or "none"
            said = _said(words, self.history.codes["priority"][lost])
            what = f"has a priority that {one.name} does not know ({said})"
            self._note(faults.NOBODYS, lost, what, f"It knows {names}.")
            self.refuse("unknown priority", self._these(lost))
        kept: Ints = mine[has]
        return kept

    # -- how long it took ---------------------------------------------------------------------------------------------

    def measure(self, index: int, one: Agreement, mine: Ints, docket: _Docket, clocks: dict[str, int]) -> None:
        """Put down what each clock of an agreement shows for some incidents; `clocks` gives each name a number."""
        calendar = hours_of(one, self.workspace)
        if calendar is None or not mine.size or not is_ever_open(calendar):
            return
        priority = self.history.codes["priority"]
        targets = {name: self._targets(one, name, calendar) for name in one.clocks}
        strange = {name: _Strange() for name in one.clocks}
        codes = [clocks.setdefault(name, len(clocks)) for name in one.clocks]
        docket.open(len(one.clocks), len(mine))
        for begin in range(0, len(mine), _AT_ONCE):
            chosen = mine[begin : begin + _AT_ONCE]
            rows = Rows(self.history, chosen, self.arrival[chosen], self.now)
            for section, (name, clock) in enumerate(one.clocks.items()):
                some = rows.only(targets[name][priority[chosen]] >= 0)
                if not some.incidents.size:
                    continue
                found = measured(some, one, name, calendar)
                sound = self._sound(clock, some.incidents, found, strange[name])
                if not np.any(sound):
                    continue
                if not np.all(sound):
                    some = some.only(sound)
                    found = measured(some, one, name, calendar)
                those = some.incidents
                target: Seconds = targets[name][priority[those]]
                elapsed = found.elapsed(self._hours(calendar), self.history.paused[those])
                docket.put(
                    section,
                    those,
                    agreement=index,
                    clock=codes[section],
                    priority=priority[those],
                    start=found.start,
                    stop=found.stop,
                    elapsed=elapsed,
                    target=target,
                    deadline=self._deadlines(found, calendar, elapsed, target),
                )
        docket.close()
        for name, clock in one.clocks.items():
            if strange[name].unstarted:
                self._tell(clock, strange[name])

    def _targets(self, one: Agreement, clock: str, calendar: Calendar) -> Seconds:
        """The target of a clock in seconds by the code of a priority, -1 where it has none; the last for none told."""
        promised = [one.priorities.get(word, {}).get(clock) for word in self.history.words["priority"]]
        return np.array([seconds_of(each, calendar) if each else -1 for each in promised] + [-1], np.int64)

    def _hours(self, calendar: Calendar, ahead: int = _AHEAD[0]) -> ArrayClock:
        """The hours of a calendar from the first instant that is told to now, and some days ahead."""
        first, last = moment(self.earliest).date() - timedelta(2), moment(self.now).date() + timedelta(ahead)
        return self._clocks.of((id(calendar), ahead), calendar, lambda: ArrayClock(windows_of(calendar, first, last)))

    @cached_property
    def earliest(self) -> int:
        """The first instant that is told, or now."""
        told = [self.history.at[self.history.first[:-1]], *self.history.events.values()]
        return min([int(each[each > 0].min()) for each in told if np.any(each > 0)] + [self.now])

    def _deadlines(self, found: Cases, calendar: Calendar, elapsed: Seconds, target: Seconds) -> Instants:
        """When what still runs, and does not stand still, misses its target."""
        made = np.full(len(elapsed), NEVER)
        in_time = (found.stop == NEVER) & (elapsed <= target)
        if not np.any(in_time):
            return made
        each = found.stretches
        last = np.full(len(elapsed), -1)
        begun = np.flatnonzero((each.begin <= self.now) & in_time[each.case])
        last[each.case[begun]] = begun
        runs = in_time & (last >= 0) & each.runs[last]
        if np.any(runs):
            left, begin = target[runs] - elapsed[runs], np.full(int(np.sum(runs)), self.now)
            for ahead in _AHEAD:
                with suppress(HorizonError):
                    made[runs] = self._hours(calendar, ahead).add(begin, left)
                    break
        return made

    def _sound(self, clock: Clock, mine: Ints, found: Cases, strange: _Strange) -> NDArray[np.bool_]:
        """Which cases can be measured; what is strange about the others, and about those, is noted."""
        history = self.history
        started, stopped = found.start != NEVER, found.stop != NEVER
        strange.unstarted.append(mine[~started])
        for event, known in ((clock.start, started), (clock.stop, stopped)):
            if event in history.events:
                empty = (history.events[event][mine] == NEVER) & known
                strange.empty.setdefault(event, []).append(mine[empty])
        backwards = started & stopped & (found.stop < found.start)
        strange.backwards.append(mine[backwards])
        elsewhen = started & ((found.start > self.now) | (found.stop > self.now) | (found.start < 0))
        strange.elsewhen.append(mine[elsewhen])
        sound: NDArray[np.bool_] = started & ~backwards & ~elsewhen
        return sound

    def _tell(self, clock: Clock, strange: _Strange) -> None:
        """What is strange, each cause once for each event."""
        unstarted = np.concatenate(strange.unstarted)
        what = f"does not tell when it was {clock.start}"
        self._once(faults.NOT_TOLD, f"start {clock.start}", unstarted, what)
        self.refuse(f"no {clock.start}", self._these(unstarted))
        for event, parts in strange.empty.items():
            what = f"does not tell {event} in its column; entering the state of that name counts"
            self._once(faults.NOT_TOLD, f"column {event}", np.concatenate(parts), what)
        for name, parts in (
            (f"was {clock.stop} before it was {clock.start}", strange.backwards),
            ("happened after now, or before 1970", strange.elsewhen),
        ):
            incidents = np.concatenate(parts)
            self._once(faults.IMPOSSIBLE, name, incidents, name)
            self.refuse("impossible times", self._these(incidents))

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
            told = ", ".join(self.history.source.said(line) for line in lines)
            self._told(faults.IMPOSSIBLE, lines, [""] * len(lines), f"{subject} {what}: {told}{more}.")

    def _note(self, fault: Fault, incidents: Ints, what: str, hint: str = "") -> None:
        lines = [int(line) for line in np.sort(self.history.line[self.history.first[incidents]])[:FIRST]]
        numbers = self.history.source.numbers(lines)
        told = [f"{number} ({self.history.source.said(line)})" for number, line in zip(numbers, lines, strict=True)]
        count = len(incidents)
        more = f" and {count - len(lines)} more" if count > len(lines) else ""
        subject = "An incident" if count == 1 else f"Of {count} incidents each"
        self._told(fault, lines, numbers, f"{subject} {what}: {', '.join(told)}{more}.", hint)

    def _told(self, fault: Fault, lines: list[int], numbers: list[str], detail: str, hint: str = "") -> None:
        places = [self.history.source.place(line) for line in lines]
        names = [number or self.history.source.said(line) for number, line in zip(numbers, lines, strict=True)]
        also = [Related(at, name) for at, name in zip(places[1:], names[1:], strict=True)]
        self.findings.append(fault(places[0], detail, hint=hint, related=tuple(also)))
