"""`tamspec plan` on one screen: charts of characters, what is shortened, and what never is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from story import MONDAY, Desk
from test_workload import PROVIDER, Tasks, day, desk

from tamspec.model.plan import OpenQuestion, Plan, Redated
from tamspec.report import plan_text, status_text
from tamspec.report.gantt import Bar, gantt

ROW_OF_TASKS: Tasks = {
    f"t{n:02}": {"department": "unix", "effort": "4h", "dependsOn": [f"t{n - 1:02}"] if n else []} for n in range(30)
}


def shown(one: Desk, plan: Plan | None = None, *, full: bool = False) -> list[str]:
    return plan_text(plan or one.plan, one.seen.workspace, full=full).splitlines()


def with_(plan: Plan, **fields: object) -> Plan:
    """The plan where its Change says something else."""
    return replace(plan, changes={**plan.changes, "c": replace(plan.changes["c"], **fields)})  # type: ignore[arg-type]


def tasks(number: int) -> Tasks:
    return dict(list(ROW_OF_TASKS.items())[:number])


# -- the chart ---------------------------------------------------------------------------------------------------------


def bar(start: datetime, finish: datetime, *, since: datetime | None = None, is_wait: bool = False) -> Bar:
    return Bar(start=start, finish=finish, since=since, is_wait=is_wait)


def test_a_week_of_days_from_nine_to_five() -> None:
    bars = [
        bar(day(2, 9), day(2, 17)),
        bar(day(3, 9), day(3, 13)),
        bar(day(4, 13), day(5, 17), since=day(3, 13)),
        bar(day(6, 9), day(9, 13)),
        bar(day(9, 13), day(11, 13), is_wait=True),
        bar(day(11, 13), day(11, 13)),
        Bar(),
    ]
    assert gantt(bars, zone="UTC", deadline=day(12, 0), width=40) == (
        "2 Mar   4   5   6   7   8   9   10  11",
        "====                                   |",
        "    ==                                 |",
        "      ....======                       |",
        "                ====--------==         |",
        "                              ........ |",
        "                                      ◆|",
        "                                       |",
    )


def test_months_are_drawn_by_days_and_years_by_more() -> None:
    bars = [bar(day(2, 9), day(20, 17)), bar(datetime(2026, 4, 6, 9, tzinfo=UTC), datetime(2026, 4, 8, 17, tzinfo=UTC))]
    assert gantt(bars, zone="UTC", deadline=None, width=40) == (
        "2 Mar  9 Mar  16 Mar 23 Mar 30 Mar 6 Apr",
        "=====--=====--=====",
        "                                   ===",
    )
    later = datetime(2028, 2, 28, 9, tzinfo=UTC)
    years = [bar(day(2, 9), day(2, 17)), bar(later, later + timedelta(hours=8))]
    head, first, last = gantt(years, zone="UTC", deadline=None, width=40)
    assert (first, last) == ("=", " " * 38 + "=")
    assert head.startswith("2 Mar")


def test_a_chart_without_dates_is_none() -> None:
    assert gantt([Bar()], zone="UTC", deadline=None, width=40) == ()


def test_a_far_deadline_is_not_drawn() -> None:
    bars = [bar(day(2, 9), day(3, 17))]
    near, far = (gantt(bars, zone="UTC", deadline=at, width=40) for at in (day(6, 0), day(7, 0)))
    assert near[1] == "=" * 16 + " " * 15 + "|"
    assert "|" not in far[1]


@given(
    spans=st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(0, 10**5), st.integers(0, 10**5)), min_size=1, max_size=6
    ),
    deadline=st.none() | st.integers(-(10**5), 10**6),
    width=st.integers(14, 80),
)
def test_law_a_chart_keeps_to_its_columns_and_shows_every_bar(
    spans: list[tuple[int, int, int]], deadline: int | None, width: int
) -> None:
    def at(minutes: int) -> datetime:
        return MONDAY + timedelta(minutes=minutes)

    bars = [bar(at(start), at(start + length), since=at(start - waits)) for start, length, waits in spans]
    lines = gantt(bars, zone="Europe/Berlin", deadline=None if deadline is None else at(deadline), width=width)
    assert len(lines) == len(bars) + 1
    assert all(len(line) <= width for line in lines)
    assert all(set(line) & set("=◆|") for line in lines[1:])


# -- the screen --------------------------------------------------------------------------------------------------------


def test_a_normal_change_fits_one_screen() -> None:
    told = shown(desk(tasks(12)))
    assert len(told) <= 24
    assert max(map(len, told)) <= 100
    assert sum("shop" not in line and " unix " in line for line in told) == 12


def test_many_orders_are_shortened_and_counted() -> None:
    one = desk(ROW_OF_TASKS)
    assert "     … and 6 more orders; --full shows them all." in shown(one)
    assert len(shown(one)) <= 40
    assert not any("--full" in line for line in shown(one, full=True))
    assert all(any(f"t{n:02}" in line for line in shown(one, full=True)) for n in range(30))


def test_no_order_is_left_out_to_make_room_for_saying_so() -> None:
    assert not any("--full" in line for line in shown(desk(tasks(25))))


def test_what_is_cancelled_is_always_shown() -> None:
    one = desk(ROW_OF_TASKS)
    one.apply()
    one.files["c.yaml"] = desk({"other": {"department": "unix", "effort": "4h"}}).files["c.yaml"]
    told = shown(one)
    assert all(any(f"t{n:02}" in line and "cancelled" in line for line in told) for n in range(30))


def test_whose_promise_is_broken_what_blocks_and_what_stands_against_it_are_always_complete() -> None:
    one = desk(tasks(2))
    named = [f"other-{n}" for n in range(40)]
    plan = with_(
        one.plan,
        displaced=tuple(Redated(change=name, before=MONDAY, after=MONDAY) for name in named),
        obstacles=tuple(f"Obstacle {n}." for n in range(40)),
        questions=tuple(OpenQuestion(name=f"q{n}", text=f"Question {n}?", blocking=n < 40) for n in range(80)),
    )
    told = shown(one, plan)
    for each in [*(f"    {name}: " for name in named), *(f"    - Obstacle {n}." for n in range(40))]:
        assert any(line.startswith(each) for line in told), each
    assert sum(line.startswith("    ? ") for line in told) == 40 + 3
    assert "    … and 37 more questions that block nothing; --full shows them all." in told


def test_orders_of_others_that_move_are_counted() -> None:
    one = desk(tasks(2))
    told = shown(one, with_(one.plan, moved_orders=tuple(f"mill/a/provision.1/s{n}" for n in range(9)), rung=1))
    assert "  It moves 9 orders of other changes, and no promised finish (rung 1):" in told
    assert "    … and 6 more orders; --full shows them all." in told


def test_of_many_changes_the_late_ones_and_those_with_news_come_first() -> None:
    one = desk(tasks(1))
    quiet = replace(one.plan.changes["c"], name="", pending=False)
    others = {f"x{n:03}": replace(quiet, name=f"x{n:03}") for n in range(300)}
    others["x250"] = replace(others["x250"], slack_minutes=-60, deadline=MONDAY)
    plan = replace(one.plan, changes={**others, **one.plan.changes})
    told = shown(one, plan)
    assert len(told) <= 40
    assert any("x250" in line and "1 hour TOO LATE" in line for line in told)
    assert any(line.startswith("  +  c ") for line in told)
    assert "… and 281 more changes, none of them too late; --full shows them all." in told


@pytest.mark.parametrize("full", [False, True])
def test_the_short_form_says_keys_as_people_do(full: bool) -> None:
    one = desk(tasks(3))
    told = shown(one, full=full)
    assert any(" t00 " in line for line in told)
    assert sum("change:c/t00" in line for line in told) == (2 if full else 0)


# -- departments and interfaces ----------------------------------------------------------------------------------------


def load_lines(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line.startswith(("  network ", "  unix "))]


def test_bars_and_weeks_of_departments() -> None:
    one = desk({"a": {"department": "unix", "effort": "24h"}, "b": {"department": "network", "effort": "52h"}})
    expected = [
        "  network  ##########  100 %  52h of 52h  until Tue 10 Mar 2026  #3......  full from Mon 2 Mar 2026",
        "  unix     #####.....   50 %  24h of 48h  until Wed 4 Mar 2026   3.......",
    ]
    assert load_lines(shown(one, full=True)) == expected
    assert load_lines(status_text(one.plan, one.seen.workspace, one.state).splitlines()) == expected
    assert load_lines(shown(one)) == []


def test_the_bottleneck_is_one_line_of_the_short_plan() -> None:
    one = desk({f"n{n}": {"department": "network", "effort": "8h"} for n in range(3)})
    assert "Bottleneck: network, 100 % until Wed 4 Mar 2026; 2 orders wait for it." in shown(one)
    assert not any(line.startswith("Bottleneck") for line in shown(desk(tasks(3))))


def test_interfaces_with_waiting_are_told_and_the_others_counted() -> None:
    row: Tasks = {
        "give": {"department": "network", "effort": "4h"},
        "take": {"department": "unix", "effort": "2h", "dependsOn": ["give"]},
        "back": {"department": "network", "effort": "2h", "dependsOn": ["take"]},
    }
    one = desk(row, orders={"take": {"notBefore": "2026-03-04", "why": "The client asks for it."}})
    told = shown(one, full=True)
    at = told.index("Waiting where work is handed over, in working hours of whoever takes over:")
    assert told[at + 1 : at + 3] == [
        "  network → unix  1 hand-over  12h waiting  the longest 12h: shop/change:c/take",
        "  Without waiting: 1 interface.",
    ]


def test_nothing_to_do_is_one_line() -> None:
    nothing = Desk({"provider.yaml": PROVIDER})
    assert shown(nothing) == shown(nothing, full=True) == ["Nothing to do: everything that is wanted is built."]
