"""The notifier's SQL, called by name; rows come back as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from mutua_kernel.database import Connection, load_queries

SQL = load_queries("mutua_notifier")


@dataclass(frozen=True, slots=True)
class FeedRow:
    """An event on its way into the feed."""

    event_id: UUID
    type: str
    country: str
    award_country: str | None
    recogniser: str
    issuer: str | None
    payload: bytes
    traceparent: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery taken for sending."""

    id: UUID
    tenant: str
    event_id: UUID
    position: int
    attempts: int
    endpoint: UUID
    url: str
    scheme: str
    sealed_key: bytes
    payload: bytes
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Attempted:
    """What an attempt came to; `status` is None where there was no answer."""

    delivery: DueDelivery
    status: int | None
    outcome: str
    millis: int
    state: str
    due_at: datetime | None


async def append(tx: Connection, rows: Sequence[FeedRow]) -> None:
    """Appends `rows` to the feed and queues them for every endpoint subscribed to them: one statement."""
    if not rows:
        return
    await tx.execute(
        SQL["append"],
        [row.event_id for row in rows],
        [row.type for row in rows],
        [row.country for row in rows],
        [row.award_country for row in rows],
        [row.recogniser for row in rows],
        [row.issuer for row in rows],
        [row.payload for row in rows],
        [row.traceparent for row in rows],
        [row.occurred_at for row in rows],
    )


async def claim_due(tx: Connection, most: int) -> list[DueDelivery]:
    """Takes at most `most` due deliveries of active endpoints, in the order of the feed."""
    rows = await tx.fetch(SQL["claim_due"], most)
    taken = [
        DueDelivery(
            row["id"],
            row["tenant"],
            row["event_id"],
            row["position"],
            row["attempts"],
            row["endpoint"],
            row["url"],
            row["scheme"],
            row["sealed_key"],
            row["payload"],
            row["traceparent"],
        )
        for row in rows
        if row["endpoint_state"] == "active"
    ]
    return sorted(taken, key=lambda due: due.position)


async def record(tx: Connection, tried: Sequence[Attempted]) -> None:
    """Writes down what the attempts came to: one statement."""
    await tx.execute(
        SQL["record_attempts"],
        [one.delivery.id for one in tried],
        [one.delivery.tenant for one in tried],
        [one.delivery.attempts + 1 for one in tried],
        [one.status for one in tried],
        [one.outcome for one in tried],
        [one.millis for one in tried],
        [one.state for one in tried],
        [one.due_at for one in tried],
    )


async def disable(tx: Connection, endpoints: Sequence[UUID], reason: str) -> None:
    """Stops calling `endpoints`; their waiting deliveries are cancelled (the feed still has the events)."""
    await tx.execute(SQL["disable_endpoints"], list(endpoints), reason)


async def trim(tx: Connection, days: int) -> int:
    """Removes feed rows older than `days`; tells how many."""
    return int(await tx.fetchval(SQL["trim_feed"], days) or 0)
