"""Tables in files (CSV, JSON, Parquet), which DuckDB reads: it may open those files, and nothing else."""

from __future__ import annotations

import gzip
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import duckdb
from msgspec import Struct
from numpy.typing import NDArray

_Answer = TypeVar("_Answer")

MEMORY = "1GB"
_MOST_RATIO = 200
"""To how much a compressed file may grow, beyond the first megabytes."""


class Table(Struct, frozen=True, kw_only=True):
    """A file as a query sees it."""

    form: Literal["csv", "json", "parquet"]
    path: str
    """In a query; a name is a name, whatever a pattern would make of it."""
    sql: str
    """What reads it; folders say nothing about rows."""
    columns: Mapping[str, str]
    """Its columns with their types."""

    def of_texts(self, columns: Iterable[str]) -> str:
        """What reads some columns as they are written: what JSON says of their types is a guess."""
        if self.form != "json":
            return self.sql
        texts = ", ".join(f"{quoted(column)}: 'VARCHAR'" for column in dict.fromkeys(columns))
        return f"read_json({self.path}, columns = {{{texts}}}, hive_partitioning = false)"


class Tables:
    """A database in memory that may read some files, and nothing else. duckdb.Error where a query has no answer."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._connection = duckdb.connect(":memory:")
        self._helper = ThreadPoolExecutor(1)
        self.run(f"SET memory_limit = '{MEMORY}'")
        self.run("SET TimeZone = 'UTC'")
        self.run("SET autoinstall_known_extensions = false")
        self.run("SET autoload_known_extensions = false")
        self.run("SET allowed_paths = $1", [[name for file in files for name in (str(file), plain(file))]])
        self.run("SET enable_external_access = false")
        self.run("SET lock_configuration = true")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._helper.submit(self._connection.close)
        self._helper.shutdown()

    def table(self, name: str, file: Path, *, encoding: str = "utf-8") -> Table:
        """A file, by what its name says. Rows of a CSV that cannot be read are kept under `name` (`broken_lines`);
        Parquet has the number of each row as `file_row_number`, from 0."""
        bare, path, plainly = file.name.lower().removesuffix(".gz"), quoted(plain(file)), "hive_partitioning = false"
        form: Literal["csv", "json", "parquet"] = "csv"
        if bare.endswith(".parquet"):
            form, sql = "parquet", f"read_parquet({path}, file_row_number = true, {plainly})"
        elif bare.endswith((".json", ".jsonl", ".ndjson")):
            form, sql = "json", f"read_json({path}, {plainly})"
        else:
            sql = (
                f"read_csv({path}, header = true, all_varchar = true, comment = '', store_rejects = true, "
                f"rejects_table = '{name}_rejects', rejects_scan = '{name}_scan', "
                f"encoding = {quoted(encoding)}, {plainly})"
            )
        found = {row[0]: row[1] for row in self.rows(f"DESCRIBE SELECT * FROM {sql}")}  # noqa: S608
        if form == "parquet":
            found.pop("file_row_number", None)
        return Table(form=form, path=path, sql=sql, columns=found)

    def run(self, statement: str, given: Sequence[object] = ()) -> None:
        """Do what a statement says."""
        self._asked(lambda: self._connection.execute(statement, list(given)))

    def rows(self, query: str, given: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows that answer a query."""
        return self._asked(lambda: self._connection.execute(query, list(given)).fetchall())

    def arrays(self, query: str) -> dict[str, NDArray[Any]]:
        """The columns that answer a query."""
        return self._asked(lambda: self._connection.execute(query).fetchnumpy())

    def _asked(self, question: Callable[[], _Answer]) -> _Answer:
        """Asked beside the main thread, which hears Ctrl-C at once: DuckDB itself would tell of it when it is through,
        and as of a mistake."""
        answer = self._helper.submit(question)
        try:
            return answer.result()
        except KeyboardInterrupt:
            self._connection.interrupt()
            wait([answer])
            raise


def unfit(file: Path) -> str:
    """Why a file is not to be read at all, in a sentence; empty: it may be."""
    if not file.stat().st_size:
        return "It is empty."
    return _overgrown(file) if file.name.lower().endswith(".gz") else ""


def _overgrown(file: Path) -> str:
    packed, unpacked = file.stat().st_size, 0
    limit = max(_MOST_RATIO * packed, 1 << 28)
    if packed * 1032 <= limit:  # the most that the format can do
        return ""
    try:
        with gzip.open(file) as stream:
            while chunk := stream.read(1 << 22):
                unpacked += len(chunk)
                if unpacked > limit:
                    return f"It grows to more than {limit >> 20} MiB when it is unpacked, from {packed >> 10} KiB."
    except (OSError, EOFError) as error:
        return f"It cannot be unpacked: {error}."
    return ""


def unreadable(told: str, file: Path, error: duckdb.Error) -> str:
    """Why a file cannot be read, in a sentence that names it as it is told, and not where it lies on this machine."""
    first = next(iter(str(error).splitlines()), "").rpartition("Error: ")[2].rstrip(".")
    if "sniffing" not in first:
        return f"{first.replace(str(file), told).replace(plain(file), told)}."
    line = _other_end(file)
    if line:
        return f"Line {line} ends otherwise than the first: one with CR and LF, one with LF alone. Write all alike."
    return "Its columns cannot be told apart."


def _other_end(file: Path) -> int:
    """The first line of a file that ends otherwise than the first one; 0: none of those that are looked at."""
    with gzip.open(file) if file.suffix.lower() == ".gz" else file.open("rb") as stream:
        lines = stream.read(1 << 22).splitlines(keepends=True)[:-1]
    return next((at for at, one in enumerate(lines, 1) if one.endswith(b"\r\n") != lines[0].endswith(b"\r\n")), 0)


def broken_lines(tables: Tables, name: str) -> list[int]:
    """The lines of a CSV that was read into `name` which cannot be read, in order."""
    query = f"SELECT DISTINCT line FROM {name}_rejects ORDER BY line"  # noqa: S608 - a name of our own
    return [int(line) for (line,) in tables.rows(query)]


def line_of(row: int, broken: Sequence[int]) -> int:
    """The line of a row of a CSV, counted from 1 among those that can be read; the first line names the columns. Where
    a quoted value has lines of its own, the rows behind it stand further down than is said."""
    # Passed over are as many broken lines as have at most so many sound ones before them.
    return row + 1 + bisect_right(range(len(broken)), row + 1, key=lambda at: broken[at] - at)


def plain(file: Path) -> str:
    """The name of a file that no pattern is seen in."""
    return re.sub(r"([*?\[])", r"[\1]", str(file))


def quoted(text: str) -> str:
    """A text in a query."""
    return "'" + text.replace("'", "''") + "'"


def named(column: str) -> str:
    """The name of a column in a query."""
    return '"' + column.replace('"', '""') + '"'
