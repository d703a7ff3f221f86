"""`tamspec why`."""

from __future__ import annotations

import click

from tamspec.cli.keys import one_order
from tamspec.cli.session import Session, give, in_session, planned
from tamspec.pipeline import Story
from tamspec.plan import origins, why
from tamspec.report.why import Why, why_json, why_text


@click.command("why")
@click.argument("subject", metavar="KEY|CHANGE|FIELD")
@in_session(("full", "json"))
def command(session: Session, subject: str) -> None:
    """Tell why an order has its dates, why a change finishes when it does, or where a value comes from.

    KEY is an order's key, or any unique tail of it: `db/install`; the order may be only planned. What keeps it from
    starting earlier is followed back to the cause. Of a CHANGE the same is told of its last order.

    FIELD is a value of a component: `acme-shop.components.web.params.version`, `.dependsOn`, `.service`. A component
    inside a composed one is called `shop.web`.
    """
    story = planned(session)
    told = _told(story, subject)

    def answer(format: str, _: bool) -> str:
        if format == "json":
            return why_json(told, session.at, story.workspace, story.findings.all)
        return why_text(told, story.workspace, story.planned.at)

    give(session, answer)


def _told(story: Story, subject: str) -> Why:
    if subject in story.workspace.changes:
        return why.of_change(story.planned, story.state, subject)
    if origins.is_field(subject):
        return origins.of_field(story.planned, story.workspace, story.state, subject)
    recorded = {key for key, known in story.state.orders.items() if not known.dropped}
    key = one_order(subject, sorted(recorded | story.planned.by_key.keys()), story, also=story.workspace.changes)
    return why.of_order(story.planned, story.workspace, story.state, key)
