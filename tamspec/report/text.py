"""Text as it may be shown: nothing in it is unseen, nothing speaks for us, and its width in a terminal is known.

Whatever stems from a file comes through here: no terminal sequences, no turned text, no workflow commands.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

import msgspec

LINE_BREAK = re.compile(r"\r\n|\r|\n")

_TAB = 4
_JOINERS = "\u200c\u200d"  # invisible, but words of several scripts and composed emoji need them
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def glyph(text: str, index: int, cell: int = 0) -> str:
    """What is shown for one character: itself, the blanks of a tab, or the number of one that would not be seen.

    `cell` is the terminal cell at which it will stand.
    """
    char = text[index]
    if char == "\t":
        return " " * (_TAB - cell % _TAB)
    # Anywhere in a log line, `##[` begins an old form of workflow command.
    if char == "[" and text[max(0, index - 2) : index] == "##":
        return " ["
    if char not in _JOINERS and (unicodedata.category(char) in _UNPRINTABLE or _is_no_character(ord(char))):
        return f"<U+{ord(char):04X}>"
    return char


def _is_no_character(number: int) -> bool:
    # Never assigned, in any version of Unicode; XML 1.0 refuses some of them.
    return number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF


def width(shown: str) -> int:
    """Terminal cells: two for wide characters, none for marks that combine with the one before."""
    if shown.isascii():
        return len(shown)
    # The vowels and finals of Hangul stand within the syllable that their first letter begins.
    if unicodedata.category(shown) in ("Mn", "Me", "Cf") or "\u1160" <= shown <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(shown) in ("W", "F") else 1


def visible(text: str) -> str:
    """Text on one line with nothing invisible in it."""
    return "".join(glyph(text, index) for index in range(len(text)))


def lines(text: str) -> list[str]:
    """The lines of a text, each with nothing invisible in it."""
    return [visible(line) for line in LINE_BREAK.split(text)]


def one_line(text: str) -> str:
    """A text of several lines as one, with nothing invisible in it."""
    return " ".join(lines(text))


def writable(text: str) -> str:
    """The text as it is, but for what UTF-8 cannot say: a path in git may be any bytes."""
    return text.encode(errors="replace").decode()


def json_text(value: object) -> str:
    """JSON for programs, `\n`-ended; when it is printed into a log, nobody takes it for anything else."""
    # ASCII only: the same bytes under any locale, and nothing in it can play with a terminal.
    return json.dumps(value, indent=2).replace("##[", "##\\u005b") + "\n"


def json_rows(value: Mapping[str, object]) -> bytes:
    """JSON for programs, `\n`-ended, of which two versions can be compared: a line for each field, and for each item of
    its lists. What is long may be made item by item, so that it never lies in memory twice; it is UTF-8 for the same
    reason, as it is written."""
    return b"".join(_fields(value))


def _fields(value: Mapping[str, object]) -> Iterator[bytes]:
    before = b"{\n  "
    for name, one in value.items():
        yield before + _row(name) + b": "
        yield from _rows(one) if isinstance(one, (list, Iterator)) else (_row(one),)
        before = b",\n  "
    yield b"\n}\n"


def _rows(items: Iterable[object]) -> Iterator[bytes]:
    before = b"[\n    "
    for one in items:
        yield before
        yield _row(one)
        before = b",\n    "
    yield b"[]" if before.startswith(b"[") else b"\n  ]"


def _row(value: object) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:  # a path in git may be any bytes
        return json.dumps(value, separators=(",", ":")).encode()


def clipped(text: str, longest: int) -> str:
    """The text, cut at so many characters."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def count(number: int, word: str) -> str:
    """`1 file`, `2 files`; what is only known stays as it is: `2 info`."""
    return f"{number} {word}" if number == 1 or word == "info" else f"{number} {word}s"
