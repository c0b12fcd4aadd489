"""Status of credentials: revoked, suspended, reinstated, each with a reason, in one transaction with its
event."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict

from mutua_credentials.annex_i.fields import Short, Value
from mutua_issuer import events, store
from mutua_issuer.api.parts import AS_GIVEN, Issuer, VaultOf, not_registered, read_body
from mutua_issuer.api.status_lists import StatusLists
from mutua_issuer.domain import issuing, status
from mutua_issuer.domain.status import Status
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
        institution = await store.hold_institution(tx, caller.tenant)
        if institution is None:
            raise not_registered()
        found = await store.lock_credential(tx, credential)
        if found is None:
            raise not_found("credential")
        why = status.refusal(found.status, wanted.status, wanted.reason)
        if why is not None:
            raise Problem(
                409 if why.code == "status_final" else 422,
                why.code,
                "This status cannot be given.",
                found=why.found,
                expected=why.expected,
                fix="Give another status or another reason.",
            )
        number = issuing.urn(credential)
        if found.status == wanted.status:
            same = StatusView(
                credential_id=number, status=found.status, reason=None, changed_at=None, version=found.version
            )
            return Answer(200, same)
        at = storage.clock.now()
        version = await store.change_status(
            tx, caller.tenant, credential, found.status, wanted.status, wanted.reason, at, caller.subject
        )
        if found.place is not None:
            await StatusLists(tx, vault, storage.clock, institution).publish(found.place.list_id)
        told = StatusView(
            credential_id=number, status=wanted.status, reason=wanted.reason, changed_at=at, version=version
        )
        fact = events.status_changed(
            credential,
            caller.tenant,
            version,
            previous=found.status,
            status=wanted.status,
            reason=wanted.reason,
            at=at,
        )
        return Answer(200, told, emit=(fact,))

    return await storage.write(request, caller, key, effect)
