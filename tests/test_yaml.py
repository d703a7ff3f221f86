"""The YAML loader: what it reads as what, where everything stands, and every trap as one finding at its place."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tamspec.diagnostics import Diagnostic, Loc
from tamspec.load import language, yaml
from tamspec.load.faults import FAULTS
from tamspec.load.scalars import NUMBER
from tamspec.load.yaml import PureParser, parse

PARSERS: dict[str, Any] = {"libyaml": vars(pyyaml.cyaml)["CParser"], "pure": PureParser}


@pytest.fixture(params=sorted(PARSERS))
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test runs on libyaml and on the parser that stands in for it."""
    monkeypatch.setattr(yaml, "PARSER", PARSERS[request.param])
    return str(request.param)


def told(content: str | bytes) -> list[str]:
    """The findings as `CODE line:column`."""
    raw = content.encode() if isinstance(content, str) else content
    return [short(found) for found in parse("x.yaml", raw)[1]]


def short(found: Diagnostic) -> str:
    return f"{found.code} {found.at.line}:{found.at.column}"


def read(text: str) -> Any:
    """The data of a text with one document, and nothing wrong but what others would read."""
    documents, findings = parse("x.yaml", text.encode())
    assert not [found for found in findings if found.code != "TAM015"]
    assert len(documents) == 1
    return documents[0].data


def cut(text: str, at: Loc) -> str:
    """What stands in a span."""
    lines = text.split("\n")[at.line - 1 : at.end_line]
    lines[-1] = lines[-1][: at.end_column - 1]
    lines[0] = lines[0][at.column - 1 :]
    return "\n".join(lines)


# What is read as what.

LOOK_LIKE_MORE = """
    yes no on off y Null NULL True TRUE 0755 0o755 0xFF 0b1 01234 08901 12:30 1:30.5 1_000 +15551234 .5 5. 1e .inf .nan
    2026-03-01 2026-02-30 2026-13-45 2026-03-01T10:00:00Z = 192.168.0.1 1,000 x#y a:b
"""


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("null", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-12", -12),
        ("123456789012345678", 123456789012345678),
        ("1.10", Decimal("1.10")),
        ("1e3", Decimal(1000)),
        ("-0.5E-2", Decimal("-0.005")),
        *((text, text) for text in LOOK_LIKE_MORE.split()),
        ('"true"', "true"),
        ("'17'", "17"),
        ('"\\u00e9"', "é"),
        ("2026-03-01 10:00", "2026-03-01 10:00"),
    ],
)
def test_only_null_true_false_and_json_numbers_are_not_text(written: str, value: object) -> None:
    data = read(f"a: {written}\n")
    assert data == {"a": value}
    assert type(data["a"]) is type(value)


@pytest.mark.usefixtures("parser")
def test_a_plain_key_is_its_text() -> None:
    assert read("on: 1\n1: 2\ntrue: 3\nyes: 4\nnull: 5\n1.0: 6\n'<<': 7\n") == {
        "on": 1, "1": 2, "true": 3, "yes": 4, "null": 5, "1.0": 6, "<<": 7,
    }  # fmt: skip


@pytest.mark.usefixtures("parser")
def test_block_texts() -> None:
    text = "a: |\n  one [\n    two {\n\n# not in it\nb: >-\n  folded\n  'text\n"
    assert read(text) == {"a": "one [\n  two {\n", "b": "folded 'text"}


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "---\n---\n", "\ufeff"])
def test_nothing_written_is_no_document(text: str) -> None:
    assert parse("x.yaml", text.encode()) == ((), ())


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("text", ["foo\n", "- a\n", "null\n", '""\n'])
def test_a_document_need_not_be_a_map(text: str) -> None:
    assert len(parse("x.yaml", text.encode())[0]) == 1


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    "text",
    [
        "a: x # with a space\nb: w  #without\nc: z #! shebang\nd: w # tamspec: ignore[TAM203] why\n# full line\n",
        'a: "x" #1\nb: [1] #2\nc: {d: 1} #3\n#4\n',
        "a: | #1\n  x #2\n",
        "a: {b: , c: 1}\n",
        "a: {\n  b: 1,  # why\n  c : 2,\n}\n",
        "a: [x, z, ]\n",
        "- a\n  - b\n",
        "a: 'it''s'\nb: say \"x\nc: what?\nd: -x\ne: < <\n",
        "a:\r\n  b: c\r\n",
        "a: 100%\nb: x & y\nc: 2 * 3\nd: Hey!\n",
    ],
)
def test_what_is_fine_is_not_told(text: str) -> None:
    assert told(text) == []


# Traps: one finding each, at the smallest place.

TRAPS: dict[str, tuple[str | bytes, str]] = {
    # Bytes that are no text of ours.
    "UTF-16": ("a: 1\n".encode("utf-16"), "TAM001 1:1"),
    "UTF-16 without mark": ("a: 1\n".encode("utf-16-le"), "TAM001 1:1"),
    "UTF-16 the other way": ("a: 1\n".encode("utf-16-be"), "TAM001 1:1"),
    "Windows-1251": ("a: 1\nб: я".encode("cp1251"), "TAM001 2:1"),
    "Latin-1 behind other letters": (b"a: \xc3\xa9\xc3\xa9 caf\xe9\n", "TAM001 1:10"),
    "cut in the middle of a letter": (b"a: \xc3", "TAM001 1:4"),
    "overlong": (b"a: \xc0\xaf\n", "TAM001 1:4"),
    "surrogate": (b"a: \xed\xa0\x80\n", "TAM001 1:4"),
    "NUL": (b"a: 1\nb: x\0\n", "TAM002 2:5"),
    "bell": ("a: \x07\n", "TAM002 1:4"),
    "DEL": ("a: \x7f\n", "TAM002 1:4"),
    "next line": ("a: x\x85y: 2\n", "TAM002 1:5"),
    "line separator hides a key": ("a: x\u2028y: 2\n", "TAM002 1:5"),
    "paragraph separator": ("a: é\u2029\n", "TAM002 1:5"),
    "bidi control": ("a: 😀\u202ex\n", "TAM002 1:5"),
    "bidi control in a comment": ("a: 1 # \u2066\n", "TAM002 1:8"),
    "byte order mark in the middle": ("a: 1\n\ufeffb: 2\n", "TAM002 2:1"),
    "noncharacter": ("a: \uffff\n", "TAM002 1:4"),
    "carriage returns only": ("a: 1\rb: 2\rc: 3\r", "TAM002 1:5"),
    "hidden by an escape": ('a: "\\u2028"\n', "TAM002 1:4"),
    "NUL by an escape": ('- "\\0"\n', "TAM002 1:3"),
    # Limits.
    "long number": ("a: 1234567890123456789\n", "TAM003 1:4"),
    "many decimals": ("a: 0.123456789012345678\n", "TAM003 1:4"),
    "endless number": ("a: " + "9" * 5000 + "\n", "TAM003 1:4"),
    "huge exponent": ("a: 1e999999999\n", "TAM003 1:4"),
    "long text": ("a: " + "x" * 70_000 + "\n", "TAM003 1:4"),
    # Never closed.
    "double quote": ('a: "x\nb: 2\n', "TAM004 1:4"),
    "single quote": ("a: 1\nb: 'x\nc: 2\n", "TAM004 2:4"),
    "quote before the next document": ('a: "x\n---\nb: 2\n', "TAM004 1:4"),
    "quote closed by the next one": ('a: "x\nb: "y"\nc: 1\n', "TAM004 1:4"),
    "quote within braces": ('a: {t: "x, b: 1}\nc: 1\n', "TAM004 1:8"),
    "bracket": ("a: [x, z\nb: 2\n", "TAM004 1:4"),
    "bracket at the end of the file": ("a: [x, z\n", "TAM004 1:4"),
    "inner bracket": ("a: {b: [x, c: 1}\n", "TAM004 1:8"),
    "brace": ("a:\n  b: {x: 1, z: 2\n  c: 2\n", "TAM004 2:6"),
    "brace before the next document": ("a: {x: 1\n---\nb: 1\n", "TAM004 1:4"),
    "wrong bracket": ("a: [x}\n", "TAM004 1:4"),
    # Indentation.
    "tab": ("a:\n\tb: 1\n", "TAM005 2:1"),
    "tab behind spaces' level": ("a:\n  b: 1\n\tc: 1\n", "TAM005 3:1"),
    "tab in a text block": ("a: |\n\tx\n", "TAM005 2:1"),
    "deeper than a value": ("a: 1\n  b: 2\n", "TAM005 2:3"),
    "between two levels": ("a:\n    b: 1\n  c: 2\n", "TAM005 3:3"),
    "item further left": ("a:\n  - x\n - y\n", "TAM005 3:2"),
    "key among items": ("a:\n  - x\n  b: 2\n", "TAM005 3:3"),
    "item among keys": ("a: 1\n- b\n", "TAM005 2:1"),
    "left of the first key": (" a: 1\nb: 2\n", "TAM005 2:1"),
    # Not YAML.
    "no-break space behind a colon": ("a: 1\nb:\xa02\n", "TAM002 2:3"),
    "conflict of git": ("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> x\n", "TAM006 2:1"),
    "second colon": ("a: 1\nb: c: d\n", "TAM006 2:5"),
    "second colon in an item": ("- a: b: c\n", "TAM006 1:7"),
    "second colon in braces": ("a: {t: Who: you}\n", "TAM006 1:11"),
    "comma missing": ("a: {\n  x: 1\n  y: 2\n}\n", "TAM006 3:4"),
    "comma missing between texts": ('a: ["x" "y"]\n', "TAM006 1:9"),
    "bracket at the end": ("a: 1\nb: [", "TAM004 2:4"),
    "bracket and comma at the end": ("# see [1\na: [x,\n\n", "TAM004 2:4"),
    "brace at the end": ("a: {x: 1,\n", "TAM004 1:4"),
    "comma too many": ("a: [x,,y]\n", "TAM006 1:7"),
    "closing bracket alone": ("a: 1\nb: ]\n", "TAM006 2:4"),
    "no colon": ("a: 1\nfoo\nb: 2\n", "TAM006 2:1"),
    "no space behind the colon": ("a:1\nb: 2\n", "TAM006 1:1"),
    "list behind its key": ("a: - b\n", "TAM006 1:4"),
    "at sign": ("a: @x\n", "TAM006 1:4"),
    "backtick": ("a: `x`\n", "TAM006 1:4"),
    "percent sign": ("a: %x\n", "TAM006 1:4"),
    "question mark": ("a: ? b\n", "TAM006 1:4"),
    "unknown escape": ('a: "x\\q"\n', "TAM006 1:6"),
    "path of Windows": ('a: "C:\\Users"\n', "TAM006 1:7"),
    "text behind a quote": ('a: "x" y\n', "TAM006 1:8"),
    "apostrophe": ("a: 'it's'\n", "TAM006 1:8"),
    "text behind a bar": ("a: |x\n  y\n", "TAM006 1:5"),
    "comment glued to a bar": ("a: |#x\n  y\n", "TAM006 1:5"),
    "text goes on behind a comment": ("a: foo\n  # c\n  bar\n", "TAM006 3:3"),
    "text behind the end": ("a: 1\n...\nb: 2\n", "TAM006 3:1"),
    "key without end": ("k" * 1100 + ": 1\n", "TAM006 1:1"),
    # What may not be written.
    "tag": ("a: !vault x\n", "TAM007 1:4"),
    "tag that would run a program": ("a: !!python/object/apply:os.system [x]\n", "TAM007 1:4"),
    "tag of a standard type": ("a: !!float x\n", "TAM007 1:4"),
    "tag that says nothing": ("a: ! x\n", "TAM007 1:4"),
    "tag with unknown handle": ("a: !e!x y\n", "TAM007 1:4"),
    "tag of a key": ("!!str a: 1\n", "TAM007 1:1"),
    "version": ("%YAML 1.2\n---\na: 1\n", "TAM008 1:1"),
    "version of the future": ("%YAML 3.0\n---\na: 1\n", "TAM008 1:1"),
    "tag directive": ("%TAG ! x:y\n---\na: 1\n", "TAM008 1:1"),
    "unknown directive": ("# c\n%FOO x\n---\na: 1\n", "TAM008 2:1"),
    "directive without document": ("%YAML 1.2\na: 1\n", "TAM008 1:1"),
    "directive before the second document": ("a: 1\n...\n%YAML 1.1\n---\nb: 1\n", "TAM008 3:1"),
    "anchor and alias": ("a: &x 1\nb: *x\n", "TAM009 1:4"),
    "alias of nothing": ("a: *x\n", "TAM009 1:4"),
    "recursive": ("&a [*a]\n", "TAM009 1:1"),
    "star": ("a: *.yaml\n", "TAM009 1:4"),
    "ampersand": ("a: & x\n", "TAM009 1:4"),
    "merge key": ("a: &x {b: 1}\nc:\n  <<: *x\n  d: 1\n", "TAM010 3:3"),
    "merge key of nothing": ("a:\n  <<: 1\n", "TAM010 2:3"),
    "key twice": ("a: 1\nb: 2\na: 3\n", "TAM011 3:1"),
    "key twice in two spellings": ("a:\n  x: 1\n  'x': 2\n", "TAM011 3:3"),
    "list as key": ("? [a]\n: b\n", "TAM012 1:3"),
    "template": ("a: {{ x }}\n", "TAM012 1:5"),
    "long way of a key": ("? a\n: b\n", "TAM012 1:3"),
    "no key": ("a: 1\n: x\n", "TAM012 2:1"),
    "no key in braces": ("a: {: x}\n", "TAM012 1:5"),
    # Texts that others read differently.
    "Norway": ("a: no\n", "TAM015 1:4"),
    # Texts that lose a part.
    "prose in braces": ("a: {text: Who issues, you or we}\n", "TAM013 1:23"),
    "prose with several commas": ("a: {text: Who, you, we or they, due: 1}\n", "TAM013 1:16"),
    "decimal comma in braces": ("a: {effort: 1,5h}\n", "TAM013 1:15"),
    "no space behind the colon in braces": ("a: {b:1, c: 2}\n", "TAM013 1:5"),
    "list in braces": ("a: {x, y}\n", "TAM013 1:5"),
    "number sign": ("- VLAN #112\n", "TAM014 1:8"),
    "number sign behind nothing": ("a: #ops\nb: 1\n", "TAM014 1:4"),
    "number sign in a list": ("a:\n  - #112\n", "TAM014 2:5"),
    "number sign in a text of two lines": ("a: one\n  two #3\n", "TAM014 2:7"),
    "number sign that breaks what follows": ("a: foo #112\n  bar\n", "TAM014 1:8"),
    "number sign that takes the bracket": ("a: [x #1, y]\nb: 2\n", "TAM014 1:7"),
}


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("trap", TRAPS)
def test_one_cause_is_one_finding_at_its_place(trap: str) -> None:
    content, expected = TRAPS[trap]
    assert told(content) == [expected]


@pytest.mark.usefixtures("parser")
def test_every_trap_says_what_to_do_in_words_for_people() -> None:
    for content, _ in TRAPS.values():
        (found,) = parse("x.yaml", content.encode() if isinstance(content, str) else content)[1]
        assert found.hint
        said = f"{found.detail} {found.hint}"
        assert re.match(r"[A-Z'<&*\\]", found.detail), said
        assert found.detail.endswith("."), said
        assert not re.search(r"NoneType|token|scalar|mapping|stream|Decimal\(|dict", said), said


def test_every_text_fault_has_a_trap() -> None:
    codes = {fault.code for fault in FAULTS if fault.code.startswith("TAM0")} - {"TAM016"}  # of files, not of text
    assert {expected.split()[0] for _, expected in TRAPS.values()} == codes


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a: {text: Who issues, you or we}\n", '"Who issues, you or we"'),
        ("a: {effort: 1,5h}\n", "1.5h"),
        ("a: {effort: 12,25 h}\n", "12.25h"),
        ("a: {count: 1,000}\n", "1000"),
        ("- VLAN #112\n", '"VLAN #112"'),
        ("a: [x #1, y]\n", '"x #1"'),
        ("a: b: c # note\n", '"b: c'),
        ("a:1\nb: 2\n", "a: 1"),
        ("-a: b\n-c\n", "- c"),
        ("a = 1\nb: 2\n", "a: 1"),
        ("a: @x # y\n", '"@x"'),
        ("a: {x, y}\n", "[x, y]"),
        ("a: {b:1, c: 2}\n", "b: 1"),
    ],
)
def test_the_hint_has_the_right_text_ready(text: str, hint: str) -> None:
    (found,) = parse("x.yaml", text.encode())[1]
    assert hint in found.hint


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "first"),
    [("a: 1\nb: 2\na: 3\n", "1:1"), ("a: &x 1\nb: *x\n", "2:4"), ("a: &x {}\nb: {<<: *x}\n", "1:4")],
)
def test_the_other_place_is_related(text: str, first: str) -> None:
    (found,) = parse("x.yaml", text.encode())[1]
    assert [f"{other.at.line}:{other.at.column}" for other in found.related] == [first]


@pytest.mark.usefixtures("parser")
def test_the_span_of_a_finding_is_what_is_at_fault() -> None:
    text = "a: {text: Who issues, you or we}\nb: VLAN #112\nc: !vault x\nb: 1\n"
    found = parse("x.yaml", text.encode())[1]
    assert [cut(text, one.at) for one in found] == ["you or we", "#112", "!vault", "b"]


@pytest.mark.usefixtures("parser")
def test_separate_causes_are_told_all_at_once() -> None:
    assert told("a: 1\na: 2\nb: x #1\nc: &x 1\n---\nd: {e, f}\n---\ng: !h i\n") == [
        "TAM011 2:1",
        "TAM014 3:6",
        "TAM009 4:4",
        "TAM013 6:5",
        "TAM007 8:4",
    ]


# Several documents.


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a: 1\n---\nb: 2\n---\nc: [\n", [{"a": 1}, {"b": 2}]),
        ('a: 1\n---\nb: "x\n---\nc: 2\n', [{"a": 1}]),
        ("a: 1\na: 2\n---\nb: 2\n", [{"b": 2}]),
        ("a: 1\n---\n---\nb: 2\n", [{"a": 1}, {"b": 2}]),
        (" a: 1\nb: 2\n", []),
        ("a: 1\n---\n b: 1\nc: 2\n", [{"a": 1}]),
        ("a: 1\n...\nb: 2\n", [{"a": 1}]),
    ],
)
def test_good_documents_are_kept_and_faulty_ones_withheld(text: str, kept: list[object]) -> None:
    documents, _ = parse("x.yaml", text.encode())
    assert [document.data for document in documents] == kept


@pytest.mark.usefixtures("parser")
def test_places_in_a_later_document() -> None:
    documents, _ = parse("x.yaml", b"a: 1\n---\nb: {c: 2}\n")
    assert (documents[1].place / "b" / "c").key == Loc("x.yaml", 3, 5, 3, 6)


# Where everything stands.


@pytest.mark.usefixtures("parser")
def test_spans_are_trimmed_to_what_is_written() -> None:
    text = (
        "é: 😀 x  # c\n"
        "list:\n"
        "- one\n"
        "- {k: [1, 2]}  # c\n"
        "\n"
        "# c\n"
        "map:\n"
        "  inner: |\n"
        "    text\n"
        "\n"
        "    more\n"
        "\n"
        "# c\n"
        "empty:\n"
        "two: 'a\n"
        "  b'\n"
    )
    (document,) = parse("x.yaml", text.encode())[0]
    place = document.place
    assert cut(text, (place / "é").key) == "é"
    assert cut(text, (place / "é").value) == "😀 x"
    assert cut(text, (place / "list").value) == "- one\n- {k: [1, 2]}"
    assert cut(text, (place / "list" / 1).value) == "{k: [1, 2]}"
    assert cut(text, (place / "list" / 1 / "k").value) == "[1, 2]"
    assert cut(text, (place / "list" / 1 / "k" / 1).value) == "2"
    assert cut(text, (place / "map").value) == "inner: |\n    text\n\n    more"
    assert cut(text, (place / "map" / "inner").value) == "|\n    text\n\n    more"
    assert cut(text, (place / "empty").key) == "empty"
    assert (place / "empty").value == Loc("x.yaml", 14, 7, 14, 7)
    assert cut(text, (place / "two").value) == "'a\n  b'"
    assert cut(text, place.value) == text.rstrip("\n")
    assert place.marks.spans[("list", 0)][0] is None


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("text", ["\ufeffa: {b: c}\n", "a: {b: c}\r\nd: 1\r\n"])
def test_byte_order_mark_and_crlf_do_not_shift_places(text: str) -> None:
    (document,) = parse("x.yaml", text.encode())[0]
    assert (document.place / "a" / "b").value == Loc("x.yaml", 1, 8, 1, 9)
    assert (document.place / "a").value == Loc("x.yaml", 1, 4, 1, 10)


letters = st.characters(exclude_categories=("C", "Zl", "Zp"), include_characters="\n")
texts = st.text(letters, max_size=12).filter(
    # PyYAML writes 1e3 without quotes, and tamspec reads a number.
    lambda text: not (language.HIDDEN.search(text) or yaml.WIDE_SPACES.search(text) or NUMBER.fullmatch(text))
)
keys = st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1, max_size=12).filter(
    lambda text: not language.WIDE_SPACES.search(text)
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def block(data: object) -> str:
    return str(pyyaml.safe_dump(data, allow_unicode=True, width=10_000))


def flow(data: object) -> str:
    return json.dumps(data, ensure_ascii=False)


@settings(max_examples=60, deadline=None)
@given(data=values, write=st.sampled_from([block, flow]), name=st.sampled_from(sorted(PARSERS)))
def test_what_is_written_is_read_and_stands_where_it_says(
    data: object, write: Callable[[object], str], name: str
) -> None:
    text = write({"root": data})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml, "PARSER", PARSERS[name])
        documents, findings = parse("x.yaml", text.encode())
        assert {found.code for found in findings} <= {"TAM015"}
        assert documents[0].data == {"root": data}
        for pointer, (key, value) in documents[0].place.marks.spans.items():
            node = documents[0].data
            for step in pointer:
                node = node[step]
            if key:
                assert again(cut(text, key) + ": x") == {pointer[-1]: "x"}
            if not isinstance(node, dict | list) and value.line == value.end_line:
                assert again(f"[{cut(text, value)}]" if write is flow else f"- {cut(text, value)}") == [node]


def again(text: str) -> object:
    return parse("again.yaml", text.encode())[0][0].data


# Hostile input is ordinary input.

DEEP = {
    "brackets": "[",
    "braces": "{a: ",
    "closed and opened": "[[],",
    "items": "- ",
    "questions": "? ",
    "pairs": "[a: ",
    "keys that are maps": "{{",
}


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("count", [300, 30_000, 100_000])
@pytest.mark.parametrize("piece", DEEP.values(), ids=DEEP)
def test_deep_nesting_is_a_finding_at_once(piece: str, count: int) -> None:
    text = piece * (count // len(piece))
    took = []
    while not took or (took[-1] >= 1 and len(took) < 3):  # a busy machine is no hang
        started = time.process_time()
        found = told(text)
        took.append(time.process_time() - started)
        assert [one.split()[0] for one in found] == ["TAM003"]
    assert min(took) < 1


@pytest.mark.usefixtures("parser")
def test_deep_nesting_of_lines_is_a_finding() -> None:
    text = "".join("  " * depth + "a:\n" for depth in range(200))
    assert told(text) == ["TAM003 65:129"]
    assert told("".join("  " * depth + "a:\n" for depth in range(64))) == []


@pytest.mark.usefixtures("parser")
def test_brackets_in_texts_are_not_nesting() -> None:
    many = "[{" * 500
    text = f"a: |\n  {many}\nb: '{many}'\nc: x{many}\n# {many}\nd: \"{many}\"\n"
    assert read(text)["a"] == many + "\n"


def test_limits_of_a_file() -> None:
    assert told(b"#" * ((1 << 20) + 1)) == ["TAM003 1:1"]
    assert told(b"#" * (1 << 20)) == []
    assert [one.split()[0] for one in told("- 1\n" * 100_001)] == ["TAM003"]
    assert [one.split()[0] for one in told("a: 1\n---\n" * 1001)] == ["TAM003"]
    assert len(parse("x.yaml", b"a: 1\n---\n" * 1000)[0]) == 1000


@pytest.mark.usefixtures("parser")
def test_nobody_is_told_a_hundred_thousand_findings() -> None:
    assert len(told("- a #b\n" * 5_000)) == 100
    assert 1 <= len(told("%a\n" * 5_000 + "]")) <= 100
    assert len(told("- !t b\n" * 5_000)) == 100
    assert len(told(b"\0" * 50_000)) == 1


MARKS = "[]{}:,-?#'\"|>&*!%@`\\<~0a"
PIECES = [*MARKS, ": ", ", ", "- ", "\n", "\n  ", "\n---\n", "\n...\n", " #x", "<<: ", "\t", "é"]


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=25), name=st.sampled_from(sorted(PARSERS)))
def test_no_text_is_too_strange(pieces: list[str], name: str) -> None:
    text = "".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml, "PARSER", PARSERS[name])
        documents, findings = parse("x.yaml", text.encode())
    lines = [*text.split("\n"), ""]
    for found in findings:
        assert found.at.column <= len(lines[found.at.line - 1]) + 1
        assert (found.at.line, found.at.column) <= (found.at.end_line, found.at.end_column)
    for document in documents:
        assert all(value.line <= value.end_line <= len(lines) for _, value in document.place.marks.spans.values())


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=60))
def test_no_bytes_are_too_strange(content: bytes) -> None:
    parse("x.yaml", content)


@settings(max_examples=200, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=12))
def test_what_both_parsers_accept_they_read_alike(pieces: list[str]) -> None:
    text = "".join(pieces)
    read_by = []
    for parser in PARSERS.values():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(yaml, "PARSER", parser)
            documents, findings = parse("x.yaml", text.encode())
            if not findings:
                read_by.append([document.data for document in documents])
    assert read_by[1:] in ([], read_by[:1])
