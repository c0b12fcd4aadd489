"""Instants as credentials write them: XML Schema's dateTimeStamp, which always has a time zone.

Everything else, a plain date or a time without a zone among it, is no instant: which moment was meant would
be a guess.
"""

import re
from datetime import UTC, datetime
from typing import Any

_DATE_TIME_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,20})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def read_instant(text: Any) -> datetime | None:
    """The instant in UTC, or None where the text is none. Digits beyond microseconds are cut."""
    if not isinstance(text, str) or not _DATE_TIME_STAMP.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def write_instant(instant: datetime) -> str:
    """Whole seconds, UTC: `2026-01-01T00:00:00Z`. Raises ValueError for an instant without a time zone."""
    if instant.tzinfo is None:
        raise ValueError("found an instant without a time zone, expected one with")
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
