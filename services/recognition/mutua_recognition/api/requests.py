"""Requests: what was asked, where it stands, and the trail of its records."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response

from mutua_kernel.database import Connection
from mutua_kernel.http.writes import StoreOf
from mutua_recognition.api.bodies import Limit, Page, View, new_router, page
from mutua_recognition.api.people import Reader
from mutua_recognition.api.rows import one_row
from mutua_recognition.domain.codes import Purpose
from mutua_recognition.store import SQL

router = new_router("requests")

RequestState = Literal[
    "waiting", "dormant", "anticipated", "decided", "in_review", "info_requested", "inadmissible"
]


class RecordSummary(View):
    """A record in short; the whole is at `/decisions/{decision_id}`."""

    decision_id: UUID
    """Its id."""
    number: int
    """Its number in the request; the highest one counts."""
    outcome: str
    """What it came to."""
    content_digest: str
    """Digest of its content."""
    made_at: datetime
    """When it was made."""


class RequestView(View):
    """One question for one recogniser, and where it stands."""

    id: UUID
    """Its id: the same for the same credential, recogniser, purpose and target."""
    credential: str
    """The credential."""
    recogniser: str
    """Who is asked."""
    purpose: str
    """What for."""
    target: dict[str, Any] | None
    """The component that it shall count for."""
    regime: str
    """By whose rules."""
    origin: str
    """Who asked: `presented`, or a `standing_rule`."""
    rule: str | None
    """The standing rule, where one asked."""
    holder: str
    """Whether the holder was matched: `checked` or `on_presentation`."""
    country: str
    """The recogniser's country."""
    issuer: str | None
    """Who signed the credential; null where that is not proven."""
    award_country: str | None
    """Country of the awarding body; null where that is not proven."""
    state: RequestState
    """What it waits for: `waiting` is being evaluated, `anticipated` is decided for whoever presents it."""
    revisit: str | None
    """Why a person has to look at a decision that stands, e.g. `AUTH.REVOKED`."""
    presented_at: datetime | None
    """When it was first presented."""
    received_at: datetime
    """When it was first asked."""
    complete_on: date | None
    """Day on which the file was complete: the clock starts then."""
    due_on: date | None
    """Day by which a person answers."""
    sequence: int
    """Number of its newest event: settle with it."""
    records: int
    """How many records there are."""
    current: RecordSummary | None
    """The record that counts."""


class RequestDetail(RequestView):
    """A request with all its records."""

    trail: list[RecordSummary]
    """Its records, the first one first."""


@router.get("/requests")
async def requests(
    caller: Reader,
    store: StoreOf,
    state: Annotated[RequestState | None, Query()] = None,
    purpose: Annotated[Purpose | None, Query()] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before")] = None,
    limit: Limit = 100,
) -> Page[RequestView]:
    """The organisation's requests, oldest first."""
    async with store.reading(caller.tenant) as tx:
        rows = await tx.fetch(SQL["requests"], state, purpose, after, limit)
    return page([view_of(row) for row in rows], limit, str(rows[-1]["id"]) if rows else None)


@router.get("/requests/{id}")
async def show(caller: Reader, store: StoreOf, id: UUID, response: Response) -> RequestDetail:
    """One request with its trail."""
    async with store.reading(caller.tenant) as tx:
        found = await load(tx, id)
        trail = await tx.fetch(SQL["trail"], id)
    response.headers["ETag"] = f'"{found.sequence}"'
    return RequestDetail(**dict(found), trail=[RecordSummary(**dict(row)) for row in trail])


async def load(tx: Connection, id: UUID) -> RequestView:
    """One request. Raises `Problem` 404 where there is none that the transaction may see."""
    row = await one_row(tx, "request", id, called="request")
    return view_of(row)


def view_of(row: Mapping[str, Any]) -> RequestView:
    """The view of a row that joins a request with its current record."""
    fields = {name: row[name] for name in RequestView.model_fields if name not in ("current", "target")}
    current = {name: row[name] for name in RecordSummary.model_fields}
    return RequestView(
        **fields,
        target=None if row["target"] is None else json.loads(row["target"]),
        current=None if row["decision_id"] is None else RecordSummary(**current),
    )
