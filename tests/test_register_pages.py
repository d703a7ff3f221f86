"""Pages of the registers: what a client reads of them and what not, the letter of a proposal, the chronicle, what waits
on desks, and a list of all that grows by pages."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace
from program import ROOT, Workspace, copy_of_sample
from test_render import Page

from tamspec import gitrepo, pipeline
from tamspec.model.workspace import Workspace as Model
from tamspec.render import trees
from tamspec.render.trees import Material

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
HERE = "projects/ticket-sales"
LETTER = f"{HERE}/proposals/filter-before-tickets.html"
ATTACKS = f"{HERE}/attacks.yaml"


@functools.cache
def sample(*edits: tuple[str, str, str]) -> Material:
    """The sample, with texts of its files replaced: path, before, after."""
    files = dict(gitrepo.files_in(ROOT, ("catalog", "projects")).files)
    for path, before, after in edits:
        text = files[path].decode()
        assert before in text, before
        files[path] = text.replace(before, after).encode()
    settings, wrong = pipeline.settings((ROOT / "tamspec.yaml").read_bytes())
    story = pipeline.tell(pipeline.Tree(settings=settings, findings=wrong, files=files), AT)
    assert story.plan is not None, [f"{one.code} {one.at}: {one.detail}" for one in story.findings.errors]
    return pipeline.material(story)


@functools.cache
def inside(*edits: tuple[str, str, str]) -> Mapping[str, str]:
    return trees.internal(sample(*edits)).pages()[0]


@functools.cache
def outside(*edits: tuple[str, str, str]) -> Mapping[str, str]:
    return trees.for_client(sample(*edits), "dolmen").pages()[0]


def rows(page: str, region: str) -> list[str]:
    """The rows below the head of a table, as text."""
    found = re.search(rf'aria-label="{region}".*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    assert found, region
    return [Page(one.replace("><", "> <")).text for one in re.findall(r"<tr.*?</tr>", found[1], re.DOTALL)]


# -- what a client reads -----------------------------------------------------------------------------------------------

NO_REWARD = (
    ATTACKS,
    "  reward:\n    given: 2026-11-18\n    note: A bonus, and word of it in the meeting of all departments.\n",
    "",
)


def test_who_may_be_rewarded_is_told_to_the_provider_alone() -> None:
    assert "Zoya Yakovleva was rewarded on Wed 2026-11-18" in Page(inside()[LETTER]).text
    assert "Zoya Yakovleva may be rewarded" in Page(inside(NO_REWARD)[LETTER]).text
    assert "eligible" in Page(inside(NO_REWARD)[f"{HERE}/registers.html"]).text
    for pages in (outside(), outside(NO_REWARD)):
        assert LETTER in pages
        for path, text in pages.items():
            assert not re.search(r"(?i)reward|eligible|A bonus|Yakovleva", text), path


def test_what_a_client_was_not_told_stays_inside() -> None:
    """On no page: not in the register, the letter, the risk that is drawn from it, nor the chronicle."""
    title, words = "Flood of requests on 8 September", "sixty times its usual requests"
    for page in (f"{HERE}/registers.html", LETTER, f"{HERE}/chronicle.html"):
        assert title in inside()[page]
        assert "Flood of requests on 22 September" in outside()[page]
    assert not [path for path, text in outside().items() if title in text or words in text]
    told = (ATTACKS, "all of them for the search.\n  components: [web]\n", "for the search.\n  told: 2026-09-10\n")
    assert title in outside(told)[f"{HERE}/registers.html"]


def test_a_client_reads_neither_decisions_nor_constraints_nor_owners() -> None:
    page, own = outside()[f"{HERE}/registers.html"], inside()[f"{HERE}/registers.html"]
    for anchor in ("constraints", "growth-points", "decisions"):
        assert f'id="{anchor}"' in own
        assert f'id="{anchor}"' not in page
    assert "Next review" in own
    assert "Next review" not in page
    assert not [path for path, text in outside().items() if "A filter rather than more machines" in text]


def test_another_client_has_none_of_it() -> None:
    pages, _ = trees.for_client(sample(), "cirrus").pages()
    assert not [path for path in pages if "ticket-sales" in path]
    assert not [path for path, text in pages.items() if "Flood" in text or "ticket sales" in text]
    assert "projects/resource-pool/proposals/memory-on-demand.html" in pages


# -- the letter --------------------------------------------------------------------------------------------------------


def test_a_proposal_reads_as_a_letter() -> None:
    page = outside()[LETTER]
    text = Page(page).text
    parts = ("Marina Larina", "Maria Lebedeva", "Twice a month", "counters of our border", "Nobody but buyers")
    assert all(part in text for part in parts)
    options = rows(page, "What can be done")
    assert options[0].startswith("A web application firewall")
    assert "we recommend it, chosen" in options[0]
    assert len(options) == 3
    assert not [one for one in options[1:] if "recommend" in one or "chosen" in one]
    assert "chose on Fri 2026-10-02" in text
    waiting = Page(inside()["projects/resource-pool/proposals/memory-on-demand.html"]).text
    assert "awaits the client's decision" in waiting
    assert "Nothing is decided yet" in waiting
    assert "The pool had no memory left" in waiting, "it rests on an incident"


# -- the picture of the risks ------------------------------------------------------------------------------------------


def test_each_open_risk_stands_once_in_its_square() -> None:
    page = inside()[f"{HERE}/registers.html"]
    squares = re.search(r'<table class="matrix">.*?</table>', page, re.DOTALL)
    assert squares
    lines = re.findall(r"<tr><th scope=\"row\">(\d)</th>(.*?)</tr>", squares[0], re.DOTALL)
    assert [one for one, _ in lines] == ["5", "4", "3", "2", "1"]
    cells = {
        (int(likely), grave): cell
        for likely, text in lines
        for grave, cell in enumerate(re.findall(r"<td(.*?)</td>", text, re.DOTALL), start=1)
    }
    assert len(cells) == 25
    for (likely, grave), cell in cells.items():
        assert ('class="high"' in cell) == (likely * grave >= 12)
    assert {where for where, cell in cells.items() if "<a " in cell} == {(4, 5), (1, 5)}
    links = re.findall(r'href="#([^"]+)"', squares[0])
    assert all(f'id="{one}"' in page for one in links)
    closed = (ATTACKS, "  nextReview: 2027-10-01\n", "  closed: 2026-11-20\n")
    assert inside(closed)[f"{HERE}/registers.html"].count(">no. ") == 1


# -- the chronicle -----------------------------------------------------------------------------------------------------


def test_the_chronicle_tells_changes_the_latest_first() -> None:
    page = inside()[f"{HERE}/chronicle.html"]
    days = re.findall(r'<td class="day">\w+ (\d{4}-\d\d-\d\d)</td>', page)
    assert days == sorted(days, reverse=True)
    assert re.findall(r'<h2 id="m-([^"]+)"', page) == ["2026-11", "2026-10", "2026-09", "2026-03"]
    late = "Fri 2026-10-16 finished A filter before the ticket sales Late: it was promised for Wed 2026-10-14."
    assert late in [one.strip() for one in rows(page, "2026-10")]
    for kind in ("ordered", "incident", "review held", "seen", "proposed", "proposal accepted", "decided"):
        assert f"<td>{kind}</td>" in page, kind
    for kind in ("handed over", "taken over", "technical account manager", "feedback"):
        assert f"<td>{kind}</td>" in page, kind


def test_what_is_still_to_come_is_no_chronicle() -> None:
    later = (f"{HERE}/project.yaml", "deputy: romanova, from: 2026-09-01}", "deputy: romanova, from: 2026-12-01}")
    assert "Maria Lebedeva is technical account manager" in inside()[f"{HERE}/chronicle.html"]
    assert "Maria Lebedeva is technical account manager" not in inside(later)[f"{HERE}/chronicle.html"]


# -- many --------------------------------------------------------------------------------------------------------------


def crowded(number: int) -> Material:
    """The sample with so many observations more."""
    made = sample()
    one = made.workspace.observations["flood-2026-09-08"]
    more = {
        f"flood-{at}": replace(one, name=f"flood-{at}", title="", seen=one.seen - timedelta(days=at))
        for at in range(number)
    }
    values = {name: getattr(made.workspace, name) for name in Model.__struct_fields__}
    workspace = Model(**{**values, "observations": {**made.workspace.observations, **more}})
    return replace(made, workspace=workspace)


def test_lists_grow_by_pages_and_no_page_is_large() -> None:
    pages, _ = trees.internal(crowded(400)).pages()
    for stem in ("registers", f"{HERE}/chronicle"):
        mine = [path for path in pages if re.fullmatch(rf"{stem}(-\d+)?\.html", path)]
        assert len(mine) >= 5, stem
        assert all(len(pages[path].encode()) < 50_000 for path in mine), stem
    assert len(pages[f"{HERE}/registers.html"].encode()) < 50_000
    assert "more." in Page(pages[f"{HERE}/registers.html"]).text
    every = "".join(pages[path] for path in pages if re.fullmatch(rf"{HERE}/chronicle(-\d+)?\.html", path))
    assert all(f"flood-{at}<" in every for at in range(400))


def test_those_that_wait_for_somebody_stand_first() -> None:
    found = [
        bool(re.search(r" (yes|now) ", one))
        for one in rows(inside()["registers.html"], "Risks, proposals and observations")
    ]
    assert found == sorted(found, reverse=True)
    assert any(found)
    late = ("projects/resource-pool/memory.yaml", "raised: 2026-11-09", "raised: 2026-10-09")
    first = rows(inside(late)["registers.html"], "Risks, proposals and observations")
    assert [one for one in first if " now " in one and "Memory that grows" in one]


# -- on the desk -------------------------------------------------------------------------------------------------------


def test_the_desk_and_today_tell_what_waits() -> None:
    answer = "      answer: Eight hundred; measured in the load test of 3 November.\n"
    unanswered = (f"{HERE}/project.yaml", f"{answer}      answered: 2026-11-04\n      answeredBy: lebedeva\n", "")
    review = (f"{HERE}/project.yaml", "nextReview: 2027-03-01", "nextReview: 2026-11-20")
    page = Page(inside(unanswered, review)["desk/lebedeva.html"]).text
    assert "2 overdue in the registers" in page
    assert "How many buyers at once does the site take?" in page
    assert "was to be looked at by Fri 2026-11-20" in page
    assert "the client does not know of it: Flood of requests on 8 September" in page
    assert "awaits the client's decision since Mon 2026-11-09" in Page(inside()["desk/andreev.html"]).text
    assert "overdue in the registers" not in Page(inside()["desk/lebedeva.html"]).text


def test_today_tells_the_same() -> None:
    said = Workspace(ROOT).ok("today").out
    assert "not told  ticket-sales: Flood of requests on 8 September (flood-2026-09-08)" in said
    assert "undecided  resource-pool: Memory that grows at the end of the month, raised on 2026-11-09" in said
    assert "undecided" not in Workspace(ROOT).ok("today", "--who", "lebedeva").out
    later = Workspace(ROOT).ok("today", "--who", "andreev", at="2026-12-10T09:00:00Z").out
    assert "OVERDUE  resource-pool: Memory that grows" in later
    assert "OVERDUE since 2026-12-01  resource-pool: look at the risk pool-full-again again" in later


def test_what_was_agreed_to_until_a_day_and_what_was_recorded_stand_on_both(tmp_path: Path) -> None:
    """An agreement that ends, a consent to move another Change, and the reports of the last day."""
    sample = copy_of_sample(tmp_path / "here")
    consent = "  consents: {spring-launch: {by: ivanova, until: 2026-12-21}}\n"
    sample.edit("projects/resource-pool/grow-2027.yaml", "spec:\n", f"spec:\n{consent}")
    early, late = "2026-11-23T09:00:00Z", "2026-11-25T09:00:00Z"
    said = sample.run("today", at=early).out
    assert "ends 2026-12-21  grow-2027: the consent of ivanova for spring-launch" in said
    assert "done  borealis/os/provision.1/install, by bogdanov" in said
    assert "dolmen-2026" not in said, "it holds for another year"
    assert "by bogdanov" not in sample.run("today", at=late).out
    head, name, tail = sample.text("catalog/agreements.yaml").partition("name: dolmen-2026")
    sample.write("catalog/agreements.yaml", head + name + tail.replace("validTo: 2027-12-31", "validTo: 2026-12-31", 1))
    said = sample.run("today", at=early).out
    assert "ends 2026-12-31  ticket-sales: the agreement dolmen-2026" in said
    sample.run("render", at=early)
    desks = [Page(sample.text(path)).text for path in sample.files() if path.startswith("site/desk/")]
    assert any("ends on Thu 2026-12-31" in page for page in desks)
    assert any("the consent of Anna Ivanova for spring-launch ends on Mon 2026-12-21" in page for page in desks)
