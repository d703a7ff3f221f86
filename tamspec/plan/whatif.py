"""What if: the same workspace under assumptions, planned and compared with the plan of what is written."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from tamspec.model.order import State
from tamspec.model.plan import Assumed, Plan, WhatIf
from tamspec.model.workspace import Workspace
from tamspec.plan import make
from tamspec.plan.compare import subtract


def what_if(plan: Plan, workspace: Workspace, state: State, assumed: Assumed, *, replan: bool = False) -> WhatIf:
    """The plan under assumptions, made at the instant and in the way of the plan of what is written. The names in
    them must exist."""
    other, _ = make(workspace, state, plan.at, replan=replan, assumed=assumed)
    difference = subtract(other, plan)
    finishes = tuple(one for one in difference.finishes if one.change not in assumed.without)
    return WhatIf(
        assumptions=tuple(_sentences(assumed, workspace)),
        plan=other,
        difference=replace(difference, finishes=finishes),
    )


def _sentences(assumed: Assumed, workspace: Workspace) -> Iterator[str]:
    for name, people in sorted(assumed.people.items()):
        has = workspace.departments[name].capacity.people
        yield f"{name} has {_people(people)} in place of {has}"
    for key, delay in sorted(assumed.delays.items()):
        yield f"{key} begins at least {delay.length} later than planned"
    for name in sorted(assumed.without):
        yield f"change {name} is not there, nor any work of it that is not done"


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"
