"""The manual of all findings as one page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tamspec.diagnostics import Fault

CHAPTERS: tuple[tuple[str, str, str], ...] = (
    ("TAM000", "Text", "Whether a file can be read at all, and says to a program what it says to a reviewer."),
    ("TAM100", "Shape", "Whether a document has the keys and the values that its kind asks for."),
    ("TAM200", "Names", "Whether what a document refers to exists."),
    ("TAM300", "Services", "Whether what the catalogue offers can be delivered."),
    ("TAM320", "Departments and calendars", "Whether there are hours and people to plan with."),
    ("TAM340", "Projects and clients", "Whether somebody answers for the whole, and to whom."),
    ("TAM360", "Changes", "Whether a change makes sense as it is written."),
    ("TAM380", "Agreements", "Whether a promise contradicts itself."),
    ("TAM400", "Planning", "Whether work orders can be made of the differences, and be dated."),
    ("TAM450", "The plan", "Whether what comes of a change may be ordered, and is in time."),
    ("TAM460", "The ledger", "Whether the recorded events can have happened."),
)
"""From which code on, its title, and what the findings in it are about."""

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
    bounds = [start for start, _, _ in CHAPTERS[1:]] + ["TAM999"]
    for (start, title, about), end in zip(CHAPTERS, bounds, strict=True):
        yield f"## {title}\n\n{about}\n"
        for fault in faults:
            if start <= fault.code < end:
                # The anchor is the code alone, so that a link outlives a change of the summary.
                yield f'### <a id="{fault.code}"></a>{fault.code} {fault.summary}\n'
                yield f"*{fault.severity.value.capitalize()}.* {fault.manual.strip()}\n"
