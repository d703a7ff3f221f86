"""Who has the role of the TAM, what it is and what came of it, as pages that the provider reads and no client does."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from program import Workspace, change, copy_of_sample, project, small
from test_documents import rows
from test_render import Page, fresh, lived

from tamspec import load, plan, resources
from tamspec.desk.documents import register
from tamspec.desk.scorecard import Scorecard, scorecards
from tamspec.model.filed import Filed

ABOUT_ROLES = ("roster", "competencies", "role.html", "scorecards")


# -- results -----------------------------------------------------------------------------------------------------------

PROPOSAL = """\
apiVersion: tamspec/v1
kind: Proposal
metadata: {{name: {name}}}
spec:
  project: shop
  by: volkov
  raised: {raised}
  problem: Disks fill.
  evidence: {evidence}
  options: {{more: {{text: More disks.}}, none: {{text: As it is.}}}}
{more}"""
INCIDENT = """\
apiVersion: tamspec/v1
kind: Incident
metadata: {name: full}
spec: {project: shop, severity: minor, reported: 2026-11-02T07:00:00Z, resolved: 2026-11-02T08:00:00Z}
"""
REGISTERS = """\
  tenures:
    - {tam: petrov, from: 2026-01-01, to: 2026-10-31}
    - {tam: ivanova, deputy: petrov, from: 2026-11-01}
  requests:
    early: {text: How many?, asked: 2026-10-30, answered: 2026-11-06, answer: Ten., answeredBy: ivanova}
    late: {text: How few?, asked: 2026-11-02, answered: 2026-11-10, answer: Two., answeredBy: ivanova}
    forgotten: {text: Why?, asked: 2026-11-13}
    fresh: {text: Who?, asked: 2026-11-16}
  documents:
    runbook: {url: "https://shop.example/run", owner: ivanova, interval: 30d, reviewed: 2026-10-24}
    plan: {url: "https://shop.example/plan", owner: ivanova, interval: 30d, reviewed: 2026-10-23}
    map: {url: "https://shop.example/map", owner: petrov}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """A project that changed hands on the first of November."""
    workspace = small(tmp_path)
    workspace.write("projects/shop/project.yaml", workspace.text("projects/shop/project.yaml") + REGISTERS)
    return workspace


def results(shop: Workspace) -> dict[str, Scorecard]:
    schemas = {name: resources.schema(name) for name in resources.schema_names()}
    files = {path: text for path, text in shop.files().items() if path.endswith(".yaml") and path != "tamspec.yaml"}
    settings, _ = load.settings(shop.text("tamspec.yaml").encode(), schemas)
    loaded = load.load(files, settings, schemas)
    assert not loaded.findings.errors
    state, at = plan.fold(loaded.events), datetime(2026, 11, 23, 9, tzinfo=UTC)
    made, _ = plan.make(loaded.workspace, state, at)
    return scorecards(loaded.workspace, state, made, register(loaded.workspace, state, loaded.events, Filed(), at, {}))


def test_requests_and_documents_count_for_who_held_the_project_then(shop: Workspace) -> None:
    found = results(shop)
    petrov, ivanova = found["petrov"], found["ivanova"]
    assert (petrov.asked, petrov.in_time) == (1, 1), "asked on a Friday, answered on the fifth working day"
    assert (ivanova.asked, ivanova.in_time) == (2, 0), "one answer came a day late and one never; the last has time"
    assert (petrov.documents, petrov.current) == (0, 0)
    assert (ivanova.documents, ivanova.current) == (3, 1)


def test_proposals_count_from_the_raising_to_the_change_that_is_done(shop: Workspace) -> None:
    accepted = "  decision: {decided: 2026-11-10, by: orlov, option: more}\n  change: launch\n"
    declined = '  decision: {decided: 2026-11-10, by: orlov, why: "No."}\n'
    told = {"observations": "{text: It fills.}", "incidents": "{incidents: [full]}"}
    shop.write("projects/shop/full.yaml", INCIDENT)
    for name, raised, evidence, more in (
        ("one", "2026-10-31", told["observations"], accepted),
        ("two", "2026-11-01", told["incidents"], accepted),
        ("three", "2026-11-02", told["observations"], declined),
    ):
        text = PROPOSAL.format(name=name, raised=raised, evidence=evidence, more=more)
        shop.write(f"projects/shop/{name}.yaml", text)

    def counts(person: str) -> tuple[int, ...]:
        one = results(shop)[person]
        return one.raised, one.before, one.accepted, one.implemented

    assert (counts("petrov"), counts("ivanova")) == ((1, 1, 1, 0), (2, 1, 1, 0))
    shop.ok("apply")
    shop.ok("order", "done", "net/configure", "--output", "vlan=1", at="2026-11-23T12:00:00Z")
    shop.ok("order", "done", "os/install", "--output", "os-login=x", at="2026-11-23T13:00:00Z")
    assert counts("ivanova") == (2, 1, 1, 0), "the last order is open"
    shop.ok("order", "done", "os/harden", at="2026-11-23T14:00:00Z")
    assert (counts("petrov"), counts("ivanova")) == ((1, 1, 1, 1), (2, 1, 1, 1))


@pytest.mark.parametrize(("at", "kept"), [("2026-11-24T11:00:00Z", 1), ("2026-11-24T11:00:01Z", 0)])
def test_a_change_is_in_time_when_it_was_done_as_promised(shop: Workspace, at: str, kept: int) -> None:
    shop.ok("apply")
    promised = shop.ok("status", "--output-format", "json").data["changes"][0]["committed"]
    assert promised == "2026-11-24T11:00:00Z"
    assert "ivanova" not in results(shop) or results(shop)["ivanova"].finished == 0
    shop.ok("order", "done", "net/configure", "--output", "vlan=1", at="2026-11-23T12:00:00Z")
    shop.ok("order", "done", "os/install", "--output", "os-login=x", at="2026-11-23T13:00:00Z")
    shop.ok("order", "done", "os/harden", at=at)
    assert (results(shop)["ivanova"].finished, results(shop)["ivanova"].kept) == (1, kept)


# -- pages -------------------------------------------------------------------------------------------------------------


def test_the_roster_has_everybody_with_desk_and_results() -> None:
    pages = fresh().pages
    found = rows(pages["roster.html"], "TAMs by month")
    assert len(found) == 17
    assert "13 active, 1 onboarding, 1 to come, 2 asked" in Page(pages["roster.html"]).text
    assert '<a href="scorecards/lebedeva.html">' in pages["roster.html"]
    [danilov] = [row for row in found if "Danilov" in row]
    assert danilov.count("to come") == 3, "today, in November and in December"
    assert danilov.count("onboarding") == 10


def test_the_pages_of_the_role_are_linked_from_everywhere() -> None:
    pages = fresh().pages
    assert 'href="roster.html"' in pages["index.html"]
    assert 'href="roster.html"' in pages["desks.html"]
    assert 'href="../scorecards/lebedeva.html"' in pages["desk/lebedeva.html"]


def test_the_role_tells_which_decisions_hold() -> None:
    page = fresh().pages["role.html"]
    told = dict(re.findall(r'id="decision-([a-z-]+)-title">[^<]*<span class="tag">([a-z]+)<', page))
    assert told == {
        "four-more": "proposed",
        "ten-of-fifteen": "accepted",
        "tam-is-a-role": "accepted",
        "project-managers": "replaced",
    }
    assert 'Replaced by: <a href="role.html#decision-tam-is-a-role">' in page
    assert "filter-not-machines" not in page, "a decision of a project is the project's"


def test_results_of_a_tam_of_the_sample() -> None:
    found = rows(lived().pages["scorecards/lebedeva.html"], "Results")
    assert [re.sub(r"[^0-9%–]", "", row) for row in found] == ["11100%", "11100%", "11100%", "1333%", "22100%", "020%"]


def test_a_client_reads_nothing_of_roles_and_results(tmp_path: Path) -> None:
    for made in (fresh(), lived()):
        shares = [f"{part} parts passed" for part in ("0 of 3", "2 of 3", "3 of 3")]
        for name, pages in made.outside.items():
            assert not [path for path in pages if path.startswith(ABOUT_ROLES)], name
            for path, text in pages.items():
                secret = (*ABOUT_ROLES, "Results of", "Competenc", "candidate", *shares)
                assert not [word for word in secret if word in text], f"{name}/{path}"
    sample = copy_of_sample(tmp_path)
    sample.ok("render", "--clients", "outside")
    files = sample.files()
    assert "site/scorecards/lebedeva.html" in files
    assert not [path for path in files if path.startswith("outside/") and any(word in path for word in ABOUT_ROLES)]


def test_pages_do_not_grow_with_the_number_of_tams(shop: Workspace) -> None:
    person = "---\napiVersion: tamspec/v1\nkind: Person\nmetadata: {name: tam-%d, title: Somebody Withalongname %d}\n"
    spec = "spec: {department: unix, tamShare: 30%%, competencies: {adjacent: [network], communication: 3}}\n"
    people = "".join(person % (n, n) + spec % () for n in range(70))
    shop.edit("catalog/provider.yaml", "capacity: {people: 4}", "capacity: {people: 90}")
    shop.write("catalog/more.yaml", people.removeprefix("---\n"))
    for n in range(70):
        text = project(f"p-{n}").replace("tam: ivanova", f"tam: tam-{n}, share: 7.5%")
        shop.write(f"projects/p-{n}.yaml", text + "---\n" + change(f"c-{n}", f"p-{n}", "net", "os", state="draft"))
    shop.ok("render")
    files = shop.files()
    lists = {path: len(text) for path, text in files.items() if path.startswith(("site/roster", "site/competencies"))}
    assert set(lists) == {f"site/{name}{n}.html" for name in ("roster", "competencies") for n in ("", "-2", "-3")}
    assert max(lists.values()) < 50_000
    shown = [row for name in ("", "-2", "-3") for row in rows(shop.text(f"site/roster{name}.html"), "TAMs by month")]
    assert len(shown) == 72


def test_a_workspace_without_tams_has_the_pages_too(shop: Workspace) -> None:
    text = re.sub(r", tamShare: 30%", "", shop.text("catalog/provider.yaml"))
    shop.write("catalog/provider.yaml", text)
    shop.run("render")
    assert "Nobody has the role of a TAM." in shop.text("site/roster.html")
    assert "Nobody has written down yet" in shop.text("site/role.html")
