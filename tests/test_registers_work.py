"""Registers at work: documents that are written from the command line, and what a branch is told of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from program import Workspace, small


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    workspace = small(tmp_path)
    workspace.edit("projects/shop/project.yaml", "criticality: medium", "criticality: high")
    workspace.edit("tamspec.yaml", "sources", "observations: {times: 2, within: 31d}\nsources")
    return workspace


def seen(shop: Workspace, name: str, instant: str, kind: str = "attack") -> str:
    shop.ok(
        *("new", "observation", name, "--project", "shop", "--type", kind, "--seen", instant),
        *("--text", "Sixty times the usual requests.", "--components", "os", "--by", "petrov"),
    )
    return f"projects/shop/observations/{name}.yaml"


def test_who_takes_a_risk_away_is_told_on_the_branch(shop: Workspace) -> None:
    """The observation that is left without it stands in a file that nobody touched."""
    shop.start_git()
    second = seen(shop, "second", "2026-11-15T10:00:00Z")
    seen(shop, "first", "2026-11-01T10:00:00Z")
    shop.ok(
        *("new", "risk", "flooded", "--project", "shop", "--event", "Buyers are kept out.", "--probability", "2"),
        *("--severity", "2", "--owner", "ivanova", "--observations", "first"),
    )
    shop.commit("two attacks and a risk")
    shop.edit("projects/shop/risks/flooded.yaml", "  observations: [first]\n", "")
    answer = shop.run("plan", "--base", "HEAD", "--output-format", "json")
    assert [(one["code"], one["path"]) for one in answer.data["findings"]] == [("TAM581", second)]
