"""What-ifs on the command line: `--capacity dba=+1`, `--delay db/install=3d`, `--without spring`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import click

from tamspec.cli.keys import one_order
from tamspec.load.build import Meaningless, duration
from tamspec.model.plan import Assumed, Delay
from tamspec.pipeline import Story
from tamspec.suggest import near

_PEOPLE = re.compile(r"([+-]?)([0-9]{1,4})")


def assuming(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options by which something is supposed."""
    for option in (
        click.option("--without", multiple=True, metavar="CHANGE", help="What if this change were not there?"),
        click.option(
            "--delay", multiple=True, metavar="ORDER=TIME", help="What if the order began so much later: 3d, 2wd, 4h?"
        ),
        click.option(
            "--capacity",
            multiple=True,
            metavar="DEPARTMENT=PEOPLE",
            help="What if the department had so many people: +1, -1, or 8 in all?",
        ),
    ):
        function = option(function)
    return function


def assumed(story: Story, capacity: Sequence[str], delay: Sequence[str], without: Sequence[str]) -> Assumed:
    """What is supposed of a planned story; a usage error where a name or an amount means nothing."""
    for name in without:
        _known("change", name, story.workspace.changes)
    return Assumed(
        people=dict(_people(story, capacity)), delays=dict(_delays(story, delay, without)), without=frozenset(without)
    )


def _people(story: Story, pairs: Sequence[str]) -> Iterator[tuple[str, int]]:
    def department(name: str) -> str:
        _known("department", name, story.workspace.departments)
        return name

    for name, amount in _each_once("--capacity", pairs, department):
        match = _PEOPLE.fullmatch(amount)
        if match is None:
            raise click.UsageError(f"'{amount}' is no number of people; write {name}=+1, {name}=-1, or {name}=8.")
        has, number = story.workspace.departments[name].capacity.people, int(match[2])
        people = {"+": has + number, "-": has - number}.get(match[1], number)
        if people < 0:
            raise click.UsageError(f"{name} has {has} people; {amount} leaves fewer than none.")
        yield name, people


def _delays(story: Story, pairs: Sequence[str], without: Sequence[str]) -> Iterator[tuple[str, Delay]]:
    keys = sorted(story.planned.by_key)
    for key, time in _each_once("--delay", pairs, lambda tail: one_order(tail, keys, story)):
        known = story.state.orders.get(key)
        if known and known.is_started:
            raise click.UsageError(f"{key} is under way; only what has not begun can begin later.")
        change = story.planned.by_key[key].order.change
        if change in without:
            raise click.UsageError(
                f"{key} is work of {change}; --without {change} takes it away, so it cannot be late."
            )
        if key not in story.planned.schedule:
            raise click.UsageError(f"{key} has no date in this plan, so it cannot begin later.")
        yield key, Delay(since=story.planned.schedule[key].start, length=_length(time))


def _length(text: str) -> Any:
    try:
        return duration(text)
    except Meaningless as wrong:
        raise click.UsageError(f"{wrong.detail} {wrong.hint}") from None
    except AssertionError:
        raise click.UsageError(f"'{text}' is no length of time; write it as 3d, 2wd or 4h.") from None


def _each_once(option: str, pairs: Sequence[str], find: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """What is meant by the name of each NAME=VALUE, and its value; each thing once."""
    seen: set[str] = set()
    for pair in pairs:
        name, mark, value = pair.rpartition("=")
        if not mark or not name or not value:
            raise click.UsageError(f"'{pair}' does not say how much; write {option} {pair.strip('=')}=…")
        found = find(name)
        if found in seen:
            raise click.UsageError(f"{option} says two things of {found}; say one.")
        seen.add(found)
        yield found, value


def _known(what: str, name: str, names: Iterable[str] | Mapping[str, Any]) -> None:
    if name in names:
        return
    guess = near(name, names)
    hint = f"Did you mean '{guess}'?" if guess else f"There are: {', '.join(sorted(names)) or 'none'}."
    raise click.UsageError(f"There is no {what} '{name}'. {hint}")
