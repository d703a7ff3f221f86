"""Names → what they name: references across documents, names within them, and cycles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

from msgspec import Struct
from msgspec.structs import replace

from tamspec.diagnostics import Diagnostic, Loc, Place, Related
from tamspec.load.build import Mention
from tamspec.load.faults import CYCLE, DUPLICATE_NAME, MEANINGLESS_VALUE, UNKNOWN_REFERENCE, WRONG_PARAMETER
from tamspec.load.params import check_params, mismatch, unknown_param
from tamspec.model.catalog import Client, ComponentSpec, Named, Service, Step
from tamspec.model.graph import cycle
from tamspec.model.landscape import Landscape
from tamspec.model.project import Change, Project
from tamspec.model.register import Observation, Proposal, Risk
from tamspec.model.within import What
from tamspec.model.within import names_within as within
from tamspec.model.workspace import ALWAYS, PLURALS, Workspace
from tamspec.suggest import did_you_mean, near, nearest
from tamspec.worktime import time_zone

Documents = Mapping[str, Mapping[str, Named]]
"""Kind → name → document."""


MOST_GUESSES = 100
"""Of one run. To look for names that are near takes long where there are thousands; who deleted a folder does not need
it."""


def by_name(documents: Iterable[tuple[str, Named]]) -> tuple[Documents, tuple[Diagnostic, ...]]:
    """Documents by kind and name; of those that share a name the first stays."""
    named: dict[str, dict[str, Named]] = {kind: {} for kind in PLURALS}
    findings = []
    for kind, document in documents:
        first = named[kind].setdefault(document.name, document)
        if first is not document:
            at = document.at / "metadata" / "name"
            detail = f"There are two documents {kind} '{document.name}'."
            related = (Related((first.at / "metadata" / "name").value, "the first one"),)
            findings.append(DUPLICATE_NAME(at, detail, hint="Give one of them another name.", related=related))
    own = named["Calendar"].get(ALWAYS.name)
    if own is not None:
        detail = f"The calendar '{ALWAYS.name}', around the clock, is in every workspace."
        findings.append(DUPLICATE_NAME(own.at / "metadata" / "name", detail, hint="Give this one another name."))
    named["Calendar"][ALWAYS.name] = ALWAYS
    return named, tuple(findings)


class Known(Struct, frozen=True):
    """A document that can be meant: its title, and where it is named, looked up when it is told."""

    title: str
    where: Callable[[], Loc]


def known(documents: Documents) -> Mapping[str, Mapping[str, Known]]:
    """The documents as what can be meant."""

    def of(document: Named) -> Known:
        return Known(document.title, lambda: (document.at / "metadata" / "name").value)

    return {kind: {name: of(document) for name, document in named.items()} for kind, named in documents.items()}


def unresolved(documents: Mapping[str, Mapping[str, Known]], mentions: Iterable[Mention]) -> Iterator[Diagnostic]:
    """A finding for each reference to a document that does not exist."""
    told: dict[tuple[tuple[str, ...], str], Diagnostic] = {}
    for mention in mentions:
        kinds, name, at = mention.kinds, mention.ref.name, mention.ref.at
        if any(name in documents[kind] for kind in kinds):
            continue
        what = " or ".join(map(str.lower, kinds))
        if (kinds, name) not in told and len(told) < MOST_GUESSES:
            candidates = {other: found for kind in kinds for other, found in documents[kind].items()}
            told[kinds, name] = unknown(what, name, at, candidates)
        first = told.get((kinds, name))
        hint = first.hint if first else "Correct the name, or add the document that it names."
        yield UNKNOWN_REFERENCE(at, f"There is no {what} '{name}'.", hint=hint)


def unknown(what: str, name: str, at: Place, candidates: Mapping[str, Any] | Iterable[str], of: str = "") -> Diagnostic:
    """The finding for a name that names nothing; candidates that are documents are told with their place."""
    guesses = [guess for guess in nearest(name, candidates) or (_by_title(name, candidates),) if guess]
    meant = " or ".join(f"'{guess}'{_where(guess, candidates)}" for guess in guesses)
    names = sorted(candidates)
    listed = (
        f"There are: {', '.join(names)}."
        if 0 < len(names) <= 12
        else f"There is no {what} of a similar name: take it out, or name another."
    )
    hint = f"Did you mean {meant}?" if meant else listed
    return UNKNOWN_REFERENCE(at, f"There is no {what} '{name}'{of and f' of {of}'}.", hint=hint)


def _where(name: str, candidates: Mapping[str, Any] | Iterable[str]) -> str:
    """The place of a candidate that is a document."""
    target = candidates.get(name) if isinstance(candidates, Mapping) else None
    return f" ({target.where()})" if isinstance(target, Known) else ""


def _by_title(name: str, candidates: Mapping[str, Any] | Iterable[str]) -> str | None:
    if not isinstance(candidates, Mapping):
        return None
    titled = {doc.title.lower(): key for key, doc in candidates.items() if isinstance(doc, Known) and doc.title}
    guess = near(name.lower(), titled)
    return titled[guess] if guess else None


def workspace_of(documents: Documents, workspace: Workspace) -> Workspace:
    """The workspace with these documents, sorted by name."""
    fields: dict[str, Any] = {plural: dict(sorted(documents[kind].items())) for kind, plural in PLURALS.items()}
    return Workspace(settings=workspace.settings, **fields)


def names_within(workspace: Workspace) -> Iterator[Diagnostic]:
    """Names that only one document knows: zones, steps, components, parameters."""
    for calendar in workspace.calendars.values():
        try:
            time_zone(calendar.time_zone)
        except ValueError as error:
            # Letters alone are an abbreviation, and the nearest of those is another zone altogether.
            known = () if calendar.time_zone.isupper() else available_timezones()
            meant = did_you_mean(calendar.time_zone, known) or "Name it by a place, as Europe/Moscow."
            yield MEANINGLESS_VALUE(calendar.at / "spec" / "timeZone", str(error), hint=meant)
    for service in workspace.services.values():
        yield from _service(service, workspace)
    for project in workspace.projects.values():
        yield from _components(project.components, project.at / "spec" / "components", workspace, None)
    yield from _loops(workspace)


def _service(service: Service, workspace: Workspace) -> Iterator[Diagnostic]:
    at = service.at / "spec"
    yield from _components(service.components, at / "components", workspace, service)
    for name, procedure in service.procedures.items():
        place = at / "procedures" / name
        for param in procedure.on_change:
            if param not in service.params:
                yield unknown_param(param, service, place / "onChange" / param)
        for part, written in (("steps", procedure.steps), ("backOut", procedure.back_out)):
            yield from steps(written, place / part, ())
            for step_name, step in written.items():
                yield from _params_of_step(step, service, place / part / step_name)


def _params_of_step(step: Step, service: Service, at: Place) -> Iterator[Diagnostic]:
    for field, params in (("when", step.when), ("effortPer", step.effort_per)):
        for param in params:
            if param not in service.params:
                yield unknown_param(param, service, at / field / param)


def steps(graph: Mapping[str, Step], at: Place, others: Iterable[str], what: str = "step") -> Iterator[Diagnostic]:
    """Steps wait for steps of the same graph (or for `others`, which are components), and not in a circle, nor by what
    they hand over. `what` they are called."""
    known = {*graph, *others}
    follows = {name: step.depends_on for name, step in graph.items()}
    yield from _edges(follows, at, what, known, what if known == set(graph) else f"{what} or component")
    if any(step.needs for step in graph.values()) and not cycle(follows):
        yield from _handed_in_a_circle(graph, at)


def _handed_in_a_circle(graph: Mapping[str, Step], at: Place) -> Iterator[Diagnostic]:
    """Steps that wait for each other's artefacts."""
    makers: dict[str, list[str]] = {}
    for name, step in graph.items():
        for artefact in step.produces:
            makers.setdefault(artefact, []).append(name)
    given = {
        name: {maker for one in step.needs for maker in makers.get(one, ())} - {name} for name, step in graph.items()
    }
    loop = cycle({name: {*step.depends_on, *given[name]} for name, step in graph.items()})
    for name, other in pairwise(loop):
        needed = [index for index, one in enumerate(graph[name].needs) if other in makers.get(one, ())]
        if needed and other not in graph[name].depends_on:
            detail = f"These steps wait for each other, through what they hand over: {' → '.join(loop)}."
            yield CYCLE(at / name / "needs" / needed[0], detail, hint="Let one of them do without.")
            return


def _edges(
    edges: Mapping[str, tuple[str, ...]], at: Place, what: str, known: set[str], meant: str = ""
) -> Iterator[Diagnostic]:
    """What waits for what; `meant`: what it may wait for, if for more than its own kind."""
    for name, targets in edges.items():
        for index, target in enumerate(targets):
            if target not in known:
                yield unknown(meant or what, target, at / name / "dependsOn" / index, sorted(known - {name}))
    loop = cycle(edges)
    if loop:
        at_loop = at / loop[0] / "dependsOn" / edges[loop[0]].index(loop[1])
        yield CYCLE(at_loop, f"These {what}s wait for each other: {' → '.join(loop)}.", hint="Remove one dependency.")


def _components(
    specs: Mapping[str, ComponentSpec], at: Place, workspace: Workspace, outer: Service | None
) -> Iterator[Diagnostic]:
    yield from _edges({name: spec.depends_on for name, spec in specs.items()}, at, "component", set(specs))
    for name, spec in specs.items():
        service = workspace.services.get(spec.service.name)
        if service:
            yield from check_params(spec, service, outer, at / name)


def _loops(workspace: Workspace) -> Iterator[Diagnostic]:
    """Documents that contain, own or replace each other in a circle."""

    def loop(edges: Mapping[str, tuple[str, ...]], what: str, docs: Mapping[str, Named]) -> Iterator[Diagnostic]:
        found = cycle(edges)
        if found:
            at = docs[found[0]].at / "metadata" / "name"
            yield CYCLE(at, f"{what}: {' → '.join(found)}.", hint="Remove one of them.")

    services, departments, agreements = workspace.services, workspace.departments, workspace.agreements
    parts = {name: tuple(part.service.name for part in one.components.values()) for name, one in services.items()}
    parents = {name: (one.parent.name,) if one.parent else () for name, one in departments.items()}
    behind = {name: tuple(ref.name for ref in one.behind) for name, one in agreements.items()}
    decisions = {name: (one.replaces.name,) if one.replaces else () for name, one in workspace.decisions.items()}
    older = {name: (one.replaces.name,) if one.replaces else () for name, one in agreements.items()}
    yield from loop(parts, "Composite services contain each other", services)
    yield from loop(parents, "Departments are each other's parents", departments)
    yield from loop(behind, "Agreements stand behind each other", agreements)
    yield from loop(older, "Agreements replace each other", agreements)
    yield from loop(decisions, "Decisions replace each other", workspace.decisions)


def names_in_changes(workspace: Workspace, history: Mapping[str, frozenset[str]]) -> Iterator[Diagnostic]:
    """What Changes name: components (of the project or of its ledger, `history`), tasks, people to ask.

    Everything else must have loaded without errors.
    """
    shapes = workspace.landscapes
    for change in workspace.changes.values():
        project = workspace.projects[change.project.name]
        yield from _change(change, project, shapes[project.name], workspace, history.get(project.name, frozenset()))


def values_handed_down(workspace: Workspace) -> Iterator[Diagnostic]:
    """Values that a composite service hands down must be values of its children, too.

    Everything else must have loaded without errors.
    """
    for shape in workspace.landscapes.values():
        for one in shape.components.values():
            for name, given in one.params.items() if "." in one.name else ():
                complaint = mismatch(given, workspace.services[one.service].params[name])
                if complaint:
                    detail = f"{name} of {one.name}, a {one.service}: {complaint[0]}"
                    yield WRONG_PARAMETER(one.origins[name], detail, hint=complaint[1])


def _change(
    change: Change, project: Project, shape: Landscape, workspace: Workspace, history: frozenset[str]
) -> Iterator[Diagnostic]:
    at = change.at / "spec"
    now = {*shape.components, *shape.composites}
    for index, name in enumerate(change.components):
        if name not in now and name not in history and not any(old.startswith(f"{name}.") for old in history):
            yield unknown("component", name, at / "components" / index, sorted(now | history), of=project.name)
    yield from steps(change.tasks, at / "tasks", now, "task")
    yield from steps(change.back_out, at / "backOut", (), "task")
    clash = sorted(set(change.tasks) & now)
    for name in clash:
        detail = f"'{name}' is both a task and a component."
        yield DUPLICATE_NAME((at / "tasks" / name).key, detail, hint="Give the task another name.")
    contacts = workspace.clients[project.client.name].contacts
    people: dict[str, Any] = {**known({"Person": workspace.people})["Person"], **contacts}
    yield from _answers(change, project, workspace, at / "questions")
    what = f"contact of {project.client.name} and no person"
    if change.requested_by and change.requested_by not in people:
        yield unknown(what, change.requested_by, at / "requestedBy", people)
    for name, question in change.questions.items():
        if question.ask and question.ask not in people:
            yield unknown(what, question.ask, at / "questions" / name / "ask", people)


def names_in_registers(workspace: Workspace, history: Mapping[str, frozenset[str]]) -> Iterator[Diagnostic]:
    """What registers name of their own project and client: components, contacts, documents, tasks and the like.

    Everything else must have loaded without errors.
    """
    for client in workspace.clients.values():
        yield from _within(client, _Sides(workspace, client, None, history))
    sides = {
        name: _Sides(workspace, workspace.clients[one.client.name], one, history)
        for name, one in workspace.projects.items()
    }
    for name, project in workspace.projects.items():
        yield from _within(project, sides[name])
        yield from _params_of_capacity(project, workspace)
    documents: tuple[Mapping[str, Change | Risk | Observation | Proposal], ...] = (
        workspace.changes,
        workspace.risks,
        workspace.observations,
        workspace.proposals,
    )
    for documents_of_kind in documents:
        for one in documents_of_kind.values():
            yield from _within(one, sides[one.project.name])


class _Sides(Struct, frozen=True):
    """Whom and what a document of a client may name."""

    workspace: Workspace
    client: Client
    project: Project | None
    history: Mapping[str, frozenset[str]]

    def candidates(self, what: What, document: Named) -> Mapping[str, Any] | Iterable[str]:
        """The names that there are."""
        contacts = self.client.contacts
        if what == "contact":
            return contacts
        if what in ("colleague", "party"):
            people = {**self._known("Person"), **contacts}
            return people if what == "colleague" else {**self._known("Department"), **people}
        if what == "task":
            return document.tasks if isinstance(document, Change) else ()
        if what == "option":
            return document.options if isinstance(document, Proposal) else ()
        if self.project is None:
            return ()
        if what == "component":
            shape = self.workspace.landscapes[self.project.name]
            old = self.history.get(self.project.name, frozenset())
            return {*shape.components, *shape.composites, *old}
        return self.project.documents if what == "document" else self.project.requirements

    def _known(self, kind: str) -> Mapping[str, Known]:
        return known({kind: self.workspace.by_kind[kind]})[kind]


WORDS: Mapping[What, str] = {
    "component": "component",
    "contact": "contact",
    "colleague": "person and no contact",
    "party": "person, department or contact",
    "document": "document",
    "task": "task",
    "requirement": "requirement",
    "option": "option",
}


def _within(document: Named, sides: _Sides) -> Iterator[Diagnostic]:
    for one in within(document):
        candidates = sides.candidates(one.what, document)
        if one.name not in candidates:
            owner = document if one.what in ("task", "option") else sides.project
            named = sides.client.name if one.what == "contact" or owner is None else owner.name
            of = "" if one.what in ("colleague", "party") else named
            listed = candidates if isinstance(candidates, Mapping) else sorted(candidates)
            found = unknown(WORDS[one.what], one.name, one.at, listed, of=of)
            yield replace(found, at=one.at.key) if one.is_key else found


def _params_of_capacity(project: Project, workspace: Workspace) -> Iterator[Diagnostic]:
    """What makes a limit greater is a parameter of the component."""
    components = workspace.landscapes[project.name].components
    for name, item in project.capacity.items():
        one = components.get(item.component)
        service = workspace.services.get(one.service) if one else None
        if item.param and service and item.param not in service.params:
            yield unknown_param(item.param, service, project.at / "spec" / "capacity" / name / "param", at_value=True)


_VALUE = re.compile(r"components\.([^.]+)\.params\.([^.]+)", re.ASCII)


def _answers(change: Change, project: Project, workspace: Workspace, at: Place) -> Iterator[Diagnostic]:
    """A question's `answers` names a parameter of a component of the project."""
    values = {
        f"components.{name}.params.{param}"
        for name, one in project.components.items()
        for param in workspace.services[one.service.name].params
    }
    for name, question in change.questions.items():
        place = at / name / "answers"
        match = _VALUE.fullmatch(question.answers)
        if not question.answers or question.answers in values:
            continue
        if match and match[1] in change.components and match[1] not in project.components:
            continue  # what it is about is taken down, or was
        meant = did_you_mean(question.answers, values)
        if not match:
            hint = meant or "Write components.COMPONENT.params.PARAMETER."
            yield UNKNOWN_REFERENCE(place, f"'{question.answers}' names no value of {project.name}.", hint=hint)
        elif match[1] not in project.components:
            found = unknown("component", match[1], place, project.components, of=project.name)
            yield replace(found, hint=meant or found.hint)
        else:
            service = workspace.services[project.components[match[1]].service.name]
            found = unknown_param(match[2], service, place, at_value=True)
            yield replace(found, hint=meant or found.hint)
