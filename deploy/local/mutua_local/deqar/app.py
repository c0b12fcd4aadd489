"""The simulator as an ASGI application: the framework's rules of slashes, and the fault plan before
everything.
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from . import accounts, connect_api, submission, swagger, web_api
from .answers import html_page, json_answer
from .control import control_routes
from .failing import FaultyApp
from .simulator import Simulator


def create_app(simulator: Simulator, *, control: bool = False) -> ASGIApp:
    """The registry's APIs over `simulator`; with `control` also the API that changes and breaks it."""
    routes: list[BaseRoute] = [Route("/readyz", _ready), *accounts.account_routes(simulator)]
    if control:
        routes += control_routes(simulator)
    endpoints = {
        **web_api.ENDPOINTS,
        **connect_api.ENDPOINTS,
        **submission.ENDPOINTS,
    }
    endpoints |= swagger.documents(endpoints)
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
