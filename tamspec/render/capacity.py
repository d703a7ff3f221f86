"""What a client uses up and what ends: for the passport, a page with a chart for each limit, and a list of what runs
out next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from markupsafe import Markup
from msgspec import Struct

from tamspec.desk.capacity import URGENT, Outlook, drawn, outlooks, outlooks_of
from tamspec.desk.expiries import Ending, endings, endings_of
from tamspec.desk.forecast import Point
from tamspec.render.book import Book, Link, project_path
from tamspec.render.escape import slug
from tamspec.render.svg import BAD, BLUE, INK, LINE, QUIET, element, picture, short
from tamspec.render.when import When

CHARTS = 4
"""Items of one page that have a chart and its table, the most urgent ones; the others stand in the list."""
SAMPLES = 24
"""Latest samples that are shown."""
MOST = 100
"""Lines of the list of what runs out next; the rest is counted."""
_LEFT, _TOP, _WIDE, _HIGH = 64, 26, 560, 190


class ItemRow(Struct, frozen=True, kw_only=True):
    """A limit in a list."""

    item: Link
    project: Link
    used: str
    share: str
    forecast: str
    order_by: str
    verdict: str
    kind: str
    """Of the mark that stands for the verdict."""
    change: Link | None


class EndingRow(Struct, frozen=True, kw_only=True):
    """Something that ends, in a list."""

    title: str
    project: Link
    type: str
    ends: str
    begin: str
    state: str
    kind: str
    owner: str
    """Empty where a client reads it."""
    change: Link | None


class SeriesRow(Struct, frozen=True, kw_only=True):
    """A day of a chart: what was measured, or what the line says."""

    day: str
    used: str
    low: str
    centre: str
    high: str


class Chart(Struct, frozen=True, kw_only=True):
    """One limit in full."""

    anchor: str
    title: str
    answer: str
    facts: tuple[tuple[str, str], ...]
    picture: Markup | None
    rows: tuple[SeriesRow, ...]


class CapacitySection(Struct, frozen=True, kw_only=True):
    """What a passport says of limits and of what ends."""

    answer: str
    items: tuple[ItemRow, ...]
    endings: tuple[EndingRow, ...]
    page: Link


class CapacityPage(Struct, frozen=True, kw_only=True):
    """The limits of one project. Days are those of the client."""

    title: str
    answer: str
    project: Link
    items: tuple[ItemRow, ...]
    endings: tuple[EndingRow, ...]
    charts: tuple[Chart, ...]
    zone: str
    at: When


class LimitsPage(Struct, frozen=True, kw_only=True):
    """What runs out next, of all clients. Internal."""

    title: str
    answer: str
    items: tuple[ItemRow, ...]
    more_items: int
    endings: tuple[EndingRow, ...]
    more_endings: int
    at: When


def capacity_path(project: str) -> str:
    """The page of the limits of a project."""
    return project_path(project, "capacity.html")


def has_capacity(book: Book, project: str) -> bool:
    """Whether there is such a page."""
    found = book.workspace.projects[project]
    return bool(found.capacity or found.expiries)


def capacity_section(book: Book, project: str) -> CapacitySection | None:
    """The section of the passport; None where nothing is limited and nothing ends."""
    if not has_capacity(book, project):
        return None
    page = capacity_page(book, project, charts=False)
    link = Link(text=book.say("Capacity in full"), href=capacity_path(project))
    return CapacitySection(answer=page.answer, items=page.items, endings=page.endings, page=link)


def capacity_page(book: Book, project: str, *, charts: bool = True) -> CapacityPage:
    """The limits of one project, the most urgent first, and what ends."""
    items = sorted(outlooks_of(book.workspace, book.plan, project), key=_urgency)
    ending = endings_of(book.workspace, book.plan, project)
    zone = book.client_zone(project)
    link, shown = book.project_link(project), _charted(book, project)
    return CapacityPage(
        title=book.say("Capacity of {project}", project=link.text),
        answer=_answer(book, items, ending),
        project=link,
        items=tuple(_item_row(book, one, shown) for one in items),
        endings=tuple(_ending_row(book, one) for one in ending),
        charts=tuple(_chart(book, one) for one in items[:CHARTS]) if charts else (),
        zone=zone.key,
        at=book.when(book.plan.at, zone),
    )


def limits_page(book: Book) -> LimitsPage:
    """What runs out next, of all clients."""
    items = sorted(outlooks(book.workspace, book.plan), key=_urgency)
    ending = endings(book.workspace, book.plan)
    return LimitsPage(
        title="What runs out next",
        answer=_answer(book, items, ending),
        items=tuple(_item_row(book, one, _charted(book, one.project)) for one in items[:MOST]),
        more_items=max(0, len(items) - MOST),
        endings=tuple(_ending_row(book, one) for one in ending[:MOST]),
        more_endings=max(0, len(ending) - MOST),
        at=book.when(book.plan.at, book.client_zone("")),
    )


def _urgency(one: Outlook) -> tuple[bool, bool, date, str, str]:
    """What must be ordered today first, then what nobody watches, then by the day to order by."""
    last = date.max
    return (
        one.verdict not in URGENT,
        one.verdict != "unwatched",
        one.order_by or one.forecast.central or last,
        one.project,
        one.name,
    )


def _answer(book: Book, items: Sequence[Outlook], ending: Sequence[Ending]) -> str:
    urgent = sum(1 for one in items if one.verdict in URGENT)
    late = sum(1 for one in ending if one.ended or one.must_begin)
    behind = sum(1 for one in ending if one.comes_late)
    if urgent or late or behind:
        told = [
            book.many(urgent, "{number} limit needs an order now", "{number} limits need an order now")
            if urgent
            else "",
            book.many(late, "{number} date needs a renewal now", "{number} dates need a renewal now") if late else "",
            book.many(behind, "{number} renewal comes too late", "{number} renewals come too late") if behind else "",
        ]
        return book.say("{told}.", told=book.listed(one for one in told if one))
    coming = [(one.order_by, one.item.title or one.name) for one in items if one.order_by and one.verdict == "order by"]
    coming += [(one.begin, one.label) for one in ending if one.renewal is None]
    if not coming:
        return book.say("Nothing must be ordered or renewed in sight.")
    day, what = min(coming)
    return book.say("Nothing is urgent; next is {what}, by {day}.", what=what, day=book.language.day(day))


def _charted(book: Book, project: str) -> frozenset[str]:
    """The items of a project that have a chart."""
    return frozenset(one.name for one in sorted(outlooks_of(book.workspace, book.plan, project), key=_urgency)[:CHARTS])


def _item_row(book: Book, one: Outlook, charted: frozenset[str]) -> ItemRow:
    href = capacity_path(one.project) + (f"#{slug(one.name)}" if one.name in charted else "")
    return ItemRow(
        item=Link(text=one.item.title or one.name, href=href),
        project=book.project_link(one.project),
        used=f"{_number(one.level)} / {_amount(one.item.limit, one)}" if one.level is not None else "–",
        share=_share(one),
        forecast=_forecast_text(book, one),
        order_by=book.language.day(one.order_by) if one.order_by else "–",
        verdict=_verdict(book, one),
        kind=_kind(one),
        change=book.change(one.change) if one.change else None,
    )


def _share(one: Outlook) -> str:
    return f"{int(one.share * 100)} %" if one.share is not None and one.share < 1e6 else "–"


def _forecast_text(book: Book, one: Outlook) -> str:
    told = one.forecast
    if told.central is None:
        words = {
            "too few samples": book.say("too few samples"),
            "at its limit": book.say("at its limit"),
            "flat or falling": book.say("does not rise"),
            "uncertain": book.say("does not rise for certain"),
            "beyond the horizon": book.say("not within three years"),
        }
        return words.get(told.why, "–")
    day = book.language.day
    first = told.earliest or told.central
    if told.latest is None:
        return book.say("from {earliest} on, about {central}", earliest=day(first), central=day(told.central))
    if first == told.latest:
        return day(first)
    return book.say("from {earliest} to {latest}", earliest=day(first), latest=day(told.latest))


def _verdict(book: Book, one: Outlook) -> str:
    words = {
        "unwatched": book.say("nobody watches it"),
        "at its limit": book.say("at its limit"),
        "too few samples": book.say("too few samples"),
        "ordered": book.say("more is on its way"),
        "too late": book.say("order now, it comes late"),
        "order now": book.say("order now"),
        "order by": book.say("order in time"),
        "fine": book.say("fine"),
    }
    return words[one.verdict]


def _kind(one: Outlook) -> str:
    if one.verdict in URGENT:
        return "v-late"
    if one.verdict in ("unwatched", "too few samples"):
        return "f-warning"
    return "c-ordered" if one.verdict == "ordered" else "v-in-time"


def _ending_row(book: Book, one: Ending) -> EndingRow:
    if one.ended:
        state, kind = book.say("ended"), "v-late"
    elif one.comes_late:
        state, kind = book.say("is renewed too late"), "v-late"
    elif one.renewal:
        state, kind = book.say("is being renewed"), "c-ordered"
    elif one.must_begin:
        state, kind = book.say("renew now"), "v-late"
    else:
        state, kind = book.say("holds"), "v-in-time"
    return EndingRow(
        title=one.label,
        project=book.project_link(one.project),
        type=_type(book, one.expiry.type),
        ends=book.language.day(one.expiry.ends),
        begin=book.language.day(one.begin),
        state=state,
        kind=kind,
        owner="" if book.reader else book.person(one.expiry.owner.name),
        change=book.change(one.renewal.name) if one.renewal else None,
    )


def _type(book: Book, type_: str) -> str:
    words = {
        "certificate": book.say("certificate"),
        "licence": book.say("licence"),
        "contract": book.say("contract"),
        "domain": book.say("domain"),
        "warranty": book.say("warranty"),
        "other": book.say("other"),
    }
    return words[type_]


# -- one limit in full -------------------------------------------------------------------------------------------------


def _chart(book: Book, one: Outlook) -> Chart:
    samples = list(one.samples.items())[-SAMPLES:]
    until = _until(one)
    first = samples[0][0] if samples else one.today
    line = [each for each in drawn(one, until) if first <= each.day <= until] if samples else []
    rows = _rows(book, samples, line)
    return Chart(
        anchor=slug(one.name),
        title=one.item.title or one.name,
        answer=_told(book, one),
        facts=tuple(_facts(book, one)),
        picture=_picture(book, one, samples, line, until) if samples else None,
        rows=rows,
    )


def _until(one: Outlook) -> date:
    """The last day of the chart: some time behind the day on which the limit is reached, and half a year at least."""
    ahead = max(
        (each - one.today).days for each in (one.forecast.central or one.today, one.forecast.latest or one.today)
    )
    return one.today + timedelta(min(max(183, ahead + ahead // 8), 3 * 366))


def _told(book: Book, one: Outlook) -> str:
    if one.level is None or one.last is None:
        return book.say("Nobody has measured it yet.")
    return book.say(
        "{used} of {limit} on {day} ({share}): {verdict}.",
        used=_amount(one.level, one),
        limit=_amount(one.item.limit, one),
        day=book.language.day(one.last),
        share=_share(one),
        verdict=_verdict(book, one),
    )


def _facts(book: Book, one: Outlook) -> Iterator[tuple[str, str]]:
    yield book.say("Limit"), _amount(one.item.limit, one)
    band = next((each for each in one.forecast.line if each.day == one.today), None)
    if band and one.level is not None and float(one.level) > band.high:
        # One sample far off moves no line that holds out against noise; whoever reads it should know.
        said = book.say("{used}, above what the forecast goes by", used=_amount(one.level, one))
        yield book.say("Last sample"), said
    if one.forecast.trend is not None:
        month = Decimal(str(round(one.forecast.trend * 30, 6)))
        yield book.say("Grows in 30 days by"), _amount(_rounded(month), one)
    yield book.say("Limit reached"), _forecast_text(book, one)
    if one.order_by:
        yield book.say("Order by"), book.language.day(one.order_by)
    if one.lead is not None:
        lead = one.lead_text or book.many(one.lead, "{number} day", "{number} days")
        yield book.say("Lead time"), lead
    if one.steps and not book.reader:
        yield "Steps that it takes", " → ".join(one.steps)
    if one.change:
        yield book.say("Change"), book.change(one.change).text


def _rows(book: Book, samples: Sequence[tuple[date, Decimal]], line: Sequence[Point]) -> tuple[SeriesRow, ...]:
    used, told = dict(samples), {each.day: each for each in line}
    return tuple(
        SeriesRow(
            day=book.language.day(day),
            used=_number(used[day]) if day in used else "–",
            low=_float(told[day].low) if day in told else "–",
            centre=_float(told[day].centre) if day in told else "–",
            high=_float(told[day].high) if day in told else "–",
        )
        for day in sorted({*used, *told})
    )


class _Frame(Struct, frozen=True, kw_only=True):
    """Days and amounts, and where they lie on the picture."""

    first: date
    last: date
    top: float

    def x(self, day: date) -> float:
        return _LEFT + _WIDE * (day - self.first).days / max((self.last - self.first).days, 1)

    def y(self, amount: float) -> float:
        return _TOP + _HIGH * (1 - min(max(amount, 0), self.top) / self.top)


def _picture(
    book: Book, one: Outlook, samples: Sequence[tuple[date, Decimal]], line: Sequence[Point], until: date
) -> Markup:
    limit = float(one.item.limit)
    top = 1.08 * max(limit, *(float(used) for _, used in samples))
    frame = _Frame(first=min(samples[0][0], one.today), last=until, top=top)
    title = one.item.title or one.name
    return picture(
        *_axes(book, one, frame),
        *_band(line, frame),
        *_marks(book, one, frame),
        *(
            element(
                "circle", cx=frame.x(day), cy=frame.y(float(used)), r=3, fill=BLUE, class_="sample",
            )
            for day, used in samples
        ),
        name=f"capacity-{slug(one.name)}",
        title=book.say("Use of {item}", item=title),
        description=book.say("Samples, the forecast with its band, and the limit. The table has the same numbers."),
        width=_LEFT + _WIDE + 24,
        height=_TOP + _HIGH + 44,
    )  # fmt: skip


def _axes(book: Book, one: Outlook, frame: _Frame) -> Iterator[Markup]:
    limit = float(one.item.limit)
    for part in (0.0, 0.5, 1.0):
        y = frame.y(limit * part)
        is_limit = part == 1.0
        yield element(
            "line", x1=_LEFT, x2=_LEFT + _WIDE, y1=y, y2=y, stroke=BAD if is_limit else LINE,
            stroke_width=1.5 if is_limit else 1, class_="deadline" if is_limit else "grid",
        )  # fmt: skip
        label = _float(limit * part)
        yield element(
            "text", short(label, 9), x=_LEFT - 6, y=y + 4, text_anchor="end", font_size=11, fill=QUIET, class_="quiet"
        )
    yield element(
        "text", short(book.say("limit {amount}", amount=_amount(one.item.limit, one)), 40), x=_LEFT + 4,
        y=frame.y(limit) - 5, font_size=11, fill=BAD, class_="deadline-word",
    )  # fmt: skip
    ends = ((frame.first, "start", _LEFT), (frame.last, "end", _LEFT + _WIDE))
    for day, anchor, x in ends:
        yield element(
            "text", day.isoformat(), x=x, y=_TOP + _HIGH + 18, text_anchor=anchor, font_size=11, fill=QUIET,
            class_="quiet",
        )  # fmt: skip


def _band(line: Sequence[Point], frame: _Frame) -> Iterator[Markup]:
    if not line:
        return
    around = [(each.day, each.high) for each in line] + [(each.day, each.low) for each in reversed(line)]
    yield element("polygon", points=_points(around, frame), fill="#c9dcf2", fill_opacity=0.6, class_="band")
    yield element(
        "polyline", points=_points([(each.day, each.centre) for each in line], frame), fill="none", stroke=BLUE,
        stroke_width=1.5, class_="trend",
    )  # fmt: skip


def _points(places: Sequence[tuple[date, float]], frame: _Frame) -> str:
    return " ".join(f"{frame.x(day):.1f},{frame.y(amount):.1f}" for day, amount in places)


def _marks(book: Book, one: Outlook, frame: _Frame) -> Iterator[Markup]:
    """Today, the day to order by and the middle of the forecast, each with its word at a height of its own."""
    wanted = (
        (one.today, book.say("today"), "now", QUIET, _TOP + _HIGH + 32),
        (one.order_by, book.say("order by"), "order-by", INK, 12),
        (one.forecast.central, book.say("used up"), "deadline", BAD, _TOP + _HIGH + 32),
    )
    for day, word, class_, colour, y in wanted:
        if day is None or not frame.first <= day <= frame.last:
            continue
        x = frame.x(day)
        anchor = "end" if x > _LEFT + _WIDE - 60 else "start"
        yield element(
            "line", x1=x, x2=x, y1=_TOP - 6, y2=_TOP + _HIGH, stroke=colour, stroke_dasharray="4 3", class_=class_
        )
        yield element(
            "text", word, x=x, y=y, text_anchor=anchor, font_size=11, fill=colour,
            class_="deadline-word" if class_ == "deadline" else "ink" if class_ == "order-by" else "now-word",
        )  # fmt: skip


# -- numbers -----------------------------------------------------------------------------------------------------------


def _amount(value: Decimal, one: Outlook) -> str:
    return f"{_number(value)} {one.item.unit}".rstrip()


def _number(value: Decimal) -> str:
    """As it was written, without an exponent and noughts behind the point."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _rounded(value: Decimal) -> Decimal:
    """To three digits that count."""
    return Decimal(f"{value:.3g}")


def _float(value: float) -> str:
    """To four digits that count."""
    return _number(Decimal(f"{value:.4g}"))
