"""Passports and change plans as PDF: the same bytes, all that the page says, tagged, and nothing fetched."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pypdf
import pytest
from program import AT, ROOT, Workspace, copy_of_sample, small, started

from tamspec import resources
from tamspec.diagnostics import TamspecError
from tamspec.render import pdf

INSTANT = datetime(2026, 11, 23, 9, tzinfo=UTC)
PASSPORT, PLAN = "projects/borealis/passport.pdf", "changes/spring-launch/change-plan.pdf"
HOSTILE = (
    "<script>document.write(1)</script>"
    "<img src=file:///etc/passwd alt=a><img src=http://e.example/x.png alt=b><img src=//e.example/y.png alt=c>"
    "<link rel=stylesheet href=http://e.example/s.css><link rel=attachment href=file:///etc/passwd>"
    "<object data=file:///etc/passwd></object><embed src=http://e.example/x.svg>"
    "<iframe src=http://e.example/></iframe>"
    "<style>@import url(http://e.example/i.css); @font-face { font-family: x; src: url(http://e.example/f.woff) }"
    " p { background: url(file:///etc/passwd); font-family: x }</style>"
    "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><image href='http://e.example/z.png'/>"
    "<use href='file:///etc/passwd#a'/><style>@import url(http://e.example/j.css);</style></svg>"
)


@pytest.fixture(scope="module", autouse=True)
def _there_is_weasyprint() -> None:
    """Passed over where PDF cannot be made; never in continuous integration."""
    try:
        pdf.press(resources.templates()[pdf.STYLE])
    except TamspecError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PDF is tested: {error}")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The documents of a project of the sample, by path; those of its client lie in `clients/`."""
    return rendered(freight(tmp_path_factory.mktemp("pdf") / "sample"))


def freight(folder: Path) -> Workspace:
    """The sample with only one project, whose change has many orders: a PDF takes a second and more."""
    workspace = copy_of_sample(folder)
    for name in ("acme-shop", "resource-pool", "ticket-sales"):
        shutil.rmtree(folder / "projects" / name)
    return workspace


def rendered(workspace: Workspace) -> dict[str, bytes]:
    workspace.ok("render", "--out", "out/site", "--clients", "out/clients", "--pdf")
    return {
        path.removeprefix("out/").removeprefix("site/"): content
        for path, content in workspace.files().items()
        if path.startswith("out/")
    }


def press() -> pdf.Press:
    return pdf.press(resources.templates()[pdf.STYLE])


def printed(page: str, path: str = "changes/x/index.html", site: str = "") -> bytes:
    return press().printed(page, path, author="Meridian", at=INSTANT, site=site)


def read(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content))


def squeezed(text: str) -> str:
    """Without spaces and hyphens: lines are broken anew on paper, and a soft hyphen may show."""
    return re.sub(r"[\s\u200b\u00ad-]+", "", text)


def words_of(content: bytes) -> str:
    return squeezed("".join(page.extract_text() for page in read(content).pages))


class Told(HTMLParser):
    """Headings, cells and paragraphs of a page, each with its whole text."""

    KINDS = frozenset({"h1", "h2", "h3", "th", "td", "caption", "p", "li", "dt", "dd", "figcaption"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._open: list[list[str]] = []
        main = page.partition("<main")[2].partition("</main>")[0]
        self.feed(re.sub(r'<nav [^>]*class="pager".*?</nav>', "", main, flags=re.DOTALL))

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        if tag in self.KINDS:
            self._open.append([])

    def handle_endtag(self, tag: str) -> None:
        if tag in self.KINDS:
            self.said.append("".join(self._open.pop()))

    def handle_data(self, data: str) -> None:
        for one in self._open:
            one.append(data)


def pairs(files: dict[str, bytes]) -> Iterator[tuple[str, bytes, str]]:
    """Each PDF with the page beside it."""
    for path, content in files.items():
        if path.endswith(".pdf"):
            yield path, content, files[f"{path.rpartition('/')[0]}/index.html"].decode()


def test_passports_and_plans_lie_beside_their_pages_in_every_tree(made: dict[str, bytes]) -> None:
    found = {path for path in made if path.endswith(".pdf")}
    assert found == {PASSPORT, PLAN, f"clients/borealis/{PASSPORT}", f"clients/borealis/{PLAN}"}
    for path, _, page in pairs(made):
        assert f'<a href="{path.rpartition("/")[2]}"' in page, "a page leads to its PDF"


def test_nothing_is_lost(made: dict[str, bytes]) -> None:
    """Neither what stands on further pages of a long change."""
    beside = {path: one.decode() for path, one in made.items() if re.fullmatch(r".*/orders-\d+\.html", path)}
    assert len(beside) == 2
    for path, content, page in pairs(made):
        told, printed_words = Told(page).said, words_of(content)
        for further, text in beside.items():
            if path == f"{further.rpartition('/')[0]}/{PLAN}":
                told += Told(text).said[2:]  # the title and the sentence below it are of that page alone
        for said in told:
            assert squeezed(said) in printed_words, f"{path} lacks {' '.join(said.split())!r}"


def test_what_a_reader_tells_of_the_document(made: dict[str, bytes]) -> None:
    for path, content, page in pairs(made):
        document = read(content)
        told, root = document.metadata, document.trailer["/Root"]
        assert told is not None
        title = re.search(r"<title>(.*?)</title>", page)
        assert title is not None
        assert (told.title, told.author) == (title[1], "Meridian Managed Services"), path
        assert told.creation_date == told.modification_date == INSTANT
        assert root["/Lang"] == "en"
        assert root["/MarkInfo"]["/Marked"]
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        kinds = {one["/S"] for one in elements(root["/StructTreeRoot"])}
        assert {"/H1", "/H2", "/P", "/Table", "/TH", "/TD", "/Caption", "/Figure"} <= kinds, path


def elements(node: Any) -> Iterator[Any]:
    """All elements of the tree of tags below a node."""
    node = node.get_object()
    if not isinstance(node, pypdf.generic.DictionaryObject):
        return
    if "/S" in node:
        yield node
    kids = node.get("/K", [])
    for one in kids if isinstance(kids, list) else [kids]:
        yield from elements(one)


def test_every_picture_has_a_text_alternative(made: dict[str, bytes]) -> None:
    figures = [one for one in elements(read(made[PLAN]).trailer["/Root"]["/StructTreeRoot"]) if one["/S"] == "/Figure"]
    assert len(figures) >= 2, "a chart of many orders takes several pages"
    assert all(one["/Alt"].startswith("Orders of Freight portal moves to us (") for one in figures)


def test_every_page_says_its_number_its_document_and_the_instant(made: dict[str, bytes]) -> None:
    for path, content, _ in pairs(made):
        document = read(content)
        assert document.metadata is not None
        for number, page in enumerate(document.pages, start=1):
            text = page.extract_text()
            assert f"{number} / {len(document.pages)}" in text, path
            assert squeezed(str(document.metadata.title)) in squeezed(text)
            assert "Planned as of Mon 2026-11-23" in text


def test_bookmarks_are_the_headings(made: dict[str, bytes]) -> None:
    for _, content, page in pairs(made):
        headings = re.findall(r"<h[12][^>]*>(.*?)</h[12]>", page.partition("<main")[2])
        assert [*titles(read(content).outline)] == headings


def titles(outline: Any) -> Iterator[str]:
    for one in outline:
        if isinstance(one, list):
            yield from titles(one)
        else:
            yield one.title


def test_every_font_is_embedded(made: dict[str, bytes]) -> None:
    for path, content, _ in pairs(made):
        fonts = [font.get_object() for page in read(content).pages for font in page["/Resources"]["/Font"].values()]
        assert fonts
        for font in fonts:
            inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & inner["/FontDescriptor"].keys(), path


def test_nothing_stands_beside_the_page(made: dict[str, bytes]) -> None:
    """Where a text begins lies on the paper, and far enough from its right edge for some letters."""
    for path in ("projects/borealis/index.html", "changes/spring-launch/index.html"):
        # Pictures have scales of their own, which pypdf does not know.
        without = re.sub(r"<svg.*?</svg>", "", made[path].decode(), flags=re.DOTALL)
        for page in read(printed(without, path)).pages:
            spots: list[tuple[str, float]] = []
            page.extract_text(visitor_text=lambda *given, into=spots: into.append((given[0], across(*given[1:3]))))
            assert sum(1 for text, _ in spots if text.strip()) > 3
            for text, x in spots:
                assert not text.strip() or 30 < x < float(page.mediabox.width) - 40, f"{path}: {text!r} at {x}"


def across(user: list[float], matrix: list[float]) -> float:
    """How far from the left edge of the paper a text begins."""
    return matrix[4] * user[0] + matrix[5] * user[2] + user[4]


def test_links_lead_to_the_same_document_or_to_the_site(made: dict[str, bytes]) -> None:
    anchor = "changes/x/index.html#wo-1"
    page = (
        "<html lang=en><head><title>x</title></head><body><main><h1 id=wo-1>x</h1>"
        f"<p><a href='../../{anchor}'>own</a> <a href='../../projects/p/index.html'>other</a>"
        "<a href='https://forge.example/a'>forge</a></p></main></body></html>"
    )
    assert targets(printed(page)) == ["#wo-1", "../../projects/p/index.html", "https://forge.example/a"]
    site = targets(printed(page, site="https://pages.example/portfolio/"))
    assert site == ["#wo-1", "https://pages.example/portfolio/projects/p/index.html", "https://forge.example/a"]
    for path, content, _ in pairs(made):
        assert not [one for one in targets(content) if one.startswith("file:")], path
    inside = targets(made[f"clients/borealis/{PLAN}"])
    beside = {"../../projects/borealis/index.html", "../../changes/spring-launch/progress.html"}
    assert {one for one in inside if not one.startswith("#")} == beside


def targets(content: bytes) -> list[str]:
    found = (one.get_object() for page in read(content).pages for one in page.get("/Annots", ()))
    return [one["/A"]["/URI"] if "/A" in one else f"#{one['/Dest']}" for one in found]


# The same bytes.


def test_two_processes_make_the_same_bytes(made: dict[str, bytes], tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "a" / "folder that is called otherwise"
    for folder, seed, zone in ((first, "0", "Pacific/Kiritimati"), (second, "4711", "America/St_Johns")):
        freight(folder)
        variables = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C.UTF-8", "SOURCE_DATE_EPOCH": "1"}
        answer = started(folder, "--at", AT, "render", "--out", "site", "--pdf", env=variables)
        assert answer.code == 0, answer.said
        for path, content in made.items():
            if path.endswith(".pdf") and not path.startswith("clients/"):
                assert (folder / "site" / path).read_bytes() == content, path


def test_a_document_does_not_depend_on_those_before_it(made: dict[str, bytes]) -> None:
    page = made["clients/borealis/projects/borealis/index.html"].decode()
    one = press().printed(page, "projects/borealis/index.html", author="Meridian Managed Services", at=INSTANT)
    assert one == made[f"clients/borealis/{PASSPORT}"]


def test_no_path_of_this_machine_is_told(made: dict[str, bytes]) -> None:
    for path, content, _ in pairs(made):
        plain, document = content, read(content)
        for number in range(1, int(document.trailer["/Size"])):
            one = document.get_object(number)
            if isinstance(one, pypdf.generic.StreamObject):
                plain += one.get_data()
        for secret in (str(ROOT), sys.prefix, "/usr/share", "/tmp/", str(Path.home())):  # noqa: S108
            assert secret.encode() not in plain, f"{path} tells {secret}"


# Hostile text, and what is not there.


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def refuse(*given: Any, **_: Any) -> None:
        asked.append(str(given))
        raise AssertionError("nothing may be opened")

    press()
    monkeypatch.setattr("urllib.request.OpenerDirector.open", refuse)
    page = f"<html lang=en><head><title>x</title></head><body><main><h1>x</h1><p>kept</p>{HOSTILE}</main></body></html>"
    made = printed(page)
    assert asked == []
    assert "kept" in words_of(made)
    assert "/EmbeddedFiles" not in read(made).trailer["/Root"].get("/Names", {})
    assert b"root:" not in made


def test_hostile_text_is_only_text(tmp_path: Path) -> None:
    workspace = small(tmp_path / "small")
    workspace.edit("catalog/provider.yaml", "title: Pavel Gusev", f"title: {HOSTILE[:60]!r}")
    made = rendered(workspace)
    assert squeezed("<script>document.write(1)</script>") in words_of(made["projects/shop/passport.pdf"])


def test_long_words_are_broken_rather_than_lost() -> None:
    cells = "".join(f"<td>{'W' * 80}</td>" for _ in range(8))
    page = (
        "<html lang=en><head><title>x</title></head><body><main><h1>x</h1><table><caption>c</caption>"
        f"<tbody><tr>{cells}</tr></tbody></table></main></body></html>"
    )
    made = printed(page)
    assert words_of(made).count("W") == 640
    assert len(read(made).pages) == 1


def test_the_head_of_a_table_stands_on_each_of_its_pages() -> None:
    rows = "".join(f"<tr><th scope=row>row {number}</th><td>x</td></tr>" for number in range(120))
    page = (
        "<html lang=en><head><title>x</title></head><body><main><h1>x</h1><table><caption>c</caption>"
        f"<thead><tr><th>Columns</th><th>b</th></tr></thead><tbody>{rows}</tbody></table></main></body></html>"
    )
    pages = read(printed(page)).pages
    assert len(pages) > 2
    assert all("Columns" in one.extract_text() for one in pages)


def test_a_workspace_has_a_style_of_its_own(tmp_path: Path) -> None:
    workspace = small(tmp_path / "small")
    workspace.write("templates/pdf.css", "@page { size: A5 }\nnav, header, footer { display: none }\n")
    content = rendered(workspace)["projects/shop/passport.pdf"]
    assert round(float(read(content).pages[0].mediabox.width)) == 420


MISSING = "import sys; sys.modules['weasyprint'] = None; from tamspec.cli import main; main(sys.argv[1:])"
NOT_IMPORTED = """
import sys
from tamspec.cli import main
try:
    main(sys.argv[1:])
finally:
    assert "weasyprint" not in sys.modules
"""
NO_FONTS = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>/nowhere</dir></fontconfig>'


def test_without_weasyprint_or_fonts_it_is_said_how_to_get_them(tmp_path: Path) -> None:
    workspace = small(tmp_path / "small")
    arguments = ["--at", AT, "-C", str(workspace.root), "render", "--pdf"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", MISSING, *arguments], env=env, capture_output=True, check=False)
    assert done.returncode == 2
    assert "tamspec[pdf]" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    config = tmp_path / "fonts.conf"
    config.write_text(NO_FONTS)
    answer = started(workspace.root, "--at", AT, "render", "--pdf", env={"FONTCONFIG_FILE": str(config)})
    assert answer.code == 2
    assert "fonts-dejavu-core" in answer.err
    assert not (workspace.root / "site").exists()


def test_without_the_option_nothing_of_it_is_imported(tmp_path: Path) -> None:
    workspace = small(tmp_path / "small")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = ["--at", AT, "-C", str(workspace.root), "render"]
    done = subprocess.run([sys.executable, "-c", NOT_IMPORTED, *arguments], env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert not [path for path in workspace.files() if path.endswith(".pdf")]
    assert "as PDF" not in workspace.text("site/projects/shop/index.html")
