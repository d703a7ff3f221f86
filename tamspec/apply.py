"""The only code that changes the outside world: writes a tree of files, each whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from pathlib import Path

from tamspec.diagnostics import TamspecError

MANIFEST = ".tamspec-files"
"""Lists what was written into an output folder, so that only that is ever removed from it."""

DRAFT = ".draft"
"""How names end that no reader looks at."""
STAGE = ".tamspec-"
"""How the folder begins in which new output lies until it is put in place; it is ours, and may be removed."""


def write_new(root: Path, files: Mapping[str, str]) -> None:
    """Add files that must not exist yet, in order; each appears whole or not at all, and durably.

    A kill between two of them leaves the earlier ones: make each a whole thing.
    """
    for name, text in files.items():
        path = root / name
        with _plainly(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            _sweep(path.parent)
            draft = _draft(path, text.encode())
            try:
                os.link(draft, path)  # unlike a rename, it refuses to replace what is there
            except FileExistsError as error:
                raise TamspecError(f"{name} exists already, and nothing is ever written over.") from error
            finally:
                draft.unlink()
            _sync(path.parent)


Content = str | bytes | Path
"""What a file is to hold; a path: what that one holds, which is moved."""


def write_tree(
    root: Path, files: Mapping[str, str | bytes], index: Callable[[Path], Iterable[str]] | None = None
) -> None:
    """Make a folder of output hold exactly these files, besides what others put there. Unchanged ones are not
    touched; what an earlier run wrote and this one does not is removed. `index` adds files to a folder that holds the
    others, and says which they are: they come into the folder too.

    Everything new is written beside its place before anything is put in place: a full disk, or a folder that cannot be
    written, leaves what was there.
    """
    with _plainly(root):
        root.mkdir(parents=True, exist_ok=True)
    with locked(root), _plainly(root):
        manifest = root / MANIFEST
        _sweep(root)
        _sweep_stages(root)
        before = manifest.read_text().splitlines() if manifest.is_file() else []
        with _indexed(root, files, index) as wanted:
            _refuse_what_is_others(root, wanted, frozenset(before))
            # First the union, so that a kill in between leaves nothing that no later run knows of.
            _replace(manifest, _listed({*before, *wanted}))
            for folder in sorted({(root / name).parent for name in wanted}):
                folder.mkdir(parents=True, exist_ok=True)
            for folder in sorted({(root / name).parent for name in (*before, *wanted)} - {root}):
                if folder.resolve().is_relative_to(root.resolve()):
                    _sweep(folder)
            with _drafts(_changed(root, wanted)) as drafts:
                for path, draft in drafts.items():
                    draft.replace(path)
        for name in before:
            path = root / name
            if name not in wanted and path.is_file() and path.resolve().is_relative_to(root.resolve()):
                path.unlink()
        _replace(manifest, _listed(wanted))


@contextlib.contextmanager
def _indexed(
    root: Path, files: Mapping[str, str | bytes], index: Callable[[Path], Iterable[str]] | None
) -> Iterator[Mapping[str, Content]]:
    """Files with those that are made of them, as long as one needs them."""
    if index is None:
        yield files
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix=STAGE, suffix=DRAFT, dir=root) as made:
        folder = Path(made)
        for parent in {(folder / name).parent for name in files}:
            parent.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        yield {name: folder / name for name in (*files, *index(folder))}


def _refuse_what_is_others(root: Path, files: Mapping[str, Content], before: Container[str]) -> None:
    """What others wrote is never written over."""
    names = (name for name in sorted(files) if name not in before and (root / name).is_file())
    for path, _ in _changed(root, {name: files[name] for name in names}):
        raise TamspecError(f"{path} was not written by tamspec. Name another folder, or remove it.")


def _changed(root: Path, files: Mapping[str, Content]) -> Iterator[tuple[Path, bytes | Path]]:
    """The files that do not hold yet what they should, with that."""
    for name, content in sorted(files.items()):
        path, wanted = root / name, content.encode() if isinstance(content, str) else content
        if path.is_dir() and not path.is_symlink():
            raise TamspecError(f"{path} cannot be written: there is a folder of that name.")
        if not path.is_file() or path.read_bytes() != (wanted.read_bytes() if isinstance(wanted, Path) else wanted):
            yield path, wanted


@contextlib.contextmanager
def _drafts(contents: Iterable[tuple[Path, bytes | Path]]) -> Iterator[dict[Path, Path]]:
    """Contents, safe on disk beside their places; what is not put in place is removed. They are synced together, which
    is quicker than one by one."""
    drafts: dict[Path, Path] = {}
    try:
        for path, content in contents:
            drafts[path] = _beside(path)
            if isinstance(content, bytes):
                drafts[path].write_bytes(content)
            else:
                _move(content, drafts[path])
        for draft in drafts.values():
            _sync(draft)
        yield drafts
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


def _move(source: Path, place: Path) -> None:
    try:
        source.rename(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # The place lies on another disk.
        place.write_bytes(source.read_bytes())


def rewrite(root: Path, files: Mapping[str, bytes]) -> None:
    """Give files that are there another content, each whole or not at all; their modes and links to them stay."""
    for name, content in files.items():
        path = Path(os.path.realpath(root / name))
        with _plainly(path):
            _sweep(path.parent)
            draft = _draft(path, content)
            draft.chmod(stat.S_IMODE(path.stat().st_mode))
            draft.replace(path)
            _sync(path.parent)


def write_reports(files: Mapping[Path, str | bytes]) -> None:
    """Write files in place of what may be there, with the folders that they need: each whole, and none of them unless
    all can be written. Links are replaced, not followed."""
    drafts: dict[Path, Path] = {}
    try:
        for path, text in files.items():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                drafts[path] = _draft(path, text.encode() if isinstance(text, str) else text)
                if path.exists() and not path.is_file():
                    raise TamspecError(f"{path} cannot be written: there is something that is no file.")
            except OSError as error:
                raise TamspecError(f"{path} cannot be written: {error.strerror}.") from error
        for path, draft in drafts.items():
            with _plainly(path):
                draft.replace(path)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(root: Path) -> Iterator[None]:
    """Only one process at a time writes in a folder; the lock falls with the process, however it ends."""
    with _plainly(root):
        folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        # A program that is started meanwhile, and outlives us, holds it too where it is given what is open here.
        os.set_inheritable(folder, True)
        yield
    finally:
        os.close(folder)


@contextlib.contextmanager
def _plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # Of two names the second is where something was to come.
        raise TamspecError(
            f"{error.filename2 or error.filename or path} cannot be written: {error.strerror}."
        ) from error


def _listed(names: Iterable[str]) -> bytes:
    return "".join(f"{name}\n" for name in sorted(names)).encode()


def _replace(path: Path, content: bytes) -> None:
    _draft(path, content).replace(path)


def _draft(path: Path, content: bytes) -> Path:
    """The content, safe on disk beside its place."""
    draft = _beside(path)
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _beside(path: Path) -> Path:
    """A name beside a file that no reader looks at."""
    return path.with_name(f".{path.name}.{os.getpid()}{DRAFT}")


def _sweep(folder: Path) -> None:
    """Remove drafts that a killed process left."""
    for draft in folder.glob(f".*{DRAFT}"):
        if not draft.is_dir():  # a folder of that name is somebody's own
            draft.unlink(missing_ok=True)


def _sweep_stages(root: Path) -> None:
    """Remove what a killed process left of new output."""
    import shutil

    for stage in root.glob(f"{STAGE}*{DRAFT}"):
        if stage.is_dir() and not stage.is_symlink():
            shutil.rmtree(stage, ignore_errors=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
