"""The documents that are written on request: what differs from a revision, desks, the search, what a client reads."""

from __future__ import annotations

import importlib.util
import json
import posixpath
import re
from pathlib import Path

import pytest
from program import Workspace, copy_of_sample, small
from test_render import HOSTILE, Page, fresh, lived

from tamspec.render.escape import slug


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return small(tmp_path)


def rows(text: str, region: str) -> list[str]:
    """The rows of a table, as text."""
    found = re.search(rf'aria-label="{region}".*?<tbody>(.*?)</tbody>', text, re.DOTALL)
    return [Page(row).text for row in re.findall(r"<tr.*?</tr>", found[1], re.DOTALL)] if found else []


# What differs from a revision


def test_what_differs_is_told_field_by_field_with_what_it_does_to_the_work(workspace: Workspace) -> None:
    workspace.start_git()
    workspace.ok("render", "--since", "HEAD")
    page = workspace.text("site/since.html")
    assert "no fields say something else" in page
    assert (rows(page, "Fields"), rows(page, "Work orders"), rows(page, "Finishes")) == ([], [], [])
    workspace.edit("projects/shop/launch.yaml", "kind: Change", "kind: Change  # a comment says nothing")
    workspace.ok("render", "--since", "HEAD")
    assert "no fields say something else" in workspace.text("site/since.html")
    text = workspace.text("catalog/provider.yaml")
    effort = re.search(r"effort: (\d+)h", text)
    assert effort
    workspace.write("catalog/provider.yaml", text.replace(effort[0], "effort: 40h", 1))
    workspace.ok("render", "--since", "HEAD", "--source-url", "https://forge.example/x")
    page = workspace.text("site/since.html")
    [field] = rows(page, "Fields")
    assert "effort" in field
    assert f"{effort[1]}h40h" in field
    assert re.search(r'href="https://forge.example/x/catalog/provider.yaml#L\d+"', page)
    assert rows(page, "Work orders")
    assert [row for row in rows(page, "Finishes") if "later" in row]


def test_an_order_that_only_ends_later_is_told_so_and_a_change_without_a_finish(workspace: Workspace) -> None:
    workspace.start_git()
    text = workspace.text("catalog/provider.yaml")
    effort = re.search(r"effort: (\d+)h", text)
    assert effort
    workspace.write("catalog/provider.yaml", text.replace(effort[0], "effort: 40h", 1))
    workspace.ok("render", "--since", "HEAD")
    for row in re.findall(
        r"<tr><th.*?</tr>", workspace.text("site/since.html").partition('"orders"')[2].partition("<tbody>")[2]
    ):
        *_, before, after = re.findall(r"<td>.*?</td>", row)
        assert before != after, row
    workspace.write("catalog/provider.yaml", text.replace(effort[0], "effort: 200000h", 1))
    workspace.run("render", "--since", "HEAD")
    assert [row for row in rows(workspace.text("site/since.html"), "Finishes") if "cannot be planned any more" in row]


def test_the_portfolio_and_the_department_tell_the_same_work_ahead(tmp_path: Path) -> None:
    """Of an order under way what is left; of one that goes on beyond the four weeks what falls into them."""
    sample = copy_of_sample(tmp_path / "here")
    sample.ok("order", "start", "borealis/os/provision.1/harden", at="2026-11-24T08:00:00Z")
    sample.ok("render", at="2026-11-24T09:00:00Z")
    told = dict(
        re.findall(
            r'<a href="departments/([\w-]+)/index.html">(?:.*?</td>){3}<td[^>]*>([^<]*)<',
            sample.text("site/index.html"),
        )
    )
    assert len(told) > 10
    for name, work in told.items():
        assert f"<dt>Work of the next four weeks</dt><dd>{work}</dd>" in sample.text(
            f"site/departments/{name}/index.html"
        )


def test_pages_tell_what_is_recorded_now_whatever_they_are_compared_with(workspace: Workspace) -> None:
    workspace.start_git()
    workspace.ok("apply")
    workspace.ok("order", "done", "net/configure", "--output", "vlan=1")
    workspace.ok("render", "--out", "plain")
    workspace.ok("render", "--since", "HEAD")
    files = workspace.files()
    pages = {path.removeprefix("plain/"): text for path, text in files.items() if path.startswith("plain/orders/")}
    told = re.compile(rb"<main.*</main>", re.DOTALL)
    for path, text in pages.items():
        assert told.findall(files[f"site/{path}"]) == told.findall(text), path
    assert "done" in rows(workspace.text("site/since.html"), "Work orders")[0]


def test_nothing_is_compared_with_a_revision_that_does_not_load(workspace: Workspace) -> None:
    good = workspace.text("projects/shop/launch.yaml")
    workspace.write("projects/shop/launch.yaml", "kind: [")
    workspace.start_git()
    workspace.write("projects/shop/launch.yaml", good)
    answer = workspace.run("render", "--since", "HEAD")
    assert answer.code == 0
    assert "HEAD has errors" in answer.err
    assert not (workspace.root / "site/since.html").exists()


# Desks


def test_a_desk_holds_what_its_tam_must_do_now() -> None:
    made = lived()
    for name in ("ivanova", "petrov"):
        page = Page(made.pages[f"desk/{name}.html"]).text
        mine = {
            project
            for project, one in made.workspace.projects.items()
            if name in {ref.name for ref in (one.team.tam, one.team.deputy) if ref}
        }
        blocked = {
            key for key, one in made.state.orders.items() if one.status == "blocked" and one.order.project in mine
        }
        assert {
            key for key in made.state.orders if f"{key}: " in _section(made.pages[f"desk/{name}.html"], "stuck")
        } == blocked
        questions = [one for change in made.plan.changes.values() if change.project in mine for one in change.questions]
        assert all(" ".join(one.text.split()) in page for one in questions)
    assert "said volkov" in Page(made.pages["desk/ivanova.html"]).text, "what was reported yesterday is there"


def _section(page: str, anchor: str) -> str:
    found = re.search(rf'<section aria-labelledby="{anchor}">(.*?)</section>', page, re.DOTALL)
    assert found
    return Page(found[1]).text


def test_an_order_that_begins_and_ends_within_the_week_is_counted_once() -> None:
    page = lived().pages["desk/ivanova.html"]
    section = page.partition('aria-labelledby="soon"')[2].partition("</section>")[0]
    orders = re.findall(r'href="([^"]*orders/[^"]*)"', section)
    assert len(orders) > len(set(orders))
    assert f"{len(set(orders))} orders in the next seven days" in page


# What a client reads


def test_a_client_is_asked_and_told_on_the_first_page() -> None:
    made = fresh()
    for name, pages in made.outside.items():
        page = Page(pages["index.html"]).text
        mine = {
            key for key, one in made.plan.changes.items() if made.workspace.projects[one.project].client.name == name
        }
        for key in mine:
            assert all(" ".join(one.text.split()) in page for one in made.plan.changes[key].questions)
            assert (made.plan.changes[key].title or key) in page
        others = made.plan.changes.keys() - mine
        assert not [key for key in others if re.search(rf"\b{re.escape(key)}\b", page)]


INTERNAL = ("OLA", "ola-", "Effort", "checksum", ".yaml", "departments/", "orders/", "desk/", "load.html")


def test_nothing_internal_reaches_a_client() -> None:
    """Efforts, loads, internal agreements, places in files, and pages that are only the provider's."""
    for made in (fresh(), lived()):
        ola = [one.label for one in made.workspace.agreements.values() if one.type != "sla"]
        for name, pages in made.outside.items():
            for path, text in pages.items():
                if path.endswith(".html"):
                    told = text.replace("Shared capacity", "")
                    assert [one for one in (*INTERNAL, *ola) if one in told] == [], f"{name}/{path}"


def test_a_client_is_not_told_of_whose_hours_are_too_short(tmp_path: Path) -> None:
    """Why an order has no place tells of departments, their hours and what they have."""
    sample = copy_of_sample(tmp_path / "here")
    text = sample.text("catalog/departments.yaml")
    sample.write("catalog/departments.yaml", re.sub(r"capacity: {people: \d+, reserve: \d+%}", SMALL, text))
    assert sample.run("render", "--clients", "outside").code == 1
    inside, outside = (
        "".join(sample.text(f"{tree}/changes/spring-launch/{page}.html") for page in ("index", "orders-2"))
        for tree in ("site", "outside/borealis")
    )
    assert "There is no free stretch of" in inside
    assert "No date can be given yet." in outside
    for internal in ("free stretch", "which has no date", "nights-msk"):
        assert internal not in outside


SMALL = "capacity: {people: 1, reserve: 85%}"


def test_trees_lie_apart(workspace: Workspace) -> None:
    for out, clients in (("site", "site"), ("site", "site/clients"), ("site/x", "site")):
        answer = workspace.run("render", "--out", out, "--clients", clients)
        assert (answer.code, answer.err.startswith("tamspec: ")) == (2, True)
    assert not (workspace.root / "site").exists()


# The search

FIND = importlib.util.find_spec


def test_the_index_is_the_same_twice_and_goes_when_it_is_not_wanted(workspace: Workspace) -> None:
    workspace.ok("render", "--search", "--clients", "outside")
    first = workspace.files()
    workspace.ok("render", "--search", "--clients", "outside")
    assert workspace.files() == first
    known = json.loads(first["site/pagefind/pagefind-entry.json"])
    pages = [
        path for path in first if path.startswith("site/") and path.endswith(".html") and path != "site/search.html"
    ]
    assert sum(one["page_count"] for one in known["languages"].values()) == len(pages)
    assert 'href="../search.html"' in workspace.text("site/desk/ivanova.html")
    assert "outside/acme/search.html" in first
    workspace.ok("render", "--clients", "outside")
    assert not [path for path in workspace.files() if "pagefind" in path or "search" in path]


def test_without_pagefind_that_is_said_before_anything_is_written(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pagefind" else FIND(name))
    answer = workspace.run("render", "--search")
    assert answer.code == 2
    assert "pip install 'tamspec[search]'" in answer.err
    assert not (workspace.root / "site").exists()


def test_text_that_people_wrote_is_nothing_but_text_in_the_description_of_a_page() -> None:
    """The first sentence stands in an attribute too."""
    made = fresh()
    label = replace_title(made, HOSTILE)
    assert label.tags.count("meta") == Page(made.pages["index.html"]).tags.count("meta")


def replace_title(made: object, text: str) -> Page:
    from msgspec.structs import replace

    settings = replace(made.workspace.settings, title=text)  # type: ignore[attr-defined]
    changed = replace(made, workspace=replace(made.workspace, settings=settings))  # type: ignore[attr-defined]
    return Page(changed.pages["index.html"])


def test_a_client_is_told_of_a_wait_that_is_prescribed(workspace: Workspace) -> None:
    workspace.edit(
        "catalog/provider.yaml", "dependsOn: [install], effort: 2h", "dependsOn: [install], effort: 2h, wait: 2wd"
    )
    page = "outside/acme/changes/launch/index.html"
    workspace.ok("render", "--clients", "outside")
    assert '"prose">It follows Install, 2 working days later.<' in workspace.text(page)
    workspace.edit(
        "catalog/provider.yaml",
        "spec:\n  calendar: weekdays\n  contacts",
        "spec:\n  language: ru\n  calendar: weekdays\n  contacts",
    )
    workspace.ok("render", "--clients", "outside")
    assert '"prose">После работ: Install; спустя 2 рабочих дня.<' in workspace.text(page)


def test_nothing_is_counted_as_0(tmp_path: Path) -> None:
    """Neither where a project has just begun, nor where all is done, nor in a month in which nothing happened."""
    begun, sample = small(tmp_path / "begun"), copy_of_sample(tmp_path / "sample")
    months = []
    for here, client in ((begun, "acme"), (sample, "dolmen")):
        here.ok("render", "--clients", "outside")
        here.ok("render", "--review", client, "--period", "2026-08", "--out", "review")
        months.append(here.text("review/service-review.md"))
    answers = [
        (path, Page(answer).text)
        for here in (begun, sample)
        for path, content in here.files().items()
        if path.endswith(".html")
        for answer in re.findall(r'<p class="answer">.*?</p>', content.decode(), re.DOTALL)
    ]
    assert len(answers) > 100
    counted = re.compile(r"(?<![\w,.-])0 (?!of \d)[a-z]")
    assert [one for one in answers if counted.search(one[1])] == []
    assert [line for month in months for line in month.splitlines() if counted.search(line)] == []


def test_a_title_is_told_once_in_the_list_of_risks(tmp_path: Path) -> None:
    """The proposal that answers a risk and the change that carries it out have the same title."""
    sample = copy_of_sample(tmp_path)
    sample.ok("render", "--clients", "outside")
    for tree in ("site", "outside/dolmen"):
        page = sample.text(f"{tree}/projects/ticket-sales/registers.html")
        [row] = [row for row in re.findall(r"<tr id.*?</tr>", page, re.DOTALL) if 'id="risk-tickets-flooded' in row]
        assert row.count("A filter before the ticket sales") == 1
        assert "proposals/filter-before-tickets" in row
        assert re.search(r'changes/filter-tickets/index.html">the change<', row)


# What is long


def test_large_projects_and_long_changes_have_light_pages_that_miss_nothing(tmp_path: Path) -> None:
    sample = copy_of_sample(tmp_path / "here")
    project = "projects/borealis/project.yaml"
    machines = "".join(
        f"    vm{n}: {{service: virtual-machines, params: {{count: 2, vcpu: 4, ramGiB: 16, diskGiB: 100}}, "
        f"dependsOn: [net]}}\n    os{n}: {{service: linux, params: {{distribution: debian-13}}, dependsOn: [vm{n}]}}\n"
        for n in range(45)
    )
    sample.edit(project, "\n    vm:\n", f"\n{machines}    vm:\n")
    steps = "".join(
        f"    step-{n}: {{department: dba, effort: 2h{f', dependsOn: [step-{n - 1}]' if n % 5 else ''}}}\n"
        for n in range(80)
    )
    claims = ", ".join(f"vm{n}, os{n}" for n in range(45))
    head = "apiVersion: tamspec/v1\nkind: Change\nmetadata: {name: everything, title: Everything moves}\n"
    spec = f"spec:\n  project: borealis\n  state: approved\n  components: [{claims}]\n  tasks:\n{steps}"
    sample.write("projects/borealis/everything.yaml", head + spec)
    sample.ok("render", "--clients", "outside")
    pages = {path: content for path, content in sample.files().items() if path.endswith(".html")}
    assert {path: len(content) for path, content in pages.items() if len(content) > 50_000} == {}
    orders = [one["key"] for one in sample.plan()["orders"] if one["change"] == "everything"]
    assert len(orders) > 250
    for tree in ("site", "outside/borealis"):
        told = {path: content.decode() for path, content in pages.items() if path.startswith(f"{tree}/")}
        plans = [text for path, text in told.items() if path.startswith(f"{tree}/changes/everything/")]
        row_ids = [id for text in plans for id in re.findall(r'<tr id="([^"]+)"', text)]
        assert sorted(row_ids) == sorted(f"wo-{slug(key)}" for key in orders)
        parts = "".join(text for path, text in told.items() if "/borealis/components" in path)
        differences = "".join(text for path, text in told.items() if "/borealis/differences" in path)
        for n in range(45):
            assert parts.count(f'<th scope="row">os{n}</th>') == 1
            assert len(re.findall(rf'<th scope="row" rowspan="\d">vm{n}</th>', differences)) == 1
        ids = {path: set(Page(text).ids) for path, text in told.items()}
        for path, text in told.items():
            for target, _, anchor in (one.partition("#") for one in Page(text).links if ":" not in one):
                there = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) if target else path
                assert not anchor or anchor in ids[there], f"{path}: {target}#{anchor}"


@pytest.mark.parametrize("number", [60, 200])
def test_a_change_of_many_orders_is_light_whether_they_follow_each_other_or_the_client_does_them(
    tmp_path: Path, number: int
) -> None:
    """Steps in a row, each a wave of its own; as many that the client owes; and all of them once they are done."""
    sample = copy_of_sample(tmp_path / "here")
    steps = "".join(
        f"    step-{n}: {{department: dba, effort: 2h{f', dependsOn: [step-{n - 1}]' if n else ''}}}\n"
        f"    sign-{n}: {{party: client, effort: 2h}}\n"
        for n in range(number // 2)
    )
    head = "apiVersion: tamspec/v1\nkind: Change\nmetadata: {name: everything, title: Everything moves}\n"
    spec = f"spec:\n  project: borealis\n  state: approved\n  tasks:\n{steps}"
    sample.write("projects/borealis/everything.yaml", head + spec)
    sample.ok("render", "--clients", "outside")
    keys = [f"borealis/change:everything/{step}-{n}" for n in range(number // 2) for step in ("step", "sign")]
    for tree in ("site", "outside/borealis"):
        texts = _light(sample, f"{tree}/changes/everything")
        waves = [row for text in texts for row in re.findall(r'<tr><th scope="row" class="number">(\d+)<', text)]
        assert waves == [f"{n + 1}" for n in range(number // 2)]
        owed = "".join(text.partition('id="from-client"')[2].partition("</section>")[0] for text in texts)
        assert all(f'#wo-{slug(key)}"' in owed for key in keys if "sign-" in key)
    sample.ok("apply")
    sample.ok("order", "done", *keys, at="2027-06-23T09:00:00Z")
    sample.run("render", "--clients", "outside", at="2027-06-24T09:00:00Z")
    for tree in ("site", "outside/borealis"):
        texts = _light(sample, f"{tree}/projects/borealis")
        finished = re.findall(r'<th scope="row">((?:Step|Sign) \d+)</th>', "".join(texts[1:]))
        names = (key.rpartition("/")[2] for key in keys)
        assert sorted(finished) == sorted(name.capitalize().replace("-", " ") for name in names)
        assert 'href="../../projects/borealis/finished.html"' in texts[0]


@pytest.mark.parametrize(("number", "layer"), [(24, 12), (100, 20)])
def test_orders_that_wait_for_many_others_stand_on_more_pages(tmp_path: Path, number: int, layer: int) -> None:
    """Layers of steps, each of which waits for the whole layer before it."""
    sample = copy_of_sample(tmp_path / "here")
    steps = []
    for n in range(number):
        first = n // layer * layer
        before = ", ".join(f"step-{at}" for at in range(max(0, first - layer), first))
        steps.append(f"    step-{n}: {{department: dba, effort: 2h, dependsOn: [{before}]}}\n")
    head = "apiVersion: tamspec/v1\nkind: Change\nmetadata: {name: everything, title: Everything moves}\n"
    spec = f"spec:\n  project: borealis\n  state: approved\n  tasks:\n{''.join(steps)}"
    sample.write("projects/borealis/everything.yaml", head + spec)
    sample.ok("render", "--clients", "outside")
    for tree in ("site", "outside/borealis"):
        texts = _light(sample, f"{tree}/changes/everything")
        assert len(texts) > 1
        placed = [re.findall(r'<tr id="wo-([^"]+)"', text) for text in texts]
        wanted = sorted(slug(f"borealis/change:everything/step-{n}") for n in range(number))
        assert sorted(one for page in placed for one in page) == wanted
        told = [re.search(r"Orders (\d+) to (\d+) of \d+", text) for text in texts[1:]]
        ends = [len(placed[0]), *(int(one[2]) for one in told if one)]
        assert [int(one[1]) for one in told if one] == [end + 1 for end in ends[:-1]]
        assert ends[-1] == number


def _light(workspace: Workspace, folder: str) -> list[str]:
    """The pages of a folder by their number, the first of which leads to the others; none weighs too much."""
    files = sorted((workspace.root / folder).rglob("*.html"), key=lambda one: (len(one.name), one.name))
    assert {file.name: file.stat().st_size for file in files if file.stat().st_size > 50_000} == {}
    files.sort(key=lambda one: one.name != "index.html")
    return [file.read_text(encoding="utf-8") for file in files]
