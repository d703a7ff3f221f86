"""How people name one work order: by its key, or a tail of it that only one order has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from tamspec.pipeline import Story
from tamspec.plan.reports import named, of_component, tails
from tamspec.suggest import did_you_mean


def one_order(tail: str, keys: Sequence[str], story: Story, *, also: Iterable[str] = ()) -> str:
    """The one of these keys that a tail means, else a usage error. `also`: what else could have been meant."""
    found = named(tail, keys)
    if len(found) == 1:
        return found[0]
    if found:
        raise click.UsageError(f"'{tail}' may be any of these; name one in full:\n  " + "\n  ".join(found))
    own = of_component(tail, keys)
    still_open = [key for key in own if _is_open(key, story)]
    if still_open:
        raise click.UsageError(f"'{tail}' is a component; name one of its open orders:\n  " + "\n  ".join(still_open))
    if own:
        raise click.UsageError(f"'{tail}' is a component, and none of its orders is open: {', '.join(own)}.")
    asked = did_you_mean(tail, {*also}.union(*map(tails, keys)))
    lists = "`tamspec status` lists what was ordered, `tamspec plan --full` what is planned."
    raise click.UsageError(f"There is no work order '{tail}'. {asked or lists}")


def _is_open(key: str, story: Story) -> bool:
    """Whether an order is still to be worked; one that is only planned is."""
    return key not in story.state.orders or story.state.orders[key].is_open
