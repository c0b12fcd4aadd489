"""What is asked: about which credential, by whom, for which purpose and component, and on which days."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from mutua_contracts import ids
from mutua_recognition.domain.codes import Holder, Origin, Purpose, Regime
from mutua_recognition.domain.flaws import Broken


@dataclass(frozen=True, slots=True)
class CredentialRef:
    """The credential as handed in. Issuer and awarding body are entity ids, null where nobody could tell."""

    id: str
    digest: str
    format: str
    issuer: str | None = None
    awarding_body: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """The recogniser's component that the credential shall count for, at one version of the catalogue."""

    id: str
    version: int
    digest: str
    level: int | None = None
    """EQF level of the component."""
    ects: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One question for one recogniser; credential, recogniser, purpose and target name it."""

    credential: CredentialRef
    recogniser: str
    purpose: Purpose
    target: Target | None = None
    regime: Regime = Regime.HEI
    origin: Origin = Origin.PRESENTED
    holder: Holder = Holder.ON_PRESENTATION
    """`checked` only where whoever presents has matched the holder."""

    def __post_init__(self) -> None:
        if self.origin is Origin.STANDING_RULE and self.holder is Holder.CHECKED:
            raise Broken(
                "contradiction", "holder", self.holder, "on_presentation: nobody has presented it yet"
            )

    @property
    def id(self) -> UUID:
        target = self.target.id if self.target else None
        return ids.request_id(self.credential.id, self.recogniser, self.purpose, target)


@dataclass(frozen=True, slots=True)
class Dates:
    """When it came, when the file was complete, and the instant of this evaluation (UTC)."""

    received_on: date
    complete_on: date | None
    evaluated_at: datetime

    def __post_init__(self) -> None:
        if self.evaluated_at.utcoffset() != timedelta(0):
            raise Broken("not_utc", "evaluated_at", self.evaluated_at, "an instant in UTC")

    @property
    def decision_day(self) -> date:
        """The day of the decision, in UTC."""
        return self.evaluated_at.astimezone(UTC).date()
