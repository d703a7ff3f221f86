"""The traps of YAML, group by group: what a reviewer would be deceived by is found, or read as it stands there.

Each row runs on libyaml and on the parser that stands in for it. No row may raise, grow or take long.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tamspec import gitrepo, ledger
from tamspec.diagnostics import NOWHERE, Diagnostic, Severity
from tamspec.edit import spliced
from tamspec.load import yaml
from tamspec.load.scalars import WORDS
from tamspec.load.yaml import Document, PureParser, parse
from tamspec.model.order import Adopted, Component
from tests.program import Workspace, small
from tests.story import MONDAY

PARSERS: dict[str, Any] = {"libyaml": vars(pyyaml.cyaml)["CParser"], "pure": PureParser}

Row = tuple[str | bytes, str, list[Any]]
"""What is written; the findings as `CODE line:column`; the documents that are read all the same."""

WITHHELD: list[Any] = []


def listed(words: str) -> list[str]:
    return words.split()


def as_text(*written: str) -> dict[str, Row]:
    """Values that are the text that stands there, and everybody's."""
    return {text: (f"a: {text}\n", "", [{"a": text}]) for text in written}


def misread(*written: str) -> dict[str, Row]:
    """Values that are the text that stands there, and something else to others: as value, as key, as item."""
    rows: dict[str, Row] = {}
    for text in written:
        rows[text] = (f"a: {text}\n", "TAM015 1:4", [{"a": text}])
        rows[f"key {text}"] = (f"{text}: 1\n", "TAM015 1:1", [{text: 1}])
        rows[f"item {text}"] = (f"[x, {text}]\n", "TAM015 1:5", [["x", text]])
    return rows


ROWS: dict[str, dict[str, Row]] = {
    "Norway": {
        **misread(*listed("no No NO yes Yes YES on On ON off Off OFF y Y n N True TRUE False FALSE Null NULL ")),
        **as_text(*listed("nO yEs oN tRUE nil none NOT Oslo ")),
        "true is true": ("a: true\nb: false\nc: null\nd: ~\ne:\n", "", [
            {"a": True, "b": False, "c": None, "d": None, "e": None}
        ]),
        "key on": ("on: x\n", "TAM015 1:1", [{"on": "x"}]),
        "key true": ("true: 1\n", "TAM015 1:1", [{"true": 1}]),
        "two keys that are one to others": ("true: 1\nyes: 2\n", "TAM015 1:1, TAM015 2:1", [{"true": 1, "yes": 2}]),
        "in quotes": ("a: \"no\"\n'on': 'yes'\n", "", [{"a": "no", "on": "yes"}]),
    },
    "numbers": {
        **misread(*listed(
            "0755 0o755 08901 01234 12:30 12:30:45 1:30.5 22:22 09:00 1_000 0b101 0xFF +15551234 "
            "-0x1F "
        )),
        **misread(*listed(".5 5. +1.5 -.5 1_0.5 .inf -.inf +.INF .nan .NaN 12:34:56:12:34:56 1.e+3 ")),
        **as_text(*listed("1,000 1.2.3 10.0.0.1 0x 0xG 0b2 1e --1 . 12:60 1:2:3:99 24:7x 35% 1.5h 2wd 1/2 ")),
        "exponent without point": ("a: 1e3\n", "TAM015 1:4", [{"a": Decimal(1000)}]),
        "exponent without sign": ("a: 1.0e3\n", "TAM015 1:4", [{"a": Decimal(1000)}]),
        "exponent as everybody writes it": ("a: 1.0e+3\n", "", [{"a": Decimal(1000)}]),
        "decimal keeps its zero": ("v: 1.10\n", "", [{"v": Decimal("1.10")}]),
        "decimal as a key": ("1.10: x\n", "TAM015 1:1", [{"1.10": "x"}]),
        "whole number as a key": ("1: x\n-2: y\n", "TAM015 2:5", [{"1": "x", "-2": "y"}]),
        "20 digits": ("a: 12345678901234567890\n", "TAM003 1:4", WITHHELD),
        "5,000 digits": ("a: " + "7" * 5000 + "\n", "TAM003 1:4", WITHHELD),
        "400 digits and a point": ("a: " + "7" * 400 + ".5\n", "TAM003 1:4", WITHHELD),
        "exponent without end": ("a: 1e999999999\n", "TAM003 1:4", WITHHELD),
        "exponent without end as a key": ("1e999999999: a\n", "TAM015 1:1", [{"1e999999999": "a"}]),
        "5,000 digits of base 60": ("a: " + "1:" * 5000 + "1\n", "TAM015 1:4", [{"a": "1:" * 5000 + "1"}]),
    },
    "dates": {
        **as_text("2026-03-01", "2026-13-45", "2026-02-30", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00+03:00"),
        **as_text("2026-03-01 10:00", "2026-03-01 10:00:00.5 +3", "01.03.2026", "1/3/2026", "2026-3-1"),
        "key": ("2026-03-01: x\n", "", [{"2026-03-01": "x"}]),
    },
    "tags": {
        name: (f"a: {written}\n", "TAM007 1:4", WITHHELD)
        for name, written in {
            "int": "!!int x", "float": "!!float x", "bool": "!!bool x", "timestamp": "!!timestamp x",
            "binary": '!!binary "@@@"', "set": "!!set {x: }", "omap": "!!omap [x: 1]", "pairs": "!!pairs [x: 1]",
            "str": "!!str 1", "vault": "!vault x", "bare": "! x", "verbatim": "!<x> y", "null": "!!null",
            "program": "!!python/object/apply:os.system [x]", "name": "!!python/name:os.system",
            "unknown handle": "!e!x y", "open": "!<x y",
        }.items()
    } | {
        "equals sign": ("a: =\n", "TAM015 1:4", [{"a": "="}]),
        "of a list": ("a: !!seq\n- b\n", "TAM007 1:4", WITHHELD),
        "in quotes": ('a: "!vault x"\n', "", [{"a": "!vault x"}]),
    },
    "keys": {
        "twice": ("a: 1\nb: 2\na: 3\n", "TAM011 3:1", WITHHELD),
        "twice in braces": ("{a: 1, a: 2}\n", "TAM011 1:8", WITHHELD),
        "twice, escaped": ('a: 1\n"\\x61": 2\n', "TAM011 2:1", WITHHELD),
        "number and text": ('1: a\n"1": b\n', "TAM011 2:1", WITHHELD),
        "null": ("null: a\n", "TAM015 1:1", [{"null": "a"}]),
        "tilde": ("~: a\n", "TAM015 1:1", [{"~": "a"}]),
        "nothing": (": a\n", "TAM012 1:1", WITHHELD),
        "list": ("? [a]\n: b\n", "TAM012 1:3", WITHHELD),
        "list without question mark": ("[a]: b\n", "TAM012 1:1", WITHHELD),
        "map": ("{a: b}: c\n", "TAM012 1:1", WITHHELD),
        "template": ("a: {{ x }}\n", "TAM012 1:5", WITHHELD),
        "question mark in braces": ("{? b}\n", "TAM012 1:4", WITHHELD),
        "alias": ("*a : b\n", "TAM009 1:1", WITHHELD),
        "anchor alone": ("&a : b\n", "TAM009 1:1", WITHHELD),
        "1,100 characters": ("k" * 1100 + ": 1\n", "TAM006 1:1", WITHHELD),
        "1,000 characters": ("k" * 1000 + ": 1\n", "", [{"k" * 1000: 1}]),
        "empty in quotes": ('"": 1\n', "", [{"": 1}]),
        "of several lines": ("'a\n  b': 1\n", "TAM006 1:1", WITHHELD),
        "emoji": ("😀: 1\n😀: 2\n", "TAM011 2:1", WITHHELD),
    },
    "structure": {
        "empty": ("", "", []),
        "comment": ("# x\n", "", []),
        "dashes only": ("---\n", "", []),
        "dots only": ("...\n", "TAM006 1:1", WITHHELD),
        "text": ("foo\n", "", ["foo"]),
        "list": ("- a\n", "", [["a"]]),
        "two documents": ("a: 1\n---\nb: 2\n", "", [{"a": 1}, {"b": 2}]),
        "text behind the end": ("a: 1\n...\nb: 2\n", "TAM006 3:1", [{"a": 1}]),
        "alias of nothing": ("a: *x\n", "TAM009 1:4", WITHHELD),
        "list in itself": ("&a [*a]\n", "TAM009 1:1", WITHHELD),
        "map in itself": ("&a {x: *a}\n", "TAM009 1:1", WITHHELD),
        "anchor twice": ("a: &x 1\nb: &x 2\nc: *x\n", "TAM009 1:4", WITHHELD),
        "merge key": ("a: &x {b: 1}\nc:\n  <<: *x\n", "TAM010 3:3", WITHHELD),
        "merge key of a text": ("<<: a\n", "TAM010 1:1", WITHHELD),
        "merge sign as a value": ("a: <<\n", "TAM015 1:4", [{"a": "<<"}]),
        "version 1.1": ("%YAML 1.1\n---\na: 1\n", "TAM008 1:1", WITHHELD),
        "version 1.2, then no": ("%YAML 1.2\n---\na: no\n", "TAM008 1:1, TAM015 3:4", WITHHELD),
        "version 3.0": ("%YAML 3.0\n---\na: 1\n", "TAM008 1:1", WITHHELD),
        "tag directive": ("%TAG ! tag:x,2000:\n---\na: 1\n", "TAM008 1:1", WITHHELD),
    },
    "whitespace": {
        "tab indents": ("a:\n\tb: 1\n", "TAM005 2:1", WITHHELD),
        "tab behind the colon": ("a:\tb\n", "", [{"a": "b"}]),
        "tab in brackets": ("a: [1,\t2]\n", "", [{"a": [1, 2]}]),
        "tab in braces": ("a: {b:\t1,\tc: 2\t}\n", "", [{"a": {"b": 1, "c": 2}}]),
        "tab at the end": ("a: b\t\nc: 'd'\t\ne: [f]\t\n", "", [{"a": "b", "c": "d", "e": ["f"]}]),
        "tab within a text": ("a: b\tc\n", "", [{"a": "b\tc"}]),
        "tab before a comment": ("a: b\t# c\n", "", [{"a": "b"}]),
        "tab before what is lost": ("a: b\t#c\n", "TAM014 1:6", WITHHELD),
        "tab behind a hyphen": ("-\ta: 1\n", "TAM005 1:2", WITHHELD),
        "tab in an empty line": ("a: 1\n\t\nb: 2\n", "TAM005 2:1", WITHHELD),
        "tab in a block of text": ("a: |\n\tx\n", "TAM005 2:1", WITHHELD),
        "tab within a block of text": ("a: |\n  x\ty\n", "", [{"a": "x\ty\n"}]),
        "carriage returns": ("a: 1\rb: 2\r", "TAM002 1:5", WITHHELD),
        "carriage returns and line feeds": ("a: 1\r\nb: 2\r\n", "", [{"a": 1, "b": 2}]),
        "next line": ("a: x\x85y: 2\n", "TAM002 1:5", WITHHELD),
        "line separator": ("a: x\u2028y: 2\n", "TAM002 1:5", WITHHELD),
        "paragraph separator": ("a: x\u2029y: 2\n", "TAM002 1:5", WITHHELD),
        "line separator in quotes": ('a: "x\u2028y"\n', "TAM002 1:6", WITHHELD),
        "no space behind the colon": ("a:1\n", "", ["a:1"]),
        "no space behind the colon of two lines": ("a:1\nb: 2\n", "TAM006 1:1", WITHHELD),
        "no space behind a quote's colon": ('"a":1\n', "TAM006 1:4", WITHHELD),
        "wrong level": ("a:\n    b: 1\n  c: 2\n", "TAM005 3:3", WITHHELD),
        "list at its parent's level": ("a:\n- b\n- c\n", "", [{"a": ["b", "c"]}]),
        "no-break space indents": ("a:\n\xa0\xa0b: 1\n", "TAM002 2:1", WITHHELD),
        "ideographic space before a value": ("a: \u3000b\n", "TAM002 1:4", WITHHELD),
        "no-break space before the colon": ("nom\xa0: x\n", "TAM002 1:4", WITHHELD),
        "no-break space within a text": ("a: 5\xa0km\n", "", [{"a": "5\xa0km"}]),
    },
    "encoding": {
        "byte order mark": ("\ufeffa: 1\n", "", [{"a": 1}]),
        "byte order mark and a key twice": ("\ufeffa: 1\na: 2\n", "TAM011 2:1", WITHHELD),
        "byte order mark and no": ("\ufeffa: no\n", "TAM015 1:4", [{"a": "no"}]),
        "two byte order marks": ("\ufeff\ufeffa: 1\n", "TAM002 1:1", WITHHELD),
        "byte order mark in the middle": ("a: 1\n\ufeffb: 2\n", "TAM002 2:1", WITHHELD),
        "UTF-16 LE": ("a: 1\n".encode("utf-16-le"), "TAM001 1:1", WITHHELD),
        "UTF-16 BE": ("a: 1\n".encode("utf-16-be"), "TAM001 1:1", WITHHELD),
        "UTF-16 with mark": ("a: 1\n".encode("utf-16"), "TAM001 1:1", WITHHELD),
        "UTF-32 with mark": ("a: 1\n".encode("utf-32"), "TAM001 1:1", WITHHELD),
        "Latin-1": ("a: 1\nb: caf\xe9\n".encode("latin-1"), "TAM001 2:7", WITHHELD),
        "Windows-1251": ("a: д\n".encode("cp1251"), "TAM001 1:4", WITHHELD),
        "cut": (b"a: \xd0", "TAM001 1:4", WITHHELD),
        "surrogate": (b"a: \xed\xa0\x80\n", "TAM001 1:4", WITHHELD),
        "overlong": (b"a: \xc0\xaf\n", "TAM001 1:4", WITHHELD),
        "NUL": ("a: x\0\n", "TAM002 1:5", WITHHELD),
        "bell": ("a: x\a\n", "TAM002 1:5", WITHHELD),
        "DEL": ("a: x\x7f\n", "TAM002 1:5", WITHHELD),
        "U+FFFE": ("a: x\ufffe\n", "TAM002 1:5", WITHHELD),
        "direction of writing": ("a: x\u202ey\n", "TAM002 1:5", WITHHELD),
        "letter of no width": ("na\u200bme: x\n", "TAM002 1:3", WITHHELD),
        "word joiner": ("a: x\u2060\n", "TAM002 1:5", WITHHELD),
        "hidden tags": ("a: x\U000e0041\U000e0042\n", "TAM002 1:5", WITHHELD),
        "flag of Scotland": ("a: 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f\n", "", [
            {"a": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"}
        ]),
        "joiner within an emoji": ("a: 👩\u200d💻\n", "", [{"a": "👩\u200d💻"}]),
        "behind astral letters": ("😀😀: {a: 1, a: 2}\n", "TAM011 1:12", WITHHELD),
        "behind combining letters": ("e\u0301: no\n", "TAM015 1:5", [{"e\u0301": "no"}]),
        "emoji key": ("😀: no\n", "TAM015 1:4", [{"😀": "no"}]),
        "behind a tab": ("a:\tno\n", "TAM015 1:4", [{"a": "no"}]),
    },
    "quoting": {
        "double quote": ('a: 1\nb: "x\nc: 2\n', "TAM004 2:4", WITHHELD),
        "single quote": ("a: 1\nb: 'x\nc: 2\n", "TAM004 2:4", WITHHELD),
        "bracket": ("a: [b\nc: 1\n", "TAM004 1:4", WITHHELD),
        "brace": ("a: {b: 1\nc: 1\n", "TAM004 1:4", WITHHELD),
        "unknown escape": ('a: "\\q"\n', "TAM006 1:5", WITHHELD),
        "path of Windows": ('a: "C:\\Users"\n', "TAM006 1:7", WITHHELD),
        "at sign": ("a: @b\n", "TAM006 1:4", WITHHELD),
        "backtick": ("a: `b`\n", "TAM006 1:4", WITHHELD),
        "percent": ("a: %b\n", "TAM006 1:4", WITHHELD),
        "star": ("a: *b c\n", "TAM009 1:4", WITHHELD),
        "lone star": ("a: *\n", "TAM009 1:4", WITHHELD),
        "ampersand": ("a: & b\n", "TAM009 1:4", WITHHELD),
        "bang": ("a: !b\n", "TAM007 1:4", WITHHELD),
        "second colon": ("b: c: d\n", "TAM006 1:5", WITHHELD),
        "number sign": ("a: x #y\n", "TAM014 1:6", WITHHELD),
        "number sign within": ("a: x#y\n", "", [{"a": "x#y"}]),
        "text behind a bar": ("a: |x\n", "TAM006 1:5", WITHHELD),
        "trailing comma": ("a: [b, c,]\nd: {e: 1,}\n", "", [{"a": ["b", "c"], "d": {"e": 1}}]),
        "comma alone": ("a: [,]\n", "TAM006 1:5", WITHHELD),
        "text behind a bracket": ("a: [b]c\n", "TAM006 1:7", WITHHELD),
        "one bracket too many": ("a: [b]]\n", "TAM006 1:7", WITHHELD),
        "bracket at the end of a text": ("a: b]\n", "", [{"a": "b]"}]),
        "two texts": ("a: 'b' 'c'\n", "TAM006 1:8", WITHHELD),
        "apostrophe within": ("a: it's\n", "", [{"a": "it's"}]),
    },
    "resources": {
        "20,000 brackets": ("[" * 20_000, "TAM003 1:65", WITHHELD),
        "100,000 brackets": ("[" * 100_000, "TAM003 1:65", WITHHELD),
        "10,000 braces": ("{a: " * 10_000, "TAM003 1:257", WITHHELD),
        "2,000 levels of lines": ("".join(" " * n + "a:\n" for n in range(1000)), "TAM003 65:65", WITHHELD),
        "laughs": (
            "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in pairwise("abcdefghi")),
            "TAM009 1:4",
            WITHHELD,
        ),
        "merges": (
            "a: &a {k: 1}\n" + "".join(f"{b}: &{b} {{<<: [*{a}, *{a}]}}\n" for a, b in pairwise("abcde")),
            "TAM009 1:4, TAM010 2:8, TAM010 3:8, TAM010 4:8, TAM010 5:8",
            WITHHELD,
        ),
        "200,000 keys": ("".join(f"k{n}:\n" for n in range(120_000)), "TAM003 50000:8", WITHHELD),
        "text of 70,000": ("a: " + "x" * 70_000 + "\n", "TAM003 1:4", WITHHELD),
        "file of more than 1 MiB": (b"a: " + b"x" * (1 << 20), "TAM003 1:1", WITHHELD),
    },
}  # fmt: skip

NAMED = {f"{group}: {name}": row for group, rows in ROWS.items() for name, row in rows.items()}

QUICK = [name for name in NAMED if not name.startswith("resources")]


@pytest.fixture(params=sorted(PARSERS))
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each row runs on libyaml and on the parser that stands in for it."""
    monkeypatch.setattr(yaml, "PARSER", PARSERS[request.param])
    return str(request.param)


def judged(written: str | bytes) -> tuple[tuple[Document, ...], tuple[Diagnostic, ...]]:
    return parse("x.yaml", written.encode() if isinstance(written, str) else written)


def short(found: tuple[Diagnostic, ...]) -> str:
    return ", ".join(f"{one.code} {one.at.line}:{one.at.column}" for one in found)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("name", NAMED)
def test_trap(name: str) -> None:
    written, expected, read = NAMED[name]
    documents, found = judged(written)
    assert short(found) == expected
    assert [document.data for document in documents] == read
    assert [type(document.data) for document in documents] == [type(one) for one in read]


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("name", [name for name in QUICK if NAMED[name][1]])
def test_finding_is_told_to_people(name: str) -> None:
    for one in judged(NAMED[name][0])[1]:
        assert one.hint.endswith((".", '"', "]", "2", "1")), one.hint
        assert one.detail.endswith("."), one.detail
        assert not re.search(r"NoneType|token|scalar|mapping|stream|Decimal\(|dict|[\x00-\x1f\u2028\u2029]", one.detail)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("name", QUICK)
def test_mend_takes_the_finding_away_and_keeps_what_is_read(name: str) -> None:
    written = NAMED[name][0]
    content = written.encode() if isinstance(written, str) else written
    documents, found = judged(content)
    mends = [splice for one in found for splice in one.fix]
    mended, left = judged(spliced(content, mends)) if mends else (documents, found)
    assert [one.code for one in left] == [one.code for one in found if not one.fix]
    if all(one.severity is Severity.WARNING for one in found):
        assert [one.data for one in mended] == [one.data for one in documents]


# What the parsers say in the words of their trade, retold: the whole sentence, the same on both.

RETOLD = [
    (
        'a: "x\nb: 1\n',
        'TAM004 1:4: The quote " that opens here is never closed.',
        'Write another " where the text ends.',
    ),
    (
        'a: "x\nb: "y"\nc: 1\n',
        'TAM004 1:4: The quote " that opens here ends only where the next one begins.',
        'Write another " where the text ends.',
    ),
    (
        "a: [b\nc: 1\n",
        "TAM004 1:4: The bracket [ that opens here is never closed.",
        "Write ] behind its last entry.",
    ),
    (
        "a: [b}\n",
        "TAM004 1:4: The bracket [ is opened here, but } stands where ] should.",
        "Write ] behind its last entry.",
    ),
    (
        "a: {b: 1\n  c: 2}\n",
        "TAM006 2:4: A second colon stands in one entry.",
        "Write a comma between two entries; put a text that holds a colon in quotes.",
    ),
    (
        "a: {b: c: d}\n",
        "TAM006 1:9: A second colon stands in one entry.",
        "Write a comma between two entries; put a text that holds a colon in quotes.",
    ),
    (
        "a:\n\tb: 1\n",
        "TAM005 2:1: A tab stands where spaces belong.",
        "Indent with two spaces for each level.",
    ),
    (
        'a: "\\q"\n',
        "TAM006 1:5: \\q means nothing between double quotes.",
        "Put the text in single quotes, where a backslash is only a backslash, or write it twice.",
    ),
    (
        "a: b: c\n",
        "TAM006 1:5: A second colon makes this line ambiguous.",
        'Put the text in quotes: "b: c".',
    ),
    (
        "a: 1\n  b: 2\n",
        "TAM005 2:3: This line is indented deeper than the key above it, which already has a value.",
        "Put keys of one level exactly below each other.",
    ),
    (
        "a: 1\nb\nc: 2\n",
        "TAM006 2:1: This line is neither a key with its value nor a list item.",
        "Write a key with a colon and a space behind it, 'key: value', or begin a list item with '- '.",
    ),
    (
        "a:1\nb: 2\n",
        "TAM006 1:1: This line is neither a key with its value nor a list item.",
        "Write a space behind the colon: a: 1",
    ),
    (
        "a = 1\nb: 2\n",
        "TAM006 1:1: This line is neither a key with its value nor a list item.",
        "Write a colon: a: 1",
    ),
    (
        "-a\n-b: 1\n",
        "TAM006 1:1: This line is neither a key with its value nor a list item.",
        "Write a space behind the hyphen: - a",
    ),
    (
        "a: @b\n",
        "TAM006 1:4: A text cannot begin with @.",
        'Put the text in quotes: "@b".',
    ),
    (
        "a: - b\n",
        "TAM006 1:4: A list item cannot begin behind a key on the same line.",
        "Write each item on a line of its own, or the list in brackets: [one, two]; quote a text that begins so.",
    ),
    (
        "a: ? b\n",
        "TAM006 1:4: A text cannot begin with '? '.",
        'Put the text in quotes: "? b".',
    ),
    (
        "a: |x\n",
        "TAM006 1:5: Behind | or > the line must end.",
        "Begin the text on the next line, indented; put a text that begins with | or > in quotes.",
    ),
    (
        "a: *\n",
        "TAM009 1:4: A text cannot begin with *.",
        'Put the text in quotes: "*".',
    ),
    (
        "a: !<b c\n",
        "TAM007 1:4: Only YAML tags begin with '!'.",
        "Delete it; a text that begins with '!' is put in quotes.",
    ),
    (
        "a: ]\n",
        "TAM006 1:4: The bracket ] closes nothing.",
        "Delete it, or put the text in quotes.",
    ),
    (
        "a: [,]\n",
        "TAM006 1:5: Nothing stands before this comma.",
        "Delete it, or write the entry.",
    ),
    (
        "a: [b]]\n",
        "TAM006 1:7: The bracket ] closes nothing.",
        "Delete it, or put the text in quotes.",
    ),
    (
        "a: [b]c\n",
        "TAM006 1:7: Text stands behind the closing ].",
        "Put the whole text in quotes.",
    ),
    (
        "a: 'it's'\n",
        "TAM006 1:8: Text stands behind the closing '.",
        'Write a quote within the text twice, or put the whole in double quotes: "it\'s".',
    ),
    (
        '"a":1\n',
        "TAM006 1:4: A colon stands here with no space behind it.",
        'Write a space behind the colon: "a": 1',
    ),
    (
        "a:\n    b: 1\n  c: 2\n",
        "TAM005 3:3: This line stands at no level that the lines above have opened.",
        "Put what belongs together exactly below each other.",
    ),
    (
        "a:\n  - b\n - c\n",
        "TAM005 3:2: This list item stands neither with the items above nor with a key.",
        "Put what belongs together exactly below each other.",
    ),
    (
        " a: 1\nb: 2\n",
        "TAM005 2:1: This line stands further left than the beginning of the document.",
        "Begin all top-level keys in the same column, or a new document with ---.",
    ),
    (
        "a: 1\n...\nb: 2\n",
        "TAM006 3:1: Text stands behind the end of the document.",
        "Begin the next one with ---.",
    ),
    (
        "...\n",
        "TAM006 1:1: Three dots end a document, and none has begun.",
        "Delete the line.",
    ),
    (
        "a: b\n  # c\n  d\n",
        "TAM006 3:3: The comment above ended the text; it cannot go on here.",
        "Put the comment on a line of its own before the text, or the text in one line.",
    ),
    (
        ": b\n",
        "TAM012 1:1: Nothing stands before the colon.",
        "Name the key.",
    ),
]


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("written", "told", "hint"), RETOLD)
def test_parser_error_is_retold(written: str, told: str, hint: str) -> None:
    (found,) = judged(written)[1]
    assert f"{found.code} {found.at.line}:{found.at.column}: {found.detail}" == told
    assert found.hint == hint


# What the mends write.


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("written", "mended"),
    [
        ("a: 12:30 # x\n", 'a: "12:30" # x\n'),
        ("on: {no: off}\n", '"on": {"no": "off"}\n'),
        ("\ufeffon: 1\n", '\ufeff"on": 1\n'),
        ("a: 1\n\ufeffb: 2\nc: x\ufeff\n", "a: 1\nb: 2\nc: x\n"),
        ("a:\n\tb:\n\t\tc: 1\n", "a:\n  b:\n    c: 1\n"),
        ("a:\n\xa0\xa0b: 1\n", "a:\n  b: 1\n"),
        ("%YAML 1.2\n---\na: 1\n", "---\na: 1\n"),
        ('"a":1\n', '"a": 1\n'),
        # What only its author can mend.
        ("a: 1e3\n", "a: 1e3\n"),
        ("a:\n  b: 1\n\tc: 2\n", "a:\n  b: 1\n\tc: 2\n"),
        ("%YAML 1.1\n---\na: 1\n", "%YAML 1.1\n---\na: 1\n"),
        ("a: x\u2028y\n", "a: x\u2028y\n"),
        ("a: x\u202ey\n", "a: x\u202ey\n"),
        ("a: VLAN #1\n", "a: VLAN #1\n"),
    ],
)
def test_what_is_mended(written: str, mended: str) -> None:
    found = judged(written)[1]
    assert spliced(written.encode(), [splice for one in found for splice in one.fix]).decode() == mended


@pytest.mark.parametrize(
    ("written", "others"),
    [("no", "false"), ("0755", "493"), ("0o17", "15"), ("0x1F", "31"), ("0b101", "5"), ("12:30", "750"),
     ("1:30.5", "90.5"), ("01234", "668"), ("08901", "8901"), ("1_000", "1000"), ("+15551234", "15551234"),
     (".5", "0.5"), ("-.inf", "-infinity"), ("NULL", "nothing")],
)  # fmt: skip
def test_what_others_read_is_said(written: str, others: str) -> None:
    (found,) = judged(f"a: {written}\n")[1]
    assert others in found.detail
    assert f'"{written}"' in found.hint


RESOLVED = st.sampled_from(listed("0 7 12 : _ . + - x o b e E F inf nan y n = ~ true"))


@settings(max_examples=1500)
@given(pieces=st.lists(RESOLVED, min_size=1, max_size=7))
def test_what_a_reader_of_yaml_1_1_takes_for_more_is_found(pieces: list[str]) -> None:
    """PyYAML's own resolver is such a reader; dates stay as they are."""
    written = "".join(pieces)
    documents, found = judged(f"- {written}\n")
    if not documents or not isinstance(documents[0].data, list) or documents[0].data != [written]:
        return
    resolver: Any = pyyaml.SafeLoader("")
    tag = resolver.resolve(pyyaml.ScalarNode, written, (True, False))
    if tag != "tag:yaml.org,2002:str" and not re.match(r"\d{4}-", written):
        assert [one.code for one in found] == ["TAM015"]


@pytest.mark.usefixtures("parser")
def test_many_warnings_withhold_nothing() -> None:
    documents, found = judged("- no\n" * 5_000)
    assert documents[0].data == ["no"] * 5_000
    assert len(found) == 100


@given(words=st.lists(RESOLVED | st.sampled_from(sorted(WORDS)), min_size=1, max_size=4).map("".join))
def test_what_the_ledger_writes_is_read_alike_by_everybody(words: str) -> None:
    component = Component(project="acme", name=words, service="web", params={words: words, "n": Decimal("1.10")})
    event = Adopted(
        project="acme", name="x", at=MONDAY, by=words, components={words: component}, evidence=words, place=NOWHERE
    )
    documents, found = judged(ledger.text(event))
    assert found == ()
    assert documents[0].data["spec"]["by"] == words


# Files.


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return small(tmp_path)


@pytest.fixture
def closed(shop: Workspace) -> Iterator[Path]:
    """A file that nobody may read; root may all the same."""
    path = shop.root / "catalog/x.yaml"
    shop.write("catalog/x.yaml", "a: 1\n")
    path.chmod(0)
    yield path
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)


def unread(shop: Workspace) -> Mapping[str, gitrepo.Refusal]:
    return gitrepo.files_in(shop.root, ("catalog", "projects")).unread


@pytest.mark.parametrize("kind", ["pipe", "link out", "link within", "link to nothing", "link in a circle", "name"])
def test_file_that_cannot_be_read_is_one_finding_and_all_else_is_judged(shop: Workspace, kind: str) -> None:
    path, shown = shop.root / "catalog/x.yaml", "catalog/x.yaml"
    links = {"link out": "/etc/hostname", "link within": "provider.yaml", "link to nothing": "gone"}
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "name":
        (shop.root / os.fsdecode(b"catalog/x\xe9.yaml")).write_text("a: 1\n")
        shown = "catalog/x\\xe9.yaml"
    else:
        path.symlink_to(links.get(kind, "x.yaml"))
    shop.write("projects/other.yaml", "kind: Nonsense\n")
    found = [(one["code"], one["path"], one["line"], one["column"]) for one in shop.findings()]
    assert found == [("TAM016", shown, 1, 1), ("TAM104", "projects/other.yaml", 1, 7)]
    assert "nothing" in unread(shop)[shown].why or kind != "link to nothing"


def test_what_an_unread_file_defines_is_not_told_to_be_missing(shop: Workspace) -> None:
    path = shop.root / "catalog/provider.yaml"
    path.rename(path.with_suffix(".txt"))
    path.symlink_to("provider.txt")
    assert [(one["code"], one["path"]) for one in shop.findings()] == [("TAM016", "catalog/provider.yaml")]
    assert shop.run("plan").code == 1
    assert shop.run("apply").code == 1
    assert shop.ledger() == []


def test_file_without_permission(shop: Workspace, closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refuse(name: str, flags: int, *more: int) -> int:
        """What the kernel answers to anybody but root."""
        if Path(name) == closed:
            raise PermissionError(13, "Permission denied", name)
        return real(name, flags, *more)

    monkeypatch.setattr(os, "open", refuse)
    assert "Permission denied" in unread(shop)["catalog/x.yaml"].why


def test_folder_that_may_not_be_listed(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir
    shop.write("catalog/deep/x.yaml", "a: 1\n")

    def refuse(name: str) -> Any:
        if name.endswith("/deep"):
            raise PermissionError(13, "Permission denied", name)
        return real(name)

    monkeypatch.setattr(os, "scandir", refuse)
    assert list(unread(shop)) == ["catalog/deep"]


@pytest.mark.parametrize("names", [("A.yaml", "a.yaml"), ("\u00e9.yaml", "e\u0301.yaml"), ("B/x.yaml", "b/x.yaml")])
def test_names_that_are_one_on_other_machines(shop: Workspace, names: tuple[str, str]) -> None:
    for name in names:
        shop.write(f"catalog/{name}", "")
    second = f"catalog/{max(names).removesuffix('/x.yaml')}"
    assert list(unread(shop)) == [second]


def test_linked_folder_is_not_followed(shop: Workspace) -> None:
    (shop.root / "catalog/more").symlink_to("../projects")
    assert list(unread(shop)) == ["catalog/more"]
    (shop.root / "catalog").rename(shop.root / "kept")
    (shop.root / "catalog").symlink_to("kept")
    assert list(unread(shop)) == ["catalog"]


def test_links_to_anything_else_are_nobodys_business(shop: Workspace) -> None:
    (shop.root / "catalog/README").symlink_to("/etc/hostname")
    (shop.root / "catalog/.hidden.yaml").symlink_to("/etc/hostname")
    assert unread(shop) == {}


def test_same_links_at_a_revision(shop: Workspace) -> None:
    (shop.root / "catalog/x.yaml").symlink_to("provider.yaml")
    shop.start_git()
    read = gitrepo.files_in(shop.root, ("catalog", "projects")).files
    assert read == gitrepo.files_at(shop.root, "HEAD", ("catalog", "projects"))


def test_folder_named_like_a_file(shop: Workspace) -> None:
    shop.write("projects/two.yaml/project.yaml", "kind: Nonsense\n")
    assert [one["path"] for one in shop.findings()] == ["projects/two.yaml/project.yaml"]


def test_empty_file_and_very_long_path(shop: Workspace) -> None:
    deep = "/".join(["d" * 200] * 12)
    shop.write("catalog/empty.yaml", "")
    shop.write(f"catalog/{deep}/x.yaml", "kind: Nonsense\n")
    assert [one["path"] for one in shop.findings()] == [f"catalog/{deep}/x.yaml"]


def test_huge_file_is_one_finding(shop: Workspace) -> None:
    with (shop.root / "catalog/x.yaml").open("wb") as file:
        file.truncate(1 << 33)
    assert [(one["code"], one["path"]) for one in shop.findings()] == [("TAM003", "catalog/x.yaml")]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_file_that_changes_while_it_is_read(shop: Workspace, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """It is read again, and given up where it never comes to rest: half of one state and half of another is nothing."""
    path = shop.root / "catalog/x.yaml"
    shop.write("catalog/x.yaml", "a: 0\n")
    real, left = os.read, [times]

    def slow(file: int, length: int) -> bytes:
        piece = real(file, length)
        if piece.startswith(b"a: ") and left[0]:
            left[0] -= 1
            path.write_text(f"a: {'9' * (times - left[0])}\n")
        return piece

    monkeypatch.setattr(os, "read", slow)
    gathered = gitrepo.files_in(shop.root, ("catalog",))
    if times < 3:
        assert gathered.files["catalog/x.yaml"] == f"a: {'9' * times}\n".encode()
        assert gathered.unread == {}
    else:
        assert "catalog/x.yaml" not in gathered.files
        assert list(gathered.unread) == ["catalog/x.yaml"]
