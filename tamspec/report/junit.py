"""Findings as JUnit's XML, which every server of continuous integration can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape

from tamspec.diagnostics import Diagnostic, Severity
from tamspec.report.sheet import Sheet, address, position
from tamspec.report.text import lines, one_line, visible

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def junit(sheet: Sheet) -> str:
    """One suite: every file in which nothing was found is a test that passed, and every finding is a test of its own.

    An error is a failure. A warning or an info is a test passed over: it is seen, and turns nothing red that the exit
    code of the program leaves green.
    """
    cases = [*_passed(sheet), *_found(sheet)]
    failed = sum(found.severity is Severity.ERROR for found in sheet.findings)
    counts = f'tests="{len(cases)}" failures="{failed}" errors="0"'
    skipped = len(sheet.findings) - failed
    return (
        f'{_HEAD}<testsuites name="tamspec" {counts} time="0">\n'
        f'  <testsuite name="tamspec" {counts} skipped="{skipped}" time="0">\n'
        f"{''.join(cases)}"
        "  </testsuite>\n</testsuites>\n"
    )


def _passed(sheet: Sheet) -> Iterator[str]:
    faulty = {found.at.path for found in sheet.findings}
    for path in sorted(set(sheet.files) - faulty):
        name = _attribute(visible(path))
        yield f'    <testcase classname={name} name={name} time="0"/>\n'


def _found(sheet: Sheet) -> Iterator[str]:
    turns: Counter[str] = Counter()
    for found in sheet.findings:
        place = position(found.at) if found.at.path else "workspace"
        name = f"{place} {found.code} {one_line(found.summary)}"
        turns[name] += 1
        # A test that is named as another would stand for both.
        turn = f" ({turns[name]})" if turns[name] > 1 else ""
        yield (
            f"    <testcase classname={_attribute(visible(found.at.path) or 'workspace')}"
            f' name={_attribute(name + turn)} time="0">\n{_outcome(found, sheet.site)}    </testcase>\n'
        )


def _attribute(text: str) -> str:
    return f'"{escape(text)}"'


def _outcome(found: Diagnostic, site: str) -> str:
    message = _attribute(one_line(found.detail))
    # A log line that begins with `::` would be taken for a workflow command.
    told = escape("\n".join(_told(found, site)), quote=False).replace("::", "&#58;:")
    element = "failure" if found.severity is Severity.ERROR else "skipped"
    return f'      <{element} type="{found.code}" message={message}>{told}</{element}>\n'


def _told(found: Diagnostic, site: str) -> Iterator[str]:
    place = f"{position(found.at)}: " if found.at.path else ""
    yield f"{place}{found.severity.value} {found.code} {one_line(found.summary)}"
    yield from lines(found.detail)
    for other in found.related:
        yield f"See {position(other.at)}: {one_line(other.message)}"
    if found.hint:
        yield from lines(f"Hint: {found.hint}")
    if url := address(found.code, site):
        yield f"More: {url}"
