"""How promises were kept: for the terminal, as JSON, as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from tamspec.diagnostics import Diagnostic
from tamspec.model.attainment import Account, Attainment, Breach, ClockAccount, Line, Period, Spell
from tamspec.model.values import counted
from tamspec.model.values import length_text as length
from tamspec.report.findings import FORMAT_VERSION, as_json
from tamspec.report.rows import aligned
from tamspec.report.tables import csv_text
from tamspec.report.text import json_text, visible
from tamspec.report.times import day, utc
from tamspec.sla.words import percent, when
from tamspec.worktime import moment

ROWS = 15
"""Lines of a table, and breaches, that the terminal shows; programs get all."""
STANDINGS = {"kept": "kept", "missed": "MISSED", "too few": "too few to judge", "none": "nothing to judge"}
TABLES = ("client", "priority", "department", "month")

LINES = (
    *("table", "name", "clock", "first", "last", "cases", "kept", "missed", "running", "share", "promised", "standing"),
    *("median_hours", "p90_hours", "p95_hours"),
)
BREACHES = (
    *("incident", "agreement", "client", "department", "priority", "clock", "start", "stop", "elapsed_hours"),
    *("target_hours", "over_hours"),
)


def report_text(one: Attainment) -> str:
    """What a service manager asks first: what was judged, which promises were missed, where, and by how much."""
    made = [*_counts(one), *_promises(one)]
    for name in TABLES:
        lines = one.tables[name]
        if len({line.name for line in lines}) > 1 or name in ("priority", "month"):
            made += ["", *_table(name, lines)]
    made += [*_breaches(one), *_at_risk(one)]
    return "".join(f"{visible(line)}\n" if line else "\n" for line in made)


def _counts(one: Attainment) -> Iterator[str]:
    between = ""
    if one.first is not None and one.last is not None:
        between = f", reported from {day(moment(one.first), one.zone)} to {day(moment(one.last), one.zone)}"
    yield f"{counted(one.incidents, 'incident')} in {counted(one.rows, 'row')}{between}. Times are those of {one.zone}."
    lost = sum(one.refused.values())
    why = f" ({', '.join(f'{name}: {count}' for name, count in one.refused.items())})" if lost else ""
    yield f"Judged {one.judged}, excluded {one.excluded}, refused {lost}{why}."
    if one.rows_refused:
        told = ", ".join(f"{name}: {count}" for name, count in one.rows_refused.items())
        yield f"Rows that are not used: {sum(one.rows_refused.values())} ({told})."


def _promises(one: Attainment) -> Iterator[str]:
    shown = [period for period in one.periods if period.standing != "none"]
    if not shown:
        return
    yield ""
    bad = [period for period in shown if period.standing == "missed"]
    kept = sum(period.standing == "kept" for period in shown)
    few = len(shown) - kept - len(bad)
    told = f"{kept} kept, {len(bad)} missed" + (f", {few} with too few cases to judge" if few else "")
    yield f"Promises by period: {told}."
    order = sorted(
        shown, key=lambda period: (period.standing != "missed", period.agreement, period.first, period.clock)
    )
    rows = [_period_row(period) for period in order[:ROWS]]
    yield from aligned(rows)
    if len(order) > ROWS:
        yield f"  … and {len(order) - ROWS} more in the JSON and the CSV."


def _period_row(one: Period) -> tuple[str, ...]:
    share = percent(one.line.share) if one.line.share is not None else "–"
    so_far = "" if one.over else " so far"
    span = f"{one.first} to {one.last}{so_far}"
    cases = f"{one.line.kept} of {one.line.judged}"
    promised = f"promised {one.promised} %"
    return (one.agreement, one.clock, span, cases, share, promised, STANDINGS[one.standing], _spare(one))


def _spare(one: Period) -> str:
    """How many of the misses that the promise allows are left, or how many were too many."""
    if one.standing == "too few":
        return ""
    return f"{-one.left} too many" if one.left < 0 else f"{one.left or 'none'} to spare"


def _table(name: str, lines: Sequence[Line]) -> Iterator[str]:
    shown = (
        lines
        if name in ("priority", "month")
        else sorted(lines, key=lambda line: (-line.judged, line.name, line.clock))
    )
    head = (name, "clock", "cases", "in time", "", "running", "median", "p90", "p95")
    yield from aligned([head, *map(_row, shown[: 2 * ROWS])])
    if len(shown) > 2 * ROWS:
        yield f"  … and {len(shown) - 2 * ROWS} more in the JSON and the CSV."


def _row(line: Line) -> tuple[str, ...]:
    share = percent(line.share) if line.share is not None else "–"
    lengths = (length(each) if each is not None else "–" for each in (line.median, line.p90, line.p95))
    running = str(line.running) if line.running else ""
    return (line.name, line.clock, str(line.judged), str(line.kept), share, running, *lengths)


def _breaches(one: Attainment) -> Iterator[str]:
    missed = sum(line.missed for line in one.tables["agreement"])
    if not missed:
        return
    yield ""
    yield f"Missed targets: {missed}. The furthest over:"
    yield from aligned([_breach_row(each, one.zone) for each in one.breaches[:ROWS]])
    if missed > ROWS:
        yield f"  … and {missed - ROWS} more: --breaches --output-format csv lists them."


def _breach_row(one: Breach, zone: str) -> tuple[str, ...]:
    took = f"{length(one.elapsed)} of {length(one.target)}"
    state = "still runs" if one.stop is None else ""
    return (one.incident, one.priority, one.clock, one.client, one.department, when(one.start, zone), took, state)


def _at_risk(one: Attainment) -> Iterator[str]:
    if not one.at_risk:
        return
    yield ""
    yield f"Running, with most of the target used up: {len(one.at_risk)}."
    rows = []
    for each in one.at_risk[:ROWS]:
        until = f"until {when(each.deadline, one.zone)}" if each.deadline is not None else "stands still"
        used = percent(Fraction(each.elapsed, each.target))
        rows.append((each.incident, each.priority, each.clock, each.client, each.department, f"{used} used", until))
    yield from aligned(rows)
    if len(one.at_risk) > ROWS:
        yield f"  … and {len(one.at_risk) - ROWS} more."


# -- for programs -----------------------------------------------------------------------------------------------------


def report_json(one: Attainment, findings: Iterable[Diagnostic], site: str) -> str:
    """The whole report, as `schemas/output/sla-report.schema.json` describes it."""
    return json_text(
        {
            "format_version": FORMAT_VERSION,
            "at": utc(moment(one.at)),
            "time_zone": one.zone,
            "rows": {"read": one.rows, "unused": dict(one.rows_refused)},
            "incidents": {
                "read": one.incidents,
                "judged": one.judged,
                "excluded": one.excluded,
                "refused": dict(one.refused),
            },
            "too_few": one.too_few,
            "periods": [_period_json(period) for period in one.periods],
            "tables": {name: [_line_json(line) for line in lines] for name, lines in one.tables.items()},
            "breaches": [_breach_json(each) for each in one.breaches],
            "at_risk": [_breach_json(each) for each in one.at_risk],
            "findings": [as_json(found, site) for found in findings],
        }
    )


def _line_json(line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "clock": line.clock,
        "cases": line.judged,
        "kept": line.kept,
        "missed": line.missed,
        "running": line.running,
        "share": float(line.share) if line.share is not None else None,
        "median_hours": _hours(line.median),
        "p90_hours": _hours(line.p90),
        "p95_hours": _hours(line.p95),
    }


def _period_json(one: Period) -> dict[str, Any]:
    return {
        **_line_json(one.line),
        "agreement": one.agreement,
        "client": one.client,
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "promised_percent": float(one.promised),
        "allowed": one.allowed,
        "left": one.left,
        "misses": {day.isoformat(): count for day, count in one.misses},
        "standing": one.standing,
        "over": one.over,
    }


def _breach_json(one: Breach) -> dict[str, Any]:
    return {
        "incident": one.incident,
        "agreement": one.agreement,
        "client": one.client,
        "department": one.department,
        "priority": one.priority,
        "clock": one.clock,
        "start": utc(moment(one.start)),
        "stop": utc(moment(one.stop)) if one.stop is not None else None,
        "elapsed_hours": _hours(one.elapsed),
        "target_hours": _hours(one.target),
        "deadline": utc(moment(one.deadline)) if one.deadline is not None else None,
    }


def _hours(seconds: int | None) -> float | None:
    return seconds / 3600 if seconds is not None else None


def report_csv(one: Attainment) -> str:
    """The lines of every table, and the promises by period."""
    return csv_text(LINES, _rows(one))


def _rows(one: Attainment) -> Iterator[tuple[Any, ...]]:
    for period in one.periods:
        told = (period.agreement, period.clock, period.first.isoformat(), period.last.isoformat())
        yield ("period", *told, *_figures(period.line, float(period.promised), period.standing))
    for name, lines in one.tables.items():
        for line in lines:
            yield (name, line.name, line.clock, "", "", *_figures(line, "", ""))


def _figures(line: Line, promised: Any, standing: str) -> tuple[Any, ...]:
    share = round(float(line.share), 6) if line.share is not None else None
    lengths = (_hours(each) for each in (line.median, line.p90, line.p95))
    return (line.judged, line.kept, line.missed, line.running, share, promised, standing, *lengths)


def breaches_csv(one: Attainment) -> str:
    """Every case that missed its target, the furthest over first."""
    return csv_text(BREACHES, map(_breach_cells, one.breaches))


def _breach_cells(one: Breach) -> tuple[Any, ...]:
    stop = utc(moment(one.stop)) if one.stop is not None else None
    names = (one.incident, one.agreement, one.client, one.department, one.priority, one.clock)
    return (*names, utc(moment(one.start)), stop, *map(_hours, (one.elapsed, one.target, one.elapsed - one.target)))


# -- one incident -----------------------------------------------------------------------------------------------------


WINDOWS = 12
"""Parts of a spell that the terminal shows."""


def account_text(one: Account) -> str:
    """Where the time of an incident went, clock by clock."""
    made = [f"{one.incident}  {one.priority}, {one.agreement} ({one.client}). Times are those of {one.zone}."]
    for clock in one.clocks:
        made += ["", *_clock(clock, one)]
    return "".join(f"{visible(line)}\n" if line else "\n" for line in made)


def _clock(one: ClockAccount, account: Account) -> Iterator[str]:
    verdict = "in time" if one.elapsed <= one.target else f"{length(one.elapsed - one.target)} over"
    ends = f"to {when(one.stop, account.zone)}" if one.stop is not None else "and still runs"
    yield f"{one.clock}: {length(one.elapsed)} of {length(one.target)} on the clock ({one.calendar}), {verdict}."
    yield f"  From {when(one.start, account.zone)} {ends}."
    rows = [_spell(each, account.zone) for each in one.spells]
    for row, each in zip(aligned(rows), one.spells, strict=True):
        yield row
        yield from _windows(each, account.zone)
    if one.paused:
        yield f"  Less {length(one.paused)} for which it stood still, as the export says."


def _spell(one: Spell, zone: str) -> tuple[str, ...]:
    state = one.state or "before the first row"
    counts = f"{length(one.seconds)} count" if one.runs else "stands still"
    return (f"{when(one.begin, zone)} – {when(one.end, zone, one.begin)}", state, one.holder, counts)


def _windows(one: Spell, zone: str) -> Iterator[str]:
    if one.counted == ((one.begin, one.end),):
        return
    for begin, end in one.counted[:WINDOWS]:
        yield f"    {when(begin, zone)} – {when(end, zone, begin)}: {length(end - begin)}"
    if len(one.counted) > WINDOWS:
        rest = sum(end - begin for begin, end in one.counted[WINDOWS:])
        yield f"    … and {counted(len(one.counted) - WINDOWS, 'window')} more: {length(rest)}"


def account_json(one: Account, findings: Iterable[Diagnostic], site: str) -> str:
    """The account as JSON, as `schemas/output/sla-explain.schema.json` describes it."""
    return json_text(
        {
            "format_version": FORMAT_VERSION,
            "at": utc(moment(one.at)),
            "incident": one.incident,
            "client": one.client,
            "agreement": one.agreement,
            "priority": one.priority,
            "time_zone": one.zone,
            "clocks": [_clock_json(clock) for clock in one.clocks],
            "findings": [as_json(found, site) for found in findings],
        }
    )


def _clock_json(one: ClockAccount) -> dict[str, Any]:
    return {
        "clock": one.clock,
        "hours": one.calendar,
        "target_hours": _hours(one.target),
        "elapsed_hours": _hours(one.elapsed),
        "paused_hours": _hours(one.paused),
        "start": utc(moment(one.start)),
        "stop": utc(moment(one.stop)) if one.stop is not None else None,
        "spells": [_spell_json(each) for each in one.spells],
    }


def _spell_json(one: Spell) -> dict[str, Any]:
    return {
        "begin": utc(moment(one.begin)),
        "end": utc(moment(one.end)),
        "state": one.state,
        "department": one.holder,
        "runs": one.runs,
        "hours": _hours(one.seconds),
        "counted": [[utc(moment(edge)) for edge in window] for window in one.counted],
    }
