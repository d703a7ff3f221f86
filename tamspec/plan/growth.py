"""How long it takes to get more of what a client uses up: the procedure that raises the parameter, planned beside
everybody's work.

It is placed as a draft is, behind all other work and moving none of it, and never becomes an order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec.structs import replace

from tamspec.model.catalog import Param
from tamspec.model.graph import in_order
from tamspec.model.order import Component, Order, State
from tamspec.model.plan import Diff, Growth
from tamspec.model.project import CapacityItem
from tamspec.model.values import Scalar
from tamspec.model.workspace import Workspace
from tamspec.plan.diff import Desired, differing
from tamspec.plan.engine.grid import Grid, grid_after
from tamspec.plan.engine.place import NEVER, Desk
from tamspec.plan.engine.problem import Job
from tamspec.plan.jobs import Ground, jobs
from tamspec.plan.orders import written
from tamspec.plan.steps import change
from tamspec.worktime import moment

MORE = Decimal("0.25")
"""By how much the parameter is supposed to be raised: steps may take the longer the more is asked for."""


def growth(
    workspace: Workspace,
    wanted: Desired,
    diffs: Iterable[Diff],
    state: State,
    base: Ground,
    desks: Sequence[Desk],
) -> Mapping[str, Growth]:
    """`project/item` → when there would be more of it, of every item with a parameter, by name."""
    return {
        f"{name}/{item}": _growth(name, item, one, workspace, wanted, diffs, state, base, desks)
        for name, project in sorted(workspace.projects.items())
        for item, one in sorted(project.capacity.items())
        if one.param or one.component
    }


def _growth(
    project: str,
    name: str,
    item: CapacityItem,
    workspace: Workspace,
    wanted: Desired,
    diffs: Iterable[Diff],
    state: State,
    base: Ground,
    desks: Sequence[Desk],
) -> Growth:
    raised = _raised_by(project, item, wanted, diffs, state)
    component = wanted.landscapes[project].components.get(item.component)
    if component is None or not item.param:
        return Growth(ready=None, why="no component of a service says how it grows", raised_by=raised)
    orders = _orders(f"{project}/{component.name}/more:{name}", component, item.param, workspace)
    if not orders:
        why = f"no procedure of service {component.service} answers more {item.param}"
        return Growth(ready=None, why=why, raised_by=raised)
    made = jobs(orders, state, base, {})
    ends = _placed(made, base, desks)
    last = max(ends, key=lambda key: (ends[key], key))
    if ends[last] >= NEVER:
        return Growth(ready=None, why="there is no time for it within the plan", raised_by=raised)
    titles = {one.key: one.title for one in orders}
    steps = tuple(titles[key] for key in _way(last, made, ends))
    return Growth(ready=moment(ends[last]), steps=steps, raised_by=raised)


def _orders(prefix: str, component: Component, param: str, workspace: Workspace) -> tuple[Order, ...]:
    """What raising the parameter would order; nothing where nobody can tell."""
    service = workspace.services[component.service]
    known = service.params.get(param)
    before = component.params.get(param)
    after = _more(before, known) if known else None
    if after is None:
        return ()
    target = replace(component, params={**component.params, param: after}, defaulted=component.defaulted - {param})
    fields = [one for one in differing(component, target) if one.name == param]
    nodes, _ = change(prefix, service, component, target, fields)
    own = {node.key for node in nodes}
    return tuple(
        replace(
            written(node, "", None, {}, [key for key in node.follows if key in own]),
            component=component.name,
            action=prefix.rpartition("/")[2],
        )
        for node in nodes
    )


def _more(value: Scalar, param: Param) -> Scalar:
    """A greater value of the parameter; None: there is none."""
    if param.enum:
        at = param.enum.index(value) + 1 if value in param.enum else len(param.enum)
        return param.enum[at] if at < len(param.enum) else None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    more = value + max(1, math.ceil(abs(Decimal(value)) * MORE))
    if param.maximum is not None and more > param.maximum:
        return param.maximum if param.maximum > value else None
    return more


def _placed(made: Mapping[str, Job], base: Ground, desks: Sequence[Desk]) -> dict[str, int]:
    """Each job → its finish, one after the other behind all that has a place already."""
    own: dict[str, Desk] = {}
    ends: dict[str, int] = {}
    for key in in_order({key: job.needs for key, job in made.items()}):
        job = made[key]
        ready = max((ends[need] for need in job.needs if need in ends), default=0)
        if ready >= NEVER:
            ends[key] = NEVER
            continue
        alone = replace(job, needs=(), release=max(job.release, ready), given=None)
        desk = _joined(alone, base, desks, own)
        number = len(desk.jobs) - 1
        desk.serve([number], desk.board)
        ends[key] = desk.finish[number]
        own |= dict.fromkeys(job.demand, desk)
    return ends


def _way(last: str, made: Mapping[str, Job], ends: Mapping[str, int]) -> tuple[str, ...]:
    """The jobs that a job waits for longest, back to the first; the first stands first."""
    way = [last]
    while before := [key for key in made[way[-1]].needs if key in ends]:
        way.append(max(before, key=lambda key: (ends[key], key)))
    return tuple(reversed(way))


def _joined(job: Job, base: Ground, desks: Sequence[Desk], own: Mapping[str, Desk]) -> Desk:
    """A desk at which those who do the job have all their other work, and the job is not placed yet. Where they work in
    hours in which they have no work so far, they are free in them."""
    known = [own[name] for name in job.demand if name in own]
    known += [desk for desk in desks if any(name in one.demand for one in desk.jobs for name in job.demand)]
    for desk in known:
        joined = desk.joined([job], {job.key: (1 << 30,)})
        if joined is not None:
            return joined
    grid = desks[0].grid if desks else Grid(base.hours, grid_after(base.at), base.horizon)
    return Desk([job], base.resources, grid, {job.key: (1 << 30,)})


def _raised_by(project: str, item: CapacityItem, wanted: Desired, diffs: Iterable[Diff], state: State) -> str:
    """The open Change that makes the parameter greater, or that works on the component where no parameter is named."""
    if not item.component:
        return ""
    members = wanted.landscapes[project].members(item.component)
    for one in diffs:
        if one.project == project and one.component in members and one.change and _is_more(one, item.param):
            return one.change
    return next(iter(sorted(_ordered_more(project, members, item.param, state))), "")


def _is_more(one: Diff, param: str) -> bool:
    if one.kind != "change":
        return one.kind == "provision"
    return not param or any(each.name == param and _is_greater(each.after, each.before) for each in one.fields)


def _ordered_more(project: str, members: Iterable[str], param: str, state: State) -> Iterator[str]:
    """The Changes whose orders, given and not done yet, bring more."""
    for name in members:
        id = f"{project}/{name}"
        ordered, built = state.ordered.get(id), state.built.get(id)
        if ordered is None or ordered == built:
            continue
        before, after = built.params.get(param) if built else None, ordered.params.get(param)
        if not param or before is None or _is_greater(after, before):
            yield from (
                known.order.change
                for known in state.orders.values()
                if known.is_open and known.order.project == project and known.order.component == name
            )


def _is_greater(after: object, before: object) -> bool:
    numbers = [one for one in (after, before) if isinstance(one, (int, Decimal)) and not isinstance(one, bool)]
    return numbers[0] > numbers[1] if len(numbers) == 2 else after != before
