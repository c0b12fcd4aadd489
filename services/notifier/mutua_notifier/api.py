"""The notifier's API: subscriptions, the cursor feed, endpoints, deliveries with their attempts, grants.

An organisation sees only what it subscribed to, and can subscribe only to what it may see: requests that it
decides,
requests about credentials that it issued, and the countries that an operator granted it. The database
enforces it.
"""

import asyncio
import json
import time
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from mutua_contracts.events import EVENTS
from mutua_contracts.issuer import CountryCode, EntityId
from mutua_contracts.recognition import AboutRequest
from mutua_kernel.database import Connection
from mutua_kernel.http.auth import Principal, require
from mutua_kernel.http.problems import Problem, not_found
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_kernel.ids import new_id
from mutua_kernel.outbound import AddressRefused
from mutua_notifier.domain import signing
from mutua_notifier.store import SQL

router = APIRouter()
Subscriber = Annotated[Principal, Depends(require("subscriber"))]
Operator = Annotated[Principal, Depends(require("operator"))]

TYPES = tuple(name for name, declared in EVENTS.items() if issubclass(declared.model, AboutRequest))
EventType = Annotated[str, Field(pattern="^(" + "|".join(name.replace(".", r"\.") for name in TYPES) + ")$")]
BATCH_MEDIA_TYPE = "application/cloudevents-batch+json"
LONGEST_WAIT = 30.0


class Body(BaseModel):
    """What a caller sends: unknown members are refused."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class View(BaseModel):
    """What a caller gets."""

    model_config = ConfigDict(use_attribute_docstrings=True)


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


class NewEndpoint(Body):
    """Where webhooks go."""

    subscription: UUID
    """What is sent there."""
    url: Annotated[
        str, Field(min_length=8, max_length=500, examples=["https://enic.varnland.example/hooks/mutua"])
    ]
    """https address on the public internet."""
    scheme: Literal["ed25519", "hmac-sha256"] = "ed25519"
    """How deliveries are signed (Standard Webhooks v1a or v1)."""


class Endpoint(View):
    """An endpoint."""

    id: UUID
    """Its id."""
    subscription: UUID
    """What is sent there."""
    url: str
    """Where it is."""
    scheme: str
    """How deliveries are signed."""
    public_key: str | None
    """Key that checks signatures (`whpk_` and base64), for ed25519."""
    state: str
    """active, or disabled with a reason."""
    state_reason: str | None
    """Why it is disabled."""
    created_at: datetime
    """Since when."""


class CreatedEndpoint(Endpoint):
    """A new endpoint, with its secret where it has one: it is shown this once."""

    secret: str | None
    """Shared secret (`whsec_` and base64), for hmac-sha256."""


class Delivery(View):
    """An event on its way to an endpoint."""

    id: UUID
    """Its id."""
    endpoint: UUID
    """Where to."""
    position: int
    """Place in the feed."""
    event_id: UUID
    """The event: the `webhook-id` of every attempt."""
    state: str
    """pending, delivered, given_up or cancelled."""
    attempts: int
    """How often it was tried."""
    due_at: datetime
    """When it is tried next, while pending."""
    created_at: datetime
    """Since when."""


class Attempt(View):
    """One attempt."""

    number: int
    """From 1."""
    at: datetime
    """When."""
    status: int | None
    """HTTP status; null without an answer."""
    outcome: str
    """delivered, refused, timeout, unreachable, or why the address is not called."""
    millis: int
    """How long it took."""


class DeliveryDetail(Delivery):
    """A delivery with all its attempts."""

    log: list[Attempt]
    """Attempts, the first one first."""


class NewGrant(Body):
    """Lets an organisation see what recognisers of a country decided."""

    tenant: EntityId
    """The organisation, e.g. an ENIC-NARIC office."""
    country: CountryCode
    """The recognisers' country."""


class Grant(View):
    """A grant."""

    tenant: str
    """The organisation."""
    country: str
    """The recognisers' country."""
    granted_at: datetime
    """Since when."""


# --- grants, by operators


async def _as_operator(tx: Connection) -> None:
    await tx.execute("select set_config('app.operator', 'yes', true)")


@router.post("/grants", status_code=201, response_model=Grant, tags=["grants"])
async def grant(caller: Operator, store: StoreOf, key: Key, request: Request, body: NewGrant) -> Response:
    """Lets an organisation see the events of a country's recognisers (reading across tenants is always
    named)."""

    async def effect(tx: Connection) -> Answer:
        await _as_operator(tx)
        row = await tx.fetchrow(SQL["add_grant"], body.tenant, body.country, caller.tenant)
        return Answer(201, Grant(**dict(row or {})))

    return await store.write(request, caller, key, effect)


@router.get("/grants", tags=["grants"])
async def grants(caller: Operator, store: StoreOf) -> list[Grant]:
    """All grants."""
    async with store.reading(caller.tenant) as tx:
        await _as_operator(tx)
        return [Grant(**dict(row)) for row in await tx.fetch(SQL["grants"])]


@router.delete("/grants/{tenant}/{country}", status_code=204, tags=["grants"])
async def end_grant(caller: Operator, store: StoreOf, tenant: str, country: str) -> None:
    """Ends a grant at once."""
    async with store.reading(caller.tenant) as tx:
        await _as_operator(tx)
        if await tx.fetchval(SQL["end_grant"], tenant, country) is None:
            raise not_found("grant")


# --- subscriptions


@router.post("/subscriptions", status_code=201, response_model=Subscription, tags=["subscriptions"])
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


@router.get("/subscriptions", tags=["subscriptions"])
async def subscriptions(caller: Subscriber, store: StoreOf) -> list[Subscription]:
    """The organisation's subscriptions."""
    async with store.reading(caller.tenant) as tx:
        return [Subscription(**dict(row)) for row in await tx.fetch(SQL["subscriptions"])]


@router.delete("/subscriptions/{id}", status_code=204, tags=["subscriptions"])
async def unsubscribe(caller: Subscriber, store: StoreOf, id: UUID) -> None:
    """Ends a subscription and its endpoints."""
    async with store.reading(caller.tenant) as tx:
        if await tx.fetchval(SQL["end_subscription"], id) == 0:
            raise not_found("subscription")


# --- the feed


@router.get(
    "/feeds/recognition",
    tags=["feed"],
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


# --- endpoints and deliveries


@router.post("/endpoints", status_code=201, response_model=CreatedEndpoint, tags=["webhooks"])
async def add_endpoint(
    caller: Subscriber, store: StoreOf, key: Key, request: Request, body: NewEndpoint
) -> Response:
    """Sends what a subscription selects to an address, from the next event on."""
    try:
        await request.app.state.outbound.check(body.url)
    except AddressRefused as refused:
        raise Problem(
            422,
            refused.code,
            "This address is not called.",
            found=refused.found,
            expected=refused.expected,
            fix="Give an https address on the public internet that you control.",
        ) from None
    except OSError:
        raise Problem(
            422,
            "host_unknown",
            "This host has no address.",
            found="no address",
            expected="a host that resolves",
        ) from None
    made = signing.new_key(body.scheme)
    endpoint = new_id()
    sealed = request.app.state.key_box.seal(made.raw, str(endpoint))

    async def effect(tx: Connection) -> Answer:
        row = await tx.fetchrow(
            SQL["add_endpoint"],
            endpoint,
            caller.tenant,
            body.subscription,
            body.url,
            body.scheme,
            sealed,
            made.public,
        )
        if row is None:
            raise not_found("subscription", fix="POST /subscriptions first.")
        return Answer(201, CreatedEndpoint(**dict(row), secret=made.shown_once))

    return await store.write(request, caller, key, effect)


@router.get("/endpoints", tags=["webhooks"])
async def endpoints(caller: Subscriber, store: StoreOf) -> list[Endpoint]:
    """The organisation's endpoints."""
    async with store.reading(caller.tenant) as tx:
        return [Endpoint(**dict(row)) for row in await tx.fetch(SQL["endpoints"])]


@router.get("/endpoints/{id}", tags=["webhooks"])
async def endpoint(caller: Subscriber, store: StoreOf, id: UUID) -> Endpoint:
    """One endpoint."""
    async with store.reading(caller.tenant) as tx:
        row = await tx.fetchrow(SQL["endpoint"], id)
    if row is None:
        raise not_found("endpoint")
    return Endpoint(**dict(row))


@router.delete("/endpoints/{id}", status_code=204, tags=["webhooks"])
async def remove_endpoint(caller: Subscriber, store: StoreOf, id: UUID) -> None:
    """Stops calling an address; the feed still has every event."""
    async with store.reading(caller.tenant) as tx:
        if await tx.fetchval(SQL["remove_endpoint"], id) == 0:
            raise not_found("endpoint")


@router.get("/endpoints/{id}/deliveries", tags=["webhooks"])
async def deliveries(
    caller: Subscriber,
    store: StoreOf,
    id: UUID,
    state: Annotated[Literal["pending", "delivered", "given_up", "cancelled"] | None, Query()] = None,
    after: Annotated[int, Query(ge=0, lt=2**63, description="`position` of the last one seen")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[Delivery]:
    """Deliveries of an endpoint, oldest first."""
    async with store.reading(caller.tenant) as tx:
        if await tx.fetchrow(SQL["endpoint"], id) is None:
            raise not_found("endpoint")
        return [Delivery(**dict(row)) for row in await tx.fetch(SQL["deliveries"], id, state, after, limit)]


@router.get("/deliveries/{id}", tags=["webhooks"])
async def delivery(caller: Subscriber, store: StoreOf, id: UUID) -> DeliveryDetail:
    """One delivery with all its attempts."""
    async with store.reading(caller.tenant) as tx:
        row = await tx.fetchrow(SQL["delivery"], id)
    if row is None:
        raise not_found("delivery")
    fields: dict[str, Any] = dict(row)
    return DeliveryDetail(**{**fields, "log": json.loads(fields["log"])})


@router.post("/deliveries/{id}/resend", status_code=202, response_model=Delivery, tags=["webhooks"])
async def resend(caller: Subscriber, store: StoreOf, key: Key, request: Request, id: UUID) -> Response:
    """Sends an event once more, now, with the same `webhook-id`."""

    async def effect(tx: Connection) -> Answer:
        if await tx.fetchval(SQL["resend"], id) is None:
            raise not_found("delivery to an active endpoint")
        row = await tx.fetchrow(SQL["delivery"], id)
        return Answer(
            202, Delivery(**{name: value for name, value in dict(row or {}).items() if name != "log"})
        )

    return await store.write(request, caller, key, effect)
