"""From the domain's values to canonical JSON and back, and the digests of it.

A value is a frozen dataclass of dates, decimals, codes, tuples and other values; its JSON holds every member,
null where empty, decimals as text. Reading is strict: wrong types are refused, and unknown members too in
what people write (classes that say so). `read(kind, write(value)) == value` for every value.
"""

from functools import cache
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from mutua_credentials import digests
from mutua_recognition.domain.flaws import Refused, flaws_of, refused

Json = dict[str, Any]
T = TypeVar("T")

STRICT = ConfigDict(extra="forbid")
"""For `__pydantic_config__` of values that people write: a misspelt brake must not be lost in silence."""


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def write(value: object) -> Json:
    """The JSON of a value."""
    return _adapter(type(value)).dump_python(value, mode="json", by_alias=True)


def read(kind: type[T], data: bytes | Json) -> T | Refused:
    """The value in this JSON, or all that is wrong with it."""
    try:
        text = data if isinstance(data, bytes) else canonical(data)
    except ValueError as error:
        return refused("no_canonical_form", "", str(error), "JSON that every reader understands alike")
    try:
        return _adapter(kind).validate_json(text, strict=True)
    except ValidationError as error:
        return flaws_of(error)


def canonical(data: Json) -> bytes:
    """RFC 8785. Raises ValueError where there is no canonical form."""
    return digests.canonical(data)


def digest(data: Json) -> str:
    """`sha256:` over the canonical form."""
    return digests.of_json(data)


def digest_of(value: object) -> str:
    """`sha256:` over the canonical form of a value's JSON."""
    return digest(write(value))
