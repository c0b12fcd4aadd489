"""The AsyncAPI 3.0 document: channels, messages and who sends and receives them, from the table of topics.

Nothing in it is written by hand, so it cannot say anything that the topics, their configuration and their
schemas do not.
"""

import re
from collections.abc import Iterator
from typing import Any

from mutua_contracts.events import EVENTS, EventType
from mutua_contracts.topics import TOPICS, Topic, group_prefix

_BINDING = "0.5.0"
_VERSION = "1.0.0"
"""Version of the document: rises with a new major version of any event."""

_ABOUT = (
    "What crosses a border between the services of Mutua: CloudEvents 1.0 in structured JSON over Kafka. "
    "Within a major version only optional members are added. Codes are open for readers and closed for "
    "writers. Where several stacks share a broker, each address has the stack's namespace and a dot in front."
)


def document() -> dict[str, Any]:
    """The document as plain values."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Mutua", "version": _VERSION, "description": _ABOUT},
        "defaultContentType": "application/cloudevents+json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": dict(_operations()),
        "components": {"messages": {event.name: _message(event) for event in EVENTS.values()}},
    }


def _events_on(topic: Topic) -> list[EventType]:
    return [event for event in EVENTS.values() if event.topic == topic.name]


def _channel(topic: Topic) -> dict[str, Any]:
    messages = {event.name: {"$ref": f"#/components/messages/{event.name}"} for event in _events_on(topic)}
    return {
        "address": topic.name,
        "title": topic.name,
        "description": f"{topic.about} The key is the {topic.key}.",
        "messages": messages,
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": _configuration(topic),
                "bindingVersion": _BINDING,
            }
        },
    }


def _configuration(topic: Topic) -> dict[str, Any]:
    """The topic's configuration in the binding's types: a list of policies, numbers as numbers."""
    return {name: [value] if name == "cleanup.policy" else int(value) for name, value in topic.config.items()}


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for topic in TOPICS:
        yield f"{topic.writer}.sends.{topic.name}", _operation(topic, topic.writer, "send")
        for reader in topic.readers:
            operation = _operation(topic, reader, "receive")
            groups = {"type": "string", "pattern": f"^{re.escape(group_prefix(None, reader))}"}
            operation["bindings"] = {"kafka": {"groupId": groups, "bindingVersion": _BINDING}}
            yield f"{reader}.receives.{topic.name}", operation


def _operation(topic: Topic, service: str, action: str) -> dict[str, Any]:
    channel = f"#/channels/{topic.name}"
    return {
        "action": action,
        "title": f"{service} {action}s {topic.name}",
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{event.name}"} for event in _events_on(topic)],
    }


def _message(event: EventType) -> dict[str, Any]:
    key = next(topic.key for topic in TOPICS if topic.name == event.topic)
    return {
        "name": event.name,
        "title": event.model.__name__,
        "summary": " ".join((event.model.__doc__ or "").split()),
        "contentType": "application/cloudevents+json",
        "correlationId": {"location": "$message.payload#/correlationid"},
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"./{event.name}.writer.json"},
        },
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": _BINDING}},
        "x-mutua-reader-schema": f"./{event.name}.reader.json",
    }
