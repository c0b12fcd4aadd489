"""A recogniser's policy for one purpose: what it requires, whom it trusts how far, which coverage it accepts.

A bundle is a value of one released version. It belongs to an institution, an office or an alliance; members
without a policy of their own follow their alliance's. `read_policy` refuses what contradicts itself, flaw by
flaw.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Annotated, ClassVar, Final

from pydantic import ConfigDict, Field

from mutua_contracts.reasons import REASON_CODES
from mutua_coverage import Permission
from mutua_credentials.annex_i import ELEMENTS
from mutua_recognition.domain.alliances import Alliance
from mutua_recognition.domain.canonical import STRICT, Json, digest_of, read
from mutua_recognition.domain.codes import ALWAYS_REQUIRED, NEVER_WAIVED, Basis, Purpose, Regime, Stage
from mutua_recognition.domain.flaws import Broken, Refused
from mutua_recognition.domain.intervals import Interval
from mutua_recognition.domain.pins import Pin
from mutua_trust import Aspect, Mode
from mutua_trust import Policy as TrustRule

Id = Annotated[str, Field(min_length=1, max_length=200)]
LONGEST_REVIEW_DAYS: Final = 85
"""Four months hold about so many working days; the calendar limit of `clock` counts in the end."""


@dataclass(frozen=True, slots=True)
class TrustTerms:
    """The receiver's half of the brakes on chains of trust, and what a chain has to carry."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    max_hops: Annotated[int, Field(ge=1, le=4)] = 2
    min_assurance: tuple[int, ...] = (1, 1, 2, 2)
    """The least assurance of every statement, by length of the chain."""
    binding: tuple[Id, ...] = ()
    """Authorities whose distrust counts as the recogniser's own."""
    mode: Mode = Mode.JOINT
    quorum: Annotated[int, Field(ge=1, le=10)] = 1
    aspects: Annotated[tuple[Aspect, ...], Field(min_length=1)] = (
        Aspect.QUALITY,
        Aspect.CONTENT,
        Aspect.ASSESSMENT,
    )
    """What has to be trusted for this purpose."""

    def __post_init__(self) -> None:
        try:
            self.rule()
        except ValueError as contradiction:
            raise Broken("contradiction", "min_assurance", self.min_assurance, str(contradiction)) from None

    def rule(self) -> TrustRule:
        """The same for the library of trust."""
        return TrustRule(self.max_hops, self.min_assurance, frozenset(self.binding), self.mode, self.quorum)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A stage need not be clean for certain bodies on certain days. Shown as WAIVED, never as passed."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Id
    stage: Stage
    granted_by: Id
    """An alliance or recogniser that the policy allows to waive."""
    during: Interval
    """Decision days."""
    awarding_bodies: tuple[Id, ...] = ()
    """Entity ids; empty is every body."""

    def __post_init__(self) -> None:
        if self.stage in NEVER_WAIVED:
            raise Broken("never_waived", "stage", self.stage, "a stage other than S0, S1, S4 and S13")
        if self.during.end is None:
            raise Broken("missing", "during", "no end", "a day on which the waiver ends")

    def covers(self, stage: Stage, awarding_body: str | None, day: date) -> bool:
        named = not self.awarding_bodies or awarding_body in self.awarding_bodies
        return stage is self.stage and named and day in self.during


@dataclass(frozen=True, slots=True)
class AgreedCondition:
    """A condition agreed beforehand for cases with a certain reason; the only kind a machine may set."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    on: Id
    """The reason code that brings it in, e.g. `QA.CONDITIONAL`."""
    code: Id
    """What has to be done, as the agreement calls it."""
    due_days: Annotated[int, Field(ge=1, le=730)]
    """Days from the decision."""
    checked_by: Id
    """Who checks it."""

    def __post_init__(self) -> None:
        if self.on not in REASON_CODES:
            raise Broken("unknown_code", "on", self.on, "a code of the catalogue of reasons")


@dataclass(frozen=True, slots=True)
class PolicyBundle:
    """One released version of a policy."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Id
    owner: Id
    purpose: Purpose
    version: Annotated[int, Field(ge=1)]
    regimes: Annotated[tuple[Regime, ...], Field(min_length=1)] = (Regime.HEI, Regime.ALLIANCE)
    """The regimes under which the owner is competent for this purpose."""
    required_stages: tuple[Stage, ...] = (Stage.S2,)
    """Stages that must be clean beside S0, S1, S4, S5, S6 and S13, which always must."""
    required_elements: tuple[str, ...] = ("awarding_body", "date_of_issuing")
    """Elements of Annex I that must be readable."""
    trust: TrustTerms = field(default_factory=TrustTerms)
    basis: Basis = Basis.TRUST_CHAIN
    accepted_coverage: tuple[Permission, ...] = ()
    """Kinds of coverage that count although they are not the ordinary one."""
    level_needed: Annotated[int, Field(ge=1, le=8)] | None = None
    """EQF level where the target names none; null asks for no level."""
    registry_max_age_days: Annotated[int, Field(ge=1, le=90)] = 7
    review_working_days: Annotated[int, Field(ge=1, le=LONGEST_REVIEW_DAYS)] = 10
    may_waive: tuple[Id, ...] = ()
    """Who may grant waivers beside the owner."""
    waivers: tuple[Waiver, ...] = ()
    conditions: tuple[AgreedCondition, ...] = ()
    suspected_mills: tuple[Id, ...] = ()
    """Entity ids of bodies that no machine may recognise."""

    def __post_init__(self) -> None:
        for element in self.required_elements:
            if element not in ELEMENTS:
                raise Broken("unknown_code", "required_elements", element, "an element of Annex I")
        for waiver in self.waivers:
            if waiver.granted_by not in (self.owner, *self.may_waive):
                raise Broken("may_not_waive", "waivers", waiver.granted_by, "the owner or one of may_waive")

    @property
    def pin(self) -> Pin:
        return _pin(self)

    def requires(self, stage: Stage) -> bool:
        """Whether an automatic yes needs this stage to be clean."""
        return stage in ALWAYS_REQUIRED or stage in self.required_stages

    def waiver(self, stage: Stage, awarding_body: str | None, day: date) -> Waiver | None:
        """The waiver that applies, the smallest id where several do."""
        applying = [waiver for waiver in self.waivers if waiver.covers(stage, awarding_body, day)]
        return min(applying, key=lambda waiver: waiver.id, default=None)


@lru_cache(maxsize=256)
def _pin(bundle: PolicyBundle) -> Pin:
    return Pin(bundle.id, str(bundle.version), digest_of(bundle))


def read_policy(data: bytes | Json) -> PolicyBundle | Refused:
    """A bundle as somebody wants it released, or everything that is wrong with it."""
    return read(PolicyBundle, data)


def policy_for(
    recogniser: str,
    purpose: Purpose,
    day: date,
    policies: Iterable[PolicyBundle],
    alliances: Iterable[Alliance],
) -> PolicyBundle | None:
    """The policy that a recogniser follows on a day: its own newest version, else its alliance's, else none.

    A member of several alliances with a policy follows the one whose id comes first.
    """
    asked = [policy for policy in policies if policy.purpose is purpose]
    followed = sorted(alliance.id for alliance in alliances if alliance.has(recogniser, day))
    for owner in (recogniser, *followed):
        own = [policy for policy in asked if policy.owner == owner]
        if own:
            return max(own, key=lambda policy: (policy.version, policy.id))
    return None
