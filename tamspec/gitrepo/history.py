"""When each file of a workspace changed last and who brought it: one walk through the commits, not one for each file.

Every path stands on one *line*, which begins at the head and goes down from commit to parent as long as the parent has
the same content. Where no parent has it, the content is new: that is the last change of the path. From there the line
goes on, until the commit that brought the file. All paths on the same line are moved as one set, so a commit costs what
it changed, not what there is.

What was found for a head is remembered. When there are new commits on top of it, only those are walked, and lines that
come down to it are known. A line may pass it by: of a branch that began earlier and was merged since. Such a line is
followed through what is older, for its own paths alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import tempfile
import zlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import Struct

from tamspec.diagnostics import TamspecError
from tamspec.model.history import Commit, History

if TYPE_CHECKING:
    from tamspec.units import Memory

# Nothing is written, not even an index that git would like to refresh, and a path is never taken for a pattern. Objects
# that somebody replaced would make the same head another history.
_GIT = ("git", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs")
_ID = 40  # letters at least; what git says else of a change is one letter
_ANCESTORS = 1000
"""How many commits a remembered head may lie behind the present one."""
_NAMED = 200
"""As many paths git is asked for by name; of more it is asked for all."""

Lines = dict[str, set[bytes]]
"""Commit → the paths whose line has come down to it."""


class _Head(NamedTuple):
    """What is checked out."""

    id: str
    prefix: bytes
    """The workspace in its repository: empty, or with `/` at its end."""
    shallow: bool


class _Found(NamedTuple):
    """What is known of paths: the ids of their commits, and what these are, as far as it is known yet."""

    last: dict[bytes, str]
    first: dict[bytes, str]
    commits: dict[str, Commit | None]
    """None: it has no date that a calendar knows."""


class _Kept(Struct, frozen=True, array_like=True):
    """As it is remembered: commits by their number."""

    commits: list[tuple[str, int | None, str, str]]
    paths: list[bytes]
    last: list[int]
    first: list[int]


def history_of(root: Path, memory: Memory) -> History | None:
    """When the files of the workspace changed. None where git knows nothing of it: no repository, no commit yet, no
    git, or a repository of somebody else that git does not trust.

    Names are decoded as the disk's are, so one that is no UTF-8 is the same text as in `os.listdir`.
    """
    head = _head(root)
    if head is None:
        return None
    found = _walk_all(root, head, None) if head.shallow else _recalled(root, head, memory)
    return History(
        last=_commits(found.last, found.commits),
        first=_commits(found.first, found.commits),
        edited=_edited(root, head.prefix),
        shallow=head.shallow,
    )


def _commits(ids: Mapping[bytes, str], commits: Mapping[str, Commit | None]) -> dict[str, Commit]:
    return {os.fsdecode(path): known for path, id in sorted(ids.items()) if (known := commits[id])}


def _head(root: Path) -> _Head | None:
    asked = ("--is-inside-work-tree", "--is-shallow-repository", "--show-prefix", "HEAD^{commit}")
    try:
        done = subprocess.run([*_GIT, "-C", str(root), "rev-parse", *asked], capture_output=True, check=False)
    except OSError:
        return None
    if done.returncode:
        return None
    # The name of a folder may hold newlines.
    is_inside, is_shallow, *prefix, id, _ = done.stdout.split(b"\n")
    return _Head(id.decode(), b"\n".join(prefix), is_shallow == b"true") if is_inside == b"true" else None


def _edited(root: Path, prefix: bytes) -> frozenset[str]:
    asked = ("--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=all", "--", ".")
    rows = _git(root, "status", *asked).split(b"\0")
    paths = (row[3:].removeprefix(prefix) for row in rows if row)
    return frozenset(os.fsdecode(path) for path in paths if not path.endswith(b"/"))  # a repository within is no file


# Remembering


def _recalled(root: Path, head: _Head, memory: Memory) -> _Found:
    """What is remembered of the head, or made of what is remembered of a commit below it."""
    key = _key(head, head.id)
    if known := _of_kept(memory.recall([key]).get(key)):
        return known
    base = _base(root, head, memory)
    found = _walk_all(root, head, base)
    memory.keep({key: _kept(found), _mark(head, head.id): True})
    return found


def _base(root: Path, head: _Head, memory: Memory) -> tuple[str, _Found] | None:
    """The newest commit below the head of which everything is remembered."""
    ids = _git(root, "rev-list", f"--max-count={_ANCESTORS}", head.id).decode().split()
    marks = {_mark(head, id): id for id in ids}
    seen = memory.recall(list(marks))
    id = next((id for mark, id in marks.items() if mark in seen), None)
    if id is None:
        return None
    key = _key(head, id)
    found = _of_kept(memory.recall([key]).get(key))
    return (id, found) if found else None


def _key(head: _Head, id: str) -> bytes:
    return hashlib.blake2b(b"\0".join((b"history", id.encode(), head.prefix)), digest_size=16).digest()


def _mark(head: _Head, id: str) -> bytes:
    """A key by which it is known that there is something, without reading it."""
    return hashlib.blake2b(b"\0".join((b"history of", id.encode(), head.prefix)), digest_size=16).digest()


def _kept(found: _Found) -> bytes:
    # Of ten thousand documents it is a megabyte, and a tenth of that pressed.
    numbers = {id: number for number, id in enumerate(found.commits)}
    paths = sorted(found.last)
    kept = _Kept(
        commits=[
            (id, int(one.at.timestamp()), one.author, one.summary) if one else (id, None, "", "")
            for id, one in found.commits.items()
        ],
        paths=paths,
        last=[numbers[found.last[path]] for path in paths],
        first=[numbers[found.first[path]] for path in paths],
    )
    return zlib.compress(msgspec.msgpack.encode(kept), 1)


def _of_kept(value: object) -> _Found | None:
    """What was remembered; None where it is nothing, or nothing that we would have kept."""
    if not isinstance(value, bytes):
        return None
    try:
        kept = msgspec.msgpack.decode(zlib.decompress(value), type=_Kept)
        ids = [id for id, _, _, _ in kept.commits]
        return _Found(
            last={path: ids[number] for path, number in zip(kept.paths, kept.last, strict=True)},
            first={path: ids[number] for path, number in zip(kept.paths, kept.first, strict=True)},
            commits={id: _commit(id, at, author, summary) for id, at, author, summary in kept.commits},
        )
    except (zlib.error, msgspec.MsgspecError, IndexError, ValueError):
        return None


def _commit(id: str, at: int | None, author: str, summary: str) -> Commit | None:
    if at is None:
        return None
    try:
        return Commit(id=id, at=datetime.fromtimestamp(at, UTC), author=author, summary=summary)
    except (OverflowError, ValueError, OSError):
        return None


# Walking


def _walk_all(root: Path, head: _Head, base: tuple[str, _Found] | None) -> _Found:
    """Follow every path of the head to the commit that brought it, or down to the base, where all is known."""
    lines: Lines = {head.id: _paths(root, head.id)}
    found = _Found({}, {}, {})
    _walk(root, head, lines, found, above=base[0] if base else None)
    if base:
        id, known = base
        for path in lines.pop(id, set()):
            if path in known.first:
                found.last.setdefault(path, known.last[path])
                found.first[path] = known.first[path]
            else:  # it was a repository within
                _join(lines, id, {path})
        found.commits.update(known.commits)
        _walk(root, head, lines, found)
    used = {*found.last.values(), *found.first.values()}
    new = _described(root, sorted(used - found.commits.keys()))
    return found._replace(commits={id: new[id] if id in new else found.commits[id] for id in sorted(used)})


def _paths(root: Path, id: str) -> set[bytes]:
    rows = (row.partition(b"\t") for row in _git(root, "ls-tree", "-r", "-z", id).split(b"\0") if row)
    return {path for what, _, path in rows if b" blob " in what}


def _walk(root: Path, head: _Head, lines: Lines, found: _Found, above: str | None = None) -> None:
    """Move the lines down, child before parent, and note in `found` what changed. What is left in `lines` has come to
    commits that are not looked at: the one `above` which this ends, and those below it."""
    if not lines:
        return
    starts = [*sorted(lines), *([f"^{above}"] if above else [])]
    listed = _git(root, "rev-list", "--topo-order", "--parents", "--stdin", said="\n".join(starts).encode())
    commits = [tuple(row.split()) for row in listed.decode().splitlines()]
    wanted = set().union(*lines.values())
    # Of the whole repository git is quicker when nothing is named, though all of it is meant.
    names = sorted(wanted) if len(wanted) <= _NAMED else [b"."] if head.prefix else []
    edges = "".join(f"{id} {parent}\n" for id, *parents in commits for parent in parents or ("",))
    with contextlib.closing(_changes(root, edges.encode(), names)) as changes:
        for id, *parents in commits:
            changed = [next(changes) for _ in parents or (id,)]
            here = lines.pop(id, None)
            if here and (parents or not head.shallow):  # else it only seems to have brought everything
                _step(id, parents, changed, here, lines, found)
            if not lines:
                return


def _step(
    id: str,
    parents: Sequence[str],
    changed: Sequence[Mapping[bytes, bytes]],
    here: set[bytes],
    lines: Lines,
    found: _Found,
) -> None:
    """Move the paths that have come to a commit on to its parents, given what differs from each of these."""
    new = [path for path in changed[0] if path in here and all(path in one for one in changed)]
    here.difference_update(new)
    for path in new:
        found.last.setdefault(path, id)
        had = next((number for number, one in enumerate(changed) if one[path] != b"A"), None)
        if had is None:
            found.first[path] = id
        else:
            _join(lines, parents[had], {path})
    for parent, one in zip(parents, changed, strict=False):
        other = {path for path in one if path in here}
        here -= other
        _join(lines, parent, here)
        here = other


def _join(lines: Lines, id: str, paths: set[bytes]) -> None:
    """Let these paths stand at a commit too. The sets are given away; the smaller is poured into the larger."""
    if paths:
        there = lines.get(id, set())
        small, large = sorted((there, paths), key=len)
        large |= small
        lines[id] = large


def _changes(root: Path, edges: bytes, names: Sequence[bytes]) -> Generator[dict[bytes, bytes], None, None]:
    """For each edge (a commit and one of its parents) the paths that differ → by what letter git says how."""
    asked = (*("--stdin", "--root", "--always", "-r", "-z"), *("--name-status", "--no-renames", "--relative"))
    command: list[str | bytes] = [*_GIT, "-C", str(root), "diff-tree", *asked, "--", *names]
    # Its questions lie in a file: from a pipe it would read them while we read the answers, and both could wait.
    with tempfile.TemporaryFile() as questions, tempfile.TemporaryFile() as said:
        questions.write(edges)
        questions.seek(0)
        with subprocess.Popen(command, stdin=questions, stdout=subprocess.PIPE, stderr=said) as process:
            assert process.stdout
            try:
                found: dict[bytes, bytes] | None = None
                tokens = _tokens(process.stdout)
                for token in tokens:
                    if len(token) >= _ID:  # the next answer, so the one before is whole
                        if found is not None:
                            yield found
                        found = {}
                    elif found is not None:
                        found[next(tokens, b"")] = token
                if process.wait():
                    said.seek(0)
                    raise _refused(said.read())
                if found is not None:
                    yield found
            finally:
                process.kill()


def _tokens(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while piece := stream.read(1 << 16):
        *whole, rest = (rest + piece).split(b"\0")
        yield from whole


def _described(root: Path, ids: Sequence[str]) -> dict[str, Commit | None]:
    """What these commits are."""
    if not ids:
        return {}
    asked = ("--stdin", "-s", "--always", "-z", "--encoding=UTF-8", "--format=tformat:%H%x00%ct%x00%an%x00%s")
    told = _git(root, "diff-tree", *asked, said="\n".join((*ids, "")).encode())
    parts = [part.decode(errors="replace") for part in told.split(b"\0")]
    rows = zip(*(parts[start:-1:4] for start in range(4)), strict=True)
    return {id: _commit(id, int(at) if at.isdecimal() else None, who, what) for id, at, who, what in rows}


# Git


def _git(root: Path, *asked: str, said: bytes = b"") -> bytes:
    done = subprocess.run([*_GIT, "-C", str(root), *asked], input=said, capture_output=True, check=False)
    if done.returncode:
        raise _refused(done.stderr)
    return done.stdout


def _refused(said: bytes) -> TamspecError:
    lines = said.decode(errors="replace").split("\n")
    last = next((line for line in reversed(lines) if line.strip()), "no reason given")
    return TamspecError(f"git could not tell the history of this workspace: {last.strip()}")
