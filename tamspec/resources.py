"""Where the schemas, templates and starter files that tamspec ships with are: in the wheel, or beside the package in a
checkout.

It reads nothing of a workspace; that is `gitrepo`'s part.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tamspec.diagnostics import TamspecError

_PACKAGE = Path(__file__).resolve().parent
_ENDING = ".schema.json"


def templates_dir() -> Path:
    """The folder of our own Jinja templates. A workspace may shadow them, file by file."""
    return _folder("templates")


@functools.cache
def templates() -> dict[str, str]:
    """Our own templates: path below their folder → text; do not change it. `languages/` are those of documents besides
    English, as files of gettext."""
    folder = _folder("templates")
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}


def schemas_dir() -> Path:
    """The folder of the schemas."""
    return _folder("schemas")


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


@functools.cache
def schemas() -> Mapping[str, Mapping[str, Any]]:
    """The schemas of what may be written: kind in lower case → schema; `workspace` is that of `tamspec.yaml`."""
    return {name: schema(name) for name in schema_names() if "/" not in name and name != "tamspec"}


def starter(part: str) -> dict[str, str]:
    """The files of a new repository, by path; `part` is `common`, `github`, `gitlab` or `example`.

    Words between `@` are to be filled in. Here a name `dot-x` stands for `.x`, so that no tool of this repository takes
    them for its own.
    """
    folder = _folder("starter") / part
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "/".join(
            f".{step.removeprefix('dot-')}" if step.startswith("dot-") else step
            for step in path.relative_to(folder).parts
        ): path.read_text(encoding="utf-8")
        for path in paths
    }


def _folder(name: str) -> Path:
    """In an installed package the folders are under `_data`; in a checkout they are the repository's own."""
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        if (root / name).is_dir():
            return root / name
    raise TamspecError(f"The folder '{name}' of tamspec itself is missing. Install tamspec again.")
