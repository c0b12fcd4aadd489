"""The mirror's one command in the process: a registry, a database of its own, and the dump afterwards."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from mutua_deqar_sync.alone.store import mirror_pool
from mutua_deqar_sync.alone.sync import Outcome, Wish, read, sync
from mutua_deqar_sync.client import DeqarClient
from mutua_deqar_sync.progress import Unwatched
from mutua_deqar_sync.transport import Manners, Transport
from mutua_deqar_sync.views.dump import json_lines
from mutua_deqar_sync.views.store import View, opened
from mutua_local.deqar import Simulator, create_app
from mutua_local.deqar.model import Country

from .patience import Patience

Rows = dict[tuple[str, str], dict[str, Any]]
IMPATIENT = Manners(rate=0, timeout=5, first_pause=0.001, longest_pause=0.002)


@dataclass
class Alone:
    """A mirror of a simulated registry. `sync` needs no socket unless it is given an address.

    `before_request` is called before each of its requests, so that the registry can change under it.
    """

    database: str
    registry: Simulator
    before_request: Callable[[], None] | None = None

    async def sync(self, source: str | None = None, *, token: str | None = None, **wish: Any) -> Outcome:
        """One run. Nobody waits for pauses, but they are counted."""
        token = token or self.registry.token
        wanted = Wish(source or "http://registry.example", token, **{"manners": IMPATIENT, **wish})
        if source is not None:
            return await sync(self.database, wanted, Unwatched())
        app = httpx.ASGITransport(create_app(self.registry))
        async with httpx.AsyncClient(transport=app, base_url=wanted.url) as http:
            waiting = Patience()
            if self.before_request is not None:
                http.event_hooks["request"] = [self._called]
            transport = Transport(
                http, token, wanted.manners, monotonic=waiting.monotonic, pause=waiting.pause
            )
            return await read(self.database, wanted, DeqarClient(transport), Unwatched())

    async def _called(self, request: httpx.Request) -> None:
        assert self.before_request is not None
        self.before_request()

    @asynccontextmanager
    async def view(self) -> AsyncIterator[View]:
        async with mirror_pool(self.database) as pool, opened(pool) as view:
            yield view

    async def dump(self, as_of: Any = None) -> Rows:
        async with self.view() as view:
            rows = [orjson.loads(line) async for line in json_lines(view, None, as_of)]
        keys = [(row["kind"], row["id"]) for row in rows]
        assert keys == sorted(keys)
        return dict(zip(keys, rows, strict=True))

    async def execute(self, statement: str, *parameters: Any) -> None:
        """What no run does by itself."""
        async with mirror_pool(self.database) as pool:
            await pool.execute(statement, *parameters)

    async def forget_gaps(self) -> None:
        """The ids of countries have wide gaps: as if they had been asked for already."""
        there = set(self.registry.truth.ids(Country))
        gaps = [str(key) for key in range(1, max(there)) if key not in there]
        await self.execute("insert into vacant select 'country', unnest($1::text[]), now()", gaps)
