"""Findings for people: frames that quote the line at fault, or one line each."""

from __future__ import annotations

from msgspec import Struct, field

from tamspec.diagnostics import Diagnostic, Loc, Severity
from tamspec.report.sheet import Files, Sheet, address, closing, position
from tamspec.report.text import LINE_BREAK, glyph, one_line, visible, width

_LONGEST = 120  # code points of a source line that are shown; the rest is cut around the span
_BEFORE = 40  # of those, how many stand before the span

_BOLD = "1"
_FRAME = "1;34"
_COLOURS = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.INFO: "1;36"}


def full(sheet: Sheet) -> str:
    """Every finding in a frame of its own, and how many there are."""
    return "\n".join([*blocks(sheet), closing(sheet) + "\n"])


def blocks(sheet: Sheet) -> list[str]:
    """The frame of each finding: a line that says what it is, and below it where."""
    source = _Source(sheet.files)
    return [_block(found, source, sheet) for found in sheet.findings]


def concise(sheet: Sheet) -> str:
    """One line each, as editors and `grep` want them."""
    lines = []
    for found in sheet.findings:
        place = f"{position(found.at)}: " if found.at.path else ""
        severity = _paint(found.severity.value, _COLOURS[found.severity], sheet.colour)
        lines.append(f"{place}{severity} {found.code} {one_line(found.detail)}\n")
    return "".join([*lines, closing(sheet) + "\n"])


def _block(found: Diagnostic, source: _Source, sheet: Sheet) -> str:
    """The frame of one finding: what, where with the line itself, other places, and the ways out."""
    accent, colour = _COLOURS[found.severity], sheet.colour
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
    lines += _note("more", address(found.code, sheet.site) or f"tamspec explain {found.code}", gutter, colour)
    return "".join(f"{line.rstrip(' ')}\n" for line in lines)


class _Pen(Struct, frozen=True):
    """How a place is drawn: the mark under the span, its colour, the width of the line numbers."""

    mark: str
    accent: str
    gutter: int
    colour: bool


def _place(at: Loc, label: str, source: _Source, pen: _Pen) -> list[str]:
    """Path and position, the line, and the marked span with its label; only the first where there is no such line."""
    arrow = _paint(f"{' ' * pen.gutter}-->", _FRAME, pen.colour)
    where = f"{arrow} {position(at)}"
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


# -- a line of source --------------------------------------------------------------------------------------------------


class _Source(Struct, frozen=True):
    """The lines of the files, each file decoded once."""

    files: Files
    _lines: dict[str, list[str]] = field(default_factory=dict)

    def line(self, at: Loc) -> str | None:
        """The line at which a place begins; None if the file is not at hand or has no such line."""
        if at.path not in self.files:
            return None
        if at.path not in self._lines:
            text = self.files[at.path].decode("utf-8-sig", errors="replace")
            self._lines[at.path] = LINE_BREAK.split(text)
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
        shown.append(glyph(line, index, cell))
        widths.append(width(shown[-1]))
        cell += widths[-1]
    before = sum(widths[: start - offset])
    marked = sum(widths[start - offset : min(end, right) - offset])
    return "".join(shown) + ("…" if right < len(line) else ""), before, max(marked, 1)


def _paint(text: str, style: str, colour: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if colour and text else text
