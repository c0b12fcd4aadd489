"""Reviews: what waits for a person, and what a person may do with it: recognise, or ask for information.

There is no third. An evaluator who cannot recognise asks, and an unanswered question refuses nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import Field

from mutua_contracts.reasons import REASON_CODES
from mutua_kernel.database import Connection
from mutua_kernel.http.problems import Problem
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_kernel.ids import new_id
from mutua_kernel.outbox import Emit
from mutua_recognition import events
from mutua_recognition.api.bodies import Body, Limit, Page, new_router, page
from mutua_recognition.api.people import Acting, Evaluator, Reader, acting
from mutua_recognition.api.refusals import accepted
from mutua_recognition.api.requests import RequestView, load, view_of
from mutua_recognition.api.rows import one_row
from mutua_recognition.domain import reviews
from mutua_recognition.domain.canonical import canonical, digest, read, write
from mutua_recognition.domain.clock import urgency
from mutua_recognition.domain.codes import Holder, PersonCode
from mutua_recognition.domain.content import Content, Effect, MachineOutcome
from mutua_recognition.domain.flaws import Refused
from mutua_recognition.domain.inputs import Inputs
from mutua_recognition.domain.lifecycle import State
from mutua_recognition.domain.outcome import effect_of
from mutua_recognition.domain.reasons import Remedy
from mutua_recognition.domain.record import Cause, Clock, Person, Place
from mutua_recognition.domain.reviews import Settled
from mutua_recognition.store import SQL, compact

router = new_router("reviews")

OPEN = (State.IN_REVIEW, State.INFO_REQUESTED)
"""States in which a person may settle."""


CODES: dict[str, Any] = {"enum": [*REASON_CODES]}


class ReviewView(RequestView):
    """A request that waits for a person."""

    urgency: Literal["green", "amber", "red", "overdue"] | None
    """How much of the time has passed; null without a due day."""


class QuestionBody(Body):
    """One thing that is asked for."""

    element: Annotated[str, Field(pattern=r"^[a-z0-9_./-]{1,100}$", examples=["learning_outcomes"])]
    """Element of Annex I, or a document."""
    code: Annotated[str, Field(max_length=60, examples=["LO.FREE_TEXT"], json_schema_extra=CODES)]
    """Why it is asked."""
    remedy: Remedy = Field(examples=["UPLOAD_SYLLABUS"])
    """How to answer."""


class Recognise(Body):
    """Recognises in full: what the machine could not tell is no obstacle for this purpose."""

    action: Literal["recognise"]
    """What is done."""
    sequence: Annotated[int, Field(ge=1, lt=2**31, examples=[2])]
    """`sequence` of the request as it was read: who settles must have seen its newest state."""


class Ask(Body):
    """Asks for information; the clock pauses until the credential is presented again."""

    action: Literal["ask"]
    """What is done."""
    sequence: Annotated[int, Field(ge=1, lt=2**31, examples=[2])]
    """`sequence` of the request as it was read."""
    questions: Annotated[list[QuestionBody], Field(min_length=1, max_length=40)]
    """Everything that is asked, in one bundle."""


Settlement = Annotated[Recognise | Ask, Field(discriminator="action")]


@dataclass(frozen=True, slots=True)
class File:
    """A request as it is settled: its row, the machine's newest content, and what that was made from."""

    row: Mapping[str, Any]
    evaluation: UUID
    content: Content[MachineOutcome]
    inputs: Inputs
    inputs_digest: str
    paused: int
    """Days for which the clock has stood still."""


@router.get("/reviews")
async def waiting(
    caller: Reader,
    store: StoreOf,
    after: Annotated[UUID | None, Query(description="`next` of the page before")] = None,
    limit: Limit = 100,
) -> Page[ReviewView]:
    """What waits for a person of the organisation, the most urgent first."""
    async with store.reading(caller.tenant) as tx:
        rows = await tx.fetch(SQL["reviews"], after, limit)
    today = store.clock.now().date()
    views = [_review(view_of(row), today) for row in rows]
    return page(views, limit, str(views[-1].id) if views else None)


@router.post("/requests/{id}/settle", response_model=RequestView)
async def settle(
    caller: Evaluator, store: StoreOf, key: Key, request: Request, id: UUID, body: Settlement
) -> Response:
    """Settles a case that waits for a person, in the caller's name: recognises it, or asks for information.

    The record names the caller's pseudonym. Codes: `changed_meanwhile` where somebody was faster,
    `not_open`, `override_needed` where one person is not enough.
    """

    async def effect(tx: Connection) -> Answer:
        person = acting(caller, request, store)
        file = await _load(tx, id, body.sequence, person)
        settled = _settled(file, body, person)
        facts = await _store(tx, file, settled, body)
        return Answer(200, await load(tx, id), tuple(facts), {"ETag": f'"{body.sequence + len(facts)}"'})

    return await store.write(request, caller, key, effect)


async def _load(tx: Connection, id: UUID, sequence: int, person: Acting) -> File:
    row = await one_row(tx, "lock_request", id, called="request")
    if row["sequence"] != sequence:
        raise Problem(
            409,
            "changed_meanwhile",
            "The request has changed since you read it.",
            found=f"sequence {row['sequence']}",
            expected=f"sequence {sequence}",
            fix="Read the request again; somebody may have settled it.",
        )
    if row["state"] not in OPEN:
        raise Problem(
            409,
            "not_open",
            "There is nothing to settle.",
            found=str(row["state"]),
            expected=" or ".join(OPEN),
            fix="Read the request again.",
        )
    found = await tx.fetchrow(SQL["last_evaluation"], id)
    if found is None:
        raise LookupError(f"request {id} is open and has no evaluation")
    content: Content[MachineOutcome] | Refused = read(Content[MachineOutcome], bytes(found["content"]))
    inputs = read(Inputs, bytes(found["inputs"]))
    if isinstance(content, Refused) or isinstance(inputs, Refused):
        raise LookupError(f"the newest evaluation of request {id} cannot be read")
    paused = int(json.loads(found["newest_act"])["clock"]["paused_days"])
    if row["state"] == State.INFO_REQUESTED:
        paused += (person.at.date() - found["newest_at"].date()).days
    return File(row, found["id"], content, inputs, found["inputs_digest"], paused)


def _settled(file: File, body: Recognise | Ask, person: Acting) -> Settled:
    row = file.row
    place = Place(row["id"], row["records"] + 1, row["current"], Cause("review_settled", str(new_id())))
    signed = Person(person.person, "evaluator", person.at)
    match body:
        case Recognise():
            clock = Clock(row["complete_on"], row["due_on"], file.paused)
            done = reviews.recognise(file.content, _effect(file), signed, place, clock)
        case Ask(questions=questions):
            clock = Clock(row["complete_on"], None, file.paused)
            done = reviews.ask(file.content, _questions(questions), signed, place, clock)
    return accepted(done, "settlement")


def _effect(file: File) -> Effect:
    """What a recognition in full gives, to the holder as matched by now."""
    return replace(effect_of(file.inputs.facts, file.inputs.request), holder=Holder(file.row["holder"]))


async def _store(tx: Connection, file: File, settled: Settled, body: Recognise | Ask) -> Sequence[Emit]:
    """Writes the record and the request's new state; answers the facts to state."""
    row, act = file.row, settled.act
    content = settled.content.to_json()
    name = digest(content)
    await tx.execute(
        SQL["add_record"],
        act.decision_id,
        settled.content.request.recogniser,
        act.request_id,
        act.sequence,
        settled.content.outcome.code.value,
        canonical(content),
        name,
        file.inputs_digest,
        compact(write(act)),
        act.decided_at,
    )
    await tx.execute(SQL["use_same_evidence"], file.evaluation, act.decision_id)
    facts = _facts(row, settled, name, body)
    recognised = settled.content.outcome.code is PersonCode.RECOGNISED_FULL
    await tx.execute(
        SQL["settle_request"],
        act.request_id,
        (State.DECIDED if recognised else State.INFO_REQUESTED).value,
        row["sequence"] + len(facts),
        act.sequence,
        act.decision_id,
        act.clock.due_on,
    )
    return facts


def _facts(row: Mapping[str, Any], settled: Settled, name: str, body: Recognise | Ask) -> Sequence[Emit]:
    about = events.About(
        request=row["id"],
        credential=row["credential"],
        recogniser=settled.content.request.recogniser,
        country=row["country"],
        issuer=row["issuer"],
        award_country=row["award_country"],
        purpose=row["purpose"],
        target=settled.content.request.target.id if settled.content.request.target else None,
    )
    sequence = int(row["sequence"]) + 1
    asked = _questions(body.questions) if isinstance(body, Ask) else ()
    told = events.outcome(
        about, settled.content, settled.act, sequence=sequence, digest=name, questions=asked
    )
    if isinstance(body, Ask):
        return (told,)
    return (told, events.closed(about, settled.act, sequence=sequence + 1))


def _questions(asked: Sequence[QuestionBody]) -> tuple[reviews.Question, ...]:
    return tuple(reviews.Question(one.element, one.code, one.remedy) for one in asked)


def _review(request: RequestView, today: date) -> ReviewView:
    told = None
    if request.due_on is not None and request.complete_on is not None:
        told = urgency(request.complete_on, request.due_on, today)
    return ReviewView(**dict(request), urgency=told)
