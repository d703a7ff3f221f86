"""Who holds a project on a day: by its `tenures`, and without them by its `team`, now as then."""

from __future__ import annotations

from datetime import date

from tamspec.model.project import Project, Tenure


def tenures_on(project: Project, day: date) -> tuple[Tenure, ...]:
    """The tenures that the day lies in; more than one is a finding of its own."""
    return tuple(one for one in project.tenures if one.first <= day and (one.last is None or day <= one.last))


def tam_on(project: Project, day: date) -> str:
    """Who was, is or will be TAM of a project on a day; empty: nobody."""
    if not project.tenures:
        return project.team.tam.name if project.team.tam else ""
    return next((one.tam.name for one in tenures_on(project, day)), "")


def tam_and_deputy_on(project: Project, day: date) -> frozenset[str]:
    """Who answered for the technical whole of a project on a day, as TAM or standing in; `team` says it where no tenure
    does."""
    held = tenures_on(project, day) or (project.team,)
    return frozenset(ref.name for one in held for ref in (one.tam, one.deputy) if ref)


def takers_on(project: Project, day: date) -> tuple[str, ...]:
    """Who takes the project over on a day: its TAM of then, before the first one or in a gap whoever is the next;
    empty: nobody is written."""
    if not project.tenures:
        return (project.team.tam.name,) if project.team.tam else ()
    then = {one.tam.name for one in tenures_on(project, day)}
    ahead = sorted((one.first, one.tam.name) for one in project.tenures if one.first > day)
    return tuple(sorted(then or {name for first, name in ahead if first == ahead[0][0]}))
