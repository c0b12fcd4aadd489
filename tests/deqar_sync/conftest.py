"""A simulated registry and a client that reads it, in the process or over loopback; nobody really waits."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest
import uvicorn

from mutua_deqar_sync.client import DeqarClient
from mutua_deqar_sync.listing import Measures
from mutua_deqar_sync.transport import Manners, Transport
from mutua_local.deqar import Clock, Simulator, create_app
from mutua_local.roles import Database, with_database

from .alone import Alone
from .patience import Patience

TODAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
TOKEN = "a-token-of-the-test"


@pytest.fixture
def registry() -> Iterator[Simulator]:
    simulator = Simulator(token=TOKEN, clock=Clock(TODAY))
    simulator.seed("demo")
    yield simulator
    simulator.close()


@pytest.fixture
def database(service_database: Callable[..., Database]) -> Database:
    return service_database("deqar_sync")


@pytest.fixture
async def mirror(registry: Simulator, database: Database) -> Alone:
    """An empty mirror of the registry."""
    alone = Alone(with_database(database.server, database.name), registry)
    await alone.forget_gaps()
    return alone


@pytest.fixture(scope="session")
def small_registry() -> Iterator[Simulator]:
    """For reading only."""
    simulator = Simulator(token=TOKEN, clock=Clock(TODAY))
    simulator.seed("small")
    yield simulator
    simulator.close()


@pytest.fixture
def patience() -> Patience:
    return Patience()


def client_of(
    http: httpx.AsyncClient,
    patience: Patience,
    *,
    manners: Manners | None = None,
    measures: Measures | None = None,
) -> DeqarClient:
    transport = Transport(
        http,
        TOKEN,
        manners or Manners(rate=0),
        now=lambda: TODAY,
        monotonic=patience.monotonic,
        pause=patience.pause,
    )
    return DeqarClient(transport, measures)


def in_process(simulator: Simulator) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(simulator))
    return httpx.AsyncClient(transport=transport, base_url="http://registry.example")


@pytest.fixture
async def client(registry: Simulator, patience: Patience) -> AsyncIterator[DeqarClient]:
    async with client_of(in_process(registry), patience) as client:
        yield client


@asynccontextmanager
async def served(simulator: Simulator) -> AsyncIterator[str]:
    """The registry behind a real socket: bodies can be cut and answers can be late there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(create_app(simulator), log_level="critical", access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running
