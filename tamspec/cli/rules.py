"""`tamspec rules`."""

from __future__ import annotations

import json

import click

from tamspec import rules


@click.command("rules")
@click.option("--output-format", default="full", type=click.Choice(["full", "json"]), help="How to list them.")
def command(output_format: str) -> None:
    """List every code that a finding can have."""
    if output_format == "json":
        rows = [
            {"code": one.code, "summary": one.summary, "severity": one.severity.value, "manual": one.manual.strip()}
            for _, one in sorted(rules.MANUAL.items())
        ]
        click.echo(json.dumps({"format_version": "1.0", "rules": rows}, indent=2, ensure_ascii=False))
        return
    for code, one in sorted(rules.MANUAL.items()):
        click.echo(f"{code}  {one.severity.value:7}  {one.summary}")
