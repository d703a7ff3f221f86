"""A new document as YAML text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tamspec import modeline
from tamspec.load.repair import inline
from tamspec.load.scalars import WORDS

_OPEN = ("spec", "components", "contacts", "questions", "procedures", "provision", "decommission", "steps", "hours")
"""Maps that are written in lines, however short they are: they will grow."""
_WIDTH = 100


def text(data: Mapping[str, Any], path: str, schema: Mapping[str, Any], schema_path: str) -> str:
    """The document as YAML, with the line that tells editors its schema, and a comment on what else may be said."""
    lines = [modeline.line(path, schema_path).rstrip("\n"), *block(data, 0)]
    kind = str(data["kind"])
    left = [key for key in schema["properties"]["spec"]["properties"] if key not in data["spec"]]
    if left:
        lines += _remark(f"Also possible, see `tamspec schema {kind.lower()}`: {', '.join(left)}")
    return "\n".join(lines) + "\n"


def _remark(sentence: str) -> Iterator[str]:
    row = "  #"
    for word in sentence.split():
        if len(row) + len(word) >= _WIDTH:
            yield row
            row = "  #"
        row += f" {word}"
    yield row


def block(data: Mapping[str, Any], depth: int) -> Iterator[str]:
    """A map as lines of YAML, so many levels deep."""
    pad = "  " * depth
    for key, value in data.items():
        row = f"{pad}{_flow(key)}: {_flow(value)}"
        if isinstance(value, str) and "\n" in value.strip():
            yield f"{pad}{key}: |"
            yield from (f"{pad}  {line}".rstrip() for line in value.strip().splitlines())
        elif isinstance(value, dict) and value and (key in _OPEN or len(row) > _WIDTH):
            yield f"{pad}{_flow(key)}:"
            yield from block(value, depth + 1)
        else:
            yield row


def _flow(value: Any) -> str:
    """A value on one line, in quotes where anybody could read it otherwise."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and value in WORDS:
        return json.dumps(value)
    asked = value.removesuffix("?") if isinstance(value, str) else value
    return str(value) if asked != value and inline(asked) == asked else inline(value)
