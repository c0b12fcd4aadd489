"""A mirror as the service keeps it, on a real database: one pass after the other by a clock of our own, and
what it told the world.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mutua_contracts import decode
from mutua_deqar_sync.client import DeqarClient
from mutua_deqar_sync.full_pass import FullPass, PassResult, Thoroughness
from mutua_deqar_sync.mirror import Mirror
from mutua_deqar_sync.rounds import Rhythm, Rounds
from mutua_deqar_sync.source import Source
from mutua_deqar_sync.store import Store
from mutua_kernel.database import Pool
from mutua_local.deqar import Simulator


@dataclass
class HandClock:
    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass
class Watched:
    """A mirror of the registry, and what it told the world."""

    pool: Pool
    client: DeqarClient
    store: Store
    clock: HandClock
    told: list[Any] = field(default_factory=list)

    async def run(self, *, refresh_after: timedelta = timedelta(0), refresh: int = 100) -> PassResult:
        self.clock.at += timedelta(hours=12)
        mirror = Mirror(Source(self.client), self.store, details_at_once=1000)
        return await FullPass(mirror, Thoroughness(refresh, refresh_after)).run()

    async def events(self) -> list[Any]:
        """Facts told since the last look, in order."""
        async with self.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch("select payload from outbox order by position")
            await connection.execute("delete from outbox")
        return [decode(row["payload"]) for row in rows]

    async def buried(self) -> list[str]:
        """Keys of the tombstones that wait to be published, in order."""
        async with self.pool.acquire() as connection:
            rows = await connection.fetch("select key from outbox where payload is null order by position")
        return [row["key"] for row in rows]

    async def changes(self) -> list[tuple[str, int, bool]]:
        """(id, revision, gone) of the rows told, without snapshots."""
        found = await self.events()
        return [(e.data.id, e.data.revision, e.data.gone) for e in found if hasattr(e.data, "revision")]


def rounds_of(watched: Watched, registry: Simulator) -> Rounds:
    mirror = Mirror(Source(watched.client), watched.store, details_at_once=1000)
    full = FullPass(mirror, Thoroughness(0, timedelta(0)))
    rhythm = Rhythm(full=3600, increment=60, retry=10)
    return Rounds(full, mirror, watched.pool, watched.clock, rhythm, lambda: registry.token)
