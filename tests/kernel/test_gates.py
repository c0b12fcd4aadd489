"""What a batch costs, counted and not timed: the same on every machine, so a gate and not a benchmark.

Statements of the processor are counted in test_process.py.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from ledger.facts import issued

from mutua_contracts import encode, topic_name
from mutua_kernel import outbox
from mutua_kernel.clock import SystemClock
from mutua_kernel.consume import Consumer, ConsumeSettings
from mutua_kernel.database import Pool
from mutua_kernel.events import Record
from mutua_kernel.outbox import Emit, Sealer
from mutua_kernel.process import Processor
from mutua_kernel.relay import Relay, RelaySettings, Wakeup
from mutua_local.broker import Broker
from mutua_local.roles import Database

pytestmark = pytest.mark.servers

TOPIC = "mutua.credential"
PARTITIONS = 4


def counted(monkeypatch: pytest.MonkeyPatch, kind: type, name: str, calls: list[tuple[Any, ...]]) -> None:
    """Notes the arguments of every call of a method."""
    original = getattr(kind, name)

    def call(self: object, *arguments: object, **more: object) -> object:
        calls.append((*arguments, *more.values()))
        return original(self, *arguments, **more)

    monkeypatch.setattr(kind, name, call)


async def test_a_batch_is_one_commit_of_offsets(
    processor: Processor, pool: Pool, topics_of: Broker, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=topics_of.bootstrap, linger_ms=20)
    await producer.start()
    for number in range(400):
        key = f"k{number % 40}"
        await producer.send(topic_name(namespace, TOPIC), encode(issued(key, 1 + number // 40)), key.encode())
    await producer.stop()
    commits: list[tuple[Any, ...]] = []
    sizes: list[int] = []
    counted(monkeypatch, AIOKafkaConsumer, "commit", commits)

    async def process(records: Sequence[Record]) -> None:
        sizes.append(len(records))
        await processor.process(records)

    settings = ConsumeSettings(topics_of.bootstrap, namespace, "ledger", "1", 100, 6000, 5)
    consumer = Consumer(settings, name="ledger", topics=[TOPIC], process=process)
    await consumer.start()
    async with asyncio.timeout(30):
        while await pool.fetchval("select count(*) from ledger_entry") < 400:
            await asyncio.sleep(0.02)
    await consumer.stop()
    assert sum(sizes) == 400
    assert max(sizes) <= 100
    assert len(commits) == len(sizes)


async def test_a_batch_of_the_relay_is_two_statements_and_one_produce_a_partition(
    pool: Pool, ledger: Database, topics_of: Broker, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealer, now = Sealer("issuer"), SystemClock().now()
    rows = [
        sealer.seal(
            Emit(issued(f"k{n}", 1).data, key=f"k{n}", sequence=1, tenant="DEQARINST7105"),
            at=now,
            traceparent=None,
        )
        for n in range(400)
    ]
    async with pool.acquire() as connection, connection.transaction():
        await outbox.write(connection, rows)
    produced: list[tuple[Any, ...]] = []
    asked: list[tuple[Any, ...]] = []
    counted(monkeypatch, AIOKafkaProducer, "send_batch", produced)
    for name in ("fetch", "execute"):
        counted(monkeypatch, asyncpg.Connection, name, asked)
    settings = RelaySettings(topics_of.bootstrap, namespace, f"relay-{secrets.token_hex(3)}", batch=200)
    relay = Relay(ledger.url("issuer_worker"), settings, shard=0, wakeup=Wakeup())
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(30):
        while await pool.fetchval("select count(*) from outbox") > 0:
            await asyncio.sleep(0.02)
    relay.stop()
    await running
    deletions = [query for query, *_ in asked if query.startswith("delete from outbox")]
    full = [query for query, *rest in asked if query.startswith("-- A plain read") and rest == [0, 200]]
    assert len(deletions) == 2  # 400 rows, 200 in a batch
    assert len(full) >= 2  # those that found nothing are the pauses
    places = Counter(place for _, _, place in produced)
    assert places == dict.fromkeys(range(PARTITIONS), 2)
