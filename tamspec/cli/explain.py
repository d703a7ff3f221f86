"""`tamspec explain`."""

from __future__ import annotations

import click

from tamspec import rules
from tamspec.load.suggest import near


@click.command("explain")
@click.argument("code")
def command(code: str) -> None:
    """Explain a code: why it matters, and what to do."""
    found = rules.MANUAL.get(code.upper())
    if found is None:
        guess = near(code.upper(), rules.MANUAL)
        hint = f"Did you mean {guess}?" if guess else "`tamspec rules` lists them."
        raise click.UsageError(f"There is no code '{code}'. {hint}")
    click.echo(f"{found.code}  {found.summary}  ({found.severity.value})\n\n{found.manual.strip()}")
