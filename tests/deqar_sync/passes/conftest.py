"""A mirror of the demo registry that a service watches."""

from collections.abc import AsyncIterator

import pytest

from mutua_deqar_sync.store import Store
from mutua_kernel.database import open_pool
from mutua_kernel.outbox import Sealer
from mutua_local.deqar import Simulator
from mutua_local.roles import Database
from tests.deqar_sync.conftest import TODAY, client_of, in_process
from tests.deqar_sync.patience import Patience
from tests.deqar_sync.watched import HandClock, Watched


@pytest.fixture
async def watched(registry: Simulator, patience: Patience, database: Database) -> AsyncIterator[Watched]:
    pool = await open_pool(database.url("deqar_sync_worker"), name="mirror", size=3)
    clock = HandClock(TODAY)
    store = Store(pool, Sealer("deqar_sync"), clock, "one/first-life")
    assert await store.claim()
    async with client_of(in_process(registry), patience) as client:
        yield Watched(pool, client, store, clock)
    await pool.close()
