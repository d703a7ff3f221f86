"""Files of a workspace: in the working tree or at a revision. The only module that reads them, and the only import of
GitPython."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tamspec.diagnostics import TamspecError

if TYPE_CHECKING:
    from git import Git, Repo

SETTINGS = "tamspec.yaml"
SUFFIXES = (".yaml", ".yml")
LARGEST = 1 << 20
"""Bytes that are read of one file at most, and one more, so that the loader sees that it is too large."""

Files = Mapping[str, bytes]
"""Path relative to the workspace, with `/` → content."""


def find_workspace(start: Path) -> Path:
    """The folder with `tamspec.yaml`: `start` or the nearest above it. Else a `TamspecError`."""
    if not start.is_dir():
        raise TamspecError(f"There is no folder {start}.")
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / SETTINGS).is_file():
            return candidate
    raise TamspecError(
        f"{start} is no tamspec workspace: neither it nor a folder above it has a {SETTINGS}.\n"
        f"Go to the repository of your projects, or name it with -C DIR."
    )


def settings_in(root: Path) -> bytes:
    """The content of `tamspec.yaml` in the working tree."""
    return _read(root, root / SETTINGS)


def folders_in(root: Path) -> tuple[str, ...]:
    """The folders of the workspace, by name; hidden ones are passed over."""
    return tuple(sorted(one.name for one in root.iterdir() if one.is_dir() and not one.name.startswith(".")))


def files_in(root: Path, sources: Sequence[str]) -> dict[str, bytes]:
    """Every YAML file of the source folders in the working tree, by path; hidden files and folders are passed over."""
    found: dict[str, bytes] = {}
    for source in sources:
        folder = root / source
        if not _inside(root, folder):
            raise TamspecError(f"The source folder {source} lies outside the workspace; name one inside it.")
        for path in _yaml_files(folder):
            found[path.relative_to(root).as_posix()] = _read(root, path)
    return dict(sorted(found.items()))


def settings_at(root: Path, revision: str) -> bytes:
    """The content of `tamspec.yaml` at a revision."""
    git, name = _git(root), _known(root, revision)
    found = _listed(git, name, [SETTINGS])
    if not found:
        raise TamspecError(f"There is no {SETTINGS} at {revision}, so there is nothing to compare with.")
    return next(iter(_contents(root, found).values()))


def files_at(root: Path, revision: str, sources: Sequence[str]) -> dict[str, bytes]:
    """Every YAML file of the source folders at a revision, by path. Links are passed over: they are no files."""
    git, name = _git(root), _known(root, revision)
    listed = _listed(git, name, [source.strip("/") for source in sources])
    wanted = {path: id for path, id in listed.items() if path.endswith(SUFFIXES) and "/." not in f"/{path}"}
    return _contents(root, dict(sorted(wanted.items())))


def require(root: Path) -> None:
    """A `TamspecError` where the folder is in no git repository."""
    _repo(root).close()


def commit(root: Path, paths: Sequence[str], message: str) -> str:
    """Commit exactly these paths; returns the short id. It never pushes."""
    from git import GitCommandError

    git = _git(root)
    try:
        git.add("--", *paths)
        git.commit("--quiet", "--only", "-m", message, "--", *paths)
        return str(git.rev_parse("--short", "HEAD"))
    except GitCommandError as error:
        raise TamspecError(
            f"git could not commit: {_last_line(error)}\n"
            f"What was recorded is there; when that is mended: git commit -- {shlex.join(paths)}"
        ) from error


def author(root: Path) -> str:
    """The name of whoever works here, as git knows it; empty where git knows none."""
    from git import GitCommandError

    try:
        return str(_git(root).config("--get", "user.name"))
    except (GitCommandError, TamspecError):
        return ""


def _yaml_files(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise TamspecError(f"{error.filename} cannot be read: {error.strerror}.") from error

    for base, folders, names in os.walk(folder, onerror=refuse if folder.exists() else None):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(SUFFIXES) and not name.startswith("."):
                yield Path(base) / name


def _read(root: Path, path: Path) -> bytes:
    shown = path.relative_to(root).as_posix()
    if not _inside(root, path):
        raise TamspecError(f"{shown} is a link that leads out of the workspace; put the file itself there.")
    try:
        # Without waiting: a pipe that nobody writes to would be read for ever.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise TamspecError(f"{shown} is no ordinary file; remove it or give it another ending.")
            return file.read(LARGEST + 1)
    except OSError as error:
        raise TamspecError(f"{shown} cannot be read: {error.strerror}.") from error


def _inside(root: Path, path: Path) -> bool:
    # Unlike Path.resolve, realpath does not give up on links in a circle.
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def _repo(root: Path) -> Repo:
    from git import InvalidGitRepositoryError, NoSuchPathError, Repo

    try:
        return Repo(root, search_parent_directories=True)
    except (InvalidGitRepositoryError, NoSuchPathError) as error:
        raise TamspecError(f"{root} is not in a git repository; make one with `git init`.") from error


def _git(root: Path) -> Git:
    from git import Git

    _repo(root).close()
    return Git(root)


def _known(root: Path, revision: str) -> str:
    """The full id of a revision, so that it can never be taken for an option."""
    from git import GitCommandError

    try:
        return str(_git(root).rev_parse("--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"))
    except GitCommandError as error:
        raise TamspecError(
            f"git knows no revision '{revision}' here. In a shallow clone, fetch it first: git fetch --unshallow"
        ) from error


def _listed(git: Git, revision: str, paths: Sequence[str]) -> dict[str, str]:
    """Path relative to the workspace → blob id, ordinary files only."""
    rows = str(git.ls_tree("-r", "-z", revision, "--", *paths)).split("\0")
    parts = [row.partition("\t") for row in rows if row]
    return {path: head.split()[2] for head, _, path in parts if head.startswith("100")}


def _contents(root: Path, blobs: Mapping[str, str]) -> dict[str, bytes]:
    repo = _repo(root)
    try:
        return {path: _blob(repo, id) for path, id in blobs.items()}
    finally:
        repo.close()


def _blob(repo: Repo, id: str) -> bytes:
    content: bytes = repo.odb.stream(bytes.fromhex(id)).read(LARGEST + 1)
    return content


def _last_line(error: Exception) -> str:
    """What git said last; GitPython puts it in quotes behind the name of the stream."""
    text = str(getattr(error, "stderr", "") or error).strip().removeprefix("stderr:").strip().strip("'")
    return text.splitlines()[-1].strip() if text else "no reason given"
