"""Webhooks: endpoints, deliveries with their attempts, resending."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from mutua_kernel.database import Connection
from mutua_kernel.http.problems import Problem, not_found
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_kernel.ids import new_id
from mutua_kernel.outbound import AddressRefused, Outbound
from mutua_notifier.api.parts import Body, Subscriber, View
from mutua_notifier.domain import signing
from mutua_notifier.store import SQL

router = APIRouter(tags=["webhooks"])


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


@router.post("/endpoints", status_code=201, response_model=CreatedEndpoint)
async def add_endpoint(
    caller: Subscriber, store: StoreOf, key: Key, request: Request, body: NewEndpoint
) -> Response:
    """Sends what a subscription selects to an address, from the next event on."""
    await _refuse_address(request.app.state.outbound, body.url)
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


async def _refuse_address(outbound: Outbound, url: str) -> None:
    """Raises `Problem` where this address is never called."""
    try:
        await outbound.check(url)
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


@router.get("/endpoints")
async def endpoints(caller: Subscriber, store: StoreOf) -> list[Endpoint]:
    """The organisation's endpoints."""
    async with store.reading(caller.tenant) as tx:
        return [Endpoint(**dict(row)) for row in await tx.fetch(SQL["endpoints"])]


@router.get("/endpoints/{id}")
async def endpoint(caller: Subscriber, store: StoreOf, id: UUID) -> Endpoint:
    """One endpoint."""
    async with store.reading(caller.tenant) as tx:
        row = await tx.fetchrow(SQL["endpoint"], id)
    if row is None:
        raise not_found("endpoint")
    return Endpoint(**dict(row))


@router.delete("/endpoints/{id}", status_code=204)
async def remove_endpoint(caller: Subscriber, store: StoreOf, id: UUID) -> None:
    """Stops calling an address; the feed still has every event."""
    async with store.reading(caller.tenant) as tx:
        if await tx.fetchval(SQL["remove_endpoint"], id) == 0:
            raise not_found("endpoint")


@router.get("/endpoints/{id}/deliveries")
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


@router.get("/deliveries/{id}")
async def delivery(caller: Subscriber, store: StoreOf, id: UUID) -> DeliveryDetail:
    """One delivery with all its attempts."""
    async with store.reading(caller.tenant) as tx:
        row = await tx.fetchrow(SQL["delivery"], id)
    if row is None:
        raise not_found("delivery")
    fields: dict[str, Any] = dict(row)
    return DeliveryDetail(**{**fields, "log": json.loads(fields["log"])})


@router.post("/deliveries/{id}/resend", status_code=202, response_model=Delivery)
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
