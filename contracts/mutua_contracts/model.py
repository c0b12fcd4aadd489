"""The base of every model on the wire: codes that are open for readers, and values with one spelling.

A reader accepts members and codes that it does not know, so that a newer writer breaks nobody. A writer is
held to the list: `encode` validates with the context `WRITER`, and the writer schemas name every code.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic import ValidationInfo as Info
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

WRITER: dict[str, Any] = {"writer": True}
"""Validation context of a writer."""

CODES_KEYWORD = "x-mutua-codes"
"""Schema keyword that carries the closed list; the schema generator turns it into `enum` for writers."""


class Wire(BaseModel):
    """A value on the wire: immutable, tolerant of members that this version does not know."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", ser_json_bytes="base64", use_attribute_docstrings=True
    )


def is_writer(info: Info) -> bool:
    """Whether a writer's stricter rules hold for this validation."""
    return info.context is not None and bool(info.context.get("writer"))


@dataclass(frozen=True)
class Codes:
    """Annotation for a coded string: any non-empty string when reading, one of `values` when writing."""

    values: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "minLength": 1, CODES_KEYWORD: list(self.values)}

    def _check(self, value: str, info: Info) -> str:
        if not value:
            raise PydanticCustomError("empty_code", "a code")
        if is_writer(info) and value not in self.values:
            raise PydanticCustomError("unknown_code", "one of {known}", {"known": ", ".join(self.values)})
        return value


@dataclass(frozen=True)
class Spelled:
    """Annotation for a value that has one spelling in JSON, such as an instant.

    Without it pydantic reads `"0"` as the first of January 1970 and a UUID in braces, which no schema says.
    """

    pattern: str
    example: str
    parse: Callable[[str], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        fits, parse, example = re.compile(self.pattern).fullmatch, self.parse, {"example": self.example}

        def read(value: Any, info: Info) -> Any:
            # Only in JSON: Python callers pass the value itself. Parsed here, because what comes after a
            # function is strict about Python types and takes no text.
            if info.mode != "json" or not isinstance(value, str):
                return value
            try:
                if fits(value):
                    return parse(value)
            except ValueError:  # the form of a date, and no date: the 31st of February
                pass
            raise PydanticCustomError("spelling", "the form {example}", example)

        return core_schema.with_info_before_validator_function(read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "pattern": self.pattern}


def _utc(value: datetime) -> datetime:
    if value.utcoffset() != timedelta(0):
        raise PydanticCustomError("not_utc", "an instant in UTC")
    return value


Instant = Annotated[
    datetime,
    Spelled(
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z$",
        "2026-09-28T12:00:00Z",
        datetime.fromisoformat,
    ),
    AfterValidator(_utc),
]
"""An instant in UTC (RFC 3339, `Z`, at most microseconds)."""

Day = Annotated[date, Spelled(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "2026-09-28", date.fromisoformat)]
"""A plain date."""

Uuid = Annotated[
    UUID,
    Spelled(
        r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        "018f4e5c-0000-7000-8000-000000000000",
        UUID,
    ),
]
"""A UUID in lower case with hyphens."""
