"""What bounds work besides its effort: absences, fences, freezes, pins, milestones, and the way back.

Where the engine is not asked, jobs and resources are looked at: what it is told, in epoch seconds and quarter hours.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from story import Desk
from test_flight import PROVIDER

from tamspec import plan, rules
from tamspec.model.order import Report
from tamspec.plan.engine.schedule import Job
from tamspec.plan.jobs import Ground, ground, jobs
from tamspec.plan.reports import objection
from tamspec.worktime import instant

PROJECT = """\
apiVersion: tamspec/v1
kind: Project
metadata: {name: shop}
spec:
  client: acme
  phase: operation
  team: {tam: ivanova}
  maintenanceWindow: nights
  components:
    os: {service: linux}
"""
LAUNCH = """\
apiVersion: tamspec/v1
kind: Change
metadata: {name: launch}
spec:
  project: shop
  category: major
  state: approved
  requestedBy: orlov
  components: [os]
  tasks:
    switch: {department: dba, dependsOn: [os], window: true, effort: 2h}
    live: {milestone: true, dependsOn: [switch]}
    tell: {party: client, dependsOn: [live], wait: 1d}
  backOut:
    restore: {department: dba, effort: 1h}
    check: {department: unix, dependsOn: [restore], effort: 30m}
"""
SWITCH, LIVE, TELL, RESTORE, CHECK = (
    f"shop/change:launch/{name}" for name in ("switch", "live", "tell", "back-out.restore", "back-out.check")
)
INSTALL = "shop/os/provision.1/install"
BOGDANOV = "metadata: {name: bogdanov}\nspec: {department: office"


def desk(*, catalog: str = "", project: str = "", launch: str = "") -> Desk:
    """The shop before its launch, with more in its files."""
    return Desk({"catalog.yaml": PROVIDER + catalog, "project.yaml": PROJECT + project, "launch.yaml": LAUNCH + launch})


def ground_of(one: Desk) -> Ground:
    return ground(one.seen.workspace, one.now)


def job_of(one: Desk, key: str) -> Job:
    """What the engine is told of an order."""
    return jobs(one.orders.values(), one.state, ground_of(one), {})[key]


def t(text: str) -> int:
    return instant(datetime.fromisoformat(text).replace(tzinfo=UTC))


# -- absences ----------------------------------------------------------------------------------------------------------


def test_who_is_away_is_missing_on_those_days() -> None:
    one = desk()
    one.edit("catalog.yaml", BOGDANOV, f"{BOGDANOV}, absences: [{{from: 2026-03-04, to: 2026-03-05}}]")
    office = ground_of(one).resources["office"]
    assert office.levels == ((0, 15), (t("2026-03-04"), 5), (t("2026-03-06"), 15))
    assert office.capacity == 15


def test_a_tam_who_is_away_takes_what_was_left_of_a_person_and_the_share() -> None:
    one = desk()
    absence = "absences: [{from: 2026-03-04, to: 2026-03-04, reason: Leave}]"
    one.edit("catalog.yaml", "tamShare: 50%", f"tamShare: 50%, {absence}")
    base = ground_of(one)
    assert base.resources["office"].levels == ((0, 15), (t("2026-03-04"), 10), (t("2026-03-05"), 15))
    assert base.resources["tam:ivanova"].levels == ((0, 5), (t("2026-03-04"), 0), (t("2026-03-05"), 5))
    assert base.resources["tam:ivanova"].capacity == 5


def test_absences_that_overlap_count_once_and_what_is_past_not_at_all() -> None:
    one = desk()
    days = (("02-02", "02-03"), ("03-04", "03-05"), ("03-05", "03-06"))
    absences = ", ".join(f"{{from: 2026-{first}, to: 2026-{last}}}" for first, last in days)
    one.edit("catalog.yaml", BOGDANOV, f"{BOGDANOV}, absences: [{absences}]")
    levels = ground_of(one).resources["office"].levels
    assert levels == ((t("2026-02-04"), 15), (t("2026-03-04"), 5), (t("2026-03-07"), 15))


def test_a_department_opens_and_closes() -> None:
    one = desk()
    validity = "validFrom: 2026-04-01, validTo: 2026-04-30, "
    one.edit("catalog.yaml", "capacity: {people: 2}", f"{validity}capacity: {{people: 2}}")
    assert ground_of(one).resources["office"].levels == ((t("2026-04-01"), 15), (t("2026-05-01"), 0))


def test_a_department_that_closed_has_nothing() -> None:
    one = desk()
    one.edit("catalog.yaml", "capacity: {people: 2}", "validTo: 2026-01-30, capacity: {people: 2}")
    office = ground_of(one).resources["office"]
    assert (office.capacity, office.levels) == (0, ())


def test_a_department_of_which_nobody_is_left_has_nothing_rather_than_less() -> None:
    person = "---\napiVersion: tamspec/v1\nkind: Person\nmetadata: {name: %s}\nspec: {department: dba, %s}\n"
    away = "absences: [{from: 2026-03-04, to: 2026-03-04}]"
    one = desk(catalog="".join(person % (name, away) for name in ("belov", "orlova")))
    assert ground_of(one).resources["dba"].levels == ((0, 10), (t("2026-03-04"), 0), (t("2026-03-05"), 10))


# -- fences ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fence", "until"), [("24h", "2026-03-03T08:00"), ("2wd", "2026-03-04T09:00")])
def test_a_fence_keeps_new_work_out(fence: str, until: str) -> None:
    one = desk()
    one.edit("catalog.yaml", "metadata: {name: unix}\nspec: {", f"metadata: {{name: unix}}\nspec: {{fence: {fence}, ")
    assert job_of(one, INSTALL).fence == t(until)
    assert job_of(one, SWITCH).fence == 0
    one.apply()
    assert job_of(one, INSTALL).fence == 0, "what is recorded keeps its place"


def test_an_emergency_does_not_wait_for_a_fence() -> None:
    one = desk()
    one.edit("catalog.yaml", "metadata: {name: unix}\nspec: {", "metadata: {name: unix}\nspec: {fence: 3wd, ")
    one.edit("launch.yaml", "category: major", "category: emergency")
    assert job_of(one, INSTALL).fence == 0


# -- freezes -----------------------------------------------------------------------------------------------------------

FREEZE = "  freezes: {year-end: {title: End of the year, from: 2026-03-03, to: 2026-03-05}}\n"


def test_a_freeze_binds_departments_and_tams_and_nobody_else() -> None:
    one = desk(project=FREEZE, launch="    note: {party: tam, effort: 1h}\n")
    name = "freeze:project/shop/year-end"
    assert job_of(one, SWITCH).closed == (name,)
    assert job_of(one, TELL).closed == ()
    assert job_of(one, LIVE).closed == ()
    windows = ground_of(one).hours[name]
    assert (windows.starts, windows.ends) == ((t("2026-03-03"),), (t("2026-03-06"),))


def test_a_freeze_lets_through_what_it_excepts() -> None:
    one = desk(project=FREEZE)
    one.edit("launch.yaml", "category: major", "category: emergency")
    assert job_of(one, SWITCH).closed == ()
    one.edit("project.yaml", "to: 2026-03-05}", "to: 2026-03-05, except: []}")
    assert job_of(one, SWITCH).closed != ()


def test_freezes_of_the_client_count_in_its_time_zone() -> None:
    one = desk()
    one.edit("catalog.yaml", "office}\nspec: {timeZone: UTC", "office}\nspec: {timeZone: Europe/Moscow")
    one.edit("catalog.yaml", "contacts: {", "freezes: {sale: {from: 2026-03-03, to: 2026-03-03}}, contacts: {")
    assert job_of(one, SWITCH).closed == ("freeze:client/acme/sale",)
    windows = ground_of(one).hours["freeze:client/acme/sale"]
    assert (windows.starts, windows.ends) == ((t("2026-03-02T21:00"),), (t("2026-03-03T21:00"),))


def test_nothing_is_worked_in_a_freeze_and_the_reason_names_it() -> None:
    one = desk(project=FREEZE)
    dates = one.plan.schedule[SWITCH]
    assert dates.start == datetime(2026, 3, 6, tzinfo=UTC)
    assert [(reason.kind, reason.text) for reason in dates.reasons if reason.kind == "freeze"] == [
        ("freeze", "Changes are frozen: End of the year.")
    ]


# -- pins and what people decided --------------------------------------------------------------------------------------


def pinned(one: Desk, at: str) -> None:
    one.write("launch.yaml", one.files["launch.yaml"] + f"  orders: {{switch: {{pin: {at}, why: As agreed.}}}}\n")


def test_a_pin_is_told_to_the_engine_and_recorded_as_it_was_written() -> None:
    one = desk()
    pinned(one, "2026-03-10 22:00")
    assert job_of(one, SWITCH).pin == t("2026-03-10T22:00")
    one.apply()
    assert one.known("switch").order.pin == datetime.fromisoformat("2026-03-10T22:00")
    assert one.work == {}


def test_work_starts_when_it_is_pinned() -> None:
    one = desk()
    pinned(one, "2026-03-11 23:00")
    assert one.plan.schedule[SWITCH].start == datetime(2026, 3, 11, 23, tzinfo=UTC)


def test_a_pin_into_a_freeze_is_a_finding_that_says_where_to_look() -> None:
    one = desk(project=FREEZE)
    pinned(one, "2026-03-04 22:00")
    [found] = [one for one in one.seen.findings.all if one.code == "TAM406"]
    assert "pin" in found.hint
    assert "freezes" in found.hint


def test_a_pin_that_has_passed_binds_nobody() -> None:
    one = desk()
    pinned(one, "2026-03-02 07:45")
    assert job_of(one, SWITCH).pin is None


def test_what_people_decided_is_told_with_what_it_replaces() -> None:
    one = desk(
        launch="  orders:\n"
        "    os/provision/install: {effort: 5h, notBefore: 2026-03-04, why: Old disks}\n"
        "    switch: {effort: 3h, why: Two sites}\n"
    )
    told = {
        action.order.key: [(d.field, d.catalogue, d.decided, d.why, d.at.line) for d in action.decided]
        for action in one.plan.actions
        if action.decided
    }
    last = len(one.files["launch.yaml"].splitlines())
    assert told == {
        INSTALL: [
            ("effort", "2h", "5h", "Old disks", last - 1),
            ("notBefore", "", "2026-03-04", "Old disks", last - 1),
        ],
        SWITCH: [("effort", "2h", "3h", "Two sites", last)],
    }


# -- milestones --------------------------------------------------------------------------------------------------------


def test_a_milestone_is_reached_with_the_last_thing_before_it() -> None:
    one = desk()
    assert one.plan.schedule[LIVE].start == one.plan.schedule[LIVE].finish == one.plan.schedule[SWITCH].finish
    assert one.plan.schedule[TELL].start >= one.plan.schedule[LIVE].finish
    one.apply()
    one.finish(lambda known: known.order.component == "os")
    assert one.known("live").status == "planned"
    one.report("done", "switch")
    live = one.known("live")
    assert (live.status, live.finished) == ("done", one.known("switch").finished)
    assert one.work == {}
    one.report("in_progress", "switch")
    assert one.known("live").status == "planned"


def test_nobody_reports_a_milestone() -> None:
    one = desk()
    one.apply()
    assert "milestone" in (objection(one.state, LIVE, Report(status="done")) or "")


def test_a_milestone_keeps_no_change_open() -> None:
    one = desk()
    one.apply()
    one.report("cancelled", "switch", reason="Not needed")
    one.finish(lambda known: not known.order.milestone and not known.order.standby)
    assert one.state.is_closed("launch")
    assert one.known("live").status == "cancelled"
    assert one.work == {}


# -- the way back ------------------------------------------------------------------------------------------------------


def test_a_back_out_stands_by_without_dates() -> None:
    one = desk()
    assert one.work[RESTORE] == "create"
    assert not {RESTORE, CHECK} & one.plan.schedule.keys()
    assert not one.plan.unplaced
    assert one.order("back-out.check").procedure == "back-out"
    one.apply()
    assert one.work == {}
    assert one.plan.statuses[RESTORE] == "planned"
    assert one.plan.changes["launch"].forecast == one.plan.schedule[TELL].finish


def test_room_for_the_way_back_stays_behind_the_work_in_the_window() -> None:
    one = desk()
    assert job_of(one, SWITCH).reserve == 6
    assert job_of(one, INSTALL).reserve == 0


def test_who_calls_for_a_back_out_gets_dates_for_all_of_it() -> None:
    one = desk()
    one.apply()
    one.finish(lambda known: known.order.component == "os")
    one.later(days=4)
    one.report("in_progress", "back-out.restore")
    assert one.plan.schedule[CHECK].start >= one.plan.schedule[RESTORE].finish


def test_a_back_out_holds_nothing_up_and_is_not_wanted_any_more() -> None:
    one = desk()
    one.apply()
    one.finish(lambda known: not known.order.standby and not known.order.milestone)
    assert one.state.is_closed("launch")
    assert one.known("back-out.restore").dropped
    assert one.work == {}
    assert "TAM465" not in one.codes


MORE = """\
apiVersion: tamspec/v1
kind: Change
metadata: {name: more}
spec: {project: shop, state: approved, components: [os]}
"""


def test_a_procedure_has_a_way_back_of_its_own() -> None:
    one = desk()
    one.edit(
        "catalog.yaml",
        "{rework: {department: unix, effort: 1h}}}",
        "{rework: {department: unix, window: true, effort: 1h}}, backOut: {undo: {department: unix, effort: 2h}}}",
    )
    one.apply()
    one.later(days=30)
    one.finish(lambda known: not known.order.milestone and not known.order.standby)
    one.edit("project.yaml", "os: {service: linux}", "os: {service: linux, params: {accounts: 2}}")
    one.write("more.yaml", MORE)
    undo = "shop/os/change.1/back-out.rework.undo"
    assert one.work == {undo: "create", "shop/os/change.1/rework.rework": "create"}
    assert job_of(one, "shop/os/change.1/rework.rework").reserve == 8
    one.apply()
    one.report("done", "rework.rework")
    assert one.state.built["shop/os"].params["accounts"] == 2
    assert one.known(undo).dropped
    assert one.state.is_closed("more")
    assert one.work == {}


def test_everything_survives_the_ledger() -> None:
    """`Desk.apply` itself holds that what was written is read back the same."""
    one = desk()
    pinned(one, "2026-03-10 22:00")
    [event] = one.apply()
    assert plan.fold([event]).orders[RESTORE].order.standby
    assert "start" not in one.files[f"ledger/{event.name}.yaml"].split("back-out.restore")[1].split("shop/")[0]


# -- renames that nobody wrote down ------------------------------------------------------------------------------------


def offered(one: Desk) -> list[tuple[int, str]]:
    """The lines at which a rename is offered, and the entry to paste."""
    found = rules.plan_rules(one.seen.workspace, one.state, one.plan).all
    return [(f.at.line, f.hint.split("`")[1]) for f in found if f.code == "TAM459"]


def built(*lines: str) -> Desk:
    """A project whose components were taken over."""
    one = Desk(
        {"catalog.yaml": PROVIDER, "project.yaml": PROJECT.replace("    os: {service: linux}\n", "".join(lines))}
    )
    names = [line.split(":")[0].strip() for line in lines]
    one.adopt("shop", *names)
    return one


def test_of_several_candidates_the_most_similar_is_offered_and_each_name_once() -> None:
    old = ("    os: {service: linux}\n", "    old: {service: linux, params: {accounts: 7}}\n")
    one = built(*old)
    one.edit("project.yaml", old[0], "    first: {service: linux, params: {accounts: 7}}\n")
    one.edit("project.yaml", old[1], "    second: {service: linux}\n")
    lines = one.files["project.yaml"].splitlines()
    at = {name: next(n for n, line in enumerate(lines, 1) if f" {name}:" in line) for name in ("first", "second")}
    assert offered(one) == [
        (at["first"], "moved: [{from: old, to: first}]"),
        (at["second"], "moved: [{from: os, to: second}]"),
    ]


def test_what_was_never_built_is_no_rename() -> None:
    one = desk()
    one.apply()
    one.edit("project.yaml", "os: {service: linux}", "system: {service: linux}")
    one.edit("launch.yaml", "components: [os]", "components: [os, system]")
    one.edit("launch.yaml", "dependsOn: [os]", "dependsOn: [system]")
    assert offered(one) == []


def test_what_is_offered_makes_the_work_go_away() -> None:
    one = built("    os: {service: linux}\n", "    db: {service: postgresql, dependsOn: [os]}\n")
    one.edit("project.yaml", "os: {service", "system: {service")
    one.edit("project.yaml", "dependsOn: [os]", "dependsOn: [system]")
    [(_, entry)] = offered(one)
    assert one.plan.diffs
    one.write("project.yaml", one.files["project.yaml"] + f"  {entry}\n")
    assert {d.kind for d in one.plan.diffs} == {"move"}
    assert offered(one) == []
