"""What a finding or a refusal offers: the name that was meant, the place that takes part, the command that helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program import Workspace, change, small

NOON = "2026-11-23T12:00:00Z"
PROVIDER = "catalog/provider.yaml"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return small(tmp_path)


def refusal(shop: Workspace, *arguments: str) -> str:
    answer = shop.run(*arguments, at=NOON)
    assert answer.code == 2
    return answer.said


def test_input_that_nobody_produces_names_who_could(shop: Workspace) -> None:
    shop.edit(PROVIDER, "dependsOn: [install], effort: 2h", "dependsOn: [install], needs: [vlan], effort: 2h")
    shop.edit("projects/shop/project.yaml", "dependsOn: [net]", "dependsOn: []")
    [found] = [one for one in shop.findings() if one["code"] == "TAM405"]
    assert "segment" in found["hint"]
    [step] = found["related"]
    line = shop.text(PROVIDER).split("\n")[step["line"] - 1]
    assert line[step["column"] - 1 :].startswith("vlan")


def test_override_of_no_order_offers_the_one_that_was_meant(shop: Workspace) -> None:
    override = "[net, os]\n  orders:\n    os/provision/instal: {effort: 6h, why: Large}"
    shop.edit("projects/shop/launch.yaml", "[net, os]", override)
    [found] = shop.findings()
    assert (found["code"], found["hint"]) == ("TAM407", "Did you mean 'os/provision/install'?")
    [step] = found["related"]
    assert step["path"] == PROVIDER
    assert "install" in shop.text(PROVIDER).split("\n")[step["line"] - 1]


def test_order_that_is_named_with_points_is_offered_with_strokes(shop: Workspace) -> None:
    override = "[net, os]\n  orders:\n    os.provision.install: {effort: 6h, why: Large}"
    shop.edit("projects/shop/launch.yaml", "[net, os]", override)
    [found] = shop.findings()
    assert (found["code"], found["hint"]) == ("TAM105", "Write os/provision/install.")
    shop.edit("projects/shop/launch.yaml", "os.provision.install", "os/provision/install")
    assert shop.findings() == []


def test_whoever_writes_nothing_is_not_told_to_delete_what_must_be_there(shop: Workspace) -> None:
    shop.edit("projects/shop/project.yaml", "spec:\n  client: acme\n", "spec:\nother:\n  client: acme\n")
    [found] = [one for one in shop.findings() if one["code"] == "TAM103"]
    assert found["hint"] == "Write below it at least: client."


def test_zone_that_is_an_abbreviation_is_not_taken_for_another(shop: Workspace) -> None:
    shop.edit(PROVIDER, "timeZone: UTC", "timeZone: MSK")
    [found] = [one for one in shop.findings() if one["code"] == "TAM204"]
    assert "MST" not in found["hint"]
    assert "Europe/Moscow" in found["hint"]
    shop.edit(PROVIDER, "timeZone: MSK", "timeZone: Europe/Berlim")
    [found] = [one for one in shop.findings() if one["code"] == "TAM204"]
    assert found["hint"] == "Did you mean 'Europe/Berlin'?"


def test_order_that_never_fits_says_where_to_look(shop: Workspace) -> None:
    shop.edit("projects/shop/launch.yaml", "  components:", "  notBefore: 2035-01-08\n  components:")
    found = [one for one in shop.run("plan", "--output-format", "json").data["findings"] if one["code"] == "TAM406"]
    assert found
    assert all("network" in one["hint"] and "`notBefore`" in one["hint"] for one in found)


def test_order_that_never_fits_is_named_and_told_in_the_words_of_the_files(shop: Workspace) -> None:
    shop.edit(
        "projects/shop/project.yaml",
        "  phase",
        "  freezes: {year-end: {title: The turn of the year, from: 2026-12-20, to: 2040-01-10}}\n  phase",
    )
    shop.write(
        "projects/shop/launch.yaml",
        change("launch", "shop", "net", "os", more="  tasks:\n    talk: {party: tam, effort: 20000h}\n"),
    )
    [found] = [one for one in shop.run("plan", "--output-format", "json").data["findings"] if one["code"] == "TAM406"]
    told = " ".join(shop.run("plan").out.split())
    for text in (found["detail"], told.partition("It cannot be applied yet: ")[2], shop.run("apply", "launch").err):
        assert "shop/change:launch/talk" in text
        assert "TAM ivanova" in text
        assert "'The turn of the year'" in text
        assert "tam:" not in text
        assert "freeze:" not in text
    assert "ivanova" in found["hint"]


CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize(
    ("case", "ways"),
    [
        (
            "TAM324-bad-shifts",
            [
                "Begin it at 13:00, or write one shift that holds both.",
                "Begin it at 03:00, or write one shift that holds both.",
                "Begin it at 13:00, or write one shift that holds both.",
            ],
        ),
        (
            "TAM361-bad-reversed",
            ["Write a `requiredBy` of 2027-02-01 or later, or a `notBefore` of 2027-01-31 or earlier."],
        ),
        (
            "TAM366-bad-too-early-and-too-late",
            [
                "Write 2026-12-01 or a later day, or an earlier `notBefore` of the Change.",
                "Write 2026-12-18 or an earlier day, or a later `requiredBy` of the Change.",
            ],
        ),
        ("TAM367-bad-skipped", ["Take 2027-03-28 01:30 or 2027-03-28 03:30."]),
        (
            "TAM452-bad-approved",
            [
                (
                    "Write the value, or keep the Change a draft: "
                    "tamspec set Project/shop components.web.params.domain VALUE"
                ),
                "Write what is told as `answer`. If the work can go on without it: `blocking: false`.",
            ],
        ),
        ("TAM458-bad-after-the-end", ["Ask for it by 2026-12-18 at the latest, or agree a later `requiredBy`."]),
    ],
)
def test_finding_that_names_what_to_write(shop: Workspace, case: str, ways: list[str]) -> None:
    for path in ("catalog/provider.yaml", "projects/shop/project.yaml", "projects/shop/launch.yaml"):
        (shop.root / path).unlink()
    shop.write("catalog/prelude.yaml", (CASES / "_prelude.yaml").read_bytes())
    shop.write("projects/case.yaml", (CASES / f"{case}.yaml").read_bytes())
    code = case.partition("-")[0]
    found = shop.run("plan", "--output-format", "json").data["findings"]
    assert [one["hint"] for one in found if one["code"] == code] == ways


def test_component_in_place_of_an_order_lists_what_is_open(shop: Workspace) -> None:
    shop.ok("apply", "--by", "Anna Ivanova")
    told = refusal(shop, "order", "start", "os")
    assert "shop/os/provision.1/install" in told
    assert "shop/os/provision.1/harden" in told
    assert "shop/net" not in told
    assert "shop/os/provision.1/install" in refusal(shop, "order", "done", "shop/os")
    shop.ok("order", "done", "net/configure", "--output", "vlan=1", at=NOON)
    assert "none of its orders is open" in refusal(shop, "order", "start", "net")


def test_order_that_is_only_planned_says_how_it_is_given(shop: Workspace) -> None:
    told = refusal(shop, "order", "start", "os/install")
    assert "shop/os/provision.1/install" in told
    assert "tamspec apply launch" in told
    assert "Did you mean 'os/install'?" in refusal(shop, "order", "start", "os/instal")
    shop.ok("apply")
    assert "Did you mean 'os/install'?" in refusal(shop, "order", "start", "os/instal")


def test_effort_that_cannot_be_says_what_is_wrong_with_it(shop: Workspace) -> None:
    shop.ok("apply")
    for effort, said in (
        ("900000h", "900000h is longer than a century. Check the number and its unit."),
        ("2d", "2d is a time on the wall clock, not an effort. Write it as 5h, 30m or 2wd."),
        ("1x", "'1x' is no effort; write it as 5h, 30m or 2wd."),
    ):
        assert said in refusal(shop, "order", "progress", "net/configure", "--remaining", effort)
    assert "900000h is longer than a century." in refusal(shop, "plan", "--delay", "os/install=900000h")


def test_order_of_a_change_that_is_supposed_away_cannot_begin_later(shop: Workspace) -> None:
    told = refusal(shop, "plan", "--without", "launch", "--delay", "os/install=3d")
    assert "shop/os/provision.1/install" in told
    assert "launch" in told
    assert "--without" in told


def test_cancelled_work_that_is_owed_names_its_order(shop: Workspace) -> None:
    shop.ok("apply", "--by", "Anna Ivanova")
    shop.ok("order", "cancel", "os/install", "--reason", "Not needed", at=NOON)
    [found] = shop.findings()
    assert found["code"] == "TAM465"
    assert "tamspec order reopen shop/os/provision.1/install" in found["hint"]


@pytest.mark.parametrize(
    ("entry", "hint"),
    [
        ("{from: nett, to: lan}", "Did you mean 'from: net'?"),
        ("{from: web, to: lan}", "Nothing was ordered as web: delete the entry."),
        ("{from: os, to: lan}", "os is written in `components` still: take it out there, or delete the entry."),
        ("{from: net, to: lam}", "Did you mean 'to: lan'?"),
        ("{from: net, to: somewhere}", "Name in `to` what net is called now."),
    ],
)
def test_move_of_nothing_says_what_to_correct(shop: Workspace, entry: str, hint: str) -> None:
    path = "projects/shop/project.yaml"
    shop.ok("apply", "--by", "Anna Ivanova")
    shop.edit(path, "net: {service: segment}", "lan: {service: segment}")
    shop.edit(path, "dependsOn: [net]}", f"dependsOn: [lan]}}\n  moved: [{entry}]")
    shop.edit("projects/shop/launch.yaml", "[net, os]", "[lan, os]")
    [found] = [one for one in shop.findings() if one["code"] == "TAM451"]
    assert found["hint"] == hint


@pytest.mark.parametrize("arguments", [(), ("-q",), ("order",)])
def test_no_command_prints_the_help(shop: Workspace, arguments: tuple[str, ...]) -> None:
    told = refusal(shop, *arguments)
    assert told.startswith("Usage: tamspec")
    assert "Commands:" in told


def test_only_a_shallow_clone_is_told_to_fetch_the_rest(shop: Workspace, tmp_path: Path) -> None:
    shop.start_git()
    shop.commit("Once more")
    assert "--unshallow" not in refusal(shop, "plan", "--base", "nowhere")
    shop.git("clone", "--quiet", "--depth", "1", f"file://{shop.root}", str(tmp_path / "shallow"))
    assert "git fetch --unshallow" in refusal(Workspace(tmp_path / "shallow"), "plan", "--base", "nowhere")
