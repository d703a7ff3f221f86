"""`tamspec sla`: promises."""

from __future__ import annotations

import click

from tamspec import pipeline, rules
from tamspec.cli.session import Session, give, in_session, leave, leave_empty, show_findings, working_tree
from tamspec.diagnostics import Findings, TamspecError
from tamspec.report.promises import check_json, check_text
from tamspec.suggest import near


@click.group("sla", invoke_without_command=True, no_args_is_help=False)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Prove that promises can be kept."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)


@command.command("check")
@click.argument("agreements", nargs=-1, metavar="[AGREEMENT]...")
@in_session(("full", "json"))
def check(session: Session, agreements: tuple[str, ...]) -> None:
    """Prove of each target that it can be kept by those who stand behind it, or show the arithmetic that refutes it.

    Without AGREEMENT all are checked, and told in a line for each target; of those that are named the arithmetic is
    shown in any case. Ends with 1 where a rule of agreements finds an error.
    """
    tree = working_tree(session)
    made = pipeline.promises(tree)
    if not made.documents and not made.findings.errors:
        leave_empty(session, tree)
    for name in agreements:
        if made.promises and name not in made.promises:
            guess = near(name, made.promises)
            hint = f" Did you mean '{guess}'?" if guess else f" There are: {', '.join(made.promises)}."
            raise TamspecError(f"There is no agreement '{name}'.{hint}")
    if not made.promises:
        show_findings(session, made.findings, made.files)
        leave(made.findings)
    chosen = {name: one for name, one in made.promises.items() if not agreements or name in agreements}

    def answer(format: str, _: bool) -> str:
        if format == "json":
            return check_json(chosen, made.findings.all, session.settings.site)
        return check_text(chosen, made.workspace, full=bool(agreements))

    others = Findings(tuple(one for one in made.findings.all if one.code not in rules.PROVEN))
    show_findings(session, others, made.files, err=True)
    give(session, answer)
    leave(made.findings)
