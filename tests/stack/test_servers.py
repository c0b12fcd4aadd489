"""The servers that every other test relies on: what a role may do, and that tests do not see one another."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from mutua_contracts.topics import TOPICS, topic_name
from mutua_local.broker import Broker
from mutua_local.processes import Record, is_alive
from mutua_local.roles import ROLES, Database


async def test_each_role_sees_its_own_schema_only(database: Database) -> None:
    for role in ROLES:
        connection = await asyncpg.connect(database.url(role))
        try:
            assert await connection.fetchval("select current_schema()") == role.rpartition("_")[0]
            assert not await connection.fetchval(
                "select rolsuper or rolbypassrls from pg_roles where rolname = $1", role
            )
            for other in ("issuer", "recognition", "deqar_sync", "notifier"):
                usage = await connection.fetchval("select has_schema_privilege($1, 'usage')", other)
                assert usage == (other == role.rpartition("_")[0]), (role, other)
        finally:
            await connection.close()


async def test_only_the_owner_makes_tables(database: Database) -> None:
    owner = await asyncpg.connect(database.url("issuer_owner"))
    api = await asyncpg.connect(database.url("issuer_api"))
    try:
        await owner.execute("create table thing (id int)")
        for statement in (
            "create table other (id int)",
            "create temp table other (id int)",
            "select * from thing",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await api.execute(statement)
    finally:
        await owner.close()
        await api.close()


async def test_a_wrong_password_is_refused(database: Database) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(database.url("issuer_owner").replace("issuer_owner:", "issuer_owner:x"))


async def test_events_travel_in_the_namespace_of_the_test(topics_of: Broker, namespace: str) -> None:
    name = topic_name(namespace, TOPICS[0].name)
    producer = AIOKafkaProducer(bootstrap_servers=topics_of.bootstrap)
    await producer.start()
    await producer.send_and_wait(name, b"value", key=b"key")
    await producer.stop()
    consumer = AIOKafkaConsumer(name, bootstrap_servers=topics_of.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    record = await consumer.getone()
    await consumer.stop()
    assert (record.key, record.value) == (b"key", b"value")


def test_the_next_run_ends_what_a_killed_run_left_behind(tmp_path: Path) -> None:
    one_test = f"{__file__}::test_a_wrong_password_is_refused"
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", one_test]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    killed = subprocess.Popen(run, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (states := list(tmp_path.glob("mutua-tests-*/stack.json"))):
        assert killed.poll() is None, "it ended before its servers were started"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    left = json.loads(states[0].read_text())["postgres"]
    assert is_alive(Record(**left))
    subprocess.run(run, env=environment, stdout=subprocess.DEVNULL, check=True)
    assert not is_alive(Record(**left))
    assert not list(tmp_path.glob("mutua-*"))


def test_a_database_with_the_tables_of_a_service(service_database: Callable[..., Database]) -> None:
    first, second = service_database("issuer"), service_database("issuer")
    assert first.name != second.name

    async def tables() -> int:
        connection = await asyncpg.connect(second.url("issuer_owner"))
        try:
            return await connection.fetchval("select count(*) from outbox")
        finally:
            await connection.close()

    assert asyncio.run(tables()) == 0
