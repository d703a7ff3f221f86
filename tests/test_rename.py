"""`set`, `mv` and `rename`: what is meant changes, no work follows, and the way back gives the same bytes."""

from __future__ import annotations

import functools
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program import Workspace, change, small

from tamspec import pipeline, resources
from tamspec.diagnostics import TamspecError
from tamspec.edit.fields import subject, subjects, values
from tamspec.edit.names import moved, renamed, written_in
from tamspec.load.scalars import misread
from tamspec.model.workspace import Settings
from tamspec.pipeline import Tree

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = resources.schemas()
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
Files = dict[str, bytes]


@functools.cache
def sample_files() -> Files:
    """Every file of the sample's sources, by path."""
    paths = [path for folder in ("catalog", "projects") for path in sorted((ROOT / folder).rglob("*.yaml"))]
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}


def tree(files: Files) -> Tree:
    return Tree(settings=Settings(), findings=pipeline.settings(b"apiVersion: tamspec/v1\n")[1], files=files)


def rename(files: Files, kind: str, name: str, new: str) -> Files:
    edits = renamed(pipeline.read(tree(files)).parts, kind, name, new, SCHEMAS[kind.lower()])
    return {**files, **written_in(files, edits)}


def move(files: Files, project: str, old: str, new: str) -> Files:
    loaded = pipeline.read(tree(files))
    ordered = pipeline.ordered(loaded, project)
    its = loaded.workspace.projects[project]
    edits = moved(loaded.parts, its, old, new, ordered, SCHEMAS["project"])
    return {**files, **written_in(files, edits)}


def names(files: Files, kind: str) -> list[str]:
    return sorted(one.name for one in subjects(files) if one.kind == kind)


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return small(tmp_path)


# Rename: the sample.

EXAMPLES = [
    ("Calendar", "office-msk"),
    ("Department", "external-datacenters"),
    ("Person", "ivanova"),
    ("Person", "komarov"),
    ("Service", "object-storage"),
    ("Agreement", "ola-duty"),
    ("Agreement", "gold-8x5"),
    ("Client", "acme"),
    ("Project", "acme-shop"),
    ("Change", "new-landscape"),
    ("Change", "grow-2027"),
    ("Incident", "pool-full-2026-10"),
    ("Review", "pool-full-2026-10"),
    ("Person", "lebedeva"),
    ("Risk", "tickets-flooded"),
    ("Observation", "flood-2026-09-08"),
    ("Proposal", "filter-before-tickets"),
    ("Decision", "tam-is-a-role"),
]


def test_examples_are_of_every_kind() -> None:
    kinds = {one.kind for one in subjects(sample_files())}
    assert {kind for kind, _ in EXAMPLES} == kinds


@pytest.mark.parametrize(("kind", "name"), EXAMPLES)
def test_there_and_back_gives_the_same_bytes(kind: str, name: str) -> None:
    files = sample_files()
    new = rename(files, kind, name, "another-name")
    assert new != files
    loaded = pipeline.read(tree(new))
    assert not loaded.findings.errors, loaded.findings.errors
    assert name not in names(new, kind)
    assert rename(new, kind, "another-name", name) == files


NAMES = st.from_regex(r"[a-z][a-z0-9]*(-[a-z0-9]+){0,2}", fullmatch=True).filter(
    lambda name: len(name) <= 63 and not misread(name)
)


@settings(max_examples=8)
@given(st.sampled_from(EXAMPLES), NAMES)
def test_there_and_back_by_any_name(example: tuple[str, str], new: str) -> None:
    kind, name = example
    files = sample_files()
    if new not in names(files, kind):
        assert rename(rename(files, kind, name, new), kind, new, name) == files


def test_every_mention_is_one_that_the_loader_would_miss() -> None:
    """Only the definition renamed: the references that `rename` changes are exactly those that break."""
    files = sample_files()
    for kind, name in (
        ("Calendar", "office-msk"),
        ("Person", "komarov"),
        ("Agreement", "ola-duty"),
        ("Client", "acme"),
    ):
        edits = renamed(pipeline.read(tree(files)).parts, kind, name, "another-name", SCHEMAS[kind.lower()])
        one = subject(subjects(files), f"{kind}/{name}")
        definition = [edit for edit in edits[one.place.marks.path] if edit.place.pointer == ("metadata", "name")]
        broken = written_in(files, {one.place.marks.path: definition})
        errors = {
            (each.at.path, each.at.line, each.at.column)
            for each in pipeline.read(tree({**files, **broken})).findings.errors
            if each.code == "TAM203"
        }
        places = [edit.place.value for each in edits.values() for edit in each if edit not in definition]
        shift = len("another-name") - len(name)
        assert {(at.path, at.line) for at in places} == {(path, line) for path, line, _ in errors}, shift


@pytest.mark.parametrize(
    ("kind", "name"),
    [("Project", "borealis"), ("Change", "spring-launch"), ("Department", "unix"), ("Service", "linux")],
)
def test_what_the_ledger_knows_keeps_its_name(kind: str, name: str) -> None:
    with pytest.raises(TamspecError, match=f"tamspec set {kind}/{name} metadata.title"):
        rename(sample_files(), kind, name, "another-name")


@pytest.mark.parametrize("new", ["no", "on", "null", "y", "Shop", "a--b", "shop!", "", "x" * 64, "1st", "acme-shop\n"])
def test_what_is_no_name_is_refused(new: str) -> None:
    with pytest.raises(TamspecError):
        rename(sample_files(), "Project", "acme-shop", new)


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(TamspecError, match=r"people\.yaml:\d+"):
        rename(sample_files(), "Person", "ivanova", "petrov")


# Rename: who is meant.

PEOPLE = """\
apiVersion: tamspec/v1
kind: Change
metadata: {name: second}
spec:
  project: shop
  state: draft
  requestedBy: volkov
  questions:
    one: {text: What?, due: 2026-12-01, ask: volkov}
    two: {text: Who?, due: 2026-12-01, ask: 'ivanova'}  # volkov knows
  tasks:
    check: {department: unix, effort: 1h}
"""


def test_a_person_is_renamed_where_it_is_asked_and_a_contact_of_that_name_is_not(shop: Workspace) -> None:
    shop.write("projects/shop/second.yaml", PEOPLE)
    shop.ok("rename", "Person/volkov", "wolkow")
    text = shop.text("projects/shop/second.yaml")
    assert text == PEOPLE.replace("requestedBy: volkov", "requestedBy: wolkow").replace("ask: volkov", "ask: wolkow")
    assert "serviceManager: wolkow" in shop.text("projects/shop/project.yaml")
    assert shop.text("catalog/provider.yaml").count("wolkow") == 2
    assert not shop.findings()
    shop.edit("catalog/provider.yaml", "    gusev:", "    bogdanov:")
    shop.edit("projects/shop/second.yaml", "requestedBy: wolkow", "requestedBy: bogdanov")
    shop.ok("rename", "Person/bogdanov", "maxim")
    assert "requestedBy: bogdanov" in shop.text("projects/shop/second.yaml")
    assert "manager: maxim" in shop.text("catalog/provider.yaml")


AGREEMENTS = """\
apiVersion: tamspec/v1
kind: Department
metadata: {name: acme}
spec: {manager: volkov, calendar: weekdays, capacity: {people: 1}}
---
apiVersion: tamspec/v1
kind: Agreement
metadata: {name: inside}
spec: {type: ola, provider: unix, customer: acme}
---
apiVersion: tamspec/v1
kind: Agreement
metadata: {name: outside}
spec: {type: sla, provider: unix, customer: acme}
"""


def test_the_type_of_an_agreement_says_whose_name_it_holds() -> None:
    files = {"a.yaml": AGREEMENTS.encode(), "b.yaml": b"apiVersion: tamspec/v1\nkind: Client\nmetadata: {name: acme}\n"
             b"spec: {calendar: always}\n"}  # fmt: skip
    new = rename(files, "Client", "acme", "apex")["a.yaml"].decode()
    assert new == AGREEMENTS.replace(
        "type: sla, provider: unix, customer: acme", "type: sla, provider: unix, customer: apex"
    )
    new = rename(files, "Department", "acme", "apex")["a.yaml"].decode()
    assert new == AGREEMENTS.replace("{name: acme}", "{name: apex}").replace(
        "type: ola, provider: unix, customer: acme", "type: ola, provider: unix, customer: apex"
    )


def test_one_item_without_the_brackets_of_its_list() -> None:
    text = """\
apiVersion: tamspec/v1
kind: Agreement
metadata: {name: a}
spec: {type: sla, provider: unix, customer: acme, path: [b, [b, c]]}
---
apiVersion: tamspec/v1
kind: Agreement
metadata: {name: b}
spec: {type: ola, provider: unix, customer: unix}
"""
    assert rename({"a.yaml": text.encode()}, "Agreement", "b", "d")["a.yaml"].decode() == text.replace(
        "[b, [b, c]]", "[d, [d, c]]"
    ).replace("{name: b}", "{name: d}")


# Rename: the command.


def test_rename_as_a_user_calls_it(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.write("projects/shop/shop.yaml", workspace.text("projects/shop/project.yaml"))
    (tmp_path / "projects/shop/project.yaml").unlink()
    before = workspace.files()
    path = tmp_path / "projects/shop/shop.yaml"
    path.chmod(0o640)
    shown = workspace.ok("rename", "shop", "store", "--diff")
    assert workspace.files() == before
    assert "-metadata: {name: shop}\n+metadata: {name: store}\n" in shown.out
    said = workspace.ok("rename", "shop", "store").out
    assert "git mv projects/shop/shop.yaml projects/shop/store.yaml" in said
    assert "git mv projects/shop projects/store" in said
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert "project: store\n" in workspace.text("projects/shop/launch.yaml")
    workspace.ok("rename", "Project/store", "shop")
    assert workspace.files() == before


def test_rename_says_what_is_near(shop: Workspace) -> None:
    for arguments, hint in (
        (("shpo", "x"), "'shop'"),
        (("Projekt/shop", "x"), "'Project'"),
        (("Person/bogdanow", "x"), "'bogdanov'"),
    ):
        answer = shop.run("rename", *arguments)
        assert answer.code == 2
        assert f"Did you mean {hint}?" in answer.err


def test_a_name_of_two_kinds_must_be_told_apart(shop: Workspace) -> None:
    shop.write("projects/shop/launch.yaml", change("shop", "shop", "net", "os"))
    answer = shop.run("rename", "shop", "store")
    assert answer.code == 2
    assert "Project/shop" in answer.err
    assert "Change/shop" in answer.err
    shop.ok("rename", "Change/shop", "store")
    assert "metadata: {name: store}" in shop.text("projects/shop/launch.yaml")


def test_a_file_that_cannot_be_read_stops_only_what_it_may_mean(shop: Workspace) -> None:
    shop.write("projects/shop/broken.yaml", 'spec: {project: shop, requestedBy: "\n')
    before = shop.files()
    answer = shop.run("rename", "Project/shop", "store")
    assert answer.code == 1
    assert "projects/shop/broken.yaml:1" in answer.out
    assert shop.files() == before
    shop.ok("rename", "Person/petrov", "sergey")


# mv.


def work(files: Files) -> tuple[Any, Any]:
    """The orders with what becomes of them and their dates, and the differences but for mere renames."""
    story = pipeline.tell(tree(files), AT)
    assert not story.findings.errors, story.findings.errors
    plan = story.planned
    orders = {one.order.key: (one.verb, plan.schedule.get(one.order.key)) for one in plan.actions}
    return orders, [(one.project, one.component, one.kind) for one in plan.diffs if one.kind != "move"]


@functools.cache
def work_of_sample() -> tuple[Any, Any]:
    return work(sample_files())


@pytest.mark.slow
@pytest.mark.parametrize("component", ["net", "vm", "db", "web"])
def test_no_work_follows_a_move_of_what_was_ordered(component: str) -> None:
    files = sample_files()
    new = move(files, "borealis", component, "newcomer")
    before, after = work_of_sample(), work(new)
    for key, (verb, dates) in before[0].items():
        there = after[0][key]
        assert there[0] == verb
        assert (there[1] and (there[1].start, there[1].finish)) == (dates and (dates.start, dates.finish)), key
    assert before[0].keys() == after[0].keys()
    assert [(project, name.replace("newcomer", component), kind) for project, name, kind in after[1]] == before[1]
    assert move(new, "borealis", "newcomer", component) == files


def test_what_was_never_ordered_needs_no_entry() -> None:
    files = sample_files()
    new = move(files, "acme-shop", "shop", "store")
    (path,) = [path for path in files if files[path] != new[path]]
    assert b"moved" not in new[path]
    assert b"components: [store]" in new[path]
    assert move(new, "acme-shop", "store", "shop") == files


MOVES = """\
  tasks:
    check: {title: Check it, department: unix, dependsOn: [os, net], effort: 1h}
  orders:
    os/provision/install: {effort: 6h, why: Old disks}
  questions:
    many: {text: How many?, answers: components.os.params.count, blocking: false}
"""


def test_a_component_moves_in_its_project_and_changes(shop: Workspace) -> None:
    shop.write("projects/shop/launch.yaml", change("launch", "shop", "net", "os", more=MOVES))
    shop.write("projects/other/all.yaml", "# another project\n" + change("x", "shop", "os", state="withdrawn"))
    before = shop.files()
    keys = {one["key"] for one in shop.plan()["orders"]}
    shop.ok("mv", "shop", "os", "linux")
    text = shop.text("projects/shop/launch.yaml")
    assert "components: [net, linux]" in text
    assert "dependsOn: [linux, net]" in text
    assert "linux/provision/install: {effort: 6h" in text
    assert "answers: components.linux.params.count" in text
    assert "components: [linux]" in shop.text("projects/other/all.yaml")
    assert {one["key"].replace("/linux/", "/os/") for one in shop.plan()["orders"]} == keys
    shop.ok("mv", "Project/shop", "linux", "os")
    assert shop.files() == before


def test_moves_of_what_was_ordered_add_up_until_they_are_recorded(shop: Workspace) -> None:
    shop.start_git()
    shop.ok("apply", "--by", "ivanova")
    before = shop.files()
    path = "projects/shop/project.yaml"
    shop.ok("mv", "shop", "net", "lan")
    assert "  moved: [{from: net, to: lan}]\n" in shop.text(path)
    shop.ok("mv", "shop", "lan", "wire")
    assert "  moved: [{from: net, to: wire}]\n" in shop.text(path)
    assert {one["kind"] for one in shop.plan()["diffs"]} == {"move"}
    shop.ok("mv", "shop", "wire", "net")
    assert shop.files() == before
    shop.ok("mv", "shop", "net", "lan")
    shop.ok("apply", "--by", "ivanova", at="2026-11-23T10:00:00Z")
    shop.ok("mv", "shop", "lan", "wire")
    assert "  moved: [{from: net, to: lan}, {from: lan, to: wire}]\n" in shop.text(path)
    assert {one["kind"] for one in shop.plan("2026-11-23T11:00:00Z")["diffs"]} == {"move"}


def test_names_are_swapped_by_three_moves_without_work(shop: Workspace) -> None:
    shop.edit("projects/shop/project.yaml", "    net:", "    lan: {service: segment, params: {vlans: 3}}\n    net:")
    shop.edit("projects/shop/launch.yaml", "[net, os]", "[net, lan, os]")
    shop.start_git()
    shop.ok("apply", "--by", "ivanova")

    def swap() -> None:
        for old, new in (("net", "spare"), ("lan", "net"), ("spare", "lan")):
            shop.ok("mv", "shop", old, new)

    def kinds(at: str) -> list[tuple[str, str]]:
        return [(one["kind"], one["component"]) for one in shop.plan(at)["diffs"]]

    swap()
    assert kinds("2026-11-23T10:00:00Z") == [("move", "shop/lan"), ("move", "shop/net")]
    assert not shop.findings()
    keys = {one["key"] for one in shop.plan("2026-11-23T10:00:00Z")["orders"]}
    shop.ok("apply", "--by", "ivanova", at="2026-11-23T10:00:00Z")
    assert kinds("2026-11-23T11:00:00Z") == []
    assert {one["key"] for one in shop.plan("2026-11-23T11:00:00Z")["orders"]} == keys
    assert not shop.findings()
    swap()  # what is recorded is never moved again by the entries that told it
    assert kinds("2026-11-23T12:00:00Z") == [("move", "shop/lan"), ("move", "shop/net")]
    assert not shop.findings()
    shop.ok("order", "done", "shop/net/provision.1/configure", "--output", "vlan=1", at="2026-11-23T13:00:00Z")
    shop.ok("apply", "--by", "ivanova", at="2026-11-23T14:00:00Z")
    assert kinds("2026-11-23T15:00:00Z") == []


def test_names_are_passed_on_in_a_row(shop: Workspace) -> None:
    shop.start_git()
    shop.ok("apply", "--by", "ivanova")
    shop.ok("mv", "shop", "os", "web")
    shop.ok("mv", "shop", "net", "os")
    assert {one["kind"] for one in shop.plan("2026-11-23T10:00:00Z")["diffs"]} == {"move"}
    assert not shop.findings()
    shop.ok("apply", "--by", "ivanova", at="2026-11-23T10:00:00Z")
    assert shop.plan("2026-11-23T11:00:00Z")["diffs"] == []
    shop.ok("mv", "shop", "os", "net")
    shop.ok("mv", "shop", "web", "os")
    assert {one["kind"] for one in shop.plan("2026-11-23T11:00:00Z")["diffs"]} == {"move"}


def test_mv_refuses(shop: Workspace) -> None:
    before = shop.files()
    for arguments, said in (
        (("shop", "nett", "lan"), "Did you mean 'net'?"),
        (("shop", "os", "net"), "projects/shop/project.yaml:10"),
        (("shop", "os", "off"), "quotes"),
        (("shop", "os", "O S"), "no name"),
        (("shpo", "os", "linux"), "Did you mean 'shop'?"),
    ):
        answer = shop.run("mv", *arguments)
        assert answer.code == 2, answer.said
        assert said in answer.err
    assert shop.files() == before


# set.


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("4", (4, "4")),
        ("true", (True, "true")),
        ("no", ("no",)),
        ("12:30", ("12:30",)),
        ("2026-12-18", ("2026-12-18",)),
        ('"4"', ("4", '"4"')),
        ("[a, 1]", (["a", 1],)),
        ("{a: b}", ({"a": "b"},)),
        ("null", (None, "null")),
        ("", ("",)),
        ("a: b", ("a: b",)),
        ("# no comment", ("# no comment",)),
        ("it's", ("it's",)),
        ("x\ny", ("x\ny",)),
    ],
)
def test_what_a_word_may_mean(text: str, meant: tuple[Any, ...]) -> None:
    assert values(text) == meant
    assert [type(one) for one in values(text)] == [type(one) for one in meant]


def test_a_broken_list_is_refused() -> None:
    with pytest.raises(TamspecError):
        values("[a, b")


@pytest.mark.parametrize(
    ("arguments", "out", "put"),
    [
        (("shop", "components.os.params.count", "3"), "params: {count: 2}", "params: {count: 3}"),
        (
            ("shop", "components.os.params.distribution", "debian-12"),
            "{count: 2}",
            "{count: 2, distribution: debian-12}",
        ),
        (("shop", 'components."net".params.vlans', "2"), "service: segment}", "service: segment, params: {vlans: 2}}"),
        (("shop", "components.os.dependsOn", "[]"), "dependsOn: [net]", "dependsOn: []"),
        (("shop", "components.os.dependsOn.0", "net"), "", ""),
        (("shop", "phase", "design"), "phase: implementation", "phase: design"),
        (("shop", "--unset", "phase"), "  phase: implementation\n", ""),
        (
            ("shop", "description", "12:30"),
            "  criticality: medium\n",
            '  criticality: medium\n  description: "12:30"\n',
        ),
        (("shop", "metadata.title", "A: b"), "{name: shop}", '{name: shop, title: "A: b"}'),
        (
            ("shop", "metadata.labels.cost-centre", "4711"),
            "{name: shop}",
            '{name: shop, labels: {cost-centre: "4711"}}',
        ),
        (("shop", "spec.team.deputy", "ivanova"), "deputy: petrov", "deputy: ivanova"),
        (("shop", "components.web", "{service: server}"), ")\n", ")\n    web: {service: server}\n"),
    ],
)
def test_set_changes_one_field(shop: Workspace, arguments: tuple[str, ...], out: str, put: str) -> None:
    path = "projects/shop/project.yaml"
    shop.edit(path, "os: {service: server,", "os: {service: server, params: {count: 2},  # (why)\n         ")
    before = shop.text(path)
    if put.startswith(")"):
        before = before.rstrip("\n") + "  # (end)\n"
        shop.write(path, before)
        out, put = "(end" + out, "(end" + put
    shop.ok("set", *arguments)
    assert shop.text(path) == before.replace(out, put, 1)


def test_a_number_below_nothing_is_a_value_and_no_option(shop: Workspace) -> None:
    shop.edit("catalog/provider.yaml", "vlans: {type: integer, min: 1", "vlans: {type: integer, min: -9")
    shop.ok("set", "shop", "components.net.params.vlans", "-1")
    assert "params: {vlans: -1}" in shop.text("projects/shop/project.yaml")
    assert (
        "+    net: {service: segment, params: {vlans: -2}}"
        in shop.ok("set", "shop", "components.net.params.vlans", "-2", "--dry-run").out
    )
    shop.ok("set", "shop", "components.net.params.vlans", "--", "-3")
    assert "params: {vlans: -3}" in shop.text("projects/shop/project.yaml")
    shop.ok("set", "--unset", "shop", "components.net.params.vlans")
    answer = shop.run("set", "shop", "description", "-x")
    assert (answer.code, "-- -x" in answer.err) == (2, True)
    answer = shop.run("set", "shop", "phase", "--unsett")
    assert (answer.code, "--unset" in answer.err, "-- --unsett" in answer.err) == (2, True, False)


def test_set_of_a_change_by_its_name_alone(shop: Workspace) -> None:
    said = shop.ok("set", "launch", "requiredBy", "2027-03-01").out
    assert "-  requiredBy: 2026-12-18\n+  requiredBy: 2027-03-01\n" in said
    assert "requiredBy: 2027-03-01\n" in shop.text("projects/shop/launch.yaml")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("shop", "phse", "design"), 2, "Did you mean 'phase'?"),
        (("shop", "team.tm", "petrov"), 2, "Did you mean 'tam'?"),
        (("shop", "components.oss.params.count", "4"), 2, "Did you mean 'os'?"),
        (("shop", "components.os.params.cuont", "4"), 1, "TAM205"),
        (("shop", "components.os.params.count", "many"), 1, "TAM206"),
        (("shop", "phase", "finished"), 1, "TAM104"),
        (("shop", "client", "acne"), 1, "acme"),
        (("shop", "--unset", "client"), 1, "TAM102"),
        (("shop", "--unset", "agreement"), 2, "There is no 'agreement'"),
        (("shop", "metadata.name", "store"), 2, "tamspec rename Project/shop NEW"),
        (("shop", "kind", "Change"), 2, "kind"),
        (("shop", "phase.x", "1"), 2, "single value"),
        (("shop", "a..b", "1"), 2, "names no field"),
        (("shop", "team"), 2, "VALUE"),
        (("shop", "spec", "1"), 2, "field"),
        (("shpo", "phase", "design"), 2, "Did you mean 'shop'?"),
        (("shop", "description", "hidden \u202e"), 2, "by hand"),
        (("shop", "team", "[a"), 2, "no list"),
    ],
)
def test_set_refuses(shop: Workspace, arguments: tuple[str, ...], code: int, said: str) -> None:
    before = shop.files()
    answer = shop.run("set", *arguments)
    assert (answer.code, said in answer.said) == (code, True), answer.said
    assert shop.files() == before


def test_set_mends_a_document_that_is_wrong(shop: Workspace) -> None:
    shop.edit("projects/shop/project.yaml", "medium", "middling")
    shop.edit("projects/shop/project.yaml", "service: server", "service: servr")
    shop.ok("set", "Project/shop", "criticality", "medium")
    shop.ok("set", "Project/shop", "components.os.service", "server")
    assert not shop.findings()


def test_set_says_when_nothing_changes_and_the_diff_alone_writes_nothing(shop: Workspace) -> None:
    before = shop.files()
    assert "+  phase: design\n" in shop.ok("set", "shop", "phase", "design", "--dry-run").out
    assert shop.files() == before
    assert "already" in shop.ok("set", "shop", "phase", "implementation").out
    assert shop.files() == before


def test_set_keeps_line_ends_and_the_missing_last_one(shop: Workspace) -> None:
    path = "projects/shop/project.yaml"
    text = "\ufeff" + shop.text(path).rstrip("\n").replace("\n", "\r\n")
    shop.write(path, text.encode())
    shop.ok("set", "Project/shop", "phase", "design")
    assert shop.files()[path].decode() == text.replace("phase: implementation", "phase: design")


def test_the_ledger_cannot_be_named(shop: Workspace) -> None:
    shop.start_git()
    shop.ok("apply", "--by", "ivanova")
    (entry,) = shop.ledger()
    name = Path(entry).stem
    for arguments in (("set", name, "by", "me"), ("rename", name, "x"), ("set", f"LedgerEntry/{name}", "by", "me")):
        assert shop.run(*arguments).code == 2
