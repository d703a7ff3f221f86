"""What a workspace makes of findings: severities, comments, what is selected, what is new, what is mended."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from program import ROOT, Workspace, small

from tamspec import rules
from tamspec.load import yaml as loader
from tamspec.rules import comments
from tamspec.rules.codes import meant, way_out

SETTINGS = "apiVersion: tamspec/v1\nsources: [catalog, projects]\n"
SERVICE = """\
apiVersion: tamspec/v1
kind: Service
metadata: {name: telephone}
spec:
  family: voice
  supportedBy: network
  procedures:
    provision:
      steps:
        connect: {department: network, effort: 2h}
"""
"""TAM309 at its third line."""
NAME = "metadata: {name: telephone}"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """A workspace with one warning: TAM309 at catalog/telephone.yaml:3."""
    workspace = small(tmp_path / "shop")
    workspace.write("catalog/telephone.yaml", SERVICE)
    return workspace


def told(shop: Workspace, *arguments: str) -> list[tuple[str, str]]:
    """Code and severity of everything that `validate` shows."""
    answer = shop.run("validate", "--output-format", "json", *arguments)
    return [(one["code"], one["severity"]) for one in answer.data["findings"]]


def places(shop: Workspace) -> list[tuple[str, str]]:
    return [(one["code"], f"{one['path']}:{one['line']}:{one['column']}") for one in shop.findings()]


def say(shop: Workspace, *lines: str) -> None:
    shop.write("tamspec.yaml", SETTINGS + "".join(f"{line}\n" for line in lines))


# -- severities --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "code"), [("error", 1), ("warning", 0), ("info", 0)])
def test_severity_is_what_the_workspace_says(shop: Workspace, word: str, code: int) -> None:
    say(shop, f"rules: {{TAM309: {word}}}")
    assert told(shop) == [("TAM309", word)]
    assert shop.run("validate").code == code


def test_what_is_ignored_is_not_told_and_not_by_the_plan_either(shop: Workspace) -> None:
    say(shop, "rules: {TAM309: ignore}")
    assert told(shop) == []
    assert "TAM309" not in shop.ok("plan").said


def test_severity_of_an_unknown_code_is_found_at_the_key(shop: Workspace) -> None:
    say(shop, "rules:", "  tam309: info")
    assert places(shop) == [("TAM309", "catalog/telephone.yaml:3:18"), ("TAM471", "tamspec.yaml:4:3")]
    assert "TAM309" in next(one["hint"] for one in shop.findings() if one["code"] == "TAM471")


def test_what_cannot_be_read_stays_an_error(shop: Workspace) -> None:
    say(shop, "rules:", "  TAM203: ignore")
    shop.edit("catalog/telephone.yaml", "supportedBy: network", "supportedBy: nowhere")
    assert ("TAM472", "tamspec.yaml:4:11") in places(shop)
    assert ("TAM203", "error") in told(shop)


def test_to_say_that_an_error_is_an_error_is_fine(shop: Workspace) -> None:
    say(shop, "rules: {TAM203: error}")
    assert told(shop) == [("TAM309", "warning")]


# -- comments ----------------------------------------------------------------------------------------------------------

REASON = "goes with the building"


@pytest.mark.parametrize(
    "written",
    [
        f"{NAME}  # tamspec: ignore[TAM309] {REASON}",
        f"# tamspec: ignore[TAM309] {REASON}\n{NAME}",
        f"# tamspec: ignore[TAM309] {REASON}\r\n{NAME}",
        f"#tamspec:ignore[ TAM309 ] {REASON}\n{NAME}",
        f"# tamspec: ignore[TAM309] {REASON}\n# tamspec: ignore[TAM454] {REASON}\n{NAME}",
    ],
    ids=["behind", "above", "above-crlf", "without-spaces", "two-above"],
)
def test_comment_passes_over_a_finding(shop: Workspace, written: str) -> None:
    shop.edit("catalog/telephone.yaml", NAME, written)
    assert told(shop) == []


def test_comment_means_its_own_line_only(shop: Workspace) -> None:
    shop.edit("catalog/telephone.yaml", NAME, f"{NAME}\n# tamspec: ignore[TAM309] {REASON}")
    assert sorted(code for code, _ in told(shop)) == ["TAM309", "TAM474"]


@pytest.mark.parametrize(
    "text",
    [
        "  description: |\n    Write\n    # tamspec: ignore[TAM309] why\n",
        "  description: >-\n    # tamspec: ignore[TAM309] why\n\n",
        '  description: "say # tamspec: ignore[TAM309] why"\n',
        "  description: 'say\n    # tamspec: ignore[TAM309] why'\n",
    ],
    ids=["block", "folded", "quoted", "quoted-over-lines"],
)
@pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "pure"])
def test_words_of_a_text_are_no_comment(text: str, pure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if pure:
        monkeypatch.setattr(comments, "PARSER", loader.PureParser)
    assert comments.ignores("a.yaml", f"spec:\n{text}  family: voice\n".encode()) == ()


@pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "pure"])
def test_comment_behind_the_sign_and_below_a_block_text_counts(pure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if pure:
        monkeypatch.setattr(comments, "PARSER", loader.PureParser)
    text = "a: |  # tamspec: ignore[TAM309] why\n  text\n# tamspec: ignore[TAM308] why\nb: 1\n"
    assert [(one.line, one.codes[0].code) for one in comments.ignores("a", text.encode())] == [
        (1, "TAM309"),
        (4, "TAM308"),
    ]


def test_nothing_is_called_unused_while_something_cannot_be_read(shop: Workspace) -> None:
    shop.edit("catalog/telephone.yaml", NAME, f"{NAME}  # tamspec: ignore[TAM302] {REASON}")
    shop.edit("projects/shop/project.yaml", "client: acme", "client: acne")
    assert "TAM474" not in dict(told(shop))


def test_comment_about_what_depends_on_the_day_is_never_unused(shop: Workspace) -> None:
    shop.edit("projects/shop/launch.yaml", "  requiredBy", "  # tamspec: ignore[TAM454] agreed by phone\n  requiredBy")
    assert told(shop) == [("TAM309", "warning")]


def test_comment_passes_over_what_only_the_plan_finds(shop: Workspace) -> None:
    shop.edit("projects/shop/launch.yaml", "2026-12-18", "2026-11-23")
    assert "TAM454" in shop.run("build", "--out", str(shop.root.parent / "site")).said
    shop.edit("projects/shop/launch.yaml", "2026-11-23", "2026-11-23 # tamspec: ignore[TAM454] agreed by phone")
    assert "TAM454" not in shop.run("build", "--out", str(shop.root.parent / "site")).said


def test_files_without_the_words_are_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comments, "PARSER", lambda _: pytest.fail("parsed for nothing"))
    assert comments.ignores("a.yaml", b"apiVersion: tamspec/v1\n# TAM309\n") == ()


# -- what is selected --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        (["--select", "TAM3"], ["TAM309"]),
        (["--select", "TAM454,tam309"], ["TAM309"]),
        (["--select", "TAM4"], []),
        (["--ignore", "TAM309"], []),
        (["--ignore", "TAM4", "--ignore", "TAM302"], ["TAM309"]),
        (["--select", "TAM", "--ignore", "TAM3"], []),
    ],
)
def test_selection(shop: Workspace, arguments: list[str], codes: list[str]) -> None:
    say(shop, "rules: {TAM309: error}")
    answer = shop.run("validate", "--output-format", "json", *arguments)
    assert [one["code"] for one in answer.data["findings"]] == codes
    assert answer.code == bool(codes)
    assert bool(answer.err.strip()) == (not codes)


def test_what_cannot_be_read_is_told_whatever_is_selected(shop: Workspace) -> None:
    shop.edit("catalog/telephone.yaml", "supportedBy: network", "supportedBy: nowhere")
    assert [code for code, _ in told(shop, "--select", "TAM3")] == ["TAM203"]
    assert shop.run("validate", "--select", "TAM3").code == 1


@pytest.mark.parametrize("arguments", [["--select", "TAM43"], ["--ignore", "TMA309"], ["--ignore", "TAM203"]])
def test_selection_of_nothing_is_a_usage_error(shop: Workspace, arguments: list[str]) -> None:
    assert shop.run("validate", *arguments).code == 2


def test_unknown_codes_suggest_only_what_can_have_been_meant() -> None:
    assert meant("tma309", rules.MANUAL) == "TAM309"
    assert meant("ТАМ309", rules.MANUAL) == "TAM309"  # typed on another keyboard
    assert meant("TAM2033", rules.MANUAL) == "TAM203"
    assert meant("TAM999", rules.MANUAL) is None
    assert "TAM401" in way_out("TAM439", rules.MANUAL)


def test_path_means_itself_and_not_what_begins_alike(shop: Workspace) -> None:
    for name in ("shop-two", "two"):
        text = shop.text("projects/shop/project.yaml").replace("{name: shop", f"{{name: {name}")
        shop.write(f"projects/{name}/project.yaml", text.replace("client: acme", "client: acne"))
    assert told(shop, "projects/shop") == []
    assert told(shop, "projects/shop-two") == [("TAM203", "error")]
    assert told(shop, "projects/two/project.yaml", "projects/shop") == [("TAM203", "error")]
    assert len(told(shop, ".", "projects/two")) == 3


def test_only_files_within_the_path_pass(shop: Workspace) -> None:
    report = shop.run("validate", "--output-format", "junit", "projects").out
    assert report.count("<testcase ") == 2
    assert "catalog/" not in report
    assert shop.run("validate", "projects").out == "No findings in 2 files.\n"


# -- what is new -------------------------------------------------------------------------------------------------------


def test_only_what_the_branch_brought(shop: Workspace) -> None:
    shop.start_git()
    assert told(shop, "--new-from", "HEAD") == []
    shop.write("catalog/a-mail.yaml", SERVICE.replace("telephone", "mail"))
    shop.write("catalog/telephone.yaml", f"# moved down\n\n{SERVICE}")
    answer = shop.run("validate", "--output-format", "json", "--new-from", "HEAD")
    assert [(one["code"], one["path"]) for one in answer.data["findings"]] == [("TAM309", "catalog/a-mail.yaml")]
    assert "1 finding that the revision has too" in answer.err


def test_branch_cannot_lower_its_own_bar(shop: Workspace) -> None:
    say(shop, "rules: {TAM309: error}")
    shop.start_git()
    say(shop, "rules: {TAM309: ignore}")
    shop.write("catalog/mail.yaml", SERVICE.replace("telephone", "mail"))
    assert told(shop) == []
    assert told(shop, "--new-from", "HEAD") == [("TAM309", "error")]


def test_comments_of_the_branch_count(shop: Workspace) -> None:
    shop.start_git()
    text = SERVICE.replace("telephone", "mail").replace("mail}", f"mail}} # tamspec: ignore[TAM309] {REASON}")
    shop.write("catalog/mail.yaml", text)
    assert told(shop, "--new-from", "HEAD") == []


def test_equal_findings_are_counted(shop: Workspace) -> None:
    twice = "\n    grow: {onChange: {a: any, b: any}, steps: {x: {department: network, effort: 1h}}}\n"
    shop.edit(
        "catalog/telephone.yaml", "  procedures:", f"  params:\n    a: {{type: string}}\n  procedures:{twice}"[:-1]
    )
    shop.start_git()
    before = told(shop)
    assert told(shop, "--new-from", "HEAD") == []
    assert before


def test_revision_that_is_not_there(shop: Workspace) -> None:
    shop.start_git()
    assert shop.run("validate", "--new-from", "nowhere").code == 2


# -- what is mended ----------------------------------------------------------------------------------------------------

STALE = f"# tamspec: ignore[TAM302] {REASON}"


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        (f"{NAME}  {STALE}", NAME),
        (f"{STALE}\n{NAME}", NAME),
        (f"{NAME} # tamspec: ignore[TAM302, TAM309] {REASON}", f"{NAME} # tamspec: ignore[TAM309] {REASON}"),
    ],
    ids=["behind", "above", "one-of-two"],
)
def test_unused_comment_is_taken_out(shop: Workspace, written: str, mended: str) -> None:
    shop.edit("catalog/telephone.yaml", NAME, written)
    shop.ok("validate", "--fix")
    assert shop.text("catalog/telephone.yaml") == SERVICE.replace(NAME, mended)
    assert "TAM474" not in dict(told(shop))


def test_unused_comment_at_the_end_of_a_file_without_line_end(shop: Workspace) -> None:
    shop.write("catalog/telephone.yaml", f"{SERVICE}{STALE}")
    shop.ok("validate", "--fix")
    assert shop.text("catalog/telephone.yaml") == SERVICE


def test_diff_is_what_fix_does_and_writes_nothing(shop: Workspace) -> None:
    shop.edit("catalog/telephone.yaml", NAME, f"{NAME}  {STALE}")
    shop.start_git()
    before = shop.files()
    answer = shop.run("validate", "--diff")
    assert answer.code == 1
    assert shop.files() == before
    shop.ok("validate", "--fix")
    fixed = shop.text("catalog/telephone.yaml")
    shop.git("checkout", "--quiet", "--", ".")
    (shop.root.parent / "mend.patch").write_text(answer.out, encoding="utf-8")
    shop.git("apply", str(shop.root.parent / "mend.patch"))
    assert shop.text("catalog/telephone.yaml") == fixed
    assert shop.run("validate", "--diff").code == 0


def test_fix_mends_only_what_is_shown(shop: Workspace) -> None:
    shop.edit("catalog/telephone.yaml", NAME, f"{NAME}  {STALE}")
    before = shop.files()
    shop.ok("validate", "--fix", "--ignore", "TAM474")
    shop.ok("validate", "--fix", "projects")
    assert shop.files() == before


def test_fix_keeps_the_mode(shop: Workspace) -> None:
    shop.edit("catalog/telephone.yaml", NAME, f"{NAME}  {STALE}")
    target = shop.root / "catalog" / "telephone.yaml"
    target.chmod(0o640)
    shop.ok("validate", "--fix")
    assert STALE not in shop.text("catalog/telephone.yaml")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_fix_writes_through_no_link(shop: Workspace) -> None:
    say(shop, "title: no", "rules: {TAM309: ignore}")
    text = shop.text("tamspec.yaml")
    (shop.root / "tamspec.yaml").rename(shop.root / "settings.txt")
    (shop.root / "tamspec.yaml").symlink_to("settings.txt")
    answer = shop.run("validate", "--fix")
    assert "tamspec.yaml is left as it is" in answer.err or answer.code == 2
    assert shop.text("settings.txt") == text


def test_ledger_is_never_mended(shop: Workspace) -> None:
    shop.ok("apply")
    (entry,) = shop.ledger()
    shop.write(entry, shop.text(entry) + STALE + "\n")
    before = shop.text(entry)
    assert "TAM474" in dict(told(shop))
    shop.ok("validate", "--fix")
    assert shop.text(entry) == before


def test_settings_are_mended_too(shop: Workspace) -> None:
    say(shop, "title: no", "rules: {TAM309: ignore}")
    assert dict(told(shop)) == {"TAM015": "warning"}
    shop.ok("validate", "--fix")
    assert told(shop) == []
    assert shop.text("tamspec.yaml").endswith('title: "no"\nrules: {TAM309: ignore}\n')


# -- the list of rules -------------------------------------------------------------------------------------------------


def test_rules_as_json_keep_their_schema(shop: Workspace) -> None:
    from jsonschema import Draft202012Validator

    data: Any = json.loads(shop.ok("rules", "--output-format", "json").out)
    Draft202012Validator(json.loads((ROOT / "schemas/output/rules.schema.json").read_text(encoding="utf-8"))).validate(
        data
    )
    by_code = {one["code"]: one for one in data["rules"]}
    assert by_code.keys() == rules.MANUAL.keys()
    assert not by_code["TAM203"]["can_be_lowered"]
    assert by_code["TAM309"]["chapter"] == "Services"
