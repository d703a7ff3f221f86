"""Parameters of services: whether what is asked for can be told, counted and handed down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tamspec.diagnostics import Place
from tamspec.load.params import mismatch
from tamspec.model.catalog import Condition, Param, Procedure
from tamspec.model.values import Scalar
from tamspec.model.workspace import Workspace
from tamspec.rules.rule import Objection, rule


@rule("TAM306", "Parameter that contradicts itself")
def contradictory_parameter(workspace: Workspace) -> Iterator[Objection]:
    """A value that the parameter itself would refuse can be asked for by nobody, and a default of that kind spoils
    every component that leaves it unwritten.

    Let `default`, `assume` and each item of `enum` have the parameter's type and lie within `min` and `max`. Only
    numbers have a `min` and a `max`.
    """
    for service in workspace.services.values():
        for name, param in service.params.items():
            for at, detail in _contradictions(param):
                yield at, f"{name} of service {service.name}: {detail}"


def _contradictions(param: Param) -> Iterator[tuple[Place, str]]:
    numeric = param.type in ("integer", "number")
    for word, bound in (("min", param.minimum), ("max", param.maximum)):
        if bound is not None and not numeric:
            yield param.at / word, f"Only numbers have a `{word}`; this is a {param.type}."
    if param.minimum is not None and param.maximum is not None and param.minimum > param.maximum:
        yield param.at / "max", f"No value is at least {param.minimum} and at most {param.maximum}."
        return
    values: list[tuple[Place, Scalar]] = [(param.at / "enum" / at, one) for at, one in enumerate(param.enum)]
    values += [(param.at / "default", param.default), (param.at / "assume", param.assume)]
    for at, given in values:
        complaint = mismatch(given, param) if given is not None else None
        if complaint:
            yield at, complaint[0]


@rule("TAM310", "Composite service that leaves a question open")
def child_parameter_not_handed(workspace: Workspace) -> Iterator[Objection]:
    """The client sees the parameters of the composite service only. A detail that one of its parts must know, and
    that neither stands there nor is handed down, could never be asked for.

    Give the parameter a value in `params`, or hand one of the composite's own down as `$name`.
    """
    for service in workspace.services.values():
        for part in service.components.values():
            child = workspace.services[part.service.name]
            for name, param in child.params.items():
                open_ended = param.default is None and not param.optional
                if open_ended and part.params.get(name) is None:
                    detail = f"{child.name} must know {name}, and {service.name} does not say it."
                    yield part.at.key, detail, f"Add `params: {{{name}: …}}`, with a value or with a `$parameter`."


@rule("TAM314", "Condition that is never true")
def condition_never_true(workspace: Workspace) -> Iterator[Objection]:
    """A step whose `when` no value of the parameter can meet is never worked, whatever the client asks for.

    Compare with values that the parameter can have, or delete the step.
    """
    for service, name, step in workspace.steps:
        for param, condition in step.when.items():
            if service and not _can_hold(condition, service.params[param]):
                detail = f"No value of {param} brings step {name} of {service.name}."
                yield (step.at / "when" / param).key, detail


def _can_hold(condition: Condition, param: Param) -> bool:
    if condition.one_of:
        return all(mismatch(value, param) is None for value in condition.one_of)
    lows = [bound for bound in (condition.minimum, param.minimum) if bound is not None]
    highs = [bound for bound in (condition.maximum, param.maximum) if bound is not None]
    return param.type in ("integer", "number") and not (lows and highs and max(lows) > min(highs))


@rule("TAM315", "Count of something that cannot be counted")
def uncountable(workspace: Workspace) -> Iterator[Objection]:
    """Effort grows with a number, and a value increases only where one is more than the other. Of a plain text, or of
    true and false, neither can be said.

    Take a parameter that is a number (for `onChange` also one with an `enum`, whose order counts), or write `any`.
    """
    for service, name, step in workspace.steps:
        for param in step.effort_per:
            if service and service.params[param].type not in ("integer", "number"):
                detail = f"{param} of {service.name} is no number, so the effort of step {name} cannot grow with it."
                yield (step.at / "effortPer" / param).key, detail
    for one in workspace.services.values():
        for procedure in one.procedures.values():
            yield from _directions(one.params, procedure)


def _directions(params: Mapping[str, Param], procedure: Procedure) -> Iterator[Objection]:
    for name, direction in procedure.on_change.items():
        if direction != "any" and params[name].type in ("string", "boolean") and not params[name].enum:
            yield procedure.at / "onChange" / name, f"No value of {name} is more than another.", "Write `any`."


@rule("TAM316", "Value handed down to a parameter of another type")
def handed_down_as_another_type(workspace: Workspace) -> Iterator[Objection]:
    """A composite service hands its parameters down as they are. A text does not become a number on the way, so the
    part would get a value that it refuses when written directly.

    Give both parameters the same `type`.
    """
    for service in workspace.services.values():
        for part in service.components.values():
            child = workspace.services[part.service.name]
            for name, given in part.params.items():
                if not (isinstance(given, str) and given.startswith("$")):
                    continue
                outer, inner = service.params[given[1:]].type, child.params[name].type
                if outer != inner and (outer, inner) != ("integer", "number"):
                    detail = f"{given[1:]} of {service.name} is a {outer}; {name} of {child.name} is a {inner}."
                    yield part.at / "params" / name, detail
