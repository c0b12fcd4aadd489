"""A simulated registry in the process, with a fixed clock, and a client that speaks ASGI to it."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import httpx
import pytest

from mutua_local.deqar import Clock, Simulator, create_app

TODAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
TOKEN = "a-token-of-the-test"
SUBMIT_TOKEN = "a-token-that-may-write"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """The demo registry."""
    simulator = Simulator(token=TOKEN, submit_token=SUBMIT_TOKEN, clock=Clock(TODAY))
    simulator.seed("demo")
    yield simulator
    simulator.close()


@pytest.fixture
async def api(simulator: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    """With the token, and with the control API switched on."""
    transport = httpx.ASGITransport(create_app(simulator, control=True))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://registry.example", headers={"authorization": f"Bearer {TOKEN}"}
    ) as client:
        yield client


@pytest.fixture
async def agency(simulator: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the token of the user who submits."""
    transport = httpx.ASGITransport(create_app(simulator, control=True))
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://registry.example",
        headers={"authorization": f"Bearer {SUBMIT_TOKEN}"},
    ) as client:
        yield client


@pytest.fixture(scope="session")
def small_dataset() -> Iterator[Simulator]:
    """The small profile, for reading only."""
    simulator = Simulator(token=TOKEN, clock=Clock(TODAY))
    simulator.seed("small")
    yield simulator
    simulator.close()


@pytest.fixture
async def small(small_dataset: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(small_dataset))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://registry.example", headers={"authorization": f"Bearer {TOKEN}"}
    ) as client:
        yield client
