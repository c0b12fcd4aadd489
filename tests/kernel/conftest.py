"""A small service on real servers: its database, its events, its processor."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from ledger.facts import Tape
from ledger.handlers import handle
from ledger.neighbours import Neighbours, listening
from ledger.processes import Process

from mutua_kernel.clock import SystemClock
from mutua_kernel.database import Pool, open_pool
from mutua_kernel.events import Handler
from mutua_kernel.migrate import migrate
from mutua_kernel.outbox import Sealer
from mutua_kernel.process import Processor
from mutua_local.broker import Broker
from mutua_local.roles import Database

SCHEMA = "issuer"
"""The ledger lives in the issuer's schema, with the issuer's roles: roles belong to the server."""


@pytest.fixture
def ledger(database: Database) -> Database:
    """A database with the kernel's tables and the ledger's."""
    migrate("ledger", database.url(f"{SCHEMA}_owner"), SCHEMA)
    return database


@pytest.fixture
async def pool(ledger: Database) -> AsyncIterator[Pool]:
    """A pool with the worker's role."""
    opened = await open_pool(ledger.url(f"{SCHEMA}_worker"), name="ledger", size=4)
    yield opened
    await opened.close()


@pytest.fixture
def processor_of(pool: Pool) -> Callable[[Handler], Processor]:
    """A function: a processor of the stream `ledger` with a handler."""

    def make(handler: Handler) -> Processor:
        return Processor(
            name="ledger",
            pool=pool,
            handler=handler,
            sealer=Sealer("ledger"),
            clock=SystemClock(),
            on_commit=lambda: None,
        )

    return make


@pytest.fixture
def processor(processor_of: Callable[[Handler], Processor]) -> Processor:
    """The ledger's processor."""
    return processor_of(handle)


@pytest.fixture
def tape() -> Tape:
    return Tape()


@pytest.fixture
def neighbours() -> Iterator[Neighbours]:
    """Who signs people in and where traces are sent, for processes of their own."""
    with listening() as found:
        yield found


@pytest.fixture
def start(
    ledger: Database, topics_of: Broker, namespace: str, tmp_path: Path
) -> Iterator[Callable[..., Process]]:
    """A function: `start("worker" | "relay" | "api", stop_seconds=...)` starts a process of the ledger."""
    running: list[Process] = []
    numbers = itertools.count(1)

    def make(kind: str, **settings: object) -> Process:
        told = {
            "MUTUA_DATABASE_URL": ledger.url(f"{SCHEMA}_{'api' if kind == 'api' else 'worker'}"),
            "MUTUA_KAFKA_BOOTSTRAP": topics_of.bootstrap,
            "MUTUA_NAMESPACE": namespace,
            "MUTUA_SESSION_TIMEOUT_MS": "6000",
            **{f"MUTUA_{name.upper()}": str(value) for name, value in settings.items()},
        }
        running.append(Process(kind, told, tmp_path / f"{kind}-{next(numbers)}.log"))
        return running[-1]

    yield make
    for process in running:
        process.end()
