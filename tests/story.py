"""A desk for tests: specifications as YAML text, events that all pass through ledger text, and the plan of an instant.

Nothing here judges; the tests do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from tamspec import ledger, load, plan, resources
from tamspec.diagnostics import Diagnostic, Findings
from tamspec.model.order import Event, Order, OrderState, Report, State, Status
from tamspec.model.plan import Plan
from tamspec.model.workspace import Settings, Workspace
from tamspec.plan.reports import named, objection, reported

SCHEMAS: load.Schemas = {
    name.lower(): resources.schema(name.lower()) for name in [*load.KINDS, "LedgerEntry", "Workspace"]
}
MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""When most stories begin: a Monday, an hour before anybody works."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a tree of text says at an instant."""

    workspace: Workspace
    events: tuple[Event, ...]
    state: State
    plan: Plan
    findings: Findings


def see(files: Mapping[str, str], at: datetime) -> Seen:
    """Load, fold and plan; the text must load without errors."""
    loaded = load.load({path: text.encode() for path, text in files.items()}, Settings(), SCHEMAS)
    assert not loaded.findings.errors, [told(one) for one in loaded.findings.errors]
    state = plan.fold(loaded.events)
    made, found = plan.make(loaded.workspace, state, at)
    return Seen(
        workspace=loaded.workspace, events=loaded.events, state=state, plan=made, findings=loaded.findings + found
    )


def told(one: Diagnostic) -> str:
    """A finding in a line, for the message of a failing test."""
    return f"{one.code} {one.at}: {one.detail}"


def reread(event: Event) -> Event:
    """The event as the loader reads it from the text that the ledger writes of it."""
    loaded = load.load({"entry.yaml": ledger.text(event).encode()}, Settings(), SCHEMAS)
    assert not loaded.findings.all, [told(one) for one in loaded.findings.all]
    (read,) = loaded.events
    return read


class Desk:
    """A workspace in time: its files, its ledger among them, and the clock. Every recording takes a minute."""

    def __init__(self, files: Mapping[str, str], now: datetime = MONDAY) -> None:
        self.files = dict(files)
        self.now = now
        self._seen: tuple[datetime, Mapping[str, str], Seen] | None = None

    # What is written

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a piece of a file; it must stand there exactly once."""
        assert self.files[path].count(old) == 1, f"{old!r} stands {self.files[path].count(old)} times in {path}"
        self.files[path] = self.files[path].replace(old, new)

    def write(self, path: str, text: str) -> None:
        self.files[path] = text

    def later(self, **length: float) -> None:
        """Let time pass: `later(hours=3)`."""
        self.now += timedelta(**length)

    # What is to be seen

    @property
    def seen(self) -> Seen:
        """Everything, as of now."""
        if self._seen is None or self._seen[:2] != (self.now, self.files):
            self._seen = (self.now, dict(self.files), see(self.files, self.now))
        return self._seen[2]

    @property
    def plan(self) -> Plan:
        return self.seen.plan

    @property
    def state(self) -> State:
        return self.seen.state

    @property
    def codes(self) -> list[str]:
        """The codes of all findings, sorted."""
        return sorted(one.code for one in self.seen.findings.all)

    @property
    def work(self) -> dict[str, str]:
        """Order → what is to be done about it, without the orders that stay as they are."""
        return {one.order.key: one.verb for one in self.plan.actions if one.verb != "keep"}

    @property
    def orders(self) -> dict[str, Order]:
        """Every order that the plan wants worked, by key."""
        return {one.order.key: one.order for one in self.plan.actions if one.verb != "cancel"}

    def order(self, tail: str) -> Order:
        """The one order of the plan that a tail names."""
        (key,) = named(tail, self.orders)
        return self.orders[key]

    def known(self, tail: str) -> OrderState:
        """The one order of the ledger that a tail names."""
        (key,) = named(tail, self.state.orders)
        return self.state.orders[key]

    # What is done

    def apply(self, *changes: str) -> tuple[Event, ...]:
        """Record Changes, or all that can be; the events are what was read back from the ledger's text."""
        seen = self.seen
        open_ones = [name for name, one in seen.plan.changes.items() if one.state not in ("unclaimed", "closed")]
        return self._record(plan.record(seen.plan, seen.state, changes or open_ones, "ivanova"))

    def apply_moves(self) -> tuple[Event, ...]:
        """Record the renames of all projects, and nothing else."""
        seen = self.seen
        return self._record(plan.record(seen.plan, seen.state, (), "ivanova", moves_of=seen.plan.moves))

    def adopt(self, project: str, *names: str) -> tuple[Event, ...]:
        """Take components over as they stand."""
        seen = self.seen
        wanted = plan.desired(seen.workspace, seen.state)
        return self._record((plan.adopt(wanted, seen.state, project, names, self.now, "ivanova", "Inventory, page 4"),))

    def report(self, status: Status, *tails: str, **said: Any) -> None:
        """Report work, which must be legal: `report("done", "db/install")`."""
        state = self.state
        reports = {}
        for tail in tails:
            (key,) = named(tail, state.orders)
            reports[key] = Report(status=status, **said)
            assert objection(state, key, reports[key]) is None
        self._record(reported(state, reports, self.now, "petrov"))

    def finish(self, wanted: Callable[[OrderState], bool] = lambda _: True) -> None:
        """Report every open order done that is wanted, in one go."""
        self.report("done", *(key for key, one in self.state.orders.items() if one.is_open and wanted(one)))

    def _record(self, events: Iterable[Event]) -> tuple[Event, ...]:
        read = []
        for event in events:
            distinct = self._named_apart(event)
            again = reread(distinct)
            assert again == distinct
            read.append(again)
            self.files[f"ledger/{distinct.name}.yaml"] = ledger.text(distinct)
        if read:
            self.now += timedelta(minutes=1)
        return tuple(read)

    def _named_apart(self, event: Event) -> Event:
        name, count = event.name, 1
        while f"ledger/{name}.yaml" in self.files:
            count += 1
            name = f"{event.name}-{count}"
        return replace(event, name=name)
