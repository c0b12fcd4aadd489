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
from joserfc import jwt
from joserfc.jwk import ECKey

from mutua_contracts import Envelope, encode
from mutua_contracts.recognition import RecognitionRequested
from mutua_kernel.clock import SystemClock
from mutua_kernel.database import Pool, open_pool
from mutua_kernel.events import Record
from mutua_kernel.http.application import build
from mutua_kernel.http.auth import TokenChecker
from mutua_kernel.http.writes import Store
from mutua_kernel.outbound import Outbound
from mutua_kernel.outbox import Sealer
from mutua_kernel.process import Processor
from mutua_local.roles import Database
from mutua_notifier import api
from mutua_notifier.domain.signing import KeyBox
from mutua_notifier.handlers import feed_handler
from mutua_notifier.settings import Settings

ISSUER = "https://sign-in.example"
KEY = b"k" * 32


class SignIn:
    """An OIDC issuer in memory."""

    def __init__(self) -> None:
        self._key = ECKey.generate_key("P-256", {"kid": "k1"})

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": ISSUER + "/jwks"})
        return httpx.Response(200, json={"keys": [self._key.as_dict(private=False)]})

    def token(self, tenant: str, /, *roles: str, **claims: Any) -> str:
        now = int(datetime.now(UTC).timestamp())
        body = {
            "iss": ISSUER,
            "aud": "mutua",
            "sub": f"someone-of-{tenant}",
            "exp": now + 600,
            "tenant": tenant,
            "roles": list(roles),
        }
        return jwt.encode({"alg": "ES256", "kid": "k1"}, body | claims, self._key)


@dataclass
class Caller:
    """A client of the API with a token."""

    client: httpx.AsyncClient
    token: str

    async def __call__(self, method: str, path: str, body: Any = None, **params: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
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
    migrated: Database, api_pool: Pool, outbound: Outbound, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[..., Caller]]:
    """A function: a caller of an organisation with roles."""
    sign_in = SignIn()
    (tmp_path / "vault").write_bytes(KEY)
    settings = Settings(database_url=migrated.url("notifier_api"), vault_key_file=tmp_path / "vault")  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.MockTransport(sign_in.answer)) as jwks:
        checker = TokenChecker([ISSUER], "mutua", client=jwks, clock=SystemClock())
        store = Store(api_pool, Sealer("notifier"), SystemClock())
        app = build(
            title="t", summary="s", settings=settings, store=store, checker=checker, routers=[api.router]
        )
        app.state.outbound = outbound
        app.state.key_box = KeyBox(KEY)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://notifier") as client:
            yield lambda of, /, *roles, **claims: Caller(client, sign_in.token(of, *roles, **claims))


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
