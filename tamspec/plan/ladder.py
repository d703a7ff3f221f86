"""The stability ladder: new work finds its place with as little harm to what others were promised as it can.

Rung 0: no other order moves. Rung 1: orders move, no other Change's committed finish does. The first rung that meets
the required-by date is taken; without one, or where none does, the higher.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tamspec.model.graph import in_order
from tamspec.model.order import State
from tamspec.model.plan import Action
from tamspec.model.workspace import Workspace
from tamspec.plan.jobs import Ground, client_of, deadline, jobs
from tamspec.plan.schedule import SLOT, Job, Scheduling, schedule
from tamspec.worktime import instant

BUDGET = 24
"""How many schedules a plan may try."""

PROMOTED, RECORDED, APPROVED, PROVISIONAL = -1, 0, 1, 2
"""Who is served first: what climbs, what was ordered, what is approved, and what is only drafted."""


@dataclass(frozen=True, kw_only=True)
class Climbed:
    """The dates of every order, and what each new Change cost the others."""

    scheduling: Scheduling
    jobs: Mapping[str, Job]
    rungs: Mapping[str, int] = field(default_factory=dict)
    moved: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Change → keys of other Changes' orders that it moves."""


UNDATED = Climbed(scheduling=Scheduling(slots={}, unplaced={}), jobs={})
"""Of a plan that asks nobody's time."""


def climb(actions: Iterable[Action], state: State, workspace: Workspace, base: Ground) -> Climbed:
    """Schedule what is ordered, then what is new; drafts last, since they may displace nobody."""
    orders = [action.order for action in actions if action.verb != "cancel"]
    dues = deadlines(workspace)
    ranked = _ranked(jobs(orders, state, base, dues), state, workspace)
    best = _run(ranked, base)
    rungs: dict[str, int] = {}
    moved: dict[str, tuple[str, ...]] = {}
    for name in _climbers(ranked, state, workspace)[: BUDGET - 1]:
        rungs[name] = 0
        if not _waits_for_others(name, ranked, best) or _meets(name, ranked, best, dues) is True:
            continue
        tried = {key: _promoted(job) if job.group == name else job for key, job in ranked.items()}
        attempt = _run(tried, base)
        if _finish(name, tried, attempt) < _finish(name, ranked, best) and _harmless(
            name, tried, best, attempt, state, dues
        ):
            moved[name] = _moved(name, tried, best, attempt)
            rungs[name] = 1 if moved[name] else 0
            ranked, best = tried, attempt
    return Climbed(scheduling=best, jobs=ranked, rungs=rungs, moved=moved)


def deadlines(workspace: Workspace) -> dict[str, int]:
    """Change → the end of its required-by day."""
    made = {}
    for name, change in workspace.changes.items():
        client = client_of(workspace, change.project.name)
        end = deadline(change, client, workspace) if client else None
        if end:
            made[name] = instant(end)
    return made


def _run(ranked: Mapping[str, Job], base: Ground) -> Scheduling:
    return schedule(tuple(ranked.values()), base.resources, base.hours, at=base.at, horizon=base.horizon)


def _ranked(made: Mapping[str, Job], state: State, workspace: Workspace) -> dict[str, Job]:
    """What was ordered keeps its turn; new work is served by its latest start, counting what follows it twice
    (due less twice the remaining work)."""
    tails = _tails(made)
    far = max((job.due for job in made.values() if job.due), default=0)
    ranked = {}
    for key, job in made.items():
        known = state.orders.get(key)
        change = workspace.changes.get(job.group)
        if known and not known.dropped:
            rank = (RECORDED, instant(known.recorded.start), 0)
        else:
            stage = APPROVED if change and change.state == "approved" else PROVISIONAL
            urgent = 0 if change and change.category == "emergency" else 1
            rank = (stage, urgent, (job.due or far) - 2 * tails[key] * SLOT)
        ranked[key] = replace(job, rank=rank)
    return ranked


def _tails(made: Mapping[str, Job]) -> dict[str, int]:
    """Slots of work on the longest chain from each job on, its own included."""
    tails = {key: job.work for key, job in made.items()}
    for key in reversed(in_order({key: job.needs for key, job in made.items()})):
        for need in made[key].needs:
            if need in tails:
                tails[need] = max(tails[need], made[need].work + tails[key])
    return tails


def _climbers(ranked: Mapping[str, Job], state: State, workspace: Workspace) -> list[str]:
    """Approved Changes with new orders, the most urgent first."""
    fresh = {job.group for key, job in ranked.items() if key not in state.orders}
    approved = [one for name, one in workspace.changes.items() if name in fresh and one.state == "approved"]
    approved.sort(key=lambda one: (one.category != "emergency", one.required_by is None, one.required_by, one.name))
    return [one.name for one in approved]


def _promoted(job: Job) -> Job:
    return replace(job, rank=(PROMOTED, *job.rank[1:]))


def _waits_for_others(name: str, ranked: Mapping[str, Job], result: Scheduling) -> bool:
    """Whether somebody else's work fills capacity that it could use."""
    return any(
        key in ranked and ranked[key].group != name
        for own, job in ranked.items()
        if job.group == name and own in result.slots
        for reason in result.slots[own].reasons
        if reason.kind == "capacity"
        for key in reason.orders
    )


def _finish(name: str, ranked: Mapping[str, Job], result: Scheduling) -> float:
    """When a Change is finished; infinite where an order of it has no place."""
    keys = [key for key, job in ranked.items() if job.group == name]
    return max((result.slots[key].finish if key in result.slots else float("inf") for key in keys), default=0)


def _meets(name: str, ranked: Mapping[str, Job], result: Scheduling, dues: Mapping[str, int]) -> bool | None:
    return _finish(name, ranked, result) <= dues[name] if name in dues else None


def _harmless(
    name: str, ranked: Mapping[str, Job], before: Scheduling, after: Scheduling, state: State, dues: Mapping[str, int]
) -> bool:
    """No other Change finishes after what it was promised, nor misses a date that it would have met."""
    for other in sorted({job.group for job in ranked.values()} - {name}):
        was, now = _finish(other, ranked, before), _finish(other, ranked, after)
        limits = [instant(state.committed[other])] if other in state.committed else []
        limits += [dues[other]] if other in dues else []
        if now > was and any(now > limit for limit in limits):
            return False
    return True


def _moved(name: str, ranked: Mapping[str, Job], before: Scheduling, after: Scheduling) -> tuple[str, ...]:
    return tuple(
        key
        for key, job in sorted(ranked.items())
        if job.group != name
        and key in before.slots
        and key in after.slots
        and (before.slots[key].start, before.slots[key].finish) != (after.slots[key].start, after.slots[key].finish)
    )
