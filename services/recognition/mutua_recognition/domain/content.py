"""The content of a decision record: what was asked, found and concluded, as of what. It can be replayed.

These values mirror the record's JSON member by member, so that `canonical.write` gives the record's content
and its digest. All members are always there; decimals are text; nothing is about the learner.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

from mutua_recognition.domain.canonical import Json, digest, write
from mutua_recognition.domain.codes import (
    Holder,
    Kind,
    MachineCode,
    Origin,
    PersonCode,
    Purpose,
    Regime,
    Result,
    Stage,
)
from mutua_recognition.domain.pins import Evidence, Pin
from mutua_recognition.domain.reasons import Reason
from mutua_recognition.domain.request import CredentialRef, Request

Grading = Literal["strong", "substantial", "weak", "none"]


@dataclass(frozen=True, slots=True)
class TargetShown:
    id: str
    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class RequestShown:
    """The request, without what must not be shown."""

    credential: CredentialRef
    recogniser: str
    purpose: Purpose
    target: TargetShown | None
    regime: Regime
    origin: Origin


def shown(request: Request, *, hidden: bool) -> RequestShown:
    """`hidden`: nobody could tell who signed or awards it."""
    credential, target = request.credential, request.target
    return RequestShown(
        credential=CredentialRef(credential.id, credential.digest, credential.format)
        if hidden
        else credential,
        recogniser=request.recogniser,
        purpose=request.purpose,
        target=TargetShown(target.id, target.version, target.digest) if target else None,
        regime=request.regime,
        origin=request.origin,
    )


@dataclass(frozen=True, slots=True)
class AsOf:
    """The days, and every versioned thing that was used."""

    award_date: date | None
    received_on: date
    complete_on: date | None
    evaluated_at: datetime
    rules: Pin
    policy: Pin
    trust: Pin
    registry: Pin
    status: Pin | None
    code_lists: Pin


@dataclass(frozen=True, slots=True)
class StageShown:
    """A stage's result, whether an automatic yes needed it, and its reasons by their place in the list."""

    stage: Stage
    result: Result
    required: bool
    reasons: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the sheet of seven criteria; the grade is null where nobody has graded."""

    criterion: str
    grade: Grading | None
    stages: tuple[Stage, ...]
    graded_by: Literal["machine", "person"]


@dataclass(frozen=True, slots=True)
class CoverageShown:
    outcome: str
    grade: str | None
    scope: str | None
    reports: tuple[str, ...]
    rule_version: str


@dataclass(frozen=True, slots=True)
class TrustShown:
    outcome: Literal["accept", "review"]
    chain: tuple[str, ...] | None
    chains: dict[str, tuple[str, ...]] | None
    nearest_miss: dict[str, Any] | None
    vetoed_by: tuple[str, ...] | None
    common_friends: tuple[str, ...]
    reason: str | None
    subjects: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Condition:
    """What still has to happen, by when, and who checks it."""

    code: str
    params: dict[str, Any]
    due: date | None
    checked_by: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What a decision gives."""

    ects: str | None
    level: str | None
    counts_as: str | None
    remainder: tuple[str, ...]
    conditions: tuple[Condition, ...]
    holder: Holder


@dataclass(frozen=True, slots=True)
class MachineOutcome:
    """An outcome that a machine sets. `proposal` is what it would do if it were allowed to decide."""

    code: MachineCode
    kind: Kind
    proposal: MachineCode | None = None
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class PersonOutcome:
    """An outcome that a person sets."""

    code: PersonCode
    kind: Kind
    proposal: None = None
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """What would have changed the outcome, by re-running with that changed. `audience`: whom it may help."""

    subject: str
    change: str
    outcome: MachineCode
    audience: tuple[str, ...]


OutcomeT = TypeVar("OutcomeT", MachineOutcome, PersonOutcome)


@dataclass(frozen=True, slots=True)
class Content(Generic[OutcomeT]):
    """The content of one record.

    `Content[MachineOutcome]` comes from `evaluate`, `Content[PersonOutcome]` from a person.
    """

    request: RequestShown
    as_of: AsOf
    stages: tuple[StageShown, ...]
    deciding_stage: Stage
    reasons: tuple[Reason, ...]
    criteria: tuple[Criterion, ...]
    coverage: CoverageShown | None
    trust: TrustShown | None
    outcome: OutcomeT
    counterfactuals: tuple[Counterfactual, ...]
    evidence: tuple[Evidence, ...]

    def to_json(self) -> Json:
        """As the record holds it."""
        return write(self)

    @property
    def digest(self) -> str:
        """`sha256:` over the canonical form: what replay compares."""
        return digest(self.to_json())

    def result(self, stage: Stage) -> Result:
        return next(each.result for each in self.stages if each.stage is stage)


def amount(value: Decimal | None) -> str | None:
    """A decimal as records write it."""
    return None if value is None else format(value.normalize(), "f")
