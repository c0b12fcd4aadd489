"""Reads JSON of a registry that changes its mind about types, and names the place when it cannot.

Ids are integers or their digits; days come plain, as an instant at midnight or, in few places, as Unix
seconds; an absent member and null mean the same. Anything else raises ShapeChanged with the path.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeVar, cast

from mutua_deqar_sync.errors import ShapeChanged

Json = dict[str, Any]
ValueT = TypeVar("ValueT")
_LARGEST_KEY: Final = 2**31 - 1
_LARGEST: Final = 2**63 - 1
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?")


@dataclass(slots=True)
class Node:
    """A value inside an answer with the way to it. Made by the hundred for each row, hence not frozen and
    with a path that is put together only when somebody asks for it.
    """

    value: Any
    subject: str
    parent: "Node | None" = None
    step: str | int = ""

    @property
    def path(self) -> str:
        """JSON Pointer inside the subject."""
        return "" if self.parent is None else f"{self.parent.path}/{self.step}"

    def get(self, name: str) -> "Node":
        """Member of an object; null where it is absent."""
        return Node(self.members().get(name), self.subject, self, name)

    def members(self) -> Json:
        """The object that this must be."""
        if not isinstance(self.value, dict):
            raise self.unlike("an object")
        return cast("Json", self.value)

    def first(self, *names: str) -> "Node":
        """The first of the members that is not null; the last one where all are."""
        for name in names[:-1]:
            if not (found := self.get(name)).absent:
                return found
        return self.get(names[-1])

    def has(self, name: str) -> bool:
        return isinstance(self.value, dict) and name in self.value

    @property
    def absent(self) -> bool:
        return self.value is None

    def items(self) -> "list[Node]":
        """Elements of an array; none where it is absent."""
        if self.absent:
            return []
        if not isinstance(self.value, list):
            raise self.unlike("an array")
        return [
            Node(value, self.subject, self, number)
            for number, value in enumerate(cast("list[Any]", self.value))
        ]

    def required_items(self) -> "list[Node]":
        """Elements of an array that must be there, though it may be empty."""
        if self.absent:
            raise self.unlike("an array")
        return self.items()

    def wording(self) -> str | None:
        """A text as the registry has it; one of white space only is the same as absent."""
        if self.absent:
            return None
        if not isinstance(self.value, str) or "\x00" in self.value:
            raise self.unlike("a text")
        return self.value if self.value.strip() else None

    def text(self) -> str | None:
        """The same without surrounding white space."""
        found = self.wording()
        return None if found is None else found.strip()

    def required_text(self) -> str:
        found = self.text()
        if found is None:
            raise self.unlike("a text that is not empty")
        return found

    def whole(self) -> int | None:
        """A whole number, also as digits."""
        if self.absent:
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, int | str):
            raise self.unlike("a whole number")
        if isinstance(self.value, str) and not re.fullmatch(r"[0-9]{1,18}", self.value):
            raise self.unlike("a whole number")
        number = int(self.value)
        if not -_LARGEST <= number <= _LARGEST:
            raise self.unlike("a whole number of 64 bits")
        return number

    def required_count(self) -> int:
        """A whole number that says how many there are."""
        found = self.whole()
        if found is None or found < 0:
            raise self.unlike("a whole number that is not negative")
        return found

    def key(self) -> int | None:
        """The id of a row in the registry's database."""
        found = self.whole()
        if found is not None and not 1 <= found <= _LARGEST_KEY:
            raise self.unlike("the id of a row")
        return found

    def required_key(self) -> int:
        found = self.key()
        if found is None:
            raise self.unlike("the id of a row")
        return found

    def truth(self, default: bool | None = None) -> bool:
        """True or false; the default stands for an absent one."""
        if self.absent and default is not None:
            return default
        if not isinstance(self.value, bool):
            raise self.unlike("true or false")
        return self.value

    def day(self) -> date | None:
        """A day, plain or as an instant."""
        if self.absent:
            return None
        if isinstance(self.value, str) and _INSTANT.fullmatch(self.value):
            try:
                return date.fromisoformat(self.value[:10])
            except ValueError:
                pass
        raise self.unlike("a day as YYYY-MM-DD or an instant")

    def raw_day(self) -> date | None:
        """A day where the registry may have forgotten to convert the engine's number: Unix seconds of a
        midnight by its own clock, which is at most half a day away from ours.
        """
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            return self.day()
        try:
            return (datetime.fromtimestamp(self.value, UTC) + timedelta(hours=12)).date()
        except (ValueError, OverflowError, OSError):
            raise self.unlike("Unix seconds of a day") from None

    def required_day(self) -> date:
        found = self.day()
        if found is None:
            raise self.unlike("a day")
        return found

    def code(self, codes: Mapping[str, ValueT]) -> ValueT:
        """The meaning of a label; a label that we do not know is a changed shape."""
        label = self.required_text()
        if label not in codes:
            raise self.unlike("one of " + ", ".join(sorted(codes)))
        return codes[label]

    def unlike(self, expected: str) -> ShapeChanged:
        return ShapeChanged(subject=self.subject, path=self.path, found=_shown(self.value), expected=expected)


def rows_by_key(results: Node) -> list[tuple[int, Json]]:
    """The rows of one answer with their ids. Raises ShapeChanged where it says two things of one row."""
    rows = [(row.get("id").required_key(), row.members()) for row in results.required_items()]
    last = dict(rows)
    for key, row in rows if len(last) < len(rows) else ():
        if row != last[key]:
            found = f"the id {key} on rows that differ"
            raise ShapeChanged(
                subject=results.subject, path=results.path, found=found, expected="each id once"
            )
    return rows


def _shown(value: Any) -> str:
    """Enough to recognise the value by, and never a whole record."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    text = str(value)
    return f"{type(value).__name__} {text[:40]!r}" + ("..." if len(text) > 40 else "")
