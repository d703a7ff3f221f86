"""The chart for the forge is Mermaid whatever people wrote, small enough to be drawn, and changes where a date does."""

from __future__ import annotations

import difflib
import functools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from program import Workspace, copy_of_sample

from tamspec import load, plan, resources
from tamspec.model.order import State
from tamspec.render.book import open_book
from tamspec.render.change import change_page
from tamspec.render.mermaid import MOST, Diagram, diagram
from tamspec.render.orders import OrderView

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEAD = ["gantt", "dateFormat YYYY-MM-DD HH:mm", "axisFormat %m-%d"]
INSTANT = r"\d{4}-\d\d-\d\d \d\d:\d\d"
TASK = re.compile(rf"[◆◇] (?P<words>[^:;#%<>{{}}\"'`\\\n]*) :(?:(?:done|active|crit|milestone), )*{INSTANT}, {INSTANT}")
"""A line of an order: nothing in its words that Mermaid, HTML or Markdown could take for more than words."""
HOSTILE = (
    "title Taken over",
    "click o1 href javascript:alert(1)",
    'click o1 call x("y")',
    "section Else",
    "%%{init: {'securityLevel': 'loose'}}%%",
    "%% gone",
    "a :crit, 2026-01-01, 2d",
    "one; two\nthree\r\nfour\u2028five",
    "#35;quot;#lt;script#gt;",
    "<script>alert(1)</script> <img src=x onerror=y>",
    "---\ntitle: front\n---",
    "```\n# out of the block",
    "excludes weekends",
    "2026-11-23",
    "gantt",
    "accDescr { text }",
    "\u202eesrever \u2066 \x00 \ud800 \U0001f600",
    "",
    "::::",
    "W" * 500,
    "\U0001f600" * 500,
    "http://e.example/ [x](javascript:alert(1)) vert",
)
ZONE = ZoneInfo("Europe/Berlin")


@functools.cache
def views() -> tuple[OrderView, ...]:
    """The orders of a change of the sample."""
    settings, _ = load.settings((ROOT / load.SETTINGS).read_bytes(), resources.schemas())
    paths = sorted(path for folder in settings.sources for path in (ROOT / folder).rglob("*.yaml"))
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}
    workspace = load.load(files, settings, resources.schemas()).workspace
    made, findings = plan.make(workspace, State(), datetime(2026, 11, 23, 9, tzinfo=UTC))
    return change_page(open_book(workspace, State(), made, findings), "spring-launch").orders


def charted(names: Sequence[str]) -> Diagram:
    """The chart of orders that are called so."""
    given = [one for one in views() if one.begins]
    made = diagram([replace(given[at % len(given)], name=name) for at, name in enumerate(names)], ZONE)
    assert made is not None
    return made


def lines_of(text: str) -> list[str]:
    """The lines of a chart, which must be of our form."""
    assert len(text.encode("utf-16-le")) // 2 <= MOST
    lines = text.split("\n")
    assert lines[:3] == HEAD
    for line in lines[3:]:
        assert TASK.fullmatch(line), line
        assert len(line.splitlines()) == 1, line
    return lines[3:]


ANY = st.text(st.characters(), max_size=60) | st.sampled_from(HOSTILE)


@given(st.lists(ANY, min_size=1, max_size=8))
def test_any_names_make_as_many_lines(names: list[str]) -> None:
    made = charted(names)
    assert len(lines_of(made.text)) == len(names)
    assert made.left_out == 0


@given(st.lists(ANY, min_size=1, max_size=80))
def test_many_orders_are_cut_by_whole_lines(names: list[str]) -> None:
    made = charted(names)
    assert len(lines_of(made.text)) + made.left_out == len(names)


def test_the_critical_path_is_drawn_first_and_the_rest_is_counted() -> None:
    given = [replace(one, critical=at >= 60) for at, one in enumerate(views()[:1] * 70)]
    made = diagram(given, ZONE)
    assert made is not None
    lines = lines_of(made.text)
    assert sum(line.startswith("◆") and ":crit, " in line for line in lines) == 10
    assert made.left_out == len(given) - len(lines) > 0


def test_what_has_no_dates_is_not_drawn() -> None:
    undated = replace(views()[0], begins=None, ends=None)
    assert diagram([undated], ZONE) is None
    assert diagram([], ZONE) is None
    made = diagram([undated, views()[0]], ZONE)
    assert made is not None
    assert made.left_out == 1


def test_an_order_over_the_hour_that_comes_twice_does_not_end_before_it_begins() -> None:
    start = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
    made = diagram([replace(views()[0], begins=start, ends=start + timedelta(minutes=20))], ZONE)
    assert made is not None
    assert made.text.endswith("2026-10-25 02:50, 2026-10-25 02:50")


# The page.


@pytest.fixture(scope="module")
def sample_copy(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return copy_of_sample(tmp_path_factory.mktemp("mermaid") / "sample")


def pages(workspace: Workspace) -> dict[str, str]:
    workspace.ok("render", "--out", "site")
    return {path: workspace.text(path) for path in workspace.files() if re.fullmatch(r"site/changes/[^/]+\.md", path)}


def test_every_change_with_dates_has_one_chart(sample_copy: Workspace) -> None:
    made = pages(sample_copy)
    assert len(made) == 5
    for text in made.values():
        [block] = BLOCK.findall(text)
        drawn = len(lines_of(block.rstrip("\n")))
        told = re.search(r"^(\d+) of (\d+) orders are not drawn; the table has all\.$", text, re.MULTILINE)
        assert len(re.findall(r"^\| .*\| .*\| .*\| .*\| .*\| .*\| .* \|$", text, re.MULTILINE)) >= drawn
        assert not told or int(told[2]) - int(told[1]) == drawn


SCALARS = {
    "the criticality of the project": ("acme-shop/project.yaml", "criticality: high", "criticality: medium"),
    "the title of the project": ("acme-shop/project.yaml", "title: ACME online shop", "title: ACME shop"),
    "the title of the change": ("acme-shop/project.yaml", "Landscape for the new shop", "The shop of 2027"),
    "a word of the description": ("acme-shop/project.yaml", "before the holidays", "before Christmas"),
    "a question": ("acme-shop/project.yaml", "Under which host names will", "By which host names will"),
    "the day of a question": ("acme-shop/project.yaml", "due: 2026-12-01", "due: 2026-12-02"),
    "a parameter": ("resource-pool/project.yaml", "storageTiB: 4", "storageTiB: 5"),
    "who asks for the change": ("acme-shop/project.yaml", "requestedBy: orlov", "requestedBy: gusev"),
}
"""What is edited, none of which moves a date."""


@pytest.mark.parametrize("name", SCALARS)
def test_a_scalar_that_moves_no_date_touches_few_lines(sample_copy: Workspace, name: str) -> None:
    path, old, new = SCALARS[name]
    before = pages(sample_copy)
    sample_copy.edit(f"projects/{path}", old, new)
    try:
        after = pages(sample_copy)
    finally:
        sample_copy.edit(f"projects/{path}", new, old)
    for page in before.keys() | after.keys():
        told = [*difflib.ndiff(before[page].splitlines(), after[page].splitlines())]
        for sign in "+-":
            assert sum(line[0] == sign for line in told) <= 4, "\n".join(told)
        assert BLOCK.findall(before[page]) == BLOCK.findall(after[page])


# Mermaid itself.


def parsed(texts: Sequence[str]) -> list[dict[str, Any]]:
    """What Mermaid makes of charts; the test is passed over where it is not installed."""
    modules, node = os.environ.get("TAMSPEC_MERMAID", ""), shutil.which("node")
    if not modules or node is None:
        pytest.skip("TAMSPEC_MERMAID names no folder node_modules with mermaid and jsdom, or there is no node")
    script = Path(__file__).with_name("parse_mermaid.mjs")
    done = subprocess.run(
        [node, script, modules], input=json.dumps(list(texts)).encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return told


def test_mermaid_reads_what_was_meant() -> None:
    charts: list[tuple[int, str]] = []

    @given(st.lists(ANY, min_size=1, max_size=8))
    def collect(names: list[str]) -> None:
        charts.append((len(names), charted(names).text))

    collect()
    charts += [(1, charted([name]).text) for name in HOSTILE]
    for (count, text), told in zip(charts, parsed([text for _, text in charts]), strict=True):
        assert told.get("type") == "gantt", (told, text)
        assert len(told["tasks"]) == count, (told, text)
        assert not any(one["link"] for one in told["tasks"]), text
        assert not told["sections"], text
        assert not told["title"], text
        assert all(one["start"] <= one["end"] for one in told["tasks"]), text
