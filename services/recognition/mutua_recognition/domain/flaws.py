"""Why something that was handed in is refused: a stable code, where, what was found, what was expected.

Refusals are values. A rule inside a constructor raises `Broken`, which whoever reads the value turns into
flaws.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

LONGEST_QUOTE: Final = 80


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong. `path` is a JSON Pointer; `fix` says what to do next."""

    code: str
    path: str
    found: str
    expected: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Everything that is wrong with what was handed in; never empty."""

    flaws: tuple[Flaw, ...]

    @property
    def code(self) -> str:
        return self.flaws[0].code


def refused(code: str, path: str, found: object, expected: str, fix: str | None = None) -> Refused:
    """A refusal with one flaw."""
    return Refused((Flaw(code, path, quote(found), expected, fix),))


class Broken(ValueError):
    """A value that contradicts itself; raised by constructors."""

    def __init__(self, code: str, member: str, found: object, expected: str) -> None:
        super().__init__(f"{code}: {member}: found {quote(found)}, expected {expected}")
        self.code = code
        self.member = member
        self.found = quote(found)
        self.expected = expected


def quote(value: object) -> str:
    """A value for a message, shortened; null is `nothing`."""
    text = "nothing" if value is None else str(value)
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…"


_CODES: Final[Mapping[str, str]] = {
    "missing": "missing",
    "missing_argument": "missing",
    "missing_keyword_only_argument": "missing",
    "unexpected_keyword_argument": "unknown_member",
    "extra_forbidden": "unknown_member",
    "enum": "unknown_code",
    "literal_error": "unknown_code",
    "json_invalid": "not_json",
    "date_parsing": "unreadable_date",
    "date_from_datetime_parsing": "unreadable_date",
    "datetime_parsing": "unreadable_date",
    "datetime_from_date_parsing": "unreadable_date",
    "decimal_parsing": "unreadable_number",
}
_OUT_OF_RANGE: Final = ("greater_than", "less_than", "too_short", "too_long")


def flaws_of(error: ValidationError) -> Refused:
    """The errors of a validation in our terms, in the order of the document."""
    return Refused(tuple(_flaw(detail) for detail in error.errors(include_url=False)))


def _flaw(detail: Mapping[str, Any]) -> Flaw:
    path = "".join(f"/{part}" for part in detail["loc"])
    kind, broken = detail["type"], detail.get("ctx", {}).get("error")
    if isinstance(broken, Broken):
        return Flaw(broken.code, f"{path}/{broken.member}", broken.found, broken.expected)
    if kind in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return Flaw("missing", path, "nothing", "a value")
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        return Flaw("unknown_member", path, path.rpartition("/")[2], "no such member")
    if any(word in kind for word in _OUT_OF_RANGE):
        code = "out_of_range"
    elif kind in _CODES:
        code = _CODES[kind]
    else:
        code = "contradiction" if kind == "value_error" else "wrong_type"
    return Flaw(code, path, quote(detail["input"]), str(detail["msg"]).removeprefix("Input should be "))
