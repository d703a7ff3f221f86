"""What forges and programs are given of findings: held against the published schemas, and read back."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from program import Workspace, change, run, small

from tamspec import resources, rules
from tamspec.chapters import explained
from tamspec.diagnostics import Diagnostic, Fault, Loc, Related, Severity, Splice
from tamspec.report import FORMATS, render

PUBLISHED = Path(__file__).resolve().parent / "published"
SITE = "https://pages.example.com/portfolio"

UNKNOWN = Fault(code="TAM203", summary="Reference to something that does not exist", manual="Why.\n\nWhat to do.\n")
STALE = Fault(code="TAM410", summary="Document is stale", manual="Why.\n", severity=Severity.WARNING)
TOLD = Fault(code="TAM900", summary="Newer default", manual="Why.\n", severity=Severity.INFO)
KNOWN = {fault.code: fault for fault in (UNKNOWN, STALE, TOLD)}


def at(line: int, column: int, end_column: int, *, path: str = "shop.yaml", end_line: int | None = None) -> Loc:
    return Loc(path, line, column, end_line or line, end_column)


@cache
def sarif_schema() -> jsonschema.protocols.Validator:
    return jsonschema.Draft4Validator(
        json.loads((PUBLISHED / "sarif-2.1.0.json").read_text()), format_checker=jsonschema.FormatChecker()
    )


@cache
def junit_schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(PUBLISHED / "junit-10.xsd"))


def run_of(findings: list[Diagnostic], **others: Any) -> Any:
    """The one run of the SARIF file, which is as the standard wants it."""
    shown = json.loads(render(findings, {}, "sarif", **others))
    sarif_schema().validate(shown)
    [made] = shown["runs"]
    return made


def issues(findings: list[Diagnostic]) -> Any:
    """The code quality report, which is as GitLab wants it, and has no fingerprint twice."""
    shown = json.loads(render(findings, {}, "gitlab"))
    jsonschema.validate(shown, json.loads((PUBLISHED / "gitlab-code-quality.json").read_text()))
    assert len({one["fingerprint"] for one in shown}) == len(shown)
    return shown


def suite(findings: list[Diagnostic], files: dict[str, bytes] | None = None, site: str = "") -> ET.Element:
    """The one suite of the JUnit file, which is as the schema wants it, and no two of its tests are named the same."""
    text = render(findings, files or {}, "junit", site=site)
    junit_schema().validate(text)
    [made] = ET.fromstring(text)  # noqa: S314 - our own text
    names = [(one.get("classname"), one.get("name")) for one in made]
    assert len(names) == len(set(names))
    return made


MANY_KINDS = [
    UNKNOWN(
        at(14, 20, 25, path="projects/a b/ü%.yaml"),
        "no 'ngnix' in [a](b), {0}",
        hint="did you mean 'nginx'?\ntamspec explain TAM203",
        related=(Related(at(3, 1, 2, path="web.yaml"), "this [one](1)"), Related(Loc(""), "nowhere")),
        fix=(Splice(at(14, 20, 25, path="projects/a b/ü%.yaml"), "nginx"),),
    ),
    STALE(at(2, 1, 1, end_line=9), "old"),
    STALE(at(2, 1, 1, end_line=9), "old", label="again"),
    TOLD(Loc(""), "new"),
    TOLD(at(5, 7, 7), "nothing there", fix=(Splice(at(5, 7, 9), ""),)),
]


# -- sarif -------------------------------------------------------------------------------------------------------------


def test_sarif_of_one_finding() -> None:
    made = run_of(MANY_KINDS[:1], manual=KNOWN, site=SITE)
    [rule] = made["tool"]["driver"]["rules"]
    assert rule["id"] == "TAM203"
    assert rule["shortDescription"]["text"] == UNKNOWN.summary
    assert rule["fullDescription"]["text"] == "Why."
    assert rule["help"]["markdown"] == "Why.\n\nWhat to do."
    assert rule["helpUri"] == f"{SITE}/findings/TAM200.html#TAM203"
    assert rule["defaultConfiguration"]["level"] == "error"
    [result] = made["results"]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("TAM203", 0, "error")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "projects/a%20b/%C3%BC%25.yaml", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 14, "startColumn": 20, "endLine": 14, "endColumn": 25}
    assert [one["physicalLocation"]["artifactLocation"]["uri"] for one in result["relatedLocations"]] == [
        "web.yaml",
        "tamspec.yaml",
    ]
    assert result["partialFingerprints"] == {"tamspec/v1": MANY_KINDS[0].fingerprint}
    assert made["columnKind"] == "unicodeCodePoints"
    assert made["invocations"] == [{"executionSuccessful": True}]


def test_sarif_of_every_kind_and_of_none() -> None:
    made = run_of(MANY_KINDS)
    rules_of = made["tool"]["driver"]["rules"]
    assert [one["level"] for one in made["results"]] == ["error", "warning", "warning", "note", "note"]
    assert all(rules_of[one["ruleIndex"]]["id"] == one["ruleId"] for one in made["results"])
    assert len({one["partialFingerprints"]["tamspec/v1"] for one in made["results"]}) == len(MANY_KINDS)
    assert all(one["locations"] for one in made["results"])
    assert run_of([])["results"] == []


def test_sarif_text_is_neither_link_nor_placeholder() -> None:
    [result] = run_of(MANY_KINDS[:1])["results"]
    assert result["message"]["text"].startswith(r"no 'ngnix' in \[a\](b), {{0}}")


def test_sarif_fix_says_what_the_splices_say() -> None:
    splices = (Splice(at(1, 4, 9), "nginx"), Splice(at(2, 1, 1), "# new\n"), Splice(at(2, 6, 7), ""))
    [result] = run_of([UNKNOWN(at(1, 4, 9), "x", fix=splices)])["results"]
    [change_of_file] = result["fixes"][0]["artifactChanges"]
    read = [
        Splice(
            Loc(
                unquote_to_bytes(change_of_file["artifactLocation"]["uri"]).decode(),
                *(one["deletedRegion"][name] for name in ("startLine", "startColumn", "endLine", "endColumn")),
            ),
            one.get("insertedContent", {}).get("text", ""),
        )
        for one in change_of_file["replacements"]
    ]
    assert tuple(read) == splices


def test_sarif_of_a_path_that_is_no_utf_8() -> None:
    path = os.fsdecode(b"projects/\xff:x.yaml")
    [result] = run_of([UNKNOWN(at(1, 1, 2, path=path), "x")])["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "projects/%FF%3Ax.yaml"


def test_sarif_keeps_within_what_an_upload_may_hold() -> None:
    many = [TOLD(at(line, 1, 2), f"x{line}") for line in range(1, 25_001)]
    made = json.loads(render([*many, UNKNOWN(at(99_999, 1, 2), "last")], {}, "sarif"))["runs"][0]
    assert len(made["results"]) == 25_000
    assert made["results"][0]["ruleId"] == "TAM203"
    [notice] = made["invocations"][0]["toolExecutionNotifications"]
    assert "1 info" in notice["message"]["text"]
    crowd = tuple(Related(at(line, 1, 2), "there") for line in range(1, 300))
    [result] = run_of([UNKNOWN(at(1, 1, 2), "x", related=crowd)])["results"]
    assert len(result["relatedLocations"]) == 100


def test_sarif_of_the_whole_manual() -> None:
    findings = [fault(at(1, 1, 2), "x") for fault in rules.MANUAL.values()]
    made = run_of(findings, manual=rules.MANUAL, site=SITE)
    told = made["tool"]["driver"]["rules"]
    assert [one["id"] for one in told] == sorted(rules.MANUAL)
    assert all(0 < len(one["fullDescription"]["text"]) <= 1000 for one in told)


def test_what_a_schema_refuses_would_be_seen() -> None:
    shown = json.loads(render(MANY_KINDS, {}, "sarif"))
    shown["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        sarif_schema().validate(shown)
    with pytest.raises(xmlschema.XMLSchemaException):
        junit_schema().validate(render(MANY_KINDS, {}, "junit").replace("<failure", "<defeat"))


# -- gitlab ------------------------------------------------------------------------------------------------------------


def test_gitlab_of_every_kind_and_of_none() -> None:
    made = issues(MANY_KINDS)
    assert [one["severity"] for one in made] == ["info", "critical", "minor", "minor", "info"]
    assert made[0]["location"] == {"path": "tamspec.yaml", "lines": {"begin": 1, "end": 1}}
    assert made[1]["location"] == {"path": "projects/a b/ü%.yaml", "lines": {"begin": 14, "end": 14}}
    assert made[1]["check_name"] == "TAM203"
    assert "ngnix" in made[1]["description"]
    assert made[1]["fingerprint"] == MANY_KINDS[0].fingerprint
    assert issues([]) == []


def test_equal_fingerprints_become_different_ones_and_stay_so() -> None:
    twice = [UNKNOWN(at(line, 1, 2), "same") for line in (1, 5, 9)]
    first = [one["fingerprint"] for one in issues(twice)]
    moved = [UNKNOWN(at(line, 1, 2), "same") for line in (3, 6, 40)]
    assert first == [one["fingerprint"] for one in issues(moved)]
    assert first[0] == twice[0].fingerprint


# -- junit -------------------------------------------------------------------------------------------------------------


def test_junit_counts_files_that_passed_and_findings() -> None:
    made = suite(MANY_KINDS, {"shop.yaml": b"", "fine.yaml": b"", "also.yaml": b""}, SITE)
    assert {name: made.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "7",
        "failures": "1",
        "errors": "0",
        "skipped": "4",
    }
    assert [one.get("name") for one in made if not len(one)] == ["also.yaml", "fine.yaml"]
    [failure] = made.iter("failure")
    assert failure.get("type") == "TAM203"
    assert failure.get("message", "").startswith("no 'ngnix'")
    assert "projects/a b/ü%.yaml:14:20" in (failure.text or "")
    assert f"{SITE}/findings/TAM200.html#TAM203" in (failure.text or "")
    assert len(suite([])) == 0


# -- markdown ----------------------------------------------------------------------------------------------------------


def test_markdown_is_a_table_for_each_file() -> None:
    shown = render(MANY_KINDS[:3], {}, "markdown", site=SITE)
    assert shown.startswith("**1 error, 2 warnings in 2 files.**\n")
    html = MarkdownIt("gfm-like", {"linkify": False}).render(shown)
    assert html.count("<table>") == 2
    assert f'<td>error <a href="{SITE}/findings/TAM200.html#TAM203">TAM203</a></td>' in html
    assert '<td style="text-align:right">14</td>' in html
    assert "did you mean 'nginx'?" in html
    assert render([], {"a": b""}, "markdown") == "**No findings in 1 file.**\n"


def test_markdown_fits_into_a_comment_and_says_what_it_left_out() -> None:
    findings = [TOLD(at(line, 1, 2, path=f"{line}.yaml"), "x" * 3000) for line in range(1, 200)]
    shown = render([*findings, UNKNOWN(at(1, 1, 2, path="z.yaml"), "the worst")], {}, "markdown")
    assert len(shown.encode()) < 65_536
    assert "the worst" in shown
    kept = shown.count("TAM900")
    assert 30 < kept < 199
    assert f"{199 - kept} info" in shown.splitlines()[-1]


HOSTILE = (
    "<script>x</script> ]]> --> | `c` **b** [x](javascript:x) ![i](http://e.example/i.png) @root #4711"
    " www.e.example https://e.example <b onclick=x> \u202ex \x1b[2J \ud800 \ufffe \\| &lt; $x$ ~~y~~\n# h\n- i\n"
    "::error::x\n##[error]x"
)


def tags(text: str) -> Iterator[str]:
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(text):
        yield token.type
        yield from (child.type for child in token.children or ())


def test_markdown_takes_hostile_text_as_text() -> None:
    def shown(text: str) -> str:
        found = UNKNOWN(at(1, 1, 2, path=text), text, hint=text, related=(Related(at(1, 1, 2, path=text), text),))
        return render([found], {}, "markdown")

    plain = "\n".join(f"plain {number}" for number in range(HOSTILE.count("\n") + 1))
    assert [one for one in tags(shown(HOSTILE)) if one not in ("text", "text_special")] == [
        one for one in tags(shown(plain)) if one not in ("text", "text_special", "code_inline")
    ]
    for bait in ("@root", "#4711", "www.e", "https://", "<script", "<b "):
        assert bait not in shown(HOSTILE)


# -- laws --------------------------------------------------------------------------------------------------------------

TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from("\r\n\t\x1b\x00\x85\u2028\u202e\ufffe\uffff:#[](){}<>&\"'|`@%, \udcff"),
        st.characters(codec="utf-8"),
    )
)
NUMBER = st.integers(1, 6)


@given(path=TEXT, words=TEXT, span=st.tuples(NUMBER, NUMBER, NUMBER, NUMBER))
def test_whatever_the_text_says_the_forms_are_kept(path: str, words: str, span: tuple[int, int, int, int]) -> None:
    place = Loc(path, *span)
    found = UNKNOWN(place, words, hint=words, related=(Related(place, words),), fix=(Splice(place, "x"),))
    # The same place and words twice, and a plain neighbour.
    findings = [found, UNKNOWN(place, words), STALE(place, "x")]
    files = {path: b"", words: b""}
    assert len(run_of(findings)["results"]) == 3
    assert json.loads(render(findings, files, "gitlab"))
    assert len(suite(findings, files)) >= 3
    for name in FORMATS:
        assert render(findings, files, name).encode().decode() == render(findings, files, name)


# -- the program -------------------------------------------------------------------------------------------------------


@pytest.fixture
def faulty(tmp_path: Path) -> Workspace:
    """Two errors, and a place where pages are published."""
    workspace = small(tmp_path / "w")
    workspace.edit("tamspec.yaml", "sources:", f"site: {SITE}\nsources:")
    workspace.write("projects/other.yaml", change("other", "shpo", "net"))
    return workspace


@pytest.fixture
def planned(tmp_path: Path) -> Workspace:
    """A finding of the rules, so that there is a plan."""
    workspace = small(tmp_path / "w")
    workspace.edit("projects/shop/launch.yaml", "[net, os]", "[net]")
    assert workspace.findings()
    return workspace


def outputs(*formats: str) -> list[str]:
    return [word for one in formats for word in ("--output-format", one)]


def test_one_run_feeds_console_annotations_and_files(faulty: Workspace) -> None:
    alone = {name: faulty.run("validate", *outputs(name)).out for name in FORMATS}
    others = [f"{name}=reports/deep/{name}.out" for name in FORMATS]
    answer = faulty.run("validate", *outputs("github", *others))
    assert (answer.code, answer.err) == (1, "")
    assert answer.out == alone["github"]
    assert {name: faulty.text(f"reports/deep/{name}.out") for name in FORMATS} == alone
    assert [path for path in faulty.files() if path.endswith(".draft")] == []


def test_files_are_taken_from_the_folder_of_the_call(faulty: Workspace) -> None:
    faulty.run("-C", "projects", "--output-format", "sarif=../a.sarif", "validate", "--output-format", "junit=../x.xml")
    assert json.loads(faulty.text("a.sarif"))["version"] == "2.1.0"
    assert faulty.text("x.xml").startswith("<?xml")


@pytest.mark.parametrize("command", ["validate", "plan", "build"])
def test_json_is_the_whole_result_and_the_others_are_the_findings(planned: Workspace, command: str) -> None:
    answer = planned.run(command, *outputs("sarif", "json=r.json", "gitlab=r.gl"))
    assert answer.code == 1
    assert answer.err == ""
    [result] = json.loads(answer.out)["runs"][0]["results"]
    [issue] = json.loads(planned.text("r.gl"))
    whole = json.loads(planned.text("r.json"))
    assert result["ruleId"] == issue["check_name"] == whole["findings"][0]["code"] == "TAM401"
    assert ("orders" in whole) == (command != "validate")
    schema = resources.schema("output/findings" if command == "validate" else "output/plan")
    jsonschema.validate(whole, schema)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("-q", "validate"), "gitlab"),
        (("plan",), "sarif"),
        (("-q", "plan"), "junit"),
        (("build",), "markdown"),
        (("-q", "build"), "sarif"),
        (("render",), "github"),
        (("-q", "render"), "gitlab"),
    ],
)
def test_a_machine_gets_its_form_and_nothing_else(tmp_path: Path, arguments: tuple[str, ...], name: str) -> None:
    workspace = small(tmp_path)
    answer = workspace.ok(*arguments, *outputs(name, f"{name}=same"))
    files = {path: b"" for path in workspace.files() if path.startswith(("catalog/", "projects/"))}
    assert (answer.out, answer.err) == (render([], files, name), "")
    assert workspace.text("same") == answer.out


def test_a_tree_that_does_not_load_is_reported_by_every_command(faulty: Workspace) -> None:
    for command in ("plan", "build", "render", "status"):
        offered = "json" if command == "status" else "sarif"
        answer = faulty.run(command, *outputs(f"{offered}=r"))
        assert answer.code == 1
        assert "TAM203" in answer.out
        assert "TAM203" in faulty.text("r")
        (faulty.root / "r").unlink()


def test_a_full_file_holds_what_the_console_shows(planned: Workspace) -> None:
    shown = planned.run("plan").out
    planned.run("plan", *outputs("json", "full=plan.txt"))
    assert planned.text("plan.txt") == shown
    assert "launch" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("validate", "--output-format", "sarfi"), "'sarif'"),
        (("validate", "--output-format", "nonsense"), "full, concise"),
        (("validate", "--output-format", "sarfi=x"), "'sarif'"),
        (("validate", "--output-format", "sarif="), "'sarif='"),
        (("validate", "--output-format", "sarif=-"), "console"),
        (("validate", "--output-format", "sarif", "--output-format", "full"), "=FILE"),
        (("--output-format", "sarif", "validate", "--output-format", "full"), "=FILE"),
        (("validate", "--output-format", "sarif=x", "--output-format", "junit=x"), "x"),
        (("validate", "--output-format", "json=projects/x.json"), "own files"),
        (("validate", "--output-format", "json=.git/x"), "own files"),
        (("validate", "--output-format", "json=tamspec.yaml"), "own files"),
        (("validate", "--output-format", "json=folder"), "folder"),
        (("validate", "--output-format", "json=fifo"), "fifo"),
        (("validate", "--output-format", "json=plain/x"), "plain"),
        (("validate", "--output-format", "json=out/x"), "link"),
        (("validate", "--output-format", f"json={'x' * 300}"), "xxx"),
        (("status", "--output-format", "sarif"), "json"),
        (("render", "--output-format", "json"), "sarif"),
        (("today", "--output-format", "sarif=x"), "full"),
        (("today", "--output-format", "full=x"), "full"),
        (("apply", "--output-format", "full=x"), "full"),
        (("order", "start", "net/configure", "--output-format", "json"), "full"),
    ],
)
def test_what_cannot_be_written_is_said_in_a_sentence(faulty: Workspace, arguments: tuple[str, ...], said: str) -> None:
    (faulty.root / "folder").mkdir()
    os.mkfifo(faulty.root / "fifo")
    faulty.write("plain", "text")
    (faulty.root / "out").symlink_to(faulty.root.parent)
    before = faulty.files()
    answer = faulty.run(*arguments, *outputs("gitlab=other.json") if arguments[0] == "validate" else ())
    assert answer.code == 2
    assert answer.err.startswith("tamspec: ")
    assert said in answer.err
    assert answer.out == ""
    assert faulty.files() == before


def test_a_link_is_replaced_not_followed(faulty: Workspace) -> None:
    outside = faulty.root.parent / "outside"
    outside.write_text("mine")
    (faulty.root / "r.json").symlink_to(outside)
    faulty.run("validate", *outputs("json=r.json"))
    assert outside.read_text() == "mine"
    assert "TAM203" in faulty.text("r.json")


def test_the_address_of_the_manual_is_told_where_pages_are_published(faulty: Workspace) -> None:
    url = f"{SITE}/findings/TAM200.html#TAM203"
    [found] = faulty.run("validate", *outputs("json")).data["findings"]
    assert found["url"] == url
    for name in ("full", "github", "sarif", "junit", "markdown"):
        assert url in faulty.run("validate", *outputs(name)).out
    faulty.edit("tamspec.yaml", SITE, "http://pages.example.com/")
    assert "TAM1" in faulty.run("validate", *outputs("concise")).out


def test_the_published_page_has_an_anchor_for_every_code(planned: Workspace) -> None:
    planned.run("render", "--out", "site")
    page = planned.text("site/findings.html")
    for code in rules.MANUAL:
        assert f'id="{code}"' in page, "links to the list of all codes are good for ever"
        assert f'href="{explained(code)}"' in page
        path, _, anchor = explained(code).partition("#")
        assert f'id="{anchor}"' in planned.text(f"site/{path}")
    assert 'href="findings.html"' in planned.text("site/index.html")
    assert 'href="../../findings.html"' in planned.text("site/projects/shop/index.html")


def test_help_names_every_format(tmp_path: Path) -> None:
    told = " ".join(run(tmp_path, "--help").out.split())
    assert all(name in told for name in FORMATS)
