"""`tamspec schema`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from tamspec import apply, gitrepo, modeline, pipeline, resources, vocabulary
from tamspec.cli.session import Session, in_session, say, working_tree
from tamspec.diagnostics import TamspecError
from tamspec.pipeline import Tree
from tamspec.suggest import near

HOME = ".tamspec/schemas"
"""Where the schemas of a workspace are written: made anew at will, so not among what is committed."""


@click.command("schema")
@click.argument("kind", required=False)
@click.option("--workspace", is_flag=True, help="With the names of this workspace; without KIND, write them all.")
@click.option("--out", metavar="DIR", help=f"Where --workspace writes them; {HOME} if it is not said.")
@click.option("--modelines", is_flag=True, help="Add the line that tells editors its schema to every file without one.")
@click.option("--check", is_flag=True, help="With --modelines: only name the files that lack it, and end with 1.")
@in_session(("full",))
def command(session: Session, kind: str | None, workspace: bool, out: str | None, modelines: bool, check: bool) -> None:
    """Show the JSON Schema of a KIND of document, or write those of this workspace for editors.

    The schemas of the workspace know its departments, services and people: an editor completes and checks references
    by them, and the parameters of each service. Write them anew when names have come or gone.

    Without KIND and options, list the kinds.
    """
    if (out and not workspace) or (check and not modelines) or (modelines and (workspace or kind)):
        raise click.UsageError("--out goes with --workspace, --check with --modelines, and --modelines stands alone.")
    if modelines:
        _renew_modelines(session, check=check)
    elif workspace and not kind:
        write_schemas(session, out or HOME)
    elif kind:
        click.echo(_one(session, kind, workspace=workspace), nl=False)
    else:
        click.echo("\n".join(_plain_schemas()))


def write_schemas(session: Session, out: str) -> None:
    """Write the schemas of the workspace into a folder, and say so."""
    folder = Path(os.path.realpath(session.root / out))
    tree = working_tree(session)
    own = [session.root / name for name in (".git", *tree.settings.sources)]
    if session.root.is_relative_to(folder) or any(folder.is_relative_to(one) for one in own):
        raise TamspecError(f"The schemas would lie among the workspace's own files; name a folder such as {HOME}.")
    if (folder / "tamspec.schema.json").exists() and not (folder / apply.MANIFEST).exists():
        raise TamspecError(f"{out} holds schemas that tamspec did not write; name another folder with --out.")
    made = _narrowed(tree, quiet=session.quiet)
    apply.write_tree(folder, {f"{name}.schema.json": vocabulary.text(schema) for name, schema in made.items()})
    say(session, f"{len(made)} schemas in {out}; tamspec.schema.json is the one for every document.")


def schema_path(session: Session, name: str = "tamspec") -> str:
    """Where editors find a schema of this workspace: among committed ones, else where `schema --workspace` writes."""
    committed = f"schemas/{name}.schema.json"
    return committed if (session.root / committed).is_file() else f"{HOME}/{name}.schema.json"


def _plain_schemas() -> Mapping[str, Mapping[str, Any]]:
    """The schemas of what may be written, by name."""
    return {name: resources.schema(name) for name in resources.schema_names() if "/" not in name}


def _narrowed(tree: Tree, *, quiet: bool) -> Mapping[str, Mapping[str, Any]]:
    loaded = pipeline.read(tree)
    if loaded.findings.errors and not quiet:
        click.echo("Mind: the workspace has errors; names in what cannot be read are missing here.", err=True)
    return vocabulary.narrowed(_plain_schemas(), loaded.workspace)


def _one(session: Session, kind: str, *, workspace: bool) -> str:
    known = _plain_schemas()
    if kind.lower() not in known:
        guess = near(kind.lower(), known)
        hint = f"Did you mean '{guess}'?" if guess else f"There are: {', '.join(known)}."
        raise click.UsageError(f"There is no kind '{kind}'. {hint}")
    found = _narrowed(working_tree(session), quiet=session.quiet) if workspace else known
    return vocabulary.text(found[kind.lower()])


def _renew_modelines(session: Session, *, check: bool) -> None:
    """Every document but entries of the ledger, which nobody edits, and `tamspec.yaml`."""
    tree = working_tree(session)
    wanted = {path: "tamspec" for path, content in tree.files.items() if b"\nkind: LedgerEntry" not in b"\n" + content}
    contents = {**tree.files, gitrepo.SETTINGS: tree.written}
    wanted[gitrepo.SETTINGS] = "workspace"
    others = [path.relative_to(session.root).as_posix() for path in session.root.glob("schemas/*.json")]
    made = {}
    for path, name in sorted(wanted.items()):
        text = modeline.with_modeline(path, contents[path], schema_path(session, name), others)
        if text != contents[path]:
            made[path] = text
    if not check:
        apply.rewrite(session.root, made)
    for path in made:
        click.echo(path)
    if not session.quiet:
        verb = "lack" if check else "now have"
        click.echo(f"{len(made)} files {verb} the line." if made else "Every file has the line.", err=True)
    if check and made:
        raise click.exceptions.Exit(1)
