"""Where a value of a component comes from: the line where it is written, who handed it down, a default, a question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from msgspec import Struct

from tamspec.diagnostics import Loc, TamspecError
from tamspec.model.catalog import ComponentSpec
from tamspec.model.landscape import Value, values
from tamspec.model.order import Component, State
from tamspec.model.plan import Plan
from tamspec.model.values import Scalar, value_text
from tamspec.model.workspace import Workspace
from tamspec.plan.diff import after_moves, desired, settled
from tamspec.suggest import did_you_mean

_FIELD = re.compile(r"(?:([^./\s]+)\.)?components\.(.+)")
_OWN = re.compile(r"(.+?)\.(params\.(.+)|dependsOn|service)")


class Origin(Struct, frozen=True, kw_only=True):
    """One step on the way of a value, and where it is written."""

    kind: Literal["written", "handed", "default", "kept", "new", "assumed", "missing", "asked", "ordered", "around"]
    text: str
    at: Loc | None = None
    """None: nowhere is it written."""


class FieldWhy(Struct, frozen=True, kw_only=True):
    """A value, and where it comes from: the nearest step first, the cause last."""

    name: str
    """`acme-shop.components.shop.web.params.version`."""
    value: Scalar | tuple[str, ...]
    """None: it has none."""
    origins: tuple[Origin, ...]


class _Field(NamedTuple):
    """A field of a component: `params.version`, `dependsOn` or `service`."""

    project: str
    component: str
    name: str
    value: Value | None
    """None: it is no parameter."""

    @property
    def param(self) -> str:
        return self.name.removeprefix("params.")


def is_field(text: str) -> bool:
    """Whether a text can only name a field: `acme-shop.components.web.params.version`."""
    return _FIELD.fullmatch(text) is not None


def of_field(plan: Plan, workspace: Workspace, state: State, text: str) -> FieldWhy:
    """Where the value of a field comes from; a `TamspecError` where there is no such field."""
    one = _named(text, workspace)
    value: Scalar | tuple[str, ...]
    if one.value:
        value, origins = _of_param(one, one.value, plan, workspace, state)
    elif one.name == "service":
        value, origins = _of_service(one, workspace)
    else:
        value, origins = _of_needs(one, workspace)
    name = f"{one.project}.components.{one.component}.{one.name}"
    return FieldWhy(name=name, value=value, origins=(*origins, *_claimed(one, plan)))


# Which field is meant.


def _named(text: str, workspace: Workspace) -> _Field:
    match = _FIELD.fullmatch(text)
    assert match, f"this is a bug in tamspec: {text} names no field"
    project, rest = match[1] or "", match[2]
    if project not in workspace.projects:
        raise TamspecError(_no_project(project, rest, workspace))
    instances = values(workspace.projects[project], workspace.services)
    own = _OWN.fullmatch(rest)
    component, name = (own[1], own[2]) if own else _cut(rest, instances)
    if component not in instances:
        guess = did_you_mean(component, instances) or f"It has: {', '.join(sorted(instances)) or 'none'}."
        raise TamspecError(f"There is no component '{component}' in {project}. {guess}")
    fields = [*(f"params.{param}" for param in instances[component]), "dependsOn", "service"]
    if not name:
        told = "\n".join(f"  {project}.components.{component}.{one}" for one in fields)
        raise TamspecError(f"'{text}' is a component; name one of its fields:\n{told}")
    if name not in fields:
        guess = did_you_mean(name, fields) or f"It has: {', '.join(fields)}."
        raise TamspecError(f"There is no field '{name}' in {component} of {project}. {guess}")
    return _Field(project, component, name, instances[component].get(name.removeprefix("params.")))


def _cut(rest: str, instances: Iterable[str]) -> tuple[str, str]:
    """A component and what stands behind it, where that is no field; the whole where no component begins it."""
    known = [one for one in instances if f"{rest}.".startswith(f"{one}.")]
    component = max(known, key=len, default=rest)
    return component, rest[len(component) + 1 :]


def _no_project(project: str, rest: str, workspace: Workspace) -> str:
    if project:
        return f"There is no project '{project}'. {did_you_mean(project, workspace.projects)}".strip()
    own = _OWN.fullmatch(rest)
    component = (own[1] if own else rest).partition(".")[0]
    having = [name for name, one in sorted(workspace.projects.items()) if component in one.components]
    said = [f"  {name}.components.{rest}" for name in having or ("PROJECT",)]
    return "Say of which project:\n" + "\n".join(said)


# Where its value comes from.

Told = tuple[Scalar, list[Origin]]


def _of_param(one: _Field, value: Value, plan: Plan, workspace: Workspace, state: State) -> Told:
    """A parameter keeps the default with which it was ordered; else it is as the landscape says."""
    origins = [*_way(value), _source(value, one, workspace)]
    if value.how in ("assumed", "missing"):
        origins += _questions(one, value, plan)
    before, now = _ordered(one, workspace, state)
    if before is None or now is None or one.param not in now.defaulted | now.assumed | now.missing:
        return value.value, origins
    kept = settled(before, now).params.get(one.param)
    if kept == value.value:
        return kept, origins
    at = (before.at / "params" / one.param).key
    if one.param in before.params:
        text = f"It keeps the default with which it was ordered, {value_text(kept)}: a newer one is no work."
        return kept, [Origin(kind="kept", text=text, at=at), *origins]
    text = "It was ordered before the catalogue had this parameter, so it has no value: what is new there is no work."
    return None, [Origin(kind="new", text=text, at=at), *origins]


def _way(value: Value) -> list[Origin]:
    """Who handed it down, the nearest first."""
    return [
        Origin(kind="handed", text=f"It is handed down from '{one.param}' of {one.component}.", at=one.at.value)
        for one in value.through
    ]


def _source(value: Value, one: _Field, workspace: Workspace) -> Origin:
    """Where the way of a value ends."""
    param = value.through[-1].param if value.through and value.owner != one.component else one.param
    service = _specs(workspace, one.project, value.owner)[-1].service.name
    if value.how == "written":
        return Origin(kind="written", text=f"It is written for {value.owner}.", at=value.at.value)
    if value.how == "missing":
        return Origin(kind="missing", text=f"Nobody wrote '{param}' of {value.owner}.", at=value.at.key)
    if value.how == "assumed":
        text = f"Nobody wrote it for {value.owner}; until then it is what service {service} assumes."
        return Origin(kind="assumed", text=text, at=value.at.value)
    what = f"it is the default of service {service}" if value.value is not None else "it may stay without a value"
    return Origin(kind="default", text=f"Nobody wrote it for {value.owner}; {what}.", at=value.at.value)


def _questions(one: _Field, value: Value, plan: Plan) -> Iterator[Origin]:
    """Who asks for a value that nobody told."""
    param = value.through[-1].param if value.through and value.owner != one.component else one.param
    field = f"components.{value.owner}.params.{param}"
    asked = [
        (name, question)
        for name, change in plan.changes.items()
        for question in change.questions
        if change.project == one.project and question.field == field
    ]
    for name, question in asked:
        whom = f" (ask {question.ask})" if question.ask else ""
        yield Origin(kind="asked", text=f"Change {name} asks{whom}: {question.text}", at=question.at.key)
    if not asked:
        yield Origin(kind="asked", text="No open Change asks for it.")


def _ordered(one: _Field, workspace: Workspace, state: State) -> tuple[Component | None, Component | None]:
    """The component as it was last ordered, under its name of now, and as it is wanted."""
    wanted, id = desired(workspace, state), f"{one.project}/{one.component}"
    return after_moves(state.ordered, wanted.moves).get(id), wanted.components.get(id)


def _of_service(one: _Field, workspace: Workspace) -> Told:
    spec = _specs(workspace, one.project, one.component)[-1]
    origin = Origin(kind="written", text=f"It is written for {one.component}.", at=(spec.at / "service").value)
    return spec.service.name, [origin]


def _of_needs(one: _Field, workspace: Workspace) -> tuple[tuple[str, ...], list[Origin]]:
    """What a component needs before it, in full names; what enters a composed instance waits for what that needs."""
    names = one.component.split(".")
    specs = _specs(workspace, one.project, one.component)
    made: list[Origin] = []
    for depth in reversed(range(len(specs))):
        name, prefix = ".".join(names[: depth + 1]), ".".join(names[:depth])
        if specs[depth].depends_on:
            needs = tuple(f"{prefix}.{other}".lstrip(".") for other in specs[depth].depends_on)
            at = (specs[depth].at / "dependsOn").value
            return needs, [*made, Origin(kind="written", text=f"It is written for {name}.", at=at)]
        if depth:
            text = f"Nothing stands before it in {prefix}, so it waits for what {prefix} depends on."
            made.append(Origin(kind="around", text=text, at=specs[depth].at.key))
    return (), [*made, Origin(kind="written", text=f"{names[0]} depends on nothing.", at=specs[0].at.key)]


def _specs(workspace: Workspace, project: str, component: str) -> list[ComponentSpec]:
    """The instance as written, and the composed ones around it, the outermost first."""
    inside: Mapping[str, ComponentSpec] = workspace.projects[project].components
    made: list[ComponentSpec] = []
    for name in component.split("."):
        made.append(inside[name])
        inside = workspace.services[made[-1].service.name].components
    return made


def _claimed(one: _Field, plan: Plan) -> Iterator[Origin]:
    """What was ordered until now, and the Change whose difference it is."""
    for diff in plan.diffs:
        if (diff.project, diff.component, diff.kind) != (one.project, one.component, "change"):
            continue
        for changed in diff.fields:
            if changed.name == one.param:
                whose = f"Change {diff.change} changes it" if diff.change else "no Change claims the difference"
                yield Origin(kind="ordered", text=f"Until now {value_text(changed.before)} was ordered; {whose}.")
