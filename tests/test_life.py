"""The life of an order: what is heard of it in time and what is not, as plans, findings, status and pages tell it."""

from __future__ import annotations

import csv
import functools
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from program import AT, Workspace, change, project, small
from story import MONDAY, Desk, Seen
from test_flight import LAUNCH, PROJECT, PROVIDER

from tamspec import pipeline
from tamspec.model.order import Status
from tamspec.model.plan import Plan, Redated, Unagreed
from tamspec.plan.consents import unagreed
from tamspec.plan.estimates import estimates
from tamspec.render.trees import Material, calendars, internal
from tamspec.report import estimates_text, plan_csv

INSTALL = "shop/os/provision.1/install"


def ordered() -> Desk:
    """`launch` of test_flight, applied on a Monday morning."""
    desk = Desk({"catalog.yaml": PROVIDER, "project.yaml": PROJECT, "launch.yaml": LAUNCH})
    desk.apply()
    return desk


def lapses(desk: Desk) -> dict[str, list[str]]:
    """Order → what is missed of it."""
    found: dict[str, list[str]] = {}
    for one in desk.plan.lapses:
        found.setdefault(one.order, []).append(one.kind)
    return found


# -- heard of in time, or not ------------------------------------------------------------------------------------------


def test_an_order_is_overdue_once_its_recorded_finish_has_passed() -> None:
    desk = ordered()
    finish = desk.known("os/install").recorded.finish
    desk.report("in_progress", "os/install")
    desk.now = finish
    assert lapses(desk) == {}
    desk.later(minutes=1)
    assert lapses(desk) == {INSTALL: ["overdue"]}
    [one] = desk.plan.lapses
    assert one.since == finish
    assert one.behind == len(desk.orders) - 1, "everything else waits for the first"


def test_what_follows_late_work_has_its_own_time_from_then() -> None:
    desk = ordered()
    desk.later(days=14)
    desk.report("done", "os/install")
    assert desk.now > desk.known("os/harden").recorded.finish
    assert lapses(desk) == {}
    desk.now = desk.plan.schedule["shop/os/provision.1/harden"].finish
    desk.later(minutes=1)
    assert lapses(desk)["shop/os/provision.1/harden"] == ["overdue"]


def test_who_says_what_is_left_has_so_much_time() -> None:
    desk = ordered()
    desk.now = desk.known("os/install").recorded.finish
    desk.report("in_progress", "os/install", remaining=120)
    desk.later(hours=2, minutes=-1)
    assert lapses(desk) == {}
    desk.later(minutes=2)
    assert lapses(desk) == {INSTALL: ["overdue"]}


def test_a_department_may_begin_the_next_morning() -> None:
    desk = ordered()
    start = desk.known("os/install").recorded.start
    desk.now = start
    desk.later(minutes=30)
    assert lapses(desk) == {}


def test_nothing_is_missed_of_work_that_is_cancelled_or_done() -> None:
    desk = ordered()
    desk.later(days=30)
    desk.finish()
    assert lapses(desk) == {}


@pytest.mark.parametrize("status", ["in_progress", "blocked"])
def test_silence_counts_from_the_last_report(status: Status) -> None:
    desk = ordered()
    desk.later(hours=2)
    desk.report("in_progress", "os/install")
    desk.later(days=7, minutes=-1)
    assert "stale" not in lapses(desk)[INSTALL]
    desk.later(minutes=2)
    assert "stale" in lapses(desk)[INSTALL]
    desk.report(status, "os/install")
    assert "stale" not in lapses(desk)[INSTALL]


# -- as a user sees it -------------------------------------------------------------------------------------------------

LATE = "2026-12-10T12:00:00Z"


@pytest.fixture
def late(tmp_path: Path) -> Workspace:
    """`launch` of `shop` was ordered on a Monday in November, and nothing was heard of it since."""
    workspace = small(tmp_path)
    workspace.ok("apply")
    return workspace


def codes(workspace: Workspace, *arguments: str) -> list[str]:
    plan = workspace.run("plan", *arguments, "--output-format", "json", at=LATE).data
    return [one["code"] for one in plan["findings"]]


def test_late_work_is_a_warning_of_the_plan_and_stands_on_the_desk_and_the_pages(late: Workspace) -> None:
    assert codes(late) == ["TAM441"]
    assert late.findings() == [], "what was written is as right as before"
    assert "overdue since Mon 23 Nov 2026  shop/net/provision.1/configure" in late.ok("today", at=LATE).out
    assert "overdue since Mon 23 Nov 2026" in late.ok("status", at=LATE).out
    late.ok("render", at=LATE)
    assert "overdue since Mon 2026-11-23" in late.text("site/departments/network/index.html")


def test_a_workspace_says_how_much_silence_it_bears(late: Workspace) -> None:
    late.ok("order", "start", "net/configure", at=AT)
    assert codes(late) == ["TAM441", "TAM443"]
    late.write("tamspec.yaml", late.text("tamspec.yaml") + "staleAfter: 30wd\n")
    assert codes(late) == ["TAM441"]


def test_a_length_that_is_none_is_found_in_the_settings(late: Workspace) -> None:
    late.write("tamspec.yaml", late.text("tamspec.yaml") + "staleAfter: 1.5wd\n")
    [found] = late.findings()
    assert (found["code"], found["path"], found["line"]) == ("TAM204", "tamspec.yaml", 3)


def test_a_branch_is_not_told_of_the_late_work_of_others(late: Workspace) -> None:
    late.write("projects/other/project.yaml", project("other"))
    late.start_git()
    late.edit("projects/other/project.yaml", "criticality: medium", "criticality: low")
    assert "TAM441" in codes(late)
    assert "TAM441" not in codes(late, "--base", "HEAD")
    late.edit("projects/shop/project.yaml", "criticality: medium", "criticality: low")
    assert "TAM441" in codes(late, "--base", "HEAD")


def test_a_scheduled_run_can_be_made_to_fail_by_late_work(late: Workspace) -> None:
    assert late.run("plan", at=LATE).code == 0
    late.write("tamspec.yaml", late.text("tamspec.yaml") + "rules: {TAM441: error}\n")
    assert late.run("plan", at=LATE).code == 1


# -- whoever is displaced agrees ---------------------------------------------------------------------------------------


def _moves(finish: datetime, consents: str = "") -> list[str]:
    """What stands against a Change of `shop` that moves the finish of `slow`, another project's, to an instant."""
    files = {
        "catalog.yaml": PROVIDER,
        "project.yaml": PROJECT,
        "launch.yaml": LAUNCH + consents,
        "slow.yaml": PROJECT.replace("name: shop", "name: slow"),
        "second.yaml": LAUNCH.replace("name: launch", "name: second").replace("project: shop", "project: slow"),
    }
    workspace = Desk(files).seen.workspace
    moved = Redated(change="second", before=MONDAY, after=finish)
    return [one.text for one in unagreed(workspace.changes["launch"], [moved], workspace)]


AGREED = "  consents: {second: {by: ivanova, until: 2026-03-06}}\n"
FRIDAY = datetime(2026, 3, 6, 17, tzinfo=UTC)


def test_whoever_answers_for_a_displaced_change_must_agree() -> None:
    [text] = _moves(FRIDAY)
    assert text == (
        "It moves the promised finish of second from 2026-03-02 to 2026-03-06: its TAM ivanova must agree, "
        "as `consents: {second: {by: ivanova, until: 2026-03-06}}`."
    )
    assert _moves(FRIDAY, AGREED) == []
    assert _moves(FRIDAY, AGREED.replace("ivanova", "bogdanov")) == [text], "not theirs to give"


def test_a_consent_reaches_to_the_end_of_its_day() -> None:
    midnight = datetime(2026, 3, 7, tzinfo=UTC)
    assert _moves(midnight, AGREED) == []
    [text] = _moves(midnight + timedelta(minutes=15), AGREED)
    assert "who agreed until 2026-03-06 only" in text


def test_nobody_needs_to_agree_to_an_earlier_finish_and_nobody_can_to_none() -> None:
    assert _moves(MONDAY - timedelta(hours=1)) == []
    workspace = Desk({"catalog.yaml": PROVIDER, "project.yaml": PROJECT, "launch.yaml": LAUNCH}).seen.workspace
    change = workspace.changes["launch"]
    [one] = unagreed(change, [Redated(change="launch", before=MONDAY, after=None)], workspace)
    assert "without a finish" in one.text
    assert not [*unagreed(change, [Redated(change="gone", before=MONDAY, after=FRIDAY)], workspace)]


def test_a_consent_is_a_part_of_what_was_reviewed() -> None:
    desk = Desk({"catalog.yaml": PROVIDER, "project.yaml": PROJECT, "launch.yaml": LAUNCH})
    before = desk.plan.changes["launch"].checksum
    desk.write("launch.yaml", LAUNCH + "  consents: {other: {by: ivanova, until: 2026-03-06}}\n")
    agreed = desk.plan.changes["launch"].checksum
    desk.edit("launch.yaml", "2026-03-06", "2026-03-09")
    assert len({before, agreed, desk.plan.changes["launch"].checksum}) == 3


def test_a_client_is_not_told_whose_promise_is_moved() -> None:
    """A page shows the obstacle; a Change of the same client is named, one of another is not."""
    zephyr = PROVIDER.split("---\n")[7].replace("name: acme", "name: zephyr")
    other = PROJECT.replace("name: shop", "name: slow")
    files = {
        "catalog.yaml": f"{PROVIDER}---\n{zephyr}",
        "project.yaml": PROJECT,
        "launch.yaml": LAUNCH,
        "slow.yaml": other,
        "second.yaml": LAUNCH.replace("name: launch", "name: second").replace("project: shop", "project: slow"),
    }
    assert "second" in _page_of_displacing(files)
    files["slow.yaml"] = other.replace("client: acme", "client: zephyr")
    page = _page_of_displacing(files)
    assert "second" not in page
    assert "It takes shared capacity that is promised to others" in page


def _page_of_displacing(files: dict[str, str]) -> str:
    seen = Desk(files).seen
    moves = Unagreed(change="second", text="It moves the promised finish of second.")
    launch = replace(seen.plan.changes["launch"], unagreed=(moves,), obstacles=(moves.text,))
    plan = replace(seen.plan, changes={**seen.plan.changes, "launch": launch})
    pages, _ = internal(_material(seen, plan)).pages()
    return pages["changes/launch.md"]


def _material(seen: Seen, plan: Plan | None = None) -> Material:
    promised = functools.partial(pipeline.promise_told, seen.workspace)
    return Material(workspace=seen.workspace, state=seen.state, plan=plan or seen.plan, promised=promised)


# -- what is handed over, and what was not kept ------------------------------------------------------------------------

CONFIGURE, OS_INSTALL = "shop/net/provision.1/configure", "shop/os/provision.1/install"


def test_what_an_order_gave_is_told_to_whoever_needs_it(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.edit("catalog/provider.yaml", "        install:\n          department: unix\n", NEEDS_VLAN)
    workspace.ok("apply")
    needs = {"vlan": {"orders": [CONFIGURE], "values": {}}}
    assert {one["key"]: one["inputs"] for one in workspace.plan()["orders"]}[OS_INSTALL] == needs
    workspace.ok("order", "done", "net/configure", "--output", "vlan=112 and 113")
    needs["vlan"]["values"] = {CONFIGURE: "112 and 113"}
    [order] = [one for one in workspace.plan()["orders"] if one["key"] == OS_INSTALL]
    assert order["inputs"] == needs
    status = workspace.ok("status", "--output-format", "json").data
    assert [one["inputs"] for one in status["orders"] if one["key"] == OS_INSTALL] == [needs]
    for command in ("status", "today"):
        assert "vlan = 112 and 113" in workspace.ok(command).out
    workspace.ok("render")
    assert "vlan: 112 and 113" in workspace.text("site/orders/shop_os_provision.1_install.html")


NEEDS_VLAN = "        install:\n          department: unix\n          needs: [vlan]\n"


def test_an_exception_is_a_point_of_the_checklist(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.ok("apply")
    workspace.ok("order", "done", "net/configure", "--output", "vlan=1")
    wrong = workspace.run("order", "done", "os/install", "--except", "Discs are encrypted")
    assert wrong.code == 2
    assert "Did you mean 'Disks are encrypted'?" in wrong.err
    assert workspace.run("order", "done", "os/install", "--except", "Everything").err.count("Disks are encrypted") == 1
    assert "It has none." in workspace.run("order", "done", "os/harden", "--except", "Everything").err
    workspace.ok("order", "done", "os/install", "os/harden", "--except", "Disks are encrypted")
    status = workspace.ok("status", "--output-format", "json").data
    told = {one["key"]: one["exceptions"] for one in status["orders"]}
    assert told == {CONFIGURE: [], OS_INSTALL: ["Disks are encrypted"], "shop/os/provision.1/harden": []}
    workspace.ok("render")
    assert "not kept: Disks are encrypted" in workspace.text("site/changes/launch/index.html")


# -- calendars ---------------------------------------------------------------------------------------------------------

PROPERTIES = {
    *("VERSION", "PRODID", "X-WR-CALNAME", "UID", "DTSTAMP", "DTSTART", "DTEND"),
    *("SUMMARY", "DESCRIPTION", "URL", "STATUS"),
}


def entries(text: str) -> list[dict[str, str]]:
    """The entries of a calendar, by property; every line of it must be one that the standard allows."""
    assert text.endswith("\r\n")
    lines = text.split("\r\n")[:-1]
    assert all(len(one.encode()) <= 75 and "\n" not in one and "\r" not in one for one in lines)
    whole = "\r\n".join(lines).replace("\r\n ", "").split("\r\n")
    assert whole[0] == "BEGIN:VCALENDAR"
    assert whole[-1] == "END:VCALENDAR"
    found: list[dict[str, str]] = []
    for name, value in (re.split("[:;]", one, maxsplit=1) for one in whole[1:-1]):
        if (name, value) == ("BEGIN", "VEVENT"):
            found.append({})
        elif (name, value) != ("END", "VEVENT"):
            assert name in PROPERTIES
            if found:
                assert name not in found[-1]
                found[-1][name] = value
    return found


def test_a_department_gets_a_calendar_of_its_orders(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.write("tamspec.yaml", workspace.text("tamspec.yaml") + "site: https://pages.example.com/x\n")
    workspace.ok("apply")
    workspace.ok("render")
    assert not [path for path in workspace.files() if path.endswith(".ics")]
    workspace.ok("render", "--ics")
    text = (workspace.root / "site/ics/department/network.ics").read_bytes().decode()
    assert entries(text) == [
        {
            "UID": "shop/net/provision.1/configure@tamspec",
            "DTSTAMP": "20261123T090000Z",
            "DTSTART": "20261123T090000Z",
            "DTEND": "20261123T130000Z",
            "SUMMARY": "Configure: net (shop)",
            "DESCRIPTION": "Order: shop/net/provision.1/configure\\nProject: shop\\nStatus: ready\\nEffort: 4h",
            "URL": "https://pages.example.com/x/orders/shop_net_provision.1_configure.html",
            "STATUS": "CONFIRMED",
        }
    ]
    workspace.ok("order", "done", "net/configure", "--output", "vlan=1")
    workspace.ok("render", "--ics")
    text = (workspace.root / "site/ics/department/network.ics").read_bytes().decode()
    assert entries(text) == []


def test_a_client_sees_its_own_steps_windows_and_promises_and_no_effort() -> None:
    tasks = """\
  tasks:
    agree: {party: client, wait: 1wd, title: Agree to the night}
    switch: {department: unix, dependsOn: [agree, db], window: true, effort: 1h}
    test: {department: unix, dependsOn: [db], effort: 1h}
"""
    desk = Desk({"catalog.yaml": PROVIDER, "project.yaml": PROJECT, "launch.yaml": LAUNCH + tasks})
    desk.apply()
    seen = desk.seen
    text = calendars(_material(seen))["ics/client/acme.ics"]
    summaries = [one["SUMMARY"] for one in entries(text)]
    assert summaries[0] == "Promised finish: launch"
    assert {"Agree to the night (shop)", "Maintenance window: Switch (shop)"} <= {*summaries}
    assert not [one for one in summaries if "Test" in one or "Install" in one]
    assert "Effort" not in text
    assert "unix" not in text


def test_a_promise_that_the_plan_does_not_keep_is_tentative() -> None:
    desk = Desk({"catalog.yaml": PROVIDER, "project.yaml": PROJECT, "launch.yaml": LAUNCH})
    desk.apply()
    promised = entries(calendars(_material(desk.seen))["ics/client/acme.ics"])[0]
    assert (promised["STATUS"], "DESCRIPTION" in promised) == ("CONFIRMED", False)
    desk.later(days=30)
    late = entries(calendars(_material(desk.seen))["ics/client/acme.ics"])[0]
    assert late["DTSTART"] == promised["DTSTART"]
    assert late["STATUS"] == "TENTATIVE"
    [expected] = re.findall(r"The plan expects it on ([\d-]+)\.", late["DESCRIPTION"])
    assert expected.replace("-", "") > promised["DTSTART"].rpartition(":")[2]


@given(st.text())
def test_no_text_breaks_out_of_a_calendar(hostile: str) -> None:
    seen = ORDERED.seen
    actions = [replace(one, order=replace(one.order, title=hostile, project=hostile)) for one in seen.plan.actions]
    made = calendars(_material(seen, replace(seen.plan, actions=tuple(actions))))
    assert [len(entries(text)) for text in made.values()] == [1, 2, 0, 2]


ORDERED = Desk({"catalog.yaml": PROVIDER, "project.yaml": PROJECT, "launch.yaml": LAUNCH})


# -- estimates and tables ----------------------------------------------------------------------------------------------


def steps_told(desk: Desk) -> dict[str, list[float]]:
    """Step → what it took each time, in parts of its estimate."""
    told = estimates(desk.seen.workspace, desk.state)
    return {f"{one.service}/{one.procedure}/{one.step}": [float(ratio) for ratio in one.ratios] for one in told}


def test_what_steps_took_is_measured_by_the_catalogue_of_today() -> None:
    desk = ordered()
    desk.report("done", "os/install", effort=180)
    desk.report("done", "os/harden")
    assert steps_told(desk) == {"linux/provision/install": [1.5]}
    desk.edit("catalog.yaml", "install: {department: unix, effort: 2h", "install: {department: unix, effort: 3h")
    assert steps_told(desk) == {"linux/provision/install": [1.0]}


def test_an_effort_that_people_decided_says_nothing_of_the_estimate() -> None:
    decided = "  orders: {os/provision/install: {effort: 9h, why: Many accounts}}\n"
    desk = Desk({"catalog.yaml": PROVIDER, "project.yaml": PROJECT, "launch.yaml": LAUNCH + decided})
    desk.apply()
    desk.report("done", "os/install", effort=600)
    assert steps_told(desk) == {}


def test_what_a_task_took_is_told_under_its_change() -> None:
    task = "  tasks: {check: {department: unix, effort: 2h}}\n  backOut: {undo: {department: unix, effort: 1h}}\n"
    desk = Desk({"catalog.yaml": PROVIDER, "project.yaml": PROJECT, "launch.yaml": LAUNCH + task})
    desk.apply()
    desk.report("done", "change:launch/check", effort=180)
    desk.report("in_progress", "back-out.undo")
    desk.report("done", "back-out.undo", effort=180)
    assert steps_told(desk) == {"change:launch//check": [1.5]}
    assert "change:launch/check" in estimates_text(estimates(desk.seen.workspace, desk.state))
    desk.edit("launch.yaml", "check: {department: unix, effort: 2h}", "other: {department: unix, effort: 2h}")
    assert steps_told(desk) == {}


def test_changes_and_removals_are_told_under_their_own_steps() -> None:
    desk = ordered()
    desk.finish()
    desk.edit("project.yaml", "db: {service: postgresql, ", 'db: {service: postgresql, params: {version: "17"}, ')
    desk.write("upgrade.yaml", LAUNCH.replace("name: launch", "name: upgrade"))
    desk.apply("upgrade")
    desk.report("done", "db/change.1/upgrade.rehearse", effort=120)
    assert steps_told(desk) == {"postgresql/upgrade/rehearse": [0.5]}


def test_estimates_are_told_as_text_json_and_csv(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    assert "Nobody reported yet" in workspace.ok("status", "--estimates").out
    workspace.ok("apply")
    workspace.ok("order", "done", "net/configure", "--output", "vlan=1", "--effort", "6h")
    assert "too few to judge" in workspace.ok("status", "--estimates").out
    table = workspace.ok("status", "--estimates", "--output-format", "csv").out
    assert table.splitlines() == [
        "service,procedure,step,reports,median,lowest,highest",
        "segment,provision,configure,1,1.5,1.5,1.5",
    ]
    [one] = workspace.ok("status", "--output-format", "json").data["estimates"]
    assert (one["step"], one["median"], one["enough"]) == ("configure", 1.5, False)


def test_orders_are_given_as_a_table(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.write(
        "projects/shop/launch.yaml",
        workspace.text("projects/shop/launch.yaml")
        + "  tasks: {sum: {department: unix, effort: 90m, title: '=SUM(A1) \"now\", please'}}\n",
    )
    workspace.ok("plan", "--output-format", "csv=plan.csv")
    raw = (workspace.root / "plan.csv").read_bytes()
    assert raw.count(b"\r\n") == raw.count(b"\n") == 5
    rows = {one["key"]: one for one in csv.DictReader(io.StringIO(raw.decode(), newline=""))}
    task = rows["shop/change:launch/sum"]
    assert task["title"] == '\'=SUM(A1) "now", please', "no spreadsheet runs it"
    assert (task["client"], task["change"], task["department"], task["effort_hours"]) == (
        "acme",
        "launch",
        "unix",
        "1.5",
    )
    assert rows[CONFIGURE]["start"] == "2026-11-23T09:00:00Z"
    workspace.ok("apply")
    workspace.ok("order", "done", "net/configure", "--output", "vlan=1", "--effort", "6h")
    plan = workspace.ok("plan", "--output-format", "csv").out
    assert CONFIGURE not in [line.partition(",")[0] for line in plan.splitlines()], "what is done is planned no more"
    status = workspace.ok("status", "--output-format", "csv").out
    done = {one["key"]: one for one in csv.DictReader(io.StringIO(status, newline=""))}[CONFIGURE]
    assert (done["status"], done["finished"], done["actual_hours"]) == ("done", AT, "6")


@given(st.text())
def test_no_cell_is_a_formula(hostile: str) -> None:
    seen = ORDERED.seen
    actions = tuple(replace(one, order=replace(one.order, title=hostile)) for one in seen.plan.actions)
    text = plan_csv(replace(seen.plan, actions=actions), seen.workspace, seen.state)
    rows = [*csv.reader(io.StringIO(text, newline=""))]
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows[1:] for cell in row[:11] if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


# -- whom to tell, and what was done before it was written -------------------------------------------------------------


def test_each_order_says_whom_to_tell_of_it(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.edit("catalog/provider.yaml", "manager: volkov, ", "manager: volkov, email: net@example.com, ")
    contacts = "gusev: {title: Pavel Gusev, role: technical, email: gusev@example.org}"
    workspace.edit("catalog/provider.yaml", "gusev: {title: Pavel Gusev, role: technical}", contacts)
    tasks = "  tasks: {accept: {party: client, dependsOn: [os], wait: 1wd}}\n"
    workspace.write("projects/shop/launch.yaml", workspace.text("projects/shop/launch.yaml") + tasks)

    def told() -> dict[str, list[str]]:
        return {one["step"]: one["notify"] for one in workspace.plan()["orders"]}

    assert told() == {
        "configure": ["bogdanov", "ivanova", "net@example.com"],
        "install": ["bogdanov", "ivanova"],
        "harden": ["bogdanov", "ivanova"],
        "accept": ["gusev@example.org", "ivanova", "orlov"],
    }
    orlov = "orlov: {title: Ivan Orlov, role: decision-maker"
    workspace.edit("catalog/provider.yaml", orlov, f"{orlov}, topics: [acceptance]")
    assert told()["accept"] == ["ivanova", "orlov"], "whoever the topic belongs to, and who asked for the change"
    assert "accept: ivanova, orlov" in workspace.ok("plan", "--full").out


def test_an_emergency_is_written_down_in_the_morning(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.ok("apply")
    workspace.ok("order", "done", "net/configure", "os/install", "os/harden", "--output", "vlan=1")
    workspace.edit("projects/shop/project.yaml", "{service: server, ", "{service: server, params: {count: 2}, ")
    night = change("night", "shop", "os").replace("state: approved", "state: approved\n  category: emergency")
    workspace.write("projects/shop/night.yaml", night)
    workspace.ok("apply", "night", at="2026-11-24T22:00:00Z")
    workspace.ok("order", "done", "os/add", "--effort", "3h", at="2026-11-25T01:30:00Z")
    morning = "2026-11-25T08:00:00Z"
    assert workspace.ok("plan", "--detailed-exitcode", at=morning).out.startswith("Nothing to do")
    assert "Later than promised" not in workspace.ok("today", at=morning).out
    orders = workspace.ok("status", "--output-format", "json", at=morning).data["orders"]
    [add] = [one for one in orders if one["key"].endswith("grow.add")]
    assert (add["status"], add["finished"]) == ("done", "2026-11-25T01:30:00Z")


def test_who_moves_a_promise_is_applied_once_its_tam_agrees() -> None:
    """One person works a week for `second`; `launch` needs that person by Wednesday."""
    slow = change("second", "slow", more="  tasks: {long: {department: unix, effort: 40h}}\n")
    quick = change("launch", "shop", more="  tasks: {quick: {department: unix, effort: 8h}}\n")
    desk = Desk(
        {
            "catalog.yaml": PROVIDER,
            "project.yaml": PROJECT.partition("  components:")[0],
            "slow.yaml": PROJECT.partition("  components:")[0].replace("name: shop", "name: slow"),
            "second.yaml": slow.replace("  requiredBy: 2026-12-18\n", ""),
        }
    )
    desk.apply()
    desk.write("launch.yaml", quick.replace("2026-12-18", "2026-03-04"))
    launch = desk.plan.changes["launch"]
    assert (launch.rung, [one.change for one in launch.displaced]) == (2, ["second"])
    [why] = launch.obstacles
    assert "ivanova must agree, as `consents: {second: {by: ivanova, until: 2026-03-09}}`" in why
    assert desk.apply("launch") == ()
    desk.write("launch.yaml", desk.files["launch.yaml"] + "  consents: {second: {by: ivanova, until: 2026-03-09}}\n")
    assert desk.plan.changes["launch"].obstacles == ()
    assert desk.apply("launch") != ()
    assert not [one for one in desk.plan.changes.values() if one.obstacles]
