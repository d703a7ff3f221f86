"""`tamspec serve`: a real process, a real connection, and files that somebody edits meanwhile."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar, NamedTuple

import pytest
from program import AT, Workspace, command, copy_of_sample, environment, run, small

from benchmarks import serve
from tamspec import gitrepo, pipeline
from tamspec.preview.pages import Shown, answer

PATIENCE = 60.0
"""Seconds until a test gives up; everything comes long before."""
PROJECT = "projects/acme-shop/project.yaml"
PAGE = "/projects/acme-shop/"
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """Here it is this machine that is asked."""


class Page(NamedTuple):
    """What was answered."""

    status: int
    headers: dict[str, str]
    text: str


class Preview:
    """The program at work in a workspace, and the browser that looks at it."""

    def __init__(self, workspace: Workspace, *arguments: str) -> None:
        self.workspace = workspace
        self.process = subprocess.Popen(
            command("--at", AT, "serve", "--port", "0", *arguments),
            cwd=workspace.root,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", self.line)
        assert found, self.line
        self.port = int(found[1])

    def get(self, path: str, method: str = "GET", **headers: str) -> Page:
        """Ask once, as any program may."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.putrequest(method, path, skip_host="Host" in headers)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            reply = connection.getresponse()
            return Page(reply.status, {name.lower(): each for name, each in reply.getheaders()}, reply.read().decode())
        finally:
            connection.close()

    def until(self, path: str, holds: Callable[[Page], bool]) -> Page:
        """The page as soon as it is as it should be."""
        end = time.monotonic() + PATIENCE
        while not holds(page := self.get(path)):
            assert time.monotonic() < end, page.text
            time.sleep(0.05)
        return page

    def states(self) -> Generator[str, None, None]:
        """The names of the states, as a browser hears them."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(b"GET /.tamspec/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            with connection.makefile("r", encoding="utf-8") as lines:
                assert "200" in lines.readline()
                for line in lines:
                    if line.startswith("data: "):
                        yield line.removeprefix("data: ").strip()

    def stop(self) -> tuple[int, str]:
        """Press Ctrl-C; gives the exit code and what was said of trouble."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=PATIENCE)
        assert "Traceback" not in err, err
        assert out == "", "the address is all that is said"
        return self.process.returncode, err


def serving(workspace: Workspace, *arguments: str) -> Iterator[Preview]:
    preview = Preview(workspace, *arguments)
    try:
        yield preview
        if preview.process.poll() is None:
            assert preview.stop() == (0, "")
    finally:
        preview.process.kill()
        preview.process.communicate()


@pytest.mark.parametrize("seconds", [0.03, 0.05, 0.08, 0.11])
def test_it_ends_whatever_it_is_doing(tmp_path: Path, seconds: float) -> None:
    """Having told the address it reads everything once more, tables too."""
    preview = Preview(copy_of_sample(tmp_path))
    time.sleep(seconds)
    try:
        assert preview.stop() == (0, "")
    finally:
        preview.process.kill()


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Preview]:
    """The sample, served."""
    yield from serving(copy_of_sample(tmp_path / "here"), "--clients")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Preview]:
    """A small workspace, served."""
    yield from serving(small(tmp_path / "here"))


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """The same for all tests that edit nothing."""
    yield from serving(small(tmp_path_factory.mktemp("steady") / "here"))


def state_of(page: Page) -> str:
    found = re.search(r'<script src="/\.tamspec/reload\.js" data-state="([\w-]+)" defer></script>', page.text)
    assert found, page.text
    return found[1]


def is_warned(page: Page) -> bool:
    return '<div class="preview bad" role="status"' in page.text


def is_current(page: Page) -> bool:
    return not is_warned(page)


# -- pages -------------------------------------------------------------------------------------------------------------


def test_the_first_page_and_every_other(sample: Preview) -> None:
    first = sample.get("/")
    assert first.status == 200
    assert first.text == sample.get("/index.html").text
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert first.headers["cache-control"] == "no-store"
    assert first.headers["x-content-type-options"] == "nosniff"
    assert "Meridian Managed Services" in first.text
    assert "ACME online shop" in sample.get(PAGE).text
    assert sample.get(PAGE.rstrip("/")).headers["location"] == PAGE
    assert sample.get("/style.css").headers["content-type"].startswith("text/css")
    assert sample.get("/changes/new-landscape.md").headers["content-type"].startswith("text/markdown")


def test_the_script_is_allowed_and_nothing_else_is(sample: Preview) -> None:
    [policy] = POLICY.findall(sample.get("/").text)
    said = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert said["default-src"] == "'none'"
    assert said["script-src"] == said["connect-src"] == said["style-src"] == "'self'"
    assert sample.get("/.tamspec/reload.js").headers["content-type"].startswith("text/javascript")
    assert sample.get("/.tamspec/preview.css").status == 200
    for path in ("/", "/.tamspec/findings", "/clients/", "/nothing"):
        page = sample.get(path).text
        assert "style=" not in page
        assert page.count("<script") == 1


def test_what_is_written_has_no_script(shop: Preview) -> None:
    shop.workspace.ok("render", "--out", "site")
    written = shop.workspace.text("site/index.html")
    assert "<script" not in written
    assert "script-src" not in written
    shown = shop.get("/").text
    assert written.partition("<body>")[2] in shown, "the rest is what is written"


def test_each_client_has_a_tree_of_his_own(sample: Preview) -> None:
    assert sample.get("/clients").headers["location"] == "/clients/"
    assert 'href="acme/index.html"' in sample.get("/clients/").text
    assert sample.get("/clients/acme/").status == 200
    page = sample.get("/clients/acme/projects/acme-shop/")
    assert page.status == 200
    assert "ACME online shop" in page.text
    assert "projects/borealis" not in page.text
    assert sample.get("/clients/acme/projects/borealis/").status == 404
    assert sample.get("/clients/nobody/").status == 404


def test_without_clients_nothing_of_theirs_is_there(shop: Preview) -> None:
    assert shop.get("/clients/").status == 404
    assert shop.get("/clients/acme/projects/shop/").status == 404


# -- edits -------------------------------------------------------------------------------------------------------------


def test_an_edit_is_told_and_the_page_has_the_new_text(sample: Preview) -> None:
    states = sample.states()
    first = next(states)
    assert state_of(sample.get(PAGE)) == first
    sample.workspace.edit(PROJECT, "ACME online shop", "ACME <b>store & co")
    second = next(states)
    assert second != first
    page = sample.get(PAGE)
    assert state_of(page) == second
    assert "ACME &lt;b&gt;store &amp; co" in page.text
    assert "<b>store" not in page.text
    states.close()


def test_files_that_say_nothing_new_change_nothing(shop: Preview) -> None:
    states = shop.states()
    first = next(states)
    shop.workspace.write("projects/shop/project.yaml", shop.workspace.text("projects/shop/project.yaml"))
    shop.workspace.write("projects/shop/.project.yaml.swp", "not ours")
    shop.workspace.write("projects/shop/notes.txt", "not ours")
    shop.workspace.edit("projects/shop/project.yaml", "criticality: medium", "criticality: high")
    second = next(states)
    assert (first[-2:], second[-2:]) == ("-1", "-2"), "only the last of them is a state"
    states.close()


def test_a_project_in_a_new_folder_is_seen_and_every_edit_of_it(shop: Preview) -> None:
    text = shop.workspace.text("projects/shop/project.yaml").replace("{name: shop}", "{name: store, title: One}")
    shop.workspace.write("projects/store/project.yaml", text)
    shop.until("/projects/store/", lambda page: page.status == 200)
    shop.workspace.edit("projects/store/project.yaml", "title: One", "title: Second")
    shop.until("/projects/store/", lambda page: "Second" in page.text)
    (shop.workspace.root / "projects/store/project.yaml").unlink()
    (shop.workspace.root / "projects/store").rmdir()
    shop.until("/projects/store/", lambda page: page.status == 404)
    shop.workspace.write("projects/store/project.yaml", text)
    shop.until("/projects/store/", lambda page: page.status == 200)
    shop.workspace.edit("projects/store/project.yaml", "title: One", "title: Third")
    shop.until("/projects/store/", lambda page: "Third" in page.text)


def test_a_template_of_the_workspace_is_watched_and_told_where_it_fails(shop: Preview) -> None:
    shop.workspace.write("templates/project.html", "<!doctype html>\n<body>\n<p>Ours: {{ page.nothing }}</p>\n")
    page = shop.until("/projects/shop/", is_warned)
    assert "Ours:" not in page.text, "it is printed with the template that tamspec ships with"
    found = shop.get("/.tamspec/findings").text
    assert "TAM600" in found
    assert "templates/project.html:3" in found
    shop.workspace.write("templates/project.html", "<!doctype html>\n<body>\n<p>Ours: {{ page.title }}</p>\n")
    page = shop.until("/projects/shop/", lambda page: "Ours:" in page.text)
    assert state_of(page), "a page without head or policy is loaded anew too"


def test_what_was_measured_is_followed_and_so_are_documents(sample: Preview) -> None:
    measured = "data/usage.csv"
    assert "7.91" not in sample.get("/projects/resource-pool/capacity.html").text
    sample.workspace.write(measured, f"{sample.workspace.text(measured)}resource-pool,storage,2026-11-22,7.91\n")
    sample.until("/projects/resource-pool/capacity.html", lambda page: "7.91" in page.text)
    runbook = sample.workspace.root / "projects/ticket-sales/docs/runbook.md"
    text = runbook.read_bytes()
    runbook.unlink()
    sample.until("/.tamspec/findings", lambda page: "docs/runbook.md" in page.text)
    sample.workspace.write("projects/ticket-sales/docs/runbook.md", text)
    sample.until("/.tamspec/findings", lambda page: "docs/runbook.md" not in page.text)


def test_what_is_kept_of_the_last_plan_changes_nothing_and_does_not_grow(tmp_path: Path) -> None:
    workspace = copy_of_sample(tmp_path / "here")
    borealis = "projects/borealis/project.yaml"
    texts = {path: workspace.text(path) for path in (PROJECT, borealis)}
    edits: list[tuple[str, str, str, int]] = [
        (PROJECT, "ACME online shop", "ACME store", 0),
        (PROJECT, "servers: 4", "servers: 9", 0),
        (PROJECT, "servers: 4", "servers: 9", 1),
        (PROJECT, "service: web-landscape", "service: nothing", 1),
        (PROJECT, "servers: 4", "servers: 9", 40),
        (PROJECT, "ACME online shop", "ACME online shop", 3600),
        (borealis, "metadata:", "metadata:", 30 * 3600),
    ]
    before = pipeline.Before()
    for path, old, new, seconds in edits:
        for name, text in texts.items():
            workspace.write(name, text.replace(old, new) if name == path else text)
        tree = tree_of(workspace)
        at = datetime.fromisoformat(AT) + timedelta(seconds=seconds)
        before.follow(tree)
        kept, fresh = pipeline.tell(tree, at, before=before), pipeline.tell(tree, at)
        assert kept.plan == fresh.plan
        assert kept.findings == fresh.findings
        assert {key[0] for key in before.reads} == set(tree.files)
        assert len(before.reads) == len(tree.files)


def tree_of(workspace: Workspace) -> pipeline.Tree:
    settings, findings = pipeline.settings(gitrepo.settings_in(workspace.root))
    files = gitrepo.files_in(workspace.root, settings.sources).files
    return pipeline.Tree(settings=settings, findings=findings, files=files)


# -- what does not load ------------------------------------------------------------------------------------------------


def test_broken_yaml_leaves_the_last_good_page_with_a_banner(sample: Preview) -> None:
    before = sample.get(PAGE)
    assert is_current(before)
    sample.workspace.edit(PROJECT, "service: web-landscape", "service: <i>web")
    page = sample.until(PAGE, is_warned)
    assert page.status == 200
    assert "ACME online shop" in page.text, "the old page is still there"
    assert "/.tamspec/findings" in page.text
    assert "<i>web" not in page.text
    assert page.text.index('class="skip"') < page.text.index('role="status"') < page.text.index("<header>")
    found = sample.get("/.tamspec/findings")
    assert found.status == 200
    line = next(n for n, text in enumerate(sample.workspace.text(PROJECT).splitlines(), 1) if "<i>web" in text)
    assert f"{PROJECT}:{line}:" in found.text
    assert f"{line} |     shop: {{service: &lt;i&gt;web, params: {{servers: 4}}}}" in found.text, "the line itself"
    assert "<i>" not in found.text
    tag, link = '<span class="tag f-error">error</span>', r'<a href="/findings/TAM100\.html#(TAM\d+)">\1</a>'
    assert re.search(f"{tag} {link}", found.text)

    sample.workspace.edit(PROJECT, "service: <i>web", "service: web-landscape")
    assert "ACME online shop" in sample.until(PAGE, is_current).text


@pytest.mark.parametrize(
    "content", [b"kind: [", b"\xff\xfe\x00", b"\x00", b"a: b\na: c\n", "é".encode("latin-1"), b"\t- x: !!python/none\n"]
)
def test_whatever_a_file_holds_it_goes_on(shop: Preview, content: bytes) -> None:
    shop.workspace.write("projects/shop/more.yaml", content)
    shop.until("/", is_warned)
    assert "projects/shop/more.yaml" in shop.get("/.tamspec/findings").text
    (shop.workspace.root / "projects/shop/more.yaml").unlink()
    shop.until("/", is_current)


def test_settings_may_go_and_come_back(shop: Preview) -> None:
    text = shop.workspace.text("tamspec.yaml")
    (shop.workspace.root / "tamspec.yaml").unlink()
    page = shop.until("/", is_warned)
    assert "tamspec.yaml" in page.text
    assert "tamspec.yaml" in shop.get("/.tamspec/findings").text
    shop.workspace.write("tamspec.yaml", text.replace("apiVersion", "apiVersoin"))
    shop.until("/.tamspec/findings", lambda page: "tamspec.yaml:1" in page.text)
    assert is_warned(shop.get("/"))
    shop.workspace.write("tamspec.yaml", text)
    shop.until("/", is_current)


def test_the_whole_workspace_may_go_and_come_back(shop: Preview) -> None:
    root = shop.workspace.root
    away = root.rename(root.with_name("away"))
    shop.workspace.root = away
    shop.until("/", is_warned)
    away.rename(root)
    shop.workspace.root = root
    shop.until("/", is_current)
    shop.workspace.edit("projects/shop/project.yaml", "{name: shop}", "{name: shop, title: Again}")
    shop.until("/projects/shop/", lambda page: "Again" in page.text)


def test_where_nothing_has_loaded_yet_every_page_says_why(tmp_path: Path) -> None:
    workspace = small(tmp_path / "here")
    good = workspace.text("projects/shop/project.yaml")
    workspace.write("projects/shop/project.yaml", "kind: [\n")
    for preview in serving(workspace):
        page = preview.get("/projects/shop/")
        assert page.status == 503
        assert "TAM0" in page.text
        assert "projects/shop/project.yaml" in page.text
        assert preview.get("/style.css").status == 200
        state_of(page)
        workspace.write("projects/shop/project.yaml", good)
        preview.until("/projects/shop/", lambda page: page.status == 200 and is_current(page))


def test_warnings_of_what_loads_are_told_in_a_bar(shop: Preview) -> None:
    assert "preview" not in shop.get("/").text.partition("<body>")[2]
    shop.workspace.edit("projects/shop/project.yaml", "{name: shop}", "{name: shop, title: no}")
    page = shop.until("/", lambda page: 'class="preview wait" role="status"' in page.text)
    assert 'href="/.tamspec/findings"' in page.text
    found = shop.get("/.tamspec/findings").text
    assert "TAM015" in found
    assert "projects/shop/project.yaml:3:" in found


# -- who may ask, and for what -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8311", "127.0.0.1.evil.example", "localhost.", ""])
def test_under_a_name_of_elsewhere_nothing_is_shown(steady: Preview, host: str) -> None:
    for path in ("/", "/.tamspec/events", "/.tamspec/findings", "/nothing"):
        page = steady.get(path, Host=host)
        assert page.status == 403
        assert "shop" not in page.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:9999"])
def test_names_of_this_machine_are_good_through_any_port(steady: Preview, host: str) -> None:
    assert steady.get("/", Host=host).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2ftamspec.yaml",
        "/tamspec.yaml",
        "//etc/passwd",
        "/projects/shop/project.yaml",
        "/%00",
        "/%ff",
        "/.tamspec/",
        "/.tamspec/../tamspec.yaml",
    ],
)
def test_only_documents_are_found(steady: Preview, path: str) -> None:
    page = steady.get(path)
    assert page.status == 404
    assert 'href="/index.html"' in page.text
    assert "apiVersion" not in page.text


def test_a_path_is_not_echoed(steady: Preview) -> None:
    assert "<script>alert" not in steady.get("/%3Cscript%3Ealert(1)%3C/script%3E").text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_can_be_written(steady: Preview, method: str) -> None:
    assert steady.get("/", method).status == 405


def test_a_head_is_the_page_without_its_text(steady: Preview) -> None:
    page, head = steady.get("/"), steady.get("/", "HEAD")
    assert head.text == ""
    assert head.headers["content-length"] == str(len(page.text.encode()))
    assert steady.get("/.tamspec/events", "HEAD").headers["content-type"].startswith("text/event-stream")


# -- the process -------------------------------------------------------------------------------------------------------


def test_ctrl_c_ends_it_while_somebody_listens(shop: Preview) -> None:
    states = shop.states()
    next(states)
    assert shop.stop() == (0, "")
    states.close()


def test_a_port_that_is_taken_is_said_plainly(shop: Preview) -> None:
    told = run(shop.workspace.root, "serve", "--port", str(shop.port))
    assert told.code == 2
    assert str(shop.port) in told.err


def test_where_no_workspace_is_there_is_nothing_to_serve(tmp_path: Path) -> None:
    assert run(tmp_path, "serve", "--port", "0").code == 2


def test_without_its_library_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("watchfiles", "watchfiles._rust_notify"):
        monkeypatch.setitem(sys.modules, name, None)
    told = run(small(tmp_path).root, "serve", "--port", "0")
    assert told.code == 2
    assert "tamspec[serve]" in told.err


@pytest.mark.slow
def test_the_measurement_measures() -> None:
    figures = serve.figures(quick=True, say=lambda _: None)
    assert figures["edits"] == serve.QUICK
    assert all(figures[name]["p50_ms"] <= figures[name]["worst_ms"] for name in ("at an instant", "by the clock"))


class Unguarded:
    """Documents of ours that lost their policy."""

    templates: ClassVar[dict[str, str]] = {}

    def __contains__(self, path: str) -> bool:
        return True

    def page(self, path: str) -> str:
        return f"<!doctype html>{path}"


def test_a_page_without_our_policy_is_a_bug() -> None:
    """The script would be blocked in silence."""
    with pytest.raises(AssertionError, match="policy"):
        answer(Shown(state="x", documents=Unguarded()), "")  # type: ignore[arg-type]
