"""What a branch reaches, in a few lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tamspec.model.order import Dates
from tamspec.model.plan import Difference, Touched
from tamspec.report.findings import as_span
from tamspec.report.text import visible
from tamspec.report.times import utc

SHOWN = 8
"""How many names a line has before the rest is counted."""


def impact_text(difference: Difference) -> Iterator[str]:
    """The components that are changed, those that stand on them, and the changes of others that move."""
    direct = (_with_cause(one) for one in difference.touched if not one.through)
    indirect = (one.component for one in difference.touched if one.through)
    lines = (("Changed", direct), ("Stand on that", indirect), ("Moved, of others", difference.moved_others))
    for title, names in lines:
        told = _listed(list(names))
        if told:
            yield visible(f"  {title}: {told}")


def _with_cause(one: Touched) -> str:
    return f"{one.component} ({one.causes[0]})" if one.causes else one.component


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def impact_json(difference: Difference) -> dict[str, Any]:
    """The same for programs, with the dates of every order before and after."""
    return {
        "dates": [
            {"key": key, "before": _dates(before), "after": _dates(after)}
            for key, (before, after) in sorted(difference.dates.items())
        ],
        "touched": [
            {
                "component": one.component,
                "impact": "indirect" if one.through else "direct",
                "through": list(one.through),
                "causes": _spans(one),
            }
            for one in difference.touched
        ],
        "moved_others": list(difference.moved_others),
    }


def _dates(dates: Dates | None) -> dict[str, str | None] | None:
    return {"start": utc(dates.start), "finish": utc(dates.finish)} if dates else None


def _spans(one: Touched) -> Iterable[dict[str, str | int]]:
    return [as_span(at) for at in one.causes]
