"""What happened in a project, told in changes and not in commits, the latest first, by month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from msgspec import Struct

from tamspec.model.order import Adopted, Dated, Event, Moved, Ordered
from tamspec.render.book import Book, Link, change_key, project_path
from tamspec.render.escape import line
from tamspec.render.paging import Pages, numbered, pages
from tamspec.render.registers import observations_of, proposal_link
from tamspec.render.review import incident_link, review_path
from tamspec.render.verdict import kept_promise
from tamspec.render.when import When

ROWS = 80
"""Entries on one page."""


class Entry(Struct, frozen=True, kw_only=True):
    """Something that happened on a day."""

    day: str
    kind: str
    what: Link
    text: str


class Month(Struct, frozen=True, kw_only=True):
    """What happened in a month."""

    name: str
    entries: tuple[Entry, ...]


class ChroniclePage(Struct, frozen=True, kw_only=True):
    """A page of the chronicle. Days are the client's."""

    title: str
    project: Link
    answer: str
    months: tuple[Month, ...]
    pages: Pages
    zone: str
    at: When


class Told(Struct, frozen=True, kw_only=True):
    """What happened on which day; `turn` orders those of one day."""

    on: date
    turn: int
    kind: str
    what: Link
    text: str = ""


def chronicle_path(project: str, number: int = 1) -> str:
    """A page of a project's chronicle."""
    return project_path(project, numbered("chronicle", number))


def chronicle_pages(book: Book, project: str) -> int:
    """On how many pages a chronicle stands."""
    return max(1, -(-len(_entries(book, project)) // ROWS))


def chronicle_page(book: Book, project: str, number: int) -> ChroniclePage:
    """A page of a project's chronicle."""
    zone = book.client_zone(project)
    every = _entries(book, project)
    some = every[(number - 1) * ROWS : number * ROWS]
    label = book.workspace.projects[project].label
    return ChroniclePage(
        title=book.say("Chronicle of {project}", project=label),
        project=book.project_link(project),
        answer=book.many(
            len(every),
            "{number} thing is worth remembering; the latest first.",
            "{number} things are worth remembering; the latest first.",
        )
        if every
        else book.say("Nothing happened yet."),
        months=tuple(
            Month(
                name=name,
                entries=tuple(
                    Entry(day=book.language.day(one.on), kind=one.kind, what=one.what, text=one.text) for one in group
                ),
            )
            for name, group in groupby(some, key=lambda one: f"{one.on:%Y-%m}")
        ),
        pages=pages(
            book.say("Pages of the chronicle"),
            number,
            max(1, -(-len(every) // ROWS)),
            lambda at: chronicle_path(project, at),
        ),
        zone=zone.key,
        at=book.when(book.plan.at, zone),
    )


def _entries(book: Book, project: str) -> list[Told]:
    """Everything up to now, the latest first."""
    zone = book.client_zone(project)
    today = book.plan.at.astimezone(zone).date()
    found = [
        *_recorded(book, project, zone),
        *_finished(book, project, zone),
        *_incidents(book, project, zone),
        *_registers(book, project, zone),
        *_people(book, project),
    ]
    happened = [one for one in found if one.on <= today]
    return sorted(happened, key=lambda one: (-one.on.toordinal(), -one.turn, one.kind, one.what.text))


def _recorded(book: Book, project: str, zone: ZoneInfo) -> Iterator[Told]:
    for event in book.events_of.get(project, ()):
        if event.at <= book.plan.at:
            yield from _of_event(book, project, event, event.at.astimezone(zone).date(), zone)


def _of_event(book: Book, project: str, event: Event, on: date, zone: ZoneInfo) -> Iterator[Told]:
    match event:
        case Adopted():
            names = book.listed(sorted(event.components))
            text = book.say("Taken over as they stood: {components}.", components=names)
            yield Told(on=on, turn=0, kind=book.say("taken over"), what=book.project_link(project), text=text)
        case Ordered():
            change = book.change(change_key(event.change, project))
            promised = book.last_day(event.committed, zone).day if event.committed else ""
            text = book.say("Promised for {day}.", day=promised) if promised else ""
            yield Told(on=on, turn=1, kind=book.say("ordered"), what=change, text=text)
        case Dated():
            day = book.last_day(event.committed, zone).day
            text = book.say("Promised for {day}.", day=day)
            yield Told(on=on, turn=1, kind=book.say("promised anew"), what=book.change(event.change), text=text)
        case Moved():
            names = book.listed(f"{old} → {new}" for old, new in sorted(event.moves.items()))
            yield Told(on=on, turn=0, kind=book.say("renamed"), what=book.project_link(project), text=names)


def _finished(book: Book, project: str, zone: ZoneInfo) -> Iterator[Told]:
    for key in book.changes_of.get(project, ()):
        one = book.plan.changes[key]
        if one.state != "closed" or one.forecast is None:
            continue
        promised, late = kept_promise(book, one, zone)
        if late:
            text = book.say("Late: it was promised for {day}.", day=promised)
        elif promised:
            text = book.say("In time: it was promised for {day}.", day=promised)
        else:
            text = ""
        on = one.forecast.astimezone(zone).date()
        yield Told(on=on, turn=3, kind=book.say("finished"), what=book.change(key), text=text)


def _incidents(book: Book, project: str, zone: ZoneInfo) -> Iterator[Told]:
    kept = book.workspace.kept_of(project)
    for one in kept.incidents:
        end = book.say("Resolved on {moment}.", moment=book.when(one.resolved, zone).text) if one.resolved else ""
        on = _day_of(one.reported, zone)
        yield Told(on=on, turn=2, kind=book.say("incident"), what=incident_link(book, one), text=end)
    for review in kept.reviews:
        if review.held:
            link = Link(text=review.label, href="" if book.reader else review_path(review.name))
            yield Told(on=review.held, turn=2, kind=book.say("review held"), what=link)


def _registers(book: Book, project: str, zone: ZoneInfo) -> Iterator[Told]:
    for seen in observations_of(book, project):
        on = _day_of(seen.seen, zone)
        yield Told(on=on, turn=2, kind=book.say("seen"), what=Link(text=seen.label), text=line(seen.text))
    for proposal in book.workspace.kept_of(project).proposals:
        link, verdict = proposal_link(proposal), proposal.decision
        yield Told(on=proposal.raised, turn=1, kind=book.say("proposed"), what=link)
        if verdict:
            chosen = line(proposal.options[verdict.option].text) if verdict.option else ""
            kind = book.say("proposal accepted") if chosen else book.say("proposal declined")
            yield Told(on=verdict.decided, turn=2, kind=kind, what=link, text=chosen)
    if not book.reader:
        for decision in book.workspace.kept_of(project).decisions:
            if decision.status == "accepted":
                what, text = Link(text=decision.label), line(decision.decision)
                yield Told(on=decision.decided, turn=2, kind="decided", what=what, text=text)


def _people(book: Book, project: str) -> Iterator[Told]:
    written = book.workspace.projects[project]
    here = book.project_link(project)
    if written.handover and written.handover.accepted:
        names = {"giver": book.person(written.handover.giver.name), "taker": book.person(written.handover.taker.name)}
        text = book.say("{giver} handed the project over to {taker}.", **names)
        yield Told(on=written.handover.accepted, turn=1, kind=book.say("handed over"), what=here, text=text)
    for tenure in written.tenures:
        text = book.say("{person} is technical account manager from now on.", person=book.person(tenure.tam.name))
        yield Told(on=tenure.first, turn=0, kind=book.say("technical account manager"), what=here, text=text)
    client = book.client(project)
    for _, said in sorted(client.feedback.items()) if client else ():
        who = Link(text=book.contact(project, said.by) if said.by else (client.label if client else ""))
        yield Told(on=said.said, turn=2, kind=book.say("feedback"), what=who, text=line(said.text))


def _day_of(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
