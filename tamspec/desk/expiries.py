"""Dates that end: what holds until a day, and by when its renewal must begin."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from msgspec import Struct

from tamspec.desk.capacity import before
from tamspec.desk.days import calendar_of, today_of, zone_of
from tamspec.model.plan import ChangePlan, Plan
from tamspec.model.project import Expiry
from tamspec.model.workspace import Workspace


class Ending(Struct, frozen=True, kw_only=True):
    """Something of a project that holds until a day, on a day of the client."""

    project: str
    name: str
    expiry: Expiry
    today: date
    begin: date
    """The last day on which its renewal may begin, to be done by the last day on which it holds."""
    renewal: ChangePlan | None
    """What the plan says of the Change that renews it; None: no Change of the project is there to do so."""

    renewed: date | None
    """The day on which that Change is done by plan; None: nobody renews it, or nobody knows when."""

    @property
    def label(self) -> str:
        """What people call it."""
        return self.expiry.title or self.name

    @property
    def ended(self) -> bool:
        """Whether its last day has passed."""
        return self.expiry.ends < self.today

    @property
    def must_begin(self) -> bool:
        """Whether the renewal must have begun by now, and no Change does it."""
        return not self.ended and self.renewal is None and self.begin <= self.today

    @property
    def comes_late(self) -> bool:
        """Whether it is renewed only after its last day."""
        return not self.ended and self.renewed is not None and self.renewed > self.expiry.ends


class Agreed(Struct, frozen=True, kw_only=True):
    """What somebody agreed to until a day: the agreement of a project, or that a Change may move another."""

    project: str
    agreement: str = ""
    change: str = ""
    """The Change that moves another."""
    moved: str = ""
    """The Change that it moves."""
    by: str = ""
    """Who answers for that one, and agreed."""
    until: date
    ended: bool


def agreed_until(last: date, workspace: Workspace, plan: Plan, projects: Collection[str]) -> Iterator[Agreed]:
    """What was agreed to for some projects until a day that is not after `last`, consents as long as they are needed;
    in the order in which it is written."""
    wanted = frozenset(projects)
    for name in (name for name in workspace.projects if name in wanted):
        named = workspace.projects[name].agreement
        until = workspace.agreements[named.name].valid_to if named else None
        if named and until and until <= last:
            ended = until < today_of(workspace, name, plan.at)
            yield Agreed(project=name, agreement=named.name, until=until, ended=ended)
    for name, change in workspace.changes.items():
        if not change.consents or change.project.name not in wanted or not plan.changes[name].pending:
            continue
        project, today = change.project.name, today_of(workspace, change.project.name, plan.at)
        for other, consent in sorted(change.consents.items()):
            if today <= consent.until <= last:
                by, until = consent.by.name, consent.until
                yield Agreed(project=project, change=name, moved=other, by=by, until=until, ended=False)


def endings(workspace: Workspace, plan: Plan) -> tuple[Ending, ...]:
    """Everything that ends, by its last day, as of the instant of a dated plan."""
    made = [one for name in workspace.projects for one in endings_of(workspace, plan, name)]
    return tuple(sorted(made, key=lambda one: (one.expiry.ends, one.project, one.name)))


def endings_of(workspace: Workspace, plan: Plan, project: str) -> tuple[Ending, ...]:
    """What ends of one project, by its last day."""
    found = workspace.projects[project]
    calendar = calendar_of(workspace, project)
    today = today_of(workspace, project, plan.at)
    zone = zone_of(workspace, project)
    made = []
    for name, one in found.expiries.items():
        renewal = _renewal(project, one, plan)
        made.append(
            Ending(
                project=project,
                name=name,
                expiry=one,
                today=today,
                begin=before(one.ends, one.lead_time, calendar),
                renewal=renewal,
                renewed=renewal.forecast.astimezone(zone).date() if renewal and renewal.forecast else None,
            )
        )
    return tuple(sorted(made, key=lambda one: (one.expiry.ends, one.name)))


def _renewal(project: str, expiry: Expiry, plan: Plan) -> ChangePlan | None:
    """The Change that renews it, while there is something of it to do; what is done has renewed it once before."""
    told = plan.changes.get(expiry.renewal.name) if expiry.renewal else None
    return told if told and told.project == project and told.state not in ("withdrawn", "closed") else None
