"""Every file of `tests/cases/` is a test: `# expect: TAM301` at the end of a line says what is found there, and nothing
else may be.

A case goes the whole way from text to findings, together with `_prelude.yaml` unless its first line is `# alone`.
"""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tamspec import load, plan, resources, rules
from tamspec.desk import faults as usage
from tamspec.diagnostics import Diagnostic, Fault
from tamspec.model.workspace import Settings
from tamspec.render import faults as render
from tamspec.sla import faults as history

CASES = Path(__file__).parent / "cases"
PRELUDE = CASES / "_prelude.yaml"
ROOT = CASES.parents[1]
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday."""
SCHEMAS = {name: resources.schema(name) for name in resources.schema_names()}
NAMES = sorted(path.name for path in CASES.glob("*.yaml") if path != PRELUDE)

SHOWN_ELSEWHERE: dict[str, str] = {
    "TAM016": "tests/test_traps.py::test_file_that_cannot_be_read_is_one_finding_and_all_else_is_judged",
    "TAM398": "tests/test_promises.py::test_what_was_signed_is_not_edited",
    "TAM481": "tests/test_plugins.py::test_plugin_that_is_not_installed",
    "TAM482": "tests/test_plugins.py::test_plugin_that_cannot_be_used",
    "TAM483": "tests/test_plugins.py::test_rule_that_fails_is_a_finding_and_the_others_go_on",
    "TAM490": "tests/test_incidents.py::test_what_is_no_export_at_all",
    "TAM491": "tests/test_incidents.py::test_rows_that_cannot_be_read_are_counted",
    "TAM492": "tests/test_incidents.py::test_a_column_that_is_not_there",
    "TAM493": "tests/test_incidents.py::test_unknown_words_and_impossible_times",
    "TAM494": "tests/test_incidents.py::test_unknown_words_and_impossible_times",
    "TAM495": "tests/test_incidents.py::test_times_without_a_zone",
    "TAM496": "tests/test_incidents.py::test_unknown_words_and_impossible_times",
    "TAM497": "tests/test_incidents.py::test_unknown_words_and_impossible_times",
    "TAM498": "tests/test_incidents.py::test_a_row_for_each_incident",
    "TAM499": "tests/test_incidents.py::test_a_row_for_each_incident",
    "TAM500": "tests/test_incidents.py::test_every_incident_is_judged_excluded_or_refused",
    "TAM528": "tests/test_reviews.py::test_the_same_cause_after_its_actions_were_done",
    "TAM529": "tests/test_reviews.py::test_incidents_that_keep_coming_are_reviewed_together",
    "TAM566": "tests/test_register_documents.py::test_an_edit_of_a_covered_file_makes_a_document_stale",
    "TAM567": "tests/test_register_documents.py::test_a_demanded_document_that_nobody_brings_up_to_date_is_an_error",
    "TAM568": "tests/test_register_documents.py::test_an_interval_that_is_over",
    "TAM569": "tests/test_register_documents.py::test_what_is_not_there",
    "TAM570": "tests/test_register_documents.py::test_a_phase_demands_documents",
    "TAM573": "tests/test_register_documents.py::test_a_shallow_clone_does_not_know",
    "TAM581": "tests/test_registers.py::test_two_attacks_in_a_month_demand_a_risk",
    "TAM548": "tests/test_roles.py::test_who_is_not_trained_holds_no_project_alone",
    "TAM598": "tests/test_client_capacity.py::test_files_that_cannot_be_read",
    "TAM599": "tests/test_client_capacity.py::test_rows_that_cannot_be_used",
    "TAM600": "tests/test_site.py::test_a_template_that_fails_is_a_finding_and_the_rest_is_printed",
    "TAM601": "tests/test_languages.py::test_a_broken_language_is_a_finding_and_the_rest_is_written",
    "TAM602": "tests/test_languages.py::test_a_language_is_added_as_data_alone",
    "TAM207": "tests/test_cli.py::test_a_source_folder_that_does_not_exist",
}
"""Code → the test that shows it, where no text file of a case can."""

Found = set[tuple[str, int, str]]


def findings(files: dict[str, bytes]) -> tuple[Diagnostic, ...]:
    """Everything that is found in a workspace of these files."""
    loaded = load.load(files, Settings(), SCHEMAS)
    found = loaded.findings
    if not found.errors:
        state = plan.fold(loaded.events)
        found += rules.spec_rules(loaded.workspace)
        found += rules.ledger_rules(loaded.workspace, loaded.events, state)
        planned, more = plan.make(loaded.workspace, state, AT)
        found += more
        found += rules.plan_rules(loaded.workspace, state, planned)
        found += rules.work_rules(loaded.workspace, state, planned)
    return rules.weighed(found, Settings(), files).all


def files_of(name: str) -> dict[str, bytes]:
    """The files of a case, the prelude among them unless it stands alone."""
    content = (CASES / name).read_bytes()
    alone = content.startswith(b"# alone\n")
    return {name: content} if alone else {name: content, PRELUDE.name: PRELUDE.read_bytes()}


def expected(name: str, content: bytes) -> Found:
    """What the comments of a file expect: file, line, code."""
    lines = content.decode(errors="replace").split("\n")
    marked = ((number, re.search(r"# expect:(.*)", line)) for number, line in enumerate(lines, start=1))
    return {(name, number, code) for number, mark in marked if mark for code in re.findall(r"TAM\d{3}", mark[1])}


def codes_of(name: str) -> set[str]:
    return {code for _, _, code in expected(name, (CASES / name).read_bytes())}


@functools.cache
def found_in(name: str) -> tuple[Diagnostic, ...]:
    return findings(files_of(name))


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str) -> None:
    files, found = files_of(name), found_in(name)
    shown = "\n".join(f"{one.at}:{one.at.column} {one.code} {one.detail} {one.hint}" for one in found)
    assert {(one.at.path, one.at.line, one.code) for one in found} == expected(name, files[name]), shown


@pytest.mark.parametrize("name", NAMES)
def test_case_is_named_for_what_it_shows(name: str) -> None:
    match = re.fullmatch(r"(TAM\d{3})-([a-z0-9]+-)*[a-z0-9]+\.yaml", name)
    assert match
    assert match[1] in rules.MANUAL
    assert not codes_of(name) or match[1] in codes_of(name)


@pytest.mark.parametrize("code", sorted(set(rules.MANUAL) - set(SHOWN_ELSEWHERE)))
def test_code_has_a_bad_and_a_good_case(code: str) -> None:
    own = [codes_of(name) for name in NAMES if name.startswith(code)]
    assert any(code in codes for codes in own), "no case shows it"
    assert any(not codes for codes in own), "no case shows how it is done right"


@pytest.mark.parametrize("fault", rules.MANUAL.values(), ids=lambda fault: fault.code)
def test_finding_has_a_manual(fault: Fault) -> None:
    why, _, what_to_do = fault.manual.strip().partition("\n\n")
    assert why.endswith((".", ":"))
    assert what_to_do.endswith((".", "`."))
    assert len(re.findall(r"[.?!:;](?=\s|$)", fault.manual)) >= 2
    assert not fault.summary.endswith(".")


def test_codes_are_given_once() -> None:
    codes = [
        fault.code
        for fault in (*load.FAULTS, *plan.FAULTS, *history.FAULTS, *usage.FAULTS, *render.FAULTS, *rules.RULES)
    ]
    assert sorted(set(codes)) == sorted(codes)
    assert list(rules.MANUAL) == sorted(codes)


def test_what_is_shown_elsewhere_is_shown() -> None:
    for code, test in SHOWN_ELSEWHERE.items():
        path, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), code


def test_reference_is_current() -> None:
    written = (ROOT / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")
    assert written == rules.reference(), "docs/reference/rules.md is out of date: run make update"


def test_findings_do_not_depend_on_the_order_of_files() -> None:
    names = [name for name in NAMES if codes_of(name) and min(codes_of(name)) >= "TAM3"]
    for name in names:
        turned = dict(reversed(files_of(name).items()))
        assert findings(turned) == found_in(name)
