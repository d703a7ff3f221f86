"""An agreement: what is promised to whom, in which hours, and, for the provider, whether it can be kept and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from tamspec.model.catalog import Agreement
from tamspec.model.promise import PromiseTold, TargetTold
from tamspec.model.values import counted
from tamspec.render.book import Book, Link
from tamspec.render.directory import hours_text
from tamspec.render.paging import Pages, numbered, pages
from tamspec.render.when import When, length_of


class Target(Struct, frozen=True, kw_only=True):
    """How long something may take."""

    priority: str
    clock: str
    length: str
    verdict: str
    """`kept`, `seldom` or `refuted`; empty: nothing is computed of it."""
    told: str
    """The same in words."""
    worst: str
    share: str


class ClockRow(Struct, frozen=True, kw_only=True):
    """What starts, stops and holds a clock."""

    name: str
    start: str
    stop: str
    pause: tuple[str, ...]


class Behind(Struct, frozen=True, kw_only=True):
    """Who stands behind a promise, in turn."""

    turn: int
    agreements: tuple[Link, ...]


class AgreementPage(Struct, frozen=True, kw_only=True):
    """Everything on the page of an agreement."""

    name: str
    title: str
    answer: str
    type: str
    provider: str
    customer: str
    hours: str
    attainment: str
    availability: str
    signed: str
    valid: str
    targets: tuple[Target, ...]
    clocks: tuple[ClockRow, ...]
    behind: tuple[Behind, ...]
    proofs: tuple[TargetTold, ...]
    unproven: tuple[str, ...]
    gaps: tuple[str, ...]
    supply: str
    assumed: str
    projects: tuple[Link, ...]
    source: Link
    zone: str
    """That of its service hours."""
    at: When


class AgreementRow(Struct, frozen=True, kw_only=True):
    """An agreement in the list."""

    agreement: Link
    type: str
    provider: str
    customer: str
    signed: str
    verdict: str
    told: str


class AgreementsPage(Struct, frozen=True, kw_only=True):
    """The list of agreements."""

    title: str
    answer: str
    rows: tuple[AgreementRow, ...]
    pages: Pages
    at: When


VERDICTS = {"kept": "can be kept", "seldom": "missed now and then", "refuted": "cannot be kept"}


def agreement_page(book: Book, name: str, promised: Callable[[str], PromiseTold]) -> AgreementPage:
    """The page of an agreement; a client is not told of the arithmetic, nor of who stands behind it."""
    one = book.workspace.agreements[name]
    told = None if book.reader else promised(name)
    zone = book.zone_of(one.service_hours.name) if one.service_hours else book.client_zone("")
    signed = book.language.day(one.signed) if one.signed else ""
    return AgreementPage(
        name=name,
        title=one.label,
        answer=_answer(book, one, told),
        type=_type(book, one.type),
        provider=_provider(book, one),
        customer=_customer(book, one),
        hours=hours_text(book, book.workspace.calendars[one.service_hours.name]) if one.service_hours else "",
        attainment=_share(book, one.attainment.target, one.attainment.period) if one.attainment else "",
        availability=_share(book, one.availability.target, one.availability.period) if one.availability else "",
        signed=signed,
        valid=_valid(book, one),
        targets=tuple(_targets(book, one, told)),
        clocks=tuple(
            ClockRow(
                name=clock_word(book, clock),
                start=clock_word(book, each.start),
                stop=clock_word(book, each.stop),
                pause=tuple(clock_word(book, state) for state in each.pause),
            )
            for clock, each in sorted(one.clocks.items())
        ),
        behind=()
        if book.reader
        else tuple(
            Behind(turn=number, agreements=tuple(book.agreement(ref.name) for ref in turn))
            for number, turn in enumerate(one.path, start=1)
        ),
        proofs=told.targets if told else (),
        unproven=told.unproven if told else (),
        gaps=told.gaps if told else (),
        supply=told.supply if told else "",
        assumed=told.assumed if told else "",
        projects=tuple(book.project_link(project) for project in book.agreed.get(name, ()) if book.may_read(project))[
            :MOST
        ],
        source=book.source(one.at.key),
        zone=zone.key,
        at=book.when(book.plan.at, zone),
    )


ROWS = 100
"""Agreements on one page of their list."""

MOST = 50
"""Projects that the page of an agreement names."""


def agreement_pages(book: Book) -> int:
    """On how many pages all agreements stand."""
    return max(1, -(-len(book.workspace.agreements) // ROWS))


def agreements_path(number: int) -> str:
    """A page of the list of agreements."""
    return numbered("agreements", number)


def agreements_page(book: Book, number: int, promised: Callable[[str], PromiseTold]) -> AgreementsPage:
    """A page of all agreements, by name."""
    names = sorted(book.workspace.agreements)
    mine = names[(number - 1) * ROWS : number * ROWS]
    rows = [_listed(book, book.workspace.agreements[name], promised(name)) for name in mine]
    bad = sum(1 for one in rows if one.verdict == "refuted")
    said = f"{bad} cannot be kept as written" if bad else "none is refuted"
    return AgreementsPage(
        title="Agreements",
        answer=f"{counted(len(names), 'agreement')}; of those on this page {said}.",
        rows=tuple(sorted(rows, key=lambda one: one.verdict != "refuted")),
        pages=pages("Pages of agreements", number, agreement_pages(book), agreements_path),
        at=book.when(book.plan.at, book.client_zone("")),
    )


def client_agreements(book: Book, client: str) -> Iterator[str]:
    """The agreements that are made with a client."""
    for name in book.agreements_of.get(client, ()):
        used = any(book.is_of(client, project) for project in book.agreed.get(name, ()))
        if used or book.workspace.agreements[name].signed:
            yield name


def _listed(book: Book, one: Agreement, told: PromiseTold) -> AgreementRow:
    worst = _worst(told)
    return AgreementRow(
        agreement=book.agreement(one.name),
        type=_type(book, one.type),
        provider=_provider(book, one),
        customer=_customer(book, one),
        signed=book.language.day(one.signed) if one.signed else "draft",
        verdict=worst,
        told=VERDICTS[worst] if worst else "taken at its word",
    )


def _worst(told: PromiseTold) -> str:
    seen = {one.verdict for one in told.targets}
    return next((one for one in ("refuted", "seldom", "kept") if one in seen), "")


def clock_word(book: Book, name: str) -> str:
    """A clock, or a state of an incident, in the language of the reader where we know the word."""
    words = {
        "response": book.say("response"),
        "resolution": book.say("resolution"),
        "reported": book.say("reported"),
        "acknowledged": book.say("acknowledged"),
        "restored": book.say("restored"),
        "resolved": book.say("resolved"),
        "closed": book.say("closed"),
        "waiting-client": book.say("waiting-client"),
        "waiting-supplier": book.say("waiting-supplier"),
    }
    return words.get(name, name)


def _targets(book: Book, one: Agreement, told: PromiseTold | None) -> Iterator[Target]:
    known = {(each.priority, each.clock): each for each in told.targets} if told else {}
    for priority, clocks in sorted(one.priorities.items()):
        for clock, length in sorted(clocks.items()):
            found = known.get((priority, clock))
            yield Target(
                priority=priority,
                clock=clock_word(book, clock),
                length=length_of(length, book.language),
                verdict=found.verdict if found else "",
                told=VERDICTS[found.verdict] if found else "",
                worst=found.worst if found else "",
                share=found.share if found else "",
            )


def _answer(book: Book, one: Agreement, told: PromiseTold | None) -> str:
    if told is None:
        return book.say(
            "{provider} promises {customer}: {targets}.",
            provider=_provider(book, one),
            customer=_customer(book, one),
            targets=book.many(sum(map(len, one.priorities.values())), "{number} target", "{number} targets"),
        )
    bad = [each for each in told.targets if each.verdict == "refuted"]
    if bad:
        first = bad[0]
        more = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
        return f"It cannot be kept as written: {first.priority} {first.clock} in {first.target}{more}. {first.worst}"
    seldom = [each for each in told.targets if each.verdict == "seldom"]
    if seldom:
        return f"It can be kept in the share of cases that is promised; {seldom[0].worst}"
    if told.targets:
        return "It can be kept at every instant, by those who stand behind it."
    return "Nobody is named who stands behind it, so nothing can be computed of it."


def _type(book: Book, kind: str) -> str:
    words = {
        "sla": book.say("service level agreement"),
        "ola": book.say("operational level agreement"),
        "uc": book.say("underpinning contract"),
    }
    return words[kind]


def _provider(book: Book, one: Agreement) -> str:
    if one.provider is None:
        return one.supplier
    return book.workspace.settings.title if book.reader else book.department(one.provider.name).text


def _customer(book: Book, one: Agreement) -> str:
    client = book.workspace.clients.get(one.customer.name)
    return client.label if client else book.department(one.customer.name).text


def _share(book: Book, target: object, period: str) -> str:
    match period:
        case "month":
            return book.say("{share} % of each month", share=target)
        case "quarter":
            return book.say("{share} % of each quarter", share=target)
        case _:
            return book.say("{share} % of each year", share=target)


def _valid(book: Book, one: Agreement) -> str:
    since = book.say("from {day}", day=book.language.day(one.valid_from)) if one.valid_from else ""
    until = book.say("until {day}", day=book.language.day(one.valid_to)) if one.valid_to else ""
    return " ".join(part for part in (since, until) if part)
