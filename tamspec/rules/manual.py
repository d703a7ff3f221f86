"""The manual of all findings as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tamspec.chapters import CHAPTERS, chapter_of
from tamspec.diagnostics import Fault

HEAD = """\
<!-- Made from the rules by `make update`; edit the docstrings of tamspec/rules/ and the manuals in faults.py. -->

# Findings

Every finding has a code. `tamspec explain CODE` shows the same words as this page.
An *error* stops a merge, a *warning* wants a look, an *info* is worth knowing.
For each code there are examples, wrong and right, in `tests/cases/`.
"""


def text_of(faults: Iterable[Fault]) -> str:
    """The page, `\\n`-ended; same faults, same bytes."""
    return "\n".join((HEAD, *_body(sorted(faults, key=lambda fault: fault.code))))


def _body(faults: list[Fault]) -> Iterator[str]:
    for chapter in CHAPTERS:
        yield f"## {chapter.title}\n\n{chapter.about}\n"
        for fault in faults:
            if chapter_of(fault.code) is chapter:
                # The anchor is the code alone, so that a link outlives a change of the summary.
                yield f'### <a id="{fault.code}"></a>{fault.code} {fault.summary}\n'
                yield f"*{fault.severity.value.capitalize()}.* {fault.manual.strip()}\n"
