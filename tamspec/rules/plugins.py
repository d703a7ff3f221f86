"""Rules that others bring: installed packages with an entry point in the group `tamspec.rules`.

Only those that `tamspec.yaml` names are looked at, so that what happens to be installed changes nothing. They are
strangers: whatever goes wrong with them becomes a finding, and everything else goes on.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tamspec.chapters import CODE, OWN
from tamspec.diagnostics import Diagnostic, Fault, Findings, Loc, Place, Related
from tamspec.model.workspace import Settings, Workspace
from tamspec.rules.rule import Rule
from tamspec.suggest import did_you_mean

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "tamspec.rules"
MOST = 10_000
"""Objections that one rule may have; one with more is wrong itself."""

NOT_INSTALLED = Fault(
    code="TAM481",
    summary="Plugin that is not installed",
    manual="""\
`plugins` in `tamspec.yaml` names packages whose rules everybody is to keep. Where one is missing, its rules are not
run, and what they would have found reaches the review.

Install the package here and in continuous integration, correct the name (it is that of the entry point in the group
`tamspec.rules`), or delete it.
""",
)
UNUSABLE = Fault(
    code="TAM482",
    summary="Plugin that cannot be used",
    manual="""\
A plugin offers rules, made with `tamspec.rules.rule.rule`, under codes of its own such as ACME101. One that cannot be
imported, that offers something else, or that uses codes that are taken would leave holes that nobody sees.

Tell whoever looks after the package; the finding names it. Until it is mended, take another version of it, or take it
out of `plugins`.
""",
)
FAILED = Fault(
    code="TAM483",
    summary="Rule of a plugin that failed",
    manual="""\
The rule stopped in the middle, or said something that is no finding. What it found before is shown; what it would have
found behind is not known.

Tell whoever looks after the package; the finding names it. Until it is mended, take another version of it, or take it
out of `plugins`.
""",
)
FAULTS = (NOT_INSTALLED, UNUSABLE, FAILED)

TELL = "Tell whoever looks after the package, or take another version of it."
NOTHING = Findings()


class Brought(Struct, frozen=True, kw_only=True):
    """A rule and who brought it."""

    rule: Rule[[Workspace]]
    plugin: str
    package: str
    """Its distribution and version: `acme-tamspec 1.2`."""
    at: Place
    """Where `tamspec.yaml` names the plugin."""


class Plugins(Struct, frozen=True, kw_only=True):
    """What the plugins of a workspace bring, and what is wrong with them."""

    rules: tuple[Brought, ...] = ()
    findings: Findings = NOTHING

    @property
    def faults(self) -> tuple[Fault, ...]:
        return tuple(one.rule.fault for one in self.rules)


def plugins(settings: Settings, taken: Iterable[str], bar: Settings | None = None) -> Plugins:
    """The plugins that the settings name, and those of `bar`, which a pull request cannot take out; `taken` are the
    codes that are in use."""
    names = dict.fromkeys((*settings.plugins, *(bar.plugins if bar else ())))
    codes, brought, findings = set(taken), list[Brought](), list[Diagnostic]()
    for index, name in enumerate(names):
        at = settings.at / "plugins" / index if index < len(settings.plugins) else settings.at / "plugins"
        for one in _offered(name):
            trouble = one.trouble or _objection(one.rule, codes)
            if trouble:
                fault = UNUSABLE if one.package else NOT_INSTALLED
                findings.append(fault(at, f"Plugin {_called(name, one.package)} {trouble}", hint=one.hint))
            else:
                codes.add(one.rule.fault.code)
                brought.append(Brought(rule=one.rule, plugin=name, package=one.package, at=at))
    return Plugins(rules=tuple(brought), findings=Findings() + findings)


def run(found: Plugins, workspace: Workspace) -> Findings:
    """What the rules of the plugins find in a workspace that loaded without errors."""
    return Findings() + [finding for one in found.rules for finding in _run(one, workspace)]


def _run(brought: Brought, workspace: Workspace) -> Iterator[Diagnostic]:
    made: list[Diagnostic] = []
    trouble = ""
    try:
        with _quiet():
            for objection in islice(brought.rule.check(workspace), MOST + 1):
                if _is_objection(objection):
                    made.append(brought.rule.finding(objection))
                else:
                    trouble = "says something that is no finding; a place and a text are asked for"
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever strangers' code does, the rest goes on
        trouble = f"failed: {_told(error)}"
    if len(made) > MOST:
        trouble = f"finds more than {MOST:,} things"
    yield from made[:MOST]
    if trouble:
        detail = f"{brought.rule.fault.code} of plugin {_called(brought.plugin, brought.package)} {trouble}."
        yield FAILED(brought.at, detail, hint=TELL)


class _Offer(Struct, frozen=True, kw_only=True):
    """A rule that a plugin offers, or why there is none."""

    rule: Any = None
    package: str = ""
    """Empty: it is not installed."""
    trouble: str = ""
    hint: str = TELL


@functools.cache
def _offered(name: str) -> tuple[_Offer, ...]:
    """What a plugin offers. It is imported once a process."""
    from importlib import metadata

    entries = {_package(one): one for one in metadata.entry_points(group=GROUP, name=name)}
    if not entries:
        others = sorted({one.name for one in metadata.entry_points(group=GROUP)})
        hint = did_you_mean(name, others) or "Install the package that brings it, or correct the name."
        return (_Offer(trouble="is not installed here.", hint=hint),)
    if len(entries) > 1:
        packages = " and ".join(sorted(entries))
        return (_Offer(package=packages, trouble="is offered twice.", hint="Uninstall all but one of the packages."),)
    package, entry = next(iter(entries.items()))
    try:
        with _quiet():
            made = entry.load()
            offered = (made,) if isinstance(made, Rule) else tuple(islice(made, MOST))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever strangers' code does, the rest goes on
        return (_Offer(package=package, trouble=f"cannot be loaded: {_told(error)}."),)
    nothing = (_Offer(package=package, trouble="offers no rules."),)
    return tuple(_Offer(rule=one, package=package) for one in offered) or nothing


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown package"


def _called(plugin: str, package: str) -> str:
    return f"{plugin} ({package})" if package else plugin


def _told(error: BaseException) -> str:
    """What stopped strangers' code, on one line; its author needs the kind of it."""
    return " ".join(f"{type(error).__name__} {error}".split())[:200].rstrip(".")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What strangers' code prints must not get into an answer that a program reads."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


def _objection(offered: Any, taken: set[str]) -> str:
    """What is wrong with something that a plugin offers as a rule; empty: nothing."""
    fault = offered.fault if isinstance(offered, Rule) else None
    if not isinstance(fault, Fault) or not callable(offered.check):
        return "offers something that is no rule."
    if not all(isinstance(one, str) for one in (fault.code, fault.summary, fault.manual)):
        return "offers something that is no rule."
    if not CODE.fullmatch(fault.code) or fault.code.startswith(OWN):
        return f"has a rule with the code {fault.code}; a code is capital letters and three digits, and none of TAM's."
    return f"has a rule with the code {fault.code}, which another one has already." if fault.code in taken else ""


def _is_objection(given: Any) -> bool:
    """Whether a rule said something that a finding can be made of."""
    if not isinstance(given, tuple) or not 2 <= len(given) <= 4:
        return False
    place = given[0].value if isinstance(given[0], Place) else given[0]
    related: Sequence[Any] = given[3] if len(given) > 3 else ()
    return (
        _is_loc(place)
        and all(isinstance(text, str) for text in given[1:3])
        and isinstance(related, tuple)
        and all(isinstance(one, Related) and _is_loc(one.at) and isinstance(one.message, str) for one in related)
    )


def _is_loc(given: Any) -> bool:
    if not isinstance(given, Loc) or not isinstance(given.path, str):
        return False
    numbers = (given.line, given.column, given.end_line, given.end_column)
    return all(type(one) is int and one > 0 for one in numbers)
