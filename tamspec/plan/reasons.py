"""Why an order does not start earlier, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tamspec.model.plan import Reason
from tamspec.model.workspace import Workspace

SHOWN = 3
"""How many orders a sentence names before it counts the rest."""


def worded(reason: Reason, workspace: Workspace) -> Reason:
    """The reason with its sentence."""
    return replace(reason, text=_sentence(reason, workspace))


def _sentence(reason: Reason, workspace: Workspace) -> str:
    match reason.kind:
        case "at":
            return "Nothing holds it back: it can start at once."
        case "release":
            return "It may not start earlier: that was decided."
        case "predecessor":
            return f"It follows {_listed(reason.orders)}."
        case "wait":
            return "A waiting time passes first."
        case "calendar":
            return "Nobody works on it before: the hours that it needs are closed until then."
        case "capacity":
            department = workspace.departments.get(reason.subject)
            who = department.label if department else reason.subject.removeprefix("tam:")
            return f"{who} has no capacity before: it works on {_listed(reason.orders)}."
        case "started":
            return "It is under way."


def _listed(keys: Sequence[str]) -> str:
    named = ", ".join(keys[:SHOWN])
    more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
    return (named + more) or "other work"
