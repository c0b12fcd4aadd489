"""From an event to its bytes and back.

`encode` makes the final bytes on the wire once; `decode` reads bytes and answers with the event, or raises
`InvalidEvent` with a stable code, what was found and what was expected. No message ever holds content.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from mutua_contracts.envelope import TYPE_PATTERN, Envelope
from mutua_contracts.events import EVENTS, event_type_of, known_majors
from mutua_contracts.model import WRITER, Wire

MAX_EVENT_BYTES = 512 * 1024
"""An event larger than this is refused before it is written or read (platform limit of one record)."""

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The escape of U+0000 in JSON text: an odd number of backslashes in front of `u0000`."""


class InvalidEvent(ValueError):
    """Bytes that are no event of ours, or an event that its writer may not state.

    `code` is stable: `too_large`, `undecodable`, `malformed`, `unknown_type`, `unknown_version` or
    `unknown_code`. `path` is a JSON pointer to the member; `found` holds no content, only its shape.
    """

    def __init__(self, code: str, *, found: str, expected: str, path: str = "") -> None:
        super().__init__(f"{code}: found {found}, expected {expected}" + (f" at {path}" if path else ""))
        self.code = code
        self.found = found
        self.expected = expected
        self.path = path


def encode(envelope: Envelope[Any]) -> bytes:
    """The event's final bytes: compact JSON in UTF-8, held to the writer's closed codes.

    Raises `InvalidEvent` with code `too_large`, `unknown_type` where the data is no declared event, or
    `unknown_code` or `malformed` where a writer broke its contract.
    """
    _check_type(envelope)
    try:
        raw = envelope.model_dump_json(warnings="error").encode()
    except ValueError:  # a lone surrogate or a value that JSON has no form for
        raise InvalidEvent(
            "malformed", found="a value that JSON cannot hold", expected="JSON values of the declared types"
        ) from None
    _check_bytes(raw)
    _validate(raw, type(envelope.data), writer=True)
    return raw


def peek(raw: bytes) -> dict[str, Any]:
    """The JSON object of an event, unvalidated: for finding its type before choosing a model.

    Raises `InvalidEvent` with code `undecodable`, `too_large` or `malformed`.
    """
    _check_bytes(raw)
    try:
        value: object = from_json(raw, allow_inf_nan=False)
    except ValueError:
        raise InvalidEvent("undecodable", found="no JSON text", expected="a JSON object in UTF-8") from None
    if not isinstance(value, dict):
        raise InvalidEvent("malformed", found=_shape(value), expected="an object")
    return cast("dict[str, Any]", value)


def decode(raw: bytes) -> Envelope[Any]:
    """The event in `raw`, of whatever declared type it is.

    Raises `InvalidEvent` with code `undecodable`, `too_large`, `malformed`, `unknown_type` or
    `unknown_version`.
    """
    name = peek(raw).get("type")
    if not isinstance(name, str):
        found = "nothing" if name is None else _shape(cast("object", name))
        raise InvalidEvent("malformed", found=found, expected="a CloudEvents type", path="/type")
    declared = EVENTS.get(name)
    if declared is None:
        raise _undeclared(name)
    return _validate(raw, declared.model, writer=False)


def _check_type(envelope: Envelope[Any]) -> None:
    try:
        expected = event_type_of(envelope.data).name
    except KeyError:
        raise InvalidEvent(
            "unknown_type", found=type(envelope.data).__name__, expected="a declared event", path="/data"
        ) from None
    if envelope.type != expected:
        raise InvalidEvent("malformed", found="another type", expected=expected, path="/type")


def _check_bytes(raw: bytes) -> None:
    if len(raw) > MAX_EVENT_BYTES:
        raise InvalidEvent(
            "too_large", found=f"{len(raw)} bytes", expected=f"at most {MAX_EVENT_BYTES} bytes"
        )
    # PostgreSQL cannot store it, and a statement that tries fails for its whole batch.
    if b"\\u0000" in raw and _NUL.search(raw):
        raise InvalidEvent("malformed", found="a text with U+0000", expected="texts without U+0000")


def _undeclared(name: str) -> InvalidEvent:
    if not re.fullmatch(TYPE_PATTERN, name) or len(name) > 120:
        return InvalidEvent(
            "unknown_type", found=_shape(name), expected="eu.mutua.<aggregate>.<fact>.v<major>", path="/type"
        )
    majors = known_majors(name)
    if majors:
        return InvalidEvent("unknown_version", found=name, expected=", ".join(majors), path="/type")
    return InvalidEvent("unknown_type", found=name, expected="a declared type", path="/type")


@cache
def _envelope_of(model: type[Wire]) -> type[Envelope[Any]]:
    return Envelope[model]


def _validate(raw: bytes, model: type[Wire], *, writer: bool) -> Envelope[Any]:
    envelope = _envelope_of(model)
    try:
        # By alias only: the name that Python code uses for a member is no member on the wire.
        return envelope.model_validate_json(
            raw, strict=True, by_alias=True, by_name=False, context=WRITER if writer else None
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InvalidEvent(
            "unknown_code" if first["type"] == "unknown_code" else "malformed",
            found="nothing" if first["type"] == "missing" else _shape(first["input"]),
            expected=_expected(first),
            path=_pointer(first["loc"], envelope),
        ) from None


def _shape(value: object) -> str:
    """What kind of JSON value it is, never which."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return f"a string of {len(value)} characters"
        case list():
            return f"an array of {len(cast('list[object]', value))}"
        case _:
            return "an object"


_TELLING = frozenset(
    (
        *("missing", "literal_error", "string_type", "int_type", "float_type", "bool_type", "tuple_type"),
        *("dict_type", "model_type", "date_type", "datetime_type", "string_pattern_mismatch"),
        *("string_too_short", "string_too_long", "too_short", "too_long"),
        *("greater_than", "greater_than_equal", "less_than", "less_than_equal"),
        *("unknown_code", "empty_code", "spelling", "not_utc", "machine_refusal"),
    )
)
"""Errors whose message is made of the model alone; others quote what they found and are not passed on."""


def _expected(error: ErrorDetails) -> str:
    if error["type"] == "missing":
        return "this member"
    if error["type"] in _TELLING:
        return error["msg"].removeprefix("Input should be ")
    return "a valid value of this member's type"


def _pointer(location: tuple[int | str, ...], envelope: type[Envelope[Any]]) -> str:
    """A JSON pointer that names declared members and positions only: keys of free maps are content."""
    declared = _members(envelope)
    parts = (str(part) if isinstance(part, int) or part in declared else "*" for part in location)
    return "/" + "/".join(parts)


@cache
def _members(envelope: type[Envelope[Any]]) -> frozenset[str]:
    return frozenset(_properties(envelope.model_json_schema()))


def _properties(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from schema.get("properties", {})
    for model in schema.get("$defs", {}).values():
        yield from _properties(model)
