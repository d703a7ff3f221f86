"""What hangs together: things by the ties that they share, so that strangers can be looked at apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")

Tie = tuple[str, str | int]
"""What joins things: the kind of tie, and its name."""


def islands(things: Sequence[T], ties: Callable[[T], Iterable[Tie]]) -> list[list[T]]:
    """The things in groups, each in the order given: two are in one group where a chain of common ties joins them."""
    above: dict[Tie, Tie] = {}

    def top(one: Tie) -> Tie:
        while (higher := above.setdefault(one, one)) != one:
            above[one] = above[higher]
            one = higher
        return one

    for number, thing in enumerate(things):
        for tie in ties(thing):
            above[top(tie)] = top(("", number))
    found: dict[Tie, list[T]] = {}
    for number, thing in enumerate(things):
        found.setdefault(top(("", number)), []).append(thing)
    return list(found.values())
