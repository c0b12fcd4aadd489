"""What every request passes before a route sees it: a body of bounded size, a trace, a measured duration."""

import time
from collections.abc import Mapping

from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mutua_kernel import metrics, telemetry
from mutua_kernel.http.problems import Problem


class BodyLimit:
    """Refuses a body that is larger than `most` bytes with 413, before it is read into memory.

    `larger` are paths with a limit of their own.
    """

    def __init__(self, app: ASGIApp, most: int, larger: Mapping[str, int]) -> None:
        self._app = app
        self._most = most
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        most = self._larger.get(scope["path"], self._most)
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > most:
            await _too_large(declared.decode("latin-1"), most)(scope, receive, send)
            return
        # Read it here, counting: a chunked body declares no length.
        chunks: list[bytes] = []
        size = 0
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                break
            chunk: bytes = message.get("body", b"")
            size += len(chunk)
            if size > most:
                await _too_large(f"more than {most}", most)(scope, receive, send)
                return
            chunks.append(chunk)
            more = bool(message.get("more_body", False))
        body: Message = {"type": "http.request", "body": b"".join(chunks), "more_body": False}
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return body

        await self._app(scope, replay, send)


def _too_large(found: str, most: int) -> ASGIApp:
    return Problem(
        413,
        "too_large",
        "The body of this request is too large.",
        found=f"{found} bytes",
        expected=f"at most {most} bytes",
        fix="Send it in smaller parts.",
    ).response()


class Observed:
    """A span and a measured duration for each request; the route's template, never its values."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in ("/livez", "/readyz", "/metrics"):
            await self._app(scope, receive, send)
            return
        incoming = dict(scope["headers"]).get(b"traceparent")
        parent = incoming.decode("latin-1") if incoming else None
        status = 500
        started = time.perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with telemetry.span(f"{scope['method']}", kind=SpanKind.SERVER, parent=parent) as current:
            try:
                await self._app(scope, receive, watch)
            finally:
                route = getattr(scope.get("route"), "path", "unknown")
                current.update_name(f"{scope['method']} {route}")
                current.set_attribute("http.response.status_code", status)
                seconds = time.perf_counter() - started
                metrics.HTTP_SECONDS.labels(route, scope["method"], str(status)).observe(seconds)
