"""What a reader of another format found for the elements of Annex I, put into the one model.

A reader translates what stands there into the terms of our claims, and keeps the place and the original; this
module validates it by the same rules as our own credentials. What cannot be translated is unreadable with its
reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from mutua_credentials.annex_i.elements import ELEMENTS, AnnexI, Element, State, reader
from mutua_credentials.annex_i.fields import FieldError, field_errors, quote, too_much


@dataclass(frozen=True, slots=True)
class Found:
    """One element as it stands in a document: `value` in the form of our claims, `source` a JSON Pointer."""

    value: Any
    source: str
    original: Any
    errors: tuple[FieldError, ...] = ()
    """Why it cannot be translated; then `value` is not looked at."""


def unreadable(name: str, source: str, original: Any, code: str, expected: str) -> Found:
    """Something is there that has no translation, e.g. credits without a unit."""
    error = FieldError(element=name, path=source, code=code, found=quote(original), expected=expected)
    return Found(None, source, original, (error,))


def gather(found: Mapping[str, Found | None]) -> AnnexI:
    """The elements by name; what is not named, or None, is absent."""
    elements: dict[str, Any] = {name: _element(name, found.get(name)) for name in ELEMENTS}
    return AnnexI.model_construct(None, **elements)


def _element(name: str, found: Found | None) -> Element[Any]:
    if found is None:
        return Element(state=State.ABSENT)
    flood = too_much(found.value, name)
    errors = found.errors or ((flood,) if flood is not None else ())
    if not errors:
        try:
            value = reader(name).validate_python(found.value, extra="ignore")
            return Element(state=State.PRESENT, value=value, source=found.source, original=found.original)
        except ValidationError as error:
            errors = field_errors(error, name)
    return Element(state=State.UNREADABLE, source=found.source, original=found.original, errors=errors)
