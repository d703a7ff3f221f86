"""What the scheduler is asked and what it answers. It knows jobs and resources; departments and services it does not.

Times are epoch seconds UTC; lengths of work are slots of a quarter of an hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from tamspec.model.plan import Reason
from tamspec.model.values import Duration


class Resource(Struct, frozen=True, kw_only=True):
    """Something that does work: a department, or the share of a TAM. Capacity is whole tenths of a person."""

    name: str
    capacity: int
    """The most that it ever has."""
    levels: tuple[tuple[int, int], ...] = ()
    """What it has from an instant on, in order of time; before the first: nothing. Empty: always `capacity`."""


class Job(Struct, frozen=True, kw_only=True):
    """One piece of work."""

    key: str
    group: str
    """The Change it belongs to; floats are measured against its finish."""
    needs: tuple[str, ...] = ()
    """Keys of jobs that must finish first; a key that is no job of this run is satisfied."""
    demand: Mapping[str, int] = field(default_factory=dict)
    """Resource → tenths, never above its capacity."""
    hours: tuple[str, ...] = ()
    """Names of windows that must all be open while it is worked; none: around the clock."""
    closed: tuple[str, ...] = ()
    """Names of windows, such as a freeze, in which it is not worked and which it does not straddle either."""
    work: int = 0
    """Slots of work; 0: only its wait."""
    spread: tuple[float, ...] = ()
    """The least and the most slots that the work may turn out to take; empty: it is not known to vary."""
    unbroken: bool = False
    """It fits between an opening and the next closing of its hours: it never pauses."""
    reserve: int = 0
    """Slots that stay free behind its work without a break, so that there is time to take it back."""
    wait: Duration = Duration()
    """Passes after the last need and before the work."""
    wait_hours: str = ""
    """The windows whose days are the working days of `wait`; empty: every day."""
    release: int = 0
    """Not before."""
    fence: int = 0
    """Not before either, since those who work on it have settled their days until then."""
    pin: int | None = None
    """It starts then or not at all."""
    reserved: bool = False
    """The place of its pin is kept free before anybody is served."""
    given: int | None = None
    """Since when it is ordered: a wait that follows nothing counts from then. None: from the instant of planning."""
    due: int | None = None
    """By when its group must be finished."""
    rank: tuple[int, ...] = ()
    """Smaller is served first. Among equals the scheduler looks for the best order, and ends with that of the keys."""
    rest: Mapping[str, str] = field(default_factory=dict)
    """Resource → windows: after night work it loses its demand for the whole next working day of those windows."""
    started: int | None = None
    """It is under way since then: it keeps its place, goes on at once, and `work` is what remains from `resumes`."""
    resumes: int | None = None
    """From when the remaining work counts, for a started job."""
    finished: int | None = None
    """It is done: only its finish matters."""

    @property
    def is_ahead(self) -> bool:
        """Whether it has yet to begin."""
        return self.started is None and self.finished is None


def hours_of(jobs: Iterable[Job]) -> Iterator[str]:
    """The names of all windows that jobs are bound to."""
    for job in jobs:
        yield from (*job.hours, *job.closed, *job.rest.values())
        if job.wait_hours:
            yield job.wait_hours


class Stake(Struct, frozen=True, kw_only=True):
    """What hangs on the finish of a group."""

    due: int | None = None
    """By when it is required."""
    committed: int | None = None
    """The finish that was promised."""
    weight: int = 1
    """How much a day of lateness counts beside those of others."""


class Slotted(Struct, frozen=True, kw_only=True):
    """The dates of a job: half-open; `float_slots` and `slack_slots` are in its own working time."""

    start: int
    finish: int
    latest_finish: int
    """Without moving the finish of its group."""
    due: int | None
    float_slots: int
    slack_slots: int | None
    critical: bool
    wave: int
    reasons: tuple[Reason, ...]


class Scheduling(Struct, frozen=True, kw_only=True):
    """Dates by job key, in the order of the keys, and one sentence for each job that has none."""

    slots: Mapping[str, Slotted]
    unplaced: Mapping[str, str]
    evaluations: int = 0
    """How many schedules were tried."""
