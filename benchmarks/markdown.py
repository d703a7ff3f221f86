"""Our pages as Markdown, for generators that begin from there: the same words, lists, tables, links and code.

A picture becomes a Mermaid block of what it names, as it would have to be with such a generator.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Any

VOID = frozenset({"br", "input", "link", "meta"})
LEFT_OUT = frozenset({"script", "template", "noscript", "form", "style"})
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = frozenset(
    (
        "article",
        "div",
        "dl",
        "figcaption",
        "figure",
        "footer",
        "main",
        "nav",
        "ol",
        "p",
        "section",
        "svg",
        "table",
        "ul",
    )
).union(HEADINGS)
_SIGNS = re.compile(r"([\\`*_\[\]|<>#])")


@dataclass(kw_only=True)
class Node:
    """An element and what is in it."""

    tag: str
    attributes: Mapping[str, str]
    children: list[Node | str] = field(default_factory=list)

    def every(self, tag: str) -> Iterator[Node]:
        """The elements of a kind in it, as they come."""
        for child in self.children:
            if isinstance(child, Node):
                if child.tag == tag:
                    yield child
                yield from child.every(tag)

    @property
    def text(self) -> str:
        """All its words on one line."""
        return " ".join("".join(one if isinstance(one, str) else f" {one.text} " for one in self.children).split())


class _Parser(HTMLParser):
    """Builds the tree."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Node(tag="", attributes={})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        node = Node(tag=tag, attributes={name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Node(tag=tag, attributes={name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"<{self._open[-1].tag}> is closed by </{tag}>: this is a bug in a template"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def parsed(page: str) -> Node:
    """A page of ours as a tree: whatever is opened is closed."""
    parser = _Parser()
    parser.feed(page)
    parser.close()
    return parser.root


def markdown(page: str) -> str:
    """The main part of a page and its foot; what leads to other pages at its head is the generator's part."""
    root = parsed(page)
    parts = [block for tag in ("main", "footer") for one in root.every(tag) for block in _blocks(one)]
    return "\n\n".join(parts) + "\n"


def _blocks(node: Node) -> Iterator[str]:
    run: list[Node | str] = []
    for child in node.children:
        if isinstance(child, str) or child.tag not in BLOCKS:
            run.append(child)
            continue
        yield from _paragraph(run)
        run = []
        yield from _block(child)
    yield from _paragraph(run)


def _block(node: Node) -> Iterator[str]:
    make = _MAKE.get(node.tag)
    if make:
        yield from make(node)
    elif node.tag in HEADINGS:
        yield f"{'#' * int(node.tag[1:])} {_inline(node.children)}"
    else:
        yield from _blocks(node)


def _paragraph(run: Sequence[Node | str]) -> Iterator[str]:
    text = _inline(run)
    if text:
        yield text


def _list(node: Node) -> Iterator[str]:
    yield "\n".join(_items(node, ""))


def _items(node: Node, indent: str) -> Iterator[str]:
    for number, item in enumerate((one for one in node.children if isinstance(one, Node)), start=1):
        deeper = [one for one in item.children if isinstance(one, Node) and one.tag in ("ul", "ol")]
        sign = f"{number}." if node.tag == "ol" else "-"
        yield f"{indent}{sign} {_inline([one for one in item.children if one not in deeper])}"
        for inner in deeper:
            yield from _items(inner, f"{indent}    ")


def _facts(node: Node) -> Iterator[str]:
    named = zip(node.every("dt"), node.every("dd"), strict=True)
    yield "\n".join(f"- **{_inline(term.children)}**: {_inline(said.children)}" for term, said in named)


def _table(node: Node) -> Iterator[str]:
    for caption in node.every("caption"):
        yield _inline(caption.children)
    rows = [
        [_inline(cell.children) for cell in row.children if isinstance(cell, Node) and cell.tag in ("td", "th")]
        for row in node.every("tr")
    ]
    width = max(map(len, rows))
    lines = [f"| {' | '.join([*row, *[''] * (width - len(row))])} |" for row in rows]
    yield "\n".join([lines[0], f"|{' --- |' * width}", *lines[1:]])


def _picture(node: Node) -> Iterator[str]:
    head = next(node.every("title")).text
    if node.attributes.get("aria-labelledby", "").startswith("gantt-"):
        lines = ["gantt", f"    title {_plain(head)}", "    dateFormat X"]
        for group in (one for one in (*node.every("a"), *node.every("g")) if any(one.every("text"))):
            bars = list(group.every("rect"))
            begin, width = (round(float(bars[0].attributes[name])) for name in ("x", "width")) if bars else (0, 0)
            lines.append(f"    {_plain(next(group.every('text')).text)} :{begin}, {begin + width}")
    else:
        named = [_plain(one.text) for one in (*list(node.every("title"))[1:], *node.every("text"))]
        lines = ["graph TD", *(f'    n{at}["{text}"]' for at, text in enumerate(named))]
    yield "\n".join(["```mermaid", *lines, "```"])


def _plain(text: str) -> str:
    return re.sub(r'[":;#]', " ", text)


_MAKE: Mapping[str, Callable[[Node], Iterator[str]]] = {
    "ul": _list,
    "ol": _list,
    "dl": _facts,
    "table": _table,
    "svg": _picture,
}


def _inline(children: Sequence[Node | str]) -> str:
    return " ".join("".join(map(_word, children)).split())


def _word(one: Node | str) -> str:
    if isinstance(one, str):
        return _SIGNS.sub(r"\\\1", one)
    inside = _inline(one.children)
    match one.tag:
        case "br":
            return "<br>"
        case "code":
            return f"`{one.text}`".replace("|", "\\|")
        case "a":
            address = _address(one.attributes.get("href", ""))
            return f"[{inside}]({address})" if address else inside
        case "li":
            return f"{inside}<br>"
        case tag if tag in LEFT_OUT:
            return ""
        case _:
            return f"{inside} " if one.tag in BLOCKS else inside


def _address(href: str) -> str:
    """Of a page as a generator names it: its Markdown. A place on a page is not told: few have a heading there."""
    path = href.partition("#")[0]
    return re.sub(r"\.html$", ".md", path) if ":" not in path else href


# A workspace of a generator.


def write(site: Path, docs: Path) -> list[str]:
    """Every page of a site as Markdown below another folder; returns their paths, sorted."""
    made = []
    for page in sorted(site.rglob("*.html")):
        path = page.relative_to(site).with_suffix(".md")
        target = docs / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(markdown(page.read_text("utf-8")), "utf-8")
        made.append(path.as_posix())
    return made


def navigation(paths: Sequence[str]) -> list[Any]:
    """The pages by folder; a folder of one page is that page."""
    folders: dict[str, list[str]] = {}
    made: list[Any] = []
    for path in paths:
        first, slash, rest = path.partition("/")
        if slash:
            folders.setdefault(first, []).append(rest)
        else:
            made.append(path)
    for folder, inside in folders.items():
        below = _under(folder, navigation(inside))
        made.append(below[0] if len(below) == 1 and isinstance(below[0], str) else {folder: below})
    return made


def _under(folder: str, entries: Sequence[Any]) -> list[Any]:
    return [
        str(PurePosixPath(folder) / one)
        if isinstance(one, str)
        else {key: _under(folder, below) for key, below in one.items()}
        for one in entries
    ]
