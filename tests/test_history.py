"""When documents changed, held against git itself, file by file, and against a history told in plain Python."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from program import Workspace

from tamspec.cache import Cache
from tamspec.diagnostics import TamspecError
from tamspec.gitrepo import history
from tamspec.gitrepo.history import history_of
from tamspec.model.history import Commit, History
from tamspec.units import FORGETFUL

NOON = 1_780_000_000
"""An instant of 2026; the commit after n hours is n * 3600 seconds later."""


class Notebook:
    """A memory that may be looked into."""

    def __init__(self) -> None:
        self.known: dict[bytes, Any] = {}

    def recall(self, keys: Sequence[bytes]) -> Mapping[bytes, Any]:
        return {key: self.known[key] for key in keys if key in self.known}

    def keep(self, values: Mapping[bytes, Any]) -> None:
        self.known.update(values)


class Repo(Workspace):
    """A repository whose commits are an hour apart."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        root.mkdir(exist_ok=True)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("config", "user.name", "Anna Ivanova")
        self.git("config", "user.email", "ivanova@example.com")
        self.hours = 0

    def commit(self, message: str = "Work", **files: str | None) -> str:
        """Write these files (None: delete), whose names are `a__b` for `a/b`, and commit everything."""
        for name, text in files.items():
            path = name.replace("__", "/")
            if text is None:
                (self.root / path).unlink()
            else:
                self.write(path, text)
        return self.dated("commit", "--quiet", "--allow-empty", "--allow-empty-message", "-m", message)

    def dated(self, *arguments: str) -> str:
        """Stage all, run git at the next hour; gives the commit that is then checked out."""
        self.hours += 1
        self.git("add", "--all")
        with pytest.MonkeyPatch.context() as patch:
            for who in ("AUTHOR", "COMMITTER"):
                patch.setenv(f"GIT_{who}_DATE", f"{NOON + 3600 * self.hours} +0300")
            self.git(*arguments)
        return self.head

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    def history(self, memory: Any = FORGETFUL, below: str = ".") -> History:
        found = history_of(self.root / below, memory)
        assert found is not None
        return found


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo")


def ids(commits: Mapping[str, Commit]) -> dict[str, str]:
    return {path: commit.id for path, commit in commits.items()}


def test_a_file_has_its_last_and_its_first_commit(repo: Repo) -> None:
    one = repo.commit("Begin", a="1", b="1")
    two = repo.commit("Edit a\nstill the title\n\nThe text.", a="2")
    repo.commit("Nothing")
    found = repo.history()
    assert ids(found.last) == {"a": two, "b": one}
    assert ids(found.first) == {"a": one, "b": one}
    at = datetime.fromtimestamp(NOON + 7200, UTC)
    assert found.last["a"] == Commit(id=two, at=at, author="Anna Ivanova", summary="Edit a still the title")
    assert not found.edited
    assert not found.shallow


def test_a_deleted_file_is_gone_and_one_that_came_again_is_new(repo: Repo) -> None:
    repo.commit(a="1", b="1")
    repo.commit(a="2")
    repo.commit(a=None, b=None)
    again = repo.commit(a="2")
    after = repo.commit(a="3")
    found = repo.history()
    assert (ids(found.last), ids(found.first)) == ({"a": after}, {"a": again})


def test_what_was_taken_back_was_changed(repo: Repo) -> None:
    one = repo.commit(a="1")
    repo.commit(a="2")
    back = repo.commit(a="1")
    assert ids(repo.history().last) == {"a": back}
    assert ids(repo.history().first) == {"a": one}


def test_a_renamed_file_was_changed_and_brought_then(repo: Repo) -> None:
    repo.commit(a="1\n" * 50)
    repo.git("mv", "a", "b")
    moved = repo.commit()
    found = repo.history()
    assert ids(found.last) == ids(found.first) == {"b": moved}


def test_a_file_made_executable_was_changed(repo: Repo) -> None:
    repo.commit(a="1")
    (repo.root / "a").chmod(0o755)
    assert repo.history().edited == {"a"}
    made = repo.commit()
    assert ids(repo.history().last) == {"a": made}


def test_a_clean_merge_changes_nothing(repo: Repo) -> None:
    one = repo.commit(a="1", b="1", c="1")
    repo.git("checkout", "--quiet", "-b", "side")
    side = repo.commit(a="2", d="1")
    repo.git("checkout", "--quiet", "main")
    main = repo.commit(b="2")
    repo.dated("merge", "--quiet", "--no-edit", "side")
    found = repo.history()
    assert ids(found.last) == {"a": side, "b": main, "c": one, "d": side}
    assert ids(found.first) == {"a": one, "b": one, "c": one, "d": side}


def test_a_merge_changes_what_none_of_its_parents_has(repo: Repo) -> None:
    one = repo.commit(a="1", b="1")
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit(a="side")
    repo.git("checkout", "--quiet", "main")
    repo.commit(a="main")
    repo.git("merge", "--quiet", "--no-commit", "--strategy", "ours", "side")
    merge = repo.commit("Both", a="both", new="1")
    found = repo.history()
    assert ids(found.last) == {"a": merge, "b": one, "new": merge}
    assert ids(found.first) == {"a": one, "b": one, "new": merge}


def test_what_a_merge_discarded_changed_nothing(repo: Repo) -> None:
    repo.commit(a="1", b="1")
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit(a="side", b=None)
    repo.git("checkout", "--quiet", "main")
    main = repo.commit(a="main", b="2")
    repo.git("checkout", "--quiet", "side")
    repo.commit(a="later")
    repo.git("checkout", "--quiet", "main")
    repo.dated("merge", "--quiet", "--no-edit", "--strategy", "ours", "side")
    assert ids(repo.history().last) == {"a": main, "b": main}


def test_only_what_lies_in_the_workspace_is_told(repo: Repo) -> None:
    one = repo.commit(a="1", **{"w[1]__a": "1", "w[1]__deep__b": "1", "w1__a": "1"})
    two = repo.commit(a="2", **{"w[1]__deep__b": "2"})
    repo.write("w[1]/c", "new")
    repo.write("d", "new")
    found = repo.history(below="w[1]")
    assert ids(found.last) == {"a": one, "deep/b": two}
    assert found.edited == {"c"}
    assert ids(repo.history(below="w[1]/deep").last) == {"b": two}
    assert repo.history(below="w[1]", memory=(memory := Notebook())) == found
    assert repo.history(below="w1", memory=memory).last.keys() == {"a"}, "a folder's history is not another's"


def test_a_folder_that_was_never_committed_has_no_history(repo: Repo) -> None:
    repo.commit(a="1")
    repo.write("new/b", "1")
    assert repo.history(below="new") == History(last={}, first={}, edited=frozenset({"b"}))


HOSTILE = (
    " a b ",
    "new\nline",
    'quo"te',
    "back\\slash",
    "tab\t",
    "-x",
    ":(glob)*",
    ":(exclude)*",
    ":(no)",
    "é",
    "M",
    "*",
    "0" * 64,
    "\x1b[31m",
)


def test_names_of_files_may_be_anything(repo: Repo) -> None:
    names = [*HOSTILE, os.fsdecode(b"latin-\xe9"), *(f"f {name}/{name}" for name in HOSTILE)]
    for name in names:
        repo.write(name, "1")
    one = repo.commit()
    for name in names[::2]:
        repo.write(name, "2")
    two = repo.commit()
    for name in names[::3]:
        repo.write(name, "3")
    memory = Notebook()
    found = repo.history(memory)
    assert ids(found.last) == {name: two if number % 2 == 0 else one for number, name in enumerate(names)}
    assert set(ids(found.first).values()) == {one}
    assert found.edited == set(names[::3])
    assert repo.history(memory) == found


def test_a_workspace_may_lie_in_a_folder_of_any_name(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "re\npo")
    one = repo.commit(**{"a\nb\n__c": "1"})
    repo.write("a\nb\n/c", "2")
    found = repo.history(below="a\nb\n")
    assert (ids(found.last), found.edited) == ({"c": one}, {"c"})


def test_authors_and_messages_may_be_anything(repo: Repo) -> None:
    repo.git("config", "user.name", "A\x1b[31m'\"\\é\u202e M")
    hostile = repo.commit("\x1b]0;x\x07 M\tA 'a' <b>\nb", a="1")
    empty = repo.commit("", b="1")
    (repo.root / "c").write_text("1")
    repo.git("add", "c")
    repo.git("config", "i18n.commitEncoding", "latin-1")
    (repo.root / "message").write_bytes("Gr\xfc\xdfe".encode("latin-1"))
    latin = repo.dated("commit", "--quiet", "-F", "message")
    memory = Notebook()
    found = repo.history(memory)
    assert ids(found.last) == {"a": hostile, "b": empty, "c": latin, "message": latin}
    assert found.last["a"].author == "A\x1b[31m'\"\\é\u202e M"
    assert found.last["a"].summary == "\x1b]0;x\x07 M\tA 'a' <b> b"
    assert (found.last["b"].summary, found.last["c"].summary) == ("", "Grüße")
    assert repo.history(memory) == found


def test_nobody_s_settings_change_what_is_told(repo: Repo) -> None:
    repo.commit(a="1\n" * 50, b="1", w__c="1")
    repo.git("mv", "a", "w/a")
    repo.commit(b="2")
    expected = repo.history()
    for setting in (
        *("diff.renames=copies", "status.renames=copies", "status.showUntrackedFiles=no", "color.ui=always"),
        *("core.quotePath=true", "log.showRoot=false", "log.diffMerges=off", "diff.relative=true", "core.abbrev=5"),
        *("i18n.logOutputEncoding=latin-1", "log.showSignature=true", "status.relativePaths=true", "log.mailmap=true"),
    ):
        repo.git("config", *setting.split("="))
    repo.write("w/new", "1")
    assert (repo.history().last, repo.history().first) == (expected.last, expected.first)
    assert repo.history().edited == {"w/new"}
    assert repo.history(below="w").edited == {"new"}


def test_what_is_not_committed_is_edited(repo: Repo) -> None:
    repo.write(".gitignore", "ignored\n")
    one = repo.commit(a="1", b="1", c="1", d="1", e="1")
    repo.write("a", "2")
    repo.write("b", "2")
    repo.git("add", "b")
    (repo.root / "c").unlink()
    repo.git("mv", "d", "moved")
    repo.write("new/x y", "1")
    repo.write("ignored", "1")
    found = repo.history()
    assert found.edited == {"a", "b", "c", "d", "moved", "new/x y"}
    assert ids(found.last) == dict.fromkeys((".gitignore", "a", "b", "c", "d", "e"), one)


def test_there_may_be_no_history(tmp_path: Path, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    assert history_of(tmp_path, FORGETFUL) is None
    assert history_of(repo.root, FORGETFUL) is None
    assert history_of(tmp_path / "nowhere", FORGETFUL) is None
    repo.commit(a="1")
    assert history_of(repo.root / ".git", FORGETFUL) is None
    repo.history()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert history_of(repo.root, FORGETFUL) is None


def test_a_detached_head_is_told_as_it_is(repo: Repo) -> None:
    one = repo.commit(a="1")
    repo.commit(a="2", b="1")
    repo.git("checkout", "--quiet", one)
    assert ids(repo.history().last) == {"a": one}


def test_a_shallow_clone_says_what_it_does_not_know(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a="1", b="1")
    repo.commit(b="2")
    three = repo.commit(a="3", c="1")
    repo.git("clone", "--quiet", "--depth", "2", f"file://{repo.root}", str(tmp_path / "clone"))
    memory = Notebook()
    found = history_of(tmp_path / "clone", memory)
    assert found
    assert found.shallow
    assert ids(found.last) == {"a": three, "c": three}
    assert ids(found.first) == {"c": three}
    assert not memory.known, "the rest may be fetched, and the head is the same"
    subprocess.run(["git", "-C", str(tmp_path / "clone"), "fetch", "--quiet", "--unshallow"], check=True)
    assert history_of(tmp_path / "clone", memory) == repo.history()


def test_a_date_beyond_every_calendar_is_unknown(repo: Repo) -> None:
    one = repo.commit(a="1", b="1")
    repo.commit(a="2")
    made = subprocess.run(
        ["git", "-C", str(repo.root), "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
        input=repo.git("cat-file", "commit", "HEAD").replace(str(NOON + 7200), "9" * 17).encode(),
        capture_output=True,
        check=True,
    )
    repo.git("reset", "--quiet", "--hard", made.stdout.decode().strip())
    memory = Notebook()
    for _ in ("cold", "warm"):
        found = repo.history(memory)
        assert (ids(found.last), ids(found.first)) == ({"b": one}, {"a": one, "b": one})


def test_a_broken_repository_is_refused_in_one_sentence(repo: Repo) -> None:
    repo.commit(a="1")
    lost = repo.commit(a="2")
    repo.commit(a="3")
    (repo.root / ".git/objects" / lost[:2] / lost[2:]).unlink()
    with pytest.raises(TamspecError, match="git could not tell the history of this workspace: "):
        repo.history()


def test_a_walk_that_breaks_off_is_no_history(repo: Repo) -> None:
    repo.commit(a="1", sub__b="1")
    repo.commit(a="2", sub__b="2")
    repo.commit(a="3", sub__b="3")
    tree = repo.git("rev-parse", "HEAD~:sub").strip()
    (repo.root / ".git/objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(TamspecError, match="git could not tell"):
        repo.history()


# What is remembered


def walks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many commits each walk goes through, from now on."""
    counted: list[int] = []
    changes = history._changes

    def count(root: Path, edges: bytes, names: Sequence[bytes]) -> Any:
        counted.append(len({edge.split()[0] for edge in edges.splitlines()}))
        return changes(root, edges, names)

    monkeypatch.setattr(history, "_changes", count)
    return counted


def test_only_new_commits_are_walked(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(8):
        repo.commit(**{f"a{number % 3}": str(number)})
    counted, memory = walks(monkeypatch), Notebook()
    assert repo.history(memory) == repo.history()
    assert counted == [8, 8]
    repo.history(memory)
    assert counted == [8, 8], "nothing is new"
    repo.commit(a0="x", new="1")
    repo.commit(a1=None)
    del counted[:]
    found = repo.history(memory)
    assert counted == [2]
    assert found == repo.history()


def test_a_branch_that_began_earlier_is_followed_for_its_own_paths(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        repo.commit(a=str(number), b=str(number))
    repo.git("branch", "side")
    repo.commit(b="main")
    memory = Notebook()
    repo.history(memory)
    repo.git("checkout", "--quiet", "side")
    repo.commit(a="side", c="1")
    repo.git("checkout", "--quiet", "main")
    repo.dated("merge", "--quiet", "--no-edit", "side")
    counted = walks(monkeypatch)
    found = repo.history(memory)
    assert counted == [2, 5]
    assert found == repo.history()


def test_a_rewritten_history_is_told_anew(repo: Repo) -> None:
    memory = Notebook()
    repo.commit(a="1", b="1")
    repo.commit(a="2")
    repo.history(memory)
    repo.dated("commit", "--quiet", "--amend", "--allow-empty", "-m", "Rewritten")
    assert repo.history(memory) == repo.history()
    repo.git("checkout", "--quiet", "--orphan", "fresh")
    fresh = repo.commit("From nothing", a="2")
    assert repo.history(memory) == repo.history()
    assert set(ids(repo.history(memory).last).values()) == {fresh}


def test_a_head_far_behind_is_no_help_and_no_harm(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_ANCESTORS", 2)
    memory = Notebook()
    repo.commit(a="1")
    repo.history(memory)
    for number in range(3):
        repo.commit(b=str(number))
    counted = walks(monkeypatch)
    assert repo.history(memory) == repo.history()
    assert counted == [4, 4]


@pytest.mark.parametrize("spoilt", [b"", b"x", b"x\x9c\x03\x00\x00\x00\x00\x01", 7, None, [], {"a": 1}])
def test_what_is_spoilt_is_ignored(repo: Repo, spoilt: Any) -> None:
    repo.commit(a="1")
    repo.commit(a="2")
    expected = repo.history(memory := Notebook())
    kept = dict(memory.known)
    memory.known.update(dict.fromkeys(kept, spoilt))
    assert repo.history(memory) == expected
    assert memory.known == kept, "and written anew"
    memory.known.update(dict.fromkeys(kept, spoilt))
    repo.commit(b="1")
    assert repo.history(memory) == repo.history()


def test_numbers_that_name_no_commit_are_ignored(repo: Repo) -> None:
    repo.commit(a="1")
    expected = repo.history(memory := Notebook())
    (key,) = (key for key, value in memory.known.items() if isinstance(value, bytes))
    wrong = history._Kept(commits=[], paths=[b"a"], last=[0], first=[0])
    memory.known[key] = history.zlib.compress(history.msgspec.msgpack.encode(wrong))
    assert repo.history(memory) == expected


def test_the_cache_may_vanish_at_any_time(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a="1", **{"é\n": "1"})
    cache = Cache(tmp_path / "cache/found.sqlite", b"maker")
    cold = repo.history(cache)
    repo.commit(a="2")
    warm = repo.history(cache)
    assert warm == repo.history() != cold
    (tmp_path / "cache/found.sqlite").write_bytes(b"no database")
    assert repo.history(cache) == warm
    (tmp_path / "cache/found.sqlite").unlink(missing_ok=True)
    assert repo.history(cache) == warm


# Against git, and against a history of our own


class Made(NamedTuple):
    """A commit of a random history, as the oracle knows it."""

    parents: tuple[int, ...]
    tree: Mapping[str, int]


PATHS = ("a", "b", "w/a", "w/b", "w/x/c", "w/x y")


def drawn(seed: int) -> list[Made]:
    """A random history with branches, merges of up to three, merges that take sides, come up with something of their
    own or throw all away, and files that come and go."""
    draw = random.Random(seed)
    made: list[Made] = []
    for number in range(draw.randint(1, 14)):
        count = min(number, draw.choice((1, 1, 1, 1, 2, 2, 3)) if draw.random() > 0.03 else 0)
        parents = tuple(draw.sample(range(max(0, number - 4), number), min(count, number, 4)))
        trees = [made[parent].tree for parent in parents]
        tree: dict[str, int] = {}
        for path in PATHS:
            value = draw.choice(trees).get(path) if trees else None
            if draw.random() < (0.15 if len(parents) > 1 else 0.3) or not trees:
                value = draw.choice((None, 1, 2, 3))
            if value is not None:
                tree[path] = value
        made.append(Made(parents, tree))
    return made


def imported(repo: Repo, history: Sequence[Made], draw: random.Random) -> list[str]:
    """Put it into a repository, with clocks that do not agree; gives the ids."""
    stream: list[str] = []
    for number, one in enumerate(history):
        at = NOON + draw.randrange(100_000)
        stream.append(
            f"commit refs/heads/c{number}\nmark :{number + 1}\ncommitter A <a@b.c> {at} +0000\ndata 1\n{number % 10}"
        )
        stream += [f"{'merge' if nth else 'from'} :{parent + 1}" for nth, parent in enumerate(one.parents)]
        stream.append("deleteall")
        stream += [f'M 100644 inline "{path}"\ndata 1\n{value}' for path, value in one.tree.items()]
    subprocess.run(
        ["git", "-C", str(repo.root), "fast-import", "--quiet", "--export-marks=marks"],
        input="\n".join((*stream, "")).encode(),
        check=True,
    )
    rows = (row.split() for row in (repo.root / "marks").read_text().splitlines())
    known = {int(mark[1:]) - 1: id for mark, id in rows}
    return [known[number] for number in range(len(history))]


def followed(history: Sequence[Made], at: int, path: str) -> tuple[int, int]:
    """The last and the first commit of a path, by the definition, one commit at a time."""
    last = None
    while True:
        parents, value = history[at].parents, history[at].tree[path]
        same = [parent for parent in parents if history[parent].tree.get(path) == value]
        if not same:
            last = at if last is None else last
            same = [parent for parent in parents if path in history[parent].tree]
            if not same:
                return last, at
        at = same[0]


@pytest.mark.slow
@given(seed=st.integers(0, 1 << 32))
def test_every_history_is_told_as_git_tells_it_of_one_file(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    draw = random.Random(seed)
    made = drawn(seed)
    repo = Repo(tmp_path_factory.mktemp("random"))
    known = imported(repo, made, draw)
    memory = Notebook()
    heads = [draw.randrange(len(made)), len(made) - 1]
    for head in heads:
        repo.git("update-ref", "--no-deref", "HEAD", known[head])
        for below in draw.choice(((".",), ("w",), (".", "w"))):
            (repo.root / below).mkdir(exist_ok=True)
            found = repo.history(below=below)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(history, "_NAMED", draw.choice((0, 2, 200)))
                warm = repo.history(memory, below=below)
            assert warm == found
            inside = {path: path.removeprefix("w/") if below == "w" else path for path in made[head].tree}
            inside = {path: name for path, name in inside.items() if below == "." or name != path}
            assert found.last.keys() == found.first.keys() == set(inside.values())
            for path, name in inside.items():
                last, first = followed(made, head, path)
                assert (found.last[name].id, found.first[name].id) == (known[last], known[first])
    last = ids(repo.history().last)
    for path in made[-1].tree:
        assert repo.git("log", "-1", "--format=%H", "--", path).strip() == last[path]


def test_a_merge_of_the_same_change_is_that_of_the_first_parent(repo: Repo) -> None:
    repo.commit(a="1")
    repo.git("checkout", "--quiet", "-b", "side")
    side = repo.commit("Picked", a="2")
    repo.git("checkout", "--quiet", "main")
    main = repo.commit("Made", a="2")
    repo.dated("merge", "--quiet", "--no-edit", "side")
    assert ids(repo.history().last) == {"a": main} != {"a": side}


def test_importing_it_is_cheap() -> None:
    told = "import sys, tamspec.gitrepo as g; print(sorted({'git', 'yaml', 'tamspec.units'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"
