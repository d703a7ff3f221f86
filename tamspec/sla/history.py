"""A history of incidents, as a ticket system exports it, read into arrays.

DuckDB reads and turns words into numbers; nothing else leaves it but the words themselves and the first places of what
is wrong. The file is never held as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from tamspec.diagnostics import Diagnostic, Fault, Loc, Related
from tamspec.model.workspace import Export
from tamspec.sla import faults
from tamspec.suggest import near
from tamspec.tables import Tables, broken_lines, line_of, named, quoted, unfit, unreadable
from tamspec.worktime import moment, time_zone
from tamspec.worktime.arrays import Instants, wall

NEVER = np.iinfo(np.int64).min
"""The instant of what did not happen."""
LATEST = 7_258_118_400
"""The beginning of the year 2200."""
FIRST = 5
"""Places of a finding that are told."""
MOST_ROWS = 100_000_000
LARGEST = 25_000_000
"""Rows that a file may have."""
MOST_WORDS = 50_000
"""Words of a column that holds states, priorities, clients, agreements or departments; more are no words."""
_AT_ONCE = 1 << 15  # what is computed in between stays in the processor's cache
_CODED = ("state", "priority", "client", "agreement", "department")

_WANTED = "CREATE OR REPLACE TEMP TABLE wanted AS SELECT unnest($1::BIGINT[]) AS r"

Progress = Callable[[str], None]
Ints = NDArray[np.int64]
Codes = NDArray[np.signedinteger[Any]]
"""Which of some words; -1 for none."""


class History(Struct, frozen=True, kw_only=True):
    """Incidents and their rows. Rows are in the order of incidents, then of time; incident k has those from
    `first[k]` up to `first[k + 1]`. Codes count into `words`; -1 is none."""

    rows: int
    """How many there are in the files."""
    refused: Mapping[str, int]
    """Why → how many rows are not used."""
    first: Ints
    at: Instants
    """Of each row when it was written."""
    state: Codes
    holder: Codes
    """Of each row the department that has the incident from then on."""
    events: Mapping[str, Instants]
    """Event with a column of its own → when it happened, by incident; `NEVER` where nobody says."""
    paused: Ints
    """Seconds on the clock for which an incident stood still, as the export says."""
    codes: Mapping[str, Codes]
    """`priority`, `client`, `agreement`, `department` → of each incident the last that was told."""
    excluded: NDArray[np.bool_]
    words: Mapping[str, tuple[str, ...]]
    """`state`, `priority`, `client`, `agreement`, `department` → its words in terms of the agreements."""
    line: Ints
    """Of each row where it stands: file * MOST_ROWS + row of the file."""
    findings: tuple[Diagnostic, ...]
    source: Source

    @property
    def incidents(self) -> int:
        """How many there are."""
        return len(self.first) - 1

    def incident_of(self, number: str) -> int | None:
        """The incident of a number; None where no row of it is used."""
        at = np.flatnonzero(np.isin(self.line, self.source.lines_of(number)))
        return int(np.searchsorted(self.first, at[0], "right")) - 1 if at.size else None

    def named(self, incidents: Ints) -> list[str]:
        """The numbers of some incidents."""
        return self.source.numbers([int(line) for line in self.line[self.first[incidents]]])


class Read(Struct, frozen=True):
    """A file that was read."""

    told: str
    """Its path, as it is told."""
    relation: str
    """What reads it, with `r`, the number of each row that can be read, from 0, by which DuckDB finds one of Parquet
    without reading all others."""
    broken: Sequence[int] | None
    """The lines of a CSV that cannot be read, in order; None: in such a file there are rows, and no lines."""

    def place(self, row: int) -> Loc:
        """Where a row stands: its line, or its number where there are no lines."""
        return Loc(self.told, row if self.broken is None else line_of(row, self.broken))

    def said(self, row: int) -> str:
        """The same in words: `line 61`, `row 60`."""
        return f"{'row' if self.broken is None else 'line'} {self.place(row).line}"


class Source(Struct, kw_only=True):
    """The files, kept open to be asked again."""

    tables: Tables
    files: list[Read] = field(default_factory=list)

    def place(self, row: int) -> Loc:
        """Where a row of all files stands."""
        return self.files[row // MOST_ROWS].place(row % MOST_ROWS)

    def said(self, row: int) -> str:
        """The same in words."""
        return self.files[row // MOST_ROWS].said(row % MOST_ROWS)

    def numbers(self, rows: Sequence[int]) -> list[str]:
        """The numbers of incidents, by rows that name them."""
        found: dict[int, str] = {}
        for index, file in enumerate(self.files):
            own = [row % MOST_ROWS for row in rows if row // MOST_ROWS == index]
            if own:
                self.tables.run(_WANTED, [[row - 1 for row in own]])
                query = f"SELECT r, c_incident FROM {file.relation} JOIN wanted USING (r)"  # noqa: S608 - a name of our own
                found |= {index * MOST_ROWS + r + 1: str(name) for r, name in self.tables.rows(query)}
        return [found.get(row, "") for row in rows]

    def lines_of(self, number: str) -> list[int]:
        """Every line that names an incident."""
        found: list[int] = []
        for index, file in enumerate(self.files):
            query = f"SELECT r FROM {file.relation} WHERE c_incident::VARCHAR = $1"  # noqa: S608 - a name of our own
            found += [index * MOST_ROWS + int(r) + 1 for (r,) in self.tables.rows(query, [number])]
        return found


class Unusable(Exception):
    """Files that nothing can be reported of; carries the findings."""

    def __init__(self, findings: Sequence[Diagnostic]) -> None:
        super().__init__("unusable")
        self.findings = tuple(findings)


def read(files: Mapping[str, Path], export: Export, progress: Progress = lambda _: None) -> History:
    """The history in some files (path as it is told → file). Unusable where one cannot be read at all."""
    source = Source(tables=Tables(list(files.values())))
    parts: list[_Part] = []
    notes: list[Diagnostic] = []
    words: dict[str, dict[str, int]] = {name: {} for name in _CODED}
    for told, file in files.items():
        progress(f"Reading {told}")
        parts.append(_part(source, told, file, export, words, notes))
    progress("Ordering what happened")
    return _joined(parts, export, words, notes, source)


# -- one file ---------------------------------------------------------------------------------------------------------


class _Part(Struct, frozen=True, kw_only=True):
    """A file as arrays, a row of the file each, without those that are refused."""

    columns: Mapping[str, NDArray[Any]]
    """`key` of the incident, `at`, and what the mapping names. Equal numbers have equal keys; two numbers of five
    million have the same with odds of one to a million."""
    line: Ints | range
    """Where each row stands, as a history has it."""
    rows: int
    refused: Mapping[str, int]


def _part(
    source: Source, told: str, file: Path, export: Export, words: dict[str, dict[str, int]], notes: list[Diagnostic]
) -> _Part:
    relation, types, lines = _relation(source, told, file, export)
    broken = len(lines or ())
    index = len(source.files)
    source.files.append(Read(told, relation, lines))
    try:
        known = _coded(source.tables, told, relation, export, words)
        found = source.tables.arrays(_asked(export, [*known], types, relation))
        nobodys = _nobodys(source.tables, export)
    except duckdb.Error as error:
        raise Unusable([faults.UNREADABLE(Loc(told), unreadable(told, file, error))]) from None
    rows = len(found["key"])
    reader = _Reader(source.tables, source.files[index], notes)
    keep = np.full(rows, fill_value=True)
    for key in nobodys:
        keep &= found["key"] != np.uint64(key)
    reader.note(faults.NO_NUMBER, ~keep, "says no number of an incident", "c_incident")
    refused = {"no number": int(np.sum(~keep)), "cannot be read": broken}
    events = {name: _times(reader, found, f"e{at}", types[f"e{at}"], export) for at, name in enumerate(export.events)}
    at = _times(reader, found, "c_at", types["c_at"], export) if export.columns.at else np.zeros(rows, np.int64)
    if export.columns.at:
        untimed = keep & (at == NEVER)
        refused["no time"] = int(np.sum(untimed))
        keep &= ~untimed
    codes = {name: _codes(found, name, places) for name, places in known.items()}
    if "state" in codes:
        strange = keep & (codes["state"] < 0)
        reader.note(faults.UNKNOWN_WORD, strange, "is in a state that `states` does not name", "c_state")
        refused["unknown state"] = int(np.sum(strange))
        keep &= ~strange
    if broken:
        notes.append(_broken(source.tables, told, relation, broken))
    columns: dict[str, NDArray[Any]] = {"key": np.asarray(found["key"]), "at": at, **codes}
    columns |= {f"event {name}": each for name, each in events.items()}
    # Rows leave DuckDB in the order in which they stand in the file.
    base = index * MOST_ROWS + 1
    line: Ints | range = range(base, base + rows)
    if export.columns.paused:
        unread = _mask(found["c_paused"]) & ~np.asarray(found["c_paused_missing"], bool)
        reader.note(faults.BAD_TIME, unread, "holds no number of minutes, so nothing is taken off", "c_paused")
        columns["paused"] = np.ma.filled(found["c_paused"], 0).astype(np.int64)
    if export.exclude:
        columns["excluded"] = np.ma.filled(found["excluded"], fill_value=False).astype(bool)
    if not np.all(keep):
        columns = {name: each[keep] for name, each in columns.items()}
        line = base + np.flatnonzero(keep)
    return _Part(columns=columns, line=line, rows=rows + broken, refused=refused)


def _relation(source: Source, told: str, file: Path, export: Export) -> tuple[str, Mapping[str, str], list[int] | None]:
    """What reads a file: row number `r`, and the columns that are asked for. With their types, and with the lines of a
    CSV that cannot be read; None of another file."""
    tables, name = source.tables, f"file{len(source.files)}"
    if why := unfit(file):
        raise Unusable([faults.UNREADABLE(Loc(told), why)])
    columns = _columns(export)
    try:
        table = tables.table(name, file, encoding=export.encoding)
        lost = [column for column in dict.fromkeys(columns.values()) if column not in table.columns]
        if lost:
            raise Unusable([_lost(told, column, list(table.columns)) for column in lost])
        is_parquet = table.form == "parquet"
        number = "file_row_number" if is_parquet else "row_number() OVER () - 1"
        chosen = ", ".join(f"{named(column)} AS {alias}" for alias, column in columns.items())
        # Parquet is quick to read twice; text is read once, as far as it is needed.
        kind = "VIEW" if is_parquet else "TABLE"
        if is_parquet:
            _refuse_too_many(tables, told, table.sql)
        reader = table.of_texts(columns.values())
        tables.run(f"CREATE TEMP {kind} {name} AS SELECT {number} AS r, {chosen} FROM {reader}")  # noqa: S608
    except duckdb.Error as error:
        raise Unusable([faults.UNREADABLE(Loc(told), unreadable(told, file, error))]) from None
    lines = broken_lines(tables, name) if table.form == "csv" else None
    types = {alias: "VARCHAR" if table.form == "json" else table.columns[column] for alias, column in columns.items()}
    return name, types, lines


def _coded_of(export: Export) -> list[str]:
    """The columns of words that are asked for. Without the time of each row its state says nothing about a clock."""
    return [name for name in _CODED if getattr(export.columns, name) and (name != "state" or export.columns.at)]


def _columns(export: Export) -> dict[str, str]:
    """What the columns are called here → in the file."""
    asked = export.columns
    named = {f"c_{name}": getattr(asked, name) for name in ("incident", "at", *_coded_of(export), "paused")}
    named |= {f"e{at}": column for at, column in enumerate(export.events.values())}
    named |= {f"x{at}": column for at, column in enumerate(export.exclude)}
    return {name: column for name, column in named.items() if column}


def _asked(export: Export, coded: Sequence[str], types: Mapping[str, str], relation: str) -> str:
    """What is selected: numbers only."""
    text = _text(export)
    made = ["hash(c_incident::VARCHAR) AS key"]
    made += [f"enum_code(TRY_CAST(c_{name}::VARCHAR AS {name}_words)) AS c_{name}" for name in coded]
    times = [*(["c_at"] if export.columns.at else []), *(f"e{at}" for at in range(len(export.events)))]
    quick = [each for name in times for each in _quick(name, types[name], export)]
    made += [each for name in times for each in _time(name, types[name], export)]
    if export.columns.paused:
        minutes = f"TRY_CAST({text('c_paused')} AS DOUBLE)"
        made += [
            f"CASE WHEN {minutes} BETWEEN 0 AND 1e8 THEN CAST(60 * {minutes} AS BIGINT) END AS c_paused",
            f"{text('c_paused')} IS NULL AS c_paused_missing",
        ]
    listed = [
        f"coalesce({text(f'x{at}')} IN ({', '.join(map(quoted, values))}), false)"
        for at, values in enumerate(export.exclude.values())
    ]
    made += [f"{' OR '.join(listed)} AS excluded"] if listed else []
    return f"SELECT {', '.join(made)} FROM (SELECT {', '.join(['*', *quick])} FROM {relation})"  # noqa: S608


def _nobodys(tables: Tables, export: Export) -> list[int]:
    """The keys of rows that say no number of an incident."""
    words = ["NULL::VARCHAR", *map(quoted, ("", *export.missing))]
    ((*keys,),) = tables.rows(f"SELECT {', '.join(f'hash({word})' for word in words)}")
    return keys


def _text(export: Export) -> Callable[[str], str]:
    """A column as trimmed text, NULL where it holds what means nothing."""
    nothing = ", ".join(map(quoted, ("", *export.missing)))

    def of(column: str) -> str:
        return f"(CASE WHEN trim({column}::VARCHAR) IN ({nothing}) THEN NULL ELSE trim({column}::VARCHAR) END)"

    return of


_ISO = "[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?)? ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?"


def _time(name: str, kind: str, export: Export) -> list[str]:
    """The seconds from 1970 that a time shows, whether there is none, and whether it says its zone (then of UTC)."""
    if kind.startswith(("TIMESTAMP", "DATE")):
        return [f"epoch({name})::BIGINT AS {name}"]
    text = _text(export)(name)
    if export.time_format:
        seconds = f"epoch(try_strptime({text}, {quoted(export.time_format)}))::BIGINT"
        zoned = "true" if re.search("%[zZ]", export.time_format) else "false"
    else:
        # The cast alone would take what it does not understand, a zone by name or `PM`, for nothing.
        plain = f"regexp_full_match({text}, '{_ISO}')"
        clock = f"substr({text}, 11)"
        zoned = f"(suffix({text}, 'Z') OR contains({clock}, '+') OR contains({clock}, '-'))"
        of_zone, naive = (f"epoch(TRY_CAST({text} AS {kind}))" for kind in ("TIMESTAMPTZ", "TIMESTAMP"))
        seconds = f"(CASE WHEN NOT {plain} THEN NULL WHEN {zoned} THEN {of_zone} ELSE {naive} END)::BIGINT"
    missing = f"{text} IS NULL"
    if _quick(name, kind, export):
        # Of a CASE only what is needed is looked at, of an AND both sides of every row.
        known, quick = f"CASE WHEN {name}_quick IS NOT NULL THEN", f"epoch({name}_quick)::BIGINT"
        seconds = f"({known} {quick} ELSE {seconds} END)"
        missing, zoned = (f"({known} false ELSE {each} END)" for each in (missing, zoned))
    return [f"{seconds} AS {name}", f"{missing} AS {name}_missing", f"{zoned} AS {name}_zoned"]


def _quick(name: str, kind: str, export: Export) -> list[str]:
    """A time that is written as it would be printed, as most are: those need no look at each letter."""
    if kind.startswith(("TIMESTAMP", "DATE")) or export.time_format:
        return []
    whole, nothing = f"{name}::VARCHAR", ", ".join(map(quoted, ("", *export.missing)))
    shown = f"TRY_CAST({whole} AS TIMESTAMP)::VARCHAR"
    is_plain = f"({shown} = {whole} OR {shown} = replace({whole}, 'T', ' ')) AND {whole} NOT IN ({nothing})"
    return [f"CASE WHEN length({whole}) = 19 AND {is_plain} THEN TRY_CAST({whole} AS TIMESTAMP) END AS {name}_quick"]


def _coded(
    tables: Tables, told: str, relation: str, export: Export, words: dict[str, dict[str, int]]
) -> dict[str, Codes]:
    """For each column of words the code of each of its words; -1 for what means nothing."""
    nothing = {"", *export.missing}
    made: dict[str, Codes] = {}
    for name in _coded_of(export):
        column = getattr(export.columns, name)
        query = f"SELECT DISTINCT c_{name}::VARCHAR AS w FROM {relation} ORDER BY w NULLS LAST LIMIT {MOST_WORDS + 1}"  # noqa: S608
        found = [row[0] for row in tables.rows(query) if row[0] is not None]
        if len(found) > MOST_WORDS:
            detail = f"{column} holds more than {MOST_WORDS} different values, so it is no column of {name}."
            raise Unusable([faults.NO_COLUMN(Loc(told), detail)])
        values = ", ".join(map(quoted, found)) or "''"
        tables.run(f"DROP TYPE IF EXISTS {name}_words")
        tables.run(f"CREATE TYPE {name}_words AS ENUM ({values})")
        codes = [-1 if word.strip() in nothing else _code(name, word.strip(), export, words[name]) for word in found]
        made[name] = np.array(codes or [-1], np.int16 if max(codes, default=0) < 1 << 15 else np.int32)
    return made


def _code(name: str, word: str, export: Export, known: dict[str, int]) -> int:
    """The code of a word of the export: what it is called here, in the order in which it was met."""
    table = {
        "state": export.states,
        "priority": export.priorities,
        "client": export.clients,
        "department": export.departments,
    }.get(name, {})
    if name == "state" and word not in table:
        return -1
    return known.setdefault(table.get(word, word), len(known))


def _codes(found: Mapping[str, Any], name: str, places: Codes) -> Codes:
    codes = found[f"c_{name}"]
    words, mask = np.ma.getdata(codes), np.ma.getmask(codes)
    if mask is not np.ma.nomask:
        words[mask] = 0
    made = np.empty(len(words), places.dtype)
    for begin in range(0, len(words), _AT_ONCE):
        made[begin : begin + _AT_ONCE] = places[words[begin : begin + _AT_ONCE]]
    if mask is not np.ma.nomask:
        made[mask] = -1
    return made


def _times(reader: _Reader, found: Mapping[str, Any], name: str, kind: str, export: Export) -> Instants:
    """The instants that a column tells; `NEVER` where it tells none."""
    lost = _mask(found[name])
    made: Instants = np.ma.filled(found[name], NEVER).astype(np.int64, copy=False)
    beyond = ~lost & ((made < 0) | (made > LATEST))
    if np.any(beyond):
        reader.note(faults.IMPOSSIBLE, beyond, "holds a time before 1970 or after 2200", name)
        made, lost = np.where(beyond, NEVER, made), lost | beyond
    if f"{name}_missing" in found:  # text; what has a type of its own is a time, or nothing
        unread = lost & ~beyond & ~np.asarray(found[f"{name}_missing"], bool)
        reader.note(faults.BAD_TIME, unread, "holds no time", name)
        naive = ~lost & ~np.ma.filled(found[f"{name}_zoned"], fill_value=False).astype(bool)
    else:
        naive = np.zeros(0, np.bool_) if "TIME ZONE" in kind else ~lost
    if np.any(naive):
        if not export.time_zone:
            where = reader.file.place(int(np.argmax(naive)) + 1)
            raise Unusable([faults.NO_ZONE(where, f"Row {where.line} does not say its time zone.")])
        zone = time_zone(export.time_zone)
        if np.all(naive):
            return _instants(made, zone)
        made = made.copy()
        made[naive] = _instants(made[naive], zone)
    return made


def _instants(shown: Ints, zone: ZoneInfo) -> Instants:
    """When the clocks of a zone showed these times; written over them."""
    clock = wall(zone, moment(int(shown.min())).year, moment(int(shown.max())).year)
    for begin in range(0, shown.size, _AT_ONCE):
        shown[begin : begin + _AT_ONCE] = clock.instants(shown[begin : begin + _AT_ONCE])
    return shown


class _Reader(Struct, frozen=True):
    """What tells where something is wrong in a file."""

    tables: Tables
    file: Read
    notes: list[Diagnostic]

    def note(self, fault: Fault, where: NDArray[np.bool_], what: str, column: str) -> None:
        """A finding for all rows of which something is true, with the first of them and what stands there."""
        count = int(np.sum(where))
        if not count:
            return
        asked = [int(at) for at in np.flatnonzero(where)[:FIRST]]
        rows = [r + 1 for r in asked]
        self.tables.run(_WANTED, [asked])
        query = f"SELECT r + 1, {column}::VARCHAR FROM {self.file.relation} JOIN wanted USING (r) ORDER BY r"  # noqa: S608
        values = dict(self.tables.rows(query))
        places = [self.file.place(row) for row in rows]
        said = [f" ({values[row]})" if values.get(row) else "" for row in rows]
        told_as = [self.file.said(row) for row in rows]
        shown = [f"{name}{value}" for name, value in zip(told_as, said, strict=True)]
        more = f" and {count - len(rows)} more" if count > len(rows) else ""
        subject = "A row" if count == 1 else f"Of {count} rows each"
        detail = f"{subject} {what}: {', '.join(shown)}{more}."
        related = tuple(Related(at, name) for at, name in zip(places[1:], told_as[1:], strict=True))
        self.notes.append(fault(places[0], detail, related=related))


# -- all of them ------------------------------------------------------------------------------------------------------


def _joined(
    parts: Sequence[_Part],
    export: Export,
    words: Mapping[str, Mapping[str, int]],
    notes: list[Diagnostic],
    source: Source,
) -> History:
    columns = {
        name: np.concatenate([part.columns[name] for part in parts]) if len(parts) > 1 else each
        for name, each in parts[0].columns.items()
    }
    order, first = _by_report(*_order(columns["key"], columns["at"]), columns["at"])
    line = _lines(parts, order)
    begins, last = first[:-1], first[1:] - 1
    at = columns["at"][order]
    state, holder = _words_of_rows(columns.get("state"), columns.get("department"), order)
    refused: dict[str, int] = {}
    for part in parts:
        for why, count in part.refused.items():
            refused[why] = refused.get(why, 0) + count
    log = bool(export.columns.state and export.columns.at)
    if not log and order.size > begins.size:
        refused["written twice"] = int(order.size - begins.size)
        notes.append(_twice(source, line, first))
        last = begins
    told = _Last(order, first, last)
    return History(
        rows=sum(part.rows for part in parts),
        refused={why: count for why, count in refused.items() if count},
        first=first,
        at=at,
        state=state,
        holder=holder,
        events={name: told.of(columns[f"event {name}"], NEVER) for name in export.events},
        paused=columns["paused"][order[last]] if "paused" in columns else np.zeros(begins.size, np.int64),
        codes={name: told.of(columns.get(name), -1) for name in _CODED if name != "state"},
        excluded=np.logical_or.reduceat(columns["excluded"][order], begins)
        if "excluded" in columns and order.size
        else np.zeros(begins.size, np.bool_),
        words={name: tuple(each) for name, each in words.items()},
        line=line,
        findings=tuple(notes),
        source=source,
    )


def _words_of_rows(state: Codes | None, holder: Codes | None, order: Ints) -> tuple[Codes, Codes]:
    """Both in order. What takes time is to fetch from everywhere, so they go together, two in a number."""
    if state is None or holder is None:
        nothing = np.full(order.size, -1, np.int16)
        return (nothing if state is None else state[order]), (nothing if holder is None else holder[order])
    both = np.stack((state, holder), axis=1)
    fetched = both.view(np.int32 if both.itemsize == 2 else np.int64)[:, 0][order].view(both.dtype)
    return fetched[::2], fetched[1::2]


def _lines(parts: Sequence[_Part], order: Ints) -> Ints:
    """Where the rows stand, in their order. Those of a file of which every row is used are told by their number."""
    if len(parts) == 1 and isinstance(parts[0].line, range):
        return order + parts[0].line.start
    line: Ints = np.concatenate([np.asarray(part.line, np.int64) for part in parts])[order]
    return line


def _order(key: NDArray[np.uint64], at: Instants) -> tuple[Ints, NDArray[np.bool_]]:
    """By incident, then by time; at the same instant rows stay as they are. Also which rows are then the first
    of their incident. The keys are written over.

    Where rows come in order of time, as logs do, the upper bits of the key and the number of the row make one whole
    number, and those are quick to sort. Should two incidents share these bits, or rows come in any order, it takes
    three times as long.
    """
    if key.size and not np.any(at[1:] < at[:-1]):
        packed = _packed(key)
        if packed is not None:
            return packed
    order = np.lexsort((at, key))
    told = key[order]
    return order, np.append(np.full(min(1, key.size), fill_value=True), told[1:] != told[:-1])


def _by_report(order: Ints, begun: NDArray[np.bool_], at: Instants) -> tuple[Ints, Ints]:
    """The same order, but of incidents by their first row, and where each begins. So what is fetched for neighbours
    stands near each other; and the order of rows and files does not matter."""
    begins = np.flatnonzero(begun)
    bits = int(begins.size).bit_length()
    numbers = at[order[begins]] << bits  # an instant has 33 bits at the most
    numbers |= np.arange(begins.size)
    numbers.sort()
    numbers &= (1 << bits) - 1
    lengths = np.diff(begins, append=order.size)[numbers]
    begins = begins[numbers]
    first = np.concatenate([[0], np.cumsum(lengths)])
    made = np.empty(order.size, np.int64)
    for one in range(0, begins.size, _AT_ONCE):
        some, low = slice(one, one + _AT_ONCE), int(first[one])
        high = int(first[min(one + _AT_ONCE, begins.size)])
        made[low:high] = order[np.arange(low, high) + np.repeat(begins[some] - first[:-1][some], lengths[some])]
    return made, first


def _packed(key: NDArray[np.uint64]) -> tuple[Ints, NDArray[np.bool_]] | None:
    """The same of rows that come in order of time; None where two incidents share the upper bits, and the keys are as
    they were. All in place, and the rest by pieces: what takes time is fresh memory."""
    bits = np.uint64(int(key.size).bit_length())
    rows = (np.uint64(1) << bits) - np.uint64(1)
    lower = key.astype(np.uint32)  # there are less than 2^32 rows
    for begin in range(0, key.size, _AT_ONCE):
        piece = key[begin : begin + _AT_ONCE]
        piece &= ~rows
        piece |= np.arange(begin, begin + piece.size, dtype=np.uint64)
    key.sort()
    begun = np.full(key.size, fill_value=True)
    for begin in range(0, key.size, _AT_ONCE):
        piece = key[max(0, begin - 1) : begin + _AT_ONCE]
        upper, own = piece >> bits, lower[piece & rows]
        begun[max(1, begin) : begin + _AT_ONCE] = new = upper[1:] != upper[:-1]
        if np.any((own[1:] != own[:-1]) & ~new):
            order = (key & rows).view(np.int64)
            key[order] = (key & ~rows) | (lower[order] & rows)
            return None
    key &= rows
    return key.view(np.int64), begun


class _Last(Struct, frozen=True):
    """What was told of each incident last."""

    order: Ints
    first: Ints
    last: Ints

    def of(self, values: NDArray[Any] | None, nothing: int) -> NDArray[Any]:
        """The last value that is told in the rows of each incident; `nothing` where none is. Values are as in the
        files; None: there are none."""
        if values is None:
            return np.full(self.last.size, nothing, np.int32)
        at_last = values[self.order[self.last]]
        if not np.any(at_last == nothing):
            return at_last
        sorted_ = values[self.order]
        told = np.where(sorted_ != nothing, np.arange(values.size), -1)
        at = np.maximum.accumulate(told)[self.last]
        return np.where(at >= self.first[:-1], sorted_[np.maximum(at, 0)], nothing)


def _twice(source: Source, row: Ints, first: Ints) -> Diagnostic:
    many = np.flatnonzero(np.diff(first) > 1)
    again = [int(row[first[k] + 1]) for k in many[:FIRST]]
    numbers = source.numbers(again)
    places = [source.place(at) for at in again]
    told = [f"{number} in {source.said(at)}" for number, at in zip(numbers, again, strict=True)]
    count = int(first[-1] - (len(first) - 1))
    rows = "A row tells" if count == 1 else f"{count} rows tell"
    return faults.TWICE(places[0], f"{rows} an incident again that an earlier one told: {', '.join(told)}.")


# -- what is wrong with a file ----------------------------------------------------------------------------------------


def _refuse_too_many(tables: Tables, told: str, reader: str) -> None:
    """A Parquet file says how many rows it has; of the others nobody can tell before they are read."""
    ((rows,),) = tables.rows(f"SELECT count(*) FROM {reader}")  # noqa: S608
    if rows > LARGEST:
        detail = f"It has {rows:,} rows, more than the {LARGEST:,} that one file may have."
        raise Unusable([faults.UNREADABLE(Loc(told), detail, hint="Write a file for each year or month.")])


def _broken(tables: Tables, told: str, relation: str, count: int) -> Diagnostic:
    query = f"SELECT line, min(error_message) FROM {relation}_rejects GROUP BY line ORDER BY line LIMIT $1"  # noqa: S608
    found = tables.rows(query, [FIRST])
    lines = [f"line {line} ({str(why).splitlines()[0].rstrip('.')})" for line, why in found]
    more = f" and {count - len(lines)} more" if count > len(lines) else ""
    detail = f"{'1 row' if count == 1 else f'{count} rows'}: {', '.join(lines)}{more}."
    related = tuple(Related(Loc(told, int(line)), f"line {line}") for line, _ in found[1:])
    return faults.BROKEN_ROWS(Loc(told, int(found[0][0])), detail, related=related)


def _lost(told: str, column: str, has: Sequence[str]) -> Diagnostic:
    guess = near(column, has)
    shown = ", ".join(has[:12]) + (f" and {len(has) - 12} more" if len(has) > 12 else "")
    hint = f"Did you mean '{guess}'?" if guess else f"It has {shown}."
    return faults.NO_COLUMN(Loc(told), f"There is no column '{column}'.", hint=hint)


def _mask(values: Any) -> NDArray[np.bool_]:
    """Where a column is NULL."""
    if isinstance(values, np.ma.MaskedArray):
        return np.ma.getmaskarray(values)
    return np.zeros(len(values), np.bool_)
