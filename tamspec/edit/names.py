"""Another name for a document or a component, everywhere where it stands. The ledger is never touched: what it knows by
a name keeps that name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from tamspec.diagnostics import Place, TamspecError
from tamspec.edit.changes import Add, Drop, Edit, Insert, Put, Rename, edited
from tamspec.load import Part
from tamspec.load.build import Mention
from tamspec.load.scalars import misread
from tamspec.model.catalog import Client, Named
from tamspec.model.moves import called, is_within, name_after, recorded_moves
from tamspec.model.order import Adopted, Dated, Event, Ordered, StatusSet
from tamspec.model.project import Change, Project
from tamspec.model.values import with_article
from tamspec.model.within import names_within
from tamspec.suggest import near

Edits = dict[str, list[Edit]]
"""Path → what is changed in it."""

Schema = Mapping[str, Any]


def written_in(files: Mapping[str, bytes], edits: Mapping[str, Iterable[Edit]]) -> dict[str, bytes]:
    """The files that the edits change, with their new content."""
    made = {path: edited(path, files[path], changes) for path, changes in sorted(edits.items())}
    return {path: content for path, content in made.items() if content != files[path]}


# Documents.


def renamed(parts: Iterable[Part], kind: str, name: str, new: str, schema: Schema) -> Edits:
    """The edits that give a document another name, and every reference to it. `schema` is that of its kind.

    A `TamspecError` where the name is not free, is no name, or where the ledger knows the document by its old one.
    """
    parts = tuple(parts)
    part = next(one for one in parts if one.kind == kind and one.value.name == name)
    _refuse_name(new, schema)
    taken = next((one for one in parts if one.kind == kind and one.value.name == new), None)
    if taken:
        raise TamspecError(f"There is {with_article(kind.lower())} '{new}' already: {_name_of(taken).value}.")
    entry = next((one.event for one in parts if one.event and name in _recorded(one.event, kind)), None)
    if entry:
        raise TamspecError(
            f"The ledger knows {kind}/{name} by this name ({entry.place.value}), and the ledger is never "
            f"edited.\nWhat people read is the title; change that instead:\n"
            f"  tamspec set {kind}/{name} metadata.title TITLE"
        )
    edits: Edits = {}
    for place in (_name_of(part), *_references(parts, kind, name)):
        edits.setdefault(place.marks.path, []).append(Put(place, new))
    return edits


def _name_of(part: Part) -> Place:
    return part.place / "metadata" / "name"


def _references(parts: Collection[Part], kind: str, name: str) -> Iterator[Place]:
    """Where a document is named by others."""
    clients = {one.value.name: one.value for one in parts if isinstance(one.value, Client)}
    projects = {one.value.name: one.value for one in parts if isinstance(one.value, Project)}
    for part in parts:
        for mention in part.mentions:
            if mention.ref.name == name and _means(mention, part, kind, parts):
                yield _written(mention.ref.at)
        if part.named and name not in _contacts(part.value, clients, projects):
            if kind == "Person" and isinstance(part.value, Change):
                yield from _asked(part.value, name)
            meant = {"Person": ("colleague", "party"), "Department": ("party",)}.get(kind, ())
            yield from (_written(one.at) for one in names_within(part.value) if one.what in meant and one.name == name)


def _means(mention: Mention, part: Part, kind: str, parts: Iterable[Part]) -> bool:
    """Whether a reference is to a document of this kind. One that may be to two kinds is the customer of an agreement:
    its type decides."""
    if kind not in mention.kinds or len(mention.kinds) == 1:
        return kind in mention.kinds
    having = {one.named[0] for one in parts if one.named and one.named[1].name == mention.ref.name}
    possible = having & set(mention.kinds)
    if len(possible) == 1:
        return possible == {kind}
    return kind == ("Client" if getattr(part.value, "type", "") == "sla" else "Department")


def _contacts(document: Named, clients: Mapping[str, Client], projects: Mapping[str, Project]) -> Collection[str]:
    """The contacts that a document may name, before anybody of the provider."""
    of = getattr(document, "project", None)
    project = document if isinstance(document, Project) else projects.get(of.name) if of else None
    client = document if isinstance(document, Client) else clients.get(project.client.name) if project else None
    return client.contacts if client else ()


def _asked(change: Change, name: str) -> Iterator[Place]:
    """Where a Change names a person who is no contact of the client."""
    if change.requested_by == name:
        yield change.at / "spec" / "requestedBy"
    for key, question in change.questions.items():
        if question.ask == name:
            yield change.at / "spec" / "questions" / key / "ask"


def _written(place: Place) -> Place:
    """The node that stands in the text: one item may be written without the brackets of its list."""
    while not place.written:
        place = Place(place.marks, place.pointer[:-1])
    return place


def _recorded(event: Event, kind: str) -> set[str]:
    """The names of a kind that an entry of the ledger holds."""
    orders = [order for order, _ in event.orders.values()] if isinstance(event, Ordered) else []
    if kind == "Project":
        return {event.project}
    if kind == "Change":
        return {event.change} if isinstance(event, Ordered | Dated) else set()
    if kind == "Department":
        waits = {one.on for one in event.orders.values()} if isinstance(event, StatusSet) else set()
        return {name for order in orders for name in order.departments} | waits
    if kind == "Service":
        made = list(event.components.values()) if isinstance(event, Adopted) else []
        targets = [one.target for one in event.components.values()] if isinstance(event, Ordered) else []
        return {one.service for one in (*made, *targets) if one}
    return set()


def _refuse_name(name: str, schema: Schema) -> None:
    """Names are those of the schema. One that would need quotes everywhere is none that people get right."""
    rule = schema["$defs"]["name"]
    if not re.search(rule["pattern"], name) or len(name) > rule["maxLength"]:
        raise TamspecError(f"'{name}' is no name. {rule['description'].replace('`', chr(39))}")
    if misread(name):
        raise TamspecError(f"'{name}' would need quotes wherever it stands, since YAML tools read {misread(name)}.")


# Components.


def moved(
    parts: Iterable[Part],
    project: Project,
    old: str,
    new: str,
    ordered: Collection[str],
    schema: Schema,
    recorded: Iterable[Mapping[str, str]] = (),
) -> Edits:
    """The edits that give a component of a project another name, without work following from it.

    `ordered`: the names of the project's components that the ledger knows as ordered; `recorded`: its moves, as in
    `State.moves`. `schema` is that of projects. A `TamspecError` where there is no such component, or the new name is
    not free or no name.
    """
    _refuse_move(project, old, new, schema)
    at = project.at / "spec"
    edits: list[Edit] = [Rename(at / "components" / old, new)]
    for name, component in project.components.items():
        edits += _put(at / "components" / name / "dependsOn", component.depends_on, old, new)
    done = recorded_moves(project.moved, recorded)
    if is_within((name_after(name, project.moved, done) for name in ordered), old):
        edits += _declared(project, old, new, ordered, done)
    made: Edits = {project.at.marks.path: edits}
    for part in parts:
        of = getattr(part.value, "project", None) if part.named else None
        if part.value is not project and (of is None or of.name != project.name):
            continue
        edits = list(_in_change(part.value, old, new)) if isinstance(part.value, Change) else []
        named = (one for one in names_within(part.value) if one.what == "component")
        edits += [Put(_written(one.at), called(one.name, old, new)) for one in named if is_within((one.name,), old)]
        made.setdefault(part.place.marks.path, []).extend(edits)
    return made


def _refuse_move(project: Project, old: str, new: str, schema: Schema) -> None:
    if old not in project.components:
        inner = " It is a part of a composed component, whose service names it." if "." in old else ""
        guess = near(old, project.components)
        known = ", ".join(project.components) or "none"
        hint = f"Did you mean '{guess}'?" if guess else f"There are: {known}."
        raise TamspecError(f"{project.name} has no component '{old}'.{inner} {hint}")
    if new in project.components:
        place = (project.at / "spec" / "components" / new).key
        raise TamspecError(f"{project.name} has a component '{new}' already: {place}.")
    _refuse_name(new, schema)


def _put(at: Place, names: Iterable[str], old: str, new: str) -> Iterator[Edit]:
    """In a list of component names."""
    for index, name in enumerate(names):
        if called(name, old, new) != name:
            yield Put(_written(at / index), called(name, old, new))


def _declared(
    project: Project, old: str, new: str, ordered: Collection[str], recorded: Collection[int]
) -> Iterator[Edit]:
    """The `moved` entry. One that nobody recorded yet is corrected, or goes where it would lead nowhere; not where a
    later entry gives the new name to another, as when two are swapped: entries are followed from first to last."""
    at = project.at / "spec" / "moved"
    moves = enumerate(project.moved)
    towards = [index for index, move in moves if index not in recorded and move.target == old]
    later = [move.source for move in project.moved[towards[-1] + 1 :]] if towards else []
    if towards and not is_within(ordered, old) and not is_within(later, new):
        if project.moved[towards[-1]].source != new:
            yield Put(at / towards[-1] / "to", new)
        else:
            yield Drop(at if len(project.moved) == 1 else at / towards[-1])
        return
    entry = {"from": old, "to": new}
    if project.moved:
        yield Insert(at, len(project.moved), entry)
    elif at.written:
        yield Put(at, [entry])
    else:
        yield Add(project.at / "spec", "moved", [entry])


def _in_change(change: Change, old: str, new: str) -> Iterator[Edit]:
    """Where a Change names the component."""
    at = change.at / "spec"
    yield from _put(at / "components", change.components, old, new)
    for name, task in change.tasks.items():
        yield from _put(at / "tasks" / name / "dependsOn", task.depends_on, old, new)
    for key in change.orders:
        component, slash, rest = key.partition("/")
        if called(component, old, new) != component:
            yield Rename(at / "orders" / key, called(component, old, new) + slash + rest)
    for name, question in change.questions.items():
        answers = question.answers.split(".params.")
        component = answers[0].removeprefix("components.")
        if len(answers) == 2 and called(component, old, new) != component:
            value = f"components.{called(component, old, new)}.params.{answers[1]}"
            yield Put(at / "questions" / name / "answers", value)


def mentioned(files: Mapping[str, bytes], paths: Collection[str], name: str) -> list[str]:
    """Those of the paths whose text holds a name: what cannot be loaded may still mean it."""
    word = re.compile(rb"(?<![\w-])" + re.escape(name).encode() + rb"(?![\w-])")
    return [path for path in sorted(paths) if path in files and word.search(files[path])]
