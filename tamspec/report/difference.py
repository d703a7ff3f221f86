"""One plan beside another, of a base or under assumptions: for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tamspec.model.order import Dates
from tamspec.model.plan import Difference, Plan, Redated, WhatIf
from tamspec.model.workspace import Workspace
from tamspec.report.impact import impact_json, impact_text
from tamspec.report.text import visible
from tamspec.report.times import client_day, minute, utc, wall, zone_of

SHOWN = 12
"""How many orders that move are named, before the rest is counted."""


def difference_text(difference: Difference, workspace: Workspace, plan: Plan) -> Iterator[str]:
    """How many orders are new, gone or at other dates, and each Change that finishes otherwise."""
    counts = (
        (len(difference.added), "new"),
        (len(difference.removed), "gone"),
        (len(difference.altered), "altered"),
        (len(difference.redated), "at other dates"),
    )
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    yield f"  Work orders: {told}." if told else "  No work order changes."
    for one in difference.finishes:
        yield visible(f"  {redated_text(one, workspace, plan)}{_shift(one)}")
    yield from impact_text(difference)


def whatif_text(what: WhatIf, workspace: Workspace, *, full: bool = False) -> str:
    """What assumptions would change; with `full` every order that moves."""
    made = [
        visible(f"This is only a what-if, and nothing of it is recorded. It assumes: {'; '.join(what.assumptions)}.")
    ]
    made += ["", *difference_text(what.difference, workspace, what.plan)]
    keys = what.difference.redated
    shown = keys if full else keys[:SHOWN]
    if shown:
        made += ["", "  Orders that move, by their starts (UTC):"]
        made += [visible(f"    {key}: {_shifted(what, key)}") for key in shown]
    if len(keys) > len(shown):
        made.append(f"    … and {len(keys) - len(shown)} more; --full shows them all.")
    return "\n".join(made) + "\n"


def _shifted(what: WhatIf, key: str) -> str:
    return " → ".join(_start(dates, what.plan.at) for dates in what.difference.dates[key])


def _start(dates: Dates | None, now: datetime) -> str:
    return minute(dates.start, "UTC", now) if dates else "no date"


def redated_text(one: Redated, workspace: Workspace, plan: Plan) -> str:
    """A Change's finish before and after."""
    found = plan.changes.get(one.change)
    zone = zone_of(workspace, found.departments, found.project) if found else "UTC"
    project = found.project if found else ""
    was, now = (
        client_day(finish, zone, workspace, project) if finish else "no finish" for finish in (one.before, one.after)
    )
    return f"{one.change}: {was} → {now}"


def _shift(one: Redated) -> str:
    if one.before is None or one.after is None:
        return ""
    minutes = int((one.after - one.before).total_seconds()) // 60
    return f", {wall(abs(minutes))} {'later' if minutes > 0 else 'earlier'}"


def difference_json(difference: Difference) -> dict[str, Any]:
    """The difference for programs."""
    return {
        "added": list(difference.added),
        "removed": list(difference.removed),
        "altered": list(difference.altered),
        "redated": list(difference.redated),
        "finishes": [redated_json(one) for one in difference.finishes],
        **impact_json(difference),
    }


def redated_json(one: Redated) -> dict[str, Any]:
    """A Change whose finish differs, for programs."""
    return {"change": one.change, "before": utc(one.before), "after": utc(one.after)}
