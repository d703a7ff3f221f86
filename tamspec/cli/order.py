"""`tamspec order`: reports of work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

import click

from tamspec import apply, pipeline
from tamspec.cli.keys import one_order
from tamspec.cli.session import Session, in_session, planned, say, say_what_to_commit, who_am_i
from tamspec.load.build import Meaningless, effort
from tamspec.model.order import LEGAL, Ordered, OrderState, Report, Status
from tamspec.model.values import Effort
from tamspec.pipeline import Story
from tamspec.plan.reports import last_recorded, named, objection
from tamspec.plan.reports import tails as spellings
from tamspec.report import visible
from tamspec.report.times import utc
from tamspec.suggest import near


@click.group("order", invoke_without_command=True, no_args_is_help=False)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Report work on orders. KEY is an order's key, or any unique tail of it: `db/install`."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    function = click.option("--by", metavar="NAME", help="Who reports; else git's user.")(function)
    return click.argument("keys", nargs=-1, required=True, metavar="KEY...")(function)


def _given(ctx: click.Context, option: click.Parameter, text: str) -> str:
    if not text.strip():
        raise click.BadParameter("the reason is empty; whoever reads it must see why.", ctx, option)
    return text


@command.command("start")
@_options
@in_session(("full",))
def start(session: Session, keys: tuple[str, ...], by: str | None) -> None:
    """Work has begun."""
    _record(session, keys, by, _under_way())


@command.command("progress")
@_options
@click.option("--remaining", required=True, metavar="EFFORT", help="The work that is still left: 5h.")
@in_session(("full",))
def progress(session: Session, keys: tuple[str, ...], by: str | None, remaining: str) -> None:
    """So much work is left."""
    _record(session, keys, by, _under_way(_effort(remaining)))


def _under_way(remaining: Effort | None = None) -> Callable[[Story, OrderState], Report]:
    """What makes a report of work that goes on. A slip of the key must not undo what is done: who means it reopens."""

    def report(_: Story, known: OrderState) -> Report:
        if known.status == "done":
            raise click.UsageError(f"{known.order.key} is done already. {_way_on(known)}")
        return Report(status="in_progress", remaining=remaining)

    return report


@command.command("done")
@_options
@click.option("--output", "outputs", multiple=True, metavar="NAME=VALUE", help="What the order promised to produce.")
@click.option("--effort", "spent", metavar="EFFORT", help="The work that it took: 6h.")
@click.option(
    "--except",
    "exceptions",
    multiple=True,
    metavar="TEXT",
    help="A point of the checklist not kept, in its words.",
)
@in_session(("full",))
def done(
    session: Session,
    keys: tuple[str, ...],
    by: str | None,
    outputs: tuple[str, ...],
    spent: str | None,
    exceptions: tuple[str, ...],
) -> None:
    """The work is done. This affirms the checklist, but for what --except names."""
    values = _values(outputs)
    took = _effort(spent) if spent else None

    def report(story: Story, known: OrderState) -> Report:
        orders = _found(story, keys)
        _check_outputs(orders, values)
        _check_exceptions(orders, exceptions)
        own = {name: value for name, value in values.items() if name in known.order.outputs}
        excepted = tuple(one for one in exceptions if one in known.order.checklist)
        return Report(status="done", effort=took, outputs=own, exceptions=excepted)

    _record(session, keys, by, report)


@command.command("block")
@_options
@click.option("--on", required=True, metavar="WHOM", help="client, supplier, tam or a department.")
@click.option("--reason", required=True, callback=_given, metavar="TEXT", help="Why it cannot go on.")
@in_session(("full",))
def block(session: Session, keys: tuple[str, ...], by: str | None, on: str, reason: str) -> None:
    """The work cannot go on."""

    def report(story: Story, _: OrderState) -> Report:
        waited_for = ("client", "supplier", "tam", *story.workspace.departments)
        if on not in waited_for:
            guess = near(on, waited_for)
            hint = f"Did you mean '{guess}'?" if guess else f"There are: {', '.join(waited_for)}."
            raise click.UsageError(f"There is no '{on}' to wait for. {hint}")
        return Report(status="blocked", on=on, reason=reason)

    _record(session, keys, by, report)


@command.command("reject")
@_options
@click.option("--reason", required=True, callback=_given, metavar="TEXT", help="Why the department refuses it.")
@in_session(("full",))
def reject(session: Session, keys: tuple[str, ...], by: str | None, reason: str) -> None:
    """The department refuses the order."""
    _record(session, keys, by, lambda *_: Report(status="rejected", reason=reason))


@command.command("cancel")
@_options
@click.option("--reason", required=True, callback=_given, metavar="TEXT", help="Why it is given up.")
@in_session(("full",))
def cancel(session: Session, keys: tuple[str, ...], by: str | None, reason: str) -> None:
    """The work is given up. It stays owed until the order is reopened or the specification changes."""
    _record(session, keys, by, lambda *_: Report(status="cancelled", reason=reason))


@command.command("reopen")
@_options
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@in_session(("full",))
def reopen(session: Session, keys: tuple[str, ...], by: str | None, reason: str) -> None:
    """Undo: a done order is in progress again, a blocked one goes on, a rejected or cancelled one is planned again."""

    def report(_: Story, known: OrderState) -> Report:
        going_on = known.status == "done" or (known.status == "blocked" and known.started is not None)
        status: Status = "in_progress" if going_on else "planned"
        return Report(status=status, reason=reason)

    _record(session, keys, by, report)


def _record(
    session: Session, tails: Sequence[str], by: str | None, make: Callable[[Story, OrderState], Report]
) -> None:
    who = who_am_i(session, by)
    with apply.locked(session.root):
        story = planned(session)
        reports = {known.order.key: make(story, known) for known in _found(story, tails)}
        for key, report in reports.items():
            complaint = objection(story.state, key, report)
            if complaint:
                raise click.UsageError(f"{complaint} {_way_on(story.state.orders[key])}")
            _check_instant(story, key, session.at)
        for key, report in reports.items():
            _warn_if_early(story, key, reports)
            _warn_if_missing(story.state.orders[key], report)
        files = pipeline.worked(story, reports, session.at, who)
        apply.write_new(session.root, files)
    for key, report in reports.items():
        say(session, f"{key} is {report.status.replace('_', ' ')}.")
    say_what_to_commit(session, files)


def _found(story: Story, tails: Sequence[str]) -> list[OrderState]:
    keys = [key for key, known in story.state.orders.items() if not known.dropped]
    planned = sorted(story.planned.by_key.keys() - story.state.orders.keys())
    for tail in tails:
        if not named(tail, keys) and (found := named(tail, planned)):
            _refuse_unordered(story, found[0])
    also = {tail for key in planned for tail in spellings(key)}
    return [story.state.orders[one_order(tail, keys, story, also=also)] for tail in tails]


def _refuse_unordered(story: Story, key: str) -> NoReturn:
    change = story.planned.by_key[key].order.change
    how = f"First order it: tamspec apply {change}" if change else "No Change claims it, so it cannot be ordered yet."
    raise click.UsageError(f"{key} is only planned, and nothing is reported of it before it is ordered. {how}")


def _way_on(known: OrderState) -> str:
    """Which reports an order can take as it stands."""
    if known.order.milestone:
        return f"Report what it waits for: {', '.join(known.order.depends_on) or 'nothing'}."
    verbs = ["progress"] if known.status == "in_progress" else []
    if known.status != "done":
        verbs += [verb for status, verb in _VERBS.items() if status in LEGAL[known.status] - {known.status}]
    if known.status not in ("planned", "in_progress"):
        verbs.append("reopen")
    return f"What can be reported of it: {', '.join(verbs)}."


_VERBS: Mapping[Status, str] = {
    "in_progress": "start",
    "done": "done",
    "blocked": "block",
    "rejected": "reject",
    "cancelled": "cancel",
}


def _check_instant(story: Story, key: str, at: datetime) -> None:
    """An entry that is older than what is known of the order would change nothing."""
    last = last_recorded(story.events, key)
    if at < last.at:
        raise click.UsageError(
            f"{key} was last recorded at {utc(last.at)}; a report of it cannot be of {utc(at)}, which is earlier."
            + (_ordered_too_late(last, at) if isinstance(last, Ordered) else "")
        )


def _ordered_too_late(entry: Ordered, at: datetime) -> str:
    """The way out for work that was done at night and ordered as of the morning."""
    return (
        f"\nWork that was done already is ordered as of when it began. While nobody else has the entry that orders it, "
        f"take that back:\n  rm {entry.place.value.path}\n"
        f"  tamspec apply {entry.change} --at {utc(at)}"
    )


def _warn_if_early(story: Story, key: str, reports: Mapping[str, Report]) -> None:
    done = {other for other, report in reports.items() if report.status == "done"}
    needs = [need for need in story.state.orders[key].order.depends_on if need not in done]
    waiting = [need for need in needs if need in story.state.orders and story.state.orders[need].is_open]
    if waiting and reports[key].status in ("in_progress", "done"):
        click.echo(f"Mind: {key} waits for {', '.join(waiting)}, which is not done.", err=True)


def _check_outputs(orders: Sequence[OrderState], values: Mapping[str, str]) -> None:
    """Every value that is told must be promised by one of the orders, or it would be lost."""
    promised = {name for known in orders for name in known.order.outputs}
    for name in values:
        if name not in promised:
            has = ", ".join(sorted(promised)) or "nothing"
            told = " and ".join(known.order.key for known in orders)
            raise click.UsageError(f"'{name}' is not produced by {told}, which promised {has}.")


def _check_exceptions(orders: Sequence[OrderState], exceptions: Sequence[str]) -> None:
    """An exception is a point of one of the checklists, in its words: else nobody knows what was not kept."""
    points = {point for known in orders for point in known.order.checklist}
    for one in exceptions:
        if one not in points:
            told = " and ".join(known.order.key for known in orders)
            guess = near(one, points)
            listed = "".join(f"\n  {visible(point)}" for point in sorted(points))
            hint = f"Did you mean '{guess}'?" if guess else f"Its points are:{listed}" if points else "It has none."
            raise click.UsageError(visible(f"'{one}' is no point of the checklist of {told}. ") + hint)


def _warn_if_missing(known: OrderState, report: Report) -> None:
    promised = known.order.outputs if report.status == "done" else {}
    for name in sorted(promised.keys() - report.outputs.keys() - known.outputs.keys()):
        key = known.order.key
        told = (
            f"Mind: {key} promised {name} ({promised[name]}), and nobody told it. To tell it, run "
            f"`tamspec order reopen {key}`, then `tamspec order done {key} --output {name}=VALUE`."
        )
        click.echo(visible(told), err=True)


def _values(pairs: Sequence[str]) -> dict[str, str]:
    made = {}
    for pair in pairs:
        name, mark, value = pair.partition("=")
        if not mark or not name or not value:
            raise click.UsageError(f"'{pair}' is no NAME=VALUE.")
        made[name] = value
    return made


def _effort(text: str) -> Effort:
    try:
        return effort(text)
    except Meaningless as wrong:
        raise click.UsageError(f"{wrong.detail} {wrong.hint}") from None
    except AssertionError:
        raise click.UsageError(f"'{text}' is no effort; write it as 5h, 30m or 2wd.") from None
