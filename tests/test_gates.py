"""Phases and gates: how complex a project is, who answers for it, and what its phase demands of it and its changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from program import Workspace, project, small


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return small(tmp_path)


def codes(shop: Workspace, at: str = "2026-11-23T09:00:00Z") -> list[str]:
    answer = shop.run("plan", "--output-format", "json", at=at)
    return [one["code"] for one in answer.data["findings"]]


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("", "simple"),
        ("complexity: {complex: 2}\n", "complex"),
        ("complexity: {complex: 2, hard: 2}\n", "hard"),
        ("complexity: {complex: 3, hard: 4}\n", "simple"),
    ],
)
def test_the_policy_says_how_complex_a_project_is(shop: Workspace, policy: str, told: str) -> None:
    shop.edit("tamspec.yaml", "sources", f"{policy}sources")
    shop.ok("build", "--out", "site")
    assert f"{told}: 2 departments build and support it" in shop.text("site/projects/shop/index.html")
    assert f"<td>{told}</td>" in shop.text("site/projects.html")


def test_the_policy_says_from_how_many_departments_on_a_project_needs_a_tam(shop: Workspace) -> None:
    shop.write("projects/shop/project.yaml", project("shop").replace("phase: implementation", "phase: design"))
    shop.edit("projects/shop/project.yaml", ", deputy: petrov", "")
    assert codes(shop) == []
    shop.edit("tamspec.yaml", "sources", "complexity: {needsTam: 2}\nsources")
    assert codes(shop) == ["TAM346"]
