"""The story of the attacks, from what only the provider saw to what was done about it; on the sample, through its own
YAML and ledger."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from program import ROOT, Workspace, copy_of_sample

from tamspec import gitrepo, pipeline
from tamspec.desk.proposals import outcome, reward
from tamspec.desk.recurrence import clusters
from tamspec.model.values import Duration
from tamspec.model.workspace import ALWAYS, Recurrence
from tamspec.pipeline import Story

STORY = "projects/ticket-sales/attacks.yaml"
REGISTERS = {f"TAM{number}" for number in range(574, 588)} - {"TAM582"}


@pytest.fixture
def tickets(tmp_path: Path) -> Workspace:
    """The sample with the project of the attacks alone."""
    workspace = copy_of_sample(tmp_path / "sample")
    for name in ("acme-shop", "borealis", "resource-pool"):
        shutil.rmtree(workspace.root / "projects" / name)
    return workspace


def found(workspace: Workspace, at: str) -> list[tuple[str, str]]:
    """Code and severity of what the registers are found wrong in, but for days that had not come then: the documents
    are those of today."""
    answer = workspace.run("plan", "--output-format", "json", at=at)
    every: list[dict[str, Any]] = answer.data["findings"]
    return [(one["code"], one["severity"]) for one in every if one["code"] in REGISTERS]


def documents() -> dict[str, str]:
    """Kind and name → the text of a document of the story, as the sample has it."""
    found = {}
    for one in (ROOT / STORY).read_text(encoding="utf-8").split("---\n"):
        match = re.search(r"kind: (\w+)\nmetadata: {name: ([\w-]+)", one)
        assert match, one
        found[f"{match[1]}/{match[2]}"] = one
    return found


def tell(workspace: Workspace, *names: str, without: str = "") -> None:
    """Write only these documents of the story, as if the others were still to come."""
    texts = documents()
    kept = [texts[name] for name in names]
    workspace.write(STORY, re.sub(without, "", "---\n".join(kept)) if without else "---\n".join(kept))


def ledger_until(workspace: Workspace, at: str) -> None:
    """The ledger as it stood at an instant."""
    folder = workspace.root / "projects/ticket-sales/ledger"
    shutil.rmtree(folder)
    shutil.copytree(ROOT / "projects/ticket-sales/ledger", folder)
    for path in workspace.ledger():
        if Path(path).name[:16] > re.sub("[-:]", "", at).lower():
            (workspace.root / path).unlink()


FIRST, SECOND = "Observation/flood-2026-09-08", "Observation/flood-2026-09-22"
RISK, PROPOSAL = "Risk/tickets-flooded", "Proposal/filter-before-tickets"


def test_two_attacks_in_a_month_demand_a_risk(tickets: Workspace) -> None:
    tell(tickets, FIRST)
    assert "TAM581" not in [code for code, _ in found(tickets, "2026-09-23T09:00:00Z")]
    tell(tickets, FIRST, SECOND)
    answer = tickets.run("plan", "--output-format", "json", at="2026-09-23T09:00:00Z")
    [one] = [each for each in answer.data["findings"] if each["code"] == "TAM581"]
    line = 1 + tickets.text(STORY)[: tickets.text(STORY).index("flood-2026-09-22")].count("\n")
    assert (one["severity"], one["path"], one["line"]) == ("error", STORY, line)
    assert len(one["related"]) == 1
    assert answer.code == 1


def test_a_risk_that_is_drawn_from_them_is_enough_and_must_have_a_response(tickets: Workspace) -> None:
    at = "2026-09-24T09:00:00Z"
    answered = r"  (response|measures|proposal|change): .*\n"
    tell(tickets, FIRST, SECOND, RISK, without=f"{answered}|, flood-2026-10-06")
    assert found(tickets, at) == [("TAM576", "error")], "it scores 20, and the project is critical"
    tell(tickets, FIRST, SECOND)
    tickets.write(STORY, tickets.text(STORY) + "---\n" + RISK_ACCEPTED)
    assert found(tickets, at) == []


RISK_ACCEPTED = """\
apiVersion: tamspec/v1
kind: Risk
metadata: {name: tickets-flooded}
spec:
  project: ticket-sales
  event: An attack keeps buyers out.
  probability: 4
  severity: 5
  owner: lebedeva
  observations: [flood-2026-09-22]
  response: accept
  acceptedBy: larina
  acceptedOn: 2026-09-24
"""


def test_each_run_needs_a_risk_that_was_open_then(tickets: Workspace) -> None:
    """A risk that was closed later covers what came before; new attacks after it demand another one."""
    tell(tickets, FIRST, SECOND)
    risk = RISK_ACCEPTED + "  closed: 2026-09-30\n"
    tickets.write(STORY, f"{tickets.text(STORY)}---\n{risk}")
    assert found(tickets, "2026-10-01T09:00:00Z") == []
    third = documents()["Observation/flood-2026-10-06"].rstrip("\n") + "\n"
    tickets.write(STORY, f"{tickets.text(STORY)}---\n{third}")
    assert found(tickets, "2026-10-07T09:00:00Z") == [("TAM581", "error")]
    tickets.edit(STORY, "  closed: 2026-09-30\n", "")
    assert found(tickets, "2026-10-07T09:00:00Z") == []


def test_longer_than_the_window_apart_is_no_pattern(tickets: Workspace) -> None:
    tell(tickets, FIRST, SECOND)
    tickets.edit("tamspec.yaml", "within: 31d", "within: 13d")
    assert found(tickets, "2026-09-24T09:00:00Z") == []
    tickets.edit("tamspec.yaml", "within: 13d", "within: 15d")
    assert found(tickets, "2026-09-24T09:00:00Z") == [("TAM581", "error")]


def test_the_proposal_is_accepted_carried_out_and_rewarded_once_it_is_done(tickets: Workspace) -> None:
    """The same documents at three instants of the ledger."""
    seen = []
    for at in ("2026-10-05T06:00:00Z", "2026-10-14T13:00:00Z", "2026-10-16T12:00:00Z"):
        ledger_until(tickets, at)
        story = told(tickets, at)
        one = story.workspace.proposals["filter-before-tickets"]
        seen.append(
            (outcome(one, story.state, story.planned), reward(replace(one, reward=None), story.state, story.planned))
        )
    assert seen == [("accepted", "none"), ("accepted", "none"), ("implemented", "eligible")]
    assert reward(one, story.state, story.planned) == "given"


def told(workspace: Workspace, at: str) -> Story:
    files = gitrepo.files_in(workspace.root, ("catalog", "projects")).files
    settings, findings = pipeline.settings((workspace.root / "tamspec.yaml").read_bytes())
    tree = pipeline.Tree(settings=settings, findings=findings, files=files)
    return pipeline.tell(tree, datetime.fromisoformat(at))


def test_a_reward_before_the_work_is_done_is_an_error(tickets: Workspace) -> None:
    ledger_until(tickets, "2026-10-14T13:00:00Z")
    tickets.edit(STORY, "    given: 2026-11-18\n", "    given: 2026-10-12\n")
    assert ("TAM586", "error") in found(tickets, "2026-10-14T13:00:00Z")


def test_the_order_of_the_change_says_what_is_done(tickets: Workspace) -> None:
    ledger_until(tickets, "2026-10-04T00:00:00Z")
    answer = tickets.run("plan", "--output-format", "json", at="2026-10-05T06:00:00Z")
    steps = [one["step"] for one in answer.data["orders"] if one["change"] == "filter-tickets" and not one["standby"]]
    assert sorted(steps) == ["learn", "switch-over", "tune", "update-runbook"]


def test_every_part_is_written_in_a_kind_of_its_own() -> None:
    kinds = [name.partition("/")[0] for name in documents()]
    assert {"Observation", "Risk", "Proposal", "Decision"} <= set(kinds)


# The window


@given(st.lists(st.integers(0, 200), min_size=0, max_size=12), st.integers(2, 4), st.integers(1, 60))
def test_the_runs_are_those_that_a_search_by_hand_finds(days: list[int], times: int, within: int) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    things = [(begin + timedelta(day), at) for at, day in enumerate(sorted(days))]
    measure = Recurrence(times=times, within=Duration(minutes=within * 24 * 60))
    found = list(clusters(things, measure, ALWAYS))
    ordered = sorted(days)
    ends = [last for last in range(times - 1, len(days)) if ordered[last] - ordered[last - times + 1] <= within]
    assert found == [tuple(range(last - times + 1, last + 1)) for last in reversed(ends)]
