"""What clients used, as monitoring exports it: samples of capacity items out of files.

Reading and judging are two things: `read` opens the files, `joined` says what their rows mean for a workspace.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import duckdb
from msgspec import Struct

from tamspec.desk.days import zone_of
from tamspec.desk.faults import UNREADABLE, UNUSABLE
from tamspec.diagnostics import Diagnostic, Findings, Loc, Related
from tamspec.model.values import counted
from tamspec.model.workspace import Usage, Workspace
from tamspec.suggest import near
from tamspec.tables import Table, Tables, broken_lines, line_of, named, unfit, unreadable

LARGEST = 1_000_000
"""Rows that a file may have."""
FIRST = 5
"""Places of a finding that are told."""
MOST = Decimal(10) ** 30
"""What an amount may not reach."""
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ].{1,40})?", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]{1,40}([.][0-9]{0,40})?|[.][0-9]{1,40})([eE][+-]?[0-9]{1,2})?", re.ASCII)


class Row(NamedTuple):
    """A sample as it stands in a file."""

    at: Loc
    project: str
    item: str
    day: str
    used: str


class Readings(Struct, frozen=True, kw_only=True):
    """The rows of all files, in their order, and what could not be read."""

    rows: tuple[Row, ...] = ()
    findings: tuple[Diagnostic, ...] = ()


def read(files: Mapping[str, Path], usage: Usage) -> Readings:
    """The rows of some files (path as it is told → file). A file that cannot be read is a finding."""
    rows: list[Row] = []
    findings: list[Diagnostic] = []
    with Tables(list(files.values())) as tables:
        for number, (told, file) in enumerate(files.items()):
            try:
                rows += _rows(tables, f"file{number}", told, file, usage, findings)
            except _RefusedError as error:
                findings.append(UNREADABLE(Loc(told), error.why, hint=error.way_out))
            except duckdb.Error as error:
                findings.append(UNREADABLE(Loc(told), unreadable(told, file, error)))
    return Readings(rows=tuple(rows), findings=tuple(findings))


class _RefusedError(Exception):
    def __init__(self, why: str, way_out: str = "") -> None:
        super().__init__(why)
        self.why, self.way_out = why, way_out


def _rows(tables: Tables, name: str, told: str, file: Path, usage: Usage, findings: list[Diagnostic]) -> Iterator[Row]:
    if why := unfit(file):
        raise _RefusedError(why)
    columns = (usage.project, usage.item, usage.day, usage.used)
    table = tables.table(name, file)
    _check_columns(columns, table)
    chosen = ", ".join(f"coalesce({named(column)}::VARCHAR, '')" for column in columns)
    found = tables.rows(f"SELECT {chosen} FROM {table.of_texts(columns)} LIMIT {LARGEST + 1}")  # noqa: S608
    if len(found) > LARGEST:
        raise _RefusedError(f"It has more than {LARGEST:,} rows.", "Write a file for each year.")
    lines: Iterable[int] = range(1, len(found) + 1)
    if table.form == "csv":
        broken = broken_lines(tables, name)
        lines = (line_of(row, broken) for row in lines)
        if broken:
            places = [Loc(told, line) for line in broken]
            findings.append(_of_rows(places, "has other columns than the first line, or a quote without its end"))
    for line, row in zip(lines, found, strict=True):
        yield Row(Loc(told, line), *(str(each).strip() for each in row))


def _check_columns(columns: Iterable[str], table: Table) -> None:
    for column in columns:
        if column not in table.columns:
            guess = near(column, table.columns)
            way_out = f"Did you mean '{guess}'?" if guess else f"It has {', '.join([*table.columns][:12])}."
            raise _RefusedError(f"There is no column '{column}'.", way_out)


Used = Mapping[tuple[str, str], Mapping[date, Decimal]]
"""Project and capacity item → day → what was used."""


def joined(workspace: Workspace, readings: Readings, at: datetime) -> tuple[Used, Findings]:
    """Project and item → day → what was used, as of an instant, and what is wrong with the rows."""
    made: dict[tuple[str, str], dict[date, tuple[Decimal, Loc]]] = defaultdict(dict)
    wrong: dict[tuple[str, str], list[Loc]] = defaultdict(list)
    clashes: list[Diagnostic] = []
    zones = {name: zone_of(workspace, name) for name in workspace.projects}
    for row in readings.rows:
        sample = _sample(row, workspace, zones, at)
        if isinstance(sample, str):
            wrong[sample, row.at.path].append(row.at)
            continue
        day, used = sample
        known, project = made[row.project, row.item], workspace.projects[row.project]
        written = project.capacity[row.item].samples.get(day)
        if written is not None and written != used:
            place = (project.at / "spec" / "capacity" / row.item / "samples" / day.isoformat()).key
            clashes.append(_clash(row, day, str(written), place))
        elif day in known and known[day][0] != used:
            clashes.append(_clash(row, day, str(known[day][0]), known[day][1]))
        if day not in known or known[day][0] < used:
            known[day] = (used, row.at)
    found = [_of_rows(places, what) for (what, _), places in sorted(wrong.items())]
    usage = {key: {day: used for day, (used, _) in sorted(days.items())} for key, days in sorted(made.items())}
    return usage, Findings() + list(readings.findings) + found + clashes


def _sample(row: Row, workspace: Workspace, zones: Mapping[str, ZoneInfo], at: datetime) -> tuple[date, Decimal] | str:
    """The day and the amount of a row, or what is wrong with it."""
    project = workspace.projects.get(row.project)
    if project is None:
        return f"names the project '{row.project}', which there is not"
    if row.item not in project.capacity:
        return f"names '{row.item}', which is no capacity item of {row.project}"
    zone, used = zones[row.project], amount_of(row.used)
    day = day_of(row.day, zone)
    if day is None:
        return "holds no day"
    if day > at.astimezone(zone).date():
        return "holds a day after today"
    if used is None:
        return "holds no amount"
    return (day, used) if used >= 0 else "holds an amount below nought"


def day_of(text: str, zone: ZoneInfo) -> date | None:
    """The day that a text tells: as it is written, of an instant with its offset that of the client; None: none."""
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    try:
        if len(text) > 10:
            moment = datetime.fromisoformat(re.sub(r"([+-][0-9]{2})$", r"\1:00", text))
            if moment.tzinfo is not None:
                return moment.astimezone(UTC).astimezone(zone).date()
            return moment.date()
        return date(int(match[1]), int(match[2]), int(match[3]))
    except (ValueError, OverflowError):
        return None


def amount_of(text: str) -> Decimal | None:
    """The number that a text tells; None: none, or one beyond all measure."""
    if not _NUMBER.fullmatch(text):
        return None
    try:
        made = Decimal(text)
    except InvalidOperation:
        return None
    return made if abs(made) < MOST else None


def _clash(row: Row, day: date, other: str, at: Loc) -> Diagnostic:
    detail = f"Of {day} it tells {row.used} for {row.item} of {row.project}, and elsewhere stands {other}."
    return UNUSABLE(row.at, detail, hint="Take out the one that is wrong.", related=(Related(at, "It is told here."),))


def _of_rows(places: Sequence[Loc], what: str) -> Diagnostic:
    shown = ", ".join(f"line {one.line}" for one in places[:FIRST])
    more = f" and {len(places) - FIRST} more" if len(places) > FIRST else ""
    subject = "A row" if len(places) == 1 else f"Each of {counted(len(places), 'row')}"
    related = tuple(Related(one, f"line {one.line}") for one in places[1:FIRST])
    return UNUSABLE(places[0], f"{subject} {what}: {shown}{more}.", related=related)
