"""Whatever bytes a file holds: reading it raises nothing and takes no time. A short run of `python -m benchmarks fuzz`,
and inputs that readers of YAML have stumbled over."""

from __future__ import annotations

import time

import pytest

from benchmarks import fuzz
from tamspec import load, resources
from tamspec.load import yaml
from tamspec.load.quick import sound
from tamspec.load.syntax import Source

SEED = 20261124


@pytest.fixture(params=sorted(fuzz.PARSERS))
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(yaml, "PARSER", yaml.PARSER)  # put back afterwards
    return str(request.param)


def test_edited_documents_are_read(parser: str) -> None:
    count = {"libyaml": 3000, "pure": 300}[parser]
    names = (f"{SEED}/{number}" for number in range(count))
    raised = [found for name in names if (found := fuzz.tried(name, fuzz.made(name), parser)) and found.raised]
    assert raised == []


def test_sound_texts_are_read_quickly_as_they_are_read_carefully(parser: str) -> None:
    """What is read at once, and what the reader says that knows every fault and every place."""
    quick = 0
    for number in range({"libyaml": 3000, "pure": 200}[parser]):
        text, faults = yaml._decode("x.yaml", fuzz.made(f"{SEED}/{number}"))
        read = None if faults else sound(text, fuzz.PARSERS[parser])
        if read is None:
            continue
        quick += 1
        source = Source("x.yaml", text)
        reader = yaml._Reader(source)
        reader.read()
        assert not (*reader.findings, *reader.warnings), number
        assert repr([one.data for one in reader.documents]) == repr([one.data for one in read]), number
        spans = [dict(yaml._LaterSpans(source, one)) for one in read]
        assert [dict(one.place.marks.spans) for one in reader.documents] == spans, number
    assert quick > 20


def test_an_input_can_be_made_again() -> None:
    assert fuzz.made("1/17") == fuzz.made("1/17") != fuzz.made("1/18")


def test_what_raises_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_path: str, content: bytes, _schemas: load.Schemas) -> None:
        if b"?" in content:
            raise KeyError("?")

    monkeypatch.setattr(load, "read", stumble)
    monkeypatch.setattr(yaml, "PARSER", yaml.PARSER)
    found = fuzz.tried("x", b"a: ?b\n", "libyaml")
    assert found
    assert found.raised == "KeyError: '?'"
    assert fuzz.smallest(b"kind: ?b\nspec: {}\n", lambda less: fuzz.tried("x", less, "libyaml") is not None) == b"?"


ODD = [
    "",
    " ",
    "\n" * 50,
    "\ufeff",
    "\ufeff\ufeffa: 1",
    "---",
    "---\n---\n---",
    "...",
    "...\n...\na: 1",
    "--- a\n--- b",
    "--- |\n x\n...\n--- >\n y",
    "---\t\na: 1",
    "%YAML 1.2\n---\na: 1",
    "%YAML 9.9\n---\na: 1",
    "%TAG ! tag:x,2026:\n---\n!a b",
    "%FOO bar\n---\na",
    "%",
    "a: %b",
    "# only a comment",
    "#",
    "a",
    "'",
    '"',
    '"\\',
    '"\\x4',
    '"\\U0010FFFF"',
    '"\\UFFFFFFFF"',
    '"\\ud800"',
    "a: 'it''s'",
    'a: "x\n\n  y"',
    "a: |",
    "a: |9\n x",
    "a: |0\n x",
    "a: |+-\n x",
    "a: >2-\n    x\n  y",
    "a: |\n\tx",
    "- |\n-\n",
    "[",
    "]",
    "{",
    "}",
    "[}",
    "{]",
    "[,]",
    "[a,,b]",
    "{,}",
    "{a}",
    "{a, b: c}",
    "{a: [b, {c: d}]}",
    "{? a : b}",
    "{[a]: b}",
    "{{a: b}: c}",
    "[a: b]",
    "[? a : b]",
    "? a",
    "? - a\n: - b",
    "? |\n x\n: y",
    ": a",
    "a:: b",
    "a: b: c",
    "a:b",
    "a:\n- b\n c",
    "a:\n  b\n c: d",
    "a: b\n  c: d",
    "- a\nb: c",
    "a: 1\n- b",
    "a: - b",
    "-",
    "- - - a",
    "-a",
    "--a",
    "&a",
    "&a b",
    "*a",
    "&a [*a]",
    "&a {x: *a}",
    "a: &b\nc: *b",
    "*a : b",
    "&a a: &b b\n*a : *b",
    "<<: {a: 1}",
    "<<: [*a, *b]",
    "<<:",
    "!",
    "!!",
    "!a",
    "!!python/object/apply:os.system [ls]",
    "!!binary aGk=",
    "!!set {a, b}",
    "!<tag:x> a",
    "!<x",
    "! a",
    "a: ! b",
    "@a",
    "`a",
    "a: @b",
    "a: `b`",
    "a\tb: c",
    "a:\tb",
    "\ta: b",
    "a:\n\t- b",
    "a: b\r\nc: d\r\n",
    "a: b\rc: d",
    "a: b\x85c: d",
    "a: b\u2028c",
    "a: \x00",
    "a: \x07",
    "a: \x7f",
    "a: \ufffe",
    "a: 😀",
    "e\u0301: é",
    "а: Cyrillic",
    "kind",
    "kind:",
    "kind: []",
    "kind: {}",
    "kind: null",
    "kind: 1",
    "kind: Project",
    "kind: Project\nkind: Change",
    "kind: Project\nspec: []",
    "kind: Project\nspec:",
    "kind: Project\nmetadata: 1\nspec: 2",
    "kind: LedgerEntry\nspec: {event: []}",
    "kind: LedgerEntry\nmetadata: {name: x}\nspec: {event: ordered, components: [], orders: 1}",
    "kind: Service\nmetadata: {name: x}\nspec: {procedures: {provision: {steps: []}}}",
    "kind: Calendar\nmetadata: {name: x}\nspec: {hours: {mon: [1, [2], {3: 4}]}}",
    "- kind: Project",
    "1: 2",
    "null: null",
    "true: false",
    "~: ~",
    "a: 1e400",
    "a: -.inf",
    "a: .nan",
    "a: 0x" + "f" * 100,
    "a: " + "9" * 10_000,
    "a: 1e" + "9" * 100,
    "a: 2026-99-99",
    "a: " + "b" * 70_000,
    "b" * 70_000 + ": a",
    "[" * 5_000,
    "{a: " * 5_000,
    "- " * 5_000,
    "a:\n" + "".join(" " * depth + "a:\n" for depth in range(1, 300)),
    "? " * 3_000,
    "&a " * 2_000,
    "!a " * 2_000,
    "'" * 9_999,
    '"' * 9_999,
    "#" * 9_999,
    ":" * 9_999,
    "---\n" * 5_000,
    "a: 1\n" * 5_000,
    "".join(f"a{number}: &a{number} [*a{number - 1}]\n" for number in range(1, 500)),
]


@pytest.mark.parametrize("number", range(len(ODD)))
def test_odd_texts_are_read(number: int, parser: str) -> None:
    outcome = fuzz.tried(f"odd/{number}", ODD[number].encode("utf-8", "surrogatepass"), parser)
    assert not (outcome and outcome.raised)


@pytest.mark.parametrize(
    "content", [b"\xff\xfea\x00", b"\xfe\xff\x00a", b"\x80", b"a: \xc3", b"\xed\xa0\x80", b"\xf8" * 9]
)
def test_bytes_that_are_no_text_are_read(content: bytes, parser: str) -> None:
    outcome = fuzz.tried("bytes", content, parser)
    assert not (outcome and outcome.raised)


HEAD = "apiVersion: tamspec/v1\nkind: {}\nmetadata: {{name: x}}\nspec:\n"
WRONG = {
    "keys": HEAD.format("Project") + "  client: a\n" + "".join(f"  k{at}: 1\n" for at in range(30_000)),
    "components": HEAD.format("Project")
    + "  client: a\n  components:\n"
    + "".join(f"    c{at}: {{servce: x, bad: 1}}\n" for at in range(9_000)),
    "names": HEAD.format("Change") + "  project: a\n  components: [" + "B, " * 20_000 + "]\n",
    "dates": HEAD.format("Calendar") + "  holidays:\n" + "".join(f"    2026-1-{at}: x\n" for at in range(20_000)),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_of_ten_thousand_mistakes_the_first_are_told(case: str) -> None:
    """Far from any clock: twenty seconds would be a cost that grows with the square."""
    before = time.process_time()
    found = load.read("projects/x.yaml", WRONG[case].encode(), resources.schemas()).findings
    assert 1 <= len(found) <= 200
    assert time.process_time() - before < 20
