"""Changes to YAML text: each says what was meant, and every line that it does not concern keeps its bytes."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odd_styles import Written, corpus

from tamspec.diagnostics import Loc, Place, Splice, TamspecError
from tamspec.edit import Add, Drop, Edit, Insert, Put, Rename, edited, spliced
from tamspec.load.repair import inline
from tamspec.load.yaml import Document, parse

ROOT = Path(__file__).resolve().parent.parent
ODD = list(corpus(300))
VALUES: list[Any] = [
    7,
    True,
    None,
    "plain words",
    "no",
    "12:30",
    "a, b: [c] # d",
    "two\nlines",
    [],
    {},
    ["x", "1"],
    {"k": 2},
]


def read(content: bytes) -> list[Document]:
    documents, found = parse("x.yaml", content)
    assert not [one for one in found if one.severity.rank == 0], found
    return list(documents)


def only(content: bytes) -> Document:
    (document,) = read(content)
    return document


def after(text: str, *edits: Any) -> str:
    """The text after edits of its only document; each is a function of the document's place."""
    root = only(text.encode()).place
    return edited("x.yaml", text.encode(), [make(root) for make in edits]).decode()


# What each change looks like.


@pytest.mark.parametrize(
    ("before", "value", "wanted"),
    [
        ("a:\n  b: old  # why\nc: 1\n", "new", "a:\n  b: new  # why\nc: 1\n"),
        ("a:\n  b: 'old'\n", "it's", "a:\n  b: 'it''s'\n"),
        ('a:\n  b: "old"\n', "new", 'a:\n  b: "new"\n'),
        ('a:\n  b: "old"\n', 3, "a:\n  b: 3\n"),
        ("a:\n  b: old\n", "no", 'a:\n  b: "no"\n'),
        ("a:\n  b: old\n", "12:30", 'a:\n  b: "12:30"\n'),
        ("a:\n  b: old\n", "2026-12-18", "a:\n  b: 2026-12-18\n"),
        ("a:\n  b:  # still open\n  c: 1", "new", "a:\n  b: new  # still open\n  c: 1"),
        ("a: {b: old, c: 1}  # why\n", "x, y", 'a: {b: "x, y", c: 1}  # why\n'),
        ("a: {b: , c: 1}\n", "new", "a: {b: new, c: 1}\n"),
        ('"a": {"b":"old"}\n', 1, '"a": {"b": 1}\n'),
        ("a:\n  b: | # told\n    one\n    two\n  c: 1\n", "new", "a:\n  b: new # told\n  c: 1\n"),
        ("a:\n  b: one\n    two # why\n", "new", "a:\n  b: new # why\n"),
        ("a:\n  b: # these\n    # first\n    - x # gone\n    - w # too\n  c: 1\n", ["z"],
         "a:\n  b: [z] # these\n    # first\n  c: 1\n"),
        ("a:\r\n  b:\r\n    x: 1\r\n    y: 2", 5, "a:\r\n  b: 5"),
        ("a:\n  b: {x: 1}\n", {"k": "v"}, "a:\n  b: {k: v}\n"),
    ],
)  # fmt: skip
def test_put(before: str, value: Any, wanted: str) -> None:
    assert after(before, lambda root: Put(root / "a" / "b", value)) == wanted


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("a:\n  b: 1 # why\n  # last\nc: 1\n", "a:\n  b: 1 # why\n  k: v\n  # last\nc: 1\n"),
        ("a:\r\n    b: 1", "a:\r\n    b: 1\r\n    k: v"),
        ("a: # open\nc: 1\n", "a: # open\n  k: v\nc: 1\n"),
        ("x:\n    y:\n        z: 1\na:\n", "x:\n    y:\n        z: 1\na:\n    k: v\n"),
        ("a: null\n", "a: {k: v}\n"),
        ("a: {}\n", "a: {k: v}\n"),
        ("a: {b: 1}\n", "a: {b: 1, k: v}\n"),
        ("a: { b: 1 }\n", "a: { b: 1, k: v }\n"),
        ("a: {b: 1,}\n", "a: {b: 1, k: v}\n"),
        ("a: {\n  b: 1,  # one\n  c: 2  # two\n}\n", "a: {\n  b: 1,  # one\n  c: 2,  # two\n  k: v\n}\n"),
        ("a: {\n  b: 1,  # one\n}\n", "a: {\n  b: 1,  # one\n  k: v,\n}\n"),
        ("a: {b: 1,\n    c: 2}\n", "a: {b: 1,\n    c: 2, k: v}\n"),
        ("a:\n  b: |+\n    x\n\n\nc: 1\n", "a:\n  b: |+\n    x\n\n\n  k: v\nc: 1\n"),
        ("a:\n  b: |\n    x\n\n\nc: 1\n", "a:\n  b: |\n    x\n  k: v\n\n\nc: 1\n"),
        ("a:\n  b:\n  - x\nc: 1\n", "a:\n  b:\n  - x\n  k: v\nc: 1\n"),
    ],
)
def test_add(before: str, wanted: str) -> None:
    assert after(before, lambda root: Add(root / "a", "k", "v")) == wanted


def test_add_behind_a_key_or_first() -> None:
    text = "a: 1\n# of b\nb: 2\n"
    assert after(text, lambda root: Add(root, "k", 0, after="a")) == "a: 1\nk: 0\n# of b\nb: 2\n"
    assert after(text, lambda root: Add(root, "k", 0, after="")) == "k: 0\na: 1\n# of b\nb: 2\n"
    assert after("- a: 1\n", lambda root: Add(root / 0, "k", 0, after="")) == "- k: 0\n  a: 1\n"
    assert after("{a: 1, b: 2}\n", lambda root: Add(root, "k", 0, after="a")) == "{a: 1, k: 0, b: 2}\n"
    assert after("a: 1\n", lambda root: Add(root, "1", 0)) == "a: 1\n1: 0\n"


@pytest.mark.parametrize(
    ("before", "index", "wanted"),
    [
        ("a:\n- x # why\n- y\nb: 1\n", 2, "a:\n- x # why\n- y\n- v\nb: 1\n"),
        ("a:\n- x # why\n- y\nb: 1\n", 1, "a:\n- x # why\n- v\n- y\nb: 1\n"),
        ("a:\n    # above\n    -   x\n", 0, "a:\n    # above\n    -   v\n    -   x\n"),
        ("a:\n  -\n    b: 1\n    c: 2\n", 1, "a:\n  -\n    b: 1\n    c: 2\n  - v\n"),
        ("a:\n  - - x\n    - y\n", 1, "a:\n  - - x\n    - y\n  - v\n"),
        ("a: [x, y]\n", 2, "a: [x, y, v]\n"),
        ("a: [x, y]\n", 1, "a: [x, v, y]\n"),
        ("a: [x, y]\n", 0, "a: [v, x, y]\n"),
        ("a: []\n", 0, "a: [v]\n"),
        ("a: [\n  x,\n  y,\n]\n", 1, "a: [\n  x,\n  v,\n  y,\n]\n"),
        ("a: [\n  x, # one\n  y # two\n]\n", 2, "a: [\n  x, # one\n  y, # two\n  v\n]\n"),
        ("a: [\n  x\n]\n", 0, "a: [\n  v,\n  x\n]\n"),
    ],
)
def test_insert(before: str, index: int, wanted: str) -> None:
    assert after(before, lambda root: Insert(root / "a", index, "v")) == wanted


@pytest.mark.parametrize(
    ("before", "step", "wanted"),
    [
        ("a:\n  # above\n  b: 1 # gone\n  c: 2\n", "b", "a:\n  # above\n  c: 2\n"),
        ("a:\n  b: 1\n  c: # gone\n    # gone\n    d: 2\ne: 1\n", "c", "a:\n  b: 1\ne: 1\n"),
        ("a:\n  b: 1\n  c: 2", "c", "a:\n  b: 1"),
        ("a:\n  b: 1 # gone\nc: 1\n", "b", "a: {}\nc: 1\n"),
        ("a: {b: 1, c: 2, d: 3}\n", "b", "a: {c: 2, d: 3}\n"),
        ("a: {b: 1, c: 2, d: 3}\n", "c", "a: {b: 1, d: 3}\n"),
        ("a: {b: 1, c: 2, d: 3}\n", "d", "a: {b: 1, c: 2}\n"),
        ("a: {b: 1}\n", "b", "a: {}\n"),
        ("a: {\n  b: 1, # one\n  c: 2 # two\n}\n", "c", "a: {\n  b: 1 # one\n}\n"),
        ("a: {\n  b: 1, # one\n  c: 2 # two\n}\n", "b", "a: {\n  c: 2 # two\n}\n"),
        ("a:\n- b\n-   c: 1\n    d: 2\n- e\n", 1, "a:\n- b\n- e\n"),
        ("a: [x, y]\n", 0, "a: [y]\n"),
        ("a:\n- only\n", 0, "a: []\n"),
    ],
)
def test_drop(before: str, step: str | int, wanted: str) -> None:
    assert after(before, lambda root: Drop(root / "a" / step)) == wanted


def test_drop_the_first_key_behind_a_dash() -> None:
    assert after("- a: 1 # gone\n  b: 2\n", lambda root: Drop(root / 0 / "a")) == "- b: 2\n"
    assert after("- a: 1\n  # of b\n  b: 2\n", lambda root: Drop(root / 0 / "a")) == "-\n  # of b\n  b: 2\n"


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("a: 1 # why\nb: 2\n", "new: 1 # why\nb: 2\n"),
        ("'a' : 1\n", "'new' : 1\n"),
        ('{"a": 1}\n', '{"new": 1}\n'),
    ],
)
def test_rename(before: str, wanted: str) -> None:
    assert after(before, lambda root: Rename(root / "a", "new")) == wanted


def test_several_changes_at_once() -> None:
    text = "a: {x: 1, y: [1, 2]}\nb:\n  - {z: 0}\n"
    new = after(
        text,
        lambda root: Rename(root / "a", "c"),
        lambda root: Put(root / "a" / "x", 2),
        lambda root: Drop(root / "a" / "y" / 0),
        lambda root: Put(root / "b" / 0 / "z", "w"),
    )
    assert new == "c: {x: 2, y: [2]}\nb:\n  - {z: w}\n"


def test_only_the_document_meant() -> None:
    text = b"a: 1\n---\na: 1\n...\n---\na: 1\n"
    second = read(text)[1].place
    assert edited("x.yaml", text, [Put(second / "a", 2)]) == b"a: 1\n---\na: 2\n...\n---\na: 1\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1\n", "hidden \u202e"),
        ("a: 1\n", "\ud800"),
        ("a: 1\n", "x" * 70_000),
        ("a: 1\n", 10**30),
    ],
)
def test_what_cannot_be_proven_is_refused(text: str, value: Any) -> None:
    with pytest.raises(TamspecError):
        after(text, lambda root: Put(root / "a", value))


def test_a_name_that_is_there_already_is_refused() -> None:
    with pytest.raises(TamspecError):
        after("a: 1\nb: 2\n", lambda root: Rename(root / "a", "b"))


def test_a_file_that_does_not_parse_is_refused() -> None:
    place = only(b"a: 1\n").place
    with pytest.raises(TamspecError, match=r"x\.yaml:2"):
        edited("x.yaml", b'a: 1\nb: "\n', [Put(place / "a", 2)])


# Splices.


def test_splices_count_in_letters_behind_a_byte_order_mark() -> None:
    content = "\ufeffé: 1\r\nb: 2".encode()
    new = spliced(content, [Splice(Loc("x", 2, 4, 2, 5), "3"), Splice(Loc("x", 1, 4, 1, 5), "ö")])
    assert new.decode() == "\ufeffé: ö\r\nb: 3"


# The corpus: ten changes of every file.


def nodes(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The pointers of all nodes below."""
    for step, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield (*at, step)
        yield from nodes(value, (*at, step))


def at(data: Any, pointer: tuple[Any, ...]) -> Any:
    for step in pointer:
        data = data[step]
    return data


def some_edit(root: Place, data: Any, draw: random.Random) -> tuple[Edit, Any, tuple[int, int]]:
    """An edit, the data that it means, and the lines that it concerns, from 1, both ends included."""
    made = copy.deepcopy(data)
    pointer = draw.choice(list(nodes(data)))
    place, parent, step = Place(root.marks, pointer), at(made, pointer[:-1]), pointer[-1]
    here, value = at(data, pointer), copy.deepcopy(draw.choice(VALUES))
    kind = draw.choice(["put", "put", "drop", "rename", "add", "insert"])
    if kind == "add" and isinstance(here, dict):
        keys = ["", *here, None]
        behind = draw.choice(keys)
        index = len(here) if behind is None else list(here).index(behind) + 1 if behind else 0
        items = list(here.items())
        parent[step] = dict([*items[:index], ("new-key", value), *items[index:]])
        return Add(place, "new-key", value, behind), made, concerned(place, list(here), index)
    if kind == "insert" and isinstance(here, list):
        index = draw.randint(0, len(here))
        parent[step].insert(index, value)
        return Insert(place, index, value), made, concerned(place, list(range(len(here))), index)
    if kind == "drop":
        siblings = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
        above = Place(root.marks, pointer[:-1])
        index = siblings.index(step)
        low, high = concerned(above, siblings, index) if len(siblings) > 1 else (above.key.line, above.value.end_line)
        del parent[step]
        ends = (above / siblings[index + 1]).key.line if index + 1 < len(siblings) else above.value.end_line
        return Drop(place), made, (min(low, place.key.line), max(high, ends))
    if kind == "rename" and isinstance(step, str):
        items = list(parent.items())
        parent.clear()
        parent.update({"new-key" if key == step else key: one for key, one in items})
        return Rename(place, "new-key"), made, (place.key.line, place.key.line)
    parent[step] = value
    # A dash may stand on a line of its own above its item.
    return Put(place, value), made, (place.key.line - isinstance(step, int), place.value.end_line)


def concerned(place: Place, siblings: list[Any], index: int) -> tuple[int, int]:
    """The lines around an entry to be: those of its neighbours, or of the whole where there are none."""
    low = (place / siblings[index - 1]).value.end_line if index else place.key.line
    high = (place / siblings[index]).key.line if index < len(siblings) else place.value.end_line
    return low, max(high, low)


def touched(before: bytes, new: bytes) -> tuple[int, int]:
    """The lines of the old text that are no part of the equal beginning and the equal end, from 1, both included."""
    old, now = before.split(b"\n"), new.split(b"\n")
    low = 0
    while low < min(len(old), len(now)) and old[low] == now[low]:
        low += 1
    high = 0
    while high < min(len(old), len(now)) - low and old[-1 - high] == now[-1 - high]:
        high += 1
    return low + 1, len(old) - high


def as_data(data: Any) -> str:
    """The data with its types and the order of its keys."""
    return repr(data)


def real() -> Iterator[Written]:
    """Files as others write them, and the sample's own."""
    folders = [ROOT / "tests" / "styles", ROOT / "catalog", ROOT / "projects"]
    for path in sorted(path for folder in folders for path in folder.rglob("*.y*ml")):
        content = path.read_bytes()
        documents = [one.data for one in parse("x.yaml", content)[0]]
        if documents and all(isinstance(one, dict | list) for one in documents):
            yield Written(path.name, content, documents)


ODD += real()


@pytest.mark.parametrize("one", ODD, ids=[one.name for one in ODD])
def test_ten_changes_touch_only_what_they_mean(one: Written) -> None:
    documents = read(one.content)
    assert as_data([each.data for each in documents]) == as_data(one.data)
    draw = random.Random(one.name)
    for _ in range(10):
        index = draw.randrange(len(documents))
        edit, meant, (low, high) = some_edit(documents[index].place, documents[index].data, draw)
        new = edited(one.name, one.content, [edit])
        wanted = [meant if number == index else each.data for number, each in enumerate(documents)]
        shown = f"{edit}\n{new.decode()}"
        assert as_data([each.data for each in read(new)]) == as_data(wanted), shown
        first, last = touched(one.content, new)
        blank = {line for line, text in enumerate(one.content.split(b"\n"), start=1) if not text.strip()}
        strange = set(range(first, last + 1)) - set(range(low, high + 1)) - blank
        assert not strange, f"lines {sorted(strange)}, meant {low}-{high}\n{shown}"


# Writing scalars.


@given(st.text(st.characters(exclude_categories=("C", "Zl", "Zp"))))
def test_a_text_is_written_so_that_it_is_read_again(text: str) -> None:
    for form in (
        f"a: {inline(text)}\n",
        f"a: [{inline(text)}, x]\n",
        f"{inline(text)}: 1\n",
        f"{{{inline(text)}: 1}}\n",
    ):
        document, found = parse("x.yaml", form.encode())
        assert not found
        data = document[0].data
        assert text in (data.get("a"), next(iter(data)), (data.get("a") or [None])[0])
