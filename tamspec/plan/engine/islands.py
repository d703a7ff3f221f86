"""Which jobs hang together, so that strangers can be looked at apart."""

from __future__ import annotations

from collections.abc import Sequence

from tamspec.plan.engine.problem import Job


def islands(jobs: Sequence[Job]) -> list[list[int]]:
    """The jobs in groups, by their numbers in the order given: two are in one group where a chain of jobs joins them,
    each of which shares a Change, a resource or a need with the next."""
    if jobs and _is_one(jobs):
        return [list(range(len(jobs)))]
    above: list[int] = []
    groups: dict[str, int] = {}
    resources: dict[str, int] = {}
    keys: dict[str, int] = {}
    for number, job in enumerate(jobs):
        above.append(number)
        for last, names in ((groups, (job.group,)), (resources, job.demand), (keys, (job.key, *job.needs))):
            for name in names:
                other = last.get(name, number)
                last[name] = number
                if above[other] != number:
                    above[_top(above, other)] = number
    found: dict[int, list[int]] = {}
    for number in range(len(above)):
        found.setdefault(_top(above, number), []).append(number)
    return list(found.values())


def _is_one(jobs: Sequence[Job]) -> bool:
    """Whether one Change or resources join all jobs, which is told at once, and true of most portfolios."""
    if all(job.group == jobs[0].group for job in jobs):
        return True
    shared = [frozenset(names) for names in {tuple(job.demand) for job in jobs} if names]
    joined, *others = shared or [frozenset()]
    while near := [one for one in others if joined & one]:
        joined = joined.union(*near)
        others = [one for one in others if not joined >= one]
    if others:
        return False
    idle = {job.group for job in jobs if not job.demand}
    return not idle or idle <= {job.group for job in jobs if job.demand}


def _top(above: list[int], one: int) -> int:
    """The number that stands for all that are joined with one."""
    while (higher := above[one]) != one:
        above[one] = one = above[higher]
    return one
