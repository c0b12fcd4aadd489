"""One request to an API path: who asks, what they may have, and the tools that a handler needs to answer.

The order of checks is the framework's own: content negotiation (406, or a JSON 404 for a wrong `format`),
then the token (403, never 401), then the method (405). A handler that raises BrokenRecord answers with a
page of HTML and status 500, as the real server does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from json import loads
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from . import legacy
from .answers import ApiError, bad_request, html_page, json_answer, missing
from .filters import Filters
from .index import Clause, Hits, Search
from .lists import Listing, envelope, search_page
from .model import BrokenRecord, Json
from .params import Page, Params
from .rows import Rows
from .simulator import SUBMITTER, Simulator
from .truth import Truth
from .view import View

_DEFAULT_LIMIT = 10


class Call:
    """A request that has passed the checks."""

    def __init__(self, simulator: Simulator, request: Request, account: str | None, body: bytes) -> None:
        self.simulator = simulator
        self.request = request
        self.body = body
        self.submits = account == SUBMITTER
        self.params = Params(request.query_params)
        self.base = f"{request.url.scheme}://{request.url.netloc}"

    @property
    def path(self) -> Mapping[str, Any]:
        return self.request.path_params

    @property
    def key(self) -> int:
        return self.path["key"]

    @property
    def truth(self) -> Truth:
        return self.simulator.truth

    @cached_property
    def json(self) -> Any:
        """The body, which is an empty object where there is none."""
        if not self.body:
            return {}
        kind = self.request.headers.get("content-type", "")
        if kind.partition(";")[0].strip().lower() != "application/json":
            raise ApiError(415, {"detail": f'Unsupported media type "{kind}" in request.'})
        try:
            return loads(self.body)
        except ValueError as error:
            raise bad_request(f"JSON parse error - {error}") from None

    @cached_property
    def view(self) -> View:
        today = self.simulator.clock.now().date()
        return View(self.truth, today, self.base, history=self.request.query_params.get("history") == "true")

    @cached_property
    def rows(self) -> Rows:
        return Rows(self.truth, self.base, str(self.request.url), self.simulator.boot)

    @property
    def filters(self) -> Filters:
        return Filters(self.truth, self.params, self.simulator.clock.now())

    def search(self, index: str, clauses: tuple[Clause, ...], ordering: Mapping[str, str]) -> Search:
        return Search(index, clauses, self.params.text("query"), self.params.ordering(ordering))

    def listed(self, listing: Listing) -> Json:
        """The envelope of a search-backed list."""
        self.simulator.indexer.catch_up()
        page = self.params.page()
        hits = search_page(self.simulator.index, listing, page)
        if self.simulator.legacy:
            return self._older(listing, page, hits)
        return envelope(self.truth, listing, page, hits)

    def _older(self, listing: Listing, page: Page, hits: Hits) -> Json:
        """The envelope of earlier years: addresses of neighbours, and whole reports by institution."""
        links = {
            "next": self._link(page.limit, page.offset + page.limit) if page.has_next(hits.total) else None,
            "previous": self._link(page.limit, page.offset - page.limit) if page.offset else None,
        }
        if "/by-institution/" in self.request.url.path:
            rows = legacy.reports_by_institution(self.view, listing.search, hits.documents)
            return {"count": hits.total, **links, "results": rows}
        body = envelope(self.truth, listing, page, hits)
        rows = [legacy.row(listing, row, self.base) for row in body["results"]]
        return {**body, **links, "results": rows}

    def paged(self, rows: list[Json]) -> Json:
        """The framework's envelope: a bad limit is the default, a bad offset is 0, links are absolute."""
        limit = self._number("limit", 1) or _DEFAULT_LIMIT
        offset = self._number("offset", 0) or 0
        return {
            "count": len(rows),
            "next": self._link(limit, offset + limit) if offset + limit < len(rows) else None,
            "previous": self._link(limit, offset - limit) if offset > 0 else None,
            "results": rows[offset : offset + limit],
        }

    def _number(self, name: str, least: int) -> int | None:
        value = self.request.query_params.get(name, "")
        return int(value) if value.isdecimal() and int(value) >= least else None

    def _link(self, limit: int, offset: int) -> str:
        query = dict(parse_qsl(self.request.url.query, keep_blank_values=True))
        query["limit"] = str(limit)
        query.pop("offset", None)
        if offset > 0:
            query["offset"] = str(offset)
        return f"{self.base}{self.request.url.path}?{urlencode(sorted(query.items()))}"


Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A handler with its terms of access."""

    handler: Handler
    public: bool = False
    methods: tuple[str, ...] = ("GET",)

    def bound(self, simulator: Simulator) -> "BoundEndpoint":
        return BoundEndpoint(self, simulator)


class BoundEndpoint:
    """The endpoint as an ASGI application, so that it sees every method and can refuse in its own words."""

    def __init__(self, endpoint: Endpoint, simulator: Simulator) -> None:
        self._endpoint = endpoint
        self._simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = b"" if request.method in ("GET", "HEAD") else await request.body()
        await self._answer(request, body)(scope, receive, send)

    def _answer(self, request: Request, body: bytes) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        try:
            _negotiate(request)
            account = None if self._endpoint.public else _authenticate(request, self._simulator)
            if method not in self._endpoint.methods:
                raise ApiError(405, {"detail": f'Method "{request.method}" not allowed.'})
            return self._endpoint.handler(Call(self._simulator, request, account, body))
        except ApiError as error:
            return json_answer(error.body, error.status)
        except BrokenRecord:
            return html_page(500)


def _negotiate(request: Request) -> None:
    if request.query_params.get("format", "json") not in ("json", "api"):
        raise missing()
    accepted = request.headers.get("accept", "*/*")
    if not any(kind in accepted for kind in ("*/*", "application/*", "application/json", "text/html")):
        raise ApiError(406, {"detail": "Could not satisfy the request Accept header."})


def _authenticate(request: Request, simulator: Simulator) -> str:
    """Whose token it is; else 403 without a challenge, in four wordings."""
    parts = request.headers.get("authorization", "").split()
    if not parts or parts[0].lower() != "bearer":
        raise ApiError(403, {"detail": "Authentication credentials were not provided."})
    if len(parts) == 1:
        raise ApiError(403, {"detail": "Invalid token header. No credentials provided."})
    if len(parts) > 2:
        raise ApiError(403, {"detail": "Invalid token header. Token string should not contain spaces."})
    account = simulator.account(parts[1])
    if account is None:
        raise ApiError(403, {"detail": "Invalid token."})
    return account
