"""The small values of the trade: lengths of time, effort, shares, references."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import ClassVar, Generic, NewType, TypeVar

from msgspec import Struct

from tamspec.diagnostics import NOWHERE, Place

Effort = NewType("Effort", int)
"""Minutes of one person's work; written `4h`, `30m`, `2wd` (a working day is eight hours of work)."""

LocalTime = NewType("LocalTime", datetime)
"""A day and a time on a clock on the wall, without its zone; written `2026-12-10 22:00`."""

Percent = NewType("Percent", Decimal)
"""A share in percent; written `35%` or `99.95%`."""

Scalar = str | int | Decimal | bool | None
"""A value of a service's parameter, as written."""

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""As people read them, whatever the locale."""

MINUTES_OF_WORK_PER_DAY = 8 * 60
TENTHS = 10
"""Capacity and demand are whole tenths of a person, so that sums are exact."""


class Duration(Struct, frozen=True):
    """A length of time that passes: `30m`, `4h` and `2d` on the wall clock, `3wd` in days of a working calendar."""

    minutes: int = 0
    working_days: int = 0

    def __str__(self) -> str:
        if self.working_days:
            return f"{self.working_days}wd"
        for size, unit in ((24 * 60, "d"), (60, "h")):
            if self.minutes and self.minutes % size == 0:
                return f"{self.minutes // size}{unit}"
        return f"{self.minutes}m"

    def __bool__(self) -> bool:
        return bool(self.minutes or self.working_days)


class Written(Struct, frozen=True, eq=False):
    """Something that people wrote, or that was made of it: equal to what says the same, wherever it was written."""

    APART: ClassVar[frozenset[str]] = frozenset({"at"})
    """The fields that equality leaves out."""

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        names = (name for name in self.__struct_fields__ if name not in self.APART)
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def __ne__(self, other: object) -> bool:  # a struct has one of its own
        return not self == other

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in self.__struct_fields__ if name not in self.APART))


T = TypeVar("T")


class Ref(Written, Generic[T], frozen=True):
    """The name of something defined elsewhere. After `load` it is known to exist."""

    name: str
    at: Place = NOWHERE

    def __str__(self) -> str:
        return self.name


def effort_text(minutes: int) -> str:
    """Effort as people write it: 240 → `4h`, 90 → `1h 30m`."""
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours}h" if hours else "", f"{rest}m" if rest else "") if part) or "0h"


def length_text(seconds: int) -> str:
    """A length of time on a clock, rounded up to minutes: 227 700 → `63h 15m`."""
    return effort_text(-(-seconds // 60))


def counted(number: int, one: str, many: str = "") -> str:
    """`1 order`, `2 orders`, `no orders`."""
    return f"{number or 'no'} {one if number == 1 else many or one + 's'}"


def with_article(noun: str) -> str:
    """`a project`, `an agreement`."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    every = list(words)
    return " and ".join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)


def value_text(value: Scalar | tuple[str, ...]) -> str:
    """A parameter's value or a list of names as people write it; where there is none, `nothing`."""
    if value is None or value == ():
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"[{', '.join(value)}]" if isinstance(value, tuple) else str(value)


def utc_text(at: datetime) -> str:
    """An aware instant as programs read it: RFC 3339 in UTC with `Z`, to the second."""
    return _utc_text(at.astimezone(UTC))


@lru_cache(maxsize=1 << 14)
def _utc_text(at: datetime) -> str:
    # Where one order ends others begin, so most instants are told more than once.
    return at.isoformat("T", "seconds")[:-6] + "Z"  # without the +00:00


def camel_case(name: str) -> str:
    """How a field of the model is written in YAML: `depends_on` → `dependsOn`."""
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)
