"""Whether the values given to a service's parameters are values of their types."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tamspec.diagnostics import Diagnostic, Place
from tamspec.load.faults import UNKNOWN_PARAMETER, WRONG_PARAMETER
from tamspec.model.catalog import ComponentSpec, Param, Service
from tamspec.model.values import Scalar
from tamspec.suggest import did_you_mean


def check_params(spec: ComponentSpec, service: Service, outer: Service | None, place: Place) -> Iterator[Diagnostic]:
    """The findings of one instance; `outer` is the composite service that it stands in, if any."""
    for name, given in spec.params.items():
        at = place / "params" / name
        param = service.params.get(name)
        if param is None:
            yield unknown_param(name, service, at)
        elif outer and isinstance(given, str) and given.startswith("$"):
            if given[1:] not in outer.params:
                yield unknown_param(given[1:], outer, at, at_value=True, written_as="${}")
        elif given is not None:
            complaint = mismatch(given, param)
            if complaint:
                meant = did_you_mean(given, outer.params, written_as="${}") if outer and isinstance(given, str) else ""
                detail = f"{name} of service {service.name}: {complaint[0]}"
                yield WRONG_PARAMETER(at, detail, hint=meant or complaint[1])


def unknown_param(
    name: str, service: Service, at: Place, *, at_value: bool = False, written_as: str = "{}"
) -> Diagnostic:
    """A parameter that the service does not have; `written_as` says how a parameter's name stands there."""
    has = ", ".join(sorted(service.params)) or "no parameters"
    hint = did_you_mean(name, service.params, written_as=written_as) or f"Service {service.name} has {has}."
    return UNKNOWN_PARAMETER(
        at.value if at_value else at.key,
        f"Service {service.name} has no parameter '{name}'.",
        hint=hint,
    )


def mismatch(given: Scalar, param: Param) -> tuple[str, str] | None:
    """Why a value is none of the parameter's, and the way out; None where it is."""
    expected = {
        "string": isinstance(given, str),
        "integer": isinstance(given, int) and not isinstance(given, bool),
        "number": isinstance(given, (int, Decimal)) and not isinstance(given, bool),
        "boolean": isinstance(given, bool),
    }[param.type]
    if not expected:
        return f"{_article(param.type)} is expected, not {_shown(given)}.", _mended(given, param)
    if param.enum and given not in param.enum:
        choices = ", ".join(_shown(choice) for choice in param.enum)
        meant = did_you_mean(str(given), [str(choice) for choice in param.enum])
        return f"{_shown(given)} is none of {choices}.", meant or f"Use {choices}."
    if isinstance(given, (int, Decimal)) and not isinstance(given, bool):
        if param.minimum is not None and given < param.minimum:
            return f"{given} is below the minimum of {param.minimum}.", f"Use {param.minimum} or more."
        if param.maximum is not None and given > param.maximum:
            return f"{given} is above the maximum of {param.maximum}.", f"Use {param.maximum} or less."
    return None


def _article(kind: str) -> str:
    words = {"string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
    return words[kind].capitalize()


def _shown(given: Scalar) -> str:
    if isinstance(given, bool):
        return "true" if given else "false"
    return f'"{given}"' if isinstance(given, str) else str(given)


def _mended(given: Scalar, param: Param) -> str:
    if param.type == "string":
        return f'Quote it: "{_shown(given)}".'
    if param.type == "boolean" and str(given).lower() in ("yes", "on", "no", "off"):
        return f"Write {'true' if str(given).lower() in ('yes', 'on') else 'false'}."
    if isinstance(given, str) and given.strip().lstrip("-").isdecimal():
        return f"Write it without quotes: {given.strip()}."
    return f"Write {_article(param.type).lower()}."
