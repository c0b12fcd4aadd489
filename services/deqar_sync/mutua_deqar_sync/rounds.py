"""What is due and when: full passes for correctness, increments between them for freshness, and a claim to
both.

Whatever the registry does ends in a named state here: the last good mirror stays, its age is shown, and
the next round comes. Only errors of our own making leave a round.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mutua_deqar_sync import store
from mutua_deqar_sync.domain import Kind
from mutua_deqar_sync.errors import RegistryError, TokenRefused
from mutua_deqar_sync.full_pass import FullPass, PassResult
from mutua_deqar_sync.gauges import FAILED, REQUESTS, SNAPSHOT_AGE
from mutua_deqar_sync.mirror import Mirror
from mutua_deqar_sync.shapes import Node
from mutua_deqar_sync.store import ClaimLost
from mutua_kernel.clock import Clock
from mutua_kernel.database import Pool
from mutua_kernel.telemetry import logger

_DATE_UPDATED = "date_updated"
_LOOK_BACK = timedelta(days=2)
"""The registry's days of update are bulk days and lag behind: increments read again what is so old."""
_BURY_AFTER = timedelta(days=7)
"""Until then everybody has seen that a row is gone, and the topic may forget its key."""
_BURY_AT_ONCE = 500
_BURY_EVERY = 3600.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Times in seconds between full passes, between increments, and before a pass that failed is tried
    again.
    """

    full: float
    increment: float
    retry: float


class Rounds:
    """`step` does what is due and answers the seconds until the next round; `token` reads the token anew.

    With each increment, `catch_up` rows of which only a list was read have their detail read.
    """

    def __init__(
        self,
        full_pass: FullPass,
        mirror: Mirror,
        pool: Pool,
        clock: Clock,
        rhythm: Rhythm,
        token: Callable[[], str],
        catch_up: int = 0,
    ) -> None:
        self._full_pass = full_pass
        self._mirror = mirror
        self._pool = pool
        self._clock = clock
        self._rhythm = rhythm
        self._token = token
        self._catch_up = catch_up
        self._next_full: datetime | None = None
        self._failed: str | None = None
        self._completed: datetime | None = None
        self._log = logger("mirror")

    async def step(self) -> float:
        await self._measure()
        if not await self._mirror.store.claim():
            return self._rhythm.retry
        now = self._clock.now()
        try:
            if self._is_full_due(now):
                await self._full()
            else:
                await self.increment()
                await self._full_pass.catch_up(self._catch_up)
            self._failed = None
        except RegistryError as error:
            self._note(error)
        except ClaimLost:
            self._log.warning("another process reads the registry now")
            return self._rhythm.retry
        await self._measure()
        return self._rhythm.retry if self._failed else self._rhythm.increment

    async def bury(self) -> float:
        """Have the topic forget what has been gone for long; answers the seconds until the next round."""
        try:
            async with self._mirror.store.transaction() as tx:
                buried = await tx.bury(self._clock.now() - _BURY_AFTER, _BURY_AT_ONCE)
        except ClaimLost:
            return _BURY_EVERY
        return 0.0 if buried == _BURY_AT_ONCE else _BURY_EVERY

    async def ready(self) -> str | None:
        """A check of readiness: None, or what is found and expected."""
        if self._completed is None:
            cause = f" ({self._failed})" if self._failed else ""
            return f"found no complete pass over the registry yet{cause}, expected one"
        return None

    def _is_full_due(self, now: datetime) -> bool:
        """A next pass further away than passes are apart was planned by a clock that jumped."""
        if self._next_full is None:
            return True
        return now >= self._next_full or self._next_full > now + timedelta(seconds=self._rhythm.full)

    async def _full(self) -> None:
        result = await self._full_pass.run()
        pause = self._rhythm.full if result.state == "complete" else self._rhythm.retry
        self._next_full = self._clock.now() + timedelta(seconds=pause)
        self._report(result)

    def _report(self, result: PassResult) -> None:
        told = {"state": result.state, "reason": result.reason, "unreadable": result.unreadable}
        match result.state:
            case "complete":
                self._log.info("pass over the registry ended", **told)
            case "incomplete":
                self._log.warning("pass over the registry proves nothing", **told)
            case "tripped":
                fix = "look at the registry; if the loss is real: python -m mutua_deqar_sync accept"
                self._log.error("too much has vanished from the registry", fix=fix, **told)

    def _note(self, error: RegistryError) -> None:
        self._failed = error.code
        FAILED.labels(error.code).inc()
        self._log.error("the registry could not be read", code=error.code, found=error.found, fix=error.fix)
        if isinstance(error, TokenRefused):
            self._mirror.source.client.transport.token = self._token()

    async def increment(self) -> None:
        """Follow the days of update. Edits by staff do not move them: this is for freshness only."""
        await self._mirror.prepare()
        async with self._mirror.store.transaction() as tx:
            day = await tx.cursor(_DATE_UPDATED) or self._clock.now().date()
        tomorrow = self._clock.now().date() + timedelta(days=1)
        day = newest = min(day, tomorrow)  # a day that a wrong clock once named would hide all others
        async for page in self._mirror.source.client.changed_reports(day - _LOOK_BACK):
            seen = self._mirror.source.reports(page)
            await self._mirror.take("report", seen, 0)
            await self._providers_of([p for row in seen.seen for p in _providers(row.facts)])
            newest = max([newest, *(d for _, row in page.rows if (d := _day(row)) and d <= tomorrow)])
        # Only now: the pages came newest first, so nothing older is left behind.
        async with self._mirror.store.transaction() as tx:
            await tx.set_cursor(_DATE_UPDATED, newest)

    async def _providers_of(self, named: list[str]) -> None:
        """A new report may name a provider that no pass has seen yet."""
        kind: Kind = "provider"
        async with self._mirror.store.transaction() as tx:
            known = await tx.load(kind, named)
        new = sorted(set(named) - known.keys())
        await self._mirror.look_at(kind, new, 0, listed=False)

    async def _measure(self) -> None:
        async with self._pool.acquire() as connection:
            self._completed = await store.last_complete(connection)
        if self._completed is not None:
            SNAPSHOT_AGE.set((self._clock.now() - self._completed).total_seconds())
        REQUESTS.set(self._mirror.source.client.transport.traffic.requests)


def _providers(facts: object) -> tuple[str, ...]:
    return getattr(facts, "providers", ())


def _day(row: dict[str, object]) -> date | None:
    return Node(row, "report").get("date_updated").day()
