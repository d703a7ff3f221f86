"""The index by which pages are searched, made by pagefind (the extra `search`)."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tamspec.diagnostics import TamspecError

FOLDER = "pagefind"
"""Where the index lies in a tree of documents."""

WANTED = ("pagefind.js", "pagefind-worker.js", "pagefind-entry.json")
PARTS = (".pf_meta", ".pf_index", ".pf_fragment", ".pagefind")
"""Endings of the index itself; what pagefind brings for the looks of a page is left out."""


def indexed(pages: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of the index of some pages, by path. The same pages give the same files."""
    if importlib.util.find_spec("pagefind") is None:
        raise TamspecError("The search needs pagefind; install it with: pip install 'tamspec[search]'")
    with tempfile.TemporaryDirectory() as folder:
        site, out = Path(folder) / "site", Path(folder) / "index"
        wanted = {site / name: content for name, content in pages.items() if name.endswith(".html")}
        for parent in {path.parent for path in wanted}:
            parent.mkdir(parents=True, exist_ok=True)
        for path, content in wanted.items():
            path.write_bytes(content)
        asked = [sys.executable, "-m", "pagefind", "--site", str(site), "--output-path", str(out), "--quiet"]
        told = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=folder)
        if told.returncode:
            why = (told.stderr or told.stdout).strip().splitlines()
            raise TamspecError(f"The pages could not be indexed: {why[-1] if why else 'pagefind does not say why'}")
        found = sorted(path for path in out.rglob("*") if path.name in WANTED or path.suffix in PARTS)
        return {f"{FOLDER}/{path.relative_to(out).as_posix()}": path.read_bytes() for path in found}
