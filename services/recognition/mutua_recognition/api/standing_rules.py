"""Standing rules: what is evaluated before anybody applies. Two people give one, one person ends it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Body as BodyOf
from fastapi import Request
from fastapi.responses import Response

from mutua_kernel.database import Connection
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_recognition.api.bodies import After, ItemId, Limit, Name, Page, ShapeOf, new_router
from mutua_recognition.api.people import Coordinator, Reader
from mutua_recognition.api.proposals import ProposalView
from mutua_recognition.api.seats import seat_of
from mutua_recognition.api.targets import TargetBody, with_digest
from mutua_recognition.api.versions import Version, Versions, VersionView
from mutua_recognition.domain.canonical import Json
from mutua_recognition.domain.standing_rules import StandingRule, read_standing_rule
from mutua_recognition.store import SQL

router = new_router("standing rules")

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


class StandingRuleView(VersionView):
    """One version of a standing rule."""

    country: str
    """Country of the recogniser's seat."""
    ended_at: datetime | None
    """Since when it asks for nothing any more."""


RULES = Versions("standing_rule", "standing_rules", "recogniser", StandingRuleView, read_standing_rule)


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
            (*RULES.given, "target"),
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
    if body.get("target") is not None:
        body = {**body, "target": with_digest(body["target"])}
    return await RULES.propose(caller, store, key, request, body, check=_can_be_asked)


async def _can_be_asked(tx: Connection, tenant: str, _content: Json) -> None:
    await seat_of(tx, tenant)


@router.post("/standing-rules/{id}/end", response_model=StandingRuleView)
async def end_rule(caller: Coordinator, store: StoreOf, key: Key, request: Request, id: ItemId) -> Response:
    """Ends a rule at once: one person is enough to ask for less. Ending it again changes nothing."""

    async def effect(tx: Connection) -> Answer:
        await tx.execute(SQL["advance_catalogue"])
        await tx.execute(SQL["end_standing_rule"], id, store.clock.now())
        return Answer(200, await RULES.load(tx, id))

    return await store.write(request, caller, key, effect)


@router.get("/standing-rules")
async def rules(
    caller: Reader, store: StoreOf, after: After = None, limit: Limit = 100
) -> Page[StandingRuleView]:
    """The newest version of each of the organisation's rules."""
    return await RULES.newest(caller.tenant, store, after, limit)


@router.get("/standing-rules/{id}")
async def rule(caller: Reader, store: StoreOf, id: ItemId, version: Version = None) -> StandingRuleView:
    """One standing rule."""
    return await RULES.one(caller.tenant, store, id, version)
