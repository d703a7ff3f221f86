"""How much of the departments is taken, which one holds up the work, and what waits at interfaces: text and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from tamspec.model.plan import Interface, Load, Plan, Use
from tamspec.model.values import counted
from tamspec.model.workspace import Workspace
from tamspec.report.rows import aligned
from tamspec.report.times import day, hours, utc, zone_of

SHOWN = 20
"""How many departments, and how many interfaces, are told before the rest is counted."""

BAR = 10
_FREE, _CLOSED, _FULL = ".", "-", "#"


def bottleneck_text(plan: Plan, workspace: Workspace) -> Iterator[str]:
    """The department that holds up most, in a line; none where nobody is waited for."""
    found = plan.bottleneck
    if found and found.awaited:
        until = day(found.awaited.end, zone_of(workspace, (found.department,), ""))
        waiting = f"{counted(found.waiting, 'order')} {'waits' if found.waiting == 1 else 'wait'} for it"
        yield f"Bottleneck: {_label(found, workspace)}, {_percent(found.awaited)} until {until}; {waiting}."


def load_text(plan: Plan, workspace: Workspace) -> Iterator[str]:
    """A line for each department that has work, those that are taken most first."""
    busy = sorted((one for one in plan.loads if one.whole.planned), key=_most_taken)
    if not busy:
        return
    yield "Load of the departments, in hours of one person, until the last order of each. By week, this one first:"
    yield f"{_FREE} nothing, 1-9 tenths that are taken, {_FULL} over nine tenths, {_CLOSED} closed."
    yield from aligned([_load_row(one, workspace) for one in busy[:SHOWN]])
    yield from _rest(len(busy), "department")
    idle = len(plan.loads) - len(busy)
    if idle:
        yield f"  Without work: {counted(idle, 'department')}."


def _rest(number: int, what: str) -> Iterator[str]:
    if number > SHOWN:
        yield f"  … and {counted(number - SHOWN, f'more {what}')}; the JSON has them all."


def _most_taken(load: Load) -> tuple[bool, Fraction, str]:
    share = load.whole.share
    return share is not None, -(share or Fraction()), load.department


def _load_row(load: Load, workspace: Workspace) -> tuple[str, ...]:
    zone = zone_of(workspace, (load.department,), "")
    taken = min(BAR, int((load.whole.share if load.whole.share is not None else 1) * BAR))
    return (
        load.department,
        "#" * taken + "." * (BAR - taken),
        f"{_percent(load.whole):>5}",
        f"{hours(load.whole.planned)} of {hours(load.whole.capacity)}",
        f"until {day(load.whole.end, zone)}",
        "".join(map(_week, load.weeks)),
        f"full from {day(load.full_from, zone)}" if load.full_from else "",
    )


def _percent(use: Use) -> str:
    return "more than it has" if use.share is None else f"{int(use.share * 100)} %"


def _week(use: Use) -> str:
    if not use.planned:
        return _FREE if use.capacity else _CLOSED
    return _FULL if use.share is None or use.is_full else str(max(1, int(use.share * 10)))


def _label(load: Load, workspace: Workspace) -> str:
    found = workspace.departments.get(load.department)
    return found.label if found else load.department


def interfaces_text(plan: Plan) -> Iterator[str]:
    """A line for each interface at which anything waits, those with most waiting first."""
    slow = sorted((one for one in plan.interfaces if one.minutes), key=lambda one: (-one.minutes, one.giver))
    if slow:
        yield "Waiting where work is handed over, in working hours of whoever takes over:"
    yield from aligned([_interface_row(one) for one in slow[:SHOWN]])
    yield from _rest(len(slow), "interface")
    quick = len(plan.interfaces) - len(slow)
    if quick:
        yield f"{'  W' if slow else 'W'}ithout waiting: {counted(quick, 'interface')}."


def _interface_row(one: Interface) -> tuple[str, ...]:
    longest = f"the longest {hours(one.longest_minutes)}: {one.longest}"
    return (f"{one.giver} → {one.receiver}", counted(one.orders, "hand-over"), f"{hours(one.minutes)} waiting", longest)


# -- for programs -----------------------------------------------------------------------------------------------------


def workload_json(plan: Plan) -> dict[str, Any]:
    """The fields of a plan that tell of departments and interfaces."""
    found = plan.bottleneck
    return {
        "load": [_load_json(one) for one in plan.loads],
        "bottleneck": _bottleneck_json(found, found.awaited) if found and found.awaited else None,
        "interfaces": [
            {
                "from": one.giver,
                "to": one.receiver,
                "orders": one.orders,
                "wait_hours": one.minutes / 60,
                "longest_hours": one.longest_minutes / 60,
                "longest": one.longest,
            }
            for one in plan.interfaces
        ],
    }


def _load_json(load: Load) -> dict[str, Any]:
    return {
        "department": load.department,
        **_use_json(load.whole),
        "weeks": [_use_json(one) for one in load.weeks],
        "full_from": utc(load.full_from),
        "waiting": load.waiting,
    }


def _bottleneck_json(load: Load, awaited: Use) -> dict[str, Any]:
    return {"department": load.department, **_use_json(awaited), "waiting": load.waiting}


def _use_json(use: Use) -> dict[str, Any]:
    return {
        "start": utc(use.start),
        "end": utc(use.end),
        "planned_hours": use.planned / 60,
        "capacity_hours": use.capacity / 60,
        "utilisation": None if use.share is None else round(float(use.share * 100), 1),
    }
