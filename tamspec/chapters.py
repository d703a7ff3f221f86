"""The chapters of the manual of findings, and where the published pages explain a code.

Rules number their codes by them, pages are arranged by them, and reports lead to those pages.
"""

from __future__ import annotations

import re

from msgspec import Struct

CODE = re.compile(r"[A-Z]{2,10}[0-9]{3}", re.ASCII)
OWN = "TAM"
"""What the codes of tamspec begin with; those of plugins begin with something else."""


class Chapter(Struct, frozen=True):
    """Codes that belong together."""

    first: str
    """The code that it begins with; it ends where the next one begins."""
    title: str
    about: str


CHAPTERS: tuple[Chapter, ...] = (
    Chapter("TAM000", "Text", "Whether a file can be read at all, and says to a program what it says to a reviewer."),
    Chapter("TAM100", "Shape", "Whether a document has the keys and the values that its kind asks for."),
    Chapter("TAM200", "Names", "Whether what a document refers to exists."),
    Chapter("TAM300", "Services", "Whether what the catalogue offers can be delivered."),
    Chapter("TAM320", "Departments and calendars", "Whether there are hours and people to plan with."),
    Chapter("TAM340", "Projects and clients", "Whether somebody answers for the whole, and to whom."),
    Chapter("TAM360", "Changes", "Whether a change makes sense as it is written."),
    Chapter("TAM380", "Agreements", "Whether a promise contradicts itself, and whether it can be kept."),
    Chapter("TAM400", "Planning", "Whether work orders can be made of the differences, and be dated."),
    Chapter("TAM440", "Work under way", "Whether orders, answers and consents come as they should."),
    Chapter("TAM450", "The plan", "Whether what comes of a change may be ordered, and is in time."),
    Chapter("TAM460", "The ledger", "Whether the recorded events can have happened."),
    Chapter("TAM470", "Policy", "Whether what is said about findings is understood, and still needed."),
    Chapter("TAM480", "Plugins", "Whether the rules that others bring can be run."),
    Chapter("TAM490", "Histories of incidents", "Whether what a ticket system exports can be read and judged."),
    Chapter("TAM520", "Incidents and reviews", "Whether what went wrong was looked into, and what follows from it."),
    Chapter("TAM540", "Roles", "Whether those who answer have the time, the training and somebody who stands in."),
    Chapter("TAM550", "Phases and gates", "Whether a project and its changes have what their phase demands."),
    Chapter(
        "TAM558", "Needs and lines", "Whether each need of a client is answered, and each line leads to one person."
    ),
    Chapter("TAM566", "Documents of clients", "Whether the documents of a project are there, and still true."),
    Chapter("TAM574", "Registers", "Whether what was seen, may come or was proposed is dealt with."),
    Chapter("TAM588", "Limits and dates that end", "Whether what runs out is renewed before it does."),
    Chapter("TAM600", "Documents", "Whether the documents can be printed as the workspace wants them."),
)
END = "TAM650"
"""No code of tamspec's own is this or a later one."""


def chapter_of(code: str) -> Chapter | None:
    """The chapter that a code belongs to; None for codes of plugins, and where there is no chapter."""
    if not (code.startswith(OWN) and CODE.fullmatch(code) and code < END):
        return None
    return [one for one in CHAPTERS if one.first <= code][-1]


MANUAL = "findings.html"
"""The page that lists every code, each under an anchor of its own. Links to it outlive any new division of chapters."""


def page_of(code: str) -> str:
    """The page that explains a code, from the top of the tree: that of its chapter, or of the plugin's codes."""
    chapter = chapter_of(code)
    return f"findings/{chapter.first if chapter else f'{code[:-3]}000'}.html"


def explained(code: str) -> str:
    """Where on its page a code is explained: `findings/TAM200.html#TAM203`."""
    return f"{page_of(code)}#{code}"
