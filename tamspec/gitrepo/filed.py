"""What the working tree and git say of files that documents name."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from tamspec.diagnostics import TamspecError
from tamspec.model.filed import Filed

if TYPE_CHECKING:
    from tamspec.units import Memory


def filed_of(root: Path, memory: Memory, paths: frozenset[str]) -> Filed:
    """Which of these paths are there, and when all files of the workspace changed. A link is not there: at a revision
    there is nothing behind it. A repository that git cannot read is like none: nothing is known of it."""
    from tamspec.gitrepo.history import history_of

    try:
        history = history_of(root, memory)
    except TamspecError:
        history = None
    return Filed(history=history, there=frozenset(path for path in paths if _is_there(f"{root}/{path}")))


def _is_there(path: str) -> bool:
    try:
        mode = os.lstat(path).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)
