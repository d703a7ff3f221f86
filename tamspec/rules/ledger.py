"""The ledger: whether the recorded events can have happened one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tamspec.diagnostics import Place, Related, Severity
from tamspec.model.order import LEGAL, Component, Event, Ordered, State, Status, StatusSet
from tamspec.model.values import counted
from tamspec.model.workspace import Workspace
from tamspec.plan.reports import WORDS
from tamspec.rules.rule import Objection, rule
from tamspec.suggest import did_you_mean

Events = Sequence[Event]
"""In the order in which they happened: (instant, entry name)."""


class _Standing:
    """Where each order stands while events go by; mutable inside this module only.

    It says what is wrong with an event; `fold` passes over the same things in silence.
    """

    def __init__(self) -> None:
        self.status: dict[str, Status] = {}
        self.started: set[str] = set()
        self.given: dict[str, Place] = {}

    def is_started(self, key: str) -> bool:
        return key in self.started or self.status.get(key) == "done"

    def order(self, event: Ordered) -> Iterator[str]:
        """Take in an apply; gives the keys of orders that were under way or done already."""
        for key in sorted(event.orders):
            if self.status.get(key) != "cancelled" and self.is_started(key):
                yield key
                continue
            self.status[key] = "planned"
            self.started.discard(key)
            self.given[key] = event.place / "spec" / "orders" / key
        for key in event.cancelled:
            if key in self.status and not self.is_started(key):
                self.status[key] = "cancelled"

    def report(self, key: str, status: Status) -> Status | None:
        """Take in a report; gives the status before where the order cannot go from there to the reported one."""
        before = self.status[key]
        self.status[key] = status
        if status == "in_progress":
            self.started.add(key)
        if status == "planned":
            self.started.discard(key)
        return None if status in LEGAL[before] else before


def _replayed(events: Events) -> Iterator[tuple[str, Event, str, str, Place]]:
    """What cannot have happened: kind of trouble (`unknown`, `illegal`, `again`), event, order, status before, and
    for an order given again where it was given first."""
    standing = _Standing()
    for event in events:
        if isinstance(event, Ordered):
            for key in standing.order(event):
                yield "again", event, key, "", standing.given[key]
        elif isinstance(event, StatusSet):
            for key, report in sorted(event.orders.items()):
                if key not in standing.status:
                    yield "unknown", event, key, "", event.place
                    continue
                before = standing.report(key, report.status)
                if before:
                    yield "illegal", event, key, WORDS[before], event.place


@rule("TAM461", "Report of work that nobody ordered")
def report_of_unknown_order(workspace: Workspace, events: Events, state: State) -> Iterator[Objection]:
    """A status belongs to a work order that was given before. A report about another key changes nothing, and
    somebody believes that it did.

    Take the entry out before it is merged, and report again with `tamspec order`, which knows the keys.
    """
    for kind, event, key, _, _ in _replayed(events):
        if kind == "unknown":
            at = (event.place / "spec" / "orders" / key).key
            detail = f"No order {key} was given before {event.at:%Y-%m-%d %H:%M} UTC."
            yield at, detail, did_you_mean(key, state.orders)


@rule("TAM462", "Status that cannot follow")
def illegal_transition(workspace: Workspace, events: Events, state: State) -> Iterator[Objection]:
    """Work that is done does not become blocked, and rejected work is not in progress: one of the two reports is
    wrong, most often because two people reported at the same time.

    Find out how it stands. Take the wrong entry out before it is merged, or report the true status after it.
    """
    for kind, event, key, before, _ in _replayed(events):
        if kind == "illegal" and isinstance(event, StatusSet):
            at = event.place / "spec" / "orders" / key / "status"
            yield at, f"{key} is {before} at that time; it cannot become {WORDS[event.orders[key].status]}."


@rule("TAM463", "Ledger entries of the same name")
def same_name(workspace: Workspace, events: Events, state: State) -> Iterator[Objection]:
    """The name tells entries of the same instant apart and orders them. Two of the same name are most often one entry
    that was copied, and its work would count twice.

    Delete the copy, or record the event again with tamspec, which chooses the name.
    """
    named: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        named.setdefault((event.project, event.name), []).append(event)
    for (project, name), entries in named.items():
        if len(entries) > 1:
            first, *others = sorted((one.place / "metadata" / "name").value for one in entries)
            related = (Related(first, "the first one"),)
            yield from ((at, f"There are two ledger entries {name} of {project}.", "", related) for at in others)


@rule("TAM464", "Work ordered again while it is under way")
def ordered_again(workspace: Workspace, events: Events, state: State) -> Iterator[Objection]:
    """A started order is never altered. When two branches apply the same Change, the second may order work that has
    begun in the meantime; its dates and its scope count for nothing.

    Take the second entry out and run `tamspec apply` again: it plans on from what was started.
    """
    for kind, event, key, _, given in _replayed(events):
        if kind == "again":
            at = (event.place / "spec" / "orders" / key).key
            yield at, f"{key} was begun before this entry ordered it.", "", (Related(given.key, "ordered here first"),)


@rule("TAM465", "Cancelled work that is still owed", Severity.WARNING)
def cancelled_but_owed(workspace: Workspace, events: Events, state: State) -> Iterator[Objection]:
    """Somebody cancelled the order, but the specification still asks for what it delivers: the component is not what
    the project says it is.

    Run `tamspec order reopen` to have it worked, or take what it was for out of the project.
    """
    for key, one in state.orders.items():
        if one.status == "cancelled" and not one.dropped and _is_wanted(key, workspace, state):
            reports = (event for event in events if isinstance(event, StatusSet) and key in event.orders)
            for event in list(reports)[-1:]:
                at = event.place / "spec" / "orders" / key / "status"
                hint = f"Run `tamspec order reopen {key}`, or take what it was for out of the project."
                yield at, f"{key} was cancelled, and {one.order.change} still needs it.", hint


def _is_wanted(key: str, workspace: Workspace, state: State) -> bool:
    """Whether the specification still asks for what the order delivers."""
    order = state.orders[key].order
    change = workspace.changes.get(order.change)
    if not order.component:
        return change is not None and change.state != "withdrawn" and order.step in change.tasks
    action = next((one for one in state.actions.values() if key in one.orders), None)
    if action is None or (action.target is not None and action.component not in state.ordered):
        return False
    built = state.built.get(action.component)
    if built and action.target and _wish(built) == _wish(action.target):
        return False  # it was taken back: what stands is what is wanted
    # A later action of the component leads on from wherever this one ended.
    return [one for one in state.actions.values() if one.component == action.component][-1] is action


def _wish(component: Component) -> tuple[object, ...]:
    """What was asked for, whoever wrote it: a value by default is one like any other."""
    return component.service, component.params, component.depends_on


@rule("TAM466", "Open work of a change that is written nowhere")
def change_gone(workspace: Workspace, events: Events, state: State) -> Iterator[Objection]:
    """A Change was applied and its document is gone, while departments still work its orders: no plan and no page
    shows them, and nobody can approve, alter or withdraw them.

    Bring the document back, from the history of the repository. A Change that is not wanted any more stays until it
    is recorded so: `state: withdrawn`, then `tamspec apply`.
    """
    last = {event.change: event for event in events if isinstance(event, Ordered)}
    for name in sorted(last.keys() - workspace.changes.keys()):
        if left := sum(one.is_open for one in state.orders_of(name)):
            open_ones = f"{counted(left, 'order')} of {name} {'is' if left == 1 else 'are'} open"
            hint = f"Bring the document of {name} back; where nobody wants it any more, with `state: withdrawn`."
            yield last[name].place / "spec" / "change", f"{open_ones}, and there is no such Change.", hint
