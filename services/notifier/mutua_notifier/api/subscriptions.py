"""Subscriptions: what an organisation wants to see, of all that it may see."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from mutua_contracts.issuer import CountryCode
from mutua_kernel.database import Connection
from mutua_kernel.http.problems import not_found
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_kernel.ids import new_id
from mutua_notifier.api.parts import Body, EventType, Subscriber, View
from mutua_notifier.store import SQL

router = APIRouter(tags=["subscriptions"])


class NewSubscription(Body):
    """What an organisation wants to see; leave a filter out for all that it may see."""

    name: Annotated[str, Field(min_length=1, max_length=100, examples=["Decisions in Norway"])]
    """A name for people."""
    countries: Annotated[list[CountryCode], Field(min_length=1, max_length=60)] | None = Field(
        None, examples=[["NO"]]
    )
    """Countries of the recogniser."""
    award_countries: Annotated[list[CountryCode], Field(min_length=1, max_length=60)] | None = None
    """Countries of the awarding body."""
    types: Annotated[list[EventType], Field(min_length=1)] | None = Field(
        None, examples=[["eu.mutua.recognition.decided.v1"]]
    )
    """Types of event."""


class Subscription(View):
    """A subscription."""

    id: UUID
    """Its id."""
    name: str
    """Its name."""
    countries: list[str] | None
    """Countries of the recogniser; null is all that the organisation may see."""
    award_countries: list[str] | None
    """Countries of the awarding body; null is all."""
    types: list[str] | None
    """Types of event; null is all."""
    created_at: datetime
    """Since when."""


@router.post("/subscriptions", status_code=201, response_model=Subscription)
async def subscribe(
    caller: Subscriber, store: StoreOf, key: Key, request: Request, body: NewSubscription
) -> Response:
    """Subscribes; from now on the feed shows what it selects, also of the past."""

    async def effect(tx: Connection) -> Answer:
        row = await tx.fetchrow(
            SQL["add_subscription"],
            new_id(),
            caller.tenant,
            body.name,
            body.countries,
            body.award_countries,
            body.types,
        )
        return Answer(201, Subscription(**dict(row or {})))

    return await store.write(request, caller, key, effect)


@router.get("/subscriptions")
async def subscriptions(caller: Subscriber, store: StoreOf) -> list[Subscription]:
    """The organisation's subscriptions."""
    async with store.reading(caller.tenant) as tx:
        return [Subscription(**dict(row)) for row in await tx.fetch(SQL["subscriptions"])]


@router.delete("/subscriptions/{id}", status_code=204)
async def unsubscribe(caller: Subscriber, store: StoreOf, id: UUID) -> None:
    """Ends a subscription and its endpoints."""
    async with store.reading(caller.tenant) as tx:
        if await tx.fetchval(SQL["end_subscription"], id) == 0:
            raise not_found("subscription")
