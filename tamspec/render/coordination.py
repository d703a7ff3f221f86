"""The part of a passport about working together: handover, needs, lines, the way up, and who answers for what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from msgspec import Struct

from tamspec.desk.lines import Activity, Party, lines_of, matrix, ways_up
from tamspec.desk.needs import Need, needs_of
from tamspec.model.project import Project
from tamspec.render.book import Book, Link

STANDINGS = ("wanted", "ordered", "built")
"""Of a component that is made of others the least counts."""


class NeedRow(Struct, frozen=True, kw_only=True):
    """A need of the client."""

    text: str
    by: str
    criticality: str
    answer: str
    """`open`, `met` or `declined`."""
    word: str
    detail: str
    """What meets it, why it is declined, or what is proposed."""


class LineRow(Struct, frozen=True, kw_only=True):
    """A contact of the client and who of ours speaks with them."""

    about: str
    ours: tuple[str, ...]
    theirs: str
    topics: str
    hours: str


class WayRow(Struct, frozen=True, kw_only=True):
    """Whom to call, one after the other."""

    components: str
    department: Link
    then: tuple[str, ...]


class ActivityRow(Struct, frozen=True, kw_only=True):
    """An activity and who has which part in it."""

    what: str
    accountable: str
    responsible: tuple[str, ...]
    consulted: tuple[str, ...]
    informed: tuple[str, ...]


class Item(Struct, frozen=True, kw_only=True):
    """An item of the checklist of a handover."""

    text: str
    done: str
    note: str


class Coordination(Struct, frozen=True, kw_only=True):
    """How provider and client work together in a project."""

    handover: str
    """Empty: there is none yet."""
    checklist: tuple[Item, ...]
    exit: tuple[str, ...]
    need_answer: str
    needs: tuple[NeedRow, ...]
    line_answer: str
    lines: tuple[LineRow, ...]
    ways: tuple[WayRow, ...]
    activities: tuple[ActivityRow, ...]


def coordination(book: Book, name: str) -> Coordination:
    """How provider and client work together in a project."""
    project = book.workspace.projects[name]
    needs = needs_of(project, book.workspace)
    return Coordination(
        handover=_handover(book, project),
        checklist=tuple(_checklist(book, project)),
        exit=tuple(_exit(book, project)),
        need_answer=_need_answer(book, needs),
        needs=tuple(_need(book, project, one) for one in needs),
        line_answer=_line_answer(book, project),
        lines=tuple(_lines(book, project)),
        ways=tuple(_ways(book, project)),
        activities=tuple(_activities(book, project)),
    )


def _day(book: Book, day: date | None) -> str:
    return book.language.day(day) if day else book.say("not yet")


def _handover(book: Book, project: Project) -> str:
    handover = project.handover
    if handover is None:
        return ""
    sides = {"giver": book.person(handover.giver.name), "taker": book.person(handover.taker.name)}
    if handover.accepted is None:
        return book.say("{giver} hands the project over to {taker}, who has not accepted it yet.", **sides)
    day = _day(book, handover.accepted)
    return book.say("{giver} handed the project over to {taker}, who accepted it on {day}.", day=day, **sides)


def _checklist(book: Book, project: Project) -> Iterator[Item]:
    demanded = book.workspace.settings.handover
    """By the day on which each was done; what is still to be done comes last."""
    items = project.handover.checklist.items() if project.handover else ()
    for name, one in sorted(items, key=lambda pair: (pair[1].done or date.max, pair[0])):
        yield Item(text=one.text or demanded.get(name, name), done=_day(book, one.done), note=one.note)


def _exit(book: Book, project: Project) -> Iterator[str]:
    leaving = project.exit
    if leaving is None:
        return
    yield book.say("The last day of service is {day}.", day=_day(book, leaving.ends))
    if leaving.to:
        yield book.say("Who takes over: {text}", text=leaving.to)
    yield book.say("All data handed over: {day}.", day=_day(book, leaving.data))
    yield book.say("Documents handed over: {day}.", day=_day(book, leaving.documents))


def _need_answer(book: Book, needs: tuple[Need, ...]) -> str:
    gaps = [one for one in needs if one.answer == "open"]
    if not needs:
        return ""
    if not gaps:
        return book.say("Every need is met or declined.")
    told = book.many(len(gaps), "{number} need is open", "{number} needs are open")
    return book.say("{gaps}; the gravest: {need}", gaps=told, need=gaps[0].requirement.text)


def _need(book: Book, project: Project, need: Need) -> NeedRow:
    words = {"open": book.say("open"), "met": book.say("met"), "declined": book.say("declined")}
    grave = {"low": book.say("low"), "medium": book.say("medium"), "high": book.say("high")}
    one = need.requirement
    return NeedRow(
        text=one.text,
        by=book.contact(project.name, one.by) if one.by else "",
        criticality=grave[one.criticality],
        answer=need.answer,
        word=words[need.answer],
        detail=_detail(book, project, need),
    )


def _detail(book: Book, project: Project, need: Need) -> str:
    if need.answer == "declined":
        return need.requirement.declined
    if need.answer == "met":
        return ", ".join(_standing(book, project, name) for name in need.requirement.met_by)
    if need.proposals:
        titles = book.listed(one.label for one in need.proposals)
        return book.say("proposed: {proposals}", proposals=titles)
    return book.say("nothing is proposed yet")


def _standing(book: Book, project: Project, name: str) -> str:
    """A component that meets a need, and whether it is there already."""
    members = book.landscapes[project.name].members(name)
    if not members:
        return book.say("{component} (no longer wanted)", component=name)
    words = {"built": book.say("built"), "ordered": book.say("ordered"), "wanted": book.say("wanted")}
    least = min(
        STANDINGS.index("built" if id in book.state.built else "ordered" if id in book.state.ordered else "wanted")
        for id in (f"{project.name}/{member}" for member in members)
    )
    return f"{name} ({words[STANDINGS[least]]})"


def _line_answer(book: Book, project: Project) -> str:
    team = project.team
    if team.tam and team.service_manager:
        return book.say(
            "{tam} speaks with the engineers, {manager} with those who decide.",
            tam=book.person(team.tam.name),
            manager=book.person(team.service_manager.name),
        )
    return book.say("Not both lines have somebody of ours yet.")


def _lines(book: Book, project: Project) -> Iterator[LineRow]:
    client = book.workspace.clients[project.client.name]
    words = {"technology": book.say("technology"), "decisions": book.say("decisions")}
    for one in lines_of(project, book.workspace):
        contact = client.contacts[one.contact]
        yield LineRow(
            about=words[one.about],
            ours=tuple(_party(book, project, each) for each in one.ours),
            theirs=contact.title,
            topics=book.listed(contact.topics),
            hours=book.workspace.calendars[(contact.hours or client.calendar).name].label,
        )


def _ways(book: Book, project: Project) -> Iterator[WayRow]:
    """A client is not told of the managers of departments: TAM and service manager are the client's way up."""
    for one in ways_up(project, book.workspace):
        inside = () if book.reader else tuple(book.person(name) for name in one.people)
        then = (*inside, *(_party(book, project, each) for each in one.then))
        yield WayRow(
            components=book.listed(one.components),
            department=book.department(one.department),
            then=tuple(dict.fromkeys(then)),
        )


def _activities(book: Book, project: Project) -> Iterator[ActivityRow]:
    for one in matrix(project, book.workspace, _open_changes(book, project.name)):
        if one.kind == "document" and book.reader and project.documents[one.subject[0]].audience != "client":
            continue
        yield ActivityRow(
            what=_what(book, project, one),
            accountable=_party(book, project, one.accountable),
            responsible=tuple(_party(book, project, each) for each in one.responsible),
            consulted=tuple(_party(book, project, each) for each in one.consulted),
            informed=tuple(_party(book, project, each) for each in one.informed),
        )


def _open_changes(book: Book, project: str) -> Mapping[str, tuple[str, ...]]:
    """The changes that are not over, with the departments of their orders."""
    return {
        key: tuple(sorted({name for order in book.orders_of(key) for name in order.departments}))
        for key in book.changes_of.get(project, ())
        if key in book.workspace.changes and book.plan.changes[key].state not in ("closed", "withdrawn")
    }


def _what(book: Book, project: Project, one: Activity) -> str:
    if one.kind == "whole":
        return book.say("The technology as a whole")
    if one.kind == "support":
        return book.say("Support of {components}", components=book.listed(one.subject))
    name = one.subject[0]
    if one.kind == "change":
        return book.say("Change: {change}", change=book.change(name).text)
    if one.kind == "levels":
        return book.say("Service levels: {agreement}", agreement=book.agreement(name).text)
    if one.kind == "document":
        return book.say("Document: {document}", document=project.documents[name].title or name)
    return project.responsibilities[name].title or name


def _party(book: Book, project: Project, party: Party) -> str:
    if party.kind == "role":
        words = {
            "tam": book.say("technical account manager, not named yet"),
            "service-manager": book.say("service manager, not named yet"),
        }
        return words[party.name]
    if party.kind == "department":
        return book.department(party.name).text
    return book.contact(project.name, party.name) if party.kind == "contact" else book.person(party.name)
