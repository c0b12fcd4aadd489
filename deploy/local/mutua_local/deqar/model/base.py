"""What all records are, and what becomes of one that the real server cannot handle."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict

Json = dict[str, Any]


class BrokenRecord(Exception):
    """A record that the real server cannot handle: it answers with a page of HTML and status 500."""


class Record(BaseModel):
    """A row with everything that hangs on it; unknown fields are refused so that an edit cannot misfire."""

    model_config = ConfigDict(extra="forbid")


class HistoryEntry(Record):
    field: str
    record_id: int | None = None
    value: str
    valid_from: date | None = None
    valid_to: date | None = None
