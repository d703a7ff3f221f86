"""What a service manager is told of a promise before it is signed: YAML in, verdicts, instants and ways out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from program import Answer, Workspace

AGREEMENTS = "catalog/agreements.yaml"
ROOT = Path(__file__).resolve().parent.parent

PROVIDER = """\
apiVersion: tamspec/v1
kind: Calendar
metadata: {name: office}
spec: {timeZone: Europe/Berlin, hours: {mon-fri: ["08:00-18:00"]}}
---
apiVersion: tamspec/v1
kind: Department
metadata: {name: desk}
spec: {manager: weber, calendar: office, capacity: {people: 4}, dutyHours: office}
---
apiVersion: tamspec/v1
kind: Department
metadata: {name: dba}
spec: {manager: weber, calendar: office, dutyHours: office, capacity: {people: 2}}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: weber}
spec: {department: desk}
---
apiVersion: tamspec/v1
kind: Client
metadata: {name: borealis}
spec:
  calendar: office
  contacts:
    brandt: {title: Lena Brandt, role: technical}
    hoffmann: {title: Katrin Hoffmann, role: decision-maker}
"""

DESK = "capacity: {people: 4}, dutyHours: "

GOLD = """\
apiVersion: tamspec/v1
kind: Agreement
metadata: {name: gold}
spec:
  type: sla
  provider: desk
  customer: borealis
  serviceHours: always
  validFrom: 2025-01-01
  validTo: 2025-12-31
  clocks: {resolution: {start: reported, stop: restored}}
  priorities:
    p1: {resolution: 4h}
  path:
    - ola-desk
---
apiVersion: tamspec/v1
kind: Agreement
metadata: {name: ola-desk}
spec:
  type: ola
  provider: desk
  customer: dba
  clocks: {resolution: {start: reported, stop: assigned}}
  priorities:
    p1: {resolution: 15m}
"""

DBA = """\
---
apiVersion: tamspec/v1
kind: Agreement
metadata: {name: ola-dba}
spec:
  type: ola
  provider: dba
  customer: desk
  clocks: {resolution: {start: assigned, stop: handed-back}}
  priorities:
    p1: {resolution: 2h}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return written(tmp_path, PROVIDER, GOLD)


def written(folder: Path, provider: str, agreements: str) -> Workspace:
    made = Workspace(folder)
    made.write("tamspec.yaml", "apiVersion: tamspec/v1\nsources: [catalog]\n")
    made.write("catalog/provider.yaml", provider)
    made.write("catalog/agreements.yaml", agreements)
    return made


def checked(shop: Workspace, *names: str) -> Answer:
    return shop.run("sla", "check", *names, "--output-format", "json")


def target(shop: Workspace, name: str = "gold", index: int = 0) -> Any:
    [agreement] = [one for one in checked(shop).data["agreements"] if one["agreement"] == name]
    return agreement["targets"][index]


def edit(shop: Workspace, old: str, new: str) -> None:
    """Replace what stands first."""
    assert old in shop.text(AGREEMENTS)
    shop.write(AGREEMENTS, shop.text(AGREEMENTS).replace(old, new, 1))


def add(shop: Workspace, more: str) -> None:
    shop.write(AGREEMENTS, shop.text(AGREEMENTS) + more)


# -- the three figures ------------------------------------------------------------------------------------------------


def test_a_desk_in_office_hours_behind_a_promise_around_the_clock(shop: Workspace) -> None:
    """The week-end on which the clocks go back is an hour longer than the others."""
    made = target(shop)
    assert (made["verdict"], made["worst"]["elapsed_hours"]) == ("refuted", 63.25)
    assert made["worst"]["arrival"] == "2025-10-24T16:00:00Z"
    assert (made["ordinary"]["elapsed_hours"], made["time_zone"]) == (62.25, "Europe/Berlin")
    [[hand]] = made["worst"]["stages"]
    assert hand["away"] == ["2025-10-24T16:00:00Z", "2025-10-27T07:00:00Z"]
    # On each of 261 days a case is in time from 3 h 45 min before the desk opens until a quarter before it closes.
    assert made["missed_share"] == pytest.approx(1 - 261 * (3.75 + 9.75) / 8760, abs=1e-5)


def test_the_case_of_the_database_over_new_year(tmp_path: Path) -> None:
    """A desk that takes half an hour at any time, two hours of a team that is there from 9 to 18 in Moscow."""
    calendars = (ROOT / "catalog" / "calendars.yaml").read_text(encoding="utf-8")
    office = next(text for text in calendars.split("---\n") if "name: office-msk" in text)
    office = office.replace("office-msk", "office").replace('"09:00-13:00", "14:00-18:00"', '"09:00-18:00"')
    office = office.replace('"09:00-13:00", "14:00-17:00"', '"09:00-17:00"')
    gold = GOLD.replace("2025-01-01", "2026-01-01").replace("2025-12-31", "2027-12-31").replace("15m", "30m")
    gold = gold.replace("    - ola-desk\n", "    - ola-desk\n    - ola-dba\n  attainment: {target: 95%}\n")
    gold = gold.replace("  customer: dba\n", "  customer: dba\n  serviceHours: always\n")
    shop = written(tmp_path, office + PROVIDER[PROVIDER.index("---") :], gold + DBA)
    made = target(shop)
    assert (made["verdict"], made["worst"]["elapsed_hours"]) == ("refuted", 281.5)
    assert made["worst"]["arrival"].startswith("2026-12-30T12:30:")
    assert (round(made["missed_share"], 2), made["promised_percent"]) == (0.76, 95)


def test_the_same_hours_everywhere_add_up(shop: Workspace) -> None:
    edit(shop, "serviceHours: always", "serviceHours: office")
    edit(shop, "    - ola-desk\n", "    - ola-desk\n    - [ola-dba, ola-desk]\n")
    add(shop, DBA)
    made = target(shop)
    assert (made["verdict"], made["missed_share"]) == ("kept", 0)
    assert made["worst"]["elapsed_hours"] == made["ordinary"]["elapsed_hours"] == 2.25


def test_who_works_at_the_same_time_does_not_add_up(shop: Workspace) -> None:
    edit(shop, "    - ola-desk\n", "    - [ola-desk, ola-dba]\n")
    add(shop, DBA.replace("assigned", "reported"))
    assert target(shop)["worst"]["elapsed_hours"] == 63 + 2


# -- what would be enough ---------------------------------------------------------------------------------------------


def test_each_way_out_is_enough_and_the_smallest(shop: Workspace) -> None:
    """With the quickest agreement the promise is kept, with a minute more it is not; likewise the shortest target."""
    edit(shop, "serviceHours: always", "serviceHours: office")
    edit(shop, "{resolution: 4h}", "{resolution: 1h}")
    edit(shop, "    - ola-desk\n", "    - ola-desk\n    - ola-dba\n")
    add(shop, DBA)
    ways = {one["kind"]: one for one in target(shop)["ways"]}
    assert (ways["faster"]["who"], ways["faster"]["hours"]) == ("ola-dba", 0.75)
    assert ways["target"]["hours"] == 2.25
    edit(shop, "{resolution: 2h}", "{resolution: 45m}")
    assert target(shop)["verdict"] == "kept"
    edit(shop, "{resolution: 45m}", "{resolution: 46m}")
    assert target(shop)["verdict"] == "refuted"


def test_longer_duty_is_proposed_where_it_is_enough(shop: Workspace) -> None:
    [way] = [one for one in target(shop)["ways"] if one["kind"] == "duty"]
    assert (way["who"], way["duty"]) == ("desk", "around the clock")
    edit(shop, "  customer: dba\n", "  customer: dba\n  serviceHours: always\n")
    assert target(shop)["verdict"] == "kept"


def test_a_promised_attainment_leaves_some_instants(shop: Workspace) -> None:
    share = target(shop)["missed_share"]
    edit(shop, "  serviceHours: always", "  attainment: {target: 40%}\n  serviceHours: always")
    assert 0.6 > share > 0.5
    made = target(shop)
    assert (made["verdict"], made["ways"], checked(shop).code) == ("seldom", [], 0)
    edit(shop, "target: 40%", "target: 50%")
    made = target(shop)
    assert (made["verdict"], checked(shop).code) == ("refuted", 1)
    [longer] = [one["hours"] for one in made["ways"] if one["kind"] == "target"]
    edit(shop, "{resolution: 4h}", f"{{resolution: {int(longer * 60)}m}}")
    assert target(shop)["verdict"] == "seldom"
    edit(shop, f"{int(longer * 60)}m", f"{int(longer * 60) - 15}m")
    assert target(shop)["verdict"] == "refuted"


def test_duty_is_proposed_for_one_department_alone(shop: Workspace) -> None:
    """Two that work by the same calendar: with one of them there at night the other still sleeps."""
    edit(shop, "    - ola-desk\n", "    - ola-desk\n    - ola-dba\n")
    add(shop, DBA)
    assert [one["kind"] for one in target(shop)["ways"]] == ["target"]


def test_days_of_different_hours(shop: Workspace) -> None:
    shop.edit("catalog/provider.yaml", 'mon-fri: ["08:00-18:00"]', 'mon-wed: ["08:00-18:00"], thu-sat: ["10:00-20:00"]')
    duty = [one["duty"] for one in target(shop)["ways"] if one["kind"] == "duty"]
    assert duty == ["around the clock"]
    assert "TAM392" in [one["code"] for one in shop.findings()]


def test_a_path_with_too_many_ways_through_it_is_not_followed(shop: Workspace) -> None:
    both = "".join("    - [ola-desk, ola-dba]\n" for _ in range(10))
    edit(shop, "    - ola-desk\n", both)
    add(shop, DBA.replace("assigned", "reported"))
    assert target(shop)["verdict"] == "unproven"


# -- who is told ------------------------------------------------------------------------------------------------------


LATE = """\
apiVersion: tamspec/v1
kind: Calendar
metadata: {name: late}
spec: {timeZone: Europe/Berlin, hours: {mon-fri: ["13:00-18:00"]}}
"""


def test_narrower_duty_hours_name_every_agreement_that_they_break(shop: Workspace) -> None:
    edit(shop, "serviceHours: always", "serviceHours: office")
    gold = shop.text(AGREEMENTS).partition("---\n")[0]
    add(shop, "---\n" + gold.replace("name: gold", "name: silver"))
    assert shop.findings() == []
    shop.write("catalog/late.yaml", LATE)
    shop.edit("catalog/provider.yaml", f"{DESK}office", f"{DESK}late")
    broken = [one for one in shop.findings() if one["code"] == "TAM392"]
    lines = [at for at, line in enumerate(shop.text(AGREEMENTS).splitlines(), 1) if "resolution: 4h" in line]
    assert [(one["path"], one["line"]) for one in broken] == [(AGREEMENTS, line) for line in lines]
    duty = next(at for at, line in enumerate(PROVIDER.splitlines(), 1) if DESK in line)
    for one in broken:
        assert ("catalog/provider.yaml", duty) in {(other["path"], other["line"]) for other in one["related"]}


def test_the_finding_and_the_check_say_the_same(shop: Workspace) -> None:
    [found] = [one for one in shop.findings() if one["code"] == "TAM392"]
    for figure in ("Fri 24 Oct 2025 18:00", "63h 15m", "62h 15m"):
        assert figure in found["detail"]
        assert figure in shop.run("sla", "check").out
    assert "on duty around the clock" in found["hint"]


def test_json_fits_its_schema(shop: Workspace) -> None:
    schema = json.loads((ROOT / "schemas/output/sla-check.schema.json").read_text(encoding="utf-8"))
    add(shop, part("power", "99.9"))
    for answer in (checked(shop), checked(shop, "gold"), checked(Workspace(ROOT))):
        jsonschema.validate(answer.data, schema, cls=jsonschema.Draft202012Validator)


def test_what_is_asked_for_and_is_not_there(shop: Workspace) -> None:
    answer = shop.run("sla", "check", "golt")
    assert (answer.code, answer.out) == (2, "")
    assert "Did you mean 'gold'?" in answer.err


def test_a_tree_that_does_not_load_is_told_as_findings(shop: Workspace) -> None:
    edit(shop, "provider: desk", "provider: dsk")
    answer = shop.run("sla", "check")
    assert answer.code == 1
    assert "TAM203" in answer.out


# -- the hours of nobody, and those of never --------------------------------------------------------------------------


def test_gaps_tell_the_first_and_the_longest(shop: Workspace) -> None:
    [agreement] = [one for one in checked(shop).data["agreements"] if one["agreement"] == "gold"]
    [gap] = agreement["gaps"]
    assert gap["longest"] == ["2025-10-24T16:00:00Z", "2025-10-27T07:00:00Z"]
    assert gap["first"] == ["2025-01-01T00:00:00Z", "2025-01-01T07:00:00Z"]
    assert gap["gap_hours"] == 8760 - 2610


def test_somebody_who_never_comes_back_proves_nothing(shop: Workspace) -> None:
    once = LATE.replace("late", "once").replace("hours: {", 'overrides: {2025-03-03: ["09:00-10:00"]}, hours: {')
    shop.write("catalog/once.yaml", once.replace('mon-fri: ["13:00-18:00"]', "mon: []"))
    edit(shop, "  customer: dba\n", "  customer: dba\n  serviceHours: once\n")
    made = target(shop)
    assert made["verdict"] == "unproven"
    assert "not on duty any more" in made["why"]
    assert [one["code"] for one in shop.findings()] == ["TAM392"]


# -- availability -----------------------------------------------------------------------------------------------------


def part(name: str, share: str) -> str:
    return (
        f"---\napiVersion: tamspec/v1\nkind: Agreement\nmetadata: {{name: {name}}}\n"
        f"spec: {{type: uc, supplier: S, customer: desk, serviceHours: always, availability: {{target: {share}%}}}}\n"
    )


@pytest.mark.parametrize(
    ("parts", "shares", "made"),
    [
        ("a: {agreements: [a]}, b: {agreements: [b]}", {"a": "99.95", "b": "99.99"}, 99.940005),
        ("ab: {agreements: [a, b], atLeast: 1}", {"a": "99.99", "b": "99.9"}, 99.99999),
        ("all: {agreements: [a, b, c, d], atLeast: 3}", dict.fromkeys("abcd", "90"), 94.77),
    ],
)
def test_availability_of_what_is_made_of_parts(
    shop: Workspace, parts: str, shares: dict[str, str], made: float
) -> None:
    edit(shop, "    - ola-desk\n", f"    - ola-desk\n  availability: {{target: 90%, parts: {{{parts}}}}}\n")
    add(shop, "".join(part(name, share) for name, share in shares.items()))
    [gold] = [one for one in checked(shop).data["agreements"] if one["agreement"] == "gold"]
    assert gold["availability"]["made_percent"] == pytest.approx(made, abs=1e-9)
    edit(shop, "target: 90%", f"target: {made + 0.000001:.6f}%")
    assert "TAM394" in [one["code"] for one in shop.findings()]


def test_what_a_month_leaves(shop: Workspace) -> None:
    edit(shop, "  serviceHours: always", "  availability: {target: 99.9%}\n  serviceHours: always")
    [gold] = [one for one in checked(shop).data["agreements"] if one["agreement"] == "gold"]
    minutes = [one["minutes"] for one in gold["availability"]["budgets"]]
    assert minutes == [44.64, 40.32, 44.64, 43.2, 44.64, 43.2, 44.64, 44.64, 43.2, 44.64, 43.2, 44.64]


# -- what was signed --------------------------------------------------------------------------------------------------


@pytest.fixture
def signed(shop: Workspace) -> Workspace:
    edit(shop, "  serviceHours: always", "  signed: 2024-12-20\n  serviceHours: office")
    return shop.start_git()


def edited(shop: Workspace) -> list[tuple[str, int]]:
    found = shop.run("plan", "--base", "main", "--output-format", "json").data["findings"]
    return [(one["path"], one["line"]) for one in found if one["code"] == "TAM398"]


def test_what_was_signed_is_not_edited(signed: Workspace) -> None:
    assert edited(signed) == []
    edit(signed, "{resolution: 4h}", "{resolution: 5h}")
    assert edited(signed) == [("catalog/agreements.yaml", 13)]


def test_what_was_signed_is_replaced(signed: Workspace) -> None:
    text = signed.text(AGREEMENTS)
    new = text[: text.index("---")].replace("name: gold", "name: gold-2026").replace("  signed: 2024-12-20\n", "")
    new = new.replace("2025-01-01", "2026-01-01").replace("2025-12-31", "2026-12-31").replace("4h", "5h")
    new = new.replace("  type: sla\n", "  type: sla\n  replaces: gold\n")
    signed.write(AGREEMENTS, f"{text}---\n{new}")
    assert edited(signed) == []
    assert signed.findings() == []


# -- the manual -------------------------------------------------------------------------------------------------------


def test_the_refuted_example_of_the_manual_is_what_the_program_says() -> None:
    page = (ROOT / "docs" / "how-to" / "promise.md").read_text(encoding="utf-8")
    shown = page.partition("$ tamspec -C docs/examples/night-desk sla check\n")[2].partition("```")[0]
    example = Workspace(ROOT / "docs" / "examples" / "night-desk")
    answer = example.run("sla", "check")
    assert (answer.code, answer.out) == (1, shown)
    assert [one["code"] for one in example.findings()] == ["TAM392"]
