"""`fmt`: one layout, the same meaning, every comment between the same values; and the command as a user calls it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from odd_styles import Written, corpus
from program import small

from tamspec.cli.writing import show_diff
from tamspec.edit import formatted
from tamspec.load.yaml import parse

ROOT = Path(__file__).resolve().parent.parent
ODD = [
    *corpus(300),
    *(Written(path.name, path.read_bytes(), []) for path in sorted((ROOT / "tests" / "styles").iterdir())),
    *(
        Written(path.name, path.read_bytes(), [])
        for path in sorted((ROOT / "tests" / "cases").glob("*.yaml"))
        if all(one.severity.rank for one in parse("x", path.read_bytes())[1])
    ),
]


def data(content: bytes) -> str:
    """What a file says, the types of values and the order of keys among it."""
    documents, found = parse("x.yaml", content)
    assert all(one.severity.rank for one in found), found
    return repr([one.data for one in documents])


def comments(content: bytes) -> list[tuple[str, str]]:
    """Every comment with the key or value whose token ends before it; found by PyYAML's own scanner, not by ours."""
    text = content.decode("utf-8-sig").replace("\r\n", "\n")
    tokens = [one for one in yaml.scan(text, Loader=yaml.CSafeLoader) if isinstance(one, yaml.ScalarToken)]
    spans = [(one.start_mark.index, one.end_mark.index, one.value, one.style) for one in tokens]
    made = []
    for match in re.finditer(r"(?m)(?:^|(?<=[ \t]))#.*$", text):
        before = [one for one in spans if one[0] <= match.start()]
        if before and match.start() < before[-1][1]:
            header = text[before[-1][0] : match.start()]
            if before[-1][3] not in ("|", ">") or "\n" in header:
                continue
        made.append((match[0].rstrip(), before[-1][2] if before else ""))
    return made


@pytest.mark.parametrize("one", ODD, ids=[one.name for one in ODD])
def test_layout_keeps_meaning_and_comments_and_is_final(one: Written) -> None:
    new = formatted(one.name, one.content)
    assert data(new) == data(one.content)
    assert comments(new) == comments(one.content), new.decode()
    assert formatted(one.name, new) == new
    assert b"\r" not in new
    assert not new.startswith(b"\xef\xbb\xbf")
    assert not new or (new.endswith(b"\n") and not new.endswith(b"\n\n")) or b"+" in new


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("a:\n- x\n- k: 1\n  z: 2\n", "a:\n  - x\n  - k: 1\n    z: 2\n"),
        ("a:\n      b:   1\n      c :  2  # why\n", "a:\n  b: 1\n  c: 2  # why\n"),
        ("a: [x,w , z]   \n\n\n\nb: { k : 1 }", "a: [x, w, z]\n\nb: {k: 1}\n"),
        ("a: no\nb: 12:30\nc: 2026-12-18\non: x\n", 'a: "no"\nb: "12:30"\nc: 2026-12-18\n"on": x\n'),
        ("# one\n\n\n   # of a\n   # more\na:\n    # of b\n    b: 1\n    # last of b\n# end\n",
         "# one\n\n# of a\n# more\na:\n  # of b\n  b: 1\n  # last of b\n# end\n"),
        ("a:\n     # b: 1\nc: 2\n", "a:\n  # b: 1\nc: 2\n"),
        ("a:\n    - |\n           x\n             y\n    - >-\n       z\n",
         "a:\n  - |\n    x\n      y\n  - >-\n    z\n"),
        ("a:\n    b: {\n      x: 1,\n      v: [\n        z ] }\n", "a:\n  b: {\n    x: 1,\n    v: [\n      z]}\n"),
        ("a:\r\n  b: 1\r\n", "a:\n  b: 1\n"),
        ("\ufeffa: 1", "a: 1\n"),
        ("a: |\n  x", "a: |-\n  x\n"),
        ("a: |+\n  x\n\n\n\n", "a: |+\n  x\n\n\n\n"),
        ("", ""),
    ],
)  # fmt: skip
def test_layout(before: str, wanted: str) -> None:
    assert formatted("x.yaml", before.encode()).decode() == wanted


def test_sample_stands_in_its_layout(sample: Path) -> None:
    paths = [path for folder in ("catalog", "projects") for path in (sample / folder).rglob("*.yaml")]
    for path in [path for path in paths if path.parent.name != "ledger"]:
        assert formatted(path.name, path.read_bytes()) == path.read_bytes(), path


WORDS = ["a", "b:", "c: ", "- ", "# x", " # w", "1", "no", "---\n", "...\n", "é"]
SIGNS = ["\n", "\n  ", "\n    ", "{", "}", "[", "]", ", ", ",", ": ", '"q"', "'", "|\n", ">-\n   ", "  ", "\t"]
PIECES = st.sampled_from([*WORDS, *SIGNS])


@given(st.lists(PIECES, max_size=25))
def test_whatever_parses_keeps_its_meaning(pieces: list[str]) -> None:
    content = "".join(pieces).encode()
    if all(one.severity.rank for one in parse("x.yaml", content)[1]):
        new = formatted("x.yaml", content)
        assert data(new) == data(content)
        assert formatted("x.yaml", new) == new


# The command.

UGLY = (
    "apiVersion: tamspec/v1\nkind: Calendar\nmetadata:   {name: ugly,title: Ugly}   # why\nspec:\n    timeZone: UTC\n"
)


def test_fmt_as_a_user_calls_it(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.write("catalog/ugly.yaml", UGLY)
    before = workspace.files()
    checked = workspace.run("fmt", "--check")
    assert checked.code == 1
    assert "catalog/ugly.yaml\n" in checked.out
    assert "catalog/provider.yaml" not in checked.out
    shown = workspace.ok("fmt", "--diff").out
    assert "+metadata: {name: ugly, title: Ugly}   # why\n" in shown
    assert workspace.files() == before
    workspace.ok("fmt", "projects")
    assert workspace.files() == before
    assert workspace.run("fmt", "elsewhere").code == 2
    workspace.ok("fmt", "catalog/ugly.yaml")
    assert workspace.text("catalog/ugly.yaml") == (
        "apiVersion: tamspec/v1\nkind: Calendar\nmetadata: {name: ugly, title: Ugly}   # why\nspec:\n  timeZone: UTC\n"
    )
    workspace.ok("fmt", "--check")


def test_fmt_passes_over_what_it_cannot_read(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.write("catalog/ugly.yaml", UGLY)
    workspace.write("catalog/broken.yaml", "a:  'x\n")
    answer = workspace.run("fmt")
    assert answer.code == 1
    assert "catalog/broken.yaml:1" in answer.out
    assert workspace.text("catalog/broken.yaml") == "a:  'x\n"
    assert "  timeZone: UTC\n" in workspace.text("catalog/ugly.yaml")


def test_fmt_never_touches_the_ledger(tmp_path: Path) -> None:
    workspace = small(tmp_path).start_git()
    workspace.ok("apply", "--by", "ivanova")
    (entry,) = workspace.ledger()
    workspace.write(entry, workspace.text(entry).replace("\n", "   \n"))
    before = workspace.files()
    workspace.ok("fmt")
    workspace.ok("fmt", entry)
    assert workspace.files() == before


def test_fmt_takes_the_settings_along(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    workspace.write("tamspec.yaml", "apiVersion:   tamspec/v1\nsources: [ catalog,projects ]\n")
    workspace.ok("fmt")
    assert workspace.text("tamspec.yaml") == "apiVersion: tamspec/v1\nsources: [catalog, projects]\n"


@pytest.mark.parametrize("looked_at", [True, False])
def test_diff_commands_no_terminal(
    looked_at: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: looked_at)
    show_diff({"a.yaml": b"a:   1 # \x1b[2Jb\n"}, {"a.yaml": b"a: 1 # \x1b[2Jb\n"})
    shown = capsys.readouterr().out
    assert ("\x1b" in shown) is not looked_at
    assert shown.count("\n") == 5
