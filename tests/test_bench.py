"""The benchmarks still work: portfolios are what they claim, and the tables say what was measured."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import program
import pytest
import yaml
from checker import violations
from msgspec.structs import replace

from benchmarks import (
    documents,
    fuzz,
    history,
    markdown,
    plan,
    portfolio,
    psplib,
    render,
    tables,
    taskjuggler,
    typos,
    validate,
    workload,
)
from benchmarks.measure import RESULTS, ROOT, Run, cost, peak, run
from tamspec.model.filed import Filed
from tamspec.model.values import TENTHS
from tamspec.plan.engine.schedule import SLOT


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """The preview that is measured is asked on this machine."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("portfolio")
    portfolio.write(root, 55)
    return root


def test_a_portfolio_has_no_findings(workspace: Path) -> None:
    done = program.run(workspace, "--at", portfolio.AT, "validate")
    assert done.code == 0, done.out + done.err


def test_every_document_has_its_own_file_and_a_client_about_150_lines(workspace: Path) -> None:
    texts = [path.read_text("utf-8") for path in (workspace / "projects").rglob("*.yaml")]
    assert all(len(list(yaml.safe_load_all(text))) == 1 for text in texts)
    assert 130 <= sum(text.count("\n") for text in texts) / 55 <= 180


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert list(portfolio.portfolio(3, seed=4)) == list(portfolio.portfolio(3, seed=4))
    assert dict(portfolio.portfolio(3, seed=4)) != dict(portfolio.portfolio(3, seed=5))


def test_a_client_is_the_same_in_a_portfolio_of_any_size() -> None:
    small, large = dict(portfolio.portfolio(2)), dict(portfolio.portfolio(9))
    assert small.items() <= large.items()


def test_without_ledgers_the_work_is_open(tmp_path: Path) -> None:
    portfolio.write(tmp_path, 2, with_ledger=False)
    assert not list(tmp_path.rglob("ledger"))


def test_clients_have_names_of_their_own() -> None:
    paths = [path for path, _ in portfolio.portfolio(200, with_ledger=False) if path.endswith("/client.yaml")]
    assert len(set(paths)) == 200


def test_the_quick_run_measures_everything() -> None:
    figures = validate.figures(quick=True, say=lambda _: None)
    (size,) = figures["sizes"]
    assert set(tables.OURS) | set(validate.FLOORS) == set(size["programs"])
    assert all(one["min"] > 0 for one in (*size["programs"].values(), *figures["startup"].values()))


def test_a_run_that_fails_is_no_figure() -> None:
    with pytest.raises(AssertionError, match="bug in the benchmark"):
        validate._fine(Run(seconds=1, code=1, output="1 error"))


def test_processes_are_measured(tmp_path: Path) -> None:
    code = "import time; held = bytearray(60 << 20); time.sleep(0.3); print('done')"
    assert run((sys.executable, "-c", code), tmp_path).output == "done\n"
    assert 60 <= peak((sys.executable, "-c", code), tmp_path) <= 200


@pytest.mark.parametrize("name", sorted(tables.TABLES))
def test_the_page_shows_the_figures_that_are_kept(name: str) -> None:
    if not (RESULTS / f"{name}.json").is_file():
        pytest.skip("never measured")
    page = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    assert f"<!-- figures: {name} -->" in page
    assert tables.filled(page) == page


def test_slips_and_edits_are_drawn_alike() -> None:
    bench = typos.bench(typos.SECOND)
    assert typos.all_sites(bench) == typos.all_sites(bench)
    assert fuzz.made("1/1") == fuzz.made("1/1")


# The planner


INSTANCE = """\
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
   1        1          2           2   3
   2        1          1           4
   3        1          1           5
   4        1          1           5
   5        1          0
****
REQUESTS/DURATIONS:
jobnr. mode duration  R 1
----
  1      1     0       0
  2      1     3       1
  3      1     2       2
  4      1     1       1
  5      1     0       0
****
RESOURCEAVAILABILITIES:
  R 1
    2
"""
"""A job of three units, one after it, and one that needs everybody: six units, however they are turned."""


@pytest.fixture
def instances(tmp_path: Path) -> Path:
    """A folder with two instances, of which one has a best known makespan."""
    (tmp_path / "deeper").mkdir()
    (tmp_path / "one.sm").write_text(INSTANCE, "utf-8")
    (tmp_path / "deeper" / "other.sm").write_text(INSTANCE, "utf-8")
    (tmp_path / psplib.BEST_KNOWN).write_text("set,instance,lower_bound,best_known\nj3,one,4,5\n", "utf-8")
    return tmp_path


def test_psplib_is_measured_from_files_to_json(instances: Path) -> None:
    done = run((sys.executable, "-m", "benchmarks.psplib", str(instances), "--json"), ROOT)
    assert done.code == 0, done.output
    found = json.loads(done.output)
    one = found["sets"]["j3"]
    assert (one["instances"], one["without_best_known"], one["at_best_known"]) == (2, 1, 0)
    assert one["mean_deviation_percent"] == one["worst_deviation_percent"] == 20
    assert 0 < one["cpu_ms_median"] <= one["cpu_ms_max"]
    assert [(row["instance"], row["makespan"], row["best_known"]) for row in found["instances"]] == [
        ("one", 6, 5),
        ("other", 6, None),
    ]


def test_psplib_is_a_table_for_people(instances: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert psplib.main([str(instances)]) == 0
    head, row, left_out = capsys.readouterr().out.splitlines()
    assert head.startswith("set")
    assert row.split()[:3] == ["j3", "2", "20.00"]
    assert left_out.startswith("1 of j3")


@pytest.mark.parametrize(
    ("file", "content"),
    [("", ""), (psplib.BEST_KNOWN, None), (psplib.BEST_KNOWN, "name\n"), ("one.sm", "nothing"), ("one.sm", "")],
)
def test_psplib_says_in_a_sentence_what_is_missing(
    instances: Path, file: str, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is None:
        (instances / file).unlink()
    elif file:
        (instances / file).write_text(content, "utf-8")
    assert psplib.main([str(instances if file else instances / "nowhere")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_schedule_that_cannot_be_worked_is_no_figure(instances: Path) -> None:
    instance = psplib.read(instances / "one.sm")
    right = psplib.dated(instance)
    assert list(psplib.violations(instance, right)) == []
    early = replace(right.slots["004"], start=0, finish=SLOT)
    faults = list(psplib.violations(instance, replace(right, slots={**right.slots, "004": early})))
    assert any("before 002" in fault for fault in faults)
    together = {**right.slots, "003": replace(right.slots["003"], start=0, finish=2 * SLOT)}
    together["002"] = replace(right.slots["002"], start=0, finish=3 * SLOT)
    assert any("3 of R0 are taken" in fault for fault in psplib.violations(instance, replace(right, slots=together)))
    longer = replace(right.slots["004"], finish=right.slots["004"].finish + SLOT)
    assert list(psplib.violations(instance, replace(right, slots={**right.slots, "004": longer})))
    missing = {key: dates for key, dates in right.slots.items() if key != "004"}
    assert list(psplib.violations(instance, replace(right, slots=missing))) == ["004 has no dates"]


@pytest.mark.parametrize("shape", taskjuggler.SHAPES)
def test_both_planners_get_the_same_problem(shape: str) -> None:
    made = taskjuggler.problem(shape, 50)
    assert made == taskjuggler.problem(shape, 50)
    tasks = {}
    for _, text in taskjuggler.workspace(made):
        for document in yaml.safe_load_all(text):
            tasks |= document.get("spec", {}).get("tasks", {})
    lines = {line.split()[1]: line for line in taskjuggler.tjp(made).splitlines() if line.startswith("task ")}
    assert tasks.keys() == lines.keys() == {f"t{number}" for number in range(50)}
    for name, task in tasks.items():
        assert f"effort {task['effort'].removesuffix('wd')}d allocate {task['department']} " in lines[name]
        assert ("depends" in lines[name]) == ("dependsOn" in task)
        assert all(need in lines[name].partition("depends")[2] for need in task.get("dependsOn", ()))


def test_a_portfolio_of_jobs_has_the_load_that_is_asked_for() -> None:
    work = workload.workload(60, 75)
    assert work == workload.workload(60, 75)
    taken = sum(job.work * len(job.demand) for job in work.jobs) * SLOT
    people = sum(one.capacity for one in work.resources.values()) / TENTHS
    assert taken / (people * work.span) == pytest.approx(0.75, rel=0.01)
    assert len(work.jobs) == 60 * workload.ORDERS
    assert all(job.release < (job.due or 0) for job in work.jobs)


def test_one_more_client_moves_nobody_who_was_ordered_before() -> None:
    work = workload.workload(30, 90)
    first = workload.dated(work)
    ordered, new = workload.ordered(work, first), workload.requested(30, work)
    stands = workload.base(ordered)
    before, after = stands.scheduling, workload.pull_request(stands, new)
    assert violations([*ordered.jobs, *new], work.resources, work.hours, workload.AT, after.slots) == []
    assert {job.key for job in new} <= after.slots.keys()
    assert workload.moved(before, after) == 0
    later = {key: replace(dates, finish=dates.finish + SLOT) for key, dates in after.slots.items()}
    assert workload.moved(before, replace(after, slots=later)) == 30


def test_the_quick_run_of_the_planner_measures_everything() -> None:
    told: list[str] = []
    figures = plan.figures(quick=True, say=told.append)
    assert len(figures["problems"]) == len(taskjuggler.SHAPES)
    for one in figures["problems"]:
        assert one["tamspec"]["cpu_seconds"] > 0
        if "tj3" in figures["versions"]:
            assert 0.9 < one["makespan_ratio"] < 1.5
        else:
            assert any("tj3 is not installed" in line for line in told)
    assert ("sets" in figures["psplib"]) == psplib.FOLDER.is_dir()
    assert figures["portfolios"][0]["cpu_seconds"] > 0
    shown = tables.TABLES["plan"](figures)
    assert shown.count("| --- |") == (4 if psplib.FOLDER.is_dir() else 3)


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    late = cost((sys.executable, "-c", "while True: pass"), tmp_path, limit=0.3)
    assert late.is_late
    assert late.wall_seconds < 5
    done = cost((sys.executable, "-c", "print(sum(range(3_000_000)))"), tmp_path)
    assert (done.code, done.is_late, done.output) == (0, False, "4499998500000\n")
    assert done.cpu_seconds > 0.01


# Documents


PAGE = """<!doctype html>
<html lang="en"><head><link rel="stylesheet" href="../style.css?v=1"><link rel="next" href="two.html">
<script src="https://elsewhere.example/x.js"></script><script src="../a.js"></script></head>
<body><header><nav><a href="../index.html">Home</a></nav></header>
<main id="main"><h1>One &amp; all</h1><p class="answer">It <code>a|b</code> is [so].</p>
<dl><div><dt>Who</dt><dd><a href="../who.html#us">Us</a></dd></div></dl>
<ul><li>first<ul><li>deeper</li></ul></li><li>second</li></ul>
<div><table><caption>Some</caption><thead><tr><th>A</th><th>B</th></tr></thead>
<tbody><tr><th>1</th><td><ul><li>x</li><li>y</li></ul></td></tr></tbody></table></div>
<svg aria-labelledby="gantt-title"><title>Plan</title><g><text>Do: it</text><rect x="3.4" width="10"/></g></svg>
<p>Where <a href="#main">here</a> or <a href="https://elsewhere.example/">there</a></p></main>
<footer><p>Planned.</p></footer></body></html>
"""
WRITTEN = """# One & all

It `a\\|b` is \\[so\\].

- **Who**: [Us](../who.md)

- first
    - deeper
- second

Some

| A | B |
| --- | --- |
| 1 | x<br>y<br> |

```mermaid
gantt
    title Plan
    dateFormat X
    Do  it :3, 13
```

Where here or [there](https://elsewhere.example/)

Planned.
"""


def test_a_page_becomes_markdown_with_the_same_words() -> None:
    assert markdown.markdown(PAGE) == WRITTEN


def test_pages_are_named_by_folder() -> None:
    paths = ["a.md", "b/index.md", "c/d/index.md", "c/d/more.md", "c/e.md"]
    assert markdown.navigation(paths) == [
        "a.md",
        "b/index.md",
        {"c": ["c/e.md", {"d": ["c/d/index.md", "c/d/more.md"]}]},
    ]


def test_a_first_view_is_what_a_page_has_fetched_at_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/page.html").write_text(PAGE, "utf-8")
    (tmp_path / "style.css").write_bytes(b"x" * 1000)
    (tmp_path / "a.js").write_bytes(b"x" * 100)
    assert render.first_view(tmp_path, "in/page.html") == len(PAGE.encode()) + 1100


@pytest.mark.slow
def test_the_quick_run_of_documents_measures_everything() -> None:
    figures = render.figures(quick=True, say=lambda _: None)
    (size,) = figures["sizes"]
    ours = size["programs"]["tamspec"]
    assert 50 < size["pages"] == ours["printing"]["pages"]
    assert all(ours[state]["peak_mib"] > 20 for state in ("cold", "one page changed", "nothing changed"))
    assert ours["first_view_bytes"] > 5_000
    assert 0 < ours["preview"]["wall_seconds"] <= ours["preview"]["worst_wall_seconds"]
    shown = tables.TABLES["render"](figures)
    assert "What was aimed at" not in shown
    assert "| tamspec, a preview that runs, one page changed, % of the CPU of cold |" in shown
    size["programs"]["mkdocs-material"] = {**ours, "cold": {**ours["cold"], "pages_per_cpu_second": 1.0}}
    assert "| first view, of its bytes | 20 % or less | 100 % |" in tables.TABLES["render"](figures)


# The history


def test_a_history_is_drawn_alike_and_has_as_many_commits_as_it_says() -> None:
    drawn = b"".join(history.stream(5, 40, 30))
    assert drawn == b"".join(history.stream(5, 40, 30))
    assert drawn.count(b"\nmark :") == 30
    assert drawn.count(b"merge :") == 7


@pytest.mark.slow
def test_the_quick_run_of_histories_measures_everything() -> None:
    figures = history.figures(quick=True, say=lambda _: None)
    assert figures["head_known_seconds"] < figures["cold_seconds"] < figures["each_file_seconds"]
    assert "reckoned from 100 |" in tables.TABLES["history"](figures)


# Documents of clients


def test_documents_are_drawn_alike_and_every_one_is_judged() -> None:
    made = documents.drawn(5, 40)
    assert made == documents.drawn(5, 40)
    register = documents.documents.register(made.workspace, made.state, made.events, Filed(), documents.AT, {})
    assert sum(len(some) for some in register.standings.values()) == 40


@pytest.mark.slow
def test_the_quick_run_of_documents_of_clients_measures_everything() -> None:
    figures = documents.figures(quick=True, say=lambda _: None)
    assert sum(figures["verdicts"].values()) == 500
    assert {"stale", "due", "current", "missing"} == set(figures["verdicts"])
    assert "| every document judged |" in tables.TABLES["documents"](figures)
