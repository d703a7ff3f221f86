"""What a specification may not say although it can be read. One function a code, one file a theme.

The tables below are the whole of it; a rule that stands in none is never run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tamspec import load, plan
from tamspec.desk import faults as usage
from tamspec.desk.documents import Register
from tamspec.diagnostics import Fault, Findings, Severity
from tamspec.model.order import Event, State
from tamspec.model.plan import Plan
from tamspec.model.workspace import Settings, Workspace
from tamspec.render import faults as render
from tamspec.rules import (
    agreements,
    catalogue,
    changes,
    departments,
    documents,
    freezes,
    gates,
    incidents,
    ledger,
    limits,
    needs,
    parameters,
    plugins,
    policy,
    projects,
    promises,
    registers,
    renames,
    roles,
    work,
)
from tamspec.rules.manual import text_of
from tamspec.rules.rule import Rule
from tamspec.sla import faults as history

PROMISE_RULES: tuple[Rule[[Workspace]], ...] = (
    agreements.target_without_clock,
    agreements.wrong_customer,
    agreements.wrong_promiser,
    agreements.ends_before_it_begins,
    agreements.resolution_before_response,
    agreements.not_monotone,
    promises.part_of_nothing,
    promises.dead_clock,
    promises.impossible_target,
    promises.no_hours,
    promises.hole,
    promises.outlives,
    promises.infeasible,
    promises.seldom_missed,
    promises.too_little_supplied,
    promises.used_up_by_one,
    promises.does_not_follow,
    promises.nobody_on_duty,
    promises.unknown_holidays,
)
"""Look at agreements and at what stands behind them."""

SPEC_RULES: tuple[Rule[[Workspace]], ...] = (
    catalogue.both_delivered_and_composed,
    catalogue.nobody_can_deliver,
    catalogue.not_one_performer,
    catalogue.joined_to_no_department,
    catalogue.replacement_without_a_way,
    parameters.contradictory_parameter,
    catalogue.effort_out_of_range,
    catalogue.takes_no_time,
    catalogue.working_milestone,
    catalogue.isolated_step,
    catalogue.input_of_nobody,
    catalogue.no_decommission,
    parameters.child_parameter_not_handed,
    catalogue.retired_service_in_use,
    catalogue.orphan,
    catalogue.procedure_never_called,
    parameters.condition_never_true,
    parameters.uncountable,
    parameters.handed_down_as_another_type,
    departments.closed_before_open,
    departments.nothing_left,
    departments.absence_reversed,
    departments.absences_overlap,
    departments.weekday_twice,
    departments.overlapping_shifts,
    departments.never_open,
    departments.no_window_hours,
    projects.no_tam,
    projects.no_deputy,
    projects.tam_without_share,
    projects.own_deputy,
    projects.no_technical_contact,
    projects.complex_without_team,
    projects.no_maintenance_window,
    projects.agreement_of_another,
    projects.one_line_for_two,
    projects.operation_without_agreement,
    projects.operation_without_service_manager,
    projects.no_decision_maker,
    roles.more_than_a_person,
    roles.tenures_overlap,
    roles.tenure_gap,
    roles.impossible_tenure,
    roles.role_reversed,
    gates.not_handed_over,
    gates.handed_to_another,
    gates.accepted_with_gaps,
    gates.exit_without_end,
    needs.met_and_declined,
    needs.met_by_the_past,
    needs.nothing_proposed,
    needs.unexplained,
    needs.accountable_department,
    needs.nobody_responsible,
    freezes.freeze_reversed,
    changes.required_before_allowed,
    changes.outside_its_change,
    changes.pinned_to_no_time,
    freezes.required_in_freeze,
    freezes.every_day_frozen,
    changes.requested_by_nobody,
    changes.asks_for_nothing,
    *PROMISE_RULES,
    incidents.contradictory,
    incidents.no_cause,
    incidents.nothing_follows,
    incidents.action_of_nobody,
    incidents.review_of_another,
    registers.contradictory_request,
    registers.unanswered_risk,
    registers.unanswered_lesser_risk,
    registers.accepted_by_nobody,
    registers.empty_response,
    registers.contradictory_proposal,
    registers.carried_out_by_nobody,
    documents.demanded_by_phase,
    documents.without_a_place,
    documents.covers_nothing,
    limits.renewal_of_nothing,
    limits.ends_twice,
)
"""Look at what was written."""

PLAN_RULES: tuple[Rule[[Workspace, State, Plan]], ...] = (
    projects.moved_to_nowhere,
    projects.newer_default,
    renames.unnoticed_rename,
    changes.approved_with_questions,
    changes.question_to_nobody,
    changes.answer_too_late,
    changes.withdrawn_with_orders,
    changes.late,
    changes.task_never_ordered,
    changes.no_way_back,
    gates.demands_unmet,
    limits.limit_differs,
)
"""Look at what comes of it."""

WORK_RULES: tuple[Rule[[Workspace, State, Plan]], ...] = (
    work.overdue,
    work.not_begun,
    work.stale,
    work.unanswered,
    work.estimate_off,
    work.told_too_early,
    gates.done_in_the_future,
    gates.nothing_taken_down,
    gates.left_behind,
    needs.out_of_reach,
    changes.consent_of_another,
    changes.consent_not_needed,
    incidents.person_as_cause,
    incidents.unanalysed_breach,
    incidents.unreviewed,
    incidents.same_cause_again,
    incidents.keeps_coming,
    registers.unanswered_request,
    registers.review_overdue,
    registers.without_a_risk,
    registers.in_the_future,
    registers.decision_awaited,
    registers.early_reward,
    registers.replaces_a_later_one,
    roles.not_in_force,
    roles.tenure_against_team,
    roles.nobody_stands_in,
    roles.more_than_the_share,
    roles.untrained_alone,
    limits.ended,
    limits.renewal_must_begin,
    limits.renewal_too_late,
    limits.used_up,
    limits.order_now,
    limits.sample_to_come,
    limits.unwatched,
)
"""Look at the clock, or across projects: only a dated plan of the whole workspace tells."""

DOCUMENT_RULES: tuple[Rule[[Workspace, Register]], ...] = (
    documents.stale,
    documents.stale_and_demanded,
    documents.not_looked_at,
    documents.not_there,
    documents.not_known,
)
"""Look at the documents of clients: at the clock, the ledger, the disk and git."""

LEDGER_RULES: tuple[Rule[[Workspace, Sequence[Event], State]], ...] = (
    ledger.report_of_unknown_order,
    ledger.illegal_transition,
    ledger.same_name,
    ledger.ordered_again,
    ledger.cancelled_but_owed,
    ledger.change_gone,
)
"""Look at what was recorded."""

BASE_RULES: tuple[Rule[[Workspace, Workspace]], ...] = (promises.signed_and_edited,)
"""Look at what a branch does to what was there before."""

PROVEN: frozenset[str] = frozenset(
    one.fault.code for one in (promises.infeasible, promises.seldom_missed, promises.too_little_supplied)
)
"""What follows from the arithmetic of promises; whoever shows that need not tell it again."""

OF_WORK: frozenset[str] = frozenset(
    fault.code
    for fault in (
        *(rule.fault for rule in WORK_RULES),
        *(rule.fault for rule in DOCUMENT_RULES),
        *usage.FAULTS,
    )
)
"""What comes with the clock or with other projects: who changes other documents is not told of it."""

RULES: tuple[Fault, ...] = (
    *(rule.fault for table in (SPEC_RULES, PLAN_RULES, WORK_RULES, LEDGER_RULES, BASE_RULES) for rule in table),
    *(rule.fault for rule in DOCUMENT_RULES),
    *policy.FAULTS,
    *plugins.FAULTS,
)
"""What the rules of this package can find."""

MANUAL: Mapping[str, Fault] = {
    fault.code: fault
    for fault in sorted(
        (*load.FAULTS, *plan.FAULTS, *history.FAULTS, *usage.FAULTS, *render.FAULTS, *RULES),
        key=lambda fault: fault.code,
    )
}
"""Code → everything that tamspec can find, with its manual."""

FIXED: frozenset[str] = frozenset(fault.code for fault in load.FAULTS if fault.severity is Severity.ERROR)
"""The codes that nobody can pass over: what cannot be read cannot be judged."""


def spec_rules(workspace: Workspace) -> Findings:
    """The findings of a workspace that loaded without errors."""
    return Findings() + [found for rule in SPEC_RULES for found in rule(workspace)]


def promise_rules(workspace: Workspace) -> Findings:
    """The findings of the agreements of a workspace that loaded without errors."""
    return Findings() + [found for rule in PROMISE_RULES for found in rule(workspace)]


def of_settings(settings: Settings) -> Findings:
    """The findings of what the settings say of the work of all clients."""
    return Findings() + list(freezes.of_settings(settings))


def plan_rules(workspace: Workspace, state: State, planned: Plan) -> Findings:
    """The findings of a plan."""
    return Findings() + [found for rule in PLAN_RULES for found in rule(workspace, state, planned)]


def work_rules(workspace: Workspace, state: State, planned: Plan) -> Findings:
    """The findings of work under way, as of the instant of a dated plan."""
    return Findings() + [found for rule in WORK_RULES for found in rule(workspace, state, planned)]


def document_rules(workspace: Workspace, register: Register) -> Findings:
    """The findings of the documents of clients, given how it stands with them."""
    return Findings() + [found for rule in DOCUMENT_RULES for found in rule(workspace, register)]


def base_rules(workspace: Workspace, base: Workspace) -> Findings:
    """The findings of what a branch does to its base; both loaded without errors."""
    return Findings() + [found for rule in BASE_RULES for found in rule(workspace, base)]


def ledger_rules(workspace: Workspace, events: Sequence[Event], state: State) -> Findings:
    """The findings of the ledger; `events` in the order in which they happened, `state` what they fold to."""
    return Findings() + [found for rule in LEDGER_RULES for found in rule(workspace, events, state)]


def judge(workspace: Workspace, events: Sequence[Event], state: State, planned: Plan) -> Findings:
    """What all rules find in a workspace that loaded without errors, its ledger, and the plan that comes of both."""
    return spec_rules(workspace) + ledger_rules(workspace, events, state) + plan_rules(workspace, state, planned)


def manual_of(settings: Settings, bar: Settings | None = None) -> Mapping[str, Fault]:
    """Code → everything that can be found in a workspace with these settings, by plugins too."""
    brought = plugins.plugins(settings, MANUAL, bar)
    return {**MANUAL, **{one.code: one for one in sorted(brought.faults, key=lambda fault: fault.code)}}


def of_plugins(settings: Settings, workspace: Workspace | None, bar: Settings | None = None) -> Findings:
    """What is wrong with the plugins, and what they find; without a workspace that loaded without errors nothing."""
    brought = plugins.plugins(settings, MANUAL, bar)
    return brought.findings + (plugins.run(brought, workspace) if workspace else Findings())


def one_cause(findings: Findings) -> Findings:
    """Without what follows from something that is found too: an input that no service gives is told where it is asked
    for, not again at each component that waits for it."""
    asked = {one.at for one in findings.all if one.code == catalogue.input_of_nobody.fault.code}
    return Findings(
        tuple(
            one
            for one in findings.all
            if one.code != plan.NOBODY_PRODUCES.code or not any(other.at in asked for other in one.related)
        )
    )


def weighed(
    findings: Findings, settings: Settings, files: Mapping[str, bytes], bar: Settings | None = None
) -> Findings:
    """The findings under the policy of the workspace: see `policy.weighed`."""
    findings = one_cause(findings)
    unsure = any(one.code in (plugins.NOT_INSTALLED.code, plugins.UNUSABLE.code) for one in findings.all)
    codes = policy.Codes(manual=manual_of(settings, bar), fixed=FIXED, unsure=unsure)
    return policy.weighed(findings, settings, files, codes, bar)


def can_be_ignored(code: str) -> bool:
    """Whether a comment can pass over findings of a code."""
    return policy.Codes(manual=MANUAL, fixed=FIXED).can_be_ignored(code)


def reference() -> str:
    """`docs/reference/rules.md`: the manual of every finding, as Markdown."""
    return text_of(MANUAL.values())
