"""Agreements: whether a promise says what it must, and does not contradict itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tamspec.model.catalog import Agreement
from tamspec.model.values import Duration
from tamspec.model.workspace import Workspace
from tamspec.rules.rule import Objection, rule


@rule("TAM381", "Target without a clock")
def target_without_clock(workspace: Workspace) -> Iterator[Objection]:
    """A target counts from one event to another. Without a clock that names them, two people measure two times.

    Define the clock in `clocks`, with its `start` and its `stop`, or correct its name.
    """
    for one in workspace.agreements.values():
        for priority, targets in one.priorities.items():
            for clock in targets:
                if clock not in one.clocks:
                    at = (one.at / "spec" / "priorities" / priority / clock).key
                    has = ", ".join(one.clocks) or "none"
                    yield at, f"{one.name} defines no clock {clock}.", f"Its clocks: {has}."


@rule("TAM382", "Customer of the wrong kind")
def wrong_customer(workspace: Workspace) -> Iterator[Objection]:
    """A service level agreement is a promise to a client; operational level agreements and underpinning contracts
    stand behind it and serve a department.

    Name a client as `customer` of an `sla`, a department as that of an `ola` or `uc`; or correct `type`.
    """
    for one in workspace.agreements.values():
        kind, known = ("client", workspace.clients) if one.type == "sla" else ("department", workspace.departments)
        if one.customer.name not in known:
            detail = f"{one.customer} is no {kind}, and {one.name} is an agreement of type {one.type}."
            yield one.at / "spec" / "customer", detail


@rule("TAM383", "Promise of the wrong side")
def wrong_promiser(workspace: Workspace) -> Iterator[Objection]:
    """A supplier promises in an underpinning contract, a department in the other agreements. With both named, nobody
    knows whose breach it is.

    Keep `supplier` in a `uc` and `provider` in an `sla` or `ola`.
    """
    for one in workspace.agreements.values():
        spec = one.at / "spec"
        if one.supplier and one.type != "uc":
            yield (spec / "supplier").key, f"{one.name} is an {one.type}: it is promised by a department."
        if one.provider and one.type == "uc":
            yield (spec / "provider").key, f"{one.name} is a contract with {one.supplier}, who promises it."


@rule("TAM384", "Agreement that ends before it begins")
def ends_before_it_begins(workspace: Workspace) -> Iterator[Objection]:
    """On no day would it hold, so nothing is measured against it.

    Correct `validFrom` or `validTo`; both days are included.
    """
    for one in workspace.agreements.values():
        if one.valid_from and one.valid_to and one.valid_to < one.valid_from:
            yield one.at / "spec" / "validTo", f"{one.name} begins on {one.valid_from}, after this day."


@rule("TAM385", "Resolution promised before the response")
def resolution_before_response(workspace: Workspace) -> Iterator[Objection]:
    """An incident is resolved after somebody has answered. A response time as long as the resolution time promises
    nothing, a longer one cannot be meant.

    Make the response time shorter than the resolution time of the same priority.
    """
    for one in workspace.agreements.values():
        for priority, targets in one.priorities.items():
            response, resolution = targets.get("response"), targets.get("resolution")
            if response and resolution and _same_start(one) and _is_at_least(response, resolution):
                at = one.at / "spec" / "priorities" / priority / "response"
                yield at, f"{one.name} promises {priority} a response in {response}, a resolution in {resolution}."


def _same_start(agreement: Agreement) -> bool:
    clocks = [agreement.clocks.get(name) for name in ("response", "resolution")]
    return len({clock.start for clock in clocks if clock}) == 1


def _is_at_least(one: Duration, other: Duration) -> bool:
    """Whether the first is as long or longer; working days and hours are not compared, which depends on the hours."""
    if bool(one.working_days) != bool(other.working_days):
        return False
    return (one.working_days, one.minutes) >= (other.working_days, other.minutes)


@rule("TAM386", "Lower priority with the shorter target")
def not_monotone(workspace: Workspace) -> Iterator[Objection]:
    """Priorities are written from the most urgent down. Where a less urgent one has the shorter target, reporters
    soon learn to understate.

    Put the priorities in order, or correct the target; equal targets are fine.
    """
    for one in workspace.agreements.values():
        for clock in one.clocks:
            targets = [(name, made[clock]) for name, made in one.priorities.items() if clock in made]
            for (higher, longer), (lower, target) in pairwise(targets):
                if target != longer and _is_at_least(longer, target):
                    at = one.at / "spec" / "priorities" / lower / clock
                    yield at, f"{one.name} promises {lower} {clock} in {target}, the more urgent {higher} in {longer}."
