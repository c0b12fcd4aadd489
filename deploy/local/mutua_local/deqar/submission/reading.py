"""Reads a submitted body as the real server's framework does, and collects its errors in the framework's
forms.

A field's errors are a list of sentences; those of an object are an object by field; those of a list of
objects are a list as long as itself, of a list of values an object by index.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mutua_local.deqar.model import Json

Detail = Any
Read = Callable[[Any], Any]
_URL: Final = re.compile(r"(https?|ftps?)://[^\s/?#]+([/?#]\S*)?", re.IGNORECASE)


class Invalid(Exception):
    """What is wrong, in the framework's form."""

    def __init__(self, detail: Detail) -> None:
        super().__init__(detail)
        self.detail = detail if isinstance(detail, list | dict) else [detail]


@dataclass(frozen=True, slots=True)
class Field:
    """How one member is read. A null where none is allowed and an absent one where it is required are
    errors."""

    read: Read
    required: bool = False
    nullable: bool = False


def read_object(value: Any, fields: Mapping[str, Field]) -> Json:
    """The members that are there, read. Raises Invalid with the errors by member."""
    if not isinstance(value, dict):
        kind = type(value).__name__
        raise Invalid({"non_field_errors": [f"Invalid data. Expected a dictionary, but got {kind}."]})
    found: Json = {}
    errors: Json = {}
    for name, field in fields.items():
        if name not in value:
            if field.required:
                errors[name] = ["This field is required."]
            continue
        try:
            found[name] = _member(value[name], field)
        except Invalid as error:
            errors[name] = error.detail
    if errors:
        raise Invalid(errors)
    return found


def _member(value: Any, field: Field) -> Any:
    if value is not None:
        return field.read(value)
    if field.nullable:
        return None
    raise Invalid("This field may not be null.")


def objects(read: Read, *, empty: bool = True) -> Read:
    """A list of objects: its errors are as many as it has elements, nothing for the good ones."""

    def all_of(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Invalid({"non_field_errors": [_no_list(value)]})
        if not value and not empty:
            raise Invalid({"non_field_errors": ["This list may not be empty."]})
        found: list[Any] = []
        errors: list[Detail] = []
        for element in value:
            try:
                found.append(read(element))
                errors.append({})
            except Invalid as error:
                errors.append(error.detail)
        if any(errors):
            raise Invalid(errors)
        return found

    return all_of


def values(read: Read) -> Read:
    """A list of values: its errors are by index."""

    def all_of(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Invalid(_no_list(value))
        found: list[Any] = []
        errors: dict[str, Detail] = {}
        for number, element in enumerate(value):
            try:
                found.append(_member(element, Field(read)))
            except Invalid as error:
                errors[str(number)] = error.detail
        if errors:
            raise Invalid(errors)
        return found

    return all_of


def text(longest: int | None = None, *, blank: bool = False) -> Read:
    """A text; numbers count as text, booleans do not."""

    def read(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Invalid("Not a valid string.")
        found = str(value).strip()
        if not found and not blank:
            raise Invalid("This field may not be blank.")
        if longest is not None and len(found) > longest:
            raise Invalid(f"Ensure this field has no more than {longest} characters.")
        return found

    return read


def address(longest: int) -> Read:
    def read(value: Any) -> str:
        found = text(longest)(value)
        if not _URL.fullmatch(found):
            raise Invalid("Enter a valid URL.")
        return found

    return read


def whole(value: Any) -> int:
    try:
        return int(re.sub(r"\.0*\s*$", "", str(value)))
    except ValueError:
        raise Invalid("A valid integer is required.") from None


def word(value: Any) -> str:
    """What most of the registry's own fields begin with: numbers are refused, only text will do."""
    if not isinstance(value, str):
        raise Invalid(f"Incorrect type. Expected a string, but got {type(value).__name__}")
    return value


def _no_list(value: Any) -> str:
    return f'Expected a list of items but got type "{type(value).__name__}".'
