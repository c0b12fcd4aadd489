"""The issuer's API in this process: on a real database, with tokens of an issuer that is in memory only."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey

from mutua_contracts import Envelope, decode
from mutua_credentials.linked_data import pool as canonicalising
from mutua_credentials.verify.documents import MappingDocuments
from mutua_issuer import api
from mutua_issuer.api.writers import Writers
from mutua_issuer.domain.examples import COMPONENT, REGISTRATION
from mutua_issuer.settings import ApiSettings
from mutua_issuer.vault import Vault
from mutua_kernel.database import Pool, open_pool
from mutua_kernel.http.application import build
from mutua_kernel.http.auth import TokenChecker
from mutua_kernel.http.writes import Store
from mutua_kernel.outbox import Sealer
from mutua_local.roles import Database

SIGN_IN = "https://sign-in.example"
LISVIK = "DEQARINST7105"
OSTERHAV = "DEQARINST7112"


@dataclass
class SettableClock:
    """A clock that stands still until a test moves it."""

    at: datetime = datetime(2026, 11, 20, 10, 0, 0, 250_000, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Tokens:
    """An OpenID Connect issuer: discovery and keys by HTTP, tokens by hand."""

    def __init__(self, clock: SettableClock) -> None:
        self._clock = clock
        self._key = ECKey.generate_key("P-256", {"kid": "test"})

    def transport(self) -> httpx.MockTransport:
        public = {**self._key.as_dict(private=False), "alg": "ES256", "use": "sig"}
        answers = {
            "/.well-known/openid-configuration": {"issuer": SIGN_IN, "jwks_uri": f"{SIGN_IN}/jwks"},
            "/jwks": {"keys": [public]},
        }
        return httpx.MockTransport(lambda request: httpx.Response(200, json=answers[request.url.path]))

    def bearer(self, tenant: str, *roles: str) -> str:
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": SIGN_IN,
            "sub": "somebody",
            "aud": "mutua",
            "exp": now + 90 * 86400,
            "tenant": tenant,
        }
        token = jwt.encode({"alg": "ES256", "kid": "test"}, {**claims, "roles": list(roles)}, self._key)
        return f"Bearer {token}"


class Client:
    """One organisation's program at the API."""

    def __init__(self, http: httpx.AsyncClient, tenant: str, bearer: str) -> None:
        self.tenant = tenant
        self._http = http
        self._headers = {"Authorization": bearer}

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self._http.get(path, headers=self._headers, **options)

    async def post(self, path: str, body: Any, *, key: str | None = None, **options: Any) -> httpx.Response:
        headers = {**self._headers, "Idempotency-Key": key or str(uuid4())}
        return await self._http.post(path, json=body, headers=headers, **options)

    async def put(self, path: str, body: Any) -> httpx.Response:
        headers = {**self._headers, "Idempotency-Key": str(uuid4())}
        return await self._http.put(path, json=body, headers=headers)

    async def ready_to_issue(self, host: str = "univ-lisvik.example", code: str = "AST-DAT-020") -> None:
        """Registers the institution and describes one component."""
        registered = await self.post("/issuers", {**REGISTRATION, "iss": f"https://{host}"})
        assert registered.status_code == 201, registered.text
        described = await self.post("/components", {"code": code, "content": COMPONENT})
        assert described.status_code == 201, described.text


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def tokens(clock: SettableClock) -> Tokens:
    return Tokens(clock)


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault(bytes(range(32)))


@pytest.fixture
def issuer_database(service_database: Callable[..., Database]) -> Database:
    return service_database("issuer")


@pytest.fixture
async def pool(issuer_database: Database) -> AsyncIterator[Pool]:
    """A pool with the role of the API."""
    opened = await open_pool(issuer_database.url("issuer_api"), name="issuer-api", size=4)
    yield opened
    await opened.close()


@pytest.fixture
async def app(pool: Pool, clock: SettableClock, tokens: Tokens, vault: Vault) -> AsyncIterator[FastAPI]:
    settings = ApiSettings.model_validate({"database_url": "unused", "vault_key_file": "unused"})
    async with httpx.AsyncClient(transport=tokens.transport()) as client:
        made = build(
            title=api.TITLE,
            summary=api.SUMMARY,
            settings=settings,
            store=Store(pool, Sealer("issuer"), clock),
            checker=TokenChecker((SIGN_IN,), "mutua", client=client, clock=clock),
            routers=api.ROUTERS,
        )
        made.state.vault = vault
        made.state.writers = Writers(vault, canonicalising.shared(), {})
        yield made


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The API without any token."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://issuer.example") as client:
        yield client


@pytest.fixture
def anybody(http: httpx.AsyncClient) -> Callable[..., Any]:
    """A coroutine function: what a stranger obtains in order to verify a credential of Lisvik."""

    async def obtain(credential: str, at: datetime | None = None) -> MappingDocuments:
        text = " ".join([credential, *(decoded_part(part) for part in re.split(r"[.~]", credential))])
        lists = set(re.findall(r"https://univ-lisvik\.example/status/[a-z0-9/-]+", text))
        known = {f"https://univ-lisvik.example/.well-known/{name}" for name in ("did.json", "jwt-vc-issuer")}
        found: dict[str, bytes] = {}
        for url in sorted(lists | known):
            address = httpx.URL(url)
            query = {"timestamp": at.isoformat()} if at is not None and url in lists else {}
            answer = await http.get(address.path, headers={"Host": address.host}, params=query)
            if answer.status_code == 200:
                found[url] = answer.content
        return MappingDocuments(found)

    return obtain


def decoded_part(part: str) -> str:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "replace")
    except ValueError:
        return ""


@pytest.fixture
def client_of(http: httpx.AsyncClient, tokens: Tokens) -> Callable[..., Client]:
    """A function: a client of a tenant with roles, `issuer` without any said."""

    def make(tenant: str = LISVIK, *roles: str) -> Client:
        return Client(http, tenant, tokens.bearer(tenant, *(roles or ("issuer",))))

    return make


@pytest.fixture
def lisvik(client_of: Callable[..., Client]) -> Client:
    return client_of(LISVIK)


@pytest.fixture
def osterhav(client_of: Callable[..., Client]) -> Client:
    return client_of(OSTERHAV)


@pytest.fixture
async def admin(issuer_database: Database) -> AsyncIterator[Pool]:
    """The database as its superuser sees it: every row of every tenant."""
    address = issuer_database.server.rpartition("/")[0] + f"/{issuer_database.name}"
    opened = await open_pool(address, name="tests", size=2, setup=_in_schema)
    yield opened
    await opened.close()


async def _in_schema(connection: Any) -> None:
    await connection.execute("set search_path = issuer")


@pytest.fixture
def facts_of(admin: Pool) -> Callable[[], Any]:
    """A function: the events in the outbox, in order, read by the contracts."""

    async def read() -> list[Envelope[Any]]:
        return [
            decode(row["payload"])
            for row in await admin.fetch("select payload from outbox order by position")
        ]

    return read
