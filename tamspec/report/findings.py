"""Findings in every form that `--output-format` offers.

Pure functions: nothing here prints, reads a file or asks what terminal there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

from tamspec.diagnostics import Diagnostic, Fault, Loc
from tamspec.report import frames
from tamspec.report.sheet import Files, Sheet, address
from tamspec.report.text import json_text

FORMAT_VERSION = "1.0"
"""Of the JSON form: a minor step adds fields, a major one breaks readers."""


def render(
    findings: Iterable[Diagnostic],
    files: Files,
    format: str,
    *,
    colour: bool = False,
    site: str = "",
    manual: Mapping[str, Fault] | None = None,
) -> str:
    """The findings in one of `FORMATS`; text that ends with a line break, or is empty.

    `files` are all files that were judged, by path: frames quote them, closing lines count them. `site` is where the
    pages are published, for links to the manual; `manual` is what is known of each code, for formats that carry it.
    """
    ordered = sorted(findings, key=lambda found: found.order)
    return FORMATS[format](Sheet(findings=ordered, files=files, manual=manual or {}, site=site, colour=colour))


def as_json(found: Diagnostic, site: str = "") -> dict[str, Any]:
    """One finding as it stands in every JSON output. Lines and columns count from 1, the end is exclusive."""
    return {
        "code": found.code,
        "summary": found.summary,
        "detail": found.detail,
        "severity": found.severity.value,
        **as_span(found.at),
        "hint": found.hint,
        "url": address(found.code, site),
        "related": [{**as_span(other.at), "message": other.message} for other in found.related],
        "fingerprint": found.fingerprint,
    }


def as_span(at: Loc) -> dict[str, str | int]:
    """A place as it stands in every JSON output."""
    return {
        "path": at.path,
        "line": at.line,
        "column": at.column,
        "end_line": at.end_line,
        "end_column": at.end_column,
    }


def _json(sheet: Sheet) -> str:
    made = [as_json(found, sheet.site) for found in sheet.findings]
    return json_text({"format_version": FORMAT_VERSION, "findings": made})


def _later(module: str, name: str) -> Callable[[Sheet], str]:
    """A form that few calls ask for, loaded with what makes it when one does."""

    def made(sheet: Sheet) -> str:
        form: Callable[[Sheet], str] = getattr(import_module(f"tamspec.report.{module}"), name)
        return form(sheet)

    return made


FORMATS: Mapping[str, Callable[[Sheet], str]] = {
    "full": frames.full,
    "concise": frames.concise,
    "json": _json,
    "github": _later("forges", "github"),
    "gitlab": _later("forges", "gitlab"),
    "sarif": _later("sarif", "sarif"),
    "junit": _later("junit", "junit"),
    "markdown": _later("forges", "markdown"),
}
"""What `--output-format` offers."""
