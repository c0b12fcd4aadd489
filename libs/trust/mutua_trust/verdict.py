"""What is answered: accept with the winning chain, or review with the reason and what came nearest.

There is no refusal. A verdict holds ids of statements only; it is the same for everybody who decides the same
request at the same version under the same policy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mutua_trust.statement import Aspect

Chain = tuple[str, ...]
"""Ids of statements, from the recogniser's own to the one about the issuer."""


class Outcome(StrEnum):
    ACCEPT = "accept"
    REVIEW = "review"


class Reason(StrEnum):
    """Why a person must look. The first three are found, in this order, before any search."""

    INVALID = "invalid"
    INCOMPLETE = "incomplete"
    STALE = "stale"
    BUDGET = "budget"
    QUORUM = "quorum"
    NO_RELATION = "no_relation"
    CONSTRAINTS = "constraints"
    DISTRUST = "distrust"


class Constraint(StrEnum):
    """What a statement can fail for one request, in the order in which failures are listed."""

    REVOKED = "revoked"
    NOT_IN_FORCE = "not_in_force"
    AWARD_NOT_COVERED = "award_not_covered"
    FIELD = "field"
    LEVEL = "level"
    ASPECT = "aspect"
    ASSESSMENT = "assessment"
    MODE = "mode"
    ECTS = "ects"
    DEPTH = "depth"
    ASSURANCE = "assurance"


@dataclass(frozen=True, slots=True)
class Failure:
    """A statement of the nearest chain that fails, with every constraint that it fails."""

    statement: str
    constraints: tuple[Constraint, ...]


@dataclass(frozen=True, slots=True)
class NearestMiss:
    """The chain that lacks least; `failures` names only the statements that fail, in chain order."""

    chain: Chain
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer. Everything that the outcome does not use is None."""

    request: str | None
    outcome: Outcome
    version: int | None
    """The log version that was used; with `stale` and `incomplete` the one that was asked for."""
    chain: Chain | None = None
    chains: Mapping[Aspect, Chain] | None = None
    """One chain per asked aspect, where the policy decides aspect by aspect."""
    reason: Reason | None = None
    nearest_miss: NearestMiss | None = None
    vetoed_by: tuple[str, ...] | None = None
    """The sorted ids of all distrust statements that veto the chain shown in `nearest_miss`."""
    aspect: Aspect | None = None
    """The first aspect that failed, where the policy decides aspect by aspect."""

    @property
    def accepted(self) -> bool:
        return self.outcome is Outcome.ACCEPT

    @property
    def cited(self) -> frozenset[str]:
        """Ids of all statements that an accept rests on."""
        chains = [self.chain or (), *(self.chains or {}).values()]
        return frozenset(id for chain in chains for id in chain)


def review(
    request: str | None,
    version: int | None,
    reason: Reason,
    nearest_miss: NearestMiss | None = None,
    vetoed_by: tuple[str, ...] | None = None,
) -> Verdict:
    """A person must look, for this reason."""
    return Verdict(request, Outcome.REVIEW, version, None, None, reason, nearest_miss, vetoed_by)


def accept(request: str, version: int, chain: Chain) -> Verdict:
    """The chain carries the request."""
    return Verdict(request, Outcome.ACCEPT, version, chain)
