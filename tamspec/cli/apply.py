"""`tamspec apply`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import click

from tamspec import apply, gitrepo, pipeline
from tamspec.cli.session import Session, in_session, planned, say, say_what_to_commit, who_am_i
from tamspec.diagnostics import TamspecError
from tamspec.model.plan import Plan
from tamspec.pipeline import Story
from tamspec.report import visible

MANY = 10
"""So many cancellations at once want `--force`."""


@click.command("apply")
@click.argument("changes", nargs=-1, metavar="[CHANGE]...")
@click.option("--expect", multiple=True, metavar="CHANGE=SUM", help="Refuse unless the change has this checksum.")
@click.option("--commit", is_flag=True, help="Make one commit of what was recorded; it is never pushed.")
@click.option("--force", is_flag=True, help=f"Also where {MANY} or more orders are cancelled at once.")
@click.option("--by", metavar="NAME", help="Who applies; else git's user.")
@in_session(("full", "concise"))
def command(
    session: Session, changes: tuple[str, ...], expect: tuple[str, ...], commit: bool, force: bool, by: str | None
) -> None:
    """Record approved changes: their work orders get their dates, and each change its promised finish.

    Without CHANGE, all approved changes that bring anything new. A second apply writes nothing.
    """
    who = who_am_i(session, by)
    if commit:
        gitrepo.require(session.root)
    with apply.locked(session.root):
        story = planned(session)
        chosen = _chosen(story.planned, changes)
        _check_sums(story.planned, _sums(expect, story.planned))
        for risk in (*_risks(story.planned, chosen), *_objections(story, chosen)):
            click.echo(visible(f"Mind: {risk}"))
        cancelled = sum(one.verb == "cancel" and one.change in chosen for one in story.planned.actions)
        if cancelled >= MANY and not force:
            raise TamspecError(f"{cancelled} work orders would be cancelled. If that is meant, say --force.")
        renamed = {} if changes else story.planned.moves
        files = pipeline.recorded(story, chosen, who, moves_of=renamed)
        apply.write_new(session.root, files)
    passed_over = () if changes else tuple(_passed_over(story.planned))
    for told in passed_over:
        click.echo(visible(told), err=True)
    if not files:
        why = "." if passed_over else ": every approved change is ordered as it stands."
        say(session, "Nothing to record" + why)
        return
    for name in chosen:
        say(session, f"Recorded {name}: {_told(story, name)}")
    for project, moves in sorted(renamed.items()):
        for old, new in sorted(moves.items()):
            say(session, f"Recorded {project}: {old} is {new} now.")
    if commit:
        id = gitrepo.commit(session.root, tuple(files), f"Apply {', '.join(chosen)}")
        say(session, f"Committed as {id}; push it when you are content.")
    else:
        say_what_to_commit(session, files)


def _chosen(plan: Plan, names: Sequence[str]) -> tuple[str, ...]:
    """The Changes to apply. Those named must be applicable; those not named are passed over where they are not."""
    if not names:
        return tuple(
            name
            for name, one in plan.changes.items()
            if one.state in ("approved", "withdrawn") and one.pending and not one.obstacles
        )
    for name in names:
        one = plan.changes.get(name)
        if one is None or not one.name:
            raise _no_change(name, plan)
        if one.obstacles:
            reasons = "\n".join(f"  - {visible(why)}" for why in one.obstacles)
            raise Refused(f"{name} cannot be applied:\n{reasons}")
    return tuple(sorted(name for name in set(names) if plan.changes[name].pending))


def _passed_over(plan: Plan) -> Iterator[str]:
    """Which approved Changes an apply of all leaves out, and why."""
    for name, one in plan.changes.items():
        if one.state == "approved" and one.pending and one.obstacles:
            yield f"Passed over {name}: {' '.join(one.obstacles)}"


def _names(plan: Plan) -> list[str]:
    return [one.name for one in plan.changes.values() if one.name]


def _no_change(name: str, plan: Plan) -> click.UsageError:
    return click.UsageError(f"There is no change '{name}'; there are: {', '.join(_names(plan)) or 'none'}.")


class Refused(click.ClickException):
    """What was asked for is against the specification or the review."""

    exit_code = 1


def _sums(expect: Sequence[str], plan: Plan) -> dict[str, str]:
    made = {}
    for pair in expect:
        name, mark, checksum = pair.partition("=")
        if not mark:
            raise click.UsageError(f"'{pair}' has no checksum; write --expect {name}=SUM with that of `tamspec plan`.")
        if name not in _names(plan):
            raise _no_change(name, plan)
        made[name] = checksum
    return made


def _check_sums(plan: Plan, expected: Mapping[str, str]) -> None:
    for name, checksum in expected.items():
        found = plan.changes[name].checksum
        if found != checksum:
            raise Refused(
                f"{name} is not what was reviewed: its checksum is {found}, not {checksum}. Nothing was recorded.\n"
                f"Look at `tamspec plan` again, then apply with --expect {name}={found}"
            )


def _risks(plan: Plan, chosen: Sequence[str]) -> Iterator[str]:
    """What people should see before anything else."""
    for action in plan.actions:
        if action.change in chosen and action.verb == "cancel":
            yield f"{action.order.key} of {action.order.performer} is cancelled."
        if action.change in chosen and action.verb == "create" and action.order.irreversible:
            yield f"{action.order.key} cannot be undone once it is done."
    for name in chosen:
        one = plan.changes[name]
        if one.slack_minutes is not None and one.slack_minutes < 0:
            yield f"{name} finishes after the day by which it is required."


def _objections(story: Story, chosen: Sequence[str]) -> Iterator[str]:
    """The files of what is applied in which rules found errors: who approved them may not have seen it."""
    changes, projects = story.workspace.changes, story.workspace.projects
    own = [changes[name] for name in chosen if name in changes]
    places = [one.at for one in own] + [projects[one.project.name].at for one in own if one.project.name in projects]
    found = Counter(one.at.path for one in story.findings.errors)
    for path in sorted({place.marks.path for place in places}):
        if found[path]:
            errors = "an error" if found[path] == 1 else f"{found[path]} errors"
            yield f"{path} has {errors}, which `tamspec validate` tells."


def _told(story: Story, name: str) -> str:
    verbs = [one.verb for one in story.planned.actions if one.change == name]
    counts = [(verbs.count(verb), word) for verb, word in _WORDS.items() if verb in verbs]
    parts = [f"{count} {word}" for count, word in counts]
    if parts:
        count, word = counts[0]
        parts[0] = f"{count} work order{'' if count == 1 else 's'} {word}"
    return (", ".join(parts) or "no work orders") + "."


_WORDS = {"create": "created", "update": "updated", "cancel": "cancelled"}
