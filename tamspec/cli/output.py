"""What `--output-format` asks for: one format for the console, and any number of files."""

from __future__ import annotations

from collections.abc import Sequence

import click
from msgspec import Struct

from tamspec import report
from tamspec.suggest import near

EVERY = tuple(report.FORMATS)
TABLES = "csv"
"""What a command offers besides whose result is a table."""
PEOPLE = ("full", "concise")
"""Formats for somebody who looks on; the others are read by programs, and nothing else may stand beside them."""
FINDINGS = tuple(name for name in EVERY if name != "json")
"""What a command offers that has no result of its own as JSON."""


class Outputs(Struct, frozen=True):
    """Where the answer goes."""

    console: str = "full"
    """The format of the console."""
    files: tuple[tuple[str, str], ...] = ()
    """Format and file, as given."""


def outputs(given: Sequence[str], offered: Sequence[str], command: str) -> Outputs:
    """What was asked for, of what `command` offers; else a usage error."""
    consoles: list[str] = []
    files: dict[str, str] = {}
    for text in given:
        format, mark, file = text.partition("=")
        _check(format, offered, command)
        if not mark:
            consoles.append(format)
        elif set(offered) <= set(PEOPLE):
            raise click.UsageError(f"`{command}` writes no reports; say --output-format {format}.")
        elif file in ("", "-"):
            raise click.UsageError(f"'{text}' names no file; without `=` the format is that of the console.")
        elif file in files:
            raise click.UsageError(f"{file} cannot hold both {files[file]} and {format}; name two files.")
        else:
            files[file] = format
    if len(set(consoles)) > 1:
        told = " and ".join(dict.fromkeys(consoles))
        raise click.UsageError(f"The console cannot show {told}; give all but one a file: {consoles[-1]}=FILE.")
    return Outputs(consoles[0] if consoles else "full", tuple((format, file) for file, format in files.items()))


def _check(format: str, offered: Sequence[str], command: str) -> None:
    if format not in (*EVERY, TABLES):
        guess = near(format, offered)
        hint = f"Did you mean '{guess}'?" if guess else f"Use one of {', '.join(offered)}."
        raise click.UsageError(f"There is no output format '{format}'. {hint}")
    if format not in offered:
        raise click.UsageError(
            f"`{command}` does not answer as {format}; use {'one of ' if len(offered) > 1 else ''}{', '.join(offered)}."
        )
