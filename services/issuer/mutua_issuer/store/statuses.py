"""Rows of status lists, of their snapshots and of changes of a status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from mutua_issuer.domain.status import Change, Kind, Status
from mutua_issuer.store.queries import SQL
from mutua_kernel.database import Connection


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One list as it was published."""

    institution: str
    published_at: datetime
    document: str


async def take_open_list(tx: Connection, group: date | None, most_used: int) -> UUID | None:
    """A list of the group with at most so many indices given away, held by this transaction alone."""
    return await tx.fetchval(SQL["take_open_list"], group, most_used)


async def add_list(tx: Connection, tenant: str, number: UUID, group: date | None, at: datetime) -> None:
    """Stores a new list."""
    await tx.execute(SQL["add_list"], number, tenant, group, at)


async def free_indices(tx: Connection, number: UUID, drawn: Sequence[int], most: int) -> list[int]:
    """The first `most` of the indices `drawn` that no credential has."""
    rows = await tx.fetch(SQL["free_indices"], number, drawn, most)
    return [row["index"] for row in rows]


async def count_used(tx: Connection, number: UUID, more: int) -> None:
    """Counts indices that were given away."""
    await tx.execute(SQL["count_used"], number, more)


async def lock_list(tx: Connection, number: UUID) -> datetime:
    """Holds a list for the one who publishes it; answers when it was published last."""
    at = await tx.fetchval(SQL["lock_list"], number)
    assert at is not None, "lists are never removed"
    return at


async def lists_of(tx: Connection) -> list[UUID]:
    """Every list of the tenant, in the order in which they are held."""
    return [row["id"] for row in await tx.fetch(SQL["lists_of"])]


async def due_lists(tx: Connection, before: datetime, today: date) -> list[UUID]:
    """Lists that were published last before an instant and still hold a credential that has not expired."""
    return [row["id"] for row in await tx.fetch(SQL["due_lists"], before, today)]


async def states(tx: Connection, number: UUID) -> dict[int, Status]:
    """Every index of a list whose credential is not valid."""
    return {row["status_index"]: row["status"] for row in await tx.fetch(SQL["states"], number)}


async def publish_list(
    tx: Connection,
    tenant: str,
    number: UUID,
    documents: Mapping[Kind, str],
    published_at: datetime,
    valid_until: datetime,
) -> None:
    """Stores the snapshots of a list. The caller holds it."""
    kinds = sorted(documents)
    texts = [documents[kind] for kind in kinds]
    await tx.execute(SQL["add_snapshots"], number, tenant, kinds, texts, published_at, valid_until)
    await tx.execute(SQL["list_published"], number, published_at)


async def snapshot(tx: Connection, number: UUID, kind: str, at: datetime | None) -> Snapshot | None:
    """The snapshot that was in force at `at`, or the latest one. Read without a tenant: it is public."""
    row = await tx.fetchrow(SQL["snapshot"], number, kind, at)
    return None if row is None else Snapshot(**dict(row))


async def change_status(tx: Connection, tenant: str, change: Change, by: str) -> int:
    """Stores a change of a credential that the caller holds; answers the credential's new version."""
    version = await tx.fetchval(SQL["change_status"], change.credential, change.status)
    assert version is not None, "whoever calls has locked it"
    await tx.execute(
        SQL["add_status_change"],
        tenant,
        change.credential,
        version,
        change.previous,
        change.status,
        change.reason,
        change.at,
        by,
    )
    return version
