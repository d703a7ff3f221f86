"""Templates of a workspace stand in place of ours; where they fail, ours print, and a finding tells the line."""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment
from jinja2.sandbox import ImmutableSandboxedEnvironment, SecurityError
from program import AT, Workspace, small, started

from tamspec.render.compiled import Compiled

OURS = Path(__file__).resolve().parent.parent / "templates"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return small(tmp_path)


def found(workspace: Workspace) -> list[tuple[str, str, int]]:
    """Code, file and line of what is found while the documents are written."""
    answer = workspace.run("render", "--output-format", "gitlab")
    places = [(one["check_name"], one["location"]) for one in answer.data]
    assert answer.code == (1 if places else 0)
    return [(code, at["path"], at["lines"]["begin"]) for code, at in places]


def test_a_template_of_the_workspace_stands_in_place_of_ours(workspace: Workspace) -> None:
    workspace.ok("render")
    before = workspace.files()
    text = (OURS / "department.html").read_text(encoding="utf-8").replace("What is next", "Next of all")
    workspace.write("templates/department.html", text)
    workspace.write("templates/style.css", "body { color: black; }\n")
    assert found(workspace) == []
    after = workspace.files()
    changed = {path for path in before if path.startswith("site/") and before[path] != after[path]}
    pages = {path for path in before if re.fullmatch(r"site/departments/[^/]+/index.html", path)}
    assert changed == {"site/style.css", *pages}
    assert "Next of all" in workspace.text("site/departments/network/index.html")


HEAD, END = "{% extends 'base.html' %}\n{% block main %}", "{% endblock %}\n"
FAILING = {
    "syntax": (HEAD + "\n{% if %}\n" + END, 3),
    "unknown value": (HEAD + "\n<h1>x</h1>\n{{ page.nothing }}\n" + END, 4),
    "unknown filter": (HEAD + "{{ 1|nothing }}" + END, 2),
    "division": (HEAD + "\n\n{{ 1 / 0 }}" + END, 4),
    "no such template": ("{% extends 'nothing.html' %}\n", 1),
    "escape": (HEAD + "{{ ''.__class__.__mro__[1].__subclasses__() }}" + END, 2),
    "changes what it is given": (HEAD + "{{ [].append(1) }}" + END, 2),
    "prints a thing": (HEAD + "\n{{ page }}" + END, 3),
    "for ever": (HEAD + "{% for x in range(9999999999) %}{% endfor %}" + END, 2),
    "calls itself": ("{% macro m() %}{{ m() }}{% endmacro %}\n{{ m() }}\n", 1),
}


@pytest.mark.parametrize(("text", "line"), FAILING.values(), ids=FAILING)
def test_a_template_that_fails_is_a_finding_and_the_rest_is_printed(workspace: Workspace, text: str, line: int) -> None:
    workspace.ok("render")
    before = workspace.files()
    workspace.write("templates/desks.html", text)
    assert found(workspace) == [("TAM600", "templates/desks.html", line)]
    after = workspace.files()
    assert {path for path in before if after.get(path) != before[path]} == set()


def test_a_part_that_fails_is_told_once_at_its_own_line(workspace: Workspace) -> None:
    workspace.write("templates/base.html", "<!doctype html>\n<title>x</title>\n{{ nothing }}\n")
    assert found(workspace) == [("TAM600", "templates/base.html", 3)]


def test_templates_that_cannot_be_read_stop_the_run_before_anything_is_written(workspace: Workspace) -> None:
    workspace.ok("render")
    before = workspace.files()
    path = workspace.root / "templates/base.html"
    path.parent.mkdir()
    path.symlink_to(OURS / "base.html")
    answer = workspace.run("render")
    assert answer.code == 2
    assert "templates/base.html" in answer.err
    path.unlink()
    assert workspace.files() == before


# What templates were compiled to is kept from one run to the next, and changes nothing.


def printed(workspace: Workspace, cache: Path) -> dict[str, bytes]:
    shutil.rmtree(workspace.root / "site", ignore_errors=True)
    answer = started(workspace.root, "--at", AT, "render", env={"XDG_CACHE_HOME": str(cache)})
    assert answer.code in (0, 1), answer.said
    return {path: text for path, text in workspace.files().items() if path.startswith("site/")}


@pytest.mark.slow
def test_a_run_that_finds_templates_compiled_prints_the_same(workspace: Workspace, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = printed(workspace, cache)
    [file] = [path for path in cache.rglob("*") if path.is_file()]
    kept = file.read_bytes()
    assert printed(workspace, cache) == first
    assert file.read_bytes() == kept, "nothing was compiled again"
    file.write_bytes(bytes(len(kept)))
    assert printed(workspace, cache) == first
    workspace.write("templates/desks.html", HEAD + "Mine" + END)
    assert b"Mine" in printed(workspace, cache)["site/desks.html"]
    workspace.write("templates/desks.html", HEAD + "Ours" + END)
    assert b"Ours" in printed(workspace, cache)["site/desks.html"]
    (workspace.root / "templates/desks.html").unlink()
    assert printed(workspace, cache) == first


@pytest.mark.parametrize(
    ("text", "plain", "guarded"),
    [
        ("{{ [].append(1) }}", "None", SecurityError),
        ("{% set x = '<b>' %}{{ x }}", "&lt;b&gt;", "&lt;b&gt;"),
        ("{{ '<b>' }}", "&lt;b&gt;", "&lt;b&gt;"),
    ],
)
def test_what_was_compiled_for_one_environment_serves_no_other(
    text: str, plain: str, guarded: str | type[Exception]
) -> None:
    """The sandbox stays one, and HTML is escaped, whoever compiled the same text before."""
    compiled, loader = Compiled(), DictLoader({"a.html": text})
    for _ in range(2):
        raw = Environment(loader=loader, bytecode_cache=compiled, autoescape=False)  # noqa: S701 - as for Markdown
        assert raw.get_template("a.html").render() == html.unescape(plain)
        assert (
            Environment(loader=loader, bytecode_cache=compiled, autoescape=True).get_template("a.html").render()
            == plain
        )
        sandbox = ImmutableSandboxedEnvironment(loader=loader, bytecode_cache=compiled, autoescape=True)
        if isinstance(guarded, str):
            assert sandbox.get_template("a.html").render() == guarded
        else:
            with pytest.raises(guarded):
                sandbox.get_template("a.html").render()
    assert len(compiled.known) == 3
