"""How sure a finish is, held against distributions whose quantiles are known."""

from __future__ import annotations

from datetime import date
from math import sqrt
from statistics import fmean

import pytest
from program import PROVIDER, change, project
from story import Desk as Story

from tamspec import plan
from tamspec.model.catalog import Calendar, Shift
from tamspec.model.values import Duration
from tamspec.plan.engine.explain import explained
from tamspec.plan.engine.grid import SLOT, Grid
from tamspec.plan.engine.place import Desk
from tamspec.plan.engine.problem import Job, Resource
from tamspec.plan.engine.search import serve_all
from tamspec.plan.engine.simulate import simulate
from tamspec.worktime import expand

HOUR = 4
LOW, PEAK, HIGH = 30, 40, 90
OFFICE = expand(
    Calendar(name="office", time_zone="UTC", hours={"mon-fri": (Shift(9 * 60, 17 * 60),)}),
    date(2026, 11, 1),
    date(2027, 6, 1),
)
MONDAY = 1795424400
"""Nine o'clock on the 23rd of November 2026, UTC."""


def below(slots: float) -> float:
    """The share of all efforts that take at most so many slots: the triangular distribution."""
    if slots <= PEAK:
        return max(0.0, slots - LOW) ** 2 / ((HIGH - LOW) * (PEAK - LOW))
    return 1 - max(0.0, HIGH - slots) ** 2 / ((HIGH - LOW) * (HIGH - PEAK))


def quantile(share: float) -> float:
    """The slots that so large a share of all efforts does not exceed."""
    if share < below(PEAK):
        return LOW + sqrt(share * (HIGH - LOW) * (PEAK - LOW))
    return HIGH - sqrt((1 - share) * (HIGH - LOW) * (HIGH - PEAK))


def odds(*jobs: Job, at: int = 0, people: int = 100) -> tuple[float, ...]:
    """The instants by which half and four fifths of all cases are finished, as slots from `at`."""
    resources = {"dba": Resource(name="dba", capacity=people)}
    desk = Desk(jobs, resources, Grid({"office": OFFICE}, at, at + 150 * 86400))
    serve_all(desk, {})
    members = [n for n, job in enumerate(desk.jobs) if job.group == "c"]
    return tuple((instant - at) / SLOT for instant in simulate(desk, members, explained(desk).slots))


def job(key: str, needs: tuple[str, ...] = (), **more: object) -> Job:
    fields: dict[str, object] = {"group": "c", "work": PEAK, "spread": (float(LOW), float(HIGH))} | more
    return Job(key=key, needs=needs, **fields)  # type: ignore[arg-type]


def test_of_one_order_the_shares_are_those_of_its_effort() -> None:
    found = [odds(job(f"order-{seed}")) for seed in range(200)]
    assert 0.79 <= fmean(below(most) for _, most in found) <= 0.81
    assert 0.49 <= fmean(below(half) for half, _ in found) <= 0.51


def test_of_orders_side_by_side_the_last_one_counts() -> None:
    found = [odds(*(job(f"order-{seed}-{one}") for one in range(3))) for seed in range(200)]
    assert 0.79 <= fmean(below(most) ** 3 for _, most in found) <= 0.81


def test_in_a_chain_a_late_start_is_handed_on() -> None:
    """The sum of twenty is nearly normal: its mean is that of twenty efforts, its spread their root."""
    mean = (LOW + PEAK + HIGH) / 3
    spread = sqrt((LOW**2 + PEAK**2 + HIGH**2 - LOW * PEAK - LOW * HIGH - PEAK * HIGH) / 18)
    chains = [[job(f"{seed:03}-{one:02}", (f"{seed:03}-{one - 1:02}",) if one else ()) for one in range(20)]
              for seed in range(20)]  # fmt: skip
    found = [odds(*chain) for chain in chains]
    assert fmean(most for _, most in found) == pytest.approx(20 * mean + 0.8416 * sqrt(20) * spread, rel=0.01)


def test_work_pauses_in_closed_time() -> None:
    half, most = odds(job("a", hours=("office",)), at=MONDAY)
    night = 16 * HOUR
    assert half == pytest.approx(quantile(0.5) + night, abs=2)  # in the afternoon of the second day
    assert most == pytest.approx(quantile(0.8) + 2 * night, abs=2)  # just after nine on the third


def test_a_wait_passes_after_whatever_the_work_took() -> None:
    half, _ = odds(job("a"), job("b", ("a",), work=0, spread=(), wait=Duration(minutes=600)))
    assert half == pytest.approx(quantile(0.5) + 40, abs=2)


def test_who_waits_for_the_work_of_others_never_begins_before_its_turn() -> None:
    first = job("first", work=60, spread=(), group="other", demand={"dba": 10})
    second = job("second", demand={"dba": 10}, rank=(1,))
    half, _ = odds(first, second, people=10)
    assert half == pytest.approx(60 + quantile(0.5), abs=2)


def test_who_waits_for_the_own_change_begins_when_that_is_done() -> None:
    both = [job(key, demand={"dba": 10}) for key in ("a", "b")]
    half, _ = odds(*both, people=10)
    assert half == pytest.approx(2 * (LOW + PEAK + HIGH) / 3, rel=0.05)


def test_work_under_way_keeps_the_share_that_is_left() -> None:
    since = MONDAY - 20 * SLOT
    half, most = odds(job("a", started=since, resumes=since), at=MONDAY)
    assert (half, most) == (pytest.approx(quantile(0.5) / 2, abs=1), pytest.approx(quantile(0.8) / 2, abs=1))


def ranged() -> Story:
    """A Change of one component, whose first step may take ten times as long."""
    files = {"catalog.yaml": PROVIDER, "project.yaml": project("shop"), "change.yaml": change("launch", "shop", "os")}
    files["project.yaml"] = files["project.yaml"].replace("    net: {service: segment}\n", "")
    files["project.yaml"] = files["project.yaml"].replace(", dependsOn: [net]", "")
    story = Story(files)
    assert story.plan.changes["launch"].odds == ()
    step = "          effort: 4h\n          {}checklist"
    story.edit("catalog.yaml", step.format(""), step.format("effortRange: [4h, 40h]\n          "))
    return story


def test_a_plan_tells_the_odds_where_an_effort_is_a_range() -> None:
    planned = ranged().plan.changes["launch"]
    assert planned.forecast is not None
    assert planned.forecast < planned.odds[0] < planned.odds[1]


@pytest.mark.parametrize(
    ("old", "new", "hours"),
    [
        ("title: Unix and Linux", "title: Unix", 0),
        ("effortRange: [4h, 40h]", "effortRange: [4h, 20h]", 0),
        ("effort: 4h\n          effortRange", "effort: 16h\n          effortRange", 0),
        ("dependsOn: [install], effort: 2h", "dependsOn: [install], effort: 6h", 0),
        ("dependsOn: [install], effort: 2h", "dependsOn: [install], effort: 2h, wait: 3d", 0),
        ('"09:00-17:00"', '"09:00-13:00"', 0),
        ("spec: {timeZone: UTC", "spec: {holidays: {2026-03-03: Feast}, timeZone: UTC", 0),
        ("title: Unix and Linux", "title: Unix and Linux", 24),
    ],
)
def test_odds_that_are_kept_are_those_that_would_be_told_anew(old: str, new: str, hours: int) -> None:
    story = ranged()
    before, standings = story.seen, plan.Standings()
    plan.make(before.workspace, before.state, story.now, standings=standings)
    story.edit("catalog.yaml", old, new)
    story.later(hours=hours)
    after = story.seen
    standings.age()
    assert plan.make(after.workspace, after.state, story.now, standings=standings)[0] == after.plan
    changed = after.plan.changes["launch"].odds != before.plan.changes["launch"].odds
    assert changed == ("title" not in old or hours > 0), "else nothing is proven"
