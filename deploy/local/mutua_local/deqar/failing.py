"""Carries the fault plan out: between the client and the registry, never on the control API.

What a fault does to an answer is done to the real answer of that request, so that everything else in it is
as it would have been.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import actions
from .answers import html_page, json_answer
from .faults import Fault, apply_patch
from .model import Json
from .simulator import Simulator

Captured = tuple[Message, bytes]
_PAGES: Mapping[str, int] = {"html_500": 500, "bad_gateway": 502, "gateway_timeout": 504, "outage": 502}


class FaultyApp:
    """The registry with its plan of faults."""

    def __init__(self, app: ASGIApp, simulator: Simulator) -> None:
        self._app = app
        self._simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["path"].startswith(("/_control/", "/readyz")):
            await self._app(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        asked = f"{scope['path']}?{request.url.query}"
        limit = request.query_params.get("limit", "")
        plan = self._simulator.faults
        plan.served.append(asked)
        mutations, fault = plan.due(asked, int(limit) if limit.isdecimal() else 10)
        for mutation in mutations:
            for action in mutation.actions:
                actions.perform(self._simulator, action)
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await self._fail(fault, scope, receive, send)

    async def _fail(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        match fault.kind:
            case "html_500" | "bad_gateway" | "gateway_timeout" | "outage":
                await html_page(_PAGES[fault.kind])(scope, receive, send)
            case "too_many":
                answer = json_answer({"detail": "Request was throttled."}, 429)
                answer.headers["retry-after"] = f"{fault.seconds:g}"
                await answer(scope, receive, send)
            case "forbidden":
                await json_answer({"detail": "Invalid token."}, 403)(scope, receive, send)
            case "html_200":
                page = html_page(500)
                page.status_code = 200
                await page(scope, receive, send)
            case "slow":
                await asyncio.sleep(fault.seconds)
                await self._app(scope, receive, send)
            case "reset":
                raise ConnectionAbortedError("the connection is broken off, as planned")
            case "cut_body":
                start, body = await self._captured(scope, receive)
                await send(start)
                await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
                raise ConnectionAbortedError("the body is cut, as planned")
            case "cut_json":
                await self._rewritten(scope, receive, send, lambda body: body[: len(body) // 2])
            case "repeat_page":
                await self._app(_page_before(scope), receive, send)
            case "duplicate_row":
                await self._changed(scope, receive, send, _with_a_row_twice)
            case "wrong_count":
                await self._changed(scope, receive, send, lambda body: _recounted(body, fault.amount))
            case "patch":
                await self._changed(scope, receive, send, lambda body: apply_patch(body, fault.patch))
            case "mutate":
                raise AssertionError("mutations are performed before the request")

    async def _changed(
        self, scope: Scope, receive: Receive, send: Send, change: Callable[[Any], Any]
    ) -> None:
        """The real answer with its JSON changed; one that is no JSON stays as it is."""

        def rewrite(body: bytes) -> bytes:
            try:
                return orjson.dumps(change(orjson.loads(body)))
            except orjson.JSONDecodeError:
                return body

        await self._rewritten(scope, receive, send, rewrite)

    async def _rewritten(
        self, scope: Scope, receive: Receive, send: Send, rewrite: Callable[[bytes], bytes]
    ) -> None:
        start, body = await self._captured(scope, receive)
        new = rewrite(body)
        headers = [(k, v) for k, v in start["headers"] if k != b"content-length"]
        await send({**start, "headers": [*headers, (b"content-length", str(len(new)).encode())]})
        await send({"type": "http.response.body", "body": new})

    async def _captured(self, scope: Scope, receive: Receive) -> Captured:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        return messages[0], b"".join(m.get("body", b"") for m in messages[1:])


def _page_before(scope: Scope) -> Scope:
    """The same request for the page before it: its rows come a second time."""
    url = Request(scope).url
    query = Request(scope).query_params
    limit = int(query["limit"]) if query.get("limit", "").isdecimal() else 10
    offset = int(query["offset"]) if query.get("offset", "").isdecimal() else 0
    moved = url.include_query_params(offset=max(offset - limit, 0))
    return {**scope, "query_string": moved.query.encode()}


def _with_a_row_twice(body: Json) -> Json:
    """The first row in place of the last: one row comes twice, another not at all."""
    rows: list[Json] = body.get("results", [])
    return {**body, "results": [*rows[:-1], rows[0]] if len(rows) > 1 else rows}


def _recounted(body: Json, amount: int) -> Json:
    return {**body, "count": body["count"] + amount} if "count" in body else body


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
