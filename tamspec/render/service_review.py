"""The service review of a client: one view for a page, for Markdown and for PDF, in the client's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from tamspec.desk.service_review import Breached, Told
from tamspec.model.attainment import Attainment, Period
from tamspec.model.plan import ChangePlan
from tamspec.model.project import Request
from tamspec.model.register import Proposal, Risk
from tamspec.render.agreement import clock_word
from tamspec.render.attainment import percent
from tamspec.render.book import Book, change_title
from tamspec.render.capacity import CapacitySection, capacity_section
from tamspec.render.change import state_word
from tamspec.render.documents import documents_part
from tamspec.render.escape import line
from tamspec.render.registers import response_word
from tamspec.render.verdict import answer as verdict_of
from tamspec.render.verdict import kept_promise
from tamspec.render.when import When


class Table(Struct, frozen=True, kw_only=True):
    """Rows under the names of their columns; the first of each row is its head."""

    name: str
    columns: tuple[str, ...]
    prose: tuple[bool, ...]
    """Which columns hold sentences."""
    rows: tuple[tuple[str, ...], ...]


class Section(Struct, frozen=True, kw_only=True):
    """A chapter: its answer in a sentence, and the table that it rests on."""

    anchor: str
    title: str
    answer: str
    table: Table | None = None


class ServiceReviewPage(Struct, frozen=True, kw_only=True):
    """Everything in a service review."""

    title: str
    answer: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    zone: str
    at: When
    as_of: str


def service_review_page(book: Book, told: Told, measured: Attainment | None = None) -> ServiceReviewPage:
    """The review as the client reads it. `measured`: what the history of incidents says; None: nobody measures."""
    client = book.workspace.clients[told.client]
    first, last = book.language.day(told.period.first), book.language.day(told.period.last)
    at = book.when(told.at, told.zone)
    return ServiceReviewPage(
        title=book.say("Service review {period}: {client}", period=_period_name(book, told), client=client.label),
        answer=_answer(book, told),
        facts=(
            (book.say("Client"), client.label),
            (book.say("Period"), book.say("{first} to {last}", first=first, last=last)),
            (book.say("Projects"), book.listed(book.workspace.projects[one].label for one in told.projects) or "–"),
            (book.say("Service manager"), book.listed(_managers(book, told)) or "–"),
            (book.say("Technical account manager"), book.listed(map(book.person, told.tams)) or "–"),
        ),
        sections=tuple(_sections(book, told, measured)),
        zone=told.zone.key,
        at=at,
        as_of=book.say("As of {moment} ({zone}).", moment=at.text, zone=told.zone.key),
    )


def _section(
    anchor: str, title: str, answer: str, columns: tuple[str, ...] = (), rows: Iterable[tuple[str, ...]] = ()
) -> Section:
    rows = tuple(rows)
    prose = tuple(any(len(cell) > _SENTENCE for cell in column) for column in zip(*rows, strict=True))
    table = Table(name=title, columns=columns, prose=prose, rows=rows) if rows else None
    return Section(anchor=anchor, title=title, answer=answer[:1].upper() + answer[1:], table=table)


_SENTENCE = 40
"""Letters from which on a cell is read as a sentence."""


def _none_or(none: str, number: int, some: str) -> str:
    return some if number else none


def _period_name(book: Book, told: Told) -> str:
    year, _, part = told.period.name.partition("-")
    if part.startswith("q"):
        return book.say("quarter {number} of {year}", number=part[1:], year=year)
    return told.period.name


def _managers(book: Book, told: Told) -> list[str]:
    refs = (book.workspace.projects[one].team.service_manager for one in told.projects)
    return sorted({book.person(ref.name) for ref in refs if ref})


def _answer(book: Book, told: Told) -> str:
    late = (
        book.many(len(told.breached), "{number} incident was late", "{number} incidents were late")
        if told.breached
        else book.say("nothing was late")
    )
    done = _none_or(
        book.say("no change finished"),
        len(told.done),
        book.many(len(told.done), "{number} change finished", "{number} changes finished"),
    )
    waiting = (
        book.many(
            len(told.waiting), "{number} proposal waits for your decision", "{number} proposals wait for your decision"
        )
        if told.waiting
        else book.say("no proposal waits for your decision")
    )
    said = book.say("{done}; {late}; {waiting}.", done=done, late=late, waiting=waiting)
    return (
        said[:1].upper() + said[1:]
        if told.over
        else book.say("The period has not ended yet. Until now: {so_far}", so_far=said)
    )


def _sections(book: Book, told: Told, measured: Attainment | None) -> Iterator[Section]:
    yield _measures(book, told)
    yield _attainment(book, told, measured)
    yield _breaches(book, told)
    yield _observations(book, told)
    yield _changes(book, told)
    yield _risks(book, told)
    yield _proposals(book, told)
    limits = [part for name in told.projects if (part := capacity_section(book, name))]
    yield _capacity(book, told, limits)
    yield _endings(book, told, limits)
    yield _documents(book, told)
    yield _requests(book, told)
    yield _feedback(book, told)
    yield _carried(book, told)


# -- the measures -----------------------------------------------------------------------------------------------------


def _measures(book: Book, told: Told) -> Section:
    rows = (
        (
            book.say("Proposals raised before an incident"),
            _share(book, len(told.foreseen), len(told.raised), book.say("none was raised")),
            book.say("We tell you before something fails, not after."),
        ),
        (
            book.say("Questions answered by your technical account manager"),
            _share(
                book,
                sum(one.by_tam for one in told.answered),
                _answered_by_us(told),
                book.say("none was answered"),
            ),
            book.say(
                "Questions of technology go to engineers; your service manager is free for what is to be decided."
            ),
        ),
        (
            book.say("Requests that went along their line"),
            _share(
                book,
                sum(one.on_line is True for one in told.answered),
                sum(one.on_line is not None for one in told.answered),
                book.say("none was answered"),
            ),
            book.say(
                "Your engineers speak with the technical account manager, your managers with the service manager."
            ),
        ),
        (
            book.say("Known causes that did not come again"),
            _share(book, len(told.causes) - len(told.returned), len(told.causes), book.say("none was known before")),
            book.say("What was understood once should not fail twice."),
        ),
        (
            book.say("How content you were, of 5"),
            _mean([one.score for one in told.feedback if one.score is not None]),
            book.say("The mean of what you told us in the period."),
        ),
    )
    return _section(
        "measures",
        book.say("What we are judged by"),
        book.say("Five measures; none of them counts how busy anybody was."),
        (book.say("Measure"), book.say("In this period"), book.say("Why it is measured")),
        rows,
    )


def _answered_by_us(told: Told) -> int:
    return sum(one.by_tam or one.by_manager for one in told.answered)


def _share(book: Book, part: int, whole: int, none: str) -> str:
    return book.say("{part} of {whole}", part=part, whole=whole) if whole else none


def _mean(scores: Sequence[int]) -> str:
    return f"{sum(scores) / len(scores):.1f}" if scores else "–"


# -- promises ---------------------------------------------------------------------------------------------------------


def _attainment(book: Book, told: Told, measured: Attainment | None) -> Section:
    title = book.say("How promises were kept")
    if measured is None:
        return _section("attainment", title, book.say("Nothing was measured: no history of incidents is at hand."))
    mine = [
        one
        for one in measured.periods
        if one.client == told.client and one.first <= told.period.last and told.period.first <= one.last
    ]
    missed, few = (sum(one.standing == standing for one in mine) for standing in ("missed", "too few"))
    if not mine:
        said = book.say("There was no incident that a promise is about.")
    elif missed:
        said = book.many(missed, "{number} promise was not kept.", "{number} promises were not kept.")
    elif few:
        said = book.many(
            few,
            "No promise was broken; {number} has too few cases to be judged.",
            "No promise was broken; {number} have too few cases to be judged.",
        )
    else:
        said = book.say("No promise was broken.")
    if any(one.last > told.period.last for one in mine):
        said = _as_of_now(book, told, said)
    columns = (
        book.say("Agreement"),
        book.say("Promise"),
        book.say("Counted from"),
        book.say("until"),
        book.say("In time"),
        book.say("Share"),
        book.say("Promised"),
        book.say("Verdict"),
    )
    rows = tuple(_promise(book, one) for one in sorted(mine, key=lambda one: (one.agreement, one.first, one.clock)))
    return _section("attainment", title, said, columns, rows)


def _promise(book: Book, one: Period) -> tuple[str, ...]:
    verdicts = {
        "kept": book.say("kept"),
        "missed": book.say("missed"),
        "too few": book.say("too few to judge"),
        "none": book.say("nothing to judge"),
    }
    verdict = verdicts[one.standing]
    return (
        book.workspace.agreements[one.agreement].label,
        clock_word(book, one.clock),
        book.language.day(one.first),
        book.language.day(one.last),
        book.say("{part} of {whole}", part=one.line.kept, whole=one.line.judged),
        percent(one.line.share),
        f"{one.promised} %",
        verdict if one.over else book.say("{verdict} so far", verdict=verdict),
    )


def _breaches(book: Book, told: Told) -> Section:
    title = book.say("What was late, and why")
    if not told.breached:
        return _section("breaches", title, book.say("Nothing that is written down here was late."))
    without = sum(one.cause is None for one in told.breached)
    late = book.many(len(told.breached), "{number} incident was late", "{number} incidents were late")
    causes = (
        book.many(without, "{number} cause is still looked for", "{number} causes are still looked for")
        if without
        else book.say("the cause of each is known")
    )
    columns = (
        book.say("Incident"),
        book.say("Reported"),
        book.say("Late"),
        book.say("Cause"),
        book.say("What is done about it"),
    )
    answer = book.say("{late}; {causes}.", late=late, causes=causes)
    return _section("breaches", title, answer, columns, (_breach(book, told, one) for one in told.breached))


def _breach(book: Book, told: Told, one: Breached) -> tuple[str, ...]:
    actions = "; ".join(
        f"{line(text).rstrip('.')} ({_standing(book, standing)})" if standing else line(text).rstrip(".")
        for text, standing in one.actions
    )
    nothing = book.say("nothing, because {why}", why=line(one.no_action)) if one.no_action else "–"
    return (
        one.incident.label,
        book.when(one.incident.reported, told.zone).text,
        book.listed(clock_word(book, clock) for clock in one.incident.missed),
        _cause(book, one),
        actions or nothing,
    )


def _cause(book: Book, one: Breached) -> str:
    if one.cause is None:
        return book.say("still looked for")
    text = line(one.cause.text)
    return book.say("{cause} (found on {day})", cause=text, day=book.language.day(one.found)) if one.found else text


def _standing(book: Book, standing: str) -> str:
    return book.say("under way") if standing == "under way" else state_word(book, standing)


# -- work -------------------------------------------------------------------------------------------------------------


def _observations(book: Book, told: Told) -> Section:
    title = book.say("What we saw")
    seen = len(told.observed)
    unnoticed = sum(not one.noticed for one in told.observed)
    if not seen:
        return _section("observations", title, book.say("Nothing was seen that you would not know."))
    said = book.many(seen, "{number} thing was seen", "{number} things were seen")
    answer = book.say("{seen}; not noticed on your side: {unnoticed}.", seen=said, unnoticed=unnoticed)
    columns = (book.say("What"), book.say("Seen"), book.say("How it was"), book.say("Told to you"))
    rows = (
        (
            one.label,
            book.when(one.seen, told.zone).text,
            line(one.text),
            book.language.day(one.told) if one.told else "–",
        )
        for one in told.observed
    )
    return _section("observations", title, answer, columns, rows)


def _changes(book: Book, told: Told) -> Section:
    title = book.say("Changes, done and planned")
    columns = (book.say("Change"), book.say("Project"), book.say("State"), book.say("How it stands"))
    done = _none_or(
        book.say("none was finished"),
        len(told.done),
        book.many(len(told.done), "{number} was finished", "{number} were finished"),
    )
    coming = _none_or(
        book.say("none is under way"),
        len(told.under_way),
        book.many(len(told.under_way), "{number} is under way", "{number} are under way"),
    )
    ahead = _none_or(
        book.say("none lies ahead"),
        len(told.ahead),
        book.many(len(told.ahead), "{number} lies ahead", "{number} lie ahead"),
    )
    answer = book.say("{done}, {coming}, {ahead}.", done=done, coming=coming, ahead=ahead)
    if told.over and any(one.state != "closed" for one in (*told.under_way, *told.ahead)):
        answer = book.say("{said} What is expected is told as of {day}.", said=answer, day=_today(book, told))
    rows = (
        *(_change(book, told, one, state_word(book, one.state)) for one in told.done),
        *(_change(book, told, one, _standing(book, "under way")) for one in told.under_way),
        *(_change(book, told, one, state_word(book, one.state)) for one in told.ahead),
    )
    return _section("changes", title, answer, columns, rows)


def _today(book: Book, told: Told) -> str:
    return book.when(told.at, told.zone).day


def _as_of_now(book: Book, told: Told, said: str) -> str:
    """What can only be told as it stands now says so where the period is over."""
    return book.say("{said} It is told as of {day}.", said=said, day=_today(book, told)) if told.over else said


def _change(book: Book, told: Told, one: ChangePlan, state: str) -> tuple[str, ...]:
    project = book.workspace.projects[one.project].label
    stands = verdict_of(book, one, told.zone) if one.state != "closed" else _finished(book, told, one)
    return change_title(one), project, state, stands


def _finished(book: Book, told: Told, one: ChangePlan) -> str:
    """When a closed change was finished, and for when it was promised where that was earlier."""
    assert one.forecast is not None, "this is a bug in tamspec: what is closed has an end"
    day = book.when(one.forecast, told.zone).day
    promised, late = kept_promise(book, one, told.zone)
    if late:
        return book.say("Finished on {day}; it was promised for {promised}.", day=day, promised=promised)
    return book.say("Finished on {day}, in time.", day=day)


# -- registers --------------------------------------------------------------------------------------------------------


def _risks(book: Book, told: Told) -> Section:
    title = book.say("Risks")
    if not told.risks:
        return _section("risks", title, _as_of_now(book, told, book.say("No risk is known.")))
    high = sum(one.score >= book.workspace.settings.high_risk for one in told.risks)
    known = book.many(len(told.risks), "{number} risk is known", "{number} risks are known")
    columns = (
        book.say("Risk"),
        book.say("Likely, grave, score"),
        book.say("What would follow"),
        book.say("What is done"),
    )
    said = book.say("{known}, {high} of them high.", known=known, high=high or book.say("none"))
    answer = _as_of_now(book, told, said)
    return _section("risks", title, answer, columns, (_risk(book, told, one) for one in told.risks))


def _risk(book: Book, told: Told, one: Risk) -> tuple[str, ...]:
    contact = book.workspace.clients[told.client].contacts.get(one.accepted_by)
    done = [response_word(book, one.response), line(one.measures).rstrip(".")]
    if contact and one.accepted_on:
        done.append(book.say("by {who} on {day}", who=contact.title, day=book.language.day(one.accepted_on)))
    change = book.plan.changes.get(one.change.name) if one.change else None
    if change:
        done.append(f"{change_title(change)} ({state_word(book, change.state)})")
    if one.closed:
        done.append(book.say("over since {day}", day=book.language.day(one.closed)))
    return (
        one.label,
        f"{one.probability} × {one.severity} = {one.score}",
        line(one.impact) or line(one.event),
        "; ".join(each for each in done if each),
    )


def _proposals(book: Book, told: Told) -> Section:
    waiting = _none_or(
        book.say("none waits for your decision"),
        len(told.waiting),
        book.many(len(told.waiting), "{number} waits for your decision", "{number} wait for your decision"),
    )
    decided = _none_or(
        book.say("none was decided in the period"),
        len(told.decided),
        book.many(len(told.decided), "{number} was decided in the period", "{number} were decided in the period"),
    )
    columns = (book.say("Proposal"), book.say("Raised"), book.say("We recommend"), book.say("Decision"))
    answer = book.say("{waiting}; {decided}.", waiting=waiting, decided=decided)
    rows = (_proposal(book, told, one) for one in (*told.waiting, *told.decided))
    return _section("proposals", book.say("Proposals"), answer, columns, rows)


def _proposal(book: Book, told: Told, one: Proposal) -> tuple[str, ...]:
    option = one.options.get(one.recommendation)
    verdict = one.decision
    if verdict is None or verdict.decided > told.period.last:
        decision = book.say("waits for you")
    elif not verdict.option:
        decision = book.say("declined on {day}", day=book.language.day(verdict.decided))
    else:
        chosen = one.options[verdict.option].text
        day = book.language.day(verdict.decided)
        decision = book.say("{option}, on {day}", option=line(chosen).rstrip("."), day=day)
    return one.label, book.language.day(one.raised), line(option.text) if option else "–", decision


def _capacity(book: Book, told: Told, parts: Sequence[CapacitySection]) -> Section:
    """What the client uses up, as it stands now: by when more is to be ordered matters from today on."""
    columns = (
        book.say("Limit"),
        book.say("Used"),
        book.say("Share"),
        book.say("Runs out"),
        book.say("Order by"),
        book.say("Verdict"),
    )
    rows = [
        (one.item.text, one.used, one.share, one.forecast, one.order_by or "–", one.verdict)
        for part in parts
        for one in part.items
    ]
    answer = " ".join(part.answer for part in parts if part.items) or book.say("No limit of yours is watched.")
    return _section("capacity", book.say("What you use up"), _as_of_now(book, told, answer), columns, rows)


def _endings(book: Book, told: Told, parts: Sequence[CapacitySection]) -> Section:
    """What ends on a day and must be renewed before it, as it stands now."""
    columns = (book.say("What"), book.say("Ends"), book.say("Renewal begins by"), book.say("State"))
    rows = [(one.title, one.ends, one.begin or "–", one.state) for part in parts for one in part.endings]
    known = book.many(len(rows), "{number} thing ends on a known day.", "{number} things end on a known day.")
    answer = known if rows else book.say("Nothing is known to end.")
    return _section("endings", book.say("What ends"), _as_of_now(book, told, answer), columns, rows)


def _documents(book: Book, told: Told) -> Section:
    """How it stands with the client's documents now: whether they were true at the end of the period nobody needs."""
    parts = [part for name in told.projects if (part := documents_part(book, name))]
    columns = (book.say("Document"), book.say("Found true"), book.say("Verdict"), book.say("Why"))
    rows = [
        (one.document.text, one.found_true.day if one.found_true else "–", one.word, one.told)
        for part in parts
        for one in part.rows
    ]
    answer = " ".join(part.answer for part in parts) or book.say("There is no document that you keep with us.")
    return _section("documents", book.say("Documents"), _as_of_now(book, told, answer), columns, rows)


def _requests(book: Book, told: Told) -> Section:
    answered = _none_or(
        book.say("no answer was given"),
        len(told.answered),
        book.many(len(told.answered), "{number} answer was given", "{number} answers were given"),
    )
    still = _none_or(
        book.say("none was open at the end"),
        len(told.unanswered),
        book.many(len(told.unanswered), "{number} was open at the end", "{number} were open at the end"),
    )
    columns = (book.say("Request"), book.say("Asked"), book.say("Answer"), book.say("Given"))
    rows = [*(_request(book, one.request) for one in told.answered), *(_open(book, one) for _, one in told.unanswered)]
    answer = book.say("{answered}; {still}.", answered=answered, still=still)
    return _section("requests", book.say("What you asked"), answer, columns, rows)


def _request(book: Book, one: Request) -> tuple[str, ...]:
    given = book.language.day(one.answered) if one.answered else "–"
    return line(one.text), book.language.day(one.asked), line(one.answer), given


def _open(book: Book, one: Request) -> tuple[str, ...]:
    return line(one.text), book.language.day(one.asked), "–", "–"


def _feedback(book: Book, told: Told) -> Section:
    contacts = book.workspace.clients[told.client].contacts
    columns = (book.say("Said"), book.say("Who"), book.say("Words"), book.say("Of 5"))
    rows = [
        (
            book.language.day(one.said),
            contacts[one.by].title if one.by in contacts else "–",
            line(one.text),
            str(one.score) if one.score is not None else "–",
        )
        for one in told.feedback
    ]
    answer = (
        book.many(len(rows), "You told us {number} thing.", "You told us {number} things.")
        if rows
        else book.say("You told us nothing in this period; we would like to hear.")
    )
    return _section("feedback", book.say("What you told us"), answer, columns, rows)


def _carried(book: Book, told: Told) -> Section:
    still = sum(not one.done for one in told.carried)
    columns = (book.say("What"), book.say("Agreed in"), book.say("Who"), book.say("By"), book.say("Done"))
    contacts = book.workspace.clients[told.client].contacts
    rows = [
        (
            line(one.action.text),
            one.period,
            contacts[one.action.owner].title if one.action.owner in contacts else book.person(one.action.owner),
            book.language.day(one.action.due) if one.action.due else "–",
            book.language.day(one.action.done) if one.done and one.action.done else book.say("not yet"),
        )
        for one in told.carried
    ]
    answer = (
        book.many(still, "{number} action is carried over.", "{number} actions are carried over.")
        if still
        else book.say("Nothing is carried over.")
    )
    return _section("carried", book.say("What we agreed before"), answer, columns, rows)
