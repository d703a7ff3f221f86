"""The stability ladder: new work finds its place with as little harm to what others were promised as it can.

Rung 0: no other order moves. Rung 1: orders move, no other Change's committed finish does. Rung 2: committed finishes
move, each of them named. Rung 3: everything that nobody has begun is planned anew. The first rung that meets the
required-by date is taken, up to 2; without such a date, or where no rung meets it, it is 1, and what the higher rungs
would give and cost is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from tamspec.model.order import State
from tamspec.model.plan import Action, Price, Redated
from tamspec.model.project import Change
from tamspec.model.workspace import Workspace
from tamspec.plan.engine.explain import explained
from tamspec.plan.engine.grid import Grid, grid_after
from tamspec.plan.engine.islands import islands
from tamspec.plan.engine.place import NEVER, Desk, Rank
from tamspec.plan.engine.problem import Job, Scheduling, Slotted, Stake
from tamspec.plan.engine.schedule import Standing, refusals
from tamspec.plan.engine.search import in_turn, serve_all
from tamspec.plan.engine.simulate import MOST_ORDERS, grounds, simulate
from tamspec.plan.engine.standings import Problem, Standings
from tamspec.plan.jobs import Ground, client_of, deadline, jobs
from tamspec.worktime import instant, moment

TRIALS = 24
"""How many times orders that share departments are planned with somebody else served first, at the most."""

PLACEMENTS = 400_000
"""Where so many orders would be placed in all, fewer are tried."""

SHIELDED, PROMOTED, RECORDED, APPROVED, PROVISIONAL = range(-2, 3)
"""Who is served first: what a climber must not harm, what climbs, what was ordered, what is approved, drafts."""

WEIGHTS = {"low": 1, "medium": 2, "high": 4}
"""How much a day of lateness counts, by the criticality of the project; in an emergency four times that."""


class Climb(Struct, frozen=True, kw_only=True):
    """What became of one Change on the ladder."""

    rung: int = 0
    moved: tuple[str, ...] = ()
    """Keys of other Changes' orders that it moves."""
    displaced: tuple[Redated, ...] = ()
    prices: tuple[Price, ...] = ()


class Climbed(Struct, frozen=True, kw_only=True):
    """The dates of every order, and what each new Change cost the others."""

    scheduling: Scheduling
    climbs: Mapping[str, Climb] = field(default_factory=dict)
    odds: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    """Change with efforts that may vary → by when it is finished in half and in four fifths of all cases."""
    desks: tuple[Desk, ...] = ()
    """Where every job has its place; departments that share no work have desks of their own."""


UNDATED = Climbed(scheduling=Scheduling(slots={}, unplaced={}))
"""Of a plan that asks nobody's time."""


def climb(
    actions: Iterable[Action],
    state: State,
    workspace: Workspace,
    base: Ground,
    *,
    replan: bool = False,
    uncertain: bool = True,
    standings: Standings | None = None,
) -> Climbed:
    """Schedule what is ordered, then what is new; drafts last, since they may displace nobody.

    Orders that share no department with each other are planned apart. With `replan`, nobody keeps a turn that was
    recorded, and every new Change is on rung 3. Only where efforts count as `uncertain`, the odds are told. What
    `standings` hold of another plan is not made again, and they get what is made here; the dates are the same.
    """
    orders = [action.order for action in actions if action.verb != "cancel"]
    stakes = _stakes(state, workspace)
    dues = {name: stake.due for name, stake in stakes.items() if stake.due is not None}
    made = jobs(orders, state, base, dues)
    ranks = _ranks(made, state, workspace)
    made |= {key: replace(job, reserved=ranks[key][0] == RECORDED) for key, job in made.items() if job.pin is not None}
    grid = Grid(base.hours, grid_after(base.at), base.horizon)
    slots: dict[str, Slotted] = {}
    unplaced: dict[str, str] = {}
    climbs: dict[str, Climb] = {}
    odds: dict[str, tuple[datetime, ...]] = {}
    desks: list[Desk] = []
    tried = 0
    by_key = [made[key] for key in sorted(made)]
    for island in ([by_key[at] for at in numbers] for numbers in islands(by_key)):
        problem = Problem(jobs=island, resources=base.resources, grid=grid, ranks=ranks, stakes=stakes)
        standing = standings.near(problem) if standings and not replan else None
        ladder = _Ladder(standing or problem.solved(), stakes, workspace)
        if standing and ladder.must_climb():
            ladder = _Ladder(problem.solved(), stakes, workspace)  # whoever is moved, is moved by the order of keys
        if replan:
            ladder.replan()
        else:
            ladder.climb()
        if standings:
            standings.keep(problem, ladder.standing)
        dated = ladder.slots()
        odds |= _odds(ladder.desk, ladder.groups, dated, standings) if uncertain else {}
        slots |= dated
        unplaced |= refusals(ladder.desk)
        climbs |= ladder.climbs
        tried += ladder.tried
        desks.append(ladder.desk)
    found = Scheduling(slots=dict(sorted(slots.items())), unplaced=dict(sorted(unplaced.items())), evaluations=tried)
    return Climbed(scheduling=found, climbs=climbs, odds=odds, desks=tuple(desks))


def _odds(
    desk: Desk, groups: Mapping[str, Sequence[int]], dated: Mapping[str, Slotted], standings: Standings | None
) -> dict[str, tuple[datetime, ...]]:
    """The odds of the groups whose efforts may vary; of none where that would take long."""
    varied = {
        name: members
        for name, members in groups.items()
        if any(desk.jobs[n].spread and desk.jobs[n].finished is None for n in members)
        and all(desk.finish[n] < NEVER for n in members)
    }
    if sum(map(len, varied.values())) > MOST_ORDERS:
        return {}
    known = standings or Standings()
    return {
        name: tuple(
            map(moment, known.odds(name, grounds(desk, members, dated), partial(simulate, desk, members, dated)))
        )
        for name, members in varied.items()
    }


def _stakes(state: State, workspace: Workspace) -> dict[str, Stake]:
    """Change → what hangs on its finish."""
    made = {}
    for name, change in workspace.changes.items():
        client = client_of(workspace, change.project.name)
        end = deadline(change, client, workspace) if client else None
        project = workspace.projects[change.project.name]
        committed = state.committed.get(name)
        made[name] = Stake(
            due=instant(end) if end else None,
            committed=instant(committed) if committed else None,
            weight=WEIGHTS[project.criticality] * (4 if change.category == "emergency" else 1),
        )
    return made


def _ranks(made: Mapping[str, Job], state: State, workspace: Workspace) -> dict[str, Rank]:
    """What was ordered keeps its turn; new work of one stage is served as the search finds best, emergencies first."""
    known = sorted((one.recorded.start, key) for key, one in state.orders.items() if key in made and not one.dropped)
    ranks: dict[str, Rank] = {key: (RECORDED, turn) for turn, (_, key) in enumerate(known)}
    for key in made.keys() - ranks.keys():
        change = workspace.changes.get(made[key].group)
        stage = APPROVED if change and change.state == "approved" else PROVISIONAL
        ranks[key] = (stage, 0 if change and change.category == "emergency" else 1)
    return ranks


class _Ladder:
    """Orders that share departments, and how the new Changes among them climb."""

    def __init__(self, standing: Standing, stakes: Mapping[str, Stake], workspace: Workspace) -> None:
        self.standing, self.stakes = standing, stakes
        desk = self.desk = standing.desk
        self.groups: dict[str, list[int]] = {}
        for n, job in enumerate(desk.jobs):
            self.groups.setdefault(job.group, []).append(n)
        fresh = {job.group for job, rank in zip(desk.jobs, desk.ranks, strict=True) if rank[0] == APPROVED}
        self.climbers = [one.name for one in _by_urgency(workspace) if one.name in fresh]
        self.recorded = {n for n, job in enumerate(desk.jobs) if desk.ranks[n][0] == RECORDED and job.is_ahead}
        self.climbs: dict[str, Climb] = {}
        self.trials = max(1, min(TRIALS, PLACEMENTS // max(1, len(desk.jobs))))
        self.tried = standing.tried

    def climb(self) -> None:
        """Let each new Change take the first rung that meets its date, the most urgent first."""
        for name in self.climbers:
            self.climbs[name] = Climb()
            if self.trials and self._is_wanting(name):
                self._climb(name)

    def must_climb(self) -> bool:
        """Whether some new Change is to climb."""
        return any(map(self._is_wanting, self.climbers))

    def slots(self) -> Mapping[str, Slotted]:
        """The dates that came of it, with their reasons."""
        return self.standing.told.slots if self.desk is self.standing.desk else explained(self.desk).slots

    def replan(self) -> None:
        """Give every order that nobody has begun the turn that the search finds best."""
        before, self.desk = self.desk, self._anew()
        for name in self.climbers:
            self.climbs[name] = self._taken(name, 3, before, self.desk)

    def _climb(self, name: str) -> None:
        """Serve a Change before others, and spare more and more of those that it would harm."""
        start = self.desk
        shielded: frozenset[str] = frozenset()
        costly: list[tuple[Desk, frozenset[str]]] = []
        harmless: Desk | None = None
        while self.trials and harmless is None:
            trial = self._promoted(name, shielded)
            if self._end(name, trial) >= self._end(name, start):
                break
            harmed = self._harmed(name, start, trial)
            if harmed:
                costly.append((trial, shielded))
                shielded = shielded.union(harmed)
            else:
                harmless = trial
        if harmless is not None:
            self.desk = harmless
            self.climbs[name] = self._taken(name, 1, start, harmless)
        if not self._is_met(name, self.desk):
            self._price(name, start, costly)

    def _price(self, name: str, start: Desk, costly: Sequence[tuple[Desk, frozenset[str]]]) -> None:
        """Take rung 2 where it meets the date, with the fewest promises broken; else tell what it and 3 would cost."""
        in_time = [one for one in costly if self._is_taken(name, start, one[0])]
        if in_time:
            trial, shielded = min(in_time, key=lambda one: len(self._displaced(name, start, one[0])))
            self.desk = self._sparing(name, start, trial, shielded)
            self.climbs[name] = self._taken(name, 2, start, self.desk)
            return
        prices = [self._priced(name, 2, start, trial) for trial, _ in costly[:1]]
        if self.trials and self.recorded:
            prices.append(self._priced(name, 3, start, self._anew()))
        self.climbs[name] = replace(self.climbs[name], prices=tuple(prices))

    # Trials

    def _sparing(self, name: str, start: Desk, trial: Desk, shielded: frozenset[str]) -> Desk:
        """A trial that meets the date, or one that meets it too and breaks fewer promises: those that it would harm are
        shielded one by one."""
        for one in self._harmed(name, start, trial):
            if not self.trials:
                break
            other = self._promoted(name, shielded | {one})
            fewer = len(self._displaced(name, start, other)) < len(self._displaced(name, start, trial))
            if fewer and self._is_taken(name, start, other):
                trial, shielded = other, shielded | {one}
        return trial

    def _promoted(self, name: str, shielded: frozenset[str]) -> Desk:
        ranks: dict[str, Rank] = {}
        for group in (name, *shielded):
            stage = PROMOTED if group == name else SHIELDED
            for n in self.groups[group]:
                ranks[self.desk.jobs[n].key] = (stage, *self.desk.ranks[n])
        return self._tried(ranks)

    def _anew(self) -> Desk:
        return self._tried(dict.fromkeys((self.desk.jobs[n].key for n in self.recorded), (APPROVED, 1)))

    def _tried(self, ranks: Mapping[str, Rank]) -> Desk:
        trial = self.desk.ranked(ranks)
        self.trials -= 1
        self.tried += serve_all(trial, self.stakes)
        return trial

    # What a trial does

    def _end(self, name: str, desk: Desk) -> int:
        return max(desk.finish[n] for n in self.groups[name])

    def _is_met(self, name: str, desk: Desk) -> bool:
        due = self.stakes[name].due
        return due is not None and self._end(name, desk) <= due

    def _harmed(self, name: str, before: Desk, after: Desk) -> list[str]:
        """The other Changes that finish after their promise, or miss a date that they would have met."""
        return [
            other
            for other in sorted(self.groups.keys() - {name})
            if (now := self._end(other, after)) > self._end(other, before)
            and any(now > limit for limit in self._limits(other))
        ]

    def _limits(self, other: str) -> list[int]:
        stake = self.stakes.get(other, Stake())
        return [limit for limit in (stake.committed, stake.due) if limit is not None]

    def _is_taken(self, name: str, before: Desk, after: Desk) -> bool:
        """Whether its date is met, and all that are harmed were promised something, so that they can be asked, and get
        another date."""
        harmed = self._harmed(name, before, after)
        can_be_asked = all(self.stakes[one].committed is not None and self._end(one, after) < NEVER for one in harmed)
        return can_be_asked and self._is_met(name, after)

    def _displaced(self, name: str, before: Desk, after: Desk) -> tuple[Redated, ...]:
        made = []
        for other in self._harmed(name, before, after):
            committed, now = self.stakes[other].committed, self._end(other, after)
            if committed is not None and now > committed:
                made.append(Redated(change=other, before=moment(committed), after=_moment(now)))
        return tuple(made)

    def _taken(self, name: str, rung: int, before: Desk, after: Desk) -> Climb:
        moved = tuple(
            job.key
            for n, job in enumerate(after.jobs)
            if job.group != name and (before.start[n], before.finish[n]) != (after.start[n], after.finish[n])
        )
        displaced = self._displaced(name, before, after)
        return Climb(rung=rung if moved or rung == 3 else 0, moved=moved, displaced=displaced)

    def _priced(self, name: str, rung: int, before: Desk, after: Desk) -> Price:
        return Price(
            rung=rung, forecast=_moment(self._end(name, after)), displaced=self._displaced(name, before, after)
        )

    def _is_wanting(self, name: str) -> bool:
        return not self._is_met(name, self.desk) and self._waits_for_others(name)

    def _waits_for_others(self, name: str) -> bool:
        """Whether others have a turn before it that was recorded, and it would be finished earlier without them."""
        if all(self.desk.jobs[n].group == name for n in self.recorded):
            return False
        alone = self.desk.ranked({})
        own = {n: self.desk.start[n] for n in self.groups[name] if self.desk.jobs[n].is_ahead}
        alone.serve(in_turn(alone, own), alone.board)
        return any(alone.finish[n] < self.desk.finish[n] for n in own)


def _by_urgency(workspace: Workspace) -> list[Change]:
    approved = [one for one in workspace.changes.values() if one.state == "approved"]
    approved.sort(key=lambda one: (one.category != "emergency", one.required_by is None, one.required_by, one.name))
    return approved


def _moment(finish: int) -> datetime | None:
    return moment(finish) if finish < NEVER else None
