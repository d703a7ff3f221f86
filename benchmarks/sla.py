"""How quick promises are measured: the clock alone, and whole histories of incidents.

Three programs see the same rows: tamspec, a plain scan of the file by DuckDB (every value is read and mixed into one),
and businesstimedelta, which measures one interval at a time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from benchmarks.measure import TAMSPEC, cost, machine, peak
from benchmarks.peers import business_time
from tamspec import __version__
from tamspec.model.catalog import Calendar, Shift
from tamspec.worktime import expand
from tamspec.worktime.arrays import ArrayClock

INCIDENTS, SAMPLE, RUNS = 1_000_000, 2_000, 3
EVENTS_EACH = 5
AT = "2026-01-01T00:00:00Z"
HOLIDAYS = ("2025-01-01", "2025-04-18", "2025-04-21", "2025-05-01", "2025-05-29", "2025-06-09", "2025-10-03")
CHRISTMAS = ("2025-12-25", "2025-12-26")

WORKSPACE = """\
apiVersion: tamspec/v1
sources: [catalog]
incidents:
  columns: {incident: number, at: at, state: state, priority: priority, department: team}
  states: {New: reported, Active: acknowledged, Waiting: waiting-client, Resolved: restored}
  agreement: gold
  timeZone: Europe/Berlin
"""
CATALOG = """\
apiVersion: tamspec/v1
kind: Calendar
metadata: {name: office}
spec:
  timeZone: Europe/Berlin
  hours: {mon-fri: ["09:00-17:00"]}
  holidays: {%s}
---
apiVersion: tamspec/v1
kind: Department
metadata: {name: desk}
spec: {manager: weber, calendar: office, dutyHours: office, capacity: {people: 4}}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: weber}
spec: {department: desk}
---
apiVersion: tamspec/v1
kind: Client
metadata: {name: acme}
spec: {calendar: office, contacts: {a: {title: A, role: technical}, b: {title: B, role: decision-maker}}}
---
apiVersion: tamspec/v1
kind: Agreement
metadata: {name: gold}
spec:
  type: sla
  provider: desk
  customer: acme
  serviceHours: office
  attainment: {target: 90%%}
  clocks:
    response: {start: reported, stop: acknowledged}
    resolution: {start: reported, pause: [waiting-client], stop: restored}
  priorities:
    p1: {response: 15m, resolution: 4h}
    p2: {response: 1h, resolution: 8h}
    p3: {response: 4h, resolution: 40h}
"""

# Five rows each: reported, taken, the client is asked, it goes on, it is solved; the same seed gives the same rows.
LOG = """\
CREATE TABLE log AS
WITH incident AS (
  SELECT i, hash(i) %% (360 * 24 * 60) AS m, hash(i + 1) %% 240 AS a, hash(i + 2) %% 600 AS b, hash(i + 3) %% 2880 AS c,
         hash(i + 4) %% 900 AS d
  FROM range(%d) t(i))
SELECT format('INC{:08d}', i) AS number, ts AS at, state, format('p{:d}', 1 + hash(i + 5) %% 3) AS priority,
       format('Group {:d}', hash(i + step) %% 40) AS team
FROM (
  SELECT i, 0 AS step, TIMESTAMP '2025-01-01' + to_minutes(m::BIGINT) AS ts, 'New' AS state FROM incident
  UNION ALL SELECT i, 1, TIMESTAMP '2025-01-01' + to_minutes((m + a)::BIGINT), 'Active' FROM incident
  UNION ALL SELECT i, 2, TIMESTAMP '2025-01-01' + to_minutes((m + a + b)::BIGINT), 'Waiting' FROM incident
  UNION ALL SELECT i, 3, TIMESTAMP '2025-01-01' + to_minutes((m + a + b + c)::BIGINT), 'Active' FROM incident
  UNION ALL SELECT i, 4, TIMESTAMP '2025-01-01' + to_minutes((m + a + b + c + d)::BIGINT), 'Resolved' FROM incident)
ORDER BY ts, number, step
"""

PEER = """\
import datetime, json, sys, time
import businesstimedelta as b
import pytz
rows, holidays = json.load(open(sys.argv[1]))
zone = pytz.timezone("Europe/Berlin")
day = b.WorkDayRule(start_time=datetime.time(9), end_time=datetime.time(17), working_days=[0, 1, 2, 3, 4], tz=zone)
# It fails where no holiday lies ahead.
off = b.HolidayRule([datetime.date.fromisoformat(one) for one in (*holidays, "2029-01-01")], tz=zone)
rules = b.Rules([day, off])
before = time.process_time()
found = []
for begin, end in rows:
    took = rules.difference(*(datetime.datetime.fromtimestamp(at, pytz.utc) for at in (begin, end)))
    found.append(took.hours * 3600 + took.seconds)
print(json.dumps([time.process_time() - before, found]))
"""


def figures(*, quick: bool = False, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Everything that is measured; `quick` only shows that it can be."""
    incidents = 2_000 if quick else INCIDENTS
    return {
        "machine": machine(),
        "versions": {"tamspec": __version__, "duckdb": duckdb.__version__, "numpy": np.__version__},
        "clock": _clock(incidents, 50 if quick else SAMPLE, say),
        "histories": [_history(incidents, kind, 1 if quick else RUNS, say) for kind in ("parquet", "csv")],
    }


def _clock(rows: int, sample: int, say: Callable[[str], None]) -> dict[str, Any]:
    days = {date.fromisoformat(one): "" for one in (*HOLIDAYS, *CHRISTMAS)}
    office = Calendar(
        name="office", time_zone="Europe/Berlin", hours={"mon-fri": (Shift(9 * 60, 17 * 60),)}, holidays=days
    )
    windows = expand(office, date(2024, 12, 1), date(2026, 3, 1))
    draw = np.random.default_rng(1)
    begin = draw.integers(windows.horizon[0] + 40 * 86400, windows.horizon[1] - 60 * 86400, rows)
    end = begin + draw.integers(0, 20 * 86400, rows)
    made: dict[str, Any] = {"rows": rows}
    for name, table in (("table", True), ("search", False)):
        clock = ArrayClock(windows, table=table)
        seconds = min(_cpu(lambda clock=clock: clock.between(begin, end)) for _ in range(5))  # type: ignore[misc]
        made[name] = {"rows_per_cpu_second": round(rows / seconds)}
        say(f"clock, {name}: {rows / seconds / 1e6:.1f} M rows per CPU-second")
    shown = ArrayClock(windows).between(begin[:sample], end[:sample])
    made["businesstimedelta"] = _peer(begin[:sample].tolist(), end[:sample].tolist(), shown.tolist(), say)
    return made


def _cpu(once: Callable[[], object]) -> float:
    before = time.process_time()
    once()
    return time.process_time() - before


def _peer(begin: list[int], end: list[int], shown: list[int], say: Callable[[str], None]) -> dict[str, Any]:
    try:
        python = business_time()
    except (OSError, subprocess.CalledProcessError) as error:
        say(f"businesstimedelta is left out: {error}")
        return {"missing": "it cannot be had"}
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.json"
        rows.write_text(json.dumps([list(zip(begin, end, strict=True)), [*HOLIDAYS, *CHRISTMAS]]), "utf-8")
        done = subprocess.run((python, "-c", PEER, str(rows)), check=True, capture_output=True, text=True)
    seconds, found = json.loads(done.stdout)
    same = sum(abs(one - other) < 1 for one, other in zip(found, shown, strict=True))
    say(f"businesstimedelta: {len(begin) / seconds:.0f} rows per CPU-second, {same} of {len(begin)} the same")
    return {"rows": len(begin), "rows_per_cpu_second": round(len(begin) / seconds), "same": same}


def _history(incidents: int, kind: str, runs: int, say: Callable[[str], None]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = _written(folder, incidents, kind)
        command = (*TAMSPEC, "--at", AT, "sla", "report", "--incidents", str(file), "--output-format", "json=out.json")
        spent = min((cost(command, folder) for _ in range(runs)), key=lambda one: one.cpu_seconds)
        told = json.loads((folder / "out.json").read_text("utf-8"))
        assert told["incidents"]["judged"] == incidents
        reader = f"read_parquet('{file}')" if kind == "parquet" else f"read_csv('{file}', all_varchar = true)"
        # Every value is looked at: a smallest or largest one would be known from the file's own statistics.
        query = f'SELECT bit_xor(hash(number, "at", state, priority, team)) FROM {reader}'  # noqa: S608
        scan = (sys.executable, "-c", f"import duckdb; duckdb.sql({query!r}).fetchall()")
        plain = min((cost(scan, folder) for _ in range(runs)), key=lambda one: one.cpu_seconds)
        assert plain.code == 0, plain.output
        memory = peak(command, folder)
    events = incidents * EVENTS_EACH
    each = events / spent.cpu_seconds
    say(
        f"{kind}: {events:,} events in {spent.cpu_seconds:.2f} s of CPU, {each / 1e6:.2f} M a second; "
        f"{spent.cpu_seconds / plain.cpu_seconds:.1f} times a plain scan, {memory} MiB"
    )
    return {
        "kind": kind,
        "incidents": incidents,
        "events": events,
        "cpu_seconds": round(spent.cpu_seconds, 3),
        "wall_seconds": round(spent.wall_seconds, 3),
        "events_per_cpu_second": round(events / spent.cpu_seconds),
        "scan_cpu_seconds": round(plain.cpu_seconds, 3),
        "scans": round(spent.cpu_seconds / plain.cpu_seconds, 1),
        "peak_mib": memory,
    }


def _written(folder: Path, incidents: int, kind: str) -> Path:
    """A workspace, and a history of a year beside it."""
    (folder / "catalog").mkdir()
    (folder / "tamspec.yaml").write_text(WORKSPACE, "utf-8")
    holidays = ", ".join(f"{day}: holiday" for day in (*HOLIDAYS, *CHRISTMAS))
    (folder / "catalog" / "provider.yaml").write_text(CATALOG % holidays, "utf-8")
    file = folder / f"log.{kind}"
    with duckdb.connect() as connection:
        connection.execute(LOG % incidents)
        log = connection.table("log")
        write = log.write_parquet if kind == "parquet" else log.write_csv
        write(str(file))
    return file
