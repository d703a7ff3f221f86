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


HANDOVER = """\
  agreement: gold
  handover:
    from: bogdanov
    to: ivanova
    accepted: 2026-11-02
    checklist:
      access: {done: 2026-11-02}
"""
GOLD = """\
apiVersion: tamspec/v1
kind: Agreement
metadata: {name: gold}
spec: {type: sla, provider: unix, customer: acme}
"""


@pytest.fixture
def running(shop: Workspace) -> Workspace:
    """The shop in operation, handed over and under an agreement; its change is a major one, and well prepared."""
    shop.write("catalog/gold.yaml", GOLD)
    shop.write(
        "projects/shop/project.yaml",
        project("shop").replace("phase: implementation", "phase: operation") + HANDOVER,
    )
    shop.edit(
        "projects/shop/launch.yaml", "  state: approved\n", "  state: approved\n  category: major\n  contact: gusev\n"
    )
    return shop


def found(shop: Workspace, code: str) -> list[dict[str, object]]:
    return [one for one in shop.findings() if one["code"] == code]


def test_the_policy_says_what_every_handover_contains(running: Workspace) -> None:
    assert found(running, "TAM552") == []
    running.edit("tamspec.yaml", "sources", "handover: {access: All machines, runbook: Read by the shift}\nsources")
    (one,) = found(running, "TAM552")
    assert "runbook" in str(one["detail"])
    assert "access" not in str(one["detail"])
    assert [each["path"] for each in one["related"]] == ["projects/shop/project.yaml", "tamspec.yaml"]  # type: ignore[attr-defined]
    running.edit("projects/shop/project.yaml", "access:", "runbook: {done: 2026-11-01}\n      access:")
    assert found(running, "TAM552") == []


@pytest.mark.parametrize(
    ("policy", "lacking"),
    [
        ("", ["window", "way back", "coordination"]),
        ("demands: {emergency: [contact]}\n", ["window", "way back", "coordination"]),
        ("demands: {major: [contact, coordination]}\n", ["coordination"]),
        ("demands: {major: [contact]}\n", []),
        ("demands: {major: []}\n", []),
    ],
)
def test_the_policy_says_what_a_change_to_a_running_project_has(
    running: Workspace, policy: str, lacking: list[str]
) -> None:
    running.edit("tamspec.yaml", "sources", f"{policy}sources")
    told = " ".join(str(one["detail"]) for one in found(running, "TAM557"))
    assert [word for word in ("window", "way back", "contact", "coordination") if word in told] == lacking


def test_a_change_that_is_over_is_asked_for_nothing(running: Workspace) -> None:
    running.ok("apply", "launch")
    assert "TAM557" in codes(running)
    for key in ("net/provision.1/configure", "os/provision.1/install", "os/provision.1/harden"):
        running.run("order", "done", key, "--effort", "1h", at="2026-12-01T09:00:00Z")
    assert "TAM557" not in codes(running, at="2026-12-01T10:00:00Z")
