"""In which turn jobs are served where nothing was recorded yet: as a plan ranks the new work of approved Changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tamspec.model.graph import in_order
from tamspec.plan.ladder import APPROVED
from tamspec.plan.schedule import SLOT, Job

ORDINARY = 1
"""Not an emergency."""


def ranked(jobs: Iterable[Job]) -> tuple[Job, ...]:
    """The jobs, each ranked by its due date less twice the work that remains from it on."""
    made = {job.key: job for job in jobs}
    tails = _tails(made)
    far = max((job.due for job in made.values() if job.due), default=0)
    return tuple(
        replace(job, rank=(APPROVED, ORDINARY, (job.due or far) - 2 * tails[key] * SLOT)) for key, job in made.items()
    )


def _tails(made: dict[str, Job]) -> dict[str, int]:
    """Slots of work on the longest chain from each job on, its own included."""
    tails = {key: job.work for key, job in made.items()}
    for key in reversed(in_order({key: job.needs for key, job in made.items()})):
        for need in made[key].needs:
            tails[need] = max(tails[need], made[need].work + tails[key])
    return tails
