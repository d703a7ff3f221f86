"""A ledger entry → the event it keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tamspec.diagnostics import Place
from tamspec.load.build import Built, record, value
from tamspec.model.order import (
    Adopted,
    Component,
    Dated,
    Dates,
    Event,
    Moved,
    Order,
    Ordered,
    OrderedComponent,
    Report,
    StatusSet,
)

Data = Mapping[str, Any]
Orders = dict[str, tuple[Order, Dates | None]]


def event(data: Data, place: Place, built: Built) -> Event | None:
    """The event of a `LedgerEntry` document; None where a value in it means nothing."""
    before = len(built.findings)
    spec, at = data["spec"], place / "spec"
    cls, special = EVENTS[spec["event"]]
    given = {name: make(spec, at, built) for name, make in special.items()}
    made = record(cls, spec, at, built, name=data["metadata"]["name"], place=place, **given)
    return made if len(built.findings) == before else None


def _component(project: str, name: str, data: Data, place: Place, built: Built) -> Component:
    return record(Component, data, place, built, project=project, name=name)


def _ordered_components(spec: Data, place: Place, built: Built) -> dict[str, OrderedComponent]:
    made = {}
    for name, data in (spec.get("components") or {}).items():
        at = place / "components" / name
        target = data.get("target")
        made[name] = OrderedComponent(
            action=data["action"],
            kind=data["kind"],
            target=_component(spec["project"], name, target, at / "target", built) if target is not None else None,
        )
    return made


def _adopted_components(spec: Data, place: Place, built: Built) -> dict[str, Component]:
    return {
        name: _component(spec["project"], name, data, place / "components" / name, built)
        for name, data in spec["components"].items()
    }


def _orders(spec: Data, place: Place, built: Built) -> Orders:
    made: Orders = {}
    for key, data in (spec.get("orders") or {}).items():
        at = place / "orders" / key
        order = record(Order, data, at, built, key=key, project=spec["project"], change=spec["change"])
        made[key] = (order, record(Dates, data, at, built) if "start" in data else None)
    return made


def _reports(spec: Data, place: Place, built: Built) -> dict[str, Report]:
    made: dict[str, Report] = value(Mapping[str, Report], spec["orders"], place / "orders", built)
    return made


EVENTS: Mapping[str, tuple[type[Event], Mapping[str, Callable[[Data, Place, Built], Any]]]] = {
    "ordered": (Ordered, {"components": _ordered_components, "orders": _orders}),
    "adopted": (Adopted, {"components": _adopted_components}),
    "moved": (Moved, {}),
    "status": (StatusSet, {"orders": _reports}),
    "dated": (Dated, {}),
}
"""What an entry's `event` says → the event's type, and its fields that are made here."""
