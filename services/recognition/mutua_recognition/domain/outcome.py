"""S13, the outcome: what follows from the stages, by a fixed precedence.

INADMISSIBLE where intake or authenticity failed; else INFO_REQUESTED where something is missing; else a yes
where every stage that the policy requires is clean and a mandate lets a machine decide; else a person looks.
There is no branch that refuses, and no type to refuse with.
"""

from collections.abc import Mapping
from datetime import timedelta

from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import (
    HIDING,
    NEVER_WAIVED,
    Kind,
    MachineCode,
    MandateEffect,
    Regime,
    Result,
    Stage,
)
from mutua_recognition.domain.content import Condition, Effect, MachineOutcome, amount
from mutua_recognition.domain.facts import Facts
from mutua_recognition.domain.findings import Finding, inconclusive, passed
from mutua_recognition.domain.mandates import Mandate
from mutua_recognition.domain.reasons import Reason, Source, reason
from mutua_recognition.domain.request import Request

Findings = Mapping[Stage, Finding]
"""What S0 to S12 found."""

NOT_WAIVABLE = frozenset({"QA.NEGATIVE", "TRUST.DISTRUST"})
"""Going on against these is an override: two people, one case at a time."""


def judged(case: Case, stage: Stage, finding: Finding) -> Finding:
    """The finding under the policy: waived where a waiver applies, explained where the stage is not built."""
    required = case.policy.requires(stage)
    if finding.result.clean or not required:
        return finding
    codes = {each.code for each in finding.reasons if each.weight == "essential"}
    waiver = case.policy.waiver(stage, case.awarding_body, case.dates.decision_day)
    if waiver is not None and stage not in NEVER_WAIVED and not codes & NOT_WAIVABLE:
        told = _of_policy(case, stage, "POLICY.WAIVER", finding.result, "PASS", {"waiver": waiver.id})
        return Finding(Result.WAIVED, (*finding.reasons, told))
    if finding.result is Result.NOT_EVALUATED and not finding.reasons:
        told = _of_policy(case, stage, "POLICY.STAGE_NOT_EVALUATED", finding.result, "PASS", {})
        return Finding(finding.result, (told,))
    return finding


def deciding_stage(case: Case, findings: Findings) -> Stage:
    """The first of S0 to S12 that stands in the way, else S13."""
    unclean = (stage for stage, finding in findings.items() if _in_the_way(case, stage, finding))
    return next(unclean, Stage.S13)


def conclude(case: Case, findings: Findings) -> tuple[Finding, MachineOutcome]:
    """What S13 finds, and the outcome."""
    if any(findings[stage].result is Result.FAIL for stage in HIDING):
        return inconclusive(), MachineOutcome(MachineCode.INADMISSIBLE, Kind.PROCEDURAL)
    if findings[Stage.S2].result is Result.FAIL:
        return inconclusive(), MachineOutcome(MachineCode.INFO_REQUESTED, Kind.PROCEDURAL)
    if deciding_stage(case, findings) is not Stage.S13:
        return inconclusive(), MachineOutcome(MachineCode.REVIEW_REQUESTED, Kind.PROCEDURAL)
    favourable = _favourable(case, findings)
    doubt = _without_mandate(case)
    if doubt is not None:
        outcome = MachineOutcome(MachineCode.REVIEW_REQUESTED, Kind.PROCEDURAL, favourable.code)
        return inconclusive(doubt), outcome
    return passed(), favourable


def effect_of(facts: Facts, request: Request, conditions: tuple[Condition, ...] = ()) -> Effect:
    """What a recognition in full gives: the credits and level of the credential, for the request's target."""
    content = facts.content
    return Effect(
        ects=amount(content.ects) if content else None,
        level=f"eqf:{content.eqf}" if content and content.eqf is not None else None,
        counts_as=request.target.id if request.target else None,
        remainder=(),
        conditions=conditions,
        holder=request.holder,
    )


def may_decide(case: Case) -> bool:
    """Whether a mandate in force lets a machine decide this request."""
    mandate = _mandate(case)
    return mandate is not None and mandate.effect is MandateEffect.DECIDE


def kind_of_decision(regime: Regime) -> Kind:
    """An office gives advice; everybody else decides."""
    return Kind.ADVICE if regime is Regime.ENIC_ADVICE else Kind.DECISION


def _mandate(case: Case) -> Mandate | None:
    mandate, request, day = case.mandate, case.request, case.dates.decision_day
    allowed = mandate is not None and mandate.allows(request.recogniser, request.purpose, day)
    return mandate if allowed else None


def _in_the_way(case: Case, stage: Stage, finding: Finding) -> bool:
    if finding.result.clean:
        return False
    return case.policy.requires(stage) or (stage is Stage.S2 and finding.result is Result.FAIL)


def _favourable(case: Case, findings: Findings) -> MachineOutcome:
    codes = {each.code for finding in findings.values() for each in finding.reasons}
    conditions = tuple(
        Condition(
            agreed.code, {}, case.dates.decision_day + timedelta(days=agreed.due_days), agreed.checked_by
        )
        for agreed in case.policy.conditions
        if agreed.on in codes
    )
    code = MachineCode.RECOGNISED_CONDITIONAL if conditions else MachineCode.RECOGNISED_FULL
    return MachineOutcome(
        code, kind_of_decision(case.request.regime), effect=effect_of(case.facts, case.request, conditions)
    )


def _without_mandate(case: Case) -> Reason | None:
    """Why a machine may not decide; None where it may."""
    if may_decide(case):
        return None
    mandate = _mandate(case)
    return reason(
        "POLICY.NO_MANDATE",
        Stage.S13,
        "0",
        found="a mandate to recommend" if mandate else "no mandate",
        expected=f"a mandate to decide {case.request.purpose}",
        params={"mandate": mandate.id, "version": str(mandate.version)} if mandate else {},
    )


def _of_policy(
    case: Case, stage: Stage, code: str, found: Result, expected: str, params: Mapping[str, str]
) -> Reason:
    source = Source("policy", case.policy.id, None, case.policy.pin.digest)
    return reason(
        code, stage, "0", found=found.value, expected=expected, source=source, weight="minor", params=params
    )
