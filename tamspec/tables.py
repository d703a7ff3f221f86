"""Tables in files (CSV, JSON, Parquet), which DuckDB reads: it may open those files, and nothing else."""

from __future__ import annotations

import gzip
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Self, TypeVar

import duckdb
from numpy.typing import NDArray

_Answer = TypeVar("_Answer")

MEMORY = "1GB"
_MOST_RATIO = 200
"""To how much a compressed file may grow, beyond the first megabytes."""


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


def overgrown(file: Path) -> str:
    """Why a compressed file is not to be read, in a sentence; empty: it may be."""
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
