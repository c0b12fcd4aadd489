"""`mutua registry sync`: one reading of the registry from the first list to the last detail.

Everything that the mirror says afterwards was read by this run or proven unchanged by it: nothing is gone
on with, rows that vanished are looked at twice at once, and whatever goes wrong ends in a named state with
the last good data in place.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import uuid4

from mutua_deqar_sync.alone import store as database
from mutua_deqar_sync.client import DeqarClient
from mutua_deqar_sync.errors import RegistryError
from mutua_deqar_sync.full_pass import FullPass, PassResult, Thoroughness
from mutua_deqar_sync.mirror import Mirror
from mutua_deqar_sync.progress import Progress
from mutua_deqar_sync.source import Source
from mutua_deqar_sync.store import ClaimLost, Store, accept_shrink
from mutua_deqar_sync.transport import Manners, Traffic
from mutua_deqar_sync.views.status import Json, unreadable
from mutua_deqar_sync.views.store import opened
from mutua_kernel.clock import SystemClock
from mutua_kernel.database import Pool
from mutua_kernel.outbox import Sealer

State = Literal["complete", "complete but for unreadable rows", "failed", "tripped", "incomplete", "busy"]

QUICK: Final = Thoroughness(refresh=1000, refresh_after=None, gaps=300, confirm=True)
"""Details of what looks new or changed, and of so many others, those first that were read longest ago."""
FULL: Final = Thoroughness(refresh=None, refresh_after=None, gaps=5000, confirm=True)
"""Every detail anew."""
_NEW_DETAILS: Final = 5000
_READINGS: Final = 3
"""A pass whose lists kept moving is gone on with so often before it counts as a failure."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to read, how, and whether it is told on the bus as well (where a service uses the database)."""

    url: str
    token: str | None
    full: bool = False
    accept_loss: bool = False
    tell: bool = False
    manners: Manners = field(default_factory=Manners)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; `code`, `found` and `fix` where it did not end well, `unreadable` by name."""

    state: State
    code: str = ""
    found: str = ""
    fix: str = ""
    unreadable: tuple[Json, ...] = ()
    traffic: Traffic | None = None

    @property
    def exit_code(self) -> int:
        """0 complete, 3 complete but for named rows, 4 anything else."""
        return {"complete": 0, "complete but for unreadable rows": 3}.get(self.state, 4)


async def sync(
    address: str, wish: Wish, progress: Progress, watch: Callable[[Traffic], None] = lambda _: None
) -> Outcome:
    """Read the registry into the database at this address. `watch` is given what the reading costs, before
    it begins. Raises Unprepared where the database cannot be used.
    """
    await database.prepare(address)
    async with database.alone(address) as alone, database.mirror_pool(address) as pool:
        if not alone:
            return _BUSY
        async with DeqarClient.open(wish.url, wish.token, wish.manners) as client:
            watch(client.transport.traffic)
            return await _Run(pool, wish, client, progress).run()


_BUSY: Final = Outcome(
    "busy",
    code="registry.busy",
    found="another process that reads the registry into this database",
    fix="wait until it has ended: one at a time is polite",
)


class _Run:
    def __init__(self, pool: Pool, wish: Wish, client: DeqarClient, progress: Progress) -> None:
        sealer = Sealer("deqar_sync") if wish.tell else None
        self._pool = pool
        self._wish = wish
        self._client = client
        self._store = Store(pool, sealer, SystemClock(), f"sync/{uuid4()}")
        details = None if wish.full else _NEW_DETAILS
        mirror = Mirror(Source(client), self._store, details_at_once=details, progress=progress)
        self._pass = FullPass(mirror, FULL if wish.full else QUICK)

    async def run(self) -> Outcome:
        if not await self._store.claim():
            return _BUSY
        async with self._store.transaction() as tx:
            await tx.reading_from(self._wish.url)
        async with self._pool.acquire() as connection:
            await accept_shrink(connection, 1 if self._wish.accept_loss else 0)
        try:
            result = await self._pass.run(fresh=True)
            for _ in range(_READINGS - 1):
                if result.state != "incomplete":
                    break
                result = await self._pass.run()
        except RegistryError as error:
            async with self._store.transaction() as tx:
                await tx.failed(str(error))
            return Outcome(
                "failed", error.code, error.found, error.fix, traffic=self._client.transport.traffic
            )
        except ClaimLost:
            return _BUSY
        return await self._outcome(result)

    async def _outcome(self, result: PassResult) -> Outcome:
        traffic = self._client.transport.traffic
        match result.state:
            case "complete":
                async with self._store.transaction() as tx:
                    await tx.reading_from(self._wish.url, complete=True)
                async with opened(self._pool) as view:
                    named = tuple(await unreadable(view))
                state: State = "complete but for unreadable rows" if named else "complete"
                return Outcome(state, unreadable=named, traffic=traffic)
            case "incomplete":
                fix = "try again when the registry is quieter; nothing was removed"
                return Outcome("incomplete", "registry.moving", result.reason or "", fix, traffic=traffic)
            case "tripped":
                fix = "look at the registry; if the loss is real, run again with --accept-loss"
                return Outcome("tripped", "registry.shrunk", result.reason or "", fix, traffic=traffic)
