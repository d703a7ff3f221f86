"""Orders, departments and calendars → the jobs, resources and hours that the scheduler understands."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct, field
from msgspec.structs import replace

from tamspec.model.catalog import Calendar, Category, Client, Department, Freeze
from tamspec.model.graph import in_order
from tamspec.model.order import Order, OrderState, State
from tamspec.model.plan import AS_WRITTEN, Assumed, Delay
from tamspec.model.project import Change
from tamspec.model.values import TENTHS
from tamspec.model.workspace import ALWAYS, Workspace
from tamspec.plan.capacity import TAM, capacity_tenths, home, resources, steady_tenths
from tamspec.plan.engine.grid import SLOT
from tamspec.plan.engine.problem import Job, Resource
from tamspec.plan.fold import change_id
from tamspec.plan.freezes import binds, freezes_of, windows
from tamspec.worktime import HorizonError, Windows, instant, midnight, moment, on_the_wall, windows_of

HORIZON_YEARS = 3
"""How far ahead orders are planned, where no department has work for a whole year."""

MOST_YEARS = 15
"""How far ahead they are planned at most, however much there is to do."""

WORKING_YEAR = 1600
"""Hours of one person, without holidays and absences."""

_DAY = 24 * 60 * 60


class Ground(Struct, frozen=True, kw_only=True):
    """What all jobs of a plan stand on."""

    workspace: Workspace
    at: int
    horizon: int
    hours: Mapping[str, Windows]
    """Name of a calendar or a freeze → its windows from a year before `at` to the horizon."""
    resources: Mapping[str, Resource]
    steady: Mapping[str, int]
    """Department in which a role begins or ends → the tenths that it has in any case while nobody is away."""
    freezes: Mapping[str, Mapping[str, Freeze]]
    """Project → its freezes, by the names of their windows."""
    delays: Mapping[str, Delay] = field(default_factory=dict)
    """Order key → how a what-if holds it back."""
    terms: dict[tuple[object, ...], Terms] = field(default_factory=dict)
    """What was found out of orders, by all that it depends on: most orders are like others."""


class Terms(Struct, frozen=True, kw_only=True):
    """Under which terms an order is worked."""

    demand: Mapping[str, int]
    """Resource → tenths that it takes at a time."""
    pace: int
    """Tenths of a person that work on it at a time."""
    hours: tuple[str, ...]
    """The windows in which it is worked."""
    wait_hours: str
    """Those in whose days its wait counts."""
    zone: ZoneInfo
    """The client's."""
    fence: int
    closed: tuple[str, ...]
    rest: Mapping[str, str]


class Hours(Mapping[str, Windows]):
    """Name of a calendar or a freeze → its windows; a calendar is expanded when somebody works by it."""

    def __init__(
        self, calendars: Mapping[str, Calendar], freezes: Mapping[str, Windows], first: date, last: date
    ) -> None:
        self._calendars, self._known, self._dates = calendars, dict(freezes), (first, last)

    def __getitem__(self, name: str) -> Windows:
        if name not in self._known:
            self._known[name] = _hours(self._calendars[name], *self._dates)
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        return name in self._known or name in self._calendars

    def __iter__(self) -> Iterator[str]:
        return iter({**self._known, **self._calendars})

    def __len__(self) -> int:
        return len(self._known.keys() | self._calendars.keys())


def ground(workspace: Workspace, at: datetime, orders: Iterable[Order] = (), assumed: Assumed = AS_WRITTEN) -> Ground:
    """Calendars expanded and capacities counted, as seen at an instant, as far ahead as the orders may reach."""
    first = date(at.year - 1, 1, 1)
    last = date(at.year + min(HORIZON_YEARS + _years_of_work(orders, workspace), MOST_YEARS), 12, 31)
    hours = Hours(workspace.calendars, windows(workspace, first, last), first, last)
    horizon = instant(datetime.combine(last - timedelta(days=7), time(), tzinfo=at.tzinfo))
    return Ground(
        workspace=workspace,
        at=instant(at),
        horizon=horizon,
        hours=hours,
        resources=resources(workspace, instant(at), horizon),
        steady=steady_tenths(workspace, instant(at)),
        freezes={name: freezes_of(project, workspace) for name, project in workspace.projects.items()},
        delays=assumed.delays,
    )


def _years_of_work(orders: Iterable[Order], workspace: Workspace) -> int:
    """The whole years for which the department with the most work for its people has some."""
    minutes: Counter[str] = Counter()
    for order in orders:
        for name in order.departments:
            minutes[name] += order.effort
    years = (
        total * TENTHS // (max(1, capacity_tenths(workspace.departments[name], workspace)) * 60 * WORKING_YEAR)
        for name, total in minutes.items()
        if name in workspace.departments
    )
    return max(years, default=0)


def _hours(calendar: Calendar, first: date, last: date) -> Windows:
    """The windows of a calendar; none where it is never open, so that what needs it finds no time."""
    if any(calendar.hours.values()) or any(calendar.overrides.values()):
        return windows_of(calendar, first, last)
    return Windows((), (), windows_of(ALWAYS, first, last).horizon, calendar.time_zone)


def deadline(change: Change, client: Client, workspace: Workspace) -> datetime | None:
    """The end of the required-by day in the client's time zone."""
    return end_of_day(change.required_by, client, workspace) if change.required_by else None


def end_of_day(day: date, client: Client, workspace: Workspace) -> datetime:
    """The first instant after a day in the client's time zone."""
    zone = ZoneInfo(workspace.calendars[client.calendar.name].time_zone)
    return moment(midnight(day + timedelta(days=1), zone))


def client_of(workspace: Workspace, project: str) -> Client | None:
    """The client of a project; None where the project is written no more."""
    found = workspace.projects.get(project)
    return workspace.clients[found.client.name] if found else None


def group_of(change: str, project: str) -> str:
    """What floats and finishes are told for: a Change, or all that no Change claims of a project."""
    return change or f"{project}:unclaimed"


def jobs(orders: Iterable[Order], state: State, base: Ground, dues: Mapping[str, int]) -> dict[str, Job]:
    """A job for each order, unranked; predecessors that are done come along as finished jobs, and those that somebody
    cancelled as if they were still to be done, since what follows still waits for them. Orders on standby have none:
    they only keep room behind the work that they take back. `dues`: Change → deadline."""
    orders = tuple(orders)
    made = {
        order.key: _job(order, state.orders.get(order.key), base, dues.get(order.change))
        for order in orders
        if not state.is_on_standby(order)
    }
    made |= _with_room(orders, made, base)
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
    terms = terms_of(order, base)
    minutes = SLOT * terms.pace / (TENTHS * 60)
    work = math.ceil(order.effort / minutes)
    job = Job(
        key=order.key,
        group=group_of(order.change, order.project),
        needs=order.depends_on,
        demand=terms.demand,
        hours=terms.hours,
        work=work,
        wait=order.wait,
        wait_hours=terms.wait_hours,
        release=max(_release(order, terms), _delayed(order.key, terms.wait_hours, base)),
        fence=0 if known and not known.dropped else terms.fence,
        pin=_pin(order, terms, base),
        closed=terms.closed,
        given=instant(known.given) if known and known.given and known.status != "cancelled" else None,
        due=due,
        spread=tuple(effort / minutes for effort in order.effort_range),
        unbroken=order.window,
        rest=terms.rest,
    )
    return _under_way(job, order, known, base) if known and known.is_started else job


def terms_of(order: Order, base: Ground) -> Terms:
    """Under which terms an order is worked."""
    who = (order.department, order.joint, order.party, order.people)
    question = (order.project, order.change, who, order.window, bool(order.effort))
    known = base.terms.get(question)
    if known is None:
        known = base.terms[question] = _new_terms(order, base)
    return known


def _new_terms(order: Order, base: Ground) -> Terms:
    demand, hours, wait_hours = _performer(order, base)
    granted = min(
        (
            min(asked, base.steady.get(name, asked), base.resources[name].capacity or asked)
            for name, asked in demand.items()
        ),
        default=TENTHS,
    )
    return Terms(
        demand={name: min(asked, granted) for name, asked in demand.items()},
        pace=_pace(order, demand, granted),
        hours=hours,
        wait_hours=wait_hours,
        zone=zone_of(order, base),
        fence=_fence(order, base),
        closed=_closed(order, base),
        rest=_rest(order, base) if order.window else {},
    )


def _with_room(orders: Sequence[Order], made: Mapping[str, Job], base: Ground) -> dict[str, Job]:
    """The jobs in a maintenance window that have a back-out, of their action or else of their Change: behind them
    stays as much room as its longest chain takes."""
    standby: dict[str, dict[str, Order]] = {}
    for order in orders:
        if order.standby:
            standby.setdefault(order.action_id, {})[order.key] = order
    chains = {id: _longest(found, base) for id, found in standby.items()}
    windows = (order for order in orders if order.window and not order.standby and order.key in made)
    found = {one.key: chains.get(one.action_id) or chains.get(change_id(one.project, one.change), 0) for one in windows}
    return {key: replace(made[key], reserve=slots) for key, slots in found.items() if slots}


def _longest(orders: Mapping[str, Order], base: Ground) -> int:
    """The slots of work on the longest chain of orders."""
    ends: dict[str, int] = {}
    for key in in_order({key: one.depends_on for key, one in orders.items()}):
        before = max((ends[need] for need in orders[key].depends_on if need in ends), default=0)
        ends[key] = before + _job(orders[key], None, base, None).work
    return max(ends.values(), default=0)


def _pace(order: Order, demand: Mapping[str, int], granted: int) -> int:
    """Tenths of a person that work on it at a time: of each department, so that joint work is not shared out."""
    return granted if demand else TENTHS * order.people


def _performer(order: Order, base: Ground) -> tuple[dict[str, int], tuple[str, ...], str]:
    """What an order takes of which resource, in tenths; the windows in which it is worked; those in whose days its
    wait counts."""
    workspace = base.workspace
    asked = order.people * TENTHS
    own = own_calendar(order, workspace)
    if order.department:
        departments = [workspace.departments[name] for name in order.departments if name in workspace.departments]
        calendars = [(one.window_hours or one.calendar if order.window else one.calendar).name for one in departments]
        project = workspace.projects.get(order.project)
        if order.window and project and project.maintenance_window:
            calendars.append(project.maintenance_window.name)
        return {one.name: asked for one in departments}, tuple(sorted(set(calendars))), own
    tam = _tam_of(order, workspace)
    if tam:
        resource = f"{TAM}{tam}"
        return {resource: base.resources[resource].capacity or TENTHS}, (own,), own
    return {}, (own,) if own else (), own


def own_calendar(order: Order, workspace: Workspace) -> str:
    """The calendar in whose working days an order is counted: that of its department, of the TAM's home department, or
    of the client. Empty where neither is written any more."""
    if order.department:
        known = (workspace.departments[name] for name in order.departments if name in workspace.departments)
        return next((one.calendar.name for one in known), "")
    tam = _tam_of(order, workspace)
    if tam:
        return workspace.departments[home(workspace, tam)].calendar.name
    client = client_of(workspace, order.project)
    return client.calendar.name if client else ""


def _tam_of(order: Order, workspace: Workspace) -> str:
    """The TAM who works it; empty where it is another's."""
    project = workspace.projects.get(order.project)
    return project.team.tam.name if order.party == "tam" and project and project.team.tam else ""


def _rest(order: Order, base: Ground) -> dict[str, str]:
    """Departments that work at night lose their next working day; those without window hours work by day."""
    departments = [base.workspace.departments[name] for name in order.departments if name in base.workspace.departments]
    return {one.name: one.calendar.name for one in departments if one.window_hours}


def _release(order: Order, terms: Terms) -> int:
    return midnight(order.not_before, terms.zone) if order.not_before else 0


def _pin(order: Order, terms: Terms, base: Ground) -> int | None:
    """When people want it to start. A pin that has passed binds nobody: the work is late and starts when it can."""
    pin = on_the_wall(order.pin, terms.zone) if order.pin else 0
    return pin if pin >= base.at else None


def zone_of(order: Order, base: Ground) -> ZoneInfo:
    """The time zone of the client, in which the pin and the first day of an order are written."""
    client = client_of(base.workspace, order.project)
    return ZoneInfo(base.workspace.calendars[client.calendar.name].time_zone if client else "UTC")


def _fence(order: Order, base: Ground) -> int:
    """Until when the days of its departments are settled without it. An emergency cannot wait for that."""
    if not order.effort or _category(order, base) == "emergency":
        return 0
    departments = (base.workspace.departments.get(name) for name in order.departments)
    return max((_settled(one, base) for one in departments if one and one.fence), default=0)


def _settled(department: Department, base: Ground) -> int:
    """Until when the days of a department are settled; to the horizon where its calendar ends before."""
    until = base.at + 60 * department.fence.minutes
    try:
        return base.hours[department.calendar.name].add_days(until, department.fence.working_days)
    except HorizonError:
        return base.horizon


def _closed(order: Order, base: Ground) -> tuple[str, ...]:
    """The freezes that bind it: work of departments and TAMs; the client and suppliers do as they like, and waiting
    goes on."""
    works = order.effort and (order.department or order.party == "tam")
    freezes = base.freezes.get(order.project, {}) if works else {}
    category = _category(order, base)
    return tuple(name for name, one in freezes.items() if name in base.hours and binds(one, category))


def _category(order: Order, base: Ground) -> Category:
    change = base.workspace.changes.get(order.change)
    return change.category if change else "normal"


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
    its estimate less the working time since its start. What is reported of a day to come has only just begun."""
    started = min(instant(known.started), base.at) if known.started else base.at
    since, work = started, job.work
    if known.last and known.last.remaining is not None and known.reported:
        since = instant(known.reported)
        work = math.ceil(job.work * known.last.remaining / order.effort) if order.effort else 0
    until = instant(known.reported) if known.status == "blocked" and known.reported else base.at
    spent = 0
    if job.hours and since < until:
        spent = min(_open_between(base.hours[name], since, until) for name in job.hours) // SLOT
    if not job.work:
        return replace(job, started=started, resumes=started)
    return replace(job, started=started, resumes=base.at, work=max(1, work - spent))


def _open_between(hours: Windows, since: int, until: int) -> int:
    """The seconds for which windows were open, as far back as they are known: work that began before was to be done
    long ago."""
    first = hours.horizon[0]
    return hours.between(max(since, first), max(until, first))
