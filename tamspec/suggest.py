"""What somebody probably meant: the nearest of the names that exist."""

from __future__ import annotations

import functools
import itertools
import unicodedata
from collections.abc import Iterable

LONGEST = 128
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
    """The candidate that was probably meant by `name`; None where nothing is near."""
    found = nearest(name, candidates)
    return found[0] if found else None


def nearest(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The candidates that were probably meant by `name`, the likelier first: same but for case, plural, look-alikes or
    a slip or two. Mostly one, two where both are as likely; none where nothing is near."""
    if len(name) > LONGEST:
        return ()
    plain, single, letters, pairs = _shape(name)
    ranked: list[tuple[float, int, str]] = []
    for candidate in set(candidates):
        other, other_single, other_letters, other_pairs = _shape(candidate)
        if single == other_single:
            ranked.append((0, 0, candidate))
            continue
        allowed = _slips(max(len(plain), len(other)))
        # Each slip changes at most one letter and three pairs of neighbours: most candidates are out at a glance.
        if (letters & ~other_letters).bit_count() > allowed or (pairs & ~other_pairs).bit_count() > 3 * allowed:
            continue
        if abs(len(plain) - len(other)) <= allowed and _believable(plain, other, allowed):
            ranked.append((round(slip_cost(plain, other), 3), -_common_start(plain, other), candidate))
    ranked.sort()
    return tuple(candidate for cost, _, candidate in ranked[:2] if cost == ranked[0][0])


def did_you_mean(name: str, candidates: Iterable[str], *, written_as: str = "{}") -> str:
    """The question that offers what was probably meant: `Did you mean 'os' or 'db'?`; empty where nothing is near."""
    found = [f"'{written_as.format(one)}'" for one in nearest(name, candidates)]
    return f"Did you mean {' or '.join(found)}?" if found else ""


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


KEYBOARD = ("1234567890-", "qwertyuiop", "asdfghjkl", "zxcvbnm")
BESIDE = frozenset(
    pair for row in KEYBOARD for one, other in itertools.pairwise(row) for pair in ((one, other), (other, one))
)
DOUBLED, SWAPPED, BESIDE_IT, LOST, OTHER = 0.7, 0.8, 0.8, 1.0, 1.3
"""What slips of a hand cost: a letter too often, two in the wrong order, the key beside, one too few or too many, and
any other letter."""


def slip_cost(one: str, other: str) -> float:
    """How unlikely it is that a hand wrote `one` where `other` was meant: the edit distance with slips that are often
    made counted as less."""
    before: list[float] = []
    row = [LOST * j for j in range(len(other) + 1)]
    for i, a in enumerate(one, start=1):
        doubled = i > 1 and one[i - 2] == a
        before_last, before, row = before, row, [LOST * i]
        for j, b in enumerate(other, start=1):
            changed = 0 if a == b else BESIDE_IT if (a, b) in BESIDE else OTHER
            cost = min(before[j] + (DOUBLED if doubled else LOST), row[j - 1] + LOST, before[j - 1] + changed)
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, before_last[j - 2] + SWAPPED)
            row.append(cost)
    return row[-1]


def _believable(one: str, other: str, allowed: int) -> int:
    """How many letters of a name are left when no more slips than allowed were made; 0 where there were more."""
    distance = edit_distance(one, other)
    if distance > allowed:
        return 0
    if len(one) == len(other) == 1:  # nothing is left but where the keys lie
        return int((one, other) in BESIDE)
    return max(len(one), len(other)) - distance


def _slips(length: int) -> int:
    """How many slips are believable in a name of this length."""
    return 1 if length < 6 else 2 if length < 12 else 3


def _common_start(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


@functools.lru_cache(maxsize=1 << 16)
def _shape(name: str) -> tuple[str, str, int, int]:
    """The name as it is compared, its singular, its letters and its pairs of neighbours as bits: candidates can be
    thousands."""
    plain = _plain(name)
    letters = pairs = before = 0
    for letter in map(ord, plain):
        letters |= 1 << (letter & 127)
        pairs |= 1 << ((before * 31 + letter) & 255)
        before = letter
    return plain, _singular(plain), letters, pairs


def _plain(name: str) -> str:
    return latin(unicodedata.normalize("NFKC", name)).casefold().replace("-", "").replace("_", "").replace(" ", "")


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if name.endswith("s") and len(name) > 3 else name
