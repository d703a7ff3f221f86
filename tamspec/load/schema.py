"""Whether a document has the shape of its kind, and if not, what its author can do about it.

Accepting is fast (jsonschema-rs); only what was refused is looked at again (jsonschema) to say why. Neither validator's
words reach the reader: each finding is written from the schema's own descriptions and examples.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import jsonschema_rs
from msgspec import Struct

from tamspec.diagnostics import Diagnostic, Loc, Place, Pointer, Related
from tamspec.load.faults import (
    LOOK_ALIKE,
    MALFORMED,
    MISSING_KEY,
    NOT_ALLOWED,
    OUT_OF_BOUNDS,
    REPEATED_ITEM,
    TEXT_BECAME_MAP,
    UNKNOWN_KEY,
    WRONG_SHAPE,
)
from tamspec.load.repair import inline, repair
from tamspec.suggest import did_you_mean, latin, letter_name, look_alikes, near

Schema = Mapping[str, Any]

MOST_ERRORS = 300
MOST_FINDINGS = 100
"""Of one document; nobody mends more from a list."""

SHAPES = {
    "object": "a map of keys and values",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}


def check(data: Any, place: Place, schema: Schema) -> tuple[Diagnostic, ...]:
    """What keeps a document from having the shape that a schema (Draft 2020-12) asks for; nothing if it has it.

    `place` is the place of `data`. One cause brings one finding. Compiled validators are kept for as long as the same
    schema object is handed in.
    """
    judge = _judge(_Same(schema))
    if judge.is_valid(data):
        return ()
    plain = _without_decimals(data)
    errors = list(itertools.islice(_explainer()(dict(schema)).iter_errors(plain), MOST_ERRORS))
    talk = _Talk(data, place, schema)
    findings = sorted(set(talk.findings(errors)), key=lambda found: found.order)
    if not findings:  # the validators disagree; the document is refused all the same
        first = next(judge.iter_errors(data))
        at = functools.reduce(lambda here, step: here / step, first.instance_path, place)
        findings = [MALFORMED(at.value, "This cannot stand here.", hint="Compare it with the manual of its kind.")]
    return tuple(findings[:MOST_FINDINGS])


class _Same(Struct, frozen=True, eq=False):
    """A schema as a key for the cache: the same object, not one that says the same."""

    schema: Schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.schema is other.schema


@functools.lru_cache(maxsize=64)
def _judge(same: _Same) -> Any:
    return jsonschema_rs.Draft202012Validator(dict(same.schema))


def _repeat(items: list[Any]) -> tuple[int, int] | None:
    """The first item that stands in a list before, by its two positions."""
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        first = seen.setdefault(inline(item), index)
        if first < index:
            return first, index
    return None


@functools.cache
def _explainer() -> Any:
    """The validator that explains. Importing it takes as long as reading a small workspace, and only who made a
    mistake needs it."""
    import jsonschema
    from jsonschema import validators

    def unique(_validator: Any, unique: bool, instance: Any, _schema: Any) -> Iterator[jsonschema.ValidationError]:
        if unique and isinstance(instance, list) and _repeat(instance):
            yield jsonschema.ValidationError("repeated")

    # The library compares every item with every other, which a long list makes endless.
    return validators.extend(jsonschema.Draft202012Validator, {"uniqueItems": unique})  # type: ignore[no-untyped-call]


def _without_decimals(data: Any) -> Any:
    """The same data for the validator that explains, to which a decimal is no number."""
    if isinstance(data, dict):
        return {key: _without_decimals(item) for key, item in data.items()}
    if isinstance(data, list):
        return [_without_decimals(item) for item in data]
    return float(data) if isinstance(data, Decimal) else data


class _Talk:
    """Tells the errors of one document as findings."""

    def __init__(self, data: Any, place: Place, schema: Schema) -> None:
        self.data, self.place, self.schema = data, place, schema

    def findings(self, errors: list[Any]) -> Iterator[Diagnostic]:
        by_place: dict[tuple[Pointer, str | None], list[Any]] = {}
        for error in _leaves(errors):
            pointer = tuple(error.absolute_path)
            key = error.instance if "propertyNames" in error.absolute_schema_path else None
            by_place.setdefault((pointer, key), []).append(error)
        wrong = {pointer for (pointer, key), found in by_place.items() if key is None and found[0].validator in FIXED}
        for (pointer, key), found in by_place.items():
            if key is not None:
                yield self._key(pointer, key, min(found, key=_rank))
            else:
                yield from self._value(pointer, _not_derived(pointer, found, wrong))

    def _at(self, pointer: Pointer) -> Place:
        return functools.reduce(lambda here, step: here / step, pointer, self.place)

    def _written(self, pointer: Pointer) -> Any:
        """The value as the author wrote it, decimals kept."""
        return functools.reduce(lambda here, step: here[step], pointer, self.data)

    def _value(self, pointer: Pointer, errors: list[Any]) -> Iterator[Diagnostic]:
        keys = [error for error in errors if error.validator in KEYS]
        yield from self._keys(pointer, keys)
        others = [error for error in errors if error.validator not in KEYS]
        if others:
            error = min(others, key=_rank)
            yield TELL.get(error.validator, _Talk.other)(self, pointer, error)

    # Keys of a map.

    def _keys(self, pointer: Pointer, errors: list[Any]) -> Iterator[Diagnostic]:
        """Unknown and missing keys together: a key that is only misspelt is not missing too."""
        if not errors:
            return
        data = errors[0].instance
        own = _merged(self.schema, _descend(self.schema, pointer))
        allowed = {name for error in errors for name in error.schema.get("properties", {})} | set(
            own.get("properties", {})
        )
        missing = {name: error for error in errors for name in _required(error) if name not in data}
        for name in itertools.islice(_extra(errors), MOST_FINDINGS):
            meant = near(name, missing) or near(name, allowed - set(data))
            missing.pop(meant or "", None)
            yield self._unknown_key(pointer, name, meant, allowed, set(data))
        for name, error in missing.items():
            # A key that only holds under a condition is not known where the condition itself is misspelt.
            slip = near(name, [key for key in data if key not in allowed])
            if slip:
                yield self._unknown_key(pointer, slip, name, allowed, set(data))
            else:
                yield self._missing_key(pointer, name, own, error)

    def _unknown_key(
        self, pointer: Pointer, name: str, meant: str | None, allowed: set[str], there: set[str]
    ) -> Diagnostic:
        at = self._at((*pointer, name)).key
        if meant and meant == latin(name):
            return _look_alike(at, name)
        hint = _sentence(did_you_mean(name, allowed - there))
        if meant and f"'{meant}'" not in hint:
            hint = f"Did you mean '{meant}'?"
        if not meant and allowed:
            hint = f"What can stand here: {', '.join(sorted(allowed))}."
        return UNKNOWN_KEY(at, f"'{_short(name)}' is no key that can stand here.", hint=hint)

    def _missing_key(self, pointer: Pointer, name: str, own: Schema, error: Any) -> Diagnostic:
        described = own.get("properties", {}).get(name) or error.schema.get("properties", {}).get(name) or {}
        about = _merged(self.schema, described)
        meaning = f" {about['description']}" if about.get("description") else ""
        example = _example(about)
        hint = f"For example: {name}: {inline(example)}" if example is not None else f"Add '{name}'."
        return MISSING_KEY(_opening(self._at(pointer)), f"'{name}' is missing here.{meaning}", hint=hint)

    def _key(self, pointer: Pointer, name: str, error: Any) -> Diagnostic:
        at = self._at((*pointer, name)).key
        meant = repair(name, functools.partial(self._accepts, error.schema), _words(error))
        if meant and look_alikes(name) and meant.value == latin(name):
            return _look_alike(at, name)
        hint = meant.hint if meant and isinstance(meant.value, str) else _for_example(error.schema)
        return MALFORMED(at, f"'{_short(name)}' cannot be a key here.{_form(error.schema)}", hint=hint)

    # Values.

    def _accepts(self, schema: Any, value: Any) -> bool:
        if not isinstance(schema, Mapping):
            return False
        rooted = {**schema, "$defs": self.schema.get("$defs", {})}
        return bool(_explainer()(rooted).is_valid(_without_decimals(value)))

    def shape(self, pointer: Pointer, error: Any) -> Diagnostic:
        place, value = self._at(pointer), self._written(pointer)
        expected = error.validator_value
        shapes = " or ".join(SHAPES[name] for name in ([expected] if isinstance(expected, str) else expected))
        about = _merged(self.schema, _descend(self.schema, pointer)) or error.schema
        if value is None:
            detail = f"{shapes.capitalize()} is expected here, but nothing is written."
            return WRONG_SHAPE(place.key, detail, hint=_for_example(about) or self._for_nothing(pointer, about))
        if _is_torn(pointer, value):
            (key, rest), *_ = value.items()
            text = f"{key}: {inline(rest) if isinstance(rest, bool) else '' if rest is None else rest}".rstrip()
            if self._accepts(error.schema, text):
                detail = f"The colon makes a map of this; {shapes} is expected here."
                return TEXT_BECAME_MAP(place.value, detail, hint=f'Put the text in quotes: "{_escaped(text)}".')
        meant = repair(value, functools.partial(self._accepts, error.schema))
        hint = meant.hint if meant else _for_example(about)
        detail = f"{shapes.capitalize()} is expected here, not {_shape_of(value)}.{_form(error.schema)}"
        return WRONG_SHAPE(_narrow(place), detail, hint=hint)

    def _for_nothing(self, pointer: Pointer, about: Schema) -> str:
        """What to do where nothing is written and no example is known."""
        if about.get("required"):
            return f"Write below it at least: {', '.join(about['required'])}."
        above = _merged(self.schema, _descend(self.schema, pointer[:-1])) or {}
        is_required = bool(pointer) and pointer[-1] in above.get("required", ())
        return "Write a value." if is_required else "Write a value, or delete the key."

    def fixed(self, pointer: Pointer, error: Any) -> Diagnostic:
        place, value = self._at(pointer), self._written(pointer)
        choices = [error.validator_value] if error.validator == "const" else list(error.validator_value)
        if value is None:
            words = ", ".join(inline(choice) for choice in choices)
            return NOT_ALLOWED(place.key, "Nothing is written here.", hint=f"Write one of: {words}.")
        texts = [choice for choice in choices if isinstance(choice, str)]
        meant = near(value, texts) if isinstance(value, str) else None
        if meant and look_alikes(str(value)) and latin(str(value)) == meant:
            return _look_alike(place.value, str(value))
        other = repair(value, lambda guess: any(guess == choice and type(guess) is type(choice) for choice in choices))
        hint = _sentence(did_you_mean(value, texts)) if meant else other.hint if other else ""
        words = ", ".join(inline(choice) for choice in choices)
        detail = f"'{_short(value)}' cannot stand here; it must be {'one of: ' if len(choices) > 1 else ''}{words}."
        return NOT_ALLOWED(_narrow(place), detail, hint=hint)

    def malformed(self, pointer: Pointer, error: Any) -> Diagnostic:
        place, value = self._at(pointer), self._written(pointer)
        meant = repair(value, functools.partial(self._accepts, error.schema), _words(error))
        if meant and look_alikes(value) and meant.value == latin(value):
            return _look_alike(place.value, value)
        about = _merged(self.schema, _descend(self.schema, pointer)) or error.schema
        hint = meant.hint if meant else _for_example(about)
        return MALFORMED(place, f"'{_short(value)}' cannot stand here.{_form(error.schema)}", hint=hint)

    def bounds(self, pointer: Pointer, error: Any) -> Diagnostic:
        place, value, bound = self._at(pointer), self._written(pointer), error.validator_value
        sentence = BOUNDS[error.validator].format(value=_short(value), bound=bound)
        if bound == 1 and error.validator in EMPTY:
            sentence = EMPTY[error.validator]
        at = place.value if isinstance(value, str | int | Decimal) else _opening(place)
        about = _merged(self.schema, _descend(self.schema, pointer)) or error.schema
        return OUT_OF_BOUNDS(at, sentence, hint=_for_example(about))

    def repeated(self, pointer: Pointer, error: Any) -> Diagnostic:
        place, items = self._at(pointer), error.instance
        repeat = _repeat(items)
        assert repeat, "this is a bug in tamspec: nothing is repeated here"
        first, second = repeat
        related = (Related((place / first).value, "It is named here first."),)
        detail = f"'{_short(items[second])}' is already in the list."
        return REPEATED_ITEM(_narrow(place / second), detail, hint="Delete one of the two.", related=related)

    def other(self, pointer: Pointer, _error: Any) -> Diagnostic:
        place = self._at(pointer)
        about = _merged(self.schema, _descend(self.schema, pointer))
        return MALFORMED(_narrow(place), f"This cannot stand here.{_form(about)}", hint=_for_example(about))


# Reading errors.


FIXED = ("enum", "const")
KEYS = ("required", "additionalProperties", "unevaluatedProperties", "dependentRequired")
RANKS = {"type": 0, "enum": 1, "const": 1, "pattern": 2, "minLength": 3, "maxLength": 4}


def _rank(error: Any) -> int:
    return RANKS.get(error.validator, 5)


def _leaves(errors: Iterable[Any]) -> Iterator[Any]:
    """The errors without the keywords that only bundle others; of alternatives the one that came nearest."""
    for error in errors:
        if error.validator in ("anyOf", "oneOf") and error.context:
            branches = itertools.groupby(error.context, key=lambda inner: inner.schema_path[0])
            tried = [list(inner) for _, inner in branches]
            fitting = [inner for inner in tried if all(leaf.validator != "type" or leaf.path for leaf in inner)]
            nearest: list[Any] = min(fitting or tried, key=len)
            yield from _leaves(nearest)
        else:
            yield error


def _not_derived(pointer: Pointer, errors: list[Any], wrong: set[Pointer]) -> list[Any]:
    """Drops what a condition asks for when the word it hangs on is itself wrong."""
    hangs = any(other[:-1] == pointer for other in wrong if other)
    return [error for error in errors if not hangs or not {"then", "else"} & set(map(str, error.absolute_schema_path))]


def _required(error: Any) -> list[str]:
    if error.validator == "required":
        return list(error.validator_value)
    if error.validator == "dependentRequired":
        return [name for key, names in error.validator_value.items() if key in error.instance for name in names]
    return []


def _extra(errors: list[Any]) -> Iterator[str]:
    seen: set[str] = set()
    for error in errors:
        if error.validator in ("additionalProperties", "unevaluatedProperties"):
            known, patterns = error.schema.get("properties", {}), error.schema.get("patternProperties", {})
            for name in error.instance:
                if name not in known and name not in seen and not any(re.search(form, name) for form in patterns):
                    seen.add(name)
                    yield name


# Reading the schema.


def _merged(root: Schema, schema: Any) -> dict[str, Any]:
    """A schema with what it refers to; its own words go first. Only references within the file are followed."""
    merged: dict[str, Any] = {}
    for _ in range(10):
        if not isinstance(schema, Mapping):
            break
        merged = {**schema, **merged}
        reference = str(schema.get("$ref", ""))
        if not reference.startswith("#/"):
            break
        schema = functools.reduce(lambda here, step: here.get(step, {}), reference[2:].split("/"), root)
    return merged


def _descend(root: Schema, pointer: Pointer) -> Any:
    """The schema of a node, as far as it does not hang on conditions."""
    schema: Any = root
    for step in pointer:
        here = _merged(root, schema)
        if isinstance(step, int):
            schema = here.get("items", {})
        else:
            schema = here.get("properties", {}).get(step, here.get("additionalProperties", {}))
    return schema


def _example(about: Schema) -> Any:
    if about.get("examples"):
        return about["examples"][0]
    if "default" in about:
        return about["default"]
    return about.get("const", about["enum"][0] if about.get("enum") else None)


def _for_example(about: Any) -> str:
    example = _example(about) if isinstance(about, Mapping) else None
    return f"For example: {inline(example)}" if example is not None else ""


def _form(about: Any) -> str:
    """What the schema says of the form of a value, as a further sentence."""
    said = about.get("description") or about.get("title") if isinstance(about, Mapping) else None
    if not said:
        return ""
    return f" {said}" if str(said).endswith(".") else f" {said}."


def _words(error: Any) -> tuple[str, ...]:
    """The words that a pattern asks for literally: `mon`, `tue`, …"""
    form = error.validator_value if error.validator == "pattern" else ""
    return tuple(re.findall(r"(?<![\\\w-])[a-z]{3,}(?![\w-])", form))


# Words and places.


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _look_alike(at: Loc, name: str) -> Diagnostic:
    letters = look_alikes(name)
    named = ", ".join(letter_name(letter) for letter in letters)
    detail = f"In '{_short(name)}' {named} only {'looks' if len(letters) == 1 else 'look'} Latin."
    return LOOK_ALIKE(at, detail, hint=f"Write '{latin(name)}', all in Latin letters.")


def _shape_of(value: Any) -> str:
    if isinstance(value, bool):
        return f"'{str(value).lower()}'"
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    return "a text" if isinstance(value, str) else f"the number {value}"


def _is_torn(pointer: Pointer, value: Any) -> bool:
    """Whether an item of a list may be a sentence with a colon."""
    if not pointer or not isinstance(pointer[-1], int) or not isinstance(value, dict) or len(value) != 1:
        return False
    return not isinstance(next(iter(value.values())), dict | list)


def _opening(place: Place) -> Loc:
    """Where a map begins for its reader: its key, else its first key, else itself."""
    key = place.marks.spans.get(place.pointer, (None, None))[0]
    if key:
        return key
    depth = len(place.pointer)
    inside = (
        span
        for pointer, (span, _) in place.marks.spans.items()
        if span and len(pointer) == depth + 1 and pointer[:depth] == place.pointer
    )
    return min(inside, default=place.value)


def _narrow(place: Place) -> Loc:
    """The value where it stands on one line; else the key, or the first key in it."""
    value = place.value
    return value if value.line == value.end_line else _opening(place)


def _short(value: Any) -> str:
    text = " ".join((value if isinstance(value, str) else inline(value)).split())
    return text if len(text) <= 60 else text[:59] + "…"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


BOUNDS = {
    "minimum": "{value} is too small; {bound} is the least.",
    "maximum": "{value} is too large; {bound} is the most.",
    "exclusiveMinimum": "{value} is too small; it must be more than {bound}.",
    "exclusiveMaximum": "{value} is too large; it must be less than {bound}.",
    "multipleOf": "{value} is no multiple of {bound}.",
    "minLength": "The text is too short; it needs {bound} characters.",
    "maxLength": "The text is too long; {bound} characters are the most.",
    "minItems": "The list is too short; it needs {bound} items.",
    "maxItems": "The list is too long; {bound} items are the most.",
    "minProperties": "The map is too small; it needs {bound} entries.",
    "maxProperties": "The map is too large; {bound} entries are the most.",
}
EMPTY = {"minLength": "The text is empty.", "minItems": "The list is empty.", "minProperties": "The map is empty."}

TELL = {
    "type": _Talk.shape,
    "enum": _Talk.fixed,
    "const": _Talk.fixed,
    "pattern": _Talk.malformed,
    "uniqueItems": _Talk.repeated,
    **dict.fromkeys(BOUNDS, _Talk.bounds),
}
"""Keyword of an error → how it is told."""
