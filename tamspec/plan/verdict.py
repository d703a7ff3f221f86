"""What the plan says of each Change: finish, deadline, what is still to be asked, whether it can be applied."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from tamspec.model.landscape import Detail
from tamspec.model.order import State
from tamspec.model.plan import Action, ChangePlan, Diff, Opening, OpenQuestion, Scheduled
from tamspec.model.project import Change
from tamspec.model.workspace import Workspace
from tamspec.plan.consents import unagreed
from tamspec.plan.courses import Found
from tamspec.plan.diff import Desired
from tamspec.plan.jobs import client_of, deadline, end_of_day, group_of
from tamspec.plan.ladder import Climb


class Evidence(Struct, frozen=True, kw_only=True, dict=True):
    """Everything that a verdict looks at."""

    at: datetime
    workspace: Workspace
    wanted: Desired
    state: State
    diffs: Sequence[Diff]
    actions: Sequence[Action]
    openings: Sequence[Opening]
    stuck: Sequence[Found]
    schedule: Mapping[str, Scheduled]
    unplaced: Mapping[str, str]
    climbs: Mapping[str, Climb]
    odds: Mapping[str, tuple[datetime, ...]]

    @cached_property
    def actions_of(self) -> Mapping[str, list[Action]]:
        """Group (see `group_of`) → what becomes of its orders."""
        return _grouped(self.actions, lambda one: group_of(one.change, one.order.project))

    @cached_property
    def diffs_of(self) -> Mapping[str, list[Diff]]:
        """Group → its differences; pure renames are nobody's."""
        return _grouped(
            (one for one in self.diffs if one.kind != "move"), lambda one: group_of(one.change, one.project)
        )

    @cached_property
    def openings_of(self) -> Mapping[str, list[Opening]]:
        """Change → the actions that it opens."""
        return _grouped(self.openings, lambda one: one.change)


T = TypeVar("T")


def _grouped(things: Iterable[T], key: Callable[[T], str]) -> Mapping[str, list[T]]:
    made: dict[str, list[T]] = defaultdict(list)
    for one in things:
        made[key(one)].append(one)
    return made


def verdicts(seen: Evidence) -> dict[str, ChangePlan]:
    """A verdict for each Change, and one for each project that has differences no Change claims."""
    made = {name: _change(change, seen) for name, change in seen.workspace.changes.items()}
    for project in {one.project for one in seen.diffs if not one.change and one.kind != "move"}:
        made[group_of("", project)] = _unclaimed(project, seen)
    return dict(sorted(made.items()))


def _change(change: Change, seen: Evidence) -> ChangePlan:
    client = client_of(seen.workspace, change.project.name)
    end = deadline(change, client, seen.workspace) if client else None
    forecast = _finish(change.name, seen)
    questions = tuple(_questions(change, seen))
    closed = seen.state.is_closed(change.name)
    departments = {name for one in seen.actions_of[change.name] for name in one.order.departments}
    climb = seen.climbs.get(change.name, Climb())
    verdict = ChangePlan(
        name=change.name,
        project=change.project.name,
        title=change.title,
        state="closed" if closed else change.state,
        forecast=forecast,
        committed=seen.state.committed.get(change.name),
        deadline=end,
        slack_minutes=int((end - forecast).total_seconds()) // 60 if end and forecast else None,
        rung=climb.rung,
        moved_orders=climb.moved,
        displaced=climb.displaced,
        prices=climb.prices,
        odds=seen.odds.get(change.name, ()),
        departments=tuple(sorted(departments)),
        questions=questions,
        provisional=any(one.blocking for one in questions),
        pending=_has_news(change.name, seen),
    )
    verdict = replace(verdict, unagreed=tuple(unagreed(change, verdict.displaced, seen.workspace)))
    verdict = replace(verdict, obstacles=tuple(_obstacles(verdict, seen)))
    return replace(verdict, checksum=_checksum(verdict, seen))


def _unclaimed(project: str, seen: Evidence) -> ChangePlan:
    sentence = "No Change claims these differences, so nobody has asked for the work."
    group = group_of("", project)
    departments = {name for one in seen.actions_of[group] for name in one.order.departments}
    return ChangePlan(
        name="",
        project=project,
        title="Differences that no change claims",
        state="unclaimed",
        forecast=_finish(group, seen),
        departments=tuple(sorted(departments)),
        obstacles=(sentence,),
    )


def _has_news(name: str, seen: Evidence) -> bool:
    return bool(seen.diffs_of[name]) or any(one.verb != "keep" for one in seen.actions_of[name])


def _finish(group: str, seen: Evidence) -> datetime | None:
    """When the last order of a group is done, by plan or in fact; None where an order has no place, or none is."""
    keys = [one.order.key for one in seen.actions_of[group] if one.verb != "cancel"]
    if any(key in seen.unplaced for key in keys):
        return None
    ends = [seen.schedule[key].finish for key in keys if key in seen.schedule]
    ends += [one.finished for one in seen.state.orders_of(group) if one.finished]
    return max(ends, default=None)


def _questions(change: Change, seen: Evidence) -> Iterator[OpenQuestion]:
    """What is still to be asked: parameters without a value, and the Change's own questions without an answer. Nothing
    can be ordered on an assumption, whatever its question says."""
    if change.state == "withdrawn" or seen.state.is_closed(change.name):
        return
    details = {one.path: one for one in _details(change, seen)}
    asked = {question.answers for question in change.questions.values()}
    for name, question in change.questions.items():
        detail = details.get(question.answers)
        if detail is None and (question.answer or question.answers):
            continue
        yield OpenQuestion(
            name=name,
            text=question.text.strip(),
            ask=question.ask,
            due=question.due.isoformat() if question.due else "",
            field=question.answers,
            assumed=detail.assumed if detail else None,
            blocking=question.blocking or detail is not None,
            overdue=not question.answer
            and question.due is not None
            and _end_of(question.due, change.project.name, seen) <= seen.at,
            at=question.at,
        )
    for path, detail in details.items():
        if path not in asked:
            yield OpenQuestion(name=path, text=detail.ask, field=path, assumed=detail.assumed, at=detail.at)


def _end_of(day: date, project: str, seen: Evidence) -> datetime:
    """The end of a day for the client of a project that is written."""
    return end_of_day(day, seen.workspace.clients[seen.workspace.projects[project].client.name], seen.workspace)


def _details(change: Change, seen: Evidence) -> Iterator[Detail]:
    shape = seen.wanted.landscapes[change.project.name]
    touched = {one.component for one in seen.diffs_of[change.name]}
    for detail in shape.details:
        if touched & {detail.component, *shape.members(detail.component)}:
            yield detail


def _obstacles(verdict: ChangePlan, seen: Evidence) -> Iterator[str]:
    """Why a Change cannot be applied, a sentence each."""
    if verdict.state == "draft":
        yield "It is a draft: set `state: approved` to have it ordered."
    if verdict.state == "withdrawn" and any(one.verb in ("create", "update") for one in seen.actions_of[verdict.name]):
        yield "It is withdrawn; only cancellations of it can be recorded."
    open_ones = [one.name for one in verdict.questions if one.blocking]
    if open_ones:
        yield f"Blocking questions are open: {', '.join(open_ones)}."
    change = seen.workspace.changes[verdict.name]
    told = [one for one in verdict.questions if one.name in change.questions and change.questions[one.name].answer]
    yield from (f"Question {one.name} is answered; write the value in {one.field} of the project." for one in told)
    yield from (one.text for one in verdict.unagreed)
    subjects = {f"{one.project}/{one.component}" for one in seen.diffs_of[verdict.name]}
    subjects |= {one.component for one in seen.openings_of[verdict.name]}
    subjects |= {f"{verdict.project}/change:{verdict.name}"}
    yield from (finding.detail for id, finding in seen.stuck if id in subjects)
    for one in seen.actions_of[verdict.name]:
        if one.order.key in seen.unplaced:
            yield f"{one.order.key}: {seen.unplaced[one.order.key]}"


def _checksum(verdict: ChangePlan, seen: Evidence) -> str:
    """Names what a reviewer approves: differences, orders, price for others, who agreed to it, and the verdict on the
    deadline.

    Dates stay out: they move with every day that passes.
    """
    met = None if verdict.slack_minutes is None else verdict.slack_minutes >= 0
    parts: dict[str, Any] = {
        "diffs": [
            [one.component, one.kind, [[f.name, str(f.before), str(f.after)] for f in one.fields]]
            for one in seen.diffs_of[verdict.name]
        ],
        "orders": [
            [one.verb == "cancel", o.key, o.performer, o.joint, o.effort, o.people, str(o.wait), o.window, o.depends_on]
            + [str(term) for term in (o.pin, o.milestone, o.standby) if term]
            for one in seen.actions_of[verdict.name]
            for o in (one.order,)
        ],
        "rung": verdict.rung,
        "displaced": [one.change for one in verdict.displaced],
        "meets": met,
    }
    agreed = seen.workspace.changes[verdict.name].consents
    if agreed:
        parts["consents"] = {other: [one.by.name, str(one.until)] for other, one in agreed.items()}
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
