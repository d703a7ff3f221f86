"""How promises were kept: what a history of incidents says about them.

Instants are UTC epoch seconds, lengths of time are seconds on the clock of a promise.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from msgspec import Struct


class Line(Struct, frozen=True, kw_only=True):
    """The cases of one clock that have something in common."""

    name: str
    """What they have in common: a client, a priority, a month …"""
    clock: str
    kept: int
    missed: int
    """Those that stopped late, and those that still run and are late already."""
    running: int
    """Those that still run and are in time; they are not judged yet."""
    median: int | None
    p90: int | None
    p95: int | None
    """Of those that stopped: half, nine tenths and nineteen twentieths took no longer."""

    @property
    def judged(self) -> int:
        """How many cases the share is of."""
        return self.kept + self.missed

    @property
    def share(self) -> Fraction | None:
        """The share that kept its target; None where there is no case."""
        return Fraction(self.kept, self.judged) if self.judged else None


Standing = Literal["kept", "missed", "too few", "none"]


class Period(Struct, frozen=True, kw_only=True):
    """An agreement in one of its periods: whether the share that it promises was reached."""

    agreement: str
    client: str
    clock: str
    first: date
    last: date
    promised: Decimal
    line: Line
    standing: Standing
    over: bool
    """Whether the period has ended."""
    misses: tuple[tuple[date, int], ...] = ()
    """Day → how many of the cases reported on it missed; by day, without those on which none did."""

    @property
    def allowed(self) -> int:
        """The error budget: how many of the judged cases may miss, so that the promise is kept."""
        return int(self.line.judged * (100 - Fraction(self.promised)) // 100)

    @property
    def left(self) -> int:
        """How many more of them may miss; below nothing where the promise is missed."""
        return self.allowed - self.line.missed


class Breach(Struct, frozen=True, kw_only=True):
    """A case that missed its target, or that still runs."""

    incident: str
    agreement: str
    client: str
    department: str
    priority: str
    clock: str
    start: int
    stop: int | None
    elapsed: int
    target: int
    deadline: int | None
    """Of one that still runs in time: when its target is missed; None while it stands still."""


class Attainment(Struct, frozen=True, kw_only=True):
    """What a history says about the promises, and every incident accounted for."""

    at: int
    """As of when."""
    rows: int
    rows_refused: Mapping[str, int]
    incidents: int
    judged: int
    excluded: int
    refused: Mapping[str, int]
    """Why → how many incidents nobody could judge."""
    first: int | None
    last: int | None
    """The first and the last report of an incident that was judged."""
    periods: tuple[Period, ...]
    tables: Mapping[str, tuple[Line, ...]]
    """`agreement`, `client`, `priority`, `department`, `month` → its lines."""
    breaches: tuple[Breach, ...]
    """Those furthest over their target first."""
    at_risk: tuple[Breach, ...]
    """Those that still run, by how much of the target is used up."""
    too_few: int
    """Below how many cases a share is not judged."""
    zone: str
    """In which months and instants are told."""

    @property
    def clocks(self) -> tuple[str, ...]:
        """The clocks that were measured."""
        return tuple(dict.fromkeys(line.clock for lines in self.tables.values() for line in lines))


class Spell(Struct, frozen=True, kw_only=True):
    """A time in which an incident was in one state."""

    begin: int
    end: int
    state: str
    """As the agreements call it; empty before the first row of a log."""
    holder: str
    """The department that had it; empty where nobody says."""
    runs: bool
    """Whether the clock ran then, as far as its hours were open."""
    counted: tuple[tuple[int, int], ...]
    """The parts of it that are on the clock."""

    @property
    def seconds(self) -> int:
        """How much of it is on the clock."""
        return sum(end - begin for begin, end in self.counted)


class ClockAccount(Struct, frozen=True, kw_only=True):
    """Where the time of one clock of an incident went."""

    clock: str
    calendar: str
    target: int
    elapsed: int
    start: int
    stop: int | None
    """None: it still runs."""
    spells: tuple[Spell, ...]
    paused: int = 0
    """What the export says that it stood still, where it tells no states."""


class Account(Struct, frozen=True, kw_only=True):
    """Where the time of an incident went."""

    incident: str
    client: str
    agreement: str
    priority: str
    zone: str
    at: int
    clocks: tuple[ClockAccount, ...]
