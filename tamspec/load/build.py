"""Plain checked data → typed values, by one generic builder over the model's annotations.

Shape was judged by the schema; what is found here is a value of the right shape that means nothing (30 February).
"""

from __future__ import annotations

import functools
import re
import types
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from msgspec import Struct, field

from tamspec.diagnostics import Diagnostic, Place
from tamspec.load.faults import MEANINGLESS_VALUE
from tamspec.model import catalog, order, project, register
from tamspec.model.values import MINUTES_OF_WORK_PER_DAY, Duration, Effort, LocalTime, Percent, Ref, Scalar, camel_case

SPELLING: Mapping[tuple[type, str], str] = {
    (catalog.Step, "joint"): "with",
    (catalog.Param, "minimum"): "min",
    (catalog.Param, "maximum"): "max",
    (catalog.Condition, "one_of"): "in",
    (catalog.Condition, "minimum"): "min",
    (catalog.Condition, "maximum"): "max",
    (catalog.Absence, "first"): "from",
    (catalog.Absence, "last"): "to",
    (catalog.Freeze, "first"): "from",
    (catalog.Freeze, "last"): "to",
    (catalog.Freeze, "excepted"): "except",
    (catalog.TamRole, "first"): "from",
    (catalog.TamRole, "last"): "to",
    (project.Tenure, "first"): "from",
    (project.Tenure, "last"): "to",
    (project.Handover, "giver"): "from",
    (project.Handover, "taker"): "to",
    (project.Move, "source"): "from",
    (project.Move, "target"): "to",
}
"""The fields whose written name is not simply their name in camelCase."""

ENVELOPE = frozenset({"name", "title", "labels"})
"""The fields that stand in `metadata`; all others of a document stand in `spec`."""

T = TypeVar("T")


def spelling(owner: type, name: str) -> str:
    """How a field of the model is written in YAML."""
    return SPELLING.get((owner, name)) or camel_case(name)


class Mention(Struct, frozen=True):
    """A reference as met while building: the kinds it may name, and itself."""

    kinds: tuple[str, ...]
    ref: Ref[Any]


class Built(Struct):
    """What one building run met besides the value: references to resolve, and findings."""

    mentions: list[Mention] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)


class Meaningless(Exception):
    """A value of the right shape that means nothing; carries the sentence and the way out."""

    def __init__(self, detail: str, hint: str = "") -> None:
        super().__init__(detail)
        self.detail, self.hint = detail, hint


def document(cls: type[T], data: Mapping[str, Any], place: Place, built: Built) -> T | None:
    """A whole document (`metadata` and `spec`) as its value of the model; None where a value in it means nothing."""
    before = len(built.findings)
    values: dict[str, Any] = {"at": place}
    for one in _shape(cls).fields:
        part = "metadata" if one.name in ENVELOPE else "spec"
        inside = data.get(part) or {}
        if one.name != "at" and one.written in inside:
            values[one.name] = one.value(inside[one.written], place / part, built)
    return cls(**values) if len(built.findings) == before else None


def record(cls: type[T], data: Mapping[str, Any], place: Place, built: Built, /, **given: Any) -> T:
    """A map as a value of the model; `given` are fields that are not written in it."""
    shape = _shape(cls)
    values: dict[str, Any] = {"at": place} if shape.has_place else {}
    for key, item in data.items():
        one = shape.written.get(key)
        if one is not None and one.name not in given:
            values[one.name] = one.value(item, place, built)
    return cls(**{**values, **given})


def value(hint: Any, data: Any, place: Place, built: Built) -> Any:
    """Data of the right shape as the annotated type; on a meaningless value a finding and None."""
    try:
        return _maker(hint)(data, place, built)
    except Meaningless as error:
        built.findings.append(MEANINGLESS_VALUE(place, error.detail, hint=error.hint))
        return None


Maker = Callable[[Any, Place, Built], Any]
"""Data, its place → the typed value."""


class _Field(Struct, frozen=True):
    """A field of the model: its name, how it is written, and what makes its value."""

    name: str
    written: str
    hint: Any
    as_it_is: bool
    """Whether what is written is the value."""

    def value(self, data: Any, outer: Place, built: Built) -> Any:
        """The value; `outer` is the place of the map that it is written in."""
        return data if self.as_it_is else value(self.hint, data, outer / self.written, built)


class _Shape(Struct, frozen=True):
    """What a class of the model is made of."""

    fields: tuple[_Field, ...]
    written: Mapping[str, _Field]
    """The fields by how they are written, but for places."""
    has_place: bool
    """Whether it keeps where it was written, as `at`."""


def _shape(cls: Any) -> _Shape:
    return _shape_of(cls)


@functools.cache
def _shape_of(cls: Any) -> _Shape:
    names = {"Any": Any, **vars(catalog), **vars(project), **vars(register), **vars(order)}
    hints = get_type_hints(cls, localns=names)
    found = ((name, hints[name]) for name in cls.__struct_fields__)
    fields = tuple(_Field(name, spelling(cls, name), hint, _as_it_is(hint)) for name, hint in found)
    written = {one.written: one for one in fields if one.hint is not Place}
    return _Shape(fields, written, hints.get("at") is Place)


def _as_it_is(hint: Any) -> bool:
    return hint in (str, bool, Any, Scalar) or get_origin(hint) is Literal


@functools.cache
def _maker(hint: Any) -> Maker:
    """What makes values of an annotation."""
    if _as_it_is(hint):
        return lambda data, _place, _built: data
    if hint in ATOMS:
        atom = ATOMS[hint]
        return lambda data, _place, _built: atom(data)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Ref:
        return _mentioned(_kinds(args[0]))
    if isinstance(hint, type) and issubclass(hint, Struct):
        return _record_maker(hint)
    if origin in (Union, types.UnionType):
        [inner] = [arg for arg in args if arg is not type(None)]
        return lambda data, place, built: None if data is None else _maker(inner)(data, place, built)
    if origin is tuple or origin is frozenset:
        return _list_maker(origin, args[0])
    assert origin is not None and issubclass(origin, Mapping), f"this is a bug in tamspec: no way to build {hint}"
    return _map_maker(*args)


def _mentioned(kinds: tuple[str, ...]) -> Maker:
    def make(data: Any, place: Place, built: Built) -> Any:
        ref: Ref[Any] = Ref(data, place)
        built.mentions.append(Mention(kinds, ref))
        return ref

    return make


def _record_maker(cls: type) -> Maker:
    def make(data: Any, place: Place, built: Built) -> Any:
        if cls is catalog.Condition and not isinstance(data, Mapping):
            return catalog.Condition(one_of=(data,))
        return record(cls, data or {}, place, built)

    return make


def _list_maker(kind: type, inner: Any) -> Maker:
    as_it_is = _as_it_is(inner)

    def make(data: Any, place: Place, built: Built) -> Any:
        items = data if isinstance(data, list) else [data]
        if as_it_is:
            return kind(items)
        return kind(value(inner, item, place / index, built) for index, item in enumerate(items))

    return make


def _map_maker(of_key: Any, of_value: Any) -> Maker:
    plain_key, plain_value = _as_it_is(of_key), _as_it_is(of_value)

    def make(data: Any, place: Place, built: Built) -> Any:
        if plain_key and plain_value:
            return dict(data or {})
        return {
            key if plain_key else _key(of_key, key, place / key, built): value(of_value, item, place / key, built)
            for key, item in (data or {}).items()
        }

    return make


def _key(hint: Any, key: str, place: Place, built: Built) -> Any:
    """A key of a map as the annotated type; on a meaningless one a finding where it stands, and None."""
    try:
        return _maker(hint)(key, place, built)
    except Meaningless as error:
        built.findings.append(MEANINGLESS_VALUE(place.key, error.detail, hint=error.hint))
        return None


def _kinds(target: Any) -> tuple[str, ...]:
    if target is Any:
        return ("Client", "Department")
    return (target.__name__ if isinstance(target, type) else str(target.__forward_arg__),)


YEARS = range(1970, 2201)
"""The years that a date may lie in: beyond them it is a slip, and calendars are not reckoned so far."""


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Meaningless(f"There is no day {text} in the calendar.", "Write a real date as YYYY-MM-DD.") from None
    if day.year not in YEARS:
        raise Meaningless(f"{text} lies too far away.", f"Dates run from {YEARS[0]} to {YEARS[-1]}; check the year.")
    return day


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Meaningless(f"There is no instant {text}.", "Write it as 2026-12-18T09:00:00Z.") from None
    if moment.year not in YEARS:
        raise Meaningless(f"{text} lies too far away.", f"Instants run from {YEARS[0]} to {YEARS[-1]}; check the year.")
    return moment


def _local_time(text: str) -> LocalTime:
    day, _, clock = text.partition(" ")
    return LocalTime(datetime.combine(_date(day), time.fromisoformat(clock)))


_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(wd|[mhd])", re.ASCII)
_MINUTES = {"m": 1, "h": 60, "d": 24 * 60}


def _quantity(text: str) -> tuple[Decimal, str]:
    match = _QUANTITY.fullmatch(text)
    assert match, f"this is a bug in tamspec: the schema let {text!r} pass"
    return Decimal(match[1]), match[2]


def _whole(amount: Decimal, text: str, what: str) -> int:
    if amount != amount.to_integral_value():
        raise Meaningless(f"{text} is no whole number of {what}.", f"Round it to whole {what}.")
    if amount > 100 * 366 * 24 * 60:
        raise Meaningless(f"{text} is longer than a century.", "Check the number and its unit.")
    return int(amount)


def duration(text: str) -> Duration:
    """`30m`, `4h`, `2d` on the wall clock; `3wd` in working days."""
    amount, unit = _quantity(text)
    if unit == "wd":
        return Duration(working_days=_whole(amount, text, "working days"))
    return Duration(minutes=_whole(amount * _MINUTES[unit], text, "minutes"))


def effort(text: str) -> Effort:
    """`4h`, `30m`, `2wd`: minutes of one person's work."""
    amount, unit = _quantity(text)
    if unit == "d":
        raise Meaningless(f"{text} is a time on the wall clock, not an effort.", "Write it as 5h, 30m or 2wd.")
    return Effort(_whole(amount * (MINUTES_OF_WORK_PER_DAY if unit == "wd" else _MINUTES[unit]), text, "minutes"))


def _percent(text: str) -> Percent:
    share = Decimal(text.removesuffix("%"))
    if share > 100:
        raise Meaningless(f"{text} is more than the whole.", "A share lies between 0% and 100%.")
    return Percent(share)


def _shift(text: str) -> catalog.Shift:
    start, end = (_minutes_of_day(part) for part in text.split("-"))
    if start in (end, 24 * 60):
        raise Meaningless(f"The shift {text} has no length.", "Write 00:00-24:00 for a whole day.")
    return catalog.Shift(start, end)


def _minutes_of_day(text: str) -> int:
    hours, minutes = (int(part) for part in text.split(":"))
    if hours * 60 + minutes > 24 * 60 or minutes > 59:
        raise Meaningless(f"There is no time {text} in a day.", "Times run from 00:00 to 24:00.")
    return hours * 60 + minutes


ATOMS: Mapping[Any, Callable[[Any], Any]] = {
    str: lambda data: data,
    int: int,
    bool: lambda data: data,
    Decimal: Decimal,
    date: _date,
    datetime: _instant,
    LocalTime: _local_time,
    Duration: duration,
    Effort: effort,
    Percent: _percent,
    catalog.Shift: _shift,
}
"""Annotation → what makes the value of it."""
