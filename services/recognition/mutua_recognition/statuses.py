"""What issuers say of their credentials after issuing them: revoked, suspended, valid again.

The issuer's own topic answers, not a list fetched by chance: a credential of which nothing was said is not
revoked, as events of one credential keep their order. It answers for credentials of issuers on the network
only; any other status stays as verification found it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from mutua_contracts.credential import CredentialStatusChanged
from mutua_contracts.recognition import ReviewClosed, ReviewRequested
from mutua_credentials.verify import CheckName
from mutua_credentials.verify import Result as CheckResult
from mutua_kernel.events import Event
from mutua_kernel.outbox import Emit
from mutua_recognition.domain.canonical import digest
from mutua_recognition.domain.codes import Stage
from mutua_recognition.domain.facts import CheckFact, Facts
from mutua_recognition.domain.pins import Pin, instant_text
from mutua_recognition.domain.reasons import Source
from mutua_recognition.domain.reasons import reason as reason_of
from mutua_recognition.events import About, emit, reason

EXPECTED: Final = "neither revoked nor suspended"
REVISIT: Final[Mapping[str, str]] = {"revoked": "AUTH.REVOKED", "suspended": "AUTH.SUSPENDED"}
"""Why a decision has to be looked at, by status."""


@dataclass(frozen=True, slots=True)
class Status:
    """The newest that an issuer said of a credential; `sequence` numbers what it said."""

    credential: str
    issuer: str
    sequence: int
    status: str
    reason: str
    changed_at: datetime

    @property
    def pin(self) -> Pin:
        said = {
            "credential": self.credential,
            "status": self.status,
            "reason": self.reason,
            "changed_at": instant_text(self.changed_at),
        }
        return Pin(self.credential, str(self.sequence), digest(said))


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A status with the event that told it."""

    status: Status
    cause: str

    @property
    def revisit(self) -> str | None:
        return REVISIT.get(self.status.status)


def status_row(data: CredentialStatusChanged, event: Event) -> StatusRow:
    """The row of an event."""
    said = Status(
        data.credential_id,
        data.issuer,
        event.envelope.sequence,
        data.status,
        data.reason,
        data.changed_at,
    )
    return StatusRow(said, str(event.envelope.id))


def told_by_issuer(facts: Facts, credential: str | None, statuses: Mapping[str, Status]) -> Facts:
    """The facts with the status that the proven signer told of the credential.

    Facts of a credential that no issuer of the network has signed stay as they are, and a status that another
    than the signer told counts for nothing.
    """
    if facts.signer is None or credential is None:
        return facts
    known = statuses.get(credential)
    said = known if known is not None and known.issuer == facts.signer else None
    if said is None and facts.check(CheckName.STATUS).code == "no_status":
        return facts
    if said is None or said.status not in REVISIT:
        told = CheckFact(CheckName.STATUS, CheckResult.PASS, "not_revoked")
    else:
        told = CheckFact(CheckName.STATUS, CheckResult.FAIL, said.status)
    checks = tuple(told if each.name is CheckName.STATUS else each for each in facts.checks)
    return replace(facts, checks=checks, status=None if said is None else said.pin)


def revisited(row: Mapping[str, Any]) -> Emit:
    """What is stated where a decision stands and what it rests on has changed: a person has to look, or need
    not any more. `row` is one of `store_statuses` or `follow_compromise`.
    """
    about = About(
        request=row["id"],
        credential=row["credential"],
        recogniser=row["recogniser"],
        country=row["country"],
        issuer=row["issuer"],
        award_country=row["award_country"],
        purpose=row["purpose"],
        target=row["target"],
    )
    members = dict(about.members())
    if row["revisit"] is None:
        data = ReviewClosed(**members, closed_as="cleared", decision_id=row["record"], role="machine")
    else:
        told = reason_of(
            row["revisit"],
            Stage.S1,
            "-" if row["revisit"] == REVISIT["revoked"] else "0",
            subject="/proof",
            found=f"decision {row['record']} stands",
            expected=EXPECTED if row["source_kind"] == "credential_status" else "a sound key",
            source=Source(row["source_kind"], row["source"]),
        )
        data = ReviewRequested(
            **members,
            sequence=row["number"],
            deciding_stage=Stage.S1.value,
            reasons=(reason(told),),
            content_digest=row["content_digest"],
        )
    return emit(about, data, row["sequence"], row["cause"], "revisit")
