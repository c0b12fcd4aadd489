"""Recognition's SQL for batches, called by name with columns: one statement each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from mutua_contracts.issuer import IssuerChanged
from mutua_contracts.registry import SnapshotCompleted
from mutua_kernel.database import Connection, load_queries
from mutua_recognition.domain.registry import KINDS, Change
from mutua_recognition.issuers import KnownIssuer
from mutua_recognition.projections import CompromisedKey, IssuerRow, RegistryRow, identifier_relation
from mutua_recognition.statuses import Status, StatusRow

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
        *_columns(found, "id sequence iss content"),
    )


async def project_registry(tx: Connection, rows: Sequence[RegistryRow]) -> None:
    """Writes the registry's newest rows and their links; `rows` may hold one row several times."""
    newest = {(row.kind, row.id): row for row in sorted(rows, key=lambda row: row.revision)}
    found = list(newest.values())
    links = [link for row in found for link in row.links]
    await tx.execute(
        SQL["project_registry"],
        *_columns(found, "kind id revision gone content"),
        *_columns(links, "kind id relation target"),
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
        *_columns(credentials, "id issuer awarding_body country component award_date format digest body"),
        *_columns(
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
            *_columns(said, "credential issuer sequence status reason changed_at"),
            *_columns(rows, "revisit cause"),
            now,
        )
    )


async def follow_compromise(
    tx: Connection, keys: Sequence[CompromisedKey], *, now: datetime
) -> list[Mapping[str, Any]]:
    """Looks for what rests on compromised keys; answers the requests whose decision stands."""
    return list(await tx.fetch(SQL["follow_compromise"], *_columns(keys, "evidence since cause"), now))


async def load_statuses(tx: Connection, credentials: Sequence[str]) -> dict[str, Status]:
    """The newest that issuers said of these credentials, by credential."""
    rows = await tx.fetch(SQL["statuses_of"], list(credentials))
    return {row["credential"]: Status(**dict(row)) for row in rows}


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
        *_columns(
            found,
            "record recogniser request number outcome content content_digest inputs_digest act made_at",
        ),
        [evidence for evidence, _ in uses],
        [record for _, record in uses],
        *_columns(found, "state sequence due_on complete_on issuer award_country known_as"),
    )


def compact(value: object) -> str:
    """JSON for a jsonb column."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _columns(rows: Sequence[object], names: str) -> list[list[Any]]:
    """The named members of all rows, column by column, as set statements take them."""
    return [[getattr(row, name) for row in rows] for name in names.split()]
