"""The one table of topics: what they are called, how they are kept, who writes and who reads them.

Topics are created, checked, described (AsyncAPI) and guarded (ACLs) from here and from nowhere else.
"""

from dataclasses import dataclass

DAYS = 24 * 60 * 60 * 1000
"""Milliseconds in a day."""

TOMBSTONES_KEPT_MS = 30 * DAYS
"""How long a tombstone can be read: longer than any reader's longest outage."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `retention_ms` is None for a compacted topic; `key` says in words what the key is."""

    name: str
    key: str
    partitions: int
    retention_ms: int | None
    writer: str
    readers: tuple[str, ...]
    about: str

    @property
    def compacted(self) -> bool:
        """Whether the broker keeps the last event of every key for ever."""
        return self.retention_ms is None

    @property
    def config(self) -> dict[str, str]:
        """The topic's configuration on the broker, in Kafka's own terms."""
        if self.retention_ms is None:
            return {"cleanup.policy": "compact", "delete.retention.ms": str(TOMBSTONES_KEPT_MS)}
        return {"cleanup.policy": "delete", "retention.ms": str(self.retention_ms)}


TOPICS: tuple[Topic, ...] = (
    Topic(
        name="mutua.issuer",
        key="issuer id",
        partitions=1,
        retention_ms=None,
        writer="issuer",
        readers=("recognition",),
        about="Issuers with their identifiers and their keys with validity; each event is the whole state.",
    ),
    Topic(
        name="mutua.credential",
        key="credential id",
        partitions=32,
        retention_ms=90 * DAYS,
        writer="issuer",
        readers=("recognition",),
        about="The life of one issued credential, in order, without personal data.",
    ),
    Topic(
        name="mutua.recognition",
        key="request id",
        partitions=32,
        retention_ms=90 * DAYS,
        writer="recognition",
        readers=("notifier",),
        about="The life of one request for recognition, in order: asked, reviewed, decided.",
    ),
    Topic(
        name="mutua.trust",
        key="statement, alliance or policy id",
        partitions=1,
        retention_ms=None,
        writer="recognition",
        readers=(),
        about="Statements of trust, alliances and policies; each event is the whole state of its key.",
    ),
    Topic(
        name="mutua.registry",
        key="kind and registry id",
        partitions=1,
        retention_ms=None,
        writer="deqar_sync",
        readers=("recognition",),
        about="The mirror of the quality-assurance registry; each event is the whole state of its key.",
    ),
)


def topic(name: str) -> Topic:
    """The declaration of topic `name` (without namespace). Raises KeyError when it is not declared."""
    for declared in TOPICS:
        if declared.name == name:
            return declared
    raise KeyError(name)


def topic_name(namespace: str | None, name: str) -> str:
    """The name of a declared topic on a broker that several stacks share: `<namespace>.<name>`."""
    return f"{namespace}.{name}" if namespace else name


def group_prefix(namespace: str | None, service: str) -> str:
    """What the names of a service's consumer groups begin with; the stream's name follows."""
    return topic_name(namespace, f"mutua.{service}.")
