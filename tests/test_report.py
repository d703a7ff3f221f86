"""What people and programs are shown of a finding. The frames are written by hand, as a reader should see them."""

from __future__ import annotations

import json
import re
import unicodedata
from textwrap import dedent

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamspec import resources
from tamspec.diagnostics import Diagnostic, Fault, Loc, Related, Severity
from tamspec.report import FORMATS, as_json, render

UNKNOWN = Fault(code="TAM203", summary="Reference to something that does not exist", manual="")
STALE = Fault(code="TAM410", summary="Document is stale", manual="", severity=Severity.WARNING)
TOLD = Fault(code="TAM900", summary="Newer default in the catalogue", manual="", severity=Severity.INFO)


def at(line: int, column: int, end_column: int, *, path: str = "shop.yaml", end_line: int | None = None) -> Loc:
    return Loc(path, line, column, end_line or line, end_column)


def frame(text: str, found: Diagnostic, **others: str) -> list[str]:
    """The lines of the one block, without the closing line."""
    files = {"shop.yaml": text.encode(), **{f"{name}.yaml": other.encode() for name, other in others.items()}}
    return render([found], files, "full").split("\n")[:-3]


# -- full --------------------------------------------------------------------------------------------------------------


def test_the_frame_is_that_of_the_manual() -> None:
    path = "projects/acme-shop/project.yaml"
    text = "#\n" * 13 + "    web: {service: ngnix, dependsOn: [os]}\n"
    found = UNKNOWN(
        at(14, 20, 25, path=path),
        "no service 'ngnix' in the catalogue",
        hint="did you mean 'nginx' (catalog/services/web.yaml:3)?",
    )
    assert render([found], {path: text.encode()}, "full") == dedent("""\
        error TAM203  Reference to something that does not exist
          --> projects/acme-shop/project.yaml:14:20
           |
        14 |     web: {service: ngnix, dependsOn: [os]}
           |                    ^^^^^ no service 'ngnix' in the catalogue
           = hint: did you mean 'nginx' (catalog/services/web.yaml:3)?
           = more: tamspec explain TAM203

        1 error in 1 file.
        """)


def test_label_takes_the_caret_and_the_detail_becomes_a_note() -> None:
    found = UNKNOWN(at(1, 6, 11), "There is no service 'ngnix'.\nIt was never there.", label="unknown service")
    assert frame("web: ngnix\n", found) == [
        "error TAM203  Reference to something that does not exist",
        " --> shop.yaml:1:6",
        "  |",
        "1 | web: ngnix",
        "  |      ^^^^^ unknown service",
        "  = note: There is no service 'ngnix'.",
        "  |       It was never there.",
        "  = more: tamspec explain TAM203",
    ]


def test_related_places_have_frames_of_their_own_under_one_gutter() -> None:
    found = UNKNOWN(
        at(1, 1, 4),
        "written twice",
        related=(
            Related(at(12, 1, 4), "the other one"),
            Related(at(3, 1, 2, path="away.yaml"), "and a file not at hand"),
        ),
    )
    assert frame("web: a\n" + "#\n" * 10 + "web: b\n", found)[1:] == [
        "  --> shop.yaml:1:1",
        "   |",
        " 1 | web: a",
        "   | ^^^ written twice",
        "   |",
        "  --> shop.yaml:12:1",
        "   |",
        "12 | web: b",
        "   | --- the other one",
        "   |",
        "  --> away.yaml:3:1",
        "   = note: and a file not at hand",
        "   = more: tamspec explain TAM203",
    ]


@pytest.mark.parametrize(
    ("line", "span", "shown", "under"),
    [
        ("\ta:\tngnix", (5, 10), "    a:  ngnix", "        ^^^^^"),
        ("имя: ngnix", (6, 11), "имя: ngnix", "     ^^^^^"),
        ("漢字: ngnix", (5, 10), "漢字: ngnix", "      ^^^^^"),
        ("a: 漢字", (4, 6), "a: 漢字", "   ^^^^"),
        ("cafe\u0301: ngnix", (8, 13), "cafe\u0301: ngnix", "      ^^^^^"),
        ("a: x\x1b[2Jngnix", (9, 14), "a: x<U+001B>[2Jngnix", "               ^^^^^"),
        ("a: \u202engnix", (5, 10), "a: <U+202E>ngnix", "           ^^^^^"),
        ("a: ##[error]ngnix", (13, 18), "a: ## [error]ngnix", "             ^^^^^"),
        ("a:", (3, 3), "a:", "  ^"),
        ("a: b", (99, 120), "a: b", "    ^"),
        ("a: b   ", (4, 8), "a: b", "   ^"),
        ("a: \U0001f600 ngnix", (6, 11), "a: \U0001f600 ngnix", "      ^^^^^"),
        ("a: \U0001f600\U0001f600", (4, 6), "a: \U0001f600\U0001f600", "   ^^^^"),
        ("a: \U0001f468\u200d\U0001f469 x", (8, 9), "a: \U0001f468\u200d\U0001f469 x", "        ^"),
        ("a: \u1112\u1161\u11ab x", (8, 9), "a: \u1112\u1161\u11ab x", "      ^"),
        ("a: ｆｕｌｌ x", (9, 10), "a: ｆｕｌｌ x", "            ^"),
        ("a: עברית ngnix", (10, 15), "a: עברית ngnix", "         ^^^^^"),
        ("a: نص", (4, 6), "a: نص", "   ^^"),
        ("a: x\u0308\u0301y", (7, 8), "a: x\u0308\u0301y", "    ^"),
        ("a: b\tc\td", (6, 7), "a: b    c   d", "        ^"),
        ("a: \u2028x\x85y", (5, 6), "a: <U+2028>x<U+0085>y", "           ^"),
        ("a: \ufffex", (5, 6), "a: <U+FFFE>x", "           ^"),
        ("", (1, 1), "", "^"),
    ],
)
def test_carets_stand_under_the_span(line: str, span: tuple[int, int], shown: str, under: str) -> None:
    lines = frame(f"{line}\n", UNKNOWN(at(1, *span), "here"))
    assert lines[3:5] == [f"1 | {shown}".rstrip(), f"  | {under} here"]


@pytest.mark.parametrize(
    ("text", "place", "shown"),
    [
        ("a: b\n", at(2, 1, 1), ["2 |", "  | ^ here"]),
        ("a: b", at(1, 5, 5), ["1 | a: b", "  |     ^ here"]),
        ("", at(1, 1, 1), ["1 |", "  | ^ here"]),
        ("a: b\r\nc: d\r\n", at(2, 4, 5), ["2 | c: d", "  |    ^ here"]),
        ("a: b\rc: d", at(2, 4, 5), ["2 | c: d", "  |    ^ here"]),
    ],
)
def test_ends_of_files_and_lines(text: str, place: Loc, shown: list[str]) -> None:
    assert frame(text, UNKNOWN(place, "here"))[3:5] == shown


def test_a_span_of_many_lines_is_marked_to_the_end_of_its_first() -> None:
    lines = frame("web:\n  service: ngnix\n", UNKNOWN(at(1, 1, 3, end_line=2), "here"))
    assert lines[3:5] == ["1 | web:", "  | ^^^^ here"]


@pytest.mark.parametrize("before", [0, 35, 90, 500])
@pytest.mark.parametrize("after", [0, 35, 500])
def test_long_lines_are_cut_around_the_span(before: int, after: int) -> None:
    text = "x" * before + "ngnix" + "y" * after
    shown, under = frame(f"{text}\n", UNKNOWN(at(1, before + 1, before + 6), "here"))[3:5]
    start = under.index("^")
    assert shown[start : start + 5] == "ngnix"
    assert under.count("^") == 5
    kept = shown.removeprefix("1 | ")
    assert len(kept.strip("…")) == min(len(text), 120)
    assert kept.index("ngnix") >= min(before, 40)
    assert kept.startswith("…") == (not text.startswith(kept.strip("…")))
    assert kept.endswith("…") == (not text.endswith(kept.strip("…")))


def test_the_first_line_of_a_file_with_a_byte_order_mark() -> None:
    assert frame("\ufeffweb: ngnix\n", UNKNOWN(at(1, 6, 11), "here"))[3:5] == ["1 | web: ngnix", "  |      ^^^^^ here"]


@pytest.mark.parametrize("place", [at(7, 1, 2), at(1, 1, 2, path="away.yaml"), Loc("")])
@pytest.mark.parametrize("label", ["", "here"])
def test_without_the_line_the_detail_is_still_told(place: Loc, label: str) -> None:
    found = UNKNOWN(place, "no such thing", label=label)
    where = [f" --> {place.path}:{place.line}:1"] if place.path else []
    assert frame("web: ngnix", found)[1:] == [
        *where,
        "  = note: no such thing",
        "  = more: tamspec explain TAM203",
    ]


def test_invalid_text_is_shown_as_far_as_it_can_be() -> None:
    shown = render([UNKNOWN(at(1, 4, 5), "not UTF-8")], {"shop.yaml": b"a: \xff\n"}, "full").split("\n")
    assert shown[3:5] == ["1 | a: \ufffd", "  |    ^ not UTF-8"]


def test_colour_changes_nothing_but_colour() -> None:
    found = UNKNOWN(at(1, 6, 11), "here", label="label", hint="do this", related=(Related(at(2, 1, 2), "there"),))
    files = {"shop.yaml": b"web: ngnix\nb: 1\n"}
    for name in ("full", "concise"):
        plain, coloured = (render([found], files, name, colour=colour) for colour in (False, True))
        assert "\x1b[1;31m" in coloured
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


# -- the closing line and the order ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["full", "concise"])
@pytest.mark.parametrize(
    ("findings", "files", "closing"),
    [
        ([], 0, "No findings in 0 files."),
        ([], 1, "No findings in 1 file."),
        ([], 12, "No findings in 12 files."),
        ([UNKNOWN(at(1, 1, 2), "a")], 3, "1 error in 1 file."),
        ([UNKNOWN(Loc(""), "a")], 3, "1 error."),
        (
            [
                UNKNOWN(at(1, 1, 2), "a"),
                UNKNOWN(at(2, 1, 2), "a"),
                STALE(at(1, 1, 2, path="b"), "a"),
                TOLD(at(1, 1, 2, path="c"), "a"),
                TOLD(at(2, 1, 2, path="c"), "a"),
            ],
            3,
            "2 errors, 1 warning, 2 info in 3 files.",
        ),
    ],
)
def test_closing_line(name: str, findings: list[Diagnostic], files: int, closing: str) -> None:
    shown = render(findings, {f"{number}.yaml": b"" for number in range(files)}, name)
    assert shown.endswith("\n")
    assert shown.splitlines()[-1] == closing


@pytest.mark.parametrize("name", FORMATS)
def test_order_of_arrival_does_not_matter(name: str) -> None:
    findings = [
        fault(at(line, 1, 2, path=path), "detail")
        for path in ("b", "a")
        for line in (2, 1)
        for fault in (TOLD, STALE, UNKNOWN)
    ]
    assert render(findings, {}, name) == render(reversed(findings), {}, name)


# -- concise -----------------------------------------------------------------------------------------------------------


def test_concise_is_one_line_each() -> None:
    findings = [UNKNOWN(at(14, 20, 25), "no service\nhere", hint="not told"), STALE(Loc(""), "old")]
    assert render(findings, {}, "concise").splitlines()[:-1] == [
        "warning TAM410 old",
        "shop.yaml:14:20: error TAM203 no service here",
    ]


# -- json --------------------------------------------------------------------------------------------------------------


def test_json_of_one_finding() -> None:
    found = UNKNOWN(
        at(14, 20, 25), "no 'ngnix'", hint="nginx?", related=(Related(at(3, 1, 2, path="web.yaml"), "this"),)
    )
    assert as_json(found) == {
        "code": "TAM203",
        "summary": "Reference to something that does not exist",
        "detail": "no 'ngnix'",
        "severity": "error",
        "path": "shop.yaml",
        "line": 14,
        "column": 20,
        "end_line": 14,
        "end_column": 25,
        "hint": "nginx?",
        "url": "",
        "related": [
            {"path": "web.yaml", "line": 3, "column": 1, "end_line": 3, "end_column": 2, "message": "this"},
        ],
        "fingerprint": found.fingerprint,
    }


def test_json_tells_where_the_manual_is_published() -> None:
    for site in ("https://pages.example.com/all", "https://pages.example.com/all/"):
        told = as_json(UNKNOWN(at(1, 1, 2), "x"), site)["url"]
        assert told == "https://pages.example.com/all/findings/TAM200.html#TAM203"


def test_json_output_is_what_its_schema_says() -> None:
    findings = [
        UNKNOWN(at(14, 20, 25), "no 'ngnix'", hint="nginx?", related=(Related(at(3, 1, 2), "this"),)),
        STALE(at(1, 1, 2, path="b.yaml"), "old"),
        TOLD(Loc(""), "new"),
    ]
    jsonschema.validate(json.loads(render(findings, {}, "json")), resources.schema("output/findings"))


def test_json_output_is_ascii_and_reads_back() -> None:
    found = UNKNOWN(at(1, 1, 2), "нет \u202e\x1b[2J \ud800")
    shown = render([found], {}, "json")
    assert shown.isascii()
    assert json.loads(shown) == {"format_version": "1.0", "findings": [as_json(found)]}
    assert json.loads(render([], {}, "json"))["findings"] == []


# -- github ------------------------------------------------------------------------------------------------------------


def test_github_annotation() -> None:
    found = UNKNOWN(
        at(14, 20, 25, path="a,b:100%.yaml"),
        "50% of: this, that\r\nand more",
        hint="mend it",
        related=(Related(at(3, 1, 2, path="web.yaml"), "this one"),),
    )
    assert render([found], {}, "github") == (
        "::error file=a%2Cb%3A100%25.yaml,line=14,endLine=14,col=20,endColumn=25,"
        "title=TAM203 Reference to something that does not exist"
        "::50%25 of: this, that%0Aand more%0ASee web.yaml:3:1: this one%0AHint: mend it\n"
    )


def test_github_has_no_columns_across_lines_and_no_file_without_one() -> None:
    across, nowhere = UNKNOWN(at(1, 3, 2, end_line=4), "x"), STALE(Loc(""), "x")
    assert render([across, nowhere], {}, "github").splitlines() == [
        "::error file=shop.yaml,line=1,endLine=4,title=TAM203 Reference to something that does not exist::x",
        "::warning title=TAM410 Document is stale::x",
    ]


def many(fault: Fault, number: int) -> list[Diagnostic]:
    return [fault(at(line, 1, 2), "x") for line in range(1, number + 1)]


def test_github_shows_ten_of_each_level_worst_first_and_says_what_it_left_out() -> None:
    shown = render([*many(TOLD, 12), *many(STALE, 10), *many(UNKNOWN, 13)], {}, "github").splitlines()
    assert [line.split(" ")[0] for line in shown] == ["::error"] * 10 + ["::warning"] * 10 + ["::notice"] * 10
    assert shown[0].startswith("::error file=shop.yaml,line=1,")
    assert shown[-1].startswith("::notice title=tamspec::Not shown here: 3 errors, 3 info. ")


def test_github_at_the_limit_leaves_nothing_out() -> None:
    shown = render([*many(TOLD, 10), *many(UNKNOWN, 10)], {}, "github").splitlines()
    assert len(shown) == 20
    assert "Not shown" not in shown[-1]
    assert render([], {}, "github") == ""


# -- laws --------------------------------------------------------------------------------------------------------------

HOSTILE = st.text(
    alphabet=st.one_of(
        st.sampled_from("\r\n\t\x1b\x07\x85\u2028\u202e\ufeff:#[]%, \udcff"), st.characters(codec="utf-8")
    )
)
NUMBER = st.integers(1, 6)


@given(text=HOSTILE, path=HOSTILE, words=HOSTILE, span=st.tuples(NUMBER, NUMBER, NUMBER, NUMBER))
def test_no_text_can_speak_for_us(text: str, path: str, words: str, span: tuple[int, int, int, int]) -> None:
    place = Loc(path, *span)
    found = UNKNOWN(place, words, label=words, hint=words, related=(Related(place, words),))
    for name in FORMATS:
        shown = render([found], {path: text.encode(errors="replace")}, name)
        lines = shown.encode().decode().split("\n")
        if name == "github":
            assert len(lines) == 2
            assert lines[0].startswith("::error ")
            continue
        seen = shown.replace("\n", "")
        assert not any(unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") for char in seen)
        assert not any(char in "\u202e\u2066\ufeff\ufffe" for char in seen)
        assert not any(line.lstrip().startswith("::") for line in lines)
        assert "##[" not in shown


@given(before=st.text(alphabet="ab:\t漢\u0301é ", max_size=20), span=st.text(alphabet="xyz", min_size=1, max_size=5))
def test_the_text_over_the_carets_is_the_span(before: str, span: str) -> None:
    before = f"k{before}"
    lines = frame(f"{before}{span}\n", UNKNOWN(at(1, len(before) + 1, len(before) + 1 + len(span)), "here"))
    cells = "".join(
        char + ("" if unicodedata.east_asian_width(char) != "W" else "\0")
        for char in lines[3]
        if not unicodedata.combining(char)
    )
    start = lines[4].index("^")
    assert cells[start : start + lines[4].count("^")] == span
