"""Plain texts that other YAML tools read as something else than tamspec and the reviewer do.

Most tools read YAML 1.1, where `no` is false, `0755` is 493 and `12:30` is 750; some read 1.2, where `0o17` is 15. Here
each of them is the text that stands there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
"""What tamspec reads as a number: those of JSON."""

NUMERIC = frozenset("+-.0123456789")
"""What a number of any YAML can begin with."""

_ANY_NUMBER = re.compile(
    r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+"
    r"|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"
    r"|\.(?:inf|Inf|INF))"
    r"|\.(?:nan|NaN|NAN)",
    re.ASCII,
)
"""What somebody reads as a number, in YAML 1.1 or 1.2."""

_EVERYBODYS = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][-+][0-9]+)?)?", re.ASCII)
"""What everybody reads as the same number."""

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)

_WORDS = {
    "the truth value true": ("y", "yes", "on", "true"),
    "the truth value false": ("n", "no", "off", "false"),
    "nothing": ("null",),
}
WORDS: Mapping[str, str] = {
    form: meaning
    for meaning, words in _WORDS.items()
    for word in words
    for form in (word, word.capitalize(), word.upper())
} | {"~": "nothing", "=": "an order that most of them refuse", "<<": "an order to copy keys"}
"""Word in every spelling that some YAML takes for more than a text → what is read then."""

_LONGEST = 20


def misread(text: str) -> str | None:
    """What others read of a plain text that tamspec reads as a text, for a sentence; None where all read the text."""
    if text[:1] in NUMERIC:
        return _number(text) if _ANY_NUMBER.fullmatch(text) else None
    return WORDS.get(text)


def misread_number(text: str) -> bool:
    """Whether a number of tamspec's is a text to others: `1e3` needs a point and a sign for YAML 1.1."""
    return not _EVERYBODYS.fullmatch(text)


def misread_key(text: str) -> str | None:
    """What others read of a plain key; None where it stays what is written. Every key is a text here."""
    return None if _INTEGER.fullmatch(text) else misread(text)


def _number(text: str) -> str:
    """The number in digits, as far as it is short."""
    sign = "-" if text[0] == "-" else ""
    digits = text.lstrip("+-").replace("_", "").lower()
    if digits in (".inf", ".nan"):
        return f"{sign}infinity" if digits == ".inf" else "something that is no number"
    if len(digits) > _LONGEST or ("e" in digits and digits[:2] != "0x"):
        return "a number"
    if digits[:2] in ("0b", "0o", "0x"):
        value = str(int(digits[2:] or "0", {"b": 2, "o": 8, "x": 16}[digits[1]]))
    elif ":" in digits:
        total = Decimal(0)
        for part in digits.split(":"):
            total = total * 60 + Decimal(part)
        value = str(total)
    elif "." in digits:
        value = format(Decimal(digits).normalize(), "f")
    else:
        value = str(int(digits, 8)) if re.fullmatch(r"0[0-7]+", digits, re.ASCII) else str(int(digits))
    return f"the number {sign}{value}"
