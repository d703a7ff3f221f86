"""What somebody probably meant: the nearest of the names that exist."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

LONGEST = 64
"""Names beyond this length are not compared letter by letter: a stranger's text must not cost time."""

LATIN = {
    ord(cyrillic): latin
    for cyrillic, latin in zip("аеорсухіјѕкмтһԁԛԝӏАВЕКМНОРСТУХІЈЅ", "aeopcyxijskmthdqwlABEKMHOPCTYXIJS", strict=True)
} | dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
"""Cyrillic letters that look like Latin ones, and dashes that look like a hyphen."""


def latin(text: str) -> str:
    """The text with every look-alike replaced by the Latin letter or the hyphen it looks like."""
    return text.translate(LATIN)


def look_alikes(text: str) -> tuple[str, ...]:
    """The characters of a text that only look Latin, each once, in their order: `("с", "а")`."""
    return tuple(dict.fromkeys(letter for letter in text if ord(letter) in LATIN))


def letter_name(letter: str) -> str:
    """A character as a sentence can name it: `'с' (Cyrillic small letter es)`."""
    name = unicodedata.name(letter, f"U+{ord(letter):04X}")
    return f"'{letter}' ({name.capitalize()})"


def near(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was probably meant by `name`: same but for case, plural, look-alikes or a slip or two.

    None where nothing is near. Of equally near ones the first in the alphabet, so the answer never varies.
    """
    if len(name) > LONGEST:
        return None
    plain = _plain(name)
    best: tuple[int, str] | None = None
    for candidate in sorted(set(candidates)):
        other = _plain(candidate)
        allowed = _slips(max(len(plain), len(other)))
        if abs(len(plain) - len(other)) > allowed and _singular(plain) != _singular(other):
            continue
        distance = 0 if _singular(plain) == _singular(other) else edit_distance(plain, other)
        if distance <= allowed and (best is None or distance < best[0]):
            best = (distance, candidate)
    return best[1] if best else None


def edit_distance(one: str, other: str) -> int:
    """Letters to add, drop, change or swap with their neighbour to turn one text into the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before_last, before, row = before, row, [i]
        for j, b in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _slips(length: int) -> int:
    """How many slips are believable in a name of this length; none in the shortest, where all is near all."""
    return 0 if length < 3 else 1 if length < 6 else 2 if length < 12 else 3


def _plain(name: str) -> str:
    return latin(unicodedata.normalize("NFKC", name)).casefold().replace("-", "").replace("_", "").replace(" ", "")


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if name.endswith("s") and len(name) > 3 else name
