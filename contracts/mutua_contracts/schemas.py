"""JSON Schemas (2020-12) of an event, made from its models: one for readers, one for writers.

A reader's schema is open: members and codes that it does not know are welcome. A writer's is closed: every
member is declared and every code is listed. Both describe the whole envelope with its data.
"""

from typing import Any, Literal

from mutua_contracts.envelope import Envelope
from mutua_contracts.events import EventType
from mutua_contracts.model import CODES_KEYWORD

Role = Literal["reader", "writer"]
Schema = dict[str, Any]

ROLES: tuple[Role, ...] = ("reader", "writer")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(event: EventType, role: Role) -> Schema:
    """The schema of `event` for `role`, in a stable order of members."""
    envelope: type[Envelope[Any]] = Envelope[event.model]
    # Members with a default may be absent for both: a writer of another make may leave out what is null.
    body = _shaped(envelope.model_json_schema(mode="validation"), closed=role == "writer")
    definitions: Schema = body.pop("$defs", {})
    about_type = body["properties"]["type"]["description"]
    body["properties"]["type"] = {"const": event.name, "description": about_type, "type": "string"}
    if role == "writer":
        # CloudEvents requires it; `encode` always writes it, and readers of ours forgive its absence.
        body["required"] = ["specversion", *body["required"]]
    return {
        "$schema": DIALECT,
        "$id": f"urn:mutua:schema:{event.name}:{role}",
        "title": event.name,
        "description": event.model.__doc__,
        **body,
        "$defs": definitions,
    }


def _shaped(schema: Schema, *, closed: bool) -> Schema:
    """The schema without generated titles; closed where a writer is meant."""

    def each(members: Schema) -> Schema:
        return {name: _shaped(member, closed=closed) for name, member in members.items()}

    shaped: Schema = {}
    for keyword, value in schema.items():
        match keyword:
            case "title":
                continue
            case "properties" | "$defs":
                shaped[keyword] = each(value)
            case "items" | "additionalProperties" if isinstance(value, dict):
                shaped[keyword] = _shaped(value, closed=closed)
            case "anyOf":
                shaped[keyword] = [_shaped(branch, closed=closed) for branch in value]
            case _:
                shaped[keyword] = value
    if closed and "properties" in shaped:
        shaped["additionalProperties"] = False
    if closed and CODES_KEYWORD in shaped:
        shaped["enum"] = shaped.pop(CODES_KEYWORD)
        del shaped["minLength"]
    return shaped
