"""Renames that nobody wrote down: a component that goes and one that comes, and are most likely the same thing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct

from tamspec.diagnostics import Severity
from tamspec.model.order import Component, State
from tamspec.model.plan import Plan
from tamspec.model.project import Project
from tamspec.model.workspace import Workspace
from tamspec.rules.rule import Objection, rule

MOST = 10_000
"""Pairs of names that are compared in a project. Who renames more at once did not do it by hand."""

ALIKE = 0.5
"""The share of parameters, and that of neighbours, that must be the same at least."""

Trait = tuple[str, object]
"""A parameter with its value, or a neighbour and on which side it is."""

Whole = Mapping[str, Component]
"""A component, or all parts of a composed one, by what their names have behind its own: `` or `.web`."""


@rule("TAM459", "New component that may be an old one under another name", Severity.INFO)
def unnoticed_rename(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """A component is known by its name. Under another name the old one is taken down and a new one is built, with its
    data and its addresses gone, where perhaps only the name was to be nicer.

    If it is the same thing, write into the project what it was called: `moved`. If it is another, there is nothing to
    do.
    """
    for name, project in workspace.projects.items():
        shift = _shift(project, workspace, state, plan)
        for old, new in _pairs(shift) if len(shift.lost) * len(shift.gained) <= MOST else ():
            entry = f"{{from: {old}, to: {new}}}"
            how = f"add `- {entry}` to `moved`" if project.moved else f"write `moved: [{entry}]` into its `spec`"
            component = next(iter(shift.gained[new].values()))
            detail = f"{new} of {name} is new and much like {old}, which is taken down."
            yield component.at.key, detail, f"If {new} is {old} under another name, {how}; nothing is built anew then."


class _Shift(Struct, frozen=True, kw_only=True):
    """What goes and what comes in a project."""

    lost: Mapping[str, Whole]
    gained: Mapping[str, Whole]
    around_lost: Mapping[str, set[Trait]]
    """Component, by its old name → its neighbours."""
    around_gained: Mapping[str, set[Trait]]


def _shift(project: Project, workspace: Workspace, state: State, plan: Plan) -> _Shift:
    after = workspace.landscapes[project.name].components
    before = {one.name: one for one in state.ordered.values() if one.project == project.name}
    kinds = {one.component: one.kind for one in plan.diffs if one.project == project.name}
    gone = {n: one for n, one in before.items() if kinds.get(n) == "decommission" and one.id in state.built}
    come = {n: one for n, one in after.items() if kinds.get(n) == "provision"}
    return _Shift(
        lost=_wholes(gone, after),
        gained=_wholes(come, before),
        around_lost=_neighbours(before, after),
        around_gained=_neighbours(after, before),
    )


def _wholes(components: Mapping[str, Component], others: Collection[str]) -> dict[str, dict[str, Component]]:
    """The components gathered under the name of what they are parts of, where nothing of that is on the other side."""
    heads = {name.partition(".")[0] for name in others}
    made: dict[str, dict[str, Component]] = {}
    for name, component in components.items():
        head = name.partition(".")[0]
        whole = name if head in heads else head
        made.setdefault(whole, {})[name[len(whole) :]] = component
    return made


def _pairs(shift: _Shift) -> Iterator[tuple[str, str]]:
    """Old and new name, the most alike first, each name once; by the new name."""
    found = [
        (-likeness, old, new)
        for old, gone in shift.lost.items()
        for new, come in shift.gained.items()
        if (likeness := _likeness(gone, come, shift))
    ]
    made: dict[str, str] = {}
    for _, old, new in sorted(found):
        if old not in made.values() and new not in made:
            made[new] = old
    yield from ((old, new) for new, old in sorted(made.items()))


def _likeness(gone: Whole, come: Whole, shift: _Shift) -> float:
    """From 0, another thing, to 1, the same in everything but the name."""
    if {part: one.service for part, one in gone.items()} != {part: one.service for part, one in come.items()}:
        return 0.0
    shares = []
    for part, old in gone.items():
        new = come[part]
        params = _share(set(old.params.items()), set(new.params.items()))
        neighbours = _share(shift.around_lost[old.name], shift.around_gained[new.name])
        shares += [params, neighbours]
    return sum(shares) / len(shares) if min(shares) >= ALIKE else 0.0


def _share(first: set[Trait], second: set[Trait]) -> float:
    """How much of both is in both."""
    return len(first & second) / len(first | second) if first or second else 1.0


def _neighbours(components: Mapping[str, Component], others: Mapping[str, Component]) -> dict[str, set[Trait]]:
    """Component → what it stands on and what stands on it; those that are not on both sides are known by service."""

    def told(name: str) -> str:
        return name if name in others or name not in components else f"a {components[name].service}"

    made: dict[str, set[Trait]] = {name: set() for name in components}
    for name, component in components.items():
        for other in component.depends_on:
            made[name].add(("on", told(other)))
            if other in made:
                made[other].add(("below", told(name)))
    return made
