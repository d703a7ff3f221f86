"""The report of incidents against promises: a page with the months as bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate

from markupsafe import Markup
from msgspec import Struct

from tamspec.model.attainment import Attainment, Breach, Line, Period
from tamspec.model.values import counted, length_text
from tamspec.model.workspace import Workspace
from tamspec.render.burndown import Course, burn_down, days_told
from tamspec.render.escape import slug
from tamspec.render.svg import BAD, GOOD, INK, LINE, QUIET, element, number, picture, short
from tamspec.render.when import When, when
from tamspec.worktime import moment, time_zone

MOST = 20
"""Rows of a list, and things in a table, that the page shows, so that it stays light; the CSV and the JSON have all."""
MONTHS = 13
"""The latest months that are drawn and listed."""
BUDGETS = 3
"""Error budgets that are drawn, those with the least left; the table of promises tells of more."""
_BAR, _GAP, _HEIGHT, _LEFT = 22, 10, 140, 40
_STANDINGS = {"kept": "kept", "missed": "missed", "too few": "too few to judge", "none": "nothing to judge"}


class Row(Struct, frozen=True, kw_only=True):
    """A line of a table."""

    name: str
    clock: str
    cases: int
    kept: int
    share: str
    running: int
    median: str
    p90: str
    p95: str


class Promise(Struct, frozen=True, kw_only=True):
    """An agreement in one of its periods."""

    agreement: str
    clock: str
    first: str
    last: str
    cases: str
    share: str
    promised: str
    allowed: str
    left: str
    verdict: str
    so_far: bool


class Spent(Struct, frozen=True, kw_only=True):
    """The end of a day: how many of the cases reported until then missed, and how many more may."""

    day: str
    missed: int
    left: int


class Budget(Struct, frozen=True, kw_only=True):
    """The misses that an agreement allows in its last period, and how they were used up."""

    anchor: str
    title: str
    answer: str
    picture: Markup
    rows: tuple[Spent, ...]


class Late(Struct, frozen=True, kw_only=True):
    """A case that missed its target, or is about to."""

    incident: str
    priority: str
    clock: str
    client: str
    department: str
    start: When
    took: str
    target: str
    state: str


class Table(Struct, frozen=True, kw_only=True):
    """The same figures by one thing that cases have in common."""

    anchor: str
    title: str
    rows: tuple[Row, ...]
    more: int


class AttainmentPage(Struct, frozen=True, kw_only=True):
    """What the page says."""

    title: str
    answer: str
    at: When
    zone: str
    facts: tuple[tuple[str, str], ...]
    promises: tuple[Promise, ...]
    more_promises: int
    charts: tuple[tuple[str, Markup], ...]
    """Clock, and its months as a picture."""
    budgets: tuple[Budget, ...]
    more_budgets: int
    tables: tuple[Table, ...]
    breaches: tuple[Late, ...]
    missed: int
    at_risk: tuple[Late, ...]
    more_at_risk: bool


def attainment_page(one: Attainment, workspace: Workspace) -> AttainmentPage:
    """The page of a report."""
    zone = time_zone(one.zone)
    missed = sum(line.missed for line in one.tables["agreement"])
    spent, today = _last_periods(one), moment(one.at).astimezone(zone).date()
    return AttainmentPage(
        title="How promises were kept",
        answer=_answer(one),
        at=when(moment(one.at), zone),
        zone=one.zone,
        facts=tuple(_facts(one)),
        promises=tuple(_promise(each) for each in _worst_first(one.periods)[:MOST]),
        more_promises=max(0, len(one.periods) - MOST),
        charts=tuple(_charts(one, workspace)),
        budgets=tuple(_budget(each, today) for each in spent[:BUDGETS]),
        more_budgets=max(0, len(spent) - BUDGETS),
        tables=tuple(_tables(one)),
        breaches=tuple(_late(each, one) for each in one.breaches[:MOST]),
        missed=missed,
        at_risk=tuple(_late(each, one) for each in one.at_risk[:MOST]),
        more_at_risk=len(one.at_risk) > MOST,
    )


def _answer(one: Attainment) -> str:
    judged = [each for each in one.periods if each.standing in ("kept", "missed") and each.over]
    bad = [each for each in judged if each.standing == "missed"]
    if not judged:
        return "No period has ended yet in which there are enough incidents to judge."
    judged_ones = f"Of {counted(len(judged), 'promise')}, each of one clock for one period that has ended,"
    if not bad:
        return f"{judged_ones} none was missed."
    worst = min(bad, key=lambda each: (each.line.share or 0, each.agreement, each.first))
    share = percent(worst.line.share)
    return (
        f"{judged_ones} {len(bad)} {'was' if len(bad) == 1 else 'were'} missed, the furthest by {worst.agreement}: "
        f"{share} of {worst.clock} in time from {worst.first}, where {worst.promised} % are promised."
    )


def _facts(one: Attainment) -> Iterator[tuple[str, str]]:
    yield "Incidents", f"{one.incidents:,}"
    yield "Judged", f"{one.judged:,}"
    yield "Excluded", f"{one.excluded:,}"
    yield "Refused", _counted(one.refused)
    yield "Rows", f"{one.rows:,}"
    yield "Rows that are not used", _counted(one.rows_refused)


def _counted(of: Mapping[str, int]) -> str:
    if not of:
        return "0"
    return f"{sum(of.values()):,} ({', '.join(f'{why}: {count:,}' for why, count in of.items())})"


def _worst_first(periods: Sequence[Period]) -> list[Period]:
    return sorted(periods, key=lambda each: (each.standing != "missed", each.agreement, each.first, each.clock))


def _promise(one: Period) -> Promise:
    return Promise(
        agreement=one.agreement,
        clock=one.clock,
        first=one.first.isoformat(),
        last=one.last.isoformat(),
        cases=f"{one.line.kept:,} of {one.line.judged:,}",
        share=percent(one.line.share),
        promised=f"{one.promised} %",
        allowed=f"{one.allowed:,}",
        left=f"{one.left:,}" if one.standing in ("kept", "missed") else "–",
        verdict=_STANDINGS[one.standing],
        so_far=not one.over,
    )


def _tables(one: Attainment) -> Iterator[Table]:
    for name, title in (
        ("client", "By client"),
        ("priority", "By priority"),
        ("department", "By department"),
        ("month", "By month"),
    ):
        lines = one.tables[name]
        if name in ("client", "department"):
            lines = tuple(sorted(lines, key=lambda line: (-line.judged, line.name, line.clock)))
        shown = _latest(lines) if name == "month" else lines[:MOST]
        rows = tuple(map(_row, shown))
        yield Table(anchor=f"by-{name}", title=title, rows=rows, more=len(lines) - len(rows))


def _latest(lines: Sequence[Line]) -> list[Line]:
    months = sorted({line.name for line in lines})[-MONTHS:]
    return [line for line in lines if line.name in months]


def _row(line: Line) -> Row:
    return Row(
        name=line.name,
        clock=line.clock,
        cases=line.judged,
        kept=line.kept,
        share=percent(line.share),
        running=line.running,
        median=_length(line.median),
        p90=_length(line.p90),
        p95=_length(line.p95),
    )


def _late(one: Breach, report: Attainment) -> Late:
    zone = time_zone(report.zone)
    state = "still runs" if one.stop is None else "stopped"
    if one.stop is None and one.elapsed <= one.target:
        state = f"until {when(moment(one.deadline), zone).text}" if one.deadline is not None else "stands still"
    return Late(
        incident=one.incident,
        priority=one.priority,
        clock=one.clock,
        client=one.client,
        department=one.department,
        start=when(moment(one.start), zone),
        took=_length(one.elapsed),
        target=_length(one.target),
        state=state,
    )


# -- error budgets ----------------------------------------------------------------------------------------------------


def _last_periods(one: Attainment) -> list[Period]:
    """Of each agreement and clock the last period that is judged and allows a miss or had one, the least left first."""
    judged = (
        each for each in one.periods if each.standing in ("kept", "missed") and (each.allowed or each.line.missed)
    )
    last = {(each.agreement, each.clock): each for each in judged}
    return sorted(last.values(), key=lambda each: (each.left, each.agreement, each.clock))


def _budget(one: Period, today: date) -> Budget:
    # Where it is tomorrow already in the zone of the agreement, somebody may have missed something on that day.
    until = max([today, one.first, *(day for day, _ in one.misses)])
    days = days_told(one.first - timedelta(1), min(one.last, until))
    missed = [sum(count for on, count in one.misses if on <= day) for day in days]
    left = [(day, one.allowed - late) for day, late in zip(days, missed, strict=True)]
    anchor = slug(f"budget-{one.agreement}-{one.clock}")
    return Budget(
        anchor=anchor,
        title=f"{one.agreement}: {one.clock}, from {one.first} to {one.last}",
        answer=_spent(one),
        picture=burn_down(
            [Course(name="misses left", look="happened", left=left)],
            name=anchor,
            title=f"Misses left of {one.clock} under {one.agreement}",
            description="How many more cases may miss, at the ends of days. The table has the same numbers.",
            today=today,
        ),
        rows=tuple(
            Spent(day=day.isoformat(), missed=late, left=still) for late, (day, still) in zip(missed, left, strict=True)
        ),
    )


def _spent(one: Period) -> str:
    may = f"{one.allowed:,}" if one.allowed else "none"
    of = f"Of {counted(one.line.judged, 'case')} {one.promised} % are promised in time, so {may} may miss."
    if one.left >= 0:
        return f"{of} {one.line.missed:,} did; {f'{one.left:,} more may' if one.left else 'no more may'}."
    used = accumulate(count for _, count in one.misses)
    over = next(day for (day, _), missed in zip(one.misses, used, strict=True) if missed > one.allowed)
    return f"{of} {one.line.missed:,} did, {-one.left:,} too many, the first of these on {over}."


# -- the picture ------------------------------------------------------------------------------------------------------


def _charts(one: Attainment, workspace: Workspace) -> Iterator[tuple[str, Markup]]:
    agreements = (workspace.agreements.get(name) for name in {period.agreement for period in one.periods})
    promised = {each.attainment.target for each in agreements if each and each.attainment}
    line = Fraction(next(iter(promised))) / 100 if len(promised) == 1 else None
    for clock in one.clocks:
        months = [each for each in _latest(one.tables["month"]) if each.clock == clock]
        if months:
            yield clock, _chart(clock, months, line)


def _chart(clock: str, lines: Sequence[Line], promised: Fraction | None) -> Markup:
    width = _LEFT + len(lines) * (_BAR + _GAP) + 60
    drawn = [*_scale(width), *_bars(lines)]
    if promised is not None:
        y = _y(promised)
        drawn.append(
            element("line", x1=_LEFT, x2=width - 50, y1=y, y2=y, stroke=INK, stroke_dasharray="4 3", class_="now")
        )
        drawn.append(element("text", "promised", x=width - 48, y=y + 4, font_size=10, fill=QUIET, class_="quiet"))
    return picture(
        *drawn,
        name=f"months-{clock}",
        title=f"Share of {clock} in time, by month",
        description="The table By month holds the same figures.",
        width=width,
        height=_HEIGHT + 60,
    )


def _y(share: Fraction) -> float:
    return 16 + float(1 - share) * _HEIGHT


def _scale(width: float) -> Iterator[Markup]:
    for percent in (0, 50, 100):
        y = _y(Fraction(percent, 100))
        yield element("line", x1=_LEFT, x2=width - 50, y1=y, y2=y, stroke=LINE, class_="grid")
        yield element("text", f"{percent} %", x=0, y=y + 4, font_size=10, fill=QUIET, class_="quiet")


def _bars(lines: Sequence[Line]) -> Iterator[Markup]:
    kept, missed, names = [], [], []
    for at, line in enumerate(lines):
        x = _LEFT + at * (_BAR + _GAP) + _GAP / 2
        if line.share is not None:
            y = _y(line.share)
            told = f"{line.name}: {percent(line.share)} of {line.judged:,} in time"
            missed.append(element("rect", x=x, y=16, width=_BAR, height=y - 16))
            kept.append(element("rect", element("title", told), x=x, y=y, width=_BAR, height=16 + _HEIGHT - y))
        middle = x + _BAR / 2
        turned = f"rotate(-45 {number(middle)} {_HEIGHT + 30})"
        names.append(element("text", short(line.name, 7), x=middle, y=_HEIGHT + 30, transform=turned))
    yield element("g", *missed, fill=BAD, fill_opacity=0.35)
    yield element("g", *kept, fill=GOOD, class_="kept")
    yield element("g", *names, font_size=10, fill=QUIET, class_="quiet", text_anchor="end")


def percent(share: Fraction | None) -> str:
    """A share as people read it, to a tenth of a percent; a dash where there is none."""
    return f"{float(100 * share):.1f} %" if share is not None else "–"


def _length(seconds: int | None) -> str:
    return length_text(seconds) if seconds is not None else "–"
