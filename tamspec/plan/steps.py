"""A procedure for one component → the nodes of its graph: conditions decided, skipped steps passed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from tamspec.model.catalog import Condition, Procedure, Service, Step
from tamspec.model.graph import in_order
from tamspec.model.order import Component
from tamspec.model.plan import FieldChange
from tamspec.model.values import Effort, Scalar


class Node(Struct, frozen=True, kw_only=True):
    """A step that will be a work order: its key, and the keys of the same action that it follows."""

    key: str
    step: Step
    name: str
    """`install`; of a change `upgrade.cut-over`, since several procedures may be chained."""
    procedure: str
    component: Component
    follows: tuple[str, ...] = ()
    standby: bool = False
    """Of a back-out: it takes the others back, and nothing waits for it."""


TAKE_DOWN = "decommission"
"""The procedure that ends a component, for good or before it is built anew."""
BACK_OUT = "back-out"
"""The procedure that the orders of a back-out are of, whatever they take back."""


def sinks(nodes: Iterable[Node]) -> tuple[str, ...]:
    """The keys that nothing else among the nodes follows: when they are done, all is."""
    nodes = [node for node in nodes if not node.standby]
    followed = {key for node in nodes for key in node.follows}
    return tuple(sorted(node.key for node in nodes if node.key not in followed))


def nodes_of(
    prefix: str, procedure: str, steps: Mapping[str, Step], component: Component, *, qualified: bool = False
) -> tuple[Node, ...]:
    """The steps that are wanted for the component's parameters; a skipped one passes its predecessors on.

    A task of a Change may also wait for components; those names lead out of this graph.
    """
    behind: dict[str, tuple[str, ...]] = {}
    made = []
    for name in in_order({name: step.depends_on for name, step in steps.items()}):
        step = steps[name]
        follows = tuple(sorted({key for other in step.depends_on for key in behind.get(other, ())}))
        behind[name] = follows
        if not step.when or all(_holds(wanted, component, param) for param, wanted in step.when.items()):
            full = f"{procedure}.{name}" if qualified else name
            node = Node(
                key=f"{prefix}/{full}",
                step=step,
                name=full,
                procedure=procedure,
                component=component,
                follows=follows,
            )
            made.append(node)
            behind[name] = (node.key,)
    return tuple(made)


def chained(parts: Sequence[tuple[Node, ...]]) -> tuple[Node, ...]:
    """Procedures one after the other: what enters the next follows what ends the one before."""
    made: tuple[Node, ...] = ()
    for part in parts:
        ends = sinks(made)
        made += tuple(node if node.follows or node.standby else replace(node, follows=ends) for node in part)
    return made


def provision(prefix: str, service: Service, component: Component, *, qualified: bool = False) -> tuple[Node, ...]:
    """The nodes that build a component."""
    return _nodes(prefix, service, "provision", component, qualified=qualified)


def decommission(prefix: str, service: Service, component: Component, *, qualified: bool = False) -> tuple[Node, ...]:
    """The nodes that take a component down."""
    return _nodes(prefix, service, TAKE_DOWN, component, qualified=qualified)


def _nodes(prefix: str, service: Service, name: str, component: Component, *, qualified: bool) -> tuple[Node, ...]:
    """The nodes of a procedure, and those of its back-out."""
    procedure = service.procedures.get(name, Procedure())
    nodes = nodes_of(prefix, name, procedure.steps, component, qualified=qualified)
    behind = back_out(prefix, procedure.back_out, component, of=name if qualified else "")
    return nodes + behind if nodes else ()


def back_out(prefix: str, steps: Mapping[str, Step], component: Component, *, of: str = "") -> tuple[Node, ...]:
    """The nodes that take work back, on standby; `of` names the procedure where there may be several."""
    name = f"{BACK_OUT}.{of}" if of else BACK_OUT
    made = nodes_of(prefix, name, steps, component, qualified=True)
    return tuple(replace(node, procedure=BACK_OUT, standby=True) for node in made)


def change(
    prefix: str, service: Service, before: Component, after: Component, fields: Iterable[FieldChange]
) -> tuple[tuple[Node, ...], tuple[FieldChange, ...]]:
    """The nodes that turn one into the other, and the changed fields that no procedure answers."""
    params = [one for one in fields if one.name not in ("dependsOn", "service")]
    matched = {name: one for name, one in service.procedures.items() if any(_answers(one, p, service) for p in params)}
    lost = tuple(one for one in params if not any(_answers(each, one, service) for each in matched.values()))
    if any(one.replace for one in matched.values()):
        parts = [
            decommission(prefix, service, before, qualified=True),
            provision(prefix, service, after, qualified=True),
        ]
    else:
        parts = [_nodes(prefix, service, name, after, qualified=True) for name in matched]
    return chained(parts), lost


def _answers(procedure: Procedure, field: FieldChange, service: Service) -> bool:
    direction = procedure.on_change.get(field.name)
    if direction is None or direction == "any":
        return direction is not None
    before, after = (_size(value, field.name, service) for value in (field.before, field.after))
    if before is None or after is None:
        return False
    return before < after if direction == "increase" else before > after


def _size(value: object, name: str, service: Service) -> Decimal | int | None:
    """What tells more from less: the place in the parameter's `enum`, else the number itself."""
    param = service.params.get(name)
    if param and value in param.enum:
        return param.enum.index(value)
    return value if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else None


def _holds(wanted: Condition, component: Component, param: str) -> bool:
    """Whether a step is wanted. A value that nobody has told yet hides no work."""
    value = component.params.get(param)
    if value is None:
        return param in component.missing
    if wanted.one_of:
        return value in wanted.one_of and isinstance(value, bool) == isinstance(wanted.one_of[0], bool)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return False
    return not (
        (wanted.minimum is not None and value < wanted.minimum)
        or (wanted.maximum is not None and value > wanted.maximum)
    )


def effort_of(step: Step, params: Mapping[str, Scalar]) -> Effort:
    """Minutes of work: the step's own effort, and so much more for each unit of a parameter."""
    if not step.effort_per:
        return step.effort
    amounts = ((per, params.get(name)) for name, per in step.effort_per.items())
    more = [Decimal(per * amount) for per, amount in amounts if isinstance(amount, (int, Decimal))]
    return Effort(max(0, step.effort + int(sum(more, Decimal(0)).to_integral_value())))


def title_of(step: Step, name: str) -> str:
    """What the order is called: the step's title, else its name as words."""
    return step.title or name.rsplit(".", 1)[-1].replace("-", " ").capitalize()
