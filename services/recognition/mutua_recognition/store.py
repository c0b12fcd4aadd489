"""Recognition's SQL, called by name with columns; every statement handles a whole batch."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from mutua_contracts.registry import SnapshotCompleted
from mutua_kernel.database import Connection, load_queries
from mutua_recognition.projections import IssuerRow, RegistryRow

SQL = load_queries("mutua_recognition")


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """A credential from the bus."""

    id: str
    issuer: str
    awarding_body: str
    country: str
    component: str | None
    award_date: date
    format: str
    digest: str
    body: str


@dataclass(frozen=True, slots=True)
class RuleRequest:
    """A request that a standing rule makes of an issued credential."""

    id: UUID
    recogniser: str
    credential: str
    purpose: str
    target: str | None
    """The target as JSON."""
    regime: str
    rule: str
    country: str
    issuer: str
    award_country: str
    cause: str
    traceparent: str | None


async def project_issuers(tx: Connection, rows: Sequence[IssuerRow]) -> None:
    """Writes issuers' newest states; `rows` may hold one issuer several times."""
    newest = {row.id: row for row in sorted(rows, key=lambda row: row.sequence)}
    found = list(newest.values())
    await tx.execute(
        SQL["project_issuers"],
        [row.id for row in found],
        [row.sequence for row in found],
        [row.iss for row in found],
        [row.content for row in found],
    )


async def project_registry(tx: Connection, rows: Sequence[RegistryRow]) -> None:
    """Writes the registry's newest rows and their links; `rows` may hold one row several times."""
    newest = {(row.kind, row.id): row for row in sorted(rows, key=lambda row: row.revision)}
    found = list(newest.values())
    links = [link for row in found for link in row.links]
    await tx.execute(
        SQL["project_registry"],
        [row.kind for row in found],
        [row.id for row in found],
        [row.revision for row in found],
        [row.gone for row in found],
        [row.content for row in found],
        [link.kind for link in links],
        [link.id for link in links],
        [link.relation for link in links],
        [link.target for link in links],
    )


async def project_snapshot(tx: Connection, snapshot: SnapshotCompleted) -> None:
    """Writes the newest completed snapshot."""
    await tx.execute(
        SQL["project_snapshot"],
        snapshot.snapshot,
        snapshot.started_at,
        snapshot.completed_at,
        snapshot.digest,
    )


async def store_issued(
    tx: Connection,
    credentials: Sequence[IssuedCredential],
    requests: Sequence[RuleRequest],
    *,
    now: datetime,
    patience: float,
) -> None:
    """Writes issued credentials, the requests that rules make of them, and queues these: one statement."""
    await tx.execute(
        SQL["store_issued"],
        [one.id for one in credentials],
        [one.issuer for one in credentials],
        [one.awarding_body for one in credentials],
        [one.country for one in credentials],
        [one.component for one in credentials],
        [one.award_date for one in credentials],
        [one.format for one in credentials],
        [one.digest for one in credentials],
        [one.body for one in credentials],
        [one.id for one in requests],
        [one.recogniser for one in requests],
        [one.credential for one in requests],
        [one.purpose for one in requests],
        [one.target for one in requests],
        [one.regime for one in requests],
        [one.rule for one in requests],
        [one.country for one in requests],
        [one.issuer for one in requests],
        [one.award_country for one in requests],
        [one.cause for one in requests],
        now,
        [one.traceparent for one in requests],
        patience,
    )


def compact(value: object) -> str:
    """JSON for a jsonb column."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
