"""`evaluate`: from a case to the content of its record. Pure and deterministic: the same case gives the same
bytes.
"""

from dataclasses import replace

from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import HIDING, Result, Stage
from mutua_recognition.domain.content import (
    AsOf,
    Content,
    CoverageShown,
    MachineOutcome,
    StageShown,
    TrustShown,
    shown,
)
from mutua_recognition.domain.counterfactuals import favourable_changes
from mutua_recognition.domain.criteria import criteria
from mutua_recognition.domain.evidence import evidence_of
from mutua_recognition.domain.findings import NOT_EVALUATED, Finding
from mutua_recognition.domain.outcome import Findings, conclude, deciding_stage, judged
from mutua_recognition.domain.reasons import Reason
from mutua_recognition.domain.rule_set import RULES
from mutua_recognition.domain.stages import STAGES
from mutua_trust import verdict_to_json


def evaluate(case: Case) -> Content[MachineOutcome]:
    """The whole content, with what would have changed an outcome that is not a yes."""
    findings = find(case)
    last, outcome = conclude(case, findings)
    content = _content(case, findings, last, outcome)
    if outcome.code.favourable or _hidden(findings):
        return content
    changes = favourable_changes(case, lambda changed: conclude(changed, find(changed))[1])
    return replace(content, counterfactuals=changes)


def find(case: Case) -> Findings:
    """What S0 to S12 find. After a FAIL of S0 or S1, and without proven content, later stages are not run."""
    findings: dict[Stage, Finding] = {}
    for stage, check in STAGES:
        blind = case.facts.content is None and stage not in HIDING
        findings[stage] = NOT_EVALUATED if blind or _hidden(findings) else judged(case, stage, check(case))
    return findings


def _content(
    case: Case, findings: Findings, last: Finding, outcome: MachineOutcome
) -> Content[MachineOutcome]:
    reasons, stages = _numbered(case, {**findings, Stage.S13: last})
    hidden = _hidden(findings)
    return Content(
        request=shown(case.request, hidden=hidden),
        as_of=_as_of(case, hidden=hidden),
        stages=stages,
        deciding_stage=deciding_stage(case, findings),
        reasons=reasons,
        criteria=criteria(findings, None if hidden else case.coverage),
        coverage=None if hidden else _coverage(case),
        trust=None if hidden else _trust(case, findings[Stage.S6]),
        outcome=outcome,
        counterfactuals=(),
        evidence=evidence_of(case, hidden=hidden),
    )


def _hidden(findings: Findings) -> bool:
    return any(findings[stage].result is Result.FAIL for stage in HIDING if stage in findings)


def _numbered(case: Case, findings: Findings) -> tuple[tuple[Reason, ...], tuple[StageShown, ...]]:
    """All reasons in the order of the stages, and the stages that point into them."""
    reasons: list[Reason] = []
    stages: list[StageShown] = []
    for stage, finding in findings.items():
        places = range(len(reasons), len(reasons) + len(finding.reasons))
        reasons.extend(finding.reasons)
        stages.append(StageShown(stage, finding.result, case.policy.requires(stage), tuple(places)))
    return tuple(reasons), tuple(stages)


def _as_of(case: Case, *, hidden: bool) -> AsOf:
    return AsOf(
        award_date=None if hidden else case.award_date,
        received_on=case.dates.received_on,
        complete_on=case.dates.complete_on,
        evaluated_at=case.dates.evaluated_at,
        rules=RULES,
        policy=case.policy.pin,
        trust=case.trust.pin,
        registry=case.registry.pin,
        status=None if hidden else case.facts.status,
        code_lists=case.facts.code_lists,
    )


def _coverage(case: Case) -> CoverageShown | None:
    coverage = case.coverage
    if coverage is None:
        return None
    return CoverageShown(
        outcome=coverage.outcome.value,
        grade=coverage.grade.value if coverage.grade else None,
        scope=coverage.scope.value if coverage.scope else None,
        reports=coverage.reports,
        rule_version=coverage.rule_version,
    )


def _trust(case: Case, finding: Finding) -> TrustShown | None:
    """The answer of the trust log where the stage asked it."""
    asked = any(each.code.startswith("TRUST.") for each in finding.reasons)
    verdict = case.trust_verdict if asked else None
    if verdict is None:
        return None
    told = verdict_to_json(verdict)
    chains = told["chains"]
    return TrustShown(
        outcome=told["outcome"],
        chain=verdict.chain,
        chains=None if chains is None else {aspect: tuple(chain) for aspect, chain in chains.items()},
        nearest_miss=told["nearest_miss"],
        vetoed_by=verdict.vetoed_by,
        common_friends=() if verdict.accepted else case.trust.friends(case.trust_questions[0]),
        reason=told["reason"],
        subjects=None,
    )
