"""What a handler is given and what it answers: events in, outcomes out, both plain values."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mutua_contracts import Envelope
from mutua_kernel.database import Connection
from mutua_kernel.outbox import Emit


@dataclass(frozen=True, slots=True)
class Record:
    """A record as the broker delivered it; `topic` is the declared name, without namespace."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A valid event with the place it came from."""

    record: Record
    key: str
    envelope: Envelope[Any]


@dataclass(frozen=True, slots=True)
class Done:
    """The event's effect was written by the handler; `emit` are the facts that follow, in order."""

    emit: tuple[Emit, ...] = ()


@dataclass(frozen=True, slots=True)
class Park:
    """The event cannot be processed and waits for a person; later events of its key wait behind it.

    `reason` is a stable code, `detail` says what was found and what was expected, without content.
    """

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Skip:
    """The event needs no effect here; `reason` is a stable code, counted in metrics."""

    reason: str


Outcome = Done | Park | Skip

Handler = Callable[[Connection, Sequence[Event]], Awaitable[Sequence[Outcome]]]
"""Handles a batch inside one transaction: one outcome an event, in order. It holds for every handler:

- a fixed number of statements whatever the batch's size: at most one read and two writes;
- aggregates are locked in order of key, versions come from `returning`, events of one aggregate are folded
  first;
- an event for which it answers `Park` has had no effect; it raises for bugs and broken infrastructure only.
"""
