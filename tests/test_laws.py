"""The laws of plan and ledger over random workspaces and random histories: whatever is edited, applied, reported and
whenever, no started work is altered, a second apply is empty, and work comes to an end.
"""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from checker import violations
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from portfolios import examples, how_many
from story import MONDAY, Desk, Seen, reread, see

from tamspec import ledger, plan
from tamspec.load import component_history
from tamspec.model.catalog import Calendar, Department
from tamspec.model.graph import cycle
from tamspec.model.order import (
    LEGAL,
    Adopted,
    Component,
    Dated,
    Dates,
    Event,
    Moved,
    Order,
    Ordered,
    OrderedComponent,
    OrderState,
    Report,
    Status,
    StatusSet,
)
from tamspec.model.values import Duration, Effort
from tamspec.plan import jobs
from tamspec.plan.diff import desired, diff
from tamspec.plan.engine.problem import Job, Resource, Slotted
from tamspec.plan.fold import fold
from tamspec.worktime import Windows, expand

Doc = dict[str, Any]
SERVICES = ("net", "linux", "db", "web")
DEPARTMENTS = ("network", "unix", "dba")


# -- random workspaces -------------------------------------------------------------------------------------------------


def doc(kind: str, name: str, spec: Doc) -> Doc:
    return {"apiVersion": "tamspec/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def text(docs: list[Doc]) -> str:
    return yaml.dump_all(docs, Dumper=DUMPER, sort_keys=False, allow_unicode=True)


@dataclass
class World:
    """A workspace that can still be edited, as the documents that people write."""

    rng: random.Random
    provider: list[Doc] = field(default_factory=list)
    services: dict[str, Doc] = field(default_factory=dict)
    projects: dict[str, Doc] = field(default_factory=dict)
    changes: dict[str, Doc] = field(default_factory=dict)
    names: int = 0

    def files(self) -> dict[str, str]:
        made = {"catalog/provider.yaml": text(self.provider)}
        made |= {f"catalog/{name}.yaml": text([one]) for name, one in self.services.items()}
        made |= {f"projects/{name}.yaml": text([one]) for name, one in self.projects.items()}
        return made | {f"projects/change-{name}.yaml": text([one]) for name, one in self.changes.items()}

    def components(self, project: str) -> dict[str, Doc]:
        found: dict[str, Doc] = self.projects[project]["spec"]["components"]
        return found

    def every(self) -> list[tuple[str, str]]:
        """Project and name of every component that is written."""
        return [(project, name) for project in self.projects for name in self.components(project)]

    def fresh(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"


def world(rng: random.Random) -> World:
    """A provider with three departments and four services and a composite one, and one or two projects."""
    made = World(rng)
    made.provider = [
        doc("Calendar", "office", {"timeZone": "Europe/Berlin", "hours": {"mon-fri": ["09:00-13:00", "14:00-18:00"]}}),
        doc("Calendar", "early", {"timeZone": "Europe/Moscow", "hours": {"mon-fri": ["08:00-16:00"]}}),
        doc("Calendar", "nights", {"timeZone": "Europe/Berlin", "hours": {"mon-thu": ["22:00-06:00"]}}),
        doc("Person", "chief", {"department": "unix"}),
        doc("Person", "tam", {"department": "unix", "tamShare": "30%"}),
        doc("Client", "acme", {"calendar": rng.choice(["office", "early"])}),
    ]
    for name in DEPARTMENTS:
        spec: Doc = {"manager": "chief", "calendar": rng.choice(["office", "early"])}
        spec["capacity"] = {"people": rng.randint(1, 3), "reserve": rng.choice(["0%", "35%"])}
        if rng.random() < 0.7:
            spec["windowHours"] = "nights"
        made.provider.append(doc("Department", name, spec))
    made.services = {name: doc("Service", name, service(rng, name)) for name in SERVICES}
    inside = {"a": {"service": "net"}, "b": {"service": "linux", "params": {"size": "$size"}, "dependsOn": ["a"]}}
    pair = {"family": "all", "params": {"size": {"type": "integer", "default": 1}}, "components": inside}
    made.services["pair"] = doc("Service", "pair", pair)
    for name in ("shop", "mill")[: rng.randint(1, 2)]:
        spec = {"client": "acme", "team": {"tam": "tam"}, "components": {}}
        if rng.random() < 0.5:
            spec["maintenanceWindow"] = "nights"
        made.projects[name] = doc("Project", name, spec)
        for _ in range(rng.randint(1, 4)):
            add(made, name)
        claim(made, name, list(made.components(name)))
    return made


def service(rng: random.Random, name: str) -> Doc:
    """A service with a provision, perhaps with answers to changes, perhaps with a decommission."""
    params = {
        "size": {"type": "integer", "default": 1},
        "grade": {"type": "string", "enum": ["low", "mid", "high"], "default": "mid"},
    }
    procedures: Doc = {"provision": {"steps": steps(rng, name, most=3)}}
    if name == "net":
        first = procedures["provision"]["steps"]["s0"]
        first["produces"] = {"login": "Names"}
        first.pop("needs", None)
        first.pop("when", None)
    procedures["grow"] = {"onChange": {"size": "increase"}, "steps": steps(rng, name, most=2)}
    if rng.random() < 0.6:
        procedures["shrink"] = {"onChange": {"size": "decrease"}, "replace": True}
    if rng.random() < 0.8:
        procedures["regrade"] = {"onChange": {"grade": "any"}, "steps": steps(rng, name, most=2)}
    if rng.random() < 0.8:
        procedures["decommission"] = {"steps": steps(rng, "", most=2)}
    return {"family": "all", "params": params, "procedures": procedures}


def steps(rng: random.Random, service_name: str, most: int) -> Doc:
    made: Doc = {}
    for number in range(rng.randint(1, most)):
        made[f"s{number}"] = step(rng, [other for other in made if rng.random() < 0.6], service_name)
    return made


def step(rng: random.Random, after: list[str], service_name: str) -> Doc:
    made: Doc = {"dependsOn": after} if after else {}
    party = rng.choice(["tam", "client", "supplier"]) if rng.random() < 0.25 else ""
    if party:
        made["party"] = party
        made["wait"] = rng.choice(["2wd", "5h"])
        if rng.random() < 0.5:
            made["effort"] = "2h"
        return made
    made |= {"department": rng.choice(DEPARTMENTS), "effort": rng.choice(["30m", "2h", "5h", "3wd"])}
    others = [name for name in DEPARTMENTS if name != made["department"]]
    options: dict[str, Any] = {
        "with": [rng.choice(others)],
        "window": True,
        "people": 2,
        "wait": rng.choice(["1wd", "1d", "90m"]),
    }
    if service_name:
        options |= {"when": {"size": {"min": 2}}, "effortPer": {"size": "1h"}}
    if service_name in SERVICES[1:]:
        options["needs"] = ["login"]
    for name, value in options.items():
        if rng.random() < 0.15:
            made[name] = value
    if made.get("window"):
        made["effort"] = "2h"
    return made


def add(made: World, project: str, name: str = "") -> str:
    """A new component; it stands on some of those that are there, on a `net` where it can."""
    rng, components = made.rng, made.components(project)
    kind = rng.choice([*SERVICES, "pair"]) if components else "net"
    behind = [other for other in components if rng.random() < 0.4 or components[other]["service"] == "net"]
    name = name or made.fresh("c")
    components[name] = {"service": kind, "params": {"size": rng.randint(1, 3)} if rng.random() < 0.5 else {}}
    components[name]["dependsOn"] = behind if kind != "net" else []
    return name


def claim(made: World, project: str, names: list[str]) -> None:
    """A new Change that names the components; sometimes with a task, sometimes with a date, sometimes a draft."""
    rng = made.rng
    spec: Doc = {"project": project, "state": "draft" if rng.random() < 0.1 else "approved", "components": names}
    if rng.random() < 0.3:
        spec["requiredBy"] = "2026-03-20"
    if rng.random() < 0.2:
        spec["notBefore"] = "2026-03-09"
    if rng.random() < 0.3:
        known = [name for name in names if name in made.components(project)]
        spec["tasks"] = {"check": step(rng, known, ""), "sign": {"party": "tam", "dependsOn": ["check"]}}
    name = made.fresh("change-")
    made.changes[name] = doc("Change", name, spec)


# -- an own reading of what orders ask for, for the independent checker ------------------------------------------------


def epoch(moment: datetime) -> int:
    return int(moment.timestamp())


EXPANDED: dict[tuple[str, date, date], Windows] = {}


def once(calendar: Calendar, first: date, last: date) -> Windows:
    """The windows of a calendar; those of these worlds are always the same, so each is expanded once."""
    known = (calendar.name, first, last)
    if known not in EXPANDED:
        EXPANDED[known] = expand(calendar, first, last)
    return EXPANDED[known]


class Yard:
    """Orders as the checker's jobs, read off the workspace by the words of the specification."""

    def __init__(self, seen: Seen) -> None:
        self.seen, self.workspace, self.at = seen, seen.workspace, epoch(seen.plan.at)
        ends = [one.finish for one in seen.plan.schedule.values()]
        first, last = seen.plan.at.date() - timedelta(days=120), max(ends, default=seen.plan.at).date()
        last += timedelta(days=60)
        self.hours = {name: once(one, first, last) for name, one in self.workspace.calendars.items()}
        self.resources = {one.name: self.department(one) for one in self.workspace.departments.values()}
        self.resources["tam"] = Resource(name="tam", capacity=3)

    def department(self, one: Department) -> Resource:
        away = 3 if one.name == "unix" else 0  # the one TAM of these worlds
        capacity = (10 * one.capacity.people - away) * (100 - int(one.capacity.reserve)) // 100
        return Resource(name=one.name, capacity=capacity)

    def complaints(self) -> list[str]:
        """What the checker says of the plan's dates."""
        orders = {one.order.key: one.order for one in self.seen.plan.actions if one.verb != "cancel"}
        jobs = {key: self.job(order) for key, order in orders.items()}
        dates = {key: dated(one.start, one.finish) for key, one in self.seen.plan.schedule.items()}
        for key, known in self.seen.state.orders.items():
            if key not in jobs and known.status == "done" and known.finished:
                finish = epoch(known.finished)
                jobs[key] = Job(key=key, group="", started=finish, finished=finish)
                dates[key] = dated(known.finished, known.finished)
        return violations(list(jobs.values()), self.resources, self.hours, self.at, dates)

    def job(self, order: Order) -> Job:
        project = self.workspace.projects[order.project]
        at_client = self.workspace.clients[project.client.name].calendar.name
        departments = [self.workspace.departments[name] for name in order.departments]
        asked, wait_hours, hours, demand = 10 * order.people, at_client, {at_client}, {}
        pace, rest = asked, {}
        if departments:
            wait_hours = departments[0].calendar.name
            pace = min(asked, *(self.resources[one.name].capacity for one in departments))
            demand = {one.name: pace for one in departments}
            hours = {one.calendar.name for one in departments}
            if order.window:
                hours = {(one.window_hours or one.calendar).name for one in departments}
                hours |= {project.maintenance_window.name} if project.maintenance_window else set()
                rest = {one.name: one.calendar.name for one in departments if one.window_hours}
        elif order.party == "tam":
            pace, demand = 3, {"tam": 3}
            wait_hours = self.workspace.departments["unix"].calendar.name
            hours = {wait_hours}
        job = Job(
            key=order.key,
            group=order.change,
            needs=order.depends_on,
            demand=demand,
            hours=tuple(sorted(hours)),
            work=math.ceil(order.effort * 10 / (15 * pace)),
            wait=order.wait,
            wait_hours=wait_hours,
            release=self.release(order, at_client),
            rest=rest,
        )
        known = self.seen.state.orders.get(order.key)
        if known and known.given and known.status != "cancelled":
            job = replace(job, given=epoch(known.given))
        return self.under_way(job, known) if known and known.is_started else job

    def release(self, order: Order, at_client: str) -> int:
        if order.not_before is None:
            return 0
        zone = ZoneInfo(self.workspace.calendars[at_client].time_zone)
        return epoch(datetime.combine(order.not_before, time(), tzinfo=zone))

    def under_way(self, job: Job, known: OrderState) -> Job:
        """What is under way takes its capacity as long as it is said to: how long that is, is another test's matter."""
        started = epoch(known.started) if known.started else self.at
        finish = epoch(self.seen.plan.schedule[job.key].finish)
        grid = range(self.at + -self.at % 900, finish, 900)
        ahead = [slot for slot in grid if all(covers(self.hours[name], slot) for name in job.hours)]
        left = max(1, len(ahead)) if job.work else 0
        return Job(
            key=job.key,
            group=job.group,
            needs=job.needs,
            demand=job.demand,
            hours=job.hours,
            work=left,
            started=started,
            resumes=self.at,
            rest=job.rest,
        )


def covers(windows: Windows, slot: int) -> bool:
    return windows.is_open(slot) and windows.is_open(slot + 899)


def dated(start: datetime, finish: datetime) -> Slotted:
    return Slotted(
        start=epoch(start),
        finish=epoch(finish),
        latest_finish=0,
        due=None,
        float_slots=0,
        slack_slots=None,
        critical=False,
        wave=0,
        reasons=(),
    )


# -- random histories --------------------------------------------------------------------------------------------------


class History:
    """A provider's life: people edit, claim, apply, work, and time passes."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        self.world = world(rng)
        self.desk = Desk(self.world.files(), MONDAY)
        self.known: dict[str, OrderState] = {}
        """The orders of the step before."""
        self.gone: set[str] = set()
        """Names of components that were removed; they may be given again."""
        components = self.world.components("shop")
        plain = [name for name, one in components.items() if one["service"] != "pair" and not one["dependsOn"]]
        if rng.random() < 0.3:
            self.desk.adopt("shop", *plain)

    def write(self) -> None:
        """The desk sees what the world says now."""
        ledger = {path: one for path, one in self.desk.files.items() if path.startswith("ledger/")}
        self.desk.files = self.world.files() | ledger

    # What people write

    def edit_a_parameter(self, rng: random.Random) -> None:
        project, name = rng.choice(self.world.every())
        component = self.world.components(project)[name]
        if component["service"] == "pair" or rng.random() < 0.7:
            component["params"]["size"] = rng.randint(1, 3)
        else:
            component["params"]["grade"] = rng.choice(["low", "mid", "high"])
        self.write()

    def add_a_component(self, rng: random.Random) -> None:
        project = rng.choice(list(self.world.projects))
        free = sorted(self.gone - {name for _, name in self.world.every()})
        add(self.world, project, rng.choice(free) if free and rng.random() < 0.5 else "")
        self.write()

    def remove_a_component(self, rng: random.Random) -> None:
        """What stood on it stands on what it stood on."""
        project, gone = rng.choice(self.world.every())
        components = self.world.components(project)
        if len(components) == 1:
            return
        behind = components.pop(gone)["dependsOn"]
        for one in components.values():
            if gone in one["dependsOn"]:
                one["dependsOn"] = sorted({*one["dependsOn"], *behind} - {gone})
        for change in self.changes_of(project):
            for task in change["spec"].get("tasks", {}).values():
                task["dependsOn"] = [name for name in task.get("dependsOn", []) if name != gone]
            if not self.was_ordered(project, gone):
                named = change["spec"]["components"]
                change["spec"]["components"] = [name for name in named if name.partition(".")[0] != gone]
        if gone not in {move["from"] for move in self.world.projects[project]["spec"].get("moved", [])}:
            self.gone.add(gone)
        self.write()

    def rename_a_component(self, rng: random.Random) -> None:
        project, old = rng.choice(self.world.every())
        new = self.world.fresh("r")
        now = {old: new, f"{old}.a": f"{new}.a", f"{old}.b": f"{new}.b"}
        renamed = {now.get(name, name): one for name, one in self.world.components(project).items()}
        self.world.projects[project]["spec"]["components"] = renamed
        tasks = [one for change in self.changes_of(project) for one in change["spec"].get("tasks", {}).values()]
        for one in (*renamed.values(), *tasks):
            one["dependsOn"] = [now.get(name, name) for name in one.get("dependsOn", [])]
        for change in self.changes_of(project):
            change["spec"]["components"] = [now.get(name, name) for name in change["spec"]["components"]]
        self.world.projects[project]["spec"].setdefault("moved", []).append({"from": old, "to": new})
        self.write()

    def rewire(self, rng: random.Random) -> None:
        project, name = rng.choice(self.world.every())
        components = self.world.components(project)
        before = components[name]["dependsOn"]
        components[name]["dependsOn"] = [other for other in components if other != name and rng.random() < 0.5]
        if cycle({key: one["dependsOn"] for key, one in components.items()}):
            components[name]["dependsOn"] = before
        self.write()

    def edit_the_catalogue(self, rng: random.Random) -> None:
        spec = self.world.services[rng.choice(SERVICES)]["spec"]
        graph = spec["procedures"]["provision"]["steps"]
        what = rng.choice(["default", "effort", "step"])
        if what == "default":
            spec["params"]["size"]["default"] = rng.randint(1, 3)
        elif what == "effort":
            first = graph["s0"]
            first["effort"] = "1h" if first.get("window") else rng.choice(["2h", "7h"])
        else:
            others = [name for name in graph if name != "more"]
            graph["more"] = {"department": "unix", "effort": rng.choice(["1h", "4h"]), "dependsOn": others}
        self.write()

    def claim_what_nobody_claims(self, rng: random.Random) -> None:  # noqa: ARG002  # every move takes its dice
        for project in self.world.projects:
            mine = (one for one in self.desk.plan.diffs if one.project == project and one.kind != "move")
            names = [one.component for one in mine if not one.change]
            if names:
                claim(self.world, project, names)
        self.write()

    def decide_a_change(self, rng: random.Random) -> None:
        """Approve a draft, now and then withdraw a Change."""
        spec = rng.choice(list(self.world.changes.values()))["spec"]
        spec["state"] = "withdrawn" if rng.random() < 0.1 else "approved"
        self.write()

    # What people do

    def apply_everything(self, rng: random.Random) -> None:  # noqa: ARG002  # as above
        self.apply(sorted(self.world.changes))

    def apply_one_change(self, rng: random.Random) -> None:
        self.apply([rng.choice(sorted(self.world.changes))])

    def let_time_pass(self, rng: random.Random) -> None:
        self.desk.later(hours=rng.choice([1, 20, 24 * 5]))

    def report_an_order(self, rng: random.Random) -> None:
        status = rng.choice(STATUSES)
        known = [key for key, one in self.desk.state.orders.items() if status in LEGAL[one.status] and not one.dropped]
        if known:
            self.report(status, [rng.choice(known)])

    def work_on_what_is_ready(self, rng: random.Random) -> None:
        ready = [key for key, one in self.desk.plan.statuses.items() if one == "ready"]
        if ready:
            self.report(rng.choice(["in_progress", "done"]), ready)

    def report(self, status: Status, keys: list[str]) -> None:
        """Reports move forecasts and no promise."""
        promised = self.desk.state.committed
        self.desk.report(status, *keys, **({"on": "client"} if status == "blocked" else {}))
        assert self.desk.state.committed == promised

    def apply(self, names: list[str]) -> None:
        """After an apply nothing is left to apply, now or later, and nobody else was promised anything new."""
        before = self.desk.seen
        chosen = {name for name in names if not before.plan.changes[name].obstacles}
        ordered = {event.change for event in self.desk.apply(*names) if isinstance(event, Ordered)}
        assert ordered <= chosen
        settled = {(one.project, one.component) for one in before.plan.diffs if one.change in ordered}
        at_once = see(self.desk.files, before.plan.at)
        for seen in (at_once, self.desk.seen):
            left = diff(desired(seen.workspace, seen.state), seen.state)
            assert not settled & {(one.project, one.component) for one in left}
            assert plan.record(seen.plan, seen.state, chosen, "ivanova") == ()
        kept = {name: when for name, when in before.state.committed.items() if name not in ordered}
        assert kept == {name: at_once.state.committed[name] for name in kept}

    # Small helpers

    def changes_of(self, project: str) -> list[Doc]:
        return [one for one in self.world.changes.values() if one["spec"]["project"] == project]

    def was_ordered(self, project: str, name: str) -> bool:
        """Whether the ledger knows a component of this name, or parts of it."""
        known = component_history(self.desk.seen.events).get(project, frozenset())
        return any(one == name or one.startswith(f"{name}.") for one in known)

    def is_given_up(self, key: str) -> bool:
        """Refused, or cancelled by somebody while it is still wanted: nothing else was ordered in its place."""
        state = self.desk.state
        one, mine = state.orders[key], [action for action in state.actions.values() if key in action.orders]
        later = [action for action in state.actions.values() if mine and action.component == mine[0].component]
        is_cancelled = one.status == "cancelled" and not one.dropped
        return one.status == "rejected" or (is_cancelled and later[-1:] == mine)

    # The laws

    def judge(self) -> None:
        """Everything that must hold at any time."""
        self.what_is_known_of_an_order_stays()
        self.no_started_order_is_altered()
        self.orders_follow_orders_that_exist()
        self.what_needs_nothing_more_is_ready()
        self.components_follow_what_they_stand_on()
        self.dates_can_be_kept()
        assert set(self.desk.codes) <= HONEST

    def what_is_known_of_an_order_stays(self) -> None:
        """A baseline never changes, and what was started stays what it was."""
        for key, now in self.desk.state.orders.items():
            before = self.known.get(key)
            if before:
                assert now.baseline == before.baseline
                if before.is_started and now.is_started:
                    assert replace(now.order, component="") == replace(before.order, component="")
        self.known = dict(self.desk.state.orders)

    def no_started_order_is_altered(self) -> None:
        orders = self.desk.state.orders
        for action in self.desk.plan.actions:
            known = orders.get(action.order.key)
            assert known or action.verb == "create"
            if known and known.is_started and known.is_open:
                assert (action.verb, action.order) == ("keep", replace(known.order, notify=action.order.notify))
            elif known:
                assert known.status != "done"
                assert action.verb != "create" or known.status == "cancelled"
        begun = {key for key, one in orders.items() if one.is_started and one.is_open}
        assert begun <= {action.order.key for action in self.desk.plan.actions}

    def orders_follow_orders_that_exist(self) -> None:
        actions = {action.order.key: action for action in self.desk.plan.actions}
        live = {key: action.order for key, action in actions.items() if action.verb != "cancel"}
        assert not cycle({key: order.depends_on for key, order in live.items()})
        orders = self.desk.state.orders
        for key, order in live.items():
            if key not in orders or not orders[key].is_started:  # what is begun has stopped waiting
                assert set(order.depends_on) <= actions.keys() | orders.keys()
            if actions[key].verb == "create":
                assert {giver for givers in order.inputs.values() for giver in givers} <= set(order.depends_on)

    def what_needs_nothing_more_is_ready(self) -> None:
        """What the specification does not want any more holds nobody back."""
        known, statuses = self.desk.state.orders, self.desk.plan.statuses
        for action in self.desk.plan.actions:
            key, needs = action.order.key, [known.get(need) for need in action.order.depends_on]
            if action.verb in ("keep", "update") and known[key].status == "planned":
                is_held = any(need is None or not (need.status == "done" or need.dropped) for need in needs)
                assert statuses[key] == ("planned" if is_held else "ready"), key
            elif action.verb == "create":
                assert statuses[key] == "planned", key  # nobody was given it yet

    def components_follow_what_they_stand_on(self) -> None:
        """What nobody began yet, and asks for no single artefact, waits until all that it stands on is complete; and
        nothing is taken down before what stands on it."""
        seen = self.desk.seen
        if "TAM409" in self.desk.codes or seen.plan.moves:
            return
        ahead: dict[str, list[Order]] = {}
        for action in seen.plan.actions:
            if action.verb != "cancel" and action.order.component:
                ahead.setdefault(f"{action.order.project}/{action.order.component}", []).append(action.order)
        wanted, known = desired(seen.workspace, seen.state).components, seen.state.orders
        for one in known.values():
            is_early = one.is_started and any(known[need].is_open for need in one.order.depends_on if need in known)
            is_owed = one.status == "cancelled" and not one.dropped
            if is_early or is_owed:  # people took another turn, or none; what follows here is up to them
                ahead.pop(f"{one.order.project}/{one.order.component}", None)
        services = seen.workspace.services.values()
        steps_of = {one.name: [step for p in one.procedures.values() for step in p.steps.values()] for one in services}
        picky = {name for name, steps in steps_of.items() if any(step.needs for step in steps)}
        begun = {key.rpartition("/")[0] for key, one in known.items() if one.is_started}
        for id, one in (*wanted.items(), *seen.state.ordered.items(), *seen.state.built.items()):
            mine = ahead.get(id, [])
            for other in (f"{one.project}/{name}" for name in one.depends_on):
                its = ahead.get(other, [])
                if other not in wanted:
                    self.assert_follow(mine, [order for order in its if order.key.rpartition("/")[0] not in begun])
                elif one is wanted.get(id) and one.service not in picky:
                    self.assert_follow(its, [order for order in mine if order.key.rpartition("/")[0] not in begun])

    def assert_follow(self, first: list[Order], then: list[Order]) -> None:
        dates = self.desk.plan.schedule
        for order in then:
            for other in first:
                if order.key in dates and other.key in dates:
                    assert dates[other.key].finish <= dates[order.key].start, (other.key, order.key)

    def dates_can_be_kept(self) -> None:
        seen = self.desk.seen
        live = {action.order.key for action in seen.plan.actions if action.verb != "cancel"}
        assert live == seen.plan.schedule.keys() | seen.plan.unplaced.keys()
        assert Yard(seen).complaints() == []

    def nothing_depends_on_the_order_of_things(self) -> None:
        """Neither on the names and order of files nor on that of events."""
        seen = self.desk.seen
        shuffled = sorted(self.desk.files.items(), key=lambda item: (len(item[1]), item[0]))
        again = see({f"{99 - number}/{path}": one for number, (path, one) in enumerate(shuffled)}, seen.plan.at)
        assert again.plan == seen.plan
        events = list(seen.events)
        random.Random(0).shuffle(events)
        folded = fold(events)
        assert folded == seen.state
        assert list(folded.actions) == list(seen.state.actions)

    def work_comes_to_an_end(self) -> None:
        """When all is claimed, approved, applied and done, what is built is what was ordered, and what is wanted."""
        for _ in range(8):
            for change in self.world.changes.values():
                if change["spec"]["state"] == "draft":
                    change["spec"]["state"] = "approved"
            self.write()
            self.claim_what_nobody_claims(self.world.rng)
            self.apply(sorted(self.world.changes))
            again = [key for key in self.desk.state.orders if self.is_given_up(key)]
            if again:
                self.report("planned", again)
            todo = [key for key, one in self.desk.state.orders.items() if one.is_open]
            if todo:
                self.report("done", todo)
            self.desk.later(days=1)
            self.judge()
            if not (self.desk.plan.actions or self.desk.plan.diffs):
                break
        seen = self.desk.seen
        if not STUCK & set(self.desk.codes):
            assert (seen.plan.actions, seen.plan.diffs) == ((), ())
            assert seen.state.built == seen.state.ordered
            assert set(seen.state.built) == set(desired(seen.workspace, seen.state).components)


STATUSES: tuple[Status, ...] = ("in_progress", "done", "blocked", "rejected", "planned", "cancelled")
HONEST = {"TAM401", "TAM402", "TAM403", "TAM404", "TAM405", "TAM406", "TAM409"}
"""What random edits may rightly be told."""
STUCK = {"TAM402", "TAM403", "TAM404", "TAM405", "TAM406"}
"""What keeps a Change from being ordered until somebody mends the specification."""

MOVES: tuple[Callable[[History, random.Random], None], ...] = (
    History.edit_a_parameter,
    History.add_a_component,
    History.remove_a_component,
    History.rename_a_component,
    History.rewire,
    History.edit_the_catalogue,
    History.claim_what_nobody_claims,
    History.decide_a_change,
    History.apply_everything,
    History.apply_everything,
    History.apply_one_change,
    History.let_time_pass,
    History.report_an_order,
    History.report_an_order,
    History.work_on_what_is_ready,
    History.work_on_what_is_ready,
)


def live(seed: int, moves: list[tuple[int, int]]) -> History:
    """A history, judged after every step: numbers of `MOVES`, each with the dice that it throws."""
    history = History(seed)
    history.judge()
    for number, dice in moves:
        MOVES[number](history, random.Random(dice))
        history.judge()
    history.nothing_depends_on_the_order_of_things()
    history.work_comes_to_an_end()
    return history


NUMBER = st.integers(0, 2**16)


@pytest.fixture(scope="module", autouse=True)
def _calendars_are_expanded_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "windows_of", once)
        yield


# A history is long to shrink: it takes minutes.
@settings(max_examples=how_many(8), phases=[Phase.explicit, Phase.generate])
@given(seed=NUMBER, moves=st.lists(st.tuples(st.integers(0, len(MOVES) - 1), NUMBER), min_size=8, max_size=20))
def test_the_laws_hold_through_any_history(seed: int, moves: list[tuple[int, int]]) -> None:
    live(seed, moves)


TELL = """\
import json, sys
from datetime import datetime
from story import see
from tamspec import ledger, plan
given = json.load(sys.stdin)
seen = see(given["files"], datetime.fromisoformat(given["now"]))
events = plan.record(seen.plan, seen.state, seen.workspace.changes, "ivanova")
print(seen.plan.actions, seen.plan.schedule, seen.plan.changes, seen.findings, *map(ledger.text, events))
"""


def test_nothing_depends_on_the_hash_seed() -> None:
    """Another process with other hashes says the same of a workspace in the middle of its work, to the byte."""
    history = History(11)
    for number, move in enumerate((*MOVES[:7], *MOVES[8:], *MOVES[:6])):
        move(history, random.Random(number))
    given_to = json.dumps({"files": history.desk.files, "now": history.desk.now.isoformat()})
    assert len(history.desk.plan.actions) > 5

    def told(seed: str) -> str:
        env = {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]}
        command = [sys.executable, "-c", TELL]
        return subprocess.run(command, input=given_to, env=env, capture_output=True, text=True, check=True).stdout

    assert told("1") == told("2")


# -- what the ledger writes --------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cn", "Co", "Zl", "Zp"]), min_size=1)
NAME = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?", fullmatch=True).filter(str.isascii)
INSTANT = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001  # hypothesis wants it naive
    lambda one: one.replace(microsecond=0)
)
EFFORT = st.integers(1, 10_000).map(Effort)
NUMBERS = st.integers(-(10**12), 10**12) | st.decimals("-1000", "1000", places=2).filter(lambda one: one % 1 != 0)
PARAMS = st.dictionaries(st.sampled_from(["size", "sizeGiB", "version"]), TEXT | NUMBERS | st.booleans())
DATES = st.tuples(INSTANT, INSTANT).map(lambda two: Dates(start=min(two), finish=max(two)))
REPORTS = st.builds(
    Report,
    status=st.sampled_from(STATUSES),
    reason=st.just("") | TEXT,
    on=st.just("") | NAME,
    remaining=st.none() | EFFORT,
    effort=st.none() | EFFORT,
    outputs=st.dictionaries(NAME, TEXT, max_size=2),
    exceptions=st.lists(TEXT, max_size=2).map(tuple),
)


def components(project: str) -> st.SearchStrategy[Component]:
    return st.builds(
        Component,
        project=st.just(project),
        name=NAME,
        service=NAME,
        params=PARAMS,
        depends_on=st.lists(NAME, unique=True, max_size=2).map(lambda names: tuple(sorted(names))),
    ).map(lambda one: replace(one, defaulted=frozenset(list(one.params)[:1])))


def orders(project: str, change: str) -> st.SearchStrategy[Order]:
    keys = st.tuples(NAME, NAME).map(lambda two: f"{project}/{two[0]}/provision.1/{two[1]}")
    return st.builds(
        Order,
        key=keys,
        project=st.just(project),
        change=st.just(change),
        component=NAME,
        action=st.sampled_from(["provision.1", "change.12"]),
        procedure=NAME,
        step=NAME,
        title=TEXT,
        department=NAME,
        joint=st.lists(NAME, max_size=2, unique=True).map(tuple),
        effort=EFFORT | st.just(Effort(0)),
        effort_range=st.just(()) | st.tuples(EFFORT, EFFORT),
        people=st.integers(1, 5),
        wait=st.builds(Duration, minutes=st.integers(0, 9999)) | st.builds(Duration, working_days=st.integers(1, 9)),
        window=st.booleans(),
        depends_on=st.lists(keys, max_size=2, unique=True).map(tuple),
        inputs=st.dictionaries(NAME, keys.map(lambda key: (key,)), max_size=2),
        outputs=st.dictionaries(NAME, TEXT, max_size=2),
        checklist=st.lists(TEXT, max_size=2).map(tuple),
        irreversible=st.booleans(),
        not_before=st.none() | st.dates(date(2020, 1, 1), date(2035, 1, 1)),
        why=st.just("") | TEXT,
    )


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Any event that can be recorded."""
    project, change = draw(NAME), draw(NAME)
    head: dict[str, Any] = {"at": draw(INSTANT), "by": draw(TEXT), "project": project, "name": draw(NAME)}
    kind = draw(st.sampled_from([Ordered, Adopted, Moved, StatusSet, Dated]))
    made = {one.name: one for one in draw(st.lists(components(project), min_size=1, max_size=3))}
    given_out = {one.key: one for one in draw(st.lists(orders(project, change), min_size=1, max_size=3))}
    if kind is Adopted:
        return Adopted(**head, components=made, evidence=draw(st.just("") | TEXT))
    if kind is Moved:
        return Moved(**head, moves=draw(st.dictionaries(NAME, NAME, min_size=1, max_size=3)))
    if kind is StatusSet:
        return StatusSet(**head, orders={key: draw(REPORTS) for key in given_out})
    if kind is Dated:
        return Dated(**head, change=change, committed=draw(INSTANT))
    opened = {
        name: OrderedComponent(action="change.2", kind="change", target=draw(st.none() | st.just(one)))
        for name, one in made.items()
    }
    return Ordered(
        **head,
        change=change,
        checksum="0123456789ab",
        rung=draw(st.integers(0, 3)),
        components=opened,
        orders={key: (one, draw(DATES)) for key, one in given_out.items()},
        cancelled=tuple(given_out)[:1],
        committed=draw(st.none() | INSTANT),
    )


@examples(50)
@given(events())
def test_what_the_ledger_writes_is_read_as_it_was(event: Event) -> None:
    again = reread(event)
    assert again == event
    assert ledger.text(again) == ledger.text(event)
