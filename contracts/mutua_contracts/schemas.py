"""JSON Schemas (2020-12) of an event, made from its models: one for readers, one for writers.

A reader's schema is open: members and codes that it does not know are welcome. A writer's is closed: every
member is declared and every code is listed. Both describe the whole envelope with its data.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Literal, cast

from mutua_contracts.envelope import Envelope
from mutua_contracts.events import EventType
from mutua_contracts.model import CODES_KEYWORD

Role = Literal["reader", "writer"]
Schema = dict[str, Any]

ROLES: tuple[Role, ...] = ("reader", "writer")
TOPIC_KEYWORD = "x-mutua-topic"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def schema_of(event: EventType, role: Role) -> Schema:
    """The schema of `event` for `role`, in a stable order of members. It is shared: copy it to change it."""
    envelope: type[Envelope[Any]] = Envelope[event.model]
    # Members with a default may be absent for both: a writer of another make may leave out what is null.
    body = each_schema(envelope.model_json_schema(mode="validation"), _SHAPES[role])
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
        TOPIC_KEYWORD: event.topic,
        **body,
        "$defs": definitions,
    }


def meaning(schema: Schema) -> Schema:
    """The schema without its texts: two schemas of one meaning are one version."""
    return each_schema(schema, _without_texts)


def each_schema(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """The schema with `change` applied to every schema in it, the inner ones first."""

    def inner(keyword: str, value: Any) -> Any:
        match keyword:
            case "properties" | "$defs":
                return {name: each_schema(member, change) for name, member in value.items()}
            case "items" | "additionalProperties" if isinstance(value, dict):
                return each_schema(cast("Schema", value), change)
            case "anyOf":
                return [each_schema(branch, change) for branch in value]
            case _:
                return value

    return change({keyword: inner(keyword, value) for keyword, value in schema.items()})


def _without(schema: Schema, *keywords: str) -> Schema:
    return {keyword: value for keyword, value in schema.items() if keyword not in keywords}


def _without_texts(schema: Schema) -> Schema:
    return _without(schema, "title", "description")


def _open(schema: Schema) -> Schema:
    return _without(schema, "title")


def _closed(schema: Schema) -> Schema:
    closed = _without(schema, "title")
    if "properties" in closed:
        closed["additionalProperties"] = False
    if CODES_KEYWORD in closed:
        closed = {**_without(closed, CODES_KEYWORD, "minLength"), "enum": closed[CODES_KEYWORD]}
    return closed


_SHAPES: dict[Role, Callable[[Schema], Schema]] = {"reader": _open, "writer": _closed}
