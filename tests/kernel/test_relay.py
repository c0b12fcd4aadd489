"""The relay: in order, nothing lost; one leader; a row that cannot be published blocks its key only."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable

import pytest
from aiokafka import AIOKafkaConsumer
from ledger.facts import issued

from mutua_contracts import decode, topic_name
from mutua_kernel import outbox
from mutua_kernel.clock import SystemClock
from mutua_kernel.database import Pool
from mutua_kernel.outbox import Emit, Sealer, Tombstone
from mutua_kernel.relay import Relay, RelaySettings, Wakeup
from mutua_local.broker import Broker
from mutua_local.roles import Database

pytestmark = pytest.mark.servers


async def emit(pool: Pool, *facts: tuple[str, int]) -> None:
    sealer, now = Sealer("issuer"), SystemClock().now()
    rows = [
        sealer.seal(
            Emit(issued(key, sequence).data, key=key, sequence=sequence, tenant="DEQARINST7105"),
            at=now,
            traceparent=None,
        )
        for key, sequence in facts
    ]
    async with pool.acquire() as connection, connection.transaction():
        await outbox.write(connection, rows)


@pytest.fixture
async def relay_of(
    ledger: Database, topics_of: Broker, namespace: str
) -> AsyncIterator[Callable[[], tuple[Relay, asyncio.Task[None]]]]:
    """A function that starts a relay of the ledger's outbox."""
    running: list[tuple[Relay, asyncio.Task[None]]] = []

    def start() -> tuple[Relay, asyncio.Task[None]]:
        settings = RelaySettings(topics_of.bootstrap, namespace, f"relay-{secrets.token_hex(3)}")
        relay = Relay(ledger.url("issuer_worker"), settings, shard=0, wakeup=Wakeup())
        running.append((relay, asyncio.create_task(relay.run())))
        return running[-1]

    yield start
    for relay, _ in running:
        relay.stop()
    await asyncio.gather(*(task for _, task in running), return_exceptions=True)


async def drained(pool: Pool, seconds: float = 30, left: int = 0) -> None:
    async with asyncio.timeout(seconds):
        while await pool.fetchval("select count(*) from outbox") > left:
            await asyncio.sleep(0.02)


async def published(broker: Broker, namespace: str, count: int) -> list[tuple[str, int]]:
    topic = topic_name(namespace, "mutua.credential")
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    found: list[tuple[str, int]] = []
    try:
        deadline = time.monotonic() + 20
        while len(found) < count and time.monotonic() < deadline:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    event = decode(record.value)
                    assert record.key == event.partitionkey.encode()
                    found.append((event.partitionkey, event.sequence))
    finally:
        await consumer.stop()
    return found


async def test_facts_arrive_in_order_of_their_key_and_leave_the_outbox(
    pool: Pool, relay_of: Callable[[], tuple[Relay, asyncio.Task[None]]], topics_of: Broker, namespace: str
) -> None:
    relay_of()
    facts = [(f"k{n % 17}", 1 + n // 17) for n in range(1700)]
    await emit(pool, *facts)
    await drained(pool)
    found = await published(topics_of, namespace, len(facts))
    assert sorted(found) == sorted(facts)
    for key in {key for key, _ in facts}:
        assert [sequence for name, sequence in found if name == key] == list(range(1, 101))


async def test_a_row_that_commits_late_is_not_jumped_over(
    pool: Pool, relay_of: Callable[[], tuple[Relay, asyncio.Task[None]]], topics_of: Broker, namespace: str
) -> None:
    relay_of()
    sealer, now = Sealer("issuer"), SystemClock().now()
    late = Emit(issued("late", 1).data, key="late", sequence=1, tenant="DEQARINST7105")
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await outbox.write(connection, [sealer.seal(late, at=now, traceparent=None)])
        await emit(pool, ("early", 1), ("early", 2))  # higher positions, committed first
        await drained(pool)
        await transaction.commit()
    await drained(pool)
    assert sorted(await published(topics_of, namespace, 3)) == [("early", 1), ("early", 2), ("late", 1)]


async def test_of_two_relays_one_leads_and_the_other_takes_over(
    pool: Pool, relay_of: Callable[[], tuple[Relay, asyncio.Task[None]]], topics_of: Broker, namespace: str
) -> None:
    first, first_task = relay_of()
    await until(lambda: first.leading)
    second, _ = relay_of()
    await emit(pool, ("a", 1))
    await drained(pool)
    assert not second.leading
    first.stop()
    await first_task
    await until(lambda: second.leading)
    await emit(pool, ("a", 2))
    await drained(pool)
    assert await published(topics_of, namespace, 2) == [("a", 1), ("a", 2)]


async def test_a_leader_whose_session_is_ended_leads_again_and_loses_nothing(
    pool: Pool,
    ledger: Database,
    relay_of: Callable[[], tuple[Relay, asyncio.Task[None]]],
    topics_of: Broker,
    namespace: str,
) -> None:
    relay, _ = relay_of()
    await until(lambda: relay.leading)
    ended = await pool.fetchval(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity"
        " where application_name like 'relay-%' and datname = current_database()"
    )
    assert ended >= 1
    await emit(pool, ("a", 1), ("a", 2))
    await drained(pool)
    assert await published(topics_of, namespace, 2) == [("a", 1), ("a", 2)]


async def test_a_row_that_the_broker_refuses_blocks_its_key_only(
    pool: Pool, relay_of: Callable[[], tuple[Relay, asyncio.Task[None]]], topics_of: Broker, namespace: str
) -> None:
    await emit(pool, ("big", 1), ("big", 2), ("small", 1))
    await pool.execute("update outbox set payload = $1 where key = 'big' and position = 1", b"x" * 2_000_000)
    relay_of()
    await drained(pool, left=2)
    rows = await pool.fetch("select position, blocked from outbox order by position")
    assert [(row["position"], row["blocked"]) for row in rows] == [(1, "too_large_for_broker"), (2, None)]
    assert await published(topics_of, namespace, 1) == [("small", 1)]


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def test_a_tombstone_follows_the_last_event_of_its_key(
    pool: Pool, relay_of: Callable[[], tuple[Relay, asyncio.Task[None]]], topics_of: Broker, namespace: str
) -> None:
    sealer = Sealer("issuer")
    buried = sealer.bury(Tombstone("eu.mutua.registry.report_changed.v1", "report:70001"))
    async with pool.acquire() as connection, connection.transaction():
        await outbox.write(connection, [buried])
    relay_of()
    await drained(pool)
    topic = topic_name(namespace, "mutua.registry")
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=topics_of.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            record = await consumer.getone()
    finally:
        await consumer.stop()
    assert (record.key, record.value) == (b"report:70001", None)


def test_a_topic_that_is_not_compacted_takes_no_tombstone() -> None:
    with pytest.raises(ValueError, match="expected a compacted topic"):
        Sealer("issuer").bury(Tombstone("eu.mutua.credential.issued.v1", "c-1"))
