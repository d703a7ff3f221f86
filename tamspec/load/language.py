"""The YAML that tamspec reads: what a plain text means, what may not stand in a text, how much of it there may be."""

from __future__ import annotations

import re
from typing import Any

Data = Any
"""What a node says: dict, list, str, int, Decimal, bool or None."""

MOST_BYTES = 1 << 20
MOST_DOCUMENTS = 1000
MOST_NODES = 100_000
MOST_DEPTH = 64
MOST_CHARACTERS = 1 << 16
MOST_DIGITS = 18
MOST_FINDINGS = 100
"""Of one file; a file with more is not one that somebody mends from a list."""

PLAIN = bytes((*b"\t\n", *range(0x20, 0x7F)))
"""Bytes of a text in which nothing can be hidden."""

HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ud800-\udfff"
    "\ufeff\ufffe\uffff\U000e0000-\U000e007f]"
    "(?!(?<=\r)\n)(?<![\U0001f3f4\U000e0020-\U000e007f][\U000e0020-\U000e007f])"
)
"""Control characters, foreign line breaks, marks of direction (CVE-2021-42574), strayed byte order marks, letters of no
width, tags outside the flags that are made of them."""

NO_WIDTH = frozenset("\ufeff\u200b\u2060\u2061\u2062\u2063\u2064")
"""Hidden characters that mean nothing: without them the text is what everybody saw."""

FOREIGN_SPACE = re.compile("[\xa0\u2000-\u200a\u202f\u205f\u3000]")
WIDE_SPACES = re.compile(f"^{FOREIGN_SPACE.pattern}+|{FOREIGN_SPACE.pattern}+$")
CONSTANTS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
DIRECTIVE_LINE = re.compile(r"^%[^\r\n]*", re.MULTILINE)
HARMLESS_DIRECTIVE = re.compile(r"%YAML\s+1\.2\s*", re.ASCII)
ENDED = re.compile(r"^\.\.\.", re.MULTILINE)
LOST = re.compile(r"[ \t](#[^\s!#][^\r\n]*)")
BLOCK_COMMENT = re.compile(r"[|>][-+0-9]*#")
COLON_AHEAD = re.compile(r"[ \t]*:")
TAG_TEXT = re.compile(r"![^\s,\[\]{}]*")
