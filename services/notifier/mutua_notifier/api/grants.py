"""Named grants: an operator lets an organisation see what the recognisers of a country decided."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from mutua_contracts.issuer import CountryCode, EntityId
from mutua_kernel.database import Connection
from mutua_kernel.http.problems import not_found
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_notifier.api.parts import Body, Operator, View
from mutua_notifier.store import SQL

router = APIRouter(tags=["grants"])


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


async def _as_operator(tx: Connection) -> None:
    await tx.execute("select set_config('app.operator', 'yes', true)")


@router.post("/grants", status_code=201, response_model=Grant)
async def grant(caller: Operator, store: StoreOf, key: Key, request: Request, body: NewGrant) -> Response:
    """Lets an organisation see the events of a country's recognisers (reading across tenants is always
    named)."""

    async def effect(tx: Connection) -> Answer:
        await _as_operator(tx)
        row = await tx.fetchrow(SQL["add_grant"], body.tenant, body.country, caller.tenant)
        return Answer(201, Grant(**dict(row or {})))

    return await store.write(request, caller, key, effect)


@router.get("/grants")
async def grants(caller: Operator, store: StoreOf) -> list[Grant]:
    """All grants."""
    async with store.reading(caller.tenant) as tx:
        await _as_operator(tx)
        return [Grant(**dict(row)) for row in await tx.fetch(SQL["grants"])]


@router.delete("/grants/{tenant}/{country}", status_code=204)
async def end_grant(caller: Operator, store: StoreOf, tenant: str, country: str) -> None:
    """Ends a grant at once."""
    async with store.reading(caller.tenant) as tx:
        await _as_operator(tx)
        if await tx.fetchval(SQL["end_grant"], tenant, country) is None:
            raise not_found("grant")
