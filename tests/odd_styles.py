"""YAML as people really write it: one set of documents in hundreds of styles, with comments wherever one may stand.

Every file says which data it means, so that nobody has to trust a loader.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple


class Style(NamedTuple):
    """How somebody writes."""

    indent: int
    """Columns a level, 1 to 8."""
    dash: int
    """Columns of a dash behind its key."""
    dash_gap: str
    """What stands between a dash and its item."""
    colon_gap: str
    flow_from: int
    """The level from which maps and lists are written in brackets."""
    flow: str
    """`tight`, `loose`, `lines` (an entry a line), `comma` (so, with a comma behind the last)."""
    quotes: str
    """`plain`, `single` or `double`."""
    block: str
    """The header of text blocks; `N` stands for an indentation indicator."""
    nothing: str
    comments: str
    """`none`, `end`, `own`, `odd` (own lines in any column), `all`, `tab` (a tab before the #)."""
    newline: str
    mark: str
    final: str
    between: str
    """What separates documents."""


CHOICES: dict[str, list[Any]] = {
    "indent": [1, 2, 3, 4, 5, 6, 7, 8],
    "dash": [0, 1, 2, 4],
    "dash_gap": [" ", " ", "  ", "   "],
    "colon_gap": [" ", " ", "   "],
    "flow_from": [1, 2, 3, 9, 9],
    "flow": ["tight", "loose", "lines", "comma"],
    "quotes": ["plain", "single", "double"],
    "block": ["|", "|-", "|+", ">", ">-", ">+", "|N", ">N-", "|+N"],
    "nothing": ["", "~", "null"],
    "comments": ["none", "end", "own", "odd", "all", "tab"],
    "newline": ["\n", "\n", "\r\n"],
    "mark": ["", "", "\ufeff"],
    "final": ["end", "end", "none", "many"],
    "between": ["---", "--- # the next one", "...\n---", "\n---\n"],
}

DOCUMENTS: list[Any] = [
    {
        "apiVersion": "tamspec/v1",
        "kind": "Project",
        "metadata": {"name": "acme-shop", "title": "Магазин «Весна», 2-я очередь", "labels": {}},
        "spec": {
            "client": "acme",
            "note": "x",
            "description": "The new shop opens before the holidays.\n\n  It gets a network of its own,\nand more.\n",
            "team": {"tam": "ivanova", "deputy": None, "share": "30%"},
            "components": {
                "net": {"service": "segment", "params": {"vlans": 2, "ratio": Decimal("1.50"), "flat": True}},
                "os": {"service": "server", "dependsOn": ["net"], "tags": []},
                "web": {"service": "nginx", "dependsOn": ["os", "net"], "params": {"version": "1.28", "on": "no"}},
            },
            "steps": [
                {"title": "Ask the client", "effort": "4h", "needs": ["a b", "c"]},
                "a single word",
                ["inner", ["most"], {"k": "v"}],
                {"lonely": None},
            ],
            "last": "one line that is long enough to be folded by somebody who does not like long lines in an editor",
        },
    },
    {"kind": "Change", "spec": {"dates": ["2026-12-18", "12:30"], "text": "ends here\n"}, "e": "😀 wide"},
]


class Written(NamedTuple):
    """A file and the data that it means."""

    name: str
    content: bytes
    data: list[Any]


def corpus(count: int, seed: int = 1) -> Iterator[Written]:
    """So many files; every choice of every feature occurs, mixed at random."""
    draw = random.Random(seed)
    decks = {name: _deck(choices, count, draw) for name, choices in CHOICES.items()}
    for number in range(count):
        style = Style(**{name: deck[number] for name, deck in decks.items()})
        if style.dash and style.indent == 1 and style.dash > 1:
            style = style._replace(dash=1)
        writer = _Writer(style, random.Random(f"{seed}/{number}"))
        yield writer.file(f"style-{number:03}", DOCUMENTS if number % 3 else DOCUMENTS[:1])


def _deck(choices: list[Any], count: int, draw: random.Random) -> list[Any]:
    deck = [choices[index % len(choices)] for index in range(count)]
    draw.shuffle(deck)
    return deck


class _Writer:
    def __init__(self, style: Style, draw: random.Random) -> None:
        self.style, self.draw = style, draw
        self.count = 0
        self.lines: list[str] = []

    def file(self, name: str, documents: list[Any]) -> Written:
        meant = []
        for index, data in enumerate(documents):
            if index:
                self.lines.extend(self.style.between.split("\n"))
            elif self.draw.random() < 0.3:
                self.lines.append("---")
            self.own(0, "Begins here")
            meant.append(self.map(data, 0, 0))
        text = "\n".join(self.lines)
        ends_in_block = isinstance(documents[-1].get("e"), str) is False
        text = text.rstrip("\n") if self.style.final == "none" else text
        text += {"end": "\n", "none": "", "many": "\n\n\n"}[self.style.final]
        assert not ends_in_block or len(documents) == 1
        return Written(name, (self.style.mark + text.replace("\n", self.style.newline)).encode(), meant)

    # Comments.

    def number(self) -> str:
        self.count += 1
        return f'c{self.count}: [it\'s] "odd" {{{self.count}'

    def end(self) -> str:
        if self.style.comments in ("end", "all", "tab") and self.draw.random() < 0.5:
            return ("\t" if self.style.comments == "tab" else " " * self.draw.randint(1, 4)) + f"# {self.number()}"
        return ""

    def own(self, column: int, what: str = "") -> None:
        chance = self.draw.random()
        if self.style.comments in ("own", "all") and chance < 0.4:
            self.lines.append(" " * column + f"# {what} {self.number()}")
        elif self.style.comments in ("odd", "all") and chance < 0.6:
            self.lines.append(" " * self.draw.randint(0, column) + f"#{self.number()}")
        if self.draw.random() < 0.1 and "+" not in self.style.block:
            self.lines.append("")

    # Maps and lists in lines. Each gives the data as it is meant, since folding may alter texts.

    def map(self, data: dict[str, Any], column: int, level: int, head: str = "") -> dict[str, Any]:
        made = {}
        for index, (key, value) in enumerate(data.items()):
            if index or not head:
                self.own(column)
            start = head if head and index == 0 else " " * column
            made[key] = self.value(value, start + self.key(key) + ":", column, level)
        return made

    def list(self, data: list[Any], column: int, level: int, head: str = "") -> list[Any]:
        made = []
        for index, item in enumerate(data):
            if index or not head:
                self.own(column)
            start = (head if head and index == 0 else " " * column) + "-"
            inner = len(start) + len(self.style.dash_gap)
            if isinstance(item, dict | list) and item and level + 1 < self.style.flow_from:
                made.append(
                    (self.map if isinstance(item, dict) else self.list)(  # type: ignore[operator]
                        item, inner, level + 1, start + self.style.dash_gap
                    )
                )
            else:
                made.append(self.value(item, start, column, level, gap=self.style.dash_gap))
        return made

    def value(self, value: Any, start: str, column: int, level: int, gap: str | None = None) -> Any:
        gap = self.style.colon_gap if gap is None else gap
        if isinstance(value, dict | list) and value and level + 1 < self.style.flow_from:
            self.lines.append(start + self.end())
            if isinstance(value, dict):
                return self.map(value, column + self.style.indent, level + 1)
            return self.list(value, column + self.style.dash, level + 1)
        if isinstance(value, dict | list):
            return self.flow(value, start + gap, column)
        if isinstance(value, str) and "\n" in value:
            return self.block(value, start + gap, column)
        if isinstance(value, str) and len(value) > 60 and self.draw.random() < 0.6:
            return self.folded(value, start + gap, column)
        text = self.scalar(value)
        self.lines.append(start + (gap + text if text else "") + self.end())
        return value

    # Single values.

    def key(self, key: str) -> str:
        return f'"{key}"' if self.style.quotes == "double" or key == "on" else key

    def scalar(self, value: Any) -> str:
        if value is None:
            return self.style.nothing
        if isinstance(value, bool):
            return str(value).lower()
        if not isinstance(value, str):
            return str(value)
        plain = value not in ("no", "1.28", "12:30") and not value.startswith("😀")
        if self.style.quotes == "plain" and plain and "," not in value:
            return value
        return (
            "'" + value.replace("'", "''") + "'"
            if self.style.quotes == "single"
            else json.dumps(value, ensure_ascii=self.draw.random() < 0.0)
        )

    def block(self, value: str, start: str, column: int) -> str:
        header = self.style.block
        inner = column + self.style.indent
        header = header.replace("N", str(self.style.indent))
        self.lines.append(start + header + self.end())
        lines = [line for line in value.rstrip("\n").split("\n") if header[0] == "|" or line]
        if header[0] == ">":
            lines = [line.strip() for line in lines]
        self.lines.extend(" " * inner + line if line else "" for line in lines)
        body = "\n".join(lines) if header[0] == "|" else " ".join(lines)
        if "-" in header:
            return body
        if "+" in header:
            self.lines.extend(["", ""])
            return body + "\n\n\n"
        return body + "\n"

    def folded(self, value: str, start: str, column: int) -> str:
        words, inner = value.split(), " " * (column + self.draw.randint(1, 9))
        half = len(words) // 2
        mark = {"plain": "", "single": "'", "double": '"'}[self.style.quotes]
        self.lines.append(start + mark + " ".join(words[:half]))
        self.lines.append(inner + " ".join(words[half:]) + mark + self.end())
        return value

    # Brackets.

    def flow(self, value: Any, start: str, column: int) -> Any:
        if self.style.flow in ("lines", "comma") and len(value) > 1:
            begin, close = "{}" if isinstance(value, dict) else "[]"
            pad = " " * (column + self.draw.randint(1, 6))
            self.lines.append(start + begin + self.end())
            entries = value.items() if isinstance(value, dict) else enumerate(value)
            for index, (key, one) in enumerate(entries):
                comma = "," if index + 1 < len(value) or self.style.flow == "comma" else ""
                name = f"{self.key(key)}: " if isinstance(value, dict) else ""
                self.own(len(pad))
                self.lines.append(pad + name + self.inline(one) + comma + self.end())
            self.lines.append(" " * (column + 1) + close + self.end())
        else:
            self.lines.append(start + self.inline(value) + self.end())
        return value

    def inline(self, value: Any) -> str:
        blank = " " if self.style.flow == "loose" else ""
        if isinstance(value, dict):
            inner = ("," + " " * self.draw.randint(1, 2)).join(
                f"{self.key(key)}: {self.inline(one)}" for key, one in value.items()
            )
            return "{" + blank * bool(inner) + inner + blank * bool(inner) + "}"
        if isinstance(value, list):
            return "[" + ("," + blank).join(self.inline(one) for one in value) + "]"
        if isinstance(value, str) and ("\n" in value or "," in value):
            return json.dumps(value, ensure_ascii=False)
        return self.scalar(value)
