"""Freezes: whether their days make sense, and whether the changes that they bind can keep them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from tamspec.diagnostics import Diagnostic, Related, Severity
from tamspec.model.catalog import Freeze
from tamspec.model.project import Change
from tamspec.model.workspace import Settings, Workspace
from tamspec.plan.freezes import binds, freezes_of
from tamspec.rules.rule import Objection, rule


@rule("TAM353", "Freeze that ends before it begins")
def freeze_reversed(workspace: Workspace) -> Iterator[Objection]:
    """The two days say from when to when nothing is changed; reversed, the freeze holds nobody up, and somebody
    believes that it does.

    Correct `from` or `to`; both days are included.
    """
    for project in workspace.projects.values():
        yield from _reversed(project.freezes)
    for client in workspace.clients.values():
        yield from _reversed(client.freezes)


def of_settings(settings: Settings) -> Iterator[Diagnostic]:
    """What is wrong with the freezes that the provider has for all clients."""
    yield from map(freeze_reversed.finding, _reversed(settings.freezes))


def _reversed(freezes: Mapping[str, Freeze]) -> Iterator[Objection]:
    for name, one in freezes.items():
        if one.last < one.first:
            yield one.at / "to", f"Freeze {name} begins on {one.first}, after this day."


@rule("TAM364", "Change that is required during a freeze", Severity.WARNING)
def required_in_freeze(workspace: Workspace) -> Iterator[Objection]:
    """Nobody works on the change in the last days before it is needed. What looks like time to spare is none: its work
    must be done before the freeze.

    Agree an earlier `requiredBy` with the client, or one after the freeze; or name the category of the change in
    `except` of the freeze.
    """
    for change, freezes in _bound(workspace):
        day = change.required_by
        holding = [one for one in freezes.values() if day and one.first <= day <= one.last]
        if day and holding and not _no_day_left(change, freezes):
            first = min(holding, key=lambda one: one.first)
            detail = f"On {day} changes are frozen, since {first.first}: the work of {change.name} must be done before."
            yield change.at / "spec" / "requiredBy", detail, "", _written(first)


@rule("TAM365", "Change of which every day is frozen")
def every_day_frozen(workspace: Workspace) -> Iterator[Objection]:
    """From the first day on which its work may begin to the day by which it is required changes are frozen: no plan can
    keep all three.

    Correct `notBefore` or `requiredBy`, or name the category of the change in `except` of the freeze.
    """
    for change, freezes in _bound(workspace):
        if _no_day_left(change, freezes):
            detail = f"Changes are frozen on every day from {change.not_before} to {change.required_by}."
            first = next(one for one in freezes.values() if change.required_by and one.last >= change.required_by)
            yield change.at / "spec" / "requiredBy", detail, "", _written(first)


def _bound(workspace: Workspace) -> Iterator[tuple[Change, Mapping[str, Freeze]]]:
    """Each Change that is wanted, with the freezes that it must keep."""
    for change in workspace.changes.values():
        found = freezes_of(workspace.projects[change.project.name], workspace)
        kept = {name: one for name, one in found.items() if binds(one, change.category)}
        if kept and change.state != "withdrawn":
            yield change, kept


def _no_day_left(change: Change, freezes: Mapping[str, Freeze]) -> bool:
    """Whether freezes cover every day on which it may be worked."""
    day, last = change.not_before, change.required_by
    if day is None or last is None or last < day:
        return False
    for one in sorted(freezes.values(), key=lambda one: one.first):
        if one.first <= day <= one.last:
            day = one.last + timedelta(days=1)
    return day > last


def _written(freeze: Freeze) -> tuple[Related, ...]:
    return (Related(freeze.at.key, "The freeze is written here."),)
