"""Apache Kafka as the stack runs it: nodes that are killed come back, and three nodes go on when one is
killed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from mutua_contracts.topics import TOPICS, topic_name
from mutua_local.broker import Broker, choose, start
from mutua_local.errors import StackError
from mutua_local.folder import StackFolder
from mutua_local.java import Java
from mutua_local.kafka import KafkaCluster
from mutua_local.topics import ensure_topics

TRUST = next(topic for topic in TOPICS if topic.name == "mutua.trust")

pytestmark = pytest.mark.kafka


async def send(bootstrap: str, name: str, values: range) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, request_timeout_ms=5_000
    )
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(name, str(value).encode(), key=b"key")
    finally:
        await producer.stop()


async def read(bootstrap: str, name: str, count: int) -> list[int]:
    consumer = AIOKafkaConsumer(name, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(30):
            return [int((await consumer.getone()).value or b"-1") for _ in range(count)]
    finally:
        await consumer.stop()


async def test_a_killed_node_comes_back_with_what_it_acknowledged(
    kafka_broker: Broker, namespace: str
) -> None:
    name = topic_name(namespace, TRUST.name)
    await ensure_topics(kafka_broker.bootstrap, namespace=namespace, topics=[TRUST])
    node = kafka_broker.nodes[0]
    await send(kafka_broker.bootstrap, name, range(20))
    await asyncio.to_thread(node.kill)
    assert not node.is_running()
    await asyncio.to_thread(node.start)
    await send(kafka_broker.bootstrap, name, range(20, 40))
    await asyncio.to_thread(node.restart)
    assert await read(kafka_broker.bootstrap, name, 40) == list(range(40))


@pytest.fixture
def three(kafka_broker: Broker, tmp_path: Path) -> Iterator[KafkaCluster]:
    """A cluster of its own, of three nodes."""
    del kafka_broker  # skips where Apache Kafka cannot run
    choice = choose("kafka", print)
    assert isinstance(choice.java, Java)
    assert choice.jars is not None
    folder = StackFolder(tmp_path)
    cluster = KafkaCluster(
        tmp_path / "with a blank",
        folder.processes,
        java=choice.java,
        jars=choice.jars,
        ports=folder.port,
        nodes=3,
    )
    yield cluster
    cluster.delete()


@pytest.mark.storm
async def test_three_nodes_go_on_when_one_is_killed(three: KafkaCluster) -> None:
    await asyncio.to_thread(three.start)
    await ensure_topics(three.bootstrap, topics=[TRUST])
    await send(three.bootstrap, TRUST.name, range(10))
    await asyncio.to_thread(three.nodes[0].kill)
    began = time.monotonic()
    await send(three.bootstrap, TRUST.name, range(10, 20))
    print(f"a send took {time.monotonic() - began:.1f} s with one of three nodes killed")
    await asyncio.to_thread(three.nodes[0].start)
    await asyncio.to_thread(three.nodes[1].kill)
    await send(three.bootstrap, TRUST.name, range(20, 30))
    assert await read(three.bootstrap, TRUST.name, 30) == list(range(30))


def test_a_folder_that_kafka_cannot_name(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path)
    with pytest.raises(StackError, match="FOLDER_NAME_UNUSABLE"):
        KafkaCluster(
            tmp_path / "with,comma", folder.processes, java=Java("java", 17), jars=tmp_path, ports=folder.port
        )


def test_the_number_of_nodes_is_settled_by_the_data(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path)
    one = KafkaCluster(
        tmp_path / "k", folder.processes, java=Java("java", 17), jars=tmp_path, ports=folder.port
    )
    again = KafkaCluster(
        tmp_path / "k", folder.processes, java=Java("java", 17), jars=tmp_path, ports=folder.port
    )
    assert [node.seat for node in again.nodes] == [node.seat for node in one.nodes]
    assert one.settings(one.nodes[0])["offsets.topic.replication.factor"] == "1"
    with pytest.raises(StackError, match="KAFKA_NODES_DIFFER"):
        KafkaCluster(
            tmp_path / "k", folder.processes, java=Java("java", 17), jars=tmp_path, ports=folder.port, nodes=3
        )


def test_kafka_that_does_not_start_gives_way_to_the_preview_broker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "java"
    broken.write_text(
        "#!/bin/sh\ncase $* in *-version*) echo 'version \"17.0.1\"';; *) echo no memory; exit 1;; esac\n"
    )
    broken.chmod(0o755)
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "kafka_2.13-4.4.0.jar").touch()
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("MUTUA_KAFKA_JARS", str(tmp_path / "jars"))
    for name in ("JAVA_HOME", "MUTUA_KAFKA_BOOTSTRAP"):
        monkeypatch.delenv(name, raising=False)
    folder = StackFolder(tmp_path / "stack")
    with pytest.raises(StackError, match="KAFKA_NOT_STARTED"):
        start("kafka", tmp_path / "asked", folder.processes, folder.port, say=print)
    broker = start(None, tmp_path / "chosen", folder.processes, folder.port, say=print)
    try:
        assert broker.kind == "preview"
        assert "Apache Kafka did not start: kafka-1: formatting its data ended with 1" in broker.reason
    finally:
        broker.delete()
