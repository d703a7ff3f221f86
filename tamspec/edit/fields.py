"""One field of a document, named as people name it: `Project/acme-shop` and `components.web.params.version`."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from msgspec import Struct

from tamspec.diagnostics import Place, TamspecError
from tamspec.edit.changes import Add, Drop, Edit, Insert, Put
from tamspec.load import KINDS
from tamspec.load.yaml import parse
from tamspec.suggest import near

Schema = Mapping[str, Any]

_STEP = re.compile(r'"([^"]*)"|([^."]+)')


class Subject(Struct, frozen=True, kw_only=True):
    """A document that can be named, whether or not it has the right shape."""

    kind: str
    name: str
    data: Mapping[str, Any]
    place: Place

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def subjects(files: Mapping[str, bytes]) -> Iterator[Subject]:
    """Every document with a kind and a name; ledger entries are none. What cannot be read is passed over."""
    for path, content in sorted(files.items()):
        for one in parse(path, content)[0]:
            data = one.data if isinstance(one.data, dict) else {}
            metadata = data.get("metadata")
            name = metadata.get("name") if isinstance(metadata, dict) else None
            if data.get("kind") in KINDS and isinstance(name, str):
                yield Subject(kind=data["kind"], name=name, data=data, place=one.place)


def subject(documents: Iterable[Subject], wanted: str) -> Subject:
    """The one document that `KIND/NAME` names, or NAME alone where one kind has it; else a `TamspecError`."""
    kind, _, name = wanted.rpartition("/")
    if kind and kind not in KINDS:
        guess = near(kind, KINDS)
        hint = f"Did you mean '{guess}'?" if guess else f"There are: {', '.join(KINDS)}."
        raise TamspecError(f"There is no kind '{kind}'. {hint}")
    eligible = [one for one in documents if kind in ("", one.kind)]
    fitting = [one for one in eligible if one.name == name]
    if not fitting:
        guess = near(name, {one.name for one in eligible})
        hint = f" Did you mean '{guess}'?" if guess else ""
        raise TamspecError(f"There is no {kind.lower() or 'document'} '{name}'.{hint}")
    if len(fitting) > 1:
        places = "".join(f"\n  {one}: {one.place.value}" for one in fitting)
        same = len({one.kind for one in fitting}) == 1
        hint = "Give one of them another name by hand." if same else "Say which one you mean."
        raise TamspecError(f"Several documents are called '{name}'. {hint}{places}")
    return fitting[0]


def steps(path: str) -> tuple[str, ...]:
    """The steps of `components."a.b".params`; what is neither below `metadata` nor `spec` is meant below `spec`."""
    made: list[str] = []
    rest = path
    while match := _STEP.match(rest):
        made.append(match[1] if match[1] is not None else match[2])
        rest = rest[match.end() :]
        if not rest.startswith("."):
            break
        rest = rest[1:]
    if rest or not made or path.endswith("."):
        raise TamspecError(f"'{path}' names no field; write it as components.web.params.version.")
    if made[0] in ("apiVersion", "kind"):
        raise TamspecError(f"'{made[0]}' says what the document is; to change it, write another document.")
    return tuple(made) if made[0] in ("metadata", "spec") else ("spec", *made)


def values(text: str) -> tuple[Any, ...]:
    """What a word of the command line may mean, likeliest first: as YAML reads it, and as the text that it is.

    `[a, b]` and `{a: 1}` are lists and maps; a `TamspecError` where they are broken.
    """
    documents, found = parse("the value", text.encode(errors="surrogatepass"))
    wrong = next((one for one in found if one.severity.rank == 0), None)
    read = documents[0].data if documents and not wrong else None
    if text.startswith(("[", "{")):
        if wrong or not isinstance(read, list | dict):
            raise TamspecError(f"{text} is no list and no map. {wrong.detail if wrong else ''}".strip())
        return (read,)
    if wrong or isinstance(read, list | dict) or not documents or (isinstance(read, str) and text[0] not in "\"'"):
        return (None, text) if text in ("null", "~") else (text,)
    return (read, text)


def setting(one: Subject, path: Sequence[str], value: Any, schema: Schema) -> Edit:
    """The edit that gives a field a value; a `TamspecError` where there is no such place. A new key stands where the
    schema of the kind lists it."""
    _refuse_name(one, path)
    place, data, done = _reached(one, path)
    if done == len(path):
        return Put(place, value)
    step, rest = path[done], path[done + 1 :]
    nested = functools.reduce(lambda inner, key: {key: inner}, reversed(rest), value)
    if isinstance(data, list):
        if step != str(len(data)):
            raise _missing(place, step, range(len(data) + 1), path[:done])
        return Insert(place, len(data), nested)
    if data is not None and not isinstance(data, dict):
        raise TamspecError(f"{'.'.join(path[:done])} is a single value ({place.value}); nothing stands below it.")
    here = _schema_at(schema, path[:done])
    known = list(here.get("properties", ()))
    if step not in known and (rest or here.get("additionalProperties") is False):
        raise _missing(place, step, [*(data or {}), *known], path[:done])
    return Add(place, step, nested, _before(step, known, data or {}))


def unsetting(one: Subject, path: Sequence[str]) -> Edit:
    """The edit that takes a field away; a `TamspecError` where it is not there."""
    _refuse_name(one, path)
    place, data, done = _reached(one, path)
    if done < len(path):
        raise _missing(place, path[done], data if isinstance(data, dict) else range(len(data or ())), path[:done])
    return Drop(place)


def _refuse_name(one: Subject, path: Sequence[str]) -> None:
    if tuple(path) == ("metadata", "name"):
        raise TamspecError(f"Others refer to the name; change it everywhere:\n  tamspec rename {one} NEW")
    if len(path) == 1:
        raise TamspecError(f"Name a field of {path[0]}, for example {path[0]}.title.")


def _reached(one: Subject, path: Sequence[str]) -> tuple[Place, Any, int]:
    """The place to which the steps lead as far as they are written, what stands there, and how many they were."""
    place, data = one.place, cast("Any", one.data)
    for index, step in enumerate(path):
        key: str | int = int(step) if isinstance(data, list) and step.isdecimal() else step
        inside = key in data if isinstance(data, dict) else isinstance(data, list) and key in range(len(data))
        if not inside:
            return place, data, index
        place, data = place / key, data[key]
    return place, data, len(path)


def _missing(place: Place, step: str, known: Iterable[Any], path: Sequence[str]) -> TamspecError:
    names = [str(one) for one in known]
    guess = near(step, names)
    listed = f"There are: {', '.join(dict.fromkeys(names))}." if names else "It is empty."
    hint = f"Did you mean '{guess}'?" if guess else listed
    return TamspecError(f"There is no '{step}' in {'.'.join(path)} ({place.key}). {hint}")


def _before(step: str, known: Sequence[str], data: Mapping[str, Any]) -> str | None:
    """Behind which key a new one stands: the last that the schema lists before it; None: at the end."""
    if step not in known or not data:
        return None
    earlier = [key for key in known[: known.index(step)] if key in data]
    return earlier[-1] if earlier else ""


def _schema_at(schema: Schema, path: Sequence[str]) -> Schema:
    """The schema of a place, with what it refers to."""
    here = _whole(schema, schema)
    for step in path:
        inner = here.get("items") if step.isdecimal() and "items" in here else None
        named = here.get("properties", {}).get(step, here.get("additionalProperties"))
        here = _whole(schema, inner or named)
    return here


def _whole(schema: Schema, part: Any) -> Schema:
    """A part of a schema with what it refers to."""
    if not isinstance(part, Mapping):
        return {}
    if "$ref" not in part:
        return part
    target = functools.reduce(lambda here, step: here[step], part["$ref"].removeprefix("#/").split("/"), schema)
    return {**_whole(schema, target), **part}
