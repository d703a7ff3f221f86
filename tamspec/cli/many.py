"""Sharing the work of one call among processes, and remembering what earlier calls found: both only save time."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tamspec import __version__, resources

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

    from tamspec.cache import Cache
    from tamspec.render.compiled import Compiled
    from tamspec.units import Memory

WORTH_IT = 4
"""Tasks from which on other processes are started."""


def cache(environment: Mapping[str, str]) -> Cache:
    """Where this user's caches are (the XDG base directories)."""
    from tamspec.cache import Cache  # many calls ask no cache, and need no SQLite

    home = environment.get("XDG_CACHE_HOME") or ""
    folder = Path(home) if Path(home).is_absolute() else Path(environment.get("HOME") or os.devnull) / ".cache"
    return Cache(folder / "tamspec" / "found.sqlite", _maker())


def _maker() -> bytes:
    """The program as it is now: its version, its files and schemas, and the Python that runs it."""
    seen = hashlib.blake2b(f"{__version__} {sys.version}".encode(), digest_size=16)
    for folder in (Path(__file__).parents[1], resources.schemas_dir()):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", ".json"):
                known = path.stat()
                seen.update(f"{path.name} {known.st_size} {known.st_mtime_ns}\n".encode())
    return seen.digest()


@contextlib.contextmanager
def compiled(memory: Memory) -> Iterator[Compiled]:
    """What earlier calls compiled templates to; what is compiled meanwhile is kept for later ones."""
    from jinja2 import compiler

    from tamspec.render.compiled import Compiled

    known = Path(compiler.__file__).stat()
    key = f"templates {known.st_size} {known.st_mtime_ns}".encode()
    made = Compiled(memory.recall([key]).get(key))
    yield made
    if made.has_news:
        memory.keep({key: made.known})


@contextlib.contextmanager
def spread(jobs: int) -> Iterator[Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]]:
    """A `map` over this many processes, which are started when there is enough to do."""
    with contextlib.ExitStack() as stack:
        pools: list[ProcessPoolExecutor] = []

        def mapped(function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterable[Any]:
            tasks = list(tasks)
            if jobs == 1 or len(tasks) < WORTH_IT:
                return map(function, tasks)
            if not pools:
                import multiprocessing
                from concurrent.futures import ProcessPoolExecutor

                ways = multiprocessing.get_all_start_methods()
                context = multiprocessing.get_context("fork" if "fork" in ways else None)
                pools.append(stack.enter_context(ProcessPoolExecutor(jobs, mp_context=context)))
            return pools[0].map(function, tasks)

        yield mapped
