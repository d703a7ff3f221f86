"""The benchmarks still work: portfolios are what they claim, and the tables say what was measured."""

from __future__ import annotations

import sys
from pathlib import Path

import program
import pytest
import yaml

from benchmarks import fuzz, portfolio, tables, typos, validate
from benchmarks.measure import RESULTS, ROOT, Run, peak, run


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
