"""Common friends: entities that the recogniser and the issuer both trust directly.

This is the other reading of "a friend of a friend" and no basis for a decision: that two organisations rely
on the same third says nothing about one of them relying on the other. A reviewer is shown who it is, and for
what.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mutua_trust.request import Request
from mutua_trust.statement import Polarity, Scope, Statement


@dataclass(frozen=True, slots=True)
class CommonFriend:
    """One pair of statements about the same entity."""

    entity: str
    recogniser_statement: str
    issuer_statement: str
    shared: Scope
    """What both statements speak about."""
    covers_request: bool
    """Whether the shared scope covers what the request asks for."""


def common_friends(statements: Iterable[Statement], request: Request, version: int) -> list[CommonFriend]:
    """Pairs of trust statements that count at this version and are in force on the decision day.

    Pairs whose scopes have nothing in common are left out. Sorted by entity, then by the ids of both
    statements.
    """
    ours: dict[str, list[Statement]] = {}
    theirs: dict[str, list[Statement]] = {}
    ends = {request.recogniser: ours, request.issuer: theirs}
    for statement in statements:
        side = ends.get(statement.truster)
        if side is not None and _counts(statement, request, version):
            side.setdefault(statement.trustee, []).append(statement)
    friends = [
        CommonFriend(entity, our.id, their.id, shared, _covers(shared, request))
        for entity in ours.keys() & theirs.keys()
        for our in ours[entity]
        for their in theirs[entity]
        if (shared := our.scope.meet(their.scope)) is not None
    ]
    return sorted(friends, key=lambda f: (f.entity, f.recogniser_statement, f.issuer_statement))


def _counts(statement: Statement, request: Request, version: int) -> bool:
    return (
        statement.polarity is Polarity.TRUST
        and statement.visible(version)
        and request.decision_day in statement.in_force
    )


def _covers(scope: Scope, request: Request) -> bool:
    return not request.missing() and (
        (scope.fields is None or (request.fields or frozenset()) <= scope.fields)
        and (scope.levels is None or request.level in scope.levels)
        and (scope.max_ects is None or (request.ects or 0) <= scope.max_ects)
        and (scope.assessments is None or request.assessment in scope.assessments)
        and (scope.modes is None or request.mode in scope.modes)
        and (scope.aspects is None or (request.aspects or frozenset()) <= scope.aspects)
    )
