"""`tamspec set`."""

from __future__ import annotations

import re

import click

from tamspec import apply, pipeline, resources
from tamspec.cli.session import Session, in_session, say, working_tree
from tamspec.cli.writing import diff_option, refuse, show_diff, worse
from tamspec.edit import edited
from tamspec.edit.fields import setting, steps, subject, subjects, unsetting, values


class _Set(click.Command):
    """Takes a number below nothing for the value that it is."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        below = [] if "--" in args else [one for one in args if re.match(r"-\.?[0-9]", one)]
        given = [*(one for one in args if one not in below), "--", *below] if below else [*args]
        try:
            return super().parse_args(ctx, given)
        except click.NoSuchOption as error:
            value = next((one for one in args if one.startswith(error.option_name)), "--")
            if value.startswith("--"):
                raise
            raise click.UsageError(f"A value that begins with a dash stands behind two: -- {value}", ctx) from None


@click.command("set", cls=_Set)
@click.argument("document", metavar="[KIND/]NAME")
@click.argument("field", metavar="FIELD")
@click.argument("value", required=False)
@click.option("--unset", is_flag=True, help="Take the field away.")
@diff_option
@in_session(("full", "concise"))
def command(session: Session, document: str, field: str, value: str | None, unset: bool, diff_only: bool) -> None:
    """Give one field of a document another value; every other byte of its file stays. The diff is printed.

    For example `tamspec set acme-shop components.web.params.version 1.28`, or `tamspec set Change/spring requiredBy
    2026-12-18`. KIND may be left out where only one document has the name.

    FIELD is meant below `spec`, unless it begins with `metadata`; a part of it that holds a dot stands in quotes. VALUE
    is read as YAML on one line (`[os, db]` is a list), and as a text where only a text is right; a text that begins
    with a dash stands behind `--`. A name or a value that cannot be is refused, with the findings; what rules say of
    it, `tamspec validate` tells.
    """
    if (value is None) is not unset:
        raise click.UsageError("Give a VALUE, or --unset without one.")
    with apply.locked(session.root):
        tree = working_tree(session)
        before = pipeline.read(tree)
        one = subject(subjects(tree.files), document)
        path, way = one.place.marks.path, steps(field)
        schema = resources.schemas()[one.kind.lower()]
        edits = [setting(one, way, meant, schema) for meant in values(value)] if value is not None else []
        contents = [edited(path, tree.files[path], [edit]) for edit in edits or [unsetting(one, way)]]
        tried = [(content, worse(before, tree, {path: content})) for content in contents]
        content, found = next((each for each in tried if not each[1].errors), tried[0])
        refuse(session, found, {**tree.files, path: content}, "The document would be wrong.")
        made = {path: content} if content != tree.files[path] else {}
        if diff_only or not session.quiet:
            show_diff(tree.files, made)
        if not diff_only:
            apply.rewrite(session.root, made)
    if not made:
        say(session, f"{one} says so already.")
