"""The pages as a browser shows them: silent, accessible, narrow enough for a telephone, whole on paper, and enough for
the lead of a department to work from. Which pages there are is found in the folders, so that a new kind is judged too.
The search finds, and a page that is served follows what somebody writes.

With TAMSPEC_SCREENSHOTS=DIR a picture of each kind stays there: in the light, in the dark and on a narrow screen.
"""

from __future__ import annotations

import functools
import io
import os
import posixpath
import re
import shutil
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

import axe_playwright_python
import pytest
import yaml
from playwright.sync_api import Browser, Locator, Page, Request, expect, sync_playwright
from program import AT, ROOT, Workspace, copy_of_sample
from pypdf import PdfReader
from test_any_text import printed, written
from test_serve import PAGE, PATIENCE, PROJECT, Preview, serving

pytestmark = pytest.mark.slow

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FORGE = "https://forge.example/team/clients/blob/1f0c2d"
LATER = "2026-12-03T09:00:00Z"
WIDE, NARROW = 1280, 320
PAPER = 718
"""An A4 sheet within its margins, in pixels."""
LIMIT = 50_000
"""Bytes of a page with its pictures."""


# -- the folders ---------------------------------------------------------------------------------------------------


class Tree(NamedTuple):
    """The pages that one reader gets, of a workspace in one state."""

    root: Path
    state: str
    reader: str
    """The client; empty: the provider."""

    @property
    def pages(self) -> list[Path]:
        return sorted(self.root.rglob("*.html"))

    def kind(self, page: Path) -> str:
        """Pages of a kind differ only by what they are about: `orders/*`, `departments/*/queue`."""
        *folders, name = page.relative_to(self.root).parts
        name = re.sub(r"(-\d+)?\.html$", "", name)
        if len(folders) > 1:
            return f"{folders[0]}/*/{name}"
        return "/".join([*folders, name if not folders or name == "index" else "*"])


class Site(NamedTuple):
    """Everything that is tested: each state of the workspace as each reader sees it."""

    folder: Path
    trees: list[Tree]
    workspaces: dict[str, Workspace]
    documents: list[dict[str, Any]]
    """The documents of the catalogue and the projects, as they are written."""
    address: str

    def spec(self, kind: str) -> dict[str, dict[str, Any]]:
        """Name → the spec of every document of a kind, with its title."""
        found = [one for one in self.documents if one["kind"] == kind]
        return {one["metadata"]["name"]: {"title": "", **one["metadata"], **one["spec"]} for one in found}

    def of(self, state: str, reader: str = "") -> Tree:
        return next(one for one in self.trees if (one.state, one.reader) == (state, reader))

    def url(self, page: Path) -> str:
        return f"{self.address}/{page.relative_to(self.folder).as_posix()}"

    def kinds(self) -> dict[str, list[Path]]:
        """Kind → its pages, the fullest first, of the provider and of clients, who read less and other words."""
        found: dict[str, list[Path]] = {}
        for tree in self.trees:
            for page in tree.pages:
                found.setdefault(f"client {tree.kind(page)}" if tree.reader else tree.kind(page), []).append(page)
        return {kind: sorted(pages, key=lambda one: -one.stat().st_size) for kind, pages in found.items()}

    def fullest(self) -> dict[str, Path]:
        return {kind: pages[0] for kind, pages in self.kinds().items()}

    def once(self) -> dict[str, list[Path]]:
        """As `kinds`, but what a client reads as well is there once; a client's first page is a kind of its own."""
        found = self.kinds()
        return {
            kind: pages
            for kind, pages in found.items()
            if kind == "client index" or kind.removeprefix("client ") not in {*found} - {kind}
        }

    def both(self) -> list[tuple[str, Path]]:
        """The fullest and the emptiest page of each kind."""
        return [(kind, page) for kind, pages in self.kinds().items() for page in dict.fromkeys((pages[0], pages[-1]))]


def live(workspace: Workspace) -> None:
    """The shop is ordered, and ten days later some orders are done, some under way, one is blocked and much is late;
    and a size was changed, which is not committed yet. One client reads Russian.
    """
    workspace.edit("catalog/clients.yaml", "  calendar: office-berlin\n", "  calendar: office-berlin\n  language: ru\n")
    workspace.start_git()
    workspace.ok("apply")
    net, vm = "shop.net/provision.1", "shop.vm/provision.1"
    reports = {
        "2026-11-23T13:00:00Z": ("done", f"{net}/address-plan", "--output", "subnet=10.1.2.0/24"),
        "2026-11-24T08:00:00Z": ("start", f"{net}/configure"),
        "2026-11-24T09:00:00Z": ("block", f"{vm}/reserve", "--reason", "No licence key yet", "--on", "client"),
        "2026-11-24T09:15:00Z": ("done", "os/provision.1/harden"),
        "2026-11-24T09:30:00Z": ("start", "db/provision.1/install"),
    }
    for at, report in reports.items():
        workspace.ok("order", *report, at=at)
    workspace.commit()
    workspace.edit("projects/resource-pool/project.yaml", "storageTiB: 4", "storageTiB: 6")


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder without a word."""

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("browser")
    trees, workspaces = [], {}
    for state, at in (("fresh", AT), ("lived", LATER)):
        workspace = workspaces[state] = copy_of_sample(tmp_path_factory.mktemp(state))
        if state == "lived":
            live(workspace)
        inside, outside = folder / state / "provider", folder / state / "clients"
        more = ("--since", "HEAD") if state == "lived" else ()
        workspace.ok("render", "--out", str(inside), "--clients", str(outside), "--source-url", FORGE, *more, at=at)
        asked = folder / state / "asked"
        workspace.ok("sla", "report", "--out", str(asked / "attainment"), at=at)
        workspace.ok(
            "render", "--review", "dolmen", "--period", "2026-10", "--out", str(asked / "service-review"), at=at
        )
        trees += [Tree(inside, state, ""), Tree(asked, state, "")]
        trees += [Tree(one, state, one.name) for one in sorted(outside.iterdir()) if one.is_dir()]
    paths = [*ROOT.glob("catalog/**/*.yaml"), *ROOT.glob("projects/*/*.yaml")]
    documents = [one for path in paths for one in yaml.load_all(path.read_text(encoding="utf-8"), yaml.CSafeLoader)]
    with published(folder) as address:
        yield Site(folder, trees, workspaces, documents, address)


@contextmanager
def published(folder: Path) -> Iterator[str]:
    """The address under which a folder is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        missing = "The tests of the pages need Chromium: install it, on Debian with `apt-get install chromium`."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=arguments)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of 1280 pixels in the light."""
    with browser.new_context(viewport={"width": WIDE, "height": 900}, color_scheme="light") as context:
        yield context.new_page()


# -- files ---------------------------------------------------------------------------------------------------------


class File(HTMLParser):
    """What a page leads to, and what in it can be led to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.policy = ""
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.links += [given[name] for name in ("href", "src") if name in given]
        self.links += re.findall(r"url\((#[^)]*)\)", " ".join(given.values()))
        self.ids += [given["id"]] if "id" in given else []
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]


def test_every_link_leads_to_something_in_its_own_tree(site: Site) -> None:
    broken = []
    for tree in site.trees:
        files = {page.relative_to(tree.root).as_posix(): File(page) for page in tree.pages}
        for path, file in files.items():
            for link in file.links:
                if link == "data:," or link.startswith(("https://", "mailto:")):
                    continue
                target, _, anchor = link.partition("#")
                where = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(target))) if target else path
                there = where in files or (tree.root / where).is_file()
                if where.startswith("..") or not there:
                    broken.append(f"{tree.state} {tree.reader} {path}: {link}")
                elif anchor and where in files and unquote(anchor) not in files[where].ids:
                    broken.append(f"{tree.state} {tree.reader} {path}: nothing is called {link}")
    assert not broken, "\n".join(sorted(broken)[:20])


def test_every_page_forbids_what_it_does_not_need_and_names_nothing_twice(site: Site) -> None:
    for tree in site.trees:
        for path in tree.pages:
            file = File(path)
            assert file.policy.startswith("default-src 'none'; style-src 'self'"), path
            assert "unsafe" not in file.policy, path
            assert len(file.ids) == len(set(file.ids)), path


def test_a_client_reads_of_no_other_client(site: Site) -> None:
    words: dict[str, set[str]] = {}
    for name, client in site.spec("Client").items():
        contacts = [one[part] for one in client["contacts"].values() for part in ("title", "email")]
        words[name] = {name, client["title"], *contacts}
    projects = site.spec("Project")
    for project in projects.values():
        words[project["client"]].add(project["title"])
    for change in site.spec("Change").values():
        words[projects[change["project"]]["client"]].add(change["title"])
    assert len(words) > 2
    for tree in site.trees:
        for path in tree.pages if tree.reader else []:
            text = path.read_text(encoding="utf-8").casefold()
            others = set().union(*(said for client, said in words.items() if client != tree.reader))
            heard = [word for word in others if re.search(rf"\b{re.escape(word.casefold())}\b", text)]
            assert not heard, f"{path} speaks of {heard}"


def test_pages_are_light(site: Site) -> None:
    sizes = {path: path.stat().st_size for tree in site.trees for path in tree.pages}
    heavy = [f"{path.relative_to(site.folder)}: {size} bytes" for path, size in sizes.items() if size > LIMIT]
    for kind, path in site.fullest().items():
        style = next(one / "style.css" for one in path.parents if (one / "style.css").exists())
        print(f"{kind}: {path.stat().st_size} bytes, with its style {path.stat().st_size + style.stat().st_size}")  # noqa: T201
    assert not heavy, "\n".join(heavy)


# -- silence, and help for everybody -------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_loads_without_a_word_and_asks_nobody_else(site: Site, page: Page, scheme: Any) -> None:
    heard = listen(page, site.address)
    page.emulate_media(color_scheme=scheme)
    for _, path in site.both():
        page.goto(site.url(path))
    assert not heard, "\n".join(heard)


def listen(page: Page, address: str) -> list[str]:
    """What a page says to whoever looks behind it, what it cannot have, and whom it asks elsewhere; it grows."""
    heard: list[str] = []
    page.on("console", lambda said: heard.append(f"{page.url} says {said.text}"))
    page.on("pageerror", lambda error: heard.append(f"{page.url} fails with {error}"))
    page.on("requestfailed", lambda one: None if _left(one) else heard.append(f"{page.url} cannot have {one.url}"))
    page.on("request", lambda one: None if _near(address, one.url) else heard.append(f"{page.url} asks {one.url}"))
    page.on("response", lambda got: heard.append(f"{got.url} gives {got.status}") if got.status >= 400 else None)
    return heard


def _near(address: str, url: str) -> bool:
    return url.startswith("data:") or urlsplit(url).netloc == urlsplit(address).netloc


def _left(request: Request) -> bool:
    """Whether the browser itself gave up what it had asked for, since the page was left or no longer waits for it."""
    return request.failure == "net::ERR_ABORTED"


RUN = """rules => axe.run({runOnly: rules, resultTypes: ["violations"], preload: false}).then(
    told => told.violations.flatMap(one => one.nodes.map(node => `${one.id} ${node.target.join(" ")}: ${one.help}`))
)"""


LOOKS: tuple[tuple[Literal["light", "dark"], int, list[str]], ...] = (
    ("light", WIDE, TAGS),
    # Nothing else depends on colours, and nothing else on the width.
    ("dark", WIDE, ["color-contrast", "link-in-text-block"]),
    ("light", NARROW, ["scrollable-region-focusable", "target-size"]),
)


@pytest.mark.parametrize("half", [0, 1])
def test_axe_finds_nothing(site: Site, browser: Browser, half: int) -> None:
    found = []
    # The pages allow no script; the one that looks at them is let in by force.
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        for kind, pages in [*site.once().items()][half::2]:
            # The fullest that is not too big to be looked at element by element.
            path = next((one for one in pages if one.stat().st_size < 32 * 1024), pages[-1])
            page.goto(site.url(path))
            found += [f"{kind}, {one} ({path})" for one in judged(page)]
    assert not found, "\n".join(found)


def judged(page: Page) -> list[str]:
    """What axe objects to on the page that is open, which must let it in."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = []
    for scheme, width, rules in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{scheme}, {width}: {one}" for one in page.evaluate(RUN, rules)]
    return found


CONTRAST = """() => {
    const parse = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const light = colour => {
        const [r, g, b] = parse(colour).map(one => one / 255).map(
            one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (one, other) => {
        const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    };
    const paper = getComputedStyle(document.body).backgroundColor;
    return [...document.querySelectorAll("svg text")].flatMap(text => {
        const before = text.previousElementSibling;
        const cell = text.parentElement.querySelector("rect.cell, rect.box");
        const inside = cell && (before === cell || cell.classList.contains("box"));
        const ground = inside ? getComputedStyle(cell).fill : paper;
        const found = ratio(getComputedStyle(text).fill, ground);
        return found < 4.5 ? [`${text.textContent}: ${found.toFixed(2)} on ${ground}`] : [];
    });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_in_pictures_stand_out(site: Site, page: Page, scheme: Any) -> None:
    """What axe does not judge: text of SVG on what it is drawn on."""
    page.emulate_media(color_scheme=scheme)
    for kind, path in site.fullest().items():
        if "<svg" in path.read_text(encoding="utf-8"):
            page.goto(site.url(path))
            assert page.evaluate(CONTRAST) == [], kind


def test_a_telephone_shows_every_page_without_moving_it_sideways(site: Site, page: Page) -> None:
    page.set_viewport_size({"width": NARROW, "height": 640})
    for kind, path in site.both():
        page.goto(site.url(path))
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW, f"{kind}: {path}"
        cut = page.evaluate(
            """[...document.querySelectorAll("main table, main svg")].filter(
                one => one.getBoundingClientRect().right > innerWidth && !one.closest("[role=region][tabindex='0']")
            ).map(one => one.textContent.trim().slice(0, 40))"""
        )
        assert cut == [], f"{kind}: wide things scroll in a region of their own, which the keyboard reaches"


def test_a_word_of_any_length_moves_no_page_sideways(browser: Browser, tmp_path: Path) -> None:
    """Every text that people can write is one word of three hundred letters."""
    folder = tmp_path / "long"
    for path, text in printed(dict.fromkeys(written().words, "Weg" * 100)).html.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "templates" / "style.css", folder)
    for one in (one for one in folder.iterdir() if one.is_dir()):
        shutil.copy(ROOT / "templates" / "style.css", one)
    moved = []
    with published(folder) as address, browser.new_context(viewport={"width": NARROW, "height": 640}) as context:
        page = context.new_page()
        for path in sorted(folder.rglob("*.html")):
            page.goto(f"{address}/{path.relative_to(folder).as_posix()}")
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > NARROW:
                wide = page.evaluate(
                    """[...document.querySelectorAll("body *")].filter(
                        one => one.getBoundingClientRect().right > innerWidth && !one.closest("[role=region]")
                    ).map(one => one.tagName + "." + one.className).slice(-1)"""
                )
                moved.append(f"{path.relative_to(folder)}: {wide}")
    assert not moved, "\n".join(moved)


# -- keyboard ------------------------------------------------------------------------------------------------------

WATCH = """() => {
    window.seen = [];
    addEventListener("focusin", event => {
        const style = getComputedStyle(event.target), box = event.target.getBoundingClientRect();
        const shown = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
            && box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
        window.seen.push([window.wanted.indexOf(event.target), shown]);
    });
    window.wanted = [...document.querySelectorAll("a[href], button, input, select, [tabindex='0']")];
    return window.wanted.length;
}"""


def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(site: Site, page: Page) -> None:
    for kind, pages in site.once().items():
        path = pages[-1]
        page.goto(site.url(path))
        number = page.evaluate(WATCH)
        assert number > 0, kind
        page.keyboard.press("Tab")
        first = page.evaluate("document.activeElement.getAttribute('href')")
        assert first == "#main", f"{kind} begins with the way past its head"
        for _ in range(number - 1):
            page.keyboard.press("Tab")
        seen = [(at, shown) for at, shown in page.evaluate("window.seen") if at >= 0]
        assert [at for at, _ in seen] == list(range(len(seen))), f"{kind}: in the order of the page"
        assert len(seen) >= number - page.locator("pre").count(), f"{kind}: everything is reached"
        hidden = [at for at, shown in seen if not shown]
        told = page.evaluate("at => at.map(one => window.wanted[one].outerHTML.slice(0, 80))", hidden)
        assert not hidden, f"{kind}: no outline shows {told}"


# -- paper ---------------------------------------------------------------------------------------------------------

TEXTS = """() => [...document.querySelectorAll("h1, h2, h3, h4, p, li, dt, dd, th, td, caption, figcaption")]
    .filter(one => one.closest("main") && one.checkVisibility())
    .map(one => one.innerText.replace(/\\s+/g, " ").trim())"""
CUT = """() => [...document.querySelectorAll("main, main *")].filter(one => {
        const style = getComputedStyle(one);
        return one.checkVisibility() && !one.closest("svg") && style.overflowX !== "visible"
            && one.scrollWidth > one.clientWidth + 1;
    }).map(one => one.outerHTML.slice(0, 80))"""


def test_paper_has_everything_that_the_screen_has(site: Site, page: Page) -> None:
    for kind, path in site.fullest().items():
        page.set_viewport_size({"width": WIDE, "height": 900})
        page.emulate_media(media="screen")
        page.goto(site.url(path))
        shown, figures = page.evaluate(TEXTS), page.locator("main figure:visible, main svg:visible").count()
        page.emulate_media(media="print")
        # A browser makes what is wider than the sheet smaller, by a quarter at most.
        page.set_viewport_size({"width": PAPER * 4 // 3, "height": 1000})
        assert page.evaluate(TEXTS) == shown, kind
        assert page.locator("main figure:visible, main svg:visible").count() == figures, kind
        assert page.evaluate(CUT) == [], f"{kind}: nothing is cut"
        assert page.evaluate("document.documentElement.scrollWidth") <= PAPER * 4 // 3, f"{kind} fits on the sheet"


@pytest.mark.parametrize("path", ["departments/network/index.html", "changes/new-landscape/index.html"])
def test_a_printed_page_has_all_its_words(site: Site, page: Page, path: str) -> None:
    page.goto(site.url(site.of("lived").root / path))
    page.emulate_media(media="print")
    words = {letters(word) for text in page.evaluate(TEXTS) for word in text.split()}
    printed = PdfReader(io.BytesIO(page.pdf(format="A4", margin=dict.fromkeys(("left", "right"), "1cm"))))
    text = letters("".join(sheet.extract_text() for sheet in printed.pages))
    assert [one for one in words if one not in text] == []


def letters(text: str) -> str:
    """Without what breaks lines, and without ligatures."""
    return re.sub(r"\W", "", unicodedata.normalize("NFKC", text))


# -- what the pages are for ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", ["", "acme"], ids=["provider", "client"])
def test_a_bar_of_a_chart_leads_to_its_order(site: Site, page: Page, reader: str) -> None:
    path = site.of("lived", reader).root / "changes/new-landscape/index.html"
    rows = {one["key"]: one for one in site.workspaces["lived"].plan(LATER)["orders"]}
    page.goto(site.url(path))
    bars = page.locator("svg a .bar")
    seen, number = set(), bars.count()
    for at in range(number):
        title = bars.nth(at).locator("xpath=..").locator("text").first.text_content() or ""
        bars.nth(at).click()
        if reader:
            assert urlsplit(page.url).path == urlsplit(site.url(path)).path, "it stays on the page"
            there = page.locator(f'[id="{unquote(urlsplit(page.url).fragment)}"]')
            expect(there).to_be_in_viewport()
            seen.add(there.locator("code").first.inner_text())
            assert there.get_by_role("rowheader").inner_text().startswith(title.split(":")[0])
        else:
            assert "/orders/" in page.url
            seen.add(page.locator("main code").first.inner_text())
            assert title.startswith(page.get_by_role("heading", level=1).inner_text())
            page.go_back()
    assert len(seen) == number > 10
    assert {key for key, row in rows.items() if row["change"] == "new-landscape" and row["start"]} <= seen


class Next(NamedTuple):
    """An order that is next, as the page of a department tells it."""

    key: str
    status: str
    waits_for: dict[str, str]
    """Key → the address of whoever answers for it."""


def read(page: Page) -> tuple[list[Next], set[str]]:
    """What is next and what is late, from nothing but the roles and the words of the page."""
    found = []
    for one in page.get_by_role("region", name="What is next").get_by_role("article").all():
        link = one.get_by_role("heading", level=3).get_by_role("link")
        asks = dict(map(_ask, one.get_by_role("listitem").all()))
        assert asks or one.get_by_text("It waits for nothing.").is_visible()
        found.append(Next(_key(link), one.locator(".tag").first.inner_text().split(",")[0].replace(" ", "_"), asks))
    late = page.get_by_role("region", name="What is late").get_by_role("listitem").all()
    return found, {one.get_by_role("link").first.inner_text() for one in late}


def _ask(item: Locator) -> tuple[str, str]:
    told = re.fullmatch(r"(\S+): .+, call (.+), (\S+@\S+)", item.inner_text())
    assert told, item.inner_text()
    return told[1], f"{told[2]} <{told[3]}>"


def _key(link: Locator) -> str:
    """The key of the order to which a link leads; its page says it."""
    link.click()
    key = link.page.locator("main code").first.inner_text()
    link.page.go_back()
    return key


@pytest.mark.parametrize(("state", "at"), [("fresh", AT), ("lived", LATER)])
def test_the_lead_of_a_department_needs_only_its_page(site: Site, page: Page, state: str, at: str) -> None:
    plan = site.workspaces[state].plan(at)
    told = site.workspaces[state].ok("status", "--output-format", "json", at=at).data["orders"]
    status = {one["key"]: one["status"] for one in told}
    orders = {one["key"]: one for one in plan["orders"]}
    unheard = {one["detail"].split(": ")[0].split()[0] for one in plan["findings"] if one["code"] in LATE}
    for department in ("network", "dba", "architecture"):
        mine = [one for one in plan["orders"] if department in (one["department"], *one["joint"])]
        mine.sort(key=lambda one: (RANKS[one["status"]], one["start"] is None, one["start"], one["key"]))
        expected = [
            Next(
                key=one["key"],
                status=status[one["key"]],
                waits_for={key: whom(site, orders[key]) for key in one["depends_on"] if status[key] != "done"},
            )
            for one in mine[:3]
        ]
        late = {one["key"] for one in mine if one["key"] in unheard or (one["slack_hours"] or 0) < 0}
        page.goto(site.url(site.of(state).root / "departments" / department / "index.html"))
        assert read(page) == (expected, late)
        assert bool(late) == (state == "lived" and bool(mine))


RANKS = {"in_progress": 0, "rejected": 0, "blocked": 1, "ready": 2, "planned": 3}
LATE = ("TAM441", "TAM442", "TAM443")


def whom(site: Site, order: dict[str, Any]) -> str:
    """Whom to call for an order: the manager of its department, or the engineer or the TAM of its project."""
    people, project = site.spec("Person"), site.spec("Project")[order["project"]]
    if found := site.spec("Department").get(order["department"]):
        manager = people[found["manager"]]
        return f"{manager['title']} <{found.get('email') or manager['email']}>"
    if order["department"] == "tam":
        manager = people[project["team"]["tam"]]
        return f"{manager['title']} <{manager['email']}>"
    contacts = site.spec("Client")[project["client"]]["contacts"]
    contact = next(one for _, one in sorted(contacts.items()) if one["role"] == "technical")
    return f"{contact['title']} <{contact['email']}>"


# -- the search ----------------------------------------------------------------------------------------------------


class Searched(NamedTuple):
    """The trees with their index, and where they are published."""

    provider: str
    client: str


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searched]:
    workspace = copy_of_sample(tmp_path_factory.mktemp("searched"))
    workspace.ok("render", "--search", "--out", "out/site", "--clients", "out/clients")
    with published(workspace.root / "out") as address:
        yield Searched(f"{address}/site", f"{address}/clients/acme")


def ask(page: Page, words: str) -> Locator:
    """Type words and give the links to what is found."""
    field = page.get_by_role("searchbox", name="Words to search for")
    field.fill("")
    field.press_sequentially(words)
    return page.get_by_role("main").get_by_role("listitem").get_by_role("link")


def test_a_word_that_is_typed_leads_to_its_page(searched: Searched, page: Page) -> None:
    heard = listen(page, searched.provider)
    page.goto(f"{searched.provider}/projects/acme-shop/index.html")
    page.get_by_role("link", name="Search").click()
    found = ask(page, "month-end")
    expect(found).to_have_count(1)
    expect(found).to_have_text("Why the pool ran full")
    expect(page.get_by_role("status")).to_have_text("Pages found: 1")
    found.click()
    assert page.url == f"{searched.provider}/reviews/pool-full-2026-10.html"
    expect(page.get_by_role("main")).to_contain_text("the month-end reports came late")
    page.goto(f"{searched.provider}/search.html?q=freight")
    expect(page.get_by_role("link", name="Freight portal moves to us").first).to_be_visible()
    page.goto(f"{searched.provider}/search.html?q=xyzzy")
    expect(page.get_by_role("status")).to_have_text("Nothing was found.")
    assert not heard, "\n".join(heard)


def test_a_client_finds_his_own_pages_and_no_others(searched: Searched, page: Page) -> None:
    heard = listen(page, searched.client)
    page.goto(f"{searched.client}/search.html")
    found = ask(page, "landscape")
    expect(found.first).to_be_visible()
    for link in found.all():
        assert (link.get_attribute("href") or "").startswith("/clients/acme/")
    expect(ask(page, "freight")).to_have_count(0)
    expect(page.get_by_role("status")).to_have_text("Nothing was found.")
    assert not heard, "\n".join(heard)


def test_axe_finds_nothing_on_the_search(searched: Searched, browser: Browser) -> None:
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        page.goto(f"{searched.provider}/search.html?q=pool")
        expect(page.get_by_role("status")).to_contain_text("Pages found: ")
        assert judged(page) == []


# -- the preview ---------------------------------------------------------------------------------------------------


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[Preview]:
    """The sample, served while somebody edits it."""
    yield from serving(copy_of_sample(tmp_path / "here"))


def test_an_open_page_follows_what_is_written(preview: Preview, page: Page) -> None:
    address, workspace = f"http://127.0.0.1:{preview.port}", preview.workspace
    heard = listen(page, address)
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{address}{PAGE}")
    heading, bar = page.get_by_role("heading", level=1), page.get_by_role("status")
    expect(heading).to_have_text("ACME online shop")
    expect(bar).to_have_count(0)
    workspace.edit(PROJECT, "ACME online shop", "ACME <b>store")
    heading.get_by_text("ACME <b>store").wait_for()
    workspace.edit(PROJECT, "service: web-landscape", "service: web_landscape")
    bar.wait_for()
    line = next(n for n, text in enumerate(workspace.text(PROJECT).splitlines(), 1) if "web_landscape" in text)
    expect(bar).to_contain_text(f"The files do not load. {PROJECT}:{line}:")
    expect(heading).to_have_text("ACME <b>store")
    page.get_by_role("link", name="See what was found").click()
    frame = page.get_by_role("main").locator("pre")
    expect(frame).to_contain_text(f"{line} |     shop: {{service: web_landscape, params: {{servers: 4}}}}")
    expect(frame).to_contain_text("^^^^^^^^^^^^^")
    workspace.edit(PROJECT, "service: web_landscape", "service: web-landscape")
    page.get_by_text("No findings.").wait_for()
    page.goto(f"{address}{PAGE}")
    expect(bar).to_have_count(0)
    workspace.edit(PROJECT, "ACME <b>store", "ACME online shop")
    heading.get_by_text("ACME online shop").wait_for()
    assert not heard, "\n".join(heard)


def test_axe_finds_nothing_on_what_is_wrong(preview: Preview, browser: Browser) -> None:
    address = f"http://127.0.0.1:{preview.port}"
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(f"{address}{PAGE}")
        preview.workspace.edit(PROJECT, "service: web-landscape", "service: web_landscape")
        page.get_by_role("status").wait_for()
        found = judged(page)
        page.get_by_role("link", name="See what was found").click()
        page.locator("main pre").wait_for()
        assert found + judged(page) == []


# -- pictures ------------------------------------------------------------------------------------------------------


@pytest.mark.skipif("TAMSPEC_SCREENSHOTS" not in os.environ, reason="TAMSPEC_SCREENSHOTS names no folder for pictures")
def test_pictures_of_every_kind_are_kept(site: Site, page: Page) -> None:
    folder = Path(os.environ["TAMSPEC_SCREENSHOTS"])
    for kind, path in site.fullest().items():
        page.goto(site.url(path))
        name = re.sub(r"\W+", "-", kind.replace("*", "one"))
        for look, scheme, width in (("light", "light", WIDE), ("dark", "dark", WIDE), ("narrow", "light", NARROW)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=folder / f"{name}-{look}.png", full_page=True)
