"""The life of a change on the command line, as its people live it; and every way to call it wrong."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from program import (
    AT,
    ROOT,
    Answer,
    Workspace,
    change,
    command,
    copy_of_sample,
    environment,
    project,
    run,
    small,
    started,
)

from tamspec.cli import COMMANDS

NOON = "2026-11-23T12:00:00Z"
AFTERNOON = "2026-11-23T15:00:00Z"


@pytest.fixture(scope="module")
def patterns(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Repositories to be copied, so that each is made only once."""
    fresh, applied = tmp_path_factory.mktemp("fresh"), tmp_path_factory.mktemp("applied")
    small(fresh).start_git()
    small(applied).start_git().ok("apply", "--commit")
    return {"fresh": fresh, "applied": applied}


@pytest.fixture
def shop(tmp_path: Path, patterns: dict[str, Path]) -> Workspace:
    """A repository with one project and one approved Change: net, and os on it."""
    return Workspace(Path(shutil.copytree(patterns["fresh"], tmp_path / "shop")))


@pytest.fixture
def applied(tmp_path: Path, patterns: dict[str, Path]) -> Workspace:
    """The same, with the Change ordered and committed."""
    return Workspace(Path(shutil.copytree(patterns["applied"], tmp_path / "applied")))


def orders(plan: Any, *actions: str) -> set[str]:
    """The keys of the orders for which the plan has one of these actions."""
    return {one["key"] for one in plan["orders"] if one["action"] in actions}


def sentence(answer: Answer, code: int) -> str:
    """What is wrong, told once and to the end, with nothing on the output."""
    told = with_command(answer, code)
    assert told.rstrip().endswith((".", "?", "?)")), told
    return told


def with_command(answer: Answer, code: int) -> str:
    """As `sentence`, where the last line may be a command to copy."""
    assert answer.code == code, answer.said
    assert answer.out == ""
    assert answer.err.startswith("tamspec: ")
    assert answer.err.count("tamspec: ") == 1
    return answer.err


# -- the process -------------------------------------------------------------------------------------------------------

CALLS = {
    "adopt": "two --evidence Audit",
    "apply": "",
    "build": "--output-format json",
    "explain": "TAM203",
    "fmt": "",
    "init": "../new",
    "mv": "shop os system",
    "new": "project store --client acme",
    "order": "start shop/net/configure",
    "plan": "--output-format json",
    "rename": "two store",
    "render": "",
    "rules": "",
    "schema": "--workspace",
    "serve": "--port 99999",
    "set": "shop criticality high",
    "sla": "check",
    "staff": "two",
    "status": "--output-format json",
    "today": "",
    "validate": "",
    "why": "shop/net/configure",
}
"""Command → arguments with which it has something to say or to write."""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_started_program_answers_as_one_that_is_called(patterns: dict[str, Path], tmp_path: Path, name: str) -> None:
    """Most tests call it, in their own process."""
    answers, files = [], []
    for way in (run, started):
        workspace = Workspace(Path(shutil.copytree(patterns["applied"], tmp_path / "here/shop")))
        workspace.write("projects/two/project.yaml", project("two"))
        workspace.write("projects/two/launch.yaml", change("second", "two", "net", "os"))
        answers.append(way(workspace.root, "--at", AT, name, *CALLS[name].split()))
        files.append(Workspace(tmp_path).files())
        shutil.rmtree(workspace.root.parent)
    assert answers[0] == answers[1]
    assert files[0] == files[1]
    assert answers[0].said


# -- apply -------------------------------------------------------------------------------------------------------------


def test_second_apply_writes_nothing(shop: Workspace) -> None:
    first = shop.ok("apply")
    [entry] = shop.ledger()
    assert entry in first.out
    shop.commit()
    before = shop.files()
    for at in (AT, AFTERNOON, "2026-11-30T09:00:00Z"):
        shop.ok("apply", at=at)
        assert shop.git("status", "--short") == ""
    assert shop.files() == before


def test_apply_orders_what_was_planned(shop: Workspace) -> None:
    planned = {one["key"]: (one["start"], one["finish"]) for one in shop.plan()["orders"]}
    shop.ok("apply")
    after = shop.plan()
    assert {one["key"]: (one["start"], one["finish"]) for one in after["orders"]} == planned
    assert {one["action"] for one in after["orders"]} == {"keep"}
    assert after["diffs"] == []
    assert all(one["baseline"] == one["finish"] for one in after["orders"])


def test_redis_brings_only_redis(tmp_path: Path) -> None:
    sample = copy_of_sample(tmp_path)
    sample.ok("apply", "new-landscape")
    known = {one["key"]: (one["start"], one["finish"]) for one in sample.plan()["orders"]}
    path = "projects/acme-shop/project.yaml"
    sample.edit(path, "servers: 4}}\n", "servers: 4}}\n    cache: {service: redis, dependsOn: [shop]}\n")
    sample.edit(path, "components: [shop]", "components: [shop, cache]")
    plan = sample.plan()
    created = orders(plan, "create")
    assert orders(plan, "update", "cancel") == set()
    of_others = {key for key in created if not key.startswith("resource-pool/")}  # a draft, planned all the while
    assert of_others
    assert all(key.startswith("acme-shop/cache/provision.1/") for key in of_others)
    assert [one["component"] for one in plan["diffs"] if one["change"] == "new-landscape"] == ["acme-shop/cache"]
    kept = {one["key"]: (one["start"], one["finish"]) for one in plan["orders"] if one["key"] not in of_others}
    assert kept == known
    sample.ok("apply", "new-landscape")
    assert orders(sample.plan(), "create") == created - of_others


def test_apply_says_where_rules_object(shop: Workspace) -> None:
    path = "projects/shop/project.yaml"
    shop.edit(path, "deputy: petrov", "deputy: ivanova")
    told = shop.ok("apply").out
    assert path in told.split("Mind: ")[1]
    assert "Recorded launch" in told, "what the review let through is ordered"


def test_a_new_name_is_planned_and_recorded_in_words(applied: Workspace) -> None:
    applied.ok("mv", "shop", "os", "host")
    assert ["shop", "host", "was", "os"] in [line.split()[1:] for line in applied.ok("plan").out.splitlines()]
    told = applied.ok("apply").out.splitlines()
    assert [line for line in told if line.startswith("Recorded shop:") and "os" in line and "host" in line]


def test_what_was_asked_of_a_component_that_is_gone_is_no_mistake(tmp_path: Path) -> None:
    shop = small(tmp_path)
    question = "{text: How many?, ask: gusev, answers: components.os.params.count, answer: One}"
    shop.edit("projects/shop/launch.yaml", "[net, os]", f"[net, os]\n  questions:\n    count: {question}")
    shop.ok("apply")
    shop.edit("projects/shop/project.yaml", "    os: {service: server, dependsOn: [net]}\n", "")
    assert shop.findings() == []
    shop.edit("projects/shop/launch.yaml", ", answer: One", "")
    assert shop.findings() == []
    shop.edit("projects/shop/launch.yaml", "components.os.params", "components.oss.params")
    assert [one["code"] for one in shop.findings()] == ["TAM203"]


def test_removing_what_nobody_began_cancels_it(applied: Workspace) -> None:
    applied.edit("projects/shop/project.yaml", "    os: {service: server, dependsOn: [net]}\n", "")
    plan = applied.plan()
    assert orders(plan, "cancel") == {"shop/os/provision.1/install", "shop/os/provision.1/harden"}
    assert orders(plan, "create") == set()
    applied.ok("apply")
    assert orders(applied.plan(), "keep") == {"shop/net/provision.1/configure"}
    assert applied.findings() == []


def test_removing_what_is_under_way_lets_it_end_and_takes_it_down(applied: Workspace) -> None:
    applied.ok("order", "done", "net/configure", "--output", "vlan=112", at=NOON)
    applied.ok("order", "start", "os/install", at=NOON)
    applied.edit("projects/shop/project.yaml", "    os: {service: server, dependsOn: [net]}\n", "")
    plan = applied.plan(at=NOON)
    assert orders(plan, "cancel") == {"shop/os/provision.1/harden"}
    assert orders(plan, "keep") == {"shop/os/provision.1/install"}
    [removal] = [one for one in plan["orders"] if one["action"] == "create"]
    assert removal["key"] == "shop/os/decommission.1/remove"
    assert removal["procedure"] == "decommission"
    [running] = [one for one in plan["orders"] if one["action"] == "keep"]
    assert removal["start"] >= running["finish"]
    told = applied.ok("apply", at=NOON)
    assert "shop/os/decommission.1/remove cannot be undone" in told.out
    applied.ok("apply", at=NOON)
    assert orders(applied.plan(at=NOON), "create", "update", "cancel") == set()


def test_removing_what_is_built_takes_it_down(applied: Workspace) -> None:
    applied.ok("order", "done", "net/configure", "os/install", "os/harden", at=NOON)
    applied.edit("projects/shop/project.yaml", "    os: {service: server, dependsOn: [net]}\n", "")
    applied.write("projects/shop/retreat.yaml", change("retreat", "shop", "os"))
    plan = applied.plan(at=NOON)
    assert orders(plan, "create") == {"shop/os/decommission.1/remove"}
    applied.ok("apply", at=NOON)
    applied.ok("order", "done", "os/remove", at=AFTERNOON)
    assert applied.plan(at=AFTERNOON)["orders"] == []
    applied.ok("plan", "--detailed-exitcode", at=AFTERNOON)


@pytest.mark.parametrize("begun", [False, True])
def test_second_apply_writes_nothing_after_a_part_below_was_removed(applied: Workspace, begun: bool) -> None:
    if begun:
        applied.ok("order", "start", "net/configure")
    applied.edit("projects/shop/project.yaml", "    net: {service: segment}\n", "")
    applied.edit("projects/shop/project.yaml", ", dependsOn: [net]", "")
    applied.ok("apply")
    before = applied.files()
    applied.ok("apply")
    assert applied.files() == before


def test_a_parameter_answered_by_a_procedure_follows_what_is_built(applied: Workspace) -> None:
    applied.ok("order", "done", "net/configure", "os/install", "os/harden", at=NOON)
    applied.edit("projects/shop/project.yaml", "{service: server,", "{service: server, params: {count: 3},")
    applied.write("projects/shop/more.yaml", change("more", "shop", "os"))
    plan = applied.plan(at=NOON)
    [diff] = plan["diffs"]
    assert diff["fields"] == [{"name": "count", "before": 1, "after": 3}]
    assert [(one["path"], one["line"], one["column"]) for one in diff["causes"]] == [
        ("projects/shop/project.yaml", 11, 43)
    ]
    assert orders(plan, "create") == {"shop/os/change.1/grow.add"}


def test_expect_lets_the_reviewed_plan_pass(shop: Workspace) -> None:
    checksum = shop.plan()["checksums"]["launch"]
    shop.ok("apply", "--expect", f"launch={checksum}", at=NOON)
    assert len(shop.ledger()) == 1


def test_expect_refuses_any_other_plan(shop: Workspace) -> None:
    checksum = shop.plan()["checksums"]["launch"]
    shop.edit("projects/shop/project.yaml", "{service: server,", "{service: server, params: {count: 3},")
    before = shop.files()
    told = with_command(shop.run("apply", "launch", "--expect", f"launch={checksum}"), 1)
    assert checksum in told
    assert shop.plan()["checksums"]["launch"] in told
    assert shop.files() == before


def test_expect_of_a_change_that_does_not_exist(shop: Workspace) -> None:
    assert "'lunch'" in sentence(shop.run("apply", "--expect", "lunch=0"), 2)
    assert "--expect launch=" in sentence(shop.run("apply", "--expect", "launch"), 2)
    assert "launch" in sentence(shop.run("apply", "lunch"), 2)
    assert shop.ledger() == []


def test_a_draft_is_refused_alone(shop: Workspace) -> None:
    shop.write("projects/two/project.yaml", project("two"))
    shop.write("projects/two/later.yaml", change("later", "two", "net", "os", state="draft"))
    refused = shop.run("apply", "later")
    assert refused.code == 1
    assert "draft" in refused.err
    assert shop.ledger() == []
    shop.ok("apply")
    assert [Path(path).parent.as_posix() for path in shop.ledger()] == ["projects/shop/ledger"]
    assert "two/net/provision.1/configure" in orders(shop.plan(), "create")


def test_a_change_with_an_open_question_is_refused_alone(shop: Workspace) -> None:
    shop.write("projects/two/project.yaml", project("two"))
    asked = "  questions:\n    size: {text: How large?, ask: gusev, due: 2026-12-01}\n"
    shop.write("projects/two/later.yaml", change("later", "two", "net", "os", more=asked))
    assert [(one["code"], one["line"], one["column"]) for one in shop.findings()] == [("TAM452", 11, 5)]
    answer = shop.ok("apply")
    assert "later" in answer.err
    assert "size" in answer.err
    assert [Path(path).parent.as_posix() for path in shop.ledger()] == ["projects/shop/ledger"]
    assert shop.run("apply", "later").code == 1


def test_commit_makes_one_commit_of_exactly_what_was_recorded(shop: Workspace) -> None:
    shop.write("projects/shop/notes.txt", "not yet")
    shop.write("staged.txt", "nor this")
    shop.git("add", "staged.txt")
    before = shop.git("rev-parse", "HEAD").strip()
    shop.ok("apply", "--commit")
    assert shop.git("rev-list", f"{before}..HEAD").count("\n") == 1
    assert shop.git("show", "--name-status", "--format=", "HEAD").split() == ["A", *shop.ledger()]
    assert shop.git("status", "--short").splitlines() == ["A  staged.txt", "?? projects/shop/notes.txt"]
    head = shop.git("rev-parse", "HEAD")
    shop.ok("apply", "--commit")
    assert shop.git("rev-parse", "HEAD") == head


def test_commit_without_a_repository_records_nothing(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    assert "git init" in sentence(workspace.run("apply", "--commit"), 2)
    assert workspace.ledger() == []


def test_commit_that_git_refuses_says_what_is_left_to_do(shop: Workspace) -> None:
    shop.write(".git/hooks/pre-commit", "#!/bin/sh\necho not today >&2\nexit 1\n")
    (shop.root / ".git/hooks/pre-commit").chmod(0o755)
    answer = shop.run("apply", "--commit")
    [entry] = shop.ledger()
    assert answer.code == 2
    assert "not today" in answer.err
    assert f"git commit -- {entry}" in answer.err


def test_a_ledger_entry_that_is_in_the_way_is_never_replaced(shop: Workspace) -> None:
    path = "projects/shop/ledger/20261123t090000z-ordered-launch.yaml"
    shop.write(path, "")
    assert path in sentence(shop.run("apply"), 2)
    assert shop.text(path) == ""


def test_many_cancellations_want_force(shop: Workspace) -> None:
    names = [f"s{number}" for number in range(6)]
    lines = "".join(f"    {name}: {{service: server}}\n" for name in names)
    shop.edit("projects/shop/project.yaml", "    net:", f"{lines}    net:")
    shop.edit("projects/shop/launch.yaml", "[net, os]", f"[net, os, {', '.join(names)}]")
    shop.ok("apply")
    shop.edit("projects/shop/project.yaml", lines, "")
    before = shop.files()
    refused = shop.run("apply")
    assert refused.code == 2
    assert "--force" in refused.err
    assert shop.files() == before
    shop.ok("apply", "--force")
    assert len(shop.plan()["orders"]) == 3


# -- order -------------------------------------------------------------------------------------------------------------


def status(workspace: Workspace, at: str) -> dict[str, str]:
    """Order key → where it stands."""
    data = workspace.ok("status", "--output-format", "json", at=at).data
    return {one["key"]: one["status"] for one in data["orders"]}


@pytest.mark.parametrize("at", ["2028-01-01T12:00:00Z", "2035-06-01T12:00:00Z"])
def test_work_under_way_for_years_can_be_planned_and_reported(applied: Workspace, at: str) -> None:
    applied.ok("order", "start", "net/configure")
    for words in (("plan",), ("status",), ("today",)):
        applied.ok(*words, at=at)
    applied.ok("order", "block", "net/configure", "--on", "client", "--reason", "No answer.", at=at)
    later = at.replace("T12", "T13")
    applied.ok("plan", at=later)
    applied.ok("order", "done", "net/configure", "--output", "vlan=112", at=later)
    assert status(applied, later)["shop/net/provision.1/configure"] == "done"


def test_a_report_of_a_day_to_come_stops_nothing(applied: Workspace) -> None:
    applied.ok("order", "start", "net/configure", at="2027-11-26T11:00:00Z")
    for words in (("plan",), ("status",), ("today",), ("render",), ("apply",)):
        applied.ok(*words, at=NOON)
    assert status(applied, NOON)["shop/net/provision.1/configure"] == "in_progress"


def test_work_done_on_a_day_to_come_stops_nothing(applied: Workspace) -> None:
    applied.ok("order", "start", "net/configure")
    applied.ok("order", "done", "net/configure", "--output", "vlan=112", at="2027-11-26T11:00:00Z")
    for words in (("plan",), ("plan", "--full"), ("status",), ("today",), ("render",), ("apply",)):
        applied.ok(*words, at=NOON)


def test_a_done_order_is_begun_again_only_by_reopening_it(applied: Workspace) -> None:
    applied.ok("order", "done", "net/configure", "--output", "vlan=112")
    for words in (("start",), ("progress", "--remaining", "1h")):
        told = with_command(applied.run("order", words[0], "net/configure", *words[1:]), 2)
        assert "reopen" in told
    assert status(applied, AT)["shop/net/provision.1/configure"] == "done"


def test_the_way_to_tell_what_was_forgotten_leads_there(applied: Workspace) -> None:
    told = applied.ok("order", "done", "net/configure").err
    ways = re.findall(r"`tamspec ([^`]*)`", told)
    for way in ways:
        applied.ok(*way.replace("VALUE", "112").split())
    assert len(ways) == 2
    assert status(applied, AT)["shop/net/provision.1/configure"] == "done"
    assert any("112" in applied.text(entry) for entry in applied.ledger())


def test_done_orders_move_forecasts_and_no_promise(applied: Workspace) -> None:
    promised = applied.plan()["changes"][0]["committed"]
    applied.ok("order", "start", "net/configure")
    late = "2026-11-26T10:00:00Z"
    applied.ok("order", "done", "net/configure", "--output", "vlan=112", at=late)
    [after] = applied.plan(at=late)["changes"]
    assert after["committed"] == promised
    assert after["forecast"] == "2026-11-26T16:00:00Z" > promised
    by_key = {one["key"]: one for one in applied.plan(at=late)["orders"]}
    install = by_key["shop/os/provision.1/install"]
    assert (install["start"], install["baseline"]) == (late, "2026-11-23T17:00:00Z")
    applied.ok("apply", at=late)
    assert applied.plan(at=late)["changes"][0]["committed"] == promised, "nothing new was asked for"


def test_the_statuses_of_an_order(applied: Workspace) -> None:
    key = "shop/net/provision.1/configure"
    assert status(applied, AT)[key] == "ready"
    applied.ok("order", "block", key, "--on", "client", "--reason", "No access to the room")
    assert status(applied, AT)[key] == "blocked"
    applied.ok("order", "start", "net/configure")
    applied.ok("order", "progress", "net/configure", "--remaining", "1.5h", at="2026-11-23T10:00:00Z")
    [known] = [one for one in applied.plan(at="2026-11-23T10:00:00Z")["orders"] if one["key"] == key]
    assert (known["status"], known["finish"]) == ("in_progress", "2026-11-23T11:30:00Z")
    applied.ok("order", "done", "net/provision/configure", "--output", "vlan=112", "--effort", "3h", at=NOON)
    assert status(applied, NOON)[key] == "done"
    assert status(applied, NOON)["shop/os/provision.1/install"] == "ready"
    applied.ok("order", "reject", "install", "--reason", "Wrong department", at=NOON)
    assert status(applied, NOON)["shop/os/provision.1/install"] == "rejected"
    applied.ok("order", "reopen", "install", at=NOON)
    applied.ok("order", "cancel", "install", "--reason", "Not needed", at=NOON)
    assert [one["code"] for one in applied.findings()] == ["TAM465"]
    applied.ok("order", "reopen", "install", at=NOON)
    assert status(applied, NOON)["shop/os/provision.1/install"] == "ready"
    assert applied.findings() == []


def test_reports_of_one_second_count_in_their_order(applied: Workspace) -> None:
    for _ in range(4):
        applied.ok("order", "start", "net/configure")
        applied.ok("order", "cancel", "net/configure", "--reason", "No time")
        applied.ok("order", "reopen", "net/configure")
    assert applied.findings() == []
    assert status(applied, AT)["shop/net/provision.1/configure"] == "ready"


def test_an_output_that_no_order_named_produces_is_refused(applied: Workspace) -> None:
    before = applied.ledger()
    answer = applied.run("order", "done", "net/configure", "install", "--output", "typo=1", at=NOON)
    assert "'typo'" in sentence(answer, 2)
    assert applied.ledger() == before


def test_work_of_a_project_that_got_another_name_is_still_reported(applied: Workspace) -> None:
    applied.edit("projects/shop/project.yaml", "name: shop}", "name: store}")
    applied.edit("projects/shop/launch.yaml", "project: shop", "project: store")
    before = applied.ledger()
    applied.ok("order", "start", "shop/net/configure", at=NOON)
    [added] = set(applied.ledger()) - set(before)
    assert added.startswith("projects/shop/ledger/")


def test_several_orders_are_reported_at_once(applied: Workspace) -> None:
    before = applied.ledger()
    told = applied.ok("order", "done", "net/configure", "install", "harden", at=NOON)
    assert "waits" not in told.err, "what they wait for is told done in the same breath"
    assert len(applied.ledger()) == len(before) + 1
    assert applied.plan(at=NOON)["orders"] == []


def test_what_an_order_produced_is_kept_and_what_it_owes_is_told(applied: Workspace) -> None:
    told = applied.ok("order", "done", "net/configure", at=NOON)
    assert "--output vlan=VALUE" in told.err
    applied.ok("order", "reopen", "net/configure", at=NOON)
    applied.ok("order", "done", "net/configure", "--output", "vlan=112", at=NOON)
    assert 'vlan: "112"' in applied.text(applied.ledger()[-1])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("start", "decommission"), "`tamspec status`"),
        (("start", "insatll"), "'install'"),
        (("start", "shop/net/provision.1/confgure"), "'shop/net/provision.1/configure'"),
        (("done", "net/configure", "--output", "vlna=1"), "vlan"),
        (("done", "net/configure", "--output", "vlan"), "NAME=VALUE"),
        (("done", "net/configure", "--effort", "1,5h"), "1,5h"),
        (("progress", "net/configure", "--remaining", "2d"), "2d"),
        (("block", "net/configure", "--on", "clinet", "--reason", "x"), "'client'"),
        (("block", "net/configure", "--on", "nobody", "--reason", "x"), "unix"),
        (("block", "net/configure", "--on", "client", "--reason", " "), "--reason"),
        (("block", "net/configure", "--on", "client"), "--reason"),
        (("reopen", "net/configure"), "start, done, block, reject, cancel"),
        (("cancel", "net/configure", "--reason", "hidden \u202e text"), "U+202E"),
        (("cancel", "net/configure", "--reason", "long " * 20_000), "65,536"),
        (("start",), "KEY"),
        (("strat", "net/configure"), "strat"),
    ],
)
def test_a_report_that_cannot_be_is_refused_with_a_way_out(
    applied: Workspace, arguments: tuple[str, ...], said: str
) -> None:
    before = applied.files()
    answer = applied.run("order", *arguments)
    assert answer.code == 2, answer.said
    assert said in answer.err
    assert applied.files() == before


def test_an_ambiguous_tail_lists_what_it_may_be(applied: Workspace) -> None:
    applied.write("projects/two/project.yaml", project("two"))
    applied.write("projects/two/later.yaml", change("later", "two", "net", "os"))
    applied.ok("apply")
    answer = applied.run("order", "start", "net/configure")
    assert answer.code == 2
    assert "two/net/provision.1/configure" in answer.err
    assert "shop/net/provision.1/configure" in answer.err
    applied.ok("order", "start", "two/net/configure")


def test_what_is_done_cannot_be_done_again(applied: Workspace) -> None:
    applied.ok("order", "done", "net/configure", at=NOON)
    for verb in (["done"], ["start"], ["block", "--on", "tam", "--reason", "x"], ["reject", "--reason", "x"]):
        if verb == ["start"]:
            continue  # `start` would undo it, and that is what `reopen` is for: see below
        answer = applied.run("order", *verb, "net/configure", at=NOON)
        assert answer.code == 2, answer.said
        assert "reopen" in answer.err


def test_one_report_that_cannot_be_keeps_back_the_others(applied: Workspace) -> None:
    before = applied.ledger()
    assert applied.run("order", "reopen", "install", "net/configure").code == 2
    assert applied.run("order", "start", "install", "nothing").code == 2
    assert applied.ledger() == before


def test_a_report_is_never_older_than_what_is_known(applied: Workspace) -> None:
    applied.ok("order", "start", "net/configure", at=NOON)
    before = applied.ledger()
    for at in ("2026-11-22T09:00:00Z", "2026-11-23T11:59:59Z"):
        assert "earlier" in sentence(applied.run("order", "done", "net/configure", at=at), 2)
    assert applied.ledger() == before
    applied.ok("order", "done", "net/configure", at=NOON)


def test_work_that_was_done_before_it_was_ordered_names_the_way_out(applied: Workspace) -> None:
    began, ended = "2026-11-22T22:00:00Z", "2026-11-22T23:30:00Z"
    [entry] = applied.ledger()
    answer = applied.run("order", "start", "net/configure", at=began)
    assert answer.code == 2
    assert f"tamspec apply launch --at {began}" in answer.err
    assert entry in answer.err
    (applied.root / entry).unlink()
    applied.ok("apply", "launch", at=began)
    applied.ok("order", "start", "net/configure", at=began)
    assert "apply" not in applied.run("order", "done", "net/configure", at="2026-11-22T21:00:00Z").err
    applied.ok("order", "done", "net/configure", "--output", "vlan=1", at=ended)


def test_finish_that_is_another_day_at_the_clients_is_told_with_its_zone(tmp_path: Path) -> None:
    shop = small(tmp_path)
    far = "kind: Calendar\nmetadata: {name: far}\nspec: {timeZone: Pacific/Apia, hours: {mon-fri: ['09:00-17:00']}}\n"
    shop.write("catalog/far.yaml", f"apiVersion: tamspec/v1\n{far}")
    shop.edit("catalog/provider.yaml", "spec:\n  calendar: weekdays\n", "spec:\n  calendar: far\n")
    shop.edit("projects/shop/launch.yaml", "2026-12-18", "2026-11-23")
    shop.write(
        "projects/shop/second.yaml",
        change("second", "shop", state="draft", more="  tasks: {a: {department: unix, effort: 1h}}\n"),
    )
    planned = shop.ok("plan").out
    [late] = [one for one in shop.ok("plan", "--output-format", "json").data["findings"] if one["code"] == "TAM454"]
    assert "2026-11-25 (Pacific/Apia)" in late["detail"]
    assert "launch  approved  finishes Tue 24 Nov 2026 (UTC); 1 day TOO LATE" in planned
    shop.ok("apply", "launch")
    assert "forecast Tue 24 Nov 2026 (UTC), promised Tue 24 Nov 2026 (UTC)" in shop.ok("status").out
    later = shop.ok("today", at="2026-11-25T09:00:00Z").out
    assert "launch: promised Tue 24 Nov 2026 (UTC), now Thu 26 Nov 2026 (UTC)" in later
    shop.edit("catalog/far.yaml", "Pacific/Apia", "Europe/Berlin")
    shop.edit("projects/shop/launch.yaml", "2026-11-23", "2026-11-22")
    for arguments in (("plan",), ("status",), ("today",)):
        told = shop.run(*arguments, at="2026-11-25T09:00:00Z").said
        assert "2026 (UTC)" not in told
        assert "(Europe/Berlin)" not in told


def test_work_out_of_turn_is_recorded_with_a_warning(applied: Workspace) -> None:
    answer = applied.ok("order", "start", "harden")
    assert "shop/os/provision.1/install" in answer.err


# -- plan --------------------------------------------------------------------------------------------------------------


def test_what_was_taken_back_is_owed_no_more(tmp_path: Path) -> None:
    """The way out of TAM465: take what the order was for out of the project."""
    shop = small(tmp_path)
    shop.ok("apply")
    for order, *more in (
        ("net/configure", "--output", "vlan=1"),
        ("os/install", "--output", "os-login=x"),
        ("os/harden",),
    ):
        shop.ok("order", "done", order, *more, at="2026-11-23T10:00:00Z")
    shop.ok("set", "shop", "components.net.params.vlans", "3")
    shop.write("projects/shop/more.yaml", change("more", "shop", "net"))
    shop.ok("apply", at="2026-11-24T09:00:00Z")
    shop.ok("order", "cancel", "net/change.1/extend.add", "--reason", "Too dear", at="2026-11-24T10:00:00Z")
    assert [one["code"] for one in shop.findings()] == ["TAM465"]
    shop.ok("set", "shop", "components.net.params.vlans", "1")
    shop.write("projects/shop/back.yaml", change("back", "shop", "net"))
    shop.ok("apply", at="2026-11-25T09:00:00Z")
    assert shop.findings() == []


BACK_OUT = """\
  backOut:
    undo: {department: unix, effort: 2h}
    check: {department: unix, effort: 2h, dependsOn: [undo]}
  tasks:
    open: {department: unix, effort: 1h}
    ready: {milestone: true, dependsOn: [open]}
"""


@pytest.fixture
def fragile(tmp_path: Path) -> Workspace:
    """A change with a way back, applied."""
    workspace = small(tmp_path)
    workspace.write("projects/shop/launch.yaml", workspace.text("projects/shop/launch.yaml") + BACK_OUT)
    workspace.ok("apply", at="2026-11-23T06:00:00Z")
    return workspace


def test_a_back_out_that_was_called_for_is_not_late_from_the_start(fragile: Workspace) -> None:
    later = "2026-11-24T09:00:00Z"
    undo, check = "shop/change:launch/back-out.undo", "shop/change:launch/back-out.check"
    fragile.ok("order", "start", undo, at="2026-11-24T08:00:00Z")
    overdue = [one["detail"] for one in fragile.run("plan", "--output-format", "json", at=later).data["findings"]]
    assert not [one for one in overdue if "back-out" in one]
    told = {line.split()[1]: line for line in fragile.ok("status", at=later).out.splitlines() if "back-out" in line}
    assert "overdue" not in told[undo.partition("/")[2]]
    assert "only if it fails" not in told[check.partition("/")[2]]
    fragile.ok("order", "done", check, at="2026-11-24T08:30:00Z")
    fragile.ok("render", at=later)
    row = fragile.text("site/changes/launch/index.html").partition(f"<code>{check}</code>")[2].partition("</tr>")[0]
    assert "2026-11-24T08:30:00Z" in row
    assert "2026-11-23" not in row


def test_a_called_back_out_of_which_nothing_is_heard_is_found_where_it_stands(fragile: Workspace) -> None:
    fragile.ok("order", "start", "back-out.undo", at="2026-11-24T08:00:00Z")
    answer = fragile.run("plan", "--output-format", "gitlab", at="2026-12-07T09:00:00Z")
    [place] = [one["location"]["lines"]["begin"] for one in answer.data if one["check_name"] == "TAM443"]
    lines = fragile.text("projects/shop/launch.yaml").splitlines()
    assert lines[place - 1].strip().startswith("undo:")


def test_what_nobody_reports_offers_no_report(fragile: Workspace) -> None:
    answer = fragile.run("order", "done", "change:launch/ready")
    assert answer.code == 2
    assert "shop/change:launch/open" in answer.err
    assert "start, done" not in answer.err


def test_a_milestone_is_nobodys_work(fragile: Workspace) -> None:
    fragile.ok("render")
    page = fragile.text("site/changes/launch/index.html")
    assert "milestone" not in page.partition('id="waves"')[2].partition("</section>")[0]


def test_whoever_wants_quiet_hears_nothing_of_what_went_well(fragile: Workspace) -> None:
    fragile.edit(
        "projects/shop/launch.yaml", "open: {department: unix, effort: 1h}", "open: {department: unix, effort: 2h}"
    )
    assert fragile.ok("apply", "-q").said == ""
    assert fragile.ok("apply", "-q").said == ""
    assert fragile.ok("order", "start", "change:launch/open", "-q").said == ""
    assert fragile.run("order", "done", "nothing", "-q").err


def test_detailed_exit_codes(shop: Workspace) -> None:
    assert shop.run("plan", "--detailed-exitcode").code == 2
    shop.ok("apply")
    assert shop.run("plan", "--detailed-exitcode").code == 0
    shop.edit("projects/shop/project.yaml", "    net:", "    more: {service: server}\n    net:")
    assert shop.run("plan").code == 1, "an unclaimed difference"
    assert shop.run("plan", "--detailed-exitcode").code == 1
    shop.write("projects/shop/project.yaml", "[")
    assert shop.run("plan", "--detailed-exitcode").code == 1


def test_plan_against_a_base_tells_what_the_branch_does(applied: Workspace) -> None:
    applied.git("checkout", "--quiet", "-b", "database")
    unchanged = applied.ok("plan", "--base", "main").out
    applied.edit("projects/shop/project.yaml", "    os:", "    db: {service: server, dependsOn: [net]}\n    os:")
    applied.edit("projects/shop/launch.yaml", "[net, os]", "[net, os, db]")
    applied.commit()
    told = applied.ok("plan", "--base", "main").out
    assert told.startswith("What this branch does")
    assert "2 new" in told
    assert "2 new" not in unchanged
    assert applied.run("plan", "--base", "HEAD").out.count("2 new") == 0


def test_the_difference_from_a_base_says_what_is_reached(applied: Workspace) -> None:
    applied.git("checkout", "--quiet", "-b", "more")
    applied.edit("projects/shop/project.yaml", "{service: segment}", "{service: segment, params: {vlans: 3}}")
    applied.commit()
    answer = applied.run("plan", "--base", "main", "--output-format", "json")
    schema = json.loads((ROOT / "schemas/output/plan.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(answer.data, schema, cls=jsonschema.Draft202012Validator)
    difference = answer.data["difference"]
    direct, *indirect = difference["touched"]
    assert (direct["component"], direct["impact"], direct["through"]) == ("shop/net", "direct", [])
    assert direct["causes"][0]["path"] == "projects/shop/project.yaml"
    assert [(one["component"], one["impact"], one["through"]) for one in indirect] == [
        ("shop/os", "indirect", ["shop/net"])
    ]
    assert applied.plan()["difference"] is None


def test_the_base_may_be_older_than_its_own_ledger(shop: Workspace) -> None:
    shop.ok("apply", "--commit")
    assert shop.ok("plan", "--base", "HEAD~1").out.startswith("What this branch does")


@pytest.mark.parametrize("revision", ["nowhere", "--all", "", "HEAD:tamspec.yaml", "main..main"])
def test_unknown_revision(shop: Workspace, revision: str) -> None:
    assert f"'{revision}'" in with_command(shop.run("plan", f"--base={revision}"), 2)


def test_a_base_without_a_workspace(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.start_git()
    small(tmp_path)
    assert "tamspec.yaml" in sentence(workspace.run("plan", "--base", "main"), 2)


def test_a_base_without_a_repository(tmp_path: Path) -> None:
    assert "git init" in sentence(small(tmp_path).run("plan", "--base", "main"), 2)


def test_a_base_that_does_not_load_says_so(shop: Workspace) -> None:
    shop.edit("projects/shop/launch.yaml", "project: shop", "project: shp")
    shop.commit()
    shop.edit("projects/shop/launch.yaml", "project: shp", "project: shop")
    answer = shop.run("plan", "--base", "HEAD")
    assert answer.code == 0, answer.said
    assert "HEAD has errors" in answer.err


# -- adopt -------------------------------------------------------------------------------------------------------------


def test_adopted_components_are_built_and_bring_no_work(shop: Workspace) -> None:
    shop.ok("adopt", "shop", "--evidence", "Audit of October")
    [entry] = shop.ledger()
    assert "evidence: Audit of October" in shop.text(entry)
    plan = shop.plan()
    assert (plan["orders"], plan["diffs"]) == ([], [])
    shop.ok("adopt", "shop")
    shop.ok("apply")
    assert shop.ledger() == [entry]


def test_a_part_can_be_adopted(shop: Workspace) -> None:
    shop.ok("adopt", "shop", "net")
    assert orders(shop.plan(), "create") == {"shop/os/provision.1/install", "shop/os/provision.1/harden"}


def test_what_cannot_be_adopted(shop: Workspace) -> None:
    assert "shop" in sentence(shop.run("adopt", "shpo"), 2)
    assert "net, os" in sentence(shop.run("adopt", "shop", "nett"), 2)
    assert shop.ledger() == []


# -- calling it wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("valdate",), "'validate'"),
        (("frobnicate",), "--help"),
        (("plan", "--bsae", "main"), "--base"),
        (("plan", "--output-format", "sarfi"), "'sarif'"),
        (("apply", "--output-format", "json"), "full"),
        (("validate", "no/such/path"), "no/such/path"),
        (("validate", "/"), "/"),
        (("explain", "TAM20"), "TAM20"),
        (("today", "--who", "nobody"), "'nobody'"),
        (("-C", "no-such-folder", "validate"), "no-such-folder"),
        (("-C", "tamspec.yaml", "validate"), "tamspec.yaml"),
        (("render", "--out", "."), "site"),
        (("render", "--out", ".."), "site"),
        (("render", "--out", "projects/pages"), "site"),
        (("render", "--out", ".git"), "site"),
        (("build", "--out", "tamspec.yaml"), "tamspec.yaml"),
    ],
)
def test_wrong_call(shop: Workspace, arguments: tuple[str, ...], said: str) -> None:
    before = shop.files()
    assert said in sentence(shop.run(*arguments), 2)
    assert shop.files() == before


@pytest.mark.parametrize(
    "at", ["yesterday", "2026-02-30T09:00:00Z", "2026-11-23T09:00:00", "0001-01-01", "9999-12-31T23:59:59-14:00", ""]
)
def test_no_instant(shop: Workspace, at: str) -> None:
    assert f"'{at}'" in sentence(shop.run("plan", at=at), 2)


@pytest.mark.parametrize("epoch", ["soon", "-1", "99999999999999999999"])
def test_source_date_epoch_that_is_none(shop: Workspace, epoch: str) -> None:
    answer = run(shop.root, "plan", env={"SOURCE_DATE_EPOCH": epoch})
    assert epoch in sentence(answer, 2)


def test_source_date_epoch_counts_as_now(shop: Workspace) -> None:
    answer = run(shop.root, "plan", "--output-format", "json", env={"SOURCE_DATE_EPOCH": "1795424400"})
    assert answer.data["at"] == AT


@pytest.mark.parametrize("arguments", [("validate",), ("plan",), ("apply",), ("order", "start", "x"), ("render",)])
def test_no_workspace(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert "-C DIR" in sentence(run(tmp_path, *arguments), 2)


def test_a_workspace_is_found_from_below_and_named_from_outside(shop: Workspace, tmp_path: Path) -> None:
    assert run(shop.root / "projects/shop", "validate").code == 0
    assert run(tmp_path, "-C", "shop", "validate", "projects").code == 0
    assert run(tmp_path, "validate", "-C", str(shop.root)).code == 0
    assert run(tmp_path, "--at", AT, "-C", "shop", "render", "--out", "pages").code == 0
    assert (shop.root / "pages/index.html").is_file()


def test_no_document(shop: Workspace) -> None:
    for name in ("catalog", "projects"):
        shutil.rmtree(shop.root / name)
    for arguments in (("validate",), ("plan",), ("build",)):
        sentence(shop.run(*arguments), 3)
    shop.ok("validate", "--allow-empty")


def test_nobody_knows_who_applies(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    answer = run(tmp_path, "--at", AT, "apply", env={"TAMSPEC_BY": None, "USER": None})
    assert "--by" in sentence(answer, 2)
    assert workspace.ledger() == []


def test_the_settings_may_not_lead_out(shop: Workspace) -> None:
    (shop.root / "tamspec.yaml").unlink()
    (shop.root / "tamspec.yaml").symlink_to("/etc/hostname")
    assert "tamspec.yaml" in sentence(shop.run("validate"), 2)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("sources: [catalog\n", "TAM004", 1, 10),
        ("apiVersion: tamspec/v1\nsource: [catalog]\n", "TAM101", 2, 1),
        ("apiVersion: tamspec/v1\nsources: [../elsewhere]\n", "TAM105", 2, 11),
        ("apiVersion: tamspec/v1\nsources: [/etc]\n", "TAM105", 2, 11),
        ("apiVersion: tamspec/v1\nsources: catalog\n", "TAM103", 2, 10),
        ("apiVersion: tamspec/v1\n---\ntitle: Two\n", "TAM103", 3, 1),
        ("- catalog\n", "TAM103", 1, 1),
        ("apiVersion: tamspec/v2\n", "TAM104", 1, 13),
    ],
)
def test_broken_settings(shop: Workspace, text: str, code: str, line: int, column: int) -> None:
    shop.write("tamspec.yaml", text)
    [found] = shop.findings()
    assert (found["path"], found["code"], found["line"], found["column"]) == ("tamspec.yaml", code, line, column)
    told = shop.run("validate")
    assert text.splitlines()[line - 1] in told.out, "the frame quotes the line"
    assert shop.run("apply").code == 1
    assert shop.ledger() == []


def test_a_source_folder_that_does_not_exist(shop: Workspace) -> None:
    shop.edit("tamspec.yaml", "projects", "project")
    [found] = [one for one in shop.findings() if one["code"] == "TAM207"]
    assert (found["path"], found["severity"]) == ("tamspec.yaml", "error")
    assert "'projects'" in found["hint"]
    assert shop.run("validate").code == 1


# -- how it speaks -----------------------------------------------------------------------------------------------------


@pytest.fixture
def faulty(shop: Workspace) -> Workspace:
    """Two errors, in a folder whose name, and with a key that workflow commands must escape."""
    unknown = change("other", "shpo", "net")
    strange = change("third", "shop", "net", more='  "%0A::error::hm": 1\n')
    shop.write("projects/50%,x:y/change.yaml", f"{unknown}---\n{strange}")
    return shop


def test_json_is_json_also_with_findings(faulty: Workspace) -> None:
    for arguments in (("validate",), ("plan",), ("build",)):
        answer = faulty.run(*arguments, "--output-format", "json")
        assert answer.code == 1
        assert {one["code"] for one in answer.data["findings"]} == {"TAM101", "TAM203"}
        assert answer.err == ""
    faulty.write("projects/50%,x:y/change.yaml", "")
    faulty.edit("projects/shop/launch.yaml", "[net, os]", "[net]")
    for arguments in (("validate",), ("plan",), ("build",)):
        answer = faulty.run(*arguments, "--output-format", "json")
        assert answer.code == 1
        assert {one["code"] for one in answer.data["findings"]} == {"TAM401"}


def test_github_annotations_are_escaped(faulty: Workspace) -> None:
    lines = faulty.run("validate", "--output-format", "github").out.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("::error file=projects/50%25%2Cx%3Ay/change.yaml,line=") for line in lines)
    assert "'%250A::error::hm'" in "".join(lines)


def test_concise_is_one_line_each(faulty: Workspace) -> None:
    *lines, closing = faulty.run("validate", "--output-format", "concise").out.splitlines()
    assert len(lines) == len(faulty.findings())
    assert all(line.startswith("projects/50%,x:y/change.yaml:") for line in lines)
    assert closing


def test_terminal_sequences_of_a_stranger_are_shown_not_sent(shop: Workspace) -> None:
    shop.edit("projects/shop/launch.yaml", "components:", 'title: "\\u001b[2J"\n  components:')
    shop.edit("projects/shop/project.yaml", "service: segment", 'service: "\\u001b]0;x\\u0007"')
    answer = shop.run("validate")
    assert answer.code == 1
    assert "\x1b" not in answer.said


def on_a_terminal(workspace: Workspace, *arguments: str, **variables: str) -> str:
    """What the program shows where its output is a terminal."""
    ours, theirs = os.openpty()
    try:
        process = subprocess.Popen(
            command("--at", AT, *arguments),
            cwd=workspace.root,
            env=environment(**{"NO_COLOR": None, "TERM": "xterm", **variables}),
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # the other end is closed
            pass
        process.wait(timeout=30)
    finally:
        os.close(ours)
    return shown.decode()


def test_colour_only_on_a_terminal_that_wants_it(faulty: Workspace) -> None:
    assert "\x1b[" in on_a_terminal(faulty, "validate")
    assert "\x1b" not in on_a_terminal(faulty, "validate", NO_COLOR="1")
    assert "\x1b" not in on_a_terminal(faulty, "validate", TERM="dumb")
    assert "\x1b" not in faulty.run("validate").said


def test_interrupted(tmp_path: Path) -> None:
    workspace = copy_of_sample(tmp_path)
    # The lock is held, so that the program certainly waits when the signal comes.
    lock = os.open(workspace.root, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            command("--at", AT, "apply"),
            cwd=workspace.root,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    finally:
        os.close(lock)
    assert process.returncode == 130
    assert (out, err.strip()) == (b"", b"tamspec: Interrupted.")
    assert [path for path in workspace.ledger() if "acme-shop" in path] == []


@pytest.mark.parametrize("arguments", [("rules",), ("plan",), ("status",), ("plan", "--output-format", "json")])
def test_a_reader_that_goes_away_is_no_trouble(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    workspace = copy_of_sample(tmp_path)
    process = subprocess.Popen(
        command("--at", AT, *arguments),
        cwd=workspace.root,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=30) in (0, 1)
    process.stderr.close()


def test_quiet_says_only_what_went_wrong(shop: Workspace) -> None:
    assert shop.ok("-q", "validate").said == ""
    assert shop.ok("-q", "render").said == ""
    shop.edit("projects/shop/launch.yaml", "project: shop", "project: shpo")
    assert "TAM203" in shop.run("-q", "validate").out


def test_version_imports_nothing_heavy(tmp_path: Path) -> None:
    answer = started(tmp_path, "--version", env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert answer.code == 0
    imported = {line.rpartition("|")[2].strip() for line in answer.err.splitlines()}
    assert {"click", "tamspec.cli"} <= imported
    assert imported.isdisjoint({"yaml", "jsonschema", "jsonschema_rs", "git", "jinja2", "tamspec.pipeline"})


def test_validate_narrows_what_is_shown(faulty: Workspace) -> None:
    assert faulty.run("validate", "catalog").code == 0
    assert faulty.run("validate", "projects").code == 1
    assert faulty.run("validate", "projects/shop").code == 0


def test_outputs_fit_their_schemas(shop: Workspace) -> None:
    import jsonschema

    for arguments, name in ((("plan",), "plan"), (("validate",), "findings")):
        data = shop.run(*arguments, "--output-format", "json").data
        schema = json.loads((ROOT / "schemas/output" / f"{name}.schema.json").read_text())
        jsonschema.validate(data, schema, cls=jsonschema.Draft202012Validator)
