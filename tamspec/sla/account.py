"""Where the time of one incident went: each state, who had it, and which hours of it are on the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from operator import itemgetter

import numpy as np

from tamspec.model.attainment import Account, ClockAccount, Spell
from tamspec.model.workspace import Workspace
from tamspec.sla.clocks import Rows, Stretches
from tamspec.sla.history import NEVER, History
from tamspec.sla.hours import hours_of, zone_of
from tamspec.sla.judge import Judged, measured
from tamspec.worktime import HorizonError, Windows, moment, windows_of


def account(judged: Judged, workspace: Workspace, number: str, now: int) -> Account | None:
    """The account of an incident; None where the history has none of that number that could be judged."""
    history = judged.history
    incident = history.incident_of(number)
    if incident is None:
        return None
    which = np.flatnonzero(judged.incident == incident)
    if not which.size:
        return None
    agreement = judged.agreements[int(judged.agreement[which[0]])]
    calendar = hours_of(agreement, workspace)
    assert calendar is not None, "this is a bug in tamspec: an incident was judged without hours"
    asked = np.array([incident])
    rows = Rows(history, asked, judged.arrival[asked], now)
    made = []
    for case in which.tolist():
        clock = judged.clocks[int(judged.clock[case])]
        found = measured(rows, agreement, clock, calendar)
        start, stop = int(judged.start[case]), int(judged.stop[case])
        last = now if stop == NEVER else stop
        first_day, last_day = moment(start).date(), moment(max(last, start)).date()
        hours = windows_of(calendar, first_day - timedelta(2), last_day + timedelta(400))
        made.append(
            ClockAccount(
                clock=clock,
                calendar=calendar.name,
                target=int(judged.target[case]),
                elapsed=int(judged.elapsed[case]),
                start=start,
                stop=None if stop == NEVER else stop,
                spells=tuple(_spells(history, found.stretches, hours)),
                paused=int(history.paused[incident]),
            )
        )
    return Account(
        incident=number,
        client=agreement.customer.name,
        agreement=agreement.name,
        priority=history.words["priority"][int(judged.priority[which[0]])],
        zone=zone_of(agreement, workspace),
        at=now,
        clocks=tuple(made),
    )


def why_not(history: History, number: str) -> str:
    """Why an incident was not judged."""
    lines = history.source.lines_of(number)
    if not lines:
        return f"There is no incident '{number}'."
    incident = history.incident_of(number)
    if incident is None:
        if len(lines) == 1:
            return f"The only row of '{number}' could not be used."
        return f"None of the {len(lines)} rows of '{number}' could be used."
    if history.excluded[incident]:
        return f"'{number}' is excluded: `exclude` of `incidents` says so."
    return f"'{number}' could not be judged; what is found in the history tells why."


def _spells(history: History, stretches: Stretches, hours: Windows) -> Iterator[Spell]:
    """One spell for each state and holder; rows that change neither go on with it."""
    edges = zip(
        stretches.begin.tolist(), stretches.end.tolist(), stretches.runs.tolist(), stretches.row.tolist(), strict=True
    )
    told = [
        (begin, end, (_word(history, "state", row), _word(history, "department", row), runs))
        for begin, end, runs, row in edges
        if begin < end
    ]
    for (state, holder, runs), same in groupby(told, key=itemgetter(2)):
        each = list(same)
        begin, end = each[0][0], each[-1][1]
        counted = tuple(_counted(hours, begin, end)) if runs else ()
        yield Spell(begin=begin, end=end, state=state, holder=holder, runs=runs, counted=counted)


def _word(history: History, name: str, row: int) -> str:
    codes = history.state if name == "state" else history.holder
    return history.words[name][int(codes[row])] if row >= 0 and codes[row] >= 0 else ""


def _counted(hours: Windows, begin: int, end: int) -> Iterator[tuple[int, int]]:
    at = begin
    while at < end:
        try:
            opening, closing = hours.windows(at, 1)[0]
        except HorizonError:  # it does not open any more
            return
        if opening >= end:
            return
        yield max(opening, at), min(closing, end)
        at = closing
