"""Nodes → work orders: who does how much, after what, with which inputs."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from tamspec.diagnostics import Diagnostic, Related
from tamspec.model.catalog import Service, Step
from tamspec.model.graph import layers
from tamspec.model.order import ActionState, Component, Order, override_key
from tamspec.model.project import Change, Override
from tamspec.plan.courses import Course, Found, Site
from tamspec.plan.diff import after_moves
from tamspec.plan.faults import NOBODY_PRODUCES, UNKNOWN_ORDER
from tamspec.plan.fold import action_id, change_id, is_complete
from tamspec.plan.steps import TAKE_DOWN, Node, back_out, effort_of, nodes_of, sinks, title_of
from tamspec.suggest import did_you_mean, near

Keys = tuple[str, ...]


class _Bench(Struct):
    """What grows while orders are made: what components give and end with, and what was found."""

    site: Site
    courses: Mapping[str, Course]
    graph: dict[str, Keys]
    """`project/component` → the ids it depends on, as desired."""
    dependents: Mapping[str, Keys]
    """`project/component` → the ids that stand on it, and go before it."""
    leaves: dict[str, Keys] = field(default_factory=dict)
    outputs: dict[str, Mapping[str, Keys]] = field(default_factory=dict)
    producers: dict[tuple[str, bool], Mapping[str, Keys]] = field(default_factory=dict)
    """Prefix of keys, and whether for a back-out → artefact → its nodes that produce it."""
    overridable: dict[str, dict[str, Step]] = field(default_factory=dict)
    """Change → what its `orders` may name, and the step that each comes from."""
    overridden: set[tuple[str, str]] = field(default_factory=set)
    findings: list[Found] = field(default_factory=list)


def orders(site: Site, courses: Mapping[str, Course]) -> tuple[dict[str, Order], tuple[Found, ...]]:
    """Every order of the recomputed actions and of the open Changes' tasks, by key."""
    dependents: dict[str, set[str]] = {}
    for one in _standing(site):
        for name in one.depends_on:
            dependents.setdefault(f"{one.project}/{name}", set()).add(one.id)
    bench = _Bench(
        site,
        courses,
        graph={one.id: _ids(one.project, one.depends_on) for one in site.components.values()},
        dependents={id: tuple(sorted(found)) for id, found in dependents.items()},
    )
    made = [_order(bench, course, node) for course in courses.values() for node in course.nodes]
    for change in site.workspace.changes.values():
        made.extend(_tasks(bench, change))
    bench.findings.extend(_unused_overrides(bench))
    return {order.key: order for order in made}, tuple(bench.findings)


def _standing(site: Site) -> Iterator[Component]:
    """Everything that stands on something: as ordered, as built, and as open or given up work may have left it."""
    yield from site.before.values()
    yield from after_moves(site.state.built, site.wanted.moves).values()
    for actions in site.history.values():
        for action in actions:
            if action.target and not is_complete(action, site.state.orders):
                yield action.target


def _ids(project: str, names: Iterable[str]) -> Keys:
    return tuple(f"{project}/{name}" for name in names)


def _order(bench: _Bench, course: Course, node: Node) -> Order:
    assert course.opening is not None, "this is a bug in tamspec: a node without an action"
    component, change = node.component, bench.site.workspace.changes.get(course.opening.change)
    behind = _ids(component.project, component.depends_on)
    inputs = _inputs(bench, node, course.nodes, course.id, behind)
    follows = {*node.follows, *(key for keys in inputs.values() for key in keys)}
    if not node.standby:
        follows |= set(_before_entry(bench, course, node, behind))
    override = _override(bench, change, node) if change else None
    order = written(node, course.opening.change, change, inputs, follows, override)
    return replace(order, component=course.id.partition("/")[2], action=course.opening.id.rpartition("/")[2])


def _tasks(bench: _Bench, change: Change) -> Iterator[Order]:
    """The orders of a Change's own tasks, as long as it is open."""
    state, project = bench.site.state, change.project.name
    if change.state == "withdrawn" or state.is_closed(change.name):
        return
    prefix, shape = change_id(project, change.name), bench.site.wanted.landscapes[project]
    subject = Component(project=project, name=f"change:{change.name}", service="")
    nodes = nodes_of(prefix, "", change.tasks, subject) + back_out(prefix, change.back_out, subject)
    for node in nodes:
        others = [name for name in node.step.depends_on if name not in change.tasks]
        behind = _ids(project, (member for name in others for member in shape.members(name))) if others else ()
        inputs = _inputs(bench, node, nodes, prefix, behind)
        follows = {*node.follows, *(key for keys in inputs.values() for key in keys)}
        follows |= {key for id in behind for key in _leaves(bench, id)}
        yield written(node, change.name, change, inputs, follows, _override(bench, change, node))


def written(
    node: Node,
    change_name: str,
    change: Change | None,
    inputs: Mapping[str, Keys],
    follows: Iterable[str],
    override: Override | None = None,
) -> Order:
    """The order that a node becomes, after what it follows."""
    not_before = (override.not_before if override else None) or (change.not_before if change else None)
    step = node.step
    return Order(
        key=node.key,
        project=node.component.project,
        change=change_name,
        procedure=node.procedure,
        step=node.name,
        title=title_of(step, node.name),
        department=step.department.name if step.department else "",
        party=step.party or "",
        joint=tuple(ref.name for ref in step.joint),
        effort=override.effort if override and override.effort is not None else effort_of(step, node.component.params),
        effort_range=step.effort_range,
        people=step.people,
        wait=step.wait,
        window=step.window,
        milestone=step.milestone,
        standby=node.standby,
        depends_on=tuple(sorted(follows)),
        inputs={name: keys for name, keys in sorted(inputs.items()) if keys} if inputs else {},
        outputs=dict(sorted(step.produces.items())) if step.produces else {},
        checklist=step.checklist,
        irreversible=step.irreversible,
        not_before=not_before,
        pin=override.pin if override else None,
        why=override.why.strip() if override else "",
        at=step.at,
    )


def _before_entry(bench: _Bench, course: Course, node: Node, behind: Keys) -> Iterator[str]:
    """What the first steps of an action, and of what it builds after it took something down, wait for besides their
    inputs."""
    assert course.opening is not None, "this is a bug in tamspec: a node without an action"
    goes_for_good = course.opening.kind == "decommission"
    if not node.follows:
        for action in course.running:
            yield from _ends(bench, action)
        known = bench.site.state.orders.get(node.key)
        if known and not known.dropped:
            # What it was ordered to follow may be done by now, and what stood on a thing taken down rewired.
            earlier = {action.id for action in _lasting(bench, course.id)}
            yield from (key for key in known.order.depends_on if goes_for_good or action_id(key) in earlier)
        if goes_for_good:
            for id in bench.dependents.get(course.id, ()):
                yield from _leaves(bench, id)
    if not node.step.needs and _builds_first(course, node):
        for id in behind:
            yield from _leaves(bench, id)


def _builds_first(course: Course, node: Node) -> bool:
    """Whether nothing of what its action builds goes before the node; what a replacement takes down may."""
    assert course.opening is not None, "this is a bug in tamspec: a node without an action"
    taken_down = f"{course.opening.id}/{TAKE_DOWN}."
    return node.procedure != TAKE_DOWN and all(key.startswith(taken_down) for key in node.follows)


def _leaves(bench: _Bench, id: str) -> Keys:
    """The orders after which a component is complete; where it has none, those of what it depends on."""
    if id not in bench.leaves:
        own = _own_leaves(bench, id)
        bench.leaves[id] = own if own is not None else ()
        if own is None:
            behind = bench.graph.get(id, ())
            bench.leaves[id] = tuple(sorted({key for other in behind for key in _leaves(bench, other)}))
    return bench.leaves[id]


def _own_leaves(bench: _Bench, id: str) -> Keys | None:
    course = bench.courses.get(id)
    if course and course.nodes:
        return sinks(course.nodes)
    for action in reversed(_lasting(bench, id)):
        if action.kind == "adopt":
            return ()
        ends = tuple(_ends(bench, action))
        if ends:
            return ends
    return None


def _lasting(bench: _Bench, id: str) -> tuple[ActionState, ...]:
    """The recorded actions of a component that are not recomputed, oldest first."""
    course, past = bench.courses.get(id), bench.site.history.get(id, ())
    if course is None:
        return past
    recomputed = {action.id for action in course.obsolete} | ({course.opening.id} if course.opening else set())
    return tuple(action for action in past if action.id not in recomputed)


def _ends(bench: _Bench, action: ActionState) -> Iterator[str]:
    """The orders of a recorded action that no other of it follows. Of what builds up a component that is not wanted
    any more only the started ones run out."""
    is_given_up = action.target is not None and action.component not in bench.site.components
    states = [bench.site.state.orders[key] for key in action.orders]
    wanted = [one for one in states if not one.dropped and not one.order.standby]
    alive = [one for one in wanted if one.is_started or not is_given_up]
    followed = {key for one in alive for key in one.order.depends_on}
    yield from (one.order.key for one in alive if one.order.key not in followed)


def _inputs(bench: _Bench, node: Node, nodes: Iterable[Node], id: str, behind: Keys) -> dict[str, Keys]:
    """Artefact that the node needs → the orders that produce it; empty where it stands already."""
    made: dict[str, Keys] = {}
    for artefact in node.step.needs:
        producers = _producers(bench, id, nodes, standby=node.standby)
        own = tuple(key for key in producers.get(artefact, ()) if key != node.key)
        found = own or _from_others(bench, artefact, id, behind)
        if found is not None:
            made[artefact] = found
            continue
        bench.findings.append((id, _nobody_produces(bench, node, artefact, {*_at_hand(bench, nodes, id, behind)})))
    return made


def _producers(bench: _Bench, id: str, nodes: Iterable[Node], *, standby: bool) -> Mapping[str, Keys]:
    """The nodes of one action, or of one Change's tasks, that produce each artefact, by key; what a back-out produces
    is for itself alone."""
    if (id, standby) not in bench.producers:
        made: dict[str, list[str]] = {}
        for node in nodes:
            for artefact in node.step.produces if standby or not node.standby else ():
                made.setdefault(artefact, []).append(node.key)
        bench.producers[id, standby] = {artefact: tuple(sorted(keys)) for artefact, keys in made.items()}
    return bench.producers[id, standby]


def _nobody_produces(bench: _Bench, node: Node, artefact: str, at_hand: set[str]) -> Diagnostic:
    where, needed = node.component.name, node.step.at / "needs" / node.step.needs.index(artefact)
    detail = f"{where} of {node.component.project} needs '{artefact}' for step {node.name}; nobody produces it."
    services = bench.site.workspace.services.values()
    givers = ", ".join(sorted(one.name for one in services if _makes(one, artefact)))
    hint = f"Add a component that produces '{artefact}' to `dependsOn` of {where}"
    in_catalogue = bool(node.component.service)
    return NOBODY_PRODUCES(
        node.component.at.key if in_catalogue else needed,
        detail,
        label=f"nothing gives '{artefact}'",
        hint=did_you_mean(artefact, at_hand) or (f"{hint}: one of {givers}." if givers else f"{hint}."),
        related=(Related(needed.value, "This step asks for it."),) if in_catalogue else (),
    )


def _at_hand(bench: _Bench, nodes: Iterable[Node], id: str, behind: Keys) -> Iterator[str]:
    """The artefacts that a step can ask for: of its own procedure, and of everything behind its component."""
    for node in nodes:
        yield from node.step.produces
    graph: ChainMap[str, Keys] = ChainMap({id: behind}, bench.graph)
    for layer in layers(graph, id):
        for other in layer:
            component = bench.site.components.get(other) or bench.site.before.get(other)
            service = bench.site.workspace.services.get(component.service) if component else None
            for procedure in service.procedures.values() if service else ():
                yield from (name for step in procedure.steps.values() for name in step.produces)


def _from_others(bench: _Bench, artefact: str, id: str, behind: Keys) -> Keys | None:
    """Who produces an artefact: the nearest components behind, all that are equally near."""
    graph: ChainMap[str, Keys] = ChainMap({id: behind}, bench.graph)
    for layer in layers(graph, id):
        givers = [other for other in layer if _gives(bench, other, artefact)]
        if givers:
            return tuple(sorted({key for g in givers for key in _outputs(bench, g).get(artefact, _leaves(bench, g))}))
    return () if _gives(bench, id, artefact) else None


def _gives(bench: _Bench, id: str, artefact: str) -> bool:
    """Whether the component's service produces the artefact in any of its procedures."""
    component = bench.site.components.get(id) or bench.site.before.get(id)
    service = bench.site.workspace.services.get(component.service) if component else None
    return service is not None and _makes(service, artefact)


def _makes(service: Service, artefact: str) -> bool:
    return any(artefact in step.produces for one in service.procedures.values() for step in one.steps.values())


def _outputs(bench: _Bench, id: str) -> Mapping[str, Keys]:
    """Artefact → the orders of the component that produce it: as planned now, else as last ordered."""
    if id not in bench.outputs:
        made: dict[str, Keys] = {}
        for action in _lasting(bench, id):
            states = [bench.site.state.orders[key] for key in action.orders]
            wanted = [one.order for one in states if not one.dropped and not one.order.standby]
            made |= {name: (order.key,) for order in wanted for name in order.outputs}
        course = bench.courses.get(id)
        nodes = [node for node in (course.nodes if course else ()) if not node.standby]
        made |= {name: (node.key,) for node in nodes for name in node.step.produces}
        bench.outputs[id] = made
    return bench.outputs[id]


def _override(bench: _Bench, change: Change, node: Node) -> Override | None:
    if not change.orders:
        return None
    key = override_key(node.component.name if node.component.service else "", node.procedure, node.name)
    bench.overridable.setdefault(change.name, {})[key] = node.step
    if key in change.orders:
        bench.overridden.add((change.name, key))
    return change.orders.get(key)


def _unused_overrides(bench: _Bench) -> Iterator[Found]:
    """Overrides that fit no order, neither of this plan nor of the ledger."""
    for change in bench.site.workspace.changes.values():
        recorded = {one.order.override_key for one in bench.site.state.orders_of(change.name)}
        for key in sorted(change.orders):
            if (change.name, key) not in bench.overridden and key not in recorded and change.state != "withdrawn":
                yield f"{change.project.name}/change:{change.name}", _unknown_order(bench, change, key)


def _unknown_order(bench: _Bench, change: Change, key: str) -> Diagnostic:
    known = bench.overridable.get(change.name, {})
    guess = near(key, known)
    form = "Write COMPONENT/PROCEDURE/STEP, as the plan lists the orders, or the name of a task."
    hint = f"Did you mean '{guess}'?" if guess else form
    related = (Related(known[guess].at.key, "That order comes from this step."),) if guess else ()
    place = (change.at / "spec" / "orders" / key).key
    return UNKNOWN_ORDER(place, f"'{key}' is no order of {change.name}.", hint=hint, related=related)
