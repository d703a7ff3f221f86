"""Random portfolios for laws: two Changes that share few departments with few people, in odd hours, with odd wishes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tamspec.model.catalog import Calendar, Shift
from tamspec.model.values import Duration
from tamspec.plan.engine.schedule import SLOT, Job, Resource, Scheduling, Stake, schedule
from tamspec.worktime import Windows, expand

BERLIN = ZoneInfo("Europe/Berlin")
DAY_SHIFTS = (Shift(9 * 60, 13 * 60), Shift(14 * 60, 18 * 60))
NIGHT = (Shift(22 * 60, 2 * 60),)


def how_many(few: int) -> int:
    """On how many examples a law is tried: few in the suite, by hand as many as TAMSPEC_EXAMPLES says."""
    return int(os.environ.get("TAMSPEC_EXAMPLES", few))


def examples(few: int) -> settings:
    return settings(max_examples=how_many(few), deadline=None)


def t(local: str) -> int:
    """Epoch seconds of a wall clock in Berlin: `2026-11-27 16:00`. The 23rd of November is a Monday."""
    return int(datetime.fromisoformat(local).replace(tzinfo=BERLIN).timestamp())


def calendar(name: str, zone: str = "Europe/Berlin", **hours: tuple[Shift, ...]) -> Windows:
    """Weekdays are written mon, or mon_fri for a range; Christmas Day is a holiday."""
    week = {days.replace("_", "-"): shifts for days, shifts in hours.items()}
    christmas = {date(2026, 12, 25): "Christmas Day"}
    return expand(
        Calendar(name=name, time_zone=zone, hours=week, holidays=christmas), date(2026, 10, 1), date(2027, 2, 1)
    )


OFFICE = calendar("office", mon_fri=DAY_SHIFTS)
NIGHTS = calendar("nights", tue=NIGHT, thu=NIGHT)

AT = t("2026-11-23 09:07")
NOW = AT + -AT % SLOT
"""The first quarter hour that can be planned."""
END = t("2026-12-30 00:00")
DAY = 86400
SHIFTS = st.tuples(st.integers(0, 90), st.integers(1, 48)).map(lambda s: Shift(s[0] * 15, (s[0] + s[1]) * 15 % 1440))
RAGGED = st.tuples(st.integers(0, 1200), st.integers(30, 239)).map(lambda s: Shift(s[0], s[0] + s[1]))
FREEZES = ("sale", "year-end")


class Portfolio(NamedTuple):
    jobs: list[Job]
    resources: dict[str, Resource]
    calendars: dict[str, Calendar]
    freezes: dict[str, tuple[int, int]] = {}  # noqa: RUF012  # a named tuple's default is shared and never altered
    stakes: dict[str, Stake] = {}  # noqa: RUF012  # as above

    @property
    def hours(self) -> dict[str, Windows]:
        windows = {name: expand(each, date(2026, 11, 2), date(2027, 1, 10)) for name, each in self.calendars.items()}
        spans = {
            name: Windows((start,), (end,), OFFICE.horizon, "Europe/Berlin")
            for name, (start, end) in self.freezes.items()
        }
        return windows | spans | {"office": OFFICE, "nights": NIGHTS}


def dated(portfolio: Portfolio) -> Scheduling:
    return schedule(portfolio.jobs, portfolio.resources, portfolio.hours, at=AT, horizon=END, stakes=portfolio.stakes)


@st.composite
def calendars(draw: st.DrawFn, shifts: st.SearchStrategy[Shift] = SHIFTS) -> Calendar:
    days = st.sampled_from(["mon-fri", "mon", "tue-thu", "sat-sun", "fri"])
    return Calendar(
        name="any",
        time_zone=draw(st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "America/New_York", "UTC"])),
        hours=draw(st.dictionaries(days, st.lists(shifts, min_size=1, max_size=2).map(tuple), min_size=1)),
        holidays=dict.fromkeys(draw(st.lists(st.dates(date(2026, 11, 20), date(2026, 12, 30)), max_size=3)), "Day"),
    )


def seldom(usual: object, other: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """The usual value three times out of four."""
    return st.integers(0, 3).flatmap(lambda dice: other if dice == 3 else st.just(usual))


@st.composite
def one_job(draw: st.DrawFn, number: int, departments: Sequence[str]) -> Job:
    """A job that may need any before it. Most work in the hours of their departments, some at night or in the hours of
    others; some have begun, or are over."""
    demand = draw(st.dictionaries(st.sampled_from(departments), st.integers(1, 20), max_size=2))
    night = bool(demand) and draw(st.integers(0, 5)) == 0
    elsewhere = st.sampled_from([(), ("office",), *((name,) for name in departments)])
    started = draw(st.none() | st.none() | st.none() | st.integers(AT - 10 * DAY, AT))
    finished = None if started is None else draw(st.none() | st.integers(started, AT))
    made = Job(
        key=f"j{number:02}",
        group=draw(st.sampled_from("xy")),
        needs=tuple(f"j{need:02}" for need in draw(st.sets(st.integers(0, max(0, number - 1)), max_size=3)) if number),
        demand=demand,
        hours=("nights",) if night else draw(seldom(tuple(sorted(demand)), elsewhere)),
        work=draw(st.integers(0, 60)),
        wait=draw(
            st.just(Duration()) | st.integers(0, 3000).map(Duration) | st.integers(1, 3).map(lambda d: Duration(0, d))
        ),
        wait_hours=draw(st.sampled_from(["", *departments])),
        release=draw(st.just(0) | st.integers(AT - DAY, AT + 10 * DAY)),
        given=draw(seldom(None, st.integers(AT - 10 * DAY, AT))),
        due=draw(st.none() | st.integers(AT - 5 * DAY, END)),
        rank=(draw(st.integers(0, 3)),),
        rest=dict.fromkeys(demand, "office") if night else {},
        started=started,
        resumes=None if started is None else draw(st.none() | st.integers(started, AT + DAY)),
        finished=finished,
    )
    return draw(with_wishes(made))


AGREED_NIGHTS = (t("2026-11-24 22:00"), t("2026-11-24 23:30"), t("2026-11-26 22:30"), t("2026-12-01 22:00"))


def later(slots: int) -> int:
    return NOW + slots * SLOT


@st.composite
def with_wishes(draw: st.DrawFn, plain: Job) -> Job:
    """The job, perhaps closed in a freeze, without a pause, with time to take it back, behind a fence, pinned."""
    pins = st.sampled_from(AGREED_NIGHTS) if plain.rest else st.integers(0, 10 * DAY // SLOT).map(later)
    pin = draw(seldom(None, seldom(None, pins)))
    if pin is not None and draw(st.booleans()):  # most pins drawn are in vain, so half of the jobs have nothing else
        hours = plain.hours if plain.rest else draw(st.sampled_from([(), ("office",)]))
        plain = replace(plain, needs=(), release=0, wait=Duration(), hours=hours)
    unbroken = draw(seldom(False, st.just(True)))
    return replace(
        plain,
        work=min(plain.work, 12) if unbroken or plain.rest else plain.work,
        closed=draw(seldom((), st.lists(st.sampled_from(FREEZES), min_size=1, unique=True).map(tuple))),
        unbroken=unbroken,
        reserve=draw(seldom(0, st.integers(1, 10))),
        fence=draw(seldom(0, st.integers(AT - DAY, AT + 5 * DAY))),
        pin=pin,
        reserved=pin is not None and draw(st.booleans()),
    )


@st.composite
def resource(draw: st.DrawFn, name: str) -> Resource:
    """Few people, whose number changes now and then."""
    capacity = draw(st.integers(10, 30))
    since = draw(st.lists(st.integers(AT - DAY, END), max_size=3, unique=True).map(sorted))
    levels = [(instant, draw(st.sampled_from([0, capacity // 2, capacity, capacity]))) for instant in since]
    return Resource(name=name, capacity=capacity, levels=tuple([(0, capacity), *levels] if levels else ()))


@st.composite
def freeze(draw: st.DrawFn) -> tuple[int, int]:
    """An hour, a day, or three, somewhere in the first weeks, off the grid."""
    start = draw(st.integers(AT - DAY, AT + 12 * DAY))
    return start, start + draw(st.sampled_from([3600, DAY, 3 * DAY]))


STAKES = st.builds(
    Stake,
    due=st.none() | st.integers(AT, END),
    committed=st.none() | st.integers(AT, END),
    weight=st.sampled_from([1, 2, 4]),
)


@st.composite
def portfolios(draw: st.DrawFn) -> Portfolio:
    """In every other one all that is ahead has one rank, so that the order of service is searched for."""
    departments = ["dba", "net", "unix"][: draw(st.integers(1, 3))]
    resources = {name: draw(resource(name)) for name in departments}
    jobs = [draw(one_job(number, departments)) for number in range(draw(st.integers(1, 12)))]
    if draw(st.booleans()):
        jobs = [replace(each, rank=()) for each in jobs]
    return Portfolio(
        jobs,
        resources,
        {name: draw(calendars(SHIFTS | RAGGED)) for name in departments},
        {name: draw(freeze()) for name in FREEZES},
        draw(st.dictionaries(st.sampled_from("xy"), STAKES)),
    )


@st.composite
def projects(draw: st.DrawFn) -> Portfolio:
    """One Change with capacity in plenty: only order, hours and waits bind."""
    names = ["one", "two"]
    jobs: list[Job] = []
    for number in range(draw(st.integers(1, 7))):
        needs = draw(st.sets(st.sampled_from([each.key for each in jobs]), max_size=2)) if jobs else set()
        jobs.append(
            Job(
                key=f"j{number}",
                group="c",
                needs=tuple(sorted(needs)),
                hours=draw(st.sampled_from([("one",), ("two",), ()])),
                work=draw(st.integers(1, 40)),
                wait=draw(st.just(Duration()) | st.integers(1, 2).map(lambda days: Duration(0, days))),
                wait_hours=draw(st.sampled_from(["", *names])),
            )
        )
    return Portfolio(jobs, {}, {name: draw(calendars()) for name in names})
