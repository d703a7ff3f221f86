"""The command line: arguments in, call, print, exit code. The only place that knows the clock, the environment and
the terminal."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Mapping, Sequence

import click

from tamspec import __version__
from tamspec.diagnostics import TamspecError

COMMANDS: Mapping[str, str] = {
    "init": "Begin a new repository.",
    "new": "Write a new project, change or other document.",
    "build": "Validate, plan and render: the main job in one go.",
    "validate": "Find what is wrong with the specification.",
    "plan": "Show what the departments would get, and when.",
    "why": "Tell why an order has its dates, or where a value comes from.",
    "apply": "Record approved changes: their work orders become binding.",
    "adopt": "Take over components that exist already.",
    "order": "Report work on orders.",
    "today": "Show what is on your desk.",
    "status": "Show where everything stands.",
    "staff": "Propose who could be TAM of a project.",
    "sla": "Prove that promises can be kept, and measure whether they were.",
    "render": "Write the documents.",
    "serve": "Show the documents in a browser while you write.",
    "set": "Give one field another value.",
    "mv": "Give a component another name.",
    "rename": "Give a document another name, everywhere.",
    "fmt": "Give spec files one layout.",
    "schema": "Give editors the schemas, with the names of this workspace.",
    "explain": "Explain a code.",
    "rules": "List all codes.",
}
"""Command → its short help. Each is a file of the same name in this folder, imported when it is called."""


class _Commands(click.Group):
    """Imports a command only when it is wanted, so that `--version` and completion stay quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"tamspec.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from tamspec.suggest import near

            guess = near(args[0], COMMANDS)
            hint = f"Did you mean '{guess}'?" if guess else "See `tamspec --help`."
            raise click.UsageError(f"There is no command '{args[0]}'. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


_OUTPUT = (
    "full, concise, json, csv, github, gitlab, sarif, junit or markdown; with =FILE into a file. "
    "Repeat it for as many files as you need."
)


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    no_args_is_help=False,
)
@click.version_option(__version__, prog_name="tamspec")
@click.option("-C", "folder", metavar="DIR", help="Work in this folder instead of the current one.")
@click.option("--at", metavar="TIME", help="The instant that counts as now, as 2026-12-18T09:00:00Z.")
@click.option("--output-format", "output_format", multiple=True, metavar="FORMAT[=FILE]", help=_OUTPUT)
@click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
@click.pass_context
def cli(ctx: click.Context, folder: str | None, at: str | None, output_format: tuple[str, ...], quiet: bool) -> None:
    """Client projects as code: YAML in, dated work orders and readable documents out."""
    given = {"folder": folder, "at": at, "output_format": output_format, "quiet": quiet or None}
    ctx.obj = {name: value for name, value in given.items() if value is not None}
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point. Exit codes: 0 fine; 1 findings of error level; 2 usage, configuration, environment or a bug;
    3 no document found; 130 interrupted."""
    # What is loaded stays until the end: looking for what could be freed takes a third of the time, and finds nothing.
    gc.disable()
    # The linear algebra of forecasts is small. As soon as numpy is loaded it would start a thread for each core, and
    # the last digits of sums would depend on how many there are.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        code = cli.main(args=arguments, prog_name="tamspec", standalone_mode=False)
    except click.exceptions.Exit as leaving:
        code = leaving.exit_code
    except click.Abort:
        code = _say("Interrupted.", 130)
    except click.ClickException as error:
        code = _say(error.format_message(), error.exit_code)
    except TamspecError as error:
        code = _say(str(error), 2)
    except KeyboardInterrupt:
        code = _say("Interrupted.", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:  # noqa: BLE001 - the last resort: a bug is told in one sentence, never as a traceback
        code = _say(bug(error), 2)
    gc.freeze()  # nor is it looked through at the very end
    sys.exit(code or 0)


def _say(sentence: str, code: int) -> int:
    click.echo(f"tamspec: {sentence}", err=True)
    return code


def bug(error: Exception) -> str:
    """What to tell of our own mistake; TAMSPEC_DEBUG shows where it happened."""
    if os.environ.get("TAMSPEC_DEBUG"):
        import traceback

        return "".join(traceback.format_exception(error))
    told = str(error).removeprefix("this is a bug in tamspec: ")
    return (
        f"This is a bug in tamspec ({type(error).__name__}: {told}). Nothing was written.\n"
        "Please report it, with what TAMSPEC_DEBUG=1 shows."
    )
