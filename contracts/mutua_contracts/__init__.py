"""What crosses a border between Mutua's services: the envelope, the events and the table of topics.

The package depends on pydantic only, so that another organisation can install it alone and read our events.
Within a major version only optional fields are added; `python -m mutua_contracts check` proves it.
"""

from mutua_contracts.codec import MAX_EVENT_BYTES, InvalidEvent, decode, encode, peek
from mutua_contracts.envelope import Envelope
from mutua_contracts.events import EVENTS, EventType, event_type_of
from mutua_contracts.topics import TOPICS, Topic, topic_name

__all__ = [
    "EVENTS",
    "MAX_EVENT_BYTES",
    "TOPICS",
    "Envelope",
    "EventType",
    "InvalidEvent",
    "Topic",
    "decode",
    "encode",
    "event_type_of",
    "peek",
    "topic_name",
]
