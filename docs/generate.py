"""Writes the generated parts of the manual: the findings, the commands, the tables of fields made from the schemas;
and the sentences that documents in other languages need.

Run by `make update`. A table stands in a hand-written page between `<!-- fields: NAME -->` and `<!-- end -->`; NAME is
a schema (`project`, `output/plan`), or a definition in one (`service#step`).
"""
# ruff: noqa: INP001 - a script of the manual, no package

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import write_po
from jinja2.ext import babel_extract

from tamspec import resources, rules
from tamspec.cli import COMMANDS, cli

DOCS = Path(__file__).resolve().parent
REFERENCE = DOCS / "reference"
TEMPLATES = DOCS.parent / "templates"
TAMSPEC = DOCS.parent / "tamspec"
GENERATED = re.compile(r"(<!-- fields: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)

Schema = Mapping[str, Any]


def pages() -> dict[Path, str]:
    """Every page that has a generated part, as it should be."""
    made = {
        REFERENCE / "rules.md": rules.reference(),
        REFERENCE / "commands.md": commands(),
        DOCS / "mission.md": mission(),
    }
    for path in sorted(DOCS.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        if path not in made and GENERATED.search(text):
            made[path] = GENERATED.sub(lambda match: f"{match[1]}\n{table(match[2])}\n{match[3]}", text)
    return {**made, TEMPLATES / "languages/messages.pot": messages_text()}


# What tamspec must do, and where that is.


def mission() -> str:
    """`docs/mission.md`: each row of the mission with its fields, findings, pages, commands and tests."""
    rows = tomllib.loads((DOCS / "mission.toml").read_text(encoding="utf-8"))
    lines = [MISSION_HEAD]
    for number, row in rows.items():
        cells = [
            f'<a id="{number}"></a>{number}',
            row["does"],
            "<br>".join(f"`{one}`" for one in row.get("fields", ())),
            ", ".join(f"[{one}](reference/rules.md#{one})" for one in row.get("findings", ())),
            "<br>".join(f"`{one}`" for one in row.get("pages", ())),
            ", ".join(f"[`{one}`](reference/commands.md#{one})" for one in row.get("commands", ())),
            "<br>".join(
                f"[{one.partition('::')[2]}](../tests/{one.partition('::')[0]})" for one in row.get("tests", ())
            ),
        ]
        lines.append(f"| {' | '.join(cell or '–' for cell in cells)} |\n")
    return "".join(lines)


MISSION_HEAD = """\
<!-- Made from docs/mission.toml by `make update`. -->

# What tamspec is for, row by row

Each row of the mission with the fields in which it is written, the findings that guard it, the page that shows it, \
the command that tells it and the test that would fail if it were lost.
A page is told as its template and a section of it; a field as its kind and its name, where `workspace` is \
`tamspec.yaml`.

| row | what it does | fields | findings | pages | commands | tests |
| --- | --- | --- | --- | --- | --- | --- |
"""


# The sentences of the documents, for translators.


def messages() -> dict[str | tuple[str, str], list[str]]:
    """Every sentence that a client's documents say, singular and plural where it counts → the files that say it."""
    found: dict[str | tuple[str, str], list[str]] = {}
    for path in sorted([*(TAMSPEC / "render").glob("*.py"), *TEMPLATES.glob("*.html")]):
        is_code = path.suffix == ".py"
        words: dict[str, Any] = {"say": None, "many": (2, 3)} if is_code else {"_": None, "n_": (2, 3)}
        with path.open("rb") as file:
            for _, message, _, _ in extract("python" if is_code else babel_extract, file, words, options=EXTRACTED):
                name = path.relative_to(DOCS.parent).as_posix()
                if name not in found.setdefault(message, []):
                    found[message].append(name)
    return found


EXTRACTED = {"trimmed": "true", "silent": "false"}


def messages_text() -> str:
    """The same as a template of gettext: what a new language begins with."""
    catalog = Catalog(project="tamspec", charset="utf-8", header_comment=MESSAGES_HEAD)
    for message, files in messages().items():
        catalog.add(message, locations=[(name, 0) for name in files])
    written = io.BytesIO()
    write_po(written, catalog, width=120, omit_header=True, sort_output=True, include_lineno=False)
    return MESSAGES_HEAD + written.getvalue().decode()


MESSAGES_HEAD = """\
# Every sentence of the documents that clients read. Made by `make update`.
# For a new language: copy it to `templates/languages/xx.po`, and give it the head that gettext asks for.

"""


# Tables of fields.


def table(name: str) -> str:
    """The fields of a schema, one a row: where it stands, what may be written there, what it means."""
    file, _, definition = name.partition("#")
    schema = resources.schema(file)
    start = schema["$defs"][definition] if definition else schema
    if "spec" in start.get("properties", {}):
        start = start["properties"]["spec"]
    found = _rows(start, "", marks=not file.startswith("output/"))
    rows = [("field", "form", "meaning"), ("---", "---", "---"), *found]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _rows(owner: Schema, prefix: str, *, marks: bool) -> Iterator[tuple[str, str, str]]:
    """`marks`: say what is required. Of what the program writes, nothing is left out."""
    for key, field in owner.get("properties", {}).items():
        required = ", **required**" if marks and key in owner.get("required", ()) else ""
        default = f" Default: `{_written(field['default'])}`." if "default" in field else ""
        internal = " Only the provider reads it." if field.get("x-internal") else ""
        meaning = _cell(field.get("description", "") + default + internal)
        yield f"`{prefix}{key}`", _cell(_type(field)) + required, meaning
        yield from _inside(field, prefix + key, marks=marks)


def _inside(field: Schema, path: str, *, marks: bool) -> Iterator[tuple[str, str, str]]:
    """The fields within a map, a map of maps or a list of maps; what is defined once has a table of its own."""
    if "$ref" not in field:
        yield from _rows(field, f"{path}.", marks=marks)
        for inner, step in ((field.get("additionalProperties"), ".NAME"), (field.get("items"), "[]")):
            if isinstance(inner, dict):
                yield from _inside(inner, path + step, marks=marks)


def _type(field: Schema) -> str:
    """What may be written, in a word or two."""
    if "x-ref" in field:
        kinds = field["x-ref"] if isinstance(field["x-ref"], list) else [field["x-ref"]]
        return f"name of {'an' if kinds[0][0] in 'AEIOU' else 'a'} {' or '.join(kinds)}"
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return WORDS.get(name) or re.sub(r"(?<=[a-z])([A-Z])", r" \1", name).lower()
    if "enum" in field:
        return ", ".join(f"`{_written(one)}`" for one in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    kind = field.get("type", "value")
    if isinstance(kind, list):
        return " or ".join(TYPES[one] for one in kind)
    if kind == "array":
        inner = field["items"]
        also = ", or of lists of them" if "array" in inner.get("type", ()) else ""
        return f"list of: {_type(inner)}{also}"
    inner = field.get("additionalProperties")
    if kind == "object" and isinstance(inner, dict):
        return f"map of names to: {_type(inner)}"
    return TYPES[kind]


TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "object": "map",
    "array": "list",
    "null": "null",
}
WORDS = {
    "componentRef": "component",
    "stepRef": "task or component",
    "value": "value",
    "scalar": "value",
    "shift": "hours",
    "email": "e-mail address",
    "step": "[step](#steps)",
    "task": "[task](#tasks)",
    "finding": "finding",
    "changeName": "name of a Change",
}
"""Definition → what people call it, where its own name is not the word."""


def _written(value: object) -> str:
    """A value as one writes it in YAML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"[{', '.join(map(_written, value))}]" if isinstance(value, list) else str(value)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


# Commands.

HEAD = """\
<!-- Made from the help of the commands by `make update`; edit the docstrings and options in tamspec/cli/. -->

# Commands

`tamspec COMMAND --help` shows the same words as this page.

## Every command

These options stand before the command or behind it: `tamspec --at TIME plan`, `tamspec plan --at TIME`.
`explain` takes none of them, and `rules` only `--output-format`; `-C` stands before it.

"""
ENDS = """
The workspace is the folder with `tamspec.yaml`: the current one, or the nearest above it.
Without `--at`, the variable `SOURCE_DATE_EPOCH` (seconds since 1970) says what counts as now, else the clock.
`TAMSPEC_BY` says who records, where `--by` does not; without both it is git's `user.name`, then the login.
`NO_COLOR` turns colours off; they are shown on a terminal only.

| exit code | meaning |
| --- | --- |
| 0 | fine |
| 1 | a finding of level error, or an `apply` that was refused |
| 2 | wrong usage, a wrong environment (no workspace, git, the disk), or a bug in tamspec |
| 3 | there is no document in the workspace (`validate --allow-empty` makes it 0) |
| 130 | interrupted |

`plan --detailed-exitcode` ends with 0 for no changes, 2 for changes, 1 where an error was found.
"""


def commands() -> str:
    """`docs/reference/commands.md`: what each command does and takes, as Markdown."""
    context = click.Context(cli, info_name="tamspec", **cli.context_settings)
    shared = {option for one in cli.params for option in one.opts}
    parts = [HEAD + _options(cli, context, frozenset()) + ENDS]
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None, "this is a bug in tamspec: a command of the table without a file"
        parts.extend(_command(command, context, name, shared, "##"))
    return "\n".join(parts)


def _command(command: click.Command, above: click.Context, name: str, shared: set[str], level: str) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=above)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    told = "\n\n".join(_cell(part) for part in (command.help or "").split("\n\n"))
    own = name in ("rules", "explain")  # an option of theirs is their own, whatever it is called
    options = _options(command, context, frozenset() if own else frozenset(shared))
    yield f"{level} {context.command_path.partition(' ')[2]}\n\n`{usage}`\n\n{told}\n" + (options and f"\n{options}")
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None, "this is a bug in tamspec: a command that is listed and not there"
            yield from _command(found, context, inner, shared, level + "#")


def _options(command: click.Command, context: click.Context, without: frozenset[str]) -> str:
    """The options of a command as a table, without those that every command has; empty where there are none."""
    records = [
        one.get_help_record(context)
        for one in command.get_params(context)
        if isinstance(one, click.Option) and not {*without, "--help"} & set(one.opts)
    ]
    rows = [f"| `{_cell(record[0])}` | {_cell(record[1])} |\n" for record in records if record]
    return "| option | meaning |\n| --- | --- |\n" + "".join(rows) if rows else ""


if __name__ == "__main__":
    for page, text in pages().items():
        page.write_text(text, encoding="utf-8")
