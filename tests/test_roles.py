"""Roles beside the department: what they take from it and when, who is in which role, and who could hold a project.

Everybody works from nine to five, so that an hour is an hour and a week has forty for each person.
"""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
from program import Workspace, project, small
from story import Desk
from test_workload import Tasks, day, desk, load

from tamspec import resources
from tamspec.desk.roles import matrix, roster

IVANOVA = "apiVersion: tamspec/v1\nkind: Person\nmetadata: {name: ivanova}\nspec: {department: unix, %s}\n"


def with_ivanova(spec: str, tasks: Tasks | None = None, **more: object) -> Desk:
    """The department of two people, one of whom is a TAM as it is written."""
    one = desk(tasks or {"one": {"department": "unix", "effort": "4h"}}, **more)  # type: ignore[arg-type]
    one.write("ivanova.yaml", IVANOVA % spec)
    return one


def hours(one: Desk) -> list[float]:
    """What the department has of each week."""
    return [use.capacity / 60 for use in load(one.plan, "unix").weeks]


# -- what roles take of a department -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "weeks"),
    [
        ("tamShare: 30%", [68] * 8),
        ("tamShare: 30%, tam: {status: active}", [68] * 8),
        ("tamShare: 30%, tam: {status: onboarding}", [68] * 8),
        ("tamShare: 30%, tam: {status: candidate}", [80] * 8),
        ("tamShare: 30%, tam: {status: ended}", [80] * 8),
        ("tamShare: 30%, tam: {status: onboarding, from: 2026-03-16}", [80] * 2 + [68] * 6),
        ("tamShare: 30%, tam: {from: 2026-03-18}", [80] * 2 + [16 * 2 + 8 * 3 * 1.7] + [68] * 5),
        ("tamShare: 30%, tam: {from: 2025-01-01, to: 2026-03-15}", [68] * 2 + [80] * 6),
        ("tamShare: 30%, tam: {from: 2026-03-15, to: 2026-03-14}", [80] * 8),
        ("tamShare: 30%, otherShares: {shift-lead: 20%}", [60] * 8),
        ("otherShares: {shift-lead: 20%}", [72] * 8),
        ("tamShare: 30%, otherShares: {shift-lead: 20%}, tam: {status: candidate}", [72] * 8),
        ("tamShare: 60%, otherShares: {shift-lead: 60%}", [40] * 8),
    ],
)
def test_a_department_misses_the_shares_of_roles_that_are_in_force(spec: str, weeks: list[float]) -> None:
    assert hours(with_ivanova(spec)) == pytest.approx(weeks)


def test_who_is_away_is_missed_once_whatever_the_role() -> None:
    role = "tamShare: 30%, otherShares: {shift-lead: 20%}, tam: {from: 2026-03-11}"
    spec = f"{role}, absences: [{{from: 2026-03-09, to: 2026-03-12}}]"
    assert hours(with_ivanova(spec))[:3] == pytest.approx([72, 4 * 8 + 12, 60])


def test_days_of_a_role_are_those_of_the_home_department() -> None:
    one = with_ivanova("tamShare: 30%, tam: {from: 2026-03-03}")
    for path, text in one.files.items():
        one.write(path, text.replace("timeZone: UTC", "timeZone: Pacific/Kiritimati"))
    # On the island the third day of March begins fourteen hours before it does in UTC.
    assert hours(one)[0] == pytest.approx((80 - 4 * 8 * 0.3) - 80 / 5)


def test_work_is_placed_in_what_is_left_when_a_role_begins_in_the_middle() -> None:
    tasks: Tasks = {
        "first": {"department": "network", "effort": "7h"},
        "second": {"department": "network", "effort": "7h", "dependsOn": ["first"]},
    }
    one = desk(tasks)
    assert one.plan.schedule["shop/change:c/second"].finish == day(3, 15)
    person = IVANOVA.replace("unix", "network") % "tamShare: 30%, tam: {status: onboarding, from: 2026-03-03}"
    one.write("ivanova.yaml", person)
    dates = one.plan.schedule
    assert not one.plan.unplaced, "a department that will have seven tenths of a person works with seven"
    assert dates["shop/change:c/first"].finish == datetime(2026, 3, 3, 11, tzinfo=UTC)
    assert dates["shop/change:c/second"].finish == datetime(2026, 3, 4, 13, tzinfo=UTC)


def test_a_tam_has_no_time_for_the_role_before_it_begins_and_after_it_has_ended() -> None:
    tasks: Tasks = {"plan": {"party": "tam", "effort": "3h"}}

    def dates(role: str) -> datetime | None:
        one = with_ivanova(f"tamShare: 30%, tam: {role}", tasks)
        one.edit("provider.yaml", "{client: acme,", "{client: acme, team: {tam: ivanova},")
        found = one.plan.schedule.get("shop/change:c/plan")
        return found.start if found else None

    assert dates("{status: active}") == day(2, 9)
    assert dates("{status: onboarding, from: 2026-03-18}") == day(18, 9)
    assert dates("{status: ended}") is None
    assert dates("{to: 2026-03-02}") is None


# -- rules that need the settings --------------------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """A workspace whose TAMs are to be trained in two parts."""
    workspace = small(tmp_path)
    workspace.edit("tamspec.yaml", "sources", "training: [levels, incidents]\nsources")
    return workspace


def roles_found(shop: Workspace) -> list[tuple[str, str]]:
    found = shop.run("plan", "--output-format", "json").data["findings"]
    return [(one["code"], f"{one['path']}:{one['line']}") for one in found if "TAM540" <= one["code"] < "TAM550"]


def test_who_is_not_trained_holds_no_project_alone(shop: Workspace) -> None:
    alone = [("TAM548", "projects/shop/project.yaml:8")]
    assert roles_found(shop) == alone, "neither the TAM nor the deputy is trained"
    for name, department in (("petrov", "network"), ("ivanova", "unix")):
        whole = "{levels: 2026-03-02, incidents: 2026-11-23}"
        before = f"{department}, tamShare: 30%"
        after = f"{before}, tam: {{training: {whole}}}"
        shop.edit("catalog/provider.yaml", before, after)
        assert roles_found(shop) == [], f"{name} is trained since today"
        for other in ("{levels: 2026-03-02, incidents: 2026-11-24}", "{levels: 2026-03-02}", "{}"):
            shop.edit("catalog/provider.yaml", whole, other)
            assert roles_found(shop) == alone
            shop.edit("catalog/provider.yaml", f"{{training: {other}}}", f"{{training: {whole}}}")
        shop.edit("catalog/provider.yaml", after, before)
    trained = "tam: {status: onboarding, training: {levels: 2026-03-02, incidents: 2026-03-02}}"
    shop.edit("catalog/provider.yaml", "network, tamShare: 30%", f"network, tamShare: 30%, {trained}")
    assert roles_found(shop) == alone, "a deputy who is still learning the role does not stand in alone"
    shop.edit("projects/shop/project.yaml", "implementation", "design")
    assert roles_found(shop) == []


# -- who could hold a project ------------------------------------------------------------------------------------------

PEOPLE = """\
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: both}
spec: {department: network, tamShare: 30%, competencies: {own: [unix]}}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: speaks}
spec: {department: network, tamShare: 30%, competencies: {own: [unix], communication: 5, leading: 4}}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: beside}
spec: {department: unix, tamShare: 30%, competencies: {adjacent: [network]}}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: soon}
spec: {department: network, tamShare: 30%, tam: {status: candidate}, competencies: {own: [unix]}}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: gone}
spec: {department: network, tamShare: 30%, tam: {status: ended}, competencies: {own: [unix]}}
"""


@pytest.fixture
def staffed(tmp_path: Path) -> Workspace:
    """The shop, which involves both departments, and more people who could hold it."""
    workspace = small(tmp_path)
    workspace.write("catalog/provider.yaml", workspace.text("catalog/provider.yaml") + PEOPLE)
    return workspace


def scores(staffed: Workspace) -> list[tuple[str, int]]:
    answer = staffed.ok("staff", "shop", "--output-format", "json").data
    jsonschema.validate(answer, resources.schema("output/staff"), cls=jsonschema.Draft202012Validator)
    assert answer["departments"] == ["network", "unix"]
    return [(one["person"], one["score"]) for one in answer["matches"]]


def test_who_knows_the_fields_of_a_project_is_proposed_for_it(staffed: Workspace) -> None:
    assert scores(staffed) == [
        ("speaks", 100),
        ("both", 100),
        ("beside", 75),
        ("ivanova", 50),
        ("petrov", 50),
        ("soon", 100),
    ], "who has the role comes first, how one speaks with clients decides between two who are alike, nobody who is gone"


def test_what_speaks_against_somebody_is_taken_off_and_told(staffed: Workspace) -> None:
    catalog = "catalog/provider.yaml"
    text = staffed.text(catalog)
    staffed.edit(catalog, "leading: 4}}", "leading: 4}, absences: [{from: 2026-12-21, to: 2026-12-22}]}")
    assert dict(scores(staffed))["speaks"] == 90, "away in four weeks"
    staffed.edit(catalog, "from: 2026-12-21", "from: 2026-12-22")
    assert dict(scores(staffed))["speaks"] == 100
    staffed.edit(catalog, "from: 2026-12-22, to: 2026-12-22", "from: 2026-11-16, to: 2026-11-22")
    assert dict(scores(staffed))["speaks"] == 100, "back since today"
    staffed.write(catalog, text)
    staffed.edit("tamspec.yaml", "sources", "training: [levels]\nsources")
    both = "metadata: {name: both}\nspec: {"
    staffed.edit(catalog, both, f"{both}tam: {{training: {{levels: 2026-11-23}}}}, ")
    assert (dict(scores(staffed))["speaks"], dict(scores(staffed))["both"]) == (80, 100)
    staffed.write("projects/mail/project.yaml", project("mail").replace("tam: ivanova", "tam: both, share: 20%"))
    assert dict(scores(staffed))["both"] == 100, "ten percent are left, and the shop does not say what it takes"
    staffed.edit("projects/shop/project.yaml", "tam: ivanova", "tam: ivanova, share: 12%")
    assert dict(scores(staffed))["both"] == 70
    told = staffed.ok("staff", "shop").out
    assert "Has 10 % of the working time left; the project takes 12 %." in told
    assert "Has not passed levels, and so needs a deputy who has." in told
    assert "Is TAM of it now." in told


def test_a_project_that_is_not_there(staffed: Workspace) -> None:
    assert "Did you mean 'shop'?" in staffed.run("staff", "shpo").err
    answer = staffed.run("staff", "nothing-like-it")
    assert (answer.code, answer.out) == (2, "")
    assert "There are shop." in answer.err


def test_a_title_of_two_lines_stays_in_its_line(staffed: Workspace) -> None:
    before = staffed.ok("staff", "shop").out
    staffed.edit("catalog/provider.yaml", "{name: both}", '{name: both, title: "A\\n  1. nobody"}')
    assert len(staffed.ok("staff", "shop").out.splitlines()) == len(before.splitlines())


# -- roster and competencies -------------------------------------------------------------------------------------------


def test_the_roster_tells_each_month_who_is_in_the_role_and_with_how_much_time() -> None:
    one = with_ivanova("tamShare: 30%, tam: {status: onboarding, from: 2026-03-16, to: 2026-05-29}")
    away = "[{from: 2026-04-01, to: 2026-04-15}, {from: 2026-04-10, to: 2026-04-15}]"
    one.edit("ivanova.yaml", "tam:", f"absences: {away}, tam:")
    [row] = roster(one.seen.workspace, one.now.date(), 4).rows
    assert row.standings == ("onboarding", "onboarding", "onboarding", "ended")
    # Twelve of the 22 weekdays of March; April has 22 of which eleven are away; May to its last weekday.
    assert row.tenths == (Fraction(36, 22), Fraction(33, 22), Fraction(3), Fraction(0))
    earlier = roster(one.seen.workspace, day(1, 0).date().replace(month=1), 2).rows[0]
    assert earlier.standings == ("to come", "to come")


def test_the_roster_counts_projects_by_their_tenures() -> None:
    one = with_ivanova("tamShare: 30%")
    one.write("petrov.yaml", IVANOVA.replace("ivanova", "petrova") % "tamShare: 30%")
    tenures = "tenures: [{tam: petrova, from: 2026-01-01, to: 2026-03-31}, {tam: ivanova, from: 2026-04-16}],"
    one.edit("provider.yaml", "{client: acme,", f"{{client: acme, team: {{tam: petrova, share: 20%}}, {tenures}")
    found = roster(one.seen.workspace, one.now.date(), 3)
    taken = {row.person: row.taken for row in found.rows}
    assert taken == {"petrova": (2, 0, 0), "ivanova": (0, 1, 2)}
    assert [found.taken(month) for month in range(3)] == [2, 1, 2]


def test_the_matrix_says_whose_field_a_department_is() -> None:
    one = with_ivanova("tamShare: 30%, competencies: {adjacent: [network], communication: 4}")
    found = matrix(one.seen.workspace)
    assert found.departments == ("network", "unix")
    assert [(row.person, row.fields) for row in found.rows] == [("ivanova", ("adjacent", "home"))]
    assert found.nobody() == ("network",)
