"""S5, quality at the award date: what the coverage rule says, and whether the policy accepts that kind of
coverage.

Only a negative decision that covers the award date fails. Every other answer but a yes, a registry that is
too old and one that has not caught up leave the case to a person.
"""

from collections.abc import Mapping
from typing import Final

from mutua_coverage import Coverage, Outcome, Scope
from mutua_coverage import Reason as CoverageReason
from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import Stage
from mutua_recognition.domain.findings import Finding, cannot_run, failed, inconclusive, passed
from mutua_recognition.domain.reasons import Reason, Source, reason

_HEADLINES: Final[Mapping[Outcome, str]] = {
    Outcome.COVERED_CONDITIONAL: "QA.CONDITIONAL",
    Outcome.EVIDENCE_ONLY: "QA.EVIDENCE_ONLY",
    Outcome.REFER: "QA.REFER",
    Outcome.NOT_COVERED: "QA.NEGATIVE",
    Outcome.EXPIRED: "QA.NOT_AT_AWARD_DATE",
    Outcome.NOT_YET: "QA.NOT_AT_AWARD_DATE",
    Outcome.NOT_FOUND: "QA.NONE",
    Outcome.INDETERMINATE: "QA.INDETERMINATE",
}


def quality(case: Case) -> Finding:
    coverage = case.coverage
    if coverage is None:
        missing = "awarding_body" if case.content.awarding_body is None else "date_of_issuing"
        return cannot_run(Stage.S5, missing)
    reasons = (*stale(case), *reasons_of(coverage, case))
    if stale(case):
        return inconclusive(*reasons)
    if coverage.outcome is Outcome.NOT_COVERED:
        return failed(*reasons)
    return passed(*reasons) if accepted(coverage, case) else inconclusive(*reasons)


def accepted(coverage: Coverage, case: Case) -> bool:
    """Whether this is a yes of a kind that the policy takes without a person."""
    return coverage.outcome.covers and coverage.permissions <= set(case.policy.accepted_coverage)


def stale(case: Case) -> tuple[Reason, ...]:
    """A reason where the mirror is too old, or has not caught up, to say what the registry holds."""
    registry, limit = case.registry, case.policy.registry_max_age_days
    if not registry.caught_up:
        found = "not caught up with a completed snapshot"
    elif registry.older_than(limit, case.dates.evaluated_at):
        found = f"snapshot of {registry.as_of:%Y-%m-%d}"
    else:
        return ()
    source = Source("registry", registry.pin.id, registry.as_of, registry.pin.digest)
    expected = f"a snapshot of at most {limit} days"
    return (reason("QA.STALE_SNAPSHOT", Stage.S5, "0", found=found, expected=expected, source=source),)


def headline(coverage: Coverage) -> str:
    """The reason code of the outcome itself."""
    if coverage.outcome is Outcome.COVERED:
        return "QA.PROGRAMME_COVERS" if coverage.scope is Scope.PROGRAMME else "QA.INSTITUTION_COVERS"
    return _HEADLINES[coverage.outcome]


def reasons_of(coverage: Coverage, case: Case, stage: Stage = Stage.S5) -> tuple[Reason, ...]:
    """The outcome first, with the governing report as its source; then what the rule has to say in detail."""
    favourable = accepted(coverage, case)
    lacking = sorted(coverage.permissions - set(case.policy.accepted_coverage))
    first = reason(
        headline(coverage),
        stage,
        "+" if favourable else "-" if coverage.outcome is Outcome.NOT_COVERED else "0",
        subject="/awarding_body",
        found=coverage.outcome.value + (f", {', '.join(lacking)}" if lacking else ""),
        expected=Outcome.COVERED.value,
        source=_source(coverage.reports, case),
        params={"award_date": coverage.award_date.isoformat(), "reports": list(coverage.reports)},
    )
    return (first, *(_detail(each, case, stage) for each in coverage.reasons))


def _detail(told: CoverageReason, case: Case, stage: Stage) -> Reason:
    params = {"detail": told.code.value, "reports": list(told.reports), "providers": list(told.providers)}
    return reason(
        told.catalogue,
        stage,
        told.polarity,
        subject="/awarding_body",
        found=told.found,
        expected=told.expected,
        source=_source(told.reports, case),
        weight="minor",
        params=params,
    )


def _source(reports: tuple[str, ...], case: Case) -> Source:
    if reports:
        return case.registry.source("report", reports[0])
    return Source("registry", case.registry.pin.id, case.registry.as_of, case.registry.pin.digest)
