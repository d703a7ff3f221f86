"""Why an order does not start earlier, in one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from tamspec.model.plan import Reason
from tamspec.model.workspace import Workspace
from tamspec.plan.capacity import TAM
from tamspec.plan.freezes import PREFIX, title_of

SHOWN = 3
"""How many orders a sentence names before it counts the rest."""


def worded(reason: Reason, workspace: Workspace) -> Reason:
    """The reason with its sentence."""
    return replace(reason, text=_SENTENCES[reason.kind](reason, workspace))


def refused(why: str, zone: ZoneInfo, workspace: Workspace) -> str:
    """Why an order has no place, in the words of the files, with the instants that it tells as the clock of a time zone
    shows them."""
    why = _FREEZE.sub(lambda found: f"the freeze '{title_of(found[0], workspace)}'", why)
    why = _TAM.sub("TAM ", why)
    told = _INSTANT.sub(lambda found: f"{datetime.fromisoformat(found[0]).astimezone(zone):%Y-%m-%d %H:%M}", why)
    last = [*_LOCAL.finditer(told)][-1:]
    return f"{told[: last[0].end()]} ({zone.key}){told[last[0].end() :]}" if last and told != why else told


_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z")
_FREEZE = re.compile(rf"\b{PREFIX}[\w/+-]+")
_TAM = re.compile(rf"\b{TAM}(?=\w)")
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}")


def _predecessor(reason: Reason, _: Workspace) -> str:
    after = f", and {reason.subject} must pass after that" if reason.subject else ""
    return f"It follows {_listed(reason.orders)}{after}."


def _wait(reason: Reason, _: Workspace) -> str:
    after = f" after {_listed(reason.orders)}" if reason.orders else ""
    return f"A waiting time of {reason.subject} passes first{after}."


def _capacity(reason: Reason, workspace: Workspace) -> str:
    department = workspace.departments.get(reason.subject)
    who = department.label if department else reason.subject.removeprefix(TAM)
    busy = f": it works on {_listed(reason.orders)}" if reason.orders else ""
    return f"{who} has no capacity before{busy}."


_SENTENCES: Mapping[str, Callable[[Reason, Workspace], str]] = {
    "at": lambda *_: "Nothing holds it back: it can start at once.",
    "release": lambda *_: "It may not start earlier: that was decided.",
    "fence": lambda *_: "Its departments have settled their days until then: new work comes after.",
    "freeze": lambda reason, workspace: f"Changes are frozen: {title_of(reason.subject, workspace)}.",
    "pinned": lambda *_: "Somebody decided that it starts then.",
    "predecessor": _predecessor,
    "wait": _wait,
    "capacity": _capacity,
    "calendar": lambda *_: "Nobody works on it before: the hours that it needs are closed until then.",
    "started": lambda *_: "It is under way.",
}
"""Kind of a reason → its sentence."""


def _listed(keys: Sequence[str]) -> str:
    named = ", ".join(keys[:SHOWN])
    return f"{named} and {len(keys) - SHOWN} more" if len(keys) > SHOWN else named
