"""The registers of a project: what the client asked, what limits it, what may come, what was seen, what was proposed
and decided. A client reads of requests, risks and proposals, and of what was seen once it was told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from tamspec.desk.proposals import Outcome, outcome, reward
from tamspec.desk.registers import replaced_by, unanswered
from tamspec.model.project import Concern, Request
from tamspec.model.register import Decision, Observation, Proposal, Risk
from tamspec.render.book import Book, Link, project_path
from tamspec.render.escape import line, slug
from tamspec.render.when import When

MOST = 25
"""Rows of one register, before the rest is counted."""

Form = Literal["", "prose", "day", "number"]


class Column(Struct, frozen=True, kw_only=True):
    """A column of a register."""

    text: str
    form: Form = ""


class Row(Struct, frozen=True, kw_only=True):
    """An entry of a register."""

    anchor: str
    cells: tuple[tuple[Link, ...], ...]
    source: Link


class Register(Struct, frozen=True, kw_only=True):
    """One register."""

    anchor: str
    title: str
    answer: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    more: int


class Square(Struct, frozen=True, kw_only=True):
    """A square of the matrix of risks: one probability, one severity."""

    score: int
    high: bool
    risks: tuple[Link, ...]
    """By their number in the register."""


class Matrix(Struct, frozen=True, kw_only=True):
    """All open risks by probability and severity."""

    high: int
    """From this score on a risk is high."""
    rows: tuple[tuple[int, tuple[Square, ...]], ...]
    """Probability, the greatest first → its squares by severity."""


class RegistersPage(Struct, frozen=True, kw_only=True):
    """Everything on the page. Times are in the client's zone."""

    title: str
    project: Link
    answer: str
    registers: tuple[Register, ...]
    matrix: Matrix | None
    """None: no risk is open."""
    zone: str
    at: When


class RegistersPart(Struct, frozen=True, kw_only=True):
    """What the passport says of the registers, and the ways to them."""

    answer: str
    registers: Link
    chronicle: Link


def registers_path(project: str) -> str:
    """The page of a project's registers."""
    return project_path(project, "registers.html")


def proposal_path(project: str, name: str) -> str:
    """The page of a proposal."""
    return project_path(project, f"proposals/{slug(name)}.html")


def registers_part(book: Book, project: str) -> RegistersPart:
    """The registers on the passport."""
    return RegistersPart(
        answer=_answer(book, project),
        registers=Link(text=book.say("Registers"), href=registers_path(project)),
        chronicle=Link(text=book.say("Chronicle"), href=project_path(project, "chronicle.html")),
    )


def registers_page(book: Book, project: str) -> RegistersPage:
    """The page of a project's registers."""
    zone = book.client_zone(project)
    written = book.workspace.projects[project]
    made = [_risks(book, project), _proposals(book, project), _requests(book, project), _observations(book, project)]
    if not book.reader:
        made += [
            _concerns(book, "constraints", "Constraints", written.constraints),
            _concerns(book, "growth-points", "Points of growth", written.growth_points),
            _decisions(book, project),
        ]
    return RegistersPage(
        title=book.say("Registers of {project}", project=written.label),
        project=book.project_link(project),
        answer=_answer(book, project),
        registers=tuple(made),
        matrix=_matrix(book, project),
        zone=zone.key,
        at=book.when(book.plan.at, zone),
    )


def observations_of(book: Book, project: str) -> tuple[Observation, ...]:
    """What was seen and the reader may know of, the latest first."""
    every = reversed(book.workspace.kept_of(project).observations)
    return tuple(one for one in every if one.told or not book.reader)


def risks_of(book: Book, project: str) -> tuple[Risk, ...]:
    """The risks of a project: open ones first, the highest first."""
    every = book.workspace.kept_of(project).risks
    return tuple(sorted(every, key=lambda one: (one.closed is not None, -one.score, one.name)))


def proposal_link(one: Proposal) -> Link:
    """A proposal with its page."""
    return Link(text=one.label, href=proposal_path(one.project.name, one.name))


def _answer(book: Book, project: str) -> str:
    kept = book.workspace.kept_of(project)
    still = [one for one in kept.risks if one.closed is None]
    high = sum(one.score >= book.workspace.settings.high_risk for one in still)
    waiting = sum(one.decision is None for one in kept.proposals)
    asked = len(list(unanswered(book.workspace, project)))
    risks = (
        book.say(
            "{risks}, {high} of them high",
            risks=book.many(len(still), "{number} open risk", "{number} open risks"),
            high=high or book.say("none"),
        )
        if still
        else book.say("No risk is open")
    )
    return book.say(
        "{risks}; {proposals}; {requests}.",
        risks=risks,
        proposals=book.many(waiting, "{number} proposal awaits a decision", "{number} proposals await a decision")
        if waiting
        else book.say("no proposal awaits a decision"),
        requests=book.many(asked, "{number} request has no answer yet", "{number} requests have no answer yet")
        if asked
        else book.say("every request has its answer"),
    )


def _register(
    anchor: str, title: str, answer: str, columns: Iterable[Column], rows: Iterator[Row], every: int
) -> Register:
    shown = [row for row, _ in zip(rows, range(MOST), strict=False)]
    return Register(
        anchor=anchor,
        title=title,
        answer=answer,
        columns=tuple(columns),
        rows=tuple(shown),
        more=max(0, every - len(shown)),
    )


def words(text: str) -> tuple[Link, ...]:
    """A cell of words alone; none of nothing."""
    return (Link(text=text),) if text else ()


# -- risks -------------------------------------------------------------------------------------------------------------


def _risks(book: Book, project: str) -> Register:
    risks = risks_of(book, project)
    columns = [
        Column(text=book.say("Risk"), form="prose"),
        Column(text=book.say("What may happen"), form="prose"),
        Column(text=book.say("Likely, grave, score")),
        Column(text=book.say("What would follow"), form="prose"),
        Column(text=book.say("What is done"), form="prose"),
        Column(text=book.say("Drawn from"), form="prose"),
        *([] if book.reader else [Column(text="Owner"), Column(text="Next review", form="day")]),
    ]
    rows = (_risk(book, at, one) for at, one in enumerate(risks, start=1))
    still = [one for one in risks if one.closed is None]
    answer = (
        book.many(
            len(still), "{number} risk is open; the highest first.", "{number} risks are open; the highest first."
        )
        if still
        else book.say("No risk is open.")
    )
    return _register("risks", book.say("Risks"), answer, columns, rows, len(risks))


def _risk(book: Book, number: int, one: Risk) -> Row:
    told = [line(one.event), line(one.cause)]
    high = one.score >= book.workspace.settings.high_risk
    score = f"{one.probability} × {one.severity} = {one.score}"
    known = {each.name: each for each in observations_of(book, one.project.name)}
    seen = [_observation_link(one.project.name, known[ref.name]) for ref in one.observations if ref.name in known]
    return Row(
        anchor=f"risk-{slug(one.name)}",
        cells=(
            words(f"{number}. {one.label}"),
            words(" ".join(one for one in told if one)),
            words(book.say("{score}, high", score=score) if high else score),
            words(line(one.impact)),
            tuple(_response(book, one)),
            tuple(seen),
            *(() if book.reader else (words(book.person(one.owner.name)), words(_day(book, one.next_review)))),
        ),
        source=book.source(one.at.key),
    )


def _response(book: Book, one: Risk) -> Iterator[Link]:
    if one.closed:
        yield Link(text=book.say("it is none any more since {day}", day=book.language.day(one.closed)))
        return
    yield Link(text=response_word(book, one.response))
    if one.accepted_by:
        who = book.contact(one.project.name, one.accepted_by)
        day = book.language.day(one.accepted_on) if one.accepted_on else "–"
        yield Link(text=book.say("by {who} on {day}", who=who, day=day))
    if one.measures:
        yield Link(text=line(one.measures).rstrip("."))
    proposal = book.workspace.proposals.get(one.proposal.name) if one.proposal else None
    if proposal:
        yield proposal_link(proposal)
    if one.change and book.may_read_change(one.change.name):
        change = book.change(one.change.name)
        told = proposal is not None and proposal.label == change.text
        yield Link(text=book.say("the change"), href=change.href) if told else change


def response_word(book: Book, response: str) -> str:
    """What is done about a risk, in words."""
    words = {
        "": book.say("not decided yet"),
        "avoid": book.say("it is avoided"),
        "reduce": book.say("it is made smaller"),
        "transfer": book.say("somebody else bears it"),
        "accept": book.say("it is accepted"),
    }
    return words[response]


def _matrix(book: Book, project: str) -> Matrix | None:
    places: dict[tuple[int, int], list[Link]] = {}
    for number, one in enumerate(risks_of(book, project), start=1):
        if one.closed is None:
            shown = f"#risk-{slug(one.name)}" if number <= MOST else ""
            places.setdefault((one.probability, one.severity), []).append(Link(text=str(number), href=shown))
    if not places:
        return None
    high = book.workspace.settings.high_risk
    return Matrix(
        high=high,
        rows=tuple(
            (
                likely,
                tuple(
                    Square(
                        score=likely * grave, high=likely * grave >= high, risks=tuple(places.get((likely, grave), ()))
                    )
                    for grave in range(1, 6)
                ),
            )
            for likely in range(5, 0, -1)
        ),
    )


# -- what was asked, seen, proposed ------------------------------------------------------------------------------------


def _requests(book: Book, project: str) -> Register:
    every = sorted(
        book.workspace.projects[project].requests.items(),
        key=lambda pair: (pair[1].answered is not None, -pair[1].asked.toordinal(), pair[0]),
    )
    due = {one.name: one.due for one in unanswered(book.workspace, project)}
    late = sum(moment <= book.plan.at for moment in due.values())
    columns = (
        Column(text=book.say("Request"), form="prose"),
        Column(text=book.say("Type")),
        Column(text=book.say("Who")),
        Column(text=book.say("Asked"), form="day"),
        Column(text=book.say("Answer"), form="prose"),
        Column(text=book.say("Given"), form="day"),
    )
    rows = (_request(book, project, name, one, late=due.get(name, book.plan.at) < book.plan.at) for name, one in every)
    answer = book.many(len(due), "{number} waits for our answer.", "{number} wait for our answer.") if due else ""
    answer = answer or book.say("Each has its answer.")
    if late:
        told = book.many(
            late, "{number} should have been answered before.", "{number} should have been answered before."
        )
        answer = f"{answer} {told}"
    return _register(
        "requests", book.say("What you asked") if book.reader else "Requests", answer, columns, rows, len(every)
    )


def _request(book: Book, project: str, name: str, one: Request, *, late: bool) -> Row:
    kinds = {"question": book.say("question"), "wish": book.say("wish"), "plan": book.say("plan")}
    answer = [*words(line(one.answer))] or [Link(text=book.say("overdue") if late else book.say("none yet"))]
    if one.change and book.may_read_change(one.change.name):
        answer.append(book.change(one.change.name))
    by = f" {book.person(one.answered_by.name)}" if one.answered_by else ""
    return Row(
        anchor=f"request-{slug(name)}",
        cells=(
            words(line(one.text)),
            words(kinds[one.type]),
            words(book.contact(project, one.by).partition(",")[0] if one.by else ""),
            words(book.language.day(one.asked)),
            tuple(answer),
            words(f"{_day(book, one.answered)}{by}".strip()),
        ),
        source=book.source(one.at.key),
    )


def _observations(book: Book, project: str) -> Register:
    every = observations_of(book, project)
    zone = book.client_zone(project)
    columns = (
        Column(text=book.say("What"), form="prose"),
        Column(text=book.say("Month"), form="day"),
        Column(text=book.say("Type")),
        Column(text=book.say("Seen"), form="day"),
        Column(text=book.say("How it was"), form="prose"),
        Column(text=book.say("Told to you") if book.reader else "Told to the client", form="day"),
    )
    untold = sum(one.told is None for one in every)
    answer = book.many(
        len(every), "{number} thing was seen; the latest first.", "{number} things were seen; the latest first."
    )
    if untold:
        answer = f"{answer} {untold} of them the client was not told of yet."
    rows = (_observation(book, one, zone) for one in every)
    return _register("observations", book.say("What we saw"), answer, columns, rows, len(every))


def _observation_link(project: str, one: Observation) -> Link:
    return Link(text=one.label, href=f"{registers_path(project)}#seen-{slug(one.name)}")


def _observation(book: Book, one: Observation, zone: ZoneInfo) -> Row:
    told = _day(book, one.told) or "not yet"
    at = f" ({book.listed(one.components)})" if one.components else ""
    known = book.say("The client had noticed it.")
    noticed = f" {known}" if one.noticed else ""
    by = "" if book.reader or one.by is None else f" Seen by {book.person(one.by.name)}."
    return Row(
        anchor=f"seen-{slug(one.name)}",
        cells=(
            words(f"{one.label}{at}"),
            words(f"{one.seen.astimezone(zone):%Y-%m}"),
            words(one.type),
            words(book.when(one.seen, zone).text),
            words(f"{line(one.text)}{noticed}{by}"),
            words(told),
        ),
        source=book.source(one.at.key),
    )


def _proposals(book: Book, project: str) -> Register:
    kept = book.workspace.kept_of(project).proposals
    every = sorted(kept, key=lambda one: (one.decision is not None, -one.raised.toordinal(), one.name))
    columns = (
        Column(text=book.say("Proposal"), form="prose"),
        Column(text=book.say("Raised"), form="day"),
        Column(text=book.say("We recommend"), form="prose"),
        Column(text=book.say("Where it stands"), form="prose"),
        Column(text=book.say("Change"), form="prose"),
        *([] if book.reader else [Column(text="Idea of"), Column(text="Reward")]),
    )
    waiting = sum(one.decision is None for one in every)
    answer = book.many(waiting, "{number} awaits a decision.", "{number} await a decision.") if waiting else ""
    answer = answer or book.say("None awaits a decision.")
    rows = (_proposal(book, one) for one in every)
    return _register("proposals", book.say("Proposals"), answer, columns, rows, len(every))


def _proposal(book: Book, one: Proposal) -> Row:
    option = one.options.get(one.recommendation)
    inside = () if book.reader else (words(book.person(one.by.name)), words(reward(one, book.state, book.plan)))
    return Row(
        anchor=f"proposal-{slug(one.name)}",
        cells=(
            (proposal_link(one),),
            words(book.language.day(one.raised)),
            words(line(option.text) if option else ""),
            words(standing(book, one)),
            (book.change(one.change.name),) if one.change and book.may_read_change(one.change.name) else (),
            *inside,
        ),
        source=book.source(one.at.key),
    )


def standing(book: Book, one: Proposal) -> str:
    """Where a proposal stands, with the day of the decision."""
    words: dict[Outcome, str] = {
        "waiting": book.say("awaits a decision"),
        "declined": book.say("declined"),
        "accepted": book.say("accepted"),
        "implemented": book.say("implemented"),
    }
    told = words[outcome(one, book.state, book.plan)]
    if one.decision is None:
        return told
    return book.say("{standing}; decided on {day}", standing=told, day=book.language.day(one.decision.decided))


# -- what only the provider reads --------------------------------------------------------------------------------------


def _concerns(book: Book, anchor: str, title: str, concerns: Mapping[str, Concern]) -> Register:
    every = sorted(concerns.items(), key=lambda pair: pair[0])
    columns = (Column(text="What", form="prose"), Column(text="Owner"), Column(text="Next review", form="day"))
    rows = (
        Row(
            anchor=f"{anchor}-{slug(name)}",
            cells=(words(line(one.text)), words(book.person(one.owner.name)), words(_day(book, one.next_review))),
            source=book.source(one.at.key),
        )
        for name, one in every
    )
    return _register(anchor, title, "Each has an owner, who looks at it again.", columns, rows, len(every))


def _decisions(book: Book, project: str) -> Register:
    every = tuple(reversed(book.workspace.kept_of(project).decisions))
    later = replaced_by(book.workspace)
    columns = (
        Column(text="Decision", form="prose"),
        Column(text="Decided", form="day"),
        Column(text="By"),
        Column(text="Question", form="prose"),
        Column(text="What was decided", form="prose"),
        Column(text="Consequences", form="prose"),
        Column(text="Standing", form="prose"),
    )
    rows = (
        Row(
            anchor=f"decision-{slug(one.name)}",
            cells=(
                words(one.label),
                words(book.language.day(one.decided)),
                words(book.listed(book.person(ref.name) for ref in one.by)),
                words(line(one.context)),
                words(line(one.decision)),
                words(line(one.consequences)),
                words(f"replaced by {later[one.name].label}" if one.name in later else _in_force(one)),
            ),
            source=book.source(one.at.key),
        )
        for one in every
    )
    return _register("decisions", "Decisions", "The latest first.", columns, rows, len(every))


def _in_force(one: Decision) -> str:
    return "in force" if one.status == "accepted" else one.status


def _day(book: Book, day: date | None) -> str:
    return book.language.day(day) if day else ""
