"""Credentials from the bus, the requests that rules make of them, and what issuers said of them later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from mutua_kernel.database import Connection
from mutua_recognition.projections import CompromisedKey
from mutua_recognition.statuses import Status, StatusRow
from mutua_recognition.store.queries import SQL, columns


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
        *columns(credentials, "id issuer awarding_body country component award_date format digest body"),
        *columns(
            requests,
            "id recogniser credential purpose target regime rule country issuer award_country cause",
        ),
        now,
        [one.traceparent for one in requests],
        patience,
    )


async def store_statuses(
    tx: Connection, rows: Sequence[StatusRow], *, now: datetime
) -> list[Mapping[str, Any]]:
    """Writes what issuers said of credentials; answers the requests whose decision a person has to look at,
    or need not any more: one statement."""
    said = [row.status for row in rows]
    return list(
        await tx.fetch(
            SQL["store_statuses"],
            *columns(said, "credential issuer sequence status reason changed_at"),
            *columns(rows, "revisit cause"),
            now,
        )
    )


async def follow_compromise(
    tx: Connection, keys: Sequence[CompromisedKey], *, now: datetime
) -> list[Mapping[str, Any]]:
    """Looks for what rests on compromised keys; answers the requests whose decision stands."""
    return list(await tx.fetch(SQL["follow_compromise"], *columns(keys, "evidence since cause"), now))


async def load_statuses(tx: Connection, credentials: Sequence[str]) -> dict[str, Status]:
    """The newest that issuers said of these credentials, by credential."""
    rows = await tx.fetch(SQL["statuses_of"], list(credentials))
    return {row["credential"]: Status(**dict(row)) for row in rows}
