"""What other services told, row by row: issuers, the registry, and its last completed snapshot."""

from collections.abc import Sequence

from mutua_contracts.registry import SnapshotCompleted
from mutua_kernel.database import Connection
from mutua_recognition.projections import IssuerRow, RegistryRow
from mutua_recognition.store.queries import SQL, columns


async def project_issuers(tx: Connection, rows: Sequence[IssuerRow]) -> None:
    """Writes issuers' newest states; `rows` may hold one issuer several times."""
    newest = {row.id: row for row in sorted(rows, key=lambda row: row.sequence)}
    found = list(newest.values())
    await tx.execute(
        SQL["project_issuers"],
        *columns(found, "id sequence iss content"),
    )


async def project_registry(tx: Connection, rows: Sequence[RegistryRow]) -> None:
    """Writes the registry's newest rows and their links; `rows` may hold one row several times."""
    newest = {(row.kind, row.id): row for row in sorted(rows, key=lambda row: row.revision)}
    found = list(newest.values())
    links = [link for row in found for link in row.links]
    await tx.execute(
        SQL["project_registry"],
        *columns(found, "kind id revision gone content"),
        *columns(links, "kind id relation target"),
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
