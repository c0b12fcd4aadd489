"""Consuming through a real broker: odd headers, odd keys, tombstones, a restart with the same identity."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from aiokafka import AIOKafkaProducer
from ledger.facts import issued

from mutua_contracts import encode, topic_name
from mutua_kernel.consume import Consumer, ConsumeSettings
from mutua_kernel.database import Pool
from mutua_kernel.process import Processor
from mutua_local.broker import Broker

pytestmark = pytest.mark.servers

Start = Callable[[], Consumer]


@pytest.fixture
async def start(processor: Processor, topics_of: Broker, namespace: str) -> AsyncIterator[Start]:
    """A function that makes the ledger's consumer, always with the same identity; the last one is stopped."""
    made: list[Consumer] = []

    def make() -> Consumer:
        settings = ConsumeSettings(topics_of.bootstrap, namespace, "ledger", "1", 100, 6000, 5)
        made.append(Consumer(settings, name="ledger", topics=["mutua.credential"], process=processor.process))
        return made[-1]

    yield make
    await made[-1].stop()


@pytest.fixture
async def producer(topics_of: Broker) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that is not the relay."""
    opened = AIOKafkaProducer(bootstrap_servers=topics_of.bootstrap)
    await opened.start()
    yield opened
    await opened.stop()


async def until(pool: Pool, query: str, expected: int, seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while await pool.fetchval(query) != expected:
            await asyncio.sleep(0.05)


async def test_odd_headers_and_keys_lose_nothing_and_stop_nobody(
    start: Start, producer: AIOKafkaProducer, pool: Pool, namespace: str
) -> None:
    topic = topic_name(namespace, "mutua.credential")
    for number, headers in enumerate(
        ([("h", b"\xff\xfe")], [("h", None)], [("content-type", b"text/plain")]), 1
    ):
        await producer.send_and_wait(topic, encode(issued("a", number)), b"a", headers=headers)
    await producer.send_and_wait(topic, None, b"a")
    await producer.send_and_wait(topic, encode(issued("b", 1)), b"\xff")
    await producer.send_and_wait(topic, encode(issued("c", 1)), None)
    await producer.send_and_wait(topic, b"not json", b"d")
    await producer.send_and_wait(topic, encode(issued("a", 4)), b"a")
    await start().start()
    await until(pool, "select count(*) from ledger_entry", 4)
    await until(pool, "select count(*) from parked_event", 3)
    rows = await pool.fetch("select sequence from ledger_entry where key = 'a' order by version")
    assert [row["sequence"] for row in rows] == [1, 2, 3, 4]
    reasons = await pool.fetch("select reason from parked_event order by reason")
    assert [row["reason"] for row in reasons] == ["misplaced", "misplaced", "undecodable"]


async def test_a_restart_goes_on_where_the_last_one_ended(
    start: Start, producer: AIOKafkaProducer, pool: Pool, namespace: str
) -> None:
    topic = topic_name(namespace, "mutua.credential")
    first = start()
    await first.start()
    for number in range(1, 21):
        await producer.send_and_wait(topic, encode(issued("a", number)), b"a")
    await until(pool, "select count(*) from ledger_entry", 20)
    await first.stop()
    for number in range(21, 31):
        await producer.send_and_wait(topic, encode(issued("a", number)), b"a")
    second = start()
    await second.start()
    await until(pool, "select count(*) from ledger_entry", 30)
    rows = await pool.fetch("select sequence from ledger_entry where key = 'a' order by version")
    assert [row["sequence"] for row in rows] == list(range(1, 31))
    assert second.assignment()
    assert await second.lag() == 0
