"""Statements of trust and distrust: put forward in words or signed by the organisation's own key, approved by
a second person where more gets through, ended at once by any.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import Body as BodyOf
from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import Field

from mutua_contracts.trust import TrustStatement
from mutua_kernel.database import Connection
from mutua_kernel.http.problems import Problem
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_recognition import trust_log
from mutua_recognition.api import proposals
from mutua_recognition.api.bodies import (
    Body,
    ItemId,
    Limit,
    Page,
    ShapeOf,
    View,
    new_router,
    page,
    refuse_given,
)
from mutua_recognition.api.people import Coordinator, Reader, acting
from mutua_recognition.api.proposals import ProposalView
from mutua_recognition.api.refusals import accepted, problem_of
from mutua_recognition.api.rows import one_row
from mutua_recognition.catalogue import statement_of
from mutua_recognition.domain.canonical import Json
from mutua_recognition.domain.flaws import refused
from mutua_recognition.domain.signed import check_signature, unsecured
from mutua_recognition.domain.statements import propose_statement, widens
from mutua_recognition.domain.trust import stated
from mutua_recognition.store import SQL
from mutua_trust import Polarity, Statement
from mutua_trust.groups import Membership

router = new_router("trust")

GIVEN = ("id", "truster", "recorded", "revoked")
"""Members that the service gives; whoever signs a document names the truster in it."""
MORE = (("truster", str | None), ("membership", Membership | None), ("proof", dict[str, Any] | None))
EXAMPLES: Any = {
    "direct": {
        "summary": "We rely on this university for all that it assesses, up to 30 ECTS at level 6 or 7",
        "value": {
            "trustee": "DEQARINST7105",
            "scope": {"eqf": [6, 7], "max_ects": "30", "aspects": ["quality", "content", "assessment"]},
            "assurance": 2,
            "in_force": {"from": "2026-01-01", "to": "2031-01-01"},
            "covers_awards": {"from": "2024-01-01"},
            "evidence": ["agreement:boreal-2026"],
        },
    },
    "friend": {
        "summary": "We rely on this university, and on whom it relies on itself",
        "value": {"trustee": "DEQARINST7103", "depth": 1, "assurance": 2, "evidence": ["agreement:meridian"]},
    },
    "alliance": {
        "summary": "We rely on whomever this alliance trusts today, and on nobody who joins later",
        "value": {"trustee": "alliance:boreal", "depth": 1, "assurance": 2, "membership": "frozen"},
    },
    "distrust": {
        "summary": "We do not rely on this university, whoever else does",
        "value": {"trustee": "DEQARINST7103", "polarity": "distrust", "assurance": 1},
    },
}


class RevocationReason(StrEnum):
    """Why a statement ends."""

    AGREEMENT_ENDED = "AGREEMENT_ENDED"
    EVIDENCE_WITHDRAWN = "EVIDENCE_WITHDRAWN"
    QUALITY_CONCERN = "QUALITY_CONCERN"
    REPLACED = "REPLACED"
    MADE_IN_ERROR = "MADE_IN_ERROR"
    OTHER = "OTHER"


class Revocation(Body):
    """Ends a statement."""

    reason: RevocationReason = Field(examples=["AGREEMENT_ENDED"])
    """Why; a code, since it is published."""


class StatementView(View):
    """A statement as it stands in the log."""

    statement: TrustStatement
    """The statement."""
    revoke_reason: str | None
    """Why it ended."""


@router.post("/statements", status_code=201, response_model=ProposalView)
async def state(
    caller: Coordinator,
    store: StoreOf,
    key: Key,
    request: Request,
    body: Annotated[
        dict[str, Any],
        ShapeOf(TrustStatement, (*GIVEN, "signed", "rests_on"), ("trustee", "assurance"), MORE),
        BodyOf(openapi_examples=EXAMPLES),
    ],
) -> Response:
    """Puts a statement forward, in the name of the caller's organisation.

    With a `proof` (Data Integrity, `eddsa-jcs-2022`, over all of the body) the organisation has signed it
    with a key of its own, and says itself who the `truster` is. Without one the service signs it with the key
    that it holds for the organisation.

    It takes effect with a second person's signature, after the delay that is set; at once where it lets no
    more through than a statement that counts, and distrust always. Its id is the digest of its content.
    Codes: those of the trust library, `unknown_member`, `evidence_missing`, `unknown_entity`,
    `already_stated`; of `membership`: `membership_missing`, `not_an_alliance`, `assurance_too_low`,
    `nobody_to_trust`; of the proof: `not_yours`, `key_unknown`, `key_not_in_force`, `key_compromised`,
    `suite_unsupported`, `purpose_wrong`, `proof_expired`, `signature_wrong`.
    """
    statement, document = _read(body, caller.tenant)

    async def effect(tx: Connection) -> Answer:
        person = acting(caller, request, store)
        barred = await trust_log.unknown_party(tx, statement.truster, statement.trustee)
        if barred is not None:
            raise problem_of(barred, "This statement is about nobody who is known here.")
        if await tx.fetchval(SQL["stated"], statement.id) is not None:
            raise problem_of(trust_log.already_stated(statement.id), "Your organisation has stated this.")
        if document is not None:
            keys = await trust_log.keys_of(tx, statement.truster)
            accepted(check_signature(document, keys, person.at), "signature")
        rows = await tx.fetch(SQL["own_statements_about"], statement.trustee)
        own = [statement_of(row["content"], row["recorded"], row["revoked"]) for row in rows]
        version = int(await tx.fetchval(SQL["log_head"]) or 0)
        wider = widens(statement, own, version)
        subject = _subject(statement, body, document)
        return await proposals.put_forward(tx, "statement", subject, person, needs_second=wider)

    return await store.write(request, caller, key, effect)


def _read(body: Json, tenant: str) -> tuple[Statement, Json | None]:
    """The statement, and the document where the truster has signed it. Raises `Problem`."""
    if "proof" not in body:
        refuse_given(body, GIVEN)
        return accepted(propose_statement({**body, "truster": tenant}), "statement"), None
    refuse_given(body, [name for name in GIVEN if name != "truster"])
    if body.get("truster") != tenant:
        problem = refused("not_yours", "/truster", body.get("truster"), f"your own organisation, {tenant}")
        raise problem_of(problem, "This statement speaks for somebody else.")
    return accepted(propose_statement(unsecured(body)), "statement"), body


def _subject(statement: Statement, body: Json, document: Json | None) -> Json:
    subject: Json = {"id": statement.id, **stated(statement)}
    if body.get("membership") is not None:
        subject["membership"] = body["membership"]
    if document is not None:
        subject[trust_log.SIGNED] = document
    return subject


@router.post(
    "/statements/{id}/revoke",
    response_model=StatementView,
    responses={201: {"model": ProposalView, "description": "Distrust: it ends with a second signature."}},
)
async def revoke(
    caller: Coordinator, store: StoreOf, key: Key, request: Request, id: ItemId, body: Revocation
) -> Response:
    """Ends an own statement at once: one person is enough to trust less. To end distrust takes two, and the
    delay, as more gets through by it.

    Decisions that rest on it stay as they are; whatever is evaluated from now on does without it. What was
    made of it and of an alliance's own statements ends with it.
    """

    async def effect(tx: Connection) -> Answer:
        row = await one_row(tx, "own_statement", id, called="statement of your organisation")
        if row["revoked"] is not None:
            raise _already_revoked(f"revoked at version {row['revoked']}")
        if json.loads(row["content"])["polarity"] == Polarity.DISTRUST:
            subject: Json = {"id": id, "reason": body.reason.value}
            return await proposals.put_forward(tx, "revocation", subject, acting(caller, request, store))
        facts = await trust_log.end(tx, id, body.reason.value)
        if not facts:
            raise _already_revoked("ended by somebody else just now")
        ended = await tx.fetchrow(SQL["statement"], row["id"])
        if ended is None:
            raise LookupError("a statement that was ended cannot be read")
        return Answer(200, statement_view(ended), tuple(facts))

    return await store.write(request, caller, key, effect)


def _already_revoked(found: str) -> Problem:
    return Problem(
        409,
        "already_revoked",
        "This statement has ended.",
        found=found,
        expected="a statement in force",
    )


@router.get("/statements")
async def statements(
    caller: Reader,
    store: StoreOf,
    direction: Annotated[Literal["own", "about_me"] | None, Query()] = None,
    in_force_only: Annotated[bool, Query(description="Leave out what was revoked")] = False,
    after: Annotated[int, Query(ge=0, lt=2**31, description="`next` of the page before")] = 0,
    limit: Limit = 100,
) -> Page[StatementView]:
    """Statements that the organisation made, and those that others made about it, in the order of the log."""
    async with store.reading(caller.tenant) as tx:
        rows = await tx.fetch(SQL["statements_seen"], after, direction, in_force_only, limit)
    return page([statement_view(row) for row in rows], limit, str(rows[-1]["recorded"]) if rows else None)


@router.get("/statements/{id}")
async def statement(caller: Reader, store: StoreOf, id: ItemId) -> StatementView:
    """One statement."""
    async with store.reading(caller.tenant) as tx:
        return statement_view(await one_row(tx, "statement", id, called="statement"))


def statement_view(row: Mapping[str, Any]) -> StatementView:
    """The view of a row of the log."""
    return StatementView(statement=trust_log.wire(row), revoke_reason=row["revoke_reason"])
