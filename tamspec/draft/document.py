"""What a new document says, as data, from what was said on the command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from tamspec.diagnostics import TamspecError
from tamspec.draft.flags import Field, Given, kebab, put, value
from tamspec.load.params import mismatch
from tamspec.model.catalog import Param, Service
from tamspec.model.landscape import Detail, Landscape
from tamspec.model.plan import Diff
from tamspec.model.values import Scalar
from tamspec.model.workspace import Workspace
from tamspec.suggest import near

PATHS: Mapping[str, str] = {
    "Project": "{projects}/{name}/project.yaml",
    "Change": "{folder}/{name}.yaml",
    "Service": "{catalog}/services/{name}.yaml",
    "Department": "{catalog}/departments/{name}.yaml",
    "Person": "{catalog}/people/{name}.yaml",
    "Client": "{catalog}/clients/{name}.yaml",
    "Calendar": "{catalog}/calendars/{name}.yaml",
    "Agreement": "{catalog}/agreements/{name}.yaml",
    "Risk": "{folder}/risks/{name}.yaml",
    "Observation": "{folder}/observations/{name}.yaml",
    "Proposal": "{folder}/proposals/{name}.yaml",
    "Decision": "{folder}/decisions/{name}.yaml",
}
"""Kind → where a new document of it stands."""


def path_of(kind: str, name: str, workspace: Workspace, given: Given) -> str:
    """Where the new document stands."""
    sources = workspace.settings.sources
    project = given.get("project", ("",))[0]
    catalog = "catalog" if "catalog" in sources else sources[0]
    return PATHS[kind].format(
        name=name,
        catalog=catalog,
        projects="projects" if "projects" in sources else sources[-1],
        # Only a decision may be of no project: it is about the provider's own way of working.
        folder=workspace.projects[project].at.marks.path.rpartition("/")[0] if project else catalog,
    )


def document(
    kind: str, name: str, title: str, every: Iterable[Field], given: Given, workspace: Workspace
) -> dict[str, Any]:
    """The document as data. A `TamspecError` where something was said that cannot be."""
    spec: dict[str, Any] = {}
    for field in every:
        if field.path and not field.of and given.get(field.flag):
            put(spec, field.path, value(field, given[field.flag]))
    spec |= _MAKE[kind](given, workspace) if kind in _MAKE else {}
    metadata = {"name": name, "title": title} if title else {"name": name}
    return {"apiVersion": "tamspec/v1", "kind": kind, "metadata": metadata, "spec": spec}


def unclaimed(diffs: Iterable[Diff], project: str, shape: Landscape) -> list[str]:
    """The components of a project whose differences nobody has asked for yet; a composite where that is all of it."""
    ours = [one for one in diffs if one.project == project and one.kind != "move"]
    free = {one.component for one in ours if not one.change}
    taken = {one.component for one in ours if one.change}
    names = []
    for name in sorted(free):
        top = name.partition(".")[0]
        whole = top in shape.composites and not any(other.startswith(f"{top}.") for other in taken)
        names.append(top if whole else name)
    return list(dict.fromkeys(names))


def questions(details: Iterable[Detail], components: Iterable[str], ask: str, due: str) -> dict[str, dict[str, Any]]:
    """A question for each value of these components that only somebody else can tell, under a short name."""
    tops = {name.partition(".")[0] for name in components}
    made: dict[str, dict[str, Any]] = {}
    for detail in details:
        if detail.component not in tops:  # inside a composite only its own values can be asked for
            continue
        name = kebab(re.sub("(?<=[KMGT])iB$", "ib", detail.path.rpartition(".")[2]))
        if name in made:
            name = f"{detail.component}-{name}"
        told = {"text": detail.ask, "ask": ask, "due": due, "answers": detail.path}
        made[name] = {key: value for key, value in told.items() if value}
    return made


def _project(given: Given, workspace: Workspace) -> dict[str, Any]:
    components = _components(given.get("service", ()))
    for text in given.get("set", ()):
        key, sign, value = text.partition("=")
        if not sign:
            raise TamspecError(f"--set {text}: write it as PARAM=VALUE, or as COMPONENT.PARAM=VALUE.")
        component, _, param = key.rpartition(".")
        owners = [component] if component else [name for name in components if _has(components[name], param, workspace)]
        if len(owners) > 1:
            raise TamspecError(f"--set {text}: say of which component, as {owners[0]}.{text}.")
        if not owners and len(components) != 1:
            raise TamspecError(f"--set {text}: no component has a parameter '{param}'.")
        owner = owners[0] if owners else next(iter(components))
        if owner not in components:
            raise TamspecError(f"--set {text}: there is no component '{owner}'; there are: {', '.join(components)}.")
        service = workspace.services[components[owner]["service"]]
        components[owner].setdefault("params", {})[param] = _param(text, param, value, service)
    return {"components": components} if components else {}


def _has(component: Mapping[str, Any], param: str, workspace: Workspace) -> bool:
    return param in workspace.services[component["service"]].params


def _components(said: Iterable[str]) -> dict[str, dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for text in said:
        name, _, service = text.rpartition("=")
        if (name or service) in made:
            raise TamspecError(f"There would be two components '{name or service}'; name one, as NAME={service}.")
        made[name or service] = {"service": service}
    return made


def _param(text: str, name: str, said: str, service: Service) -> Scalar:
    param = service.params.get(name)
    if param is None:
        guess = near(name, service.params)
        has = ", ".join(sorted(service.params)) or "no parameters"
        hint = f"Did you mean '{guess}'?" if guess else f"It has {has}."
        raise TamspecError(f"--set {text}: service {service.name} has no parameter '{name}'. {hint}")
    value = _typed(said, param)
    complaint = mismatch(value, param)
    if complaint:
        raise TamspecError(f"--set {text}: {complaint[0]} {complaint[1]}")
    return value


def _typed(said: str, param: Param) -> Scalar:
    if param.type == "boolean" and said in ("true", "false"):
        return said == "true"
    if param.type in ("integer", "number") and re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", said, re.ASCII):
        return int(said)
    if param.type == "number" and re.fullmatch(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,9}", said, re.ASCII):
        return Decimal(said)
    return said


def _service(given: Given, _workspace: Workspace) -> dict[str, Any]:
    if "component" in given:
        return {"components": _components(given["component"])}
    performer = given["supported-by"][-1]
    made = {"provision": {"steps": {"provide": {"department": performer, "effort": given["effort"][-1]}}}}
    if "decommission-effort" in given:
        step = {"department": performer, "effort": given["decommission-effort"][-1]}
        made["decommission"] = {"steps": {"remove": step}}
    return {"procedures": made}


def _client(given: Given, _workspace: Workspace) -> dict[str, Any]:
    contacts = {}
    for role in ("decision-maker", "technical"):
        for text in given.get(role, ()):
            name, _, title = text.partition("=")
            contacts[name.strip()] = {"title": title.strip() or name.strip(), "role": role}
    return {"contacts": contacts} if contacts else {}


def _calendar(given: Given, _workspace: Workspace) -> dict[str, Any]:
    hours = {}
    for text in given.get("hours", ()):
        days, sign, shifts = text.partition("=")
        if not sign:
            raise TamspecError(f"--hours {text}: write it as mon-fri=09:00-13:00,14:00-18:00.")
        hours[days.strip()] = [shift.strip() for shift in shifts.split(",") if shift.strip()]
    return {"hours": hours}


def _agreement(given: Given, _workspace: Workspace) -> dict[str, Any]:
    priorities = {}
    for text in given.get("priority", ()):
        name, _, targets = text.partition("=")
        response, sign, resolution = targets.partition("/")
        if not sign:
            raise TamspecError(f"--priority {text}: write it as p1=15m/4h: the response, then the resolution.")
        priorities[name.strip()] = {"response": response.strip(), "resolution": resolution.strip()}
    clocks = {
        "response": {"start": "reported", "stop": "acknowledged"},
        "resolution": {"start": "reported", "pause": ["waiting-client"], "stop": "restored"},
    }
    return {"clocks": clocks, "priorities": priorities} if priorities else {}


def _proposal(given: Given, _workspace: Workspace) -> dict[str, Any]:
    options: dict[str, dict[str, Any]] = {}
    for text in given.get("option", ()):
        name, sign, told = text.partition("=")
        if not sign or not told.strip():
            raise TamspecError(f"--option {text}: write it as NAME=TEXT, as filter='A filter before the shop.'")
        options[name.strip()] = {"text": told.strip()}
    return {"options": options} if options else {}


_MAKE: Mapping[str, Callable[[Given, Workspace], dict[str, Any]]] = {
    "Project": _project,
    "Service": _service,
    "Client": _client,
    "Calendar": _calendar,
    "Agreement": _agreement,
    "Proposal": _proposal,
}
"""Kind → what its flags of `MORE` become."""
