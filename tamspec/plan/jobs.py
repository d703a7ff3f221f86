"""Orders, departments and calendars → the jobs, resources and hours that the scheduler understands."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tamspec.model.catalog import Calendar, Client, Department
from tamspec.model.order import Order, OrderState, State
from tamspec.model.plan import AS_WRITTEN, Assumed, Delay
from tamspec.model.project import Change
from tamspec.model.values import TENTHS
from tamspec.model.workspace import ALWAYS, Workspace
from tamspec.plan.grid import SLOT
from tamspec.plan.problem import Job, Resource
from tamspec.worktime import HorizonError, Windows, expand, instant, moment

HORIZON_YEARS = 3
"""How far ahead orders are planned, where no department has work for a whole year."""

MOST_YEARS = 15
"""How far ahead they are planned at most, however much there is to do."""

WORKING_YEAR = 1600
"""Hours of one person, without holidays and absences."""

_DAY = 24 * 60 * 60

TAM_SHARE = 30
"""Percent of a TAM's working time, where the person's spec does not say."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What all jobs of a plan stand on."""

    workspace: Workspace
    at: int
    horizon: int
    hours: Mapping[str, Windows]
    """Calendar name → its windows from a year before `at` to the horizon."""
    resources: Mapping[str, Resource]
    delays: Mapping[str, Delay] = field(default_factory=dict)
    """Order key → how a what-if holds it back."""


def ground(workspace: Workspace, at: datetime, orders: Iterable[Order] = (), assumed: Assumed = AS_WRITTEN) -> Ground:
    """Calendars expanded and capacities counted, as seen at an instant, as far ahead as the orders may reach."""
    first = date(at.year - 1, 1, 1)
    last = date(at.year + min(HORIZON_YEARS + _years_of_work(orders, workspace), MOST_YEARS), 12, 31)
    hours = {name: _hours(calendar, first, last) for name, calendar in workspace.calendars.items()}
    horizon = instant(datetime.combine(last - timedelta(days=7), time(), tzinfo=at.tzinfo))
    resources = {name: _department(one, workspace) for name, one in workspace.departments.items()}
    resources |= {
        f"tam:{name}": Resource(name=f"tam:{name}", capacity=tam_tenths(workspace, name)) for name in _tams(workspace)
    }
    return Ground(
        workspace=workspace,
        at=instant(at),
        horizon=horizon,
        hours=hours,
        resources=resources,
        delays=assumed.delays,
    )


def _years_of_work(orders: Iterable[Order], workspace: Workspace) -> int:
    """The whole years for which the department with the most work for its people has some."""
    minutes: Counter[str] = Counter()
    for order in orders:
        minutes.update(dict.fromkeys(order.departments, order.effort))
    years = (
        total * TENTHS // (max(1, capacity_tenths(workspace.departments[name], workspace)) * 60 * WORKING_YEAR)
        for name, total in minutes.items()
        if name in workspace.departments
    )
    return max(years, default=0)


def _hours(calendar: Calendar, first: date, last: date) -> Windows:
    """The windows of a calendar; none where it is never open, so that what needs it finds no time."""
    if any(calendar.hours.values()) or any(calendar.overrides.values()):
        return expand(calendar, first, last)
    return Windows((), (), expand(ALWAYS, first, last).horizon, calendar.time_zone)


def capacity_tenths(department: Department, workspace: Workspace) -> int:
    """What a department can plan with, in tenths of a person: its people, less the shares that its TAMs are away,
    less the reserve for incidents and small requests (rounded down)."""
    away = sum(tam_tenths(workspace, name) for name in _tams(workspace) if _home(workspace, name) == department.name)
    people = max(0, department.capacity.people * TENTHS - away)
    return int(people * (100 - department.capacity.reserve) / 100)


def tam_tenths(workspace: Workspace, name: str) -> int:
    """The share of a TAM, in tenths of a person, at least one."""
    share = workspace.people[name].tam_share
    return max(1, round(Decimal(TAM_SHARE if share is None else share) * TENTHS / 100))


def _tams(workspace: Workspace) -> tuple[str, ...]:
    named = {one.team.tam.name for one in workspace.projects.values() if one.team.tam}
    return tuple(sorted(named | {name for name, one in workspace.people.items() if one.tam_share is not None}))


def _home(workspace: Workspace, name: str) -> str:
    return workspace.people[name].department.name


def _department(one: Department, workspace: Workspace) -> Resource:
    zone = ZoneInfo(workspace.calendars[one.calendar.name].time_zone)
    tenths = capacity_tenths(one, workspace)
    since = midnight(one.valid_from, zone) if one.valid_from else 0
    until = ((midnight(one.valid_to + timedelta(days=1), zone), 0),) if one.valid_to else ()
    return Resource(name=one.name, capacity=tenths, levels=((since, tenths), *until))


def midnight(day: date, zone: ZoneInfo) -> int:
    """The instant at which a local day begins."""
    return instant(datetime.combine(day, time(), tzinfo=zone).astimezone(ZoneInfo("UTC")))


def deadline(change: Change, client: Client, workspace: Workspace) -> datetime | None:
    """The end of the required-by day in the client's time zone."""
    if change.required_by is None:
        return None
    zone = ZoneInfo(workspace.calendars[client.calendar.name].time_zone)
    return moment(midnight(change.required_by + timedelta(days=1), zone))


def client_of(workspace: Workspace, project: str) -> Client | None:
    """The client of a project; None where the project is written no more."""
    found = workspace.projects.get(project)
    return workspace.clients[found.client.name] if found else None


def group_of(change: str, project: str) -> str:
    """What floats and finishes are told for: a Change, or all that no Change claims of a project."""
    return change or f"{project}:unclaimed"


def jobs(orders: Iterable[Order], state: State, base: Ground, dues: Mapping[str, int]) -> dict[str, Job]:
    """A job for each order, unranked; predecessors that are done come along as finished jobs, and those that somebody
    cancelled as if they were still to be done, since what follows still waits for them. `dues`: Change → deadline."""
    made = {order.key: _job(order, state.orders.get(order.key), base, dues.get(order.change)) for order in orders}
    behind = sorted({key for job in made.values() for key in job.needs} - made.keys())
    while behind:
        known = state.orders.get(key := behind.pop())
        if known is None or known.dropped or key in made:
            continue
        if known.finished is not None:
            finish = instant(known.finished)
            start = min(finish, instant(known.started)) if known.started else finish
            made[key] = Job(key=key, group=known.order.change, started=start, finished=finish)
        else:
            made[key] = _job(known.order, None, base, dues.get(known.order.change))
            behind.extend(known.order.depends_on)
    return made


def _job(order: Order, known: OrderState | None, base: Ground, due: int | None) -> Job:
    demand, hours, wait_hours = _performer(order, base)
    granted = min(
        (min(asked, base.resources[name].capacity or asked) for name, asked in demand.items()), default=TENTHS
    )
    minutes = SLOT * _pace(order, demand, granted) / (TENTHS * 60)
    work = math.ceil(order.effort / minutes)
    job = Job(
        key=order.key,
        group=group_of(order.change, order.project),
        needs=order.depends_on,
        demand={name: min(asked, granted) for name, asked in demand.items()},
        hours=hours,
        work=work,
        wait=order.wait,
        wait_hours=wait_hours,
        release=max(_release(order, base), _delayed(order.key, wait_hours, base)),
        given=instant(known.given) if known and known.given and known.status != "cancelled" else None,
        due=due,
        spread=tuple(effort / minutes for effort in order.effort_range),
        unbroken=order.window,
        rest=_rest(order, base) if order.window else {},
    )
    return _under_way(job, order, known, base) if known and known.is_started else job


def _pace(order: Order, demand: Mapping[str, int], granted: int) -> int:
    """Tenths of a person that work on it at a time: of each department, so that joint work is not shared out."""
    return granted if demand else TENTHS * order.people


def _performer(order: Order, base: Ground) -> tuple[dict[str, int], tuple[str, ...], str]:
    """What it takes, in which hours, and in which hours its waiting days count."""
    workspace = base.workspace
    asked = order.people * TENTHS
    client = client_of(workspace, order.project)
    if order.department:
        departments = [workspace.departments[name] for name in order.departments if name in workspace.departments]
        calendars = [(one.window_hours or one.calendar if order.window else one.calendar).name for one in departments]
        project = workspace.projects.get(order.project)
        if order.window and project and project.maintenance_window:
            calendars.append(project.maintenance_window.name)
        wait_hours = departments[0].calendar.name if departments else ""
        return {one.name: asked for one in departments}, tuple(sorted(set(calendars))), wait_hours
    tam = workspace.projects[order.project].team.tam if order.project in workspace.projects else None
    if order.party == "tam" and tam:
        calendar = workspace.departments[_home(workspace, tam.name)].calendar.name
        resource = f"tam:{tam.name}"
        return {resource: base.resources[resource].capacity}, (calendar,), calendar
    calendar = client.calendar.name if client else ""
    return {}, (calendar,) if calendar else (), calendar


def _rest(order: Order, base: Ground) -> dict[str, str]:
    """Departments that work at night lose their next working day; those without window hours work by day."""
    departments = [base.workspace.departments[name] for name in order.departments if name in base.workspace.departments]
    return {one.name: one.calendar.name for one in departments if one.window_hours}


def _release(order: Order, base: Ground) -> int:
    if order.not_before is None:
        return 0
    client = client_of(base.workspace, order.project)
    zone = base.workspace.calendars[client.calendar.name].time_zone if client else "UTC"
    return midnight(order.not_before, ZoneInfo(zone))


def _delayed(key: str, days: str, base: Ground) -> int:
    """Until when a what-if holds an order back, counted in the working days of whoever does it; where the calendar
    ends before, for good."""
    delay = base.delays.get(key)
    if delay is None:
        return 0
    since, wait = instant(delay.since), delay.length
    try:
        since = base.hours[days].add_days(since, wait.working_days) if days else since + _DAY * wait.working_days
    except HorizonError:
        return base.horizon + SLOT
    return since + 60 * wait.minutes


def _under_way(job: Job, order: Order, known: OrderState, base: Ground) -> Job:
    """A started order: what remains of it, from when. Blocked work stands still; without a report of what remains,
    its estimate less the working time since its start."""
    started = instant(known.started) if known.started else base.at
    since, work = started, job.work
    if known.last and known.last.remaining is not None and known.reported:
        since = instant(known.reported)
        work = math.ceil(job.work * known.last.remaining / order.effort) if order.effort else 0
    until = instant(known.reported) if known.status == "blocked" and known.reported else base.at
    spent = 0
    if job.hours and since < until:
        open_time = min(base.hours[name].between(since, until) for name in job.hours)
        spent = open_time // SLOT
    if not job.work:
        return replace(job, started=started, resumes=started)
    return replace(job, started=started, resumes=base.at, work=max(1, work - spent))
