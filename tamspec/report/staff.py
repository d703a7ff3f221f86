"""Who could be TAM of a project: for the terminal and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from tamspec.desk.roles import Match, Proposed, percent_text
from tamspec.diagnostics import Diagnostic
from tamspec.model.values import counted
from tamspec.model.workspace import Workspace
from tamspec.report.findings import FORMAT_VERSION, as_json
from tamspec.report.text import visible
from tamspec.report.times import utc


def staff_text(found: Proposed, workspace: Workspace) -> str:
    """Everybody who could be it, with score and reasons."""
    return "".join(f"{visible(line)}\n" if line else "\n" for line in _lines(found, workspace))


def _lines(found: Proposed, workspace: Workspace) -> Iterator[str]:
    project = workspace.projects[found.project]
    title = f"  {project.title}" if project.title else ""
    yield f"{found.project}{title}"
    involved = ", ".join(found.departments)
    takes = f" It takes {percent_text(found.share)} of a TAM's working time." if found.share is not None else ""
    yield f"  It involves {counted(len(found.departments), 'department')}{': ' if involved else ''}{involved}.{takes}"
    if not found.matches:
        yield "  Nobody has the role, or is a candidate for it."
    for number, one in enumerate(found.matches, start=1):
        yield ""
        person = workspace.people[one.person]
        yield f"  {number}. {one.person}  {person.label}, {person.department}  {one.score} of 100"
        yield from (f"       {reason}" for reason in one.reasons)


def staff_json(found: Proposed, at: datetime, workspace: Workspace, findings: Iterable[Diagnostic]) -> str:
    """The answer as JSON, as `schemas/output/staff.schema.json` describes it."""
    made = {
        "format_version": FORMAT_VERSION,
        "at": utc(at),
        "project": found.project,
        "departments": list(found.departments),
        "share_percent": None if found.share is None else float(found.share),
        "matches": [_match_json(one, workspace) for one in found.matches],
        "findings": [as_json(one, workspace.settings.site) for one in findings],
    }
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _match_json(one: Match, workspace: Workspace) -> dict[str, Any]:
    person = workspace.people[one.person]
    return {
        "person": one.person,
        "department": person.department.name,
        "score": one.score,
        "ready": one.is_ready,
        "holds": one.holds or None,
        "own": list(one.own),
        "adjacent": list(one.adjacent),
        "uncovered": list(one.uncovered),
        "free_percent": float(one.free),
        "missing_training": list(one.missing),
        "communication": person.competencies.communication,
        "leading": person.competencies.leading,
        "reasons": list(one.reasons),
    }
