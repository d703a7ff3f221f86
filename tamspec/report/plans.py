"""A plan for the terminal: short, so that a normal change fits one screen, or in full."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct

from tamspec.model.order import Order
from tamspec.model.plan import Action, ChangePlan, Diff, Difference, OpenQuestion, Plan, Price
from tamspec.model.values import counted, effort_text, value_text
from tamspec.model.workspace import Workspace
from tamspec.report import gantt
from tamspec.report.advice import advice_text
from tamspec.report.difference import difference_text, redated_text
from tamspec.report.gantt import Bar
from tamspec.report.rows import COLUMNS, aligned, left_out, shortened, widths, wrapped
from tamspec.report.text import visible
from tamspec.report.times import client_day, day, hours, minute, utc, wall, zone_of
from tamspec.report.workload import bottleneck_text, interfaces_text, load_text

MARKS = {"provision": "+", "change": "~", "decommission": "-", "move": ">", "adopt": "="}
ONLY_IF_IT_FAILS = "only if it fails"
VERBS = {"create": "+", "update": "~", "cancel": "-", "keep": " "}
CRITICAL = "*"

BRANCH = "What this branch does to people's work:"

ORDERS, DIFFERENCES, CHANGES = 24, 8, 20
"""How many orders, differences and Changes the short form shows; Changes share the first two among them."""
FEW = 3
"""How many of anything else it shows before it counts the rest."""
NARROWEST = 14
"""A chart of fewer columns shows nothing."""


class _View(Struct, frozen=True, kw_only=True):
    """What is shown of a Change, how much of it, and in whose time. None: all of it."""

    plan: Plan
    workspace: Workspace
    zone: str
    orders: int | None = None
    differences: int | None = None
    few: int | None = None

    @property
    def is_full(self) -> bool:
        return self.orders is None


def plan_text(plan: Plan, workspace: Workspace, *, full: bool = False, difference: Difference | None = None) -> str:
    """What the departments would get: each Change in a line, then what each that brings something new would do; with
    `full` everything of every Change.

    Obstacles, blocking questions, cancellations, what cannot be undone and whose promise is broken are never left out.
    """
    blocks = [[BRANCH, *difference_text(difference, workspace, plan)]] if difference else []
    blocks.append(list(_renamed(plan)))
    open_ones = [one for one in plan.changes.values() if _is_shown(one) or one.state in ("approved", "draft")]
    shown = [one for one in open_ones if full or _is_shown(one)]
    quiet = [] if full else [one for one in open_ones if not _is_shown(one)]
    if quiet or shown[1:]:
        blocks.append(list(_overview(open_ones, workspace, full=full)))
    diffs = _grouped((diff.project, diff.change, diff) for diff in plan.diffs)
    rows = _grouped((row.order.project, row.change, row) for row in plan.actions)
    for one in shown:
        view, mine = _view(one, plan, workspace, 0 if full else len(shown)), (one.project, one.name)
        blocks.append(list(_change(one, diffs[mine], rows[mine], view)))
    blocks += [list(_late(one, plan, workspace)) for one in quiet if one.advice]
    blocks += [list(load_text(plan, workspace)), list(interfaces_text(plan))] if full else []
    blocks.append([*bottleneck_text(plan, workspace), *_legend(shown), _summary(plan)])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _renamed(plan: Plan) -> Iterator[str]:
    """The components that the next apply knows by another name; renaming alone is no work."""
    rows = [
        (MOVED, visible(project), visible(new), visible(f"was {old}"))
        for project, moves in sorted(plan.moves.items())
        for old, new in sorted(moves.items())
    ]
    if rows:
        yield "Renamed, which is no work; the next apply records it:"
        yield from aligned(rows)


MOVED = ">"
T = TypeVar("T")


def _grouped(items: Iterable[tuple[str, str, T]]) -> Mapping[tuple[str, str], list[T]]:
    """Project and Change → what belongs to it."""
    made: dict[tuple[str, str], list[T]] = defaultdict(list)
    for project, change, item in items:
        made[project, change].append(item)
    return made


def _is_shown(one: ChangePlan) -> bool:
    return one.pending or one.state == "unclaimed"


def _view(one: ChangePlan, plan: Plan, workspace: Workspace, among: int) -> _View:
    """How a Change is shown among so many; 0: in full."""
    zone = zone_of(workspace, one.departments, one.project)
    if not among:
        return _View(plan=plan, workspace=workspace, zone=zone)
    orders, differences = max(FEW, ORDERS // among), max(FEW, DIFFERENCES // among)
    return _View(plan=plan, workspace=workspace, zone=zone, orders=orders, differences=differences, few=FEW)


def _summary(plan: Plan) -> str:
    count = {verb: sum(one.verb == verb for one in plan.actions) for verb in VERBS}
    if not plan.actions and not plan.diffs:
        return "Nothing to do: everything that is wanted is built."
    told = f"{count['create']} to create, {count['update']} to update, {count['cancel']} to cancel"
    return f"Work orders: {told}, {count['keep']} kept; {counted(plan.evaluations, 'schedule')} tried."


def _legend(shown: Sequence[ChangePlan]) -> Iterator[str]:
    if any(one.forecast for one in shown):
        yield f"{CRITICAL} critical; {gantt.LEGEND}."


def _overview(changes: Sequence[ChangePlan], workspace: Workspace, *, full: bool) -> Iterator[str]:
    """A line for each Change: those that are late or bring something new before the others, if not all are shown."""
    most = len(changes) if full or len(changes) <= CHANGES + 1 else CHANGES
    by_worth = sorted(range(len(changes)), key=lambda at: (not _is_late(changes[at]), not _is_shown(changes[at])))
    rows = [
        (
            VERBS["create"] if _is_shown(one) else VERBS["keep"],
            visible(one.name) or f"unclaimed in {one.project}",
            one.state,
            verdict(one, zone_of(workspace, one.departments, one.project), workspace),
        )
        for one in (changes[at] for at in sorted(by_worth[:most]))
    ]
    yield "Changes; + brings something new:" if any(map(_is_shown, changes)) else "Under way, nothing new:"
    yield from aligned(rows)
    rest = by_worth[most:]
    if rest:
        late = sum(_is_late(changes[at]) for at in rest)
        yield left_out(len(rest), "changes", f"{late or 'none'} of them too late")


def _is_late(one: ChangePlan) -> bool:
    return one.slack_minutes is not None and one.slack_minutes < 0


def _late(one: ChangePlan, plan: Plan, workspace: Workspace) -> Iterator[str]:
    """Why a Change without anything new is late, and what would help."""
    assert one.advice, "this is a bug in tamspec: nobody asked why it is late"
    zone = zone_of(workspace, one.departments, one.project)
    yield visible(f"{one.name}: {verdict(one, zone, workspace)}")
    yield from map(visible, advice_text(one, one.advice, plan, zone))


def verdict(one: ChangePlan, zone: str, workspace: Workspace) -> str:
    """When a Change finishes, what was promised, and whether it is in time."""
    if one.forecast is None:
        return "no finish can be told"
    told = f"finishes {client_day(one.forecast, zone, workspace, one.project)}"
    if one.committed and one.committed != one.forecast:
        told += f" (promised {client_day(one.committed, zone, workspace, one.project)})"
    if one.deadline is None or one.slack_minutes is None:
        return told
    spare = f"{wall(one.slack_minutes)} {'to spare' if one.slack_minutes >= 0 else 'TOO LATE'}"
    return f"{told}; {spare}"


def _change(one: ChangePlan, diffs: Iterable[Diff], rows: Iterable[Action], view: _View) -> Iterator[str]:
    yield from _head(one, view)
    yield from shortened(map(_diff, diffs), view.differences, "differences")
    rows = sorted(rows, key=lambda action: (_start(view.plan, action), action.order.key))
    if rows:
        yield ""
        yield from _in_full(one, rows, view) if view.is_full else _in_short(one, rows, view)
    yield from _listed("Cannot be undone once it is done:", list(_final(rows)))
    decided = [line for action in rows for line in _decided(action)]
    yield from _listed("Decided by people, against the catalogue:", shortened(decided, view.few, "decisions"))
    if view.is_full:
        yield from _listed("Whom to tell of each order:", [_told_to(row.order) for row in rows])
    blocking = [f"? {_question(each)}" for each in one.questions if each.blocking]
    others = [f"? {_question(each)}" for each in one.questions if not each.blocking]
    yield from _listed("Still to be asked:", [*blocking, *shortened(others, view.few, "questions that block nothing")])
    yield from _harm(one, view)
    yield from _next(one)


def _final(rows: Sequence[Action]) -> Iterator[str]:
    names = short_keys(row.order.key for row in rows)
    return (names[row.order.key] for row in rows if row.order.irreversible and row.verb in ("create", "update"))


def _head(one: ChangePlan, view: _View) -> Iterator[str]:
    name = one.name or "Differences that no change claims"
    title = f"  {one.title}" if one.title and one.name else ""
    yield visible(f"{name}{title}  ({one.project}, {one.state})")
    told = verdict(one, view.zone, view.workspace)
    yield visible(f"  {told[0].upper()}{told[1:]}. Times are those of {view.zone}.")
    if one.odds:
        half, most = (day(finish, view.zone) for finish in one.odds)
        yield f"  With efforts as uncertain as they are: half of the time by {half}, four times in five by {most}."
    if one.advice:
        yield from map(visible, advice_text(one, one.advice, view.plan, view.zone))


def _listed(title: str, lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    """A list under its title; nothing where it is empty."""
    found = list(lines)
    if found:
        yield ""
        yield f"  {title}"
    for line in found:
        yield from wrapped(visible(line), "    ")


def _in_short(one: ChangePlan, rows: Sequence[Action], view: _View) -> Iterator[str]:
    """The orders that matter most: what is cancelled, then critical work, then what begins first; each with its start
    and its line on the chart, where there is room for one."""
    by_worth = sorted(rows, key=lambda row: (row.verb != "cancel", not _is_critical(row, view.plan)))
    most = sum(row.verb == "cancel" for row in rows) + (view.orders or 0)
    kept = {row.order.key for row in (by_worth if len(rows) <= most + 1 else by_worth[:most])}
    shown = [row for row in rows if row.order.key in kept]
    names = short_keys(row.order.key for row in rows)
    cells = [("", "order", "who", "start"), *(_short_row(row, names, view) for row in shown)]
    room = COLUMNS - sum(width + 2 for width in widths(cells)) - 2
    chart = _chart(one, shown, view, room) if room >= NARROWEST else ()
    yield from aligned([(*row, line) for row, line in zip(cells, chart, strict=True)] if chart else cells)
    if len(shown) < len(rows):
        yield f"     {left_out(len(rows) - len(shown), 'orders')}"


def _in_full(one: ChangePlan, rows: Sequence[Action], view: _View) -> Iterator[str]:
    head = ("", "order", "who", "effort", "start", "finish", "float", "wave")
    yield from aligned([head, *(_row(row, view) for row in rows)])
    dated = [row for row in rows if row.order.key in view.plan.schedule]
    names = short_keys(row.order.key for row in dated)
    marks = [f"{CRITICAL if _is_critical(row, view.plan) else ' '} {names[row.order.key]}" for row in dated]
    room = COLUMNS - max(map(len, marks), default=0) - 4
    chart = _chart(one, dated, view, max(NARROWEST, room))
    if chart:
        yield ""
        yield from aligned(list(zip(["", *marks], chart, strict=True)))
    if one.advice and one.advice.chain:
        chain = " → ".join(short_keys(reversed(one.advice.chain), one.project).values())
        yield ""
        yield from wrapped(f"Critical chain: {chain}", "  ")


def _chart(one: ChangePlan, rows: Sequence[Action], view: _View, width: int) -> tuple[str, ...]:
    bars = [_bar(row, view.plan) for row in rows]
    return gantt.gantt(bars, zone=view.zone, deadline=one.deadline, width=width)


def _is_critical(row: Action, plan: Plan) -> bool:
    found = plan.schedule.get(row.order.key)
    return found is not None and found.critical


def _bar(row: Action, plan: Plan) -> Bar:
    order, found = row.order, plan.schedule.get(row.order.key)
    if found is None:
        return Bar()
    ends = (plan.schedule[key].finish for key in order.depends_on if key in plan.schedule)
    since = gantt.waits(ends, found.start)
    is_wait = not order.effort and not order.milestone
    return Bar(since=since, start=found.start, finish=found.finish, is_wait=is_wait)


def _short_row(row: Action, names: Mapping[str, str], view: _View) -> tuple[str, ...]:
    mark = VERBS[row.verb] + (CRITICAL if _is_critical(row, view.plan) else "")
    _, who, _, start, *_ = _cells(row, view)
    return (mark, names[row.order.key], who, start)


def short_keys(keys: Iterable[str], project: str = "") -> dict[str, str]:
    """Keys as people say them: `db/install`, a task by its name; in whole where that would mean several, or where it
    is of another project than the one named."""
    made = {key: visible(_short(key, project)) for key in keys}
    told = Counter(made.values())
    return {key: name if told[name] == 1 else visible(key.partition("/")[2]) for key, name in made.items()}


def _short(key: str, project: str) -> str:
    own, subject, *rest = key.split("/")
    if not rest or (project and own != project):
        return key
    return rest[-1] if subject.startswith("change:") else f"{subject}/{rest[-1]}"


def _told_to(order: Order) -> str:
    return f"{order.key.partition('/')[2]}: {', '.join(order.notify) or 'nobody'}"


def _harm(one: ChangePlan, view: _View) -> Iterator[str]:
    """Whom it moves, and what the higher rungs of the ladder would cost."""
    spared = "" if one.displaced else ", and no promised finish"
    moved = f"It moves {counted(len(one.moved_orders), 'order')} of other changes{spared} (rung {one.rung}):"
    yield from _listed(moved, shortened(one.moved_orders, view.few, "orders"))
    broken = [redated_text(each, view.workspace, view.plan) for each in one.displaced]
    yield from _listed("It breaks what was promised to:", broken)
    yield from _listed("What it could have at a price:", [_price(price, view) for price in one.prices])


def _price(price: Price, view: _View) -> str:
    finish = f"finished {day(price.forecast, view.zone)}" if price.forecast else "no finish"
    who = [redated_text(each, view.workspace, view.plan) for each in price.displaced]
    told = who if view.few is None or len(who) <= view.few + 1 else [*who[: view.few], f"{len(who) - view.few} more"]
    how = "everything planned anew" if price.rung == 3 else "served before others"
    cost = f"moves {', '.join(told)}" if told else "no promise is broken"
    return f"rung {price.rung}, {how}: {finish}; {cost}"


def _next(one: ChangePlan) -> Iterator[str]:
    yield from _listed("It cannot be applied yet:", [f"- {why}" for why in one.obstacles])
    if one.pending and not one.obstacles:
        yield ""
        yield f"  Apply it with: tamspec apply {one.name} --expect {one.name}={one.checksum}"


def _diff(diff: Diff) -> str:
    cause = f"  {diff.causes[0]}" if diff.causes else ""
    if diff.kind == "move":
        return visible(f"  > {diff.component}  was {diff.source}{cause}")
    if diff.kind == "change":
        told = ", ".join(f"{one.name} {value_text(one.before)} → {value_text(one.after)}" for one in diff.fields)
        return visible(f"  ~ {diff.component}  {told}{cause}")
    service = next((f" {one.after}" for one in diff.fields if one.name == "service"), "")
    return visible(f"  {MARKS[diff.kind]} {diff.component}  {diff.kind}{service}{cause}")


def _start(plan: Plan, action: Action) -> str:
    found = plan.schedule.get(action.order.key)
    return utc(found.start) or "" if found else "~"


def _row(action: Action, view: _View) -> tuple[str, ...]:
    key, *cells = _cells(action, view)
    return (VERBS[action.verb], key.partition("/")[2], *cells)


def _cells(action: Action, view: _View) -> tuple[str, ...]:
    """Key, performer, effort, start, finish, float and wave of an order."""
    order = action.order
    found = view.plan.schedule.get(order.key)
    effort = effort_text(order.effort) if order.effort else "" if order.milestone else str(order.wait)
    who = (visible(order.key), performer(order), effort)
    if found is None:
        when = "cancelled" if action.verb == "cancel" else ONLY_IF_IT_FAILS if order.standby else "no date"
        return (*who, when, "", "", "")
    spare = "critical" if found.critical else hours(found.float_minutes)
    return (*who, *(minute(at, view.zone, view.plan.at) for at in (found.start, found.finish)), spare, str(found.wave))


def performer(order: Order) -> str:
    """Who does it, for a cell; of a milestone that it is one."""
    return "◆ milestone" if order.milestone else "+".join((order.performer, *order.joint))


def _decided(action: Action) -> Iterator[str]:
    key = action.order.key.partition("/")[2]
    for one in action.decided:
        usual = f" instead of {one.catalogue}" if one.catalogue else ""
        yield f"{key}  {one.field} {one.decided}{usual}: {one.why}  {one.at}"


def _question(one: OpenQuestion) -> str:
    told = [f"ask {one.ask}" if one.ask else "", f"by {one.due}" if one.due else ""]
    told += [f"assumed {one.assumed}" if one.assumed is not None else "", "" if one.blocking else "not blocking"]
    notes = ", ".join(part for part in told if part)
    return f"{one.text}" + (f" ({notes})" if notes else "") + (f" [{one.field}]" if one.field else "")
