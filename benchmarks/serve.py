"""How soon a browser shows what was edited: from the write of a file to the page fetched, through `tamspec serve`.

Half of the edits change a title, half what is ordered, so that the plan is another one.
"""

from __future__ import annotations

import http.client
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, TAMSPEC, machine
from tamspec import __version__

EDITS, QUICK = 40, 4
AT = "2026-11-23T09:00:00Z"
PROJECT = "projects/acme-shop/project.yaml"
PAGE = "/projects/acme-shop/"
TITLE, SERVERS = "ACME online shop", "servers: 4"


def figures(*, quick: bool = False, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Everything that is measured; `quick` only shows that it can be."""
    edits = QUICK if quick else EDITS
    made: dict[str, Any] = {"machine": machine(), "versions": {"tamspec": __version__}, "edits": edits}
    for name, arguments in (("at an instant", ("--at", AT)), ("by the clock", ())):
        made[name] = figure = _summary(_measured(edits, arguments))
        say(f"{name}: half within {figure['p50_ms']} ms, 95 of 100 within {figure['p95_ms']} ms of the edit")
    return made


def _summary(seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=20, method="inclusive")
    return {"p50_ms": round(1000 * cuts[9]), "p95_ms": round(1000 * cuts[18]), "worst_ms": round(1000 * max(seconds))}


def _measured(edits: int, arguments: tuple[str, ...]) -> list[float]:
    """Seconds from each edit to its page."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source in ("catalog", "projects", "data"):
            shutil.copytree(ROOT / source, folder / source)
        shutil.copy(ROOT / "tamspec.yaml", folder)
        text = (folder / PROJECT).read_text("utf-8")
        with (
            served(folder, arguments) as (port, _),
            closing(connected(port)) as pages,
            closing(states(port)) as told,
        ):
            state, took = next(told), []
            for number in range(edits):
                time.sleep(0.3)  # nobody saves ten times a second
                title = f"{TITLE} {number}"
                servers = f"servers: {4 + number % 4 // 2}"
                before = time.perf_counter()
                (folder / PROJECT).write_text(text.replace(TITLE, title).replace(SERVERS, servers), "utf-8")
                state = next(other for other in told if other != state)
                pages.request("GET", PAGE)
                page = pages.getresponse().read().decode()
                took.append(time.perf_counter() - before)
                assert title in page, "the page is not that of the edit"
    return took


@contextmanager
def served(folder: Path, arguments: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """The port on which the workspace is served, and the process that does it."""
    command = [*TAMSPEC, *arguments, "serve", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        try:
            yield int(line.partition("http://127.0.0.1:")[2].partition("/")[0]), process.pid
        finally:
            process.terminate()  # whoever measures in the background may have it ignore Ctrl-C


def connected(port: int) -> http.client.HTTPConnection:
    """A connection to what is served."""
    return http.client.HTTPConnection("127.0.0.1", port, timeout=60)


def states(port: int) -> Generator[str, None, None]:
    """The names of the states, as a browser hears them."""
    with closing(connected(port)) as connection:
        connection.request("GET", "/.tamspec/events")
        with connection.getresponse() as answer:
            while line := answer.readline():
                if line.startswith(b"data: "):
                    yield line.decode().removeprefix("data: ").strip()
