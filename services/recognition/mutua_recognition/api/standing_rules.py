"""Standing rules: what is evaluated before anybody applies. Two people give one, one person ends it."""

from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from mutua_kernel.database import Connection
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_recognition.api.bodies import ItemId, Name, ShapeOf, new_router
from mutua_recognition.api.people import Coordinator
from mutua_recognition.api.refusals import problem_of
from mutua_recognition.api.seats import seat_of
from mutua_recognition.api.targets import TargetBody, with_digest
from mutua_recognition.api.versions import Versions, VersionView
from mutua_recognition.domain.canonical import Json
from mutua_recognition.domain.flaws import Flaw, Refused
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


def _read(content: Json) -> StandingRule | Refused:
    if content.get("target") is not None:
        content = {**content, "target": with_digest(content["target"])}
    return read_standing_rule(content)


async def _can_ask(tx: Connection, tenant: str, content: Json) -> None:
    """The recogniser has a seat, and the rule names issuers that exist: else it asks for nothing."""
    await seat_of(tx, tenant)
    issuers: Any = content.get("issuers")
    if not isinstance(issuers, list) or not all(isinstance(one, str) for one in issuers):
        return
    known = {row[0] for row in await tx.fetch(SQL["known_entities"], issuers)}
    unknown = [(place, one) for place, one in enumerate(issuers) if one not in known]
    if unknown:
        expected = "an institution of the registry"
        flaws = tuple(
            Flaw("unknown_entity", f"/issuers/{place}", str(one)[:80], expected) for place, one in unknown
        )
        raise problem_of(Refused(flaws), "This standing rule names issuers that are not known here.")


RULES = Versions("standing_rule", "standing_rules", "recogniser", StandingRuleView, _read)
RULES.add_routes(
    router,
    "/standing-rules",
    ShapeOf(
        StandingRule,
        (*RULES.given, "target"),
        ("name", "purpose", "during"),
        (("name", Name), ("target", TargetBody | None)),
    ),
    EXAMPLES,
    "Puts the next version of a rule forward; it takes effect with a second person's signature.\n\n"
    "Whatever is issued from then on and matches is evaluated at once. Codes beside the domain's: "
    "`unknown_entity`; `registry_not_ready` while the mirror does not know the recogniser's seat.",
    _can_ask,
)


@router.post("/standing-rules/{id}/end", response_model=StandingRuleView)
async def end_rule(caller: Coordinator, store: StoreOf, key: Key, request: Request, id: ItemId) -> Response:
    """Ends a rule at once: one person is enough to ask for less. Ending it again changes nothing."""

    async def effect(tx: Connection) -> Answer:
        await tx.execute(SQL["advance_catalogue"])
        await tx.execute(SQL["end_standing_rule"], id, store.clock.now())
        return Answer(200, await RULES.load(tx, id))

    return await store.write(request, caller, key, effect)
