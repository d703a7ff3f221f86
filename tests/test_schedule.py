"""Dates by hand on a wall calendar of Berlin, laws over random portfolios, PSPLIB; the checker judges every plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pytest
from checker import violations
from hypothesis import assume, event, given
from hypothesis import strategies as st
from msgspec.structs import replace
from portfolios import (
    AT,
    BERLIN,
    DAY_SHIFTS,
    END,
    NIGHTS,
    OFFICE,
    Portfolio,
    calendar,
    dated,
    examples,
    one_job,
    portfolios,
    projects,
    t,
)

from benchmarks import psplib
from tamspec.model.catalog import Calendar, Shift
from tamspec.model.values import Duration
from tamspec.plan.engine.grid import Grid, grid_after
from tamspec.plan.engine.place import Desk
from tamspec.plan.engine.schedule import SLOT, Job, Resource, Scheduling, Slotted, schedule, seated
from tamspec.worktime import Windows, expand

PSPLIB = psplib.FOLDER
HOUR = 4


def span(start: str, end: str) -> Windows:
    """One window, by the wall clock of Berlin."""
    return Windows((t(start),), (t(end),), OFFICE.horizon, "Europe/Berlin")


HOURS = {
    "office": OFFICE,
    "moscow": calendar("moscow", "Europe/Moscow", mon_fri=(Shift(9 * 60, 18 * 60),)),
    "nights": NIGHTS,
    "weekend": calendar("weekend", sat=(Shift(22 * 60, 6 * 60),)),
    "ragged": calendar("ragged", mon_fri=(Shift(9 * 60 + 5, 9 * 60 + 55),)),
    "noon": span("2026-11-24 11:07", "2026-11-24 12:01"),
    "sunday-sale": span("2026-11-29 10:00", "2026-11-29 20:07"),
}


def job(key: str, work: int = HOUR, on: str = "dba", **more: Any) -> Job:
    """An order of the department `on` for one person, in office hours, of the Change `c`."""
    fields: dict[str, Any] = {"group": "c", "demand": {on: 10}, "hours": ("office",)} | more
    return Job(key=key, work=work, **fields)


def client(key: str, **more: Any) -> Job:
    return Job(key=key, group="c", **more)


def plan(
    *jobs: Job, at: str = "2026-11-23 09:00", horizon: str = "2027-01-20 00:00", people: float = 1, **more: Resource
) -> Scheduling:
    """The schedule of two departments of so many people; the checker must have nothing to say."""
    tenths = round(people * 10)
    resources = {name: Resource(name=name, capacity=tenths) for name in ("dba", "unix")} | more
    result = schedule(jobs, resources, HOURS, at=t(at), horizon=t(horizon))
    assert violations(jobs, resources, HOURS, t(at), result.slots) == []
    assert sorted({*result.slots, *result.unplaced}) == sorted(job.key for job in jobs)
    return result


def dates(result: Scheduling, key: str) -> tuple[str, str]:
    """Start and finish as the wall clock in Berlin shows them."""
    slotted = result.slots[key]
    start, finish = (datetime.fromtimestamp(instant, BERLIN) for instant in (slotted.start, slotted.finish))
    return f"{start:%m-%d %H:%M}", f"{finish:%m-%d %H:%M}"


def reasons(result: Scheduling, key: str) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(reason.kind, reason.subject, reason.orders) for reason in result.slots[key].reasons}


# Working time


def test_work_pauses_for_lunch_night_and_weekend() -> None:
    result = plan(job("a", 10 * HOUR, release=t("2026-11-27 11:00")))
    assert dates(result, "a") == ("11-27 11:00", "11-30 13:00")


def test_work_skips_a_holiday() -> None:
    assert dates(plan(job("a", 2 * HOUR, release=t("2026-12-24 17:00"))), "a") == ("12-24 17:00", "12-28 10:00")


def test_only_whole_quarter_hours_are_worked() -> None:
    result = plan(job("a", 3, hours=("ragged",)))
    assert dates(result, "a") == ("11-23 09:15", "11-24 09:30")


def test_now_is_rounded_up_to_the_grid() -> None:
    assert dates(plan(job("a"), at="2026-11-23 09:01"), "a") == ("11-23 09:15", "11-23 10:15")


def test_without_hours_work_goes_around_the_clock() -> None:
    result = plan(job("a", 48 * HOUR, hours=(), release=t("2026-11-27 12:00")))
    assert dates(result, "a") == ("11-27 12:00", "11-29 12:00")


def test_a_night_in_which_the_clocks_go_back_is_an_hour_longer() -> None:
    nine_hours = job("a", 9 * HOUR, hours=("weekend",))
    result = plan(replace(nine_hours, release=t("2026-10-24 12:00")), at="2026-10-05 09:00")
    assert dates(result, "a") == ("10-24 22:00", "10-25 06:00")
    result = plan(replace(nine_hours, release=t("2026-10-31 12:00")), at="2026-10-05 09:00")
    assert dates(result, "a") == ("10-31 22:00", "11-07 23:00")


def test_joint_work_needs_both_departments_at_once() -> None:
    joint = job("joint", 7 * HOUR, demand={"dba": 10, "unix": 10}, hours=("office", "moscow"), rank=(1,))
    result = plan(joint)  # nine to four in Berlin, less lunch
    assert dates(result, "joint") == ("11-23 09:00", "11-24 10:00")
    result = plan(joint, job("busy", 2 * HOUR, on="unix"))
    assert dates(result, "joint") == ("11-23 11:00", "11-24 12:00")
    assert reasons(result, "joint") == {("capacity", "unix", ("busy",))}


# Order and waits


def test_a_chain_is_worked_in_turn_and_branches_in_parallel() -> None:
    chain = [job("a"), job("b", needs=("a",)), job("c", needs=("a",), on="unix"), job("d", needs=("b", "c"))]
    result = plan(*chain)
    assert [dates(result, key)[0] for key in "abcd"] == ["11-23 09:00", "11-23 10:00", "11-23 10:00", "11-23 11:00"]
    assert [result.slots[key].wave for key in "abcd"] == [0, 1, 1, 2]
    assert reasons(result, "d") == {("predecessor", "", ("b", "c")), ("capacity", "dba", ("b",))}


def test_a_wait_in_minutes_passes_in_closed_time_too() -> None:
    waits = job("b", needs=("a",), wait=Duration(minutes=90))
    result = plan(job("a", 8 * HOUR), waits)
    assert dates(result, "b")[0] == "11-24 09:00"
    assert reasons(result, "b") == {("predecessor", "90m", ("a",)), ("capacity", "dba", ("a",))}


def test_working_days_of_a_wait_are_those_of_its_calendar() -> None:
    waits = job("b", needs=("a",), wait=Duration(working_days=2), release=0)
    first = job("a", release=t("2026-11-27 09:00"))
    assert dates(plan(first, replace(waits, wait_hours="office")), "b")[0] == "12-01 10:00"
    assert dates(plan(first, replace(waits, hours=())), "b")[0] == "11-29 10:00"


def test_a_wait_counts_from_the_real_finish_of_work_that_is_done() -> None:
    done = job("a", started=t("2026-11-20 09:00"), finished=t("2026-11-20 10:00"))
    waits = job("b", needs=("a",), wait=Duration(working_days=2), wait_hours="office")
    result = plan(done, waits, at="2026-11-23 16:00")
    assert dates(result, "b")[0] == "11-24 10:00"
    assert reasons(result, "b") == {("wait", "2wd", ("a",))}
    assert dates(result, "a") == ("11-20 09:00", "11-20 10:00")
    assert not result.slots["a"].critical
    assert dates(plan(done, waits, at="2026-11-26 16:00"), "b")[0] == "11-26 16:00"


def test_a_wait_counts_from_now_where_nothing_came_before() -> None:
    result = plan(job("a", wait=Duration(minutes=120)))
    assert dates(result, "a")[0] == "11-23 11:00"
    assert reasons(result, "a") == {("wait", "2h", ())}


def test_a_wait_that_began_before_the_calendars_is_over() -> None:
    done = job("a", finished=t("2026-09-01 10:00"))
    waits = job("b", needs=("a",), wait=Duration(working_days=2), wait_hours="office")
    resources = {"dba": Resource(name="dba", capacity=10)}
    result = schedule([done, waits], resources, HOURS, at=t("2026-11-23 09:00"), horizon=t("2026-12-01 00:00"))
    assert dates(result, "b")[0] == "11-23 09:00"


def test_a_clients_step_takes_time_and_nobody() -> None:
    accept = client("accept", needs=("a",), wait=Duration(working_days=1), wait_hours="office")
    result = plan(job("a"), accept, job("b", needs=("accept",)))
    assert dates(result, "accept") == ("11-23 10:00", "11-24 10:00")
    assert dates(result, "b")[0] == "11-24 10:00"


def test_what_is_no_job_of_the_run_is_satisfied() -> None:
    result = plan(job("a", needs=("elsewhere",)))
    assert dates(result, "a")[0] == "11-23 09:00"
    assert reasons(result, "a") == {("at", "2026-11-23T08:00:00Z", ())}


def test_a_release_holds_work_back_and_says_so() -> None:
    result = plan(job("a", release=t("2026-11-24 15:00")))
    assert dates(result, "a")[0] == "11-24 15:00"
    assert reasons(result, "a") == {("release", "2026-11-24T14:00:00Z", ())}


# Capacity


def test_in_a_quarter_hour_in_which_capacity_changes_the_least_counts() -> None:
    fewer = Resource(
        name="dba", capacity=20, levels=((0, 20), (t("2026-11-23 10:07"), 10), (t("2026-11-23 11:07"), 20))
    )
    pair = job("pair", HOUR + 1, demand={"dba": 20})
    assert dates(plan(pair, dba=fewer), "pair")[0] == "11-23 11:15"
    assert dates(plan(replace(pair, work=HOUR), dba=fewer), "pair")[0] == "11-23 09:00"


def test_rank_decides_who_is_served_first_and_the_key_between_equals() -> None:
    result = plan(job("a", rank=(2,)), job("b", rank=(1,)), job("c", rank=(1,)))
    assert sorted("abc", key=lambda key: result.slots[key].start) == ["b", "c", "a"]
    assert reasons(result, "a") == {("capacity", "dba", ("c",))}


def test_small_work_fits_into_what_large_work_leaves() -> None:
    jobs = [job("a", 2 * HOUR, demand={"dba": 20}), job("b", demand={"dba": 20}), job("c", demand={"dba": 7})]
    result = plan(*jobs, people=2.7)
    assert [dates(result, key)[0] for key in "abc"] == ["11-23 09:00", "11-23 11:00", "11-23 09:00"]


def test_capacity_may_exceed_a_byte() -> None:
    result = plan(*(job(f"{n}", demand={"dba": 150}) for n in range(5)), people=40)
    starts = [dates(result, f"{n}")[0] for n in range(5)]
    assert starts == ["11-23 09:00", "11-23 09:00", "11-23 10:00", "11-23 10:00", "11-23 11:00"]


def test_a_gap_before_other_work_is_used_only_if_the_work_fits_whole() -> None:
    later = job("later", 8 * HOUR, release=t("2026-11-23 12:00"), rank=(0,))
    result = plan(later, job("long", 3 * HOUR + 1, rank=(1,)), job("short", 3 * HOUR, rank=(2,)))
    assert dates(result, "short")[0] == "11-23 09:00"
    assert dates(result, "long")[0] == "11-24 12:00"


def test_night_work_uses_the_pause_of_day_work() -> None:
    long = job("long", 24 * HOUR, release=t("2026-11-24 09:00"))
    night = job("night", hours=("nights",), rank=(1,))
    assert dates(plan(long, night), "night") == ("11-24 22:00", "11-24 23:00")


def test_a_resource_has_capacity_only_while_it_exists() -> None:
    founded = Resource(name="new", capacity=10, levels=((t("2026-11-25 10:10"), 10), (t("2026-11-26 12:00"), 0)))
    result = plan(job("a", on="new"), job("b", 12 * HOUR, on="new"), new=founded)
    assert dates(result, "a")[0] == "11-25 10:15"
    assert reasons(result, "a") == {("capacity", "new", ())}
    assert "new" in result.unplaced["b"]


# Nights and the days after


NIGHT_WORK = job("night", 2 * HOUR, hours=("nights",), unbroken=True, rest={"dba": "office"}, rank=(1,))


def test_a_night_costs_the_next_working_day() -> None:
    result = plan(NIGHT_WORK, job("day", release=t("2026-11-25 09:00"), rank=(2,)))
    assert dates(result, "night") == ("11-24 22:00", "11-25 00:00")
    assert dates(result, "day")[0] == "11-26 09:00"
    assert reasons(result, "day") == {("capacity", "dba", ("night",))}


def test_others_of_the_department_work_on_after_the_night() -> None:
    day = job("day", release=t("2026-11-25 09:00"), rank=(2,))
    assert dates(plan(NIGHT_WORK, day, people=2), "day")[0] == "11-25 09:00"


def test_a_night_before_a_full_day_is_left_for_the_next() -> None:
    result = plan(NIGHT_WORK, job("day", release=t("2026-11-25 15:00")))
    assert dates(result, "night") == ("11-26 22:00", "11-27 00:00")
    assert reasons(result, "night") == {("capacity", "dba", ("day",))}


def test_a_cut_over_is_never_split_between_two_nights() -> None:
    late = job("late", 3 * HOUR, hours=("nights",), release=t("2026-11-25 00:00"), unbroken=True)
    result = plan(late, job("pauses", 3 * HOUR, on="unix", hours=("nights",), release=t("2026-11-25 00:00")))
    assert dates(result, "late") == ("11-26 22:00", "11-27 01:00")
    assert reasons(result, "late") == {("release", "2026-11-24T23:00:00Z", ())}
    assert dates(result, "pauses") == ("11-25 00:00", "11-26 23:00")
    assert "5h" in plan(job("long", 5 * HOUR, hours=("nights",), unbroken=True)).unplaced["long"]


def test_a_night_before_the_weekend_costs_monday() -> None:
    night = replace(NIGHT_WORK, hours=("weekend",))
    result = plan(night, job("friday", release=t("2026-11-27 15:00"), rank=(2,)), job("next", 12 * HOUR, rank=(3,)))
    assert dates(result, "night") == ("11-28 22:00", "11-29 00:00")
    result = plan(night, job("monday", release=t("2026-11-30 09:00"), rank=(2,)))
    assert dates(result, "monday")[0] == "12-01 09:00"


# Freezes, fences, pins


def test_work_is_neither_done_in_a_freeze_nor_interrupted_by_it() -> None:
    before = job("before", 2 * HOUR, closed=("noon",), release=t("2026-11-24 09:00"))
    after = job("after", 2 * HOUR + 1, closed=("noon",), release=t("2026-11-24 09:00"), on="unix")
    result = plan(before, after)
    assert dates(result, "before") == ("11-24 09:00", "11-24 11:00")
    assert dates(result, "after")[0] == "11-24 12:15"
    assert reasons(result, "after") == {("freeze", "noon", ())}


def test_work_does_not_pause_over_a_freeze_in_closed_time() -> None:
    over = job("over", 6 * HOUR, closed=("sunday-sale",), release=t("2026-11-27 13:00"))
    result = plan(over, replace(over, key="free", closed=(), demand={"unix": 10}))
    assert dates(result, "over") == ("11-30 09:00", "11-30 16:00")
    assert reasons(result, "over") == {("freeze", "sunday-sale", ())}
    assert dates(result, "free") == ("11-27 14:00", "11-30 11:00")
    assert dates(plan(replace(over, work=4 * HOUR)), "over") == ("11-27 14:00", "11-27 18:00")


def test_time_to_take_work_back_is_free_of_freezes_and_of_others() -> None:
    back = job("back", HOUR, closed=("noon",), release=t("2026-11-24 09:00"), reserve=HOUR)
    assert dates(plan(back, job("next", rank=(1,), release=t("2026-11-24 09:00"))), "next")[0] == "11-24 11:00"
    assert dates(plan(replace(back, reserve=HOUR + 1)), "back")[0] == "11-24 12:15"
    one_opening = job("back", 2 * HOUR, unbroken=True, reserve=2 * HOUR, release=t("2026-11-24 09:15"))
    assert dates(plan(one_opening), "back")[0] == "11-24 14:00"


def test_new_work_comes_behind_the_fence_and_its_wait_passes_meanwhile() -> None:
    fenced = job("a", fence=t("2026-11-26 00:00"), wait=Duration(working_days=1), wait_hours="office")
    result = plan(fenced)
    assert dates(result, "a")[0] == "11-26 09:00"
    assert reasons(result, "a") == {("fence", "2026-11-25T23:00:00Z", ())}


def test_a_pinned_job_starts_then_or_not_at_all() -> None:
    pinned = job("a", pin=t("2026-11-25 10:30"))
    assert dates(plan(pinned), "a")[0] == "11-25 10:30"
    assert reasons(plan(pinned), "a") == {("pinned", "2026-11-25T09:30:00Z", ())}
    assert "pinned" in plan(job("b", 20 * HOUR), replace(pinned, rank=(1,))).unplaced["a"]
    assert "pinned" in plan(replace(pinned, pin=t("2026-11-25 13:30"))).unplaced["a"]
    assert "b" in plan(job("b", 20 * HOUR, on="unix"), replace(pinned, needs=("b",))).unplaced["a"]


def test_a_step_of_nobody_is_pinned_like_any_other() -> None:
    signing = client("signing", pin=t("2026-11-25 10:30"), needs=("a",))
    result = plan(job("a"), signing, job("b", needs=("signing",)))
    assert dates(result, "signing") == ("11-25 10:30", "11-25 10:30")
    assert dates(result, "b")[0] == "11-25 10:30"
    assert "pinned" in plan(job("a", 20 * HOUR), signing).unplaced["signing"]


def test_a_place_is_kept_for_a_reserved_pin_and_the_day_after_the_night_too() -> None:
    agreed = replace(NIGHT_WORK, pin=t("2026-11-24 22:00"), reserved=True, rank=(9,))
    day = job("day", 4 * HOUR, release=t("2026-11-25 09:00"))
    result = plan(agreed, day)
    assert dates(result, "night")[0] == "11-24 22:00"
    assert dates(result, "day")[0] == "11-26 09:00"
    assert "pinned" in plan(replace(agreed, reserved=False), day).unplaced["night"]


def test_a_kept_place_that_is_of_no_use_is_given_up() -> None:
    agreed = job("agreed", 4 * HOUR, pin=t("2026-11-24 09:00"), reserved=True, needs=("late",))
    result = plan(job("late", 20 * HOUR, on="unix"), agreed, job("other", 12 * HOUR))
    assert "late" in result.unplaced["agreed"]
    assert dates(result, "other") == ("11-23 09:00", "11-24 13:00")


# Work under way


def test_work_under_way_goes_on_at_once_whoever_is_there() -> None:
    away = Resource(name="dba", capacity=10)
    started = [job(key, 6 * HOUR, started=t("2026-11-20 17:00")) for key in ("x", "y")]
    result = plan(*started, job("a", rank=(-1,)), dba=away)
    assert dates(result, "x") == dates(result, "y") == ("11-20 17:00", "11-23 15:00")
    assert dates(result, "a")[0] == "11-23 15:00"
    assert reasons(result, "a") == {("capacity", "dba", ("x", "y"))}
    assert reasons(result, "x") == {("started", "2026-11-20T16:00:00Z", ())}


def test_what_was_worked_since_the_report_is_not_worked_again() -> None:
    reported = job("a", 6 * HOUR, started=t("2026-11-19 09:00"), resumes=t("2026-11-20 16:00"))
    assert dates(plan(reported, at="2026-11-23 11:00"), "a")[1] == "11-23 13:00"


def test_late_work_has_always_a_quarter_hour_left() -> None:
    late = job("a", HOUR, started=t("2026-11-19 09:00"))
    assert dates(plan(late, at="2026-11-23 20:00"), "a") == ("11-19 09:00", "11-24 09:15")


def test_blocked_work_goes_on_when_the_block_ends() -> None:
    blocked = job("a", HOUR, started=t("2026-11-19 09:00"), resumes=t("2026-11-25 17:30"))
    assert dates(plan(blocked), "a")[1] == "11-26 09:30"


def test_work_begun_out_of_turn_keeps_its_place() -> None:
    early = job("b", 2, needs=("a",), started=t("2026-11-20 09:00"), resumes=t("2026-11-23 09:00"), on="unix")
    result = plan(job("a"), early)
    assert dates(result, "b") == ("11-20 09:00", "11-23 09:30")


# What does not fit


def test_impossible_work_is_named_and_holds_back_what_needs_it() -> None:
    result = plan(
        job("many", demand={"dba": 25}),
        job("long", 2000 * HOUR),
        job("never", hours=("office", "nights")),
        job("waits", needs=("long",)),
        client("patient", wait=Duration(working_days=900), wait_hours="office"),
        client("eternal", wait=Duration(minutes=10**9)),
        job("possible"),
    )
    assert list(result.slots) == ["possible"]
    assert "2.5 people of dba" in result.unplaced["many"]
    assert "2000h" in result.unplaced["long"]
    assert "office and nights" in result.unplaced["never"]
    assert "waits for long" in result.unplaced["waits"]
    assert all(sentence.endswith(".") for sentence in result.unplaced.values())


def test_nothing_fits_behind_the_horizon() -> None:
    result = plan(job("a"), client("b"), job("c", started=t("2026-11-20 09:00")), at="2027-01-20 09:00")
    assert sorted(result.unplaced) == ["a", "b", "c"]
    assert plan(job("a", 5), horizon="2026-11-23 10:00").slots == {}
    assert list(plan(job("a", 4), horizon="2026-11-23 10:00").slots) == ["a"]


def test_no_night_without_a_day_to_rest() -> None:
    windows = HOURS | {"short": expand(
        Calendar(name="short", time_zone="Europe/Berlin", hours={"mon-fri": DAY_SHIFTS}),
        date(2026, 10, 1), date(2026, 11, 25),
    )}  # fmt: skip
    night = replace(NIGHT_WORK, rest={"dba": "short"})
    resources = {"dba": Resource(name="dba", capacity=10)}
    result = schedule([night], resources, windows, at=t("2026-11-23 09:00"), horizon=t("2027-01-20 00:00"))
    assert list(result.unplaced) == ["night"]


def test_where_one_job_of_many_has_no_place_the_search_goes_on() -> None:
    accept = client("accept", needs=("c",), wait=Duration(working_days=2), wait_hours="office")
    result = plan(job("never", hours=("office", "nights")), job("b"), job("c"), accept)
    assert list(result.unplaced) == ["never"]


def test_a_department_without_people_leaves_its_work_and_what_follows_without_dates() -> None:
    nobody = Resource(name="dba", capacity=0)
    result = plan(job("a"), job("b", needs=("a",), on="unix"), job("c", on="unix"), dba=nobody)
    assert list(result.slots) == ["c"]
    assert "dba has 0" in result.unplaced["a"]
    gone = Resource(name="dba", capacity=10, levels=((0, 10), (t("2026-11-23 00:00"), 0)))
    assert list(plan(job("a"), dba=gone).unplaced) == ["a"]


def test_work_that_is_due_before_it_may_begin_is_late_and_dated() -> None:
    early = job("a", release=t("2026-11-25 09:00"), due=t("2026-11-24 18:00"))
    result = plan(early, job("b", due=t("2026-11-20 18:00")))
    assert dates(result, "a")[0] == "11-25 09:00"
    assert result.slots["a"].slack_slots == -HOUR
    assert result.slots["b"].slack_slots is not None
    assert result.slots["b"].slack_slots < 0


def test_a_century_of_work_is_refused_at_once() -> None:
    century = 100 * 365 * 24 * HOUR
    result = plan(job("a", century), job("b", century, hours=()), job("c", century, unbroken=True), client("d"))
    assert sorted(result.unplaced) == ["a", "b", "c"]
    assert "876000h" in result.unplaced["b"]


def test_ten_thousand_jobs_of_one_change_all_get_a_date() -> None:
    jobs = [job(f"{number:05}", 1 + number % 8, demand={"dba": 10}) for number in range(10_000)]
    many = Resource(name="dba", capacity=1000)
    result = schedule(jobs, {"dba": many}, HOURS, at=t("2026-11-23 09:00"), horizon=t("2027-01-20 00:00"))
    assert len(result.slots) == 10_000
    assert result.evaluations == 1
    assert violations(jobs, {"dba": many}, HOURS, t("2026-11-23 09:00"), result.slots) == []


def test_a_cycle_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="cycle"):
        plan(job("a", needs=("b",)), job("b", needs=("a",)))


# Float, slack, critical


def test_float_is_what_a_branch_can_lose() -> None:
    jobs = [job("a"), job("long", 6 * HOUR, needs=("a",)), job("short", HOUR, needs=("a",), on="unix")]
    result = plan(*jobs, job("end", needs=("long", "short")))
    assert {key: slotted.float_slots for key, slotted in result.slots.items()} == {
        "a": 0,
        "long": 0,
        "short": 5 * HOUR,
        "end": 0,
    }
    assert {key for key, slotted in result.slots.items() if slotted.critical} == {"a", "long", "end"}
    assert result.slots["short"].latest_finish == result.slots["end"].start


def test_work_that_fills_the_capacity_is_critical_for_what_waits_for_it() -> None:
    result = plan(job("a", 3 * HOUR), job("b", rank=(1,)))
    assert result.slots["a"].critical
    stranger = job("b", rank=(1,), group="other")
    assert plan(job("a", 3 * HOUR), stranger).slots["a"].critical  # the only job of its own Change
    longer = job("c", 8 * HOUR, on="unix")
    assert not plan(job("a", 3 * HOUR), stranger, longer).slots["a"].critical


def test_only_work_that_ends_where_other_work_begins_holds_it_back() -> None:
    jobs = [job("short"), job("medium", 3 * HOUR), job("next", rank=(1,)), job("long", 8 * HOUR, on="unix")]
    result = plan(*jobs, people=2)
    assert dates(result, "next")[0] == "11-23 10:00"
    assert reasons(result, "next") == {("capacity", "dba", ("medium", "short"))}
    assert (result.slots["short"].float_slots, result.slots["medium"].float_slots) == (6 * HOUR, 5 * HOUR)


def test_a_night_may_end_later_without_moving_the_day_after() -> None:
    result = plan(NIGHT_WORK, job("day", release=t("2026-11-25 09:00"), rank=(2,)))
    assert result.slots["night"].latest_finish == result.slots["day"].finish


def test_float_leaves_the_room_that_is_kept_for_the_way_back() -> None:
    night = job("night", 2 * HOUR, hours=("nights",), unbroken=True, reserve=HOUR)
    result = plan(night, job("day", release=t("2026-11-25 11:00"), rank=(2,), needs=("night",)))
    assert dates(result, "night") == ("11-24 22:00", "11-25 00:00")
    assert result.slots["night"].float_slots == HOUR
    alone = plan(replace(night, reserve=0), job("day", release=t("2026-11-25 11:00"), rank=(2,), needs=("night",)))
    assert alone.slots["night"].float_slots == 2 * HOUR


def test_work_that_waits_for_the_room_of_a_way_back_is_held_back_by_its_work() -> None:
    jobs = [job("first", reserve=HOUR), job("next", rank=(1,)), job("long", 8 * HOUR, on="unix")]
    result = plan(*jobs)
    assert dates(result, "next")[0] == "11-23 11:00"
    assert result.slots["first"].float_slots == 5 * HOUR
    assert plan(jobs[0], jobs[1]).slots["first"].critical


def test_float_looks_no_further_than_the_own_change() -> None:
    jobs = [job("a"), job("b", 7 * HOUR, needs=("a",), group="other"), job("c", 4 * HOUR, on="unix")]
    assert plan(*jobs).slots["a"].float_slots == 3 * HOUR


def test_no_float_is_negative_where_a_wait_begins_off_the_grid() -> None:
    answer = client("answer", release=t("2026-11-23 10:07"))
    accept = client("accept", needs=("answer",), wait=Duration(working_days=1), wait_hours="office")
    result = plan(answer, accept)
    assert dates(result, "accept") == ("11-23 10:07", "11-24 10:07")
    assert result.slots["answer"].latest_finish == result.slots["answer"].finish
    assert result.slots["answer"].critical


def test_float_looks_through_waits() -> None:
    jobs = [
        job("a", on="unix"),
        client("accept", needs=("a",), wait=Duration(working_days=2), wait_hours="office"),
        job("go-live", needs=("accept", "b")),
        job("b", 3 * 8 * HOUR),
    ]
    result = plan(*jobs)
    assert dates(result, "go-live")[0] == "11-26 09:00"
    assert datetime.fromtimestamp(result.slots["a"].latest_finish, BERLIN) == datetime(2026, 11, 24, 9, tzinfo=BERLIN)


def test_slack_counts_working_time_to_the_due_date_and_may_be_negative() -> None:
    due = t("2026-11-24 00:00")
    result = plan(*(job(key, 6 * HOUR, due=due, needs=needs) for key, needs in (("a", ()), ("b", ("a",)))))
    assert dates(result, "b")[1] == "11-24 13:00"
    assert result.slots["b"].slack_slots == -4 * HOUR
    assert result.slots["b"].due == due
    assert result.slots["a"].due == t("2026-11-23 11:00")
    assert result.slots["a"].slack_slots == -4 * HOUR
    roomy = plan(job("a", due=t("2026-11-25 10:00")))
    assert roomy.slots["a"].slack_slots == 2 * 8 * HOUR
    assert plan(job("a")).slots["a"].slack_slots is None


# The checker objects


BASE = (
    job("a", 6 * HOUR),
    job("b", 2 * HOUR, needs=("a",), wait=Duration(minutes=60), on="unix"),
    job("night", 2 * HOUR, hours=("nights",), rest={"unix": "office"}, on="unix"),
    job("under-way", HOUR, on="unix", started=t("2026-11-20 17:00"), resumes=t("2026-11-23 09:00")),
)


def moved(key: str, start: str, finish: str) -> Mapping[str, Slotted]:
    """Sound dates of BASE but for one job."""
    slots = dict(plan(*BASE).slots)
    return slots | {key: replace(slots[key], start=t(start), finish=t(finish))}


@pytest.mark.parametrize(
    ("slots", "fault"),
    [
        (moved("a", "2026-11-20 09:00", "2026-11-20 16:00"), "a: starts before now"),
        (moved("a", "2026-11-23 09:00", "2026-11-23 15:00"), "a: takes 24 slots of work and gets 20"),
        (moved("a", "2026-11-23 13:00", "2026-11-24 10:00"), "a: starts or finishes in closed time"),
        (moved("a", "2026-11-23 09:05", "2026-11-23 16:05"), "a: is off the grid"),
        (moved("b", "2026-11-23 14:00", "2026-11-23 16:00"), "b: starts before a is finished"),
        (moved("b", "2026-11-23 16:00", "2026-11-23 18:00"), "b: does not wait long enough"),
        (moved("b", "2026-11-25 09:00", "2026-11-25 11:00"), "unix: 20 tenths"),
        (moved("night", "2026-11-24 12:00", "2026-11-24 15:00"), "night: starts or finishes in closed time"),
        (moved("under-way", "2026-11-23 09:00", "2026-11-23 10:00"), "under-way: is under way and has another start"),
        (moved("under-way", "2026-11-20 17:00", "2026-11-23 11:00"), "under-way: is under way, 0 of 4"),
    ],
)
def test_the_checker_refuses(slots: Mapping[str, Slotted], fault: str) -> None:
    resources = {name: Resource(name=name, capacity=10) for name in ("dba", "unix")}
    faults = violations(BASE, resources, HOURS, t("2026-11-23 09:00"), slots)
    assert any(fault in each for each in faults), faults


def test_the_checker_refuses_release_absence_and_stolen_capacity() -> None:
    at, slots = t("2026-11-23 09:00"), plan(*BASE).slots
    resources = {name: Resource(name=name, capacity=10) for name in ("dba", "unix")}

    def faults(jobs: Sequence[Job] = BASE, **changed: Resource) -> list[str]:
        return violations(jobs, resources | changed, HOURS, at, slots)

    late = tuple(replace(each, release=t("2026-11-27 09:00")) if each.key == "a" else each for each in BASE)
    assert any("before its release" in fault for fault in faults(late))
    gone = Resource(name="dba", capacity=10, levels=((t("2026-11-23 10:00"), 10), (t("2026-12-23 10:00"), 0)))
    assert any("dba" in fault for fault in faults(dba=gone))
    assert any("dba" in fault for fault in faults(dba=Resource(name="dba", capacity=9)))
    same_time = job("thief", HOUR, started=t("2026-11-20 17:00"), resumes=at)
    stolen = {"a": slots["a"], **plan(same_time).slots}
    assert any("dba" in fault for fault in violations([BASE[0], same_time], resources, HOURS, at, stolen))
    waiting = {key: slotted for key, slotted in slots.items() if key != "a"}
    assert any("a has none" in fault for fault in violations(BASE, resources, HOURS, at, waiting))


@pytest.mark.parametrize(
    ("wish", "start", "finish", "fault"),
    [
        (job("a", fence=t("2026-11-24 00:00")), "2026-11-23 10:00", "2026-11-23 11:00", "on a day that is settled"),
        (job("a", pin=t("2026-11-24 09:00")), "2026-11-24 09:15", "2026-11-24 10:15", "starts at another time"),
        (client("a", pin=t("2026-11-24 09:00")), "2026-11-23 09:00", "2026-11-23 09:00", "starts at another time"),
        (job("a", closed=("noon",)), "2026-11-24 10:15", "2026-11-24 11:15", "is worked in noon"),
        (job("a", closed=("noon",), reserve=1), "2026-11-24 10:00", "2026-11-24 11:00", "is worked in noon"),
        (job("a", closed=("sunday-sale",)), "2026-11-27 17:30", "2026-11-30 09:30", "interrupted by it"),
        (job("a", unbroken=True), "2026-11-23 12:30", "2026-11-23 14:30", "pauses, and must not"),
        (job("a", unbroken=True, reserve=1), "2026-11-23 12:00", "2026-11-23 13:00", "pauses, and must not"),
        (job("a", reserve=99999), "2026-11-23 12:00", "2026-11-23 13:00", "leaves no time to take it back"),
        (job("a", rest={"dba": "noon"}), "2026-11-25 09:00", "2026-11-25 10:00", "leaves dba no day to rest"),
    ],
)
def test_the_checker_refuses_dates_against_a_wish(wish: Job, start: str, finish: str, fault: str) -> None:
    """Each of these dates is wrong in this way, and in no other."""
    sound = plan(job("a", release=t("2026-12-02 09:00"))).slots["a"]
    slots = {"a": replace(sound, start=t(start), finish=t(finish))}
    (found,) = violations([wish], {"dba": Resource(name="dba", capacity=10)}, HOURS, t("2026-11-23 09:00"), slots)
    assert fault in found


def test_the_checker_counts_who_rests_and_who_stands_by() -> None:
    at, resources = t("2026-11-23 09:00"), {"dba": Resource(name="dba", capacity=10)}
    by_day = job("day", release=t("2026-11-25 11:00"))
    day = plan(by_day).slots
    assert violations([NIGHT_WORK, by_day], resources, HOURS, at, day | plan(NIGHT_WORK).slots) != []
    back = job("back", release=t("2026-11-25 10:00"), reserve=1)
    assert violations([back, by_day], resources, HOURS, at, day | plan(back).slots) != []
    assert violations([replace(back, reserve=0), by_day], resources, HOURS, at, day | plan(back).slots) == []


# Laws


@given(portfolios(), st.randoms(use_true_random=False))
@examples(40)
def test_any_portfolio_keeps_order_hours_and_capacity(portfolio: Portfolio, random: Any) -> None:
    result, hours = dated(portfolio), portfolio.hours
    assert violations(portfolio.jobs, portfolio.resources, hours, AT, result.slots) == []
    assert {*result.slots, *result.unplaced} == {each.key for each in portfolio.jobs}
    for slotted in result.slots.values():
        assert slotted.start <= slotted.finish <= slotted.latest_finish
        assert slotted.float_slots >= 0
    shuffled = random.sample(portfolio.jobs, len(portfolio.jobs))
    reversed_resources = dict(reversed(portfolio.resources.items()))
    turned = dict(reversed(hours.items()))
    again = schedule(shuffled, reversed_resources, turned, at=AT, horizon=END, stakes=portfolio.stakes)
    assert again == result
    assert list(again.slots) == sorted(again.slots)


@given(portfolios(), st.data())
@examples(20)
def test_who_comes_last_moves_nobody(portfolio: Portfolio, data: st.DataObject) -> None:
    number = len(portfolio.jobs)
    last = data.draw(one_job(number, list(portfolio.resources)))
    last = replace(last, rank=(9,), started=None, finished=None, reserved=False)
    after = dated(portfolio._replace(jobs=[*portfolio.jobs, last]))
    for key, slotted in dated(portfolio).slots.items():
        assert (after.slots[key].start, after.slots[key].finish) == (slotted.start, slotted.finish)


@given(portfolios(), st.data())
@examples(20)
def test_work_that_joins_is_planned_as_if_all_were_planned_at_once(portfolio: Portfolio, data: st.DataObject) -> None:
    first, names = len(portfolio.jobs), list(portfolio.resources)
    drawn = [data.draw(one_job(number, names)) for number in range(first, first + data.draw(st.integers(1, 4)))]
    new = {one.key: one for one in drawn}
    for key, one in new.items():
        needs = tuple(need for need in one.needs if need in new)
        rank, group = (9, data.draw(st.integers(0, 1))), data.draw(st.sampled_from(("new", one.group)))
        new[key] = replace(one, needs=needs, rank=rank, group=group, started=None, finished=None, reserved=False)
    grid = Grid(portfolio.hours, grid_after(AT), END)
    before = seated(Desk(portfolio.jobs, portfolio.resources, grid), portfolio.stakes)
    after = before.joined(list(new.values()), portfolio.stakes)
    event("joined" if after else "cannot join")
    if after:
        assert after.scheduling == dated(portfolio._replace(jobs=[*portfolio.jobs, *new.values()]))
        assert list(after.scheduling.slots) == sorted(after.scheduling.slots)
        assert before.scheduling == dated(portfolio)


def test_one_day_of_rest_is_not_lost_twice() -> None:
    """Nobody works in the office here, and still the second night waits for people who are not resting."""
    first, second = replace(NIGHT_WORK, key="first"), replace(NIGHT_WORK, key="second", work=HOUR)
    assert violations_of(first, second) == []
    begun = replace(first, started=t("2026-11-23 22:00"))
    assert violations_of(begun, second) == []


def violations_of(*jobs: Job) -> list[str]:
    dba = {"dba": Resource(name="dba", capacity=10)}
    result = schedule(jobs, dba, HOURS, at=AT, horizon=END)
    return violations(jobs, dba, HOURS, AT, result.slots)


def test_work_that_follows_what_is_planned_cannot_simply_join() -> None:
    dba = Resource(name="dba", capacity=10)
    before = seated(Desk([job("a", HOUR)], {"dba": dba}, Grid(HOURS, grid_after(AT), END)), {})
    assert before.joined([job("b", HOUR, needs=("a",), rank=(1,))]) is None
    assert before.joined([job("b", HOUR)]) is None
    assert before.joined([job("a", HOUR, rank=(1,))]) is None
    assert before.joined([job("b", HOUR, rank=(1,))])
    waiting = seated(Desk([job("a", HOUR, needs=("x",))], {"dba": dba}, Grid(HOURS, grid_after(AT), END)), {})
    assert waiting.joined([job("x", HOUR, rank=(1,))]) is None


@given(portfolios())
@examples(40)
def test_every_date_has_a_reason_and_every_group_a_critical_finish(portfolio: Portfolio) -> None:
    result = dated(portfolio)
    ahead = [each for each in portfolio.jobs if each.key in result.slots and each.finished is None]
    for each in ahead:
        found = result.slots[each.key].reasons
        assert found
        assert each.key not in {key for reason in found for key in reason.orders}
    for group in {each.group for each in ahead}:
        members = [result.slots[each.key] for each in ahead if each.group == group]
        assert all(last.critical for last in members if last.finish == max(slotted.finish for slotted in members))


def finish(result: Scheduling) -> int:
    return max(slotted.finish for slotted in result.slots.values())


@given(projects(), st.data())
@examples(40)
def test_float_is_exactly_what_can_be_lost(portfolio: Portfolio, data: st.DataObject) -> None:
    jobs, hours = portfolio.jobs, portfolio.hours
    result = dated(portfolio)
    assume(not result.unplaced and finish(result) < END - 7 * 86400)
    victim = data.draw(st.sampled_from(jobs))
    assume(not victim.wait)  # a release would hold back its wait as well

    def finish_if_late_by(slots: int) -> int:
        release = result.slots[victim.key].start
        for _ in range(slots):
            release = next_slot(hours, victim, release + SLOT)
        others = [replace(each, release=release) if each is victim else each for each in jobs]
        return finish(schedule(others, {}, hours, at=AT, horizon=END + 7 * 86400))

    spare = result.slots[victim.key].float_slots
    assert finish_if_late_by(spare) == finish(result)
    assert finish_if_late_by(spare + 1) > finish(result)


def next_slot(hours: Mapping[str, Windows], worker: Job, start: int) -> int:
    """The first quarter hour at or after `start` in which the job can be worked."""
    while not all(hours[name].between(start, start + SLOT) == SLOT for name in worker.hours):
        start += SLOT
    return start


@given(projects())
@examples(40)
def test_the_critical_path_leads_from_the_start_to_the_finish(portfolio: Portfolio) -> None:
    around_the_clock = [replace(each, hours=()) for each in portfolio.jobs]
    result = dated(portfolio._replace(jobs=around_the_clock))
    assume(not result.unplaced)
    for slotted in result.slots.values():
        kinds = {reason.kind for reason in slotted.reasons}
        binding = [key for reason in slotted.reasons for key in reason.orders]
        if slotted.critical and "wait" not in kinds:
            assert all(result.slots[key].critical for key in binding)
            assert binding or "at" in kinds


# PSPLIB


@pytest.mark.skipif(not PSPLIB.exists(), reason="needs the PSPLIB instances in ../shared/data/psplib")
def test_psplib_makespans_are_near_the_best_known() -> None:
    best = psplib.best_known(PSPLIB / psplib.BEST_KNOWN)
    ratios = []
    for path in sorted((PSPLIB / "j30").glob("*.sm"))[::12]:
        instance = psplib.read(path)
        result = psplib.dated(instance)
        assert violations(instance.jobs, instance.resources, {}, 0, result.slots) == []
        assert not result.unplaced
        ratio = finish(result) / SLOT / best[path.stem][1]
        assert 1 <= ratio <= 1.25, path.stem
        ratios.append(ratio)
    assert sum(ratios) / len(ratios) < 1.08
