"""How the server reads query parameters: limits, offsets, booleans, look-ups and pass-through filters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from .answers import ApiError, bad_request, engine_refuses
from .index import Clause

_TRUE: Final = frozenset({"Yes", "yes", "TRUE", "True", "true"})
_FALSE: Final = frozenset({"No", "no", "FALSE", "False", "false"})
_BREAKS_BARE: Final = frozenset(" ,'\"")

Lookup = Callable[[str], "int | str | tuple[int, ...] | None"]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search-backed list: the offset is floored to a page, `next` is not computed from it."""

    limit: int
    offset: int

    @property
    def number(self) -> int:
        return self.offset // self.limit + 1 if self.limit else 1

    def has_next(self, total: int) -> bool:
        return self.limit + self.offset < total


class Params:
    """The query of one request. An empty value means that the parameter is absent."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._query = query

    def text(self, name: str) -> str:
        return self._query.get(name, "")

    def page(self) -> Page:
        return Page(self._whole("limit", 10), self._whole("offset", 0))

    def _whole(self, name: str, default: int) -> int:
        value = self.text(name) or str(default)
        if not value.isdecimal():
            raise bad_request(f"{name} should be zero or larger number.")
        return int(value)

    def boolean(self, name: str) -> bool | None:
        """Only a few spellings are known; any other is a 400 whose body is a bare array."""
        value = self.text(name)
        if not value:
            return None
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
        raise ApiError(400, ["Must be a valid boolean."])

    def boolean_clause(self, name: str, field: str) -> list[Clause]:
        value = self.boolean(name)
        return [] if value is None else [Clause((field,), "=", (str(value).lower(),))]

    def ordering(self, fields: Mapping[str, str]) -> tuple[str, bool] | None:
        value = self.text("ordering")
        if value in ("", "score", "-score"):
            return None
        name, descending = (value[1:], True) if value.startswith("-") else (value, False)
        if name not in fields:
            raise bad_request(f"unknown field [{name}] for ordering")
        return fields[name], descending

    def looked_up(
        self, name: str, raw: str, fields: tuple[str, ...], lookup: Lookup, *, quoted: bool
    ) -> list[Clause]:
        """`name` is looked up (unknown: 400); else `raw` goes to the engine as it is (unknown: no hits)."""
        if value := self.text(name):
            found = lookup(value)
            if found is None or found == ():
                raise bad_request(f"unknown value [{value}] for {name}")
            return [Clause(fields, "=", found if isinstance(found, tuple) else (found,))]
        return self.passed(raw, fields, quoted=quoted)

    def passed(self, name: str, fields: tuple[str, ...], *, quoted: bool) -> list[Clause]:
        value = self.text(name)
        if not value:
            return []
        if '"' in value or (not quoted and _BREAKS_BARE & set(value)):
            raise engine_refuses(f"cannot parse the filter value {value!r}")
        return [Clause(fields, "=", (value,))]

    def moment(self, name: str) -> int | None:
        """Unix seconds of an ISO date or date-time; the short form YYYYMMDD is refused (Python 3.10)."""
        value = self.text(name)
        if not value:
            return None
        try:
            if "-" not in value:
                raise ValueError(value)
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise bad_request(f"value [{value}] for year cannot be parsed to datetime") from None
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())

    def year(self) -> tuple[int, int] | None:
        """First and last second of the year."""
        value = self.text("year")
        if not value:
            return None
        try:
            first = datetime(int(value), 1, 1, tzinfo=UTC)
            last = datetime(int(value), 12, 31, 23, 59, 59, tzinfo=UTC)
        except ValueError:
            raise bad_request(f"value [{value}] for year cannot be parsed to int") from None
        return int(first.timestamp()), int(last.timestamp())
