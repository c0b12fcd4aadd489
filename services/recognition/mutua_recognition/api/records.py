"""Decision records, whole: the bytes of the content are those that its digest names."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path
from fastapi.responses import Response

from mutua_kernel.http.writes import StoreOf
from mutua_recognition.api.bodies import new_router
from mutua_recognition.api.people import Reader
from mutua_recognition.api.rows import one_row
from mutua_recognition.api.statements import StatementView, statement_view
from mutua_recognition.domain.record import RECORD
from mutua_recognition.store import SQL

router = new_router("records")

WHOLE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The record. `content_digest` is the SHA-256 of the bytes of `content` as sent.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["record", "content", "content_digest", "act", "proof"],
                    "properties": {
                        "record": {"const": RECORD},
                        "content": {"type": "object", "description": "Deterministic; replay compares it."},
                        "content_digest": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
                        "act": {"type": "object", "description": "Who, when, by which mandate; the clock."},
                        "proof": {"type": "object", "description": "Signature and place in a log, to come."},
                    },
                }
            }
        },
    }
}


@router.get("/requests/{id}/records/{number}", response_class=Response, responses=WHOLE)
async def record_of_request(
    caller: Reader, store: StoreOf, id: UUID, number: Annotated[int, Path(ge=1, lt=2**31)]
) -> Response:
    """One record of a request, by its number."""
    async with store.reading(caller.tenant) as tx:
        row = await one_row(tx, "record_of_request", id, number, called="record")
    return _whole(row)


@router.get("/decisions/{id}", response_class=Response, responses=WHOLE)
async def decision(caller: Reader, store: StoreOf, id: UUID) -> Response:
    """One record, by its id."""
    async with store.reading(caller.tenant) as tx:
        row = await one_row(tx, "record", id, called="decision")
    return _whole(row)


@router.get("/decisions/{id}/statements")
async def statements_of(caller: Reader, store: StoreOf, id: UUID) -> list[StatementView]:
    """The statements of trust that a record names: its chain, or the one that came closest.

    Statements of others are among them: who decides by a chain may read all of it. `revoked` is as of now.
    """
    async with store.reading(caller.tenant) as tx:
        await one_row(tx, "record", id, called="decision")
        await tx.execute(SQL["name_record"], id)
        rows = await tx.fetch(SQL["statements_of_record"], id)
    return [statement_view(row) for row in rows]


def _whole(row: Mapping[str, Any]) -> Response:
    # Put together from bytes: reading and writing the content again might change them.
    parts = (
        b'{"record":"' + RECORD.encode() + b'","content":' + bytes(row["content"]),
        b'"content_digest":"' + row["content_digest"].encode() + b'"',
        b'"act":' + row["act"].encode(),
        b'"proof":{"signature":null,"log":null}}',
    )
    return Response(b",".join(parts), media_type="application/json")
