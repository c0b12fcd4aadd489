"""A simulated registry and a client that reads it, in the process or over loopback; nobody really waits."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
import uvicorn

from mutua_deqar_sync.client import DeqarClient
from mutua_deqar_sync.listing import Measures
from mutua_deqar_sync.transport import Manners, Transport
from mutua_local.deqar import Clock, Simulator, create_app

TODAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
TOKEN = "a-token-of-the-test"


@dataclass
class Patience:
    """Time that passes only by pausing."""

    seconds: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.seconds

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds


@pytest.fixture
def registry() -> Iterator[Simulator]:
    simulator = Simulator(token=TOKEN, clock=Clock(TODAY))
    simulator.seed("demo")
    yield simulator
    simulator.close()


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
