"""The role of the TAM: who has it by month, who knows what, what it is, and what came of it. Internal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from markupsafe import Markup
from msgspec import Struct

from tamspec.desk.roles import Competent, Matrix, Roster, RosterRow, day_of, has_role, matrix, roster, standing_on
from tamspec.desk.scorecard import Scorecard
from tamspec.desk.shares import home_zone
from tamspec.model.register import Decision
from tamspec.model.values import MONTHS, TENTHS, counted
from tamspec.render.book import Book, Link
from tamspec.render.escape import slug
from tamspec.render.paging import Pages, numbered, pages
from tamspec.render.svg import INK, LINE, QUIET, element, picture
from tamspec.render.when import When, day_text

ROWS = 30
"""People on one page: no page grows with their number."""

MONTHS_AHEAD = 12
DECISIONS = 40
"""Decisions that the page of the role shows, the latest; the rest is counted."""

WORDS = {"home": "home", "own": "own", "adjacent": "beside", "": "–"}
"""What the field of a department is to somebody, in a cell."""

_ROOM, _TAKEN = "#eceff3", "#d9903d"
_BAR, _GAP, _HEIGHT = 44, 18, 110


class MonthCell(Struct, frozen=True, kw_only=True):
    """A person in a month."""

    standing: str
    time: str
    taken: str


class RosterLine(Struct, frozen=True, kw_only=True):
    """A person in the roster."""

    person: Link
    desk: Link | None
    department: Link
    standing: str
    """Today."""
    months: tuple[MonthCell, ...]


class RosterPage(Struct, frozen=True, kw_only=True):
    """Everything on a page of the roster."""

    title: str
    answer: str
    heads: tuple[str, ...]
    bars: Markup | None
    rows: tuple[RosterLine, ...]
    pages: Pages
    at: When


class CompetenceLine(Struct, frozen=True, kw_only=True):
    """A person in the matrix of competencies."""

    person: Link
    standing: str
    cells: tuple[str, ...]
    communication: str
    leading: str


class CompetencePage(Struct, frozen=True, kw_only=True):
    """Everything on a page of the matrix."""

    title: str
    answer: str
    heads: tuple[Link, ...]
    rows: tuple[CompetenceLine, ...]
    pages: Pages
    at: When


class DecisionLine(Struct, frozen=True, kw_only=True):
    """A decision about the provider's way of working."""

    anchor: str
    title: str
    verb: str
    decided: str
    by: str
    status: str
    replaces: Link | None
    replaced_by: tuple[Link, ...]
    context: str
    decision: str
    consequences: str
    source: Link


class RolePage(Struct, frozen=True, kw_only=True):
    """What the role is, and what was decided about it."""

    title: str
    answer: str
    does: tuple[str, ...]
    does_not: tuple[str, ...]
    decides: tuple[str, ...]
    training: tuple[str, ...]
    decisions: tuple[DecisionLine, ...]
    more: int
    source: Link | None
    at: When


class Result(Struct, frozen=True, kw_only=True):
    """Something that is counted: so many of so many."""

    what: str
    part: int
    whole: int
    share: str


class ScorecardPage(Struct, frozen=True, kw_only=True):
    """The results of one TAM."""

    title: str
    answer: str
    desk: Link | None
    standing: str
    training: str
    projects: int
    results: tuple[Result, ...]
    at: When


def tams_of(book: Book) -> tuple[str, ...]:
    """Everybody who has, had or may get the role, or holds a project."""
    known = {name for name, one in book.workspace.people.items() if has_role(one)}
    return tuple(sorted(known | set(book.desks)))


def scorecard_path(person: str) -> str:
    """The results of a TAM."""
    return f"scorecards/{slug(person)}.html"


def roster_path(number: int) -> str:
    """A page of the roster."""
    return numbered("roster", number)


def competencies_path(number: int) -> str:
    """A page of the matrix of competencies."""
    return numbered("competencies", number)


def roster_pages(book: Book) -> int:
    """On how many pages everybody stands, in the roster and in the matrix."""
    return max(1, -(-sum(1 for one in book.workspace.people.values() if has_role(one)) // ROWS))


def roster_page(book: Book, number: int) -> RosterPage:
    """A page of the roster."""
    found = roster(book.workspace, book.plan.at.date(), MONTHS_AHEAD)
    return RosterPage(
        title="TAMs",
        answer=_roster_answer(book, found),
        heads=tuple(_head(day) for day in found.months),
        bars=_bars(found) if found.rows and number == 1 else None,
        rows=tuple(_roster_line(book, one) for one in found.rows[(number - 1) * ROWS : number * ROWS]),
        pages=pages("Pages of the roster", number, roster_pages(book), roster_path),
        at=book.when(book.plan.at, book.client_zone("")),
    )


def _roster_answer(book: Book, found: Roster) -> str:
    if not found.rows:
        return "Nobody has the role of a TAM."
    standings = [_standing(book, one.person) for one in found.rows]
    words = {word: word for word in ("active", "onboarding", "to come")} | {"candidate": "asked", "ended": "no more"}
    told = [f"{standings.count(word)} {said}" for word, said in words.items() if word in standings]
    time = f"this month there is time of {_people(found.tenths(0))} people, and projects take that of"
    return f"{counted(len(found.rows), 'person', 'people')}: {', '.join(told)}; {time} {_people(found.taken(0))}."


def _roster_line(book: Book, one: RosterRow) -> RosterLine:
    person = book.workspace.people[one.person]
    return RosterLine(
        person=_person(book, one.person),
        desk=book.desk(one.person) if one.person in book.desks else None,
        department=book.department(person.department.name),
        standing=_standing(book, one.person),
        months=tuple(
            MonthCell(standing=standing, time=_percent(tenths) if tenths else "–", taken=_taken(taken, unsaid))
            for standing, tenths, taken, unsaid in zip(one.standings, one.tenths, one.taken, one.unsaid, strict=True)
        ),
    )


def _taken(taken: Fraction, unsaid: int) -> str:
    more = f"{unsaid} unsaid" if unsaid else ""
    return ", ".join(word for word in (f"{_percent(taken)} taken" if taken else "", more) if word)


def _bars(found: Roster) -> Markup:
    """The time of all TAMs by month, and what projects take of it."""
    count = range(len(found.months))
    top = max(*(found.tenths(n) for n in count), *(found.taken(n) for n in count)) or 1
    drawn: list[Markup] = []
    for n in count:
        x, room, taken = 8 + n * (_BAR + _GAP), found.tenths(n), found.taken(n)
        told = f"{_head(found.months[n])}: time of {_people(room)} people, {_people(taken)} taken"
        full, used = float(_HEIGHT * room / top), float(_HEIGHT * taken / top)
        middle = x + _BAR / 2
        drawn.append(
            element(
                "g",
                element("title", told),
                element("rect", x=x, y=14 + _HEIGHT - full, width=_BAR, height=full, fill=_ROOM, stroke=LINE,
                        class_="room"),
                element("rect", x=x, y=14 + _HEIGHT - used, width=_BAR, height=used, fill=_TAKEN, stroke=QUIET,
                        class_="bar taken l60"),
                element("text", _people(room), x=middle, y=10, font_size=10, fill=INK, class_="ink",
                        text_anchor="middle"),
                element("text", f"{found.months[n]:%Y-%m}", x=middle, y=_HEIGHT + 28, font_size=10, fill=QUIET,
                        class_="quiet", text_anchor="middle"),
            )
        )  # fmt: skip
    return picture(
        *drawn,
        name="tams",
        title="Time of all TAMs by month",
        description="In people, with what projects take of it. The table below has the numbers.",
        width=16 + len(found.months) * (_BAR + _GAP),
        height=_HEIGHT + 36,
    )


def competencies_page(book: Book, number: int) -> CompetencePage:
    """A page of the matrix of competencies."""
    found = matrix(book.workspace)
    return CompetencePage(
        title="Competencies of the TAMs",
        answer=_matrix_answer(book, found),
        heads=tuple(book.department(name) for name in found.departments),
        rows=tuple(_competence(book, one) for one in found.rows[(number - 1) * ROWS : number * ROWS]),
        pages=pages("Pages of the competencies", number, roster_pages(book), competencies_path),
        at=book.when(book.plan.at, book.client_zone("")),
    )


def _matrix_answer(book: Book, found: Matrix) -> str:
    if not found.rows:
        return "Nobody has the role of a TAM."
    nobody = [book.department(name).text for name in found.nobody()]
    return (
        f"No TAM comes from or knows as their own: {', '.join(nobody)}."
        if nobody
        else "Each department's field is some TAM's own."
    )


def _competence(book: Book, one: Competent) -> CompetenceLine:
    return CompetenceLine(
        person=_person(book, one.person),
        standing=_standing(book, one.person),
        cells=tuple(WORDS[field] for field in one.fields),
        communication="–" if one.communication is None else str(one.communication),
        leading="–" if one.leading is None else str(one.leading),
    )


def role_page(book: Book) -> RolePage:
    """What the role is, and what was decided about it."""
    charter = book.workspace.settings.charter
    own = [one for one in book.workspace.decisions.values() if one.project is None]
    own.sort(key=lambda one: (-one.decided.toordinal(), one.name))
    return RolePage(
        title="The role of the TAM",
        answer=charter.purpose if charter else "Nobody has written down yet what the role is for.",
        does=charter.does if charter else (),
        does_not=charter.does_not if charter else (),
        decides=charter.decides if charter else (),
        training=book.workspace.settings.training,
        decisions=tuple(_decision(book, one, own[:DECISIONS]) for one in own[:DECISIONS]),
        more=max(0, len(own) - DECISIONS),
        source=book.source(charter.at.value) if charter else None,
        at=book.when(book.plan.at, book.client_zone("")),
    )


def _decision(book: Book, one: Decision, shown: list[Decision]) -> DecisionLine:
    after = [other for other in shown if other.replaces and other.replaces.name == one.name]
    in_force = [other for other in after if other.status == "accepted"]
    return DecisionLine(
        anchor=_anchor(one),
        title=one.label,
        verb="Proposed" if one.status == "proposed" else "Decided",
        decided=day_text(one.decided),
        by=", ".join(book.person(ref.name) for ref in one.by),
        status="replaced" if in_force and one.status == "accepted" else one.status,
        replaces=_decision_link(book, one.replaces.name, shown) if one.replaces else None,
        replaced_by=tuple(Link(text=other.label, href=f"role.html#{_anchor(other)}") for other in after),
        context=one.context,
        decision=one.decision,
        consequences=one.consequences,
        source=book.source(one.at.key),
    )


def _anchor(one: Decision) -> str:
    return f"decision-{slug(one.name)}"


def _decision_link(book: Book, name: str, shown: list[Decision]) -> Link:
    """Another decision, with its place on this page if it is there; one of a project is not."""
    found = book.workspace.decisions[name]
    return Link(text=found.label, href=f"role.html#{_anchor(found)}" if found in shown else "")


def scorecard_page(book: Book, name: str, results: Callable[[], Mapping[str, Scorecard]]) -> ScorecardPage:
    """The results of one TAM; `results` are those of all, counted once."""
    empty = Scorecard(person=name, **dict.fromkeys(Scorecard.__struct_fields__[1:], 0))
    found = results().get(name, empty)
    person = book.workspace.people[name]
    training = book.workspace.settings.training
    passed = sum(1 for part in training if person.tam.training.get(part, date.max) <= _today(book, name))
    return ScorecardPage(
        title=f"Results of {person.label}",
        answer=_results_answer(found),
        desk=book.desk(name) if name in book.desks else None,
        standing=_standing(book, name),
        training=f"{passed} of {len(training)} parts passed" if training else "none is asked for",
        projects=len(book.desks.get(name, ())),
        results=tuple(_result(*one) for one in _results(found)),
        at=book.when(book.plan.at, home_zone(person, book.workspace)),
    )


def _results_answer(found: Scorecard) -> str:
    if found.is_empty:
        return "Nothing can be counted yet: no proposals, requests, documents or finished changes."
    kept = f"{found.kept} of {counted(found.finished, 'finished change')} came in time"
    return (
        f"{counted(found.raised, 'proposal')}, {found.before or 'none'} of them before something failed; "
        f"{kept if found.finished else 'no change is finished yet'}."
    )


class _Counted(NamedTuple):
    what: str
    part: int
    whole: int


def _results(found: Scorecard) -> Iterator[_Counted]:
    yield _Counted("Proposals raised before something failed", found.before, found.raised)
    yield _Counted("Proposals that the client accepted", found.accepted, found.raised)
    yield _Counted("Accepted proposals that are done", found.implemented, found.accepted)
    yield _Counted("Requests answered within the time for it", found.in_time, found.asked)
    yield _Counted("Documents found true within their interval", found.current, found.documents)
    yield _Counted("Changes done by the day that was promised", found.kept, found.finished)


def _result(what: str, part: int, whole: int) -> Result:
    return Result(what=what, part=part, whole=whole, share=f"{100 * part // whole} %" if whole else "–")


def scorecard_link(book: Book, person: str) -> Link:
    """The results of a TAM; a client does not read them."""
    return Link(text="Results", href="" if book.reader else scorecard_path(person))


def _person(book: Book, name: str) -> Link:
    return Link(text=book.person(name), href="" if book.reader else scorecard_path(name))


def _standing(book: Book, name: str) -> str:
    return standing_on(book.workspace.people[name], _today(book, name))


def _today(book: Book, name: str) -> date:
    return day_of(book.workspace.people[name], book.workspace, book.plan.at)


def _head(day: date) -> str:
    """`Nov 2026`."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def _percent(tenths: Fraction) -> str:
    """Tenths of a person as a share of working time, to whole percents: 3 → `30 %`."""
    return f"{round(tenths * 100 / TENTHS)} %"


def _people(tenths: Fraction) -> str:
    """Tenths of a person as people, to tenths: 39 → `3.9`."""
    return f"{round(tenths) / TENTHS:g}"
