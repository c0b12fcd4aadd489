"""The simulator as an ASGI application: the framework's rules of slashes, and the fault plan before
everything.
"""

import asyncio
from collections.abc import Sequence

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import accounts, actions, connect_api, submission, web_api
from .answers import html_page, json_answer
from .control import control_routes
from .faults import Fault, apply_patch
from .simulator import Simulator

Captured = tuple[Message, bytes]


def create_app(simulator: Simulator, *, control: bool = False) -> ASGIApp:
    """The registry's APIs over `simulator`; with `control` also the API that changes and breaks it."""
    routes: list[BaseRoute] = [Route("/readyz", _ready), *accounts.account_routes(simulator)]
    if control:
        routes += control_routes(simulator)
    endpoints = {
        **web_api.ENDPOINTS,
        **connect_api.ENDPOINTS,
        **submission.ENDPOINTS,
        **submission.closed_endpoints(legacy=simulator.legacy),
    }
    routes += [Route(path, endpoint.bound(simulator)) for path, endpoint in endpoints.items()]
    return FaultyApp(Router(routes, redirect_slashes=False, default=UnknownRoute(routes)), simulator)


async def _ready(_request: Request) -> Response:
    return json_answer({"ready": True})


class UnknownRoute:
    """A path with its last slash missing is a redirect (its query kept, a body lost); any other is a page of
    HTML.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        response: Response = html_page(404)
        path = scope["path"]
        if not path.endswith("/") and self._exists({**scope, "path": path + "/"}):
            url = Request(scope).url
            response = RedirectResponse(str(url.replace(path=url.path + "/")), 301)
        await response(scope, receive, send)

    def _exists(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is not Match.NONE for route in self._routes)


class FaultyApp:
    """Lets the fault plan act on requests to the registry, never on its control API."""

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
            case "html_500":
                await html_page(500)(scope, receive, send)
            case "bad_gateway":
                await html_page(502)(scope, receive, send)
            case "gateway_timeout":
                await html_page(504)(scope, receive, send)
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
            case "cut_body":
                start, body = await self._captured(scope, receive)
                await send(start)
                await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
                raise ConnectionAbortedError("the body is cut, as planned")
            case "patch":
                _, body = await self._captured(scope, receive)
                await json_answer(apply_patch(orjson.loads(body), fault.patch))(scope, receive, send)
            case "mutate":
                raise AssertionError("mutations are performed before the request")

    async def _captured(self, scope: Scope, receive: Receive) -> Captured:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        return messages[0], b"".join(m.get("body", b"") for m in messages[1:])


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
