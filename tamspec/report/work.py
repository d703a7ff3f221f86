"""Where the work stands, and what is on a TAM's desk: for the terminal and as JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Any

from tamspec.desk.capacity import URGENT, outlooks_of
from tamspec.desk.days import of_last_day, today_of
from tamspec.desk.documents import Register
from tamspec.desk.expiries import agreed_until, endings_of
from tamspec.desk.registers import reviews, unanswered, undecided, untold
from tamspec.diagnostics import Diagnostic
from tamspec.model.order import Adopted, Dated, Event, Moved, Order, Ordered, OrderState, State, StatusSet
from tamspec.model.plan import SINCE, Plan
from tamspec.model.values import counted, listed
from tamspec.model.workspace import Workspace
from tamspec.plan.estimates import Estimate
from tamspec.report.findings import FORMAT_VERSION, as_json
from tamspec.report.plan_json import inputs_json
from tamspec.report.plans import ONLY_IF_IT_FAILS, performer
from tamspec.report.rows import aligned
from tamspec.report.text import visible
from tamspec.report.times import client_day, day, minute, utc, zone_of
from tamspec.report.workload import load_text

NO_DOCUMENTS = Register()

SOON = 7
"""Days ahead that the desk looks."""
ENDS = 90
"""Days ahead that it looks for what is to be renewed or ordered."""


def status_text(plan: Plan, workspace: Workspace, state: State) -> str:
    """Every Change with its finish, every order that is not done, and the load of the departments."""
    blocks: list[list[str]] = []
    for name, one in plan.changes.items():
        mine = [action for action in plan.actions if action.order.change == name and action.verb != "cancel"]
        done = [known for known in state.orders_of(name) if known.status == "done"]
        if not mine and one.state != "closed":
            continue
        zone = zone_of(workspace, one.departments, one.project)
        finishes = partial(client_day, zone=zone, workspace=workspace, project=one.project)
        finish = f"forecast {finishes(one.forecast)}" if one.forecast else "no finish can be told"
        promised = f", promised {finishes(one.committed)}" if one.committed else ""
        head = visible(f"{name}  ({one.project}, {one.state}): {len(done)} done, {len(mine)} open; {finish}{promised}")
        rows = [
            (
                plan.statuses[action.order.key],
                action.order.key.partition("/")[2],
                performer(action.order),
                *_dates(action.order.key, plan, zone),
                visible(_notes(action.order, plan, state, zone)),
            )
            for action in mine
        ]
        rows += [
            ("done", known.order.key.partition("/")[2], known.order.performer, "", "", visible(_note(known, state)))
            for known in done
            if _note(known, state)
        ]
        blocks.append([head, *(aligned(rows) if rows else ())])
    blocks.append(list(load_text(plan, workspace)))
    told = "\n\n".join("\n".join(block) for block in blocks if block)
    return f"{told}\n" if told else "No change has any work orders.\n"


def _dates(key: str, plan: Plan, zone: str) -> tuple[str, str]:
    """Start and finish of an order; nothing where it has none."""
    found = plan.schedule.get(key)
    return (minute(found.start, zone, plan.at), minute(found.finish, zone, plan.at)) if found else ("", "")


def _notes(order: Order, plan: Plan, state: State, zone: str) -> str:
    """What is to be known of an open order besides its dates: why it is stuck, what should have been heard of it, and
    what was handed over to it."""
    given = _given(order, state) if plan.statuses[order.key] in ("ready", "in_progress", "blocked") else ""
    notes = (_note(state.orders.get(order.key), state), _missed(order.key, plan, zone), given)
    return "; ".join(part for part in notes if part)


def _given(order: Order, state: State) -> str:
    """The artefacts that an order needs, with the values that were told."""
    told = {name: " and ".join(state.handed_over(order, name).values()) for name in sorted(order.inputs)}
    return ", ".join(f"{name} = {value}" for name, value in told.items() if value)


def _missed(key: str, plan: Plan, zone: str) -> str:
    return ", ".join(f"{SINCE[one.kind]} {day(one.since, zone)}" for one in plan.lapses_of(key))


def _note(known: OrderState | None, state: State) -> str:
    if known and known.status == "planned" and state.is_on_standby(known.order):
        return ONLY_IF_IT_FAILS
    if known is None or known.last is None:
        return ""
    if known.last.exceptions:
        return f"not kept: {'; '.join(known.last.exceptions)}"
    if known.status not in ("blocked", "rejected"):
        return ""
    return " ".join(part for part in (f"on {known.last.on}:" if known.last.on else "", known.last.reason) if part)


def estimates_text(estimates: Sequence[Estimate]) -> str:
    """What each step of the catalogue and each task took, in parts of its estimate."""
    if not estimates:
        return "Nobody reported yet what any step took: `tamspec order done KEY --effort 6h` does.\n"
    head, too_few = ("step", "reports", "median", "lowest", "highest"), ("too few to judge", "", "")
    rows = [
        (
            visible("/".join(part for part in (one.service, one.procedure, one.step) if part)),
            str(len(one.ratios)),
            *(map(_times, (one.middle, one.ratios[0], one.ratios[-1])) if one.is_enough else too_few),
        )
        for one in estimates
    ]
    return "What steps took, in parts of their estimates:\n\n" + "\n".join(aligned([head, *rows])) + "\n"


def _times(ratio: Fraction) -> str:
    return f"{float(ratio):.2f}"


def status_json(
    plan: Plan, state: State, estimates: Iterable[Estimate], findings: Iterable[Diagnostic], site: str = ""
) -> str:
    """Orders by key with status, dates and actuals, and what steps took, as `schemas/output/status.schema.json`
    describes it."""
    open_ones = {action.order.key: action.order for action in plan.actions if action.verb != "cancel"}
    orders = {key: known.order for key, known in state.orders.items() if not known.dropped} | open_ones
    made = {
        "format_version": FORMAT_VERSION,
        "at": utc(plan.at),
        "changes": [
            {
                "name": name,
                "project": one.project,
                "state": one.state,
                "forecast": utc(one.forecast),
                "committed": utc(one.committed),
            }
            for name, one in plan.changes.items()
        ],
        "orders": [_order(orders[key], plan, state) for key in sorted(orders)],
        "estimates": [_estimate(one) for one in estimates],
        "findings": [as_json(one, site) for one in findings],
    }
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _estimate(one: Estimate) -> dict[str, Any]:
    return {
        "service": one.service,
        "procedure": one.procedure,
        "step": one.step,
        "reports": len(one.ratios),
        "median": round(float(one.middle), 2),
        "lowest": round(float(one.ratios[0]), 2),
        "highest": round(float(one.ratios[-1]), 2),
        "enough": one.is_enough,
    }


def _order(order: Order, plan: Plan, state: State) -> dict[str, Any]:
    known, dates = state.orders.get(order.key), plan.schedule.get(order.key)
    return {
        "key": order.key,
        "department": order.performer,
        "status": plan.statuses.get(order.key, known.status if known else "planned"),
        "start": utc(dates.start) if dates else None,
        "finish": utc(dates.finish) if dates else None,
        "baseline": utc(known.baseline.finish) if known and not known.order.standby else None,
        "started": utc(known.started) if known else None,
        "finished": utc(known.finished) if known else None,
        "reason": known.last.reason if known and known.last else "",
        "outputs": dict(sorted(known.outputs.items())) if known else {},
        "exceptions": list(known.last.exceptions) if known and known.last else [],
        "inputs": inputs_json(order, state),
    }


def today_text(
    plan: Plan,
    workspace: Workspace,
    state: State,
    who: str = "",
    register: Register = NO_DOCUMENTS,
    events: Sequence[Event] = (),
) -> str:
    """The desk: questions that are due, what is blocked or rejected, what slips, which documents are to be read, what
    was recorded since yesterday (of `events`, all that ever was), what starts or ends soon.

    `who` narrows it to the projects of one TAM (or deputy); empty: everybody's. All times are in one zone: that of
    the home department, or of the first department by name.
    """
    projects = {name for name, one in workspace.projects.items() if not who or who in _team(one.team)}
    home = workspace.people[who].department.name if who else next(iter(workspace.departments), "")
    zone = zone_of(workspace, (home,), "")
    blocks = [
        ("Questions", list(_questions(plan, projects))),
        ("Blocked or rejected", list(_stuck(state, projects))),
        ("To be asked after", list(_unheard(plan, state, projects, zone))),
        ("Later than promised", list(_slipped(plan, workspace, projects, zone))),
        ("Answers, reviews and decisions", list(_registers(plan, workspace, projects))),
        ("Documents to be read", list(_documents(register, projects, zone))),
        ("Since yesterday", list(_since_yesterday(events, plan.at, projects, zone))),
        (f"Within {SOON} days (times of {zone})", list(_soon(plan, state, projects, zone))),
        (f"Ends, or is to be renewed or ordered, within {ENDS} days", list(_running_out(plan, workspace, projects))),
    ]
    told = [f"{title}:\n" + "\n".join(f"  {visible(row)}" for row in rows) for title, rows in blocks if rows]
    return "\n\n".join(told) + "\n" if told else "Your desk is clear.\n"


def _since_yesterday(events: Sequence[Event], at: datetime, projects: Collection[str], zone: str) -> Iterator[str]:
    for event in of_last_day(events, at, projects):
        for told in _recorded(event):
            yield f"{minute(event.at, zone, at)}  {told}, by {event.by}"


def _recorded(event: Event) -> Iterator[str]:
    match event:
        case StatusSet():
            for key, report in event.orders.items():
                yield f"{report.status}  {key}"
        case Ordered():
            moved = f", {counted(len(event.moved), 'order')} of other work moved" if event.moved else ""
            yield f"applied  {event.change or event.project}: {counted(len(event.orders), 'order')} given{moved}"
        case Dated():
            yield f"promised anew  {event.change}"
        case Adopted():
            yield f"taken over  {event.project}: {listed(sorted(event.components))}"
        case Moved():
            yield f"renamed  {event.project}: {counted(len(event.moves), 'component')}"


def _running_out(plan: Plan, workspace: Workspace, projects: Collection[str]) -> Iterator[str]:
    rows = list(_agreed(plan, workspace, projects))
    for name in sorted(projects):
        for one in endings_of(workspace, plan, name):
            if one.ended:
                rows.append((f"{one.begin}", f"ENDED {one.expiry.ends}  {name}: {one.label}"))
            elif one.comes_late:
                when = f"ends on {one.expiry.ends}, its renewal is done on {one.renewed}"
                rows.append((f"{one.begin}", f"RENEWED LATE  {name}: {one.label} {when}"))
            elif one.renewal is None and (one.begin - one.today).days <= ENDS:
                word = "RENEW NOW" if one.must_begin else f"renew by {one.begin}"
                rows.append((f"{one.begin}", f"{word}  {name}: {one.label} ends on {one.expiry.ends}"))
        for each in outlooks_of(workspace, plan, name):
            label = each.item.title or each.name
            if each.verdict in URGENT or each.verdict == "unwatched":
                rows.append((f"{each.order_by or each.today}", f"{each.verdict.upper()}  {name}: {label}"))
            elif each.verdict == "order by" and each.order_by and (each.order_by - each.today).days <= ENDS:
                rows.append((f"{each.order_by}", f"order by {each.order_by}  {name}: {label}"))
    yield from (text for _, text in sorted(rows))


def _agreed(plan: Plan, workspace: Workspace, projects: Collection[str]) -> Iterator[tuple[str, str]]:
    last = (plan.at + timedelta(days=ENDS)).date()
    for one in agreed_until(last, workspace, plan, projects):
        what = f"{one.project}: the agreement {one.agreement}"
        if not one.agreement:
            what = f"{one.change}: the consent of {one.by} for {one.moved}"
        yield f"{one.until}", f"{'ENDED' if one.ended else 'ends'} {one.until}  {what}"


def _team(team: Any) -> set[str]:
    return {ref.name for ref in (team.tam, team.deputy) if ref}


def _questions(plan: Plan, projects: Iterable[str]) -> Iterator[str]:
    for change in plan.changes.values():
        for one in change.questions if change.project in projects else ():
            when = f"{'OVERDUE since' if one.overdue else 'by'} {one.due}" if one.due else "no date"
            yield f"{when}  {change.name}: {one.text}" + (f" (ask {one.ask})" if one.ask else "")


def _stuck(state: State, projects: Iterable[str]) -> Iterator[str]:
    for key, known in state.orders.items():
        if known.order.project in projects and known.status in ("blocked", "rejected"):
            yield f"{known.status}  {key}  {_note(known, state)}".rstrip()


def _unheard(plan: Plan, state: State, projects: Iterable[str], zone: str) -> Iterator[str]:
    for key, behind in {one.order: one.behind for one in plan.lapses}.items():
        order = state.orders[key].order
        if order.project in projects:
            waiting = f"  ({behind} waiting for it)" if behind else ""
            yield f"{_missed(key, plan, zone)}  {key}  {order.performer}{waiting}"


def _slipped(plan: Plan, workspace: Workspace, projects: Iterable[str], zone: str) -> Iterator[str]:
    for name, one in plan.changes.items():
        is_open = one.project in projects and one.state != "closed"
        if is_open and one.committed and one.forecast and one.forecast > one.committed:
            was, now = (client_day(at, zone, workspace, one.project) for at in (one.committed, one.forecast))
            if was == now:
                was, now = (minute(at, zone, plan.at) for at in (one.committed, one.forecast))
            yield f"{name}: promised {was}, now {now}"


def _registers(plan: Plan, workspace: Workspace, projects: Iterable[str]) -> Iterator[str]:
    """What waits in the registers: for an answer, for a look, for the client to be told, for a decision."""
    for project in sorted(projects):
        today = today_of(workspace, project, plan.at)
        for one in unanswered(workspace, project):
            word = "OVERDUE" if one.due <= plan.at else "to be answered"
            yield f"{word}  {project}: {one.request.text.strip()} (asked on {one.request.asked})"
        for each in reviews(workspace, project):
            if (each.day - today).days <= SOON:
                word = "OVERDUE since" if each.day < today else "by"
                yield f"{word} {each.day}  {project}: look at the {each.what} {each.name} again"
        for seen in untold(workspace, project):
            yield f"not told  {project}: {seen.label} ({seen.name})"
        for waiting in undecided(workspace, project):
            word = "OVERDUE" if waiting.due <= plan.at else "undecided"
            yield f"{word}  {project}: {waiting.proposal.label}, raised on {waiting.proposal.raised}"


_DOUBTS = {"missing": "not there", "stale": "STALE", "unknown": "not known to be true", "due": "to be read again"}


def _documents(register: Register, projects: Iterable[str], zone: str) -> Iterator[str]:
    for one in register.worst_first:
        if one.project in projects and one.verdict in _DOUBTS:
            why = ""
            if one.verdict == "stale" and one.cause:
                by = f" with {one.cause.change}" if one.cause.change else ""
                commit = f" ({one.cause.commit.id[:12]})" if one.cause.commit and one.cause.is_file else ""
                why = f"  {one.cause.name} changed {day(one.cause.at, zone)}{by}{commit}"
            if one.verdict == "due" and one.due:
                why = f"  since {day(one.due, zone)}"
            task = f"  (task {one.review.task} of {one.review.change})" if one.review else ""
            yield f"{_DOUBTS[one.verdict]}  {one.project}: {one.name}{why}{task}"


def _soon(plan: Plan, state: State, projects: Iterable[str], zone: str) -> Iterator[str]:
    rows: list[tuple[datetime, str]] = []
    for action in plan.actions:
        order, dates = action.order, plan.schedule.get(action.order.key)
        if dates is None or order.project not in projects or action.verb == "cancel":
            continue
        if (dates.start - plan.at).days < SOON:
            status = plan.statuses[order.key]
            given = f"  ({told})" if status in ("ready", "in_progress") and (told := _given(order, state)) else ""
            row = f"{minute(dates.start, zone, plan.at)}  {status}  {order.key}  {order.performer}{given}"
            rows.append((dates.start, row))
    yield from (text for _, text in sorted(rows))
