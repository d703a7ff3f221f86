"""YAML text → plain data with the place of everything, and what is wrong with the text.

Reads the restricted YAML that a reviewer sees, and nothing that a program would have to expand. It knows no kinds and
no schemas. Parser events are used as they come: no constructor runs on what a stranger wrote, nothing grows.
"""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NoReturn

import yaml
from msgspec import Struct

from tamspec.diagnostics import Diagnostic, Fault, Loc, Marks, Place, Pointer, Related, Severity, Splice
from tamspec.load.faults import (
    ANCHOR,
    BROKEN_SYNTAX,
    DIRECTIVE,
    DUPLICATE_KEY,
    HIDDEN_CHARACTER,
    KEY_NOT_TEXT,
    LOST_TEXT,
    MERGE_KEY,
    NOT_UTF8,
    READ_DIFFERENTLY,
    TAG,
    TOO_LARGE,
    TORN_TEXT,
)
from tamspec.load.language import (
    BLOCK_COMMENT,
    COLON_AHEAD,
    CONSTANTS,
    DIRECTIVE_LINE,
    ENDED,
    HARMLESS_DIRECTIVE,
    HIDDEN,
    LOST,
    MOST_BYTES,
    MOST_CHARACTERS,
    MOST_DEPTH,
    MOST_DIGITS,
    MOST_DOCUMENTS,
    MOST_FINDINGS,
    MOST_NODES,
    NO_WIDTH,
    PLAIN,
    TAG_TEXT,
    WIDE_SPACES,
    Data,
)
from tamspec.load.quick import Sound, sound
from tamspec.load.scalars import NUMBER, NUMERIC, WORDS, misread, misread_key, misread_number
from tamspec.load.syntax import Source, foreign_space, retell, visible


class Document(Struct, frozen=True):
    """One document of a file: what it says, and the place of its root."""

    data: Data
    place: Place


class PureParser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """PyYAML's own parser, for where libyaml is missing; it takes a tab between two words as libyaml does."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)

    def scan_to_next_token(self) -> None:
        super().scan_to_next_token()
        while self.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.forward()
            super().scan_to_next_token()

    def scan_flow_scalar_non_spaces(self, double: Any, start_mark: Any) -> Any:
        try:
            return super().scan_flow_scalar_non_spaces(double, start_mark)
        except (ValueError, OverflowError):  # a number that is no character
            problem = "found invalid Unicode character escape code"
            raise yaml.scanner.ScannerError("", start_mark, problem, self.get_mark()) from None

    def scan_plain_spaces(self, indent: Any, start_mark: Any) -> Any:
        length = 0
        while self.peek(length) in (" ", "\t"):
            length += 1
        blanks: str = self.prefix(length)
        if "\t" in blanks and self.peek(length) not in ("\r", "\n", "\0"):
            self.forward(length)
            return [blanks]
        return super().scan_plain_spaces(indent, start_mark)


try:
    from yaml import cyaml

    PARSER: Callable[[str], Any] = cyaml.CParser  # type: ignore[attr-defined]  # the stubs do not re-export it
except ImportError:  # PyYAML may be built without libyaml
    PARSER = PureParser


def parse(path: str, content: bytes) -> tuple[tuple[Document, ...], tuple[Diagnostic, ...]]:
    """The documents of a file and the findings about its text.

    A document with an error is withheld, since what follows from the fault would be reported as well; one with
    warnings is kept. Documents before a place where the text cannot be understood are kept. Empty documents are passed
    over.
    """
    text, findings = _decode(path, content)
    if findings:
        return (), findings
    quick = sound(text, PARSER)
    if quick is not None:
        source = Source(path, text)
        return tuple(Document(one.data, Place(_LaterSpans(source, one).marks)) for one in quick), ()
    reader = _Reader(Source(path, text))
    reader.read()
    return tuple(reader.documents), tuple(sorted((*reader.findings, *reader.warnings), key=lambda found: found.order))


def _decode(path: str, content: bytes) -> tuple[str, tuple[Diagnostic, ...]]:
    start = Loc(path)
    if len(content) > MOST_BYTES:
        detail = f"The file has more than {MOST_BYTES:,} bytes, which is the most that tamspec reads."
        return "", (TOO_LARGE(start, detail, hint="Split it into several files."),)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:2]:
        return "", (NOT_UTF8(start, "The file is written in UTF-16 or UTF-32.", hint="Save it as UTF-8."),)
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content.translate(None, PLAIN):
        return content.decode("ascii"), ()
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        at = Source(path, before + " ").loc(len(before), len(before) + 1)
        detail = f"The byte 0x{content[error.start]:02X} is no part of a letter in UTF-8."
        hint = "Save the file as UTF-8. It may have been written in an older encoding such as Windows-1251."
        return "", (NOT_UTF8(at, detail, hint=hint),)
    where: defaultdict[str, list[int]] = defaultdict(list)
    for match in HIDDEN.finditer(text):
        where[match[0]].append(match.start())
    source = Source(path, text)
    return text, tuple(_hidden(source, letter, where[letter]) for letter in sorted(where))


def _hidden(source: Source, letter: str, where: list[int]) -> Diagnostic:
    """One finding for a letter, where it stands first; its mend deletes every one of them, where that is safe."""
    at = source.loc(where[0], where[0] + 1)
    if letter == "\r":
        return HIDDEN_CHARACTER(at, "A line ends in a lone carriage return.", hint="Save the file with LF line ends.")
    more = f" It stands in {len(where):,} places." if len(where) > 1 else ""
    if letter in NO_WIDTH:
        fix = tuple(Splice(source.loc(index, index + 1), "") for index in where[:MOST_FINDINGS])
        return HIDDEN_CHARACTER(at, f"The character {visible(letter)} stands here.{more}", hint="Delete it.", fix=fix)
    hint = "Delete it; where a line break was meant, press Enter."
    return HIDDEN_CHARACTER(at, f"The character {visible(letter)} stands here.{more}", hint=hint)


Span = tuple[int, int, int, int]
"""Line and column of the beginning, line and column of the end."""


class _Spans(Mapping[Pointer, tuple[Loc | None, Loc]]):
    """The spans of a document. They are kept as numbers, since few are ever asked for."""

    def __init__(self, path: str, numbers: dict[Pointer, tuple[Span | None, Span]]) -> None:
        self.path, self.numbers = path, numbers

    def __getitem__(self, pointer: Pointer) -> tuple[Loc | None, Loc]:
        key, value = self.numbers[pointer]
        return (Loc(self.path, *key) if key else None), Loc(self.path, *value)

    def __contains__(self, pointer: object) -> bool:
        return pointer in self.numbers

    def __iter__(self) -> Iterator[Pointer]:
        return iter(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)


class _LaterSpans(Mapping[Pointer, tuple[Loc | None, Loc]]):
    """The spans of a sound document, each of which is looked for when somebody asks: for most nobody ever does."""

    def __init__(self, source: Source, document: Sound) -> None:
        self.source, self.document = source, document

    @property
    def marks(self) -> Marks:
        return Marks(self.source.path, self, self._key)

    def _key(self, pointer: Pointer) -> Loc | None:
        try:
            key, _ = self.document.extent(pointer)
        except KeyError:
            return None
        return self.source.loc(*key) if key else None

    def __getitem__(self, pointer: Pointer) -> tuple[Loc | None, Loc]:
        key, value = self.document.extent(pointer)
        return (self.source.loc(*key) if key else None), self.source.loc(*value)

    def __iter__(self) -> Iterator[Pointer]:
        return self.document.pointers()

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Stop(Exception):
    """Enough was found: the rest of the file is not read."""


class _Anchor(Struct):
    """An anchor of the document being read, and where it is used."""

    at: Loc
    uses: list[Loc]
    merged: bool = False


class _Reader:
    """One walk over the events of a file."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.parser = PARSER(source.text)
        self.documents: list[Document] = []
        self.findings: list[Diagnostic] = []  # errors: what has one is withheld
        self.warnings: list[Diagnostic] = []
        self.between = True  # before the first document, or behind one
        self.behind = 0  # index behind the last document
        self.kept = False  # the last document was kept
        self._forget()

    def _forget(self) -> None:
        """Make ready for the next document."""
        self.spans: dict[Pointer, tuple[Span | None, Span]] = {}
        self.nodes = 0
        self.anchors: list[_Anchor] = []
        self.named: dict[str, _Anchor] = {}
        self.end = (1, 1)  # where the last node ends, line and column; blanks and comments behind it left out
        self.last: Any = None  # the last scalar
        self.lost = False  # text was lost behind it: a syntax error that follows at once has the same cause
        self.brackets = 0  # how many are open

    def read(self) -> None:
        with contextlib.suppress(_Stop):
            self._stream()
        self._tell_anchors()

    def _stream(self) -> None:
        try:
            self.parser.get_event()
            while isinstance(event := self.parser.get_event(), yaml.DocumentStartEvent):
                self._document(event)
        except yaml.MarkedYAMLError as error:
            self._syntax(error)

    def _tell(
        self,
        fault: Fault,
        at: Loc,
        detail: str,
        *,
        hint: str = "",
        related: tuple[Related, ...] = (),
        fix: tuple[Splice, ...] = (),
    ) -> None:
        self._keep(fault(at, detail, hint=hint, related=related, fix=fix))

    def _keep(self, found: Diagnostic) -> None:
        self.findings.append(found)
        if len(self.findings) >= MOST_FINDINGS:
            raise _Stop

    def _stop(self, event: Any, detail: str, hint: str) -> NoReturn:
        start = event.start_mark
        self.findings.append(TOO_LARGE(self.source.loc(start.index, start.index + 1), detail, hint=hint))
        raise _Stop

    def _loc(self, event: Any) -> Loc:
        return Loc(self.source.path, *_span(event))

    def _syntax(self, error: yaml.MarkedYAMLError) -> None:
        mark: Any = error.problem_mark or error.context_mark
        until = self.source.line_end(mark.index)
        if self.between and self._directives(until):
            return
        if self.between and self.kept and not ENDED.search(self.source.text, self.behind - 4, until):
            self.documents.pop()  # what follows belonged to it
        if not self.lost:
            self.findings.append(retell(self.source, error, self.last))

    # One document.

    def _document(self, start: Any) -> None:
        before = len(self.findings)
        self._forget()
        if len(self.documents) >= MOST_DOCUMENTS:
            self._stop(start, f"The file has more than {MOST_DOCUMENTS:,} documents.", "Split it into several files.")
        self._directives(start.end_mark.index)
        self.between = False
        root = self.parser.get_event()
        data = self._node(root, (), None, 1)
        end: Any = self.parser.get_event()
        self.behind = end.end_mark.index
        self.between = True
        self._tell_anchors()
        empty = isinstance(root, yaml.ScalarEvent) and not root.style and not root.value
        self.kept = len(self.findings) == before and not empty
        if self.kept:
            self.documents.append(Document(data, Place(Marks(self.source.path, _Spans(self.source.path, self.spans)))))

    def _directives(self, until: int) -> bool:
        """Tell of the directives between the last document and `until`; whether there were any."""
        found = list(DIRECTIVE_LINE.finditer(self.source.text, self.behind, until))
        for line in found:
            at = self.source.loc(line.start(), line.start() + len(line[0].rstrip()))
            detail = "A line that begins with % is an order to the YAML reader."
            # Of any other version, nobody knows how its author wanted the values to be read.
            harmless = HARMLESS_DIRECTIVE.fullmatch(line[0]) and self.source.text.startswith("\n", line.end())
            whole = self.source.loc(line.start(), line.end() + 1)
            self._tell(DIRECTIVE, at, detail, hint="Delete it.", fix=(Splice(whole, ""),) if harmless else ())
        return bool(found)

    def _node(self, event: Any, pointer: Pointer, key: Span | None, depth: int) -> Data:
        """Read one node and all below it; its spans are kept under its pointer."""
        self.nodes += 1
        if self.nodes > MOST_NODES:
            hint = "Split it into several documents."
            self._stop(event, f"The document has more than {MOST_NODES:,} values.", hint)
        if isinstance(event, yaml.ScalarEvent):
            data = self._scalar(event)
            value = self._scalar_span(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
            return None
        else:
            if depth > MOST_DEPTH:
                hint = "Close the brackets, or write the inner parts as documents of their own."
                self._stop(event, f"Lists and maps are nested more than {MOST_DEPTH} deep here.", hint)
            mapping = isinstance(event, yaml.MappingStartEvent)
            if event.anchor is not None or event.tag is not None:
                self._properties(event)
            self.lost = False
            self.brackets += bool(event.flow_style)
            data = self._mapping(event, pointer, depth) if mapping else self._sequence(pointer, depth)
            self.brackets -= bool(event.flow_style)
            mark = event.start_mark
            value = (mark.line + 1, mark.column + 1, *self.end)
        self.spans[pointer] = (key, value)
        return data

    def _sequence(self, pointer: Pointer, depth: int) -> list[Data]:
        data: list[Data] = []
        while not isinstance(event := self.parser.get_event(), yaml.SequenceEndEvent):
            data.append(self._node(event, (*pointer, len(data)), None, depth + 1))
        self._close(event)
        return data

    def _mapping(self, start: Any, pointer: Pointer, depth: int) -> dict[str, Data]:
        data: dict[str, Data] = {}
        keys: dict[str, Span] = {}
        whole: Any = None  # the last value, to which torn-off text may belong
        torn: list[Any] = []
        while not isinstance(event := self.parser.get_event(), yaml.MappingEndEvent):
            name = self._key(event, depth)
            value = self.parser.get_event()
            if start.flow_style and name is not None and self._bare(event, value) and not self._asked(event):
                torn.append(event)
                continue
            self._tell_torn(whole, torn)
            whole, torn = value, []
            at = _span(event)
            if name == "<<" and not event.style:
                self._merge(event, value, depth)
                continue
            if name is None:
                name = ""
            elif name in keys:
                self._tell_twice(event, keys[name])
            elif not event.style and (name[0] in NUMERIC or name in WORDS):
                self._tell_misread(event, misread_key(name))
            keys.setdefault(name, at)
            read = self._node(value, (*pointer, name), at, depth + 1)
            data.setdefault(name, read)
        self._tell_torn(whole, torn)
        self._close(event)
        return data

    def _tell_twice(self, key: Any, first: Span) -> None:
        related = (Related(Loc(self.source.path, *first), "It is written here first."),)
        detail = f"The key '{_short(key.value)}' is already in this map."
        hint = "Delete one of the two, or correct its name."
        self._tell(DUPLICATE_KEY, self._loc(key), detail, hint=hint, related=related)

    def _close(self, event: Any) -> None:
        """A bracket ends where it stands; a block ends with its last child, not at the next token."""
        if event.end_mark.index > event.start_mark.index:
            self.end = (event.end_mark.line + 1, event.end_mark.column + 1)

    # Scalars.

    def _scalar(self, event: Any) -> Data:
        text: str = event.value
        if event.anchor is not None or event.tag is not None:
            self._properties(event)
        if len(text) > MOST_CHARACTERS:
            at = self.source.loc(event.start_mark.index, event.start_mark.index + 1)
            detail = f"This text has {len(text):,} characters; tamspec reads at most {MOST_CHARACTERS:,}."
            self._tell(TOO_LARGE, at, detail, hint="Keep it in a file of its own and link to it.")
        self.lost = False
        if text or event.style:
            self.last = event
        if event.style:
            self._tell_escaped(event)
            self._tell_glued(event)
            return text
        self._tell_lost(event)
        if text in CONSTANTS:
            return CONSTANTS[text]
        if text[0] in NUMERIC and NUMBER.fullmatch(text):
            return self._number(event)
        if text[0] in NUMERIC or text in WORDS:
            self._tell_misread(event, misread(text))
        if not text.isascii():
            self._tell_wide_space(event)
        return text

    def _tell_escaped(self, event: Any) -> None:
        hidden = HIDDEN.search(event.value) if event.style == '"' else None
        if hidden:
            detail = f"The text holds the character {visible(hidden[0])}, written as an escape."
            self._tell(HIDDEN_CHARACTER, self._loc(event), detail, hint="Delete the escape.")

    def _tell_glued(self, event: Any) -> None:
        """Libyaml takes `|#x` for a comment, although no space stands before it; others do not read it at all."""
        header = BLOCK_COMMENT.match(self.source.text, event.start_mark.index)
        if header:
            at = self.source.loc(header.end() - 1, header.end())
            self._tell(BROKEN_SYNTAX, at, "Behind | or > the line must end.", hint="Write a space before the #.")

    def _number(self, event: Any) -> int | Decimal:
        match = NUMBER.fullmatch(event.value)
        assert match
        whole, fraction, exponent = match[1], match[2] or "", match[3] or "0"
        if len(whole + fraction.removeprefix(".")) > MOST_DIGITS or abs(Decimal(exponent.lstrip("eE"))) > MOST_DIGITS:
            detail = f"A number of this size is not read; {MOST_DIGITS} digits are the most."
            self._tell(TOO_LARGE, self._loc(event), detail, hint="Put it in quotes if it is a name and no quantity.")
            return 0
        if not (fraction or match[3]):
            return int(event.value)
        number = Decimal(event.value)
        if match[3] and misread_number(event.value):
            digits = format(number, "f")
            detail = f"'{event.value}' is the number {digits} here, but some YAML tools read a text."
            hint = f'Write {digits}, or "{event.value}" if it is a name and no quantity.'
            self._warn(READ_DIFFERENTLY(self._loc(event), detail, hint=hint))
        return number

    def _tell_misread(self, event: Any, others: str | None) -> None:
        """Warn where others read something else; quotes change nothing for tamspec, so they are the mend."""
        if others is None or event.tag is not None or event.anchor is not None:
            return
        at, quoted = self._loc(event), f'"{event.value}"'
        detail = f"'{event.value}' is a text here, but other YAML tools read {others}."
        hint = f"Put it in quotes: {quoted}."
        self._warn(READ_DIFFERENTLY(at, detail, hint=hint, fix=(Splice(at, quoted),)))

    def _warn(self, found: Diagnostic) -> None:
        assert found.severity is not Severity.ERROR, "this is a bug in tamspec: an error would have to withhold"
        if len(self.warnings) < MOST_FINDINGS:
            self.warnings.append(found)

    def _tell_wide_space(self, event: Any) -> None:
        """A foreign space at an end of a plain text was meant to indent or to separate, and does neither."""
        found = WIDE_SPACES.search(event.value)
        if not found or "\n" in event.value:
            return
        start, hint = event.start_mark.index + found.start(), "Write ordinary spaces, or put the text in quotes."
        self._keep(foreign_space(self.source, start, found[0], hint))

    def _scalar_span(self, event: Any) -> Span:
        start, end = event.start_mark, event.end_mark
        if event.style in ("|", ">"):
            # The mark lies at the next token; what is written ends with the last letter.
            written = self.source.text[start.index : end.index].rstrip()
            lines = written.count("\n")
            last = len(written) - written.rfind("\n") - 1
            self.end = (start.line + 1 + lines, last + 1 + (0 if lines else start.column))
        else:
            self.end = (end.line + 1, end.column + 1)
        return (start.line + 1, start.column + 1, *self.end)

    def _tell_lost(self, event: Any) -> None:
        comment = LOST.match(self.source.text, event.end_mark.index)
        if not comment:
            return
        self.lost = True
        rest = comment[1].rstrip()
        written = self.source.text[event.start_mark.index : event.end_mark.index]
        at = self.source.loc(comment.start(1), comment.start(1) + len(rest))
        begun = re.split(r"[,\]}]", rest)[0] if self.brackets else rest
        left = f"the value is only '{_short(event.value)}'" if event.value else "the value is empty"
        hint = f"Put the text in quotes, {_quoted(f'{written} {begun}'.strip())}; write a space behind # for a comment."
        self._tell(LOST_TEXT, at, f"'{_short(rest)}' is taken as a comment; {left}.", hint=hint)

    # Keys.

    def _key(self, event: Any, depth: int) -> str | None:
        """The key as text; None, and a finding, where it is none. The whole key is read."""
        self.nodes += 1
        if not isinstance(event, yaml.ScalarEvent):
            self._odd_key(event, depth)
            return None
        self.last, self.lost = event, False
        name: str = event.value
        if event.anchor is not None or event.tag is not None:
            self._properties(event)
        if not event.style:
            if not name:
                if event.anchor is None and event.tag is None:
                    self._tell(KEY_NOT_TEXT, self._loc(event), "Nothing stands before the colon.", hint="Name the key.")
                return None
            if not name.isascii():
                self._tell_wide_space(event)
        if self._asked(event):
            self._tell(KEY_NOT_TEXT, self._loc(event), f"'?' begins the key '{_short(name)}'.", hint="Delete the '?'.")
        if len(name) > MOST_CHARACTERS:
            self._tell(TOO_LARGE, self._loc(event), "This key is too long.", hint="Shorten it.")
        return name

    def _odd_key(self, event: Any, depth: int) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._alias(event)
            return
        self._skip(event, depth)
        mapping = isinstance(event, yaml.MappingStartEvent)
        start = event.start_mark.index
        template = mapping and self.source.text.startswith("{", start - 1)
        hint = 'Put a template in quotes: "{{ … }}".' if template else "Write the key as a word before the colon."
        at = self.source.loc(start, start + 1)
        self._tell(KEY_NOT_TEXT, at, f"A {'map' if mapping else 'list'} stands where a key belongs.", hint=hint)

    def _skip(self, event: Any, depth: int) -> None:
        """Read a node of which nothing but its being there is told."""
        before, warned = len(self.findings), len(self.warnings)
        self._node(event, ("",), None, depth + 1)
        del self.findings[before:], self.warnings[warned:]

    def _asked(self, event: Any) -> bool:
        """Whether the key is written the long way, `? key`."""
        before = event.start_mark.index - 1
        while before >= 0 and self.source.text[before] in " \t":
            before -= 1
        return before >= 0 and self.source.text[before] == "?"

    def _bare(self, key: Any, value: Any) -> bool:
        """Whether an entry between braces is a mere word: no colon behind it."""
        if not isinstance(value, yaml.ScalarEvent) or value.value or value.style:
            return False
        return not COLON_AHEAD.match(self.source.text, key.end_mark.index)

    def _tell_torn(self, whole: Any, torn: list[Any]) -> None:
        if not torn:
            return
        end = torn[-1].end_mark.index
        written = _short(torn[0].value)
        if not isinstance(whole, yaml.ScalarEvent) or whole.style or not whole.value:
            words = ", ".join(word.value for word in torn)
            hint = f"Write 'key: value' for each entry, or [{_short(words)}] for a list."
            glued = re.fullmatch(r"([^\s:]+):([^\s:/].*)", torn[0].value)
            if glued:
                hint = f"Write a space behind the colon: {_short(f'{glued[1]}: {glued[2]}')}"
            self._tell(TORN_TEXT, self._loc(torn[0]), f"'{written}' stands between braces without a value.", hint=hint)
            return
        begin: Any = whole.start_mark
        text = " ".join(self.source.text[begin.index : end].split())
        decimal = re.fullmatch(r"(-?[0-9]+),([0-9]+ ?[a-z%]*)", text, re.ASCII)
        hint = f"Put the text in quotes: {_quoted(text)}."
        if decimal and len(decimal[2]) == 3 and decimal[2].isdigit():
            hint = f"Write {decimal[1]}{decimal[2]}, or {decimal[1]}.{decimal[2]} if a decimal was meant."
        elif decimal:
            hint = f"Decimals are written with a point: {decimal[1]}.{decimal[2].replace(' ', '')}."
        detail = f"The comma ends the value '{_short(whole.value)}'; '{written}' becomes a key of its own."
        self._tell(TORN_TEXT, self._loc(torn[0]), detail, hint=hint)

    # What may not be written.

    def _properties(self, event: Any) -> None:
        """Tell of the tag, keep the anchor: both stand before the value."""
        start = event.start_mark.index
        if event.tag is not None:
            found = TAG_TEXT.search(self.source.text, start)
            assert found
            at = self.source.loc(found.start(), max(found.end(), found.start() + 1))
            hint = "Delete it; a text that begins with '!' and a number that shall stay text are put in quotes."
            self._tell(TAG, at, f"'{_short(found[0])}' is a YAML tag.", hint=hint)
        if event.anchor is not None:
            begins = self.source.text.index("&", start)
            anchor = _Anchor(self.source.loc(begins, begins + 1 + len(event.anchor)), [])
            self.anchors.append(anchor)
            self.named[event.anchor] = anchor

    def _alias(self, event: Any) -> None:
        self.lost = True  # what stands behind it belonged to a text that begins with a star
        at = self._loc(event)
        anchor = self.named.get(event.anchor)
        if anchor:
            anchor.uses.append(at)
            return
        hint = "Write the value out; a text that begins with '*' is put in quotes."
        self._tell(ANCHOR, at, f"'*{_short(event.anchor)}' refers to an anchor that is not there.", hint=hint)

    def _merge(self, key: Any, value: Any, depth: int) -> None:
        """`<<`: the anchor that it copies from is the same matter, not another finding."""
        source = self.named.get(str(value.anchor)) if isinstance(value, yaml.AliasEvent) else None
        if source:
            source.merged = True
        else:
            self._skip(value, depth)
        related = (Related(source.at, "It copies from here."),) if source else ()
        hint = "Write the keys out."
        self._tell(MERGE_KEY, self._loc(key), "'<<' copies keys from elsewhere.", hint=hint, related=related)

    def _tell_anchors(self) -> None:
        """One finding a document, at the first anchor: the others and their uses are the same matter."""
        anchors = [one for one in self.anchors if one.uses or not one.merged]
        self.anchors = []
        if anchors and len(self.findings) < MOST_FINDINGS:
            first, *others = anchors
            related = [Related(other.at, "So is one here.") for other in others]
            related += [Related(use, "One is used here.") for one in anchors for use in one.uses]
            hint = "Write the value out in each place; a text that begins with '&' is put in quotes."
            detail = "A value is named here, to be repeated elsewhere."
            self.findings.append(ANCHOR(first.at, detail, hint=hint, related=tuple(related[:10])))


def _span(event: Any) -> Span:
    start, end = event.start_mark, event.end_mark
    return start.line + 1, start.column + 1, end.line + 1, end.column + 1


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:59] + "…"


def _quoted(text: str) -> str:
    escaped = _short(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
