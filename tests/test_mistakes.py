"""One thing is broken in a valid workspace: exactly that is found, at its place, with the right way out.

The new text carries `§` where the finding must point.
"""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from program import ROOT, Workspace, change, copy_of_sample, project, small

PROJECT = "projects/shop/project.yaml"
LAUNCH = "projects/shop/launch.yaml"
PROVIDER = "catalog/provider.yaml"
HOSTILE = "projects/shop/hostile.yaml"


class Slip(NamedTuple):
    """What somebody typed instead of what, and what is said about it."""

    path: str
    old: str
    new: str
    code: str
    hint: str


def spoil(workspace: Workspace, slip: Slip) -> tuple[int, int]:
    """Make the slip; gives the line and the column of its mark, counted from 1."""
    workspace.edit(slip.path, slip.old, slip.new)
    before, mark, after = workspace.text(slip.path).partition("§")
    assert mark
    assert "§" not in after
    workspace.write(slip.path, before + after)
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def check(workspace: Workspace, slip: Slip) -> None:
    line, column = spoil(workspace, slip)
    [found] = workspace.findings()
    assert (found["path"], found["line"], found["column"]) == (slip.path, line, column), found
    assert found["code"] == slip.code, found
    assert slip.hint in found["hint"], found
    assert found["detail"].endswith("."), found


def question(line: str) -> str:
    return f"[net, os]\n  questions:\n    {line}"


EASY = {
    "prose in flow style": Slip(
        LAUNCH,
        "[net, os]",
        question("tls: {text: Who issues, §you or we, ask: orlov, due: 2026-12-01}"),
        "TAM013",
        '"Who issues, you or we"',
    ),
    "a number behind a hash": Slip(
        PROVIDER,
        "[Disks are encrypted]",
        "\n            - VLAN §#112",
        "TAM014",
        '"VLAN #112"',
    ),
    "a colon in a list item": Slip(
        PROVIDER,
        "[Disks are encrypted]",
        "\n            - §Back-out: restore",
        "TAM107",
        '"Back-out: restore"',
    ),
    "a date with points": Slip(LAUNCH, "2026-12-18", "§18.12.2026", "TAM105", "2026-12-18"),
    "a decimal comma": Slip(PROVIDER, "          effort: 4h\n", "          effort: §1,5h\n", "TAM105", "1.5h"),
    "a decimal comma in braces": Slip(
        PROVIDER,
        "dependsOn: [install], effort: 2h",
        "dependsOn: [install], effort: 1,§5h",
        "TAM013",
        "1.5h",
    ),
    "one name where a list belongs": Slip(PROJECT, "dependsOn: [net]", "dependsOn: §net", "TAM103", "[net]"),
    "a Cyrillic letter in a key": Slip(PROJECT, "net: {", "§n\u0435t: {", "TAM108", "'net'"),
    "a Cyrillic letter in a reference": Slip(PROJECT, "[net]", "[§n\u0435t]", "TAM108", "'net'"),
    "a Cyrillic letter in a service": Slip(PROJECT, "server", "§s\u0435rver", "TAM108", "'server'"),
    "a Cyrillic letter in a name": Slip(PROJECT, "name: shop", "name: §sh\u043ep", "TAM108", "'shop'"),
}

KEYS = {
    "key at the top": Slip(PROJECT, "metadata:", "§metdata:", "TAM101", "'metadata'"),
    "key of a spec": Slip(PROJECT, "phase:", "§phsae:", "TAM101", "'phase'"),
    "key in braces": Slip(PROJECT, "dependsOn:", "§dependOn:", "TAM101", "'dependsOn'"),
    "key of a step": Slip(
        PROVIDER, "dependsOn: [install], effort:", "dependsOn: [install], §efort:", "TAM101", "'effort'"
    ),
    "key in another spelling": Slip(LAUNCH, "requiredBy:", "§required-by:", "TAM101", "'requiredBy'"),
    "key twice": Slip(PROJECT, "  client: acme\n", "  client: acme\n  §client: acme\n", "TAM011", "Delete"),
    "key without a space": Slip(PROJECT, "client: acme", "§client:acme", "TAM006", "client: acme"),
    "required key": Slip(PROJECT, "spec:\n  client: acme\n", "§spec:\n", "TAM102", "client: acme"),
    "kind": Slip(PROJECT, "kind: Project", "kind: §Projekt", "TAM104", "'Project'"),
    "version": Slip(PROJECT, "tamspec/v1", "§tamspec/v2", "TAM104", "tamspec/v1"),
}

VALUES = {
    "phase": Slip(PROJECT, "implementation", "§implementtion", "TAM104", "'implementation'"),
    "criticality": Slip(PROJECT, "medium", "§meduim", "TAM104", "'medium'"),
    "state": Slip(LAUNCH, "approved", "§aproved", "TAM104", "'approved'"),
    "direction": Slip(PROVIDER, "vlans: increase", "vlans: §incraese", "TAM104", "'increase'"),
    "choice of a parameter": Slip(
        PROJECT, "server,", "server, params: {distribution: §debian-31},", "TAM206", "'debian-13'"
    ),
    "bound of a parameter": Slip(PROJECT, "server,", "server, params: {count: §0},", "TAM206", "1"),
    "type of a parameter": Slip(PROJECT, "server,", "server, params: {count: §many},", "TAM206", "whole number"),
    "day that does not exist": Slip(LAUNCH, "2026-12-18", "§2026-02-30", "TAM204", "YYYY-MM-DD"),
    "share without percent": Slip(
        PROVIDER,
        "calendar: weekdays, capacity: {people: 4}",
        "calendar: weekdays, capacity: {people: 4, reserve: §35}",
        "TAM103",
        "35%",
    ),
    "hours": Slip(PROVIDER, '"09:00-17:00"', '§"9-17"', "TAM105", "09:00"),
    "time zone": Slip(PROVIDER, "UTC", "§Europe/Moskow", "TAM204", "Europe/Moscow"),
    "effort in days of 24 hours": Slip(PROVIDER, "          effort: 4h\n", "          effort: §2d\n", "TAM105", "4h"),
}

REFERENCES = {
    "service": Slip(PROJECT, "server", "§servre", "TAM203", "'server' (catalog/provider.yaml:67)"),
    "department": Slip(
        PROVIDER, "network, effort: 4h", "§netwrok, effort: 4h", "TAM203", "'network' (catalog/provider.yaml:13)"
    ),
    "person": Slip(PROJECT, "ivanova", "§ivanowa", "TAM203", "'ivanova' (catalog/provider.yaml:28)"),
    "manager": Slip(PROVIDER, "manager: volkov", "manager: §volkow", "TAM203", "'volkov'"),
    "component": Slip(PROJECT, "[net]", "[§nett]", "TAM203", "'net'"),
    "step": Slip(PROVIDER, "[install]", "[§instal]", "TAM203", "'install'"),
    "parameter": Slip(PROJECT, "server,", "server, params: {§cuont: 2},", "TAM205", "'count'"),
    "parameter of a procedure": Slip(PROVIDER, "{vlans: increase}", "{§vlan: increase}", "TAM205", "'vlans'"),
    "calendar": Slip(
        PROVIDER, "manager: volkov, calendar: weekdays", "manager: volkov, calendar: §weekday", "TAM203", "'weekdays'"
    ),
    "client": Slip(PROJECT, "acme", "§acmee", "TAM203", "'acme' (catalog/provider.yaml:38)"),
    "component of a change": Slip(LAUNCH, "[net, os]", "[net, §oss]", "TAM203", "'os'"),
    "project of a change": Slip(
        LAUNCH, "project: shop", "project: §shopp", "TAM203", "'shop' (projects/shop/project.yaml:3)"
    ),
    "contact": Slip(LAUNCH, "orlov", "§orlow", "TAM203", "'orlov'"),
    "contact who is asked": Slip(
        LAUNCH,
        "[net, os]",
        question("size: {text: How large?, ask: §gusew, due: 2026-12-01, blocking: false}"),
        "TAM203",
        "'gusev'",
    ),
    "value that is answered": Slip(
        LAUNCH,
        "[net, os]",
        question("size: {text: How large?, ask: gusev, due: 2026-12-01, answers: §components.os.params.cuont}"),
        "TAM205",
        "count",
    ),
    "order of a change": Slip(
        LAUNCH,
        "[net, os]",
        "[net, os]\n  orders:\n    §os/provision/instal: {effort: 6h, why: Large}",
        "TAM407",
        "'os/provision/install'",
    ),
    "circle": Slip(PROJECT, "net: {service: segment}", "net: {service: segment, dependsOn: [§os]}", "TAM202", "Remove"),
}


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return small(tmp_path)


@pytest.mark.parametrize("slip", EASY.values(), ids=list(EASY))
def test_easy_mistake(shop: Workspace, slip: Slip) -> None:
    check(shop, slip)


@pytest.mark.parametrize("slip", KEYS.values(), ids=list(KEYS))
def test_typo_in_a_key(shop: Workspace, slip: Slip) -> None:
    check(shop, slip)


@pytest.mark.parametrize("slip", VALUES.values(), ids=list(VALUES))
def test_typo_in_a_value(shop: Workspace, slip: Slip) -> None:
    check(shop, slip)


@pytest.mark.parametrize("slip", REFERENCES.values(), ids=list(REFERENCES))
def test_typo_in_a_reference(shop: Workspace, slip: Slip) -> None:
    check(shop, slip)


SAMPLE = {
    "agreement": Slip("projects/acme-shop/project.yaml", "gold-8x5", "§gold-8x6", "TAM203", "'gold-8x5'"),
    "window": Slip("projects/acme-shop/project.yaml", "window-msk", "§window-mks", "TAM203", "'window-msk'"),
    "parameter of a composite service": Slip(
        "projects/acme-shop/project.yaml", "servers: 4", "§server: 4", "TAM205", "'servers'"
    ),
    "part of a composite service": Slip(
        "catalog/services/web.yaml", "{service: php, dependsOn", "{service: §phpp, dependsOn", "TAM203", "'php'"
    ),
    "joint department": Slip(
        "projects/borealis/spring-launch.yaml",
        "with: [development, network]",
        "with: [development, §netwrok]",
        "TAM203",
        "'network'",
    ),
    "agreement in the path of another": Slip(
        "catalog/agreements.yaml", "provider: dba", "provider: §dbaa", "TAM203", "'dba'"
    ),
}


@pytest.mark.parametrize("slip", SAMPLE.values(), ids=list(SAMPLE))
def test_typo_in_the_sample(tmp_path: Path, slip: Slip) -> None:
    check(copy_of_sample(tmp_path), slip)


def test_an_artefact_that_nobody_produces(shop: Workspace) -> None:
    """The step that asks for it is at fault, once, however many components wait for it."""
    shop.edit(PROVIDER, "dependsOn: [install], effort: 2h", "dependsOn: [install], needs: [vlna], effort: 2h")
    [found] = shop.findings()
    assert (found["code"], found["path"], found["hint"]) == ("TAM317", PROVIDER, "Did you mean 'vlan'?")
    line = shop.text(PROVIDER).split("\n")[found["line"] - 1]
    assert line[found["column"] - 1 :].startswith("vlna")


# -- hostile files -----------------------------------------------------------------------------------------------------

HEAD = "apiVersion: tamspec/v1\nkind: Client\nmetadata: {name: x, title: X}\nspec: "
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
FILES: dict[str, tuple[str | bytes, str, int, int]] = {
    "brackets": ("[" * 30_000, "TAM003", 1, 65),
    "brackets in a spec": (HEAD + "[" * 30_000, "TAM003", 4, 70),
    "braces": ("{a: " * 7_500, "TAM003", 1, 257),
    "list items": ("- " * 50_000, "TAM003", 1, 129),
    "levels": ("".join(f"{' ' * depth}a:\n" for depth in range(500)), "TAM003", 65, 65),
    "question marks": ("? " * 10_000, "TAM003", 1, 129),
    "an alias of itself": ("a: &a [*a]\n", "TAM009", 1, 4),
    "a merge": ("a: {b: 1}\nc: {<<: {b: 2}}\n", "TAM010", 2, 5),
    "a key twice": ("a: 1\na: 2\n", "TAM011", 2, 1),
    "UTF-16": (project("x").encode("utf-16"), "TAM001", 1, 1),
    "UTF-16 without a mark": (project("x").encode("utf-16-le"), "TAM001", 1, 1),
    "Latin-1": ("# caf\xe9\n".encode("latin-1"), "TAM001", 1, 6),
    "NUL": ("a: \0\n", "TAM002", 1, 4),
    "turned text": ("a: \u202eb\n", "TAM002", 1, 4),
    "a hidden line": ("a: x\u2028y: 2\n", "TAM002", 1, 5),
    "two megabytes": ("# " + "x" * 2_000_000, "TAM003", 1, 1),
    "two megabytes of lines": ("# x\n" * 500_000, "TAM003", 1, 1),
    "a long text": ("a: " + "x" * 900_000, "TAM003", 1, 4),
    "many keys": ("".join(f"k{number}: 1\n" for number in range(80_000)), "TAM003", 50_000, 9),
    "lists in lists": ("a:\n" + ("  - " + "[" * 60 + "]" * 60 + "\n") * 1_700, "TAM003", 1668, 42),
    "a quote that never ends": ('a: "' + "x\n" * 15_000, "TAM004", 1, 4),
    "a tag": ("a: !!python/object/apply:os.system [id]\n", "TAM007", 1, 4),
    "a text": ("just a text", "TAM103", 1, 1),
}


def seconds() -> float:
    """Processor time that children took so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(workspace: Workspace) -> tuple[list[dict[str, Any]], float]:
    before = seconds()
    found = workspace.findings()
    return found, seconds() - before


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> float:
    """The processor time that the program takes where nothing is wrong: this machine's measure."""
    found, taken = timed(small(tmp_path_factory.mktemp("idle")))
    assert found == []
    return taken


@pytest.mark.parametrize("name", FILES)
def test_hostile_file(shop: Workspace, idle: float, name: str) -> None:
    content, code, line, column = FILES[name]
    shop.write(HOSTILE, content)
    found, taken = timed(shop)
    assert [(one["path"], one["code"], one["line"], one["column"]) for one in found] == [(HOSTILE, code, line, column)]
    assert found[0]["hint"]
    assert taken < idle + 1, "a second is enough to refuse it"


def test_alias_bomb(shop: Workspace, idle: float) -> None:
    shop.write(HOSTILE, LAUGHS)
    found, taken = timed(shop)
    assert [(one["code"], one["line"], one["column"]) for one in found] == [("TAM009", 1, 4)]
    assert {one["line"] for one in found[0]["related"]} >= {2, 3}, "it names the others"
    assert taken < idle + 1


def test_frames_of_hostile_files_can_be_read(shop: Workspace) -> None:
    shop.write(HOSTILE, HEAD + "[" * 30_000)
    answer = shop.run("validate")
    assert answer.code == 1
    assert max(len(line) for line in answer.out.splitlines()) < 200


# -- several mistakes --------------------------------------------------------------------------------------------------


def test_all_mistakes_are_found_at_once(shop: Workspace) -> None:
    shop.edit(PROJECT, "phase:", "phsae:")
    shop.edit(LAUNCH, "2026-12-18", "18.12.2026")
    shop.edit(PROVIDER, "timeZone: UTC", "timeZone: UCT+3x")
    shop.write(HOSTILE, "[")
    shop.write("projects/two/project.yaml", project("two").replace("server", "servre").replace("ivanova", "ivanowa"))
    found = {(one["path"], one["code"]) for one in shop.findings()}
    assert found == {
        (PROJECT, "TAM101"),
        (LAUNCH, "TAM105"),
        (PROVIDER, "TAM204"),
        (HOSTILE, "TAM004"),
        ("projects/two/project.yaml", "TAM203"),
    }
    assert len(shop.findings()) == 6


@pytest.mark.parametrize("broken", [PROJECT, LAUNCH, PROVIDER])
def test_what_a_broken_file_defines_is_not_missed_elsewhere(shop: Workspace, broken: str) -> None:
    shop.write(broken, shop.text(broken) + "---\n[")
    shop.edit(broken, "title: Networks", "titel: Networks") if broken == PROVIDER else None
    found = shop.findings()
    assert {one["path"] for one in found} == {broken}, found
    assert {one["code"] for one in found} <= {"TAM004", "TAM101"}


def test_a_file_broken_at_its_beginning_brings_one_finding(shop: Workspace) -> None:
    shop.write(PROVIDER, "]\n" + shop.text(PROVIDER))
    assert [(one["path"], one["line"]) for one in shop.findings()] == [(PROVIDER, 1)]


def test_findings_come_in_one_order(shop: Workspace) -> None:
    for name in ("b", "a", "c"):
        shop.write(f"projects/{name}.yaml", "x: [\n")
    places = [(one["path"], one["line"], one["column"]) for one in shop.findings()]
    assert places == sorted(places)
    assert len(places) == 3


def test_every_code_that_is_shown_is_explained(shop: Workspace) -> None:
    spoil(shop, EASY["a date with points"])
    [found] = shop.findings()
    told = shop.ok("explain", found["code"])
    assert found["summary"] in told.out
    assert (ROOT / "docs/reference/rules.md").read_text(encoding="utf-8").count(f'id="{found["code"]}"') == 1


def test_a_second_change_of_the_same_name(shop: Workspace) -> None:
    shop.write("projects/shop/again.yaml", change("launch", "shop", "net"))
    [found] = shop.findings()
    assert (found["code"], found["path"], found["line"], found["column"]) == ("TAM201", LAUNCH, 3, 18)
    assert found["related"][0]["path"] == "projects/shop/again.yaml"
