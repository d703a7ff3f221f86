"""Why an order, or the last order of a Change, has its dates: the tight constraints followed back to their cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from tamspec.diagnostics import Loc
from tamspec.model.order import Order, OrderState, State, Status
from tamspec.model.plan import Action, ChangePlan, Plan, Reason, Scheduled
from tamspec.model.workspace import Workspace
from tamspec.plan.jobs import group_of

DIFFERENCE: Mapping[str, str] = {
    "provision": "{} is asked for here.",
    "change": "{} gets another value here.",
    "decommission": "{} is asked for no more.",
}
"""Kind of a difference → what its line says of the component."""


class Link(Struct, frozen=True, kw_only=True):
    """An order of a chain, and everything that keeps it from starting earlier."""

    key: str
    performer: str
    status: Status | Literal["ready"]
    start: datetime | None
    finish: datetime | None
    """As planned, of a finished order as it was; None: it has no dates."""
    reasons: tuple[Reason, ...] = ()
    """Empty: it is done, or has no dates."""


class Cause(Struct, frozen=True, kw_only=True):
    """A line that makes an order what it is, and what stands there."""

    at: Loc
    text: str


class OrderWhy(Struct, frozen=True, kw_only=True):
    """Everything that can be told of an order's dates and existence."""

    order: Order
    status: Status | Literal["ready"]
    dates: Scheduled | None
    """None: done, cancelled, or without a place."""
    unplaced: str
    """Why there is no time for it; empty: there is, or none is needed."""
    chain: tuple[Link, ...]
    """The order itself first, then what it waits for, back to the cause."""
    causes: tuple[Cause, ...]


class ChangeWhy(Struct, frozen=True, kw_only=True):
    """Why a Change finishes when it does."""

    change: ChangePlan
    chain: tuple[Link, ...]
    """Its last order first, back to the cause; empty: no order of it has dates."""
    unplaced: Mapping[str, str]
    """Its orders that have no place, and why: they leave the Change without a finish."""


def of_order(plan: Plan, workspace: Workspace, state: State, key: str) -> OrderWhy:
    """Why an order of the plan or of the ledger has its dates."""
    order = _order(plan, state, key)
    return OrderWhy(
        order=order,
        status=_status(plan, state, key),
        dates=plan.schedule.get(key),
        unplaced=plan.unplaced.get(key, ""),
        chain=chain(plan, state, key),
        causes=tuple(_causes(order, plan, workspace, state)),
    )


def of_change(plan: Plan, state: State, name: str) -> ChangeWhy:
    """Why a Change of the plan finishes when it does."""
    last = last_orders(plan, state).get(name)
    return ChangeWhy(
        change=plan.changes[name],
        chain=chain(plan, state, last) if last else (),
        unplaced={key: why for key, why in plan.unplaced.items() if _order(plan, state, key).change == name},
    )


def last_orders(plan: Plan, state: State) -> dict[str, str]:
    """Change → the order with which it is finished, of several the first by key. As in the plan, `PROJECT:unclaimed`
    stands for what no Change claims; where no order has dates, the Change is left out."""
    ends: dict[str, tuple[float, str]] = {}
    orders = {key: (plan.by_key[key].order, dates.finish) for key, dates in plan.schedule.items()}
    orders |= {key: (one.order, one.finished) for key, one in state.orders.items() if one.finished}
    for key, (order, finish) in orders.items():
        group, end = group_of(order.change, order.project), (-finish.timestamp(), key)
        ends[group] = min(ends.get(group, end), end)
    return {group: key for group, (_, key) in ends.items()}


def chain(plan: Plan, state: State, key: str) -> tuple[Link, ...]:
    """The order, then the one that it waits for longest, and so on until nothing earlier binds. No order twice."""
    links: dict[str, Link] = {}
    following = key
    while following:
        link = links[following] = _link(plan, state, following)
        binding = {other for reason in link.reasons for other in reason.orders} - links.keys()
        following = _longest(plan, state, link, binding)
    return tuple(links.values())


def _link(plan: Plan, state: State, key: str) -> Link:
    dates, known = plan.schedule.get(key), state.orders.get(key)
    done = known if dates is None and known and known.finished else None
    return Link(
        key=key,
        performer=_order(plan, state, key).performer,
        status=_status(plan, state, key),
        start=dates.start if dates else done.started if done else None,
        finish=dates.finish if dates else done.finished if done else None,
        reasons=dates.reasons if dates else (),
    )


def _longest(plan: Plan, state: State, link: Link, binding: set[str]) -> str:
    """Of the orders that bind, the one that ends latest; one that goes on beside it made no room, so it comes last."""

    def turn(key: str) -> tuple[bool, float, str]:
        other = _link(plan, state, key)
        end = other.finish.timestamp() if other.finish else 0.0
        return link.start is not None and end > link.start.timestamp(), -end, key

    return min(binding, key=turn, default="")


def _order(plan: Plan, state: State, key: str) -> Order:
    return plan.by_key[key].order if key in plan.by_key else _recorded(state, key).order


def _recorded(state: State, key: str) -> OrderState:
    assert key in state.orders, f"this is a bug in tamspec: nobody knows an order {key}"
    return state.orders[key]


def _status(plan: Plan, state: State, key: str) -> Status | Literal["ready"]:
    return plan.statuses[key] if key in plan.statuses else _recorded(state, key).status


def _causes(order: Order, plan: Plan, workspace: Workspace, state: State) -> Iterator[Cause]:
    """The lines that make an order what it is: the difference, the step, what people decided, the ledger."""
    action, known = plan.by_key.get(order.key), state.orders.get(order.key)
    if order.component and action and action.causes:
        kinds = {(one.project, one.component): one.kind for one in plan.diffs if one.kind != "move"}
        text = DIFFERENCE.get(kinds.get((order.project, order.component), ""), "It causes the order.")
        yield from (Cause(at=at, text=text.format(order.component)) for at in action.causes)
    yield from _decisions(order, action, workspace)
    if known is None or order.at.marks != known.order.at.marks:
        whose = f"step {order.step} of {order.procedure}" if order.component else f"task {order.step} of the Change"
        yield Cause(at=order.at.key, text=f"This is {whose}: who does it, how long, and after what.")
    if known:
        yield Cause(at=known.order.at.key, text="So the order was recorded.")


def _decisions(order: Order, action: Action | None, workspace: Workspace) -> Iterator[Cause]:
    """What people wrote in the Change about the order."""
    for one in action.decided if action else ():
        usual = f" instead of {one.catalogue}" if one.catalogue else ""
        yield Cause(at=one.at, text=f"People decided: {one.field} {one.decided}{usual}. {one.why}")
    change = workspace.changes.get(order.change)
    if change and change.not_before and order.not_before == change.not_before:
        place = change.at / "spec" / "notBefore"
        yield Cause(at=place.value, text=f"The Change does not begin before {change.not_before}.")
