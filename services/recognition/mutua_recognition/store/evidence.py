"""What evaluations rest on: issuers and the rows of the registry."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mutua_contracts.issuer import IssuerChanged
from mutua_kernel.database import Connection
from mutua_recognition.domain.registry import KINDS, Change
from mutua_recognition.issuers import KnownIssuer
from mutua_recognition.projections import identifier_relation
from mutua_recognition.store.queries import SQL


async def load_issuers(
    tx: Connection, identities: Sequence[str], entities: Sequence[str]
) -> list[KnownIssuer]:
    """Issuers by web identity or by entity id."""
    return _known(await tx.fetch(SQL["issuers_of"], list(identities), list(entities)))


async def load_seal_holders(tx: Connection, numbers: Sequence[str]) -> list[KnownIssuer]:
    """Issuers with an identifier that ends in one of these numbers."""
    return _known(await tx.fetch(SQL["issuers_by_number"], list(numbers)))


def _known(rows: Sequence[Mapping[str, Any]]) -> list[KnownIssuer]:
    return [
        KnownIssuer(IssuerChanged.model_validate_json(row["content"]), row["received_at"]) for row in rows
    ]


@dataclass(frozen=True, slots=True)
class SnapshotPassed:
    """A completed snapshot that the projection has passed."""

    id: str
    started_at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class RegistryRows:
    """What the mirror knows about some providers: rows, ids by name, and the last completed snapshot."""

    changes: tuple[Change, ...]
    by_name: dict[str, tuple[str, ...]]
    snapshot: SnapshotPassed | None


async def load_registry(
    tx: Connection, providers: Sequence[str], identifiers: Sequence[tuple[str, str]], names: Sequence[str]
) -> RegistryRows:
    """Every row that questions about these providers may need: one statement."""
    keys = [identifier_relation(scheme, value) for scheme, value in identifiers]
    rows = await tx.fetch(
        SQL["registry_for"],
        list(providers),
        [relation for relation, _ in keys],
        [value for _, value in keys],
        list(names),
    )
    by_name: dict[str, list[str]] = {}
    changes: list[Change] = []
    snapshot: SnapshotPassed | None = None
    models = {kind: model for model, kind in KINDS.items()}
    for row in rows:
        kind: str = row["kind"]
        if kind in models:
            changes.append(models[kind].model_validate_json(row["content"]))
            continue
        content: dict[str, str] = json.loads(row["content"])
        if kind == "candidate":
            by_name.setdefault(content["name"], []).append(content["provider"])
        else:
            started = datetime.fromisoformat(content["started_at"])
            snapshot = SnapshotPassed(content["snapshot"], started, content["digest"])
    return RegistryRows(tuple(changes), {name: tuple(sorted(ids)) for name, ids in by_name.items()}, snapshot)
