"""How available a whole is that is made of parts, of which some stand in for others.

Parts fail independently of each other. A part that stands in several places is one part all the same: the whole is
looked at with it up and with it down, so that nothing is multiplied twice (factoring; Barlow and Proschan,
Statistical Theory of Reliability, 1975).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice

from msgspec import Struct

Shares = Mapping[str, Fraction]
"""Part → the share of time in which it is available, from 0 to 1."""


class Some(Struct, frozen=True):
    """A whole that works while so many of its parts do: all of them in series, one of them where each can stand in."""

    needed: int
    of: tuple[str | Some, ...]


Whole = str | Some
"""A part by its name, or what is made of parts."""


def series(*parts: Whole) -> Some:
    """Every one is needed."""
    return Some(len(parts), parts)


def parallel(*parts: Whole) -> Some:
    """One is enough."""
    return Some(1, parts)


MOST_SHARED, MOST_PARTS = 10, 500
"""Parts that may stand in several places, and parts in all, for a whole to be computed: each of the first doubles the
work."""


def tangled(whole: Whole) -> bool:
    """Whether so many parts stand in several places that nobody would wait for the answer."""
    names = list(islice(_names(whole), MOST_PARTS + 1))
    return len(names) > MOST_PARTS or sum(count > 1 for count in Counter(names).values()) > MOST_SHARED


def availability(whole: Whole, shares: Shares) -> Fraction:
    """The share of time in which the whole is available, exactly."""
    shared = sorted(name for name, count in Counter(_names(whole)).items() if count > 1)
    return _given(whole, shares, shared)


def _given(whole: Whole, shares: Shares, shared: Sequence[str]) -> Fraction:
    open_ones = [name for name in shared if 0 < shares[name] < 1]
    if not open_ones:
        return _of(whole, shares)
    name, rest = open_ones[0], open_ones[1:]
    up = _given(whole, {**shares, name: Fraction(1)}, rest)
    down = _given(whole, {**shares, name: Fraction(0)}, rest)
    return shares[name] * up + (1 - shares[name]) * down


def _of(whole: Whole, shares: Shares) -> Fraction:
    """Of a whole in which every part that is not certain stands once."""
    if isinstance(whole, str):
        return shares[whole]
    working = [Fraction(1)]  # for each number of parts the odds that just so many work
    for part in whole.of:
        share = _of(part, shares)
        fewer = [*working, Fraction(0)]
        one_more = [Fraction(0), *working]
        working = [n * (1 - share) + m * share for n, m in zip(fewer, one_more, strict=True)]
    return sum(working[whole.needed :], Fraction(0))


def _names(whole: Whole) -> Iterator[str]:
    if isinstance(whole, str):
        yield whole
    else:
        for part in whole.of:
            yield from _names(part)


def budget(target: Fraction, seconds: int) -> Fraction:
    """The minutes in which a service may fail that is promised for a share of so many seconds."""
    return (1 - target) * seconds / 60
