"""Consuming: batches of raw records through FastStream, which lives in this file and nowhere else.

The parser never looks at headers (one that is not UTF-8 makes FastStream lose the batch); the decoder
hands over the records themselves, because key, partition and offset are needed. One offset commit follows the
database's. What nobody foresaw stops the stream visibly: asked for again at once, it would spin.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from mutua_contracts import topic_name
from mutua_kernel import metrics, telemetry
from mutua_kernel.events import Record
from mutua_kernel.process import StreamHalted

RawRecord = ConsumerRecord[bytes | None, bytes | None]

IDLE_POLL_MS = 20
"""FastStream sleeps for as long as it has waited in vain: an event of a quiet stream waits 10 ms at most on
average."""

_faststream = logging.getLogger("faststream")
_faststream.setLevel(logging.ERROR)  # a commit of offsets that failed is told here and nowhere else


@dataclass(frozen=True, slots=True)
class ConsumeSettings:
    """Where and as whom to consume. `instance` is stable, so that a restarted process takes its place at
    once."""

    bootstrap: str
    namespace: str | None
    service: str
    instance: str
    batch: int
    session_timeout_ms: int
    stop_seconds: float


class Consumer:
    """One stream: a consumer group over some declared topics, one batch at a time."""

    def __init__(
        self,
        settings: ConsumeSettings,
        *,
        name: str,
        topics: Sequence[str],
        process: Callable[[Sequence[Record]], Awaitable[None]],
    ) -> None:
        self.name = name
        self.busy_since: float | None = None
        self.finished_at = time.monotonic()
        self.halted: str | None = None
        self._process = process
        self._log = telemetry.logger(f"consumer.{name}")
        self._declared = {topic_name(settings.namespace, topic): topic for topic in topics}
        self._stopped = asyncio.Event()
        group = topic_name(settings.namespace, f"mutua.{settings.service}.{name}")
        self._broker = KafkaBroker(
            settings.bootstrap,
            client_id=f"mutua-{settings.service}-{settings.instance}",
            allow_auto_create_topics=False,
            graceful_timeout=settings.stop_seconds,
            apply_types=False,
            logger=_faststream,
        )
        self._subscriber = self._broker.subscriber(
            *self._declared,
            batch=True,
            group_id=group,
            group_instance_id=f"{group}.{settings.instance}",
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            max_records=settings.batch,
            batch_timeout_ms=IDLE_POLL_MS,
            session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=max(settings.session_timeout_ms // 5, 200),
            max_poll_interval_ms=600_000,
            parser=_without_headers,
            decoder=_the_records,
        )
        self._subscriber(self._handle)

    async def start(self) -> None:
        """Joins the group. Topics must exist."""
        await self._broker.start()

    async def stop(self) -> None:
        """Lets the running batch finish (within the time that the settings give) and leaves."""
        self._stopped.set()
        await self._broker.stop()

    @property
    def client(self) -> AIOKafkaConsumer | None:
        """The client underneath, once started."""
        return self._subscriber.consumer

    def owns(self, topic: str, partition: int) -> bool:
        """Whether a partition of a declared topic is assigned to this process now."""
        return any(name == topic and number == partition for name, number in self.assignment())

    def assignment(self) -> set[tuple[str, int]]:
        """The partitions assigned to this process now, by declared topic."""
        client = self.client
        if client is None:
            return set()
        return {(self._declared[place.topic], place.partition) for place in client.assignment()}

    async def lag(self) -> int:
        """Events on the assigned partitions that this process has not fetched yet, as the client knows it."""
        client = self.client
        if client is None:
            return 0
        behind = 0
        for place in client.assignment():
            try:
                end = client.highwater(place)
                if end is not None:
                    behind += max(end - await client.position(place), 0)
            except KafkaError:  # taken away from this process meanwhile
                continue
        return behind

    async def _handle(self, records: list[RawRecord]) -> None:
        self.busy_since = time.monotonic()
        try:
            await self._process([self._record(raw) for raw in records])
            metrics.LAG_EVENTS.labels(self.name).set(await self.lag())
        except Exception as error:
            # Neither acknowledged nor asked for again: the stream stands still until an operator restarts it.
            self.halted = str(error) if isinstance(error, StreamHalted) else f"a bug ({type(error).__name__})"
            metrics.HALTED.labels(self.name).set(1)
            self._log.critical("stream halted", cause=self.halted, exc_info=error)
            await self._stopped.wait()
            raise
        finally:
            self.busy_since = None
            self.finished_at = time.monotonic()

    def _record(self, raw: RawRecord) -> Record:
        at = datetime.fromtimestamp(raw.timestamp / 1000, UTC) if raw.timestamp > 0 else None
        return Record(self._declared[raw.topic], raw.partition, raw.offset, raw.key, raw.value, at)


async def _without_headers(
    message: tuple[RawRecord, ...], original: Callable[[tuple[RawRecord, ...]], Awaitable[KafkaMessage]]
) -> KafkaMessage:
    """FastStream's own parser, kept from seeing headers; the records themselves are put back.

    It needs the first and the last one only, for the message's id.
    """
    ends = message if len(message) < 3 else (message[0], message[-1])
    parsed = await original(tuple(replace(record, headers=()) for record in ends))
    parsed.raw_message = message
    return parsed


async def _the_records(message: KafkaMessage, _original: Any) -> list[RawRecord]:
    return list(message.raw_message) if isinstance(message.raw_message, tuple) else [message.raw_message]
