"""The schemas of one workspace: where those of the language take any name, these know the names that there are.

An editor completes and checks references by them with no server. They say nothing that the loader does not say too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tamspec.model.catalog import Param, Service
from tamspec.model.values import Scalar
from tamspec.model.workspace import Workspace

Schema = dict[str, Any]

PEOPLE = frozenset({"requestedBy", "ask"})
"""Fields of a Change that name a person of the provider or a contact of the client."""

HANDED_DOWN = {"type": "string", "pattern": r"^\$[a-z][A-Za-z0-9]*$(?!\n)"}
"""A parameter of the composite service in place of a value."""


def narrowed(schemas: Mapping[str, Mapping[str, Any]], workspace: Workspace) -> dict[str, Schema]:
    """The schemas, by name, with every reference narrowed to the names of its kind, and the parameters of a component
    to those of its service. A kind of which there is nothing yet keeps taking any name."""
    titles = _titles(workspace)
    made = {name: _narrow(schema, titles) for name, schema in sorted(schemas.items())}
    for kind in ("project", "service"):
        component = made[kind]["properties"]["spec"]["properties"]["components"]["additionalProperties"]
        handed = (HANDED_DOWN,) if kind == "service" else ()
        if workspace.services:
            # What each service takes is told below; what any might take would only be offered beside it.
            about = component["properties"]["params"]["description"]
            component["properties"]["params"] = {"type": "object", "description": about}
            component["allOf"] = [_component_of(one, handed) for _, one in sorted(workspace.services.items())]
    change = made["change"]["properties"]["spec"]["properties"]
    for owner in (change, change["questions"]["additionalProperties"]["properties"]):
        owner.update({key: _choice(owner[key], titles, ["Contact", "Person"]) for key in PEOPLE & owner.keys()})
    return made


def text(schema: Mapping[str, Any]) -> str:
    """A schema as a file: same schema, same bytes."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _titles(workspace: Workspace) -> dict[str, dict[str, str]]:
    """Kind → name → what people call it."""
    titles = {kind: {name: one.label for name, one in named.items()} for kind, named in workspace.by_kind.items()}
    titles["Contact"] = {
        name: f"{contact.title} ({client.label})"
        for _, client in sorted(workspace.clients.items(), reverse=True)
        for name, contact in client.contacts.items()
    }
    return titles


def _narrow(schema: Any, titles: Mapping[str, Mapping[str, str]]) -> Any:
    """A copy of a part of a schema, narrowed."""
    if isinstance(schema, list):
        return [_narrow(one, titles) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: one if key == "examples" else _narrow(one, titles) for key, one in schema.items()}
    if "x-ref" not in schema:
        return made
    kinds = schema["x-ref"] if isinstance(schema["x-ref"], list) else [schema["x-ref"]]
    if schema.get("type") == ["string", "array"]:
        one_name = _choice({"type": "string"}, titles, kinds)
        return {**made, "anyOf": [{"type": "array"}, one_name]}
    return _choice(made, titles, kinds)


def _choice(field: Mapping[str, Any], titles: Mapping[str, Mapping[str, str]], kinds: list[str]) -> Schema:
    """A field that takes one of the names of some kinds, each told with its title."""
    known = {name: title for kind in kinds for name, title in titles[kind].items()}
    if not known:
        return dict(field)
    kept = {key: value for key, value in field.items() if key not in ("$ref", "examples")}
    names = sorted(known)
    return kept | {"type": "string", "enum": names, "enumDescriptions": [known[name] for name in names]}


def _component_of(service: Service, handed: tuple[Schema, ...]) -> Schema:
    """What a component of this service may say, where a component may be of any."""
    params = {name: _param(f"`{name}` of {service.label}.", param, handed) for name, param in service.params.items()}
    about = service.description.strip() or f"Values of {service.label}."
    return {
        "if": {"properties": {"service": {"const": service.name}}, "required": ["service"]},
        "then": {
            "properties": {
                "params": {
                    "type": "object",
                    "description": about,
                    "properties": params,
                    "additionalProperties": False,
                }
            }
        },
    }


def _param(about: str, param: Param, handed: tuple[Schema, ...]) -> Schema:
    told = [param.description, param.unit and f"In {param.unit}.", param.ask]
    made: Schema = {"description": " ".join(one.strip() for one in told if one) or about}
    if param.default is not None:
        made["default"] = _plain(param.default)
    value: Schema = {"type": [param.type, "null"]}
    if param.enum:
        value["enum"] = [*(_plain(one) for one in param.enum), None]
    if param.minimum is not None:
        value["minimum"] = param.minimum
    if param.maximum is not None:
        value["maximum"] = param.maximum
    return made | ({"anyOf": [value, *handed]} if handed else value)


def _plain(value: Scalar) -> str | int | float | None:
    """A value as JSON has it."""
    return float(value) if isinstance(value, Decimal) else value
