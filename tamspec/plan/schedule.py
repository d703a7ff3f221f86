"""When each job is worked: a serial schedule on working calendars and shared capacity, and a search for a better one.

Blind to YAML, services and departments: it takes jobs, resources and hours, and gives dates with their reasons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from tamspec.plan.explain import Told, explained, refusal
from tamspec.plan.grid import SLOT, Grid, grid_after
from tamspec.plan.place import NEVER, Desk
from tamspec.plan.problem import Job, Resource, Scheduling, Slotted, Stake
from tamspec.plan.search import serve_all, serve_from
from tamspec.worktime import Windows

__all__ = ["SLOT", "Job", "Resource", "Scheduling", "Slotted", "Stake", "schedule"]


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
    return standing(jobs, resources, hours, at=at, horizon=horizon, stakes=stakes).scheduling


class Standing(Struct, frozen=True, kw_only=True):
    """A schedule that more work can join."""

    desk: Desk
    told: Told
    tried: int

    @property
    def scheduling(self) -> Scheduling:
        """The dates."""
        return Scheduling(
            slots=self.told.slots, unplaced=dict(sorted(refusals(self.desk).items())), evaluations=max(1, self.tried)
        )

    def joined(self, jobs: Sequence[Job], stakes: Mapping[str, Stake] | None = None) -> Standing | None:
        """The schedule of its own jobs and of more that are served after them: what one of everything at once would be,
        for the work that the new ones make. None where they are not served last, or cannot simply join."""
        last = max(self.desk.ranks, default=())
        desk = self.desk.joined(jobs) if all(job.rank > last for job in jobs) else None
        if desk is None:
            return None
        tried = self.tried + serve_from(desk, stakes or {}, len(self.desk.jobs))
        return Standing(desk=desk, told=explained(desk, self.told), tried=tried)


def standing(
    jobs: Sequence[Job],
    resources: Mapping[str, Resource],
    hours: Mapping[str, Windows],
    *,
    at: int,
    horizon: int,
    stakes: Mapping[str, Stake] | None = None,
) -> Standing:
    """As `schedule`, and ready for more."""
    desk = Desk(jobs, resources, Grid(hours, grid_after(at), horizon))
    tried = serve_all(desk, stakes or {})
    return Standing(desk=desk, told=explained(desk), tried=tried)


def refusals(desk: Desk) -> dict[str, str]:
    """Key → why the job has no place, of those that have none."""
    return {job.key: refusal(desk, n) for n, job in enumerate(desk.jobs) if desk.finish[n] >= NEVER}
