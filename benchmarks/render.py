"""How quick documents are made: tamspec beside two generators that are given the same pages as Markdown.

`python -m benchmarks.render FOLDER` counts the pages of a workspace and prints them once, in a process of its own.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from html.parser import HTMLParser
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from benchmarks import markdown, portfolio
from benchmarks.measure import PYTHON, TAMSPEC, Command, Cost, cost, cpu_seconds, machine, run
from benchmarks.peers import Generator, generators
from benchmarks.serve import connected, served, states
from tamspec import __version__, gitrepo, pipeline
from tamspec.cli.session import instant
from tamspec.diagnostics import Findings
from tamspec.pipeline import Tree
from tamspec.render import trees
from tamspec.render.trees import Material

PAGES = (500, 2_000)
"""About so many HTML documents."""
QUICK = (120,)
RUNS = 3
"""Of ours, and of the peers on the smaller site; on the larger the peers run once."""
EDITS = 7
"""In a preview that runs."""
FIRST = 100
"""Titles of the preview have a number above this, which no other has."""
SAMPLES = (10, 40)
"""Portfolios of so many clients tell how many pages one more client brings."""

NAME = "amber-airlines"
CHANGED = f"projects/{NAME}/project.yaml"
PASSPORT = f"projects/{NAME}-shop/index"
VIEWED = f"changes/{NAME}-shop-move/index"
"""The plan of a change, of which one more look costs so many bytes."""
LOADED = frozenset({"stylesheet", "icon", "preload", "modulepreload"})
"""What a link may be for a browser to fetch it at once."""

SETTINGS = """\
site_name: Generated portfolio
site_url: https://docs.example.org/
theme:
  name: material
  features: [navigation.prune]
markdown_extensions:
  - tables
  - pymdownx.superfences:
      custom_fences:
        - name: mermaid
          class: mermaid
          format: !!python/name:pymdownx.superfences.fence_code_format
nav: %s
"""


def figures(*, quick: bool = False, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Everything that is measured; `quick` only shows that it can be."""
    found, missing = ({}, {}) if quick else generators()
    for name, why in missing.items():
        say(f"{name} cannot be had and is left out: {why}")
    with tempfile.TemporaryDirectory(prefix="tamspec-bench-") as name:
        return {
            "machine": machine(),
            "versions": {"tamspec": __version__, **{one.name: one.version for one in found.values()}},
            "missing": sorted(missing),
            "sizes": [
                _size(Path(name) / str(pages), pages, found, 1 if quick else RUNS, say)
                for pages in (QUICK if quick else PAGES)
            ],
        }


def _size(
    folder: Path, wanted: int, found: Mapping[str, Generator], runs: int, say: Callable[[str], None]
) -> dict[str, Any]:
    clients = _clients(wanted, folder)
    root = folder / "workspace"
    portfolio.write(root, clients, with_ledger=False)
    printing = _printing(root, runs)
    pages = printing["pages"]
    say(f"{pages:,} pages, {clients} clients: printed with {printing['pages_per_cpu_second']} a CPU second")
    programs = {"tamspec": {"printing": printing, **_tamspec(root, folder, pages, runs, say)}}
    docs = folder / "docs"
    paths = markdown.write(folder / "site", docs)
    assert len(paths) == pages, "this is a bug in the benchmark: not every page has its Markdown"
    for peer in found.values():
        own = folder / peer.name
        shutil.copytree(docs, own / "docs")
        (own / "mkdocs.yml").write_text(SETTINGS % json.dumps(markdown.navigation(paths)), "utf-8")
        programs[peer.name] = _peer(peer, own, pages, runs if wanted < PAGES[-1] else 1, say)
    return {"wanted": wanted, "clients": clients, "pages": pages, "programs": programs}


def _aside(path: Path) -> None:
    """Put away what a run made, so that the next begins with nothing. It is deleted at the very end: ext4 looks past
    everything that was deleted in the last minutes for each file that is made, which would be counted to whoever makes
    most."""
    if path.exists():
        before = len(list(path.parent.glob(f"before-*-{path.name}")))
        path.rename(path.with_name(f"before-{before}-{path.name}"))


def _clients(wanted: int, folder: Path) -> int:
    """How many clients give about so many pages."""
    if wanted in QUICK:
        return 1
    counted = []
    for clients in SAMPLES:
        root = folder / f"sample-{clients}"
        portfolio.write(root, clients, with_ledger=False)
        counted.append(_told(root, "--count")["pages"])
    each = (counted[1] - counted[0]) / (SAMPLES[1] - SAMPLES[0])
    return max(1, round(SAMPLES[0] + (wanted - counted[0]) / each))


def _printing(root: Path, runs: int) -> dict[str, Any]:
    """Printing alone, each time in a new process that has loaded and planned."""
    told = [_told(root) for _ in range(runs)]
    pages, seconds = told[0]["pages"], statistics.median(one["cpu_seconds"] for one in told)
    return {
        "pages": pages,
        "mib": told[0]["mib"],
        "cpu_seconds": round(seconds, 3),
        "pages_per_cpu_second": round(pages / seconds, 1),
    }


def _told(root: Path, *options: str) -> dict[str, Any]:
    done = run((PYTHON, "-m", "benchmarks.render", str(root), *options), root)
    assert done.code == 0, f"this is a bug in the benchmark: {done.output[-2000:]}"
    return dict(json.loads(done.output))


def _tamspec(root: Path, folder: Path, pages: int, runs: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Whole processes: cold, one title changed, nothing changed, and with an index for the search."""
    out, cache = folder / "site", folder / "cache"
    command = (*TAMSPEC, "--at", portfolio.AT, "render", "--out", str(out))
    home = {"XDG_CACHE_HOME": str(cache)}

    def forget() -> None:
        for one in (out, cache):
            _aside(one)

    def change(number: int) -> None:
        path = root / CHANGED
        text, times = re.subn(r"(title: .*?)( \d+)?(['\"]?})", rf"\1 {number}\3", path.read_text("utf-8"), count=1)
        assert times, "this is a bug in the benchmark: the project has no title"
        path.write_text(text, "utf-8")

    made = _states(command, root, pages, runs, (forget, change), home)
    help_text = run((*command, "--help"), root).output
    made["cold, search"] = None
    if "--search" in help_text and _has_search():
        searched = (*command, "--search")
        made["cold, search"] = _state([_after(forget, searched, root, home) for _ in range(runs)], pages)
        forget()
        _fine(cost(command, root, environment=home))
    for state, one in made.items():
        if one:
            say(f"  tamspec, {state}: {one['cpu_seconds']:.2f} s of CPU, {one['peak_mib']} MiB")
    shown = _previewed(root, change, EDITS)
    say(f"  tamspec, a preview that runs: {shown['cpu_seconds']:.2f} s of CPU, {shown['wall_seconds']:.2f} s")
    return {**made, "preview": shown, "first_view_bytes": first_view(out, f"{VIEWED}.html")}


def _previewed(root: Path, change: Callable[[int], None], edits: int) -> dict[str, Any]:
    """A preview that runs already: from the save of a changed title to the page with it, fetched as a browser does."""
    took = []
    with (
        served(root, ("--at", portfolio.AT)) as (port, process),
        closing(connected(port)) as pages,
        closing(states(port)) as told,
    ):
        state = next(told)
        _fetched(pages)  # templates are compiled for the first page
        for number in range(1, edits + 1):
            time.sleep(0.3)  # nobody saves ten times a second
            cpu, wall = cpu_seconds(process), time.perf_counter()
            change(FIRST + number)
            state = next(other for other in told if other != state)
            page = _fetched(pages)
            took.append((cpu_seconds(process) - cpu, time.perf_counter() - wall))
            assert f" {FIRST + number}</h1>" in page, "this is a bug in the benchmark: the page is not that of the edit"
    cpus, walls = zip(*took, strict=True)
    return {
        "edits": edits,
        "cpu_seconds": round(statistics.median(cpus), 3),
        "wall_seconds": round(statistics.median(walls), 3),
        "worst_wall_seconds": round(max(walls), 3),
    }


def _fetched(pages: HTTPConnection) -> str:
    pages.request("GET", f"/{PASSPORT}.html")
    return pages.getresponse().read().decode()


def _has_search() -> bool:
    return run((PYTHON, "-m", "pagefind", "--version"), Path()).code == 0


def _peer(peer: Generator, own: Path, pages: int, runs: int, say: Callable[[str], None]) -> dict[str, Any]:
    def forget() -> None:
        for name in ("site", ".cache"):
            _aside(own / name)

    def change(number: int) -> None:
        path = own / "docs" / f"{PASSPORT}.md"
        path.write_text(re.sub(r"^# (.*?)( \d+)?$", rf"# \1 {number}", path.read_text("utf-8"), count=1), "utf-8")

    made = _states(peer.command, own, pages, runs, (forget, change), {})
    for state, one in made.items():
        say(f"  {peer.name}, {state}: {one['cpu_seconds']:.2f} s of CPU, {one['peak_mib']} MiB")
    count = len(list((own / "site").rglob("*.html")))
    assert count >= pages, f"this is a bug in the benchmark: {peer.name} made {count} pages of {pages}"
    return {**made, "first_view_bytes": first_view(own / "site", f"{VIEWED}.html")}


def _states(
    command: Command,
    folder: Path,
    pages: int,
    runs: int,
    begin: tuple[Callable[[], None], Callable[[int], None]],
    home: Mapping[str, str],
) -> dict[str, Any]:
    """A program that begins with nothing, after one title was changed, and after nothing was."""
    forget, change = begin
    cold = [_after(forget, command, folder, home) for _ in range(runs)]
    changed = [_after(lambda at=at: change(at), command, folder, home) for at in range(1, runs + 1)]  # type: ignore[misc]
    same = [_after(lambda: None, command, folder, home) for _ in range(runs)]
    return {
        "cold": _state(cold, pages),
        "one page changed": _state(changed, pages),
        "nothing changed": _state(same, pages),
    }


def _after(begin: Callable[[], None], command: Command, folder: Path, home: Mapping[str, str]) -> Cost:
    begin()
    return _fine(cost(command, folder, environment=home, watched=True))


def _fine(done: Cost) -> Cost:
    assert done.code == 0, f"this is a bug in the benchmark: {done.output[-2000:]}"
    return done


def _state(done: list[Cost], pages: int) -> dict[str, Any]:
    """The median of some runs."""
    seconds = statistics.median(one.cpu_seconds for one in done)
    return {
        "runs": len(done),
        "cpu_seconds": round(seconds, 3),
        "wall_seconds": round(statistics.median(one.wall_seconds for one in done), 3),
        "pages_per_cpu_second": round(pages / seconds, 1),
        "peak_mib": max(one.peak_mib for one in done),
    }


def first_view(site: Path, page: str) -> int:
    """Bytes of a page and of what it has a browser fetch at once from the same site, none compressed."""
    path = site / page
    parser = _Loads()
    parser.feed(path.read_text("utf-8"))
    local = {(path.parent / name.partition("?")[0]).resolve() for name in parser.named if name and ":" not in name}
    return sum(one.stat().st_size for one in {path.resolve(), *local})


class _Loads(HTMLParser):
    """Finds what a browser fetches beside a page."""

    def __init__(self) -> None:
        super().__init__()
        self.named: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "script":
            self.named.append(told.get("src", ""))
        elif tag == "link" and LOADED & set(told.get("rel", "").split()):
            self.named.append(told["href"])


# In a process of its own.


def material(root: Path) -> Material:
    """A workspace, loaded and planned."""
    written = gitrepo.settings_in(root)
    settings, findings = pipeline.settings(written)
    files = gitrepo.files_in(root, settings.sources).files
    tree = Tree(settings=settings, findings=findings, files=files, written=written)
    story = pipeline.tell(tree, instant(portfolio.AT, {}))
    assert story.findings == Findings(), "this is a bug in the benchmark: the portfolio has findings"
    return pipeline.material(story)


def main() -> None:
    """Count the pages of a workspace, and print them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.render", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", action="store_true", help="print nothing")
    given = parser.parse_args()
    gc.disable()  # as the program does
    made = material(given.folder)
    begun = time.process_time()
    site = trees.internal(made)
    pages = {} if given.count else site.pages()[0]
    seconds = time.process_time() - begun
    told = {
        "pages": sum(path.endswith(".html") for path in site.paths),
        "mib": round(sum(len(text.encode()) for text in pages.values()) / 2**20, 1),
        "cpu_seconds": round(seconds, 3),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
