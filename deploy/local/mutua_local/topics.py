"""Topics on the broker as `mutua_contracts.topics` declares them: created, or verified where present.

A topic that is there with other partitions, another clean-up policy or another retention is an error, never
changed in place: more partitions would break the order of its keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code

from mutua_contracts.topics import TOPICS, Topic, topic_name
from mutua_local.errors import StackError

MOST_COPIES = 3
VISIBLE_SECONDS = 30.0
ALREADY_EXISTS = 36


async def ensure_topics(
    bootstrap: str,
    *,
    namespace: str | None = None,
    topics: Collection[Topic] = TOPICS,
    most_partitions: int | None = None,
) -> list[str]:
    """Create the declared topics that are absent and verify the others; the names of those created.

    `most_partitions` bounds the partitions of what is created and expected, for tests with many namespaces.
    Raises StackError BROKER_UNREACHABLE, TOPIC_DIFFERS or TOPIC_REFUSED.
    """
    wanted = {topic_name(namespace, topic.name): topic for topic in topics}
    async with admin(bootstrap) as client:
        present = {t["topic"]: t for t in await client.describe_topics() if not t["error_code"]}
        missing = [name for name in wanted if name not in present]
        if missing:
            copies = min(MOST_COPIES, len((await client.describe_cluster())["brokers"]))
            new = [_new_topic(name, wanted[name], copies, most_partitions) for name in missing]
            await _create(client, new)
        await _wait_until_led(client, {name: _partitions(t, most_partitions) for name, t in wanted.items()})
        existing = [name for name in wanted if name in present]
        differences = [
            text
            for name in existing
            for text in await _differences(client, name, wanted[name], present[name], most_partitions)
        ]
    if differences:
        raise StackError(
            "TOPIC_DIFFERS",
            found="; ".join(differences),
            expected="the topics of mutua_contracts.topics",
            fix="set another MUTUA_NAMESPACE, or correct these topics by hand",
        )
    return missing


async def delete_topics(
    bootstrap: str, *, namespace: str | None = None, topics: Collection[Topic] = TOPICS
) -> None:
    """Remove the declared topics of a namespace with their events, as far as they are there."""
    async with admin(bootstrap) as client:
        present = set(await client.list_topics())
        names = [name for topic in topics if (name := topic_name(namespace, topic.name)) in present]
        if names:
            await client.delete_topics(names)


@asynccontextmanager
async def admin(bootstrap: str) -> AsyncGenerator[AIOKafkaAdminClient]:
    """An admin client; raises StackError BROKER_UNREACHABLE where no broker answers."""
    client = AIOKafkaAdminClient(
        bootstrap_servers=bootstrap, request_timeout_ms=20_000, client_id="mutua-local"
    )
    try:
        try:
            await client.start()
        except (KafkaError, OSError) as error:
            raise StackError(
                "BROKER_UNREACHABLE",
                found=f"{type(error).__name__}: {error}",
                expected=f"a broker that speaks Kafka's protocol at {bootstrap}",
                fix="check the address and that the broker runs (`mutua status`)",
            ) from error
        yield client
    finally:
        await client.close()


def _partitions(topic: Topic, most: int | None) -> int:
    return topic.partitions if most is None else min(most, topic.partitions)


def _new_topic(name: str, topic: Topic, copies: int, most: int | None) -> NewTopic:
    return NewTopic(name, _partitions(topic, most), copies, topic_configs=topic.config)


async def _create(client: AIOKafkaAdminClient, new: list[NewTopic]) -> None:
    answer: Any = await client.create_topics(new)
    for name, code, *detail in answer.topic_errors:
        if code not in (0, ALREADY_EXISTS):
            raise StackError(
                "TOPIC_REFUSED",
                found=f"{name}: {for_code(code).__name__} {' '.join(str(d) for d in detail if d)}".strip(),
                expected="a topic created by the broker",
                fix="allow the stack to create topics, or create those of mutua_contracts.topics by hand",
            )


async def _wait_until_led(client: AIOKafkaAdminClient, partitions: Mapping[str, int]) -> None:
    """Wait for a leader of every partition: a created topic is usable only some time later."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + VISIBLE_SECONDS
    while not_led := _not_led(await client.describe_topics(list(partitions)), partitions):
        if loop.time() > deadline:
            raise StackError(
                "TOPIC_WITHOUT_LEADER",
                found=f"no leader for partitions of {', '.join(not_led)} after {VISIBLE_SECONDS:.0f} seconds",
                expected="a leader for every partition",
                fix="see with `mutua status` whether all nodes of the broker run",
            )
        await asyncio.sleep(0.05)


def _not_led(described: Iterable[Mapping[str, Any]], partitions: Mapping[str, int]) -> list[str]:
    led = {
        t["topic"]: sum(p["leader"] >= 0 for p in t["partitions"]) for t in described if not t["error_code"]
    }
    # A topic that was there before with fewer partitions is told apart later, with its name.
    return [name for name in partitions if not led.get(name)] + [
        t["topic"] for t in described if any(p["leader"] < 0 for p in t["partitions"])
    ]


async def _differences(
    client: AIOKafkaAdminClient, name: str, topic: Topic, described: Mapping[str, Any], most: int | None
) -> list[str]:
    found = len(described["partitions"])
    wanted = _partitions(topic, most)
    texts = [f"{name} has {found} partitions, not {wanted}"] if found != wanted else []
    settings = await _read_settings(client, name)
    for key, value in topic.config.items():
        if key in settings and settings[key] != value:
            texts.append(f"{name} has {key}={settings[key]}, not {value}")
    return texts


async def _read_settings(client: AIOKafkaAdminClient, name: str) -> dict[str, str]:
    resource = ConfigResource(ConfigResourceType.TOPIC, name)
    answers: list[Any] = await client.describe_configs([resource])
    return {entry[0]: entry[1] for answer in answers for found in answer.resources for entry in found[4]}
