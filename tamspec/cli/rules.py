"""`tamspec rules`."""

from __future__ import annotations

import json
from typing import Any

import click

from tamspec.chapters import chapter_of
from tamspec.cli.manuals import manual
from tamspec.diagnostics import Fault
from tamspec.rules import FIXED, can_be_ignored


@click.command("rules")
@click.option("--output-format", default="full", type=click.Choice(["full", "json"]), help="How to list them.")
@click.pass_context
def command(ctx: click.Context, output_format: str) -> None:
    """List every code that a finding can have, with those of the plugins that `tamspec.yaml` names."""
    found = sorted(manual(ctx).values(), key=lambda one: one.code)
    if output_format == "json":
        text = json.dumps({"format_version": "1.1", "rules": [_row(one) for one in found]}, indent=2)
        click.echo(text)
        return
    for one in found:
        click.echo(f"{one.code}  {one.severity.value:7}  {one.summary}")


def _row(one: Fault) -> dict[str, Any]:
    chapter = chapter_of(one.code)
    return {
        "code": one.code,
        "summary": one.summary,
        "severity": one.severity.value,
        "chapter": chapter.title if chapter else "",
        "can_be_lowered": one.code not in FIXED,
        "can_be_ignored": can_be_ignored(one.code),
        "manual": one.manual.strip(),
    }
