"""What a workspace makes of findings: severities in `tamspec.yaml`, and comments that pass over single ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from tamspec.chapters import OWN
from tamspec.diagnostics import Diagnostic, Fault, Findings, Loc, Place, Severity, Splice
from tamspec.model.values import listed
from tamspec.model.workspace import Settings
from tamspec.rules.codes import way_out
from tamspec.rules.comments import Ignore, Named, ignores

UNKNOWN_CODE = Fault(
    code="TAM471",
    summary="Code that no finding has",
    manual="""\
What is said of a code that does not exist is said of nothing: the finding that was meant comes all the same, and
somebody believes that it was dealt with.

Correct the code; `tamspec rules` lists all, with those of the plugins that `tamspec.yaml` names.
""",
)
UNPASSABLE = Fault(
    code="TAM472",
    summary="Finding that cannot be passed over",
    manual="""\
What cannot be read cannot be judged or planned, so such errors stay errors, whatever is said of them. A comment cannot
pass over what is found about comments either: nobody could tell any more which of them are still needed.

Mend what was found, and delete the line or the comment that would have hidden it.
""",
)
NO_REASON = Fault(
    code="TAM473",
    summary="Finding passed over without a reason",
    manual="""\
Whoever reads the line next year must be able to tell whether the reason still holds. Without one the comment stays
for ever, since nobody dares to delete it.

Write the reason behind the brackets: `# tamspec: ignore[TAM309] goes away with the data centre in June`.
""",
)
UNUSED = Fault(
    code="TAM474",
    summary="Comment that passes over nothing",
    manual="""\
The finding is not there any more, or stands in another line. The comment would hide the next one of its kind, which
nobody has looked at.

Delete the comment; `tamspec validate --fix` does it. If a finding was meant that is still shown, put the comment at the
end of the line that the finding names, or on a line of its own right above it.
""",
    severity=Severity.WARNING,
)
NOT_UNDERSTOOD = Fault(
    code="TAM475",
    summary="Comment that does not say what it passes over",
    manual="""\
A comment for tamspec names codes in square brackets. One without them would hide everything in its line, also what is
found there one day by a rule that nobody knows yet; so it hides nothing.

Write `# tamspec: ignore[TAM309] reason`; several codes are separated by commas.
""",
)
FAULTS = (UNKNOWN_CODE, UNPASSABLE, NO_REASON, UNUSED, NOT_UNDERSTOOD)

BY_THE_DAY = frozenset({"TAM406", *(f"TAM44{last}" for last in range(1, 8)), "TAM454"})
"""What comes and goes with the clock and with everybody's work: a comment about it is never unused for good."""


class Codes(Struct, frozen=True, kw_only=True):
    """What can be found in a workspace."""

    manual: Mapping[str, Fault]
    fixed: Collection[str]
    """Errors that nobody can pass over."""
    unsure: bool = False
    """Whether a plugin could not be used, so that its codes are not known."""

    def is_unknown(self, code: str) -> bool:
        return code not in self.manual and (code.startswith(OWN) or not self.unsure)

    def can_be_ignored(self, code: str) -> bool:
        """Whether a comment can pass over its findings."""
        return code not in self.fixed and code not in {one.code for one in FAULTS}


def weighed(
    findings: Findings, settings: Settings, files: Mapping[str, bytes], codes: Codes, bar: Settings | None = None
) -> Findings:
    """The findings as this workspace sees them, with what is wrong about its policy.

    `files` are all texts that were judged, `tamspec.yaml` among them. `bar` are the settings whose severities count,
    where they are not the workspace's own: a pull request cannot lower the bar that it is measured by.
    """
    comments = tuple(_comments(findings, files))
    kept, used = _without_ignored(findings, comments, codes)
    ran = not any(one.code in codes.fixed for one in findings.errors)
    said = [one for comment in comments for one in _of_comment(comment, used.get(comment.at, set()), codes, ran=ran)]
    severities = (bar or settings).rules
    told = (*kept, *said, *_of_settings(settings, codes))
    return Findings() + [found for one in told if (found := _weighed(one, severities, codes))]


def _comments(findings: Findings, files: Mapping[str, bytes]) -> Iterator[Ignore]:
    """The comments of every file that could be read to its end."""
    broken = {one.at.path for one in findings.errors if one.code.startswith("TAM0")}
    for path, content in files.items():
        if path not in broken:
            yield from ignores(path, content)


def _without_ignored(
    findings: Findings, comments: Iterable[Ignore], codes: Codes
) -> tuple[list[Diagnostic], Mapping[Loc, set[str]]]:
    """What is left of the findings, and the codes that each comment passed over, by its place."""
    asked: dict[tuple[str, int, str], list[Loc]] = defaultdict(list)
    for comment in comments:
        for named in comment.codes:
            asked[comment.at.path, comment.line, named.code].append(comment.at)
    kept, used = list[Diagnostic](), defaultdict[Loc, set[str]](set)
    for one in findings.all:
        passed_over = asked.get((one.at.path, one.at.line, one.code), ())
        if not passed_over or not codes.can_be_ignored(one.code):
            kept.append(one)
            continue
        for at in passed_over:
            used[at].add(one.code)
    return kept, used


def _of_comment(comment: Ignore, used: Collection[str], codes: Codes, *, ran: bool) -> Iterator[Diagnostic]:
    """What is wrong with a comment. Only where the rules `ran` can it be said to pass over nothing."""
    if not comment.codes:
        hint = "Write `# tamspec: ignore[CODE] reason`."
        yield NOT_UNDERSTOOD(comment.at, "No code in square brackets is named here.", hint=hint)
        return
    unused = []
    for named in comment.codes:
        if codes.is_unknown(named.code):
            yield _unknown(named.code, named.at, codes)
        elif not codes.can_be_ignored(named.code):
            hint = "Mend what was found, and take the code out."
            yield UNPASSABLE(named.at, _why_fixed(named.code, codes), hint=hint)
        elif ran and named.code in codes.manual.keys() - used - BY_THE_DAY:
            unused.append(named)
    if unused:
        yield _unused(comment, unused)
    elif not comment.reason:
        hint = "Write behind the brackets why it may stay."
        yield NO_REASON(comment.at, f"Nothing says why {_listed(comment.codes)} may be passed over.", hint=hint)


def _unused(comment: Ignore, unused: Sequence[Named]) -> Diagnostic:
    kept = [one.code for one in comment.codes if one not in unused]
    mend = Splice(comment.at, f"{comment.head}{', '.join(kept)}{comment.tail}") if kept else comment.removal
    at = unused[0].at if kept else comment.at
    where = "this line" if comment.line == comment.at.line else f"line {comment.line}"
    hint = f"Delete {_listed(unused) if kept else 'the comment'}."
    are = "is" if len(unused) == 1 else "are"
    return UNUSED(at, f"{_listed(unused)} {are} not found in {where}.", hint=hint, fix=(mend,))


def _listed(named: Iterable[Named]) -> str:
    return listed(one.code for one in named)


def _unknown(code: str, at: Place | Loc, codes: Codes) -> Diagnostic:
    return UNKNOWN_CODE(at, f"There is no code {code}.", hint=way_out(code, codes.manual))


def _why_fixed(code: str, codes: Codes) -> str:
    if code in codes.fixed:
        return f"{code} keeps the text from being read: it is an error everywhere."
    return f"{code} is found about such comments themselves."


def _of_settings(settings: Settings, codes: Codes) -> Iterator[Diagnostic]:
    """What is wrong with the severities in `tamspec.yaml`."""
    for code, severity in settings.rules.items():
        at = settings.at / "rules" / code
        if codes.is_unknown(code):
            yield _unknown(code, at.key, codes)
        elif code in codes.fixed and severity != Severity.ERROR.value:
            yield UNPASSABLE(at, _why_fixed(code, codes), hint="Delete the line.")


def _weighed(one: Diagnostic, severities: Mapping[str, str], codes: Codes) -> Diagnostic | None:
    """The finding with the severity that it has here; None where it is not to be told."""
    severity = severities.get(one.code)
    if severity is None or one.code in codes.fixed:
        return one
    return None if severity == "ignore" else replace(one, severity=Severity(severity))
