"""Who changed the files of a workspace last, and who brought them, as git knows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct


class Commit(Struct, frozen=True, kw_only=True):
    """A commit. Its words are whatever people wrote: who shows them makes them harmless first."""

    id: str
    """In full."""
    at: datetime
    """When it was committed, UTC: the day on which it entered the history, not that on which it was first written."""
    author: str
    """Who wrote the change, by name."""
    summary: str
    """The first paragraph of its message, on one line; empty where it has none."""


class History(Struct, frozen=True, kw_only=True):
    """When the files of a workspace changed, as of the commit that is checked out.

    A path is missing from `last` or `first` where nobody knows: it was never committed, git knows no usable date, or
    the clone is shallow and what is known of it begins after the change. Say "unknown" then; no other date stands in.

    What counts is what leads to the content of today, as `git log PATH` tells it. A merge changed a file only where its
    content is that of none of the parents; else the change is that of the parent which had this content already, the
    first of them if there are several. What a merge discarded changed nothing. A file that was renamed or made
    executable changed then, and a renamed one was brought then.
    """

    last: Mapping[str, Commit]
    """Path relative to the workspace → the commit that gave it its content."""
    first: Mapping[str, Commit]
    """Path → the commit that brought it, after it was last deleted. Before a merge that changed a file, it is followed
    in the first parent that has it."""
    edited: frozenset[str] = frozenset()
    """Paths that are not as they were committed: edited, added or deleted since, or never committed. What is ignored is
    not among them. A file of these is newer than `last` says."""
    shallow: bool = False
    """Whether the clone holds only the newest commits. Then the oldest of them seems to have brought everything; it is
    taken for nobody's change, and paths without a known one are missing."""
