"""The AsyncAPI document says what the topics say, resolves, and is YAML that everybody reads alike."""

import json
from typing import Any

import pytest
import yaml
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema
from hypothesis import given
from hypothesis import strategies as st

from mutua_contracts import EVENTS
from mutua_contracts.archive import COMMITTED
from mutua_contracts.topics import TOPICS
from mutua_contracts.yaml_text import to_yaml


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return yaml.safe_load((COMMITTED / "asyncapi.yaml").read_text())


def test_another_implementation_reads_it(document: dict[str, Any]) -> None:
    read = ApplicationSchema.model_validate(document)
    assert read.asyncapi == "3.0.0"
    assert len(read.channels) == len(TOPICS)


def test_every_topic_has_its_channel(document: dict[str, Any]) -> None:
    assert list(document["channels"]) == [topic.name for topic in TOPICS]
    for topic in TOPICS:
        channel = document["channels"][topic.name]
        kafka = channel["bindings"]["kafka"]
        assert (channel["address"], kafka["partitions"]) == (topic.name, topic.partitions)
        assert topic.key in channel["description"]
        configuration = kafka["topicConfiguration"]
        assert configuration["cleanup.policy"] == ["compact" if topic.compacted else "delete"]
        assert configuration.get("retention.ms") == topic.retention_ms
        assert set(channel["messages"]) == {e.name for e in EVENTS.values() if e.topic == topic.name}


def test_every_service_has_its_operations(document: dict[str, Any]) -> None:
    said = {
        (one["action"], name.split(".")[0], one["channel"]["$ref"])
        for name, one in document["operations"].items()
    }
    sends = {("send", topic.writer, f"#/channels/{topic.name}") for topic in TOPICS}
    receives = {
        ("receive", reader, f"#/channels/{topic.name}") for topic in TOPICS for reader in topic.readers
    }
    assert said == sends | receives


def test_every_reference_resolves(document: dict[str, Any]) -> None:
    def follow(value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                follow(item)
        elif isinstance(value, dict):
            for key, item in value.items():
                if key == "$ref" and item.startswith("#/"):
                    target: Any = document
                    for part in item[2:].split("/"):
                        target = target[part]
                elif key in ("$ref", "x-mutua-reader-schema"):
                    assert json.loads((COMMITTED / item).read_text())["title"] in item
                else:
                    follow(item)

    follow(document)


def test_every_message_has_its_schema(document: dict[str, Any]) -> None:
    messages = document["components"]["messages"]
    assert {name: one["payload"]["schema"]["$ref"] for name, one in messages.items()} == {
        name: f"./{name}.writer.json" for name in EVENTS
    }


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["a", "b.c", "$ref", "yes", "1", "~", "a: b", "- x"]), PLAIN, max_size=4)
)
def test_yaml_is_read_as_it_was_meant(value: dict[str, Any]) -> None:
    assert yaml.safe_load(to_yaml(value) if value else "{}") == value
