"""Orders in flight: what becomes of work when the specification changes before, while and after it is done.

Each test is a story of one small shop; keys are shown without the project where it is plain.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from story import MONDAY, Desk

PROVIDER = """\
apiVersion: tamspec/v1
kind: Calendar
metadata: {name: office}
spec: {timeZone: UTC, hours: {mon-fri: ["09:00-17:00"]}}
---
apiVersion: tamspec/v1
kind: Calendar
metadata: {name: nights}
spec: {timeZone: UTC, hours: {mon-thu: ["22:00-06:00"]}}
---
apiVersion: tamspec/v1
kind: Department
metadata: {name: unix}
spec: {manager: bogdanov, calendar: office, windowHours: nights, capacity: {people: 1}}
---
apiVersion: tamspec/v1
kind: Department
metadata: {name: dba}
spec: {manager: bogdanov, calendar: office, windowHours: nights, capacity: {people: 1}}
---
apiVersion: tamspec/v1
kind: Department
metadata: {name: office}
spec: {manager: bogdanov, calendar: office, capacity: {people: 2}}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: bogdanov}
spec: {department: office}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: ivanova}
spec: {department: office, tamShare: 50%}
---
apiVersion: tamspec/v1
kind: Client
metadata: {name: acme}
spec: {calendar: office, contacts: {orlov: {title: D. Orlov, role: technical}}}
---
apiVersion: tamspec/v1
kind: Service
metadata: {name: linux}
spec:
  family: unix
  params:
    accounts: {type: integer, default: 1}
  procedures:
    provision:
      steps:
        install: {department: unix, effort: 2h, produces: {os-login: Names and accounts}}
        harden: {department: unix, dependsOn: [install], effort: 2h}
    rework: {onChange: {accounts: any}, steps: {rework: {department: unix, effort: 1h}}}
    decommission:
      steps:
        drain: {department: unix, effort: 1h}
        wipe: {department: unix, dependsOn: [drain], effort: 1h}
---
apiVersion: tamspec/v1
kind: Service
metadata: {name: postgresql}
spec:
  family: databases
  params:
    version: {type: string, enum: ["9", "16", "17"], default: "16"}
    sizeGiB: {type: integer, default: 100}
    replicas: {type: integer, default: 0}
    locale: {type: string, default: C}
  procedures:
    provision:
      steps:
        install:
          department: dba
          needs: [os-login]
          effort: 2h
          effortPer: {replicas: 1h}
          produces: {db-endpoint: Host and port}
        replicate: {department: dba, dependsOn: [install], when: {replicas: {min: 1}}, effort: 3h}
        back-up: {department: dba, dependsOn: [replicate], effort: 1h}
        accept: {party: client, dependsOn: [replicate], wait: 1wd}
    upgrade:
      onChange: {version: increase}
      steps:
        rehearse: {department: dba, effort: 4h}
        cut-over: {department: dba, dependsOn: [rehearse], window: true, effort: 2h}
    add-replica: {onChange: {replicas: increase}, steps: {replicate: {department: dba, effort: 2h}}}
    grow: {onChange: {sizeGiB: increase}, steps: {extend: {department: dba, effort: 1h}}}
    shrink: {onChange: {sizeGiB: decrease}, replace: true}
    decommission: {steps: {drop: {department: dba, effort: 1h}}}
---
apiVersion: tamspec/v1
kind: Service
metadata: {name: redis}
spec:
  family: databases
  params:
    memoryGiB: {type: integer, default: 4}
  procedures:
    provision: {steps: {install: {department: dba, needs: [os-login], effort: 1h}}}
    resize: {onChange: {memoryGiB: any}, steps: {restart: {department: dba, effort: 1h}}}
    decommission: {steps: {remove: {department: dba, effort: 1h}}}
---
apiVersion: tamspec/v1
kind: Service
metadata: {name: pair}
spec:
  family: databases
  params:
    replicas: {type: integer, default: 0}
  components:
    os: {service: linux}
    db: {service: postgresql, params: {replicas: $replicas}, dependsOn: [os]}
"""

PROJECT = """\
apiVersion: tamspec/v1
kind: Project
metadata: {name: shop}
spec:
  client: acme
  team: {tam: ivanova}
  maintenanceWindow: nights
  components:
    os: {service: linux}
    db: {service: postgresql, dependsOn: [os]}
"""

LAUNCH = """\
apiVersion: tamspec/v1
kind: Change
metadata: {name: launch}
spec:
  project: shop
  state: approved
  components: [os, db]
"""

OS, DB = "    os: {service: linux}\n", "    db: {service: postgresql, dependsOn: [os]}\n"
DB_PROVISION = {
    "shop/db/provision.1/accept": "create",
    "shop/db/provision.1/back-up": "create",
    "shop/db/provision.1/install": "create",
}
OS_PROVISION = {"shop/os/provision.1/harden": "create", "shop/os/provision.1/install": "create"}


@pytest.fixture
def desk() -> Desk:
    """Linux with PostgreSQL on it, claimed by an approved Change, nothing applied."""
    return Desk({"catalog.yaml": PROVIDER, "project.yaml": PROJECT, "launch.yaml": LAUNCH})


@pytest.fixture
def ordered(desk: Desk) -> Desk:
    """The same, and the Change is applied."""
    desk.apply()
    assert desk.work == {}
    return desk


@pytest.fixture
def built(ordered: Desk) -> Desk:
    """The same a fortnight later, and all of it is done: the Change is closed."""
    ordered.later(days=14)
    ordered.finish()
    assert ordered.work == {}
    assert ordered.state.built == ordered.state.ordered
    assert ordered.plan.changes["launch"].state == "closed"
    return ordered


def params(desk: Desk, **values: object) -> None:
    """Write parameters of the database, in place of those that it has."""
    inside = ", ".join(f"{name}: {value}" for name, value in values.items())
    lines = desk.files["project.yaml"].splitlines(keepends=True)
    written = f"    db: {{service: postgresql, params: {{{inside}}}, dependsOn: [os]}}\n"
    desk.write("project.yaml", "".join(written if line.startswith("    db:") else line for line in lines))


def change(desk: Desk, name: str, *components: str, state: str = "approved", more: str = "") -> None:
    """Write a new Change of the shop."""
    claims = f"  components: [{', '.join(components)}]\n" if components else ""
    head = f"apiVersion: tamspec/v1\nkind: Change\nmetadata: {{name: {name}}}\n"
    desk.write(f"{name}.yaml", f"{head}spec:\n  project: shop\n  state: {state}\n{claims}{more}")


def waits_for(desk: Desk, tail: str) -> set[str]:
    """What an order follows that is not done yet. What is done stays listed, and holds nothing back."""
    done = {key for key, one in desk.state.orders.items() if one.status == "done"}
    return set(desk.order(tail).depends_on) - done


# The first apply


def test_a_landscape_becomes_orders_of_its_departments(desk: Desk) -> None:
    assert desk.work == DB_PROVISION | OS_PROVISION
    assert desk.codes == []
    assert desk.plan.changes["launch"].departments == ("dba", "unix")


def test_a_skipped_step_passes_its_predecessors_on(desk: Desk) -> None:
    assert desk.order("db/back-up").depends_on == ("shop/db/provision.1/install",)
    params(desk, replicas=1)
    assert desk.order("db/replicate").depends_on == ("shop/db/provision.1/install",)
    assert desk.order("db/back-up").depends_on == ("shop/db/provision.1/replicate",)


def test_needs_waits_for_the_producer_only(desk: Desk) -> None:
    install = desk.order("db/install")
    assert install.depends_on == ("shop/os/provision.1/install",)
    assert install.inputs == {"os-login": ("shop/os/provision.1/install",)}


def test_without_needs_the_first_step_waits_for_the_whole_component(desk: Desk) -> None:
    desk.edit("catalog.yaml", "          needs: [os-login]\n", "")
    assert desk.order("db/install").depends_on == ("shop/os/provision.1/harden",)


def test_an_input_that_nobody_produces_is_found_and_not_ordered(desk: Desk) -> None:
    desk.edit("catalog.yaml", "produces: {os-login: Names and accounts}", "produces: {login: Names and accounts}")
    assert desk.codes == ["TAM405"]
    assert desk.apply() == ()


def test_applying_twice_does_nothing_the_second_time(ordered: Desk) -> None:
    ordered.later(days=3)
    assert ordered.apply() == ()


def test_a_draft_is_planned_but_never_recorded(desk: Desk) -> None:
    desk.edit("launch.yaml", "state: approved", "state: draft")
    assert desk.work == DB_PROVISION | OS_PROVISION
    assert set(desk.plan.schedule) == set(desk.work)
    assert desk.apply("launch") == ()


def test_a_withdrawn_change_claims_nothing(desk: Desk) -> None:
    desk.edit("launch.yaml", "state: approved", "state: withdrawn")
    assert desk.codes == ["TAM401", "TAM401"]
    assert desk.apply("launch") == ()


def test_a_difference_that_nobody_claims_is_found_and_not_ordered(desk: Desk) -> None:
    desk.edit("launch.yaml", "[os, db]", "[os]")
    assert desk.codes == ["TAM401"]
    (event,) = desk.apply()
    assert desk.known("os/install").status == "planned"
    assert desk.work == DB_PROVISION
    assert event.project == "shop"


def test_a_difference_that_two_changes_claim_is_ordered_by_neither(desk: Desk) -> None:
    change(desk, "more", "db")
    assert desk.codes == ["TAM402"]
    assert desk.apply() == ()


def test_a_blocking_question_keeps_its_change_from_being_ordered(desk: Desk) -> None:
    desk.edit("catalog.yaml", "sizeGiB: {type: integer, default: 100}", "sizeGiB: {type: integer, assume: 100}")
    assert desk.plan.changes["launch"].provisional
    assert set(desk.plan.schedule) == set(desk.work)
    assert desk.apply() == ()
    params(desk, sizeGiB=80)
    assert len(desk.apply()) == 1
    assert desk.state.ordered["shop/db"].params["sizeGiB"] == 80


@pytest.mark.parametrize("said", ["answer: Eighty.", "blocking: false"])
def test_nothing_is_ordered_on_an_assumption_whatever_its_question_says(desk: Desk, said: str) -> None:
    """An answer in words is none that can be built: the value has to stand in the project."""
    desk.edit("catalog.yaml", "sizeGiB: {type: integer, default: 100}", "sizeGiB: {type: integer, assume: 100}")
    asked = "{text: How large?, ask: orlov, answers: components.db.params.sizeGiB, " + said + "}"
    desk.edit("launch.yaml", "[os, db]\n", f"[os, db]\n  questions:\n    size: {asked}\n")
    assert desk.plan.changes["launch"].provisional
    assert desk.apply() == ()
    params(desk, sizeGiB=80)
    assert not desk.plan.changes["launch"].questions
    assert len(desk.apply()) == 1


# More, before and after


def test_adding_redis_after_the_apply_plans_only_redis(ordered: Desk) -> None:
    ordered.edit("project.yaml", DB, DB + "    cache: {service: redis, dependsOn: [os]}\n")
    ordered.edit("launch.yaml", "[os, db]", "[os, db, cache]")
    assert ordered.work == {"shop/cache/provision.1/install": "create"}
    assert ordered.order("cache/install").depends_on == ("shop/os/provision.1/install",)
    ordered.apply()
    assert ordered.work == {}


def test_adding_redis_to_what_is_built_waits_for_nothing_open(built: Desk) -> None:
    built.edit("project.yaml", DB, DB + "    cache: {service: redis, dependsOn: [os]}\n")
    assert built.codes == ["TAM401"]  # launch is closed: it claims nothing any more
    change(built, "caching", "cache")
    assert built.codes == []
    assert built.work == {"shop/cache/provision.1/install": "create"}
    assert built.plan.schedule["shop/cache/provision.1/install"].start == datetime(2026, 3, 16, 9, tzinfo=UTC)
    built.apply()
    assert built.plan.statuses["shop/cache/provision.1/install"] == "ready"


# Removing


def test_removing_what_nobody_started_cancels_its_orders_and_nothing_else(ordered: Desk) -> None:
    ordered.edit("project.yaml", DB, "")
    assert ordered.work == dict.fromkeys(DB_PROVISION, "cancel")
    ordered.apply()
    assert ordered.work == {}
    assert set(ordered.orders) == set(OS_PROVISION)
    assert set(ordered.state.ordered) == {"shop/os"}


def test_what_was_removed_and_is_wanted_again_is_ordered_again(ordered: Desk) -> None:
    ordered.edit("project.yaml", DB, "")
    ordered.apply()
    ordered.edit("project.yaml", OS, OS + DB)
    assert set(ordered.work.values()) == {"create"}
    ordered.apply()
    assert ordered.work == {}
    assert "shop/db" in ordered.state.ordered
    ordered.later(days=14)
    ordered.finish()
    assert ordered.state.built == ordered.state.ordered


def test_removing_what_was_started_cancels_the_rest_and_takes_it_down(ordered: Desk) -> None:
    ordered.report("done", "os/install")
    ordered.report("in_progress", "db/install")
    ordered.edit("project.yaml", DB, "")
    assert ordered.work == {
        "shop/db/decommission.1/drop": "create",
        "shop/db/provision.1/accept": "cancel",
        "shop/db/provision.1/back-up": "cancel",
    }
    assert ordered.order("db/drop").depends_on == ("shop/db/provision.1/install",)
    ordered.apply()
    assert ordered.work == {}
    assert ordered.known("db/provision.1/install").status == "in_progress"
    ordered.later(days=7)
    ordered.finish()
    assert set(ordered.state.built) == {"shop/os"}


def test_removing_what_was_done_in_part_takes_it_down_too(ordered: Desk) -> None:
    ordered.report("done", "os/install", "os/harden", "db/install")
    ordered.edit("project.yaml", DB, "")
    assert ordered.work == {
        "shop/db/decommission.1/drop": "create",
        "shop/db/provision.1/accept": "cancel",
        "shop/db/provision.1/back-up": "cancel",
    }


def test_what_is_built_is_taken_down_in_reverse(built: Desk) -> None:
    built.edit("project.yaml", "  components:\n" + OS + DB, "")
    change(built, "exit", "os", "db")
    assert built.work == {
        "shop/db/decommission.1/drop": "create",
        "shop/os/decommission.1/drain": "create",
        "shop/os/decommission.1/wipe": "create",
    }
    assert built.order("os/drain").depends_on == ("shop/db/decommission.1/drop",)
    assert built.order("os/wipe").depends_on == ("shop/os/decommission.1/drain",)
    assert built.order("db/drop").depends_on == ()
    built.apply()
    built.later(days=7)
    built.finish()
    assert built.state.built == built.state.ordered == {}
    assert built.plan.diffs == ()


def test_taking_down_runs_out_once_it_is_begun(desk: Desk) -> None:
    desk.adopt("shop", "os", "db")
    desk.edit("project.yaml", "  components:\n" + OS + DB, "")
    desk.apply()
    desk.report("done", "db/drop")
    desk.report("in_progress", "os/drain")
    assert desk.work == {}
    desk.report("done", "os/drain")
    assert desk.work == {}
    assert set(desk.orders) == {"shop/os/decommission.1/wipe"}
    assert set(desk.state.built) == {"shop/os"}
    desk.report("done", "os/wipe")
    assert desk.state.built == {}


def test_what_is_wanted_again_while_it_is_taken_down_is_built_after_that(desk: Desk) -> None:
    desk.adopt("shop", "os", "db")
    desk.edit("project.yaml", DB, "")
    desk.apply()
    desk.report("in_progress", "db/drop")
    desk.edit("project.yaml", OS, OS + DB)
    assert desk.work == DB_PROVISION
    assert waits_for(desk, "db/install") == {"shop/db/decommission.1/drop"}


def test_what_stood_on_it_goes_first_though_it_is_rewired(built: Desk) -> None:
    """The volume of the database is grown before Linux goes, though the database stands on another one by now."""
    built.edit("project.yaml", OS + DB, "    base: {service: linux}\n" + DB.replace("[os]", "[base]"))
    params(built, sizeGiB=200)
    built.edit("project.yaml", "sizeGiB: 200}, dependsOn: [os]", "sizeGiB: 200}, dependsOn: [base]")
    change(built, "other-base", "os", "base", "db")
    assert "shop/db/change.1/grow.extend" in waits_for(built, "os/drain")
    built.apply()
    assert built.work == {}
    assert "shop/db/change.1/grow.extend" in waits_for(built, "os/drain")


def test_what_is_on_its_way_out_goes_first(desk: Desk) -> None:
    """The database left the specification a week earlier, but it still stands on Linux."""
    desk.adopt("shop", "os", "db")
    desk.edit("project.yaml", DB, "")
    desk.apply()
    desk.later(days=7)
    desk.edit("project.yaml", "  components:\n" + OS, "")
    assert waits_for(desk, "os/drain") == {"shop/db/decommission.1/drop"}
    desk.apply()
    assert desk.work == {}


def test_a_cancelled_order_holds_nobody_back(ordered: Desk) -> None:
    """A service without a decommission: of what was begun only the begun order is waited for."""
    ordered.report("done", "os/install")
    ordered.report("in_progress", "db/install")
    ordered.edit("catalog.yaml", "    decommission: {steps: {drop: {department: dba, effort: 1h}}}\n", "")
    ordered.edit("project.yaml", "  components:\n" + OS + DB, "")
    assert waits_for(ordered, "os/drain") == {"shop/db/provision.1/install"}
    ordered.apply()
    assert ordered.work == {}
    ordered.later(days=7)
    ordered.finish()
    assert ordered.state.built == {}


def test_what_was_given_up_half_way_is_built_anew_where_it_is_wanted_again(ordered: Desk) -> None:
    """The rest of its provision was cancelled: what was begun is no ground to build upon."""
    ordered.report("done", "os/install", "os/harden", "db/install")
    ordered.edit("project.yaml", DB, "")
    ordered.apply()
    ordered.edit("project.yaml", OS, OS + DB)
    assert ordered.work == {
        "shop/db/decommission.1/drop": "cancel",
        "shop/db/provision.2/accept": "create",
        "shop/db/provision.2/back-up": "create",
        "shop/db/provision.2/install": "create",
    }
    ordered.apply()
    assert ordered.work == {}
    assert "shop/db" not in ordered.state.built
    ordered.later(days=7)
    ordered.finish()
    assert ordered.state.built == ordered.state.ordered


# Parameters


def test_a_parameter_changed_before_the_start_keeps_the_keys(ordered: Desk) -> None:
    params(ordered, replicas=1)
    assert ordered.work == {
        "shop/db/provision.1/accept": "update",
        "shop/db/provision.1/back-up": "update",
        "shop/db/provision.1/install": "update",
        "shop/db/provision.1/replicate": "create",
    }
    assert ordered.order("db/install").effort == 180
    ordered.apply()
    assert ordered.work == {}
    params(ordered, replicas=0)
    assert ordered.work == {
        "shop/db/provision.1/accept": "update",
        "shop/db/provision.1/back-up": "update",
        "shop/db/provision.1/install": "update",
        "shop/db/provision.1/replicate": "cancel",
    }


def test_a_parameter_changed_after_the_start_is_a_change_that_follows(ordered: Desk) -> None:
    ordered.report("done", "os/install")
    ordered.report("in_progress", "db/install")
    params(ordered, replicas=1)
    assert ordered.work == {"shop/db/change.1/add-replica.replicate": "create"}
    assert waits_for(ordered, "db/add-replica.replicate") == {
        "shop/db/provision.1/accept",
        "shop/db/provision.1/back-up",
        "shop/os/provision.1/harden",
    }
    assert ordered.order("db/provision.1/install").effort == 120
    ordered.apply()
    assert ordered.work == {}


def test_work_that_follows_an_action_is_promised_once(ordered: Desk) -> None:
    """What it follows is done by now; that alters nothing of it, and breaks no promise."""
    ordered.report("in_progress", "db/install")
    ordered.edit("project.yaml", "dependsOn: [os]}", "params: {replicas: 1}, dependsOn: [os]}")
    ordered.apply()
    ordered.finish(lambda one: one.order.key.startswith("shop/db/provision.1/"))
    assert ordered.work == {}
    assert "shop/db/provision.1/back-up" in ordered.order("db/add-replica.replicate").depends_on


def test_a_change_that_nobody_started_takes_in_the_next_one(built: Desk) -> None:
    change(built, "scale", "db")
    params(built, replicas=1)
    built.apply()
    params(built, replicas=1, sizeGiB=200)
    assert built.work == {"shop/db/change.1/grow.extend": "create"}
    built.apply()
    built.report("in_progress", "db/grow.extend")
    params(built, replicas=2, sizeGiB=200)
    assert built.work == {"shop/db/change.2/add-replica.replicate": "create"}
    assert waits_for(built, "db/change.2/add-replica.replicate") == {"shop/db/change.1/grow.extend"}


def test_work_that_was_not_begun_after_all_takes_in_what_followed(ordered: Desk) -> None:
    ordered.report("in_progress", "os/install")
    ordered.edit("project.yaml", "{service: linux}", "{service: linux, params: {accounts: 3}}")
    ordered.apply()
    assert "shop/os/change.1/rework.rework" in ordered.orders
    ordered.report("blocked", "os/provision.1/install", on="client")
    ordered.report("planned", "os/provision.1/install")
    assert ordered.work["shop/os/change.1/rework.rework"] == "cancel"
    ordered.apply()
    assert ordered.work == {}
    ordered.later(days=14)
    ordered.finish()
    assert ordered.state.built == ordered.state.ordered
    assert ordered.state.built["shop/os"].params["accounts"] == 3


def test_a_change_taken_back_before_the_start_leaves_no_work(built: Desk) -> None:
    change(built, "scale", "db")
    params(built, replicas=1)
    built.apply()
    built.edit("project.yaml", "params: {replicas: 1}, ", "")
    assert built.work == {"shop/db/change.1/add-replica.replicate": "cancel"}
    built.apply()
    assert built.work == {}
    assert built.plan.diffs == ()
    assert built.state.built == built.state.ordered
    built.edit("project.yaml", "dependsOn: [os]", "dependsOn: []")
    change(built, "alone", "db")
    assert built.work == {}
    built.apply()
    assert built.state.built["shop/db"].depends_on == ()
    built.edit("project.yaml", "dependsOn: []", "dependsOn: [os]")
    params(built, sizeGiB=200)
    change(built, "larger", "db")
    assert set(built.work.values()) == {"create"}
    built.apply()
    built.later(days=7)
    built.finish()
    assert built.state.built["shop/db"].params["sizeGiB"] == 200


def test_several_procedures_are_chained_into_one_action(built: Desk) -> None:
    change(built, "renew", "db")
    params(built, version='"17"', sizeGiB=200)
    assert built.work == {
        "shop/db/change.1/grow.extend": "create",
        "shop/db/change.1/upgrade.cut-over": "create",
        "shop/db/change.1/upgrade.rehearse": "create",
    }
    assert waits_for(built, "upgrade.rehearse") == set()
    assert waits_for(built, "upgrade.cut-over") == {"shop/db/change.1/upgrade.rehearse"}
    assert waits_for(built, "grow.extend") == {"shop/db/change.1/upgrade.cut-over"}


def test_an_increase_follows_the_enum_and_not_the_alphabet(built: Desk) -> None:
    change(built, "renew", "db")
    params(built, version='"9"')
    assert built.codes == ["TAM403"]
    params(built, version='"17"')
    assert built.codes == []


def test_replace_takes_down_and_builds_anew(built: Desk) -> None:
    change(built, "smaller", "db")
    params(built, sizeGiB=50)
    assert built.work == {
        "shop/db/change.1/decommission.drop": "create",
        "shop/db/change.1/provision.accept": "create",
        "shop/db/change.1/provision.back-up": "create",
        "shop/db/change.1/provision.install": "create",
    }
    assert "shop/db/change.1/decommission.drop" in built.order("provision.install").depends_on
    built.apply()
    assert built.state.built["shop/db"].params["sizeGiB"] == 100
    built.later(days=7)
    built.finish()
    assert built.state.built["shop/db"].params["sizeGiB"] == 50


def test_what_is_replaced_leaves_what_it_stood_on_before_that_goes(built: Desk) -> None:
    """The database is built anew on another Linux; the old one goes once nothing stands on it, and not before."""
    built.edit("project.yaml", OS + DB, "    base: {service: linux}\n" + DB.replace("[os]", "[base]"))
    params(built, sizeGiB=50)
    built.edit("project.yaml", "sizeGiB: 50}, dependsOn: [os]", "sizeGiB: 50}, dependsOn: [base]")
    change(built, "smaller", "os", "base", "db")
    assert built.codes == []
    assert waits_for(built, "decommission.drop") == set()
    assert waits_for(built, "provision.install") == {
        "shop/db/change.1/decommission.drop",
        "shop/base/provision.1/install",
    }
    assert "shop/db/change.1/provision.back-up" in waits_for(built, "os/drain")
    built.apply()
    assert built.work == {}
    built.later(days=14)
    built.finish()
    assert built.state.built == built.state.ordered


def test_what_is_built_anew_waits_for_what_it_will_stand_on(built: Desk) -> None:
    """Where its first step names no input it waits for all that is new below it; what is taken down before does not."""
    built.edit("catalog.yaml", "          needs: [os-login]\n", "")
    built.edit("project.yaml", OS + DB, OS + "    base: {service: linux}\n" + DB.replace("[os]", "[base]"))
    params(built, sizeGiB=50)
    built.edit("project.yaml", "sizeGiB: 50}, dependsOn: [os]", "sizeGiB: 50}, dependsOn: [base]")
    change(built, "smaller", "base", "db")
    assert waits_for(built, "decommission.drop") == set()
    assert waits_for(built, "provision.install") == {
        "shop/db/change.1/decommission.drop",
        "shop/base/provision.1/harden",
    }


def test_a_parameter_change_that_nobody_answers_plans_no_order(built: Desk) -> None:
    change(built, "german", "db")
    params(built, locale="de")
    assert built.codes == ["TAM403"]
    assert built.work == {}
    assert built.apply() == ()


def test_a_parameter_change_that_nobody_answers_keeps_its_whole_change(built: Desk) -> None:
    """The answered part is not ordered alone: a Change is applied whole or not at all."""
    change(built, "german", "db")
    params(built, locale="de", replicas=1)
    assert built.codes == ["TAM403"]
    assert built.apply() == ()


def test_before_the_start_any_parameter_may_change(ordered: Desk) -> None:
    params(ordered, locale="de")
    assert ordered.codes == []
    ordered.apply()
    assert ordered.state.ordered["shop/db"].params["locale"] == "de"
    assert ordered.work == {}


# Names


def test_a_rename_plans_nothing(ordered: Desk) -> None:
    ordered.edit("project.yaml", DB, "    store: {service: postgresql, dependsOn: [os]}\n")
    ordered.edit("project.yaml", "  components:\n", "  moved: [{from: db, to: store}]\n  components:\n")
    ordered.edit("launch.yaml", "[os, db]", "[os, store]")
    assert ordered.codes == []
    assert ordered.work == {}
    assert [one.kind for one in ordered.plan.diffs] == ["move"]
    (moved,) = ordered.apply()
    assert ordered.plan.diffs == ()
    assert ordered.work == {}
    assert moved.name.endswith("-moved-shop")


def test_work_goes_on_under_the_new_name(ordered: Desk) -> None:
    ordered.edit("project.yaml", DB, "    store: {service: postgresql, params: {replicas: 1}, dependsOn: [os]}\n")
    ordered.edit("project.yaml", "  components:\n", "  moved: [{from: db, to: store}]\n  components:\n")
    ordered.edit("launch.yaml", "[os, db]", "[os, store]")
    assert ordered.work["shop/db/provision.1/install"] == "update"  # keys are for ever, names are not
    ordered.apply()
    assert ordered.work == {}
    ordered.later(days=7)
    ordered.finish()
    assert ordered.state.built["shop/store"].params["replicas"] == 1
    assert set(ordered.state.built) == {"shop/os", "shop/store"}


def test_a_rename_without_moved_takes_down_and_builds_anew(built: Desk) -> None:
    built.edit("project.yaml", "    db:", "    store:")
    change(built, "fresh", "db", "store")
    assert built.work == {
        "shop/db/decommission.1/drop": "create",
        "shop/store/provision.1/accept": "create",
        "shop/store/provision.1/back-up": "create",
        "shop/store/provision.1/install": "create",
    }


# Existing clients


def test_adopting_plans_nothing(desk: Desk) -> None:
    desk.adopt("shop", "os", "db")
    assert desk.work == {}
    assert desk.plan.diffs == ()
    assert desk.state.built == desk.state.ordered
    assert desk.apply() == ()


def test_what_was_taken_down_can_be_adopted_again(desk: Desk) -> None:
    desk.adopt("shop", "os", "db")
    desk.edit("project.yaml", DB, "")
    desk.apply()
    desk.report("done", "db/drop")
    assert set(desk.state.built) == {"shop/os"}
    desk.edit("project.yaml", OS, OS + DB)
    desk.adopt("shop", "db")
    assert desk.state.built == desk.state.ordered
    assert set(desk.state.built) == {"shop/os", "shop/db"}
    params(desk, replicas=1)
    assert desk.work == {"shop/db/change.1/add-replica.replicate": "create"}


def test_an_adopted_component_can_be_changed(desk: Desk) -> None:
    desk.adopt("shop", "os", "db")
    params(desk, replicas=1)
    assert desk.work == {"shop/db/change.1/add-replica.replicate": "create"}
    assert desk.order("add-replica.replicate").depends_on == ()
    desk.apply()
    desk.report("done", "add-replica.replicate")
    assert desk.state.built["shop/db"].params["replicas"] == 1


def test_new_work_on_an_adopted_component_waits_for_nothing(desk: Desk) -> None:
    desk.adopt("shop", "os")
    assert desk.work == DB_PROVISION
    assert desk.order("db/install").depends_on == ()


# People decide


def test_an_order_that_somebody_cancelled_stays_owed(ordered: Desk) -> None:
    ordered.report("done", "os/install", "os/harden")
    ordered.report("done", "db/install")
    ordered.report("cancelled", "db/back-up", reason="No tape is left.")
    assert ordered.work == {}
    assert "shop/db/provision.1/back-up" not in ordered.orders
    ordered.report("done", "db/accept")
    ordered.later(days=30)
    assert ordered.apply() == ()
    assert ordered.plan.diffs == ()
    assert "shop/db" not in ordered.state.built
    ordered.report("planned", "db/back-up")
    assert ordered.plan.statuses["shop/db/provision.1/back-up"] == "ready"
    ordered.report("done", "db/back-up")
    assert ordered.state.built == ordered.state.ordered


def test_a_change_of_the_specification_brings_a_cancelled_order_back(ordered: Desk) -> None:
    ordered.report("cancelled", "db/back-up", reason="No tape is left.")
    params(ordered, replicas=1)
    assert ordered.work["shop/db/provision.1/back-up"] == "create"
    ordered.apply()
    assert ordered.known("db/back-up").status == "planned"
    assert ordered.work == {}


def test_a_cancelled_component_comes_back_under_its_keys(ordered: Desk) -> None:
    """Nothing of it was started, so it is recomputed under the same keys, even where no order of it is left."""
    ordered.report("cancelled", *DB_PROVISION, reason="The budget is gone.")
    params(ordered, replicas=1)
    assert ordered.work == DB_PROVISION | {"shop/db/provision.1/replicate": "create"}


def test_a_cancelled_started_order_is_not_given_again(ordered: Desk) -> None:
    ordered.report("done", "os/install", "os/harden")
    ordered.report("in_progress", "db/install")
    ordered.report("cancelled", "db/install", reason="The disks are broken.")
    params(ordered, replicas=1)
    assert "shop/db/provision.1/install" not in ordered.work
    ordered.apply()
    assert ordered.work == {}


def test_a_rejected_order_stays_until_somebody_plans_it_again(ordered: Desk) -> None:
    ordered.report("rejected", "db/install", reason="Not our trade.")
    assert ordered.work == {}
    assert ordered.plan.statuses["shop/db/provision.1/install"] == "rejected"
    ordered.report("planned", "db/install")
    assert ordered.work == {}


# The catalogue


def test_a_newer_default_is_no_work(built: Desk) -> None:
    built.edit("catalog.yaml", 'default: "16"', 'default: "17"')
    assert built.codes == []
    assert built.work == {}
    assert built.plan.diffs == ()


def test_writing_down_the_default_is_no_work(built: Desk) -> None:
    params(built, version='"16"')
    assert built.plan.diffs == ()


def test_a_new_parameter_of_the_catalogue_is_no_work(built: Desk) -> None:
    built.edit("catalog.yaml", "    locale: {", "    tuned: {type: boolean, default: true}\n    locale: {")
    assert built.plan.diffs == ()


def test_open_orders_that_nobody_started_follow_the_catalogue(ordered: Desk) -> None:
    ordered.report("in_progress", "os/install")
    ordered.edit("catalog.yaml", "needs: [os-login]\n          effort: 2h", "needs: [os-login]\n          effort: 6h")
    ordered.edit("catalog.yaml", "{department: unix, effort: 2h, produces", "{department: unix, effort: 9h, produces")
    assert ordered.work == {"shop/db/provision.1/install": "update"}
    assert ordered.order("db/install").effort == 360
    ordered.apply()
    assert ordered.work == {}
    assert ordered.known("db/install").order.effort == 360
    assert ordered.known("os/install").order.effort == 120


def test_a_step_that_the_catalogue_gives_up_is_cancelled(ordered: Desk) -> None:
    ordered.edit("catalog.yaml", "        back-up: {department: dba, dependsOn: [replicate], effort: 1h}\n", "")
    assert ordered.work == {"shop/db/provision.1/back-up": "cancel"}
    ordered.apply()
    assert ordered.work == {}
    ordered.later(days=14)
    ordered.finish()
    assert ordered.state.built == ordered.state.ordered


# Changes and their tasks

MIGRATE = "  tasks:\n    migrate: {department: dba, dependsOn: [db], needs: [db-endpoint], effort: 2h}\n"
SIGN_OFF = "    sign-off: {party: tam, dependsOn: [migrate], effort: 2h}\n"


def test_tasks_wait_for_their_components(desk: Desk) -> None:
    desk.edit("launch.yaml", "  components: [os, db]\n", "  components: [os, db]\n" + MIGRATE + SIGN_OFF)
    assert desk.order("migrate").depends_on == (
        "shop/db/provision.1/accept",
        "shop/db/provision.1/back-up",
        "shop/db/provision.1/install",
    )
    assert desk.order("sign-off").depends_on == ("shop/change:launch/migrate",)
    desk.apply()
    assert desk.work == {}
    desk.finish(lambda one: bool(one.order.component))
    assert desk.plan.changes["launch"].state == "approved"
    desk.finish()
    assert desk.plan.changes["launch"].state == "closed"
    assert desk.work == {}


def test_a_task_taken_out_is_cancelled(desk: Desk) -> None:
    desk.edit("launch.yaml", "  components: [os, db]\n", "  components: [os, db]\n" + MIGRATE + SIGN_OFF)
    desk.apply()
    desk.edit("launch.yaml", SIGN_OFF, "")
    assert desk.work == {"shop/change:launch/sign-off": "cancel"}
    desk.apply()
    assert desk.work == {}


def test_a_withdrawn_change_takes_back_its_tasks(built: Desk) -> None:
    change(built, "drill", more="  tasks:\n    drill: {department: unix, effort: 1h}\n")
    built.apply()
    built.edit("drill.yaml", "state: approved", "state: withdrawn")
    assert built.work == {"shop/change:drill/drill": "cancel"}
    built.apply()
    assert built.work == {}
    assert built.plan.actions == ()


def test_a_wait_counts_from_when_it_was_ordered(built: Desk) -> None:
    """A day that passes brings the client's answer a day nearer; what is ordered again waits again."""
    answer, drill = "    answer: {party: client, wait: 2wd}\n", "    drill: {department: unix, effort: 1h}\n"
    change(built, "talk", more="  tasks:\n" + answer + drill)
    built.apply()
    (planned,) = (one.finish for key, one in built.plan.schedule.items() if key.endswith("answer"))
    built.later(days=1)
    assert built.plan.schedule["shop/change:talk/answer"].finish == planned
    built.edit("talk.yaml", answer, "")
    built.apply()
    built.later(days=14)
    built.edit("talk.yaml", drill, answer + drill)
    for _ in range(2):
        assert built.plan.schedule["shop/change:talk/answer"].finish >= built.now + timedelta(days=1, hours=23)
        built.apply()
    assert built.work == {}


def test_a_change_of_tasks_alone(built: Desk) -> None:
    change(built, "drill", more="  tasks:\n    drill: {department: unix, effort: 1h}\n")
    assert built.work == {"shop/change:drill/drill": "create"}
    built.apply()
    assert built.work == {}
    built.report("done", "drill")
    assert built.work == {}


def test_a_closed_change_claims_nothing(built: Desk) -> None:
    params(built, replicas=1)
    assert built.codes == ["TAM401"]
    assert built.apply() == ()
    change(built, "scale", "db")
    assert built.codes == []
    (event,) = built.apply()
    assert event.name.endswith("-ordered-scale")


def test_people_override_one_order(desk: Desk) -> None:
    more = "  orders:\n    db/provision/install: {effort: 12h, notBefore: 2026-03-10, why: Import of 400 GiB}\n"
    desk.edit("launch.yaml", "  components: [os, db]\n", "  components: [os, db]\n" + more)
    assert desk.order("db/install").effort == 720
    assert desk.plan.schedule["shop/db/provision.1/install"].start == datetime(2026, 3, 10, 9, tzinfo=UTC)
    desk.apply()
    assert desk.work == {}


def test_nothing_of_a_change_begins_before_its_day(desk: Desk) -> None:
    desk.edit("launch.yaml", "state: approved", "state: approved\n  notBefore: 2026-03-11")
    assert min(one.start for one in desk.plan.schedule.values()) == datetime(2026, 3, 11, 9, tzinfo=UTC)


# Composite services


@pytest.fixture
def cluster(desk: Desk) -> Desk:
    """A pair of Linux and PostgreSQL as one instance, ordered."""
    desk.edit("project.yaml", OS + DB, "    first: {service: pair}\n    cache: {service: redis, dependsOn: [first]}\n")
    desk.edit("launch.yaml", "[os, db]", "[first, cache]")
    desk.apply()
    return desk


def test_a_composite_instance_becomes_its_components(cluster: Desk) -> None:
    assert set(cluster.state.ordered) == {"shop/first.os", "shop/first.db", "shop/cache"}
    assert cluster.state.ordered["shop/cache"].depends_on == ("first.db",)
    assert cluster.order("first.db/install").depends_on == ("shop/first.os/provision.1/install",)
    assert cluster.order("cache/install").depends_on == ("shop/first.os/provision.1/install",)


def test_a_composite_instance_that_is_removed_goes_whole(cluster: Desk) -> None:
    cluster.later(days=14)
    cluster.finish()
    components = "    first: {service: pair}\n    cache: {service: redis, dependsOn: [first]}\n"
    cluster.edit("project.yaml", "  components:\n" + components, "")
    change(cluster, "exit", "first", "cache")
    assert cluster.work == {
        "shop/cache/decommission.1/remove": "create",
        "shop/first.db/decommission.1/drop": "create",
        "shop/first.os/decommission.1/drain": "create",
        "shop/first.os/decommission.1/wipe": "create",
    }
    assert cluster.order("first.db/drop").depends_on == ("shop/cache/decommission.1/remove",)
    assert cluster.order("first.os/drain").depends_on == ("shop/first.db/decommission.1/drop",)
    cluster.apply()
    assert cluster.work == {}


def test_a_composite_instance_removed_before_any_work_is_cancelled_whole(cluster: Desk) -> None:
    components = "    first: {service: pair}\n    cache: {service: redis, dependsOn: [first]}\n"
    cluster.edit("project.yaml", "  components:\n" + components, "")
    assert set(cluster.work.values()) == {"cancel"}
    cluster.apply()
    assert cluster.work == {}
    assert cluster.state.ordered == {}


def test_a_parameter_handed_down_changes_only_who_takes_it(cluster: Desk) -> None:
    cluster.later(days=14)
    cluster.finish()
    cluster.edit("project.yaml", "{service: pair}", "{service: pair, params: {replicas: 1}}")
    change(cluster, "scale", "first")
    assert cluster.work == {"shop/first.db/change.1/add-replica.replicate": "create"}
    assert [one.component for one in cluster.plan.diffs] == ["first.db"]


def test_a_composite_instance_is_renamed_whole(cluster: Desk) -> None:
    cluster.edit("project.yaml", "    first: {service: pair}", "    main: {service: pair}")
    cluster.edit("project.yaml", "dependsOn: [first]", "dependsOn: [main]")
    cluster.edit("project.yaml", "  components:\n", "  moved: [{from: first, to: main}]\n  components:\n")
    cluster.edit("launch.yaml", "[first, cache]", "[main, cache]")
    assert cluster.codes == []
    assert cluster.work == {}
    cluster.apply()
    assert cluster.plan.diffs == ()
    assert set(cluster.state.ordered) == {"shop/main.os", "shop/main.db", "shop/cache"}


# Dates


def test_a_night_of_cut_over_leaves_the_next_working_day(built: Desk) -> None:
    change(built, "renew", "db")
    params(built, version='"17"', sizeGiB=200)  # the only person of dba cuts over at night, then grows the volume
    dates = {key.rpartition(".")[2]: one for key, one in built.plan.schedule.items()}
    monday = built.now.replace(hour=0, minute=0)
    assert dates["rehearse"].start == monday + timedelta(hours=9)
    assert dates["cut-over"].start == monday + timedelta(hours=22)
    assert dates["cut-over"].finish == monday + timedelta(days=1)
    assert dates["extend"].start == monday + timedelta(days=2, hours=9)


def test_a_step_of_the_tam_takes_the_share_of_the_tam(desk: Desk) -> None:
    tasks = "  tasks:\n    passport: {party: tam, effort: 4h}\n    talk: {party: tam, effort: 4h}\n"
    change(desk, "papers", more=tasks)
    dates = {key.rpartition("/")[2]: one for key, one in desk.plan.schedule.items() if "change:papers" in key}
    # Half a person needs a whole day for four hours, and cannot do two things on one day.
    assert (dates["passport"].start, dates["passport"].finish) == (MONDAY.replace(hour=9), MONDAY.replace(hour=17))
    assert dates["talk"].start == MONDAY.replace(day=3, hour=9)
    assert desk.plan.changes["papers"].departments == ()


def test_waiting_for_the_client_takes_time_and_nobody(desk: Desk) -> None:
    install, accept = (desk.plan.schedule[f"shop/db/provision.1/{step}"] for step in ("install", "accept"))
    assert install.finish == MONDAY.replace(hour=13)
    assert accept.finish == MONDAY.replace(day=3, hour=13)


def test_work_that_is_done_moves_the_forecast_and_no_promise(ordered: Desk) -> None:
    promised = ordered.state.committed["launch"]
    baselines = {key: one.baseline for key, one in ordered.state.orders.items()}
    ordered.later(days=3)
    ordered.report("done", "os/install", "os/harden")
    assert ordered.plan.changes["launch"].forecast != promised
    assert ordered.state.committed == {"launch": promised}
    assert {key: one.baseline for key, one in ordered.state.orders.items()} == baselines


def test_a_second_apply_promises_anew_and_keeps_the_baseline(ordered: Desk) -> None:
    baseline = ordered.known("db/install").baseline
    promised = ordered.state.committed["launch"]
    ordered.later(days=7)
    params(ordered, replicas=1)
    ordered.apply()
    assert ordered.state.committed["launch"] > promised
    assert ordered.known("db/install").baseline == baseline
    assert ordered.known("db/install").recorded.start > baseline.start
