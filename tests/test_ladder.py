"""The stability ladder, seen from outside: a plan without the new Change against a plan with it, order by order.

Rung 0 moves no order of others, rung 1 no finish that was promised, rung 2 and 3 exactly those that they name; and what
was recorded stays as it was shown.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from portfolios import examples
from story import MONDAY, Desk, Seen, see

from tamspec import plan
from tamspec.model.order import Ordered
from tamspec.model.plan import ChangePlan, Plan
from tamspec.plan import jobs
from tamspec.plan.engine import place
from tamspec.plan.engine.board import Board
from tamspec.report import plan_json
from tamspec.worktime import expand

PROVIDER = """\
apiVersion: tamspec/v1
kind: Calendar
metadata: {name: office}
spec: {timeZone: UTC, hours: {mon-fri: ["09:00-17:00"]}}
---
apiVersion: tamspec/v1
kind: Department
metadata: {name: unix}
spec: {manager: chief, calendar: office, capacity: {people: 1}}
---
apiVersion: tamspec/v1
kind: Department
metadata: {name: dba}
spec: {manager: chief, calendar: office, capacity: {people: 1}}
---
apiVersion: tamspec/v1
kind: Department
metadata: {name: desk}
spec: {manager: chief, calendar: office, capacity: {people: 1}}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: chief}
spec: {department: desk}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: ivanova}
spec: {department: desk, tamShare: "30%"}
---
apiVersion: tamspec/v1
kind: Client
metadata: {name: acme}
spec: {calendar: office}
"""

Tasks = dict[str, str]
"""Name of a task → `DEPARTMENT HOURS`, and what it depends on: `unix 8 first second`."""


def files(name: str, tasks: Tasks, more: str = "", state: str = "approved", client: str = "acme") -> dict[str, str]:
    """A project of its own with one Change; both have the name."""
    lines = [f"    {task}: {written(*words.split())}" for task, words in tasks.items()]
    return {
        f"{name}/project.yaml": "apiVersion: tamspec/v1\nkind: Project\n"
        f"metadata: {{name: {name}}}\nspec: {{client: {client}, team: {{tam: ivanova}}}}\n",
        f"{name}/change.yaml": f"apiVersion: tamspec/v1\nkind: Change\nmetadata: {{name: {name}}}\n"
        f"spec:\n  project: {name}\n  state: {state}\n{more}  tasks:\n" + "\n".join(lines) + "\n",
    }


def written(department: str, hours: str, *after: str) -> str:
    return f"{{department: {department}, effort: {hours}h, dependsOn: [{', '.join(after)}]}}"


def due(day: int) -> str:
    """March 2026 begins with a Sunday; the stories begin on Monday the 2nd."""
    return f"  requiredBy: 2026-03-{day:02}\n"


def desk_with(**changes: Tasks) -> Desk:
    """A provider whose departments were given these Changes."""
    desk = Desk({"provider.yaml": PROVIDER})
    for name, tasks in changes.items():
        desk.files |= files(name, tasks)
        desk.apply()
    return desk


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def _calendars_are_expanded_once() -> Iterator[None]:
    known: dict[Any, Any] = {}

    def once(*asked: Any) -> Any:
        key = (asked[0].name, *asked[1:])
        return known[key] if key in known else known.setdefault(key, expand(*asked))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "windows_of", once)
        yield


# What the plan without and the plan with it say


def moved(before: Plan, after: Plan, name: str) -> set[str]:
    """The orders of others that have other dates."""
    others = {action.order.key for action in before.actions if action.order.change != name}
    dates = {key: (one.start, one.finish) for key, one in after.schedule.items()}
    return {key for key in others if (before.schedule[key].start, before.schedule[key].finish) != dates[key]}


def broken(before: Plan, after: Plan, name: str) -> dict[str, tuple[datetime | None, datetime | None]]:
    """The promises of others that the plan keeps no more, or breaks by more than it did: promised → planned."""
    found = {}
    for other, one in after.changes.items():
        was = before.changes.get(other)
        if other == name or not (was and was.forecast and one.committed and one.forecast):
            continue
        if one.forecast > max(one.committed, was.forecast):
            found[other] = (one.committed, one.forecast)
    return found


def arrived(desk: Desk, name: str, tasks: Tasks, more: str = "", state: str = "approved") -> tuple[Plan, ChangePlan]:
    """The plan before the Change was written, and what the plan now says of it; what it says of others is held against
    both plans."""
    before = desk.plan
    desk.files |= files(name, tasks, more, state)
    after = desk.plan
    verdict = after.changes[name]
    assert set(verdict.moved_orders) == moved(before, after, name)
    assert {one.change: (one.before, one.after) for one in verdict.displaced} == broken(before, after, name)
    if verdict.rung == 0:
        assert not verdict.moved_orders
    if verdict.rung < 2:
        assert not verdict.displaced
    return before, verdict


def consented(desk: Desk, verdict: ChangePlan) -> None:
    """Whoever answers for those that are displaced agrees to any date."""
    who = ", ".join(f"{one.change}: {{by: ivanova, until: 2029-12-31}}" for one in verdict.displaced)
    desk.edit(f"{verdict.name}/change.yaml", "  tasks:\n", f"  consents: {{{who}}}\n  tasks:\n")


def settled(desk: Desk, verdict: ChangePlan) -> None:
    """Applying it records what was shown, for the others too; the next plan keeps all of it, and has nothing to add."""
    shown, state, instant = desk.plan, desk.state, desk.now
    (event,) = [one for one in desk.apply(verdict.name) if isinstance(one, Ordered)]
    recorded = {key for key in verdict.moved_orders if key in state.orders}
    assert {key: (one.start, one.finish) for key, one in event.moved.items()} == {
        key: (shown.schedule[key].start, shown.schedule[key].finish) for key in recorded
    }
    assert event.redated == {one.change: one.after for one in verdict.displaced}
    again = see(desk.files, instant)
    dates = {key: (one.start, one.finish) for key, one in shown.schedule.items()}
    assert {key: (one.start, one.finish) for key, one in again.plan.schedule.items()} == dates
    assert plan.record(again.plan, again.state, [verdict.name], "ivanova") == ()
    assert again.state.committed[verdict.name] == verdict.forecast
    for other, was in state.committed.items():
        assert again.state.committed[other] == event.redated.get(other, was)
    for one in again.plan.changes.values():
        assert (one.moved_orders, one.displaced, one.prices) == ((), (), ()) or one.name not in again.state.committed


# Each rung


def test_where_there_is_room_nobody_moves() -> None:
    desk = desk_with(first={"build": "unix 16"})
    _, second = arrived(desk, "second", {"build": "unix 8"}, due(6))
    assert (second.rung, second.forecast, second.prices) == (0, at(4, 17), ())
    settled(desk, second)


def test_work_with_float_moves_and_no_promise_does() -> None:
    desk = desk_with(first={"short": "unix 8", "long": "dba 40"})
    _, second = arrived(desk, "second", {"build": "unix 8"}, due(2))
    assert (second.rung, second.forecast, second.prices) == (1, at(2, 17), ())
    assert second.moved_orders == ("first/change:first/short",)
    assert desk.plan.changes["first"].forecast == at(6, 17)
    settled(desk, second)


def test_a_promise_is_broken_by_name_where_the_date_cannot_be_met_otherwise() -> None:
    desk = desk_with(first={"build": "unix 40"}, other={"build": "dba 40"})
    _, second = arrived(desk, "second", {"build": "unix 8"}, due(3))
    assert (second.rung, second.forecast) == (2, at(2, 17))
    assert [(one.change, one.before, one.after) for one in second.displaced] == [("first", at(6, 17), at(9, 17))]
    assert second.moved_orders == ("first/change:first/build",)
    consented(desk, second)
    settled(desk, desk.plan.changes["second"])
    assert desk.state.committed == {"first": at(9, 17), "other": at(6, 17), "second": at(2, 17)}
    baseline = desk.known("change:first/build").baseline
    assert baseline
    assert baseline.finish == at(6, 17)


def test_no_more_promises_are_broken_than_must_be() -> None:
    """Two weeks are given away; what is needed on Wednesday fits before one of them only."""
    desk = desk_with(first={"build": "unix 16"}, next={"build": "unix 40"})
    _, second = arrived(desk, "second", {"build": "unix 8"}, due(4))
    assert (second.rung, [one.change for one in second.displaced]) == (2, ["next"])
    assert second.forecast == at(4, 17)


def test_without_a_date_no_promise_is_broken_and_the_prices_are_told() -> None:
    desk = desk_with(first={"build": "unix 40"})
    _, second = arrived(desk, "second", {"build": "unix 8"})
    assert (second.rung, second.forecast) == (0, at(9, 17))
    prices = {one.rung: one for one in second.prices}
    assert prices.keys() == {2, 3}
    assert prices[2].forecast == at(2, 17)
    assert [(one.change, one.before, one.after) for one in prices[2].displaced] == [("first", at(6, 17), at(9, 17))]
    settled(desk, second)


def test_a_date_that_no_rung_meets_breaks_no_promise() -> None:
    desk = desk_with(first={"build": "unix 40"})
    _, second = arrived(desk, "second", {"build": "unix 16"}, due(2))
    assert (second.rung, second.forecast) == (0, at(10, 17))
    assert [one.rung for one in second.prices] == [2, 3]


def test_a_draft_displaces_nobody() -> None:
    desk = desk_with(first={"short": "unix 8", "long": "dba 40"})
    _, second = arrived(desk, "second", {"build": "unix 8"}, due(2), state="draft")
    assert (second.rung, second.forecast, second.moved_orders) == (0, at(3, 17), ())


def test_a_full_replan_names_whom_it_displaces() -> None:
    """Nobody began on Monday, so both promises are lost; planned anew, the small one is kept, and the large one is
    later still."""
    desk = desk_with(large={"build": "unix 16"}, small={"build": "unix 8"})
    desk.now = at(3, 8)
    before = desk.plan
    desk.files |= files("new", {"build": "unix 8"})
    seen = desk.seen
    anew, _ = plan.make(seen.workspace, seen.state, desk.now, replan=True)
    new = anew.changes["new"]
    assert (new.rung, anew.changes["small"].forecast) == (3, at(3, 17))
    assert set(new.moved_orders) == moved(before, anew, "new")
    assert {one.change: (one.before, one.after) for one in new.displaced} == broken(before, anew, "new")
    assert broken(before, anew, "new") == {"large": (at(3, 17), at(6, 17))}


def test_work_that_was_begun_is_never_moved() -> None:
    desk = desk_with(first={"build": "unix 40"})
    desk.now = at(2, 9)
    desk.report("in_progress", "change:first/build")
    _, second = arrived(desk, "second", {"build": "unix 8"}, due(3))
    assert (second.rung, second.moved_orders, second.prices) == (0, (), ())


def test_an_emergency_goes_before_other_new_work() -> None:
    desk = desk_with()
    desk.files |= files("first", {"build": "unix 8"}, due(2))
    desk.files |= files("second", {"build": "unix 8"}, "  category: emergency\n")
    assert desk.plan.changes["second"].forecast == at(2, 17)
    assert desk.plan.changes["first"].forecast == at(3, 17)


# Any portfolio of Changes


@st.composite
def changes(draw: st.DrawFn, departments: Sequence[str] = ("unix", "dba")) -> Tasks:
    """One to three tasks of the departments; some follow others."""
    made: Tasks = {}
    for number in range(draw(st.integers(1, 3))):
        after = [name for name in made if draw(st.booleans())]
        words = [draw(st.sampled_from(departments)), str(draw(st.integers(2, 24))), *after]
        made[f"t{number}"] = " ".join(words)
    return made


DUES = st.just("") | st.integers(2, 31).map(due)


@given(st.lists(st.tuples(changes(), DUES), min_size=1, max_size=4), changes(), DUES, st.sampled_from([0, 3, 30]))
@examples(10)
def test_nobody_is_moved_but_by_name(known: list[tuple[Tasks, str]], new: Tasks, when: str, hours: int) -> None:
    desk = Desk({"provider.yaml": PROVIDER}, MONDAY)
    for number, (tasks, day) in enumerate(known):
        desk.files |= files(f"c{number}", tasks, day)
        if number == 1:
            desk.apply()
    if any(one.displaced for one in desk.plan.changes.values()):
        consented(desk, next(one for one in desk.plan.changes.values() if one.displaced))
    desk.apply()
    desk.now += timedelta(hours=hours)
    _, verdict = arrived(desk, "new", new, when)
    if verdict.displaced:
        assert verdict.rung == 2
        assert verdict.deadline is not None
        assert verdict.forecast is not None
        assert verdict.forecast <= verdict.deadline
        consented(desk, verdict)
    settled(desk, desk.plan.changes["new"])


@given(st.lists(st.tuples(changes(), DUES), min_size=1, max_size=3), changes(), DUES)
@examples(6)
def test_a_draft_moves_no_order_of_others(known: list[tuple[Tasks, str]], new: Tasks, when: str) -> None:
    desk = Desk({"provider.yaml": PROVIDER}, MONDAY)
    for number, (tasks, day) in enumerate(known):
        desk.files |= files(f"c{number}", tasks, day)
    desk.apply(*(name for name, one in desk.plan.changes.items() if not one.obstacles))
    _, verdict = arrived(desk, "new", new, when, state="draft")
    assert (verdict.rung, verdict.moved_orders, verdict.displaced) == (0, (), ())


# A plan of nearly the same work


def again(before: Seen, after: Seen, when: datetime) -> Plan:
    """The later plan, made with what is kept of the earlier one."""
    standings = plan.Standings()
    plan.make(before.workspace, before.state, when, standings=standings)
    return plan.make(after.workspace, after.state, when, standings=standings)[0]


@given(
    st.lists(st.tuples(changes(), DUES), min_size=1, max_size=3),
    changes(),
    DUES,
    st.sampled_from(["approved", "draft"]),
    st.booleans(),
)
@examples(8)
def test_what_is_kept_of_another_plan_changes_nothing(
    known: list[tuple[Tasks, str]], new: Tasks, when: str, state: str, is_applied: bool
) -> None:
    desk = Desk({"provider.yaml": PROVIDER}, MONDAY)
    for number, (tasks, day) in enumerate(known):
        desk.files |= files(f"c{number}", tasks, day)
    if is_applied:
        desk.apply(*(name for name, one in desk.plan.changes.items() if not one.obstacles))
    before = desk.seen
    desk.files |= files("b-new", new, when, state=state)
    assert again(before, desk.seen, desk.now) == desk.plan
    assert again(desk.seen, desk.seen, desk.now) == desk.plan
    assert again(desk.seen, before, desk.now) == before.plan


CALENDAR = """\
apiVersion: tamspec/v1
kind: Calendar
metadata: {name: zeta-hours}
spec: {timeZone: Europe/Moscow, hours: {mon-thu: ["10:00-15:00"]}}
---
apiVersion: tamspec/v1
kind: Client
metadata: {name: zeta}
spec:
  calendar: zeta-hours
  freezes: {sale: {from: 2026-03-03, to: 2026-03-UNTIL}}
"""


def test_a_branch_brings_a_client_with_hours_and_freezes_of_its_own() -> None:
    desk = desk_with(first={"build": "unix 8"})
    before = desk.seen
    desk.files["client.yaml"] = CALENDAR.replace("UNTIL", "05")
    with_client = desk.seen
    desk.files |= files("new", {"build": "unix 8", "move": "dba 8 build"}, due(27), client="zeta")
    after = desk.seen
    assert again(before, after, desk.now) == after.plan
    assert again(with_client, after, desk.now) == after.plan
    desk.files["client.yaml"] = CALENDAR.replace("UNTIL", "10")
    assert again(with_client, desk.seen, desk.now) == desk.plan
    assert desk.plan.changes["new"].forecast != after.plan.changes["new"].forecast


def test_only_what_is_new_is_planned_beside_what_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = desk_with(first={"build": "unix 40", "move": "dba 8 build"}, second={"build": "unix 8"})
    before = desk.seen
    desk.files |= files("new", {"build": "unix 8", "move": "dba 8 build"}, due(27))
    served: list[list[str]] = []
    serve = place.Desk.serve

    def counted(desk: place.Desk, order: Iterable[int], board: Board | None) -> None:
        numbers = list(order)
        served.append([desk.jobs[n].key for n in numbers])
        serve(desk, numbers, board)

    after = desk.seen
    standings = plan.Standings()
    plan.make(before.workspace, before.state, desk.now, standings=standings)
    monkeypatch.setattr(place.Desk, "serve", counted)
    assert plan.make(after.workspace, after.state, desk.now, standings=standings)[0] == after.plan
    assert {key.partition("/")[0] for keys in served for key in keys} == {"new"}


# Strangers


def rows(desk: Desk, names: Collection[str]) -> bytes:
    """What programs are told of some Changes and of their orders."""
    seen = desk.seen
    told = json.loads(plan_json(seen.plan, seen.workspace, seen.state, seen.findings.all))
    mine = [row for row in told["orders"] if row["change"] in names]
    return json.dumps([mine, [row for row in told["changes"] if row["name"] in names]]).encode()


@given(st.lists(st.tuples(changes(("unix",)), DUES), min_size=2, max_size=3), changes(("dba",)), DUES)
@examples(3)
def test_strangers_change_nothing(known: list[tuple[Tasks, str]], new: Tasks, when: str) -> None:
    """Neither a Change of departments that nobody else needs, nor another name of its client."""
    desk, names = Desk({"provider.yaml": PROVIDER}, MONDAY), []
    for number, (tasks, day) in enumerate(known):
        names.append(f"c{number}")
        desk.files |= files(names[-1], tasks, day)
        if not number:
            desk.apply()
    before = rows(desk, names)
    for client in ("aaa", "zzz"):
        head = f"apiVersion: tamspec/v1\nkind: Client\nmetadata: {{name: {client}}}\n"
        desk.files["client.yaml"] = f"{head}spec: {{calendar: office}}\n"
        desk.files |= files("b-stranger", new, when, client=client)
        assert desk.plan.changes["b-stranger"].forecast
        assert rows(desk, names) == before
