"""What planning itself can find wrong with a specification."""

from tamspec.diagnostics import Fault

UNCLAIMED = Fault(
    code="TAM401",
    summary="Difference that no change claims",
    manual="""\
Every difference between what is wanted and what was ordered needs a Change: it says why, for whom and by when.
Without one nobody has asked for the work, so nothing is ordered.

Name the component in `components` of an open Change of the project, or write a new Change. A Change whose orders
are all done is closed and claims nothing any more.
""",
)
CLAIMED_TWICE = Fault(
    code="TAM402",
    summary="Difference that several changes claim",
    manual="""\
A difference belongs to exactly one Change; otherwise nobody can say whose dates and whose approval it has.

Take the component out of `components` of all but one of the open Changes.
""",
)
NO_PROCEDURE = Fault(
    code="TAM403",
    summary="Change of a parameter that no procedure answers",
    manual="""\
The service has no procedure that says how this parameter is changed on a running component. tamspec never replaces
a component silently, since that may lose data.

Add a procedure with `onChange` for the parameter to the service (with `replace: true` where the component is to be
taken down and built anew), or take the difference back.
""",
)
SERVICE_CHANGED = Fault(
    code="TAM404",
    summary="Component that became another service",
    manual="""\
A component keeps its service for life: another service under the same name would hide a decommission and a
provision.

Add a component with a new name for the new service, let the others depend on that, and remove the old one.
""",
)
NOBODY_PRODUCES = Fault(
    code="TAM405",
    summary="Input that nobody produces",
    manual="""\
A step needs an artefact, but no earlier step of its procedure and no component that it depends on produces one of
that name. The department would wait for ever.

Add the component that produces it to `dependsOn`, or correct the name in `needs` or `produces`.
""",
)
DOES_NOT_FIT = Fault(
    code="TAM406",
    summary="Work order that never fits",
    manual="""\
Within the planning horizon there is no time at which the order can be worked: a department without capacity, hours
that never meet, a maintenance window that is too short, or a start that lies too far away. The horizon is three
years, and more where a department has work for years: up to fifteen.

Look at the capacity and calendar of the departments named, and at the project's maintenance window.
""",
)
UNKNOWN_ORDER = Fault(
    code="TAM407",
    summary="Override of an order that does not exist",
    manual="""\
`orders` of a Change alters single work orders; a key that fits none of its orders alters nothing.

Keys read `component/procedure/step`. The plan lists them.
""",
)
ORDERS_IN_A_CIRCLE = Fault(
    code="TAM409",
    summary="Work orders that wait for each other",
    manual="""\
Dependencies that were turned round while work was under way can leave orders that wait for each other. tamspec plans
on as if one of them did not wait.

Finish or cancel the orders named that are not needed any more.
""",
)
FAULTS = (
    UNCLAIMED,
    CLAIMED_TWICE,
    NO_PROCEDURE,
    SERVICE_CHANGED,
    NOBODY_PRODUCES,
    DOES_NOT_FIT,
    UNKNOWN_ORDER,
    ORDERS_IN_A_CIRCLE,
)
