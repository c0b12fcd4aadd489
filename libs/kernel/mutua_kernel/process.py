"""From records to effects: one transaction a batch, a fixed number of statements, outcomes as values.

A data error parks its key and never stops its neighbours: the culprit is found by bisection. Broken
infrastructure is retried in place. Where more than a fifth of a batch fails for one cause, the cause is
ours: the stream halts.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence

import asyncpg

from mutua_kernel import metrics, telemetry
from mutua_kernel.clock import Clock
from mutua_kernel.database import Pool, is_infrastructure, sqlstate
from mutua_kernel.effect import Effects, Result
from mutua_kernel.events import Event, Handler, Record, Skip
from mutua_kernel.outbox import Sealer
from mutua_kernel.reading import BEHIND, Parked, culprit, read
from mutua_kernel.redrive import Redrive

HALT_SHARE = 0.2
HALT_FROM = 20
"""A stream halts when more than HALT_SHARE of a batch of at least HALT_FROM events fails for one cause."""


class StreamHalted(Exception):
    """Too much of a batch failed for one cause: nothing of it was kept, and an operator must look."""


class Processor:
    """Processes the batches of one stream, one at a time, and re-drives its parked keys in between."""

    def __init__(
        self,
        *,
        name: str,
        pool: Pool,
        handler: Handler,
        sealer: Sealer,
        clock: Clock,
        on_commit: Callable[[], None],
    ) -> None:
        self.name = name
        self.halted: str | None = None
        self.retrying: str | None = None
        self._pool = pool
        self._effects = Effects(name, handler, sealer, clock)
        self._redrive = Redrive(name, pool, self._effects, on_commit)
        self._clock = clock
        self._on_commit = on_commit
        self._lane = asyncio.Lock()
        self._log = telemetry.logger(f"stream.{name}")

    async def process(self, records: Sequence[Record]) -> None:
        """Makes everything in `records` durable: effects, facts to publish, parked rows; then returns.

        Raises `StreamHalted` where too much failed for one cause; nothing of the failing part is then kept.
        """
        async with self._lane:
            started = time.perf_counter()
            read_items = [read(record) for record in records]
            traces = (item.envelope.traceparent for item in read_items if isinstance(item, Event))
            with telemetry.batch_span(
                f"process {self.name}", traces, attributes={"mutua.events": len(records)}
            ):
                await self._settle([item for item in read_items if not isinstance(item, Skip)])
            self._measure(records, time.perf_counter() - started)

    def _measure(self, records: Sequence[Record], seconds: float) -> None:
        metrics.BATCH_SIZE.labels(self.name).observe(len(records))
        metrics.BATCH_SECONDS.labels(self.name).observe(seconds)
        newest = max((record.timestamp for record in records if record.timestamp), default=None)
        if newest is not None:
            lag = (self._clock.now() - newest).total_seconds()
            metrics.LAG_SECONDS.labels(self.name).set(max(lag, 0.0))

    async def _settle(self, items: Sequence[Event | Parked]) -> None:
        """Processes `items` in order, by halves where the whole fails, down to the culprit, which parks."""
        failures: list[Parked] = [item for item in items if isinstance(item, Parked)]
        self._halt_if_ours(failures, len(items))
        queue: list[tuple[list[Event | Parked], int]] = [(list(items), len(items))]
        while queue:
            part, total = queue.pop()
            try:
                result = await self._retrying(part, total)
            except StreamHalted:
                raise
            except Exception as error:  # noqa: BLE001 (data error or bug: whichever it is, its culprit is searched)
                self._halt_if_unfit(error)
                if len(part) > 1:
                    middle = len(part) // 2
                    queue += [(part[middle:], total), (part[:middle], total)]
                    continue
                found = culprit(part[0], error)
                self._log.error("event cannot be processed", reason=found.reason, exc_info=error)
                failures.append(found)
                self._halt_if_ours(failures, len(items))
                result = await self._retrying([found], total)
            failures += [one for one in result.parked if one.reason != BEHIND and one not in failures]

    def _halt_if_ours(self, failures: Sequence[Parked], total: int) -> None:
        if total < HALT_FROM or not failures:
            return
        reason, count = Counter(one.reason for one in failures).most_common(1)[0]
        if count > total * HALT_SHARE:
            self._halt(f"{count} of {total} events failed with {reason}")

    def _halt_if_unfit(self, error: Exception) -> None:
        """A statement that does not fit the schema or the role's rights fails for every event alike."""
        if isinstance(error, asyncpg.PostgresError) and sqlstate(error).startswith("42"):
            self._halt(f"a statement does not fit the database's schema or rights ({sqlstate(error)})")

    def _halt(self, cause: str) -> None:
        self.halted = cause
        metrics.HALTED.labels(self.name).set(1)
        raise StreamHalted(cause)

    async def _retrying(self, part: Sequence[Event | Parked], total: int) -> Result:
        """One transaction for `part`; tried again with growing pauses for as long as infrastructure is
        broken."""
        pause = 0.1
        while True:
            try:
                result = await self._transaction(part, total)
            except Exception as error:
                if not is_infrastructure(error):
                    raise
                self.retrying = type(error).__name__
                metrics.RETRIES.labels(self.name).inc()
                self._log.warning(
                    "infrastructure is broken, trying again", cause=self.retrying, pause=round(pause, 2)
                )
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
                pause = min(pause * 2, 10.0)
                continue
            self.retrying = None
            return result

    async def _transaction(self, part: Sequence[Event | Parked], total: int) -> Result:
        async with self._pool.acquire() as connection, connection.transaction():
            known, waiting = await self._effects.lookup(connection, part)
            result = await self._effects.handle(connection, part, known, waiting)
            fresh = [one for one in result.parked if one.reason != BEHIND]
            self._halt_if_ours(fresh, total)
            await self._effects.finish(connection, result)
        self._effects.count(result)
        if result.sent:
            self._on_commit()
        return result

    async def redrive(self, owns: Callable[[str, int], bool]) -> int:
        """Replays, in order, the keys that an operator asked for and that this process owns; counts events
        done."""
        done = 0
        for topic, key in await self._redrive.asked(owns):
            async with self._lane:
                while await self._redrive.next_of(topic, key):
                    done += 1
        return done
