"""From the outbox to the broker: one leader a shard, in order of position, deleted after the acknowledgement.

The leader holds an advisory lock on a session that the server ends when its process freezes, and deletes
on that same session. Batches are built per partition, one in flight each; after an error nothing later of
that partition is sent. A doubled publish is legal, a reordered one is not: consumers know repeats by event
id.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordTooLargeError
from opentelemetry.trace import SpanKind

from mutua_kernel import metrics, telemetry
from mutua_kernel.database import is_infrastructure, load_queries
from mutua_kernel.partition import partition_of

SQL = load_queries("mutua_kernel")

_LOCK_SPACE = 0x6D757475
"""First half of the advisory locks' ids; the second is the shard and the schema."""

IDLE_SESSION_SECONDS = 3
"""The server ends a leader's session that is silent for so long: its lock is then free for another."""
SILENT_SECONDS = IDLE_SESSION_SECONDS * 0.8
"""After so long without a word to the server nothing more is sent."""
FIRST_PAUSE = 0.1
"""Seconds before the first new attempt after an error; they double until something is published."""
SMALLEST_BATCH = 16_384
"""Bytes of a record batch that every broker takes."""


class LostLeadership(Exception):
    """This process stood still for so long that another one may lead: what it holds in memory is stale.

    Published after newer facts, it would be taken for the latest state of its key by whoever reads a
    compacted topic from its beginning.
    """


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the outbox, ready to send; no payload is a tombstone."""

    position: int
    topic: str
    key: bytes
    payload: bytes | None
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """How a relay works. `batch` rows at once; pauses in seconds."""

    bootstrap: str
    namespace: str | None
    client_id: str
    batch: int = 500
    max_batch_bytes: int = 1_000_000
    idle_from: float = 0.01
    idle_to: float = 0.05


class Wakeup:
    """Tells the relay of the same process that there is something to publish; others find it by polling."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        """Wakes the relay."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Returns when woken, or after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()


class Relay:
    """Publishes one shard of a service's outbox for as long as it is the leader; waits for its turn
    otherwise."""

    def __init__(self, database_url: str, settings: RelaySettings, *, shard: int, wakeup: Wakeup) -> None:
        self.leading = False
        self.progressed_at = time.monotonic()
        self._url = database_url
        self._settings = settings
        self._shard = shard
        self._batch_bytes = settings.max_batch_bytes
        self._pause = FIRST_PAUSE
        self._heard = time.monotonic()
        self._wakeup = wakeup
        self._stopping = False
        self._log = telemetry.logger(f"relay.{shard}")

    def stop(self) -> None:
        """Asks `run` to end after the batch in flight."""
        self._stopping = True
        self._wakeup.set()

    async def run(self) -> None:
        """Leads or waits until `stop`; broken infrastructure is tried again with growing pauses."""
        while not self._stopping:
            try:
                await self._one_session()
            except Exception as error:
                if not (is_infrastructure(error) or isinstance(error, KafkaError | LostLeadership)):
                    raise
                metrics.RELAY_ERRORS.labels(type(error).__name__).inc()
                self._log.warning("relay lost its footing, trying again", cause=type(error).__name__)
                await asyncio.sleep(self._pause * random.uniform(0.5, 1.5))  # noqa: S311
                self._pause = min(self._pause * 2, 5.0)
            finally:
                self.leading = False
                metrics.RELAY_LEADER.labels(str(self._shard)).set(0)

    async def _one_session(self) -> None:
        session = await asyncpg.connect(
            self._url,
            command_timeout=30,
            server_settings={
                "application_name": f"relay-{self._shard}",
                "idle_session_timeout": f"{IDLE_SESSION_SECONDS}s",
                # Silent in the middle of an answer is not idle: then the unread bytes end the session.
                "tcp_user_timeout": f"{IDLE_SESSION_SECONDS}s",
                # A deletion that a crash of the server undoes is published once more, which is legal.
                "synchronous_commit": "off",
            },
        )
        try:
            while not self._stopping and not await self._take_lead(session):
                self.progressed_at = time.monotonic()
                await self._wakeup.wait(1.0)
            if not self._stopping:
                await self._lead(session)
        finally:
            await session.close(timeout=2)

    async def _take_lead(self, session: asyncpg.Connection) -> bool:
        taken = await session.fetchval(
            "select pg_try_advisory_lock($1, hashtext(current_schema() || ':' || $2::text))",
            _LOCK_SPACE,
            str(self._shard),
        )
        self.leading = bool(taken)
        return self.leading

    async def _lead(self, session: asyncpg.Connection) -> None:
        metrics.RELAY_LEADER.labels(str(self._shard)).set(1)
        # A producer of its own for each session: an idempotent one can stay broken after an outage.
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.bootstrap,
            client_id=self._settings.client_id,
            enable_idempotence=True,
            acks="all",
            max_batch_size=self._batch_bytes,
            max_request_size=self._settings.max_batch_bytes + 100_000,
            request_timeout_ms=20_000,
        )
        try:
            async with self._beating(session):
                await producer.start()
            pause = self._settings.idle_from
            while not self._stopping:
                rows = await self._take(session)
                self.progressed_at = time.monotonic()
                if not rows:
                    await self._wakeup.wait(pause)
                    pause = min(pause * 1.5, self._settings.idle_to)
                    continue
                pause = self._settings.idle_from
                await self._publish(session, producer, rows)
        finally:
            await producer.stop()

    async def _take(self, session: asyncpg.Connection) -> list[Row]:
        asked = time.monotonic()
        found = await session.fetch(SQL["take_batch"], self._shard, self._settings.batch)
        if time.monotonic() - asked > SILENT_SECONDS:
            # A slow server, or this process stood still: the session tells, the server has ended it then.
            asked = time.monotonic()
            await session.execute("select 1")
        self._heard = asked
        return [
            Row(row["position"], row["topic"], row["key"].encode(), row["payload"], row["traceparent"])
            for row in found
        ]

    async def _publish(
        self, session: asyncpg.Connection, producer: AIOKafkaProducer, rows: Sequence[Row]
    ) -> None:
        traces = (row.traceparent for row in rows)
        attributes: dict[str, str | int] = {
            "messaging.system": "kafka",
            "messaging.batch.message_count": len(rows),
        }
        with telemetry.batch_span("send outbox", traces, kind=SpanKind.PRODUCER, attributes=attributes):
            lanes = await self._by_partition(producer, rows)
            async with self._beating(session):
                sent = await asyncio.gather(
                    *(
                        self._send(producer, topic, partition, lane)
                        for (topic, partition), lane in lanes.items()
                    )
                )
        await self._settle(session, sent)

    async def _settle(self, session: asyncpg.Connection, lanes: Sequence["_Sent"]) -> None:
        """Deletes what was acknowledged, blocks what can never be sent, and raises the first other error."""
        acknowledged = [row.position for lane in lanes for row in lane.acknowledged]
        if acknowledged:
            # On the leader's session: if it is gone, so is the lead, and the rows are published once more.
            await session.execute(SQL["published"], acknowledged)
            self._pause = FIRST_PAUSE
        for lane in lanes:
            if lane.acknowledged:
                metrics.RELAY_PUBLISHED.labels(lane.acknowledged[0].topic).inc(len(lane.acknowledged))
            if lane.refused is not None:
                await session.execute(SQL["block_row"], lane.refused.position, "too_large_for_broker")
                self._batch_bytes = self._settings.max_batch_bytes
                self._log.error(
                    "the broker refuses a fact for its size; its key waits",
                    size=len(lane.refused.payload or b""),
                )
        for lane in lanes:
            if lane.error is not None:
                raise lane.error

    @asynccontextmanager
    async def _beating(self, session: asyncpg.Connection) -> AsyncGenerator[None]:
        """Keeps the session alive while the broker is slow; a frozen process stops beating and loses the
        lead."""
        done = asyncio.Event()
        beat = asyncio.create_task(self._heartbeat(session, done))
        try:
            yield
        finally:
            done.set()
            await beat

    async def _heartbeat(self, session: asyncpg.Connection, done: asyncio.Event) -> None:
        while not done.is_set():
            try:
                async with asyncio.timeout(IDLE_SESSION_SECONDS / 3):
                    await done.wait()
            except TimeoutError:
                asked = time.monotonic()
                await session.execute("select 1")
                self._heard = asked

    async def _by_partition(
        self, producer: AIOKafkaProducer, rows: Sequence[Row]
    ) -> dict[tuple[str, int], list[Row]]:
        partitions: dict[str, int] = {}
        lanes: defaultdict[tuple[str, int], list[Row]] = defaultdict(list)
        for row in rows:
            if row.topic not in partitions:
                partitions[row.topic] = len(await producer.partitions_for(self._full_name(row.topic)))
            lanes[(row.topic, partition_of(row.key, partitions[row.topic]))].append(row)
        return lanes

    def _full_name(self, topic: str) -> str:
        return f"{self._settings.namespace}.{topic}" if self._settings.namespace else topic

    async def _send(
        self, producer: AIOKafkaProducer, topic: str, partition: int, lane: Sequence[Row]
    ) -> "_Sent":
        """Sends a partition's rows in order, batch after batch; stops at the first that is not
        acknowledged."""
        acknowledged: list[Row] = []
        rest = list(lane)
        while rest:
            builder = producer.create_batch()
            size = 0
            for row in rest:
                if builder.append(key=row.key, value=row.payload, timestamp=None) is None:
                    break  # full: the rest goes into the next batch
                size += 1
            if size == 0:
                return _Sent(acknowledged, refused=rest[0])
            builder.close()
            if time.monotonic() - self._heard > SILENT_SECONDS:
                return _Sent(acknowledged, error=LostLeadership())
            try:
                ack = await producer.send_batch(builder, self._full_name(topic), partition=partition)
                await ack
            except (MessageSizeTooLargeError, RecordTooLargeError) as error:
                if size == 1:
                    return _Sent(acknowledged, refused=rest[0])
                # The broker's limit is lower than ours: the next session builds smaller batches.
                self._batch_bytes = max(self._batch_bytes // 2, SMALLEST_BATCH)
                return _Sent(acknowledged, error=error)
            except KafkaError as error:
                return _Sent(acknowledged, error=error)
            acknowledged += rest[:size]
            rest = rest[size:]
        return _Sent(acknowledged)


@dataclass(frozen=True, slots=True)
class _Sent:
    acknowledged: list[Row]
    refused: Row | None = None
    error: KafkaError | LostLeadership | None = None
