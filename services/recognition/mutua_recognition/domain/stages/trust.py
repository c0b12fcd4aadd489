"""S6, trust: a chain of statements from the recogniser to the awarding body carries this credential.

Where the policy's basis is `programme_quality`, a grade-A report on the very programme stands in the chain's
place. No chain is normal and nobody's fault: a person looks. Trust never fails.
"""

from collections.abc import Mapping
from typing import Final

from mutua_coverage import Grade, Scope
from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import Basis, Stage
from mutua_recognition.domain.findings import Finding, cannot_run, inconclusive, passed
from mutua_recognition.domain.reasons import Polarity, Reason, Source, reason
from mutua_recognition.domain.stages.quality import accepted, reasons_of, stale
from mutua_trust import Constraint, Failure, Interval, Statement, Verdict
from mutua_trust import Reason as TrustReason

_WHOLE: Final[Mapping[TrustReason, tuple[str, Polarity]]] = {
    TrustReason.INVALID: ("TRUST.REQUEST_INVALID", "0"),
    TrustReason.INCOMPLETE: ("TRUST.REQUEST_INCOMPLETE", "0"),
    TrustReason.STALE: ("TRUST.STALE", "0"),
    TrustReason.BUDGET: ("TRUST.BUDGET", "0"),
    TrustReason.QUORUM: ("TRUST.QUORUM", "0"),
    TrustReason.NO_RELATION: ("TRUST.NO_PATH", "0"),
    TrustReason.DISTRUST: ("TRUST.DISTRUST", "-"),
}
"""Reviews that are about the question or the whole chain; `constraints` is told hop by hop."""

_BY_CONSTRAINT: Final[Mapping[Constraint, str]] = {
    Constraint.REVOKED: "TRUST.REVOKED_LINK",
    Constraint.NOT_IN_FORCE: "TRUST.EXPIRED_LINK",
    Constraint.AWARD_NOT_COVERED: "TRUST.AWARD_NOT_COVERED",
    Constraint.DEPTH: "TRUST.DEPTH_EXCEEDED",
    Constraint.ASSURANCE: "TRUST.ASSURANCE_LOW",
}
"""Every other constraint is one of scope."""


def trust(case: Case) -> Finding:
    if case.policy.basis is Basis.PROGRAMME_QUALITY:
        return _programme_quality(case)
    verdict = case.trust_verdict
    if verdict is None:
        return cannot_run(Stage.S6, "date_of_issuing" if case.awarding_body else "awarding_body")
    if verdict.accepted:
        return passed(_carried(case, verdict))
    return inconclusive(*_missed(case, verdict), *_friends(case))


def _programme_quality(case: Case) -> Finding:
    coverage = case.coverage
    if coverage is None:
        return cannot_run(Stage.S6, "date_of_issuing" if case.content.awarding_body else "awarding_body")
    met = (
        not stale(case)
        and accepted(coverage, case)
        and coverage.grade is Grade.A
        and coverage.scope is Scope.PROGRAMME
    )
    first = reasons_of(coverage, case, Stage.S6)[0]
    told = reason(
        first.code,
        Stage.S6,
        "+" if met else "0",
        subject="/component",
        found=f"{coverage.outcome}, grade {coverage.grade or 'none'}, scope {coverage.scope or 'none'}",
        expected="COVERED, grade A, scope programme",
        source=first.source,
        params={"basis": Basis.PROGRAMME_QUALITY.value},
    )
    return passed(told) if met else inconclusive(told)


def _carried(case: Case, verdict: Verdict) -> Reason:
    chains = [verdict.chain] if verdict.chain is not None else list((verdict.chains or {}).values())
    hops = max(len(chain) for chain in chains)
    return _about(
        case,
        "TRUST.DIRECT" if hops == 1 else "TRUST.PATH",
        "+",
        f"{hops} {'hop' if hops == 1 else 'hops'}",
        f"at most {case.policy.trust.max_hops} hops",
    )


def _missed(case: Case, verdict: Verdict) -> list[Reason]:
    whole = _WHOLE.get(verdict.reason) if verdict.reason else None
    if whole is not None:
        code, polarity = whole
        return [
            _about(
                case,
                code,
                polarity,
                _found(case, verdict),
                f"a chain of at most {case.policy.trust.max_hops} hops",
            )
        ]
    miss = verdict.nearest_miss
    if miss is None:
        found = "no one chain carries every assessment and mode"
        return [_about(case, "TRUST.OUT_OF_SCOPE", "0", found, "one chain for all of them")]
    hops = len(miss.chain)
    return [
        told
        for failure in miss.failures
        for told in _failed(case, failure, hops, hops - 1 - miss.chain.index(failure.statement))
    ]


def _found(case: Case, verdict: Verdict) -> str:
    if verdict.reason is TrustReason.INCOMPLETE and case.trust_questions:
        return "without " + ", ".join(case.trust_questions[0].missing())
    if verdict.reason is TrustReason.DISTRUST:
        return ", ".join(verdict.vetoed_by or ())
    return verdict.reason.value if verdict.reason else "no chain"


def _failed(case: Case, failure: Failure, hops: int, behind: int) -> list[Reason]:
    """One reason per code that a statement of the nearest chain fails."""
    statement = case.trust.statement(failure.statement)
    by_code: dict[str, list[Constraint]] = {}
    for constraint in failure.constraints:
        by_code.setdefault(_BY_CONSTRAINT.get(constraint, "TRUST.OUT_OF_SCOPE"), []).append(constraint)
    return [
        _about(
            case,
            code,
            "0",
            "; ".join(_held(constraint, statement) for constraint in constraints),
            "; ".join(_wanted(case, constraint, hops, behind) for constraint in constraints),
            {
                "statement": failure.statement,
                "constraints": [constraint.value for constraint in constraints],
                "truster": statement.truster if statement else None,
                "trustee": statement.trustee if statement else None,
            },
        )
        for code, constraints in by_code.items()
    ]


def _held(constraint: Constraint, statement: Statement | None) -> str:
    """What the statement grants, where it grants too little."""
    if statement is None:
        return constraint.value
    match constraint:
        case Constraint.DEPTH:
            return f"depth {statement.depth}"
        case Constraint.ASSURANCE:
            return f"assurance {int(statement.assurance)}"
        case Constraint.REVOKED:
            return f"revoked at version {statement.revoked}"
        case Constraint.NOT_IN_FORCE:
            return f"in force {_days(statement.in_force)}"
        case Constraint.AWARD_NOT_COVERED:
            return f"awards {_days(statement.covers_awards)}"
        case _:
            return f"{constraint.value} not in its scope"


def _days(days: Interval) -> str:
    return f"from {days.start or 'ever'} until {days.end or 'ever'}"


def _wanted(case: Case, constraint: Constraint, hops: int, behind: int) -> str:
    """What the chain would have needed of it."""
    question = case.trust_questions[0]
    match constraint:
        case Constraint.DEPTH:
            return f"depth {behind}"
        case Constraint.ASSURANCE:
            return f"assurance {case.policy.trust.rule().least(hops)}"
        case Constraint.REVOKED:
            return "not revoked"
        case Constraint.NOT_IN_FORCE:
            return f"in force on {question.decision_day}"
        case Constraint.AWARD_NOT_COVERED:
            return f"awards of {question.award_day}"
        case _:
            return f"the credential's {constraint.value}"


def _friends(case: Case) -> list[Reason]:
    """The other reading of a friend of a friend: evidence for whoever looks, never a chain."""
    friends = case.trust.friends(case.trust_questions[0])
    if not friends:
        return []
    return [
        _about(case, "TRUST.COMMON_FRIEND", "0", ", ".join(friends), "a chain", {"entities": list(friends)})
    ]


def _about(
    case: Case,
    code: str,
    polarity: Polarity,
    found: str,
    expected: str,
    params: Mapping[str, object] | None = None,
) -> Reason:
    pin = case.trust.pin
    return reason(
        code,
        Stage.S6,
        polarity,
        subject="/awarding_body",
        found=found,
        expected=expected,
        source=Source("trust_log", pin.version, case.dates.evaluated_at, pin.digest),
        params=params,
    )
