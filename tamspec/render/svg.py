"""Elements of SVG. Looks are literal attributes, which every renderer knows; classes only change them in the dark."""

from __future__ import annotations

from markupsafe import Markup, escape

from tamspec.render.escape import line

INK, QUIET, LINE = "#1d2430", "#5b6472", "#d5dae1"
"""What is read, what stands beside it, and what only guides the eye."""
GOOD, BAD, BLUE = "#2f7d59", "#b4412f", "#1d5fa8"
"""What was kept, what was not, and what was measured."""


def element(tag: str, *children: Markup | str, **attributes: str | float) -> Markup:
    """One element; text is escaped. `class_` is `class`, `stroke_width` is `stroke-width`."""
    # Written by hand: `Markup.format` takes four times as long, and a large chart has thousands of elements.
    written = "".join(f' {name.rstrip("_").replace("_", "-")}="{_written(one)}"' for name, one in attributes.items())
    inside = "".join(one if isinstance(one, Markup) else escape(line(one)) for one in children)
    # `tag` and the names are ours, never text of a specification.
    return Markup(f"<{tag}{written}>{inside}</{tag}>" if children else f"<{tag}{written}/>")  # noqa: S704


def picture(
    *children: Markup,
    name: str,
    title: str,
    description: str,
    width: float,
    height: float,
    links: bool = False,
    ink: str = "",
) -> Markup:
    """A whole picture with its text alternative; `name` makes its ids unique on the page. What is inside an image is
    told to nobody who cannot see it, so one with links is a group. `ink` is the colour of all that names no other.
    """
    inked = {"fill": ink} if ink else {}
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-desc"),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        role="group" if links else "img",
        aria_labelledby=f"{name}-title {name}-desc",
        class_="picture ink" if ink else "picture",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        font_family="system-ui, sans-serif",
        font_size=12,
        **inked,
    )


def arrow_head(name: str) -> Markup:
    """A marker for the ends of lines, named so."""
    shape = element("path", d="M0,0 L7,3.5 L0,7 z", fill=QUIET, class_="arrow-head")
    marker = element(
        "marker", shape, id=name, markerWidth=7, markerHeight=7, refX=6, refY=3.5, orient="auto",
        markerUnits="userSpaceOnUse",
    )  # fmt: skip
    return element("defs", marker)


def short(text: str, length: int) -> str:
    """The text, cut to about what fits."""
    text = line(text)
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def _written(value: str | float) -> str:
    return escape(line(value)) if isinstance(value, str) else number(value)


def number(value: float) -> str:
    """A coordinate, to a tenth."""
    return f"{value:.1f}".rstrip("0").rstrip(".")
