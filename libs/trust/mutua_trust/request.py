"""What is asked: may this recogniser rely on this issuer for this credential, on this day.

A request that lacks a field, a level, credits, an assessment type, a mode or aspects can be asked, but the
answer is a review: nothing that is unknown is ever taken as covered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from mutua_trust.statement import ASPECTS, Aspect

NO_SUBJECTS: Final[Mapping[Aspect, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Request:
    """A question about one credential. Dimensions that the credential does not tell are None."""

    id: str
    recogniser: str
    issuer: str
    fields: frozenset[str] | None
    """Leaves of ISCED-F 2013: every one of them must be covered."""
    level: int | None
    ects: float | None
    assessment: str | None
    mode: str | None
    aspects: frozenset[Aspect] | None
    award_day: date
    decision_day: date
    version: int | None = None
    """The log version to decide at; None is the newest."""
    subjects: Mapping[Aspect, str] = field(default_factory=lambda: NO_SUBJECTS, compare=False)
    """Who answers for an aspect in the issuer's place. A request that names one is decided aspect by aspect.
    """

    def missing(self) -> tuple[str, ...]:
        """Names (as on the wire) of the dimensions that are absent or empty."""
        asked = {
            "isced_f": self.fields,
            "eqf": self.level,
            "ects": self.ects,
            "assessment": self.assessment,
            "mode": self.mode,
            "aspects": self.aspects,
        }
        return tuple(name for name, value in asked.items() if value is None or value in ("", frozenset()))

    def complete(self) -> bool:
        """Whether nothing is missing."""
        told = self.fields and self.assessment and self.mode and self.aspects
        return bool(told) and self.level is not None and self.ects is not None

    def asked(self) -> tuple[Aspect, ...]:
        """The aspects asked for, in the order in which verdicts show them."""
        return tuple(aspect for aspect in ASPECTS if aspect in (self.aspects or ()))

    def alone(self, aspect: Aspect) -> "Request":
        """The same request for one aspect, about whoever answers for it."""
        issuer = self.subjects.get(aspect, self.issuer)
        return replace(self, aspects=frozenset({aspect}), issuer=issuer, subjects=NO_SUBJECTS)
