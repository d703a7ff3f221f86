"""What every format of findings is made of, and what several of them need of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from tamspec.chapters import explained
from tamspec.diagnostics import Diagnostic, Fault, Loc, Severity
from tamspec.report.text import count, visible

Files = Mapping[str, bytes]

SETTINGS = "tamspec.yaml"
"""Where forges and programs that want a file are sent with what stands in none: it is about the workspace."""


class Sheet(Struct, frozen=True, kw_only=True):
    """The findings in their one order, and what is told with them."""

    findings: Sequence[Diagnostic]
    files: Files
    """All files that were judged, by path."""
    manual: Mapping[str, Fault] = field(default_factory=dict)
    """Code → what is known of it; a code may be missing."""
    site: str = ""
    """The address under which the pages are published; empty: they are not."""
    colour: bool = False


def address(code: str, site: str) -> str:
    """Where a code is explained on the published pages; empty where there are none."""
    return f"{site.rstrip('/')}/{explained(code)}" if site else ""


def position(at: Loc) -> str:
    """`projects/shop.yaml:14:20`"""
    # A log line that begins with `::` would be taken for a workflow command.
    path = f"./{at.path}" if at.path.lstrip().startswith("::") else at.path
    return f"{visible(path)}:{at.line}:{at.column}"


def tally(findings: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`; empty where there is none."""
    numbers = Counter(found.severity for found in findings)
    return ", ".join(count(numbers[level], level.value) for level in Severity if numbers[level])


def closing(sheet: Sheet) -> str:
    """`2 errors, 1 warning in 3 files.`; with nothing found, how many files were judged."""
    if not sheet.findings:
        return f"No findings in {count(len(sheet.files), 'file')}."
    paths = {found.at.path for found in sheet.findings if found.at.path}
    return tally(sheet.findings) + (f" in {count(len(paths), 'file')}." if paths else ".")


def worst_first(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """For readers that cut: what matters most stands first."""
    return sorted(findings, key=lambda found: (found.severity.rank, found.order))


def identities(findings: Sequence[Diagnostic]) -> list[str]:
    """A fingerprint for each finding that no other one of the report has; the first of equal ones keeps its own."""
    taken: set[str] = set()
    made = []
    for found in findings:
        identity, turn = found.fingerprint, 1
        while identity in taken:
            turn += 1
            identity = hashlib.sha256(f"{found.fingerprint}\0{turn}".encode()).hexdigest()[:16]
        taken.add(identity)
        made.append(identity)
    return made
