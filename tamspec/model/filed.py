"""What is known of files of the workspace that documents only name."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from tamspec.model.history import History


class Filed(Struct, frozen=True, kw_only=True):
    """What the disk and git say of files and folders that somebody names."""

    history: History | None = None
    """When files changed; None: git knows nothing of them, or nobody asked it."""
    there: frozenset[str] | None = None
    """Which of the named ones are there; None: nobody looked."""


Asked = Callable[[frozenset[str]], Filed]
"""Whoever can be asked for files, by their paths in the workspace."""


def nobody_knows(_: frozenset[str]) -> Filed:
    """The answer where there is neither a disk nor git to ask."""
    return Filed()
