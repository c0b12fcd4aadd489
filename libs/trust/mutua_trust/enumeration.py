"""The rules of trust chains as a plain enumeration: look at every chain, keep the valid ones, take the best.

It is written to be compared with the specification line by line, not to be fast: it walks all simple chains
that the policy's length allows. The engine behind `TrustIndex` must answer exactly as this module does, and
shares no search code with it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from mutua_trust.policy import Mode, Policy
from mutua_trust.request import Request
from mutua_trust.statement import ASPECTS, Polarity, Statement
from mutua_trust.verdict import (
    Constraint,
    Failure,
    NearestMiss,
    Outcome,
    Reason,
    Verdict,
    accept,
    review,
)

Path = tuple[Statement, ...]


class BudgetSpent(Exception):
    """More statements were looked at than the budget allows."""


def enumerate_decide(
    statements: Iterable[Statement],
    request: Request,
    policy: Policy,
    newest_version: int,
    budget: int | None = None,
) -> Verdict:
    """The verdict by definition: winner, else reason and nearest miss. The order of `statements` is
    irrelevant.
    """
    version = newest_version if request.version is None else request.version
    if request.missing():
        return review(request.id, version, Reason.INCOMPLETE)
    if version > newest_version:
        return review(request.id, version, Reason.STALE)
    log = [statement for statement in statements if statement.recorded <= version]
    if policy.mode is Mode.JOINT and not request.subjects:
        return _decide_alone(log, request, policy, version, budget)
    return _decide_per_aspect(log, request, policy, version, budget)


def _decide_per_aspect(
    log: Sequence[Statement], request: Request, policy: Policy, version: int, budget: int | None
) -> Verdict:
    chains = {}
    for aspect in ASPECTS:
        if aspect in (request.aspects or ()):
            verdict = _decide_alone(log, request.alone(aspect), policy, version, budget)
            if verdict.chain is None:
                return Verdict(
                    request.id,
                    Outcome.REVIEW,
                    version,
                    reason=verdict.reason,
                    nearest_miss=verdict.nearest_miss,
                    vetoed_by=verdict.vetoed_by,
                    aspect=aspect,
                )
            chains[aspect] = verdict.chain
    return Verdict(request.id, Outcome.ACCEPT, version, chains=chains)


def _decide_alone(
    log: Sequence[Statement], request: Request, policy: Policy, version: int, budget: int | None
) -> Verdict:
    try:
        paths = list(_simple_chains(log, request, policy.max_hops, budget))
    except BudgetSpent:
        return review(request.id, version, Reason.BUDGET)
    vetoes = [s for s in log if s.polarity is Polarity.DISTRUST and _touches(s, request, version)]
    valid = [
        p for p in paths if not _failures(p, request, policy, version) and not _vetoed(p, vetoes, policy)
    ]
    if not valid:
        return _explain(paths, vetoes, request, policy, version)
    winner = min(valid, key=lambda path: (len(path), -min(s.assurance for s in path), _ids(path)))
    if len(winner) >= 3 and not _disjoint(valid, policy.quorum):
        return review(request.id, version, Reason.QUORUM, NearestMiss(_ids(winner)))
    return accept(request.id, version, _ids(winner))


def _simple_chains(
    log: Sequence[Statement], request: Request, longest: int, budget: int | None
) -> Iterator[Path]:
    """Every chain of trust, recorded by now and in any condition, that never meets an entity twice."""
    published: defaultdict[str, list[Statement]] = defaultdict(list)
    for statement in log:
        if statement.polarity is Polarity.TRUST:
            published[statement.truster].append(statement)
    looked_at = 0
    walks: list[Path] = [()]
    while walks:
        walk = walks.pop()
        met = {request.recogniser, *(statement.trustee for statement in walk)}
        for statement in published[walk[-1].trustee if walk else request.recogniser]:
            looked_at += 1
            if budget is not None and looked_at > budget:
                raise BudgetSpent
            if statement.trustee in met:
                continue
            if statement.trustee == request.issuer:
                yield (*walk, statement)
            elif len(walk) + 1 < longest:
                walks.append((*walk, statement))


def _failures(path: Path, request: Request, policy: Policy, version: int) -> tuple[Failure, ...]:
    hops = len(path)
    failed = [
        Failure(statement.id, tuple(_failed(statement, request, policy, version, hops, hops - 1 - place)))
        for place, statement in enumerate(path)
    ]
    return tuple(failure for failure in failed if failure.constraints)


def _failed(
    statement: Statement, request: Request, policy: Policy, version: int, hops: int, behind: int
) -> Iterator[Constraint]:
    """What this statement fails in a chain of so many hops, with so many of them behind it."""
    scope = statement.scope
    if statement.revoked is not None and statement.revoked <= version:
        yield Constraint.REVOKED
    if request.decision_day not in statement.in_force:
        yield Constraint.NOT_IN_FORCE
    if request.award_day not in statement.covers_awards:
        yield Constraint.AWARD_NOT_COVERED
    if scope.fields is not None and not (request.fields or frozenset()) <= scope.fields:
        yield Constraint.FIELD
    if scope.levels is not None and request.level not in scope.levels:
        yield Constraint.LEVEL
    if scope.aspects is not None and not (request.aspects or frozenset()) <= scope.aspects:
        yield Constraint.ASPECT
    if scope.assessments is not None and request.assessment not in scope.assessments:
        yield Constraint.ASSESSMENT
    if scope.modes is not None and request.mode not in scope.modes:
        yield Constraint.MODE
    if scope.max_ects is not None and (request.ects or 0) > scope.max_ects:
        yield Constraint.ECTS
    if statement.depth < behind:
        yield Constraint.DEPTH
    if statement.assurance < policy.least(hops):
        yield Constraint.ASSURANCE


def _touches(distrust: Statement, request: Request, version: int) -> bool:
    """Distrust need not cover a request: it is enough that fields, levels and aspects overlap."""
    scope = distrust.scope
    return (
        distrust.visible(version)
        and request.decision_day in distrust.in_force
        and (scope.fields is None or bool(scope.fields & (request.fields or frozenset())))
        and (scope.levels is None or request.level in scope.levels)
        and (scope.aspects is None or bool(scope.aspects & (request.aspects or frozenset())))
    )


def _vetoed(path: Path, vetoes: Sequence[Statement], policy: Policy) -> list[str]:
    """Ids of the distrust that bars this chain: a member's about a later one, or a binding authority's."""
    members = [path[0].truster, *(statement.trustee for statement in path)]
    return sorted(
        {
            veto.id
            for veto in vetoes
            if veto.trustee in members[1:]
            and (veto.truster in policy.binding or veto.truster in members[: members.index(veto.trustee)])
        }
    )


def _explain(
    paths: Sequence[Path], vetoes: Sequence[Statement], request: Request, policy: Policy, version: int
) -> Verdict:
    """The nearest miss, over chains of at most three hops and ignoring distrust."""
    misses = [(path, _failures(path, request, policy, version)) for path in paths if len(path) <= 3]
    if not misses:
        return review(request.id, version, Reason.NO_RELATION)
    path, failures = min(
        misses,
        key=lambda miss: (
            len(miss[1]),
            len(miss[0]),
            sum(len(failure.constraints) for failure in miss[1]),
            _ids(miss[0]),
        ),
    )
    nearest = NearestMiss(_ids(path), failures)
    if failures:
        return review(request.id, version, Reason.CONSTRAINTS, nearest)
    return review(request.id, version, Reason.DISTRUST, nearest, tuple(_vetoed(path, vetoes, policy)))


def _disjoint(valid: Sequence[Path], quorum: int) -> bool:
    """Whether so many of the chains share no entity except the ends."""
    between = [frozenset(s.trustee for s in path[:-1]) for path in valid]
    return _packs(sorted(set(between), key=len), frozenset(), quorum)


def _packs(between: Sequence[frozenset[str]], used: frozenset[str], wanted: int) -> bool:
    if wanted <= 0:
        return True
    return any(
        used.isdisjoint(entities) and _packs(between[place + 1 :], used | entities, wanted - 1)
        for place, entities in enumerate(between)
    )


def _ids(path: Path) -> tuple[str, ...]:
    return tuple(statement.id for statement in path)
