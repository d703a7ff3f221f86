"""What waits goes on waiting: waits that have begun, work that stays owed, renames and withdrawals to be recorded."""

from __future__ import annotations

from datetime import timedelta

from story import Desk
from test_flight import LAUNCH, PROJECT, PROVIDER

SURVEYS = """\
apiVersion: tamspec/v1
kind: Change
metadata: {{name: surveys}}
spec: {{project: shop, state: approved, tasks: {{{tasks}}}}}
"""
ACCEPT = "shop/db/provision.1/accept"


def test_a_wait_that_has_begun_ends_on_the_same_day_whenever_it_is_asked() -> None:
    desk = _ordered()
    desk.later(days=7)
    desk.report("done", "os/install", "os/harden", "db/install")
    desk.report("in_progress", "db/accept")
    ends = desk.plan.schedule[ACCEPT].finish
    desk.later(hours=5)
    assert desk.plan.schedule[ACCEPT].finish == ends


def test_a_wait_that_follows_nothing_counts_from_the_order() -> None:
    delivery = "tasks: {deliver: {party: supplier, wait: 5wd}}"
    desk = Desk(
        {"catalog.yaml": PROVIDER, "project.yaml": PROJECT, "launch.yaml": LAUNCH + f"  {delivery}\n"},
    )
    desk.apply()
    ends = desk.plan.schedule["shop/change:launch/deliver"].finish
    desk.later(days=1)
    assert desk.plan.schedule["shop/change:launch/deliver"].finish == ends


def test_what_follows_an_owed_order_still_waits_for_it() -> None:
    desk = _ordered()
    before = desk.plan.schedule["shop/db/provision.1/install"].start
    desk.report("cancelled", "os/install", reason="The machine went to another client.")
    assert "shop/os/provision.1/install" not in desk.orders
    after = desk.plan.schedule["shop/db/provision.1/install"].start
    assert after >= before
    assert desk.plan.statuses["shop/db/provision.1/install"] == "planned"


def test_a_rename_alone_is_recorded_without_a_change() -> None:
    desk = _ordered()
    desk.later(days=14)
    desk.finish()
    desk.edit("project.yaml", "    db: {", "    store: {")
    desk.write("project.yaml", desk.files["project.yaml"] + "  moved: [{from: db, to: store}]\n")
    assert desk.plan.moves == {"shop": {"db": "store"}}
    desk.apply_moves()
    assert (desk.plan.moves, desk.plan.diffs) == ({}, ())
    assert "shop/store" in desk.state.built


def test_the_tasks_of_a_withdrawn_change_are_taken_back_by_the_next_apply() -> None:
    desk = Desk(
        {
            "catalog.yaml": PROVIDER,
            "project.yaml": PROJECT,
            "launch.yaml": LAUNCH,
            "audit.yaml": "apiVersion: tamspec/v1\nkind: Change\nmetadata: {name: audit}\n"
            "spec: {project: shop, state: approved, tasks: {look: {department: dba, effort: 2h}}}\n",
        }
    )
    desk.apply()
    desk.edit("audit.yaml", "approved", "withdrawn")
    assert desk.work == {"shop/change:audit/look": "cancel"}
    desk.apply("audit")
    assert desk.work == {}
    assert desk.plan.changes["audit"].state == "closed"


def test_a_question_inside_a_composite_that_nobody_can_answer_stops_its_change() -> None:
    provider = PROVIDER + (
        "---\napiVersion: tamspec/v1\nkind: Service\nmetadata: {name: box}\nspec:\n  family: x\n"
        "  components: {inner: {service: sized}}\n"
        "---\napiVersion: tamspec/v1\nkind: Service\nmetadata: {name: sized}\nspec:\n  family: x\n"
        "  params: {ramGiB: {type: integer, assume: 4, ask: How much?}}\n"
        "  procedures: {provision: {steps: {make: {department: dba, effort: 1h}}}}\n"
    )
    desk = Desk({"catalog.yaml": provider, "project.yaml": PROJECT, "launch.yaml": LAUNCH})
    desk.write("project.yaml", PROJECT + "    box: {service: box}\n")
    desk.edit("launch.yaml", "[os, db]", "[os, db, box]")
    verdict = desk.plan.changes["launch"]
    assert [one.field for one in verdict.questions] == ["components.box.inner.params.ramGiB"]
    assert verdict.provisional
    assert desk.apply() == ()


def test_work_for_years_has_dates_and_work_for_a_century_has_none() -> None:
    desk = _ordered()
    surveys = ", ".join(f"s{at}: {{department: dba, effort: 400wd}}" for at in range(6))
    desk.write("surveys.yaml", SURVEYS.format(tasks=surveys))
    assert desk.plan.unplaced == {}
    assert max(dates.finish for dates in desk.plan.schedule.values()).year == 2035
    desk.write("surveys.yaml", SURVEYS.format(tasks="century: {department: dba, effort: 26000wd}"))
    assert list(desk.plan.unplaced) == ["shop/change:surveys/century"]


def _ordered() -> Desk:
    desk = Desk({"catalog.yaml": PROVIDER, "project.yaml": PROJECT, "launch.yaml": LAUNCH})
    desk.apply()
    return desk


def test_the_promise_stands_while_the_wait_goes_on() -> None:
    desk = _ordered()
    promised = desk.state.committed["launch"]
    desk.later(days=3)
    assert desk.state.committed["launch"] == promised
    forecast = desk.plan.changes["launch"].forecast
    assert forecast is not None
    assert forecast - promised < timedelta(days=7)
