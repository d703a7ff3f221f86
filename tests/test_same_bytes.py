"""Same input, same bytes: whatever the hash seed, the locale, the time zone, the order of the files or the folder."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path

import pytest
from portfolios import how_many
from program import AT, ROOT, Answer, Workspace, copy_of_sample, environment, run, started

LOCALES = ("C", "C.UTF-8", "en_US.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8")

Output = dict[str, bytes]
"""What was asked for, or the path of a page → what came."""
Way = Callable[..., Answer]
"""How the program is brought to answer: called in this process, or started."""


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Output:
    return output(run, ROOT, tmp_path_factory.mktemp("expected") / "site")


@pytest.fixture(scope="module")
def without_git(tmp_path_factory: pytest.TempPathFactory) -> Output:
    """The same of a copy of which git knows nothing: pages also tell when documents of clients changed."""
    folder = tmp_path_factory.mktemp("without-git")
    return output(run, copy_of_sample(folder / "copy").root, folder / "site")


def output(way: Way, folder: Path, site: Path, **env: str | None) -> Output:
    """Everything that leaves the program for the workspace in a folder: plan, status, findings and pages."""
    asked = ("plan --output-format json", "plan --full", "status", "today")
    made = {f"$ {words}": said(way, folder, env, *words.split()).encode() for words in asked}
    outside = site.parent / f"{site.name}-outside"
    forms = ("--clients", str(outside), "--search", "--ics")
    assert "index.html" in said(way, folder, env, "render", "--out", str(site), *forms)
    return {**made, **pages(site), **{f"outside/{name}": text for name, text in pages(outside).items()}}


def pages(folder: Path) -> Output:
    """The documents in a folder, without the commit that they tell: only one of the checkouts here has any."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): REVISION.sub(b"", path.read_bytes()) for path in found}


REVISION = re.compile(rb" Revision [0-9a-f]+\+?\.")


def said(way: Way, folder: Path, env: dict[str, str | None], *arguments: str) -> str:
    answer = way(folder, "--at", AT, *arguments, env=env)
    assert answer.code == 0, answer.said
    return answer.out


def differing(one: Output, other: Output) -> list[str]:
    """The names of what is not the same, and of what only one has."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def installed() -> list[str]:
    found = subprocess.run(["locale", "-a"], capture_output=True, check=False).stdout.decode().lower().split()
    return [name for name in LOCALES if name.lower().replace("-", "") in {one.replace("-", "") for one in found}]


SEEDS = ("0", "1", "4711")
ZONES = ("Pacific/Kiritimati", "America/St_Johns", "no/such/zone")


@pytest.mark.parametrize(("seed", "zone", "locale"), list(zip_longest(SEEDS, ZONES, installed())))
def test_hash_seed_time_zone_and_locale(
    expected: Output, tmp_path: Path, seed: str | None, zone: str | None, locale: str | None
) -> None:
    variables = dict.fromkeys(("LC_ALL", "LANG", "LANGUAGE"), locale)
    assert (
        differing(output(started, ROOT, tmp_path / "site", PYTHONHASHSEED=seed, TZ=zone, **variables), expected) == []
    )


def test_locale_without_utf_8(expected: Output, tmp_path: Path) -> None:
    """Where Python is told that the terminal knows ASCII only, JSON and the pages are what they always are."""
    made = output(started, ROOT, tmp_path / "site", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
    assert [name for name in differing(made, expected) if not name.startswith("$")] == []
    assert made["$ plan --output-format json"] == expected["$ plan --output-format json"]


def test_files_made_in_another_order(without_git: Output, tmp_path: Path) -> None:
    files = [path for name in ("catalog", "projects", "data") for path in (ROOT / name).rglob("*") if path.is_file()]
    random.Random(7).shuffle(files)
    copy = tmp_path / "copy"
    for path in [*files, ROOT / "data/usage.csv", ROOT / "tamspec.yaml"]:
        target = copy / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    assert differing(output(run, copy, tmp_path / "site"), without_git) == []


SHUFFLED = """
import os, random, sys
real, dice = os.scandir, random.Random(int(os.environ.get("DICE", 11)))

class Shuffled:
    def __init__(self, *given):
        with real(*given) as entries:
            self.entries = list(entries)
        dice.shuffle(self.entries)
    def __enter__(self):
        return self
    def __exit__(self, *_):
        return None
    def __iter__(self):
        return iter(self.entries)
    def __next__(self):
        if not self.entries:
            raise StopIteration
        return self.entries.pop()
    def close(self):
        return None

os.scandir = Shuffled
from tamspec.cli import main
if __name__ == "__main__":
    main()
"""


def test_folders_listed_in_another_order(without_git: Output, tmp_path: Path) -> None:
    """On no machine does a folder list its files in a promised order."""
    script = tmp_path / "shuffled.py"
    script.write_text(SHUFFLED)
    made = {}
    for name, arguments in (
        ("plan", ["plan", "--output-format", "json"]),
        ("site", ["render", "--clients", "site-outside", "--search", "--ics"]),
    ):
        copy = copy_of_sample(tmp_path / name)
        done = subprocess.run(
            [sys.executable, str(script), "--at", AT, *arguments],
            cwd=copy.root,
            env=environment(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        made[f"$ {' '.join(arguments)}"] = done.stdout
    site = tmp_path / "site" / "site"
    outside = {f"outside/{name}": text for name, text in pages(tmp_path / "site" / "site-outside").items()}
    assert made["$ plan --output-format json"] == without_git["$ plan --output-format json"]
    wanted = {name: text for name, text in without_git.items() if not name.startswith("$")}
    assert differing({**pages(site), **outside}, wanted) == []


@pytest.mark.parametrize("dice", range(how_many(2)))
def test_any_hash_seed_with_any_order_of_files_and_any_number_of_processes(
    expected: Output, tmp_path: Path, dice: int
) -> None:
    script = tmp_path / "shuffled.py"
    script.write_text(SHUFFLED)
    asked = (("plan", "--output-format", "json"), ("validate", "--jobs", str(1 + dice % 3), "--output-format", "json"))
    env = environment(PYTHONHASHSEED=str(997 * dice), DICE=str(dice), XDG_CACHE_HOME=str(tmp_path))
    made = [
        subprocess.run(
            [sys.executable, str(script), "--at", AT, *words], cwd=ROOT, env=env, stdout=subprocess.PIPE, check=False
        ).stdout
        for words in asked
    ]
    assert made[0] == expected["$ plan --output-format json"]
    assert made[1].decode() == run(ROOT, "--at", AT, "validate", "--jobs", "1", "--output-format", "json").out


def test_documents_in_other_files(expected: Output, tmp_path: Path) -> None:
    """A kind is found by content: how documents are spread over files changes no date."""
    copy = copy_of_sample(tmp_path / "copy")
    texts = [copy.text(path) for path in sorted(copy.files(), reverse=True) if path.startswith("catalog/")]
    shutil.rmtree(copy.root / "catalog")
    copy.write("catalog/all.yaml", "---\n".join(texts))
    made = run(copy.root, "--at", AT, "plan", "--output-format", "json").data
    before = json.loads(expected["$ plan --output-format json"])
    assert [(one["key"], one["start"], one["finish"]) for one in made["orders"]] == [
        (one["key"], one["start"], one["finish"]) for one in before["orders"]
    ]
    assert made["checksums"] == before["checksums"]


def test_another_working_folder(expected: Output, tmp_path: Path) -> None:
    copy = copy_of_sample(tmp_path / "a folder with blanks ü")
    for folder, where in ((tmp_path, copy.root.name), (copy.root / "projects", "."), (Path("/"), str(copy.root))):
        answer = run(folder, "-C", where, "--at", AT, "plan", "--output-format", "json")
        assert answer.out.encode() == expected["$ plan --output-format json"], (folder, where)


def test_another_mask_of_permissions(expected: Output, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        assert differing(output(run, ROOT, tmp_path / "site"), expected) == []
    finally:
        os.umask(before)


def test_a_second_render_touches_nothing(tmp_path: Path) -> None:
    copy = copy_of_sample(tmp_path)
    copy.ok("render")
    before = {path: path.stat().st_mtime_ns for path in (copy.root / "site").rglob("*") if is_page(path)}
    copy.ok("render")
    assert {path: path.stat().st_mtime_ns for path in (copy.root / "site").rglob("*") if is_page(path)} == before


def is_page(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def test_ledger_entries_are_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for seed, zone in (("1", "UTC"), ("2", "Asia/Kathmandu")):
        copy = copy_of_sample(tmp_path / seed)
        assert "Recorded" in said(started, copy.root, {"PYTHONHASHSEED": seed, "TZ": zone}, "apply")
        made.append({path: text for path, text in copy.files().items() if "/ledger/" in path})
    assert made[0] == made[1]
    assert len(made[0]) > len(Workspace(ROOT).ledger())


def test_nothing_of_this_machine_is_in_what_is_made(expected: Output) -> None:
    for name, text in expected.items():
        assert str(ROOT).encode() not in text, name
