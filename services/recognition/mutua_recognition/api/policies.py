"""Policies: what a recogniser or an alliance requires for one purpose; two people release each version."""

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
from mutua_recognition.domain.policy import PolicyBundle, read_policy
from mutua_recognition.domain.presets import PRESETS
from mutua_recognition.store import SQL

router = new_router("policies")

GIVEN = ("id", "owner", "version")
EXAMPLES: Any = {
    name: {
        "summary": f"The preset `{name}`",
        "value": {"name": name, "purpose": "CREDIT", **content},
    }
    for name, content in PRESETS.items()
}


class PolicyView(View):
    """One version of a policy."""

    id: str
    """The owner's id and the policy's name."""
    version: int
    """Its version."""
    owner: str
    """The recogniser or alliance that it belongs to."""
    digest: str
    """Digest of its canonical content."""
    content: dict[str, Any]
    """The policy."""


@router.post("/policies", status_code=201, response_model=ProposalView)
async def propose_policy(
    caller: Coordinator,
    store: StoreOf,
    key: Key,
    request: Request,
    body: Annotated[
        dict[str, Any],
        ShapeOf(PolicyBundle, GIVEN, ("name", "purpose"), (("name", Name),)),
        BodyOf(openapi_examples=EXAMPLES),
    ],
) -> Response:
    """Puts the next version of a policy forward; it takes effect with a second person's signature.

    A `name` that is new begins with version 1. The presets are shown as examples.
    """
    id, content = named(caller.tenant, body, GIVEN)

    async def effect(tx: Connection) -> Answer:
        version = await proposals.next_version(tx, "policy", id)
        read = read_policy({**content, "id": id, "owner": caller.tenant, "version": version})
        subject = write(accepted(read, "policy"))
        return await proposals.put_forward(tx, "policy", subject, acting(caller, request, store))

    return await store.write(request, caller, key, effect)


@router.get("/policies")
async def policies(
    caller: Reader, store: StoreOf, after: After = None, limit: Limit = 100
) -> Page[PolicyView]:
    """The newest version of each policy of the organisation and of its alliances."""
    async with store.reading(caller.tenant) as tx:
        rows = await tx.fetch(SQL["policies"], after, limit)
    return page([_of(row) for row in rows], limit, rows[-1]["id"] if rows else None)


@router.get("/policies/{id}")
async def policy(
    caller: Reader,
    store: StoreOf,
    id: ItemId,
    version: Annotated[int | None, Query(ge=1, lt=2**31, description="The newest without it")] = None,
) -> PolicyView:
    """One policy."""
    async with store.reading(caller.tenant) as tx:
        row = await tx.fetchrow(SQL["policy"], id, version)
    if row is None:
        raise not_found("policy")
    return _of(row)


def _of(row: Mapping[str, Any]) -> PolicyView:
    return PolicyView(**{**dict(row), "content": json.loads(row["content"])})
