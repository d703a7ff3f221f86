"""A project's landscape: its service instances with composite services expanded and every value filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from tamspec.diagnostics import NOWHERE, Place
from tamspec.model.catalog import ComponentSpec, Param, Service
from tamspec.model.graph import in_order
from tamspec.model.order import Component
from tamspec.model.project import Project
from tamspec.model.values import Scalar, Written


class Detail(Written, frozen=True, kw_only=True):
    """A parameter that only somebody else can tell, and has not told yet."""

    path: str
    """`components.web.params.certificate`."""
    component: str
    """The instance, as written in the project."""
    ask: str
    assumed: Scalar = None
    at: Place = NOWHERE


class Landscape(Struct, frozen=True, kw_only=True):
    """Components by name, what they need before them; composites name the components that they expanded to."""

    components: Mapping[str, Component]
    composites: Mapping[str, tuple[str, ...]]
    details: tuple[Detail, ...]

    def members(self, name: str) -> tuple[str, ...]:
        """The components that a name stands for: itself, or everything inside a composite instance."""
        return self.composites.get(name, (name,) if name in self.components else ())


class Handed(Written, frozen=True, kw_only=True):
    """A parameter of a composed instance that hands its value down to one inside."""

    component: str
    """The composed instance: `shop`."""
    param: str
    at: Place = NOWHERE
    """Where the composite service says so: `$version`."""


class Value(Struct, frozen=True):
    """A parameter's value, how it came about, and where it was written."""

    value: Scalar
    how: Literal["written", "default", "assumed", "missing"]
    at: Place
    owner: str
    """The instance for which it was written, or whose service has the default."""
    through: tuple[Handed, ...] = ()
    """Who handed it down, the nearest first."""


class _Expansion(Struct):
    """What grows while a project is expanded."""

    services: Mapping[str, Service]
    components: dict[str, Component] = field(default_factory=dict)
    composites: dict[str, tuple[str, ...]] = field(default_factory=dict)
    details: list[Detail] = field(default_factory=list)
    values: dict[str, Mapping[str, Value]] = field(default_factory=dict)


def landscape(project: Project, services: Mapping[str, Service]) -> Landscape:
    """The project as its service instances. The project must be loaded without errors (names known, no cycles)."""
    grown = _expanded(project, services)
    return Landscape(components=grown.components, composites=grown.composites, details=tuple(grown.details))


def values(project: Project, services: Mapping[str, Service]) -> Mapping[str, Mapping[str, Value]]:
    """Instance, composed ones too → parameter → its value and where that comes from. As for `landscape`."""
    return _expanded(project, services).values


def _expanded(project: Project, services: Mapping[str, Service]) -> _Expansion:
    grown = _Expansion(services)
    _expand(grown, project.name, "", project.components, {}, ())
    return grown


def _expand(
    grown: _Expansion,
    project: str,
    prefix: str,
    specs: Mapping[str, ComponentSpec],
    handed: Mapping[str, Value],
    after: tuple[str, ...],
    root: Place | None = None,
) -> tuple[str, ...]:
    """Expand the instances of one level; what enters it waits for `after`. Returns the names that end it.

    `root` is where the client's instance stands: the line that causes everything inside it.
    """
    ends: dict[str, tuple[str, ...]] = {}
    for name in in_order({name: spec.depends_on for name, spec in specs.items()}):
        spec, full = specs[name], prefix + name
        service = grown.services[spec.service.name]
        waits = tuple(sorted({end for other in spec.depends_on for end in ends[other]})) or after
        values = grown.values[full] = _values(grown, full, spec, service, handed, inside=bool(prefix))
        if service.components:
            ends[name] = _expand(grown, project, f"{full}.", service.components, values, waits, root or spec.at)
            grown.composites[full] = tuple(known for known in grown.components if known.startswith(f"{full}."))
        else:
            ends[name] = (full,)
            grown.components[full] = _component(project, full, spec, values, waits, root or spec.at)
    needed = {other for spec in specs.values() for other in spec.depends_on}
    return tuple(sorted(end for name in specs if name not in needed for end in ends[name]))


def _values(
    grown: _Expansion,
    full: str,
    spec: ComponentSpec,
    service: Service,
    handed: Mapping[str, Value],
    *,
    inside: bool,
) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for name, param in service.params.items():
        given = spec.params.get(name)
        at = spec.at / "params" / name
        if isinstance(given, str) and given.startswith("$") and inside:
            giver = Handed(component=full.rpartition(".")[0], param=given[1:], at=at)
            values[name] = _handed_down(handed[giver.param], giver, param, full)
        elif given is not None:
            values[name] = Value(given, "written", at, full)
        else:
            values[name] = _unwritten(param, full)
        handed_down = inside and isinstance(given, str) and given.startswith("$")
        if values[name].how in ("assumed", "missing") and not handed_down:
            path = f"components.{full}.params.{name}"
            ask = param.ask or f"What is {param.description or name} of {full}?"
            grown.details.append(
                Detail(path=path, component=full, ask=ask.strip(), assumed=values[name].value, at=spec.at)
            )
    return values


def _handed_down(handed: Value, giver: Handed, param: Param, full: str) -> Value:
    """A value handed down; where the composite has none, what the service itself would do."""
    own = _unwritten(param, full) if handed.how == "missing" else handed
    value = own if own.how != "missing" else handed
    return replace(value, through=(giver, *value.through))


def _unwritten(param: Param, full: str) -> Value:
    if param.default is not None:
        return Value(param.default, "default", param.at / "default", full)
    if param.assume is not None:
        return Value(param.assume, "assumed", param.at / "assume", full)
    return Value(None, "default" if param.optional else "missing", param.at, full)


def _component(
    project: str, full: str, spec: ComponentSpec, values: Mapping[str, Value], waits: tuple[str, ...], at: Place
) -> Component:
    def those(how: str) -> frozenset[str]:
        return frozenset(name for name, value in values.items() if value.how == how)

    return Component(
        project=project,
        name=full,
        service=spec.service.name,
        params={name: value.value for name, value in sorted(values.items()) if value.value is not None},
        defaulted=those("default"),
        assumed=those("assumed"),
        missing=those("missing"),
        depends_on=waits,
        at=at,
        origins={name: value.at for name, value in sorted(values.items())},
    )
