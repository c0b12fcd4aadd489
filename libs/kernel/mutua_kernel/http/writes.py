"""Writes by HTTP: one transaction for state and outbox, done once however often the request is repeated.

Every POST carries an `Idempotency-Key`. The answer is stored in the transaction of the effect: the same key
with
the same request gets the same answer, with another request 422, while the first is still running 409.
"""

import hashlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, cast

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from mutua_kernel import outbox, telemetry
from mutua_kernel.clock import Clock
from mutua_kernel.database import Connection, Pool, set_tenant
from mutua_kernel.http.auth import Principal
from mutua_kernel.http.problems import Problem
from mutua_kernel.outbox import Emit, Sealer

KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="A value of your choice, new for each new request, the same when you repeat one.",
        examples=["6f1c0f0e-5b7a-4a52-9d4e-1f0f7a4f3c11"],
    ),
]


def idempotency_key(key: KeyHeader = None) -> str:
    """Dependency: the request's `Idempotency-Key` (1 to 200 printable ASCII characters)."""
    if key is None or not 1 <= len(key) <= 200 or not key.isascii() or not key.isprintable():
        raise Problem(
            400,
            "idempotency_key_missing" if key is None else "idempotency_key_invalid",
            "A request that writes must carry an Idempotency-Key.",
            found="none" if key is None else f"{len(key)} characters",
            expected="1 to 200 printable ASCII characters",
            fix="Send a new random value with each new request, and the same one when you repeat a request.",
        )
    return key


Key = Annotated[str, Depends(idempotency_key)]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write answers; `emit` are the facts that it states."""

    status: int
    body: BaseModel | dict[str, Any]
    emit: tuple[Emit, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)


class Store:
    """A service's database as its API uses it: every transaction sees the rows of one tenant only."""

    def __init__(self, pool: Pool, sealer: Sealer, clock: Clock) -> None:
        self.pool = pool
        self.clock = clock
        self._sealer = sealer

    @asynccontextmanager
    async def reading(self, tenant: str) -> AsyncGenerator[Connection]:
        """A transaction that sees `tenant`'s rows."""
        async with self.pool.acquire() as connection, connection.transaction():
            await set_tenant(connection, tenant)
            yield connection

    async def write(
        self, request: Request, caller: Principal, key: str, effect: Callable[[Connection], Awaitable[Answer]]
    ) -> Response:
        """Runs `effect` once for (tenant, key); repeats give the stored answer.

        Raises `Problem` 409 where the same key is being handled now, 422 where it came with another request.
        """
        digest = await _request_hash(request, key)
        async with self.pool.acquire() as connection, connection.transaction():
            await set_tenant(connection, caller.tenant)
            await _take_turn(connection, caller.tenant, key)
            stored = await connection.fetchrow(
                "select request_hash, status, body, headers from idempotency where tenant = $1 and key = $2",
                caller.tenant,
                key,
            )
            if stored is not None:
                return _repeat(stored, digest)
            answer = await effect(connection)
            at, traceparent = self.clock.now(), telemetry.current_traceparent()
            rows = [self._sealer.seal(emit, at=at, traceparent=traceparent) for emit in answer.emit]
            await outbox.write(connection, rows)
            response = _response(answer)
            await connection.execute(
                "insert into idempotency (tenant, key, request_hash, status, body, headers)"
                " values ($1, $2, $3, $4, $5, $6)",
                caller.tenant,
                key,
                digest,
                answer.status,
                response.body,
                json.dumps(answer.headers),
            )
        return response


def _response(answer: Answer) -> Response:
    body = answer.body.model_dump(mode="json") if isinstance(answer.body, BaseModel) else answer.body
    return JSONResponse(body, status_code=answer.status, headers=answer.headers)


def _repeat(stored: Any, digest: bytes) -> Response:
    if stored["request_hash"] != digest:
        raise Problem(
            422,
            "idempotency_key_reused",
            "This Idempotency-Key came before, with another request.",
            found="another method, path or body",
            expected="the same request again",
            fix="Use a new key for a new request.",
        )
    headers = {**json.loads(stored["headers"]), "Idempotency-Replayed": "true"}
    return Response(stored["body"], stored["status"], headers=headers, media_type="application/json")


async def _take_turn(tx: Connection, tenant: str, key: str) -> None:
    turn = hashlib.sha256(f"{tenant}\x00{key}".encode()).digest()
    number = int.from_bytes(turn[:8], "big", signed=True)
    if not await tx.fetchval("select pg_try_advisory_xact_lock($1)", number):
        raise Problem(
            409,
            "request_in_flight",
            "A request with this Idempotency-Key is being handled now.",
            fix="Wait a moment, then repeat it with the same key.",
            headers={"Retry-After": "1"},
        )


async def _request_hash(request: Request, key: str) -> bytes:
    # The key is the caller's random value: it salts the hash of a body that may be personal.
    digest = hashlib.sha256(f"{key}\n{request.method} {request.url.path}?{request.url.query}\n".encode())
    digest.update(await request.body())
    return digest.digest()


def store_of(request: Request) -> Store:
    """Dependency: the service's store."""
    return cast("Store", request.app.state.store)


StoreOf = Annotated[Store, Depends(store_of)]
