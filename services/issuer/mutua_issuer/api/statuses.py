"""Status of credentials: revoked, suspended, reinstated, each with a reason.

The row, the published lists and the event are one transaction.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict

from mutua_credentials.annex_i.fields import Short, Value
from mutua_issuer import events, store
from mutua_issuer.api import institution_state
from mutua_issuer.api.parts import AS_GIVEN, Issuer, VaultOf, read_body
from mutua_issuer.api.status_lists import StatusLists
from mutua_issuer.domain import issuing, status
from mutua_issuer.domain.status import Change, NoChange, Status
from mutua_kernel.database import Connection
from mutua_kernel.http.problems import Problem, not_found
from mutua_kernel.http.writes import Answer, Key, StoreOf

router = APIRouter(tags=["status"])


class NewStatus(Value):
    """What is to be said of a credential from now on, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "suspended", "reason": "under_review"}]}
    )

    status: Status
    """`revoked` for ever, `suspended` until further notice, `valid` to take a suspension back."""
    reason: Short
    """A code; which ones a status takes is in the README."""


class StatusView(BaseModel):
    """What is said of a credential."""

    credential_id: str
    status: Status
    reason: str | None
    """Of this change; None where nothing had to change."""
    changed_at: AwareDatetime | None
    version: int


@router.post("/credentials/{credential}/status", response_model=StatusView)
async def change(
    caller: Issuer,
    storage: StoreOf,
    vault: VaultOf,
    key: Key,
    request: Request,
    credential: UUID,
    body: Annotated[NewStatus, AS_GIVEN],
) -> Response:
    """Revokes, suspends or reinstates a credential. The same status again changes nothing."""
    wanted = read_body(NewStatus, body)

    async def effect(tx: Connection) -> Answer:
        institution = await institution_state.held(tx, caller.tenant)
        found = await store.lock_credential(tx, credential)
        if found is None:
            raise not_found("credential")
        if why := status.refusal(found.status, wanted.status, wanted.reason):
            raise _refused(why)
        if found.status == wanted.status:
            return Answer(200, _view(credential, found.status, found.version))
        turn = Change(credential, found.status, wanted.status, wanted.reason, storage.clock.now())
        version = await store.change_status(tx, caller.tenant, turn, caller.subject)
        if found.place is not None:
            await StatusLists(tx, vault, storage.clock, institution).publish(found.place.list_id)
        fact = events.status_changed(turn, caller.tenant, version)
        return Answer(200, _view(credential, turn.status, version, turn), emit=(fact,))

    return await storage.write(request, caller, key, effect)


def _view(credential: UUID, now: Status, version: int, turn: Change | None = None) -> StatusView:
    return StatusView(
        credential_id=issuing.urn(credential),
        status=now,
        reason=turn.reason if turn else None,
        changed_at=turn.at if turn else None,
        version=version,
    )


def _refused(why: NoChange) -> Problem:
    return Problem(
        409 if why.code == "status_final" else 422,
        why.code,
        "This status cannot be given.",
        found=why.found,
        expected=why.expected,
        fix="Give another status or another reason.",
    )
