"""Where the schemas and templates that tamspec ships with are: in the wheel, or beside the package in a checkout.

It reads nothing of a workspace; that is `gitrepo`'s part.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from tamspec.diagnostics import TamspecError

_PACKAGE = Path(__file__).resolve().parent
_ENDING = ".schema.json"


def templates_dir() -> Path:
    """The folder of our own Jinja templates. A workspace may shadow them, file by file."""
    return _folder("templates")


@functools.cache
def schema_names() -> tuple[str, ...]:
    """The name of each schema, sorted: its path below `schemas/` without the ending, as `project`, `output/plan`."""
    folder = _folder("schemas")
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob(f"*{_ENDING}"))
    return tuple(sorted(path.removesuffix(_ENDING) for path in paths))


@functools.cache
def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of that name; everyone gets the same one, so do not change it. KeyError if there is none."""
    # The name may come from a document; looking it up in the list keeps `../` and absolute paths out.
    if name not in schema_names():
        raise KeyError(name)
    loaded = json.loads((_folder("schemas") / f"{name}{_ENDING}").read_bytes())
    assert isinstance(loaded, dict), f"schema {name} is an object"
    return loaded


def _folder(name: str) -> Path:
    """In an installed package the folders are under `_data`; in a checkout they are the repository's own."""
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        if (root / name).is_dir():
            return root / name
    raise TamspecError(f"The folder '{name}' of tamspec itself is missing. Install tamspec again.")
