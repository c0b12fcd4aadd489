"""Who may do what on the broker: least privilege for each service, derived from the table of topics.

A service's relay shares the principal of its service. Nobody among them creates topics, changes them or
deletes records: that is the operator's, who prepares the broker. Everything that is not listed is denied.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mutua_contracts.events import EVENTS, EventType
from mutua_contracts.topics import TOPICS, Topic, group_prefix, topic_name

RIGHTS = ("READ", "WRITE", "DESCRIBE")
"""All operations that a service is ever allowed."""


@dataclass(frozen=True, slots=True, order=True)
class Acl:
    """One allowance, in Kafka's own terms; a `PREFIXED` pattern allows every name that begins with `name`."""

    principal: str
    resource: str
    name: str
    pattern: str
    operation: str


def principal(service: str) -> str:
    """The Kafka principal of a service."""
    return f"User:{service}"


def acls(namespace: str | None = None, topics: Sequence[Topic] = TOPICS) -> tuple[Acl, ...]:
    """Every allowance that the services need, and no other, in a stable order."""
    return tuple(sorted({acl for topic in topics for acl in _of_topic(topic, namespace)}))


def _of_topic(topic: Topic, namespace: str | None) -> Iterator[Acl]:
    name = topic_name(namespace, topic.name)

    def on_topic(service: str, operation: str) -> Acl:
        return Acl(principal(service), "TOPIC", name, "LITERAL", operation)

    for operation in ("WRITE", "DESCRIBE"):
        yield on_topic(topic.writer, operation)
    for reader in topic.readers:
        for operation in ("READ", "DESCRIBE"):
            yield on_topic(reader, operation)
        yield Acl(principal(reader), "GROUP", group_prefix(namespace, reader), "PREFIXED", "READ")


def lint(
    given: Iterable[Acl],
    namespace: str | None = None,
    *,
    topics: Sequence[Topic] = TOPICS,
    events: Mapping[str, EventType] = EVENTS,
) -> list[str]:
    """Every contradiction between `given` (declared, or read from a broker) and the table of topics."""
    needed = set(acls(namespace, topics))
    present = set(given)
    return [
        *_table(topics, events),
        *(f"{_words(acl)} is missing: the table of topics needs it" for acl in sorted(needed - present)),
        *(f"{_words(acl)} is too much: {_why(acl, topics, namespace)}" for acl in sorted(present - needed)),
    ]


def _table(topics: Sequence[Topic], events: Mapping[str, EventType]) -> Iterator[str]:
    """Contradictions inside the table itself."""
    names = [topic.name for topic in topics]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"topic {name} is declared more than once"
    for event in events.values():
        if event.topic not in names:
            yield f"event {event.name} travels on {event.topic}, which is no declared topic"
    for topic in topics:
        for service in (topic.writer, *topic.readers):
            if not service.replace("_", "").isalpha():
                yield f"topic {topic.name} names {service!r}, which is no service"


def _why(acl: Acl, topics: Sequence[Topic], namespace: str | None) -> str:
    """What is wrong with an allowance that the table does not need."""
    if "*" in acl.name or "*" in acl.principal:
        return "no wildcards"
    if acl.operation not in RIGHTS:
        return "services neither create or change topics nor delete records"
    if acl.resource == "GROUP":
        return "a service joins groups under its own prefix only"
    if acl.resource != "TOPIC":
        return "services need rights on topics and groups only"
    if acl.pattern != "LITERAL":
        return "topics are named one by one"
    declared = {topic_name(namespace, topic.name): topic for topic in topics}.get(acl.name)
    if declared is None:
        return "it is no declared topic"
    if acl.operation == "WRITE":
        return f"{declared.writer} is its only writer"
    return f"its readers are {', '.join(declared.readers) or 'none'}"


def _words(acl: Acl) -> str:
    return f"{acl.operation} of {acl.principal} on {acl.resource} {acl.name} ({acl.pattern})"


def to_json(given: Iterable[Acl]) -> list[dict[str, Any]]:
    """The allowances as plain values."""
    return [asdict(acl) for acl in given]


def from_json(rows: Iterable[Mapping[str, str]]) -> tuple[Acl, ...]:
    """The opposite of `to_json`. Raises TypeError where a row has other members."""
    return tuple(Acl(**row) for row in rows)
