"""Findings as text: frames for people, lines for editors, JSON for programs, annotations for a pull request.

Pure functions: nothing here prints, reads a file or asks what terminal there is. Whatever stems from a file is shown
so that it cannot speak for us: no terminal sequences, no turned text, no workflow commands.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tamspec.diagnostics import Diagnostic, Loc, Severity

FORMAT_VERSION = "1.0"
"""Of the JSON form: a minor step adds fields, a major one breaks readers."""

_TAB = 4
_LONGEST = 120  # code points of a source line that are shown; the rest is cut around the span
_BEFORE = 40  # of those, how many stand before the span
_ANNOTATIONS = 10  # of each level and step; the forge drops the rest silently

_JOINERS = "\u200c\u200d"  # invisible, but words of several scripts and composed emoji need them
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_LINE_BREAK = re.compile(r"\r\n|\r|\n")

_BOLD = "1"
_FRAME = "1;34"
_COLOURS = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.INFO: "1;36"}
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}

Files = Mapping[str, bytes]


def render(
    findings: Iterable[Diagnostic],
    files: Files,
    format: str,
    *,
    colour: bool = False,
) -> str:
    """The findings in one of `FORMATS`, in their one order; text that ends with a line break, or is empty.

    `files` are all files that were judged, by path: frames quote them, and the closing line for people counts them.
    """
    return FORMATS[format](sorted(findings, key=lambda found: found.order), files, colour)


def as_json(found: Diagnostic) -> dict[str, Any]:
    """One finding as it stands in every JSON output. Lines and columns count from 1, the end is exclusive."""
    return {
        "code": found.code,
        "summary": found.summary,
        "detail": found.detail,
        "severity": found.severity.value,
        **as_span(found.at),
        "hint": found.hint,
        "url": "",  # the manual is not published yet; `tamspec explain CODE` shows it
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


# -- for people --------------------------------------------------------------------------------------------------------


def _full(findings: Sequence[Diagnostic], files: Files, colour: bool) -> str:
    source = _Source(files)
    blocks = [_block(found, source, colour) for found in findings]
    return "\n".join([*blocks, _closing(findings, files) + "\n"])


def _concise(findings: Sequence[Diagnostic], files: Files, colour: bool) -> str:
    lines = []
    for found in findings:
        place = f"{_position(found.at)}: " if found.at.path else ""
        severity = _paint(found.severity.value, _COLOURS[found.severity], colour)
        detail = " ".join(_LINE_BREAK.split(found.detail))
        lines.append(f"{place}{severity} {found.code} {visible(detail)}\n")
    return "".join([*lines, _closing(findings, files) + "\n"])


def _block(found: Diagnostic, source: _Source, colour: bool) -> str:
    """The frame of one finding: what, where with the line itself, other places, and the ways out."""
    accent = _COLOURS[found.severity]
    gutter = len(str(max([found.at.line, *(other.at.line for other in found.related)])))
    quoted = source.line(found.at) is not None
    lines = [
        f"{_paint(f'{found.severity.value} {found.code}', accent, colour)}  {_paint(found.summary, _BOLD, colour)}"
    ]
    if found.at.path:
        lines += _place(found.at, found.label or found.detail, source, _Pen("^", accent, gutter, colour))
    for other in found.related:
        lines.append(_bar(gutter, colour))
        lines += _place(other.at, other.message, source, _Pen("-", _FRAME, gutter, colour))
        if source.line(other.at) is None:
            lines += _note("note", other.message, gutter, colour)
    if found.label or not quoted:
        lines += _note("note", found.detail, gutter, colour)
    if found.hint:
        lines += _note("hint", found.hint, gutter, colour)
    lines += _note("more", f"tamspec explain {found.code}", gutter, colour)
    return "".join(f"{line.rstrip(' ')}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class _Pen:
    """How a place is drawn: the mark under the span, its colour, the width of the line numbers."""

    mark: str
    accent: str
    gutter: int
    colour: bool


def _place(at: Loc, label: str, source: _Source, pen: _Pen) -> list[str]:
    """Path and position, the line, and the marked span with its label; only the first where there is no such line."""
    arrow = _paint(f"{' ' * pen.gutter}-->", _FRAME, pen.colour)
    where = f"{arrow} {_position(at)}"
    line = source.line(at)
    if line is None:
        return [where]
    bar = _bar(pen.gutter, pen.colour)
    number = _paint(f"{at.line:>{pen.gutter}} |", _FRAME, pen.colour)
    text, before, marked = _cut(line, at)
    first, *rest = label.split("\n")
    under = _paint(f"{pen.mark * marked} {visible(first)}", pen.accent, pen.colour)
    indent = " " * (before + marked + 1)
    return [
        where,
        bar,
        f"{number} {text}",
        f"{bar} {' ' * before}{under}",
        *(f"{bar} {indent}{_paint(visible(more), pen.accent, pen.colour)}" for more in rest),
    ]


def _note(word: str, text: str, gutter: int, colour: bool) -> list[str]:
    """`= hint: …`; what follows a line break stands on lines of its own, ready to copy."""
    first, *rest = text.split("\n")
    sign = _paint(f"{' ' * gutter} =", _FRAME, colour)
    bar = _bar(gutter, colour)
    return [
        f"{sign} {_paint(f'{word}:', _BOLD, colour)} {visible(first)}",
        *(f"{bar} {' ' * len(word)}  {visible(more)}" for more in rest),
    ]


def _bar(gutter: int, colour: bool) -> str:
    return _paint(f"{' ' * gutter} |", _FRAME, colour)


def _closing(findings: Sequence[Diagnostic], files: Files) -> str:
    """`2 errors, 1 warning in 3 files.`; with nothing found, how many files were judged."""
    if not findings:
        return f"No findings in {_count(len(files), 'file')}."
    paths = {found.at.path for found in findings if found.at.path}
    return _tally(findings) + (f" in {_count(len(paths), 'file')}." if paths else ".")


def _tally(findings: Sequence[Diagnostic]) -> str:
    numbers = Counter(found.severity for found in findings)
    return ", ".join(_count(numbers[level], level.value) for level in Severity if numbers[level])


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 or word == "info" else f"{number} {word}s"


def _position(at: Loc) -> str:
    # A log line that begins with `::` would be taken for a workflow command.
    path = f"./{at.path}" if at.path.lstrip().startswith("::") else at.path
    return f"{visible(path)}:{at.line}:{at.column}"


# -- a line of source --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Source:
    """The lines of the files, each file decoded once."""

    files: Files
    _lines: dict[str, list[str]] = field(default_factory=dict)

    def line(self, at: Loc) -> str | None:
        """The line at which a place begins; None if the file is not at hand or has no such line."""
        if at.path not in self.files:
            return None
        if at.path not in self._lines:
            text = self.files[at.path].decode("utf-8-sig", errors="replace")
            self._lines[at.path] = _LINE_BREAK.split(text)
        lines = self._lines[at.path]
        return lines[at.line - 1] if 1 <= at.line <= len(lines) else None


def _cut(line: str, at: Loc) -> tuple[str, int, int]:
    """The line as shown, how many terminal cells stand before the span, and how many the span takes (at least one)."""
    line = line.rstrip(" ")
    start = min(max(at.column - 1, 0), len(line))
    end = len(line) if at.end_line > at.line else min(at.end_column - 1, len(line))
    left = 0 if len(line) <= _LONGEST else max(0, min(start - _BEFORE, len(line) - _LONGEST))
    right = left + _LONGEST
    shown, widths, cell = [], [], 0
    if left:
        shown, widths, cell = ["…"], [1], 1
    offset = left - len(shown)  # of the index in `shown` against the index in the line
    for index in range(left, min(right, len(line))):
        shown.append(_glyph(line, index, cell))
        widths.append(_width(shown[-1]))
        cell += widths[-1]
    before = sum(widths[: start - offset])
    marked = sum(widths[start - offset : min(end, right) - offset])
    return "".join(shown) + ("…" if right < len(line) else ""), before, max(marked, 1)


def _glyph(text: str, index: int, cell: int = 0) -> str:
    """What is shown for one character: itself, the blanks of a tab, or the number of one that would not be seen."""
    char = text[index]
    if char == "\t":
        return " " * (_TAB - cell % _TAB)
    # Anywhere in a log line, `##[` begins an old form of workflow command.
    if char == "[" and text[max(0, index - 2) : index] == "##":
        return " ["
    if unicodedata.category(char) in _UNPRINTABLE and char not in _JOINERS:
        return f"<U+{ord(char):04X}>"
    return char


def _width(shown: str) -> int:
    """Terminal cells: two for wide characters, none for marks that combine with the one before."""
    if shown.isascii():
        return len(shown)
    if unicodedata.category(shown) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(shown) in ("W", "F") else 1


def visible(text: str) -> str:
    """Text on one line with nothing invisible in it."""
    return "".join(_glyph(text, index) for index in range(len(text)))


def _paint(text: str, style: str, colour: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if colour and text else text


# -- for programs ------------------------------------------------------------------------------------------------------


def _json(findings: Sequence[Diagnostic], files: Files, colour: bool) -> str:  # noqa: ARG001 - one table, one signature
    # ASCII only: the same bytes under any locale, and nothing in it can play with a terminal.
    return (
        json.dumps({"format_version": FORMAT_VERSION, "findings": [as_json(found) for found in findings]}, indent=2)
        + "\n"
    )


def _github(findings: Sequence[Diagnostic], files: Files, colour: bool) -> str:  # noqa: ARG001 - as above
    """Workflow commands, worst first, as many as the forge shows; the last one says how many it does not."""
    shown, left = _fitting(findings, _ANNOTATIONS)
    if left:
        shown, left = _fitting(findings, _ANNOTATIONS - 1)  # the last line is a notice too
    lines = [_annotation(found) for found in shown]
    if left:
        lines.append(f"::notice title=tamspec::{_data(f'Not shown here: {_tally(left)}. tamspec validate lists all.')}")
    return "".join(f"{line}\n" for line in lines)


def _fitting(findings: Sequence[Diagnostic], notices: int) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """The findings that the forge will show, worst first, and those that it will not."""
    room = {Severity.ERROR: _ANNOTATIONS, Severity.WARNING: _ANNOTATIONS, Severity.INFO: notices}
    shown: list[Diagnostic] = []
    left: list[Diagnostic] = []
    for found in sorted(findings, key=lambda found: (found.severity.rank, found.order)):
        (shown if room[found.severity] > 0 else left).append(found)
        room[found.severity] -= 1
    return shown, left


def _annotation(found: Diagnostic) -> str:
    properties: dict[str, str | int] = {}
    if found.at.path:
        properties = {"file": found.at.path, "line": found.at.line, "endLine": found.at.end_line}
        # Columns are understood within one line only.
        if found.at.line == found.at.end_line:
            properties |= {"col": found.at.column, "endColumn": found.at.end_column}
    properties["title"] = f"{found.code} {found.summary}"
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    others = [f"See {_position(other.at)}: {other.message}" for other in found.related]
    hint = [f"Hint: {found.hint}"] if found.hint else []
    message = "\n".join([found.detail, *others, *hint])
    return f"::{_LEVELS[found.severity]} {listed}::{_data(message)}"


def _data(text: str) -> str:
    """The message of a workflow command. Line breaks are kept, everything else that is not seen is shown."""
    shown = "\n".join(visible(line) for line in _LINE_BREAK.split(text))
    return shown.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    """A property of a workflow command: exact, since a file is found by it, but for what UTF-8 cannot say."""
    text = text.encode(errors="replace").decode()
    for char, escaped in {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"}.items():
        text = text.replace(char, escaped)
    return text


FORMATS: dict[str, Callable[[Sequence[Diagnostic], Files, bool], str]] = {
    "full": _full,
    "concise": _concise,
    "json": _json,
    "github": _github,
}
"""What `--output-format` offers."""
