"""Whether agreements can be kept: for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tamspec.diagnostics import Diagnostic
from tamspec.model.promise import Gap, Hand, Promise, Proof, Supply, Told, Unproven, Way
from tamspec.model.values import length_text
from tamspec.model.workspace import Workspace
from tamspec.report.findings import FORMAT_VERSION, as_json, as_span
from tamspec.report.rows import aligned
from tamspec.report.text import json_text, visible
from tamspec.report.times import utc
from tamspec.sla import words
from tamspec.worktime import moment

VERDICTS = {"kept": "kept", "seldom": "missed now and then", "refuted": "CANNOT BE KEPT"}


def check_text(promises: Mapping[str, Promise], workspace: Workspace, *, full: bool) -> str:
    """A line for each target, and the arithmetic of those that cannot be kept; with `full` of all of them."""
    made: list[str] = []
    plain: list[str] = []
    for name, one in promises.items():
        if not workspace.agreements[name].path and not full and not (one.supply and one.supply.parts):
            plain.append(name)
            continue
        if made:
            made.append("")
        made += _agreement(one, workspace, full=full)
    if plain:
        made += ["", f"Nobody stands behind {', '.join(plain)}: taken at their word."] if made else []
        made = made or [f"Nobody stands behind {', '.join(plain)}: nothing can be proven of them."]
    if any(one.proofs for one in promises.values()):
        made += ["", words.ASSUMED]
    return "".join(f"{visible(line)}\n" if line else "\n" for line in made)


def _agreement(one: Promise, workspace: Workspace, *, full: bool) -> Iterator[str]:
    agreement = workspace.agreements[one.agreement]
    title = f"  {agreement.title}" if agreement.title else ""
    promised = f", to be kept in {agreement.attainment.target} % of cases" if agreement.attainment else ""
    days = f"  {one.proofs[0].first} to {one.proofs[0].last}{promised}" if one.proofs else ""
    yield f"{one.agreement}{title}{days}"
    yield from aligned([_row(proof) for proof in one.proofs])
    for unproven in one.unproven:
        yield f"  {words.unproven(unproven)}"
    for proof in one.proofs:
        if proof.verdict != "kept" or full:
            yield ""
            yield f"  {words.promised(proof)}: {VERDICTS[proof.verdict]}."
            yield from (f"    {line}" for line in words.arithmetic(proof))
            if proof.ways:
                yield f"    {words.way_out(proof.ways)}"
    if one.gaps and (full or one.refuted):
        yield ""
        zone = one.proofs[0].zone if one.proofs else "UTC"
        yield from (f"  {words.gap(gap, zone)}" for gap in one.gaps)
    if one.supply:
        yield ""
        verdict = ": CANNOT BE KEPT" if one.supply.refuted else ""
        yield f"  Availability{verdict}: {words.supply(one.supply)}"
        if words.budgets(one.supply):
            yield f"  {words.budgets(one.supply)}"


def _row(proof: Proof) -> tuple[str, ...]:
    share = f"{words.percent(proof.share)} miss" if proof.missed else ""
    worst = f"worst {length_text(proof.worst.elapsed)}"
    since = f"from {words.when(proof.worst.arrival, proof.zone)}" if proof.missed else ""
    return (
        proof.priority,
        proof.clock,
        length_text(proof.target),
        worst,
        since,
        share,
        VERDICTS[proof.verdict],
    )


def check_json(promises: Mapping[str, Promise], findings: Iterable[Diagnostic], site: str) -> str:
    """The answer as JSON, as `schemas/output/sla-check.schema.json` describes it."""
    return json_text(
        {
            "format_version": FORMAT_VERSION,
            "agreements": [_agreement_json(one) for one in promises.values()],
            "findings": [as_json(one, site) for one in findings],
        }
    )


def _agreement_json(one: Promise) -> dict[str, Any]:
    return {
        "agreement": one.agreement,
        "targets": [*map(_proof_json, one.proofs), *map(_unproven_json, one.unproven)],
        "gaps": [_gap_json(gap) for gap in one.gaps],
        "availability": _supply_json(one.supply) if one.supply else None,
    }


def _proof_json(one: Proof) -> dict[str, Any]:
    return {
        "priority": one.priority,
        "clock": one.clock,
        "verdict": one.verdict,
        "target_hours": hours(one.target),
        "promised_percent": float(one.promised) if one.promised is not None else None,
        "hours": one.hours,
        "time_zone": one.zone,
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "missed_share": float(one.share),
        "worst": _told_json(one.worst),
        "ordinary": _told_json(one.ordinary) if one.ordinary else None,
        "ways": [_way_json(way) for way in one.ways],
        "uncounted": one.uncounted,
        "why": "",
        "at": as_span(one.at.value),
    }


def _unproven_json(one: Unproven) -> dict[str, Any]:
    nothing = ("target_hours", "promised_percent", "hours", "time_zone", "first", "last", "missed_share")
    return {
        "priority": one.priority,
        "clock": one.clock,
        "verdict": "unproven",
        **dict.fromkeys((*nothing, "worst", "ordinary")),
        "ways": [],
        "uncounted": "",
        "why": one.why,
        "at": None,
    }


def _told_json(one: Told) -> dict[str, Any]:
    return {
        "arrival": utc(moment(one.arrival)),
        "elapsed_hours": hours(one.elapsed),
        "stages": [[_hand_json(hand) for hand in stage] for stage in one.stages],
    }


def _hand_json(one: Hand) -> dict[str, Any]:
    return {
        "agreement": one.agreement,
        "who": one.who,
        "hours": one.calendar,
        "target_hours": hours(one.seconds),
        "came": utc(moment(one.came)),
        "done": utc(moment(one.done)),
        "away": [utc(moment(at)) for at in one.away] if one.away else None,
    }


def _way_json(one: Way) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "who": one.who,
        "hours": hours(one.seconds) if one.seconds else None,
        "duty": one.hours,
        "percent": float(one.share) if one.share is not None else None,
    }


def _gap_json(one: Gap) -> dict[str, Any]:
    return {
        "who": one.who,
        "hours": one.calendar,
        "gap_hours": hours(one.seconds),
        "clock_hours": hours(one.of),
        "first": [utc(moment(at)) for at in one.first],
        "longest": [utc(moment(at)) for at in one.longest],
    }


def _supply_json(one: Supply) -> dict[str, Any]:
    return {
        "target_percent": float(one.target),
        "made_percent": float(100 * one.made) if one.made is not None else None,
        "refuted": one.refuted,
        "period": one.period,
        "parts": [{"agreement": name, "percent": float(share)} for name, share in one.parts],
        "budgets": [
            {"first": each.first.isoformat(), "service_hours": hours(each.seconds), "minutes": float(each.minutes)}
            for each in one.budgets
        ],
        "at": as_span(one.at.value),
    }


def hours(seconds: int) -> float:
    """A length of time in hours."""
    return seconds / 3600
