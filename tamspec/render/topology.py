"""A project's components as layers: what stands on what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup
from msgspec import Struct

from tamspec.model.graph import in_order
from tamspec.render.svg import INK, QUIET, arrow_head, element, picture, short

WIDTH, HEIGHT = 184, 58
GAP, STEP = 20, 96
MARGIN = 10
_LETTERS = 23
_DASHES = {"built": "", "ordered": "8 3", "wanted": "2 3"}


class Node(Struct, frozen=True, kw_only=True):
    """A component on the picture."""

    name: str
    service: str
    standing: str
    """`built`, `ordered` or `wanted`: the kind of its border."""
    word: str
    """The same as people read it."""
    depends_on: tuple[str, ...] = ()


def topology(nodes: Sequence[Node], *, title: str, description: str) -> Markup:
    """At least one component; names in `depends_on` that are no nodes are left out. The graph has no cycle."""
    edges = {
        node.name: tuple(name for name in node.depends_on if name in {one.name for one in nodes}) for node in nodes
    }
    places = _places(edges)
    columns = max(column for column, _ in places.values()) + 1
    rows = max(row for _, row in places.values()) + 1
    spots = {name: (MARGIN + column * (WIDTH + GAP), MARGIN + row * STEP) for name, (column, row) in places.items()}
    return picture(
        arrow_head("topology-arrow"),
        element(
            "g",
            *(_edge(spots[below], spots[name]) for name, needs in _direct(edges).items() for below in needs),
            fill="none", stroke=QUIET, marker_end="url(#topology-arrow)", class_="arrows",
        ),
        element(
            "g",
            *(_box(spots[node.name], node) for node in sorted(nodes, key=lambda one: one.name)),
            fill=INK, text_anchor="middle", class_="ink",
        ),
        name="topology",
        title=title,
        description=description,
        width=2 * MARGIN + columns * (WIDTH + GAP) - GAP,
        height=2 * MARGIN + (rows - 1) * STEP + HEIGHT,
    )  # fmt: skip


def _places(edges: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[float, int]]:
    """Column and row of each: a row below everything it needs, near what it needs; short rows are centred."""
    rows: dict[str, int] = {}
    for name in in_order(edges):
        rows[name] = max((rows[below] + 1 for below in edges[name]), default=0)
    layers: list[list[str]] = [[] for _ in range(max(rows.values()) + 1)]
    for name in sorted(rows):
        layers[rows[name]].append(name)
    widest = max(len(layer) for layer in layers)
    places: dict[str, tuple[float, int]] = {}
    for row, layer in enumerate(layers):
        ordered = sorted(layer, key=lambda name: (_middle(edges[name], places), name))
        for at, name in enumerate(ordered):
            places[name] = (at + (widest - len(layer)) / 2, row)
    return places


def _middle(needs: Sequence[str], places: Mapping[str, tuple[float, int]]) -> float:
    return sum(places[name][0] for name in needs) / len(needs) if needs else 0.0


def _direct(edges: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Without the edges that a longer way already tells, so that the picture stays readable."""
    beyond: dict[str, frozenset[str]] = {}
    for name in in_order(edges):
        beyond[name] = frozenset(edges[name]).union(*(beyond[below] for below in edges[name]))
    return {
        name: tuple(below for below in needs if not any(below in beyond[other] for other in needs))
        for name, needs in sorted(edges.items())
    }


def _edge(upper: tuple[float, float], lower: tuple[float, float]) -> Markup:
    x1, y1, x2, y2 = upper[0] + WIDTH / 2, upper[1] + HEIGHT, lower[0] + WIDTH / 2, lower[1]
    bend = (y2 - y1) / 2
    d = f"M{x1:.1f},{y1:.1f} C{x1:.1f},{y1 + bend:.1f} {x2:.1f},{y2 - bend:.1f} {x2:.1f},{y2:.1f}"
    return element("path", d=d)


def _box(spot: tuple[float, float], node: Node) -> Markup:
    x, y = spot
    middle = x + WIDTH / 2
    border: dict[str, str | float] = {"stroke_dasharray": _DASHES[node.standing]} if _DASHES[node.standing] else {}
    return element(
        "g",
        element("title", f"{node.name}: {node.service}, {node.word}"),
        element(
            "rect", x=x, y=y, width=WIDTH, height=HEIGHT, rx=4, fill="#f4f6f9", stroke="#3b4656", stroke_width=1.5,
            class_="box", **border,
        ),
        element("text", short(node.name, _LETTERS), x=middle, y=y + 19, font_weight="600"),
        element("text", short(node.service, _LETTERS + 2), x=middle, y=y + 34),
        element("text", node.word, x=middle, y=y + 49, font_size=10, fill=QUIET, class_="quiet"),
    )  # fmt: skip
