"""The whole mirror, line by line: JSON lines sorted by kind and id, or CSV of one kind."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson

from mutua_deqar_sync.domain import Kind
from mutua_deqar_sync.views.lines import MEMBERS, Acronyms, facts_of, instant
from mutua_deqar_sync.views.store import MirrorRow, View


def moment(text: str) -> datetime:
    """An instant, or the end of a day, in UTC. Raises ValueError."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return end_of(day)


def end_of(day: date) -> datetime:
    """The last moment of a day."""
    return datetime.combine(day, time.min, UTC) + timedelta(days=1) - timedelta(microseconds=1)


def line(row: MirrorRow, acronyms: Acronyms) -> dict[str, Any]:
    """A row of the dump."""
    return {
        "kind": row.kind,
        "id": row.id,
        "gone": row.gone,
        "revision": row.revision,
        "facts": facts_of(row.facts, acronyms),
        "listed_at": instant(row.listed_at),
        "detailed_at": instant(row.detailed_at),
    }


async def json_lines(view: View, kind: Kind | None, as_of: datetime | None) -> AsyncIterator[bytes]:
    """One JSON object a line."""
    acronyms = await view.acronyms(as_of)
    async for row in view.rows(kind, as_of):
        yield orjson.dumps(line(row, acronyms), option=orjson.OPT_APPEND_NEWLINE)


async def csv_lines(view: View, kind: Kind, as_of: datetime | None) -> AsyncIterator[bytes]:
    """One row a record, a column for each member of the facts; what is not a plain value is JSON."""
    acronyms = await view.acronyms(as_of)
    yield _record(["id", "gone", "revision", *MEMBERS[kind], "listed_at", "detailed_at"])
    async for row in view.rows(kind, as_of):
        told = line(row, acronyms)
        facts = [_cell(value) for value in told["facts"].values()]
        yield _record(
            [
                told["id"],
                _cell(told["gone"]),
                told["revision"],
                *facts,
                told["listed_at"],
                told["detailed_at"],
            ]
        )


def _cell(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, dict | list | bool) else value


def _record(cells: list[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
