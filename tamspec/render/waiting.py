"""What waits in the registers of projects: for an answer, for a look, for a decision. On desks, and in one list of all
risks, proposals and observations across clients, those first that somebody must act on. Internal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct

from tamspec.desk.days import today_of
from tamspec.desk.proposals import reward
from tamspec.desk.registers import reviews, unanswered, undecided, untold
from tamspec.model.values import counted
from tamspec.render.book import Book, Link
from tamspec.render.escape import line, slug
from tamspec.render.paging import Pages, numbered, pages
from tamspec.render.registers import proposal_link, registers_path, response_word, standing
from tamspec.render.when import When, day_text

ROWS = 60
"""Entries on one page of the list."""


class Wait(Struct, frozen=True, kw_only=True):
    """Something that somebody must act on."""

    what: Link
    text: str
    urgent: bool
    """The day has passed."""
    day: date


class EntryRow(Struct, frozen=True, kw_only=True):
    """An entry of a register in the list of all."""

    kind: str
    what: Link
    text: str
    urgent: bool
    awaits: bool
    """Whether somebody must act on it."""
    project: Link
    client: str
    source: Link


class AllRegisters(Struct, frozen=True, kw_only=True):
    """A page of the list."""

    title: str
    answer: str
    rows: tuple[EntryRow, ...]
    pages: Pages
    at: When


def registers_list_path(number: int) -> str:
    """A page of the list of all registers."""
    return numbered("registers", number)


def registers_list_pages(book: Book) -> int:
    """On how many pages all entries stand."""
    kept = book.workspace
    return max(1, -(-(len(kept.risks) + len(kept.proposals) + len(kept.observations)) // ROWS))


def registers_list(book: Book, number: int) -> AllRegisters:
    """A page of all risks, proposals and observations of all clients."""
    every = sorted(_rows(book), key=lambda pair: pair[0])
    awaiting = sum(row.awaits for _, row in every)
    return AllRegisters(
        title="Registers",
        answer=f"{counted(len(every), 'entry', 'entries')} of all clients; "
        f"{awaiting or 'none'} of them {'waits' if awaiting == 1 else 'wait'} for somebody.",
        rows=tuple(row for _, row in every[(number - 1) * ROWS : number * ROWS]),
        pages=pages("Pages of registers", number, registers_list_pages(book), registers_list_path),
        at=book.when(book.plan.at, book.client_zone("")),
    )


def _rows(book: Book) -> Iterator[tuple[tuple[int, str, str, str], EntryRow]]:
    """Sort key and entry: those that wait first, then what is open, then the rest."""
    high = book.workspace.settings.high_risk
    for project in sorted(book.workspace.projects):
        today, kept = today_of(book.workspace, project, book.plan.at), book.workspace.kept_of(project)
        here = book.project_link(project)
        client = book.client(project)
        whose = client.label if client else ""
        for risk in kept.risks:
            late = risk.closed is None and risk.next_review is not None and risk.next_review < today
            awaits = risk.closed is None and (late or (risk.score >= high and not risk.response))
            told = f"{risk.probability} × {risk.severity} = {risk.score}, {response_word(book, risk.response)}"
            told += f"; to be looked at since {risk.next_review}" if late else "; closed" if risk.closed else ""
            link = Link(text=risk.label, href=f"{registers_path(project)}#risk-{slug(risk.name)}")
            rank = 0 if awaits else 1 if risk.closed is None else 2
            yield (
                (rank, f"{25 - risk.score:02}", "risk", risk.name),
                EntryRow(
                    kind="risk",
                    what=link,
                    text=told,
                    urgent=awaits,
                    awaits=awaits,
                    project=here,
                    client=whose,
                    source=book.source(risk.at.key),
                ),
            )
        due = {one.proposal.name: one.due for one in undecided(book.workspace, project)}
        for proposal in kept.proposals:
            merit = reward(proposal, book.state, book.plan)
            awaits = proposal.decision is None or merit == "eligible"
            told = standing(book, proposal) + ("; may be rewarded" if merit == "eligible" else "")
            yield (
                (0 if awaits else 2, proposal.raised.isoformat(), "proposal", proposal.name),
                EntryRow(
                    kind="proposal",
                    what=proposal_link(proposal),
                    text=told,
                    urgent=proposal.name in due and due[proposal.name] <= book.plan.at,
                    awaits=awaits,
                    project=here,
                    client=whose,
                    source=book.source(proposal.at.key),
                ),
            )
        for seen in kept.observations:
            day = seen.seen.astimezone(book.client_zone(project)).date()
            yield (
                (0 if seen.told is None else 2, day.isoformat(), "observation", seen.name),
                EntryRow(
                    kind="observation",
                    what=Link(text=seen.label, href=f"{registers_path(project)}#seen-{slug(seen.name)}"),
                    text=f"{seen.type}, seen on {day_text(day)}; "
                    + (f"told on {day_text(seen.told)}" if seen.told else "the client does not know of it"),
                    urgent=False,
                    awaits=seen.told is None,
                    project=here,
                    client=whose,
                    source=book.source(seen.at.key),
                ),
            )


def waits(book: Book, projects: Sequence[str]) -> tuple[Wait, ...]:
    """What the registers of these projects wait for, what is overdue first."""
    found = [one for project in projects for one in _waits(book, project)]
    return tuple(sorted(found, key=lambda one: (not one.urgent, one.day, one.what.href, one.text)))


SOON = 14
"""Days before a review that the desk speaks of it."""


def _waits(book: Book, project: str) -> Iterator[Wait]:
    at, zone, here = book.plan.at, book.client_zone(project), registers_path(project)
    today, label = today_of(book.workspace, project, at), book.workspace.projects[project].label
    for one in unanswered(book.workspace, project):
        due = one.due.astimezone(zone).date()
        by = f" by {book.contact(project, one.request.by)}" if one.request.by else ""
        late = one.due <= at
        text = f"asked{by} on {day_text(one.request.asked)}: {line(one.request.text)} "
        text += f"({'was to be answered' if late else 'to be answered'} by {day_text(due)})"
        yield Wait(
            what=Link(text=label, href=f"{here}#request-{slug(one.name)}"),
            text=text,
            urgent=late,
            day=one.request.asked,
        )
    for each in reviews(book.workspace, project):
        if (each.day - today).days <= SOON:
            anchor = {"risk": "risk", "constraint": "constraints", "growth point": "growth-points"}[each.what]
            word = "was to be looked at" if each.day < today else "is to be looked at"
            text = f"the {each.what} “{line(each.label)}” {word} by {day_text(each.day)}, {book.person(each.owner)}"
            link = Link(text=label, href=f"{here}#{anchor}-{slug(each.name)}")
            yield Wait(what=link, text=text, urgent=each.day < today, day=each.day)
    for seen in untold(book.workspace, project):
        day = seen.seen.astimezone(zone).date()
        text = f"seen on {day_text(day)}, and the client does not know of it: {seen.label}"
        yield Wait(what=Link(text=label, href=f"{here}#seen-{slug(seen.name)}"), text=text, urgent=False, day=day)
    for open_one in undecided(book.workspace, project):
        raised, late = open_one.proposal.raised, open_one.due <= at
        text = f"awaits the client's decision since {day_text(raised)}"
        yield Wait(what=proposal_link(open_one.proposal), text=text, urgent=late, day=raised)
