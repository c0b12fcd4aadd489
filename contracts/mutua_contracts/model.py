"""The base of every model on the wire, and codes that are open for readers and closed for writers.

A reader accepts members and codes that it does not know, so that a newer writer breaks nobody. A writer
is held to the list: `encode` validates with the context `{"writer": True}`, and the writer schemas name every code.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
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


@dataclass(frozen=True)
class Codes:
    """Annotation for a coded string: any non-empty string when reading, one of `values` when writing."""

    values: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), CODES_KEYWORD: list(self.values)}

    def _check(self, value: str, info: ValidationInfo) -> str:
        if info.context is not None and info.context.get("writer") and value not in self.values:
            raise PydanticCustomError(
                "unknown_code",
                "found the code {found}, expected one of {expected}",
                {"found": value, "expected": ", ".join(self.values)},
            )
        return value
