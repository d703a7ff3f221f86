"""The provider and the clients of this repository: what the sample promises to whoever reads it first.

Hours, order and capacity are judged from the YAML and the plan's JSON alone, with no code of the planner.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
import yaml
from program import AT, ROOT, Workspace

DEPARTMENTS = {
    *("network", "virtualization-vmware", "virtualization-hyperv", "backup", "microsoft", "monitoring", "unix", "dba"),
    *("cyber-defense", "external-datacenters", "design", "architecture", "development"),
    *("infrastructure-operations", "duty", "support"),
}
OF_BOREALIS = {
    *("virtualization-vmware", "network", "backup", "unix", "dba"),
    *("development", "cyber-defense", "monitoring"),
}
QUARTER = timedelta(minutes=15)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Documents = Mapping[str, Mapping[str, Any]]
Orders = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def sample() -> Workspace:
    """The repository itself: nothing is written there."""
    return Workspace(ROOT)


@pytest.fixture(scope="module")
def documents() -> dict[str, dict[str, Any]]:
    """Kind → name → document, as any reader of YAML sees it (every value a text)."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for folder in ("catalog", "projects"):
        for path in sorted((ROOT / folder).rglob("*.yaml")):
            for one in yaml.load_all(path.read_text(encoding="utf-8"), yaml.BaseLoader):
                found[one["kind"]][one["metadata"]["name"]] = one
    return found


@pytest.fixture(scope="module")
def plan(sample: Workspace) -> Any:
    return sample.plan()


@pytest.fixture(scope="module")
def orders(plan: Any) -> dict[str, Any]:
    """Every order that is worked, whatever happens."""
    return {one["key"]: one for one in plan["orders"] if not one["standby"]}


# -- what it shows -----------------------------------------------------------------------------------------------------


def test_nothing_is_found_in_it(sample: Workspace) -> None:
    assert sample.findings() == []
    assert "findings" not in sample.ok("-q", "validate").said.lower()


def test_the_plan_fits_its_schema(plan: Any) -> None:
    schema = json.loads((ROOT / "schemas/output/plan.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(plan, schema, cls=jsonschema.Draft202012Validator)
    assert plan["at"] == AT


def test_there_are_thirteen_tams_and_four_are_coming(documents: Documents) -> None:
    roles = [one["spec"]["tam"] for one in documents["Person"].values() if "tam" in one["spec"]]
    assert Counter(one.get("status", "active") for one in roles) == {"active": 13, "onboarding": 2, "candidate": 2}


def test_there_are_the_sixteen_departments(documents: Documents) -> None:
    assert set(documents["Department"]) == DEPARTMENTS
    assert 20 <= len(documents["Service"]) <= 35
    kinds = Counter(one["spec"]["type"] for one in documents["Agreement"].values())
    assert kinds["sla"] == 4
    assert kinds["ola"] >= 1


def blocks(orders: Orders, project: str) -> dict[str, set[str]]:
    """Component → the components that its orders wait for, of a project."""
    mine = {key: one for key, one in orders.items() if one["project"] == project and one["component"]}
    found: dict[str, set[str]] = {one["component"]: set() for one in mine.values()}
    for one in mine.values():
        found[one["component"]] |= {mine[key]["component"] for key in one["depends_on"] if key in mine}
    return {name: before - {name} for name, before in found.items()}


def test_the_landscape_of_acme_is_a_chain_with_two_ends(orders: Orders) -> None:
    assert blocks(orders, "acme-shop") == {
        "shop.net": set(),
        "shop.vm": {"shop.net"},
        "shop.os": {"shop.vm"},
        "shop.web": {"shop.os"},
        "shop.app": {"shop.os"},
    }
    performers = defaultdict(set)
    for one in orders.values():
        if one["project"] == "acme-shop" and one["department"] in DEPARTMENTS:
            performers[one["component"]].add(one["department"])
    assert performers == {
        "shop.net": {"network"},
        "shop.vm": {"virtualization-vmware"},
        "shop.os": {"unix"},
        "shop.web": {"unix"},
        "shop.app": {"development"},
    }


def span(orders: Orders, project: str, component: str) -> tuple[str, str]:
    mine = [one for one in orders.values() if one["project"] == project and one["component"] == component]
    return min(one["start"] for one in mine), max(one["finish"] for one in mine)


def test_nginx_and_php_are_made_at_the_same_time(orders: Orders) -> None:
    web, app = (span(orders, "acme-shop", name) for name in ("shop.web", "shop.app"))
    assert web[0] < app[1]
    assert app[0] < web[1]


def test_the_request_of_acme_is_short(documents: Documents) -> None:
    assert list(documents["Project"]["acme-shop"]["spec"]["components"]) == ["shop"]
    text = (ROOT / "projects/acme-shop/project.yaml").read_text(encoding="utf-8").split("---")[0]
    assert len([line for line in text.splitlines() if line and not line.startswith("#")]) <= 14


def ledger_orders(documents: Documents, project: str) -> dict[str, Any]:
    """Every order that the ledger ever gave for a project."""
    entries = [one["spec"] for one in documents["LedgerEntry"].values() if one["spec"]["project"] == project]
    return {key: one for spec in entries if spec["event"] == "ordered" for key, one in spec["orders"].items()}


def test_borealis_has_eight_departments_in_parallel_branches(orders: Orders, documents: Documents) -> None:
    given = ledger_orders(documents, "borealis")
    performers = {one["department"] for one in given.values() if "department" in one}
    joint = {name for one in given.values() for name in one.get("joint", ())}
    assert performers | joint == OF_BOREALIS
    waits = blocks(orders, "borealis")
    branches = {name for name, before in waits.items() if before == {"os"}}
    assert branches >= {"db", "web", "app", "copies", "siem"}
    assert waits["waf"] == {"web"}
    spans = [span(orders, "borealis", name) for name in ("db", "web", "app", "copies", "siem")]
    assert max(start for start, _ in spans) < min(finish for _, finish in spans)


def test_borealis_has_an_adopted_part_and_a_change_under_way(
    sample: Workspace, orders: Orders, documents: Documents
) -> None:
    entries = [one["spec"] for one in documents["LedgerEntry"].values() if one["spec"]["project"] == "borealis"]
    [adopted] = [one for one in entries if one["event"] == "adopted"]
    assert set(adopted["components"]) == {"net", "vpn"}
    assert {one["component"] for one in orders.values()}.isdisjoint(adopted["components"])
    standing = sample.ok("status", "--output-format", "json").data["orders"]
    counts = Counter(one["status"] for one in standing if one["key"].startswith("borealis/"))
    assert counts["done"] > 0
    assert counts["in_progress"] > 0
    assert counts["planned"] > 0


def test_borealis_knows_the_way_back_and_when_it_is_in_service(plan: Any, orders: Orders) -> None:
    [back] = [one for one in plan["orders"] if one["standby"]]
    assert back["key"] == "borealis/change:spring-launch/back-out.old-portal"
    assert (back["start"], back["department"]) == (None, "network")
    live, migrate = (orders[f"borealis/change:spring-launch/{name}"] for name in ("go-live", "migrate"))
    assert live["milestone"]
    assert live["start"] == live["finish"] == migrate["finish"]


def test_resource_pool_involves_two_departments(orders: Orders) -> None:
    mine = {one["department"] for one in orders.values() if one["project"] == "resource-pool"}
    assert mine & DEPARTMENTS == {"network", "virtualization-vmware"}


def test_departments_of_an_agreement_around_the_clock_have_duty_around_the_clock(documents: Documents) -> None:
    agreements = {name: one["spec"] for name, one in documents["Agreement"].items()}
    around = [spec for spec in agreements.values() if spec["type"] == "sla" and spec.get("serviceHours") == "always"]
    assert around
    for spec in around:
        for name in [name for step in spec.get("path", ()) for name in step]:
            provider = agreements[name]["provider"]
            if provider in documents["Department"]:
                assert documents["Department"][provider]["spec"]["dutyHours"] == "always", provider


# -- that it can be kept -----------------------------------------------------------------------------------------------


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Hours:
    """A calendar, read anew: is a quarter of an hour open from end to end?"""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.zone = ZoneInfo(spec["timeZone"])
        self.spec = spec
        self.weekly: dict[int, list[str]] = {}
        for days, shifts in spec["hours"].items():
            first, _, last = days.partition("-")
            for number in range(WEEK.index(first), WEEK.index(last or first) + 1):
                self.weekly.setdefault(number, []).extend(shifts)

    def shifts(self, day: date) -> list[str]:
        """The shifts that begin on a local day."""
        if day.isoformat() in self.spec.get("overrides", {}):
            return list(self.spec["overrides"][day.isoformat()])
        return [] if day.isoformat() in self.spec.get("holidays", {}) else self.weekly.get(day.weekday(), [])

    def windows(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        for shift in self.shifts(day):
            start, end = shift.split("-")
            over_midnight = end <= start
            yield self.wall(day, start), self.wall(day + timedelta(days=over_midnight), end)

    def wall(self, day: date, clock: str) -> datetime:
        hours, minutes = map(int, clock.split(":"))
        moment = datetime.combine(day, time(), self.zone) + timedelta(hours=hours, minutes=minutes)
        return moment.astimezone(UTC)

    def open(self, at: datetime) -> bool:
        day = at.astimezone(self.zone).date()
        windows = [one for back in (0, 1) for one in self.windows(day - timedelta(days=back))]
        return any(start <= at and at + QUARTER <= end for start, end in windows)


ALWAYS = Hours({"timeZone": "UTC", "hours": {"mon-sun": ["00:00-24:00"]}})


class World:
    """The sample as the checker sees it."""

    def __init__(self, documents: Documents, orders: Orders, history: Mapping[str, Any]) -> None:
        self.documents = documents
        self.orders = orders
        self.history = history
        self.hours = {name: Hours(one["spec"]) for name, one in documents["Calendar"].items()} | {"always": ALWAYS}

    def step(self, order: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the catalogue, the Change or the ledger says of an order."""
        if order["key"] in self.history:
            return self.history[order["key"]]
        change = self.documents["Change"][order["change"]]["spec"]
        if not order["component"]:
            return change["tasks"][order["step"]]
        service = self.documents["Service"][self.service(order)]["spec"]
        return service["procedures"][order["procedure"]]["steps"][order["step"]]

    def service(self, order: Mapping[str, Any]) -> str:
        head, _, child = order["component"].partition(".")
        name = self.documents["Project"][order["project"]]["spec"]["components"][head]["service"]
        return self.documents["Service"][name]["spec"]["components"][child]["service"] if child else name

    def departments(self, order: Mapping[str, Any]) -> list[str]:
        mine = [order["department"], *order["joint"]]
        return [name for name in mine if name in self.documents["Department"]]

    def calendars(self, order: Mapping[str, Any]) -> list[Hours]:
        """The hours in which an order can be worked: all of them at once."""
        project = self.documents["Project"][order["project"]]["spec"]
        window = self.step(order).get("window") == "true"
        names = []
        for name in self.departments(order):
            spec = self.documents["Department"][name]["spec"]
            names.append(spec["windowHours"] if window and "windowHours" in spec else spec["calendar"])
        if not names and order["department"] == "tam":
            home = self.documents["Person"][project["team"]["tam"]]["spec"]["department"]
            names.append(self.documents["Department"][home]["spec"]["calendar"])
        if not names:
            names.append(self.documents["Client"][project["client"]]["spec"]["calendar"])
        if window:
            names.append(project["maintenanceWindow"])
        return [self.hours[name] for name in names]

    def worked(self, order: Mapping[str, Any]) -> list[datetime]:
        """The open quarters between its start (or now, if it is under way) and its finish."""
        start, finish = instant(order["start"]), instant(order["finish"])
        at = max(start, instant(AT)) if order["status"] == "in_progress" else start
        calendars, found = self.calendars(order), []
        while at < finish:
            if all(one.open(at) for one in calendars):
                found.append(at)
            at += QUARTER
        return found

    def share(self, person: Mapping[str, Any]) -> str:
        """What the role of the TAM takes of a person today."""
        role = person.get("tam", {})
        begins, ends = role.get("from", ""), role.get("to", "9999")
        is_in = role.get("status", "active") in ("onboarding", "active") and begins <= AT[:10] <= ends
        return str(person.get("tamShare", "0%")) if is_in else "0%"

    def capacity(self, department: str) -> int:
        """Tenths of a person that can be planned now: the people, less what roles take, less the reserve."""
        spec = self.documents["Department"][department]["spec"]["capacity"]
        shares = [
            sum(float(share.rstrip("%")) / 10 for share in (self.share(one), *one.get("otherShares", {}).values()))
            for one in (one["spec"] for one in self.documents["Person"].values())
            if one["department"] == department
        ]
        left = 10 * int(spec["people"]) - round(sum(shares))
        return int(left * (100 - float(spec.get("reserve", "0%").rstrip("%"))) / 100)


@pytest.fixture(scope="module")
def world(documents: Documents, orders: Orders) -> World:
    given: dict[str, Any] = {}
    for name in documents["Project"]:
        given |= ledger_orders(documents, name)
    return World(documents, orders, given)


def test_every_order_has_dates_after_now(orders: Orders) -> None:
    for key, one in orders.items():
        assert one["start"] <= one["finish"], key
        if one["status"] != "in_progress":
            assert one["start"] >= AT, key


def test_nothing_starts_before_what_it_needs(orders: Orders) -> None:
    checked = 0
    for key, one in orders.items():
        for need in one["depends_on"]:
            if need in orders:
                assert orders[need]["finish"] <= one["start"], f"{key} before {need}"
                checked += 1
    assert checked > 30


def test_nothing_is_worked_outside_the_hours(world: World) -> None:
    for key, one in world.orders.items():
        if not one["effort_hours"]:
            continue
        worked = world.worked(one)
        assert worked, key
        assert worked[-1] + QUARTER == instant(one["finish"]), f"{key} finishes in closed time"
        if one["status"] != "in_progress":
            assert worked[0] == instant(one["start"]), f"{key} starts in closed time"
            people = int(world.step(one).get("people", 1))
            floor = one["effort_hours"] * 4 / people
            has = min((world.capacity(name) for name in world.departments(one)), default=10)
            granted = min(10 * people, has) / 10 / people if world.departments(one) else 1
            assert len(worked) >= floor, f"{key} gets too little time"
            if world.departments(one):
                assert len(worked) <= floor / granted + 1, f"{key} pauses in open time"


def test_no_department_is_above_its_capacity(world: World) -> None:
    load: Counter[tuple[str, datetime]] = Counter()
    for one in world.orders.values():
        mine = world.departments(one)
        if one["effort_hours"] and mine:
            tenths = 10 * int(world.step(one).get("people", 1))
            granted = min(tenths, *(world.capacity(name) for name in mine))
            load.update({(name, slot): granted for name in mine for slot in world.worked(one)})
    assert {name for name, _ in load} >= OF_BOREALIS - {"virtualization-vmware"}
    for (name, slot), tenths in sorted(load.items()):
        assert tenths <= world.capacity(name), f"{name} has {world.capacity(name)} tenths, not {tenths}, at {slot}"


def test_cut_overs_cost_the_next_working_day(world: World) -> None:
    """A department that works at night has that much less on its next working day."""
    nights = [one for one in world.orders.values() if world.step(one).get("window") == "true"]
    assert nights
    for night in nights:
        finish = instant(night["finish"])
        for name in world.departments(night):
            office = world.hours[world.documents["Department"][name]["spec"]["calendar"]]
            days = (finish.astimezone(office.zone).date() + timedelta(days=number) for number in range(10))
            opened = [(start, end) for day in days for start, end in office.windows(day) if start >= finish]
            day = opened[0][0].astimezone(office.zone).date()
            rest = [one for one in opened if one[0].astimezone(office.zone).date() == day]
            people = 10 * int(world.step(night).get("people", 1))
            for other in world.orders.values():
                if other is night or name not in world.departments(other):
                    continue
                busy = [slot for slot in world.worked(other) if any(start <= slot < end for start, end in rest)]
                tenths = 10 * int(world.step(other).get("people", 1))
                assert not busy or people + tenths <= world.capacity(name), (night["key"], other["key"])


def test_the_sample_is_as_it_is_shown() -> None:
    """The files that the tests read are those of the repository, and nothing else lies among them."""
    for folder in ("catalog", "projects"):
        for path in sorted((ROOT / folder).rglob("*")):
            written = path.suffix == ".yaml" or (path.suffix == ".md" and path.parent.name == "docs")
            assert path.is_dir() or written, path


def test_what_the_page_says_first(sample: Workspace, tmp_path: Path) -> None:
    """`build` on the sample ends well and leaves its pages where they were asked for."""
    answer = sample.ok("build", "--out", str(tmp_path / "site"))
    assert "index.html" in answer.out
    assert (tmp_path / "site/index.html").read_text(encoding="utf-8").startswith("<!doctype html>")


# -- that the judges above can object ----------------------------------------------------------------------------------


def altered(world: World, changes: Mapping[str, Mapping[str, Any]]) -> World:
    """The same world with other dates of some orders."""
    orders = {key: {**one, **changes.get(key, {})} for key, one in world.orders.items()}
    return World(world.documents, orders, world.history)


def later(one: Mapping[str, Any], by: timedelta) -> dict[str, str]:
    return {name: (instant(one[name]) + by).isoformat().replace("+00:00", "Z") for name in ("start", "finish")}


def test_the_judge_of_order_objects(world: World) -> None:
    key = "acme-shop/shop.os/provision.1/install"
    earlier = altered(world, {key: later(world.orders[key], -QUARTER)})
    with pytest.raises(AssertionError, match=r"shop\.vm"):
        test_nothing_starts_before_what_it_needs(earlier.orders)


@pytest.mark.parametrize("by", [QUARTER, timedelta(hours=12), timedelta(days=4)])
def test_the_judge_of_hours_objects(world: World, by: timedelta) -> None:
    key = "acme-shop/shop.vm/provision.1/create"
    with pytest.raises(AssertionError, match=r"shop\.vm"):
        test_nothing_is_worked_outside_the_hours(altered(world, {key: later(world.orders[key], by)}))


def test_the_judge_of_capacity_objects(world: World) -> None:
    key = "acme-shop/shop.app/provision.1/install"
    again = {f"{key}-{number}": world.orders[key] for number in range(8)}
    crowded = World(world.documents, {**world.orders, **again}, world.history)
    with pytest.raises(AssertionError, match="development has"):
        test_no_department_is_above_its_capacity(crowded)
