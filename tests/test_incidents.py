"""Histories of incidents: CSV, JSON and Parquet in, attainment and accounts out; nothing is dropped silently."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import random
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from portfolios import examples
from program import Answer, Workspace

from tamspec.model.workspace import Columns, Export
from tamspec.sla import history
from tamspec.tables import Tables

ROOT = Path(__file__).resolve().parent.parent
UCI = ROOT.parent / "shared" / "data" / "uci-incidents.parquet"
NOW = "2026-11-23T09:00:00Z"

PROVIDER = """\
apiVersion: tamspec/v1
kind: Calendar
metadata: {name: office}
spec: {timeZone: Europe/Berlin, hours: {mon-fri: ["09:00-13:00", "14:00-18:00"]}, holidays: {2026-10-30: Reformation}}
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
spec:
  calendar: office
  contacts: {gusev: {title: Anton Gusev, role: technical}, orlov: {title: Dmitry Orlov, role: decision-maker}}
---
apiVersion: tamspec/v1
kind: Client
metadata: {name: borealis}
spec:
  calendar: office
  contacts: {brandt: {title: Lena Brandt, role: technical}, hoffmann: {title: K. Hoffmann, role: decision-maker}}
---
apiVersion: tamspec/v1
kind: Agreement
metadata: {name: gold}
spec:
  type: sla
  provider: desk
  customer: acme
  serviceHours: office
  validFrom: 2026-01-01
  validTo: 2026-12-31
  attainment: {target: 80%, period: month}
  clocks:
    response: {start: reported, stop: acknowledged}
    resolution: {start: reported, pause: [waiting-client], stop: restored, resume: [reopened]}
  priorities:
    p1: {response: 30m, resolution: 4h}
    p2: {response: 2h, resolution: 1wd}
"""

SETTINGS = """\
apiVersion: tamspec/v1
sources: [catalog]
incidents:
  columns: {incident: id, at: time, state: state, priority: prio, client: company, department: team}
  states: {new: reported, work: acknowledged, wait: waiting-client, done: restored, back: reopened, void: closed}
  priorities: {"1": p1, "2": p2}
  clients: {ACME Ltd: acme}
  exclude: {state: [void]}
  timeZone: Europe/Berlin
"""
WIDE = """
  columns: {incident: id, priority: prio}
  events: {reported: opened, acknowledged: taken, restored: solved}
  priorities: {"1": p1, "2": p2}
  agreement: gold
  timeZone: Europe/Berlin
"""
HEAD = ("id", "time", "state", "prio", "company", "team")


@pytest.fixture
def desk(tmp_path: Path) -> Workspace:
    return made(tmp_path)


def made(folder: Path, settings: str = SETTINGS) -> Workspace:
    workspace = Workspace(folder)
    workspace.write("tamspec.yaml", settings)
    workspace.write("catalog/provider.yaml", PROVIDER)
    return workspace


def table(*rows: tuple[str, ...], head: tuple[str, ...] = HEAD) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    return text.getvalue()


def report(desk: Workspace, *more: str, file: str = "log.csv") -> Answer:
    return desk.run("sla", "report", "--incidents", file, "--output-format", "json", *more, at=NOW)


def codes(answer: Answer) -> list[str]:
    return [one["code"] for one in answer.data["findings"]]


def line(answer: Answer, table: str, name: str, clock: str) -> Any:
    [found] = [one for one in answer.data["tables"][table] if (one["name"], one["clock"]) == (name, clock)]
    return found


def one_by_one(*rows: str) -> str:
    """Rows written short: `INC1 2026-10-28T09:00 new`."""
    return table(*((one.split()[0], one.split()[1], one.split()[2], "1", "ACME Ltd", "desk") for one in rows))


# -- what the clocks show ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "response", "resolution"),
    [
        # Wednesday 28 October 2026; lunch does not count.
        (["28T12:00 new", "28T12:10 work", "28T15:00 done"], 1 / 6, 2),
        # The client is waited for from 13:30, in closed time, until Thursday at ten.
        (["28T12:00 new", "28T12:10 work", "28T13:30 wait", "29T10:00 work", "29T11:00 done"], 1 / 6, 2),
        # Friday is a holiday: from Thursday at five to Monday at ten are two hours.
        (["29T17:00 new", "29T17:10 work", "31T10:00 work"], 1 / 6, None),
        # It came back: the hour in which it was thought to be done does not count.
        (["28T09:00 new", "28T09:10 work", "28T10:00 done", "28T11:00 back", "28T12:00 done"], 1 / 6, 2),
        # Nobody acknowledged it: whoever was helped was answered too.
        (["28T09:00 new", "28T10:00 done"], 1, 1),
        # Reported at night: the clock begins with the office.
        (["28T03:00 new", "28T09:30 work", "28T10:00 done"], 0.5, 1),
    ],
)
def test_what_the_clocks_show(desk: Workspace, rows: list[str], response: float, resolution: float | None) -> None:
    desk.write("log.csv", one_by_one(*(f"INC1 2026-10-{row}" for row in rows)))
    answer = desk.run("sla", "explain", "INC1", "--incidents", "log.csv", "--output-format", "json", at=NOW)
    assert answer.code == 0, answer.said
    clocks = {one["clock"]: one for one in answer.data["clocks"]}
    assert clocks["response"]["elapsed_hours"] == pytest.approx(response)
    if resolution is not None:
        assert clocks["resolution"]["elapsed_hours"] == pytest.approx(resolution)
    else:
        assert clocks["resolution"]["stop"] is None
    for clock in clocks.values():
        assert sum(one["hours"] for one in clock["spells"]) == pytest.approx(clock["elapsed_hours"])


def test_the_account_of_an_incident_in_words(desk: Workspace) -> None:
    rows = ["28T12:00 new", "28T12:10 work", "28T13:30 wait", "29T10:00 work", "29T15:00 done"]
    desk.write("log.csv", one_by_one(*(f"INC1 2026-10-{row}" for row in rows)))
    assert desk.run("sla", "explain", "INC1", "--incidents", "log.csv", at=NOW).out == (
        """\
INC1  p1, gold (acme). Times are those of Europe/Berlin.

response: 10m of 30m on the clock (office), in time.
  From Wed 28 Oct 2026 12:00 to Wed 28 Oct 2026 12:10.
  Wed 28 Oct 2026 12:00 – 12:10  reported  desk  10m count

resolution: 5h of 4h on the clock (office), 1h over.
  From Wed 28 Oct 2026 12:00 to Thu 29 Oct 2026 15:00.
  Wed 28 Oct 2026 12:00 – 12:10             reported        desk  10m count
  Wed 28 Oct 2026 12:10 – 13:30             acknowledged    desk  50m count
    Wed 28 Oct 2026 12:10 – 13:00: 50m
  Wed 28 Oct 2026 13:30 – Thu 29 Oct 10:00  waiting-client  desk  stands still
  Thu 29 Oct 2026 10:00 – 15:00             acknowledged    desk  4h count
    Thu 29 Oct 2026 10:00 – 13:00: 3h
    Thu 29 Oct 2026 14:00 – 15:00: 1h
"""
    )


STATES = ("new", "work", "wait", "done", "back")
STEPS = st.lists(st.tuples(st.integers(0, 3 * 24 * 60), st.sampled_from(STATES)), min_size=1, max_size=7)


def minutes_open(begin: datetime, end: datetime) -> int:
    """The minutes of the office between two instants, one by one."""
    count, at = 0, begin
    while at < end:
        local = at.astimezone(ZoneInfo("Europe/Berlin"))
        shift = 9 <= local.hour < 13 or 14 <= local.hour < 18
        count += local.weekday() < 5 and shift and local.strftime("%Y-%m-%d") != "2026-10-30"
        at += timedelta(minutes=1)
    return count


def by_hand(rows: list[tuple[datetime, str]], until: datetime) -> dict[str, int]:
    """What the clocks show in minutes, told as a person would: row by row, minute by minute."""
    start = next((at for at, state in rows if state == "new"), None)
    if start is None:
        return {}
    shown = {"response": 0, "resolution": 0}
    answered = done = False
    for (at, state), (after, _) in zip(rows, [*rows[1:], (until, "")], strict=True):
        if at < start or (at == start and state != "new" and not any(s == "new" for t, s in rows if t <= at)):
            continue
        if state in ("work", "done"):
            answered = True
        if state == "done":
            done = True
        if state == "back":
            done = False
        if not answered:
            shown["response"] += minutes_open(at, after)
        if not done and state != "wait":
            shown["resolution"] += minutes_open(at, after)
    return shown


@given(st.lists(STEPS, min_size=1, max_size=6))
@examples(20)
def test_many_incidents_are_judged_as_each_is_by_hand(tmp_path_factory: Any, logs: list[Any]) -> None:
    """Begun with a report and never thought to be done twice, so that a person can tell what the clock shows."""
    desk = made(tmp_path_factory.mktemp("desk"))
    begin = datetime(2026, 10, 24, 6, 0, tzinfo=UTC)  # the night after it the clocks go back
    rows, expected = [], {}
    for index, steps in enumerate(logs):
        at, log = begin, [(begin, "new")]
        for wait, state in steps:
            at += timedelta(minutes=wait)
            log.append((at, state))
        last = at + timedelta(minutes=1)
        log.append((last, "done"))
        number = f"INC{index}"
        rows += [(number, f"{at:%Y-%m-%dT%H:%M:%SZ}", state, "2", "ACME Ltd", "desk") for at, state in log]
        expected[number] = by_hand(log, last)
    desk.write("log.csv", table(*rows))
    for number, shown in expected.items():
        answer = desk.run("sla", "explain", number, "--incidents", "log.csv", "--output-format", "json", at=NOW)
        found = {one["clock"]: round(60 * one["elapsed_hours"]) for one in answer.data["clocks"]}
        assert found == shown, logs


# -- what is counted ---------------------------------------------------------------------------------------------------


LOG = table(
    ("A", "2026-10-01T09:00", "new", "1", "ACME Ltd", "desk"),
    ("A", "2026-10-01T09:20", "work", "1", "ACME Ltd", "desk"),
    ("A", "2026-10-01T12:00", "done", "1", "ACME Ltd", "unix"),
    ("B", "2026-10-02T09:00", "new", "1", "ACME Ltd", "desk"),
    ("B", "2026-10-02T10:00", "work", "1", "ACME Ltd", "unix"),
    ("B", "2026-10-02T17:00", "done", "1", "ACME Ltd", "unix"),
    ("C", "2026-11-23T09:00", "new", "2", "ACME Ltd", "desk"),
    ("D", "2026-10-05T09:00", "new", "1", "ACME Ltd", "desk"),
    ("D", "2026-10-05T09:01", "void", "1", "ACME Ltd", "desk"),
    ("E", "2026-10-05T09:00", "new", "9", "ACME Ltd", "desk"),
    ("F", "2026-10-05T09:00", "new", "1", "Borealis", "desk"),
    ("G", "2025-10-05T09:00", "new", "1", "ACME Ltd", "desk"),
)


def test_every_incident_is_judged_excluded_or_refused(desk: Workspace) -> None:
    desk.write("log.csv", LOG)
    answer = report(desk)
    assert answer.data["incidents"] == {
        "read": 7,
        "judged": 3,
        "excluded": 1,
        "refused": {"no agreement": 2, "unknown priority": 1},
    }
    assert Counter(codes(answer)) == {"TAM500": 3}
    told = line(answer, "priority", "p1", "resolution")
    assert (told["cases"], told["kept"], told["missed"], told["running"]) == (2, 1, 1, 0)
    running = line(answer, "priority", "p2", "resolution")
    assert (running["cases"], running["running"]) == (0, 1)
    assert {one["name"] for one in answer.data["tables"]["month"]} == {"2026-10", "2026-11"}
    [late] = [one for one in answer.data["breaches"] if one["clock"] == "resolution"]
    assert (late["incident"], late["department"], late["elapsed_hours"], late["target_hours"]) == ("B", "unix", 7, 4)


def test_where_nothing_was_promised_nothing_is_judged(desk: Workspace) -> None:
    desk.write("catalog/provider.yaml", PROVIDER[: PROVIDER.index("---\napiVersion: tamspec/v1\nkind: Agreement")])
    desk.write("log.csv", LOG)
    answer = report(desk)
    assert answer.data["incidents"] == {"read": 7, "judged": 0, "excluded": 1, "refused": {"no agreement": 6}}


def test_clocks_stand_in_the_order_of_their_agreement(desk: Workspace) -> None:
    """Also where the first agreement has no case of its first clock."""
    gold = PROVIDER[PROVIDER.rindex("---\n") :]
    silver = gold.replace("name: gold", "name: silver").replace("customer: acme", "customer: borealis")
    desk.write("catalog/silver.yaml", silver[4:])
    desk.edit("catalog/provider.yaml", "p2: {response: 2h, ", "p2: {")
    rows = [
        (number, "2026-10-05T09:00", "new", "2", name, "") for number, name in (("A", "ACME Ltd"), ("B", "borealis"))
    ]
    desk.write("log.csv", table(*rows))
    told = [(one["name"], one["clock"]) for one in report(desk).data["tables"]["month"]]
    assert told == [("2026-10", "response"), ("2026-10", "resolution")]


def test_few_cases_are_not_judged_as_a_share(desk: Workspace) -> None:
    desk.write("log.csv", LOG)
    standing = {(one["clock"], one["first"]): one["standing"] for one in report(desk).data["periods"]}
    assert standing["resolution", "2026-10-01"] == "too few"
    desk.edit("tamspec.yaml", "  timeZone", "  tooFew: 2\n  timeZone")
    standing = {(one["clock"], one["first"]): one["standing"] for one in report(desk).data["periods"]}
    assert standing["resolution", "2026-10-01"] == "missed"


def test_a_draft_is_tried_on_what_happened(desk: Workspace) -> None:
    """What would this promise have cost? Everything is judged by it, whoever it is for."""
    desk.write("log.csv", LOG)
    draft = PROVIDER[PROVIDER.rindex("---\n") + 4 :].replace("name: gold", "name: draft").replace("4h", "8h")
    draft = draft.replace("customer: acme", "customer: borealis").replace("2026-", "2027-")
    desk.write("catalog/draft.yaml", draft)
    answer = report(desk, "--agreement", "draft")
    assert answer.data["incidents"]["judged"] == 5
    assert line(answer, "agreement", "draft", "resolution")["missed"] == 2  # those that never ended
    assert not [one for one in answer.data["breaches"] if (one["incident"], one["clock"]) == ("B", "resolution")]


def test_open_tickets_at_risk(desk: Workspace) -> None:
    rows = [
        ("R", "2026-11-20T15:00", "new", "1", "ACME Ltd", "desk"),
        ("R", "2026-11-20T15:10", "work", "1", "ACME Ltd", "desk"),
    ]
    desk.write("log.csv", table(*rows))
    answer = desk.run("sla", "report", "--incidents", "log.csv", "--output-format", "json", at="2026-11-20T17:05:00Z")
    [risk] = answer.data["at_risk"]
    assert (risk["incident"], risk["clock"], risk["deadline"]) == ("R", "resolution", "2026-11-23T09:00:00Z")


@pytest.mark.parametrize("kind", ["csv.gz", "json", "parquet", "two files"])
def test_every_form_of_the_same_history_says_the_same(desk: Workspace, kind: str) -> None:
    desk.write("log.csv", LOG)
    expected = report(desk).data
    path = desk.root / f"log.{kind}"
    if kind == "csv.gz":
        path.write_bytes(gzip.compress(LOG.encode()))
    elif kind == "json":
        path.write_text("\n".join(json.dumps(row) for row in csv.DictReader(io.StringIO(LOG))), encoding="utf-8")
    elif kind == "parquet":
        duckdb.read_csv(str(desk.root / "log.csv"), all_varchar=True).write_parquet(str(path))
    else:
        lines = LOG.splitlines(keepends=True)
        desk.write("one.csv", "".join(lines[:5]))
        desk.write("other.csv", lines[0] + "".join(lines[5:]))
        found = desk.run(
            "sla", "report", "--incidents", "other.csv", "--incidents", "one.csv", "--output-format", "json", at=NOW
        ).data
        for part in ("incidents", "tables", "periods", "breaches", "rows"):
            assert found[part] == expected[part]
        return
    found = report(desk, file=path.name).data
    for part in ("incidents", "tables", "periods", "breaches", "rows"):
        assert found[part] == expected[part]


def test_a_row_for_each_incident(tmp_path: Path) -> None:
    settings = """\
apiVersion: tamspec/v1
sources: [catalog]
incidents:
  columns: {incident: Nummer, priority: Stufe, paused: Wartezeit}
  events: {reported: gemeldet, acknowledged: angenommen, restored: behoben}
  priorities: {hoch: p1}
  client: acme
  timeFormat: "%d.%m.%Y %H:%M"
  timeZone: Europe/Berlin
  missing: ["-"]
"""
    desk = made(tmp_path, settings)
    head = ("Nummer", "Stufe", "gemeldet", "angenommen", "behoben", "Wartezeit")
    rows = [
        ("1", "hoch", "28.10.2026 09:00", "28.10.2026 09:10", "28.10.2026 12:00", "60"),
        ("2", "hoch", "28.10.2026 09:00", "-", "29.10.2026 09:00", "-"),
        ("3", "hoch", "28.10.2026 09:00", "28.10.2026 09:10", "27.10.2026 09:00", "0"),
        ("2", "hoch", "28.10.2026 09:00", "-", "29.10.2026 09:00", "-"),
        ("4", "hoch", "Mittwoch", "-", "-", "-"),
    ]
    desk.write("log.csv", table(*rows, head=head))
    answer = report(desk)
    assert answer.data["incidents"]["read"] == 4
    told = line(answer, "priority", "p1", "resolution")
    assert (told["kept"], told["missed"], told["p95_hours"]) == (1, 1, 8)
    assert line(answer, "priority", "p1", "response")["cases"] == 3
    assert answer.data["rows"]["unused"] == {"written twice": 1}
    assert {"TAM494", "TAM497", "TAM498", "TAM499"} <= set(codes(answer))


# -- what exports do ---------------------------------------------------------------------------------------------------


def fails(desk: Workspace, file: str = "log.csv") -> list[Any]:
    answer = desk.run("sla", "report", "--incidents", file, "--output-format", "json", at=NOW)
    assert answer.code == 1
    return [one for one in answer.data["findings"] if one["severity"] == "error"]


def test_a_column_that_is_not_there(desk: Workspace) -> None:
    desk.write("log.csv", LOG.replace("state", "status", 1))
    [found] = fails(desk)
    assert (found["code"], found["path"]) == ("TAM492", "log.csv")
    assert "'status'" in found["hint"]


def test_times_without_a_zone(desk: Workspace) -> None:
    desk.write("log.csv", LOG)
    desk.edit("tamspec.yaml", "  timeZone: Europe/Berlin\n", "")
    [found] = fails(desk)
    assert (found["code"], found["path"]) == ("TAM495", "log.csv")
    desk.write("log.csv", LOG.replace(":00,", ":00Z,").replace(":20,", ":20Z,").replace(":01,", ":01+01:00,"))
    assert report(desk).data["incidents"]["judged"] == 3


def test_rows_that_cannot_be_read_are_counted(desk: Workspace) -> None:
    rows = LOG.encode() + b"H,2026-10-05T09:00,new,1\n" + b"I,2026-10-05T09:00,new,1,ACME Ltd,desk,more,more\n"
    (desk.root / "log.csv").write_bytes(rows + b"J,2026-10-05T09:00,new,1,\xff\xfe,desk\n")
    answer = report(desk)
    assert answer.data["rows"]["read"] == 15
    assert answer.data["rows"]["unused"] == {"cannot be read": 3}
    [found] = [one for one in answer.data["findings"] if one["code"] == "TAM491"]
    assert (found["path"], found["line"]) == ("log.csv", 14)
    assert answer.data["incidents"]["judged"] == 3


def test_a_row_behind_broken_ones_stands_on_its_own_line(desk: Workspace) -> None:
    head, *rows = table(
        *((f"{at}", "2026-10-01T09:00", "new", "1", "ACME Ltd", "desk") for at in range(6))
    ).splitlines()
    rows[4] = rows[4].replace("2026-10-01T09:00", "yesterday")
    desk.write("log.csv", "\n".join([head, "broken", rows[0], "broken", "broken", *rows[1:], ""]))
    places = {one["code"]: one["line"] for one in report(desk).data["findings"]}
    assert (places["TAM491"], places["TAM494"]) == (2, 9)


def test_whoever_does_not_say_when_is_told_so(tmp_path: Path) -> None:
    settings = """\
apiVersion: tamspec/v1
sources: [catalog]
incidents:
  columns: {incident: id, priority: prio}
  events: {reported: opened, restored: closed}
  client: acme
  timeZone: Europe/Berlin
"""
    desk = made(tmp_path, settings)
    rows = [("1", "p1", "yesterday", "2026-10-01T10:00"), ("2", "p1", "2026-10-01T09:00", "2026-10-01T10:00")]
    desk.write("log.csv", table(*rows, head=("id", "prio", "opened", "closed")))
    answer = report(desk)
    assert answer.data["incidents"] == {"read": 2, "judged": 1, "excluded": 0, "refused": {"no time": 1}}
    assert {one["code"]: one["line"] for one in answer.data["findings"]} == {"TAM494": 2, "TAM498": 2}


def test_letters_of_another_time(desk: Workspace) -> None:
    (desk.root / "log.csv").write_bytes(LOG.replace("unix", "Büro").encode("latin-1"))
    assert "TAM491" in codes(report(desk))
    desk.edit("tamspec.yaml", "  timeZone", "  encoding: latin-1\n  timeZone")
    answer = report(desk)
    assert "TAM491" not in codes(answer)
    assert line(answer, "department", "Büro", "resolution")["cases"] == 2


def test_a_hundred_thousand_bad_rows(desk: Workspace) -> None:
    bad = "X,2026-10-05T09:00,new\n" * 100_000
    desk.write("log.csv", LOG + bad)
    answer = report(desk)
    assert answer.data["rows"] == {"read": 100_012, "unused": {"cannot be read": 100_000}}
    [found] = [one for one in answer.data["findings"] if one["code"] == "TAM491"]
    assert len(found["related"]) == 4


def test_lines_that_end_in_two_ways(desk: Workspace) -> None:
    text = one_by_one("INC1 2026-10-28T09:00 new", "INC1 2026-10-28T09:10 work", "INC1 2026-10-28T10:00 done")
    lines = text.splitlines()
    desk.write("log.csv", f"{lines[0]}\r\n{lines[1]}\r\n{lines[2]}\n{lines[3]}\r\n".encode())
    [found] = report(desk).data["findings"]
    assert found["code"] == "TAM490"
    assert "Line 3 ends otherwise" in found["detail"]
    assert str(desk.root) not in found["detail"]


def test_all_incidents_of_an_agreement_lie_ahead(desk: Workspace) -> None:
    """They are told, and everything else goes on."""
    for rows in (["INC1 2026-12-28T09:00 new"], ["INC1 2026-10-28T09:00 new", "INC1 2026-12-28T09:10 work"]):
        desk.write("log.csv", one_by_one(*rows))
        answer = report(desk)
        assert "TAM497" in codes(answer)
        assert answer.data["incidents"]["judged"] + sum(answer.data["incidents"]["refused"].values()) == 1


def test_what_lies_ahead_has_not_happened(desk: Workspace) -> None:
    """The report of a month can be made again later: what was solved since then was open."""
    desk.edit("tamspec.yaml", SETTINGS.partition("incidents:")[2], WIDE)
    rows = [
        ("A", "1", "2026-10-01T09:00", "2026-10-01T09:10", "2026-10-30T10:00"),
        ("B", "1", "2026-12-01T09:00", "", ""),
    ]
    desk.write("log.csv", table(*rows, head=("id", "prio", "opened", "taken", "solved")))
    before = desk.run(
        "sla", "report", "--incidents", "log.csv", "--output-format", "json", at="2026-10-01T08:00:00Z"
    ).data
    assert before["incidents"] == {"read": 2, "judged": 1, "excluded": 0, "refused": {"impossible times": 1}}
    resolution = next(one for one in before["tables"]["priority"] if one["clock"] == "resolution")
    assert (resolution["running"], resolution["missed"]) == (1, 0)
    assert [(one["code"], one["line"]) for one in before["findings"]] == [("TAM497", 2), ("TAM497", 3)]
    told = desk.run(
        "sla", "explain", "A", "--incidents", "log.csv", "--output-format", "json", at="2026-10-01T08:00:00Z"
    )
    assert [(one["clock"], bool(one["stop"])) for one in told.data["clocks"]] == [
        ("response", True),
        ("resolution", False),
    ]


def test_rows_that_lie_ahead_stop_nothing(desk: Workspace) -> None:
    rows = ["new", "work", "done", "back", "done"]
    days = ["01T09:00", "01T09:10", "02T10:00", "20T09:00", "21T09:00"]
    desk.write("log.csv", one_by_one(*(f"INC1 2026-10-{day} {word}" for day, word in zip(days, rows, strict=True))))

    def stop(at: str) -> str | None:
        told = desk.run("sla", "explain", "INC1", "--incidents", "log.csv", "--output-format", "json", at=at)
        return next(one["stop"] for one in told.data["clocks"] if one["clock"] == "resolution")

    assert stop("2026-10-01T12:00:00Z") is None
    assert stop("2026-10-05T12:00:00Z") == "2026-10-02T08:00:00Z"
    assert stop("2026-10-20T12:00:00Z") is None
    assert stop("2026-10-25T12:00:00Z") == "2026-10-21T07:00:00Z"


def test_unknown_words_and_impossible_times(desk: Workspace) -> None:
    rows = (
        ("A", "2026-10-01T09:00", "new", "1", "ACME Ltd", "desk"),
        ("A", "2026-10-01T09:05", "-100", "1", "ACME Ltd", "desk"),
        ("A", "yesterday", "work", "1", "ACME Ltd", "desk"),
        ("A", "2026-10-01T10:00", "done", "1", "ACME Ltd", "desk"),
        ("", "2026-10-01T10:00", "done", "1", "ACME Ltd", "desk"),
        ("B", "2026-12-01T09:00", "new", "1", "ACME Ltd", "desk"),
    )
    desk.write("log.csv", table(*rows))
    answer = report(desk)
    assert answer.data["rows"]["unused"] == {"no number": 1, "no time": 1, "unknown state": 1}
    assert answer.data["incidents"] == {"read": 2, "judged": 1, "excluded": 0, "refused": {"impossible times": 1}}
    places = {one["code"]: one["line"] for one in answer.data["findings"]}
    assert places == {"TAM493": 6, "TAM494": 4, "TAM496": 3, "TAM497": 7}


def test_a_bomb_is_refused_and_the_report_before_it_stays(desk: Workspace) -> None:
    desk.write("log.csv", LOG)
    assert desk.run("sla", "report", "--incidents", "log.csv", "--out", "page", at=NOW).code == 0
    before = desk.text("page/index.html")
    with gzip.open(desk.root / "bomb.csv.gz", "wb") as stream:
        for _ in range(80):
            stream.write(b"0" * (1 << 22))
    [found] = fails(desk, "bomb.csv.gz")
    assert found["code"] == "TAM490"
    assert desk.run("sla", "report", "--incidents", "bomb.csv.gz", "--out", "page", at=NOW).code == 1
    assert desk.text("page/index.html") == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.parquet", b"PAR1 no"),
        ("x.json", b"{"),
        ("x.csv.gz", b"\x1f\x8b no"),
        ("x.csv", b""),
        ("x.csv", b"\x00" * 99),
    ],
)
def test_what_is_no_export_at_all(desk: Workspace, name: str, content: bytes) -> None:
    (desk.root / name).write_bytes(content)
    assert {(one["code"], one["path"]) for one in fails(desk, name)} <= {("TAM490", name), ("TAM492", name)}


def test_names_of_columns_and_values_are_only_names(tmp_path: Path) -> None:
    """Nothing of an export or its mapping is run."""
    evil = "'); DROP TABLE file0; --"
    settings = SETTINGS.replace("incident: id", f'incident: "{evil}"').replace("done: restored", f'"{evil}": restored')
    desk = made(tmp_path, settings)
    desk.write("log.csv", LOG.replace("id,", f'"{evil}",', 1).replace(",done,", f',"{evil}",'))
    assert report(desk).data["incidents"]["judged"] == 3


def test_only_the_files_that_are_named_are_read(tmp_path: Path) -> None:
    desk = made(tmp_path / "in", SETTINGS.replace("incidents:\n", "incidents:\n  files: [link.csv]\n"))
    (tmp_path / "secret.csv").write_text(LOG, encoding="utf-8")
    (desk.root / "link.csv").symlink_to(tmp_path / "secret.csv")
    answer = desk.run("sla", "report", at=NOW)
    assert (answer.code, answer.out) == (2, "")
    assert "does not lie in the workspace" in answer.err


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["report"], "--incidents"),
        (["report", "--incidents", "none.csv"], "none.csv"),
        (["report", "--incidents", "log.csv", "--agreement", "golt"], "'gold'"),
        (["report", "--incidents", "log.csv", "--mapping", "none.yaml"], "none.yaml"),
        (["explain", "Z", "--incidents", "log.csv"], "There is no incident 'Z'"),
        (["explain", "D", "--incidents", "log.csv"], "'D' is excluded"),
        (["explain", "F", "--incidents", "log.csv"], "'F' could not be judged"),
    ],
)
def test_what_cannot_be_done_is_said_plainly(desk: Workspace, arguments: list[str], meant: str) -> None:
    desk.write("log.csv", LOG)
    answer = desk.run("sla", *arguments, at=NOW)
    assert (answer.code, answer.out) == (2, "")
    assert meant in answer.err


def test_a_mapping_of_its_own(desk: Workspace) -> None:
    desk.write("log.csv", LOG)
    desk.write("map.yaml", SETTINGS)
    desk.write("tamspec.yaml", "apiVersion: tamspec/v1\nsources: [catalog]\n")
    assert desk.run("sla", "report", "--incidents", "log.csv", at=NOW).code == 2
    assert report(desk, "--mapping", "map.yaml").data["incidents"]["judged"] == 3


@pytest.mark.parametrize(
    ("time", "start"),
    [
        ("2026-10-01 10:00:00 UTC", None),  # a zone by name, and halves of a day, are not ISO 8601
        ("2026-10-01 10:00:00 PM", None),
        ("2026-10-01T10:00:00Z", "2026-10-01T10:00:00Z"),
        ("2026-10-01 10:00:00+03", "2026-10-01T07:00:00Z"),
        ("2026-10-01 10:00", "2026-10-01T08:00:00Z"),
        ("2026-10-01 10:00:05", "2026-10-01T08:00:05Z"),
        ("2026-10-01T10:00:05", "2026-10-01T08:00:05Z"),
        ("2026-10-01 10:00 PM", None),  # as long as those two
        ("2026-10-01 10:00:5Z", None),
        ("  2026-10-1 10:00:5", None),
        ("1899-12-30", None),
        ("0001-01-01T00:00:00", None),
    ],
)
def test_times_are_read_as_they_are_meant_or_not_at_all(desk: Workspace, time: str, start: str | None) -> None:
    desk.write(
        "log.csv", table(("A", time, "new", "1", "ACME Ltd", "desk"), ("B", "2026-10-02", "new", "1", "ACME Ltd", ""))
    )
    desk.edit("tamspec.yaml", "  timeZone", "  agreement: gold\n  timeZone")
    answer = desk.run("sla", "explain", "A", "--incidents", "log.csv", "--output-format", "json", at=NOW)
    if start is None:
        assert answer.code == 2
        assert set(codes(report(desk))) & {"TAM494", "TAM497"}
    else:
        assert answer.data["clocks"][0]["start"] == start


NEARLY = st.builds(
    lambda text, at, letter: text[:at] + letter + text[at + 1 :],
    st.sampled_from(["2026-10-01 09:00:05", "2026-10-01T09:00:05", "2026-10-01 9:00:05Z", " 2026-10-1 09:00:05"]),
    st.integers(0, 19),
    st.sampled_from("0159-:T Z+P/"),
)


@given(st.lists(NEARLY, min_size=1, max_size=40))
@examples(40)
def test_what_is_read_at_a_glance_is_read_as_letter_by_letter(times: list[str]) -> None:
    """Blanks around a time are passed over, and only what is longer than usual is looked at letter by letter."""
    export = Export(columns=Columns(incident="c", at="a"), missing=("2026-10-01 09:00:05",))
    with Tables([]) as tables:
        read = []
        for blank in ("", " "):
            tables.run(
                "CREATE OR REPLACE TEMP TABLE t AS SELECT unnest($1::VARCHAR[]) AS c_at",
                [[blank + one for one in times]],
            )
            quick, made = (each("c_at", "VARCHAR", export) for each in (history._quick, history._time))
            query = f"SELECT {', '.join(made)} FROM (SELECT *, {', '.join(quick)} FROM t)"  # noqa: S608 - our own words
            read.append(tables.rows(query))
    assert read[0] == read[1]


@pytest.mark.parametrize("first", ["2026-10-01T09:00:00", "2026-10-01T07:00:00Z"])
def test_json_is_read_as_text(desk: Workspace, first: str) -> None:
    """Numbers of incidents keep every digit, and times their zone, whatever stands in the rows around them."""
    numbers = (12345678901234567890123, 12345678901234567890124)
    rows = [
        {"id": number, "time": time, "state": state, "prio": "1", "company": "ACME Ltd", "team": "desk"}
        for number in numbers
        for time, state in ((first, "new"), ("2026-10-01T12:00:00", "done"))
    ]
    desk.write("log.json", "\n".join(map(json.dumps, rows)))
    answer = report(desk, file="log.json")
    assert answer.data["incidents"]["judged"] == 2
    assert line(answer, "priority", "p1", "resolution")["median_hours"] == 3


AGAIN = SETTINGS.replace("  timeZone", "  events: {reported: opened, restored: resolved}\n  timeZone")


@pytest.mark.parametrize(
    ("rows", "hours", "stop"),
    [
        # Nobody came back: the column says when it was solved.
        ([("09:00", "new", "12:00"), ("10:00", "done", "12:00")], 3, "2026-10-01T10:00:00Z"),
        # It came back after the column says that it was solved, and is open.
        ([("09:00", "new", "10:00"), ("11:00", "back", "10:00"), ("12:00", "work", "10:00")], None, None),
        # Solved, back, and solved again, as only the last row knows.
        (
            [
                ("09:00", "new", ""),
                ("10:00", "done", ""),
                ("11:00", "back", ""),
                ("12:00", "wait", ""),
                ("17:00", "work", "17:30"),
            ],
            2.5,
            "2026-10-01T15:30:00Z",
        ),
        # Before the report the client was waited for: that is passed over.
        ([("08:00", "wait", "12:00"), ("10:00", "work", "12:00")], 3, "2026-10-01T10:00:00Z"),
    ],
)
def test_columns_of_events_and_states_go_together(
    tmp_path: Path, rows: list[tuple[str, str, str]], hours: float | None, stop: str | None
) -> None:
    desk = made(tmp_path, AGAIN)
    told = [
        (
            "A",
            f"2026-10-01T{at}",
            state,
            "1",
            "ACME Ltd",
            "desk",
            "2026-10-01T09:00",
            f"2026-10-01T{solved}" if solved else "",
        )
        for at, state, solved in rows
    ]
    desk.write("log.csv", table(*told, head=(*HEAD, "opened", "resolved")))
    answer = desk.run("sla", "explain", "A", "--incidents", "log.csv", "--output-format", "json", at=NOW)
    clock = next(one for one in answer.data["clocks"] if one["clock"] == "resolution")
    assert clock["stop"] == stop
    assert hours is None or clock["elapsed_hours"] == pytest.approx(hours)


@pytest.mark.parametrize(
    ("rows", "response"),
    [
        (["01T09:00 new", "01T09:20 done", "02T09:00 back", "02T12:00 done"], 1 / 3),
        (["01T09:00 new", "01T09:30 done", "01T10:00 work"], 0.5),
    ],
)
def test_who_was_helped_was_answered_when_that_was_first_so(desk: Workspace, rows: list[str], response: float) -> None:
    desk.write("log.csv", one_by_one(*(f"A 2026-10-{row}" for row in rows)))
    answer = desk.run("sla", "explain", "A", "--incidents", "log.csv", "--output-format", "json", at=NOW)
    clock = next(one for one in answer.data["clocks"] if one["clock"] == "response")
    assert clock["elapsed_hours"] == pytest.approx(response)


def test_names_of_files_and_folders_say_nothing_about_rows(desk: Workspace) -> None:
    expected = LOG.replace("A,2026", "#A,2026")
    desk.write("prio=2/log[1].csv", expected)
    answer = report(desk, file="prio=2/log[1].csv")
    assert answer.data["rows"] == {"read": 12, "unused": {}}
    assert line(answer, "priority", "p1", "resolution")["cases"] == 2
    desk.write("read_json(x).csv", LOG + "X,short\n")
    assert report(desk, file="read_json(x).csv").data["rows"] == {"read": 13, "unused": {"cannot be read": 1}}
    desk.write("log.csv", LOG)
    duckdb.read_csv(str(desk.root / "log.csv"), all_varchar=True).write_parquet(str(desk.root / "read_csv.parquet"))
    assert report(desk, file="read_csv.parquet").data["rows"] == {"read": 12, "unused": {}}


def test_what_cannot_be_read_is_told_of_its_own_file(desk: Workspace) -> None:
    desk.write("a.csv", LOG + "X,short\n" * 3)
    desk.write("b.csv", LOG.replace("A,", "Z,"))
    answer = desk.run(
        "sla", "report", "--incidents", "a.csv", "--incidents", "b.csv", "--output-format", "json", at=NOW
    )
    assert answer.data["rows"] == {"read": 27, "unused": {"cannot be read": 3}}
    assert [one["path"] for one in answer.data["findings"] if one["code"] == "TAM491"] == ["a.csv"]


@pytest.mark.parametrize("paused", ["1h", "1,5", "-60", "nan", "1e300"])
def test_lengths_that_mean_nothing_are_told(tmp_path: Path, paused: str) -> None:
    settings = """\
apiVersion: tamspec/v1
sources: [catalog]
incidents:
  columns: {incident: id, priority: prio, paused: wait}
  events: {reported: opened, restored: closed}
  client: acme
  timeZone: Europe/Berlin
"""
    desk = made(tmp_path, settings)
    rows = [
        ("1", "p1", paused, "2026-10-01T09:00", "2026-10-01T10:00"),
        ("2", "p1", "30", "2026-10-01T09:00", "2026-10-01T10:00"),
    ]
    desk.write("log.csv", table(*rows, head=("id", "prio", "wait", "opened", "closed")))
    answer = report(desk)
    assert "TAM494" in codes(answer)
    assert line(answer, "priority", "p1", "resolution")["p95_hours"] == 1


def test_a_client_has_the_months_of_its_own_hours(desk: Workspace) -> None:
    """However many incidents of others stand beside."""
    new_york = PROVIDER[: PROVIDER.index("---")].replace("office", "york").replace("Europe/Berlin", "America/New_York")
    silver = (
        PROVIDER[PROVIDER.rindex("---") :]
        .replace("name: gold", "name: silver")
        .replace("customer: acme", "customer: borealis")
    )
    desk.write("catalog/silver.yaml", new_york + silver.replace("serviceHours: office", "serviceHours: york"))
    desk.edit("tamspec.yaml", "{ACME Ltd: acme}", "{ACME Ltd: acme, Borealis: borealis}")
    desk.write("log.csv", LOG + "S,2026-11-01T03:30Z,new,1,Borealis,desk\n")
    periods = {one["first"] for one in report(desk).data["periods"] if one["agreement"] == "silver"}
    assert periods == {"2026-10-01"}


# -- what is written ---------------------------------------------------------------------------------------------------


def test_json_fits_its_schemas(desk: Workspace) -> None:
    desk.write("log.csv", LOG)
    account = desk.run("sla", "explain", "B", "--incidents", "log.csv", "--output-format", "json", at=NOW)
    for name, answer in (("report", report(desk)), ("explain", account)):
        schema = json.loads((ROOT / f"schemas/output/sla-{name}.schema.json").read_text(encoding="utf-8"))
        jsonschema.validate(answer.data, schema, cls=jsonschema.Draft202012Validator)


def test_equal_misses_stand_in_the_order_of_their_reports(desk: Workspace) -> None:
    """Whatever the order of the rows and of the files."""
    days = {f"I{number}": f"2026-10-{number % 9 + 12:02}" for number in range(8, 0, -1)}  # some of them on a week-end
    rows = [
        (number, f"{day}T{hour:02}:00", state, "1", "ACME Ltd", "desk")
        for number, day in days.items()
        for hour, state in ((9, "new"), (17, "done"))
    ]
    random.Random(1).shuffle(rows)
    desk.write("log.csv", table(*rows))
    told = report(desk).data["breaches"]
    late = [one["start"] for one in told if one["elapsed_hours"] - one["target_hours"] == 3]
    assert late == sorted(late)
    assert len(late) == 6
    desk.write("one.csv", table(*rows[:5]))
    desk.write("other.csv", table(*rows[5:]))
    for files in (("one.csv", "other.csv"), ("other.csv", "one.csv")):
        asked = [word for file in files for word in ("--incidents", file)]
        answer = desk.run("sla", "report", *asked, "--output-format", "json", at=NOW)
        assert answer.data["breaches"] == told


KEYS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=40)


@given(KEYS, st.booleans())
def test_incidents_whose_keys_are_alike_are_not_mixed_up(keys: list[tuple[int, int]], in_turn: bool) -> None:
    """Rows of the same key stand together in order of time; where the upper bits of two keys are the same, too."""
    key = np.array([(upper << 62) | lower for upper, lower in keys], np.uint64)
    at = np.arange(key.size, dtype=np.int64) // 2 if in_turn else np.arange(key.size, dtype=np.int64)[::-1] // 2
    order, begun = history._order(key.copy(), at)
    assert order.tolist() == sorted(range(key.size), key=lambda row: (int(key[row]), int(at[row]), row))
    told = key[order].tolist()
    assert begun.tolist() == [row == 0 or told[row] != told[row - 1] for row in range(len(told))]
    order, first = history._by_report(order, begun, at)
    groups = [order[low:high].tolist() for low, high in itertools.pairwise(first.tolist())]
    assert [{int(key[row]) for row in group} for group in groups] == [{int(key[group[0]])} for group in groups]
    heads = [(int(at[group[0]]), int(key[group[0]])) for group in groups]
    assert heads == sorted(set(heads))
    assert sorted(row for group in groups for row in group) == list(range(key.size))


def test_csv_of_tables_and_of_breaches(desk: Workspace) -> None:
    desk.write("log.csv", LOG)
    tables = desk.run("sla", "report", "--incidents", "log.csv", "--output-format", "csv", at=NOW).out
    rows = list(csv.DictReader(io.StringIO(tables)))
    assert {row["table"] for row in rows} == {"period", "agreement", "client", "priority", "department", "month"}
    late = desk.run("sla", "report", "--incidents", "log.csv", "--breaches", "--output-format", "csv", at=NOW).out
    first = next(csv.DictReader(io.StringIO(late)))
    assert (first["incident"], first["clock"], first["over_hours"]) == ("B", "resolution", "3")


def test_the_page_says_what_was_missed(desk: Workspace) -> None:
    desk.write("log.csv", LOG.replace("ACME Ltd", "ACME Ltd").replace("unix", "<b>unix"))
    desk.edit("tamspec.yaml", "  timeZone", "  tooFew: 1\n  timeZone")
    desk.run("sla", "report", "--incidents", "log.csv", "--out", "page", at=NOW)
    page = desk.text("page/index.html")
    assert re.search(r"Of \d+ promises, each of one clock for one period that has ended, \d+ were missed", page)
    assert "<b>unix" not in page
    assert (desk.root / "page/style.css").is_file()


def test_the_page_of_a_year_is_light(desk: Workspace) -> None:
    """However many months, departments and misses there are; the rest stands in the CSV and the JSON."""
    rows = []
    for number in range(600):
        day, team = f"2026-{number % 10 + 1:02}-{number % 28 + 1:02}", f"department-of-a-long-name-{number % 90}"
        late = 15 if number % 3 else 9
        rows += [
            (f"INCIDENT-{number}", f"{day}T{hour:02}:00", state, str(number % 2 + 1), "ACME Ltd", team)
            for hour, state in ((9, "new"), (late, "work"), (late + 1, "done"))
        ]
    desk.write("log.csv", table(*rows))
    assert report(desk, "--out", "page").data["incidents"]["judged"] > 400
    page = desk.text("page/index.html")
    assert len(page.encode()) < 50_000
    assert page.count("<svg") == 4


def test_the_same_history_gives_the_same_bytes(desk: Workspace) -> None:
    desk.write("log.csv", LOG)
    once, again = (report(desk, "--out", out) for out in ("one", "two"))
    assert once.out == again.out
    assert desk.text("one/index.html") == desk.text("two/index.html")


# -- real incidents ----------------------------------------------------------------------------------------------------


MAPPING = """\
apiVersion: tamspec/v1
sources: [catalog]
incidents:
  columns:
    incident: number
    at: sys_updated_at
    state: incident_state
    priority: priority
    department: assignment_group
  events: {reported: opened_at, restored: resolved_at}
  states:
    New: reported
    Active: acknowledged
    Awaiting User Info: waiting-client
    Awaiting Vendor: waiting-supplier
    Awaiting Problem: waiting-supplier
    Awaiting Evidence: waiting-client
    Resolved: restored
    Closed: restored
  priorities: {1 - Critical: p1, 2 - High: p2, 3 - Moderate: p3, 4 - Low: p4}
  agreement: gold
  timeFormat: "%d/%m/%Y %H:%M"
  timeZone: America/Sao_Paulo
  missing: ["?"]
"""


@pytest.mark.skipif(not UCI.exists(), reason=f"{UCI.name} is not in shared/data beside the checkout")
def test_every_trap_of_real_incidents_is_found(tmp_path: Path) -> None:
    desk = made(tmp_path, MAPPING)
    more = "    p3: {response: 4h, resolution: 40h}\n    p4: {response: 8h, resolution: 80h}\n"
    desk.write("catalog/provider.yaml", PROVIDER + more)
    answer = report(desk, file=str(UCI))
    assert answer.code == 0
    assert answer.data["rows"] == {"read": 141_712, "unused": {"unknown state": 5}}
    assert answer.data["incidents"] == {"read": 24_918, "judged": 24_918, "excluded": 0, "refused": {}}
    details = {one["code"]: one["detail"] for one in answer.data["findings"]}
    assert "-100" in details["TAM496"]
    assert details["TAM497"].startswith("5 rows are earlier")
    assert details["TAM498"].startswith("Of 1556 incidents each does not tell restored")
    for table in answer.data["tables"].values():
        for clock in ("response", "resolution"):
            lines = [one for one in table if one["clock"] == clock]
            assert sum(one["cases"] + one["running"] for one in lines) == 24_918
            assert all(one["kept"] + one["missed"] == one["cases"] for one in lines)
