"""What a refused value was probably meant to be. Guesses only: the schema says which of them would be accepted."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import Struct

from tamspec.load.scalars import misread
from tamspec.suggest import LONGEST, latin, near

UNITS = {
    "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
    "wd": ("wd", "working day", "working days"),
    "%": ("%", "percent"),
}
BOOLEANS = {"yes": True, "on": True, "no": False, "off": False}


class Repair(Struct, frozen=True):
    """A value that would be accepted, and the sentence that offers it."""

    value: Any
    hint: str


def repair(value: Any, accepted: Callable[[Any], bool], words: Sequence[str] = ()) -> Repair | None:
    """The first guess that is accepted; None where none is. `words` are those that must stand in the value."""
    guesses = _guesses(value)
    if words and isinstance(value, str) and len(value) <= LONGEST:
        guesses = itertools.chain(_of_words(value, words), guesses)
    return next((guess for guess in guesses if accepted(guess.value)), None)


def _of_words(text: str, words: Sequence[str]) -> Iterator[Repair]:
    """The text with misspelt words put right, and with a sign between two words put right or put in."""
    parts = re.split(r"([^A-Za-z0-9]+)", text)
    spelt = [part if index % 2 else near(part, words) or part for index, part in enumerate(parts)]
    runs = [(part[:at], part[at:]) for part in parts if len(parts) == 1 for at in range(2, len(part) - 1)]
    split = [(near(left, words), near(right, words)) for left, right in runs]
    guesses = ["".join(spelt), "-".join(spelt[::2])]
    guesses += [f"{left}-{right}" for left, right in split if left and right]
    for guess in guesses:
        if guess != text:
            yield Repair(guess, f"Write {inline(guess)}.")


def _guesses(value: Any) -> Iterator[Repair]:
    if isinstance(value, str) and len(value) <= LONGEST:
        yield from _texts(value)
    elif isinstance(value, bool):
        word = str(value).lower()
        yield Repair(word, f"Put it in quotes: {inline(word)}.")
    elif isinstance(value, int | float | Decimal):
        yield Repair(str(value), f"Put it in quotes: {inline(str(value))}.")
        yield Repair(f"{value}%", f"Write the percent sign: {value}%.")
        yield Repair(f"{value}h", f"Write the unit too, for example {value}h.")
    if isinstance(value, list) and len(value) == 1:
        yield Repair(value[0], f"Write it without brackets: {inline(value[0])}.")
    if value is not None and not isinstance(value, list):
        yield Repair([value], f"Write it in brackets: {inline([value])}.")


def _texts(text: str) -> Iterator[Repair]:
    bare = " ".join(text.split())
    if latin(bare) != bare:
        yield Repair(latin(bare), f"Write it in Latin letters: {inline(latin(bare))}.")
    yield from _dates(bare)
    yield from _quantities(latin(bare.replace("ч", "h")))
    if bare.lower() in BOOLEANS:
        answer = BOOLEANS[bare.lower()]
        yield Repair(answer, f"Write {inline(answer)}.")
    number = re.fullmatch(r"-?[0-9]{1,18}", bare, re.ASCII)
    if number:
        yield Repair(int(bare), f"Write it without quotes: {int(bare)}.")
    name = re.sub(r"[^a-z0-9]+", "-", bare.lower()).strip("-")
    # Orders are named by component, procedure and step; a component may have a point of its own.
    order = "/".join(bare.lower().replace("/", ".").rsplit(".", 2))
    for guess in (bare, bare.lower(), order, name):
        if guess != text:
            yield Repair(guess, f"Write {inline(guess)}.")


def _dates(text: str) -> Iterator[Repair]:
    """Dates as people write them, if they are days of the calendar."""
    yield from (one for one in _written_dates(text) if _is_day(str(one.value)))


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _written_dates(text: str) -> Iterator[Repair]:
    year_first = re.fullmatch(r"([0-9]{4})[./-]([0-9]{1,2})[./-]([0-9]{1,2})", text, re.ASCII)
    if year_first:
        day = _date(*year_first.groups())
        yield Repair(day, f"Write {day}.")
    year_last = re.fullmatch(r"([0-9]{1,2})([./-])([0-9]{1,2})[./-]([0-9]{4})", text, re.ASCII)
    if not year_last:
        return
    first, sign, second, year = year_last.groups()
    day_first, month_first = _date(year, second, first), _date(year, first, second)
    if int(second) > 12 >= int(first):
        yield Repair(month_first, f"Write {month_first}.")
    elif sign == "." or int(first) > 12:
        yield Repair(day_first, f"Write {day_first}.")
    else:
        hint = f"Write {day_first} if the day stands first, {month_first} if the month does."
        yield Repair(day_first, hint)


def _date(year: str, month: str, day: str) -> str:
    return f"{year}-{month:0>2}-{day:0>2}"


def _quantities(text: str) -> Iterator[Repair]:
    found = re.fullmatch(r"([0-9]+)(?:[.,]([0-9]+))? ?([a-z %]*)", text.lower(), re.ASCII)
    if not found:
        return
    whole, fraction, unit = found.groups()
    number = f"{whole}.{fraction}" if fraction else whole
    for short, words in UNITS.items():
        if unit.strip() in words:
            yield Repair(f"{number}{short}", f"Write {number}{short}.")
    if not unit:
        yield Repair(float(number), f"Write {number}.")
        yield Repair(f"{number}%", f"Write the percent sign: {number}%.")
        yield Repair(f"{number}h", f"Write the unit too, for example {number}h.")


def inline(value: Any) -> str:
    """A value as one writes it in YAML on one line: a text in quotes wherever somebody could read it otherwise."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{inline(key)}: {inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    if isinstance(value, str):
        plain = re.fullmatch(r"[^\W\d_][\w ./%@()'-]*[\w%./)]|[^\W\d_]|[0-9][0-9.]*[a-z%]+|[0-9]{4}-[0-9-]+", value)
        return value if plain and misread(value) is None else json.dumps(value, ensure_ascii=False)
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
