"""Answers as plain values for JSON, the same for the command and for the service's API."""

from datetime import datetime
from typing import Any, cast, get_args

from mutua_coverage import Credential, as_json
from mutua_deqar_sync.domain import Kind
from mutua_deqar_sync.views.changes import changes_between
from mutua_deqar_sync.views.coverage import coverage_of
from mutua_deqar_sync.views.status import history_of
from mutua_deqar_sync.views.store import View

Json = dict[str, Any]


async def changes_answer(view: View, before: datetime, after: datetime) -> list[Json]:
    """Each change between two moments."""
    return [change.as_json() for change in await changes_between(view, before, after)]


async def show_answer(view: View, id: str) -> list[Json]:
    """Rows with this id, with their history: `DEQARINST7105`, `report:97101`, or a number of any kind."""
    kind, colon, rest = id.partition(":")
    wanted = cast("Kind", kind) if colon and kind in get_args(Kind) else None
    rows = await view.find(rest if wanted else id)
    return [await history_of(view, row) for row in rows if wanted in (None, row.kind)]


async def coverage_answer(view: View, credential: Credential, as_of: datetime | None) -> Json:
    """What the registry says about a credential."""
    return as_json(await coverage_of(view, credential, as_of))
