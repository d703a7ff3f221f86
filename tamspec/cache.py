"""What earlier runs found, kept beside the user's other caches. Losing it, or any part of it, costs nothing but time.

One SQLite file, since many small files are slow to read and two processes may write at once. Every value is kept with a
checksum: what a broken disk or another program left there is forgotten, not believed.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

MOST_BYTES = 512 << 20
"""A larger file is begun anew: what is in it is mostly old."""

_TABLE = "CREATE TABLE IF NOT EXISTS found (key BLOB PRIMARY KEY, sum BLOB NOT NULL, value BLOB NOT NULL) WITHOUT ROWID"
_UNUSABLE = (sqlite3.Error, OSError, ValueError, OverflowError)  # what a spoilt file makes SQLite's module raise
_AT_ONCE = 500  # keys of one question; SQLite takes no more than 999 in older versions


class Cache:
    """Remembers values by keys that name all that they depend on, `maker` among them: the program as it is now."""

    def __init__(self, path: Path, maker: bytes) -> None:
        self._path, self._maker = path, maker

    def recall(self, keys: Sequence[bytes]) -> dict[bytes, Any]:
        """The values of those keys that are known."""
        if not self._path.is_file():
            return {}
        found: dict[bytes, Any] = {}
        with contextlib.suppress(*_UNUSABLE), contextlib.closing(self._open()) as database:
            for start in range(0, len(keys), _AT_ONCE):
                some = {self._own(key): key for key in keys[start : start + _AT_ONCE]}
                marks = ",".join("?" * len(some))
                asked = f"SELECT key, sum, value FROM found WHERE key IN ({marks})"  # noqa: S608 - only question marks
                for own, checksum, value in database.execute(asked, list(some)):
                    if checksum == _sum(own, value):
                        found[some[own]] = pickle.loads(value)  # noqa: S301 - written by us, and checked
        return found

    def keep(self, values: Mapping[bytes, Any]) -> None:
        """Remember these, if that is possible."""
        if not values:
            return
        rows = []
        for key, value in sorted(values.items()):
            own, text = self._own(key), pickle.dumps(value, protocol=5)
            rows.append((own, _sum(own, text), text))
        if not self._store(rows):
            # Whatever is there cannot be used; the next run fills a new one.
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _store(self, rows: Sequence[tuple[bytes, bytes, bytes]]) -> bool:
        """Whether the file is sound; that others hold it, or that it cannot be written, is no fault of it."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._path.is_file() and self._path.stat().st_size > MOST_BYTES:
                return False
            with contextlib.closing(self._open()) as database, database:
                database.execute(_TABLE)
                database.executemany("INSERT OR REPLACE INTO found VALUES (?, ?, ?)", rows)
        except (sqlite3.OperationalError, OSError):
            return True
        except _UNUSABLE:
            return False
        return True

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=1)
        # It may be lost with the machine's power: that is cheaper than waiting for the disk.
        database.execute("PRAGMA synchronous = OFF")
        return database

    def _own(self, key: bytes) -> bytes:
        return hashlib.blake2b(key, key=self._maker, digest_size=16).digest()


def _sum(key: bytes, value: bytes) -> bytes:
    return hashlib.blake2b(value, key=key, digest_size=16).digest()
