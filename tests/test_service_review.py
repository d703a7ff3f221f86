"""Service reviews: what is told of a client's month or quarter, against the YAML of the sample read by itself."""

from __future__ import annotations

import csv
import json
import re
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from program import ROOT, Answer, Workspace, copy_of_sample
from test_render import HOSTILE, Page

from tamspec.desk.service_review import month_before, period

OCTOBER = ("render", "--review", "dolmen", "--period", "2026-10")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return copy_of_sample(tmp_path_factory.mktemp("review") / "sample")


@pytest.fixture
def own(sample: Workspace, tmp_path: Path) -> Workspace:
    """A copy that a test may change."""
    shutil.copytree(sample.root, tmp_path / "own")
    return Workspace(tmp_path / "own")


def review(workspace: Workspace, *more: str, of: str = "dolmen") -> dict[str, list[list[str]]]:
    """Chapter → the rows of its table, from the Markdown; the chapter's sentence is the first row."""
    workspace.ok("render", "--review", of, *(more or OCTOBER[3:]), "--out", "out")
    found: dict[str, list[list[str]]] = {}
    for chapter in workspace.text("out/service-review.md").split("\n## ")[1:]:
        title, _, rest = chapter.partition("\n")
        lines = [one for one in rest.splitlines() if one]
        rows = [[cell.strip() for cell in one.strip("|").split("|")] for one in lines if one.startswith("|")]
        found[title] = [[lines[0]], *rows[2:]]
    return found


def written(name: str) -> list[Any]:
    return list(yaml.load_all((ROOT / name).read_text(encoding="utf-8"), yaml.BaseLoader))


# What is told


def test_the_measures_are_those_of_the_registers(sample: Workspace) -> None:
    project = written("projects/ticket-sales/project.yaml")[0]["spec"]
    [client] = [one["spec"] for one in written("catalog/clients.yaml") if one["metadata"]["name"] == "dolmen"]
    answered = [one for one in project["requests"].values() if one["answered"].startswith("2026-10")]
    by_tam = [one for one in answered if one["answeredBy"] in (project["team"]["tam"], project["team"]["deputy"])]
    scores = [int(one["score"]) for one in client["feedback"].values() if one["said"].startswith("2026-10")]
    rows = {row[0]: row[1] for row in review(sample)["What we are judged by"][1:]}
    assert rows["Questions answered by your technical account manager"] == f"{len(by_tam)} of {len(answered)}"
    assert rows["How content you were, of 5"] == f"{sum(scores) / len(scores):.1f}"
    assert rows["Proposals raised before an incident"] == "none was raised", "it was raised in September"
    september = {row[0]: row[1] for row in review(sample, "--period", "2026-09")["What we are judged by"][1:]}
    assert september["Proposals raised before an incident"] == "1 of 1"


def test_attainment_is_that_of_the_history(sample: Workspace) -> None:
    with (ROOT / "data/incidents-2026.csv").open(encoding="utf-8") as file:
        rows = [one for one in csv.DictReader(file) if one["company"] == "Dolmen Tickets"]
    targets = {"p1": 4, "p2": 12, "p3": 48, "p4": 120}

    def instant(text: str) -> datetime:
        return datetime.fromisoformat(text)

    october = [one for one in rows if instant(one["opened_at"]).astimezone(ZoneInfo("Europe/Moscow")).month == 10]
    kept = [
        one
        for one in october
        if instant(one["resolved_at"]) - instant(one["opened_at"]) <= timedelta(hours=targets[one["priority"]])
    ]
    told = {row[1]: row for row in review(sample)["How promises were kept"][1:]}
    assert told["resolution"][4] == f"{len(kept)} of {len(october)}"
    assert told["resolution"][-1] == "kept"


def test_without_a_history_it_is_said_that_nothing_was_measured(own: Workspace) -> None:
    text = own.text("tamspec.yaml")
    own.write("tamspec.yaml", text[: text.index("# What the ticket system exports")])
    assert review(own)["How promises were kept"] == [["Nothing was measured: no history of incidents is at hand."]]


def test_a_breach_is_told_with_its_cause_and_what_is_done(sample: Workspace) -> None:
    [row] = review(sample)["What was late, and why"][1:]
    [incident, after, _] = written("projects/ticket-sales/incidents.yaml")
    assert row[0] == incident["metadata"]["title"]
    assert row[3] == after["spec"]["cause"]["text"]
    done = f"{after['spec']['actions']['notes']['text'].rstrip('.')}"
    assert row[4] == f"{done} (under way)", "it was ordered on 28 October and done on 3 November"
    [row] = review(sample, "--period", "2026-q4")["What was late, and why"][1:]
    assert row[4] == f"{done} (closed)"


def test_what_was_agreed_is_carried_until_it_is_done(sample: Workspace) -> None:
    title = "What we agreed before"
    done = {row[0]: row[-1] for row in review(sample)[title][1:]}
    assert [one for one in done.values() if one != "not yet"] == ["Fri 2026-10-16"]
    assert len(done) == 2
    assert len(review(sample, "--period", "2026-11")[title]) == 2, "what was done before is not carried on"
    assert review(sample, "--period", "2026-09")[title] == [["Nothing is carried over."]]


def test_what_was_finished_since_was_under_way_then(sample: Workspace) -> None:
    """`night-notes` was ordered on 28 October and done on 3 November."""
    documents = written("projects/ticket-sales/incidents.yaml")
    [title] = [one["metadata"]["title"] for one in documents if one["metadata"]["name"] == "night-notes"]
    changes = {period: review(sample, "--period", period)["Changes, done and planned"] for period in MONTHS}
    told = {period: [row[0] for row in rows[1:]] for period, rows in changes.items()}
    assert told["2026-10"].count(title) == 1
    assert "1 is under way" in changes["2026-10"][0][0]
    assert title not in told["2026-09"], "it was ordered later"
    [state] = [row[2] for row in changes["2026-10"][1:] if row[0] == title]
    assert state == "under way"


@pytest.mark.parametrize(("period", "under_way"), [("2026-10", False), ("2026-11", True)])
def test_what_was_ordered_later_lies_ahead(sample: Workspace, period: str, under_way: bool) -> None:
    """`spring-launch` was ordered on 17 November."""
    [answer], *rows = review(sample, "--period", period, of="borealis")["Changes, done and planned"]
    assert [row[2] for row in rows] == ["under way" if under_way else "approved"]
    assert ("none is under way, 1 lies ahead" in answer) is not under_way
    assert ("is told as of Mon 2026-11-23." in answer) is not under_way, "November goes on"


def test_what_is_told_as_of_now_says_so_once_the_period_is_over(sample: Workspace) -> None:
    october, november = (review(sample, "--period", period) for period in ("2026-10", "2026-11"))
    quarterly = review(sample, of="cirrus")["How promises were kept"]
    assert quarterly[0][0].endswith("It is told as of Mon 2026-11-23."), quarterly
    for chapter in ("Risks", "What you use up", "What ends", "Documents"):
        assert "Mon 2026-11-23." in october[chapter][0][0], chapter
        assert "2026-11-23" not in november[chapter][0][0], chapter


def test_a_cause_that_was_found_since_says_when(own: Workspace) -> None:
    own.edit("projects/ticket-sales/incidents.yaml", "held: 2026-10-27", "held: 2026-11-05")
    [row] = review(own)["What was late, and why"][1:]
    assert row[3].endswith("(found on Thu 2026-11-05)")
    [row] = review(own, "--period", "2026-q4")["What was late, and why"][1:]
    assert "found on" not in row[3]


def test_the_manager_is_who_it_was_at_the_end(sample: Workspace) -> None:
    told = {}
    for month in ("2026-08", "2026-09"):
        review(sample, "--period", month)
        told[month] = re.findall(
            r"^\| Technical account manager \| (.*) \|$", sample.text("out/service-review.md"), re.MULTILINE
        )
    assert told == {"2026-08": ["Elena Kozlova"], "2026-09": ["Maria Lebedeva"]}


MONTHS = ("2026-09", "2026-10")


def test_only_what_the_client_was_told_is_shown(own: Workspace) -> None:
    untold = "flood-2026-09-08"
    rows = review(own, "--period", "2026-09")["What we saw"][1:]
    assert [row[0] for row in rows] == ["Flood of requests on 22 September"], f"{untold} was never told"


def test_a_cause_that_returns_is_counted(own: Workspace) -> None:
    text = own.text("projects/ticket-sales/incidents.yaml")
    incident, after, _ = text.split("---\n")
    for old, new in (
        ("slow-checkout-2026-10", "slow-checkout-2026-09"),
        ("2026-10-2", "2026-09-2"),
        ("  number: INC0031202\n", ""),
    ):
        incident, after = incident.replace(old, new), after.replace(old, new)
    own.write("projects/ticket-sales/earlier.yaml", f"{incident}---\n{after}")
    rows = {row[0]: row[1] for row in review(own)["What we are judged by"][1:]}
    assert rows["Known causes that did not come again"] == "0 of 1"
    later = {row[0]: row[1] for row in review(own, "--period", "2026-11")["What we are judged by"][1:]}
    assert later["Known causes that did not come again"] == "1 of 1"


# In which forms


def test_page_and_markdown_say_the_same(sample: Workspace) -> None:
    review(sample)
    page = Page(sample.text("out/index.html")).text
    plain = re.sub(r"\\(.)", r"\1", sample.text("out/service-review.md"))
    for row in (one for one in plain.splitlines() if one.startswith("| ") and "---" not in one):
        for cell in row.strip("|").split("|"):
            assert " ".join(cell.split()) in " ".join(page.split()), cell


def test_the_client_reads_it_in_his_language(own: Workspace) -> None:
    text = own.text("catalog/clients.yaml")
    head, name, rest = text.partition("metadata: {name: dolmen")
    own.write("catalog/clients.yaml", head + name + rest.replace("spec:\n", "spec:\n  language: ru\n", 1))
    own.ok(*OCTOBER, "--out", "out")
    told = own.text("out/service-review.md")
    assert re.findall(r"^#+ .*[А-Яа-я]", told, re.MULTILINE)
    chapters = re.findall(r"^## (.*)$", told, re.MULTILINE)
    assert len(chapters) == len(review(own, "--period", "2026-10"))
    assert not [one for one in chapters if re.search("[A-Za-z]", one)]
    assert "resolution" not in told, "the clock that was missed is named as where promises are told"


def test_as_pdf_it_is_tagged_and_the_same_twice(own: Workspace) -> None:
    pypdf = pytest.importorskip("pypdf")
    own.ok(*OCTOBER, "--out", "out", "--pdf")
    first = (own.root / "out/service-review.pdf").read_bytes()
    own.ok(*OCTOBER, "--out", "again", "--pdf")
    assert (own.root / "again/service-review.pdf").read_bytes() == first
    read = pypdf.PdfReader(own.root / "out/service-review.pdf")
    assert read.trailer["/Root"]["/MarkInfo"]["/Marked"]
    told = " ".join(page.extract_text() for page in read.pages)
    assert "Service review 2026-10: Dolmen Tickets" in " ".join(told.split())


def test_hostile_words_change_nothing_but_words(own: Workspace) -> None:
    own.ok(*OCTOBER, "--out", "plain")
    hostile = "".join(each for each in HOSTILE if each not in "\x00\x1b\ud800\u202e\u2066").replace("\n", " ")
    text = own.text("catalog/clients.yaml")
    sentences = re.findall(r"^ +text: (.*)$", text, re.MULTILINE)
    assert len(sentences) == 4
    for one in sentences:
        text = text.replace(one, json.dumps(hostile))
    own.write("catalog/clients.yaml", text)
    own.ok(*OCTOBER, "--out", "out")
    shapes = [
        re.sub(r">[^<]*<", "><", own.text(f"{folder}/index.html").split("<body>")[1]) for folder in ("plain", "out")
    ]
    assert shapes[0] == shapes[1]
    counts = [
        [own.text(f"{folder}/service-review.md").count(f"\n{sign}") for sign in ("#", "|")]
        for folder in ("plain", "out")
    ]
    assert counts[0] == counts[1]


# What may be asked


@pytest.mark.parametrize(
    "arguments",
    [
        ("--review", "dolmne"),
        ("--review", "dolmen", "--period", "October"),
        ("--review", "dolmen", "--period", "2026-13"),
        ("--review", "dolmen", "--period", "2026-q5"),
        ("--review", "dolmen", "--period", "2027-01"),
        ("--review", "dolmen", "--search"),
        ("--period", "2026-10"),
    ],
)
def test_what_cannot_be_told_is_said_plainly(sample: Workspace, arguments: tuple[str, ...]) -> None:
    answer: Answer = sample.run("render", *arguments, "--out", "never")
    assert (answer.code, answer.out) == (2, "")
    assert not (sample.root / "never").exists()


def test_without_a_period_it_is_the_last_month(sample: Workspace) -> None:
    sample.ok("render", "--review", "dolmen")
    assert "2026-10" in sample.text("service-review/service-review.md").splitlines()[0]


@given(st.dates(date(1971, 1, 1), date(2199, 12, 31)))
def test_every_day_lies_in_one_month_and_one_quarter(day: date) -> None:
    month, quarter = period(f"{day:%Y-%m}"), period(f"{day.year}-q{(day.month + 2) // 3}")
    assert month
    assert quarter
    assert day in month
    assert day in quarter
    assert quarter.first <= month.first <= month.last <= quarter.last
    assert month_before(day).last + timedelta(1) == month.first
    assert period(month_before(day).name) == month_before(day)


def test_too_few_cases_are_no_praise(tmp_path: Path) -> None:
    """One incident, which was late: no promise was broken by it, and none was kept either."""
    sample = copy_of_sample(tmp_path / "here")
    sample.run("render", "--review", "cirrus", "--period", "2026-10")
    text = sample.text("service-review/service-review.md")
    assert "No promise was broken; 1 has too few cases to be judged" in text
