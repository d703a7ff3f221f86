"""Tables in files (CSV, JSON, Parquet), which DuckDB reads: it may open those files, and nothing else."""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

MEMORY = "1GB"
_MOST_RATIO = 200
"""To how much a compressed file may grow, beyond the first megabytes."""


def connection_to(files: Sequence[Path]) -> duckdb.DuckDBPyConnection:
    """A database in memory that may read these files, and nothing else."""
    connection = duckdb.connect(":memory:")
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET allowed_paths = $1", [[name for file in files for name in (str(file), plain(file))]])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


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


def plain(file: Path) -> str:
    """The name of a file that no pattern is seen in."""
    return re.sub(r"([*?\[])", r"[\1]", str(file))


def quoted(text: str) -> str:
    """A text in a query."""
    return "'" + text.replace("'", "''") + "'"


def named(column: str) -> str:
    """The name of a column in a query."""
    return '"' + column.replace('"', '""') + '"'
