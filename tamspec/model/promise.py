"""What is computed of promises: whether they can be kept, and the arithmetic that shows it.

Instants are UTC epoch seconds, lengths of time are seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from msgspec import Struct

from tamspec.diagnostics import NOWHERE, Place


class Hand(Struct, frozen=True, kw_only=True):
    """What one of the promises behind a promise does with a case."""

    agreement: str
    who: str
    """The department, or the supplier, that has the case."""
    calendar: str
    """In whose hours it works."""
    seconds: int
    """How much of them it may take."""
    came: int
    """When the case came to it."""
    done: int
    away: tuple[int, int] | None
    """The longest time until then in which nobody was on duty."""


class Told(Struct, frozen=True, kw_only=True):
    """A case from its arrival to its end: stages in turn, of which each ends with the last of its hands."""

    arrival: int
    stages: tuple[tuple[Hand, ...], ...]
    elapsed: int
    """What the clock of the promise shows at the end."""


class Way(Struct, frozen=True, kw_only=True):
    """One change that would make a promise one that can be kept."""

    kind: Literal["faster", "duty", "target", "attainment"]
    who: str = ""
    """Of `faster` the agreement that stands behind it, of `duty` the department."""
    seconds: int = 0
    """Of `faster` and `target`: the longest or shortest that is enough."""
    hours: str = ""
    """Of `duty`: when somebody must be there."""
    share: Decimal | None = None
    """Of `attainment`: the share in percent that is kept."""


Verdict = Literal["kept", "seldom", "refuted"]
"""Kept at every instant; missed at no more instants than the promised attainment leaves; missed at more."""


class Proof(Struct, frozen=True, kw_only=True):
    """Whether one target of an agreement can be kept by those who stand behind it."""

    agreement: str
    clock: str
    priority: str
    target: int
    promised: Decimal | None
    """The share of cases in percent that must keep the target; None: every one."""
    hours: str
    """The calendar in which the clock runs."""
    zone: str
    """In which its instants are told."""
    first: date
    last: date
    """The days of arrival that were looked at, both included."""
    worst: Told
    ordinary: Told | None
    """The worst case in a week without holidays; None: there is no such week."""
    missed: int
    """At how many seconds on the clock, of those that were looked at, a case arrives that misses the target."""
    of: int
    ways: tuple[Way, ...] = ()
    uncounted: str = ""
    """What who promises does alone, and for how long nobody says: `support from reported to assigned`."""
    at: Place = NOWHERE
    """Where the target is written."""
    behind: tuple[Place, ...] = ()
    """Where the targets that it stands on are written."""

    @property
    def share(self) -> Fraction:
        """The share of instants at which a case arrives that misses the target."""
        return Fraction(self.missed, self.of) if self.of else Fraction(0)

    @property
    def verdict(self) -> Verdict:
        """What the arithmetic says."""
        if not self.missed:
            return "kept"
        return "seldom" if self.share <= spared(self.promised) else "refuted"


def spared(promised: Decimal | None) -> Fraction:
    """The share of cases that may miss a target that is promised for a share in percent."""
    return 1 - Fraction(promised) / 100 if promised is not None else Fraction(0)


class Gap(Struct, frozen=True, kw_only=True):
    """When a clock runs and somebody who stands behind it is not on duty."""

    who: str
    calendar: str
    seconds: int
    """Of the days that were looked at."""
    of: int
    """The seconds on the clock in those days."""
    first: tuple[int, int]
    longest: tuple[int, int]
    longest_on_clock: int
    """The seconds on the clock in the longest."""


class Budget(Struct, frozen=True, kw_only=True):
    """For how long a service may be away in a real month, quarter or year."""

    first: date
    seconds: int
    """The service time of the period."""
    minutes: Fraction


class Supply(Struct, frozen=True, kw_only=True):
    """Whether the parts of a service make the availability that is promised for the whole."""

    agreement: str
    target: Decimal
    made: Fraction | None
    """The share that follows from its parts; None: nobody says what they are."""
    parts: tuple[tuple[str, Decimal], ...]
    budgets: tuple[Budget, ...]
    period: str
    at: Place = NOWHERE

    @property
    def refuted(self) -> bool:
        """Whether less follows than is promised."""
        return self.made is not None and self.made < Fraction(self.target) / 100


class Unproven(Struct, frozen=True, kw_only=True):
    """A target of which nothing can be computed, and why."""

    agreement: str
    clock: str
    priority: str
    why: str
    never: bool = False
    """Whether that is since somebody behind it is not on duty any more."""
    at: Place = NOWHERE


class Promise(Struct, frozen=True, kw_only=True):
    """Everything that is computed of an agreement."""

    agreement: str
    proofs: tuple[Proof, ...]
    unproven: tuple[Unproven, ...]
    gaps: tuple[Gap, ...]
    supply: Supply | None

    @property
    def refuted(self) -> Sequence[Proof]:
        """The targets that cannot be kept."""
        return [one for one in self.proofs if one.verdict == "refuted"]


class TargetTold(Struct, frozen=True, kw_only=True):
    """What the arithmetic says of one target, in words."""

    priority: str
    clock: str
    target: str
    verdict: Verdict
    worst: str
    share: str
    """At how many instants it is missed; empty: at none."""
    lines: tuple[str, ...]
    """The worst case step by step."""
    way_out: str


class PromiseTold(Struct, frozen=True, kw_only=True):
    """What is computed of an agreement, in words."""

    targets: tuple[TargetTold, ...]
    unproven: tuple[str, ...]
    gaps: tuple[str, ...]
    """When its clock runs and nobody is there, of an agreement that cannot be kept."""
    supply: str
    """Whether its parts make the availability; empty: none is promised."""
    assumed: str
    """What the arithmetic takes for granted; empty: there is none."""
