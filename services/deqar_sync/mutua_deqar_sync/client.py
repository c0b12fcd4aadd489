"""The registry as we read it: countries, agencies, providers and reports over DEQAR's Web API and Connect
API.

Lists of the search engine are read as `Reading`s, which prove their completeness; details are one of
found, missing or unreadable. Always with history, so that nothing that once counted is left out. Use one
client at a time.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import TracebackType
from typing import Final

import httpx

from mutua_deqar_sync.agency_facts import activity_first_days
from mutua_deqar_sync.errors import RequestRefused, ShapeChanged, TokenRefused, Unavailable
from mutua_deqar_sync.listing import ListPage, ListShape, Measures, Reading
from mutua_deqar_sync.shapes import Json, Node, rows_by_key
from mutua_deqar_sync.transport import Fetched, Manners, Missing, Transport, open_http

_BROWSE: Final = "/webapi/v2/browse"
REPORTS: Final = ListShape(f"{_BROWSE}/reports/", facet="status_facet")
PROVIDERS: Final = ListShape("/connectapi/v1/providers/", facet="other_provider_facet", public=True)
_CHANGES_PAGE: Final = 128
_FRAMEWORK_PAGE: Final = 1000
_FRAMEWORK_PASSES: Final = 3
_FRAMEWORK_PAGES: Final = 100
_DETAIL_TRIES: Final = {500: 2}
"""The registry fails on some objects however often they are asked for."""
_ONE_OBJECT: Final = frozenset({"server_error", "cut_body", "not_json", "too_large"})
_HOPELESS: Final = 100
_HOPELESS_OTHERWISE: Final = 5
"""So many details in a row that fail, with 500 or otherwise, are the registry's trouble, not theirs."""
_HISTORY: Final = {"history": "true"}


@dataclass(frozen=True, slots=True)
class UnreadableDetail:
    """The registry fails on this object: it may well exist, so the last good copy stays."""

    status: int | None
    at: datetime


Detail = Fetched | Missing | UnreadableDetail


@dataclass(frozen=True, slots=True)
class _Pass:
    """Rows of a list of the web framework, how many it counts, and how many requests it took."""

    rows: dict[int, Json]
    count: int
    requests: int


class DeqarClient:
    """Reads one registry. `base_url` is its scheme and host, with a path in front of the APIs where it has
    one.
    """

    def __init__(self, transport: Transport, measures: Measures | None = None) -> None:
        self.transport = transport
        self._measures = measures or Measures()
        self._failing: Counter[bool] = Counter()
        """Details in a row that failed, by whether it was with a 500."""

    @classmethod
    def open(
        cls,
        base_url: str,
        token: str | None,
        manners: Manners | None = None,
        measures: Measures | None = None,
    ) -> "DeqarClient":
        """A client with a connection of its own; close it, or use it in `async with`."""
        http = open_http(base_url)
        return cls(Transport(http, token, manners or Manners()), measures)

    async def __aenter__(self) -> "DeqarClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self.transport.http.aclose()

    # lists of the search engine

    def reports(self, agency: int | None = None, *, flag: str | None = None) -> Reading:
        """Reports in which the agency has a part, oldest first; without `flag`, high flags are hidden."""
        params: dict[str, str | int] = {"ordering": "date_created"}
        if agency is not None:
            params["agency_id"] = agency
        if flag is not None:
            params["flag"] = flag
        return Reading(self.transport, REPORTS, params, self._measures)

    def providers(self) -> Reading:
        """All providers, with or without reports."""
        return Reading(self.transport, PROVIDERS, {"ordering": "deqar_id"}, self._measures)

    async def count(self, shape: ListShape) -> int:
        """How many rows a list has, not cut at the engine's cap."""
        return await Reading(self.transport, shape, {}, self._measures).count()

    async def changed_reports(self, since: date) -> AsyncIterator[ListPage]:
        """Pages of reports by day of update, newest first, back to that day: fresh, never complete."""

        def is_new(row: Json) -> bool:
            day = Node(row, "report").get("date_updated").day()
            return day is None or day >= since

        measures = replace(self._measures, page=min(self._measures.page, _CHANGES_PAGE))
        reading = Reading(self.transport, REPORTS, {"ordering": "-date_updated"}, measures)
        async for page in reading.until(lambda page: not all(is_new(row) for _, row in page.rows)):
            yield ListPage([(key, row) for key, row in page.rows if is_new(row)], page.at)

    # the SQL views

    async def countries(self) -> list[Json]:
        """Members of the EHEA; others are known from the providers that have a place there."""
        return _objects(await self._get(f"{_BROWSE}/countries/"))

    async def agencies(self) -> dict[int, Json]:
        """Every agency by id, registered now or not: the list of all does not say which is which."""
        found: dict[int, Json] = {}
        for registered in ("True", "False"):
            found |= await self._framework_list(f"{_BROWSE}/agencies/", {"registered": registered})
        return found

    async def activity_first_days(self) -> dict[int, date | None]:
        """First day of each activity of an agency; nothing else tells it."""
        return activity_first_days(_objects(await self._get(f"{_BROWSE}/agencies/activity-groups/")))

    # details

    async def country(self, key: int) -> Detail:
        return await self._detail(f"{_BROWSE}/countries/{key}/")

    async def agency(self, key: int) -> Detail:
        return await self._detail(f"{_BROWSE}/agencies/{key}/")

    async def report(self, key: int) -> Detail:
        return await self._detail(report_path(key))

    async def provider(self, key: int) -> Detail:
        """From Connect, without the token: the same body as on the Web API."""
        return await self._detail(f"/connectapi/v1/providers/{key}", public=True)

    async def _detail(self, path: str, *, public: bool = False) -> Detail:
        """A failure that stays is an answer of its own, until too many objects in a row fail.

        Raises TokenRefused, RequestRefused, Unavailable.
        """
        try:
            found = await self.transport.get(path, _HISTORY, public=public, tries=_DETAIL_TRIES)
        except Unavailable as error:
            crashed = error.status == 500
            self._failing[crashed] += 1
            hopeless = self._failing[crashed] >= (_HOPELESS if crashed else _HOPELESS_OTHERWISE)
            if hopeless or not _of_one_object(error):
                raise
            return UnreadableDetail(error.status, self.transport.now())
        self._failing.clear()
        return found

    async def _get(self, path: str, params: dict[str, str | int] | None = None) -> Fetched:
        answer = await self.transport.get(path, {**_HISTORY, **(params or {})})
        if not isinstance(answer, Fetched):
            raise RequestRefused(found=f"a JSON 404 at {path}", expected="a list")
        return answer

    async def _framework_list(self, path: str, params: dict[str, str | int]) -> dict[int, Json]:
        """A list of the web framework: small, but it may move too. It is complete when it has as many rows
        as it counts, and came in one request or twice alike.
        """
        before: dict[int, Json] | None = None
        for _ in range(_FRAMEWORK_PASSES):
            one = await self._framework_pass(path, params)
            alike = before is not None and before.keys() == one.rows.keys()
            if len(one.rows) == one.count and (one.requests == 1 or alike):
                return one.rows
            before = one.rows
        raise Unavailable("server_error", path=path, status=None, attempts=_FRAMEWORK_PASSES)

    async def _framework_pass(self, path: str, params: dict[str, str | int]) -> _Pass:
        found: dict[int, Json] = {}
        for page in range(_FRAMEWORK_PAGES):
            offset = page * _FRAMEWORK_PAGE
            answer = await self._get(path, {**params, "limit": _FRAMEWORK_PAGE, "offset": offset})
            body = Node(answer.body, path)
            count = body.get("count").required_count()
            rows = dict(rows_by_key(body.get("results")))
            ended = body.get("next").absent or rows.keys() <= found.keys()
            found |= rows
            if ended:
                return _Pass(found, count, page + 1)
        expected = f"an end of the list after {_FRAMEWORK_PAGES} pages"
        raise ShapeChanged(subject=path, path="/next", found="another page", expected=expected)


def _of_one_object(error: Unavailable) -> bool:
    """Whether the object may be the trouble: a registry that is away says so in other ways."""
    return error.trouble in _ONE_OBJECT and error.status not in (502, 504)


def report_path(key: int) -> str:
    return f"{_BROWSE}/reports/{key}/"


async def ask_for_token(http: httpx.AsyncClient, username: str, password: str) -> str:
    """The Web API's token for an account. Raises TokenRefused."""
    answer = await http.post("/accounts/get_token/", json={"username": username, "password": password})
    if answer.status_code != 200:
        raise TokenRefused(
            found=f"status {answer.status_code}", expected="an account that the registry knows"
        )
    return Node(answer.json(), "get_token").get("token").required_text()


def _objects(answer: Fetched) -> list[Json]:
    node = Node(answer.body, "list")
    return [item.members() for item in node.required_items()]
