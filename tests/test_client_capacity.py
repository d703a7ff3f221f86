"""What clients use up and what ends: YAML and files in, findings, days and pages out."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from program import Workspace, change, small

from tamspec import load, plan, resources
from tamspec.desk.capacity import Outlook, before, outlooks
from tamspec.model.catalog import Calendar, Shift
from tamspec.model.values import Duration
from tamspec.model.workspace import ALWAYS, Settings
from tamspec.usage import amount_of, day_of

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday."""
PRELUDE = (Path(__file__).parent / "cases" / "_prelude.yaml").read_bytes()
PORTAL = """\
apiVersion: tamspec/v1
kind: Project
metadata: {{name: portal}}
spec:
  client: cirrus
  phase: implementation
  team: {{tam: ivanova, deputy: petrov, serviceManager: bogdanov, architect: bogdanov}}
  components:
    os: {{service: server, params: {{count: {count}}}}}
  capacity:
    seats: {{title: Seats, limit: {limit}, samples: {{{samples}}}{more}}}
"""


def samples(first: date, step: int, levels: list[float]) -> str:
    return ", ".join(f"{first + timedelta(step * n)}: {level:.3f}" for n, level in enumerate(levels))


def told(limit: float, levels: list[float], more: str = ", leadTime: 5wd", step: int = 14, count: int = 2) -> Outlook:
    """The outlook of one item whose last sample is of today."""
    first = AT.date() - timedelta(step * (len(levels) - 1))
    text = PORTAL.format(limit=limit, samples=samples(first, step, levels), more=more, count=count)
    files = {"portal.yaml": text.encode(), "prelude.yaml": PRELUDE}
    loaded = load.load(files, Settings(), {name: resources.schema(name) for name in resources.schema_names()})
    assert not loaded.findings.errors, [one.detail for one in loaded.findings.errors]
    planned, _ = plan.make(loaded.workspace, plan.fold(()), AT)
    (one,) = outlooks(loaded.workspace, planned)
    return one


LINE = [60 + 4 * n for n in range(8)]
"""Four more every two weeks, 88 today."""


def working_days_before(day: date, number: int) -> date:
    """A calculator of its own for weekdays."""
    while number:
        day -= timedelta(1)
        number -= day.weekday() < 5
    return day


@pytest.mark.parametrize("lead", [1, 5, 12, 40])
def test_order_by_day_is_the_lead_time_before_the_earliest_day(lead: int) -> None:
    one = told(120, LINE, f", leadTime: {lead}wd")
    earliest = one.forecast.earliest
    assert earliest is not None
    # 32 more at two a week: without noise there is no doubt.
    assert abs((earliest - (AT.date() + timedelta(112))).days) <= 1
    assert one.order_by == working_days_before(earliest, lead)
    assert one.verdict == "order by"


def test_verdicts() -> None:
    assert told(120, LINE).verdict == "order by"
    assert told(90, LINE).verdict == "order now"
    assert told(90, LINE, ", leadTime: 20wd").verdict == "too late"
    assert told(88, LINE).verdict == "at its limit"
    assert told(120, LINE[:3]).verdict == "too few samples"
    assert told(120, [60.0] * 8).verdict == "fine"
    assert told(120, [], ", leadTime: 5wd").verdict == "unwatched"
    assert told(120, LINE, "").order_by == told(120, LINE, "").forecast.earliest  # nobody says how long it takes


def test_working_days_are_those_of_the_calendar() -> None:
    weekdays = Calendar(
        name="w", time_zone="UTC", hours={"mon-fri": (Shift(540, 1020),)}, holidays={date(2026, 11, 26): "closed"}
    )
    friday = date(2026, 11, 27)
    assert before(friday, Duration(working_days=1), weekdays) == date(2026, 11, 25)
    assert before(friday, Duration(working_days=3), weekdays) == date(2026, 11, 23)
    assert before(friday, Duration(minutes=36 * 60), weekdays) == date(2026, 11, 25)
    assert before(friday, Duration(), weekdays) == friday


@pytest.mark.parametrize("number", [1, 2, 10])
def test_around_the_clock_each_day_is_a_working_day(number: int) -> None:
    assert before(date(2026, 12, 10), Duration(working_days=number), ALWAYS) == date(2026, 12, 10) - timedelta(number)


@given(
    st.lists(st.floats(0, 100), min_size=6, max_size=15),
    st.floats(0, 50),
    st.floats(60, 200),
)
def test_more_usage_never_gives_a_later_order_by_day(levels: list[float], more: float, limit: float) -> None:
    some = told(limit, levels)
    greater = told(limit, [level + more for level in levels])
    assert (greater.order_by or date.max) <= (some.order_by or date.max)


# -- in a workspace ----------------------------------------------------------------------------------------------------

ITEM = """\
  capacity:
    machines:
      title: Machines
      limit: {limit}
      component: os
      param: count
      samples: {{{samples}}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """A shop whose machines fill: two more a week, 88 today."""
    workspace = small(tmp_path)
    text = workspace.text("projects/shop/project.yaml").replace(
        "{service: server,", "{service: server, params: {count: 100},"
    )
    first = AT.date() - timedelta(14 * 7)
    workspace.write("projects/shop/project.yaml", text + ITEM.format(limit=100, samples=samples(first, 14, LINE)))
    workspace.ok("adopt", "shop", "net", "os", "--evidence", "before", at="2026-11-20T09:00:00Z")
    (workspace.root / "projects/shop/launch.yaml").unlink()
    return workspace


def codes(workspace: Workspace, at: str = "2026-11-23T09:00:00Z") -> list[str]:
    answer = workspace.run("plan", "--output-format", "json", at=at)
    return [one["code"] for one in answer.data["findings"] if "TAM588" <= one["code"] < "TAM600"]


def findings(workspace: Workspace, at: str = "2026-11-23T09:00:00Z") -> list[Any]:
    return list(workspace.run("plan", "--output-format", "json", at=at).data["findings"])


def test_the_lead_time_is_that_of_the_procedure(shop: Workspace) -> None:
    assert codes(shop) == []
    # 12 machines left, two a week: six weeks. A step that waits eight weeks is not done by then.
    shop.edit(
        "catalog/provider.yaml",
        "add: {department: unix, effort: 2h}",
        "add: {department: unix, effort: 2h, wait: 40wd}",
    )
    assert codes(shop) == ["TAM594"]


def test_a_change_that_raises_it_is_enough(shop: Workspace) -> None:
    shop.edit(
        "catalog/provider.yaml",
        "add: {department: unix, effort: 2h}",
        "add: {department: unix, effort: 2h, wait: 40wd}",
    )
    shop.edit("projects/shop/project.yaml", "count: 100", "count: 140")
    shop.write("projects/shop/more.yaml", change("more", "shop", "os"))
    assert codes(shop) == []
    shop.ok("apply", "more")
    assert codes(shop) == []  # ordered, and not there yet


def test_busy_people_make_the_lead_time_longer(shop: Workspace) -> None:
    shop.edit("projects/shop/project.yaml", "limit: 100", "limit: 92")
    assert codes(shop) == []
    tasks = "  tasks:\n    move: {department: unix, effort: 40wd, people: 4}\n"
    shop.write("projects/shop/busy.yaml", change("busy", "shop", more=tasks).replace("  components: []\n", ""))
    assert codes(shop) == ["TAM594"]


USAGE = "usage: {files: [data/usage.csv], project: project, item: item, day: date, used: used}\n"


def test_files_that_cannot_be_read(shop: Workspace) -> None:
    shop.write("tamspec.yaml", shop.text("tamspec.yaml") + USAGE)
    at = [(one["code"], one["path"]) for one in findings(shop) if one["code"] == "TAM598"]
    assert at == [("TAM598", "tamspec.yaml")]
    assert "Machines" in shop.run("today").out  # everything else is told all the same
    shop.write("data/usage.csv", "project,item,day,used\nshop,machines,2026-11-24,3\n")
    (found,) = [one for one in findings(shop) if one["code"] == "TAM598"]
    assert (found["path"], "'date'" in found["detail"]) == ("data/usage.csv", True)
    for content in (b"", b"\xff\xfe\x00\x00", b"\x00" * 100, b'"'):
        shop.write("data/usage.csv", content)
        assert codes(shop) == ["TAM598"]
    (shop.root / "data/usage.csv").unlink()
    (shop.root / "data/usage.csv").symlink_to("/etc/hostname")
    assert codes(shop) == ["TAM598"]


def test_rows_that_cannot_be_used(shop: Workspace) -> None:
    shop.write("tamspec.yaml", shop.text("tamspec.yaml") + USAGE)
    rows = (
        "shop,machines,2026-11-20,88",  # 2: good
        "store,machines,2026-11-20,88",  # 3
        "shop,seats,2026-11-20,88",  # 4
        "shop,machines,2026-02-30,88",  # 5
        "shop,machines,2026-11-19,many",  # 6
        "shop,machines,2026-11-18,-1",  # 7
        "shop,machines,2026-11-20T10:00:00,89",  # 8: the same day
        "shop,machines,2026-11-09,99",  # 9: the project says 84
        "shop,machines,2027-11-18,9",  # 10: to come
        "shop,machines,2026-11-17,nan",  # 11, with 6
    )
    shop.write("data/usage.csv", "project,item,date,used\n" + "\n".join(rows) + "\n")
    found = [(one["line"], one["path"]) for one in findings(shop) if one["code"] == "TAM599"]
    assert found == [(line, "data/usage.csv") for line in (3, 4, 5, 6, 7, 8, 9, 10)]
    clash = next(one for one in findings(shop) if one["line"] == 9 and one["code"] == "TAM599")
    assert clash["related"][0]["path"] == "projects/shop/project.yaml"


def test_samples_of_project_and_files_are_one_series(shop: Workspace) -> None:
    shop.write("tamspec.yaml", shop.text("tamspec.yaml") + USAGE)
    shop.write("data/usage.csv", "project,item,date,used\nshop,machines,2026-11-23,101\n")
    assert codes(shop) == ["TAM599"]  # what the project says counts
    shop.write("data/usage.csv", "project,item,date,used\nshop,machines,2026-11-22,101\n")
    text = shop.text("projects/shop/project.yaml")
    shop.write("projects/shop/project.yaml", re.sub(r", 2026-11-23: [0-9.]+", "", text))
    assert codes(shop) == ["TAM593"]
    shop.write("data/usage.csv", "project,item,date,used\nshop,machines,2026-11-22,101\nshop,machines,2026-11-22,5\n")
    assert sorted(codes(shop)) == ["TAM593", "TAM599"]  # the greater counts


@pytest.mark.parametrize("ending", ["json", "parquet", "csv.gz"])
def test_every_form_says_the_same(shop: Workspace, ending: str) -> None:
    shop.write("tamspec.yaml", shop.text("tamspec.yaml") + USAGE.replace("usage.csv", f"usage.{ending}"))
    text = shop.text("projects/shop/project.yaml")
    shop.write("projects/shop/project.yaml", re.sub(r", 2026-11-23: [0-9.]+", "", text))
    (shop.root / "data").mkdir()
    target = shop.root / "data" / f"usage.{ending}"
    rows = "SELECT 'shop' AS project, 'machines' AS item, DATE '2026-11-22' AS date, 101.5 AS used"
    duckdb.sql(f"COPY ({rows}) TO '{target}'")
    assert codes(shop) == ["TAM593"]


def test_days_and_amounts() -> None:
    moscow = ZoneInfo("Europe/Moscow")
    assert day_of("2026-11-20", moscow) == date(2026, 11, 20)
    assert day_of("2026-11-20 23:30:00", moscow) == date(2026, 11, 20)
    assert day_of("2026-11-20T23:30:00Z", moscow) == date(2026, 11, 21)
    assert day_of("2026-11-20 23:30:00+00", moscow) == date(2026, 11, 21)
    for text in ("", "2026-11-31", "20.11.2026", "2026-11-20x", "0000-01-01", "2026-11-20T25:00"):
        assert day_of(text, moscow) is None
    assert amount_of("1.5e3") == Decimal(1500)
    for text in ("", "nan", "inf", "1,5", "٣", "1e99", "0x10", "1_000"):
        assert amount_of(text) is None


@given(st.text(max_size=30))
def test_whatever_a_row_holds_is_a_value_or_none(text: str) -> None:
    assert day_of(text, ZoneInfo("UTC")) is None or text[:4].isdigit()
    amount = amount_of(text)
    assert amount is None or amount.is_finite()


# -- what ends ---------------------------------------------------------------------------------------------------------


def test_a_renewal_must_begin_its_lead_time_before(shop: Workspace) -> None:
    expiry = "  expiries:\n    site: {type: certificate, ends: 2026-12-11, leadTime: 10wd, owner: ivanova}\n"
    shop.write("projects/shop/project.yaml", shop.text("projects/shop/project.yaml") + expiry)
    begin = working_days_before(date(2026, 12, 11), 10)
    day_before = begin - timedelta(1)
    assert codes(shop, f"{day_before}T23:59:59Z") == []
    assert codes(shop, f"{begin}T00:00:00Z") == ["TAM589"]
    assert "TAM588" not in codes(shop, "2026-12-11T23:59:59Z")
    assert "TAM588" in codes(shop, "2026-12-12T00:00:00Z")


def test_a_renewal_that_comes_too_late_is_told_wherever_somebody_looks(shop: Workspace) -> None:
    expiry = "  expiries:\n    site: {type: certificate, ends: 2026-11-24, owner: ivanova, renewal: renew}\n"
    shop.write("projects/shop/project.yaml", shop.text("projects/shop/project.yaml") + expiry)
    tasks = "  tasks: {renew: {department: unix, effort: 2h, wait: 3wd}}\n"
    shop.write("projects/shop/renew.yaml", change("renew", "shop", more=tasks).replace("  components: []\n", ""))
    assert "TAM590" in codes(shop, "2026-11-23T09:00:00Z")
    assert "RENEWED LATE  shop: site" in shop.ok("today", "--who", "ivanova").out
    shop.run("render")
    for page in ("limits.html", "projects/shop/capacity.html"):
        text = shop.text(f"site/{page}")
        assert "1 renewal comes too late" in text
        assert "is renewed too late" in text
    assert "its renewal is done on" in shop.text("site/desk/ivanova.html")


# -- pages -------------------------------------------------------------------------------------------------------------


def built(shop: Workspace, path: str, *arguments: str) -> str:
    shop.ok("build", "--out", "site", *arguments)
    return shop.text(f"site/{path}")


def test_the_page_has_what_the_rules_judge_by(shop: Workspace) -> None:
    text = built(shop, "projects/shop/capacity.html")
    assert "88 / 100" in text
    assert "order in time" in text
    passport = shop.text("site/projects/shop/index.html")
    assert 'id="capacity"' in passport
    assert "capacity.html#machines" in passport
    assert "Machines" in shop.text("site/limits.html")
    assert "Machines" in shop.text("site/desk/ivanova.html")


def test_a_sample_far_above_the_line_is_told(shop: Workspace) -> None:
    """It moves no line that holds out against noise, so somebody must say it."""
    path = "projects/shop/capacity.html"
    assert "above what the forecast goes by" not in built(shop, path)
    text = shop.text("projects/shop/project.yaml")
    last = max(re.findall(r"2026-[0-9]{2}-[0-9]{2}(?=: 88)", text))
    shop.write("projects/shop/project.yaml", text.replace(f"{last}: 88", f"{last}: 99"))
    assert "99" in built(shop, path)
    assert "above what the forecast goes by" in shop.text(f"site/{path}")


def test_the_chart_has_as_many_points_as_the_table(shop: Workspace) -> None:
    text = built(shop, "projects/shop/capacity.html")
    cells = re.findall(r'<tr><th scope="row" class="day">.*?</tr>', text)
    rows = [re.findall(r'<td class="number">(.*?)</td>', row) for row in cells]
    assert text.count("<circle") == sum(used != "–" for used, *_ in rows) == 8
    (line,) = re.findall(r'<polyline points="([^"]*)"', text)
    assert len(line.split()) == sum(centre != "–" for _, _, centre, _ in rows) > 8


def test_every_link_of_many_items_leads_to_something(shop: Workspace) -> None:
    text = shop.text("projects/shop/project.yaml")
    for number in range(7):
        text += f"    seats-{number}: {{limit: 10, leadTime: 5wd, samples: {{2026-11-20: {number}}}}}\n"
    shop.write("projects/shop/project.yaml", text)
    page = built(shop, "projects/shop/capacity.html")
    assert len(page.encode()) < 50_000
    for anchor in re.findall(r'href="[^"]*capacity\.html#([^"]+)"', page + shop.text("site/limits.html")):
        assert f'id="{anchor}"' in page
    assert page.count("<figure>") == 4


def test_hostile_titles_are_text(shop: Workspace) -> None:
    shop.edit("projects/shop/project.yaml", "title: Machines", "title: <script>alert(1)</script>\n      unit: '<b>'")
    assert "<script>" not in built(shop, "projects/shop/capacity.html")
    assert "<b>" not in shop.text("site/limits.html")


def test_a_client_reads_its_own_capacity_and_nothing_of_ours(shop: Workspace) -> None:
    expiry = "  expiries:\n    site: {title: Seal, type: certificate, ends: 2027-12-11, owner: petrov}\n"
    shop.write("projects/shop/project.yaml", shop.text("projects/shop/project.yaml") + expiry)
    shop.ok("render", "--out", "site", "--clients", "outside")
    text = shop.text("outside/acme/projects/shop/capacity.html")
    assert "Machines" in text
    assert "Seal" in text
    assert "Petrov" not in text
    assert "Steps that it takes" not in text


def test_today_tells_the_day_to_order_by(shop: Workspace) -> None:
    said = shop.ok("today").out
    assert re.search(r"order by 20\d\d-\d\d-\d\d  shop: Machines", said)
    shop.edit("projects/shop/project.yaml", "limit: 100", "limit: 88")
    assert "AT ITS LIMIT  shop: Machines" in shop.run("today").said
