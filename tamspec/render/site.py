"""A tree of documents: which there are, and how each is printed when it is asked for.

A template of the workspace stands in place of ours of the same name. Where it fails, its page is printed with ours, and
what is wrong with it is told with its line.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    FunctionLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment
from msgspec import Struct

from tamspec import resources
from tamspec.diagnostics import Diagnostic, Findings, Loc
from tamspec.render.book import Link
from tamspec.render.compiled import Compiled
from tamspec.render.escape import NO_UTF8, Markdown, anchor_id, code, html, line, line_of_bytes, lines, markdown
from tamspec.render.faults import BROKEN_TEMPLATE
from tamspec.render.language import FOLDER

STYLE = "style.css"
TEMPLATES = "templates"
"""Where a workspace has templates of its own."""


NOTHING = Findings()


class Sheet(Struct, frozen=True, kw_only=True):
    """One document: its template, and how what it shows is found."""

    template: str
    view: Callable[[], object]
    paper: Callable[[], object] | None = None
    """How what is printed on paper is found, where a page on a screen has only a part of it."""
    more: Mapping[str, object] = {}
    """What its template knows besides its page."""


class Site:
    """The documents of one tree, by path."""

    def __init__(
        self,
        sheets: Mapping[str, Sheet],
        shared: Mapping[str, object],
        templates: Mapping[str, str],
        findings: Findings = NOTHING,
        pdfs: Mapping[str, str] | None = None,
        compiled: Compiled | None = None,
    ) -> None:
        """`templates` are those of the workspace, by name; `shared` is what every template knows; `findings` are of
        the tree as a whole. `pdfs`: template → the name that the PDF of such a page has beside it. `compiled`: what
        templates were compiled to before; it saves time, and changes nothing."""
        self._sheets = dict(sorted(sheets.items()))
        self._shared = shared
        self.findings = findings
        self._pdfs = pdfs or {}
        # Copies of ours are no templates of the workspace's own.
        ours = resources.templates()
        own = {name: text for name, text in templates.items() if ours.get(name) != text}
        spoilt = {name: at for name, text in own.items() if (at := line_of_bytes(text))}
        self.findings += [
            _fails(f"{TEMPLATES}/{name}", at, NO_UTF8) for name, at in spoilt.items() if not name.startswith(FOLDER)
        ]
        own = {name: text for name, text in own.items() if name not in spoilt}
        self._ours = _press(compiled)
        self._theirs = _press(compiled, *sorted(own.items())) if own else self._ours
        self._own = frozenset(own)

    @property
    def paths(self) -> tuple[str, ...]:
        """Every document of the tree, sorted."""
        return (*self._sheets, STYLE)

    @property
    def templates(self) -> dict[str, str]:
        """Document → the template that it is printed with."""
        return {path: sheet.template for path, sheet in self._sheets.items()}

    @property
    def pdfs(self) -> dict[str, str]:
        """The path of each PDF → the path of the page that it is printed from."""
        found = {path: self._pdfs.get(sheet.template, "") for path, sheet in self._sheets.items()}
        return {str(PurePosixPath(path).with_name(name)): path for path, name in found.items() if name}

    def style(self, name: str) -> str:
        """The text of a style sheet: the workspace's, where it has one of that name."""
        return self._theirs.source(name)

    def __contains__(self, path: str) -> bool:
        return path in self._sheets or path == STYLE

    def page(self, path: str) -> tuple[str, Findings]:
        """The text of one document, and what is wrong with the template that should have printed it."""
        if path == STYLE:
            return self.style(STYLE), Findings()
        sheet = self._sheets[path]
        return self._printed(path, sheet, sheet.view())

    def on_paper(self, path: str) -> str:
        """The text of a document with all of it, to be printed on paper."""
        sheet = self._sheets[path]
        return self._printed(path, sheet, (sheet.paper or sheet.view)())[0]

    def _printed(self, path: str, sheet: Sheet, view: object) -> tuple[str, Findings]:
        place = {"root": "../" * path.count("/"), "pdf": self._pdfs.get(sheet.template, "")}
        values = {**self._shared, **place, **sheet.more, "page": view}
        if self._theirs is self._ours:
            return self._ours.printed(sheet.template, values), Findings()
        try:
            return self._theirs.printed(sheet.template, values), Findings()
        except Exception as error:  # noqa: BLE001 - a template may do whatever a program can
            found = self._told(error, sheet.template)
            return self._ours.printed(sheet.template, values), found

    def pages(self) -> tuple[dict[str, str], Findings]:
        """All of them: path → text."""
        made, findings = self.encoded()
        return {path: content.decode() for path, content in made.items()}, findings

    def encoded(self) -> tuple[dict[str, bytes], Findings]:
        """All of them as they are written into files: path → content. Text with one letter beyond Latin-1 takes twice
        the room in memory, and most pages have one."""
        made, findings = {}, self.findings
        for path in sorted(self.paths):
            text, found = self.page(path)
            made[path] = text.encode()
            findings += Findings(tuple(one for one in found.all if one not in findings.all))
        return made, findings

    def _told(self, error: Exception, template: str) -> Findings:
        """What a template did wrong, at the innermost line of a template of the workspace."""
        name, number = template, 1
        if isinstance(error, TemplateSyntaxError):
            name, number = error.name or template, error.lineno
        else:
            for path, at_line in _lines(error):
                if path.removeprefix(f"{TEMPLATES}/") in self._own:
                    name, number = path.removeprefix(f"{TEMPLATES}/"), at_line
        text = (
            error.message if isinstance(error, TemplateError) and error.message else f"{type(error).__name__}: {error}"
        )
        return Findings((_fails(f"{TEMPLATES}/{name}", number, line(text).rstrip(".")),))


def _fails(path: str, number: int, why: str) -> Diagnostic:
    return BROKEN_TEMPLATE(Loc(path, number), f"The template fails: {why}.")


class _Press:
    """Prints with the templates of one loader."""

    def __init__(self, loader: BaseLoader, kind: type[Environment], compiled: Compiled | None) -> None:
        strict: dict[str, Any] = {
            "loader": loader,
            "undefined": StrictUndefined,
            "trim_blocks": True,
            "lstrip_blocks": True,
            "keep_trailing_newline": True,
            "auto_reload": False,
            "bytecode_cache": compiled,
        }
        self._loader = loader
        self._site = kind(autoescape=True, finalize=html, **strict)
        # Not HTML: `finalize` escapes for Markdown whatever a template prints.
        self._forge = kind(autoescape=False, finalize=markdown, **strict)
        self._forge.filters |= {"anchor": anchor_id, "code": code, "lines": lines, "source": _source}

    def source(self, name: str) -> str:
        return self._loader.get_source(self._site, name)[0]

    def printed(self, template: str, values: Mapping[str, object]) -> str:
        if PurePosixPath(template).suffix == ".js":
            return self.source(template)
        made = self._forge if PurePosixPath(template).suffix == ".md" else self._site
        return made.get_template(template).render(values)


@functools.lru_cache(maxsize=8)
def _press(compiled: Compiled | None, *own: tuple[str, str]) -> _Press:
    """What prints with the templates of a workspace, by name and text, or with ours alone. To compile them takes longer
    than to print a page, so the next site of the same templates has the same one."""
    ours = FileSystemLoader(resources.templates_dir())
    if not own:
        return _Press(ours, Environment, compiled)
    theirs = dict(own)
    loaders = [FunctionLoader(lambda name: _named(theirs, name)), ours]
    return _Press(ChoiceLoader(loaders), ImmutableSandboxedEnvironment, compiled)


def _named(own: Mapping[str, str], name: str) -> tuple[str, str, Callable[[], bool]] | None:
    """A template of the workspace under the path by which its lines are told."""
    return (own[name], f"{TEMPLATES}/{name}", lambda: True) if name in own else None


def _lines(error: BaseException) -> Iterator[tuple[str, int]]:
    """The lines that ran when it happened, by file, the outermost first; those of templates are among them."""
    trace = error.__traceback__
    while trace:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next


def _source(link: Link) -> Markdown:
    """A place in a file as Markdown, linked where its address is known."""
    return Markdown(f"[{code(line(link.text))}](<{link.href}>)") if link.href else code(link.text)
