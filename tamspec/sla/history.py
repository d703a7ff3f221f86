"""A history of incidents, as a ticket system exports it, read into arrays.

DuckDB reads and turns words into numbers; nothing else leaves it but the words themselves and the first places of what
is wrong. The file is never held as a whole.
"""

from __future__ import annotations

import gzip
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
from tamspec.worktime import moment, time_zone
from tamspec.worktime.arrays import Instants, wall

NEVER = np.iinfo(np.int64).min
"""The instant of what did not happen."""
FIRST = 5
"""Places of a finding that are told."""
MOST_ROWS = 100_000_000
MOST_WORDS = 50_000
"""Words of a column that holds states, priorities, clients, agreements or departments; more are no words."""
MEMORY = "1GB"
_MOST_RATIO = 200
"""To how much a compressed file may grow, beyond the first megabytes."""
_CODED = ("state", "priority", "client", "agreement", "department")
_LETTERS = {"utf-8": "utf-8", "latin-1": "latin-1", "utf-16": "utf-16"}

_WANTED = "CREATE OR REPLACE TEMP TABLE wanted AS SELECT unnest($1::BIGINT[]) AS r"

Progress = Callable[[str], None]
Ints = NDArray[np.int64]


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
    state: NDArray[np.int32]
    holder: NDArray[np.int32]
    """Of each row the department that has the incident from then on."""
    events: Mapping[str, Instants]
    """Event with a column of its own → when it happened, by incident; `NEVER` where nobody says."""
    paused: Ints
    """Seconds on the clock for which an incident stood still, as the export says."""
    codes: Mapping[str, NDArray[np.int32]]
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

    def named(self, incidents: Ints) -> list[str]:
        """The numbers of some incidents."""
        return self.source.numbers([int(line) for line in self.line[self.first[incidents]]])


class Source(Struct, kw_only=True):
    """The files, kept open to be asked again."""

    connection: duckdb.DuckDBPyConnection
    files: list[tuple[str, str]] = field(default_factory=list)
    """Path as it is told, and the relation that reads it."""

    def numbers(self, rows: Sequence[int]) -> list[str]:
        """The numbers of incidents, by rows that name them."""
        found: dict[int, str] = {}
        for index, (_, relation) in enumerate(self.files):
            own = [row % MOST_ROWS for row in rows if row // MOST_ROWS == index]
            if own:
                self.connection.execute(
                    "CREATE OR REPLACE TEMP TABLE wanted AS SELECT unnest($1::BIGINT[]) AS r", [own]
                )
                query = f"SELECT r, c_incident FROM {relation} JOIN wanted USING (r)"  # noqa: S608 - a name of our own
                rows_of = self.connection.execute(query).fetchall()
                found |= {index * MOST_ROWS + row: str(name) for row, name in rows_of}
        return [found.get(row, "") for row in rows]

    def row_of(self, number: str) -> int | None:
        """A row that names an incident; None where there is none."""
        for index, (_, relation) in enumerate(self.files):
            query = f"SELECT min(r) FROM {relation} WHERE trim(c_incident) = $1"  # noqa: S608 - a name of our own
            found = self.connection.execute(query, [number]).fetchone()
            if found and found[0] is not None:
                return index * MOST_ROWS + int(found[0])
        return None


class Unusable(Exception):
    """Files that nothing can be reported of; carries the findings."""

    def __init__(self, findings: Sequence[Diagnostic]) -> None:
        super().__init__("unusable")
        self.findings = tuple(findings)


def read(files: Mapping[str, Path], export: Export, progress: Progress = lambda _: None) -> History:
    """The history in some files (path as it is told → file). Unusable where one cannot be read at all."""
    connection = _connection(list(files.values()))
    source = Source(connection=connection)
    parts: list[_Part] = []
    notes: list[Diagnostic] = []
    words: dict[str, dict[str, int]] = {name: {} for name in _CODED}
    for told, file in files.items():
        progress(f"Reading {told}")
        parts.append(_part(source, told, file, export, words, notes))
    progress("Ordering what happened")
    return _joined(parts, export, words, notes, source)


def _connection(files: Sequence[Path]) -> duckdb.DuckDBPyConnection:
    """A database in memory that may read these files, and nothing else."""
    connection = duckdb.connect(":memory:")
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET allowed_paths = $1", [[str(file) for file in files]])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


# -- one file ---------------------------------------------------------------------------------------------------------


class _Part(Struct, frozen=True, kw_only=True):
    """A file as arrays, a row of the file each, without those that are refused."""

    key: NDArray[np.uint64]
    """Of the incident; equal for equal numbers. Two numbers of five million have the same with odds of one to a
    million."""
    at: Instants
    codes: Mapping[str, NDArray[np.int32]]
    events: Mapping[str, Instants]
    paused: Ints
    excluded: NDArray[np.bool_]
    row: Ints
    rows: int
    refused: Mapping[str, int]


def _part(
    source: Source, told: str, file: Path, export: Export, words: dict[str, dict[str, int]], notes: list[Diagnostic]
) -> _Part:
    relation, broken = _relation(source, told, file, export)
    index = len(source.files)
    source.files.append((told, relation))
    known = _coded(source.connection, told, relation, export, words)
    asked = _asked(export, [*known])
    try:
        found = source.connection.execute(f"SELECT {', '.join(asked)} FROM {relation}").fetchnumpy()  # noqa: S608
    except duckdb.Error as error:
        raise Unusable([_unreadable(told, error)]) from None
    rows = len(found["r"])
    reader = _Reader(source.connection, told, relation, found["r"], notes)
    keep = ~_mask(found["key"])
    reader.note(faults.NO_NUMBER, ~keep, "says no number of an incident", "c_incident")
    refused = {"no number": int(np.sum(~keep)), "cannot be read": broken}
    events = {name: _times(reader, found, f"e{at}", export) for at, name in enumerate(export.events)}
    at = _times(reader, found, "c_at", export) if export.columns.at else np.zeros(rows, np.int64)
    if export.columns.at:
        untimed = keep & (at == NEVER)
        refused["no time"] = int(np.sum(untimed))
        keep &= ~untimed
    codes = {name: _codes(found, name, known.get(name), rows) for name in _CODED}
    if export.columns.state:
        strange = keep & (codes["state"] < 0)
        reader.note(faults.UNKNOWN_WORD, strange, "is in a state that `states` does not name", "c_state")
        refused["unknown state"] = int(np.sum(strange))
        keep &= ~strange
    if broken:
        notes.append(_broken(source.connection, told, broken))
    paused = np.ma.filled(found["c_paused"], 0).astype(np.int64) if export.columns.paused else np.zeros(rows, np.int64)
    return _Part(
        key=np.asarray(found["key"])[keep],
        at=at[keep],
        codes={name: each[keep] for name, each in codes.items()},
        events={name: each[keep] for name, each in events.items()},
        paused=paused[keep],
        excluded=np.ma.filled(found["excluded"], fill_value=False)[keep].astype(bool),
        row=index * MOST_ROWS + np.asarray(found["r"], np.int64)[keep],
        rows=rows + broken,
        refused=refused,
    )


def _relation(source: Source, told: str, file: Path, export: Export) -> tuple[str, int]:
    """What reads a file: row number `r`, and the columns that are asked for as text. With the rows that it cannot."""
    connection, name = source.connection, f"file{len(source.files)}"
    if not file.stat().st_size:
        raise Unusable([faults.UNREADABLE(Loc(told), "It is empty.")])
    plain = file.name.lower().removesuffix(".gz")
    if file.name.lower().endswith(".gz"):
        _check_size(told, file)
    path = _quoted(str(file))
    if plain.endswith(".parquet"):
        reader = f"read_parquet({path}, file_row_number = true)"
    elif plain.endswith((".json", ".jsonl", ".ndjson")):
        reader = f"read_json({path}, ignore_errors = false)"
    else:
        letters = _LETTERS[export.encoding]
        reader = f"read_csv({path}, header = true, all_varchar = true, store_rejects = true, encoding = '{letters}')"
    try:
        has = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()]  # noqa: S608
        columns = _columns(export)
        lost = [column for column in dict.fromkeys(columns.values()) if column not in has]
        if lost:
            raise Unusable([_lost(told, column, has) for column in lost])
        number = "file_row_number + 1" if plain.endswith(".parquet") else "row_number() OVER ()"
        chosen = ", ".join(f"{_name(column)} AS {alias}" for alias, column in columns.items())
        # Parquet is quick to read twice; text is read once, as far as it is needed.
        kind = "VIEW" if plain.endswith(".parquet") else "TABLE"
        connection.execute(f"CREATE TEMP {kind} {name} AS SELECT {number} AS r, {chosen} FROM {reader}")  # noqa: S608
    except duckdb.Error as error:
        raise Unusable([_unreadable(told, error)]) from None
    broken = 0
    if "read_csv" in reader:
        row = connection.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchone()
        broken = int(row[0]) if row else 0
    return name, broken


def _columns(export: Export) -> dict[str, str]:
    """What the columns are called here → in the file."""
    asked = export.columns
    named = {f"c_{name}": getattr(asked, name) for name in ("incident", "at", *_CODED, "paused")}
    named |= {f"e{at}": column for at, column in enumerate(export.events.values())}
    named |= {f"x{at}": column for at, column in enumerate(export.exclude)}
    return {name: column for name, column in named.items() if column}


def _asked(export: Export, coded: Sequence[str]) -> list[str]:
    """What is selected: numbers only."""
    text = _text(export)
    number = text("c_incident")
    made = ["r", f"CASE WHEN {number} IS NULL THEN NULL ELSE hash({number}) END AS key"]
    made += [f"enum_code(TRY_CAST({text(f'c_{name}')} AS {name}_words)) AS c_{name}" for name in coded]
    times = [*(["c_at"] if export.columns.at else []), *(f"e{at}" for at in range(len(export.events)))]
    for name in times:
        made += [
            f"{_seconds(text(name), export)} AS {name}",
            f"{text(name)} IS NULL AS {name}_missing",
            f"{_is_zoned(text(name), export)} AS {name}_zoned",
        ]
    if export.columns.paused:
        made.append(f"CAST(60 * TRY_CAST({text('c_paused')} AS DOUBLE) AS BIGINT) AS c_paused")
    listed = [
        f"coalesce({text(f'x{at}')} IN ({', '.join(map(_quoted, values))}), false)"
        for at, values in enumerate(export.exclude.values())
    ]
    made.append(f"{' OR '.join(listed) or 'false'} AS excluded")
    return made


def _text(export: Export) -> Callable[[str], str]:
    """A column as trimmed text, NULL where it holds what means nothing."""
    nothing = ", ".join(map(_quoted, ("", *export.missing)))

    def of(column: str) -> str:
        return f"(CASE WHEN trim({column}::VARCHAR) IN ({nothing}) THEN NULL ELSE trim({column}::VARCHAR) END)"

    return of


_ZONE = r"'(Z|[+-][0-9]{2}(:?[0-9]{2})?)$'"


def _seconds(text: str, export: Export) -> str:
    """The seconds from 1970 that a time shows; of one that says its zone those of UTC."""
    if export.time_format:
        return f"epoch(try_strptime({text}, {_quoted(export.time_format)}))::BIGINT"
    zoned, naive = (f"epoch(TRY_CAST({text} AS {kind}))::BIGINT" for kind in ("TIMESTAMPTZ", "TIMESTAMP"))
    return f"CASE WHEN {_is_zoned(text, export)} THEN {zoned} ELSE {naive} END"


def _is_zoned(text: str, export: Export) -> str:
    if export.time_format:
        return "true" if "%z" in export.time_format else "false"
    return f"(regexp_matches({text}, {_ZONE}) AND length({text}) > 10)"


def _coded(
    connection: duckdb.DuckDBPyConnection, told: str, relation: str, export: Export, words: dict[str, dict[str, int]]
) -> dict[str, NDArray[np.int32]]:
    """For each column of words the code of each of its words; -1 for what means nothing."""
    text = _text(export)
    made: dict[str, NDArray[np.int32]] = {}
    for name in _CODED:
        if not getattr(export.columns, name):
            continue
        query = f"SELECT DISTINCT {text(f'c_{name}')} AS w FROM {relation} ORDER BY w NULLS LAST LIMIT {MOST_WORDS + 1}"  # noqa: S608
        try:
            found = [row[0] for row in connection.execute(query).fetchall() if row[0] is not None]
        except duckdb.Error as error:
            raise Unusable([_unreadable(told, error)]) from None
        if len(found) > MOST_WORDS:
            column = getattr(export.columns, name)
            detail = f"{column} holds more than {MOST_WORDS} different values, so it is no column of {name}."
            raise Unusable([faults.NO_COLUMN(Loc(told), detail)])
        values = ", ".join(map(_quoted, found)) or "''"
        connection.execute(f"DROP TYPE IF EXISTS {name}_words")
        connection.execute(f"CREATE TYPE {name}_words AS ENUM ({values})")
        made[name] = np.array([_code(name, word, export, words[name]) for word in found] or [-1], np.int32)
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


def _codes(found: Mapping[str, Any], name: str, known: NDArray[np.int32] | None, rows: int) -> NDArray[np.int32]:
    if known is None:
        return np.full(rows, -1, np.int32)
    codes = found[f"c_{name}"]
    mask = _mask(codes)
    made = known[np.ma.filled(codes, 0).astype(np.int64)] if rows else np.empty(0, np.int32)
    made[mask] = -1
    return made


def _times(reader: _Reader, found: Mapping[str, Any], name: str, export: Export) -> Instants:
    """The instants that a column tells; `NEVER` where it tells none."""
    shown, missing = found[name], np.asarray(found[f"{name}_missing"], bool)
    lost = _mask(shown)
    reader.note(faults.BAD_TIME, lost & ~missing, "holds no time", name)
    made = np.ma.filled(shown, 0).astype(np.int64)
    naive = ~lost & ~np.ma.filled(found[f"{name}_zoned"], fill_value=False).astype(bool)
    if np.any(naive):
        if not export.time_zone:
            where = Loc(reader.told, int(reader.rows[int(np.argmax(naive))]))
            raise Unusable([faults.NO_ZONE(where, f"Row {where.line} does not say its time zone.")])
        zone = time_zone(export.time_zone)
        made[naive] = _instants(made[naive], zone)
    made[lost] = NEVER
    return made


def _instants(shown: Ints, zone: ZoneInfo) -> Instants:
    first, last = (moment(int(edge)).year for edge in (max(shown.min(), -(2**31)), min(shown.max(), 2**33)))
    return wall(zone, max(first, 1900), min(max(last, first), 2200)).instants(shown)


class _Reader(Struct, frozen=True):
    """What tells where something is wrong in a file."""

    connection: duckdb.DuckDBPyConnection
    told: str
    relation: str
    rows: Any
    notes: list[Diagnostic]

    def note(self, fault: Fault, where: NDArray[np.bool_], what: str, column: str) -> None:
        """A finding for all rows of which something is true, with the first of them and what stands there."""
        count = int(np.sum(where))
        if not count:
            return
        rows = [int(self.rows[at]) for at in np.flatnonzero(where)[:FIRST]]
        self.connection.execute(_WANTED, [rows])
        query = f"SELECT r, {column}::VARCHAR FROM {self.relation} JOIN wanted USING (r) ORDER BY r"  # noqa: S608
        values = dict(self.connection.execute(query).fetchall())
        shown = [f"row {row}{f' ({values[row]})' if values.get(row) else ''}" for row in rows]
        more = f" and {count - len(rows)} more" if count > len(rows) else ""
        subject = "A row" if count == 1 else f"Of {count} rows each"
        detail = f"{subject} {what}: {', '.join(shown)}{more}."
        related = tuple(Related(Loc(self.told, row), f"row {row}") for row in rows[1:])
        self.notes.append(fault(Loc(self.told, rows[0]), detail, related=related))


# -- all of them ------------------------------------------------------------------------------------------------------


def _joined(
    parts: Sequence[_Part],
    export: Export,
    words: Mapping[str, Mapping[str, int]],
    notes: list[Diagnostic],
    source: Source,
) -> History:
    key = np.concatenate([part.key for part in parts])
    at = np.concatenate([part.at for part in parts])
    row = np.concatenate([part.row for part in parts])
    order = np.lexsort((at, key))  # stable: at the same instant rows stay in the order of the files
    key, at, row = key[order], at[order], row[order]
    begins = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if key.size else np.empty(0, np.int64)
    first = np.append(begins, key.size)
    last = first[1:] - 1
    refused: dict[str, int] = {}
    for part in parts:
        for why, count in part.refused.items():
            refused[why] = refused.get(why, 0) + count
    log = bool(export.columns.state and export.columns.at)
    if not log and key.size > begins.size:
        refused["written twice"] = int(key.size - begins.size)
        notes.append(_twice(source, row, first))
        last = begins
    codes = {name: np.concatenate([part.codes[name] for part in parts])[order] for name in _CODED}
    events = {name: np.concatenate([part.events[name] for part in parts])[order] for name in export.events}
    paused = np.concatenate([part.paused for part in parts])[order]
    excluded = np.concatenate([part.excluded for part in parts])[order]
    return History(
        rows=sum(part.rows for part in parts),
        refused={why: count for why, count in refused.items() if count},
        first=first,
        at=at,
        state=codes["state"],
        holder=codes["department"],
        events={name: _last_told(each, NEVER, first, last) for name, each in events.items()},
        paused=paused[last] if key.size else paused,
        codes={name: _last_told(codes[name], -1, first, last) for name in _CODED if name != "state"},
        excluded=np.logical_or.reduceat(excluded, begins) if key.size else excluded,
        words={name: tuple(each) for name, each in words.items()},
        line=row,
        findings=tuple(notes),
        source=source,
    )


def _last_told(values: NDArray[Any], nothing: int, first: Ints, last: Ints) -> NDArray[Any]:
    """Of each incident the last value that is told."""
    if not values.size:
        return values
    told = np.where(values != nothing, np.arange(values.size), -1)
    at = np.maximum.accumulate(told)[last]
    return np.where(at >= first[:-1], values[np.maximum(at, 0)], nothing)


def _twice(source: Source, row: Ints, first: Ints) -> Diagnostic:
    many = np.flatnonzero(np.diff(first) > 1)
    again = [int(row[first[k] + 1]) for k in many[:FIRST]]
    numbers = source.numbers(again)
    told = [f"{number} in row {at % MOST_ROWS}" for number, at in zip(numbers, again, strict=True)]
    count = int(first[-1] - (len(first) - 1))
    path = source.files[again[0] // MOST_ROWS][0]
    detail = f"{count} rows tell an incident again that an earlier one told: {', '.join(told)}."
    return faults.TWICE(Loc(path, again[0] % MOST_ROWS), detail)


# -- what is wrong with a file ----------------------------------------------------------------------------------------


def _check_size(told: str, file: Path) -> None:
    """Refuse a compressed file that grows beyond all measure, before anybody reads it."""
    packed, unpacked = file.stat().st_size, 0
    limit = max(_MOST_RATIO * packed, 1 << 28)
    if packed * 1032 <= limit:  # the most that the format can do
        return
    try:
        with gzip.open(file) as stream:
            while chunk := stream.read(1 << 22):
                unpacked += len(chunk)
                if unpacked > limit:
                    detail = f"It grows to more than {limit >> 20} MiB when it is unpacked, from {packed >> 10} KiB."
                    raise Unusable([faults.UNREADABLE(Loc(told), detail)])
    except (OSError, EOFError) as error:
        raise Unusable([faults.UNREADABLE(Loc(told), f"It cannot be unpacked: {error}.")]) from None


def _unreadable(told: str, error: duckdb.Error) -> Diagnostic:
    first = next(iter(str(error).splitlines()), "")
    return faults.UNREADABLE(Loc(told), f"{first.rpartition('Error: ')[2].rstrip('.')}.")


def _broken(connection: duckdb.DuckDBPyConnection, told: str, count: int) -> Diagnostic:
    query = "SELECT line, min(error_message) FROM reject_errors GROUP BY line ORDER BY line LIMIT $1"
    found = connection.execute(query, [FIRST]).fetchall()
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


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _mask(values: Any) -> NDArray[np.bool_]:
    """Where a column is NULL."""
    if isinstance(values, np.ma.MaskedArray):
        return np.ma.getmaskarray(values)
    return np.zeros(len(values), np.bool_)
