"""A small service on real servers: its database, its events, its processor."""

from collections.abc import AsyncIterator, Callable

import pytest
from ledger.facts import Tape
from ledger.handlers import handle

from mutua_kernel.clock import SystemClock
from mutua_kernel.database import Pool, open_pool
from mutua_kernel.events import Handler
from mutua_kernel.migrate import migrate
from mutua_kernel.outbox import Sealer
from mutua_kernel.process import Processor
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
