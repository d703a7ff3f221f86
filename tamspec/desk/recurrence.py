"""Things of one sort that keep coming: so many within such a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from tamspec.desk.days import later
from tamspec.model.catalog import Calendar
from tamspec.model.workspace import Recurrence

T = TypeVar("T")


def clusters(things: Sequence[tuple[datetime, T]], measure: Recurrence, calendar: Calendar) -> Iterator[tuple[T, ...]]:
    """Of things in the order of time, each run of as many as the measure says that came within its time; the last run
    first."""
    for last in range(len(things) - 1, measure.times - 2, -1):
        some = things[last - measure.times + 1 : last + 1]
        if later(some[0][0], measure.within, calendar) >= some[-1][0]:
            yield tuple(thing for _, thing in some)
