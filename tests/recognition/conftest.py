"""Recognition's API in this process: on a real database, with tokens of an issuer that is in memory only.
Beside it stands its worker.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from mutua_kernel.database import Pool, open_pool
from mutua_kernel.http.application import build
from mutua_kernel.http.writes import Store
from mutua_kernel.outbox import Sealer
from mutua_local.roles import Database, with_database
from mutua_recognition import api
from mutua_recognition.api import mandates, policies
from mutua_recognition.settings import Settings
from mutua_recognition.verifying import Verifiers
from tests.in_process import Client, SettableClock, Tokens, without_token

from .flow_world import World
from .lisvik import LISVIK
from .worker import ASTERVIK, CORVELO, Worker

POLICY = policies.EXAMPLES["annex-i-credit"]["value"]
MANDATE = mandates.EXAMPLES["decide"]["value"]


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(datetime(2026, 11, 16, 9, tzinfo=UTC))


@pytest.fixture
def tokens(clock: SettableClock) -> Tokens:
    return Tokens(clock)


@pytest.fixture
def recognition_database(service_database: Callable[..., Database]) -> Database:
    return service_database("recognition")


@pytest.fixture
async def api_pool(recognition_database: Database) -> AsyncIterator[Pool]:
    """A pool with the role of the API."""
    opened = await open_pool(recognition_database.url("recognition_api"), name="api", size=4)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def verifiers() -> Iterator[Verifiers]:
    """The processes that verify, for all tests."""
    made = Verifiers(1)
    yield made
    made.close()


@pytest.fixture
async def worker_pool(recognition_database: Database) -> AsyncIterator[Pool]:
    """A pool with the role of the worker."""
    opened = await open_pool(recognition_database.url("recognition_worker"), name="worker", size=4)
    yield opened
    await opened.close()


@pytest.fixture
def worker(worker_pool: Pool, clock: SettableClock, verifiers: Verifiers) -> Worker:
    return Worker(worker_pool, clock, verifiers)


class Admin:
    """The database as its superuser sees it."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    async def dump(self) -> str:
        """Every row of every table of the service, as one text."""
        tables = await self.pool.fetch(
            "select table_name from information_schema.tables where table_schema = 'recognition'"
        )
        texts: list[str] = []
        for (name,) in tables:
            for (row,) in await self.pool.fetch(f"select to_jsonb(t)::text from recognition.{name} t"):
                texts.append(row)
            if name in ("outbox", "record", "evidence", "idempotency"):
                column = {"outbox": "payload", "record": "content"}.get(name, "body")
                raw = await self.pool.fetch(f"select {column} from recognition.{name}")
                texts += [bytes(row[0]).decode("utf-8", "replace") for row in raw]
        return "\n".join(texts)


@pytest.fixture
async def recognition_admin(recognition_database: Database) -> AsyncIterator[Admin]:
    address = with_database(recognition_database.server, recognition_database.name)
    opened = await open_pool(address, name="tests", size=2, setup=_in_schema)
    yield Admin(opened)
    await opened.close()


async def _in_schema(connection: Any) -> None:
    await connection.execute("set search_path = recognition")


@pytest.fixture
def world(worker_pool: Pool, recognition_admin: Admin, clock: SettableClock, verifiers: Verifiers) -> World:
    return World(worker_pool, recognition_admin.pool, clock, verifiers)


@pytest.fixture
async def app(
    api_pool: Pool, worker: Worker, clock: SettableClock, tokens: Tokens, tmp_path: Path
) -> AsyncIterator[FastAPI]:
    """The API. The registry knows some institutions by name, and nothing else of them."""
    await worker.know_names()
    key = tmp_path / "pseudonyms.key"
    key.write_bytes(bytes(range(32)))
    vault = tmp_path / "vault.key"
    vault.write_bytes(bytes(range(32, 64)))
    settings = Settings.model_validate(
        {
            "database_url": "unused",
            "pseudonym_key_file": key,
            "vault_key_file": vault,
            "widening_delay_seconds": 0,
        }
    )
    async with tokens.checker() as checker:
        made = build(
            title="Mutua recognition",
            summary="As in production",
            settings=settings,
            store=Store(api_pool, Sealer("recognition"), clock),
            checker=checker,
            routers=api.routers,
            larger={api.UPLOADS: settings.max_upload_bytes},
        )
        async with AsyncExitStack() as stack:
            await api.extend(made, stack)
            made.state.verifiers = worker.verifiers  # one process for all tests
            yield made


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The API without any token."""
    async with without_token(app, "recognition.example") as client:
        yield client


@pytest.fixture
def person(http: httpx.AsyncClient, tokens: Tokens) -> Callable[..., Client]:
    """A function: somebody of a tenant, with roles; a coordinator of Astervik without more said."""

    def make(sub: str, tenant: str = ASTERVIK, *roles: str) -> Client:
        return Client(http, tenant, tokens.bearer(tenant, *(roles or ("coordinator",)), sub=sub))

    return make


@pytest.fixture
def first(person: Callable[..., Client]) -> Client:
    """A coordinator of Astervik."""
    return person("first")


@pytest.fixture
def second(person: Callable[..., Client]) -> Client:
    """Another coordinator of Astervik."""
    return person("second")


@pytest.fixture
def evaluator(person: Callable[..., Client]) -> Client:
    """An evaluator of Astervik."""
    return person("evaluator", ASTERVIK, "evaluator")


@pytest.fixture
def stranger(person: Callable[..., Client]) -> Client:
    """Somebody of another organisation with every role."""
    return person("stranger", CORVELO, "coordinator", "evaluator")


@pytest.fixture
def release(first: Client, second: Client) -> Callable[..., Any]:
    """A function: something proposed by one and signed by the other; answers the released proposal."""

    async def make(path: str, body: dict[str, Any], one: Client = first, other: Client = second) -> Any:
        proposed = await one.post(path, body)
        assert proposed.status_code == 201, proposed.text
        if proposed.json()["state"] == "released":
            return proposed.json()
        signed = await other.post(f"/proposals/{proposed.json()['id']}/sign")
        assert signed.status_code == 200, signed.text
        assert signed.json()["state"] == "released"
        return signed.json()

    return make


@pytest.fixture
async def ready(worker: Worker, release: Callable[..., Any]) -> Worker:
    """Keys and registry are known, policy and mandate are released; nobody is trusted."""
    await worker.know_issuer()
    await worker.know_registry()
    await release("/policies", POLICY)
    await release("/mandates", MANDATE)
    return worker


@pytest.fixture
async def trusted(ready: Worker, release: Callable[..., Any]) -> Worker:
    """The same, and Lisvik is trusted."""
    await release("/statements", {"trustee": LISVIK, "assurance": 2})
    return ready
