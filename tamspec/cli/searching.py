"""The index by which pages are searched, made by pagefind (the extra `search`)."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tamspec.diagnostics import TamspecError

FOLDER = "pagefind"
"""Where the index lies in a tree of documents."""

WANTED = ("pagefind.js", "pagefind-worker.js", "pagefind-entry.json")
PARTS = (".pf_meta", ".pf_index", ".pf_fragment", ".pagefind")
"""Endings of the index itself; what pagefind brings for the looks of a page is left out."""


def require() -> None:
    """Stop where nothing can be searched, before anything is printed."""
    if importlib.util.find_spec("pagefind") is None:
        raise TamspecError("The search needs pagefind; install it with: pip install 'tamspec[search]'")


def index(folder: Path, trees: Iterable[str] = ("",)) -> list[str]:
    """Add an index to each tree of documents in a folder; the names of its files. The same pages give the same ones."""
    return [name for tree in trees for name in _index(folder, folder / tree)]


def _index(folder: Path, tree: Path) -> list[str]:
    asked = [sys.executable, "-m", "pagefind", "--site", str(tree), "--output-subdir", FOLDER, "--quiet"]
    # It keeps the lock of the folder: who comes next waits for it too, if it outlives us.
    told = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=folder, close_fds=False)
    if told.returncode:
        why = (told.stderr or told.stdout).strip().splitlines()
        raise TamspecError(f"The pages could not be indexed: {why[-1] if why else 'pagefind does not say why'}")
    found = (path for path in (tree / FOLDER).rglob("*") if path.name in WANTED or path.suffix in PARTS)
    return sorted(path.relative_to(folder).as_posix() for path in found)
