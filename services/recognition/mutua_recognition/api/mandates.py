"""Automation mandates: by which two people of a recogniser let a machine decide or recommend."""

from typing import Annotated, Any

from fastapi import Body as BodyOf
from fastapi import Request
from fastapi.responses import Response

from mutua_kernel.http.writes import Key, StoreOf
from mutua_recognition.api.bodies import After, ItemId, Limit, Name, Page, ShapeOf, new_router
from mutua_recognition.api.people import Coordinator, Reader
from mutua_recognition.api.proposals import ProposalView
from mutua_recognition.api.versions import Version, Versions, VersionView
from mutua_recognition.domain.mandates import Mandate, read_mandate

router = new_router("mandates")

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


class MandateView(VersionView):
    """One version of a mandate."""


MANDATES = Versions("mandate", "mandates", "recogniser", MandateView, read_mandate)


@router.post("/mandates", status_code=201, response_model=ProposalView)
async def propose_mandate(
    caller: Coordinator,
    store: StoreOf,
    key: Key,
    request: Request,
    body: Annotated[
        dict[str, Any],
        ShapeOf(Mandate, MANDATES.given, REQUIRED, (("name", Name),)),
        BodyOf(openapi_examples=EXAMPLES),
    ],
) -> Response:
    """Puts the next version of a mandate forward; it takes effect with a second person's signature.

    Without a mandate a person confirms whatever the machine proposes.
    """
    return await MANDATES.propose(caller, store, key, request, body)


@router.get("/mandates")
async def mandates(
    caller: Reader, store: StoreOf, after: After = None, limit: Limit = 100
) -> Page[MandateView]:
    """The newest version of each of the organisation's mandates."""
    return await MANDATES.newest(caller.tenant, store, after, limit)


@router.get("/mandates/{id}")
async def mandate(caller: Reader, store: StoreOf, id: ItemId, version: Version = None) -> MandateView:
    """One mandate."""
    return await MANDATES.one(caller.tenant, store, id, version)
