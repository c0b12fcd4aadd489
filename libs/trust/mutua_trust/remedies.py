"""What would have changed a review: for each side, the one thing that it could do.

A remedy is a proposal to a party about its own statement or policy, never about anybody else's. It tells what
mends the nearest miss; whether that is wise is for people to judge.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mutua_trust.fields import shortest_codes
from mutua_trust.index import TrustIndex
from mutua_trust.policy import Policy
from mutua_trust.request import Request
from mutua_trust.statement import ASPECTS, Statement
from mutua_trust.verdict import Constraint, Reason, Verdict


@dataclass(frozen=True, slots=True)
class Remedy:
    """One action. `statement` and `constraint` are None where the action is not about one of them."""

    party: str
    statement: str | None
    constraint: str | None
    action: str

    def to_json(self) -> dict[str, str | None]:
        return {
            "party": self.party,
            "statement": self.statement,
            "constraint": self.constraint,
            "action": self.action,
        }


def remedies(
    verdict: Verdict, request: Request | None, policy: Policy, index: TrustIndex
) -> list[Remedy] | None:
    """What each side could do about a review; None on accept, nothing where no request could be read."""
    if verdict.accepted:
        return None
    if request is None:
        return []
    if verdict.aspect is not None:
        request = request.alone(verdict.aspect)
    found: Iterable[Remedy]
    match verdict.reason:
        case Reason.INCOMPLETE:
            found = _complete(request)
        case Reason.STALE:
            action = "ask again once the log has reached this version"
            found = [Remedy(request.recogniser, None, None, action)]
        case Reason.BUDGET:
            found = [Remedy(request.recogniser, None, None, "ask again with a larger budget")]
        case Reason.QUORUM:
            found = [Remedy(request.recogniser, None, "quorum", _quorum(verdict, policy)), _vouch(request)]
        case Reason.DISTRUST:
            found = _withdraw(verdict, index)
        case Reason.CONSTRAINTS:
            found = _mend(verdict, request, policy, index)
        case _:
            found = [_vouch(request)]
    return list(found)


def _complete(request: Request) -> Iterator[Remedy]:
    for dimension in request.missing():
        yield Remedy(request.issuer, None, dimension, f"tell {dimension} of the credential")


def _quorum(verdict: Verdict, policy: Policy) -> str:
    hops = len(verdict.nearest_miss.chain) if verdict.nearest_miss else 0
    return f"find more friends, or accept chains of {hops} hops with a quorum below {policy.quorum}"


def _withdraw(verdict: Verdict, index: TrustIndex) -> Iterator[Remedy]:
    for id in verdict.vetoed_by or ():
        for distrust in index.distrust(id):
            yield Remedy(distrust.truster, id, "distrust", f"revoke its distrust of {distrust.trustee}")


def _mend(verdict: Verdict, request: Request, policy: Policy, index: TrustIndex) -> Iterator[Remedy]:
    miss = verdict.nearest_miss
    if miss is None:
        return
    hops = len(miss.chain)
    for failure in miss.failures:
        statement = index.statement(failure.statement)
        if statement is None:
            continue
        behind = hops - 1 - miss.chain.index(failure.statement)
        for constraint in failure.constraints:
            action = _action(constraint, statement, request, policy, hops, behind)
            yield Remedy(statement.truster, statement.id, constraint.value, action)
            if constraint is Constraint.ASSURANCE:
                action = f"accept assurance {statement.assurance} in chains of {hops} hops"
                yield Remedy(request.recogniser, None, constraint.value, action)
    if hops > 1 or not miss.failures:
        yield _vouch(request)


def _action(
    constraint: Constraint, statement: Statement, request: Request, policy: Policy, hops: int, behind: int
) -> str:
    about = f"a statement on {statement.trustee}"
    match constraint:
        case Constraint.REVOKED:
            return f"publish {about} again"
        case Constraint.NOT_IN_FORCE:
            return f"publish {about} that is in force on {request.decision_day}"
        case Constraint.AWARD_NOT_COVERED:
            return f"publish {about} that covers awards of {request.award_day}"
        case Constraint.FIELD:
            lacking = (request.fields or frozenset()) - (statement.scope.fields or frozenset())
            return f"extend its statement on {statement.trustee} to {', '.join(shortest_codes(lacking))}"
        case Constraint.LEVEL:
            return f"extend its statement on {statement.trustee} to EQF level {request.level}"
        case Constraint.ASPECT:
            lacking = (request.aspects or frozenset()) - (statement.scope.aspects or frozenset())
            names = ", ".join(aspect.value for aspect in ASPECTS if aspect in lacking)
            return f"extend its statement on {statement.trustee} to {names}"
        case Constraint.ASSESSMENT:
            return f"extend its statement on {statement.trustee} to assessment {request.assessment}"
        case Constraint.MODE:
            return f"extend its statement on {statement.trustee} to mode {request.mode}"
        case Constraint.ECTS:
            return f"raise the credits of its statement on {statement.trustee} to {request.ects}"
        case Constraint.DEPTH:
            return f"raise the depth of its statement on {statement.trustee} to {behind}"
        case Constraint.ASSURANCE:
            least = policy.least(hops)
            return f"found its statement on {statement.trustee} better, with assurance {least}"


def _vouch(request: Request) -> Remedy:
    action = f"publish its own statement on {request.issuer} that covers the request"
    return Remedy(request.recogniser, None, None, action)
