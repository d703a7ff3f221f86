"""What the YAML parser says when it gives up → one finding for people, at the place where the cause is."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from functools import cached_property
from typing import Any

import yaml
from msgspec import Struct
from msgspec.structs import replace

from tamspec.diagnostics import Diagnostic, Fault, Loc, Splice
from tamspec.load.faults import (
    ANCHOR,
    BROKEN_SYNTAX,
    HIDDEN_CHARACTER,
    KEY_NOT_TEXT,
    NEVER_CLOSED,
    TAG,
    WRONG_INDENT,
)
from tamspec.load.language import FOREIGN_SPACE

CONFLICT = re.compile(r"<{7} |={7}$|>{7} ")
"""What git writes around the two sides of a conflict."""
CLOSER = {"[": "]", "{": "}", '"': '"', "'": "'"}
INDENT = re.compile(r"^[ \t]+(?=[^ \t\r\n])", re.MULTILINE)
MOST_LINES = 500
"""Of a file whose tabs are replaced in one go."""


class Source(Struct, frozen=True, dict=True):
    """The text of a file; positions in it are indices of code points."""

    path: str
    text: str

    def loc(self, start: int, end: int) -> Loc:
        """The span from one index to another."""
        breaks = self._breaks
        line = bisect_left(breaks, start)
        last = bisect_left(breaks, end, line)
        # Columns count from the break before; before the first line there is none.
        column = start - breaks[line - 1] if line else start + 1
        end_column = max(start, end) - (breaks[last - 1] if last else -1)
        return Loc(self.path, line + 1, column, last + 1, end_column)

    @cached_property
    def _breaks(self) -> list[int]:
        """Where each line ends."""
        return [match.start() for match in re.finditer("\n", self.text)]

    def line_start(self, index: int) -> int:
        """Where the line of an index begins."""
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        """Where the line of an index ends, its line break left out."""
        end = self.text.find("\n", index)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > index and self.text[end - 1] == "\r" else end

    def indent(self, index: int) -> int:
        """How far the line of an index is indented."""
        line = self.text[self.line_start(index) : self.line_end(index)]
        return len(line) - len(line.lstrip(" "))


def visible(letter: str) -> str:
    """A character that shows nothing, as a sentence can name it: `U+2028 (line separator)`."""
    name = unicodedata.name(letter, "a control character" if ord(letter) < 0xA0 else "").lower()
    return f"U+{ord(letter):04X}" + (f" ({name})" if name else "")


def retell(source: Source, error: yaml.MarkedYAMLError, last: Any) -> Diagnostic:
    """The finding for a parser error. `last` is the last scalar event before it, or None."""
    said = f"{error.context or ''}: {error.problem or ''}"
    mark: Any = error.problem_mark or error.context_mark
    opened: Any = error.context_mark or mark
    case = _Case(source, said, min(mark.index, len(source.text)), min(opened.index, len(source.text)), last)
    for pattern, tell in STORIES:
        if re.search(pattern, said):
            return tell(case)
    return case.tell(BROKEN_SYNTAX, "The text cannot be understood from here on.", "Put texts in quotes.")


class _Case(Struct, frozen=True):
    """One parser error: what was said, where it struck, where the construct around it begins."""

    source: Source
    said: str
    at: int
    opened: int
    last: Any

    @property
    def letter(self) -> str:
        return self.source.text[self.at : self.at + 1]

    @property
    def line(self) -> str:
        """The line of the problem, from the problem on."""
        return self.source.text[self.at : self.source.line_end(self.at)]

    def tell(self, fault: Fault, detail: str, hint: str, start: int | None = None, length: int = 1) -> Diagnostic:
        begin = self.at if start is None else start
        end = min(begin + length, max(begin, self.source.line_end(begin)))
        return fault(self.source.loc(begin, end), detail, hint=hint)


def _open_quote(case: _Case) -> Diagnostic:
    quote = case.source.text[case.opened]
    hint = f"Write another {quote} where the text ends."
    return case.tell(NEVER_CLOSED, f"The quote {quote} that opens here is never closed.", hint, case.opened)


def _flow(case: _Case) -> Diagnostic:
    """Inside brackets something else than a comma or the closing bracket was met."""
    bracket = case.source.text[case.opened]
    closer = CLOSER.get(bracket, "]")
    if bracket in CLOSER and not _closes(case.source, case.opened):
        wrong = case.letter in ("]", "}")
        detail = f"The bracket {bracket} that opens here is never closed."
        if wrong:
            detail = f"The bracket {bracket} is opened here, but {case.letter} stands where {closer} should."
        return case.tell(NEVER_CLOSED, detail, f"Write {closer} behind its last entry.", case.opened)
    if case.letter == ":":
        hint = "Write a comma between two entries; put a text that holds a colon in quotes."
        return case.tell(BROKEN_SYNTAX, "A second colon stands in one entry.", hint)
    detail = f"A comma or {closer} is missing before this."
    return case.tell(BROKEN_SYNTAX, detail, f"Separate entries with commas, and close with {closer}.")


def _closes(source: Source, opened: int) -> bool:
    """Whether the bracket is closed before the text goes back to the level of the line that opens it."""
    pending: list[str] = []
    index, text = opened, source.text
    while 0 <= index < len(text):
        letter = text[index]
        fresh = index == 0 or text[index - 1] in " \n[{,:"
        if letter in "[{":
            pending.append(CLOSER[letter])
        elif letter in "]}":
            if pending.pop() != letter:
                return False
            if not pending:
                return True
        elif letter == "\n" and _falls_back(source, index + 1, source.indent(opened)):
            return False
        elif fresh and letter in "\"'":
            index = text.find(letter, index + 1)
            if index < 0:
                return False
        elif fresh and letter == "#":
            index = source.line_end(index) - 1
        index += 1
    return False


def _falls_back(source: Source, begin: int, outer: int) -> bool:
    """Whether a line begins something new at the outer level; a blank one, a comment, a closing bracket do not."""
    inner = source.text[begin : source.line_end(begin)].lstrip(" ")
    return bool(inner) and source.indent(begin) <= outer and inner[0] not in "]}#"


def _second_colon(case: _Case) -> Diagnostic:
    """A colon where no key can be: a text with a colon, a wrong indentation, a line without a colon before it."""
    source, last = case.source, case.last
    begin = source.line_start(case.at)
    if last is None or last.start_mark.index >= begin:
        if case.at - begin > 1024:
            return case.tell(BROKEN_SYNTAX, "A key has more than 1,024 characters.", "Shorten it.", begin)
        start = last.start_mark.index if last is not None else begin
        whole = source.text[start : source.line_end(case.at)].strip()
        hint = f"Put the text in quotes: {_quote(whole)}."
        return case.tell(BROKEN_SYNTAX, "A second colon makes this line ambiguous.", hint)
    first = last.start_mark.index
    head = source.text[source.line_start(first) : first].strip(" -")
    if head:
        indent = begin + source.indent(case.at)
        detail = "This line is indented deeper than the key above it, which already has a value."
        return case.tell(WRONG_INDENT, detail, "Put keys of one level exactly below each other.", indent)
    return _no_colon(case, first)


def _no_colon(case: _Case, start: int | None = None) -> Diagnostic:
    begin = case.opened if start is None else start
    line = case.source.text[begin : case.source.line_end(begin)].rstrip()
    if CONFLICT.match(line):
        detail = "Two branches meet here, and git could not tell which of them is meant."
        hint = "Keep what is meant of both, and delete the lines that git added: <<<<<<<, =======, >>>>>>>."
        return case.tell(BROKEN_SYNTAX, detail, hint, begin, len(line))
    foreign = re.match(rf"[^\s:]+:({FOREIGN_SPACE.pattern}+)", line)
    if foreign:
        return foreign_space(case.source, begin + foreign.start(1), foreign[1], "Write ordinary spaces.")
    glued = re.match(r"([^\s:]+):([^\s:/].*)", line)
    hint = "Write a key with a colon and a space behind it, 'key: value', or begin a list item with '- '."
    if glued:
        hint = f"Write a space behind the colon: {_cut(f'{glued[1]}: {glued[2]}')}"
    elif re.match(r"-[^\s-]", line):
        hint = f"Write a space behind the hyphen: {_cut(f'- {line[1:]}')}"
    elif assigned := re.match(r"([\w.-]+)\s*=\s*(.+)", line):
        hint = f"Write a colon: {_cut(f'{assigned[1]}: {assigned[2]}')}"
    detail = "This line is neither a key with its value nor a list item."
    return case.tell(BROKEN_SYNTAX, detail, hint, begin, max(len(line), 1))


def foreign_space(source: Source, start: int, spaces: str, hint: str) -> Diagnostic:
    """The finding for what looks like spaces, from an index of the text on, where it separates nothing; mended with
    ordinary ones."""
    at = source.loc(start, start + len(spaces))
    detail = f"The character {visible(spaces[0])} stands here; it looks like a space, but is a part of the text."
    return HIDDEN_CHARACTER(at, detail, hint=hint, fix=(Splice(at, " " * len(spaces)),))


def _cannot_start(case: _Case) -> Diagnostic:
    if case.letter == "\t":
        return _tab(case)
    whole = case.line.split(" #")[0].strip()
    hint = f"Put the text in quotes: {_quote(whole)}."
    return case.tell(BROKEN_SYNTAX, f"A text cannot begin with {case.letter}.", hint)


def _tab(case: _Case) -> Diagnostic:
    found = case.tell(WRONG_INDENT, "A tab stands where spaces belong.", "Indent with two spaces for each level.")
    return replace(found, fix=_spaces_for_tabs(case.source))


def _spaces_for_tabs(source: Source) -> tuple[Splice, ...]:
    """Two spaces for each tab, where every line of the file is indented by tabs alone; else nobody knows the levels."""
    indents = list(INDENT.finditer(source.text))
    if len(indents) > MOST_LINES or any(match[0].strip("\t") for match in indents):
        return ()
    return tuple(Splice(source.loc(match.start(), match.end()), "  " * len(match[0])) for match in indents)


def _escape(case: _Case) -> Diagnostic:
    backslash = max(case.source.text.rfind("\\", case.opened, case.at + 1), case.opened)
    written = case.source.text[backslash : backslash + 2]
    hint = "Put the text in single quotes, where a backslash is only a backslash, or write it twice."
    return case.tell(BROKEN_SYNTAX, f"{written} means nothing between double quotes.", hint, backslash, 2)


def _item_not_here(case: _Case) -> Diagnostic:
    hint = "Write each item on a line of its own, or the list in brackets: [one, two]; quote a text that begins so."
    return case.tell(BROKEN_SYNTAX, "A list item cannot begin behind a key on the same line.", hint)


def _question_not_here(case: _Case) -> Diagnostic:
    hint = f"Put the text in quotes: {_quote(case.line.strip())}."
    return case.tell(BROKEN_SYNTAX, "A text cannot begin with '? '.", hint)


def _block_header(case: _Case) -> Diagnostic:
    hint = "Begin the text on the next line, indented; put a text that begins with | or > in quotes."
    return case.tell(BROKEN_SYNTAX, "Behind | or > the line must end.", hint)


def _star(case: _Case) -> Diagnostic:
    whole = case.source.text[case.opened : case.source.line_end(case.opened)].split(" #")[0].rstrip()
    hint = f"Put the text in quotes: {_quote(whole)}."
    return case.tell(ANCHOR, f"A text cannot begin with {whole[:1]}.", hint, case.opened)


def _tag(case: _Case) -> Diagnostic:
    found = re.compile(r"![^\s,\[\]{}]*").match(case.source.text, case.opened)
    hint = "Delete it; a text that begins with '!' is put in quotes."
    detail = "Only YAML tags begin with '!'."
    return case.tell(TAG, detail, hint, case.opened, len(found[0]) if found else 1)


def _not_expected(case: _Case) -> Diagnostic:
    """Inside a block map or list something stands that is no entry of it."""
    source, last = case.source, case.last
    if case.letter in ("]", "}", ","):
        return _stray(case)
    if case.letter == ":":
        return _nameless(case)
    if (closer := source.text[source.line_start(case.at) : case.at].rstrip(" ")[-1:]) in ("]", "}"):
        return case.tell(BROKEN_SYNTAX, f"Text stands behind the closing {closer}.", "Put the whole text in quotes.")
    if last is not None and last.style in ('"', "'") and not source.text[last.end_mark.index : case.at].strip(" "):
        return _behind_quote(case)
    between = source.text[last.end_mark.index : case.at] if last is not None else ""
    if "#" in between and last is not None and not last.style and source.indent(case.at) > source.indent(case.opened):
        hint = "Put the comment on a line of its own before the text, or the text in one line."
        return case.tell(BROKEN_SYNTAX, "The comment above ended the text; it cannot go on here.", hint)
    if case.line.startswith("- "):
        detail = "This list item stands neither with the items above nor with a key."
    else:
        detail = "This line stands at no level that the lines above have opened."
    return case.tell(WRONG_INDENT, detail, "Put what belongs together exactly below each other.")


def _nameless(case: _Case) -> Diagnostic:
    return case.tell(KEY_NOT_TEXT, "Nothing stands before the colon.", "Name the key.")


def _behind_quote(case: _Case) -> Diagnostic:
    last = case.last
    start, quote = last.start_mark.index, last.style
    if last.end_mark.line > last.start_mark.line:
        detail = f"The quote {quote} that opens here ends only where the next one begins."
        return case.tell(NEVER_CLOSED, detail, f"Write another {quote} where the text ends.", start)
    whole = case.source.text[start : case.source.line_end(start)].rstrip()
    if case.letter == ":":
        hint = f"Write a space behind the colon: {_cut(whole.replace(f'{quote}:', f'{quote}: ', 1))}"
        found = case.tell(BROKEN_SYNTAX, "A colon stands here with no space behind it.", hint)
        is_key = not case.source.text[case.source.line_start(start) : start].strip(" -")
        return replace(found, fix=(Splice(case.source.loc(case.at + 1, case.at + 1), " "),) if is_key else ())
    hint = f"Write a quote within the text twice, or put the whole in double quotes: {_quote(whole.strip(quote))}."
    if quote == '"':
        hint = 'Put the whole text in quotes, and write a quote within it as \\".'
    return case.tell(BROKEN_SYNTAX, f"Text stands behind the closing {quote}.", hint)


def _stray(case: _Case) -> Diagnostic:
    if case.line.startswith("..."):
        detail = "Three dots end a document, and none has begun."
        return case.tell(BROKEN_SYNTAX, detail, "Delete the line.", length=3)
    if case.letter == ":":
        return _nameless(case)
    if case.letter == ",":
        return case.tell(BROKEN_SYNTAX, "Nothing stands before this comma.", "Delete it, or write the entry.")
    if case.letter in ("]", "}"):
        hint = "Delete it, or put the text in quotes."
        return case.tell(BROKEN_SYNTAX, f"The bracket {case.letter} closes nothing.", hint)
    text = case.source.text
    if not text[case.at :].strip():  # at the end a value is asked for by nothing but a bracket
        found = (at for at in range(case.at - 1, -1, -1) if text[at] in "[{" and not _closes(case.source, at))
        opened = next(found, None)
        if opened is not None:
            return _flow(replace(case, opened=opened))
    return case.tell(BROKEN_SYNTAX, "A value is missing here.", "Write it, or delete what asks for it.")


def _second_root(case: _Case) -> Diagnostic:
    if case.letter in ("]", "}", ","):
        return _stray(case)
    behind_end = re.search(r"^\.\.\.[^\n]*\n\s*\Z", case.source.text[: case.at], re.MULTILINE)
    if behind_end:
        return case.tell(BROKEN_SYNTAX, "Text stands behind the end of the document.", "Begin the next one with ---.")
    if case.last is not None and case.last.style in ('"', "'") and case.last.end_mark.line == case.last.start_mark.line:
        return _behind_quote(case)
    detail = "This line stands further left than the beginning of the document."
    return case.tell(WRONG_INDENT, detail, "Begin all top-level keys in the same column, or a new document with ---.")


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:59] + "…"


def _quote(text: str) -> str:
    escaped = _cut(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _glued_colon(case: _Case) -> Diagnostic:
    hint = "Write a space behind the colon, and a value; put a text that holds a colon in quotes."
    return case.tell(BROKEN_SYNTAX, "A colon stands here with no space behind it.", hint)


STORIES = (
    (r"quoted scalar: found unexpected (end of stream|document)", _open_quote),
    (r"escape|hexa?decimal", _escape),
    (r"tab character", _tab),
    (r"while parsing a flow (sequence|mapping): ", _flow),
    (r"mapping values are not allowed", _second_colon),
    (r"could not find expected ':'", _no_colon),
    (r"found unexpected ':'", _glued_colon),
    (r"cannot start any token", _cannot_start),
    (r"sequence entries are not allowed", _item_not_here),
    (r"mapping keys are not allowed", _question_not_here),
    (r"scanning a block scalar", _block_header),
    (r"scanning an (alias|anchor)", _star),
    (r"\btag\b", _tag),
    (r"node content", _stray),
    (r"<document start>", _second_root),
    (r"while parsing a block (mapping|collection)", _not_expected),
)
"""Words of libyaml or of PyYAML's own parser → who tells it; the first that fits."""
