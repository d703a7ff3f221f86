"""Findings as forges show them: annotations at the lines of a pull request, a code quality report, a summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from tamspec.diagnostics import Diagnostic, Severity
from tamspec.report.sheet import SETTINGS, Sheet, address, closing, identities, position, tally, worst_first
from tamspec.report.text import clipped, json_text, lines, one_line, writable

# -- annotations of GitHub ---------------------------------------------------------------------------------------------

_ANNOTATIONS = 10  # of each level and step; the forge drops the rest silently
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def github(sheet: Sheet) -> str:
    """Workflow commands, worst first, as many as the forge shows; the last one says how many it does not."""
    shown, left = _fitting(sheet.findings, _ANNOTATIONS)
    if left:
        shown, left = _fitting(sheet.findings, _ANNOTATIONS - 1)  # the last line is a notice too
    commands = [_annotation(found, sheet.site) for found in shown]
    if left:
        more = f"Not shown here: {tally(left)}. `tamspec validate` lists all; for a summary of the step, add "
        commands.append(f"::notice title=tamspec::{_data(more + '`--output-format markdown=$GITHUB_STEP_SUMMARY`.')}")
    return "".join(f"{command}\n" for command in commands)


def _fitting(findings: Iterable[Diagnostic], notices: int) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """The findings that the forge will show, worst first, and those that it will not."""
    room = {Severity.ERROR: _ANNOTATIONS, Severity.WARNING: _ANNOTATIONS, Severity.INFO: notices}
    shown: list[Diagnostic] = []
    left: list[Diagnostic] = []
    for found in worst_first(findings):
        (shown if room[found.severity] > 0 else left).append(found)
        room[found.severity] -= 1
    return shown, left


def _annotation(found: Diagnostic, site: str) -> str:
    properties: dict[str, str | int] = {}
    if found.at.path:
        properties = {"file": found.at.path, "line": found.at.line, "endLine": found.at.end_line}
        # Columns are understood within one line only.
        if found.at.line == found.at.end_line:
            properties |= {"col": found.at.column, "endColumn": found.at.end_column}
    properties["title"] = f"{found.code} {found.summary}"
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    others = [f"See {position(other.at)}: {other.message}" for other in found.related]
    hint = [f"Hint: {found.hint}"] if found.hint else []
    more = [f"More: {address(found.code, site)}"] if site else []
    message = "\n".join([found.detail, *others, *hint, *more])
    return f"::{_LEVELS[found.severity]} {listed}::{_data(message)}"


def _data(text: str) -> str:
    """The message of a workflow command. Line breaks are kept, everything else that is not seen is shown."""
    return "\n".join(lines(text)).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    """A property of a workflow command: exact, since a file is found by it, but for what UTF-8 cannot say."""
    text = writable(text)
    for char, escaped in {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"}.items():
        text = text.replace(char, escaped)
    return text


# -- code quality of GitLab --------------------------------------------------------------------------------------------

_WEIGHTS = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def gitlab(sheet: Sheet) -> str:
    """The report that GitLab compares with that of the target branch, finding by finding, by their fingerprints."""
    named = zip(sheet.findings, identities(sheet.findings), strict=True)
    return json_text([_issue(found, identity) for found, identity in named])


def _issue(found: Diagnostic, identity: str) -> dict[str, Any]:
    hint = f" Hint: {found.hint}" if found.hint else ""
    return {
        "description": one_line(f"{found.code}: {found.detail}{hint}"),
        "check_name": found.code,
        "fingerprint": identity,
        "severity": _WEIGHTS[found.severity],
        "location": {
            "path": writable(found.at.path) or SETTINGS,
            "lines": {"begin": found.at.line, "end": max(found.at.line, found.at.end_line)},
        },
    }


# -- a summary in Markdown ---------------------------------------------------------------------------------------------

_COMMENT = 60_000  # bytes: a comment of GitHub holds 65,536 characters, a summary of a step a mebibyte
_CELL = 1_000  # characters of one cell: one finding may not fill the page
_HEAD = "\n| line | finding | what is wrong |\n| ---: | --- | --- |\n"


def markdown(sheet: Sheet) -> str:
    """The findings by file in tables, fit for a summary of a step or a comment; the worst where not all fit."""
    ranked = worst_first(sheet.findings)
    shown = list(_within_a_comment(ranked, sheet.site))
    left = tally(ranked[len(shown) :])
    more = [f"\nNot shown here: {left}. `tamspec validate` lists all.\n"] if left else []
    return "".join([f"**{closing(sheet)}**\n", *_tables(shown), *more])


def _within_a_comment(ranked: Iterable[Diagnostic], site: str) -> Iterator[tuple[Diagnostic, str]]:
    """The first findings with their rows, as many as there is room for."""
    room, paths = _COMMENT, set()
    for found in ranked:
        row = _row(found, site)
        room -= len(row.encode())
        if found.at.path not in paths:
            paths.add(found.at.path)
            room -= len(_title(found.at.path).encode()) + len(_HEAD)
        if room < 0:
            return
        yield found, row


def _tables(shown: Iterable[tuple[Diagnostic, str]]) -> Iterator[str]:
    ordered = sorted(shown, key=lambda pair: pair[0].order)
    for path, pairs in groupby(ordered, key=lambda pair: pair[0].at.path):
        yield _title(path) + _HEAD
        yield from (row for _, row in pairs)


def _title(path: str) -> str:
    return f"\n{_code(path)}\n" if path else "\nThe workspace\n"


def _row(found: Diagnostic, site: str) -> str:
    url = address(found.code, site)
    code = f"[{found.code}](<{url}>)" if url else found.code
    others = [f"See {_told(position(other.at))}: {_told(other.message)}" for other in found.related]
    hint = [f"*Hint:* {_told(found.hint)}"] if found.hint else []
    told = "<br>".join([_told(found.detail), *others, *hint])
    line = found.at.line if found.at.path else ""
    return f"| {line} | {found.severity.value} {code} | {told} |\n"


def _told(text: str) -> str:
    return "<br>".join(_escaped(line) for line in lines(clipped(text, _CELL)))


def _escaped(text: str) -> str:
    # The engine of the templates comes with it, and only this format needs it.
    from tamspec.render.escape import markdown as escaped  # noqa: PLC0415 - see above

    return escaped(text)


def _code(path: str) -> str:
    from tamspec.render.escape import code  # noqa: PLC0415 - as above

    return code(path)
