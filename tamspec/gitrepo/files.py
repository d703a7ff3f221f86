"""Files of a workspace: in the working tree or at a revision. The only module that reads them, and the only import of
GitPython."""

from __future__ import annotations

import os
import shlex
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from tamspec.diagnostics import TamspecError

if TYPE_CHECKING:
    from git import Git, Repo

SETTINGS = "tamspec.yaml"
SUFFIXES = (".yaml", ".yml")
TEMPLATES = "templates"
TEMPLATE_SUFFIXES = (".html", ".md", ".css", ".js", ".po")
LARGEST = 1 << 20
"""Bytes that are read of one file at most, and one more, so that the loader sees that it is too large."""

TRIES = 3
"""How often a file is read that changes under the reader."""

Files = Mapping[str, bytes]
"""Path relative to the workspace, with `/` → content."""


class Refusal(NamedTuple):
    """Why a file was not read, and what to do about it: two sentences."""

    why: str
    way_out: str


class Gathered(Struct, frozen=True, kw_only=True):
    """The files of the working tree."""

    files: Files
    unread: Mapping[str, Refusal]
    """Path of a file or a folder that was not read → why."""


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
    if not _inside(root, root / SETTINGS):
        raise TamspecError(f"{SETTINGS} is a link that leads out of the workspace; put the file itself there.")
    content = _content(os.path.realpath(root / SETTINGS))
    if isinstance(content, Refusal):
        raise TamspecError(f"{SETTINGS} cannot be read. {content.why} {content.way_out}")
    return content


def report_in(path: Path) -> bytes:
    """The content of a file that the call names, anywhere: something that tamspec once wrote as a report."""
    try:
        # Without waiting: a pipe that nobody writes to would be read for ever.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise TamspecError(f"{path} is no ordinary file.")
            return file.read()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise TamspecError(f"{path} cannot be read: {why}.") from error


def folders_in(root: Path) -> tuple[str, ...]:
    """The folders of the workspace, by name; hidden ones are passed over."""
    return tuple(sorted(one.name for one in root.iterdir() if one.is_dir() and not one.name.startswith(".")))


def files_in(root: Path, sources: Sequence[str]) -> Gathered:
    """Every YAML file of the source folders in the working tree, by path.

    Hidden files and folders are passed over. Links are refused, since at a revision there is nothing behind them.
    """
    found: dict[str, bytes] = {}
    unread: dict[str, Refusal] = {}
    for source in sources:
        place = os.path.normpath(source)
        if place.startswith(("..", "/")):
            raise TamspecError(f"The source folder {source} lies outside the workspace; name one inside it.")
        if os.path.realpath(root / place) != str(Path(os.path.realpath(root)) / place):
            unread[place] = _linked(root / place)
            continue
        for path in _walk(str(root), place, unread):
            name = path.removeprefix("./")
            content = _content(f"{root}/{path}")
            if isinstance(content, Refusal):
                unread[_shown(name)] = content
            else:
                found[name] = content
    return Gathered(files=dict(sorted(found.items())), unread=dict(sorted(unread.items())))


def folders_read(root: Path, sources: Sequence[str], named: Iterable[str] = ()) -> tuple[str, ...]:
    """The folders in which something may change that is read of a workspace: its own, those of its sources, of its
    templates, and of other files that are named, as far as they are there; empty where the workspace is gone."""
    found = {str(root)} if root.is_dir() else set()
    walked = (*sources, TEMPLATES)
    for name in (*walked, *named):
        place = os.path.normpath(name)
        if place.startswith(("..", "/")):
            continue
        # What is not there yet may come in any of the folders on the way to it.
        found.update(str(way) for way in (root / place).parents if way.is_relative_to(root) and way.is_dir())
        for folder, below, _ in os.walk(root / place) if name in walked else ():
            below[:] = [name for name in below if not name.startswith(".")]
            found.add(folder)
    return tuple(sorted(found))


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


def revision(root: Path) -> str:
    """The commit that is checked out, as people read it; with a `+` where files of it were edited since. Empty where
    there is none."""
    import subprocess

    # Not GitPython: importing it takes longer than all else that a small site needs.
    asked = ["git", "-C", str(root), "describe", "--always", "--dirty=+", "--exclude=*"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return told.stdout.strip() if told.returncode == 0 else ""


def templates_in(root: Path) -> dict[str, str]:
    """The templates of the workspace, by path below its folder `templates`. Those that cannot be read are a
    `TamspecError`: documents that leave out what somebody wrote are worse than none. Bytes that are no UTF-8 are kept
    as lone surrogates, for the printer to tell where they stand."""
    folder = root / TEMPLATES
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        name = path.relative_to(folder).as_posix()
        if path.suffix not in TEMPLATE_SUFFIXES or name.startswith(".") or not path.is_file():
            continue
        if not _inside(root, path):
            raise TamspecError(
                f"{TEMPLATES}/{name} is a link that leads out of the workspace; put the file itself there."
            )
        content = _content(os.path.realpath(path))
        if isinstance(content, Refusal):
            raise TamspecError(f"{TEMPLATES}/{name} cannot be read. {content.why} {content.way_out}")
        found[name] = content.decode(errors="surrogateescape")
    return found


def _walk(root: str, path: str, unread: dict[str, Refusal]) -> Iterator[str]:
    """The paths of the YAML files below a folder, by name; what stands in the way goes into `unread`."""
    try:
        with os.scandir(f"{root}/{path}") as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return  # a source folder that is none is found in the settings
    except OSError as error:
        unread[_shown(path)] = _refused(error)
        return
    names: dict[str, str] = {}
    for entry in found:
        name = entry.name
        if name.startswith("."):
            continue
        below = f"{path}/{name}"
        is_link = entry.is_symlink()
        is_folder = Path(entry.path).is_dir() if is_link else entry.is_dir()
        if not is_folder and not name.endswith(SUFFIXES):
            continue
        refusal = _objection(entry, names) if is_link or not name.isascii() or name.lower() in names else None
        names.setdefault(_folded(name), name)
        if refusal:
            unread[_shown(below)] = refusal
        elif is_folder:
            yield from _walk(root, below, unread)
        else:
            yield below


def _objection(entry: os.DirEntry[str], names: Mapping[str, str]) -> Refusal | None:
    """Why a name in a folder is passed over; `names` are those before it, as a disk that knows no case spells them."""
    if entry.is_symlink():
        return _linked(Path(entry.path))
    if entry.name != entry.name.encode(errors="replace").decode():
        return Refusal("Its name is not written in UTF-8.", "Give it a name in Latin letters.")
    other = names.get(_folded(entry.name))
    if other is None:
        return None
    detail = f"Its name is that of {other} but for the case or the make of letters; macOS and Windows keep one of them."
    return Refusal(detail, "Give it another name.")


def _folded(name: str) -> str:
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


def _linked(path: Path) -> Refusal:
    if not path.exists():
        return Refusal("This is a link to nothing.", "Delete it, or put the file itself there.")
    what = "files themselves" if path.is_dir() else "file itself"
    return Refusal("This is a link, and links are not followed.", f"Put the {what} there.")


def _shown(path: str) -> str:
    """A path that every output can bear: bytes that are no UTF-8 as `\\xe9`."""
    return os.fsencode(path).decode(errors="backslashreplace")


def _content(path: str) -> bytes | Refusal:
    """The first bytes of a file, one more than the most that is read; never those of two states of it."""
    try:
        for _ in range(TRIES):
            # Without waiting: a pipe that nobody writes to would be read for ever.
            file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                before = os.fstat(file)
                if not stat.S_ISREG(before.st_mode):
                    return Refusal("This is no ordinary file.", "Delete it, or give it another ending.")
                content = _bytes(file, before.st_size)
                after = os.fstat(file)
            finally:
                os.close(file)
            if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
                return content
    except OSError as error:
        return _refused(error)
    return Refusal("It was written to all the while it was read.", "Run tamspec again when the other program is done.")


def _bytes(file: int, size: int) -> bytes:
    """What a file of this size holds; room for more is made only where there is more."""
    wanted = min(size, LARGEST) + 1
    content = os.read(file, wanted)
    if len(content) == size < wanted:
        return content  # less than was asked for: there is no more
    pieces, left = [content], LARGEST + 1 - len(content)
    while left > 0 and (piece := os.read(file, left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _refused(error: OSError) -> Refusal:
    if isinstance(error, FileNotFoundError):
        return Refusal("It vanished while it was read.", "Run tamspec again.")
    return Refusal(f"It cannot be read: {error.strerror}.", "Give it other rights or another place, or delete it.")


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
        is_shallow = str(_git(root).rev_parse("--is-shallow-repository")) == "true"
        way_out = (
            "This clone is shallow; fetch the rest of it: git fetch --unshallow"
            if is_shallow
            else ("`git branch --all` and `git log` list what there is; what others pushed comes with git fetch.")
        )
        raise TamspecError(f"git knows no revision '{revision}' here. {way_out}") from error


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
