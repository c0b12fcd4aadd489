"""Presenting a credential: a request is made, woken, looked at again, or answered with what it already is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from mutua_contracts.credential import CredentialId
from mutua_contracts.ids import request_id
from mutua_kernel import telemetry
from mutua_kernel.database import Connection
from mutua_kernel.http.auth import Principal
from mutua_kernel.http.problems import Problem
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_kernel.ids import new_id
from mutua_kernel.outbox import Emit
from mutua_recognition import events
from mutua_recognition.api.bodies import Body, new_router
from mutua_recognition.api.credentials import Known, find, take_in
from mutua_recognition.api.people import Evaluator
from mutua_recognition.api.presented import Presented, read_presented
from mutua_recognition.api.refusals import accepted, problem_of
from mutua_recognition.api.requests import RequestView, load
from mutua_recognition.api.seats import seat_of
from mutua_recognition.api.targets import TargetBody, text_of
from mutua_recognition.domain.codes import Holder, Origin, Purpose, Regime
from mutua_recognition.domain.flaws import refused
from mutua_recognition.domain.lifecycle import Arrival, State, on_arrival
from mutua_recognition.domain.request import Target
from mutua_recognition.settings import Settings
from mutua_recognition.store import SQL, compact

router = new_router("requests")

WAITING = "waiting"
"""A request that is queued: it has no outcome since it was presented, or ever."""


class Question(Body):
    """What recognition is asked for."""

    purpose: Purpose = Field(examples=["CREDIT"])
    """What for."""
    regime: Regime = Regime.HEI
    """By whose rules."""
    holder_checked: bool = False
    """Whether somebody has matched whoever presents it to the learner."""


class Presentation(Question):
    """What is presented, and what for."""

    credential_id: CredentialId | None = Field(
        None, examples=["urn:uuid:6f1c0f0e-0000-7000-8000-000000000001"]
    )
    """A credential that was issued on the network."""
    credential: Annotated[str, Field(min_length=1)] | None = Field(
        None, examples=["eyJhbGciOiJFUzI1NiIsInR5cCI6ImRjK3NkLWp3dCJ9.eyJpc3MiOiIuLi4ifQ.c2ln~"]
    )
    """Or the credential itself, as an SD-JWT; disclosures about the learner and the grade are not kept."""
    target: TargetBody | None = None
    """The component that it shall count for; EXEMPTION and STACKING need one."""

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if (self.credential_id is None) == (self.credential is None):
            raise PydanticCustomError("one_credential", "either credential_id or credential")
        return self


@dataclass(frozen=True, slots=True)
class Asked:
    """The question: which credential, by whom, what for."""

    credential: Known
    recogniser: str
    purpose: Purpose
    target: Target | None
    regime: Regime
    holder: Holder
    at: datetime
    patience: float

    @classmethod
    def of(
        cls,
        question: Question,
        credential: Known,
        recogniser: str,
        target: TargetBody | None,
        at: datetime,
        patience: float,
    ) -> "Asked":
        return cls(
            credential=credential,
            recogniser=recogniser,
            purpose=question.purpose,
            target=target.domain() if target else None,
            regime=question.regime,
            holder=Holder.CHECKED if question.holder_checked else Holder.ON_PRESENTATION,
            at=at,
            patience=patience,
        )

    @property
    def id(self) -> UUID:
        target = self.target.id if self.target else None
        return request_id(self.credential.id, self.recogniser, self.purpose, target)


@router.post(
    "/requests",
    status_code=202,
    response_model=RequestView,
    responses={200: {"model": RequestView, "description": "Asked before: what it is."}},
)
async def present(
    caller: Evaluator, store: StoreOf, key: Key, request: Request, body: Presentation
) -> Response:
    """Asks the caller's organisation to recognise a credential.

    202: it is evaluated now; poll the request or read the feed. 200: it was asked before, and this is its
    state. A dormant one is woken; one that waits for information, or could not be taken in, is looked at
    again; an anticipated decision takes effect. Codes: `INTAKE.*`, `personal_in_clear`, `registry_not_ready`,
    `credential_unknown`.
    """
    needs_target(body.purpose, body.target)
    presented = None
    if body.credential is not None:
        presented = accepted(read_presented(body.credential), "credential")
    settings: Settings = request.app.state.settings

    async def effect(tx: Connection) -> Answer:
        now = store.clock.now()
        meant = await _meant(tx, body, presented, now)
        asked = Asked.of(body, meant, caller.tenant, body.target, now, settings.patience_seconds)
        return await ask(tx, asked, caller)

    return await store.write(request, caller, key, effect)


def needs_target(purpose: Purpose, target: TargetBody | None) -> None:
    """Raises `Problem` where the purpose needs a component and none is named."""
    if purpose.needs_target and target is None:
        expected = f"a component, as {purpose} needs one"
        raise problem_of(refused("INTAKE.TARGET_MISSING", "/target", None, expected), "A target is missing.")


async def ask(tx: Connection, asked: Asked, caller: Principal) -> Answer:
    """Makes the request, wakes it, looks at it again, or answers what it already is."""
    country = await seat_of(tx, caller.tenant)
    cause = str(new_id())
    target = text_of(asked.target)
    text = None if target is None else compact(target)
    traceparent = telemetry.current_traceparent()
    added = await tx.fetchval(
        SQL["add_request"],
        asked.id,
        asked.recogniser,
        asked.credential.id,
        asked.purpose.value,
        text,
        asked.regime.value,
        asked.holder.value,
        country,
        asked.credential.issuer,
        asked.credential.country,
        asked.at,
        traceparent,
        asked.credential.disclosed,
    )
    if added is not None:
        await tx.execute(SQL["queue"], asked.id, asked.at, asked.patience, cause)
        return await _answer(tx, 202, asked.id, _requested(asked, country, cause))
    before = await tx.fetchrow(SQL["lock_request"], asked.id)
    if before is None:
        raise LookupError("a request of this id exists, and its organisation cannot see it")
    if _arrival(before) is not Arrival.EVALUATE:
        state = State.DECIDED if _arrival(before) is Arrival.TAKE_EFFECT else before["state"]
        await tx.execute(SQL["note_presentation"], asked.id, asked.at, asked.holder.value, state)
        return await _answer(tx, 200, asked.id)
    checked = before["holder"] == Holder.CHECKED or asked.holder is Holder.CHECKED
    await tx.execute(
        SQL["present_again"],
        asked.id,
        asked.at,
        (Holder.CHECKED if checked else Holder.ON_PRESENTATION).value,
        asked.regime.value,
        text,
        asked.credential.disclosed,
        traceparent,
    )
    await tx.execute(SQL["queue"], asked.id, asked.at, asked.patience, cause)
    return await _answer(tx, 202, asked.id)


def _arrival(before: Mapping[str, Any]) -> Arrival:
    """What the domain makes of a repeat; what is queued already is only noted."""
    if before["state"] == WAITING:
        return Arrival.ANSWER
    return on_arrival(State(before["state"]), Origin.PRESENTED, revisit=before["revisit"] is not None)


async def _answer(tx: Connection, status: int, id: UUID, *emit: Emit) -> Answer:
    return Answer(status, await load(tx, id), emit, {"Location": f"/requests/{id}"})


def _requested(asked: Asked, country: str, cause: str) -> Emit:
    known = asked.credential
    about = events.About(
        request=asked.id,
        credential=known.id,
        recogniser=asked.recogniser,
        country=country,
        issuer=known.issuer,
        award_country=known.country,
        purpose=asked.purpose.value,
        target=asked.target.id if asked.target else None,
    )
    return events.requested(
        about,
        origin=Origin.PRESENTED.value,
        regime=asked.regime.value,
        state="active",
        rule=None,
        digest=known.digest,
        sequence=1,
        cause=cause,
    )


async def _meant(tx: Connection, body: Presentation, presented: Presented | None, now: datetime) -> Known:
    if presented is not None:
        return await take_in(tx, presented, now)
    known = await find(tx, str(body.credential_id))
    if known is None:
        raise Problem(
            404,
            "credential_unknown",
            "No credential of this id has arrived here.",
            found=body.credential_id,
            expected="a credential that was issued on the network",
            fix="If it was issued a moment ago, try again. Otherwise present the credential itself.",
        )
    return known
