"""`mutua registry sync`: one reading of the registry from the first list to the last detail.

Nothing of an earlier run is gone on with, rows that vanished are looked at twice at once, and whatever goes
wrong ends in a named state with the last good data in place. Edits that no list shows are found in details
only: a run says of how many rows it did not read the detail again, and since when.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
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
from mutua_deqar_sync.views.status import Json, Unread, unread_details, unreadable
from mutua_deqar_sync.views.store import opened
from mutua_kernel.clock import SystemClock
from mutua_kernel.database import Pool
from mutua_kernel.outbox import Sealer

State = Literal["complete", "complete but for unreadable rows", "failed", "tripped", "incomplete", "busy"]

FULL: Final = Thoroughness(refresh=None, missing=None, gaps=5000, remembered=timedelta(0), confirm=True)
"""Every detail anew."""
DETAILS_FOR: Final = 1800
"""Seconds that a run may spend on details of rows that look unchanged."""
MOST_DETAILS: Final = 20_000
"""So many of them at most, however fast the registry answers."""
AT_ONCE: Final = 5000
"""New reports whose detail is read with their list; the others have it read after the lists."""
MOST_MISSING: Final = 5000
"""Rows that no list shows any more and that a run looks into: more, and the index must be broken."""
_FEW: Final = 100
"""Ids that no list shows and that even the slowest run tries."""
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

    @property
    def details(self) -> int | None:
        """How many details of rows that look unchanged are read again (None: all)."""
        if self.full:
            return None
        rate = self.manners.rate
        return min(MOST_DETAILS, int(rate * DETAILS_FOR)) if rate else MOST_DETAILS

    @property
    def thoroughness(self) -> Thoroughness:
        """What is read beyond what looks new or changed."""
        details = self.details
        if details is None:
            return FULL
        gaps = max(_FEW, details // 10)
        return Thoroughness(details, undetailed=None, missing=MOST_MISSING, gaps=gaps, confirm=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; `code`, `found` and `fix` where it did not end well, `unreadable` by name, `unread`
    where it was complete.
    """

    state: State
    code: str = ""
    found: str = ""
    fix: str = ""
    unreadable: tuple[Json, ...] = ()
    unread: Unread | None = None
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
    async with DeqarClient.open(wish.url, wish.token, wish.manners) as client:
        watch(client.transport.traffic)
        return await read(address, wish, client, progress)


async def read(address: str, wish: Wish, client: DeqarClient, progress: Progress) -> Outcome:
    """The same through a client that is there."""
    await database.prepare(address)
    try:
        async with database.alone(address) as alone, database.mirror_pool(address) as pool:
            return await _Run(pool, wish, client, progress).run() if alone else _BUSY
    except database.STORE_LOST as error:
        found = f"{type(error).__name__}: {error}"
        return Outcome("failed", "registry.store_lost", found, _STORE_FIX, traffic=client.transport.traffic)


_STORE_FIX: Final = "see that the mirror's database runs and has room, then run again"
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
        self._traffic = client.transport.traffic
        self._store = Store(pool, sealer, SystemClock(), f"sync/{uuid4()}")
        mirror = Mirror(Source(client), self._store, details_at_once=AT_ONCE, progress=progress)
        self._pass = FullPass(mirror, wish.thoroughness)

    async def run(self) -> Outcome:
        if not await self._store.claim():
            return _BUSY
        try:
            async with self._pool.acquire() as connection:
                await accept_shrink(connection, 1 if self._wish.accept_loss else 0)
            return await self._outcome(await self._read())
        except RegistryError as error:
            async with self._store.transaction() as tx:
                await tx.failed(str(error))
            return Outcome("failed", error.code, error.found, error.fix, traffic=self._traffic)
        except ClaimLost:
            return _BUSY
        finally:
            with suppress(*database.STORE_LOST):
                await self._store.release()

    async def _read(self) -> PassResult:
        async with self._store.transaction() as tx:
            await tx.reading_from(self._wish.url)
        result = await self._pass.run(fresh=True)
        for _ in range(_READINGS - 1):
            if result.state != "incomplete":
                break
            result = await self._pass.run()
        return result

    async def _outcome(self, result: PassResult) -> Outcome:
        match result.state:
            case "complete":
                async with self._store.transaction() as tx:
                    await tx.reading_from(self._wish.url, complete=True)
                async with opened(self._pool) as view:
                    named, unread = tuple(await unreadable(view)), await unread_details(view)
                state: State = "complete but for unreadable rows" if named else "complete"
                return Outcome(state, unreadable=named, unread=unread, traffic=self._traffic)
            case "incomplete":
                fix = "try again when the registry is quieter; nothing was removed"
                return Outcome(
                    "incomplete", "registry.moving", result.reason or "", fix, traffic=self._traffic
                )
            case "tripped":
                fix = "look at the registry; if the loss is real, run again with --accept-loss"
                return Outcome("tripped", "registry.shrunk", result.reason or "", fix, traffic=self._traffic)
