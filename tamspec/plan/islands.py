"""What hangs together: things by the ties that they share, so that strangers can be looked at apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from tamspec.plan.problem import Job

T = TypeVar("T")

Tie = tuple[str, str | int]
"""What joins things: the kind of tie, and its name."""


def islands(things: Sequence[T], ties_of: Callable[[T], Iterable[Tie]]) -> list[list[T]]:
    """The things in groups, each in the order given: two are in one group where a chain of common ties joins them."""
    above = list(range(len(things)))
    holder: dict[Tie, int] = {}

    def top(one: int) -> int:
        while (higher := above[one]) != one:
            above[one] = one = above[higher]
        return one

    for number, thing in enumerate(things):
        for tie in ties_of(thing):
            other = holder.setdefault(tie, number)
            if other != number:
                above[top(other)] = top(number)
    found: dict[int, list[T]] = {}
    for number, thing in enumerate(things):
        found.setdefault(top(number), []).append(thing)
    return list(found.values())


def ties(job: Job) -> Iterator[Tie]:
    """What a job shares with others that are planned with it: its group, resources, needs."""
    yield "group", job.group
    yield from (("resource", name) for name in job.demand)
    yield from (("job", key) for key in (job.key, *job.needs))
