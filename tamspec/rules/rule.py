"""What a rule is: a function that only objects. Code, severity, order and printing are the runner's.

Plugins make their rules with it too: what `__all__` names stays as it is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Generic, ParamSpec

from msgspec import Struct

from tamspec.diagnostics import Diagnostic, Fault, Loc, Place, Related, Severity

At = Place | Loc
Objection = tuple[At, str] | tuple[At, str, str] | tuple[At, str, str, tuple[Related, ...]]
"""Where (a place means its value), what is wrong there, the way out, the other places that take part."""

P = ParamSpec("P")

__all__ = ["At", "Loc", "Objection", "Place", "Related", "Rule", "Severity", "rule"]


class Rule(Struct, Generic[P], frozen=True):
    """A rule under its code. Calling it gives its findings."""

    fault: Fault
    check: Callable[P, Iterator[Objection]]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Iterator[Diagnostic]:
        for objection in self.check(*args, **kwargs):
            yield self.finding(objection)

    def finding(self, objection: Objection) -> Diagnostic:
        """The finding that an objection makes."""
        hint = objection[2] if len(objection) > 2 else ""
        related = objection[3] if len(objection) > 3 else ()
        return self.fault(objection[0], objection[1], hint=hint, related=related)


def rule(
    code: str, summary: str, severity: Severity = Severity.ERROR
) -> Callable[[Callable[P, Iterator[Objection]]], Rule[P]]:
    """Makes a rule of a function; its docstring is the manual (Markdown: the first line why, then what to do)."""

    def made(check: Callable[P, Iterator[Objection]]) -> Rule[P]:
        manual = inspect.cleandoc(check.__doc__ or "") + "\n"
        return Rule(Fault(code=code, summary=summary, manual=manual, severity=severity), check)

    return made
