"""When each job is worked: a serial schedule on working calendars and shared capacity, and a search for a better one.

Blind to YAML, services and departments: it takes jobs, resources and hours, and gives dates with their reasons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from tamspec.plan.engine.explain import Told, explained, refusal
from tamspec.plan.engine.grid import SLOT, Grid, grid_after
from tamspec.plan.engine.place import NEVER, Desk, Rank
from tamspec.plan.engine.problem import Job, Resource, Scheduling, Slotted, Stake
from tamspec.plan.engine.search import serve_all, serve_from
from tamspec.worktime import Windows

__all__ = ["SLOT", "Job", "Resource", "Scheduling", "Slotted", "Stake", "Standing", "schedule", "seated"]


def schedule(
    jobs: Sequence[Job],
    resources: Mapping[str, Resource],
    hours: Mapping[str, Windows],
    *,
    at: int,
    horizon: int,
    stakes: Mapping[str, Stake] | None = None,
) -> Scheduling:
    """Dates for every job: each in its turn at the earliest time that its needs, hours and capacity allow.

    Work is planned on the quarter-hour grid from `at` (rounded up) to `horizon`, both epoch seconds UTC, as far as
    the windows reach. Give windows that begin well before `at`: waits, work already done and lateness count from
    the past, and what lies before the windows is not counted. The order of `jobs` does not matter. Among jobs of one
    rank the order of service is searched for: fewest broken promises of groups (`stakes`), least weighted lateness,
    earliest finishes.
    """
    return seated(Desk(jobs, resources, Grid(hours, grid_after(at), horizon)), stakes or {}).scheduling


class Standing(Struct, frozen=True, kw_only=True, dict=True):
    """A schedule that more work can join."""

    desk: Desk
    tried: int
    """How many schedules were tried where there was a choice."""
    before: Standing | None = None
    """What it was before the last work joined."""

    @cached_property
    def told(self) -> Told:
        """The dates of every job with their reasons."""
        return explained(self.desk, self.before.told) if self.before else explained(self.desk)

    @property
    def scheduling(self) -> Scheduling:
        """The dates."""
        return Scheduling(
            slots=self.told.slots, unplaced=dict(sorted(refusals(self.desk).items())), evaluations=max(1, self.tried)
        )

    def joined(
        self,
        jobs: Sequence[Job],
        stakes: Mapping[str, Stake] | None = None,
        ranks: Mapping[str, Rank] | None = None,
    ) -> Standing | None:
        """The schedule of its own jobs and of more that are served after them: what one of everything at once would be,
        for the work that the new ones make. None where they are not served last, or cannot simply join."""
        own = [ranks[job.key] if ranks else job.rank for job in jobs]
        is_last = min(own, default=()) > max(self.desk.ranks, default=())
        desk = self.desk.joined(jobs, ranks) if is_last else None
        if desk is None:
            return None
        tried = self.tried + serve_from(desk, stakes or {}, len(self.desk.jobs))
        return Standing(desk=desk, tried=tried, before=self)


def seated(desk: Desk, stakes: Mapping[str, Stake]) -> Standing:
    """The jobs of a desk, each in its place."""
    return Standing(desk=desk, tried=serve_all(desk, stakes))


def refusals(desk: Desk) -> dict[str, str]:
    """Key → why the job has no place, of those that have none."""
    return {job.key: refusal(desk, n) for n, job in enumerate(desk.jobs) if desk.finish[n] >= NEVER}
