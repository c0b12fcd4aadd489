"""The kinds of field that Annex I values are made of, and what is said when one is wrong.

Every wrong field gives a `FieldError`: which element, where, what was found, what was expected. `found`
quotes the input: the text belongs in answers to whoever sent it, never in logs or events.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from mutua_credentials import code_lists
from mutua_credentials.json_text import type_name
from mutua_credentials.pointers import pointer

MAX_QUOTE = 200
MAX_PARTS = 10_000
"""Values that one element may be made of; the model's own limits lie far below."""
MOST_NAMED = 20
"""Lists up to this length are spelt out in messages and schemas."""


class Value(BaseModel):
    """The base of every Annex I value: immutable, and without members that it does not name."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class FieldError(Value):
    """One wrong field."""

    element: str
    """Element of Annex I, e.g. `workload`."""
    path: str
    """JSON Pointer (RFC 6901) from the whole, e.g. `/workload/ects`."""
    code: str
    """Stable: `missing`, `unknown_member`, `unknown_code`, `contradiction`, or the kind of mistake."""
    found: str
    """What stands there, shortened."""
    expected: str
    """What may stand there."""


def refused(code: str, expected: str) -> PydanticCustomError:
    """The error that a validator of ours raises."""
    return PydanticCustomError("mutua", "{expected}", {"code": code, "expected": expected})


_CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown_member",
    "string_unicode": "lone_surrogate",
    "too_short": "too_few",
    "too_long": "too_many",
}


def field_errors(error: ValidationError, element: str | None = None) -> tuple[FieldError, ...]:
    """The mistakes of one validation; `element` is given where one element was validated alone."""
    found: list[FieldError] = []
    details = error.errors(include_url=False)
    for detail in details:
        if detail["type"] == "too_short" and any(
            _is_inside(other["loc"], detail["loc"]) for other in details
        ):
            continue  # pydantic counts only the items that are right; what is wrong with the others is said
        path = [str(part) for part in ((element,) if element else ()) + detail["loc"]]
        context: Mapping[str, Any] = detail.get("ctx", {})
        code = context["code"] if detail["type"] == "mutua" else _CODES.get(detail["type"], detail["type"])
        found.append(
            FieldError(
                element=path[0] if path else "",
                path=pointer(*path),
                code=code,
                found="nothing" if code == "missing" else quote(detail["input"]),
                expected=_expected(detail["type"], detail["msg"]),
            )
        )
    return tuple(found)


def too_much(value: Any, element: str) -> FieldError | None:
    """An element of more parts than any right one has. Validation names every mistake, so that a million
    wrong parts would cost minutes and gigabytes: they are counted first.
    """
    waiting, parts = [value], 0
    while waiting and parts <= MAX_PARTS:
        part = waiting.pop()
        below = part.values() if isinstance(part, dict) else part if isinstance(part, list | tuple) else ()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        parts += 1 + len(below)  # pyright: ignore[reportUnknownArgumentType]
        if parts <= MAX_PARTS:
            waiting.extend(below)  # pyright: ignore[reportUnknownArgumentType]
    if parts <= MAX_PARTS:
        return None
    expected = f"at most {MAX_PARTS} values"
    return FieldError(
        element=element, path=pointer(element), code="too_many", found="more", expected=expected
    )


def _is_inside(location: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(location) > len(outer) and location[: len(outer)] == outer


def quote(value: Any) -> str:
    """A value for a message: texts quoted, containers by their kind."""
    if isinstance(value, dict | list | tuple):
        return f"{'object' if isinstance(value, dict) else 'array'} of {len(value)}"  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, str):
        shown = value if len(value) <= MAX_QUOTE else value[:MAX_QUOTE] + "…"
        return repr(shown.encode("utf-8", "backslashreplace").decode())
    return type_name(value) if value is None or isinstance(value, BaseModel) else str(value)[:MAX_QUOTE]


def _expected(kind: str, message: str) -> str:
    if kind == "missing":
        return "a value"
    if kind == "extra_forbidden":
        return "no such member"
    return re.sub(r"^(Input|String|Value|Tuple|Dictionary|List) should ", "", message).removeprefix("be ")


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def _words(text: str) -> str:
    if not text.strip():
        raise refused("blank", "a text that is not blank")
    if _CONTROL.search(text):
        raise refused("control_character", "no control characters but tab and line feed")
    return text


Words = Annotated[str, Field(max_length=4000), AfterValidator(_words)]
"""A text for people: not blank, without control characters."""

Short = Annotated[str, Field(max_length=200), AfterValidator(_words)]
"""A name or an identifier."""

LanguageTag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
"""BCP 47."""

Text = Annotated[Mapping[LanguageTag, Words], Field(min_length=1, max_length=40)]
"""A text by language: `{"en": "..."}`."""

Uri = Annotated[str, Field(pattern=r"^https?://[^\s\x00-\x1f\x7f]+$", max_length=1000)]
"""A web address, kept as it was written."""


def _decimal(value: Any) -> Any:
    """Decimals travel as text, so that every reader holds the same number; whole numbers may be numbers."""
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,4})?", value):
        raise refused("not_a_decimal", 'a decimal number as text, such as "2.5"')
    return Decimal(value)


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


Amount = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(gt=0, le=10_000, decimal_places=2),
    PlainSerializer(_plain, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,2})?$", "examples": ["2.5"]}),
]
"""A positive number of at most two decimals, written as text."""


def _day(value: Any) -> Any:
    if type(value) is date or (
        isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII)
    ):
        return value
    raise refused("not_a_date", "a date, YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_day)]
"""A plain date."""


class InList:
    """Annotation for a code of one list; an entry's URI and a country's alpha-3 code are read as its code."""

    def __init__(self, list_id: code_lists.ListId) -> None:
        self._list_id: code_lists.ListId = list_id

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        entries = code_lists.get(self._list_id)
        if len(entries) > MOST_NAMED:
            return {**handler(schema), "description": f"Code of the list {entries.id}: {entries.title}"}
        return {**handler(schema), "enum": [entry.code for entry in entries]}

    def _check(self, name: str) -> str:
        entries = code_lists.get(self._list_id)
        code = entries.find(name)
        if code is None:
            named = f": {', '.join(entry.code for entry in entries)}" if len(entries) <= MOST_NAMED else ""
            raise refused("unknown_code", f"a code of the list {entries.id}{named}")
        return code.code
