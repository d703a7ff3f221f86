"""A proposal as a letter to the client: what the matter is, what it rests on, what can be done, what we would do, and
what was decided. Who may be rewarded stands on the provider's page alone."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from tamspec.desk.proposals import reward
from tamspec.model.register import Proposal
from tamspec.render.book import Book, Link
from tamspec.render.registers import observations_of, registers_path, standing
from tamspec.render.review import incident_link
from tamspec.render.when import When


class OptionRow(Struct, frozen=True, kw_only=True):
    """One way to do it."""

    text: str
    cost: str
    effect: str
    recommended: bool
    chosen: bool


class Proof(Struct, frozen=True, kw_only=True):
    """Something that it rests on."""

    day: str
    what: Link
    text: str


class Merit(Struct, frozen=True, kw_only=True):
    """Who had the idea, and what follows for them. Only the provider reads it."""

    who: str
    standing: str
    note: str


class ProposalPage(Struct, frozen=True, kw_only=True):
    """Everything in the letter. Times are in the client's zone."""

    title: str
    answer: str
    project: Link
    registers: Link
    to: str
    """The contacts who decide, else the client."""
    sender: str
    raised: str
    problem: str
    evidence: str
    proofs: tuple[Proof, ...]
    needs: tuple[str, ...]
    options: tuple[OptionRow, ...]
    recommendation: str
    decision: str
    why: str
    change: Link | None
    merit: Merit | None
    source: Link
    zone: str
    at: When


def proposal_page(book: Book, name: str) -> ProposalPage:
    """The letter of a proposal."""
    one = book.workspace.proposals[name]
    project = one.project.name
    zone, client = book.client_zone(project), book.client(project)
    team = book.workspace.projects[project].team
    deciders = (
        [each.title for _, each in sorted(client.contacts.items()) if each.role == "decision-maker"] if client else []
    )
    option = one.options.get(one.recommendation)
    return ProposalPage(
        title=one.label,
        answer=_answer(book, one),
        project=book.project_link(project),
        registers=Link(text=book.say("Registers"), href=registers_path(project)),
        to=book.listed(deciders) or (client.label if client else ""),
        sender=book.person(team.tam.name) if team.tam else "",
        raised=book.language.day(one.raised),
        problem=one.problem,
        evidence=one.evidence.text,
        proofs=tuple(_proofs(book, one)),
        needs=tuple(_needs(book, one)),
        options=tuple(
            OptionRow(
                text=each.text,
                cost=each.cost,
                effect=each.effect,
                recommended=key == one.recommendation,
                chosen=bool(one.decision and one.decision.option == key),
            )
            for key, each in sorted(one.options.items(), key=lambda pair: (pair[0] != one.recommendation, pair[0]))
        ),
        recommendation=option.text if option else "",
        decision=_decision(book, one),
        why=one.decision.why if one.decision else "",
        change=book.change(one.change.name) if one.change and book.may_read_change(one.change.name) else None,
        merit=None if book.reader else _merit(book, one),
        source=book.source(one.at.key),
        zone=zone.key,
        at=book.when(book.plan.at, zone),
    )


def _answer(book: Book, one: Proposal) -> str:
    if one.decision is None:
        return book.say("Proposed on {raised}; it awaits the client's decision.", raised=book.language.day(one.raised))
    return book.say(
        "Proposed on {raised}: {standing}.", raised=book.language.day(one.raised), standing=standing(book, one)
    )


def _proofs(book: Book, one: Proposal) -> Iterator[Proof]:
    """What was seen and what failed, in the order of time. Of what a client was not told yet nothing is said."""
    zone = book.client_zone(one.project.name)
    named = {ref.name for ref in one.evidence.observations}
    for each in reversed([seen for seen in observations_of(book, one.project.name) if seen.name in named]):
        yield Proof(day=book.when(each.seen, zone).text, what=Link(text=each.label), text=each.text)
    failed = [book.workspace.incidents[ref.name] for ref in one.evidence.incidents]
    for incident in sorted(failed, key=lambda each: (each.reported, each.name)):
        if book.may_read(incident.project.name):
            yield Proof(day=book.when(incident.reported, zone).text, what=incident_link(book, incident), text="")


def _needs(book: Book, one: Proposal) -> Iterator[str]:
    needs = book.workspace.projects[one.project.name].requirements
    yield from (needs[name].text for name in one.evidence.requirements if name in needs)


def _decision(book: Book, one: Proposal) -> str:
    verdict = one.decision
    if verdict is None:
        return ""
    who, day = book.contact(one.project.name, verdict.by), book.language.day(verdict.decided)
    if not verdict.option:
        return book.say("{who} declined it on {day}.", who=who, day=day)
    return book.say("{who} chose on {day}: {option}", who=who, day=day, option=one.options[verdict.option].text)


def _merit(book: Book, one: Proposal) -> Merit:
    words = {
        "none": "gets no reward yet, since it is not implemented",
        "eligible": "may be rewarded, since it is implemented",
        "given": "was rewarded",
    }
    told = words[reward(one, book.state, book.plan)]
    given = f" on {book.language.day(one.reward.given)}" if one.reward and one.reward.given else ""
    return Merit(who=book.person(one.by.name), standing=f"{told}{given}", note=one.reward.note if one.reward else "")
