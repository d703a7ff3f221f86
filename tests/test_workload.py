"""How much of each department is taken, which one holds up the work, and what waits where work is handed over.

Everybody works from nine to five, so that an hour is an hour and a week has forty for each person.
"""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from story import MONDAY, Desk

from tamspec.model.plan import Interface, Load, Plan

DAYS = "{timeZone: UTC, hours: {mon-fri: ['09:00-17:00']}}"
PROVIDER = f"""\
apiVersion: tamspec/v1
kind: Calendar
metadata: {{name: days}}
spec: {DAYS}
---
apiVersion: tamspec/v1
kind: Calendar
metadata: {{name: nights}}
spec: {{timeZone: UTC, hours: {{mon-sun: ['20:00-24:00']}}}}
---
apiVersion: tamspec/v1
kind: Person
metadata: {{name: petrov}}
spec: {{department: unix}}
---
apiVersion: tamspec/v1
kind: Department
metadata: {{name: unix}}
spec: {{manager: petrov, calendar: days, capacity: {{people: 2}}}}
---
apiVersion: tamspec/v1
kind: Department
metadata: {{name: network}}
spec: {{manager: petrov, calendar: days, windowHours: nights, capacity: {{people: 1}}}}
---
apiVersion: tamspec/v1
kind: Client
metadata: {{name: acme}}
spec: {{calendar: days}}
---
apiVersion: tamspec/v1
kind: Project
metadata: {{name: shop}}
spec: {{client: acme, maintenanceWindow: nights, components: {{}}}}
"""


Tasks = dict[str, dict[str, object]]


def desk(tasks: Tasks, now: datetime = MONDAY, **more: object) -> Desk:
    """A Change of these tasks, at eight on a Monday; `more` of it."""
    spec = {"project": "shop", "state": "approved", "components": [], "tasks": tasks, **more}
    change = {"apiVersion": "tamspec/v1", "kind": "Change", "metadata": {"name": "c"}, "spec": spec}
    return Desk({"provider.yaml": PROVIDER, "c.yaml": yaml.safe_dump(change)}, now)


def load(plan: Plan, department: str) -> Load:
    (found,) = (one for one in plan.loads if one.department == department)
    return found


def day(number: int, hour: int) -> datetime:
    return datetime(2026, 3, number, hour, tzinfo=UTC)


# -- load --------------------------------------------------------------------------------------------------------------


def test_two_people_with_three_days_of_work_are_taken_by_thirty_percent_this_week() -> None:
    unix = load(desk({"one": {"department": "unix", "effort": "24h"}}).plan, "unix")
    assert [(one.planned, one.capacity) for one in unix.weeks] == [(24 * 60, 80 * 60)] + [(0, 80 * 60)] * 7
    assert unix.weeks[0].share == Fraction(30, 100)
    assert [one.start for one in unix.weeks[:3]] == [MONDAY, day(9, 0), day(16, 0)]
    assert (unix.whole.end, unix.whole.planned, unix.whole.capacity) == (day(4, 17), 24 * 60, 48 * 60)
    assert (unix.full_from, unix.awaited, unix.waiting) == (None, None, 0)


def test_work_over_a_weekend_is_shared_out_by_the_hours_of_each_week() -> None:
    unix = load(desk({"one": {"department": "unix", "effort": "48h"}}).plan, "unix")
    assert [one.planned for one in unix.weeks[:3]] == [40 * 60, 8 * 60, 0]


def test_this_week_is_what_is_left_of_it() -> None:
    on_friday = desk({"one": {"department": "network", "effort": "4h"}}, day(6, 12))
    network = load(on_friday.plan, "network")
    assert (network.weeks[0].planned, network.weeks[0].capacity) == (4 * 60, 5 * 60)
    assert network.weeks[1].capacity == 40 * 60


def test_absences_the_reserve_and_closing_days_are_taken_off() -> None:
    one = desk({"one": {"department": "unix", "effort": "4h"}})
    one.edit(
        "provider.yaml",
        "spec: {department: unix}",
        "spec: {department: unix, absences: [{from: 2026-03-04, to: 2026-03-05}]}",
    )
    one.edit("provider.yaml", "capacity: {people: 2}", "validTo: 2026-03-13, capacity: {people: 2, reserve: 50%}")
    assert [use.capacity for use in load(one.plan, "unix").weeks[:3]] == [(3 * 8 * 10 + 2 * 8 * 5) * 6, 40 * 60, 0]


def test_the_first_week_that_is_full_is_named_however_far_ahead() -> None:
    network = load(desk({"one": {"department": "network", "effort": "38h"}}, notBefore="2026-06-01").plan, "network")
    assert network.full_from == datetime(2026, 6, 1, tzinfo=UTC)
    assert all(use.planned == 0 for use in network.weeks)


def test_nine_tenths_are_not_full_yet() -> None:
    assert load(desk({"one": {"department": "network", "effort": "36h"}}).plan, "network").full_from is None
    assert load(desk({"one": {"department": "network", "effort": "36.25h"}}).plan, "network").full_from == MONDAY


def test_joint_work_takes_from_everybody() -> None:
    plan = desk({"one": {"department": "unix", "with": ["network"], "effort": "6h"}}).plan
    assert [load(plan, name).whole.planned for name in ("network", "unix")] == [6 * 60, 6 * 60]


def test_night_work_counts_where_it_is_done() -> None:
    network = load(desk({"one": {"department": "network", "window": True, "effort": "2h"}}).plan, "network")
    assert (network.weeks[0].planned, network.weeks[0].capacity) == (2 * 60, 40 * 60)


def test_of_work_under_way_what_remains_counts() -> None:
    one = desk(
        {"one": {"department": "unix", "effort": "24h", "people": 2}, "two": {"department": "unix", "effort": "8h"}}
    )
    one.apply()
    one.now = day(2, 9)
    one.report("in_progress", "one")
    one.now = day(2, 12)
    assert load(one.plan, "unix").whole.planned == (24 - 2 * 3 + 8) * 60


def test_milestones_clients_and_work_without_dates_take_nothing() -> None:
    tasks: Tasks = {
        "one": {"party": "client", "wait": "2wd"},
        "two": {"milestone": True, "dependsOn": ["one"]},
        "three": {"department": "unix", "effort": "4h"},
    }
    one = desk(tasks)
    one.edit("provider.yaml", "capacity: {people: 2}", "validTo: 2026-02-27, capacity: {people: 2}")
    assert "shop/change:c/three" in one.plan.unplaced
    assert not any(found.whole.planned for found in one.plan.loads)


@settings(max_examples=25, deadline=None)
@given(
    efforts=st.lists(st.tuples(st.sampled_from(["unix", "network"]), st.integers(1, 400)), min_size=1, max_size=8),
    hour=st.integers(0, 24 * 7),
)
def test_law_load_is_the_effort_of_all_that_is_planned(efforts: list[tuple[str, int]], hour: int) -> None:
    tasks: Tasks = {
        f"t{n}": {"department": who, "effort": f"{quarters * 15}m", "dependsOn": [f"t{n - 2}"] if n > 1 else []}
        for n, (who, quarters) in enumerate(efforts)
    }
    one = desk(tasks)
    one.later(hours=hour)
    for department in ("unix", "network"):
        planned = sum(
            order.effort
            for key, order in one.orders.items()
            if key in one.plan.schedule and department in order.departments
        )
        found = load(one.plan, department)
        assert found.whole.planned == planned
        assert sum(use.planned for use in found.weeks) <= planned
        assert found.whole.planned <= found.whole.capacity, "nobody works more than there are hours"
        assert all(use.planned <= use.capacity for use in found.weeks)
        assert found.awaited is None or found.awaited.planned <= found.awaited.capacity
    assert all(0 <= one.longest_minutes <= one.minutes for one in one.plan.interfaces)


# -- bottleneck --------------------------------------------------------------------------------------------------------


def test_the_bottleneck_is_whom_orders_wait_for_and_who_is_taken_most_until_they_begin() -> None:
    tasks: Tasks = {f"n{n}": {"department": "network", "effort": "8h"} for n in range(3)}
    tasks |= {f"u{n}": {"department": "unix", "effort": "8h", "people": 2} for n in range(2)}
    plan = desk(tasks).plan
    assert plan.bottleneck == load(plan, "network")
    found = load(plan, "network")
    assert found.waiting == 2
    assert found.awaited is not None
    assert (found.awaited.end, found.awaited.planned, found.awaited.capacity) == (day(4, 9), 16 * 60, 16 * 60)
    assert load(plan, "unix").waiting == 1


def test_who_is_busy_and_not_waited_for_is_no_bottleneck() -> None:
    plan = desk({"one": {"department": "network", "effort": "40h"}}).plan
    assert plan.bottleneck is None


# -- interfaces --------------------------------------------------------------------------------------------------------


def test_waiting_at_an_interface_is_counted_in_the_hours_of_the_receiver() -> None:
    tasks: Tasks = {
        "long": {"department": "unix", "effort": "12h", "people": 2},
        "give": {"department": "network", "effort": "4h"},
        "take": {"department": "unix", "effort": "2h", "dependsOn": ["give"]},
        "last": {"department": "unix", "effort": "2h", "dependsOn": ["give", "take"]},
    }
    plan = desk(tasks, orders={"take": {"notBefore": "2026-03-04", "why": "The client asks for it."}}).plan
    assert plan.interfaces == (
        Interface(
            giver="network",
            receiver="unix",
            orders=1,
            minutes=(4 + 8) * 60,
            longest_minutes=(4 + 8) * 60,
            longest="shop/change:c/take",
        ),
    ), "from Monday 13:00 to Wednesday 9:00; `last` follows work of its own department"


def test_what_was_handed_over_long_ago_still_waits() -> None:
    one = desk(
        {
            "give": {"department": "network", "effort": "4h"},
            "take": {"department": "unix", "effort": "2h", "dependsOn": ["give"]},
        }
    )
    one.apply()
    one.now = day(2, 13)
    one.report("done", "give")
    one.now = day(4, 11)
    (found,) = one.plan.interfaces
    assert found.minutes == (4 + 8 + 2) * 60


def test_work_that_both_take_part_in_is_not_handed_over() -> None:
    tasks: Tasks = {
        "both": {"department": "unix", "with": ["network"], "effort": "2h"},
        "then": {"department": "network", "effort": "2h", "dependsOn": ["both"]},
        "live": {"milestone": True, "dependsOn": ["then"]},
        "after": {"department": "unix", "effort": "2h", "dependsOn": ["live"]},
    }
    assert desk(tasks).plan.interfaces == ()
