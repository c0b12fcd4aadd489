"""Pins: what exactly was used, by id, version and digest, so that years later the same can be found again."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Pin:
    """One versioned thing, such as a policy, a version of the trust log or a snapshot of the registry."""

    id: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that a decision rests on, such as `report:800123`: found again by its digest."""

    id: str
    kind: str
    digest: str


def instant_text(instant: datetime) -> str:
    """An instant as records write it: UTC, with a Z."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
