"""Kill -9 of workers and relays at random moments under load; then count, by means that share no code with
the kernel.

The oracles: *lost* (accepted, no effect), *doubled* (two effects), *phantom* (an effect of nothing),
*reordered* (a
version goes down within a key), *stuck* (something still waits). The seed is printed; MUTUA_STORM_SEED
repeats it.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections import defaultdict
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer

from mutua_kernel.migrate import migrate
from mutua_local.broker import Broker
from mutua_local.roles import Database

pytestmark = [pytest.mark.servers, pytest.mark.kafka, pytest.mark.storm, pytest.mark.timeout(600)]

KEYS = 40
PER_KEY = 150
KILLS = int(os.environ.get("MUTUA_STORM_KILLS", "12"))
LEDGER = Path(__file__).parent.parent / "kernel" / "ledger_service"
Fact = tuple[str, int]


class Workers:
    """Worker processes that are killed and started again with the same identity."""

    def __init__(self, environment: dict[str, str], logs: Path) -> None:
        self._environment = environment
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        environment = {**os.environ, **self._environment, "MUTUA_INSTANCE": name, "PYTHONPATH": str(LEDGER)}
        with (self._logs / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", "ledger"]
            self._running[name] = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def kill(self, name: str) -> None:
        self._running[name].send_signal(signal.SIGKILL)
        self._running[name].wait()

    def stop(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            process.wait(timeout=30)

    def all_alive(self) -> bool:
        return all(process.poll() is None for process in self._running.values())


def fact(key: str, sequence: int) -> tuple[uuid.UUID, bytes]:
    """An event in its final bytes, written by hand: the oracle does not trust the encoder either."""
    event_id = uuid.uuid5(uuid.NAMESPACE_URL, f"storm/{key}/{sequence}")
    body = {
        "specversion": "1.0",
        "id": str(event_id),
        "source": "urn:mutua:issuer",
        "type": "eu.mutua.credential.issued.v1",
        "subject": key,
        "time": "2026-06-01T00:00:00Z",
        "datacontenttype": "application/json",
        "partitionkey": key,
        "sequence": sequence,
        "tenant": "DEQARINST7105",
        "data": {
            "credential_id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, key)}",
            "issuer": "DEQARINST7105",
            "awarding_body": "DEQARINST7105",
            "country": "EE",
            "format": "sd-jwt-vc",
            "credential": "x" * 1500,
            "digest": "sha256:" + "0" * 64,
            "award_date": "2026-06-01",
            "issued_at": "2026-06-01T00:00:00Z",
        },
    }
    return event_id, json.dumps(body).encode()


async def load(url: str, luck: random.Random) -> set[Fact]:
    """Writes facts to the outbox as a service would: in order within a key, several keys in a transaction."""
    connection = await asyncpg.connect(url)
    next_of = dict.fromkeys((f"key-{number}" for number in range(KEYS)), 1)
    accepted: set[Fact] = set()
    while next_of:
        chosen = sorted(luck.sample(sorted(next_of), min(len(next_of), luck.randint(1, 12))))
        rows = [(key, next_of[key], *fact(key, next_of[key])) for key in chosen]
        async with connection.transaction():
            await connection.executemany(
                "insert into outbox (shard, topic, key, event_id, type, payload)"
                " values (0, 'mutua.credential', $1, $2, 'eu.mutua.credential.issued.v1', $3)",
                [(key, event_id, payload) for key, _, event_id, payload in rows],
            )
        accepted |= {(key, sequence) for key, sequence, _, _ in rows}
        next_of = {key: n + (key in chosen) for key, n in next_of.items() if n + (key in chosen) <= PER_KEY}
        await asyncio.sleep(luck.uniform(0.0, 0.03))
    await connection.close()
    return accepted


async def settled(url: str, expected: int, seconds: float) -> None:
    connection = await asyncpg.connect(url)
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            done = await connection.fetchval("select count(*) from ledger_entry")
            waiting = await connection.fetchval("select count(*) from outbox")
            if done >= expected and waiting == 0:
                return
            await asyncio.sleep(0.3)
        pytest.fail(f"stuck: {done} of {expected} facts had their effect, {waiting} rows wait in the outbox")
    finally:
        await connection.close()


async def read_topic(bootstrap: str, topic: str) -> list[tuple[str, str, int]]:
    """Every record of a topic as (key, event id, sequence), in the order of its partition."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    consumer.subscribe([topic])
    found: list[tuple[str, str, int]] = []
    try:
        while not consumer.assignment():
            await consumer.getmany(timeout_ms=100)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    event = json.loads(record.value)
                    found.append((record.key.decode(), event["id"], event["sequence"]))
    finally:
        await consumer.stop()
    return found


def reordered(records: list[tuple[str, str, int]]) -> list[str]:
    """Keys whose versions go down, repeats (same event id) set aside."""
    seen: set[str] = set()
    last: defaultdict[str, int] = defaultdict(int)
    wrong: list[str] = []
    for key, event_id, sequence in records:
        if event_id in seen:
            continue
        seen.add(event_id)
        if sequence < last[key]:
            wrong.append(f"{key}: {sequence} after {last[key]}")
        last[key] = max(last[key], sequence)
    return wrong


async def storm(workers: Workers, names: list[str], luck: random.Random) -> None:
    """Kills at random moments, one or both at once."""
    for _ in range(KILLS):
        await asyncio.sleep(luck.uniform(0.3, 3.0))
        victims = luck.sample(names, luck.choice([1, 1, 2]))
        for name in victims:
            workers.kill(name)
        await asyncio.sleep(luck.uniform(0.0, 1.0))
        for name in victims:
            workers.start(name)


async def test_nothing_is_lost_doubled_or_reordered_by_kill_9(
    database: Database,
    kafka_broker: Broker,
    topics_of: Broker,
    namespace: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seed = int(os.environ.get("MUTUA_STORM_SEED", random.randrange(2**32)))
    print(f"\nstorm seed {seed}: MUTUA_STORM_SEED={seed} repeats it")
    luck = random.Random(seed)
    monkeypatch.syspath_prepend(LEDGER)
    migrate("ledger", database.url("issuer_owner"), "issuer")
    url = database.url("issuer_worker")
    workers = Workers(
        {
            "MUTUA_DATABASE_URL": url,
            "MUTUA_KAFKA_BOOTSTRAP": kafka_broker.bootstrap,
            "MUTUA_NAMESPACE": namespace,
            "MUTUA_SESSION_TIMEOUT_MS": "6000",
            "MUTUA_BATCH_SIZE": "50",
        },
        tmp_path,
    )
    names = ["a", "b"]
    for name in names:
        workers.start(name)
    try:
        accepted, _ = await asyncio.gather(load(url, luck), storm(workers, names, luck))
        await settled(url, len(accepted), seconds=120)
        assert workers.all_alive()
    finally:
        workers.stop()

    connection = await asyncpg.connect(url)
    entries = await connection.fetch("select key, sequence, version from ledger_entry order by key, version")
    parked = await connection.fetchval("select count(*) from parked_event")
    await connection.close()
    effects = [(row["key"], row["sequence"]) for row in entries]
    assert set(effects) == accepted, "lost or phantom"
    assert len(effects) == len(accepted), "doubled"
    assert parked == 0
    for key in {key for key, _ in accepted}:
        assert [sequence for name, sequence in effects if name == key] == list(range(1, PER_KEY + 1)), (
            "reordered"
        )
    published = await read_topic(kafka_broker.bootstrap, f"{namespace}.mutua.credential")
    followed = await read_topic(kafka_broker.bootstrap, f"{namespace}.mutua.recognition")
    for records in (published, followed):
        assert {(key, sequence) for key, _, sequence in records} == accepted, "lost or phantom on the topic"
        assert reordered(records) == []
    repeats = len(published) + len(followed) - 2 * len(accepted)
    print(
        f"{len(accepted)} facts, {KILLS} storms of kill -9:"
        f" 0 lost, 0 doubled, 0 reordered; {repeats} repeats on the wire"
    )
