"""From the mirror's rows to the facts on the bus, and nothing else."""

from datetime import datetime
from typing import Final

from mutua_contracts.registry import (
    AgencyChanged,
    AgencyFacts,
    CountryChanged,
    CountryFacts,
    ProviderChanged,
    ProviderFacts,
    RegistryChange,
    ReportChanged,
    ReportFacts,
    SnapshotCompleted,
)
from mutua_deqar_sync.domain import Facts, Kind, Settled, mirror_digest
from mutua_kernel.outbox import Emit, Tombstone

REGISTRY: Final = "deqar"
TENANT: Final = "registry:deqar"
"""The registry's facts belong to nobody's organisation."""

FACTS: Final[dict[Kind, type[Facts]]] = {
    "country": CountryFacts,
    "agency": AgencyFacts,
    "provider": ProviderFacts,
    "report": ReportFacts,
}

_CHANGES: Final[dict[Kind, type[RegistryChange]]] = {
    "country": CountryChanged,
    "agency": AgencyChanged,
    "provider": ProviderChanged,
    "report": ReportChanged,
}


def changed(row: Settled) -> Emit:
    """The event of a row that has changed; its key is kind and id."""
    return Emit(_data(row), key=f"{row.kind}:{row.id}", sequence=row.revision, tenant=TENANT)


def buried(kind: Kind, id: str) -> Tombstone:
    """The end of a key whose row has been gone for long enough."""
    return Tombstone(f"eu.mutua.registry.{kind}_changed.v1", f"{kind}:{id}")


def snapshot_completed(
    number: int,
    rows: list[tuple[str, str, int]],
    *,
    started_at: datetime,
    completed_at: datetime,
    unreadable: int,
) -> Emit:
    """The event that ends a complete pass; `rows` are kind, id and revision of all that are not gone."""
    counts: dict[str, int] = {}
    for kind, _, _ in rows:
        counts[kind] = counts.get(kind, 0) + 1
    data = SnapshotCompleted(
        registry=REGISTRY,
        snapshot=snapshot_id(started_at),
        started_at=started_at,
        completed_at=completed_at,
        digest=mirror_digest(rows),
        counts=counts,
        unreadable=unreadable,
    )
    return Emit(data, key=f"snapshot:{REGISTRY}", sequence=number, tenant=TENANT)


def snapshot_id(started_at: datetime) -> str:
    """Rises from snapshot to snapshot, also as text."""
    return started_at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _data(row: Settled) -> RegistryChange:
    return _CHANGES[row.kind].model_validate(
        {
            "registry": REGISTRY,
            "id": row.id,
            "revision": row.revision,
            "gone": row.gone,
            "withheld": row.withheld,
            "listed_at": row.listed_at,
            "detailed_at": row.detailed_at,
            "facts": row.facts,
        }
    )
