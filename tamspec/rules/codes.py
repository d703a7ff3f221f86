"""Codes as people write them: what was meant by one that nobody knows."""

from __future__ import annotations

from collections.abc import Collection

from tamspec.chapters import CHAPTERS, chapter_of
from tamspec.suggest import latin, near

MOST = 12
"""Codes that a hint lists at most."""


def way_out(written: str, codes: Collection[str]) -> str:
    """What to write in place of a code that nobody knows: the one that was meant, else where to look."""
    guess = meant(written, codes)
    if guess:
        return f"Did you mean '{guess}'?"
    plain = plainly(written)
    chapter = chapter_of(plain)
    around = sorted(one for one in codes if chapter and chapter_of(one) is chapter)
    around = around or sorted(one for one in codes if one[:-3] == plain[:-3] and not chapter_of(one))
    if around:
        title = chapter.title if chapter else plain[:-3]
        more = f" and {len(around) - MOST} more" if len(around) > MOST else ""
        return f"{title}: {', '.join(around[:MOST])}{more}. `tamspec rules` lists all."
    return f"Codes begin with {', '.join(f'{one.first} ({one.title})' for one in CHAPTERS)}; see `tamspec rules`."


def meant(written: str, codes: Collection[str]) -> str | None:
    """The code that was meant: another spelling, a slip in its letters, a digit lost or doubled.

    Two numbers of the same length are two codes, and a slip between them cannot be told from a code that is not there.
    """
    plain = plainly(written)
    if plain in codes:
        return plain
    same_number = {one[:-3]: one for one in sorted(codes) if one[-3:] == plain[-3:]}
    guess = near(plain[:-3], same_number)
    if guess:
        return same_number[guess]
    one_off = [one for one in codes if _lost_one(plain, one) or _lost_one(one, plain)]
    return one_off[0] if len(one_off) == 1 else None


def plainly(written: str) -> str:
    """A code without what a hand or a keyboard set to another alphabet puts into it: ` tam-309` → `TAM309`."""
    return "".join(letter for letter in latin(written).upper() if letter.isalnum())


def _lost_one(short: str, long: str) -> bool:
    """Whether the longer text without one of its letters is the shorter."""
    return len(short) + 1 == len(long) and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
