"""Policies: what a recogniser or an alliance requires for one purpose; two people release each version."""

from typing import Annotated, Any

from fastapi import Body as BodyOf
from fastapi import Request
from fastapi.responses import Response

from mutua_kernel.http.writes import Key, StoreOf
from mutua_recognition.api.bodies import After, ItemId, Limit, Name, Page, ShapeOf, new_router
from mutua_recognition.api.people import Coordinator, Reader
from mutua_recognition.api.proposals import ProposalView
from mutua_recognition.api.versions import Version, Versions, VersionView
from mutua_recognition.domain.policy import PolicyBundle, read_policy
from mutua_recognition.domain.presets import PRESETS

router = new_router("policies")

EXAMPLES: Any = {
    name: {
        "summary": f"The preset `{name}`",
        "value": {"name": name, "purpose": "CREDIT", **content},
    }
    for name, content in PRESETS.items()
}


class PolicyView(VersionView):
    """One version of a policy."""

    digest: str
    """Digest of its canonical content."""


POLICIES = Versions("policy", "policies", "owner", PolicyView, read_policy)


@router.post("/policies", status_code=201, response_model=ProposalView)
async def propose_policy(
    caller: Coordinator,
    store: StoreOf,
    key: Key,
    request: Request,
    body: Annotated[
        dict[str, Any],
        ShapeOf(PolicyBundle, POLICIES.given, ("name", "purpose"), (("name", Name),)),
        BodyOf(openapi_examples=EXAMPLES),
    ],
) -> Response:
    """Puts the next version of a policy forward; it takes effect with a second person's signature.

    A `name` that is new begins with version 1. The presets are shown as examples.
    """
    return await POLICIES.propose(caller, store, key, request, body)


@router.get("/policies")
async def policies(
    caller: Reader, store: StoreOf, after: After = None, limit: Limit = 100
) -> Page[PolicyView]:
    """The newest version of each policy of the organisation and of its alliances."""
    return await POLICIES.newest(caller.tenant, store, after, limit)


@router.get("/policies/{id}")
async def policy(caller: Reader, store: StoreOf, id: ItemId, version: Version = None) -> PolicyView:
    """One policy."""
    return await POLICIES.one(caller.tenant, store, id, version)
