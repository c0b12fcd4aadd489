"""The registry's HTTP face: lists by cursor whose last page points at itself, problem details, no token.

Versions 4 and 5 differ in what an issuer and a list of revisions show: 4 the accreditations themselves, 5
where they are.
"""

import re
from collections.abc import Callable
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .registry import Json, Registry, Revision

_ISSUERS = "/trusted-issuers-registry/{}/issuers"
_DID = re.compile(r"did:(ebsi|key|web):[\w.:%-]{5,}")
Handler = Callable[["_Asked"], Any]


class _Problem(Exception):
    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {"title": title, "status": status, "type": "about:blank", "detail": detail}


class _Asked:
    """A request for something of one issuer, looked up step by step."""

    def __init__(self, registry: Registry, request: Request, version: str) -> None:
        self.registry = registry
        self.request = request
        self.base = f"{request.url.scheme}://{request.url.netloc}"
        self.issuers = _ISSUERS.format(version)
        self.inline = version == "v4" or request.query_params.get("version") == "deprecated"

    @property
    def did(self) -> str:
        did: str = self.request.path_params["did"]
        if not _DID.fullmatch(did):
            raise _Problem(400, "Bad Request", '["did must be a valid DID v1"]')
        return did

    @property
    def attributes(self) -> dict[str, list[Revision]]:
        if self.did not in self.registry.issuers:
            raise _Problem(404, "Issuer Not Found", f"Issuer {self.did} not found")
        return self.registry.issuers[self.did]

    @property
    def revisions(self) -> list[Revision]:
        key: str = self.request.path_params["attribute"]
        found = self.attributes.get(key.removeprefix("0x"))
        if found is None:
            raise _Problem(404, "Attribute Not Found", f"Attribute {key} not found")
        return found

    def page(self, path: str, items: list[Json]) -> Json:
        """Cursors are numbers of pages, from 1; neighbours of the first and last page are they themselves."""
        size = self._number("page[size]", 10, 50)
        last = max(1, -(-len(items) // size))
        number = min(self._number("page[after]", 1, 10**9), last)

        def link(to: int) -> str:
            return f"{self.base}{path}?page[after]={to}&page[size]={size}"

        return {
            "self": link(number),
            "items": items[(number - 1) * size : number * size],
            "total": len(items),
            "pageSize": size,
            "links": {
                "first": link(1),
                "prev": link(max(number - 1, 1)),
                "next": link(min(number + 1, last)),
                "last": link(last),
            },
        }

    def _number(self, name: str, default: int, most: int) -> int:
        value = self.request.query_params.get(name, str(default))
        if not value.isdecimal() or not 1 <= int(value) <= most:
            raise _Problem(400, "Bad Request", f'["{name} must be between 1 and {most}"]')
        return int(value)


def _list(asked: _Asked) -> Json:
    items = [{"did": did, "href": f"{asked.base}{asked.issuers}/{did}"} for did in asked.registry.issuers]
    return asked.page(asked.issuers, items)


def _issuer(asked: _Asked) -> Json:
    if asked.inline:
        return {"did": asked.did, "attributes": [found[-1].shown() for found in asked.attributes.values()]}
    link = f"{asked.base}{asked.issuers}/{asked.did}/attributes"
    return {"did": asked.did, "attributes": link, "hasAttributes": bool(asked.attributes)}


def _attributes(asked: _Asked) -> Json:
    path = f"{asked.issuers}/{asked.did}/attributes"
    return asked.page(path, [{"id": k, "href": f"{asked.base}{path}/{k}"} for k in asked.attributes])


def _attribute(asked: _Asked) -> Json:
    return {"did": asked.did, "attribute": asked.revisions[-1].shown()}


def _revisions(asked: _Asked) -> Json:
    path = f"{asked.issuers}/{asked.did}/attributes/{asked.request.path_params['attribute']}/revisions"
    if asked.inline:
        return asked.page(path, [revision.shown() for revision in asked.revisions])
    numbers = range(1, len(asked.revisions) + 1)
    return asked.page(path, [{"id": f"{n}", "href": f"{asked.base}{path}/{n}"} for n in numbers])


def _revision(asked: _Asked) -> Json:
    key: str = asked.request.path_params["revision"]
    if not key.isdecimal() or not 1 <= int(key) <= len(asked.revisions):
        raise _Problem(404, "Revision Not Found", f"Revision {key} not found")
    return {"did": asked.did, "attribute": asked.revisions[int(key) - 1].shown()}


def _document(asked: _Asked) -> Json:
    if asked.did not in asked.registry.issuers:
        raise _Problem(404, "Identifier Not Found", f"Identifier {asked.did} not found")
    return asked.registry.document(asked.did)


async def _change(registry: Registry, request: Request) -> Any:
    """`POST /_control/{action}` with the arguments of the registry's method of that name."""
    actions: dict[str, Callable[..., Any]] = {
        "enter": registry.enter,
        "accredit": registry.accredit,
        "offer": registry.offer,
        "revoke": registry.revoke,
        "renew": registry.renew,
        "replace": registry.replace,
    }
    name = request.path_params["action"]
    given = orjson.loads(await request.body())
    if name == "remove":
        registry.issuers.pop(given["did"], None)
        return {"done": name}
    if "types" in given:
        given["types"] = tuple(given["types"])
    return {"done": name, "answer": actions[name](**given)}


def create_app(registry: Registry, *, control: bool = False) -> Starlette:
    """The read API over `registry`; with `control` also the API that changes it, on loopback only."""
    handlers: dict[str, Handler] = {
        "": _list,
        "/{did}": _issuer,
        "/{did}/attributes": _attributes,
        "/{did}/attributes/{attribute}": _attribute,
        "/{did}/attributes/{attribute}/revisions": _revisions,
        "/{did}/attributes/{attribute}/revisions/{revision}": _revision,
    }
    routes = [
        Route(f"{_ISSUERS.format(version)}{path}", _served(registry, handler, version))
        for version in ("v4", "v5")
        for path, handler in handlers.items()
    ]
    routes.append(Route("/did-registry/v5/identifiers/{did}", _served(registry, _document, "v5")))
    if control:

        async def change(request: Request) -> Response:
            try:
                return _json(await _change(registry, request), 200)
            except (orjson.JSONDecodeError, TypeError, KeyError) as error:
                return _json({"error": f"{type(error).__name__}: {error}"}, 422)

        routes.append(Route("/_control/{action}", change, methods=["POST"]))
    return Starlette(routes=routes)


def _served(registry: Registry, handler: Handler, version: str) -> Callable[[Request], Any]:
    async def serve(request: Request) -> Response:
        try:
            return _json(handler(_Asked(registry, request, version)), 200)
        except _Problem as problem:
            return _json(problem.body, problem.status, "application/problem+json")

    return serve


def _json(body: Any, status: int, media_type: str = "application/json") -> Response:
    return Response(orjson.dumps(body), status, media_type=media_type)
