"""Whether something can be said of a new document, and what a flag may name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from tamspec.diagnostics import NOWHERE, Diagnostic, Place
from tamspec.draft.flags import Field, Given, put, value
from tamspec.draft.text import block
from tamspec.load import Schemas, read
from tamspec.load.build import Built
from tamspec.load.build import value as meaning
from tamspec.load.yaml import parse
from tamspec.model.catalog import Client, Service
from tamspec.model.workspace import Workspace
from tamspec.suggest import near


def candidates(field: Field, workspace: Workspace, given: Given) -> dict[str, str]:
    """Name → title of everything that a field can name. A Change asks the people of its project's client."""
    documents = workspace.by_kind
    found: dict[str, str] = {}
    for kind in field.kinds:
        if kind == "Contact":
            client = client_of(workspace, given)
            found |= {name: one.title for name, one in client.contacts.items()} if client else {}
        elif kind == "Requirement":
            project = workspace.projects.get(given.get("project", ("",))[0])
            found |= {name: one.text.strip() for name, one in project.requirements.items()} if project else {}
        else:
            retired = {name for name, one in documents[kind].items() if isinstance(one, Service) and one.retired}
            found |= {name: one.label for name, one in documents[kind].items() if name not in retired}
    return found | dict.fromkeys(field.choices, "")


def client_of(workspace: Workspace, given: Given) -> Client | None:
    """The client that the new document is about; None where it is about none that is known."""
    project = workspace.projects.get(given["project"][0]) if given.get("project") else None
    name = project.client.name if project else given.get("client", ("",))[0]
    return workspace.clients.get(name)


def objection(kind: str, field: Field, text: str, known: Iterable[str], schemas: Schemas) -> str | None:
    """Why something cannot be said with a flag, and the way out; None where it can. `known` are the names that it may
    name."""
    name = text.rpartition("=")[2] if field.form == "[NAME=]SERVICE" else text
    if field.kinds or field.choices:
        return _unknown(field, name, sorted(known))
    if not field.path:
        return None
    spec: dict[str, Any] = {}
    put(spec, field.path, value(field, (text,)))
    fault = _fault(field.of or kind, {"metadata": {"name": "name"}, "spec": spec}, ("spec", *field.path), schemas)
    return fault or (_no_day(text) if field.form == "DATE" else None)


def _no_day(text: str) -> str | None:
    """Why what is written as a date is none. Of a document that lacks more than this one value nobody else asks it."""
    built = Built()
    meaning(date, text, NOWHERE, built)
    return sentence(built.findings[0]) if built.findings else None


def name_objection(kind: str, name: str, schemas: Schemas) -> str | None:
    """Why a document cannot have a name."""
    return _fault(kind, {"metadata": {"name": name}, "spec": {}}, ("metadata", "name"), schemas)


def _unknown(field: Field, name: str, known: list[str]) -> str | None:
    if name in known:
        return None
    guess = near(name, known)
    what = " or ".join(kind.lower() for kind in field.kinds)
    hint = f"Did you mean '{guess}'?" if guess else f"There are: {', '.join(known)}." if known else "There is none yet."
    return f"There is no {what} '{name}'. {hint}" if what else f"'{name}' is none of {', '.join(known)}."


def _fault(kind: str, data: Mapping[str, Any], path: tuple[str, ...], schemas: Schemas) -> str | None:
    content = "\n".join(block({"apiVersion": "tamspec/v1", "kind": kind, **data}, 0)).encode()
    documents, _ = parse("new", content)
    place: Place = documents[0].place
    for step in path:
        place /= step
    begin, end = place.value, place.value
    for found in read("new", content, schemas).findings:
        after = (found.at.line, found.at.column) >= (begin.line, begin.column)
        if after and (found.at.line, found.at.column) < (end.end_line, end.end_column):
            return sentence(found)
    return None


def sentence(found: Diagnostic) -> str:
    """A finding in words alone: what is wrong, and the way out."""
    return f"{found.detail} {found.hint[:1].upper()}{found.hint[1:]}".strip()
