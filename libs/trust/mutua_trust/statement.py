"""What one organisation states about another: trust or distrust, for what, from when to when, how far.

A statement is a value that is never changed; the log adds the two versions between which it counts. An absent
dimension of the scope means "all of it", an absent end of an interval "without end", both written as None.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from typing import Final, TypeVar

T = TypeVar("T")


class Polarity(StrEnum):
    TRUST = "trust"
    DISTRUST = "distrust"


class Aspect(StrEnum):
    """What about a credential is relied upon, in the order in which verdicts show aspects."""

    QUALITY = "quality"
    CONTENT = "content"
    ASSESSMENT = "assessment"


ASPECTS: Final[tuple[Aspect, ...]] = tuple(Aspect)
LEVELS: Final[range] = range(1, 9)
"""The levels of the European Qualifications Framework."""

DEEPEST: Final = 3
"""The largest depth: a chain has at most four hops, so at most three lie behind the first."""


class Assurance(IntEnum):
    """How well a statement is founded."""

    DECLARED = 1
    AGREEMENT = 2
    INSTITUTIONAL_QA = 3
    PROGRAMME_QA = 4


@dataclass(frozen=True, slots=True)
class Interval:
    """Days from `start` (included) to `end` (excluded); None is unbounded. Raises ValueError when empty."""

    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError(f"interval ends ({self.end}) before it has begun ({self.start})")

    def __contains__(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    def meet(self, other: "Interval") -> "Interval | None":
        """The days in both; None when there is none."""
        start = max((day for day in (self.start, other.start) if day is not None), default=None)
        end = min((day for day in (self.end, other.end) if day is not None), default=None)
        return None if start is not None and end is not None and start >= end else Interval(start, end)


ALWAYS: Final = Interval()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a statement speaks about: the product of its dimensions, None in a dimension being all of it."""

    fields: frozenset[str] | None = None
    """Leaves of ISCED-F 2013 (`mutua_trust.fields.LEAVES`)."""
    levels: frozenset[int] | None = None
    max_ects: float | None = None
    assessments: frozenset[str] | None = None
    modes: frozenset[str] | None = None
    aspects: frozenset[Aspect] | None = None

    def __post_init__(self) -> None:
        for dimension in (self.fields, self.levels, self.assessments, self.modes, self.aspects):
            if dimension is not None and not dimension:
                raise ValueError("an empty scope covers nothing: leave the dimension out to mean all of it")

    def meet(self, other: "Scope") -> "Scope | None":
        """What both speak about; None when they have nothing in common in some dimension."""
        limits = [limit for limit in (self.max_ects, other.max_ects) if limit is not None]
        try:
            return Scope(
                fields=_meet(self.fields, other.fields),
                levels=_meet(self.levels, other.levels),
                max_ects=min(limits, default=None),
                assessments=_meet(self.assessments, other.assessments),
                modes=_meet(self.modes, other.modes),
                aspects=_meet(self.aspects, other.aspects),
            )
        except ValueError:
            return None


def _meet(one: frozenset[T] | None, other: frozenset[T] | None) -> frozenset[T] | None:
    if one is None or other is None:
        return one if other is None else other
    return one & other


EVERYTHING: Final = Scope()


@dataclass(frozen=True, slots=True)
class Statement:
    """One signed sentence of the append-only log. Raises ValueError when it contradicts itself."""

    id: str
    truster: str
    trustee: str
    polarity: Polarity = Polarity.TRUST
    scope: Scope = EVERYTHING
    depth: int = 0
    """Further hops allowed behind this one: 0 means that the trust does not travel."""
    assurance: int = Assurance.DECLARED
    in_force: Interval = ALWAYS
    """When the truster relies on it: asked with the decision day."""
    covers_awards: Interval = ALWAYS
    """Which awards it speaks of: asked with the award day."""
    recorded: int = 0
    """The log version at which it takes effect; never a date."""
    revoked: int | None = None
    """The log version at which it ceases to count, for decisions at this version and later."""
    evidence: tuple[str, ...] = field(default=(), compare=False)
    """References that a person can follow: hash of an agreement, id of a report."""
    signature: str | None = field(default=None, compare=False)
    """Checked once on entry to the log, never on the way to a decision."""

    def __post_init__(self) -> None:
        if not (self.id and self.truster and self.trustee):
            raise ValueError("id, truster and trustee are non-empty strings")
        if self.truster == self.trustee and self.polarity is Polarity.TRUST:
            raise ValueError(f"{self.truster} trusts itself")
        if not 0 <= self.depth <= DEEPEST:
            raise ValueError(f"depth {self.depth} is not within 0..{DEEPEST}")
        if not Assurance.DECLARED <= self.assurance <= Assurance.PROGRAMME_QA:
            raise ValueError(f"assurance {self.assurance} is not within 1..4")
        if self.recorded < 0 or (self.revoked is not None and self.revoked < 0):
            raise ValueError("log versions are not negative")

    def visible(self, version: int) -> bool:
        """Whether it counts in the log as it stood at this version."""
        return self.recorded <= version and (self.revoked is None or version < self.revoked)
