"""What may be said of a new document on the command line: a flag for each plain value that its schema knows, and some
that become more than one value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

Given = Mapping[str, tuple[str, ...]]
"""Flag → what was said with it; flags that were not used are left out."""


class Field(Struct, frozen=True, kw_only=True):
    """What a flag may say of a document."""

    flag: str
    """`service-manager`, for `--service-manager`."""
    meaning: str
    path: tuple[str, ...] = ()
    """Where it stands in `spec`; empty where it becomes more than one value."""
    of: str = ""
    """The kind of another document that is written too, and that it speaks of; empty: of the document itself."""
    form: str = "TEXT"
    """What is written behind the flag, for the help."""
    kinds: tuple[str, ...] = ()
    """What it names: documents of these kinds, or what is written in others: `Contact`, `Requirement`."""
    choices: tuple[str, ...] = ()
    """The only words that it takes."""
    required: bool = False
    asked: bool = False
    """Whether somebody at a terminal is asked for it, though it may be left out."""
    many: bool = False
    whole: bool = False
    """A whole number."""


OF_CHANGE = ("requested-by", "required-by", "ask", "due")
"""Flags of a project that speak of the Change that is written with it."""

ASKED: Mapping[str, tuple[str, ...]] = {
    "Project": ("tam", "deputy", "service", "change", "requested-by", "required-by", "due"),
    "Change": ("requested-by", "required-by", "components"),
    "Service": ("decommission-effort",),
    "Client": ("technical",),
    "Agreement": ("provider", "priority"),
    "Risk": ("observations", "response"),
    "Observation": ("by",),
    "Proposal": ("recommendation",),
    "Decision": ("project", "context"),
}
"""Kind → flags that are asked for at a terminal, though they are not required."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "Calendar": ("hours",),
    "Proposal": ("option",),
    "Service": ("supported-by", "effort"),
}
"""Kind → flags that the schema does not require, but without which nothing useful could be written."""

LATER: Mapping[str, tuple[str, ...]] = {"Proposal": ("evidence", "decision", "reward")}
"""Kind → parts that get no flags by themselves: they are written when it comes to them, or stand in `MORE`."""

_SERVICE = Field(
    flag="service",
    form="[NAME=]SERVICE",
    meaning="A component: an instance of a service; it is named as the service unless you name it.",
    kinds=("Service",),
    many=True,
)
_SET = Field(flag="set", form="[COMPONENT.]PARAM=VALUE", meaning="A value of a component.", many=True)
_ASK = Field(
    flag="ask",
    form="NAME",
    meaning="Who is to answer the questions about missing values; else the client's first technical contact.",
    kinds=("Contact", "Person"),
)
_DUE = Field(
    flag="due",
    form="DATE",
    meaning="The day by which the questions about missing values must be answered.",
    of="Change",
    path=("questions", "first", "due"),
)

MORE: Mapping[str, tuple[Field, ...]] = {
    "Project": (
        _SERVICE,
        _SET,
        Field(flag="change", form="NAME", meaning="Also write a draft Change that asks for the components."),
        Field(
            flag="requested-by",
            form="NAME",
            meaning="Who asked for that Change.",
            of="Change",
            kinds=("Contact", "Person"),
        ),
        Field(
            flag="required-by",
            form="DATE",
            meaning="The last day that is not too late for it.",
            of="Change",
            path=("requiredBy",),
        ),
        _ASK,
        _DUE,
    ),
    "Change": (_ASK, _DUE),
    "Service": (
        Field(flag="effort", form="EFFORT", meaning="The work that it takes to provide it, as 4h or 2wd."),
        Field(flag="decommission-effort", form="EFFORT", meaning="The work that it takes to take it away again."),
        Field(
            flag="component",
            form="[NAME=]SERVICE",
            meaning="A part of a composite service, in place of work of its own.",
            kinds=("Service",),
            many=True,
        ),
    ),
    "Client": (
        Field(
            flag="technical", form="NAME[=TITLE]", meaning="A contact who answers the engineers' questions.", many=True
        ),
        Field(flag="decision-maker", form="NAME[=TITLE]", meaning="A contact who decides.", many=True),
    ),
    "Proposal": (
        Field(
            flag="option",
            form="NAME=TEXT",
            meaning="One of the things that the client can choose, as filter=A filter before the shop.",
            many=True,
        ),
        Field(
            flag="observation",
            form="NAME",
            meaning="An observation that it rests on.",
            path=("evidence", "observations"),
            kinds=("Observation",),
            many=True,
        ),
        Field(
            flag="incident",
            form="NAME",
            meaning="An incident that it rests on; one without incidents was raised before something failed.",
            path=("evidence", "incidents"),
            kinds=("Incident",),
            many=True,
        ),
        Field(
            flag="requirement",
            form="NAME",
            meaning="A requirement of the project that nothing meets yet.",
            path=("evidence", "requirements"),
            kinds=("Requirement",),
            many=True,
        ),
        Field(flag="evidence", form="TEXT", meaning="Anything else that speaks for it.", path=("evidence", "text")),
    ),
    "Calendar": (
        Field(flag="hours", form="DAYS=HOURS", meaning="Hours, as mon-fri=09:00-13:00,14:00-18:00.", many=True),
    ),
    "Agreement": (
        Field(
            flag="priority",
            form="NAME=RESPONSE/RESOLUTION",
            meaning="Targets, as p1=15m/4h; the most urgent first.",
            many=True,
        ),
    ),
}
"""Kind → flags that become more than one value."""


def fields(kind: str, schema: Mapping[str, Any]) -> tuple[Field, ...]:
    """Every flag of a kind: one for each plain value of its schema, then those of `MORE`."""
    every = _plain_fields(schema["properties"]["spec"], schema["$defs"], (), required=True)
    found = [one for one in every if one[0][0] not in LATER.get(kind, ())]
    names = [kebab(path[-1]) for path, _, _ in found]
    made = []
    for (path, field, required), last in zip(found, names, strict=True):
        flag = last if names.count(last) == 1 else "-".join(map(kebab, path))
        made.append(_field(kind, flag, path, field, required=required))
    return (*made, *(_marked(kind, one) for one in MORE.get(kind, ())))


def _plain_fields(
    owner: Mapping[str, Any], defs: Mapping[str, Any], path: tuple[str, ...], *, required: bool
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any], bool]]:
    for key, written in owner["properties"].items():
        field = {**defs.get(written.get("$ref", "").rpartition("/")[2], {}), **written}
        needed = required and key in owner.get("required", ())
        inner = field.get("items", {})
        if field.get("type") == "object" and "properties" in field and not path:
            yield from _plain_fields(field, defs, (key,), required=needed)
        elif "enum" in field or field.get("type") in ("string", "integer"):
            yield (*path, key), field, needed
        elif field.get("type") == "array" and inner.get("$ref") and not path:
            yield (*path, key), {**field, "x-ref": inner.get("x-ref", [])}, needed


def _field(kind: str, flag: str, path: tuple[str, ...], schema: Mapping[str, Any], *, required: bool) -> Field:
    refs = schema.get("x-ref", [])
    kinds = (refs,) if isinstance(refs, str) else tuple(refs)
    kinds = ("Contact", "Person") if path == ("requestedBy",) else kinds
    form = "DATE" if schema.get("$ref", "").endswith("date") else "NAME" if kinds else "TEXT"
    choices = tuple(schema.get("enum", ()))
    whole = schema.get("type") == "integer"
    first = re.split(r"(?<=[.;:]) ", str(schema["description"]))[0].rstrip(";:")
    return _marked(
        kind,
        Field(
            flag=flag,
            meaning=first if first.endswith(".") else f"{first}.",
            path=path,
            form="|".join(choices) if choices else "NUMBER" if whole else form,
            kinds=kinds,
            choices=choices,
            required=required,
            many=schema.get("type") == "array",
            whole=whole,
        ),
    )


def _marked(kind: str, field: Field) -> Field:
    required = field.required or field.flag in REQUIRED.get(kind, ())
    return replace(field, required=required, asked=field.flag in ASKED.get(kind, ()))


def kebab(key: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z]+)", r"-\1", key).lower()


def missing(kind: str, every: Iterable[Field], given: Given) -> tuple[Field, ...]:
    """The fields without which nothing can be written. Of a composite service nobody must say who delivers it."""
    unneeded = REQUIRED["Service"] if kind == "Service" and "component" in given else ()
    return tuple(one for one in every if one.required and one.flag not in given and one.flag not in unneeded)


def put(spec: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set a value of a `spec`, with the maps that it stands in."""
    for key in path[:-1]:
        spec = spec.setdefault(key, {})
    spec[path[-1]] = value


def value(field: Field, said: tuple[str, ...]) -> Any:
    """What was said with a plain field's flag, as the document has it."""
    if field.many:
        return [name for text in said for name in text.replace(" ", "").split(",") if name]
    return int(said[-1]) if field.whole and re.fullmatch("-?[0-9]{1,9}", said[-1], re.ASCII) else said[-1]
