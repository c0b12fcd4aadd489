"""The public HTTP interface of the mirror. It asks for no token: the registry's facts are public.

The feed is the way to follow: its cursor is the position of the last entry that was read, entries never
change, and reading on from any cursor misses nothing.
"""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from mutua_deqar_sync.api.pages import changes_page
from mutua_deqar_sync.domain import Kind
from mutua_deqar_sync.views.answers import changes_answer, coverage_answer, show_answer
from mutua_deqar_sync.views.changes import days
from mutua_deqar_sync.views.dump import csv_lines, json_lines, line, moment
from mutua_deqar_sync.views.lines import instant
from mutua_deqar_sync.views.question import question
from mutua_deqar_sync.views.status import status
from mutua_deqar_sync.views.store import opened
from mutua_kernel.database import Pool
from mutua_kernel.http.problems import Problem

router = APIRouter(prefix="/registry", tags=["registry"])

Json = dict[str, Any]
AsOf = Annotated[str | None, Query(description="A day (its end) or an instant: as it was known then.")]
KindFilter = Annotated[Kind | None, Query(description="Only rows of this kind.")]
_DAYS = 60


@router.get("/feed")
async def feed(
    request: Request,
    after: Annotated[int, Query(ge=0, description="Position of the last entry that was read.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    kind: KindFilter = None,
) -> Json:
    """Changes in the order in which we learned of them. `next` is the cursor to go on with, also when there
    is nothing new; `more` says whether to ask again at once.
    """
    async with opened(_pool(request)) as view:
        entries = await view.feed(after, limit + 1, kind)
        acronyms = await view.acronyms(None)
    told = [
        {
            "position": entry.position,
            "recorded_at": instant(entry.recorded_at),
            **line(entry.row, acronyms),
            "withheld": entry.row.withheld,
        }
        for entry in entries[:limit]
    ]
    return {
        "entries": told,
        "next": told[-1]["position"] if told else after,
        "more": len(entries) > limit,
    }


@router.get("/dump", response_class=StreamingResponse)
async def dump(
    request: Request,
    kind: KindFilter = None,
    as_of: AsOf = None,
    format: Annotated[Literal["json", "csv"], Query(description="csv needs a kind.")] = "json",
) -> StreamingResponse:
    """The whole mirror: JSON lines sorted by kind and id, or CSV of one kind."""
    if format == "csv" and kind is None:
        raise _wrong("no kind", "a kind: its facts are the columns", "add kind=report, for instance")
    known = _known(as_of)
    pool = _pool(request)

    async def lines() -> AsyncIterator[bytes]:
        async with opened(pool) as view:
            found = (
                csv_lines(view, kind, known) if format == "csv" and kind else json_lines(view, kind, known)
            )
            async for each in found:
                yield each

    media = "text/csv; charset=utf-8" if format == "csv" else "application/jsonl"
    return StreamingResponse(lines(), media_type=media)


@router.get("/status")
async def status_now(request: Request) -> Json:
    """How old the mirror is, what it holds, and what could not be read and why."""
    async with opened(_pool(request)) as view:
        return await status(view, datetime.now(UTC))


@router.get("/changes")
async def changes(
    request: Request,
    before: Annotated[str, Query(alias="from", description="A day (its end) or an instant.")],
    after: Annotated[str, Query(alias="to", description="A later one.")],
) -> Json:
    """Rows whose state at one moment is not the one at the other."""
    first, last = _moment(before), _moment(after)
    async with opened(_pool(request)) as view:
        return {"changes": await changes_answer(view, first, last)}


@router.get("/rows")
async def rows(request: Request, id: Annotated[str, Query(max_length=100)]) -> Json:
    """Rows with this id and their history: `DEQARINST7105`, `report:97101`, or a number of any kind."""
    async with opened(_pool(request)) as view:
        return {"rows": await show_answer(view, id)}


@router.get("/coverage")
async def coverage(
    request: Request,
    provider: Annotated[list[str], Query(description="DEQARINST id, any other identifier or scheme:value.")],
    award_date: date,
    programme: Annotated[list[str] | None, Query(description="Titles of the programme.")] = None,
    identifier: Annotated[list[str] | None, Query(description="An agency's local identifier.")] = None,
    level: Annotated[int | None, Query(ge=1, le=8, description="EQF level.")] = None,
    ects: Annotated[str | None, Query(max_length=10)] = None,
    assessment: Literal["assessment", "attendance", "none"] | None = None,
    degree: bool = False,
    alliance: str | None = None,
    as_of: AsOf = None,
) -> Json:
    """Whether the registry's reports covered a credential on the day of its award."""
    asked: Json = {
        "provider": provider,
        "award_date": award_date.isoformat(),
        "programme": programme,
        "identifier": identifier,
        "level": level,
        "ects": ects,
        "assessment": assessment,
        "degree": degree,
        "alliance": alliance,
    }
    try:
        credential = question(asked)
    except ValueError as error:
        raise _wrong(str(error), "a question that the rule understands", "correct the parameters") from error
    async with opened(_pool(request)) as view:
        return await coverage_answer(view, credential, _known(as_of))


@router.get("/days", response_class=HTMLResponse)
async def by_day(
    request: Request, day: Annotated[date | None, Query(description="Show the changes of this day.")] = None
) -> HTMLResponse:
    """A page for people: how much changed on each day, and what."""
    async with opened(_pool(request)) as view:
        return HTMLResponse(
            await changes_page(view, day, await days(view, _DAYS), await status(view, datetime.now(UTC)))
        )


def _pool(request: Request) -> Pool:
    pool: Pool = request.app.state.store.pool
    return pool


def _moment(text: str) -> datetime:
    try:
        return moment(text)
    except ValueError as error:
        raise _wrong(repr(text[:40]), "a day YYYY-MM-DD or an instant", "correct it") from error


def _known(text: str | None) -> datetime | None:
    return None if text is None else _moment(text)


def _wrong(found: str, expected: str, fix: str) -> Problem:
    return Problem(
        422, "invalid_request", "the request is not understood", found=found, expected=expected, fix=fix
    )
