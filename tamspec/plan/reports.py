"""Reports of work → events, and the short names by which people call orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from tamspec.model.order import LEGAL, Event, Ordered, Report, State, Status, StatusSet

WORDS: Mapping[Status, str] = {
    "planned": "planned",
    "in_progress": "in progress",
    "done": "done",
    "blocked": "blocked",
    "rejected": "rejected",
    "cancelled": "cancelled",
}
"""Status → how people say it."""


def named(tail: str, keys: Iterable[str]) -> tuple[str, ...]:
    """The keys that a tail can mean, sorted: the key itself, else those whose last parts spell it.

    The number of an action may be left out, and the procedure of a step: `db/install` is `acme/db/provision.1/install`,
    `db/cut-over` is `acme/db/change.2/upgrade.cut-over`.
    """
    found = sorted(keys)
    if tail in found:
        return (tail,)
    wanted = tail.strip("/").split("/")
    exact = tuple(key for key in found if key.split("/")[-len(wanted) :] == wanted)
    return exact or tuple(key for key in found if _spelt(key, wanted))


def of_component(name: str, keys: Iterable[str]) -> tuple[str, ...]:
    """The keys of a component's orders, sorted; `name` may say its project: `acme/db`."""
    wanted = name.strip("/").split("/")
    return tuple(key for key in sorted(keys) if key.split("/")[:2][-len(wanted) :] == wanted)


def _spelt(key: str, wanted: list[str]) -> bool:
    return any(spelling[-len(wanted) :] == wanted for spelling in _spellings(key))


def _spellings(key: str) -> list[list[str]]:
    """How the parts of a key may be written: the action (or its number) and the procedure may be left out."""
    project, subject, *rest = key.split("/")
    step = rest[-1].rpartition(".")[2]
    spellings = [[project, subject, *rest], [project, subject, rest[-1]], [project, subject, step]]
    if len(rest) == 2:
        kind = rest[0].partition(".")[0]
        spellings += [[project, subject, rest[0], step]]
        spellings += [[project, subject, kind, name] for name in (rest[1], step)]
    return spellings


def tails(key: str) -> frozenset[str]:
    """Every text that may name an order of this key."""
    return frozenset("/".join(one[start:]) for one in _spellings(key) for start in range(len(one)))


def objection(state: State, key: str, report: Report) -> str | None:
    """Why an order cannot take this report, in one sentence; None where it can."""
    known = state.orders[key]
    if known.order.milestone:
        return f"{key} is a milestone: it is reached when everything before it is done, and nobody reports it."
    if report.status in LEGAL[known.status]:
        return None
    if report.status == known.status:
        return f"{key} is {WORDS[known.status]} already."
    return f"{key} is {WORDS[known.status]}; it cannot become {WORDS[report.status]}."


def last_recorded(events: Iterable[Event], key: str) -> Ordered | StatusSet:
    """With which entry an order was last given or reported on; an older report of it would change nothing."""
    entries = (one for one in events if isinstance(one, (Ordered, StatusSet)) and key in one.orders)
    return max(entries, key=lambda one: (one.at, one.name))


def reported(state: State, reports: Mapping[str, Report], at: datetime, who: str) -> tuple[StatusSet, ...]:
    """One event a project. Every report must be legal (see `objection`)."""
    projects = sorted({state.orders[key].order.project for key in reports})
    return tuple(
        StatusSet(
            at=at,
            by=who,
            project=project,
            name=f"{at:%Y%m%dt%H%M%Sz}-status-{project}",
            orders={key: one for key, one in sorted(reports.items()) if state.orders[key].order.project == project},
        )
        for project in projects
    )
