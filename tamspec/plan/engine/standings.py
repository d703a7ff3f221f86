"""Schedules that stand, kept for a plan of nearly the same work: of that only what is new needs a place.

A branch differs from its base by one client's work, as a rule, and thousands of others are in both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from tamspec.plan.engine.grid import Grid
from tamspec.plan.engine.place import Desk, Rank
from tamspec.plan.engine.problem import Job, Resource, Stake, hours_of
from tamspec.plan.engine.schedule import Standing, seated


class Problem(Struct, frozen=True, kw_only=True):
    """Jobs that share resources, and everything that their schedule depends on."""

    jobs: Sequence[Job]
    resources: Mapping[str, Resource]
    grid: Grid
    ranks: Mapping[str, Rank]
    stakes: Mapping[str, Stake]

    def solved(self) -> Standing:
        """Their schedule, made anew."""
        return seated(Desk(self.jobs, self.resources, self.grid, self.ranks), self.stakes)


class Standings:
    """The schedules that were made, by the keys of their jobs, and the odds that were told, by group."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Problem, Standing]] = {}
        self._older: dict[str, tuple[Problem, Standing]] = {}
        self._odds: dict[str, tuple[object, tuple[int, ...]]] = {}
        self._older_odds: dict[str, tuple[object, tuple[int, ...]]] = {}

    def age(self) -> None:
        """Another plan begins: what was made for the last one is still found, what is older is forgotten."""
        if self._known:
            self._older, self._known = self._known, {}
            self._older_odds, self._odds = self._odds, {}

    def keep(self, problem: Problem, standing: Standing) -> None:
        """Keep a schedule for another plan."""
        self._known |= dict.fromkeys((job.key for job in problem.jobs), (problem, standing))

    def near(self, problem: Problem) -> Standing | None:
        """The schedule of a problem, made by what is new joining one that stands; None where that cannot be."""
        keys = [job.key for job in problem.jobs]
        found = next((known[key] for known in (self._known, self._older) for key in keys if key in known), None)
        if found is None or not _is_part(found[0], problem):
            return None
        known = {job.key for job in found[0].jobs}
        new = [job for job in problem.jobs if job.key not in known]
        return found[1].joined(new, problem.stakes, problem.ranks) if new else found[1]

    def odds(self, group: str, grounds: object, tell: Callable[[], tuple[int, ...]]) -> tuple[int, ...]:
        """The odds of a group; those told before where they have the same grounds."""
        known = self._odds.get(group) or self._older_odds.get(group)
        if known is None or known[0] != grounds:
            known = (grounds, tell())
        self._odds[group] = known
        return known[1]


def _is_part(one: Problem, whole: Problem) -> bool:
    """Whether a problem is part of another, under the same conditions: what is new works on the calendars of both."""
    jobs = {job.key: job for job in whole.jobs}
    groups = {job.group for job in one.jobs}
    return (
        all(job == jobs.get(job.key) and one.ranks[job.key] == whole.ranks[job.key] for job in one.jobs)
        and all(one.stakes.get(group) == whole.stakes.get(group) for group in groups)
        and all(one.resources[name] == whole.resources[name] for job in one.jobs for name in job.demand)
        and (one.grid.at, one.grid.horizon) == (whole.grid.at, whole.grid.horizon)
        and all(one.grid.hours.get(name) == whole.grid.hours[name] for name in {*hours_of(whole.jobs)})
    )
