"""`tamspec validate`."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace

from tamspec import apply, rules
from tamspec.cli.session import Session, in_session, judged, leave, show_findings, tree_at, working_tree
from tamspec.diagnostics import Diagnostic, Findings
from tamspec.pipeline import Judged, Tree
from tamspec.report import count
from tamspec.rules.codes import plainly, way_out


@click.command("validate")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--allow-empty", is_flag=True, help="Be content with a workspace without documents.")
@click.option(
    "--jobs", type=click.IntRange(1), metavar="N", help="Processes that share the work; all cores by default."
)
@click.option("--select", multiple=True, metavar="CODES", help="Tell only of these: TAM3,TAM454. Repeatable.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Do not tell of these. Repeatable.")
@click.option("--new-from", metavar="REV", help="Tell only what is not found at this revision, by its severities.")
@click.option("--fix", is_flag=True, help="Mend what can be mended without changing what anybody meant.")
@click.option("--diff", "diff_only", is_flag=True, help="Print what --fix would change, and write nothing.")
@in_session()
def command(
    session: Session,
    paths: tuple[str, ...],
    allow_empty: bool,
    jobs: int | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    new_from: str | None,
    fix: bool,
    diff_only: bool,
) -> None:
    """Find what is wrong: syntax, shape, references, rules and orders. PATH narrows what is shown, not what is read.

    Whether dates can be kept is no matter of the text: `plan` tells that. What was found is remembered, and only what
    changed is looked at again. Errors that keep the text from being read are told whatever is selected.

    Ends with 1 where an error is shown; with --diff, where there is something to mend.
    """
    if diff_only and (session.outputs.files or not session.for_people):
        raise click.UsageError("--diff prints a diff; leave --output-format out.")
    before = tree_at(session, new_from) if new_from else None

    def judge(tree: Tree) -> Judged:
        return judged(session, tree, jobs, allow_empty=allow_empty)

    def read() -> Tree:
        return replace(working_tree(session), bar=before.settings if before else None)

    with apply.locked(session.root) if fix and not diff_only else contextlib.nullcontext():
        tree = read()
        places = [_within(session, path) for path in paths]
        view = View(
            within=() if "" in places else tuple(places),
            codes=_codes(rules.manual_of(tree.settings, tree.bar), select, ignore),
            known=_fingerprints(judged(session, before, jobs, allow_empty=True)) if before else Counter(),
        )
        if fix or diff_only:
            from tamspec.cli.mending import finish, mend

            made = mend(session, tree, lambda tree: view.of(judge(tree).findings).all)
            finish(session, tree, made, diff_only=diff_only)
            tree = read()
    _tell(session, judge(tree), view)


def _tell(session: Session, seen: Judged, view: View) -> None:
    shown = view.of(seen.findings)
    show_findings(session, shown, view.files(seen.files, shown))
    left_out = view.left_out(seen.findings, shown)
    if left_out and not session.quiet:
        click.echo(f"tamspec: {left_out}", err=True)
    leave(shown)


class View(Struct, frozen=True, kw_only=True):
    """What the call asked to see."""

    within: tuple[str, ...]
    """Files and folders; empty: all."""
    codes: frozenset[str]
    known: Counter[str]
    """How often each fingerprint is found at the revision that is compared with."""

    def of(self, findings: Findings) -> Findings:
        """The findings that are shown. Of those that the revision has too, as many as it has are left out."""
        known, shown = Counter(self.known), list[Diagnostic]()
        for one in findings.all:
            if self._is_within(one.at.path) and one.code in self.codes:
                known[one.fingerprint] -= 1
                shown += [one] if known[one.fingerprint] < 0 else []
        return Findings() + shown

    def left_out(self, findings: Findings, shown: Findings) -> str:
        """What is told of the findings that are not shown, besides those of other files; empty where there are none."""
        left = {one for one in findings.all if self._is_within(one.at.path)} - set(shown.all)
        old = [one for one in left if one.code in self.codes]
        parts = [f"{count(len(left) - len(old), 'finding')} of other codes"] if len(left) > len(old) else []
        parts += [f"{count(len(old), 'finding')} that the revision has too"] if old else []
        unread = any(one.code in rules.FIXED for one in old)
        more = " Some of them keep the text from being read, so the rules were not run everywhere." if unread else ""
        return f"Left out: {', '.join(parts)}.{more}" if parts else ""

    def files(self, files: Mapping[str, bytes], shown: Findings) -> Mapping[str, bytes]:
        """The files that were asked about, and those that what is shown quotes."""
        quoted = {at.path for one in shown.all for at in (one.at, *(other.at for other in one.related))}
        return {path: content for path, content in files.items() if path in quoted or self._is_within(path)}

    def _is_within(self, path: str) -> bool:
        return not self.within or any(path == one or path.startswith(f"{one}/") for one in self.within)


def _fingerprints(seen: Judged) -> Counter[str]:
    return Counter(one.fingerprint for one in seen.findings.all)


def _codes(manual: Collection[str], select: Sequence[str], ignore: Sequence[str]) -> frozenset[str]:
    """The codes that are shown. What keeps the text from being read always is: without it nothing can be judged."""
    selected = frozenset(_named(manual, select, "--select")) if select else frozenset(manual)
    return (selected - frozenset(_named(manual, ignore, "--ignore"))) | rules.FIXED


def _named(manual: Collection[str], given: Iterable[str], option: str) -> Iterator[str]:
    """The codes that begin with what was given."""
    for text in (one.strip() for many in given for one in many.split(",")):
        found = {code for code in manual if plainly(text) and code.startswith(plainly(text))}
        if not found:
            raise click.UsageError(f"{option}: no code begins with '{text}'. {way_out(text, manual)}")
        if option == "--ignore" and found <= rules.FIXED:
            raise click.UsageError(f"--ignore: {text} keeps the text from being read, and is always told.")
        yield from found


def _within(session: Session, path: str) -> str:
    """The path within the workspace; empty: all of it."""
    full = Path(os.path.realpath(session.folder / path))
    if not full.exists() or not full.is_relative_to(session.root):
        raise click.UsageError(f"There is no {path} in {session.root}.")
    return "" if full == session.root else full.relative_to(session.root).as_posix()
