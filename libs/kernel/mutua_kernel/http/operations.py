"""What operators do by HTTP, the same in every service with an API: look at parked events and re-drive
them."""

import base64
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from mutua_kernel.database import Connection, load_queries
from mutua_kernel.http.auth import Principal, require
from mutua_kernel.http.problems import Problem, not_found
from mutua_kernel.http.writes import Answer, Key, StoreOf

SQL = load_queries("mutua_kernel")
router = APIRouter(prefix="/operations", tags=["operations"])
Operator = Annotated[Principal, Depends(require("operator"))]


class ParkedEvent(BaseModel):
    """An event that waits in the park."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: int
    """Number in the park; a key's events are re-driven in this order."""
    consumer: str
    """The stream that parked it."""
    topic: str
    """Topic it came from."""
    key: str
    """Its key: later events of this key wait behind it."""
    partition: int
    """Partition it came from."""
    position: int
    """Offset it came from."""
    event_id: UUID | None
    """The event, where it could be read."""
    reason: str
    """Stable code; `behind` waits only for an earlier one."""
    detail: str
    """What was found and what was expected."""
    attempts: int
    """How often it was tried."""
    parked_at: datetime
    """Since when it waits."""


class ParkedDetail(ParkedEvent):
    """A parked event with its bytes."""

    raw: str | None
    """The bytes as text, where they are text."""
    raw_base64: str | None
    """The bytes."""


class ParkedPage(BaseModel):
    """A page of the park."""

    events: list[ParkedEvent]
    next: int | None


class Redrive(BaseModel):
    """Which keys to re-drive: one key, all keys with a reason, or (with `all`) everything."""

    model_config = ConfigDict(extra="forbid")

    key: str | None = None
    reason: str | None = None
    all: bool = False


class RedriveAnswer(BaseModel):
    """What was asked for; the owning worker does it within a second."""

    keys: int


@router.get("/parked")
async def list_parked(
    _caller: Operator,
    store: StoreOf,
    reason: Annotated[str | None, Query(max_length=100)] = None,
    key: Annotated[str | None, Query(max_length=300)] = None,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> ParkedPage:
    """Events that wait in the park, oldest first."""
    async with store.pool.acquire() as connection:
        rows = await connection.fetch(SQL["list_parked"], reason, key, after, limit)
    events = [ParkedEvent(**dict(row)) for row in rows]
    return ParkedPage(events=events, next=events[-1].id if len(events) == limit else None)


@router.get("/parked/{number}")
async def show_parked(
    _caller: Operator, store: StoreOf, number: Annotated[int, Path(ge=1, lt=2**63)]
) -> ParkedDetail:
    """One parked event with its bytes."""
    async with store.pool.acquire() as connection:
        row = await connection.fetchrow(SQL["show_parked"], number)
    if row is None:
        raise not_found("parked event", fix="It may have been re-driven: list the park again.")
    fields: dict[str, Any] = dict(row)
    raw: bytes | None = fields.pop("raw")
    text = raw.decode("utf-8", "replace") if raw is not None else None
    encoded = base64.b64encode(raw).decode() if raw is not None else None
    return ParkedDetail(**fields, raw=text, raw_base64=encoded)


@router.post("/parked/redrive", response_model=RedriveAnswer, status_code=202)
async def redrive(caller: Operator, store: StoreOf, key: Key, request: Request, what: Redrive) -> Response:
    """Asks the owning worker to replay keys in order; it stops at the first event of a key that fails
    again."""
    if what.key is None and what.reason is None and not what.all:
        raise Problem(
            422,
            "nothing_named",
            "Say what to re-drive.",
            found="neither key nor reason nor all",
            expected="one of them",
            fix='Name a key or a reason, or send {"all": true}.',
        )

    async def effect(tx: Connection) -> Answer:
        rows = await tx.fetch(SQL["ask_redrive"], what.key, what.reason)
        return Answer(202, RedriveAnswer(keys=len(rows)))

    return await store.write(request, caller, key, effect)
