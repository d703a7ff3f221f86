"""What the steps of the catalogue took, against what they are estimated at. It speaks of steps, never of persons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from msgspec import Struct

from tamspec.model.catalog import Step
from tamspec.model.order import Component, OrderState, State
from tamspec.model.workspace import Workspace
from tamspec.plan.fold import action_id
from tamspec.plan.steps import effort_of

ENOUGH = 3
"""With fewer reports nothing is said of a step."""


class Estimate(Struct, frozen=True, kw_only=True):
    """A step of a service, and how much of its estimate it took each time that somebody told."""

    service: str
    procedure: str
    step: str
    spec: Step
    ratios: tuple[Fraction, ...]
    """Effort that it took, in parts of what the catalogue estimates today for the same parameters; sorted."""

    @property
    def is_enough(self) -> bool:
        """Whether there are enough reports to judge by."""
        return len(self.ratios) >= ENOUGH

    @property
    def middle(self) -> Fraction:
        """Half of the reports took no more than this part of the estimate."""
        below, above = self.ratios[(len(self.ratios) - 1) // 2], self.ratios[len(self.ratios) // 2]
        return (below + above) / 2


def estimates(workspace: Workspace, state: State) -> tuple[Estimate, ...]:
    """Every step of the catalogue of which somebody told the effort, by service, procedure and step.

    Left out are orders whose effort people decided otherwise than the catalogue: they say nothing of its estimate.
    """
    found: dict[tuple[str, str, str], list[Fraction]] = defaultdict(list)
    components = dict(_components(state))
    for known in state.orders.values():
        component = components.get(action_id(known.order.key))
        step = _step(known, component, workspace) if component else None
        if component and step and known.status == "done" and known.last and known.last.effort and not known.order.why:
            estimated = effort_of(step, component.params)
            if estimated:
                found[component.service, *_names(known)].append(Fraction(known.last.effort, estimated))
    return tuple(
        Estimate(
            service=service,
            procedure=procedure,
            step=step,
            spec=workspace.services[service].procedures[procedure].steps[step],
            ratios=tuple(sorted(ratios)),
        )
        for (service, procedure, step), ratios in sorted(found.items())
    )


def _components(state: State) -> Iterator[tuple[str, Component]]:
    """Each action with the component that it was for; of a decommission as it was before."""
    last: dict[str, Component] = {}
    for id, action in state.actions.items():
        if action.target:
            last[action.component] = action.target
        if action.component in last:
            yield id, last[action.component]


def _names(known: OrderState) -> tuple[str, str]:
    """Procedure and step, as the catalogue has them."""
    return known.order.procedure, known.order.step.rpartition(".")[2]


def _step(known: OrderState, component: Component, workspace: Workspace) -> Step | None:
    """The step as the catalogue has it today; None where it has it no more."""
    service = workspace.services.get(component.service)
    procedure, name = _names(known)
    found = service.procedures.get(procedure) if service else None
    return found.steps.get(name) if found else None
