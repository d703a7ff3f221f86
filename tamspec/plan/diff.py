"""What is desired against what was ordered, and whose difference it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from tamspec.diagnostics import Diagnostic, Loc, Place, Related
from tamspec.model.landscape import Landscape
from tamspec.model.moves import name_after, recorded_moves
from tamspec.model.order import Component, State
from tamspec.model.plan import Diff, FieldChange
from tamspec.model.project import Change, Project
from tamspec.model.values import Scalar
from tamspec.model.workspace import Workspace
from tamspec.plan.faults import CLAIMED_TWICE, UNCLAIMED
from tamspec.plan.fold import renamed


class Desired(Struct, frozen=True, kw_only=True):
    """All projects as written: their landscapes, and the renames that are not recorded yet."""

    landscapes: Mapping[str, Landscape] = field(default_factory=dict)
    moves: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Project → old component name → new."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Project → where it is written."""

    @property
    def components(self) -> dict[str, Component]:
        """`project/component` → component."""
        return {one.id: one for shape in self.landscapes.values() for one in shape.components.values()}


def desired(workspace: Workspace, state: State) -> Desired:
    """What the projects ask for, with those of their moves that the state does not know yet."""
    landscapes = workspace.landscapes
    moves = {name: _moves(project, landscapes[name], state) for name, project in workspace.projects.items()}
    places = {name: project.at for name, project in workspace.projects.items()}
    return Desired(landscapes=landscapes, moves={name: made for name, made in moves.items() if made}, places=places)


def _moves(project: Project, shape: Landscape, state: State) -> dict[str, str]:
    """Old component name → new, of the moves that still have something to move; chained entries add up.

    A name may be taken by another component only where its own component moves on: so two can swap theirs.
    """
    if not project.moved:
        return {}
    old = {one.name for one in state.ordered.values() if one.project == project.name}
    recorded = recorded_moves(project.moved, state.moves.get(project.name, ()))
    after = {name: name_after(name, project.moved, recorded) for name in sorted(old)}
    names = {name: now for name, now in after.items() if name != now and now in shape.components}
    while wrong := [
        name
        for name, now in names.items()
        if (name in shape.components and name not in names.values()) or (now in old and now not in names)
    ]:
        names = {name: now for name, now in names.items() if name not in wrong}
    return names


def after_moves(components: Mapping[str, Component], moves: Mapping[str, Mapping[str, str]]) -> dict[str, Component]:
    """The components under their names of now."""
    made = (renamed(one, moves.get(one.project, {})) for one in components.values())
    return {one.id: one for one in made}


def diff(wanted: Desired, state: State) -> tuple[Diff, ...]:
    """Every difference, by project and component; nothing where the desired state is the ordered one."""
    now = wanted.components
    before = after_moves(state.ordered, wanted.moves)
    moved = [
        Diff(project=project, component=new, kind="move", source=old, causes=_cause(now.get(f"{project}/{new}")))
        for project, names in wanted.moves.items()
        for old, new in names.items()
    ]
    found = [
        made
        for id in sorted(now.keys() | before.keys())
        if (made := _difference(before.get(id), now.get(id), wanted.places))
    ]
    return tuple(sorted(moved + found, key=lambda one: (one.project, one.component, one.kind != "move")))


def _difference(before: Component | None, now: Component | None, places: Mapping[str, Place]) -> Diff | None:
    if now is None:
        assert before is not None, "this is a bug in tamspec: a difference of nothing"
        place = places.get(before.project)
        gone_from = ((place / "spec" / "components").key,) if place else ()
        return Diff(project=before.project, component=before.name, kind="decommission", causes=gone_from)
    fields = differing(before, now)
    if before is not None and not fields:
        return None
    if before is None:
        return Diff(project=now.project, component=now.name, kind="provision", fields=fields, causes=_cause(now))
    origins = tuple(dict.fromkeys(_origin(now, one.name) for one in fields))
    return Diff(project=now.project, component=now.name, kind="change", fields=fields, causes=origins)


def _cause(component: Component | None) -> tuple[Loc, ...]:
    return (component.at.key,) if component else ()


def _origin(component: Component, name: str) -> Loc:
    if name in ("dependsOn", "service"):
        return (component.at / name).value
    origin = component.origins.get(name)
    return origin.value if origin and name not in component.defaulted else component.at.key


def settled(before: Component | None, now: Component) -> Component:
    """What is wanted, where unwritten parameters keep the default that they were ordered with.

    So a newer default in the catalogue is no work, and a parameter that is new in the catalogue neither.
    """
    if before is None:
        return now
    unwritten = now.defaulted | now.assumed | now.missing
    kept = {name for name in before.params if name in unwritten and name in before.defaulted}
    new = {name for name in unwritten if name not in before.params}
    params: dict[str, Scalar] = {name: value for name, value in now.params.items() if name not in new | kept}
    params |= {name: before.params[name] for name in kept}
    return replace(
        now,
        params=dict(sorted(params.items())),
        defaulted=(now.defaulted | kept) - new,
        assumed=now.assumed - kept - new,
        missing=now.missing - kept - new,
    )


def differing(before: Component | None, now: Component) -> tuple[FieldChange, ...]:
    """The fields of a component that differ, by name; `service` and `dependsOn` stand first."""
    goal = settled(before, now)
    old = before.params if before else {}
    made = []
    if before is None or before.service != goal.service:
        made.append(FieldChange(name="service", before=before.service if before else None, after=goal.service))
    if (before.depends_on if before else ()) != goal.depends_on:
        made.append(FieldChange(name="dependsOn", before=before.depends_on if before else None, after=goal.depends_on))
    made.extend(
        FieldChange(name=name, before=old.get(name), after=goal.params.get(name))
        for name in sorted(old.keys() | goal.params.keys())
        if old.get(name) != goal.params.get(name)
    )
    return tuple(made)


def claim(
    diffs: Iterable[Diff], workspace: Workspace, wanted: Desired, state: State
) -> tuple[tuple[Diff, ...], tuple[tuple[str, Diagnostic], ...]]:
    """Each difference with the one open Change that claims it, and `project/component` with what is wrong with its
    claim. Pure renames need none: they are no work."""
    open_changes: dict[str, list[Change]] = {}
    for name, change in sorted(workspace.changes.items()):
        if change.state != "withdrawn" and not state.is_closed(name):
            open_changes.setdefault(change.project.name, []).append(change)
    claimed, findings = [], []
    for one in diffs:
        claims = [each for each in open_changes.get(one.project, ()) if claims_of(each, one.component, wanted)]
        claimed.append(replace(one, change=claims[0].name if claims else ""))
        if one.kind == "move":
            continue
        if not claims:
            findings.append((f"{one.project}/{one.component}", _unclaimed(one, workspace, state)))
        elif len(claims) > 1:
            findings.append((f"{one.project}/{one.component}", _claimed_twice(one, claims)))
    return tuple(claimed), tuple(findings)


def claims_of(change: Change, component: str, wanted: Desired) -> bool:
    """Whether a Change names the component, or the composite instance that it is or was a part of."""
    shape = wanted.landscapes[change.project.name]
    return any(
        component == name or component in shape.members(name) or component.startswith(f"{name}.")
        for name in change.components
    )


def _unclaimed(one: Diff, workspace: Workspace, state: State) -> Diagnostic:
    closed = [
        change.name
        for change in workspace.changes_of(one.project)
        if one.component in change.components and state.is_closed(change.name)
    ]
    why = f" Change {closed[0]} is closed: all of its orders are done or cancelled." if closed else ""
    detail = f"No open Change of {one.project} names {one.component}, so this {one.kind} is not ordered.{why}"
    hint = (
        f"Add '{one.component}' to `components` of an open Change of {one.project}, "
        f"or write a new one: tamspec new change NAME --project {one.project}"
    )
    return UNCLAIMED(one.causes[0] if one.causes else Loc(""), detail, label=f"{one.kind} without a Change", hint=hint)


def _claimed_twice(one: Diff, claims: list[Change]) -> Diagnostic:
    names = ", ".join(change.name for change in claims)
    entry = next((name for name in claims[0].components if one.component.startswith(f"{name}.")), one.component)
    places = [change.at / "spec" / "components" for change in claims]
    related = tuple(
        Related(place.value, f"claimed by {change.name}") for change, place in zip(claims[1:], places[1:], strict=True)
    )
    return CLAIMED_TWICE(
        places[0],
        f"{one.component} of {one.project} is claimed by {names}.",
        hint=f"Leave '{entry}' in one of them.",
        related=related,
    )
