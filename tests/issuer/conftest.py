"""The issuer's API in this process: on a real database, with tokens of an issuer that is in memory only."""

import base64
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

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
from mutua_kernel.http.writes import Store
from mutua_kernel.outbox import Sealer
from mutua_local.roles import Database, with_database
from tests.in_process import Client, SettableClock, Tokens, without_token

LISVIK = "DEQARINST7105"
OSTERHAV = "DEQARINST7112"


class Institution(Client):
    """A university's program at the API."""

    async def ready_to_issue(self, host: str = "univ-lisvik.example", code: str = "AST-DAT-020") -> None:
        """Registers the institution and describes one component."""
        registered = await self.post("/issuers", {**REGISTRATION, "iss": f"https://{host}"})
        assert registered.status_code == 201, registered.text
        described = await self.post("/components", {"code": code, "content": COMPONENT})
        assert described.status_code == 201, described.text


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(datetime(2026, 11, 20, 10, 0, 0, 250_000, tzinfo=UTC))


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
    async with tokens.checker() as checker:
        made = build(
            title=api.TITLE,
            summary=api.SUMMARY,
            settings=settings,
            store=Store(pool, Sealer("issuer"), clock),
            checker=checker,
            routers=api.ROUTERS,
        )
        made.state.vault = vault
        made.state.writers = Writers(vault, canonicalising.shared(), {})
        yield made


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The API without any token."""
    async with without_token(app, "issuer.example") as client:
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
def client_of(http: httpx.AsyncClient, tokens: Tokens) -> Callable[..., Institution]:
    """A function: a client of a tenant with roles, `issuer` without any said."""

    def make(tenant: str = LISVIK, *roles: str) -> Institution:
        return Institution(http, tenant, tokens.bearer(tenant, *(roles or ("issuer",))))

    return make


@pytest.fixture
def lisvik(client_of: Callable[..., Institution]) -> Institution:
    return client_of(LISVIK)


@pytest.fixture
def osterhav(client_of: Callable[..., Institution]) -> Institution:
    return client_of(OSTERHAV)


@pytest.fixture
async def admin(issuer_database: Database) -> AsyncIterator[Pool]:
    """The database as its superuser sees it: every row of every tenant."""
    address = with_database(issuer_database.server, issuer_database.name)
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
