"""Pages are well-formed and linked, take hostile text as text, name no other client, and repeat byte for byte."""

from __future__ import annotations

import functools
import hashlib
import os
import posixpath
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec import Struct
from msgspec.structs import replace

from tamspec import load, pipeline, plan, resources, rules
from tamspec.chapters import explained
from tamspec.desk import documents
from tamspec.diagnostics import Fault, Findings
from tamspec.model.filed import Filed
from tamspec.model.order import Event, Report, State, StatusSet
from tamspec.model.plan import Plan, Reason
from tamspec.model.workspace import Workspace
from tamspec.render import escape
from tamspec.render.gantt import Bar, gantt
from tamspec.render.manual import Block, blocks
from tamspec.render.site import Site
from tamspec.render.topology import Node, topology
from tamspec.render.trees import Material, for_client, internal
from tamspec.render.when import due_by, last_day, span_text, when, work_text

ROOT = Path(__file__).resolve().parent.parent
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
VOID = {"meta", "link", "br", "hr", "img", "input"}
FORGE = "https://forge.example/team/clients/blob/1f0c2d"

HOSTILE = (
    "<script>alert(1)</script> ]]> --> | `code` **bold** [x](javascript:alert(1)) ![i](http://e.example/i.png)"
    " <b onclick=x> @root #12 www.e.example http://e.example \u202eesrever\u2066 \x00\x1b\ud800 \\ \\| &lt; {{ 7*7 }}"
    " {% raw %} \"q' ~~gone~~ $x$ <!-- \n# heading\n- item\n1. one\n---\n    code\n> quote\n|a|b|\n```\n"
)
BENIGN = "\n".join(f"plain {number}" for number in range(HOSTILE.count("\n"))) + "\n"


class Sample(Struct, frozen=True, dict=True):
    """What `render` takes."""

    workspace: Workspace
    state: State
    plan: Plan
    findings: Findings = Findings()
    events: tuple[Event, ...] = ()

    @functools.cached_property
    def material(self) -> Material:
        return Material(
            workspace=self.workspace,
            state=self.state,
            plan=self.plan,
            findings=self.findings,
            events=self.events,
            promised=lambda name: pipeline.promise_told(self.workspace, name),
            register=documents.register(self.workspace, self.state, self.events, Filed(), AT, self.plan.moves),
        )

    @functools.cached_property
    def pages(self) -> dict[str, str]:
        return printed(self.material)

    @functools.cached_property
    def outside(self) -> dict[str, dict[str, str]]:
        """Client → the pages of his tree."""
        return {name: whole(for_client(self.material, name)) for name in self.workspace.clients}

    @functools.cached_property
    def html(self) -> dict[str, Page]:
        """The pages for a browser, read."""
        return {path: Page(text) for path, text in self.pages.items() if path.endswith(".html")}


@functools.cache
def loaded() -> load.Loaded:
    schemas = {name: resources.schema(name) for name in resources.schema_names()}
    settings, _ = load.settings((ROOT / load.SETTINGS).read_bytes(), schemas)
    paths = sorted(path for folder in settings.sources for path in (ROOT / folder).rglob("*.yaml"))
    return load.load({path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}, settings, schemas)


@functools.cache
def fresh() -> Sample:
    """The sample workspace before anything was ordered or taken over."""
    workspace, state = loaded().workspace, State()
    made, findings = plan.make(workspace, state, AT)
    return Sample(workspace, state, made, findings)


@functools.cache
def lived() -> Sample:
    """All that can be ordered is ordered, and the first orders of the shop are reported done, under way and blocked."""
    workspace, events = loaded().workspace, loaded().events
    made, _ = plan.make(workspace, plan.fold(events), AT)
    events += tuple(plan.record(made, plan.fold(events), workspace.changes, "ivanova"))
    net, vm = "acme-shop/shop.net/provision.1/", "acme-shop/shop.vm/provision.1/"
    reports = [
        {f"{net}address-plan": Report(status="done", effort=150, outputs={"subnet": "10.1.2.0/24"})},
        {f"{net}configure": Report(status="done", outputs={"vlan": "112"})},
        {f"{vm}reserve": Report(status="in_progress", remaining=30)},
        {f"{vm}create": Report(status="blocked", reason="No licence key yet", on="client")},
    ]
    events += tuple(
        StatusSet(at=AT + timedelta(hours=hour), by="volkov", project="acme-shop", name=f"report-{hour}", orders=report)
        for hour, report in enumerate(reports, start=1)
    )
    events = tuple(sorted(events, key=lambda event: (event.at, event.name)))
    state = plan.fold(events)
    made, findings = plan.make(workspace, state, AT + timedelta(days=1))
    return Sample(workspace, state, made, findings, events)


def printed(material: Material) -> dict[str, str]:
    """The pages of the provider."""
    return whole(internal(material))


def whole(site: Site) -> dict[str, str]:
    """All pages of a tree, printed with templates that nothing is wrong with."""
    pages, findings = site.pages()
    assert not findings.all
    return pages


SAMPLES = pytest.mark.parametrize("sample", [fresh, lived], ids=["fresh", "lived"])


class Page(HTMLParser):
    """A strict reader: every element is closed where it should be, every id stands once."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.instants: list[str] = []
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"
        assert len(self.ids) == len(set(self.ids)), "an id stands twice"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        self.tags.append(tag)
        self.attributes.update(names)
        for name, value in attrs:
            {"id": self.ids, "href": self.links, "src": self.links, "datetime": self.instants}.get(name, []).append(
                value or ""
            )
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> without a start"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


# Structure


@SAMPLES
def test_every_page_is_well_formed_and_says_first_what_its_reader_asks(sample: Callable[[], Sample]) -> None:
    pages = sample().pages
    assert list(pages) == sorted(pages)
    for path, page in sample().html.items():
        assert page.tags.count("h1") == 1, path
        assert {"header", "nav", "main", "title"} <= set(page.tags), path
        assert page.tags.count("table") == page.tags.count("caption"), path
        after = pages[path].split("</h1>")[1].lstrip()
        assert after.startswith('<p class="answer">'), path
        assert "default-src 'none'; style-src 'self'" in pages[path]
        assert not page.attributes & {"style", "onclick", "onload"}, path
        assert "script" not in page.tags


@SAMPLES
def test_the_site_has_a_page_for_everything(sample: Callable[[], Sample]) -> None:
    made = sample()
    pages = made.pages
    for name, one in made.workspace.projects.items():
        assert f"projects/{name}/index.html" in pages
        assert (f"projects/{name}/capacity.html" in pages) == bool(one.capacity or one.expiries)
    for key in made.plan.changes:
        assert {f"changes/{escape.slug(key)}/index.html", f"changes/{escape.slug(key)}.md"} <= pages.keys()
    for name in made.workspace.departments:
        assert {f"departments/{name}/index.html", f"departments/{name}/queue.html"} <= pages.keys()
    for name in made.workspace.services:
        assert f"services/{name}.html" in pages
    for name in made.workspace.agreements:
        assert f"agreements/{name}.html" in pages
    for name in made.workspace.reviews:
        assert f"reviews/{name}.html" in pages
    for key in (*made.plan.by_key, *made.state.orders):
        assert f"orders/{escape.slug(key)}.html" in pages
    once = (
        "index",
        "calendar",
        "changes",
        "departments",
        "desks",
        "limits",
        "load",
        "projects",
        "services",
        "agreements",
    )
    assert {"style.css", *(f"{name}.html" for name in once)} <= pages.keys()


@SAMPLES
def test_every_link_leads_to_something(sample: Callable[[], Sample]) -> None:
    for texts in (sample().pages, *sample().outside.values()):
        _assert_linked(texts)


def _assert_linked(texts: Mapping[str, str]) -> None:
    pages = {path: Page(text) for path, text in texts.items() if path.endswith(".html")}
    for path, page in pages.items():
        for link in page.links:
            if link == "data:,":
                continue
            target, _, anchor = link.partition("#")
            where = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) if target else path
            assert where in texts, f"{path} links to {link}"
            assert not anchor or unquote(anchor) in pages[where].ids, f"{path} links to {link}"


def test_places_link_to_the_forge_only_by_addresses_of_the_web() -> None:
    made = fresh()
    pages = printed(replace(made.material, source_url=FORGE))
    assert f'href="{FORGE}/projects/acme-shop/project.yaml#L' in pages["changes/new-landscape/index.html"]
    outside = whole(for_client(replace(made.material, source_url=FORGE), "acme"))
    assert not [path for path, text in outside.items() if FORGE in text or ".yaml" in text]
    for address in ("javascript:alert(1)", "data:text/html,x", 'https://x/"onclick="y', "https://x/|`<b>"):
        assert escape.web_address(address) == ""


@SAMPLES
def test_every_picture_is_xml_with_a_text_alternative(sample: Callable[[], Sample]) -> None:
    pictures = [svg for text in sample().pages.values() for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]
    assert len(pictures) >= 5
    for svg in pictures:
        root = ET.fromstring(svg)  # noqa: S314 - our own text
        links = [element for element in root.iter() if element.tag.endswith("}a")]
        assert root.get("role") == ("group" if links else "img"), "links inside of an image are not told"
        assert [child.tag.rpartition("}")[2] for child in root][:2] == ["title", "desc"]
        assert root[0].text
        assert root[1].text


@SAMPLES
def test_a_change_has_a_bar_for_each_dated_order_and_a_row_for_each_order(sample: Callable[[], Sample]) -> None:
    made = sample()
    for name in made.workspace.changes:
        text = "".join(page for path, page in made.pages.items() if re.match(rf"changes/{name}/(index|orders-)", path))
        dated = [key for key in made.plan.schedule if _order(made, key).change == name]
        done = [one for one in made.state.orders_of(name) if one.status == "done"]
        assert len(re.findall(r'class="bar s-', text)) == len(dated) + len(done) > 0
        for key in dated:
            assert f'<tr id="wo-{escape.slug(key)}">' in text


@SAMPLES
def test_every_order_stands_in_the_queue_of_each_of_its_departments(sample: Callable[[], Sample]) -> None:
    made = sample()
    for name in made.workspace.departments:
        queue = re.compile(rf"departments/{name}/queue(-\d+)?.html")
        queues = [page for path, page in made.html.items() if queue.fullmatch(path)]
        links = [link for page in queues for link in page.links if "/orders/" in link]
        mine = [one.order.key for one in made.plan.actions if name in one.order.departments]
        assert sorted(links) == sorted(f"../../orders/{escape.slug(key)}.html" for key in mine)


def _order(sample: Sample, key: str) -> Any:
    return next(one.order for one in sample.plan.actions if one.order.key == key)


# What the pages tell


def test_a_change_says_whether_it_is_in_time() -> None:
    text = fresh().pages["changes/new-landscape.md"]
    assert "(Europe/Moscow)" in text
    assert "| Verdict | in time |" in text
    late = replace(fresh().plan.changes["new-landscape"], slack_minutes=-3 * 24 * 60)
    pages = _with_changes(fresh(), {"new-landscape": late}).pages
    assert "3 days too late" in pages["changes/new-landscape.md"]
    assert "| Verdict | late |" in pages["changes/new-landscape.md"]
    assert "misses its required date by 3 days" in pages["index.html"]


def test_what_was_reported_is_shown() -> None:
    pages = lived().pages
    change = Page(pages["changes/new-landscape/index.html"]).text
    assert "blocked waits for client: No licence key yet" in change
    passport = Page(pages["projects/acme-shop/index.html"]).text
    assert "vlan: 112" in passport
    assert "components built" in passport


def test_questions_say_what_whom_and_by_when() -> None:
    text = Page(fresh().pages["changes/grow-2027/index.html"]).text
    assert "How many virtual processors will the tests need at the end of a release?" in text
    assert "Yan Titov, system administrator" in text
    assert "Fri 2026-12-11" in text
    assert "With what is assumed today" in text


def test_unclaimed_differences_have_a_page() -> None:
    sample = fresh()
    keys = [key for key in sample.plan.changes if key.endswith(":unclaimed")]
    assert keys
    for key in keys:
        assert "cannot be applied" in sample.pages[f"changes/{escape.slug(key)}/index.html"]


@pytest.mark.parametrize("days", [0, 10, 40])
def test_the_portfolio_tells_the_orders_that_are_overdue_and_no_others(days: int) -> None:
    workspace, state = lived().workspace, lived().state
    made, findings = plan.make(workspace, state, AT + timedelta(days=days))
    page = Page(Sample(workspace, state, made, findings, lived().events).pages["index.html"]).text
    overdue = {one.order for one in made.lapses if one.kind == "overdue"}
    assert {key for key in state.orders if f"{key}: was to be done" in page} == overdue
    assert bool(overdue) == bool(days), "the sample is on time in the beginning"


def test_an_empty_workspace_has_a_page() -> None:
    pages = Sample(Workspace(), State(), Plan(at=AT)).pages
    once = (
        *("agreements", "calendar", "changes", "competencies", "departments", "desks", "documents", "index", "limits"),
        *("load", "projects", "registers", "role", "roster", "services"),
    )
    assert list(pages) == [*(f"{name}.html" for name in once), "style.css"]
    assert "nothing is late" in Page(pages["index.html"]).text


def _with_changes(sample: Sample, changes: Mapping[str, Any]) -> Sample:
    return replace(sample, plan=replace(sample.plan, changes={**sample.plan.changes, **changes}))


# Other clients


def crowded() -> Sample:
    """The shop's orders wait for the capacity that another client's fill, and move them."""
    sample = fresh()
    others = tuple(one.order.key for one in sample.plan.actions if one.order.project == "borealis")
    told = Reason(kind="capacity", subject="network", orders=others, text=f"Networks works on {', '.join(others)}.")
    schedule = {
        key: replace(one, reasons=(told,)) if key.startswith("acme-shop/") else one
        for key, one in sample.plan.schedule.items()
    }
    moving = replace(sample.plan.changes["new-landscape"], rung=1, moved_orders=others)
    crowd = _with_changes(sample, {"new-landscape": moving})
    return replace(crowd, plan=replace(crowd.plan, schedule=schedule))


@pytest.mark.parametrize("sample", [fresh, lived, crowded], ids=["fresh", "lived", "crowded"])
def test_a_change_names_no_other_client(sample: Callable[[], Sample]) -> None:
    made = sample()
    pages = made.pages
    for key, change in made.plan.changes.items():
        client = made.workspace.projects[change.project].client.name
        secrets = set(_words_of_other_clients(made, client))
        mine = {**made.outside[client], "comment": pages[f"changes/{escape.slug(key)}.md"]}
        assert f"changes/{escape.slug(key)}/index.html" in mine
        for path, text in mine.items():
            found = sorted(secret for secret in secrets if re.search(rf"\b{re.escape(secret)}\b", text))
            assert not found, f"{path} names {found}"


def _words_of_other_clients(sample: Sample, client: str) -> Iterator[str]:
    workspace = sample.workspace
    for other in workspace.clients.values():
        if other.name != client:
            yield from (other.name, other.title, *(contact.title for contact in other.contacts.values()))
    for project in workspace.projects.values():
        if project.client.name != client:
            yield from (project.name, project.title)
    for change in workspace.changes.values():
        if workspace.projects[change.project.name].client.name != client:
            yield from (change.name, change.title)


def test_shared_capacity_is_said_to_the_client_and_told_to_the_department() -> None:
    pages = crowded().pages
    assert "Shared capacity: Networks has none free before." in pages["changes/new-landscape.md"]
    assert (
        "Shared capacity: Networks has none free before."
        in crowded().outside["acme"]["changes/new-landscape/index.html"]
    )
    assert "Networks works on borealis/" in Page(pages["orders/acme-shop_shop.net_provision.1_configure.html"]).text
    assert re.search(r"- Networks: \d+ orders?\n", pages["changes/new-landscape.md"])


# Hostile text

PEOPLE_WROTE = {
    "title", "description", "text", "ask", "why", "email", "phone", "reason", "detail", "unit", "requested_by"
}  # fmt: skip
PEOPLE_WROTE |= {"note", "declined", "to"}
PEOPLE_LISTED = {"checklist", "topics", "notify", "obstacles"}
PEOPLE_MAPPED = {"outputs", "produces"}


def rewritten(value: Any, text: str, name: str = "") -> Any:
    """The value with every text of people in it replaced."""
    if isinstance(value, str):
        return text if name in PEOPLE_WROTE else value
    if isinstance(value, Struct):
        changed = {name: _field(value, name, text) for name in value.__struct_fields__}
        return replace(value, **changed)
    if isinstance(value, Mapping):
        return {key: rewritten(item, text, name) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(rewritten(item, text, name) for item in value)
    return value


def _field(owner: Any, name: str, text: str) -> Any:
    value = getattr(owner, name)
    if name in ("at", "origins", "causes", "marks", "place"):
        return value
    if name in PEOPLE_LISTED and isinstance(value, tuple):
        return tuple(text for _ in value)
    if name in PEOPLE_MAPPED:
        return dict.fromkeys(value, text)
    if name == "params" and all(isinstance(one, (str, int)) or one is None for one in value.values()):
        return {key: text if isinstance(one, str) else one for key, one in value.items()}
    return rewritten(value, text, name)


@functools.cache
def written(text: str) -> Sample:
    """The lived sample as if people had written nothing but this."""
    made = lived()
    return Sample(
        rewritten(made.workspace, text),
        rewritten(made.state, text),
        rewritten(made.plan, text),
        rewritten(made.findings, text),
        rewritten(made.events, text),
    )


def test_hostile_text_makes_no_elements() -> None:
    hostile, benign = _everywhere(written(HOSTILE)), _everywhere(written(BENIGN))
    assert hostile.keys() == benign.keys()
    seen = " ".join(page.text for page in hostile.values())
    assert "<script>alert(1)</script> ]]> --> | `code`" in seen
    assert "{{ 7*7 }}" in seen
    for path, page in hostile.items():
        assert page.tags == benign[path].tags, path
        assert page.attributes == benign[path].attributes, path
        assert page.links == benign[path].links, path


def _everywhere(sample: Sample) -> dict[str, Page]:
    """The pages of all trees."""
    outside = {
        f"{name}/{path}": Page(text)
        for name, pages in sample.outside.items()
        for path, text in pages.items()
        if path.endswith(".html")
    }
    return {**sample.html, **outside}


def test_hostile_text_makes_no_markdown() -> None:
    hostile, benign = written(HOSTILE).pages, written(BENIGN).pages
    for path in sorted(hostile):
        if path.endswith(".md"):
            assert shape(hostile[path]) == shape(benign[path]), path


def test_nothing_that_nobody_sees_leaves() -> None:
    for path, text in written(HOSTILE).pages.items():
        text.encode()
        unseen = {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs")} - {"\n"}
        assert not unseen, f"{path}: {unseen}"


def parsed(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def shape(text: str) -> list[str]:
    """The structure of Markdown without its words."""
    inside = (token for block in parsed(text) for token in (block, *(block.children or ())))
    return [token.type for token in inside if token.type not in ("text", "code_inline", "text_special")]


def shown(text: str) -> str:
    """What a reader sees of one line of Markdown."""
    return "".join(token.content for block in parsed(text) for token in (block.children or ()))


texts = st.text(st.one_of(st.sampled_from("|`\\*_[]()<>&#!-+=~$@.:/ 1\n\twhtp"), st.characters()), max_size=40)


@given(texts)
def test_markdown_shows_the_text_and_nothing_else(text: str) -> None:
    made = escape.markdown(text)
    assert shape(made) in (["paragraph_open", "inline", "paragraph_close"], [])
    assert shown(made).replace("\u200b", "") == escape.line(text).replace("\u200b", "")


@given(texts)
def test_text_stays_in_its_cell(text: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {escape.markdown(text)} | end |\n"
    cells = [token.content for token in parsed(table) if token.type == "inline"]
    assert len(cells) == 4
    assert cells[3] == "end"


@given(texts)
def test_lines_are_one_paragraph_each_at_most(text: str) -> None:
    kinds = set(shape(escape.lines(text)))
    assert kinds <= {"paragraph_open", "inline", "paragraph_close", "hardbreak", "softbreak"}


@given(texts)
def test_code_is_the_text(text: str) -> None:
    assert shown(escape.code(text)).replace("\u200b", "") == escape.line(text).replace("\u200b", "")


@pytest.mark.parametrize("text", ["@root and #12", "see www.e.example", "http://e.example", "1.5", "-5", "a@b.example"])
def test_a_forge_makes_no_links_and_calls_nobody(text: str) -> None:
    made = escape.markdown(text)
    assert not re.search(r"(?<![\w&])[@#]\w|www\.|https?:", made)
    assert shown(made).replace("\u200b", "") == text


@given(texts, texts)
def test_slugs_differ_where_texts_differ(one: str, other: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._~-]*", escape.slug(one))
    assert escape.slug(one) not in (".", "..")
    assert (escape.slug(one) == escape.slug(other)) == (one == other)


def test_names_cannot_leave_the_site() -> None:
    assert "/" not in escape.slug("../../etc/passwd")
    assert not escape.slug("../x").startswith(".")


# Repeatable


def backwards(value: Any) -> Any:
    """The same value with every mapping in the opposite order."""
    if isinstance(value, Mapping):
        return {key: backwards(item) for key, item in reversed(list(value.items()))}
    if isinstance(value, Struct):
        fields = set(value.__struct_fields__) - {"at", "origins", "marks", "place"}
        return replace(value, **{name: backwards(getattr(value, name)) for name in fields})
    if isinstance(value, tuple):
        return tuple(backwards(item) for item in value)
    return value


@SAMPLES
def test_the_order_of_the_input_does_not_matter(sample: Callable[[], Sample]) -> None:
    made = sample()
    turned = Sample(
        backwards(made.workspace),
        replace(backwards(made.state), actions=made.state.actions),
        replace(
            backwards(made.plan), actions=tuple(reversed(made.plan.actions)), diffs=tuple(reversed(made.plan.diffs))
        ),
        made.findings,
        made.events,
    )
    assert turned.pages == made.pages


def test_the_machine_does_not_matter() -> None:
    """Neither hash seed nor time zone nor locale."""
    ask = "import sys; sys.path[:0] = sys.argv[1:]; from test_render import digest; print(digest())"
    env = {**os.environ, "PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    args = [sys.executable, "-c", ask, str(ROOT / "tests"), str(ROOT)]
    answer = subprocess.run(args, check=True, capture_output=True, text=True, env=env, cwd=ROOT)
    assert answer.stdout.strip() == digest()


def digest() -> str:
    return hashlib.sha256(repr(lived().pages).encode()).hexdigest()


@SAMPLES
def test_every_instant_comes_from_the_plan_or_the_ledger(sample: Callable[[], Sample]) -> None:
    made = sample()
    sources = (made.plan, made.state, made.workspace.incidents, made.material.register)
    known = {f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in _instants(sources)}
    for path, page in made.html.items():
        assert set(page.instants) <= known, path


def _instants(value: Any) -> Iterator[datetime]:
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, Struct):
        yield from (one for name in value.__struct_fields__ for one in _instants(getattr(value, name)))
    elif isinstance(value, Mapping):
        yield from (one for item in value.values() for one in _instants(item))
    elif isinstance(value, tuple):
        yield from (one for item in value for one in _instants(item))


# Small parts


def test_times_are_said_in_the_zone_and_kept_in_utc() -> None:
    moscow = ZoneInfo("Europe/Moscow")
    said = when(datetime(2026, 12, 18, 21, 30, tzinfo=UTC), moscow)
    assert (said.utc, said.text) == ("2026-12-18T21:30:00Z", "Sat 2026-12-19 00:30")
    end = datetime(2026, 12, 18, 21, tzinfo=UTC)
    assert last_day(end, moscow).text == due_by(end, moscow).text == "Fri 2026-12-18"
    assert due_by(end, ZoneInfo("Europe/Berlin")).text == "Fri 2026-12-18 22:00"


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "0h"), (45, "45m"), (480, "1wd"), (1590, "3wd 2h 30m"), (-960, "-2wd")]
)
def test_working_time_is_told_in_days_of_eight_hours(minutes: int, text: str) -> None:
    assert work_text(minutes) == text


@pytest.mark.parametrize(
    ("minutes", "text"), [(30, "30 min"), (150, "2 h"), (1440, "1 day"), (3000, "2 days 2 h"), (-44640, "31 days")]
)
def test_time_on_the_wall_is_told_as_exactly_as_it_matters(minutes: int, text: str) -> None:
    assert span_text(minutes) == text


def _chart(*bars: Bar, deadline: datetime | None = None) -> ET.Element:
    closed = frozenset({date(2026, 11, 28), date(2026, 11, 29)})
    svg = gantt(bars, zone=ZoneInfo("Europe/Moscow"), at=AT, deadline=deadline, closed=closed, title="Orders")
    return ET.fromstring(svg)  # noqa: S314 - our own text


def _classes(root: ET.Element) -> list[str]:
    return [element.get("class", "") for element in root.iter()]


def test_the_chart_marks_the_critical_path_by_more_than_colour() -> None:
    first = Bar(
        key="a", title="A", note="x", href="", start=AT, finish=AT + timedelta(days=6), status="ready", critical=True
    )
    second = Bar(
        key="b", title="B", note="y", href="#b", start=first.finish, finish=first.finish, status="planned", after=("a",)
    )
    root = _chart(first, second, deadline=AT + timedelta(days=8))
    classes = _classes(root)
    assert [len(one) for one in root.iter() if one.get("class") == "arrows"] == [1]
    assert classes.count("closed") == 1
    assert {"now", "deadline"} <= set(classes)
    bold = [element.text for element in root.iter() if element.get("font-weight") == "600"]
    assert bold == ["A"]
    assert [
        element.get("stroke-width") for element in root.iter() if element.get("class") == "bar s-ready critical"
    ] == ["2"]


def test_a_far_deadline_does_not_squeeze_the_bars() -> None:
    bar = Bar(key="a", title="A", note="x", href="", start=AT, finish=AT + timedelta(days=2), status="planned")
    assert "deadline" not in _classes(_chart(bar, deadline=AT + timedelta(days=400)))


def test_what_is_built_first_stands_above_and_implied_ways_are_not_drawn() -> None:
    nodes = [
        Node(name="c", service="C", standing="wanted", word="wanted", depends_on=("a", "b", "gone")),
        Node(name="b", service="B", standing="ordered", word="ordered", depends_on=("a",)),
        Node(name="a", service="A", standing="built", word="built"),
    ]
    root = ET.fromstring(topology(nodes, title="Components", description="Three"))  # noqa: S314 - our own text
    (arrows,) = (group for group in root.iter() if group.get("class") == "arrows")
    assert len(arrows) == 2
    heights = [float(element.get("y", "0")) for element in root.iter() if element.get("class") == "box"]
    assert heights == sorted(heights)
    assert len(set(heights)) == 3


# -- the manual --------------------------------------------------------------------------------------------------------


def test_the_manual_explains_every_code_and_is_linked_from_every_page() -> None:
    hostile = Fault(code="XYZ998", summary=HOSTILE, manual=f"{HOSTILE}\n\n```yaml\na: <b>\n\nc: 1\n```\n")
    sample = fresh()
    made = printed(replace(sample.material, manual=(hostile, *rules.MANUAL.values())))
    page = Page(made["findings.html"])
    codes = {*rules.MANUAL, "XYZ998"}
    assert codes <= set(page.ids)
    assert {explained(code) for code in codes} <= set(page.links)
    chapters = {path: text for path, text in made.items() if path.startswith("findings/")}
    assert sorted(code for text in chapters.values() for code in codes & set(Page(text).ids)) == sorted(codes)
    assert "findings/XYZ000.html" in chapters
    _assert_linked(made)
    assert not [path for path, text in made.items() if "<b>" in text]
    for path, text in made.items():
        if path.endswith(".html"):
            links = [posixpath.normpath(posixpath.join(posixpath.dirname(path), one)) for one in Page(text).links]
            assert "findings.html" in links, path
    assert not [path for path in sample.pages if path.startswith("findings")]
    assert "findings.html" not in sample.pages["index.html"]


THREE = (("Three ", False), ("a b", True), (" four.", False))
SO, END = Block(words=(("So:", False),)), Block(words=(("End.", False),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One\ntwo.\n\nThree `a b` four.\n", [Block(words=(("One two.", False),)), Block(words=THREE)]),
        ("- one\n- `two`\n  three\n", [Block(items=((("one", False),), (("two", True), (" three", False))))]),
        ("So:\n```yaml\na: 1\n\nb: `2`\n```\nEnd.\n", [SO, Block(code="a: 1\n\nb: `2`\n"), END]),
        ("", []),
    ],
)
def test_the_little_markdown_of_manuals(text: str, expected: list[Block]) -> None:
    assert list(blocks(text)) == expected
