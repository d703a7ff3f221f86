"""`tamspec explain`."""

from __future__ import annotations

import click

from tamspec.cli.manuals import manual
from tamspec.rules.codes import plainly, way_out


@click.command("explain")
@click.argument("code")
@click.pass_context
def command(ctx: click.Context, code: str) -> None:
    """Explain a code: why it matters, and what to do."""
    known = manual(ctx)
    found = known.get(plainly(code))
    if found is None:
        raise click.UsageError(f"There is no code '{code}'. {way_out(code, known)}")
    click.echo(f"{found.code}  {found.summary}  ({found.severity.value})\n\n{found.manual.strip()}")
