"""From a record to what becomes of it: an event to handle, a row for the park, or nothing.

What is parked keeps the bytes as they came, so that the same handler can see them again.
"""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from mutua_contracts import InvalidEvent, decode
from mutua_kernel.database import sqlstate
from mutua_kernel.events import Event, Park, Record, Skip

BEHIND = "behind"
"""Reason of an event that is parked only because an earlier one of its key is."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A record on its way to the park."""

    record: Record
    key: str
    event_id: UUID | None
    reason: str
    detail: str


def read(record: Record) -> Event | Parked | Skip:
    """The event in `record`, or what becomes of it: a tombstone is skipped, anything else that is no event
    parks."""
    key = _key_of(record)
    if record.value is None or record.value == b"":
        return Skip("tombstone")
    try:
        envelope = decode(record.value)
    except InvalidEvent as error:
        # Without a key nothing can wait behind it: it parks alone, under its own place on the topic.
        alone = f"undecodable:{record.partition}:{record.offset}"
        return Parked(record, key if key is not None else alone, None, error.code, str(error))
    if key is None or key != envelope.partitionkey:
        alone = f"misplaced:{record.partition}:{record.offset}"
        detail = "misplaced: found a record key that is not the event's partitionkey, expected the same"
        return Parked(record, alone, envelope.id, "misplaced", detail)
    return Event(record, key, envelope)


def _key_of(record: Record) -> str | None:
    try:
        key = (record.key or b"").decode()
    except UnicodeDecodeError:
        return None
    return key if key and "\x00" not in key else None


def behind(event: Event) -> Parked:
    """The row of an event that waits for an earlier one of its key."""
    return parked(event, Park(BEHIND, "behind: found earlier parked events of this key, expected none"))


def parked(event: Event, park: Park) -> Parked:
    """The row of an event that its handler cannot process."""
    return Parked(event.record, event.key, event.envelope.id, park.reason, park.detail)


def culprit(item: Event | Parked, error: Exception) -> Parked:
    """The row of an event at which the handler or the database broke.

    Raises `error` itself where the row was on its way to the park already: the database refuses the row.
    """
    if isinstance(item, Parked):
        raise error
    reason = _reason_of(error)
    return parked(
        item, Park(reason, f"{reason}: the handler could not apply this event; see the service's log")
    )


def _reason_of(error: Exception) -> str:
    """A stable code: the database's own SQLSTATE, or that the handler broke."""
    if isinstance(error, asyncpg.PostgresError):
        return f"data:{sqlstate(error)}"
    if isinstance(error, InvalidEvent):
        return f"effect:{error.code}"
    return f"broken:{type(error).__name__}"
