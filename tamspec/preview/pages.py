"""What is answered to a request: the page that is asked for, printed then, with what is wrong above it.

The pages are those that `render` writes. Only here they get a script, which loads them anew, and the leave to run it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from urllib.parse import quote

from msgspec import Struct, field

from tamspec import resources
from tamspec.chapters import explained, page_of
from tamspec.diagnostics import Diagnostic, Findings, Severity
from tamspec.render import trees
from tamspec.render.site import STYLE, TEMPLATES, Sheet, Site
from tamspec.report.frames import blocks
from tamspec.report.sheet import Sheet as Report
from tamspec.report.sheet import position, tally, worst_first

EVENTS = ".tamspec/events"
"""Where a page hears of the next state."""
_FINDINGS = ".tamspec/findings"
_OWN = {".tamspec/reload.js": "preview/reload.js", ".tamspec/preview.css": "preview/preview.css"}
_CLIENTS = "clients/"
_INDEX = "index.html"

_POLICY = "form-action 'none'"
"""Stands in the policy of every page; after it, so that what a page allows itself goes before."""
_HEAD = re.compile(r"<header\b", re.IGNORECASE)
"""Before it stands what leads past it, and must come first of all."""
_LEAVE = f"{_POLICY}; script-src 'self'; connect-src 'self'"

KINDS: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Ending of a path → what is told of its content."""
HTML = KINDS[".html"]


class Reply(Struct, frozen=True, kw_only=True):
    """An answer to a request."""

    status: int = 200
    kind: str = HTML
    text: str = ""
    location: str = ""
    """Where else to look, for whoever asked for a folder without its last stroke."""


class Documents:
    """The documents of a tree that loads, each printed when somebody asks for it."""

    def __init__(self, material: trees.Material, *, clients: bool) -> None:
        """With `clients`, also what each client may read, below `clients/NAME/`."""
        self.templates = material.templates
        self.found = Findings()
        """What is wrong with templates and languages, as far as pages were asked for."""
        self._material = material
        self._clients = tuple(sorted(material.workspace.clients)) if clients else ()
        self._sites: dict[str, Site] = {}
        self._turn = threading.Lock()

    @property
    def title(self) -> str:
        """What the workspace calls itself."""
        return self._material.workspace.settings.title

    def __contains__(self, path: str) -> bool:
        return self._place(path) is not None

    def page(self, path: str) -> str:
        """The text of a document that there is."""
        place = self._place(path)
        assert place is not None, f"this is a bug in tamspec: {path!r} is no document"
        site, below = place
        with self._turn:
            text, found = site.page(below)
            self._note(found)
        return text

    def _place(self, path: str) -> tuple[Site, str] | None:
        """The tree that a document belongs to, and its path there; None where there is no such document."""
        tree, below = "", path
        if self._clients and path.startswith(_CLIENTS):
            name, _, rest = path.removeprefix(_CLIENTS).partition("/")
            tree, below = (f"{_CLIENTS}{name}", rest) if name in self._clients else (_CLIENTS, path)
        site = self._site(tree)
        return (site, below) if below in site else None

    def _site(self, tree: str) -> Site:
        with self._turn:
            if tree not in self._sites:
                self._sites[tree] = self._made(tree)
                self._note(self._sites[tree].findings)
            return self._sites[tree]

    def _made(self, tree: str) -> Site:
        """The tree of the provider, the list of clients, or the tree of one."""
        if not tree:
            return trees.internal(self._material)
        if tree != _CLIENTS:
            return trees.for_client(self._material, tree.removeprefix(_CLIENTS))
        listed = tuple((name, self._material.workspace.clients[name].label) for name in self._clients)
        sheet = Sheet(template="preview/clients.html", view=lambda: _Clients(clients=listed))
        return trees.apart({f"{_CLIENTS}{_INDEX}": sheet}, self.title, {})

    def _note(self, found: Findings) -> None:
        self.found += Findings(tuple(one for one in found.all if one not in self.found.all))


class Shown(Struct, frozen=True, kw_only=True):
    """A state of the workspace, as it is shown."""

    state: str
    """Names it: a page that knows the name of its state can tell that there is another one now."""
    documents: Documents | None = None
    """Those of the last tree that loaded; None: none has yet."""
    is_old: bool = False
    """Whether the files do not load, so that the documents are of an earlier state."""
    findings: tuple[Diagnostic, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    """The files that the findings are shown in."""
    trouble: str = ""
    """What the world refused, in plain sentences."""

    @property
    def all_findings(self) -> tuple[Diagnostic, ...]:
        """The findings, with those of the templates that printed a page."""
        return (*self.findings, *(self.documents.found.all if self.documents else ()))


def answer(shown: Shown, path: str) -> Reply:
    """What is answered to somebody who asks for a path, which begins without a stroke."""
    if path in _OWN:
        return Reply(kind=_kind(path), text=resources.templates()[_OWN[path]])
    if path == _FINDINGS:
        return Reply(text=_live(_apart(shown, "findings.html", _Findings.of(shown)), shown))
    if shown.documents is None:
        return _without_documents(shown, path)
    if path == "" or path.endswith("/"):
        path += _INDEX
    if path in shown.documents:
        return _document(shown, shown.documents, path)
    if f"{path}/{_INDEX}" in shown.documents:
        return Reply(status=302, kind=KINDS[".html"], location=f"/{quote(path)}/")
    return Reply(status=404, text=_with_bar(_live(_apart(shown, "missing.html", _Missing()), shown), shown))


def _document(shown: Shown, documents: Documents, path: str) -> Reply:
    kind, text = _kind(path), documents.page(path)
    if kind != HTML:
        return Reply(kind=kind, text=text)
    assert documents.templates or _POLICY in text, f"this is a bug in tamspec: {path} has no policy for scripts"
    return Reply(text=_with_bar(_live(text, shown), shown))


def _without_documents(shown: Shown, path: str) -> Reply:
    """Where nothing has loaded yet, every page says why."""
    if path == STYLE:
        return Reply(kind=_kind(path), text=trees.apart({}, "", {}).page(STYLE)[0])
    return Reply(status=503, text=_live(_apart(shown, "findings.html", _Findings.of(shown)), shown))


def _kind(path: str) -> str:
    return KINDS.get(PurePosixPath(path).suffix, "text/plain; charset=utf-8")


# -- what the preview adds to a page -----------------------------------------------------------------------------------


def _live(text: str, shown: Shown) -> str:
    """The page, loading itself anew when there is another state. A template of the workspace may have another policy,
    or none: then its page stays as it is allowed to be."""
    added = (
        '<link rel="stylesheet" href="/.tamspec/preview.css">\n'
        f'<script src="/.tamspec/reload.js" data-state="{shown.state}" defer></script>\n'
    )
    head, mark, rest = text.replace(_POLICY, _LEAVE, 1).partition("</head>")
    return f"{head}{added}{mark}{rest}"


def _with_bar(text: str, shown: Shown) -> str:
    """The page with what is wrong at its head; as it is where nothing is."""
    found = shown.all_findings
    if not found and not shown.is_old:
        return text
    bar = _apart(shown, "bar.html", _Bar.of(shown, found))
    head = _HEAD.search(text)
    return f"{text[: head.start()]}{bar}{text[head.start() :]}" if head else f"{text}{bar}"


def _apart(shown: Shown, template: str, page: object) -> str:
    """A page of the preview's own. It is printed with our templates: those of the workspace may be what is wrong."""
    title = shown.documents.title if shown.documents else ""
    sheet = Sheet(template=f"preview/{template}", view=lambda: page, more={"root": "/"})
    return trees.apart({template: sheet}, title, {}).page(template)[0]


class _Bar(Struct, frozen=True, kw_only=True):
    """A line above a page."""

    mood: str
    is_old: bool
    first: str
    """What is wrong first of all."""
    tally: str

    @classmethod
    def of(cls, shown: Shown, found: tuple[Diagnostic, ...]) -> _Bar:
        worst = next(iter(worst_first(found)), None)
        first = shown.trouble
        if not first and worst:
            first = f"{position(worst.at)}: {worst.detail}" if worst.at.path else worst.detail
        is_bad = shown.is_old or (worst is not None and worst.severity is Severity.ERROR)
        return cls(mood="bad" if is_bad else "wait", is_old=shown.is_old, first=first, tally=tally(found))


class _Finding(Struct, frozen=True, kw_only=True):
    """A finding with the line that it is about."""

    severity: str
    code: str
    summary: str
    detail: str
    frame: str
    manual: str
    """Where the code is explained; empty: nowhere among the documents."""


class _Findings(Struct, frozen=True, kw_only=True):
    """Everything that was found, the worst first."""

    title: str
    answer: str
    trouble: str
    findings: tuple[_Finding, ...]

    @classmethod
    def of(cls, shown: Shown) -> _Findings:
        found = worst_first(shown.all_findings)
        templates = shown.documents.templates if shown.documents else {}
        own = {f"{TEMPLATES}/{name}": text.encode() for name, text in templates.items()}
        framed = zip(found, blocks(Report(findings=found, files={**shown.files, **own})), strict=True)
        return cls(
            title="What was found",
            answer=" ".join((*_loads(shown), f"{tally(found) or 'No findings'}.")),
            trouble=shown.trouble,
            findings=tuple(
                _Finding(
                    severity=one.severity.value,
                    code=one.code,
                    summary=one.summary,
                    detail=one.detail,
                    frame=frame.partition("\n")[2],
                    manual=_explained(shown, one.code),
                )
                for one, frame in framed
            ),
        )


def _explained(shown: Shown, code: str) -> str:
    """Where a code is explained; empty: nowhere among the documents."""
    return f"/{explained(code)}" if shown.documents and page_of(code) in shown.documents else ""


def _loads(shown: Shown) -> Iterator[str]:
    if shown.documents is None:
        yield "The files do not load."
    elif shown.is_old:
        yield "The files do not load; the pages are of the last state that did."


class _Clients(Struct, frozen=True, kw_only=True):
    """Whose documents there are."""

    clients: tuple[tuple[str, str], ...]
    """Name and title."""
    title: str = "Clients"
    answer: str = "What each client may read."


class _Missing(Struct, frozen=True, kw_only=True):
    """There is nothing at this address."""

    title: str = "There is no such page"
    answer: str = "Nothing is at this address; it may be that what stood here was deleted, or has another name."
