"""The notifier on real PostgreSQL: its API with locally made tokens, its feed, its webhooks and a
receiver."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from mutua_contracts import Envelope, encode
from mutua_contracts.recognition import RecognitionRequested
from mutua_kernel.clock import SystemClock
from mutua_kernel.database import Pool, open_pool
from mutua_kernel.events import Record
from mutua_kernel.http.application import build
from mutua_kernel.http.writes import Store
from mutua_kernel.outbound import Outbound
from mutua_kernel.outbox import Sealer
from mutua_kernel.process import Processor
from mutua_local.roles import Database
from mutua_notifier import api
from mutua_notifier.domain.signing import KeyBox
from mutua_notifier.handlers import feed_handler
from mutua_notifier.settings import Settings
from tests.in_process import Tokens, without_token

KEY = b"k" * 32


@dataclass
class Caller:
    """A client of the API with a token."""

    client: httpx.AsyncClient
    bearer: str

    async def __call__(self, method: str, path: str, body: Any = None, **params: Any) -> httpx.Response:
        headers = {"Authorization": self.bearer}
        if method == "POST":
            headers["Idempotency-Key"] = params.pop("key", str(uuid4()))
        return await self.client.request(method, path, json=body, headers=headers, params=params)


@pytest.fixture
def migrated(service_database: Callable[..., Database]) -> Database:
    return service_database("notifier")


@pytest.fixture
async def pool(migrated: Database) -> AsyncIterator[Pool]:
    """A pool with the worker's role."""
    opened = await open_pool(migrated.url("notifier_worker"), name="test", size=4)
    yield opened
    await opened.close()


@pytest.fixture
async def api_pool(migrated: Database) -> AsyncIterator[Pool]:
    """A pool with the API's role."""
    opened = await open_pool(migrated.url("notifier_api"), name="test", size=4)
    yield opened
    await opened.close()


@pytest.fixture
def outbound() -> Outbound:
    return Outbound(allow_loopback=True, seconds=2)


@pytest.fixture
async def caller(
    migrated: Database, api_pool: Pool, outbound: Outbound, tmp_path: Any
) -> AsyncIterator[Callable[..., Caller]]:
    """A function: a caller of an organisation with roles."""
    clock = SystemClock()
    tokens = Tokens(clock)
    (tmp_path / "vault").write_bytes(KEY)
    settings = Settings(database_url=migrated.url("notifier_api"), vault_key_file=tmp_path / "vault")  # type: ignore[arg-type]
    async with tokens.checker() as checker:
        store = Store(api_pool, Sealer("notifier"), clock)
        app = build(
            title="t", summary="s", settings=settings, store=store, checker=checker, routers=[api.router]
        )
        app.state.outbound = outbound
        app.state.key_box = KeyBox(KEY)
        async with without_token(app, "notifier.example") as client:
            yield lambda of, /, *roles, **claims: Caller(client, tokens.bearer(of, *roles, **claims))


class Feed:
    """Events of recognition on their way in."""

    def __init__(self, pool: Pool) -> None:
        self._offset = 0
        self._processor = Processor(
            name="feed",
            pool=pool,
            handler=feed_handler(lambda: None),
            sealer=Sealer("notifier"),
            clock=SystemClock(),
            on_commit=lambda: None,
        )

    async def add(self, *facts: tuple[str, str, str]) -> list[UUID]:
        """Adds events given as (recogniser, its country, issuer)."""
        records = [self._record(*fact) for fact in facts]
        await self._processor.process(records)
        return [UUID(json.loads(record.value or b"{}")["id"]) for record in records]

    def _record(self, recogniser: str, country: str, issuer: str) -> Record:
        request = uuid4()
        data = RecognitionRequested(
            request_id=request,
            credential_id=f"urn:uuid:{uuid4()}",
            recogniser=recogniser,
            country=country,
            issuer=issuer,
            award_country="NO",
            purpose="CREDIT",
            origin="standing_rule",
            regime="HEI",
            state="active",
            credential_digest="sha256:" + "0" * 64,
        )
        envelope = Envelope[RecognitionRequested](
            id=uuid4(),
            source="urn:mutua:recognition",
            type="eu.mutua.recognition.requested.v1",
            subject=str(request),
            time=datetime.now(UTC),
            partitionkey=str(request),
            sequence=1,
            tenant=recogniser,
            data=data,
        )
        self._offset += 1
        return Record("mutua.recognition", 0, self._offset, str(request).encode(), encode(envelope))


@pytest.fixture
def feed(pool: Pool) -> Feed:
    return Feed(pool)
