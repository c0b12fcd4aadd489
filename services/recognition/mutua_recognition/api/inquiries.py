"""Inquiries: previews of a change of trust before it is released, and replays of decisions.

The API sees the rows of one organisation only; the worker, which sees the whole log, answers. Ask, then read
the inquiry until it is answered.
"""

import json
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from mutua_kernel.database import Connection
from mutua_kernel.http.auth import Principal
from mutua_kernel.http.problems import not_found
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_kernel.ids import new_id
from mutua_recognition.api.bodies import Body, View, new_router
from mutua_recognition.api.people import Coordinator, Reader
from mutua_recognition.api.rows import one_row
from mutua_recognition.domain.canonical import Json
from mutua_recognition.domain.codes import Purpose
from mutua_recognition.store import SQL, compact

router = new_router("inquiries")

Kind = Literal["publishing", "revoking", "replay"]
Text = Annotated[str, Field(min_length=1, max_length=100)]


class LikeBody(Body):
    """The kind of credential that is asked about; all fields of study and levels are tried."""

    purpose: Purpose = Purpose.CREDIT
    """For which purpose; each recogniser's own policy for it counts."""
    award_date: date | None = None
    """When it was awarded; today without it."""
    ects: Annotated[float, Field(gt=0, le=1000)] = 5
    """Its credits."""
    assessment: Text = "written-examination"
    """How it was assessed."""
    mode: Text = "online"
    """How the learner took part."""


class PreviewBody(Body):
    """A change of trust: a proposal that waits, or the end of a statement."""

    proposal: UUID | None = None
    """A statement that was put forward and has not taken effect."""
    revoke: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$")] | None = Field(
        None, examples=["sha256:46a81739c6ee7c1d5ed084e7de843a7ed79435cd445513e4dd5c4e5ac395fb4b"]
    )
    """Or an own statement that may be ended."""
    like: LikeBody = LikeBody()
    """For which kind of credential."""

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        if (self.proposal is None) == (self.revoke is None):
            raise PydanticCustomError("one_change", "either proposal or revoke")
        return self


class InquiryView(View):
    """A question with its answer, once there is one."""

    id: UUID
    """Its id."""
    kind: Kind
    """What was asked: what `publishing` or `revoking` would change, or a `replay`."""
    asked_at: datetime
    """When it was asked."""
    answer: dict[str, Any] | None
    """Of previews: what changes for one's `own` organisation and for `others` (issuer, ISCED-F fields, EQF
    levels; `gained`: becomes automatic, else ceases to be), as of `version` of the log, `complete` or not,
    and the `decisions` that rest on what would end. Of replays: whether the bytes are the `same`. `refused`
    where it cannot be answered. Null until it is answered."""
    answered_at: datetime | None
    """When it was answered."""


@router.post("/previews", status_code=202, response_model=InquiryView)
async def preview(
    caller: Coordinator, store: StoreOf, key: Key, request: Request, body: PreviewBody
) -> Response:
    """Asks what a change of trust would do before it is released: read `/inquiries/{id}` for the answer."""

    async def effect(tx: Connection) -> Answer:
        now = store.clock.now()
        today = now.astimezone(UTC).date()
        like: Json = {
            **body.like.model_dump(mode="json"),
            "award_date": (body.like.award_date or today).isoformat(),
            "decision_date": today.isoformat(),
        }
        if body.revoke is not None:
            await one_row(tx, "own_statement", body.revoke, called="statement of your organisation")
            return await _ask(tx, caller, "revoking", {"id": body.revoke, "like": like}, now)
        row = await tx.fetchrow(SQL["proposal"], body.proposal)
        if row is None or row["kind"] != "statement":
            raise not_found("proposal of a statement")
        subject = {"statement": json.loads(row["subject"]), "like": like}
        return await _ask(tx, caller, "publishing", subject, now)

    return await store.write(request, caller, key, effect)


@router.post("/requests/{id}/replay", status_code=202, response_model=InquiryView)
async def replay(
    caller: Reader,
    store: StoreOf,
    key: Key,
    request: Request,
    id: UUID,
    number: Annotated[int | None, Query(ge=1, lt=2**31, description="The newest without it")] = None,
) -> Response:
    """Evaluates a record again from its stored inputs: read `/inquiries/{id}` for whether the bytes are the
    same. Only what a machine found can be replayed.
    """

    async def effect(tx: Connection) -> Answer:
        record = await tx.fetchval(SQL["machine_record"], id, number)
        if record is None:
            raise not_found("record of a machine")
        return await _ask(tx, caller, "replay", {"record": str(record)}, store.clock.now())

    return await store.write(request, caller, key, effect)


@router.get("/inquiries/{id}")
async def inquiry(caller: Reader, store: StoreOf, id: UUID) -> InquiryView:
    """One inquiry of the organisation."""
    async with store.reading(caller.tenant) as tx:
        return await _view(tx, id)


async def _ask(tx: Connection, caller: Principal, kind: Kind, subject: Json, now: datetime) -> Answer:
    id = new_id()
    await tx.execute(SQL["ask"], id, caller.tenant, kind, compact(subject), now)
    return Answer(202, await _view(tx, id), (), {"Location": f"/inquiries/{id}"})


async def _view(tx: Connection, id: UUID) -> InquiryView:
    row = await one_row(tx, "inquiry", id, called="inquiry")
    return InquiryView(
        id=row["id"],
        kind=row["kind"],
        asked_at=row["asked_at"],
        answer=None if row["answer"] is None else json.loads(row["answer"]),
        answered_at=row["answered_at"],
    )
