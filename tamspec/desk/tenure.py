"""Who is TAM of a project on a day."""

from __future__ import annotations

from datetime import date

from tamspec.model.project import Project


def tams_at(project: Project, day: date) -> tuple[str, ...]:
    """Who takes over the project on a day: its TAM of then, before the first one or in a gap whoever is the next;
    empty: nobody is written.

    Without tenures the team says who is TAM, now as then.
    """
    if not project.tenures:
        return (project.team.tam.name,) if project.team.tam else ()
    then = {one.tam.name for one in project.tenures if one.first <= day and (one.last is None or day <= one.last)}
    later = sorted((one.first, one.tam.name) for one in project.tenures if one.first > day)
    return tuple(sorted(then or {name for first, name in later if first == later[0][0]}))
