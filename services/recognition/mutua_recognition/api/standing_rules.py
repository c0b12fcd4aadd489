"""Standing rules: what is evaluated before anybody applies. Two people give one, one person ends it."""

import json
from collections.abc import Mapping
from datetime import datetime
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
from mutua_recognition.api.seats import seat_of
from mutua_recognition.api.targets import TargetBody, with_digest
from mutua_recognition.domain.canonical import Json, write
from mutua_recognition.domain.standing_rules import StandingRule, read_standing_rule
from mutua_recognition.store import SQL

router = new_router("standing rules")

GIVEN = ("id", "recogniser", "version")
EXAMPLES: Any = {
    "alliance": {
        "summary": "Credit for what members of the alliance award from 2025 on",
        "value": {
            "name": "boreal-credit",
            "purpose": "CREDIT",
            "regime": "ALLIANCE",
            "alliance": "alliance:boreal",
            "during": {"from": "2025-01-01"},
        },
    },
    "component": {
        "summary": "Exemption from one component for certain courses of two universities",
        "value": {
            "name": "data-literacy",
            "purpose": "EXEMPTION",
            "issuers": ["DEQARINST7103", "DEQARINST7105"],
            "components": ["LIS-DL-01"],
            "target": {"id": "AST-DAT-020", "version": 3, "level": 6, "ects": "5"},
            "during": {"from": "2025-01-01"},
        },
    },
}


class StandingRuleView(View):
    """One version of a standing rule."""

    id: str
    """The recogniser's id and the rule's name."""
    version: int
    """Its version."""
    owner: str
    """The recogniser."""
    country: str
    """Country of the recogniser's seat."""
    content: dict[str, Any]
    """The rule."""
    ended_at: datetime | None
    """Since when it asks for nothing any more."""


@router.post("/standing-rules", status_code=201, response_model=ProposalView)
async def propose_rule(
    caller: Coordinator,
    store: StoreOf,
    key: Key,
    request: Request,
    body: Annotated[
        dict[str, Any],
        ShapeOf(
            StandingRule,
            (*GIVEN, "target"),
            ("name", "purpose", "during"),
            (("name", Name), ("target", TargetBody | None)),
        ),
        BodyOf(openapi_examples=EXAMPLES),
    ],
) -> Response:
    """Puts the next version of a rule forward; it takes effect with a second person's signature.

    Whatever is issued from then on and matches is evaluated at once. Code beside the domain's:
    `registry_not_ready` while the mirror does not know the recogniser's seat.
    """
    id, content = named(caller.tenant, body, GIVEN)

    async def effect(tx: Connection) -> Answer:
        await seat_of(tx, caller.tenant)
        version = await proposals.next_version(tx, "standing_rule", id)
        given: Json = {"id": id, "recogniser": caller.tenant, "version": version}
        if content.get("target") is not None:
            given["target"] = with_digest(content["target"])
        subject = write(accepted(read_standing_rule({**content, **given}), "standing rule"))
        return await proposals.put_forward(tx, "standing_rule", subject, acting(caller, request, store))

    return await store.write(request, caller, key, effect)


@router.post("/standing-rules/{id}/end", response_model=StandingRuleView)
async def end_rule(caller: Coordinator, store: StoreOf, key: Key, request: Request, id: ItemId) -> Response:
    """Ends a rule at once: one person is enough to ask for less. Ending it again changes nothing."""

    async def effect(tx: Connection) -> Answer:
        await tx.execute(SQL["advance_catalogue"])
        await tx.execute(SQL["end_standing_rule"], id, store.clock.now())
        row = await tx.fetchrow(SQL["standing_rule"], id, None)
        if row is None:
            raise not_found("standing rule")
        return Answer(200, _of(row))

    return await store.write(request, caller, key, effect)


@router.get("/standing-rules")
async def rules(
    caller: Reader, store: StoreOf, after: After = None, limit: Limit = 100
) -> Page[StandingRuleView]:
    """The newest version of each of the organisation's rules."""
    async with store.reading(caller.tenant) as tx:
        rows = await tx.fetch(SQL["standing_rules"], after, limit)
    return page([_of(row) for row in rows], limit, rows[-1]["id"] if rows else None)


@router.get("/standing-rules/{id}")
async def rule(
    caller: Reader,
    store: StoreOf,
    id: ItemId,
    version: Annotated[int | None, Query(ge=1, lt=2**31, description="The newest without it")] = None,
) -> StandingRuleView:
    """One standing rule."""
    async with store.reading(caller.tenant) as tx:
        row = await tx.fetchrow(SQL["standing_rule"], id, version)
    if row is None:
        raise not_found("standing rule")
    return _of(row)


def _of(row: Mapping[str, Any]) -> StandingRuleView:
    return StandingRuleView(**{**dict(row), "content": json.loads(row["content"])})
