"""What can be wrong with a specification, and where: the values that every stage hands back beside its result.

Nothing here prints; `report` does.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Mapping

from msgspec import Struct

Key = str | int
Pointer = tuple[Key, ...]


class Loc(Struct, frozen=True, order=True):
    """A span of a file. Lines and columns count from 1, columns in code points; the end is exclusive."""

    path: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Marks(Struct, frozen=True):
    """Where the nodes of one YAML document stand: pointer → span of the key (None in a list) and of the value."""

    path: str
    spans: Mapping[Pointer, tuple[Loc | None, Loc]]
    key_at: Callable[[Pointer], Loc | None] | None = None
    """Tells the span of the key alone, where to look up both takes longer; None: of this node it does not know."""


class Place(Struct, frozen=True, eq=False):
    """A node of a document, by its pointer. `place / "due"` is the child; positions are looked up when asked for.

    Places never take part in equality: two specs that say the same are equal wherever they were written.
    """

    marks: Marks
    pointer: Pointer = ()

    def __truediv__(self, key: Key) -> Place:
        return Place(self.marks, (*self.pointer, key))

    def __repr__(self) -> str:
        return f"Place({self.marks.path!r}, {self.pointer!r})"

    def _span(self) -> tuple[Loc | None, Loc]:
        pointer, found = self.pointer, self.marks.spans.get(self.pointer)
        while found is None and pointer:
            pointer = pointer[:-1]
            found = self.marks.spans.get(pointer)
        return found or (None, Loc(self.marks.path))

    @property
    def value(self) -> Loc:
        """The span of the value, or of the nearest ancestor that was written."""
        return self._span()[1]

    @property
    def key(self) -> Loc:
        """The span of the key; of the value where there is no key."""
        at_once = self.marks.key_at(self.pointer) if self.marks.key_at else None
        if at_once is not None:
            return at_once
        key, value = self._span()
        return key or value

    @property
    def written(self) -> bool:
        """Whether the node itself stands in the document (a default does not)."""
        return self.pointer in self.marks.spans


NOWHERE = Place(Marks("", {}))


class Severity(enum.Enum):
    """How much a finding matters: an `error` stops a merge, a `warning` wants a look, `info` is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Related(Struct, frozen=True):
    """Another place that takes part in the finding."""

    at: Loc
    message: str


class Splice(Struct, frozen=True, order=True):
    """A change to a file: the text that is to stand in a span in place of what stands there now."""

    at: Loc
    text: str


class Diagnostic(Struct, frozen=True, kw_only=True):
    """One finding. `summary` is the same for every finding of a code, `detail` says what is wrong here.

    `label` is the few words under the caret of the source frame; empty: the detail is shown there. `fix` mends the
    fault without changing what anybody meant; empty: only its author can mend it.
    """

    code: str
    summary: str
    severity: Severity
    at: Loc
    detail: str
    label: str = ""
    hint: str = ""
    related: tuple[Related, ...] = ()
    fix: tuple[Splice, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Names the finding across edits elsewhere in the file: it knows no line numbers."""
        # A path in git need not be UTF-8, and then holds lone surrogates here.
        text = f"{self.code}\0{self.at.path}\0{self.detail}"
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]

    @property
    def order(self) -> tuple[Loc, str, str]:
        """The one order in which findings leave."""
        return (self.at, self.code, self.detail)


class Fault(Struct, frozen=True, kw_only=True):
    """A kind of finding: its code, its fixed summary, its manual (Markdown: why, then what to do)."""

    code: str
    summary: str
    manual: str
    severity: Severity = Severity.ERROR

    def __call__(
        self,
        at: Place | Loc,
        detail: str,
        *,
        label: str = "",
        hint: str = "",
        related: tuple[Related, ...] = (),
        fix: tuple[Splice, ...] = (),
    ) -> Diagnostic:
        """The finding of this kind at a place; a `Place` means its value."""
        return Diagnostic(
            code=self.code,
            summary=self.summary,
            severity=self.severity,
            at=at.value if isinstance(at, Place) else at,
            detail=detail,
            label=label,
            hint=hint,
            related=related,
            fix=fix,
        )


class Findings(Struct, frozen=True):
    """What a stage found, in the one order; adding keeps it."""

    all: tuple[Diagnostic, ...] = ()

    def __add__(self, more: Findings | tuple[Diagnostic, ...] | list[Diagnostic]) -> Findings:
        added = more.all if isinstance(more, Findings) else tuple(more)
        return Findings(tuple(sorted(set(self.all + added), key=lambda found: found.order)))

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(found for found in self.all if found.severity is Severity.ERROR)


class TamspecError(Exception):
    """What the world refused (git, disk, an argument): one plain sentence, caught once, in `cli`; exit code 2."""
