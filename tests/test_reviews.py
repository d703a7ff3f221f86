"""From an incident to the work that keeps it from coming back: causes, actions, work orders, recurrence."""

from __future__ import annotations

from pathlib import Path

import pytest
from program import Workspace, change, project, small

from tamspec import units

INCIDENT = """\
apiVersion: tamspec/v1
kind: Incident
metadata: {{name: {name}}}
spec:
  project: shop
  type: disk-full
  severity: major
  components: [os]
  reported: {day}T07:00:00Z
  resolved: {day}T15:00:00Z
"""
REVIEW = """\
apiVersion: tamspec/v1
kind: Review
metadata: {{name: {name}}}
spec:
  project: shop
  of: [{of}]
  held: {held}
  timeline: {{"2026-11-02T07:00:00Z": The client calls}}
  cause: {{name: no-alarm, text: Disks are in nobody's monitoring, departments: [unix, network]}}
  actions:
    alarm: {{text: Every disk has an alarm, change: {change}}}
"""
ALARM = change("disk-alarms", "shop", more="  tasks:\n    alarm: {department: unix, effort: 2h}\n")


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    workspace = small(tmp_path)
    workspace.write("projects/shop/first.yaml", INCIDENT.format(name="first", day="2026-11-02"))
    workspace.write(
        "projects/shop/review.yaml", REVIEW.format(name="why", of="first", held="2026-11-04", change="disk-alarms")
    )
    workspace.write("projects/shop/disk-alarms.yaml", ALARM)
    return workspace


def codes(shop: Workspace, at: str = "2026-11-23T09:00:00Z") -> list[str]:
    answer = shop.run("plan", "--output-format", "json", at=at)
    return [one["code"] for one in answer.data["findings"] if one["code"] >= "TAM520"]


def test_an_action_of_a_review_becomes_a_work_order(shop: Workspace) -> None:
    orders = {one["key"]: one for one in shop.plan()["orders"]}
    assert orders["shop/change:disk-alarms/alarm"]["department"] == "unix"
    assert codes(shop) == []


def test_a_major_incident_is_reviewed_in_the_working_days_of_the_client(shop: Workspace) -> None:
    shop.edit("projects/shop/review.yaml", "  held: 2026-11-04\n", "")
    # Resolved on Monday at 15:00; five working days later is Monday at 15:00.
    assert codes(shop, "2026-11-09T14:59:59Z") == []
    assert codes(shop, "2026-11-09T15:00:00Z") == ["TAM527"]
    shop.edit("tamspec.yaml", "sources", "reviewWithin: 10wd\nsources")
    assert codes(shop, "2026-11-09T15:00:00Z") == []


@pytest.mark.parametrize("back_out", ["", "  backOut:\n    silence: {department: unix, effort: 1h}\n"])
def test_the_same_cause_after_its_actions_were_done(shop: Workspace, back_out: str) -> None:
    shop.write("projects/shop/disk-alarms.yaml", ALARM + back_out)  # which nobody called for
    shop.ok("apply", "disk-alarms", at="2026-11-04T09:00:00Z")
    shop.ok("order", "done", "change:disk-alarms/alarm", "--effort", "2h", at="2026-11-05T12:00:00Z")
    shop.write("projects/shop/second.yaml", INCIDENT.format(name="second", day="2026-11-16"))
    again = REVIEW.format(name="why-again", of="second", held="2026-11-18", change="disk-alarms")
    shop.write("projects/shop/again.yaml", again)
    assert codes(shop) == ["TAM528"]
    shop.edit("projects/shop/second.yaml", "2026-11-16T07", "2026-11-03T07")  # before anything was done about it
    assert codes(shop) == []


def test_incidents_that_keep_coming_are_reviewed_together(shop: Workspace) -> None:
    shop.edit("tamspec.yaml", "sources", "recurrence: {times: 3, within: 30d}\nsources")
    for name, day in (("second", "2026-11-09"), ("third", "2026-11-20")):
        shop.write(f"projects/shop/{name}.yaml", INCIDENT.format(name=name, day=day).replace("major", "minor"))
    assert codes(shop) == ["TAM529"]
    shop.edit("projects/shop/review.yaml", "of: [first]", "of: [first, second, third]")
    assert codes(shop) == []
    shop.edit("projects/shop/review.yaml", "of: [first, second, third]", "of: [first]")
    shop.edit("projects/shop/third.yaml", "type: disk-full", "type: network")
    assert codes(shop) == []


def test_validate_and_plan_find_the_same_of_what_is_written(shop: Workspace) -> None:
    shop.edit("projects/shop/review.yaml", "change: disk-alarms", "change: nobody")
    shop.edit("projects/shop/first.yaml", "components: [os]", "components: [os]\n  missed: [resolution]")
    found = [(one["code"], one["path"]) for one in shop.findings()]
    assert ("TAM203", "projects/shop/review.yaml") in found
    shop.edit("projects/shop/review.yaml", "change: nobody", "change: disk-alarms")
    assert [(one["code"], one["path"]) for one in shop.findings()] == [("TAM520", "projects/shop/first.yaml")]


def test_what_belongs_to_another_project_is_told_however_many_there_are(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Projects are judged some at a time, so the other one may not be at hand."""
    monkeypatch.setattr(units, "AT_ONCE", 1)
    shop.write("projects/store/project.yaml", project("store"))
    shop.write("projects/store/incident.yaml", INCIDENT.format(name="other", day="2026-11-02").replace("shop", "store"))
    shop.write("projects/store/change.yaml", change("store-launch", "store", "net", "os"))
    shop.edit("projects/shop/review.yaml", "of: [first]", "of: [first, other]")
    shop.edit("projects/shop/review.yaml", "change: disk-alarms", "change: store-launch")
    found = [(one["code"], one["path"]) for one in shop.findings()]
    assert found == [("TAM525", "projects/shop/review.yaml"), ("TAM523", "projects/shop/review.yaml")]
