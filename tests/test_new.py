"""`tamspec new`: what is said becomes a document in its place; what is missing becomes a question or is named."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from program import AT, Workspace, command, environment, small

from tamspec.load.yaml import parse

BIGGER = """\
apiVersion: tamspec/v1
kind: Service
metadata: {name: database, title: Database}
spec:
  family: databases
  supportedBy: unix
  params:
    version: {type: string, enum: ["16", "17"], default: "17"}
    sizeGiB: {type: integer, min: 1, ask: "How large is the data now, and in a year?"}
    backup: {type: boolean, default: true}
    load: {type: number, assume: 1, ask: How many queries a second?}
  procedures:
    provision:
      steps:
        install: {department: unix, needs: [os-login], effort: 4h}
    decommission:
      steps:
        drop: {department: unix, effort: 1h}
---
apiVersion: tamspec/v1
kind: Service
metadata: {name: landscape, title: Network and servers}
spec:
  family: web
  supportedBy: unix
  params:
    servers: {type: integer, min: 1, ask: How many servers does the busiest hour need?}
  components:
    net: {service: segment}
    os: {service: server, params: {count: $servers}, dependsOn: [net]}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """A small workspace with two services more: one that asks, and one that is composed and asks."""
    workspace = small(tmp_path / "work")
    workspace.write("catalog/bigger.yaml", BIGGER)
    return workspace


def data(workspace: Workspace, path: str) -> Any:
    """The one document of a file."""
    (document,), found = parse(path, workspace.files()[path])
    assert not found
    return document.data


def spec(workspace: Workspace, path: str) -> Any:
    return data(workspace, path)["spec"]


COMPLETE = {
    "projects/store/project.yaml": "project store --client acme --title Store --phase presale --tam ivanova "
    "--deputy petrov",
    "catalog/services/dns.yaml": "service dns --family network --supported-by network --effort 2h "
    "--decommission-effort 1h",
    "catalog/services/both.yaml": "service both --family web --supported-by unix --component net=segment "
    "--component server",
    "catalog/departments/dba.yaml": "department dba --manager volkov --calendar weekdays --people 3 --reserve 35%",
    "catalog/people/orlova.yaml": "person orlova --department unix --tam-share 30% --email orlova@example.com",
    "catalog/clients/borealis.yaml": "client borealis --calendar weekdays --technical weber=Jonas "
    "--decision-maker hoffmann",
    "catalog/calendars/nights.yaml": "calendar nights --time-zone Europe/Berlin --hours mon-thu=22:00-02:00",
    "catalog/agreements/gold.yaml": "agreement gold --type sla --customer acme --provider unix "
    "--service-hours always --attainment-target 95% --priority p1=15m/4h --priority p2=1h/12h",
    "projects/shop/risks/flooded.yaml": "risk flooded --project shop --event Flood --probability 2 --severity 5 "
    "--owner ivanova --components os",
    "projects/shop/observations/flood.yaml": "observation flood --project shop --type attack --text Flood "
    "--seen 2026-11-20T10:00:00Z --by petrov --told 2026-11-21",
    "projects/shop/proposals/filter.yaml": "proposal filter --project shop --by petrov --raised 2026-11-20 "
    "--problem Flood --option filter=Filter --option nothing=Nothing --recommendation filter --evidence Counters",
    "projects/shop/decisions/one-site.yaml": "decision one-site --project shop --decided 2026-11-20 "
    "--by ivanova,petrov --decision Wait",
    "catalog/decisions/role.yaml": "decision role --decided 2026-11-20 --by ivanova --decision Yes",
}
"""Where it stands → how it is said."""


@pytest.mark.parametrize("path", COMPLETE)
def test_every_kind_is_written_in_its_place_and_is_fine(path: str, shop: Workspace) -> None:
    line = COMPLETE[path]
    before = shop.files()
    answer = shop.ok("new", *line.split())
    assert shop.files().keys() - before.keys() == {path}
    assert f"Written: {path}" in answer.out
    depth = path.count("/")
    assert shop.text(path).startswith(f"# yaml-language-server: $schema={'../' * depth}.tamspec/schemas/")
    assert data(shop, path)["kind"] == line.partition(" ")[0].title()
    assert [one["code"] for one in shop.findings()] == []
    again = shop.run("new", *line.split())
    assert again.code == 2
    assert path in again.err, "it says where the other one stands"


def test_proposal_names_the_requirements_that_it_would_meet(shop: Workspace) -> None:
    requirements = "  requirements: {stays-up: {text: It stays up.}, is-quick: {text: It is quick.}}\n  phase"
    shop.edit("projects/shop/project.yaml", "  phase", requirements)
    line = "proposal second --project shop --by petrov --raised 2026-11-20 --problem Slow --option a=A --requirement"
    answer = shop.run("new", *line.split(), "stay-up")
    assert answer.code == 2
    assert "Did you mean 'stays-up'?" in answer.err
    shop.ok("new", *line.split(), "stays-up", "--requirement", "is-quick")
    assert spec(shop, "projects/shop/proposals/second.yaml")["evidence"] == {"requirements": ["stays-up", "is-quick"]}
    assert [one for one in shop.findings() if one["severity"] == "error"] == []


def test_what_was_said_stands_there(shop: Workspace) -> None:
    for line in COMPLETE.values():
        shop.ok("new", *line.split())
    store = data(shop, "projects/store/project.yaml")
    assert store["metadata"] == {"name": "store", "title": "Store"}
    assert store["spec"] == {"client": "acme", "phase": "presale", "team": {"tam": "ivanova", "deputy": "petrov"}}
    assert spec(shop, "catalog/departments/dba.yaml")["capacity"] == {"people": 3, "reserve": "35%"}
    assert spec(shop, "catalog/calendars/nights.yaml")["hours"] == {"mon-thu": ["22:00-02:00"]}
    assert spec(shop, "catalog/services/both.yaml")["components"] == {
        "net": {"service": "segment"},
        "server": {"service": "server"},
    }
    assert spec(shop, "catalog/agreements/gold.yaml")["priorities"]["p2"] == {"response": "1h", "resolution": "12h"}
    proposal = spec(shop, "projects/shop/proposals/filter.yaml")
    assert proposal["options"] == {"filter": {"text": "Filter"}, "nothing": {"text": "Nothing"}}
    assert proposal["evidence"] == {"text": "Counters"}
    assert spec(shop, "projects/shop/risks/flooded.yaml")["severity"] == 5
    assert spec(shop, "projects/shop/decisions/one-site.yaml")["by"] == ["ivanova", "petrov"]
    assert spec(shop, "catalog/clients/borealis.yaml")["contacts"]["weber"] == {"title": "Jonas", "role": "technical"}


def test_a_composite_service_becomes_a_project_a_draft_and_its_questions(shop: Workspace) -> None:
    said = "project store --client acme --tam ivanova --deputy petrov --service store=landscape --change open"
    shop.ok("new", *said.split(), "--requested-by", "orlov", "--required-by", "2026-12-18", "--due", "2026-12-01")
    assert spec(shop, "projects/store/project.yaml")["components"] == {"store": {"service": "landscape"}}
    change = spec(shop, "projects/store/open.yaml")
    assert change["components"] == ["store"]
    assert change["questions"] == {
        "servers": {
            "text": "How many servers does the busiest hour need?",
            "ask": "gusev",
            "due": "2026-12-01",
            "answers": "components.store.params.servers",
        }
    }
    plan = shop.plan()
    (verdict,) = [one for one in plan["changes"] if one["name"] == "open"]
    assert [one["name"] for one in verdict["questions"]] == ["servers"]
    assert verdict["provisional"]
    assert {one["component"] for one in plan["orders"] if one["change"] == "open"} == {"store.net", "store.os"}
    assert shop.findings() == []


def test_values_are_of_their_types(shop: Workspace) -> None:
    said = "--set db.version=16 --set sizeGiB=40 --set backup=false --set load=1.5 --set os.count=3"
    shop.ok(
        "new",
        "project",
        "store",
        "--client",
        "acme",
        "--service",
        "os=server",
        "--service",
        "db=database",
        *said.split(),
    )
    components = spec(shop, "projects/store/project.yaml")["components"]
    assert components["os"]["params"] == {"count": 3}
    assert {name: str(value) for name, value in components["db"]["params"].items()} == {
        "version": "16",
        "sizeGiB": "40",
        "backup": "False",
        "load": "1.5",
    }
    assert components["db"]["params"]["version"] == "16", "a text stays one"


def test_a_change_takes_what_nobody_claims(shop: Workspace) -> None:
    shop.edit(
        "projects/shop/project.yaml",
        "    os: {service: server",
        "    db: {service: database}\n    more: {service: landscape}\n    os: {service: server",
    )
    shop.edit("projects/shop/launch.yaml", "[net, os]", "[os]")
    answer = shop.run("validate")
    assert "tamspec new change NAME --project shop" in answer.out
    shop.ok("new", "change", "rest", "--project", "shop", "--ask", "ivanova")
    change = spec(shop, "projects/shop/rest.yaml")
    assert change["components"] == ["db", "more", "net"]
    assert set(change["questions"]) == {"size-gib", "load", "servers"}
    assert {one["ask"] for one in change["questions"].values()} == {"ivanova"}
    assert "TAM401" not in {one["code"] for one in shop.findings()}


def test_a_composite_that_is_claimed_in_part_is_not_claimed_whole(shop: Workspace) -> None:
    shop.edit(
        "projects/shop/project.yaml",
        "    os: {service: server",
        "    more: {service: landscape, params: {servers: 2}}\n    os: {service: server",
    )
    shop.edit("projects/shop/launch.yaml", "[net, os]", "[net, os, more.net]")
    shop.ok("new", "change", "rest", "--project", "shop")
    assert spec(shop, "projects/shop/rest.yaml")["components"] == ["more.os"]
    assert shop.findings() == []


@pytest.mark.parametrize("name", ["again", "twice"])
def test_a_clash_with_another_change_is_told_whichever_of_the_two_it_is_told_at(shop: Workspace, name: str) -> None:
    """It is told at the first by name: `again` comes before `launch`, `twice` behind."""
    answer = shop.ok("new", "change", name, "--project", "shop", "--components", "net")
    assert "TAM402" in answer.err
    assert f"projects/shop/{name}.yaml" in answer.err


def test_components_are_named_together_or_one_by_one(shop: Workspace) -> None:
    for name, said in (("one", ["--components", "net,os"]), ("two", ["--components", "net", "--components", "os"])):
        shop.ok("new", "change", name, "--project", "shop", *said, "--category", "standard")
        assert spec(shop, f"projects/shop/{name}.yaml")["components"] == ["net", "os"]


REFUSED = {
    "project store": "--client",
    "service dns": "--family TEXT --supported-by NAME --effort EFFORT",
    "department dba": "--manager NAME --calendar NAME --people NUMBER",
    "calendar c": "--time-zone TEXT --hours DAYS=HOURS",
    "project Store --client acme": "Write store.",
    "project store --client acmee": "'acme'",
    "project store --client acme --tam ivanowa": "'ivanova'",
    "project store --client acme --phase presales": "presale",
    "project store --client acme --service landscpe": "'landscape'",
    "project store --client acme --service server --set cont=2": "'count'",
    "project store --client acme --service server --set count=two": "whole number",
    "project store --client acme --service server --set count=0": "minimum",
    "project store --client acme --service server --set count": "PARAM=VALUE",
    "project store --client acme --service server --set x.count=2": "'x'",
    "project store --client acme --service a=server --service b=server --set count=2": "a.count=2",
    "project store --client acme --service server --service server": "two components",
    "project store --client acme --service Server=server": "'Server'",
    "project store --client acme --due 2026-12-01": "--change",
    "project store --client acme --change launch": "launch.yaml:3",
    "project store --client acme --change go --required-by 18.12.2026": "2026-12-18",
    "change more --project shp": "'shop'",
    "change more --project shop --components nett": "'net'",
    "change more --project shop --components net --requested-by orlow": "'orlov'",
    "change more --project shop --required-by 2026-02-30": "--required-by 2026-02-30: There is no day",
    "change more --project shop --due 2026-13-01": "--due 2026-13-01: There is no day",
    "project store --client acme --change go --required-by 0026-12-18": "--required-by 0026-12-18: ",
    "department dba --manager volkov --calendar weekdays --people some": "whole number",
    "person p --department unix --tam-share 30": "30%",
    "calendar c --time-zone UTC --hours 9-18": "mon-fri=",
    "calendar c --time-zone Nowhere/Else --hours mon=09:00-18:00": "Nowhere/Else",
    "agreement a --type sla --customer acme": "provider",
    "agreement a --type sla --customer acme --provider unix --priority p1=4h": "p1=15m/4h",
    "projet store": "projet",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_cannot_be_is_said_plainly_and_nothing_is_written(line: str, shop: Workspace) -> None:
    before = shop.files()
    answer = shop.run("new", *line.split())
    assert answer.code == 2, answer.said
    assert REFUSED[line] in answer.err
    assert answer.err.count("\n") == 1, "one sentence"
    assert not answer.out
    assert shop.files() == before


def test_what_is_left_to_fill_in_is_said(shop: Workspace) -> None:
    answer = shop.ok("new", "client", "borealis", "--calendar", "weekdays")
    assert "TAM345" in answer.err
    answer = shop.ok("new", "project", "store", "--client", "acme", "--service", "server")
    assert "TAM401" in answer.err


def test_a_dry_run_prints_the_files_and_writes_none(shop: Workspace) -> None:
    before = shop.files()
    said = ["new", "project", "store", "--client", "acme", "--service", "segment", "--change", "go"]
    answer = shop.ok(*said, "--dry-run")
    assert shop.files() == before
    shop.ok(*said)
    written = [shop.text(f"projects/store/{name}.yaml") for name in ("project", "go")]
    assert answer.out == "---\n".join(written)


def test_text_of_every_kind_survives(shop: Workspace) -> None:
    for index, text in enumerate(['say "no": # 1, {x}', "no", "12:30", "- a", "Ünïcode & more?", "two\nlines", "null"]):
        shop.ok(
            "new", "project", f"p{index}", "--client", "acme", "--title", text.replace("\n", " "), "--description", text
        )
        document = data(shop, f"projects/p{index}/project.yaml")
        assert document["metadata"]["title"] == text.replace("\n", " ")
        assert document["spec"]["description"].strip() == text


def test_errors_elsewhere_do_not_keep_anybody_from_writing(shop: Workspace) -> None:
    shop.write("projects/other.yaml", "apiVersion: tamspec/v1\nkind: Projct\n")
    answer = shop.ok("new", "person", "orlova", "--department", "unix")
    assert "tamspec validate" in answer.err
    refused = shop.run("new", "change", "more", "--project", "shop")
    assert refused.code == 2
    assert "--components" in refused.err
    shop.ok("new", "change", "more", "--project", "shop", "--components", "net")


def test_schemas_that_were_written_learn_the_new_name(shop: Workspace) -> None:
    shop.ok("new", "person", "orlova", "--department", "unix")
    assert not (shop.root / ".tamspec").exists(), "nobody asked for them"
    shop.ok("schema", "--workspace")
    shop.ok("new", "person", "belov", "--department", "unix")
    assert '"belov"' in shop.text(".tamspec/schemas/department.schema.json")


# At a terminal.


INTERRUPT = "^C"


def at_terminal(workspace: Workspace, said: Sequence[str], answers: Sequence[str]) -> tuple[int, str]:
    """Call it on a terminal and type an answer at each question; gives the exit code and what was shown."""
    # Whoever runs the tests in the background may have them ignore it, and the program would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ours, theirs = pty.openpty()
    line = command("--at", AT, "new", *said)
    called = subprocess.Popen(
        line, cwd=workspace.root, env=environment(TERM="dumb"), stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    left, shown, seen = list(answers), b"", 0
    while True:
        if not select.select([ours], [], [], 1 if answers[-1] == INTERRUPT and not left else 30)[0]:
            assert not left, shown.decode()
            called.send_signal(signal.SIGINT)  # the first came while the prompt was still being set up, and was lost
            continue
        try:
            shown += os.read(ours, 4096)
        except OSError:  # the other side of the terminal is closed
            break
        if left and shown.endswith(b": ") and len(shown) > seen:
            seen = len(shown) + 1
            answer = left.pop(0)
            if answer == INTERRUPT:
                called.send_signal(signal.SIGINT)
            else:
                os.write(ours, f"{answer}\n".encode())
    os.close(ours)
    assert not left, shown.decode()
    return called.wait(30), shown.decode()


def test_a_terminal_is_asked(shop: Workspace) -> None:
    answers = [
        "",
        "ivanowa",
        "ivanova",
        "",
        "store=landscape",
        "go",
        "orlov",
        "1.1.2027",
        "2027-01-01",
        "",
    ]
    code, shown = at_terminal(shop, ["project", "store"], answers)
    assert code == 0, shown
    assert "client [acme]:" in shown, "the only one is offered"
    assert "Did you mean 'ivanova'?" in shown
    assert "Write 2027-01-01." in shown
    project = spec(shop, "projects/store/project.yaml")
    assert project == {"client": "acme", "team": {"tam": "ivanova"}, "components": {"store": {"service": "landscape"}}}
    change = spec(shop, "projects/store/go.yaml")
    assert (change["requestedBy"], change["requiredBy"]) == ("orlov", "2027-01-01")


def test_a_terminal_offers_what_nobody_claims(shop: Workspace) -> None:
    shop.edit("projects/shop/launch.yaml", "[net, os]", "[os]")
    code, shown = at_terminal(shop, ["change", "rest"], ["", "", "", ""])
    assert code == 0, shown
    assert "components [net]:" in shown
    assert spec(shop, "projects/shop/rest.yaml")["components"] == ["net"]


def test_an_interrupt_leaves_nothing(shop: Workspace) -> None:
    before = shop.files()
    code, shown = at_terminal(shop, ["project", "store"], ["", INTERRUPT])
    assert code == 130, shown
    assert shop.files() == before
