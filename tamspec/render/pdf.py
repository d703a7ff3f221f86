"""A page of the site as PDF, for those who print or send it: tagged, with bookmarks, and nothing fetched from anywhere.

The same page gives the same bytes on one machine: fonts and WeasyPrint are those that it has.
"""

from __future__ import annotations

import functools
import hashlib
import re
import warnings
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tamspec.diagnostics import TamspecError
from tamspec.model.values import utc_text
from tamspec.render.gantt import ARROWS, FOOT, HEAD, ROW

if TYPE_CHECKING:
    from types import ModuleType

STYLE = "pdf.css"
"""The template of how it looks, in place of the site's style."""
FONT = "DejaVu Sans"
ROWS = 13
"""As many rows of a chart stand on a page with its heading and words."""
LETTERS = 130
"""As many letters of a table stand beside each other on a page."""
_BREAKS = re.compile(r"[\s/-]+")
_SVG = "{http://www.w3.org/2000/svg}"
_INSTALL = (
    "PDF needs WeasyPrint and the libraries that it stands on: install tamspec[pdf] with pip, and Pango"
    " (Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)."
)
_NO_FONT = "There is no font to print with: install one (Debian: apt-get install fonts-dejavu-core)."


class Press:
    """Prints pages in one style. To make one takes most of a second; to print takes a second for four pages."""

    def __init__(self, style: str) -> None:
        self._weasyprint = _weasyprint()
        self._fetcher = self._weasyprint.urls.URLFetcher(allowed_protocols=frozenset({"data"}), allow_redirects=False)
        self._fonts = self._weasyprint.text.fonts.FontConfiguration()
        self._style = self._weasyprint.CSS(string=style, url_fetcher=self._fetcher, font_config=self._fonts)

    def printed(self, page: str, path: str, *, author: str, at: datetime, site: str = "") -> bytes:
        """The page, a whole document of HTML that stands at a path of the tree, as of an instant. `site` is where the
        tree is published; links to other pages are relative where nobody says."""
        address = f"{site.rstrip('/')}/{path}" if site else None
        document = self._weasyprint.HTML(string=page, base_url=address, url_fetcher=self._fetcher)
        root = document.etree_element
        _describe(root, author, at)
        _prepare(root)
        _lead(root, path)
        made: bytes = document.write_pdf(
            stylesheets=[self._style],
            font_config=self._fonts,
            pdf_identifier=hashlib.sha256(page.encode(errors="replace")).hexdigest()[:32].encode(),
            pdf_tags=True,
            pdf_version="1.7",
        )
        return made


@functools.lru_cache(maxsize=2)
def press(style: str) -> Press:
    """What prints in a style; TamspecError where the machine has not what it takes."""
    return Press(style)


def _weasyprint() -> ModuleType:
    """WeasyPrint with its parts, where there are fonts; it takes long to import."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of missing fonts, which are told below
            import weasyprint
            import weasyprint.text.ffi
            import weasyprint.text.fonts
            import weasyprint.urls
    except (ImportError, OSError, AttributeError) as error:
        raise TamspecError(_INSTALL) from error
    ffi = weasyprint.text.ffi
    config = ffi.ffi.gc(ffi.fontconfig.FcInitLoadConfigAndFonts(), ffi.fontconfig.FcConfigDestroy)
    if not ffi.fontconfig.FcConfigGetFonts(config, ffi.fontconfig.FcSetSystem).nfont:
        raise TamspecError(_NO_FONT)
    module: ModuleType = weasyprint
    return module


def _describe(root: ET.Element, author: str, at: datetime) -> None:
    """What a reader of PDF tells of the document."""
    head = root.find("head")
    assert head is not None, "a document of HTML has a head, even where none is written"
    told = {"author": author, "generator": "tamspec", "dcterms.created": utc_text(at), "dcterms.modified": utc_text(at)}
    for name, content in told.items():
        if content:
            ET.SubElement(head, "meta", {"name": name, "content": content})


def _prepare(root: ET.Element) -> None:
    """Bring a page for a browser into the form that prints well."""
    for above in [*root.iter()]:
        for child in [*above]:
            if child.tag == "link":  # the style of the site, and whatever else is for browsers
                above.remove(child)
            elif child.tag == f"{_SVG}svg":
                child.set("font-family", FONT)
                at = [*above].index(child)
                above[at : at + 1] = [*_pieces(child)]
    for table in root.iter("table"):
        _let_break(table)
    # What stands in the foot of every page must be met before the first of them ends.
    body, foot = root.find("body"), root.find("body/footer")
    if body is not None and foot is not None:
        body.remove(foot)
        body.insert(0, foot)
    # A list of terms in groups is no list in a PDF, where a list holds items only.
    for facts in root.iter("dl"):
        for one in facts.iter():
            one.tag = {"dl": "div", "div": "p", "dt": "b", "dd": "span"}.get(str(one.tag), one.tag)


def _let_break(table: ET.Element) -> None:
    """Only words that would keep a table from fitting on the page are broken: columns are as broad as their words."""
    columns = max((len(row) for row in table.iter("tr")), default=1)
    for cell in (one for one in table.iter() if one.tag in ("td", "th")):
        if any(len(word) > LETTERS // max(columns, 1) for word in _BREAKS.split("".join(cell.itertext()))):
            cell.set("class", f"{cell.get('class', '')} long".strip())


def _lead(root: ET.Element, path: str) -> None:
    """Links to the page itself stay within the document, and the head of every page leads nowhere."""
    itself = f"{'../' * path.count('/')}{path}#"
    for link in root.iter("a"):
        if link.get("href", "").startswith(itself):
            link.set("href", f"#{link.get('href', '').removeprefix(itself)}")
    for link in root.iterfind("body/header//a"):
        link.attrib.pop("href", None)


def _pieces(chart: ET.Element) -> Iterator[ET.Element]:
    """A Gantt chart as charts that each fit on a page, with the same axis; any other picture as it is."""
    title = chart.find(f"{_SVG}title")
    rows = [one for one in chart if one.tag in (f"{_SVG}a", f"{_SVG}g") and one.get("class") != ARROWS]
    if title is None or title.get("id") != "gantt-title" or len(rows) <= ROWS:
        yield chart
        return
    count = ceil(len(rows) / ROWS)
    each = ceil(len(rows) / count)
    for number in range(count):
        shown = rows[number * each : (number + 1) * each]
        yield _piece(chart, rows, shown, number * each, f"{title.text} ({number + 1} / {count})")


def _piece(chart: ET.Element, rows: list[ET.Element], shown: list[ET.Element], first: int, title: str) -> ET.Element:
    """The chart with some rows in succession only, the first of which has that number."""
    tall = ROW * len(shown)
    height = HEAD + tall + FOOT
    width = chart.get("width", "")
    piece = ET.Element(chart.tag, {**chart.attrib, "viewBox": f"0 0 {width} {height}", "height": str(height)})
    ET.SubElement(piece, f"{_SVG}title").text = title
    marks, lines = _window(piece, "axis", 0, height - FOOT), _window(piece, "rows", HEAD, tall)
    moved = ET.SubElement(lines, f"{_SVG}g", {"transform": f"translate(0,{-ROW * first})"})
    for one in chart:
        if one.tag == f"{_SVG}defs":
            piece.insert(1, deepcopy(one))
        elif one.get("class") == ARROWS or one in shown:  # arrows and rows; they do not reach out of their window
            moved.append(deepcopy(one))
        elif one not in rows:
            marks.append(deepcopy(one))
    return piece


def _window(picture: ET.Element, name: str, top: int, height: int) -> ET.Element:
    """A group of a picture of which only what lies in these rows is seen."""
    clip = ET.SubElement(ET.SubElement(picture, f"{_SVG}defs"), f"{_SVG}clipPath", {"id": f"gantt-{name}"})
    box = {"x": "0", "y": str(top), "width": picture.get("width", ""), "height": str(height)}
    ET.SubElement(clip, f"{_SVG}rect", box)
    return ET.SubElement(picture, f"{_SVG}g", {"clip-path": f"url(#gantt-{name})"})
