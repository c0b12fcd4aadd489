"""The mirror's one command against a registry, or something in front of it, that lies or never ends: each run
ends in a named state and in time, what was mirrored stays as it was, and the next quiet run finds everything
in order.
"""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import httpx
import orjson
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mutua_deqar_sync.alone.sync import Outcome, Wish, read
from mutua_deqar_sync.client import DeqarClient
from mutua_deqar_sync.progress import Unwatched
from mutua_deqar_sync.transport import Transport
from mutua_local.deqar import Clock, Simulator, create_app
from mutua_local.deqar.generate import Profile, generate
from mutua_local.roles import Database, with_database

from .alone import IMPATIENT, Alone, Rows
from .conftest import TODAY, TOKEN
from .truth import assert_mirrors

Json = dict[str, Any]
Headers = dict[str, str]
SIZE = Profile(agencies=2, providers=6, reports=14)
JSON = {"content-type": "application/json"}
NOT_FOUND = b'{"detail": "Not found."}'
REPORTS, PROVIDERS, AGENCIES = "/browse/reports/$", "/v1/providers/$", "/browse/agencies/$"
REPORT, PROVIDER, COUNTRY = r"/browse/reports/(\d+)/$", r"/v1/providers/(\d+)$", r"/browse/countries/(\d+)/$"


class Front:
    """Something between the mirror and the registry. `lies` change the JSON of paths, also where there is
    nothing if it `has_everything`; `instead` is said in place of any answer, `asked` is what came.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.quiet()

    def quiet(self) -> None:
        self.lies: Mapping[str, Callable[[Any, re.Match[str]], Any]] = {}
        self.instead: tuple[int, Headers, bytes] | None = None
        self.has_everything = False
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope["path"])
        status, headers, body = self.instead or await self._answer(scope, receive)
        shown = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": shown})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, Headers, bytes]:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        status, body = messages[0]["status"], b"".join(m.get("body", b"") for m in messages[1:])
        for path, lie in self.lies.items():
            found = re.search(path, scope["path"])
            if found and (status == 200 or self.has_everything):
                lied = lie(orjson.loads(body), found)
                status, body = (200, orjson.dumps(lied)) if lied is not None else (404, NOT_FOUND)
        return status, JSON, body


@pytest.fixture
def registry() -> Iterator[Simulator]:
    simulator = Simulator(token=TOKEN, clock=Clock(TODAY))
    simulator.load(*generate(SIZE, 7, TODAY))
    yield simulator
    simulator.close()


@pytest.fixture
def front(registry: Simulator) -> Front:
    return Front(create_app(registry))


@pytest.fixture
async def hostile(registry: Simulator, front: Front, database: Database) -> AsyncIterator["Hostile"]:
    """A mirror with everything in it; afterwards a quiet run finds it all in order again."""
    mirror = Alone(with_database(database.server, database.name), registry)
    await mirror.forget_gaps()
    hostile = Hostile(mirror, front)
    assert (await hostile.sync()).exit_code == 0
    yield hostile
    front.quiet()
    assert (await hostile.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


class Hostile:
    """The mirror behind the front."""

    def __init__(self, mirror: Alone, front: Front) -> None:
        self.mirror = mirror
        self.front = front

    async def sync(self, **wish: Any) -> Outcome:
        app = httpx.ASGITransport(self.front)
        async with httpx.AsyncClient(transport=app, base_url="http://registry.example") as http:
            transport = Transport(http, TOKEN, IMPATIENT)
            wanted = Wish("http://registry.example", TOKEN, manners=IMPATIENT, **wish)
            return await read(self.mirror.database, wanted, DeqarClient(transport), Unwatched())

    async def run(self, **wish: Any) -> Outcome:
        """One run, which must end soon and leave what was known as it was."""
        before = facts(await self.mirror.dump())
        async with asyncio.timeout(30):
            outcome = await self.sync(**wish)
        assert facts(await self.mirror.dump()) == before
        assert (outcome.found + outcome.fix).isprintable()
        return outcome


def facts(rows: Rows) -> dict[tuple[str, str], Any]:
    return {key: (row["facts"], row["gone"]) for key, row in rows.items()}


ANSWERS: dict[str, tuple[int, Headers, bytes, str]] = {
    "html": (200, {"content-type": "text/html"}, b"<html>back soon", "unavailable"),
    "html that says it is JSON": (200, JSON, b"<html>back soon", "unavailable"),
    "a byte order mark": (200, JSON, b'\xef\xbb\xbf{"count": 0}', "unavailable"),
    "no UTF-8": (200, JSON, b'{"count": "\xff"}', "unavailable"),
    "a lone surrogate": (200, JSON, b'{"count": "\\ud800"}', "unavailable"),
    "no number": (200, JSON, b'{"count": NaN}', "unavailable"),
    "too deep": (200, JSON, b"[" * 10_000 + b"]" * 10_000, "unavailable"),
    "no gzip": (200, {**JSON, "content-encoding": "gzip"}, b"plain", "unavailable"),
    "absurd zone": (429, {"retry-after": "Mon, 16 Nov 2026 09:00:00 +99999999999999"}, b"", "unavailable"),
    "a century": (429, {"retry-after": "3153600000"}, b"", "unavailable"),
    "a number": (200, JSON, b"7", "shape_changed"),
    "texts": (200, JSON, b'["a", "b"]', "shape_changed"),
    "a gateway's 404": (404, JSON, b'{"message": "no Route matched"}', "request_refused"),
    "another host": (302, {"location": "http://127.0.0.1:9/steal"}, b"", "request_refused"),
    "control characters": (400, JSON, b"\x00\x1b[2Jno", "request_refused"),
    "401": (401, JSON, b'{"detail": "Invalid token."}', "token_refused"),
}


async def test_answers_that_are_none(hostile: Hostile, front: Front) -> None:
    for name, (status, headers, body, code) in ANSWERS.items():
        front.instead = status, headers, body
        outcome = await hostile.run()
        assert (outcome.exit_code, outcome.code) == (4, f"registry.{code}"), name
        assert all((outcome.found, outcome.fix)), name


def _rows(change: Callable[[list[Json]], list[Json]]) -> Callable[[Any, Any], Any]:
    return lambda body, _: {**body, "results": change(body["results"])}


def _counts(count: Any) -> Callable[[Any, Any], Any]:
    return lambda body, _: {**{name: body[name] for name in body if name != "facets"}, "count": count}


def _grows() -> Callable[[Any, Any], Any]:
    """Another page of rows that nobody has seen, for ever."""
    number = itertools.count(5000)

    def lie(body: Any, _: Any) -> Any:
        rows = [
            {**row, "id": next(number), "deqar_id": None} for row in body["results"][:1] for _ in range(50)
        ]
        return {**body, "count": 10**9, "next": True, "results": rows, "facets": {}}

    return lie


LISTS: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "rows without end": (REPORTS, _grows()),
    "a count without rows": (PROVIDERS, _counts(10**9)),
    "a negative count": (REPORTS, _counts(-3)),
    "a count in words": (PROVIDERS, _counts("many")),
    "no rows": (REPORTS, lambda body, _: {**body, "results": None}),
    "rows without end, of agencies": (AGENCIES, _grows()),
    "one id for all": (AGENCIES, _rows(lambda rows: [{**row, "id": 1} for row in rows])),
    "one number for all": (PROVIDERS, _rows(lambda rows: [{**row, "id": 1} for row in rows])),
    "an id below nothing": (REPORTS, _rows(lambda rows: [{**row, "id": -5} for row in rows])),
    "an id beyond everything": (PROVIDERS, _rows(lambda rows: [{**row, "id": 2**64 - 1} for row in rows])),
    "groups of text": ("/activity-groups/$", lambda _body, _: ["x"]),
}


async def test_lists_that_cannot_be_read(hostile: Hostile, front: Front) -> None:
    for name, (path, lie) in LISTS.items():
        front.quiet()
        front.lies = {path: lie}
        outcome = await hostile.run()
        assert outcome.exit_code == 4, name
        assert outcome.code.startswith("registry."), name
        assert len(front.asked) < 2000, name


REPORT_LIES: list[tuple[str, Callable[[Json], Json]]] = [
    ("/id", lambda body: {**body, "id": body["id"] + 1}),
    ("/id", lambda _body: {"detail": "Not found."}),
    ("/valid_to", lambda body: {name: body[name] for name in body if name != "valid_to"}),
    ("/valid_from", lambda body: {**body, "valid_from": 20260101}),
    ("/programmes", lambda body: {**body, "programmes": None}),
    ("/institutions", lambda body: {**body, "institutions": {}}),
    ("/institutions/0/deqar_id", lambda body: {**body, "institutions": [{"id": 1, "deqar_id": "a b"}]}),
    ("/report_files", lambda body: {name: body[name] for name in body if name != "report_files"}),
    ("/decision", lambda body: {**body, "decision": "excellent"}),
    ("/agency_id", lambda body: {**body, "agency_id": -1}),
]
"""Each with the place where it is seen."""


async def test_details_that_lie_are_named_one_by_one(hostile: Hostile, front: Front) -> None:
    """Each report has another lie; all keep their last good facts."""
    lies = dict(enumerate(REPORT_LIES, 1))

    def lie(body: Json, found: re.Match[str]) -> Json:
        number = int(found[1])
        return lies[number][1](body) if number in lies else body

    front.lies = {REPORT: lie}
    outcome = await hostile.run(full=True)
    assert outcome.exit_code == 3
    named = {row["id"]: row["path"] for row in outcome.unreadable}
    assert named == {str(number): place for number, (place, _) in lies.items()}


async def test_what_answers_again_is_not_missing(hostile: Hostile, front: Front) -> None:
    """Misses of a run that ended in doubt say nothing of rows that answer in the next one, however oddly."""
    front.lies = {REPORT: lambda _body, _: None}
    assert (await hostile.run(full=True)).code == "registry.shrunk"
    front.lies = {REPORT: lambda body, _: {name: body[name] for name in body if name != "valid_to"}}
    for accept_loss in (False, True):
        outcome = await hostile.run(full=True, accept_loss=accept_loss)
        assert outcome.exit_code == 3
        assert {row["path"] for row in outcome.unreadable} == {"/valid_to"}


async def test_what_is_named_once_does_not_poison_the_mirror(hostile: Hostile, front: Front) -> None:
    """A country without end inside a provider, and a provider that is none inside a report."""

    def provider(body: Json, _: Any) -> Json:
        for place in body.get("countries", []):
            place["country"]["id"] = 2**62
        return body

    def report(body: Json, _: Any) -> Json:
        return {**body, "platforms": [{"id": 4, "deqar_id": "surprise"}]} if body["id"] == 3 else body

    front.lies = {PROVIDER: provider}
    assert (await hostile.run(full=True)).exit_code in (0, 3)
    front.quiet()
    front.lies = {REPORT: report}
    async with asyncio.timeout(30):
        assert (await hostile.sync(full=True)).exit_code in (0, 3, 4)
    front.quiet()
    assert (await hostile.sync(full=True)).exit_code == 0


async def test_objects_for_every_number(hostile: Hostile, front: Front) -> None:
    """A cache that has an answer to whatever is asked: nothing of it is believed, and the search ends."""
    for path in (REPORT, PROVIDER, COUNTRY):
        front.quiet()
        front.has_everything = True
        front.lies = {path: lambda body, found: body if "id" in body else {"id": int(found[1])}}
        assert (await hostile.run()).exit_code in (3, 4)
        assert len(front.asked) < 5000


async def test_a_registry_that_fails_on_half_of_its_rows(hostile: Hostile, front: Front) -> None:
    def lie(body: Json, found: re.Match[str]) -> Json:
        return body if int(found[1]) % 2 else {"id": "\x00"}

    front.lies = {REPORT: lie, PROVIDER: lie}
    outcome = await hostile.run(full=True)
    assert outcome.exit_code == 3
    assert {row["cause"] for row in outcome.unreadable} == {"shape"}
