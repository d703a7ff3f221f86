"""What happens to each component: actions that run out as ordered, then at most one that is (re)computed.

While nobody has started an action it is recomputed under the same keys; once somebody has, it runs out as ordered
and the next action follows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from tamspec.diagnostics import Diagnostic
from tamspec.model.order import ActionKind, ActionState, Component, State
from tamspec.model.plan import Diff, Opening
from tamspec.model.workspace import Workspace
from tamspec.plan.diff import Desired, after_moves, differing, settled
from tamspec.plan.faults import NO_PROCEDURE, SERVICE_CHANGED
from tamspec.plan.fold import is_complete, is_open, is_owed, renamed
from tamspec.plan.steps import Node, change, decommission, provision


class Course(Struct, frozen=True, kw_only=True):
    """What happens to one component."""

    id: str
    """`project/component`."""
    running: tuple[ActionState, ...] = ()
    """Started actions; they run out."""
    obsolete: tuple[ActionState, ...] = ()
    """Actions that nobody started and nobody wants any more."""
    opening: Opening | None = None
    nodes: tuple[Node, ...] = ()
    diff: Diff | None = None


class Site(Struct, frozen=True, kw_only=True):
    """Everything that decomposing looks at, under the component names of now."""

    wanted: Desired
    components: Mapping[str, Component]
    """`project/component` → as desired."""
    before: Mapping[str, Component]
    """`project/component` → as ordered."""
    state: State
    workspace: Workspace
    diffs: Mapping[str, Diff]
    history: Mapping[str, tuple[ActionState, ...]]
    """`project/component` → its actions, oldest first."""


def site(diffs: Iterable[Diff], wanted: Desired, state: State, workspace: Workspace) -> Site:
    """The site, with the ledger's names brought up to now."""
    names = {
        f"{project}/{old}": f"{project}/{new}" for project, pairs in wanted.moves.items() for old, new in pairs.items()
    }
    history: dict[str, tuple[ActionState, ...]] = {}
    for action in state.actions.values():
        component = names.get(action.component, action.component)
        target = renamed(action.target, wanted.moves.get(action.target.project, {})) if action.target else None
        known = history.get(component, ())
        history[component] = (*known, replace(action, component=component, target=target))
    return Site(
        wanted=wanted,
        components=wanted.components,
        before=after_moves(state.ordered, wanted.moves),
        state=state,
        workspace=workspace,
        diffs={f"{one.project}/{one.component}": one for one in diffs if one.kind != "move"},
        history=history,
    )


Found = tuple[str, Diagnostic]
"""`project/component` (or `project/change:NAME`), and what is wrong with it: it cannot be ordered."""


def courses(site: Site) -> tuple[dict[str, Course], tuple[Found, ...]]:
    """The course of every component that is, was or will be, by id."""
    findings: list[Found] = []
    ids = sorted(site.components.keys() | site.before.keys() | site.history.keys())
    return {id: _course(site, id, findings) for id in ids}, tuple(findings)


def _course(site: Site, id: str, findings: list[Found]) -> Course:
    orders = site.state.orders
    past = site.history.get(id, ())
    started = {one.id for one in past if any(orders[key].is_started for key in one.orders)}
    running = tuple(one for one in past if is_open(one, orders) and one.id in started)
    pending = tuple(one for one in past if is_open(one, orders) and one.id not in started)
    diff = site.diffs.get(id)
    if diff is None and not pending:
        return Course(id=id, running=running)
    # What somebody cancelled before it was begun is wanted again: it goes on under its keys.
    pending += tuple(one for one in past if one.id not in started and one not in pending and is_owed(one, orders))
    wish = site.components.get(id)
    want = settled(site.before.get(id), wish) if wish else None
    have: Component | None = None
    for action in past:
        # What was begun and then given up is still there to be taken down, but nothing to build upon.
        if is_complete(action, orders) or action in running or (want is None and action.id in started):
            have = action.target
    kind = _kind(have, want)
    reused = next((one for one in pending if kind is None or one.kind == kind), None)
    opening = _opening(site, id, kind, reused, pending, want, diff)
    return Course(
        id=id,
        running=running,
        obsolete=tuple(one for one in pending if one is not reused or kind is None),
        opening=opening,
        nodes=_nodes(site, opening, have, want, findings) if kind else (),
        diff=diff,
    )


def _kind(have: Component | None, want: Component | None) -> ActionKind | None:
    """What leads from one to the other; None: nothing is to be done."""
    if have is None:
        return "provision" if want else None
    if want is None:
        return "decommission"
    return "change" if differing(have, want) else None


def _opening(
    site: Site,
    id: str,
    kind: ActionKind | None,
    reused: ActionState | None,
    pending: tuple[ActionState, ...],
    want: Component | None,
    diff: Diff | None,
) -> Opening:
    change_name = diff.change if diff else pending[0].change
    if reused and reused.kind != "adopt":
        return Opening(id=reused.id, component=id, kind=reused.kind, target=want, change=change_name)
    shown: ActionKind = kind or ("decommission" if want is None else "change")
    return Opening(
        id=f"{id}/{shown}.{_next_number(site, id, shown)}", component=id, kind=shown, target=want, change=change_name
    )


def _next_number(site: Site, id: str, kind: ActionKind) -> int:
    """Keys are never used twice, neither by a component of the same name that was moved away."""
    number = 1
    while f"{id}/{kind}.{number}" in site.state.actions:
        number += 1
    return number


def _nodes(
    site: Site, opening: Opening, have: Component | None, want: Component | None, findings: list[Found]
) -> tuple[Node, ...]:
    services = site.workspace.services
    if want is None:
        assert have is not None, "this is a bug in tamspec: decommission of nothing"
        return decommission(opening.id, services[have.service], have) if have.service in services else ()
    if have is None:
        return provision(opening.id, services[want.service], want)
    if have.service != want.service:
        detail = f"{want.name} of {want.project} is a {have.service} and cannot become a {want.service}."
        hint = f"Add a component of service {want.service} with a new name, and remove {want.name}."
        findings.append((opening.component, SERVICE_CHANGED(want.at / "service", detail, hint=hint)))
        return ()
    nodes, lost = change(opening.id, services[want.service], have, want, differing(have, want))
    for one in lost:
        origin = want.origins.get(one.name)
        at = origin.value if origin and one.name not in want.defaulted else want.at.key
        detail = (
            f"No procedure of service {want.service} changes {one.name} from {one.before} to {one.after} "
            f"({want.name} of {want.project})."
        )
        hint = f"Add a procedure with `onChange: {{{one.name}: any}}` to {want.service}, or take the difference back."
        finding = NO_PROCEDURE(at, detail, label="no procedure answers this", hint=hint)
        findings.append((opening.component, finding))
    return nodes
