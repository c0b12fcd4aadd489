"""Automation mandates: by which two people of a recogniser let a machine decide or recommend."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Body as BodyOf
from fastapi import Query, Request
from fastapi.responses import Response

from mutua_kernel.database import Connection
from mutua_kernel.http.problems import not_found
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_recognition.api import proposals
from mutua_recognition.api.bodies import After, ItemId, Limit, Name, Page, ShapeOf, View, new_router, page
from mutua_recognition.api.naming import named
from mutua_recognition.api.people import Coordinator, Reader, acting
from mutua_recognition.api.proposals import ProposalView
from mutua_recognition.api.refusals import accepted
from mutua_recognition.domain.canonical import write
from mutua_recognition.domain.mandates import Mandate, read_mandate
from mutua_recognition.store import SQL

router = new_router("mandates")

GIVEN = ("id", "recogniser", "version")
REQUIRED = ("name", "purposes", "effect", "legal_basis", "during")
EXAMPLES: Any = {
    "decide": {
        "summary": "A machine may decide credit, for one academic year",
        "value": {
            "name": "automation",
            "purposes": ["CREDIT"],
            "effect": "decide",
            "legal_basis": ["LRC.V", "UAS.REG.12"],
            "during": {"from": "2026-09-01", "to": "2027-09-01"},
        },
    }
}


class MandateView(View):
    """One version of a mandate."""

    id: str
    """The recogniser's id and the mandate's name."""
    version: int
    """Its version."""
    owner: str
    """The recogniser."""
    content: dict[str, Any]
    """The mandate."""


@router.post("/mandates", status_code=201, response_model=ProposalView)
async def propose_mandate(
    caller: Coordinator,
    store: StoreOf,
    key: Key,
    request: Request,
    body: Annotated[
        dict[str, Any],
        ShapeOf(Mandate, GIVEN, REQUIRED, (("name", Name),)),
        BodyOf(openapi_examples=EXAMPLES),
    ],
) -> Response:
    """Puts the next version of a mandate forward; it takes effect with a second person's signature.

    Without a mandate a person confirms whatever the machine proposes.
    """
    id, content = named(caller.tenant, body, GIVEN)

    async def effect(tx: Connection) -> Answer:
        version = await proposals.next_version(tx, "mandate", id)
        read = read_mandate({**content, "id": id, "recogniser": caller.tenant, "version": version})
        subject = write(accepted(read, "mandate"))
        return await proposals.put_forward(tx, "mandate", subject, acting(caller, request, store))

    return await store.write(request, caller, key, effect)


@router.get("/mandates")
async def mandates(
    caller: Reader, store: StoreOf, after: After = None, limit: Limit = 100
) -> Page[MandateView]:
    """The newest version of each of the organisation's mandates."""
    async with store.reading(caller.tenant) as tx:
        rows = await tx.fetch(SQL["mandates"], after, limit)
    return page([_of(row) for row in rows], limit, rows[-1]["id"] if rows else None)


@router.get("/mandates/{id}")
async def mandate(
    caller: Reader,
    store: StoreOf,
    id: ItemId,
    version: Annotated[int | None, Query(ge=1, lt=2**31, description="The newest without it")] = None,
) -> MandateView:
    """One mandate."""
    async with store.reading(caller.tenant) as tx:
        row = await tx.fetchrow(SQL["mandate"], id, version)
    if row is None:
        raise not_found("mandate")
    return _of(row)


def _of(row: Mapping[str, Any]) -> MandateView:
    return MandateView(**{**dict(row), "content": json.loads(row["content"])})
