"""The cursor feed: everything that an organisation subscribed to, in order, without loss."""

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from mutua_contracts.issuer import CountryCode
from mutua_kernel.database import Connection
from mutua_kernel.http.problems import Problem
from mutua_kernel.http.writes import StoreOf
from mutua_notifier.api.parts import EventType, Subscriber
from mutua_notifier.store import SQL

router = APIRouter(tags=["feed"])

BATCH_MEDIA_TYPE = "application/cloudevents-batch+json"
LONGEST_WAIT = 30.0


@router.get(
    "/feeds/recognition",
    response_class=Response,
    responses={
        200: {
            "description": "A batch of CloudEvents, oldest first; an empty array at the end.",
            "content": {BATCH_MEDIA_TYPE: {"schema": {"type": "array", "items": {"type": "object"}}}},
            "headers": {
                "Link": {
                    "description": 'The next page: `</feeds/recognition?after=...>; rel="next"`',
                    "schema": {},
                },
                "Mutua-Cursor": {"description": "Send it as `after` to go on from here.", "schema": {}},
            },
        }
    },
)
async def feed(
    caller: Subscriber,
    store: StoreOf,
    request: Request,
    after: Annotated[
        str, Query(pattern=r"^(0|[1-9][0-9]{0,17})$", description="`Mutua-Cursor` of the last page")
    ] = "0",
    country: Annotated[CountryCode | None, Query(description="Country of the recogniser")] = None,
    award_country: Annotated[CountryCode | None, Query(description="Country of the awarding body")] = None,
    type: Annotated[list[EventType] | None, Query(description="Types of event; may be repeated")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    wait: Annotated[
        float, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for the first event")
    ] = 0.0,
) -> Response:
    """Everything that the organisation subscribed to, in order, without loss: read on from the last cursor.

    With `wait` the answer is held back until there is something to tell (long poll).
    """
    deadline = time.monotonic() + wait
    while True:
        async with store.reading(caller.tenant) as tx:
            await _check_reader(tx, int(after))
            rows = await tx.fetch(SQL["read_feed"], int(after), type, country, award_country, limit)
        if rows or time.monotonic() >= deadline or await request.is_disconnected():
            break
        await asyncio.sleep(0.25)
    cursor = str(rows[-1]["position"]) if rows else after
    body = b"[" + b",".join(row["payload"] for row in rows) + b"]"
    following = request.url.include_query_params(after=cursor)
    return Response(
        body,
        media_type=BATCH_MEDIA_TYPE,
        headers={
            "Mutua-Cursor": cursor,
            "Link": f'<{following.path}?{following.query}>; rel="next"',
            "Cache-Control": "no-store",
        },
    )


async def _check_reader(tx: Connection, after: int) -> None:
    if not await tx.fetchval(SQL["any_subscription"]):
        raise Problem(
            403,
            "not_subscribed",
            "Your organisation has not subscribed to anything.",
            found="no subscription",
            expected="at least one",
            fix="POST /subscriptions, then read the feed.",
        )
    newest = int(await tx.fetchval(SQL["feed_bounds"]) or 0)
    if after > newest:
        raise Problem(
            410,
            "cursor_unknown",
            "This cursor is not one of this feed.",
            found=str(after),
            expected=f"at most {newest}",
            fix="Start again with after=0; events that you know have the same id.",
        )
