"""What a branch reaches: the components it changes, those that stand on them, and the work of others that moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tamspec.model.graph import layers
from tamspec.model.plan import Diff, Difference, Plan, Touched
from tamspec.model.workspace import Workspace

Key = tuple[str, str]
"""Project and component."""


def touched(head: Plan, base: Plan, workspace: Workspace) -> tuple[Touched, ...]:
    """The components that are wanted otherwise than on the base, and those of the same projects that stand on them,
    near or far; `workspace` is that of the head."""
    after, before = _by_component(head.diffs), _by_component(base.diffs)
    direct = {key for key in after.keys() | before.keys() if after.get(key) != before.get(key)}
    made = []
    for project in sorted({project for project, _ in direct}):
        own = sorted(component for of, component in direct if of == project)
        made += [_direct((project, name), after, before) for name in own]
        made += _indirect(project, own, after, workspace)
    return tuple(made)


def _by_component(diffs: Iterable[Diff]) -> dict[Key, Diff]:
    return {(one.project, one.component): one for one in diffs}


def _direct(key: Key, after: Mapping[Key, Diff], before: Mapping[Key, Diff]) -> Touched:
    causes = after[key].causes if key in after else before[key].causes
    return Touched(component="/".join(key), causes=causes)


def _indirect(project: str, own: Iterable[str], after: Mapping[Key, Diff], workspace: Workspace) -> Iterable[Touched]:
    """The components that stand on changed ones, each with those that it stands on."""
    shape = workspace.landscapes.get(project)
    components = shape.components if shape else {}
    standing: dict[str, list[str]] = {}
    for name, component in components.items():
        for other in component.depends_on:
            standing.setdefault(other, []).append(name)
    through: dict[str, list[str]] = {}
    for name in own:
        for layer in layers(standing, name):
            for other in layer:
                through.setdefault(other, []).append(name)
    for name in sorted(through.keys() - set(own)):
        causes = (after[project, other].causes for other in through[name] if (project, other) in after)
        yield Touched(
            component=f"{project}/{name}",
            through=tuple(f"{project}/{other}" for other in through[name]),
            causes=tuple(dict.fromkeys(cause for some in causes for cause in some)),
        )


def moved_others(difference: Difference, head: Plan, reached: Iterable[Touched]) -> tuple[str, ...]:
    """The Changes of projects that the branch does not touch, whose orders get other dates since they share its
    departments."""
    projects = {one.component.partition("/")[0] for one in reached}
    projects |= {key.partition("/")[0] for key in (*difference.added, *difference.removed, *difference.altered)}
    moved = {one.order.key: one.order for one in head.actions}
    orders = (moved[key] for key in difference.redated if key in moved)
    return tuple(sorted({order.change for order in orders if order.change and order.project not in projects}))
