"""Proposals: what one person wrote and another has to sign before it takes effect."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import Response

from mutua_kernel.database import Connection
from mutua_kernel.http.problems import Problem
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_kernel.ids import new_id
from mutua_kernel.outbox import Emit
from mutua_recognition.api.bodies import Limit, Page, View, new_router, page
from mutua_recognition.api.people import Acting, Coordinator, Reader, acting
from mutua_recognition.api.refusals import accepted
from mutua_recognition.api.releases import DELAYED, Kind, Release, release
from mutua_recognition.api.rows import one_row
from mutua_recognition.domain.canonical import Json
from mutua_recognition.domain.pins import instant_text
from mutua_recognition.domain.signatures import Proposal, Signature, propose, sign
from mutua_recognition.store import SQL, compact

router = new_router("proposals")

State = Literal["waiting", "scheduled", "released", "withdrawn", "lapsed"]


class SignatureView(View):
    """A signature."""

    person: str
    """Pseudonym of whoever signed, in their organisation."""
    at: datetime
    """When."""


class ProposalView(View):
    """A proposal with its one or two signatures."""

    id: UUID
    """Its id."""
    kind: Kind
    """What it is about."""
    subject_id: str
    """Id of what it is about; of a statement the digest of its content."""
    subject: dict[str, Any]
    """What takes effect; of a statement that its truster signed, the document too (`signed`)."""
    state: State
    """It waits for a second signature, is scheduled, or took effect; was withdrawn, or lapsed."""
    first: SignatureView
    """Who proposed it."""
    second: SignatureView | None
    """Who signed it beside; null where nobody has, or where nothing gets wider by it."""
    effective_at: datetime | None
    """When it is to take effect, where what lets more through has to wait."""
    released_at: datetime | None
    """When it took effect."""
    lapsed: str | None
    """Why it could not take effect when its time came, as a code."""


async def put_forward(
    tx: Connection, kind: Kind, subject: Json, person: Acting, *, needs_second: bool = True
) -> Answer:
    """Stores a proposal. What needs no second signature takes effect at once."""
    accepted(propose(subject, person.tenant, person.signature, needs_second=needs_second), "proposal")
    id = new_id()
    await tx.execute(
        SQL["add_proposal"],
        id,
        person.tenant,
        kind,
        subject["id"],
        compact(subject),
        needs_second,
        person.person,
        person.at,
    )
    facts: Sequence[Emit] = ()
    if not needs_second:
        whole = Release(id, person.tenant, kind, subject, person.at)
        facts = await release(tx, whole, person.means.custody)
    view = await _view(tx, id)
    return Answer(201, view, tuple(facts), {"Location": f"/proposals/{id}"})


async def next_version(tx: Connection, kind: Kind, id: str) -> int:
    """The version that a proposal about this gets."""
    return int(await tx.fetchval(SQL[f"newest_{kind}"], id) or 0) + 1


@router.get("/proposals")
async def proposals(
    caller: Reader,
    store: StoreOf,
    state: Annotated[State | None, Query()] = None,
    kind: Annotated[Kind | None, Query()] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before")] = None,
    limit: Limit = 100,
) -> Page[ProposalView]:
    """The organisation's proposals, oldest first."""
    async with store.reading(caller.tenant) as tx:
        rows = await tx.fetch(SQL["proposals"], state, kind, after, limit)
    views = [_of(row) for row in rows]
    return page(views, limit, str(views[-1].id) if views else None)


@router.get("/proposals/{id}")
async def proposal(caller: Reader, store: StoreOf, id: UUID) -> ProposalView:
    """One proposal."""
    async with store.reading(caller.tenant) as tx:
        return await _view(tx, id)


@router.post("/proposals/{id}/sign", response_model=ProposalView)
async def sign_proposal(
    caller: Coordinator, store: StoreOf, key: Key, request: Request, id: UUID
) -> Response:
    """Signs somebody else's proposal; with the last signature it takes effect, in one transaction.

    What lets more through by trust is scheduled instead where a delay is set: until then anybody of the
    organisation may withdraw it. Signing again with the same hand changes nothing. Codes: `same_signer`,
    `already_released`, `withdrawn`, `overtaken`, `already_stated`, `registry_not_ready`.
    """

    async def effect(tx: Connection) -> Answer:
        person = acting(caller, request, store)
        row = await one_row(tx, "lock_proposal", id, called="proposal")
        if row["withdrawn_at"] is not None:
            raise _conflict("withdrawn", "taken back", row["withdrawn_at"], "Put it forward again.")
        before = _domain(row)
        signed = accepted(sign(before, person.signature), "signature")
        if signed is before:
            return Answer(200, _of(row))
        wait = person.means.delay if row["kind"] in DELAYED else timedelta(0)
        effective_at = person.at + wait if wait else None
        await tx.execute(SQL["sign_proposal"], id, person.person, person.at, effective_at)
        facts: Sequence[Emit] = ()
        if effective_at is None:
            whole = Release(id, person.tenant, row["kind"], signed.subject, person.at)
            facts = await release(tx, whole, person.means.custody)
        return Answer(200, await _view(tx, id), tuple(facts))

    return await store.write(request, caller, key, effect)


@router.post("/proposals/{id}/withdraw", response_model=ProposalView)
async def withdraw_proposal(
    caller: Coordinator, store: StoreOf, key: Key, request: Request, id: UUID
) -> Response:
    """Takes back what has not taken effect yet: one person is enough. Again it changes nothing."""

    async def effect(tx: Connection) -> Answer:
        row = await one_row(tx, "lock_proposal", id, called="proposal")
        if row["released_at"] is not None:
            raise _conflict("already_released", "released", row["released_at"], "End what it released.")
        if row["withdrawn_at"] is None:
            await tx.execute(SQL["withdraw_proposal"], id, store.clock.now())
        return Answer(200, await _view(tx, id))

    return await store.write(request, caller, key, effect)


def _conflict(code: str, what: str, at: datetime, fix: str) -> Problem:
    return Problem(
        409,
        code,
        f"This proposal was {what}.",
        found=f"{what} at {instant_text(at)}",
        expected="a proposal that waits",
        fix=fix,
    )


def _domain(row: Mapping[str, Any]) -> Proposal[Json]:
    second = row["second_person"]
    return Proposal(
        subject=cast("Json", json.loads(row["subject"])),
        owner=row["tenant"],
        first=Signature(row["first_person"], row["tenant"], row["first_at"]),
        needs_second=row["needs_second"],
        second=None if second is None else Signature(second, row["tenant"], row["second_at"]),
    )


async def _view(tx: Connection, id: UUID) -> ProposalView:
    return _of(await one_row(tx, "proposal", id, called="proposal"))


def _of(row: Mapping[str, Any]) -> ProposalView:
    second = row["second_person"]
    return ProposalView(
        id=row["id"],
        kind=row["kind"],
        subject_id=row["subject_id"],
        subject=json.loads(row["subject"]),
        state=_state(row),
        first=SignatureView(person=row["first_person"], at=row["first_at"]),
        second=None if second is None else SignatureView(person=second, at=row["second_at"]),
        effective_at=row["effective_at"],
        released_at=row["released_at"],
        lapsed=row["lapsed"],
    )


def _state(row: Mapping[str, Any]) -> State:
    if row["released_at"] is not None:
        return "released"
    if row["withdrawn_at"] is not None:
        return "withdrawn"
    if row["lapsed"] is not None:
        return "lapsed"
    return "waiting" if row["second_at"] is None else "scheduled"
