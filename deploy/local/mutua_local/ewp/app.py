"""The registry's HTTP face: the catalogue with entity tag, time of change and lifetime; 304 where nothing is
new.
"""

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .network import Host, Network


class _Served:
    """The catalogue as last served, and since when it is what it is."""

    def __init__(self, network: Network, *, etag: bool) -> None:
        self._network = network
        self._with_etag = etag
        self._body = b""
        self._since = datetime.now(UTC)

    async def catalogue(self, request: Request) -> Response:
        body = self._network.catalogue()
        if body != self._body:
            self._body, self._since = body, datetime.now(UTC).replace(microsecond=0)
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {
            "cache-control": "max-age=900",
            "last-modified": format_datetime(self._since, usegmt=True),
            **({"etag": tag} if self._with_etag else {}),
        }
        if self._same(request, tag):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="text/xml")

    def _same(self, request: Request, tag: str) -> bool:
        if tags := request.headers.get("if-none-match"):
            return tag in [each.strip() for each in tags.split(",")]
        try:
            return parsedate_to_datetime(request.headers.get("if-modified-since", "")) >= self._since
        except (ValueError, TypeError):
            return False


def _change(network: Network, action: str, given: dict[str, str]) -> None:
    hei_id = given["hei_id"]
    match action:
        case "cover":
            network.hosts.append(Host([hei_id], [given["key"].encode()]))
        case "describe":
            network.institutions[hei_id] = ({"en": given["name"]}, [])
        case "remove":
            network.institutions.pop(hei_id, None)
            for host in network.hosts:
                host.covers = [key for key in host.covers if key != hei_id]
        case _:
            raise LookupError(action)


def create_app(network: Network, *, control: bool = False, etag: bool = True) -> Starlette:
    """`etag` off leaves the time of change as the only validator."""
    routes = [Route("/catalogue-v1.xml", _Served(network, etag=etag).catalogue)]
    if control:

        async def change(request: Request) -> Response:
            try:
                _change(network, request.path_params["action"], orjson.loads(await request.body()))
            except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError) as error:
                told = orjson.dumps({"error": f"{type(error).__name__}: {error}"})
                return Response(told, 422, media_type="application/json")
            return Response(b"{}", media_type="application/json")

        routes.append(Route("/_control/{action}", change, methods=["POST"]))
    return Starlette(routes=routes)
