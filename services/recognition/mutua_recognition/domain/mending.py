"""How a chain of trust that fell short could be mended: the nearest miss with exactly its failures repaired.

By the specification's invariant I11, mending the named statements makes the chain valid; distrust still bars
it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mutua_recognition.domain.case import Case
from mutua_trust import Aspect, Constraint, NearestMiss, Reason, Scope, Statement, Verdict
from mutua_trust import Request as TrustQuestion
from mutua_trust.statement import ALWAYS

LONGEST = 4
SUPPOSED = "supposed"
"""Id of a statement that nobody has made."""


@dataclass(frozen=True, slots=True)
class Mend:
    """One change to what is trusted: a chain as it would be, or more hops."""

    subject: str
    change: str
    audience: tuple[str, ...]
    chain: tuple[Statement, ...] | None = None
    max_hops: int | None = None


def mends(case: Case, verdict: Verdict) -> Iterator[Mend]:
    """What may turn this review into an accept, the smallest change first."""
    miss = verdict.nearest_miss
    if verdict.reason is Reason.CONSTRAINTS and miss is not None:
        yield from _mended(case, miss)
    if verdict.reason in (Reason.NO_RELATION, Reason.CONSTRAINTS):
        hops = case.policy.trust.max_hops
        if hops < LONGEST:
            change = f"a policy of at most {hops + 1} hops"
            yield Mend("/policy/trust/max_hops", change, ("recogniser",), max_hops=hops + 1)
    question = case.trust_questions[0]
    if verdict.reason is Reason.NO_RELATION and question.recogniser != question.issuer:
        yield Mend(
            "/trust",
            f"a statement of {question.recogniser} about {question.issuer}",
            ("recogniser",),
            chain=(_direct(case, question),),
        )


def _mended(case: Case, miss: NearestMiss) -> Iterator[Mend]:
    chain = [case.trust.statement(id) for id in miss.chain]
    failing = {failure.statement: failure.constraints for failure in miss.failures}
    mended: list[Statement] = []
    changes: list[str] = []
    for place, statement in enumerate(chain):
        if statement is None:
            return
        lacks = failing.get(statement.id, ())
        behind = len(chain) - 1 - place
        mended.append(_repaired(statement, lacks, case, len(chain), behind))
        if lacks:
            names = ", ".join(_wish(lack, case, len(chain), behind) for lack in lacks)
            changes.append(f"{statement.id} of {statement.truster} about {statement.trustee}: {names}")
    audience = tuple(dict.fromkeys(each.truster for each in chain if each and each.id in failing))
    subject = ", ".join(f"statement:{id}" for id in failing)
    yield Mend(subject, "; ".join(changes), audience, chain=tuple(mended))


def _repaired(
    statement: Statement, lacks: tuple[Constraint, ...], case: Case, hops: int, behind: int
) -> Statement:
    for lack in lacks:
        match lack:
            case Constraint.REVOKED:
                statement = replace(statement, revoked=None)
            case Constraint.NOT_IN_FORCE:
                statement = replace(statement, in_force=ALWAYS)
            case Constraint.AWARD_NOT_COVERED:
                statement = replace(statement, covers_awards=ALWAYS)
            case Constraint.DEPTH:
                statement = replace(statement, depth=behind)
            case Constraint.ASSURANCE:
                statement = replace(statement, assurance=case.policy.trust.rule().least(hops))
            case _:
                statement = replace(statement, scope=_opened(statement.scope, lack))
    return statement


def _opened(scope: Scope, lack: Constraint) -> Scope:
    """The scope without its limit in this dimension."""
    dimensions = {
        Constraint.FIELD: "fields",
        Constraint.LEVEL: "levels",
        Constraint.ASPECT: "aspects",
        Constraint.ASSESSMENT: "assessments",
        Constraint.MODE: "modes",
        Constraint.ECTS: "max_ects",
    }
    return replace(scope, **{dimensions[lack]: None})


def _wish(lack: Constraint, case: Case, hops: int, behind: int) -> str:
    content = case.content
    match lack:
        case Constraint.REVOKED:
            return "not revoked"
        case Constraint.NOT_IN_FORCE:
            return f"in force on {case.dates.decision_day}"
        case Constraint.AWARD_NOT_COVERED:
            return f"covers awards of {content.award_date}"
        case Constraint.DEPTH:
            return f"depth {behind}"
        case Constraint.ASSURANCE:
            return f"assurance {case.policy.trust.rule().least(hops)}"
        case Constraint.FIELD:
            return f"field {', '.join(content.fields)}"
        case Constraint.LEVEL:
            return f"level {content.eqf}"
        case Constraint.ASPECT:
            return f"aspects {', '.join(a.value for a in Aspect if a in case.policy.trust.aspects)}"
        case Constraint.ASSESSMENT:
            return f"assessment {', '.join(content.assessments)}"
        case Constraint.MODE:
            return f"mode {', '.join(content.modes)}"
        case Constraint.ECTS:
            return f"up to {content.ects} ECTS"


def _direct(case: Case, question: TrustQuestion) -> Statement:
    return Statement(
        SUPPOSED, question.recogniser, question.issuer, assurance=case.policy.trust.rule().least(1)
    )
