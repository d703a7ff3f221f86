"""Slips of the pen in a whole workspace: each is one finding on its line, with the word that was there. A sample of
what `python -m benchmarks typos` does with all of them."""

from __future__ import annotations

import random

import pytest

from benchmarks import typos
from benchmarks.typos import Bench, Told
from tamspec.suggest import did_you_mean, near, nearest

SITES = 100
"""Of each workspace; each is misspelt in four ways."""


@pytest.fixture(scope="module", params=sorted(typos.WORKSPACES))
def results(request: pytest.FixtureRequest) -> list[Told]:
    draw = random.Random(20261124)
    bench: Bench = typos.bench(typos.WORKSPACES[request.param])
    sites = draw.sample(typos.all_sites(bench), SITES)
    slips = [slip for site in sites for slip in typos.slips(site, draw) if not typos.passed_over(slip)]
    return [typos.told(bench, slip) for slip in slips]


def test_a_slip_is_one_finding_on_its_line_with_the_word_that_was_there(results: list[Told]) -> None:
    shares = typos.shares(results)
    wrong = typos.missed(results)
    assert shares["right_line"] == 100, wrong
    assert shares["one_finding"] >= 98, wrong
    assert shares["right_suggestion"] >= 95, wrong


def test_every_kind_of_word_is_misspelt(results: list[Told]) -> None:
    assert {one.slip.site.group for one in results} == set(typos.GROUPS)
    assert {one.slip.how for one in results} == set(typos.WAYS)


def test_the_sound_workspace_is_not_remembered_as_misspelt() -> None:
    bench = typos.bench(typos.SECOND)
    site = next(one for one in typos.all_sites(bench) if one.word == "service")
    (slip, *_) = typos.slips(site, random.Random(1))
    assert typos.told(bench, slip).findings == 1
    assert bench.findings(site.at.path, bench.tree.files[site.at.path]) == ()


NAMES = ("os", "db", "vm", "net", "web", "app", "with", "wait", "nginx", "fedorov", "egorov", "maximum")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("so", ("os",)),
        ("dn", ("db",)),
        ("bd", ("db",)),
        ("d", ("db",)),
        ("vmm", ("vm",)),
        ("nte", ("net",)),
        ("wev", ("web",)),
        ("ap", ("app",)),
        ("ngnix", ("nginx",)),
        ("NGINX", ("nginx",)),
        ("nginxs", ("nginx",)),
        ("edorov", ("fedorov",)),
        ("wit", ("with", "wait")),
        ("pqr", ()),
        ("xy", ()),
        ("z", ()),
        ("", ()),
        ("database", ()),
    ],
)
def test_nearest(written: str, meant: tuple[str, ...]) -> None:
    assert nearest(written, NAMES) == meant
    assert near(written, NAMES) == (meant[0] if meant else None)


def test_two_that_are_as_likely_are_both_offered() -> None:
    assert did_you_mean("wit", NAMES) == "Did you mean 'with' or 'wait'?"
    assert did_you_mean("serverss", ["servers"], written_as="${}") == "Did you mean '$servers'?"
    assert did_you_mean("xyz", NAMES) == ""


def test_the_order_of_the_candidates_makes_no_difference() -> None:
    assert nearest("wit", NAMES) == nearest("wit", reversed(NAMES))


def test_a_text_of_a_stranger_is_not_compared_letter_by_letter() -> None:
    assert near("a" * 10_000, ["a" * 9_999]) is None
