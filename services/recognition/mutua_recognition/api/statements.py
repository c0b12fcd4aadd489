"""Statements of trust: put forward by one person, signed by a second where they let more through, revoked at
once by any.
"""

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import Body as BodyOf
from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from mutua_contracts.trust import StatementRevoked, TrustStatement
from mutua_kernel.database import Connection
from mutua_kernel.http.problems import Problem, not_found
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_kernel.outbox import Emit
from mutua_recognition.api import proposals, releases
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
from mutua_recognition.api.refusals import accepted
from mutua_recognition.catalogue import statement_of
from mutua_recognition.domain.canonical import Json
from mutua_recognition.domain.statements import propose_statement, widens
from mutua_recognition.domain.trust import stated
from mutua_recognition.store import SQL

router = new_router("trust")

GIVEN = ("id", "truster", "recorded", "revoked")
"""Members that the service gives."""
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
}
_DECIMAL = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")


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


class LogEntry(View):
    """One fact of the trust log."""

    version: int
    """The log's version after it."""
    fact: Literal["published", "revoked"]
    """What happened."""
    statement: TrustStatement
    """The statement as of then."""


class LogPage(Page[LogEntry]):
    """Facts of the log that the organisation may see, in order, with the whole log's head."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    version: int
    """Newest version of the log."""
    digest: str
    """Digest of the whole log up to it."""


@router.post("/statements", status_code=201, response_model=ProposalView)
async def state(
    caller: Coordinator,
    store: StoreOf,
    key: Key,
    request: Request,
    body: Annotated[
        dict[str, Any],
        ShapeOf(TrustStatement, GIVEN, ("trustee", "assurance")),
        BodyOf(openapi_examples=EXAMPLES),
    ],
) -> Response:
    """Puts a statement of trust forward, in the name of the caller's organisation.

    It takes effect with a second person's signature; at once where a statement that already counts lets at
    least as much through. Its id is the digest of its content. Codes: those of the trust library,
    `unknown_member`, `evidence_missing`, `distrust_not_honoured`, `already_stated`.
    """
    refuse_given(body, GIVEN)
    statement = accepted(propose_statement({**_numbers(body), "truster": caller.tenant}), "statement")

    async def effect(tx: Connection) -> Answer:
        if await tx.fetchrow(SQL["statement"], statement.id) is not None:
            raise releases.already_stated(statement.id)
        rows = await tx.fetch(SQL["own_statements_about"], statement.trustee)
        own = [statement_of(row["content"], row["recorded"], row["revoked"]) for row in rows]
        version = int(await tx.fetchval(SQL["log_head"]) or 0)
        return await proposals.put_forward(
            tx,
            "statement",
            {"id": statement.id, **stated(statement)},
            acting(caller, request, store),
            needs_second=widens(statement, own, version),
        )

    return await store.write(request, caller, key, effect)


@router.post("/statements/{id}/revoke", response_model=StatementView)
async def revoke(
    caller: Coordinator, store: StoreOf, key: Key, request: Request, id: ItemId, body: Revocation
) -> Response:
    """Ends an own statement at once: one person is enough to trust less.

    Decisions that rest on it stay as they are; whatever is evaluated from now on does without it.
    """

    async def effect(tx: Connection) -> Answer:
        row = await tx.fetchrow(SQL["lock_statement"], id)
        if row is None:
            raise not_found("statement of your organisation")
        if row["revoked"] is not None:
            raise Problem(
                409,
                "already_revoked",
                "This statement has ended.",
                found=f"revoked at version {row['revoked']}",
                expected="a statement in force",
            )
        content: Json = json.loads(row["content"])
        version = await releases.advance_log(tx, "revoked", content)
        await tx.execute(SQL["revoke_statement"], id, version, body.reason.value)
        statement = releases.wire(content, row["recorded"], version)
        fact = StatementRevoked(statement=statement, version=version, reason=body.reason.value)
        view = StatementView(statement=statement, revoke_reason=body.reason.value)
        return Answer(200, view, (Emit(fact, key=id, sequence=version, tenant=caller.tenant),))

    return await store.write(request, caller, key, effect)


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
        row = await tx.fetchrow(SQL["statement"], id)
    if row is None:
        raise not_found("statement")
    return statement_view(row)


@router.get("/trust/log")
async def log(
    caller: Reader,
    store: StoreOf,
    after: Annotated[int, Query(ge=0, lt=2**31, description="Version of the last fact seen")] = 0,
    limit: Limit = 100,
) -> LogPage:
    """What happened in the trust log after a version, as far as the organisation is a party to it."""
    async with store.reading(caller.tenant) as tx:
        head = await tx.fetchrow(SQL["log_head"])
        rows = await tx.fetch(SQL["trust_log"], after, limit)
    if head is None:
        raise LookupError("the head of the trust log is missing: run the migrations")
    entries = [
        LogEntry(
            version=row["version"],
            fact=row["fact"],
            statement=releases.wire(json.loads(row["content"]), row["recorded"], row["revoked"]),
        )
        for row in rows
    ]
    found = page(entries, limit, str(entries[-1].version) if entries else None)
    return LogPage(items=found.items, next=found.next, version=head["version"], digest=head["digest"])


def _numbers(body: Json) -> Json:
    """Credits as the trust library takes them: here, as in events, they are decimals as text."""
    scope: Any = body.get("scope")
    limit: Any = scope.get("max_ects") if isinstance(scope, dict) else None
    if isinstance(limit, str) and _DECIMAL.fullmatch(limit):
        return {**body, "scope": {**scope, "max_ects": float(limit)}}
    return body


def statement_view(row: Mapping[str, Any]) -> StatementView:
    """The view of a row of the log."""
    return StatementView(
        statement=releases.wire(json.loads(row["content"]), row["recorded"], row["revoked"]),
        revoke_reason=row["revoke_reason"],
    )
