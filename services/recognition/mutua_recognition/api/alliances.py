"""Alliances: who acts together, from when to when. Membership alone never implies trust."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Body as BodyOf
from fastapi import Request
from fastapi.responses import Response

from mutua_kernel.database import Connection
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_recognition.api import proposals
from mutua_recognition.api.bodies import (
    After,
    ItemId,
    Limit,
    Page,
    ShapeOf,
    View,
    new_router,
    page,
    refuse_given,
)
from mutua_recognition.api.people import Coordinator, Reader, acting
from mutua_recognition.api.proposals import ProposalView
from mutua_recognition.api.refusals import accepted
from mutua_recognition.api.rows import one_row
from mutua_recognition.domain.alliances import Alliance, read_alliance
from mutua_recognition.domain.canonical import write
from mutua_recognition.store import SQL

router = new_router("alliances")

GIVEN = ("id", "version")
EXAMPLES: Any = {
    "members": {
        "summary": "Three members, one of whom leaves",
        "value": {
            "name": "Boreal University Alliance",
            "members": [
                {"entity": "DEQARINST7101", "during": {"from": "2023-09-01"}},
                {"entity": "DEQARINST7103", "during": {"from": "2023-09-01"}},
                {"entity": "DEQARINST7105", "during": {"from": "2023-09-01", "to": "2027-09-01"}},
            ],
        },
    }
}


class AllianceView(View):
    """The whole state of an alliance."""

    id: str
    """The alliance."""
    version: int
    """Rises with every change."""
    content: dict[str, Any]
    """Its name and its members."""


@router.post("/alliances", status_code=201, response_model=ProposalView)
async def propose_alliance(
    caller: Coordinator,
    store: StoreOf,
    key: Key,
    request: Request,
    body: Annotated[dict[str, Any], ShapeOf(Alliance, GIVEN, ("name",)), BodyOf(openapi_examples=EXAMPLES)],
) -> Response:
    """Puts the whole next state of the caller's own alliance forward; two people of the alliance sign it."""
    refuse_given(body, GIVEN)
    content = write(accepted(read_alliance({**body, "id": caller.tenant}), "alliance"))

    async def effect(tx: Connection) -> Answer:
        version = await proposals.next_version(tx, "alliance", caller.tenant)
        subject = {**content, "version": version}
        return await proposals.put_forward(tx, "alliance", subject, acting(caller, request, store))

    return await store.write(request, caller, key, effect)


@router.get("/alliances")
async def alliances(
    caller: Reader, store: StoreOf, after: After = None, limit: Limit = 100
) -> Page[AllianceView]:
    """The alliances that the organisation is, or is a member of."""
    async with store.reading(caller.tenant) as tx:
        rows = await tx.fetch(SQL["alliances"], after, limit)
    return page([_of(row) for row in rows], limit, rows[-1]["id"] if rows else None)


@router.get("/alliances/{id}")
async def alliance(caller: Reader, store: StoreOf, id: ItemId) -> AllianceView:
    """One alliance."""
    async with store.reading(caller.tenant) as tx:
        return _of(await one_row(tx, "alliance", id, called="alliance"))


def _of(row: Mapping[str, Any]) -> AllianceView:
    return AllianceView(**{**dict(row), "content": json.loads(row["content"])})
