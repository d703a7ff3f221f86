"""What people decided for single orders: by which key a Change names an order, and what that altered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from tamspec.model.catalog import Step
from tamspec.model.order import Component, Order
from tamspec.model.plan import Decided, OverridableField
from tamspec.model.project import Change
from tamspec.model.values import effort_text
from tamspec.model.workspace import Workspace
from tamspec.plan.steps import effort_of


def decided(order: Order, component: Component | None, workspace: Workspace) -> tuple[Decided, ...]:
    """What people decided for an order, where that is what counts for it; `component` is what it works on."""
    change = workspace.changes.get(order.change)
    return tuple(_decided(order, component, change, workspace)) if change else ()


def _decided(order: Order, component: Component | None, change: Change, workspace: Workspace) -> Iterator[Decided]:
    key = order.override_key
    override = change.orders.get(key)
    if override is None:
        return
    step = _step(order, component, change, workspace)
    usual = effort_of(step, component.params if component else {}) if step else None
    said: tuple[tuple[OverridableField, object, object, object], ...] = (
        ("effort", override.effort, order.effort, usual),
        ("notBefore", override.not_before, order.not_before, change.not_before),
        ("pin", override.pin, order.pin, None),
    )
    for field, wish, counts, catalogue in said:
        if wish is not None and wish == counts:
            at = (change.at / "spec" / "orders" / key / field).value
            yield Decided(field=field, catalogue=_text(catalogue), decided=_text(wish), why=override.why.strip(), at=at)


def _step(order: Order, component: Component | None, change: Change, workspace: Workspace) -> Step | None:
    """The step or task that the order comes from, as it is written now."""
    if not order.component:
        return change.tasks.get(order.step)
    service = workspace.services.get(component.service) if component else None
    procedure = service.procedures.get(order.procedure) if service else None
    return procedure.steps.get(order.step.rpartition(".")[2]) if procedure else None


def _text(value: object) -> str:
    """A value as people write it: effort, a day, a day and a time; nothing for None."""
    match value:
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case int():
            return effort_text(value)
    return ""
