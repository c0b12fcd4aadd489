"""Facts on their way out: written in the same transaction as the state they speak of, as final wire bytes.

A service says what happened (`Emit`); the kernel makes the event, encodes it once and writes one row. Whoever
emits holds the lock of the aggregate, so the order of rows of a key is the order of its versions.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from mutua_contracts import EVENTS, Envelope, encode, event_type_of
from mutua_contracts.model import Wire
from mutua_contracts.topics import topic
from mutua_kernel.database import Connection
from mutua_kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class Emit:
    """A fact to publish: `key` is the record's key, `sequence` the aggregate's version after the fact.

    `event_id` is None for a fact stated for the first time (it gets a UUIDv7); an effect passes its
    derived id.
    """

    data: Wire
    key: str
    sequence: int
    tenant: str
    event_id: UUID | None = None
    correlation: str | None = None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The end of a key on a compacted topic: published some days after its last event, which said `gone`.

    `type` is the type of that event; its declared topic is where the key is forgotten.
    """

    type: str
    key: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One row of the outbox; a tombstone has no payload."""

    shard: int
    topic: str
    key: str
    event_id: UUID
    type: str
    payload: bytes | None
    traceparent: str | None


class Sealer:
    """Makes final wire bytes of facts; knows the service's name and its number of relay shards."""

    def __init__(self, service: str, *, shards: int = 1) -> None:
        self._source = f"urn:mutua:{service}"
        self._shards = shards

    def seal(self, emit: Emit, *, at: datetime, traceparent: str | None) -> Outgoing:
        """The row for `emit`. Raises `mutua_contracts.InvalidEvent` where it breaks the contract or is too
        large."""
        declared = event_type_of(emit.data)
        event_id = emit.event_id or new_id()
        envelope: Envelope[Any] = Envelope[declared.model](
            id=event_id,
            source=self._source,
            type=declared.name,
            subject=emit.key,
            time=at,
            dataschema=f"urn:mutua:schema:{declared.name}:writer",
            partitionkey=emit.key,
            sequence=emit.sequence,
            tenant=emit.tenant,
            traceparent=traceparent,
            correlationid=emit.correlation,
            data=emit.data,
        )
        return Outgoing(
            shard=self._shard_of(emit.key),
            topic=declared.topic,
            key=emit.key,
            event_id=event_id,
            type=declared.name,
            payload=encode(envelope),
            traceparent=traceparent,
        )

    def bury(self, tombstone: Tombstone) -> Outgoing:
        """The row for `tombstone`. Raises ValueError where the topic is not compacted."""
        declared = topic(EVENTS[tombstone.type].topic)
        if not declared.compacted:
            raise ValueError(f"found a tombstone for {declared.name}, expected a compacted topic")
        return Outgoing(
            shard=self._shard_of(tombstone.key),
            topic=declared.name,
            key=tombstone.key,
            event_id=new_id(),
            type=tombstone.type,
            payload=None,
            traceparent=None,
        )

    def _shard_of(self, key: str) -> int:
        return zlib.crc32(key.encode()) % self._shards


INSERT = """
insert into outbox (shard, topic, key, event_id, type, payload, traceparent)
select o.shard, o.topic, o.key, o.event_id, o.type, o.payload, o.traceparent
from unnest($1::smallint[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::bytea[], $7::text[])
     with ordinality as o (shard, topic, key, event_id, type, payload, traceparent, n)
order by o.n
"""


def columns(rows: Sequence[Outgoing]) -> tuple[list[Any], ...]:
    """The rows as the columns that `INSERT` takes."""
    return (
        [row.shard for row in rows],
        [row.topic for row in rows],
        [row.key for row in rows],
        [row.event_id for row in rows],
        [row.type for row in rows],
        [row.payload for row in rows],
        [row.traceparent for row in rows],
    )


async def write(tx: Connection, rows: Sequence[Outgoing]) -> None:
    """Writes `rows` in their order, in one statement."""
    if rows:
        await tx.execute(INSERT, *columns(rows))
