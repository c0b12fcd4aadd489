"""Requests on their way through an evaluation: taken, put back, stored with all that it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from mutua_kernel.database import Connection
from mutua_recognition.store.queries import SQL, columns


@dataclass(frozen=True, slots=True)
class DueRequest:
    """A request taken for evaluation, with its credential."""

    id: UUID
    recogniser: str
    credential: str
    purpose: str
    target: str | None
    regime: str
    origin: str
    holder: str
    rule: str | None
    country: str
    issuer: str | None
    award_country: str | None
    announced: bool
    presented_at: datetime | None
    received_at: datetime
    complete_on: date | None
    sequence: int
    records: int
    current: UUID | None
    traceparent: str | None
    give_up_at: datetime
    cause_kind: str
    cause_id: str
    signer: str | None
    awarding_body: str | None
    format: str
    digest: str
    body: str | None
    """What everybody may read; null where only sealed files of it are kept."""
    existed_by: datetime
    subject: str | None
    """Whose key has sealed the recogniser's own file."""
    wrapped: bytes | None
    """That key, wrapped; null where there is no file, or its learner was erased."""
    sealed: bytes | None
    claimed_issuer: str | None
    """Web identity that the file claims."""


@dataclass(frozen=True, slots=True)
class EvaluatedRequest:
    """What an evaluation came to, ready to be stored."""

    record: UUID
    recogniser: str
    request: UUID
    number: int
    outcome: str
    content: bytes
    content_digest: str
    inputs_digest: str
    bodies: dict[str, bytes]
    """What replay needs, by digest: the inputs and everything that they name."""
    act: str
    made_at: datetime
    evidence: tuple[str, ...]
    state: str
    sequence: int
    due_on: date | None
    complete_on: date | None
    issuer: str | None
    """Who has signed, where that is proven."""
    award_country: str | None
    known_as: str | None
    """The credential's own id, where its signer is proven."""


async def claim_due(tx: Connection, most: int) -> list[DueRequest]:
    """Takes at most `most` due requests; they stay locked until the transaction ends."""
    rows = await tx.fetch(SQL["claim_due"], most)
    names = [name for name in DueRequest.__dataclass_fields__ if name != "recogniser"]
    return [DueRequest(recogniser=row["tenant"], **{name: row[name] for name in names}) for row in rows]


async def postpone(tx: Connection, requests: Sequence[DueRequest], until: datetime) -> None:
    """Puts requests back into the queue."""
    await tx.execute(SQL["postpone"], [one.id for one in requests], [until] * len(requests))


async def store_evaluated(tx: Connection, found: Sequence[EvaluatedRequest]) -> None:
    """Writes records, evidence and the new states of their requests, and empties their places: one
    statement."""
    bodies = {name: body for one in found for name, body in one.bodies.items()}
    inputs = {one.inputs_digest for one in found}
    uses = [(evidence, one.record) for one in found for evidence in one.evidence]
    await tx.execute(
        SQL["store_evaluated"],
        list(bodies),
        ["inputs" if name in inputs else "evidence" for name in bodies],
        list(bodies.values()),
        *columns(
            found,
            "record recogniser request number outcome content content_digest inputs_digest act made_at",
        ),
        [evidence for evidence, _ in uses],
        [record for _, record in uses],
        *columns(found, "state sequence due_on complete_on issuer award_country known_as"),
    )
