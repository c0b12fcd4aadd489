"""From an event to its bytes and back.

`encode` makes the final bytes on the wire once; `decode` reads bytes and answers with the event, or raises
`InvalidEvent` with a stable code, what was found and what was expected.
"""

import json
from typing import Any, cast

from pydantic import ValidationError

from mutua_contracts.envelope import Envelope
from mutua_contracts.events import EVENTS, known_majors
from mutua_contracts.model import WRITER, Wire

MAX_EVENT_BYTES = 512 * 1024
"""An event larger than this is refused before it is written or read (platform limit of one record)."""


class InvalidEvent(ValueError):
    """Bytes that are no event of ours. `code` is stable; `found` holds no content, only shape."""

    def __init__(self, code: str, *, found: str, expected: str, path: str = "") -> None:
        super().__init__(f"{code}: found {found}, expected {expected}" + (f" at {path}" if path else ""))
        self.code = code
        self.found = found
        self.expected = expected
        self.path = path


def encode(envelope: Envelope[Any]) -> bytes:
    """The event's final bytes: compact JSON in UTF-8, held to the writer's closed codes.

    Raises `InvalidEvent` with code `too_large`, or `unknown_code` or `malformed` where a writer broke its
    contract.
    """
    raw = envelope.model_dump_json(exclude_none=False).encode()
    if len(raw) > MAX_EVENT_BYTES:
        raise InvalidEvent(
            "too_large", found=f"{len(raw)} bytes", expected=f"at most {MAX_EVENT_BYTES} bytes"
        )
    _validate(raw, type(envelope.data), writer=True)
    return raw


def peek(raw: bytes) -> dict[str, Any]:
    """The JSON object of an event, unvalidated: for finding its type before choosing a model.

    Raises `InvalidEvent` with code `undecodable`, `too_large` or `malformed`.
    """
    if len(raw) > MAX_EVENT_BYTES:
        raise InvalidEvent(
            "too_large", found=f"{len(raw)} bytes", expected=f"at most {MAX_EVENT_BYTES} bytes"
        )
    try:
        value: object = json.loads(raw)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise InvalidEvent("undecodable", found="no JSON text", expected="a JSON object in UTF-8") from None
    if not isinstance(value, dict):
        raise InvalidEvent("malformed", found=type(value).__name__, expected="a JSON object")
    return cast("dict[str, Any]", value)


def decode(raw: bytes) -> Envelope[Any]:
    """The event in `raw`, of whatever declared type it is.

    Raises `InvalidEvent` with code `undecodable`, `too_large`, `malformed`, `unknown_type` or
    `unknown_version`.
    """
    name = peek(raw).get("type")
    if not isinstance(name, str):
        raise InvalidEvent("malformed", found="no type", expected="a CloudEvents type", path="/type")
    declared = EVENTS.get(name)
    if declared is None:
        majors = known_majors(name)
        code, expected = (
            ("unknown_version", ", ".join(majors)) if majors else ("unknown_type", "a declared type")
        )
        raise InvalidEvent(code, found=name[:120], expected=expected, path="/type")
    return _validate(raw, declared.model, writer=False)


def _validate(raw: bytes, model: type[Wire], *, writer: bool) -> Envelope[Any]:
    try:
        return Envelope[model].model_validate_json(raw, context=WRITER if writer else None)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = "/" + "/".join(str(part) for part in first["loc"])
        code = "unknown_code" if first["type"] == "unknown_code" else "malformed"
        raise InvalidEvent(code, found=first["type"], expected=first["msg"], path=path) from None
