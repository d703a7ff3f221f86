"""What the steps of the catalogue and the tasks of Changes took, against what they are estimated at. It speaks of
steps, never of persons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from msgspec import Struct

from tamspec.model.catalog import Step
from tamspec.model.order import Component, Order, State
from tamspec.model.workspace import Workspace
from tamspec.plan.fold import action_id
from tamspec.plan.steps import effort_of

ENOUGH = 3
"""With fewer reports nothing is said of a step."""


class Estimate(Struct, frozen=True, kw_only=True):
    """A step of a service or a task of a Change, and how much of its estimate it took each time that somebody told."""

    service: str
    """Of a task: `change:NAME`."""
    procedure: str
    """Empty: it is a task."""
    step: str
    spec: Step
    ratios: tuple[Fraction, ...]
    """Effort that it took, in parts of what is estimated today for the same parameters; sorted."""

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
    """Every step of the catalogue and every task of which somebody told the effort, by service, procedure and step.

    Left out are orders whose effort people decided otherwise than the catalogue: they say nothing of its estimate.
    """
    found: dict[Names, list[Fraction]] = defaultdict(list)
    steps: dict[Names, Step] = {}
    components = dict(_components(state))
    for known in state.orders.values():
        if known.status != "done" or known.last is None or not known.last.effort or known.order.why:
            continue
        component = components.get(action_id(known.order.key))
        names = _names(known.order, component)
        step = _step(names, workspace)
        estimated = effort_of(step, component.params if component else {}) if step else 0
        if step and estimated:
            steps[names] = step
            found[names].append(Fraction(known.last.effort, estimated))
    return tuple(
        Estimate(service=names[0], procedure=names[1], step=names[2], spec=steps[names], ratios=tuple(sorted(ratios)))
        for names, ratios in sorted(found.items())
    )


def _components(state: State) -> Iterator[tuple[str, Component]]:
    """Each action with the component that it was for; of a decommission as it was before."""
    last: dict[str, Component] = {}
    for id, action in state.actions.items():
        if action.target:
            last[action.component] = action.target
        if action.component in last:
            yield id, last[action.component]


Names = tuple[str, str, str]
"""Service (of a task: `change:NAME`), procedure and step."""

TASK = "change:"


def _names(order: Order, component: Component | None) -> Names:
    """What the catalogue, or the Change, calls the step of an order."""
    service = component.service if component else f"{TASK}{order.change}"
    return service, order.procedure, order.step.rpartition(".")[2]


def _step(names: Names, workspace: Workspace) -> Step | None:
    """The step as the catalogue has it today, or the task as its Change has it; None where it is there no more."""
    service, procedure, step = names
    change = workspace.changes.get(service.removeprefix(TASK)) if service.startswith(TASK) else None
    if change:
        return change.tasks.get(step) if not procedure else None
    found = workspace.services[service].procedures.get(procedure) if service in workspace.services else None
    return found.steps.get(step) if found else None
