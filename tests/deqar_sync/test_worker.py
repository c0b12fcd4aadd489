"""The worker as a process on real servers: the topic alone rebuilds the mirror, also after kill -9."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer

from mutua_contracts import decode
from mutua_local.broker import Broker
from mutua_local.deqar import Simulator
from mutua_local.deqar.faults import Fault
from mutua_local.roles import Database

from .conftest import TOKEN, served

pytestmark = pytest.mark.servers


@pytest.fixture
def environment(database: Database, topics_of: Broker, namespace: str, tmp_path: Path) -> dict[str, str]:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    return {
        **os.environ,
        "MUTUA_DATABASE_URL": database.url("deqar_sync_worker"),
        "MUTUA_KAFKA_BOOTSTRAP": topics_of.bootstrap,
        "MUTUA_NAMESPACE": namespace,
        "MUTUA_INSTANCE": "deqar-sync-test",
        "MUTUA_DEQAR_TOKEN_FILE": str(token),
        "MUTUA_DEQAR_RATE": "0",
        "MUTUA_DEQAR_RETRY_EVERY": "0.2",
        "MUTUA_DEQAR_FULL_EVERY": "0.2",
        "MUTUA_DEQAR_INCREMENT_EVERY": "0.2",
        "MUTUA_LOG_FILE": str(tmp_path / "worker.log"),
    }


@asynccontextmanager
async def worker(environment: dict[str, str], address: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "mutua_deqar_sync",
        "worker",
        env={**environment, "MUTUA_DEQAR_URL": address},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            await process.wait()


async def told(broker: Broker, namespace: str, *, until: Callable[[list[Any]], bool]) -> list[Any]:
    """Events on the topic from its beginning until they satisfy the condition."""
    consumer = AIOKafkaConsumer(
        f"{namespace}.mutua.registry", bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    events: list[Any] = []
    try:
        async with asyncio.timeout(60):
            while not until(events):
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    events += [decode(record.value) for record in batch if record.value]
    finally:
        await consumer.stop()
    return events


def completed(events: list[Any]) -> bool:
    return any(event.type.endswith("snapshot_completed.v1") for event in events)


async def mirror_of(database: Database) -> dict[str, tuple[int, bool]]:
    connection = await asyncpg.connect(database.url("deqar_sync_worker"))
    rows = await connection.fetch("select kind, id, revision, gone from mirror")
    await connection.close()
    return {f"{row['kind']}:{row['id']}": (row["revision"], row["gone"]) for row in rows}


def rebuilt(events: list[Any]) -> dict[str, tuple[int, bool]]:
    """The mirror from the topic alone. Revisions of a key rise one by one, whatever was sent twice."""
    newest: dict[str, tuple[int, bool]] = {}
    for event in events:
        if event.partitionkey.startswith("snapshot:"):
            continue
        revision = newest.get(event.partitionkey, (0, False))[0]
        assert event.sequence in (revision, revision + 1), event.partitionkey
        newest[event.partitionkey] = (event.sequence, event.data.gone)
    return newest


async def test_the_topic_alone_rebuilds_the_mirror(
    registry: Simulator, environment: dict[str, str], database: Database, topics_of: Broker, namespace: str
) -> None:
    async with served(registry) as address, worker(environment, address):
        events = await told(topics_of, namespace, until=completed)
        assert rebuilt(events) == await mirror_of(database)
        assert len(rebuilt(events)) == 25
        registry.edit("report", 97103, {"decision": 3})
        events = await told(
            topics_of, namespace, until=lambda found: rebuilt(found).get("report:97103", (0, False))[0] == 2
        )
    assert rebuilt(events) == await mirror_of(database)


@pytest.mark.kafka
async def test_kill_9_anywhere_loses_nothing(
    registry: Simulator,
    environment: dict[str, str],
    database: Database,
    kafka_broker: Broker,
    topics_of: Broker,
    namespace: str,
) -> None:
    """Killed after more and more requests of a pass; the next life takes the claim and goes on."""
    async with served(registry) as address:
        for survived in (4, 13, 22, 31):
            registry.faults.clear()
            registry.faults.entries.append(Fault(kind="slow", after=survived, count=99, seconds=5))
            async with worker(environment, address) as process:
                async with asyncio.timeout(60):
                    while len(registry.faults.served) <= survived and process.returncode is None:
                        await asyncio.sleep(0.02)
                process.kill()
        registry.faults.clear()
        registry.edit("report", 97105, {"decision": 2})
        async with worker(environment, address):
            events = await told(topics_of, namespace, until=edited_and_completed)
    assert rebuilt(events) == await mirror_of(database)
    assert len(rebuilt(events)) == 25


def edited_and_completed(events: list[Any]) -> bool:
    edits = [n for n, e in enumerate(events) if e.partitionkey == "report:97105"]
    told_so = bool(edits) and events[edits[-1]].data.facts.decision == "conditional"
    return told_so and completed(events[edits[-1] :])
