"""Uploading: a foreign credential, as the file that its holder has, becomes a request for recognition.

The file is sealed before it is stored, with a key of its learner. Erasing a learner destroys that key.
"""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from pydantic import Field

from mutua_kernel.database import Connection
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_kernel.vault import Vault
from mutua_recognition import uploads
from mutua_recognition.api.bodies import Body, View, new_router
from mutua_recognition.api.credentials import take_in_file
from mutua_recognition.api.people import Coordinator, Evaluator
from mutua_recognition.api.presentations import Asked, Question, ask, needs_target
from mutua_recognition.api.pseudonyms import Pseudonyms
from mutua_recognition.api.refusals import accepted
from mutua_recognition.api.requests import RequestView
from mutua_recognition.api.targets import TargetBody
from mutua_recognition.settings import Settings
from mutua_recognition.store import SQL
from mutua_recognition.uploads import SubjectKey
from mutua_recognition.verifying import Verifiers

router = APIRouter(tags=["requests"])
erasures = new_router("requests")

PATH = "/uploads"
FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file as it is: a token, JSON, PNG or SVG; at most 10 MiB.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
LearnerId = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,100}$", examples=["s-1042"])]


class UploadQuestion(Question):
    """What the file is presented for."""

    target_id: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,100}$")] | None = None
    """Code of the component that it shall count for; EXEMPTION and STACKING need one."""
    target_version: Annotated[int, Field(ge=1, lt=2**31)] = 1
    """Version of its description."""
    target_level: Annotated[int, Field(ge=1, le=8)] | None = None
    """Its EQF level."""
    target_ects: Annotated[str, Field(pattern=r"^[0-9]{1,4}(\.[0-9]{1,2})?$")] | None = None
    """Its credits, as a decimal."""

    def target(self) -> TargetBody | None:
        if self.target_id is None:
            return None
        return TargetBody(
            id=self.target_id, version=self.target_version, level=self.target_level, ects=self.target_ects
        )


class Erasure(Body):
    """A learner to forget."""

    learner: LearnerId
    """As the organisation calls the learner, and named when uploading."""


class ErasureView(View):
    """What was destroyed."""

    erased: int
    """How many keys: one where the learner was known, else none. The learner's files went with it."""


@router.post(
    PATH,
    status_code=202,
    response_model=RequestView,
    responses={200: {"model": RequestView, "description": "Asked before: what it is."}},
    openapi_extra=FILE,
)
async def upload(
    caller: Evaluator,
    store: StoreOf,
    key: Key,
    request: Request,
    asked: Annotated[UploadQuestion, Query()],
    learner: Annotated[
        LearnerId | None,
        Header(alias="Mutua-Learner", description="The organisation's own id of the learner; stored nowhere"),
    ] = None,
) -> Response:
    """Asks the caller's organisation to recognise a credential of any format that is verified here.

    The body is the file. It is stored sealed; events carry its digest and what is proven, never its content.
    Codes: `too_large`, `INTAKE.*`, `registry_not_ready`.
    """
    data = await request.body()
    target = asked.target()
    needs_target(asked.purpose, target)
    verifiers = cast("Verifiers", request.app.state.verifiers)
    found = accepted(await verifiers.run(uploads.read_upload, data), "credential")
    settings: Settings = request.app.state.settings
    vault = cast("Vault", request.app.state.vault)
    pseudonyms = cast("Pseudonyms", request.app.state.pseudonyms)

    async def effect(tx: Connection) -> Answer:
        known = await take_in_file(tx, found)
        named = None if learner is None else pseudonyms.of(caller.tenant, "learner", learner)
        subject = await _subject_key(tx, vault, caller.tenant, named or known.id)
        await tx.execute(
            SQL["put_upload"],
            known.id,
            caller.tenant,
            subject.reference,
            uploads.sealed(vault, subject, known.id, data),
            found.issuer,
            store.clock.now(),
        )
        question = Asked.of(asked, known, caller.tenant, target, store.clock.now(), settings.patience_seconds)
        return await ask(tx, question, caller)

    return await store.write(request, caller, key, effect)


@erasures.post("/learners/erase", response_model=ErasureView)
async def erase(caller: Coordinator, store: StoreOf, key: Key, request: Request, body: Erasure) -> Response:
    """Destroys the key of a learner's files: nobody can read them any more. Records hold no learner.

    Again it changes nothing. A case that was not evaluated yet goes to a person, who asks for the file.
    """
    pseudonyms = cast("Pseudonyms", request.app.state.pseudonyms)

    async def effect(tx: Connection) -> Answer:
        named = pseudonyms.of(caller.tenant, "learner", body.learner)
        gone = await tx.fetch(SQL["erase_subject"], named)
        return Answer(200, ErasureView(erased=len(gone)))

    return await store.write(request, caller, key, effect)


async def _subject_key(tx: Connection, vault: Vault, tenant: str, reference: str) -> SubjectKey:
    """The learner's key: the one that is there, else a new one."""
    new = uploads.new_subject_key(vault, tenant, reference)
    await tx.execute(SQL["add_subject_key"], tenant, reference, new.wrapped)
    row = await tx.fetchrow(SQL["subject_key"], reference)
    if row is None:
        raise LookupError("the key of a learner was stored and cannot be read")
    return SubjectKey(tenant, reference, row["wrapped"])
