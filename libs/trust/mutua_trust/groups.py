"""Alliances: principals with statements of their own, joined and left on dates.

A member trusts the alliance (one hop further allowed), the alliance trusts its members; each hop stays signed
by its truster, so nobody speaks for a member that did not sign, and trust is never inferred from membership.
What a member states about an alliance is expanded here on its way into the log, by what the member said about
later members.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from enum import StrEnum

from mutua_trust.statement import Assurance, Polarity, Statement


class Membership(StrEnum):
    """What a statement about an alliance says about members that join later."""

    FROZEN = "frozen"
    """Only the members of today count: the statement becomes one about each of them."""
    FOLLOW = "follow"
    """Members count from their entry: the statement stays as it is. Needs assurance 2 or more."""


def expand(statement: Statement, membership: Membership, by_alliance: Iterable[Statement]) -> list[Statement]:
    """The statements that enter the log in place of one about an alliance.

    `by_alliance` are the alliance's own statements about its members, as the log holds them at this version.
    Raises ValueError when the statement cannot mean what it says: it must be trust that travels, and to
    follow new members it needs assurance 2.
    """
    if statement.polarity is not Polarity.TRUST or statement.depth < 1:
        raise ValueError(f"{statement.id}: to rely on an alliance's members takes trust of depth 1 or more")
    if membership is Membership.FOLLOW:
        if statement.assurance < Assurance.AGREEMENT:
            raise ValueError(f"{statement.id}: following new members takes assurance 2 or more")
        return [statement]
    return list(full_mesh([statement], by_alliance))


def full_mesh(to_alliance: Iterable[Statement], by_alliance: Iterable[Statement]) -> Iterator[Statement]:
    """Each member's statement about the alliance, composed with the alliance's about every other member.

    Decides as the group form does, in one hop less.
    """
    members = list(by_alliance)
    for first in to_alliance:
        for second in members:
            composed = compose(first, second)
            if composed is not None:
                yield composed


def members_on(by_alliance: Iterable[Statement], day: date, version: int) -> list[str]:
    """Who belongs to the alliance on this day, at this version of the log; sorted."""
    return sorted(
        {
            statement.trustee
            for statement in by_alliance
            if statement.polarity is Polarity.TRUST
            and statement.visible(version)
            and day in statement.in_force
        }
    )


def compose(first: Statement, second: Statement) -> Statement | None:
    """What two statements that meet say together, without the one in the middle; None when it is nothing.

    Scopes and intervals intersect, numbers take the smaller, and the first must let trust travel one hop
    further.
    """
    trust = first.polarity is second.polarity is Polarity.TRUST
    if not trust or first.trustee != second.truster or first.truster == second.trustee or first.depth < 1:
        return None
    scope = first.scope.meet(second.scope)
    in_force = first.in_force.meet(second.in_force)
    covers_awards = first.covers_awards.meet(second.covers_awards)
    if scope is None or in_force is None or covers_awards is None:
        return None
    revoked = [version for version in (first.revoked, second.revoked) if version is not None]
    return replace(
        first,
        id=f"{first.id}+{second.id}",
        trustee=second.trustee,
        scope=scope,
        depth=min(first.depth - 1, second.depth),
        assurance=min(first.assurance, second.assurance),
        in_force=in_force,
        covers_awards=covers_awards,
        recorded=max(first.recorded, second.recorded),
        revoked=min(revoked, default=None),
        signature=None,
    )
