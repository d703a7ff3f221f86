"""Workspace, state and plan → pages: HTML for a site, Markdown for the forge. It writes nothing.

Same values, same bytes: whatever leaves is sorted, and no clock but the plan's is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tamspec import resources
from tamspec.diagnostics import Fault, Findings
from tamspec.model.attainment import Attainment
from tamspec.model.order import State
from tamspec.model.plan import Plan
from tamspec.model.workspace import Workspace
from tamspec.render import ics
from tamspec.render.attainment import attainment_page
from tamspec.render.book import Book, Link, change_path, open_book
from tamspec.render.change import change_page, markdown_path
from tamspec.render.department import department_page
from tamspec.render.escape import Markdown, anchor_id, code, html, line, lines, markdown, slug
from tamspec.render.manual import PATH, ManualPage, manual_page
from tamspec.render.portfolio import portfolio
from tamspec.render.project import project_page

STYLE = "style.css"


def render(
    workspace: Workspace,
    state: State,
    plan: Plan,
    findings: Findings,
    *,
    manual: Iterable[Fault] = (),
    templates: Path | None = None,
    source_url: str = "",
) -> dict[str, str]:
    """Every page of a plan: relative path → text, by path.

    `manual` is all that can be found; without it there is no page that explains the codes.
    `templates` replaces our folder of templates. `source_url` is the address under which the forge shows the files of
    the revision, as `https://forge.example/team/clients/blob/1f0c2d`; empty: places are named without links.
    """
    book = open_book(workspace, state, plan, findings, source_url)
    loader = FileSystemLoader(templates or resources.templates_dir())
    site, forge = _for_html(loader), _for_markdown(loader)
    pages = {STYLE: loader.get_source(site, STYLE)[0]}
    pages |= _pages(book, manual_page(manual), site, forge)
    return dict(sorted(pages.items()))


def attainment_pages(one: Attainment, workspace: Workspace, *, templates: Path | None = None) -> dict[str, str]:
    """A report of incidents: relative path → text."""
    loader = FileSystemLoader(templates or resources.templates_dir())
    site = _for_html(loader)
    title = workspace.settings.title or "Portfolio"
    shared: dict[str, object] = {"site": title, "root": "", "manual": False}
    page = site.get_template("attainment.html").render(shared, page=attainment_page(one, workspace))
    return {STYLE: loader.get_source(site, STYLE)[0], "index.html": page}


def calendars(workspace: Workspace, state: State, plan: Plan) -> dict[str, str]:
    """A calendar (iCalendar) for each department and each client: relative path → text, by path."""
    return dict(sorted(ics.calendars(open_book(workspace, state, plan, Findings(), "")).items()))


def _pages(book: Book, manual: ManualPage, site: Environment, forge: Environment) -> Iterator[tuple[str, str]]:
    first = portfolio(book)
    shared: dict[str, object] = {"site": first.title, "root": "", "manual": bool(manual.entries)}
    yield "index.html", site.get_template("index.html").render(shared, page=first)
    if manual.entries:
        yield PATH, site.get_template("findings.html").render(shared, page=manual)
    shared["root"] = "../../"
    for name in sorted(book.workspace.projects):
        passport = project_page(book, name)
        yield f"projects/{slug(name)}/index.html", site.get_template("project.html").render(shared, page=passport)
    for key in sorted(book.plan.changes):
        change = change_page(book, key)
        yield change_path(key), site.get_template("change.html").render(shared, page=change)
        yield markdown_path(key), forge.get_template("change.md").render(page=change)
    for name in sorted(book.workspace.departments):
        sheet = department_page(book, name)
        yield f"departments/{slug(name)}/index.html", site.get_template("department.html").render(shared, page=sheet)
        yield f"departments/{slug(name)}.md", forge.get_template("department.md").render(page=sheet)


def _for_html(loader: FileSystemLoader) -> Environment:
    return Environment(loader=loader, autoescape=True, finalize=html, **_STRICT)


def _for_markdown(loader: FileSystemLoader) -> Environment:
    # Not HTML: `finalize` escapes for Markdown whatever a template prints.
    made = Environment(loader=loader, autoescape=False, finalize=markdown, **_STRICT)  # noqa: S701
    made.filters |= {"anchor": anchor_id, "code": code, "lines": lines, "source": _source}
    return made


_STRICT: Mapping[str, Any] = {
    "undefined": StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
}


def _source(link: Link) -> Markdown:
    """A place in a file as Markdown, linked where its address is known."""
    return Markdown(f"[{code(line(link.text))}](<{link.href}>)") if link.href else code(link.text)


__all__ = ["attainment_pages", "calendars", "render"]
