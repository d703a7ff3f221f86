"""What the manual shows is run: its documents load, its tutorial is followed line by line, its tables are current."""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tamspec import cli, load, resources, rules
from tamspec.load.yaml import parse
from tamspec.model.workspace import Settings

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
TUTORIAL = ROOT / "docs" / "tutorial.md"
SCHEMAS = {name: resources.schema(name) for name in resources.schema_names()}
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]+))?\)")


class Block(NamedTuple):
    """A fenced block: its language, the file that it is about (if any), its text, and where it stands."""

    language: str
    file: str
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        yield Block(match[1], match[2] or "", match[3], text.count("\n", 0, match.start()) + 1)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


SHOWN = {
    f"{name_of(page)}:{block.line}": (page, block)
    for page in PAGES
    for block in blocks(page)
    if block.language == "yaml" and page != TUTORIAL
}
"""Where it stands → YAML that is shown as right; the tutorial also shows mistakes, and is followed below."""


@pytest.mark.parametrize("name", SHOWN)
def test_yaml_is_read_as_it_stands(name: str) -> None:
    _, found = parse(name, SHOWN[name][1].text.encode())
    assert not found


@pytest.mark.parametrize("name", [name for name, (_, block) in SHOWN.items() if "\nkind:" in block.text])
def test_document_fits_the_sample_catalogue(name: str) -> None:
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in (ROOT / "catalog").rglob("*.yaml")}
    loaded = load.load({**files, name: SHOWN[name][1].text.encode()}, Settings(), SCHEMAS)
    found = (loaded.findings + rules.spec_rules(loaded.workspace)).all
    assert not [f"{one.code} {one.at}: {one.detail}" for one in found if one.at.path == name]


# The tutorial.


class Command(NamedTuple):
    line: str
    shown: list[str]


def commands(block: Block) -> list[Command]:
    """The commands of a console block, each with the output that is shown of it."""
    made: list[Command] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            made.append(Command(line[2:], []))
        else:
            made[-1].shown.append(line.rstrip())
    return made


def edited(text: str, difference: str) -> str:
    """The text after a shown difference: its lines with `-` are replaced by those with `+`."""
    lines = difference.splitlines()
    old = "".join(line[1:] + "\n" for line in lines if line[0] in " -")
    new = "".join(line[1:] + "\n" for line in lines if line[0] in " +")
    assert text.count(old) == 1, f"this stands {text.count(old)} times in the file:\n{old}"
    return text.replace(old, new)


def run(line: str) -> tuple[int, list[str]]:
    """Exit code and output of a command; tamspec's in this process, as it is quicker."""
    program, *arguments = shlex.split(line, comments=True)
    if program != "tamspec":
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
        return done.returncode, (done.stdout + done.stderr).splitlines()
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), pytest.raises(SystemExit) as end:
        cli.main(arguments)
    return int(str(end.value.code)), [line.rstrip() for line in said.getvalue().splitlines()]


def appears(shown: list[str], said: list[str]) -> bool:
    """Whether the output is what is shown of it; `...` on a line of its own, or in a line, leaves something out."""
    pattern = "".join(
        "(?:.*\n)*?" if line.strip() == "..." else ".*?".join(map(re.escape, line.split("..."))) + "\n"
        for line in shown
    )
    return re.fullmatch(pattern, "".join(line + "\n" for line in said)) is not None


def follow(block: Block) -> None:
    """Do what a block of the tutorial asks for, and compare what happens."""
    if block.language == "yaml" and block.file:
        Path(block.file).parent.mkdir(parents=True, exist_ok=True)
        Path(block.file).write_text(block.text, encoding="utf-8")
    elif block.language == "diff":
        path = Path(block.file)
        path.write_text(edited(path.read_text(encoding="utf-8"), block.text), encoding="utf-8")
    elif block.language == "console":
        for command in commands(block):
            code, said = run(command.line)
            told = f"line {block.line}: $ {command.line} now says:\n" + "\n".join(said)
            assert appears(command.shown, said), told
            told_so = ("error TAM", "tamspec: ")
            fails = any(line.startswith(told_so) or line.endswith("CANNOT BE KEPT") for line in command.shown)
            assert bool(code) == fails, f"{told}\nand ends with {code}"


def test_tutorial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Anna Ivanova")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ivanova@example.org")
    monkeypatch.setenv("TAMSPEC_BY", "ivanova")
    for block in blocks(TUTORIAL):
        follow(block)


def test_tutorial_has_something_to_follow() -> None:
    found = [command.line for one in blocks(TUTORIAL) if one.language == "console" for command in commands(one)]
    assert len([line for line in found if line.startswith("tamspec ")]) >= 12


def test_what_is_left_out_is_all_that_may_differ() -> None:
    said = ["one", "two of 17", "three"]
    assert appears(["one", "two of ...", "three"], said)
    assert appears(["...", "three"], said)
    assert not appears(["one", "three"], said)
    assert not appears(["one", "two of 18", "three"], said)
    assert not appears(["two of 17"], said)


# Generated parts, links, and what the sample answers.


def test_generated_parts_are_current() -> None:
    wanted = runpy.run_path(str(ROOT / "docs" / "generate.py"))["pages"]()
    assert {name_of(page) for page in wanted} >= {"docs/reference/commands.md", "docs/reference/spec.md"}
    for page, text in wanted.items():
        assert page.read_text(encoding="utf-8") == text, f"{name_of(page)} is out of date: run make update"


def anchors(page: Path) -> set[str]:
    """The places that a link into a page can name: its headings as the forge spells them, and its own anchors."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    spelt = {re.sub(r"[^\w\- ]", "", re.sub(r"<[^>]*>", "", one)).lower().replace(" ", "-") for one in headings}
    return spelt | set(re.findall(r'<a id="([^"]+)">', text))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), f"{name_of(page)} links to {target}, which is not there"
        assert not anchor or anchor in anchors(there), f"{name_of(page)} links to {target}#{anchor}, which is not there"


def test_readme_shows_what_tamspec_says_of_the_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("catalog", "projects", "data", "docs/examples"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "tamspec.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    for block in blocks(ROOT / "README.md"):
        follow(block)


def test_readme_lists_every_command() -> None:
    listed = re.findall(r"^\| `(\w+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == list(cli.COMMANDS)
