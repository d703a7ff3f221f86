"""What-ifs, levers and saved plans: what is told is what planning with it gives, and nothing of it is kept."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace
from program import PROVIDER, Workspace, change, project, run, small
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from story import Desk

from tamspec import resources
from tamspec.cli.assuming import assumed
from tamspec.diagnostics import Findings, TamspecError
from tamspec.model.plan import Advice, Assumed, Delay, Plan, Price, Redated, WhatIf
from tamspec.model.values import Duration
from tamspec.model.workspace import Settings
from tamspec.pipeline import Story, Tree, digest, tell
from tamspec.plan import levers
from tamspec.plan.whatif import what_if
from tamspec.report import saved
from tamspec.report.advice import advice_text

TASKS = {
    "one": "{department: network, effort: 5wd}",
    "two": "{department: network, effort: 5wd}",
    "agree": "{party: client, dependsOn: [one, two], wait: 5wd}",
}
NETWORK = "manager: volkov, calendar: weekdays, capacity: {people: 2}"
MORE = NETWORK.replace("2}", "3}")


def change_of(name: str, tasks: Mapping[str, str], more: str = "", of: str = "acme") -> str:
    """An approved Change of nothing but tasks."""
    listed = "".join(f"    {task}: {text}\n" for task, text in tasks.items())
    return f"""\
apiVersion: tamspec/v1
kind: Change
metadata: {{name: {name}}}
spec:
  project: {of}
  state: approved
  requestedBy: orlov
{more}  tasks:
{listed}"""


def desk_of(**changes: str) -> Desk:
    """A project with these Changes. As one person of the network is a TAM, the other works alone."""
    files = {"catalog/provider.yaml": PROVIDER, "project.yaml": project("acme")}
    if "launch" not in changes:
        files["project.yaml"] = files["project.yaml"].partition("  components:")[0]
    return Desk(files | {f"{name}.yaml": text for name, text in changes.items()})


def late(**tasks: str) -> Desk:
    """One Change that is required by the end of the first week."""
    return desk_of(late=change_of("late", {**TASKS, **tasks}, "  requiredBy: 2026-03-06\n"))


def supposed(desk: Desk, **assumed: Any) -> WhatIf:
    return what_if(desk.plan, desk.seen.workspace, desk.state, Assumed(**assumed))


def advised(desk: Desk, **more: Any) -> Plan:
    return levers.advised(desk.plan, desk.seen.workspace, desk.state, **more)


def advice(desk: Desk, name: str = "late", **more: Any) -> Advice:
    found = advised(desk, **more).changes[name].advice
    assert found is not None
    return found


def dates(plan: Plan) -> dict[str, tuple[Any, Any]]:
    return {key: (one.start, one.finish) for key, one in plan.schedule.items()}


# -- what-ifs ----------------------------------------------------------------------------------------------------------


def test_more_people_are_what_writing_them_would_give() -> None:
    desk = late()
    what = supposed(desk, people={"network": 3})
    before = dates(desk.plan)
    desk.edit("catalog/provider.yaml", NETWORK, MORE)
    assert dates(what.plan) == dates(desk.plan) != before
    assert {one.change for one in what.difference.finishes} == {"late"}


def test_without_a_change_is_what_taking_it_out_would_give() -> None:
    desk = desk_of(first=change_of("first", TASKS))
    desk.apply()
    desk.write("second.yaml", change_of("second", TASKS))
    what = supposed(desk, without=frozenset({"first"}))
    assert what.difference.removed == tuple(f"acme/change:first/{name}" for name in sorted(TASKS))
    assert {one.change for one in what.difference.finishes} == {"second"}
    alone = desk_of(second=change_of("second", TASKS))
    alone.now = desk.now
    assert dates(what.plan) == dates(alone.plan)


def test_without_a_change_its_differences_are_gone_too() -> None:
    desk = desk_of(launch=change("launch", "acme", "net", "os"))
    what = supposed(desk, without=frozenset({"launch"}))
    assert desk.plan.actions
    assert (what.plan.actions, what.plan.diffs) == ((), ())
    assert "launch" not in what.plan.changes


def test_nobody_waits_for_a_change_that_is_not_there() -> None:
    desk = desk_of(
        launch=change("launch", "acme", "net", "os"),
        after=change_of("after", {"check": "{department: unix, dependsOn: [os], effort: 1h}"}),
    )
    desk.apply("launch", "after")
    what = supposed(desk, without=frozenset({"launch"}))
    assert list(what.plan.schedule) == ["acme/change:after/check"]
    assert what.plan.schedule["acme/change:after/check"].start == desk.now.replace(hour=9, minute=0)


@pytest.mark.parametrize(
    ("length", "start"),
    [
        (Duration(minutes=3 * 24 * 60), "2026-03-05T09:00"),
        (Duration(minutes=5 * 24 * 60), "2026-03-09T09:00"),
        (Duration(minutes=4 * 60), "2026-03-02T13:00"),
        (Duration(working_days=5), "2026-03-09T09:00"),
    ],
)
def test_delayed_order_begins_so_much_later(length: Duration, start: str) -> None:
    desk = desk_of(alone=change_of("alone", {"one": TASKS["one"]}))
    key = "acme/change:alone/one"
    what = supposed(desk, delays={key: Delay(since=desk.plan.schedule[key].start, length=length)})
    assert f"{what.plan.schedule[key].start:%Y-%m-%dT%H:%M}" == start
    assert key in what.difference.redated


def test_delay_beyond_the_calendar_leaves_the_order_without_a_place() -> None:
    desk = late()
    key = "acme/change:late/one"
    for length in (Duration(working_days=9_000), Duration(minutes=10**9)):
        what = supposed(desk, delays={key: Delay(since=desk.plan.schedule[key].start, length=length)})
        assert key in what.plan.unplaced


# -- levers ------------------------------------------------------------------------------------------------------------


def test_levers_give_what_planning_with_them_gives() -> None:
    desk = late()
    found = advice(desk)
    assert found.chain == ("acme/change:late/agree", "acme/change:late/two", "acme/change:late/one")
    assert [(one.kind, one.subject, one.gain_minutes) for one in found.levers] == [
        ("wait", "acme/change:late/agree", (9 * 24 + 16) * 60),  # Monday 23 March 09:00 → Friday 13 March 17:00
        ("capacity", "network", 7 * 24 * 60),
    ]
    forecast = desk.plan.changes["late"].forecast
    assert forecast is not None
    assert all(one.forecast + timedelta(minutes=one.gain_minutes) == forecast for one in found.levers)
    desk.edit("catalog/provider.yaml", NETWORK, MORE)
    assert desk.plan.changes["late"].forecast == found.levers[1].forecast


def test_date_that_people_decided_is_a_lever_for_the_whole_change() -> None:
    text = change_of("late", TASKS, "  requiredBy: 2026-03-06\n  notBefore: 2026-03-12\n")
    desk = desk_of(late=text)
    found = {one.kind: one for one in advice(desk).levers}
    assert found["release"].subject == "late"
    desk.edit("late.yaml", "  notBefore: 2026-03-12\n", "")
    assert desk.plan.changes["late"].forecast == found["release"].forecast


def test_pin_is_a_lever_for_its_order_alone() -> None:
    pin = """  orders:
    two:
      pin: 2026-04-01 09:00
      why: The carrier comes then.
"""
    desk = desk_of(late=change_of("late", TASKS, "  requiredBy: 2026-03-06\n") + pin)
    found = {one.kind: one for one in advice(desk).levers}
    assert found["release"].subject == "acme/change:late/two"
    desk.edit("late.yaml", pin, "")
    assert desk.plan.changes["late"].forecast == found["release"].forecast


def test_price_of_a_rung_is_a_lever_with_those_whom_it_displaces() -> None:
    desk = late()
    one = desk.plan.changes["late"]
    assert one.forecast is not None
    moved = (Redated(change="other", before=one.forecast, after=one.forecast + timedelta(days=1)),)
    price = Price(rung=2, forecast=one.forecast - timedelta(days=10), displaced=moved)
    dear = Price(rung=3, forecast=one.forecast + timedelta(days=9))
    plan = replace(desk.plan, changes={"late": replace(one, prices=(price, dear))})
    found = levers.advised(plan, desk.seen.workspace, desk.state).changes["late"].advice
    assert found is not None
    assert [(each.kind, each.subject, each.displaced) for each in found.levers[:1]] == [("rung", "2", moved)]
    assert [each.kind for each in found.levers] == ["rung", "wait", "capacity"]


def test_who_is_in_time_gets_advice_only_if_asked_for() -> None:
    desk = desk_of(calm=change_of("calm", TASKS, "  requiredBy: 2026-12-18\n"))
    assert advised(desk).changes["calm"].advice is None
    assert advice(desk, "calm", every=True).levers


def test_only_so_many_levers_of_a_change_are_tried() -> None:
    links = ["agree", *(f"ask-{number:02}" for number in range(10))]
    chain = {
        after: f"{{party: client, wait: 1d, dependsOn: [{before}]}}" for before, after in itertools.pairwise(links)
    }
    found = advice(late(**chain))
    assert found.untried == 12 - levers.OF_ONE
    assert len(found.levers) == levers.BEST


def test_large_portfolio_is_told_its_chains_only() -> None:
    many = {f"n{n}": "{party: supplier, wait: 1h}" for n in range(levers.LARGEST)}
    desk = desk_of(
        late=change_of("late", TASKS, "  requiredBy: 2026-03-06\n"),
        many=change_of("many", many, "  requiredBy: 2026-12-18\n"),
    )
    found = advice(desk)
    assert found.chain
    assert (found.levers, found.untried) == ((), 2)


def test_advice_is_no_part_of_what_is_approved() -> None:
    desk = late()
    plan = advised(desk)
    assert plan.changes["late"].checksum == desk.plan.changes["late"].checksum
    assert replace(plan, changes=desk.plan.changes) == desk.plan


# -- the program -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A Change in time, and one that is late."""
    workspace = small(tmp_path_factory.mktemp("shop"))
    workspace.write("projects/shop/late.yaml", change_of("late", TASKS, "  requiredBy: 2026-11-27\n", "shop"))
    return workspace


@pytest.fixture(scope="module")
def under_way() -> Story:
    """The client has begun to agree."""
    desk = late()
    desk.apply()
    desk.report("in_progress", "agree")
    files = {path: text.encode() for path, text in desk.files.items()}
    return tell(Tree(settings=Settings(), findings=Findings(), files=files), desk.now)


def fits(data: Any, name: str) -> None:
    schemas = [(f"{one}.schema.json", resources.schema(f"output/{one}")) for one in ("plan", "saved-plan")]
    registry = Registry().with_resources((uri, DRAFT202012.create_resource(one)) for uri, one in schemas)
    Draft202012Validator(dict(schemas)[f"{name}.schema.json"], registry=registry).validate(data)


def test_late_change_tells_why_and_what_would_help(shop: Workspace) -> None:
    told = shop.ok("plan").out.splitlines()
    first = told.index("  Late by 17 days because of these 3 orders:")
    assert any("17 days TOO LATE" in line for line in told), "as much as above"
    assert [line.partition(".")[0] for line in told[first + 1 : first + 4]] == [
        "    4 days until Fri 27 Nov 17:00: shop/change:late/one",
        "    7 days until Fri  4 Dec 17:00: shop/change:late/two",
        "    9 days until Mon 14 Dec 09:00: shop/change:late/agree",
    ]
    assert "it works on shop/change:late/one." in told[first + 2]
    assert told[first + 4 : first + 7] == [
        "  What would help:",
        "    1. No wait at shop/change:late/agree: 9 days earlier",
        "    2. One more person in network (try --capacity network=+1): 7 days earlier",
    ]


def test_milestone_is_told_behind_what_it_waits_for() -> None:
    desk = desk_of(
        late=change_of(
            "late",
            {"work": "{department: network, effort: 6wd}", "begun": "{milestone: true, dependsOn: [work]}"},
            "  requiredBy: 2026-03-06\n",
        )
    )
    plan = advised(desk)
    one = plan.changes["late"]
    assert one.advice is not None
    told = [line.partition(" because")[0] for line in advice_text(one, one.advice, plan, "UTC")]
    assert [line.partition("late/")[2].partition(".")[0] for line in told[1:3]] == ["work", "begun"]


def test_what_if_tells_who_is_earlier_and_writes_nothing(shop: Workspace) -> None:
    before = shop.files()
    flags = ("--capacity", "network=+1", "--delay", "os/install=2wd", "--output-format", "json=what.json")
    answer = shop.ok("plan", *flags)
    assert answer.out.startswith("This is only a what-if")
    data = json.loads(shop.text("what.json"))
    fits(data, "plan")
    assert len(data["assumptions"]) == 2
    assert {one["change"]: one["after"] > one["before"] for one in data["difference"]["finishes"]} == {
        "late": False,
        "launch": True,
    }
    (shop.root / "what.json").unlink()
    assert shop.files() == before


@pytest.mark.parametrize(
    ("flags", "meant"),
    [
        ({"capacity": ["netwrok=+1"]}, "'network'"),
        ({"capacity": ["network"]}, "network="),
        ({"capacity": ["network=many"]}, "network=+1"),
        ({"capacity": ["network=-3"]}, "2 people"),
        ({"capacity": ["network=1", "network=2"]}, "two things of network"),
        ({"delay": ["twoo=3d"]}, "'two'"),
        ({"delay": ["two=soon"]}, "3d, 2wd or 4h"),
        ({"delay": ["change:late/two=3d", "two=4d"]}, "two things of acme/change:late/two"),
        ({"delay": ["agree=1d"]}, "under way"),
        ({"without": ["laet"]}, "'late'"),
    ],
)
def test_assumption_that_means_nothing_is_a_usage_error(
    under_way: Story, flags: dict[str, list[str]], meant: str
) -> None:
    with pytest.raises(click.UsageError, match=re.escape(meant)):
        assumed(under_way, **{"capacity": (), "delay": (), "without": (), **flags})


def test_flags_that_contradict_each_other_are_a_usage_error(shop: Workspace) -> None:
    answer = shop.run("plan", "--without", "launch", "--base", "HEAD")
    assert (answer.code, answer.out) == (2, "")


def test_saved_plan_is_shown_as_it_was_without_the_tree(shop: Workspace, tmp_path: Path) -> None:
    file = str(tmp_path / "saved.json")
    text = shop.ok("plan", "--out", file, "--output-format", f"json={tmp_path / 'plan.json'}").out
    saved = json.loads((tmp_path / "saved.json").read_text(encoding="utf-8"))
    fits(saved, "saved-plan")
    assert "--expect" in saved["note"]
    again = run(tmp_path, "plan", "--show", "saved.json", "--detailed-exitcode")
    assert (again.code, again.out) == (2, text)
    as_json = run(tmp_path, "plan", "--show", "saved.json", "--output-format", "json")
    assert as_json.out == (tmp_path / "plan.json").read_text(encoding="utf-8")
    assert as_json.err == ""
    full = run(tmp_path, "plan", "--show", "saved.json", "--full").out
    assert full == shop.ok("plan", "--full").out


def test_same_tree_has_the_same_digest_and_another_another() -> None:
    def tree(**files: bytes) -> str:
        return digest(Tree(settings=Settings(), findings=Findings(), files=files, written=b"sources: [a]"))

    assert tree(a=b"1", b=b"2") == tree(b=b"2", a=b"1")
    assert len({tree(a=b"1", b=b"2"), tree(a=b"12"), tree(a=b"2", b=b"1"), tree(a=b"1"), tree(c=b"1", b=b"2")}) == 5


def test_saved_plan_never_lies_among_the_sources(shop: Workspace) -> None:
    answer = shop.run("plan", "--out", "projects/plan.json")
    assert answer.code == 2
    assert not (shop.root / "projects/plan.json").exists()


WHOLE = {
    "format_version": "1.0",
    "what": "saved plan",
    "plan": {"at": "2026-11-23T09:00:00Z", "findings": [], "diffs": [], "orders": []},
    "text": ["\x1b[2JNothing\ud800"],
    "full": [],
}


@pytest.mark.parametrize(
    ("content", "meant"),
    [
        (b"", "is no saved plan"),
        (b"\xff\xfe", "is no saved plan"),
        (b"[" * 100_000, "is no saved plan"),
        (b'{"plan": {}}', "is no saved plan"),
        (json.dumps({**WHOLE, "format_version": "2.0"}).encode(), "2.0"),
        (json.dumps({**WHOLE, "text": None}).encode(), "is damaged"),
        (json.dumps({**WHOLE, "plan": {**WHOLE["plan"], "orders": [{}]}}).encode(), "is damaged"),  # type: ignore[dict-item]
    ],
)
def test_file_that_is_no_saved_plan_is_refused_in_one_sentence(content: bytes, meant: str) -> None:
    with pytest.raises(TamspecError, match=meant) as refused:
        saved.read(content, "x.json")
    assert "\n" not in str(refused.value)


def test_saved_plan_from_elsewhere_commands_no_terminal(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(WHOLE), encoding="utf-8")
    answer = run(tmp_path, "plan", "--show", "x.json")
    assert (answer.code, answer.out) == (0, "<U+001B>[2JNothing<U+D800>\n")
    answer = run(tmp_path, "plan", "--show", ".")
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)


def test_only_plan_pays_for_advice(shop: Workspace) -> None:
    built = shop.ok("build", "--output-format", "json", "--out", "site").data
    planned = shop.ok("plan", "--output-format", "json").data
    fits(planned, "plan")
    assert [one["levers"] for one in built["changes"]] == [[], []]
    assert {one["name"]: len(one["levers"]) for one in planned["changes"]} == {"late": 2, "launch": 0}
