"""A leader that is frozen past its session and thaws: another has taken over, nothing is lost, and what is
published twice is never published in another order."""

import asyncio
import json
import signal
import time
from collections import defaultdict
from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from ledger.facts import issued
from ledger.processes import Process

from mutua_contracts import topic_name
from mutua_kernel import outbox
from mutua_kernel.clock import SystemClock
from mutua_kernel.database import Pool
from mutua_kernel.outbox import Emit, Sealer
from mutua_local.broker import Broker

pytestmark = [pytest.mark.servers, pytest.mark.kafka, pytest.mark.storm, pytest.mark.timeout(600)]

KEYS = 5


class Writer:
    """States facts without a pause, as a service under load."""

    def __init__(self, pool: Pool) -> None:
        self.last = 0
        self._pool = pool
        self._sealer = Sealer("issuer")

    async def run(self) -> None:
        while True:
            await self.step()
            await asyncio.sleep(0.02)

    async def step(self) -> None:
        sequence = self.last + 1
        rows = [self._row(f"k{number}", sequence) for number in range(KEYS)]
        async with self._pool.acquire() as connection, connection.transaction():
            await outbox.write(connection, rows)
        self.last = sequence

    def _row(self, key: str, sequence: int) -> outbox.Outgoing:
        fact = Emit(issued(key, sequence).data, key=key, sequence=sequence, tenant="DEQARINST7105")
        return self._sealer.seal(fact, at=SystemClock().now(), traceparent=None)


async def published(broker: Broker, topic: str) -> list[tuple[str, int]]:
    """Every record of the topic, as (key, sequence)."""
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, enable_auto_commit=False)
    await consumer.start()
    places = [TopicPartition(topic, number) for number in range(4)]
    consumer.assign(places)
    await consumer.seek_to_beginning(*places)
    ends = await consumer.end_offsets(places)
    found: list[tuple[str, int]] = []
    async with asyncio.timeout(60):
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [(record.key.decode(), json.loads(record.value)["sequence"]) for record in records]
    await consumer.stop()
    return found


@pytest.mark.parametrize("freezes", [1, 8])
async def test_a_leader_that_thaws_reorders_nothing(
    start: Callable[..., Process], pool: Pool, kafka_broker: Broker, namespace: str, freezes: int
) -> None:
    relays = {name: start("relay", instance=name) for name in ("one", "two")}
    for process in relays.values():
        process.until_ready()
    writer = Writer(pool)
    writing = asyncio.create_task(writer.run())
    for _ in range(freezes):
        leader = await leading(relays)
        relays[leader].signal(signal.SIGSTOP)
        (other,) = set(relays) - {leader}
        frozen = time.monotonic()
        await leading({other: relays[other]})
        assert time.monotonic() - frozen < 15
        relays[leader].signal(signal.SIGCONT)
        await asyncio.sleep(0.5)  # the thawed one does whatever it does
    writing.cancel()
    async with asyncio.timeout(60):
        while await pool.fetchval("select count(*) from outbox") > 0:
            await asyncio.sleep(0.05)
    found = await published(kafka_broker, topic_name(namespace, "mutua.credential"))
    first: defaultdict[str, list[int]] = defaultdict(list)
    for key, sequence in found:
        if sequence not in first[key]:
            first[key].append(sequence)
    for number in range(KEYS):
        # The writer may have been stopped between its commit and its count.
        assert first[f"k{number}"][: writer.last] == list(range(1, writer.last + 1))
    assert stale(found) == []


def stale(records: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Keys whose last record is not their newest: on a compacted topic it would be taken for the state."""
    last = dict(records)
    newest: defaultdict[str, int] = defaultdict(int)
    for key, sequence in records:
        newest[key] = max(newest[key], sequence)
    return [(key, sequence) for key, sequence in last.items() if sequence != newest[key]]


async def leading(relays: dict[str, Process]) -> str:
    """Which of the processes leads."""
    async with asyncio.timeout(30):
        while True:
            for name, process in relays.items():
                if await asyncio.to_thread(process.metric, 'mutua_relay_leader{shard="0"}') == 1:
                    return name
            await asyncio.sleep(0.05)
