"""Credentials are issued one by one or in batches."""

from collections import Counter
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mutua_credentials.annex_i.fields import Value
from mutua_issuer.api.issuance import Issuance, Outcome, Status
from mutua_issuer.api.parts import AS_GIVEN, Issuer, VaultOf, field_problems, invalid, read_body
from mutua_issuer.domain import issuing
from mutua_issuer.domain.award import IssueRequest
from mutua_issuer.domain.examples import AWARD
from mutua_kernel.database import Connection
from mutua_kernel.http.problems import FieldProblem, Problem
from mutua_kernel.http.writes import Answer, Key, StoreOf

router = APIRouter(tags=["credentials"])

MAX_ROWS = 200

_ID = "urn:uuid:019a0000-0000-7000-8000-000000000001"
_DIGEST = "sha256:" + "0" * 64
DryRun = Annotated[bool, Query(description="Only say what would be done.")]


class IssuedView(BaseModel):
    """What became of a request to issue."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "issued",
                    "credential_id": _ID,
                    "digest": _DIGEST,
                    "issued_at": "2026-11-20T10:00:00Z",
                }
            ]
        }
    )

    status: Status
    credential_id: str | None
    digest: str | None
    """SHA-256 of the form that travels."""
    issued_at: AwareDatetime | None


class RowView(IssuedView):
    """What became of one row of a batch."""

    model_config = ConfigDict(json_schema_extra={})

    row: int
    """Its place in the batch, from 1."""
    errors: list[FieldProblem]


class Batch(Value):
    """Rows to issue."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rows": [AWARD]}]})

    rows: Annotated[list[Annotated[IssueRequest, AS_GIVEN]], Field(min_length=1, max_length=MAX_ROWS)]


class BatchView(BaseModel):
    """One outcome a row; a row that is wrong does not hold up the others."""

    dry_run: bool
    counts: dict[Status, int]
    rows: list[RowView]


@router.post("/credentials", status_code=201, response_model=IssuedView)
async def issue(
    caller: Issuer,
    storage: StoreOf,
    vault: VaultOf,
    key: Key,
    request: Request,
    body: Annotated[IssueRequest, AS_GIVEN],
    dry_run: DryRun = False,
) -> Response:
    """Issues one micro-credential. The same external id again is answered with what was issued (200)."""

    async def effect(tx: Connection) -> Answer:
        work = Issuance(tx, vault, storage.clock, caller.tenant, dry_run=dry_run)
        outcomes, emit = await work.issue([body])
        return Answer(201 if emit else 200, _issued(outcomes[0]), emit=emit)

    if dry_run:
        return await _without_trace(storage, caller.tenant, effect)
    return await storage.write(request, caller, key, effect)


@router.post("/credentials/batch", response_model=BatchView)
async def issue_batch(
    caller: Issuer,
    storage: StoreOf,
    vault: VaultOf,
    key: Key,
    request: Request,
    body: Annotated[Batch, AS_GIVEN],
    dry_run: DryRun = False,
) -> Response:
    """Issues up to 200 micro-credentials in one transaction, each with an outcome of its own."""
    rows = cast("list[Any]", read_body(Batch, body).rows)

    async def effect(tx: Connection) -> Answer:
        work = Issuance(tx, vault, storage.clock, caller.tenant, dry_run=dry_run)
        outcomes, emit = await work.issue(rows)
        counts: dict[Status, int] = dict(Counter(outcome.status for outcome in outcomes))
        views = [_row(number, outcome) for number, outcome in enumerate(outcomes, 1)]
        return Answer(200, BatchView(dry_run=dry_run, counts=counts, rows=views), emit=emit)

    if dry_run:
        return await _without_trace(storage, caller.tenant, effect)
    return await storage.write(request, caller, key, effect)


async def _without_trace(storage: StoreOf, tenant: str, effect: Any) -> Response:
    """A dry run: nothing is kept, not even the answer."""
    async with storage.reading(tenant) as tx:
        answer: Answer = await effect(tx)
    assert isinstance(answer.body, BaseModel), "answers of these routes are models"
    return Response(answer.body.model_dump_json(), answer.status, media_type="application/json")


def _issued(outcome: Outcome) -> IssuedView:
    """The answer for a single row. Raises `Problem` where nothing was, or would be, issued."""
    if outcome.status == "invalid":
        raise invalid("invalid_credential", outcome.mistakes)
    if outcome.status == "conflict":
        mistake = outcome.mistakes[0]
        raise Problem(
            409,
            mistake.code,
            "This external id was used for another content.",
            found=mistake.found,
            expected=mistake.expected,
            fix="Use an external id of its own for another credential.",
        )
    return IssuedView(**_outcome_fields(outcome))


def _row(number: int, outcome: Outcome) -> RowView:
    return RowView(row=number, **_outcome_fields(outcome), errors=field_problems(outcome.mistakes))


def _outcome_fields(outcome: Outcome) -> dict[str, Any]:
    return {
        "status": outcome.status,
        "credential_id": issuing.urn(outcome.id) if outcome.id else None,
        "digest": outcome.digest,
        "issued_at": outcome.issued_at,
    }
