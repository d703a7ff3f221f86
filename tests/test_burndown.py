"""Burn-downs: what is left day by day of the orders of a change, and of the misses that a promise allows; each picture
against the table below it, each table against the ledger or the history as they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from program import AT, Workspace, copy_of_sample, small

from tamspec.render.burndown import days_told

LATER = "2026-12-03T09:00:00Z"
ZONES = {"spring-launch": "Europe/Berlin", "filter-tickets": "Europe/Moscow", "night-notes": "Europe/Moscow"}


class Burn(HTMLParser):
    """The burn-downs of a page: the lines of each picture, and the rows of the table that follows it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.lines: list[list[list[tuple[float, float]]]] = []
        self.ticks: list[list[tuple[float, int]]] = []
        self.tables: list[list[list[str]]] = []
        self.inside, self.tick = "", 0.0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "svg":
            self.inside = (
                "burn" if "burn-down" in told["aria-labelledby"] or "budget" in told["aria-labelledby"] else ""
            )
            if self.inside:
                self.lines.append([])
                self.ticks.append([])
                self.tables.append([])
        elif tag == "polyline" and self.inside:
            points = [tuple(map(float, one.split(","))) for one in told["points"].split()]
            self.lines[-1].append([(x, y) for x, y in points])
        elif tag == "text" and self.inside == "burn" and told.get("x") == "38":
            self.tick = float(told["y"]) - 4
        elif tag == "tr" and self.inside == "table":
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.inside == "table":
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "svg" and self.inside:
            self.inside = "table"
        elif tag == "table":
            self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "burn" and self.tick:
            self.ticks[-1].append((self.tick, int(data)))
            self.tick = 0.0
        elif self.inside == "table" and self.tables[-1] and self.tables[-1][-1]:
            self.tables[-1][-1][-1] += data.strip()

    def drawn(self, at: int = 0) -> list[list[float]]:
        """What each line of a picture shows, read off its scale."""
        (y0, low), (y1, high) = min(self.ticks[at]), max(self.ticks[at])
        return [[low + (high - low) * (y - y0) / (y1 - y0) for _, y in line] for line in self.lines[at]]


class Day(NamedTuple):
    """A row of the page of progress."""

    day: date
    promised: int
    left: int
    note: str


def days(rows: list[list[str]]) -> list[Day]:
    return [
        Day(date.fromisoformat(day[-10:]), int(promised), int(re.sub("[^0-9]", "", left)), re.sub("[0-9]", "", left))
        for day, promised, left in rows[1:]
    ]


def progress(workspace: Workspace, change: str, at: str) -> list[Day]:
    """The rows of a change's page at an instant; its picture shows the same."""
    workspace.ok("render", at=at)
    page = Burn(workspace.text(f"site/changes/{change}/progress.html"))
    rows = days(page.tables[0])
    promised, happened, *ahead = page.drawn()
    behind = [row.left for row in rows if row.note != "forecast"]
    assert same(promised, [*{row.day: row.promised for row in rows}.values()])
    assert same(happened, behind)
    assert all(same(line, [row.left for row in rows][len(behind) - 1 :]) for line in ahead)
    assert bool(ahead) == any(row.note == "forecast" for row in rows)
    return rows


def same(drawn: list[float], told: list[int]) -> bool:
    return len(drawn) == len(told) and all(abs(one - other) < 0.05 for one, other in zip(drawn, told, strict=True))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = copy_of_sample(tmp_path_factory.mktemp("progress") / "here")
    workspace.ok("render", "--out", "site", "--clients", "clients", at=LATER)
    return workspace


class Known(NamedTuple):
    """What the ledger says of an order."""

    given: datetime
    promised: datetime
    done: datetime | None


def ledger(workspace: Workspace, change: str) -> Mapping[str, Known]:
    """The orders of a change that are no back-out, as the ledger of the sample tells of them."""
    entries = [yaml.safe_load(workspace.text(path))["spec"] for path in workspace.ledger()]
    found: dict[str, Known] = {}
    for entry in sorted(entries, key=lambda one: str(one["at"])):
        for key, told in (entry.get("orders") or {}).items():
            if entry["event"] == "ordered" and entry["change"] == change and not told.get("standby"):
                found.setdefault(key, Known(entry["at"], told["finish"], None))
            elif entry["event"] == "status" and key in found:
                found[key] = found[key]._replace(done=entry["at"] if told["status"] == "done" else None)
    return found


@pytest.mark.parametrize("change", ZONES)
def test_the_progress_of_a_change_is_that_of_its_ledger(sample: Workspace, change: str) -> None:
    known = ledger(sample, change)
    orders = sample.plan(LATER)["orders"]
    finishes = {one["key"]: datetime.fromisoformat(one["finish"]) for one in orders if one["finish"]}
    now, zone = datetime.fromisoformat(LATER), ZoneInfo(ZONES[change])
    rows = progress(sample, change, LATER)
    assert len(known) > 1
    assert len(rows) > 1
    for row in rows:
        end = datetime.combine(row.day + timedelta(1), time(), zone)
        ends = {key: one.done for key, one in known.items()}
        if row.note == "forecast":
            ends |= {key: finishes.get(key) for key, one in known.items() if not one.done}
        assert row.promised == sum(one.promised > end for one in known.values())
        assert row.left == sum(at is None or at > end for at in ends.values()), row.day
        today = now.astimezone(zone).date()
        assert row.note in ({"forecast"} if row.day > today else {"so far", "forecast"} if row.day == today else {""})
    assert (rows[-1].note == "forecast") == any(not one.done for one in known.values())


def test_the_plan_of_a_change_says_how_much_is_done(sample: Workspace) -> None:
    text = sample.text("site/changes/spring-launch/index.html")
    known = ledger(sample, "spring-launch").values()
    done = sum(one.done is not None for one in known)
    assert re.search(rf'<a href="[./]*changes/spring-launch/progress\.html">{done} of {len(known)} orders</a>', text)


def test_a_client_reads_the_same(sample: Workspace) -> None:
    inside, outside = (
        Burn(sample.text(f"{tree}/changes/spring-launch/progress.html")) for tree in ("site", "clients/borealis")
    )
    assert inside.tables == outside.tables
    assert inside.lines == outside.lines


def test_what_nobody_was_given_has_no_progress(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.ok("render")
    assert not (tmp_path / "site/changes/launch/progress.html").exists()
    workspace.ok("apply")
    told = progress(workspace, "launch", AT)
    assert (told[0].promised, told[0].left, told[0].note) == (3, 3, "")
    assert (told[-1].promised, told[-1].left) == (0, 0)


MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 11, day) for day in range(23, 27))


def left(rows: list[Day]) -> dict[date, int]:
    """Day → what was left; what is only expected is left out."""
    return {row.day: row.left for row in rows if row.note != "forecast"}


def test_what_is_given_later_counts_from_then_on(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.ok("apply")
    workspace.edit("projects/shop/project.yaml", "dependsOn: [net]}", "dependsOn: [net]}\n    more: {service: server}")
    workspace.edit("projects/shop/launch.yaml", "[net, os]", "[net, os, more]")
    assert {*left(progress(workspace, "launch", "2026-11-26T12:00:00Z")).values()} == {3}
    workspace.ok("apply", at="2026-11-26T12:00:00Z")
    told = left(progress(workspace, "launch", "2026-11-26T12:00:00Z"))
    assert (told[TUESDAY], told[WEDNESDAY], told[THURSDAY]) == (3, 3, 5)


def test_the_past_stays_as_it_was(tmp_path: Path) -> None:
    """Whoever takes up an order again does not undo the days on which it was done."""
    workspace = small(tmp_path)
    workspace.ok("apply")
    net = "shop/net/provision.1/configure"
    workspace.ok("order", "done", net, "--output", "vlan=12", at="2026-11-23T16:00:00Z")
    told = left(progress(workspace, "launch", "2026-11-25T12:00:00Z"))
    assert (told[MONDAY], told[TUESDAY], told[WEDNESDAY]) == (2, 2, 2)
    workspace.ok("order", "reopen", net, "--reason", "A loop", at="2026-11-25T13:00:00Z")
    told = left(progress(workspace, "launch", "2026-11-25T14:00:00Z"))
    assert (told[MONDAY], told[TUESDAY], told[WEDNESDAY]) == (2, 2, 3)


def test_what_is_not_wanted_any_more_counts_as_long_as_it_was(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.ok("apply")
    workspace.edit("projects/shop/project.yaml", "    os: {service: server, dependsOn: [net]}\n", "")
    workspace.edit(
        "projects/shop/launch.yaml", "  requiredBy", "  tasks: {look: {department: unix, effort: 1h}}\n  requiredBy"
    )
    workspace.ok("apply", at="2026-11-24T12:00:00Z")
    rows = progress(workspace, "launch", "2026-11-25T12:00:00Z")
    assert (left(rows)[MONDAY], left(rows)[TUESDAY], left(rows)[WEDNESDAY]) == (3, 2, 2)
    assert "0 of 2 orders" in workspace.text("site/changes/launch/index.html")


def test_what_somebody_cancels_is_owed(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.ok("apply")
    workspace.ok("order", "done", "net/provision.1/configure", "--output", "vlan=12", at="2026-11-23T16:00:00Z")
    workspace.ok("order", "done", "os/provision.1/install", "--output", "os-login=x", at="2026-11-24T16:00:00Z")
    workspace.ok("order", "cancel", "os/provision.1/harden", "--reason", "Later", at="2026-11-24T16:10:00Z")
    assert progress(workspace, "launch", "2026-11-25T12:00:00Z")[-1].left == 1
    assert "2 of 3 orders that were given are done" in workspace.text("site/changes/launch/progress.html")


def test_what_ends_today_is_expected_today(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.ok("apply")
    rows = progress(workspace, "launch", "2026-11-24T09:00:00Z")
    finish = max(one["finish"] for one in workspace.plan("2026-11-24T09:00:00Z")["orders"])
    workspace.ok("order", "done", "net/provision.1/configure", "--output", "vlan=12", at="2026-11-24T09:00:00Z")
    workspace.ok("order", "done", "os/provision.1/install", "--output", "os-login=x", at="2026-11-24T10:00:00Z")
    rows = progress(workspace, "launch", "2026-11-24T10:00:00Z")
    assert finish > "2026-11-25"
    assert [(row.day, row.left, row.note) for row in rows[-2:]] == [(TUESDAY, 1, "so far"), (TUESDAY, 0, "forecast")]


def test_what_is_over_ends_where_it_ended(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.ok("apply")
    workspace.ok("order", "done", "net/provision.1/configure", "--output", "vlan=12", at="2026-11-23T16:00:00Z")
    workspace.ok("order", "done", "os/provision.1/install", "--output", "os-login=x", at="2026-11-24T16:00:00Z")
    workspace.ok("order", "done", "os/provision.1/harden", at="2026-11-25T16:00:00Z")
    rows = progress(workspace, "launch", "2026-12-20T12:00:00Z")
    assert [(row.day, row.left, row.note) for row in rows[-2:]] == [(TUESDAY, 1, ""), (WEDNESDAY, 0, "")]
    assert "All 3 orders that were given are done" in workspace.text("site/changes/launch/progress.html")


def test_an_order_that_is_rejected_stays(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.ok("apply")
    workspace.ok("order", "done", "shop/net/provision.1/configure", "--output", "vlan=12", at="2026-11-23T16:00:00Z")
    workspace.ok("order", "reject", "os/provision.1/install", "--reason", "No licence", at="2026-11-23T16:10:00Z")
    assert left(progress(workspace, "launch", "2026-11-24T12:00:00Z"))[TUESDAY] == 2
    assert "1 of 3 orders" in workspace.text("site/changes/launch/index.html")


@given(
    first=st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    length=st.integers(0, 3000),
    ahead=st.lists(st.integers(-10, 3010), max_size=3),
)
@example(first=date(2026, 1, 1), length=14, ahead=[])
@example(first=date(2026, 1, 1), length=139, ahead=[1])
@example(first=date(2026, 1, 1), length=140, ahead=[])
def test_days_are_told_as_often_as_they_fit(first: date, length: int, ahead: list[int]) -> None:
    last = first + timedelta(length)
    also = [first + timedelta(one) for one in ahead]
    told = days_told(first, last, also)
    assert (told[0], told[-1]) == (first, last)
    assert {one for one in also if first <= one <= last} <= {*told}
    gaps = [(after - before).days for before, after in pairwise(told)]
    assert all(gap > 0 for gap in gaps)
    assert max(gaps, default=1) <= (1 if length < 15 else 7 if length < 140 else 31)
    assert len(told) <= 22 + len(also) + length // 28


# -- misses that a promise allows --------------------------------------------------------------------------------------

CATALOG = """\
apiVersion: tamspec/v1
kind: Calendar
metadata: {name: office}
spec: {timeZone: Europe/Berlin, hours: {mon-sun: ["00:00-24:00"]}}
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
  attainment: {target: 75%, period: month}
  clocks: {response: {start: reported, stop: acknowledged}}
  priorities: {p1: {response: 1h}}
"""
SETTINGS = """\
apiVersion: tamspec/v1
sources: [catalog]
incidents:
  columns: {incident: id, priority: priority}
  events: {reported: opened, acknowledged: taken}
  agreement: gold
  tooFew: 1
  timeZone: Europe/Berlin
"""


def measured(
    folder: Path,
    cases: list[tuple[str, int]],
    *,
    at: str = "2026-11-01T00:00:00Z",
    target: str = "75%",
    few: int = 1,
) -> tuple[Any, Burn]:
    """The report of cases (when, by the clock of Berlin, and after how many minutes they were taken), and its page."""
    workspace = Workspace(folder)
    workspace.write("tamspec.yaml", SETTINGS.replace("tooFew: 1", f"tooFew: {few}"))
    workspace.write("catalog/provider.yaml", CATALOG.replace("75%", target))
    lines = ["id,priority,opened,taken"]
    for number, (opened, minutes) in enumerate(cases):
        taken = datetime.fromisoformat(opened) + timedelta(minutes=minutes)
        lines.append(f"INC{number},p1,{opened},{taken.isoformat()}")
    workspace.write("log.csv", "\n".join(lines) + "\n")
    command = ("sla", "report", "--incidents", "log.csv", "--out", "page", "--output-format", "json")
    return workspace.ok(*command, at=at).data, Burn(workspace.text("page/index.html"))


def test_misses_count_on_the_day_of_their_report(tmp_path: Path) -> None:
    """In the time zone of the agreement; at half past midnight in Berlin it is yesterday in UTC."""
    kept = [(f"2026-10-{day:02}T09:00", 30) for day in range(1, 10)]
    late = [("2026-10-05T00:30", 90), ("2026-10-05T23:59", 90), ("2026-10-20T12:00", 61)]
    told, page = measured(tmp_path, kept + late)
    [october] = told["periods"]
    assert (october["cases"], october["allowed"], october["left"]) == (12, 3, 0)
    assert october["misses"] == {"2026-10-05": 2, "2026-10-20": 1}
    assert october["standing"] == "kept"
    [table] = page.tables
    rows = {day: (int(missed), int(left)) for day, missed, left in table[1:]}
    assert rows == {
        "2026-09-30": (0, 3), "2026-10-04": (0, 3), "2026-10-11": (2, 1), "2026-10-18": (2, 1), "2026-10-25": (3, 0),
        "2026-10-31": (3, 0),
    }  # fmt: skip
    assert same(page.drawn()[0], [left for _, left in rows.values()])


def test_a_budget_that_is_used_up_goes_below_nothing(tmp_path: Path) -> None:
    cases = [("2026-10-01T09:00", 30), *((f"2026-10-{day}T09:00", 99) for day in (10, 11, 12))]
    told, page = measured(tmp_path, cases)
    [october] = told["periods"]
    assert (october["allowed"], october["left"], october["standing"]) == (1, -2, "missed")
    [table] = page.tables
    assert same(page.drawn()[0], [int(left) for _, _, left in table[1:]])
    text = (tmp_path / "page/index.html").read_text(encoding="utf-8")
    assert "so 1 may miss. 3 did, 2 too many, the first of these on 2026-10-11." in text


def test_what_is_too_little_to_judge_has_no_budget(tmp_path: Path) -> None:
    told, page = measured(tmp_path, [("2026-10-10T09:00", 99)], few=2)
    assert [one["standing"] for one in told["periods"]] == ["too few"]
    assert page.tables == []


def test_a_day_that_has_begun_where_the_agreement_is(tmp_path: Path) -> None:
    """The report is told in the zone of most incidents; in another it may be tomorrow already."""
    workspace = Workspace(tmp_path)
    workspace.write(
        "tamspec.yaml", SETTINGS.replace("  agreement: gold\n", "").replace("priority}", "priority, client: who}")
    )
    east = CATALOG.replace("Europe/Berlin", "Asia/Tokyo").replace("office", "tokyo").replace("acme", "kaito")
    agreement = east[east.rindex("---") :].replace("gold", "silver")
    client = east[east.index("---\napiVersion: tamspec/v1\nkind: Client") : east.rindex("---")]
    calendar = east[: east.index("---")]
    workspace.write("catalog/provider.yaml", f"{CATALOG}---\n{calendar}{client}{agreement}")
    rows = [f"INC{n},p1,2026-12-0{n}T09:00Z,2026-12-0{n}T09:10Z,acme" for n in range(1, 6)]
    rows.append("INC9,p1,2026-12-06T16:00Z,2026-12-06T18:00Z,kaito")
    workspace.write("log.csv", "\n".join(["id,priority,opened,taken,who", *rows]) + "\n")
    workspace.ok("sla", "report", "--incidents", "log.csv", "--out", "page", at="2026-12-06T20:00:00Z")
    assert Burn(workspace.text("page/index.html")).tables[0][-1] == ["2026-12-07", "1", "-1"]


def test_a_month_that_goes_on_is_told_until_today(tmp_path: Path) -> None:
    _, page = measured(tmp_path, [("2026-10-01T09:00", 99), ("2026-10-02T09:00", 9)], at="2026-10-06T12:00:00Z")
    [table] = page.tables
    assert [row[0] for row in table[1:]] == ["2026-09-30", *(f"2026-10-0{day}" for day in range(1, 7))]


@pytest.mark.parametrize("target", ["75%", "66.6%", "99.9%", "100%", "33.3%"])
@pytest.mark.parametrize("missed", [0, 1, 2, 3, 4, 12])
def test_a_promise_is_kept_as_long_as_something_is_left(tmp_path: Path, target: str, missed: int) -> None:
    cases = [(f"2026-10-{day:02}T09:00", 99 if day <= missed else 9) for day in range(1, 13)]
    told, _ = measured(tmp_path, cases, target=target)
    [october] = told["periods"]
    share = Fraction(12 - missed, 12)
    assert (october["left"] >= 0) == (share >= Fraction(target.rstrip("%")) / 100)
    assert october["allowed"] - october["missed"] == october["left"]
