"""Freezes: the days on which nothing of a client is changed, whom they bind, and what they are called among the hours.

A client's project is bound by its own freezes, the client's, and those that the provider has for all clients.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from tamspec.model.catalog import Category, Freeze
from tamspec.model.project import Project
from tamspec.model.workspace import Workspace
from tamspec.worktime import Windows, midnight

PREFIX = "freeze:"
"""What the names of their windows begin with, so that they are nobody's calendar."""


def freezes_of(project: Project, workspace: Workspace) -> dict[str, Freeze]:
    """The freezes of a project by the names of their windows: `freeze:client/acme/year-end`. Those of the provider
    are other hours in each time zone, so their names tell it."""
    client = workspace.clients[project.client.name]
    owners = (
        (f"project/{project.name}", project.freezes),
        (f"client/{client.name}", client.freezes),
        (f"provider/{zone_of(project, workspace)}", workspace.settings.freezes),
    )
    return {f"{PREFIX}{owner}/{name}": one for owner, freezes in owners for name, one in sorted(freezes.items())}


def zone_of(project: Project, workspace: Workspace) -> str:
    """The time zone of a project's client, in which its days begin and end."""
    client = workspace.clients[project.client.name]
    return workspace.calendars[client.calendar.name].time_zone


def binds(freeze: Freeze, category: Category) -> bool:
    """Whether a change of that category must keep it."""
    return category not in freeze.excepted


def title_of(window: str, workspace: Workspace) -> str:
    """What people call the freeze that has a window of that name."""
    owner, _, name = window.removeprefix(PREFIX).rpartition("/")
    level, _, of = owner.partition("/")
    freezes: Mapping[str, Mapping[str, Freeze]] = {
        "project": workspace.projects[of].freezes if of in workspace.projects else {},
        "client": workspace.clients[of].freezes if of in workspace.clients else {},
        "provider": workspace.settings.freezes,
    }
    found = freezes[level].get(name)
    return (found and found.title) or name


def windows(workspace: Workspace, first: date, last: date) -> dict[str, Windows]:
    """The windows of every freeze by name, from the local date `first` up to, not including, `last`. One that lies
    outside of these days, or ends before it begins, has none."""
    made: dict[str, Windows] = {}
    for project in workspace.projects.values():
        name_of_zone = zone_of(project, workspace)
        zone = ZoneInfo(name_of_zone)
        for name, freeze in freezes_of(project, workspace).items():
            begins, ends = max(freeze.first, first), min(freeze.last + timedelta(days=1), last)
            if name not in made and begins < ends:
                span, horizon = ((midnight(a, zone), midnight(b, zone)) for a, b in ((begins, ends), (first, last)))
                made[name] = Windows((span[0],), (span[1],), horizon, name_of_zone)
    return made
