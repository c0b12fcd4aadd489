"""CloudEvents 1.0 in structured JSON: the envelope of every event."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field, SerializeAsAny

from mutua_contracts.model import Instant, Uuid, Wire

TYPE_PATTERN = r"^eu\.mutua\.[a-z_]+\.[a-z_]+\.v[1-9][0-9]*$"
TRACEPARENT = r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"

D = TypeVar("D", bound=Wire)


class Envelope(Wire, Generic[D]):
    """One event: CloudEvents 1.0 attributes with Mutua's extensions, and the fact itself in `data`."""

    specversion: Literal["1.0"] = "1.0"
    """Version of CloudEvents."""
    id: Uuid
    """UUIDv7 of this fact, or derived from its cause; the same from producer to consumer."""
    source: Annotated[str, Field(min_length=1, max_length=200)]
    """Who states it, as a URI reference, e.g. `urn:mutua:issuer`."""
    type: Annotated[str, Field(pattern=TYPE_PATTERN)]
    """`eu.mutua.<aggregate>.<fact>.v<major>`."""
    subject: Annotated[str, Field(min_length=1, max_length=200)]
    """The aggregate's id."""
    time: Instant
    """When the fact was stated."""
    datacontenttype: Literal["application/json"] = "application/json"
    """Media type of `data`."""
    dataschema: str | None = None
    """Name of the schema of `data`."""
    partitionkey: Annotated[str, Field(min_length=1, max_length=200)]
    """The record's key: events of one key stay in order."""
    sequence: Annotated[int, Field(ge=1, lt=2**31)]
    """Version of the aggregate after this fact; it rises by at least one from event to event of a key."""
    tenant: Annotated[str, Field(min_length=1, max_length=100)]
    """The organisation whose fact this is."""
    traceparent: Annotated[str, Field(pattern=TRACEPARENT)] | None = None
    """W3C trace context of whoever caused the fact."""
    correlationid: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """What the whole story hangs on, e.g. the credential's id."""
    data: SerializeAsAny[D]
    """The fact."""
