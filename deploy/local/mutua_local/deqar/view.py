"""One request's look at the truth, shared by all details: on which day, at which address, with history or
without.

`history` decides whether ended rows are shown; names and identifiers are never filtered. A record that the
real server cannot handle raises BrokenRecord, as its details answer with a page of HTML and status 500.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from .dates import iso
from .model import Agency, HistoryEntry, Json
from .truth import Truth

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class View:
    """`base` is the scheme and host of the request, for absolute addresses in the answer."""

    truth: Truth
    today: date
    base: str
    history: bool

    def kept(self, rows: Iterable[RowT], ends: Callable[[RowT], date | None]) -> list[RowT]:
        return [row for row in rows if self.history or (end := ends(row)) is None or end > self.today]

    def agency_acronym(self, key: int) -> str:
        return self.truth.get(Agency, key).acronym_primary

    def agency_text(self, key: int | None) -> str | None:
        if key is None:
            return None
        agency = self.truth.get(Agency, key)
        return f"{agency.acronym_primary} - {agency.name_primary}"

    def kept_history(self, entries: list[HistoryEntry]) -> list[Json]:
        return history_rows(self.kept(entries, lambda e: e.valid_to))


def history_rows(entries: list[HistoryEntry]) -> list[Json]:
    return [
        {
            "field": e.field,
            "record_id": e.record_id,
            "value": e.value,
            "valid_from": iso(e.valid_from),
            "valid_to": iso(e.valid_to),
        }
        for e in entries
    ]
