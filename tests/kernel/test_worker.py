"""A worker as an operator sees it: is it alive, does it do its work, what does it count, how does it end."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from ledger.facts import issued
from ledger.processes import Process

from mutua_contracts import encode, topic_name
from mutua_kernel import worker
from mutua_kernel.consume import Consumer, ConsumeSettings
from mutua_kernel.database import Pool
from mutua_kernel.events import Record
from mutua_kernel.process import Processor
from mutua_local.broker import Broker

pytestmark = pytest.mark.servers

GROUP = "mutua.ledger.ledger"


@pytest.fixture
async def publish(topics_of: Broker, namespace: str) -> AsyncIterator[Callable[..., object]]:
    """A function that publishes values with their keys."""
    producer = AIOKafkaProducer(bootstrap_servers=topics_of.bootstrap, linger_ms=10)
    await producer.start()

    async def send(*pairs: tuple[bytes | None, bytes]) -> None:
        topic = topic_name(namespace, "mutua.credential")
        await asyncio.gather(*[await producer.send(topic, value, key) for value, key in pairs])

    yield send
    await producer.stop()


def facts(keys: int, first: int, last: int) -> list[tuple[bytes, bytes]]:
    return [
        (encode(issued(f"k{key}", sequence)), f"k{key}".encode())
        for sequence in range(first, last + 1)
        for key in range(keys)
    ]


async def until(pool: Pool, query: str, least: int, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while await pool.fetchval(query) < least:
            await asyncio.sleep(0.05)


async def committed(broker: Broker, namespace: str) -> int:
    """Events of the ledger's group that its consumers will not ask for again."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker.bootstrap, group_id=f"{namespace}.{GROUP}", enable_auto_commit=False
    )
    await consumer.start()
    topic = topic_name(namespace, "mutua.credential")
    places = [TopicPartition(topic, number) for number in range(4)]
    found = [await consumer.committed(place) for place in places]
    await consumer.stop()
    return sum(offset or 0 for offset in found)


async def test_a_running_worker_tells_how_it_is_and_ends_under_load_without_redelivery(
    start: Callable[..., Process],
    publish: Callable[..., object],
    pool: Pool,
    topics_of: Broker,
    namespace: str,
) -> None:
    process = start("worker", batch_size=20, stop_seconds=15).until_ready()
    assert process.get("/livez").json() == {"alive": True, "parts": {"parts": "ok"}}
    assert set(process.get("/readyz").json()["parts"]) == {"parts", "database", "stream.ledger", "relay.0"}
    await publish((encode(issued("bad", 1, "park")), b"bad"), *facts(5, 1, 4))
    await until(pool, "select count(*) from ledger_entry", 20)
    process.until(lambda one: one.metric('mutua_parked_events{reason="refused",stream="ledger"}') == 1, 20)
    assert process.metric('mutua_outcomes_total{outcome="done",stream="ledger"}') == 20
    assert process.metric('mutua_batch_events_sum{stream="ledger"}') == 21
    assert (process.metric('mutua_batch_seconds_count{stream="ledger"}') or 0) >= 1
    lag = process.metric('mutua_consumer_lag_seconds{stream="ledger"}')
    assert lag is not None
    assert 0 <= lag < 60
    assert process.metric('mutua_consumer_lag_events{stream="ledger"}') == 0
    assert process.metric("mutua_outbox_oldest_seconds") is not None
    assert process.metric('mutua_relay_leader{shard="0"}') == 1

    await publish(*facts(40, 5, 54))
    await until(pool, "select count(*) from ledger_entry", 200)
    process.signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait, 15) == 0
    done = await pool.fetchval("select count(*) from ledger_entry")
    assert done < 2020, "the load was over before the worker was asked to stop"
    parked = await pool.fetchval("select count(*) from parked_event")
    assert await committed(topics_of, namespace) == done + parked, "what was done would be delivered again"
    assert "critical" not in process.log.read_text()


async def test_a_stream_that_fails_as_a_whole_is_unready_stays_so_and_loses_nothing(
    start: Callable[..., Process],
    publish: Callable[..., object],
    pool: Pool,
    topics_of: Broker,
    namespace: str,
) -> None:
    await publish(*[(b"not an event", f"k{n}".encode()) for n in range(40)], *facts(5, 1, 1))
    process = start("worker", batch_size=500, stop_seconds=8)
    process.until(lambda one: "halted" in one.get("/readyz").text)
    answer = process.get("/readyz")
    assert answer.status_code == 503
    assert "failed with undecodable" in answer.json()["parts"]["stream.ledger"]
    assert process.get("/livez").status_code == 200  # a restart alone would not help
    assert process.metric('mutua_stream_halted{stream="ledger"}') == 1
    assert await pool.fetchval("select count(*) from parked_event") == 0
    process.signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait, 12) == 0
    assert await committed(topics_of, namespace) == await pool.fetchval("select count(*) from inbox")


async def test_a_batch_that_hangs_makes_the_process_unready_although_everything_answers_pings(
    publish: Callable[..., object],
    processor: Processor,
    topics_of: Broker,
    namespace: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "STUCK_SECONDS", 0.2)
    release, calls = asyncio.Event(), 0

    async def hangs(_records: Sequence[Record]) -> None:
        nonlocal calls
        calls += 1
        await release.wait()

    settings = ConsumeSettings(topics_of.bootstrap, namespace, "ledger", "1", 100, 6000, 5)
    consumer = Consumer(settings, name="ledger", topics=["mutua.credential"], process=hangs)
    check = worker._progress(consumer, processor)  # pyright: ignore[reportPrivateUsage]
    assert "no consumer" in (await check() or "")
    await consumer.start()
    await publish(*facts(1, 1, 1))
    async with asyncio.timeout(20):
        while "not finished" not in (await check() or ""):
            await asyncio.sleep(0.05)
    release.set()
    async with asyncio.timeout(20):
        while await check() is not None:
            await asyncio.sleep(0.05)
    await consumer.stop()


async def test_a_bug_below_a_stream_halts_it_and_is_not_tried_again_at_once(
    publish: Callable[..., object], processor: Processor, topics_of: Broker, namespace: str
) -> None:
    calls = 0

    async def breaks(_records: Sequence[Record]) -> None:
        nonlocal calls
        calls += 1
        raise LookupError("a bug")

    settings = ConsumeSettings(topics_of.bootstrap, namespace, "ledger", "1", 100, 6000, 5)
    consumer = Consumer(settings, name="ledger", topics=["mutua.credential"], process=breaks)
    check = worker._progress(consumer, processor)  # pyright: ignore[reportPrivateUsage]
    await consumer.start()
    await publish(*facts(1, 1, 1))
    async with asyncio.timeout(20):
        while "halted: a bug (LookupError)" not in (await check() or ""):
            await asyncio.sleep(0.05)
    await publish(*facts(1, 2, 3))
    await asyncio.sleep(0.3)
    assert calls == 1
    await consumer.stop()


@pytest.mark.storm
async def test_a_process_that_hangs_while_it_stops_ends_inside_the_limit(
    start: Callable[..., Process], publish: Callable[..., object], pool: Pool
) -> None:
    """A lock that is never released keeps the batch in flight; it is delivered again to the next process."""
    process = start("worker", stop_seconds=2).until_ready()
    holder = await pool.acquire()
    held = holder.transaction()
    await held.start()
    await holder.execute("insert into ledger (key, version) values ('k0', 0)")
    await publish(*facts(1, 1, 1))
    async with asyncio.timeout(20):
        while not await pool.fetchval("select count(*) from pg_locks where not granted"):
            await asyncio.sleep(0.05)
    process.signal(signal.SIGTERM)
    code = await asyncio.to_thread(process.wait, 6)
    assert code in (0, 70)  # stopped in time without the batch, or the hard way
    await held.rollback()
    await pool.release(holder)
    assert await pool.fetchval("select count(*) from inbox") == 0
