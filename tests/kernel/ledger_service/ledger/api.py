"""The ledger's API: states a fact. It can be told to die at two moments, as a machine may at any."""

import os
import signal
from contextlib import AsyncExitStack
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger.facts import issued
from mutua_kernel.database import Connection
from mutua_kernel.http.auth import Principal, require
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_kernel.outbox import Emit

router = APIRouter()


class NewFact(BaseModel):
    """A fact to state."""

    model_config = ConfigDict(extra="forbid")

    key: str
    sequence: int


@router.post("/facts", status_code=201)
async def state(
    caller: Annotated[Principal, Depends(require("issuer"))],
    store: StoreOf,
    key: Key,
    request: Request,
    body: NewFact,
) -> Response:
    """States a fact; with `X-Die: effect` the process dies before the effect is committed."""

    async def effect(_tx: Connection) -> Answer:
        fact = Emit(
            issued(body.key, body.sequence).data, key=body.key, sequence=body.sequence, tenant=caller.tenant
        )
        if request.headers.get("x-die") == "effect":
            os.kill(os.getpid(), signal.SIGKILL)
        return Answer(201, {"key": body.key}, emit=(fact,))

    return await store.write(request, caller, key, effect)


class DiesBeforeAnswering:
    """With `X-Die: answer` the process dies after the commit, before the caller hears of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        dies = scope["type"] == "http" and (b"x-die", b"answer") in scope["headers"]

        async def watch(message: Message) -> None:
            if dies:
                os.kill(os.getpid(), signal.SIGKILL)
            await send(message)

        await self._app(scope, receive, watch)


async def extend(app: FastAPI, _stack: AsyncExitStack) -> None:
    """What the tests need and no service has."""
    app.add_middleware(DiesBeforeAnswering)
