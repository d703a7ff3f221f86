"""Findings as SARIF 2.1.0, the interchange format of static analysis (OASIS standard of 27 March 2020)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import quote

from tamspec import __version__
from tamspec.diagnostics import Diagnostic, Fault, Loc, Severity, Splice
from tamspec.report.sheet import SETTINGS, Sheet, address, identities, tally, worst_first
from tamspec.report.text import clipped, json_text, lines

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_WEIGHTS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}

# What GitHub takes of an upload; it refuses a file with more results, and does not show more of the others.
_RESULTS = 25_000
_RELATED = 100
_DESCRIPTION = 1_000

_LINK = re.compile(r"[\\\[\]]")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")

Object = dict[str, Any]


def sarif(sheet: Sheet) -> str:
    """One run. The worst findings stand first, since readers show only so many."""
    ranked = worst_first(sheet.findings)
    shown, left = ranked[:_RESULTS], ranked[_RESULTS:]
    codes = {found.code: found for found in reversed(shown)}
    index = {code: number for number, code in enumerate(sorted(codes))}
    rules = [_rule(codes[code], sheet.manual.get(code), sheet.site) for code in index]
    run = {
        "tool": {"driver": {"name": "tamspec", "semanticVersion": __version__, "rules": rules}},
        "invocations": [_invocation(left)],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [_result(found, identity, index) for found, identity in zip(shown, identities(shown), strict=True)],
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _invocation(left: Sequence[Diagnostic]) -> Object:
    # It did what it was asked for, whatever it found.
    made: Object = {"executionSuccessful": True}
    if left:
        told = f"Not in this file: {tally(left)}. `tamspec validate` lists all."
        made["toolExecutionNotifications"] = [{"level": "warning", "message": {"text": told}}]
    return made


def _rule(found: Diagnostic, fault: Fault | None, site: str) -> Object:
    """What is known of a code, with its manual where there is one."""
    manual = fault.manual.strip() if fault else ""
    why = " ".join(manual.partition("\n\n")[0].split()) or found.summary
    severity = fault.severity if fault else found.severity
    url = address(found.code, site)
    return {
        "id": found.code,
        "shortDescription": {"text": clipped(found.summary, _DESCRIPTION)},
        "fullDescription": {"text": clipped(why, _DESCRIPTION)},
        "help": {"text": manual or found.summary, "markdown": manual or found.summary},
        **({"helpUri": url} if url else {}),
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {"problem.severity": _WEIGHTS[severity]},
    }


def _result(found: Diagnostic, identity: str, index: Mapping[str, int]) -> Object:
    hint = f"\nHint: {found.hint}" if found.hint else ""
    made: Object = {
        "ruleId": found.code,
        "ruleIndex": index[found.code],
        "level": _LEVELS[found.severity],
        "message": _message(found.detail + hint),
        "locations": [_location(found.at)],
        # Not `primaryLocationLineHash`: the upload to GitHub makes that itself, and complains of any other.
        "partialFingerprints": {"tamspec/v1": identity},
    }
    if found.related:
        made["relatedLocations"] = [
            {"id": number, **_location(other.at), "message": _message(other.message)}
            for number, other in enumerate(found.related[:_RELATED], start=1)
        ]
    if found.fix:
        made["fixes"] = [{"description": _message(found.hint or found.summary), "artifactChanges": _changes(found)}]
    return made


def _changes(found: Diagnostic) -> list[Object]:
    """The mend, file by file."""
    by_file = groupby(sorted(set(found.fix)), key=lambda one: one.at.path)
    return [
        {"artifactLocation": _artifact(path), "replacements": [_replacement(one) for one in splices]}
        for path, splices in by_file
    ]


def _replacement(one: Splice) -> Object:
    return {"deletedRegion": _region(one.at)} | ({"insertedContent": {"text": one.text}} if one.text else {})


def _location(at: Loc) -> Object:
    return {"physicalLocation": {"artifactLocation": _artifact(at.path), "region": _region(at)}}


def _artifact(path: str) -> Object:
    # Of what stands in no file GitHub would refuse the whole upload. Git knows bytes, and so do addresses.
    content = (path or SETTINGS).encode(errors="surrogateescape")
    return {"uri": quote(content, safe="/"), "uriBaseId": _ROOT}


def _region(at: Loc) -> Object:
    """Lines and columns from 1, the end exclusive: as ours."""
    end = max((at.line, at.column), (at.end_line, at.end_column))
    return {"startLine": at.line, "startColumn": at.column, "endLine": end[0], "endColumn": end[1]}


def _message(text: str) -> Object:
    """Text in which nothing is a link or a placeholder, as the standard (3.11) would read it."""
    shown = "\n".join(lines(text))
    if "](" in shown:
        shown = _LINK.sub(r"\\\g<0>", shown)
    return {"text": _PLACEHOLDER.sub(r"{{\1}}", shown)}
