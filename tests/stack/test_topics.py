"""Topics are created once from the one table, and a topic that differs from it is said, never changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mutua_contracts.topics import TOPICS, topic_name
from mutua_local.broker import Broker
from mutua_local.errors import StackError
from mutua_local.topics import admin, delete_topics, ensure_topics


async def test_created_once_then_verified(broker: Broker, namespace: str) -> None:
    names = [topic_name(namespace, topic.name) for topic in TOPICS]
    assert await ensure_topics(broker.bootstrap, namespace=namespace) == names
    assert await ensure_topics(broker.bootstrap, namespace=namespace) == []
    async with admin(broker.bootstrap) as client:
        described = {t["topic"]: len(t["partitions"]) for t in await client.describe_topics(names)}
    assert described == {topic_name(namespace, topic.name): topic.partitions for topic in TOPICS}
    await delete_topics(broker.bootstrap, namespace=namespace)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"partitions": 2}, "has 1 partitions, not 2"),
        ({"retention_ms": 60_000}, "has cleanup.policy=compact, not delete"),
        ({"retention_ms": 60_000}, "retention.ms="),
    ],
)
async def test_a_topic_that_differs(
    broker: Broker, namespace: str, change: dict[str, int], said: str
) -> None:
    topic = next(topic for topic in TOPICS if topic.compacted and topic.partitions == 1)
    await ensure_topics(broker.bootstrap, namespace=namespace, topics=[topic])
    with pytest.raises(StackError, match="TOPIC_DIFFERS") as caught:
        await ensure_topics(broker.bootstrap, namespace=namespace, topics=[replace(topic, **change)])
    assert topic_name(namespace, topic.name) in caught.value.found
    assert said in caught.value.found
    await delete_topics(broker.bootstrap, namespace=namespace)


async def test_no_broker() -> None:
    with pytest.raises(StackError, match="BROKER_UNREACHABLE"):
        await ensure_topics("127.0.0.1:1")
