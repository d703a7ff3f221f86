"""`tamspec serve`."""

from __future__ import annotations

import contextlib
import gc
import os
import secrets
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING

import click

from tamspec import gitrepo, pipeline
from tamspec.cli import bug, many
from tamspec.cli.session import Session, in_session, instant, measured_tree
from tamspec.desk import documents
from tamspec.diagnostics import TamspecError
from tamspec.pipeline import Before, Story, Tree
from tamspec.preview.pages import Documents, Shown
from tamspec.preview.server import ADDRESS, Server, listening

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

    from tamspec.render.compiled import Compiled

_GATHER = 50
"""Milliseconds within which changes are taken together at most."""
_PAUSE = 10
"""Milliseconds without a change after which no other is waited for."""
_RETURN = 500
"""Milliseconds after which a workspace that is gone is looked for again."""


@click.command("serve")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8311, show_default=True, help="Where to listen; 0: any free port."
)
@click.option("--clients", is_flag=True, help="Also what each client may read, below /clients/.")
@in_session(("full",))
def command(session: Session, port: int, clients: bool) -> None:
    """Show the documents in a browser of this machine, and anew whenever a file changes. Ctrl-C ends it."""
    watch, ends = _watcher(), _told_to_end()
    gc.enable()  # unlike other commands, it stays
    with (
        many.compiled(session.cache) as compiled,
        listening(port, Shown(state=secrets.token_hex(4))) as server,
        contextlib.suppress(KeyboardInterrupt),
    ):
        builder = _Builder(session, server, compiled, clients=clients)
        builder.build()
        gc.freeze()  # what is there now stays as long
        click.echo(f"The documents are at http://{ADDRESS}:{server.server_port}/ until you press Ctrl-C.")
        _keep_watch(builder.build, watch, ends)


class _Builder:
    """Makes what is shown of what is read, as often as that changes."""

    def __init__(self, session: Session, server: Server, compiled: Compiled, *, clients: bool) -> None:
        self._session, self._server, self._compiled, self._clients = session, server, compiled, clients
        self._before = Before()
        self._tree: Tree | None = None
        self._story: Story | None = None
        """The last one that has a plan."""
        self._templates: Mapping[str, str] = {}
        self._at: datetime | None = None
        self._shown = server.shown
        run = secrets.token_hex(4)  # a page of an earlier server must not take our states for its own
        self._names = (f"{run}-{number}" for number in count(1))
        self._helper = ThreadPoolExecutor(1)

    def build(self) -> Sequence[str]:
        """Show the workspace as it is now, unless that is shown already; gives the folders that it was read from."""
        root = self._session.root
        try:
            tree, templates = self._read()
            if self._shown.trouble or not self._is_known(tree, templates):
                self._show(self._told(tree, templates))
                self._tree, self._templates = tree, templates
        except TamspecError as error:
            self._refuse(str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the next change may mend it
            self._refuse(bug(error))
        return gitrepo.folders_read(root, self._tree.settings.sources if self._tree else (), self._beside())

    def _beside(self) -> Iterator[str]:
        """The files that are read besides specifications: of measurements, and those that documents name."""
        if self._tree and self._tree.settings.usage:
            yield from self._tree.settings.usage.files
        if self._story:
            yield from documents.named_files(self._story.workspace)

    def _read(self) -> tuple[Tree, Mapping[str, str]]:
        root = self._session.root
        if not (root / gitrepo.SETTINGS).exists():
            raise TamspecError(f"There is no {gitrepo.SETTINGS} in {root} any more; put it back.")
        return measured_tree(self._session), gitrepo.templates_in(root)

    def _is_known(self, tree: Tree, templates: Mapping[str, str]) -> bool:
        """Whether nothing has changed of what is read, as when an editor writes files of its own."""
        known = self._tree
        return (
            known is not None
            and (tree.written, tree.files, tree.readings, templates)
            == (known.written, known.files, known.readings, self._templates)
            and tree.findings.all == known.findings.all
            and (self._story is None or pipeline.register_now(self._story, tree) == self._story.register)
        )

    def _told(self, tree: Tree, templates: Mapping[str, str]) -> Shown:
        """What is shown of a tree: its documents, or those of the last one that had any."""
        revision = self._helper.submit(gitrepo.revision, self._session.root)  # meanwhile: it takes as long as to load
        self._before.follow(tree)
        story = pipeline.tell(tree, self._now(tree), before=self._before)
        made = self._shown.documents
        if story.plan:
            self._story = story
            material = pipeline.material(
                story, templates=templates, revision=revision.result(), compiled=self._compiled
            )
            made = Documents(material, clients=self._clients)
        return Shown(
            state=next(self._names),
            documents=made,
            is_old=story.plan is None,
            findings=story.findings.all,
            files=story.files,
        )

    def _now(self, tree: Tree) -> datetime:
        """The instant that counts as now: as given, else that of the clock. Plans begin at a full quarter of an hour;
        until the next one what is planned already still holds, unless something was recorded."""
        asked = instant(self._session.at_given, os.environ)
        if self._at is None or _quarter(asked) != _quarter(self._at) or _ledger(tree) != _ledger(self._tree):
            self._at = asked
        return self._at

    def _refuse(self, trouble: str) -> None:
        """Show why nothing new is shown."""
        if trouble != self._shown.trouble:
            documents = self._shown.documents
            self._show(Shown(state=next(self._names), documents=documents, is_old=True, trouble=trouble))

    def _show(self, shown: Shown) -> None:
        self._shown = shown
        self._server.show(shown)


def _quarter(at: datetime) -> int:
    return int(at.timestamp()) // (15 * 60)


def _ledger(tree: Tree | None) -> Mapping[str, bytes]:
    """What was recorded."""
    return {path: content for path, content in tree.files.items() if "/ledger/" in path} if tree else {}


def _told_to_end() -> Event:
    """Set as soon as Ctrl-C is pressed. An exception alone may be lost, as in what is called when an object goes."""
    told = Event()

    def hear(number: int, frame: FrameType | None) -> None:
        told.set()
        signal.default_int_handler(number, frame)

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else whoever started us wants it otherwise
        signal.signal(signal.SIGINT, hear)
    return told


def _watcher() -> Callable[[Sequence[str]], RustNotify]:
    """What watches folders, each without those in it."""
    try:
        from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError
    except ImportError:
        raise TamspecError("To watch files needs a library more: pip install 'tamspec[serve]'.") from None

    def watch(folders: Sequence[str]) -> RustNotify:
        try:
            return RustNotify(list(folders), False, False, 0, False, True)
        except FileNotFoundError:
            raise
        except (OSError, WatchfilesRustInternalError) as error:
            raise TamspecError(f"The {len(folders)} folders of the workspace cannot be watched: {error}.") from error

    return watch


def _keep_watch(build: Callable[[], Sequence[str]], watch: Callable[[Sequence[str]], RustNotify], ends: Event) -> None:
    """Build anew whenever something changes in the folders that were read, until it is told to end.

    Folders are watched before they are read, so that no change is missed.
    """
    folders = build()
    while not ends.is_set():
        with contextlib.suppress(FileNotFoundError), watch(folders) as changes:
            while build() == folders and not _is_about(_next(changes, folders, ends), folders):
                pass
        folders = build()


def _next(changes: RustNotify, folders: Sequence[str], ends: Event) -> set[tuple[int, str]]:
    """What changes next; nothing after a while, where there is no folder in which it could."""
    found = changes.watch(_GATHER, _PAUSE, 0 if folders else _RETURN, ends)
    if found in ("signal", "stop"):
        raise KeyboardInterrupt
    return set() if isinstance(found, str) else found


def _is_about(changes: set[tuple[int, str]], folders: Sequence[str]) -> bool:
    """Whether one of the folders themselves came or went: another of the same name is not watched yet."""
    return any(path in folders for _, path in changes)
