"""What runs out: dates that end, and limits that clients grow towards."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tamspec.desk.capacity import Outlook, outlooks, samples_of
from tamspec.desk.days import today_of
from tamspec.desk.expiries import endings
from tamspec.diagnostics import Place, Related, Severity
from tamspec.model.order import State
from tamspec.model.plan import Plan
from tamspec.model.project import CapacityItem
from tamspec.model.workspace import Workspace
from tamspec.rules.rule import Objection, rule


@rule("TAM591", "Renewal that renews nothing")
def renewal_of_nothing(workspace: Workspace) -> Iterator[Objection]:
    """The Change that is to renew it was withdrawn, or belongs to another project. No order of this project renews it,
    and everybody believes that one does.

    Name an open Change of the same project as `renewal`, or write one: `tamspec new change`.
    """
    for project in workspace.projects.values():
        for name, one in project.expiries.items():
            if one.renewal is None:
                continue
            at = project.at / "spec" / "expiries" / name / "renewal"
            # A Change of another project may not be at hand.
            change = workspace.changes.get(one.renewal.name)
            if change is None or change.project.name != project.name:
                yield at, f"{one.renewal} is no Change of {project.name}.", "Name a Change of this project."
            elif change.state == "withdrawn":
                also = Related((change.at / "spec" / "state").value, "It was withdrawn here.")
                yield at, f"{change.name} was withdrawn.", "Name the Change that takes its place.", (also,)


@rule("TAM592", "Same thing ends twice", Severity.WARNING)
def ends_twice(workspace: Workspace) -> Iterator[Objection]:
    """Two entries of one project are of one type, title and component. When it is renewed, one of them keeps its old
    day, and nobody knows which of the days is true.

    Keep the entry with the true day; give another thing another title.
    """
    for project in workspace.projects.values():
        at = project.at / "spec" / "expiries"
        first: dict[tuple[str, str, str], str] = {}
        for name, one in project.expiries.items():
            key = (one.type, " ".join(one.title.casefold().split()), one.component)
            if not one.title:
                continue
            other = first.setdefault(key, name)
            if other != name:
                also = Related((at / other).key, f"It ends here on {project.expiries[other].ends}.")
                detail = f"{one.title} stands here as {name} and before as {other}."
                yield (at / name).key, detail, f"Take {other} or {name} out.", (also,)


@rule("TAM597", "Limit and parameter differ", Severity.WARNING)
def limit_differs(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """The parameter that makes the limit greater is counted in the same unit, and has another value than the limit,
    both as it is built and as it is wanted. One of the two is wrong, and a forecast to a limit that is not there warns
    too late.

    Write as `limit` what the component has now. While a Change raises the parameter, the value before is right.
    """
    for project in workspace.projects.values():
        components = workspace.landscapes[project.name].components
        for name, item in project.capacity.items():
            component = components.get(item.component)
            if component is None or not item.param:
                continue
            param = workspace.services[component.service].params.get(item.param)
            if param is None or not item.unit or param.unit.casefold() != item.unit.casefold():
                continue
            known = [component, state.ordered.get(component.id), state.built.get(component.id)]
            values = [one.params.get(item.param) for one in known if one]
            told = [one for one in values if isinstance(one, (int, Decimal)) and not isinstance(one, bool)]
            if told and item.limit not in told:
                at = project.at / "spec" / "capacity" / name / "limit"
                origin = component.origins.get(item.param)
                also = (Related(origin.value, f"{item.param} is {told[0]} here."),) if origin else ()
                detail = f"The limit is {_number(item.limit)} {item.unit}, and {item.param} is {told[0]}."
                yield at, detail, f"Write `limit: {told[0]}`, or correct {item.param}.", also


# -- with the clock ---------------------------------------------------------------------------------------------------


@rule("TAM588", "Something has ended")
def ended(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """Its last day has passed, in the client's time zone. A certificate that ended stops a site, a licence that ended
    is a breach of contract, and a contract that ended leaves nobody to call.

    Renew it and write the new day as `ends`; what is not needed any more is taken out.
    """
    for one in endings(workspace, plan):
        if one.ended:
            detail = f"{one.label} ended on {one.expiry.ends}."
            yield (
                _expiry(workspace, one.project, one.name) / "ends",
                detail,
                "Renew it, and write the day until which it holds now.",
            )


@rule("TAM589", "Renewal that must begin", Severity.WARNING)
def renewal_must_begin(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """From now on its lead time reaches beyond its last day, and no open Change renews it. What begins later ends
    later.

    Write a Change that renews it, and name it as `renewal`; where it is renewed already, write the new day as `ends`.
    """
    for one in endings(workspace, plan):
        if one.must_begin:
            lead = f" and renewing it takes {one.expiry.lead_time}" if one.expiry.lead_time else ""
            detail = f"{one.label} ends on {one.expiry.ends}{lead}: it was to begin by {one.begin}."
            hint = "Write a Change that renews it, and name it as `renewal`."
            yield _expiry(workspace, one.project, one.name) / "ends", detail, hint


@rule("TAM590", "Renewal that comes too late")
def renewal_too_late(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """By the plan the Change that renews it finishes after its last day. In between the client is without it.

    Give the Change an earlier `requiredBy`, see with `tamspec why` what holds it, or agree on a bridge and write its
    last day as `ends`.
    """
    for one in endings(workspace, plan):
        if one.comes_late and one.renewal:
            change = workspace.changes[one.renewal.name]
            also = Related((change.at / "metadata" / "name").value, f"It is planned to be done on {one.renewed}.")
            detail = f"{one.label} ends on {one.expiry.ends}, and {change.name} finishes on {one.renewed}."
            hint = f"See what holds it: `tamspec why {change.name}`."
            yield _expiry(workspace, one.project, one.name) / "ends", detail, hint, (also,)


@rule("TAM593", "Client capacity used up")
def used_up(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """What was used has reached the limit, and no open Change brings more. The next thing that the client needs does
    not fit any more.

    Write a Change that raises the parameter; where there is more already, write it as `limit`.
    """
    for one in outlooks(workspace, plan):
        if one.verdict == "at its limit" and one.level is not None:
            at = _item(workspace, one)
            amount = f"{_amount(one.level, one.item)} of {_amount(one.item.limit, one.item)}"
            also = (Related((at / "limit").value, "This is the limit."),)
            yield _sample(at, one), f"{_label(one)} is used up: {amount} on {one.last}.", _more(one), also


@rule("TAM594", "More must be ordered now", Severity.WARNING)
def order_now(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """By the forecast the limit may be reached before more of it, ordered today, would be there; and no open Change
    brings more. The day to order by is the lead time before the earliest likely day.

    Write a Change that raises the parameter. Where usage will fall again, write the samples that show it.
    """
    for one in outlooks(workspace, plan):
        if one.verdict in ("order now", "too late"):
            told = one.forecast
            until = f" to {told.latest}" if told.latest else ""
            ready = f"; ordered today, there is more from {one.ready} on" if one.ready else ""
            detail = (
                f"{_label(one)} reaches its limit of {_amount(one.item.limit, one.item)} from {told.earliest}{until}"
                f"{ready}."
            )
            yield _item(workspace, one).key, detail, _more(one)


@rule("TAM595", "Sample of a day to come")
def sample_to_come(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """Nobody can have measured it yet. A wrong month or year bends every forecast that counts it, so it is not
    counted.

    Correct the day.
    """
    for project in workspace.projects.values():
        today = today_of(workspace, project.name, plan.at)
        for name, item in project.capacity.items():
            for day in sorted(item.samples):
                if day > today:
                    at = project.at / "spec" / "capacity" / name / "samples" / day.isoformat()
                    yield at.key, f"{day} is after today, {today}.", "Write the day on which it was measured."


@rule("TAM596", "Client capacity that nobody watches", Severity.WARNING)
def unwatched(workspace: Workspace, state: State, plan: Plan) -> Iterator[Objection]:
    """There is no sample of it for longer than `staleAfter` (45 days where that is not written). A forecast from old
    samples tells nothing of now, and the limit comes unseen.

    Add a sample, or let monitoring export them into a file of `usage` in `tamspec.yaml`.
    """
    for one in outlooks(workspace, plan):
        if one.verdict == "unwatched":
            at = _item(workspace, one)
            last = (
                f"The last sample of {_label(one)} is of {one.last}." if one.last else f"{_label(one)} has no sample."
            )
            to_come = any(day > one.today for day in samples_of(workspace, workspace.projects[one.project], one.name))
            if not to_come:  # that is told, and is the cause
                yield at.key, last, "Add a sample of these days."


def _expiry(workspace: Workspace, project: str, name: str) -> Place:
    return workspace.projects[project].at / "spec" / "expiries" / name


def _item(workspace: Workspace, one: Outlook) -> Place:
    return workspace.projects[one.project].at / "spec" / "capacity" / one.name


def _sample(at: Place, one: Outlook) -> Place:
    """Where the last sample is written; the item itself where it stands in a file."""
    sample = at / "samples" / (one.last.isoformat() if one.last else "")
    return sample if sample.written else at / "limit"


def _label(one: Outlook) -> str:
    return one.item.title or one.name


def _more(one: Outlook) -> str:
    if one.item.component and one.item.param:
        return f"Write a Change with a greater {one.item.param} of {one.item.component}: `tamspec new change`."
    return "Write a Change that brings more, or the limit that holds now."


def _amount(value: Decimal, item: CapacityItem) -> str:
    return f"{_number(value)} {item.unit}".rstrip()


def _number(value: Decimal) -> str:
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
