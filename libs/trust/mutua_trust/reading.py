"""Reading values out of parsed JSON, one coded flaw at the first thing that is not as expected.

`Reader` looks at one object; null reads as absent. A flaw is raised inside this package only: the functions
of `mutua_trust.wire` catch it and hand it back as a value.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any, TypeVar, cast

T = TypeVar("T")
Read = Callable[[object, str], T]
"""Reads one value that is there; the text is the path of its member, for the flaw."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a line is refused: a stable code, the member, what was found there and what was expected."""

    code: str
    field: str | None
    found: object
    expected: str


class Refused(Exception):
    """Carries a flaw to the edge of this package."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.code)
        self.flaw = flaw


def refuse(code: str, field: str | None, found: object, expected: str) -> Refused:
    return Refused(Flaw(code, field, found, expected))


class Reader:
    """One JSON object. Members that nobody asks for are ignored."""

    def __init__(self, data: object, path: str = "") -> None:
        if not isinstance(data, Mapping):
            raise refuse("wrong_type", path or None, data, "a JSON object")
        self._data = cast("Mapping[str, object]", data)
        self._path = path

    def path(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def names(self) -> list[str]:
        return list(self._data)

    def raw(self, name: str) -> object:
        return self._data.get(name)

    def optional(self, name: str, read: Read[T]) -> T | None:
        value = self._data.get(name)
        return None if value is None else read(value, self.path(name))

    def required(self, name: str, read: Read[T], expected: str) -> T:
        value = self._data.get(name)
        if value is None:
            raise refuse("missing", self.path(name), None, expected)
        return read(value, self.path(name))

    def nested(self, name: str) -> "Reader":
        """The object under this name; an absent one reads as empty."""
        value = self._data.get(name)
        return Reader({} if value is None else value, self.path(name))


def text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise refuse("wrong_type", path, value, "a string")
    return value


def name(value: object, path: str) -> str:
    if not text(value, path):
        raise refuse("empty", path, value, "a non-empty string")
    return cast(str, value)


def integer(low: int, high: int | None = None) -> Read[int]:
    """Whole numbers within low..high; 5.0 is the JSON number 5."""
    expected = f"an integer, {low} or more" if high is None else f"an integer within {low}..{high}"

    def read(value: object, path: str) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise refuse("wrong_type", path, value, expected)
        if value < low or (high is not None and value > high):
            raise refuse("out_of_range", path, value, expected)
        return value

    return read


def credits_(value: object, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse("wrong_type", path, value, "a number, 0 or more")
    if value < 0 or (isinstance(value, float) and not isfinite(value)):
        raise refuse("out_of_range", path, value, "a number, 0 or more")
    return value


def day(value: object, path: str) -> date:
    expected = "a date as YYYY-MM-DD"
    if not isinstance(value, str):
        raise refuse("wrong_type", path, value, expected)
    try:
        if len(value) != 10 or value[4] != "-" or value[7] != "-":
            raise ValueError(value)
        return date.fromisoformat(value)
    except ValueError:
        raise refuse("unreadable_date", path, value, expected) from None


def code(known: Collection[str], called: str | None = None) -> Read[str]:
    """One string out of a closed list, which is `called` something where it is too long to print."""
    expected = called or "one of " + ", ".join(known)

    def read(value: object, path: str) -> str:
        if text(value, path) not in known:
            raise refuse("unknown_code", path, value, expected)
        return cast(str, value)

    return read


def list_of(read: Read[T]) -> Read[list[T]]:
    def read_list(value: object, path: str) -> list[T]:
        if not isinstance(value, list):
            raise refuse("wrong_type", path, value, "a list")
        return [read(item, path) for item in cast("list[Any]", value)]

    return read_list


def filled(read: Read[list[T]]) -> Read[list[T]]:
    """The list, refused when empty: an absent dimension means all of it, an empty one would mean nothing."""

    def read_filled(value: object, path: str) -> list[T]:
        items = read(value, path)
        if not items:
            raise refuse("empty", path, value, "a list with at least one item; leave it out to mean all")
        return items

    return read_filled
